/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ECIES-KEM (ISO 18033-2, 10.2): a fresh key for the owner of an EC key pair.
 * Leaf of the layers, on ec.c and derive.c; builds in userspace too.
 */
#ifndef KM_ECIES_H
#define KM_ECIES_H

#include "derive.h"
#include "ec.h"

/* Longest C0: an uncompressed point. */
#define KM_ECIES_C0_MAX		(1 + 2 * KM_EC_MAX_BYTES)

/**
 * struct km_ecies - the choices that both sides make alike
 * @curve: the curve; its cofactor is 1, so that none of the cofactor modes differ
 * @hash: digest of the key derivation
 * @first: its first counter: 0 for KDF1, 1 for KDF2
 * @single_hash: derive from the common point alone, and not from C0 before it
 */
struct km_ecies {
	const struct km_curve *curve;
	const struct km_kdf_hash *hash;
	u32 first;
	bool single_hash;
};

/**
 * struct km_ecies_to - whom a key is for, and by which randomness
 * @x: public key, curve's bytes
 * @y: likewise
 * @r: a random scalar, used once
 */
struct km_ecies_to {
	const u8 *x;
	const u8 *y;
	const u8 *r;
};

/**
 * struct km_ecies_key - the key that comes out
 * @data: the bytes
 * @len: how many there are to be
 */
struct km_ecies_key {
	u8 *data;
	size_t len;
};

size_t km_ecies_c0_len(const struct km_ecies *e);
int km_ecies_encrypt(const struct km_ecies *e, const struct km_ecies_to *to, u8 *c0,
		     const struct km_ecies_key *key);
int km_ecies_decrypt(const struct km_ecies *e, const u8 *d, const struct km_piece *c0,
		     const struct km_ecies_key *key);

#endif /* KM_ECIES_H */
