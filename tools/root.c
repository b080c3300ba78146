// SPDX-License-Identifier: GPL-2.0-only
/*
 * Root keys that are more than 32 bytes in a file: those that the TPM seals, and the check
 * value beside a file, which tells a wrong root key before every blob does. Called by init.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kmctl.h"

#define PCRS_MAX	24
/* Where a sealed root key says for which PCRs it is. */
#define PCRS_AT		8

/* 32 digits and the end of the line. */
#define CHECK_LEN	(2 * KM_ROOT_CHECK_SIZE + 1)

/* A file that nobody but root could have written; @found: is it there at all? */
static int read_file(const char *path, size_t max, struct km_buf *buf, bool *found)
{
	struct stat st;
	int fd, ret = root_file_open(path, &fd, &st);

	*found = ret || fd >= 0;
	if (ret || fd < 0)
		return ret;
	ret = read_whole_fd(fd, max, buf);
	close(fd);
	return ret < 0 ? fail_errno(ST_FAILED, ret, path) : ret;
}

/* --- the check value beside a file ------------------------------------------------------ */

static bool from_hex(const char *text, uint8_t check[KM_ROOT_CHECK_SIZE])
{
	char again[2 * KM_ROOT_CHECK_SIZE + 1];
	unsigned int i, byte;

	for (i = 0; i < KM_ROOT_CHECK_SIZE; i++) {
		if (sscanf(text + 2 * i, "%2x", &byte) != 1)
			return false;
		check[i] = (uint8_t)byte;
	}
	hex(check, KM_ROOT_CHECK_SIZE, again);
	return !memcmp(again, text, 2 * KM_ROOT_CHECK_SIZE);
}

static char *check_path(const char *file)
{
	char *path;

	return asprintf(&path, "%s.check", file) < 0 ? NULL : path;
}

/**
 * root_check_read() - which root key is meant by a file
 * @file: the root key's file
 * @check: [out] its check value
 * @known: [out] is there one?
 *
 * Return: exit status, after a message.
 */
int root_check_read(const char *file, uint8_t check[KM_ROOT_CHECK_SIZE], bool *known)
{
	char *path = check_path(file), text[CHECK_LEN + 1] = "";
	struct km_buf buf = { 0 };
	int ret;

	if (!path)
		return fail(ST_FAILED, "out of memory");
	ret = read_file(path, CHECK_LEN, &buf, known);
	if (!ret && *known) {
		memcpy(text, buf.data, buf.len);
		if (buf.len != CHECK_LEN || !from_hex(text, check))
			ret = fail(ST_BAD, "%s: damaged: it is no check value", path);
	}
	km_buf_free(&buf);
	free(path);
	return ret;
}

/**
 * root_check_write() - remember which root key is in a file
 * @file: the root key's file
 * @check: its check value
 *
 * Where nothing can be written, as to what a service manager hands over, the root key works
 * all the same: so it is no failure.
 */
void root_check_write(const char *file, const uint8_t check[KM_ROOT_CHECK_SIZE])
{
	char *path = check_path(file), text[CHECK_LEN + 1];
	int ret;

	if (!path)
		return;
	hex(check, KM_ROOT_CHECK_SIZE, text);
	text[CHECK_LEN - 1] = '\n';
	ret = km_file_put(path, text, CHECK_LEN, 0);
	if (ret && ret != -EROFS)
		fail_errno(ST_FAILED, ret, path);
	free(path);
}

/**
 * root_check_remove() - no longer remember it: the next root key in the file is right
 * @file: the root key's file
 */
void root_check_remove(const char *file)
{
	char *path = check_path(file);

	if (path && unlink(path) && errno != ENOENT)
		fail_errno(ST_FAILED, errno, path);
	free(path);
}

/* --- the TPM ----------------------------------------------------------------------------- */

static int parse_pcrs(const char *text, uint32_t *pcrs)
{
	const char *p = text;
	unsigned long n;
	char *end;

	*pcrs = 0;
	if (!text)
		return ST_OK;
	do {
		n = strtoul(p, &end, 10);
		if (*p < '0' || *p > '9' || n >= PCRS_MAX || (*end && *end != ','))
			return fail(ST_USAGE, "--pcrs: '%s': wanted are numbers up to %d, as 0,2,7",
				    text, PCRS_MAX - 1);
		*pcrs |= 1U << n;
		p = end + 1;
	} while (*end);
	return ST_OK;
}

/* What the TPM said, of @path or without one. */
static int explain_tpm(struct km_ctx *ctx, const char *path, int ret)
{
	static const char other_tpm[] = "sealed by another TPM, or before this one was cleared";
	struct key none = { .ctx = ctx };
	struct attempt attempt = { .key = &none, .verb = "init", .purpose = -1 };

	switch (ret) {
	case -ENODEV:
		return fail(ST_NOT_READY, "--tpm: this machine has no TPM 2.0");
	case -EBADMSG:
		return fail(ST_BAD, "%s: damaged: no sealed root key any more", path);
	case -ESTALE:
		return fail(ST_REFUSED, "%s: sealed for other PCRs than there are now", path);
	case -EACCES:
		return fail(ST_REFUSED, "--tpm: the TPM's owner must have no password");
	case -EOPNOTSUPP:
		return fail(ST_REFUSED, "--pcrs: the TPM has no such PCR of SHA-256");
	case -EIO:
		return fail(ST_FAILED, "--tpm: the TPM does not do what it should");
	case -EKEYREJECTED:
		if (km_last_error(ctx) == KM_ERROR_INVALID_KEY_BLOB)
			return fail(ST_REFUSED, "%s: %s", path, other_tpm);
		return fail(ST_REFUSED, "%s: has another root key than it says", path);
	default:
		return explain(&attempt, ret);
	}
}

/**
 * root_tpm_create() - a new root key that the TPM seals
 * @o: --pcrs
 * @ctx: the context
 * @path: where it is going to lie, for the messages
 * @sealed: [out] the sealed key
 *
 * Return: exit status, after a message.
 */
int root_tpm_create(const struct opts *o, struct km_ctx *ctx, const char *path,
		    struct km_buf *sealed)
{
	uint32_t pcrs;
	int ret = parse_pcrs(o->pcrs, &pcrs);

	if (ret)
		return ret;
	ret = km_create_tpm_root_key(ctx, pcrs, sealed);
	return ret ? explain_tpm(ctx, path, ret) : ST_OK;
}

/* On the disk before it is used: else what was made with it would be lost. */
static int create(const struct opts *o, struct km_ctx *ctx, struct km_buf *sealed)
{
	const char *path = root_path(o);
	int ret = root_tpm_create(o, ctx, path, sealed);

	if (ret)
		return ret;
	ret = km_file_put(path, sealed->data, sealed->len, 0);
	if (ret)
		return fail_errno(ST_FAILED, ret, path);
	fprintf(stderr, "kmctl: made a new root key in %s; no blob opens without it and this TPM\n",
		path);
	return ST_OK;
}

/* Whoever asks for PCRs must not go without them because there was a file already. */
static int check_pcrs(const struct opts *o, const char *path, const struct km_buf *sealed,
		      uint32_t pcrs)
{
	const uint8_t *p = (const uint8_t *)sealed->data + PCRS_AT;

	if (!o->pcrs || sealed->len < PCRS_AT + 4 ||
	    pcrs == ((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16))
		return ST_OK;
	return fail(ST_REFUSED, "%s: was not sealed for the PCRs %s", path, o->pcrs);
}

/**
 * root_tpm() - the root key that the TPM seals, made when it is not there
 * @o: --tpm-file or the usual place, whose directory is made; --pcrs
 * @ctx: the context
 * @sealed: [out] the sealed key
 *
 * Return: exit status, after a message.
 */
int root_tpm(const struct opts *o, struct km_ctx *ctx, struct km_buf *sealed)
{
	const char *path = root_path(o);
	uint32_t pcrs;
	bool found;
	int ret = parse_pcrs(o->pcrs, &pcrs);

	if (ret)
		return ret;
	if (!o->tpm_file && mkdir(ROOT_DIR, 0700) && errno != EEXIST)
		return fail_errno(ST_FAILED, errno, ROOT_DIR);
	ret = read_file(path, KM_SEALED_ROOT_MAX, sealed, &found);
	if (ret)
		return ret;
	return found ? check_pcrs(o, path, sealed, pcrs) : create(o, ctx, sealed);
}

/* Why not all of it: the root key itself would be loaded. */
static int explain_record(const struct opts *o)
{
	char *path = root_record_path(o);
	int ret = fail(ST_BAD, "%s: damaged (to go on without the root key before: remove it)",
		       path ? path : "the record of the root key before");

	free(path);
	return ret;
}

/**
 * root_explain() - why a root key was not loaded
 * @o: where it came from
 * @ctx: the context
 * @ret: negative errno
 *
 * Return: exit status, after a message.
 */
int root_explain(const struct opts *o, struct km_ctx *ctx, int ret)
{
	if (ret == -EINVAL && km_last_error(ctx))
		return explain_record(o);
	if (o->tpm)
		return explain_tpm(ctx, root_path(o), ret);
	return fail(ST_REFUSED, "%s: not the root key that %s.check tells of: another, or damaged",
		    o->file, o->file);
}
