// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The commands about the key manager itself: what it offers, its root key, its versions,
 * its generator. One function for each; on ctx.c and command.c.
 */
#include <errno.h>
#include <stdlib.h>

#include "lib_private.h"

/* More than any list has; a longer one costs a second call. */
#define VALUES_GUESS	16

LIBEXPORT int km_get_info(struct km_ctx *ctx, struct km_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	return km_ctx_ioctl(ctx, km_ctx_fd(ctx), KM_IOC_GET_INFO, info);
}

static int load_root_key(struct km_ctx *ctx, struct km_root_request *request, uint32_t flags)
{
	struct km_load_root_key arg = {
		.size = sizeof(arg),
		.flags = flags,
		.source = request->source,
		.key = km_ptr(request->key),
		.key_len = (__u32)request->len,
		.serial = request->serial,
		.record = km_ptr(request->record),
		.record_len = (__u32)request->record_len,
	};
	int ret;

	if (request->len > UINT32_MAX || request->record_len > UINT32_MAX)
		return -EINVAL;
	if (flags & KM_ROOT_CHECK_GIVEN)
		memcpy(arg.root_check, request->check, sizeof(arg.root_check));
	ret = km_ctx_ioctl(ctx, km_ctx_fd(ctx), KM_IOC_LOAD_ROOT_KEY, &arg);
	if (!ret)
		memcpy(request->check, arg.root_check, sizeof(request->check));
	return ret;
}

LIBEXPORT int km_load_root_key(struct km_ctx *ctx, struct km_root_request *request)
{
	return load_root_key(ctx, request, 0);
}

LIBEXPORT int km_load_checked_root_key(struct km_ctx *ctx, struct km_root_request *request)
{
	return load_root_key(ctx, request, KM_ROOT_CHECK_GIVEN);
}

LIBEXPORT int km_create_tpm_root_key(struct km_ctx *ctx, uint32_t pcrs, struct km_buf *sealed)
{
	struct km_create_root_key arg = {
		.size = sizeof(arg),
		.source = KM_ROOT_TPM,
		.pcrs = pcrs,
	};
	struct km_command command = {
		.number = KM_IOC_CREATE_ROOT_KEY,
		.arg = &arg,
		.out = { { sealed, &arg.sealed, &arg.sealed_len, KM_SEALED_ROOT_MAX } },
	};

	return km_run(ctx, km_ctx_fd(ctx), &command);
}

/* The lists: @count is in values, not in bytes, so that the room is handled here. */
static int get_supported(struct km_ctx *ctx, unsigned long command,
			 struct km_get_supported *arg, struct km_values *values)
{
	uint32_t room = VALUES_GUESS;
	void *data = NULL, *more;
	int ret;

	*values = (struct km_values){ 0 };
	arg->size = sizeof(*arg);
	for (;;) {
		more = reallocarray(data, room, sizeof(uint32_t));
		if (!more) {
			ret = -ENOMEM;
			break;
		}
		data = more;
		arg->values = km_ptr(data);
		arg->count = room;
		ret = km_ctx_ioctl(ctx, km_ctx_fd(ctx), command, arg);
		if (ret != -EMSGSIZE || arg->count <= room)
			break;
		room = arg->count;
	}
	if (ret) {
		free(data);
		return ret;
	}
	*values = (struct km_values){ .values = data, .count = arg->count };
	return 0;
}

LIBEXPORT void km_values_free(struct km_values *values)
{
	free(values->values);
	*values = (struct km_values){ 0 };
}

LIBEXPORT int km_get_supported_algorithms(struct km_ctx *ctx, struct km_values *values)
{
	struct km_get_supported arg = { 0 };

	return get_supported(ctx, KM_IOC_GET_SUPPORTED_ALGORITHMS, &arg, values);
}

LIBEXPORT int km_get_supported_block_modes(struct km_ctx *ctx, uint32_t algorithm,
					   uint32_t purpose, struct km_values *values)
{
	struct km_get_supported arg = { .algorithm = algorithm, .purpose = purpose };

	return get_supported(ctx, KM_IOC_GET_SUPPORTED_BLOCK_MODES, &arg, values);
}

LIBEXPORT int km_get_supported_paddings(struct km_ctx *ctx, uint32_t algorithm,
					uint32_t purpose, struct km_values *values)
{
	struct km_get_supported arg = { .algorithm = algorithm, .purpose = purpose };

	return get_supported(ctx, KM_IOC_GET_SUPPORTED_PADDING_MODES, &arg, values);
}

LIBEXPORT int km_get_supported_digests(struct km_ctx *ctx, uint32_t algorithm,
				       uint32_t purpose, struct km_values *values)
{
	struct km_get_supported arg = { .algorithm = algorithm, .purpose = purpose };

	return get_supported(ctx, KM_IOC_GET_SUPPORTED_DIGESTS, &arg, values);
}

LIBEXPORT int km_get_supported_import_formats(struct km_ctx *ctx, uint32_t algorithm,
					      struct km_values *values)
{
	struct km_get_supported arg = { .algorithm = algorithm };

	return get_supported(ctx, KM_IOC_GET_SUPPORTED_IMPORT_FORMATS, &arg, values);
}

LIBEXPORT int km_get_supported_export_formats(struct km_ctx *ctx, uint32_t algorithm,
					      struct km_values *values)
{
	struct km_get_supported arg = { .algorithm = algorithm };

	return get_supported(ctx, KM_IOC_GET_SUPPORTED_EXPORT_FORMATS, &arg, values);
}

LIBEXPORT int km_add_rng_entropy(struct km_ctx *ctx, const void *data, size_t len)
{
	struct km_add_rng_entropy arg = {
		.size = sizeof(arg),
		.data = km_ptr(data),
		.data_len = (__u32)len,
	};

	if (len > UINT32_MAX)
		return -EINVAL;
	return km_ctx_ioctl(ctx, km_ctx_fd(ctx), KM_IOC_ADD_RNG_ENTROPY, &arg);
}

LIBEXPORT int km_configure(struct km_ctx *ctx, const struct km_config *config)
{
	struct km_configure arg = {
		.size = sizeof(arg),
		.flags = config->given,
		.os_version = config->os_version,
		.os_patchlevel = config->os_patchlevel,
		.vendor_patchlevel = config->vendor_patchlevel,
		.boot_patchlevel = config->boot_patchlevel,
		.root_of_trust = km_ptr(config->root_of_trust.data),
		.root_of_trust_len = (__u32)config->root_of_trust.len,
	};

	if (config->root_of_trust.len > UINT32_MAX)
		return -EINVAL;
	return km_ctx_ioctl(ctx, km_ctx_fd(ctx), KM_IOC_CONFIGURE, &arg);
}

LIBEXPORT int km_early_boot_ended(struct km_ctx *ctx)
{
	struct km_early_boot_ended arg = { .size = sizeof(arg) };

	return km_ctx_ioctl(ctx, km_ctx_fd(ctx), KM_IOC_EARLY_BOOT_ENDED, &arg);
}
