// SPDX-License-Identifier: GPL-2.0-only
/*
 * Digests by their Keymaster number, on the kernel crypto API.
 * Leaf of the layers: alg_ec.c and rsa_op.c hash messages, alg_hmac.c names its transforms.
 *
 * MD5 is here for RSA alone, and only where the kernel has it (not in FIPS mode): each
 * family says in its struct km_alg which of these it takes.
 */
#include <linux/err.h>
#include <linux/keymaster.h>
#include <linux/nospec.h>
#include "hash.h"

/* Read-only after km_hash_init(): transforms without a key carry no state. */
static struct {
	const char *name;
	u32 size;
	struct crypto_shash *tfm;
} hashes[] = {
	[KM_DIGEST_MD5] = { "md5", 16 },
	[KM_DIGEST_SHA1] = { "sha1", 20 },
	[KM_DIGEST_SHA_2_224] = { "sha224", 28 },
	[KM_DIGEST_SHA_2_256] = { "sha256", 32 },
	[KM_DIGEST_SHA_2_384] = { "sha384", 48 },
	[KM_DIGEST_SHA_2_512] = { "sha512", 64 },
};

/**
 * km_hash_init() - allocate a transform for each digest
 *
 * Once, at load, so that no operation can fail for a missing digest of the SHA families.
 *
 * Return: 0 or a negative errno.
 */
int km_hash_init(void)
{
	struct crypto_shash *tfm;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hashes); i++) {
		if (!hashes[i].name)
			continue;
		tfm = crypto_alloc_shash(hashes[i].name, 0, 0);
		if (IS_ERR(tfm) && i == KM_DIGEST_MD5)
			continue;
		if (IS_ERR(tfm)) {
			km_hash_exit();
			return PTR_ERR(tfm);
		}
		hashes[i].tfm = tfm;
	}
	return 0;
}

/**
 * km_hash_exit() - free the transforms
 */
void km_hash_exit(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hashes); i++) {
		crypto_free_shash(hashes[i].tfm);
		hashes[i].tfm = NULL;
	}
}

/* The number is a user's: no speculation beyond the table either. */
static u32 index_of(u32 digest)
{
	return array_index_nospec(digest, ARRAY_SIZE(hashes));
}

/**
 * km_hash_tfm() - the transform of a digest
 * @digest: KM_DIGEST_*
 *
 * Return: it, or NULL if there is none.
 */
struct crypto_shash *km_hash_tfm(u32 digest)
{
	return digest < ARRAY_SIZE(hashes) ? hashes[index_of(digest)].tfm : NULL;
}

/**
 * km_hash_name() - the kernel's name of a digest
 * @digest: KM_DIGEST_*
 *
 * Return: it, or NULL if there is none.
 */
const char *km_hash_name(u32 digest)
{
	return digest < ARRAY_SIZE(hashes) ? hashes[index_of(digest)].name : NULL;
}

/**
 * km_hash_size() - length of a digest
 * @digest: KM_DIGEST_*
 *
 * Return: bytes, or 0 if there is no such digest.
 */
u32 km_hash_size(u32 digest)
{
	return digest < ARRAY_SIZE(hashes) ? hashes[index_of(digest)].size : 0;
}

/**
 * km_hash_run() - the digest of a short message, in one go
 * @digest: KM_DIGEST_* that has a transform
 * @pieces: the message
 * @n: how many pieces
 * @out: [out] km_hash_size() bytes
 *
 * Leaves nothing of the message on the stack.
 *
 * Return: 0 or a negative errno.
 */
int km_hash_run(u32 digest, const struct km_piece *pieces, unsigned int n, u8 *out)
{
	struct crypto_shash *tfm = km_hash_tfm(digest);
	SHASH_DESC_ON_STACK(desc, tfm);
	unsigned int i;
	int ret;

	if (!tfm)
		return -ENOENT;
	desc->tfm = tfm;
	ret = crypto_shash_init(desc);
	for (i = 0; !ret && i < n; i++)
		ret = crypto_shash_update(desc, pieces[i].data, pieces[i].len);
	if (!ret)
		ret = crypto_shash_final(desc, out);
	shash_desc_zero(desc);
	return ret;
}
