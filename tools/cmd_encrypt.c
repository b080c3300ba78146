// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl encrypt: a stream through a key; nonce first, then the ciphertext.
 */
#include "kmctl.h"

static const struct opt options[] = {
	OPT_BLOB, OPT_IN, OPT_OUT,
	OPT_TAG_OF("mode"), OPT_TAG_OF("padding"), OPT_TAG_OF("mac-length"),
	OPT_TAG_OF("nonce"), OPT_TAG_OF("aad"), OPT_TAG_OF("digest"), OPT_TAG_OF("mgf-digest"),
	OPT_APPLICATION, OPT_STORE, OPT_DEVICE, OPT_END
};

/* The nonce that begin made or took stands before the ciphertext. */
static int put_nonce(struct km_op *op, struct sink *sink, const struct attempt *attempt)
{
	struct km_param nonce;
	int ret = 0;

	if (!nonce_size(attempt))
		return ST_OK;
	if (km_params_find(km_op_params(op), KM_TAG_NONCE, 0, &nonce) ||
	    nonce.len != nonce_size(attempt))
		return fail(ST_FAILED, "the kernel returned no nonce");
	ret = sink_write(sink, nonce.data, nonce.len);
	return ret ? fail_errno(ST_FAILED, ret, sink->path) : ST_OK;
}

static int encrypt(const struct opts *o, const struct attempt *attempt)
{
	struct source source;
	struct sink sink;
	struct pipe_io io = { .source = &source, .sink = &sink };
	struct km_op *op = NULL;
	int ret;

	ret = source_open(&source, o->in);
	if (ret)
		return ret;
	ret = begin(o, attempt, &op);
	if (ret)
		goto out_source;
	ret = sink_open(&sink, o->out, SINK_BINARY);
	if (ret)
		goto out_op;
	ret = put_nonce(op, &sink, attempt);
	if (!ret)
		ret = pipe_through(op, &io, attempt, NULL);
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
	struct attempt attempt = { .verb = "encrypt", .purpose = KM_PURPOSE_ENCRYPT };

	return with_key(o, &attempt, encrypt);
}

const struct command cmd_encrypt = {
	.name = "encrypt",
	.summary = "Encrypt a stream (aes, 3des) or a short message (rsa)",
	.alias = ALIAS_OR_BLOB,
	.options = options,
	.details =
"Output: gcm: nonce (12 bytes), ciphertext, tag (16 bytes, or mac-length / 8);\n"
"cbc, ctr: initialization vector (16 bytes; 3des: 8), ciphertext; ecb and rsa:\n"
"ciphertext. An rsa key takes a short message: for oaep the size of the key less two\n"
"digests and 2 bytes. mode, padding, digest and mgf-digest are needed only where the\n"
"key allows several. nonce is for keys with caller-nonce; otherwise the kernel makes\n"
"a random one.\n",
	.run = run,
};
