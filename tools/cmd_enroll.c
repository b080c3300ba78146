// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl enroll: set or change the password that keys ask for. With the current one the
 * secure user id stays, and with it the keys that are bound to it.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "kmctl.h"

static const struct opt options[] = {
	OPT_TEXT_OF("user", user, "NAME", "another user than you; for root"),
	OPT_FLAG_OF("reset", reset, "without the current password: closes its keys for ever"),
	OPT_DEVICE,
	OPT_END
};

/**
 * struct passwords - what is asked for
 * @old: the current one, of a user who is enrolled
 * @new: the one to come
 * @again: and once more, from people
 */
struct passwords {
	struct password old, new, again;
};

static bool differ(const struct password *a, const struct password *b)
{
	return a->len != b->len || memcmp(a->bytes, b->bytes, a->len);
}

static int ask(struct passwords *p, const struct person *person, bool enrolled)
{
	char prompt[128];
	int ret = ST_OK;

	if (enrolled) {
		snprintf(prompt, sizeof(prompt), "Current password of %s", person->name);
		ret = password_get(&p->old, prompt);
	}
	snprintf(prompt, sizeof(prompt), "New password of %s", person->name);
	if (!ret)
		ret = password_get(&p->new, prompt);
	/* Typed without being seen. A program does not mistype. */
	if (ret || !isatty(STDIN_FILENO) || !terminal_is_there())
		return ret;
	ret = password_ask(&p->again, "The same again");
	if (!ret && differ(&p->new, &p->again))
		ret = fail(ST_FAILED, "the two are not the same; nothing was changed");
	return ret;
}

static int enroll(struct km_ctx *ctx, const struct person *person, const struct passwords *p,
		  bool was)
{
	struct km_password_request request = {
		.uid = person->uid,
		.old_password = { p->old.bytes, p->old.len },
		.password = { p->new.bytes, p->new.len },
	};
	int ret;

	ret = km_password_enroll(ctx, &request);
	if (ret)
		return auth_failed(ctx, person, ret, request.timeout_ms);
	printf("%s is enrolled, secure user id %llu\n", person->name,
	       (unsigned long long)request.sid);
	if (was && !p->old.len)
		fail(0, "this id is new: keys that are bound to the old one never open again");
	return ST_OK;
}

/* Before anybody types: may it be done at all? */
static int check(const struct opts *o, const struct person *person, const struct km_user *user)
{
	if (person->uid != geteuid() && geteuid())
		return fail(ST_FAILED, "only root may do this to %s", person->name);
	if (o->reset && user->sid && geteuid())
		return fail(ST_FAILED, "--reset of a user who is enrolled is for root");
	return ST_OK;
}

static int run(struct opts *o)
{
	static struct passwords passwords;
	struct km_ctx *ctx = NULL;
	struct person person;
	struct km_user user;
	int ret;

	ret = person_find(o->user, &person);
	if (!ret)
		ret = open_device(o, &ctx);
	if (!ret)
		ret = auth_look_up(ctx, &person, &user);
	if (!ret)
		ret = check(o, &person, &user);
	if (!ret)
		ret = ask(&passwords, &person, user.sid && !o->reset);
	if (!ret && user.sid && !o->reset && !passwords.old.len)
		ret = fail(ST_NOT_AUTHENTICATED, "an empty password is none");
	if (!ret)
		ret = enroll(ctx, &person, &passwords, user.sid);
	password_wipe(&passwords.old);
	password_wipe(&passwords.new);
	password_wipe(&passwords.again);
	km_close(ctx);
	return ret;
}

const struct command cmd_enroll = {
	.name = "enroll",
	.summary = "Set or change the password that keys ask for",
	.options = options,
	.details =
"Asks at the terminal. Without one, a password is one line of standard input: of a user\n"
"who is enrolled first the current one, then the new one. With the current password the\n"
"secure user id stays, and the keys that are bound to it go on. --reset is for root.\n",
	.run = run,
};
