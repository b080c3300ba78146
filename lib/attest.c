// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The commands on certificates: make a key with its own, or bring one in, attest one that is
 * there, and give the machine what it attests with. On command.c, which runs them.
 */
#include <errno.h>

#include "lib_private.h"

/* A second call makes a second key: so there is room for any chain at once. */
#define CHAIN_GUESS	(40 * 1024)
#define BLOB_GUESS	4096

/* What a request says of certificates, into the part of an argument that is about them. */
static int fill_certify(struct km_certify *io, const struct km_certify_request *req)
{
	if (req->issuer.len > UINT32_MAX)
		return -EINVAL;
	io->issuer = km_ptr(req->issuer.data);
	io->issuer_len = (__u32)req->issuer.len;
	io->version = req->version;
	return 0;
}

static struct km_signer signer_of(struct km_certify *io, const struct km_certify_request *req)
{
	return (struct km_signer){
		.key = req->attest_key,
		.params = req->attest_params,
		.wire = &io->attest_params,
		.wire_len = &io->attest_params_len,
		.blob = &io->attest_blob,
		.blob_len = &io->attest_blob_len,
		.serial = &io->attest_serial,
	};
}

static struct km_output chain_of(struct km_certify *io, const struct km_certify_request *req)
{
	return (struct km_output){ req->chain, &io->chain, &io->chain_len, CHAIN_GUESS };
}

LIBEXPORT int km_certify_generate(struct km_ctx *ctx, const struct km_params *description,
				  uint32_t format, const struct km_certify_request *certify,
				  struct km_buf *blob)
{
	struct km_generate_key arg = { .size = sizeof(arg), .format = format };
	struct km_command command = {
		.number = KM_IOC_GENERATE_KEY,
		.arg = &arg,
		.params = description,
		.wire = &arg.params,
		.wire_len = &arg.params_len,
		.signer = signer_of(&arg.certify, certify),
		.out = {
			{ blob, &arg.blob, &arg.blob_len, BLOB_GUESS },
			chain_of(&arg.certify, certify),
		},
	};
	int ret = fill_certify(&arg.certify, certify);

	return ret ? ret : km_run(ctx, km_ctx_fd(ctx), &command);
}

LIBEXPORT int km_certify_import(struct km_ctx *ctx, const struct km_import_request *request,
				const struct km_certify_request *certify, struct km_buf *blob)
{
	struct km_import_key arg = {
		.size = sizeof(arg),
		.format = request->format,
		.data = km_ptr(request->data),
		.data_len = (__u32)request->len,
		.key_format = request->key_format,
	};
	struct km_command command = {
		.number = KM_IOC_IMPORT_KEY,
		.arg = &arg,
		.params = request->description,
		.wire = &arg.params,
		.wire_len = &arg.params_len,
		.signer = signer_of(&arg.certify, certify),
		.out = {
			{ blob, &arg.blob, &arg.blob_len, BLOB_GUESS },
			chain_of(&arg.certify, certify),
		},
	};
	int ret = fill_certify(&arg.certify, certify);

	if (request->len > UINT32_MAX)
		return -EINVAL;
	return ret ? ret : km_run(ctx, km_ctx_fd(ctx), &command);
}

LIBEXPORT int km_certify_key(struct km_ctx *ctx, const struct km_key_ref *key,
			     const struct km_params *params,
			     const struct km_certify_request *certify)
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
		.signer = signer_of(&arg.certify, certify),
		.out = { chain_of(&arg.certify, certify) },
	};
	int ret = fill_certify(&arg.certify, certify);

	return ret ? ret : km_run(ctx, km_ctx_fd(ctx), &command);
}

LIBEXPORT int km_generate_certified(struct km_ctx *ctx, const struct km_params *description,
				    uint32_t format, struct km_buf *blob, struct km_buf *chain)
{
	const struct km_certify_request certify = { .chain = chain };

	return km_certify_generate(ctx, description, format, &certify, blob);
}

LIBEXPORT int km_attest(struct km_ctx *ctx, const struct km_key_ref *key,
			const struct km_params *params, struct km_buf *chain)
{
	const struct km_certify_request certify = { .chain = chain };

	return km_certify_key(ctx, key, params, &certify);
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

LIBEXPORT int km_destroy_attestation_ids(struct km_ctx *ctx)
{
	struct km_destroy_attestation_ids arg = { .size = sizeof(arg) };

	return km_ctx_ioctl(ctx, km_ctx_fd(ctx), KM_IOC_DESTROY_ATTESTATION_IDS, &arg);
}
