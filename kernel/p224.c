// SPDX-License-Identifier: GPL-2.0-only
/*
 * NIST P-224: its numbers and its instances of the templates.
 * Called by ec.c and ec_table.c through struct km_curve.
 */
#include "ec_curve.h"

#define LIMBS		4

/* 38 KiB. */
static struct ec_table table = { .step = 2 };

static const u64 p[LIMBS] = {
	0x0000000000000001, 0xffffffff00000000, 0xffffffffffffffff, 0x00000000ffffffff
};

static const u64 p_r1[LIMBS] = {
	0xffffffff00000000, 0xffffffffffffffff, 0x0000000000000000, 0x0000000000000000
};

static const u64 p_r2[LIMBS] = {
	0xffffffff00000001, 0xffffffff00000000, 0xfffffffe00000000, 0x00000000ffffffff
};

static const u64 n[LIMBS] = {
	0x13dd29455c5c2a3d, 0xffff16a2e0b8f03e, 0xffffffffffffffff, 0x00000000ffffffff
};

static const u64 n_r1[LIMBS] = {
	0xa3a3d5c300000000, 0x1f470fc1ec22d6ba, 0x000000000000e95d, 0x0000000000000000
};

static const u64 n_r2[LIMBS] = {
	0x29947a695f517d15, 0xabc8ff5931d63f4b, 0x6ad15f7cd9714856, 0x00000000b1e97961
};

static const u64 n_less_2[LIMBS] = {
	0x13dd29455c5c2a3b, 0xffff16a2e0b8f03e, 0xffffffffffffffff, 0x00000000ffffffff
};

/* -1 / m mod 2^64 */
#define P_N0		0xffffffffffffffffULL
#define N_N0		0xd6e242706a1fc2ebULL
#define P_KNOWN		MONT_KNOWN_ONE0

/* The curve's b and its base point, in Montgomery form. */
static const u64 b_mont[LIMBS] = {
	0xe768cdf663c059cd, 0x107ac2f3ccf01310, 0x3dceba98c8528151, 0x000000007fc02f93
};

static const u64 g_mont[3 * LIMBS] = {
	0xbc9052266d0a4aea, 0x852597366018bfaa, 0x6dd3af9bf96bec05, 0x00000000a21b5e60,
	0x2edca1e5eff3ede8, 0xf8cd672b05335a6b, 0xaea9c5ae03dfe878, 0x00000000614786f1,
	0xffffffff00000000, 0xffffffffffffffff, 0x0000000000000000, 0x0000000000000000
};

static void fe_mul(u64 *r, const u64 *x, const u64 *y)
{
	mont_mul_n(r, x, y, p, P_N0, P_KNOWN, LIMBS);
}

static void fe_sqr(u64 *r, const u64 *x)
{
	mont_sqr_n(r, x, p, P_N0, P_KNOWN, LIMBS);
}

static __always_inline void fe_add(u64 *r, const u64 *x, const u64 *y)
{
	mont_add_n(r, x, y, p, LIMBS);
}

static __always_inline void fe_sub(u64 *r, const u64 *x, const u64 *y)
{
	mont_sub_n(r, x, y, p, LIMBS);
}

/*
 * The exponent p - 2 is 127 ones, a zero and 96 ones. Behind a step: how many ones the
 * power has.
 */
static const struct mont_step p_inv[] = {
	{ 1, 0, 1, 0 },	/* 2 */
	{ 1, 1, 1, 0 },	/* 3 */
	{ 1, 1, 3, 1 },	/* 6 */
	{ 2, 1, 6, 1 },	/* 12 */
	{ 2, 2, 12, 2 },	/* 24 */
	{ 3, 2, 24, 2 },	/* 48 */
	{ 3, 3, 48, 3 },	/* 96 */
	{ 2, 3, 24, 2 },	/* 120 */
	{ 2, 2, 6, 1 },	/* 126 */
	{ 2, 2, 1, 0 },	/* 127 */
	{ 2, 2, 97, 3 },
};

static void sc_mul(u64 *r, const u64 *x, const u64 *y)
{
	mont_mul_n(r, x, y, n, N_N0, 0, LIMBS);
}

static void sc_sqr(u64 *r, const u64 *x)
{
	mont_sqr_n(r, x, n, N_N0, 0, LIMBS);
}

static const struct km_mont p224_p = {
	.limbs = LIMBS,
	.m = p,
	.r1 = p_r1,
	.r2 = p_r2,
	.inv_chain = p_inv,
	.inv_steps = ARRAY_SIZE(p_inv),
	.mul = fe_mul,
	.sqr = fe_sqr,
};

static const struct km_mont p224_n = {
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

static void p224_add(u64 *r, const u64 *a, const u64 *b)
{
	u64 t[(EC_SCRATCH + 1) * LIMBS];

	ec_add_tmpl(&field, r, a, b, t);
	memzero_explicit(t, sizeof(t));
}

static void p224_dbl(u64 *r, const u64 *a)
{
	u64 t[EC_SCRATCH * LIMBS];

	ec_dbl_tmpl(&field, r, a, t);
	memzero_explicit(t, sizeof(t));
}

static void p224_add_affine(u64 *r, const u64 *a, const u64 *b, u64 *t)
{
	ec_add_affine_tmpl(&field, r, a, b, t);
}

const struct km_curve km_p224 = {
	.bytes = 28,
	.bits = 224,
	.p = &p224_p,
	.n = &p224_n,
	.b = b_mont,
	.g = g_mont,
	.table = &table,
	.add = p224_add,
	.add_affine = p224_add_affine,
	.dbl = p224_dbl,
	.mul_base = km_ec_mul_base_4,
};
