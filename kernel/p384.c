// SPDX-License-Identifier: GPL-2.0-only
/*
 * NIST P-384: its numbers and its instances of the templates.
 * Called by ec.c and ec_table.c through struct km_curve.
 */
#include "ec_curve.h"

#define LIMBS		6

/* 99 KiB, in pages of 4. */
static struct ec_table table = { .step = 2 };

static const u64 p[LIMBS] = {
	0x00000000ffffffff, 0xffffffff00000000, 0xfffffffffffffffe, 0xffffffffffffffff,
	0xffffffffffffffff, 0xffffffffffffffff
};

static const u64 p_r1[LIMBS] = {
	0xffffffff00000001, 0x00000000ffffffff, 0x0000000000000001, 0x0000000000000000,
	0x0000000000000000, 0x0000000000000000
};

static const u64 p_r2[LIMBS] = {
	0xfffffffe00000001, 0x0000000200000000, 0xfffffffe00000000, 0x0000000200000000,
	0x0000000000000001, 0x0000000000000000
};

static const u64 n[LIMBS] = {
	0xecec196accc52973, 0x581a0db248b0a77a, 0xc7634d81f4372ddf, 0xffffffffffffffff,
	0xffffffffffffffff, 0xffffffffffffffff
};

static const u64 n_r1[LIMBS] = {
	0x1313e695333ad68d, 0xa7e5f24db74f5885, 0x389cb27e0bc8d220, 0x0000000000000000,
	0x0000000000000000, 0x0000000000000000
};

static const u64 n_r2[LIMBS] = {
	0x2d319b2419b409a9, 0xff3d81e5df1aa419, 0xbc3e483afcb82947, 0xd40d49174aab1cc5,
	0x3fb05b7a28266895, 0x0c84ee012b39bf21
};

static const u64 n_less_2[LIMBS] = {
	0xecec196accc52971, 0x581a0db248b0a77a, 0xc7634d81f4372ddf, 0xffffffffffffffff,
	0xffffffffffffffff, 0xffffffffffffffff
};

/* -1 / m mod 2^64 */
#define P_N0		0x0000000100000001ULL
#define N_N0		0x6ed46089e88fdc45ULL
#define P_KNOWN		0

/* The curve's b and its base point, in Montgomery form. */
static const u64 b_mont[LIMBS] = {
	0x081188719d412dcc, 0xf729add87a4c32ec, 0x77f2209b1920022e, 0xe3374bee94938ae2,
	0xb62b21f41f022094, 0xcd08114b604fbff9
};

static const u64 g_mont[3 * LIMBS] = {
	0x3dd0756649c0b528, 0x20e378e2a0d6ce38, 0x879c3afc541b4d6e, 0x6454868459a30eff,
	0x812ff723614ede2b, 0x4d3aadc2299e1513, 0x23043dad4b03a4fe, 0xa1bfa8bf7bb4a9ac,
	0x8bade7562e83b050, 0xc6c3521968f4ffd9, 0xdd8002263969a840, 0x2b78abc25a15c5e9,
	0xffffffff00000001, 0x00000000ffffffff, 0x0000000000000001, 0x0000000000000000,
	0x0000000000000000, 0x0000000000000000
};

static void fe_mul(u64 *r, const u64 *x, const u64 *y)
{
	mont_mul_n(r, x, y, p, P_N0, P_KNOWN, LIMBS);
}

static void fe_sqr(u64 *r, const u64 *x)
{
	mont_sqr_n(r, x, p, P_N0, P_KNOWN, LIMBS);
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
 * The exponent p - 2 is 255 ones, a zero, 32 ones, 64 zeros, 30 ones, a zero and a one.
 * Behind a step: how many ones the power has, or the ones that it adds.
 */
static const struct mont_step p_inv[] = {
	{ 5, 0, 1, 0 },	/* 2 */
	{ 1, 5, 1, 0 },	/* 3 */
	{ 2, 1, 3, 1 },	/* 6 */
	{ 2, 2, 6, 2 },	/* 12 */
	{ 4, 2, 3, 1 },	/* 15 */
	{ 2, 4, 15, 4 },	/* 30 */
	{ 3, 2, 30, 2 },	/* 60 */
	{ 3, 3, 60, 3 },	/* 120 */
	{ 3, 3, 120, 3 },	/* 240 */
	{ 3, 3, 15, 4 },	/* 255 */
	{ 1, 2, 2, 5 },	/* 32 */
	{ 3, 3, 33, 1 },	/* + 32 */
	{ 3, 3, 94, 2 },	/* + 30 */
	{ 3, 3, 2, 0 },	/* + 1 */
};

static void sc_mul(u64 *r, const u64 *x, const u64 *y)
{
	mont_mul_n(r, x, y, n, N_N0, 0, LIMBS);
}

static void sc_sqr(u64 *r, const u64 *x)
{
	mont_sqr_n(r, x, n, N_N0, 0, LIMBS);
}

static const struct km_mont p384_p = {
	.limbs = LIMBS,
	.m = p,
	.r1 = p_r1,
	.r2 = p_r2,
	.inv_chain = p_inv,
	.inv_steps = ARRAY_SIZE(p_inv),
	.mul = fe_mul,
	.sqr = fe_sqr,
};

static const struct km_mont p384_n = {
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

static void p384_add(u64 *r, const u64 *a, const u64 *b)
{
	u64 t[(EC_SCRATCH + 1) * LIMBS];

	ec_add_tmpl(&field, r, a, b, t);
	memzero_explicit(t, sizeof(t));
}

static void p384_dbl(u64 *r, const u64 *a)
{
	u64 t[EC_SCRATCH * LIMBS];

	ec_dbl_tmpl(&field, r, a, t);
	memzero_explicit(t, sizeof(t));
}

static void p384_add_affine(u64 *r, const u64 *a, const u64 *b, u64 *t)
{
	ec_add_affine_tmpl(&field, r, a, b, t);
}

const struct km_curve km_p384 = {
	.bytes = 48,
	.bits = 384,
	.p = &p384_p,
	.n = &p384_n,
	.b = b_mont,
	.g = g_mont,
	.table = &table,
	.add = p384_add,
	.add_affine = p384_add_affine,
	.dbl = p384_dbl,
	.mul_base = km_ec_mul_base_6,
};
