// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl generate: have the kernel make a key, and keep its blob.
 * The options are the authorizations, by their names in the library.
 */
#include <errno.h>

#include "certs.h"

/* 9999-12-31T23:59:59Z: no certificate says later. */
#define FOREVER_MS	253402300799000ULL

static const struct opt options[] = {
	OPT_TEXT_OF("format", format, "NAME", "format of the blob: default, ocb [default]"),
	OPT_AUTH,
	OPT_CHALLENGE,
	OPT_FLAG_OF("certificate", certificate, "with a certificate, self-signed"),
	OPT_BLOB_OUT,
	OPT_FLAG_OF("force", force, "replace an existing key"),
	OPT_STORE,
	OPT_DEVICE,
	OPT_END
};

/* Certificates are kept in the store: see kmctl certificate. */
static int add_certificate(const struct opts *o)
{
	struct km_param p;
	int ret = 0;

	if (o->blob)
		return fail(ST_USAGE, "certificates are kept with an alias, not with --blob");
	if (km_params_find(o->params, KM_TAG_CERTIFICATE_NOT_BEFORE, 0, &p))
		ret = km_params_add_u64(o->params, KM_TAG_CERTIFICATE_NOT_BEFORE, 0);
	if (!ret && km_params_find(o->params, KM_TAG_CERTIFICATE_NOT_AFTER, 0, &p))
		ret = km_params_add_u64(o->params, KM_TAG_CERTIFICATE_NOT_AFTER, FOREVER_MS);
	if (ret)
		return fail(ST_FAILED, "out of memory");
	return o->challenge ? challenge_add(o, o->params) : ST_OK;
}

static bool wants_certificate(const struct opts *o)
{
	return o->challenge || o->certificate;
}

/* Also in the place of a chain that belonged to a key of the same name. */
static int store_chain(const struct opts *o, const struct km_buf *chain)
{
	struct km_store *store;
	int ret;

	if (o->blob || (!chain->len && !o->force))
		return ST_OK;
	ret = open_store(o, KM_STORE_CREATE, &store);
	if (ret)
		return ret;
	ret = store ? km_store_put_chain(store, o->alias, chain->data, chain->len) : -ENOENT;
	km_store_close(store);
	return ret ? alias_failed(printable(o->alias), ret) : ST_OK;
}

static int make(struct opts *o, struct key *key, uint32_t format, struct km_buf *chain)
{
	struct wait wait;
	int ret;

	/* The primes of a long rsa key take seconds; ^C ends the search. */
	wait_begin(&wait, "generate");
	if (wants_certificate(o))
		ret = km_generate_certified(key->ctx, o->params, format, &key->blob, chain);
	else
		ret = km_generate(key->ctx, o->params, format, &key->blob);
	wait_end(&wait);
	return ret;
}

static int run(struct opts *o)
{
	struct km_buf chain = { 0 };
	struct key key;
	struct attempt attempt = {
		.key = &key, .verb = "generate", .purpose = -1, .params = o->params,
	};
	uint32_t format;
	int ret;

	ret = new_key_prepare(o, &key, &format);
	if (!ret)
		ret = new_key_auth(o, key.ctx);
	if (!ret)
		ret = new_key_defaults(o->params, true);
	if (!ret && wants_certificate(o))
		ret = add_certificate(o);
	if (!ret) {
		ret = make(o, &key, format, &chain);
		ret = ret ? explain(&attempt, ret) : new_key_store(o, &key);
	}
	if (!ret)
		ret = store_chain(o, &chain);
	km_buf_free(&chain);
	key_close(&key);
	return ret;
}

const struct command cmd_generate = {
	.name = "generate",
	.summary = "Make a key in the kernel",
	.alias = ALIAS_OR_BLOB,
	.describes = true,
	.options = options,
	.details =
"The authorizations are fixed for ever. A key needs no-auth, or auth, for which you\n"
"have to be enrolled, or a user-secure-id. auth asks for each operation anew, with\n"
"auth-timeout once for that many seconds.\n"
"What is not given: padding is none for gcm and ctr, pkcs7 for cbc and ecb;\n"
"min-mac-length is 128 for gcm, and the size of the digest for hmac; size is 168 for\n"
"3des; exponent is 65537 for rsa; mgf-digest is digest, where padding has oaep (not with\n"
"purpose wrap: there it is sha1); digest is none for ec on curve 25519.\n",
	.run = run,
};
