// SPDX-License-Identifier: GPL-2.0-only
/*
 * GHASH (NIST SP 800-38D 6.4) in constant time, fed in parts.
 * Leaf of the layers: under gcm.c for blobs and alg_aes.c for streams.
 *
 * Why our own: the kernel offers no incremental GCM, its ghash transform is
 * gone from 7.x, and ghash-generic looks tables up by the data times the key.
 * Here a carry-less product is made of ordinary multiplications of operands
 * with three of every four bits cleared, so that carries never reach a bit
 * that counts: no table, no branch, nothing for a cache to tell.
 */
#include "ghash.h"

/* The low 64 bits of the carry-less product. */
static u64 clmul_low(u64 x, u64 y)
{
	const u64 m = 0x1111111111111111ULL;
	u64 x0 = x & m, x1 = x & m << 1, x2 = x & m << 2, x3 = x & m << 3;
	u64 y0 = y & m, y1 = y & m << 1, y2 = y & m << 2, y3 = y & m << 3;
	u64 z0 = (x0 * y0) ^ (x1 * y3) ^ (x2 * y2) ^ (x3 * y1);
	u64 z1 = (x0 * y1) ^ (x1 * y0) ^ (x2 * y3) ^ (x3 * y2);
	u64 z2 = (x0 * y2) ^ (x1 * y1) ^ (x2 * y0) ^ (x3 * y3);
	u64 z3 = (x0 * y3) ^ (x1 * y2) ^ (x2 * y1) ^ (x3 * y0);

	return (z0 & m) | (z1 & m << 1) | (z2 & m << 2) | (z3 & m << 3);
}

static u64 reverse_bits(u64 x)
{
	x = (x & 0x5555555555555555ULL) << 1 | (x >> 1 & 0x5555555555555555ULL);
	x = (x & 0x3333333333333333ULL) << 2 | (x >> 2 & 0x3333333333333333ULL);
	x = (x & 0x0f0f0f0f0f0f0f0fULL) << 4 | (x >> 4 & 0x0f0f0f0f0f0f0f0fULL);
	return __builtin_bswap64(x);
}

/* y := y * h; high halves of products come from the bit-reversed operands. */
static void multiply(struct km_ghash *g)
{
	u64 y0 = g->y[0], y1 = g->y[1], y0r = reverse_bits(y0), y1r = reverse_bits(y1);
	u64 y2 = y0 ^ y1, y2r = y0r ^ y1r;
	u64 z0 = clmul_low(y0, g->h[0]), z0h = clmul_low(y0r, g->h[3]);
	u64 z1 = clmul_low(y1, g->h[1]), z1h = clmul_low(y1r, g->h[4]);
	u64 z2 = clmul_low(y2, g->h[2]), z2h = clmul_low(y2r, g->h[5]);
	u64 v0, v1, v2, v3;

	z2 ^= z0 ^ z1;
	z2h ^= z0h ^ z1h;
	z0h = reverse_bits(z0h) >> 1;
	z1h = reverse_bits(z1h) >> 1;
	z2h = reverse_bits(z2h) >> 1;

	/* The 255-bit product, one bit low because GCM counts bits backwards. */
	v3 = z1h << 1 | (z1 ^ z2h) >> 63;
	v2 = (z1 ^ z2h) << 1 | (z0h ^ z2) >> 63;
	v1 = (z0h ^ z2) << 1 | z0 >> 63;
	v0 = z0 << 1;

	/* Modulo x^128 + x^7 + x^2 + x + 1. */
	v2 ^= v0 ^ v0 >> 1 ^ v0 >> 2 ^ v0 >> 7;
	v1 ^= v0 << 63 ^ v0 << 62 ^ v0 << 57;
	v3 ^= v1 ^ v1 >> 1 ^ v1 >> 2 ^ v1 >> 7;
	v2 ^= v1 << 63 ^ v1 << 62 ^ v1 << 57;
	g->y[0] = v2;
	g->y[1] = v3;
}

static void absorb(struct km_ghash *g, const u8 *block)
{
	g->y[1] ^= get_unaligned_be64(block);
	g->y[0] ^= get_unaligned_be64(block + 8);
	multiply(g);
}

/**
 * km_ghash_init() - start
 * @g: the state
 * @h: hash key, 16 bytes
 */
void km_ghash_init(struct km_ghash *g, const u8 *h)
{
	memset(g, 0, sizeof(*g));
	g->h[1] = get_unaligned_be64(h);
	g->h[0] = get_unaligned_be64(h + 8);
	g->h[2] = g->h[0] ^ g->h[1];
	g->h[3] = reverse_bits(g->h[0]);
	g->h[4] = reverse_bits(g->h[1]);
	g->h[5] = g->h[3] ^ g->h[4];
}

/**
 * km_ghash_update() - absorb bytes
 * @g: the state
 * @data: the bytes
 * @len: how many
 */
void km_ghash_update(struct km_ghash *g, const u8 *data, size_t len)
{
	size_t n;

	if (g->fill) {
		n = min(len, (size_t)(KM_GHASH_BLOCK - g->fill));
		memcpy(g->buf + g->fill, data, n);
		g->fill += n;
		data += n;
		len -= n;
		if (g->fill < KM_GHASH_BLOCK)
			return;
		absorb(g, g->buf);
		g->fill = 0;
	}
	for (; len >= KM_GHASH_BLOCK; data += KM_GHASH_BLOCK, len -= KM_GHASH_BLOCK)
		absorb(g, data);
	if (len)
		memcpy(g->buf, data, len);
	g->fill = len;
}

/**
 * km_ghash_pad() - fill the last block with zeros: between AAD and data
 * @g: the state
 */
void km_ghash_pad(struct km_ghash *g)
{
	if (!g->fill)
		return;
	memset(g->buf + g->fill, 0, KM_GHASH_BLOCK - g->fill);
	absorb(g, g->buf);
	g->fill = 0;
}

/**
 * km_ghash_final() - absorb the lengths and give the hash
 * @g: the state; wiped
 * @aad_len: bytes of additional data
 * @data_len: bytes of ciphertext
 * @out: 16 bytes
 */
void km_ghash_final(struct km_ghash *g, u64 aad_len, u64 data_len, u8 *out)
{
	u8 lengths[KM_GHASH_BLOCK];

	km_ghash_pad(g);
	put_unaligned_be64(aad_len * 8, lengths);
	put_unaligned_be64(data_len * 8, lengths + 8);
	absorb(g, lengths);
	put_unaligned_be64(g->y[1], out);
	put_unaligned_be64(g->y[0], out + 8);
	memzero_explicit(g, sizeof(*g));
}
