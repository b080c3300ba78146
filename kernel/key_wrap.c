// SPDX-License-Identifier: GPL-2.0-only
/*
 * What making, opening and upgrading a key's blob have in common.
 * Between key.c, key_make.c and key_upgrade.c, and blob.c: hidden set, master keys, the seal.
 */
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>
#include "alg.h"
#include "key_wrap.h"
#include "version.h"

/**
 * km_blob_master_of() - the master keys of a format
 * @format: KM_FORMAT_*
 * @slot: what a blob with a slot depends on, NULL for other formats
 * @root: the root key
 * @master: [out] them
 *
 * Return: false for a format that is not made or opened here.
 */
bool km_blob_master_of(u8 format, const struct km_slot_secrets *slot,
		       const struct km_root *root, struct km_blob_master *master)
{
	memset(master, 0, sizeof(*master));
	master->ocb = root->keys[KM_ROOT_KEY_BLOB_OCB];
	master->prk = root->keys[KM_ROOT_KEY_BLOB_GCM];
	if (!slot)
		return format == KM_FORMAT_OCB || format == KM_FORMAT_GCM_VERSIONED;
	master->slot = (struct km_piece){ slot->slot, sizeof(slot->slot) };
	master->reset = (struct km_piece){ slot->reset, sizeof(slot->reset) };
	return format == KM_FORMAT_GCM_SLOT_VERSIONED;
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
	struct km_piece rot;
	unsigned int i;
	u32 bytes = 0;
	u8 *wire;

	memset(h, 0, sizeof(*h));
	h->trust = km_root_of_trust(&rot);
	for (i = 0; i < ARRAY_SIZE(app_tags); i++) {
		has[i] = km_params_find(params, app_tags[i], &app[i]);
		if (has[i])
			bytes += app[i].len;
	}
	/* No key was made with more, see KM_DESCRIPTION_MAX. */
	if (bytes > KM_DESCRIPTION_MAX)
		return -EINVAL;
	if (km_params_buf_init(&h->buf, 4 * 12, bytes + rot.len))
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(app_tags); i++)
		if (has[i])
			km_params_add(&h->buf, &app[i]);
	km_params_add_bytes(&h->buf, KM_TAG_ROOT_OF_TRUST, rot.data, rot.len);
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

/**
 * km_view_of() - a set that was put together, as who opens the blob will see it
 * @view: [out] the set
 * @buf: what it was put together in
 * @wire: [out] the bytes that it is a view of; kfree() them, also after a failure
 *
 * Return: 0, -EINVAL for one that is not complete, -ENOMEM.
 */
int km_view_of(struct km_params *view, const struct km_params_buf *buf, u8 **wire)
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

/**
 * km_seal() - make a blob
 * @s: what goes into it, and the result
 *
 * Return: Keymaster code. Context: may sleep.
 */
enum km_error km_seal(struct km_seal *s)
{
	struct km_blob blob = {
		.format = s->format, .cipher_len = s->material->len,
		.kdf_version = KM_KDF_VERSION, .addl_info = KM_ADDL_INFO,
		.slot = s->slot ? s->slot->number : 0,
	};
	struct km_root *root = km_root_get(KM_ROOT_NOW);
	u8 nonce[KM_BLOB_NONCE], *enforced = NULL, *unenforced = NULL;
	struct km_blob_master master;
	struct km_hidden hidden = {};
	int ret;

	get_random_bytes(nonce, sizeof(nonce));
	blob.nonce = nonce;
	ret = km_view_of(&blob.enforced, s->enforced, &enforced);
	if (!ret)
		ret = km_view_of(&blob.unenforced, s->unenforced, &unenforced);
	if (!ret)
		ret = km_hidden_make(&hidden, s->params, s->shareable, s->owner);
	if (ret)
		goto out;
	s->blob_len = km_blob_size(&blob);
	ret = -EINVAL;
	if (s->blob_len > KM_BLOB_MAX || !root ||
	    !km_blob_master_of(s->format, s->slot, root, &master))
		goto out;
	s->blob = kvmalloc(s->blob_len, GFP_KERNEL_ACCOUNT);
	ret = s->blob ? km_blob_seal(&blob, &master, &hidden.wire, s->material, s->blob) :
			-ENOMEM;
	if (ret) {
		kvfree(s->blob);
		s->blob = NULL;
	}
out:
	km_hidden_free(&hidden);
	kfree(unenforced);
	kfree(enforced);
	km_root_put(root);
	return km_error_of(ret);
}
