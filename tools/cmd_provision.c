// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl provision: give this machine its attestation key, the chain of it and its ids, once.
 * Whoever makes the machine does it; the kernel keeps the key and never gives it back.
 */
#include "certs.h"

#define KEY_MAX		65536

static const struct opt options[] = {
	OPT_TEXT_OF("key", key_file, "FILE", "the private key, PEM or DER, of RSA or EC"),
	OPT_TEXT_OF("chain", chain_file, "FILE", "its certificates, PEM, that of the key first"),
	OPT_DEVICE_IDS,
	OPT_FLAG_OF("close", close, "take nothing more after this, ever"),
	OPT_DEVICE,
	OPT_END
};

static int read_key(const char *path, struct km_buf *key)
{
	struct key_kind kind;
	int ret = read_whole(path, KEY_MAX, key);

	return ret ? fail_errno(ST_FAILED, ret, path) : pem_private(key, &kind);
}

static int give(struct opts *o, const struct km_buf *key, const struct km_buf *chain)
{
	struct key none = { 0 };
	struct attempt attempt = { .key = &none, .verb = "provision", .purpose = -1 };
	const struct km_provision_request req = {
		.key = { key->data, key->len }, .chain = { chain->data, chain->len },
		.ids = o->params, .close = o->close,
	};
	int ret = open_device(o, &none.ctx);

	if (ret)
		return ret;
	ret = km_provision_attestation(none.ctx, &req);
	if (ret && km_last_error(none.ctx) == KM_ERROR_ROOT_OF_TRUST_ALREADY_SET)
		ret = fail(ST_EXISTS, "provision: this was done already, and is done once");
	else if (ret && km_last_error(none.ctx) == KM_ERROR_INVALID_ARGUMENT)
		ret = fail(ST_REFUSED,
			   "provision: key and first certificate do not belong together");
	else if (ret)
		ret = explain(&attempt, ret);
	km_close(none.ctx);
	return ret;
}

static int run(struct opts *o)
{
	struct km_buf key = { 0 }, chain = { 0 };
	int ret = ST_OK;

	if (!o->key_file != !o->chain_file ||
	    (!o->key_file && !o->close && !km_params_count(o->params)))
		return fail(ST_USAGE, "provision: give --key and --chain, or device ids");
	if (o->key_file)
		ret = read_key(o->key_file, &key);
	if (!ret && o->key_file)
		ret = chain_read(o->chain_file, &chain);
	if (!ret)
		ret = give(o, &key, &chain);
	km_buf_free(&key);
	km_buf_free(&chain);
	return ret;
}

const struct command cmd_provision = {
	.name = "provision",
	.summary = "Give this machine an attestation key, once (root only)",
	.options = options,
	.details =
"One key for RSA and one for EC: each attests keys of its algorithm. It is kept in the\n"
"state, where there is one (kmctl init --state), and else until the module goes.\n"
"All device ids are given in one call, once: certificates then say them to those who\n"
"ask with the same options of generate, import and attest. kmctl destroy-ids ends that.\n",
	.run = run,
};
