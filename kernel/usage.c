// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is remembered of the use of keys in this boot (authorization.md section 3).
 * Below limit.c, which asks, decides and records under one lock.
 *
 * Entries are found by key alone, so that a key which several users share has one count.
 * They are charged to the user whose use made them, and each user has room of his own:
 * nobody's keys can push out another's, or keep them from being used. Nothing is dropped
 * but times that do not matter any more; a count stays until the boot ends.
 */
#include "prim.h"
#include "usage.h"

enum kind {
	TIMES,		/* MIN_SECONDS_BETWEEN_OPS */
	COUNTS,		/* MAX_USES_PER_BOOT */
	KINDS
};

/**
 * struct km_usage_entry - what is remembered of a key
 * @next: in its chain
 * @owner: whom it is charged to
 * @kind: which of the two
 * @id: the key
 * @last_ms: TIMES: boot clock at its last use
 * @interval_ms: TIMES: for how long that matters
 * @count: COUNTS: uses
 */
struct km_usage_entry {
	struct km_usage_entry *next;
	struct km_usage_owner *owner;
	enum kind kind;
	u8 id[KM_USAGE_ID];
	u64 last_ms;
	u64 interval_ms;
	u64 count;
};

/**
 * struct km_usage_owner - what is charged to a user
 * @next: in its chain
 * @uid: the user
 * @n: entries of each kind
 * @times: those of TIMES, to look for some that can be dropped
 */
struct km_usage_owner {
	struct km_usage_owner *next;
	u32 uid;
	u32 n[KINDS];
	struct km_usage_entry *times[KM_USAGE_MAX];
};

/* Ids are random, or a hash. */
static unsigned int chain_of(const u8 *id)
{
	return id[0] % KM_USAGE_CHAINS;
}

static struct km_usage_entry *find(const struct km_usage *u, enum kind kind, const u8 *id)
{
	struct km_usage_entry *e = u->entries[chain_of(id)];

	while (e && (e->kind != kind || memcmp(e->id, id, KM_USAGE_ID)))
		e = e->next;
	return e;
}

static struct km_usage_owner *find_owner(const struct km_usage *u, u32 uid)
{
	struct km_usage_owner *o = u->owners[uid % KM_USAGE_CHAINS];

	while (o && o->uid != uid)
		o = o->next;
	return o;
}

static void unlink_entry(struct km_usage *u, struct km_usage_entry *e)
{
	struct km_usage_entry **p = &u->entries[chain_of(e->id)];

	while (*p != e)
		p = &(*p)->next;
	*p = e->next;
	kfree(e);
}

/* Times that do not matter any more make room. */
static void drop_old(struct km_usage *u, struct km_usage_owner *o, u64 now_ms)
{
	u32 i = 0;

	while (i < o->n[TIMES]) {
		if (now_ms - o->times[i]->last_ms < o->times[i]->interval_ms) {
			i++;
			continue;
		}
		unlink_entry(u, o->times[i]);
		o->times[i] = o->times[--o->n[TIMES]];
	}
}

/**
 * km_usage_name() - what names a key here
 * @id: [out] KM_USAGE_ID bytes
 * @enforced: the key's first set
 * @blob: its blob
 * @len: bytes there
 *
 * The random id in the enforced set: an upgrade keeps it, so it wins no further uses.
 * The hash is for blobs that have none; the blob is authenticated, so it is the only one.
 */
void km_usage_name(u8 *id, const struct km_params *enforced, const u8 *blob, size_t len)
{
	const struct km_piece piece = { blob, len };
	u8 digest[KM_SHA256_SIZE];
	struct km_param p;

	if (km_params_find(enforced, KM_TAG_LINUX_KEY_ID, &p) && p.len == KM_USAGE_ID) {
		memcpy(id, p.data, KM_USAGE_ID);
		return;
	}
	km_sha256(&piece, 1, digest);
	memcpy(id, digest, KM_USAGE_ID);
}

/**
 * km_usage_look() - what is remembered of a key
 * @u: the tables
 * @id: the key
 * @view: [out] what was found
 */
void km_usage_look(const struct km_usage *u, const u8 *id, struct km_usage_view *view)
{
	const struct km_usage_entry *time = find(u, TIMES, id), *count = find(u, COUNTS, id);

	view->timed = time;
	view->last_ms = time ? time->last_ms : 0;
	view->count = count ? count->count : 0;
}

static struct km_usage_owner *make_owner(struct km_usage *u, u32 uid)
{
	struct km_usage_owner *o = kzalloc(sizeof(*o), GFP_KERNEL_ACCOUNT);

	if (!o)
		return NULL;
	o->uid = uid;
	o->next = u->owners[uid % KM_USAGE_CHAINS];
	u->owners[uid % KM_USAGE_CHAINS] = o;
	return o;
}

/* A new entry that nobody can find yet. */
static enum km_error prepare(const struct km_usage *u, struct km_usage_owner *o, enum kind kind,
			     struct km_usage_entry **e)
{
	if (o->n[kind] >= u->max)
		return KM_ERROR_TOO_MANY_OPERATIONS;
	*e = kzalloc(sizeof(**e), GFP_KERNEL_ACCOUNT);
	if (!*e)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	(*e)->owner = o;
	(*e)->kind = kind;
	return KM_ERROR_OK;
}

static void insert(struct km_usage *u, struct km_usage_entry *e, const u8 *id)
{
	struct km_usage_owner *o = e->owner;

	memcpy(e->id, id, KM_USAGE_ID);
	e->next = u->entries[chain_of(id)];
	u->entries[chain_of(id)] = e;
	if (e->kind == TIMES)
		o->times[o->n[TIMES]] = e;
	o->n[e->kind]++;
}

/**
 * km_usage_record() - remember a use of a key
 * @u: the tables
 * @use: the use
 *
 * Both of what is due, or nothing: a use that is refused must not be counted.
 *
 * Return: KM_ERROR_OK; TOO_MANY_OPERATIONS when a table is full for the user,
 * MEMORY_ALLOCATION_FAILED. Context: may sleep.
 */
enum km_error km_usage_record(struct km_usage *u, const struct km_usage_use *use)
{
	struct km_usage_entry *time = use->due.timed ? find(u, TIMES, use->id) : NULL;
	struct km_usage_entry *count = use->due.counted ? find(u, COUNTS, use->id) : NULL;
	struct km_usage_entry *new_time = NULL, *new_count = NULL;
	struct km_usage_owner *o = find_owner(u, use->uid);
	enum km_error err = KM_ERROR_OK;

	if (!o)
		o = make_owner(u, use->uid);
	if (!o)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	if (use->due.timed && !time) {
		drop_old(u, o, use->now_ms);
		err = prepare(u, o, TIMES, &new_time);
	}
	if (!err && use->due.counted && !count)
		err = prepare(u, o, COUNTS, &new_count);
	if (err) {
		kfree(new_time);
		return err;
	}
	if (new_time) {
		insert(u, new_time, use->id);
		time = new_time;
	}
	if (new_count) {
		insert(u, new_count, use->id);
		count = new_count;
	}
	if (time) {
		time->last_ms = use->now_ms;
		time->interval_ms = use->due.interval_ms;
	}
	if (count)
		count->count++;
	return KM_ERROR_OK;
}

/**
 * km_usage_free() - forget everything
 * @u: the tables
 */
void km_usage_free(struct km_usage *u)
{
	struct km_usage_entry *e;
	struct km_usage_owner *o;
	unsigned int i;

	for (i = 0; i < KM_USAGE_CHAINS; i++) {
		while ((e = u->entries[i])) {
			u->entries[i] = e->next;
			kfree(e);
		}
		while ((o = u->owners[i])) {
			u->owners[i] = o->next;
			kfree(o);
		}
	}
}
