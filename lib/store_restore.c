// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A backup back into a store: all of it is read and verified before anything is written.
 * Reads what store_backup.c has written; beside store.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib_private.h"

/* Room for some hundred thousand keys. */
#define MANIFEST_MAX	(64 * 1024 * 1024)
#define STR(n)		STR_(n)
#define STR_(n)		#n

/**
 * struct item - a key of the backup
 * @alias: its name
 * @blob: what the backup has of it
 * @there: the store has it already, byte for byte
 */
struct item {
	char alias[NAME_MAX + 1];
	struct km_buf blob;
	bool there;
};

/**
 * struct reading - a backup that is being read
 * @backup: what the caller wants
 * @dir: where it lies
 * @text: the manifest, with a zero behind it
 * @len: bytes at @text
 * @items: the keys
 * @count: how many
 */
struct reading {
	const struct km_backup *backup;
	int dir;
	char *text;
	size_t len;
	struct item *items;
	size_t count;
};

static int tell(const struct reading *r, const char *alias, int error)
{
	return r->backup->each ? r->backup->each(r->backup->arg, alias, error) : 0;
}

static int read_manifest(struct reading *r)
{
	struct stat st;
	ssize_t n = 0;
	int fd;

	fd = openat(r->dir, KM_BACKUP_MANIFEST, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ENODATA : -errno;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > MANIFEST_MAX) {
		close(fd);
		return -EBADMSG;
	}
	r->text = malloc((size_t)st.st_size + 1);
	while (r->text && r->len < (size_t)st.st_size) {
		n = read(fd, r->text + r->len, (size_t)st.st_size - r->len);
		if (n <= 0 && !(n < 0 && errno == EINTR))
			break;
		r->len += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	if (!r->text)
		return -ENOMEM;
	if (r->len != (size_t)st.st_size)
		return n < 0 ? -EIO : -EBADMSG;
	r->text[r->len] = '\0';
	return strlen(r->text) == r->len ? 0 : -EBADMSG;
}

/* Cuts off the last line, which must be right about all others. */
static int check_end(struct reading *r, size_t *count)
{
	char hash[KM_BACKUP_HASH + 1], said[KM_BACKUP_HASH + 1];
	char *end, tail;
	int ret;

	if (strncmp(r->text, KM_BACKUP_HEAD, strlen(KM_BACKUP_HEAD)))
		return -EBADMSG;
	end = strstr(r->text, "\n" KM_BACKUP_END);
	if (!end++)
		return -EBADMSG;
	if (sscanf(end, KM_BACKUP_END "%zu %" STR(KM_BACKUP_HASH) "s%c", count, said, &tail) != 3 ||
	    tail != '\n' || strchr(end, '\n')[1])
		return -EBADMSG;
	ret = km_backup_hash(r->text, (size_t)(end - r->text), hash);
	*end = '\0';
	return ret ? ret : strcmp(hash, said) ? -EBADMSG : 0;
}

/* Blobs of another root key would open nowhere here. */
static int check_root(const struct reading *r)
{
	char check[2 * KM_ROOT_CHECK_SIZE + 1];
	const char *said = strstr(r->text, "\n" KM_BACKUP_ROOT);

	if (!said)
		return -EBADMSG;
	if (r->backup->flags & KM_BACKUP_ANY_ROOT)
		return 0;
	if (!r->backup->root_check)
		return -EXDEV;
	km_backup_hex(r->backup->root_check, KM_ROOT_CHECK_SIZE, check);
	said += strlen("\n" KM_BACKUP_ROOT);
	return !strncmp(said, check, strlen(check)) && said[strlen(check)] == '\n' ? 0 : -EXDEV;
}

/* One line, and the file that it is about. */
static int read_item(struct reading *r, const char *line)
{
	char name[NAME_MAX + 1], said[KM_BACKUP_HASH + 1], hash[KM_BACKUP_HASH + 1], tail;
	struct item *item = &r->items[r->count];
	size_t len;
	int format, ret;

	if (sscanf(line, KM_BACKUP_BLOB "%" STR(NAME_MAX) "s %zu %d %" STR(KM_BACKUP_HASH) "s%c",
		   name, &len, &format, said, &tail) != 4 ||
	    km_store_decode(name, item->alias))
		return -EBADMSG;
	r->count++;
	ret = km_store_get_at(r->dir, item->alias, &item->blob);
	if (!ret)
		ret = km_backup_hash(item->blob.data, item->blob.len, hash);
	if (!ret && (!len || item->blob.len != len || strcmp(hash, said) ||
		     *(unsigned char *)item->blob.data != format))
		ret = -EBADMSG;
	if (!ret || ret == -ENOMEM)
		return ret;
	/* All that are damaged are told, not only the first one. */
	tell(r, item->alias, ret);
	return -EBADMSG;
}

static int read_items(struct reading *r, size_t count)
{
	char *line = r->text, *next;
	int ret, bad = 0;

	if (count > r->len)
		return -EBADMSG;
	r->items = calloc(count + 1, sizeof(*r->items));
	if (!r->items)
		return -ENOMEM;
	for (; (next = strchr(line, '\n')); line = next + 1) {
		*next = '\0';
		if (strncmp(line, KM_BACKUP_BLOB, strlen(KM_BACKUP_BLOB)))
			continue;
		if (r->count == count)
			return -EBADMSG;
		ret = read_item(r, line);
		if (ret == -ENOMEM)
			return ret;
		bad |= ret;
	}
	return bad || r->count != count ? -EBADMSG : 0;
}

/* What is there already is no conflict: so that one that was cut short can be repeated. */
static int compare(struct reading *r, int store)
{
	struct km_buf now;
	struct item *item;
	bool conflict = false;
	size_t i;
	int ret;

	for (i = 0; i < r->count; i++) {
		item = &r->items[i];
		now = (struct km_buf){ 0 };
		ret = km_store_get_at(store, item->alias, &now);
		item->there = !ret && now.len == item->blob.len &&
			      !memcmp(now.data, item->blob.data, now.len);
		km_buf_free(&now);
		if (ret == -ENOENT || item->there || r->backup->flags & KM_STORE_REPLACE)
			continue;
		conflict = true;
		tell(r, item->alias, -EEXIST);
	}
	return conflict ? -EEXIST : 0;
}

static int write_items(struct reading *r, int store)
{
	char name[NAME_MAX + 1];
	struct km_bytes bytes;
	struct item *item;
	size_t i;
	int ret;

	for (i = 0; i < r->count; i++) {
		item = &r->items[i];
		bytes = (struct km_bytes){ item->blob.data, item->blob.len };
		ret = km_store_encode(item->alias, name);
		if (!ret && !item->there)
			ret = km_put_file(store, name, &bytes, KM_STORE_REPLACE);
		if (!ret)
			ret = tell(r, item->alias, item->there ? -EALREADY : 0);
		if (ret)
			return ret;
	}
	return 0;
}

static int restore(struct reading *r, int store)
{
	size_t count;
	int lock, ret;

	ret = read_manifest(r);
	if (!ret)
		ret = check_end(r, &count);
	if (!ret)
		ret = check_root(r);
	if (!ret)
		ret = read_items(r, count);
	if (ret)
		return ret;
	/* From the comparison to the last file nobody else puts a key there. */
	lock = km_store_lock(store);
	if (lock < 0)
		return lock;
	ret = compare(r, store);
	if (!ret)
		ret = write_items(r, store);
	close(lock);
	return ret;
}

LIBEXPORT int km_store_restore(struct km_store *store, const struct km_backup *backup)
{
	struct reading r = { .backup = backup };
	int ret;

	if (backup->flags & ~(KM_STORE_REPLACE | KM_BACKUP_ANY_ROOT))
		return -EINVAL;
	r.dir = km_dir_open(backup->dir, 0);
	if (r.dir < 0)
		return r.dir;
	ret = restore(&r, km_store_fd(store));
	while (r.count)
		km_buf_free(&r.items[--r.count].blob);
	free(r.items);
	free(r.text);
	close(r.dir);
	return ret;
}
