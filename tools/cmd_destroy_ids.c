// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl destroy-ids: this machine forgets its device ids, for ever. Before it is given away:
 * no certificate tells any more which device it is.
 */
#include "kmctl.h"

static const struct opt options[] = {
	OPT_FLAG_OF("yes", yes, "I know that there is no way back (needed)"),
	OPT_DEVICE,
	OPT_END
};

static int run(struct opts *o)
{
	struct key none = { 0 };
	struct attempt attempt = { .key = &none, .verb = "destroy-ids", .purpose = -1 };
	int ret;

	if (!o->yes)
		return fail(ST_USAGE,
			    "destroy-ids: the device ids would be gone for ever: give --yes");
	ret = open_device(o, &none.ctx);
	if (ret)
		return ret;
	ret = km_destroy_attestation_ids(none.ctx);
	if (ret)
		ret = explain(&attempt, ret);
	km_close(none.ctx);
	return ret;
}

const struct command cmd_destroy_ids = {
	.name = "destroy-ids",
	.summary = "Forget the device ids, for ever (root only)",
	.options = options,
	.details =
"The ids that kmctl provision gave, if any, are erased from the state, and it takes none\n"
"any more: no certificate ever tells again which device this is. Keys and certificates\n"
"that are there stay as they are. This cannot be undone, not by root and not by a reset.\n",
	.run = run,
};
