/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AES-256-GCM of short messages in one go, without additional data.
 * Leaf of the layers: what blob.c seals key material with.
 */
#ifndef KM_GCM_H
#define KM_GCM_H

#include "prim.h"

#define KM_GCM_NONCE	12
#define KM_GCM_TAG	16

int km_gcm_seal(const struct km_piece *key, const u8 *nonce, const struct km_piece *plain,
		u8 *cipher, u8 *tag);
int km_gcm_open(const struct km_piece *key, const u8 *nonce, const struct km_piece *cipher,
		const u8 *tag, u8 *plain);

#endif /* KM_GCM_H */
