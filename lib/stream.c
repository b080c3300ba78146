// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A whole stream through one operation, in constant memory.
 * On operation.c; kmctl's encrypt, decrypt, sign and verify call it.
 */
#include <errno.h>
#include <stdlib.h>

#include "lib_private.h"

#define CHUNK_DEFAULT	(256 * 1024)
/* What update and finish may return beyond their input. */
#define OUTPUT_SLACK	2048

/* Fills the chunk: a pipe's short reads would be as many short updates. */
static ssize_t read_chunk(const struct km_stream *s, unsigned char *chunk, size_t size)
{
	size_t have = 0;
	ssize_t n;

	while (have < size) {
		n = s->read(s->arg, chunk + have, size - have);
		if (n < 0)
			return n;
		if (!n)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

static int put(const struct km_stream *s, const struct km_buf *out)
{
	if (!out->len || !s->write)
		return 0;
	return s->write(s->arg, out->data, out->len);
}

static int run(struct km_op *op, const struct km_stream *s, unsigned char *chunk,
	       struct km_buf *out, size_t size)
{
	struct km_bytes input = { .data = chunk };
	uint64_t done = 0;
	ssize_t n;
	int ret;

	for (;;) {
		n = read_chunk(s, chunk, size);
		if (n <= 0)
			return (int)n;
		input.len = (size_t)n;
		ret = km_op_update(op, NULL, &input, out);
		if (!ret)
			ret = put(s, out);
		done += (uint64_t)n;
		if (!ret && s->progress)
			ret = s->progress(s->arg, done);
		if (ret)
			return ret;
	}
}

LIBEXPORT int km_op_stream(struct km_op *op, const struct km_stream *stream,
			   const struct km_bytes *signature)
{
	size_t size = stream->chunk ? stream->chunk : CHUNK_DEFAULT;
	struct km_buf out = { .room = size + OUTPUT_SLACK };
	unsigned char *chunk;
	int ret = -ENOMEM;

	if (size < KM_STREAM_CHUNK_MIN || size > KM_STREAM_CHUNK_MAX) {
		ret = -EINVAL;
		goto err_abort;
	}
	chunk = malloc(size);
	out.data = malloc(out.room);
	if (chunk && out.data)
		ret = run(op, stream, chunk, &out, size);
	if (!ret)
		ret = km_op_finish(op, NULL, NULL, signature, &out);
	if (!ret)
		ret = put(stream, &out);
	/* One of the two was plaintext. */
	if (chunk)
		explicit_bzero(chunk, size);
	free(chunk);
	km_buf_free(&out);
	if (!ret)
		return 0;
err_abort:
	km_op_stop(op);
	return ret;
}
