// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl android migrate: a key of Android into the kernel, with its authorizations. The
 * material is in this process' memory on the way, and nowhere else.
 */
#include <openssl/evp.h>

#include "android_migrate.h"

static const struct opt options[] = {
	OPT_TEXT_OF("alias", alias, "NAME", "what the key is called here"),
	OPT_BLOB_OUT,
	OPT_TEXT_OF("auth", auth, "LIST",
		    "the key asks for you from now on: password, fingerprint"),
	OPT_TAG_OF("auth-timeout"),
	OPT_FLAG_OF("no-auth", no_auth, "the key asks for nobody from now on"),
	OPT_FLAG_OF("drop-unsupported", drop_unsupported,
		    "leave out what cannot be kept, also if it forbids something"),
	OPT_FLAG_OF("force", force, "replace an existing key"),
	OPT_TEXT_OF("format", format, "NAME", "format of the blob: default, ocb [default]"),
	OPT_ANDROID_OPEN,
	OPT_STORE,
	OPT_DEVICE,
	OPT_END
};

static int check_options(const struct opts *o)
{
	if (!o->alias == !o->blob)
		return fail(ST_USAGE, "android migrate: give --alias NAME, or --blob FILE");
	if (o->auth && o->no_auth)
		return fail(ST_USAGE, "give --auth or --no-auth, not both");
	return ST_OK;
}

/* What the material is, and in which form the kernel takes it. */
static int get_material(struct android_entry *entry, uint32_t *format)
{
	struct android_blob *blob = &entry->blob;
	uint32_t algorithm = android_algorithm(entry);
	struct key_kind kind;
	EVP_PKEY *pkey;

	if (entry->content != ANDROID_IS_KEY)
		return fail(ST_REFUSED, "%s: is no key, but %s", entry->name,
			    entry->content == ANDROID_IS_MASTER ? "a master key"
			    : entry->content == ANDROID_IS_CERTIFICATE ? "a certificate" : "data");
	if (blob->format == ANDROID_QUALCOMM)
		return fail(ST_NO_KEY,
			    "%s: the key is encrypted under one that never leaves the device",
			    entry->name);
	if (!algorithm)
		return fail(ST_REFUSED,
			    "%s: of no algorithm that is known here [UNSUPPORTED_ALGORITHM]",
			    entry->name);
	*format = KM_KEY_FORMAT_RAW;
	if (algorithm != KM_ALGORITHM_RSA && algorithm != KM_ALGORITHM_EC)
		return ST_OK;
	pkey = android_private_key(entry);
	EVP_PKEY_free(pkey);
	if (!pkey)
		return fail(ST_REFUSED, "%s: the material is no private key of its algorithm",
			    entry->name);
	*format = KM_KEY_FORMAT_PKCS8;
	return pem_private(&blob->material, &kind);
}

static int describe(struct opts *o, const struct android_entry *entry)
{
	struct migration m = {
		.name = entry->name, .blob = &entry->blob, .auth = o->auth,
		.no_auth = o->no_auth, .drop_unsupported = o->drop_unsupported,
		.params = o->params,
	};

	if (o->no_auth && km_params_add_bool(o->params, KM_TAG_NO_AUTH_REQUIRED))
		return fail(ST_FAILED, "out of memory");
	return android_migrate(&m);
}

static int import(struct opts *o, struct android_entry *entry, struct key *key, uint32_t format)
{
	struct km_import_request request = { .description = o->params, .format = format };
	struct attempt attempt = {
		.key = key, .verb = "migrate", .purpose = -1, .params = o->params,
	};
	int ret;

	ret = get_material(entry, &request.key_format);
	if (!ret)
		ret = describe(o, entry);
	if (!ret)
		ret = new_key_auth(o, key->ctx);
	if (ret)
		return ret;
	request.data = entry->blob.material.data;
	request.len = entry->blob.material.len;
	ret = km_import(key->ctx, &request, &key->blob);
	return ret ? explain(&attempt, ret) : ST_OK;
}

static int run(struct opts *o)
{
	struct android_entry entry = { 0 };
	uint32_t format;
	const struct km_buf none = { 0 };
	struct key key = { 0 };
	int ret;

	ret = check_options(o);
	if (!ret)
		ret = new_key_prepare(o, &key, &format);
	if (!ret)
		ret = android_open(o, &entry);
	if (!ret)
		ret = import(o, &entry, &key, format);
	if (!ret)
		ret = new_key_store(o, &key, &none);
	android_close(&entry);
	key_close(&key);
	return ret;
}

const struct command cmd_android_migrate = {
	.name = "android migrate",
	.summary = "Bring a key of Android's keystore into the kernel",
	.alias = ALIAS_WORD,
	.word = "FILE",
	.options = options,
	.details =
"The authorizations are kept. What has to change is said on standard error, a line each;\n"
"what forbids something and cannot be kept is refused. A key that asked for a user of the\n"
"old device asks for you with --auth, for nobody with --no-auth, and is otherwise refused.\n"
"The application-id and application-data that open the file are those of the new key.\n"
"FILE stays as it is: the key is as safe as that is, until it is deleted.\n\n"
ANDROID_OPEN_HELP,
	.run = run,
};
