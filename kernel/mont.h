/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Montgomery arithmetic in constant time: templates on a limb count known at compile time.
 * Leaf of the layers, below ec.c; builds in userspace too (see shim.h).
 *
 * Numbers are arrays of 64-bit limbs, least significant first. A template is
 * instantiated with constants for @n and, where the modulus is fixed, for the
 * modulus: the compiler then unrolls it and drops the products with limbs that are
 * 0, which is all that a special reduction for the NIST primes would do by hand.
 *
 * Nothing here branches on, or indexes by, the value of a limb.
 */
#ifndef KM_MONT_H
#define KM_MONT_H

#include "shim.h"

/* Longest modulus of an elliptic curve, in limbs (P-521). */
#define KM_MONT_MAX_LIMBS	9

/* Powers that a chain can remember, x itself being number 0. */
#define MONT_CHAIN_REGS		6

/**
 * struct mont_step - a step of an addition chain, power[to] = power[from]^(2^sqrs) * power[with]
 * @to: which power is computed
 * @from: what is squared
 * @sqrs: how often
 * @with: what it is multiplied by
 */
struct mont_step {
	u8 to;
	u8 from;
	u16 sqrs;
	u8 with;
};

/**
 * struct km_mont - an odd modulus and its arithmetic, R = 2^(64 * limbs)
 * @limbs: its length
 * @m: the modulus
 * @r1: R mod m, that is 1 in Montgomery form
 * @r2: R^2 mod m
 * @inv_exp: m - 2, for a prime without @inv_chain
 * @inv_chain: the way to a^(m - 2), where it is shorter than square and multiply
 * @inv_steps: its length
 * @mul: r = a * b / R mod m, for a * b < m * R; r may be a or b
 * @sqr: r = a * a / R mod m
 *
 * A modulus whose reduction is plain has R = 1: then Montgomery form is the number itself.
 * Its @mul must take any a of its length if b < m.
 */
struct km_mont {
	unsigned int limbs;
	const u64 *m;
	const u64 *r1;
	const u64 *r2;
	const u64 *inv_exp;
	const struct mont_step *inv_chain;
	unsigned int inv_steps;
	void (*mul)(u64 *r, const u64 *a, const u64 *b);
	void (*sqr)(u64 *r, const u64 *a);
};

void km_bn_from_be(u64 *r, unsigned int limbs, const u8 *in, size_t len);
void km_bn_to_be(u8 *out, size_t len, const u64 *a);
u64 km_bn_is_zero(const u64 *a, unsigned int limbs);
u64 km_bn_less(const u64 *a, const u64 *b, unsigned int limbs);

void km_mont_to(const struct km_mont *f, u64 *r, const u64 *a);
void km_mont_from(const struct km_mont *f, u64 *r, const u64 *a);
void km_mont_reduce(const struct km_mont *f, u64 *r, const u64 *a);
void km_mont_add(const struct km_mont *f, u64 *r, const u64 *a, const u64 *b);
void km_mont_inv(const struct km_mont *f, u64 *r, const u64 *a);

/* Three words in which a column of products is summed up. */
struct mont_acc {
	u64 c0;
	u64 c1;
	u64 c2;
};

/*
 * Carry chains. gcc and clang turn runs of these builtins into adc and sbb; from
 * plain C they make compare-and-set sequences three times as long.
 */
#if defined(__x86_64__) && !defined(KM_MONT_GENERIC) && !defined(__CHECKER__)

static __always_inline u64 mont_adc(u64 a, u64 b, u8 *carry)
{
	unsigned long long r;

	*carry = __builtin_ia32_addcarryx_u64(*carry, a, b, &r);
	return r;
}

static __always_inline u64 mont_sbb(u64 a, u64 b, u8 *borrow)
{
	unsigned long long r;

#ifdef __clang__
	*borrow = __builtin_ia32_subborrow_u64(*borrow, a, b, &r);
#else
	*borrow = __builtin_ia32_sbb_u64(*borrow, a, b, &r);
#endif
	return r;
}

/*
 * Where a factor may come from. Given the choice, clang copies it to a stack slot of its
 * own every time, until an unrolled multiplication fills a frame.
 */
#ifdef __clang__
#define MONT_B(b)	"r" (b)
#else
#define MONT_B(b)	"rm" (b)
#endif

/* acc += a * b, in five instructions where the compiler needs about ten. */
static __always_inline void mont_mac(struct mont_acc *acc, u64 a, u64 b)
{
	asm("mulq %[b]\n\taddq %%rax, %[c0]\n\tadcq %%rdx, %[c1]\n\tadcq $0, %[c2]"
	    : [c0] "+r" (acc->c0), [c1] "+r" (acc->c1), [c2] "+r" (acc->c2), "+a" (a)
	    : [b] MONT_B(b) : "rdx", "cc");
}

/* acc += 2 * a * b */
static __always_inline void mont_mac2(struct mont_acc *acc, u64 a, u64 b)
{
	asm("mulq %[b]\n\taddq %%rax, %[c0]\n\tadcq %%rdx, %[c1]\n\tadcq $0, %[c2]\n\t"
	    "addq %%rax, %[c0]\n\tadcq %%rdx, %[c1]\n\tadcq $0, %[c2]"
	    : [c0] "+r" (acc->c0), [c1] "+r" (acc->c1), [c2] "+r" (acc->c2), "+a" (a)
	    : [b] MONT_B(b) : "rdx", "cc");
}

#else

static __always_inline u64 mont_adc(u64 a, u64 b, u8 *carry)
{
	unsigned __int128 r = (unsigned __int128)a + b + *carry;

	*carry = (u8)(r >> 64);
	return (u64)r;
}

static __always_inline u64 mont_sbb(u64 a, u64 b, u8 *borrow)
{
	unsigned __int128 r = (unsigned __int128)a - b - *borrow;

	*borrow = (u8)(r >> 64) & 1;
	return (u64)r;
}

static __always_inline void mont_mac(struct mont_acc *acc, u64 a, u64 b)
{
	unsigned __int128 ab = (unsigned __int128)a * b;
	u8 carry = 0;

	acc->c0 = mont_adc(acc->c0, (u64)ab, &carry);
	acc->c1 = mont_adc(acc->c1, (u64)(ab >> 64), &carry);
	acc->c2 += carry;
}

static __always_inline void mont_mac2(struct mont_acc *acc, u64 a, u64 b)
{
	mont_mac(acc, a, b);
	mont_mac(acc, a, b);
}

#endif

/* Take the lowest word away. */
static __always_inline u64 mont_shift(struct mont_acc *acc)
{
	u64 low = acc->c0;

	acc->c0 = acc->c1;
	acc->c1 = acc->c2;
	acc->c2 = 0;
	return low;
}

/* Hide from the compiler that @x is 0 or -1: it must not turn a mask into a jump. */
static __always_inline u64 mont_hide(u64 x)
{
	asm("" : "+r" (x));
	return x;
}

/* All ones if @x is not 0. */
static __always_inline u64 mont_nonzero(u64 x)
{
	return mont_hide((u64)0 - ((x | ((u64)0 - x)) >> 63));
}

/* r = mask ? a : r, for mask 0 or all ones */
static __always_inline void mont_cmov(u64 *r, const u64 *a, u64 mask, const unsigned int n)
{
	unsigned int i;

#pragma GCC unroll 12
	for (i = 0; i < n; i++)
		r[i] ^= (r[i] ^ a[i]) & mask;
}

/* r = a + (m & mask) without the carry out: gives back what was taken too often. */
static __always_inline void mont_give_back(u64 *r, const u64 *a, const u64 *m, u64 mask,
					   const unsigned int n)
{
	unsigned int i;
	u8 carry = 0;

#pragma GCC unroll 9
	for (i = 0; i < n; i++)
		r[i] = mont_adc(a[i], m[i] & mask, &carry);
}

/* r = top:t mod m, for top:t < 2m */
static __always_inline void mont_trim_n(u64 *r, const u64 *t, u64 top, const u64 *m,
					const unsigned int n)
{
	u64 d[KM_MONT_MAX_LIMBS];
	unsigned int i;
	u8 borrow = 0;

#pragma GCC unroll 9
	for (i = 0; i < n; i++)
		d[i] = mont_sbb(t[i], m[i], &borrow);
	mont_sbb(top, 0, &borrow);
	mont_give_back(r, d, m, mont_hide((u64)0 - borrow), n);
}

static __always_inline void mont_add_n(u64 *r, const u64 *a, const u64 *b, const u64 *m,
				       const unsigned int n)
{
	u64 s[KM_MONT_MAX_LIMBS];
	unsigned int i;
	u8 carry = 0;

#pragma GCC unroll 9
	for (i = 0; i < n; i++)
		s[i] = mont_adc(a[i], b[i], &carry);
	mont_trim_n(r, s, carry, m, n);
}

static __always_inline void mont_sub_n(u64 *r, const u64 *a, const u64 *b, const u64 *m,
				       const unsigned int n)
{
	u64 d[KM_MONT_MAX_LIMBS];
	unsigned int i;
	u8 borrow = 0;

#pragma GCC unroll 9
	for (i = 0; i < n; i++)
		d[i] = mont_sbb(a[i], b[i], &borrow);
	mont_give_back(r, d, m, mont_hide((u64)0 - borrow), n);
}

/*
 * What is known of a modulus when its instance is compiled, the argument @known: bit 0
 * says that limb 0 is 2^64 - 1, bit i that limb i is 0, bit 31 that limb 0 is 1. 0 for one
 * that only comes at run time, which must not be looked at: it may be secret.
 */
#define MONT_KNOWN_ONES0	1U
#define MONT_KNOWN_ZERO(i)	(1U << (i))
#define MONT_KNOWN_ONE0		0x80000000U

/*
 * One step of Montgomery's reduction: with q = acc * n0 the lowest word of
 * acc + q * m[0] is 0; move on to the next. Where m[0] = 2^64 - 1, and so n0 = 1, the sum
 * is simply q * 2^64; where m[0] = 1, q is what is missing to 2^64.
 */
static __always_inline u64 mont_step_n(struct mont_acc *acc, u64 m0, u64 n0,
				       const unsigned int known)
{
	u8 carry = 0;
	u64 q;

	if (known & MONT_KNOWN_ONES0) {
		q = mont_shift(acc);
		acc->c0 = mont_adc(acc->c0, q, &carry);
		acc->c1 += carry;
		return q;
	}
	if (known & MONT_KNOWN_ONE0) {
		q = (u64)0 - acc->c0;
		mont_adc(acc->c0, q, &carry);
		mont_shift(acc);
		acc->c0 = mont_adc(acc->c0, 0, &carry);
		acc->c1 += carry;
		return q;
	}
	q = acc->c0 * n0;
	mont_mac(acc, q, m0);
	mont_shift(acc);
	return q;
}

/*
 * r = a * b / R mod m, column by column, the product and its reduction together:
 * three words of accumulator stay in registers and no 2n-limb product is stored.
 */
static __always_inline void mont_mul_n(u64 *r, const u64 *a, const u64 *b, const u64 *m,
				       u64 n0, const unsigned int known,
				       const unsigned int n)
{
	u64 q[KM_MONT_MAX_LIMBS], t[KM_MONT_MAX_LIMBS];
	struct mont_acc acc = { 0, 0, 0 };
	unsigned int i, j;

#pragma GCC unroll 18
	for (i = 0; i < 2 * n - 1; i++) {
#pragma GCC unroll 9
		for (j = i < n ? 0 : i - n + 1; j < n && j <= i; j++)
			mont_mac(&acc, a[j], b[i - j]);
#pragma GCC unroll 9
		for (j = i < n ? 0 : i - n + 1; j < n && j < i; j++)
			if (!(known & MONT_KNOWN_ZERO(i - j)))
				mont_mac(&acc, q[j], m[i - j]);
		if (i < n)
			q[i] = mont_step_n(&acc, m[0], n0, known);
		else
			t[i - n] = mont_shift(&acc);
	}
	t[n - 1] = acc.c0;
	mont_trim_n(r, t, acc.c1, m, n);
}

/* The same for a = b, each product of two different limbs computed once. */
static __always_inline void mont_sqr_n(u64 *r, const u64 *a, const u64 *m, u64 n0,
				       const unsigned int known, const unsigned int n)
{
	u64 q[KM_MONT_MAX_LIMBS], t[KM_MONT_MAX_LIMBS];
	struct mont_acc acc = { 0, 0, 0 };
	unsigned int i, j;

#pragma GCC unroll 18
	for (i = 0; i < 2 * n - 1; i++) {
#pragma GCC unroll 9
		for (j = i < n ? 0 : i - n + 1; 2 * j < i; j++)
			mont_mac2(&acc, a[j], a[i - j]);
		if (!(i & 1))
			mont_mac(&acc, a[i / 2], a[i / 2]);
#pragma GCC unroll 9
		for (j = i < n ? 0 : i - n + 1; j < n && j < i; j++)
			if (!(known & MONT_KNOWN_ZERO(i - j)))
				mont_mac(&acc, q[j], m[i - j]);
		if (i < n)
			q[i] = mont_step_n(&acc, m[0], n0, known);
		else
			t[i - n] = mont_shift(&acc);
	}
	t[n - 1] = acc.c0;
	mont_trim_n(r, t, acc.c1, m, n);
}

/* t = a * b in 2n limbs, not reduced */
static __always_inline void mont_wide_mul_n(u64 *t, const u64 *a, const u64 *b,
					    const unsigned int n)
{
	struct mont_acc acc = { 0, 0, 0 };
	unsigned int i, j;

#pragma GCC unroll 18
	for (i = 0; i < 2 * n - 1; i++) {
#pragma GCC unroll 9
		for (j = i < n ? 0 : i - n + 1; j < n && j <= i; j++)
			mont_mac(&acc, a[j], b[i - j]);
		t[i] = mont_shift(&acc);
	}
	t[2 * n - 1] = acc.c0;
}

/* acc += 2 * s */
static __always_inline void mont_add_twice(struct mont_acc *acc, const struct mont_acc *s)
{
	u8 carry = 0;

	acc->c0 = mont_adc(acc->c0, s->c0 << 1, &carry);
	acc->c1 = mont_adc(acc->c1, s->c1 << 1 | s->c0 >> 63, &carry);
	acc->c2 = mont_adc(acc->c2, s->c2 << 1 | s->c1 >> 63, &carry);
}

/* The same for a = b; doubling a column once costs less than doubling its products. */
static __always_inline void mont_wide_sqr_n(u64 *t, const u64 *a, const unsigned int n)
{
	struct mont_acc acc = { 0, 0, 0 };
	unsigned int i, j;

#pragma GCC unroll 18
	for (i = 0; i < 2 * n - 1; i++) {
		struct mont_acc cross = { 0, 0, 0 };

#pragma GCC unroll 9
		for (j = i < n ? 0 : i - n + 1; 2 * j < i; j++)
			mont_mac(&cross, a[j], a[i - j]);
		mont_add_twice(&acc, &cross);
		if (!(i & 1))
			mont_mac(&acc, a[i / 2], a[i / 2]);
		t[i] = mont_shift(&acc);
	}
	t[2 * n - 1] = acc.c0;
}

#endif /* KM_MONT_H */
