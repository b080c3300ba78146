// SPDX-License-Identifier: GPL-2.0-only
/*
 * The root key: loaded once, never handed out; its successor, when it is rotated.
 * dev_root.c loads it, key.c asks for the master keys of the blob formats.
 *
 * A rotation takes no key away. What was made under the root key before opens still, and
 * only to be upgraded: so nothing has to happen at the same moment for all of them. It
 * ends when the one before is forgotten; as long as it is there no other can begin.
 */
#include <keys/encrypted-type.h>
#include <keys/trusted-type.h>
#include <keys/user-type.h>
#include <linux/err.h>
#include <linux/key-type.h>
#include <linux/key.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include "root.h"
#include "root_tpm.h"

/**
 * struct km_root_ops - a source of root keys
 * @load: puts KM_ROOT_KEY_SIZE bytes at @root; 0 or a negative errno, and the code with it
 */
struct km_root_ops {
	int (*load)(const struct km_root_request *req, u8 *root, enum km_error *kerr);
};

/* Serialises loading, rotating and forgetting. */
static DEFINE_MUTEX(root_lock);
static u32 root_source;		/* KM_ROOT_*: written last, with release */
static struct km_root *root_next;	/* what a rotation has prepared */
static u32 root_next_source;

/* Guards the pointers: who reads one takes a reference before it may go. */
static DEFINE_SPINLOCK(ref_lock);
static struct km_root *roots[KM_ROOT_TURNS];
/* Their numbers, 0: there is none. Written with them, read at every use of a key. */
static u32 numbers[KM_ROOT_TURNS];

static int load_bytes(const struct km_root_request *req, u8 *root, enum km_error *kerr)
{
	if (req->serial || req->key_len != KM_ROOT_KEY_SIZE)
		return -EINVAL;
	memcpy(root, req->key, KM_ROOT_KEY_SIZE);
	return 0;
}

static int load_ephemeral(const struct km_root_request *req, u8 *root, enum km_error *kerr)
{
	if (req->serial || req->key_len)
		return -EINVAL;
	get_random_bytes(root, KM_ROOT_KEY_SIZE);
	return 0;
}

static int copy_payload(u8 *root, const void *data, size_t len)
{
	if (len != KM_ROOT_KEY_SIZE)
		return -EINVAL;
	memcpy(root, data, len);
	return 0;
}

/*
 * By the name of the type, not its address: encrypted and trusted keys may be
 * modules or not built at all (Debian has no trusted keys), and must not become
 * something that we cannot be loaded without. AF_ALG does the same.
 */
static int read_payload(const struct key *key, u8 *root)
{
	const char *type = key->type->name;

	if (!strcmp(type, "user") || !strcmp(type, "logon")) {
		const struct user_key_payload *p = user_key_payload_locked(key);

		return p ? copy_payload(root, p->data, p->datalen) : -EKEYREVOKED;
	}
	if (!strcmp(type, "encrypted")) {
		const struct encrypted_key_payload *p = dereference_key_locked(key);

		return p ? copy_payload(root, p->decrypted_data, p->decrypted_datalen) :
			   -EKEYREVOKED;
	}
	if (!strcmp(type, "trusted")) {
		const struct trusted_key_payload *p = dereference_key_locked(key);

		return p ? copy_payload(root, p->key, p->key_len) : -EKEYREVOKED;
	}
	return -EINVAL;
}

static int load_keyring(const struct km_root_request *req, u8 *root, enum km_error *kerr)
{
	key_ref_t ref;
	struct key *key;
	int ret;

	if (req->key_len)
		return -EINVAL;
	/* Serial 0 would be looked up as an error and -1..-8 mean whole keyrings. */
	if (req->serial <= 0)
		return -EINVAL;
	ref = lookup_user_key(req->serial, 0, KEY_NEED_SEARCH);
	if (IS_ERR(ref))
		return PTR_ERR(ref);
	key = key_ref_to_ptr(ref);
	down_read(&key->sem);
	ret = key_validate(key);
	if (!ret)
		ret = read_payload(key, root);
	up_read(&key->sem);
	key_ref_put(ref);
	return ret;
}

static const struct km_root_ops root_ops[] = {
	[KM_ROOT_BYTES] = { .load = load_bytes },
	[KM_ROOT_KEYRING] = { .load = load_keyring },
	[KM_ROOT_EPHEMERAL] = { .load = load_ephemeral },
	[KM_ROOT_TPM] = { .load = km_root_tpm_load },
};

/* By whichever source: the keys that are derived from it. */
static int fetch(const struct km_root_request *req, struct km_root **result,
		 enum km_error *kerr)
{
	u8 root_key[KM_ROOT_KEY_SIZE];
	int ret;

	lockdep_assert_held(&root_lock);
	if (req->source >= ARRAY_SIZE(root_ops) || !root_ops[req->source].load)
		return -EINVAL;
	ret = root_ops[req->source].load(req, root_key, kerr);
	if (!ret) {
		*result = km_root_derive(root_key);
		ret = *result ? 0 : -ENOMEM;
	}
	memzero_explicit(root_key, sizeof(root_key));
	if (!ret && req->check && memcmp((*result)->check, req->check, KM_ROOT_CHECK_SIZE)) {
		*kerr = KM_ERROR_IMPORT_PARAMETER_MISMATCH;
		ret = -EKEYREJECTED;
	}
	return ret;
}

/* The new state of things; readers see the one or the other. Returns what went out of use. */
static struct km_root *install(struct km_root *now, struct km_root *before)
{
	struct km_root *gone;

	lockdep_assert_held(&root_lock);
	spin_lock(&ref_lock);
	gone = roots[KM_ROOT_BEFORE];
	/*
	 * The numbers first, and the one before first of all: so no key is ever of neither,
	 * and who upgrades one waits here for the new root key.
	 */
	WRITE_ONCE(numbers[KM_ROOT_BEFORE], before ? before->number : 0);
	/* Pairs with the acquire in km_root_check_number(). */
	smp_store_release(&numbers[KM_ROOT_NOW], now->number);
	roots[KM_ROOT_NOW] = now;
	roots[KM_ROOT_BEFORE] = before;
	spin_unlock(&ref_lock);
	return gone;
}

static int load(const struct km_root_request *req, enum km_error *kerr)
{
	struct km_root *now = NULL, *before = NULL;
	int ret;

	lockdep_assert_held(&root_lock);
	if (root_source) {
		*kerr = KM_ERROR_ROOT_OF_TRUST_ALREADY_SET;
		return -EEXIST;
	}
	ret = fetch(req, &now, kerr);
	if (!ret && req->record_len) {
		ret = km_root_record_open(now, req->record, req->record_len, &before);
		/* Not to be taken for a root key that is damaged. */
		if (ret == -EINVAL)
			*kerr = KM_ERROR_INVALID_ARGUMENT;
	}
	if (ret) {
		km_root_put(now);
		return ret;
	}
	now->number = before ? 2 : 1;
	if (before)
		before->number = 1;
	install(now, before);
	/* Pairs with the acquire in km_root_source(): who sees a source sees its keys. */
	smp_store_release(&root_source, req->source);
	return 0;
}

/**
 * km_root_load() - load the root key, once
 * @req: where from
 * @kerr: [out] Keymaster code that goes with the errno
 *
 * Also waits until the random generator is seeded: no key can be made before a
 * root key is there, so nothing later needs to wait.
 *
 * Return: 0 or a negative errno. Context: may sleep.
 */
int km_root_load(const struct km_root_request *req, enum km_error *kerr)
{
	int ret = wait_for_random_bytes();

	if (!ret)
		ret = mutex_lock_killable(&root_lock);
	if (ret)
		return ret;
	ret = load(req, kerr);
	mutex_unlock(&root_lock);
	return ret;
}

/**
 * km_root_prepare() - fetch the successor of the root key; nothing changes yet
 * @req: where from; not KM_ROOT_EPHEMERAL, after which nothing would open ever again
 * @next: [out] what its owner has to keep before it comes into force
 * @kerr: [out] Keymaster code that goes with the errno
 *
 * Return: 0 or a negative errno. Context: may sleep.
 */
int km_root_prepare(const struct km_root_request *req, struct km_root_next *next,
		    enum km_error *kerr)
{
	struct km_root *root = NULL;
	int ret;

	if (req->source == KM_ROOT_EPHEMERAL)
		return -EINVAL;
	ret = mutex_lock_killable(&root_lock);
	if (ret)
		return ret;
	ret = -ENOKEY;
	if (!root_source) {
		*kerr = KM_ERROR_KEYMASTER_NOT_CONFIGURED;
		goto unlock;
	}
	ret = -EEXIST;
	if (roots[KM_ROOT_BEFORE]) {
		*kerr = KM_ERROR_ROOT_OF_TRUST_ALREADY_SET;
		goto unlock;
	}
	ret = fetch(req, &root, kerr);
	if (!ret)
		ret = km_root_record_seal(root, roots[KM_ROOT_NOW], next->record);
	if (ret) {
		km_root_put(root);
		goto unlock;
	}
	memcpy(next->check, root->check, sizeof(next->check));
	km_root_put(root_next);
	root_next = root;
	root_next_source = req->source;
unlock:
	mutex_unlock(&root_lock);
	return ret;
}

/**
 * km_root_commit() - the successor that was prepared comes into force
 * @check: its check value
 *
 * Return: KM_ERROR_OK; INVALID_ARGUMENT if none is prepared, or another one. Context: may sleep.
 */
enum km_error km_root_commit(const u8 *check)
{
	enum km_error err = KM_ERROR_INVALID_ARGUMENT;

	mutex_lock(&root_lock);
	if (root_next && !memcmp(root_next->check, check, sizeof(root_next->check))) {
		root_next->number = roots[KM_ROOT_NOW]->number + 1;
		/* There is none before, or none could have been prepared. */
		install(root_next, roots[KM_ROOT_NOW]);
		root_next = NULL;
		/* Pairs with the acquire in km_root_source(). */
		smp_store_release(&root_source, root_next_source);
		err = KM_ERROR_OK;
	}
	mutex_unlock(&root_lock);
	return err;
}

/**
 * km_root_forget() - the end of a rotation: what was not upgraded is closed for ever
 *
 * Return: KM_ERROR_OK, INVALID_ARGUMENT if there is none before. Context: may sleep.
 */
enum km_error km_root_forget(void)
{
	struct km_root *gone = NULL;

	mutex_lock(&root_lock);
	if (roots[KM_ROOT_BEFORE])
		gone = install(roots[KM_ROOT_NOW], NULL);
	mutex_unlock(&root_lock);
	km_root_put(gone);
	return gone ? KM_ERROR_OK : KM_ERROR_INVALID_ARGUMENT;
}

/**
 * km_root_get() - the keys of the root key, or of the one before
 * @turn: which of them
 *
 * Return: the keys; km_root_put() them. NULL if there is none.
 */
struct km_root *km_root_get(enum km_root_turn turn)
{
	struct km_root *root;

	spin_lock(&ref_lock);
	root = roots[turn];
	if (root)
		refcount_inc(&root->refs);
	spin_unlock(&ref_lock);
	return root;
}

/**
 * km_root_copy() - one key derived from the root key, or from the one before
 * @turn: which of them
 * @which: which key
 * @key: [out] KM_DERIVED_SIZE bytes; wipe them
 *
 * Return: false if there is none.
 */
bool km_root_copy(enum km_root_turn turn, enum km_root_key which, u8 *key)
{
	struct km_root *root = km_root_get(turn);

	if (!root)
		return false;
	memcpy(key, root->keys[which], KM_DERIVED_SIZE);
	km_root_put(root);
	return true;
}

/**
 * km_root_check_number() - may a key be used that was opened under a root key?
 * @number: the root key's
 *
 * Keys that are loaded live through a rotation, and must not live through its end.
 *
 * Return: KM_ERROR_OK; KEY_REQUIRES_UPGRADE under the one before; INVALID_KEY_BLOB.
 */
enum km_error km_root_check_number(u32 number)
{
	/* Pairs with the release in install(). */
	if (likely(number == smp_load_acquire(&numbers[KM_ROOT_NOW])))
		return KM_ERROR_OK;
	if (number == READ_ONCE(numbers[KM_ROOT_BEFORE]))
		return KM_ERROR_KEY_REQUIRES_UPGRADE;
	return KM_ERROR_INVALID_KEY_BLOB;
}

/**
 * km_root_source() - where the root key came from
 *
 * Return: KM_ROOT_*, KM_ROOT_NONE while there is none.
 */
u32 km_root_source(void)
{
	/* Pairs with the release in load() and km_root_commit(). */
	return smp_load_acquire(&root_source);
}

/**
 * km_root_check() - the public check value of the root key, or of the one before
 * @turn: which of them
 * @check: [out] KM_ROOT_CHECK_SIZE bytes, zero if there is none
 */
void km_root_check(enum km_root_turn turn, u8 *check)
{
	struct km_root *root = km_root_get(turn);

	if (root)
		memcpy(check, root->check, KM_ROOT_CHECK_SIZE);
	else
		memset(check, 0, KM_ROOT_CHECK_SIZE);
	km_root_put(root);
}

/**
 * km_root_exit() - wipe what was derived, at module exit
 */
void km_root_exit(void)
{
	km_root_put(roots[KM_ROOT_NOW]);
	km_root_put(roots[KM_ROOT_BEFORE]);
	km_root_put(root_next);
}
