// SPDX-License-Identifier: GPL-2.0-only
/*
 * Paddings of messages: PKCS#7 (RFC 5652 6.3).
 * Leaf of the layers; called by alg_aes.c, builds in userspace too.
 */
#include "pad.h"

/**
 * km_pkcs7_add() - append padding
 * @end: where the message ends; there is room for a block
 * @used: bytes of the last block that the message fills, less than @block
 * @block: block size, at most 255
 *
 * Return: bytes that were added, 1 to @block.
 */
size_t km_pkcs7_add(u8 *end, size_t used, size_t block)
{
	size_t pad = block - used;

	memset(end, pad, pad);
	return pad;
}

/**
 * km_pkcs7_check() - is the padding of a decrypted block right?
 * @block: the last block
 * @size: block size, at most 255
 * @pad: [out] bytes of padding, 1 to @size; valid if it is right
 *
 * Looks at every byte whatever they are: how far a wrong padding was right
 * must not show in the time (Vaudenay's oracle).
 *
 * Return: 0 or -EBADMSG.
 */
int km_pkcs7_check(const u8 *block, size_t size, size_t *pad)
{
	u32 n = block[size - 1], bad, i, in_pad;

	/* The sign bit of a difference tells less-than without a branch. */
	bad = (n - 1) >> 31 | ((u32)size - n) >> 31;
	for (i = 0; i < size; i++) {
		in_pad = -(((u32)size - 1 - i - n) >> 31);
		bad |= in_pad & (block[i] ^ n);
	}
	*pad = n;
	return bad ? -EBADMSG : 0;
}
