// SPDX-License-Identifier: GPL-2.0-only
/*
 * The root key: loaded once, never handed out, derived from by label.
 * dev.c loads it, key.c asks for the master keys of the blob formats.
 *
 * The root key itself lives only while its children are derived. Each use has
 * a child of its own (HKDF-SHA256, no salt, the label as info), so that nothing
 * learnt about one tells of another, and no blob passes from format to format.
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
#include "kdf.h"
#include "root.h"
#include "secret.h"

/**
 * struct km_root_ops - a source of root keys
 * @load: puts KM_ROOT_KEY_SIZE bytes at @root; 0 or a negative errno
 */
struct km_root_ops {
	int (*load)(const struct km_root_request *req, u8 *root);
};

/* Serialises loading. What it guards is constant once root_source is set. */
static DEFINE_MUTEX(root_lock);
static u32 root_source;		/* KM_ROOT_*: written last, with release */
static struct km_secret *root_keys[KM_ROOT_KEYS];
static u8 root_check[KM_ROOT_CHECK_SIZE];

static int load_bytes(const struct km_root_request *req, u8 *root)
{
	if (req->serial || req->key_len != KM_ROOT_KEY_SIZE)
		return -EINVAL;
	memcpy(root, req->key, KM_ROOT_KEY_SIZE);
	return 0;
}

static int load_ephemeral(const struct km_root_request *req, u8 *root)
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

static int load_keyring(const struct km_root_request *req, u8 *root)
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
};

static void derive(const u8 *prk, const char *label, u8 *out, size_t len)
{
	const struct km_piece info = { label, strlen(label) };

	km_hkdf_expand(prk, &info, 1, out, len);
}

static void free_keys(void)
{
	unsigned int i;

	for (i = 0; i < KM_ROOT_KEYS; i++) {
		km_secret_free(root_keys[i]);
		root_keys[i] = NULL;
	}
}

static int alloc_keys(void)
{
	unsigned int i;

	for (i = 0; i < KM_ROOT_KEYS; i++) {
		root_keys[i] = km_secret_alloc(i == KM_ROOT_KEY_BLOB_OCB ? 16 : KM_SHA256_SIZE);
		if (!root_keys[i]) {
			free_keys();
			return -ENOMEM;
		}
	}
	return 0;
}

static int derive_keys(const u8 *root)
{
	u8 prk[KM_SHA256_SIZE], master[KM_SHA256_SIZE];
	int ret;

	lockdep_assert_held(&root_lock);
	ret = alloc_keys();
	if (ret)
		return ret;
	km_hkdf_extract(root, KM_ROOT_KEY_SIZE, prk);
	derive(prk, "keymaster blob format 0", root_keys[KM_ROOT_KEY_BLOB_OCB]->data, 16);
	derive(prk, "keymaster blob format 3", master, sizeof(master));
	/* Every KEK of format 3 begins with this step: done once. */
	km_hkdf_extract(master, sizeof(master), root_keys[KM_ROOT_KEY_BLOB_GCM]->data);
	derive(prk, "keymaster password key", root_keys[KM_ROOT_KEY_PASSWORD]->data,
	       KM_SHA256_SIZE);
	derive(prk, "keymaster state", root_keys[KM_ROOT_KEY_STATE]->data, KM_SHA256_SIZE);
	derive(prk, "keymaster shared hmac", root_keys[KM_ROOT_KEY_SHARED_HMAC]->data,
	       KM_SHA256_SIZE);
	derive(prk, "keymaster root check", root_check, sizeof(root_check));
	memzero_explicit(prk, sizeof(prk));
	memzero_explicit(master, sizeof(master));
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
	u8 root[KM_ROOT_KEY_SIZE];
	int ret;

	if (req->source >= ARRAY_SIZE(root_ops) || !root_ops[req->source].load)
		return -EINVAL;
	ret = wait_for_random_bytes();
	if (ret)
		return ret;
	ret = mutex_lock_killable(&root_lock);
	if (ret)
		return ret;
	if (root_source) {
		*kerr = KM_ERROR_ROOT_OF_TRUST_ALREADY_SET;
		ret = -EEXIST;
		goto unlock;
	}
	ret = root_ops[req->source].load(req, root);
	if (!ret)
		ret = derive_keys(root);
	memzero_explicit(root, sizeof(root));
	if (ret)
		goto unlock;
	/* Pairs with the acquire in km_root_source(): who sees a source sees its keys. */
	smp_store_release(&root_source, req->source);
unlock:
	mutex_unlock(&root_lock);
	return ret;
}

/**
 * km_root_source() - where the root key came from
 *
 * Return: KM_ROOT_*, KM_ROOT_NONE while there is none.
 */
u32 km_root_source(void)
{
	/* Pairs with the release in km_root_load(). */
	return smp_load_acquire(&root_source);
}

/**
 * km_root_key() - a key derived from the root key
 * @which: which one
 *
 * Return: its bytes, constant until the module goes; NULL without a root key.
 */
const u8 *km_root_key(enum km_root_key which)
{
	return km_root_source() ? root_keys[which]->data : NULL;
}

/**
 * km_root_check() - the public check value of the root key
 * @check: [out] KM_ROOT_CHECK_SIZE bytes, zero while there is none
 */
void km_root_check(u8 *check)
{
	if (km_root_source())
		memcpy(check, root_check, KM_ROOT_CHECK_SIZE);
	else
		memset(check, 0, KM_ROOT_CHECK_SIZE);
}

/**
 * km_root_exit() - wipe what was derived, at module exit
 */
void km_root_exit(void)
{
	free_keys();
}
