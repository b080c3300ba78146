// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conversions and inversion over the templates of mont.h; the speed is not here.
 * Leaf of the layers, called by ec.c and the curve files.
 */
#include "mont.h"

/* A window of the inversion's exponent is this long at most, and ends in a 1. */
#define INV_WINDOW	4

/**
 * km_bn_from_be - read a big-endian number
 * @r: [out] the number
 * @limbs: length of @r; @len must not exceed 8 * @limbs
 * @in: bytes, most significant first
 * @len: how many
 */
void km_bn_from_be(u64 *r, unsigned int limbs, const u8 *in, size_t len)
{
	size_t i;

	memset(r, 0, limbs * sizeof(*r));
	for (i = 0; i < len; i++)
		r[i / 8] |= (u64)in[len - 1 - i] << (i % 8 * 8);
}

/**
 * km_bn_to_be - write a number big-endian
 * @out: [out] bytes, most significant first
 * @len: how many
 * @a: the number, less than 2^(8 * @len)
 */
void km_bn_to_be(u8 *out, size_t len, const u64 *a)
{
	size_t i;

	for (i = 0; i < len; i++)
		out[len - 1 - i] = a[i / 8] >> (i % 8 * 8);
}

/**
 * km_bn_is_zero - compare with 0, in constant time
 * @a: number
 * @limbs: its length
 *
 * Return: all ones if @a is 0, otherwise 0.
 */
u64 km_bn_is_zero(const u64 *a, unsigned int limbs)
{
	u64 any = 0;
	unsigned int i;

	for (i = 0; i < limbs; i++)
		any |= a[i];
	return ~mont_nonzero(any);
}

/**
 * km_bn_less - compare two numbers, in constant time
 * @a: number
 * @b: number
 * @limbs: their length
 *
 * Return: all ones if @a < @b, otherwise 0.
 */
u64 km_bn_less(const u64 *a, const u64 *b, unsigned int limbs)
{
	unsigned int i;
	u8 borrow = 0;

	for (i = 0; i < limbs; i++)
		mont_sbb(a[i], b[i], &borrow);
	return mont_hide((u64)0 - borrow);
}

/**
 * km_mont_to - bring a number into Montgomery form
 * @f: modulus
 * @r: [out] a * R mod m
 * @a: any number of its length: a product with something below m is in @mul's range
 */
void km_mont_to(const struct km_mont *f, u64 *r, const u64 *a)
{
	f->mul(r, a, f->r2);
}

/**
 * km_mont_from - bring a number out of Montgomery form
 * @f: modulus
 * @r: [out] a / R mod m
 * @a: number
 */
void km_mont_from(const struct km_mont *f, u64 *r, const u64 *a)
{
	static const u64 one[KM_MONT_MAX_LIMBS] = { 1 };

	f->mul(r, a, one);
}

/**
 * km_mont_reduce - reduce any number of the modulus's length
 * @f: modulus
 * @r: [out] a mod m, in the form that @a has
 * @a: number
 */
void km_mont_reduce(const struct km_mont *f, u64 *r, const u64 *a)
{
	f->mul(r, a, f->r1);
}

/**
 * km_mont_add - add modulo m
 * @f: modulus
 * @r: [out] a + b mod m
 * @a: number below m
 * @b: number below m
 */
void km_mont_add(const struct km_mont *f, u64 *r, const u64 *a, const u64 *b)
{
	u64 s[KM_MONT_MAX_LIMBS];
	unsigned int i;
	u64 mask;
	u8 carry = 0, borrow = 0;

	for (i = 0; i < f->limbs; i++)
		s[i] = mont_adc(a[i], b[i], &carry);
	for (i = 0; i < f->limbs; i++)
		r[i] = mont_sbb(s[i], f->m[i], &borrow);
	mont_sbb(carry, 0, &borrow);
	mask = mont_hide((u64)0 - borrow);
	mont_cmov(r, s, mask, f->limbs);
	memzero_explicit(s, sizeof(s));
}

/* Highest run of at most INV_WINDOW bits of @e from bit @top (a 1) down that ends in a 1. */
static unsigned int inv_window(const u64 *e, int top, unsigned int *bits)
{
	unsigned int v = 0, n = 0, i;

	*bits = 0;
	for (i = 0; i < INV_WINDOW && top - (int)i >= 0; i++) {
		unsigned int pos = top - i;

		n = n << 1 | (e[pos / 64] >> (pos % 64) & 1);
		if (n & 1) {
			v = n;
			*bits = i + 1;
		}
	}
	return v;
}

/* r = a^(m - 2) by the modulus's own chain. */
static void inv_by_chain(const struct km_mont *f, u64 *r, const u64 *a)
{
	u64 power[MONT_CHAIN_REGS][KM_MONT_MAX_LIMBS];
	u64 t[KM_MONT_MAX_LIMBS];
	const struct mont_step *s = f->inv_chain;
	unsigned int i, j;

	memcpy(power[0], a, f->limbs * sizeof(*a));
	for (i = 0; i < f->inv_steps; i++, s++) {
		f->sqr(t, power[s->from]);
		for (j = 1; j < s->sqrs; j++)
			f->sqr(t, t);
		f->mul(power[s->to], t, power[s->with]);
	}
	/* the last step's */
	memcpy(r, power[s[-1].to], f->limbs * sizeof(*a));
	memzero_explicit(power, sizeof(power));
	memzero_explicit(t, sizeof(t));
}

/**
 * km_mont_inv - invert modulo a prime, by Fermat: a^(m - 2)
 * @f: modulus
 * @r: [out] 1 / a in Montgomery form; 0 if @a is 0
 * @a: number in Montgomery form
 *
 * Branches and table indices follow the exponent, which is as public as the modulus;
 * the sequence of multiplications is the same for every @a.
 */
void km_mont_inv(const struct km_mont *f, u64 *r, const u64 *a)
{
	u64 odd[1 << (INV_WINDOW - 1)][KM_MONT_MAX_LIMBS];
	u64 acc[KM_MONT_MAX_LIMBS];
	unsigned int i, v, bits;
	int pos = 64 * f->limbs - 1;

	if (f->inv_chain) {
		inv_by_chain(f, r, a);
		return;
	}
	memcpy(odd[0], a, f->limbs * sizeof(*a));
	f->sqr(acc, a);
	for (i = 1; i < ARRAY_SIZE(odd); i++)
		f->mul(odd[i], odd[i - 1], acc);

	memcpy(acc, f->r1, f->limbs * sizeof(*a));
	while (!(f->inv_exp[pos / 64] >> (pos % 64) & 1))
		pos--;
	while (pos >= 0) {
		if (!(f->inv_exp[pos / 64] >> (pos % 64) & 1)) {
			f->sqr(acc, acc);
			pos--;
			continue;
		}
		v = inv_window(f->inv_exp, pos, &bits);
		for (i = 0; i < bits; i++)
			f->sqr(acc, acc);
		f->mul(acc, acc, odd[v / 2]);
		pos -= bits;
	}
	memcpy(r, acc, f->limbs * sizeof(*a));
	memzero_explicit(odd, sizeof(odd));
	memzero_explicit(acc, sizeof(acc));
}
