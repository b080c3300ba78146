// SPDX-License-Identifier: GPL-2.0-only
/*
 * The gatekeeper: enrol, verify, throttle, mint (gatekeeper.md sections 4 to 6).
 * Called by dev_gatekeeper.c; asks users.c and password.c, state.c keeps what it decides.
 *
 * An attempt is counted, and its count is in the file, before the password is looked at:
 * whoever kills the program or the machine in between has used the attempt up. Looking
 * needs no lock: what it is compared with was copied out under it.
 *
 * What an enrolment or a deletion makes counts from when it is in the file; until then
 * the old password is the right one.
 */
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include "gatekeeper.h"
#include "password.h"
#include "root.h"
#include "state.h"
#include "token.h"

/* As many failures in the file would cost a wait that the user has not earned. */
#define FILED_MAX	10

/* Serialises enrolments and deletions: there is one coming identity of a user. */
static DEFINE_MUTEX(enroll_lock);

static u64 boot_clock_ms(void)
{
	return ktime_to_ms(ktime_get_boottime());
}

/* --- one attempt -------------------------------------------------------------------- */

/**
 * struct attempt - an attempt between its count and its outcome
 * @handle: what the password is compared with
 * @wire: its bytes
 * @change: change of the state that has the count, 0: it is in the file already
 * @timeout_ms: for how long a wrong password closes the gate
 * @old: of a kind that is not counted
 * @before: made under the root key before
 */
struct attempt {
	struct km_handle handle;
	u8 wire[KM_PASSWORD_HANDLE_SIZE];
	u64 change;
	u32 timeout_ms;
	bool old;
	bool before;
};

/*
 * Nothing is known of this user, but he has a handle: the state was lost, and with it the
 * count. Then he waits as after a tenth failure, from when he first comes with it.
 */
static void begin_trial(struct km_state *s, struct km_record *r)
{
	r->now.status = KM_USER_TRIED;
	r->throttle = (struct km_throttle){ .checked_ms = boot_clock_ms(), .suspect = true };
	r->changed = ++s->change;
}

/*
 * Does a handle belong to a user? Only the newest one does: an older one of the same SID
 * would let in whoever knows the older password.
 */
static bool is_current(const struct km_record *r, const struct attempt *a)
{
	if (r->now.status == KM_USER_TRIED)
		return !a->old;
	if (r->now.status != KM_USER_ENROLLED || r->now.sid != a->handle.sid)
		return false;
	/* Nobody makes old ones any more, and they are none of a record's. */
	return a->old || !memcmp(r->now.handle, a->wire, sizeof(a->wire));
}

/* The record of the user, and which handle it is about. */
static struct km_record *find_record(struct km_state *s, const struct km_gk_attempt *ask,
				     struct attempt *a)
{
	struct km_record *r = km_users_find(&s->users, ask->uid);
	struct km_piece wire = ask->handle;

	if (!wire.len) {
		if (!r || r->now.status != KM_USER_ENROLLED)
			return NULL;
		wire = (struct km_piece){ r->now.handle, sizeof(r->now.handle) };
	}
	if (!km_handle_parse(&a->handle, &wire))
		return NULL;
	memcpy(a->wire, wire.data, sizeof(a->wire));
	a->old = km_handle_is_old(&a->handle);
	if (!a->old && a->handle.sid && (!r || r->now.status == KM_USER_UNKNOWN)) {
		r = km_users_make(&s->users, ask->uid);
		if (r)
			begin_trial(s, r);
	}
	return r && is_current(r, a) ? r : NULL;
}

/* Counts an attempt, or refuses it. */
static enum km_error count(struct km_state *s, struct km_gk_attempt *ask, struct attempt *a)
{
	struct km_record *r = find_record(s, ask, a);
	u64 now_ms = boot_clock_ms();

	a->change = 0;
	a->timeout_ms = 0;
	if (!r)
		return KM_ERROR_GATEKEEPER_INVALID;
	if (a->old)
		return KM_ERROR_OK;
	ask->timeout_ms = km_throttle_check(&r->throttle, now_ms);
	if (ask->timeout_ms)
		return KM_ERROR_GATEKEEPER_RETRY;
	km_throttle_count(&r->throttle, now_ms);
	a->timeout_ms = km_throttle_after(&r->throttle);
	if (r->throttle.failures > r->filed) {
		r->changed = ++s->change;
		a->change = r->changed;
	}
	return KM_ERROR_OK;
}

/* The password key of a user; false if there is no root key of this turn. */
static bool password_key(enum km_root_turn turn, u32 uid, u8 *key)
{
	u8 master[KM_DERIVED_SIZE];
	bool there = km_root_copy(turn, KM_ROOT_KEY_PASSWORD, master);

	if (there)
		km_password_key(master, uid, key);
	memzero_explicit(master, sizeof(master));
	return there;
}

static bool is_right_under(enum km_root_turn turn, const struct km_gk_attempt *ask,
			   const struct attempt *a)
{
	u8 key[KM_SHA256_SIZE];
	bool right = password_key(turn, ask->uid, key) &&
		     km_handle_verify(&a->handle, key, &ask->password);

	memzero_explicit(key, sizeof(key));
	return right;
}

static bool is_right(const struct km_gk_attempt *ask, struct attempt *a)
{
	a->before = false;
	if (is_right_under(KM_ROOT_NOW, ask, a))
		return true;
	a->before = is_right_under(KM_ROOT_BEFORE, ask, a);
	return a->before;
}

/* A handle for a password, under the root key. */
static void make_handle(u8 *wire, u64 sid, u32 uid, const struct km_piece *password)
{
	struct km_handle handle = {
		.version = KM_HANDLE_VERSION, .sid = sid, .salt = get_random_u64(),
	};
	u8 key[KM_SHA256_SIZE];

	/* There is a root key, or nobody would have come so far. */
	password_key(KM_ROOT_NOW, uid, key);
	km_handle_sign(&handle, key, password);
	memzero_explicit(key, sizeof(key));
	km_handle_pack(&handle, wire);
}

/*
 * A right password is the one moment at which a handle can be brought under the root key
 * that is in force now. If it is not kept, the next one does it again.
 */
static void make_anew(struct km_state *s, struct km_record *r, const struct km_gk_attempt *ask)
{
	make_handle(r->now.handle, r->now.sid, ask->uid, &ask->password);
	r->changed = ++s->change;
	km_state_keep_later();
}

/* A right one: forgiven, unless somebody has changed the password meanwhile. */
static bool pass(struct km_state *s, const struct km_gk_attempt *ask, const struct attempt *a)
{
	struct km_record *r = km_users_find(&s->users, ask->uid);

	if (!is_current(r, a))
		return false;
	if (r->now.status == KM_USER_TRIED) {
		r->now.status = KM_USER_ENROLLED;
		r->now.sid = a->handle.sid;
		memcpy(r->now.handle, a->wire, sizeof(a->wire));
		r->changed = ++s->change;
		km_state_keep_later();
	}
	if (a->before && !a->old)
		make_anew(s, r, ask);
	/* Old handles have no part in the throttling, and so do not end it. */
	if (a->old)
		return true;
	km_throttle_clear(&r->throttle);
	if (r->filed >= FILED_MAX) {
		r->changed = ++s->change;
		km_state_keep_later();
	}
	return true;
}

/*
 * The whole attempt. With KM_ERROR_OK the state is locked still, so that what follows
 * from a right password cannot come after a deletion of the user.
 */
static enum km_error try(struct km_gk_attempt *ask, struct attempt *a, struct km_state **locked)
{
	enum km_error err;
	struct km_state *s;

	ask->timeout_ms = 0;
	ask->reenroll = false;
	if (!ask->password.len)
		return KM_ERROR_GATEKEEPER_INVALID;
	s = km_state_lock_killable();
	if (!s)
		return KM_ERROR_GATEKEEPER_UNKNOWN;
	err = count(s, ask, a);
	km_state_unlock();
	if (!err && a->change && !km_state_keep(a->change))
		err = KM_ERROR_GATEKEEPER_UNKNOWN;
	if (err)
		return err;
	if (!is_right(ask, a)) {
		ask->timeout_ms = a->timeout_ms;
		return a->timeout_ms ? KM_ERROR_GATEKEEPER_RETRY : KM_ERROR_GATEKEEPER_INVALID;
	}
	s = km_state_lock();
	if (!pass(s, ask, a)) {
		km_state_unlock();
		return KM_ERROR_GATEKEEPER_INVALID;
	}
	ask->reenroll = a->old;
	*locked = s;
	return KM_ERROR_OK;
}

/**
 * km_gatekeeper_verify() - authenticate a user
 * @a: the attempt
 * @challenge: handle of the operation that the token is for, or 0
 * @wire: [out] the token, KM_AUTH_TOKEN_SIZE bytes, which is kept for the user too
 *
 * Return: KM_ERROR_OK; GATEKEEPER_INVALID, GATEKEEPER_RETRY, GATEKEEPER_UNKNOWN;
 * KEYMASTER_NOT_CONFIGURED. Context: may sleep.
 */
enum km_error km_gatekeeper_verify(struct km_gk_attempt *a, u64 challenge, u8 *wire)
{
	struct km_token token = {
		.challenge = challenge, .type = KM_AUTH_TYPE_PASSWORD,
		.timestamp_ms = boot_clock_ms(),
	};
	struct attempt attempt;
	struct km_state *s;
	enum km_error err;

	if (!km_root_source())
		return KM_ERROR_KEYMASTER_NOT_CONFIGURED;
	err = try(a, &attempt, &s);
	if (err)
		return err;
	token.user_id = attempt.handle.sid;
	km_token_mint(&token, wire);
	err = km_token_keep(a->uid, &token);
	km_state_unlock();
	return err;
}

/* --- enrolment ------------------------------------------------------------------------ */

static struct km_identity *make_identity(const struct km_gk_enroll *e, u64 sid)
{
	struct km_identity *id = kzalloc(sizeof(*id), GFP_KERNEL_ACCOUNT);

	if (!id)
		return NULL;
	id->status = KM_USER_ENROLLED;
	id->sid = sid;
	while (!id->sid)
		id->sid = get_random_u64();
	make_handle(id->handle, id->sid, e->known.uid, &e->password);
	memcpy(id->setting, e->setting.data, e->setting.len);
	id->setting_len = e->setting.len;
	return id;
}

static void settle_one(struct km_state *s, struct km_record *r, bool is_kept, bool forget_tokens)
{
	if (!r->coming)
		return;
	if (!is_kept) {
		km_record_forget(r);
		r->changed = ++s->change;
		return;
	}
	km_record_commit(r);
	if (forget_tokens)
		km_token_forget(r->uid);
}

/* What is coming, for one user or for all: into the file, then it counts. */
static enum km_error settle(u64 change, struct km_record *one, bool forget_tokens)
{
	bool is_kept = km_state_keep(change);
	struct km_state *s = km_state_lock();
	struct km_record *r;

	lockdep_assert_held(&enroll_lock);
	if (one)
		settle_one(s, one, is_kept, forget_tokens);
	else
		for (r = km_users_next(&s->users, NULL); r; r = km_users_next(&s->users, r))
			settle_one(s, r, is_kept, forget_tokens);
	/* The file may say what does not count: put it right as soon as that works. */
	if (!is_kept)
		km_state_keep_later();
	km_state_unlock();
	return is_kept ? KM_ERROR_OK : KM_ERROR_GATEKEEPER_UNKNOWN;
}

/* What comes of an enrolment stands beside what is there, until it is in the file. */
static enum km_error prepare(struct km_state *s, const struct km_gk_enroll *e, u64 sid,
			     struct km_record **made)
{
	struct km_record *r = km_users_make(&s->users, e->known.uid);
	struct km_identity *id = r ? make_identity(e, sid) : NULL;

	if (!id)
		return r ? KM_ERROR_MEMORY_ALLOCATION_FAILED : KM_ERROR_GATEKEEPER_UNKNOWN;
	r->coming = id;
	r->changed = ++s->change;
	*made = r;
	return KM_ERROR_OK;
}

/* May the user be given a password by whoever does not know the one that he has? */
static enum km_error may_replace(const struct km_state *s, const struct km_gk_enroll *e, u64 *sid)
{
	const struct km_record *r = km_users_find(&s->users, e->known.uid);

	*sid = 0;
	if (r && r->now.status == KM_USER_ENROLLED && !e->admin)
		return KM_ERROR_SECURE_HW_ACCESS_DENIED;
	return KM_ERROR_OK;
}

static enum km_error enroll(struct km_gk_enroll *e)
{
	bool trusted = e->known.handle.len || e->known.password.len;
	struct km_record *r;
	struct attempt a;
	struct km_state *s;
	enum km_error err;
	u64 change, sid;

	lockdep_assert_held(&enroll_lock);
	if (trusted) {
		err = try(&e->known, &a, &s);
		if (err)
			return err;
		sid = a.handle.sid;
	} else {
		s = km_state_lock();
		err = may_replace(s, e, &sid);
	}
	if (!err)
		err = prepare(s, e, sid, &r);
	change = s->change;
	if (!err) {
		e->sid = r->coming->sid;
		memcpy(e->handle, r->coming->handle, sizeof(e->handle));
	}
	km_state_unlock();
	return err ? err : settle(change, r, !trusted);
}

/**
 * km_gatekeeper_enroll() - set a user's password
 * @e: the old one and the new one
 *
 * Return: as km_gatekeeper_verify() for the current password;
 * SECURE_HW_ACCESS_DENIED when it is needed and not given, MEMORY_ALLOCATION_FAILED.
 * Context: may sleep.
 */
enum km_error km_gatekeeper_enroll(struct km_gk_enroll *e)
{
	enum km_error err;

	e->sid = 0;
	e->known.timeout_ms = 0;
	if (!km_root_source())
		return KM_ERROR_KEYMASTER_NOT_CONFIGURED;
	if (!e->password.len)
		return KM_ERROR_GATEKEEPER_INVALID;
	if (mutex_lock_killable(&enroll_lock))
		return KM_ERROR_GATEKEEPER_UNKNOWN;
	err = enroll(e);
	mutex_unlock(&enroll_lock);
	if (err)
		e->sid = 0;
	return err;
}

/* --- the end of users, and questions about them ------------------------------------------ */

/* A deleted user is coming; those who are not there are passed over. */
static enum km_error prepare_end(struct km_state *s, struct km_record *r)
{
	if (r->now.status != KM_USER_ENROLLED && r->now.status != KM_USER_TRIED)
		return KM_ERROR_GATEKEEPER_INVALID;
	r->coming = kzalloc(sizeof(*r->coming), GFP_KERNEL_ACCOUNT);
	if (!r->coming)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	r->coming->status = KM_USER_DELETED;
	r->changed = ++s->change;
	return KM_ERROR_OK;
}

static enum km_error prepare_ends(struct km_state *s)
{
	enum km_error err = KM_ERROR_OK;
	struct km_record *r;

	for (r = km_users_next(&s->users, NULL); r; r = km_users_next(&s->users, r)) {
		err = prepare_end(s, r);
		if (err == KM_ERROR_MEMORY_ALLOCATION_FAILED)
			break;
		err = KM_ERROR_OK;
	}
	for (r = NULL; err && (r = km_users_next(&s->users, r));)
		km_record_forget(r);
	return err;
}

/* One user, or all. */
static enum km_error end_users(const u32 *uid)
{
	struct km_record *r = NULL;
	struct km_state *s;
	enum km_error err;
	u64 change;

	if (!km_root_source())
		return KM_ERROR_KEYMASTER_NOT_CONFIGURED;
	if (mutex_lock_killable(&enroll_lock))
		return KM_ERROR_GATEKEEPER_UNKNOWN;
	s = km_state_lock();
	if (uid) {
		r = km_users_find(&s->users, *uid);
		err = r ? prepare_end(s, r) : KM_ERROR_GATEKEEPER_INVALID;
	} else {
		err = prepare_ends(s);
	}
	change = s->change;
	km_state_unlock();
	if (!err)
		err = settle(change, r, true);
	mutex_unlock(&enroll_lock);
	return err;
}

/**
 * km_gatekeeper_delete() - forget a user's password and tokens
 * @uid: the user
 *
 * Return: KM_ERROR_OK; GATEKEEPER_INVALID for a user who is not enrolled,
 * GATEKEEPER_UNKNOWN if it could not be kept. Context: may sleep.
 */
enum km_error km_gatekeeper_delete(u32 uid)
{
	return end_users(&uid);
}

/**
 * km_gatekeeper_delete_all() - forget the passwords and tokens of all users
 *
 * Return: as km_gatekeeper_delete(). Context: may sleep.
 */
enum km_error km_gatekeeper_delete_all(void)
{
	return end_users(NULL);
}

/**
 * km_gatekeeper_get() - who is this user?
 * @uid: the user
 * @user: [out] what is known of him
 *
 * Return: false if he is not enrolled. Context: may sleep.
 */
bool km_gatekeeper_get(u32 uid, struct km_gk_user *user)
{
	struct km_state *s = km_state_lock();
	const struct km_record *r = km_users_find(&s->users, uid);
	bool found = r && r->now.status == KM_USER_ENROLLED;

	if (found) {
		user->sid = r->now.sid;
		memcpy(user->handle, r->now.handle, sizeof(user->handle));
		memcpy(user->setting, r->now.setting, sizeof(user->setting));
		user->setting_len = r->now.setting_len;
		user->failures = r->throttle.failures;
		user->timeout_ms = km_throttle_left(&r->throttle, boot_clock_ms());
	}
	km_state_unlock();
	return found;
}

/**
 * km_gatekeeper_sid() - the secure user id of a user
 * @uid: the user
 * @sid: [out] the secure user id
 *
 * Return: false if he is not enrolled. Context: may sleep.
 */
bool km_gatekeeper_sid(u32 uid, u64 *sid)
{
	struct km_state *s = km_state_lock();
	const struct km_record *r = km_users_find(&s->users, uid);
	bool found = r && r->now.status == KM_USER_ENROLLED;

	if (found)
		*sid = r->now.sid;
	km_state_unlock();
	return found;
}
