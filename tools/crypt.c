// SPDX-License-Identifier: GPL-2.0-only
/*
 * What encrypt, decrypt, sign and verify share: parameters from the options and
 * the key's own authorizations, and the stream through the operation.
 */
#include <errno.h>
#include <string.h>

#include "kmctl.h"

#define GCM_TAG_BITS	128

/* Too many to choose from: the user must say. */
static int ask(const struct key *key, uint32_t tag)
{
	char enforced[256], unenforced[256];

	format_values(key->enforced, tag, enforced, sizeof(enforced));
	format_values(key->unenforced, tag, unenforced, sizeof(unenforced));
	return fail(ST_USAGE, "%s: the key allows several (%s%s): choose with --%s", key->name,
		    enforced, unenforced, km_tag_name(tag));
}

/* Takes @tag from the options, or the only value that the key allows. */
static int choose(const struct opts *o, const struct key *key, uint32_t tag,
		  struct km_params *params)
{
	struct km_param p, second;
	size_t i;

	for (i = 0; !km_params_find(o->params, tag, i, &p); i++)
		if (km_params_add_u32(params, tag, (uint32_t)p.value))
			return fail(ST_FAILED, "out of memory");
	if (i || set_find(key, tag, 0, &p))
		return ST_OK;
	if (!set_find(key, tag, 1, &second))
		return ask(key, tag);
	return km_params_add_u32(params, tag, (uint32_t)p.value)
		? fail(ST_FAILED, "out of memory") : ST_OK;
}

/* GCM and CTR know no padding but none, whatever else the key allows. */
static int choose_padding(const struct opts *o, const struct key *key,
			  struct km_params *params)
{
	bool stream = km_params_contains(params, KM_TAG_BLOCK_MODE, KM_MODE_GCM) ||
		      km_params_contains(params, KM_TAG_BLOCK_MODE, KM_MODE_CTR);

	if (stream && km_params_find(o->params, KM_TAG_PADDING, 0, NULL))
		return km_params_add_u32(params, KM_TAG_PADDING, KM_PAD_NONE)
			? fail(ST_FAILED, "out of memory") : ST_OK;
	return choose(o, key, KM_TAG_PADDING, params);
}

static uint32_t full_mac_bits(const struct key *key)
{
	static const uint32_t bits[] = { 0, 128, 160, 224, 256, 384, 512 };
	struct km_param p;

	if (set_find(key, KM_TAG_DIGEST, 0, &p) || p.value > KM_DIGEST_SHA_2_512)
		return 0;
	return bits[p.value];
}

static int choose_mac_length(const struct opts *o, const struct key *key, int purpose,
			     struct km_params *params)
{
	uint32_t bits = 0;
	struct km_param p;

	if (km_params_contains(params, KM_TAG_BLOCK_MODE, KM_MODE_GCM))
		bits = GCM_TAG_BITS;
	else if (purpose == KM_PURPOSE_SIGN &&
		 set_has(key, KM_TAG_ALGORITHM, KM_ALGORITHM_HMAC))
		bits = full_mac_bits(key);
	if (!km_params_find(o->params, KM_TAG_MAC_LENGTH, 0, &p))
		bits = (uint32_t)p.value;
	if (bits && km_params_add_u32(params, KM_TAG_MAC_LENGTH, bits))
		return fail(ST_FAILED, "out of memory");
	return ST_OK;
}

static int choose_params(const struct opts *o, const struct key *key, int purpose,
			 struct km_params **params)
{
	bool cipher = purpose == KM_PURPOSE_ENCRYPT || purpose == KM_PURPOSE_DECRYPT;
	struct km_param p;
	int ret = ST_OK;

	if (km_params_new(params))
		return fail(ST_FAILED, "out of memory");
	if (cipher)
		ret = choose(o, key, KM_TAG_BLOCK_MODE, *params);
	if (!ret && cipher)
		ret = choose_padding(o, key, *params);
	if (!ret && !cipher)
		ret = choose(o, key, KM_TAG_DIGEST, *params);
	if (!ret)
		ret = choose_mac_length(o, key, purpose, *params);
	if (!ret && !km_params_find(o->params, KM_TAG_NONCE, 0, &p) &&
	    km_params_add_bytes(*params, KM_TAG_NONCE, p.data, p.len))
		ret = fail(ST_FAILED, "out of memory");
	if (!ret && km_params_append(*params, key->app))
		ret = fail(ST_FAILED, "out of memory");
	return ret;
}

/**
 * with_key() - open the key, choose the parameters, and do the work
 * @o: the options
 * @attempt: verb and purpose; key and parameters are filled in here
 * @work: the work
 *
 * Return: exit status.
 */
int with_key(struct opts *o, struct attempt *attempt, work_fn *work)
{
	struct key key;
	int ret;

	ret = key_open(o, &key);
	if (ret)
		return ret;
	attempt->key = &key;
	ret = key_load_sets(&key);
	if (!ret)
		ret = choose_params(o, &key, attempt->purpose, &attempt->params);
	if (!ret)
		ret = work(o, attempt);
	km_params_free(attempt->params);
	key_close(&key);
	return ret;
}

/* Bytes of nonce before the ciphertext of this mode. */
size_t nonce_size(const struct km_params *params)
{
	if (km_params_contains(params, KM_TAG_BLOCK_MODE, KM_MODE_GCM))
		return NONCE_GCM;
	if (km_params_contains(params, KM_TAG_BLOCK_MODE, KM_MODE_CBC) ||
	    km_params_contains(params, KM_TAG_BLOCK_MODE, KM_MODE_CTR))
		return NONCE_BLOCK;
	return 0;
}

int begin(const struct opts *o, const struct attempt *a, struct km_op **op)
{
	int ret;

	ret = km_op_begin(a->key->ctx, (uint32_t)a->purpose, &a->key->ref, a->params, op);
	if (ret)
		return explain(a, ret);
	ret = km_op_add_aad(*op, o->aad.data, o->aad.len);
	if (!ret)
		return ST_OK;
	ret = explain(a, ret);
	km_op_free(*op);
	*op = NULL;
	return ret;
}

/* ---- callbacks of km_op_stream() ---- */

ssize_t pipe_read(void *arg, void *buf, size_t len)
{
	struct pipe_io *io = arg;
	ssize_t n = source_read(io->source, buf, len);

	if (n < 0) {
		io->error = (int)n;
		io->error_name = io->source->name;
	}
	return n;
}

int pipe_write(void *arg, const void *buf, size_t len)
{
	struct pipe_io *io = arg;
	int ret = sink_write(io->sink, buf, len);

	if (ret) {
		io->error = ret;
		io->error_name = io->sink->path;
	}
	return ret;
}

int pipe_progress(void *arg, uint64_t done)
{
	struct pipe_io *io = arg;

	progress_update(&io->progress, done);
	return 0;
}

/* Whose failure was it: the files', or the key's? */
int pipe_failed(const struct pipe_io *io, const struct attempt *a, int error)
{
	if (io->error)
		return fail_errno(ST_FAILED, io->error, io->error_name);
	return explain(a, error);
}

/* Everything from the source through the operation into the sink, if any. */
int pipe_through(struct km_op *op, struct pipe_io *io, const struct attempt *a,
		 const struct km_bytes *signature)
{
	struct km_stream stream = {
		.read = pipe_read,
		.write = io->sink ? pipe_write : NULL,
		.progress = pipe_progress,
		.arg = io,
	};
	int ret;

	progress_init(&io->progress, a->verb, io->source->size);
	ret = km_op_stream(op, &stream, signature);
	progress_end(&io->progress);
	return ret ? pipe_failed(io, a, ret) : ST_OK;
}
