// SPDX-License-Identifier: GPL-2.0-only
/*
 * NIST P-256: its numbers, its instances of the templates, and multiples of G by table.
 * Called by ec.c through struct km_curve.
 */
#include "ec_curve.h"

#define LIMBS		4

/*
 * The table: TAB_ROWS rows, row i holding j * 2^(TAB_BITS * i) * G for j = 1..TAB_COLS, affine.
 * 86 KiB; of the widths, 6 bits costs the fewest instructions (43 additions and 43
 * scans of 2 KiB). In rows, so that no large contiguous allocation is needed.
 */
#define TAB_BITS	6
#define TAB_COLS	(1 << (TAB_BITS - 1))
#define TAB_ROWS	(256 / TAB_BITS + 1)

struct tab_row {
	u64 pt[TAB_COLS][2 * LIMBS];
};

static struct tab_row *table[TAB_ROWS];

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

/* r = x^(2^count) */
static void fe_sqr_times(u64 *r, const u64 *x, unsigned int count)
{
	fe_sqr(r, x);
	while (--count)
		fe_sqr(r, r);
}

/*
 * r = x^(p - 2) = 1 / x, or 0 for 0. The exponent is nearly all runs of ones, for which
 * 12 products do: ones[i] is x to the power of i ones in binary.
 */
static void fe_inv(u64 *r, const u64 *x)
{
	u64 ones2[LIMBS], ones3[LIMBS], ones30[LIMBS], ones32[LIMBS], t[LIMBS];

	fe_sqr(t, x);
	fe_mul(ones2, t, x);
	fe_sqr(t, ones2);
	fe_mul(ones3, t, x);
	fe_sqr_times(t, ones3, 3);
	fe_mul(ones30, t, ones3);		/* 6 */
	fe_sqr_times(t, ones30, 6);
	fe_mul(t, t, ones30);			/* 12 */
	fe_sqr_times(t, t, 3);
	fe_mul(ones30, t, ones3);		/* 15 */
	fe_sqr_times(t, ones30, 15);
	fe_mul(ones30, t, ones30);
	fe_sqr_times(t, ones30, 2);
	fe_mul(ones32, t, ones2);

	fe_sqr_times(t, ones32, 32);
	fe_mul(t, t, x);			/* ffffffff 00000001 */
	fe_sqr_times(t, t, 128);
	fe_mul(t, t, ones32);			/* ... 00000000 (3 times) ffffffff */
	fe_sqr_times(t, t, 32);
	fe_mul(t, t, ones32);			/* ... ffffffff */
	fe_sqr_times(t, t, 30);
	fe_mul(t, t, ones30);
	fe_sqr_times(t, t, 2);
	fe_mul(r, t, x);			/* ... fffffffd */

	memzero_explicit(ones2, sizeof(ones2));
	memzero_explicit(ones3, sizeof(ones3));
	memzero_explicit(ones30, sizeof(ones30));
	memzero_explicit(ones32, sizeof(ones32));
	memzero_explicit(t, sizeof(t));
}

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
	.inv = fe_inv,
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

/* The scratch space @t is the caller's here, to be wiped once and not 43 times. */
static void p256_add_affine(u64 *r, const u64 *a, const u64 *b, u64 *t)
{
	ec_add_affine_tmpl(&field, r, a, b, t);
}

/*
 * v = e if index == j. Eight conditional moves, which always load, are a third of the
 * instructions that compilers make of masks.
 */
static __always_inline void select_step(u64 *v, const u64 *e, u64 index, u64 j)
{
#if defined(__x86_64__) && !defined(KM_MONT_GENERIC) && !defined(__CHECKER__)
	asm("cmpq %[j], %[index]\n\t"
	    "cmoveq (%[e]), %[v0]\n\tcmoveq 8(%[e]), %[v1]\n\t"
	    "cmoveq 16(%[e]), %[v2]\n\tcmoveq 24(%[e]), %[v3]\n\t"
	    "cmoveq 32(%[e]), %[v4]\n\tcmoveq 40(%[e]), %[v5]\n\t"
	    "cmoveq 48(%[e]), %[v6]\n\tcmoveq 56(%[e]), %[v7]"
	    : [v0] "+&r" (v[0]), [v1] "+&r" (v[1]), [v2] "+&r" (v[2]),
	      [v3] "+&r" (v[3]), [v4] "+&r" (v[4]), [v5] "+&r" (v[5]),
	      [v6] "+&r" (v[6]), [v7] "+&r" (v[7])
	    : [index] "r" (index), [j] "r" (j), [e] "r" (e),
	      "m" (*(const u64 (*)[2 * LIMBS])e) : "cc");
#else
	mont_cmov(v, e, ~mont_nonzero(index ^ j), 2 * LIMBS);
#endif
}

/* r = row[index - 1], or 0 for index 0; reads all of the row for every index. */
static void select_entry(u64 *r, const struct tab_row *row, u64 index)
{
	u64 v[2 * LIMBS] = { 0 };
	u64 j;

#pragma GCC unroll 4
	for (j = 0; j < TAB_COLS; j++)
		select_step(v, row->pt[j], index, j + 1);
	memcpy(r, v, sizeof(v));
}

static void p256_mul_base(u64 *r, const u64 *k)
{
	static const u64 zero[LIMBS];
	struct {
		u64 acc[3 * LIMBS];
		u64 sum[3 * LIMBS];
		u64 sel[2 * LIMBS];
		u64 neg[LIMBS];
		u64 t[(EC_SCRATCH + 1) * LIMBS];
	} w;
	unsigned int i;

	memset(w.acc, 0, sizeof(w.acc));
	memcpy(w.acc + LIMBS, p_r1, sizeof(p_r1));
	for (i = 0; i < TAB_ROWS; i++) {
		struct ec_digit d = ec_digit(k, LIMBS, i, TAB_BITS);

		select_entry(w.sel, table[i], d.abs);
		fe_sub(w.neg, zero, w.sel + LIMBS);
		mont_cmov(w.sel + LIMBS, w.neg, d.neg, LIMBS);
		/* infinity has no affine form: for digit 0 the sum is thrown away */
		p256_add_affine(w.sum, w.acc, w.sel, w.t);
		mont_cmov(w.acc, w.sum, mont_nonzero(d.abs), 3 * LIMBS);
	}
	memcpy(r, w.acc, sizeof(w.acc));
	memzero_explicit(&w, sizeof(w));
}

/* What filling a row needs: the row, projective, and the products of its z so far. */
struct row_work {
	u64 pt[TAB_COLS][3 * LIMBS];
	u64 prod[TAB_COLS][LIMBS];
};

/* row = w->pt made affine, with one inversion for all. */
static void row_to_affine(struct tab_row *row, struct row_work *w)
{
	u64 inv[LIMBS], zinv[LIMBS];
	int j;

	memcpy(w->prod[0], w->pt[0] + 2 * LIMBS, sizeof(w->prod[0]));
	for (j = 1; j < TAB_COLS; j++)
		fe_mul(w->prod[j], w->prod[j - 1], w->pt[j] + 2 * LIMBS);
	fe_inv(inv, w->prod[TAB_COLS - 1]);
	for (j = TAB_COLS - 1; j >= 0; j--) {
		if (j)
			fe_mul(zinv, inv, w->prod[j - 1]);
		else
			memcpy(zinv, inv, sizeof(zinv));
		fe_mul(inv, inv, w->pt[j] + 2 * LIMBS);
		fe_mul(row->pt[j], w->pt[j], zinv);
		fe_mul(row->pt[j] + LIMBS, w->pt[j] + LIMBS, zinv);
	}
}

/**
 * km_p256_init - compute the table of multiples of G
 *
 * Return: 0 or -ENOMEM.
 */
int km_p256_init(void)
{
	struct row_work *w = kmalloc(sizeof(*w), GFP_KERNEL);
	u64 base[3 * LIMBS];
	unsigned int i, j;

	if (!w)
		return -ENOMEM;
	memcpy(base, g_mont, sizeof(base));
	for (i = 0; i < TAB_ROWS; i++) {
		table[i] = kmalloc(sizeof(*table[i]), GFP_KERNEL);
		if (!table[i])
			goto err_free;
		memcpy(w->pt[0], base, sizeof(base));
		for (j = 1; j < TAB_COLS; j++)
			p256_add(w->pt[j], w->pt[j - 1], base);
		p256_dbl(base, w->pt[TAB_COLS - 1]);
		row_to_affine(table[i], w);
	}
	kfree(w);
	return 0;

err_free:
	kfree(w);
	km_p256_exit();
	return -ENOMEM;
}

/**
 * km_p256_exit - free the table
 */
void km_p256_exit(void)
{
	unsigned int i;

	for (i = 0; i < TAB_ROWS; i++) {
		kfree(table[i]);
		table[i] = NULL;
	}
}

const struct km_curve km_p256 = {
	.bytes = 32,
	.bits = 256,
	.p = &p256_p,
	.n = &p256_n,
	.b = b_mont,
	.add = p256_add,
	.dbl = p256_dbl,
	.mul_base = p256_mul_base,
};
