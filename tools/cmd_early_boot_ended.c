// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl early-boot-ended: from now on no key that is early-boot-only can be used.
 */
#include "kmctl.h"

static const struct opt options[] = { OPT_DEVICE, OPT_END };

static int run(struct opts *o)
{
	struct key none = { 0 };
	struct attempt attempt = {
		.key = &none, .verb = "early-boot-ended", .purpose = -1,
	};
	int ret;

	ret = open_device(o, &none.ctx);
	if (ret)
		return ret;
	ret = km_early_boot_ended(none.ctx);
	if (ret)
		ret = explain(&attempt, ret);
	km_close(none.ctx);
	return ret;
}

const struct command cmd_early_boot_ended = {
	.name = "early-boot-ended",
	.summary = "Close early-boot-only keys until the next boot (root only)",
	.options = options,
	.run = run,
};
