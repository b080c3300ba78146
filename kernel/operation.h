/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Operations: begin, update, finish, abort; one state machine.
 * Called by dev.c, which owns the file descriptor that an operation is.
 */
#ifndef KM_OPERATION_H
#define KM_OPERATION_H

#include "key.h"

struct km_op;
struct km_user;

/**
 * struct km_op_begin - an operation to begin
 * @key: the key; a reference is taken
 * @purpose: KM_PURPOSE_*, or whatever the caller said
 * @params: its parameters; must live as long as the call
 * @user: whose quota it counts against; NULL: it ends before the caller returns
 */
struct km_op_begin {
	struct km_key *key;
	u32 purpose;
	const struct km_params *params;
	struct km_user *user;
};

/**
 * struct km_op_call - data for an operation
 * @params: [in] ASSOCIATED_DATA, AUTH_TOKEN
 * @io: [in,out] the data
 * @room: [in] room for output at the caller
 * @needed: [out] room that the call needs at most
 * @nonce_fits: [in] one-shot: there is room for what begin hands out
 */
struct km_op_call {
	const struct km_params *params;
	struct km_io io;
	size_t room;
	size_t needed;
	bool nonce_fits;
};

enum km_error km_op_begin(const struct km_op_begin *begin, struct km_op **op);
enum km_error km_op_update(struct km_op *op, struct km_op_call *call);
enum km_error km_op_finish(struct km_op *op, struct km_op_call *call);
enum km_error km_op_oneshot(struct km_op *op, struct km_op_call *call);
enum km_error km_op_abort(struct km_op *op);
void km_op_free(struct km_op *op);
u64 km_op_handle(const struct km_op *op);
const u8 *km_op_nonce(const struct km_op *op, u32 *len);

#endif /* KM_OPERATION_H */
