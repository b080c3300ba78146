// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Keys for other parts of the kernel: the command that hands one over.
 * Beside key.c; on command.c, which runs it.
 */
#include <errno.h>

#include "lib_private.h"

LIBEXPORT int km_bridge_key(struct km_ctx *ctx, const struct km_key_ref *key,
			    const struct km_params *params, struct km_bridge_request *request)
{
	struct km_bridge_key arg = {
		.size = sizeof(arg),
		.flags = request->replace ? KM_BRIDGE_REPLACE : 0,
		.description = km_ptr(request->description),
		.kind = request->kind,
		.keyring = request->keyring,
		.timeout = request->timeout,
	};
	struct km_command command = {
		.number = KM_IOC_BRIDGE_KEY,
		.arg = &arg,
		.params = params,
		.wire = &arg.params,
		.wire_len = &arg.params_len,
		.key = key,
		.blob = &arg.blob,
		.blob_len = &arg.blob_len,
		.serial = &arg.serial,
	};
	size_t len = strlen(request->description);
	int ret;

	request->serial = 0;
	if (len > KM_BRIDGE_DESCRIPTION_MAX)
		return -EINVAL;
	arg.description_len = (__u32)len;
	ret = km_run(ctx, km_ctx_fd(ctx), &command);
	if (!ret)
		request->serial = arg.bridged;
	return ret;
}
