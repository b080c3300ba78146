// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl android unlock: tries PINs on a directory of Android's keystore, and answers as that
 * does: which one it was, how many wrong ones are left, and, if it is told to, the wipe.
 */
#include <stdlib.h>

#include "android_entry.h"

static const struct opt options[] = {
	OPT_FLAG_OF("change", change, "then ask for a new PIN, and change it"),
	OPT_FLAG_OF("wipe", wipe, "DELETE all the files after five wrong PINs, as Android does"),
	OPT_END
};

static int try(struct android_dir *dir, const char *prompt, enum android_response *response)
{
	struct password pin;
	int ret = password_get(&pin, prompt);

	if (!ret) {
		*response = android_dir_password(dir, &(struct km_bytes){ pin.bytes, pin.len });
		printf("%d %s\n", *response, android_response_name(*response));
		fflush(stdout);
	}
	password_wipe(&pin);
	return ret;
}

static int failed(const char *name, enum android_response response)
{
	switch (response) {
	case ANDROID_VALUE_CORRUPTED:
		return fail(ST_NO_KEY, "%s: its .masterkey is damaged", name);
	case ANDROID_UNINITIALIZED:
		return fail(ST_NOT_AUTHENTICATED, "%s: a fifth wrong PIN: its files are deleted",
			    name);
	case ANDROID_WRONG_PASSWORD_0:
		return fail(ST_NOT_AUTHENTICATED,
			    "%s: four wrong PINs; the next would have Android delete all the files",
			    name);
	default:
		return fail(ST_FAILED, "%s: the .masterkey cannot be read or written", name);
	}
}

static bool may_go_on(const struct android_dir *dir, enum android_response response)
{
	if (response == ANDROID_WRONG_PASSWORD_0)
		return dir->may_wipe;
	return response > ANDROID_WRONG_PASSWORD_0 && response <= ANDROID_WRONG_PASSWORD_3;
}

static int unlock(const struct opts *o, struct android_dir *dir, const char *name)
{
	enum android_response response;
	int ret;

	do {
		ret = try(dir, "PIN", &response);
	} while (!ret && may_go_on(dir, response));
	if (!ret && response != ANDROID_NO_ERROR)
		return failed(name, response);
	if (!ret && o->change)
		ret = try(dir, "New PIN", &response);
	return !ret && response != ANDROID_NO_ERROR ? failed(name, response) : ret;
}

static int run(struct opts *o)
{
	char *name = printable(o->word);
	struct android_dir dir;
	int ret;

	ret = android_dir_open(&dir, o->word);
	if (ret)
		ret = fail_errno(ST_FAILED, ret, o->word);
	else if (dir.state == ANDROID_UNINITIALIZED)
		ret = fail(ST_NO_KEY, "%s: there is no .masterkey in it [UNINITIALIZED]", name);
	dir.may_wipe = o->wipe;
	if (!ret)
		ret = unlock(o, &dir, name);
	android_dir_close(&dir);
	free(name);
	return ret;
}

const struct command cmd_android_unlock = {
	.name = "android unlock",
	.summary = "Try PINs on a directory of Android's keystore, as it does",
	.alias = ALIAS_WORD,
	.word = "DIR",
	.options = options,
	.details =
"Prints Android's answer to each PIN, until it is the right one: 13, 12, 11 and 10 for wrong\n"
"ones (WRONG_PASSWORD_3 to _0), 1 for the right one. A fifth wrong one deletes all that is\n"
"in the directory with --wipe, and only then. An old .masterkey without a salt of its own\n"
"is given one. Where there is no terminal, each line of standard input is a PIN.\n",
	.run = run,
};
