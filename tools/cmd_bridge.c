// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl bridge: have the kernel hand a key to dm-crypt or fscrypt.
 * What comes out is a serial number, or fscrypt's name of the key; never the key.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/fscrypt.h>
#include <linux/keyctl.h>

#include "kmctl.h"

static const struct opt options[] = {
	OPT_TEXT_OF("logon", logon, "PREFIX:NAME", "make a logon key of this name, for dm-crypt"),
	OPT_TEXT_OF("fscrypt", fscrypt, "NAME", "make an fscrypt-provisioning key of this name"),
	OPT_TEXT_OF("add-to", mount, "DIR", "with fscrypt: add it to the filesystem of DIR"),
	OPT_TEXT_OF("keyring", keyring, "RING", "where it goes [@u]: @s, @u, or a serial number"),
	OPT_TEXT_OF("timeout", timeout, "SECONDS", "the new key expires"),
	OPT_FLAG_OF("replace", replace, "in the place of a key of that name"),
	OPT_BLOB, OPT_APPLICATION, OPT_STORE, OPT_DEVICE, OPT_END
};

/* A key that a filesystem has taken is of no more use: then it ends with this process. */
static int parse_keyring(const struct opts *o, int32_t *keyring)
{
	const char *text = o->keyring;

	*keyring = o->mount && !text ? KEY_SPEC_PROCESS_KEYRING : KEY_SPEC_USER_KEYRING;
	if (!text || !strcmp(text, "@u"))
		return ST_OK;
	if (strcmp(text, "@s"))
		return parse_serial("keyring", text, keyring);
	*keyring = KEY_SPEC_SESSION_KEYRING;
	return ST_OK;
}

static int parse_timeout(const char *text, uint32_t *timeout)
{
	unsigned long n;
	char *end;

	*timeout = 0;
	if (!text)
		return ST_OK;
	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || *text < '0' || *text > '9' || *end || !n || n > UINT32_MAX)
		return fail(ST_USAGE, "--timeout: '%s' is not a number of seconds", text);
	*timeout = (uint32_t)n;
	return ST_OK;
}

static int parse(const struct opts *o, struct km_bridge_request *request)
{
	int ret;

	if (!o->logon == !o->fscrypt)
		return fail(ST_USAGE, "bridge: give --logon PREFIX:NAME, or --fscrypt NAME");
	if (o->mount && !o->fscrypt)
		return fail(ST_USAGE, "bridge: --add-to is for --fscrypt");
	*request = (struct km_bridge_request){
		.kind = o->logon ? KM_BRIDGE_LOGON : KM_BRIDGE_FSCRYPT,
		.description = o->logon ? o->logon : o->fscrypt,
		.replace = o->replace,
	};
	/* A name without a prefix is the one mistake that the kernel only calls invalid. */
	if (o->logon && (!strchr(o->logon, ':') || *o->logon == ':'))
		return fail(ST_USAGE, "--logon: '%s' is not of the form PREFIX:NAME", o->logon);
	ret = parse_keyring(o, &request->keyring);
	return ret ? ret : parse_timeout(o->timeout, &request->timeout);
}

static int failed(const struct attempt *a, const struct km_bridge_request *request, int error)
{
	const char *kind = km_value_name(KM_TAG_LINUX_BRIDGE, request->kind);

	if (km_last_error(a->key->ctx) == KM_ERROR_INCOMPATIBLE_PURPOSE)
		return fail(ST_REFUSED, "%s: the key lacks bridge %s [INCOMPATIBLE_PURPOSE]",
			    a->key->name, kind);
	if (error == -EEXIST)
		return fail(ST_EXISTS, "the keyring has a key '%s' already (--replace)",
			    request->description);
	if (error == -ENODEV && !km_last_error(a->key->ctx))
		return fail(ST_FAILED, "%s: this kernel has no keys for %s", a->key->name, kind);
	return explain(a, error);
}

static int hand_over(const struct attempt *a, struct km_bridge_request *request)
{
	int ret = km_bridge_key(a->key->ctx, &a->key->ref, a->key->app, request);
	int code = km_last_error(a->key->ctx);

	if (ret && (code == KM_ERROR_KEY_USER_NOT_AUTHENTICATED ||
		    code == KM_ERROR_DEVICE_LOCKED)) {
		ret = auth_again(a, ret);
		if (ret)
			return ret;
		ret = km_bridge_key(a->key->ctx, &a->key->ref, a->key->app, request);
	}
	return ret ? failed(a, request, ret) : ST_OK;
}

static int add_to(const char *dir, int32_t serial)
{
	struct fscrypt_add_key_arg arg = {
		.key_spec.type = FSCRYPT_KEY_SPEC_TYPE_IDENTIFIER,
		.key_id = (__u32)serial,
	};
	char text[2 * FSCRYPT_KEY_IDENTIFIER_SIZE + 1];
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), error = 0;

	if (fd < 0)
		return fail_errno(ST_FAILED, errno, dir);
	if (ioctl(fd, FS_IOC_ADD_ENCRYPTION_KEY, &arg))
		error = errno;
	close(fd);
	if (error == ENOTTY || error == EOPNOTSUPP)
		return fail(ST_FAILED, "%s: the filesystem has no encryption, or it is off", dir);
	if (error)
		return fail_errno(ST_FAILED, error, dir);
	hex(arg.key_spec.u.identifier, FSCRYPT_KEY_IDENTIFIER_SIZE, text);
	puts(text);
	return ST_OK;
}

static int run(struct opts *o)
{
	struct km_bridge_request request;
	struct key key;
	/* What is behind it is read: so for the messages it is as to decrypt. */
	struct attempt attempt = { .key = &key, .verb = "bridge", .purpose = KM_PURPOSE_DECRYPT };
	int ret;

	ret = parse(o, &request);
	if (!ret)
		ret = key_open(o, &key);
	if (ret)
		return ret;
	ret = key_load_sets(&key);
	if (!ret)
		ret = hand_over(&attempt, &request);
	if (!ret && o->mount)
		ret = add_to(o->mount, request.serial);
	else if (!ret)
		printf("%d\n", request.serial);
	key_close(&key);
	return ret;
}

const struct command cmd_bridge = {
	.name = "bridge",
	.summary = "Hand a key to dm-crypt or fscrypt, unseen by programs",
	.alias = ALIAS_OR_BLOB,
	.options = options,
	.details =
"Prints the serial number of the new key; with add-to, fscrypt's identifier of the key,\n"
"which a policy names. A key for it was made with bridge, and can do nothing else. The new\n"
"key is there until it is unlinked or expires, or with add-to, where no keyring is given,\n"
"at once gone; a volume or filesystem keeps its own copy.\n",
	.run = run,
};
