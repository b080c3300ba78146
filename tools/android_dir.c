// SPDX-License-Identifier: GPL-2.0-only
/*
 * The directory of one Android user as its keystore keeps it: uninitialized, locked or
 * open, wrong passwords, new files. Under cmd_android_unlock.c and cmd_android_write.c.
 *
 * Only what writes such a directory counts passwords. What reads keys out of one, to show
 * or to migrate them, does not come here.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kmctl.h"
#include "android.h"

#define MASTER_FILE	".masterkey"
#define MASTER_SIZE	16

static const struct {
	enum android_response response;
	const char *name;
} responses[] = {
	{ ANDROID_NO_ERROR, "NO_ERROR" },
	{ ANDROID_LOCKED, "LOCKED" },
	{ ANDROID_UNINITIALIZED, "UNINITIALIZED" },
	{ ANDROID_SYSTEM_ERROR, "SYSTEM_ERROR" },
	{ ANDROID_VALUE_CORRUPTED, "VALUE_CORRUPTED" },
	{ ANDROID_WRONG_PASSWORD_0, "WRONG_PASSWORD_0" },
	{ ANDROID_WRONG_PASSWORD_0 + 1, "WRONG_PASSWORD_1" },
	{ ANDROID_WRONG_PASSWORD_0 + 2, "WRONG_PASSWORD_2" },
	{ ANDROID_WRONG_PASSWORD_3, "WRONG_PASSWORD_3" },
};

const char *android_response_name(enum android_response response)
{
	size_t i;

	for (i = 0; i < sizeof(responses) / sizeof(responses[0]); i++)
		if (responses[i].response == response)
			return responses[i].name;
	return "UNKNOWN";
}

static char *path_of(const struct android_dir *dir, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", dir->path, name) < 0 ? NULL : path;
}

/**
 * android_dir_open() - look at a directory
 * @dir: [out] its state; end with android_dir_close()
 * @path: where it is, or where the first password is to make it; has to stay
 *
 * Return: 0; negative errno.
 */
int android_dir_open(struct android_dir *dir, const char *path)
{
	struct stat st;
	char *master;

	*dir = (struct android_dir){ .path = path, .tries = ANDROID_TRIES };
	dir->state = ANDROID_UNINITIALIZED;
	if (stat(path, &st))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	master = path_of(dir, MASTER_FILE);
	if (!master)
		return -ENOMEM;
	if (!access(master, F_OK))
		dir->state = ANDROID_LOCKED;
	free(master);
	return 0;
}

void android_dir_lock(struct android_dir *dir)
{
	km_buf_free(&dir->master);
	if (dir->state == ANDROID_NO_ERROR)
		dir->state = ANDROID_LOCKED;
}

void android_dir_close(struct android_dir *dir)
{
	android_dir_lock(dir);
}

/* The master key under this password; with a salt of its own, each time. */
static int write_master(const struct android_dir *dir, const struct km_bytes *password)
{
	unsigned char salt[ANDROID_SALT], iv[ANDROID_BLOCK];
	struct android_new_master new = {
		.password = *password, .master = { dir->master.data, dir->master.len },
		.salt = salt, .iv = iv,
	};
	struct km_buf out = { 0 };
	char *path = path_of(dir, MASTER_FILE);
	int ret = path ? 0 : -ENOMEM;

	if (!ret)
		ret = android_random(salt, sizeof(salt));
	if (!ret)
		ret = android_random(iv, sizeof(iv));
	if (!ret)
		ret = android_master_write(&new, &out);
	if (!ret)
		ret = km_file_put(path, out.data, out.len, KM_FILE_REPLACE);
	km_buf_free(&out);
	free(path);
	return ret;
}

static enum android_response initialize(struct android_dir *dir, const struct km_bytes *password)
{
	int ret;

	if (mkdir(dir->path, 0700) && errno != EEXIST)
		return ANDROID_SYSTEM_ERROR;
	ret = android_room(&dir->master, MASTER_SIZE);
	if (!ret) {
		dir->master.len = MASTER_SIZE;
		ret = android_random(dir->master.data, MASTER_SIZE);
	}
	if (!ret)
		ret = write_master(dir, password);
	if (ret) {
		km_buf_free(&dir->master);
		return ANDROID_SYSTEM_ERROR;
	}
	dir->state = ANDROID_NO_ERROR;
	return ANDROID_NO_ERROR;
}

/* Of the files, not of directories that somebody has put there. */
static enum android_response wipe(struct android_dir *dir)
{
	DIR *stream = opendir(dir->path);
	struct dirent *entry;
	struct stat st;
	bool failed = !stream;

	while (stream && (entry = readdir(stream))) {
		if (fstatat(dirfd(stream), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
		    S_ISDIR(st.st_mode))
			continue;
		failed |= unlinkat(dirfd(stream), entry->d_name, 0) != 0;
	}
	if (stream)
		closedir(stream);
	if (failed)
		return ANDROID_SYSTEM_ERROR;
	dir->state = ANDROID_UNINITIALIZED;
	dir->tries = ANDROID_TRIES;
	return ANDROID_UNINITIALIZED;
}

static enum android_response wrong_password(struct android_dir *dir)
{
	if (!dir->tries)
		return dir->may_wipe ? wipe(dir) : ANDROID_WRONG_PASSWORD_0;
	dir->tries--;
	return ANDROID_WRONG_PASSWORD_0 + dir->tries;
}

static enum android_response unlock(struct android_dir *dir, const struct km_bytes *password)
{
	struct km_buf data = { 0 };
	struct android_file file = { 0 };
	char *path = path_of(dir, MASTER_FILE);
	enum android_response response = ANDROID_SYSTEM_ERROR;
	bool old = false;
	int ret;

	ret = path ? read_whole(path, ANDROID_FILE_MAX, &data) : -ENOMEM;
	if (ret)
		goto out;
	/* A file that is none at all is no proof that the password is another one. */
	response = ANDROID_VALUE_CORRUPTED;
	if (android_file_parse(&file, &(struct km_bytes){ data.data, data.len }))
		goto out;
	ret = android_master_open(&file, password, &dir->master);
	old = file.info.len != ANDROID_SALT;
	if (ret) {
		response = ret == -EBADMSG ? wrong_password(dir) : ANDROID_SYSTEM_ERROR;
		goto out;
	}
	dir->tries = ANDROID_TRIES;
	dir->state = ANDROID_NO_ERROR;
	response = old && write_master(dir, password) ? ANDROID_SYSTEM_ERROR : ANDROID_NO_ERROR;
out:
	android_file_free(&file);
	km_buf_free(&data);
	free(path);
	return response;
}

/**
 * android_dir_password() - what Android's keystore does with a password
 * @dir: the directory
 * @password: the PIN
 *
 * Makes the master key where there is none; unlocks it; or, where it is unlocked, changes
 * the password, with the same master key. The fifth wrong one in a row empties the
 * directory, where @dir->may_wipe allows that.
 *
 * Return: the answer. ANDROID_UNINITIALIZED: it was emptied.
 */
enum android_response android_dir_password(struct android_dir *dir,
					   const struct km_bytes *password)
{
	switch (dir->state) {
	case ANDROID_UNINITIALIZED:
		return initialize(dir, password);
	case ANDROID_LOCKED:
		return unlock(dir, password);
	default:
		return write_master(dir, password) ? ANDROID_SYSTEM_ERROR : ANDROID_NO_ERROR;
	}
}

/**
 * android_dir_put() - write a file into the directory
 * @dir: the directory; unlocked, if the file is to be encrypted
 * @name: of the file
 * @new: the file; key and iv are filled in
 * @replace: one that is there
 *
 * Return: 0; -ENOKEY while it is locked; -EOPNOTSUPP when its master key is of Android 9;
 * -EEXIST; another negative errno.
 */
int android_dir_put(const struct android_dir *dir, const char *name,
		    struct android_new_file *new, bool replace)
{
	unsigned char iv[ANDROID_BLOCK];
	struct km_buf out = { 0 };
	char *path;
	int ret;

	if (new->flags & ANDROID_FLAG_ENCRYPTED && dir->state != ANDROID_NO_ERROR)
		return -ENOKEY;
	/* A master key of Android 9 is for files of version 3. */
	if (new->flags & ANDROID_FLAG_ENCRYPTED && dir->master.len != MASTER_SIZE)
		return -EOPNOTSUPP;
	path = path_of(dir, name);
	if (!path)
		return -ENOMEM;
	new->key = (struct km_bytes){ dir->master.data, dir->master.len };
	new->iv = iv;
	ret = android_random(iv, sizeof(iv));
	if (!ret)
		ret = android_file_write(new, &out);
	if (!ret)
		ret = km_file_put(path, out.data, out.len, replace ? KM_FILE_REPLACE : 0);
	km_buf_free(&out);
	free(path);
	return ret;
}
