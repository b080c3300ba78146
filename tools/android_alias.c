// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of Android's keystore files: the user's id, and an alias in characters that every
 * file system takes. Under android_dir.c and the list of android_list.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "android.h"

#define FIRST_PLAIN	'0'
#define LAST_PLAIN	'~'
#define HIGH_DIGIT	'+'

/** android_alias_encode() - as it stands in a file's name; free() it; NULL: no memory */
char *android_alias_encode(const char *alias)
{
	char *encoded = malloc(2 * strlen(alias) + 1), *p = encoded;

	if (!encoded)
		return NULL;
	for (; *alias; alias++) {
		unsigned char c = (unsigned char)*alias;

		if (c >= FIRST_PLAIN && c <= LAST_PLAIN) {
			*p++ = (char)c;
			continue;
		}
		*p++ = (char)(HIGH_DIGIT + (c >> 6));
		*p++ = (char)(FIRST_PLAIN + (c & 0x3f));
	}
	*p = '\0';
	return encoded;
}

/**
 * android_alias_decode() - the reverse
 * @encoded: the part of the name behind the user's id
 *
 * An unfinished pair at the end counts for nothing, as on Android.
 * Return: the alias, to be freed; NULL when no alias is written like this, or no memory.
 */
char *android_alias_decode(const char *encoded)
{
	char *alias = malloc(strlen(encoded) + 1), *p = alias;

	if (!alias)
		return NULL;
	while (*encoded) {
		unsigned char c = (unsigned char)*encoded++, low;

		if (c < FIRST_PLAIN) {
			low = (unsigned char)*encoded;
			if (!low)
				break;
			encoded++;
			if (c < HIGH_DIGIT || c > HIGH_DIGIT + 3 || low < FIRST_PLAIN ||
			    low > FIRST_PLAIN + 0x3f)
				goto none;
			c = (unsigned char)((c - HIGH_DIGIT) << 6 | (low - FIRST_PLAIN));
			if (!c)
				goto none;
		} else if (c > LAST_PLAIN) {
			goto none;
		}
		*p++ = (char)c;
	}
	*p = '\0';
	return alias;
none:
	free(alias);
	return NULL;
}

/**
 * android_name_split() - "10092_USRPKEY_key" into the two that it is made of
 * @name: the name of a file
 * @uid: [out] the owner
 * @encoded: [out] within @name
 *
 * Return: whether it is such a name.
 */
bool android_name_split(const char *name, uint32_t *uid, const char **encoded)
{
	uint64_t n = 0;
	const char *p;

	for (p = name; *p >= '0' && *p <= '9' && n <= UINT32_MAX; p++)
		n = 10 * n + (uint64_t)(*p - '0');
	if (p == name || n > UINT32_MAX || p[0] != '_' || !p[1])
		return false;
	*uid = (uint32_t)n;
	*encoded = p + 1;
	return true;
}

/** android_name_make() - the name of the file of an alias; free() it; NULL: no memory */
char *android_name_make(uint32_t uid, const char *alias)
{
	char *encoded = android_alias_encode(alias), *name = NULL;

	if (encoded && asprintf(&name, "%u_%s", uid, encoded) < 0)
		name = NULL;
	free(encoded);
	return name;
}
