// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The setting of a password, as text: how it is stretched, in the form that argon2's
 * reference prints, without the hash: $argon2id$v=19$m=19456,t=2,p=1$SALT
 * A leaf. stretch.c computes with what is parsed here.
 *
 * The kernel keeps the text and gives it back. It is read strictly, in one form only, and
 * within bounds: no setting can have a login wait for minutes, or ask for gigabytes.
 */
#include <errno.h>
#include <stdio.h>

#include "lib_private.h"

#define PREFIX		"$argon2id$v=19$m="
/* What 128 bytes of text have room for is less. */
#define ENCODED_MAX	64

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Base64 without padding, as in all such strings. */
static size_t encode(const unsigned char *data, size_t len, char *text)
{
	uint32_t bits = 0;
	size_t n = 0, i;
	int have = 0;

	for (i = 0; i < len; i++) {
		bits = bits << 8 | data[i];
		for (have += 8; have >= 6; have -= 6)
			text[n++] = digits[bits >> (have - 6) & 63];
	}
	if (have)
		text[n++] = digits[bits << (6 - have) & 63];
	text[n] = '\0';
	return n;
}

int km_setting_write(const struct km_setting *setting, char text[KM_SETTING_MAX + 1])
{
	char salt[2 * KM_SALT_MAX];

	encode(setting->salt, setting->salt_len, salt);
	return snprintf(text, KM_SETTING_MAX + 1, PREFIX "%u,t=%u,p=%u$%s", setting->memory_kib,
			setting->passes, setting->lanes, salt);
}

/* Digits without sign, blanks or leading zeros, up to @max; moves @text behind them. */
static int read_number(const char **text, uint32_t max, uint32_t *value)
{
	const char *p = *text;
	uint64_t n = 0;

	if (*p < '1' || *p > '9')
		return -EBADMSG;
	for (; *p >= '0' && *p <= '9'; p++) {
		n = 10 * n + (uint64_t)(*p - '0');
		if (n > max)
			return -EBADMSG;
	}
	*value = (uint32_t)n;
	*text = p;
	return 0;
}

static int expect(const char **text, const char *what)
{
	size_t len = strlen(what);

	if (strncmp(*text, what, len))
		return -EBADMSG;
	*text += len;
	return 0;
}

static int read_salt(const char *text, struct km_setting *setting)
{
	char again[2 * KM_SALT_MAX];
	size_t len = strlen(text), n = 0;
	uint32_t bits = 0;
	const char *digit;
	int have = 0;

	if (len > ENCODED_MAX)
		return -EBADMSG;
	for (; *text; text++) {
		digit = strchr(digits, *text);
		if (!digit)
			return -EBADMSG;
		bits = bits << 6 | (uint32_t)(digit - digits);
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		setting->salt[n++] = (unsigned char)(bits >> have);
	}
	setting->salt_len = n;
	/* The bits that are left over are zero, and there are no more than have to be. */
	if (n < KM_SALT_MIN || encode(setting->salt, n, again) != len ||
	    strcmp(again, text - len))
		return -EBADMSG;
	return 0;
}

int km_setting_read(const char *text, struct km_setting *setting)
{
	int ret;

	ret = expect(&text, PREFIX);
	if (!ret)
		ret = read_number(&text, KM_STRETCH_MEMORY_MAX, &setting->memory_kib);
	if (!ret)
		ret = expect(&text, ",t=");
	if (!ret)
		ret = read_number(&text, KM_STRETCH_PASSES_MAX, &setting->passes);
	if (!ret)
		ret = expect(&text, ",p=");
	if (!ret)
		ret = read_number(&text, KM_STRETCH_LANES_MAX, &setting->lanes);
	if (!ret)
		ret = expect(&text, "$");
	if (!ret)
		ret = read_salt(text, setting);
	/* argon2 wants two blocks for each quarter of a lane. */
	if (!ret && setting->memory_kib < 8 * setting->lanes)
		ret = -EBADMSG;
	return ret;
}
