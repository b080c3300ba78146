// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a request can show of its user: tokens, and how locked he is.
 * Called by operation.c for keys that ask; finds, and lets authorize.c judge.
 *
 * A token in the parameters is the one that counts, even if it is none and a good one is
 * kept: who gives one says which. What is kept for a user serves nobody else's operations.
 */
#include "alg.h"
#include "gatekeeper.h"
#include "proof.h"

/* Whose tokens unlock a user's session; 0: those of everybody, as he is not enrolled. */
static u64 enrolled_sid(u32 uid)
{
	u64 sid;

	return km_gatekeeper_sid(uid, &sid) ? sid : 0;
}

static bool read_given(struct km_token *t, const struct km_op_args *args)
{
	return km_token_read(args->token, args->token_len, t);
}

static void find_token(struct km_proof *proof, struct km_auth *auth, u32 uid,
		       const struct km_op_args *args)
{
	struct km_token_want want;
	bool found;

	km_authorize_want(auth, &want);
	if (args->token)
		found = read_given(&proof->token, args);
	else
		found = km_token_find(uid, &want, &proof->token) == KM_TOKEN_FOUND;
	auth->token = found ? &proof->token : NULL;
}

/* Another user's token in the parameters is no more than one in his table. */
static void look_at_lock(struct km_lock_view *lock, u32 uid, const struct km_op_args *args)
{
	u64 sid = enrolled_sid(uid);

	km_token_lock_look(uid, sid, lock);
	if (!args->token)
		return;
	lock->has_token = read_given(&lock->token, args) &&
			  (!sid || lock->token.user_id == sid);
}

/**
 * km_proof_begin() - what there is to show when an operation begins
 * @proof: where to put it
 * @auth: [in,out] the request; gets token, lock and boot clock
 * @uid: whose operation it is
 * @args: its parameters
 */
void km_proof_begin(struct km_proof *proof, struct km_auth *auth, u32 uid,
		    const struct km_op_args *args)
{
	if (auth->policy->asks && auth->policy->has_timeout)
		find_token(proof, auth, uid, args);
	if (auth->policy->unlocked) {
		look_at_lock(&proof->lock, uid, args);
		auth->lock = &proof->lock;
	}
	/* After what was found: so none of it is from the future. */
	auth->boot_ms = km_token_now();
}

/**
 * km_proof_data() - what there is to show when it takes data or ends
 * @proof: where to put it
 * @auth: [in,out] the request; gets token and boot clock
 * @uid: whose operation it is
 * @args: the parameters of this call
 */
void km_proof_data(struct km_proof *proof, struct km_auth *auth, u32 uid,
		   const struct km_op_args *args)
{
	find_token(proof, auth, uid, args);
	auth->boot_ms = km_token_now();
}
