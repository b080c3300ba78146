// SPDX-License-Identifier: GPL-2.0-only
/*
 * EC on the curves of NIST: key pairs, ECDSA and ECDH (operations.md 4.5).
 * One family behind struct km_alg; arithmetic from ec.c, digests from hash.c.
 *
 * Curve25519 has the same algorithm number and nothing else in common: alg_25519.c.
 */
#include <crypto/hash.h>
#include <linux/random.h>
#include "alg.h"
#include "ec_der.h"
#include "hash.h"

/* Draws of a nonce or key before we blame the generator: 2^-32 each at worst. */
#define DRAWS		16

static const struct {
	u32 number;
	const struct km_curve *curve;
} curves[] = {
	{ KM_EC_CURVE_P_224, &km_p224 },
	{ KM_EC_CURVE_P_256, &km_p256 },
	{ KM_EC_CURVE_P_384, &km_p384 },
	{ KM_EC_CURVE_P_521, &km_p521 },
};

/**
 * struct ec_op - a running operation
 * @desc: SIGN, VERIFY: digest of the message, NULL with DIGEST_NONE
 * @len: bytes in @data
 * @data: DIGEST_NONE: as much of the message as counts; AGREE_KEY: the peer's public key
 */
struct ec_op {
	struct shash_desc *desc;
	u32 len;
	u8 data[KM_EC_SPKI_MAX];
};

static const struct km_curve *curve_of_number(u32 number)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(curves); i++)
		if (curves[i].number == number)
			return curves[i].curve;
	return NULL;
}

static const struct km_curve *curve_of_size(u32 bits)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(curves); i++)
		if (km_ec_bits(curves[i].curve) == bits)
			return curves[i].curve;
	return NULL;
}

static u32 number_of(const struct km_curve *curve)
{
	unsigned int i = 0;

	while (curves[i].curve != curve)
		i++;
	return curves[i].number;
}

/* The curve that the tags speak of; EC_CURVE counts where both are there. */
static const struct km_curve *curve_of_spec(const struct km_key_spec *spec)
{
	return spec->has_curve ? curve_of_number(spec->curve) : curve_of_size(spec->key_size);
}

/* Do the tags that are there agree with this curve? */
static bool fits(const struct km_key_spec *spec, const struct km_curve *curve)
{
	return (!spec->has_curve || spec->curve == number_of(curve)) &&
	       (!spec->has_size || spec->key_size == km_ec_bits(curve));
}

static enum km_error ec_check_spec(const struct km_key_spec *spec, bool import)
{
	const struct km_curve *curve = curve_of_spec(spec);

	/* Tags of imported material are compared with it when it has been read. */
	if (import)
		return KM_ERROR_OK;
	if (!curve)
		return spec->has_curve ? KM_ERROR_UNSUPPORTED_EC_CURVE :
					 KM_ERROR_UNSUPPORTED_KEY_SIZE;
	return fits(spec, curve) ? KM_ERROR_OK : KM_ERROR_INVALID_ARGUMENT;
}

/* SEC1, completed by the public point, and the tags that follow from it. */
static enum km_error finish_pair(struct km_ec_pair *pair, struct km_key_spec *spec,
				 struct km_secret **material)
{
	enum km_error err = KM_ERROR_UNKNOWN_ERROR;
	struct km_secret *key = NULL;
	u8 sec1[KM_EC_SEC1_MAX];
	size_t len;

	len = km_ec_write_sec1(pair, sec1, sizeof(sec1));
	if (!len)
		goto wipe;
	err = KM_ERROR_MEMORY_ALLOCATION_FAILED;
	key = km_secret_alloc(len);
	if (!key)
		goto wipe;
	memcpy(key->data, sec1, len);
	spec->key_size = km_ec_bits(pair->curve);
	spec->curve = number_of(pair->curve);
	spec->has_curve = true;
	*material = key;
	err = KM_ERROR_OK;
wipe:
	memzero_explicit(sec1, sizeof(sec1));
	return err;
}

static enum km_error ec_generate(struct km_key_spec *spec, struct km_secret **material)
{
	enum km_error err = KM_ERROR_UNKNOWN_ERROR;
	struct km_ec_pair pair = { .curve = curve_of_spec(spec) };
	int i;

	/* Rejection sampling (FIPS 186-5 A.2.2): a biased key leaks its bias. */
	for (i = 0; i < DRAWS; i++) {
		get_random_bytes(pair.d, km_ec_bytes(pair.curve));
		km_ec_cut(pair.curve, pair.d);
		if (km_ec_scalar_ok(pair.curve, pair.d))
			break;
	}
	if (i < DRAWS && !km_ec_public(pair.curve, pair.d, pair.x, pair.y))
		err = finish_pair(&pair, spec, material);
	memzero_explicit(&pair, sizeof(pair));
	return err;
}

/* A key on a curve that we do not have: did the tags expect another? */
static enum km_error unknown_curve(const struct km_key_spec *spec)
{
	return curve_of_spec(spec) ? KM_ERROR_IMPORT_PARAMETER_MISMATCH :
				     KM_ERROR_UNSUPPORTED_EC_CURVE;
}

/* The public half comes from the private one; one that came along must be the same. */
static enum km_error complete_pair(struct km_ec_pair *pair, bool has_public)
{
	size_t bytes = km_ec_bytes(pair->curve);
	u8 x[KM_EC_MAX_BYTES], y[KM_EC_MAX_BYTES];
	int ret;

	ret = km_ec_public(pair->curve, pair->d, x, y);
	if (ret)
		return km_error_of(ret);
	/* A public half that belongs to another key would be exported as this one's. */
	if (has_public && (memcmp(x, pair->x, bytes) || memcmp(y, pair->y, bytes)))
		return KM_ERROR_INVALID_ARGUMENT;
	memcpy(pair->x, x, bytes);
	memcpy(pair->y, y, bytes);
	return KM_ERROR_OK;
}

static enum km_error import_pair(struct km_ec_pair *pair, struct km_key_spec *spec,
				 const struct km_import *in)
{
	bool has_public;

	switch (km_ec_read_pkcs8(in->data, in->len, pair, &has_public)) {
	case 0:
		break;
	case -EOPNOTSUPP:
		return KM_ERROR_IMPORT_PARAMETER_MISMATCH;
	case -ERANGE:
		return unknown_curve(spec);
	default:
		return KM_ERROR_INVALID_ARGUMENT;
	}
	if (!fits(spec, pair->curve))
		return KM_ERROR_IMPORT_PARAMETER_MISMATCH;
	return complete_pair(pair, has_public);
}

static enum km_error ec_import(struct km_key_spec *spec, const struct km_import *in,
			       struct km_secret **material)
{
	struct km_ec_pair pair;
	enum km_error err;

	if (!(km_bit(in->key_format) & km_alg_ec.import_formats))
		return KM_ERROR_UNSUPPORTED_KEY_FORMAT;
	err = import_pair(&pair, spec, in);
	if (!err)
		err = finish_pair(&pair, spec, material);
	memzero_explicit(&pair, sizeof(pair));
	/* Not of this family; PKCS#8 of EC without a curve may be Curve25519's. */
	if (err == KM_ERROR_IMPORT_PARAMETER_MISMATCH && !spec->has_curve)
		return km_alg_25519.import(spec, in, material);
	return err;
}

/* SEC1 as we write it, or PKCS#8 as others left an imported key (blobs.md 6). */
static enum km_error read_material(const struct km_secret *material, struct km_ec_pair *pair)
{
	bool has_public;

	if (!km_ec_read_sec1(material->data, material->len, pair, &has_public))
		return has_public ? KM_ERROR_OK : KM_ERROR_INVALID_KEY_BLOB;
	if (km_ec_read_pkcs8(material->data, material->len, pair, &has_public) ||
	    complete_pair(pair, has_public))
		return KM_ERROR_INVALID_KEY_BLOB;
	return KM_ERROR_OK;
}

static enum km_error ec_load(struct km_alg_key *key)
{
	struct km_ec_pair *pair = kzalloc(sizeof(*pair), GFP_KERNEL_ACCOUNT);
	enum km_error err;

	if (!pair)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	key->priv = pair;
	err = read_material(key->material, pair);
	/* Tags that say something else than the key would be believed. */
	if (!err && !fits(&key->spec, pair->curve))
		err = KM_ERROR_INVALID_KEY_BLOB;
	return err;
}

static void ec_unload(struct km_alg_key *key)
{
	kfree_sensitive(key->priv);
	key->priv = NULL;
}

static enum km_error ec_export(const struct km_alg_key *key, u8 *out, size_t *len)
{
	*len = km_ec_write_spki(key->priv, out, *len);
	return *len ? KM_ERROR_OK : KM_ERROR_UNKNOWN_ERROR;
}

static enum km_error ec_check(struct km_alg_op *op)
{
	u32 digest = op->args.digest.value;

	/* A key agreement has no parameters. */
	if (op->purpose == KM_PURPOSE_AGREE_KEY)
		return KM_ERROR_OK;
	if (op->args.digest.n != 1 || !(km_bit(digest) & km_alg_ec.digests))
		return KM_ERROR_UNSUPPORTED_DIGEST;
	/* Anyone may verify with any digest: he has the public key. */
	if (op->purpose == KM_PURPOSE_SIGN && !(km_bit(digest) & op->key->spec.digests))
		return KM_ERROR_INCOMPATIBLE_DIGEST;
	return KM_ERROR_OK;
}

static enum km_error ec_begin(struct km_alg_op *op)
{
	struct crypto_shash *tfm = NULL;
	struct ec_op *eo = kzalloc(sizeof(*eo), GFP_KERNEL_ACCOUNT);

	if (!eo)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	op->priv = eo;
	if (op->purpose != KM_PURPOSE_AGREE_KEY)
		tfm = km_hash_tfm(op->args.digest.value);
	if (!tfm)
		return KM_ERROR_OK;
	eo->desc = kmalloc(sizeof(*eo->desc) + crypto_shash_descsize(tfm), GFP_KERNEL_ACCOUNT);
	if (!eo->desc)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	eo->desc->tfm = tfm;
	return km_error_of(crypto_shash_init(eo->desc));
}

static void ec_end(struct km_alg_op *op)
{
	struct ec_op *eo = op->priv;

	if (!eo)
		return;
	kfree_sensitive(eo->desc);
	kfree_sensitive(eo);
	op->priv = NULL;
}

static const struct km_curve *curve_of(const struct km_alg_op *op)
{
	const struct km_ec_pair *pair = op->key->priv;

	return pair->curve;
}

/* SEQUENCE of two INTEGERs, each with a zero in front if the order fills its bytes. */
static size_t sig_max(const struct km_curve *curve)
{
	size_t len = 2 * (2 + km_ec_bytes(curve) + (km_ec_bits(curve) % 8 == 0));

	return len + (len < 128 ? 2 : 3);
}

static size_t ec_out_len(const struct km_alg_op *op, const struct km_io *io, bool finish)
{
	if (!finish)
		return 0;
	switch (op->purpose) {
	case KM_PURPOSE_SIGN:
		return sig_max(curve_of(op));
	case KM_PURPOSE_AGREE_KEY:
		return km_ec_bytes(curve_of(op));
	default:
		return 0;
	}
}

static enum km_error ec_update(struct km_alg_op *op, struct km_io *io)
{
	bool agree = op->purpose == KM_PURPOSE_AGREE_KEY;
	struct ec_op *eo = op->priv;
	size_t n, room;

	if (eo->desc)
		return km_error_of(crypto_shash_update(eo->desc, io->data, io->len));
	room = (agree ? sizeof(eo->data) : km_ec_bytes(curve_of(op))) - eo->len;
	/* No public key on any of our curves is that long: it will not become one any more. */
	if (agree && io->len > room)
		return KM_ERROR_INVALID_ARGUMENT;
	/* What of a message is beyond the order's length is dropped without a word. */
	n = min_t(size_t, io->len, room);
	memcpy(eo->data + eo->len, io->data, n);
	eo->len += n;
	return KM_ERROR_OK;
}

static enum km_error sign(const struct km_ec_pair *pair, struct km_ecdsa *sig)
{
	int ret = -EAGAIN, i;
	u8 k[KM_EC_MAX_BYTES];

	for (i = 0; i < DRAWS && ret == -EAGAIN; i++) {
		get_random_bytes(k, km_ec_bytes(pair->curve));
		km_ec_cut(pair->curve, k);
		ret = km_ecdsa_sign(pair->curve, pair->d, k, sig);
	}
	memzero_explicit(k, sizeof(k));
	return ret ? KM_ERROR_UNKNOWN_ERROR : KM_ERROR_OK;
}

static enum km_error sign_out(const struct km_ec_pair *pair, struct km_ecdsa *sig,
			      struct km_io *io)
{
	enum km_error err = sign(pair, sig);

	if (err)
		return err;
	io->out = io->data;
	io->out_len = km_ec_write_sig(sig, km_ec_bytes(pair->curve), io->out,
				      sig_max(pair->curve));
	return io->out_len ? KM_ERROR_OK : KM_ERROR_UNKNOWN_ERROR;
}

static enum km_error verify(const struct km_ec_pair *pair, struct km_ecdsa *sig,
			    const struct km_io *io)
{
	if (km_ec_read_sig(io->sig, io->sig_len, km_ec_bytes(pair->curve), sig))
		return KM_ERROR_VERIFICATION_FAILED;
	return km_error_of(km_ecdsa_verify(pair->curve, pair->x, pair->y, sig));
}

/* The secret of our key and the peer's, whose SubjectPublicKeyInfo is complete now. */
static enum km_error agree(const struct km_ec_pair *pair, const struct ec_op *eo, struct km_io *io)
{
	size_t bytes = km_ec_bytes(pair->curve);
	struct km_ec_pair peer;
	struct km_ecdh dh;
	int ret;

	if (km_ec_read_spki(eo->data, eo->len, &peer) || peer.curve != pair->curve)
		return KM_ERROR_INVALID_ARGUMENT;
	memcpy(dh.x, peer.x, bytes);
	memcpy(dh.y, peer.y, bytes);
	ret = km_ec_ecdh(pair->curve, pair->d, &dh);
	if (!ret) {
		io->out = io->data;
		memcpy(io->out, dh.secret, bytes);
		io->out_len = bytes;
	}
	memzero_explicit(&dh, sizeof(dh));
	/* A point off the curve is as good as no key. */
	return ret == -EBADMSG ? KM_ERROR_INVALID_ARGUMENT : km_error_of(ret);
}

static enum km_error ec_finish(struct km_alg_op *op, struct km_io *io)
{
	const struct km_ec_pair *pair = op->key->priv;
	struct ec_op *eo = op->priv;
	u8 digest[KM_DIGEST_MAX];
	struct km_ecdsa sig = { .digest = digest };
	enum km_error err;

	if (eo->desc) {
		sig.digest_len = km_hash_size(op->args.digest.value);
		err = km_error_of(crypto_shash_finup(eo->desc, io->data, io->len, digest));
	} else {
		err = ec_update(op, io);
		sig.digest = eo->data;
		sig.digest_len = eo->len;
	}
	if (err)
		return err;
	switch (op->purpose) {
	case KM_PURPOSE_VERIFY:
		return verify(pair, &sig, io);
	case KM_PURPOSE_AGREE_KEY:
		return agree(pair, eo, io);
	default:
		err = sign_out(pair, &sig, io);
		memzero_explicit(digest, sizeof(digest));
		return err;
	}
}

const struct km_alg km_alg_ec = {
	.algorithm = KM_ALGORITHM_EC,
	.purposes = 1 << KM_PURPOSE_SIGN | 1 << KM_PURPOSE_VERIFY | 1 << KM_PURPOSE_AGREE_KEY,
	.digests = KM_BIT(KM_DIGEST_NONE) | KM_BIT(KM_DIGEST_SHA1) |
		   KM_BIT(KM_DIGEST_SHA_2_224) | KM_BIT(KM_DIGEST_SHA_2_256) |
		   KM_BIT(KM_DIGEST_SHA_2_384) | KM_BIT(KM_DIGEST_SHA_2_512),
	.import_formats = KM_BIT(KM_KEY_FORMAT_PKCS8),
	.check_spec = ec_check_spec,
	.generate = ec_generate,
	.import = ec_import,
	.load = ec_load,
	.unload = ec_unload,
	.export = ec_export,
	.check = ec_check,
	.begin = ec_begin,
	.out_len = ec_out_len,
	.update = ec_update,
	.finish = ec_finish,
	.end = ec_end,
};
