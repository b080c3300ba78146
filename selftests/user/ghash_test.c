// SPDX-License-Identifier: GPL-2.0-only
/*
 * Both ways to multiply in GHASH, by kernel/ghash.c alone and by kernel/ghash_x86.h with
 * the processor's carry-less multiplier, against published vectors and libcrypto.
 * Userspace test; includes ghash.c and gcm.c to hide the processor's abilities from them.
 */
#include <openssl/evp.h>
#include <stdio.h>

enum way { PORTABLE, PROCESSOR, MIXED, WAYS };

static enum way way;

/* MIXED changes with every run of blocks, as when the registers are not free. */
static int visible(int supported)
{
	static unsigned int calls;

	return supported && (way == PROCESSOR || (way == MIXED && ++calls / 2 % 3));
}

#define __builtin_cpu_supports(feature)	visible(__builtin_cpu_supports(feature))
#include "ghash.c"
#include "gcm.c"
#undef __builtin_cpu_supports

#include "harness.h"

#define LEN_MAX		300
#define LEN_LONG	65536

static bool has_multiplier(void)
{
#ifdef __x86_64__
	return __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("ssse3");
#else
	return false;
#endif
}

/* Test cases of "The Galois/Counter Mode of Operation", McGrew and Viega, for NIST. */
static const struct published {
	unsigned int number;
	const char *key, *nonce, *plain, *cipher, *tag;
} published[] = {
#define ZERO_64		"0000000000000000"
#define ZERO_96		ZERO_64 "00000000"
#define ZERO_128	ZERO_64 ZERO_64
#define KEY_128		"feffe9928665731c6d6a8f9467308308"
#define KEY_192		KEY_128 "feffe9928665731c"
#define NONCE		"cafebabefacedbaddecaf888"
#define PLAIN \
	"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72" \
	"1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255"
#define CIPHER_3 \
	"42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e" \
	"21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985"
#define CIPHER_9 \
	"3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c" \
	"7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710acade256"
#define CIPHER_15 \
	"522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa" \
	"8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
	{ 1, ZERO_128, ZERO_96, "", "", "58e2fccefa7e3061367f1d57a4e7455a" },
	{ 2, ZERO_128, ZERO_96, ZERO_128, "0388dace60b6a392f328c2b971b2fe78",
	  "ab6e47d42cec13bdf53a67b21257bddf" },
	{ 3, KEY_128, NONCE, PLAIN, CIPHER_3, "4d5c2af327cd64a62cf35abd2ba6fab4" },
	{ 7, ZERO_128 ZERO_64, ZERO_96, "", "", "cd33b28ac773f74ba00ed1f312572435" },
	{ 8, ZERO_128 ZERO_64, ZERO_96, ZERO_128, "98e7247c07f0fe411c267e4384b0f600",
	  "2ff58d80033927ab8ef4d4587514f0fb" },
	{ 9, KEY_192, NONCE, PLAIN, CIPHER_9, "9924a7c8587336bfb118024db8674a14" },
	{ 13, ZERO_128 ZERO_128, ZERO_96, "", "", "530f8afbc74536b9a963b4f1c4cb738b" },
	{ 14, ZERO_128 ZERO_128, ZERO_96, ZERO_128, "cea7403d4d606b6e074ec5d3baf39d18",
	  "d0d1c8a799996bf0265b98b5d48ab919" },
	{ 15, KEY_128 KEY_128, NONCE, PLAIN, CIPHER_15, "b094dac5d93471bdec1a502270e3cc6c" },
};

static size_t unhex(u8 *out, const char *hex)
{
	size_t n;

	for (n = 0; sscanf(hex + 2 * n, "%2hhx", out + n) == 1; n++)
		;
	return n;
}

static bool one_published(const struct published *p)
{
	u8 key[32], nonce[12], plain[64], cipher[64], tag[16], want[64], want_tag[16];
	struct km_piece k = { key, unhex(key, p->key) }, in = { plain, unhex(plain, p->plain) };

	CHECK(unhex(nonce, p->nonce) == sizeof(nonce));
	CHECK(unhex(want, p->cipher) == in.len);
	CHECK(unhex(want_tag, p->tag) == sizeof(want_tag));
	CHECK(!km_gcm_seal(&k, nonce, &in, cipher, tag));
	CHECK(!memcmp(cipher, want, in.len));
	CHECK(!memcmp(tag, want_tag, sizeof(tag)));
	return true;
}

static bool published_vectors(void)
{
	unsigned int i;
	bool ok = true;

	for (i = 0; ok && i < ARRAY_SIZE(published); i++) {
		ok = one_published(&published[i]);
		if (!ok)
			printf("# test case %u\n", published[i].number);
	}
	return ok;
}

/* GHASH's input, and what libcrypto's GCM makes of it: the tag less its mask. */
struct message {
	u8 h[16];
	const u8 *aad;
	size_t aad_len;
	u8 *data;
	size_t len;
	u8 want[16];
};

/* Random ciphertext for the data, because that is what a GCM hashes. */
static bool libcrypto_ghash(struct message *m)
{
	static u8 plain[LEN_LONG];
	u8 key[32], nonce[12], mask[16] = {};
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	struct km_aes aes;
	bool ok;
	int n, i;

	rnd_bytes(key, sizeof(key));
	rnd_bytes(nonce, sizeof(nonce));
	rnd_bytes(plain, m->len);
	ok = EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, nonce) &&
	     (!m->aad_len || EVP_EncryptUpdate(ctx, NULL, &n, m->aad, m->aad_len)) &&
	     (!m->len || EVP_EncryptUpdate(ctx, m->data, &n, plain, m->len)) &&
	     EVP_EncryptFinal_ex(ctx, mask, &n) &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16, m->want) &&
	     !km_aes_setkey(&aes, key, sizeof(key));
	EVP_CIPHER_CTX_free(ctx);
	if (!ok)
		return false;
	memset(m->h, 0, sizeof(m->h));
	km_aes_encrypt(&aes, m->h, m->h);
	memcpy(mask, nonce, sizeof(nonce));
	put_unaligned_be32(1, mask + 12);
	km_aes_encrypt(&aes, mask, mask);
	for (i = 0; i < 16; i++)
		m->want[i] ^= mask[i];
	return true;
}

/* @piece: 0: all at once; else up to as much at a time, without a byte to spare */
static void absorb_pieces(struct km_ghash *g, const u8 *data, size_t len, size_t piece)
{
	size_t n;
	u8 *copy;

	while (len) {
		n = piece ? rnd() % (piece + 1) : len;
		n = min(n, len);
		copy = exact(data, n);
		km_ghash_update(g, copy, n);
		free(copy);
		data += n;
		len -= n;
	}
}

static bool same(const struct message *m, size_t piece)
{
	static const struct km_ghash wiped;
	struct km_ghash g;
	u8 out[16];

	km_ghash_init(&g, m->h);
	absorb_pieces(&g, m->aad, m->aad_len, piece);
	km_ghash_pad(&g);
	absorb_pieces(&g, m->data, m->len, piece);
	km_ghash_final(&g, m->aad_len, m->len, out);
	CHECK(!memcmp(out, m->want, sizeof(out)));
	CHECK(!memcmp(&g, &wiped, sizeof(g)));
	return true;
}

static bool lengths(void)
{
	u8 data[LEN_MAX], aad[40];
	struct message m = { .data = data, .aad = aad };

	rnd_bytes(aad, sizeof(aad));
	for (m.len = 0; m.len <= LEN_MAX; m.len++) {
		m.aad_len = rnd() % (sizeof(aad) + 1);
		CHECK(libcrypto_ghash(&m));
		CHECK(same(&m, 0));
		CHECK(same(&m, 20));
		CHECK(same(&m, LEN_MAX));
	}
	return true;
}

static bool long_messages(void)
{
	static u8 data[LEN_LONG];
	struct message m = { .data = data, .len = LEN_LONG };
	unsigned long i, n = cases(200);

	for (i = 0; i < n; i++) {
		CHECK(libcrypto_ghash(&m));
		CHECK(same(&m, 0));
		CHECK(same(&m, 300));
		CHECK(same(&m, 20000));
		m.len = LEN_LONG - rnd() % 5000;
	}
	return true;
}

/* Single bits and all ones: where carries would run furthest, and each bit of each table. */
static void rnd_block(u8 *block)
{
	unsigned int how = rnd() % 4;

	memset(block, how == 1 ? 0xff : 0, 16);
	if (how == 0)
		block[rnd() % 16] = 1 << rnd() % 8;
	else if (how > 1)
		rnd_bytes(block, 16);
}

/* The same at once the portable way and in pieces the way that is tested. */
static bool agree(void)
{
	unsigned long i, n = cases(50000);
	enum way now = way;
	u8 h[16], data[11 * 16], out[16], want[16];
	struct km_ghash g;
	size_t blocks, j;

	for (i = 0; i < n; i++) {
		rnd_block(h);
		blocks = rnd() % 12;
		for (j = 0; j < blocks; j++)
			rnd_block(data + 16 * j);
		way = PORTABLE;
		km_ghash_init(&g, h);
		km_ghash_update(&g, data, 16 * blocks);
		km_ghash_final(&g, 0, 16 * blocks, want);
		way = now;
		km_ghash_init(&g, h);
		absorb_pieces(&g, data, 16 * blocks, 80);
		km_ghash_final(&g, 0, 16 * blocks, out);
		CHECK(!memcmp(out, want, sizeof(out)));
	}
	return true;
}

/* The key must have been prepared for the way that is said to have been taken. */
static bool taken(void)
{
	static const u8 h[16] = { 1 }, data[16];
	unsigned int seen[3] = {}, i;
	struct km_ghash g;

	km_ghash_init(&g, h);
	for (i = 0; i < 12; i++) {
		km_ghash_update(&g, data, sizeof(data));
		seen[g.form]++;
	}
	CHECK(!!seen[KM_GHASH_PARTS] == (way != PROCESSOR));
	CHECK(!!seen[KM_GHASH_POWERS] == (way != PORTABLE));
	return true;
}

#define TESTS(which)								\
	{ "ghash: " which " is what is used", taken },				\
	{ "ghash: published vectors by " which, published_vectors },		\
	{ "ghash: all short lengths as libcrypto by " which, lengths },		\
	{ "ghash: long messages as libcrypto by " which, long_messages },	\
	{ "ghash: special bits by " which, agree },

#define PER_WAY		5

static const struct test tests[] = {
	TESTS("portable code")
	TESTS("the carry-less multiplier")
	TESTS("both in turn")
};

_Static_assert(ARRAY_SIZE(tests) == WAYS * PER_WAY, "each test in each way");

static unsigned int running;

static bool run_one(void)
{
	way = running++ / PER_WAY;
	return tests[running - 1].run();
}

int main(void)
{
	unsigned int i, n = has_multiplier() ? ARRAY_SIZE(tests) : PER_WAY;
	struct test in_its_way[ARRAY_SIZE(tests)];

	for (i = 0; i < n; i++) {
		in_its_way[i].name = tests[i].name;
		in_its_way[i].run = run_one;
	}
	if (n == PER_WAY)
		printf("# this processor has no carry-less multiplier\n");
	return run_tests(in_its_way, n);
}
