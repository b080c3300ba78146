// SPDX-License-Identifier: GPL-2.0-only
/*
 * NIST P-256: its numbers and its instances of the templates.
 * Called by ec.c and ec_table.c through struct km_curve.
 */
#include "ec_curve.h"

#define LIMBS		4

/*
 * 86 KiB; of the widths, 6 bits costs the fewest instructions (43 additions and 43
 * scans of 2 KiB).
 */
static struct ec_table table = { .step = 1 };

static const u64 p[LIMBS] = {
	0xffffffffffffffff, 0x00000000ffffffff, 0x0000000000000000, 0xffffffff00000001
};

static const u64 p_r1[LIMBS] = {
	0x0000000000000001, 0xffffffff00000000, 0xffffffffffffffff, 0x00000000fffffffe
};

static const u64 p_r2[LIMBS] = {
	0x0000000000000003, 0xfffffffbffffffff, 0xfffffffffffffffe, 0x00000004fffffffd
};

static const u64 n[LIMBS] = {
	0xf3b9cac2fc632551, 0xbce6faada7179e84, 0xffffffffffffffff, 0xffffffff00000000
};

static const u64 n_r1[LIMBS] = {
	0x0c46353d039cdaaf, 0x4319055258e8617b, 0x0000000000000000, 0x00000000ffffffff
};

static const u64 n_r2[LIMBS] = {
	0x83244c95be79eea2, 0x4699799c49bd6fa6, 0x2845b2392b6bec59, 0x66e12d94f3d95620
};

static const u64 n_less_2[LIMBS] = {
	0xf3b9cac2fc63254f, 0xbce6faada7179e84, 0xffffffffffffffff, 0xffffffff00000000
};

/* -1 / m mod 2^64 */
#define P_N0		1ULL
#define N_N0		0xccd1c8aaee00bc4fULL
#define P_KNOWN		(MONT_KNOWN_ONES0 | MONT_KNOWN_ZERO(2))

/* The curve's b and its base point, in Montgomery form. */
static const u64 b_mont[LIMBS] = {
	0xd89cdf6229c4bddf, 0xacf005cd78843090, 0xe5a220abf7212ed6, 0xdc30061d04874834
};

static const u64 g_mont[3 * LIMBS] = {
	0x79e730d418a9143c, 0x75ba95fc5fedb601, 0x79fb732b77622510, 0x18905f76a53755c6,
	0xddf25357ce95560a, 0x8b4ab8e4ba19e45c, 0xd2e88688dd21f325, 0x8571ff1825885d85,
	0x0000000000000001, 0xffffffff00000000, 0xffffffffffffffff, 0x00000000fffffffe
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
 * The exponent p - 2 is nearly all runs of ones, for which 12 products do. Behind a step:
 * how many ones the power has, or its last 32 bits.
 */
static const struct mont_step p_inv[] = {
	{ 1, 0, 1, 0 },		/* 2 */
	{ 2, 1, 1, 0 },		/* 3 */
	{ 3, 2, 3, 2 },		/* 6 */
	{ 3, 3, 6, 3 },		/* 12 */
	{ 3, 3, 3, 2 },		/* 15 */
	{ 3, 3, 15, 3 },	/* 30 */
	{ 4, 3, 2, 1 },		/* 32 */
	{ 2, 4, 32, 0 },	/* 00000001 */
	{ 2, 2, 128, 4 },	/* ffffffff, behind three times 00000000 */
	{ 2, 2, 32, 4 },	/* ffffffff */
	{ 2, 2, 30, 3 },
	{ 2, 2, 2, 0 },		/* fffffffd */
};

static void sc_mul(u64 *r, const u64 *x, const u64 *y)
{
	mont_mul_n(r, x, y, n, N_N0, 0, LIMBS);
}

static void sc_sqr(u64 *r, const u64 *x)
{
	mont_sqr_n(r, x, n, N_N0, 0, LIMBS);
}

static const struct km_mont p256_p = {
	.limbs = LIMBS,
	.m = p,
	.r1 = p_r1,
	.r2 = p_r2,
	.mul = fe_mul,
	.sqr = fe_sqr,
	.inv_chain = p_inv,
	.inv_steps = ARRAY_SIZE(p_inv),
};

static const struct km_mont p256_n = {
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

static void p256_add(u64 *r, const u64 *a, const u64 *b)
{
	u64 t[(EC_SCRATCH + 1) * LIMBS];

	ec_add_tmpl(&field, r, a, b, t);
	memzero_explicit(t, sizeof(t));
}

static void p256_dbl(u64 *r, const u64 *a)
{
	u64 t[EC_SCRATCH * LIMBS];

	ec_dbl_tmpl(&field, r, a, t);
	memzero_explicit(t, sizeof(t));
}

static void p256_add_affine(u64 *r, const u64 *a, const u64 *b, u64 *t)
{
	ec_add_affine_tmpl(&field, r, a, b, t);
}

const struct km_curve km_p256 = {
	.bytes = 32,
	.bits = 256,
	.p = &p256_p,
	.n = &p256_n,
	.b = b_mont,
	.g = g_mont,
	.table = &table,
	.add = p256_add,
	.add_affine = p256_add_affine,
	.dbl = p256_dbl,
	.mul_base = km_ec_mul_base_4,
};
