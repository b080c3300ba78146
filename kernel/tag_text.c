// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
/*
 * One authorization out of its text, "purpose" and "sign,verify": the parser of keyring
 * requests and of kmctl's options. A leaf over tag_names.c; part of the library, too.
 *
 * The text comes from anybody. Nothing is allocated, no number is taken that does not fit,
 * and what is made of it is checked by those who check every description.
 */
#include "tag_kind.h"
#include "tag_text.h"

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* Digits only, no sign and no blanks; up to the first character that is none. */
static int read_digits(const char **text, unsigned int base, u64 *value)
{
	const char *p = *text;
	bool fits = true;
	u64 v = 0;

	for (; digit(*p) < (int)base; p++) {
		fits &= v <= (U64_MAX - digit(*p)) / base;
		v = v * base + digit(*p);
	}
	if (p == *text)
		return -EINVAL;
	*text = p;
	*value = v;
	return fits ? 0 : -ERANGE;
}

static int parse_number(const char *text, u64 max, u64 *value)
{
	unsigned int base = 10;
	int ret;

	if (text[0] == '0' && (text[1] | 0x20) == 'x') {
		base = 16;
		text += 2;
	}
	ret = read_digits(&text, base, value);
	if (ret == -EINVAL || *text)
		return -EINVAL;
	return ret || *value > max ? -ERANGE : 0;
}

/* "+30d": a duration from now. */
static int parse_relative(const char *text, u64 now, u64 *ms)
{
	static const struct { char unit; u32 seconds; } units[] = {
		{ 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 },
	};
	unsigned int i;
	u64 n;
	int ret;

	ret = read_digits(&text, 10, &n);
	if (ret == -EINVAL)
		return ret;
	for (i = 0; i < ARRAY_SIZE(units); i++) {
		if (text[0] != units[i].unit || text[1])
			continue;
		if (ret || n > (S64_MAX / 1000 - now) / units[i].seconds)
			return -ERANGE;
		*ms = (now + n * units[i].seconds) * 1000;
		return 0;
	}
	return -EINVAL;
}

static bool is_leap(u32 year)
{
	return (year % 4 == 0 && year % 100) || year % 400 == 0;
}

/* Days since 1970-01-01 in the Gregorian calendar. */
static int days_of(u32 year, u32 month, u32 day, u64 *days)
{
	static const u32 length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	u32 m, y = year - 1, leap = is_leap(year) ? 1 : 0;

	if (year < 1970 || month < 1 || month > 12 || day < 1 ||
	    day > length[month - 1] + (month == 2 ? leap : 0))
		return -EINVAL;
	*days = 365ULL * y + y / 4 - y / 100 + y / 400 - 719162 + day - 1;
	for (m = 1; m < month; m++)
		*days += length[m - 1] + (m == 2 ? leap : 0);
	return 0;
}

/* NUMBER of that many digits at most, and the character behind it, which is skipped. */
static int read_field(const char **text, unsigned int digits, char end, u32 *value)
{
	const char *begin = *text;
	u64 v;
	int ret;

	ret = read_digits(text, 10, &v);
	if (ret || *text - begin > digits || **text != end)
		return -EINVAL;
	*text += end != 0;
	*value = v;
	return 0;
}

/* "2030-12-31", "2030-12-31T23:59:59Z"; without Z, or with a blank for T, as well. */
static int parse_calendar(const char *text, u64 *ms)
{
	u32 year, month, day, hour = 0, minute = 0, second = 0;
	bool time = strlen(text) > strlen("2030-12-31") || strchr(text, 'T');
	char sep = strchr(text, 'T') ? 'T' : ' ';
	u64 days;

	if (read_field(&text, 4, '-', &year) || read_field(&text, 2, '-', &month) ||
	    read_field(&text, 2, time ? sep : 0, &day))
		return -EINVAL;
	if (time && (read_field(&text, 2, ':', &hour) || read_field(&text, 2, ':', &minute) ||
		     read_field(&text, 2, sep == 'T' && strchr(text, 'Z') ? 'Z' : 0, &second)))
		return -EINVAL;
	if (*text || hour > 23 || minute > 59 || second > 59 || days_of(year, month, day, &days))
		return -EINVAL;
	*ms = (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000;
	return 0;
}

static int parse_date(const char *text, u64 now, u64 *ms)
{
	int ret;

	if (text[0] == '+')
		return parse_relative(text + 1, now, ms);
	if (text[0] != '@')
		return parse_calendar(text, ms);
	ret = parse_number(text + 1, S64_MAX / 1000, ms);
	*ms *= 1000;
	return ret;
}

/* In the place of the digits. */
static int decode_hex(char *text, u32 *len)
{
	size_t digits = strlen(text), i;

	if (digits % 2)
		return -EINVAL;
	for (i = 0; i < digits; i++)
		if (digit(text[i]) > 15)
			return -EINVAL;
	for (i = 0; i < digits / 2; i++)
		text[i] = digit(text[2 * i]) << 4 | digit(text[2 * i + 1]);
	*len = digits / 2;
	return 0;
}

static int add_bytes(const struct km_tag_sink *sink, u32 tag, char *text)
{
	struct km_tag_value v = { .tag = tag };
	bool hex = !strncmp(text, "hex:", 4);
	int ret = 0;

	if (hex)
		text += 4;
	else if (km_tag_flags(tag) & KM_TAG_TEXT_IS_HEX)
		hex = true;
	else if (!strncmp(text, "text:", 5))
		text += 5;
	if (hex)
		ret = decode_hex(text, &v.len);
	else
		v.len = strlen(text);
	v.data = (const u8 *)text;
	return ret ? ret : sink->add(sink->set, &v);
}

static int add_one(const struct km_tag_sink *sink, u32 tag, const char *text)
{
	struct km_tag_value v = { .tag = tag };
	u32 value;
	int ret = -EINVAL;

	switch (KM_TAG_TYPE(tag)) {
	case KM_TYPE_ENUM:
	case KM_TYPE_ENUM_REP:
		if (!km_value_from_name(tag, text, &value)) {
			v.value = value;
			ret = 0;
		}
		break;
	case KM_TYPE_UINT:
	case KM_TYPE_UINT_REP:
		ret = parse_number(text, U32_MAX, &v.value);
		break;
	case KM_TYPE_ULONG:
	case KM_TYPE_ULONG_REP:
		ret = parse_number(text, U64_MAX, &v.value);
		break;
	case KM_TYPE_DATE:
		ret = parse_date(text, sink->now_s, &v.value);
		break;
	}
	return ret ? ret : sink->add(sink->set, &v);
}

/* A comma list: one entry each, or the bits of one mask. */
static int add_list(const struct km_tag_sink *sink, u32 tag, char *text)
{
	struct km_tag_value mask = { .tag = tag };
	char *item;
	u32 bit;
	int ret;

	while ((item = strsep(&text, ","))) {
		if (tag != KM_TAG_USER_AUTH_TYPE) {
			ret = add_one(sink, tag, item);
			if (ret)
				return ret;
			continue;
		}
		if (km_value_from_name(tag, item, &bit))
			return -EINVAL;
		mask.value |= bit;
	}
	return tag == KM_TAG_USER_AUTH_TYPE ? sink->add(sink->set, &mask) : 0;
}

/**
 * km_tag_text_add() - read one authorization
 * @sink: where it goes, or they: a list is several
 * @name: its name, as in kmctl's options
 * @value: its value, overwritten; NULL for a tag that needs none
 *
 * Return: 0, -ENOENT for a name that is none, -EINVAL for a bad value, -ERANGE for a number
 * that is too large, or what @sink's add returned; some of a list may then have been added.
 */
int km_tag_text_add(const struct km_tag_sink *sink, const char *name, char *value)
{
	struct km_tag_value yes = { .value = 1 };
	u32 tag = km_tag_from_name(name);

	if (tag == KM_TAG_INVALID)
		return -ENOENT;
	if (KM_TAG_TYPE(tag) == KM_TYPE_BOOL) {
		yes.tag = tag;
		return value && strcmp(value, "yes") ? -EINVAL : sink->add(sink->set, &yes);
	}
	if (!value)
		return -EINVAL;
	if (km_tag_is_bytes(tag))
		return add_bytes(sink, tag, value);
	if (km_tag_repeats(tag) || tag == KM_TAG_USER_AUTH_TYPE)
		return add_list(sink, tag, value);
	return add_one(sink, tag, value);
}
