// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands on keys: make, import, export, describe, delete.
 * Inside the outermost layer: dispatched by dev.c, carried out by key.c.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "blob.h"
#include "count.h"
#include "dev_call.h"
#include "key.h"
#include "quota.h"

/**
 * km_blob_format_of() - the format byte of a format in the ABI
 * @abi_format: KM_BLOB_*
 * @format: [out] KM_FORMAT_*
 *
 * Return: 0 or -EINVAL.
 */
int km_blob_format_of(u32 abi_format, u8 *format)
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
 * @certify: the certificates
 */
struct make_io {
	u32 format;
	u64 params;
	u32 params_len;
	u64 blob;
	u32 *blob_len;
	const struct km_import *import;
	struct km_certify *certify;
};

static int make_key(struct km_call *call, const struct make_io *io)
{
	struct km_key_make make = {
		.owner = km_user_uid(km_call_user(call)), .import = io->import,
	};
	u32 room = *io->blob_len;
	struct km_certifying certify;
	struct km_params_in params;
	int ret;

	*io->blob_len = 0;
	ret = km_certify_get(call, &certify, io->certify);
	if (ret)
		return ret;
	ret = km_blob_format_of(io->format, &make.format);
	if (ret)
		goto put_certify;
	ret = km_params_get(call, &params, io->params, io->params_len);
	if (ret)
		goto put_certify;
	make.params = &params.set;
	make.attest = certify.room ? &certify.attest : NULL;
	ret = km_report(call, km_key_make(&make));
	km_params_put(&params);
	if (!ret)
		ret = km_bytes_out(io->blob, io->blob_len, room, make.blob, make.blob_len);
	if (!ret)
		ret = km_certify_out(&certify);
	if (ret)
		km_key_unmake(&make);
	kvfree(make.blob);
put_certify:
	km_certify_put(&certify);
	return ret;
}

/**
 * km_do_generate_key() - KM_IOC_GENERATE_KEY
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_generate_key(struct km_call *call)
{
	struct km_generate_key *a = &call->arg.generate;
	const struct make_io io = {
		.format = a->format, .params = a->params, .params_len = a->params_len,
		.blob = a->blob, .blob_len = &a->blob_len, .certify = &a->certify,
	};

	return make_key(call, &io);
}

/**
 * km_do_import_key() - KM_IOC_IMPORT_KEY
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_import_key(struct km_call *call)
{
	struct km_import_key *a = &call->arg.import;
	struct km_import import = { .key_format = a->key_format };
	const struct make_io io = {
		.format = a->format, .params = a->params, .params_len = a->params_len,
		.blob = a->blob, .blob_len = &a->blob_len, .import = &import,
		.certify = &a->certify,
	};
	struct km_bytes data;
	int ret;

	ret = km_bytes_get(&data, a->data, a->data_len, KM_IMPORT_MAX);
	if (!ret) {
		import.data = data.data;
		import.len = data.len;
		ret = make_key(call, &io);
	} else {
		a->blob_len = 0;
		a->certify.chain_len = 0;
	}
	km_bytes_put(&data);
	return ret;
}

/* The key of a command that takes nothing else: export, characteristics. */
static int key_with_params(struct km_call *call, struct km_key_name *name, u64 from, u32 len,
			   struct km_key **key)
{
	struct km_params_in params;
	int ret = km_params_get(call, &params, from, len);

	if (ret)
		return ret;
	name->params = &params.set;
	ret = km_call_key(call, name, key);
	name->params = NULL;
	km_params_put(&params);
	return ret;
}

/**
 * km_do_export_key() - KM_IOC_EXPORT_KEY
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_export_key(struct km_call *call)
{
	struct km_export_key *a = &call->arg.export;
	struct km_key_name name = { .blob = a->blob, .len = a->blob_len, .serial = a->serial };
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
		ret = km_report(call, km_key_export(key, a->key_format, out, &len));
	if (!ret)
		ret = km_bytes_out(a->data, &a->data_len, room, out, len);
	kfree(out);
	km_key_put(key);
	return ret;
}

/**
 * km_do_get_characteristics() - KM_IOC_GET_KEY_CHARACTERISTICS
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_get_characteristics(struct km_call *call)
{
	struct km_get_characteristics *a = &call->arg.characteristics;
	struct km_key_name name = { .blob = a->blob, .len = a->blob_len, .serial = a->serial };
	u32 enforced_room = a->enforced_len, unenforced_room = a->unenforced_len;
	const struct km_params *enforced, *unenforced;
	struct km_key *key;
	int ret;

	a->enforced_len = 0;
	a->unenforced_len = 0;
	ret = key_with_params(call, &name, a->params, a->params_len, &key);
	if (ret)
		return ret;
	ret = km_report(call, km_key_check(key));
	if (ret)
		goto put;
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
put:
	km_key_put(key);
	return ret;
}

/**
 * km_do_delete_key() - KM_IOC_DELETE_KEY
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_delete_key(struct km_call *call)
{
	struct km_delete_key *a = &call->arg.delete;
	struct km_key_delete del = {
		.owner = km_user_uid(km_call_user(call)),
		.whole = a->flags & KM_DELETE_WHOLE_KEY,
	};
	const struct km_key_name name = {
		.blob = a->blob, .len = a->blob_len, .serial = a->serial,
	};
	struct km_call_blob blob;
	int ret;

	if (a->reserved)
		return -EINVAL;
	ret = km_call_blob(call, &name, &blob);
	if (ret)
		return ret;
	del.blob = blob.data;
	del.len = blob.len;
	ret = km_report(call, km_key_delete(&del));
	km_call_blob_put(&blob);
	return ret;
}

/**
 * km_do_delete_all_keys() - KM_IOC_DELETE_ALL_KEYS
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_delete_all_keys(struct km_call *call)
{
	const struct km_delete_all_keys *a = &call->arg.delete_all;

	if (a->reserved)
		return -EINVAL;
	if (!(a->flags & KM_DELETE_OF_ALL_USERS))
		return km_report(call, km_count_delete_user(km_user_uid(km_call_user(call))));
	if (!km_call_is_admin(call))
		return -EPERM;
	return km_report(call, km_count_delete_all());
}
