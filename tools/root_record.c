// SPDX-License-Identifier: GPL-2.0-only
/*
 * The record by which a root key takes over the one before: where it lies, and its reading.
 * For init, which loads it with the root key, and for root, which writes and removes it.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kmctl.h"

#define SUFFIX	".previous"

/**
 * root_path() - where the root key lies that is meant
 * @o: --file, --tpm, --tpm-file, --serial
 *
 * Return: its file; of a kernel key, one that is not there, for the record's sake.
 */
const char *root_path(const struct opts *o)
{
	if (o->file)
		return o->file;
	if (o->tpm)
		return o->tpm_file ? o->tpm_file : ROOT_TPM_FILE;
	return ROOT_DIR "/root";
}

/**
 * root_record_path() - where the record lies: beside the root key
 * @o: --file, --tpm, --tpm-file, --serial
 *
 * Return: the path; free() it. NULL when memory is short.
 */
char *root_record_path(const struct opts *o)
{
	char *path;

	return asprintf(&path, "%s" SUFFIX, root_path(o)) < 0 ? NULL : path;
}

static int read_record(const char *path, struct km_buf *record)
{
	struct stat st;
	int fd, ret = root_file_open(path, &fd, &st);

	if (ret || fd < 0)
		return ret;
	if (st.st_size != KM_ROOT_RECORD_SIZE)
		ret = fail(ST_BAD, "%s: damaged: has %lld bytes, not %d", path,
			   (long long)st.st_size, KM_ROOT_RECORD_SIZE);
	else
		ret = read_whole_fd(fd, KM_ROOT_RECORD_SIZE, record);
	close(fd);
	return ret < 0 ? fail_errno(ST_FAILED, ret, path) : ret;
}

/**
 * root_record_read() - the record that is to be loaded with a root key
 * @o: --file, --tpm, --tpm-file, --serial
 * @record: [out] it; empty if there is none
 *
 * Return: exit status, after a message.
 */
int root_record_read(const struct opts *o, struct km_buf *record)
{
	char *path = root_record_path(o);
	int ret;

	if (!path)
		return fail(ST_FAILED, "out of memory");
	ret = read_record(path, record);
	free(path);
	return ret;
}
