// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands on operations: begin, update, finish, abort, and all in one.
 * Inside the outermost layer: dispatched by dev.c, carried out by operation.c.
 *
 * An operation is a file descriptor: nobody can guess it, a crash closes it, and
 * it counts against the limit of open files as well as against our quota.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "dev_call.h"
#include "operation.h"

/**
 * struct op_file - the file descriptor of an operation
 * @op: the operation
 * @buffer: for UPDATE and FINISH
 */
struct op_file {
	struct km_op *op;
	struct km_io_buffer buffer;
};

/**
 * struct nonce_set - the out parameters of begin, ready to copy
 * @wire: an authorization set with NONCE
 * @len: its length; 0: there is no nonce to hand out
 */
struct nonce_set {
	u8 wire[KM_PARAMS_HEADER + 12 + 16];
	u32 len;
};

static void nonce_set_make(struct nonce_set *ns, const struct km_op *op)
{
	u8 room[12 + 16];
	struct km_params_buf buf = {
		.elements = room, .elements_max = 12, .indirect = room + 12, .indirect_max = 16,
	};
	const u8 *nonce;
	u32 len;

	nonce = km_op_nonce(op, &len);
	ns->len = 0;
	if (!len)
		return;
	km_params_add_bytes(&buf, KM_TAG_NONCE, nonce, len);
	km_params_write(&buf, ns->wire);
	ns->len = km_params_wire_len(&buf);
}

/* A signature to check, with the data: needed by finish of VERIFY only. */
static int signature_get(struct km_bytes *sig, struct km_io *io, u64 from, u32 len)
{
	int ret = km_bytes_get(sig, from, len, KM_SIGNATURE_MAX);

	if (ret) {
		km_bytes_put(sig);
		return ret;
	}
	io->sig = sig->data;
	io->sig_len = sig->len;
	return 0;
}

static int do_update(struct km_call *call)
{
	struct op_file *of = call->file->private_data;
	struct km_update *a = &call->arg.update;
	struct km_op_call oc = { .room = a->output_len };
	struct km_params_in params;
	struct km_data data;
	int ret;

	a->output_len = 0;
	ret = km_data_get(&data, &of->buffer, &oc.io, a->input, a->input_len);
	if (ret)
		return ret;
	ret = km_params_get(call, &params, a->params, a->params_len);
	if (ret)
		goto put_data;
	oc.params = &params.set;
	ret = km_report(call, km_op_update(of->op, &oc));
	if (ret == -EMSGSIZE)
		a->output_len = oc.needed;
	if (!ret) {
		ret = km_bytes_out(a->output, &a->output_len, oc.room, oc.io.out, oc.io.out_len);
		/* The data is gone from the stream: going on would garble it. */
		if (ret)
			km_op_abort(of->op);
	}
	km_params_put(&params);
put_data:
	km_data_put(&data);
	return ret;
}

static int finish_with(struct km_call *call, struct km_op_call *oc)
{
	struct op_file *of = call->file->private_data;
	struct km_finish *a = &call->arg.finish;
	struct km_data data;
	int ret;

	ret = km_data_get(&data, &of->buffer, &oc->io, a->input, a->input_len);
	if (ret)
		return ret;
	ret = km_report(call, km_op_finish(of->op, oc));
	if (ret == -EMSGSIZE)
		a->output_len = oc->needed;
	if (!ret)
		ret = km_bytes_out(a->output, &a->output_len, oc->room, oc->io.out, oc->io.out_len);
	km_data_put(&data);
	return ret;
}

static int do_finish(struct km_call *call)
{
	struct km_finish *a = &call->arg.finish;
	struct km_op_call oc = { .room = a->output_len };
	struct km_params_in params;
	struct km_bytes sig;
	int ret;

	a->output_len = 0;
	if (a->reserved)
		return -EINVAL;
	ret = km_params_get(call, &params, a->params, a->params_len);
	if (ret)
		return ret;
	oc.params = &params.set;
	ret = signature_get(&sig, &oc.io, a->signature, a->signature_len);
	if (!ret) {
		ret = finish_with(call, &oc);
		km_bytes_put(&sig);
	}
	km_params_put(&params);
	return ret;
}

static int do_abort(struct km_call *call)
{
	struct op_file *of = call->file->private_data;

	if (call->arg.abort.reserved)
		return -EINVAL;
	return km_report(call, km_op_abort(of->op));
}

static const struct km_command op_commands[] = {
	KM_COMMAND(KM_IOC_UPDATE, km_update, output_len, do_update),
	KM_COMMAND(KM_IOC_FINISH, km_finish, reserved, do_finish),
	KM_COMMAND(KM_IOC_ABORT, km_abort, reserved, do_abort),
};

static long op_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return km_dispatch(op_commands, ARRAY_SIZE(op_commands), file, cmd, arg);
}

static int op_release(struct inode *inode, struct file *file)
{
	struct op_file *of = file->private_data;

	km_op_free(of->op);
	km_io_buffer_free(&of->buffer);
	kfree(of);
	return 0;
}

static const struct file_operations op_fops = {
	.owner = THIS_MODULE,
	.release = op_release,
	.unlocked_ioctl = op_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

/* Reserves number and file; installed by dispatch() when nothing can fail any more. */
static int op_file_make(struct km_call *call, struct km_op *op)
{
	struct op_file *of;
	int fd, ret;

	of = kzalloc(sizeof(*of), GFP_KERNEL_ACCOUNT);
	if (!of)
		return -ENOMEM;
	of->op = op;
	mutex_init(&of->buffer.lock);
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		ret = fd;
		goto err_free;
	}
	call->new_file = anon_inode_getfile("[keymaster]", &op_fops, of, O_RDWR);
	if (IS_ERR(call->new_file)) {
		ret = PTR_ERR(call->new_file);
		call->new_file = NULL;
		goto err_fd;
	}
	call->new_fd = fd;
	return 0;

err_fd:
	put_unused_fd(fd);
err_free:
	kfree(of);
	return ret;
}

/**
 * km_do_begin() - KM_IOC_BEGIN
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_begin(struct km_call *call)
{
	struct km_begin *a = &call->arg.begin;
	struct km_key_name name = { .blob = a->blob, .len = a->blob_len, .serial = a->serial };
	struct km_op_begin begin = { .purpose = a->purpose, .user = km_call_user(call) };
	u32 room = a->out_params_len;
	struct km_params_in params;
	struct km_op *op = NULL;
	struct nonce_set ns;
	int ret;

	a->out_params_len = 0;
	a->handle = 0;
	a->fd = -1;
	if (a->reserved)
		return -EINVAL;
	ret = km_params_get(call, &params, a->params, a->params_len);
	if (ret)
		return ret;
	name.params = &params.set;
	begin.params = &params.set;
	ret = km_call_key(call, &name, &begin.key);
	if (ret)
		goto put_params;
	ret = km_report(call, km_op_begin(&begin, &op));
	km_key_put(begin.key);
	if (!ret) {
		nonce_set_make(&ns, op);
		ret = km_bytes_out(a->out_params, &a->out_params_len, room, ns.wire, ns.len);
	}
	if (!ret)
		ret = op_file_make(call, op);
	if (!ret) {
		a->handle = km_op_handle(op);
		a->fd = call->new_fd;
	} else if (op) {
		km_op_free(op);
	}
put_params:
	km_params_put(&params);
	return ret;
}

/**
 * struct rooms - room for output, before the members are used for answers
 * @output: bytes at @output
 * @params: bytes at @out_params
 */
struct rooms {
	u32 output;
	u32 params;
};

/* From a begun operation to its end; the file's buffer if it is free. */
static int run_operate(struct km_call *call, struct km_op *op, const struct km_params *params,
		       const struct rooms *room)
{
	struct km_dev_file *df = call->file->private_data;
	struct km_operate *a = &call->arg.operate;
	struct km_op_call oc = { .params = params, .room = room->output };
	struct nonce_set ns;
	struct km_bytes sig;
	struct km_data data;
	int ret;

	nonce_set_make(&ns, op);
	oc.nonce_fits = ns.len <= room->params;
	ret = signature_get(&sig, &oc.io, a->signature, a->signature_len);
	if (ret)
		return ret;
	ret = km_data_get(&data, &df->buffer, &oc.io, a->input, a->input_len);
	if (ret)
		goto put_sig;
	ret = km_report(call, km_op_oneshot(op, &oc));
	if (ret == -EMSGSIZE) {
		a->output_len = oc.needed;
		a->out_params_len = ns.len;
	}
	if (!ret)
		ret = km_bytes_out(a->output, &a->output_len, oc.room, oc.io.out, oc.io.out_len);
	if (!ret)
		ret = km_bytes_out(a->out_params, &a->out_params_len, room->params, ns.wire,
				   ns.len);
	/* What was encrypted in place is the caller's ciphertext: nothing to hide. */
	if (!ret && a->purpose == KM_PURPOSE_ENCRYPT)
		data.wipe = 0;
	km_data_put(&data);
put_sig:
	km_bytes_put(&sig);
	return ret;
}

/**
 * km_do_operate() - KM_IOC_OPERATE
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_operate(struct km_call *call)
{
	struct km_operate *a = &call->arg.operate;
	struct km_key_name name = { .blob = a->blob, .len = a->blob_len, .serial = a->serial };
	const struct rooms room = { .output = a->output_len, .params = a->out_params_len };
	struct km_op_begin begin = { .purpose = a->purpose };
	struct km_params_in params;
	struct km_op *op;
	int ret;

	a->output_len = 0;
	a->out_params_len = 0;
	if (a->reserved || a->input_len > KM_INPUT_MAX || a->signature_len > KM_SIGNATURE_MAX)
		return -EINVAL;
	ret = km_params_get(call, &params, a->params, a->params_len);
	if (ret)
		return ret;
	name.params = &params.set;
	begin.params = &params.set;
	ret = km_call_key(call, &name, &begin.key);
	if (ret)
		goto put_params;
	ret = km_report(call, km_op_begin(&begin, &op));
	km_key_put(begin.key);
	if (!ret) {
		ret = run_operate(call, op, &params.set, &room);
		km_op_free(op);
	}
put_params:
	km_params_put(&params);
	return ret;
}
