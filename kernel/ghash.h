/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * GHASH (NIST SP 800-38D 6.4) in constant time, fed in parts.
 * Leaf of the layers: under gcm.c for blobs and alg_aes.c for streams.
 */
#ifndef KM_GHASH_H
#define KM_GHASH_H

#include "shim.h"

#define KM_GHASH_BLOCK	16

/**
 * struct km_ghash - running GHASH
 * @h: the hash key, halves, and their bit reversals and sums for multiplying
 * @y: the state, low and high half
 * @buf: bytes of a block that is not full yet
 * @fill: how many
 */
struct km_ghash {
	u64 h[6];
	u64 y[2];
	u8 buf[KM_GHASH_BLOCK];
	unsigned int fill;
};

void km_ghash_init(struct km_ghash *g, const u8 *h);
void km_ghash_update(struct km_ghash *g, const u8 *data, size_t len);
void km_ghash_pad(struct km_ghash *g);
void km_ghash_final(struct km_ghash *g, u64 aad_len, u64 data_len, u8 *out);

#endif /* KM_GHASH_H */
