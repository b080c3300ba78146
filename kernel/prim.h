/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The primitives that are not ours: the AES block and SHA-256, below all key wrapping,
 * and SHA-512. Leaf of the layers. The module takes them from the kernel's cryptography,
 * userspace builds from libcrypto (selftests/user/prim_user.c): same interface.
 */
#ifndef KM_PRIM_H
#define KM_PRIM_H

#include "shim.h"

#define KM_AES_BLOCK	16
#define KM_SHA256_SIZE	32
#define KM_SHA256_BLOCK	64
#define KM_SHA512_SIZE	64

/* Room for the expanded key of any of the libraries that implement this. */
struct km_aes {
	u8 ctx[512] __aligned(16);
};

/**
 * struct km_piece - one part of a message that is hashed in parts
 * @data: the bytes
 * @len: how many
 */
struct km_piece {
	const void *data;
	size_t len;
};

int km_aes_setkey(struct km_aes *aes, const u8 *key, size_t len);
void km_aes_encrypt(const struct km_aes *aes, u8 *out, const u8 *in);
void km_aes_decrypt(const struct km_aes *aes, u8 *out, const u8 *in);
void km_sha256(const struct km_piece *pieces, unsigned int n, u8 *out);
int km_sha512(const struct km_piece *pieces, unsigned int n, u8 *out);

#endif /* KM_PRIM_H */
