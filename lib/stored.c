// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Keys of the store that are in use: the library knows where their blobs came from, and
 * can put an upgraded one in their place. On store.c; command.c asks here for the blob.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib_private.h"

/**
 * struct version - a blob of the key
 * @older: the one before it: calls that run may still be reading that
 * @len: bytes at @blob
 */
struct version {
	struct version *older;
	size_t len;
	unsigned char blob[];
};

/**
 * struct km_key - an open key of the store
 * @next: in the context's list. Singly linked, and changed by one store: at every
 *	moment it is a list, also for a child that was forked at that moment
 * @ctx: the context
 * @dir: the store
 * @ref: what the caller passes: the blob that was there when it was opened
 * @newest: of its versions
 * @alias: its name
 */
struct km_key {
	struct km_key *next;
	struct km_ctx *ctx;
	int dir;
	struct km_key_ref ref;
	struct version *newest;
	char alias[];
};

static struct version *new_version(const struct km_buf *blob, struct version *older)
{
	struct version *v = malloc(sizeof(*v) + blob->len);

	if (!v)
		return NULL;
	v->older = older;
	v->len = blob->len;
	memcpy(v->blob, blob->data, blob->len);
	return v;
}

static int fill(struct km_key *key, struct km_store *store)
{
	struct km_buf blob = { 0 };
	int ret;

	ret = km_store_get(store, key->alias, &blob);
	if (ret)
		return ret;
	key->newest = new_version(&blob, NULL);
	km_buf_free(&blob);
	if (!key->newest)
		return -ENOMEM;
	key->ref = (struct km_key_ref){ .blob = key->newest->blob, .len = key->newest->len };
	key->dir = fcntl(km_store_fd(store), F_DUPFD_CLOEXEC, 0);
	return key->dir < 0 ? -errno : 0;
}

static void free_key(struct km_key *key)
{
	struct version *v;

	while ((v = key->newest)) {
		key->newest = v->older;
		free(v);
	}
	if (key->dir >= 0)
		close(key->dir);
	free(key);
}

LIBEXPORT int km_key_open(struct km_key **key, struct km_ctx *ctx, struct km_store *store,
			  const char *alias)
{
	struct km_shared *shared = km_ctx_shared(ctx);
	struct km_key *k;
	int ret;

	*key = NULL;
	k = calloc(1, sizeof(*k) + strlen(alias) + 1);
	if (!k)
		return -ENOMEM;
	k->ctx = ctx;
	k->dir = -1;
	strcpy(k->alias, alias);
	ret = fill(k, store);
	if (ret) {
		free_key(k);
		return ret;
	}
	km_lock(shared);
	k->next = shared->keys;
	shared->keys = k;
	km_unlock(shared);
	*key = k;
	return 0;
}

LIBEXPORT const struct km_key_ref *km_key_as_ref(const struct km_key *key)
{
	return &key->ref;
}

LIBEXPORT void km_key_close(struct km_key *key)
{
	struct km_shared *shared;
	struct km_key **at;

	if (!key)
		return;
	shared = km_ctx_shared(key->ctx);
	km_lock(shared);
	for (at = &shared->keys; *at && *at != key; at = &(*at)->next)
		;
	if (*at)
		*at = key->next;
	km_unlock(shared);
	free_key(key);
}

/* The open key that @ref was taken from; under the lock. No other blob lies there. */
static struct km_key *find(const struct km_shared *shared, const struct km_key_ref *ref)
{
	struct km_key *key;

	for (key = shared->keys; key && key->ref.blob != ref->blob; key = key->next)
		;
	return ref->len ? key : NULL;
}

/* What stands for @ref now: the upgraded blob, where there is one. */
struct km_key_ref km_key_newest(struct km_ctx *ctx, const struct km_key_ref *ref)
{
	struct km_shared *shared = km_ctx_shared(ctx);
	struct km_key_ref newest = *ref;
	struct km_key *key;

	km_lock(shared);
	key = find(shared, ref);
	if (key)
		newest = (struct km_key_ref){
			.blob = key->newest->blob, .len = key->newest->len,
		};
	km_unlock(shared);
	return newest;
}

/* What of the parameters of a call opens the blob. */
static int app_of(const struct km_params *params, struct km_params **app)
{
	static const uint32_t tags[] = { KM_TAG_APPLICATION_ID, KM_TAG_APPLICATION_DATA };
	struct km_param p;
	size_t i;
	int ret;

	ret = km_params_new(app);
	for (i = 0; i < 2 && !ret; i++)
		if (!km_params_find(params, tags[i], 0, &p))
			ret = km_params_add_bytes(*app, tags[i], p.data, p.len);
	return ret;
}

/* Another thread may have been faster: its blob is as good. */
static int adopt(struct km_key *key, const struct km_key_ref *old, const struct km_buf *blob)
{
	struct km_shared *shared = km_ctx_shared(key->ctx);
	struct version *v;

	v = new_version(blob, NULL);
	if (!v)
		return -ENOMEM;
	km_lock(shared);
	if (key->newest->blob == old->blob) {
		v->older = key->newest;
		key->newest = v;
		v = NULL;
	}
	km_unlock(shared);
	free(v);
	return 0;
}

static int swap(struct km_key *key, const struct km_bytes *old, const struct km_buf *blob)
{
	return km_store_swap(key->dir, key->alias, old,
			     &(struct km_bytes){ blob->data, blob->len });
}

/*
 * @blob was made of @old, and could not be put in its place: @error. Another program may
 * have been faster, and has left an upgraded blob of the same key: that one is taken. Ours
 * is not deleted, whatever becomes of it: all blobs that are made of one have the same slot,
 * and the key that another program has stored would die with it.
 */
static int settle(struct km_key *key, const struct km_bytes *old, struct km_buf *blob, int error)
{
	struct km_bytes ours = { blob->data, blob->len }, theirs;
	struct km_buf now = { 0 };
	int ret;

	ret = km_store_get_at(key->dir, key->alias, &now);
	/* Nobody knows what is there: nothing may be deleted. */
	if (ret && ret != -ENOENT)
		return error;
	theirs = (struct km_bytes){ now.data, now.len };
	/* It is there, and only the last fsync failed: what a power cut brings back may be old. */
	if (!ret && now.len == ours.len && !memcmp(now.data, ours.data, now.len)) {
		km_buf_free(&now);
		return 0;
	}
	if (!ret && error == -ESTALE && km_blob_same_key(old, &theirs)) {
		km_buf_free(blob);
		*blob = now;
		return 0;
	}
	km_buf_free(&now);
	return error;
}

/*
 * Puts an upgraded blob in the place of @old. The order is what keeps the key alive, wherever
 * it is cut short: the new blob is on the disk, then the old one dies. On success @blob is
 * what the store has.
 */
static int replace(struct km_key *key, const struct km_bytes *old, struct km_buf *blob)
{
	const struct km_key_ref gone = { .blob = old->data, .len = old->len };
	int ret = swap(key, old, blob);

	if (ret)
		return settle(key, old, blob, ret);
	/* If it fails a slot is lost, but no key. */
	if (km_blob_has_slot(old))
		km_delete_blob(key->ctx, &gone);
	return 0;
}

LIBEXPORT int km_key_upgrade(struct km_key *key, const struct km_params *params, int *changed)
{
	struct km_key_ref old = km_key_newest(key->ctx, &key->ref);
	struct km_bytes bytes = { old.blob, old.len };
	struct km_buf blob = { 0 };
	int code, ret;

	*changed = 0;
	ret = km_upgrade_key(key->ctx, &old, params, &blob);
	code = km_last_error(key->ctx);
	if (ret && code == KM_ERROR_INVALID_KEY_BLOB && km_key_reload(key->ctx, &key->ref, &old)) {
		old = km_key_newest(key->ctx, &key->ref);
		bytes = (struct km_bytes){ old.blob, old.len };
		ret = km_upgrade_key(key->ctx, &old, params, &blob);
		code = km_last_error(key->ctx);
	}
	if (!ret && blob.len) {
		ret = replace(key, &bytes, &blob);
		if (!ret)
			ret = adopt(key, &old, &blob);
		*changed = !ret;
	}
	km_buf_free(&blob);
	km_ctx_set_error(key->ctx, code);
	return ret;
}

/* What cannot be stored works from memory as well, and the next program upgrades again. */
static int upgrade(struct km_key *key, const struct km_key_ref *used,
		   const struct km_params *params)
{
	struct km_bytes old = { used->blob, used->len };
	struct km_params *app = NULL;
	struct km_buf blob = { 0 };
	int ret;

	ret = app_of(params, &app);
	if (!ret)
		ret = km_upgrade_key(key->ctx, used, app, &blob);
	if (!ret && !blob.len)
		ret = -ENODATA;
	if (!ret) {
		replace(key, &old, &blob);
		ret = adopt(key, used, &blob);
	}
	km_params_free(app);
	km_buf_free(&blob);
	return ret;
}

/* The open key behind @ref; @newer: @used is no longer its newest blob. */
static struct km_key *look_up(struct km_ctx *ctx, const struct km_key_ref *ref,
			      const struct km_key_ref *used, bool *newer)
{
	struct km_shared *shared = km_ctx_shared(ctx);
	struct km_key *key;

	km_lock(shared);
	key = find(shared, ref);
	*newer = key && key->newest->blob != used->blob;
	km_unlock(shared);
	return key;
}

/*
 * Upgrades the key of the store behind @ref, whose blob was @used; true when the call is
 * worth repeating.
 */
bool km_key_renew(struct km_ctx *ctx, const struct km_key_ref *ref,
		  const struct km_key_ref *used, const struct km_params *params)
{
	int code = km_last_error(ctx);
	struct km_key *key;
	bool newer, done;

	key = look_up(ctx, ref, used, &newer);
	/* Another thread has done it since the call failed. */
	if (!key || newer)
		return key;
	done = !upgrade(key, used, params);
	/* Another program was faster, and our blob has died before we could upgrade it. */
	if (!done && km_last_error(ctx) == KM_ERROR_INVALID_KEY_BLOB)
		done = km_key_reload(ctx, ref, used);
	/* When it fails, the code that the caller is to see is the first one. */
	km_ctx_set_error(ctx, code);
	return done;
}

/*
 * The blob @used of the key of the store behind @ref does not open. A program that has
 * upgraded the key deleted it, if it has a slot: then the store has the new one. Nothing
 * but another blob of the same key will do. True when the call is worth repeating.
 */
bool km_key_reload(struct km_ctx *ctx, const struct km_key_ref *ref,
		   const struct km_key_ref *used)
{
	struct km_bytes old = { used->blob, used->len };
	struct km_buf now = { 0 };
	struct km_key *key;
	bool newer, found;

	key = look_up(ctx, ref, used, &newer);
	if (!key || newer)
		return key;
	if (!km_blob_has_slot(&old) || km_store_get_at(key->dir, key->alias, &now))
		return false;
	found = (now.len != old.len || memcmp(now.data, old.data, old.len)) &&
		km_blob_same_key(&old, &(struct km_bytes){ now.data, now.len }) &&
		!adopt(key, used, &now);
	km_buf_free(&now);
	return found;
}

/* What the alias names now must be this key; @now: its blob. Under the lock. */
static int read_own(struct km_key *key, struct km_buf *now)
{
	struct km_key_ref newest = km_key_newest(key->ctx, &key->ref);
	struct km_bytes known = { newest.blob, newest.len }, there;
	int ret = km_store_get_at(key->dir, key->alias, now);

	if (ret)
		return ret;
	there = (struct km_bytes){ now->data, now->len };
	if (known.len == there.len && !memcmp(known.data, there.data, there.len))
		return 0;
	/* Another program may have upgraded it. */
	return km_blob_same_key(&known, &there) ? 0 : -ESTALE;
}

/*
 * The kernel first, the file last: cut short in between, the key is dead but still listed,
 * and to delete a dead one again succeeds. The other way round it would live on in every
 * copy, and nobody know that it was not deleted.
 */
LIBEXPORT int km_key_delete(struct km_key *key)
{
	struct km_buf now = { 0 };
	int lock, ret;

	km_ctx_set_error(key->ctx, KM_ERROR_OK);
	lock = km_store_lock(key->dir);
	if (lock < 0)
		return lock;
	ret = read_own(key, &now);
	if (!ret)
		ret = km_delete(key->ctx, &(struct km_key_ref){ .blob = now.data, .len = now.len });
	if (!ret)
		ret = km_store_remove(key->dir, key->alias);
	km_buf_free(&now);
	close(lock);
	return ret;
}

/* What stood in the place of @new: another key, or another blob of the same. */
static void delete_replaced(struct km_ctx *ctx, const struct km_bytes *old,
			    const struct km_bytes *new)
{
	const struct km_key_ref gone = { .blob = old->data, .len = old->len };

	if (km_blob_same_key(old, new))
		km_delete_blob(ctx, &gone);
	else
		km_delete(ctx, &gone);
}

/*
 * Locked from the look at the old blob to the new one in its place: who replaces at the same
 * time finds ours there, and no blob is lost sight of while it has a slot.
 */
LIBEXPORT int km_store_replace(struct km_ctx *ctx, struct km_store *store, const char *alias,
			       const struct km_bytes *blob)
{
	struct km_buf was = { 0 };
	char name[NAME_MAX + 1];
	struct km_bytes old;
	int dir = km_store_fd(store), lock, ret;

	km_ctx_set_error(ctx, KM_ERROR_OK);
	if (!blob->len || blob->len > KM_BLOB_MAX)
		return -EINVAL;
	ret = km_store_encode(alias, name);
	if (ret)
		return ret;
	lock = km_store_lock(dir);
	if (lock < 0)
		return lock;
	/* What cannot be read is replaced as well. */
	if (!km_store_get_at(dir, alias, &was) && was.len == blob->len &&
	    !memcmp(was.data, blob->data, was.len))
		km_buf_free(&was);
	ret = km_put_file(dir, name, blob, KM_STORE_REPLACE);
	old = (struct km_bytes){ was.data, was.len };
	if (!ret && km_blob_has_slot(&old))
		delete_replaced(ctx, &old, blob);
	close(lock);
	km_buf_free(&was);
	km_ctx_set_error(ctx, KM_ERROR_OK);
	return ret;
}
