// SPDX-License-Identifier: GPL-2.0-only
/*
 * Times the kernel's own crypto with nothing around it: the "raw" column of the bench.
 * Loaded in the bench's VM only, never installed; driven by rawkernel.c over /dev/kmbench.
 */
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <crypto/aead.h>
#include <crypto/ecdh.h>
#include <crypto/hash.h>
#include <crypto/internal/ecc.h>

#include "kmbench.h"

#define KEY_SIZE	32
#define TAG_SIZE	16
#define P256_DIGITS	4

/* All members guarded by bench_lock, except during init and exit. */
struct bench_state {
	struct crypto_aead *gcm;
	struct aead_request *req;
	struct crypto_wait wait;
	struct crypto_shash *hmac;
	struct scatterlist src, dst;
	u8 *plain, *sealed;
	u8 key[KEY_SIZE], iv[12], mac[32];
	u64 priv[P256_DIGITS], pub[2 * P256_DIGITS], out[2 * P256_DIGITS];
};

static struct bench_state st;
static DEFINE_MUTEX(bench_lock);

static int gcm_once(bool enc, u32 size)
{
	u8 iv[12];

	/* The algorithm may count in the buffer it is given. */
	memcpy(iv, st.iv, sizeof(iv));
	if (enc) {
		aead_request_set_crypt(st.req, &st.src, &st.dst, size, iv);
		return crypto_wait_req(crypto_aead_encrypt(st.req), &st.wait);
	}
	aead_request_set_crypt(st.req, &st.dst, &st.src, size + TAG_SIZE, iv);
	return crypto_wait_req(crypto_aead_decrypt(st.req), &st.wait);
}

static int rekey_once(u32 size)
{
	int ret = crypto_aead_setkey(st.gcm, st.key, KEY_SIZE);

	return ret ?: gcm_once(true, size);
}

static int hmac_once(u32 size)
{
	SHASH_DESC_ON_STACK(desc, st.hmac);
	int ret;

	desc->tfm = st.hmac;
	ret = crypto_shash_digest(desc, st.plain, size, st.mac);
	shash_desc_zero(desc);
	return ret;
}

static int mult2_once(void)
{
	const struct ecc_curve *c = ecc_get_curve(ECC_CURVE_NIST_P256);
	struct ecc_point q = { .x = st.pub, .y = st.pub + P256_DIGITS, .ndigits = P256_DIGITS };
	struct ecc_point r = { .x = st.out, .y = st.out + P256_DIGITS, .ndigits = P256_DIGITS };

	if (!c)
		return -ENOENT;
	ecc_point_mult_shamir(&r, st.priv, &c->g, st.priv, &q, c);
	return 0;
}

static int bench_once(const struct kmbench_run *run)
{
	switch (run->work) {
	case KMBENCH_GCM_ENC:
		return gcm_once(true, run->size);
	case KMBENCH_GCM_DEC:
		return gcm_once(false, run->size);
	case KMBENCH_GCM_REKEY:
		return rekey_once(run->size);
	case KMBENCH_HMAC:
		return hmac_once(run->size);
	case KMBENCH_EC_MULT:
		return crypto_ecdh_shared_secret(ECC_CURVE_NIST_P256, P256_DIGITS, st.priv,
						 st.pub, st.out);
	case KMBENCH_EC_MULT2:
		return mult2_once();
	case KMBENCH_EC_PUBKEY:
		return ecc_make_pub_key(ECC_CURVE_NIST_P256, P256_DIGITS, st.priv, st.out);
	default:
		return -EINVAL;
	}
}

static int bench_run(struct kmbench_run *run)
{
	u64 start;
	int ret = 0;
	u32 i;

	sg_init_one(&st.src, st.plain, run->size + TAG_SIZE);
	sg_init_one(&st.dst, st.sealed, run->size + TAG_SIZE);
	/* A decryption must find a tag that is right, or it would stop short. */
	if (run->work == KMBENCH_GCM_DEC)
		ret = gcm_once(true, run->size);

	start = ktime_get_ns();
	for (i = 0; i < run->loops && !ret; i++)
		ret = bench_once(run);
	run->ns = ktime_get_ns() - start;
	return ret;
}

static long bench_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *user = (void __user *)arg;
	struct kmbench_run run;
	int ret;

	if (cmd != KMBENCH_IOC_RUN)
		return -ENOTTY;
	if (copy_from_user(&run, user, sizeof(run)))
		return -EFAULT;
	if (run.work >= KMBENCH_WORKS || run.size > KMBENCH_MAX || run.reserved)
		return -EINVAL;

	mutex_lock(&bench_lock);
	ret = bench_run(&run);
	mutex_unlock(&bench_lock);
	if (ret)
		return ret;
	return copy_to_user(user, &run, sizeof(run)) ? -EFAULT : 0;
}

static const struct file_operations bench_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = bench_ioctl,
};

static struct miscdevice bench_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "kmbench",
	.mode = 0600,
	.fops = &bench_fops,
};

static void bench_free(void)
{
	kfree(st.sealed);
	kfree(st.plain);
	if (!IS_ERR_OR_NULL(st.hmac))
		crypto_free_shash(st.hmac);
	aead_request_free(st.req);
	if (!IS_ERR_OR_NULL(st.gcm))
		crypto_free_aead(st.gcm);
}

static int bench_alloc(void)
{
	/* No mask: CRYPTO_ALG_ASYNC in it would choose a driver 15 times slower. */
	st.gcm = crypto_alloc_aead("gcm(aes)", 0, 0);
	if (IS_ERR(st.gcm))
		return PTR_ERR(st.gcm);
	st.hmac = crypto_alloc_shash("hmac(sha256)", 0, 0);
	if (IS_ERR(st.hmac))
		return PTR_ERR(st.hmac);
	st.req = aead_request_alloc(st.gcm, GFP_KERNEL);
	st.plain = kzalloc(KMBENCH_MAX + TAG_SIZE, GFP_KERNEL);
	st.sealed = kzalloc(KMBENCH_MAX + TAG_SIZE, GFP_KERNEL);
	return st.req && st.plain && st.sealed ? 0 : -ENOMEM;
}

static int bench_keys(void)
{
	int ret;

	memset(st.key, 0x11, sizeof(st.key));
	memset(st.iv, 0x22, sizeof(st.iv));
	/* The same number in every byte and digit order, and below the group order. */
	memset(st.priv, 0x5a, sizeof(st.priv));

	crypto_init_wait(&st.wait);
	aead_request_set_callback(st.req, CRYPTO_TFM_REQ_MAY_BACKLOG | CRYPTO_TFM_REQ_MAY_SLEEP,
				  crypto_req_done, &st.wait);
	aead_request_set_ad(st.req, 0);
	ret = crypto_aead_setkey(st.gcm, st.key, KEY_SIZE);
	if (!ret)
		ret = crypto_aead_setauthsize(st.gcm, TAG_SIZE);
	if (!ret)
		ret = crypto_shash_setkey(st.hmac, st.key, KEY_SIZE);
	if (!ret)
		ret = ecc_make_pub_key(ECC_CURVE_NIST_P256, P256_DIGITS, st.priv, st.pub);
	return ret;
}

static int __init bench_init(void)
{
	int ret = bench_alloc();

	if (!ret)
		ret = bench_keys();
	if (!ret)
		ret = misc_register(&bench_dev);
	if (ret)
		bench_free();
	return ret;
}

static void __exit bench_exit(void)
{
	misc_deregister(&bench_dev);
	bench_free();
}

module_init(bench_init);
module_exit(bench_exit);
MODULE_DESCRIPTION("Raw kernel crypto, timed, for the keymaster bench");
MODULE_LICENSE("GPL");
