// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl root: the root key gets a successor, and the one before is forgotten.
 * root_rotate.c does the work.
 */
#include <string.h>
#include <unistd.h>

#include "kmctl.h"

static const struct opt options[] = {
	OPT_TEXT_OF("file", file, "FILE", "the root key lies, or is to lie, in FILE"),
	OPT_FLAG_OF("tpm", tpm, "sealed by the TPM"),
	OPT_TEXT_OF("tpm-file", tpm_file, "FILE", "with --tpm: where [" ROOT_TPM_FILE "]"),
	OPT_TEXT_OF("pcrs", pcrs, "LIST", "rotate, with --tpm: only while these PCRs are as now"),
	OPT_TEXT_OF("serial", serial, "N", "the kernel key with this serial number"),
	OPT_DEVICE,
	OPT_END
};

static int run(struct opts *o)
{
	static const struct { const char *name; int (*run)(const struct opts *, struct km_ctx *); }
	actions[] = { { "rotate", root_rotate }, { "forget", root_forget } };
	struct km_ctx *ctx = NULL;
	size_t i;
	int ret;

	for (i = 0; i < 2 && strcmp(actions[i].name, o->word); i++)
		;
	if (i == 2)
		return fail(ST_USAGE, "root: there is no '%s'; see kmctl root --help", o->word);
	if (!!o->file + o->tpm + !!o->serial != 1)
		return fail(ST_USAGE, "root %s: give one of --tpm, --file, --serial", o->word);
	if ((o->tpm_file || o->pcrs) && !o->tpm)
		return fail(ST_USAGE, "root: --pcrs and --tpm-file want --tpm");
	if (geteuid())
		return fail(ST_FAILED, "root %s: needs root", o->word);
	ret = open_device(o, &ctx);
	if (!ret)
		ret = actions[i].run(o, ctx);
	km_close(ctx);
	return ret;
}

const struct command cmd_root = {
	.name = "root",
	.summary = "Rotate the root key (root only)",
	.alias = ALIAS_WORD,
	.word = "rotate|forget",
	.options = options,
	.details =
"rotate makes another root key in the same place (for --serial: takes that kernel key),\n"
"and wraps the keys of root and of all users' stores anew. It can be interrupted at any\n"
"moment: no key is lost, and a second try is never wrong. The root key before is kept, sealed\n"
"under the new one, for blobs that were not reached; forget ends that, and is final.\n",
	.run = run,
};
