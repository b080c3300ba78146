// SPDX-License-Identifier: GPL-2.0-only
/*
 * Both ways of kernel/gcm.c, by the processor's AES instructions and without, against
 * libcrypto: each short length of message and additional data, each length of tag.
 * Userspace test; includes gcm.c to hide the processor's abilities from it.
 */
#include <openssl/evp.h>
#include <stdio.h>

static int hidden;

#define __builtin_cpu_supports(feature)	(!hidden && __builtin_cpu_supports(feature))
#include "gcm.c"
#undef __builtin_cpu_supports

#include "harness.h"

#define LEN_MAX		300
#define AAD_MAX		100
/* Several runs of the vector registers. */
#define LEN_LONG	14000

/* A message, and what libcrypto makes of it. */
struct message {
	u8 key[32], nonce[KM_GCM_NONCE], aad[LEN_LONG], plain[LEN_LONG];
	u8 cipher[LEN_LONG], tag[KM_GCM_TAG];
	size_t key_len, aad_len, len;
};

static bool has_instructions(void)
{
	struct km_gcm_key k;
	u8 key[16] = {};

	return !km_gcm_prepare(&k, &(struct km_piece){ key, sizeof(key) });
}

static bool libcrypto_seal(struct message *m)
{
	const EVP_CIPHER *cipher = m->key_len == 16 ? EVP_aes_128_gcm() :
				   m->key_len == 24 ? EVP_aes_192_gcm() : EVP_aes_256_gcm();
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	bool ok;
	int n;

	ok = EVP_EncryptInit_ex(ctx, cipher, NULL, m->key, m->nonce) &&
	     (!m->aad_len || EVP_EncryptUpdate(ctx, NULL, &n, m->aad, m->aad_len)) &&
	     (!m->len || EVP_EncryptUpdate(ctx, m->cipher, &n, m->plain, m->len)) &&
	     EVP_EncryptFinal_ex(ctx, m->cipher + m->len, &n) &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, KM_GCM_TAG, m->tag);
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

static bool random_message(struct message *m, size_t aad_len, size_t len)
{
	m->key_len = 16 + 8 * (rnd() % 3);
	m->aad_len = aad_len;
	m->len = len;
	rnd_bytes(m->key, sizeof(m->key));
	rnd_bytes(m->nonce, sizeof(m->nonce));
	rnd_bytes(m->aad, aad_len);
	rnd_bytes(m->plain, len);
	return libcrypto_seal(m);
}

static int seal(const struct message *m, const struct km_gcm_text *t, u8 *tag)
{
	const struct km_piece key = { m->key, m->key_len };
	struct km_gcm_key k;

	if (hidden)
		return km_gcm_portable_seal(&key, t, tag);
	return km_gcm_prepare(&k, &key) ?: km_gcm_fast_seal(&k, t, tag);
}

static int open_message(const struct message *m, const struct km_gcm_text *t, const u8 *tag,
			size_t tag_len)
{
	const struct km_piece key = { m->key, m->key_len };
	struct km_gcm_key k;

	if (hidden)
		return km_gcm_portable_open(&key, t, tag);
	return km_gcm_prepare(&k, &key) ?: km_gcm_fast_open(&k, t, tag, tag_len);
}

/* Copies without a byte to spare; @in_place: one for both sides. */
static struct km_gcm_text text_of(const struct message *m, const u8 *in, bool in_place)
{
	struct km_gcm_text t = { .nonce = m->nonce, .aad_len = m->aad_len, .len = m->len };

	t.aad = m->aad_len ? exact(m->aad, m->aad_len) : NULL;
	t.in = exact(in, m->len);
	t.out = in_place ? (u8 *)t.in : exact(m->aad, m->len);
	return t;
}

static void text_free(const struct km_gcm_text *t)
{
	if (t->out != t->in)
		free(t->out);
	free((void *)t->in);
	free((void *)t->aad);
}

static bool seals(const struct message *m, bool in_place)
{
	struct km_gcm_text t = text_of(m, m->plain, in_place);
	u8 tag[KM_GCM_TAG];
	bool ok;

	ok = !seal(m, &t, tag) && !memcmp(t.out, m->cipher, m->len) &&
	     !memcmp(tag, m->tag, sizeof(tag)) &&
	     (in_place || !memcmp(t.in, m->plain, m->len));
	text_free(&t);
	CHECK(ok);
	return true;
}

/* @flip: a bit of the tag to turn over, or -1 */
static bool opens(const struct message *m, bool in_place, size_t tag_len, int flip)
{
	struct km_gcm_text t = text_of(m, m->cipher, in_place);
	u8 *before = exact(t.out, m->len), *tag = exact(m->tag, tag_len);
	const u8 *want = flip < 0 ? m->plain : before;
	bool ok;

	if (flip >= 0)
		tag[flip / 8] ^= 1 << flip % 8;
	ok = open_message(m, &t, tag, tag_len) == (flip < 0 ? 0 : -EBADMSG) &&
	     !memcmp(t.out, want, m->len);
	text_free(&t);
	free(before);
	free(tag);
	CHECK(ok);
	return true;
}

static bool both_sides(const struct message *m)
{
	size_t tag_len = hidden ? KM_GCM_TAG : 12 + rnd() % 5;

	CHECK(seals(m, rnd() & 1));
	CHECK(opens(m, rnd() & 1, tag_len, -1));
	CHECK(opens(m, rnd() & 1, tag_len, rnd() % (8 * tag_len)));
	return true;
}

/* All of them, however few random cases there are to be. */
static bool each_length(void)
{
	static struct message m;
	size_t len, aad_len;

	for (len = 0; len <= LEN_MAX; len++) {
		for (aad_len = 0; aad_len <= AAD_MAX; aad_len++) {
			CHECK(random_message(&m, aad_len, len));
			CHECK(both_sides(&m));
		}
	}
	return true;
}

/* Around the ends of runs, where the registers are given back in between. */
static bool long_messages(void)
{
	static const size_t borders[] = { 64, 4096, 8192, 12288 };
	unsigned long i, n = cases(400);
	static struct message m;
	size_t len, aad_len;

	for (i = 0; i < n; i++) {
		len = borders[rnd() % 4] - 40 + rnd() % 80;
		aad_len = borders[rnd() % 4] - 40 + rnd() % 80;
		CHECK(random_message(&m, rnd() & 1 ? aad_len : rnd() % LEN_LONG,
				     rnd() & 1 ? len : rnd() % LEN_LONG));
		CHECK(both_sides(&m));
	}
	return true;
}

static bool each_tag_bit(void)
{
	static struct message m;
	size_t tag_len;
	unsigned int bit;

	for (tag_len = hidden ? KM_GCM_TAG : 12; tag_len <= KM_GCM_TAG; tag_len++) {
		CHECK(random_message(&m, rnd() % 40, rnd() % LEN_MAX));
		for (bit = 0; bit < 8 * tag_len; bit++)
			CHECK(opens(&m, bit & 1, tag_len, bit));
		CHECK(opens(&m, false, tag_len, -1));
	}
	return true;
}

/* Each bit of what is authenticated: the tag is right no more. */
static bool each_input_bit(void)
{
	static struct message m;
	struct { u8 *data; size_t len; } inputs[] = {
		{ m.key, 0 }, { m.nonce, sizeof(m.nonce) }, { m.aad, 53 }, { m.cipher, 77 },
	};
	struct km_gcm_text t;
	unsigned int i;
	size_t bit;
	int ret;

	CHECK(random_message(&m, 53, 77));
	inputs[0].len = m.key_len;
	for (i = 0; i < ARRAY_SIZE(inputs); i++) {
		for (bit = 0; bit < 8 * inputs[i].len; bit++) {
			inputs[i].data[bit / 8] ^= 1 << bit % 8;
			t = text_of(&m, m.cipher, false);
			ret = open_message(&m, &t, m.tag, KM_GCM_TAG);
			text_free(&t);
			CHECK(ret == -EBADMSG);
			inputs[i].data[bit / 8] ^= 1 << bit % 8;
		}
	}
	CHECK(opens(&m, true, KM_GCM_TAG, -1));
	return true;
}

static bool key_lengths(void)
{
	struct km_piece key = { "0123456789abcdef0123456789abcdefX", 0 };
	struct km_gcm_key k;
	bool good;

	for (; key.len <= 33; key.len++) {
		good = key.len == 16 || key.len == 24 || key.len == 32;
		memset(&k, 0xff, sizeof(k));
		CHECK(km_gcm_prepare(&k, &key) == (!good ? -EINVAL : hidden ? -EOPNOTSUPP : 0));
		CHECK(k.aes.rounds == (good && !hidden ? key.len / 4 + 6 : 0));
	}
	return true;
}

/* A key that is ready, but the registers are not free, or that never was. */
static bool declines(void)
{
	u8 data[48] = { 1, 2, 3 }, tag[KM_GCM_TAG] = { 4 }, nonce[KM_GCM_NONCE] = {};
	u8 data_before[48], tag_before[KM_GCM_TAG];
	const struct km_gcm_text t = {
		.nonce = nonce, .in = data, .out = data, .len = sizeof(data),
	};
	struct km_gcm_key k = {};
	int was = hidden;

	memcpy(data_before, data, sizeof(data));
	memcpy(tag_before, tag, sizeof(tag));
	CHECK(km_gcm_fast_seal(&k, &t, tag) == -EOPNOTSUPP);
	CHECK(km_gcm_fast_open(&k, &t, tag, sizeof(tag)) == -EOPNOTSUPP);
	k.aes.rounds = 14;
	hidden = 1;
	CHECK(km_gcm_fast_seal(&k, &t, tag) == -EOPNOTSUPP);
	CHECK(km_gcm_fast_open(&k, &t, tag, sizeof(tag)) == -EOPNOTSUPP);
	hidden = was;
	CHECK(!memcmp(data, data_before, sizeof(data)));
	CHECK(!memcmp(tag, tag_before, sizeof(tag)));
	return true;
}

#define TESTS(which)								\
	{ "gcm: each short length as libcrypto " which, each_length },		\
	{ "gcm: long messages as libcrypto " which, long_messages },		\
	{ "gcm: each bit of tags of each length counts " which, each_tag_bit },	\
	{ "gcm: each bit of the input counts " which, each_input_bit },		\
	{ "gcm: other lengths of keys are refused " which, key_lengths },	\
	{ "gcm: declines what it cannot do " which, declines },

#define PER_WAY		6

static const struct test tests[] = {
	TESTS("without the instructions")
	TESTS("with the instructions")
};

_Static_assert(ARRAY_SIZE(tests) == 2 * PER_WAY, "each test in each way");

static unsigned int running;

static bool run_one(void)
{
	hidden = running++ < PER_WAY;
	return tests[running - 1].run();
}

int main(void)
{
	unsigned int i, n = has_instructions() ? ARRAY_SIZE(tests) : PER_WAY;
	struct test in_its_way[ARRAY_SIZE(tests)];

	for (i = 0; i < n; i++) {
		in_its_way[i].name = tests[i].name;
		in_its_way[i].run = run_one;
	}
	if (n == PER_WAY)
		printf("# this processor has no instructions for AES\n");
	return run_tests(in_its_way, n);
}
