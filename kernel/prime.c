// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random primes for RSA keys, as FIPS 186-5 A.1.3 makes them: draw, divide, test.
 * Leaf of the layers, called by rsa_gen.c.
 *
 * A candidate that fails is thrown away whole and the next drawn afresh: how long it
 * took to see that it fails, and how many there were, says nothing of the one that is
 * kept. On a candidate that passes, every step is made, each in constant time.
 *
 * Primes are 3 modulo 4, which the standard lets one choose. Half of all primes are; the
 * test is then one power and a comparison, where the number of halvings of p - 1 would
 * otherwise show in its course.
 */
#include "prime.h"

/* The sieve of Eratosthenes over odd numbers, in the table that only powers need. */
static void find_small(struct km_prime_work *w)
{
	u8 *composite = (u8 *)w->table;
	unsigned int i, j, n = 0;

	memset(composite, 0, KM_PRIME_TRIAL / 2);
	for (i = 3; i < KM_PRIME_TRIAL; i += 2) {
		if (composite[i / 2])
			continue;
		if (n < KM_PRIME_SMALL)
			w->small[n++] = i;
		for (j = i * i; j < KM_PRIME_TRIAL; j += 2 * i)
			composite[j / 2] = 1;
	}
}

static void multiply_small(struct km_prime_work *w)
{
	struct km_prime_word *word;
	unsigned int i = 0;

	for (w->words = 0; i < KM_PRIME_SMALL && w->words < KM_PRIME_WORDS; w->words++) {
		word = &w->word[w->words];
		word->m = 1;
		word->first = i;
		while (i < KM_PRIME_SMALL && word->m < 1ULL << 50)
			word->m *= w->small[i++];
		word->count = i - word->first;
		word->inv = km_bn_word_inv(word->m);
	}
}

/**
 * km_prime_init - set up the tables for primes of one length
 * @w: [out] tables and scratch
 * @bits: length of the primes, KM_PRIME_MIN_BITS to KM_PRIME_MAX_BITS
 * @e: odd public exponent, 3 or more, which p - 1 must have no divisor in common with
 * @env: randomness, and who says when to stop; must stay
 */
void km_prime_init(struct km_prime_work *w, unsigned int bits, u64 e,
		   const struct km_rsa_env *env)
{
	w->env = env;
	w->e = e;
	w->bits = bits;
	w->tests = 0;
	find_small(w);
	multiply_small(w);
}

/* A number r with r * 2^k = +-p mod word->m for some k: they share the same small divisors. */
static u64 residue(const struct km_prime_word *word, const u64 *p, unsigned int limbs)
{
	u64 c = 0, q, low;
	unsigned int i;
	u8 borrow;

	/* From the lowest limb up, take what makes it 0: p = m * (...) - c * 2^(64 * i). */
	for (i = 0; i < limbs; i++) {
		borrow = 0;
		q = mont_sbb(p[i], c, &borrow) * word->inv;
		c = bn_wide(q, word->m, 0, &low) + borrow;
	}
	return c;
}

/* Is p divisible by none of the small primes? Leaves at the first word that says no. */
static bool undivided(const struct km_prime_work *w, const u64 *p)
{
	unsigned int limbs = (w->bits + 63) / 64, i, k;
	const struct km_prime_word *word;
	u64 rest, some, low;

	for (i = 0; i < w->words; i++) {
		word = &w->word[i];
		rest = residue(word, p, limbs);
		some = 0;
		for (k = word->first; k < word->first + word->count; k++) {
			/* Divisible if the quotient modulo 2^64 is a true one. */
			some |= ~mont_nonzero(bn_wide(rest * km_bn_word_inv(w->small[k]),
						      w->small[k], 0, &low));
		}
		if (KM_CT_PUBLIC(some))
			return false;
	}
	return true;
}

/* All ones if p - 1 and e have no divisor in common, so that there is a d. */
static u64 coprime(struct km_prime_work *w, const u64 *p)
{
	unsigned int limbs = (w->bits + 63) / 64;
	u64 rest, ignored;

	memcpy(w->half, p, limbs * sizeof(*p));
	w->half[0] ^= 1;
	km_bn_rem(&rest, w->half, limbs, &w->e, 1);
	return km_bn_inv(&w->inv, &ignored, &rest, &w->e, 1);
}

/*
 * Rounds of Miller and Rabin for an error below 2^-100 on random candidates: those of
 * FIPS 186-5 table B.1 for 1024, 1536 and 2048 bits (4 would do for the first, 3 for the
 * second, but the standard's own sizes ask for more), and more below.
 */
static unsigned int rounds(unsigned int bits)
{
	if (bits >= 1536)
		return 4;
	if (bits >= 1024)
		return 5;
	return 8;
}

/* The arithmetic modulo a candidate, (p - 1) / 2 and 1. */
static struct km_bn_mod test_begin(struct km_prime_work *w, const u64 *p)
{
	struct km_bn_mod f = {
		.limbs = KM_BN_LIMBS(w->bits), .n0 = (u64)0 - km_bn_word_inv(p[0]),
		.m = p, .r2 = w->r2, .t = w->t,
	};
	unsigned int i;

	km_bn_mod_r2(&f, w->r2, w->bits);
	km_bn_mont_one(&f, w->one);
	for (i = 0; i < f.limbs; i++)
		w->half[i] = p[i] >> 1 | (i + 1 < f.limbs ? p[i + 1] << 63 : 0);
	return f;
}

/*
 * One round: base^((p - 1) / 2) is 1 or -1. For p = 3 mod 4 that is all of the test, for
 * (p - 1) / 2 is odd. The base is drawn in Montgomery form; 0, 1 and -1 come up never.
 */
static int test_round(struct km_prime_work *w, const struct km_bn_mod *f)
{
	const struct km_bn_power power = {
		.e = w->half, .bits = w->bits - 1, .table = w->table,
		.stop = w->env->stop, .ctx = w->env->ctx,
	};
	u64 ok;
	int ret;

	w->tests++;
	w->env->random(w->env->ctx, (u8 *)w->base, f->limbs * sizeof(*w->base));
	km_bn_mont_mul(f, w->base, w->base, f->r2);
	ret = km_bn_mont_exp(f, w->base, w->base, &power);
	if (ret)
		return ret;
	ok = km_bn_equal(w->base, w->one, f->limbs);
	km_bn_add(w->base, w->base, w->one, f->limbs);
	ok |= km_bn_equal(w->base, f->m, f->limbs);
	return KM_CT_PUBLIC(ok) ? 0 : -EAGAIN;
}

/**
 * km_prime_test - the test of Miller and Rabin, with random bases
 * @w: tables and scratch
 * @p: candidate of @w->bits bits in KM_BN_LIMBS() limbs, 3 modulo 4; public if it fails
 *
 * Return: 0 if it is prime but for an error of 2^-100, -EAGAIN if it is not, -EINTR.
 */
int km_prime_test(struct km_prime_work *w, const u64 *p)
{
	const struct km_bn_mod f = test_begin(w, p);
	unsigned int left = rounds(w->bits);
	int ret = 0;

	while (left-- && !ret)
		ret = test_round(w, &f);
	return ret;
}

/* Exactly w->bits bits, the two highest 1 so that a product has twice as many; 3 modulo 4. */
static void draw(struct km_prime_work *w, u64 *p)
{
	unsigned int limbs = (w->bits + 63) / 64, top = (w->bits - 1) % 64;

	memset(p, 0, KM_BN_LIMBS(w->bits) * sizeof(*p));
	w->env->random(w->env->ctx, (u8 *)p, limbs * sizeof(*p));
	p[0] |= 3;
	p[limbs - 1] &= ~0ULL >> (63 - top);
	p[limbs - 1] |= 1ULL << top;
	p[(w->bits - 2) / 64] |= 1ULL << (w->bits - 2) % 64;
}

/**
 * km_prime_random - make a prime
 * @w: tables and scratch, set up
 * @p: [out] a prime of @w->bits bits, in KM_BN_LIMBS() limbs; p - 1 is coprime to e
 *
 * Return: 0, -EINTR if @w->env->stop said so.
 */
int km_prime_random(struct km_prime_work *w, u64 *p)
{
	int ret;

	do {
		if (w->env->stop && w->env->stop(w->env->ctx))
			return -EINTR;
		draw(w, p);
		ret = -EAGAIN;
		if (undivided(w, p) && KM_CT_PUBLIC(coprime(w, p)))
			ret = km_prime_test(w, p);
	} while (ret == -EAGAIN);
	return ret;
}
