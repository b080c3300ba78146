// SPDX-License-Identifier: GPL-2.0-only
/*
 * X25519, key agreement on Curve25519 (RFC 7748), by Montgomery's ladder.
 * Called by alg_25519.c; arithmetic from fe25519.h.
 *
 * The ladder does the same for each bit of the scalar: two points are exchanged, or not,
 * by masks, then one is doubled and the other becomes the sum.
 */
#include "fe25519.h"
#include "x25519.h"

/* (A - 2) / 4 for the curve's A = 486662 */
#define A24	121665

/**
 * struct ladder - the state of the ladder
 * @x1: the point
 * @x2: a multiple of it, x2 / z2
 * @z2: its denominator
 * @x3: the next multiple, x3 / z3
 * @z3: its denominator
 * @t: scratch space
 */
struct ladder {
	struct km_fe x1;
	struct km_fe x2;
	struct km_fe z2;
	struct km_fe x3;
	struct km_fe z3;
	struct km_fe t[4];
};

/* (2, 3) become (2 + 2, 2 + 3); names as in RFC 7748 section 5 */
static void step(struct ladder *l)
{
	struct km_fe *a = &l->t[0], *b = &l->t[1], *c = &l->t[2], *d = &l->t[3];

	km_fe_add(a, &l->x2, &l->z2);
	km_fe_sub(b, &l->x2, &l->z2);
	km_fe_add(c, &l->x3, &l->z3);
	km_fe_sub(d, &l->x3, &l->z3);
	km_fe_mul(d, d, a);			/* DA */
	km_fe_mul(c, c, b);			/* CB */
	km_fe_add(&l->x3, d, c);
	km_fe_sqr(&l->x3, &l->x3);
	km_fe_sub(&l->z3, d, c);
	km_fe_sqr(&l->z3, &l->z3);
	km_fe_mul(&l->z3, &l->z3, &l->x1);
	km_fe_sqr(a, a);			/* AA */
	km_fe_sqr(b, b);			/* BB */
	km_fe_mul(&l->x2, a, b);
	km_fe_sub(b, a, b);			/* E */
	km_fe_mul_small(c, b, A24);
	km_fe_add(c, c, a);
	km_fe_mul(&l->z2, b, c);
}

/* out = scalar * point; the last bits of the scalar as RFC 7748 section 5 sets them */
static void multiply(u8 *out, const u8 *scalar, const u8 *point)
{
	u8 k[KM_X25519_BYTES];
	struct ladder l = {};
	u64 swap = 0, bit;
	int i;

	memcpy(k, scalar, sizeof(k));
	k[0] &= 0xf8;
	k[31] = (k[31] & 0x7f) | 0x40;
	km_fe_from_bytes(&l.x1, point);
	l.x2.v[0] = 1;
	l.x3 = l.x1;
	l.z3.v[0] = 1;
	for (i = 254; i >= 0; i--) {
		bit = mont_hide((u64)0 - (k[i / 8] >> (i % 8) & 1));
		km_fe_cswap(&l.x2, &l.x3, swap ^ bit);
		km_fe_cswap(&l.z2, &l.z3, swap ^ bit);
		swap = bit;
		step(&l);
	}
	/* The last bit is always 0, so nothing is left to be exchanged. */
	km_fe_inv(&l.z2, &l.z2);
	km_fe_mul(&l.x2, &l.x2, &l.z2);
	km_fe_to_bytes(out, &l.x2);
	memzero_explicit(k, sizeof(k));
	memzero_explicit(&l, sizeof(l));
}

/**
 * km_x25519() - the secret shared with a peer
 * @out: [out] 32 bytes
 * @scalar: our private key, 32 bytes
 * @point: the peer's public key, 32 bytes
 *
 * A peer whose point has small order would make the secret 0, whatever our key: that it
 * did is all that a return value tells of the secret (RFC 7748 section 6.1).
 *
 * Return: 0 or -EINVAL.
 */
int km_x25519(u8 *out, const u8 *scalar, const u8 *point)
{
	static const u8 zero[KM_X25519_BYTES];

	multiply(out, scalar, point);
	return crypto_memneq(out, zero, sizeof(zero)) ? 0 : -EINVAL;
}

/**
 * km_x25519_public() - the public key of a private one
 * @out: [out] 32 bytes
 * @scalar: private key, 32 bytes
 */
void km_x25519_public(u8 *out, const u8 *scalar)
{
	static const u8 base[KM_X25519_BYTES] = { 9 };

	multiply(out, scalar, base);
}
