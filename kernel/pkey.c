// SPDX-License-Identifier: GPL-2.0-only
/*
 * Public-key operations of the keyring: what keyctl calls pkey_query, pkey_sign and so on.
 * Beside dev_op.c: called by keytype.c, carried out by operation.c, so that every check is
 * the one that KM_IOC_OPERATE makes and every refusal has the same errno.
 *
 * "hash=X" is DIGEST X, and the input is the message. Keys of the kernel's own type
 * "asymmetric" take a digest there and believe that it is one. A key of ours that is
 * authorized for SHA-256 alone has never signed anything but SHA-256 of something, and
 * that would not be true any more if a caller could bring along what he calls a digest.
 */
#include <linux/cred.h>
#include <linux/string.h>
#include "der.h"
#include "dev_call.h"
#include "errors.h"
#include "hash.h"
#include "operation.h"
#include "pkey.h"
#include "quota.h"

/* What comes before the digest of MGF1 in "enc=oaep,mgf1=sha256". */
#define OAEP_MGF	"oaep,mgf1="

/* Most that struct kernel_pkey_query can say. */
#define NO_LIMIT	U16_MAX

/**
 * struct encoding - a word behind "enc="
 * @name: the word
 * @sign: PADDING of SIGN and VERIFY
 * @crypt: PADDING of ENCRYPT and DECRYPT
 *
 * A word that means nothing for one of the two says so by a padding that is refused there.
 */
struct encoding {
	const char *name;
	u32 sign;
	u32 crypt;
};

static const struct encoding encodings[] = {
	{ "raw", KM_PAD_NONE, KM_PAD_NONE },
	{ "pkcs1", KM_PAD_RSA_PKCS1_1_5_SIGN, KM_PAD_RSA_PKCS1_1_5_ENCRYPT },
	{ "pss", KM_PAD_RSA_PSS, KM_PAD_RSA_PSS },
	{ "oaep", KM_PAD_RSA_OAEP, KM_PAD_RSA_OAEP },
};

/**
 * struct request - what the words of a call say
 * @encoding: RSA: how to pad; NULL: nothing is padded
 * @digest: KM_DIGEST_*
 * @mgf: RSA: digest of MGF1, if one was named
 */
struct request {
	const struct encoding *encoding;
	u32 digest;
	struct km_choice mgf;
};

static const struct {
	u32 purpose;
	u32 supports;
} ops[] = {
	[kernel_pkey_encrypt] = { KM_PURPOSE_ENCRYPT, KEYCTL_SUPPORTS_ENCRYPT },
	[kernel_pkey_decrypt] = { KM_PURPOSE_DECRYPT, KEYCTL_SUPPORTS_DECRYPT },
	[kernel_pkey_sign] = { KM_PURPOSE_SIGN, KEYCTL_SUPPORTS_SIGN },
	[kernel_pkey_verify] = { KM_PURPOSE_VERIFY, KEYCTL_SUPPORTS_VERIFY },
};

static int read_digest(const char *word, u32 *digest)
{
	u32 d;

	*digest = KM_DIGEST_NONE;
	if (!word || !strcmp(word, "none"))
		return 0;
	for (d = KM_DIGEST_MD5; d <= KM_DIGEST_SHA_2_512; d++) {
		if (strcmp(word, km_hash_name(d)))
			continue;
		*digest = d;
		return 0;
	}
	return -ENOPKG;
}

static int read_encoding(const char *word, struct request *r)
{
	size_t prefix = str_has_prefix(word, OAEP_MGF);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(encodings); i++)
		if (!strcmp(prefix ? "oaep" : word, encodings[i].name))
			r->encoding = &encodings[i];
	if (!r->encoding)
		return -EINVAL;
	if (!prefix)
		return 0;
	r->mgf.n = 1;
	return read_digest(word + prefix, &r->mgf.value);
}

/*
 * The words that keys of the kernel's own type know have the same meaning here. One that a
 * key of this kind cannot have is a mistake in the call, as it is there: EINVAL, and
 * ENOPKG for a digest. What the key may do is not asked here.
 */
static int read_request(const struct km_key *key, const struct kernel_pkey_params *params,
			struct request *r)
{
	const struct km_alg *alg = key->alg.alg;
	const char *word = params->encoding ?: "raw";
	int ret = 0;

	*r = (struct request){};
	/* Without a public half. */
	if (!alg->export)
		return -EOPNOTSUPP;
	if (alg->algorithm == KM_ALGORITHM_RSA)
		ret = read_encoding(word, r);
	/* A signature is DER, as of X9.62; that of Ed25519 is 64 bytes. */
	else if (strcmp(word, alg == &km_alg_25519 ? "raw" : "x962"))
		ret = -EINVAL;
	return ret ?: read_digest(params->hash_algo, &r->digest);
}

static void make_args(const struct request *r, u32 purpose, struct km_op_args *args)
{
	bool sign = purpose == KM_PURPOSE_SIGN || purpose == KM_PURPOSE_VERIFY;

	*args = (struct km_op_args){
		.digest = { 1, r->digest }, .mgf_digest = r->mgf,
	};
	if (r->encoding)
		args->padding = (struct km_choice){
			1, sign ? r->encoding->sign : r->encoding->crypt,
		};
}

/* --- query --- */

/* As far as the key's authorizations say it: not today's date, nor who asks. */
static bool may(const struct km_key *key, struct km_alg_op *op)
{
	bool public = op->purpose == KM_PURPOSE_ENCRYPT || op->purpose == KM_PURPOSE_VERIFY;

	if (!(key->alg.alg->purposes & 1ULL << op->purpose))
		return false;
	if (!public && !(key->policy.purposes & km_bit(op->purpose)))
		return false;
	return !key->alg.alg->check(op);
}

/* Longest message for a signature of @k bytes by RSA that nothing is hashed for. */
static u16 longest_message(u32 padding, size_t k)
{
	switch (padding) {
	case KM_PAD_NONE:
		return k;
	case KM_PAD_RSA_PKCS1_1_5_SIGN:
		return k - 11;
	default:
		return NO_LIMIT;
	}
}

/*
 * Where it is not the length that is wrong there is no limit, so that it is not the length
 * that keyctl complains of, before anybody has looked at the key: a signature of what is not
 * a digest with PSS, or encrypting by a key that only signs.
 *
 * What is encrypted may not be as long as the modulus, but the limit of it has to be no
 * lower: keyctl(1) takes it for the room that the ciphertext needs, and the other one for
 * the room that decrypting needs.
 */
static void fill_sizes(const struct request *r, const struct km_alg_key *key, size_t sig_max,
		       struct kernel_pkey_query *info)
{
	info->max_sig_size = sig_max;
	info->max_data_size = NO_LIMIT;
	info->max_enc_size = NO_LIMIT;
	info->max_dec_size = NO_LIMIT;
	if (r->encoding) {
		info->max_enc_size = sig_max;
		info->max_dec_size = sig_max;
		if (r->digest == KM_DIGEST_NONE)
			info->max_data_size = longest_message(r->encoding->sign, sig_max);
	} else if (key->alg == &km_alg_25519) {
		info->max_data_size = KM_ED25519_MESSAGE_MAX;
	}
}

/**
 * km_pkey_query() - what can be done with a key, and how long what goes in and out may be
 * @key: the key
 * @params: encoding and digest
 * @info: [out] the answer
 *
 * keyctl asks this before each operation, and goes by the answer: it reads as many bytes of
 * a signature as @info->max_sig_size says, whatever the caller's length, and writes as many
 * as come out, whatever his room. So that one is exact, and the others are no less than
 * what comes out. Nothing is allocated or begun here.
 *
 * Return: 0 or a negative errno.
 */
int km_pkey_query(const struct km_key *key, const struct kernel_pkey_params *params,
		  struct kernel_pkey_query *info)
{
	struct km_alg_key view = key->alg;
	struct km_alg_op op = { .key = &view };
	const struct km_io io = {};
	struct request r;
	unsigned int i;
	int ret;

	/* What keyctl gives us comes from its stack as it is, and goes to the caller whole. */
	memset(info, 0, sizeof(*info));
	ret = read_request(key, params, &r);
	if (ret)
		return ret;
	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		op.purpose = ops[i].purpose;
		make_args(&r, op.purpose, &op.args);
		if (may(key, &op))
			info->supported_ops |= ops[i].supports;
	}
	op.purpose = KM_PURPOSE_SIGN;
	info->key_size = view.spec.key_size;
	fill_sizes(&r, &view, view.alg->out_len(&op, &io, true), info);
	return 0;
}

/* --- operations --- */

/**
 * struct pkey_op - what an operation has on its stack
 * @who: who asks
 * @purpose: KM_PURPOSE_*
 * @args: its parameters
 * @run: the operation
 * @data: the buffer of @call
 * @call: the data
 */
struct pkey_op {
	struct km_user *who;
	u32 purpose;
	struct km_op_args args;
	struct km_run run;
	struct km_data data;
	struct km_op_call call;
};

/* The data is the kernel's already: it lies where operations work on it, in a copy. */
static int operate_on(struct pkey_op *o, const struct kernel_pkey_params *params,
		      const void *in, void *out)
{
	struct km_op_call *call = &o->call;
	int ret;

	ret = km_data_room(&o->data, NULL, &call->io, params->in_len);
	if (ret)
		return ret;
	memcpy(call->io.data, in, params->in_len);
	o->data.wipe = o->data.size - KM_IO_STATE;
	call->args = &o->args;
	/* As much as the query said; what does not fit is refused before anything is done. */
	call->room = params->out_len;
	call->nonce_fits = true;
	ret = km_errno(km_run_oneshot(&o->run, call));
	if (!ret && out) {
		memcpy(out, call->io.out, call->io.out_len);
		ret = call->io.out_len;
	}
	km_data_put(&o->data);
	return ret;
}

static int operate(struct pkey_op *o, struct km_key *key,
		   const struct kernel_pkey_params *params, const void *in, void *out)
{
	const struct km_op_begin begin = {
		.key = km_key_get(key), .purpose = o->purpose, .args = &o->args, .who = o->who,
	};
	int ret = km_errno(km_run_begin(&o->run, &begin));

	if (ret)
		return ret;
	ret = operate_on(o, params, in, out);
	km_run_end(&o->run);
	return ret;
}

/* Who asks is the process itself: there is no file here that another may have opened. */
static int prepare(struct pkey_op *o, const struct km_key *key,
		   const struct kernel_pkey_params *params)
{
	struct request r;
	int ret;

	*o = (struct pkey_op){};
	if (params->op >= ARRAY_SIZE(ops))
		return -EOPNOTSUPP;
	ret = read_request(key, params, &r);
	if (ret)
		return ret;
	o->purpose = ops[params->op].purpose;
	make_args(&r, o->purpose, &o->args);
	o->who = km_user_get(current_euid());
	return o->who ? 0 : -ENOMEM;
}

/**
 * km_pkey_eds_op() - encrypt, decrypt or sign
 * @key: the key
 * @params: which of them, encoding, digest, lengths
 * @in: the message
 * @out: [out] what becomes of it; @params->out_len bytes
 *
 * Return: bytes of output or a negative errno.
 */
int km_pkey_eds_op(struct km_key *key, const struct kernel_pkey_params *params,
		   const void *in, void *out)
{
	struct pkey_op o;
	int ret = prepare(&o, key, params);

	if (ret)
		return ret;
	ret = operate(&o, key, params, in, out);
	km_user_put(o.who);
	return ret;
}

/*
 * keyctl has copied as many bytes as the longest signature of the key takes, whatever the
 * caller said. Those of ECDSA say themselves how long they are, and what follows is not of
 * the signature; RSA's and Ed25519's all have one length.
 */
static size_t signature_len(const struct km_key *key, const u8 *sig, size_t len)
{
	struct km_der in = { sig, len }, seq;

	if (key->alg.alg != &km_alg_ec || km_der_get(&in, KM_DER_SEQUENCE, &seq))
		return len;
	return len - in.len;
}

/**
 * km_pkey_verify() - check a signature
 * @key: the key
 * @params: encoding, digest, lengths
 * @in: the message
 * @sig: the signature; @params->in2_len bytes
 *
 * Return: 0 or a negative errno: EBADMSG if it is not one of this message by this key.
 */
int km_pkey_verify(struct km_key *key, const struct kernel_pkey_params *params,
		   const void *in, const void *sig)
{
	struct pkey_op o;
	int ret = prepare(&o, key, params);

	if (ret)
		return ret;
	o.call.io.sig = sig;
	o.call.io.sig_len = signature_len(key, sig, params->in2_len);
	ret = operate(&o, key, params, in, NULL);
	km_user_put(o.who);
	return ret;
}
