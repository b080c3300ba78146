// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl attest: have this machine, or an attest key, certify a key that is there, for one
 * challenge.
 */
#include "certs.h"

static const struct opt options[] = {
	OPT_CHALLENGE,
	OPT_FLAG_OF("der", der, "write DER, one certificate behind the other"),
	OPT_BLOB,
	OPT_OUT,
	OPT_APPLICATION,
	OPT_STORE,
	OPT_DEVICE,
	OPT_END
};

static int run(struct opts *o)
{
	struct certify certify = { 0 };
	struct key key;
	struct attempt attempt = { .key = &key, .verb = "attest", .purpose = -1 };
	int ret;

	if (!o->challenge)
		return fail(ST_USAGE, "attest: give --challenge");
	ret = key_open(o, &key);
	if (ret)
		return ret;
	ret = certify_stored(o, &key, &certify);
	if (!ret)
		ret = certify_done(&certify, &attempt,
				   km_certify_key(key.ctx, &key.ref, o->params,
						  &certify.request));
	if (!ret)
		ret = chain_write(o, &certify.chain);
	certify_end(&certify);
	key_close(&key);
	return ret;
}

const struct command cmd_attest = {
	.name = "attest",
	.summary = "Certify a key for a challenge; PEM, its certificate first",
	.alias = ALIAS_OR_BLOB,
	.options = options,
	.run = run,
};
