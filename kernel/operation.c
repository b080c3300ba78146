// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations: begin, update, finish, abort; one state machine (operations.md 3).
 * Called by dev.c; asks authorize.c, lets alg_*.c compute.
 *
 * Order of the checks in begin, on which callers and tests depend: does the
 * algorithm have such a purpose; the parameters; the authorizations; cipher
 * start; the quota. The blob has been opened before.
 */
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include "operation.h"
#include "quota.h"
#include "spec.h"

/**
 * struct km_op - an operation
 * @lock: guards everything below but @handle: a file descriptor may be shared
 * @key: the key, NULL once the operation has ended
 * @alg: the operation as its algorithm sees it
 * @user: whose quota it counts against, or NULL
 * @handle: random, not zero; constant
 */
struct km_op {
	struct mutex lock;	/* guards all but @handle */
	struct km_key *key;
	struct km_alg_op alg;
	struct km_user *user;
	u64 handle;
};

static s64 wall_clock_ms(void)
{
	return ktime_to_ms(ktime_get_real());
}

/* Wipes and releases; what stays is a handle that answers INVALID_OPERATION_HANDLE. */
static void end(struct km_op *op)
{
	lockdep_assert_held(&op->lock);
	if (!op->key)
		return;
	op->alg.key->alg->end(&op->alg);
	memzero_explicit(&op->alg, sizeof(op->alg));
	km_key_put(op->key);
	op->key = NULL;
	if (op->user)
		km_user_op_end(op->user);
	op->user = NULL;
}

static enum km_error authorize_begin(const struct km_op *op, const struct km_op_begin *b)
{
	const struct km_auth auth = {
		.policy = &op->key->policy,
		.purpose = b->purpose,
		.nonce_given = op->alg.args.nonce,
		/* A key without a date in it does not pay for reading the clock. */
		.wall_ms = op->key->policy.walk ? wall_clock_ms() : 0,
	};

	return km_authorize_begin(&auth);
}

static enum km_error authorize_data(const struct km_op *op)
{
	const struct km_auth auth = { .policy = &op->key->policy, .purpose = op->alg.purpose };

	return km_authorize_data(&auth);
}

static enum km_error start(struct km_op *op, const struct km_op_begin *b)
{
	const struct km_alg *alg = b->key->alg.alg;
	enum km_error err;

	if (b->purpose >= 64 || !(alg->purposes & 1ULL << b->purpose))
		return KM_ERROR_UNSUPPORTED_PURPOSE;
	err = alg->check(&op->alg);
	if (!err)
		err = authorize_begin(op, b);
	if (!err)
		err = alg->begin(&op->alg);
	if (err)
		return err;
	/* What the nonce pointed to belongs to the caller. */
	op->alg.args.nonce = NULL;
	if (b->user) {
		if (!km_user_op_start(b->user))
			return KM_ERROR_TOO_MANY_OPERATIONS;
		op->user = b->user;
	}
	return KM_ERROR_OK;
}

/**
 * km_op_begin() - begin an operation
 * @b: what to begin
 * @result: [out] the operation; km_op_free() it
 *
 * Return: Keymaster code. Context: may sleep.
 */
enum km_error km_op_begin(const struct km_op_begin *b, struct km_op **result)
{
	struct km_op *op = kzalloc(sizeof(*op), GFP_KERNEL_ACCOUNT);
	enum km_error err;

	if (!op)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	mutex_init(&op->lock);
	op->key = km_key_get(b->key);
	op->alg.key = &op->key->alg;
	op->alg.purpose = b->purpose;
	km_args_read(&op->alg.args, b->params);
	err = start(op, b);
	if (err) {
		km_op_free(op);
		return err;
	}
	do {
		op->handle = get_random_u64();
	} while (!op->handle);
	*result = op;
	return KM_ERROR_OK;
}

static void read_aad(struct km_op_call *call)
{
	struct km_param p;

	if (!km_params_find(call->params, KM_TAG_ASSOCIATED_DATA, &p))
		return;
	call->io.aad = p.data;
	call->io.aad_len = p.len;
}

static enum km_error check_room(struct km_op *op, struct km_op_call *call, bool finish)
{
	call->needed = op->alg.key->alg->out_len(&op->alg, &call->io, finish);
	return call->needed > call->room ? KM_ERROR_INSUFFICIENT_BUFFER_SPACE : KM_ERROR_OK;
}

/**
 * km_op_update() - feed an operation
 * @op: the operation
 * @call: the data
 *
 * INSUFFICIENT_BUFFER_SPACE leaves the operation as it was; every other error
 * ends it, and gives no output.
 *
 * Return: Keymaster code. Context: may sleep.
 */
enum km_error km_op_update(struct km_op *op, struct km_op_call *call)
{
	enum km_error err = KM_ERROR_INVALID_OPERATION_HANDLE;

	mutex_lock(&op->lock);
	if (!op->key)
		goto unlock;
	read_aad(call);
	err = authorize_data(op);
	if (!err)
		err = check_room(op, call, false);
	if (err == KM_ERROR_INSUFFICIENT_BUFFER_SPACE)
		goto unlock;
	if (!err)
		err = op->alg.key->alg->update(&op->alg, &call->io);
	if (err) {
		call->io.out_len = 0;
		end(op);
	}
unlock:
	mutex_unlock(&op->lock);
	return err;
}

/**
 * km_op_finish() - feed an operation for the last time and conclude it
 * @op: the operation
 * @call: the data
 *
 * INSUFFICIENT_BUFFER_SPACE leaves the operation as it was; otherwise it has
 * ended, and there is output only with KM_ERROR_OK.
 *
 * Return: Keymaster code. Context: may sleep.
 */
enum km_error km_op_finish(struct km_op *op, struct km_op_call *call)
{
	enum km_error err = KM_ERROR_INVALID_OPERATION_HANDLE;

	mutex_lock(&op->lock);
	if (!op->key)
		goto unlock;
	read_aad(call);
	err = authorize_data(op);
	if (!err)
		err = check_room(op, call, true);
	if (err == KM_ERROR_INSUFFICIENT_BUFFER_SPACE)
		goto unlock;
	if (!err)
		err = op->alg.key->alg->finish(&op->alg, &call->io);
	if (err)
		call->io.out_len = 0;
	end(op);
unlock:
	mutex_unlock(&op->lock);
	return err;
}

/* An update and a finish with room behind the same data: finish does both. */
static enum km_error whole(struct km_op *op, struct km_op_call *call)
{
	const struct km_alg *alg = op->alg.key->alg;
	enum km_error err = KM_ERROR_UNIMPLEMENTED;

	lockdep_assert_held(&op->lock);
	if (alg->oneshot)
		err = alg->oneshot(&op->alg, &call->io);
	return err == KM_ERROR_UNIMPLEMENTED ? alg->finish(&op->alg, &call->io) : err;
}

/**
 * km_op_oneshot() - the whole data of an operation that has just begun
 * @op: the operation
 * @call: the data
 *
 * As km_op_finish(), by the shortest way that the algorithm has.
 *
 * Return: Keymaster code. Context: may sleep.
 */
enum km_error km_op_oneshot(struct km_op *op, struct km_op_call *call)
{
	enum km_error err;

	mutex_lock(&op->lock);
	read_aad(call);
	err = authorize_data(op);
	if (!err)
		err = check_room(op, call, true);
	if (!err && !call->nonce_fits)
		err = KM_ERROR_INSUFFICIENT_BUFFER_SPACE;
	if (!err)
		err = whole(op, call);
	if (err)
		call->io.out_len = 0;
	end(op);
	mutex_unlock(&op->lock);
	return err;
}

/**
 * km_op_abort() - end an operation
 * @op: the operation
 *
 * Return: KM_ERROR_OK once, then INVALID_OPERATION_HANDLE.
 */
enum km_error km_op_abort(struct km_op *op)
{
	enum km_error err = KM_ERROR_INVALID_OPERATION_HANDLE;

	mutex_lock(&op->lock);
	if (op->key) {
		end(op);
		err = KM_ERROR_OK;
	}
	mutex_unlock(&op->lock);
	return err;
}

/**
 * km_op_free() - abort and free an operation
 * @op: the operation; nobody else uses it any more
 */
void km_op_free(struct km_op *op)
{
	km_op_abort(op);
	kfree_sensitive(op);
}

/**
 * km_op_handle() - the random number of an operation
 * @op: the operation
 *
 * Return: the handle.
 */
u64 km_op_handle(const struct km_op *op)
{
	return op->handle;
}

/**
 * km_op_nonce() - the nonce to hand out, right after begin
 * @op: the operation
 * @len: [out] its length; 0: there is none to hand out
 *
 * Return: the bytes.
 */
const u8 *km_op_nonce(const struct km_op *op, u32 *len)
{
	*len = op->alg.purpose == KM_PURPOSE_ENCRYPT ? op->alg.nonce_len : 0;
	return op->alg.nonce;
}
