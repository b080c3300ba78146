// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl import --wrapped: a key that somebody encrypted for a key of ours. It passes
 * through here as it is; the kernel alone unwraps it. Called by cmd_import.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "kmctl.h"

/* Everything else stands in the wrapper, under its authentication. */
static int check_options(const struct opts *o)
{
	static const uint32_t allowed[] = {
		KM_TAG_PADDING, KM_TAG_DIGEST, KM_TAG_RSA_OAEP_MGF_DIGEST,
		KM_TAG_APPLICATION_ID, KM_TAG_APPLICATION_DATA,
	};
	struct km_param p;
	size_t i, j;

	for (i = 0; !km_params_get(o->params, i, &p); i++) {
		for (j = 0; j < sizeof(allowed) / sizeof(allowed[0]); j++)
			if (p.tag == allowed[j])
				break;
		if (j == sizeof(allowed) / sizeof(allowed[0]))
			return fail(ST_USAGE,
				    "--%s: a wrapped key brings its own authorizations",
				    km_tag_name(p.tag));
	}
	if (!o->wrapping_key == !o->wrapping_blob)
		return fail(ST_USAGE, "--wrapped: give --wrapping-key ALIAS, or --wrapping-blob");
	return ST_OK;
}

static int parse_sid(const char *name, const char *text, uint64_t *sid)
{
	char *end;

	*sid = 0;
	if (!text)
		return ST_OK;
	errno = 0;
	*sid = strtoull(text, &end, 0);
	if (errno || end == text || *end || text[0] == '-')
		return fail(ST_USAGE, "--%s: '%s' is not a number", name, text);
	return ST_OK;
}

static int parse_mask(const char *text, unsigned char **mask, size_t *len)
{
	long n;

	*mask = NULL;
	*len = 0;
	if (!text)
		return ST_OK;
	*mask = OPENSSL_hexstr2buf(text, &n);
	if (!*mask || n != KM_MASKING_KEY_SIZE)
		return fail(ST_USAGE, "--masking-key: give %d bytes, as %d hex digits",
			    KM_MASKING_KEY_SIZE, 2 * KM_MASKING_KEY_SIZE);
	*len = (size_t)n;
	return ST_OK;
}

/* The wrapping key is open, and knows how its keys are wrapped. */
static int unwrap(const struct opts *o, struct key *key, struct attempt *attempt,
		  struct km_wrapped_request *request)
{
	const struct key *wrapping = attempt->key;
	struct km_buf wrapped = { 0 };
	int ret;

	ret = choose_params(o, wrapping, KM_PURPOSE_WRAP_KEY, &attempt->params);
	if (ret)
		return ret;
	ret = read_whole(o->wrapped, KM_IMPORT_MAX, &wrapped);
	if (ret)
		return fail_errno(ST_FAILED, ret, o->wrapped);
	request->wrapped = (struct km_bytes){ wrapped.data, wrapped.len };
	request->wrapping_key = wrapping->ref;
	request->params = attempt->params;
	ret = km_import_wrapped_key(wrapping->ctx, request, &key->blob);
	if (ret)
		ret = explain(attempt, ret);
	km_buf_free(&wrapped);
	return ret;
}

static int with_wrapping_key(const struct opts *o, struct key *key,
			     struct km_wrapped_request *request)
{
	struct opts named = *o;
	struct key wrapping;
	struct attempt attempt = {
		.key = &wrapping, .verb = "unwrap", .purpose = KM_PURPOSE_WRAP_KEY,
	};
	int ret;

	named.alias = o->wrapping_key;
	named.blob = o->wrapping_blob;
	ret = key_open(&named, &wrapping);
	if (ret)
		return ret;
	ret = key_load_sets(&wrapping);
	if (!ret)
		ret = unwrap(o, key, &attempt, request);
	km_params_free(attempt.params);
	key_close(&wrapping);
	return ret;
}

/**
 * import_wrapped() - unwrap the file of --wrapped in the kernel
 * @o: the options
 * @key: gets the blob
 * @format: KM_BLOB_*
 *
 * Return: exit status.
 */
int import_wrapped(struct opts *o, struct key *key, uint32_t format)
{
	struct km_wrapped_request request = { .format = format };
	unsigned char *mask = NULL;
	size_t mask_len = 0;
	int ret;

	ret = check_options(o);
	if (!ret)
		ret = parse_sid("password-sid", o->password_sid, &request.password_sid);
	if (!ret)
		ret = parse_sid("biometric-sid", o->biometric_sid, &request.biometric_sid);
	if (!ret)
		ret = parse_mask(o->masking_key, &mask, &mask_len);
	request.masking_key = (struct km_bytes){ mask, mask_len };
	if (!ret)
		ret = with_wrapping_key(o, key, &request);
	OPENSSL_clear_free(mask, mask_len);
	return ret;
}
