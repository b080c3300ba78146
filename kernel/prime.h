/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random primes for RSA keys, as FIPS 186-5 A.1.3 makes them.
 * Leaf of the layers, below rsa_gen.c; builds in userspace too (see shim.h).
 */
#ifndef KM_PRIME_H
#define KM_PRIME_H

#include "bn.h"
#include "rsa.h"

/* Length of a prime in bits: half a modulus. */
#define KM_PRIME_MIN_BITS	(KM_RSA_MIN_GEN_BITS / 2)
#define KM_PRIME_MAX_BITS	(KM_RSA_MAX_BITS / 2)
#define KM_PRIME_LIMBS		(KM_PRIME_MAX_BITS / 64)

/* Candidates are divided by the odd primes below this, of which there are so many. */
#define KM_PRIME_TRIAL		16384
#define KM_PRIME_SMALL		1899

/* The products of small primes that fit a word are never more than this. */
#define KM_PRIME_WORDS		480

/**
 * struct km_prime_word - some small primes that are divided by at a time
 * @m: their product
 * @inv: 1/m mod 2^64
 * @first: the first of them in the table
 * @count: their number
 */
struct km_prime_word {
	u64 m;
	u64 inv;
	u16 first;
	u16 count;
};

/**
 * struct km_prime_work - tables and scratch, which the owner wipes
 * @env: randomness, and who says when to stop
 * @e: public exponent of the key
 * @bits: length of the primes
 * @tests: Miller-Rabin tests made so far
 * @words: how many of @word are filled
 * @small: the odd primes below KM_PRIME_TRIAL
 * @word: their products
 * @r2: R^2 mod the candidate
 * @half: (candidate - 1) / 2
 * @base: base of a test, and its power
 * @one: 1 in Montgomery form
 * @t: Montgomery's scratch
 * @inv: scratch of km_bn_inv()
 * @table: scratch of km_bn_mont_exp(), and of the sieve that finds the small primes
 */
struct km_prime_work {
	const struct km_rsa_env *env;
	u64 e;
	unsigned int bits;
	unsigned int tests;
	unsigned int words;
	u16 small[KM_PRIME_SMALL];
	struct km_prime_word word[KM_PRIME_WORDS];
	u64 r2[KM_PRIME_LIMBS];
	u64 half[KM_PRIME_LIMBS];
	u64 base[KM_PRIME_LIMBS];
	u64 one[KM_PRIME_LIMBS];
	u64 t[2 * KM_PRIME_LIMBS];
	struct km_bn_inv_work inv;
	u64 table[KM_BN_TABLE(KM_PRIME_LIMBS)];
};

void km_prime_init(struct km_prime_work *w, unsigned int bits, u64 e,
		   const struct km_rsa_env *env);
int km_prime_random(struct km_prime_work *w, u64 *p);
int km_prime_test(struct km_prime_work *w, const u64 *p);

#endif /* KM_PRIME_H */
