// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl certificate: the chain that a key got when it was made, out of the store.
 */
#include <errno.h>

#include "certs.h"

static const struct opt options[] = {
	OPT_FLAG_OF("der", der, "write DER, one certificate behind the other"),
	OPT_OUT,
	OPT_STORE,
	OPT_END
};

static int run(struct opts *o)
{
	struct km_buf chain = { 0 };
	struct km_store *store;
	int ret = open_store(o, 0, &store);

	if (ret)
		return ret;
	ret = store ? km_store_exists(store, o->word) : -ENOENT;
	if (ret) {
		ret = alias_failed(printable(o->word), ret);
		goto out;
	}
	ret = km_store_get_chain(store, o->word, &chain);
	if (ret == -ENOENT)
		ret = fail(ST_NO_KEY, "%s: was made without a certificate; see kmctl attest",
			   printable(o->word));
	else
		ret = ret ? alias_failed(printable(o->word), ret) : chain_write(o, &chain);
out:
	km_buf_free(&chain);
	km_store_close(store);
	return ret;
}

const struct command cmd_certificate = {
	.name = "certificate",
	.summary = "Write the certificates of a key; PEM, its own first",
	.alias = ALIAS_WORD,
	.word = "ALIAS",
	.options = options,
	.run = run,
};
