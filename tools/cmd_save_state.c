// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl save-state PATH: what the kernel starts, as "kmctl PATH", when passwords or counts
 * have changed. The new state is on the disk, whole, when this has ended with status 0;
 * else the old one still is.
 *
 * It is started without standard input, output and error (main() opens something), and
 * with nobody to read a message: so the exit status says all.
 */
#include "kmctl.h"

static const struct opt options[] = { OPT_DEVICE, OPT_END };

static int run(struct opts *o)
{
	struct key none = { 0 };
	struct attempt attempt = { .key = &none, .verb = "save-state", .purpose = -1 };
	struct km_buf state = { 0 };
	int ret;

	ret = open_device(o, &none.ctx);
	if (ret)
		return ret;
	ret = km_get_state(none.ctx, &state);
	if (ret) {
		ret = explain(&attempt, ret);
	} else {
		ret = km_file_put(o->word, state.data, state.len, KM_FILE_REPLACE);
		if (ret)
			ret = fail_errno(ST_FAILED, ret, o->word);
	}
	km_buf_free(&state);
	km_close(none.ctx);
	return ret;
}

const struct command cmd_save_state = {
	.name = "save-state",
	.summary = "Keep the kernel's state in a file (the kernel runs this)",
	.alias = ALIAS_WORD,
	.word = "PATH",
	.hidden = true,
	.options = options,
	.run = run,
};
