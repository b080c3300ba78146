// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl root rotate: another root key in the place of the one that is loaded.
 * The steps are in an order in which every one of them can be the last.
 *
 * First the new root key lies beside the old one, and the record, by which it takes the old
 * one over, is on the disk: as long as the old one is in its place the record is passed
 * over. Then one rename() puts the new one there: from then on both are loaded. Only then
 * does the kernel change over, and keys are upgraded.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "kmctl.h"

/**
 * struct rotation - a root key on its way in
 * @o: --file, --tpm, --serial, and what belongs to them
 * @ctx: the context
 * @path: where the root key lies, NULL for a kernel key
 * @next: the new one, beside it
 * @key: its bytes
 * @sealed: the same, sealed by the TPM
 * @request: it, for the kernel
 */
struct rotation {
	const struct opts *o;
	struct km_ctx *ctx;
	const char *path;
	char *next;
	unsigned char key[KM_ROOT_KEY_SIZE];
	struct km_buf sealed;
	struct km_root_request request;
};

static int put_next(struct rotation *r, const void *data, size_t len)
{
	int ret = km_file_put(r->next, data, len, KM_FILE_REPLACE);

	r->request.key = data;
	r->request.len = len;
	return ret ? fail_errno(ST_FAILED, ret, r->next) : ST_OK;
}

static int make_file(struct rotation *r)
{
	r->request.source = KM_ROOT_BYTES;
	if (getrandom(r->key, sizeof(r->key), 0) != (ssize_t)sizeof(r->key))
		return fail_errno(ST_FAILED, errno, "getrandom");
	return put_next(r, r->key, sizeof(r->key));
}

static int make_sealed(struct rotation *r)
{
	int ret = root_tpm_create(r->o, r->ctx, r->path, &r->sealed);

	r->request.source = KM_ROOT_TPM;
	return ret ? ret : put_next(r, r->sealed.data, r->sealed.len);
}

/* The new root key, wherever it comes from; on the disk, but not in its place. */
static int make_next(struct rotation *r)
{
	if (r->o->serial) {
		r->request.source = KM_ROOT_KEYRING;
		return parse_serial("serial", r->o->serial, &r->request.serial);
	}
	r->path = root_path(r->o);
	if (asprintf(&r->next, "%s.new", r->path) < 0) {
		r->next = NULL;
		return fail(ST_FAILED, "out of memory");
	}
	return r->o->tpm ? make_sealed(r) : make_file(r);
}

static int explain_prepare(struct rotation *r, int ret)
{
	struct key none = { .ctx = r->ctx };
	struct attempt attempt = { .key = &none, .verb = "root rotate", .purpose = -1 };

	if (ret == -EEXIST)
		return fail(ST_EXISTS,
			    "the root key before this one is still there: kmctl root forget");
	if (r->o->serial && !km_last_error(r->ctx))
		return fail_errno(ST_FAILED, ret, r->o->serial);
	return explain(&attempt, ret);
}

static int prepare(struct rotation *r)
{
	struct km_buf record = { 0 };
	char *path = root_record_path(r->o);
	int ret;

	if (!path)
		return fail(ST_FAILED, "out of memory");
	ret = km_rotate_root_key(r->ctx, &r->request, &record);
	if (ret) {
		ret = explain_prepare(r, ret);
	} else {
		ret = km_file_put(path, record.data, record.len, KM_FILE_REPLACE);
		if (ret)
			ret = fail_errno(ST_FAILED, ret, path);
	}
	km_buf_free(&record);
	free(path);
	return ret;
}

static int sync_dir_of(const char *path)
{
	char *copy = strdup(path);
	int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int ret = fd < 0 || fsync(fd) ? -errno : 0;

	if (fd >= 0)
		close(fd);
	free(copy);
	return ret;
}

/*
 * The one moment. The check value beside a file goes before and comes after: in between, and
 * if it ends there, nothing says which of the two root keys is meant.
 */
static int put_in_place(struct rotation *r)
{
	int ret;

	if (!r->path)
		return ST_OK;
	if (r->o->file)
		root_check_remove(r->path);
	ret = sync_dir_of(r->path);
	if (!ret && rename(r->next, r->path))
		ret = -errno;
	if (!ret)
		ret = sync_dir_of(r->path);
	return ret ? fail_errno(ST_FAILED, ret, r->path) : ST_OK;
}

static int commit(struct rotation *r)
{
	struct key none = { .ctx = r->ctx };
	struct attempt attempt = { .key = &none, .verb = "root rotate", .purpose = -1 };
	int ret = km_commit_root_key(r->ctx, r->request.check);

	if (ret)
		return explain(&attempt, ret);
	if (r->o->file)
		root_check_write(r->path, r->request.check);
	return ST_OK;
}

static void say(const struct rotation *r, const struct rewrapped *sum)
{
	char check[2 * KM_ROOT_CHECK_SIZE + 1];

	hex(r->request.check, sizeof(r->request.check), check);
	printf("root key rotated, check value %s\n", check);
	printf("keys wrapped anew: %zu\n", sum->done);
	if (sum->closed)
		printf("keys that wait for their application id: %zu\n", sum->closed);
	printf("The root key before is kept for what was not reached: blobs elsewhere, backups.\n"
	       "kmctl root forget ends that.\n");
}

/**
 * root_rotate() - another root key
 * @o: where it is to be
 * @ctx: the context
 *
 * Return: exit status, after a message.
 */
int root_rotate(const struct opts *o, struct km_ctx *ctx)
{
	struct rotation r = { .o = o, .ctx = ctx };
	struct rewrapped sum;
	int ret;

	ret = make_next(&r);
	if (!ret)
		ret = prepare(&r);
	if (!ret)
		ret = put_in_place(&r);
	else if (r.next)
		unlink(r.next);
	if (!ret)
		ret = commit(&r);
	if (!ret) {
		rewrap_all(o, &sum);
		say(&r, &sum);
		if (sum.failed)
			ret = fail(ST_FAILED, "keys that were not wrapped anew: %zu", sum.failed);
	}
	explicit_bzero(r.key, sizeof(r.key));
	km_buf_free(&r.sealed);
	free(r.next);
	return ret;
}

/**
 * root_forget() - the end of the root key before
 * @o: where the root key lies, beside which its record is
 * @ctx: the context
 *
 * The file goes first: cut short in between, the next boot has forgotten it.
 *
 * Return: exit status, after a message.
 */
int root_forget(const struct opts *o, struct km_ctx *ctx)
{
	char *path = root_record_path(o);
	int ret;

	if (!path)
		return fail(ST_FAILED, "out of memory");
	if ((unlink(path) && errno != ENOENT) || sync_dir_of(path))
		ret = fail_errno(ST_FAILED, errno, path);
	else if (km_forget_root_key(ctx))
		ret = fail(ST_FAILED, "the kernel has no root key before this one");
	else
		ret = ST_OK;
	free(path);
	return ret;
}
