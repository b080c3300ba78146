// SPDX-License-Identifier: GPL-2.0-only
/*
 * The field of kernel/fe25519.c against libcrypto's big numbers, and X25519 against libcrypto.
 * Userspace test. Vectors: RFC 7748 sections 5.2 and 6.1.
 */
#include <openssl/bn.h>
#include <openssl/evp.h>
#include "fe25519.h"
#include "harness.h"
#include "x25519.h"

static struct bignum_ctx *ctx;
static struct bignum_st *p;

/* Loose, and often with limbs that are all ones or zero. */
static void rnd_fe(struct km_fe *a, u64 below)
{
	unsigned int i;

	for (i = 0; i < 5; i++) {
		a->v[i] = rnd() % below;
		if (!(rnd() & 3))
			a->v[i] = rnd() & 1 ? below - 1 : 0;
	}
}

#define LOOSE	(1ULL << 54)
#define TIGHT	((1ULL << 51) + (1ULL << 13))

static bool is_tight(const struct km_fe *a)
{
	unsigned int i;

	for (i = 0; i < 5; i++)
		if (a->v[i] >= TIGHT)
			return false;
	return true;
}

/* The number that limbs stand for, not reduced. */
static BIGNUM *to_bn(const struct km_fe *a)
{
	BIGNUM *r = BN_new();
	int i;

	BN_zero(r);
	for (i = 4; i >= 0; i--) {
		BN_lshift(r, r, 51);
		BN_add_word(r, a->v[i]);
	}
	return r;
}

/* Is this number, reduced, what comes out as bytes? Frees it. */
static bool is_bn(const struct km_fe *a, BIGNUM *want)
{
	u8 bytes[32], out[32];

	BN_nnmod(want, want, p, ctx);
	BN_bn2lebinpad(want, bytes, sizeof(bytes));
	BN_free(want);
	km_fe_to_bytes(out, a);
	return !memcmp(bytes, out, sizeof(out));
}

static bool products(void)
{
	unsigned long i, n = cases(200000);
	struct km_fe a, b, r;
	BIGNUM *x, *y;
	u32 small;

	for (i = 0; i < n; i++) {
		rnd_fe(&a, LOOSE);
		rnd_fe(&b, LOOSE);
		small = rnd() & 0xfffff;
		x = to_bn(&a);
		y = to_bn(&b);
		BN_mul(y, y, x, ctx);
		km_fe_mul(&r, &a, &b);
		CHECK(is_tight(&r) && is_bn(&r, y));
		y = BN_new();
		BN_sqr(y, x, ctx);
		km_fe_sqr(&r, &a);
		CHECK(is_tight(&r) && is_bn(&r, y));
		BN_mul_word(x, small);
		km_fe_mul_small(&r, &a, small);
		CHECK(is_tight(&r) && is_bn(&r, x));
		/* in place */
		r = a;
		km_fe_mul(&a, &a, &b);
		km_fe_mul(&b, &r, &b);
		CHECK(!memcmp(&a, &b, sizeof(a)));
	}
	return true;
}

static bool sums(void)
{
	unsigned long i, n = cases(200000);
	struct km_fe a, b, c, d, r;
	BIGNUM *x, *y;

	for (i = 0; i < n; i++) {
		rnd_fe(&a, TIGHT);
		rnd_fe(&b, TIGHT);
		x = to_bn(&a);
		y = to_bn(&b);
		BN_add(x, x, y);
		km_fe_add(&r, &a, &b);
		CHECK(is_bn(&r, x));
		BN_free(y);
		/* differences of sums are loose, and no limb is less than nothing */
		rnd_fe(&c, TIGHT);
		rnd_fe(&d, TIGHT);
		km_fe_add(&c, &c, &d);
		x = to_bn(&r);
		y = to_bn(&c);
		BN_sub(x, x, y);
		km_fe_sub(&a, &r, &c);
		BN_free(y);
		CHECK(a.v[0] < LOOSE && a.v[1] < LOOSE && a.v[2] < LOOSE && a.v[3] < LOOSE &&
		      a.v[4] < LOOSE);
		CHECK(is_bn(&a, x));
	}
	return true;
}

static bool powers(void)
{
	unsigned long i, n = cases(20000);
	BIGNUM *x, *y, *p58 = BN_dup(p);
	struct km_fe a, r;
	u8 out[32];

	BN_sub_word(p58, 5);
	BN_rshift(p58, p58, 3);
	for (i = 0; i < n; i++) {
		rnd_fe(&a, LOOSE);
		x = to_bn(&a);
		BN_nnmod(x, x, p, ctx);
		y = BN_new();
		BN_mod_exp(y, x, p58, p, ctx);
		km_fe_pow_p58(&r, &a);
		CHECK(is_tight(&r) && is_bn(&r, y));
		if (!BN_is_zero(x)) {
			y = BN_mod_inverse(NULL, x, p, ctx);
			km_fe_inv(&r, &a);
			CHECK(is_tight(&r) && is_bn(&r, y));
		}
		BN_free(x);
	}
	BN_free(p58);
	memset(&a, 0, sizeof(a));
	km_fe_inv(&r, &a);
	km_fe_to_bytes(out, &r);
	for (i = 0; i < sizeof(out); i++)
		CHECK(!out[i]);
	return true;
}

/* Bytes around 0, p, 2p and 2^255 as well: what is read is reduced when it is written. */
static bool bytes(void)
{
	unsigned long i, n = cases(200000);
	struct km_fe a, b;
	BIGNUM *x;
	u8 in[32];

	for (i = 0; i < n; i++) {
		rnd_bytes(in, sizeof(in));
		if (i & 1) {
			memset(in + 1, rnd() & 1 ? 0xff : 0, 30);
			in[31] = rnd() & 1 ? 0x7f : rnd();
		}
		km_fe_from_bytes(&a, in);
		in[31] &= 0x7f;
		x = BN_lebin2bn(in, sizeof(in), NULL);
		CHECK(is_tight(&a) && is_bn(&a, x));
		/* by limbs of every size */
		rnd_fe(&a, LOOSE);
		CHECK(is_bn(&a, to_bn(&a)));
		b = a;
		km_fe_cmov(&b, &a, ~0ULL);
		CHECK(!memcmp(&a, &b, sizeof(a)));
	}
	return true;
}

static bool moves(void)
{
	struct km_fe a, b, x, y;
	int i;

	for (i = 0; i < 1000; i++) {
		rnd_fe(&a, LOOSE);
		rnd_fe(&b, LOOSE);
		x = a;
		y = b;
		km_fe_cswap(&x, &y, 0);
		CHECK(!memcmp(&x, &a, sizeof(a)) && !memcmp(&y, &b, sizeof(b)));
		km_fe_cswap(&x, &y, ~0ULL);
		CHECK(!memcmp(&x, &b, sizeof(b)) && !memcmp(&y, &a, sizeof(a)));
		km_fe_cmov(&x, &y, 0);
		CHECK(!memcmp(&x, &b, sizeof(b)));
		km_fe_cmov(&x, &y, ~0ULL);
		CHECK(!memcmp(&x, &a, sizeof(a)));
	}
	return true;
}

static void hex(u8 *out, const char *text)
{
	unsigned int i, v;

	for (i = 0; sscanf(text + 2 * i, "%2x", &v) == 1; i++)
		out[i] = v;
}

static bool rfc7748(void)
{
	static const struct {
		const char *scalar, *point, *want;
	} list[] = {
		{ "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
		  "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
		  "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552" },
		{ "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
		  "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
		  "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957" },
		{ "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
		  "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
		  "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742" },
	};
	u8 scalar[32], point[32], want[32], out[32];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(list); i++) {
		hex(scalar, list[i].scalar);
		hex(point, list[i].point);
		hex(want, list[i].want);
		CHECK(!km_x25519(out, scalar, point) && !memcmp(out, want, 32));
	}
	hex(want, "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
	km_x25519_public(out, scalar);
	CHECK(!memcmp(out, want, 32));
	return true;
}

static bool iterated(void)
{
	u8 k[32] = { 9 }, u[32] = { 9 }, want[32], out[32];
	int i;

	hex(want, "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
	for (i = 0; i < 1000; i++) {
		CHECK(!km_x25519(out, k, u));
		memcpy(u, k, 32);
		memcpy(k, out, 32);
		CHECK(i || !memcmp(k, want, 32));
	}
	hex(want, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
	CHECK(!memcmp(k, want, 32));
	return true;
}

/* 0, or what libcrypto says, which fails where the secret is 0 */
static int libcrypto(u8 *out, const u8 *scalar, const u8 *point)
{
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, scalar, 32);
	EVP_PKEY *peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, point, 32);
	EVP_PKEY_CTX *pc = EVP_PKEY_CTX_new(key, NULL);
	size_t len = 32;
	int ret;

	ret = EVP_PKEY_derive_init(pc) == 1 && EVP_PKEY_derive_set_peer(pc, peer) == 1 &&
	      EVP_PKEY_derive(pc, out, &len) == 1 ? 0 : -EINVAL;
	EVP_PKEY_CTX_free(pc);
	EVP_PKEY_free(peer);
	EVP_PKEY_free(key);
	return ret;
}

static bool secrets(void)
{
	unsigned long i, n = cases(100000);
	u8 scalar[32], point[32], want[32], out[32], pub[32];
	EVP_PKEY *key;
	size_t len;

	for (i = 0; i < n; i++) {
		rnd_bytes(scalar, 32);
		rnd_bytes(point, 32);
		if (!(i & 15))
			memset(scalar + rnd() % 32, rnd() & 1 ? 0xff : 0, 1);
		if (!(i & 7))
			memset(point + 1, rnd() & 1 ? 0xff : 0, 31);
		CHECK(km_x25519(out, scalar, point) == libcrypto(want, scalar, point));
		CHECK(!memcmp(out, want, 32));
		if (i & 7)
			continue;
		key = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, scalar, 32);
		len = 32;
		EVP_PKEY_get_raw_public_key(key, want, &len);
		EVP_PKEY_free(key);
		km_x25519_public(pub, scalar);
		CHECK(!memcmp(pub, want, 32));
	}
	return true;
}

/* Points of small order, and the encodings that are not reduced: the secret would be 0. */
static bool small_order(void)
{
	static const char *const points[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	static const u8 zero[32];
	u8 scalar[32], point[32], out[32];
	unsigned int i, top;

	for (i = 0; i < ARRAY_SIZE(points); i++) {
		for (top = 0; top < 2; top++) {
			rnd_bytes(scalar, 32);
			hex(point, points[i]);
			point[31] |= top << 7;
			memset(out, 1, 32);
			CHECK(km_x25519(out, scalar, point) == -EINVAL);
			CHECK(!memcmp(out, zero, 32));
		}
	}
	return true;
}

static const struct test tests[] = {
	{ "fe25519: products and squares, of limbs of every size", products },
	{ "fe25519: sums and differences", sums },
	{ "fe25519: inverses and powers", powers },
	{ "fe25519: bytes", bytes },
	{ "fe25519: conditional moves", moves },
	{ "x25519: the vectors of RFC 7748", rfc7748 },
	{ "x25519: 1000 times its own result", iterated },
	{ "x25519: secrets and public keys as libcrypto's", secrets },
	{ "x25519: points of small order are refused", small_order },
};

int main(void)
{
	int ret;

	ctx = BN_CTX_new();
	p = BN_new();
	BN_set_bit(p, 255);
	BN_sub_word(p, 19);
	ret = run_tests(tests, ARRAY_SIZE(tests));
	BN_free(p);
	BN_CTX_free(ctx);
	return ret;
}
