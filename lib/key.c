// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The commands on keys: one function for each. What is about the key manager itself is
 * in calls.c, operations in operation.c. On command.c, which runs them.
 */
#include <errno.h>

#include "lib_private.h"

/* Most blobs are below 400 bytes; a longer one costs a second call. */
#define BLOB_GUESS	1024
#define EXPORT_GUESS	1024

static const struct km_certify_request no_certificate;

LIBEXPORT int km_generate(struct km_ctx *ctx, const struct km_params *description,
			  uint32_t format, struct km_buf *blob)
{
	return km_certify_generate(ctx, description, format, &no_certificate, blob);
}

LIBEXPORT int km_import(struct km_ctx *ctx, const struct km_import_request *request,
			struct km_buf *blob)
{
	return km_certify_import(ctx, request, &no_certificate, blob);
}

LIBEXPORT int km_import_wrapped_key(struct km_ctx *ctx, const struct km_wrapped_request *request,
				    struct km_buf *blob)
{
	struct km_import_wrapped_key arg = {
		.size = sizeof(arg),
		.format = request->format,
		.wrapped = km_ptr(request->wrapped.data),
		.wrapped_len = (__u32)request->wrapped.len,
		.masking_key = km_ptr(request->masking_key.data),
		.masking_key_len = (__u32)request->masking_key.len,
		.password_sid = request->password_sid,
		.biometric_sid = request->biometric_sid,
	};
	struct km_command command = {
		.number = KM_IOC_IMPORT_WRAPPED_KEY,
		.arg = &arg,
		.params = request->params,
		.wire = &arg.params,
		.wire_len = &arg.params_len,
		.key = &request->wrapping_key,
		.blob = &arg.wrapping_blob,
		.blob_len = &arg.wrapping_blob_len,
		.serial = &arg.serial,
		.out = { { blob, &arg.blob, &arg.blob_len, BLOB_GUESS } },
	};

	if (request->wrapped.len > UINT32_MAX || request->masking_key.len > UINT32_MAX)
		return -EINVAL;
	return km_run(ctx, km_ctx_fd(ctx), &command);
}

LIBEXPORT int km_export(struct km_ctx *ctx, const struct km_key_ref *key,
			const struct km_params *params, uint32_t key_format,
			struct km_buf *out)
{
	struct km_export_key arg = { .size = sizeof(arg), .key_format = key_format };
	struct km_command command = {
		.number = KM_IOC_EXPORT_KEY,
		.arg = &arg,
		.params = params,
		.wire = &arg.params,
		.wire_len = &arg.params_len,
		.key = key,
		.blob = &arg.blob,
		.blob_len = &arg.blob_len,
		.serial = &arg.serial,
		.out = { { out, &arg.data, &arg.data_len, EXPORT_GUESS } },
	};

	return km_run(ctx, km_ctx_fd(ctx), &command);
}

LIBEXPORT int km_characteristics(struct km_ctx *ctx, const struct km_key_ref *key,
				 const struct km_params *params,
				 struct km_params **enforced, struct km_params **unenforced)
{
	struct km_get_characteristics arg = { .size = sizeof(arg) };
	struct km_buf a = { 0 }, b = { 0 };
	struct km_command command = {
		.number = KM_IOC_GET_KEY_CHARACTERISTICS,
		.arg = &arg,
		.params = params,
		.wire = &arg.params,
		.wire_len = &arg.params_len,
		.key = key,
		.blob = &arg.blob,
		.blob_len = &arg.blob_len,
		.serial = &arg.serial,
		.out = {
			{ &a, &arg.enforced, &arg.enforced_len, BLOB_GUESS },
			{ &b, &arg.unenforced, &arg.unenforced_len, BLOB_GUESS },
		},
	};
	int ret;

	*enforced = *unenforced = NULL;
	ret = km_run(ctx, km_ctx_fd(ctx), &command);
	if (!ret)
		ret = km_params_parse(enforced, a.data, a.len, NULL);
	if (!ret)
		ret = km_params_parse(unenforced, b.data, b.len, NULL);
	if (ret) {
		km_params_free(*enforced);
		*enforced = NULL;
	}
	km_buf_free(&a);
	km_buf_free(&b);
	return ret;
}

LIBEXPORT int km_upgrade_key(struct km_ctx *ctx, const struct km_key_ref *key,
			     const struct km_params *params, struct km_buf *blob)
{
	struct km_upgrade_key arg = {
		.size = sizeof(arg),
		.blob = km_ptr(key->blob),
		.blob_len = (__u32)key->len,
	};
	struct km_command command = {
		.number = KM_IOC_UPGRADE_KEY,
		.arg = &arg,
		.params = params,
		.wire = &arg.params,
		.wire_len = &arg.params_len,
		.out = { { blob, &arg.new_blob, &arg.new_blob_len, BLOB_GUESS } },
	};

	/* The command takes no serial number: the blob is what is to be replaced. */
	if (!key->len || key->len > UINT32_MAX)
		return -EINVAL;
	return km_run(ctx, km_ctx_fd(ctx), &command);
}

static int delete(struct km_ctx *ctx, const struct km_key_ref *key, uint32_t flags)
{
	struct km_delete_key arg = {
		.size = sizeof(arg),
		.flags = flags,
		.blob = km_ptr(key->blob),
		.blob_len = (__u32)key->len,
	};

	if (key->len > UINT32_MAX)
		return -EINVAL;
	return km_ctx_ioctl(ctx, km_ctx_fd(ctx), KM_IOC_DELETE_KEY, &arg);
}

LIBEXPORT int km_delete(struct km_ctx *ctx, const struct km_key_ref *key)
{
	struct km_key_ref newest = km_key_newest(ctx, key);

	return delete(ctx, &newest, KM_DELETE_WHOLE_KEY);
}

LIBEXPORT int km_delete_blob(struct km_ctx *ctx, const struct km_key_ref *key)
{
	return delete(ctx, key, 0);
}

LIBEXPORT int km_delete_all(struct km_ctx *ctx, int of_all_users)
{
	struct km_delete_all_keys arg = {
		.size = sizeof(arg),
		.flags = of_all_users ? KM_DELETE_OF_ALL_USERS : 0,
	};

	return km_ctx_ioctl(ctx, km_ctx_fd(ctx), KM_IOC_DELETE_ALL_KEYS, &arg);
}
