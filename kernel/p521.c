// SPDX-License-Identifier: GPL-2.0-only
/*
 * NIST P-521: its numbers and its instances of the templates.
 * Called by ec.c and ec_table.c through struct km_curve.
 *
 * p is 2^521 - 1, whose reduction is a sum: no Montgomery form here, R is 1.
 */
#include "ec_curve.h"

#define LIMBS		9

/* 119 KiB, in pages of 4. */
static struct ec_table table = { .step = 2 };

static const u64 p[LIMBS] = {
	0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff,
	0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff,
	0x00000000000001ff
};

static const u64 p_r1[LIMBS] = {
	0x0000000000000001, 0x0000000000000000, 0x0000000000000000, 0x0000000000000000,
	0x0000000000000000, 0x0000000000000000, 0x0000000000000000, 0x0000000000000000,
	0x0000000000000000
};

static const u64 n[LIMBS] = {
	0xbb6fb71e91386409, 0x3bb5c9b8899c47ae, 0x7fcc0148f709a5d0, 0x51868783bf2f966b,
	0xfffffffffffffffa, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff,
	0x00000000000001ff
};

static const u64 n_r1[LIMBS] = {
	0xfb80000000000000, 0x28a2482470b763cd, 0x17e2251b23bb31dc, 0xca4019ff5b847b2d,
	0x02d73cbc3e206834, 0x0000000000000000, 0x0000000000000000, 0x0000000000000000,
	0x0000000000000000
};

static const u64 n_r2[LIMBS] = {
	0x137cd04dcf15dd04, 0xf707badce5547ea3, 0x12a78d38794573ff, 0xd3721ef557f75e06,
	0xdd6e23d82e49c7db, 0xcff3d142b7756e3e, 0x5bcc6d61a8e567bc, 0x2d8e03d1492d0d45,
	0x000000000000003d
};

static const u64 n_less_2[LIMBS] = {
	0xbb6fb71e91386407, 0x3bb5c9b8899c47ae, 0x7fcc0148f709a5d0, 0x51868783bf2f966b,
	0xfffffffffffffffa, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff,
	0x00000000000001ff
};

/* -1 / m mod 2^64 */
#define N_N0		0x1d2f5ccd79a995c7ULL

/* Bits of the highest limb. */
#define TOP_BITS	9
#define TOP_MASK	((1ULL << TOP_BITS) - 1)

/* The curve's b and its base point. */
static const u64 b_mont[LIMBS] = {
	0xef451fd46b503f00, 0x3573df883d2c34f1, 0x1652c0bd3bb1bf07, 0x56193951ec7e937b,
	0xb8b489918ef109e1, 0xa2da725b99b315f3, 0x929a21a0b68540ee, 0x953eb9618e1c9a1f,
	0x0000000000000051
};

static const u64 g_mont[3 * LIMBS] = {
	0xf97e7e31c2e5bd66, 0x3348b3c1856a429b, 0xfe1dc127a2ffa8de, 0xa14b5e77efe75928,
	0xf828af606b4d3dba, 0x9c648139053fb521, 0x9e3ecb662395b442, 0x858e06b70404e9cd,
	0x00000000000000c6, 0x88be94769fd16650, 0x353c7086a272c240, 0xc550b9013fad0761,
	0x97ee72995ef42640, 0x17afbd17273e662c, 0x98f54449579b4468, 0x5c8a5fb42c7d1bd9,
	0x39296a789a3bc004, 0x0000000000000118, 0x0000000000000001, 0x0000000000000000,
	0x0000000000000000, 0x0000000000000000, 0x0000000000000000, 0x0000000000000000,
	0x0000000000000000, 0x0000000000000000, 0x0000000000000000
};

/*
 * r = t mod p for t of 2 * LIMBS limbs, below 2^1097. 2^521 is 1 mod p, so what is above
 * bit 521 is simply added to what is below, and the few bits that the sum has too many
 * are added once more.
 */
static void fold(u64 *r, const u64 *t)
{
	u64 s[LIMBS], top;
	unsigned int i;
	u8 carry = 0;

#pragma GCC unroll 9
	for (i = 0; i < LIMBS; i++) {
		u64 low = i < LIMBS - 1 ? t[i] : t[i] & TOP_MASK;
		u64 high = t[i + LIMBS - 1] >> TOP_BITS | t[i + LIMBS] << (64 - TOP_BITS);

		s[i] = mont_adc(low, high, &carry);
	}
	top = s[LIMBS - 1] >> TOP_BITS | (u64)carry << (64 - TOP_BITS);
	s[LIMBS - 1] &= TOP_MASK;
	carry = 0;
	s[0] = mont_adc(s[0], top, &carry);
#pragma GCC unroll 9
	for (i = 1; i < LIMBS; i++)
		s[i] = mont_adc(s[i], 0, &carry);
	mont_trim_n(r, s, 0, p, LIMBS);
}

static void fe_mul(u64 *r, const u64 *x, const u64 *y)
{
	u64 t[2 * LIMBS];

	mont_wide_mul_n(t, x, y, LIMBS);
	fold(r, t);
}

static void fe_sqr(u64 *r, const u64 *x)
{
	u64 t[2 * LIMBS];

	mont_wide_sqr_n(t, x, LIMBS);
	fold(r, t);
}

static void fe_add(u64 *r, const u64 *x, const u64 *y)
{
	mont_add_n(r, x, y, p, LIMBS);
}

static void fe_sub(u64 *r, const u64 *x, const u64 *y)
{
	mont_sub_n(r, x, y, p, LIMBS);
}

/*
 * The exponent p - 2 is 519 ones, a zero and a one. Behind a step: how many ones the power
 * has.
 */
static const struct mont_step p_inv[] = {
	{ 1, 0, 1, 0 },	/* 2 */
	{ 1, 1, 1, 0 },	/* 3 */
	{ 2, 1, 3, 1 },	/* 6 */
	{ 1, 2, 1, 0 },	/* 7 */
	{ 2, 1, 1, 0 },	/* 8 */
	{ 2, 2, 8, 2 },	/* 16 */
	{ 2, 2, 16, 2 },	/* 32 */
	{ 2, 2, 32, 2 },	/* 64 */
	{ 2, 2, 64, 2 },	/* 128 */
	{ 2, 2, 128, 2 },	/* 256 */
	{ 2, 2, 256, 2 },	/* 512 */
	{ 2, 2, 7, 1 },	/* 519 */
	{ 2, 2, 2, 0 },
};

static void sc_mul(u64 *r, const u64 *x, const u64 *y)
{
	mont_mul_n(r, x, y, n, N_N0, 0, LIMBS);
}

static void sc_sqr(u64 *r, const u64 *x)
{
	mont_sqr_n(r, x, n, N_N0, 0, LIMBS);
}

static const struct km_mont p521_p = {
	.limbs = LIMBS,
	.m = p,
	.r1 = p_r1,
	.r2 = p_r1,
	.inv_chain = p_inv,
	.inv_steps = ARRAY_SIZE(p_inv),
	.mul = fe_mul,
	.sqr = fe_sqr,
};

static const struct km_mont p521_n = {
	.limbs = LIMBS,
	.m = n,
	.r1 = n_r1,
	.r2 = n_r2,
	.inv_exp = n_less_2,
	.mul = sc_mul,
	.sqr = sc_sqr,
};

static const struct ec_field field = {
	.limbs = LIMBS,
	.b = b_mont,
	.mul = fe_mul,
	.sqr = fe_sqr,
	.add = fe_add,
	.sub = fe_sub,
};

static void p521_add(u64 *r, const u64 *a, const u64 *b)
{
	u64 t[(EC_SCRATCH + 1) * LIMBS];

	ec_add_tmpl(&field, r, a, b, t);
	memzero_explicit(t, sizeof(t));
}

static void p521_dbl(u64 *r, const u64 *a)
{
	u64 t[EC_SCRATCH * LIMBS];

	ec_dbl_tmpl(&field, r, a, t);
	memzero_explicit(t, sizeof(t));
}

static void p521_add_affine(u64 *r, const u64 *a, const u64 *b, u64 *t)
{
	ec_add_affine_tmpl(&field, r, a, b, t);
}

const struct km_curve km_p521 = {
	.bytes = 66,
	.bits = 521,
	.p = &p521_p,
	.n = &p521_n,
	.b = b_mont,
	.g = g_mont,
	.table = &table,
	.add = p521_add,
	.add_affine = p521_add_affine,
	.dbl = p521_dbl,
	.mul_base = km_ec_mul_base_9,
};
