/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a request can show of its user: tokens, and how locked he is.
 * Beside operation.c, for keys that ask; authorize.c judges what is found.
 */
#ifndef KM_PROOF_H
#define KM_PROOF_H

#include "authorize.h"
#include "token.h"

struct km_op_args;

/**
 * struct km_proof - what was found; lives as long as the decision takes
 * @token: for struct km_auth
 * @lock: likewise
 */
struct km_proof {
	struct km_token token;
	struct km_lock_view lock;
};

void km_proof_begin(struct km_proof *proof, struct km_auth *auth, u32 uid,
		    const struct km_op_args *args);
void km_proof_data(struct km_proof *proof, struct km_auth *auth, u32 uid,
		   const struct km_op_args *args);

#endif /* KM_PROOF_H */
