// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl export: the public half of a key, as PEM or DER.
 * Private and secret keys never leave; the kernel refuses them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "kmctl.h"

#define PEM_LINE	48	/* bytes that make 64 characters */

static const struct opt options[] = {
	OPT_FLAG_OF("pem", pem, "write PEM [the default]"),
	OPT_FLAG_OF("der", der, "write DER"),
	OPT_BLOB,
	OPT_OUT,
	OPT_APPLICATION,
	OPT_STORE,
	OPT_DEVICE,
	OPT_END
};

static int write_pem(struct sink *sink, const struct km_buf *der)
{
	static const char head[] = "-----BEGIN PUBLIC KEY-----\n";
	static const char tail[] = "-----END PUBLIC KEY-----\n";
	const unsigned char *p = der->data;
	size_t left = der->len, n;
	unsigned char line[72];
	int len, ret;

	ret = sink_write(sink, head, sizeof(head) - 1);
	for (; left && !ret; p += n, left -= n) {
		n = left < PEM_LINE ? left : PEM_LINE;
		len = EVP_EncodeBlock(line, p, (int)n);
		line[len] = '\n';
		ret = sink_write(sink, line, (size_t)len + 1);
	}
	return ret ? ret : sink_write(sink, tail, sizeof(tail) - 1);
}

static int write_out(const struct opts *o, const struct km_buf *der)
{
	struct sink sink;
	int ret;

	ret = sink_open(&sink, o->out, o->der ? SINK_BINARY : 0);
	if (ret)
		return ret;
	ret = o->der ? sink_write(&sink, der->data, der->len) : write_pem(&sink, der);
	if (!ret)
		return sink_commit(&sink);
	fail_errno(ST_FAILED, ret, sink.path);
	sink_abandon(&sink);
	return ST_FAILED;
}

static int run(struct opts *o)
{
	struct km_buf der = { 0 };
	struct key key;
	struct attempt attempt = { .key = &key, .verb = "export", .purpose = -1 };
	int ret;

	if (o->pem && o->der)
		return fail(ST_USAGE, "export: give --pem or --der, not both");
	ret = key_open(o, &key);
	if (ret)
		return ret;
	ret = km_export(key.ctx, &key.ref, key.app, KM_KEY_FORMAT_X509, &der);
	if (ret && km_last_error(key.ctx) == KM_ERROR_UNSUPPORTED_KEY_FORMAT)
		ret = fail(ST_REFUSED, "%s: has no public half to export [UNSUPPORTED_KEY_FORMAT]",
			   key.name);
	else if (ret)
		ret = explain(&attempt, ret);
	else
		ret = write_out(o, &der);
	km_buf_free(&der);
	key_close(&key);
	return ret;
}

const struct command cmd_export = {
	.name = "export",
	.summary = "Write the public key (SubjectPublicKeyInfo)",
	.alias = ALIAS_OR_BLOB,
	.options = options,
	.run = run,
};
