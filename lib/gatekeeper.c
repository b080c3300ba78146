// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The gatekeeper's commands as they are: enrol, verify, forget and look up a user.
 * Bytes go to the kernel as given; password.c, which stretches what people type, is above.
 */
#include <errno.h>

#include "lib_private.h"

LIBEXPORT int km_gatekeeper_enroll(struct km_ctx *ctx, struct km_enroll_request *request)
{
	struct km_gatekeeper_enroll arg = {
		.size = sizeof(arg),
		.uid = request->uid,
		.handle = km_ptr(request->handle.data),
		.handle_len = (__u32)request->handle.len,
		.old_password = km_ptr(request->old_password.data),
		.old_password_len = (__u32)request->old_password.len,
		.password = km_ptr(request->password.data),
		.password_len = (__u32)request->password.len,
		.setting = km_ptr(request->setting.data),
		.setting_len = (__u32)request->setting.len,
	};
	struct km_command command = {
		.number = KM_IOC_GATEKEEPER_ENROLL,
		.arg = &arg,
		.out = { { request->new_handle, &arg.new_handle, &arg.new_handle_len,
			   KM_PASSWORD_HANDLE_SIZE } },
	};
	int ret;

	request->sid = 0;
	request->timeout_ms = 0;
	if (request->handle.len > UINT32_MAX || request->old_password.len > UINT32_MAX ||
	    request->password.len > UINT32_MAX || request->setting.len > UINT32_MAX)
		return -EINVAL;
	ret = km_run(ctx, km_ctx_fd(ctx), &command);
	request->timeout_ms = arg.timeout_ms;
	if (!ret)
		request->sid = arg.sid;
	return ret;
}

LIBEXPORT int km_gatekeeper_verify(struct km_ctx *ctx, struct km_verify_request *request)
{
	struct km_gatekeeper_verify arg = {
		.size = sizeof(arg),
		.uid = request->uid,
		.challenge = request->challenge,
		.handle = km_ptr(request->handle.data),
		.handle_len = (__u32)request->handle.len,
		.password = km_ptr(request->password.data),
		.password_len = (__u32)request->password.len,
	};
	struct km_command command = {
		.number = KM_IOC_GATEKEEPER_VERIFY,
		.arg = &arg,
		.out = { { request->token, &arg.token, &arg.token_len, KM_AUTH_TOKEN_SIZE } },
	};
	int ret;

	request->timeout_ms = 0;
	request->reenroll = 0;
	if (request->handle.len > UINT32_MAX || request->password.len > UINT32_MAX)
		return -EINVAL;
	ret = km_run(ctx, km_ctx_fd(ctx), &command);
	request->timeout_ms = arg.timeout_ms;
	if (!ret)
		request->reenroll = arg.reenroll != 0;
	return ret;
}

static int delete_user(struct km_ctx *ctx, uint32_t flags, uint32_t uid)
{
	struct km_gatekeeper_delete_user arg = {
		.size = sizeof(arg), .flags = flags, .uid = uid,
	};

	return km_ctx_ioctl(ctx, km_ctx_fd(ctx), KM_IOC_GATEKEEPER_DELETE_USER, &arg);
}

LIBEXPORT int km_gatekeeper_delete_user(struct km_ctx *ctx, uint32_t uid)
{
	return delete_user(ctx, 0, uid);
}

LIBEXPORT int km_gatekeeper_delete_all_users(struct km_ctx *ctx)
{
	return delete_user(ctx, KM_DELETE_ALL_USERS, 0);
}

LIBEXPORT int km_gatekeeper_get_user(struct km_ctx *ctx, uint32_t uid, struct km_user *user)
{
	struct km_gatekeeper_get_user arg = { .size = sizeof(arg), .uid = uid };
	struct km_buf handle = { .data = user->handle, .room = sizeof(user->handle) };
	struct km_buf setting = { .data = user->setting, .room = sizeof(user->setting) - 1 };
	struct km_command command = {
		.number = KM_IOC_GATEKEEPER_GET_USER,
		.arg = &arg,
		.out = {
			{ &handle, &arg.handle, &arg.handle_len, 0 },
			{ &setting, &arg.setting, &arg.setting_len, 0 },
		},
	};
	int ret;

	memset(user, 0, sizeof(*user));
	ret = km_run(ctx, km_ctx_fd(ctx), &command);
	if (ret) {
		memset(user, 0, sizeof(*user));
		return ret;
	}
	user->sid = arg.sid;
	user->failures = arg.failures;
	user->timeout_ms = arg.timeout_ms;
	user->setting_len = setting.len;
	return 0;
}
