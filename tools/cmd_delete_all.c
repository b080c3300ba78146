// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl delete-all: all keys die that are bound to a slot in the kernel. The blobs' files
 * stay: whoever has them has nothing any more.
 */
#include "kmctl.h"

static const struct opt options[] = {
	OPT_FLAG_OF("mine", mine, "those that you have made"),
	OPT_FLAG_OF("all-users", all_users, "those of all users (root only)"),
	OPT_DEVICE,
	OPT_END
};

static int run(struct opts *o)
{
	struct key none = { 0 };
	struct attempt attempt = { .key = &none, .verb = "delete-all", .purpose = -1 };
	int ret;

	if (o->mine == o->all_users)
		return fail(ST_USAGE, "delete-all: give --mine, or --all-users");
	ret = open_device(o, &none.ctx);
	if (ret)
		return ret;
	ret = km_delete_all(none.ctx, o->all_users);
	if (ret)
		ret = explain(&attempt, ret);
	km_close(none.ctx);
	return ret;
}

const struct command cmd_delete_all = {
	.name = "delete-all",
	.summary = "Destroy all keys that can be destroyed",
	.options = options,
	.details =
"Keys with --rollback-resistance or --usage-count: no copy of their blobs opens again.\n"
"All other keys stay as they are.\n",
	.run = run,
};
