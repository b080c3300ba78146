// SPDX-License-Identifier: GPL-2.0-only
/*
 * Field, point and scalar arithmetic, ECDSA and ECDH of kernel/ec.c against libcrypto.
 * Userspace test: holds ec.c and ec_table.c itself, to reach their insides; links the
 * curves and mont.c. Every test runs for each curve.
 *
 * KM_TEST_PERCENT scales the number of random cases, KM_TEST_SEED repeats a run.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdh.h>
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

#include "ec_table.c"
#include "ec.c"

#define MAX_LIMBS	KM_MONT_MAX_LIMBS
#define MAX_BYTES	KM_EC_MAX_BYTES

/**
 * struct subject - a curve to test
 * @curve: ours
 * @nid: libcrypto's
 * @name: for the report
 * @share: percent of the random cases of tests that take long; 100 in all
 */
static const struct subject {
	const struct km_curve *curve;
	int nid;
	const char *name;
	unsigned int share;
} subjects[] = {
	{ &km_p224, NID_secp224r1, "P-224", 46 },
	{ &km_p256, NID_X9_62_prime256v1, "P-256", 50 },
	{ &km_p384, NID_secp384r1, "P-384", 2 },
	{ &km_p521, NID_secp521r1, "P-521", 2 },
};

static unsigned long all_cases = 100000;
static u64 rng_state;
static unsigned int tests, failed;
static BN_CTX *ctx;

/* The curve that is tested now: limbs of its numbers, bytes of them, bytes of an encoding. */
static const struct subject *now;
static const struct km_curve *curve;
static unsigned int limbs, width, bytes;
static EC_GROUP *group;
static BIGNUM *bn_p, *bn_n;

static bool complain(const char *function, int line, const char *what)
{
	printf("# %s:%d: %s\n", function, line, what);
	return true;
}

#define FAILS(cond)	(!(cond) && complain(__func__, __LINE__, #cond))

/* Random cases of this curve, of @percent of all for the four. */
static unsigned long share_of(unsigned int percent)
{
	unsigned long n = all_cases * percent / 100 * now->share / 100;

	return n < 64 ? 64 : n;
}

static u64 rnd(void)
{
	u64 z = (rng_state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* Any limbs, now and then all zeros or ones, where carries run far. */
static void rnd_limbs(u64 *r)
{
	u64 how = rnd();
	unsigned int i;

	for (i = 0; i < limbs; i++, how >>= 4)
		r[i] = (how & 15) == 0 ? 0 : (how & 15) == 1 ? ~0ULL : rnd();
}

/* The same, below 2^bits. */
static void rnd_bits(u64 *r)
{
	rnd_limbs(r);
	if (curve->bits % 64)
		r[limbs - 1] &= (1ULL << (curve->bits % 64)) - 1;
}

/* Below m; one time in 16 within 8 of 0 or of m. */
static void rnd_mod(u64 *r, const u64 *m)
{
	u64 how = rnd();

	do {
		rnd_bits(r);
		if ((how & 31) == 0) {
			memset(r, 0, width);
			r[0] = rnd() & 7;
		} else if ((how & 31) == 1) {
			BIGNUM *x = BN_lebin2bn((const u8 *)m, width, NULL);

			BN_sub_word(x, 1 + (rnd() & 7));
			BN_bn2lebinpad(x, (u8 *)r, width);
			BN_free(x);
		}
	} while (!km_bn_less(r, m, limbs));
}

static void rnd_scalar(u64 *r)
{
	do
		rnd_mod(r, curve->n->m);
	while (km_bn_is_zero(r, limbs));
}

static void rnd_bytes(u8 *out, size_t len)
{
	while (len--)
		*out++ = rnd();
}

static BIGNUM *to_bn(const u64 *a)
{
	return BN_lebin2bn((const u8 *)a, width, NULL);
}

static bool is_bn(const u64 *a, const BIGNUM *b)
{
	u8 le[8 * MAX_LIMBS];

	return BN_bn2lebinpad(b, le, width) == (int)width && !memcmp(a, le, width);
}

/* Is a * R = b mod m? R is what the constants say, 2^(64 * limbs) or 1. (takes b) */
static bool is_over_r(const struct km_mont *f, const u64 *a, BIGNUM *b, const BIGNUM *m)
{
	BIGNUM *x = to_bn(a), *r = to_bn(f->r1);
	bool ok;

	BN_mod_mul(x, x, r, m, ctx);
	BN_nnmod(b, b, m, ctx);
	ok = !BN_cmp(x, b);
	BN_free(x);
	BN_free(r);
	BN_free(b);
	return ok;
}

static bool mul_case(const struct km_mont *f, const BIGNUM *m)
{
	u64 a[MAX_LIMBS], b[MAX_LIMBS], r[MAX_LIMBS];
	BIGNUM *x, *y;

	/* one factor may be any number: km_mont_to() and others rely on it */
	rnd_limbs(a);
	rnd_mod(b, f->m);
	x = to_bn(a);
	y = to_bn(b);
	BN_mul(x, x, y, ctx);
	BN_free(y);
	f->mul(r, a, b);
	if (FAILS(km_bn_less(r, f->m, limbs)))
		return false;
	if (FAILS(is_over_r(f, r, x, m)))
		return false;
	f->mul(a, a, b);
	if (FAILS(!memcmp(a, r, width)))
		return false;

	rnd_mod(a, f->m);
	x = to_bn(a);
	BN_sqr(x, x, ctx);
	f->sqr(r, a);
	if (FAILS(km_bn_less(r, f->m, limbs)))
		return false;
	if (FAILS(is_over_r(f, r, x, m)))
		return false;
	f->sqr(a, a);
	if (FAILS(!memcmp(a, r, width)))
		return false;
	return true;
}

/* The templates, with limb counts that the compiler knows. */
static void add_n(u64 *r, const u64 *a, const u64 *b, const u64 *m)
{
	if (limbs == 4)
		mont_add_n(r, a, b, m, 4);
	else if (limbs == 6)
		mont_add_n(r, a, b, m, 6);
	else
		mont_add_n(r, a, b, m, 9);
}

static void sub_n(u64 *r, const u64 *a, const u64 *b, const u64 *m)
{
	if (limbs == 4)
		mont_sub_n(r, a, b, m, 4);
	else if (limbs == 6)
		mont_sub_n(r, a, b, m, 6);
	else
		mont_sub_n(r, a, b, m, 9);
}

static bool linear_case(const struct km_mont *f, const BIGNUM *m)
{
	u64 a[MAX_LIMBS], b[MAX_LIMBS], r[MAX_LIMBS], s[MAX_LIMBS];
	BIGNUM *x, *y, *z = BN_new();
	bool ok;

	rnd_mod(a, f->m);
	rnd_mod(b, f->m);
	x = to_bn(a);
	y = to_bn(b);
	BN_mod_add(z, x, y, m, ctx);
	km_mont_add(f, r, a, b);
	ok = is_bn(r, z);
	add_n(s, a, b, f->m);
	ok = ok && !memcmp(r, s, width);
	BN_mod_sub(z, x, y, m, ctx);
	sub_n(s, a, b, f->m);
	ok = ok && is_bn(s, z);
	ok = ok && (!!km_bn_less(a, b, limbs)) == (BN_cmp(x, y) < 0);

	/* out of and into Montgomery form, and reduction, of any number */
	rnd_limbs(a);
	BN_lebin2bn((u8 *)a, width, x);
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
	u64 a[MAX_LIMBS], r[MAX_LIMBS], s[MAX_LIMBS];
	BIGNUM *x;
	bool ok;

	rnd_mod(a, f->m);
	km_mont_to(f, r, a);
	km_mont_inv(f, s, r);
	km_mont_from(f, s, s);
	if (km_bn_is_zero(a, limbs)) {
		if (FAILS(km_bn_is_zero(s, limbs)))
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
	struct km_mont plain = *curve->p;
	u64 a[MAX_LIMBS], r[MAX_LIMBS], s[MAX_LIMBS], e[MAX_LIMBS];

	BN_sub_word(bn_p, 2);
	BN_bn2lebinpad(bn_p, (u8 *)e, width);
	BN_add_word(bn_p, 2);
	plain.inv_chain = NULL;
	plain.inv_exp = e;
	rnd_mod(a, curve->p->m);
	km_mont_inv(&plain, r, a);
	km_mont_inv(curve->p, s, a);
	if (FAILS(!memcmp(r, s, width)))
		return false;
	return true;
}

#define TEST_FIELD(name, count, call)						\
static bool test_##name(void)							\
{										\
	unsigned long i, n = count;						\
										\
	for (i = 0; i < n; i++)							\
		if (!(call))							\
			return false;						\
	return true;								\
}

TEST_FIELD(mul, all_cases, mul_case(curve->p, bn_p) && mul_case(curve->n, bn_n))
TEST_FIELD(linear, all_cases, linear_case(curve->p, bn_p) && linear_case(curve->n, bn_n))
TEST_FIELD(inv, share_of(100), inv_case(curve->p, bn_p) && inv_case(curve->n, bn_n))
TEST_FIELD(fermat, share_of(100), fermat_case())

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

/* The constants of the curve file against libcrypto's. */
static bool test_constants(void)
{
	u64 g[2 * MAX_LIMBS], k[MAX_LIMBS];
	BIGNUM *a = BN_new(), *b = BN_new(), *q = BN_new(), *x = BN_new(), *y = BN_new();

	EC_GROUP_get_curve(group, q, a, b, ctx);
	EC_POINT_get_affine_coordinates(group, EC_GROUP_get0_generator(group), x, y, ctx);
	if (FAILS(is_bn(curve->p->m, q)))
		return false;
	if (FAILS(is_bn(curve->n->m, EC_GROUP_get0_order(group))))
		return false;
	km_mont_from(curve->p, k, curve->b);
	if (FAILS(is_bn(k, b)))
		return false;
	get_affine(curve, g, g + limbs, curve->g);
	if (FAILS(is_bn(g, x) && is_bn(g + limbs, y)))
		return false;
	if (FAILS((int)km_ec_bytes(curve) == BN_num_bytes(q)))
		return false;
	if (FAILS((int)km_ec_bits(curve) == EC_GROUP_order_bits(group)))
		return false;
	BN_free(a);
	BN_free(b);
	BN_free(q);
	BN_free(x);
	BN_free(y);
	return true;
}

#include "ec_test_points.h"
#include "ec_test_ecdsa.h"

/* The moduli also serve other curves: once for each curve, unless said otherwise. */
static const struct {
	bool (*run)(void);
	const char *name;
} all[] = {
	{ test_constants, "ec: the constants" },
	{ test_mul, "mont: products and squares mod p and n" },
	{ test_linear, "mont: sums, differences, conversions mod p and n" },
	{ test_inv, "mont: inverses mod p and n" },
	{ test_fermat, "mont: inverse by square and multiply equals the chain for p" },
	{ test_points, "ec: sums and doubles, equal, opposite and infinite points too" },
	{ test_scalars, "ec: multiples of G and of other points" },
	{ test_ranges, "ec: range of private keys, public keys off the curve" },
	{ test_cut, "ec: random bytes cut to the order" },
	{ test_rfc6979, "ecdsa: RFC 6979 A.2.4 to A.2.7, all digests" },
	{ test_sign, "ecdsa: libcrypto accepts our signatures and keys, no r comes twice" },
	{ test_verify, "ecdsa: we accept libcrypto's signatures and no flipped bit" },
	{ test_edges, "ecdsa: r, s, k, d out of range; equal, opposite points; x above n" },
	{ test_ecdh, "ecdh: the secrets of libcrypto; no point off the curve" },
};

static void run(bool (*test)(void), const char *name, const char *of)
{
	bool ok = test();

	failed += !ok;
	printf("%sok %u - %s%s%s\n", ok ? "" : "not ", ++tests, name, *of ? ", " : "", of);
	fflush(stdout);
}

static void run_curve(const struct subject *s)
{
	unsigned int i;

	now = s;
	curve = s->curve;
	limbs = curve->p->limbs;
	width = 8 * limbs;
	bytes = curve->bytes;
	group = EC_GROUP_new_by_curve_name(s->nid);
	bn_p = to_bn(curve->p->m);
	bn_n = to_bn(curve->n->m);
	for (i = 0; i < ARRAY_SIZE(all); i++)
		run(all[i].run, all[i].name, s->name);
	BN_free(bn_p);
	BN_free(bn_n);
	EC_GROUP_free(group);
}

int main(void)
{
	const char *percent = getenv("KM_TEST_PERCENT"), *seed = getenv("KM_TEST_SEED");
	unsigned int i;

	rng_state = seed ? strtoull(seed, NULL, 0) : (u64)time(NULL) << 20 ^ (u64)clock();
	if (percent)
		all_cases = all_cases * strtoul(percent, NULL, 10) / 100;
	if (all_cases < 64)
		all_cases = 64;
	printf("TAP version 13\n1..%zu\n", 2 + ARRAY_SIZE(subjects) * ARRAY_SIZE(all));
	printf("# KM_TEST_SEED=0x%llx, %lu cases\n", (unsigned long long)rng_state, all_cases);
	ctx = BN_CTX_new();

	run(test_no_memory, "ec: each failing allocation is reported, nothing leaks", "");
	run(test_bytes, "mont: numbers from bytes and to bytes", "");
	if (km_ec_init()) {
		printf("Bail out! km_ec_init\n");
		return 1;
	}
	for (i = 0; i < ARRAY_SIZE(subjects); i++)
		run_curve(&subjects[i]);
	km_ec_exit();
	BN_CTX_free(ctx);
	return failed ? 1 : 0;
}
