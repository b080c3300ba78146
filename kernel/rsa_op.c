// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations of RSA: sign, verify, encrypt, decrypt (operations.md 4.2 to 4.4).
 * Called through the table of alg_rsa.c; parameters were checked by rsa_check.c, paddings
 * come from rsa_pad.c, numbers from rsa.c.
 *
 * Keys are only read, so many operations may use one at a time.
 */
#include <crypto/hash.h>
#include <linux/random.h>
#include <linux/sched/signal.h>
#include "alg_rsa.h"
#include "hash.h"
#include "rsa_op.h"
#include "rsa_pad.h"

/**
 * struct rsa_op - a running operation
 * @desc: digest of the message, NULL if the message stands for itself
 * @em: encoded message, as long as the modulus; behind @message in memory
 * @len: bytes of @message
 * @message: the message or its digest, at most as long as the modulus
 */
struct rsa_op {
	struct shash_desc *desc;
	struct km_rsa_em em;
	size_t len;
	u8 message[];
};

static void draw(void *ctx, u8 *out, size_t len)
{
	get_random_bytes(out, len);
}

static void draw_padding(u8 *out, size_t len)
{
	get_random_bytes(out, len);
}

static bool not_wanted(void *ctx)
{
	cond_resched();
	return fatal_signal_pending(current);
}

const struct km_rsa_env km_rsa_op_env = { .random = draw, .stop = not_wanted };

static struct km_rsa_hash hash_of(u32 digest)
{
	return (struct km_rsa_hash){ digest, km_hash_size(digest), km_hash_run };
}

/* --- from begin to end --- */

static bool fits(const struct km_alg_op *op, size_t k)
{
	const struct km_rsa_hash hash = hash_of(op->args.digest.value);
	const struct km_rsa_oaep oaep = { .label = &hash };

	switch (op->args.padding.value) {
	case KM_PAD_RSA_PKCS1_1_5_SIGN:
		return km_rsa_pkcs1_fits(&hash, k);
	case KM_PAD_RSA_PSS:
		return km_rsa_pss_fits(&hash, k);
	case KM_PAD_RSA_OAEP:
		return km_rsa_oaep_fits(&oaep, k);
	default:
		return true;
	}
}

/**
 * km_rsa_op_begin() - begin an operation
 * @op: the operation
 *
 * Return: Keymaster code.
 */
enum km_error km_rsa_op_begin(struct km_alg_op *op)
{
	const struct km_rsa_key *key = op->key->priv;
	struct crypto_shash *tfm = NULL;
	struct rsa_op *ro;

	if (!fits(op, key->len))
		return KM_ERROR_INCOMPATIBLE_DIGEST;
	ro = kzalloc(struct_size(ro, message, 2 * key->len), GFP_KERNEL_ACCOUNT);
	if (!ro)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	op->priv = ro;
	ro->em.data = ro->message + key->len;
	ro->em.len = key->len;
	if (km_rsa_is_signature(op))
		tfm = km_hash_tfm(op->args.digest.value);
	if (!tfm)
		return KM_ERROR_OK;
	ro->desc = kmalloc(sizeof(*ro->desc) + crypto_shash_descsize(tfm), GFP_KERNEL_ACCOUNT);
	if (!ro->desc)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	ro->desc->tfm = tfm;
	return km_error_of(crypto_shash_init(ro->desc));
}

/**
 * km_rsa_op_end() - wipe and free the state of an operation
 * @op: the operation
 */
void km_rsa_op_end(struct km_alg_op *op)
{
	struct rsa_op *ro = op->priv;

	if (!ro)
		return;
	kfree_sensitive(ro->desc);
	kfree_sensitive(ro);
	op->priv = NULL;
}

/**
 * km_rsa_op_out_len() - an upper bound of the output
 * @op: the operation
 * @io: the data
 * @finish: it is the last data
 *
 * Return: bytes.
 */
size_t km_rsa_op_out_len(const struct km_alg_op *op, const struct km_io *io, bool finish)
{
	const struct km_rsa_key *key = op->key->priv;

	return finish && op->purpose != KM_PURPOSE_VERIFY ? key->len : 0;
}

/**
 * km_rsa_op_update() - take data
 * @op: the operation
 * @io: the data
 *
 * What is not hashed is kept until finish, and none of it fits that is longer than the
 * modulus.
 *
 * Return: Keymaster code.
 */
enum km_error km_rsa_op_update(struct km_alg_op *op, struct km_io *io)
{
	struct rsa_op *ro = op->priv;

	if (ro->desc)
		return km_error_of(crypto_shash_update(ro->desc, io->data, io->len));
	if (io->len > ro->em.len - ro->len)
		return KM_ERROR_INVALID_INPUT_LENGTH;
	memcpy(ro->message + ro->len, io->data, io->len);
	ro->len += io->len;
	return KM_ERROR_OK;
}

/* --- encoding and decoding --- */

/* Zeros in front. */
static int pad_none(const struct km_rsa_em *em, const struct km_piece *message)
{
	size_t zeros = em->len - message->len;

	memset(em->data, 0, zeros);
	memcpy(em->data + zeros, message->data, message->len);
	return 0;
}

static int pad_pss(const struct km_rsa_em *em, u32 digest, const u8 *message)
{
	const struct km_rsa_hash hash = hash_of(digest);
	u8 salt[KM_RSA_HASH_MAX];

	get_random_bytes(salt, hash.size);
	return km_rsa_pss_sign(em, &hash, message, salt);
}

static int pad_oaep(const struct km_rsa_em *em, const struct km_op_args *args,
		    const struct km_piece *message)
{
	const struct km_rsa_hash hash = hash_of(args->digest.value);
	const struct km_rsa_hash mgf = hash_of(args->mgf_digest.value);
	const struct km_rsa_oaep oaep = { &hash, &mgf };
	u8 seed[KM_RSA_HASH_MAX];
	int ret;

	get_random_bytes(seed, hash.size);
	ret = km_rsa_oaep_encrypt(em, &oaep, message, seed);
	memzero_explicit(seed, sizeof(seed));
	return ret;
}

static enum km_error encode(const struct km_alg_op *op)
{
	const struct rsa_op *ro = op->priv;
	const struct km_piece message = { ro->message, ro->len };
	int ret;

	switch (op->args.padding.value) {
	case KM_PAD_RSA_PKCS1_1_5_SIGN:
		ret = km_rsa_pkcs1_sign(&ro->em, op->args.digest.value, &message);
		break;
	case KM_PAD_RSA_PSS:
		ret = pad_pss(&ro->em, op->args.digest.value, ro->message);
		break;
	case KM_PAD_RSA_PKCS1_1_5_ENCRYPT:
		ret = km_rsa_pkcs1_encrypt(&ro->em, &message, draw_padding);
		break;
	case KM_PAD_RSA_OAEP:
		ret = pad_oaep(&ro->em, &op->args, &message);
		break;
	default:
		ret = pad_none(&ro->em, &message);
	}
	return ret == -EMSGSIZE ? KM_ERROR_INVALID_INPUT_LENGTH : km_error_of(ret);
}

/* @em: what was decrypted; all faults look alike, see rsa_pad.c */
static enum km_error decode(const struct km_rsa_em *em, const struct km_op_args *args,
			    struct km_piece *message)
{
	const struct km_rsa_hash hash = hash_of(args->digest.value);
	const struct km_rsa_hash mgf = hash_of(args->mgf_digest.value);
	const struct km_rsa_oaep oaep = { &hash, &mgf };
	int ret = 0;

	switch (args->padding.value) {
	case KM_PAD_RSA_PKCS1_1_5_ENCRYPT:
		ret = km_rsa_pkcs1_decrypt(em, message);
		break;
	case KM_PAD_RSA_OAEP:
		ret = km_rsa_oaep_decrypt(em, &oaep, message);
		break;
	default:
		message->data = em->data;
		message->len = em->len;
	}
	return ret == -EBADMSG ? KM_ERROR_INVALID_ARGUMENT : km_error_of(ret);
}

/* --- finish --- */

/* What is signed or encrypted is the caller's or random, and the result is for all to see. */
static enum km_error finish_encoded(struct km_alg_op *op, struct km_io *io)
{
	const struct km_rsa_key *key = op->key->priv;
	struct rsa_op *ro = op->priv;
	enum km_error err = encode(op);
	int ret;

	if (err)
		return err;
	/*
	 * Over the input, which is no longer than this: of a message that was encrypted
	 * nothing is left in the buffer.
	 */
	io->out = io->data;
	if (km_rsa_is_private(op))
		ret = km_rsa_private(key, &km_rsa_op_env, io->out, ro->em.data);
	else
		ret = km_rsa_public(key, io->out, ro->em.data);
	if (ret)
		return km_rsa_error_of(ret);
	io->out_len = key->len;
	return KM_ERROR_OK;
}

/* @out: what the signature was made of. Of another length or too large a number it is none. */
static enum km_error open_signature(const struct km_rsa_key *key, const struct km_io *io, u8 *out)
{
	int ret = -EINVAL;

	if (io->sig_len == key->len)
		ret = km_rsa_public(key, out, io->sig);
	/* A good signature that there was no memory to look at is not called a bad one. */
	return ret == -EINVAL ? KM_ERROR_VERIFICATION_FAILED : km_error_of(ret);
}

static enum km_error finish_verify(struct km_alg_op *op, struct km_io *io)
{
	const struct km_rsa_hash hash = hash_of(op->args.digest.value);
	const struct km_rsa_key *key = op->key->priv;
	struct rsa_op *ro = op->priv;
	enum km_error err;

	if (op->args.padding.value == KM_PAD_RSA_PSS) {
		err = open_signature(key, io, ro->em.data);
		return err ? err : km_error_of(km_rsa_pss_verify(&ro->em, &hash, ro->message));
	}
	err = encode(op);
	if (err)
		return err;
	/* The message has been encoded, so its place is free. */
	err = open_signature(key, io, ro->message);
	if (!err && memcmp(ro->message, ro->em.data, key->len))
		err = KM_ERROR_VERIFICATION_FAILED;
	return err;
}

/**
 * struct decryption - what decrypt() works on
 * @key: the key
 * @args: padding and digests, checked
 * @em: [out] room for an encoded message; wiped by the owner
 * @message: [out] the message, within @em
 */
struct decryption {
	const struct km_rsa_key *key;
	const struct km_op_args *args;
	struct km_rsa_em em;
	struct km_piece message;
};

/*
 * @in: as long as the modulus. That it is not below the modulus anyone can see; what else
 * goes wrong has one code.
 */
static enum km_error decrypt(struct decryption *d, const u8 *in)
{
	int ret = km_rsa_private(d->key, &km_rsa_op_env, d->em.data, in);

	return ret ? km_rsa_error_of(ret) : decode(&d->em, d->args, &d->message);
}

static enum km_error finish_decrypt(struct km_alg_op *op, struct km_io *io)
{
	struct rsa_op *ro = op->priv;
	struct decryption d = { .key = op->key->priv, .args = &op->args, .em = ro->em };
	size_t zeros = ro->em.len - ro->len;
	enum km_error err;

	/* Without padding a ciphertext is a number, and may be written shorter. */
	if (zeros && op->args.padding.value != KM_PAD_NONE)
		return KM_ERROR_INVALID_INPUT_LENGTH;
	memmove(ro->message + zeros, ro->message, ro->len);
	memset(ro->message, 0, zeros);
	err = decrypt(&d, ro->message);
	if (err)
		return err;
	io->out = io->data;
	io->out_len = d.message.len;
	memcpy(io->out, d.message.data, d.message.len);
	return KM_ERROR_OK;
}

/**
 * km_rsa_op_finish() - take the last data and conclude
 * @op: the operation
 * @io: the data
 *
 * Return: Keymaster code.
 */
enum km_error km_rsa_op_finish(struct km_alg_op *op, struct km_io *io)
{
	struct rsa_op *ro = op->priv;
	enum km_error err;

	if (ro->desc) {
		err = km_error_of(crypto_shash_finup(ro->desc, io->data, io->len, ro->message));
		ro->len = km_hash_size(op->args.digest.value);
	} else {
		err = km_rsa_op_update(op, io);
	}
	if (err)
		return err;
	switch (op->purpose) {
	case KM_PURPOSE_VERIFY:
		return finish_verify(op, io);
	case KM_PURPOSE_DECRYPT:
		return finish_decrypt(op, io);
	default:
		return finish_encoded(op, io);
	}
}

/* --- import of wrapped keys --- */

/**
 * km_rsa_unwrap() - decrypt a transport key (operations.md 6, step 2)
 * @key: an RSA key; that it may wrap keys was checked
 * @args: parameters of the unwrapping
 * @in: encrypted transport key
 * @len: its length
 * @out: [out] the transport key; the caller wipes it
 * @out_len: [in] room at @out, KM_RSA_UNWRAP_MAX is enough; [out] bytes of the key
 *
 * Return: KM_ERROR_OK; UNSUPPORTED_PADDING_MODE, INCOMPATIBLE_PADDING_MODE,
 * UNSUPPORTED_DIGEST, INCOMPATIBLE_DIGEST, UNSUPPORTED_MGF_DIGEST,
 * INCOMPATIBLE_MGF_DIGEST for @args; INVALID_INPUT_LENGTH if @len is not that of the
 * modulus; INVALID_ARGUMENT if @in does not decrypt, whatever is wrong with it;
 * INSUFFICIENT_BUFFER_SPACE; MEMORY_ALLOCATION_FAILED. Context: may sleep.
 */
enum km_error km_rsa_unwrap(const struct km_alg_key *key, const struct km_op_args *args,
			    const u8 *in, size_t len, u8 *out, size_t *out_len)
{
	struct km_alg_key view = *key;
	struct km_alg_op op = { .key = &view, .purpose = KM_PURPOSE_DECRYPT, .args = *args };
	struct decryption d = { .key = key->priv, .args = &op.args };
	enum km_error err = km_rsa_unwrap_check(&op);
	size_t room = *out_len;
	struct km_secret *em;

	if (err)
		return err;
	if (!fits(&op, d.key->len))
		return KM_ERROR_INCOMPATIBLE_DIGEST;
	if (len != d.key->len)
		return KM_ERROR_INVALID_INPUT_LENGTH;
	em = km_secret_alloc(len);
	if (!em)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	d.em.data = em->data;
	d.em.len = em->len;
	err = decrypt(&d, in);
	if (!err && d.message.len > room)
		err = KM_ERROR_INSUFFICIENT_BUFFER_SPACE;
	if (!err) {
		*out_len = d.message.len;
		memcpy(out, d.message.data, d.message.len);
	}
	km_secret_free(em);
	return err;
}
