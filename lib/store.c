// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The store: alias -> blob file in one directory that only its owner writes to.
 * Beside the commands, not on them: the kernel knows nothing of aliases. The directory
 * comes from store_dir.c; store_check.c and store_backup.c work on the same files.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib_private.h"

#define SUFFIX		".blob"
/* Of the certificates beside a blob; as long as the other. */
#define CHAIN_SUFFIX	".cert"
/* No alias begins with a dot, so no alias is ever taken for a temporary. */
#define TMP_PREFIX	".tmp-"
#define TMP_OLD_SECONDS	3600

struct km_store {
	int fd;
};

LIBEXPORT int km_store_open(struct km_store **store, const char *dir, unsigned int flags)
{
	char *own = NULL;
	int fd, ret;

	*store = NULL;
	if (flags & ~KM_STORE_CREATE)
		return -EINVAL;
	if (!dir) {
		ret = km_store_default_dir(&own);
		if (ret)
			return ret;
		dir = own;
	}
	fd = km_dir_open(dir, flags);
	free(own);
	if (fd < 0)
		return fd;
	*store = malloc(sizeof(**store));
	if (!*store) {
		close(fd);
		return -ENOMEM;
	}
	(*store)->fd = fd;
	return 0;
}

LIBEXPORT void km_store_close(struct km_store *store)
{
	if (!store)
		return;
	close(store->fd);
	free(store);
}

/* ---- file names ---- */

static bool plain(unsigned char c, bool first)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
		return true;
	return c == '-' || c == '_' || c == '@' || c == '+' || (c == '.' && !first);
}

/* Every other byte is %XX: no '/', no leading dot, nothing a terminal obeys. */
int km_store_encode(const char *alias, char name[NAME_MAX + 1])
{
	size_t at = 0, i;
	unsigned char c;

	if (!alias[0])
		return -EINVAL;
	for (i = 0; (c = (unsigned char)alias[i]); i++) {
		if (at + 3 + sizeof(SUFFIX) > NAME_MAX + 1)
			return -ENAMETOOLONG;
		if (plain(c, !i))
			name[at++] = (char)c;
		else
			at += (size_t)sprintf(name + at, "%%%02X", c);
	}
	strcpy(name + at, SUFFIX);
	return 0;
}

/* -EINVAL for whatever km_store_encode() does not make. */
int km_store_decode(const char *name, char alias[NAME_MAX + 1])
{
	size_t len = strlen(name), at = 0, i;
	char check[NAME_MAX + 1];
	unsigned int byte;

	if (len <= sizeof(SUFFIX) - 1 || len > NAME_MAX)
		return -EINVAL;
	len -= sizeof(SUFFIX) - 1;
	for (i = 0; i < len; i++) {
		byte = (unsigned char)name[i];
		if (byte == '%') {
			if (len - i < 3 || sscanf(name + i + 1, "%2X", &byte) != 1 || !byte)
				return -EINVAL;
			i += 2;
		}
		alias[at++] = (char)byte;
	}
	alias[at] = '\0';
	return km_store_encode(alias, check) || strcmp(check, name) ? -EINVAL : 0;
}

static int chain_name(const char *alias, char name[NAME_MAX + 1])
{
	int ret = km_store_encode(alias, name);

	if (!ret)
		strcpy(name + strlen(name) - (sizeof(SUFFIX) - 1), CHAIN_SUFFIX);
	return ret;
}

/* Certificates of some key? */
bool km_store_is_chain(const char *name)
{
	char blob[NAME_MAX + 1], alias[NAME_MAX + 1];
	size_t len = strlen(name);

	if (len < sizeof(CHAIN_SUFFIX) || len > NAME_MAX ||
	    strcmp(name + len - (sizeof(CHAIN_SUFFIX) - 1), CHAIN_SUFFIX))
		return false;
	strcpy(blob, name);
	strcpy(blob + len - (sizeof(SUFFIX) - 1), SUFFIX);
	return !km_store_decode(blob, alias);
}

/* ---- writing: whole or not at all ---- */

static int write_all(int fd, const unsigned char *p, size_t len)
{
	ssize_t n;

	while (len) {
		n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return fsync(fd) ? -errno : 0;
}

/* Makes a new temporary in @dir, named in @name; returns its descriptor. */
static int open_tmp(int dir, char name[32])
{
	struct timespec now;
	unsigned int tries;
	int fd;

	for (tries = 0; tries < 100; tries++) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		snprintf(name, 32, TMP_PREFIX "%x-%08lx%02x", (unsigned int)getpid(),
			 (unsigned long)now.tv_nsec, tries);
		fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			    0600);
		if (fd >= 0)
			return fd;
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

/* link() refuses an existing name, rename() replaces it: both are atomic. */
static int publish(int dir, const char *tmp, const char *name, unsigned int flags)
{
	if (flags & KM_STORE_REPLACE)
		return renameat(dir, tmp, dir, name) ? -errno : 0;
	if (linkat(dir, tmp, dir, name, 0))
		return -errno;
	unlinkat(dir, tmp, 0);
	return 0;
}

int km_put_file(int dir, const char *name, const struct km_bytes *data, unsigned int flags)
{
	char tmp[32];
	int fd, ret;

	fd = open_tmp(dir, tmp);
	if (fd < 0)
		return fd;
	ret = write_all(fd, data->data, data->len);
	if (close(fd) && !ret)
		ret = -errno;
	if (!ret)
		ret = publish(dir, tmp, name, flags);
	if (ret) {
		unlinkat(dir, tmp, 0);
		return ret;
	}
	return fsync(dir) ? -errno : 0;
}

/*
 * Is the temporary @name left behind? An old one is. A young one may be another process's
 * work: it is told by its writer, whose number is in the name, being alive. For callers
 * who hold the lock, so that a writer of another machine or container is none.
 */
bool km_store_tmp_is_stale(const char *name, const struct stat *st)
{
	unsigned int pid;
	char dash;

	if (st->st_mtime + TMP_OLD_SECONDS < time(NULL))
		return true;
	if (sscanf(name, TMP_PREFIX "%x%c", &pid, &dash) != 2 || dash != '-' || !pid)
		return false;
	return kill((pid_t)pid, 0) && errno == ESRCH;
}

bool km_store_is_tmp(const char *name)
{
	return !strncmp(name, TMP_PREFIX, sizeof(TMP_PREFIX) - 1);
}

/* What a crash left behind; under the lock. */
static void remove_stale(int dir)
{
	struct dirent *entry;
	struct stat st;
	DIR *d;
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(d))) {
		if (!km_store_is_tmp(entry->d_name) ||
		    fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
			continue;
		if (km_store_tmp_is_stale(entry->d_name, &st))
			unlinkat(dir, entry->d_name, 0);
	}
	closedir(d);
}

/*
 * Who compares and then replaces must be alone, and so must who tells left-over files from
 * those in the making. The lock belongs to an open file: a new one for each caller, or
 * the threads of a program would not keep each other out. Without it nothing is written.
 */
int km_store_lock(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	while (flock(fd, LOCK_EX)) {
		if (errno == EINTR)
			continue;
		ret = -errno;
		close(fd);
		return ret;
	}
	return fd;
}

LIBEXPORT int km_store_put(struct km_store *store, const char *alias, const void *blob,
			   size_t len, unsigned int flags)
{
	struct km_bytes data = { .data = blob, .len = len };
	char name[NAME_MAX + 1];
	int lock, ret;

	if (flags & ~KM_STORE_REPLACE || !len || len > KM_BLOB_MAX)
		return -EINVAL;
	ret = km_store_encode(alias, name);
	if (ret)
		return ret;
	lock = km_store_lock(store->fd);
	if (lock < 0)
		return lock;
	remove_stale(store->fd);
	ret = km_put_file(store->fd, name, &data, flags);
	close(lock);
	return ret;
}

LIBEXPORT int km_file_put(const char *path, const void *data, size_t len, unsigned int flags)
{
	struct km_bytes bytes = { .data = data, .len = len };
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char *dir = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path))
			  : strdup(".");
	int fd, ret;

	if (!dir)
		return -ENOMEM;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	if (fd < 0)
		return -errno;
	ret = flags & ~KM_FILE_REPLACE || !name[0] ? -EINVAL
						   : km_put_file(fd, name, &bytes, flags);
	close(fd);
	return ret;
}

/* ---- reading ---- */

static int read_file(int fd, struct km_buf *blob)
{
	struct km_room room;
	size_t have = 0;
	struct stat st;
	ssize_t n;
	int ret;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size > KM_BLOB_MAX)
		return -EBADMSG;
	ret = km_room_init(&room, blob, (size_t)st.st_size + 1);
	if (ret)
		return ret;
	if (room.room < (size_t)st.st_size)
		return km_room_done(&room, -EMSGSIZE, (size_t)st.st_size);
	while (have < (size_t)st.st_size) {
		n = read(fd, (char *)room.data + have, (size_t)st.st_size - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return km_room_done(&room, n ? -errno : -EBADMSG, 0);
		have += (size_t)n;
	}
	return km_room_done(&room, 0, have);
}

int km_store_get_at(int dir, const char *alias, struct km_buf *blob)
{
	char name[NAME_MAX + 1];
	int fd, ret;

	ret = km_store_encode(alias, name);
	if (ret)
		return ret;
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = read_file(fd, blob);
	close(fd);
	return ret;
}

LIBEXPORT int km_store_get(struct km_store *store, const char *alias, struct km_buf *blob)
{
	return km_store_get_at(store->fd, alias, blob);
}

int km_store_fd(const struct km_store *store)
{
	return store->fd;
}

/*
 * Puts @blob in the place of @old. Not when another blob is there by now, or none: what
 * the alias names then is another key, and replacing it would destroy that.
 */
int km_store_swap(int dir, const char *alias, const struct km_bytes *old,
		  const struct km_bytes *blob)
{
	struct km_buf now = { 0 };
	char name[NAME_MAX + 1];
	int lock, ret;

	ret = km_store_encode(alias, name);
	if (ret)
		return ret;
	lock = km_store_lock(dir);
	if (lock < 0)
		return lock;
	ret = km_store_get_at(dir, alias, &now);
	if (!ret && (now.len != old->len || memcmp(now.data, old->data, now.len)))
		ret = -ESTALE;
	if (!ret)
		ret = km_put_file(dir, name, blob, KM_STORE_REPLACE);
	km_buf_free(&now);
	close(lock);
	return ret;
}

LIBEXPORT int km_store_exists(struct km_store *store, const char *alias)
{
	char name[NAME_MAX + 1];
	int ret;

	ret = km_store_encode(alias, name);
	if (ret)
		return ret;
	return faccessat(store->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) ? -errno : 0;
}

/* Under the lock. What was reported deleted must not come back with the power. */
int km_store_remove(int dir, const char *alias)
{
	char name[NAME_MAX + 1];
	int ret;

	ret = km_store_encode(alias, name);
	if (ret)
		return ret;
	ret = unlinkat(dir, name, 0) ? -errno : 0;
	/* They say nothing without the key, nor of the one that comes next. */
	if (!ret && !chain_name(alias, name))
		unlinkat(dir, name, 0);
	return ret ? ret : fsync(dir) ? -errno : 0;
}

LIBEXPORT int km_store_put_chain(struct km_store *store, const char *alias, const void *chain,
				 size_t len)
{
	const struct km_bytes data = { .data = chain, .len = len };
	char name[NAME_MAX + 1];
	int lock, ret;

	if (len > KM_BLOB_MAX)
		return -EINVAL;
	ret = chain_name(alias, name);
	if (ret)
		return ret;
	lock = km_store_lock(store->fd);
	if (lock < 0)
		return lock;
	if (len)
		ret = km_put_file(store->fd, name, &data, KM_STORE_REPLACE);
	else if (unlinkat(store->fd, name, 0) && errno != ENOENT)
		ret = -errno;
	close(lock);
	return ret;
}

LIBEXPORT int km_store_get_chain(struct km_store *store, const char *alias, struct km_buf *chain)
{
	char name[NAME_MAX + 1];
	int fd, ret;

	ret = chain_name(alias, name);
	if (ret)
		return ret;
	fd = openat(store->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = read_file(fd, chain);
	close(fd);
	return ret;
}

LIBEXPORT int km_store_delete(struct km_store *store, const char *alias)
{
	int lock, ret;

	lock = km_store_lock(store->fd);
	if (lock < 0)
		return lock;
	ret = km_store_remove(store->fd, alias);
	close(lock);
	return ret;
}

LIBEXPORT int km_store_list(struct km_store *store, int (*each)(void *arg, const char *alias),
			    void *arg)
{
	char alias[NAME_MAX + 1];
	struct dirent **names;
	int n, i, ret = 0;

	n = scandirat(store->fd, ".", &names, NULL, alphasort);
	if (n < 0)
		return -errno;
	for (i = 0; i < n; i++) {
		if (!ret && !km_store_decode(names[i]->d_name, alias))
			ret = each(arg, alias);
		free(names[i]);
	}
	free(names);
	return ret;
}
