// SPDX-License-Identifier: GPL-2.0-only
/*
 * What Android's formats are made with, on libcrypto: OCB, GCM, CBC, HMAC, HKDF, PBKDF2.
 * The lowest of the android_*.c: no formats, and every failure is a negative errno.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "android.h"

#define PBKDF2_ROUNDS	8192
#define AES_128		16
#define AES_256		32

/* Allocated even for nothing, so that NULL always means that there was no memory. */
int android_room(struct km_buf *buf, size_t len)
{
	*buf = (struct km_buf){ .data = malloc(len ? len : 1), .room = len ? len : 1 };
	return buf->data ? 0 : -ENOMEM;
}

int android_random(unsigned char *out, size_t len)
{
	return RAND_bytes(out, (int)len) == 1 ? 0 : -EIO;
}

static const EVP_CIPHER *aead_cipher(const struct android_sealed *s)
{
	if (s->aead == ANDROID_AEAD_OCB)
		return s->key.len == AES_128 ? EVP_aes_128_ocb() : NULL;
	return s->key.len == AES_128 ? EVP_aes_128_gcm() :
	       s->key.len == AES_256 ? EVP_aes_256_gcm() : NULL;
}

static EVP_CIPHER_CTX *aead_begin(const struct android_sealed *s, bool seal,
				  const unsigned char *tag)
{
	const EVP_CIPHER *cipher = aead_cipher(s);
	EVP_CIPHER_CTX *ctx = cipher ? EVP_CIPHER_CTX_new() : NULL;
	int n;

	if (!ctx)
		return NULL;
	/* OCB wants the length of the tag before the key. */
	if (EVP_CipherInit_ex(ctx, cipher, NULL, NULL, NULL, seal) == 1 &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, ANDROID_NONCE, NULL) == 1 &&
	    (seal && s->aead == ANDROID_AEAD_GCM ? 1 :
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, ANDROID_TAG,
				 (void *)tag)) == 1 &&
	    EVP_CipherInit_ex(ctx, NULL, NULL, s->key.data, s->nonce, seal) == 1 &&
	    (!s->aad.len ||
	     EVP_CipherUpdate(ctx, NULL, &n, s->aad.data, (int)s->aad.len) == 1))
		return ctx;
	EVP_CIPHER_CTX_free(ctx);
	return NULL;
}

/**
 * android_aead_open() - decrypt, and check the tag
 * @s: the message
 * @tag: ANDROID_TAG bytes
 * @out: [out] as many bytes as the text has; wiped when the tag is wrong
 *
 * Return: 0; -EBADMSG when the tag is wrong; -EINVAL, -ENOMEM.
 */
int android_aead_open(const struct android_sealed *s, const unsigned char *tag,
		      unsigned char *out)
{
	EVP_CIPHER_CTX *ctx = aead_begin(s, false, tag);
	unsigned char rest[ANDROID_BLOCK];
	int n = 0, last = 0, ret = 0;

	if (!ctx)
		return -EINVAL;
	if (s->text.len && EVP_CipherUpdate(ctx, out, &n, s->text.data, (int)s->text.len) != 1)
		ret = -EBADMSG;
	/* OCB keeps an unfinished block until here. */
	if (!ret && EVP_CipherFinal_ex(ctx, rest, &last) != 1)
		ret = -EBADMSG;
	if (!ret && (size_t)(n + last) != s->text.len)
		ret = -EBADMSG;
	if (!ret && last)
		memcpy(out + n, rest, (size_t)last);
	if (ret)
		explicit_bzero(out, s->text.len);
	explicit_bzero(rest, sizeof(rest));
	EVP_CIPHER_CTX_free(ctx);
	return ret;
}

/**
 * android_aead_seal() - encrypt
 * @s: the message
 * @tag: [out] ANDROID_TAG bytes
 * @out: [out] as many bytes as the text has
 *
 * Return: 0; -EINVAL.
 */
int android_aead_seal(const struct android_sealed *s, unsigned char *tag, unsigned char *out)
{
	EVP_CIPHER_CTX *ctx = aead_begin(s, true, NULL);
	unsigned char rest[ANDROID_BLOCK];
	int n = 0, last = 0, ret = -EINVAL;

	if (!ctx)
		return -EINVAL;
	if ((!s->text.len ||
	     EVP_CipherUpdate(ctx, out, &n, s->text.data, (int)s->text.len) == 1) &&
	    EVP_CipherFinal_ex(ctx, rest, &last) == 1 && (size_t)(n + last) == s->text.len &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, ANDROID_TAG, tag) == 1)
		ret = 0;
	if (!ret && last)
		memcpy(out + n, rest, (size_t)last);
	EVP_CIPHER_CTX_free(ctx);
	return ret;
}

static int blocks(const EVP_CIPHER *cipher, const struct km_bytes *key, const unsigned char *iv,
		  bool encrypt, const struct km_bytes *text, unsigned char *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0, ret = -EINVAL;

	if (!ctx)
		return -ENOMEM;
	if (EVP_CipherInit_ex(ctx, cipher, NULL, key->data, iv, encrypt) == 1 &&
	    EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
	    EVP_CipherUpdate(ctx, out, &n, text->data, (int)text->len) == 1 &&
	    (size_t)n == text->len)
		ret = 0;
	EVP_CIPHER_CTX_free(ctx);
	return ret;
}

/**
 * android_cbc() - AES-CBC of whole blocks
 * @key: 16 or 32 bytes
 * @iv: ANDROID_BLOCK bytes
 * @encrypt: or decrypt
 * @text: whole blocks
 * @out: [out] as many bytes
 *
 * Return: 0; -EINVAL, -ENOMEM.
 */
int android_cbc(const struct km_bytes *key, const unsigned char *iv, bool encrypt,
		const struct km_bytes *text, unsigned char *out)
{
	const EVP_CIPHER *cipher = key->len == AES_128 ? EVP_aes_128_cbc() :
				   key->len == AES_256 ? EVP_aes_256_cbc() : NULL;

	return cipher && text->len % ANDROID_BLOCK == 0 ?
		blocks(cipher, key, iv, encrypt, text, out) : -EINVAL;
}

/** android_ecb_block() - one block under AES: 0; -EINVAL, -ENOMEM */
int android_ecb_block(const struct km_bytes *key, const unsigned char *in, unsigned char *out)
{
	const EVP_CIPHER *cipher = key->len == AES_128 ? EVP_aes_128_ecb() :
				   key->len == AES_256 ? EVP_aes_256_ecb() : NULL;
	struct km_bytes block = { in, ANDROID_BLOCK };

	return cipher ? blocks(cipher, key, NULL, true, &block, out) : -EINVAL;
}

/** android_digest() - "MD5" or "SHA256" of a message in pieces: 0; -ENOMEM */
int android_digest(const char *name, const struct km_bytes *pieces, size_t n,
		   unsigned char *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const EVP_MD *md = EVP_get_digestbyname(name);
	int ok = ctx && md && EVP_DigestInit_ex(ctx, md, NULL) == 1;
	size_t i;

	for (i = 0; ok && i < n; i++)
		if (pieces[i].len)
			ok = EVP_DigestUpdate(ctx, pieces[i].data, pieces[i].len) == 1;
	ok = ok && EVP_DigestFinal_ex(ctx, out, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : -ENOMEM;
}

/** android_hmac_sha256() - of a message in pieces: 0; -ENOMEM */
int android_hmac_sha256(const struct km_bytes *key, const struct km_bytes *pieces, size_t n,
			unsigned char *out)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;
	int ok = ctx && EVP_MAC_init(ctx, key->data, key->len, params) == 1;
	size_t i, len;

	for (i = 0; ok && i < n; i++)
		if (pieces[i].len)
			ok = EVP_MAC_update(ctx, pieces[i].data, pieces[i].len) == 1;
	ok = ok && EVP_MAC_final(ctx, out, &len, ANDROID_SHA256) == 1;
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(mac);
	return ok ? 0 : -ENOMEM;
}

/**
 * android_hkdf() - 32 bytes of HKDF-SHA256 without salt
 * @key: the master key
 * @info: pieces
 * @n: how many, less than ANDROID_PIECES
 * @out: [out] ANDROID_SHA256 bytes
 *
 * By the two HMACs of RFC 5869: the one of libcrypto limits the length of the info, which
 * here has whole authorization sets in it.
 *
 * Return: 0; -ENOMEM.
 */
int android_hkdf(const struct km_bytes *key, const struct km_bytes *info, size_t n,
		 unsigned char *out)
{
	static const unsigned char salt[ANDROID_SHA256], first = 1;
	unsigned char prk[ANDROID_SHA256];
	struct km_bytes pieces[ANDROID_PIECES];
	int ret;

	if (n >= ANDROID_PIECES)
		return -EINVAL;
	memcpy(pieces, info, n * sizeof(*info));
	pieces[n] = (struct km_bytes){ &first, 1 };
	ret = android_hmac_sha256(&(struct km_bytes){ salt, sizeof(salt) }, key, 1, prk);
	if (!ret)
		ret = android_hmac_sha256(&(struct km_bytes){ prk, sizeof(prk) }, pieces, n + 1,
					  out);
	explicit_bzero(prk, sizeof(prk));
	return ret;
}

/**
 * android_pbkdf2() - the key that a .masterkey is encrypted under
 * @password: the PIN
 * @salt: of the file
 * @key_len: 16, or 32 as of Android 9, which then goes over to SHA-256
 * @key: [out] the key
 *
 * Return: 0; -ENOMEM.
 */
int android_pbkdf2(const struct km_bytes *password, const struct km_bytes *salt,
		   size_t key_len, unsigned char *key)
{
	const EVP_MD *md = key_len == AES_128 ? EVP_sha1() : EVP_sha256();

	return PKCS5_PBKDF2_HMAC(password->data, (int)password->len, salt->data,
				 (int)salt->len, PBKDF2_ROUNDS, md, (int)key_len,
				 key) == 1 ? 0 : -ENOMEM;
}
