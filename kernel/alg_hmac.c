// SPDX-License-Identifier: GPL-2.0-only
/*
 * HMAC with SHA-1 and SHA-2 (operations.md 4.6).
 * One family behind struct km_alg; the MAC itself from the kernel crypto API.
 */
#include <crypto/algapi.h>
#include <linux/err.h>
#include <linux/random.h>
#include "alg.h"
#include "hash.h"

#define KEY_BITS_MIN	64
#define KEY_BITS_MAX	512
#define MAC_BITS_MIN	64

static bool size_ok(u64 bits)
{
	return bits % 8 == 0 && bits >= KEY_BITS_MIN && bits <= KEY_BITS_MAX;
}

static enum km_error check_mac(const struct km_key_spec *spec)
{
	u32 size = km_hash_size(spec->digest);

	if (spec->n_digests != 1 || !(km_bit(spec->digest) & km_alg_hmac.digests))
		return KM_ERROR_UNSUPPORTED_DIGEST;
	if (!spec->has_min_mac)
		return KM_ERROR_MISSING_MIN_MAC_LENGTH;
	if (spec->min_mac % 8 || spec->min_mac < MAC_BITS_MIN || spec->min_mac > size * 8)
		return KM_ERROR_UNSUPPORTED_MIN_MAC_LENGTH;
	return KM_ERROR_OK;
}

/* A key that is handed over makes no MAC. */
static enum km_error hmac_check_spec(const struct km_key_spec *spec, bool import)
{
	enum km_error err = KM_ERROR_OK;

	if (!import && !spec->has_size)
		return KM_ERROR_UNSUPPORTED_KEY_SIZE;
	if (!spec->bridges)
		err = check_mac(spec);
	if (!err && !import && !size_ok(spec->key_size))
		err = KM_ERROR_UNSUPPORTED_KEY_SIZE;
	return err;
}

static enum km_error hmac_generate(struct km_key_spec *spec, struct km_secret **material)
{
	struct km_secret *key = km_secret_alloc(spec->key_size / 8);

	if (!key)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	get_random_bytes(key->data, key->len);
	*material = key;
	return KM_ERROR_OK;
}

static enum km_error hmac_import(struct km_key_spec *spec, const struct km_import *in,
				 struct km_secret **material)
{
	u64 bits = (u64)in->len * 8;

	if (!(km_bit(in->key_format) & km_alg_hmac.import_formats))
		return KM_ERROR_UNSUPPORTED_KEY_FORMAT;
	if (spec->has_size && spec->key_size != bits)
		return KM_ERROR_IMPORT_PARAMETER_MISMATCH;
	if (!size_ok(bits))
		return KM_ERROR_UNSUPPORTED_KEY_SIZE;
	spec->key_size = bits;
	*material = km_secret_copy(in->data, in->len);
	return *material ? KM_ERROR_OK : KM_ERROR_MEMORY_ALLOCATION_FAILED;
}

/* More of the stack than setting a key takes. */
#define SETKEY_STACK	1024

/* The place below the caller's own, which is where a function that he called has been. */
static noinline void wipe_stack(void)
{
	u8 used[SETKEY_STACK];

	memzero_explicit(used, sizeof(used));
}

/* The kernel's hmac leaves on the stack what it has of the outer half of the key. */
static int set_key(struct crypto_shash *tfm, const struct km_secret *material)
{
	int err = crypto_shash_setkey(tfm, material->data, material->len);

	wipe_stack();
	return err;
}

static enum km_error hmac_load(struct km_alg_key *key)
{
	char name[CRYPTO_MAX_ALG_NAME];
	struct crypto_shash *tfm;
	int err;

	/* No operation gets as far as to use it: the key has no purpose. */
	if (key->spec.bridges)
		return KM_ERROR_OK;
	if (key->spec.n_digests != 1 || !(km_bit(key->spec.digest) & km_alg_hmac.digests))
		return KM_ERROR_INVALID_KEY_BLOB;
	snprintf(name, sizeof(name), "hmac(%s)", km_hash_name(key->spec.digest));
	tfm = crypto_alloc_shash(name, 0, CRYPTO_ALG_KERN_DRIVER_ONLY);
	if (IS_ERR(tfm))
		return km_error_of(PTR_ERR(tfm));
	err = set_key(tfm, key->material);
	if (err) {
		crypto_free_shash(tfm);
		return km_error_of(err);
	}
	key->priv = tfm;
	return KM_ERROR_OK;
}

static void hmac_unload(struct km_alg_key *key)
{
	crypto_free_shash(key->priv);
	key->priv = NULL;
}

static enum km_error hmac_check(struct km_alg_op *op)
{
	const struct km_key_spec *spec = &op->key->spec;
	u32 bits = op->args.mac_length.value;

	if (op->args.digest.n > 1)
		return KM_ERROR_UNSUPPORTED_DIGEST;
	if (op->args.digest.n && op->args.digest.value != spec->digest)
		return KM_ERROR_INCOMPATIBLE_DIGEST;
	if (op->purpose == KM_PURPOSE_VERIFY)
		return op->args.mac_length.n ? KM_ERROR_INVALID_ARGUMENT : KM_ERROR_OK;
	if (!op->args.mac_length.n)
		return KM_ERROR_MISSING_MAC_LENGTH;
	if (bits % 8 || bits < MAC_BITS_MIN || bits > km_hash_size(spec->digest) * 8)
		return KM_ERROR_UNSUPPORTED_MAC_LENGTH;
	if (bits < spec->min_mac)
		return KM_ERROR_INVALID_MAC_LENGTH;
	op->mac_bytes = bits / 8;
	return KM_ERROR_OK;
}

/* Nothing yet: a whole message needs no state of its own, a stream makes it. */
static enum km_error hmac_begin(struct km_alg_op *op)
{
	return KM_ERROR_OK;
}

static enum km_error make_stream(struct km_alg_op *op)
{
	struct crypto_shash *tfm = op->key->priv;
	struct shash_desc *desc;

	if (op->priv)
		return KM_ERROR_OK;
	desc = kmalloc(sizeof(*desc) + crypto_shash_descsize(tfm), GFP_KERNEL_ACCOUNT);
	if (!desc)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	desc->tfm = tfm;
	op->priv = desc;
	return km_error_of(crypto_shash_init(desc));
}

static void hmac_end(struct km_alg_op *op)
{
	kfree_sensitive(op->priv);
	op->priv = NULL;
}

static size_t hmac_out_len(const struct km_alg_op *op, const struct km_io *io, bool finish)
{
	return finish && op->purpose == KM_PURPOSE_SIGN ? op->mac_bytes : 0;
}

static enum km_error hmac_update(struct km_alg_op *op, struct km_io *io)
{
	enum km_error err = make_stream(op);

	return err ? err : km_error_of(crypto_shash_update(op->priv, io->data, io->len));
}

static enum km_error check_signature(const struct km_alg_op *op, const struct km_io *io,
				     const u8 *mac)
{
	const struct km_key_spec *spec = &op->key->spec;

	if (io->sig_len > km_hash_size(spec->digest) || io->sig_len < MAC_BITS_MIN / 8)
		return KM_ERROR_UNSUPPORTED_MAC_LENGTH;
	if (io->sig_len * 8 < spec->min_mac)
		return KM_ERROR_INVALID_MAC_LENGTH;
	return crypto_memneq(mac, io->sig, io->sig_len) ? KM_ERROR_VERIFICATION_FAILED :
							   KM_ERROR_OK;
}

static enum km_error conclude(struct km_alg_op *op, struct shash_desc *desc, struct km_io *io)
{
	u8 mac[KM_DIGEST_MAX];
	enum km_error err;

	err = km_error_of(crypto_shash_finup(desc, io->data, io->len, mac));
	if (!err && op->purpose == KM_PURPOSE_VERIFY) {
		err = check_signature(op, io, mac);
	} else if (!err) {
		io->out = io->data;
		io->out_len = op->mac_bytes;
		memcpy(io->out, mac, op->mac_bytes);
	}
	memzero_explicit(mac, sizeof(mac));
	return err;
}

static enum km_error hmac_finish(struct km_alg_op *op, struct km_io *io)
{
	enum km_error err = make_stream(op);

	return err ? err : conclude(op, op->priv, io);
}

/* A whole message: the state of the hash lies beside the data. */
static enum km_error hmac_oneshot(struct km_alg_op *op, struct km_io *io)
{
	struct crypto_shash *tfm = op->key->priv;
	struct shash_desc *desc = io->state;
	size_t size = sizeof(*desc) + crypto_shash_descsize(tfm);
	enum km_error err;

	if (size > KM_IO_STATE)
		return KM_ERROR_UNIMPLEMENTED;
	desc->tfm = tfm;
	err = km_error_of(crypto_shash_init(desc));
	if (!err)
		err = conclude(op, desc, io);
	memzero_explicit(desc, size);
	return err;
}

const struct km_alg km_alg_hmac = {
	.algorithm = KM_ALGORITHM_HMAC,
	.purposes = 1 << KM_PURPOSE_SIGN | 1 << KM_PURPOSE_VERIFY,
	.digests = KM_BIT(KM_DIGEST_SHA1) | KM_BIT(KM_DIGEST_SHA_2_224) |
		   KM_BIT(KM_DIGEST_SHA_2_256) | KM_BIT(KM_DIGEST_SHA_2_384) |
		   KM_BIT(KM_DIGEST_SHA_2_512),
	.import_formats = KM_BIT(KM_KEY_FORMAT_RAW),
	.check_spec = hmac_check_spec,
	.generate = hmac_generate,
	.import = hmac_import,
	.load = hmac_load,
	.unload = hmac_unload,
	.check = hmac_check,
	.begin = hmac_begin,
	.out_len = hmac_out_len,
	.update = hmac_update,
	.finish = hmac_finish,
	.end = hmac_end,
	.oneshot = hmac_oneshot,
};
