// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the commands on certificates share: chains in and out, and the challenge.
 * Called by certify.c, provision, attest and certificate; PEM is OpenSSL's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>
#include <openssl/x509.h>

#include "certs.h"

#define CHAIN_FILE_MAX	65536

/* AttestationApplicationId without packages and without signers. */
static const unsigned char nobody[] = { 0x30, 4, 0x31, 0, 0x31, 0 };

/**
 * challenge_add() - what a certificate for a challenge needs
 * @o: the options
 * @params: added to
 *
 * Return: exit status.
 */
int challenge_add(const struct opts *o, struct km_params *params)
{
	int ret;

	if (!strncmp(o->challenge, "hex:", 4))
		ret = km_params_add_text(params, "attestation-challenge", o->challenge + 4);
	else
		ret = km_params_add_bytes(params, KM_TAG_ATTESTATION_CHALLENGE, o->challenge,
					  strlen(o->challenge));
	if (ret)
		return fail(ST_USAGE, "--challenge: '%s' is not a valid value", o->challenge);
	if (o->application_id_der)
		ret = km_params_add_text(params, "attestation-application-id",
					 o->application_id_der);
	else
		ret = km_params_add_bytes(params, KM_TAG_ATTESTATION_APPLICATION_ID, nobody,
					  sizeof(nobody));
	return ret ? fail(ST_USAGE, "--application-id-der: '%s' is not a valid value",
			  o->application_id_der) : ST_OK;
}

/* Room for @len bytes behind a chain, which is so much longer then. */
static unsigned char *grow(struct km_buf *chain, size_t len)
{
	unsigned char *grown = realloc(chain->data, chain->len + len), *p;

	if (!grown)
		return NULL;
	p = grown + chain->len;
	chain->data = grown;
	chain->len += len;
	chain->room = chain->len;
	return p;
}

static int append(struct km_buf *chain, X509 *x)
{
	int len = i2d_X509(x, NULL);
	unsigned char *p = len > 0 ? grow(chain, (size_t)len) : NULL;

	if (!p)
		return fail(ST_FAILED, "out of memory");
	i2d_X509(x, &p);
	return ST_OK;
}

/**
 * chain_append() - put certificates behind a chain
 * @chain: the chain
 * @more: DER, one behind the other; may be empty
 *
 * Return: exit status.
 */
int chain_append(struct km_buf *chain, const struct km_buf *more)
{
	unsigned char *p;

	if (!more->len)
		return ST_OK;
	p = grow(chain, more->len);
	if (!p)
		return fail(ST_FAILED, "out of memory");
	memcpy(p, more->data, more->len);
	return ST_OK;
}

/**
 * chain_read() - read a file of PEM certificates
 * @path: the file
 * @chain: [out] DER, one behind the other
 *
 * Return: exit status.
 */
int chain_read(const char *path, struct km_buf *chain)
{
	struct km_buf text = { 0 };
	int ret = read_whole(path, CHAIN_FILE_MAX, &text);
	BIO *bio;
	X509 *x;

	if (ret)
		return fail_errno(ST_FAILED, ret, path);
	bio = BIO_new_mem_buf(text.data, (int)text.len);
	while (!ret && bio && (x = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		ret = append(chain, x);
		X509_free(x);
	}
	BIO_free(bio);
	km_buf_free(&text);
	if (!ret && !chain->len)
		ret = fail(ST_FAILED, "%s: holds no certificate in PEM", path);
	return ret;
}

static int write_pem(struct sink *sink, const struct km_buf *chain)
{
	const unsigned char *p = chain->data, *end = p + chain->len;
	BIO *bio = BIO_new(BIO_s_mem());
	int ret = bio ? 0 : -ENOMEM;
	char *text;
	long len;
	X509 *x;

	while (!ret && p < end) {
		x = d2i_X509(NULL, &p, end - p);
		if (!x || !PEM_write_bio_X509(bio, x))
			ret = -EBADMSG;
		X509_free(x);
	}
	if (!ret) {
		len = BIO_get_mem_data(bio, &text);
		ret = sink_write(sink, text, (size_t)len);
	}
	BIO_free(bio);
	return ret;
}

/**
 * chain_write() - write a chain where the options say
 * @o: the options
 * @chain: DER, one behind the other
 *
 * Return: exit status.
 */
int chain_write(const struct opts *o, const struct km_buf *chain)
{
	struct sink sink;
	int ret;

	ret = sink_open(&sink, o->out, o->der ? SINK_BINARY : 0);
	if (ret)
		return ret;
	ret = o->der ? sink_write(&sink, chain->data, chain->len) : write_pem(&sink, chain);
	if (!ret)
		return sink_commit(&sink);
	fail_errno(ST_FAILED, ret, sink.path);
	sink_abandon(&sink);
	return ST_FAILED;
}
