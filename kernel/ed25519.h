/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ed25519, signatures on edwards25519 (RFC 8032).
 * Between fe25519.h and alg_25519.c; a leaf, builds in userspace too.
 */
#ifndef KM_ED25519_H
#define KM_ED25519_H

#include "prim.h"

#define KM_ED25519_BYTES	32
#define KM_ED25519_SIG		64
/* A message comes in so many pieces: what was held back, and the rest. */
#define KM_ED25519_PIECES	2

/**
 * struct km_ed25519 - a private key, made ready
 * @scalar: the secret scalar, little-endian
 * @prefix: the secret of which nonces are made
 * @pub: the public key that belongs to @scalar
 */
struct km_ed25519 {
	u8 scalar[32];
	u8 prefix[32];
	u8 pub[KM_ED25519_BYTES];
};

int km_ed25519_init(void);
void km_ed25519_exit(void);

int km_ed25519_expand(struct km_ed25519 *key, const u8 *seed);
int km_ed25519_sign(const struct km_ed25519 *key, const struct km_piece *message, u8 *sig);
int km_ed25519_verify(const u8 *pub, const struct km_piece *message, const u8 *sig);

#endif /* KM_ED25519_H */
