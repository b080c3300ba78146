// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz target: files of Android's keystore and their names (tools/android_file.c,
 * android_alias.c).
 *
 * A file of anybody is opened with a key, with none, and as a .masterkey; one that is written
 * from the input is read as what was written; likewise a name. PBKDF2 is replaced by a copy of
 * the password: its 8192 rounds are libcrypto's.
 */
#include <errno.h>

#include "../../tools/android.h"
#include "fuzz.h"

static const unsigned char key_bytes[32] = "a key that everybody knows, 32 B";

int __wrap_android_pbkdf2(const struct km_bytes *password, const struct km_bytes *salt,
			  size_t key_len, unsigned char *key);

int __wrap_android_pbkdf2(const struct km_bytes *password, const struct km_bytes *salt,
			  size_t key_len, unsigned char *key)
{
	(void)salt;
	MUST(key_len <= 32);
	memset(key, 0, key_len);
	memcpy(key, password->data, password->len < key_len ? password->len : key_len);
	return 0;
}

static void open_with(const struct km_bytes *all, size_t key_len)
{
	struct km_bytes key = { key_bytes, key_len };
	struct android_file f;
	int ret;

	if (!android_file_parse(&f, all)) {
		ret = android_file_open(&f, key_len ? &key : NULL);
		MUST(!ret || ret == -EBADMSG || ret == -EINVAL || ret == -ENOKEY);
		MUST(ret ? !f.value.data : f.value.len <= all->len);
		MUST(is_inside(f.info.data, f.info.len, all->data, all->len));
		MUST(is_inside(f.area.data, f.area.len, all->data, all->len));
	}
	android_file_free(&f);
}

static void as_master(const struct km_bytes *all)
{
	struct km_bytes password = { "1234", 4 };
	struct km_buf master;
	struct android_file f;

	if (!android_file_parse(&f, all) && !android_master_open(&f, &password, &master)) {
		MUST(master.len == 16 || master.len == 32);
		km_buf_free(&master);
	}
	android_file_free(&f);
}

static void written(const uint8_t *data, size_t len)
{
	struct input in = { data, len };
	struct android_new_file new = {
		.type = 1 + (uint8_t)input_number(&in, 1) % 7,
		.flags = (uint8_t)input_number(&in, 1) & 0x0f,
		.key = { key_bytes, 16 },
	};
	struct km_buf file;
	struct km_bytes all;
	struct android_file f;
	const uint8_t *info;
	int ret;

	new.info.len = input_bytes(&in, input_number(&in, 1), &info);
	new.info.data = info;
	if (input_bytes(&in, ANDROID_BLOCK, &new.iv) != ANDROID_BLOCK)
		return;
	new.value = (struct km_bytes){ in.p, in.left };
	/* The two flags say the same; it is written encrypted by one of them. */
	if (new.flags & ANDROID_FLAG_SUPER_ENCRYPTED)
		new.flags |= ANDROID_FLAG_ENCRYPTED;
	ret = android_file_write(&new, &file);
	if (ret) {
		MUST(ret == -EMSGSIZE && new.value.len + new.info.len > ANDROID_VALUE_MAX);
		return;
	}
	all = (struct km_bytes){ file.data, file.len };
	MUST(!android_file_parse(&f, &all) && f.type == new.type && f.flags == new.flags);
	MUST(f.info.len == new.info.len);
	MUST(!new.info.len || !memcmp(f.info.data, new.info.data, f.info.len));
	MUST(!android_file_open(&f, &new.key));
	MUST(f.value.len == in.left && (!in.left || !memcmp(f.value.data, in.p, in.left)));
	android_file_free(&f);
	km_buf_free(&file);
}

static void names(const uint8_t *data, size_t len)
{
	char *text = calloc(1, len + 1), *encoded, *back, *name;
	const char *rest;
	uint32_t uid;

	if (len)
		memcpy(text, data, len);
	encoded = android_alias_encode(text);
	back = android_alias_decode(encoded);
	MUST(back && !strcmp(back, text));
	free(back);
	back = android_alias_decode(text);
	free(back);
	name = android_name_make(10092, text);
	MUST(*encoded ? android_name_split(name, &uid, &rest) && uid == 10092 &&
	     !strcmp(rest, encoded) : true);
	if (android_name_split(text, &uid, &rest))
		MUST(is_inside(rest, strlen(rest), text, len + 1));
	free(name);
	free(encoded);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct km_bytes all = { data, len };

	open_with(&all, 0);
	open_with(&all, 16);
	open_with(&all, 32);
	as_master(&all);
	written(data, len);
	names(data, len);
	return 0;
}
