// SPDX-License-Identifier: GPL-2.0-only
/*
 * Block ciphers in ECB and CBC, paddings NONE and PKCS7 (operations.md 4.1).
 * Under alg_aes.c and alg_des3.c; ciphers from the kernel crypto API.
 *
 * Everything is done in place: bytes that an update holds back (a partial
 * block, the last block of a PKCS7 decryption) are put in front of the next
 * input, where struct km_io has room.
 */
#include <linux/err.h>
#include <linux/random.h>
#include "block_op.h"
#include "pad.h"
#include "sg.h"

/**
 * struct block_op - a running operation, made when its first data comes
 * @iv: running IV
 * @held: input held back: at most a block
 * @held_len: how much
 * @req: request for the cipher; the driver's part lies behind it
 */
struct block_op {
	u8 iv[KM_BLOCK_MAX];
	u8 held[KM_BLOCK_MAX];
	u32 held_len;
	struct skcipher_request req;
};

/**
 * km_ciphers_init() - no transform yet
 * @c: zeroed, but for what describes the cipher and its key
 */
void km_ciphers_init(struct km_ciphers *c)
{
	mutex_init(&c->lock);
}

/**
 * km_ciphers_free() - free the transforms
 * @c: where they are
 */
void km_ciphers_free(struct km_ciphers *c)
{
	int i;

	for (i = 0; i < KM_CIPHERS; i++)
		crypto_free_skcipher(c->tfm[i]);
}

static struct crypto_skcipher *make_tfm(const struct km_ciphers *c, enum km_cipher which)
{
	struct crypto_skcipher *tfm;
	int err;

	tfm = crypto_alloc_skcipher(c->names[which], 0, KM_CIPHER_DRIVERS);
	if (IS_ERR(tfm))
		return tfm;
	err = crypto_skcipher_setkey(tfm, c->key, c->key_len);
	if (!err)
		return tfm;
	crypto_free_skcipher(tfm);
	return ERR_PTR(err);
}

/**
 * km_cipher_get() - the keyed transform of a mode
 * @c: the key's transforms
 * @which: the mode, one that the cipher has
 *
 * Return: it, or an ERR_PTR. Context: may sleep.
 */
struct crypto_skcipher *km_cipher_get(struct km_ciphers *c, enum km_cipher which)
{
	/* Pairs with the release below: a transform that is seen is keyed. */
	struct crypto_skcipher *tfm = smp_load_acquire(&c->tfm[which]);

	if (tfm)
		return tfm;
	mutex_lock(&c->lock);
	tfm = c->tfm[which];
	if (!tfm)
		tfm = make_tfm(c, which);
	if (!IS_ERR(tfm)) {
		/* Pairs with the acquire above. */
		smp_store_release(&c->tfm[which], tfm);
	}
	mutex_unlock(&c->lock);
	return tfm;
}

static bool encrypts(const struct km_alg_op *op)
{
	return op->purpose == KM_PURPOSE_ENCRYPT;
}

static bool is_pkcs7(const struct km_alg_op *op)
{
	return op->args.padding.value == KM_PAD_PKCS7;
}

static u32 block_of(const struct km_alg_op *op)
{
	const struct km_ciphers *c = op->key->priv;

	return c->block;
}

/**
 * km_check_mode() - is BLOCK_MODE one that cipher and key have?
 * @op: the operation
 *
 * Return: Keymaster code.
 */
enum km_error km_check_mode(const struct km_alg_op *op)
{
	const struct km_choice *mode = &op->args.mode;

	if (mode->n != 1 || !(km_bit(mode->value) & op->key->alg->modes))
		return KM_ERROR_UNSUPPORTED_BLOCK_MODE;
	if (!(km_bit(mode->value) & op->key->spec.modes))
		return KM_ERROR_INCOMPATIBLE_BLOCK_MODE;
	return KM_ERROR_OK;
}

/**
 * km_check_crypt_padding() - is PADDING one that cipher and key have?
 * @op: the operation
 *
 * Return: Keymaster code.
 */
enum km_error km_check_crypt_padding(const struct km_alg_op *op)
{
	const struct km_choice *padding = &op->args.padding;

	if (padding->n != 1 || !(km_bit(padding->value) & op->key->alg->crypt_paddings))
		return KM_ERROR_UNSUPPORTED_PADDING_MODE;
	if (!(km_bit(padding->value) & op->key->spec.paddings))
		return KM_ERROR_INCOMPATIBLE_PADDING_MODE;
	return KM_ERROR_OK;
}

/**
 * km_is_block_mode() - is it this file that runs the operation?
 * @op: the operation
 *
 * Return: true for ECB and CBC.
 */
bool km_is_block_mode(const struct km_alg_op *op)
{
	return op->args.mode.value == KM_MODE_ECB || op->args.mode.value == KM_MODE_CBC;
}

/**
 * km_nonce_fresh() - draw a nonce
 * @op: the operation; @op->nonce_len is how long the nonce is to be, 8, 12 or 16
 *
 * From the batched generator: as good as get_random_bytes(), and a quarter of its
 * price, which would be more than the rest of a short message.
 */
void km_nonce_fresh(struct km_alg_op *op)
{
	u32 i;

	/* Half a word is half the price. */
	for (i = 0; i + sizeof(u64) <= op->nonce_len; i += sizeof(u64))
		put_unaligned(get_random_u64(), (u64 *)(op->nonce + i));
	if (i < op->nonce_len)
		put_unaligned(get_random_u32(), (u32 *)(op->nonce + i));
}

/**
 * km_nonce_take() - choose or check the nonce
 * @op: the operation
 * @size: how long a nonce its mode needs
 *
 * Return: Keymaster code.
 */
enum km_error km_nonce_take(struct km_alg_op *op, u32 size)
{
	if (!op->args.nonce && !encrypts(op))
		return KM_ERROR_INVALID_ARGUMENT;
	if (op->args.nonce && op->args.nonce_len != size)
		return KM_ERROR_INVALID_NONCE;
	op->nonce_len = size;
	if (op->args.nonce)
		memcpy(op->nonce, op->args.nonce, size);
	else
		km_nonce_fresh(op);
	return KM_ERROR_OK;
}

/**
 * km_block_begin() - choose or check the IV
 * @op: the operation
 *
 * Return: Keymaster code.
 */
enum km_error km_block_begin(struct km_alg_op *op)
{
	if (op->args.mode.value == KM_MODE_ECB)
		return KM_ERROR_OK;
	return km_nonce_take(op, block_of(op));
}

static enum km_error make_op(struct km_alg_op *op)
{
	bool ecb = op->args.mode.value == KM_MODE_ECB;
	struct crypto_skcipher *tfm;
	struct block_op *bo;

	if (op->priv)
		return KM_ERROR_OK;
	tfm = km_cipher_get(op->key->priv, ecb ? KM_CIPHER_ECB : KM_CIPHER_CBC);
	if (IS_ERR(tfm))
		return km_error_of(PTR_ERR(tfm));
	bo = kzalloc(sizeof(*bo) + crypto_skcipher_reqsize(tfm), GFP_KERNEL_ACCOUNT);
	if (!bo)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	memcpy(bo->iv, op->nonce, op->nonce_len);
	skcipher_request_set_tfm(&bo->req, tfm);
	op->priv = bo;
	return KM_ERROR_OK;
}

/**
 * km_block_end() - wipe and free what an operation has
 * @op: the operation
 */
void km_block_end(struct km_alg_op *op)
{
	/* All of it: the allocation knows how much the driver has. */
	kfree_sensitive(op->priv);
	op->priv = NULL;
}

/* In place; the request carries the IV on in bo->iv. */
static enum km_error run(const struct km_alg_op *op, u8 *p, size_t len)
{
	struct block_op *bo = op->priv;
	DECLARE_CRYPTO_WAIT(wait);
	struct km_sg list;
	int err;

	if (!len)
		return KM_ERROR_OK;
	err = km_sg_init(&list, NULL, 0, p, len);
	if (err)
		return km_error_of(err);
	skcipher_request_set_callback(&bo->req, KM_CIPHER_REQUEST, crypto_req_done, &wait);
	skcipher_request_set_crypt(&bo->req, list.sg, list.sg, len, bo->iv);
	err = encrypts(op) ? crypto_skcipher_encrypt(&bo->req) : crypto_skcipher_decrypt(&bo->req);
	err = crypto_wait_req(err, &wait);
	km_sg_free(&list);
	return km_error_of(err);
}

/* How many of @n bytes an update may process: whole blocks, nothing held back. */
static size_t ready(const struct km_alg_op *op, size_t n)
{
	/* The last block of a decryption is padding, and which is the last shows at the end. */
	size_t keep = is_pkcs7(op) && !encrypts(op);

	return n > keep ? round_down(n - keep, block_of(op)) : 0;
}

/**
 * km_block_out_len() - how much output will there be at most?
 * @op: the operation
 * @io: the input
 * @finish: by finish, or by update
 *
 * Return: bytes; exact but for the padding that a decryption takes off.
 */
size_t km_block_out_len(const struct km_alg_op *op, const struct km_io *io, bool finish)
{
	const struct block_op *bo = op->priv;
	size_t n = (bo ? bo->held_len : 0) + io->len;

	if (!finish)
		return ready(op, n);
	if (is_pkcs7(op) && encrypts(op))
		return round_down(n, block_of(op)) + block_of(op);
	return n;
}

/* Puts the held bytes in front of the input: what there is to process. */
static u8 *unhold(struct block_op *bo, struct km_io *io, size_t *n)
{
	u8 *p = io->data - bo->held_len;

	memcpy(p, bo->held, bo->held_len);
	*n = bo->held_len + io->len;
	bo->held_len = 0;
	return p;
}

/**
 * km_block_update() - take data
 * @op: the operation
 * @io: the data
 *
 * Return: Keymaster code. Context: may sleep.
 */
enum km_error km_block_update(struct km_alg_op *op, struct km_io *io)
{
	enum km_error err = make_op(op);
	struct block_op *bo = op->priv;
	size_t n, now;
	u8 *p;

	if (err)
		return err;
	p = unhold(bo, io, &n);
	now = ready(op, n);
	bo->held_len = n - now;
	memcpy(bo->held, p + now, bo->held_len);
	io->out = p;
	io->out_len = now;
	return run(op, p, now);
}

/**
 * km_block_finish() - take the last data and conclude
 * @op: the operation
 * @io: the data
 *
 * Return: Keymaster code. Context: may sleep.
 */
enum km_error km_block_finish(struct km_alg_op *op, struct km_io *io)
{
	enum km_error err = make_op(op);
	u32 block = block_of(op);
	bool pkcs7 = is_pkcs7(op);
	size_t n, pad = 0;
	u8 *p;

	if (err)
		return err;
	p = unhold(op->priv, io, &n);
	if (pkcs7 && encrypts(op))
		n += km_pkcs7_add(p + n, n % block, block);
	if (n % block || (pkcs7 && !n))
		return KM_ERROR_INVALID_INPUT_LENGTH;
	err = run(op, p, n);
	if (!err && pkcs7 && !encrypts(op) && km_pkcs7_check(p + n - block, block, &pad))
		err = KM_ERROR_INVALID_ARGUMENT;
	io->out = p;
	io->out_len = err ? 0 : n - pad;
	return err;
}
