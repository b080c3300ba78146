// SPDX-License-Identifier: GPL-2.0-only
/*
 * No branch and no address depends on a secret in kernel/pad.c, ghash.c, gcm.c and ocb.c.
 * Userspace test, runs under valgrind's memcheck, for which the secrets are "undefined":
 * it reports each jump, address or system call that depends on them.
 *
 * The AES block is a stand-in, an exclusive or: the module's own is the kernel's and is
 * not what is judged here. Where the processor has instructions for AES, GCM uses these
 * and is judged with its AES; the builds called generic hide them from it. Built with
 * CT_LEAK_BRANCH or CT_LEAK_INDEX there is a leak in GHASH, which the Makefile expects
 * to be found.
 */
#include <stdio.h>
#include <valgrind/memcheck.h>
#include "shim.h"

#if defined(CT_LEAK_BRANCH)
/* As if reducing by the polynomial if a bit is set, the usual way. */
static u64 leaky(u64 x)
{
	static volatile unsigned int carries;

	if (x & 1)
		carries++;
	return x;
}

#define get_unaligned_be64(p) leaky((get_unaligned_be64)(p))
#elif defined(CT_LEAK_INDEX)
/* As if taking multiples of the hash key from a table, the usual way. */
static u64 leaky(u64 x)
{
	static volatile u8 table[256];

	return x ^ table[x & 0xff];
}

#define get_unaligned_be64(p) leaky((get_unaligned_be64)(p))
#endif

#include "ghash.c"
#undef get_unaligned_be64

/* Tags are compared; whether they differ is no secret. */
#define crypto_memneq(a, b, n) declassified((crypto_memneq)(a, b, n))

static unsigned long declassified(unsigned long differ)
{
	VALGRIND_MAKE_MEM_DEFINED(&differ, sizeof(differ));
	return differ;
}

#include "gcm.c"
#include "ocb.c"
#include "pad.c"

int km_aes_setkey(struct km_aes *aes, const u8 *key, size_t len)
{
	memset(aes, 0, sizeof(*aes));
	memcpy(aes->ctx, key, len);
	return 0;
}

/* All of the output is as secret as the key, which is all that counts here. */
void km_aes_encrypt(const struct km_aes *aes, u8 *out, const u8 *in)
{
	int i;

	for (i = 0; i < KM_AES_BLOCK; i++)
		out[i] = in[i] ^ aes->ctx[i] ^ aes->ctx[KM_AES_BLOCK + i];
}

void km_aes_decrypt(const struct km_aes *aes, u8 *out, const u8 *in)
{
	km_aes_encrypt(aes, out, in);
}

#define LEN	77

static unsigned int tests, failed, errors;

static void begin(void)
{
	errors = VALGRIND_COUNT_ERRORS;
}

/* Of what was done since begin(): @ok, it gave what it should */
static void result(bool ok, const char *name)
{
	failed += !ok;
	printf("%sok %u - ct: %s\n", ok ? "" : "not ", ++tests, name);
}

static bool silent(void)
{
	return errors == VALGRIND_COUNT_ERRORS;
}

static void secret(void *p, size_t len)
{
	VALGRIND_MAKE_MEM_UNDEFINED(p, len);
}

static void public(void *p, size_t len)
{
	VALGRIND_MAKE_MEM_DEFINED(p, len);
}

/* A pattern, made secret. */
static void fill_secret(u8 *p, size_t len, unsigned int seed)
{
	size_t i;

	for (i = 0; i < len; i++)
		p[i] = seed * (i + 3) + (i ^ seed);
	secret(p, len);
}

/*
 * What is returned is no secret, and clang selects it by a conditional move, which memcheck
 * counts once a call. gcc computes it: there nothing at all may be counted.
 */
#ifdef __clang__
#define VERDICTS	1
#else
#define VERDICTS	0
#endif

/* Right paddings, and wrong ones of each kind: the verdict is all that comes out. */
static void padding(void)
{
	static const u8 lasts[] = { 1, 2, 7, 15, 16, 0, 17, 128, 255 };
	bool ok = true, quiet = true;
	unsigned int i, wrong;
	u8 block[16];
	size_t pad;
	int ret;

	for (i = 0; i < 2 * sizeof(lasts); i++) {
		wrong = i & 1;
		memset(block, lasts[i / 2], sizeof(block));
		block[14] ^= wrong;
		secret(block, sizeof(block));
		begin();
		ret = km_pkcs7_check(block, sizeof(block), &pad);
		quiet &= VALGRIND_COUNT_ERRORS - errors <= VERDICTS;
		public(&ret, sizeof(ret));
		if (lasts[i / 2] < 1 || lasts[i / 2] > 16)
			ok &= ret == -EBADMSG;
		else
			ok &= ret == (wrong && lasts[i / 2] > 1 ? -EBADMSG : 0);
	}
	result(ok, "paddings are judged");
	result(quiet, "judging them depends on no secret");
}

static void hashing(void)
{
	u8 h[16], data[LEN], out[16], again[16];
	struct km_ghash g;
	size_t at;

	fill_secret(h, sizeof(h), 5);
	fill_secret(data, sizeof(data), 6);
	begin();
	km_ghash_init(&g, h);
	km_ghash_update(&g, data, sizeof(data));
	km_ghash_final(&g, 0, sizeof(data), out);
	km_ghash_init(&g, h);
	for (at = 0; at < sizeof(data); at++)
		km_ghash_update(&g, data + at, 1);
	km_ghash_final(&g, 0, sizeof(data), again);
	result(silent(), "GHASH depends on no secret");
	public(out, sizeof(out));
	public(again, sizeof(again));
	result(!memcmp(out, again, sizeof(out)), "GHASH is the same in parts");
}

/* Seal, open, and open with a wrong tag. Ciphertext and tag are what everybody sees. */
static void gcm(void)
{
	static const u8 nonce[KM_GCM_NONCE] = { 1, 2, 3 };
	u8 key[32], plain[LEN], back[LEN], cipher[LEN], tag[KM_GCM_TAG];
	const struct km_piece k = { key, sizeof(key) }, in = { plain, LEN }, out = { cipher, LEN };
	int good, bad;

	fill_secret(key, sizeof(key), 7);
	fill_secret(plain, sizeof(plain), 8);
	begin();
	good = km_gcm_seal(&k, nonce, &in, cipher, tag);
	public(cipher, sizeof(cipher));
	public(tag, sizeof(tag));
	good |= km_gcm_open(&k, nonce, &out, tag, back);
	tag[3] ^= 1;
	bad = km_gcm_open(&k, nonce, &out, tag, back);
	result(silent(), "GCM depends on no secret");
	public(back, sizeof(back));
	public(plain, sizeof(plain));
	result(!good && bad == -EBADMSG && !memcmp(back, plain, LEN), "GCM opens what it sealed");
}

static void ocb(void)
{
	static const u8 nonce[KM_OCB_NONCE] = { 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0x2b };
	static const u8 zero[LEN];
	u8 key[16], plain[LEN], back[LEN], cipher[LEN], tag[KM_OCB_TAG], aad[21];
	const struct km_ocb o = { { key, sizeof(key) }, nonce, { aad, sizeof(aad) } };
	const struct km_piece in = { plain, LEN }, out = { cipher, LEN };
	int good, bad;
	bool quiet;

	fill_secret(key, sizeof(key), 9);
	fill_secret(plain, sizeof(plain), 10);
	fill_secret(aad, sizeof(aad), 11);
	begin();
	good = km_ocb_seal(&o, &in, cipher, tag);
	public(cipher, sizeof(cipher));
	public(tag, sizeof(tag));
	good |= km_ocb_open(&o, &out, tag, back);
	quiet = silent();
	public(back, sizeof(back));
	public(plain, sizeof(plain));
	result(!good && !memcmp(back, plain, LEN), "OCB opens what it sealed");
	tag[3] ^= 1;
	begin();
	bad = km_ocb_open(&o, &out, tag, back);
	result(quiet && silent(), "OCB depends on no secret");
	/* Wiped means defined: nothing of a secret is left in it. */
	result(bad == -EBADMSG && !memcmp(back, zero, LEN) && silent(),
	       "OCB leaves nothing behind a wrong tag");
}

int main(void)
{
	printf("TAP version 13\n");
	result(RUNNING_ON_VALGRIND, "memcheck is watching");
	padding();
	hashing();
	gcm();
	ocb();
	printf("1..%u\n", tests);
	return failed ? 1 : 0;
}
