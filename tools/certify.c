// SPDX-License-Identifier: GPL-2.0-only
/*
 * Certificates of keys: what is asked for, the attest key that signs in the machine's place,
 * and the chain that becomes of both. Called by generate, import and attest; over certs.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>
#include <openssl/x509.h>

#include "certs.h"

/* 9999-12-31T23:59:59Z: no certificate says later. */
#define FOREVER_MS	253402300799000ULL
/* The longest certificate that the kernel makes; a chain has to go into a file of the store. */
#define LEAF_MAX	(24 * 1024)

static bool has(const struct opts *o, uint32_t tag)
{
	return !km_params_find(o->params, tag, 0, NULL);
}

static int no_memory(int ret)
{
	return ret ? fail(ST_FAILED, "out of memory") : ST_OK;
}

/* What is of no use without a challenge would be left out in silence. */
static int check_options(const struct opts *o)
{
	struct km_param p;
	size_t i;

	if (o->challenge)
		return ST_OK;
	if (o->attest_key)
		return fail(ST_USAGE, "--attest-key: give --challenge");
	for (i = 0; !km_params_get(o->params, i, &p); i++)
		if (!strncmp(km_tag_name(p.tag), "attestation-id-", 15))
			return fail(ST_USAGE, "--%s: give --challenge", km_tag_name(p.tag));
	if (has(o, KM_TAG_CERTIFICATE_SUBJECT) && !o->certificate)
		return fail(ST_USAGE, "--certificate-subject: give --challenge or --certificate");
	return ST_OK;
}

static int encode(const X509_NAME *x, struct km_buf *name)
{
	int len = i2d_X509_NAME(x, NULL);
	unsigned char *p = len > 0 ? malloc((size_t)len) : NULL;

	if (!p)
		return -ENOMEM;
	*name = (struct km_buf){ .data = p, .room = (size_t)len, .len = (size_t)len };
	i2d_X509_NAME(x, &p);
	return 0;
}

/* The subject of the first certificate, as it stands there. */
static int subject_of(const struct km_buf *chain, struct km_buf *name)
{
	const unsigned char *p = chain->data;
	X509 *x = d2i_X509(NULL, &p, (long)chain->len);
	int ret = x ? encode(X509_get_subject_name(x), name) : -EBADMSG;

	X509_free(x);
	return ret;
}

/*
 * An attest key needs a name that nobody else has: who verifies finds an issuer by its name, and
 * takes a certificate that names itself as its issuer for the end of the chain.
 */
static int make_name(struct km_buf *name)
{
	unsigned char random[16];
	char text[64] = "Attest Key ";
	X509_NAME *x = X509_NAME_new();
	int ret = -ENOMEM;

	if (x && RAND_bytes(random, sizeof(random)) == 1) {
		hex(random, sizeof(random), text + strlen(text));
		if (X509_NAME_add_entry_by_txt(x, "CN", MBSTRING_ASC, (unsigned char *)text, -1,
					       -1, 0))
			ret = encode(x, name);
	}
	X509_NAME_free(x);
	return ret;
}

static int name_attest_key(struct opts *o, const struct km_buf *chain)
{
	struct km_buf name = { 0 };
	int ret = chain->len ? subject_of(chain, &name) : make_name(&name);

	if (!ret)
		ret = km_params_add_bytes(o->params, KM_TAG_CERTIFICATE_SUBJECT, name.data,
					  name.len);
	km_buf_free(&name);
	return ret ? fail(ST_FAILED, "no subject for it: %s", strerror(-ret)) : ST_OK;
}

/* Its own application id is another than that of the key that it signs. */
static int open_app(const struct opts *o, struct key *signer)
{
	int ret = km_params_new(&signer->app);

	if (!ret && o->attest_key_id)
		ret = km_params_add_text(signer->app, "application-id", o->attest_key_id);
	if (!ret && o->attest_key_data)
		ret = km_params_add_text(signer->app, "application-data", o->attest_key_data);
	return no_memory(ret);
}

static int get_chain(const struct opts *o, const char *alias, struct km_buf *chain)
{
	struct km_store *store;
	int ret = open_store(o, 0, &store);

	if (ret)
		return ret;
	ret = store ? km_store_get_chain(store, alias, chain) : -ENOENT;
	km_store_close(store);
	return ret && ret != -ENOENT ? alias_failed(printable(alias), ret) : ST_OK;
}

static int open_signer(struct opts *o, struct km_ctx *ctx, struct certify *c)
{
	int ret;

	ret = key_open_with(o, ctx, o->attest_key, &c->signer);
	if (!ret)
		ret = open_app(o, &c->signer);
	if (!ret)
		ret = key_load_sets(&c->signer);
	if (!ret)
		ret = get_chain(o, o->attest_key, &c->above);
	if (ret)
		return ret;
	if (!c->above.len)
		return fail(ST_NO_KEY, "%s: has no certificate itself, see generate --challenge",
			    c->signer.name);
	if (c->above.len > KM_BLOB_MAX - LEAF_MAX)
		return fail(ST_FAILED, "%s: its chain is too long for another key below it",
			    c->signer.name);
	if (subject_of(&c->above, &c->issuer))
		return fail(ST_FAILED, "%s: its certificate is damaged", c->signer.name);
	c->request.attest_key = &c->signer.ref;
	c->request.attest_params = c->signer.app;
	c->request.issuer = (struct km_bytes){ c->issuer.data, c->issuer.len };
	return ST_OK;
}

static int start(struct opts *o, struct km_ctx *ctx, struct certify *c)
{
	int ret = o->challenge ? challenge_add(o, o->params) : ST_OK;

	c->request.chain = &c->chain;
	return ret || !o->attest_key ? ret : open_signer(o, ctx, c);
}

/**
 * certify_new() - prepare for certificates of a key that is going to be made
 * @o: the options; what certificates need is added to the description
 * @ctx: the context in which it will be made
 * @c: [out] what is asked for; end with certify_end() in any case
 *
 * Return: exit status.
 */
int certify_new(struct opts *o, struct km_ctx *ctx, struct certify *c)
{
	static const struct km_buf none;
	int ret = check_options(o);

	c->wanted = o->challenge || o->certificate;
	if (ret || !c->wanted)
		return ret;
	if (o->blob)
		return fail(ST_USAGE, "certificates are kept with an alias, not with --blob");
	if (!has(o, KM_TAG_CERTIFICATE_NOT_BEFORE))
		ret = km_params_add_u64(o->params, KM_TAG_CERTIFICATE_NOT_BEFORE, 0);
	if (!ret && !has(o, KM_TAG_CERTIFICATE_NOT_AFTER))
		ret = km_params_add_u64(o->params, KM_TAG_CERTIFICATE_NOT_AFTER, FOREVER_MS);
	ret = no_memory(ret);
	if (!ret && km_params_contains(o->params, KM_TAG_PURPOSE, KM_PURPOSE_ATTEST_KEY) &&
	    !has(o, KM_TAG_CERTIFICATE_SUBJECT))
		ret = name_attest_key(o, &none);
	return ret ? ret : start(o, ctx, c);
}

/**
 * certify_stored() - prepare for certificates of a key that is there
 * @o: the options, with a challenge; what certificates need is added
 * @key: the key
 * @c: [out] what is asked for; end with certify_end() in any case
 *
 * Return: exit status.
 */
int certify_stored(struct opts *o, struct key *key, struct certify *c)
{
	struct km_buf own = { 0 };
	int ret = key_load_sets(key);

	c->wanted = true;
	/* The certificates that it has signed already name it by the subject it has. */
	if (!ret && set_has(key, KM_TAG_PURPOSE, KM_PURPOSE_ATTEST_KEY) &&
	    !has(o, KM_TAG_CERTIFICATE_SUBJECT)) {
		if (o->alias)
			ret = get_chain(o, o->alias, &own);
		if (!ret)
			ret = name_attest_key(o, &own);
	}
	km_buf_free(&own);
	return ret ? ret : start(o, key->ctx, c);
}

/* Is it the attest key that refused? What a new key may not be done with says nothing yet. */
static bool is_about_signer(const struct certify *c, int code)
{
	const struct key *signer = &c->signer;

	switch (code) {
	case KM_ERROR_INCOMPATIBLE_PURPOSE:
		return !set_has(signer, KM_TAG_PURPOSE, KM_PURPOSE_ATTEST_KEY);
	case KM_ERROR_INCOMPATIBLE_ALGORITHM:
		return !set_has(signer, KM_TAG_ALGORITHM, KM_ALGORITHM_RSA) &&
		       !set_has(signer, KM_TAG_ALGORITHM, KM_ALGORITHM_EC);
	case KM_ERROR_EARLY_BOOT_ENDED:
		return set_has(signer, KM_TAG_EARLY_BOOT_ONLY, 1);
	case KM_ERROR_KEY_EXPIRED:
	case KM_ERROR_KEY_NOT_YET_VALID:
	case KM_ERROR_KEY_RATE_LIMIT_EXCEEDED:
	case KM_ERROR_KEY_MAX_OPS_EXCEEDED:
	case KM_ERROR_BOOT_LEVEL_EXCEEDED:
	case KM_ERROR_KEY_USER_NOT_AUTHENTICATED:
	case KM_ERROR_DEVICE_LOCKED:
	case KM_ERROR_INVALID_KEY_BLOB:
		return true;
	}
	return false;
}

/**
 * certify_done() - explain why it failed, or complete the chain
 * @c: what was asked for
 * @attempt: what was tried with the key itself
 * @error: what came of it
 *
 * Return: exit status.
 */
int certify_done(struct certify *c, const struct attempt *attempt, int error)
{
	struct attempt of_signer = {
		.key = &c->signer, .verb = "attest", .purpose = KM_PURPOSE_ATTEST_KEY,
	};

	if (error && c->signer.ctx && is_about_signer(c, km_last_error(c->signer.ctx)))
		return explain(&of_signer, error);
	if (error)
		return explain(attempt, error);
	/* Symmetric keys have no certificate, and nothing is put behind it. */
	return c->chain.len ? chain_append(&c->chain, &c->above) : ST_OK;
}

/**
 * certify_end() - free what the others took
 * @c: it
 */
void certify_end(struct certify *c)
{
	/* The context is the key's. */
	c->signer.ctx = NULL;
	key_close(&c->signer);
	km_buf_free(&c->above);
	km_buf_free(&c->issuer);
	km_buf_free(&c->chain);
}
