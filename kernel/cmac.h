/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AES-CMAC (NIST SP 800-38B, RFC 4493) of a message in parts.
 * Leaf of the layers, on prim.c; the pseudorandom function of CKDF.
 */
#ifndef KM_CMAC_H
#define KM_CMAC_H

#include "prim.h"

/**
 * struct km_cmac - a key, ready for messages; the caller wipes it
 * @aes: the expanded key
 * @k1: what is added to a last block that is full
 * @k2: what is added to one that is not
 */
struct km_cmac {
	struct km_aes aes;
	u8 k1[KM_AES_BLOCK];
	u8 k2[KM_AES_BLOCK];
};

int km_cmac_setkey(struct km_cmac *cmac, const u8 *key, size_t len);
void km_cmac(const struct km_cmac *cmac, const struct km_piece *pieces, unsigned int n, u8 *out);

#endif /* KM_CMAC_H */
