/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * HMAC-SHA256 and HKDF-SHA256 (RFC 2104, RFC 5869) over messages in parts.
 * Leaf of the layers: root.c derives its keys with it, blob.c each blob's KEK.
 */
#ifndef KM_KDF_H
#define KM_KDF_H

#include "prim.h"

/* Most parts one message may have. */
#define KM_KDF_PIECES	12

void km_hmac_sha256(const u8 *key, size_t key_len, const struct km_piece *pieces,
		    unsigned int n, u8 *out);
void km_hkdf_extract(const u8 *ikm, size_t len, u8 *prk);
void km_hkdf_expand(const u8 *prk, const struct km_piece *info, unsigned int n,
		    u8 *out, size_t out_len);

#endif /* KM_KDF_H */
