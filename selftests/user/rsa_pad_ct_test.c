// SPDX-License-Identifier: GPL-2.0-only
/*
 * No branch and no address depends on what RSA decrypted (kernel/rsa_pad.c).
 * Userspace test, runs under valgrind's memcheck, for which the secrets are "undefined":
 * it reports each jump, address or system call that depends on them.
 *
 * The digest is a stand-in: the module's own is the kernel's and is not what is judged
 * here. Built with CT_LEAK_BRANCH or CT_LEAK_INDEX there is a leak in the decoding, which
 * the Makefile expects to be found.
 */
#include <linux/keymaster.h>
#include <stdio.h>
#include <valgrind/memcheck.h>
#include "mont.h"

#if defined(CT_LEAK_BRANCH)
/* As if the search ended at the separator, the usual way. */
static u64 leaky(u64 x)
{
	static volatile unsigned int found;

	if (!x)
		found++;
	return mont_nonzero(x);
}

#define mont_nonzero(x) leaky(x)
#elif defined(CT_LEAK_INDEX)
/* As if bytes were told apart by a table. */
static u64 leaky(u64 x)
{
	static volatile u8 table[256];

	return mont_nonzero(x) | table[x & 0xff];
}

#define mont_nonzero(x) leaky(x)
#endif

#include "rsa_pad.c"

#define MAX_K	256

static unsigned int tests, failed;

static void result(bool ok, const char *name)
{
	failed += !ok;
	printf("%sok %u - ct: %s\n", ok ? "" : "not ", ++tests, name);
}

/* All of the output depends on all of the input, which is all that counts here. */
static int mix(u32 digest, const struct km_piece *pieces, unsigned int n, u8 *out)
{
	u32 a = digest, b = 77;
	const u8 *p;
	size_t i;

	while (n--) {
		for (p = pieces->data, i = 0; i < pieces->len; i++) {
			a = (a << 5 | a >> 27) ^ p[i];
			b = (b + a) * 5;
		}
		pieces++;
	}
	for (i = 0; i < 20; i++) {
		a = (a << 7 | a >> 25) ^ b;
		b = (b + a) * 3;
		out[i] = b >> 11;
	}
	return 0;
}

static const struct km_rsa_hash hash = { KM_DIGEST_SHA1, 20, mix };
static const struct km_rsa_oaep oaep = { &hash, &hash };

static unsigned int judged, wrong, leaks;

/* @want: length of the message, or -1 for a fault */
static void judge(const u8 *data, size_t k, bool is_oaep, int want)
{
	unsigned int before = VALGRIND_COUNT_ERRORS;
	u8 em[MAX_K], message[MAX_K];
	const struct km_rsa_em view = { em, k };
	struct km_piece got;
	int ret;

	memcpy(em, data, k);
	VALGRIND_MAKE_MEM_UNDEFINED(em, k);
	ret = is_oaep ? km_rsa_oaep_decrypt(&view, &oaep, &got) : km_rsa_pkcs1_decrypt(&view, &got);
	leaks += before != VALGRIND_COUNT_ERRORS;
	VALGRIND_MAKE_MEM_DEFINED(&ret, sizeof(ret));
	VALGRIND_MAKE_MEM_DEFINED(&got.len, sizeof(got.len));
	judged++;
	if (ret != (want < 0 ? -EBADMSG : 0) || (want >= 0 && got.len != (size_t)want)) {
		wrong++;
		return;
	}
	if (want <= 0)
		return;
	memcpy(message, got.data, want);
	VALGRIND_MAKE_MEM_DEFINED(message, want);
	wrong += is_oaep ? message[0] != 7 || message[want - 1] != 7 :
			   !!memcmp(message, data + k - want, want);
}

static void verdict(const char *name, const char *quiet)
{
	printf("# %u judged\n", judged);
	result(judged && !wrong, name);
	result(!leaks, quiet);
	judged = 0;
	wrong = 0;
	leaks = 0;
}

/* Messages of all lengths, and each kind of fault. */
static void pkcs1(size_t k)
{
	u8 data[MAX_K];
	size_t at;

	memset(data, 0x33, k);
	data[0] = 0;
	data[1] = 2;
	judge(data, k, false, -1);
	for (at = 2; at < k; at++) {
		data[at] = 0;
		judge(data, k, false, at < 10 ? -1 : (int)(k - at - 1));
		data[at] = 0x33;
	}
	data[k - 1] = 0;
	data[0] = 1;
	judge(data, k, false, -1);
	data[0] = 0;
	data[1] = 1;
	judge(data, k, false, -1);
}

enum fault { NONE, FIRST, LABEL, BEFORE, NO_ONE };

static void oaep_with(size_t k, size_t len, enum fault fault)
{
	u8 data[MAX_K], seed[20] = { 1, 2, 3 }, *db = data + 21;
	const struct km_rsa_em view = { data, k };
	struct km_piece message = { data, len };
	u8 text[MAX_K];

	memset(text, 7, len);
	message.data = text;
	if (km_rsa_oaep_encrypt(&view, &oaep, &message, seed))
		wrong++;
	/* Open, spoil, and close again. */
	oaep_mask(&view, &oaep, false);
	data[0] = fault == FIRST;
	db[3] ^= fault == LABEL;
	if (fault == BEFORE)
		db[20] = 9;
	if (fault == NO_ONE)
		data[k - len - 1] = 0;
	oaep_mask(&view, &oaep, true);
	judge(data, k, true, fault == NONE ? (int)len : -1);
}

static void oaeps(size_t k)
{
	enum fault fault;
	size_t len;

	for (len = 0; len <= k - 42; len++)
		oaep_with(k, len, NONE);
	for (fault = FIRST; fault <= BEFORE; fault++)
		oaep_with(k, 9, fault);
	oaep_with(k, 0, NO_ONE);
}

int main(void)
{
	static const size_t lengths[] = { 64, 128, 129, 256 };
	unsigned int i;

	printf("TAP version 13\n");
	result(RUNNING_ON_VALGRIND, "memcheck is watching");
	for (i = 0; i < ARRAY_SIZE(lengths); i++)
		pkcs1(lengths[i]);
	verdict("PKCS#1 messages come out, faults do not",
		"taking PKCS#1 padding off depends on no secret");
	for (i = 0; i < ARRAY_SIZE(lengths); i++)
		oaeps(lengths[i]);
	verdict("OAEP messages come out, faults do not",
		"taking OAEP off depends on no secret");
	printf("1..%u\n", tests);
	return failed ? 1 : 0;
}
