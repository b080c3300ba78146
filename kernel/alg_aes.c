// SPDX-License-Identifier: GPL-2.0-only
/*
 * AES keys: sizes, keyed transforms, parameters of operations (operations.md 4.1).
 * One family behind struct km_alg; the operations are in aes_op.c and block_op.c.
 *
 * Transforms belong to the key and are keyed once; each is allocated when the
 * first operation needs it.
 */
#include <linux/err.h>
#include <linux/random.h>
#include "aes.h"
#include "prim.h"

static const char *const cipher_name[] = {
	[KM_CIPHER_ECB] = "ecb(aes)",
	[KM_CIPHER_CBC] = "cbc(aes)",
	[KM_CIPHER_CTR] = "ctr(aes)",
};

/**
 * struct loaded_key - a loaded AES key
 * @ciphers: keyed transforms; their lock serialises the making of @gcm too
 * @gcm: one for GCM, with a 16-byte tag; NULL until needed; set once, by release
 * @fast: for short messages of GCM; constant
 */
struct loaded_key {
	struct km_ciphers ciphers;
	struct crypto_aead *gcm;
	struct km_gcm_key fast;
};

static bool size_ok(u32 bits)
{
	return bits == 128 || bits == 192 || bits == 256;
}

static enum km_error aes_check_spec(const struct km_key_spec *spec, bool import)
{
	if (!import && !spec->has_size)
		return KM_ERROR_UNSUPPORTED_KEY_SIZE;
	if (spec->modes & km_bit(KM_MODE_GCM)) {
		if (!spec->has_min_mac)
			return KM_ERROR_MISSING_MIN_MAC_LENGTH;
		if (spec->min_mac % 8 || spec->min_mac < 96 || spec->min_mac > 128)
			return KM_ERROR_UNSUPPORTED_MIN_MAC_LENGTH;
	} else if (spec->has_min_mac) {
		return KM_ERROR_INVALID_TAG;
	}
	/* The size of imported material is looked at when it is there. */
	if (!import && !size_ok(spec->key_size))
		return KM_ERROR_UNSUPPORTED_KEY_SIZE;
	return KM_ERROR_OK;
}

static enum km_error aes_generate(struct km_key_spec *spec, struct km_secret **material)
{
	struct km_secret *key = km_secret_alloc(spec->key_size / 8);

	if (!key)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	get_random_bytes(key->data, key->len);
	*material = key;
	return KM_ERROR_OK;
}

static enum km_error aes_import(struct km_key_spec *spec, const struct km_import *in,
				struct km_secret **material)
{
	if (!(km_bit(in->key_format) & km_alg_aes.import_formats))
		return KM_ERROR_UNSUPPORTED_KEY_FORMAT;
	if (spec->has_size && spec->key_size != in->len * 8)
		return KM_ERROR_IMPORT_PARAMETER_MISMATCH;
	if (!size_ok(in->len * 8))
		return KM_ERROR_UNSUPPORTED_KEY_SIZE;
	spec->key_size = in->len * 8;
	*material = km_secret_copy(in->data, in->len);
	return *material ? KM_ERROR_OK : KM_ERROR_MEMORY_ALLOCATION_FAILED;
}

static enum km_error aes_load(struct km_alg_key *key)
{
	const struct km_piece material = { key->material->data, key->material->len };
	struct loaded_key *ak;

	if (!size_ok(key->material->len * 8))
		return KM_ERROR_INVALID_KEY_BLOB;
	ak = kzalloc(sizeof(*ak), GFP_KERNEL_ACCOUNT);
	if (!ak)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	ak->ciphers.names = cipher_name;
	ak->ciphers.block = KM_AES_BLOCK;
	ak->ciphers.key = key->material->data;
	ak->ciphers.key_len = key->material->len;
	km_ciphers_init(&ak->ciphers);
	/* Of the right size, so it can only lack the instructions: then it stays unused. */
	if (key->spec.modes & km_bit(KM_MODE_GCM))
		km_gcm_prepare(&ak->fast, &material);
	key->priv = ak;
	return KM_ERROR_OK;
}

static void aes_unload(struct km_alg_key *key)
{
	struct loaded_key *ak = key->priv;

	if (!ak)
		return;
	km_ciphers_free(&ak->ciphers);
	crypto_free_aead(ak->gcm);
	kfree_sensitive(ak);
	key->priv = NULL;
}

/**
 * km_aes_gcm_fast() - the key as short messages of GCM want it
 * @key: the key
 *
 * Return: it, for km_gcm_fast_seal() and km_gcm_fast_open(), which may decline.
 */
const struct km_gcm_key *km_aes_gcm_fast(const struct km_alg_key *key)
{
	const struct loaded_key *ak = key->priv;

	return &ak->fast;
}

/**
 * km_aes_gcm() - the keyed transform for GCM, with a 16-byte tag
 * @key: the key
 *
 * Return: it, or an ERR_PTR. Context: may sleep.
 */
struct crypto_aead *km_aes_gcm(const struct km_alg_key *key)
{
	struct loaded_key *ak = key->priv;
	/* Pairs with the release below: a transform that is seen is keyed. */
	struct crypto_aead *tfm = smp_load_acquire(&ak->gcm);
	int err;

	if (tfm)
		return tfm;
	mutex_lock(&ak->ciphers.lock);
	tfm = ak->gcm;
	if (tfm)
		goto out;
	tfm = crypto_alloc_aead("gcm(aes)", 0, KM_CIPHER_DRIVERS);
	if (IS_ERR(tfm))
		goto out;
	err = crypto_aead_setkey(tfm, key->material->data, key->material->len);
	if (!err)
		err = crypto_aead_setauthsize(tfm, KM_AES_GCM_TAG);
	if (err) {
		crypto_free_aead(tfm);
		tfm = ERR_PTR(err);
		goto out;
	}
	/* Pairs with the acquire above. */
	smp_store_release(&ak->gcm, tfm);
out:
	mutex_unlock(&ak->ciphers.lock);
	return tfm;
}

static enum km_error check_mac_length(struct km_alg_op *op)
{
	const struct km_key_spec *spec = &op->key->spec;
	u32 bits = op->args.mac_length.value;

	if (!op->args.mac_length.n)
		return KM_ERROR_MISSING_MAC_LENGTH;
	if (!spec->has_min_mac)
		return KM_ERROR_INVALID_KEY_BLOB;
	if (bits % 8 || bits < 96 || bits > 128)
		return KM_ERROR_UNSUPPORTED_MAC_LENGTH;
	if (bits < spec->min_mac)
		return KM_ERROR_INVALID_MAC_LENGTH;
	op->mac_bytes = bits / 8;
	return KM_ERROR_OK;
}

static enum km_error aes_check(struct km_alg_op *op)
{
	enum km_error err = km_check_mode(op);

	if (!err && op->args.mode.value == KM_MODE_GCM)
		err = check_mac_length(op);
	if (!err)
		err = km_check_crypt_padding(op);
	if (!err && op->args.padding.value == KM_PAD_PKCS7 && !km_is_block_mode(op))
		err = KM_ERROR_INCOMPATIBLE_PADDING_MODE;
	return err;
}

const struct km_alg km_alg_aes = {
	.algorithm = KM_ALGORITHM_AES,
	.purposes = 1 << KM_PURPOSE_ENCRYPT | 1 << KM_PURPOSE_DECRYPT,
	.modes = KM_BIT(KM_MODE_ECB) | KM_BIT(KM_MODE_CBC) | KM_BIT(KM_MODE_CTR) |
		 KM_BIT(KM_MODE_GCM),
	.crypt_paddings = KM_BIT(KM_PAD_NONE) | KM_BIT(KM_PAD_PKCS7),
	.import_formats = KM_BIT(KM_KEY_FORMAT_RAW),
	.check_spec = aes_check_spec,
	.generate = aes_generate,
	.import = aes_import,
	.load = aes_load,
	.unload = aes_unload,
	.check = aes_check,
	.begin = km_aes_begin,
	.out_len = km_aes_out_len,
	.update = km_aes_update,
	.finish = km_aes_finish,
	.end = km_aes_end,
	.oneshot = km_aes_oneshot,
};
