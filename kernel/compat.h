/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All the differences between the kernels that we build for: 6.1, 6.12, 7.2, 7.3.
 * Leaf of the layers. Nothing else looks at LINUX_VERSION_CODE but shim.h.
 */
#ifndef KM_COMPAT_H
#define KM_COMPAT_H

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

#endif /* KM_COMPAT_H */
