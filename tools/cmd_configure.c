// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl configure: tell the kernel the versions that keys are bound to, once a boot.
 */
#include <string.h>

#include "kmctl.h"

static const struct opt options[] = {
	OPT_TEXT_OF("os-version", os_version, "M.M.S", "version of the system, 6.1.2 say"),
	OPT_TEXT_OF("os-patchlevel", os_patchlevel, "DATE", "its patch level, YYYY-MM-DD"),
	OPT_TEXT_OF("vendor-patchlevel", vendor_patchlevel, "DATE", "the vendor's"),
	OPT_TEXT_OF("boot-patchlevel", boot_patchlevel, "DATE", "the boot loader's"),
	OPT_TAG_OF("root-of-trust"),
	OPT_DEVICE,
	OPT_END
};

/**
 * struct field - an option that is a version
 * @name: the option
 * @text: its value, or NULL
 * @parse: text to number; 0: it is none
 * @value: where the number goes
 * @bit: what says that it was given
 */
struct field {
	const char *name;
	const char *text;
	uint32_t (*parse)(const char *text);
	uint32_t *value;
	uint32_t bit;
};

static int parse_field(const struct field *f, struct km_config *config)
{
	if (!f->text)
		return ST_OK;
	*f->value = f->parse(f->text);
	config->given |= f->bit;
	/* An empty version binds to nothing: only who writes a zero may mean it. */
	if (!*f->value && strspn(f->text, "0.") != strlen(f->text))
		return fail(ST_USAGE, "--%s: '%s' is not %s", f->name, f->text,
			    f->parse == km_parse_os_version ? "a version such as 6.1.2"
							    : "a date such as 2016-03-23");
	return *f->text ? ST_OK : fail(ST_USAGE, "--%s: is empty", f->name);
}

static int parse(const struct opts *o, struct km_config *c)
{
	const struct field fields[] = {
		{ "os-version", o->os_version, km_parse_os_version, &c->os_version,
		  KM_CONFIGURE_OS_VERSION },
		{ "os-patchlevel", o->os_patchlevel, km_parse_patchlevel, &c->os_patchlevel,
		  KM_CONFIGURE_OS_PATCHLEVEL },
		{ "vendor-patchlevel", o->vendor_patchlevel, km_parse_patchlevel_day,
		  &c->vendor_patchlevel, KM_CONFIGURE_VENDOR_PATCHLEVEL },
		{ "boot-patchlevel", o->boot_patchlevel, km_parse_patchlevel_day,
		  &c->boot_patchlevel, KM_CONFIGURE_BOOT_PATCHLEVEL },
	};
	struct km_param p;
	size_t i;
	int ret = ST_OK;

	for (i = 0; !ret && i < sizeof(fields) / sizeof(fields[0]); i++)
		ret = parse_field(&fields[i], c);
	if (!ret && !km_params_find(o->params, KM_TAG_ROOT_OF_TRUST, 0, &p)) {
		c->root_of_trust = (struct km_bytes){ p.data, p.len };
		c->given |= KM_CONFIGURE_ROOT_OF_TRUST;
	}
	if (!ret && !c->given)
		ret = fail(ST_USAGE, "configure: give at least one version");
	return ret;
}

static int run(struct opts *o)
{
	struct key none = { 0 };
	struct attempt attempt = { .key = &none, .verb = "configure", .purpose = -1 };
	struct km_config config = { 0 };
	int ret;

	ret = parse(o, &config);
	if (!ret)
		ret = open_device(o, &none.ctx);
	if (ret)
		return ret;
	ret = km_configure(none.ctx, &config);
	if (ret && km_last_error(none.ctx) == KM_ERROR_INVALID_ARGUMENT)
		ret = fail(ST_EXISTS, "configure: other versions were told already; "
			   "they stand until the next boot [INVALID_ARGUMENT]");
	else if (ret)
		ret = explain(&attempt, ret);
	km_close(none.ctx);
	return ret;
}

const struct command cmd_configure = {
	.name = "configure",
	.summary = "Tell the system's versions, once a boot (root only)",
	.options = options,
	.details =
"Keys are bound to these versions: after an update they must be upgraded, which the\n"
"tools do by themselves, and with an older system put back they do not work. What is\n"
"behind a version's numbers is ignored. The root of trust, in hex or file:PATH, is the\n"
"state of the boot chain: no key opens under another one.\n",
	.run = run,
};
