// SPDX-License-Identifier: GPL-2.0-only
/*
 * AES-OCB (RFC 7253) of short messages, 96-bit nonce, 128-bit tag.
 * Leaf of the layers: what blob.c seals the material of format-0 blobs with.
 */
#include "ocb.h"

#define BLOCK	KM_AES_BLOCK

/* Names of RFC 7253 section 4. */
struct state {
	struct km_aes aes;
	u8 l_star[BLOCK];
	u8 l_dollar[BLOCK];
	u8 l_0[BLOCK];
	u8 offset[BLOCK];
	u8 checksum[BLOCK];
	u8 tmp[BLOCK];
};

static void xor_block(u8 *a, const u8 *b)
{
	int i;

	for (i = 0; i < BLOCK; i++)
		a[i] ^= b[i];
}

/* Multiply by x in GF(2^128); the mask keeps the carry out of the branches. */
static void double_block(u8 *out, const u8 *in)
{
	u8 carry = -(in[0] >> 7);
	int i;

	for (i = 0; i < BLOCK - 1; i++)
		out[i] = in[i] << 1 | in[i + 1] >> 7;
	out[BLOCK - 1] = in[BLOCK - 1] << 1 ^ (carry & 0x87);
}

/* offset ^= L_{ntz(i)}: the block number is public, so it may steer a loop. */
static void next_offset(struct state *s, size_t i)
{
	memcpy(s->tmp, s->l_0, BLOCK);
	for (; !(i & 1); i >>= 1)
		double_block(s->tmp, s->tmp);
	xor_block(s->offset, s->tmp);
}

static void start_offset(struct state *s, const u8 *nonce)
{
	unsigned int bottom, byte, bit;
	u8 stretch[BLOCK + 8];
	int i;

	/* Tag length 128 mod 128 = 0, then 1 and the 96-bit nonce. */
	memset(s->tmp, 0, BLOCK - KM_OCB_NONCE);
	s->tmp[BLOCK - KM_OCB_NONCE - 1] = 1;
	memcpy(s->tmp + BLOCK - KM_OCB_NONCE, nonce, KM_OCB_NONCE);
	bottom = s->tmp[BLOCK - 1] & 63;
	s->tmp[BLOCK - 1] &= 0xc0;
	km_aes_encrypt(&s->aes, stretch, s->tmp);
	for (i = 0; i < 8; i++)
		stretch[BLOCK + i] = stretch[i] ^ stretch[i + 1];
	byte = bottom / 8;
	bit = bottom % 8;
	for (i = 0; i < BLOCK; i++)
		s->offset[i] = stretch[i + byte] << bit | stretch[i + byte + 1] >> (8 - bit);
	memzero_explicit(stretch, sizeof(stretch));
}

static int start(struct state *s, const struct km_ocb *ocb)
{
	int ret = km_aes_setkey(&s->aes, ocb->key.data, ocb->key.len);

	if (ret)
		return ret;
	memset(s->tmp, 0, BLOCK);
	memset(s->checksum, 0, BLOCK);
	km_aes_encrypt(&s->aes, s->l_star, s->tmp);
	double_block(s->l_dollar, s->l_star);
	double_block(s->l_0, s->l_dollar);
	start_offset(s, ocb->nonce);
	return 0;
}

static void crypt_full(struct state *s, const u8 *in, u8 *out, bool seal)
{
	memcpy(s->tmp, in, BLOCK);
	if (seal)
		xor_block(s->checksum, s->tmp);
	xor_block(s->tmp, s->offset);
	if (seal)
		km_aes_encrypt(&s->aes, s->tmp, s->tmp);
	else
		km_aes_decrypt(&s->aes, s->tmp, s->tmp);
	xor_block(s->tmp, s->offset);
	memcpy(out, s->tmp, BLOCK);
	if (!seal)
		xor_block(s->checksum, s->tmp);
}

static void crypt_last(struct state *s, const u8 *in, u8 *out, size_t len, bool seal)
{
	const u8 *plain = seal ? in : out;
	size_t i;

	xor_block(s->offset, s->l_star);
	km_aes_encrypt(&s->aes, s->tmp, s->offset);
	for (i = 0; i < len; i++)
		out[i] = in[i] ^ s->tmp[i];
	for (i = 0; i < len; i++)
		s->checksum[i] ^= plain[i];
	s->checksum[len] ^= 0x80;
}

static void hash_aad(struct state *s, const struct km_piece *aad, u8 *sum)
{
	const u8 *p = aad->data;
	size_t left = aad->len, i;

	memset(s->offset, 0, BLOCK);
	memset(sum, 0, BLOCK);
	for (i = 1; left >= BLOCK; i++, p += BLOCK, left -= BLOCK) {
		next_offset(s, i);
		memcpy(s->tmp, p, BLOCK);
		xor_block(s->tmp, s->offset);
		km_aes_encrypt(&s->aes, s->tmp, s->tmp);
		xor_block(sum, s->tmp);
	}
	if (!left)
		return;
	xor_block(s->offset, s->l_star);
	memset(s->tmp, 0, BLOCK);
	memcpy(s->tmp, p, left);
	s->tmp[left] = 0x80;
	xor_block(s->tmp, s->offset);
	km_aes_encrypt(&s->aes, s->tmp, s->tmp);
	xor_block(sum, s->tmp);
}

static int crypt(const struct km_ocb *ocb, const struct km_piece *in, u8 *out, u8 *tag,
		 bool seal)
{
	const u8 *p = in->data;
	size_t left = in->len, i;
	u8 sum[BLOCK];
	struct state s;
	int ret;

	ret = start(&s, ocb);
	if (ret)
		goto out;
	for (i = 1; left >= BLOCK; i++, p += BLOCK, out += BLOCK, left -= BLOCK) {
		next_offset(&s, i);
		crypt_full(&s, p, out, seal);
	}
	if (left)
		crypt_last(&s, p, out, left, seal);
	xor_block(s.checksum, s.offset);
	xor_block(s.checksum, s.l_dollar);
	km_aes_encrypt(&s.aes, tag, s.checksum);
	hash_aad(&s, &ocb->aad, sum);
	xor_block(tag, sum);
out:
	memzero_explicit(&s, sizeof(s));
	memzero_explicit(sum, sizeof(sum));
	return ret;
}

/**
 * km_ocb_seal() - encrypt and authenticate
 * @ocb: key, nonce, additional data
 * @plain: the message
 * @cipher: [out] as long as the message
 * @tag: [out] 16 bytes
 *
 * Return: 0 or -EINVAL for the key's length.
 */
int km_ocb_seal(const struct km_ocb *ocb, const struct km_piece *plain, u8 *cipher, u8 *tag)
{
	return crypt(ocb, plain, cipher, tag, true);
}

/**
 * km_ocb_open() - decrypt and check
 * @ocb: key, nonce, additional data
 * @cipher: the ciphertext
 * @tag: 16 bytes
 * @plain: [out] as long as the ciphertext; wiped when the tag is wrong
 *
 * Return: 0, -EBADMSG for a wrong tag, -EINVAL for the key's length.
 */
int km_ocb_open(const struct km_ocb *ocb, const struct km_piece *cipher, const u8 *tag,
		u8 *plain)
{
	u8 want[KM_OCB_TAG];
	int ret;

	ret = crypt(ocb, cipher, plain, want, false);
	if (!ret && crypto_memneq(want, tag, sizeof(want)))
		ret = -EBADMSG;
	if (ret)
		memzero_explicit(plain, cipher->len);
	memzero_explicit(want, sizeof(want));
	return ret;
}
