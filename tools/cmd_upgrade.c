// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl upgrade: bind a key to the versions that the system has now. Keys of the store
 * are upgraded when they are used; this is for blobs elsewhere, and for doing it early.
 */
#include <errno.h>
#include <string.h>

#include "kmctl.h"

static const struct opt options[] = {
	OPT_BLOB, OPT_APPLICATION, OPT_STORE, OPT_DEVICE, OPT_END
};

/*
 * Blobs of format 4 have a slot of the kernel's, which would stay taken. The others must
 * not be deleted: their uses are counted together with those of the new blob.
 */
static void delete_old(const struct key *key, const struct km_buf *old)
{
	struct km_key_ref ref = { .blob = old->data, .len = old->len };
	struct km_params *enforced, *unenforced;

	if (km_blob_parse(old->data, old->len, &enforced, &unenforced) == 4)
		km_delete_blob(key->ctx, &ref);
	km_params_free(enforced);
	km_params_free(unenforced);
}

/* In its own file; the old blob is deleted when the new one is there. */
static int upgrade_blob(const struct opts *o, struct key *key, int *changed)
{
	bool piped = !strcmp(o->blob, "-");
	struct km_buf new = { 0 }, old;
	int ret;

	ret = km_upgrade_key(key->ctx, &key->ref, key->app, &new);
	if (ret)
		return ret;
	*changed = new.len != 0;
	if (!*changed) {
		km_buf_free(&new);
		/* What came from a pipe goes on through it, changed or not. */
		return piped && write_blob(o, key, 0) ? -ECANCELED : 0;
	}
	old = key->blob;
	key->blob = new;
	ret = write_blob(o, key, KM_FILE_REPLACE) ? -ECANCELED : 0;
	/* Where a pipe leads to, nobody knows. */
	if (!ret && !piped)
		delete_old(key, &old);
	km_buf_free(&old);
	return ret;
}

static int run(struct opts *o)
{
	struct key key;
	struct attempt attempt = { .key = &key, .verb = "upgrade", .purpose = -1 };
	int changed = 0, ret;

	ret = key_open(o, &key);
	if (ret)
		return ret;
	ret = key.stored ? km_key_upgrade(key.stored, key.app, &changed)
			 : upgrade_blob(o, &key, &changed);
	if (ret == -ECANCELED && !key.stored)
		ret = ST_FAILED;	/* the message has been printed */
	else if (ret == -ESTALE && key.stored)
		ret = fail(ST_FAILED, "%s: was replaced by another key meanwhile", key.name);
	else if (ret)
		ret = explain(&attempt, ret);
	else if (key.stored || strcmp(o->blob, "-"))
		printf("%s: %s\n", key.name, changed ? "upgraded" : "is current");
	key_close(&key);
	return ret;
}

const struct command cmd_upgrade = {
	.name = "upgrade",
	.summary = "Bind a key to the system's present versions",
	.alias = ALIAS_OR_BLOB,
	.options = options,
	.details =
"A key of an older system is refused until it is upgraded, one of a newer system for\n"
"good. Keys named by an alias are upgraded whenever they are used.\n",
	.run = run,
};
