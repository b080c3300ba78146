// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys: open, hold, export; what their blobs are bound to (operations.md section 2).
 * Called by dev*.c and keytype.c; unwraps with blob.c, key_make.c makes what is opened here.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include "key.h"
#include "key_wrap.h"
#include "root.h"
#include "spec.h"

/* The most that material takes: RSA of 4096 bits needs 2.4 KiB. */
#define MATERIAL_MAX	4096

static const u8 root_of_trust[] = { 'S', 'W' };

/**
 * km_blob_master_of() - the master keys of a format
 * @format: KM_FORMAT_*
 * @master: [out] them
 *
 * Return: false for a format that is not made or opened here.
 */
bool km_blob_master_of(u8 format, struct km_blob_master *master)
{
	memset(master, 0, sizeof(*master));
	master->ocb = km_root_key(KM_ROOT_KEY_BLOB_OCB);
	master->prk = km_root_key(KM_ROOT_KEY_BLOB_GCM);
	return format == KM_FORMAT_OCB || format == KM_FORMAT_GCM_VERSIONED;
}

/**
 * km_hidden_free() - wipe and free a hidden set
 * @h: the set
 */
void km_hidden_free(struct km_hidden *h)
{
	if (h->wire.data)
		kfree_sensitive(h->wire.data);
	km_params_buf_free(&h->buf);
}

/**
 * km_hidden_make() - the hidden set of a key
 * @h: [out] the set; km_hidden_free() it after success
 * @params: APPLICATION_ID and APPLICATION_DATA
 * @shareable: any user may use the key
 * @owner: who may, otherwise
 *
 * APPLICATION_ID, APPLICATION_DATA, ROOT_OF_TRUST, and whose key it is.
 *
 * Return: 0, -EINVAL, -ENOMEM.
 */
int km_hidden_make(struct km_hidden *h, const struct km_params *params, bool shareable,
		   kuid_t owner)
{
	static const u32 app_tags[] = { KM_TAG_APPLICATION_ID, KM_TAG_APPLICATION_DATA };
	struct km_param app[ARRAY_SIZE(app_tags)];
	bool has[ARRAY_SIZE(app_tags)];
	u32 bytes = sizeof(root_of_trust);
	unsigned int i;
	u8 *wire;

	memset(h, 0, sizeof(*h));
	for (i = 0; i < ARRAY_SIZE(app_tags); i++) {
		has[i] = km_params_find(params, app_tags[i], &app[i]);
		if (has[i])
			bytes += app[i].len;
	}
	/* No key was made with more, see KM_DESCRIPTION_MAX. */
	if (bytes > KM_DESCRIPTION_MAX)
		return -EINVAL;
	if (km_params_buf_init(&h->buf, 4 * 12, bytes))
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(app_tags); i++)
		if (has[i])
			km_params_add(&h->buf, &app[i]);
	km_params_add_bytes(&h->buf, KM_TAG_ROOT_OF_TRUST, root_of_trust, sizeof(root_of_trust));
	if (!shareable)
		km_params_add_int(&h->buf, KM_TAG_LINUX_OWNER_UID, __kuid_val(owner));
	h->wire.len = km_params_wire_len(&h->buf);
	wire = kmalloc(h->wire.len, GFP_KERNEL_ACCOUNT);
	if (!wire) {
		km_params_buf_free(&h->buf);
		return -ENOMEM;
	}
	km_params_write(&h->buf, wire);
	h->wire.data = wire;
	return 0;
}

static enum km_error unwrap(struct km_key *key, const struct km_key_open *open)
{
	struct km_blob_master master;
	struct km_hidden hidden;
	struct km_blob blob;
	struct km_param p;
	bool shareable;
	int ret;

	if (km_blob_parse(&blob, key->blob, key->blob_len) ||
	    !km_blob_master_of(blob.format, &master))
		return KM_ERROR_INVALID_KEY_BLOB;
	/* Before it is believed: memory in one piece is not for a forger to spend. */
	if (blob.cipher_len > MATERIAL_MAX)
		return KM_ERROR_INVALID_KEY_BLOB;
	if (blob.format == KM_FORMAT_GCM_VERSIONED &&
	    (blob.kdf_version != KM_KDF_VERSION || blob.addl_info != KM_ADDL_INFO))
		return KM_ERROR_INVALID_KEY_BLOB;
	/*
	 * Not authenticated yet, but a forged SHAREABLE changes the enforced set
	 * and with it the KEK: it opens nothing that it would not open anyway.
	 */
	shareable = km_params_find(&blob.enforced, KM_TAG_LINUX_SHAREABLE, &p);
	ret = km_hidden_make(&hidden, open->params, shareable, open->owner);
	if (!ret) {
		ret = km_blob_open(&blob, &master, &hidden.wire, &key->alg.material);
		km_hidden_free(&hidden);
	}
	if (ret)
		return ret == -ENOMEM ? KM_ERROR_MEMORY_ALLOCATION_FAILED :
					KM_ERROR_INVALID_KEY_BLOB;
	key->policy.enforced = blob.enforced;
	key->policy.unenforced = blob.unenforced;
	return KM_ERROR_OK;
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
	km_spec_read(&k->alg.spec, &k->policy.enforced);
	km_spec_read(&k->alg.spec, &k->policy.unenforced);
	k->alg.alg = km_alg_find(k->alg.spec.algorithm);
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
	if (key_format != KM_KEY_FORMAT_X509 || !key->alg.alg->export)
		return KM_ERROR_UNSUPPORTED_KEY_FORMAT;
	return key->alg.alg->export(&key->alg, out, len);
}
