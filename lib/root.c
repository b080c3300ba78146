// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A root key's successor: prepared, brought into force, the one before forgotten.
 * Beside calls.c; kmctl root keeps the files that belong to it.
 */
#include <errno.h>

#include "lib_private.h"

LIBEXPORT int km_rotate_root_key(struct km_ctx *ctx, struct km_root_request *request,
				 struct km_buf *record)
{
	struct km_rotate_root_key arg = {
		.size = sizeof(arg),
		.source = request->source,
		.key = km_ptr(request->key),
		.key_len = (__u32)request->len,
		.serial = request->serial,
	};
	struct km_command command = {
		.number = KM_IOC_ROTATE_ROOT_KEY,
		.arg = &arg,
		.out = { { record, &arg.record, &arg.record_len, KM_ROOT_RECORD_SIZE } },
	};
	int ret;

	if (request->len > UINT32_MAX)
		return -EINVAL;
	ret = km_run(ctx, km_ctx_fd(ctx), &command);
	if (!ret)
		memcpy(request->check, arg.root_check, sizeof(request->check));
	return ret;
}

LIBEXPORT int km_commit_root_key(struct km_ctx *ctx, const uint8_t check[KM_ROOT_CHECK_SIZE])
{
	struct km_rotate_root_key arg = { .size = sizeof(arg), .flags = KM_ROTATE_COMMIT };

	memcpy(arg.root_check, check, sizeof(arg.root_check));
	return km_ctx_ioctl(ctx, km_ctx_fd(ctx), KM_IOC_ROTATE_ROOT_KEY, &arg);
}

LIBEXPORT int km_forget_root_key(struct km_ctx *ctx)
{
	struct km_forget_root_key arg = { .size = sizeof(arg) };

	return km_ctx_ioctl(ctx, km_ctx_fd(ctx), KM_IOC_FORGET_ROOT_KEY, &arg);
}
