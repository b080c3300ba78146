// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys out of secrets: HKDF (RFC 5869), KDF1 and KDF2 (ISO 18033-2), CKDF (SP 800-108).
 * Leaf of the layers, on kdf.c and cmac.c; ecies.c derives with KDF1 and KDF2.
 *
 * All are a counter and a pseudorandom function, block after block. In CKDF the length
 * of the output is an input: no key is the beginning of a longer one.
 */
#include "cmac.h"
#include "derive.h"
#include "kdf.h"

/* Counters and lengths in bits are numbers of 32 bits. */
#define COUNTER_MAX	0xffffffffU

/**
 * km_hkdf() - HKDF-SHA256: RFC 5869, both steps
 * @h: secret, salt, purpose
 * @out: [out] the key
 * @len: its length, at most 255 blocks of 32 bytes
 *
 * Return: 0, or -EINVAL for too long a key.
 */
int km_hkdf(const struct km_hkdf *h, u8 *out, size_t len)
{
	u8 hashed[KM_SHA256_SIZE], prk[KM_SHA256_SIZE], t[KM_SHA256_SIZE], counter = 0;
	struct km_piece salt = h->salt;
	/* T(i - 1) || info || i, of which there is no T(0). */
	struct km_piece part[] = { { t, 0 }, h->info, { &counter, 1 } };
	size_t n;

	if (len > 255 * KM_SHA256_SIZE)
		return -EINVAL;
	/* HMAC hashes a key that is longer than a block; an empty one is all zeros. */
	if (salt.len > KM_SHA256_BLOCK) {
		km_sha256(&salt, 1, hashed);
		salt.data = hashed;
		salt.len = sizeof(hashed);
	}
	km_hmac_sha256(salt.data, salt.len, &h->ikm, 1, prk);
	for (; len; len -= n, out += n) {
		counter++;
		km_hmac_sha256(prk, sizeof(prk), part, ARRAY_SIZE(part), t);
		part[0].len = sizeof(t);
		n = min(len, sizeof(t));
		memcpy(out, t, n);
	}
	memzero_explicit(prk, sizeof(prk));
	memzero_explicit(t, sizeof(t));
	return 0;
}

/**
 * km_kdf12() - KDF1 and KDF2 of ISO 18033-2
 * @k: secret, digest, first counter
 * @out: [out] the key; all zeros after an error
 * @len: its length
 *
 * Block i is the digest of secret, counter and @k->info. With @k->first 1 and an @k->info
 * this is the key derivation of ANSI X9.63 as well.
 *
 * Return: 0, -EINVAL for a key of 2^32 blocks or more, or what the digest returned.
 */
int km_kdf12(const struct km_kdf12 *k, u8 *out, size_t len)
{
	u8 counter[4], block[KM_KDF_HASH_MAX], *at = out;
	const struct km_piece part[] = {
		k->secret[0], k->secret[1], { counter, sizeof(counter) }, k->info,
	};
	size_t left, n, size = k->hash->size;
	u32 i = k->first;
	int ret = 0;

	if (!size || size > sizeof(block) || len / size >= COUNTER_MAX - k->first)
		return -EINVAL;
	for (left = len; left && !ret; left -= n, at += n) {
		put_unaligned_be32(i++, counter);
		n = min(left, size);
		ret = k->hash->run(k->hash->digest, part, ARRAY_SIZE(part), block);
		if (!ret)
			memcpy(at, block, n);
	}
	if (ret)
		memzero_explicit(out, len);
	memzero_explicit(block, sizeof(block));
	return ret;
}

/**
 * km_ckdf() - SP 800-108 in counter mode with AES-CMAC
 * @c: key, label, context
 * @out: [out] the key
 * @len: its length, in bytes
 *
 * Block i is the CMAC of i, label, a zero byte, context and the length in bits; i and
 * the length are of 32 bits, and i begins at 1.
 *
 * Return: 0, or -EINVAL for a length that does not fit, or of @c->key.
 */
int km_ckdf(const struct km_ckdf *c, u8 *out, size_t len)
{
	static const u8 zero;
	u8 counter[4], bits[4], block[KM_AES_BLOCK];
	const struct km_piece part[] = {
		{ counter, sizeof(counter) }, c->label, { &zero, 1 }, c->context,
		{ bits, sizeof(bits) },
	};
	struct km_cmac cmac;
	size_t n;
	u32 i = 1;

	if (len > COUNTER_MAX / 8 || km_cmac_setkey(&cmac, c->key.data, c->key.len))
		return -EINVAL;
	put_unaligned_be32(len * 8, bits);
	for (; len; len -= n, out += n) {
		put_unaligned_be32(i++, counter);
		km_cmac(&cmac, part, ARRAY_SIZE(part), block);
		n = min(len, sizeof(block));
		memcpy(out, block, n);
	}
	memzero_explicit(&cmac, sizeof(cmac));
	memzero_explicit(block, sizeof(block));
	return 0;
}
