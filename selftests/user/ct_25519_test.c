// SPDX-License-Identifier: GPL-2.0-only
/*
 * No branch and no address depends on a private key (kernel/ed25519.c, x25519.c).
 * Userspace test, runs under valgrind's memcheck, for which the secrets are "undefined":
 * it reports each jump, address or system call that depends on them.
 *
 * SHA-512 is a stand-in that mixes all it is given: the kernel's is not judged here. Built
 * with CT_LEAK_BRANCH or CT_LEAK_INDEX there is a leak, which the Makefile expects to be found.
 */
#include <stdio.h>
#include <valgrind/memcheck.h>
#include "mont.h"
#include "prim.h"

#if defined(CT_LEAK_BRANCH)
static void leaky_cmov(u64 *r, const u64 *a, u64 mask, unsigned int limbs)
{
	if (mask)
		memcpy(r, a, limbs * sizeof(*r));
}

#define mont_cmov leaky_cmov
#elif defined(CT_LEAK_INDEX)
static void leaky_cmov(u64 *r, const u64 *a, u64 mask, unsigned int limbs)
{
	const u64 *from[2] = { r, a };

	memmove(r, from[mask & 1], limbs * sizeof(*r));
}

#define mont_cmov leaky_cmov
#endif

static void public(const void *p, size_t len)
{
	VALGRIND_MAKE_MEM_DEFINED(p, len);
}

int km_sha512(const struct km_piece *pieces, unsigned int n, u8 *out)
{
	u64 lanes[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	unsigned int i, j;
	size_t at;

	for (i = 0; i < n; i++) {
		for (at = 0; at < pieces[i].len; at++) {
			for (j = 0; j < 8; j++) {
				lanes[j] ^= ((const u8 *)pieces[i].data)[at];
				lanes[j] *= 0x9e3779b97f4a7c15ULL + 2 * j;
				lanes[j] ^= lanes[j] >> 29;
			}
		}
	}
	memcpy(out, lanes, sizeof(lanes));
	return 0;
}

/* Whether two values differ is no secret where it is asked. */
#define crypto_memneq(a, b, n) declassified((crypto_memneq)(a, b, n))

static unsigned long declassified(unsigned long differ)
{
	public(&differ, sizeof(differ));
	return differ;
}

#include "fe25519.c"
#include "ge25519.c"

/*
 * The first question of km_ed25519_verify(): from here on public key and signature are what
 * everybody sees, and verifying may branch on them.
 */
#define km_bn_less(a, b, n) (public(pub, 32), public(sig, 64), public(a, 32), \
			     (km_bn_less)(a, b, n))
#include "ed25519.c"
#undef km_bn_less
#include "x25519.c"

static unsigned int tests, failed;

static void result(bool ok, const char *name)
{
	failed += !ok;
	printf("%sok %u - ct: %s\n", ok ? "" : "not ", ++tests, name);
}

/* A pattern, so that digits of every kind come up, made secret. */
static void fill_secret(u8 *s, unsigned int fill)
{
	unsigned int i;

	for (i = 0; i < 32; i++)
		s[i] = fill * (i + 3) + (i ^ fill);
	VALGRIND_MAKE_MEM_UNDEFINED(s, 32);
}

static void signature(unsigned int fill)
{
	static const u8 message[50] = { 1, 2, 3 };
	const struct km_piece pieces[KM_ED25519_PIECES] = { { message, 20 }, { message + 20, 30 } };
	unsigned int before = VALGRIND_COUNT_ERRORS, found;
	u8 seed[32], sig[KM_ED25519_SIG];
	struct km_ed25519 key;
	int ret;

	fill_secret(seed, fill);
	ret = km_ed25519_expand(&key, seed);
	ret |= km_ed25519_sign(&key, pieces, sig);
	found = VALGRIND_COUNT_ERRORS - before;
	public(&ret, sizeof(ret));
	public(key.pub, sizeof(key.pub));
	public(sig, sizeof(sig));
	result(!ret && !km_ed25519_verify(key.pub, pieces, sig), "a good signature comes out");
	sig[40] ^= 1;
	result(km_ed25519_verify(key.pub, pieces, sig) == -EBADMSG, "a changed one is bad");
	result(!found, "making key and signature depends on no secret");
}

static void agreement(unsigned int fill)
{
	unsigned int before = VALGRIND_COUNT_ERRORS, found;
	u8 a[32], b[32], pub_a[32], pub_b[32], one[32], other[32];
	int ret;

	fill_secret(a, fill);
	fill_secret(b, fill + 1);
	km_x25519_public(pub_a, a);
	km_x25519_public(pub_b, b);
	ret = km_x25519(one, a, pub_b);
	ret |= km_x25519(other, b, pub_a);
	found = VALGRIND_COUNT_ERRORS - before;
	public(&ret, sizeof(ret));
	public(one, sizeof(one));
	public(other, sizeof(other));
	result(!ret && !memcmp(one, other, 32), "both come to the same secret");
	result(!found, "coming to it depends on no secret");
}

int main(void)
{
	unsigned int i;

	printf("TAP version 13\n");
	if (km_ed25519_init()) {
		printf("Bail out! km_ed25519_init\n");
		return 1;
	}
	result(RUNNING_ON_VALGRIND, "memcheck is watching");
	for (i = 0; i < 3; i++) {
		signature(i * 77 + 2);
		agreement(i * 77 + 5);
	}
	km_ed25519_exit();
	printf("1..%u\n", tests);
	return failed ? 1 : 0;
}
