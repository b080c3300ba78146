// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl auth: show the gatekeeper a password. The kernel keeps the token: keys that ask for
 * this user open from then on, without further ado.
 */
#include <errno.h>
#include <stdlib.h>

#include "kmctl.h"

static const struct opt options[] = {
	OPT_TEXT_OF("user", user, "NAME", "another user than you; for root"),
	OPT_TEXT_OF("operation", operation, "HANDLE", "for this operation, and nothing else"),
	OPT_DEVICE,
	OPT_END
};

static int parse_handle(const char *text, uint64_t *handle)
{
	char *end;

	*handle = 0;
	if (!text)
		return ST_OK;
	errno = 0;
	*handle = strtoull(text, &end, 0);
	if (errno || end == text || *end || *text < '0' || *text > '9' || !*handle)
		return fail(ST_USAGE, "--operation: '%s' is not the handle of an operation", text);
	return ST_OK;
}

static int run(struct opts *o)
{
	struct km_ctx *ctx = NULL;
	struct person person;
	uint64_t handle;
	int ret;

	ret = parse_handle(o->operation, &handle);
	if (!ret)
		ret = person_find(o->user, &person);
	if (!ret)
		ret = open_device(o, &ctx);
	if (!ret)
		ret = authenticate(ctx, &person, handle);
	km_close(ctx);
	return ret;
}

const struct command cmd_auth = {
	.name = "auth",
	.summary = "Authenticate by password, for keys that ask for it",
	.options = options,
	.details =
"Asks at the terminal; without one, the password is one line of standard input. Keys\n"
"with --auth-timeout then open for that long. Keys without it ask in each operation:\n"
"sign, decrypt and the others do so by themselves.\n",
	.run = run,
};
