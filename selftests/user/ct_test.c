// SPDX-License-Identifier: GPL-2.0-only
/*
 * No branch and no address depends on a private key or a nonce (kernel/ec.c), on any curve.
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

#include "ec_table.c"

#if defined(CT_LEAK_RANGE)
#define km_bn_less(a, b, limbs) (memcmp(a, b, 8 * (limbs)) < 0 ? ~0ULL : 0)
#endif

#include "ec.c"

/* The curve that is tested now. */
static const struct km_curve *curve;
static const char *curve_name;
static unsigned int bytes;

static unsigned int tests, failed;

static void result(bool ok, const char *name)
{
	failed += !ok;
	printf("%sok %u - ct: %s, %s\n", ok ? "" : "not ", ++tests, curve_name, name);
}

/* @fill: a pattern, so that several digits of every kind come up in the scalars */
static void fill_secret(u8 *s, unsigned int fill)
{
	unsigned int i;

	for (i = 0; i < bytes; i++)
		s[i] = fill * (i + 3) + (i ^ fill);
	s[0] &= 0x7f;
	km_ec_cut(curve, s);
	VALGRIND_MAKE_MEM_UNDEFINED(s, bytes);
}

static void public_key(unsigned int fill)
{
	u8 d[KM_EC_MAX_BYTES], x[KM_EC_MAX_BYTES], y[KM_EC_MAX_BYTES];
	unsigned int before = VALGRIND_COUNT_ERRORS, found;
	int ret;

	fill_secret(d, fill);
	ret = km_ec_public(curve, d, x, y);
	found = VALGRIND_COUNT_ERRORS - before;
	VALGRIND_MAKE_MEM_DEFINED(&ret, sizeof(ret));
	VALGRIND_MAKE_MEM_DEFINED(x, bytes);
	VALGRIND_MAKE_MEM_DEFINED(y, bytes);
	result(!ret && km_ec_point_ok(curve, x, y), "a public key comes out");
	result(!found, "making it depends on no secret");
}

static void range(unsigned int fill)
{
	u8 d[KM_EC_MAX_BYTES];
	unsigned int before = VALGRIND_COUNT_ERRORS, found;
	bool ok;

	fill_secret(d, fill);
	ok = km_ec_scalar_ok(curve, d);
	found = VALGRIND_COUNT_ERRORS - before;
	VALGRIND_MAKE_MEM_DEFINED(&ok, sizeof(ok));
	result(ok && !found, "the check of a private key depends on no secret");
}

/* @bad_nonce: also the refusal of a nonce must come from no branch */
static void sign(unsigned int fill, bool bad_nonce)
{
	static const u8 digest[32] = { 1, 2, 3 };
	struct km_ecdsa sig = { .digest = digest, .digest_len = sizeof(digest) };
	u8 d[KM_EC_MAX_BYTES], k[KM_EC_MAX_BYTES], x[KM_EC_MAX_BYTES], y[KM_EC_MAX_BYTES];
	unsigned int before = VALGRIND_COUNT_ERRORS, found;
	int ret;

	fill_secret(d, fill);
	fill_secret(k, fill + 5);
	if (bad_nonce) {
		memset(k, 0xff, bytes);
		VALGRIND_MAKE_MEM_UNDEFINED(k, bytes);
	}
	ret = km_ecdsa_sign(curve, d, k, &sig);
	found = VALGRIND_COUNT_ERRORS - before;
	VALGRIND_MAKE_MEM_DEFINED(&ret, sizeof(ret));
	VALGRIND_MAKE_MEM_DEFINED(&sig, sizeof(sig));
	VALGRIND_MAKE_MEM_DEFINED(d, bytes);
	if (bad_nonce) {
		result(ret == -EAGAIN, "a nonce out of range is refused");
	} else {
		km_ec_public(curve, d, x, y);
		result(!ret && !km_ecdsa_verify(curve, x, y, &sig), "a good signature comes out");
	}
	result(!found, "making it depends on no secret");
}

/* The peer's key is public, ours and what comes out are not. */
static void agree_on(unsigned int fill)
{
	struct km_ecdh ours, theirs;
	u8 d[KM_EC_MAX_BYTES], e[KM_EC_MAX_BYTES];
	unsigned int before, found;
	int ret, ret2;

	fill_secret(d, fill);
	fill_secret(e, fill + 3);
	VALGRIND_MAKE_MEM_DEFINED(d, bytes);
	VALGRIND_MAKE_MEM_DEFINED(e, bytes);
	km_ec_public(curve, e, ours.x, ours.y);
	km_ec_public(curve, d, theirs.x, theirs.y);
	VALGRIND_MAKE_MEM_UNDEFINED(d, bytes);
	before = VALGRIND_COUNT_ERRORS;
	ret = km_ec_ecdh(curve, d, &ours);
	found = VALGRIND_COUNT_ERRORS - before;
	VALGRIND_MAKE_MEM_DEFINED(&ret, sizeof(ret));
	VALGRIND_MAKE_MEM_DEFINED(ours.secret, bytes);
	ret2 = km_ec_ecdh(curve, e, &theirs);
	result(!ret && !ret2 && !memcmp(ours.secret, theirs.secret, bytes), "both sides agree");
	result(!found, "agreeing depends on no secret");
}

static void run_curve(const struct km_curve *c, const char *name)
{
	unsigned int i;

	curve = c;
	curve_name = name;
	bytes = km_ec_bytes(c);
	for (i = 0; i < 3; i++) {
		range(i * 77);
		public_key(i * 77 + 1);
		sign(i * 77 + 2, false);
		agree_on(i * 77 + 3);
	}
	sign(9, true);
}

int main(void)
{
	printf("TAP version 13\n");
	if (km_ec_init()) {
		printf("Bail out! km_ec_init\n");
		return 1;
	}
	curve_name = "all";
	result(RUNNING_ON_VALGRIND, "memcheck is watching");
	run_curve(&km_p224, "P-224");
	run_curve(&km_p256, "P-256");
	run_curve(&km_p384, "P-384");
	run_curve(&km_p521, "P-521");
	km_ec_exit();
	printf("1..%u\n", tests);
	return failed ? 1 : 0;
}
