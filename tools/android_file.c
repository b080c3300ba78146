// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of Android's keystore: the layer around a key blob, and the .masterkey that it is
 * encrypted under. Reads the versions 0 to 3, writes version 2.
 * Under android_open.c and android_dir.c.
 */
#include <errno.h>
#include <string.h>

#include <openssl/crypto.h>

#include "android.h"

#define HEADER		4
#define OFFSET_IV	HEADER
#define OFFSET_CHECK	20
#define OFFSET_LENGTH	36
#define OFFSET_VALUE	40
#define VERSION		2
#define ALL_FLAGS	0x0f
#define MASTER_128	16
#define MASTER_256	32

/* The salt of the first releases, with its zero byte. */
static const char old_salt[] = "keystore";

static const char *const types[] = {
	[0] = "no type",
	[ANDROID_TYPE_GENERIC] = "generic",
	[ANDROID_TYPE_MASTER_KEY] = "master key",
	[ANDROID_TYPE_KEY_PAIR] = "key pair",
	[ANDROID_TYPE_KEYMASTER] = "keymaster key",
	[ANDROID_TYPE_CHARACTERISTICS] = "characteristics",
	[ANDROID_TYPE_CHARACTERISTICS_CACHE] = "cached characteristics",
	[ANDROID_TYPE_MASTER_KEY_AES256] = "master key, AES-256",
};

const char *android_type_name(unsigned int type)
{
	return type < sizeof(types) / sizeof(types[0]) ? types[type] : NULL;
}

static uint32_t get_be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

/* Version 0 had neither a type nor flags. */
static bool header_is_sane(const struct android_file *file)
{
	if (!file->version)
		return !file->type && !file->flags;
	return file->version <= 3 && file->type && android_type_name(file->type) &&
	       !(file->flags & ~ALL_FLAGS);
}

/**
 * android_file_parse() - take a keystore file apart
 * @file: [out] the parts; end with android_file_free(), also after a failure
 * @data: its bytes, which have to stay
 *
 * Return: 0; -ENOMSG when it is no keystore file, -EBADMSG when it is too short for what
 * it says, or of a length that cannot be.
 */
int android_file_parse(struct android_file *file, const struct km_bytes *data)
{
	const unsigned char *p = data->data;
	size_t len = data->len, at = OFFSET_LENGTH;
	int bad;

	*file = (struct android_file){ 0 };
	if (len < HEADER)
		return -ENOMSG;
	file->version = p[0];
	file->type = p[1];
	file->flags = p[2];
	if (!header_is_sane(file))
		return -ENOMSG;
	/* So little says too little of a file that it was one. */
	bad = file->version ? -EBADMSG : -ENOMSG;
	if (len < OFFSET_VALUE || p[3] > len - OFFSET_VALUE)
		return bad;
	file->iv = p + OFFSET_IV;
	file->check = p + OFFSET_CHECK;
	file->length = get_be32(p + OFFSET_LENGTH);
	file->info = (struct km_bytes){ p + len - p[3], p[3] };
	if (file->version == 3)
		at = OFFSET_VALUE;
	file->area = (struct km_bytes){ p + at, len - p[3] - at };
	if (file->version == 3)
		return file->area.len == file->length && file->length <= ANDROID_VALUE_MAX ? 0
											   : bad;
	return file->area.len && file->area.len % ANDROID_BLOCK == 0 ? 0 : bad;
}

/** android_file_encrypted() - before version 2 they always are; for both flags in the same way */
bool android_file_encrypted(const struct android_file *file)
{
	return file->version < 2 ||
	       file->flags & (ANDROID_FLAG_ENCRYPTED | ANDROID_FLAG_SUPER_ENCRYPTED);
}

/** android_file_is_master() - by its type; a file of version 0 has none */
bool android_file_is_master(const struct android_file *file)
{
	return file->type == ANDROID_TYPE_MASTER_KEY ||
	       file->type == ANDROID_TYPE_MASTER_KEY_AES256;
}

void android_file_free(struct android_file *file)
{
	km_buf_free(&file->value);
	*file = (struct android_file){ 0 };
}

static int set_value(struct android_file *file, const unsigned char *data, size_t len)
{
	int ret = android_room(&file->value, len);

	if (ret)
		return ret;
	if (len)
		memcpy(file->value.data, data, len);
	file->value.len = len;
	return 0;
}

/* @area: in clear: the length, the value, zeros. */
static int take_value(struct android_file *file, const struct km_bytes *area)
{
	const unsigned char *p = area->data;
	uint32_t len = get_be32(p);

	if (len > ANDROID_VALUE_MAX || len > area->len - 4)
		return -EBADMSG;
	return set_value(file, p + 4, len);
}

/* The MD5 is inside the encryption. It tells a wrong key; it is no authentication. */
static int open_cbc(struct android_file *file, const struct km_bytes *key)
{
	struct km_bytes cipher = { file->check, ANDROID_MD5 + file->area.len }, area;
	unsigned char md5[ANDROID_MD5];
	struct km_buf plain;
	int ret;

	ret = android_room(&plain, cipher.len);
	if (ret)
		return ret;
	plain.len = cipher.len;
	ret = android_cbc(key, file->iv, false, &cipher, plain.data);
	area = (struct km_bytes){ (unsigned char *)plain.data + ANDROID_MD5, file->area.len };
	if (!ret)
		ret = android_digest("MD5", &area, 1, md5);
	if (!ret && CRYPTO_memcmp(md5, plain.data, sizeof(md5)))
		ret = -EBADMSG;
	if (!ret)
		ret = take_value(file, &area);
	km_buf_free(&plain);
	return ret;
}

static int open_gcm(struct android_file *file, const struct km_bytes *key)
{
	struct android_sealed s = {
		.aead = ANDROID_AEAD_GCM, .key = *key, .nonce = file->iv, .text = file->area,
	};
	int ret = android_room(&file->value, file->area.len);

	if (ret)
		return ret;
	ret = android_aead_open(&s, file->check, file->value.data);
	if (ret)
		km_buf_free(&file->value);
	else
		file->value.len = file->area.len;
	return ret;
}

/**
 * android_file_open() - the value of a keystore file
 * @file: the file, once it was parsed
 * @key: the master key, or NULL for a file that is not encrypted
 *
 * Return: 0; -EBADMSG with another key, or when it is damaged; -ENOKEY when it is encrypted
 * and there is no key; -EINVAL for a key of another length; -ENOMEM.
 */
int android_file_open(struct android_file *file, const struct km_bytes *key)
{
	if (!android_file_encrypted(file))
		return file->version == 3 ? set_value(file, file->area.data, file->area.len)
					  : take_value(file, &file->area);
	if (!key)
		return -ENOKEY;
	return file->version == 3 ? open_gcm(file, key) : open_cbc(file, key);
}

static void put_header(const struct android_new_file *new, unsigned char *p)
{
	p[0] = VERSION;
	p[1] = new->type;
	p[2] = new->flags;
	p[3] = (unsigned char)new->info.len;
	p[OFFSET_LENGTH] = (unsigned char)(new->value.len >> 24);
	p[OFFSET_LENGTH + 1] = (unsigned char)(new->value.len >> 16);
	p[OFFSET_LENGTH + 2] = (unsigned char)(new->value.len >> 8);
	p[OFFSET_LENGTH + 3] = (unsigned char)new->value.len;
}

/* In place: MD5 and area, of @len bytes. */
static int encrypt_area(const struct android_new_file *new, unsigned char *p, size_t len)
{
	struct km_bytes area = { p + OFFSET_LENGTH, len };
	struct km_bytes plain = { p + OFFSET_CHECK, ANDROID_MD5 + len };
	int ret = android_digest("MD5", &area, 1, p + OFFSET_CHECK);

	memcpy(p + OFFSET_IV, new->iv, ANDROID_BLOCK);
	return ret ? ret : android_cbc(&new->key, new->iv, true, &plain, p + OFFSET_CHECK);
}

/**
 * android_file_write() - make a keystore file
 * @new: what it is to be; encrypted when its flags say so
 * @out: [out] the file; end with km_buf_free()
 *
 * Return: 0; -EMSGSIZE when value and info are too long, -EINVAL, -ENOMEM.
 */
int android_file_write(const struct android_new_file *new, struct km_buf *out)
{
	size_t area = (4 + new->value.len + ANDROID_BLOCK - 1) / ANDROID_BLOCK * ANDROID_BLOCK;
	size_t len = OFFSET_LENGTH + area + new->info.len;
	unsigned char *p;
	int ret;

	*out = (struct km_buf){ 0 };
	if (new->info.len > 255 || new->value.len > ANDROID_VALUE_MAX - new->info.len)
		return -EMSGSIZE;
	ret = android_room(out, len);
	if (ret)
		return ret;
	p = out->data;
	memset(p, 0, len);
	out->len = len;
	put_header(new, p);
	if (new->value.len)
		memcpy(p + OFFSET_VALUE, new->value.data, new->value.len);
	if (new->info.len)
		memcpy(p + OFFSET_LENGTH + area, new->info.data, new->info.len);
	if (new->flags & ANDROID_FLAG_ENCRYPTED)
		ret = encrypt_area(new, p, area);
	if (ret)
		km_buf_free(out);
	return ret;
}

/* ---- .masterkey ---- */

/**
 * android_master_open() - the master key out of a .masterkey
 * @file: the file, once it was parsed
 * @password: the PIN
 * @master: [out] the master key; end with km_buf_free()
 *
 * Return: 0; -EBADMSG with another password, or when the file is damaged; -ENOMEM.
 */
int android_master_open(const struct android_file *file, const struct km_bytes *password,
			struct km_buf *master)
{
	size_t len = file->type == ANDROID_TYPE_MASTER_KEY_AES256 ? MASTER_256 : MASTER_128;
	struct km_bytes salt = { old_salt, sizeof(old_salt) };
	unsigned char key[MASTER_256];
	struct android_file copy = *file;
	int ret;

	*master = (struct km_buf){ 0 };
	if (file->info.len == ANDROID_SALT)
		salt = file->info;
	copy.flags |= ANDROID_FLAG_ENCRYPTED;
	ret = android_pbkdf2(password, &salt, len, key);
	if (!ret)
		ret = android_file_open(&copy, &(struct km_bytes){ key, len });
	explicit_bzero(key, sizeof(key));
	if (!ret && copy.value.len != len) {
		km_buf_free(&copy.value);
		ret = -EBADMSG;
	}
	if (!ret)
		*master = copy.value;
	return ret;
}

/**
 * android_master_write() - make a .masterkey
 * @new: what goes into it
 * @out: [out] the file; end with km_buf_free()
 *
 * Return: 0; -EINVAL, -ENOMEM.
 */
int android_master_write(const struct android_new_master *new, struct km_buf *out)
{
	struct km_bytes salt = { new->salt, ANDROID_SALT };
	unsigned char key[MASTER_128];
	struct android_new_file file = {
		.type = ANDROID_TYPE_MASTER_KEY, .flags = ANDROID_FLAG_ENCRYPTED,
		.value = new->master, .info = salt, .key = { key, sizeof(key) },
		.iv = new->iv,
	};
	int ret;

	*out = (struct km_buf){ 0 };
	if (new->master.len != MASTER_128)
		return -EINVAL;
	ret = android_pbkdf2(&new->password, &salt, sizeof(key), key);
	if (!ret)
		ret = android_file_write(&file, out);
	explicit_bzero(key, sizeof(key));
	return ret;
}
