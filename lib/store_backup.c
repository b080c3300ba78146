// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Backup of a store: its blobs in a directory, and a manifest that is written last, so that
 * one without it was cut short. Beside store.c; store_restore.c reads what is written here.
 */
#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "lib_private.h"

/**
 * struct writing - a backup in the making
 * @backup: what the caller wants
 * @store: where the blobs come from
 * @dir: where they go
 * @manifest: what is to be said of them
 * @count: how many there are
 */
struct writing {
	const struct km_backup *backup;
	struct km_store *store;
	int dir;
	FILE *manifest;
	size_t count;
};

int km_backup_hash(const void *data, size_t len, char text[KM_BACKUP_HASH + 1])
{
	unsigned char hash[KM_BACKUP_HASH / 2];

	if (EVP_Digest(data, len, hash, NULL, EVP_sha256(), NULL) != 1)
		return -ENOMEM;
	km_backup_hex(hash, sizeof(hash), text);
	return 0;
}

void km_backup_hex(const unsigned char *bytes, size_t len, char *text)
{
	*text = '\0';
	while (len--)
		text += sprintf(text, "%02x", *bytes++);
}

static int tell(const struct writing *w, const char *alias, int error)
{
	return w->backup->each ? w->backup->each(w->backup->arg, alias, error) : 0;
}

static int format_of(const struct km_buf *blob)
{
	struct km_params *enforced, *unenforced;
	int format = km_blob_parse(blob->data, blob->len, &enforced, &unenforced);

	km_params_free(enforced);
	km_params_free(unenforced);
	return format;
}

static int write_blob(struct writing *w, const char *alias, const struct km_buf *blob, int format)
{
	struct km_bytes bytes = { blob->data, blob->len };
	char name[NAME_MAX + 1], hash[KM_BACKUP_HASH + 1];
	int ret;

	ret = km_store_encode(alias, name);
	if (!ret)
		ret = km_backup_hash(blob->data, blob->len, hash);
	if (!ret)
		ret = km_put_file(w->dir, name, &bytes, 0);
	if (ret)
		return ret;
	fprintf(w->manifest, KM_BACKUP_BLOB "%s %zu %d %s\n", name, blob->len, format, hash);
	w->count++;
	return tell(w, alias, 0);
}

/* What is no blob is told of and left out: it must not keep all others from being saved. */
static int copy_blob(void *arg, const char *alias)
{
	struct writing *w = arg;
	struct km_buf blob = { 0 };
	int ret, format = 0;

	ret = km_store_get(w->store, alias, &blob);
	if (!ret)
		format = format_of(&blob);
	if (ret == -ENOENT)
		ret = 0;	/* deleted meanwhile */
	else if (ret == -ENOMEM || format == -ENOMEM)
		ret = -ENOMEM;
	else if (ret || format < 0)
		ret = tell(w, alias, ret ? ret : format);
	else
		ret = write_blob(w, alias, &blob, format);
	km_buf_free(&blob);
	return ret;
}

static void write_head(const struct writing *w)
{
	char check[2 * KM_ROOT_CHECK_SIZE + 1] = "-", when[32];
	time_t now = time(NULL);
	struct tm tm;

	if (w->backup->root_check)
		km_backup_hex(w->backup->root_check, KM_ROOT_CHECK_SIZE, check);
	gmtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	fprintf(w->manifest, KM_BACKUP_HEAD "time %s\n" KM_BACKUP_ROOT "%s\n", when, check);
}

/* The last line says how many there are, and is a hash of those before it. */
static int write_manifest(const struct writing *w, char **text, size_t *len)
{
	char hash[KM_BACKUP_HASH + 1];
	int ret;

	if (fflush(w->manifest))
		return -ENOMEM;
	ret = km_backup_hash(*text, *len, hash);
	if (ret)
		return ret;
	fprintf(w->manifest, KM_BACKUP_END "%zu %s\n", w->count, hash);
	if (fflush(w->manifest))
		return -ENOMEM;
	return km_put_file(w->dir, KM_BACKUP_MANIFEST, &(struct km_bytes){ *text, *len }, 0);
}

/* A new directory, or an empty one: two backups in one would be none. */
static int open_new(const char *path)
{
	struct dirent *entry;
	int fd, copy, n = 0;
	DIR *d;

	fd = km_dir_open(path, KM_STORE_CREATE);
	if (fd < 0)
		return fd;
	copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = copy < 0 ? NULL : fdopendir(copy);
	if (!d) {
		if (copy >= 0)
			close(copy);
		close(fd);
		return -ENOMEM;
	}
	while ((entry = readdir(d)))
		n++;
	closedir(d);
	if (n == 2)
		return fd;
	close(fd);
	return -EEXIST;
}

LIBEXPORT int km_store_backup(struct km_store *store, const struct km_backup *backup)
{
	struct writing w = { .backup = backup, .store = store };
	char *text = NULL;
	size_t len = 0;
	int ret;

	if (backup->flags)
		return -EINVAL;
	w.dir = open_new(backup->dir);
	if (w.dir < 0)
		return w.dir;
	w.manifest = open_memstream(&text, &len);
	if (!w.manifest) {
		close(w.dir);
		return -ENOMEM;
	}
	write_head(&w);
	ret = km_store_list(store, copy_blob, &w);
	if (!ret)
		ret = write_manifest(&w, &text, &len);
	fclose(w.manifest);
	free(text);
	close(w.dir);
	return ret;
}
