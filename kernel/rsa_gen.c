// SPDX-License-Identifier: GPL-2.0-only
/*
 * RSA key generation, FIPS 186-5 A.1.3: two random primes, and what follows from them.
 * Leaf of the layers, called by alg_rsa.c; the primes come from prime.c.
 *
 * No secret is divided by, or inverted modulo, anything but in constant time. Inverses of
 * e modulo an even number m need only numbers as small as e: with k = -1/m mod e,
 * 1 + k * m is divisible by e, the quotient is below m and times e it is 1 modulo m.
 */
#include "prime.h"

/* One allocation for the whole, wiped at the end. */
struct gen_work {
	struct km_prime_work prime;
	u64 p1[KM_PRIME_LIMBS];		/* p - 1, then (p - 1) / 2 */
	u64 q1[KM_PRIME_LIMBS];
	u64 gcd[KM_PRIME_LIMBS];
	u64 x[KM_RSA_MAX_LIMBS + 1];
	u64 lcm[KM_RSA_MAX_LIMBS];
	u64 d[KM_RSA_MAX_LIMBS + 1];
};

/* r = 1/e mod m, for a number m of @limbs limbs that shares no divisor with e */
static void invert_e(struct gen_work *w, u64 *r, u64 e, const u64 *m, unsigned int limbs)
{
	u64 rest, k, carry = 1;
	unsigned int i;

	km_bn_rem(&rest, m, limbs, &e, 1);
	km_bn_inv(&w->prime.inv, &k, &rest, &e, 1);
	k = e - k;
	km_bn_mul(w->x, m, limbs, &k, 1);
	for (i = 0; i <= limbs; i++) {
		w->x[i] += carry;
		carry &= ~mont_nonzero(w->x[i]);
	}
	km_bn_divexact(w->d, w->x, limbs + 1, &e, 1);
	memcpy(r, w->d, limbs * sizeof(*r));
}

static void halve(u64 *a, unsigned int limbs)
{
	unsigned int i;

	for (i = 0; i < limbs; i++)
		a[i] = a[i] >> 1 | (i + 1 < limbs ? a[i + 1] << 63 : 0);
}

/*
 * lcm(p - 1, q - 1) = 2 * p1 * q1 / gcd(p1, q1) for the halves p1 and q1. Both are odd,
 * for the primes are 3 modulo 4: the divisor is found and divided by as odd numbers are.
 */
static void common_multiple(struct gen_work *w, unsigned int limbs)
{
	unsigned int i;

	halve(w->p1, limbs);
	halve(w->q1, limbs);
	km_bn_gcd(&w->prime.inv, w->gcd, w->p1, w->q1, limbs);
	km_bn_mul(w->x, w->p1, limbs, w->q1, limbs);
	km_bn_divexact(w->lcm, w->x, 2 * limbs, w->gcd, limbs);
	for (i = 2 * limbs; i--; )
		w->lcm[i] = w->lcm[i] << 1 | (i ? w->lcm[i - 1] >> 63 : 0);
}

/* All from the primes. Lengths are those of primes of @bits / 2 bits, without leading zeros. */
static void derive(struct km_rsa_key *key, struct gen_work *w, u32 bits)
{
	unsigned int limbs = (bits / 2 + 63) / 64;

	memcpy(w->p1, key->p, limbs * sizeof(*w->p1));
	memcpy(w->q1, key->q, limbs * sizeof(*w->q1));
	w->p1[0] ^= 1;
	w->q1[0] ^= 1;
	invert_e(w, key->dp, key->e, w->p1, limbs);
	invert_e(w, key->dq, key->e, w->q1, limbs);
	common_multiple(w, limbs);
	/* Of 2 * limbs the highest may be 0. */
	invert_e(w, key->d, key->e, w->lcm, 2 * limbs);

	km_bn_mul(w->x, key->p, limbs, key->q, limbs);
	memcpy(key->n, w->x, (bits + 63) / 64 * sizeof(*key->n));
	km_bn_rem(w->x, key->q, limbs, key->p, limbs);
	km_bn_inv(&w->prime.inv, key->qinv, w->x, key->p, limbs);
}

/* All ones if a has a 1 at bit @from or above. */
static u64 reaches(const u64 *a, unsigned int limbs, unsigned int from)
{
	u64 any = a[from / 64] >> (from % 64);
	unsigned int i;

	for (i = from / 64 + 1; i < limbs; i++)
		any |= a[i];
	return mont_nonzero(any);
}

/*
 * Make p the larger, as other implementations like it. All ones if the primes are further
 * apart than 2^(bits / 2 - 100), else Fermat would find them from the root of n.
 */
static u64 order(struct km_rsa_key *key, struct gen_work *w, u32 bits)
{
	unsigned int limbs = (bits / 2 + 63) / 64;
	u64 swap = mont_hide((u64)0 - km_bn_sub(w->x, key->p, key->q, limbs));

	memcpy(w->gcd, key->p, limbs * sizeof(*w->gcd));
	mont_cmov(key->p, key->q, swap, limbs);
	mont_cmov(key->q, w->gcd, swap, limbs);
	km_bn_sub(w->x, key->p, key->q, limbs);
	return reaches(w->x, limbs, bits / 2 - 100);
}

/* Primes, and all else; -EAGAIN if the standard wants other primes. */
static int draw_key(struct km_rsa_key *key, struct gen_work *w, u32 bits, u64 e)
{
	int ret;

	memset(key, 0, sizeof(*key));
	key->e = e;
	ret = km_prime_random(&w->prime, key->p);
	if (!ret)
		ret = km_prime_random(&w->prime, key->q);
	if (ret)
		return ret;
	if (!KM_CT_PUBLIC(order(key, w, bits)))
		return -EAGAIN;
	derive(key, w, bits);
	/* A short d would betray itself (Wiener). */
	return KM_CT_PUBLIC(reaches(key->d, KM_RSA_MAX_LIMBS, bits / 2)) ? 0 : -EAGAIN;
}

/* Pairwise consistency: what the private key did to a random number the public one undoes. */
static int test_pair(const struct km_rsa_key *key, const struct km_rsa_env *env)
{
	u8 *m = kmalloc(key->len, GFP_KERNEL);
	int ret;

	if (!m)
		return -ENOMEM;
	env->random(env->ctx, m, key->len);
	/* Below n, whose highest bit is 1; the comparison is in the private operation. */
	m[0] &= 0x7f;
	ret = km_rsa_private(key, env, m, m);
	kfree_sensitive(m);
	return ret;
}

/**
 * km_rsa_generate - make a key pair
 * @key: [out] the key; wiped on failure
 * @bits: length of the modulus in bits, KM_RSA_MIN_GEN_BITS to KM_RSA_MAX_BITS, whole bytes
 * @e: public exponent, odd, 3 or more
 * @env: randomness, and who says when to stop: asked every few milliseconds
 *
 * Takes about 45 powers modulo a prime for each of the two.
 *
 * Return: 0, -EINVAL for a length or exponent out of range, -EINTR if @env->stop said so,
 * -ENOMEM, -EIO if the machine miscalculates.
 */
int km_rsa_generate(struct km_rsa_key *key, u32 bits, u64 e, const struct km_rsa_env *env)
{
	struct gen_work *w;
	int ret;

	memset(key, 0, sizeof(*key));
	if (!km_rsa_bits_valid(bits) || bits < KM_RSA_MIN_GEN_BITS || !km_rsa_e_valid(e))
		return -EINVAL;
	w = kmalloc(sizeof(*w), GFP_KERNEL);
	if (!w)
		return -ENOMEM;
	km_prime_init(&w->prime, bits / 2, e, env);
	do {
		ret = draw_key(key, w, bits, e);
	} while (ret == -EAGAIN);
	kfree_sensitive(w);

	if (!ret)
		ret = km_rsa_prepare(key);
	/* It has just been computed: what does not fit together was computed wrongly. */
	if (ret == -EINVAL)
		ret = -EIO;
	if (!ret)
		ret = test_pair(key, env);
	if (ret)
		memzero_explicit(key, sizeof(*key));
	return ret;
}
