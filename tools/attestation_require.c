// SPDX-License-Identifier: GPL-2.0-only
/*
 * What --require demands of a record: conditions with commas between, all of which have to
 * hold. NAME, no-NAME, NAME=VALUE, NAME>=VALUE, NAME<=VALUE; several values by "+".
 * Under cmd_verify_attestation.c; names are those of kmctl's options.
 */
#include <stdlib.h>
#include <string.h>

#include "attestation.h"
#include "kmctl.h"

#define SOFTWARE_PREFIX	"software."
#define VALUES_MAX	4096

/**
 * struct demand - one condition
 * @text: all of it, for messages
 * @name: without the prefix
 * @op: '=', '>' (or equal), '<' (or equal), '+' (is there), '-' (is not)
 * @value: behind the operator
 * @software: it is about what is not enforced
 * @tag: KM_TAG_INVALID for what is no authorization
 * @want: the value of a tag
 */
struct demand {
	const char *text;
	char *name;
	char op;
	char *value;
	bool software;
	uint32_t tag;
	struct km_params *want;
};

static const char *const levels[ATTEST_LEVELS] = { "software", "tee", "strongbox" };
static const char *const boots[ATTEST_BOOT_STATES] = {
	"verified", "self-signed", "unverified", "failed"
};

const char *attest_level_name(uint32_t level)
{
	return levels[level];
}

const char *attest_boot_name(uint32_t state)
{
	return boots[state];
}

static int bad_value(const struct demand *d)
{
	return fail(ST_USAGE, "--require: '%s': '%s' is not a valid value", d->text, d->value);
}

static int missed(const struct demand *d, const char *is)
{
	return fail(ST_BAD, "--require '%s' does not hold: %s", d->text, is);
}

static int not_there(const struct demand *d)
{
	return missed(d, d->software ? "it is not in the record's list of software"
				     : "it is not among what the record says is enforced");
}

static bool compare(char op, uint64_t is, uint64_t wanted)
{
	return op == '=' ? is == wanted : op == '>' ? is >= wanted : is <= wanted;
}

/* ---- what is no authorization ---- */

/* Each is asked twice: without a record only whether the condition can be understood. */

static int name_index(const char *const *names, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(names[i], name))
			return (int)i;
	return -1;
}

static int level_demand(const struct demand *d, const struct attest_record *r)
{
	int level = name_index(levels, ATTEST_LEVELS, d->value);
	char is[64];

	if (level < 0)
		return bad_value(d);
	if (!r || (compare(d->op, r->attestation_level, (uint32_t)level) &&
		   compare(d->op, r->keymaster_level, (uint32_t)level)))
		return ST_OK;
	snprintf(is, sizeof(is), "attestation %s, key manager %s",
		 levels[r->attestation_level], levels[r->keymaster_level]);
	return missed(d, is);
}

static int version_demand(const struct demand *d, const struct attest_record *r)
{
	bool attestation = *d->name == 'a';
	uint32_t is = !r ? 0 : attestation ? r->attestation_version : r->keymaster_version;
	unsigned long wanted;
	char text[32], *end;

	wanted = strtoul(d->value, &end, 10);
	if (*d->value < '0' || *d->value > '9' || *end)
		return bad_value(d);
	snprintf(text, sizeof(text), "it is %u", is);
	return !r || compare(d->op, is, wanted) ? ST_OK : missed(d, text);
}

static const struct attest_root_of_trust *root_for(const struct demand *d,
						   const struct attest_record *r)
{
	if (d->software)
		return r->software.root.present ? &r->software.root : NULL;
	return attest_root_of(r);
}

static int boot_demand(const struct demand *d, const struct attest_record *r)
{
	int state = name_index(boots, ATTEST_BOOT_STATES, d->value);
	const struct attest_root_of_trust *root;

	if (state < 0 || d->op != '=')
		return bad_value(d);
	if (!r)
		return ST_OK;
	root = root_for(d, r);
	if (!root)
		return not_there(d);
	return root->boot == (uint32_t)state ? ST_OK : missed(d, boots[root->boot]);
}

static int locked_demand(const struct demand *d, const struct attest_record *r)
{
	bool locked = !strcmp(d->value, "yes");
	const struct attest_root_of_trust *root;

	if ((!locked && strcmp(d->value, "no")) || d->op != '=')
		return bad_value(d);
	if (!r)
		return ST_OK;
	root = root_for(d, r);
	if (!root)
		return not_there(d);
	return root->locked == locked ? ST_OK : missed(d, root->locked ? "yes" : "no");
}

static bool is_hex(const char *text)
{
	return *text && !(strlen(text) % 2) &&
	       strspn(text, "0123456789abcdefABCDEF") == strlen(text);
}

static bool hex_equal(const struct km_bytes *bytes, const char *want)
{
	char *text = malloc(2 * bytes->len + 1);
	bool equal;

	if (!text)
		return false;
	hex(bytes->data, bytes->len, text);
	equal = !strcasecmp(text, want);
	free(text);
	return equal;
}

static int boot_bytes_demand(const struct demand *d, const struct attest_record *r)
{
	const struct attest_root_of_trust *root;

	if (!is_hex(d->value) || d->op != '=')
		return bad_value(d);
	if (!r)
		return ST_OK;
	root = root_for(d, r);
	if (!root)
		return not_there(d);
	return hex_equal(!strcmp(d->name, "boot-key") ? &root->key : &root->hash, d->value)
		? ST_OK : missed(d, "it is another one");
}

static int package_demand(const struct demand *d, const struct attest_record *r)
{
	struct attest_app app;
	struct km_bytes name;
	uint64_t version;

	if (d->op != '=')
		return bad_value(d);
	if (!r)
		return ST_OK;
	if (!attest_app_parse(&app, r))
		return missed(d, "the record has no application id of that form");
	while (app.packages.left && attest_app_package(&app.packages, &name, &version))
		if (name.len == strlen(d->value) && !memcmp(name.data, d->value, name.len))
			return ST_OK;
	return missed(d, "no package of the application id is called so");
}

static int signer_demand(const struct demand *d, const struct attest_record *r)
{
	struct attest_app app;
	struct km_bytes digest;

	if (!is_hex(d->value) || d->op != '=')
		return bad_value(d);
	if (!r)
		return ST_OK;
	if (!attest_app_parse(&app, r))
		return missed(d, "the record has no application id of that form");
	while (app.signers.left && attest_der_bytes(&app.signers, &digest))
		if (hex_equal(&digest, d->value))
			return ST_OK;
	return missed(d, "the application was signed by another one");
}

static const struct {
	const char *name;
	int (*check)(const struct demand *d, const struct attest_record *r);
} specials[] = {
	{ "security-level", level_demand },
	{ "attestation-version", version_demand },
	{ "keymaster-version", version_demand },
	{ "verified-boot", boot_demand },
	{ "device-locked", locked_demand },
	{ "boot-key", boot_bytes_demand },
	{ "boot-hash", boot_bytes_demand },
	{ "package", package_demand },
	{ "signer", signer_demand },
};

/* ---- authorizations ---- */

static const struct attest_list *list_for(const struct demand *d, const struct attest_record *r)
{
	struct km_param p;

	if (d->software)
		return km_params_find(r->software.params, d->tag, 0, &p) ? NULL : &r->software;
	return attest_list_of(r, d->tag);
}

static bool has_value(const struct km_params *params, const struct km_param *p)
{
	struct km_param q;

	if (!p->data)
		return km_params_contains(params, p->tag, p->value);
	return !km_params_find(params, p->tag, 0, &q) && q.len == p->len &&
	       !memcmp(q.data, p->data, p->len);
}

/* Exactly those values, in any order. */
static bool same_values(const struct demand *d, const struct km_params *is)
{
	struct km_param p;
	size_t n;

	for (n = 0; !km_params_find(is, d->tag, n, &p); n++)
		if (!has_value(d->want, &p))
			return false;
	return n == km_params_count(d->want);
}

/* Some devices write the levels of vendor and boot as months: a day is later than its month. */
static void same_unit(uint64_t *is, uint64_t *wanted)
{
	if (*is > 999999 && *wanted <= 999999)
		*is /= 100;
	else if (*is <= 999999 && *wanted > 999999)
		*is *= 100;
}

static bool tag_holds(const struct demand *d, const struct km_params *is)
{
	struct km_param p, q;

	if (d->op == '+')
		return true;
	if (d->op == '=')
		return same_values(d, is);
	km_params_find(is, d->tag, 0, &p);
	km_params_find(d->want, d->tag, 0, &q);
	if (d->tag == KM_TAG_OS_PATCHLEVEL || d->tag == KM_TAG_VENDOR_PATCHLEVEL ||
	    d->tag == KM_TAG_BOOT_PATCHLEVEL)
		same_unit(&p.value, &q.value);
	return compare(d->op, p.value, q.value);
}

static int tag_demand(const struct demand *d, const struct attest_record *r)
{
	const struct attest_list *list;
	char text[VALUES_MAX];
	struct km_param p;

	if (d->op == '-') {
		/* Wherever it is: that it is not enforced does not make it absent. */
		if (km_params_find(r->tee.params, d->tag, 0, &p) &&
		    km_params_find(r->software.params, d->tag, 0, &p))
			return ST_OK;
		return missed(d, "it is in the record");
	}
	list = list_for(d, r);
	if (!list)
		return not_there(d);
	if (tag_holds(d, list->params))
		return ST_OK;
	format_values(list->params, d->tag, text, sizeof(text));
	return missed(d, text);
}

static bool has_order(uint32_t tag)
{
	switch (KM_TAG_TYPE(tag)) {
	case KM_TYPE_UINT:
	case KM_TYPE_ULONG:
	case KM_TYPE_DATE:
		return true;
	}
	return false;
}

/* Reads the value of a tag as kmctl's options do, but for the commas. */
static int want_value(struct demand *d)
{
	char *p;

	if (d->op == '+' || d->op == '-')
		return ST_OK;
	if (d->op != '=' && !has_order(d->tag))
		return fail(ST_USAGE, "--require: '%s': only numbers and dates have an order",
			    d->text);
	for (p = d->value; km_tag_is_repeatable(d->tag) && *p; p++)
		if (*p == '+')
			*p = ',';
	if (km_params_new(&d->want))
		return fail(ST_FAILED, "out of memory");
	return km_params_add_text(d->want, km_tag_name(d->tag), d->value) ? bad_value(d) : ST_OK;
}

/* ---- conditions ---- */

/* "no-auth" is an authorization, and "no-no-auth" that it is not there. */
static int find_tag(struct demand *d)
{
	bool named = d->op == '+';

	d->tag = km_tag_from_name(d->name);
	if (d->tag == KM_TAG_INVALID && named && !strncmp(d->name, "no-", 3)) {
		d->op = '-';
		d->tag = km_tag_from_name(d->name + 3);
	}
	/* The root of trust is no value, but has names of its own. */
	if (d->tag == KM_TAG_INVALID || d->tag == KM_TAG_ROOT_OF_TRUST)
		return fail(ST_USAGE, "--require: there is no '%s'", d->name);
	return want_value(d);
}

static int split(struct demand *d, char *text)
{
	char *at = text + strcspn(text, "=<>");

	d->op = *at ? *at : '+';
	d->software = !strncmp(text, SOFTWARE_PREFIX, strlen(SOFTWARE_PREFIX));
	d->name = text + (d->software ? strlen(SOFTWARE_PREFIX) : 0);
	if (!*at)
		return ST_OK;
	if (*at != '=' && at[1] != '=')
		return fail(ST_USAGE, "--require: '%s': the operators are =, >= and <=", d->text);
	d->value = at + (*at == '=' ? 1 : 2);
	*at = '\0';
	return ST_OK;
}

static int one_demand(const char *text, const struct attest_record *record)
{
	struct demand d = { .text = text };
	char *copy = strdup(text);
	int ret = copy ? split(&d, copy) : fail(ST_FAILED, "out of memory");
	size_t i;

	for (i = 0; !ret && i < sizeof(specials) / sizeof(specials[0]); i++) {
		if (strcmp(specials[i].name, d.name))
			continue;
		ret = d.value ? specials[i].check(&d, record)
			      : fail(ST_USAGE, "--require: '%s' needs a value", text);
		goto out;
	}
	if (!ret)
		ret = find_tag(&d);
	if (!ret && record)
		ret = tag_demand(&d, record);
out:
	km_params_free(d.want);
	free(copy);
	return ret;
}

/**
 * attest_require() - hold a record against conditions
 * @demands: them, or NULL
 * @record: NULL: only whether they can be understood
 *
 * Return: exit status; ST_BAD for the first one that does not hold.
 */
int attest_require(const char *demands, const struct attest_record *record)
{
	char *copy, *rest, *item;
	int ret = ST_OK;

	if (!demands)
		return ST_OK;
	copy = strdup(demands);
	rest = copy;
	if (!copy)
		return fail(ST_FAILED, "out of memory");
	while (!ret && (item = strsep(&rest, ",")))
		ret = one_demand(item, record);
	free(copy);
	return ret;
}
