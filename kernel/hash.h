/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Digests by their Keymaster number, on the kernel crypto API.
 * Leaf of the layers: alg_ec.c and rsa_op.c hash messages, alg_hmac.c names its transforms.
 */
#ifndef KM_HASH_H
#define KM_HASH_H

#include <crypto/hash.h>
#include "prim.h"

#define KM_DIGEST_MAX	64

int km_hash_init(void);
void km_hash_exit(void);
struct crypto_shash *km_hash_tfm(u32 digest);
const char *km_hash_name(u32 digest);
u32 km_hash_size(u32 digest);
int km_hash_run(u32 digest, const struct km_piece *pieces, unsigned int n, u8 *out);

#endif /* KM_HASH_H */
