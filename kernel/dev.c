// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/keymaster: the command table, and the only file that touches user memory.
 * Outermost layer: copies in, calls key.c, operation.c and root.c, copies out.
 *
 * A command never looks at user memory twice: structure, sets, blob and data
 * are copied before anything is decided, so nobody can change them in between.
 */
#include <linux/anon_inodes.h>
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "blob.h"
#include "dev.h"
#include "errno.h"
#include "keytype.h"
#include "operation.h"
#include "quota.h"
#include "root.h"

/*
 * A buffer of up to this size stays with its file and is used again: making
 * one for each call costs a fifth of a 16 KiB encryption (design.md 10).
 */
#define KEPT_BUFFER	(64 * 1024)

/**
 * struct io_buffer - where data of a file's commands lies
 * @lock: held while @data is in use; a second thread makes its own
 * @data: the buffer, NULL before the first use
 * @size: its size
 */
struct io_buffer {
	struct mutex lock;
	u8 *data;
	size_t size;
};

/**
 * struct dev_file - an open /dev/keymaster
 * @user: who opened it: owner of keys and quotas
 * @buffer: for OPERATE
 */
struct dev_file {
	struct km_user *user;
	struct io_buffer buffer;
};

/**
 * struct op_file - the file descriptor of an operation
 * @op: the operation
 * @buffer: for UPDATE and FINISH
 */
struct op_file {
	struct km_op *op;
	struct io_buffer buffer;
};

/* The first members of every argument structure. */
struct header {
	__u32 size;
	__u32 flags;
	__s32 error;
};

/**
 * struct call - one command on its way
 * @file: the file it came through
 * @arg: its argument
 * @error: Keymaster code to report
 * @new_file: BEGIN: a file to install when everything has been written
 * @new_fd: BEGIN: its number
 */
struct call {
	struct file *file;
	union {
		struct header header;
		struct km_info info;
		struct km_load_root_key root;
		struct km_generate_key generate;
		struct km_import_key import;
		struct km_export_key export;
		struct km_get_characteristics characteristics;
		struct km_delete_key delete;
		struct km_begin begin;
		struct km_operate operate;
		struct km_update update;
		struct km_finish finish;
		struct km_abort abort;
	} arg;
	enum km_error error;
	struct file *new_file;
	int new_fd;
};

/* A Keymaster code ends a command: note it, and fail with the errno of its class. */
static int report(struct call *call, enum km_error err)
{
	/* Too little room is a mistake of the call, not a refusal. */
	if (err == KM_ERROR_INSUFFICIENT_BUFFER_SPACE)
		return -EMSGSIZE;
	call->error = err;
	return km_errno(err);
}

/**
 * struct bytes - bytes copied from the caller
 * @data: the copy
 * @len: its length
 * @few: where a short one lies
 */
struct bytes {
	u8 *data;
	size_t len;
	u8 few[128];
};

static int bytes_get(struct bytes *b, u64 from, u32 len, u32 max)
{
	b->data = b->few;
	b->len = 0;
	if (len > max)
		return -EINVAL;
	if (len > sizeof(b->few)) {
		b->data = kvmalloc(len, GFP_KERNEL_ACCOUNT);
		if (!b->data) {
			b->data = b->few;
			return -ENOMEM;
		}
	}
	b->len = len;
	return copy_from_user(b->data, u64_to_user_ptr(from), len) ? -EFAULT : 0;
}

/* Application ids, key material, tokens: everything is wiped. */
static void bytes_put(struct bytes *b)
{
	if (b->data == b->few)
		memzero_explicit(b->few, b->len);
	else
		kvfree_sensitive(b->data, b->len);
}

static int bytes_out(u64 to, u32 *len, u32 room, const void *data, size_t n)
{
	*len = n;
	if (n > room)
		return -EMSGSIZE;
	return copy_to_user(u64_to_user_ptr(to), data, n) ? -EFAULT : 0;
}

/**
 * struct params_in - an authorization set copied from the caller
 * @bytes: its wire form
 * @set: the view
 */
struct params_in {
	struct bytes bytes;
	struct km_params set;
};

static int params_get(struct call *call, struct params_in *p, u64 from, u32 len)
{
	int ret = bytes_get(&p->bytes, from, len, KM_PARAMS_MAX);

	if (!ret && km_params_parse(&p->set, p->bytes.data, len, NULL))
		ret = report(call, KM_ERROR_INVALID_ARGUMENT);
	if (ret)
		bytes_put(&p->bytes);
	return ret;
}

static void params_put(struct params_in *p)
{
	bytes_put(&p->bytes);
}

/**
 * struct key_name - how a command names its key
 * @blob: user pointer
 * @len: bytes there, 0: by serial
 * @serial: serial number
 * @params: APPLICATION_ID and APPLICATION_DATA
 */
struct key_name {
	u64 blob;
	u32 len;
	s32 serial;
	const struct km_params *params;
};

static struct km_user *user_of(const struct call *call)
{
	const struct dev_file *df = call->file->private_data;

	return df->user;
}

static int named_key(struct call *call, const struct key_name *name, struct km_key **key)
{
	struct km_key_open open = { .params = name->params, .owner = km_user_uid(user_of(call)) };
	struct bytes blob;
	int ret;

	if (!name->len && name->serial)
		return km_keytype_find(name->serial, key);
	if (name->serial)
		return -EINVAL;
	if (!name->len)
		return report(call, KM_ERROR_INVALID_KEY_BLOB);
	ret = bytes_get(&blob, name->blob, name->len, KM_BLOB_MAX);
	if (!ret) {
		open.blob = blob.data;
		open.len = blob.len;
		ret = report(call, km_key_open(&open, key));
	}
	bytes_put(&blob);
	return ret;
}

static int do_get_info(struct call *call)
{
	struct km_info *info = &call->arg.info;
	struct km_user *user = user_of(call);

	info->abi_level = KM_ABI_LEVEL;
	info->features = KM_FEATURE_AES | KM_FEATURE_HMAC | KM_FEATURE_EC_P256 |
			 KM_FEATURE_KEY_TYPE;
	info->errata = 0;
	info->input_max = KM_INPUT_MAX;
	info->params_max = KM_PARAMS_MAX;
	info->blob_max = KM_BLOB_MAX;
	info->operations_max = km_user_ops_max();
	info->operations = km_user_ops(user);
	info->root_source = km_root_source();
	km_root_check(info->root_check);
	return 0;
}

/*
 * Both who calls and who opened the file: neither may an unprivileged program
 * hand its file to a privileged one that writes to it, nor the reverse.
 */
static bool is_admin(const struct call *call)
{
	return file_ns_capable(call->file, &init_user_ns, CAP_SYS_ADMIN) &&
	       capable(CAP_SYS_ADMIN);
}

static int do_load_root_key(struct call *call)
{
	struct km_load_root_key *a = &call->arg.root;
	struct km_root_request req = { .source = a->source, .serial = a->serial };
	struct bytes key;
	int ret;

	memset(a->root_check, 0, sizeof(a->root_check));
	if (!is_admin(call))
		return -EPERM;
	if (!a->key_len && a->key)
		return -EINVAL;
	ret = bytes_get(&key, a->key, a->key_len, KM_ROOT_KEY_SIZE);
	if (!ret) {
		req.key = key.data;
		req.key_len = key.len;
		ret = km_root_load(&req, &call->error);
	}
	bytes_put(&key);
	if (!ret)
		km_root_check(a->root_check);
	return ret;
}

static int format_of(u32 abi_format, u8 *format)
{
	switch (abi_format) {
	case KM_BLOB_DEFAULT:
		*format = KM_FORMAT_GCM_VERSIONED;
		return 0;
	case KM_BLOB_OCB:
		*format = KM_FORMAT_OCB;
		return 0;
	default:
		return -EINVAL;
	}
}

/**
 * struct make_io - what GENERATE_KEY and IMPORT_KEY have in common
 * @format: KM_BLOB_*
 * @params: user pointer
 * @params_len: bytes there
 * @blob: user pointer
 * @blob_len: [in] room, [out] bytes
 * @import: material, or NULL
 */
struct make_io {
	u32 format;
	u64 params;
	u32 params_len;
	u64 blob;
	u32 *blob_len;
	const struct km_import *import;
};

static int make_key(struct call *call, const struct make_io *io)
{
	struct km_key_make make = {
		.owner = km_user_uid(user_of(call)), .import = io->import,
	};
	u32 room = *io->blob_len;
	struct params_in params;
	int ret;

	*io->blob_len = 0;
	ret = format_of(io->format, &make.format);
	if (ret)
		return ret;
	ret = params_get(call, &params, io->params, io->params_len);
	if (ret)
		return ret;
	make.params = &params.set;
	ret = report(call, km_key_make(&make));
	params_put(&params);
	if (!ret)
		ret = bytes_out(io->blob, io->blob_len, room, make.blob, make.blob_len);
	kvfree(make.blob);
	return ret;
}

static int do_generate_key(struct call *call)
{
	struct km_generate_key *a = &call->arg.generate;
	const struct make_io io = {
		.format = a->format, .params = a->params, .params_len = a->params_len,
		.blob = a->blob, .blob_len = &a->blob_len,
	};

	return make_key(call, &io);
}

static int do_import_key(struct call *call)
{
	struct km_import_key *a = &call->arg.import;
	struct km_import import = { .key_format = a->key_format };
	const struct make_io io = {
		.format = a->format, .params = a->params, .params_len = a->params_len,
		.blob = a->blob, .blob_len = &a->blob_len, .import = &import,
	};
	struct bytes data;
	int ret;

	ret = bytes_get(&data, a->data, a->data_len, KM_IMPORT_MAX);
	if (!ret) {
		import.data = data.data;
		import.len = data.len;
		ret = make_key(call, &io);
	} else {
		a->blob_len = 0;
	}
	bytes_put(&data);
	return ret;
}

/* The key of a command that takes nothing else: export, characteristics. */
static int key_with_params(struct call *call, struct key_name *name, u64 from, u32 len,
			   struct km_key **key)
{
	struct params_in params;
	int ret = params_get(call, &params, from, len);

	if (ret)
		return ret;
	name->params = &params.set;
	ret = named_key(call, name, key);
	name->params = NULL;
	params_put(&params);
	return ret;
}

static int do_export_key(struct call *call)
{
	struct km_export_key *a = &call->arg.export;
	struct key_name name = { .blob = a->blob, .len = a->blob_len, .serial = a->serial };
	u32 room = a->data_len;
	size_t len = KM_EXPORT_MAX;
	struct km_key *key;
	u8 *out;
	int ret;

	a->data_len = 0;
	ret = key_with_params(call, &name, a->params, a->params_len, &key);
	if (ret)
		return ret;
	out = kmalloc(KM_EXPORT_MAX, GFP_KERNEL_ACCOUNT);
	if (!out)
		ret = -ENOMEM;
	if (!ret)
		ret = report(call, km_key_export(key, a->key_format, out, &len));
	if (!ret)
		ret = bytes_out(a->data, &a->data_len, room, out, len);
	kfree(out);
	km_key_put(key);
	return ret;
}

static int do_get_characteristics(struct call *call)
{
	struct km_get_characteristics *a = &call->arg.characteristics;
	struct key_name name = { .blob = a->blob, .len = a->blob_len, .serial = a->serial };
	u32 enforced_room = a->enforced_len, unenforced_room = a->unenforced_len;
	const struct km_params *enforced, *unenforced;
	struct km_key *key;
	int ret;

	a->enforced_len = 0;
	a->unenforced_len = 0;
	ret = key_with_params(call, &name, a->params, a->params_len, &key);
	if (ret)
		return ret;
	enforced = &key->policy.enforced;
	unenforced = &key->policy.unenforced;
	a->enforced_len = enforced->wire_len;
	a->unenforced_len = unenforced->wire_len;
	/* Both or neither: a caller who sizes his buffers asks once. */
	if (enforced->wire_len > enforced_room || unenforced->wire_len > unenforced_room)
		ret = -EMSGSIZE;
	else if (copy_to_user(u64_to_user_ptr(a->enforced), enforced->wire, enforced->wire_len) ||
		 copy_to_user(u64_to_user_ptr(a->unenforced), unenforced->wire,
			      unenforced->wire_len))
		ret = -EFAULT;
	km_key_put(key);
	return ret;
}

static int do_delete_key(struct call *call)
{
	struct km_delete_key *a = &call->arg.delete;
	struct bytes blob;
	int ret;

	/* Read, so that a bad pointer shows today and not when slots come. */
	ret = bytes_get(&blob, a->blob, a->blob_len, KM_BLOB_MAX);
	bytes_put(&blob);
	return ret;
}

/**
 * struct data - input and output of a command on data
 * @owner: the file's buffer when it is used, else NULL
 * @base: the whole buffer
 * @size: its size
 * @wipe: bytes of it that may hold something
 */
struct data {
	struct io_buffer *owner;
	u8 *base;
	size_t size;
	size_t wipe;
};

static int buffer_take(struct data *d, struct io_buffer *own, size_t size)
{
	if (size <= KEPT_BUFFER && mutex_trylock(&own->lock)) {
		if (own->size < size) {
			size_t grown = roundup_pow_of_two(size);
			u8 *data = kvmalloc(grown, GFP_KERNEL_ACCOUNT);

			if (!data) {
				mutex_unlock(&own->lock);
				return -ENOMEM;
			}
			/* Wiped when it was last given back. */
			kvfree(own->data);
			own->data = data;
			own->size = grown;
		}
		d->owner = own;
		d->base = own->data;
		return 0;
	}
	d->owner = NULL;
	d->base = kvmalloc(size, GFP_KERNEL_ACCOUNT);
	return d->base ? 0 : -ENOMEM;
}

static void data_put(struct data *d)
{
	memzero_explicit(d->base, d->wipe);
	if (d->owner)
		mutex_unlock(&d->owner->lock);
	else
		kvfree(d->base);
}

static int data_get(struct data *d, struct io_buffer *own, struct km_io *io, u64 from, u32 len)
{
	int ret;

	if (len > KM_INPUT_MAX)
		return -EINVAL;
	d->size = (size_t)KM_IO_HEAD + len + KM_IO_TAIL;
	ret = buffer_take(d, own, d->size);
	if (ret)
		return ret;
	io->data = d->base + KM_IO_HEAD;
	io->len = len;
	/* Held-back bytes before, a tag or signature behind. */
	d->wipe = KM_IO_HEAD + len + 128;
	if (copy_from_user(io->data, u64_to_user_ptr(from), len)) {
		data_put(d);
		return -EFAULT;
	}
	return 0;
}

/* A signature to check, with the data: needed by finish of VERIFY only. */
static int signature_get(struct bytes *sig, struct km_io *io, u64 from, u32 len)
{
	int ret = bytes_get(sig, from, len, KM_SIGNATURE_MAX);

	if (ret) {
		bytes_put(sig);
		return ret;
	}
	io->sig = sig->data;
	io->sig_len = sig->len;
	return 0;
}

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

static int op_release(struct inode *inode, struct file *file);
static long op_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

static const struct file_operations op_fops = {
	.owner = THIS_MODULE,
	.release = op_release,
	.unlocked_ioctl = op_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

/* Reserves number and file; installed by dispatch() when nothing can fail any more. */
static int op_file_make(struct call *call, struct km_op *op)
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

static int do_begin(struct call *call)
{
	struct km_begin *a = &call->arg.begin;
	struct key_name name = { .blob = a->blob, .len = a->blob_len, .serial = a->serial };
	struct km_op_begin begin = { .purpose = a->purpose, .user = user_of(call) };
	u32 room = a->out_params_len;
	struct params_in params;
	struct km_op *op = NULL;
	struct nonce_set ns;
	int ret;

	a->out_params_len = 0;
	a->handle = 0;
	a->fd = -1;
	if (a->reserved)
		return -EINVAL;
	ret = params_get(call, &params, a->params, a->params_len);
	if (ret)
		return ret;
	name.params = &params.set;
	begin.params = &params.set;
	ret = named_key(call, &name, &begin.key);
	if (ret)
		goto put_params;
	ret = report(call, km_op_begin(&begin, &op));
	km_key_put(begin.key);
	if (!ret) {
		nonce_set_make(&ns, op);
		ret = bytes_out(a->out_params, &a->out_params_len, room, ns.wire, ns.len);
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
	params_put(&params);
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
static int run_operate(struct call *call, struct km_op *op, const struct km_params *params,
		       const struct rooms *room)
{
	struct dev_file *df = call->file->private_data;
	struct km_operate *a = &call->arg.operate;
	struct km_op_call oc = { .params = params, .room = room->output };
	struct nonce_set ns;
	struct bytes sig;
	struct data data;
	int ret;

	nonce_set_make(&ns, op);
	if (ns.len > room->params) {
		a->out_params_len = ns.len;
		return -EMSGSIZE;
	}
	ret = signature_get(&sig, &oc.io, a->signature, a->signature_len);
	if (ret)
		return ret;
	ret = data_get(&data, &df->buffer, &oc.io, a->input, a->input_len);
	if (ret)
		goto put_sig;
	ret = report(call, km_op_oneshot(op, &oc));
	if (ret == -EMSGSIZE)
		a->output_len = oc.needed;
	if (!ret)
		ret = bytes_out(a->output, &a->output_len, oc.room, oc.io.out, oc.io.out_len);
	if (!ret)
		ret = bytes_out(a->out_params, &a->out_params_len, room->params, ns.wire, ns.len);
	/* What was encrypted in place is the caller's ciphertext: nothing to hide. */
	if (!ret && a->purpose == KM_PURPOSE_ENCRYPT)
		data.wipe = 0;
	data_put(&data);
put_sig:
	bytes_put(&sig);
	return ret;
}

static int do_operate(struct call *call)
{
	struct km_operate *a = &call->arg.operate;
	struct key_name name = { .blob = a->blob, .len = a->blob_len, .serial = a->serial };
	const struct rooms room = { .output = a->output_len, .params = a->out_params_len };
	struct km_op_begin begin = { .purpose = a->purpose };
	struct params_in params;
	struct km_op *op;
	int ret;

	a->output_len = 0;
	a->out_params_len = 0;
	if (a->reserved || a->input_len > KM_INPUT_MAX || a->signature_len > KM_SIGNATURE_MAX)
		return -EINVAL;
	ret = params_get(call, &params, a->params, a->params_len);
	if (ret)
		return ret;
	name.params = &params.set;
	begin.params = &params.set;
	ret = named_key(call, &name, &begin.key);
	if (ret)
		goto put_params;
	ret = report(call, km_op_begin(&begin, &op));
	km_key_put(begin.key);
	if (!ret) {
		ret = run_operate(call, op, &params.set, &room);
		km_op_free(op);
	}
put_params:
	params_put(&params);
	return ret;
}

static int do_update(struct call *call)
{
	struct op_file *of = call->file->private_data;
	struct km_update *a = &call->arg.update;
	struct km_op_call oc = { .room = a->output_len };
	struct params_in params;
	struct data data;
	int ret;

	a->output_len = 0;
	ret = data_get(&data, &of->buffer, &oc.io, a->input, a->input_len);
	if (ret)
		return ret;
	ret = params_get(call, &params, a->params, a->params_len);
	if (ret)
		goto put_data;
	oc.params = &params.set;
	ret = report(call, km_op_update(of->op, &oc));
	if (ret == -EMSGSIZE)
		a->output_len = oc.needed;
	if (!ret) {
		ret = bytes_out(a->output, &a->output_len, oc.room, oc.io.out, oc.io.out_len);
		/* The data is gone from the stream: going on would garble it. */
		if (ret)
			km_op_abort(of->op);
	}
	params_put(&params);
put_data:
	data_put(&data);
	return ret;
}

static int finish_with(struct call *call, struct km_op_call *oc)
{
	struct op_file *of = call->file->private_data;
	struct km_finish *a = &call->arg.finish;
	struct data data;
	int ret;

	ret = data_get(&data, &of->buffer, &oc->io, a->input, a->input_len);
	if (ret)
		return ret;
	ret = report(call, km_op_finish(of->op, oc));
	if (ret == -EMSGSIZE)
		a->output_len = oc->needed;
	if (!ret)
		ret = bytes_out(a->output, &a->output_len, oc->room, oc->io.out, oc->io.out_len);
	data_put(&data);
	return ret;
}

static int do_finish(struct call *call)
{
	struct km_finish *a = &call->arg.finish;
	struct km_op_call oc = { .room = a->output_len };
	struct params_in params;
	struct bytes sig;
	int ret;

	a->output_len = 0;
	if (a->reserved)
		return -EINVAL;
	ret = params_get(call, &params, a->params, a->params_len);
	if (ret)
		return ret;
	oc.params = &params.set;
	ret = signature_get(&sig, &oc.io, a->signature, a->signature_len);
	if (!ret) {
		ret = finish_with(call, &oc);
		bytes_put(&sig);
	}
	params_put(&params);
	return ret;
}

static int do_abort(struct call *call)
{
	struct op_file *of = call->file->private_data;

	if (call->arg.abort.reserved)
		return -EINVAL;
	return report(call, km_op_abort(of->op));
}

/**
 * struct command - one row of a command table
 * @cmd: KM_IOC_*
 * @min_size: size of the structure's first version
 * @size: size of the version that this kernel knows
 * @run: does it: 0 or a negative errno, call->error for a Keymaster code
 */
struct command {
	unsigned int cmd;
	u32 min_size;
	u32 size;
	int (*run)(struct call *call);
};

/* @last is the last member of the first version of the structure. */
#define COMMAND(nr, name, last, fn) \
	{ nr, offsetofend(struct name, last), sizeof(struct name), fn }

static const struct command dev_commands[] = {
	COMMAND(KM_IOC_OPERATE, km_operate, reserved, do_operate),
	COMMAND(KM_IOC_BEGIN, km_begin, reserved, do_begin),
	COMMAND(KM_IOC_GENERATE_KEY, km_generate_key, blob_len, do_generate_key),
	COMMAND(KM_IOC_IMPORT_KEY, km_import_key, key_format, do_import_key),
	COMMAND(KM_IOC_EXPORT_KEY, km_export_key, data_len, do_export_key),
	COMMAND(KM_IOC_GET_INFO, km_info, root_check, do_get_info),
	COMMAND(KM_IOC_GET_KEY_CHARACTERISTICS, km_get_characteristics, unenforced_len,
		do_get_characteristics),
	COMMAND(KM_IOC_DELETE_KEY, km_delete_key, blob, do_delete_key),
	COMMAND(KM_IOC_LOAD_ROOT_KEY, km_load_root_key, root_check, do_load_root_key),
};

static const struct command op_commands[] = {
	COMMAND(KM_IOC_UPDATE, km_update, output_len, do_update),
	COMMAND(KM_IOC_FINISH, km_finish, reserved, do_finish),
	COMMAND(KM_IOC_ABORT, km_abort, reserved, do_abort),
};

/* Answers go back whatever happened; a file that nobody learnt of is closed. */
static int answer(struct call *call, void __user *uarg, size_t size, int ret)
{
	call->arg.header.error = call->error;
	if (copy_to_user(uarg, &call->arg, size))
		ret = -EFAULT;
	if (!call->new_file)
		return ret;
	if (ret) {
		put_unused_fd(call->new_fd);
		fput(call->new_file);
	} else {
		fd_install(call->new_fd, call->new_file);
	}
	return ret;
}

static int dispatch(const struct command *c, struct file *file, void __user *uarg)
{
	struct call call = { .file = file };
	u32 size;
	int ret;

	if (get_user(size, (u32 __user *)uarg))
		return -EFAULT;
	if (size < c->min_size)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	ret = copy_struct_from_user(&call.arg, c->size, uarg, size);
	if (ret)
		return ret;
	/* As it was when it was looked at, whatever it is by now. */
	call.arg.header.size = size;
	ret = call.arg.header.flags ? -EINVAL : c->run(&call);
	return answer(&call, uarg, min(size, c->size), ret);
}

static long dev_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(dev_commands); i++)
		if (dev_commands[i].cmd == cmd)
			return dispatch(&dev_commands[i], file, (void __user *)arg);
	return -ENOTTY;
}

static long op_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(op_commands); i++)
		if (op_commands[i].cmd == cmd)
			return dispatch(&op_commands[i], file, (void __user *)arg);
	return -ENOTTY;
}

static int op_release(struct inode *inode, struct file *file)
{
	struct op_file *of = file->private_data;

	km_op_free(of->op);
	kvfree(of->buffer.data);
	kfree(of);
	return 0;
}

static int dev_open(struct inode *inode, struct file *file)
{
	struct dev_file *df = kzalloc(sizeof(*df), GFP_KERNEL_ACCOUNT);

	if (!df)
		return -ENOMEM;
	df->user = km_user_get(file->f_cred->euid);
	if (!df->user) {
		kfree(df);
		return -ENOMEM;
	}
	mutex_init(&df->buffer.lock);
	file->private_data = df;
	return 0;
}

static int dev_release(struct inode *inode, struct file *file)
{
	struct dev_file *df = file->private_data;

	kvfree(df->buffer.data);
	km_user_put(df->user);
	kfree(df);
	return 0;
}

static const struct file_operations dev_fops = {
	.owner = THIS_MODULE,
	.open = dev_open,
	.release = dev_release,
	.unlocked_ioctl = dev_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "keymaster",
	.fops = &dev_fops,
	.mode = 0666,
};

/**
 * km_dev_init() - make the node appear
 *
 * Return: 0 or a negative errno.
 */
int km_dev_init(void)
{
	return misc_register(&dev);
}

/**
 * km_dev_exit() - make the node go
 */
void km_dev_exit(void)
{
	misc_deregister(&dev);
}
