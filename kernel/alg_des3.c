// SPDX-License-Identifier: GPL-2.0-only
/*
 * Triple DES keys: sizes, the three keys out of two, parameters (operations.md 4.1).
 * One family behind struct km_alg; the operations are in block_op.c.
 *
 * For data that exists: 64-bit blocks begin to collide after some gigabytes under one
 * key (Sweet32). Bytes of a key have seven bits, the eighth is parity, which nobody
 * looks at. A size of 168 bits is three keys, one of 112 bits two: K1, K2, K1.
 */
#include <linux/cache.h>
#include <linux/random.h>
#include "block_op.h"

#define BLOCK		8
#define ONE_KEY		8	/* bytes */
#define TWO_KEYS	(2 * ONE_KEY)
#define THREE_KEYS	(3 * ONE_KEY)
#define BITS_PER_BYTE_OF_KEY	7

static const char *const cipher_name[KM_CIPHERS] = {
	[KM_CIPHER_ECB] = "ecb(des3_ede)",
	[KM_CIPHER_CBC] = "cbc(des3_ede)",
};

bool km_des3_offered __ro_after_init;

/**
 * struct loaded_key - a loaded Triple DES key
 * @ciphers: keyed transforms
 * @key: K1, K2, K3
 */
struct loaded_key {
	struct km_ciphers ciphers;
	u8 key[THREE_KEYS];
};

static bool length_ok(size_t bytes)
{
	return bytes == TWO_KEYS || bytes == THREE_KEYS;
}

static bool size_ok(u32 bits)
{
	return bits % BITS_PER_BYTE_OF_KEY == 0 && length_ok(bits / BITS_PER_BYTE_OF_KEY);
}

static enum km_error des3_check_spec(const struct km_key_spec *spec, bool import)
{
	if (!import && !spec->has_size)
		return KM_ERROR_UNSUPPORTED_KEY_SIZE;
	if (spec->has_min_mac)
		return KM_ERROR_INVALID_TAG;
	/* The size of imported material is looked at when it is there. */
	if (!import && !size_ok(spec->key_size))
		return KM_ERROR_UNSUPPORTED_KEY_SIZE;
	return KM_ERROR_OK;
}

static enum km_error des3_generate(struct km_key_spec *spec, struct km_secret **material)
{
	struct km_secret *key = km_secret_alloc(spec->key_size / BITS_PER_BYTE_OF_KEY);

	if (!key)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	get_random_bytes(key->data, key->len);
	*material = key;
	return KM_ERROR_OK;
}

static enum km_error des3_import(struct km_key_spec *spec, const struct km_import *in,
				 struct km_secret **material)
{
	size_t bits = in->len * BITS_PER_BYTE_OF_KEY;

	if (!(km_bit(in->key_format) & km_alg_des3.import_formats))
		return KM_ERROR_UNSUPPORTED_KEY_FORMAT;
	if (spec->has_size && spec->key_size != bits)
		return KM_ERROR_IMPORT_PARAMETER_MISMATCH;
	if (!length_ok(in->len))
		return KM_ERROR_UNSUPPORTED_KEY_SIZE;
	spec->key_size = bits;
	*material = km_secret_copy(in->data, in->len);
	return *material ? KM_ERROR_OK : KM_ERROR_MEMORY_ALLOCATION_FAILED;
}

static enum km_error des3_load(struct km_alg_key *key)
{
	const struct km_secret *material = key->material;
	struct loaded_key *dk;

	if (!length_ok(material->len))
		return KM_ERROR_INVALID_KEY_BLOB;
	dk = kzalloc(sizeof(*dk), GFP_KERNEL_ACCOUNT);
	if (!dk)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	memcpy(dk->key, material->data, material->len);
	if (material->len == TWO_KEYS)
		memcpy(dk->key + TWO_KEYS, material->data, ONE_KEY);
	dk->ciphers.names = cipher_name;
	dk->ciphers.block = BLOCK;
	dk->ciphers.key = dk->key;
	dk->ciphers.key_len = sizeof(dk->key);
	km_ciphers_init(&dk->ciphers);
	key->priv = dk;
	return KM_ERROR_OK;
}

static void des3_unload(struct km_alg_key *key)
{
	struct loaded_key *dk = key->priv;

	if (!dk)
		return;
	km_ciphers_free(&dk->ciphers);
	kfree_sensitive(dk);
	key->priv = NULL;
}

static enum km_error des3_check(struct km_alg_op *op)
{
	enum km_error err = km_check_mode(op);

	return err ? err : km_check_crypt_padding(op);
}

const struct km_alg km_alg_des3 = {
	.algorithm = KM_ALGORITHM_TRIPLE_DES,
	.purposes = 1 << KM_PURPOSE_ENCRYPT | 1 << KM_PURPOSE_DECRYPT,
	.modes = KM_BIT(KM_MODE_ECB) | KM_BIT(KM_MODE_CBC),
	.crypt_paddings = KM_BIT(KM_PAD_NONE) | KM_BIT(KM_PAD_PKCS7),
	.import_formats = KM_BIT(KM_KEY_FORMAT_RAW),
	.check_spec = des3_check_spec,
	.generate = des3_generate,
	.import = des3_import,
	.load = des3_load,
	.unload = des3_unload,
	.check = des3_check,
	.begin = km_block_begin,
	.out_len = km_block_out_len,
	.update = km_block_update,
	.finish = km_block_finish,
	.end = km_block_end,
};
