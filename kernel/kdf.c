// SPDX-License-Identifier: GPL-2.0-only
/*
 * HMAC-SHA256 and HKDF-SHA256 (RFC 2104, RFC 5869) over messages in parts.
 * Leaf of the layers, on prim.c: no transform to allocate, so deriving cannot fail.
 */
#include "kdf.h"

/**
 * km_hmac_sha256() - HMAC of a message in parts
 * @key: the key
 * @key_len: its length, at most 64 bytes (longer keys are never used here)
 * @pieces: the parts
 * @n: how many, at most KM_KDF_PIECES
 * @out: 32 bytes
 */
void km_hmac_sha256(const u8 *key, size_t key_len, const struct km_piece *pieces,
		    unsigned int n, u8 *out)
{
	struct km_piece part[KM_KDF_PIECES + 1];
	u8 pad[KM_SHA256_BLOCK], inner[KM_SHA256_SIZE];
	size_t i;

	memset(pad, 0x36, sizeof(pad));
	for (i = 0; i < key_len && i < sizeof(pad); i++)
		pad[i] ^= key[i];
	part[0].data = pad;
	part[0].len = sizeof(pad);
	for (i = 0; i < n && i < KM_KDF_PIECES; i++)
		part[i + 1] = pieces[i];
	km_sha256(part, i + 1, inner);

	for (i = 0; i < sizeof(pad); i++)
		pad[i] ^= 0x36 ^ 0x5c;
	part[1].data = inner;
	part[1].len = sizeof(inner);
	km_sha256(part, 2, out);

	memzero_explicit(pad, sizeof(pad));
	memzero_explicit(inner, sizeof(inner));
}

/**
 * km_hkdf_extract() - HKDF-Extract with an absent salt
 * @ikm: input key
 * @len: its length
 * @prk: [out] 32 bytes
 */
void km_hkdf_extract(const u8 *ikm, size_t len, u8 *prk)
{
	static const u8 salt[KM_SHA256_SIZE];
	const struct km_piece piece = { ikm, len };

	km_hmac_sha256(salt, sizeof(salt), &piece, 1, prk);
}

/**
 * km_hkdf_expand() - HKDF-Expand of one block
 * @prk: 32 bytes from km_hkdf_extract()
 * @info: the context, in parts
 * @n: how many, at most KM_KDF_PIECES - 1
 * @out: [out] the key
 * @out_len: its length, at most 32: nothing here needs a second block
 */
void km_hkdf_expand(const u8 *prk, const struct km_piece *info, unsigned int n,
		    u8 *out, size_t out_len)
{
	static const u8 one = 1;
	struct km_piece part[KM_KDF_PIECES];
	u8 t[KM_SHA256_SIZE];
	unsigned int i;

	for (i = 0; i < n && i < KM_KDF_PIECES - 1; i++)
		part[i] = info[i];
	part[i].data = &one;
	part[i].len = 1;
	km_hmac_sha256(prk, KM_SHA256_SIZE, part, i + 1, t);
	memcpy(out, t, min(out_len, sizeof(t)));
	memzero_explicit(t, sizeof(t));
}
