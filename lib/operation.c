// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Operations: begin, update, finish, abort, and the three in one call.
 * On ctx.c; stream.c feeds whole streams through what is here.
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
 * @fd: the operation in the kernel; -1 after it was closed
 * @owner: process that began it
 * @handle: its random number
 * @out_params: what begin made
 */
struct km_op {
	struct km_ctx *ctx;
	int fd;
	pid_t owner;
	uint64_t handle;
	struct km_params *out_params;
};

static const struct km_bytes no_bytes;

/* The begin ioctl, with the room for what it makes; fills fd, handle, params. */
static int begin(struct km_op *op, struct km_begin *arg)
{
	struct km_buf made = { 0 };
	struct km_room room;
	int ret;

	ret = km_room_init(&room, &made, OUT_PARAMS_GUESS);
	if (ret)
		return ret;
	do {
		arg->out_params = km_ptr(room.data);
		arg->out_params_len = (__u32)room.room;
		ret = km_ctx_ioctl(op->ctx, km_ctx_fd(op->ctx), KM_IOC_BEGIN, arg);
	} while (ret == -EMSGSIZE && !(ret = km_room_grow(&room, arg->out_params_len)));
	ret = km_room_done(&room, ret, arg->out_params_len);
	if (ret)
		return ret;
	op->fd = arg->fd;
	op->handle = arg->handle;
	ret = km_params_parse(&op->out_params, made.data, made.len, NULL);
	km_buf_free(&made);
	return ret;
}

LIBEXPORT int km_op_begin(struct km_ctx *ctx, uint32_t purpose, const struct km_key_ref *key,
			  const struct km_params *params, struct km_op **op)
{
	struct km_begin arg = {
		.size = sizeof(arg),
		.purpose = purpose,
		.blob = km_ptr(key->blob),
		.blob_len = (__u32)key->len,
		.serial = key->len ? 0 : key->serial,
	};
	struct km_wire wire;
	struct km_op *o;
	int ret;

	*op = NULL;
	if (key->len > UINT32_MAX)
		return -EINVAL;
	o = calloc(1, sizeof(*o));
	if (!o)
		return -ENOMEM;
	o->ctx = ctx;
	o->fd = -1;
	o->owner = getpid();
	ret = km_wire_init(&wire, params);
	if (!ret) {
		arg.params = km_ptr(wire.data);
		arg.params_len = (__u32)wire.len;
		ret = begin(o, &arg);
	}
	km_wire_release(&wire);
	if (ret) {
		km_op_free(o);
		return ret;
	}
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
	return op->fd;
}

/* The descriptor; a child has one too, but the operation is its parent's. */
static int live_fd(const struct km_op *op)
{
	return op->fd < 0 || op->owner != getpid() ? -EBADFD : op->fd;
}

LIBEXPORT int km_op_update(struct km_op *op, const struct km_params *params,
			   const struct km_bytes *input, struct km_buf *output)
{
	struct km_update arg = { .size = sizeof(arg) };
	struct km_room room;
	struct km_wire wire;
	int ret;

	if (!input)
		input = &no_bytes;
	if (input->len > KM_INPUT_MAX)
		return -EINVAL;
	ret = km_wire_init(&wire, params);
	if (ret)
		goto out_wire;
	ret = km_room_init(&room, output, input->len + UPDATE_SLACK);
	if (ret)
		goto out_wire;
	arg.params = km_ptr(wire.data);
	arg.params_len = (__u32)wire.len;
	arg.input = km_ptr(input->data);
	arg.input_len = (__u32)input->len;
	do {
		arg.output = km_ptr(room.data);
		arg.output_len = (__u32)room.room;
		ret = km_ctx_ioctl(op->ctx, live_fd(op), KM_IOC_UPDATE, &arg);
	} while (ret == -EMSGSIZE && !(ret = km_room_grow(&room, arg.output_len)));
	ret = km_room_done(&room, ret, arg.output_len);
out_wire:
	km_wire_release(&wire);
	return ret;
}

LIBEXPORT int km_op_finish(struct km_op *op, const struct km_params *params,
			   const struct km_bytes *input, const struct km_bytes *signature,
			   struct km_buf *output)
{
	struct km_finish arg = { .size = sizeof(arg) };
	struct km_room room;
	struct km_wire wire;
	int ret;

	input = input ? input : &no_bytes;
	signature = signature ? signature : &no_bytes;
	if (input->len > KM_INPUT_MAX || signature->len > KM_SIGNATURE_MAX)
		return -EINVAL;
	ret = km_wire_init(&wire, params);
	if (ret)
		goto out_wire;
	ret = km_room_init(&room, output, input->len + FINISH_SLACK);
	if (ret)
		goto out_wire;
	arg.params = km_ptr(wire.data);
	arg.params_len = (__u32)wire.len;
	arg.input = km_ptr(input->data);
	arg.input_len = (__u32)input->len;
	arg.signature = km_ptr(signature->data);
	arg.signature_len = (__u32)signature->len;
	do {
		arg.output = km_ptr(room.data);
		arg.output_len = (__u32)room.room;
		ret = km_ctx_ioctl(op->ctx, live_fd(op), KM_IOC_FINISH, &arg);
	} while (ret == -EMSGSIZE && !(ret = km_room_grow(&room, arg.output_len)));
	ret = km_room_done(&room, ret, arg.output_len);
out_wire:
	km_wire_release(&wire);
	return ret;
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
	if (op->fd >= 0)
		close(op->fd);
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

/* Both outputs of the one-shot call have their own room. */
static int operate(struct km_ctx *ctx, struct km_operate *arg, struct km_room *out,
		   struct km_room *made)
{
	int ret;

	for (;;) {
		arg->output = km_ptr(out->data);
		arg->output_len = (__u32)out->room;
		arg->out_params = km_ptr(made->data);
		arg->out_params_len = (__u32)made->room;
		ret = km_ctx_ioctl(ctx, km_ctx_fd(ctx), KM_IOC_OPERATE, arg);
		if (ret != -EMSGSIZE)
			return ret;
		if (arg->output_len <= out->room && arg->out_params_len <= made->room)
			return ret;
		if (arg->output_len > out->room && km_room_grow(out, arg->output_len))
			return ret;
		if (arg->out_params_len > made->room &&
		    km_room_grow(made, arg->out_params_len))
			return ret;
	}
}

static int operate_rooms(struct km_ctx *ctx, const struct km_operate_request *request,
			 struct km_operate *arg, struct km_buf *output)
{
	struct km_buf made = { 0 };
	struct km_room out_room, made_room;
	int ret;

	ret = km_room_init(&out_room, output, request->input.len + FINISH_SLACK);
	if (ret)
		return ret;
	ret = km_room_init(&made_room, &made, OUT_PARAMS_GUESS);
	if (ret)
		return km_room_done(&out_room, ret, 0);
	ret = operate(ctx, arg, &out_room, &made_room);
	km_room_done(&made_room, ret, arg->out_params_len);
	if (!ret && request->out_params)
		ret = km_params_parse(request->out_params, made.data, made.len, NULL);
	km_buf_free(&made);
	return km_room_done(&out_room, ret, arg->output_len);
}

LIBEXPORT int km_operate(struct km_ctx *ctx, const struct km_operate_request *request,
			 struct km_buf *output)
{
	struct km_operate arg = {
		.size = sizeof(arg),
		.purpose = request->purpose,
		.blob = km_ptr(request->key.blob),
		.blob_len = (__u32)request->key.len,
		.serial = request->key.len ? 0 : request->key.serial,
		.input = km_ptr(request->input.data),
		.input_len = (__u32)request->input.len,
		.signature = km_ptr(request->signature.data),
		.signature_len = (__u32)request->signature.len,
	};
	struct km_wire wire;
	int ret;

	if (request->out_params)
		*request->out_params = NULL;
	if (request->key.len > UINT32_MAX || request->input.len > KM_INPUT_MAX ||
	    request->signature.len > KM_SIGNATURE_MAX)
		return -EINVAL;
	ret = km_wire_init(&wire, request->params);
	if (!ret) {
		arg.params = km_ptr(wire.data);
		arg.params_len = (__u32)wire.len;
		ret = operate_rooms(ctx, request, &arg, output);
	}
	km_wire_release(&wire);
	return ret;
}
