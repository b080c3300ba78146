// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the commands that use a key share: its opening, and the stream through the
 * operation. Parameters come from choose.c.
 */
#include <errno.h>
#include <string.h>

#include "kmctl.h"

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
size_t nonce_size(const struct attempt *a)
{
	bool des = set_has(a->key, KM_TAG_ALGORITHM, KM_ALGORITHM_TRIPLE_DES);

	if (km_params_contains(a->params, KM_TAG_BLOCK_MODE, KM_MODE_GCM))
		return NONCE_GCM;
	if (km_params_contains(a->params, KM_TAG_BLOCK_MODE, KM_MODE_CBC) ||
	    km_params_contains(a->params, KM_TAG_BLOCK_MODE, KM_MODE_CTR))
		return des ? NONCE_DES : NONCE_BLOCK;
	return 0;
}

/* Begins; asks for the password where the key does, and feeds what goes before the data. */
int begin(const struct opts *o, const struct attempt *a, struct km_op **op)
{
	int ret;

	ret = km_op_begin(a->key->ctx, (uint32_t)a->purpose, &a->key->ref, a->params, op);
	if (ret) {
		ret = auth_again(a, ret);
		if (ret)
			return ret;
		ret = km_op_begin(a->key->ctx, (uint32_t)a->purpose, &a->key->ref, a->params, op);
		if (ret)
			return explain(a, ret);
	}
	ret = auth_operation(a, *op);
	if (!ret) {
		ret = km_op_add_aad(*op, o->aad.data, o->aad.len);
		if (!ret)
			return ST_OK;
		ret = explain(a, ret);
	}
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
