// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl android decrypt: the key, the certificate or the data out of a file of Android.
 */
#include <string.h>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "android_entry.h"

static const struct opt options[] = { OPT_OUT, OPT_ANDROID_OPEN, OPT_END };

static int put(const struct opts *o, const void *data, size_t len, int flags)
{
	struct sink sink;
	int ret;

	ret = sink_open(&sink, o->out, flags | SINK_PRIVATE);
	if (ret)
		return ret;
	ret = sink_write(&sink, data, len);
	if (!ret)
		return sink_commit(&sink);
	ret = fail_errno(ST_FAILED, ret, sink.path);
	sink_abandon(&sink);
	return ret;
}

/* libcrypto wipes the memory of the BIO when it is freed. */
static int put_pem(const struct opts *o, EVP_PKEY *pkey, X509 *certificate)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int ret = ST_FAILED;
	char *data;
	long len;

	if (bio && (pkey ? PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL)
			 : PEM_write_bio_X509(bio, certificate))) {
		len = BIO_get_mem_data(bio, &data);
		ret = put(o, data, (size_t)len, 0);
	} else {
		fail(ST_FAILED, "it cannot be written as PEM");
	}
	BIO_free(bio);
	return ret;
}

static int put_key(const struct opts *o, const struct android_entry *entry)
{
	const struct km_buf *material = &entry->blob.material;
	uint32_t algorithm = android_algorithm(entry);
	EVP_PKEY *pkey = android_private_key(entry);
	int ret;

	if (entry->blob.format == ANDROID_QUALCOMM)
		return fail(ST_NO_KEY,
			    "%s: the key is encrypted under one that never leaves the device",
			    entry->name);
	if (!pkey && (algorithm == KM_ALGORITHM_RSA || algorithm == KM_ALGORITHM_EC))
		fail(ST_OK, "%s: the material is no private key of its algorithm: written as it is",
		     entry->name);
	ret = pkey ? put_pem(o, pkey, NULL)
		   : put(o, material->data, material->len, SINK_BINARY);
	EVP_PKEY_free(pkey);
	return ret;
}

static int decrypt(const struct opts *o, const struct android_entry *entry)
{
	X509 *certificate;
	int ret;

	switch (entry->content) {
	case ANDROID_IS_MASTER:
		return put(o, entry->master.data, entry->master.len, SINK_BINARY);
	case ANDROID_IS_KEY:
		return put_key(o, entry);
	case ANDROID_IS_DATA:
		return put(o, entry->file.value.data, entry->file.value.len, SINK_BINARY);
	case ANDROID_IS_CERTIFICATE:
	case ANDROID_IS_CLOSED:
		break;
	}
	certificate = android_certificate(entry);
	ret = put_pem(o, NULL, certificate);
	X509_free(certificate);
	return ret;
}

static int run(struct opts *o)
{
	struct android_entry entry;
	int ret;

	ret = android_open(o, &entry);
	if (!ret)
		ret = decrypt(o, &entry);
	android_close(&entry);
	return ret;
}

const struct command cmd_android_decrypt = {
	.name = "android decrypt",
	.summary = "Write the key or certificate of a file of Android's keystore",
	.alias = ALIAS_WORD,
	.word = "FILE",
	.options = options,
	.details =
"PEM for rsa, ec and dsa keys and for certificates; the bytes of everything else. The\n"
"output is a private key in clear: kmctl android migrate brings it into the kernel\n"
"without leaving one.\n\n"
ANDROID_OPEN_HELP,
	.run = run,
};
