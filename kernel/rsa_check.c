// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parameters of RSA operations: padding, digest, digest of MGF1 (operations.md 4.2 to 4.4).
 * Called through the table of alg_rsa.c, and by rsa_op.c for the import of wrapped keys.
 *
 * "Exactly one" of each, and none by default but the digest of MGF1: a caller who forgot
 * to say what he means gets an error and not what somebody else once meant.
 */
#include "hash.h"
#include "rsa_op.h"

static enum km_error check_padding(const struct km_alg_op *op)
{
	const struct km_alg *alg = op->key->alg;
	u64 bit = km_bit(op->args.padding.value);

	if (op->args.padding.n != 1)
		return KM_ERROR_UNSUPPORTED_PADDING_MODE;
	if (!(bit & (km_rsa_is_signature(op) ? alg->sign_paddings : alg->crypt_paddings)))
		return KM_ERROR_UNSUPPORTED_PADDING_MODE;
	if (km_rsa_is_private(op) && !(bit & op->key->spec.paddings))
		return KM_ERROR_INCOMPATIBLE_PADDING_MODE;
	return KM_ERROR_OK;
}

static enum km_error check_digest(const struct km_alg_op *op)
{
	u32 digest = op->args.digest.value;

	if (op->args.digest.n != 1 || !(km_bit(digest) & op->key->alg->digests) ||
	    (digest != KM_DIGEST_NONE && !km_hash_tfm(digest)))
		return KM_ERROR_UNSUPPORTED_DIGEST;
	if (km_rsa_is_private(op) && !(km_bit(digest) & op->key->spec.digests))
		return KM_ERROR_INCOMPATIBLE_DIGEST;
	return KM_ERROR_OK;
}

/*
 * A key that says nothing of MGF1 has it with SHA-1. One that was named must be the key's
 * for ENCRYPT too, though that is a public operation: what came of another could not be
 * decrypted.
 */
static enum km_error check_mgf(struct km_alg_op *op)
{
	struct km_choice *mgf = &op->args.mgf_digest;
	u64 listed = op->key->spec.mgf_digests;

	if (!mgf->n) {
		mgf->value = KM_DIGEST_SHA1;
		if (km_rsa_is_private(op) && listed && !(listed & km_bit(KM_DIGEST_SHA1)))
			return KM_ERROR_UNSUPPORTED_MGF_DIGEST;
		return KM_ERROR_OK;
	}
	if (mgf->n > 1 || !km_hash_tfm(mgf->value))
		return KM_ERROR_UNSUPPORTED_MGF_DIGEST;
	if (!(km_bit(mgf->value) & (listed ?: km_bit(KM_DIGEST_SHA1))))
		return KM_ERROR_INCOMPATIBLE_MGF_DIGEST;
	return KM_ERROR_OK;
}

static enum km_error check_oaep(struct km_alg_op *op)
{
	return op->args.digest.value == KM_DIGEST_NONE ? KM_ERROR_INCOMPATIBLE_DIGEST :
							  check_mgf(op);
}

/**
 * km_rsa_op_check() - parameters of an operation
 * @op: the operation
 *
 * The DIGEST of ENCRYPT and DECRYPT means something for OAEP only.
 *
 * Return: Keymaster code.
 */
enum km_error km_rsa_op_check(struct km_alg_op *op)
{
	u32 padding = op->args.padding.value;
	enum km_error err = check_padding(op);

	if (err)
		return err;
	if (!km_rsa_is_signature(op) && padding != KM_PAD_RSA_OAEP)
		return KM_ERROR_OK;
	err = check_digest(op);
	if (err)
		return err;
	switch (padding) {
	case KM_PAD_NONE:
		return op->args.digest.value == KM_DIGEST_NONE ? KM_ERROR_OK :
								  KM_ERROR_INCOMPATIBLE_DIGEST;
	case KM_PAD_RSA_PSS:
		return op->args.digest.value == KM_DIGEST_NONE ? KM_ERROR_INCOMPATIBLE_DIGEST :
								  KM_ERROR_OK;
	case KM_PAD_RSA_OAEP:
		return check_oaep(op);
	default:
		return KM_ERROR_OK;
	}
}

/**
 * km_rsa_unwrap_check() - parameters of the unwrapping of a transport key
 * @op: an operation in all but name
 *
 * In the order of operations.md 6 step 1: what the key does not list comes first.
 *
 * Return: Keymaster code.
 */
enum km_error km_rsa_unwrap_check(struct km_alg_op *op)
{
	enum km_error err;

	if (op->args.padding.n != 1)
		return KM_ERROR_UNSUPPORTED_PADDING_MODE;
	if (!(km_bit(op->args.padding.value) & op->key->spec.paddings))
		return KM_ERROR_INCOMPATIBLE_PADDING_MODE;
	err = check_digest(op);
	if (err)
		return err;
	if (op->args.padding.value != KM_PAD_RSA_OAEP)
		return KM_ERROR_UNSUPPORTED_PADDING_MODE;
	return check_oaep(op);
}
