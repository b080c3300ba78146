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
#include <linux/uaccess.h>
#include "compat.h"
#include "dev_call.h"
#include "dev_copy.h"
#include "operation.h"

/**
 * struct op_file - the file descriptor of an operation
 * @op: the operation; NULL if it could not begin: then nobody gets the file
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
	u8 wire[KM_PARAMS_ONE + 16];
	u32 len;
};

static void nonce_set_make(struct nonce_set *ns, const struct km_run *run)
{
	struct km_param p = { .tag = KM_TAG_NONCE };

	p.data = km_run_nonce(run, &p.len);
	ns->len = p.len ? km_params_write_one(ns->wire, &p) : 0;
}

/* A signature to check, with the data: needed by finish of VERIFY only. */
static int signature_get(struct km_bytes *sig, struct km_io *io, u64 from, u32 len)
{
	int ret;

	sig->len = 0;
	if (!len)
		return 0;
	ret = km_bytes_get(sig, from, len, KM_SIGNATURE_MAX);
	if (ret) {
		km_bytes_put(sig);
		return ret;
	}
	io->sig = sig->data;
	io->sig_len = sig->len;
	return 0;
}

static void take_args(struct km_op_call *oc, const struct km_params_in *params)
{
	oc->args = &params->args;
	oc->io.aad = params->args.aad;
	oc->io.aad_len = params->args.aad_len;
}

static int do_update(struct km_call *call)
{
	struct op_file *of = call->file->private_data;
	struct km_update *a = &call->arg.update;
	struct km_op_call oc = { .room = a->output_len };
	struct km_io_buffer *held;
	struct km_params_in params;
	struct km_data data;
	int ret;

	a->output_len = 0;
	held = km_io_buffer_hold(&of->buffer);
	ret = km_data_get(&data, held, &oc.io, a->input, a->input_len);
	if (ret)
		goto release;
	ret = km_params_get(call, &params, a->params, a->params_len);
	if (ret)
		goto put_data;
	take_args(&oc, &params);
	ret = km_report(call, km_op_update(of->op, &oc));
	if (ret == -EMSGSIZE)
		a->output_len = oc.needed;
	if (!ret) {
		/* The data is gone from the stream: going on would garble it. */
		call->fed = of->op;
		ret = km_data_out(&data, &oc.io, a->output, &a->output_len, oc.room);
	}
	km_params_put(&params);
put_data:
	km_data_put(&data);
release:
	km_io_buffer_release(held);
	return ret;
}

static int finish_with(struct km_call *call, struct km_op_call *oc)
{
	struct op_file *of = call->file->private_data;
	struct km_finish *a = &call->arg.finish;
	struct km_io_buffer *held = km_io_buffer_hold(&of->buffer);
	struct km_data data;
	int ret;

	ret = km_data_get(&data, held, &oc->io, a->input, a->input_len);
	if (ret)
		goto release;
	ret = km_report(call, km_op_finish(of->op, oc));
	if (ret == -EMSGSIZE)
		a->output_len = oc->needed;
	if (!ret)
		ret = km_data_out(&data, &oc->io, a->output, &a->output_len, oc->room);
	km_data_put(&data);
release:
	km_io_buffer_release(held);
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
	take_args(&oc, &params);
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

	if (of->op)
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

/*
 * Reserves number and file, which are installed, or given back, when the call has been
 * answered: nothing of it can fail after the operation has begun.
 */
static int op_file_make(struct km_call *call)
{
	struct op_file *of;
	int fd, ret;

	of = kzalloc(sizeof(*of), GFP_KERNEL_ACCOUNT);
	if (!of)
		return -ENOMEM;
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
	struct km_op_begin begin = {
		.purpose = a->purpose, .who = km_call_user(call), .user = km_call_user(call),
	};
	u32 room = a->out_params_len;
	struct km_params_in params;
	struct nonce_set ns;
	struct op_file *of;
	struct km_op *op;
	int ret, no_file;

	a->out_params_len = 0;
	a->handle = 0;
	a->fd = -1;
	if (a->reserved)
		return -EINVAL;
	ret = km_params_get(call, &params, a->params, a->params_len);
	if (ret)
		return ret;
	name.params = &params.set;
	begin.args = &params.args;
	ret = km_call_key(call, &name, &begin.key);
	if (ret)
		goto put_params;
	/* What is wrong with the request is told first, whether there is room for a file or not. */
	no_file = op_file_make(call);
	begin.look = no_file;
	ret = km_report(call, km_op_begin(&begin, &op));
	if (ret)
		goto put_params;
	if (no_file) {
		km_op_free(op);
		ret = no_file;
		goto put_params;
	}
	of = call->new_file->private_data;
	of->op = op;
	nonce_set_make(&ns, km_op_run(op));
	ret = km_bytes_out(a->out_params, &a->out_params_len, room, ns.wire, ns.len);
	if (!ret) {
		a->handle = km_op_handle(op);
		a->fd = call->new_fd;
	}
put_params:
	km_params_put(&params);
	return ret;
}

/**
 * struct operate - what OPERATE has on its stack
 * @held: the file's buffer, or NULL if another call has it
 * @params: the parameters
 * @run: the operation
 * @nonce: what to hand out
 * @sig: the signature to check
 * @data: the data
 * @room: bytes at the caller's @output
 * @params_room: bytes at the caller's @out_params
 *
 * Not zeroed, every member is filled in before its use: this is the call that
 * programs make for every message.
 */
struct operate {
	struct km_io_buffer *held;
	struct km_params_in params;
	struct km_run run;
	struct nonce_set nonce;
	struct km_bytes sig;
	struct km_data data;
	u32 room;
	u32 params_room;
};

/* There is room: nonce_fits. */
static int nonce_set_out(struct km_operate *a, const struct operate *o)
{
	void __user *to = u64_to_user_ptr(a->out_params);

	a->out_params_len = o->nonce.len;
	return km_copy_out(to, o->nonce.wire, sizeof(o->nonce.wire), o->nonce.len);
}

/* The data is there: process it, and hand out what came of it. */
static int operate_on(struct km_call *call, struct operate *o, struct km_op_call *oc)
{
	struct km_operate *a = &call->arg.operate;
	int ret;

	ret = km_report(call, km_run_oneshot(&o->run, oc));
	if (ret == -EMSGSIZE) {
		a->output_len = oc->needed;
		a->out_params_len = o->nonce.len;
	}
	if (!ret)
		ret = km_data_out(&o->data, &oc->io, a->output, &a->output_len, o->room);
	if (!ret && o->nonce.len)
		ret = nonce_set_out(a, o);
	/* What was encrypted in place is the caller's ciphertext: nothing to hide. */
	if (!ret && a->purpose == KM_PURPOSE_ENCRYPT)
		o->data.wipe = 0;
	return ret;
}

/* From a begun operation to its end. */
static int operate_data(struct km_call *call, struct operate *o)
{
	struct km_operate *a = &call->arg.operate;
	struct km_op_call oc __uninitialized;
	int ret;

	/* km_data_get() fills in the data. */
	oc.room = o->room;
	oc.io.sig = NULL;
	oc.io.sig_len = 0;
	oc.io.out = NULL;
	oc.io.out_len = 0;
	nonce_set_make(&o->nonce, &o->run);
	oc.nonce_fits = o->nonce.len <= o->params_room;
	take_args(&oc, &o->params);
	ret = signature_get(&o->sig, &oc.io, a->signature, a->signature_len);
	if (ret)
		return ret;
	ret = km_data_get(&o->data, o->held, &oc.io, a->input, a->input_len);
	if (!ret) {
		ret = operate_on(call, o, &oc);
		km_data_put(&o->data);
	}
	km_bytes_put(&o->sig);
	return ret;
}

/* The key, remembered from the last call if this call has the file's buffer. */
static int operate_key(struct km_call *call, const struct operate *o, struct km_key **key)
{
	struct km_dev_file *df = call->file->private_data;
	const struct km_operate *a = &call->arg.operate;
	const struct km_key_name name = {
		.blob = a->blob,
		.len = a->blob_len,
		.serial = a->serial,
		.params = &o->params.set,
		.memo = o->held ? &df->memo : NULL,
	};
	int ret = km_call_key(call, &name, key);

	if (name.memo && name.memo->key && !delayed_work_pending(&df->forget))
		schedule_delayed_work(&df->forget, KM_KEY_MEMO_TIME);
	return ret;
}

static int operate_with(struct km_call *call, struct operate *o)
{
	const struct km_dev_file *df = call->file->private_data;
	struct km_op_begin begin = {
		.purpose = call->arg.operate.purpose, .args = &o->params.args, .who = df->user,
	};
	int ret = operate_key(call, o, &begin.key);

	if (!ret)
		ret = km_report(call, km_run_begin(&o->run, &begin));
	if (ret)
		return ret;
	ret = operate_data(call, o);
	km_run_end(&o->run);
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
	struct km_dev_file *df = call->file->private_data;
	struct km_operate *a = &call->arg.operate;
	struct operate o __uninitialized;
	struct km_args_memo *memo;
	int ret;

	o.room = a->output_len;
	o.params_room = a->out_params_len;
	a->output_len = 0;
	a->out_params_len = 0;
	if (a->reserved || a->input_len > KM_INPUT_MAX || a->signature_len > KM_SIGNATURE_MAX)
		return -EINVAL;
	o.held = km_io_buffer_hold(&df->buffer);
	/* Opening a blob needs the set itself: APPLICATION_ID may be in it. */
	memo = o.held && !a->blob_len ? &df->args : NULL;
	ret = km_args_get(call, &o.params, memo, a->params, a->params_len);
	if (!ret) {
		ret = operate_with(call, &o);
		km_params_put(&o.params);
	}
	km_io_buffer_release(o.held);
	return ret;
}
