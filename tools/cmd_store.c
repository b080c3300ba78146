// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl store: look for what is wrong in a store, save all of its keys, bring them back.
 * The library does the work; here it is told, and becomes an exit status.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kmctl.h"

/* Also when there is one that this user must not open. */
#define NO_ROOT	"no module, or no root key"

static const struct opt options[] = {
	OPT_FLAG_OF("repair", repair,
		    "check: remove left-over files, mend modes, put aside what is no blob"),
	OPT_FLAG_OF("replace", replace, "import: over keys that the store has"),
	OPT_FLAG_OF("force", force, "export, import: whatever the root key"),
	OPT_APPLICATION,
	OPT_STORE,
	OPT_DEVICE,
	OPT_END
};

/* What one file can have, in words; in the order in which it is told. */
static const struct { uint32_t bit; const char *text; bool fault; } findings[] = {
	{ KM_FOUND_STALE, "left over by a program that was cut short", true },
	{ KM_FOUND_BUSY, "being written now", false },
	{ KM_FOUND_NAME, "not the name of a key's file", true },
	{ KM_FOUND_TYPE, "not a regular file", true },
	{ KM_FOUND_OWNER, "belongs to another user", true },
	{ KM_FOUND_MODE, "its mode is not 0600", true },
	{ KM_FOUND_LINKS, "has another name somewhere (hard link)", true },
	{ KM_FOUND_UNREADABLE, "cannot be read", true },
	{ KM_FOUND_EMPTY, "empty", true },
	{ KM_FOUND_LAYOUT, "not a key blob: cut off, or something else", true },
	{ KM_FOUND_CLOSED,
	  "does not open: other root key or owner, deleted, changed, or lacks its application id",
	  true },
	{ KM_FOUND_NEWER, "of a newer system", true },
	{ KM_FOUND_UPGRADE, "of an older system; will be upgraded when it is used", false },
};

#define N_FINDINGS	(sizeof(findings) / sizeof(findings[0]))

/**
 * struct tally - what a check has come to
 * @keys: files of keys
 * @faults: of all files
 * @mended: those of them that are no more
 */
struct tally {
	size_t keys, faults, mended;
};

static void say_finding(struct tally *t, const struct km_store_entry *entry, size_t i)
{
	bool mended = entry->mended & findings[i].bit;
	char *name = printable(entry->name);

	t->faults += findings[i].fault;
	t->mended += findings[i].fault && mended;
	printf("%s: %s", name, findings[i].text);
	if (mended && entry->moved)
		printf(" (now %s)", entry->moved);
	else if (mended)
		printf(" (mended)");
	putchar('\n');
	free(name);
}

static int check_file(void *arg, const struct km_store_entry *entry)
{
	struct tally *t = arg;
	size_t i;

	t->keys += entry->alias && !entry->moved;
	for (i = 0; i < N_FINDINGS; i++)
		if (entry->found & findings[i].bit)
			say_finding(t, entry, i);
	return 0;
}

/* The root key's check value; false: there is no module, or no root key. */
static bool root_check(const struct opts *o, struct km_ctx **ctx, struct km_info *info)
{
	*ctx = NULL;
	if (!km_open(ctx, o->device, 0) && !km_get_info(*ctx, info) &&
	    info->root_source != KM_ROOT_NONE)
		return true;
	km_close(*ctx);
	*ctx = NULL;
	return false;
}

static int check(const struct opts *o, struct km_store *store)
{
	struct tally t = { 0 };
	struct km_check request = {
		.params = o->params,
		.flags = o->repair ? KM_STORE_REPAIR : 0,
		.each = check_file,
		.arg = &t,
	};
	struct km_info info;
	int ret;

	if (!root_check(o, &request.ctx, &info))
		fail(0, NO_ROOT ": only the files are looked at");
	ret = store ? km_store_check(store, &request) : 0;
	km_close(request.ctx);
	if (ret)
		return fail_errno(ST_FAILED, ret, "the store");
	printf("keys %zu, faults %zu", t.keys, t.faults);
	if (o->repair)
		printf(", mended %zu", t.mended);
	putchar('\n');
	return t.faults == t.mended ? ST_OK : ST_BAD;
}

/** struct copying - an export or an import: how many keys, how many not */
struct copying {
	size_t done, same, refused;
};

static int copied(void *arg, const char *alias, int error)
{
	struct copying *c = arg;
	char *name;

	if (!error || error == -EALREADY) {
		c->done += !error;
		c->same += error != 0;
		return 0;
	}
	c->refused++;
	name = printable(alias);
	if (error == -EEXIST)
		fail(0, "%s: exists already, and is another key (--replace replaces it for good)",
		     name);
	else if (error == -EBADMSG)
		fail(0, "%s: damaged, or not a key blob", name);
	else
		fail_errno(0, error, name);
	free(name);
	return 0;
}

static int export(const struct opts *o, struct km_store *store)
{
	struct copying c = { 0 };
	struct km_backup request = { .dir = o->in, .each = copied, .arg = &c };
	struct km_ctx *ctx;
	struct km_info info;
	int ret;

	if (!store)
		return fail(ST_NO_KEY, "there is no store, and so no key");
	if (root_check(o, &ctx, &info))
		request.root_check = info.root_check;
	else if (!o->force)
		return fail(ST_NOT_READY,
			    "store export: " NO_ROOT " to be named (--force does without)");
	ret = km_store_backup(store, &request);
	km_close(ctx);
	if (ret == -EEXIST)
		return fail(ST_EXISTS, "%s is there and not empty", o->in);
	if (ret)
		return fail_errno(ST_FAILED, ret, o->in);
	printf("exported %zu\n", c.done);
	return c.refused ? ST_BAD : ST_OK;
}

static int import_failed(const struct opts *o, int error)
{
	switch (error) {
	case -ENOENT:
		return fail_errno(ST_FAILED, error, o->in);
	case -ENODATA:
		return fail(ST_BAD, "%s: incomplete, or no backup: it has no manifest", o->in);
	case -EBADMSG:
		return fail(ST_BAD, "%s: damaged; nothing was imported", o->in);
	case -EXDEV:
		return fail(ST_NO_KEY, "%s: of another root key, or of none; nothing was imported",
			    o->in);
	case -EEXIST:
		return fail(ST_EXISTS, "%s: nothing was imported", o->in);
	case -EPERM:
		return fail(ST_FAILED, "%s: is not yours, or others may write to it", o->in);
	}
	return fail_errno(ST_FAILED, error, o->in);
}

static int import(const struct opts *o, struct km_store *store)
{
	struct copying c = { 0 };
	struct km_backup request = { .dir = o->in, .each = copied, .arg = &c };
	struct km_ctx *ctx;
	struct km_info info;
	int ret;

	if (o->replace)
		request.flags |= KM_STORE_REPLACE;
	if (o->force)
		request.flags |= KM_BACKUP_ANY_ROOT;
	if (root_check(o, &ctx, &info))
		request.root_check = info.root_check;
	else if (!o->force)
		return fail(ST_NOT_READY,
			    "store import: " NO_ROOT " that the keys could be of (--force)");
	ret = km_store_restore(store, &request);
	km_close(ctx);
	if (ret)
		return import_failed(o, ret);
	printf("imported %zu, there already %zu\n", c.done, c.same);
	return ST_OK;
}

static const struct action {
	const char *name;
	bool directory;
	unsigned int flags;
	int (*run)(const struct opts *o, struct km_store *store);
} actions[] = {
	{ "check", false, 0, check },
	{ "export", true, 0, export },
	{ "import", true, KM_STORE_CREATE, import },
};

static int run(struct opts *o)
{
	const struct action *a = actions, *end = actions + sizeof(actions) / sizeof(actions[0]);
	struct km_store *store;
	int ret;

	while (a < end && strcmp(a->name, o->word))
		a++;
	if (a == end)
		return fail(ST_USAGE, "store: there is no '%s'; see kmctl store --help", o->word);
	if (a->directory != !!o->in)
		return fail(ST_USAGE, "store %s: %s", a->name,
			    o->in ? "one argument too many" : "give the backup's directory");
	ret = open_store(o, a->flags, &store);
	if (ret)
		return ret;
	ret = a->run(o, store);
	km_store_close(store);
	return ret;
}

const struct command cmd_store = {
	.name = "store",
	.summary = "Check, save or bring back all keys of the store",
	.alias = ALIAS_ACTION,
	.word = "check|export DIR|import DIR",
	.options = options,
	.details =
"check looks at every file, and asks the kernel about every blob; it never deletes one.\n"
"What is no blob --repair moves to the directory .broken of the store.\n"
"export copies the blobs into a new directory; the manifest is written last. import\n"
"verifies all of it first, and takes nothing from a backup of another root key.\n"
"A backup holds no secret, and opens nowhere but here. Uses of keys with --usage-count\n"
"that are spent, and deleted keys that the kernel had a slot for, it does not bring back.\n",
	.run = run,
};
