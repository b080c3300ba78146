// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl delete: tell the kernel, then remove the blob's file.
 * In this order: a blob that stays usable must not become a file nobody finds.
 */
#include <errno.h>
#include <unistd.h>

#include "kmctl.h"

static const struct opt options[] = {
	OPT_BLOB,
	OPT_FLAG_OF("force", force, "remove the file even if the kernel cannot be told"),
	OPT_STORE,
	OPT_DEVICE,
	OPT_END
};

static int tell_kernel(const struct opts *o)
{
	struct key key;
	struct attempt attempt = { .key = &key, .verb = "delete", .purpose = -1 };
	int ret;

	ret = key_open(o, &key);
	if (ret)
		return ret;
	ret = km_delete(key.ctx, &key.ref);
	if (ret)
		ret = explain(&attempt, ret);
	key_close(&key);
	return ret;
}

static int remove_file(const struct opts *o)
{
	struct km_store *store;
	int ret;

	if (o->blob)
		return unlink(o->blob) ? fail_errno(ST_FAILED, errno, o->blob) : ST_OK;
	ret = open_store(o, 0, &store);
	if (ret)
		return ret;
	ret = store ? km_store_delete(store, o->alias) : -ENOENT;
	km_store_close(store);
	if (ret)
		return fail_errno(ret == -ENOENT ? ST_NO_KEY : ST_FAILED, ret, o->alias);
	return ST_OK;
}

static int run(struct opts *o)
{
	int ret = tell_kernel(o);

	return ret && !o->force ? ret : remove_file(o);
}

const struct command cmd_delete = {
	.name = "delete",
	.summary = "Delete a key for good",
	.alias = ALIAS_OR_BLOB,
	.options = options,
	.details =
"Copies of the blob, in backups say, stay usable, unless the key has\n"
"--rollback-resistance or --usage-count.\n",
	.run = run,
};
