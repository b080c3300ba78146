// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys: open, hold, check, export (operations.md section 2).
 * Called by dev*.c and keytype.c; unwraps with blob.c, key_make.c makes what is opened here.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include "count.h"
#include "key.h"
#include "key_wrap.h"
#include "root.h"
#include "spec.h"

/* The most that material takes: RSA of 4096 bits needs 2.4 KiB. */
#define MATERIAL_MAX	4096

/* Is it a blob of a layout that is made here? */
static bool parse(struct km_blob *blob, const struct km_key *key)
{
	if (km_blob_parse(blob, key->blob, key->blob_len))
		return false;
	/* Before it is believed: memory in one piece is not for a forger to spend. */
	if (blob->cipher_len > MATERIAL_MAX)
		return false;
	if (blob->format == KM_FORMAT_OCB)
		return true;
	return blob->kdf_version == KM_KDF_VERSION && blob->addl_info == KM_ADDL_INFO;
}

/* The id of a key that has slots. As the shareable tag below: not authenticated yet. */
static const u8 *slot_id(const struct km_blob *blob)
{
	struct km_param p;

	return km_params_find(&blob->enforced, KM_TAG_LINUX_KEY_ID, &p) &&
	       p.len == KM_SLOT_ID ? p.data : NULL;
}

/**
 * struct unwrapping - a blob on its way to a key
 * @blob: its parts
 * @hidden: what it is bound to
 * @slot: what it depends on besides; NULL: nothing
 */
struct unwrapping {
	struct km_blob blob;
	struct km_hidden hidden;
	const struct km_slot_secrets *slot;
};

static int unwrap_under(struct km_key *key, struct unwrapping *u, enum km_root_turn turn)
{
	struct km_root *root = km_root_get(turn);
	struct km_blob_master master;
	int ret = -EBADMSG;

	if (root && km_blob_master_of(u->blob.format, u->slot, root, &master))
		ret = km_blob_open(&u->blob, &master, &u->hidden.wire, &key->alg.material);
	if (!ret)
		key->root = root->number;
	km_root_put(root);
	return ret;
}

static enum km_error unwrap_with(struct km_key *key, const struct km_key_open *open,
				 struct unwrapping *u)
{
	struct km_param p;
	bool shareable;
	int ret;

	/*
	 * Not authenticated yet, but a forged SHAREABLE changes the enforced set
	 * and with it the KEK: it opens nothing that it would not open anyway.
	 */
	shareable = km_params_find(&u->blob.enforced, KM_TAG_LINUX_SHAREABLE, &p);
	ret = km_hidden_make(&u->hidden, open->params, shareable, open->owner);
	if (!ret) {
		key->trust = u->hidden.trust;
		ret = unwrap_under(key, u, KM_ROOT_NOW);
		if (ret == -EBADMSG)
			ret = unwrap_under(key, u, KM_ROOT_BEFORE);
		km_hidden_free(&u->hidden);
	}
	if (ret)
		return ret == -ENOMEM ? KM_ERROR_MEMORY_ALLOCATION_FAILED :
					KM_ERROR_INVALID_KEY_BLOB;
	/* What it promises a blob without a slot cannot hold: none such is made here. */
	if (!u->blob.slot && (km_params_find(&u->blob.enforced, KM_TAG_ROLLBACK_RESISTANCE, &p) ||
			      km_params_find(&u->blob.unenforced, KM_TAG_ROLLBACK_RESISTANCE, &p)))
		return KM_ERROR_INVALID_KEY_BLOB;
	key->format = u->blob.format;
	key->slot = u->blob.slot;
	key->policy.enforced = u->blob.enforced;
	key->policy.unenforced = u->blob.unenforced;
	return KM_ERROR_OK;
}

static enum km_error unwrap(struct km_key *key, const struct km_key_open *open)
{
	struct km_slot_secrets secrets;
	struct unwrapping u = {};
	enum km_error err;

	if (!parse(&u.blob, key))
		return KM_ERROR_INVALID_KEY_BLOB;
	if (!u.blob.slot)
		return unwrap_with(key, open, &u);
	if (!slot_id(&u.blob) || !km_count_secrets(slot_id(&u.blob), u.blob.slot, &secrets))
		return KM_ERROR_INVALID_KEY_BLOB;
	u.slot = &secrets;
	err = unwrap_with(key, open, &u);
	memzero_explicit(&secrets, sizeof(secrets));
	return err;
}

/**
 * km_key_open() - open a blob
 * @open: the blob and what it is bound to
 * @key: [out] the key; km_key_put() it
 *
 * Return: Keymaster code. Context: may sleep.
 */
enum km_error km_key_open(const struct km_key_open *open, struct km_key **key)
{
	struct km_key *k;
	enum km_error err;

	if (!km_root_source())
		return KM_ERROR_KEYMASTER_NOT_CONFIGURED;
	k = kzalloc(sizeof(*k), GFP_KERNEL_ACCOUNT);
	if (!k)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	refcount_set(&k->refs, 1);
	err = KM_ERROR_MEMORY_ALLOCATION_FAILED;
	k->blob_len = open->len;
	k->blob = kvmalloc(open->len, GFP_KERNEL_ACCOUNT);
	if (!k->blob)
		goto err_put;
	memcpy(k->blob, open->blob, open->len);
	err = unwrap(k, open);
	if (err)
		goto err_put;
	km_policy_read(&k->policy);
	if (k->policy.limited || k->policy.counted || k->slot)
		km_usage_name(k->usage_id, &k->policy.enforced, k->blob, k->blob_len);
	km_spec_read(&k->alg.spec, &k->policy.enforced);
	km_spec_read(&k->alg.spec, &k->policy.unenforced);
	km_version_read(&k->version, &k->policy.enforced);
	km_version_read(&k->version, &k->policy.unenforced);
	k->alg.alg = km_alg_of(&k->alg.spec);
	err = k->alg.alg ? k->alg.alg->load(&k->alg) : KM_ERROR_INVALID_KEY_BLOB;
	if (err)
		goto err_put;
	*key = k;
	return KM_ERROR_OK;

err_put:
	km_key_put(k);
	return err;
}

/**
 * km_key_delete() - a blob is not going to be used any more
 * @del: the blob, and who says so
 *
 * Frees what is kept for it, if anything is. The blob is not opened, which would
 * take APPLICATION_ID: only its maker's slot can be meant, and whoever makes up a blob
 * with the id of a key of his own closes that one.
 *
 * Return: KM_ERROR_OK, SECURE_HW_COMMUNICATION_FAILED. Context: may sleep.
 */
enum km_error km_key_delete(const struct km_key_delete *del)
{
	struct km_blob blob;
	const u8 *id;

	if (km_blob_parse(&blob, del->blob, del->len))
		return KM_ERROR_OK;
	id = slot_id(&blob);
	if (!id)
		return KM_ERROR_OK;
	return del->whole ? km_count_delete_key(id, del->owner) :
			    km_count_delete(id, blob.slot, del->owner);
}

/**
 * km_key_get() - one more reference
 * @key: the key
 *
 * Return: @key.
 */
struct km_key *km_key_get(struct km_key *key)
{
	refcount_inc(&key->refs);
	return key;
}

/**
 * km_key_put() - give a reference back; the last one wipes the key
 * @key: the key, may be NULL
 */
void km_key_put(struct km_key *key)
{
	if (!key || !refcount_dec_and_test(&key->refs))
		return;
	if (key->alg.alg)
		key->alg.alg->unload(&key->alg);
	km_secret_free(key->alg.material);
	kvfree(key->blob);
	kfree(key);
}

/*
 * A key that was loaded before does not outlive its slot, nor a change of the root of trust,
 * nor the root key that it came from.
 */
static enum km_error check_existence(const struct km_key *key)
{
	enum km_error err = km_root_check_number(key->root);

	if (!km_root_of_trust_is(key->trust))
		return KM_ERROR_INVALID_KEY_BLOB;
	if (key->slot && km_count_check_slot(key->usage_id, key->slot))
		return KM_ERROR_INVALID_KEY_BLOB;
	return err;
}

/**
 * km_key_check() - may a key be used on this system, as it is configured now?
 * @key: the key
 *
 * At every use but export, to which the versions do not matter (operations.md 5.2).
 *
 * Return: KM_ERROR_OK, KEY_REQUIRES_UPGRADE, INVALID_KEY_BLOB.
 */
enum km_error km_key_check(const struct km_key *key)
{
	enum km_error err = check_existence(key);

	return err ? err : km_version_check(&key->version);
}

/**
 * km_key_export() - the public half of a key
 * @key: the key
 * @key_format: KM_KEY_FORMAT_X509
 * @out: [out] buffer
 * @len: [in] room, KM_EXPORT_MAX is enough, [out] bytes written
 *
 * Return: Keymaster code.
 */
enum km_error km_key_export(const struct km_key *key, u32 key_format, u8 *out, size_t *len)
{
	enum km_error err = check_existence(key);

	if (err && err != KM_ERROR_KEY_REQUIRES_UPGRADE)
		return err;
	if (key_format != KM_KEY_FORMAT_X509 || !key->alg.alg->export)
		return KM_ERROR_UNSUPPORTED_KEY_FORMAT;
	return key->alg.alg->export(&key->alg, out, len);
}
