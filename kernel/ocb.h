/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AES-OCB (RFC 7253) of short messages, 96-bit nonce, 128-bit tag.
 * Leaf of the layers: what blob.c seals the material of format-0 blobs with.
 */
#ifndef KM_OCB_H
#define KM_OCB_H

#include "prim.h"

#define KM_OCB_NONCE	12
#define KM_OCB_TAG	16

/**
 * struct km_ocb - one message for OCB
 * @key: AES key of 16, 24 or 32 bytes
 * @nonce: 12 bytes, never used twice under one key
 * @aad: additional data (none in blobs; RFC 7253's vectors have some)
 */
struct km_ocb {
	struct km_piece key;
	const u8 *nonce;
	struct km_piece aad;
};

int km_ocb_seal(const struct km_ocb *ocb, const struct km_piece *plain, u8 *cipher, u8 *tag);
int km_ocb_open(const struct km_ocb *ocb, const struct km_piece *cipher, const u8 *tag,
		u8 *plain);

#endif /* KM_OCB_H */
