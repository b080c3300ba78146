/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All the differences between the kernels that we build for: 6.1, 6.12, 7.2, 7.3.
 * Leaf of the layers. Nothing else looks at LINUX_VERSION_CODE but shim.h.
 */
#ifndef KM_COMPAT_H
#define KM_COMPAT_H

#include <linux/slab.h>
#include <linux/tpm.h>
#include <linux/version.h>
#include <crypto/aes.h>
#include <crypto/sha2.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
typedef struct aes_key km_aes_ctx;
typedef struct sha256_ctx km_sha256_ctx;
#define km_aes_expand(ctx, key, len)	aes_preparekey(ctx, key, len)
#else
typedef struct crypto_aes_ctx km_aes_ctx;
typedef struct sha256_state km_sha256_ctx;
#define km_aes_expand(ctx, key, len)	aes_expandkey(ctx, key, len)
#endif

/* Only newer kernels, and newer stable ones, have a name for it. */
#ifndef __uninitialized
#define __uninitialized
#endif

/* A buffer for a TPM, whose data has room for a page whatever shape the rest has. */
static inline struct tpm_buf *km_tpm_buf_alloc(void)
{
	struct tpm_buf *buf = kzalloc(sizeof(*buf) + PAGE_SIZE, GFP_KERNEL);

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 3, 0)
	if (buf)
		buf->capacity = PAGE_SIZE;
#else
	if (buf)
		buf->data = (u8 *)(buf + 1);
#endif
	return buf;
}

/* Without a TPM driver in the kernel there is no chip, and nothing to call. */
#if !IS_ENABLED(CONFIG_TCG_TPM)
#define tpm_try_get_ops(chip)			(-ENODEV)
#define tpm_put_ops(chip)			do { } while (0)
#define tpm_transmit_cmd(chip, buf, min, text)	(-ENODEV)
#endif

#endif /* KM_COMPAT_H */
