// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl import: bring key material into the kernel, and keep the blob.
 * PEM is turned into PKCS#8 here; every copy of the material is wiped.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "kmctl.h"

static const struct opt options[] = {
	OPT_IN,
	OPT_TEXT_OF("format", format, "NAME", "format of the blob: default, ocb [default]"),
	OPT_BLOB_OUT,
	OPT_FLAG_OF("force", force, "replace an existing key"),
	OPT_STORE,
	OPT_DEVICE,
	OPT_END
};

/* An encrypted PEM would ask on the terminal; we say what to do instead. */
static int no_password(char *buf, int size, int rwflag, void *asked)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	*(bool *)asked = true;
	return -1;
}

/* Replaces the PEM text in @material by PKCS#8 DER. */
static int pem_to_pkcs8(struct km_buf *material)
{
	PKCS8_PRIV_KEY_INFO *info = NULL;
	struct km_buf der = { 0 };
	EVP_PKEY *pkey = NULL;
	bool asked = false;
	unsigned char *p;
	BIO *bio;
	int len = 0;

	bio = BIO_new_mem_buf(material->data, (int)material->len);
	if (bio)
		pkey = PEM_read_bio_PrivateKey(bio, NULL, no_password, &asked);
	if (pkey)
		info = EVP_PKEY2PKCS8(pkey);
	if (info)
		len = i2d_PKCS8_PRIV_KEY_INFO(info, NULL);
	if (len > 0)
		der = (struct km_buf){ .data = malloc((size_t)len), .room = (size_t)len };
	if (der.data) {
		p = der.data;
		der.len = (size_t)i2d_PKCS8_PRIV_KEY_INFO(info, &p);
	}
	/* Both of these wipe the private key. */
	PKCS8_PRIV_KEY_INFO_free(info);
	EVP_PKEY_free(pkey);
	BIO_free(bio);
	if (asked)
		return fail(ST_FAILED, "the PEM is encrypted: decrypt it with openssl pkey first");
	if (!der.data)
		return fail(ST_FAILED, "the PEM file holds no private key");
	km_buf_free(material);
	*material = der;
	return ST_OK;
}

static bool is_pem(const struct km_buf *material)
{
	static const char mark[] = "-----BEGIN ";

	return material->len > sizeof(mark) && memmem(material->data, material->len, mark,
						      sizeof(mark) - 1);
}

/* AES and HMAC keys are raw bytes; a random one could look like anything. */
static int get_material(const struct opts *o, struct km_buf *material, uint32_t *format)
{
	bool raw = km_params_contains(o->params, KM_TAG_ALGORITHM, KM_ALGORITHM_AES) ||
		   km_params_contains(o->params, KM_TAG_ALGORITHM, KM_ALGORITHM_HMAC) ||
		   km_params_contains(o->params, KM_TAG_ALGORITHM, KM_ALGORITHM_TRIPLE_DES);
	const char *name = o->in && strcmp(o->in, "-") ? o->in : "standard input";
	int ret;

	*format = raw ? KM_KEY_FORMAT_RAW : KM_KEY_FORMAT_PKCS8;
	ret = read_whole(o->in, KM_IMPORT_MAX, material);
	if (ret == -EFBIG)
		return fail(ST_FAILED, "%s: more than %d bytes are no key", name, KM_IMPORT_MAX);
	if (ret)
		return fail_errno(ST_FAILED, ret, name);
	if (!material->len)
		return fail(ST_FAILED, "%s: is empty", name);
	return !raw && is_pem(material) ? pem_to_pkcs8(material) : ST_OK;
}

static int import(const struct opts *o, struct key *key, uint32_t format)
{
	struct km_import_request request = { .description = o->params, .format = format };
	struct attempt attempt = {
		.key = key, .verb = "import", .purpose = -1, .params = o->params,
	};
	struct km_buf material = { 0 };
	int ret;

	ret = get_material(o, &material, &request.key_format);
	if (!ret) {
		request.data = material.data;
		request.len = material.len;
		ret = km_import(key->ctx, &request, &key->blob);
		if (ret)
			ret = explain(&attempt, ret);
	}
	km_buf_free(&material);
	return ret;
}

static int run(struct opts *o)
{
	uint32_t format;
	struct key key;
	int ret;

	ret = new_key_prepare(o, &key, &format);
	if (!ret)
		ret = new_key_defaults(o->params);
	if (!ret)
		ret = import(o, &key, format);
	if (!ret)
		ret = new_key_store(o, &key);
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
"The material is raw bytes for aes and hmac; PKCS#8, as DER or PEM, for ec.\n"
"The source is not deleted: a key that lay in a file is as safe as that file was.\n"
"The authorizations are fixed for ever. A key needs no-auth, or a user-secure-id.\n"
"What is not given: size is that of the material; padding is none for gcm and ctr,\n"
"pkcs7 for cbc and ecb (AES); min-mac-length is 128 for gcm, and the size of the\n"
"digest for hmac.\n",
	.run = run,
};
