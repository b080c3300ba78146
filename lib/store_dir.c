// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The directory of a store: where it is, made so that it outlives a power cut, and refused
 * when others may write to it. Under store.c.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib_private.h"

#define ROOT_DIR	"/var/lib/keymaster"

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

/*
 * A directory is on the disk when the one that names it is. Where that one must not be
 * read, the whole file system is written out: it happens once in the life of a store.
 */
static int sync_parent(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *parent = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path))
			     : strdup(".");
	int fd, ret;

	if (!parent)
		return -ENOMEM;
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(parent);
	if (fd >= 0) {
		ret = fsync(fd) ? -errno : 0;
	} else {
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			return -errno;
		ret = syncfs(fd) ? -errno : 0;
	}
	close(fd);
	return ret;
}

/* Not synced when it is there: whoever made it did, or is about to. */
static int make_one(const char *path)
{
	if (!mkdir(path, 0700))
		return sync_parent(path);
	return errno == EEXIST ? 0 : -errno;
}

/* Parents are made as mkdir -p does; only the last one is ours to restrict. */
static int make_dir(const char *dir)
{
	size_t len = strlen(dir);
	char *copy = strdup(dir), *p;
	int ret = 0;

	if (!copy)
		return -ENOMEM;
	while (len > 1 && copy[len - 1] == '/')
		copy[--len] = '\0';
	for (p = copy + 1; len && *p && !ret; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		ret = make_one(copy);
		*p = '/';
	}
	if (!ret)
		ret = make_one(copy);
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

/* The descriptor of the directory, checked. */
int km_dir_open(const char *dir, unsigned int flags)
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
