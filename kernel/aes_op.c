// SPDX-License-Identifier: GPL-2.0-only
/*
 * AES operations: CTR and GCM; ECB and CBC go to block_op.c (operations.md 4.1).
 * Under alg_aes.c; ciphers from the kernel crypto API, GHASH our own.
 *
 * Whole GCM messages go through our gcm.c if they are short and the processor has
 * the instructions, else through gcm(aes). The API has no incremental GCM, so
 * streams are made of ctr(aes) and our GHASH.
 *
 * Everything is done in place: bytes that an update holds back (a partial
 * block, the tag of a GCM decryption) are put in front of the next input, where
 * struct km_io has room.
 */
#include <linux/err.h>
#include "aes.h"
#include "compat.h"
#include "ghash.h"
#include "prim.h"
#include "sg.h"

#define BLOCK		KM_AES_BLOCK
#define GCM_NONCE	12
#define GCM_TAG		KM_AES_GCM_TAG
/*
 * Up to here our GCM takes less than gcm(aes): measured. That is faster for long ones,
 * on processors with wider instructions than we use.
 */
#define SHORT_MESSAGE	1024
/* NIST SP 800-38D: 2^39 - 256 bits; the 32-bit counter must not come round. */
#define GCM_DATA_MAX	((1ULL << 36) - 32)

/**
 * struct aes_op - a running operation, made when its first data comes
 * @req: request for the cipher, NULL until data comes
 * @tfm: its transform
 * @wait: its completion
 * @iv: running counter
 * @held: input held back
 * @held_len: how much
 * @gcm_started: @ghash and @mask are set up
 * @data_started: GCM: no more ASSOCIATED_DATA
 * @ghash: GCM: over additional data and ciphertext
 * @mask: GCM: E(K, Y0)
 * @aad_len: GCM: bytes of additional data
 * @data_len: GCM: bytes of data
 */
struct aes_op {
	struct skcipher_request *req;
	struct crypto_skcipher *tfm;
	struct crypto_wait wait;
	u8 iv[BLOCK];
	u8 held[2 * BLOCK];
	u32 held_len;
	bool gcm_started;
	bool data_started;
	struct km_ghash ghash;
	u8 mask[BLOCK];
	u64 aad_len;
	u64 data_len;
};

static bool is_gcm(const struct km_alg_op *op)
{
	return op->args.mode.value == KM_MODE_GCM;
}

static bool encrypts(const struct km_alg_op *op)
{
	return op->purpose == KM_PURPOSE_ENCRYPT;
}

/**
 * km_aes_begin() - choose or check the nonce
 * @op: the operation
 *
 * Return: Keymaster code. Context: may sleep.
 */
enum km_error km_aes_begin(struct km_alg_op *op)
{
	if (km_is_block_mode(op))
		return km_block_begin(op);
	return km_nonce_take(op, is_gcm(op) ? GCM_NONCE : BLOCK);
}

/* Not in begin: a whole GCM message needs none of this. */
static enum km_error make_stream(struct km_alg_op *op)
{
	struct aes_op *ao;

	if (op->priv)
		return KM_ERROR_OK;
	ao = kzalloc(sizeof(*ao), GFP_KERNEL_ACCOUNT);
	if (!ao)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	memcpy(ao->iv, op->nonce, op->nonce_len);
	op->priv = ao;
	return KM_ERROR_OK;
}

/**
 * km_aes_end() - wipe and free what an operation has
 * @op: the operation
 */
void km_aes_end(struct km_alg_op *op)
{
	struct aes_op *ao = op->priv;

	if (km_is_block_mode(op)) {
		km_block_end(op);
		return;
	}
	if (!ao)
		return;
	skcipher_request_free(ao->req);
	kfree_sensitive(ao);
	op->priv = NULL;
}

static enum km_error make_request(struct km_alg_op *op)
{
	struct aes_op *ao = op->priv;

	if (ao->req)
		return KM_ERROR_OK;
	ao->tfm = km_cipher_get(op->key->priv, KM_CIPHER_CTR);
	if (IS_ERR(ao->tfm))
		return km_error_of(PTR_ERR(ao->tfm));
	ao->req = skcipher_request_alloc(ao->tfm, GFP_KERNEL_ACCOUNT);
	if (!ao->req)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	crypto_init_wait(&ao->wait);
	skcipher_request_set_callback(ao->req, KM_CIPHER_REQUEST, crypto_req_done, &ao->wait);
	return KM_ERROR_OK;
}

/* In place; the request carries the counter on in ao->iv. */
static enum km_error run_cipher(struct km_alg_op *op, u8 *p, size_t len)
{
	struct aes_op *ao = op->priv;
	struct km_sg list;
	enum km_error kerr;
	int err;

	if (!len)
		return KM_ERROR_OK;
	kerr = make_request(op);
	if (kerr)
		return kerr;
	err = km_sg_init(&list, NULL, 0, p, len);
	if (err)
		return km_error_of(err);
	skcipher_request_set_crypt(ao->req, list.sg, list.sg, len, ao->iv);
	/* CTR and both directions of GCM only ever encrypt the counter. */
	err = crypto_wait_req(crypto_skcipher_encrypt(ao->req), &ao->wait);
	km_sg_free(&list);
	return km_error_of(err);
}

/* H = E(K, 0), Y0 = nonce || 1, and the first counter for data. */
static enum km_error gcm_start(struct km_alg_op *op)
{
	struct aes_op *ao = op->priv;
	u8 h[BLOCK] = {};
	struct km_aes aes;

	if (ao->gcm_started)
		return KM_ERROR_OK;
	if (km_aes_setkey(&aes, op->key->material->data, op->key->material->len))
		return KM_ERROR_UNKNOWN_ERROR;
	km_aes_encrypt(&aes, h, h);
	km_ghash_init(&ao->ghash, h);
	put_unaligned_be32(1, ao->iv + GCM_NONCE);
	km_aes_encrypt(&aes, ao->mask, ao->iv);
	put_unaligned_be32(2, ao->iv + GCM_NONCE);
	memzero_explicit(h, sizeof(h));
	memzero_explicit(&aes, sizeof(aes));
	ao->gcm_started = true;
	return KM_ERROR_OK;
}

static enum km_error gcm_aad(struct km_alg_op *op, const struct km_io *io)
{
	struct aes_op *ao = op->priv;

	if (!io->aad)
		return KM_ERROR_OK;
	if (ao->data_started)
		return KM_ERROR_INVALID_TAG;
	km_ghash_update(&ao->ghash, io->aad, io->aad_len);
	ao->aad_len += io->aad_len;
	return KM_ERROR_OK;
}

static enum km_error run_gcm(struct km_alg_op *op, u8 *p, size_t len)
{
	struct aes_op *ao = op->priv;
	enum km_error err;

	if (len > GCM_DATA_MAX - ao->data_len)
		return KM_ERROR_INVALID_INPUT_LENGTH;
	ao->data_len += len;
	if (!encrypts(op))
		km_ghash_update(&ao->ghash, p, len);
	err = run_cipher(op, p, len);
	if (!err && encrypts(op))
		km_ghash_update(&ao->ghash, p, len);
	return err;
}

static enum km_error run(struct km_alg_op *op, u8 *p, size_t len)
{
	return is_gcm(op) ? run_gcm(op, p, len) : run_cipher(op, p, len);
}

/* How many of @n bytes an update may process: whole blocks, nothing held back. */
static size_t ready(const struct km_alg_op *op, size_t n)
{
	size_t keep = is_gcm(op) && !encrypts(op) ? op->mac_bytes : 0;

	return n > keep ? round_down(n - keep, BLOCK) : 0;
}

/**
 * km_aes_out_len() - how much output will there be at most?
 * @op: the operation
 * @io: the input
 * @finish: by finish, or by update
 *
 * Return: bytes.
 */
size_t km_aes_out_len(const struct km_alg_op *op, const struct km_io *io, bool finish)
{
	const struct aes_op *ao = op->priv;
	size_t n;

	if (km_is_block_mode(op))
		return km_block_out_len(op, io, finish);
	n = (ao ? ao->held_len : 0) + io->len;
	if (!finish)
		return ready(op, n);
	if (is_gcm(op) && !encrypts(op))
		return n > op->mac_bytes ? n - op->mac_bytes : 0;
	if (is_gcm(op))
		return n + op->mac_bytes;
	return n;
}

/* Puts the held bytes in front of the input: what there is to process. */
static u8 *unhold(struct aes_op *ao, struct km_io *io, size_t *n)
{
	u8 *p = io->data - ao->held_len;

	memcpy(p, ao->held, ao->held_len);
	*n = ao->held_len + io->len;
	ao->held_len = 0;
	return p;
}

/* What comes before data: the state, and for GCM what is authenticated only. */
static enum km_error take_aad(struct km_alg_op *op, struct km_io *io)
{
	enum km_error err = make_stream(op);
	struct aes_op *ao = op->priv;

	if (err || !is_gcm(op))
		return err;
	err = gcm_start(op);
	if (!err)
		err = gcm_aad(op, io);
	if (!err && io->len && !ao->data_started) {
		ao->data_started = true;
		km_ghash_pad(&ao->ghash);
	}
	return err;
}

/**
 * km_aes_update() - take data
 * @op: the operation
 * @io: the data
 *
 * Return: Keymaster code. Context: may sleep.
 */
enum km_error km_aes_update(struct km_alg_op *op, struct km_io *io)
{
	struct aes_op *ao;
	enum km_error err;
	size_t n, now;
	u8 *p;

	if (km_is_block_mode(op))
		return km_block_update(op, io);
	err = take_aad(op, io);
	if (err)
		return err;
	ao = op->priv;
	p = unhold(ao, io, &n);
	now = ready(op, n);
	/* At most a tag and a partial block. */
	ao->held_len = n - now;
	memcpy(ao->held, p + now, ao->held_len);
	io->out = p;
	io->out_len = now;
	return run(op, p, now);
}

static enum km_error gcm_conclude(struct km_alg_op *op, u8 *p, size_t n, struct km_io *io)
{
	struct aes_op *ao = op->priv;
	u8 tag[GCM_TAG];
	enum km_error err;
	int i;

	if (!encrypts(op)) {
		if (n < op->mac_bytes)
			return KM_ERROR_INVALID_INPUT_LENGTH;
		n -= op->mac_bytes;
	}
	if (!ao->data_started)
		km_ghash_pad(&ao->ghash);
	err = run_gcm(op, p, n);
	if (err)
		return err;
	km_ghash_final(&ao->ghash, ao->aad_len, ao->data_len, tag);
	for (i = 0; i < GCM_TAG; i++)
		tag[i] ^= ao->mask[i];
	if (encrypts(op)) {
		memcpy(p + n, tag, op->mac_bytes);
		n += op->mac_bytes;
	} else if (crypto_memneq(tag, p + n, op->mac_bytes)) {
		err = KM_ERROR_VERIFICATION_FAILED;
	}
	memzero_explicit(tag, sizeof(tag));
	io->out = p;
	io->out_len = n;
	return err;
}

/**
 * km_aes_finish() - take the last data and conclude
 * @op: the operation
 * @io: the data
 *
 * Return: Keymaster code. Context: may sleep.
 */
enum km_error km_aes_finish(struct km_alg_op *op, struct km_io *io)
{
	enum km_error err;
	size_t n;
	u8 *p;

	if (km_is_block_mode(op))
		return km_block_finish(op, io);
	err = take_aad(op, io);
	if (err)
		return err;
	p = unhold(op->priv, io, &n);
	if (is_gcm(op))
		return gcm_conclude(op, p, n, io);
	io->out = p;
	io->out_len = n;
	return run_cipher(op, p, n);
}

/* One message by gcm(aes), in place: behind it stands, or will stand, its tag. */
static int run_aead(const struct km_alg_op *op, struct km_io *io, struct aead_request *req)
{
	size_t len = encrypts(op) ? io->len : io->len - GCM_TAG;
	DECLARE_CRYPTO_WAIT(wait);
	struct km_sg list __uninitialized;
	int err;

	if (io->aad_len)
		err = km_sg_init(&list, io->aad, io->aad_len, io->data, len + GCM_TAG);
	else
		err = km_sg_init_tagged(&list, io->data, len, GCM_TAG);
	if (err)
		return err;
	aead_request_set_callback(req, KM_CIPHER_REQUEST, crypto_req_done, &wait);
	aead_request_set_ad(req, io->aad_len);
	aead_request_set_crypt(req, list.sg, list.sg, io->len, (u8 *)op->nonce);
	err = encrypts(op) ? crypto_aead_encrypt(req) : crypto_aead_decrypt(req);
	err = crypto_wait_req(err, &wait);
	km_sg_free(&list);
	return err;
}

/* By gcm(aes). A driver that wants an enormous request leaves it to the stream. */
static enum km_error long_message(struct km_alg_op *op, struct km_io *io)
{
	struct aead_request *req = io->state;
	struct crypto_aead *tfm;
	size_t size;
	int err;

	tfm = km_aes_gcm(op->key);
	if (IS_ERR(tfm))
		return km_error_of(PTR_ERR(tfm));
	size = sizeof(*req) + crypto_aead_reqsize(tfm);
	if (size > KM_IO_STATE)
		return KM_ERROR_UNIMPLEMENTED;
	aead_request_set_tfm(req, tfm);
	err = run_aead(op, io, req);
	/* The driver's part may hold the key stream of a block, or a hash state. */
	memzero_explicit(req, size);
	return km_error_of(err);
}

/* Without the crypto API, if the processor has the instructions: see gcm.c. */
static int short_message(const struct km_alg_op *op, const struct km_io *io, size_t len)
{
	const struct km_gcm_key *k = km_aes_gcm_fast(op->key);
	const struct km_gcm_text text = {
		.nonce = op->nonce, .aad = io->aad, .aad_len = io->aad_len,
		.in = io->data, .out = io->data, .len = len,
	};

	if (encrypts(op))
		return km_gcm_fast_seal(k, &text, io->data + len);
	return km_gcm_fast_open(k, &text, io->data + len, op->mac_bytes);
}

/**
 * km_aes_oneshot() - a whole GCM message at once
 * @op: the operation, just begun
 * @io: the data
 *
 * Return: Keymaster code, UNIMPLEMENTED for what the stream has to do.
 * Context: may sleep.
 */
enum km_error km_aes_oneshot(struct km_alg_op *op, struct km_io *io)
{
	bool encrypt = encrypts(op);
	size_t len = io->len;
	int ret = -EOPNOTSUPP;

	if (!is_gcm(op) || (!encrypt && len < op->mac_bytes))
		return KM_ERROR_UNIMPLEMENTED;
	if (!encrypt)
		len -= op->mac_bytes;
	io->out = io->data;
	io->out_len = encrypt ? len + op->mac_bytes : len;
	if (len + io->aad_len <= SHORT_MESSAGE)
		ret = short_message(op, io, len);
	if (ret != -EOPNOTSUPP)
		return km_error_of(ret);
	/* The transform's tag is 16 bytes: it makes a shorter one, but cannot check it. */
	if (!encrypt && op->mac_bytes != GCM_TAG)
		return KM_ERROR_UNIMPLEMENTED;
	return long_message(op, io);
}
