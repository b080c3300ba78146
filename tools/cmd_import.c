// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl import: bring key material into the kernel, and keep the blob. Private keys in
 * OpenSSL's forms go through pem.c, keys that are wrapped through import_wrapped.c.
 */
#include <errno.h>
#include <string.h>

#include "certs.h"

#define RAW_25519	32

static const struct opt options[] = {
	OPT_IN,
	OPT_TEXT_OF("pem", pem_file, "FILE", "like --in, for a private key in PEM"),
	OPT_TEXT_OF("wrapped", wrapped, "FILE", "a key that is wrapped (SecureKeyWrapper, DER)"),
	OPT_TEXT_OF("wrapping-key", wrapping_key, "ALIAS", "the key that it is wrapped for"),
	OPT_TEXT_OF("wrapping-blob", wrapping_blob, "FILE", "or its blob"),
	OPT_TEXT_OF("masking-key", masking_key, "HEX", "32 bytes over the transport key"),
	OPT_TEXT_OF("password-sid", password_sid, "N", "for user-secure-id in the wrapper"),
	OPT_TEXT_OF("biometric-sid", biometric_sid, "N", "likewise"),
	OPT_TEXT_OF("format", format, "NAME", "format of the blob: default, ocb [default]"),
	OPT_AUTH,
	OPT_CHALLENGE,
	OPT_CERTIFICATE,
	OPT_BLOB_OUT,
	OPT_FLAG_OF("force", force, "replace an existing key"),
	OPT_STORE,
	OPT_DEVICE,
	OPT_END
};

/* Symmetric keys are raw bytes; a random one could look like anything. */
static bool is_raw(const struct km_params *description, const struct km_buf *material)
{
	return km_params_contains(description, KM_TAG_ALGORITHM, KM_ALGORITHM_AES) ||
	       km_params_contains(description, KM_TAG_ALGORITHM, KM_ALGORITHM_HMAC) ||
	       km_params_contains(description, KM_TAG_ALGORITHM, KM_ALGORITHM_TRIPLE_DES) ||
	       (km_params_contains(description, KM_TAG_EC_CURVE, KM_EC_CURVE_CURVE_25519) &&
		material->len == RAW_25519);
}

static int read_material(const char *path, struct km_buf *material)
{
	const char *name = path && strcmp(path, "-") ? path : "standard input";
	int ret = read_whole(path, KM_IMPORT_MAX, material);

	if (ret == -EFBIG)
		return fail(ST_FAILED, "%s: more than %d bytes are no key", name, KM_IMPORT_MAX);
	if (ret)
		return fail_errno(ST_FAILED, ret, name);
	return material->len ? ST_OK : fail(ST_FAILED, "%s: is empty", name);
}

/* The file says it; nobody need say it again. */
static int add_kind(struct km_params *description, const struct key_kind *kind)
{
	int ret = 0;

	if (kind->algorithm && km_params_find(description, KM_TAG_ALGORITHM, 0, NULL))
		ret = km_params_add_u32(description, KM_TAG_ALGORITHM, kind->algorithm);
	if (!ret && kind->is_25519 && km_params_find(description, KM_TAG_EC_CURVE, 0, NULL))
		ret = km_params_add_u32(description, KM_TAG_EC_CURVE, KM_EC_CURVE_CURVE_25519);
	return ret ? fail(ST_FAILED, "out of memory") : ST_OK;
}

static int get_material(struct opts *o, struct km_buf *material, uint32_t *format)
{
	struct key_kind kind;
	int ret;

	ret = read_material(o->pem_file ? o->pem_file : o->in, material);
	if (ret)
		return ret;
	if (o->pem_file && !is_pem(material))
		return fail(ST_FAILED, "%s: is not PEM", o->pem_file);
	*format = KM_KEY_FORMAT_RAW;
	if (!o->pem_file && is_raw(o->params, material))
		return ST_OK;
	*format = KM_KEY_FORMAT_PKCS8;
	ret = pem_private(material, &kind);
	return ret ? ret : add_kind(o->params, &kind);
}

/* The import, with certificates or without. */
static int bring_in(struct key *key, const struct km_import_request *request,
		    const struct certify *c)
{
	return c->wanted ? km_certify_import(key->ctx, request, &c->request, &key->blob)
			 : km_import(key->ctx, request, &key->blob);
}

static int import(struct opts *o, struct key *key, uint32_t format, struct certify *certify)
{
	struct km_import_request request = { .description = o->params, .format = format };
	struct attempt attempt = {
		.key = key, .verb = "import", .purpose = -1, .params = o->params,
	};
	struct km_buf material = { 0 };
	int ret;

	ret = get_material(o, &material, &request.key_format);
	if (!ret)
		ret = new_key_auth(o, key->ctx);
	if (!ret)
		ret = new_key_defaults(o->params, false);
	if (!ret)
		ret = certify_new(o, key->ctx, certify);
	if (!ret) {
		request.data = material.data;
		request.len = material.len;
		ret = certify_done(certify, &attempt, bring_in(key, &request, certify));
	}
	km_buf_free(&material);
	return ret;
}

static int run(struct opts *o)
{
	struct certify certify = { 0 };
	uint32_t format;
	struct key key;
	int ret;

	if (!!o->in + !!o->pem_file + !!o->wrapped > 1)
		return fail(ST_USAGE, "import: give one of --in, --pem, --wrapped");
	if (o->wrapped && (o->challenge || o->certificate || o->attest_key))
		return fail(ST_USAGE, "--wrapped: certificates come later, see kmctl attest");
	ret = new_key_prepare(o, &key, &format);
	if (!ret)
		ret = o->wrapped ? import_wrapped(o, &key, format)
				 : import(o, &key, format, &certify);
	if (!ret)
		ret = new_key_store(o, &key, &certify.chain);
	certify_end(&certify);
	key_close(&key);
	return ret;
}

const struct command cmd_import = {
	.name = "import",
	.summary = "Bring an existing key into the kernel",
	.alias = ALIAS_OR_BLOB,
	.describes = true,
	.options = options,
	.details =
"The material is raw bytes for aes, 3des and hmac; a private key for rsa and ec:\n"
"PKCS#8, or the older forms of OpenSSL, as DER or PEM. Its algorithm is found out.\n"
"The source is not deleted: a key that lay in a file is as safe as that file was.\n"
"The authorizations are fixed for ever. A key needs no-auth, or auth, for which you\n"
"have to be enrolled, or a user-secure-id (see generate).\n"
"What is not given: size, curve and exponent are those of the material; padding is\n"
"none for gcm and ctr, pkcs7 for cbc and ecb; min-mac-length is 128 for gcm, and the\n"
"size of the digest for hmac; mgf-digest is digest, where padding has oaep; digest is\n"
"none for ec on curve 25519.\n\n"
"A wrapped key was encrypted for an rsa key here, with purpose wrap, by somebody else:\n"
"only the kernel sees it, and its authorizations come with it. Then padding, digest and\n"
"mgf-digest say how it was wrapped, where the wrapping key allows several.\n",
	.run = run,
};
