/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What making, opening and upgrading a key's blob have in common.
 * Between key.c, key_make.c and key_upgrade.c, and blob.c.
 */
#ifndef KM_KEY_WRAP_H
#define KM_KEY_WRAP_H

#include <linux/uidgid.h>
#include "blob.h"
#include "count.h"
#include "root.h"

/* Ours, fixed: a blob that says otherwise was not made here. */
#define KM_KDF_VERSION		1
#define KM_ADDL_INFO		0

/**
 * struct km_hidden - the set that is bound into a blob and not stored in it
 * @buf: the set
 * @wire: its wire form
 * @trust: the root of trust in it, for km_root_of_trust_is()
 */
struct km_hidden {
	struct km_params_buf buf;
	struct km_piece wire;
	u32 trust;
};

/**
 * struct km_seal - a blob to make
 * @format: [in] KM_FORMAT_*
 * @enforced: [in] first set
 * @unenforced: [in] second set
 * @params: [in] APPLICATION_ID and APPLICATION_DATA
 * @shareable: [in] any user may use the key
 * @owner: [in] who may, otherwise
 * @material: [in] the secret
 * @slot: [in] what else it depends on, for a format with a slot; or NULL
 * @blob: [out] the blob; kvfree() it
 * @blob_len: [out] its length
 */
struct km_seal {
	u8 format;
	const struct km_params_buf *enforced;
	const struct km_params_buf *unenforced;
	const struct km_params *params;
	bool shareable;
	kuid_t owner;
	const struct km_secret *material;
	const struct km_slot_secrets *slot;
	u8 *blob;
	size_t blob_len;
};

bool km_blob_master_of(u8 format, const struct km_slot_secrets *slot,
		       const struct km_root *root, struct km_blob_master *master);
int km_hidden_make(struct km_hidden *h, const struct km_params *params, bool shareable,
		   kuid_t owner);
void km_hidden_free(struct km_hidden *h);
int km_view_of(struct km_params *view, const struct km_params_buf *buf, u8 **wire);
enum km_error km_seal(struct km_seal *s);

#endif /* KM_KEY_WRAP_H */
