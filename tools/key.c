// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys by alias or file: opening them. New ones are in new_key.c.
 * Under every command that works on a key; over the library's store.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kmctl.h"

/* A copy of @text with everything escaped that a terminal might obey. */
char *printable(const char *text)
{
	char *copy = malloc(4 * strlen(text) + 1), *p = copy;

	if (!copy)
		abort();
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c >= 0x7f || c == '\\')
			p += sprintf(p, "\\x%02x", c);
		else
			*p++ = (char)c;
	}
	*p = '\0';
	return copy;
}

int open_device(const struct opts *o, struct km_ctx **ctx)
{
	const char *path = o->device ? o->device : "/dev/keymaster";
	int ret = km_open(ctx, o->device, 0);

	switch (ret) {
	case 0:
		return ST_OK;
	case -ENOENT:
	case -ENXIO:
	case -ENODEV:
		return fail(ST_NOT_READY, "%s is missing: load the module (modprobe keymaster)",
			    path);
	case -EACCES:
	case -EPERM:
		return fail(ST_NOT_READY, "no permission to open %s", path);
	}
	return fail_errno(ST_NOT_READY, ret, path);
}

int open_store(const struct opts *o, unsigned int flags, struct km_store **store)
{
	char *dir = NULL;
	int ret;

	ret = km_store_open(store, o->store, flags);
	/* A store that nobody has made yet is an empty one. */
	if (!ret || ret == -ENOENT)
		return ST_OK;
	if (!o->store)
		km_store_default_dir(&dir);
	if (ret == -EPERM)
		fail(ST_FAILED, "%s: the store is not yours, or others may write to it",
		     o->store ? o->store : dir);
	else
		fail_errno(ST_FAILED, ret, o->store ? o->store : dir ? dir : "the store");
	free(dir);
	return ST_FAILED;
}

int read_blob_file(const char *path, struct km_buf *blob)
{
	int ret = read_whole(path, KM_BLOB_MAX, blob);

	if (ret == -EFBIG)
		return fail(ST_NO_KEY, "%s: too long for a key blob", path);
	if (ret)
		return fail_errno(ret == -ENOENT ? ST_NO_KEY : ST_FAILED, ret, path);
	if (!blob->len) {
		km_buf_free(blob);
		return fail(ST_NO_KEY, "%s: an empty file is no key blob", path);
	}
	return ST_OK;
}

int alias_failed(const char *name, int error)
{
	switch (error) {
	case -ENOENT:
		return fail(ST_NO_KEY, "there is no key '%s' (kmctl list shows yours)", name);
	case -ENAMETOOLONG:
		return fail(ST_USAGE, "the alias is too long for a file name: '%s'", name);
	case -EINVAL:
		return fail(ST_USAGE, "an alias must not be empty");
	case -EEXIST:
		return fail(ST_EXISTS, "the key '%s' exists already (--force replaces it for good)",
			    name);
	case -EBADMSG:
	case -ELOOP:
		return fail(ST_NO_KEY, "the file of key '%s' is no key blob", name);
	}
	return fail_errno(ST_FAILED, error, name);
}

/*
 * The library upgrades what it has opened itself, and knows where to put it back. In the
 * context of @key, if it has one.
 */
static int open_alias(const struct opts *o, const char *alias, struct key *key)
{
	struct km_store *store;
	int ret;

	ret = open_store(o, 0, &store);
	if (ret)
		return ret;
	ret = store ? km_store_exists(store, alias) : -ENOENT;
	if (ret) {
		ret = alias_failed(key->name, ret);
		goto out;
	}
	ret = key->ctx ? ST_OK : open_device(o, &key->ctx);
	if (ret)
		goto out;
	ret = km_key_open(&key->stored, key->ctx, store, alias);
	if (ret)
		ret = alias_failed(key->name, ret);
	else
		key->ref = *km_key_as_ref(key->stored);
out:
	km_store_close(store);
	return ret;
}

static int open_blob(const struct opts *o, struct key *key)
{
	int ret = read_blob_file(o->blob, &key->blob);

	key->ref = (struct km_key_ref){ .blob = key->blob.data, .len = key->blob.len };
	return ret ? ret : open_device(o, &key->ctx);
}

/* APPLICATION_ID and APPLICATION_DATA open the blob; no other option does. */
static int take_app(const struct opts *o, struct key *key)
{
	static const uint32_t tags[] = { KM_TAG_APPLICATION_ID, KM_TAG_APPLICATION_DATA };
	struct km_param p;
	size_t i;

	if (km_params_new(&key->app))
		return fail(ST_FAILED, "out of memory");
	for (i = 0; i < 2; i++) {
		if (km_params_find(o->params, tags[i], 0, &p))
			continue;
		if (km_params_add_bytes(key->app, tags[i], p.data, p.len))
			return fail(ST_FAILED, "out of memory");
	}
	return ST_OK;
}

int key_open(const struct opts *o, struct key *key)
{
	int ret;

	*key = (struct key){ .name = printable(o->alias ? o->alias : o->blob) };
	ret = o->alias ? open_alias(o, o->alias, key) : open_blob(o, key);
	if (!ret)
		ret = take_app(o, key);
	if (ret)
		key_close(key);
	return ret;
}

/**
 * key_open_with() - open a second key, in the context of the first
 * @o: the options
 * @ctx: the context; still the caller's
 * @alias: the key
 * @key: [out] it, without its application id
 *
 * Return: exit status.
 */
int key_open_with(const struct opts *o, struct km_ctx *ctx, const char *alias, struct key *key)
{
	*key = (struct key){ .name = printable(alias), .ctx = ctx };
	return open_alias(o, alias, key);
}

/* Asks the kernel for the authorizations; explains a refusal. */
int key_load_sets(struct key *key)
{
	struct attempt attempt = { .key = key, .verb = "read", .purpose = -1 };
	int ret;

	ret = km_characteristics(key->ctx, &key->ref, key->app, &key->enforced,
				 &key->unenforced);
	return ret ? explain(&attempt, ret) : ST_OK;
}

void key_close(struct key *key)
{
	km_key_close(key->stored);
	km_close(key->ctx);
	km_buf_free(&key->blob);
	km_params_free(key->app);
	km_params_free(key->enforced);
	km_params_free(key->unenforced);
	free(key->name);
	*key = (struct key){ 0 };
}

bool set_has(const struct key *key, uint32_t tag, uint64_t value)
{
	return km_params_contains(key->enforced, tag, value) ||
	       km_params_contains(key->unenforced, tag, value);
}

int set_find(const struct key *key, uint32_t tag, size_t nth, struct km_param *param)
{
	size_t n = 0;

	while (!km_params_find(key->enforced, tag, n, NULL))
		n++;
	if (nth < n)
		return km_params_find(key->enforced, tag, nth, param);
	return km_params_find(key->unenforced, tag, nth - n, param);
}
