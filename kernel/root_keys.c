// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is derived from a root key, and the record by which its successor takes it over.
 * Below root.c, which decides which of them counts; everybody else gets them there.
 *
 * The root key itself lives only while its children are derived. Each use has a child of
 * its own (HKDF-SHA256, no salt, the label as info), so that nothing learnt about one
 * tells of another, and no blob passes from format to format.
 */
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "gcm.h"
#include "kdf.h"
#include "root_keys.h"

/*
 * The record: this byte, the check value of the root key that opens it, a nonce, the
 * check value and the keys of the one before, the tag.
 */
#define RECORD_VERSION	1
#define NONCE_AT	(1 + KM_ROOT_CHECK_SIZE)
#define CIPHER_AT	(NONCE_AT + KM_GCM_NONCE)
#define KEYS_LEN	(KM_ROOT_KEYS_RECORDED * KM_DERIVED_SIZE)
#define PLAIN_LEN	(KM_ROOT_CHECK_SIZE + KEYS_LEN)
#define TAG_AT		(CIPHER_AT + PLAIN_LEN)

/* The master key of formats 3 and 4 is not here: every KEK of theirs needs one more step. */
static const struct {
	enum km_root_key which;
	const char *label;
	size_t len;
} children[] = {
	{ KM_ROOT_KEY_BLOB_OCB, "keymaster blob format 0", 16 },
	{ KM_ROOT_KEY_PASSWORD, "keymaster password key", KM_DERIVED_SIZE },
	{ KM_ROOT_KEY_STATE, "keymaster state", KM_DERIVED_SIZE },
	{ KM_ROOT_KEY_SHARED_HMAC, "keymaster shared hmac", KM_DERIVED_SIZE },
	{ KM_ROOT_KEY_RECORD, "keymaster root record", KM_DERIVED_SIZE },
	{ KM_ROOT_KEY_UNIQUE_ID, "keymaster unique id", KM_DERIVED_SIZE },
};

static void derive(const u8 *prk, const char *label, u8 *out, size_t len)
{
	const struct km_piece info = { label, strlen(label) };

	km_hkdf_expand(prk, &info, 1, out, len);
}

/**
 * km_root_check_of() - the public check value of any root key
 * @root_key: KM_ROOT_KEY_SIZE bytes
 * @check: [out] KM_ROOT_CHECK_SIZE bytes
 */
void km_root_check_of(const u8 *root_key, u8 *check)
{
	u8 prk[KM_SHA256_SIZE];

	km_hkdf_extract(root_key, KM_ROOT_KEY_SIZE, prk);
	derive(prk, "keymaster root check", check, KM_ROOT_CHECK_SIZE);
	memzero_explicit(prk, sizeof(prk));
}

static struct km_root *new_root(void)
{
	struct km_root *root = kzalloc(sizeof(*root), GFP_KERNEL);

	if (root)
		refcount_set(&root->refs, 1);
	return root;
}

/**
 * km_root_derive() - derive the keys of a root key
 * @root_key: KM_ROOT_KEY_SIZE bytes
 *
 * Return: the keys; km_root_put() them. NULL when memory is short. Context: may sleep.
 */
struct km_root *km_root_derive(const u8 *root_key)
{
	u8 prk[KM_SHA256_SIZE], master[KM_SHA256_SIZE];
	struct km_root *root = new_root();
	unsigned int i;

	if (!root)
		return NULL;
	km_hkdf_extract(root_key, KM_ROOT_KEY_SIZE, prk);
	for (i = 0; i < ARRAY_SIZE(children); i++)
		derive(prk, children[i].label, root->keys[children[i].which], children[i].len);
	derive(prk, "keymaster blob format 3", master, sizeof(master));
	km_hkdf_extract(master, sizeof(master), root->keys[KM_ROOT_KEY_BLOB_GCM]);
	km_root_check_of(root_key, root->check);
	memzero_explicit(prk, sizeof(prk));
	memzero_explicit(master, sizeof(master));
	return root;
}

/**
 * km_root_put() - give a reference back; the last one wipes the keys
 * @root: the keys, may be NULL
 */
void km_root_put(struct km_root *root)
{
	if (root && refcount_dec_and_test(&root->refs))
		kfree_sensitive(root);
}

/**
 * km_root_record_seal() - write down the keys of a root key for its successor
 * @root: the successor
 * @before: the root key
 * @record: [out] KM_ROOT_RECORD_SIZE bytes
 *
 * Return: 0 or a negative errno. Context: may sleep.
 */
int km_root_record_seal(const struct km_root *root, const struct km_root *before, u8 *record)
{
	const struct km_piece key = { root->keys[KM_ROOT_KEY_RECORD], KM_DERIVED_SIZE };
	struct km_piece plain = { record + CIPHER_AT, PLAIN_LEN };

	BUILD_BUG_ON(TAG_AT + KM_GCM_TAG != KM_ROOT_RECORD_SIZE);
	record[0] = RECORD_VERSION;
	memcpy(record + 1, root->check, KM_ROOT_CHECK_SIZE);
	get_random_bytes(record + NONCE_AT, KM_GCM_NONCE);
	memcpy(record + CIPHER_AT, before->check, KM_ROOT_CHECK_SIZE);
	memcpy(record + CIPHER_AT + KM_ROOT_CHECK_SIZE, before->keys, KEYS_LEN);
	return km_gcm_seal(&key, record + NONCE_AT, &plain, record + CIPHER_AT, record + TAG_AT);
}

/**
 * km_root_record_open() - the keys of the root key before
 * @root: the root key that took it over
 * @record: the record
 * @len: its length
 * @before: [out] the keys; NULL for a record of another root key
 *
 * A record that is there before the root key that it is for, since a rotation was cut
 * short, is none of its faults: so whose it is stands in clear.
 *
 * Return: 0, -EINVAL for a record that is damaged, -ENOMEM. Context: may sleep.
 */
int km_root_record_open(const struct km_root *root, const u8 *record, size_t len,
			struct km_root **before)
{
	const struct km_piece key = { root->keys[KM_ROOT_KEY_RECORD], KM_DERIVED_SIZE };
	const struct km_piece cipher = { record + CIPHER_AT, PLAIN_LEN };
	u8 plain[PLAIN_LEN];
	int ret;

	*before = NULL;
	if (len != KM_ROOT_RECORD_SIZE || record[0] != RECORD_VERSION)
		return -EINVAL;
	if (memcmp(record + 1, root->check, KM_ROOT_CHECK_SIZE))
		return 0;
	ret = km_gcm_open(&key, record + NONCE_AT, &cipher, record + TAG_AT, plain);
	if (ret) {
		ret = -EINVAL;
		goto wipe;
	}
	*before = new_root();
	ret = *before ? 0 : -ENOMEM;
	if (!ret) {
		memcpy((*before)->check, plain, KM_ROOT_CHECK_SIZE);
		memcpy((*before)->keys, plain + KM_ROOT_CHECK_SIZE, KEYS_LEN);
	}
wipe:
	memzero_explicit(plain, sizeof(plain));
	return ret;
}
