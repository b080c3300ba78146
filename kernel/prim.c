// SPDX-License-Identifier: GPL-2.0-only
/*
 * AES block and SHA-256 from the kernel's crypto library, SHA-512 from its crypto API.
 * Leaf of the layers, below kdf.c, gcm.c, ocb.c and ed25519.c; no allocation.
 *
 * The library's AES looks its S-box up, after loading all of it into the cache:
 * the one index in key wrapping that depends on a secret. The alternative, a
 * transform of the crypto API for each blob, allocates, can fail, and may be
 * the same code.
 */
#include <crypto/aes.h>
#include <crypto/sha2.h>
#include <linux/keymaster.h>
#include "compat.h"
#include "hash.h"
#include "prim.h"

static_assert(sizeof(km_aes_ctx) <= sizeof(((struct km_aes *)0)->ctx));

/**
 * km_aes_setkey() - expand an AES key
 * @aes: [out] expanded key; the caller wipes it
 * @key: 16, 24 or 32 bytes
 * @len: how many
 *
 * Return: 0, or -EINVAL for another length.
 */
int km_aes_setkey(struct km_aes *aes, const u8 *key, size_t len)
{
	return km_aes_expand((km_aes_ctx *)aes->ctx, key, len);
}

/**
 * km_aes_encrypt() - encrypt one block
 * @aes: expanded key
 * @out: 16 bytes, may be @in
 * @in: 16 bytes
 */
void km_aes_encrypt(const struct km_aes *aes, u8 *out, const u8 *in)
{
	aes_encrypt((const km_aes_ctx *)aes->ctx, out, in);
}

/**
 * km_aes_decrypt() - decrypt one block
 * @aes: expanded key
 * @out: 16 bytes, may be @in
 * @in: 16 bytes
 */
void km_aes_decrypt(const struct km_aes *aes, u8 *out, const u8 *in)
{
	aes_decrypt((const km_aes_ctx *)aes->ctx, out, in);
}

/**
 * km_sha256() - SHA-256 of a message in parts
 * @pieces: the parts
 * @n: how many
 * @out: 32 bytes
 */
void km_sha256(const struct km_piece *pieces, unsigned int n, u8 *out)
{
	km_sha256_ctx ctx;
	unsigned int i;

	sha256_init(&ctx);
	for (i = 0; i < n; i++)
		sha256_update(&ctx, pieces[i].data, pieces[i].len);
	sha256_final(&ctx, out);
	memzero_explicit(&ctx, sizeof(ctx));
}

/**
 * km_sha512() - SHA-512 of a message in parts
 * @pieces: the parts
 * @n: how many
 * @out: [out] 64 bytes
 *
 * The library has no SHA-512 in all kernels that we build for, so it is the transform
 * that hash.c allocated at load; its state is on the stack.
 *
 * Return: 0, or what the transform says, which for SHA-512 in software never is anything
 * else.
 */
int km_sha512(const struct km_piece *pieces, unsigned int n, u8 *out)
{
	SHASH_DESC_ON_STACK(desc, km_hash_tfm(KM_DIGEST_SHA_2_512));
	unsigned int i;
	int ret;

	desc->tfm = km_hash_tfm(KM_DIGEST_SHA_2_512);
	ret = crypto_shash_init(desc);
	for (i = 0; !ret && i < n; i++)
		if (pieces[i].len)
			ret = crypto_shash_update(desc, pieces[i].data, pieces[i].len);
	if (!ret)
		ret = crypto_shash_final(desc, out);
	shash_desc_zero(desc);
	return ret;
}
