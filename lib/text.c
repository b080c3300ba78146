// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Authorizations as text: what stands behind kmctl's options, and its reverse.
 * On names.c and params.c; the text never passes into the kernel.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "lib_private.h"

static int parse_number(const char *text, uint64_t max, uint64_t *value)
{
	char *end;
	int base = text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 16 : 10;

	/* strtoull() takes a sign and blanks; we do not. */
	if (!isxdigit((unsigned char)text[0]))
		return -EINVAL;
	errno = 0;
	*value = strtoull(text, &end, base);
	if (end == text || *end)
		return -EINVAL;
	return errno || *value > max ? -ERANGE : 0;
}

/* "+30d": a duration from now. */
static int parse_relative(const char *text, uint64_t *ms)
{
	static const struct { char unit; uint32_t seconds; } units[] = {
		{ 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 },
	};
	uint64_t n, now = (uint64_t)time(NULL);
	char *end;
	size_t i;

	if (!isdigit((unsigned char)text[0]))
		return -EINVAL;
	errno = 0;
	n = strtoull(text, &end, 10);
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (end[0] != units[i].unit || end[1])
			continue;
		if (errno || n > (INT64_MAX / 1000 - now) / units[i].seconds)
			return -ERANGE;
		*ms = (now + n * units[i].seconds) * 1000;
		return 0;
	}
	return -EINVAL;
}

static int parse_date(const char *text, uint64_t *ms)
{
	static const char *const forms[] = {
		"%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d",
	};
	struct tm tm, check;
	const char *end;
	time_t when;
	size_t i;
	int ret;

	if (text[0] == '+')
		return parse_relative(text + 1, ms);
	if (text[0] == '@') {
		ret = parse_number(text + 1, INT64_MAX / 1000, ms);
		*ms *= 1000;
		return ret;
	}
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		memset(&tm, 0, sizeof(tm));
		end = strptime(text, forms[i], &tm);
		if (!end || *end)
			continue;
		/* timegm() would silently turn February 30 into March. */
		check = tm;
		when = timegm(&check);
		if (when < 0 || check.tm_mday != tm.tm_mday || check.tm_mon != tm.tm_mon)
			return -EINVAL;
		*ms = (uint64_t)when * 1000;
		return 0;
	}
	return -EINVAL;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int add_hex(struct km_params *params, uint32_t tag, const char *hex)
{
	size_t len = strlen(hex), i;
	unsigned char *bytes;
	int hi, lo, ret = -EINVAL;

	if (len % 2)
		return -EINVAL;
	bytes = malloc(len / 2 + 1);
	if (!bytes)
		return -ENOMEM;
	for (i = 0; i < len / 2; i++) {
		hi = hex_digit(hex[2 * i]);
		lo = hex_digit(hex[2 * i + 1]);
		if (hi < 0 || lo < 0)
			goto out;
		bytes[i] = (unsigned char)(hi << 4 | lo);
	}
	ret = km_params_add_bytes(params, tag, bytes, len / 2);
out:
	explicit_bzero(bytes, len / 2);
	free(bytes);
	return ret;
}

static int add_bytes(struct km_params *params, uint32_t tag, const char *text)
{
	if (!strncmp(text, "hex:", 4))
		return add_hex(params, tag, text + 4);
	if (km_tag_flags(tag) & KM_TAG_TEXT_IS_HEX)
		return add_hex(params, tag, text);
	if (!strncmp(text, "text:", 5))
		text += 5;
	return km_params_add_bytes(params, tag, text, strlen(text));
}

static int add_one(struct km_params *params, uint32_t tag, const char *text)
{
	uint64_t number;
	uint32_t value;
	int ret;

	switch (KM_TAG_TYPE(tag)) {
	case KM_TYPE_ENUM:
	case KM_TYPE_ENUM_REP:
		if (km_value_from_name(tag, text, &value))
			return -EINVAL;
		return km_params_add_u32(params, tag, value);
	case KM_TYPE_UINT:
	case KM_TYPE_UINT_REP:
		ret = parse_number(text, UINT32_MAX, &number);
		return ret ? ret : km_params_add_u32(params, tag, (uint32_t)number);
	case KM_TYPE_ULONG:
	case KM_TYPE_ULONG_REP:
		ret = parse_number(text, UINT64_MAX, &number);
		return ret ? ret : km_params_add_u64(params, tag, number);
	case KM_TYPE_DATE:
		ret = parse_date(text, &number);
		return ret ? ret : km_params_add_u64(params, tag, number);
	}
	return -EINVAL;
}

/* A comma list: one entry each, or the bits of one mask. */
static int add_list(struct km_params *params, uint32_t tag, const char *text)
{
	char *copy = strdup(text), *rest = copy, *item;
	uint32_t mask = 0, bit;
	int ret = -EINVAL;

	if (!copy)
		return -ENOMEM;
	while ((item = strsep(&rest, ","))) {
		if (tag == KM_TAG_USER_AUTH_TYPE) {
			ret = km_value_from_name(tag, item, &bit) ? -EINVAL : 0;
			mask |= ret ? 0 : bit;
		} else {
			ret = add_one(params, tag, item);
		}
		if (ret)
			goto out;
	}
	if (tag == KM_TAG_USER_AUTH_TYPE)
		ret = km_params_add_u32(params, tag, mask);
out:
	free(copy);
	return ret;
}

static int add_any(struct km_params *params, uint32_t tag, const char *value)
{
	switch (KM_TAG_TYPE(tag)) {
	case KM_TYPE_BOOL:
		if (value && strcmp(value, "yes"))
			return -EINVAL;
		return km_params_add_bool(params, tag);
	case KM_TYPE_BYTES:
	case KM_TYPE_BIGNUM:
		return value ? add_bytes(params, tag, value) : -EINVAL;
	}
	if (!value)
		return -EINVAL;
	if (km_tag_is_repeatable(tag) || tag == KM_TAG_USER_AUTH_TYPE)
		return add_list(params, tag, value);
	return add_one(params, tag, value);
}

LIBEXPORT int km_params_add_text(struct km_params *params, const char *name, const char *value)
{
	uint32_t tag = km_tag_from_name(name);
	size_t before = km_params_count(params);
	int ret;

	if (tag == KM_TAG_INVALID)
		return -ENOENT;
	ret = add_any(params, tag, value);
	if (ret)
		km_params_truncate(params, before);
	return ret;
}

static int format_hex(const struct km_param *param, char *text, size_t len)
{
	const unsigned char *p = param->data;
	const char *prefix = km_tag_flags(param->tag) & KM_TAG_TEXT_IS_HEX ? "" : "hex:";
	size_t at = strlen(prefix), i;

	snprintf(text, len, "%s", prefix);
	for (i = 0; i < param->len; i++, at += 2)
		if (at < len)
			snprintf(text + at, len - at, "%02x", p[i]);
	return (int)at;
}

static int format_date(uint64_t ms, char *text, size_t len)
{
	time_t when = (time_t)(ms / 1000);
	struct tm tm;
	char date[40];

	/* Beyond year 9999 the usual form ends; the number of seconds does not. */
	if (ms / 1000 > 253402300799ULL || !gmtime_r(&when, &tm))
		return snprintf(text, len, "@%llu", (unsigned long long)(ms / 1000));
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return snprintf(text, len, "%s", date);
}

static int format_auth_type(uint32_t mask, char *text, size_t len)
{
	if (mask == (KM_AUTH_TYPE_PASSWORD | KM_AUTH_TYPE_FINGERPRINT))
		return snprintf(text, len, "password,fingerprint");
	return snprintf(text, len, "0x%x", mask);
}

LIBEXPORT int km_param_format(const struct km_param *param, char *text, size_t len)
{
	const char *name = km_value_name(param->tag, param->value);

	switch (KM_TAG_TYPE(param->tag)) {
	case KM_TYPE_BYTES:
	case KM_TYPE_BIGNUM:
		return format_hex(param, text, len);
	case KM_TYPE_BOOL:
		return snprintf(text, len, param->value ? "yes" : "no");
	case KM_TYPE_DATE:
		return format_date(param->value, text, len);
	case KM_TYPE_INVALID:
		return -EINVAL;
	}
	if (name)
		return snprintf(text, len, "%s", name);
	if (param->tag == KM_TAG_USER_AUTH_TYPE)
		return format_auth_type((uint32_t)param->value, text, len);
	return snprintf(text, len, "%llu", (unsigned long long)param->value);
}
