// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Versions and patch levels from their text forms, as Android's reference reads them.
 * A leaf: for km_configure(), and for whoever shows what a key is bound to.
 */
#include <ctype.h>

#include "lib_private.h"

/* One or two digits; moves @text behind them. -1: there is none. */
static int two_digits(const char **text)
{
	const char *p = *text;
	int n;

	if (!isdigit((unsigned char)*p))
		return -1;
	n = *p++ - '0';
	if (isdigit((unsigned char)*p))
		n = 10 * n + (*p++ - '0');
	*text = p;
	return n;
}

/* What follows the match is ignored: "681.23" is 68 and a rest, not 68.1 or 681.23. */
LIBEXPORT uint32_t km_parse_os_version(const char *text)
{
	uint32_t version = 0, scale;
	int n;

	for (scale = 10000; scale; scale /= 100) {
		n = two_digits(&text);
		if (n < 0)
			break;
		version += (uint32_t)n * scale;
		if (*text++ != '.')
			break;
	}
	return version;
}

/* "YYYY-MM-DD", nothing before and nothing after. */
static bool parse_day(const char *text, uint32_t *year, uint32_t *month, uint32_t *day)
{
	static const char form[] = "dddd-dd-dd";
	size_t i;

	for (i = 0; form[i]; i++)
		if (form[i] == 'd' ? !isdigit((unsigned char)text[i]) : text[i] != form[i])
			return false;
	if (text[i])
		return false;
	*year = (uint32_t)((text[0] - '0') * 1000 + (text[1] - '0') * 100 +
			   (text[2] - '0') * 10 + text[3] - '0');
	*month = (uint32_t)((text[5] - '0') * 10 + text[6] - '0');
	*day = (uint32_t)((text[8] - '0') * 10 + text[9] - '0');
	return *month >= 1 && *month <= 12 && *day >= 1 && *day <= 31;
}

LIBEXPORT uint32_t km_parse_patchlevel(const char *text)
{
	uint32_t year, month, day;

	return parse_day(text, &year, &month, &day) ? year * 100 + month : 0;
}

LIBEXPORT uint32_t km_parse_patchlevel_day(const char *text)
{
	uint32_t year, month, day;

	return parse_day(text, &year, &month, &day) ? (year * 100 + month) * 100 + day : 0;
}
