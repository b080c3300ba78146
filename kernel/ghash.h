/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * GHASH (NIST SP 800-38D 6.4) in constant time, fed in parts.
 * Leaf of the layers: under gcm.c for blobs and alg_aes.c for streams.
 */
#ifndef KM_GHASH_H
#define KM_GHASH_H

#include "shim.h"

#define KM_GHASH_BLOCK	16

/* How the hash key has been prepared: for which of the two ways to multiply. */
enum km_ghash_form {
	KM_GHASH_RAW = 0,
	KM_GHASH_PARTS,
	KM_GHASH_POWERS,
};

#define KM_GHASH_POWERS_MAX	4

/**
 * struct km_ghash_power - a power of the hash key, for the carry-less multiplier
 * @half: low and high half of the power divided by x
 * @sum: the halves added
 */
struct km_ghash_power {
	u64 half[2];
	u64 sum;
};

/**
 * struct km_ghash - running GHASH
 * @h: the hash key, low and high half
 * @parts: for ghash.c: the halves, their sum and the bit reversals of these three,
 *	each in four parts of which every bit has three clear ones beside it
 * @power: for ghash_x86.h: the first to the fourth power
 * @form: which of these two is there
 * @y: the state, low and high half
 * @buf: bytes of a block that is not full yet
 * @fill: how many
 */
struct km_ghash {
	u64 h[2];
	union {
		u64 parts[6][4];
		struct km_ghash_power power[KM_GHASH_POWERS_MAX];
	};
	enum km_ghash_form form;
	u64 y[2];
	u8 buf[KM_GHASH_BLOCK];
	unsigned int fill;
};

void km_ghash_init(struct km_ghash *g, const u8 *h);
void km_ghash_update(struct km_ghash *g, const u8 *data, size_t len);
void km_ghash_pad(struct km_ghash *g);
void km_ghash_final(struct km_ghash *g, u64 aad_len, u64 data_len, u8 *out);

#endif /* KM_GHASH_H */
