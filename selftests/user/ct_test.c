// SPDX-License-Identifier: GPL-2.0-only
/*
 * No branch and no address depends on a private key or a nonce (kernel/ec.c).
 * Userspace test, runs under valgrind's memcheck, for which the secrets are "undefined":
 * it reports each jump, address or system call that depends on them.
 *
 * Built with CT_LEAK_BRANCH, CT_LEAK_INDEX or CT_LEAK_RANGE it has a leak, which the
 * Makefile expects to be found.
 */
#include <stdio.h>
#include <valgrind/memcheck.h>
#include "mont.h"

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

#include "p256.c"

#if defined(CT_LEAK_RANGE)
#define km_bn_less(a, b, limbs) (memcmp(a, b, 8 * (limbs)) < 0 ? ~0ULL : 0)
#endif

#include "ec.c"

#define BYTES	32

static unsigned int tests, failed;

static void result(bool ok, const char *name)
{
	failed += !ok;
	printf("%sok %u - %s\n", ok ? "" : "not ", ++tests, name);
}

/* @fill: a pattern, so that several digits of every kind come up in the scalars */
static void fill_secret(u8 *s, unsigned int fill)
{
	unsigned int i;

	for (i = 0; i < BYTES; i++)
		s[i] = fill * (i + 3) + (i ^ fill);
	s[0] &= 0x7f;
	VALGRIND_MAKE_MEM_UNDEFINED(s, BYTES);
}

static void public_key(unsigned int fill)
{
	u8 d[BYTES], x[BYTES], y[BYTES];
	unsigned int before = VALGRIND_COUNT_ERRORS, found;
	int ret;

	fill_secret(d, fill);
	ret = km_ec_public(&km_p256, d, x, y);
	found = VALGRIND_COUNT_ERRORS - before;
	VALGRIND_MAKE_MEM_DEFINED(&ret, sizeof(ret));
	VALGRIND_MAKE_MEM_DEFINED(x, BYTES);
	VALGRIND_MAKE_MEM_DEFINED(y, BYTES);
	result(!ret && km_ec_point_ok(&km_p256, x, y), "ct: a public key comes out");
	result(!found, "ct: making it depends on no secret");
}

static void range(unsigned int fill)
{
	u8 d[BYTES];
	unsigned int before = VALGRIND_COUNT_ERRORS, found;
	bool ok;

	fill_secret(d, fill);
	ok = km_ec_scalar_ok(&km_p256, d);
	found = VALGRIND_COUNT_ERRORS - before;
	VALGRIND_MAKE_MEM_DEFINED(&ok, sizeof(ok));
	result(ok && !found, "ct: the check of a private key depends on no secret");
}

/* @bad_nonce: also the refusal of a nonce must come from no branch */
static void sign(unsigned int fill, bool bad_nonce)
{
	static const u8 digest[BYTES] = { 1, 2, 3 };
	struct km_ecdsa sig = { .digest = digest, .digest_len = BYTES };
	u8 d[BYTES], k[BYTES], x[BYTES], y[BYTES];
	unsigned int before = VALGRIND_COUNT_ERRORS, found;
	int ret;

	fill_secret(d, fill);
	fill_secret(k, fill + 5);
	if (bad_nonce) {
		memset(k, 0xff, BYTES);
		VALGRIND_MAKE_MEM_UNDEFINED(k, BYTES);
	}
	ret = km_ecdsa_sign(&km_p256, d, k, &sig);
	found = VALGRIND_COUNT_ERRORS - before;
	VALGRIND_MAKE_MEM_DEFINED(&ret, sizeof(ret));
	VALGRIND_MAKE_MEM_DEFINED(&sig, sizeof(sig));
	VALGRIND_MAKE_MEM_DEFINED(d, BYTES);
	if (bad_nonce) {
		result(ret == -EAGAIN, "ct: a nonce out of range is refused");
	} else {
		km_ec_public(&km_p256, d, x, y);
		result(!ret && !km_ecdsa_verify(&km_p256, x, y, &sig),
		       "ct: a good signature comes out");
	}
	result(!found, "ct: making it depends on no secret");
}

int main(void)
{
	unsigned int i;

	printf("TAP version 13\n");
	if (km_ec_init()) {
		printf("Bail out! km_ec_init\n");
		return 1;
	}
	result(RUNNING_ON_VALGRIND, "ct: memcheck is watching");
	for (i = 0; i < 3; i++) {
		range(i * 77);
		public_key(i * 77 + 1);
		sign(i * 77 + 2, false);
	}
	sign(9, true);
	km_ec_exit();
	printf("1..%u\n", tests);
	return failed ? 1 : 0;
}
