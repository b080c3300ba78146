// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys as OpenSSL writes them, PEM or DER, in old forms and new, into the two forms that
 * the kernel takes: PKCS#8 and SubjectPublicKeyInfo. Every copy of a private key is wiped.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "kmctl.h"
#include "wipe.h"

static void *crypto_malloc(size_t len, const char *file, int line)
{
	(void)file;
	(void)line;
	return malloc(len);
}

static void crypto_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	if (p)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

static void *crypto_realloc(void *p, size_t len, const char *file, int line)
{
	size_t had = p ? malloc_usable_size(p) : 0;
	void *more = malloc(len);

	if (!more)
		return NULL;
	if (had)
		memcpy(more, p, had < len ? had : len);
	crypto_free(p, file, line);
	return more;
}

/**
 * pem_wipe() - from now on libcrypto wipes all memory that it gives back
 *
 * Its reader of PEM and its decoders do not, whatever they have read. Only before anything
 * else is asked of libcrypto.
 */
void pem_wipe(void)
{
	CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free);
}

/* An encrypted PEM would ask on the terminal; we say what to do instead. */
static int no_password(char *buf, int size, int rwflag, void *asked)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	*(bool *)asked = true;
	return -1;
}

bool is_pem(const struct km_buf *text)
{
	static const char mark[] = "-----BEGIN ";

	return text->len > sizeof(mark) && memmem(text->data, text->len, mark, sizeof(mark) - 1);
}

static struct key_kind kind_of(const EVP_PKEY *pkey)
{
	switch (EVP_PKEY_get_base_id(pkey)) {
	case EVP_PKEY_RSA:
		return (struct key_kind){ .algorithm = KM_ALGORITHM_RSA };
	case EVP_PKEY_EC:
		return (struct key_kind){ .algorithm = KM_ALGORITHM_EC };
	case EVP_PKEY_ED25519:
	case EVP_PKEY_X25519:
		return (struct key_kind){ .algorithm = KM_ALGORITHM_EC, .is_25519 = true };
	}
	return (struct key_kind){ 0 };
}

static EVP_PKEY *read_private(const struct km_buf *material, bool *asked)
{
	const unsigned char *p = material->data;
	EVP_PKEY *pkey = NULL;
	BIO *bio;

	*asked = false;
	if (!is_pem(material))
		return d2i_AutoPrivateKey(NULL, &p, (long)material->len);
	bio = BIO_new_mem_buf(material->data, (int)material->len);
	if (bio)
		pkey = PEM_read_bio_PrivateKey(bio, NULL, no_password, asked);
	BIO_free(bio);
	return pkey;
}

/* PKCS#8 of @pkey; the structure in between is wiped when it is freed. */
static int to_pkcs8(const EVP_PKEY *pkey, struct km_buf *der)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
	int len = info ? i2d_PKCS8_PRIV_KEY_INFO(info, NULL) : 0;
	unsigned char *p;

	if (len > 0)
		*der = (struct km_buf){ .data = malloc((size_t)len), .room = (size_t)len };
	if (der->data) {
		p = der->data;
		der->len = (size_t)i2d_PKCS8_PRIV_KEY_INFO(info, &p);
	}
	PKCS8_PRIV_KEY_INFO_free(info);
	return der->data ? 0 : -1;
}

/* DER that is PKCS#8 already stays as it is: the kernel judges every byte of it. */
static bool is_pkcs8(const struct km_buf *der)
{
	const unsigned char *p = der->data;
	PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)der->len);

	PKCS8_PRIV_KEY_INFO_free(info);
	return info;
}

static int make_pkcs8(struct km_buf *material, struct key_kind *kind)
{
	struct km_buf der = { 0 };
	bool asked, bad = false;
	EVP_PKEY *pkey = read_private(material, &asked);

	*kind = pkey ? kind_of(pkey) : (struct key_kind){ 0 };
	if (asked)
		return fail(ST_FAILED, "the PEM is encrypted: try openssl pkcs8 -topk8 -nocrypt");
	if (!pkey)
		return is_pem(material) ? fail(ST_FAILED, "the PEM file holds no private key")
					: ST_OK;
	if (is_pem(material) || !is_pkcs8(material)) {
		bad = to_pkcs8(pkey, &der);
		km_buf_free(material);
		*material = der;
	}
	EVP_PKEY_free(pkey);
	return bad ? fail(ST_FAILED, "the private key cannot be written as PKCS#8") : ST_OK;
}

/**
 * pem_private() - make PKCS#8 of a private key
 * @material: the file; replaced by the DER where it is something else
 * @kind: [out] what it is; zero if it cannot be told
 *
 * What OpenSSL cannot read, and is no PEM, stays as it is: the kernel will say no.
 * Return: exit status.
 */
int pem_private(struct km_buf *material, struct key_kind *kind)
{
	int ret = make_pkcs8(material, kind);

	km_wipe_traces();
	return ret;
}

/**
 * pem_public() - make DER SubjectPublicKeyInfo of a public key
 * @key: the file; replaced by the DER if it is PEM
 * @name: what messages call it
 *
 * Return: exit status.
 */
int pem_public(struct km_buf *key, const char *name)
{
	unsigned char *der = NULL;
	EVP_PKEY *pkey = NULL;
	int len = 0;
	BIO *bio;

	if (!is_pem(key))
		return ST_OK;
	bio = BIO_new_mem_buf(key->data, (int)key->len);
	if (bio)
		pkey = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	if (pkey)
		len = i2d_PUBKEY(pkey, &der);
	EVP_PKEY_free(pkey);
	BIO_free(bio);
	if (len <= 0)
		return fail(ST_FAILED, "%s: the PEM file holds no public key", name);
	km_buf_free(key);
	*key = (struct km_buf){ .data = malloc((size_t)len), .room = (size_t)len };
	if (key->data) {
		memcpy(key->data, der, (size_t)len);
		key->len = (size_t)len;
	}
	OPENSSL_free(der);
	return key->data ? ST_OK : fail(ST_FAILED, "out of memory");
}
