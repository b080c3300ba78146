// SPDX-License-Identifier: GPL-2.0-only
/*
 * The peer "OpenSSL": the same work in the calling process, contexts and keys kept.
 * Called by main.c; also the judge that says whether the other peers' results are right.
 */
#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

const uint8_t bench_key[BENCH_KEY_SIZE] = {
	0x60, 0x3d, 0xeb, 0x10, 0x15, 0xca, 0x71, 0xbe, 0x2b, 0x73, 0xae, 0xf0, 0x85, 0x7d,
	0x77, 0x81, 0x1f, 0x35, 0x2c, 0x07, 0x3b, 0x61, 0x08, 0xd7, 0x2d, 0x98, 0x10, 0xa3,
	0x09, 0x14, 0xdf, 0xf4,
};

struct ossl {
	size_t size;
	EVP_CIPHER_CTX *cipher;
	EVP_MAC_CTX *mac;
	EVP_PKEY *pkey;
	EVP_PKEY_CTX *sign, *verify, *keygen;
	uint8_t *der;	/* the private key as PKCS#8: what a stored key is here */
	int der_len;
	size_t sig_len;
	const EVP_MD *md;	/* NULL: Ed25519 */
	EVP_MD_CTX *whole;	/* Ed25519: signs messages, not digests */
	uint8_t sig[BENCH_SIG_MAX], tag[BENCH_TAG_SIZE], iv[BENCH_IV_SIZE];
	uint8_t in[BENCH_MAX], out[BENCH_MAX];
};

/* OpenSSL says 1 for success. */
static int from_ossl(int one)
{
	return one == 1 ? 0 : -EIO;
}

static int gcm_enc_keyed(struct ossl *o, const uint8_t *key)
{
	int n, ok;

	ok = EVP_EncryptInit_ex(o->cipher, NULL, NULL, key, o->iv) == 1 &&
	     EVP_EncryptUpdate(o->cipher, o->out, &n, o->in, (int)o->size) == 1 &&
	     EVP_EncryptFinal_ex(o->cipher, o->out + n, &n) == 1 &&
	     EVP_CIPHER_CTX_ctrl(o->cipher, EVP_CTRL_AEAD_GET_TAG, BENCH_TAG_SIZE, o->tag) == 1;
	return from_ossl(ok);
}

static int gcm_enc_once(void *arg)
{
	return gcm_enc_keyed(arg, NULL);
}

static int gcm_rekey_once(void *arg)
{
	return gcm_enc_keyed(arg, bench_key);
}

static int gcm_dec_once(void *arg)
{
	struct ossl *o = arg;
	int n, ok;

	ok = EVP_DecryptInit_ex(o->cipher, NULL, NULL, NULL, o->iv) == 1 &&
	     EVP_DecryptUpdate(o->cipher, o->in, &n, o->out, (int)o->size) == 1 &&
	     EVP_CIPHER_CTX_ctrl(o->cipher, EVP_CTRL_AEAD_SET_TAG, BENCH_TAG_SIZE, o->tag) == 1 &&
	     EVP_DecryptFinal_ex(o->cipher, o->in + n, &n) == 1;
	return from_ossl(ok);
}

static int hmac_once(void *arg)
{
	struct ossl *o = arg;
	size_t len;
	int ok;

	ok = EVP_MAC_init(o->mac, NULL, 0, NULL) == 1 &&
	     EVP_MAC_update(o->mac, o->in, o->size) == 1 &&
	     EVP_MAC_final(o->mac, o->out, &len, sizeof(o->out)) == 1;
	return from_ossl(ok);
}

static int sign_with(struct ossl *o, EVP_PKEY_CTX *ctx)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];

	SHA256(o->in, o->size, digest);
	o->sig_len = sizeof(o->sig);
	return from_ossl(EVP_PKEY_sign(ctx, o->sig, &o->sig_len, digest, sizeof(digest)));
}

/* The same for the other digests. */
static int digest_sign_once(void *arg)
{
	struct ossl *o = arg;
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned int len;

	if (EVP_Digest(o->in, o->size, digest, &len, o->md, NULL) != 1)
		return -EIO;
	o->sig_len = sizeof(o->sig);
	return from_ossl(EVP_PKEY_sign(o->sign, o->sig, &o->sig_len, digest, len));
}

static int whole_sign_once(void *arg)
{
	struct ossl *o = arg;

	o->sig_len = sizeof(o->sig);
	return from_ossl(EVP_DigestSign(o->whole, o->sig, &o->sig_len, o->in, o->size));
}

static int sign_once(void *arg)
{
	struct ossl *o = arg;

	return sign_with(o, o->sign);
}

static int verify_once(void *arg)
{
	struct ossl *o = arg;
	uint8_t digest[SHA256_DIGEST_LENGTH];

	SHA256(o->in, o->size, digest);
	return from_ossl(EVP_PKEY_verify(o->verify, o->sig, o->sig_len, digest, sizeof(digest)));
}

static int keygen_once(void *arg)
{
	struct ossl *o = arg;
	EVP_PKEY *pkey = NULL;
	int ret = from_ossl(EVP_PKEY_keygen(o->keygen, &pkey));

	EVP_PKEY_free(pkey);
	return ret;
}

static EVP_PKEY *parse_key(const struct ossl *o)
{
	const uint8_t *p = o->der;

	return d2i_AutoPrivateKey(NULL, &p, o->der_len);
}

static int parse_once(void *arg)
{
	EVP_PKEY *pkey = parse_key(arg);

	if (!pkey)
		return -EIO;
	EVP_PKEY_free(pkey);
	return 0;
}

static int parse_sign_once(void *arg)
{
	struct ossl *o = arg;
	EVP_PKEY *pkey = parse_key(o);
	EVP_PKEY_CTX *ctx = pkey ? EVP_PKEY_CTX_new(pkey, NULL) : NULL;
	int ret = -EIO;

	if (ctx && EVP_PKEY_sign_init(ctx) == 1)
		ret = sign_with(o, ctx);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return ret;
}

static void ossl_close(void *arg)
{
	struct ossl *o = arg;

	EVP_CIPHER_CTX_free(o->cipher);
	EVP_MAC_CTX_free(o->mac);
	EVP_PKEY_CTX_free(o->sign);
	EVP_PKEY_CTX_free(o->verify);
	EVP_PKEY_CTX_free(o->keygen);
	EVP_MD_CTX_free(o->whole);
	EVP_PKEY_free(o->pkey);
	OPENSSL_free(o->der);
	free(o);
}

static int open_cipher(struct ossl *o, const struct bench_work *work)
{
	int ret;

	o->cipher = EVP_CIPHER_CTX_new();
	if (!o->cipher)
		return -ENOMEM;
	ret = from_ossl(EVP_EncryptInit_ex(o->cipher, EVP_aes_256_gcm(), NULL, bench_key, o->iv));
	if (!ret)
		ret = gcm_enc_once(o);
	if (!ret && work->kind == GCM_DEC)
		ret = from_ossl(EVP_DecryptInit_ex(o->cipher, EVP_aes_256_gcm(), NULL, bench_key,
						   o->iv));
	return ret;
}

static int open_mac(struct ossl *o)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0),
		OSSL_PARAM_construct_end(),
	};

	o->mac = EVP_MAC_CTX_new(mac);
	EVP_MAC_free(mac);
	if (!o->mac)
		return -ENOMEM;
	return from_ossl(EVP_MAC_init(o->mac, bench_key, BENCH_KEY_SIZE, params));
}

static int open_ec(struct ossl *o)
{
	int ok;

	o->pkey = EVP_EC_gen("P-256");
	if (!o->pkey)
		return -EIO;
	o->der_len = i2d_PrivateKey(o->pkey, &o->der);
	o->sign = EVP_PKEY_CTX_new(o->pkey, NULL);
	o->verify = EVP_PKEY_CTX_new(o->pkey, NULL);
	o->keygen = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	ok = o->der_len > 0 && o->sign && o->verify && o->keygen &&
	     EVP_PKEY_sign_init(o->sign) == 1 && EVP_PKEY_verify_init(o->verify) == 1 &&
	     EVP_PKEY_keygen_init(o->keygen) == 1 &&
	     EVP_PKEY_CTX_set_group_name(o->keygen, "P-256") == 1;
	if (!ok || sign_once(o))
		return -EIO;
	return verify_once(o);
}

static EVP_PKEY *make_signer(enum bench_kind kind)
{
	switch (kind) {
	case P384_SIGN:
		return EVP_EC_gen("P-384");
	case P521_SIGN:
		return EVP_EC_gen("P-521");
	case ED25519_SIGN:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	default:
		return EVP_RSA_gen(2048);
	}
}

/* NULL for Ed25519. */
static const EVP_MD *digest_of(enum bench_kind kind)
{
	switch (kind) {
	case P384_SIGN:
		return EVP_sha384();
	case P521_SIGN:
		return EVP_sha512();
	case ED25519_SIGN:
		return NULL;
	default:
		return EVP_sha256();
	}
}

/* The keys that sign, other than on P-256. */
static int open_signer(struct ossl *o, enum bench_kind kind)
{
	o->md = digest_of(kind);
	o->pkey = make_signer(kind);
	if (!o->pkey)
		return -EIO;
	if (!o->md) {
		o->whole = EVP_MD_CTX_new();
		if (!o->whole)
			return -ENOMEM;
		return from_ossl(EVP_DigestSignInit(o->whole, NULL, NULL, NULL, o->pkey));
	}
	o->sign = EVP_PKEY_CTX_new(o->pkey, NULL);
	if (!o->sign || EVP_PKEY_sign_init(o->sign) != 1 ||
	    EVP_PKEY_CTX_set_signature_md(o->sign, o->md) != 1)
		return -EIO;
	if (kind != RSA_SIGN)
		return 0;
	return from_ossl(EVP_PKEY_CTX_set_rsa_padding(o->sign, RSA_PKCS1_PADDING));
}

static int (*const ossl_once[])(void *arg) = {
	[GCM_ENC] = gcm_enc_once,
	[GCM_DEC] = gcm_dec_once,
	[GCM_ENC_BLOB] = gcm_rekey_once,
	[HMAC_SIGN] = hmac_once,
	[ECDSA_SIGN] = sign_once,
	[ECDSA_VERIFY] = verify_once,
	[ECDSA_SIGN_BLOB] = parse_sign_once,
	[P384_SIGN] = digest_sign_once,
	[P521_SIGN] = digest_sign_once,
	[ED25519_SIGN] = whole_sign_once,
	[RSA_SIGN] = digest_sign_once,
	[EC_KEYGEN] = keygen_once,
	[OPEN_EC] = parse_once,
	[EMPTY_CALL] = NULL,
};

int openssl_setup(const struct bench_work *work, struct bench_op *op)
{
	struct ossl *o;
	int ret;

	if (!ossl_once[work->kind])
		return -ENOENT;
	o = calloc(1, sizeof(*o));
	if (!o)
		return -ENOMEM;
	o->size = work->size;
	if (work->kind <= GCM_ENC_BLOB)
		ret = open_cipher(o, work);
	else if (work->kind == HMAC_SIGN)
		ret = open_mac(o);
	else if (work->kind >= P384_SIGN && work->kind <= RSA_SIGN)
		ret = open_signer(o, work->kind);
	else
		ret = open_ec(o);
	if (ret) {
		ossl_close(o);
		return ret;
	}
	*op = (struct bench_op){
		.once = ossl_once[work->kind], .close = ossl_close, .arg = o,
	};
	return 0;
}

int judge_gcm(const struct bench_sealed *sealed)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	static uint8_t plain[BENCH_MAX], tag[BENCH_TAG_SIZE];
	int n, ok;

	if (!ctx)
		return -ENOMEM;
	memcpy(tag, sealed->data + sealed->size, sizeof(tag));
	memset(plain, 0xff, sizeof(plain));
	ok = EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, bench_key, sealed->iv) == 1 &&
	     EVP_DecryptUpdate(ctx, plain, &n, sealed->data, (int)sealed->size) == 1 &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag) == 1 &&
	     EVP_DecryptFinal_ex(ctx, plain + n, &n) == 1;
	EVP_CIPHER_CTX_free(ctx);
	for (size_t i = 0; ok && i < sealed->size; i++)
		ok = !plain[i];
	return ok ? 0 : -EBADMSG;
}

int judge_hmac(const uint8_t mac[32], size_t size)
{
	static const uint8_t zero[BENCH_MAX];
	uint8_t want[32];
	size_t len = 0;

	if (!EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, bench_key, BENCH_KEY_SIZE, zero, size,
		       want, sizeof(want), &len) || len != sizeof(want))
		return -EIO;
	return CRYPTO_memcmp(mac, want, sizeof(want)) ? -EBADMSG : 0;
}

/* Of a message of 32 zero bytes. */
int judge_signature(const struct bench_signed *made)
{
	static const uint8_t message[32];
	const uint8_t *spki = made->spki;
	EVP_PKEY *pkey = d2i_PUBKEY(NULL, &spki, (long)made->spki_len);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok;

	ok = pkey && ctx &&
	     EVP_DigestVerifyInit(ctx, NULL, digest_of(made->kind), NULL, pkey) == 1 &&
	     EVP_DigestVerify(ctx, made->sig, made->sig_len, message, sizeof(message)) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return ok ? 0 : -EBADMSG;
}
