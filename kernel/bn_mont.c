// SPDX-License-Identifier: GPL-2.0-only
/*
 * Montgomery's multiplication and squaring of long numbers: where RSA spends its time.
 * Leaf of the layers, called by bn.c, rsa.c and prime.c.
 *
 * Numbers are taken in digits of eight limbs. The product of two digits is unrolled and
 * summed column by column in three registers (mont_mac()), five instructions a product of
 * limbs; the loops over digits then cost next to nothing, at every length. Sixteen limbs,
 * a prime of RSA-2048, are unrolled as a whole where mont_mac() is assembler.
 *
 * Every branch here depends on lengths alone.
 */
#include "bn.h"

#define DIGIT	KM_BN_STEP

#if defined(__x86_64__) && !defined(KM_MONT_GENERIC) && !defined(__CHECKER__)

#define UNROLL16

/* acc += a */
static __always_inline void acc_add(struct mont_acc *acc, u64 a)
{
	asm("addq %[a], %[c0]\n\tadcq $0, %[c1]\n\tadcq $0, %[c2]"
	    : [c0] "+r" (acc->c0), [c1] "+r" (acc->c1), [c2] "+r" (acc->c2)
	    : [a] "rm" (a) : "cc");
}

/* acc += 2 * s */
static __always_inline void acc_add2(struct mont_acc *acc, const struct mont_acc *s)
{
	asm("addq %[s0], %[c0]\n\tadcq %[s1], %[c1]\n\tadcq %[s2], %[c2]\n\t"
	    "addq %[s0], %[c0]\n\tadcq %[s1], %[c1]\n\tadcq %[s2], %[c2]"
	    : [c0] "+r" (acc->c0), [c1] "+r" (acc->c1), [c2] "+r" (acc->c2)
	    : [s0] "r" (s->c0), [s1] "r" (s->c1), [s2] "r" (s->c2) : "cc");
}

#else

static __always_inline void acc_add(struct mont_acc *acc, u64 a)
{
	u8 carry = 0;

	acc->c0 = mont_adc(acc->c0, a, &carry);
	acc->c1 = mont_adc(acc->c1, 0, &carry);
	acc->c2 += carry;
}

static __always_inline void acc_add2(struct mont_acc *acc, const struct mont_acc *s)
{
	u8 carry;
	int i;

	for (i = 0; i < 2; i++) {
		carry = 0;
		acc->c0 = mont_adc(acc->c0, s->c0, &carry);
		acc->c1 = mont_adc(acc->c1, s->c1, &carry);
		acc->c2 += s->c2 + carry;
	}
}

#endif

/* acc += the products of column @i of a * b, of @n limbs each */
static __always_inline void mul_column(struct mont_acc *acc, const u64 *a, const u64 *b,
				       const unsigned int i, const unsigned int n)
{
	unsigned int j;

#pragma GCC unroll 16
	for (j = i < n ? 0 : i - n + 1; j < n && j <= i; j++)
		mont_mac(acc, a[j], b[i - j]);
}

/* acc += the products of column @i of a * a, of @n limbs each: the mixed ones come twice. */
static __always_inline void sqr_column(struct mont_acc *acc, const u64 *a, const unsigned int i,
				       const unsigned int n)
{
	struct mont_acc s = { 0, 0, 0 };
	unsigned int j;

#pragma GCC unroll 8
	for (j = i < n ? 0 : i - n + 1; 2 * j < i; j++)
		mont_mac(&s, a[j], a[i - j]);
	acc_add2(acc, &s);
	if (!(i & 1))
		mont_mac(acc, a[i / 2], a[i / 2]);
}

/* The limb q for which acc + q * m is 0 in its lowest limb; acc moves on to the next. */
static __always_inline u64 next_q(struct mont_acc *acc, u64 m0, u64 n0)
{
	u64 q = acc->c0 * n0;

	mont_mac(acc, q, m0);
	mont_shift(acc);
	return q;
}

/*
 * (c, t) = a * b + t + c for digits: as with single limbs the sum cannot overflow.
 * c is read in the columns of t only, and written afterwards.
 */
static noinline void digit_mul(u64 *t, u64 *c, const u64 *a, const u64 *b)
{
	struct mont_acc acc = { 0, 0, 0 };
	unsigned int i;

#pragma GCC unroll 16
	for (i = 0; i < 2 * DIGIT - 1; i++) {
		if (i < DIGIT) {
			acc_add(&acc, t[i]);
			acc_add(&acc, c[i]);
		}
		mul_column(&acc, a, b, i, DIGIT);
		if (i < DIGIT)
			t[i] = mont_shift(&acc);
		else
			c[i - DIGIT] = mont_shift(&acc);
	}
	c[DIGIT - 1] = acc.c0;
}

/* s = a * a for a digit */
static noinline void digit_sqr(u64 *s, const u64 *a)
{
	struct mont_acc acc = { 0, 0, 0 };
	unsigned int i;

#pragma GCC unroll 16
	for (i = 0; i < 2 * DIGIT - 1; i++) {
		sqr_column(&acc, a, i, DIGIT);
		s[i] = mont_shift(&acc);
	}
	s[2 * DIGIT - 1] = acc.c0;
}

/* The digit q for which t + q * m is 0 in its lowest digit, and the next digit, c, of that. */
static noinline void digit_reduce(u64 *q, u64 *c, const u64 *t, const u64 *m, u64 n0)
{
	struct mont_acc acc = { 0, 0, 0 };
	unsigned int i, j;

#pragma GCC unroll 16
	for (i = 0; i < 2 * DIGIT - 1; i++) {
		if (i < DIGIT)
			acc_add(&acc, t[i]);
#pragma GCC unroll 8
		for (j = i < DIGIT ? 0 : i - DIGIT + 1; j < DIGIT && j < i; j++)
			mont_mac(&acc, q[j], m[i - j]);
		if (i < DIGIT)
			q[i] = next_q(&acc, m[0], n0);
		else
			c[i - DIGIT] = mont_shift(&acc);
	}
	c[DIGIT - 1] = acc.c0;
}

/* r = top:t mod m for top:t < 2m, without a branch; r may be t */
static __always_inline void trim(u64 *r, const u64 *t, u64 top, const u64 *m, unsigned int n)
{
	u64 mask;
	unsigned int i, k;
	u8 borrow = 0, carry = 0;

	for (i = 0; i < n; i += DIGIT)
#pragma GCC unroll 8
		for (k = i; k < i + DIGIT; k++)
			r[k] = mont_sbb(t[k], m[k], &borrow);
	mont_sbb(top, 0, &borrow);
	mask = mont_hide((u64)0 - borrow);
	for (i = 0; i < n; i += DIGIT)
#pragma GCC unroll 8
		for (k = i; k < i + DIGIT; k++)
			r[k] = mont_adc(r[k], m[k] & mask, &carry);
}

/* r = f->t / R mod m, for f->t < m * R */
static void reduce(const struct km_bn_mod *f, u64 *r)
{
	u64 q[DIGIT], c[DIGIT];
	unsigned int n = f->limbs, i, j;
	u64 *t = f->t;
	u8 carry = 0;

	for (i = 0; i < n; i += DIGIT) {
		digit_reduce(q, c, t + i, f->m, f->n0);
		for (j = DIGIT; j < n; j += DIGIT)
			digit_mul(t + i + j, c, q, f->m + j);
#pragma GCC unroll 8
		for (j = 0; j < DIGIT; j++)
			t[i + n + j] = mont_adc(t[i + n + j], c[j], &carry);
	}
	trim(r, t + n, carry, f->m, n);
	memzero_explicit(q, sizeof(q));
	memzero_explicit(c, sizeof(c));
}

#ifdef UNROLL16

/* Product and reduction together, as in mont_mul_n(), at a length that must be constant. */
static __always_inline void whole(u64 *r, const u64 *a, const u64 *b, const struct km_bn_mod *f,
				  const unsigned int n, const bool square)
{
	const u64 *m = f->m;
	struct mont_acc acc = { 0, 0, 0 };
	unsigned int i, j;
	u64 *q = f->t, *t = f->t + n;

#pragma GCC unroll 32
	for (i = 0; i < 2 * n - 1; i++) {
		if (square)
			sqr_column(&acc, a, i, n);
		else
			mul_column(&acc, a, b, i, n);
#pragma GCC unroll 16
		for (j = i < n ? 0 : i - n + 1; j < n && j < i; j++)
			mont_mac(&acc, q[j], m[i - j]);
		if (i < n)
			q[i] = next_q(&acc, m[0], f->n0);
		else
			t[i - n] = mont_shift(&acc);
	}
	t[n - 1] = acc.c0;
	trim(r, t, acc.c1, m, n);
}

static noinline void mul16(const struct km_bn_mod *f, u64 *r, const u64 *a, const u64 *b)
{
	whole(r, a, b, f, 16, false);
}

static noinline void sqr16(const struct km_bn_mod *f, u64 *r, const u64 *a)
{
	whole(r, a, a, f, 16, true);
}

#endif

/**
 * km_bn_mont_mul - multiply
 * @f: modulus
 * @r: [out] a * b / R mod m, less than m; may be @a or @b
 * @a: number; a * b must be less than m * R, as when one is below m, the other below R
 * @b: number
 */
void km_bn_mont_mul(const struct km_bn_mod *f, u64 *r, const u64 *a, const u64 *b)
{
	unsigned int n = f->limbs, i, j;
	u64 *t = f->t;

#ifdef UNROLL16
	if (n == 16) {
		mul16(f, r, a, b);
		return;
	}
#endif
	/* Each row leaves its last digit where the rows before it have not come. */
	memset(t, 0, 2 * n * sizeof(*t));
	for (i = 0; i < n; i += DIGIT)
		for (j = 0; j < n; j += DIGIT)
			digit_mul(t + i + j, t + i + n, a + i, b + j);
	reduce(f, r);
}

/**
 * km_bn_mont_sqr - square
 * @f: modulus
 * @r: [out] a * a / R mod m, less than m; may be @a
 * @a: number less than m
 */
void km_bn_mont_sqr(const struct km_bn_mod *f, u64 *r, const u64 *a)
{
	u64 s[2 * DIGIT], d, top = 0;
	unsigned int n = f->limbs, i, j;
	u64 *t = f->t;
	u8 carry = 0;

#ifdef UNROLL16
	if (n == 16) {
		sqr16(f, r, a);
		return;
	}
#endif
	memset(t, 0, 2 * n * sizeof(*t));
	for (i = 0; i < n; i += DIGIT)
		for (j = i + DIGIT; j < n; j += DIGIT)
			digit_mul(t + i + j, t + i + n, a + i, a + j);
	/* The mixed products twice, and the squares. */
	for (i = 0; i < n; i += DIGIT) {
		digit_sqr(s, a + i);
#pragma GCC unroll 16
		for (j = 0; j < 2 * DIGIT; j++) {
			d = t[2 * i + j];
			t[2 * i + j] = mont_adc(d << 1 | top, s[j], &carry);
			top = d >> 63;
		}
	}
	reduce(f, r);
	memzero_explicit(s, sizeof(s));
}
