// SPDX-License-Identifier: GPL-2.0-only
/*
 * EC on NIST P-256: key pairs and ECDSA (operations.md 4.5).
 * One family behind struct km_alg; arithmetic from ec.c, digests from hash.c.
 */
#include <crypto/hash.h>
#include <linux/random.h>
#include "alg.h"
#include "ec_der.h"
#include "hash.h"

#define BITS		256
#define BYTES		32
/* Draws of a nonce or key before we blame the generator: 2^-32 each at worst. */
#define DRAWS		16

/**
 * struct ec_op - a running signature
 * @desc: digest of the message, NULL with DIGEST_NONE
 * @message: DIGEST_NONE: as much of the message as counts
 * @message_len: how much
 */
struct ec_op {
	struct shash_desc *desc;
	u8 message[BYTES];
	u32 message_len;
};

static enum km_error ec_check_spec(const struct km_key_spec *spec, bool import)
{
	/* Tags of imported material are compared with it when it has been read. */
	if (import)
		return KM_ERROR_OK;
	if (!spec->has_size && !spec->has_curve)
		return KM_ERROR_UNSUPPORTED_KEY_SIZE;
	if (spec->has_curve && spec->curve != KM_EC_CURVE_P_256) {
		if (spec->key_size == BITS && spec->curve != KM_EC_CURVE_CURVE_25519)
			return KM_ERROR_INVALID_ARGUMENT;
		return KM_ERROR_UNSUPPORTED_EC_CURVE;
	}
	if (spec->has_size && spec->key_size != BITS) {
		if (spec->has_curve)
			return KM_ERROR_INVALID_ARGUMENT;
		return KM_ERROR_UNSUPPORTED_KEY_SIZE;
	}
	return KM_ERROR_OK;
}

/* SEC1, completed by the public point, and the tags that follow from it. */
static enum km_error finish_pair(struct km_ec_pair *pair, struct km_key_spec *spec,
				 struct km_secret **material)
{
	struct km_secret *key = km_secret_alloc(KM_SEC1_P256_LEN);

	if (!key)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	if (km_ec_write_sec1(pair, key->data)) {
		km_secret_free(key);
		return KM_ERROR_UNKNOWN_ERROR;
	}
	spec->key_size = BITS;
	spec->curve = KM_EC_CURVE_P_256;
	spec->has_curve = true;
	*material = key;
	return KM_ERROR_OK;
}

static enum km_error ec_generate(struct km_key_spec *spec, struct km_secret **material)
{
	enum km_error err = KM_ERROR_UNKNOWN_ERROR;
	struct km_ec_pair pair;
	int i;

	/* Rejection sampling (FIPS 186-5 A.2.2): a biased key leaks its bias. */
	for (i = 0; i < DRAWS; i++) {
		get_random_bytes(pair.d, sizeof(pair.d));
		if (km_ec_scalar_ok(&km_p256, pair.d))
			break;
	}
	if (i < DRAWS && !km_ec_public(&km_p256, pair.d, pair.x, pair.y))
		err = finish_pair(&pair, spec, material);
	memzero_explicit(&pair, sizeof(pair));
	return err;
}

/* Do the tags of an import speak of P-256, when the material does not? */
static bool wants_p256(const struct km_key_spec *spec)
{
	return (spec->has_curve && spec->curve == KM_EC_CURVE_P_256) || spec->key_size == BITS;
}

static enum km_error import_pair(struct km_ec_pair *pair, struct km_key_spec *spec,
				 const struct km_import *in)
{
	u8 x[BYTES], y[BYTES];
	bool has_public;
	int ret;

	ret = km_ec_read_pkcs8(in->data, in->len, pair, &has_public);
	if (ret == -EOPNOTSUPP)
		return KM_ERROR_IMPORT_PARAMETER_MISMATCH;
	if (ret == -ERANGE)
		return wants_p256(spec) ? KM_ERROR_IMPORT_PARAMETER_MISMATCH :
					  KM_ERROR_UNSUPPORTED_EC_CURVE;
	if (ret)
		return KM_ERROR_INVALID_ARGUMENT;
	if ((spec->has_curve && spec->curve != KM_EC_CURVE_P_256) ||
	    (spec->has_size && spec->key_size != BITS))
		return KM_ERROR_IMPORT_PARAMETER_MISMATCH;
	ret = km_ec_public(&km_p256, pair->d, x, y);
	if (ret)
		return km_error_of(ret);
	/* A public half that belongs to another key would be exported as this one's. */
	if (has_public && (memcmp(x, pair->x, BYTES) || memcmp(y, pair->y, BYTES)))
		return KM_ERROR_INVALID_ARGUMENT;
	memcpy(pair->x, x, BYTES);
	memcpy(pair->y, y, BYTES);
	return KM_ERROR_OK;
}

static enum km_error ec_import(struct km_key_spec *spec, const struct km_import *in,
			       struct km_secret **material)
{
	struct km_ec_pair pair;
	enum km_error err;

	if (!(km_bit(in->key_format) & km_alg_ec.import_formats))
		return KM_ERROR_UNSUPPORTED_KEY_FORMAT;
	err = import_pair(&pair, spec, in);
	if (!err)
		err = finish_pair(&pair, spec, material);
	memzero_explicit(&pair, sizeof(pair));
	/* Not of this family; PKCS#8 of EC without a curve may be Curve25519's. */
	if (err == KM_ERROR_IMPORT_PARAMETER_MISMATCH && !spec->has_curve)
		return km_alg_25519.import(spec, in, material);
	return err;
}

static enum km_error ec_load(struct km_alg_key *key)
{
	struct km_ec_pair *pair = kzalloc(sizeof(*pair), GFP_KERNEL_ACCOUNT);
	bool has_public;

	if (!pair)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	key->priv = pair;
	if (km_ec_read_sec1(key->material->data, key->material->len, pair, &has_public) ||
	    !has_public)
		return KM_ERROR_INVALID_KEY_BLOB;
	return KM_ERROR_OK;
}

static void ec_unload(struct km_alg_key *key)
{
	kfree_sensitive(key->priv);
	key->priv = NULL;
}

static enum km_error ec_export(const struct km_alg_key *key, u8 *out, size_t *len)
{
	*len = km_ec_write_spki(key->priv, out, *len);
	return *len ? KM_ERROR_OK : KM_ERROR_UNKNOWN_ERROR;
}

static enum km_error ec_check(struct km_alg_op *op)
{
	u32 digest = op->args.digest.value;

	if (op->args.digest.n != 1 || !(km_bit(digest) & km_alg_ec.digests))
		return KM_ERROR_UNSUPPORTED_DIGEST;
	/* Anyone may verify with any digest: he has the public key. */
	if (op->purpose == KM_PURPOSE_SIGN && !(km_bit(digest) & op->key->spec.digests))
		return KM_ERROR_INCOMPATIBLE_DIGEST;
	return KM_ERROR_OK;
}

static enum km_error ec_begin(struct km_alg_op *op)
{
	struct crypto_shash *tfm = km_hash_tfm(op->args.digest.value);
	struct ec_op *eo = kzalloc(sizeof(*eo), GFP_KERNEL_ACCOUNT);

	if (!eo)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	op->priv = eo;
	if (!tfm)
		return KM_ERROR_OK;
	eo->desc = kmalloc(sizeof(*eo->desc) + crypto_shash_descsize(tfm), GFP_KERNEL_ACCOUNT);
	if (!eo->desc)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	eo->desc->tfm = tfm;
	return km_error_of(crypto_shash_init(eo->desc));
}

static void ec_end(struct km_alg_op *op)
{
	struct ec_op *eo = op->priv;

	if (!eo)
		return;
	kfree_sensitive(eo->desc);
	kfree_sensitive(eo);
	op->priv = NULL;
}

static size_t ec_out_len(const struct km_alg_op *op, const struct km_io *io, bool finish)
{
	/* SEQUENCE of two INTEGERs of 33 bytes at most. */
	return finish && op->purpose == KM_PURPOSE_SIGN ? 2 + 2 * (2 + BYTES + 1) : 0;
}

static enum km_error ec_update(struct km_alg_op *op, struct km_io *io)
{
	struct ec_op *eo = op->priv;
	size_t n;

	if (eo->desc)
		return km_error_of(crypto_shash_update(eo->desc, io->data, io->len));
	/* What is beyond the order's length is dropped without a word. */
	n = min_t(size_t, io->len, sizeof(eo->message) - eo->message_len);
	memcpy(eo->message + eo->message_len, io->data, n);
	eo->message_len += n;
	return KM_ERROR_OK;
}

static enum km_error sign(const struct km_ec_pair *pair, struct km_ecdsa *sig)
{
	int ret = -EAGAIN, i;
	u8 k[BYTES];

	for (i = 0; i < DRAWS && ret == -EAGAIN; i++) {
		get_random_bytes(k, sizeof(k));
		ret = km_ecdsa_sign(&km_p256, pair->d, k, sig);
	}
	memzero_explicit(k, sizeof(k));
	return ret ? KM_ERROR_UNKNOWN_ERROR : KM_ERROR_OK;
}

static enum km_error ec_finish(struct km_alg_op *op, struct km_io *io)
{
	const struct km_ec_pair *pair = op->key->priv;
	struct ec_op *eo = op->priv;
	u8 digest[KM_DIGEST_MAX];
	struct km_ecdsa sig = { .digest = digest };
	enum km_error err;

	if (eo->desc) {
		sig.digest_len = km_hash_size(op->args.digest.value);
		err = km_error_of(crypto_shash_finup(eo->desc, io->data, io->len, digest));
	} else {
		err = ec_update(op, io);
		sig.digest = eo->message;
		sig.digest_len = eo->message_len;
	}
	if (err)
		return err;
	if (op->purpose == KM_PURPOSE_VERIFY) {
		if (km_ec_read_sig(io->sig, io->sig_len, BYTES, &sig))
			return KM_ERROR_VERIFICATION_FAILED;
		return km_error_of(km_ecdsa_verify(&km_p256, pair->x, pair->y, &sig));
	}
	err = sign(pair, &sig);
	memzero_explicit(digest, sizeof(digest));
	if (err)
		return err;
	io->out = io->data;
	io->out_len = km_ec_write_sig(&sig, BYTES, io->out, ec_out_len(op, io, true));
	return io->out_len ? KM_ERROR_OK : KM_ERROR_UNKNOWN_ERROR;
}

const struct km_alg km_alg_ec = {
	.algorithm = KM_ALGORITHM_EC,
	.purposes = 1 << KM_PURPOSE_SIGN | 1 << KM_PURPOSE_VERIFY,
	.digests = KM_BIT(KM_DIGEST_NONE) | KM_BIT(KM_DIGEST_SHA1) |
		   KM_BIT(KM_DIGEST_SHA_2_224) | KM_BIT(KM_DIGEST_SHA_2_256) |
		   KM_BIT(KM_DIGEST_SHA_2_384) | KM_BIT(KM_DIGEST_SHA_2_512),
	.import_formats = KM_BIT(KM_KEY_FORMAT_PKCS8),
	.check_spec = ec_check_spec,
	.generate = ec_generate,
	.import = ec_import,
	.load = ec_load,
	.unload = ec_unload,
	.export = ec_export,
	.check = ec_check,
	.begin = ec_begin,
	.out_len = ec_out_len,
	.update = ec_update,
	.finish = ec_finish,
	.end = ec_end,
};
