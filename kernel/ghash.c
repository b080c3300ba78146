// SPDX-License-Identifier: GPL-2.0-only
/*
 * GHASH (NIST SP 800-38D 6.4) in constant time, fed in parts.
 * Leaf of the layers: under gcm.c for blobs and alg_aes.c for streams.
 *
 * Why our own: the kernel offers no incremental GCM, its ghash transform is
 * gone from 7.x, and ghash-generic looks tables up by the data times the key.
 * Where the processor has a carry-less multiplier, ghash_x86.h uses it. Here
 * a carry-less product is made of ordinary multiplications of operands with
 * three of every four bits cleared, so that carries never reach a bit that
 * counts: no table, no branch, nothing for a cache to tell.
 */
#include "ghash.h"
#include "ghash_x86.h"

#define BIT_OF_FOUR	0x1111111111111111ULL

static void split(u64 *part, u64 x)
{
	part[0] = x & BIT_OF_FOUR;
	part[1] = x & BIT_OF_FOUR << 1;
	part[2] = x & BIT_OF_FOUR << 2;
	part[3] = x & BIT_OF_FOUR << 3;
}

/* The low 64 bits of the carry-less product of x and what was split into y. */
static __always_inline u64 clmul_low(u64 x, const u64 *y)
{
	u64 x0 = x & BIT_OF_FOUR, x1 = x & BIT_OF_FOUR << 1;
	u64 x2 = x & BIT_OF_FOUR << 2, x3 = x & BIT_OF_FOUR << 3;
	u64 z;

	z = ((x0 * y[0]) ^ (x1 * y[3]) ^ (x2 * y[2]) ^ (x3 * y[1])) & BIT_OF_FOUR;
	z |= ((x0 * y[1]) ^ (x1 * y[0]) ^ (x2 * y[3]) ^ (x3 * y[2])) & BIT_OF_FOUR << 1;
	z |= ((x0 * y[2]) ^ (x1 * y[1]) ^ (x2 * y[0]) ^ (x3 * y[3])) & BIT_OF_FOUR << 2;
	z |= ((x0 * y[3]) ^ (x1 * y[2]) ^ (x2 * y[1]) ^ (x3 * y[0])) & BIT_OF_FOUR << 3;
	return z;
}

static u64 reverse_bits(u64 x)
{
	x = (x & 0x5555555555555555ULL) << 1 | (x >> 1 & 0x5555555555555555ULL);
	x = (x & 0x3333333333333333ULL) << 2 | (x >> 2 & 0x3333333333333333ULL);
	x = (x & 0x0f0f0f0f0f0f0f0fULL) << 4 | (x >> 4 & 0x0f0f0f0f0f0f0f0fULL);
	return __builtin_bswap64(x);
}

/* y := y * h; high halves of products come from the bit-reversed operands. */
static __always_inline void multiply(u64 *y, const u64 h[6][4])
{
	u64 y0r = reverse_bits(y[0]), y1r = reverse_bits(y[1]);
	u64 z0 = clmul_low(y[0], h[0]), z0h = clmul_low(y0r, h[3]);
	u64 z1 = clmul_low(y[1], h[1]), z1h = clmul_low(y1r, h[4]);
	u64 z2 = clmul_low(y[0] ^ y[1], h[2]), z2h = clmul_low(y0r ^ y1r, h[5]);
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
	y[0] = v2;
	y[1] = v3;
}

static void split_key(struct km_ghash *g)
{
	u64 h0r = reverse_bits(g->h[0]), h1r = reverse_bits(g->h[1]);

	split(g->parts[0], g->h[0]);
	split(g->parts[1], g->h[1]);
	split(g->parts[2], g->h[0] ^ g->h[1]);
	split(g->parts[3], h0r);
	split(g->parts[4], h1r);
	split(g->parts[5], h0r ^ h1r);
	g->form = KM_GHASH_PARTS;
}

static void absorb_portably(struct km_ghash *g, const u8 *data, size_t blocks)
{
	u64 y[2] = { g->y[0], g->y[1] };

	if (g->form != KM_GHASH_PARTS)
		split_key(g);
	for (; blocks; blocks--, data += KM_GHASH_BLOCK) {
		y[1] ^= get_unaligned_be64(data);
		y[0] ^= get_unaligned_be64(data + 8);
		multiply(y, g->parts);
	}
	g->y[0] = y[0];
	g->y[1] = y[1];
	memzero_explicit(y, sizeof(y));
}

#ifdef KM_X86
/* Returns how many blocks were absorbed, 0 if that cannot be done here. */
static size_t absorb_x86(struct km_ghash *g, const u8 *data, size_t blocks)
{
	struct clmul_y y = { { g->y[0], g->y[1] } };

	if (!clmul_usable())
		return 0;
	blocks = min(blocks, (size_t)KM_X86_RUN / KM_GHASH_BLOCK);
	km_x86_begin();
	if (g->form != KM_GHASH_POWERS)
		clmul_powers(g->power, g->h);
	clmul_run(&y, g->power, data, blocks);
	km_x86_end();
	g->form = KM_GHASH_POWERS;
	g->y[0] = y.half[0];
	g->y[1] = y.half[1];
	memzero_explicit(&y, sizeof(y));
	return blocks;
}
#else
static size_t absorb_x86(struct km_ghash *g, const u8 *data, size_t blocks)
{
	(void)g;
	(void)data;
	(void)blocks;
	return 0;
}
#endif

static void absorb(struct km_ghash *g, const u8 *data, size_t blocks)
{
	size_t n;

	for (; blocks; blocks -= n, data += n * KM_GHASH_BLOCK) {
		n = absorb_x86(g, data, blocks);
		if (!n) {
			absorb_portably(g, data, blocks);
			return;
		}
	}
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
		absorb(g, g->buf, 1);
		g->fill = 0;
	}
	n = len / KM_GHASH_BLOCK;
	absorb(g, data, n);
	data += n * KM_GHASH_BLOCK;
	len %= KM_GHASH_BLOCK;
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
	absorb(g, g->buf, 1);
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
	absorb(g, lengths, 1);
	put_unaligned_be64(g->y[1], out);
	put_unaligned_be64(g->y[0], out + 8);
	memzero_explicit(g, sizeof(*g));
}
