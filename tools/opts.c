// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options and help, both from a command's table: what is not parsed is not told,
 * and the reverse. Authorizations come from the library's table of names.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "kmctl.h"

#define MAX_OPTIONS	128
/* Beyond all characters: getopt_long() says '?' of what it does not know. */
#define VAL_FIRST	256
#define VALUE_FILE_MAX	(1024 * 1024)

/**
 * struct table - a command's options as getopt_long() and we need them
 * @longs: for getopt_long(); val is VAL_FIRST and the index into @opts
 * @opts: where each is stored
 * @count: used entries
 */
struct table {
	struct option longs[MAX_OPTIONS];
	struct opt opts[MAX_OPTIONS];
	int count;
};

static void add_option(struct table *t, const struct opt *opt)
{
	uint32_t tag = opt->kind == OPT_TAG ? km_tag_from_name(opt->name) : 0;
	bool flag = opt->kind == OPT_FLAG ||
		    (opt->kind == OPT_TAG && KM_TAG_TYPE(tag) == KM_TYPE_BOOL);

	if (t->count >= MAX_OPTIONS - 1)
		abort();
	t->opts[t->count] = *opt;
	t->longs[t->count] = (struct option){
		.name = opt->name,
		.has_arg = flag ? no_argument : required_argument,
		.val = VAL_FIRST + t->count,
	};
	t->count++;
}

static void make_table(const struct command *cmd, struct table *t)
{
	static const struct opt help = { "help", OPT_FLAG, 0, NULL, "print this and end" };
	const struct opt *opt;
	struct opt tag_opt;
	uint32_t tag;
	size_t i;

	memset(t, 0, sizeof(*t));
	for (i = 0; cmd->describes && (tag = km_tag_at(i)); i++) {
		if (!(km_tag_flags(tag) & KM_TAG_MAY_DESCRIBE))
			continue;
		tag_opt = (struct opt){ .name = km_tag_name(tag), .kind = OPT_TAG };
		add_option(t, &tag_opt);
	}
	for (opt = cmd->options; opt->name; opt++)
		add_option(t, opt);
	add_option(t, &help);
}

/* ---- help ---- */

static const char *type_of_value(uint32_t tag)
{
	switch (KM_TAG_TYPE(tag)) {
	case KM_TYPE_BOOL:
		return NULL;
	case KM_TYPE_DATE:
		return "DATE";
	case KM_TYPE_BYTES:
	case KM_TYPE_BIGNUM:
		return km_tag_flags(tag) & KM_TAG_TEXT_IS_HEX ? "HEX" : "BYTES";
	case KM_TYPE_ENUM_REP:
	case KM_TYPE_ULONG_REP:
	case KM_TYPE_UINT_REP:
		return "LIST";
	case KM_TYPE_ENUM:
		return "NAME";
	}
	return "N";
}

static void print_option(const struct opt *opt, FILE *f)
{
	uint32_t tag = opt->kind == OPT_TAG ? km_tag_from_name(opt->name) : 0;
	const char *arg = tag ? type_of_value(tag) : opt->arg;
	const char *help = tag ? km_tag_help(tag) : opt->help;
	const char *name;
	char left[64];
	size_t i;

	snprintf(left, sizeof(left), "--%s%s%s", opt->name, arg ? " " : "", arg ? arg : "");
	fprintf(f, "  %-32s %s", left, help);
	for (i = 0; tag && (name = km_value_at(tag, i, NULL)); i++)
		fprintf(f, "%s%s", i ? ", " : ": ", name);
	fputc('\n', f);
}

static const char value_help[] =
"\nLIST: values with commas between. DATE: 2030-12-31, 2030-12-31T23:59:59Z (UTC),\n"
"@SECONDS, or from now +30d (s, m, h, d, w). BYTES: a text, hex:DIGITS, or file:PATH.\n";

void usage(const struct command *cmd, FILE *f)
{
	struct table t;
	char word[32] = "";
	int i;

	make_table(cmd, &t);
	if (cmd->word)
		snprintf(word, sizeof(word), " %s", cmd->word);
	fprintf(f, "Usage: kmctl %s%s [OPTION]...\n\n%s.\n", cmd->name,
		cmd->alias == ALIAS_OR_BLOB ? " ALIAS|--blob FILE"
					    : cmd->alias == ALIAS_FILE ? " [FILE]" : word,
		cmd->summary);
	if (cmd->details)
		fprintf(f, "\n%s", cmd->details);
	fputs("\nOptions:\n", f);
	for (i = 0; i < t.count; i++)
		print_option(&t.opts[i], f);
	for (i = 0; i < t.count && t.opts[i].kind != OPT_TAG; i++)
		;
	if (i < t.count)
		fputs(value_help, f);
}

/* ---- parsing ---- */

static int bad_value(const char *name, const char *value, int error)
{
	uint32_t tag = km_tag_from_name(name);
	char names[512] = "";
	const char *known;
	size_t at = 0, i;

	if (error == -EEXIST)
		return fail(ST_USAGE, "--%s: '%s' is given twice", name, value ? value : "yes");
	if (error == -ERANGE)
		return fail(ST_USAGE, "--%s: %s is too large", name, value);
	for (i = 0; (known = km_value_at(tag, i, NULL)) && at < sizeof(names); i++)
		at += (size_t)snprintf(names + at, sizeof(names) - at, "%s%s",
				       i ? ", " : "; known: ", known);
	return fail(ST_USAGE, "--%s: '%s' is not a valid value%s", name, value, names);
}

static int add_tag(struct opts *o, const char *name, const char *value)
{
	uint32_t tag = km_tag_from_name(name);
	bool bytes = KM_TAG_TYPE(tag) == KM_TYPE_BYTES;
	struct km_buf file = { 0 };
	int ret;

	if (bytes && !strncmp(value, "file:", 5)) {
		ret = read_whole(value + 5, VALUE_FILE_MAX, &file);
		if (ret)
			return fail_errno(ST_FAILED, ret, value + 5);
		ret = km_params_add_bytes(o->params, tag, file.data, file.len);
		km_buf_free(&file);
	} else {
		ret = km_params_add_text(o->params, name, value);
	}
	return ret ? bad_value(name, value, ret) : ST_OK;
}

static int store_option(struct opts *o, const struct opt *opt, const char *value)
{
	const char **text;

	switch (opt->kind) {
	case OPT_FLAG:
		*(bool *)((char *)o + opt->at) = true;
		return ST_OK;
	case OPT_TEXT:
		text = (const char **)((char *)o + opt->at);
		if (*text)
			return fail(ST_USAGE, "--%s is given twice", opt->name);
		*text = value;
		return ST_OK;
	case OPT_TAG:
		return add_tag(o, opt->name, value);
	}
	return ST_USAGE;
}

/* Associated data may be longer than a set: it travels in pieces of its own. */
static int split_aad(struct opts *o)
{
	struct km_params *rest;
	struct km_param p;
	size_t i;

	if (km_params_find(o->params, KM_TAG_ASSOCIATED_DATA, 0, &p))
		return ST_OK;
	o->aad.data = malloc(p.len + 1);
	if (!o->aad.data || km_params_new(&rest))
		return fail(ST_FAILED, "out of memory");
	memcpy(o->aad.data, p.data, p.len);
	o->aad.room = p.len;
	o->aad.len = p.len;
	for (i = 0; !km_params_get(o->params, i, &p); i++) {
		struct km_param copy = p;
		int ret;

		if (p.tag == KM_TAG_ASSOCIATED_DATA)
			continue;
		if (KM_TAG_TYPE(p.tag) == KM_TYPE_BYTES)
			ret = km_params_add_bytes(rest, p.tag, copy.data, copy.len);
		else
			ret = km_params_add_u32(rest, p.tag, (uint32_t)copy.value);
		if (ret) {
			km_params_free(rest);
			return fail(ST_FAILED, "out of memory");
		}
	}
	km_params_free(o->params);
	o->params = rest;
	return ST_OK;
}

static int positional(const struct command *cmd, int argc, char **argv, struct opts *o)
{
	if (cmd->alias == ALIAS_OR_BLOB && optind < argc)
		o->alias = argv[optind++];
	if (cmd->alias == ALIAS_FILE && optind < argc)
		o->in = argv[optind++];
	if ((cmd->alias == ALIAS_WORD || cmd->alias == ALIAS_ACTION) && optind < argc)
		o->word = argv[optind++];
	if (cmd->alias == ALIAS_ACTION && optind < argc)
		o->in = argv[optind++];
	if (optind < argc)
		return fail(ST_USAGE, "'%s' is one argument too many; see kmctl %s --help",
			    argv[optind], cmd->name);
	if ((cmd->alias == ALIAS_WORD || cmd->alias == ALIAS_ACTION) && !o->word)
		return fail(ST_USAGE, "%s: give %s", cmd->name, cmd->word);
	if (cmd->alias != ALIAS_OR_BLOB)
		return ST_OK;
	if (o->alias && o->blob)
		return fail(ST_USAGE, "give an alias or --blob, not both");
	if (!o->alias && !o->blob)
		return fail(ST_USAGE, "name the key: an alias, or --blob FILE");
	return ST_OK;
}

int opts_parse(const struct command *cmd, int argc, char **argv, struct opts *o)
{
	struct table t;
	int val, ret;

	make_table(cmd, &t);
	if (km_params_new(&o->params))
		return fail(ST_FAILED, "out of memory");
	optind = 1;
	while ((val = getopt_long(argc, argv, "", t.longs, NULL)) != -1) {
		val -= VAL_FIRST;
		if (val < 0 || val >= t.count)
			return ST_USAGE;
		if (!strcmp(t.opts[val].name, "help")) {
			usage(cmd, stdout);
			return OPTS_HELPED;
		}
		ret = store_option(o, &t.opts[val], optarg);
		if (ret)
			return ret;
	}
	ret = positional(cmd, argc, argv, o);
	return ret ? ret : split_aad(o);
}

void opts_free(struct opts *o)
{
	km_params_free(o->params);
	km_buf_free(&o->aad);
}
