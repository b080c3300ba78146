// SPDX-License-Identifier: GPL-2.0-only
/*
 * The authorizations of a key of Android, made into the description of a key here: what is
 * kept, what has another form here, what is left out, and what is a reason to refuse.
 * Under cmd_android_migrate.c. Every change is said on standard error, none is silent.
 *
 * The rule: what allows something may be left out, and what only tells something, too. What
 * forbids something is kept, or the key is refused, unless the user has asked otherwise.
 */
#include <errno.h>
#include <stdarg.h>

#include "android_migrate.h"

enum fate {
	FATE_KEPT,
	FATE_AUTH,		/* decided together, when all have been seen */
	FATE_ORIGIN,
	FATE_CREATION,
	FATE_OLD,		/* an old encoding of a tag that is kept */
	FATE_SYSTEM,		/* of the old system; the kernel puts its own */
	FATE_TELLS,		/* told something of the old device */
	FATE_ALLOWS,		/* allowed what is not possible here */
	FATE_FORBIDS,		/* cannot be kept */
	FATE_BROKEN,		/* never stands in a stored set */
};

static enum fate fate_of(uint32_t tag)
{
	switch (tag) {
	case KM_TAG_PURPOSE:
	case KM_TAG_ALGORITHM:
	case KM_TAG_KEY_SIZE:
	case KM_TAG_BLOCK_MODE:
	case KM_TAG_DIGEST:
	case KM_TAG_PADDING:
	case KM_TAG_CALLER_NONCE:
	case KM_TAG_MIN_MAC_LENGTH:
	case KM_TAG_EC_CURVE:
	case KM_TAG_RSA_PUBLIC_EXPONENT:
	case KM_TAG_RSA_OAEP_MGF_DIGEST:
	case KM_TAG_BLOB_USAGE_REQUIREMENTS:
	case KM_TAG_BOOTLOADER_ONLY:
	case KM_TAG_ACTIVE_DATETIME:
	case KM_TAG_ORIGINATION_EXPIRE_DATETIME:
	case KM_TAG_USAGE_EXPIRE_DATETIME:
	case KM_TAG_MIN_SECONDS_BETWEEN_OPS:
	case KM_TAG_MAX_USES_PER_BOOT:
	case KM_TAG_USAGE_COUNT_LIMIT:
	case KM_TAG_USER_ID:
	case KM_TAG_ALL_APPLICATIONS:
	case KM_TAG_UNLOCKED_DEVICE_REQUIRED:
	case KM_TAG_TRUSTED_CONFIRMATION_REQUIRED:
	case KM_TAG_MAX_BOOT_LEVEL:
		return FATE_KEPT;
	case KM_TAG_ALL_USERS:
	case KM_TAG_USER_SECURE_ID:
	case KM_TAG_NO_AUTH_REQUIRED:
	case KM_TAG_USER_AUTH_TYPE:
	case KM_TAG_AUTH_TIMEOUT:
		return FATE_AUTH;
	case KM_TAG_ORIGIN:
		return FATE_ORIGIN;
	case KM_TAG_CREATION_DATETIME:
		return FATE_CREATION;
	case KM_TAG_DIGEST_OLD:
	case KM_TAG_PADDING_OLD:
		return FATE_OLD;
	case KM_TAG_OS_VERSION:
	case KM_TAG_OS_PATCHLEVEL:
	case KM_TAG_VENDOR_PATCHLEVEL:
	case KM_TAG_BOOT_PATCHLEVEL:
		return FATE_SYSTEM;
	case KM_TAG_ROLLBACK_RESISTANT:
	case KM_TAG_HARDWARE_TYPE:
	case KM_TAG_CERTIFICATE_SERIAL:
	case KM_TAG_CERTIFICATE_SUBJECT:
	case KM_TAG_CERTIFICATE_NOT_BEFORE:
	case KM_TAG_CERTIFICATE_NOT_AFTER:
		return FATE_TELLS;
	case KM_TAG_KDF:
	case KM_TAG_ECIES_SINGLE_HASH_MODE:
	case KM_TAG_INCLUDE_UNIQUE_ID:
	case KM_TAG_ALLOW_WHILE_ON_BODY:
	case KM_TAG_EXPORTABLE:
		return FATE_ALLOWS;
	case KM_TAG_APPLICATION_ID:
	case KM_TAG_APPLICATION_DATA:
	case KM_TAG_ROOT_OF_TRUST:
	case KM_TAG_AUTH_TOKEN:
		return FATE_BROKEN;
	default:
		/* Of a later Android, or of a vendor: nobody knows what it forbids. */
		return FATE_FORBIDS;
	}
}

static const char *label(uint32_t tag, char *text, size_t len)
{
	const char *name = km_tag_name(tag);

	if (name)
		return name;
	snprintf(text, len, "tag-0x%08x", tag);
	return text;
}

/* One line of what becomes of an authorization. */
static void say(const struct migration *m, const struct km_param *p, const char *what)
{
	char name[32], value[64] = "";

	km_param_format(p, value, sizeof(value));
	fail(ST_OK, "%s: %s %s: %s", m->name, label(p->tag, name, sizeof(name)), value, what);
}

static int refuse(const struct migration *m, uint32_t tag, const char *why)
{
	char name[32];

	return fail(ST_REFUSED, "%s: %s: %s", m->name, label(tag, name, sizeof(name)), why);
}

/* The first of a tag that may stand once counts; a value that is there already, too. */
static int add(struct migration *m, const struct km_param *p)
{
	uint32_t type = KM_TAG_TYPE(p->tag);
	int ret;

	switch (type) {
	case KM_TYPE_BOOL:
		/* Presence is what counts, so this one is not to be taken for it. */
		if (!p->value)
			return refuse(m, p->tag, "a flag that says no is malformed");
		ret = km_params_add_bool(m->params, p->tag);
		break;
	case KM_TYPE_ULONG:
	case KM_TYPE_ULONG_REP:
	case KM_TYPE_DATE:
		ret = km_params_add_u64(m->params, p->tag, p->value);
		break;
	default:
		ret = km_params_add_u32(m->params, p->tag, (uint32_t)p->value);
		break;
	}
	if (ret == -EEXIST && !km_params_contains(m->params, p->tag, p->value))
		say(m, p, "left out: another value stands before it, and that one counts");
	return ret && ret != -EEXIST ? fail_errno(ST_FAILED, ret, m->name) : ST_OK;
}

static int add_old(struct migration *m, const struct km_param *p)
{
	struct km_param new = *p;

	new.tag = p->tag == KM_TAG_DIGEST_OLD ? KM_TAG_DIGEST : KM_TAG_PADDING;
	say(m, p, new.tag == KM_TAG_DIGEST ? "becomes a digest: it is an old encoding of one"
					   : "becomes a padding: it is an old encoding of one");
	return add(m, &new);
}

static int add_creation(struct migration *m, const struct km_param *p)
{
	/* Android's previews let it run over 32 bits. */
	if (p->value <= INT64_MAX)
		return add(m, p);
	say(m, p, "left out: it is no date; that of the import takes its place");
	return ST_OK;
}

static int forbids(struct migration *m, const struct km_param *p)
{
	if (!m->drop_unsupported)
		return refuse(m, p->tag,
			      "cannot be kept here; --drop-unsupported leaves it out");
	say(m, p, "left out, as --drop-unsupported says: it is NOT KEPT any more");
	return ST_OK;
}

static int take(struct migration *m, const struct km_param *p)
{
	switch (fate_of(p->tag)) {
	case FATE_KEPT:
		if (p->tag == KM_TAG_USAGE_COUNT_LIMIT)
			say(m, p, "kept, and counts anew: what was used up is not known");
		return add(m, p);
	case FATE_AUTH:
		return ST_OK;
	case FATE_ORIGIN:
		if (p->value != KM_ORIGIN_IMPORTED)
			say(m, p, "becomes imported");
		return ST_OK;
	case FATE_CREATION:
		return add_creation(m, p);
	case FATE_OLD:
		return add_old(m, p);
	case FATE_SYSTEM:
		say(m, p, "becomes this system's");
		return ST_OK;
	case FATE_TELLS:
		say(m, p, "left out: it is of the old device");
		return ST_OK;
	case FATE_ALLOWS:
		say(m, p, "left out: it is not possible here");
		return ST_OK;
	case FATE_FORBIDS:
		return forbids(m, p);
	case FATE_BROKEN:
		return refuse(m, p->tag, "stands in no key that is good");
	}
	return ST_OK;
}

static int take_set(struct migration *m, const struct km_params *set)
{
	struct km_param p;
	int ret = ST_OK;
	size_t i;

	for (i = 0; !ret && !km_params_get(set, i, &p); i++)
		ret = take(m, &p);
	return ret;
}

/* ---- who has to show himself ---- */

static bool has(const struct android_blob *blob, uint32_t tag)
{
	struct km_param p;

	return !android_find(blob, tag, &p);
}

/* All of @tag, in both sets: with @what as a line each, or, without, into the description. */
static int each(struct migration *m, uint32_t tag, const char *what)
{
	const struct km_params *sets[] = { m->blob->enforced, m->blob->unenforced };
	struct km_param p;
	int ret = ST_OK;
	size_t i, n;

	for (i = 0; i < 2; i++) {
		for (n = 0; !ret && !km_params_find(sets[i], tag, n, &p); n++) {
			if (what)
				say(m, &p, what);
			else
				ret = add(m, &p);
		}
	}
	return ret;
}

/* Nobody: the whole of what asked for somebody is left out. */
static int ask_nobody(struct migration *m, const char *why)
{
	each(m, KM_TAG_USER_SECURE_ID, why);
	each(m, KM_TAG_USER_AUTH_TYPE, why);
	each(m, KM_TAG_AUTH_TIMEOUT, why);
	if (has(m->blob, KM_TAG_NO_AUTH_REQUIRED) || m->no_auth)
		return each(m, KM_TAG_ALL_USERS, NULL);
	fail(ST_OK, "%s: no-auth: added: it is what this comes to", m->name);
	return each(m, KM_TAG_ALL_USERS, NULL);
}

/* The one who migrates: new_key_auth() adds him; of the old authorizations stays how long. */
static int ask_user(struct migration *m)
{
	static const char why[] = "replaced, as --auth says";
	struct km_param p;

	each(m, KM_TAG_USER_SECURE_ID, why);
	each(m, KM_TAG_USER_AUTH_TYPE, why);
	each(m, KM_TAG_NO_AUTH_REQUIRED, why);
	each(m, KM_TAG_ALL_USERS, "left out: the key is of one user now");
	if (!km_params_find(m->params, KM_TAG_AUTH_TIMEOUT, 0, &p))
		return each(m, KM_TAG_AUTH_TIMEOUT, "replaced, as --auth-timeout says");
	return each(m, KM_TAG_AUTH_TIMEOUT, NULL);
}

static int add_no_auth(struct migration *m)
{
	int ret = km_params_add_bool(m->params, KM_TAG_NO_AUTH_REQUIRED);

	return ret && ret != -EEXIST ? fail_errno(ST_FAILED, ret, m->name) : ST_OK;
}

static int take_auth(struct migration *m)
{
	bool sid = has(m->blob, KM_TAG_USER_SECURE_ID);
	int ret;

	if (m->auth)
		return ask_user(m);
	if (m->no_auth)
		return ask_nobody(m, "left out, as --no-auth says");
	if (sid)
		return refuse(m, KM_TAG_USER_SECURE_ID,
			      "a user of the old device, who cannot show himself here: --auth password binds the key to you, --no-auth to nobody");
	if (has(m->blob, KM_TAG_NO_AUTH_REQUIRED))
		ret = ask_nobody(m, "left out: the key has no-auth");
	else if (has(m->blob, KM_TAG_AUTH_TIMEOUT))
		/* Android never looked at the one or the other without a user to look for. */
		ret = ask_nobody(m, "left out: without a user-secure-id Android asked for nobody");
	else
		return fail(ST_REFUSED,
			    "%s: neither no-auth nor a user-secure-id: give --auth password, which binds the key to you, or --no-auth",
			    m->name);
	return ret ? ret : add_no_auth(m);
}

/* The first Keymaster did not demand it of every key that needs it. */
static int add_min_mac(struct migration *m)
{
	struct km_param p;

	if (!km_params_find(m->params, KM_TAG_MIN_MAC_LENGTH, 0, &p))
		return ST_OK;
	if (km_params_add_defaults(m->params, KM_DEFAULTS_MAC))
		return fail(ST_FAILED, "out of memory");
	if (!km_params_find(m->params, KM_TAG_MIN_MAC_LENGTH, 0, &p))
		say(m, &p, "added: this kernel demands it");
	return ST_OK;
}

/**
 * android_migrate() - make a description of the authorizations of a key
 * @m: the key, what the user has asked for, and the description, which is added to
 *
 * Return: exit status, after a message.
 */
int android_migrate(struct migration *m)
{
	int ret;

	ret = take_set(m, m->blob->enforced);
	if (!ret)
		ret = take_set(m, m->blob->unenforced);
	if (!ret)
		ret = take_auth(m);
	return ret ? ret : add_min_mac(m);
}
