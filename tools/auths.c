// SPDX-License-Identifier: GPL-2.0-only
/*
 * Authorization sets for people and for programs: as lines, and as JSON.
 * Under show, list and explain.c; names come from the library.
 */
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "kmctl.h"

#define VALUE_MAX	4096

void hex(const void *bytes, size_t len, char *text)
{
	const unsigned char *p = bytes;

	*text = '\0';
	while (len--)
		text += sprintf(text, "%02x", *p++);
}

/* All values of @tag in one line: "encrypt, decrypt"; "" when there is none. */
void format_values(const struct km_params *params, uint32_t tag, char *text, size_t len)
{
	struct km_param p;
	char value[VALUE_MAX];
	size_t at = 0, i;

	text[0] = '\0';
	for (i = 0; !km_params_find(params, tag, i, &p) && at < len; i++) {
		km_param_format(&p, value, sizeof(value));
		at += (size_t)snprintf(text + at, len - at, "%s%s", i ? ", " : "", value);
	}
}

static bool first_of_tag(const struct km_params *params, size_t index)
{
	struct km_param p, before;
	size_t i;

	km_params_get(params, index, &p);
	for (i = 0; i < index; i++)
		if (!km_params_get(params, i, &before) && before.tag == p.tag)
			return false;
	return true;
}

static void tag_label(uint32_t tag, char *text, size_t len)
{
	const char *name = km_tag_name(tag);

	if (name)
		snprintf(text, len, "%s", name);
	else
		snprintf(text, len, "tag-0x%08x", tag);
}

void print_set(const struct km_params *params, FILE *f)
{
	char label[64], values[VALUE_MAX];
	struct km_param p;
	size_t i;

	for (i = 0; !km_params_get(params, i, &p); i++) {
		if (!first_of_tag(params, i))
			continue;
		tag_label(p.tag, label, sizeof(label));
		format_values(params, p.tag, values, sizeof(values));
		fprintf(f, "  %-24s %s\n", label, values);
	}
}

static bool is_utf8(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	unsigned int more, i;
	uint32_t c;

	while (*p) {
		more = *p < 0x80 ? 0 : (*p & 0xe0) == 0xc0 ? 1 : (*p & 0xf0) == 0xe0 ? 2
			: (*p & 0xf8) == 0xf0 ? 3 : 9;
		if (more == 9)
			return false;
		c = more ? *p & (0x3f >> more) : *p;
		for (p++, i = 0; i < more; i++, p++) {
			if ((*p & 0xc0) != 0x80)
				return false;
			c = c << 6 | (*p & 0x3f);
		}
		/* Overlong forms, surrogates, beyond Unicode. */
		if ((more == 1 && c < 0x80) || (more == 2 && c < 0x800) ||
		    (more == 3 && c < 0x10000) || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
			return false;
	}
	return true;
}

/* JSON is UTF-8; an alias is any bytes. What does not fit is shown escaped. */
struct json_object *string_to_json(const char *text)
{
	struct json_object *object;
	char *escaped;

	if (is_utf8(text))
		return json_object_new_string(text);
	escaped = printable(text);
	object = json_object_new_string(escaped);
	free(escaped);
	return object;
}

static struct json_object *value_to_json(const struct km_param *p)
{
	char text[VALUE_MAX];

	switch (KM_TAG_TYPE(p->tag)) {
	case KM_TYPE_BOOL:
		return json_object_new_boolean(p->value != 0);
	case KM_TYPE_UINT:
	case KM_TYPE_UINT_REP:
	case KM_TYPE_ULONG:
	case KM_TYPE_ULONG_REP:
		return json_object_new_uint64(p->value);
	}
	km_param_format(p, text, sizeof(text));
	return json_object_new_string(text);
}

/* A repeatable tag is an array even when it occurs once: one shape to read. */
struct json_object *values_to_json(const struct km_params *params, uint32_t tag)
{
	struct json_object *array;
	struct km_param p;
	size_t i;

	if (!km_tag_is_repeatable(tag))
		return km_params_find(params, tag, 0, &p) ? NULL : value_to_json(&p);
	array = json_object_new_array();
	for (i = 0; !km_params_find(params, tag, i, &p); i++)
		json_object_array_add(array, value_to_json(&p));
	return array;
}

struct json_object *set_to_json(const struct km_params *params)
{
	struct json_object *object = json_object_new_object();
	struct km_param p;
	char label[64];
	size_t i;

	for (i = 0; !km_params_get(params, i, &p); i++) {
		if (!first_of_tag(params, i))
			continue;
		tag_label(p.tag, label, sizeof(label));
		json_object_object_add(object, label, values_to_json(params, p.tag));
	}
	return object;
}

void print_json(struct json_object *object)
{
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}
