// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl verify: does the signature or MAC belong to this stream?
 * Status 0 only when the kernel said so; a signature of a wrong form is a bad one.
 */
#include <errno.h>
#include <string.h>

#include "kmctl.h"

static const struct opt options[] = {
	OPT_TEXT_OF("signature", signature, "FILE", "the signature or MAC (needed)"),
	OPT_BLOB, OPT_IN,
	OPT_TAG_OF("digest"), OPT_TAG_OF("padding"),
	OPT_APPLICATION, OPT_STORE, OPT_DEVICE, OPT_END
};

static int bad(void)
{
	puts("signature BAD");
	return ST_BAD;
}

/* These say something about the signature, not about the key or the files. */
static bool is_bad(int code)
{
	return code == KM_ERROR_VERIFICATION_FAILED || code == KM_ERROR_UNSUPPORTED_MAC_LENGTH ||
	       code == KM_ERROR_INVALID_MAC_LENGTH;
}

static int verify(const struct opts *o, const struct attempt *attempt,
		  const struct km_bytes *signature)
{
	struct source source;
	struct pipe_io io = { .source = &source };
	struct km_stream stream = {
		.read = pipe_read, .progress = pipe_progress, .arg = &io,
	};
	struct km_op *op = NULL;
	int ret;

	ret = source_open(&source, o->in);
	if (ret)
		return ret;
	ret = begin(o, attempt, &op);
	if (ret)
		goto out_source;
	progress_init(&io.progress, attempt->verb, source.size);
	ret = km_op_stream(op, &stream, signature);
	progress_end(&io.progress);
	if (!ret)
		puts("signature OK");
	else if (!io.error && is_bad(km_last_error(attempt->key->ctx)))
		ret = bad();
	else
		ret = pipe_failed(&io, attempt, ret);
	km_op_free(op);
out_source:
	source_close(&source);
	return ret;
}

static int verify_with_file(const struct opts *o, const struct attempt *attempt)
{
	struct km_buf signature = { 0 };
	struct km_bytes bytes;
	int ret;

	ret = read_whole(o->signature, KM_SIGNATURE_MAX, &signature);
	bytes = (struct km_bytes){ signature.data, signature.len };
	if (ret && ret != -EFBIG)
		ret = fail_errno(ST_FAILED, ret, o->signature);
	else
		ret = ret || !bytes.len ? bad() : verify(o, attempt, &bytes);
	km_buf_free(&signature);
	return ret;
}

static int run(struct opts *o)
{
	struct attempt attempt = { .verb = "verify", .purpose = KM_PURPOSE_VERIFY };

	if (!o->signature)
		return fail(ST_USAGE, "verify: give --signature FILE");
	if (!strcmp(o->signature, "-") && (!o->in || !strcmp(o->in, "-")))
		return fail(ST_USAGE, "verify: data and signature cannot both be standard input");
	return with_key(o, &attempt, verify_with_file);
}

const struct command cmd_verify = {
	.name = "verify",
	.summary = "Verify a signature or MAC",
	.alias = ALIAS_OR_BLOB,
	.options = options,
	.details =
"Prints \"signature OK\" and succeeds, or \"signature BAD\" with exit status 4.\n",
	.run = run,
};
