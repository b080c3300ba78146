// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tokens of one user: add, supersede, find, complete (gatekeeper.md section 9).
 * Called by token.c under its lock; builds in userspace too.
 *
 * What is kept here was signed by this kernel. Finding a token decides nothing: whether it
 * opens a key is for authorize.c to say, which looks at all of it again.
 */
#include "token_table.h"

/**
 * km_token_fits() - is a token of a user and an authenticator that a key asks for?
 * @t: the token
 * @want: the key; only @sets and @types count
 *
 * A key without USER_AUTH_TYPE has no token that fits (authorization.md section 4).
 *
 * Return: true if so.
 */
bool km_token_fits(const struct km_token *t, const struct km_token_want *want)
{
	struct km_param p;
	unsigned int i;
	u32 pos;

	if (!(want->types & t->type))
		return false;
	for (i = 0; i < ARRAY_SIZE(want->sets); i++)
		for (pos = 0; km_params_next(want->sets[i], &pos, &p);)
			/* SID 0 is nobody's, and what a gatekeeper calls itself. */
			if (p.tag == KM_TAG_USER_SECURE_ID && p.value &&
			    (p.value == t->user_id || p.value == t->authenticator_id))
				return true;
	return false;
}

/* Of the same user and authenticator, of no use for an operation, and older. */
static bool superseded(const struct km_token_entry *e, const struct km_token *by)
{
	const struct km_token *t = &e->token;

	return e->completed && t->user_id == by->user_id && t->type == by->type &&
	       t->authenticator_id == by->authenticator_id && t->timestamp_ms < by->timestamp_ms;
}

static void drop(struct km_token_table *table, u32 i)
{
	table->entries[i] = table->entries[--table->n];
}

static void drop_superseded(struct km_token_table *table, const struct km_token *by)
{
	u32 i = 0;

	while (i < table->n)
		if (superseded(&table->entries[i], by))
			drop(table, i);
		else
			i++;
}

/* A free entry, or the one that was of no use for the longest time. */
static struct km_token_entry *room(struct km_token_table *table)
{
	struct km_token_entry *oldest = table->entries;
	u32 i;

	if (table->n < table->max)
		return &table->entries[table->n++];
	for (i = 1; i < table->n; i++)
		if (table->entries[i].used < oldest->used)
			oldest = &table->entries[i];
	return oldest;
}

/**
 * km_token_table_add() - keep a token
 * @table: the tokens of the user
 * @t: the token
 * @now_ms: boot clock
 */
void km_token_table_add(struct km_token_table *table, const struct km_token *t, u64 now_ms)
{
	struct km_token_entry *e;

	drop_superseded(table, t);
	e = room(table);
	e->token = *t;
	e->received_ms = now_ms;
	e->used = ++table->uses;
	e->completed = !t->challenge;
}

/* For one operation: the challenge says which, and a challenge serves once. */
static enum km_token_found find_for_op(struct km_token_table *table,
				       const struct km_token_want *want, struct km_token *t)
{
	enum km_token_found found = KM_TOKEN_NOT_FOUND;
	const struct km_token_entry *e = table->entries;

	if (!want->handle)
		return KM_TOKEN_NEEDS_HANDLE;
	for (; e < table->entries + table->n; e++) {
		if (e->completed || e->token.challenge != want->handle)
			continue;
		*t = e->token;
		if (km_token_fits(t, want))
			return KM_TOKEN_FOUND;
		found = KM_TOKEN_WRONG_SID;
	}
	return found;
}

static enum km_token_found find_newest(struct km_token_table *table,
				       const struct km_token_want *want, u64 now_ms,
				       struct km_token *t)
{
	struct km_token_entry *best = NULL, *e = table->entries;

	for (; e < table->entries + table->n; e++)
		if (km_token_fits(&e->token, want) &&
		    (!best || e->token.timestamp_ms > best->token.timestamp_ms))
			best = e;
	if (!best)
		return KM_TOKEN_NOT_FOUND;
	*t = best->token;
	if (now_ms - best->received_ms > 1000ULL * want->timeout_s)
		return KM_TOKEN_EXPIRED;
	best->used = ++table->uses;
	return KM_TOKEN_FOUND;
}

/**
 * km_token_table_find() - the token that a key asks for
 * @table: the tokens of the user
 * @want: what the key asks for
 * @now_ms: boot clock
 * @t: [out] the token, with KM_TOKEN_FOUND; garbage with anything else
 *
 * Return: KM_TOKEN_FOUND or why there is none.
 */
enum km_token_found km_token_table_find(struct km_token_table *table,
					const struct km_token_want *want, u64 now_ms,
					struct km_token *t)
{
	if (want->free)
		return KM_TOKEN_NOT_NEEDED;
	return want->timed ? find_newest(table, want, now_ms, t) : find_for_op(table, want, t);
}

/**
 * km_token_table_complete() - an operation has ended: its tokens serve no more
 * @table: the tokens of the user of the operation
 * @handle: the operation, not 0
 *
 * They still say when the user was recognised, unless a newer one does.
 */
void km_token_table_complete(struct km_token_table *table, u64 handle)
{
	struct km_token_entry *e;
	u32 i = 0, j;

	while (i < table->n) {
		e = &table->entries[i];
		if (e->token.challenge != handle) {
			i++;
			continue;
		}
		e->completed = true;
		for (j = 0; j < table->n && !superseded(e, &table->entries[j].token); j++)
			;
		if (j < table->n)
			drop(table, i);
		else
			i++;
	}
}

/**
 * km_lock_set() - from now on it is locked
 * @lock: what is known
 * @now_ms: boot clock
 * @password_only: only a password unlocks it
 *
 * What was asked for before still holds: a lock that any authenticator opens does not
 * make one less strict that only a password opens.
 */
void km_lock_set(struct km_lock *lock, u64 now_ms, bool password_only)
{
	/* 0 says never, and the clock begins there. */
	lock->at_ms = now_ms ? now_ms : 1;
	if (password_only)
		lock->password_ms = lock->at_ms;
}

/**
 * km_lock_look() - how locked is a user?
 * @user: his own lock, or NULL
 * @all: that of everybody
 * @table: his tokens, or NULL
 * @sid: the secure id that he has enrolled as, 0: none; tokens of others do not unlock
 * @view: [out] the answer; the stricter of both locks counts
 */
void km_lock_look(const struct km_lock *user, const struct km_lock *all,
		  const struct km_token_table *table, u64 sid, struct km_lock_view *view)
{
	static const struct km_lock open;
	const struct km_token_entry *e;
	u64 asked_ms, given_ms = 0;

	if (!user)
		user = &open;
	memset(view, 0, sizeof(*view));
	view->at_ms = max(user->at_ms, all->at_ms);
	asked_ms = max(user->password_ms, all->password_ms);
	for (e = table ? table->entries : NULL; table && e < table->entries + table->n; e++)
		if ((!sid || e->token.user_id == sid) && e->token.type & KM_AUTH_TYPE_PASSWORD)
			given_ms = max(given_ms, e->token.timestamp_ms);
	view->password_only = asked_ms && given_ms <= asked_ms;
	for (e = table ? table->entries : NULL; table && e < table->entries + table->n; e++) {
		if ((sid && e->token.user_id != sid) ||
		    (view->password_only && !(e->token.type & KM_AUTH_TYPE_PASSWORD)) ||
		    (view->has_token && e->token.timestamp_ms <= view->token.timestamp_ms))
			continue;
		view->token = e->token;
		view->has_token = true;
	}
}
