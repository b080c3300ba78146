/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys out of secrets: HKDF (RFC 5869), KDF1 and KDF2 (ISO 18033-2), CKDF (SP 800-108).
 * Leaf of the layers, for whatever needs one; the KEKs of blobs come from kdf.c alone.
 */
#ifndef KM_DERIVE_H
#define KM_DERIVE_H

#include "prim.h"

/* Longest digest that km_kdf12() takes. */
#define KM_KDF_HASH_MAX		64

/**
 * struct km_kdf_hash - a digest, lent by the caller
 * @digest: KM_DIGEST_*
 * @size: bytes of it, KM_KDF_HASH_MAX at most
 * @run: digest of @n pieces in a row to @out: 0 or a negative errno
 */
struct km_kdf_hash {
	u32 digest;
	u32 size;
	int (*run)(u32 digest, const struct km_piece *pieces, unsigned int n, u8 *out);
};

/**
 * struct km_hkdf - what HKDF-SHA256 derives from
 * @ikm: the secret
 * @salt: public and random, or empty
 * @info: what the key is for
 */
struct km_hkdf {
	struct km_piece ikm;
	struct km_piece salt;
	struct km_piece info;
};

/**
 * struct km_kdf12 - what KDF1 and KDF2 derive from
 * @hash: the digest
 * @first: the first counter: 0 for KDF1, 1 for KDF2
 * @secret: the secret, in two pieces: ECIES has a point before it
 * @info: what the key is for; ISO 18033-2 has none, ANSI X9.63 calls it SharedInfo
 */
struct km_kdf12 {
	const struct km_kdf_hash *hash;
	u32 first;
	struct km_piece secret[2];
	struct km_piece info;
};

/**
 * struct km_ckdf - what CKDF derives from
 * @key: an AES key: 16, 24 or 32 bytes
 * @label: what the key is for
 * @context: whose it is
 */
struct km_ckdf {
	struct km_piece key;
	struct km_piece label;
	struct km_piece context;
};

int km_hkdf(const struct km_hkdf *h, u8 *out, size_t len);
int km_kdf12(const struct km_kdf12 *k, u8 *out, size_t len);
int km_ckdf(const struct km_ckdf *c, u8 *out, size_t len);

#endif /* KM_DERIVE_H */
