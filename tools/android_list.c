// SPDX-License-Identifier: GPL-2.0-only
/*
 * The directory of an Android user, as a list: whose each file is, under which alias, what
 * it is; all of it stands there in clear. Under cmd_android_show.c.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <json-c/json.h>

#include "android_entry.h"

/**
 * struct row - one file
 * @uid: its owner; only with @named
 * @alias: decoded; or its name, as it is
 * @named: the name is one of a keystore
 * @known: @file says something
 */
struct row {
	uint32_t uid;
	char *alias;
	bool named;
	bool known;
	struct android_file file;
};

static int read_row(const char *dir, const char *name, struct row *row)
{
	struct km_buf raw = { 0 };
	const char *encoded = name;
	struct stat st;
	char *path;
	int ret;

	*row = (struct row){ 0 };
	row->named = android_name_split(name, &row->uid, &encoded);
	row->alias = row->named ? android_alias_decode(encoded) : strdup(name);
	if (!row->alias)
		row->alias = strdup(encoded);
	if (!row->alias || asprintf(&path, "%s/%s", dir, name) < 0)
		return -ENOMEM;
	/* A pipe would never end. */
	ret = lstat(path, &st) ? -errno : S_ISREG(st.st_mode) ? 0 : -EFBIG;
	if (!ret)
		ret = read_whole(path, ANDROID_FILE_MAX, &raw);
	row->known = !ret && !android_file_parse(&row->file,
						 &(struct km_bytes){ raw.data, raw.len });
	/* From here on only the bytes that were copied out of it. */
	km_buf_free(&raw);
	free(path);
	return ret == -EFBIG ? 0 : ret;
}

static void print_row(const struct row *row)
{
	static const char *const flags[] = { "", " fallback" };
	char uid[16] = "-", *alias = printable(row->alias);

	if (row->named)
		snprintf(uid, sizeof(uid), "%u", row->uid);
	if (row->known)
		printf("%-10s %-32s %s, %s%s\n", uid, alias, android_type_name(row->file.type),
		       android_file_encrypted(&row->file) ? "encrypted" : "not encrypted",
		       flags[!!(row->file.flags & ANDROID_FLAG_FALLBACK)]);
	else
		printf("%-10s %-32s no keystore file, or damaged\n", uid, alias);
	free(alias);
}

static struct json_object *row_to_json(const struct row *row)
{
	struct json_object *object = json_object_new_object();

	if (row->named)
		json_object_object_add(object, "uid", json_object_new_int64(row->uid));
	json_object_object_add(object, row->named ? "alias" : "name", string_to_json(row->alias));
	if (!row->known)
		return object;
	json_object_object_add(object, "type",
			       json_object_new_string(android_type_name(row->file.type)));
	json_object_object_add(object, "version", json_object_new_int(row->file.version));
	json_object_object_add(object, "encrypted",
			       json_object_new_boolean(android_file_encrypted(&row->file)));
	json_object_object_add(object, "fallback",
			       json_object_new_boolean(row->file.flags & ANDROID_FLAG_FALLBACK));
	return object;
}

static int is_file(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
}

/**
 * android_list() - print the directory that the command line names
 * @o: the options; o->word is the directory
 *
 * Return: exit status, after a message.
 */
int android_list(const struct opts *o)
{
	struct json_object *array = o->json ? json_object_new_array() : NULL;
	struct dirent **names = NULL;
	int n = scandir(o->word, &names, is_file, alphasort), i, ret = 0;
	struct row row;

	if (n < 0)
		ret = -errno;
	for (i = 0; i < n; i++) {
		if (!ret)
			ret = read_row(o->word, names[i]->d_name, &row);
		else
			row = (struct row){ 0 };
		if (!ret && array)
			json_object_array_add(array, row_to_json(&row));
		else if (!ret)
			print_row(&row);
		free(row.alias);
		free(names[i]);
	}
	free(names);
	if (!ret && array)
		print_json(array);
	else
		json_object_put(array);
	return ret ? fail_errno(ST_FAILED, ret, o->word) : ST_OK;
}
