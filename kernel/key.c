// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys: make, bring in, open, describe, export (operations.md section 2).
 * Called by dev.c and keytype.c; wraps with blob.c, computes with alg_*.c.
 */
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include "blob.h"
#include "key.h"
#include "root.h"
#include "spec.h"

/* Ours, fixed: a blob that says otherwise was not made here. */
#define KDF_VERSION	1
#define ADDL_INFO	0
#define KEY_ID_SIZE	16
/* The most that material takes: RSA of 4096 bits needs 2.4 KiB. */
#define MATERIAL_MAX	4096
/* Tags that are appended: 8 entries of at most 12 bytes, and the key id. */
#define APPENDED	96

static const u8 root_of_trust[] = { 'S', 'W' };

static bool master_of(u8 format, struct km_blob_master *master)
{
	memset(master, 0, sizeof(*master));
	master->ocb = km_root_key(KM_ROOT_KEY_BLOB_OCB);
	master->prk = km_root_key(KM_ROOT_KEY_BLOB_GCM);
	return format == KM_FORMAT_OCB || format == KM_FORMAT_GCM_VERSIONED;
}

/**
 * struct hidden - the set that is bound into a blob and not stored in it
 * @buf: the set
 * @wire: its wire form
 */
struct hidden {
	struct km_params_buf buf;
	struct km_piece wire;
};

static void hidden_free(struct hidden *h)
{
	if (h->wire.data)
		kfree_sensitive(h->wire.data);
	km_params_buf_free(&h->buf);
}

/* APPLICATION_ID, APPLICATION_DATA, ROOT_OF_TRUST, and whose key it is. */
static int hidden_make(struct hidden *h, const struct km_params *params, bool shareable,
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

/* What becomes of a tag of a key description: tags.md section 6. */
enum fate {
	FATE_ENFORCED,
	FATE_UNENFORCED,
	FATE_DROPPED,		/* hidden, or a parameter of something else */
	FATE_ATTESTATION,	/* means something for asymmetric keys only */
	FATE_INVALID,
	FATE_UNAVAILABLE,
	FATE_UNSUPPORTED,
};

static enum fate fate_of(u32 tag)
{
	switch (tag) {
	case KM_TAG_PURPOSE:
	case KM_TAG_ALGORITHM:
	case KM_TAG_KEY_SIZE:
	case KM_TAG_BLOCK_MODE:
	case KM_TAG_DIGEST:
	case KM_TAG_PADDING:
	case KM_TAG_CALLER_NONCE:
	case KM_TAG_MIN_MAC_LENGTH:
	case KM_TAG_EC_CURVE:
	case KM_TAG_RSA_PUBLIC_EXPONENT:
	case KM_TAG_RSA_OAEP_MGF_DIGEST:
	case KM_TAG_BOOTLOADER_ONLY:
	case KM_TAG_ACTIVE_DATETIME:
	case KM_TAG_ORIGINATION_EXPIRE_DATETIME:
	case KM_TAG_USAGE_EXPIRE_DATETIME:
	case KM_TAG_USER_SECURE_ID:
	case KM_TAG_NO_AUTH_REQUIRED:
	case KM_TAG_USER_AUTH_TYPE:
	case KM_TAG_AUTH_TIMEOUT:
	case KM_TAG_LINUX_SHAREABLE:
		return FATE_ENFORCED;
	case KM_TAG_BLOB_USAGE_REQUIREMENTS:
	case KM_TAG_ALL_USERS:
	case KM_TAG_USER_ID:
	case KM_TAG_ALL_APPLICATIONS:
	case KM_TAG_CREATION_DATETIME:
		return FATE_UNENFORCED;
	case KM_TAG_APPLICATION_ID:
	case KM_TAG_APPLICATION_DATA:
	case KM_TAG_ALLOW_WHILE_ON_BODY:
	case KM_TAG_ASSOCIATED_DATA:
	case KM_TAG_AUTH_TOKEN:
	case KM_TAG_CONFIRMATION_TOKEN:
	case KM_TAG_MAC_LENGTH:
	case KM_TAG_NONCE:
	case KM_TAG_CERTIFICATE_SERIAL:
	case KM_TAG_CERTIFICATE_SUBJECT:
	case KM_TAG_CERTIFICATE_NOT_BEFORE:
	case KM_TAG_CERTIFICATE_NOT_AFTER:
	case KM_TAG_RESET_SINCE_ID_ROTATION:
		return FATE_DROPPED;
	case KM_TAG_INCLUDE_UNIQUE_ID:
	case KM_TAG_ATTESTATION_CHALLENGE:
	case KM_TAG_ATTESTATION_APPLICATION_ID:
	case KM_TAG_ATTESTATION_ID_BRAND:
	case KM_TAG_ATTESTATION_ID_DEVICE:
	case KM_TAG_ATTESTATION_ID_PRODUCT:
	case KM_TAG_ATTESTATION_ID_SERIAL:
	case KM_TAG_ATTESTATION_ID_IMEI:
	case KM_TAG_ATTESTATION_ID_MEID:
	case KM_TAG_ATTESTATION_ID_MANUFACTURER:
	case KM_TAG_ATTESTATION_ID_MODEL:
	case KM_TAG_ATTESTATION_ID_SECOND_IMEI:
		return FATE_ATTESTATION;
	case KM_TAG_ORIGIN:
	case KM_TAG_ROOT_OF_TRUST:
	case KM_TAG_OS_VERSION:
	case KM_TAG_OS_PATCHLEVEL:
	case KM_TAG_VENDOR_PATCHLEVEL:
	case KM_TAG_BOOT_PATCHLEVEL:
	case KM_TAG_LINUX_KEY_ID:
	case KM_TAG_LINUX_OWNER_UID:
		return FATE_INVALID;
	case KM_TAG_ROLLBACK_RESISTANCE:
		return FATE_UNAVAILABLE;
	default:
		/* Unknown, or a restriction that we could not keep: refuse, never drop. */
		return FATE_UNSUPPORTED;
	}
}

/**
 * struct recipe - a key between its description and its blob
 * @spec: the description, digested
 * @enforced: first set
 * @unenforced: second set
 * @has_creation: the caller gave CREATION_DATETIME
 * @shareable: any user may use it
 */
struct recipe {
	struct km_key_spec spec;
	struct km_params_buf enforced;
	struct km_params_buf unenforced;
	bool has_creation;
	bool shareable;
};

static enum km_error sort_tag(struct recipe *r, const struct km_param *p)
{
	switch (fate_of(p->tag)) {
	case FATE_ENFORCED:
		km_params_add(&r->enforced, p);
		break;
	case FATE_UNENFORCED:
		km_params_add(&r->unenforced, p);
		break;
	case FATE_DROPPED:
		break;
	case FATE_ATTESTATION:
		if (r->spec.algorithm == KM_ALGORITHM_EC)
			return KM_ERROR_UNSUPPORTED_TAG;
		break;
	case FATE_INVALID:
		return KM_ERROR_INVALID_TAG;
	case FATE_UNAVAILABLE:
		return KM_ERROR_ROLLBACK_RESISTANCE_UNAVAILABLE;
	case FATE_UNSUPPORTED:
		return KM_ERROR_UNSUPPORTED_TAG;
	}
	r->has_creation |= p->tag == KM_TAG_CREATION_DATETIME;
	r->shareable |= p->tag == KM_TAG_LINUX_SHAREABLE;
	return KM_ERROR_OK;
}

/* A tag that may stand once stands twice: which would count? Refuse. */
static bool is_repeated(const struct km_params *set, u32 end, u32 tag)
{
	struct km_param p;
	u32 pos = 0;

	if (km_tag_repeats(tag))
		return false;
	while (km_params_next(set, &pos, &p) && pos < end)
		if (p.tag == tag)
			return true;
	return false;
}

static enum km_error sort_tags(struct recipe *r, const struct km_params *params)
{
	enum km_error err;
	struct km_param p;
	u32 pos = 0, n = 0;

	while (km_params_next(params, &pos, &p)) {
		if (++n > KM_DESCRIPTION_ENTRIES)
			return KM_ERROR_INVALID_ARGUMENT;
		err = sort_tag(r, &p);
		if (err)
			return err;
		if (is_repeated(params, pos, p.tag))
			return KM_ERROR_INVALID_TAG;
	}
	return KM_ERROR_OK;
}

/* The sets as the policy engine will see them, before anything is appended. */
static enum km_error check_policy(const struct km_params *params)
{
	struct km_policy policy = { .enforced = *params };

	km_policy_read(&policy);
	return km_authorize_new(&policy);
}

/* What the key manager itself adds: tags.md section 6. */
static void append_tags(struct recipe *r, const struct km_params *params, bool imported)
{
	u8 id[KEY_ID_SIZE];
	struct km_param p;

	if (!km_params_find(params, KM_TAG_KEY_SIZE, &p))
		km_params_add_int(&r->enforced, KM_TAG_KEY_SIZE, r->spec.key_size);
	if (r->spec.has_curve && !km_params_find(params, KM_TAG_EC_CURVE, &p))
		km_params_add_int(&r->enforced, KM_TAG_EC_CURVE, r->spec.curve);
	km_params_add_int(&r->enforced, KM_TAG_ORIGIN,
			  imported ? KM_ORIGIN_IMPORTED : KM_ORIGIN_GENERATED);
	/* Makes the KEK of every blob unique, and names the key for its counters. */
	get_random_bytes(id, sizeof(id));
	km_params_add_bytes(&r->enforced, KM_TAG_LINUX_KEY_ID, id, sizeof(id));
	if (!r->has_creation)
		km_params_add_int(&r->unenforced, KM_TAG_CREATION_DATETIME,
				  max_t(s64, ktime_to_ms(ktime_get_real()), 0));
}

static int view_of(struct km_params *view, const struct km_params_buf *buf, u8 **wire)
{
	size_t len = km_params_wire_len(buf);

	if (buf->full)
		return -EINVAL;
	*wire = kmalloc(len, GFP_KERNEL_ACCOUNT);
	if (!*wire)
		return -ENOMEM;
	km_params_write(buf, *wire);
	return km_params_parse(view, *wire, len, NULL);
}

static enum km_error seal(struct km_key_make *make, const struct recipe *r,
			  const struct km_secret *material)
{
	struct km_blob blob = {
		.format = make->format, .cipher_len = material->len,
		.kdf_version = KDF_VERSION, .addl_info = ADDL_INFO,
	};
	u8 nonce[KM_BLOB_NONCE], *enforced = NULL, *unenforced = NULL;
	struct km_blob_master master;
	struct hidden hidden = {};
	int ret;

	get_random_bytes(nonce, sizeof(nonce));
	blob.nonce = nonce;
	ret = view_of(&blob.enforced, &r->enforced, &enforced);
	if (!ret)
		ret = view_of(&blob.unenforced, &r->unenforced, &unenforced);
	if (!ret)
		ret = hidden_make(&hidden, make->params, r->shareable, make->owner);
	if (ret)
		goto out;
	make->blob_len = km_blob_size(&blob);
	ret = -EINVAL;
	if (make->blob_len > KM_BLOB_MAX || !master_of(make->format, &master))
		goto out;
	make->blob = kvmalloc(make->blob_len, GFP_KERNEL_ACCOUNT);
	ret = make->blob ? km_blob_seal(&blob, &master, &hidden.wire, material, make->blob) :
			   -ENOMEM;
	if (ret) {
		kvfree(make->blob);
		make->blob = NULL;
	}
out:
	hidden_free(&hidden);
	kfree(unenforced);
	kfree(enforced);
	return km_error_of(ret);
}

static enum km_error make_material(struct recipe *r, const struct km_import *import,
				   struct km_secret **material)
{
	const struct km_alg *alg = km_alg_find(r->spec.algorithm);
	enum km_error err;

	err = alg->check_spec(&r->spec, import);
	if (err)
		return err;
	return import ? alg->import(&r->spec, import, material) :
			alg->generate(&r->spec, material);
}

/**
 * km_key_make() - make a key, or bring one in
 * @make: description and result
 *
 * Return: Keymaster code. Context: may sleep.
 */
enum km_error km_key_make(struct km_key_make *make)
{
	u32 room = make->params->wire_len + APPENDED;
	struct km_secret *material = NULL;
	struct recipe r = {};
	enum km_error err;

	make->blob = NULL;
	if (!km_root_source())
		return KM_ERROR_KEYMASTER_NOT_CONFIGURED;
	if (make->params->wire_len > KM_DESCRIPTION_MAX)
		return KM_ERROR_INVALID_ARGUMENT;
	km_spec_read(&r.spec, make->params);
	if (!km_alg_find(r.spec.algorithm))
		return KM_ERROR_UNSUPPORTED_ALGORITHM;
	err = KM_ERROR_MEMORY_ALLOCATION_FAILED;
	if (km_params_buf_init(&r.enforced, room, room) ||
	    km_params_buf_init(&r.unenforced, room, room))
		goto out;
	err = sort_tags(&r, make->params);
	if (!err)
		err = check_policy(make->params);
	if (!err)
		err = make_material(&r, make->import, &material);
	if (err)
		goto out;
	append_tags(&r, make->params, make->import);
	err = seal(make, &r, material);
out:
	km_secret_free(material);
	km_params_buf_free(&r.unenforced);
	km_params_buf_free(&r.enforced);
	return err;
}

static enum km_error unwrap(struct km_key *key, const struct km_key_open *open)
{
	struct km_blob_master master;
	struct hidden hidden;
	struct km_blob blob;
	struct km_param p;
	bool shareable;
	int ret;

	if (km_blob_parse(&blob, key->blob, key->blob_len) || !master_of(blob.format, &master))
		return KM_ERROR_INVALID_KEY_BLOB;
	/* Before it is believed: memory in one piece is not for a forger to spend. */
	if (blob.cipher_len > MATERIAL_MAX)
		return KM_ERROR_INVALID_KEY_BLOB;
	if (blob.format == KM_FORMAT_GCM_VERSIONED &&
	    (blob.kdf_version != KDF_VERSION || blob.addl_info != ADDL_INFO))
		return KM_ERROR_INVALID_KEY_BLOB;
	/*
	 * Not authenticated yet, but a forged SHAREABLE changes the enforced set
	 * and with it the KEK: it opens nothing that it would not open anyway.
	 */
	shareable = km_params_find(&blob.enforced, KM_TAG_LINUX_SHAREABLE, &p);
	ret = hidden_make(&hidden, open->params, shareable, open->owner);
	if (!ret) {
		ret = km_blob_open(&blob, &master, &hidden.wire, &key->alg.material);
		hidden_free(&hidden);
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
