// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz target: authorizations as text (lib/text.c on kernel/tag_text.c), and a password's setting
 * (setting.c).
 *
 * The input is "name=value" or "name", one after the other, with blanks between. What is
 * refused leaves the set as it was; what is taken is written as text that is taken as the same.
 */
#include <errno.h>

#include "../../lib/lib_private.h"
#include "fuzz.h"

static void same_again(const struct km_param *p)
{
	const char *name = km_tag_name(p->tag);
	struct km_params *set;
	struct km_param again;
	int need = km_param_format(p, NULL, 0), n;
	char *text;

	MUST(need >= 0 && name);
	text = malloc((size_t)need + 1);
	n = km_param_format(p, text, (size_t)need + 1);
	MUST(n == need && strlen(text) == (size_t)need);
	MUST(!km_params_new(&set));
	MUST(!km_params_add_text(set, name, text));
	MUST(km_params_count(set) == 1 && !km_params_get(set, 0, &again));
	MUST(again.tag == p->tag && again.len == p->len);
	/* Of a date text has the seconds, which it was made from. */
	MUST(again.value == p->value);
	MUST(!p->len || !memcmp(again.data, p->data, p->len));
	km_params_free(set);
	free(text);
}

static void word(struct km_params *set, char *text)
{
	char *value = strchr(text, '=');
	size_t before = km_params_count(set), i;
	struct km_param p;
	int ret;

	if (value)
		*value++ = 0;
	ret = km_params_add_text(set, text, value);
	MUST(!ret || ret == -ENOENT || ret == -EINVAL || ret == -ERANGE || ret == -EEXIST);
	if (ret) {
		MUST(km_params_count(set) == before);
		return;
	}
	MUST(km_params_count(set) > before);
	for (i = before; i < km_params_count(set); i++) {
		MUST(!km_params_get(set, i, &p));
		same_again(&p);
	}
}

static void wire(const struct km_params *set)
{
	struct km_buf buf = { 0 }, buf2 = { 0 };
	struct km_params *again;

	MUST(!km_params_serialise(set, &buf));
	MUST(!km_params_parse(&again, buf.data, buf.len, NULL));
	MUST(km_params_count(again) == km_params_count(set));
	MUST(!km_params_serialise(again, &buf2));
	MUST(buf.len == buf2.len && !memcmp(buf.data, buf2.data, buf.len));
	km_params_free(again);
	km_buf_free(&buf);
	km_buf_free(&buf2);
}

static void setting(const char *text)
{
	struct km_setting s;
	char out[KM_SETTING_MAX + 1];

	if (strlen(text) > KM_SETTING_MAX || km_setting_read(text, &s))
		return;
	MUST(s.salt_len >= KM_SALT_MIN && s.salt_len <= KM_SALT_MAX);
	MUST(s.memory_kib <= KM_STRETCH_MEMORY_MAX && s.passes <= KM_STRETCH_PASSES_MAX);
	MUST(s.lanes && s.lanes <= KM_STRETCH_LANES_MAX);
	/* There is one form only. */
	km_setting_write(&s, out);
	MUST(!strcmp(out, text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = calloc(1, len + 1), *rest = text, *item;
	struct km_params *set;

	if (len)
		memcpy(text, data, len);
	setting(text);
	MUST(!km_params_new(&set));
	while ((item = strsep(&rest, "\n ")))
		if (*item)
			word(set, item);
	wire(set);
	km_params_free(set);
	free(text);
	return 0;
}
