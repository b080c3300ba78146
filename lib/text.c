// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Authorizations as text: what stands behind kmctl's options, and its reverse.
 * On params.c and the files that are shared with the kernel, tag_names.c, tag_text.c and
 * tag_defaults.c: a keyring request in the kernel is the same language.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "lib_private.h"
#include "tag_text.h"

static int add_value(void *set, const struct km_tag_value *value)
{
	struct km_params *params = set;

	switch (KM_TAG_TYPE(value->tag)) {
	case KM_TYPE_BOOL:
		return km_params_add_bool(params, value->tag);
	case KM_TYPE_BYTES:
	case KM_TYPE_BIGNUM:
		return km_params_add_bytes(params, value->tag, value->data, value->len);
	case KM_TYPE_ULONG:
	case KM_TYPE_ULONG_REP:
	case KM_TYPE_DATE:
		return km_params_add_u64(params, value->tag, value->value);
	}
	return km_params_add_u32(params, value->tag, (uint32_t)value->value);
}

LIBEXPORT int km_params_add_text(struct km_params *params, const char *name, const char *value)
{
	const struct km_tag_sink sink = { add_value, params, (uint64_t)time(NULL) };
	size_t before = km_params_count(params), len = value ? strlen(value) : 0;
	char *copy = value ? strdup(value) : NULL;
	int ret;

	if (value && !copy)
		return -ENOMEM;
	ret = km_tag_text_add(&sink, name, copy);
	if (ret)
		km_params_truncate(params, before);
	/* Application data and tokens are secrets of a kind. */
	if (copy)
		explicit_bzero(copy, len);
	free(copy);
	return ret;
}

LIBEXPORT int km_params_add_defaults(struct km_params *params, unsigned int flags)
{
	const struct km_tag_sink sink = { .add = add_value, .set = params };
	size_t before = km_params_count(params), i;
	struct km_described d = { 0 };
	struct km_param p;
	int ret;

	for (i = 0; !km_params_get(params, i, &p); i++)
		km_described_note(&d, p.tag, p.value);
	if (flags & KM_DEFAULTS_MAC)
		ret = km_described_mac(&d, &sink);
	else
		ret = km_described_defaults(&d, flags & KM_DEFAULTS_NEW, &sink);
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
