// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The store: alias -> blob file in one directory that only its owner writes to.
 * Beside the commands, not on them: the kernel knows nothing of aliases.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib_private.h"

#define ROOT_DIR	"/var/lib/keymaster"
#define SUFFIX		".blob"
/* No alias begins with a dot, so no alias is ever taken for a temporary. */
#define TMP_PREFIX	".tmp-"
#define TMP_OLD_SECONDS	3600

struct km_store {
	int fd;
};

/* ---- the directory ---- */

static char *user_dir(void)
{
	const char *base = secure_getenv("XDG_DATA_HOME");
	const char *home = secure_getenv("HOME");
	struct passwd *pw;
	char *dir;

	/* The XDG rule: a relative path is to be ignored. */
	if (base && base[0] == '/')
		return asprintf(&dir, "%s/keymaster", base) < 0 ? NULL : dir;
	if (!home || home[0] != '/') {
		pw = getpwuid(geteuid());
		home = pw ? pw->pw_dir : "/nonexistent";
	}
	return asprintf(&dir, "%s/.local/share/keymaster", home) < 0 ? NULL : dir;
}

LIBEXPORT int km_store_default_dir(char **dir)
{
	*dir = geteuid() ? user_dir() : strdup(ROOT_DIR);
	return *dir ? 0 : -ENOMEM;
}

/* Parents are made as mkdir -p does; only the last one is ours to restrict. */
static int make_dir(const char *dir)
{
	char *copy = strdup(dir), *p;
	int ret = 0;

	if (!copy)
		return -ENOMEM;
	for (p = copy + 1; *p && !ret; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, 0700) && errno != EEXIST)
			ret = -errno;
		*p = '/';
	}
	if (!ret && mkdir(copy, 0700) && errno != EEXIST)
		ret = -errno;
	free(copy);
	return ret;
}

/* Who can swap a blob can swap a key: only its owner may write here. */
static int check_dir(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (st.st_uid != geteuid() || st.st_mode & 0022)
		return -EPERM;
	return 0;
}

static int open_dir(const char *dir, unsigned int flags)
{
	int fd, ret;

	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && flags & KM_STORE_CREATE) {
		ret = make_dir(dir);
		if (ret)
			return ret;
		fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (fd < 0)
		return -errno;
	ret = check_dir(fd);
	if (ret) {
		close(fd);
		return ret;
	}
	return fd;
}

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
	fd = open_dir(dir, flags);
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
static int encode(const char *alias, char name[NAME_MAX + 1])
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

/* -EINVAL for whatever encode() does not make. */
static int decode(const char *name, char alias[NAME_MAX + 1])
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
	return encode(alias, check) || strcmp(check, name) ? -EINVAL : 0;
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

static int put_file(int dir, const char *name, const struct km_bytes *data, unsigned int flags)
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

/* What a crash left behind. Young ones may be another process's work. */
static void remove_old_tmp(int dir)
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
		if (strncmp(entry->d_name, TMP_PREFIX, sizeof(TMP_PREFIX) - 1) ||
		    fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
			continue;
		if (st.st_mtime + TMP_OLD_SECONDS < time(NULL))
			unlinkat(dir, entry->d_name, 0);
	}
	closedir(d);
}

/*
 * Who compares and then replaces must be alone. The lock belongs to an open file: a new
 * one for each caller, or the threads of a program would not keep each other out.
 */
static int lock_dir(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	while (flock(fd, LOCK_EX))
		if (errno != EINTR)
			break;
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
	ret = encode(alias, name);
	if (ret)
		return ret;
	remove_old_tmp(store->fd);
	lock = lock_dir(store->fd);
	if (lock < 0)
		return lock;
	ret = put_file(store->fd, name, &data, flags);
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
						   : put_file(fd, name, &bytes, flags);
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

LIBEXPORT int km_store_get(struct km_store *store, const char *alias, struct km_buf *blob)
{
	char name[NAME_MAX + 1];
	int fd, ret;

	ret = encode(alias, name);
	if (ret)
		return ret;
	fd = openat(store->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = read_file(fd, blob);
	close(fd);
	return ret;
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
	struct km_store store = { .fd = dir };
	struct km_buf now = { 0 };
	char name[NAME_MAX + 1];
	int lock, ret;

	ret = encode(alias, name);
	if (ret)
		return ret;
	lock = lock_dir(dir);
	if (lock < 0)
		return lock;
	ret = km_store_get(&store, alias, &now);
	if (!ret && (now.len != old->len || memcmp(now.data, old->data, now.len)))
		ret = -ESTALE;
	if (!ret)
		ret = put_file(dir, name, blob, KM_STORE_REPLACE);
	km_buf_free(&now);
	close(lock);
	return ret;
}

LIBEXPORT int km_store_exists(struct km_store *store, const char *alias)
{
	char name[NAME_MAX + 1];
	int ret;

	ret = encode(alias, name);
	if (ret)
		return ret;
	return faccessat(store->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) ? -errno : 0;
}

LIBEXPORT int km_store_delete(struct km_store *store, const char *alias)
{
	char name[NAME_MAX + 1];
	int lock, ret;

	ret = encode(alias, name);
	if (ret)
		return ret;
	lock = lock_dir(store->fd);
	if (lock < 0)
		return lock;
	if (unlinkat(store->fd, name, 0) || fsync(store->fd))
		ret = -errno;
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
		if (!ret && !decode(names[i]->d_name, alias))
			ret = each(arg, alias);
		free(names[i]);
	}
	free(names);
	return ret;
}
