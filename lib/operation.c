// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Operations: begin, update, finish, abort, and the three in one call.
 * On command.c and lru.c; stream.c feeds whole streams through what is here.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib_private.h"

/* A finish may return held-back data, a tag, a padding block or a signature. */
#define FINISH_SLACK	1024
#define UPDATE_SLACK	64
#define OUT_PARAMS_GUESS 256
/* Short enough that the set around it stays below KM_PARAMS_MAX. */
#define AAD_PIECE	32768

/**
 * struct km_op - a live operation
 * @ctx: for the error code; outlives the operation
 * @use: its descriptor (-1: none) and place among the others
 * @owner: process that began it
 * @handle: its random number
 * @out_params: what begin made
 */
struct km_op {
	struct km_ctx *ctx;
	struct km_use use;
	pid_t owner;
	uint64_t handle;
	struct km_params *out_params;
};

static const struct km_bytes no_bytes;

LIBEXPORT int km_op_begin(struct km_ctx *ctx, uint32_t purpose, const struct km_key_ref *key,
			  const struct km_params *params, struct km_op **op)
{
	struct km_begin arg = { .size = sizeof(arg), .purpose = purpose };
	struct km_buf made = { 0 };
	struct km_command command = {
		.number = KM_IOC_BEGIN,
		.arg = &arg,
		.params = params,
		.wire = &arg.params,
		.wire_len = &arg.params_len,
		.key = key,
		.blob = &arg.blob,
		.blob_len = &arg.blob_len,
		.serial = &arg.serial,
		.begins = true,
		.out = { { &made, &arg.out_params, &arg.out_params_len, OUT_PARAMS_GUESS } },
	};
	struct km_op *o;
	int ret;

	*op = NULL;
	o = calloc(1, sizeof(*o));
	if (!o)
		return -ENOMEM;
	o->ctx = ctx;
	o->use.fd = -1;
	o->owner = getpid();
	ret = km_run(ctx, km_ctx_fd(ctx), &command);
	if (!ret) {
		o->use.fd = arg.fd;
		o->handle = arg.handle;
		ret = km_params_parse(&o->out_params, made.data, made.len, NULL);
		km_buf_free(&made);
	}
	if (ret) {
		km_op_free(o);
		return ret;
	}
	km_use_add(ctx, &o->use);
	*op = o;
	return 0;
}

LIBEXPORT const struct km_params *km_op_params(const struct km_op *op)
{
	return op->out_params;
}

LIBEXPORT uint64_t km_op_handle(const struct km_op *op)
{
	return op->handle;
}

LIBEXPORT int km_op_fd(const struct km_op *op)
{
	return op->use.fd;
}

LIBEXPORT int km_op_keep(struct km_op *op, int keep)
{
	if (op->owner != getpid())
		return -EBADFD;
	km_use_keep(op->ctx, &op->use, keep);
	return 0;
}

/* The descriptor; a child has one too, but the operation is its parent's. */
static int live_fd(const struct km_op *op)
{
	return op->use.fd < 0 || op->owner != getpid() ? -EBADFD : op->use.fd;
}

/* A command of the operation: from now on it is the one that was used last. */
static int run_on(struct km_op *op, const struct km_command *command)
{
	int fd = live_fd(op), ret;

	if (fd < 0)
		return km_run(op->ctx, fd, command);
	km_use_enter(op->ctx, &op->use);
	ret = km_run(op->ctx, fd, command);
	km_use_leave(op->ctx, &op->use);
	return ret;
}

LIBEXPORT int km_op_update(struct km_op *op, const struct km_params *params,
			   const struct km_bytes *input, struct km_buf *output)
{
	struct km_update arg = { .size = sizeof(arg) };
	struct km_command command = {
		.number = KM_IOC_UPDATE,
		.arg = &arg,
		.params = params,
		.wire = &arg.params,
		.wire_len = &arg.params_len,
	};

	input = input ? input : &no_bytes;
	if (input->len > KM_INPUT_MAX)
		return -EINVAL;
	arg.input = km_ptr(input->data);
	arg.input_len = (__u32)input->len;
	command.out[0] = (struct km_output){
		output, &arg.output, &arg.output_len, input->len + UPDATE_SLACK
	};
	return run_on(op, &command);
}

LIBEXPORT int km_op_finish(struct km_op *op, const struct km_params *params,
			   const struct km_bytes *input, const struct km_bytes *signature,
			   struct km_buf *output)
{
	struct km_finish arg = { .size = sizeof(arg) };
	struct km_command command = {
		.number = KM_IOC_FINISH,
		.arg = &arg,
		.params = params,
		.wire = &arg.params,
		.wire_len = &arg.params_len,
	};

	input = input ? input : &no_bytes;
	signature = signature ? signature : &no_bytes;
	if (input->len > KM_INPUT_MAX || signature->len > KM_SIGNATURE_MAX)
		return -EINVAL;
	arg.input = km_ptr(input->data);
	arg.input_len = (__u32)input->len;
	arg.signature = km_ptr(signature->data);
	arg.signature_len = (__u32)signature->len;
	command.out[0] = (struct km_output){
		output, &arg.output, &arg.output_len, input->len + FINISH_SLACK
	};
	return run_on(op, &command);
}

LIBEXPORT int km_op_abort(struct km_op *op)
{
	struct km_abort arg = { .size = sizeof(arg) };

	return km_ctx_ioctl(op->ctx, live_fd(op), KM_IOC_ABORT, &arg);
}

/* Ends it for good in this process; abort says no when it has ended already. */
void km_op_stop(struct km_op *op)
{
	int code = km_last_error(op->ctx);
	struct km_abort arg = { .size = sizeof(arg) };

	/* The code of what went wrong is what the caller wants to read. */
	km_ctx_ioctl(op->ctx, live_fd(op), KM_IOC_ABORT, &arg);
	km_ctx_set_error(op->ctx, code);
}

LIBEXPORT void km_op_free(struct km_op *op)
{
	if (!op)
		return;
	/* The last close of the descriptor aborts; a forked child's is not. */
	if (op->owner == getpid())
		km_use_remove(op->ctx, &op->use);
	if (op->use.fd >= 0)
		close(op->use.fd);
	km_params_free(op->out_params);
	free(op);
}

LIBEXPORT int km_op_add_aad(struct km_op *op, const void *data, size_t len)
{
	const unsigned char *p = data;
	struct km_params *params;
	size_t piece;
	int ret = 0;

	for (; len && !ret; p += piece, len -= piece) {
		piece = len < AAD_PIECE ? len : AAD_PIECE;
		ret = km_params_new(&params);
		if (ret)
			break;
		ret = km_params_add_bytes(params, KM_TAG_ASSOCIATED_DATA, p, piece);
		if (!ret)
			ret = km_op_update(op, params, NULL, NULL);
		km_params_free(params);
	}
	return ret;
}

LIBEXPORT int km_operate(struct km_ctx *ctx, const struct km_operate_request *request,
			 struct km_buf *output)
{
	struct km_operate arg = {
		.size = sizeof(arg),
		.purpose = request->purpose,
		.input = km_ptr(request->input.data),
		.input_len = (__u32)request->input.len,
		.signature = km_ptr(request->signature.data),
		.signature_len = (__u32)request->signature.len,
	};
	bool ours = output && !output->data;
	struct km_buf made = { 0 };
	struct km_command command = {
		.number = KM_IOC_OPERATE,
		.arg = &arg,
		.params = request->params,
		.wire = &arg.params,
		.wire_len = &arg.params_len,
		.key = &request->key,
		.blob = &arg.blob,
		.blob_len = &arg.blob_len,
		.serial = &arg.serial,
		.begins = true,
		.out = {
			{ output, &arg.output, &arg.output_len,
			  request->input.len + FINISH_SLACK },
			{ &made, &arg.out_params, &arg.out_params_len, OUT_PARAMS_GUESS },
		},
	};
	int ret;

	if (request->out_params)
		*request->out_params = NULL;
	if (request->input.len > KM_INPUT_MAX || request->signature.len > KM_SIGNATURE_MAX)
		return -EINVAL;
	ret = km_run(ctx, km_ctx_fd(ctx), &command);
	if (!ret && request->out_params)
		ret = km_params_parse(request->out_params, made.data, made.len, NULL);
	km_buf_free(&made);
	if (ret && ours)
		km_buf_free(output);
	return ret;
}

LIBEXPORT int km_agree(struct km_ctx *ctx, const struct km_key_ref *key,
		       const struct km_params *params, const struct km_bytes *peer,
		       struct km_buf *secret)
{
	struct km_operate_request request = {
		.purpose = KM_PURPOSE_AGREE_KEY,
		.key = *key,
		.params = params,
		.input = *peer,
	};

	return km_operate(ctx, &request, secret);
}
