/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Long numbers of RSA: Montgomery arithmetic, powers, remainders, inverses in constant time.
 * Leaf of the layers, below rsa.c and prime.c; builds in userspace too (see shim.h).
 *
 * Numbers are arrays of 64-bit limbs, least significant first. Lengths are public; nothing
 * here branches on, or indexes by, the value of a limb, but for what is said to be public.
 */
#ifndef KM_BN_H
#define KM_BN_H

#include "shim.h"
#include "mont.h"

/* Longest number, and the step in which the lengths of Montgomery's moduli go. */
#define KM_BN_MAX_LIMBS		64
#define KM_BN_STEP		8

/* Limbs of a modulus of so many bits, in whole steps. */
#define KM_BN_LIMBS(bits)	(((bits) + 64 * KM_BN_STEP - 1) / (64 * KM_BN_STEP) * KM_BN_STEP)

/* Powers take their exponent in windows of so many bits. */
#define KM_BN_WINDOW		5
#define KM_BN_TABLE(limbs)	((limbs) << KM_BN_WINDOW)

/* Signed limbs of 62 bits in which inverses are computed: two bits more than the number. */
#define KM_BN_INV_LIMBS		((64 * KM_BN_MAX_LIMBS + 2 + 61) / 62)

/*
 * A value that is computed from secrets and is none itself, such as the verdict on a
 * candidate that is thrown away. The constant-time tests define it: there it declassifies.
 */
#ifndef KM_CT_PUBLIC
#define KM_CT_PUBLIC(x)		(x)
#endif

/**
 * struct km_bn_mod - an odd modulus, R = 2^(64 * limbs)
 * @limbs: length of all its numbers, a multiple of KM_BN_STEP; leading limbs may be 0
 * @n0: -1/m mod 2^64
 * @m: the modulus
 * @r2: R^2 mod m
 * @t: scratch of 2 * @limbs, which the owner wipes
 */
struct km_bn_mod {
	unsigned int limbs;
	u64 n0;
	const u64 *m;
	const u64 *r2;
	u64 *t;
};

/**
 * struct km_bn_power - what km_bn_mont_exp() raises to
 * @e: exponent, secret
 * @bits: how many of its bits to take; public
 * @table: scratch of KM_BN_TABLE(limbs) limbs, which the owner wipes
 * @stop: asked once a window; true ends the work. May be NULL
 * @ctx: handed to @stop
 */
struct km_bn_power {
	const u64 *e;
	unsigned int bits;
	u64 *table;
	bool (*stop)(void *ctx);
	void *ctx;
};

/**
 * struct km_bn_inv_work - scratch of km_bn_inv() and km_bn_gcd(), which the owner wipes
 * @limbs: length of what follows, limbs of 62 bits
 * @minv: 1/m mod 2^62
 * @f: what ends as the greatest common divisor or its negative
 * @g: what ends as 0
 * @d: f = d * a mod m
 * @e: g = e * a mod m
 * @m: the modulus
 */
struct km_bn_inv_work {
	unsigned int limbs;
	u64 minv;
	s64 f[KM_BN_INV_LIMBS];
	s64 g[KM_BN_INV_LIMBS];
	s64 d[KM_BN_INV_LIMBS];
	s64 e[KM_BN_INV_LIMBS];
	s64 m[KM_BN_INV_LIMBS];
};

/* The high word of a * b + add; @low gets the other. */
static inline u64 bn_wide(u64 a, u64 b, u64 add, u64 *low)
{
	unsigned __int128 p = (unsigned __int128)a * b + add;

	*low = (u64)p;
	return (u64)(p >> 64);
}

unsigned int km_bn_bits(const u64 *a, unsigned int limbs);
u64 km_bn_equal(const u64 *a, const u64 *b, unsigned int limbs);
u64 km_bn_add(u64 *r, const u64 *a, const u64 *b, unsigned int limbs);
u64 km_bn_sub(u64 *r, const u64 *a, const u64 *b, unsigned int limbs);
void km_bn_mul(u64 *r, const u64 *a, unsigned int al, const u64 *b, unsigned int bl);
void km_bn_rem(u64 *r, const u64 *a, unsigned int al, const u64 *m, unsigned int ml);
void km_bn_divexact(u64 *q, u64 *a, unsigned int al, const u64 *d, unsigned int dl);

u64 km_bn_word_inv(u64 m);
void km_bn_mod_r2(const struct km_bn_mod *f, u64 *r2, unsigned int bits);
void km_bn_mod_sub(const struct km_bn_mod *f, u64 *r, const u64 *a, const u64 *b);
void km_bn_mont_one(const struct km_bn_mod *f, u64 *r);
void km_bn_mont_from(const struct km_bn_mod *f, u64 *r, const u64 *a);
void km_bn_mont_wide(const struct km_bn_mod *f, u64 *r, const u64 *a, unsigned int al);
int km_bn_mont_exp(const struct km_bn_mod *f, u64 *r, const u64 *a, const struct km_bn_power *p);
void km_bn_mont_exp_public(const struct km_bn_mod *f, u64 *r, const u64 *a, u64 e);

void km_bn_mont_mul(const struct km_bn_mod *f, u64 *r, const u64 *a, const u64 *b);
void km_bn_mont_sqr(const struct km_bn_mod *f, u64 *r, const u64 *a);

u64 km_bn_inv(struct km_bn_inv_work *w, u64 *r, const u64 *a, const u64 *m, unsigned int limbs);
void km_bn_gcd(struct km_bn_inv_work *w, u64 *r, const u64 *a, const u64 *m, unsigned int limbs);

#endif /* KM_BN_H */
