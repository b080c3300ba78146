/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of ec_test.c that goes through ec.h only: keys, signatures, RFC 6979.
 * Included there, after its helpers; no program of its own.
 */

/* RFC 6979 A.2.5 */
static const char rfc6979_x[] = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
static const char rfc6979_ux[] = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";
static const char rfc6979_uy[] = "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";

static const struct {
	const char *message, *digest, *k, *r, *s;
} rfc6979[] = {
	{ "sample", "sha1",
	  "882905f1227fd620fbf2abf21244f0ba83d0dc3a9103dbbee43a1fb858109db4",
	  "61340c88c3aaebeb4f6d667f672ca9759a6ccaa9fa8811313039ee4a35471d32",
	  "6d7f147dac089441bb2e2fe8f7a3fa264b9c475098fdcf6e00d7c996e1b8b7eb" },
	{ "sample", "sha224",
	  "103f90ee9dc52e5e7fb5132b7033c63066d194321491862059967c715985d473",
	  "53b2fff5d1752b2c689df257c04c40a587fababb3f6fc2702f1343af7ca9aa3f",
	  "b9afb64fdc03dc1a131c7d2386d11e349f070aa432a4acc918bea988bf75c74c" },
	{ "sample", "sha256",
	  "a6e3c57dd01abe90086538398355dd4c3b17aa873382b0f24d6129493d8aad60",
	  "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
	  "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8" },
	{ "sample", "sha384",
	  "09f634b188cefd98e7ec88b1aa9852d734d0bc272f7d2a47decc6ebeb375aad4",
	  "0eafea039b20e9b42309fb1d89e213057cbf973dc0cfc8f129edddc800ef7719",
	  "4861f0491e6998b9455193e34e7b0d284ddd7149a74b95b9261f13abde940954" },
	{ "sample", "sha512",
	  "5fa81c63109badb88c1f367b47da606da28cad69aa22c4fe6ad7df73a7173aa5",
	  "8496a60b5e9b47c825488827e0495b0e3fa109ec4568fd3f8d1097678eb97f00",
	  "2362ab1adbe2b8adf9cb9edab740ea6049c028114f2460f96554f61fae3302fe" },
	{ "test", "sha1",
	  "8c9520267c55d6b980df741e56b4adee114d84fbfa2e62137954164028632a2e",
	  "0cbcc86fd6abd1d99e703e1ec50069ee5c0b4ba4b9ac60e409e8ec5910d81a89",
	  "01b9d7b73dfaa60d5651ec4591a0136f87653e0fd780c3b1bc872ffdeae479b1" },
	{ "test", "sha224",
	  "669f4426f2688b8be0db3a6bd1989bdaefff84b649eeb84f3dd26080f667faa7",
	  "c37edb6f0ae79d47c3c27e962fa269bb4f441770357e114ee511f662ec34a692",
	  "c820053a05791e521fcaad6042d40aea1d6b1a540138558f47d0719800e18f2d" },
	{ "test", "sha256",
	  "d16b6ae827f17175e040871a1c7ec3500192c4c92677336ec2537acaee0008e0",
	  "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367",
	  "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083" },
	{ "test", "sha384",
	  "16aeffa357260b04b1dd199693960740066c1a8f3e8edd79070aa914d361b3b8",
	  "83910e8b48bb0c74244ebdf7f07a1c5413d61472bd941ef3920e623fbccebeb6",
	  "8ddbec54cf8cd5874883841d712142a56a8d0f218f5003cb0296b6b509619f2c" },
	{ "test", "sha512",
	  "6915d11632aca3c40d5d51c08daf9c555933819548784480e93499000d9f0b7f",
	  "461d93f31b6540894788fd206c07cfa0cc35f46fa3c91816fff1040ad1581a04",
	  "39af9f15de0db8d97e72719c74820d304ce5226e32dedae67519e840d1194e55" },
};

static void unhex(u8 *out, const char *hex)
{
	BIGNUM *x = NULL;

	BN_hex2bn(&x, hex);
	BN_bn2binpad(x, out, BYTES);
	BN_free(x);
}

/* A key pair with its libcrypto side. */
struct pair {
	u8 d[BYTES];
	u8 x[BYTES];
	u8 y[BYTES];
	EC_KEY *key;
};

static bool new_pair(struct pair *k)
{
	u64 d[LIMBS];
	BIGNUM *x, *y;
	bool ok;

	rnd_scalar(d);
	km_bn_to_be(k->d, BYTES, d);
	if (FAILS(km_ec_scalar_ok(&km_p256, k->d)))
		return false;
	if (FAILS(!km_ec_public(&km_p256, k->d, k->x, k->y)))
		return false;
	if (FAILS(km_ec_point_ok(&km_p256, k->x, k->y)))
		return false;
	k->key = EC_KEY_new();
	EC_KEY_set_group(k->key, group);
	x = BN_bin2bn(k->d, BYTES, NULL);
	EC_KEY_set_private_key(k->key, x);
	BN_bin2bn(k->x, BYTES, x);
	y = BN_bin2bn(k->y, BYTES, NULL);
	/* this also checks d * G against x, y */
	ok = EC_KEY_set_public_key_affine_coordinates(k->key, x, y);
	BN_free(x);
	BN_free(y);
	if (!ok)
		EC_KEY_free(k->key);
	if (FAILS(ok))
		return false;
	return true;
}

static int openssl_verify(const struct km_ecdsa *sig, EC_KEY *key)
{
	ECDSA_SIG *s = ECDSA_SIG_new();
	int ok;

	ECDSA_SIG_set0(s, BN_bin2bn(sig->r, BYTES, NULL), BN_bin2bn(sig->s, BYTES, NULL));
	ok = ECDSA_do_verify(sig->digest, sig->digest_len, s, key);
	ECDSA_SIG_free(s);
	return ok == 1;
}

static void openssl_sign(struct km_ecdsa *sig, EC_KEY *key)
{
	ECDSA_SIG *s = ECDSA_do_sign(sig->digest, sig->digest_len, key);

	BN_bn2binpad(ECDSA_SIG_get0_r(s), sig->r, BYTES);
	BN_bn2binpad(ECDSA_SIG_get0_s(s), sig->s, BYTES);
	ECDSA_SIG_free(s);
}

/* A new key every 256 signatures: setting one up costs more than a signature. */
static bool each_signature(bool (*test)(struct pair *key, struct km_ecdsa *sig))
{
	static const u8 lengths[] = { 32, 20, 28, 48, 64, 16, 0, 1, 31, 33, 66 };
	struct pair key = { .key = NULL };
	u8 digest[66];
	struct km_ecdsa sig = { .digest = digest };
	unsigned long i;
	bool ok = true;

	for (i = 0; ok && i < cases; i++) {
		if (i % 256 == 0) {
			EC_KEY_free(key.key);
			key.key = NULL;
			if (FAILS(new_pair(&key)))
				return false;
		}
		rnd_bytes(digest, sizeof(digest));
		if (i % 64 == 0)
			memset(digest, 0xff, sizeof(digest));	/* e above n */
		sig.digest_len = lengths[i % ARRAY_SIZE(lengths)];
		ok = test(&key, &sig);
	}
	EC_KEY_free(key.key);
	return ok;
}

static bool sign_case(struct pair *key, struct km_ecdsa *sig)
{
	u64 k[LIMBS];
	u8 nonce[BYTES];

	rnd_scalar(k);
	km_bn_to_be(nonce, BYTES, k);
	if (FAILS(!km_ecdsa_sign(&km_p256, key->d, nonce, sig)))
		return false;
	if (FAILS(openssl_verify(sig, key->key)))
		return false;
	return true;
}

static bool test_sign(void)
{
	return each_signature(sign_case);
}

/* Flip bit @bit of @bytes: refused; and back. */
static bool flip(const struct pair *key, const struct km_ecdsa *sig, u8 *bytes, unsigned int bit)
{
	int ret;

	bytes[bit / 8] ^= 1 << (bit % 8);
	ret = km_ecdsa_verify(&km_p256, key->x, key->y, sig);
	bytes[bit / 8] ^= 1 << (bit % 8);
	if (FAILS(ret == -EBADMSG))
		return false;
	return true;
}

static bool verify_case(struct pair *key, struct km_ecdsa *sig)
{
	unsigned int bit = rnd() % (8 * BYTES);

	openssl_sign(sig, key->key);
	if (FAILS(!km_ecdsa_verify(&km_p256, key->x, key->y, sig)))
		return false;
	switch (rnd() % 64) {	/* now and then, for the time it takes */
	case 0:
		return flip(key, sig, sig->r, bit);
	case 1:
		return flip(key, sig, sig->s, bit);
	case 2:
		return flip(key, sig, key->x, bit);
	case 3:
		return flip(key, sig, key->y, bit);
	}
	return true;
}

static bool test_verify(void)
{
	u8 digest[BYTES] = { 1 };
	struct km_ecdsa sig = { .digest = digest, .digest_len = BYTES };
	struct pair key;
	unsigned int i;

	if (FAILS(new_pair(&key)))
		return false;
	openssl_sign(&sig, key.key);
	for (i = 0; i < 8 * BYTES; i++) {
		if (FAILS(flip(&key, &sig, sig.r, i) && flip(&key, &sig, sig.s, i)))
			return false;
		if (FAILS(flip(&key, &sig, digest, i)))
			return false;
		if (FAILS(flip(&key, &sig, key.x, i) && flip(&key, &sig, key.y, i)))
			return false;
	}
	if (FAILS(!km_ecdsa_verify(&km_p256, key.x, key.y, &sig)))
		return false;
	EC_KEY_free(key.key);
	return each_signature(verify_case);
}

static bool test_rfc6979(void)
{
	u8 digest[EVP_MAX_MD_SIZE], d[BYTES], k[BYTES], x[BYTES], y[BYTES], want[2 * BYTES];
	struct km_ecdsa sig = { .digest = digest };
	unsigned int i, len;

	unhex(d, rfc6979_x);
	unhex(want, rfc6979_ux);
	unhex(want + BYTES, rfc6979_uy);
	if (FAILS(!km_ec_public(&km_p256, d, x, y)))
		return false;
	if (FAILS(!memcmp(x, want, BYTES) && !memcmp(y, want + BYTES, BYTES)))
		return false;
	for (i = 0; i < ARRAY_SIZE(rfc6979); i++) {
		EVP_Digest(rfc6979[i].message, strlen(rfc6979[i].message), digest, &len,
			   EVP_get_digestbyname(rfc6979[i].digest), NULL);
		sig.digest_len = len;
		unhex(k, rfc6979[i].k);
		unhex(want, rfc6979[i].r);
		unhex(want + BYTES, rfc6979[i].s);
		if (FAILS(!km_ecdsa_sign(&km_p256, d, k, &sig)))
			return false;
		if (FAILS(!memcmp(sig.r, want, BYTES) && !memcmp(sig.s, want + BYTES, BYTES)))
			return false;
		if (FAILS(!km_ecdsa_verify(&km_p256, x, y, &sig)))
			return false;
	}
	return true;
}

static bool test_no_memory(void)
{
	const u8 one[BYTES] = { [BYTES - 1] = 1 };
	struct km_ecdsa sig = { .digest = one, .digest_len = BYTES };
	u8 x[BYTES], y[BYTES];

	for (fail_at = 0; ; fail_at++) {
		allocs = 0;
		if (!km_ec_init())
			break;
		if (FAILS(allocs == fail_at + 1 && !table[0]))
			return false;
	}
	if (FAILS(fail_at == TAB_ROWS + 1))
		return false;
	if (FAILS(!km_ec_public(&km_p256, one, x, y)))
		return false;
	if (FAILS(!km_ecdsa_sign(&km_p256, one, one, &sig)))
		return false;
	fail_at = allocs;
	if (FAILS(km_ecdsa_verify(&km_p256, x, y, &sig) == -ENOMEM))
		return false;
	if (FAILS(!km_ecdsa_verify(&km_p256, x, y, &sig)))
		return false;
	fail_at = -1;
	km_ec_exit();
	km_ec_exit();
	return true;
}

/* v + add, as bytes */
static void bytes_of(u8 *out, const u64 *v, int add)
{
	BIGNUM *x = to_bn(v);

	if (add >= 0)
		BN_add_word(x, add);
	else
		BN_sub_word(x, -add);
	BN_bn2binpad(x, out, BYTES);
	BN_free(x);
}

static bool test_ranges(void)
{
	static const u64 zero[LIMBS];
	static const u64 max[LIMBS] = { ~0ULL, ~0ULL, ~0ULL, ~0ULL };
	static const struct {
		const u64 *v;
		int add;
		bool ok;
	} d[] = {
		{ zero, 0, false }, { zero, 1, true }, { n, -1, true },
		{ n, 0, false }, { n, 1, false }, { max, 0, false },
	};
	EC_POINT *pt = EC_POINT_new(group);
	BIGNUM *bx = BN_new(), *by = BN_new();
	u8 v[BYTES], x[BYTES], y[BYTES];
	unsigned int i, found = 0;

	for (i = 0; i < ARRAY_SIZE(d); i++) {
		bytes_of(v, d[i].v, d[i].add);
		if (FAILS(km_ec_scalar_ok(&km_p256, v) == d[i].ok))
			return false;
		if (FAILS(km_ec_public(&km_p256, v, x, y) == (d[i].ok ? 0 : -EINVAL)))
			return false;
	}
	/* points with a small x: also written as x + p, which must be refused */
	for (i = 0; i < 64; i++) {
		BN_set_word(bx, i);
		if (!EC_POINT_set_compressed_coordinates(group, pt, bx, 1, ctx))
			continue;
		found++;
		EC_POINT_get_affine_coordinates(group, pt, bx, by, ctx);
		BN_bn2binpad(by, y, BYTES);
		bytes_of(x, zero, i);
		if (FAILS(km_ec_point_ok(&km_p256, x, y)))
			return false;
		y[BYTES - 1] ^= 1;
		if (FAILS(!km_ec_point_ok(&km_p256, x, y)))
			return false;
		y[BYTES - 1] ^= 1;
		bytes_of(x, p, i);
		if (FAILS(!km_ec_point_ok(&km_p256, x, y)))
			return false;
		if (FAILS(!km_ec_point_ok(&km_p256, y, x)))
			return false;
	}
	if (FAILS(found > 10))
		return false;
	memset(x, 0, BYTES);
	if (FAILS(!km_ec_point_ok(&km_p256, x, x)))
		return false;
	EC_POINT_free(pt);
	BN_free(bx);
	BN_free(by);
	return true;
}

static bool range_edges(const struct pair *key, struct km_ecdsa *sig)
{
	static const u64 zero[LIMBS];
	static const u8 none[BYTES];
	u8 *half[2] = { sig->r, sig->s }, was[BYTES], bad[4][BYTES], one[BYTES];
	unsigned int i, j;

	bytes_of(bad[0], zero, 0);
	bytes_of(bad[1], n, 0);
	bytes_of(bad[2], n, 1);
	memset(bad[3], 0xff, BYTES);
	for (i = 0; i < 2; i++)
		for (j = 0; j < ARRAY_SIZE(bad); j++) {
			memcpy(was, half[i], BYTES);
			memcpy(half[i], bad[j], BYTES);
			if (FAILS(km_ecdsa_verify(&km_p256, key->x, key->y, sig) == -EBADMSG))
				return false;
			memcpy(half[i], was, BYTES);
		}
	if (FAILS(!km_ecdsa_verify(&km_p256, key->x, key->y, sig)))
		return false;
	bytes_of(one, zero, 1);
	for (j = 0; j < ARRAY_SIZE(bad); j++) {
		if (FAILS(km_ecdsa_sign(&km_p256, key->d, bad[j], sig) == -EAGAIN))
			return false;
		if (FAILS(!memcmp(sig->r, none, BYTES) && !memcmp(sig->s, none, BYTES)))
			return false;
		if (FAILS(km_ecdsa_sign(&km_p256, bad[j], one, sig) == -EINVAL))
			return false;
		if (FAILS(!memcmp(sig->r, none, BYTES) && !memcmp(sig->s, none, BYTES)))
			return false;
		if (FAILS(km_ecdsa_sign(&km_p256, bad[j], bad[j], sig) == -EINVAL))
			return false;
	}
	return true;
}

/* With e = r d the points to add are equal, with e = -r d opposite, and s is 0. */
static bool equal_and_opposite(const struct pair *key, struct km_ecdsa *sig, u8 *digest)
{
	const u8 k[BYTES] = { [5] = 0x5a, [BYTES - 1] = 3 };
	BIGNUM *r, *e = BN_bin2bn(key->d, BYTES, NULL);
	u8 keep[BYTES];

	if (FAILS(!km_ecdsa_sign(&km_p256, key->d, k, sig)))
		return false;
	memcpy(keep, sig->s, BYTES);
	r = BN_bin2bn(sig->r, BYTES, NULL);
	BN_mod_mul(e, e, r, bn_n, ctx);
	BN_bn2binpad(e, digest, BYTES);
	if (FAILS(!km_ecdsa_sign(&km_p256, key->d, k, sig)))
		return false;
	if (FAILS(!km_ecdsa_verify(&km_p256, key->x, key->y, sig)))
		return false;
	if (FAILS(openssl_verify(sig, key->key)))
		return false;
	BN_sub(e, bn_n, e);
	BN_bn2binpad(e, digest, BYTES);
	if (FAILS(km_ecdsa_sign(&km_p256, key->d, k, sig) == -EAGAIN))
		return false;
	BN_bn2binpad(r, sig->r, BYTES);
	memcpy(sig->s, keep, BYTES);
	if (FAILS(km_ecdsa_verify(&km_p256, key->x, key->y, sig) == -EBADMSG))
		return false;
	BN_free(r);
	BN_free(e);
	return true;
}

/* A point with x between n and p, of which nobody knows the nonce. */
static u64 point_above_n[3 * LIMBS];

static void mul_base_above_n(u64 *r, const u64 *k)
{
	(void)k;
	memcpy(r, point_above_n, sizeof(point_above_n));
}

/* Signing with such a nonce, if there were one, gives r = x - n. */
static bool sign_above_n(const BIGNUM *x, const BIGNUM *r)
{
	const u8 one[BYTES] = { [BYTES - 1] = 1 };
	struct km_ecdsa sig = { .digest = one, .digest_len = BYTES };
	struct km_curve curve = km_p256;
	u8 want[BYTES];

	BN_bn2lebinpad(x, (u8 *)point_above_n, BYTES);
	km_mont_to(&p256_p, point_above_n, point_above_n);
	memcpy(point_above_n + 2 * LIMBS, p_r1, BYTES);
	curve.mul_base = mul_base_above_n;
	if (FAILS(!km_ecdsa_sign(&curve, one, one, &sig)))
		return false;
	BN_bn2binpad(r, want, BYTES);
	if (FAILS(!memcmp(sig.r, want, BYTES)))
		return false;
	return true;
}

/*
 * A signature whose point has x between n and p, so that r = x - n: such a nonce is
 * not to be found, but Q = (s R - e G) / r is a key for any R, here with e = s = 5.
 */
static bool x_above_n(void)
{
	const u8 digest[BYTES] = { [BYTES - 1] = 5 };
	struct km_ecdsa sig = { .digest = digest, .digest_len = BYTES };
	EC_POINT *q = EC_POINT_new(group);
	BIGNUM *x = BN_new(), *y = BN_new(), *r = BN_new(), *u = BN_new(), *v = BN_new();
	u8 kx[BYTES], ky[BYTES];
	unsigned int i;

	for (i = 1; ; i++) {
		BN_set_word(r, i);
		BN_add(x, bn_n, r);
		if (EC_POINT_set_compressed_coordinates(group, q, x, 0, ctx))
			break;
	}
	if (FAILS(sign_above_n(x, r)))
		return false;
	BN_mod_inverse(u, r, bn_n, ctx);
	BN_mul_word(u, 5);
	BN_nnmod(u, u, bn_n, ctx);
	BN_sub(v, bn_n, u);
	EC_POINT_mul(group, q, v, q, u, ctx);
	EC_POINT_get_affine_coordinates(group, q, x, y, ctx);
	BN_bn2binpad(x, kx, BYTES);
	BN_bn2binpad(y, ky, BYTES);
	BN_bn2binpad(r, sig.r, BYTES);
	memcpy(sig.s, digest, BYTES);
	if (FAILS(!km_ecdsa_verify(&km_p256, kx, ky, &sig)))
		return false;
	/* r is a number mod n: x itself is out of range */
	bytes_of(sig.r, n, i);
	if (FAILS(km_ecdsa_verify(&km_p256, kx, ky, &sig) == -EBADMSG))
		return false;
	EC_POINT_free(q);
	BN_free(x);
	BN_free(y);
	BN_free(r);
	BN_free(u);
	BN_free(v);
	return true;
}

static bool test_edges(void)
{
	u8 digest[BYTES] = { 7 };
	struct km_ecdsa sig = { .digest = digest, .digest_len = BYTES };
	struct pair key;

	if (FAILS(new_pair(&key)))
		return false;
	openssl_sign(&sig, key.key);
	if (FAILS(range_edges(&key, &sig)))
		return false;
	if (FAILS(equal_and_opposite(&key, &sig, digest)))
		return false;
	EC_KEY_free(key.key);
	return x_above_n();
}
