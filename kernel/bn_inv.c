// SPDX-License-Identifier: GPL-2.0-only
/*
 * Inverses and greatest common divisors in constant time: the "divsteps" of Bernstein and
 * Yang. Leaf of the layers, called by rsa.c (blinding), rsa_gen.c and prime.c.
 *
 * A step takes (f, g), f odd, to a pair with the same divisor: g is halved after f, its
 * negative or nothing was added to make it even, and the two change places when a counter
 * is positive. What a step does depends on the lowest bit of g and the counter alone, so
 * 62 steps are found on the lowest words first, as a matrix, and then applied to the long
 * numbers. How many steps bring g to 0 for all numbers of a length is known, and exactly
 * so many are made: neither the sequence of operations nor an address depends on a value.
 */
#include "bn.h"

#define STEPS	62
#define LOW62	((1ULL << STEPS) - 1)

/* (f, g) becomes (u * f + v * g, q * f + r * g) / 2^62. */
struct matrix {
	s64 u;
	s64 v;
	s64 q;
	s64 r;
};

/*
 * 62 steps on the lowest words. @zeta is -(delta + 1/2) of the counter delta, which starts
 * at 1/2. Sums stay within s64: |u| + |v| and |q| + |r| are at most 2^62.
 */
static s64 steps(s64 zeta, u64 f, u64 g, struct matrix *t)
{
	u64 u = 1, v = 0, q = 0, r = 1, swap, odd;
	int i;

	for (i = 0; i < STEPS; i++) {
		swap = mont_hide((u64)(zeta >> 63));
		odd = mont_hide((u64)0 - (g & 1));
		g += ((f ^ swap) - swap) & odd;
		q += ((u ^ swap) - swap) & odd;
		r += ((v ^ swap) - swap) & odd;
		swap &= odd;
		zeta = (s64)((u64)zeta ^ swap) - 1;
		/* Where f was taken from g, adding it back gives the old g. */
		f += g & swap;
		u += q & swap;
		v += r & swap;
		g >>= 1;
		u <<= 1;
		v <<= 1;
	}
	t->u = (s64)u;
	t->v = (s64)v;
	t->q = (s64)q;
	t->r = (s64)r;
	return zeta;
}

/* Apply the steps to f and g; the lowest 62 bits of both sums are 0. */
static void update_fg(struct km_bn_inv_work *w, const struct matrix *t)
{
	unsigned int n = w->limbs, i;
	__int128 cf = 0, cg = 0;

	for (i = 0; i < n; i++) {
		s64 f = w->f[i], g = w->g[i];

		cf += (__int128)t->u * f + (__int128)t->v * g;
		cg += (__int128)t->q * f + (__int128)t->r * g;
		if (i) {
			w->f[i - 1] = (s64)((u64)cf & LOW62);
			w->g[i - 1] = (s64)((u64)cg & LOW62);
		}
		cf >>= STEPS;
		cg >>= STEPS;
	}
	w->f[n - 1] = (s64)cf;
	w->g[n - 1] = (s64)cg;
}

/*
 * Apply them to d and e modulo m. Multiples of m make the lowest 62 bits 0, others keep
 * both between -2m and m.
 */
static void update_de(struct km_bn_inv_work *w, const struct matrix *t)
{
	unsigned int n = w->limbs, i;
	s64 sd = w->d[n - 1] >> 63, se = w->e[n - 1] >> 63;
	s64 md = (t->u & sd) + (t->v & se), me = (t->q & sd) + (t->r & se);
	__int128 cd = (__int128)t->u * w->d[0] + (__int128)t->v * w->e[0];
	__int128 ce = (__int128)t->q * w->d[0] + (__int128)t->r * w->e[0];

	md -= (s64)((w->minv * (u64)cd + (u64)md) & LOW62);
	me -= (s64)((w->minv * (u64)ce + (u64)me) & LOW62);
	cd += (__int128)w->m[0] * md;
	ce += (__int128)w->m[0] * me;
	for (i = 1; i < n; i++) {
		s64 d = w->d[i], e = w->e[i], m = w->m[i];

		cd >>= STEPS;
		ce >>= STEPS;
		cd += (__int128)t->u * d + (__int128)t->v * e + (__int128)m * md;
		ce += (__int128)t->q * d + (__int128)t->r * e + (__int128)m * me;
		w->d[i - 1] = (s64)((u64)cd & LOW62);
		w->e[i - 1] = (s64)((u64)ce & LOW62);
	}
	w->d[n - 1] = (s64)(cd >> STEPS);
	w->e[n - 1] = (s64)(ce >> STEPS);
}

static void to_62(s64 *r, unsigned int n, const u64 *a, unsigned int limbs)
{
	unsigned int i, at, s;
	u64 v;

	for (i = 0; i < n; i++) {
		at = STEPS * i / 64;
		s = STEPS * i % 64;
		v = at < limbs ? a[at] >> s : 0;
		if (s > 64 - STEPS && at + 1 < limbs)
			v |= a[at + 1] << (64 - s);
		r[i] = (s64)(v & LOW62);
	}
}

/* For a number that is not negative */
static void from_62(u64 *r, unsigned int limbs, const s64 *a, unsigned int n)
{
	unsigned int i, at, s;

	memset(r, 0, limbs * sizeof(*r));
	for (i = 0; i < n; i++) {
		at = STEPS * i / 64;
		s = STEPS * i % 64;
		if (at < limbs)
			r[at] |= (u64)a[i] << s;
		if (s > 64 - STEPS && at + 1 < limbs)
			r[at + 1] |= (u64)a[i] >> (64 - s);
	}
}

/* a = (a ^ neg) - neg + (m & add) for masks, carries done */
static void settle(s64 *a, const s64 *m, s64 neg, s64 add, unsigned int n)
{
	s64 c = 0;
	unsigned int i;

	for (i = 0; i < n; i++) {
		c += ((a[i] ^ neg) - neg) + (m[i] & add);
		if (i == n - 1)
			break;
		a[i] = (s64)((u64)c & LOW62);
		c >>= STEPS;
	}
	a[n - 1] = c;
}

/* f = the greatest common divisor or its negative, and d * a = f mod m */
static void run(struct km_bn_inv_work *w, const u64 *a, const u64 *m, unsigned int limbs)
{
	unsigned int bits = 64 * limbs, n = (bits + 2 + 61) / 62;
	/*
	 * The bound of P. Wuille for numbers of so many bits and a counter that starts at
	 * 1/2, lower than that of the first paper, (49 * bits + 57) / 17 from 1.
	 */
	unsigned int rounds = ((45907 * bits + 26313) / 19929 + STEPS - 1) / STEPS;
	struct matrix t;
	s64 zeta = -1;

	w->limbs = n;
	w->minv = km_bn_word_inv(m[0]) & LOW62;
	to_62(w->m, n, m, limbs);
	to_62(w->g, n, a, limbs);
	memcpy(w->f, w->m, n * sizeof(*w->f));
	memset(w->d, 0, n * sizeof(*w->d));
	memset(w->e, 0, n * sizeof(*w->e));
	w->e[0] = 1;
	while (rounds--) {
		zeta = steps(zeta, (u64)w->f[0] | (u64)w->f[1] << STEPS,
			     (u64)w->g[0] | (u64)w->g[1] << STEPS, &t);
		update_fg(w, &t);
		update_de(w, &t);
	}
	memzero_explicit(&t, sizeof(t));
}

/**
 * km_bn_inv - invert modulo an odd number, in constant time
 * @w: scratch
 * @r: [out] 1/a mod m; meaningless if there is none
 * @a: number less than @m
 * @m: odd number
 * @limbs: length of all three
 *
 * Return: all ones if @a has an inverse, otherwise 0.
 */
u64 km_bn_inv(struct km_bn_inv_work *w, u64 *r, const u64 *a, const u64 *m, unsigned int limbs)
{
	unsigned int n, i;
	u64 rest = 0;
	s64 neg;

	run(w, a, m, limbs);
	n = w->limbs;
	/* Between -2m and m: into [0, m), with the sign of f. */
	neg = (s64)mont_hide((u64)(w->f[n - 1] >> 63));
	settle(w->d, w->m, 0, (s64)mont_hide((u64)(w->d[n - 1] >> 63)), n);
	settle(w->d, w->m, neg, 0, n);
	settle(w->d, w->m, 0, (s64)mont_hide((u64)(w->d[n - 1] >> 63)), n);
	from_62(r, limbs, w->d, n);

	settle(w->f, w->m, neg, 0, n);
	rest = (u64)w->f[0] ^ 1;
	for (i = 1; i < n; i++)
		rest |= (u64)w->f[i];
	return ~mont_nonzero(rest);
}

/**
 * km_bn_gcd - greatest common divisor, in constant time
 * @w: scratch
 * @r: [out] the divisor
 * @a: number less than @m
 * @m: odd number
 * @limbs: length of all three
 */
void km_bn_gcd(struct km_bn_inv_work *w, u64 *r, const u64 *a, const u64 *m, unsigned int limbs)
{
	run(w, a, m, limbs);
	settle(w->f, w->m, (s64)mont_hide((u64)(w->f[w->limbs - 1] >> 63)), 0, w->limbs);
	from_62(r, limbs, w->f, w->limbs);
}
