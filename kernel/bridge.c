// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bridge: a key goes to another part of the kernel, and past every program.
 * Called by dev_bridge.c; asks operation.c, ends in the kernel's keyrings.
 *
 * The new key is made on a keyring of our own that nobody else can reach, and gets all it is
 * to have there. Then it moves to the caller's in one step: that is where another key of its
 * name is found, and makes way or not, with the keyring locked.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <uapi/linux/fscrypt.h>
#include <linux/key-type.h>
#include <linux/keyctl.h>
#include "bridge.h"
#include "operation.h"

/* No write: nobody puts other bytes in the place of ours. Neither type can be read. */
#define PERMISSIONS	(KEY_POS_VIEW | KEY_POS_SEARCH | KEY_POS_LINK | KEY_POS_SETATTR | \
			 KEY_USR_VIEW)

static const char *const type_names[] = {
	[KM_BRIDGE_LOGON] = "logon",
	[KM_BRIDGE_FSCRYPT] = "fscrypt-provisioning",
};

/**
 * km_bridge_known() - is there such a kind?
 * @kind: any number
 *
 * Return: true if so.
 */
bool km_bridge_known(u32 kind)
{
	return kind < ARRAY_SIZE(type_names) && type_names[kind];
}

static key_ref_t make_on(struct key *desk, const struct km_bridge *b,
			 const struct km_secret *payload)
{
	return key_create_or_update(make_key_ref(desk, true), type_names[b->kind], b->description,
				    payload->data, payload->len, PERMISSIONS, KEY_ALLOC_IN_QUOTA);
}

/* Before the key stands what fscrypt uses it as: of policies of version 2, and nothing else. */
static key_ref_t make_for_fscrypt(struct key *desk, const struct km_bridge *b)
{
	const struct km_secret *material = b->key->alg.material;
	struct fscrypt_provisioning_key_payload *head;
	struct km_secret *payload = km_secret_alloc(sizeof(*head) + material->len);
	key_ref_t ref;

	if (!payload)
		return ERR_PTR(-ENOMEM);
	head = (void *)payload->data;
	head->type = FSCRYPT_KEY_SPEC_TYPE_IDENTIFIER;
	memcpy(payload->data + sizeof(*head), material->data, material->len);
	ref = make_on(desk, b, payload);
	km_secret_free(payload);
	return ref;
}

/* Only so that no use is spent in vain: whether there is one is decided by the move. */
static bool is_there(key_ref_t keyring, const struct key *key)
{
	key_ref_t found = keyring_search(keyring, key->type, key->description, false);

	if (IS_ERR(found))
		return false;
	key_ref_put(found);
	return true;
}

static int hand_over(struct km_bridge *b, struct key *desk, struct key *key, key_ref_t keyring)
{
	if (b->timeout)
		key_set_timeout(key, b->timeout);
	if (!b->replace && is_there(keyring, key))
		return -EEXIST;
	/* The use is kept before the key is out. */
	b->error = km_op_spend(b->key, KM_PURPOSE_DECRYPT);
	if (b->error)
		return 0;
	b->serial = key->serial;
	return key_move(key, desk, key_ref_to_ptr(keyring), b->replace ? 0 : KEYCTL_MOVE_EXCL);
}

static int make_and_hand_over(struct km_bridge *b, key_ref_t keyring)
{
	struct key *desk = keyring_alloc(".keymaster", GLOBAL_ROOT_UID, GLOBAL_ROOT_GID,
					 current_cred(), KEY_POS_WRITE, KEY_ALLOC_NOT_IN_QUOTA,
					 NULL, NULL);
	key_ref_t ref;
	int ret;

	if (IS_ERR(desk))
		return PTR_ERR(desk);
	ref = b->kind == KM_BRIDGE_FSCRYPT ? make_for_fscrypt(desk, b) :
					     make_on(desk, b, b->key->alg.material);
	ret = PTR_ERR_OR_ZERO(ref);
	if (!ret) {
		ret = hand_over(b, desk, key_ref_to_ptr(ref), keyring);
		key_ref_put(ref);
	}
	/* And with it what is still linked to it. */
	key_put(desk);
	return ret;
}

/**
 * km_bridge() - hand a key over
 * @b: what is to go where
 *
 * Of the caller's keyring first: what cannot be put anywhere is not counted as a use.
 *
 * Return: 0 or a negative errno; 0 with @b->error when the key manager refuses.
 * Context: may sleep.
 */
int km_bridge(struct km_bridge *b)
{
	const struct km_op_begin begin = {
		.key = (struct km_key *)b->key, .purpose = KM_PURPOSE_DECRYPT, .bridge = b->kind,
		.args = b->args, .who = b->who,
	};
	key_ref_t keyring = lookup_user_key(b->keyring, KEY_LOOKUP_CREATE, KEY_NEED_WRITE);
	int ret = 0;

	if (IS_ERR(keyring))
		return PTR_ERR(keyring);
	if (key_ref_to_ptr(keyring)->type != &key_type_keyring)
		ret = -ENOTDIR;
	if (!ret)
		b->error = km_key_check(b->key);
	if (!ret && !b->error)
		b->error = km_op_authorize(&begin);
	if (!ret && !b->error)
		ret = make_and_hand_over(b, keyring);
	key_ref_put(keyring);
	return ret;
}
