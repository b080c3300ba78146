// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command that imports a wrapped key.
 * Inside the outermost layer: dispatched by dev.c, carried out by key_wrapped.c.
 */
#include <linux/mm.h>
#include "dev_call.h"
#include "key_wrapped.h"
#include "quota.h"

/* Encoding and mask are there: the key that opens it, and the new blob. */
static int unwrap_with(struct km_call *call, struct km_key_unwrap *u, u32 room)
{
	struct km_import_wrapped_key *a = &call->arg.import_wrapped;
	struct km_key_name name = {
		.blob = a->wrapping_blob, .len = a->wrapping_blob_len, .serial = a->serial,
	};
	struct km_params_in params;
	struct km_key *key;
	int ret;

	ret = km_params_get(call, &params, a->params, a->params_len);
	if (ret)
		return ret;
	name.params = &params.set;
	ret = km_call_key(call, &name, &key);
	if (ret)
		goto put_params;
	u->wrapping = key;
	u->args = &params.args;
	ret = km_report(call, km_key_unwrap(u));
	if (!ret)
		ret = km_bytes_out(a->blob, &a->blob_len, room, u->made.blob, u->made.blob_len);
	if (ret)
		km_key_unmake(&u->made);
	kvfree(u->made.blob);
	km_key_put(key);
put_params:
	km_params_put(&params);
	return ret;
}

/**
 * km_do_import_wrapped_key() - KM_IOC_IMPORT_WRAPPED_KEY
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_import_wrapped_key(struct km_call *call)
{
	struct km_import_wrapped_key *a = &call->arg.import_wrapped;
	struct km_key_unwrap u = {
		.password_sid = a->password_sid, .biometric_sid = a->biometric_sid,
		.owner = km_user_uid(km_call_user(call)), .who = km_call_user(call),
	};
	struct km_bytes wrapped, mask;
	u32 room = a->blob_len;
	int ret;

	a->blob_len = 0;
	ret = km_blob_format_of(a->format, &u.format);
	if (ret)
		return ret;
	if (a->masking_key_len && a->masking_key_len != KM_MASKING_KEY_SIZE)
		return -EINVAL;
	ret = km_bytes_get(&mask, a->masking_key, a->masking_key_len, KM_MASKING_KEY_SIZE);
	if (ret)
		goto put_mask;
	u.mask = mask.len ? mask.data : NULL;
	ret = km_bytes_get(&wrapped, a->wrapped, a->wrapped_len, KM_IMPORT_MAX);
	if (!ret)
		ret = km_report(call, km_error_of(km_wrapped_parse(&u.wrapped, wrapped.data,
								   wrapped.len)));
	if (!ret) {
		ret = unwrap_with(call, &u, room);
		km_params_buf_free(&u.wrapped.params);
	}
	km_bytes_put(&wrapped);
put_mask:
	km_bytes_put(&mask);
	return ret;
}
