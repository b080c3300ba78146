// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl android write: a file for a directory of Android's keystore, and the directory with
 * its .masterkey, where there is none. For tests of what reads such files, and for images.
 */
#include <errno.h>
#include <stdlib.h>

#include "android_entry.h"

static const struct opt options[] = {
	OPT_TEXT_OF("alias", alias, "NAME", "with its prefix: USRPKEY_name, USRCERT_name"),
	OPT_TEXT_OF("uid", user, "N", "the Android user id of its owner"),
	OPT_FLAG_OF("plain", plain, "not encrypted; no PIN is asked for"),
	OPT_FLAG_OF("force", force, "replace an existing file"),
	OPT_IN,
	OPT_END
};

static int parse_uid(const char *text, uint32_t *uid)
{
	char *end;
	unsigned long n;

	*uid = 0;
	errno = 0;
	n = text ? strtoul(text, &end, 10) : 0;
	if (!text || *text < '0' || *text > '9' || *end || errno || n > UINT32_MAX)
		return fail(ST_USAGE, "--uid: give the number of the owner");
	*uid = (uint32_t)n;
	return ST_OK;
}

static int unlock(struct android_dir *dir)
{
	bool is_new = dir->state == ANDROID_UNINITIALIZED;
	enum android_response response;
	struct password pin;
	int ret;

	ret = password_get(&pin, is_new ? "New PIN" : "PIN");
	if (!ret) {
		response = android_dir_password(dir, &(struct km_bytes){ pin.bytes, pin.len });
		if (response >= ANDROID_WRONG_PASSWORD_0)
			ret = fail(ST_NOT_AUTHENTICATED, "the PIN is another one [WRONG_PASSWORD]");
		else if (response != ANDROID_NO_ERROR)
			ret = fail(ST_FAILED, "its .masterkey cannot be read or written [%s]",
				   android_response_name(response));
	}
	password_wipe(&pin);
	return ret;
}

/* Of a blob what it is, generic of everything else. Nothing has to open for that. */
static uint8_t type_of(const struct km_bytes *value)
{
	static const unsigned char any[16];
	const struct android_secrets secrets = { .master = { any, sizeof(any) } };
	struct android_blob blob;
	int ret = android_blob_read(&blob, value, &secrets);
	bool old = blob.format == ANDROID_PK8 || blob.format == ANDROID_QUALCOMM;

	android_blob_free(&blob);
	if (ret && ret != -EKEYREJECTED)
		return ANDROID_TYPE_GENERIC;
	return old ? ANDROID_TYPE_KEY_PAIR : ANDROID_TYPE_KEYMASTER;
}

static int put(const struct opts *o, const struct android_dir *dir, uint32_t uid)
{
	char *name = android_name_make(uid, o->alias);
	struct android_new_file new = { .flags = o->plain ? 0 : ANDROID_FLAG_ENCRYPTED };
	struct km_buf value;
	int ret;

	if (!name)
		return fail(ST_FAILED, "out of memory");
	ret = read_whole(o->in, ANDROID_VALUE_MAX, &value);
	if (ret) {
		free(name);
		return fail_errno(ST_FAILED, ret, o->in ? o->in : "standard input");
	}
	new.value = (struct km_bytes){ value.data, value.len };
	new.type = type_of(&new.value);
	ret = android_dir_put(dir, name, &new, o->force);
	if (ret == -EEXIST)
		ret = fail(ST_EXISTS, "%s exists already (--force replaces it)", name);
	else if (ret)
		ret = fail_errno(ST_FAILED, ret, name);
	km_buf_free(&value);
	free(name);
	return ret;
}

static int run(struct opts *o)
{
	struct android_dir dir;
	uint32_t uid;
	int ret;

	if (!o->alias || !*o->alias)
		return fail(ST_USAGE, "android write: give --alias NAME");
	ret = parse_uid(o->user, &uid);
	if (ret)
		return ret;
	ret = android_dir_open(&dir, o->word);
	if (ret)
		return fail_errno(ST_FAILED, ret, o->word);
	if (!o->plain)
		ret = unlock(&dir);
	if (!ret)
		ret = put(o, &dir, uid);
	android_dir_close(&dir);
	return ret;
}

const struct command cmd_android_write = {
	.name = "android write",
	.summary = "Write a file into a directory of Android's keystore",
	.alias = ALIAS_WORD,
	.word = "DIR",
	.options = options,
	.details =
"The value is a key blob, a certificate or any other data. The first PIN of a directory\n"
"makes its master key. Without a terminal the PIN is the first line of standard input; the\n"
"rest of it is the value, where --in says nothing else.\n",
	.run = run,
};
