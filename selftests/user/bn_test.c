// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel/bn.c, bn_mont.c and bn_inv.c against OpenSSL's long numbers.
 * Userspace test; with the sanitizers too.
 *
 * Numbers are random, with the values at the ends of their ranges and runs of ones and
 * zeros mixed in: those are where carries go wrong.
 */
#include <openssl/bn.h>
#include "bn.h"
#include "harness.h"

#define MAX	KM_BN_MAX_LIMBS

static BN_CTX *ctx;

static BIGNUM *to_bn(const u64 *a, unsigned int limbs)
{
	BIGNUM *b = BN_lebin2bn((const u8 *)a, limbs * 8, NULL);

	if (!b)
		abort();
	return b;
}

static void from_bn(u64 *a, unsigned int limbs, const BIGNUM *b)
{
	if (BN_bn2lebinpad(b, (u8 *)a, limbs * 8) < 0)
		abort();
}

/* True if a is b; frees b. */
static bool is(const u64 *a, unsigned int limbs, BIGNUM *b)
{
	BIGNUM *x = to_bn(a, limbs);
	bool same = !BN_cmp(x, b);

	BN_free(x);
	BN_free(b);
	return same;
}

/* Limbs that are random, all ones or all zeros. */
static void any_number(u64 *a, unsigned int limbs)
{
	unsigned int i, kind = rnd() % 8;

	for (i = 0; i < limbs; i++) {
		a[i] = rnd();
		if (kind < 2 && rnd() % 2)
			a[i] = rnd() % 2 ? ~0ULL : 0;
		if (kind == 2)
			a[i] = ~0ULL;
		if (kind == 3)
			a[i] = i ? 0 : rnd() % 4;
	}
}

static void cut(u64 *a, unsigned int limbs, unsigned int bits)
{
	unsigned int i;

	for (i = 0; i < limbs; i++) {
		if (64 * i >= bits)
			a[i] = 0;
		else if (bits - 64 * i < 64)
			a[i] &= (1ULL << (bits - 64 * i)) - 1;
	}
}

/* Less than m: 0, 1, m - 1 or any */
static void below(u64 *a, const u64 *m, unsigned int limbs)
{
	BIGNUM *b, *n;

	any_number(a, limbs);
	n = to_bn(m, limbs);
	switch (rnd() % 10) {
	case 0:
		memset(a, 0, limbs * 8);
		break;
	case 1:
		memset(a, 0, limbs * 8);
		a[0] = 1;
		break;
	case 2:
		memcpy(a, m, limbs * 8);
		a[0]--;
		break;
	default:
		b = to_bn(a, limbs);
		BN_mod(b, b, n, ctx);
		from_bn(a, limbs, b);
		BN_free(b);
	}
	BN_free(n);
}

struct modulus {
	struct km_bn_mod f;
	unsigned int bits;
	u64 m[MAX];
	u64 r2[MAX];
	u64 t[2 * MAX];
	BIGNUM *bn;
	BIGNUM *r;
};

/* Short ones more often than long ones, some with leading zeros. */
static void new_modulus(struct modulus *x)
{
	static const u8 steps[] = { 1, 1, 1, 2, 2, 2, 2, 3, 3, 4, 4, 5, 6, 7, 8 };
	unsigned int n = steps[rnd() % sizeof(steps)] * KM_BN_STEP;

	x->bits = rnd() % 3 ? 64 * n : 64 * (n - KM_BN_STEP) + 2 + rnd() % (64 * KM_BN_STEP - 2);
	any_number(x->m, n);
	cut(x->m, n, x->bits);
	x->m[0] |= 1;
	x->m[(x->bits - 1) / 64] |= 1ULL << (x->bits - 1) % 64;
	x->f = (struct km_bn_mod){ n, (u64)0 - km_bn_word_inv(x->m[0]), x->m, x->r2, x->t };
	km_bn_mod_r2(&x->f, x->r2, x->bits);
	x->bn = to_bn(x->m, n);
	x->r = BN_new();
	BN_set_bit(x->r, 64 * n);
}

static void free_modulus(struct modulus *x)
{
	BN_free(x->bn);
	BN_free(x->r);
}

/* a * R mod m */
static BIGNUM *to_mont(const struct modulus *x, const u64 *a)
{
	BIGNUM *b = to_bn(a, x->f.limbs);

	BN_mod_mul(b, b, x->r, x->bn, ctx);
	return b;
}

static bool sums(void)
{
	u64 a[MAX], b[MAX], r[MAX + 1];
	unsigned long left = cases(100000);
	BIGNUM *x, *y, *z = BN_new();

	while (left--) {
		unsigned int n = 1 + rnd() % (rnd() % 8 ? 9 : MAX);

		any_number(a, n);
		any_number(b, n);
		if (!(rnd() % 8))
			memcpy(b, a, n * 8);
		x = to_bn(a, n);
		y = to_bn(b, n);
		CHECK(km_bn_bits(a, n) == (unsigned int)BN_num_bits(x));
		CHECK(km_bn_equal(a, b, n) == (BN_cmp(x, y) ? 0 : ~0ULL));
		CHECK(km_bn_less(a, b, n) == (BN_cmp(x, y) < 0 ? ~0ULL : 0));
		r[n] = km_bn_add(r, a, b, n);
		BN_add(z, x, y);
		CHECK(is(r, n + 1, BN_dup(z)));
		if (km_bn_sub(r, a, b, n)) {
			CHECK(BN_cmp(x, y) < 0);
			BN_set_bit(x, 64 * n);
		}
		BN_sub(z, x, y);
		BN_mask_bits(z, 64 * n);
		CHECK(is(r, n, BN_dup(z)));
		BN_free(x);
		BN_free(y);
	}
	BN_free(z);
	return true;
}

static bool products(void)
{
	u64 a[MAX], b[MAX], r[2 * MAX], q[2 * MAX];
	unsigned long left = cases(100000);
	BIGNUM *x, *y;

	while (left--) {
		unsigned int max = rnd() % 16 ? 9 : MAX, n = 1 + rnd() % max, k = 1 + rnd() % max;

		any_number(a, n);
		any_number(b, k);
		km_bn_mul(r, a, n, b, k);
		x = to_bn(a, n);
		y = to_bn(b, k);
		BN_mul(x, x, y, ctx);
		CHECK(is(r, n + k, x));
		BN_free(y);

		/* And back. */
		b[0] |= 1;
		km_bn_mul(r, a, n, b, k);
		km_bn_divexact(q, r, n + k, b, k);
		CHECK(!memcmp(q, a, n * 8) && km_bn_is_zero(q + n, k));
	}
	return true;
}

static bool remainders(void)
{
	u64 a[MAX], m[MAX], r[MAX];
	unsigned long left = cases(100000);
	BIGNUM *x, *y;

	while (left--) {
		unsigned int max = rnd() % 64 ? 3 : MAX / 2, n = 1 + rnd() % max;
		unsigned int al = n + rnd() % max;

		any_number(a, al);
		any_number(m, n);
		if (rnd() % 2)
			m[n - 1] >>= rnd() % 64;
		if (!m[n - 1])
			m[n - 1] = 1;
		if (!(rnd() % 8))
			memcpy(a + al - n, m, n * 8);
		km_bn_rem(r, a, al, m, n);
		x = to_bn(a, al);
		y = to_bn(m, n);
		BN_mod(x, x, y, ctx);
		CHECK(is(r, n, x));
		BN_free(y);
	}
	return true;
}

static bool words(void)
{
	unsigned long left = cases(100000);

	while (left--) {
		u64 m = rnd() | 1;

		CHECK(m * km_bn_word_inv(m) == 1);
	}
	CHECK(km_bn_word_inv(1) == 1 && km_bn_word_inv(~0ULL) == ~0ULL);
	return true;
}

/* r * R = a * b and r < m, also when r is a or b, and when a is up to R - 1. */
static bool one_product(const struct modulus *x)
{
	u64 a[MAX], b[MAX], r[MAX], save[MAX];
	unsigned int n = x->f.limbs;
	BIGNUM *p, *q, *back;
	bool fits;

	if (rnd() % 2)
		below(a, x->m, n);
	else
		any_number(a, n);
	below(b, x->m, n);
	if (!(rnd() % 8))
		memcpy(a, b, n * 8);
	memcpy(save, a, n * 8);
	km_bn_mont_mul(&x->f, r, a, b);
	p = to_bn(a, n);
	q = to_bn(b, n);
	BN_mod_mul(p, p, q, x->bn, ctx);
	back = to_mont(x, r);
	fits = km_bn_less(r, x->m, n) == ~0ULL && !BN_cmp(p, back);
	BN_free(p);
	BN_free(q);
	BN_free(back);
	CHECK(fits);
	km_bn_mont_mul(&x->f, a, a, b);
	CHECK(!memcmp(a, r, n * 8));
	km_bn_mont_mul(&x->f, b, save, b);
	CHECK(!memcmp(b, r, n * 8));
	return true;
}

static bool one_square(const struct modulus *x)
{
	u64 a[MAX], r[MAX], s[MAX];
	unsigned int n = x->f.limbs;

	below(a, x->m, n);
	km_bn_mont_mul(&x->f, r, a, a);
	km_bn_mont_sqr(&x->f, s, a);
	CHECK(!memcmp(r, s, n * 8));
	km_bn_mont_sqr(&x->f, a, a);
	CHECK(!memcmp(r, a, n * 8));
	return true;
}

static bool montgomery(void)
{
	unsigned long left = cases(10000);
	u64 a[2 * MAX], b[MAX], r[MAX];
	struct modulus x;
	BIGNUM *p, *q;
	int i;

	while (left--) {
		unsigned int n, al;

		new_modulus(&x);
		n = x.f.limbs;
		for (i = 0; i < 10; i++)
			CHECK(one_product(&x) && one_square(&x));
		p = BN_dup(x.r);
		BN_mod_mul(p, p, x.r, x.bn, ctx);
		CHECK(is(x.r2, n, p));
		p = BN_new();
		BN_mod(p, x.r, x.bn, ctx);
		km_bn_mont_one(&x.f, r);
		CHECK(is(r, n, p));

		below(a, x.m, n);
		km_bn_mont_from(&x.f, r, a);
		CHECK(is(a, n, to_mont(&x, r)));
		below(b, x.m, n);
		km_bn_mod_sub(&x.f, r, a, b);
		p = to_bn(a, n);
		q = to_bn(b, n);
		BN_mod_sub(p, p, q, x.bn, ctx);
		CHECK(is(r, n, p));
		BN_free(q);

		al = KM_BN_STEP * (1 + rnd() % 8);
		any_number(a, al);
		km_bn_mont_wide(&x.f, r, a, al);
		p = to_bn(a, al);
		BN_mod_mul(p, p, x.r, x.bn, ctx);
		CHECK(is(r, n, p));
		free_modulus(&x);
	}
	return true;
}

static unsigned int polls, stop_at;

static bool stop(void *unused)
{
	(void)unused;
	return ++polls == stop_at;
}

static bool powers(void)
{
	static u64 table[KM_BN_TABLE(MAX)];
	unsigned long left = cases(4000);
	u64 a[MAX], e[MAX], r[MAX];
	struct modulus x;
	BIGNUM *p, *q;

	while (left--) {
		struct km_bn_power power = { .e = e, .table = table, .stop = stop };
		unsigned int n;
		u64 word = rnd() >> rnd() % 64;

		new_modulus(&x);
		n = x.f.limbs;
		power.bits = 1 + rnd() % (rnd() % 64 ? 70 : 64 * n);
		any_number(e, n);
		cut(e, n, power.bits);
		below(a, x.m, n);
		p = to_mont(&x, a);
		from_bn(r, n, p);
		polls = 0;
		stop_at = ~0U;
		CHECK(!km_bn_mont_exp(&x.f, r, r, &power));
		/* Once a window. */
		CHECK(polls == (power.bits - 1) / KM_BN_WINDOW);
		km_bn_mont_from(&x.f, r, r);
		q = to_bn(e, n);
		BN_free(p);
		p = to_bn(a, n);
		BN_mod_exp(p, p, q, x.bn, ctx);
		CHECK(is(r, n, p));
		if (polls) {
			stop_at = 1 + rnd() % polls;
			polls = 0;
			CHECK(km_bn_mont_exp(&x.f, r, a, &power) == -EINTR);
			CHECK(polls == stop_at);
		}

		word += !word;
		BN_set_word(q, word);
		km_bn_mont_mul(&x.f, e, a, x.r2);
		km_bn_mont_exp_public(&x.f, r, e, word);
		km_bn_mont_from(&x.f, r, r);
		p = to_bn(a, n);
		BN_mod_exp(p, p, q, x.bn, ctx);
		CHECK(is(r, n, p));
		BN_free(q);
		free_modulus(&x);
	}
	return true;
}

/* Also numbers that share a divisor, those near m, and Fibonacci's, which take many steps. */
static void divisor_case(u64 *a, u64 *m, unsigned int n)
{
	u64 x[MAX], y[MAX];
	unsigned int half = n / 2;
	BIGNUM *p, *q;

	any_number(m, n);
	m[0] |= 1;
	if (m[0] == 1 && km_bn_bits(m, n) == 1)
		m[0] = 3;
	below(a, m, n);
	if (rnd() % 4 == 0 && half) {
		any_number(x, half);
		any_number(y, half);
		x[0] |= 1;
		y[0] |= 1;
		memset(m, 0, n * 8);
		km_bn_mul(m, x, half, y, half);
		any_number(y, half);
		memset(a, 0, n * 8);
		km_bn_mul(a, x, half, y, half);
	} else if (rnd() % 16 == 0) {
		p = BN_new();
		q = BN_new();
		BN_one(p);
		BN_one(q);
		while ((unsigned int)BN_num_bits(q) < 64 * n) {
			BN_add(p, p, q);
			BN_swap(p, q);
			if (BN_num_bits(q) <= (int)(64 * n) && BN_is_odd(q)) {
				from_bn(m, n, q);
				from_bn(a, n, p);
			}
		}
		BN_free(p);
		BN_free(q);
	}
	if (m[0] == 1 && km_bn_bits(m, n) == 1)
		m[0] = 3;
	if (km_bn_less(a, m, n))
		return;
	p = to_bn(a, n);
	q = to_bn(m, n);
	BN_mod(p, p, q, ctx);
	from_bn(a, n, p);
	BN_free(p);
	BN_free(q);
}

static bool inverses(void)
{
	unsigned long left = cases(100000), found = 0;
	struct km_bn_inv_work w;
	u64 a[MAX], m[MAX], r[MAX];
	BIGNUM *p, *q, *g;
	u64 ok;

	while (left--) {
		unsigned int n = 1 + rnd() % (rnd() % 256 ? 5 : MAX);

		divisor_case(a, m, n);
		p = to_bn(a, n);
		q = to_bn(m, n);
		g = BN_new();
		BN_gcd(g, p, q, ctx);
		ok = km_bn_inv(&w, r, a, m, n);
		CHECK(ok == (BN_is_one(g) ? ~0ULL : 0));
		if (ok) {
			found++;
			BN_mod_inverse(p, p, q, ctx);
			CHECK(is(r, n, BN_dup(p)));
		}
		km_bn_gcd(&w, r, a, m, n);
		CHECK(is(r, n, g));
		BN_free(p);
		BN_free(q);
	}
	CHECK(found);
	return true;
}

static const struct test tests[] = {
	{ "bn: sums, differences and comparisons are right", sums },
	{ "bn: products are right, and exact quotients give back a factor", products },
	{ "bn: remainders are right", remainders },
	{ "bn: words are inverted", words },
	{ "bn: Montgomery's products and squares are right at every length", montgomery },
	{ "bn: powers are right, and can be stopped", powers },
	{ "bn: inverses and common divisors are right", inverses },
};

int main(void)
{
	ctx = BN_CTX_new();
	return run_tests(tests, ARRAY_SIZE(tests));
}
