// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations: begin, update, finish, abort; one state machine (operations.md 3).
 * Called by dev.c; asks authorize.c, lets alg_*.c compute.
 *
 * Order of the checks in begin, on which callers and tests depend: the versions;
 * does the algorithm have such a purpose; the parameters; the authorizations;
 * cipher start; the quota. The blob has been opened before.
 */
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include "compat.h"
#include "confirm.h"
#include "count.h"
#include "limit.h"
#include "operation.h"
#include "proof.h"
#include "quota.h"

/**
 * struct km_op - an operation that outlives the call that began it
 * @lock: guards @run: a file descriptor may be shared
 * @run: the operation
 * @handle: random, not zero; constant
 */
struct km_op {
	struct mutex lock;	/* guards @run */
	struct km_run run;
	u64 handle;
};

static s64 wall_clock_ms(void)
{
	return ktime_to_ms(ktime_get_real());
}

static u32 uid_of(const struct km_user *user)
{
	return __kuid_val(km_user_uid(user));
}

/* Apart: a key that only says what it is for does not pay for clocks, tokens and counts. */
static noinline enum km_error authorize_walk(const struct km_op_begin *b, bool record)
{
	const struct km_policy *policy = &b->key->policy;
	struct km_auth auth = {
		.policy = policy,
		.purpose = b->purpose,
		.bridge = b->bridge,
		.nonce_given = b->args->nonce,
		.wall_ms = wall_clock_ms(),
		.early_boot_over = km_early_boot_ended(),
		.boot_level = km_boot_level(),
	};
	struct km_proof proof;

	if (policy->asks || policy->unlocked)
		km_proof_begin(&proof, &auth, uid_of(b->who), b->args);
	if (!policy->limited)
		return km_authorize_begin(&auth, NULL);
	return record ? km_limit_begin(&auth, b->key->usage_id, uid_of(b->who)) :
			km_limit_look(&auth, b->key->usage_id);
}

/* @record: if the key is limited, this is a use of it */
static enum km_error authorize_begin(const struct km_op_begin *b, bool record)
{
	/* Not zeroed: these four are all that is looked at where there is no walk. */
	struct km_auth auth __uninitialized;

	if (b->key->policy.walk)
		return authorize_walk(b, record);
	auth.policy = &b->key->policy;
	auth.purpose = b->purpose;
	auth.bridge = b->bridge;
	auth.nonce_given = b->args->nonce;
	return km_authorize_begin(&auth, NULL);
}

static noinline enum km_error authorize_call(const struct km_run *run, u64 handle,
					     const struct km_op_args *args)
{
	struct km_auth auth = {
		.policy = &run->key->policy, .purpose = run->alg.purpose, .handle = handle,
	};
	struct km_proof proof;

	/* Without a handle, nothing that is found could be for this operation. */
	if (handle)
		km_proof_data(&proof, &auth, uid_of(run->user), args);
	return km_authorize_data(&auth);
}

/* @handle: 0 for what begins and ends in this call: nobody can have authenticated for it. */
static enum km_error authorize_data(const struct km_run *run, u64 handle,
				    const struct km_op_args *args)
{
	return run->key->policy.each_call ? authorize_call(run, handle, args) : KM_ERROR_OK;
}

/* Before anything is counted: a key that is used up is no key any more. */
static enum km_error check_uses(const struct km_key *key, u32 purpose)
{
	if (!key->policy.counted || !km_policy_counts(&key->policy, purpose))
		return KM_ERROR_OK;
	return km_count_check(key->usage_id);
}

/**
 * km_op_spend() - a key has been used: may the output be handed out?
 * @key: the key
 * @purpose: what for
 *
 * Return: Keymaster code. Context: may sleep.
 */
enum km_error km_op_spend(const struct km_key *key, u32 purpose)
{
	return km_policy_counts(&key->policy, purpose) ? km_count_spend(key->usage_id) :
							 KM_ERROR_OK;
}

/**
 * km_op_authorize() - may a key be used at once, for what is no operation?
 * @b: the key, KM_PURPOSE_WRAP_KEY, KM_PURPOSE_ATTEST_KEY or what it is handed to, the
 *	parameters, and who asks
 *
 * Begin and end are one moment here: what either of them asks for is asked for.
 *
 * Return: Keymaster code. Context: may sleep.
 */
enum km_error km_op_authorize(const struct km_op_begin *b)
{
	const struct km_auth auth = { .policy = &b->key->policy, .purpose = b->purpose };
	enum km_error err = check_uses(b->key, b->purpose);

	if (!err)
		err = km_authorize_data(&auth);
	/* The user first: what is refused must not be counted. */
	return err ? err : authorize_begin(b, true);
}

static enum km_error start_confirm(struct km_run *run)
{
	if (!run->key->policy.confirm || run->alg.purpose != KM_PURPOSE_SIGN)
		return KM_ERROR_OK;
	run->confirm = km_confirm_start();
	return run->confirm ? KM_ERROR_OK : KM_ERROR_MEMORY_ALLOCATION_FAILED;
}

/* What the key allows is begun: the cipher's part, and a place among the operations. */
static enum km_error set_up(struct km_run *run, struct km_user *user)
{
	enum km_error err = run->alg.key->alg->begin(&run->alg);

	if (!err)
		err = start_confirm(run);
	if (err || !user)
		return err;
	if (!km_user_op_start(user))
		return KM_ERROR_TOO_MANY_OPERATIONS;
	run->user = user;
	return KM_ERROR_OK;
}

/*
 * Of a limited key, what the cipher refuses is a use as well: it was asked something. What
 * there was no room for is none, nor what begins for nobody.
 */
static bool is_use(const struct km_op_begin *b, enum km_error err)
{
	switch (err) {
	case KM_ERROR_OK:
		return !b->look;
	case KM_ERROR_MEMORY_ALLOCATION_FAILED:
	case KM_ERROR_TOO_MANY_OPERATIONS:
		return false;
	default:
		return true;
	}
}

static enum km_error start(struct km_run *run, const struct km_op_begin *b)
{
	const struct km_alg *alg = run->alg.key->alg;
	u32 purpose = run->alg.purpose;
	enum km_error err = km_key_check(run->key);

	if (err)
		return err;
	if (purpose >= 64 || !(alg->purposes & 1ULL << purpose))
		return KM_ERROR_UNSUPPORTED_PURPOSE;
	err = check_uses(run->key, purpose);
	if (!err)
		err = alg->check(&run->alg);
	if (!err)
		err = authorize_begin(b, false);
	if (err)
		return err;
	err = set_up(run, b->user);
	if (run->key->policy.limited && is_use(b, err)) {
		enum km_error used = authorize_begin(b, true);

		err = err ? err : used;
	}
	return err;
}

/**
 * km_run_begin() - begin an operation that ends before the call does
 * @run: [out] the operation; km_run_end() it, unless begin fails
 * @b: what to begin
 *
 * Return: Keymaster code. Context: may sleep.
 */
enum km_error km_run_begin(struct km_run *run, const struct km_op_begin *b)
{
	enum km_error err;

	/* All but the nonce, of which @nonce_len bytes are valid. */
	run->key = b->key;
	run->user = NULL;
	run->confirm = NULL;
	run->alg.key = &b->key->alg;
	run->alg.purpose = b->purpose;
	run->alg.args = *b->args;
	run->alg.nonce_len = 0;
	run->alg.mac_bytes = 0;
	run->alg.priv = NULL;
	err = start(run, b);
	if (err)
		km_run_end(run);
	return err;
}

/**
 * km_run_end() - wipe and release an operation
 * @run: the operation; nothing happens if it has ended
 */
void km_run_end(struct km_run *run)
{
	if (!run->key)
		return;
	run->alg.key->alg->end(&run->alg);
	memzero_explicit(&run->alg, sizeof(run->alg));
	km_confirm_end(run->confirm);
	km_key_put(run->key);
	run->key = NULL;
	if (run->user)
		km_user_op_end(run->user);
	run->user = NULL;
}

/* What stays is a handle that answers INVALID_OPERATION_HANDLE. */
static void end(struct km_op *op)
{
	lockdep_assert_held(&op->lock);
	if (op->run.key->policy.asks)
		km_token_complete(uid_of(op->run.user), op->handle);
	km_run_end(&op->run);
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

	if (!op) {
		km_key_put(b->key);
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	}
	mutex_init(&op->lock);
	err = km_run_begin(&op->run, b);
	if (err) {
		km_op_free(op);
		return err;
	}
	/* What these pointed to belongs to the caller. */
	op->run.alg.args.nonce = NULL;
	op->run.alg.args.aad = NULL;
	op->run.alg.args.token = NULL;
	op->run.alg.args.confirmation = NULL;
	do {
		op->handle = get_random_u64();
	} while (!op->handle);
	*result = op;
	return KM_ERROR_OK;
}

static enum km_error check_room(struct km_run *run, struct km_op_call *call, bool finish)
{
	call->needed = run->alg.key->alg->out_len(&run->alg, &call->io, finish);
	return call->needed > call->room ? KM_ERROR_INSUFFICIENT_BUFFER_SPACE : KM_ERROR_OK;
}

/* The data of a call is noted before it is processed, which may be in its place. */
static enum km_error note(struct km_run *run, const struct km_op_call *call)
{
	return run->confirm ? km_confirm_add(run->confirm, call->io.data, call->io.len) :
			      KM_ERROR_OK;
}

/*
 * After the last data: is there anything that keeps the output back? A signature that
 * nobody confirmed is none, and it does not use the key up.
 */
static enum km_error conclude(struct km_run *run, struct km_op_call *call, enum km_error err)
{
	if (err)
		goto out;
	if (run->confirm)
		err = km_confirm_judge(run->confirm, call->args);
	if (!err && run->key->policy.counted)
		err = km_op_spend(run->key, run->alg.purpose);
	if (err)
		memzero_explicit(call->io.out, call->io.out_len);
out:
	if (err)
		call->io.out_len = 0;
	return err;
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
	if (!op->run.key)
		goto unlock;
	err = authorize_data(&op->run, op->handle, call->args);
	if (!err)
		err = check_room(&op->run, call, false);
	if (err == KM_ERROR_INSUFFICIENT_BUFFER_SPACE)
		goto unlock;
	if (!err)
		err = note(&op->run, call);
	if (!err)
		err = op->run.alg.key->alg->update(&op->run.alg, &call->io);
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
	if (!op->run.key)
		goto unlock;
	err = authorize_data(&op->run, op->handle, call->args);
	if (!err)
		err = check_room(&op->run, call, true);
	if (err == KM_ERROR_INSUFFICIENT_BUFFER_SPACE)
		goto unlock;
	if (!err)
		err = note(&op->run, call);
	if (!err)
		err = op->run.alg.key->alg->finish(&op->run.alg, &call->io);
	err = conclude(&op->run, call, err);
	end(op);
unlock:
	mutex_unlock(&op->lock);
	return err;
}

/* An update and a finish with room behind the same data: finish does both. */
static enum km_error whole(struct km_run *run, struct km_op_call *call)
{
	const struct km_alg *alg = run->alg.key->alg;
	enum km_error err = KM_ERROR_UNIMPLEMENTED;

	if (alg->oneshot)
		err = alg->oneshot(&run->alg, &call->io);
	return err == KM_ERROR_UNIMPLEMENTED ? alg->finish(&run->alg, &call->io) : err;
}

/**
 * km_run_oneshot() - the whole data of an operation that has just begun
 * @run: the operation; km_run_end() it whatever happens
 * @call: the data
 *
 * As km_op_finish(), by the shortest way that the algorithm has.
 *
 * Return: Keymaster code. Context: may sleep.
 */
enum km_error km_run_oneshot(struct km_run *run, struct km_op_call *call)
{
	enum km_error err;

	err = authorize_data(run, 0, call->args);
	if (!err)
		err = check_room(run, call, true);
	if (!err && !call->nonce_fits)
		err = KM_ERROR_INSUFFICIENT_BUFFER_SPACE;
	if (!err)
		err = note(run, call);
	if (!err)
		err = whole(run, call);
	return conclude(run, call, err);
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
	if (op->run.key) {
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
 * km_op_run() - what is begun, right after begin
 * @op: the operation; nobody else knows of it yet
 *
 * Return: for km_run_nonce().
 */
const struct km_run *km_op_run(const struct km_op *op)
{
	return &op->run;
}

/**
 * km_run_nonce() - the nonce to hand out, right after begin
 * @run: the operation
 * @len: [out] its length; 0: there is none to hand out
 *
 * Return: the bytes.
 */
const u8 *km_run_nonce(const struct km_run *run, u32 *len)
{
	*len = run->alg.purpose == KM_PURPOSE_ENCRYPT ? run->alg.nonce_len : 0;
	return run->alg.nonce;
}
