// SPDX-License-Identifier: GPL-2.0-only
/*
 * Long numbers of RSA: sums, products, remainders, powers; all but what bn_mont.c has.
 * Leaf of the layers, called by rsa.c, rsa_gen.c and prime.c.
 */
#include "bn.h"

/* All ones if a = b */
static u64 mask_eq(u64 a, u64 b)
{
	return ~mont_nonzero(a ^ b);
}

/**
 * km_bn_bits - position of the highest 1, in constant time
 * @a: number
 * @limbs: its length
 *
 * Return: bits of @a without leading zeros, 0 if @a is 0.
 */
unsigned int km_bn_bits(const u64 *a, unsigned int limbs)
{
	u64 mask, bits = 0, x, len;
	unsigned int i, s;

	for (i = 0; i < limbs; i++) {
		x = a[i];
		len = 0;
		/* A binary search of the highest 1. */
		for (s = 32; s; s /= 2) {
			mask = mont_nonzero(x >> s);
			len += s & mask;
			x = (x & ~mask) | (x >> s & mask);
		}
		mask = mont_nonzero(a[i]);
		bits = (bits & ~mask) | ((64 * i + len + 1) & mask);
	}
	return bits;
}

/**
 * km_bn_equal - compare two numbers, in constant time
 * @a: number
 * @b: number
 * @limbs: their length
 *
 * Return: all ones if they are equal, otherwise 0.
 */
u64 km_bn_equal(const u64 *a, const u64 *b, unsigned int limbs)
{
	u64 diff = 0;
	unsigned int i;

	for (i = 0; i < limbs; i++)
		diff |= a[i] ^ b[i];
	return ~mont_nonzero(diff);
}

/**
 * km_bn_add - add
 * @r: [out] a + b mod 2^(64 * limbs); may be @a or @b
 * @a: number
 * @b: number
 * @limbs: length of all three
 *
 * Return: the carry, 0 or 1.
 */
u64 km_bn_add(u64 *r, const u64 *a, const u64 *b, unsigned int limbs)
{
	unsigned int i;
	u8 carry = 0;

	for (i = 0; i < limbs; i++)
		r[i] = mont_adc(a[i], b[i], &carry);
	return carry;
}

/**
 * km_bn_sub - subtract
 * @r: [out] a - b mod 2^(64 * limbs); may be @a or @b
 * @a: number
 * @b: number
 * @limbs: length of all three
 *
 * Return: the borrow, 0 or 1.
 */
u64 km_bn_sub(u64 *r, const u64 *a, const u64 *b, unsigned int limbs)
{
	unsigned int i;
	u8 borrow = 0;

	for (i = 0; i < limbs; i++)
		r[i] = mont_sbb(a[i], b[i], &borrow);
	return borrow;
}

/**
 * km_bn_mul - multiply, once in a while
 * @r: [out] product of @al + @bl limbs; neither @a nor @b
 * @a: number
 * @al: its length
 * @b: number
 * @bl: its length
 */
void km_bn_mul(u64 *r, const u64 *a, unsigned int al, const u64 *b, unsigned int bl)
{
	struct mont_acc acc = { 0, 0, 0 };
	unsigned int i, j;

	for (i = 0; i < al + bl - 1; i++) {
		for (j = i < bl ? 0 : i - bl + 1; j < al && j <= i; j++)
			mont_mac(&acc, a[j], b[i - j]);
		r[i] = mont_shift(&acc);
	}
	r[al + bl - 1] = acc.c0;
}

/* top:r mod m for top:r < 2m, without a branch */
static void rem_trim(u64 *r, u64 top, const u64 *m, unsigned int n)
{
	u64 mask;
	unsigned int i;
	u8 borrow = 0, carry = 0;

	for (i = 0; i < n; i++)
		r[i] = mont_sbb(r[i], m[i], &borrow);
	mont_sbb(top, 0, &borrow);
	mask = mont_hide((u64)0 - borrow);
	for (i = 0; i < n; i++)
		r[i] = mont_adc(r[i], m[i] & mask, &carry);
}

/* r = 2r + bit mod m */
static void rem_double(u64 *r, u64 bit, const u64 *m, unsigned int n)
{
	u64 low = bit, top;
	unsigned int i;

	for (i = 0; i < n; i++) {
		top = r[i] >> 63;
		r[i] = r[i] << 1 | low;
		low = top;
	}
	rem_trim(r, low, m, n);
}

/**
 * km_bn_rem - remainder by any modulus, a bit at a time, in constant time
 * @r: [out] a mod m, of @ml limbs; neither @a nor @m
 * @a: number
 * @al: its length, @ml or more
 * @m: modulus, odd or even
 * @ml: its length, without leading zeros
 */
void km_bn_rem(u64 *r, const u64 *a, unsigned int al, const u64 *m, unsigned int ml)
{
	unsigned int i = al - (ml - 1), k;

	/* One limb less than m has is below m already. */
	memcpy(r, a + i, (ml - 1) * sizeof(*r));
	r[ml - 1] = 0;
	while (i--)
		for (k = 64; k--; )
			rem_double(r, a[i] >> k & 1, m, ml);
}

/**
 * km_bn_divexact - divide where nothing is left, in constant time
 * @q: [out] a / d of @al limbs; neither @a nor @d
 * @a: number, destroyed
 * @al: its length
 * @d: odd divisor of @a
 * @dl: its length, at most @al
 *
 * From the lowest limb up: a limb of the quotient is what makes the lowest limb of the
 * rest 0, so no estimates are needed.
 */
void km_bn_divexact(u64 *q, u64 *a, unsigned int al, const u64 *d, unsigned int dl)
{
	u64 inv = km_bn_word_inv(d[0]), c, low;
	unsigned int i, j;
	u8 borrow;

	for (i = 0; i < al; i++) {
		q[i] = a[i] * inv;
		c = 0;
		borrow = 0;
		for (j = i; j < al; j++) {
			c = bn_wide(q[i], j - i < dl ? d[j - i] : 0, c, &low);
			a[j] = mont_sbb(a[j], low, &borrow);
		}
	}
}

/**
 * km_bn_word_inv - invert modulo 2^64
 * @m: odd number
 *
 * Return: 1/m mod 2^64, by Newton: m is its own inverse to 3 bits, each step doubles them.
 */
u64 km_bn_word_inv(u64 m)
{
	u64 x = m;
	int i;

	for (i = 0; i < 5; i++)
		x *= 2 - m * x;
	return x;
}

/**
 * km_bn_mod_r2 - compute R^2 mod m
 * @f: modulus, all but @f->r2 set
 * @r2: [out] the result
 * @bits: length of m without leading zeros; public
 */
void km_bn_mod_r2(const struct km_bn_mod *f, u64 *r2, unsigned int bits)
{
	unsigned int n = f->limbs, i;

	/* From 2^(bits - 1) < m by doubling to 2^n * R; its form doubles its power by squaring. */
	memset(r2, 0, n * sizeof(*r2));
	r2[(bits - 1) / 64] = 1ULL << ((bits - 1) % 64);
	for (i = bits - 1; i < 64 * n + n; i++)
		rem_double(r2, 0, f->m, n);
	for (i = 0; i < 6; i++)
		km_bn_mont_sqr(f, r2, r2);
}

/**
 * km_bn_mod_sub - subtract modulo m
 * @f: modulus
 * @r: [out] a - b mod m; may be @a or @b
 * @a: number less than m
 * @b: number less than m
 */
void km_bn_mod_sub(const struct km_bn_mod *f, u64 *r, const u64 *a, const u64 *b)
{
	u64 mask = mont_hide((u64)0 - km_bn_sub(r, a, b, f->limbs));
	unsigned int i;
	u8 carry = 0;

	for (i = 0; i < f->limbs; i++)
		r[i] = mont_adc(r[i], f->m[i] & mask, &carry);
}

/**
 * km_bn_mont_from - bring a number out of Montgomery form
 * @f: modulus
 * @r: [out] a / R mod m; may be @a
 * @a: number
 */
void km_bn_mont_from(const struct km_bn_mod *f, u64 *r, const u64 *a)
{
	static const u64 one[KM_BN_MAX_LIMBS] = { 1 };

	km_bn_mont_mul(f, r, a, one);
}

/**
 * km_bn_mont_one - 1 in Montgomery form
 * @f: modulus
 * @r: [out] R mod m
 */
void km_bn_mont_one(const struct km_bn_mod *f, u64 *r)
{
	km_bn_mont_from(f, r, f->r2);
}

/**
 * km_bn_mont_wide - reduce a number of any length and bring it into Montgomery form
 * @f: modulus
 * @r: [out] a * R mod m; not @a
 * @a: number
 * @al: its length, a multiple of KM_BN_STEP
 *
 * Its digits to the base R, from the top: each may be as large as R - 1.
 */
void km_bn_mont_wide(const struct km_bn_mod *f, u64 *r, const u64 *a, unsigned int al)
{
	unsigned int n = f->limbs, i = (al + n - 1) / n * n, len;
	u64 d[KM_BN_MAX_LIMBS];

	memset(r, 0, n * sizeof(*r));
	while (i) {
		i -= n;
		len = min(n, al - i);
		memset(d, 0, n * sizeof(*d));
		memcpy(d, a + i, len * sizeof(*d));
		km_bn_mont_mul(f, r, r, f->r2);
		km_bn_mont_mul(f, d, d, f->r2);
		/* r + d mod m as r - (0 - d) */
		memset(f->t, 0, n * sizeof(*r));
		km_bn_mod_sub(f, d, f->t, d);
		km_bn_mod_sub(f, r, r, d);
	}
	memzero_explicit(d, sizeof(d));
}

/*
 * r = table[at]. Every entry is read whole, so no address depends on @at: what a cache or
 * a page fault betrays is the same for every exponent.
 */
static void table_get(u64 *r, const u64 *table, u64 at, unsigned int n)
{
	u64 mask[1 << KM_BN_WINDOW], s0, s1, s2, s3;
	const u64 *entry;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(mask); i++)
		mask[i] = mask_eq(i, at);
	/* Four sums at a time stay in registers. */
	for (j = 0; j < n; j += 4) {
		s0 = 0;
		s1 = 0;
		s2 = 0;
		s3 = 0;
		entry = table + j;
#pragma GCC unroll 4
		for (i = 0; i < ARRAY_SIZE(mask); i++) {
			s0 |= entry[0] & mask[i];
			s1 |= entry[1] & mask[i];
			s2 |= entry[2] & mask[i];
			s3 |= entry[3] & mask[i];
			entry += n;
		}
		r[j] = s0;
		r[j + 1] = s1;
		r[j + 2] = s2;
		r[j + 3] = s3;
	}
	memzero_explicit(mask, sizeof(mask));
}

/* Bits @at to @at + KM_BN_WINDOW - 1 of the exponent */
static u64 window(const struct km_bn_power *p, unsigned int at)
{
	u64 v = p->e[at / 64] >> (at % 64);

	if (at % 64 > 64 - KM_BN_WINDOW && at / 64 < (p->bits - 1) / 64)
		v |= p->e[at / 64 + 1] << (64 - at % 64);
	return v & ((1 << KM_BN_WINDOW) - 1);
}

/**
 * km_bn_mont_exp - raise to a secret power
 * @f: modulus
 * @r: [out] a^e in Montgomery form; may be @a, not a part of the exponent
 * @a: number in Montgomery form
 * @p: exponent and scratch
 *
 * Fixed windows: the sequence of squarings, products and loads depends on the number of
 * bits alone.
 *
 * Return: 0, -EINTR if @p->stop said so.
 */
int km_bn_mont_exp(const struct km_bn_mod *f, u64 *r, const u64 *a, const struct km_bn_power *p)
{
	unsigned int n = f->limbs, i, at;
	u64 x[KM_BN_MAX_LIMBS];
	u64 *table = p->table;
	int ret = 0;

	km_bn_mont_one(f, table);
	memcpy(table + n, a, n * sizeof(*a));
	for (i = 2; i < 1 << KM_BN_WINDOW; i += 2) {
		km_bn_mont_sqr(f, table + i * n, table + i / 2 * n);
		km_bn_mont_mul(f, table + (i + 1) * n, table + i * n, table + n);
	}

	at = (p->bits - 1) / KM_BN_WINDOW * KM_BN_WINDOW;
	table_get(r, table, window(p, at), n);
	while (at) {
		if (p->stop && p->stop(p->ctx)) {
			ret = -EINTR;
			break;
		}
		at -= KM_BN_WINDOW;
		for (i = 0; i < KM_BN_WINDOW; i++)
			km_bn_mont_sqr(f, r, r);
		table_get(x, table, window(p, at), n);
		km_bn_mont_mul(f, r, r, x);
	}
	memzero_explicit(x, sizeof(x));
	return ret;
}

/**
 * km_bn_mont_exp_public - raise to a public power
 * @f: modulus
 * @r: [out] a^e in Montgomery form; not @a
 * @a: number in Montgomery form, which may be secret
 * @e: exponent, not 0; the sequence of operations shows it
 */
void km_bn_mont_exp_public(const struct km_bn_mod *f, u64 *r, const u64 *a, u64 e)
{
	int i = 63;

	while (!(e >> i & 1))
		i--;
	memcpy(r, a, f->limbs * sizeof(*r));
	while (i--) {
		km_bn_mont_sqr(f, r, r);
		if (e >> i & 1)
			km_bn_mont_mul(f, r, r, a);
	}
}
