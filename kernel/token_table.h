/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tokens of one user, and when his session was locked (gatekeeper.md section 9).
 * Below token.c, which has one for each user; builds in userspace too.
 */
#ifndef KM_TOKEN_TABLE_H
#define KM_TOKEN_TABLE_H

#include "params.h"
#include "token_wire.h"

/* Tokens that are kept for one user. */
#define KM_TOKEN_MAX	32

/**
 * struct km_token_entry - one token that is kept
 * @token: what it says
 * @received_ms: boot clock when it was added
 * @used: larger than that of all that were added or found before
 * @completed: it is for no operation that is still to end
 */
struct km_token_entry {
	struct km_token token;
	u64 received_ms;
	u64 used;
	bool completed;
};

/**
 * struct km_token_table - the tokens of one user
 * @max: most that are kept, up to KM_TOKEN_MAX
 * @n: how many there are
 * @uses: counts additions and findings
 * @entries: the tokens, in no order
 *
 * The caller of the functions below serialises them.
 */
struct km_token_table {
	u32 max;
	u32 n;
	u64 uses;
	struct km_token_entry entries[KM_TOKEN_MAX];
};

/**
 * struct km_token_want - what a key asks of a token
 * @sets: the key's authorizations; each USER_SECURE_ID in them will do
 * @types: USER_AUTH_TYPE, 0 if there is none
 * @free: NO_AUTH_REQUIRED, or anybody can do the same with the public key
 * @timed: AUTH_TIMEOUT is there
 * @timeout_s: its value
 * @handle: the operation, 0 at its begin
 */
struct km_token_want {
	const struct km_params *sets[2];
	u32 types;
	bool free;
	bool timed;
	u32 timeout_s;
	u64 handle;
};

/* What km_token_table_find() says: the numbers of the reference. */
enum km_token_found {
	KM_TOKEN_FOUND = 0,
	KM_TOKEN_NOT_NEEDED = -1,
	KM_TOKEN_EXPIRED = -2,
	KM_TOKEN_WRONG_SID = -3,
	KM_TOKEN_NEEDS_HANDLE = -4,
	KM_TOKEN_NOT_FOUND = -5,
};

/**
 * struct km_lock - when something was locked, on the boot clock
 * @at_ms: last; 0: never
 * @password_ms: last so that only a password unlocks it; 0: never
 */
struct km_lock {
	u64 at_ms;
	u64 password_ms;
};

/**
 * struct km_lock_view - how locked a user is, authorization.md section 5
 * @at_ms: when; 0: never
 * @password_only: a password has not been given since it was asked for
 * @has_token: @token is there
 * @token: the newest one of this user that may unlock
 */
struct km_lock_view {
	u64 at_ms;
	bool password_only;
	bool has_token;
	struct km_token token;
};

bool km_token_fits(const struct km_token *t, const struct km_token_want *want);
void km_token_table_add(struct km_token_table *table, const struct km_token *t, u64 now_ms);
enum km_token_found km_token_table_find(struct km_token_table *table,
					const struct km_token_want *want, u64 now_ms,
					struct km_token *t);
void km_token_table_complete(struct km_token_table *table, u64 handle);

void km_lock_set(struct km_lock *lock, u64 now_ms, bool password_only);
void km_lock_look(const struct km_lock *user, const struct km_lock *all,
		  const struct km_token_table *table, u64 sid, struct km_lock_view *view);

#endif /* KM_TOKEN_TABLE_H */
