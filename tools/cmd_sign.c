// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl sign: the signature (RSA, EC) or MAC (HMAC) of a stream, as OpenSSL writes it.
 */
#include "kmctl.h"

static const struct opt options[] = {
	OPT_BLOB, OPT_IN, OPT_OUT,
	OPT_TAG_OF("digest"), OPT_TAG_OF("padding"), OPT_TAG_OF("mac-length"),
	OPT_APPLICATION, OPT_STORE, OPT_DEVICE, OPT_END
};

static int sign(const struct opts *o, const struct attempt *attempt)
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
	struct attempt attempt = { .verb = "sign", .purpose = KM_PURPOSE_SIGN };

	return with_key(o, &attempt, sign);
}

const struct command cmd_sign = {
	.name = "sign",
	.summary = "Sign a stream",
	.alias = ALIAS_OR_BLOB,
	.options = options,
	.details =
"Output: ec: the ECDSA signature in DER, as OpenSSL writes it, or the 64 bytes of\n"
"Ed25519; rsa: as many bytes as the key has; hmac: the MAC, mac-length bits of it [all].\n"
"digest and padding are needed only where the key allows several. With digest none the\n"
"input is what was hashed already, or, for Ed25519, the message, at most 16 KiB.\n",
	.run = run,
};
