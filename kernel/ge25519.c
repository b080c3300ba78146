// SPDX-License-Identifier: GPL-2.0-only
/*
 * Points of edwards25519: addition, encoding, multiples of the base point by table.
 * Called by ed25519.c; arithmetic from fe25519.h.
 *
 * The formulas are those for extended coordinates and a = -1 of Hisil, Wong, Carter and
 * Dawson, "Twisted Edwards curves revisited", 2008. As -1 is a square modulo p and d is
 * none, they are complete: equal points, opposite ones and the neutral one are no special
 * cases that a branch would have to tell apart.
 */
#include "ge25519.h"

/*
 * The table: TAB_ROWS rows, row i holding j * 256^i * B for j = 1..TAB_COLS. 30 KiB. In rows,
 * so that no large contiguous allocation is needed.
 */
#define TAB_ROWS	32
#define TAB_COLS	8

/**
 * struct affine - a point with z = 1, as an addition needs it
 * @sum: y + x
 * @diff: y - x
 * @dt: 2 d x y
 */
struct affine {
	struct km_fe sum;
	struct km_fe diff;
	struct km_fe dt;
};

/**
 * struct cached - a point with any z, as an addition needs it
 * @n: y + x, y - x, 2 d t
 * @z: z
 */
struct cached {
	struct affine n;
	struct km_fe z;
};

struct tab_row {
	struct affine pt[TAB_COLS];
};

static struct tab_row *table[TAB_ROWS];

static const struct km_fe one = { { 1 } };

static const struct km_fe d = { {
	0x34dca135978a3, 0x1a8283b156ebd, 0x5e7a26001c029, 0x739c663a03cbb, 0x52036cee2b6ff
} };

static const struct km_fe d2 = { {
	0x69b9426b2f159, 0x35050762add7a, 0x3cf44c0038052, 0x6738cc7407977, 0x2406d9dc56dff
} };

/* A square root of -1. */
static const struct km_fe sqrt_m1 = { {
	0x61b274a0ea0b0, 0x0d5a5fc8f189d, 0x7ef5e9cbd0c60, 0x78595a6804c9e, 0x2b8324804fc1d
} };

static void ge_zero(struct km_ge *r)
{
	memset(r, 0, sizeof(*r));
	r->y.v[0] = 1;
	r->z.v[0] = 1;
}

/*
 * r = a + b, where zz is 2 z1 z2, a sum of two tight numbers. The scratch space @t is
 * the caller's, to be wiped once.
 */
static __always_inline void add_tail(struct km_ge *r, const struct km_ge *a,
				     const struct affine *b, const struct km_fe *zz,
				     struct km_fe *t)
{
	struct km_fe *e = &t[0], *f = &t[1], *g = &t[2], *h = &t[3];

	km_fe_sub(f, &a->y, &a->x);
	km_fe_mul(f, f, &b->diff);		/* A */
	km_fe_add(g, &a->y, &a->x);
	km_fe_mul(g, g, &b->sum);		/* B */
	km_fe_sub(e, g, f);
	km_fe_add(h, g, f);
	km_fe_mul(&r->t, &a->t, &b->dt);	/* C */
	km_fe_sub(f, zz, &r->t);
	km_fe_add(g, zz, &r->t);
	km_fe_mul(&r->x, e, f);
	km_fe_mul(&r->y, g, h);
	km_fe_mul(&r->z, f, g);
	km_fe_mul(&r->t, e, h);
}

/* r = a + b; r may be a; t: five numbers of scratch space */
static void add_affine(struct km_ge *r, const struct km_ge *a, const struct affine *b,
		       struct km_fe *t)
{
	km_fe_add(&t[4], &a->z, &a->z);
	add_tail(r, a, b, &t[4], t);
}

static void add_cached(struct km_ge *r, const struct km_ge *a, const struct cached *b,
		       struct km_fe *t)
{
	km_fe_mul(&t[4], &a->z, &b->z);
	km_fe_add(&t[4], &t[4], &t[4]);
	add_tail(r, a, &b->n, &t[4], t);
}

/* r = 2a; r may be a; t as above */
static void dbl(struct km_ge *r, const struct km_ge *a, struct km_fe *t)
{
	struct km_fe *e = &t[0], *f = &t[1], *g = &t[2], *h = &t[3], *s = &t[4];

	km_fe_add(e, &a->x, &a->y);
	km_fe_sqr(e, e);
	km_fe_sqr(f, &a->x);			/* A */
	km_fe_sqr(g, &a->y);			/* B */
	km_fe_add(h, f, g);
	km_fe_sub(e, h, e);
	km_fe_sub(g, f, g);
	km_fe_sqr(s, &a->z);
	km_fe_add(s, s, s);			/* C */
	km_fe_add(f, s, g);
	km_fe_mul(&r->x, e, f);
	km_fe_mul(&r->y, g, h);
	km_fe_mul(&r->z, f, g);
	km_fe_mul(&r->t, e, h);
}

static void to_cached(struct cached *r, const struct km_ge *a)
{
	km_fe_add(&r->n.sum, &a->y, &a->x);
	km_fe_sub(&r->n.diff, &a->y, &a->x);
	km_fe_mul(&r->n.dt, &a->t, &d2);
	r->z = a->z;
}

/* b = -b, if mask is all ones */
static __always_inline void affine_neg(struct affine *b, u64 mask)
{
	static const struct km_fe zero;
	struct km_fe neg;

	km_fe_cswap(&b->sum, &b->diff, mask);
	km_fe_sub(&neg, &zero, &b->dt);
	km_fe_cmov(&b->dt, &neg, mask);
}

/**
 * km_ge_neg() - a = -a
 * @a: the point
 */
void km_ge_neg(struct km_ge *a)
{
	static const struct km_fe zero;

	/* By a product, as what comes of a difference is not tight. */
	km_fe_sub(&a->x, &zero, &a->x);
	km_fe_mul(&a->x, &a->x, &one);
	km_fe_sub(&a->t, &zero, &a->t);
	km_fe_mul(&a->t, &a->t, &one);
}

/**
 * km_ge_to_bytes() - encode a point (RFC 8032 section 5.1.2)
 * @out: [out] 32 bytes
 * @a: the point
 */
void km_ge_to_bytes(u8 *out, const struct km_ge *a)
{
	struct km_fe inv, v;
	u8 x[KM_FE_BYTES];

	km_fe_inv(&inv, &a->z);
	km_fe_mul(&v, &a->x, &inv);
	km_fe_to_bytes(x, &v);
	km_fe_mul(&v, &a->y, &inv);
	km_fe_to_bytes(out, &v);
	out[31] |= x[0] << 7;
	memzero_explicit(&inv, sizeof(inv));
	memzero_explicit(&v, sizeof(v));
	memzero_explicit(x, sizeof(x));
}

static bool equal(const struct km_fe *a, const struct km_fe *b)
{
	u8 x[KM_FE_BYTES], y[KM_FE_BYTES];

	km_fe_to_bytes(x, a);
	km_fe_to_bytes(y, b);
	return !memcmp(x, y, sizeof(x));
}

/* x = the square root of u / v, if there is one */
static int sqrt_ratio(struct km_fe *x, const struct km_fe *u, const struct km_fe *v)
{
	static const struct km_fe zero;
	struct km_fe uv3, uv7, t;

	/* u v^3 (u v^7)^((p - 5) / 8), RFC 8032 section 5.1.3 */
	km_fe_sqr(&t, v);
	km_fe_mul(&t, &t, v);
	km_fe_mul(&uv3, &t, u);
	km_fe_sqr(&t, &t);
	km_fe_mul(&t, &t, v);
	km_fe_mul(&uv7, &t, u);
	km_fe_pow_p58(x, &uv7);
	km_fe_mul(x, x, &uv3);

	km_fe_sqr(&t, x);
	km_fe_mul(&t, &t, v);
	if (equal(&t, u))
		return 0;
	km_fe_mul(x, x, &sqrt_m1);
	km_fe_sub(&uv3, &zero, u);
	return equal(&t, &uv3) ? 0 : -EINVAL;
}

/**
 * km_ge_from_bytes() - decode a point (RFC 8032 section 5.1.3)
 * @r: [out] the point
 * @in: 32 bytes
 *
 * Not in constant time: for public points. Takes what km_ge_to_bytes() writes and nothing
 * else: not a y of p or more, not the x of 0 with a sign.
 *
 * Return: 0, or -EINVAL if that is no point of the curve, or not its one encoding.
 */
int km_ge_from_bytes(struct km_ge *r, const u8 *in)
{
	static const struct km_fe zero;
	u8 x[KM_FE_BYTES], y[KM_FE_BYTES];
	struct km_fe u, v;

	km_fe_from_bytes(&r->y, in);
	r->z = one;
	km_fe_sqr(&u, &r->y);
	km_fe_mul(&v, &u, &d);
	km_fe_add(&v, &v, &one);
	/* u is used as a factor and as a term: a product makes it tight again. */
	km_fe_sub(&u, &u, &one);
	km_fe_mul(&u, &u, &one);
	if (sqrt_ratio(&r->x, &u, &v))
		return -EINVAL;
	km_fe_to_bytes(x, &r->x);
	if ((x[0] & 1) != in[31] >> 7) {
		km_fe_sub(&r->x, &zero, &r->x);
		km_fe_mul(&r->x, &r->x, &one);
	}
	km_fe_mul(&r->t, &r->x, &r->y);
	/* One encoding of a point: what was read is what would be written. */
	km_fe_to_bytes(x, &r->x);
	km_fe_to_bytes(y, &r->y);
	y[31] |= x[0] << 7;
	return memcmp(y, in, sizeof(y)) ? -EINVAL : 0;
}

/* r = digit * the row's point, for a digit of -8..8; reads all of the row for every digit */
static void select_digit(struct affine *r, const struct tab_row *row, s8 digit)
{
	u64 neg = mont_hide((u64)0 - ((u8)digit >> 7));
	u64 abs = ((u64)(s64)digit ^ neg) - neg, mask;
	unsigned int j;

	memset(r, 0, sizeof(*r));
	r->sum.v[0] = 1;
	r->diff.v[0] = 1;
	for (j = 0; j < TAB_COLS; j++) {
		mask = ~mont_nonzero(abs ^ (j + 1));
		km_fe_cmov(&r->sum, &row->pt[j].sum, mask);
		km_fe_cmov(&r->diff, &row->pt[j].diff, mask);
		km_fe_cmov(&r->dt, &row->pt[j].dt, mask);
	}
	affine_neg(r, neg);
}

/* Digits in base 16, from -8 to 8, of a number below 2^255. */
static void to_digits(s8 *digits, const u8 *scalar)
{
	unsigned int i;
	u8 carry = 0, v;

	for (i = 0; i < 2 * TAB_ROWS - 1; i++) {
		v = (scalar[i / 2] >> (4 * (i % 2)) & 15) + carry;
		carry = (v + 8) >> 4;
		digits[i] = (s8)(v - (carry << 4));
	}
	digits[i] = (s8)((scalar[31] >> 4) + carry);
}

/**
 * km_ge_mul_base() - r = scalar * B, in constant time
 * @r: [out] the point
 * @scalar: 32 bytes, little-endian, below 2^255
 *
 * Row i has the point 256^i B: it serves the digit of weight 256^i, and, before four
 * doublings, the one of weight 16 * 256^i.
 */
void km_ge_mul_base(struct km_ge *r, const u8 *scalar)
{
	struct {
		s8 digits[2 * TAB_ROWS];
		struct affine sel;
		struct km_fe t[5];
	} w;
	unsigned int i;

	to_digits(w.digits, scalar);
	ge_zero(r);
	for (i = 0; i < TAB_ROWS; i++) {
		select_digit(&w.sel, table[i], w.digits[2 * i + 1]);
		add_affine(r, r, &w.sel, w.t);
	}
	for (i = 0; i < 4; i++)
		dbl(r, r, w.t);
	for (i = 0; i < TAB_ROWS; i++) {
		select_digit(&w.sel, table[i], w.digits[2 * i]);
		add_affine(r, r, &w.sel, w.t);
	}
	memzero_explicit(&w, sizeof(w));
}

/**
 * struct sparse - a digit of each of two numbers: 0, or odd and from -7 to 7
 * @s: of the multiplier of B
 * @k: of that of A
 */
struct sparse {
	s8 s:4;
	s8 k:4;
};

/* Digits of a number below 2^254, with at least three zeros between those that are not. */
static void to_sparse(struct sparse *digits, const u64 *k, bool of_base)
{
	unsigned int i = 0, carry = 0, v;
	s8 digit;

	while (i < 256) {
		if ((k[i / 64] >> (i % 64) & 1) == carry) {
			i++;
			continue;
		}
		v = k[i / 64] >> (i % 64) & 15;
		if (i % 64 > 60 && i / 64 < 3)
			v |= k[i / 64 + 1] << (64 - i % 64) & 15;
		v += carry;
		carry = v >> 3 & 1;
		digit = (s8)(v - (carry << 4));
		if (of_base)
			digits[i].s = digit;
		else
			digits[i].k = digit;
		i += 4;
	}
}

/*
 * odd = A, 3 A, 5 A, 7 A. This and the two below are functions of their own, so that what one
 * needs on the stack is not there while another runs: with KASAN all of it was more than 2 KiB.
 */
static noinline void odd_multiples(struct cached *odd, const struct km_ge *a, struct km_fe *t)
{
	struct cached two;
	struct km_ge r;
	int i;

	dbl(&r, a, t);
	to_cached(&two, &r);
	r = *a;
	for (i = 0; i < 4; i++) {
		to_cached(&odd[i], &r);
		add_cached(&r, &r, &two, t);
	}
}

/* r = r + digit * A, for an odd digit and the odd multiples of A */
static noinline void add_sparse(struct km_ge *r, s8 digit, const struct cached *odd,
				struct km_fe *t)
{
	struct cached c = odd[(digit < 0 ? -digit : digit) / 2];

	affine_neg(&c.n, digit < 0 ? ~0ULL : 0);
	add_cached(r, r, &c, t);
}

/* r = r + digit * B, for an odd digit of at most TAB_COLS */
static noinline void add_base_sparse(struct km_ge *r, s8 digit, struct km_fe *t)
{
	struct affine b = table[0]->pt[(digit < 0 ? -digit : digit) - 1];

	affine_neg(&b, digit < 0 ? ~0ULL : 0);
	add_affine(r, r, &b, t);
}

/**
 * km_ge_mul_sum() - r = s * B + k * A, not in constant time
 * @r: [out] the point
 * @s: below the group's order
 * @a: any point
 * @k: below the group's order
 */
void km_ge_mul_sum(struct km_ge *r, const u64 *s, const struct km_ge *a, const u64 *k)
{
	struct sparse digits[256] = {};
	struct cached odd[4];
	struct km_fe t[5];
	int i;

	to_sparse(digits, s, true);
	to_sparse(digits, k, false);
	odd_multiples(odd, a, t);
	ge_zero(r);
	for (i = 255; i >= 0; i--) {
		dbl(r, r, t);
		if (digits[i].k)
			add_sparse(r, digits[i].k, odd, t);
		if (digits[i].s)
			add_base_sparse(r, digits[i].s, t);
	}
}

/**
 * struct row_work - what filling a row of the table needs
 * @pt: the points of the row
 * @prod: the products of their z so far
 * @t: scratch space
 */
struct row_work {
	struct km_ge pt[TAB_COLS];
	struct km_fe prod[TAB_COLS];
	struct km_fe t[5];
};

/* row = w->pt made affine, with one inversion for all */
static void row_to_affine(struct tab_row *row, struct row_work *w)
{
	struct km_fe inv, zinv, x, y;
	int j;

	w->prod[0] = w->pt[0].z;
	for (j = 1; j < TAB_COLS; j++)
		km_fe_mul(&w->prod[j], &w->prod[j - 1], &w->pt[j].z);
	km_fe_inv(&inv, &w->prod[TAB_COLS - 1]);
	for (j = TAB_COLS - 1; j >= 0; j--) {
		zinv = inv;
		if (j)
			km_fe_mul(&zinv, &inv, &w->prod[j - 1]);
		km_fe_mul(&inv, &inv, &w->pt[j].z);
		km_fe_mul(&x, &w->pt[j].x, &zinv);
		km_fe_mul(&y, &w->pt[j].y, &zinv);
		km_fe_add(&row->pt[j].sum, &y, &x);
		km_fe_sub(&row->pt[j].diff, &y, &x);
		km_fe_mul(&row->pt[j].dt, &x, &y);
		km_fe_mul(&row->pt[j].dt, &row->pt[j].dt, &d2);
	}
}

/* A row of the table, of multiples of @base; then base = 256 base. */
static void fill_row(struct tab_row *row, struct km_ge *base, struct row_work *w)
{
	struct cached c;
	int j;

	to_cached(&c, base);
	w->pt[0] = *base;
	for (j = 1; j < TAB_COLS; j++)
		add_cached(&w->pt[j], &w->pt[j - 1], &c, w->t);
	row_to_affine(row, w);
	*base = w->pt[TAB_COLS - 1];
	for (j = TAB_COLS; j < 256; j *= 2)
		dbl(base, base, w->t);
}

/**
 * km_ge_init() - compute the table of multiples of the base point B
 *
 * Return: 0 or -ENOMEM.
 */
int km_ge_init(void)
{
	struct row_work *w = kmalloc(sizeof(*w), GFP_KERNEL);
	u8 encoded[KM_FE_BYTES];
	struct km_ge base;
	unsigned int i;

	if (!w)
		return -ENOMEM;
	/* y = 4 / 5 and an even x */
	memset(encoded, 0x66, sizeof(encoded));
	encoded[0] = 0x58;
	km_ge_from_bytes(&base, encoded);
	for (i = 0; i < TAB_ROWS; i++) {
		table[i] = kmalloc(sizeof(*table[i]), GFP_KERNEL);
		if (!table[i])
			goto err_free;
		fill_row(table[i], &base, w);
	}
	kfree(w);
	return 0;

err_free:
	kfree(w);
	km_ge_exit();
	return -ENOMEM;
}

/**
 * km_ge_exit() - free the table
 */
void km_ge_exit(void)
{
	unsigned int i;

	for (i = 0; i < TAB_ROWS; i++) {
		kfree(table[i]);
		table[i] = NULL;
	}
}
