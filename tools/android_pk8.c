// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys of Keymaster 0 have no authorizations: here are those that Android gives them.
 * Under android_blob.c.
 */
#include <errno.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "android.h"

static const uint32_t digests[] = {
	KM_DIGEST_NONE, KM_DIGEST_MD5, KM_DIGEST_SHA1, KM_DIGEST_SHA_2_224,
	KM_DIGEST_SHA_2_256, KM_DIGEST_SHA_2_384, KM_DIGEST_SHA_2_512,
};

static const uint32_t paddings[] = {
	KM_PAD_NONE, KM_PAD_RSA_PKCS1_1_5_SIGN, KM_PAD_RSA_PKCS1_1_5_ENCRYPT, KM_PAD_RSA_PSS,
	KM_PAD_RSA_OAEP,
};

static const uint32_t purposes[] = {
	KM_PURPOSE_SIGN, KM_PURPOSE_VERIFY, KM_PURPOSE_ENCRYPT, KM_PURPOSE_DECRYPT,
};

static int add_all(struct km_params *set, uint32_t tag, const uint32_t *values, size_t n)
{
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < n; i++)
		ret = km_params_add_u32(set, tag, values[i]);
	return ret;
}

static int add_exponent(struct km_params *set, const EVP_PKEY *pkey)
{
	BIGNUM *e = NULL;
	int ret = -EBADMSG;

	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) == 1 && BN_num_bits(e) <= 64)
		ret = km_params_add_u64(set, KM_TAG_RSA_PUBLIC_EXPONENT, BN_get_word(e));
	BN_free(e);
	return ret;
}

static int authorize(struct km_params *set, const EVP_PKEY *pkey, bool rsa)
{
	int ret;

	ret = km_params_add_u32(set, KM_TAG_ALGORITHM, rsa ? KM_ALGORITHM_RSA : KM_ALGORITHM_EC);
	if (!ret)
		ret = add_all(set, KM_TAG_DIGEST, digests, sizeof(digests) / sizeof(digests[0]));
	if (!ret && rsa)
		ret = add_all(set, KM_TAG_PADDING, paddings,
			      sizeof(paddings) / sizeof(paddings[0]));
	if (!ret)
		ret = add_all(set, KM_TAG_PURPOSE, purposes, rsa ? 4 : 2);
	if (!ret)
		ret = km_params_add_u32(set, KM_TAG_KEY_SIZE, (uint32_t)EVP_PKEY_get_bits(pkey));
	if (!ret && rsa)
		ret = add_exponent(set, pkey);
	if (!ret)
		ret = km_params_add_bool(set, KM_TAG_ALL_USERS);
	return ret ? ret : km_params_add_bool(set, KM_TAG_NO_AUTH_REQUIRED);
}

/**
 * android_pk8_authorize() - the sets of a key of softkeymaster
 * @blob: a blob of the format PK#8 with its material
 *
 * A DSA key is given none: no later Keymaster knows that algorithm.
 * Return: 0; -EBADMSG when the material is no key of the type that it is said to be.
 */
int android_pk8_authorize(struct android_blob *blob)
{
	static const int types[] = {
		[ANDROID_PK8_RSA] = EVP_PKEY_RSA, [ANDROID_PK8_DSA] = EVP_PKEY_DSA,
		[ANDROID_PK8_EC] = EVP_PKEY_EC,
	};
	const unsigned char *p = blob->material.data;
	EVP_PKEY *pkey = d2i_AutoPrivateKey(NULL, &p, (long)blob->material.len);
	int ret = -EBADMSG;

	if (pkey && EVP_PKEY_get_base_id(pkey) == types[blob->pk8_type])
		ret = km_params_new(&blob->enforced);
	if (!ret)
		ret = km_params_new(&blob->unenforced);
	if (!ret && blob->pk8_type != ANDROID_PK8_DSA)
		ret = authorize(blob->unenforced, pkey, blob->pk8_type == ANDROID_PK8_RSA);
	EVP_PKEY_free(pkey);
	return ret;
}
