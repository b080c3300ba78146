// SPDX-License-Identifier: GPL-2.0-only
/*
 * The primitives of kernel/prim.h on libcrypto, for userspace builds of the
 * kernel-independent files: tests and fuzzers link this in place of prim.c.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/aes.h>
#include <openssl/sha.h>
#include "prim.h"

struct pair {
	AES_KEY enc;
	AES_KEY dec;
};

_Static_assert(sizeof(struct pair) <= sizeof(struct km_aes), "room for both schedules");

int km_aes_setkey(struct km_aes *aes, const u8 *key, size_t len)
{
	struct pair *p = (struct pair *)aes->ctx;

	if (len != 16 && len != 24 && len != 32)
		return -EINVAL;
	AES_set_encrypt_key(key, len * 8, &p->enc);
	AES_set_decrypt_key(key, len * 8, &p->dec);
	return 0;
}

void km_aes_encrypt(const struct km_aes *aes, u8 *out, const u8 *in)
{
	AES_encrypt(in, out, &((const struct pair *)aes->ctx)->enc);
}

void km_aes_decrypt(const struct km_aes *aes, u8 *out, const u8 *in)
{
	AES_decrypt(in, out, &((const struct pair *)aes->ctx)->dec);
}

void km_sha256(const struct km_piece *pieces, unsigned int n, u8 *out)
{
	SHA256_CTX ctx;
	unsigned int i;

	SHA256_Init(&ctx);
	for (i = 0; i < n; i++)
		SHA256_Update(&ctx, pieces[i].data, pieces[i].len);
	SHA256_Final(out, &ctx);
}

int km_sha512(const struct km_piece *pieces, unsigned int n, u8 *out)
{
	SHA512_CTX ctx;
	unsigned int i;

	SHA512_Init(&ctx);
	for (i = 0; i < n; i++)
		if (pieces[i].len)
			SHA512_Update(&ctx, pieces[i].data, pieces[i].len);
	SHA512_Final(out, &ctx);
	return 0;
}
