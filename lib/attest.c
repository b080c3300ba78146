// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The commands on certificates: make a key with its own, attest one that is there, and give
 * the machine what it attests with. One function for each; on command.c, which runs them.
 */
#include <errno.h>

#include "lib_private.h"

/* A second call makes a second key: so there is room for any chain at once. */
#define CHAIN_GUESS	(40 * 1024)
#define BLOB_GUESS	4096

LIBEXPORT int km_generate_certified(struct km_ctx *ctx, const struct km_params *description,
				    uint32_t format, struct km_buf *blob, struct km_buf *chain)
{
	struct km_generate_key arg = { .size = sizeof(arg), .format = format };
	struct km_command command = {
		.number = KM_IOC_GENERATE_KEY,
		.arg = &arg,
		.params = description,
		.wire = &arg.params,
		.wire_len = &arg.params_len,
		.out = {
			{ blob, &arg.blob, &arg.blob_len, BLOB_GUESS },
			{ chain, &arg.certify.chain, &arg.certify.chain_len, CHAIN_GUESS },
		},
	};

	return km_run(ctx, km_ctx_fd(ctx), &command);
}

LIBEXPORT int km_attest(struct km_ctx *ctx, const struct km_key_ref *key,
			const struct km_params *params, struct km_buf *chain)
{
	struct km_attest_key arg = { .size = sizeof(arg) };
	struct km_command command = {
		.number = KM_IOC_ATTEST_KEY,
		.arg = &arg,
		.params = params,
		.wire = &arg.params,
		.wire_len = &arg.params_len,
		.key = key,
		.blob = &arg.blob,
		.blob_len = &arg.blob_len,
		.serial = &arg.serial,
		.out = { { chain, &arg.certify.chain, &arg.certify.chain_len, CHAIN_GUESS } },
	};

	return km_run(ctx, km_ctx_fd(ctx), &command);
}

LIBEXPORT int km_provision_attestation(struct km_ctx *ctx, const struct km_provision_request *req)
{
	struct km_provision_attestation arg = {
		.size = sizeof(arg),
		.flags = req->close ? KM_PROVISION_CLOSE : 0,
		.key = km_ptr(req->key.data),
		.key_len = (__u32)req->key.len,
		.chain = km_ptr(req->chain.data),
		.chain_len = (__u32)req->chain.len,
	};
	struct km_command command = {
		.number = KM_IOC_PROVISION_ATTESTATION,
		.arg = &arg,
		.params = req->ids,
		.wire = &arg.ids,
		.wire_len = &arg.ids_len,
	};

	if (req->key.len > UINT32_MAX || req->chain.len > UINT32_MAX)
		return -EINVAL;
	return km_run(ctx, km_ctx_fd(ctx), &command);
}
