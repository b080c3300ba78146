// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl decrypt: the reverse of encrypt. With GCM nothing goes out before the tag
 * was verified (gcm.c); the other modes cannot tell a forgery and stream.
 */
#include <string.h>

#include "kmctl.h"

static const struct opt options[] = {
	OPT_BLOB, OPT_IN, OPT_OUT,
	OPT_TAG_OF("mode"), OPT_TAG_OF("padding"), OPT_TAG_OF("mac-length"),
	OPT_TAG_OF("aad"), OPT_TAG_OF("digest"), OPT_TAG_OF("mgf-digest"),
	OPT_APPLICATION, OPT_STORE, OPT_DEVICE, OPT_END
};

/* Takes the nonce off the front of the input. */
static int get_nonce(struct source *source, const struct attempt *attempt)
{
	size_t size = nonce_size(attempt), have = 0;
	unsigned char nonce[NONCE_BLOCK];
	ssize_t n;

	while (have < size) {
		n = source_read(source, nonce + have, size - have);
		if (n < 0)
			return fail_errno(ST_FAILED, (int)n, source->name);
		if (!n)
			return fail(ST_BAD, "%s: too short for what kmctl encrypt writes",
				    source->name);
		have += (size_t)n;
	}
	if (size && km_params_add_bytes(attempt->params, KM_TAG_NONCE, nonce, size))
		return fail(ST_FAILED, "out of memory");
	return ST_OK;
}

static int through(const struct opts *o, const struct attempt *attempt, struct km_op *op,
		   struct pipe_io *io)
{
	if (km_params_contains(attempt->params, KM_TAG_BLOCK_MODE, KM_MODE_GCM))
		return decrypt_authenticated(op, io, o, attempt);
	return pipe_through(op, io, attempt, NULL);
}

static int decrypt(const struct opts *o, const struct attempt *attempt)
{
	struct source source;
	struct sink sink;
	struct pipe_io io = { .source = &source, .sink = &sink };
	struct km_op *op = NULL;
	int ret;

	ret = source_open(&source, o->in);
	if (ret)
		return ret;
	ret = get_nonce(&source, attempt);
	if (!ret)
		ret = begin(o, attempt, &op);
	if (ret)
		goto out_source;
	ret = sink_open(&sink, o->out, SINK_PRIVATE);
	if (ret)
		goto out_op;
	ret = through(o, attempt, op, &io);
	if (!ret)
		ret = sink_commit(&sink);
	else
		sink_abandon(&sink);
out_op:
	km_op_free(op);
out_source:
	source_close(&source);
	return ret;
}

static int run(struct opts *o)
{
	struct attempt attempt = { .verb = "decrypt", .purpose = KM_PURPOSE_DECRYPT };

	return with_key(o, &attempt, decrypt);
}

const struct command cmd_decrypt = {
	.name = "decrypt",
	.summary = "Decrypt what encrypt wrote",
	.alias = ALIAS_OR_BLOB,
	.options = options,
	.details =
"With gcm nothing is written before the tag was verified: a file is read twice,\n"
"any other input is held in memory, at most 256 MiB. The other modes detect no\n"
"forgery, rsa with oaep aside. A file made by --out has mode 0600.\n",
	.run = run,
};
