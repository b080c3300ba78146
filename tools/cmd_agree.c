// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl agree: the secret that a key and a peer's public key have in common, raw.
 */
#include <errno.h>
#include <string.h>

#include "kmctl.h"

#define PEER_MAX	16384

static const struct opt options[] = {
	OPT_TEXT_OF("peer", peer, "FILE", "the peer's public key, PEM or DER (needed)"),
	OPT_BLOB, OPT_OUT, OPT_APPLICATION, OPT_STORE, OPT_DEVICE, OPT_END
};

static int write_secret(const struct opts *o, const struct km_buf *secret)
{
	struct sink sink;
	int ret;

	ret = sink_open(&sink, o->out, SINK_PRIVATE | SINK_BINARY);
	if (ret)
		return ret;
	ret = sink_write(&sink, secret->data, secret->len);
	if (!ret)
		return sink_commit(&sink);
	fail_errno(ST_FAILED, ret, sink.path);
	sink_abandon(&sink);
	return ST_FAILED;
}

/* Not in one call: the password of a key that asks each time comes after the begin. */
static int agree_with(const struct opts *o, const struct attempt *attempt,
		      const struct km_bytes *peer)
{
	struct km_buf secret = { 0 };
	struct km_op *op = NULL;
	int ret;

	ret = begin(o, attempt, &op);
	if (ret)
		return ret;
	ret = km_op_finish(op, NULL, peer, NULL, &secret);
	ret = ret ? explain(attempt, ret) : write_secret(o, &secret);
	km_buf_free(&secret);
	km_op_free(op);
	return ret;
}

static int agree(const struct opts *o, const struct attempt *attempt)
{
	struct km_buf peer = { 0 };
	struct km_bytes bytes;
	int ret;

	ret = read_whole(o->peer, PEER_MAX, &peer);
	if (ret)
		return fail_errno(ST_FAILED, ret, o->peer);
	ret = pem_public(&peer, o->peer);
	bytes = (struct km_bytes){ peer.data, peer.len };
	if (!ret)
		ret = agree_with(o, attempt, &bytes);
	km_buf_free(&peer);
	return ret;
}

static int run(struct opts *o)
{
	struct attempt attempt = { .verb = "agree", .purpose = KM_PURPOSE_AGREE_KEY };

	if (!o->peer)
		return fail(ST_USAGE, "agree: give --peer FILE");
	return with_key(o, &attempt, agree);
}

const struct command cmd_agree = {
	.name = "agree",
	.summary = "Agree on a secret with a peer (ECDH, X25519)",
	.alias = ALIAS_OR_BLOB,
	.options = options,
	.details =
"Output: the X coordinate, 28, 32, 48 or 66 bytes, or the 32 bytes of X25519; what\n"
"openssl pkeyutl -derive writes. It is no key yet: put it into a key derivation\n"
"function. A file made by --out has mode 0600.\n",
	.run = run,
};
