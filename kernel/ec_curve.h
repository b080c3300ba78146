/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a curve file gives to ec.c, and the point formulas that it instantiates.
 * Private to ec.c, ec_table.c and the curve files (p256.c...), between mont.h and ec.h.
 *
 * Points are homogeneous projective, x || y || z in Montgomery form, infinity being
 * (0 : 1 : 0). The formulas are the complete ones for a = -3 and prime order (Renes,
 * Costello, Batina, "Complete addition formulas for prime order elliptic curves",
 * 2015, algorithms 4 to 6): they hold for equal and opposite points and for infinity
 * too, so there is no special case that a branch would have to tell apart.
 */
#ifndef KM_EC_CURVE_H
#define KM_EC_CURVE_H

#include "ec.h"
#include "mont.h"

/* Limbs of the longest point, projective. */
#define KM_EC_POINT		(3 * KM_MONT_MAX_LIMBS)

/* Most rows of a table of multiples of G. */
#define EC_TABLE_ROWS	53

/**
 * struct ec_table - multiples of G, affine, for ec_table.c
 * @step: one row serves that many windows
 * @row: row i holds j * 2^(w * @step * i) * G for j = 1..2^(w - 1), windows having w bits
 */
struct ec_table {
	unsigned int step;
	u64 *row[EC_TABLE_ROWS];
};

/**
 * struct km_curve - y^2 = x^3 - 3x + b over a prime field, of prime order
 * @bytes: length of a field element, and of a scalar
 * @bits: length of the order
 * @p: the field
 * @n: the order; as many limbs as @p
 * @b: in Montgomery form
 * @g: base point, projective
 * @table: multiples of it
 * @add: r = a + b; r may be a or b
 * @add_affine: the same for b affine and not infinity; t: EC_SCRATCH + 1 elements, which the
 *	caller wipes, once and not for every sum
 * @dbl: r = 2a; r may be a
 * @mul_base: r = k * G for any k below 2^@bits, in constant time
 */
struct km_curve {
	unsigned int bytes;
	unsigned int bits;
	const struct km_mont *p;
	const struct km_mont *n;
	const u64 *b;
	const u64 *g;
	struct ec_table *table;
	void (*add)(u64 *r, const u64 *a, const u64 *b);
	void (*add_affine)(u64 *r, const u64 *a, const u64 *b, u64 *t);
	void (*dbl)(u64 *r, const u64 *a);
	void (*mul_base)(const struct km_curve *c, u64 *r, const u64 *k);
};

/**
 * struct ec_field - the field's operations, constant where a template is instantiated
 * @limbs: length of an element
 * @b: coefficient of the curve
 * @mul: as in struct km_mont
 * @sqr: as in struct km_mont
 * @add: r = a + b mod p; r may be a or b
 * @sub: r = a - b mod p; r may be a or b
 */
struct ec_field {
	unsigned int limbs;
	const u64 *b;
	void (*mul)(u64 *r, const u64 *a, const u64 *b);
	void (*sqr)(u64 *r, const u64 *a);
	void (*add)(u64 *r, const u64 *a, const u64 *b);
	void (*sub)(u64 *r, const u64 *a, const u64 *b);
};

/* Elements of scratch space that a template needs; the instance owns and wipes it. */
#define EC_SCRATCH	6

/* r = 3a; not in place */
static __always_inline void ec_triple(const struct ec_field *f, u64 *r, const u64 *a)
{
	f->add(r, a, a);
	f->add(r, r, a);
}

/*
 * The common end of both additions, from products of the coordinates:
 * t = { x1 x2, y1 y2, z1 z2, x1 y2 + x2 y1, y1 z2 + y2 z1, x1 z2 + x2 z1 }.
 * Reads no input point any more, so that @r may be one of them.
 */
static __always_inline void ec_add_tail(const struct ec_field *f, u64 *r, u64 *t)
{
	const unsigned int n = f->limbs;
	u64 *xx = t, *yy = t + n, *zz = t + 2 * n, *xy = t + 3 * n, *yz = t + 4 * n;
	u64 *xz = t + 5 * n, *x = r, *y = r + n, *z = r + 2 * n;

	/* x = yy + 3 (xz - b zz), z = yy - 3 (xz - b zz) */
	f->mul(z, f->b, zz);
	f->sub(y, xz, z);
	ec_triple(f, x, y);
	f->sub(z, yy, x);
	f->add(x, yy, x);

	/* xz = 3 (b xz - 3 zz - xx), xx = 3 (xx - zz), yy and zz are free now */
	ec_triple(f, yy, zz);
	f->mul(y, f->b, xz);
	f->sub(y, y, yy);
	f->sub(y, y, xx);
	ec_triple(f, xz, y);
	f->sub(zz, xx, zz);
	ec_triple(f, xx, zz);

	f->mul(yy, yz, xz);
	f->mul(zz, xx, xz);
	f->mul(y, x, z);
	f->add(y, y, zz);
	f->mul(x, xy, x);
	f->sub(x, x, yy);
	f->mul(z, yz, z);
	f->mul(yy, xy, xx);
	f->add(z, z, yy);
}

/* t = x1 y2 + x2 y1 from (x1 + y1)(x2 + y2), x1 x2 and y1 y2; s is scratch */
static __always_inline void ec_cross(const struct ec_field *f, u64 *t, u64 *s,
				     const u64 *x1, const u64 *y1, const u64 *x2, const u64 *y2,
				     const u64 *xx, const u64 *yy)
{
	f->add(t, x1, y1);
	f->add(s, x2, y2);
	f->mul(t, t, s);
	f->add(s, xx, yy);
	f->sub(t, t, s);
}

/* r = a + b, both projective; t: EC_SCRATCH + 1 elements */
static __always_inline void ec_add_tmpl(const struct ec_field *f, u64 *r, const u64 *a,
					const u64 *b, u64 *t)
{
	const unsigned int n = f->limbs;
	const u64 *x1 = a, *y1 = a + n, *z1 = a + 2 * n;
	const u64 *x2 = b, *y2 = b + n, *z2 = b + 2 * n;
	u64 *xx = t, *yy = t + n, *zz = t + 2 * n, *s = t + EC_SCRATCH * n;

	f->mul(xx, x1, x2);
	f->mul(yy, y1, y2);
	f->mul(zz, z1, z2);
	ec_cross(f, t + 3 * n, s, x1, y1, x2, y2, xx, yy);
	ec_cross(f, t + 4 * n, s, y1, z1, y2, z2, yy, zz);
	ec_cross(f, t + 5 * n, s, x1, z1, x2, z2, xx, zz);
	ec_add_tail(f, r, t);
}

/* r = a + b, b affine and not infinity; t: EC_SCRATCH + 1 elements */
static __always_inline void ec_add_affine_tmpl(const struct ec_field *f, u64 *r, const u64 *a,
					       const u64 *b, u64 *t)
{
	const unsigned int n = f->limbs;
	const u64 *x1 = a, *y1 = a + n, *z1 = a + 2 * n, *x2 = b, *y2 = b + n;
	u64 *xx = t, *yy = t + n, *zz = t + 2 * n, *yz = t + 4 * n, *xz = t + 5 * n;

	f->mul(xx, x1, x2);
	f->mul(yy, y1, y2);
	ec_cross(f, t + 3 * n, zz, x1, y1, x2, y2, xx, yy);
	memcpy(zz, z1, n * sizeof(*zz));
	f->mul(yz, y2, z1);
	f->add(yz, yz, y1);
	f->mul(xz, x2, z1);
	f->add(xz, xz, x1);
	ec_add_tail(f, r, t);
}

/* r = 2a; t: EC_SCRATCH elements */
static __always_inline void ec_dbl_tmpl(const struct ec_field *f, u64 *r, const u64 *a, u64 *t)
{
	const unsigned int n = f->limbs;
	u64 *xx = t, *yy = t + n, *zz = t + 2 * n, *xy = t + 3 * n, *yz = t + 4 * n;
	u64 *xz = t + 5 * n, *x = r, *y = r + n, *z = r + 2 * n;

	f->sqr(xx, a);
	f->sqr(yy, a + n);
	f->sqr(zz, a + 2 * n);
	f->mul(xy, a, a + n);
	f->add(xy, xy, xy);
	f->mul(xz, a, a + 2 * n);
	f->add(xz, xz, xz);
	f->mul(yz, a + n, a + 2 * n);
	f->add(yz, yz, yz);

	/* x = yy - 3 (b zz - xz), y = yy + 3 (b zz - xz) */
	f->mul(z, f->b, zz);
	f->sub(z, z, xz);
	ec_triple(f, y, z);
	f->sub(x, yy, y);
	f->add(y, yy, y);
	f->mul(y, x, y);
	f->mul(x, x, xy);

	/* xz = 3 (b xz - 3 zz - xx), xx = 3 (xx - zz) */
	ec_triple(f, xy, zz);
	f->mul(z, f->b, xz);
	f->sub(z, z, xy);
	f->sub(z, z, xx);
	ec_triple(f, xz, z);
	f->sub(zz, xx, zz);
	ec_triple(f, xx, zz);

	f->mul(xx, xx, xz);
	f->add(y, y, xx);
	f->mul(xz, yz, xz);
	f->sub(x, x, xz);
	f->mul(z, yz, yy);
	f->add(z, z, z);
	f->add(z, z, z);
}

/*
 * Signed windows: digit @i of @k in base 2^@w, between -2^(w - 1) and 2^(w - 1), the sum of
 * all digits times 2^(w * i) being k; there are bits / w + 1 of them. Half the table
 * of unsigned windows serves, as a point's negative is free.
 */
struct ec_digit {
	u64 abs;
	u64 neg;	/* all ones if negative */
};

static __always_inline struct ec_digit ec_digit(const u64 *k, unsigned int limbs, unsigned int i,
						const unsigned int w)
{
	unsigned int pos = w * i, limb, shift;
	struct ec_digit d;
	u64 v;

	/* the w bits of the window, and below them the top bit of the one before */
	if (!pos) {
		v = k[0] << 1;
	} else {
		limb = (pos - 1) / 64;
		shift = (pos - 1) % 64;
		v = k[limb] >> shift;
		if (shift && limb + 1 < limbs)
			v |= k[limb + 1] << (64 - shift);
	}
	v &= (2UL << w) - 1;

	/* a window with its top bit set counts as itself - 2^w, carrying into the next */
	d.neg = mont_hide((u64)0 - (v >> w));
	v = (v + 1) >> 1;
	d.abs = (v & ~d.neg) | (((1UL << w) - v) & d.neg);
	return d;
}

int km_ec_table_init(const struct km_curve *c);
void km_ec_table_exit(const struct km_curve *c);
void km_ec_mul_base_4(const struct km_curve *c, u64 *r, const u64 *k);
void km_ec_mul_base_6(const struct km_curve *c, u64 *r, const u64 *k);
void km_ec_mul_base_9(const struct km_curve *c, u64 *r, const u64 *k);

#endif /* KM_EC_CURVE_H */
