/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Block ciphers in ECB and CBC: keyed transforms, and operations on them.
 * Under alg_aes.c and alg_des3.c; beside aes_op.c, which does the other modes.
 */
#ifndef KM_BLOCK_OP_H
#define KM_BLOCK_OP_H

#include <crypto/skcipher.h>
#include <linux/mutex.h>
#include "alg.h"

/* The largest block of any cipher. */
#define KM_BLOCK_MAX	16

/*
 * Software drivers only. CRYPTO_ALG_ASYNC must not be masked out: on 6.1 that
 * would rule out the accelerated gcm(aes), which is flagged async, and leave
 * one that is fifteen times slower. crypto_wait_req() takes both kinds.
 */
#define KM_CIPHER_DRIVERS	CRYPTO_ALG_KERN_DRIVER_ONLY
#define KM_CIPHER_REQUEST	(CRYPTO_TFM_REQ_MAY_BACKLOG | CRYPTO_TFM_REQ_MAY_SLEEP)

enum km_cipher { KM_CIPHER_ECB, KM_CIPHER_CBC, KM_CIPHER_CTR, KM_CIPHERS };

/**
 * struct km_ciphers - the keyed transforms of a loaded key
 * @lock: held while a transform is made; guards nothing that is read without it
 * @names: the kernel's names of the modes, NULL for those that there are not
 * @block: block size, bytes
 * @key: the key in the form that the transforms take; lives as long as this does
 * @key_len: its length, bytes
 * @tfm: the transforms, NULL until needed; set once, by release
 *
 * First member of what km_alg_key.priv of a block cipher points to.
 */
struct km_ciphers {
	struct mutex lock;	/* serialises the making of transforms */
	const char *const *names;
	u32 block;
	const u8 *key;
	size_t key_len;
	struct crypto_skcipher *tfm[KM_CIPHERS];
};

void km_ciphers_init(struct km_ciphers *c);
void km_ciphers_free(struct km_ciphers *c);
struct crypto_skcipher *km_cipher_get(struct km_ciphers *c, enum km_cipher which);

enum km_error km_check_mode(const struct km_alg_op *op);
enum km_error km_check_crypt_padding(const struct km_alg_op *op);
bool km_is_block_mode(const struct km_alg_op *op);
void km_nonce_fresh(struct km_alg_op *op);
enum km_error km_nonce_take(struct km_alg_op *op, u32 size);

enum km_error km_block_begin(struct km_alg_op *op);
void km_block_end(struct km_alg_op *op);
size_t km_block_out_len(const struct km_alg_op *op, const struct km_io *io, bool finish);
enum km_error km_block_update(struct km_alg_op *op, struct km_io *io);
enum km_error km_block_finish(struct km_alg_op *op, struct km_io *io);

#endif /* KM_BLOCK_OP_H */
