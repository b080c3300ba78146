// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel/rsa.c, rsa_key.c, rsa_gen.c and prime.c against OpenSSL: keys of many shapes.
 * Userspace test; with the sanitizers too.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/bn.h>
#include <openssl/rsa.h>
#include "harness.h"
#include "prime.h"

/* With the switch that makes faults; the others are linked. */
#define KM_RSA_FAULT
#include "rsa.c"

static BN_CTX *ctx;

static unsigned long polls, stop_at;

static void env_random(void *unused, u8 *out, size_t len)
{
	(void)unused;
	rnd_bytes(out, len);
}

static bool env_stop(void *unused)
{
	(void)unused;
	return ++polls == stop_at;
}

static const struct km_rsa_env env = { .random = env_random };
static const struct km_rsa_env stoppable = { .random = env_random, .stop = env_stop };

/* A key as OpenSSL has it, and its numbers as strings. */
struct reference {
	struct bignum_st *part[KM_RSA_PARTS];
	struct km_rsa_num num[KM_RSA_PARTS];
	u8 bytes[KM_RSA_PARTS][KM_RSA_MAX_BYTES + 8];
};

/* @pad: zeros in front */
static void strings(struct reference *r, unsigned int pad)
{
	unsigned int i;

	for (i = 0; i < KM_RSA_PARTS; i++) {
		r->num[i].data = r->bytes[i];
		r->num[i].len = BN_num_bytes(r->part[i]) + pad;
		BN_bn2binpad(r->part[i], r->bytes[i], r->num[i].len);
	}
}

static void forget(struct reference *r)
{
	unsigned int i;

	for (i = 0; i < KM_RSA_PARTS; i++)
		BN_clear_free(r->part[i]);
}

/* Two primes of these lengths whose product has both together; OpenSSL does all the rest. */
static void new_reference(struct reference *r, unsigned int p_bits, unsigned int q_bits, u64 e)
{
	BIGNUM *p1 = BN_new(), *q1 = BN_new(), *lcm = BN_new(), *g = BN_new();
	unsigned int i;

	for (i = 0; i < KM_RSA_PARTS; i++)
		r->part[i] = BN_new();
	BN_set_word(r->part[KM_RSA_E], e);
	do {
		BN_generate_prime_ex(r->part[KM_RSA_P], p_bits, 0, NULL, NULL, NULL);
		BN_generate_prime_ex(r->part[KM_RSA_Q], q_bits, 0, NULL, NULL, NULL);
		BN_mul(r->part[KM_RSA_N], r->part[KM_RSA_P], r->part[KM_RSA_Q], ctx);
		BN_sub(p1, r->part[KM_RSA_P], BN_value_one());
		BN_sub(q1, r->part[KM_RSA_Q], BN_value_one());
		BN_gcd(g, p1, q1, ctx);
		BN_mul(lcm, p1, q1, ctx);
		BN_div(lcm, NULL, lcm, g, ctx);
	} while (BN_num_bits(r->part[KM_RSA_N]) != (int)(p_bits + q_bits) ||
		 !BN_mod_inverse(r->part[KM_RSA_D], r->part[KM_RSA_E], lcm, ctx));
	BN_mod(r->part[KM_RSA_DP], r->part[KM_RSA_D], p1, ctx);
	BN_mod(r->part[KM_RSA_DQ], r->part[KM_RSA_D], q1, ctx);
	BN_mod_inverse(r->part[KM_RSA_QINV], r->part[KM_RSA_Q], r->part[KM_RSA_P], ctx);
	BN_free(p1);
	BN_free(q1);
	BN_free(lcm);
	BN_free(g);
	strings(r, 0);
}

/* Numbers to work on: the ends of the range too. */
static void message(const struct km_rsa_key *key, u8 *m, unsigned int kind)
{
	rnd_bytes(m, key->len);
	m[0] &= 0x7f;
	if (kind < 2) {
		memset(m, 0, key->len);
		m[key->len - 1] = kind;
	}
	if (kind == 2)
		km_rsa_part_get(key, KM_RSA_N, m, key->len);
	if (kind == 2)
		m[key->len - 1]--;
}

/* Both operations give what BN_mod_exp() gives, and refuse what is not below n. */
static bool operations(const struct km_rsa_key *key, struct reference *r, unsigned int n)
{
	u8 m[KM_RSA_MAX_BYTES], s[KM_RSA_MAX_BYTES], want[KM_RSA_MAX_BYTES];
	BIGNUM *b = BN_new();
	unsigned int i;

	for (i = 0; i < n; i++) {
		message(key, m, i);
		BN_bin2bn(m, key->len, b);
		BN_mod_exp(b, b, r->part[KM_RSA_D], r->part[KM_RSA_N], ctx);
		BN_bn2binpad(b, want, key->len);
		CHECK(!km_rsa_private(key, &env, s, m));
		CHECK(!memcmp(s, want, key->len));
		CHECK(!km_rsa_public(key, s, s));
		CHECK(!memcmp(s, m, key->len));
		CHECK(!km_rsa_public(key, s, m));
		BN_bin2bn(m, key->len, b);
		BN_mod_exp(b, b, r->part[KM_RSA_E], r->part[KM_RSA_N], ctx);
		BN_bn2binpad(b, want, key->len);
		CHECK(!memcmp(s, want, key->len));
		/* In place */
		CHECK(!km_rsa_private(key, &env, s, s));
		CHECK(!memcmp(s, m, key->len));
	}
	BN_free(b);

	km_rsa_part_get(key, KM_RSA_N, m, key->len);
	memset(s, 0xa5, sizeof(s));
	memcpy(want, s, sizeof(s));
	CHECK(km_rsa_private(key, &env, s, m) == -EINVAL);
	CHECK(km_rsa_public(key, s, m) == -EINVAL);
	memset(m, 0xff, sizeof(m));
	CHECK(km_rsa_private(key, &env, s, m) == -EINVAL);
	CHECK(km_rsa_public(key, s, m) == -EINVAL);
	CHECK(!memcmp(s, want, sizeof(s)));
	return true;
}

/* Numbers go in and come out the same, with zeros in front or without. */
static bool numbers(struct reference *r, unsigned int pad)
{
	u8 out[KM_RSA_MAX_BYTES + 300];
	struct km_rsa_key key;
	unsigned int i;
	size_t len;

	strings(r, pad);
	CHECK(!km_rsa_setup(&key, r->num));
	for (i = 0; i < KM_RSA_PARTS; i++) {
		len = km_rsa_part_len(&key, i);
		CHECK(len == (size_t)BN_num_bytes(r->part[i]));
		km_rsa_part_get(&key, i, out, len);
		CHECK(!memcmp(out, r->bytes[i] + pad, len));
		memset(out, 1, sizeof(out));
		km_rsa_part_get(&key, i, out, sizeof(out));
		CHECK(!memcmp(out + sizeof(out) - len, r->bytes[i] + pad, len));
		while (len < sizeof(out))
			CHECK(!out[sizeof(out) - ++len]);
	}
	return true;
}

struct shape {
	unsigned int p_bits;
	unsigned int q_bits;
	u64 e;
};

/* All lengths of limbs and digits; p the shorter, the longer; a prime of 5/8 of the bits. */
static const struct shape shapes[] = {
	{ 256, 256, 3 }, { 256, 256, 65537 }, { 192, 320, 17 }, { 320, 192, 65537 },
	{ 260, 260, 65537 }, { 384, 384, 3 }, { 512, 512, 3 }, { 512, 512, 65537 },
	{ 513, 511, 65537 }, { 511, 513, 65537 }, { 516, 516, 65537 },
	{ 384, 640, 65537 }, { 640, 384, 3 }, { 640, 640, 0xffffffffffffffc5 },
	{ 900, 1148, 65537 }, { 1024, 1024, 65537 }, { 1024, 1024, 3 },
	{ 1028, 1028, 65537 }, { 1280, 768, 65537 }, { 1536, 1536, 65537 },
};

static const struct shape large_shapes[] = {
	{ 2048, 2048, 65537 }, { 1536, 2560, 3 }, { 2047, 2049, 0x10000000000000f },
};

static bool one_shape(const struct shape *shape, unsigned int n)
{
	struct reference r;
	struct km_rsa_key key;

	new_reference(&r, shape->p_bits, shape->q_bits, shape->e);
	CHECK(!km_rsa_setup(&key, r.num));
	CHECK(key.bits == shape->p_bits + shape->q_bits && key.len == key.bits / 8);
	CHECK(key.e == shape->e);
	CHECK(numbers(&r, 0) && numbers(&r, 1) && numbers(&r, 8));
	CHECK(operations(&key, &r, n));
	forget(&r);
	return true;
}

static bool all_shapes(void)
{
	unsigned long n = cases(40);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++)
		CHECK(one_shape(&shapes[i], n < 4 ? 4 : n));
	for (i = 0; i < ARRAY_SIZE(large_shapes) && n >= 10; i++)
		CHECK(one_shape(&large_shapes[i], 5));
	return true;
}

static bool refused(const struct km_rsa_num *num)
{
	static const struct km_rsa_key zero;
	struct km_rsa_key key;

	return km_rsa_setup(&key, num) == -EINVAL && !memcmp(&key, &zero, sizeof(key));
}

/* Each number off by a little, by a multiple of its modulus, too long, too short, missing. */
static bool bad_numbers(struct reference *r)
{
	static const u8 one[] = { 1 };
	struct km_rsa_num num[KM_RSA_PARTS];
	u8 changed[KM_RSA_MAX_BYTES + 8];
	BIGNUM *b = BN_new();
	unsigned int i, k;

	for (i = 0; i < KM_RSA_PARTS; i++) {
		memcpy(num, r->num, sizeof(num));
		num[i].data = changed;
		for (k = 0; k < 64; k++) {
			unsigned int bit = k < 2 ? k : rnd() % (8 * num[i].len);

			memcpy(changed, r->num[i].data, num[i].len);
			changed[num[i].len - 1 - bit / 8] ^= 1 << bit % 8;
			CHECK(refused(num));
		}
		memcpy(changed + 1, r->num[i].data, num[i].len);
		changed[0] = 1;
		num[i].len++;
		CHECK(refused(num));
		num[i] = (struct km_rsa_num){ changed, 0 };
		CHECK(refused(num));
		num[i] = (struct km_rsa_num){ one, 1 };
		CHECK(refused(num));
		/* Far more room than there is, and something in front of it. */
		memset(changed, 0, sizeof(changed));
		memcpy(changed + sizeof(changed) - r->num[i].len, r->num[i].data, r->num[i].len);
		changed[0] = 0x80;
		num[i] = (struct km_rsa_num){ changed, sizeof(changed) };
		CHECK(refused(num));
	}
	/* A multiple of the modulus too much: right by value, and out of range. */
	for (i = KM_RSA_D; i < KM_RSA_PARTS; i++) {
		if (i == KM_RSA_P || i == KM_RSA_Q)
			continue;
		k = i == KM_RSA_D ? KM_RSA_N : i == KM_RSA_DQ ? KM_RSA_Q : KM_RSA_P;
		BN_copy(b, r->part[k]);
		if (i != KM_RSA_QINV)
			BN_sub_word(b, 1);
		if (i == KM_RSA_D) {
			/* A multiple of (p - 1) * (q - 1) = n - p - q + 1 */
			BN_sub(b, b, r->part[KM_RSA_P]);
			BN_sub(b, b, r->part[KM_RSA_Q]);
			BN_add_word(b, 2);
		}
		BN_add(b, b, r->part[i]);
		while (i == KM_RSA_D && BN_cmp(b, r->part[KM_RSA_N]) < 0)
			BN_lshift1(b, b);
		memcpy(num, r->num, sizeof(num));
		num[i] = (struct km_rsa_num){ changed, BN_num_bytes(b) };
		BN_bn2bin(b, changed);
		CHECK(refused(num));
	}
	BN_free(b);
	return true;
}

static bool bad_keys(void)
{
	static const struct shape wrong[] = {
		{ 252, 252, 3 }, { 260, 256, 3 }, { 257, 256, 65537 }, { 188, 324, 65537 },
		{ 324, 188, 65537 }, { 2052, 2052, 65537 }, { 1528, 2568, 65537 },
	};
	struct km_rsa_num num[KM_RSA_PARTS], swap;
	struct km_rsa_key key;
	struct reference r;
	BIGNUM *phi;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		new_reference(&r, wrong[i].p_bits, wrong[i].q_bits, wrong[i].e);
		CHECK(refused(r.num));
		forget(&r);
	}
	new_reference(&r, 512, 512, 65537);
	CHECK(bad_numbers(&r));

	/* p and q changed for each other need another coefficient. */
	memcpy(num, r.num, sizeof(num));
	swap = num[KM_RSA_P];
	num[KM_RSA_P] = num[KM_RSA_Q];
	num[KM_RSA_Q] = swap;
	CHECK(refused(num));
	swap = num[KM_RSA_DP];
	num[KM_RSA_DP] = num[KM_RSA_DQ];
	num[KM_RSA_DQ] = swap;
	CHECK(refused(num));

	/* d may also be the inverse modulo (p - 1) * (q - 1). */
	phi = BN_dup(r.part[KM_RSA_N]);
	BN_sub(phi, phi, r.part[KM_RSA_P]);
	BN_sub(phi, phi, r.part[KM_RSA_Q]);
	BN_add_word(phi, 1);
	BN_mod_inverse(r.part[KM_RSA_D], r.part[KM_RSA_E], phi, ctx);
	BN_free(phi);
	strings(&r, 0);
	CHECK(!km_rsa_setup(&key, r.num));
	CHECK(operations(&key, &r, 3));
	forget(&r);
	return true;
}

/* e = 1 agrees with d = 1, and is no key. */
static bool bad_exponents(void)
{
	struct reference r;
	unsigned int i;

	CHECK(!km_rsa_e_valid(0) && !km_rsa_e_valid(1) && !km_rsa_e_valid(2));
	CHECK(km_rsa_e_valid(3) && !km_rsa_e_valid(65536) && km_rsa_e_valid(~0ULL));
	CHECK(!km_rsa_bits_valid(504) && km_rsa_bits_valid(512) && !km_rsa_bits_valid(513));
	CHECK(km_rsa_bits_valid(4096) && !km_rsa_bits_valid(4104) && !km_rsa_bits_valid(0));
	new_reference(&r, 512, 512, 3);
	BN_one(r.part[KM_RSA_E]);
	for (i = KM_RSA_D; i <= KM_RSA_DQ; i++)
		if (i != KM_RSA_P && i != KM_RSA_Q)
			BN_one(r.part[i]);
	strings(&r, 0);
	CHECK(refused(r.num));
	forget(&r);
	return true;
}

/* A fault in either half or between them: no result, and nothing of one. */
static bool faults(void)
{
	u8 m[KM_RSA_MAX_BYTES], s[KM_RSA_MAX_BYTES], untouched[KM_RSA_MAX_BYTES];
	struct km_rsa_key key;
	struct reference r;
	unsigned int i, k;

	memset(untouched, 0xa5, sizeof(untouched));
	for (i = 0; i < 3; i++) {
		new_reference(&r, shapes[2 + 6 * i].p_bits, shapes[2 + 6 * i].q_bits, 65537);
		CHECK(!km_rsa_setup(&key, r.num));
		for (k = 0; k < 60; k++) {
			message(&key, m, 3);
			memcpy(s, untouched, sizeof(s));
			rsa_fault = k % 4;
			CHECK(km_rsa_private(&key, &env, s, m) == (k % 4 ? -EIO : 0));
			CHECK(k % 4 == 0 || !memcmp(s, untouched, sizeof(s)));
		}
		rsa_fault = 0;
		/* The key itself damaged, in memory. */
		key.dp[1] ^= 4;
		memcpy(s, untouched, sizeof(s));
		CHECK(km_rsa_private(&key, &env, s, m) == -EIO);
		CHECK(!memcmp(s, untouched, sizeof(s)));
		forget(&r);
	}
	return true;
}

/* What meets the exponent is another number each time, for the same input. */
static bool blinding(void)
{
	struct rsa_work *w = malloc(sizeof(*w) + 8 * KM_BN_TABLE(KM_RSA_PRIME_LIMBS));
	u64 x[3][KM_RSA_MAX_LIMBS];
	struct km_rsa_key key;
	struct reference r;
	unsigned int i;

	new_reference(&r, 512, 512, 65537);
	CHECK(!km_rsa_setup(&key, r.num));
	for (i = 0; i < 3; i++) {
		const struct km_bn_mod f = mod_n(&key, w->t);

		memset(w->in, 0, sizeof(w->in));
		w->in[0] = 2;
		CHECK(!blind(&key, &f, w, &env));
		memcpy(x[i], w->x, sizeof(x[i]));
		CHECK(memcmp(x[i], w->in, key.len));
		CHECK(!i || memcmp(x[i], x[i - 1], key.len));
	}
	CHECK(memcmp(x[0], x[2], key.len));
	free(w);
	forget(&r);
	return true;
}

/* What OpenSSL thinks of a key, and what the standard demands beyond that. */
static bool approved(const struct km_rsa_key *key)
{
	u8 bytes[KM_RSA_MAX_BYTES];
	BIGNUM *part[KM_RSA_PARTS], *x = BN_new();
	RSA *rsa = RSA_new();
	size_t len;
	int i;

	for (i = 0; i < KM_RSA_PARTS; i++) {
		len = km_rsa_part_len(key, i);
		km_rsa_part_get(key, i, bytes, len);
		part[i] = BN_bin2bn(bytes, len, NULL);
	}
	CHECK(BN_num_bits(part[KM_RSA_N]) == (int)key->bits);
	CHECK(BN_num_bits(part[KM_RSA_P]) == (int)key->bits / 2);
	CHECK(BN_num_bits(part[KM_RSA_Q]) == (int)key->bits / 2);
	CHECK(BN_cmp(part[KM_RSA_P], part[KM_RSA_Q]) > 0);
	CHECK(BN_num_bits(part[KM_RSA_D]) > (int)key->bits / 2);
	BN_sub(x, part[KM_RSA_P], part[KM_RSA_Q]);
	CHECK(BN_num_bits(x) > (int)key->bits / 2 - 100);
	RSA_set0_key(rsa, part[KM_RSA_N], part[KM_RSA_E], part[KM_RSA_D]);
	RSA_set0_factors(rsa, part[KM_RSA_P], part[KM_RSA_Q]);
	RSA_set0_crt_params(rsa, part[KM_RSA_DP], part[KM_RSA_DQ], part[KM_RSA_QINV]);
	CHECK(RSA_check_key_ex(rsa, NULL) == 1);

	/* d is the least: below the least common multiple. */
	BN_gcd(x, part[KM_RSA_P], part[KM_RSA_Q], ctx);
	CHECK(BN_is_one(x));
	BN_sub_word(part[KM_RSA_P], 1);
	BN_sub_word(part[KM_RSA_Q], 1);
	BN_gcd(x, part[KM_RSA_P], part[KM_RSA_Q], ctx);
	BN_mul(part[KM_RSA_P], part[KM_RSA_P], part[KM_RSA_Q], ctx);
	BN_div(part[KM_RSA_P], NULL, part[KM_RSA_P], x, ctx);
	CHECK(BN_cmp(part[KM_RSA_D], part[KM_RSA_P]) < 0);
	RSA_free(rsa);
	BN_free(x);
	return true;
}

static bool generated(void)
{
	static const struct shape made[] = {
		{ 1024, 0, 65537 }, { 1024, 0, 3 }, { 1032, 0, 65537 }, { 1040, 0, 3 },
		{ 1096, 0, 5 }, { 1152, 0, 65537 }, { 1280, 0, 0xffffffffffffffff },
		{ 1536, 0, 15 }, { 2040, 0, 65537 }, { 2048, 0, 65537 }, { 2048, 0, 3 },
		{ 2056, 0, 0x10000000000000f },
	};
	static const struct shape large[] = { { 3072, 0, 65537 }, { 4096, 0, 65537 } };
	unsigned int i, k, times = cases(2);
	struct km_rsa_key key;

	for (i = 0; i < ARRAY_SIZE(made); i++) {
		for (k = 0; k < times; k++) {
			CHECK(!km_rsa_generate(&key, made[i].p_bits, made[i].e, &env));
			CHECK(key.bits == made[i].p_bits && key.e == made[i].e);
			CHECK(approved(&key));
		}
	}
	/* Not where everything is slow. */
	for (i = 0; i < ARRAY_SIZE(large) && times > 1; i++) {
		CHECK(!km_rsa_generate(&key, large[i].p_bits, large[i].e, &env));
		CHECK(key.bits == large[i].p_bits && approved(&key));
	}
	return true;
}

static bool not_generated(void)
{
	static const u32 bits[] = { 0, 8, 512, 1016, 1020, 1025, 2047, 4104, 8192, ~0U };
	static const u64 e[] = { 0, 1, 2, 4, 65536 };
	static const struct km_rsa_key zero;
	struct km_rsa_key key;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bits); i++)
		CHECK(km_rsa_generate(&key, bits[i], 65537, &env) == -EINVAL);
	for (i = 0; i < ARRAY_SIZE(e); i++)
		CHECK(km_rsa_generate(&key, 1024, e[i], &env) == -EINVAL);
	CHECK(!memcmp(&key, &zero, sizeof(key)));
	return true;
}

/* No two keys share a prime: the greatest common divisor of all pairs of moduli is 1. */
static bool unrelated(void)
{
	unsigned int n = cases(30) + 2, i, k;
	BIGNUM **moduli = calloc(n, sizeof(*moduli)), *g = BN_new();
	u8 bytes[128];
	struct km_rsa_key key;

	for (i = 0; i < n; i++) {
		CHECK(!km_rsa_generate(&key, 1024, 65537, &env));
		km_rsa_part_get(&key, KM_RSA_N, bytes, sizeof(bytes));
		moduli[i] = BN_bin2bn(bytes, sizeof(bytes), NULL);
		for (k = 0; k < i; k++) {
			BN_gcd(g, moduli[k], moduli[i], ctx);
			CHECK(BN_is_one(g));
		}
	}
	for (i = 0; i < n; i++)
		BN_free(moduli[i]);
	BN_free(g);
	free(moduli);
	return true;
}

/* Stopped anywhere from the first question to the last: -EINTR, and nothing of a key. */
static bool interrupted(void)
{
	unsigned long left = cases(30), asked;
	static const struct km_rsa_key zero;
	u64 seed = rnd(), after;
	struct km_rsa_key key;

	rng_state = seed;
	polls = 0;
	stop_at = 0;
	CHECK(!km_rsa_generate(&key, 1024, 65537, &stoppable));
	asked = polls;
	/* In each of at least 16 powers a hundred times, and in the last test of the pair. */
	CHECK(asked > 16 * 100);
	after = rng_state;
	while (left--) {
		rng_state = seed;
		polls = 0;
		stop_at = left ? 1 + (left * 2654435761UL) % asked : asked;
		memset(&key, 1, sizeof(key));
		CHECK(km_rsa_generate(&key, 1024, 65537, &stoppable) == -EINTR);
		CHECK(polls == stop_at);
		CHECK(!memcmp(&key, &zero, sizeof(key)));
	}
	rng_state = after;
	return true;
}

/* Composites that small divisors do not betray, the hardest kind among them, and primes. */
static bool tested(void)
{
	struct km_prime_work *w = malloc(sizeof(*w));
	BIGNUM *p = BN_new(), *q = BN_new(), *three = BN_new(), *four = BN_new();
	BIGNUM *hard = BN_new();
	unsigned long left = cases(100);
	u64 x[KM_PRIME_LIMBS];

	km_prime_init(w, 512, 65537, &env);
	CHECK(w->small[0] == 3 && w->small[KM_PRIME_SMALL - 1] == 16381);
	CHECK(w->words < KM_PRIME_WORDS);
	CHECK(w->word[w->words - 1].first + w->word[w->words - 1].count == KM_PRIME_SMALL);
	BN_set_word(three, 3);
	BN_set_word(four, 4);
	while (left--) {
		memset(x, 0, sizeof(x));
		BN_generate_prime_ex(p, 512, 0, four, three, NULL);
		BN_bn2lebinpad(p, (u8 *)x, 64);
		CHECK(!km_prime_test(w, x));
		do {
			BN_generate_prime_ex(p, 256, 0, four, three, NULL);
			BN_generate_prime_ex(q, 256, 0, four, BN_value_one(), NULL);
			BN_mul(p, p, q, ctx);
		} while (BN_num_bits(p) != 512);
		BN_bn2lebinpad(p, (u8 *)x, 64);
		CHECK(km_prime_test(w, x) == -EAGAIN);
	}
	/* p * (2p - 1): a quarter of all bases take it for a prime, so one round would not do. */
	km_prime_init(w, 513, 65537, &env);
	for (left = 2; left; left--) {
		do {
			BN_generate_prime_ex(p, 256, 0, four, three, NULL);
			BN_lshift1(q, p);
			BN_sub_word(q, 1);
			BN_mul(hard, p, q, ctx);
		} while (BN_num_bits(hard) != 513 || !BN_check_prime(q, ctx, NULL));
		BN_bn2lebinpad(hard, (u8 *)x, sizeof(x));
		CHECK(km_prime_test(w, x) == -EAGAIN);
	}
	BN_free(p);
	BN_free(q);
	BN_free(three);
	BN_free(four);
	BN_free(hard);
	free(w);
	return true;
}

/* Each of the small primes is a divisor that is found, in every place of the words. */
static bool divided(void)
{
	static const struct km_rsa_env none = { .random = env_random };
	struct km_prime_work *w = malloc(sizeof(*w));
	u64 p[KM_PRIME_LIMBS];
	unsigned int i;
	BIGNUM *b;

	km_prime_init(w, 512, 3, &none);
	for (i = 0; i < 3; i++) {
		w->tests = 0;
		CHECK(!km_prime_random(w, p));
		/* About one candidate in 21 passes the division and is prime. */
		CHECK(w->tests < 400);
		b = BN_lebin2bn((u8 *)p, 64, NULL);
		CHECK(BN_num_bits(b) == 512 && BN_check_prime(b, ctx, NULL) == 1);
		CHECK(BN_mod_word(b, 3) == 2 && BN_mod_word(b, 4) == 3);
		BN_free(b);
	}
	free(w);
	return true;
}

static const struct test tests[] = {
	{ "rsa: keys of every shape work as OpenSSL's", all_shapes },
	{ "rsa: numbers that do not agree are refused", bad_keys },
	{ "rsa: exponents and lengths out of range are refused", bad_exponents },
	{ "rsa: a fault gives no result", faults },
	{ "rsa: what is computed with is blinded", blinding },
	{ "prime: primes pass the test, composites do not", tested },
	{ "prime: a random prime is one, and fits the exponent", divided },
	{ "rsa: OpenSSL approves of generated keys", generated },
	{ "rsa: no key out of range is generated", not_generated },
	{ "rsa: generated keys share no prime", unrelated },
	{ "rsa: generation can be stopped at any time", interrupted },
};

int main(void)
{
	ctx = BN_CTX_new();
	return run_tests(tests, ARRAY_SIZE(tests));
}
