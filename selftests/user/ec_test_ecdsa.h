/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of ec_test.c that goes through ec.h only: keys, signatures, agreement, RFC 6979.
 * Included there, after its helpers; no program of its own.
 */

#include "ec_test_vectors.h"

static void unhex(u8 *out, const struct hex *hex)
{
	BIGNUM *x = BN_new(), *part = NULL;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hex->part) && hex->part[i]; i++) {
		BN_hex2bn(&part, hex->part[i]);
		BN_lshift(x, x, 4 * strlen(hex->part[i]));
		BN_add(x, x, part);
	}
	BN_bn2binpad(x, out, bytes);
	BN_free(x);
	BN_free(part);
}

/* A key pair with its libcrypto side. */
struct pair {
	u8 d[MAX_BYTES];
	u8 x[MAX_BYTES];
	u8 y[MAX_BYTES];
	EC_KEY *key;
};

static bool new_pair(struct pair *k)
{
	u64 d[MAX_LIMBS];
	BIGNUM *x, *y;
	bool ok;

	rnd_scalar(d);
	km_bn_to_be(k->d, bytes, d);
	if (FAILS(km_ec_scalar_ok(curve, k->d)))
		return false;
	if (FAILS(!km_ec_public(curve, k->d, k->x, k->y)))
		return false;
	if (FAILS(km_ec_point_ok(curve, k->x, k->y)))
		return false;
	k->key = EC_KEY_new();
	EC_KEY_set_group(k->key, group);
	x = BN_bin2bn(k->d, bytes, NULL);
	EC_KEY_set_private_key(k->key, x);
	BN_bin2bn(k->x, bytes, x);
	y = BN_bin2bn(k->y, bytes, NULL);
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

	ECDSA_SIG_set0(s, BN_bin2bn(sig->r, bytes, NULL), BN_bin2bn(sig->s, bytes, NULL));
	ok = ECDSA_do_verify(sig->digest, sig->digest_len, s, key);
	ECDSA_SIG_free(s);
	return ok == 1;
}

static void openssl_sign(struct km_ecdsa *sig, EC_KEY *key)
{
	ECDSA_SIG *s = ECDSA_do_sign(sig->digest, sig->digest_len, key);

	BN_bn2binpad(ECDSA_SIG_get0_r(s), sig->r, bytes);
	BN_bn2binpad(ECDSA_SIG_get0_s(s), sig->s, bytes);
	ECDSA_SIG_free(s);
}

/* A new key every 256 signatures: setting one up costs more than a signature. */
static bool each_signature(bool (*test)(struct pair *key, struct km_ecdsa *sig))
{
	unsigned long n = share_of(20);
	static const u8 lengths[] = { 32, 20, 28, 48, 64, 16, 0, 1, 31, 33, 66 };
	struct pair key = { .key = NULL };
	u8 digest[66];
	struct km_ecdsa sig = { .digest = digest };
	unsigned long i;
	bool ok = true;

	for (i = 0; ok && i < n; i++) {
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
	u64 k[MAX_LIMBS];
	u8 nonce[MAX_BYTES];

	rnd_scalar(k);
	km_bn_to_be(nonce, bytes, k);
	if (FAILS(!km_ecdsa_sign(curve, key->d, nonce, sig)))
		return false;
	if (FAILS(openssl_verify(sig, key->key)))
		return false;
	return true;
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, bytes);
}

/* Nonces drawn as the module draws them: equal ones would give the key away. */
static bool no_r_twice(void)
{
	unsigned long i, n = all_cases / 10;
	const u8 digest[] = { 1 };
	struct km_ecdsa sig = { .digest = digest, .digest_len = sizeof(digest) };
	u8 (*seen)[MAX_BYTES] = calloc(n, sizeof(*seen)), k[MAX_BYTES], d[MAX_BYTES] = { 0 };
	bool ok = true;
	int ret;

	d[bytes - 1] = 1;
	for (i = 0; ok && i < n; i++) {
		do {
			rnd_bytes(k, bytes);
			km_ec_cut(curve, k);
			ret = km_ecdsa_sign(curve, d, k, &sig);
		} while (ret == -EAGAIN);
		ok = !ret;
		memcpy(seen[i], sig.r, bytes);
	}
	qsort(seen, n, sizeof(*seen), compare);
	for (i = 1; ok && i < n; i++)
		ok = compare(seen[i - 1], seen[i]) < 0;
	free(seen);
	if (FAILS(ok))
		return false;
	return true;
}

static bool test_sign(void)
{
	return each_signature(sign_case) && no_r_twice();
}

/* Flip bit @bit of @in: refused; and back. */
static bool flip(const struct pair *key, const struct km_ecdsa *sig, u8 *in, unsigned int bit)
{
	int ret;

	in[bit / 8] ^= 1 << (bit % 8);
	ret = km_ecdsa_verify(curve, key->x, key->y, sig);
	in[bit / 8] ^= 1 << (bit % 8);
	if (FAILS(ret == -EBADMSG))
		return false;
	return true;
}

static bool verify_case(struct pair *key, struct km_ecdsa *sig)
{
	unsigned int bit = rnd() % (8 * bytes);

	openssl_sign(sig, key->key);
	if (FAILS(!km_ecdsa_verify(curve, key->x, key->y, sig)))
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
	u8 digest[28] = { 1 };
	struct km_ecdsa sig = { .digest = digest, .digest_len = sizeof(digest) };
	struct pair key;
	unsigned int i;

	if (FAILS(new_pair(&key)))
		return false;
	openssl_sign(&sig, key.key);
	/* each bit, or on the slower curves each in one byte and some of all */
	for (i = 0; i < 8 * bytes; i += now->share < 10 && i >= 8 ? 13 : 1) {
		if (FAILS(flip(&key, &sig, sig.r, i) && flip(&key, &sig, sig.s, i)))
			return false;
		if (FAILS(i >= 8 * sizeof(digest) || flip(&key, &sig, digest, i)))
			return false;
		if (FAILS(flip(&key, &sig, key.x, i) && flip(&key, &sig, key.y, i)))
			return false;
	}
	if (FAILS(!km_ecdsa_verify(curve, key.x, key.y, &sig)))
		return false;
	EC_KEY_free(key.key);
	return each_signature(verify_case);
}

static bool test_rfc6979(void)
{
	u8 digest[EVP_MAX_MD_SIZE], d[MAX_BYTES], k[MAX_BYTES], x[MAX_BYTES], y[MAX_BYTES];
	struct km_ecdsa sig = { .digest = digest };
	const struct rfc6979_key *key = rfc6979;
	const struct rfc6979_sample *t;
	u8 want[2 * MAX_BYTES];
	unsigned int len;

	while (key->nid != now->nid)
		key++;
	unhex(d, &key->x);
	unhex(want, &key->ux);
	unhex(want + bytes, &key->uy);
	if (FAILS(!km_ec_public(curve, d, x, y)))
		return false;
	if (FAILS(!memcmp(x, want, bytes) && !memcmp(y, want + bytes, bytes)))
		return false;
	for (t = key->samples; t < key->samples + ARRAY_SIZE(key->samples); t++) {
		EVP_Digest(t->message, strlen(t->message), digest, &len,
			   EVP_get_digestbyname(t->digest), NULL);
		sig.digest_len = len;
		unhex(k, &t->k);
		unhex(want, &t->r);
		unhex(want + bytes, &t->s);
		if (FAILS(!km_ecdsa_sign(curve, d, k, &sig)))
			return false;
		if (FAILS(!memcmp(sig.r, want, bytes) && !memcmp(sig.s, want + bytes, bytes)))
			return false;
		if (FAILS(!km_ecdsa_verify(curve, x, y, &sig)))
			return false;
	}
	return true;
}

/* Is no table left? And how many allocations does a whole one take? */
static bool no_table(long *count)
{
	unsigned int i;

	*count = 0;
	for (i = 0; i < ARRAY_SIZE(subjects); i++) {
		*count += 1 + rows(subjects[i].curve);
		if (subjects[i].curve->table->row[0])
			return false;
	}
	return true;
}

/* Everything works but what allocates; on P-256, with the key 1 and the nonce 1. */
static bool no_memory_to_use(void)
{
	const u8 one[32] = { [31] = 1 };
	struct km_ecdsa sig = { .digest = one, .digest_len = sizeof(one) };
	struct km_ecdh dh;

	if (FAILS(!km_ec_public(&km_p256, one, dh.x, dh.y)))
		return false;
	if (FAILS(!km_ecdsa_sign(&km_p256, one, one, &sig)))
		return false;
	fail_at = allocs;
	if (FAILS(km_ecdsa_verify(&km_p256, dh.x, dh.y, &sig) == -ENOMEM))
		return false;
	if (FAILS(!km_ecdsa_verify(&km_p256, dh.x, dh.y, &sig)))
		return false;
	fail_at = allocs;
	if (FAILS(km_ec_ecdh(&km_p256, one, &dh) == -ENOMEM))
		return false;
	if (FAILS(!km_ec_ecdh(&km_p256, one, &dh) && !memcmp(dh.secret, dh.x, sizeof(one))))
		return false;
	return true;
}

static bool test_no_memory(void)
{
	long count = 0;

	for (fail_at = 0; ; fail_at++) {
		allocs = 0;
		if (!km_ec_init())
			break;
		if (FAILS(allocs == fail_at + 1 && no_table(&count)))
			return false;
	}
	if (FAILS(fail_at == count))
		return false;
	if (!no_memory_to_use())
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
	BN_bn2binpad(x, out, bytes);
	BN_free(x);
}

static bool test_ranges(void)
{
	static const u64 zero[MAX_LIMBS];
	const struct {
		const u64 *v;
		int add;
		bool ok;
	} d[] = {
		{ zero, 0, false }, { zero, 1, true }, { curve->n->m, -1, true },
		{ curve->n->m, 0, false }, { curve->n->m, 1, false },
	};
	EC_POINT *pt = EC_POINT_new(group);
	BIGNUM *bx = BN_new(), *by = BN_new();
	u8 v[MAX_BYTES], x[MAX_BYTES], y[MAX_BYTES];
	unsigned int i, found = 0;

	for (i = 0; i < ARRAY_SIZE(d); i++) {
		bytes_of(v, d[i].v, d[i].add);
		if (FAILS(km_ec_scalar_ok(curve, v) == d[i].ok))
			return false;
		if (FAILS(km_ec_public(curve, v, x, y) == (d[i].ok ? 0 : -EINVAL)))
			return false;
	}
	memset(v, 0xff, bytes);
	if (FAILS(!km_ec_scalar_ok(curve, v) && km_ec_public(curve, v, x, y) == -EINVAL))
		return false;
	/* points with a small x: also written as x + p, which must be refused */
	for (i = 0; i < 64; i++) {
		BN_set_word(bx, i);
		if (!EC_POINT_set_compressed_coordinates(group, pt, bx, 1, ctx))
			continue;
		found++;
		EC_POINT_get_affine_coordinates(group, pt, bx, by, ctx);
		BN_bn2binpad(by, y, bytes);
		bytes_of(x, zero, i);
		if (FAILS(km_ec_point_ok(curve, x, y)))
			return false;
		y[bytes - 1] ^= 1;
		if (FAILS(!km_ec_point_ok(curve, x, y)))
			return false;
		y[bytes - 1] ^= 1;
		bytes_of(x, curve->p->m, i);
		if (FAILS(!km_ec_point_ok(curve, x, y)))
			return false;
		if (FAILS(!km_ec_point_ok(curve, y, x)))
			return false;
	}
	if (FAILS(found > 10))
		return false;
	memset(x, 0, bytes);
	if (FAILS(!km_ec_point_ok(curve, x, x)))
		return false;
	EC_POINT_free(pt);
	BN_free(bx);
	BN_free(by);
	return true;
}

/* Every bit that the order has comes through, and no other. */
static bool test_cut(void)
{
	u8 d[MAX_BYTES];
	u64 k[MAX_LIMBS];
	BIGNUM *x;

	memset(d, 0xff, sizeof(d));
	km_ec_cut(curve, d);
	km_bn_from_be(k, limbs, d, bytes);
	x = to_bn(k);
	BN_add_word(x, 1);
	if (FAILS(BN_num_bits(x) == BN_num_bits(bn_n) + 1))
		return false;
	if (FAILS(d[bytes - 1] == 0xff))
		return false;
	BN_free(x);
	return true;
}

static bool range_edges(const struct pair *key, struct km_ecdsa *sig)
{
	static const u64 zero[MAX_LIMBS];
	static const u8 none[MAX_BYTES];
	u8 *half[2] = { sig->r, sig->s }, was[MAX_BYTES], bad[4][MAX_BYTES], one[MAX_BYTES];
	unsigned int i, j;

	bytes_of(bad[0], zero, 0);
	bytes_of(bad[1], curve->n->m, 0);
	bytes_of(bad[2], curve->n->m, 1);
	memset(bad[3], 0xff, bytes);
	for (i = 0; i < 2; i++)
		for (j = 0; j < ARRAY_SIZE(bad); j++) {
			memcpy(was, half[i], bytes);
			memcpy(half[i], bad[j], bytes);
			if (FAILS(km_ecdsa_verify(curve, key->x, key->y, sig) == -EBADMSG))
				return false;
			memcpy(half[i], was, bytes);
		}
	if (FAILS(!km_ecdsa_verify(curve, key->x, key->y, sig)))
		return false;
	bytes_of(one, zero, 1);
	for (j = 0; j < ARRAY_SIZE(bad); j++) {
		if (FAILS(km_ecdsa_sign(curve, key->d, bad[j], sig) == -EAGAIN))
			return false;
		if (FAILS(!memcmp(sig->r, none, bytes) && !memcmp(sig->s, none, bytes)))
			return false;
		if (FAILS(km_ecdsa_sign(curve, bad[j], one, sig) == -EINVAL))
			return false;
		if (FAILS(!memcmp(sig->r, none, bytes) && !memcmp(sig->s, none, bytes)))
			return false;
		if (FAILS(km_ecdsa_sign(curve, bad[j], bad[j], sig) == -EINVAL))
			return false;
	}
	return true;
}

/* The digest that is this number: its bits are the leftmost. */
static void digest_of(u8 *digest, const BIGNUM *e)
{
	BIGNUM *x = BN_new();

	BN_lshift(x, e, 8 * bytes - curve->bits);
	BN_bn2binpad(x, digest, bytes);
	BN_free(x);
}

/* With e = r d the points to add are equal, with e = -r d opposite, and s is 0. */
static bool equal_and_opposite(const struct pair *key, struct km_ecdsa *sig, u8 *digest)
{
	const u8 k[MAX_BYTES] = { [5] = 0x5a, [27] = 3 };
	BIGNUM *r, *e = BN_bin2bn(key->d, bytes, NULL);
	u8 keep[MAX_BYTES];

	if (FAILS(!km_ecdsa_sign(curve, key->d, k, sig)))
		return false;
	memcpy(keep, sig->s, bytes);
	r = BN_bin2bn(sig->r, bytes, NULL);
	BN_mod_mul(e, e, r, bn_n, ctx);
	digest_of(digest, e);
	if (FAILS(!km_ecdsa_sign(curve, key->d, k, sig)))
		return false;
	if (FAILS(!km_ecdsa_verify(curve, key->x, key->y, sig)))
		return false;
	if (FAILS(openssl_verify(sig, key->key)))
		return false;
	BN_sub(e, bn_n, e);
	digest_of(digest, e);
	if (FAILS(km_ecdsa_sign(curve, key->d, k, sig) == -EAGAIN))
		return false;
	BN_bn2binpad(r, sig->r, bytes);
	memcpy(sig->s, keep, bytes);
	if (FAILS(km_ecdsa_verify(curve, key->x, key->y, sig) == -EBADMSG))
		return false;
	BN_free(r);
	BN_free(e);
	return true;
}

/* A point with x between n and p, of which nobody knows the nonce. */
static u64 point_above_n[KM_EC_POINT];

static void mul_base_above_n(const struct km_curve *c, u64 *r, const u64 *k)
{
	(void)c;
	(void)k;
	memcpy(r, point_above_n, 3 * width);
}

/* Signing with such a nonce, if there were one, gives r = x - n. */
static bool sign_above_n(const BIGNUM *x, const BIGNUM *r)
{
	const u8 digest[] = { 1 };
	struct km_ecdsa sig = { .digest = digest, .digest_len = sizeof(digest) };
	struct km_curve other = *curve;
	u8 want[MAX_BYTES], one[MAX_BYTES] = { 0 };

	one[bytes - 1] = 1;
	BN_bn2lebinpad(x, (u8 *)point_above_n, width);
	km_mont_to(curve->p, point_above_n, point_above_n);
	memcpy(point_above_n + 2 * limbs, curve->p->r1, width);
	other.mul_base = mul_base_above_n;
	if (FAILS(!km_ecdsa_sign(&other, one, one, &sig)))
		return false;
	BN_bn2binpad(r, want, bytes);
	if (FAILS(!memcmp(sig.r, want, bytes)))
		return false;
	return true;
}

/*
 * A signature whose point has x between n and p, so that r = x - n: such a nonce is
 * not to be found, but Q = (s R - e G) / r is a key for any R, here with e = s = 5.
 */
static bool x_above_n(void)
{
	u8 digest[MAX_BYTES];
	struct km_ecdsa sig = { .digest = digest, .digest_len = bytes };
	EC_POINT *q = EC_POINT_new(group);
	BIGNUM *x = BN_new(), *y = BN_new(), *r = BN_new(), *u = BN_new(), *v = BN_new();
	u8 kx[MAX_BYTES], ky[MAX_BYTES];
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
	BN_bn2binpad(x, kx, bytes);
	BN_bn2binpad(y, ky, bytes);
	BN_bn2binpad(r, sig.r, bytes);
	BN_set_word(x, 5);
	digest_of(digest, x);
	BN_bn2binpad(x, sig.s, bytes);
	if (FAILS(!km_ecdsa_verify(curve, kx, ky, &sig)))
		return false;
	/* r is a number mod n: x itself is out of range */
	bytes_of(sig.r, curve->n->m, i);
	if (FAILS(km_ecdsa_verify(curve, kx, ky, &sig) == -EBADMSG))
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
	u8 digest[MAX_BYTES] = { 7 };
	struct km_ecdsa sig = { .digest = digest, .digest_len = bytes };
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

/* One agreement in both directions, and with libcrypto. */
static bool ecdh_case(void)
{
	struct pair one, two;
	struct km_ecdh ours, theirs;
	u8 want[MAX_BYTES];
	int len;

	if (FAILS(new_pair(&one) && new_pair(&two)))
		return false;
	memcpy(ours.x, two.x, bytes);
	memcpy(ours.y, two.y, bytes);
	memcpy(theirs.x, one.x, bytes);
	memcpy(theirs.y, one.y, bytes);
	len = ECDH_compute_key(want, sizeof(want), EC_KEY_get0_public_key(two.key), one.key, NULL);
	if (FAILS(!km_ec_ecdh(curve, one.d, &ours) && !km_ec_ecdh(curve, two.d, &theirs)))
		return false;
	if (FAILS(len == (int)bytes && !memcmp(want, ours.secret, bytes)))
		return false;
	if (FAILS(!memcmp(want, theirs.secret, bytes)))
		return false;
	EC_KEY_free(one.key);
	EC_KEY_free(two.key);
	return true;
}

/* What is no point, or no scalar; a secret of such must not come out as if it were one. */
static bool ecdh_refused(const struct pair *key)
{
	static const u64 zero[MAX_LIMBS];
	static const u8 none[MAX_BYTES];
	struct km_ecdh dh = { .secret = { 1 } };
	u8 d[MAX_BYTES];
	unsigned int i;

	for (i = 0; i < 16 * bytes; i++) {
		memcpy(dh.x, key->x, bytes);
		memcpy(dh.y, key->y, bytes);
		if (i & 1)
			dh.x[i / 16] ^= 1 << (i / 2 % 8);
		else
			dh.y[i / 16] ^= 1 << (i / 2 % 8);
		if (FAILS(km_ec_ecdh(curve, key->d, &dh) == -EBADMSG))
			return false;
		if (FAILS(!memcmp(dh.secret, none, bytes)))
			return false;
	}
	memset(dh.x, 0, bytes);
	memset(dh.y, 0, bytes);
	if (FAILS(km_ec_ecdh(curve, key->d, &dh) == -EBADMSG))
		return false;
	memcpy(dh.x, key->x, bytes);
	memcpy(dh.y, key->y, bytes);
	for (i = 0; i < 3; i++) {
		bytes_of(d, i ? curve->n->m : zero, i == 2);
		if (FAILS(km_ec_ecdh(curve, d, &dh) == -EINVAL))
			return false;
	}
	/* the edges that are scalars: the point itself, and its negative */
	for (i = 0; i < 2; i++) {
		bytes_of(d, i ? curve->n->m : zero, i ? -1 : 1);
		if (FAILS(!km_ec_ecdh(curve, d, &dh) && !memcmp(dh.secret, key->x, bytes)))
			return false;
	}
	return true;
}

static bool test_ecdh(void)
{
	unsigned long i, n = share_of(5);
	struct pair key;

	if (FAILS(new_pair(&key)))
		return false;
	if (!ecdh_refused(&key))
		return false;
	EC_KEY_free(key.key);
	for (i = 0; i < n; i++)
		if (FAILS(ecdh_case()))
			return false;
	return true;
}
