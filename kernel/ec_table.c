// SPDX-License-Identifier: GPL-2.0-only
/*
 * Multiples of a curve's base point from a table, which is computed once at load.
 * Leaf of the layers, between ec.c and the curve files, beside which it knows nothing.
 *
 * The scalar is cut into signed windows, one sum a window. With a step of 2 each row serves
 * two windows: first come all odd ones, then a window's doublings, then all even ones;
 * that halves the table for a few doublings in all.
 */
#include "ec_curve.h"

/* Width of a window for numbers of @n limbs, entries of a row, windows of a scalar. */
#define TAB_BITS(n)	((n) == 9 ? 5 : 6)
#define TAB_COLS(n)	(1U << (TAB_BITS(n) - 1))
#define TAB_COLS_MAX	TAB_COLS(4)

static unsigned int columns(const struct km_curve *c)
{
	return TAB_COLS(c->p->limbs);
}

static unsigned int windows(const struct km_curve *c)
{
	return c->bits / TAB_BITS(c->p->limbs) + 1;
}

static unsigned int rows(const struct km_curve *c)
{
	return (windows(c) + c->table->step - 1) / c->table->step;
}

/*
 * v = e if index == j, for 8 limbs. Conditional moves, which always load, are a third of
 * the instructions that compilers make of masks.
 */
static __always_inline void select_8(u64 *v, const u64 *e, u64 index, u64 j)
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
	      "m" (*(const u64 (*)[8])e) : "cc");
#else
	mont_cmov(v, e, ~mont_nonzero(index ^ j), 8);
#endif
}

/* The same for 6 limbs, of which the longer points are two or three times. */
static __always_inline void select_6(u64 *v, const u64 *e, u64 index, u64 j)
{
#if defined(__x86_64__) && !defined(KM_MONT_GENERIC) && !defined(__CHECKER__)
	asm("cmpq %[j], %[index]\n\t"
	    "cmoveq (%[e]), %[v0]\n\tcmoveq 8(%[e]), %[v1]\n\t"
	    "cmoveq 16(%[e]), %[v2]\n\tcmoveq 24(%[e]), %[v3]\n\t"
	    "cmoveq 32(%[e]), %[v4]\n\tcmoveq 40(%[e]), %[v5]"
	    : [v0] "+&r" (v[0]), [v1] "+&r" (v[1]), [v2] "+&r" (v[2]),
	      [v3] "+&r" (v[3]), [v4] "+&r" (v[4]), [v5] "+&r" (v[5])
	    : [index] "r" (index), [j] "r" (j), [e] "r" (e),
	      "m" (*(const u64 (*)[6])e) : "cc");
#else
	mont_cmov(v, e, ~mont_nonzero(index ^ j), 6);
#endif
}

/* r = row[index - 1], or 0 for index 0; reads all of the row for every index. */
static __always_inline void select_entry(u64 *r, const u64 *row, u64 index, const unsigned int n)
{
	const unsigned int len = 2 * n, cols = TAB_COLS(n);
	unsigned int at;
	u64 j;

	if (len == 8) {
		u64 v[8] = { 0 };

#pragma GCC unroll 4
		for (j = 0; j < cols; j++)
			select_8(v, row + 8 * j, index, j + 1);
		memcpy(r, v, sizeof(v));
		return;
	}
	for (at = 0; at < len; at += 6) {
		u64 v[6] = { 0 };

#pragma GCC unroll 4
		for (j = 0; j < cols; j++)
			select_6(v, row + len * j + at, index, j + 1);
		memcpy(r + at, v, sizeof(v));
	}
}

/* Space of mul_base_n(). */
struct base_work {
	u64 acc[KM_EC_POINT];
	u64 sum[KM_EC_POINT];
	u64 sel[2 * KM_MONT_MAX_LIMBS];
	u64 neg[KM_MONT_MAX_LIMBS];
	u64 t[(EC_SCRATCH + 1) * KM_MONT_MAX_LIMBS];
};

/* acc += digit * row */
static __always_inline void add_digit(const struct km_curve *c, struct base_work *w,
				      const u64 *row, struct ec_digit d, const unsigned int n)
{
	unsigned int i;
	u8 borrow = 0;

	select_entry(w->sel, row, d.abs, n);
	/* -y = p - y; y is never 0, as a curve of odd order has no point of order 2 */
#pragma GCC unroll 9
	for (i = 0; i < n; i++)
		w->neg[i] = mont_sbb(c->p->m[i], w->sel[n + i], &borrow);
	mont_cmov(w->sel + n, w->neg, d.neg, n);
	/* infinity has no affine form: for digit 0 the sum is thrown away */
	c->add_affine(w->sum, w->acc, w->sel, w->t);
	mont_cmov(w->acc, w->sum, mont_nonzero(d.abs), 3 * n);
}

/* A template on the limb count, as those of mont.h: its own loops then cost little. */
static __always_inline void mul_base_n(const struct km_curve *c, u64 *r, const u64 *k,
				       const unsigned int n)
{
	const struct ec_table *tab = c->table;
	const unsigned int count = c->bits / TAB_BITS(n) + 1, step = tab->step;
	struct base_work w;
	unsigned int s, i;

	memset(w.acc, 0, sizeof(w.acc));
	memcpy(w.acc + n, c->p->r1, n * sizeof(u64));
	for (s = step; s-- > 0;) {
		for (i = 0; s + 1 < step && i < TAB_BITS(n); i++)
			c->dbl(w.acc, w.acc);
		for (i = s; i < count; i += step)
			add_digit(c, &w, tab->row[i / step], ec_digit(k, n, i, TAB_BITS(n)), n);
	}
	memcpy(r, w.acc, 3 * n * sizeof(u64));
	memzero_explicit(&w, sizeof(w));
}

/**
 * km_ec_mul_base_4 - multiply the base point of a curve of 4 limbs, in constant time
 * @c: curve
 * @r: [out] k * G
 * @k: scalar, secret, below 2^bits; for any other, some multiple
 */
void km_ec_mul_base_4(const struct km_curve *c, u64 *r, const u64 *k)
{
	mul_base_n(c, r, k, 4);
}

/**
 * km_ec_mul_base_6 - the same for 6 limbs
 * @c: curve
 * @r: [out] k * G
 * @k: scalar
 */
void km_ec_mul_base_6(const struct km_curve *c, u64 *r, const u64 *k)
{
	mul_base_n(c, r, k, 6);
}

/**
 * km_ec_mul_base_9 - the same for 9 limbs
 * @c: curve
 * @r: [out] k * G
 * @k: scalar
 */
void km_ec_mul_base_9(const struct km_curve *c, u64 *r, const u64 *k)
{
	mul_base_n(c, r, k, 9);
}

/* What filling a row needs: the row, projective, and the products of its z so far. */
struct row_work {
	u64 base[KM_EC_POINT];
	u64 inv[KM_MONT_MAX_LIMBS];
	u64 zinv[KM_MONT_MAX_LIMBS];
	u64 pt[TAB_COLS_MAX][KM_EC_POINT];
	u64 prod[TAB_COLS_MAX][KM_MONT_MAX_LIMBS];
};

/* row = w->pt made affine, with one inversion for all. */
static void row_to_affine(const struct km_curve *c, u64 *row, struct row_work *w)
{
	const struct km_mont *p = c->p;
	const unsigned int n = p->limbs;
	int cols = columns(c), j;

	memcpy(w->prod[0], w->pt[0] + 2 * n, n * sizeof(u64));
	for (j = 1; j < cols; j++)
		p->mul(w->prod[j], w->prod[j - 1], w->pt[j] + 2 * n);
	km_mont_inv(p, w->inv, w->prod[cols - 1]);
	for (j = cols - 1; j >= 0; j--) {
		if (j)
			p->mul(w->zinv, w->inv, w->prod[j - 1]);
		else
			memcpy(w->zinv, w->inv, n * sizeof(u64));
		p->mul(w->inv, w->inv, w->pt[j] + 2 * n);
		p->mul(row + 2 * n * j, w->pt[j], w->zinv);
		p->mul(row + 2 * n * j + n, w->pt[j] + n, w->zinv);
	}
}

/* One row, and the base of the next: all is public, it is the same for everybody. */
static void fill_row(const struct km_curve *c, u64 *row, struct row_work *w)
{
	const unsigned int bits = TAB_BITS(c->p->limbs);
	unsigned int cols = columns(c), j;

	memcpy(w->pt[0], w->base, sizeof(w->base));
	for (j = 1; j < cols; j++)
		c->add(w->pt[j], w->pt[j - 1], w->base);
	c->dbl(w->base, w->pt[cols - 1]);
	for (j = bits; j < bits * c->table->step; j++)
		c->dbl(w->base, w->base);
	row_to_affine(c, row, w);
}

/**
 * km_ec_table_init - compute the table of multiples of G
 * @c: curve
 *
 * In rows, so that no large contiguous allocation is needed.
 *
 * Return: 0 or -ENOMEM.
 */
int km_ec_table_init(const struct km_curve *c)
{
	const unsigned int n = c->p->limbs;
	struct ec_table *tab = c->table;
	struct row_work *w = kmalloc(sizeof(*w), GFP_KERNEL);
	unsigned int i;

	if (!w)
		return -ENOMEM;
	memcpy(w->base, c->g, 3 * n * sizeof(u64));
	for (i = 0; i < rows(c); i++) {
		tab->row[i] = kmalloc(columns(c) * 2 * n * sizeof(u64), GFP_KERNEL);
		if (!tab->row[i])
			goto err_free;
		fill_row(c, tab->row[i], w);
	}
	kfree(w);
	return 0;

err_free:
	kfree(w);
	km_ec_table_exit(c);
	return -ENOMEM;
}

/**
 * km_ec_table_exit - free the table; harmless without one
 * @c: curve
 */
void km_ec_table_exit(const struct km_curve *c)
{
	struct ec_table *tab = c->table;
	unsigned int i;

	for (i = 0; i < EC_TABLE_ROWS; i++) {
		kfree(tab->row[i]);
		tab->row[i] = NULL;
	}
}
