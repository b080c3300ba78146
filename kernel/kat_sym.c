// SPDX-License-Identifier: GPL-2.0-only
/*
 * Known-answer tests of the ciphers that are run through their family.
 * Called by kat.c. Source: NIST SP 800-67 appendix B.1 (Triple DES, ECB).
 */
#include <linux/err.h>
#include <linux/slab.h>
#include "block_op.h"
#include "kat.h"

static const u8 des3_key[24] = {
	0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x23, 0x45, 0x67, 0x89,
	0xab, 0xcd, 0xef, 0x01, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23,
};

static const u8 des3_plain[24] = "The qufck brown fox jump";

static const u8 des3_cipher[24] = {
	0xa8, 0x26, 0xfd, 0x8c, 0xe5, 0x3b, 0x85, 0x5f, 0xcc, 0xe2, 0x1c, 0x81,
	0x12, 0x25, 0x6f, 0xe6, 0x68, 0xd5, 0xc0, 0x5d, 0xd9, 0xb6, 0xb9, 0x00,
};

/* One message: @in becomes @want. */
static int run_des3(struct km_alg_key *key, u32 purpose, const u8 *in, const u8 *want)
{
	struct km_alg_op op = {
		.key = key, .purpose = purpose,
		.args.mode = { 1, KM_MODE_ECB }, .args.padding = { 1, KM_PAD_NONE },
	};
	struct km_io io = { .len = sizeof(des3_plain) };
	u8 *buffer = kzalloc(KM_IO_HEAD + sizeof(des3_plain) + KM_IO_TAIL, GFP_KERNEL);
	enum km_error err;
	int ret = -EINVAL;

	if (!buffer)
		return -ENOMEM;
	io.data = buffer + KM_IO_HEAD;
	memcpy(io.data, in, io.len);
	err = key->alg->check(&op);
	if (!err)
		err = key->alg->begin(&op);
	if (!err)
		err = key->alg->finish(&op, &io);
	if (!err && io.out_len == sizeof(des3_plain) && !memcmp(io.out, want, io.out_len))
		ret = 0;
	key->alg->end(&op);
	kfree(buffer);
	return ret;
}

/**
 * km_kat_des3() - Triple DES, encryption and decryption
 *
 * A cipher of the past: a kernel may be built without it, and then there is none.
 *
 * Return: 0 or a negative errno.
 */
int km_kat_des3(void)
{
	struct km_alg_key key = {
		.alg = &km_alg_des3,
		.spec.modes = KM_BIT(KM_MODE_ECB), .spec.paddings = KM_BIT(KM_PAD_NONE),
		.material = km_secret_copy(des3_key, sizeof(des3_key)),
	};
	int ret = -ENOMEM;

	if (!key.material)
		return ret;
	km_des3_offered = crypto_has_skcipher("ecb(des3_ede)", 0, KM_CIPHER_DRIVERS) &&
			  crypto_has_skcipher("cbc(des3_ede)", 0, KM_CIPHER_DRIVERS);
	if (!km_des3_offered) {
		ret = 0;
		goto out;
	}
	if (!key.alg->load(&key)) {
		ret = run_des3(&key, KM_PURPOSE_ENCRYPT, des3_plain, des3_cipher) ?:
		      run_des3(&key, KM_PURPOSE_DECRYPT, des3_cipher, des3_plain);
		key.alg->unload(&key);
	}
out:
	km_secret_free(key.material);
	return ret;
}
