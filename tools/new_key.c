// SPDX-License-Identifier: GPL-2.0-only
/*
 * New keys: a place for the blob, what a description does not say, and keeping it.
 * Called by generate and import; over the library's store.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "kmctl.h"

/* Before the key is made: is there a place for it? */
static int check_free(const struct opts *o, const struct key *key)
{
	struct km_store *store;
	int ret;

	if (o->blob) {
		if (strcmp(o->blob, "-") && !o->force && !access(o->blob, F_OK))
			return fail(ST_EXISTS, "%s exists already (--force replaces it)",
				    key->name);
		return ST_OK;
	}
	ret = open_store(o, KM_STORE_CREATE, &store);
	if (ret)
		return ret;
	ret = store ? km_store_exists(store, o->alias) : -ENOENT;
	km_store_close(store);
	if (!ret && !o->force)
		return alias_failed(key->name, -EEXIST);
	return ret && ret != -ENOENT ? alias_failed(key->name, ret) : ST_OK;
}

int new_key_prepare(const struct opts *o, struct key *key, uint32_t *format)
{
	int ret;

	*key = (struct key){ .name = printable(o->alias ? o->alias : o->blob) };
	*format = KM_BLOB_DEFAULT;
	if (o->format && !strcmp(o->format, "ocb"))
		*format = KM_BLOB_OCB;
	else if (o->format && strcmp(o->format, "default"))
		return fail(ST_USAGE, "--format: '%s' is not a valid value; known: default, ocb",
			    o->format);
	ret = check_free(o, key);
	return ret ? ret : open_device(o, &key->ctx);
}

static bool has(const struct km_params *params, uint32_t tag)
{
	struct km_param p;

	return !km_params_find(params, tag, 0, &p);
}

/**
 * new_key_defaults() - what the help of generate and import promises
 * @params: the description; only what is not given is added
 * @making: the key is made, not brought in: its material says nothing yet
 *
 * Return: exit status.
 */
int new_key_defaults(struct km_params *params, bool making)
{
	return km_params_add_defaults(params, making ? KM_DEFAULTS_NEW : 0)
		? fail(ST_FAILED, "out of memory") : ST_OK;
}

/* "password,fingerprint" as USER_AUTH_TYPE; not "none", which nothing would open. */
static int add_auth_type(const struct opts *o)
{
	struct km_param p;
	int ret;

	ret = km_params_add_text(o->params, "auth", o->auth);
	if (ret == -EEXIST)
		return fail(ST_USAGE, "give --auth or --user-auth-type, not both");
	if (ret || km_params_find(o->params, KM_TAG_USER_AUTH_TYPE, 0, &p) || !p.value)
		return fail(ST_USAGE,
			    "--auth: '%s' is not a valid value; known: password, fingerprint, any",
			    o->auth);
	return ST_OK;
}

/**
 * new_key_auth() - --auth: the caller's own secure user id, and what proves it
 * @o: the options; the description is added to
 * @ctx: the context
 *
 * Return: exit status, after a message.
 */
int new_key_auth(const struct opts *o, struct km_ctx *ctx)
{
	struct person person;
	struct km_user user;
	int ret;

	if (!o->auth)
		return ST_OK;
	if (has(o->params, KM_TAG_NO_AUTH_REQUIRED))
		return fail(ST_USAGE, "give --auth or --no-auth, not both");
	ret = add_auth_type(o);
	/* Other ids, of several users perhaps, can be given by number. */
	if (ret || has(o->params, KM_TAG_USER_SECURE_ID))
		return ret;
	ret = person_find(NULL, &person);
	if (!ret)
		ret = auth_look_up(ctx, &person, &user);
	if (!ret && !user.sid)
		ret = fail(ST_NOT_AUTHENTICATED,
			   "--auth: %s has no password here yet: run kmctl enroll first",
			   person.name);
	if (!ret && km_params_add_u64(o->params, KM_TAG_USER_SECURE_ID, user.sid))
		ret = fail(ST_FAILED, "out of memory");
	return ret;
}

static int store_blob(const struct opts *o, const struct key *key)
{
	struct km_bytes blob = { key->blob.data, key->blob.len };
	struct km_store *store;
	int ret;

	ret = open_store(o, KM_STORE_CREATE, &store);
	if (ret)
		return ret;
	if (!store)
		ret = -ENOENT;
	else if (o->force)
		ret = km_store_replace(key->ctx, store, o->alias, &blob);
	else
		ret = km_store_put(store, o->alias, blob.data, blob.len, 0);
	km_store_close(store);
	return ret ? alias_failed(key->name, ret) : ST_OK;
}

/* To the file of --blob, or to standard output. */
int write_blob(const struct opts *o, const struct key *key, unsigned int flags)
{
	int ret;

	if (!strcmp(o->blob, "-"))
		return fwrite(key->blob.data, 1, key->blob.len, stdout) == key->blob.len
			? ST_OK : fail_errno(ST_FAILED, errno, "standard output");
	ret = km_file_put(o->blob, key->blob.data, key->blob.len, flags);
	if (ret == -EEXIST)
		return fail(ST_EXISTS, "%s exists already (--force replaces it)", key->name);
	return ret ? fail_errno(ST_FAILED, ret, o->blob) : ST_OK;
}

/* Also in the place of a chain that belonged to a key of the same name. */
static int store_chain(const struct opts *o, const struct km_buf *chain)
{
	struct km_store *store;
	int ret;

	if (!chain->len && !o->force)
		return ST_OK;
	ret = open_store(o, KM_STORE_CREATE, &store);
	if (ret)
		return ret;
	ret = store ? km_store_put_chain(store, o->alias, chain->data, chain->len) : -ENOENT;
	km_store_close(store);
	return ret ? alias_failed(printable(o->alias), ret) : ST_OK;
}

/**
 * new_key_store() - keep a new key, and its certificates
 * @o: the options
 * @key: the key
 * @chain: DER, one behind the other; may be empty
 *
 * Return: exit status.
 */
int new_key_store(const struct opts *o, struct key *key, const struct km_buf *chain)
{
	int ret;

	if (o->blob)
		return write_blob(o, key, o->force ? KM_FILE_REPLACE : 0);
	ret = store_blob(o, key);
	return ret ? ret : store_chain(o, chain);
}
