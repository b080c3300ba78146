// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz target: RSA keys that somebody imports (kernel/rsa_der.c, rsa_key.c).
 *
 * Numbers of anybody: zero, even, longer than the modulus. What is taken for a key works as one:
 * the private operation undoes the public one.
 */
#include "der_mutator.h"
#include "fuzz.h"
#include "harness.h"
#include "rsa_der.h"

/* Larger ones take too long, and add nothing. */
#define BYTES_MAX	128

static void fill(void *ctx, u8 *out, size_t len)
{
	(void)ctx;
	memset(out, 0x5a, len);
}

static void works(const struct km_rsa_key *key)
{
	const struct km_rsa_env env = { .random = fill };
	u8 in[KM_RSA_MAX_BYTES] = {}, sig[KM_RSA_MAX_BYTES], back[KM_RSA_MAX_BYTES];

	MUST(key->len <= BYTES_MAX && key->p_limbs <= KM_RSA_PRIME_LIMBS &&
	     key->q_limbs <= KM_RSA_PRIME_LIMBS);
	memset(in + 1, 0xc3, key->len - 1);
	/* Two numbers that are no primes may come together as a key; then it fails and says so. */
	if (km_rsa_private(key, &env, sig, in))
		return;
	MUST(!km_rsa_public(key, back, sig) && !memcmp(in, back, key->len));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	struct km_rsa_num parts[KM_RSA_PARTS], inner = { data, len };
	struct km_rsa_key *key;

	km_rsa_read_pkcs8(data, len, &inner);
	if (km_rsa_read_private(inner.data, inner.len, parts))
		return 0;
	if (parts[KM_RSA_N].len > BYTES_MAX)
		return 0;
	key = malloc(sizeof(*key));
	memset(key, 0xa5, sizeof(*key));
	if (!km_rsa_setup(key, parts))
		works(key);
	free(key);
	return 0;
}
