// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What is wrong with a store: every file of its directory is looked at, and the kernel asked
 * about every blob. Beside store.c; mends what can be mended without losing anything.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib_private.h"

/* Blobs that are none go there. No alias begins with a dot. */
#define BROKEN_DIR	".broken"
#define BROKEN_TRIES	100

/*
 * What directories hold besides blobs: "state" is what km_load_state() is given; and root's has
 * root keys that the TPM seals, one that a rotation has not put in place, and their records.
 */
static const char *const known[] = {
	".", "..", BROKEN_DIR, "state", KM_BACKUP_MANIFEST,
	"root.tpm", "root.tpm.new", "root.tpm.previous", "root.previous",
};

/**
 * struct look - one file, while it is looked at
 * @check: what the caller wants
 * @dir: the store
 * @name: of the file
 * @st: its status
 * @entry: what is found
 * @alias: if it has one
 * @moved: where it is now
 */
struct look {
	const struct km_check *check;
	int dir;
	const char *name;
	struct stat st;
	struct km_store_entry entry;
	char alias[NAME_MAX + 1];
	char moved[sizeof(BROKEN_DIR) + NAME_MAX + 1];
};

static bool repairs(const struct look *l)
{
	return l->check->flags & KM_STORE_REPAIR;
}

static bool is_known(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(known[i], name))
			return true;
	return false;
}

/* Names of the file that temporaries are: cut short between link() and unlink(). */
static nlink_t links_of_tmp(const struct look *l)
{
	int fd = openat(l->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *entry;
	struct stat st;
	nlink_t n = 0;
	DIR *d;

	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	while ((entry = readdir(d)))
		if (km_store_is_tmp(entry->d_name) &&
		    !fstatat(l->dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) &&
		    st.st_ino == l->st.st_ino)
			n++;
	closedir(d);
	return n;
}

static void look_at_tmp(struct look *l)
{
	if (!km_store_tmp_is_stale(l->name, &l->st)) {
		l->entry.found = KM_FOUND_BUSY;
		return;
	}
	l->entry.found = KM_FOUND_STALE;
	if (repairs(l) && !unlinkat(l->dir, l->name, 0))
		l->entry.mended = KM_FOUND_STALE;
}

/* Everything but what is in it. */
static void look_outside(struct look *l)
{
	if (!S_ISREG(l->st.st_mode)) {
		l->entry.found |= KM_FOUND_TYPE;
		return;
	}
	if (l->st.st_uid != geteuid())
		l->entry.found |= KM_FOUND_OWNER;
	if (l->st.st_nlink > 1 && l->st.st_nlink - links_of_tmp(l) > 1)
		l->entry.found |= KM_FOUND_LINKS;
	if ((l->st.st_mode & 07777) == 0600)
		return;
	l->entry.found |= KM_FOUND_MODE;
	/* Nobody else can put a link there: the directory is ours alone. */
	if (repairs(l) && !fchmodat(l->dir, l->name, 0600, 0))
		l->entry.mended |= KM_FOUND_MODE;
}

/*
 * A blob of a newer system is refused as one that does not open; only the attempt to upgrade
 * it tells the difference. It makes nothing of such a blob, and nothing is kept.
 */
static bool is_newer(const struct km_check *c, const struct km_key_ref *key,
		     const struct km_params *params)
{
	struct km_buf blob = { 0 };
	bool newer;

	newer = km_upgrade_key(c->ctx, key, params, &blob) &&
		km_last_error(c->ctx) == KM_ERROR_INVALID_ARGUMENT;
	km_buf_free(&blob);
	return newer;
}

/* What the kernel says: KM_FOUND_*, or a negative errno that is not about the blob. */
static int ask_with(const struct km_check *c, const struct km_key_ref *key,
		    const struct km_params *params)
{
	struct km_params *enforced, *unenforced;
	int ret;

	ret = km_characteristics(c->ctx, key, params, &enforced, &unenforced);
	if (!ret) {
		km_params_free(enforced);
		km_params_free(unenforced);
		return 0;
	}
	switch (km_last_error(c->ctx)) {
	case KM_ERROR_KEY_REQUIRES_UPGRADE:
		return KM_FOUND_UPGRADE;
	case KM_ERROR_INVALID_KEY_BLOB:
		return is_newer(c, key, params) ? KM_FOUND_NEWER : KM_FOUND_CLOSED;
	case KM_ERROR_OK:
	case KM_ERROR_KEYMASTER_NOT_CONFIGURED:
	case KM_ERROR_MEMORY_ALLOCATION_FAILED:
		return ret;
	}
	return KM_FOUND_CLOSED;
}

static int ask(const struct km_check *c, const struct km_buf *blob)
{
	struct km_key_ref key = { .blob = blob->data, .len = blob->len };
	int found = ask_with(c, &key, NULL);

	/* Keys with an application id and keys without one may lie side by side. */
	if (found == KM_FOUND_CLOSED && km_params_count(c->params))
		found = ask_with(c, &key, c->params);
	return found;
}

static bool has_layout(const struct km_buf *blob)
{
	struct km_params *enforced, *unenforced;
	int format = km_blob_parse(blob->data, blob->len, &enforced, &unenforced);

	km_params_free(enforced);
	km_params_free(unenforced);
	return format >= 0;
}

static int look_at_blob(struct look *l, const struct km_buf *blob)
{
	int found = l->check->ctx ? ask(l->check, blob) : 0;
	/* A format that only the kernel knows is none the worse for that. */
	bool opens = l->check->ctx && (!found || found == KM_FOUND_UPGRADE);

	if (found < 0)
		return found;
	if (!opens && !has_layout(blob))
		found = KM_FOUND_LAYOUT;
	l->entry.found |= (uint32_t)found;
	return 0;
}

static int look_inside(struct look *l)
{
	struct km_buf blob = { 0 };
	int asked = 0, ret;

	ret = km_store_get_at(l->dir, l->alias, &blob);
	if (ret == -ENOMEM)
		return ret;
	if (ret == -EBADMSG)
		l->entry.found |= KM_FOUND_LAYOUT;
	else if (ret)
		l->entry.found |= KM_FOUND_UNREADABLE;
	else if (!blob.len)
		l->entry.found |= KM_FOUND_EMPTY;
	else
		asked = look_at_blob(l, &blob);
	km_buf_free(&blob);
	return asked;
}

/* Never deleted: somebody may still make sense of it. */
static int move_aside(struct look *l)
{
	char name[NAME_MAX + 1];
	int dir, i, ret = -EEXIST;

	if (mkdirat(l->dir, BROKEN_DIR, 0700) && errno != EEXIST)
		return -errno;
	dir = openat(l->dir, BROKEN_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	for (i = 0; i < BROKEN_TRIES && ret == -EEXIST; i++) {
		if (snprintf(name, sizeof(name), i ? "%s.%d" : "%s", l->name, i) > NAME_MAX)
			break;
		ret = renameat2(l->dir, l->name, dir, name, RENAME_NOREPLACE) ? -errno : 0;
	}
	/* The new name first: better twice than not at all. */
	if (!ret && (fsync(dir) || fsync(l->dir)))
		ret = -errno;
	if (!ret)
		snprintf(l->moved, sizeof(l->moved), BROKEN_DIR "/%s", name);
	close(dir);
	return ret;
}

static int look_at(struct look *l)
{
	const uint32_t broken = KM_FOUND_TYPE | KM_FOUND_EMPTY | KM_FOUND_LAYOUT;
	int ret = 0;

	if (km_store_is_tmp(l->name)) {
		look_at_tmp(l);
		return 0;
	}
	if (km_store_decode(l->name, l->alias)) {
		l->entry.found = KM_FOUND_NAME;
		return 0;
	}
	l->entry.alias = l->alias;
	look_outside(l);
	if (!(l->entry.found & KM_FOUND_TYPE))
		ret = look_inside(l);
	if (!ret && l->entry.found & broken && repairs(l) && !move_aside(l)) {
		l->entry.mended |= l->entry.found & broken;
		l->entry.moved = l->moved;
	}
	return ret;
}

/* Locked for each file anew: nobody has to wait until all are looked at, and told of. */
static int check_file(const struct km_check *check, int dir, const char *name)
{
	struct look l = { .check = check, .dir = dir, .name = name };
	int lock, ret = 0;

	l.entry.name = name;
	lock = km_store_lock(dir);
	if (lock < 0)
		return lock;
	if (fstatat(dir, name, &l.st, AT_SYMLINK_NOFOLLOW))
		ret = errno == ENOENT ? 1 : -errno;
	if (!ret)
		ret = look_at(&l);
	close(lock);
	/* 1: it was deleted meanwhile. */
	if (ret)
		return ret < 0 ? ret : 0;
	return check->each(check->arg, &l.entry);
}

LIBEXPORT int km_store_check(struct km_store *store, const struct km_check *check)
{
	int dir = km_store_fd(store), n, i, ret = 0;
	struct dirent **names;

	if (check->flags & ~KM_STORE_REPAIR)
		return -EINVAL;
	n = scandirat(dir, ".", &names, NULL, alphasort);
	if (n < 0)
		return -errno;
	for (i = 0; i < n; i++) {
		if (!ret && !is_known(names[i]->d_name) &&
		    !km_store_is_chain(names[i]->d_name))
			ret = check_file(check, dir, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return ret;
}
