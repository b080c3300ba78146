// SPDX-License-Identifier: GPL-2.0-only
/*
 * AES-GCM and GHASH of kernel/gcm.c and kernel/ghash.c against libcrypto.
 * Userspace test; the AES block comes from prim_user.c.
 */
#include <openssl/evp.h>
#include "gcm.h"
#include "ghash.h"
#include "harness.h"

#define LEN_MAX		500
/* The block counter's second byte moves, as with the longest material that is imported. */
#define LEN_LONG	9000

/* A message for libcrypto, with additional data, which only GHASH can take here. */
struct message {
	struct km_piece key;
	const u8 *nonce;
	struct km_piece aad;
	struct km_piece plain;
};

static bool libcrypto_seal(const struct message *m, u8 *out, u8 *tag)
{
	const EVP_CIPHER *cipher = m->key.len == 16 ? EVP_aes_128_gcm() :
				   m->key.len == 24 ? EVP_aes_192_gcm() : EVP_aes_256_gcm();
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n;
	bool ok;

	ok = EVP_EncryptInit_ex(ctx, cipher, NULL, m->key.data, m->nonce) &&
	     (!m->aad.len || EVP_EncryptUpdate(ctx, NULL, &n, m->aad.data, m->aad.len)) &&
	     (!m->plain.len || EVP_EncryptUpdate(ctx, out, &n, m->plain.data, m->plain.len)) &&
	     EVP_EncryptFinal_ex(ctx, out, &n) &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, KM_GCM_TAG, tag);
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

static bool one_random(void)
{
	u8 key[32], nonce[KM_GCM_NONCE], tag[KM_GCM_TAG], want_tag[KM_GCM_TAG];
	u8 plain[LEN_LONG], want[LEN_LONG], *cipher, *back;
	size_t len = rnd() % 64 ? rnd() % (LEN_MAX + 1) : rnd() % LEN_LONG;
	struct message m = { { key, 16 + 8 * (rnd() % 3) }, nonce, { NULL, 0 }, { plain, len } };
	struct km_piece in;
	bool ok;

	rnd_bytes(key, sizeof(key));
	rnd_bytes(nonce, sizeof(nonce));
	rnd_bytes(plain, len);
	CHECK(libcrypto_seal(&m, want, want_tag));
	cipher = exact(plain, len);
	back = exact(plain, len);
	memset(back, 0xaa, len);
	in = (struct km_piece){ cipher, len };
	ok = !km_gcm_seal(&m.key, nonce, &m.plain, cipher, tag) && !memcmp(cipher, want, len) &&
	     !memcmp(tag, want_tag, sizeof(tag)) &&
	     !km_gcm_open(&m.key, nonce, &in, tag, back) && !memcmp(back, plain, len) &&
	     !km_gcm_open(&m.key, nonce, &in, tag, cipher) && !memcmp(cipher, plain, len);
	free(cipher);
	free(back);
	CHECK(ok);
	return true;
}

static bool against_libcrypto(void)
{
	unsigned long i, n = cases(20000);

	for (i = 0; i < n; i++)
		CHECK(one_random());
	return true;
}

/* Refused before a byte of plaintext comes into being. */
static bool refused(const struct km_piece *key, const u8 *nonce, const struct km_piece *cipher,
		    const u8 *tag)
{
	u8 out[LEN_MAX], untouched[LEN_MAX];

	memset(out, 0xaa, sizeof(out));
	memset(untouched, 0xaa, sizeof(untouched));
	CHECK(km_gcm_open(key, nonce, cipher, tag, out) == -EBADMSG);
	CHECK(!memcmp(out, untouched, sizeof(out)));
	return true;
}

static bool damage(void)
{
	u8 key[32], nonce[KM_GCM_NONCE], plain[53], cipher[53], tag[KM_GCM_TAG];
	struct { u8 *data; size_t len; } inputs[] = {
		{ key, sizeof(key) }, { nonce, sizeof(nonce) }, { cipher, sizeof(cipher) },
		{ tag, sizeof(tag) },
	};
	const struct km_piece k = { key, sizeof(key) };
	struct km_piece in = { plain, sizeof(plain) };
	unsigned int i;
	size_t bit;

	rnd_bytes(key, sizeof(key));
	rnd_bytes(nonce, sizeof(nonce));
	rnd_bytes(plain, sizeof(plain));
	CHECK(!km_gcm_seal(&k, nonce, &in, cipher, tag));
	in.data = cipher;
	for (i = 0; i < ARRAY_SIZE(inputs); i++) {
		for (bit = 0; bit < 8 * inputs[i].len; bit++) {
			inputs[i].data[bit / 8] ^= 1 << bit % 8;
			CHECK(refused(&k, nonce, &in, tag));
			inputs[i].data[bit / 8] ^= 1 << bit % 8;
		}
	}
	for (in.len = 0; in.len < sizeof(cipher); in.len++)
		CHECK(refused(&k, nonce, &in, tag));
	CHECK(!km_gcm_open(&k, nonce, &in, tag, plain));
	return true;
}

static bool key_lengths(void)
{
	u8 key[33] = {}, nonce[KM_GCM_NONCE] = {}, text[4] = {}, tag[KM_GCM_TAG] = {};
	struct km_piece k = { key, 0 }, in = { text, sizeof(text) };
	bool good;

	for (; k.len <= sizeof(key); k.len++) {
		good = k.len == 16 || k.len == 24 || k.len == 32;
		CHECK(km_gcm_seal(&k, nonce, &in, text, tag) == (good ? 0 : -EINVAL));
		tag[0] ^= 1;
		CHECK(km_gcm_open(&k, nonce, &in, tag, text) == (good ? -EBADMSG : -EINVAL));
	}
	return true;
}

/* In parts without a byte to spare, some of them empty. */
static void absorb(struct km_ghash *g, const u8 *data, size_t len)
{
	size_t part;
	u8 *copy;

	while (len) {
		part = rnd() & 1 ? rnd() % 20 : rnd() % (len + 1);
		part = min(part, len);
		copy = exact(data, part);
		km_ghash_update(g, copy, part);
		free(copy);
		data += part;
		len -= part;
	}
}

/* A GCM of GHASH's own calls gives the tag that libcrypto gives with additional data. */
static bool one_ghash(void)
{
	u8 key[16], nonce[KM_GCM_NONCE], h[16] = {}, mask[16], aad[100], plain[LEN_MAX], tag[16];
	u8 cipher[LEN_MAX], out[16];
	struct message m = { { key, 16 }, nonce, { aad, rnd() % 101 }, { plain, rnd() % LEN_MAX } };
	static const struct km_ghash wiped;
	struct km_ghash g;
	struct km_aes aes;
	unsigned int i;

	rnd_bytes(key, sizeof(key));
	rnd_bytes(nonce, sizeof(nonce));
	rnd_bytes(aad, sizeof(aad));
	rnd_bytes(plain, sizeof(plain));
	CHECK(libcrypto_seal(&m, cipher, tag));
	CHECK(!km_aes_setkey(&aes, key, sizeof(key)));
	km_aes_encrypt(&aes, h, h);
	memcpy(mask, nonce, sizeof(nonce));
	put_unaligned_be32(1, mask + 12);
	km_aes_encrypt(&aes, mask, mask);
	km_ghash_init(&g, h);
	absorb(&g, aad, m.aad.len);
	km_ghash_pad(&g);
	absorb(&g, cipher, m.plain.len);
	km_ghash_final(&g, m.aad.len, m.plain.len, out);
	for (i = 0; i < 16; i++)
		out[i] ^= mask[i];
	CHECK(!memcmp(out, tag, sizeof(tag)));
	CHECK(!memcmp(&g, &wiped, sizeof(g)));
	return true;
}

static bool ghash_parts(void)
{
	unsigned long i, n = cases(20000);

	for (i = 0; i < n; i++)
		CHECK(one_ghash());
	return true;
}

/* x times y bit by bit, as NIST SP 800-38D 6.3 writes it. */
static void slow_multiply(u8 *x, const u8 *y)
{
	u8 z[16] = {}, v[16], low;
	int i, j;

	memcpy(v, y, 16);
	for (i = 0; i < 128; i++) {
		if (x[i / 8] >> (7 - i % 8) & 1)
			for (j = 0; j < 16; j++)
				z[j] ^= v[j];
		low = v[15] & 1;
		for (j = 15; j > 0; j--)
			v[j] = v[j] >> 1 | v[j - 1] << 7;
		v[0] = v[0] >> 1 ^ (low ? 0xe1 : 0);
	}
	memcpy(x, z, 16);
}

/* Single bits and all ones, where carries would run furthest. */
static void rnd_block(u8 *block)
{
	unsigned int how = rnd() % 4;

	memset(block, how == 1 ? 0xff : 0, 16);
	if (how == 0)
		block[rnd() % 16] = 1 << rnd() % 8;
	else if (how > 1)
		rnd_bytes(block, 16);
}

static bool ghash_multiply(void)
{
	unsigned long i, n = cases(20000);
	u8 h[16], x[16], lengths[16], out[16];
	struct km_ghash g;
	int j;

	for (i = 0; i < n; i++) {
		rnd_block(h);
		rnd_block(x);
		km_ghash_init(&g, h);
		km_ghash_update(&g, x, sizeof(x));
		km_ghash_final(&g, 0, sizeof(x), out);
		slow_multiply(x, h);
		memset(lengths, 0, sizeof(lengths));
		lengths[15] = 128;
		for (j = 0; j < 16; j++)
			x[j] ^= lengths[j];
		slow_multiply(x, h);
		CHECK(!memcmp(out, x, sizeof(x)));
	}
	return true;
}

static const struct test tests[] = {
	{ "gcm: random messages as libcrypto seals them, and back", against_libcrypto },
	{ "gcm: each bit of tag, message, nonce and key counts", damage },
	{ "gcm: other lengths of keys are refused", key_lengths },
	{ "ghash: in random parts, with additional data, as libcrypto's", ghash_parts },
	{ "ghash: multiplies as the definition says", ghash_multiply },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
