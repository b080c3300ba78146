// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl lock: keys that are for an unlocked device close until the user authenticates.
 */
#include "kmctl.h"

static const struct opt options[] = {
	OPT_TEXT_OF("user", user, "NAME", "another user than you; for root"),
	OPT_FLAG_OF("all", all, "all users; for root"),
	OPT_FLAG_OF("password-only", password_only, "no fingerprint unlocks it"),
	OPT_DEVICE,
	OPT_END
};

static int run(struct opts *o)
{
	struct key none = { 0 };
	struct attempt attempt = { .key = &none, .verb = "lock", .purpose = -1 };
	struct person person;
	int ret;

	if (o->all && o->user)
		return fail(ST_USAGE, "lock: give --user NAME or --all, not both");
	ret = person_find(o->user, &person);
	if (!ret)
		ret = open_device(o, &none.ctx);
	if (ret)
		return ret;
	ret = o->all ? km_device_locked_for_all(none.ctx, o->password_only)
		     : km_device_locked(none.ctx, person.uid, o->password_only);
	if (ret)
		ret = explain(&attempt, ret);
	km_close(none.ctx);
	return ret;
}

const struct command cmd_lock = {
	.name = "lock",
	.summary = "Close keys that are --unlocked, until you authenticate",
	.options = options,
	.details =
"kmctl auth, or a login by PAM, opens them again.\n",
	.run = run,
};
