// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands on the state of the boot, and what follows from it: configure, early boot, upgrade.
 * Inside the outermost layer: dispatched by dev.c, carried out by version.c and key_upgrade.c.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include "dev_call.h"
#include "key.h"
#include "quota.h"
#include "version.h"

/**
 * km_call_is_admin() - may a call change what all users share?
 * @call: the call
 *
 * Both who calls and who opened the file: neither may an unprivileged program
 * hand its file to a privileged one that writes to it, nor the reverse.
 *
 * Return: true if so.
 */
bool km_call_is_admin(const struct km_call *call)
{
	return file_ns_capable(call->file, &init_user_ns, CAP_SYS_ADMIN) &&
	       capable(CAP_SYS_ADMIN);
}

/**
 * km_do_configure() - KM_IOC_CONFIGURE
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_configure(struct km_call *call)
{
	const struct km_configure *a = &call->arg.configure;
	struct km_version_request req = {
		.flags = a->flags,
		.level = {
			[KM_LEVEL_OS_VERSION] = a->os_version,
			[KM_LEVEL_OS_PATCHLEVEL] = a->os_patchlevel,
			[KM_LEVEL_VENDOR_PATCHLEVEL] = a->vendor_patchlevel,
			[KM_LEVEL_BOOT_PATCHLEVEL] = a->boot_patchlevel,
		},
	};
	bool trust = a->flags & KM_CONFIGURE_ROOT_OF_TRUST;
	struct km_bytes bytes;
	int ret;

	if (!km_call_is_admin(call))
		return -EPERM;
	/* No root of trust of no bytes, and no bytes of none. */
	if (trust != !!a->root_of_trust_len)
		return -EINVAL;
	ret = km_bytes_get(&bytes, a->root_of_trust, a->root_of_trust_len, KM_ROOT_OF_TRUST_MAX);
	if (!ret) {
		req.root_of_trust = bytes.data;
		req.root_of_trust_len = bytes.len;
		ret = km_report(call, km_version_configure(&req));
	}
	km_bytes_put(&bytes);
	return ret;
}

/**
 * km_do_early_boot_ended() - KM_IOC_EARLY_BOOT_ENDED
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_early_boot_ended(struct km_call *call)
{
	if (call->arg.early_boot_ended.reserved)
		return -EINVAL;
	if (!km_call_is_admin(call))
		return -EPERM;
	km_early_boot_end();
	return 0;
}

/* Blob and parameters are there. */
static int upgrade(struct km_call *call, const struct km_key_open *open, u32 room)
{
	struct km_upgrade_key *a = &call->arg.upgrade;
	struct km_key_upgrade up = { .open = open };
	int ret = km_report(call, km_key_upgrade(&up));

	if (!ret)
		ret = km_bytes_out(a->new_blob, &a->new_blob_len, room, up.blob, up.blob_len);
	kvfree(up.blob);
	return ret;
}

/**
 * km_do_upgrade_key() - KM_IOC_UPGRADE_KEY
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_upgrade_key(struct km_call *call)
{
	struct km_upgrade_key *a = &call->arg.upgrade;
	struct km_key_open open = { .owner = km_user_uid(km_call_user(call)) };
	const struct km_key_name name = {
		.blob = a->blob, .len = a->blob_len, .serial = a->serial,
	};
	u32 room = a->new_blob_len;
	struct km_params_in params;
	struct km_call_blob blob;
	int ret;

	a->new_blob_len = 0;
	if (a->reserved)
		return -EINVAL;
	ret = km_params_get(call, &params, a->params, a->params_len);
	if (ret)
		return ret;
	ret = km_call_blob(call, &name, &blob);
	if (!ret) {
		open.blob = blob.data;
		open.len = blob.len;
		open.params = &params.set;
		ret = upgrade(call, &open, room);
		km_call_blob_put(&blob);
	}
	km_params_put(&params);
	return ret;
}
