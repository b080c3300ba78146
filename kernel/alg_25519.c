// SPDX-License-Identifier: GPL-2.0-only
/*
 * EC on Curve25519: Ed25519 signs, X25519 agrees on secrets (operations.md 2.1, 4.5).
 * One family behind struct km_alg; arithmetic from ed25519.c and x25519.c.
 *
 * Which of the two a key is stands in its material, not in its authorizations: an
 * imported key need not have a purpose.
 */
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>
#include "alg.h"
#include "ed25519.h"
#include "okp_der.h"
#include "x25519.h"

#define BITS		256
/* The first buffer for a message in pieces. */
#define ROOM_MIN	512

#define SIGNS	(BIT(KM_PURPOSE_SIGN) | BIT(KM_PURPOSE_ATTEST_KEY))
#define AGREES	BIT(KM_PURPOSE_AGREE_KEY)

/**
 * struct okp_key - a key, ready for use
 * @kind: which of the two
 * @ed: Ed25519: the key
 * @scalar: X25519: the key
 */
struct okp_key {
	enum km_okp_kind kind;
	union {
		struct km_ed25519 ed;
		u8 scalar[KM_OKP_BYTES];
	};
};

/**
 * struct okp_op - a running operation
 * @data: the message, or the peer's public key, as far as it has come; NULL: nothing has
 * @len: bytes of it
 * @room: bytes allocated
 */
struct okp_op {
	u8 *data;
	size_t len;
	size_t room;
};

/* What the purposes make of a key (operations.md 2.1). */
static enum km_error kind_of(const struct km_key_spec *spec, enum km_okp_kind *kind)
{
	bool signs = spec->purposes & SIGNS, agrees = spec->purposes & AGREES;

	if (signs && agrees)
		return KM_ERROR_INCOMPATIBLE_PURPOSE;
	*kind = agrees ? KM_OKP_X25519 : KM_OKP_ED25519;
	return signs || agrees ? KM_ERROR_OK : KM_ERROR_UNSUPPORTED_PURPOSE;
}

static enum km_error okp_check_spec(const struct km_key_spec *spec, bool import)
{
	enum km_okp_kind kind;

	/* Tags of imported material are compared with it when it has been read. */
	if (import)
		return KM_ERROR_OK;
	if (spec->has_size && spec->key_size != BITS)
		return KM_ERROR_INVALID_ARGUMENT;
	return kind_of(spec, &kind);
}

/* PKCS#8, and the tags that follow from it. */
static enum km_error finish_key(const struct km_okp_private *key, struct km_key_spec *spec,
				struct km_secret **material)
{
	struct km_secret *s = km_secret_alloc(KM_OKP_PKCS8_LEN);

	if (!s)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	if (km_okp_write_pkcs8(key->kind, key->secret, s->data)) {
		km_secret_free(s);
		return KM_ERROR_UNKNOWN_ERROR;
	}
	spec->key_size = BITS;
	spec->curve = KM_EC_CURVE_CURVE_25519;
	spec->has_curve = true;
	*material = s;
	return KM_ERROR_OK;
}

/* Any 32 bytes are a key of either kind. */
static enum km_error okp_generate(struct km_key_spec *spec, struct km_secret **material)
{
	struct km_okp_private key = {};
	enum km_error err;

	err = kind_of(spec, &key.kind);
	if (err)
		return err;
	get_random_bytes(key.secret, sizeof(key.secret));
	err = finish_key(&key, spec, material);
	memzero_explicit(&key, sizeof(key));
	return err;
}

/* A public half that belongs to another key is a mistake that shows here or never. */
static enum km_error check_public(const struct km_okp_private *key)
{
	u8 pub[KM_OKP_BYTES] = {};
	struct km_ed25519 ed;
	int ret = 0;

	if (!key->has_public)
		return KM_ERROR_OK;
	if (key->kind == KM_OKP_ED25519) {
		ret = km_ed25519_expand(&ed, key->secret);
		if (!ret)
			memcpy(pub, ed.pub, sizeof(pub));
		memzero_explicit(&ed, sizeof(ed));
	} else {
		km_x25519_public(pub, key->secret);
	}
	if (ret)
		return KM_ERROR_UNKNOWN_ERROR;
	return memcmp(pub, key->pub, sizeof(pub)) ? KM_ERROR_INVALID_ARGUMENT : KM_ERROR_OK;
}

/*
 * PKCS#8 says which kind of key it is. The purposes may be wrong for it, as they may be
 * for any key that is generated, and then the answer is the same, INCOMPATIBLE_PURPOSE:
 * IMPORT_PARAMETER_MISMATCH is for ALGORITHM, KEY_SIZE and EC_CURVE (operations.md 2.2).
 */
static enum km_error import_pkcs8(struct km_okp_private *key, const struct km_key_spec *spec,
				  const struct km_import *in)
{
	int ret = km_okp_read_pkcs8(in->data, in->len, key);

	if (ret == -EOPNOTSUPP)
		return KM_ERROR_IMPORT_PARAMETER_MISMATCH;
	if (ret)
		return KM_ERROR_INVALID_ARGUMENT;
	if (spec->has_size && spec->key_size != BITS)
		return KM_ERROR_IMPORT_PARAMETER_MISMATCH;
	if (spec->purposes & (key->kind == KM_OKP_ED25519 ? AGREES : SIGNS))
		return KM_ERROR_INCOMPATIBLE_PURPOSE;
	return check_public(key);
}

/* Bare bytes say nothing: the purposes make them a key of one kind. */
static enum km_error import_raw(struct km_okp_private *key, const struct km_key_spec *spec,
				const struct km_import *in)
{
	enum km_error err = kind_of(spec, &key->kind);

	if (err)
		return err;
	if (in->len != KM_OKP_BYTES)
		return KM_ERROR_INVALID_ARGUMENT;
	if (spec->has_size && spec->key_size != BITS)
		return KM_ERROR_IMPORT_PARAMETER_MISMATCH;
	memcpy(key->secret, in->data, KM_OKP_BYTES);
	return KM_ERROR_OK;
}

static enum km_error okp_import(struct km_key_spec *spec, const struct km_import *in,
				struct km_secret **material)
{
	struct km_okp_private key = {};
	enum km_error err;

	switch (in->key_format) {
	case KM_KEY_FORMAT_PKCS8:
		err = import_pkcs8(&key, spec, in);
		break;
	case KM_KEY_FORMAT_RAW:
		err = import_raw(&key, spec, in);
		break;
	default:
		return KM_ERROR_UNSUPPORTED_KEY_FORMAT;
	}
	if (!err)
		err = finish_key(&key, spec, material);
	memzero_explicit(&key, sizeof(key));
	return err;
}

static enum km_error okp_load(struct km_alg_key *key)
{
	struct okp_key *k = kzalloc(sizeof(*k), GFP_KERNEL_ACCOUNT);
	enum km_error err = KM_ERROR_OK;
	struct km_okp_private private;

	if (!k)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	key->priv = k;
	if (km_okp_read_pkcs8(key->material->data, key->material->len, &private)) {
		err = KM_ERROR_INVALID_KEY_BLOB;
		goto out;
	}
	k->kind = private.kind;
	if (private.kind == KM_OKP_X25519)
		memcpy(k->scalar, private.secret, sizeof(k->scalar));
	else if (km_ed25519_expand(&k->ed, private.secret))
		err = KM_ERROR_UNKNOWN_ERROR;
out:
	memzero_explicit(&private, sizeof(private));
	return err;
}

static void okp_unload(struct km_alg_key *key)
{
	kfree_sensitive(key->priv);
	key->priv = NULL;
}

static enum km_error okp_export(const struct km_alg_key *key, u8 *out, size_t *len)
{
	const struct okp_key *k = key->priv;
	u8 pub[KM_OKP_BYTES];

	if (k->kind == KM_OKP_ED25519)
		memcpy(pub, k->ed.pub, sizeof(pub));
	else
		km_x25519_public(pub, k->scalar);
	*len = km_okp_write_spki(k->kind, pub, out, *len);
	return *len ? KM_ERROR_OK : KM_ERROR_UNKNOWN_ERROR;
}

static enum km_error okp_check(struct km_alg_op *op)
{
	const struct okp_key *k = op->key->priv;
	enum km_okp_kind want = op->purpose == KM_PURPOSE_AGREE_KEY ? KM_OKP_X25519 :
								      KM_OKP_ED25519;

	/* EC has the purpose, this key cannot have it: VERIFY would pass without a look. */
	if (k->kind != want)
		return KM_ERROR_INCOMPATIBLE_PURPOSE;
	if (op->purpose == KM_PURPOSE_AGREE_KEY)
		return KM_ERROR_OK;
	if (op->args.digest.n != 1 || op->args.digest.value != KM_DIGEST_NONE)
		return KM_ERROR_UNSUPPORTED_DIGEST;
	/* Anyone may verify with any digest: he has the public key. */
	if (op->purpose == KM_PURPOSE_SIGN &&
	    !(km_bit(KM_DIGEST_NONE) & op->key->spec.digests))
		return KM_ERROR_INCOMPATIBLE_DIGEST;
	return KM_ERROR_OK;
}

static enum km_error okp_begin(struct km_alg_op *op)
{
	struct okp_op *oo = kzalloc(sizeof(*oo), GFP_KERNEL_ACCOUNT);

	op->priv = oo;
	return oo ? KM_ERROR_OK : KM_ERROR_MEMORY_ALLOCATION_FAILED;
}

static void okp_end(struct km_alg_op *op)
{
	struct okp_op *oo = op->priv;

	if (!oo)
		return;
	kvfree_sensitive(oo->data, oo->room);
	kfree_sensitive(oo);
	op->priv = NULL;
}

static size_t okp_out_len(const struct km_alg_op *op, const struct km_io *io, bool finish)
{
	if (!finish || op->purpose == KM_PURPOSE_VERIFY)
		return 0;
	return op->purpose == KM_PURPOSE_SIGN ? KM_ED25519_SIG : KM_X25519_BYTES;
}

/* May so much come? No key of a peer is longer than its encoding. */
static enum km_error check_len(const struct km_alg_op *op, const struct km_io *io)
{
	const struct okp_op *oo = op->priv;

	if (op->purpose == KM_PURPOSE_AGREE_KEY)
		return io->len > KM_OKP_SPKI_LEN - oo->len ? KM_ERROR_INVALID_ARGUMENT :
							     KM_ERROR_OK;
	return io->len > KM_ED25519_MESSAGE_MAX - oo->len ? KM_ERROR_INVALID_INPUT_LENGTH :
							    KM_ERROR_OK;
}

/* Twice the room each time, so that many small pieces are not copied again and again. */
static enum km_error grow(struct okp_op *oo, size_t len)
{
	size_t room = max_t(size_t, oo->room, ROOM_MIN);
	u8 *data;

	while (room < len)
		room *= 2;
	if (room == oo->room)
		return KM_ERROR_OK;
	data = kvmalloc(room, GFP_KERNEL_ACCOUNT);
	if (!data)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	if (oo->len)
		memcpy(data, oo->data, oo->len);
	kvfree_sensitive(oo->data, oo->room);
	oo->data = data;
	oo->room = room;
	return KM_ERROR_OK;
}

static enum km_error okp_update(struct km_alg_op *op, struct km_io *io)
{
	struct okp_op *oo = op->priv;
	enum km_error err = check_len(op, io);

	if (!err)
		err = grow(oo, oo->len + io->len);
	if (err)
		return err;
	memcpy(oo->data + oo->len, io->data, io->len);
	oo->len += io->len;
	return KM_ERROR_OK;
}

static enum km_error sign(struct km_alg_op *op, struct km_io *io)
{
	const struct okp_op *oo = op->priv;
	const struct km_piece message[KM_ED25519_PIECES] = {
		{ oo->data, oo->len }, { io->data, io->len },
	};
	const struct okp_key *k = op->key->priv;
	u8 sig[KM_ED25519_SIG];

	if (km_ed25519_sign(&k->ed, message, sig))
		return KM_ERROR_UNKNOWN_ERROR;
	memcpy(io->data, sig, sizeof(sig));
	io->out = io->data;
	io->out_len = sizeof(sig);
	return KM_ERROR_OK;
}

static enum km_error verify(struct km_alg_op *op, struct km_io *io)
{
	const struct okp_op *oo = op->priv;
	const struct km_piece message[KM_ED25519_PIECES] = {
		{ oo->data, oo->len }, { io->data, io->len },
	};
	const struct okp_key *k = op->key->priv;

	if (io->sig_len != KM_ED25519_SIG)
		return KM_ERROR_VERIFICATION_FAILED;
	return km_error_of(km_ed25519_verify(k->ed.pub, message, io->sig));
}

static enum km_error agree(struct km_alg_op *op, struct km_io *io)
{
	const struct okp_key *k = op->key->priv;
	const struct okp_op *oo = op->priv;
	u8 peer[KM_OKP_BYTES];

	if (km_okp_read_spki(oo->data, oo->len, KM_OKP_X25519, peer))
		return KM_ERROR_INVALID_ARGUMENT;
	if (km_x25519(io->data, k->scalar, peer))
		return KM_ERROR_INVALID_ARGUMENT;
	io->out = io->data;
	io->out_len = KM_X25519_BYTES;
	return KM_ERROR_OK;
}

static enum km_error okp_finish(struct km_alg_op *op, struct km_io *io)
{
	enum km_error err;

	switch (op->purpose) {
	case KM_PURPOSE_AGREE_KEY:
		err = okp_update(op, io);
		return err ? err : agree(op, io);
	case KM_PURPOSE_VERIFY:
		err = check_len(op, io);
		return err ? err : verify(op, io);
	default:
		err = check_len(op, io);
		return err ? err : sign(op, io);
	}
}

const struct km_alg km_alg_25519 = {
	.algorithm = KM_ALGORITHM_EC,
	.purposes = 1 << KM_PURPOSE_SIGN | 1 << KM_PURPOSE_VERIFY | 1 << KM_PURPOSE_AGREE_KEY,
	.digests = KM_BIT(KM_DIGEST_NONE),
	.import_formats = KM_BIT(KM_KEY_FORMAT_PKCS8) | KM_BIT(KM_KEY_FORMAT_RAW),
	.check_spec = okp_check_spec,
	.generate = okp_generate,
	.import = okp_import,
	.load = okp_load,
	.unload = okp_unload,
	.export = okp_export,
	.check = okp_check,
	.begin = okp_begin,
	.out_len = okp_out_len,
	.update = okp_update,
	.finish = okp_finish,
	.end = okp_end,
};
