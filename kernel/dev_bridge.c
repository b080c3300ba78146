// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command that hands a key to another part of the kernel.
 * Inside the outermost layer: dispatched by dev.c, done by bridge.c.
 */
#include <linux/slab.h>
#include <linux/string.h>
#include "bridge.h"
#include "dev_call.h"

static int get_description(const struct km_bridge_key *a, char **description)
{
	struct km_bytes bytes;
	int ret;

	*description = NULL;
	ret = km_bytes_get(&bytes, a->description, a->description_len, KM_BRIDGE_DESCRIPTION_MAX);
	if (!ret && (!bytes.len || memchr(bytes.data, '\0', bytes.len)))
		ret = -EINVAL;
	if (!ret)
		*description = kmemdup_nul(bytes.data, bytes.len, GFP_KERNEL_ACCOUNT);
	if (!ret && !*description)
		ret = -ENOMEM;
	km_bytes_put(&bytes);
	return ret;
}

static int bridge_key(struct km_call *call, struct km_bridge *b, const struct km_params *params)
{
	struct km_bridge_key *a = &call->arg.bridge;
	const struct km_key_name name = {
		.blob = a->blob, .len = a->blob_len, .serial = a->serial, .params = params,
	};
	struct km_key *key;
	int ret = km_call_key(call, &name, &key);

	if (ret)
		return ret;
	b->key = key;
	ret = km_bridge(b);
	if (b->error)
		ret = km_report(call, b->error);
	if (!ret)
		a->bridged = b->serial;
	km_key_put(key);
	return ret;
}

/**
 * km_do_bridge_key() - KM_IOC_BRIDGE_KEY
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_bridge_key(struct km_call *call)
{
	struct km_bridge_key *a = &call->arg.bridge;
	struct km_bridge b = {
		.who = km_call_user(call), .kind = a->kind, .keyring = a->keyring,
		.timeout = a->timeout, .replace = a->flags & KM_BRIDGE_REPLACE,
	};
	struct km_params_in params;
	char *description;
	int ret;

	a->bridged = 0;
	if (a->reserved || !km_bridge_known(a->kind))
		return -EINVAL;
	ret = get_description(a, &description);
	if (ret)
		return ret;
	b.description = description;
	ret = km_params_get(call, &params, a->params, a->params_len);
	if (!ret) {
		b.args = &params.args;
		ret = bridge_key(call, &b, &params.set);
		km_params_put(&params);
	}
	kfree(description);
	return ret;
}
