// SPDX-License-Identifier: GPL-2.0-only
/*
 * Authentication tokens: the key that signs them, the tokens of all users, device locks.
 * gatekeeper.c and dev_auth.c mint here; operation.c asks for what a key wants.
 *
 * The key is random at each load and never leaves: what user space makes up is not signed by
 * it, and a token of another boot, or of before a reload, was signed by another. Each user
 * has a table of his own, so that nobody's tokens push out another's; there is one for whom
 * a token was minted or who was locked, and no other.
 */
#include <linux/hashtable.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/timekeeping.h>
#include "kdf.h"
#include "secret.h"
#include "token.h"

/**
 * struct holder - what is known of one user
 * @node: in users
 * @uid: the user
 * @lock: when his session was locked
 * @table: his tokens
 */
struct holder {
	struct hlist_node node;
	u32 uid;
	struct km_lock lock;
	struct km_token_table table;
};

/* Guards what follows, and what it leads to. */
static DEFINE_MUTEX(lock);
static DEFINE_HASHTABLE(users, 8);
static struct km_lock all_users;
static struct km_secret *key;
static u8 nonce[32];	/* constant after init */
static bool pinned;

/* As in limit.c: loading the module again would unlock. */
static void pin(void)
{
	lockdep_assert_held(&lock);
	if (!pinned)
		__module_get(THIS_MODULE);
	pinned = true;
}

static struct holder *find(u32 uid)
{
	struct holder *u;

	lockdep_assert_held(&lock);
	hash_for_each_possible(users, u, node, uid)
		if (u->uid == uid)
			return u;
	return NULL;
}

static struct holder *find_or_make(u32 uid)
{
	struct holder *u = find(uid);

	if (u)
		return u;
	u = kzalloc(sizeof(*u), GFP_KERNEL_ACCOUNT);
	if (!u)
		return NULL;
	u->uid = uid;
	u->table.max = KM_TOKEN_MAX;
	hash_add(users, &u->node, uid);
	return u;
}

/**
 * km_token_init() - make the key, at module load
 *
 * Return: 0 or a negative errno. Context: may sleep until the random generator is seeded.
 */
int km_token_init(void)
{
	int ret = wait_for_random_bytes();

	if (ret)
		return ret;
	key = km_secret_alloc(KM_TOKEN_KEY_SIZE);
	if (!key)
		return -ENOMEM;
	get_random_bytes(key->data, KM_TOKEN_KEY_SIZE);
	get_random_bytes(nonce, sizeof(nonce));
	return 0;
}

/**
 * km_token_exit() - wipe the key and forget everything, at module exit
 */
void km_token_exit(void)
{
	struct hlist_node *next;
	struct holder *u;
	int i;

	hash_for_each_safe(users, i, next, u, node) {
		hash_del(&u->node);
		kfree(u);
	}
	km_secret_free(key);
}

/**
 * km_token_now() - the clock of tokens
 *
 * Return: ms since boot, suspend included.
 */
u64 km_token_now(void)
{
	return ktime_to_ms(ktime_get_boottime());
}

/**
 * km_token_mint() - sign a token
 * @t: what it says
 * @wire: [out] KM_AUTH_TOKEN_SIZE bytes
 */
void km_token_mint(const struct km_token *t, u8 *wire)
{
	mutex_lock(&lock);
	km_token_write(key->data, t, wire);
	mutex_unlock(&lock);
}

/**
 * km_token_read() - read a token, trusting nothing
 * @wire: bytes of anybody
 * @len: how many
 * @t: [out] what it says, if it is one
 *
 * Return: whether it is a token that this kernel signed.
 */
bool km_token_read(const u8 *wire, size_t len, struct km_token *t)
{
	bool good;

	mutex_lock(&lock);
	good = km_token_parse(key->data, wire, len, t);
	mutex_unlock(&lock);
	return good;
}

/**
 * km_token_mac() - HMAC-SHA256 of something else by the same key
 * @pieces: the message; its first byte must not be 0, see token_wire.c
 * @n: how many pieces
 * @mac: [out] 32 bytes
 */
void km_token_mac(const struct km_piece *pieces, unsigned int n, u8 *mac)
{
	mutex_lock(&lock);
	km_hmac_sha256(key->data, key->len, pieces, n, mac);
	mutex_unlock(&lock);
}

/**
 * km_token_keep() - keep a token for a user's operations
 * @uid: the user
 * @t: the token; this kernel signed it
 *
 * Return: KM_ERROR_OK; KEY_USER_NOT_AUTHENTICATED for a token from the future, which
 * would stand before all others; MEMORY_ALLOCATION_FAILED.
 */
enum km_error km_token_keep(u32 uid, const struct km_token *t)
{
	enum km_error err = KM_ERROR_OK;
	struct holder *u;
	u64 now_ms;

	mutex_lock(&lock);
	now_ms = km_token_now();
	if (t->timestamp_ms > now_ms) {
		err = KM_ERROR_KEY_USER_NOT_AUTHENTICATED;
		goto unlock;
	}
	u = find_or_make(uid);
	if (u)
		km_token_table_add(&u->table, t, now_ms);
	else
		err = KM_ERROR_MEMORY_ALLOCATION_FAILED;
unlock:
	mutex_unlock(&lock);
	return err;
}

/**
 * km_token_find() - the token of a user that a key asks for
 * @uid: the user
 * @want: what the key asks for
 * @t: [out] the token, with KM_TOKEN_FOUND
 *
 * Return: as km_token_table_find().
 */
enum km_token_found km_token_find(u32 uid, const struct km_token_want *want, struct km_token *t)
{
	enum km_token_found found = KM_TOKEN_NOT_FOUND;
	struct holder *u;

	mutex_lock(&lock);
	u = find(uid);
	if (u)
		found = km_token_table_find(&u->table, want, km_token_now(), t);
	mutex_unlock(&lock);
	return found;
}

/**
 * km_token_complete() - an operation has ended: the tokens for it serve no more
 * @uid: whose operation it was
 * @handle: the operation
 */
void km_token_complete(u32 uid, u64 handle)
{
	struct holder *u;

	mutex_lock(&lock);
	u = find(uid);
	if (u)
		km_token_table_complete(&u->table, handle);
	mutex_unlock(&lock);
}

/* The lock stays: it is nothing that a user could be rid of. */
static void forget(struct holder *u)
{
	lockdep_assert_held(&lock);
	u->table.n = 0;
	memzero_explicit(u->table.entries, sizeof(u->table.entries));
}

/**
 * km_token_forget() - forget the tokens of a user
 * @uid: the user
 */
void km_token_forget(u32 uid)
{
	struct holder *u;

	mutex_lock(&lock);
	u = find(uid);
	if (u)
		forget(u);
	mutex_unlock(&lock);
}

static void forget_all(void)
{
	struct holder *u;
	int i;

	lockdep_assert_held(&lock);
	hash_for_each(users, i, u, node)
		forget(u);
}

/**
 * km_token_forget_all() - forget the tokens of all users
 */
void km_token_forget_all(void)
{
	mutex_lock(&lock);
	forget_all();
	mutex_unlock(&lock);
}

/**
 * km_token_party() - what this module brings into an agreement on a key
 * @own: [out] no seed, and a nonce that is new at each load: so no key comes again
 */
void km_token_party(struct km_hmac_party *own)
{
	memset(own, 0, sizeof(*own));
	memcpy(own->nonce, nonce, sizeof(own->nonce));
	own->nonce_len = sizeof(own->nonce);
}

/**
 * km_token_share() - sign by a key that others have too, from now on
 * @shared: KM_TOKEN_KEY_SIZE bytes
 *
 * What was signed by the key before is worth nothing any more, kept or not. So is this key
 * after a reload, which brings another nonce: the module need not stay for its sake.
 */
void km_token_share(const u8 *shared)
{
	mutex_lock(&lock);
	memcpy(key->data, shared, KM_TOKEN_KEY_SIZE);
	forget_all();
	mutex_unlock(&lock);
}

/**
 * km_token_lock() - lock a user's session
 * @uid: the user
 * @password_only: only a password unlocks it
 *
 * Return: KM_ERROR_OK or MEMORY_ALLOCATION_FAILED.
 */
enum km_error km_token_lock(u32 uid, bool password_only)
{
	struct holder *u;

	mutex_lock(&lock);
	u = find_or_make(uid);
	if (u) {
		km_lock_set(&u->lock, km_token_now(), password_only);
		pin();
	}
	mutex_unlock(&lock);
	return u ? KM_ERROR_OK : KM_ERROR_MEMORY_ALLOCATION_FAILED;
}

/**
 * km_token_lock_all() - lock the sessions of all users
 * @password_only: only a password unlocks them
 */
void km_token_lock_all(bool password_only)
{
	mutex_lock(&lock);
	km_lock_set(&all_users, km_token_now(), password_only);
	pin();
	mutex_unlock(&lock);
}

/**
 * km_token_lock_look() - how locked is a user?
 * @uid: the user
 * @sid: the secure id that he has enrolled as, 0: none
 * @view: [out] the answer
 */
void km_token_lock_look(u32 uid, u64 sid, struct km_lock_view *view)
{
	struct holder *u;

	mutex_lock(&lock);
	u = find(uid);
	km_lock_look(u ? &u->lock : NULL, &all_users, u ? &u->table : NULL, sid, view);
	mutex_unlock(&lock);
}
