// SPDX-License-Identifier: GPL-2.0-only
/*
 * AES-GCM (NIST SP 800-38D) of short messages in one go, without additional data.
 * Leaf of the layers: what blob.c seals key material with.
 *
 * A blob's key is used for one message of some hundred bytes. A transform of
 * the crypto API for it costs more to allocate and key than this costs to run,
 * and can fail for want of memory; the streams of alg_aes.c do use the API.
 */
#include "gcm.h"
#include "ghash.h"

struct gcm {
	struct km_aes aes;
	struct km_ghash ghash;
	u8 counter[KM_AES_BLOCK];
	u8 mask[KM_AES_BLOCK];	/* E(K, Y0), covers the tag */
};

static int gcm_start(struct gcm *g, const struct km_piece *key, const u8 *nonce)
{
	u8 h[KM_AES_BLOCK] = {};
	int ret;

	ret = km_aes_setkey(&g->aes, key->data, key->len);
	if (ret)
		return ret;
	km_aes_encrypt(&g->aes, h, h);
	km_ghash_init(&g->ghash, h);
	memzero_explicit(h, sizeof(h));
	memcpy(g->counter, nonce, KM_GCM_NONCE);
	put_unaligned_be32(1, g->counter + KM_GCM_NONCE);
	km_aes_encrypt(&g->aes, g->mask, g->counter);
	return 0;
}

static void gcm_crypt(struct gcm *g, const u8 *in, u8 *out, size_t len)
{
	u8 stream[KM_AES_BLOCK];
	u32 block = 1;
	size_t i;

	for (i = 0; i < len; i++) {
		if (i % KM_AES_BLOCK == 0) {
			put_unaligned_be32(++block, g->counter + KM_GCM_NONCE);
			km_aes_encrypt(&g->aes, stream, g->counter);
		}
		out[i] = in[i] ^ stream[i % KM_AES_BLOCK];
	}
	memzero_explicit(stream, sizeof(stream));
}

static void gcm_tag(struct gcm *g, const u8 *cipher, size_t len, u8 *tag)
{
	int i;

	km_ghash_update(&g->ghash, cipher, len);
	km_ghash_final(&g->ghash, 0, len, tag);
	for (i = 0; i < KM_GCM_TAG; i++)
		tag[i] ^= g->mask[i];
}

/**
 * km_gcm_seal() - encrypt and authenticate
 * @key: AES key of 16, 24 or 32 bytes
 * @nonce: 12 bytes, never used twice under one key
 * @plain: the message
 * @cipher: [out] as long as the message
 * @tag: [out] 16 bytes
 *
 * Return: 0 or -EINVAL for the key's length.
 */
int km_gcm_seal(const struct km_piece *key, const u8 *nonce, const struct km_piece *plain,
		u8 *cipher, u8 *tag)
{
	struct gcm g;
	int ret = gcm_start(&g, key, nonce);

	if (!ret) {
		gcm_crypt(&g, plain->data, cipher, plain->len);
		gcm_tag(&g, cipher, plain->len, tag);
	}
	memzero_explicit(&g, sizeof(g));
	return ret;
}

/**
 * km_gcm_open() - check and decrypt
 * @key: AES key of 16, 24 or 32 bytes
 * @nonce: 12 bytes
 * @cipher: the ciphertext
 * @tag: 16 bytes
 * @plain: [out] as long as the ciphertext; not touched unless the tag is right
 *
 * Return: 0, -EBADMSG for a wrong tag, -EINVAL for the key's length.
 */
int km_gcm_open(const struct km_piece *key, const u8 *nonce, const struct km_piece *cipher,
		const u8 *tag, u8 *plain)
{
	u8 want[KM_GCM_TAG];
	struct gcm g;
	int ret = gcm_start(&g, key, nonce);

	if (!ret) {
		gcm_tag(&g, cipher->data, cipher->len, want);
		if (crypto_memneq(want, tag, sizeof(want)))
			ret = -EBADMSG;
		else
			gcm_crypt(&g, cipher->data, plain, cipher->len);
	}
	memzero_explicit(want, sizeof(want));
	memzero_explicit(&g, sizeof(g));
	return ret;
}
