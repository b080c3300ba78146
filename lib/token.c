// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What proves presence besides a password: tokens, other authenticators, confirmations,
 * and the states that keys can ask for: locked, boot level. One function a command.
 */
#include <errno.h>

#include "lib_private.h"

LIBEXPORT int km_add_auth_token(struct km_ctx *ctx, uint32_t uid, const void *token, size_t len)
{
	struct km_add_auth_token arg = {
		.size = sizeof(arg),
		.uid = uid,
		.token = km_ptr(token),
		.token_len = (__u32)len,
	};

	if (len > UINT32_MAX)
		return -EINVAL;
	return km_ctx_ioctl(ctx, km_ctx_fd(ctx), KM_IOC_ADD_AUTH_TOKEN, &arg);
}

static int lock(struct km_ctx *ctx, uint32_t flags, uint32_t uid, int password_only)
{
	struct km_device_locked arg = {
		.size = sizeof(arg),
		.flags = flags,
		.uid = uid,
		.password_only = password_only != 0,
	};

	return km_ctx_ioctl(ctx, km_ctx_fd(ctx), KM_IOC_DEVICE_LOCKED, &arg);
}

LIBEXPORT int km_device_locked(struct km_ctx *ctx, uint32_t uid, int password_only)
{
	return lock(ctx, 0, uid, password_only);
}

LIBEXPORT int km_device_locked_for_all(struct km_ctx *ctx, int password_only)
{
	return lock(ctx, KM_LOCK_ALL_USERS, 0, password_only);
}

LIBEXPORT int km_set_boot_level(struct km_ctx *ctx, uint32_t level)
{
	struct km_set_boot_level arg = { .size = sizeof(arg), .level = level };

	return km_ctx_ioctl(ctx, km_ctx_fd(ctx), KM_IOC_SET_BOOT_LEVEL, &arg);
}

LIBEXPORT int km_confirm(struct km_ctx *ctx, const struct km_bytes *message,
			 uint8_t token[KM_CONFIRMATION_TOKEN_SIZE])
{
	struct km_confirm arg = {
		.size = sizeof(arg),
		.message = km_ptr(message->data),
		.message_len = (__u32)message->len,
	};
	int ret;

	if (message->len > UINT32_MAX)
		return -EINVAL;
	ret = km_ctx_ioctl(ctx, km_ctx_fd(ctx), KM_IOC_CONFIRM, &arg);
	if (!ret)
		memcpy(token, arg.token, sizeof(arg.token));
	explicit_bzero(arg.token, sizeof(arg.token));
	return ret;
}

LIBEXPORT int km_verify_authorization(struct km_ctx *ctx, struct km_timestamp *timestamp)
{
	struct km_verify_authorization arg = {
		.size = sizeof(arg),
		.challenge = timestamp->challenge,
		.token = km_ptr(timestamp->token.data),
		.token_len = (__u32)timestamp->token.len,
	};
	int ret;

	if (timestamp->token.len > UINT32_MAX)
		return -EINVAL;
	ret = km_ctx_ioctl(ctx, km_ctx_fd(ctx), KM_IOC_VERIFY_AUTHORIZATION, &arg);
	if (ret)
		return ret;
	timestamp->timestamp_ms = arg.timestamp;
	timestamp->security_level = arg.security_level;
	memcpy(timestamp->mac, arg.mac, sizeof(timestamp->mac));
	return 0;
}

LIBEXPORT int km_open_authenticator(struct km_ctx *ctx, uint32_t type, uint64_t *id)
{
	struct km_open_authenticator arg = { .size = sizeof(arg), .type = type, .id = *id };
	int ret;

	ret = km_ctx_ioctl(ctx, km_ctx_fd(ctx), KM_IOC_OPEN_AUTHENTICATOR, &arg);
	if (ret)
		return ret;
	*id = arg.id;
	return arg.fd;
}

LIBEXPORT int km_mint_auth_token(struct km_ctx *ctx, int fd, uint32_t uid, uint64_t challenge,
				 struct km_buf *token)
{
	struct km_mint_auth_token arg = {
		.size = sizeof(arg), .uid = uid, .challenge = challenge,
	};
	struct km_command command = {
		.number = KM_IOC_MINT_AUTH_TOKEN,
		.arg = &arg,
		.out = { { token, &arg.token, &arg.token_len, KM_AUTH_TOKEN_SIZE } },
	};

	return km_run(ctx, fd < 0 ? -EBADF : fd, &command);
}

LIBEXPORT int km_get_hmac_sharing(struct km_ctx *ctx, struct km_hmac_party *party)
{
	struct km_get_hmac_sharing arg = { .size = sizeof(arg) };
	int ret;

	ret = km_ctx_ioctl(ctx, km_ctx_fd(ctx), KM_IOC_GET_HMAC_SHARING_PARAMETERS, &arg);
	if (!ret)
		*party = arg.party;
	return ret;
}

LIBEXPORT int km_compute_shared_hmac(struct km_ctx *ctx, const struct km_hmac_party *parties,
				     size_t count, uint8_t check[32])
{
	struct km_compute_shared_hmac arg = {
		.size = sizeof(arg),
		.count = (__u32)count,
		.parties = km_ptr(parties),
	};
	int ret;

	if (count > UINT32_MAX)
		return -EINVAL;
	ret = km_ctx_ioctl(ctx, km_ctx_fd(ctx), KM_IOC_COMPUTE_SHARED_HMAC, &arg);
	if (!ret)
		memcpy(check, arg.check, sizeof(arg.check));
	return ret;
}
