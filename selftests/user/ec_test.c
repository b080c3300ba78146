// SPDX-License-Identifier: GPL-2.0-only
/*
 * Field, point and scalar arithmetic and ECDSA of kernel/ec.c against libcrypto.
 * Userspace test: holds ec.c and p256.c itself, to reach their insides; links mont.c.
 *
 * KM_TEST_PERCENT scales the number of random cases, KM_TEST_SEED repeats a run.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <stdio.h>
#include <time.h>
#include "shim.h"

/* Allocation number @fail_at fails. */
static long allocs, fail_at = -1;

static void *test_kmalloc(size_t size)
{
	return allocs++ == fail_at ? NULL : malloc(size);
}

#undef kmalloc
#define kmalloc(size, flags) test_kmalloc(size)

#include "p256.c"
#include "ec.c"

#define BYTES	32

static unsigned long cases = 100000;
static u64 rng_state;
static unsigned int tests, failed;
static EC_GROUP *group;
static BN_CTX *ctx;
static BIGNUM *bn_p, *bn_n;

static bool complain(const char *function, int line, const char *what)
{
	printf("# %s:%d: %s\n", function, line, what);
	return true;
}

#define FAILS(cond)	(!(cond) && complain(__func__, __LINE__, #cond))

static u64 rnd(void)
{
	u64 z = (rng_state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* Any LIMBS limbs, now and then all zeros or ones, where carries run far. */
static void rnd_limbs(u64 *r)
{
	u64 how = rnd();
	int i;

	for (i = 0; i < LIMBS; i++, how >>= 4)
		r[i] = (how & 15) == 0 ? 0 : (how & 15) == 1 ? ~0ULL : rnd();
}

/* Below m; one time in 16 within 8 of 0 or of m. */
static void rnd_mod(u64 *r, const u64 *m)
{
	u64 how = rnd();

	do {
		rnd_limbs(r);
		if ((how & 31) == 0) {
			memset(r, 0, BYTES);
			r[0] = rnd() & 7;
		} else if ((how & 31) == 1) {
			memcpy(r, m, BYTES);
			r[0] -= 1 + (rnd() & 7);
		}
	} while (!km_bn_less(r, m, LIMBS));
}

static void rnd_scalar(u64 *r)
{
	do
		rnd_mod(r, n);
	while (km_bn_is_zero(r, LIMBS));
}

static void rnd_bytes(u8 *out, size_t len)
{
	while (len--)
		*out++ = rnd();
}

static BIGNUM *to_bn(const u64 *a)
{
	return BN_lebin2bn((const u8 *)a, BYTES, NULL);
}

static bool is_bn(const u64 *a, const BIGNUM *b)
{
	u8 le[BYTES];

	return BN_bn2lebinpad(b, le, BYTES) == BYTES && !memcmp(a, le, BYTES);
}

/* Is a * R = b mod m? (takes b) */
static bool is_over_r(const u64 *a, BIGNUM *b, const BIGNUM *m)
{
	BIGNUM *x = to_bn(a);
	bool ok;

	BN_lshift(x, x, 8 * BYTES);
	BN_nnmod(x, x, m, ctx);
	BN_nnmod(b, b, m, ctx);
	ok = !BN_cmp(x, b);
	BN_free(x);
	BN_free(b);
	return ok;
}

static bool mul_case(const struct km_mont *f, const BIGNUM *m)
{
	u64 a[LIMBS], b[LIMBS], r[LIMBS];
	BIGNUM *x, *y;

	/* one factor may be any number: km_mont_to() and others rely on it */
	rnd_limbs(a);
	rnd_mod(b, f->m);
	x = to_bn(a);
	y = to_bn(b);
	BN_mul(x, x, y, ctx);
	BN_free(y);
	f->mul(r, a, b);
	if (FAILS(km_bn_less(r, f->m, LIMBS)))
		return false;
	if (FAILS(is_over_r(r, x, m)))
		return false;
	f->mul(a, a, b);
	if (FAILS(!memcmp(a, r, BYTES)))
		return false;

	rnd_mod(a, f->m);
	x = to_bn(a);
	BN_sqr(x, x, ctx);
	f->sqr(r, a);
	if (FAILS(km_bn_less(r, f->m, LIMBS)))
		return false;
	if (FAILS(is_over_r(r, x, m)))
		return false;
	f->sqr(a, a);
	if (FAILS(!memcmp(a, r, BYTES)))
		return false;
	return true;
}

static bool linear_case(const struct km_mont *f, const BIGNUM *m)
{
	u64 a[LIMBS], b[LIMBS], r[LIMBS], s[LIMBS];
	BIGNUM *x, *y, *z = BN_new();
	bool ok;

	rnd_mod(a, f->m);
	rnd_mod(b, f->m);
	x = to_bn(a);
	y = to_bn(b);
	BN_mod_add(z, x, y, m, ctx);
	km_mont_add(f, r, a, b);
	ok = is_bn(r, z);
	mont_add_n(s, a, b, f->m, LIMBS);
	ok = ok && !memcmp(r, s, BYTES);
	BN_mod_sub(z, x, y, m, ctx);
	mont_sub_n(s, a, b, f->m, LIMBS);
	ok = ok && is_bn(s, z);
	ok = ok && (!!km_bn_less(a, b, LIMBS)) == (BN_cmp(x, y) < 0);

	/* out of and into Montgomery form, and reduction, of any number */
	rnd_limbs(a);
	BN_lebin2bn((u8 *)a, BYTES, x);
	BN_nnmod(z, x, m, ctx);
	km_mont_reduce(f, r, a);
	ok = ok && is_bn(r, z);
	km_mont_to(f, s, a);
	km_mont_from(f, s, s);
	ok = ok && is_bn(s, z);
	BN_free(x);
	BN_free(y);
	BN_free(z);
	if (FAILS(ok))
		return false;
	return true;
}

static bool inv_case(const struct km_mont *f, const BIGNUM *m)
{
	u64 a[LIMBS], r[LIMBS], s[LIMBS];
	BIGNUM *x;
	bool ok;

	rnd_mod(a, f->m);
	km_mont_to(f, r, a);
	km_mont_inv(f, s, r);
	km_mont_from(f, s, s);
	if (km_bn_is_zero(a, LIMBS)) {
		if (FAILS(km_bn_is_zero(s, LIMBS)))
			return false;
		return true;
	}
	x = to_bn(a);
	BN_mod_inverse(x, x, m, ctx);
	ok = is_bn(s, x);
	BN_free(x);
	if (FAILS(ok))
		return false;
	return true;
}

/* The inversion of a modulus without a chain of its own, also for p. */
static bool fermat_case(void)
{
	static const u64 e[LIMBS] = {
		0xfffffffffffffffd, 0x00000000ffffffff, 0, 0xffffffff00000001
	};
	struct km_mont plain = p256_p;
	u64 a[LIMBS], r[LIMBS], s[LIMBS];

	plain.inv = NULL;
	plain.inv_exp = e;
	rnd_mod(a, p);
	km_mont_inv(&plain, r, a);
	km_mont_inv(&p256_p, s, a);
	if (FAILS(!memcmp(r, s, BYTES)))
		return false;
	return true;
}

#define TEST_FIELD(name, call)							\
static bool test_##name(void)							\
{										\
	unsigned long i;							\
										\
	for (i = 0; i < cases; i++)						\
		if (!(call))							\
			return false;						\
	return true;								\
}

TEST_FIELD(mul, mul_case(&p256_p, bn_p) && mul_case(&p256_n, bn_n))
TEST_FIELD(linear, linear_case(&p256_p, bn_p) && linear_case(&p256_n, bn_n))
TEST_FIELD(inv, inv_case(&p256_p, bn_p) && inv_case(&p256_n, bn_n))
TEST_FIELD(fermat, fermat_case())

static bool test_bytes(void)
{
	static const u8 in[11] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };
	u64 a[3] = { ~0ULL, ~0ULL, ~0ULL };
	u8 out[24];

	km_bn_from_be(a, 3, in, sizeof(in));
	if (FAILS(a[0] == 0x0405060708090a0bULL && a[1] == 0x010203 && !a[2]))
		return false;
	km_bn_to_be(out, sizeof(out), a);
	if (FAILS(!out[0] && !out[12] && !memcmp(out + 13, in, sizeof(in))))
		return false;
	if (FAILS(!km_bn_is_zero(a, 3) && km_bn_is_zero(a + 2, 1)))
		return false;
	km_bn_from_be(a, 3, in, 0);
	if (FAILS(km_bn_is_zero(a, 3)))
		return false;
	return true;
}

/* The constants of p256.c against libcrypto's. */
static bool test_constants(void)
{
	u64 g[2 * LIMBS], k[LIMBS];
	BIGNUM *a = BN_new(), *b = BN_new(), *q = BN_new(), *x = BN_new(), *y = BN_new();

	EC_GROUP_get_curve(group, q, a, b, ctx);
	EC_POINT_get_affine_coordinates(group, EC_GROUP_get0_generator(group), x, y, ctx);
	if (FAILS(is_bn(p, q) && is_bn(n, EC_GROUP_get0_order(group))))
		return false;
	km_mont_from(&p256_p, k, b_mont);
	if (FAILS(is_bn(k, b)))
		return false;
	get_affine(&km_p256, g, g + LIMBS, g_mont);
	if (FAILS(is_bn(g, x) && is_bn(g + LIMBS, y)))
		return false;
	if (FAILS(km_ec_bytes(&km_p256) == BYTES))
		return false;
	BN_free(a);
	BN_free(b);
	BN_free(q);
	BN_free(x);
	BN_free(y);
	return true;
}

static EC_POINT *to_point(const u64 *pt)
{
	EC_POINT *r = EC_POINT_new(group);
	u64 xy[2 * LIMBS];
	BIGNUM *x, *y;

	if (km_bn_is_zero(pt + 2 * LIMBS, LIMBS)) {
		EC_POINT_set_to_infinity(group, r);
		return r;
	}
	get_affine(&km_p256, xy, xy + LIMBS, pt);
	x = to_bn(xy);
	y = to_bn(xy + LIMBS);
	if (!EC_POINT_set_affine_coordinates(group, r, x, y, ctx)) {
		EC_POINT_free(r);	/* not on the curve */
		r = NULL;
	}
	BN_free(x);
	BN_free(y);
	return r;
}

static bool is_point(const u64 *pt, const EC_POINT *b)
{
	EC_POINT *a = to_point(pt);
	bool ok = a && !EC_POINT_cmp(group, a, b, ctx);

	EC_POINT_free(a);
	return ok;
}

/* b = a with other coordinates, maybe negated */
static void same_point(u64 *b, const u64 *a, bool negate)
{
	static const u64 zero[LIMBS];
	u64 z[LIMBS];
	int i;

	do
		rnd_mod(z, p);
	while (km_bn_is_zero(z, LIMBS));
	for (i = 0; i < 3; i++)
		fe_mul(b + i * LIMBS, a + i * LIMBS, z);
	if (negate)
		fe_sub(b + LIMBS, zero, b + LIMBS);
}

static void infinity(u64 *a)
{
	memset(a, 0, 3 * BYTES);
	do
		rnd_mod(a + LIMBS, p);
	while (km_bn_is_zero(a + LIMBS, LIMBS));
}

/* One pair of points; kind 0: equal, 1: opposite, 2, 3, 4: infinity, others: any. */
static bool point_case(unsigned int kind)
{
	u64 a[3 * LIMBS], b[3 * LIMBS], r[3 * LIMBS], t[(EC_SCRATCH + 1) * LIMBS], k[LIMBS];
	EC_POINT *x, *y, *z = EC_POINT_new(group);
	bool ok;

	rnd_scalar(k);
	p256_mul_base(a, k);
	rnd_scalar(k);
	p256_mul_base(b, k);
	if (kind < 2)
		same_point(b, a, kind);
	if (kind == 2 || kind == 3)
		infinity(a);
	if (kind == 3 || kind == 4)
		infinity(b);

	x = to_point(a);
	y = to_point(b);
	EC_POINT_add(group, z, x, y, ctx);
	p256_add(r, a, b);
	ok = is_point(r, z);
	if (kind < 3 || kind > 4) {
		fe_inv(k, b + 2 * LIMBS);
		fe_mul(b, b, k);
		fe_mul(b + LIMBS, b + LIMBS, k);
		p256_add_affine(r, a, b, t);
		ok = ok && is_point(r, z);
	}
	EC_POINT_dbl(group, z, x, ctx);
	p256_dbl(r, a);
	ok = ok && is_point(r, z);
	p256_add(a, a, a);
	ok = ok && is_point(a, z);
	EC_POINT_free(x);
	EC_POINT_free(y);
	EC_POINT_free(z);
	if (FAILS(ok))
		return false;
	return true;
}

static bool test_points(void)
{
	unsigned long i;

	for (i = 0; i < cases; i++)
		if (FAILS(point_case(i % 16)))
			return false;
	return true;
}

/* k * G by table, and k * (q * G) by windows. */
static bool scalar_case(const u64 *k, bool other_base)
{
	u64 r[3 * LIMBS], base[3 * LIMBS], q[LIMBS], qk[LIMBS];
	struct mul_work w;
	BIGNUM *x = to_bn(k);
	EC_POINT *z = EC_POINT_new(group);
	bool ok;

	EC_POINT_mul(group, z, x, NULL, NULL, ctx);
	p256_mul_base(r, k);
	ok = is_point(r, z);
	if (other_base) {
		rnd_scalar(q);
		p256_mul_base(base, q);
		km_mont_to(&p256_n, qk, q);
		sc_mul(qk, k, qk);
		BN_lebin2bn((u8 *)qk, BYTES, x);
		EC_POINT_mul(group, z, x, NULL, NULL, ctx);
		ec_mul(&km_p256, r, k, base, &w);
		ok = ok && is_point(r, z);
	}
	BN_free(x);
	EC_POINT_free(z);
	if (FAILS(ok))
		return false;
	return true;
}

static bool test_scalars(void)
{
	static const int small[] = { 0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65 };
	u64 k[LIMBS];
	unsigned long i;

	for (i = 0; i < ARRAY_SIZE(small); i++) {
		memset(k, 0, sizeof(k));
		k[0] = small[i];
		if (FAILS(scalar_case(k, true)))
			return false;
		/* n - 16 ... n + 65, beyond n too: nothing is assumed of k */
		memcpy(k, n, sizeof(k));
		k[0] += small[i];
		if (FAILS(scalar_case(k, true)))
			return false;
		k[0] = n[0] - small[i];
		if (FAILS(scalar_case(k, true)))
			return false;
	}
	for (i = 0; i < 256; i++) {
		memset(k, 0, sizeof(k));
		k[i / 64] = 1ULL << (i % 64);
		if (FAILS(scalar_case(k, true)))
			return false;
	}
	memset(k, 0xff, sizeof(k));
	if (FAILS(scalar_case(k, true)))
		return false;
	for (i = 0; i < cases; i++) {
		rnd_limbs(k);
		if (FAILS(scalar_case(k, true)))
			return false;
	}
	return true;
}

#include "ec_test_ecdsa.h"

static void run(bool (*test)(void), const char *name)
{
	bool ok = test();

	failed += !ok;
	printf("%sok %u - %s\n", ok ? "" : "not ", ++tests, name);
	fflush(stdout);
}

int main(void)
{
	const char *percent = getenv("KM_TEST_PERCENT"), *seed = getenv("KM_TEST_SEED");

	rng_state = seed ? strtoull(seed, NULL, 0) : (u64)time(NULL) << 20 ^ (u64)clock();
	if (percent)
		cases = cases * strtoul(percent, NULL, 10) / 100;
	if (cases < 64)
		cases = 64;
	printf("TAP version 13\n1..14\n");
	printf("# KM_TEST_SEED=0x%llx, %lu cases\n", (unsigned long long)rng_state, cases);
	group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	ctx = BN_CTX_new();
	bn_p = to_bn(p);
	bn_n = to_bn(n);

	run(test_no_memory, "ec: each failing allocation is reported, nothing leaks");
	if (km_ec_init()) {
		printf("Bail out! km_ec_init\n");
		return 1;
	}
	run(test_constants, "ec: the constants of P-256");
	run(test_bytes, "mont: numbers from bytes and to bytes");
	run(test_mul, "mont: products and squares mod p and n");
	run(test_linear, "mont: sums, differences, conversions mod p and n");
	run(test_inv, "mont: inverses mod p and n");
	run(test_fermat, "mont: inverse by square and multiply equals the chain for p");
	run(test_points, "ec: sums and doubles, equal, opposite and infinite points too");
	run(test_scalars, "ec: multiples of G and of other points");
	run(test_ranges, "ec: range of private keys, public keys off the curve");
	run(test_rfc6979, "ecdsa: RFC 6979 A.2.5, all digests");
	run(test_sign, "ecdsa: libcrypto accepts our signatures and public keys");
	run(test_verify, "ecdsa: we accept libcrypto's signatures and no flipped bit");
	run(test_edges, "ecdsa: r, s, k, d out of range; equal, opposite points; x above n");
	km_ec_exit();
	BN_free(bn_p);
	BN_free(bn_n);
	BN_CTX_free(ctx);
	EC_GROUP_free(group);
	return failed ? 1 : 0;
}
