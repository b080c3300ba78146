// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl android show: what is in a key blob, a keystore file or a directory of Android.
 */
#include <sys/stat.h>

#include "android_entry.h"

static const struct opt options[] = { OPT_JSON, OPT_ANDROID_OPEN, OPT_END };

static int run(struct opts *o)
{
	struct android_entry entry;
	struct stat st;
	int ret;

	if (!stat(o->word, &st) && S_ISDIR(st.st_mode))
		return android_list(o);
	ret = android_open(o, &entry);
	/* Of a key that stays closed, what stands around it: it may help to open it. */
	if (!ret || entry.content == ANDROID_IS_CLOSED)
		android_show(o, &entry);
	android_close(&entry);
	return ret;
}

const struct command cmd_android_show = {
	.name = "android show",
	.summary = "Show a key, a file or a directory of Android's keystore",
	.alias = ALIAS_WORD,
	.word = "FILE",
	.options = options,
	.details =
ANDROID_OPEN_HELP
"A directory (user_0) is listed; for that no PIN is needed. Nothing is ever written, and\n"
"no wrong PIN is counted. The material of a key is not shown (kmctl android decrypt), but\n"
"the user's master key is.\n",
	.run = run,
};
