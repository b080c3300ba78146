/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What making and opening a key's blob have in common.
 * Between key.c, which opens, and key_make.c, which makes.
 */
#ifndef KM_KEY_WRAP_H
#define KM_KEY_WRAP_H

#include <linux/uidgid.h>
#include "blob.h"

/* Ours, fixed: a blob that says otherwise was not made here. */
#define KM_KDF_VERSION		1
#define KM_ADDL_INFO		0

/**
 * struct km_hidden - the set that is bound into a blob and not stored in it
 * @buf: the set
 * @wire: its wire form
 */
struct km_hidden {
	struct km_params_buf buf;
	struct km_piece wire;
};

bool km_blob_master_of(u8 format, struct km_blob_master *master);
int km_hidden_make(struct km_hidden *h, const struct km_params *params, bool shareable,
		   kuid_t owner);
void km_hidden_free(struct km_hidden *h);

#endif /* KM_KEY_WRAP_H */
