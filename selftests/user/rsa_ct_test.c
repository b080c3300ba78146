// SPDX-License-Identifier: GPL-2.0-only
/*
 * No branch and no address depends on a private RSA key, or on what it is used on.
 * Userspace test, runs under valgrind's memcheck, for which the secrets are "undefined":
 * it reports each jump, address or system call that depends on them.
 *
 * All randomness is a secret too, and with it the primes of a key that is generated. What
 * the code calls public (KM_CT_PUBLIC) is made defined: verdicts and lengths.
 *
 * Built with CT_LEAK_BRANCH or CT_LEAK_INDEX it has a leak in the powers, with
 * CT_LEAK_RANGE one in the inverses, which the Makefile expects to be found.
 */
#include <stdio.h>
#include <valgrind/memcheck.h>
#include "shim.h"

static u64 declassified(u64 x)
{
	VALGRIND_MAKE_MEM_DEFINED(&x, sizeof(x));
	return x;
}

#define KM_CT_PUBLIC(x) declassified(x)

#include "mont.h"

#if defined(CT_LEAK_BRANCH)
/* As if entries of the table that are not wanted were left out, the usual way. */
static u64 leaky(u64 x)
{
	static volatile unsigned int skipped;

	if (!x)
		skipped++;
	return x;
}
#elif defined(CT_LEAK_INDEX)
/* As if the table were read where the exponent says alone, the usual way. */
static u64 leaky(u64 x)
{
	static volatile u8 table[32];

	return x ^ table[x & 31];
}
#endif

#if defined(CT_LEAK_BRANCH) || defined(CT_LEAK_INDEX)
static u64 leaky_nonzero(u64 x)
{
	return mont_nonzero(leaky(x));
}

#define mont_nonzero(x) leaky_nonzero(x)
#endif
#include "bn.c"
#undef mont_nonzero

#if defined(CT_LEAK_RANGE)
/* As if the sign were asked for, the usual way. */
#define mont_hide(x) ((x) ? ~0ULL : (mont_hide)(0))
#endif
#include "bn_inv.c"
#undef mont_hide

#include "bn_mont.c"
#include "prime.c"
#include "rsa.c"
#include "rsa_key.c"
#include "rsa_gen.c"

static unsigned int tests, failed, errors;

static void begin(void)
{
	errors = VALGRIND_COUNT_ERRORS;
}

static bool silent(void)
{
	return errors == VALGRIND_COUNT_ERRORS;
}

static void result(bool ok, const char *name)
{
	failed += !ok;
	printf("%sok %u - ct: %s\n", ok ? "" : "not ", ++tests, name);
}

static u64 seed = 0x853c49e6748fea9bULL;

/* Repeatable, and secret. */
static void env_random(void *ctx, u8 *out, size_t len)
{
	size_t i;

	(void)ctx;
	for (i = 0; i < len; i++) {
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		out[i] = seed >> 56;
	}
	VALGRIND_MAKE_MEM_UNDEFINED(out, len);
}

static const struct km_rsa_env env = { .random = env_random };

/* A whole generation: primes, all that follows from them, the test of the pair. */
static void generate(struct km_rsa_key *key, u64 e)
{
	int ret;

	begin();
	ret = km_rsa_generate(key, KM_RSA_MIN_GEN_BITS, e, &env);
	result(silent(), "generating a key depends on no secret");
	VALGRIND_MAKE_MEM_DEFINED(&ret, sizeof(ret));
	VALGRIND_MAKE_MEM_DEFINED(key->n, sizeof(key->n));
	result(!ret && key->bits == KM_RSA_MIN_GEN_BITS && key->n[0] & 1, "a key comes out");
}

/* The numbers of the key, out and in again; the modulus and e are public. */
static void setup(struct km_rsa_key *key)
{
	static u8 bytes[KM_RSA_PARTS][KM_RSA_MAX_BYTES];
	struct km_rsa_num num[KM_RSA_PARTS];
	struct km_rsa_key again;
	unsigned int i;
	int good, bad;

	begin();
	for (i = 0; i < KM_RSA_PARTS; i++) {
		num[i].len = km_rsa_part_len(key, i);
		num[i].data = bytes[i];
		km_rsa_part_get(key, i, bytes[i], num[i].len);
	}
	VALGRIND_MAKE_MEM_DEFINED(bytes[KM_RSA_N], num[KM_RSA_N].len);
	good = km_rsa_setup(&again, num);
	bytes[KM_RSA_DP][num[KM_RSA_DP].len - 1] ^= 2;
	bad = km_rsa_setup(key, num);
	result(silent(), "setting up a key depends on no secret");
	VALGRIND_MAKE_MEM_DEFINED(&good, sizeof(good));
	VALGRIND_MAKE_MEM_DEFINED(&bad, sizeof(bad));
	result(!good && bad == -EINVAL, "a good key is taken, a bad one refused");
	*key = again;
	VALGRIND_MAKE_MEM_DEFINED(key->n, sizeof(key->n));
}

/* Both operations, on what is a secret as well, and on what is out of range. */
static void use(const struct km_rsa_key *key)
{
	u8 m[KM_RSA_MIN_GEN_BITS / 8] = { 0, 5, 4, 3 }, s[sizeof(m)], back[sizeof(m)];
	int ret, range;

	VALGRIND_MAKE_MEM_UNDEFINED(m, sizeof(m));
	begin();
	ret = km_rsa_private(key, &env, s, m);
	ret |= km_rsa_public(key, back, s);
	m[0] = 0xff;
	m[1] = 0xff;
	range = km_rsa_private(key, &env, s, m);
	result(silent(), "using a key depends on no secret");
	VALGRIND_MAKE_MEM_DEFINED(back, sizeof(back));
	VALGRIND_MAKE_MEM_DEFINED(&ret, sizeof(ret));
	VALGRIND_MAKE_MEM_DEFINED(&range, sizeof(range));
	result(!ret && back[1] == 5 && back[3] == 3 && !back[4], "the right result comes out");
	result(range == -EINVAL || (key->n[sizeof(m) / 8 - 1] >> 48) == 0xffff,
	       "a number out of range is refused");
}

int main(void)
{
	static struct km_rsa_key key;

	printf("TAP version 13\n");
	result(RUNNING_ON_VALGRIND, "memcheck is watching");
	generate(&key, 65537);
	setup(&key);
	use(&key);
	printf("1..%u\n", tests);
	return failed ? 1 : 0;
}
