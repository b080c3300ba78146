/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the two halves of the AES family share: keys and operations.
 * Between alg_aes.c, which owns the transforms, and aes_op.c, which runs them.
 */
#ifndef KM_AES_H
#define KM_AES_H

#include <crypto/aead.h>
#include "block_op.h"
#include "gcm.h"

#define KM_AES_GCM_TAG	16

struct crypto_aead *km_aes_gcm(const struct km_alg_key *key);
const struct km_gcm_key *km_aes_gcm_fast(const struct km_alg_key *key);

enum km_error km_aes_begin(struct km_alg_op *op);
void km_aes_end(struct km_alg_op *op);
size_t km_aes_out_len(const struct km_alg_op *op, const struct km_io *io, bool finish);
enum km_error km_aes_update(struct km_alg_op *op, struct km_io *io);
enum km_error km_aes_finish(struct km_alg_op *op, struct km_io *io);
enum km_error km_aes_oneshot(struct km_alg_op *op, struct km_io *io);

#endif /* KM_AES_H */
