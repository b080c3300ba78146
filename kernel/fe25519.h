/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arithmetic modulo p = 2^255 - 19 in constant time.
 * Leaf of the layers, below x25519.c and ed25519.c; builds in userspace too (see shim.h).
 *
 * A number is five limbs of 51 bits, of which limbs may be larger than 51 bits says:
 *   tight: each below 2^51 + 2^13, what products, squares and constants are;
 *   loose: each below 2^54, what a product or a square may be made of.
 * The sum of two tight numbers, and the difference of two such sums, is loose. Nothing
 * is reduced to the one number below p before it is written as bytes.
 *
 * Nothing here branches on, or indexes by, the value of a limb.
 */
#ifndef KM_FE25519_H
#define KM_FE25519_H

#include "mont.h"

#define KM_FE_BYTES	32
#define KM_FE_MASK	((1ULL << 51) - 1)

/**
 * struct km_fe - a number modulo p
 * @v: limbs, least significant first
 */
struct km_fe {
	u64 v[5];
};

void km_fe_mul(struct km_fe *r, const struct km_fe *a, const struct km_fe *b);
void km_fe_sqr(struct km_fe *r, const struct km_fe *a);
void km_fe_mul_small(struct km_fe *r, const struct km_fe *a, u32 b);
void km_fe_inv(struct km_fe *r, const struct km_fe *a);
void km_fe_pow_p58(struct km_fe *r, const struct km_fe *a);
void km_fe_from_bytes(struct km_fe *r, const u8 *in);
void km_fe_to_bytes(u8 *out, const struct km_fe *a);

/* r = a + b; of two tight numbers */
static __always_inline void km_fe_add(struct km_fe *r, const struct km_fe *a,
				      const struct km_fe *b)
{
	unsigned int i;

	for (i = 0; i < 5; i++)
		r->v[i] = a->v[i] + b->v[i];
}

/* r = a - b, that is a + 4p - b: no limb becomes negative. Of two sums of two. */
static __always_inline void km_fe_sub(struct km_fe *r, const struct km_fe *a,
				      const struct km_fe *b)
{
	unsigned int i;

	r->v[0] = a->v[0] + 4 * (KM_FE_MASK - 18) - b->v[0];
	for (i = 1; i < 5; i++)
		r->v[i] = a->v[i] + 4 * KM_FE_MASK - b->v[i];
}

/* r = mask ? a : r, for mask 0 or all ones */
static __always_inline void km_fe_cmov(struct km_fe *r, const struct km_fe *a, u64 mask)
{
	mont_cmov(r->v, a->v, mask, 5);
}

/* Exchange a and b if mask is all ones. */
static __always_inline void km_fe_cswap(struct km_fe *a, struct km_fe *b, u64 mask)
{
	unsigned int i;
	u64 t;

	for (i = 0; i < 5; i++) {
		t = (a->v[i] ^ b->v[i]) & mask;
		a->v[i] ^= t;
		b->v[i] ^= t;
	}
}

#endif /* KM_FE25519_H */
