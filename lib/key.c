// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The commands on keys: one function for each ioctl of /dev/keymaster but those
 * of operations. On ctx.c for the call and params.c for the wire form.
 */
#include <errno.h>

#include "lib_private.h"

/* Most blobs are below 400 bytes; a longer one costs a second call. */
#define BLOB_GUESS	1024
#define EXPORT_GUESS	1024

LIBEXPORT int km_get_info(struct km_ctx *ctx, struct km_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	return km_ctx_ioctl(ctx, km_ctx_fd(ctx), KM_IOC_GET_INFO, info);
}

LIBEXPORT int km_load_root_key(struct km_ctx *ctx, struct km_root_request *request)
{
	struct km_load_root_key arg = {
		.size = sizeof(arg),
		.source = request->source,
		.key = km_ptr(request->key),
		.key_len = (__u32)request->len,
		.serial = request->serial,
	};
	int ret;

	if (request->len > UINT32_MAX)
		return -EINVAL;
	ret = km_ctx_ioctl(ctx, km_ctx_fd(ctx), KM_IOC_LOAD_ROOT_KEY, &arg);
	if (!ret)
		memcpy(request->check, arg.root_check, sizeof(request->check));
	return ret;
}

LIBEXPORT int km_generate(struct km_ctx *ctx, const struct km_params *description,
			  uint32_t format, struct km_buf *blob)
{
	struct km_generate_key arg = { .size = sizeof(arg), .format = format };
	struct km_room room;
	struct km_wire wire;
	int ret;

	ret = km_wire_init(&wire, description);
	if (ret)
		goto out_wire;
	ret = km_room_init(&room, blob, BLOB_GUESS);
	if (ret)
		goto out_wire;
	arg.params = km_ptr(wire.data);
	arg.params_len = (__u32)wire.len;
	do {
		arg.blob = km_ptr(room.data);
		arg.blob_len = (__u32)room.room;
		ret = km_ctx_ioctl(ctx, km_ctx_fd(ctx), KM_IOC_GENERATE_KEY, &arg);
	} while (ret == -EMSGSIZE && !(ret = km_room_grow(&room, arg.blob_len)));
	ret = km_room_done(&room, ret, arg.blob_len);
out_wire:
	km_wire_release(&wire);
	return ret;
}

LIBEXPORT int km_import(struct km_ctx *ctx, const struct km_import_request *request,
			struct km_buf *blob)
{
	struct km_import_key arg = {
		.size = sizeof(arg),
		.format = request->format,
		.data = km_ptr(request->data),
		.data_len = (__u32)request->len,
		.key_format = request->key_format,
	};
	struct km_room room;
	struct km_wire wire;
	int ret;

	if (request->len > UINT32_MAX)
		return -EINVAL;
	ret = km_wire_init(&wire, request->description);
	if (ret)
		goto out_wire;
	ret = km_room_init(&room, blob, BLOB_GUESS);
	if (ret)
		goto out_wire;
	arg.params = km_ptr(wire.data);
	arg.params_len = (__u32)wire.len;
	do {
		arg.blob = km_ptr(room.data);
		arg.blob_len = (__u32)room.room;
		ret = km_ctx_ioctl(ctx, km_ctx_fd(ctx), KM_IOC_IMPORT_KEY, &arg);
	} while (ret == -EMSGSIZE && !(ret = km_room_grow(&room, arg.blob_len)));
	ret = km_room_done(&room, ret, arg.blob_len);
out_wire:
	km_wire_release(&wire);
	return ret;
}

LIBEXPORT int km_export(struct km_ctx *ctx, const struct km_key_ref *key,
			const struct km_params *params, uint32_t key_format,
			struct km_buf *out)
{
	struct km_export_key arg = {
		.size = sizeof(arg),
		.key_format = key_format,
		.blob = km_ptr(key->blob),
		.blob_len = (__u32)key->len,
		.serial = key->len ? 0 : key->serial,
	};
	struct km_room room;
	struct km_wire wire;
	int ret;

	if (key->len > UINT32_MAX)
		return -EINVAL;
	ret = km_wire_init(&wire, params);
	if (ret)
		goto out_wire;
	ret = km_room_init(&room, out, EXPORT_GUESS);
	if (ret)
		goto out_wire;
	arg.params = km_ptr(wire.data);
	arg.params_len = (__u32)wire.len;
	do {
		arg.data = km_ptr(room.data);
		arg.data_len = (__u32)room.room;
		ret = km_ctx_ioctl(ctx, km_ctx_fd(ctx), KM_IOC_EXPORT_KEY, &arg);
	} while (ret == -EMSGSIZE && !(ret = km_room_grow(&room, arg.data_len)));
	ret = km_room_done(&room, ret, arg.data_len);
out_wire:
	km_wire_release(&wire);
	return ret;
}

/* Calls until both buffers are large enough. */
static int get_sets(struct km_ctx *ctx, struct km_get_characteristics *arg,
		    struct km_buf *enforced, struct km_buf *unenforced)
{
	struct km_room a, b;
	int ret;

	ret = km_room_init(&a, enforced, BLOB_GUESS);
	if (ret)
		return ret;
	ret = km_room_init(&b, unenforced, BLOB_GUESS);
	if (ret)
		return km_room_done(&a, ret, 0);
	for (;;) {
		arg->enforced = km_ptr(a.data);
		arg->enforced_len = (__u32)a.room;
		arg->unenforced = km_ptr(b.data);
		arg->unenforced_len = (__u32)b.room;
		ret = km_ctx_ioctl(ctx, km_ctx_fd(ctx), KM_IOC_GET_KEY_CHARACTERISTICS, arg);
		if (ret != -EMSGSIZE)
			break;
		/* One of the two may be large enough already; not both. */
		if (arg->enforced_len <= a.room && arg->unenforced_len <= b.room)
			break;
		ret = arg->enforced_len > a.room ? km_room_grow(&a, arg->enforced_len) : 0;
		if (!ret && arg->unenforced_len > b.room)
			ret = km_room_grow(&b, arg->unenforced_len);
		if (ret)
			break;
	}
	km_room_done(&a, ret, arg->enforced_len);
	return km_room_done(&b, ret, arg->unenforced_len);
}

LIBEXPORT int km_characteristics(struct km_ctx *ctx, const struct km_key_ref *key,
				 const struct km_params *params,
				 struct km_params **enforced, struct km_params **unenforced)
{
	struct km_get_characteristics arg = {
		.size = sizeof(arg),
		.blob = km_ptr(key->blob),
		.blob_len = (__u32)key->len,
		.serial = key->len ? 0 : key->serial,
	};
	struct km_buf a = { 0 }, b = { 0 };
	struct km_wire wire;
	int ret;

	*enforced = *unenforced = NULL;
	if (key->len > UINT32_MAX)
		return -EINVAL;
	ret = km_wire_init(&wire, params);
	if (ret)
		goto out_wire;
	arg.params = km_ptr(wire.data);
	arg.params_len = (__u32)wire.len;
	ret = get_sets(ctx, &arg, &a, &b);
	if (ret)
		goto out_wire;
	ret = km_params_parse(enforced, a.data, a.len, NULL);
	if (!ret)
		ret = km_params_parse(unenforced, b.data, b.len, NULL);
	if (ret) {
		km_params_free(*enforced);
		*enforced = NULL;
	}
out_wire:
	km_buf_free(&a);
	km_buf_free(&b);
	km_wire_release(&wire);
	return ret;
}

LIBEXPORT int km_delete(struct km_ctx *ctx, const struct km_key_ref *key)
{
	struct km_delete_key arg = {
		.size = sizeof(arg),
		.blob = km_ptr(key->blob),
		.blob_len = (__u32)key->len,
	};

	if (key->len > UINT32_MAX)
		return -EINVAL;
	return km_ctx_ioctl(ctx, km_ctx_fd(ctx), KM_IOC_DELETE_KEY, &arg);
}
