// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl entropy: mix bytes into the kernel's generator, in pieces that the call takes.
 */
#include <string.h>
#include <sys/stat.h>

#include "kmctl.h"

static const struct opt options[] = { OPT_DEVICE, OPT_END };

static int feed(struct source *source, struct km_ctx *ctx, const struct attempt *attempt)
{
	unsigned char piece[KM_ENTROPY_MAX];
	struct stat st;
	/* /dev/hwrng has no end: one piece of such a thing is plenty. */
	bool once = !fstat(source->fd, &st) && S_ISCHR(st.st_mode);
	ssize_t n;
	int ret = 0;

	do {
		n = source_read(source, piece, sizeof(piece));
		if (n > 0)
			ret = km_add_rng_entropy(ctx, piece, (size_t)n);
	} while (n > 0 && !ret && !once);
	explicit_bzero(piece, sizeof(piece));
	if (n < 0)
		return fail_errno(ST_FAILED, (int)n, source->name);
	return ret ? explain(attempt, ret) : ST_OK;
}

static int run(struct opts *o)
{
	struct key none = { 0 };
	struct attempt attempt = { .key = &none, .verb = "entropy", .purpose = -1 };
	struct source source;
	int ret;

	ret = source_open(&source, o->in);
	if (ret)
		return ret;
	ret = open_device(o, &none.ctx);
	if (!ret)
		ret = feed(&source, none.ctx, &attempt);
	km_close(none.ctx);
	source_close(&source);
	return ret;
}

const struct command cmd_entropy = {
	.name = "entropy",
	.summary = "Mix bytes into the kernel's random generator",
	.alias = ALIAS_FILE,
	.options = options,
	.details =
"Reads FILE, or standard input, to its end; of a device 2048 bytes. What is mixed in is\n"
"credited nothing, and replaces nothing: it can only help.\n",
	.run = run,
};
