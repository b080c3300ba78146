// SPDX-License-Identifier: GPL-2.0-only
/*
 * Known-answer tests, run before anything is registered.
 * Called by main.c: a module that computes wrongly on this kernel does not load.
 *
 * Sources: RFC 7253 appendix A (OCB), NIST GCM specification test case 14 (GCM),
 * RFC 5869 A.3 (HKDF), RFC 6979 A.2.5 (ECDSA). All GCMs of the module are compared
 * with each other: both ways of ours, and the kernel's for long messages.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <crypto/aead.h>
#include <linux/err.h>
#include <linux/printk.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include "ec.h"
#include "gcm.h"
#include "kat.h"
#include "kdf.h"
#include "ocb.h"

/* RFC 7253 appendix A: key, AAD and plaintext are 00 01 02..., nonces differ at the end. */
static const struct {
	u8 nonce;
	u8 aad_len;
	u8 len;
	u8 want[48];
} ocb_samples[] = {
	{ 0x00, 0, 0, {
		0x78, 0x54, 0x07, 0xbf, 0xff, 0xc8, 0xad, 0x9e, 0xdc, 0xc5, 0x52,
		0x0a, 0xc9, 0x11, 0x1e, 0xe6,
	} },
	{ 0x01, 8, 8, {
		0x68, 0x20, 0xb3, 0x65, 0x7b, 0x6f, 0x61, 0x5a, 0x57, 0x25, 0xbd,
		0xa0, 0xd3, 0xb4, 0xeb, 0x3a, 0x25, 0x7c, 0x9a, 0xf1, 0xf8, 0xf0,
		0x30, 0x09,
	} },
	{ 0x03, 0, 8, {
		0x45, 0xdd, 0x69, 0xf8, 0xf5, 0xaa, 0xe7, 0x24, 0x14, 0x05, 0x4c,
		0xd1, 0xf3, 0x5d, 0x82, 0x76, 0x0b, 0x2c, 0xd0, 0x0d, 0x2f, 0x99,
		0xbf, 0xa9,
	} },
	{ 0x06, 0, 16, {
		0x5c, 0xe8, 0x8e, 0xc2, 0xe0, 0x69, 0x27, 0x06, 0xa9, 0x15, 0xc0,
		0x0a, 0xeb, 0x8b, 0x23, 0x96, 0xf4, 0x0e, 0x1c, 0x74, 0x3f, 0x52,
		0x43, 0x6b, 0xdf, 0x06, 0xd8, 0xfa, 0x1e, 0xca, 0x34, 0x3d,
	} },
	{ 0x0f, 0, 24, {
		0x44, 0x12, 0x92, 0x34, 0x93, 0xc5, 0x7d, 0x5d, 0xe0, 0xd7, 0x00,
		0xf7, 0x53, 0xcc, 0xe0, 0xd1, 0x77, 0xcf, 0xc6, 0xb2, 0x11, 0x3a,
		0xae, 0x03, 0x56, 0xed, 0xcb, 0x5c, 0x9f, 0x27, 0x51, 0x71, 0xeb,
		0x30, 0xd5, 0x82, 0x2d, 0x65, 0x92, 0x8e,
	} },
	{ 0x0c, 0, 32, {
		0x29, 0x42, 0xbf, 0xc7, 0x73, 0xbd, 0xa2, 0x3c, 0xab, 0xc6, 0xac,
		0xfd, 0x9b, 0xfd, 0x58, 0x35, 0xbd, 0x30, 0x0f, 0x09, 0x73, 0x79,
		0x2e, 0xf4, 0x60, 0x40, 0xc5, 0x3f, 0x14, 0x32, 0xbc, 0xdf, 0xb5,
		0xe1, 0xdd, 0xe3, 0xbc, 0x18, 0xa5, 0xf8, 0x40, 0xb5, 0x2e, 0x65,
		0x34, 0x44, 0xd5, 0xdf,
	} },
};

static int kat_ocb_sample(unsigned int n)
{
	u8 nonce[12] = { 0xbb, 0xaa, 0x99, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11 };
	const u8 *want = ocb_samples[n].want;
	size_t len = ocb_samples[n].len;
	u8 count[32], out[48], tag[KM_OCB_TAG];
	const struct km_ocb ocb = {
		.key = { count, 16 }, .nonce = nonce, .aad = { count, ocb_samples[n].aad_len },
	};
	const struct km_piece plain = { count, len }, cipher = { want, len };
	unsigned int i;

	for (i = 0; i < sizeof(count); i++)
		count[i] = i;
	nonce[11] = ocb_samples[n].nonce;
	if (km_ocb_seal(&ocb, &plain, out, out + len) || memcmp(out, want, len + KM_OCB_TAG))
		return -EINVAL;
	if (km_ocb_open(&ocb, &cipher, want + len, out) || memcmp(out, count, len))
		return -EINVAL;
	memcpy(tag, want + len, sizeof(tag));
	tag[15] ^= 1;
	return km_ocb_open(&ocb, &cipher, tag, out) == -EBADMSG ? 0 : -EINVAL;
}

static int kat_ocb(void)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < ARRAY_SIZE(ocb_samples); i++)
		ret = kat_ocb_sample(i);
	return ret;
}

static const u8 gcm_want[32] = {
	0xce, 0xa7, 0x40, 0x3d, 0x4d, 0x60, 0x6b, 0x6e, 0x07, 0x4e, 0xc5,
	0xd3, 0xba, 0xf3, 0x9d, 0x18, 0xd0, 0xd1, 0xc8, 0xa7, 0x99, 0x99,
	0x6b, 0xf0, 0x26, 0x5b, 0x98, 0xb5, 0xd4, 0x8a, 0xb9, 0x19,
};

static int kat_gcm(void)
{
	static const u8 zero[32];
	const struct km_piece key = { zero, 32 }, plain = { zero, 16 }, cipher = { gcm_want, 16 };
	u8 out[32];

	if (km_gcm_seal(&key, zero, &plain, out, out + 16) ||
	    memcmp(out, gcm_want, sizeof(gcm_want)))
		return -EINVAL;
	if (km_gcm_open(&key, zero, &cipher, gcm_want + 16, out) || memcmp(out, zero, 16))
		return -EINVAL;
	return km_gcm_open(&key, zero, &cipher, gcm_want, out) == -EBADMSG ? 0 : -EINVAL;
}

/* What the processor's instructions give, if it has them, without them. */
static int kat_gcm_ways(void)
{
	u8 count[149], fast[129], portable[129], tag[16], want[16];
	const struct km_piece key = { count, 32 };
	struct km_gcm_text t = {
		.nonce = count + 32, .aad = count, .aad_len = 21, .in = count, .out = fast,
		.len = sizeof(fast),
	};
	struct km_gcm_key k;
	unsigned int i;
	int ret;

	for (i = 0; i < sizeof(count); i++)
		count[i] = i;
	ret = km_gcm_prepare(&k, &key) ?: km_gcm_fast_seal(&k, &t, tag);
	if (ret)
		return ret == -EOPNOTSUPP ? 0 : ret;
	t.out = portable;
	if (km_gcm_portable_seal(&key, &t, want) || memcmp(tag, want, sizeof(tag)) ||
	    memcmp(fast, portable, sizeof(fast)))
		return -EINVAL;
	t.in = fast;
	t.out = fast;
	tag[0] ^= 1;
	if (km_gcm_fast_open(&k, &t, tag, 12) != -EBADMSG || memcmp(fast, portable, sizeof(fast)))
		return -EINVAL;
	if (km_gcm_fast_open(&k, &t, want, 12) || memcmp(fast, count, sizeof(fast)))
		return -EINVAL;
	t.in = portable;
	return km_gcm_portable_open(&key, &t, tag) == -EBADMSG ? 0 : -EINVAL;
}

static int kat_kernel_gcm(void)
{
	static const u8 zero[32];
	struct aead_request *req = NULL;
	u8 iv[12] = {}, *data = NULL;
	struct crypto_aead *tfm;
	DECLARE_CRYPTO_WAIT(wait);
	struct scatterlist sg;
	int ret;

	tfm = crypto_alloc_aead("gcm(aes)", 0, CRYPTO_ALG_KERN_DRIVER_ONLY);
	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	ret = -ENOMEM;
	data = kzalloc(sizeof(gcm_want), GFP_KERNEL);
	req = aead_request_alloc(tfm, GFP_KERNEL);
	if (!data || !req)
		goto out;
	ret = crypto_aead_setkey(tfm, zero, sizeof(zero)) ?: crypto_aead_setauthsize(tfm, 16);
	if (ret)
		goto out;
	sg_init_one(&sg, data, sizeof(gcm_want));
	aead_request_set_callback(req, CRYPTO_TFM_REQ_MAY_SLEEP, crypto_req_done, &wait);
	aead_request_set_ad(req, 0);
	aead_request_set_crypt(req, &sg, &sg, 16, iv);
	ret = crypto_wait_req(crypto_aead_encrypt(req), &wait);
	if (!ret && memcmp(data, gcm_want, sizeof(gcm_want)))
		ret = -EINVAL;
out:
	aead_request_free(req);
	kfree(data);
	crypto_free_aead(tfm);
	return ret;
}

static int kat_hkdf(void)
{
	static const u8 want[32] = {
		0x8d, 0xa4, 0xe7, 0x75, 0xa5, 0x63, 0xc1, 0x8f, 0x71, 0x5f, 0x80,
		0x2a, 0x06, 0x3c, 0x5a, 0x31, 0xb8, 0xa1, 0x1f, 0x5c, 0x5e, 0xe1,
		0x87, 0x9e, 0xc3, 0x45, 0x4e, 0x5f, 0x3c, 0x73, 0x8d, 0x2d,
	};
	u8 ikm[22], prk[32], out[32];

	memset(ikm, 0x0b, sizeof(ikm));
	km_hkdf_extract(ikm, sizeof(ikm), prk);
	km_hkdf_expand(prk, NULL, 0, out, sizeof(out));
	return memcmp(out, want, sizeof(want)) ? -EINVAL : 0;
}

static int kat_ecdsa(void)
{
	static const u8 d[32] = {
		0xc9, 0xaf, 0xa9, 0xd8, 0x45, 0xba, 0x75, 0x16, 0x6b, 0x5c, 0x21,
		0x57, 0x67, 0xb1, 0xd6, 0x93, 0x4e, 0x50, 0xc3, 0xdb, 0x36, 0xe8,
		0x9b, 0x12, 0x7b, 0x8a, 0x62, 0x2b, 0x12, 0x0f, 0x67, 0x21,
	};
	static const u8 k[32] = {
		0xa6, 0xe3, 0xc5, 0x7d, 0xd0, 0x1a, 0xbe, 0x90, 0x08, 0x65, 0x38,
		0x39, 0x83, 0x55, 0xdd, 0x4c, 0x3b, 0x17, 0xaa, 0x87, 0x33, 0x82,
		0xb0, 0xf2, 0x4d, 0x61, 0x29, 0x49, 0x3d, 0x8a, 0xad, 0x60,
	};
	static const u8 r[32] = {
		0xef, 0xd4, 0x8b, 0x2a, 0xac, 0xb6, 0xa8, 0xfd, 0x11, 0x40, 0xdd,
		0x9c, 0xd4, 0x5e, 0x81, 0xd6, 0x9d, 0x2c, 0x87, 0x7b, 0x56, 0xaa,
		0xf9, 0x91, 0xc3, 0x4d, 0x0e, 0xa8, 0x4e, 0xaf, 0x37, 0x16,
	};
	static const u8 s[32] = {
		0xf7, 0xcb, 0x1c, 0x94, 0x2d, 0x65, 0x7c, 0x41, 0xd4, 0x36, 0xc7,
		0xa1, 0xb6, 0xe2, 0x9f, 0x65, 0xf3, 0xe9, 0x00, 0xdb, 0xb9, 0xaf,
		0xf4, 0x06, 0x4d, 0xc4, 0xab, 0x2f, 0x84, 0x3a, 0xcd, 0xa8,
	};
	const struct km_piece message = { "sample", 6 };
	struct km_ecdsa sig;
	u8 digest[32], x[32], y[32];

	km_sha256(&message, 1, digest);
	sig.digest = digest;
	sig.digest_len = sizeof(digest);
	if (km_ecdsa_sign(&km_p256, d, k, &sig) || memcmp(sig.r, r, 32) || memcmp(sig.s, s, 32))
		return -EINVAL;
	if (km_ec_public(&km_p256, d, x, y) || km_ecdsa_verify(&km_p256, x, y, &sig))
		return -EINVAL;
	digest[0] ^= 1;
	return km_ecdsa_verify(&km_p256, x, y, &sig) == -EBADMSG ? 0 : -EINVAL;
}

static const struct {
	const char *name;
	int (*run)(void);
} tests[] = {
	{ "AES-OCB", kat_ocb },
	{ "AES-GCM", kat_gcm },
	{ "both ways of AES-GCM", kat_gcm_ways },
	{ "gcm(aes) of the kernel", kat_kernel_gcm },
	{ "Triple DES", km_kat_des3 },
	{ "HKDF-SHA256", kat_hkdf },
	{ "key derivations", km_kat_derive },
	{ "ECDSA P-256", kat_ecdsa },
	{ "ECDSA P-224, P-384, P-521", km_kat_ec },
	{ "RSA", km_kat_rsa },
	{ "Ed25519", km_kat_ed25519 },
	{ "X25519", km_kat_x25519 },
};

/**
 * km_kat_run() - run all known-answer tests
 *
 * Return: 0 or the errno of the first that fails.
 */
int km_kat_run(void)
{
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		ret = tests[i].run();
		if (ret) {
			pr_err("known-answer test of %s failed: %d\n", tests[i].name, ret);
			return ret;
		}
		pr_debug("known-answer test of %s passed\n", tests[i].name);
	}
	return 0;
}
