/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AES-GCM (NIST SP 800-38D) of whole messages in one go.
 * Leaf of the layers: blob.c seals key material with it, aes_op.c short messages.
 */
#ifndef KM_GCM_H
#define KM_GCM_H

#include "aes_x86.h"
#include "ghash.h"
#include "prim.h"

#define KM_GCM_NONCE	12
#define KM_GCM_TAG	16

/**
 * struct km_gcm_key - a key that many messages are sealed with, see km_gcm_prepare()
 * @aes: the round keys
 * @power: powers of the hash key
 */
struct km_gcm_key {
	struct km_aes_x86 aes;
	struct km_ghash_power power[KM_GHASH_POWERS_MAX];
};

/**
 * struct km_gcm_text - a message
 * @nonce: 12 bytes, never used twice for sealing under one key
 * @aad: additional data, may be NULL if there is none
 * @aad_len: its length
 * @in: plaintext to seal, ciphertext to open
 * @out: the other one, as long; may be @in, but not overlap it otherwise
 * @len: its length, less than 2^36 - 32
 */
struct km_gcm_text {
	const u8 *nonce;
	const u8 *aad;
	size_t aad_len;
	const u8 *in;
	u8 *out;
	size_t len;
};

int km_gcm_prepare(struct km_gcm_key *k, const struct km_piece *key);
int km_gcm_fast_seal(const struct km_gcm_key *k, const struct km_gcm_text *t, u8 *tag);
int km_gcm_fast_open(const struct km_gcm_key *k, const struct km_gcm_text *t, const u8 *tag,
		     size_t tag_len);
int km_gcm_portable_seal(const struct km_piece *key, const struct km_gcm_text *t, u8 *tag);
int km_gcm_portable_open(const struct km_piece *key, const struct km_gcm_text *t, const u8 *tag);

int km_gcm_seal(const struct km_piece *key, const u8 *nonce, const struct km_piece *plain,
		u8 *cipher, u8 *tag);
int km_gcm_open(const struct km_piece *key, const u8 *nonce, const struct km_piece *cipher,
		const u8 *tag, u8 *plain);

#endif /* KM_GCM_H */
