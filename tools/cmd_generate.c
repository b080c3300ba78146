// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl generate: have the kernel make a key, and keep its blob.
 * The options are the authorizations, by their names in the library.
 */
#include "certs.h"

static const struct opt options[] = {
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

static int make(struct opts *o, struct key *key, uint32_t format, const struct certify *c)
{
	struct wait wait;
	int ret;

	/* The primes of a long rsa key take seconds; ^C ends the search. */
	wait_begin(&wait, "generate");
	if (c->wanted)
		ret = km_certify_generate(key->ctx, o->params, format, &c->request, &key->blob);
	else
		ret = km_generate(key->ctx, o->params, format, &key->blob);
	wait_end(&wait);
	return ret;
}

static int run(struct opts *o)
{
	struct certify certify = { 0 };
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
	if (!ret)
		ret = certify_new(o, key.ctx, &certify);
	if (!ret)
		ret = certify_done(&certify, &attempt, make(o, &key, format, &certify));
	if (!ret)
		ret = new_key_store(o, &key, &certify.chain);
	certify_end(&certify);
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
