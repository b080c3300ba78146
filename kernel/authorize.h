/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The decision: may this key be used so, now? A pure function.
 * Called by operation.c at begin and at every update and finish.
 */
#ifndef KM_AUTHORIZE_H
#define KM_AUTHORIZE_H

#include <linux/keymaster.h>
#include "params.h"
#include "token_table.h"
#include "usage.h"

/**
 * struct km_policy - the authorizations of a key, read once when it is loaded
 * @enforced: first set; a view
 * @unenforced: second set; a view
 * @algorithm: KM_ALGORITHM_*
 * @purposes: km_bit() of each PURPOSE
 * @bridges: km_bit() of each BRIDGE
 * @walk: some tag has to be looked at in order
 * @counted: USAGE_COUNT_LIMIT
 * @limited: one of them limits how often: km_limit_begin() has to decide
 * @caller_nonce: CALLER_NONCE
 * @no_auth: NO_AUTH_REQUIRED
 * @has_sid: some USER_SECURE_ID
 * @has_auth_type: USER_AUTH_TYPE
 * @has_timeout: AUTH_TIMEOUT
 * @sid_zero: a USER_SECURE_ID is 0, which is nobody's
 * @asks: for a user: a token has to be looked for
 * @each_call: in every call on data, for a token of this operation
 * @unlocked: UNLOCKED_DEVICE_REQUIRED
 * @confirm: TRUSTED_CONFIRMATION_REQUIRED
 * @auth_types: USER_AUTH_TYPE
 * @timeout_s: AUTH_TIMEOUT
 */
struct km_policy {
	struct km_params enforced;
	struct km_params unenforced;
	u32 algorithm;
	u64 purposes;
	u64 bridges;
	bool walk;
	bool counted;
	bool limited;
	bool caller_nonce;
	bool no_auth;
	bool has_sid;
	bool has_auth_type;
	bool has_timeout;
	bool sid_zero;
	bool asks;
	bool each_call;
	bool unlocked;
	bool confirm;
	u32 auth_types;
	u32 timeout_s;
};

/**
 * struct km_auth - one request
 * @policy: the key's authorizations
 * @purpose: KM_PURPOSE_*, or any number a caller may have given
 * @bridge: KM_BRIDGE_*: what the key is to be handed to, which counts as a DECRYPT; 0: an
 *	operation
 * @nonce_given: the parameters contain NONCE
 * @wall_ms: wall clock, ms since 1970-01-01 UTC, may be negative
 * @early_boot_over: EARLY_BOOT_ENDED was called
 * @boot_level: what the boot has come to
 * @boot_ms: for a key that is limited, or asks for a user or an unlocked device: boot clock
 * @usage: for a limited key: what is remembered of it
 * @handle: the operation, 0 at its begin
 * @token: for a key that asks for a user: a token that this kernel signed, or NULL
 * @lock: for a key that asks for an unlocked device: how locked it is; NULL: very
 */
struct km_auth {
	const struct km_policy *policy;
	u32 purpose;
	u32 bridge;
	bool nonce_given;
	s64 wall_ms;
	bool early_boot_over;
	u32 boot_level;
	u64 boot_ms;
	const struct km_usage_view *usage;
	u64 handle;
	const struct km_token *token;
	const struct km_lock_view *lock;
};

/**
 * struct km_confirmation - what says that a person has confirmed the data
 * @want: KM_CONFIRMATION_TOKEN_SIZE bytes: what it has to be
 * @given: what was given, or NULL
 * @given_len: its length
 */
struct km_confirmation {
	const u8 *want;
	const u8 *given;
	u32 given_len;
};

void km_policy_read(struct km_policy *policy);
bool km_policy_counts(const struct km_policy *policy, u32 purpose);
enum km_error km_authorize_begin(const struct km_auth *auth, struct km_usage_due *due);
enum km_error km_authorize_data(const struct km_auth *auth);
enum km_error km_authorize_confirmed(const struct km_confirmation *c);
void km_authorize_want(const struct km_auth *auth, struct km_token_want *want);
enum km_error km_authorize_new(const struct km_policy *policy);

#endif /* KM_AUTHORIZE_H */
