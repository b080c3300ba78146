// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copies of user memory for the commands of /dev/keymaster, and their buffers.
 * Inside the outermost layer: only the files dev*.c touch user memory.
 *
 * A command never looks at user memory twice: structure, sets, blob and data
 * are copied before anything is decided, so nobody can change them in between.
 */
#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "dev_call.h"
#include "dev_copy.h"
#include "errors.h"
#include "keytype.h"
#include "quota.h"

/**
 * km_report() - end a command with a Keymaster code
 * @call: the call; notes the code
 * @err: the code
 *
 * Return: the errno of its class.
 */
int km_report(struct km_call *call, enum km_error err)
{
	if (!err)
		return 0;
	/* Too little room is a mistake of the call, not a refusal. */
	if (err == KM_ERROR_INSUFFICIENT_BUFFER_SPACE)
		return -EMSGSIZE;
	call->error = err;
	return km_errno(err);
}

/* Inline for the parameters of every operation. */
static __always_inline int bytes_get(struct km_bytes *b, u64 from, u32 len, u32 max)
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
	if (!len)
		return 0;
	b->len = len;
	if (b->data != b->few)
		return copy_from_user(b->data, u64_to_user_ptr(from), len) ? -EFAULT : 0;
	return km_copy_in(b->few, sizeof(b->few), u64_to_user_ptr(from), len);
}

/**
 * km_bytes_get() - copy bytes from the caller
 * @b: [out] the copy; km_bytes_put() it even after a failure
 * @from: user pointer
 * @len: bytes there
 * @max: most that are accepted
 *
 * Return: 0 or a negative errno.
 */
int km_bytes_get(struct km_bytes *b, u64 from, u32 len, u32 max)
{
	return bytes_get(b, from, len, max);
}

/**
 * km_bytes_put() - wipe and free a copy
 * @b: the copy
 *
 * Application ids, key material, tokens: everything is wiped.
 */
void km_bytes_put(struct km_bytes *b)
{
	if (!b->len)
		return;
	if (b->data == b->few)
		memzero_explicit(b->few, b->len);
	else
		kvfree_sensitive(b->data, b->len);
}

/**
 * km_bytes_out() - copy an output to the caller
 * @to: user pointer
 * @len: [out] bytes written, or needed
 * @room: bytes there
 * @data: the output
 * @n: its length
 *
 * Return: 0, -EMSGSIZE if there is too little room, -EFAULT.
 */
int km_bytes_out(u64 to, u32 *len, u32 room, const void *data, size_t n)
{
	*len = n;
	if (n > room)
		return -EMSGSIZE;
	return copy_to_user(u64_to_user_ptr(to), data, n) ? -EFAULT : 0;
}

/**
 * km_data_out() - copy the output of a command on data to the caller
 * @d: the buffer of the command; notes that there may be more to wipe
 * @io: the output
 * @to: user pointer
 * @len: [out] bytes written, or needed
 * @room: bytes there
 *
 * Return: 0, -EMSGSIZE if there is too little room, -EFAULT.
 */
int km_data_out(struct km_data *d, const struct km_io *io, u64 to, u32 *len, u32 room)
{
	size_t at = io->out - d->base;

	*len = io->out_len;
	if (io->out_len > room)
		return -EMSGSIZE;
	if (!io->out_len)
		return 0;
	if (WARN_ON_ONCE(at > d->size))
		return -EFAULT;
	/* RSA decrypts to more than it was given last. */
	d->wipe = max(d->wipe, at + io->out_len - KM_IO_STATE);
	return km_copy_out(u64_to_user_ptr(to), io->out, d->size - at, io->out_len);
}

/**
 * km_params_get() - copy and parse an authorization set, also as arguments
 * @call: the call
 * @p: [out] the set; km_params_put() it after success
 * @from: user pointer
 * @len: bytes there
 *
 * Return: 0 or a negative errno.
 */
int km_params_get(struct km_call *call, struct km_params_in *p, u64 from, u32 len)
{
	return km_args_get(call, p, NULL, from, len);
}

/**
 * km_args_get() - copy an authorization set, as arguments of an operation
 * @call: the call
 * @p: [out] the set; km_params_put() it after success
 * @memo: what the last set was, or NULL: then @p->set is filled in as well
 * @from: user pointer
 * @len: bytes there
 *
 * Return: 0 or a negative errno.
 */
int km_args_get(struct km_call *call, struct km_params_in *p, struct km_args_memo *memo,
		u64 from, u32 len)
{
	int ret = bytes_get(&p->bytes, from, len, KM_PARAMS_MAX);

	if (!ret && memo && km_args_recall(memo, &p->args, p->bytes.data, len)) {
		memset(&p->set, 0, sizeof(p->set));
		return 0;
	}
	if (!ret && km_args_parse(&p->args, &p->set, p->bytes.data, len))
		ret = km_report(call, KM_ERROR_INVALID_ARGUMENT);
	if (ret)
		km_bytes_put(&p->bytes);
	else if (memo)
		km_args_learn(memo, &p->args, p->bytes.data, len);
	return ret;
}

/**
 * km_params_put() - wipe and free a set
 * @p: the set
 */
void km_params_put(struct km_params_in *p)
{
	km_bytes_put(&p->bytes);
}

/**
 * km_call_user() - whose keys and quotas does a call use?
 * @call: a call on /dev/keymaster
 *
 * Return: the user that opened the file.
 */
struct km_user *km_call_user(const struct km_call *call)
{
	const struct km_dev_file *df = call->file->private_data;

	return df->user;
}

/* Apart, so that a call by serial number does not have the blob's place zeroed. */
static noinline int open_blob(struct km_call *call, const struct km_key_name *name,
			      struct km_key **key)
{
	struct km_key_open open = {
		.params = name->params,
		.owner = km_user_uid(km_call_user(call)),
	};
	struct km_bytes blob;
	int ret;

	ret = km_bytes_get(&blob, name->blob, name->len, KM_BLOB_MAX);
	if (!ret) {
		open.blob = blob.data;
		open.len = blob.len;
		ret = km_report(call, km_key_open(&open, key));
	}
	km_bytes_put(&blob);
	return ret;
}

/**
 * km_call_key() - the key that a command names
 * @call: the call
 * @name: blob or serial number
 * @key: [out] the key, with a reference
 *
 * Return: 0 or a negative errno.
 */
int km_call_key(struct km_call *call, const struct km_key_name *name, struct km_key **key)
{
	if (!name->len && name->serial)
		return km_keytype_find(name->serial, name->memo, key);
	if (name->serial)
		return -EINVAL;
	if (!name->len)
		return km_report(call, KM_ERROR_INVALID_KEY_BLOB);
	return open_blob(call, name, key);
}

/**
 * km_call_blob() - the blob that a command names, for one that needs the bytes
 * @call: the call
 * @name: blob or serial number
 * @b: [out] the blob; km_call_blob_put() it
 *
 * Return: 0 or a negative errno.
 */
int km_call_blob(struct km_call *call, const struct km_key_name *name, struct km_call_blob *b)
{
	int ret;

	b->key = NULL;
	if (name->serial) {
		ret = km_call_key(call, name, &b->key);
		if (ret)
			return ret;
		b->data = b->key->blob;
		b->len = b->key->blob_len;
		return 0;
	}
	ret = km_bytes_get(&b->bytes, name->blob, name->len, KM_BLOB_MAX);
	if (ret)
		km_bytes_put(&b->bytes);
	b->data = b->bytes.data;
	b->len = b->bytes.len;
	return ret;
}

/**
 * km_call_blob_put() - free what km_call_blob() gave
 * @b: it
 */
void km_call_blob_put(struct km_call_blob *b)
{
	if (b->key)
		km_key_put(b->key);
	else
		km_bytes_put(&b->bytes);
}

/*
 * A buffer of up to this size stays with its file and is used again: making
 * one for each call costs a fifth of a 16 KiB encryption (design.md 10).
 */
#define KEPT_BUFFER	(64 * 1024)

static int buffer_grow(struct km_io_buffer *b, size_t size)
{
	size_t grown = roundup_pow_of_two(size);
	u8 *data = kvmalloc(grown, GFP_KERNEL_ACCOUNT);

	if (!data)
		return -ENOMEM;
	/* Wiped when it was last used. */
	kvfree(b->data);
	b->data = data;
	b->size = grown;
	return 0;
}

static int buffer_take(struct km_data *d, struct km_io_buffer *held, size_t size)
{
	int ret = 0;

	d->own = !held || size > KEPT_BUFFER;
	d->size = size;
	if (d->own) {
		d->base = kvmalloc(size, GFP_KERNEL_ACCOUNT);
		return d->base ? 0 : -ENOMEM;
	}
	if (held->size < size)
		ret = buffer_grow(held, size);
	d->base = held->data;
	return ret;
}

/**
 * km_data_put() - wipe and give back the buffer of a command
 * @d: the buffer
 */
void km_data_put(struct km_data *d)
{
	if (d->wipe)
		memzero_explicit(d->base + KM_IO_STATE, d->wipe);
	if (d->own)
		kvfree(d->base);
}

/* Inline for the data of every operation. */
static __always_inline int data_room(struct km_data *d, struct km_io_buffer *held,
				     struct km_io *io, u32 len)
{
	int ret;

	if (len > KM_INPUT_MAX)
		return -EINVAL;
	ret = buffer_take(d, held, (size_t)KM_IO_STATE + KM_IO_HEAD + len + KM_IO_TAIL);
	if (ret)
		return ret;
	io->state = d->base;
	io->data = d->base + KM_IO_STATE + KM_IO_HEAD;
	io->len = len;
	/* Held-back bytes before, a tag or signature behind. */
	d->wipe = KM_IO_HEAD + len + 128;
	return 0;
}

/**
 * km_data_room() - a buffer for the data of a command, with room around it
 * @d: [out] the buffer; km_data_put() it after success
 * @held: the file's buffer, held by the caller until after that; or NULL
 * @io: [out] @io->data, @io->len and @io->state
 * @len: bytes that the caller is going to put there
 *
 * Return: 0 or a negative errno.
 */
int km_data_room(struct km_data *d, struct km_io_buffer *held, struct km_io *io, u32 len)
{
	return data_room(d, held, io, len);
}

/**
 * km_data_get() - copy the data of a command into a buffer with room around it
 * @d: [out] the buffer; km_data_put() it after success
 * @held: the file's buffer, held by the caller until after that; or NULL
 * @io: [out] @io->data, @io->len and @io->state
 * @from: user pointer
 * @len: bytes there
 *
 * Return: 0 or a negative errno.
 */
int km_data_get(struct km_data *d, struct km_io_buffer *held, struct km_io *io, u64 from, u32 len)
{
	int ret = data_room(d, held, io, len);

	if (ret)
		return ret;
	if (km_copy_in(io->data, d->size - KM_IO_STATE - KM_IO_HEAD, u64_to_user_ptr(from), len)) {
		km_data_put(d);
		return -EFAULT;
	}
	return 0;
}

/**
 * km_io_buffer_free() - free a file's buffer, when the file goes
 * @b: the buffer; wiped each time it was given back
 */
void km_io_buffer_free(struct km_io_buffer *b)
{
	kvfree(b->data);
}
