// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ed25519, signatures on edwards25519 (RFC 8032): keys, signing, verifying.
 * Called by alg_25519.c; points from ge25519.c, SHA-512 from prim.h.
 *
 * Scalars modulo the group's order L are computed with the templates of mont.h. All that
 * depends on a private key is in constant time; verifying is not, it knows no secret.
 */
#include "ed25519.h"
#include "ge25519.h"

#define LIMBS	4

static const u64 order[LIMBS] = {
	0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0x0000000000000000, 0x1000000000000000
};

/* 2^512 mod L */
static const u64 order_r2[LIMBS] = {
	0xa40611e3449c0f01, 0xd00e1ba768859347, 0xceec73d217f5be65, 0x0399411b7c309a3d
};

/* -1 / L mod 2^64 */
#define ORDER_N0	0xd2b51da312547e1bULL
#define ORDER_KNOWN	MONT_KNOWN_ZERO(2)

static void sc_mul(u64 *r, const u64 *a, const u64 *b)
{
	mont_mul_n(r, a, b, order, ORDER_N0, ORDER_KNOWN, LIMBS);
}

static void sc_from_bytes(u64 *r, const u8 *in)
{
	unsigned int i;

	for (i = 0; i < LIMBS; i++)
		r[i] = get_unaligned_le64(in + 8 * i);
}

static void sc_to_bytes(u8 *out, const u64 *a)
{
	unsigned int i;

	for (i = 0; i < LIMBS; i++)
		put_unaligned_le64(a[i], out + 8 * i);
}

/*
 * r = the number in 64 bytes, mod L. Its halves are any numbers below 2^256, which is
 * what a Montgomery product takes if the other factor is below L.
 */
static void sc_reduce(u64 *r, const u8 *in)
{
	static const u64 one[LIMBS] = { 1 };
	u64 lo[LIMBS], hi[LIMBS];

	sc_from_bytes(lo, in);
	sc_from_bytes(hi, in + 32);
	sc_mul(lo, lo, order_r2);
	sc_mul(lo, lo, one);			/* lo mod L */
	sc_mul(hi, hi, order_r2);		/* hi * 2^256 mod L */
	mont_add_n(r, lo, hi, order, LIMBS);
	memzero_explicit(lo, sizeof(lo));
	memzero_explicit(hi, sizeof(hi));
}

/* r = a * b + c mod L, for b and c below L, and any a */
static void sc_mul_add(u64 *r, const u64 *a, const u64 *b, const u64 *c)
{
	u64 t[LIMBS];

	sc_mul(t, a, order_r2);
	sc_mul(t, t, b);
	mont_add_n(r, t, c, order, LIMBS);
	memzero_explicit(t, sizeof(t));
}

/* r = SHA-512(a || b || message) mod L; a and b of 32 bytes, a may be NULL */
static int hash(u64 *r, const u8 *a, const u8 *b, const struct km_piece *message)
{
	const struct km_piece pieces[2 + KM_ED25519_PIECES] = {
		{ a, a ? 32 : 0 }, { b, 32 }, message[0], message[1],
	};
	u8 digest[KM_SHA512_SIZE];
	int ret;

	ret = km_sha512(pieces, ARRAY_SIZE(pieces), digest);
	if (!ret)
		sc_reduce(r, digest);
	memzero_explicit(digest, sizeof(digest));
	return ret;
}

/**
 * km_ed25519_expand() - make a private key ready (RFC 8032 section 5.1.5)
 * @key: [out] the key; the caller wipes it, also after a failure
 * @seed: private key as it is stored, 32 bytes
 *
 * Return: 0, or a negative errno of SHA-512.
 */
int km_ed25519_expand(struct km_ed25519 *key, const u8 *seed)
{
	const struct km_piece piece = { seed, 32 };
	struct km_ge point;
	u8 digest[KM_SHA512_SIZE];
	int ret;

	ret = km_sha512(&piece, 1, digest);
	if (ret)
		return ret;
	memcpy(key->scalar, digest, 32);
	memcpy(key->prefix, digest + 32, 32);
	memzero_explicit(digest, sizeof(digest));
	key->scalar[0] &= 0xf8;
	key->scalar[31] = (key->scalar[31] & 0x7f) | 0x40;
	km_ge_mul_base(&point, key->scalar);
	km_ge_to_bytes(key->pub, &point);
	memzero_explicit(&point, sizeof(point));
	return 0;
}

/* sig = R || S (RFC 8032 section 5.1.6); nonce: r, for who checks and wipes it */
static int make(const struct km_ed25519 *key, const struct km_piece *message, u8 *sig, u64 *nonce)
{
	u64 k[LIMBS], s[LIMBS], scalar[LIMBS];
	struct km_ge point;
	u8 bytes[32];
	int ret;

	ret = hash(nonce, NULL, key->prefix, message);
	if (ret)
		return ret;
	sc_to_bytes(bytes, nonce);
	km_ge_mul_base(&point, bytes);
	km_ge_to_bytes(sig, &point);
	ret = hash(k, sig, key->pub, message);
	if (!ret) {
		sc_from_bytes(scalar, key->scalar);
		sc_mul_add(s, scalar, k, nonce);
		sc_to_bytes(sig + 32, s);
	}
	memzero_explicit(bytes, sizeof(bytes));
	memzero_explicit(&point, sizeof(point));
	memzero_explicit(scalar, sizeof(scalar));
	memzero_explicit(s, sizeof(s));
	return ret;
}

/* Did @nonce come from this message? */
static int check_nonce(const struct km_ed25519 *key, const struct km_piece *message,
		       const u64 *nonce)
{
	u64 again[LIMBS];
	int ret;

	ret = hash(again, NULL, key->prefix, message);
	if (!ret && crypto_memneq(again, nonce, sizeof(again)))
		ret = -EIO;
	memzero_explicit(again, sizeof(again));
	return ret;
}

/**
 * km_ed25519_sign() - sign a message
 * @key: the key
 * @message: KM_ED25519_PIECES pieces
 * @sig: [out] KM_ED25519_SIG bytes; zeros after a failure
 *
 * The nonce is a function of key and message, so the same message gives the same nonce
 * again. Two signatures with one nonce and different k = H(R, A, M) give the key away:
 * one wrong computation, by a bad processor or a flipped bit in memory, is enough if a
 * right one is had as well. Therefore:
 *
 * - the public key A in the hash is our own copy, made from the private key when that was
 *   loaded, never one that a caller brings;
 * - no signature leaves that does not verify. This finds a wrong R, k, S or scalar, and
 *   an A that has changed since, as the scalar does not belong to it. Verifying goes
 *   another way than signing (by bits of S and k, not by the table's rows), so that a
 *   table that has changed is found too;
 * - what the above would not find, is that the nonce came from another message than k did,
 *   the message having changed in between: the nonce is computed again at the end. A
 *   change that stayed shows here, one that came and went in the verification.
 *
 * Return: 0, -EIO if something went wrong, or a negative errno of SHA-512.
 */
int km_ed25519_sign(const struct km_ed25519 *key, const struct km_piece *message, u8 *sig)
{
	u64 nonce[LIMBS];
	int ret;

	ret = make(key, message, sig, nonce);
	if (!ret && km_ed25519_verify(key->pub, message, sig))
		ret = -EIO;
	if (!ret)
		ret = check_nonce(key, message, nonce);
	memzero_explicit(nonce, sizeof(nonce));
	if (ret)
		memzero_explicit(sig, KM_ED25519_SIG);
	return ret;
}

/**
 * km_ed25519_verify() - verify a signature
 * @pub: public key, 32 bytes
 * @message: KM_ED25519_PIECES pieces
 * @sig: KM_ED25519_SIG bytes
 *
 * Without the cofactor (RFC 8032 section 5.1.7 allows either): R must be, byte by byte,
 * S * B - k * A. S of L and more is refused, so that nobody makes a second signature of
 * one, and so is an A that is not encoded in the one way of RFC 8032 section 5.1.3.
 *
 * Return: 0, -EBADMSG, or a negative errno of SHA-512.
 */
int km_ed25519_verify(const u8 *pub, const struct km_piece *message, const u8 *sig)
{
	struct km_ge a, sum;
	u64 s[LIMBS], k[LIMBS];
	u8 encoded[32];
	int ret;

	sc_from_bytes(s, sig + 32);
	if (!km_bn_less(s, order, LIMBS) || km_ge_from_bytes(&a, pub))
		return -EBADMSG;
	ret = hash(k, sig, pub, message);
	if (ret)
		return ret;
	km_ge_neg(&a);
	km_ge_mul_sum(&sum, s, &a, k);
	km_ge_to_bytes(encoded, &sum);
	return memcmp(encoded, sig, 32) ? -EBADMSG : 0;
}

/**
 * km_ed25519_init() - compute the table of multiples of the base point
 *
 * Return: 0 or -ENOMEM.
 */
int km_ed25519_init(void)
{
	return km_ge_init();
}

/**
 * km_ed25519_exit() - free the table
 */
void km_ed25519_exit(void)
{
	km_ge_exit();
}
