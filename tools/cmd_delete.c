// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl delete: tell the kernel, then remove the blob's file.
 * In this order: a blob that stays usable must not become a file nobody finds.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kmctl.h"

static const struct opt options[] = {
	OPT_BLOB,
	OPT_FLAG_OF("force", force, "remove the file even if the kernel cannot be told"),
	OPT_STORE,
	OPT_DEVICE,
	OPT_END
};

/* Whoever reports a file removed must have made that last. */
static int remove_blob_file(const char *path)
{
	char *copy = strdup(path);
	int fd, ret = ST_OK;

	if (!copy)
		return fail(ST_FAILED, "out of memory");
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* A directory that must not be read cannot be synced either. */
	if (unlink(path) || (fd >= 0 && fsync(fd)))
		ret = fail_errno(ST_FAILED, errno, path);
	if (fd >= 0)
		close(fd);
	free(copy);
	return ret;
}

static int delete_blob(const struct opts *o, struct key *key)
{
	struct attempt attempt = { .key = key, .verb = "delete", .purpose = -1 };
	int ret = km_delete(key->ctx, &key->ref);

	return ret ? explain(&attempt, ret) : remove_blob_file(o->blob);
}

static int delete_stored(struct key *key)
{
	struct attempt attempt = { .key = key, .verb = "delete", .purpose = -1 };
	int ret = km_key_delete(key->stored);

	switch (ret) {
	case 0:
		return ST_OK;
	case -ENOENT:
		return alias_failed(key->name, ret);
	case -ESTALE:
		return fail(ST_FAILED, "%s: was replaced by another key meanwhile", key->name);
	}
	return explain(&attempt, ret);
}

static int delete_key(const struct opts *o)
{
	struct key key;
	int ret;

	ret = key_open(o, &key);
	if (ret)
		return ret;
	ret = key.stored ? delete_stored(&key) : delete_blob(o, &key);
	key_close(&key);
	return ret;
}

static int remove_file(const struct opts *o)
{
	struct km_store *store;
	int ret;

	if (o->blob)
		return remove_blob_file(o->blob);
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
	int ret = delete_key(o);

	return ret && o->force ? remove_file(o) : ret;
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
