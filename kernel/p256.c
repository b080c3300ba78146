// SPDX-License-Identifier: GPL-2.0-only
/*
 * NIST P-256: its numbers, its instances of the templates, and multiples of G by table.
 * Called by ec.c through struct km_ec_curve.
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

static u64 (*table[TAB_ROWS])[2 * LIMBS];

static const u64 p[LIMBS] = {
	0xffffffffffffffff, 0x00000000ffffffff, 0x0000000000000000, 0xffffffff00000001
};

static const u64 p_r1[LIMBS] = {
	0x0000000000000001, 0xffffffff00000000, 0xffffffffffffffff, 0x00000000fffffffe
};

static const u64 p_r2[LIMBS] = {
	0x0000000000000003, 0xfffffffbffffffff, 0xfffffffffffffffe, 0x00000004fffffffd
};

static const u64 p_less_2[LIMBS] = {
	0xfffffffffffffffd, 0x00000000ffffffff, 0x0000000000000000, 0xffffffff00000001
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
	.inv_exp = p_less_2,
	.mul = fe_mul,
	.sqr = fe_sqr,
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

/* r = row[index - 1], or 0 for index 0; reads all of the row for every index. */
static void select_entry(u64 *r, const u64 (*row)[2 * LIMBS], u64 index)
{
	u64 x0 = 0, x1 = 0, x2 = 0, x3 = 0, y0 = 0, y1 = 0, y2 = 0, y3 = 0;
	unsigned int j;

	for (j = 0; j < TAB_COLS; j++) {
		u64 mask = ~mont_nonzero(index ^ (j + 1));

		x0 |= row[j][0] & mask;
		x1 |= row[j][1] & mask;
		x2 |= row[j][2] & mask;
		x3 |= row[j][3] & mask;
		y0 |= row[j][4] & mask;
		y1 |= row[j][5] & mask;
		y2 |= row[j][6] & mask;
		y3 |= row[j][7] & mask;
	}
	r[0] = x0;
	r[1] = x1;
	r[2] = x2;
	r[3] = x3;
	r[4] = y0;
	r[5] = y1;
	r[6] = y2;
	r[7] = y3;
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

		select_entry(w.sel, (const u64 (*)[2 * LIMBS])table[i], d.abs);
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
static void row_to_affine(u64 (*row)[2 * LIMBS], struct row_work *w)
{
	u64 inv[LIMBS], zinv[LIMBS];
	int j;

	memcpy(w->prod[0], w->pt[0] + 2 * LIMBS, sizeof(w->prod[0]));
	for (j = 1; j < TAB_COLS; j++)
		fe_mul(w->prod[j], w->prod[j - 1], w->pt[j] + 2 * LIMBS);
	km_mont_inv(&p256_p, inv, w->prod[TAB_COLS - 1]);
	for (j = TAB_COLS - 1; j >= 0; j--) {
		if (j)
			fe_mul(zinv, inv, w->prod[j - 1]);
		else
			memcpy(zinv, inv, sizeof(zinv));
		fe_mul(inv, inv, w->pt[j] + 2 * LIMBS);
		fe_mul(row[j], w->pt[j], zinv);
		fe_mul(row[j] + LIMBS, w->pt[j] + LIMBS, zinv);
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
		table[i] = kmalloc(TAB_COLS * sizeof(*table[i]), GFP_KERNEL);
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

const struct km_ec_curve km_p256 = {
	.bytes = 32,
	.bits = 256,
	.p = &p256_p,
	.n = &p256_n,
	.b = b_mont,
	.add = p256_add,
	.dbl = p256_dbl,
	.mul_base = p256_mul_base,
};
