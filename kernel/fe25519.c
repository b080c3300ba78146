// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arithmetic modulo p = 2^255 - 19 in constant time: products, powers, bytes.
 * Leaf of the layers, below x25519.c and ed25519.c.
 */
#include "fe25519.h"

static __always_inline unsigned __int128 wide(u64 a, u64 b)
{
	return (unsigned __int128)a * b;
}

/*
 * The five sums of products, carried into a tight number. A sum of products of loose
 * limbs is below 77 * 2^108, its carry fits a word; the last sum has no factor of 19
 * in it and is below 2^111, so that 19 times its carry fits a word as well.
 */
static __always_inline void carry_wide(struct km_fe *r, unsigned __int128 t0,
				       unsigned __int128 t1, unsigned __int128 t2,
				       unsigned __int128 t3, unsigned __int128 t4)
{
	u64 c;

	t1 += (u64)(t0 >> 51);
	t2 += (u64)(t1 >> 51);
	t3 += (u64)(t2 >> 51);
	t4 += (u64)(t3 >> 51);
	c = ((u64)t0 & KM_FE_MASK) + 19 * (u64)(t4 >> 51);
	r->v[0] = c & KM_FE_MASK;
	r->v[1] = ((u64)t1 & KM_FE_MASK) + (c >> 51);
	r->v[2] = (u64)t2 & KM_FE_MASK;
	r->v[3] = (u64)t3 & KM_FE_MASK;
	r->v[4] = (u64)t4 & KM_FE_MASK;
}

/**
 * km_fe_mul() - r = a * b
 * @r: [out] tight; may be @a or @b
 * @a: loose
 * @b: loose
 */
void km_fe_mul(struct km_fe *r, const struct km_fe *a, const struct km_fe *b)
{
	const u64 a0 = a->v[0], a1 = a->v[1], a2 = a->v[2], a3 = a->v[3], a4 = a->v[4];
	const u64 b0 = b->v[0], b1 = b->v[1], b2 = b->v[2], b3 = b->v[3], b4 = b->v[4];
	/* 2^255 is 19: what is carried out at the top comes in again below. */
	const u64 c1 = 19 * b1, c2 = 19 * b2, c3 = 19 * b3, c4 = 19 * b4;
	unsigned __int128 t0, t1, t2, t3, t4;

	t0 = wide(a0, b0) + wide(a1, c4) + wide(a2, c3) + wide(a3, c2) + wide(a4, c1);
	t1 = wide(a0, b1) + wide(a1, b0) + wide(a2, c4) + wide(a3, c3) + wide(a4, c2);
	t2 = wide(a0, b2) + wide(a1, b1) + wide(a2, b0) + wide(a3, c4) + wide(a4, c3);
	t3 = wide(a0, b3) + wide(a1, b2) + wide(a2, b1) + wide(a3, b0) + wide(a4, c4);
	t4 = wide(a0, b4) + wide(a1, b3) + wide(a2, b2) + wide(a3, b1) + wide(a4, b0);
	carry_wide(r, t0, t1, t2, t3, t4);
}

/**
 * km_fe_sqr() - r = a * a
 * @r: [out] tight; may be @a
 * @a: loose
 */
void km_fe_sqr(struct km_fe *r, const struct km_fe *a)
{
	const u64 a0 = a->v[0], a1 = a->v[1], a2 = a->v[2], a3 = a->v[3], a4 = a->v[4];
	const u64 d0 = 2 * a0, d1 = 2 * a1, c3 = 19 * a3, c4 = 19 * a4;
	unsigned __int128 t0, t1, t2, t3, t4;

	t0 = wide(a0, a0) + wide(d1, c4) + wide(2 * a2, c3);
	t1 = wide(d0, a1) + wide(2 * a2, c4) + wide(a3, c3);
	t2 = wide(d0, a2) + wide(a1, a1) + wide(2 * a3, c4);
	t3 = wide(d0, a3) + wide(d1, a2) + wide(a4, c4);
	t4 = wide(d0, a4) + wide(d1, a3) + wide(a2, a2);
	carry_wide(r, t0, t1, t2, t3, t4);
}

/**
 * km_fe_mul_small() - r = a * b
 * @r: [out] tight; may be @a
 * @a: loose
 * @b: below 2^20
 */
void km_fe_mul_small(struct km_fe *r, const struct km_fe *a, u32 b)
{
	carry_wide(r, wide(a->v[0], b), wide(a->v[1], b), wide(a->v[2], b), wide(a->v[3], b),
		   wide(a->v[4], b));
}

/* r = a^(2^count) */
static void sqr_times(struct km_fe *r, const struct km_fe *a, unsigned int count)
{
	km_fe_sqr(r, a);
	while (--count)
		km_fe_sqr(r, r);
}

/* ones250 = a^(2^250 - 1), a11 = a^11; runs of ones, doubled in length by a product each */
static void pow_ones(struct km_fe *ones250, struct km_fe *a11, const struct km_fe *a)
{
	struct km_fe ones5, ones10, ones50, ones100, t;

	sqr_times(&t, a, 1);
	sqr_times(&ones5, &t, 2);
	km_fe_mul(&ones5, &ones5, a);		/* a^9 */
	km_fe_mul(a11, &ones5, &t);
	km_fe_sqr(&t, a11);
	km_fe_mul(&ones5, &t, &ones5);		/* a^31 */
	sqr_times(&t, &ones5, 5);
	km_fe_mul(&ones10, &t, &ones5);
	sqr_times(&t, &ones10, 10);
	km_fe_mul(&ones50, &t, &ones10);	/* 20 */
	sqr_times(&t, &ones50, 20);
	km_fe_mul(&t, &t, &ones50);		/* 40 */
	sqr_times(&t, &t, 10);
	km_fe_mul(&ones50, &t, &ones10);
	sqr_times(&t, &ones50, 50);
	km_fe_mul(&ones100, &t, &ones50);
	sqr_times(&t, &ones100, 100);
	km_fe_mul(&t, &t, &ones100);		/* 200 */
	sqr_times(&t, &t, 50);
	km_fe_mul(ones250, &t, &ones50);

	memzero_explicit(&ones5, sizeof(ones5));
	memzero_explicit(&ones10, sizeof(ones10));
	memzero_explicit(&ones50, sizeof(ones50));
	memzero_explicit(&ones100, sizeof(ones100));
	memzero_explicit(&t, sizeof(t));
}

/**
 * km_fe_inv() - r = 1 / a, or 0 for 0
 * @r: [out] tight; may be @a
 * @a: loose
 *
 * a^(p - 2), by Fermat; p - 2 is 250 ones and then 01011 in binary.
 */
void km_fe_inv(struct km_fe *r, const struct km_fe *a)
{
	struct km_fe ones250, a11;

	pow_ones(&ones250, &a11, a);
	sqr_times(&ones250, &ones250, 5);
	km_fe_mul(r, &ones250, &a11);
	memzero_explicit(&ones250, sizeof(ones250));
	memzero_explicit(&a11, sizeof(a11));
}

/**
 * km_fe_pow_p58() - r = a^((p - 5) / 8), of which square roots are made
 * @r: [out] tight; may not be @a
 * @a: loose
 */
void km_fe_pow_p58(struct km_fe *r, const struct km_fe *a)
{
	struct km_fe ones250, a11;

	pow_ones(&ones250, &a11, a);
	sqr_times(&ones250, &ones250, 2);
	km_fe_mul(r, &ones250, a);
	memzero_explicit(&ones250, sizeof(ones250));
	memzero_explicit(&a11, sizeof(a11));
}

/**
 * km_fe_from_bytes() - read a number
 * @r: [out] tight
 * @in: 32 bytes, little-endian; the highest bit is passed over, p and more is reduced
 */
void km_fe_from_bytes(struct km_fe *r, const u8 *in)
{
	r->v[0] = get_unaligned_le64(in) & KM_FE_MASK;
	r->v[1] = (get_unaligned_le64(in + 6) >> 3) & KM_FE_MASK;
	r->v[2] = (get_unaligned_le64(in + 12) >> 6) & KM_FE_MASK;
	r->v[3] = (get_unaligned_le64(in + 19) >> 1) & KM_FE_MASK;
	r->v[4] = (get_unaligned_le64(in + 24) >> 12) & KM_FE_MASK;
}

/* Of a loose number: each limb below 2^51 afterwards, the first below 2^51 + 2^8. */
static void carry(u64 *v)
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		v[i + 1] += v[i] >> 51;
		v[i] &= KM_FE_MASK;
	}
	v[0] += 19 * (v[4] >> 51);
	v[4] &= KM_FE_MASK;
}

/**
 * km_fe_to_bytes() - write the number below p
 * @out: [out] 32 bytes, little-endian
 * @a: loose
 */
void km_fe_to_bytes(u8 *out, const struct km_fe *a)
{
	u64 v[5], q;
	unsigned int i;

	memcpy(v, a->v, sizeof(v));
	carry(v);
	carry(v);
	/* Below 2^255 + 19 now: q is 1 if p must be taken away, 0 if not. */
	q = (v[0] + 19) >> 51;
	for (i = 1; i < 5; i++)
		q = (v[i] + q) >> 51;
	v[0] += 19 * q;
	for (i = 0; i < 4; i++) {
		v[i + 1] += v[i] >> 51;
		v[i] &= KM_FE_MASK;
	}
	v[4] &= KM_FE_MASK;
	put_unaligned_le64(v[0] | v[1] << 51, out);
	put_unaligned_le64(v[1] >> 13 | v[2] << 38, out + 8);
	put_unaligned_le64(v[2] >> 26 | v[3] << 25, out + 16);
	put_unaligned_le64(v[3] >> 39 | v[4] << 12, out + 24);
	memzero_explicit(v, sizeof(v));
}
