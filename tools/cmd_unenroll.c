// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl unenroll: have the gatekeeper forget a user, or all. For good: there is no way
 * back to a secure user id.
 */
#include "kmctl.h"

static const struct opt options[] = {
	OPT_TEXT_OF("user", user, "NAME", "the user"),
	OPT_FLAG_OF("all-users", all_users, "all of them"),
	OPT_DEVICE,
	OPT_END
};

static int unenroll(const struct opts *o, struct km_ctx *ctx, const struct person *person)
{
	int ret = o->all_users ? km_gatekeeper_delete_all_users(ctx)
			       : km_gatekeeper_delete_user(ctx, person->uid);
	struct key none = { .ctx = ctx };
	struct attempt attempt = { .key = &none, .verb = "unenroll", .purpose = -1 };

	if (!ret)
		return ST_OK;
	if (km_last_error(ctx) == KM_ERROR_GATEKEEPER_INVALID)
		return fail(ST_NOT_AUTHENTICATED, "%s is not enrolled",
			    o->all_users ? "anybody" : person->name);
	return explain(&attempt, ret);
}

static int run(struct opts *o)
{
	struct person person = { 0 };
	struct km_ctx *ctx = NULL;
	int ret = ST_OK;

	if (!o->user == !o->all_users)
		return fail(ST_USAGE, "unenroll: give --user NAME, or --all-users");
	if (o->user)
		ret = person_find(o->user, &person);
	if (!ret)
		ret = open_device(o, &ctx);
	if (!ret)
		ret = unenroll(o, ctx, &person);
	km_close(ctx);
	return ret;
}

const struct command cmd_unenroll = {
	.name = "unenroll",
	.summary = "Forget a user's password and tokens (root only)",
	.options = options,
	.details =
"Keys that are bound to the secure user id never open again, also when the user enrols\n"
"anew: that makes another id.\n",
	.run = run,
};
