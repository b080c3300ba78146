// SPDX-License-Identifier: GPL-2.0-only
/*
 * AES-CMAC (NIST SP 800-38B, RFC 4493) of a message in parts.
 * Leaf of the layers, on prim.c: no transform to allocate. Called by derive.c.
 */
#include "cmac.h"

/* Times x in GF(2^128), without a branch: the operand is secret. */
static void twice(u8 *out, const u8 *in)
{
	u8 carry = -(in[0] >> 7);
	int i;

	for (i = 0; i < KM_AES_BLOCK - 1; i++)
		out[i] = in[i] << 1 | in[i + 1] >> 7;
	out[i] = in[i] << 1 ^ (carry & 0x87);
}

/**
 * km_cmac_setkey() - prepare a key
 * @cmac: [out] the key; the caller wipes it
 * @key: 16, 24 or 32 bytes
 * @len: how many
 *
 * Return: 0, or -EINVAL for another length.
 */
int km_cmac_setkey(struct km_cmac *cmac, const u8 *key, size_t len)
{
	u8 zero[KM_AES_BLOCK] = {};

	if (km_aes_setkey(&cmac->aes, key, len))
		return -EINVAL;
	km_aes_encrypt(&cmac->aes, cmac->k2, zero);
	twice(cmac->k1, cmac->k2);
	twice(cmac->k2, cmac->k1);
	return 0;
}

/**
 * km_cmac() - the MAC of a message
 * @cmac: the key
 * @pieces: the message
 * @n: how many pieces
 * @out: [out] 16 bytes
 */
void km_cmac(const struct km_cmac *cmac, const struct km_piece *pieces, unsigned int n, u8 *out)
{
	u8 state[KM_AES_BLOCK] = {};
	const u8 *last = cmac->k1;
	unsigned int i, used = 0;
	size_t at;

	for (i = 0; i < n; i++) {
		const u8 *data = pieces[i].data;

		for (at = 0; at < pieces[i].len; at++) {
			/* A full block waits until it is known not to be the last. */
			if (used == KM_AES_BLOCK) {
				km_aes_encrypt(&cmac->aes, state, state);
				used = 0;
			}
			state[used++] ^= data[at];
		}
	}
	if (used < KM_AES_BLOCK) {
		state[used] ^= 0x80;
		last = cmac->k2;
	}
	for (i = 0; i < KM_AES_BLOCK; i++)
		state[i] ^= last[i];
	km_aes_encrypt(&cmac->aes, out, state);
	memzero_explicit(state, sizeof(state));
}
