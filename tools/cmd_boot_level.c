// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl boot-level: the boot has come so far; keys for an earlier part of it close.
 */
#include <errno.h>
#include <stdlib.h>

#include "kmctl.h"

static const struct opt options[] = { OPT_DEVICE, OPT_END };

static int parse(const char *text, uint32_t *level)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || *text < '0' || *text > '9' || *end || n > UINT32_MAX)
		return fail(ST_USAGE, "boot-level: '%s' is not a level", text);
	*level = (uint32_t)n;
	return ST_OK;
}

static int run(struct opts *o)
{
	struct key none = { 0 };
	struct attempt attempt = { .key = &none, .verb = "boot-level", .purpose = -1 };
	uint32_t level = 0;
	int ret;

	ret = parse(o->word, &level);
	if (!ret)
		ret = open_device(o, &none.ctx);
	if (ret)
		return ret;
	ret = km_set_boot_level(none.ctx, level);
	if (ret && km_last_error(none.ctx) == KM_ERROR_INVALID_ARGUMENT)
		ret = fail(ST_EXISTS, "boot-level: the boot is further already [INVALID_ARGUMENT]");
	else if (ret)
		ret = explain(&attempt, ret);
	km_close(none.ctx);
	return ret;
}

const struct command cmd_boot_level = {
	.name = "boot-level",
	.summary = "Close keys with a lower --max-boot-level (root only)",
	.alias = ALIAS_WORD,
	.word = "N",
	.options = options,
	.details =
"Until the next boot. The level can only be raised.\n",
	.run = run,
};
