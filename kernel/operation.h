/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Operations: begin, update, finish, abort; one state machine.
 * Called by dev.c, which owns the file descriptor that an operation is.
 */
#ifndef KM_OPERATION_H
#define KM_OPERATION_H

#include "key.h"

struct km_confirming;
struct km_op;
struct km_user;

/**
 * struct km_op_begin - an operation to begin
 * @key: the key; its reference passes to the operation, even if begin fails
 * @purpose: KM_PURPOSE_*, or whatever the caller said
 * @bridge: for km_op_authorize(): KM_BRIDGE_*, with KM_PURPOSE_DECRYPT; else 0
 * @args: its parameters; what they point to must live as long as the call, and
 *	for km_run_begin() until the end
 * @who: who asks: the user that opened the file
 * @user: whose quota it counts against; NULL: it ends before the caller returns
 * @look: nobody is going to use it, so that it begins is no use of the key
 */
struct km_op_begin {
	struct km_key *key;
	u32 purpose;
	u32 bridge;
	const struct km_op_args *args;
	const struct km_user *who;
	struct km_user *user;
	bool look;
};

/**
 * struct km_run - an operation as such: no lock, no handle
 * @key: the key, NULL once the operation has ended
 * @alg: the operation as its algorithm sees it
 * @user: whose quota it counts against, or NULL
 * @confirm: what a person has to confirm, or NULL
 *
 * A call that begins and ends an operation has it on its stack. Operations that
 * outlive a call are a struct km_op, which has one of these under a lock.
 */
struct km_run {
	struct km_key *key;
	struct km_alg_op alg;
	struct km_user *user;
	struct km_confirming *confirm;
};

/**
 * struct km_op_call - data for an operation
 * @io: [in,out] the data
 * @args: [in] the parameters of this call: its tokens
 * @room: [in] room for output at the caller
 * @needed: [out] room that the call needs at most
 * @nonce_fits: [in] one-shot: there is room for what begin hands out
 */
struct km_op_call {
	struct km_io io;
	const struct km_op_args *args;
	size_t room;
	size_t needed;
	bool nonce_fits;
};

enum km_error km_op_authorize(const struct km_op_begin *b);
enum km_error km_op_spend(const struct km_key *key, u32 purpose);
enum km_error km_op_begin(const struct km_op_begin *begin, struct km_op **op);
enum km_error km_op_update(struct km_op *op, struct km_op_call *call);
enum km_error km_op_finish(struct km_op *op, struct km_op_call *call);
enum km_error km_op_abort(struct km_op *op);
void km_op_free(struct km_op *op);

enum km_error km_run_begin(struct km_run *run, const struct km_op_begin *begin);
enum km_error km_run_oneshot(struct km_run *run, struct km_op_call *call);
void km_run_end(struct km_run *run);
const u8 *km_run_nonce(const struct km_run *run, u32 *len);

u64 km_op_handle(const struct km_op *op);
const struct km_run *km_op_run(const struct km_op *op);

#endif /* KM_OPERATION_H */
