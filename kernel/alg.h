/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a family of algorithms offers, and the plain structures it works on.
 * key.c and operation.c call down through struct km_alg; nothing calls up.
 */
#ifndef KM_ALG_H
#define KM_ALG_H

#include <linux/keymaster.h>
#include "secret.h"

/* Room before and behind the data of an operation's buffer, see struct km_io. */
#define KM_IO_HEAD	64
#define KM_IO_TAIL	1024
/* And room for the state of a whole message, see struct km_io. */
#define KM_IO_STATE	1024

/* A value of an enumeration as a bit; the values in use are 0..32 and 64. */
static inline u64 km_bit(u64 value)
{
	return value < 63 ? 1ULL << value : value == 64 ? 1ULL << 63 : 0;
}

/* The same of a constant, as an initializer. */
#define KM_BIT(value)	(1ULL << ((value) == 64 ? 63 : (value)))

/**
 * struct km_key_spec - what an authorization set says of a key, digested
 * @algorithm: KM_ALGORITHM_*, 0 if the tag is absent
 * @key_size: bits, valid with @has_size
 * @curve: KM_EC_CURVE_*, valid with @has_curve
 * @has_algorithm: ALGORITHM is there
 * @has_size: KEY_SIZE is there
 * @has_curve: EC_CURVE is there
 * @has_min_mac: MIN_MAC_LENGTH is there
 * @caller_nonce: CALLER_NONCE is there
 * @min_mac: bits
 * @exponent: RSA_PUBLIC_EXPONENT, valid with @has_exponent
 * @has_exponent: RSA_PUBLIC_EXPONENT is there
 * @n_digests: how often DIGEST occurs
 * @digest: the first of them
 * @purposes: km_bit() of each PURPOSE
 * @modes: km_bit() of each BLOCK_MODE
 * @paddings: km_bit() of each PADDING, the old encoding as well
 * @digests: km_bit() of each DIGEST, the old encoding as well
 * @mgf_digests: km_bit() of each RSA_OAEP_MGF_DIGEST
 * @bridges: km_bit() of each BRIDGE
 */
struct km_key_spec {
	u32 algorithm;
	u32 key_size;
	u32 curve;
	bool has_algorithm;
	bool has_size;
	bool has_curve;
	bool has_min_mac;
	bool caller_nonce;
	u32 min_mac;
	bool has_exponent;
	u64 exponent;
	u32 n_digests;
	u32 digest;
	u64 purposes;
	u64 modes;
	u64 paddings;
	u64 digests;
	u64 mgf_digests;
	u64 bridges;
};

/**
 * struct km_choice - a tag of which an operation needs exactly one
 * @n: how often it was given
 * @value: the last one given
 */
struct km_choice {
	u32 n;
	u32 value;
};

/**
 * struct km_op_args - parameters of an operation, digested
 * @mode: BLOCK_MODE
 * @padding: PADDING
 * @digest: DIGEST
 * @mgf_digest: RSA_OAEP_MGF_DIGEST
 * @mac_length: MAC_LENGTH, bits
 * @nonce: NONCE, or NULL
 * @nonce_len: its length
 * @aad: ASSOCIATED_DATA, or NULL
 * @aad_len: its length
 * @token_len: length of @token
 * @token: AUTH_TOKEN, or NULL
 * @confirmation: CONFIRMATION_TOKEN, or NULL
 * @confirmation_len: its length
 */
struct km_op_args {
	struct km_choice mode;
	struct km_choice padding;
	struct km_choice digest;
	struct km_choice mgf_digest;
	struct km_choice mac_length;
	const u8 *nonce;
	u32 nonce_len;
	const u8 *aad;
	u32 aad_len;
	u32 token_len;
	const u8 *token;
	const u8 *confirmation;
	u32 confirmation_len;
};

/**
 * struct km_alg_key - a key as its algorithm sees it
 * @alg: the family
 * @spec: its authorizations, digested
 * @material: the secret
 * @priv: the family's own: keyed transforms, numbers
 */
struct km_alg_key {
	const struct km_alg *alg;
	struct km_key_spec spec;
	struct km_secret *material;
	void *priv;
};

/**
 * struct km_alg_op - an operation as its algorithm sees it
 * @key: the key; outlives the operation
 * @purpose: KM_PURPOSE_*
 * @args: parameters; @args.nonce and @args.aad are valid in check
 *	and begin only
 * @nonce: the nonce in use, an out parameter when ENCRYPT made or took one
 * @nonce_len: its length, 0 if there is none
 * @mac_bytes: length of tag or MAC, in bytes
 * @priv: the family's own, from begin to end
 */
struct km_alg_op {
	struct km_alg_key *key;
	u32 purpose;
	struct km_op_args args;
	u8 nonce[16];
	u32 nonce_len;
	u32 mac_bytes;
	void *priv;
};

/**
 * struct km_io - data on its way through an operation
 * @data: input; there are KM_IO_HEAD bytes of room before it and KM_IO_TAIL
 *	behind, so that held-back bytes and tags need no second buffer
 * @state: KM_IO_STATE bytes, aligned as kmalloc() does, for requests and hash
 *	states that live no longer than the call; who uses it wipes it
 * @len: bytes of input
 * @aad: ASSOCIATED_DATA, or NULL when none was given
 * @aad_len: its length
 * @sig: finish of VERIFY: the signature
 * @sig_len: its length
 * @out: [out] output, somewhere in the same buffer; that of ENCRYPT over all of the input,
 *	so that nothing of the message stays behind
 * @out_len: [out] bytes of output
 */
struct km_io {
	u8 *data;
	void *state;
	size_t len;
	const u8 *aad;
	size_t aad_len;
	const u8 *sig;
	size_t sig_len;
	u8 *out;
	size_t out_len;
};

/**
 * struct km_import - material that is brought in
 * @key_format: KM_KEY_FORMAT_*
 * @data: the bytes
 * @len: how many
 */
struct km_import {
	u32 key_format;
	const u8 *data;
	size_t len;
};

/**
 * struct km_alg - a family of algorithms
 * @algorithm: KM_ALGORITHM_*
 * @purposes: bits of the purposes that have an operation
 * @modes: KM_BIT() of each BLOCK_MODE; this and the next four are what check and
 *	import go by, and what KM_IOC_GET_SUPPORTED_* answers
 * @sign_paddings: KM_BIT() of each PADDING of SIGN and VERIFY
 * @crypt_paddings: KM_BIT() of each PADDING of ENCRYPT and DECRYPT
 * @digests: KM_BIT() of each DIGEST
 * @import_formats: KM_BIT() of each KM_KEY_FORMAT_* that import takes
 * @check_spec: are the authorizations of a new key sound? @import: size may be
 *	absent (operations.md 2.1)
 * @generate: make material; fills in deduced members of the spec
 * @import: check and normalise material; fills in deduced members
 * @load: prepare a key for use
 * @unload: undo load; @key->priv may be NULL
 * @export: the public key as DER SubjectPublicKeyInfo; NULL: symmetric
 * @check: parameters of an operation (operations.md 3.1 step 4)
 * @begin: cipher start (step 6); @op->priv is freed by @end whatever it returns
 * @out_len: an upper bound of what update or finish will put out
 * @update: take data
 * @finish: take the last data and conclude
 * @end: wipe and free @op->priv, which may be NULL
 * @oneshot: begin, update and finish of a whole message, or NULL; returns
 *	KM_ERROR_UNIMPLEMENTED, having done nothing, to have the three called
 */
struct km_alg {
	u32 algorithm;
	u64 purposes;
	u64 modes;
	u64 sign_paddings;
	u64 crypt_paddings;
	u64 digests;
	u64 import_formats;
	enum km_error (*check_spec)(const struct km_key_spec *spec, bool import);
	enum km_error (*generate)(struct km_key_spec *spec, struct km_secret **material);
	enum km_error (*import)(struct km_key_spec *spec, const struct km_import *in,
				struct km_secret **material);
	enum km_error (*load)(struct km_alg_key *key);
	void (*unload)(struct km_alg_key *key);
	enum km_error (*export)(const struct km_alg_key *key, u8 *out, size_t *len);
	enum km_error (*check)(struct km_alg_op *op);
	enum km_error (*begin)(struct km_alg_op *op);
	size_t (*out_len)(const struct km_alg_op *op, const struct km_io *io, bool finish);
	enum km_error (*update)(struct km_alg_op *op, struct km_io *io);
	enum km_error (*finish)(struct km_alg_op *op, struct km_io *io);
	void (*end)(struct km_alg_op *op);
	enum km_error (*oneshot)(struct km_alg_op *op, struct km_io *io);
};

/* Longest message of Ed25519, which needs all of it twice (operations.md 4.5). */
#define KM_ED25519_MESSAGE_MAX	16384

/* Most bytes that km_alg.export gives. */
#define KM_EXPORT_MAX	1024

extern const struct km_alg km_alg_aes;
extern const struct km_alg km_alg_des3;
/* Does this kernel have the cipher? Set once, at load. */
extern bool km_des3_offered;
extern const struct km_alg km_alg_hmac;
extern const struct km_alg km_alg_ec;
extern const struct km_alg km_alg_rsa;
extern const struct km_alg km_alg_25519;

static inline const struct km_alg *km_alg_find(u32 algorithm)
{
	switch (algorithm) {
	case KM_ALGORITHM_AES:
		return &km_alg_aes;
	case KM_ALGORITHM_TRIPLE_DES:
		return km_des3_offered ? &km_alg_des3 : NULL;
	case KM_ALGORITHM_HMAC:
		return &km_alg_hmac;
	case KM_ALGORITHM_EC:
		return &km_alg_ec;
	case KM_ALGORITHM_RSA:
		return &km_alg_rsa;
	default:
		return NULL;
	}
}

/**
 * km_alg_of() - the family that a key is of
 * @spec: what is known of the key
 *
 * ALGORITHM alone does not tell: EC on Curve25519 has nothing but the number in common
 * with the NIST curves.
 *
 * Return: the family, or NULL if there is no such algorithm.
 */
static inline const struct km_alg *km_alg_of(const struct km_key_spec *spec)
{
	if (spec->algorithm == KM_ALGORITHM_EC && spec->has_curve &&
	    spec->curve == KM_EC_CURVE_CURVE_25519)
		return &km_alg_25519;
	return km_alg_find(spec->algorithm);
}

/* -ENOMEM and -EINVAL of the leaves, as the algorithms report them. */
static inline enum km_error km_error_of(int err)
{
	switch (err) {
	case 0:
		return KM_ERROR_OK;
	case -ENOMEM:
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	case -EBADMSG:
		return KM_ERROR_VERIFICATION_FAILED;
	case -EINVAL:
		return KM_ERROR_INVALID_ARGUMENT;
	default:
		return KM_ERROR_UNKNOWN_ERROR;
	}
}

#endif /* KM_ALG_H */
