// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The sealed state: what of passwords and counts is to outlive the boot. The kernel seals
 * it and says when; "kmctl init" loads it, "kmctl save-state" is started to keep it.
 */
#include <errno.h>

#include "lib_private.h"

/* Of some hundred users; a longer one costs a second call. */
#define STATE_GUESS	16384

static int load_state(struct km_ctx *ctx, const struct km_bytes *state, const char *helper,
		      const char *path, uint32_t flags)
{
	struct km_load_state arg = {
		.size = sizeof(arg),
		.flags = flags,
		.state = km_ptr(state->data),
		.state_len = (__u32)state->len,
		.helper = km_ptr(helper),
		.helper_len = (__u32)strlen(helper),
		.path = km_ptr(path),
		.path_len = (__u32)strlen(path),
	};

	if (state->len > KM_STATE_MAX || strlen(helper) > KM_HELPER_MAX ||
	    strlen(path) > KM_HELPER_MAX)
		return -EINVAL;
	return km_ctx_ioctl(ctx, km_ctx_fd(ctx), KM_IOC_LOAD_STATE, &arg);
}

LIBEXPORT int km_load_state(struct km_ctx *ctx, const struct km_bytes *state, const char *helper,
			    const char *path)
{
	return load_state(ctx, state, helper, path, 0);
}

LIBEXPORT int km_load_counted_state(struct km_ctx *ctx, const struct km_bytes *state,
				    const char *helper, const char *path, int anew)
{
	return load_state(ctx, state, helper, path,
			  KM_STATE_COUNTER | (anew ? KM_STATE_NEW : 0));
}

LIBEXPORT int km_get_state(struct km_ctx *ctx, struct km_buf *state)
{
	struct km_get_state arg = { .size = sizeof(arg) };
	struct km_command command = {
		.number = KM_IOC_GET_STATE,
		.arg = &arg,
		.out = { { state, &arg.state, &arg.state_len, STATE_GUESS } },
	};

	return km_run(ctx, km_ctx_fd(ctx), &command);
}
