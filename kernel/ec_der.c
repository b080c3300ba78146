// SPDX-License-Identifier: GPL-2.0-only
/*
 * Encodings of EC keys and signatures: SEC1, PKCS#8, SubjectPublicKeyInfo, ECDSA.
 * Between der.c and alg_ec.c; a leaf, builds in userspace too.
 */
#include "der.h"
#include "ec_der.h"

static const u8 oid_ec_public_key[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01 };
static const struct named_curve {
	const struct km_curve *curve;
	u8 len;
	u8 oid[8];
} named_curves[] = {
	{ &km_p224, 5, { 0x2b, 0x81, 0x04, 0x00, 0x21 } },
	{ &km_p256, 8, { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 } },
	{ &km_p384, 5, { 0x2b, 0x81, 0x04, 0x00, 0x22 } },
	{ &km_p521, 5, { 0x2b, 0x81, 0x04, 0x00, 0x23 } },
};

/* -ERANGE: a curve by name, but not one of ours. Parameters written out are malformed. */
static int read_curve(struct km_der *in, const struct km_curve **curve)
{
	struct km_der oid;
	unsigned int i;

	if (km_der_get(in, KM_DER_OID, &oid) || in->len)
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(named_curves); i++) {
		const struct named_curve *named = &named_curves[i];

		if (oid.len == named->len && !memcmp(oid.p, named->oid, oid.len)) {
			*curve = named->curve;
			return 0;
		}
	}
	return -ERANGE;
}

/* AlgorithmIdentifier with the curve as its parameters. */
static int read_algorithm(struct km_der *in, const struct km_curve **curve)
{
	struct km_der alg, oid;

	if (km_der_get(in, KM_DER_SEQUENCE, &alg) || km_der_get(&alg, KM_DER_OID, &oid))
		return -EINVAL;
	if (oid.len != sizeof(oid_ec_public_key) || memcmp(oid.p, oid_ec_public_key, oid.len))
		return -EOPNOTSUPP;
	return read_curve(&alg, curve);
}

/* BIT STRING of an uncompressed point; other forms are not worth their square roots. */
static int read_point(struct km_der *in, struct km_ec_pair *key)
{
	size_t bytes = km_ec_bytes(key->curve);
	struct km_der bits;

	if (km_der_get(in, KM_DER_BIT_STRING, &bits) || bits.len != 2 + 2 * bytes)
		return -EINVAL;
	if (bits.p[0] || bits.p[1] != 0x04)
		return -EINVAL;
	memcpy(key->x, bits.p + 2, bytes);
	memcpy(key->y, bits.p + 2 + bytes, bytes);
	return 0;
}

/* The curve is in [0], or, where the key is part of PKCS#8, already in @key->curve. */
static int read_ec_private(struct km_der *in, struct km_ec_pair *key, bool *has_public)
{
	static const u8 one = 1;
	const struct km_curve *curve = key->curve;
	struct km_der seq, d, ctx;

	*has_public = false;
	if (km_der_get(in, KM_DER_SEQUENCE, &seq) || in->len)
		return -EINVAL;
	if (km_der_get_const(&seq, KM_DER_INTEGER, &one, 1) ||
	    km_der_get(&seq, KM_DER_OCTET_STRING, &d))
		return -EINVAL;
	if (km_der_peek(&seq, KM_DER_CONTEXT(0))) {
		if (km_der_get(&seq, KM_DER_CONTEXT(0), &ctx) || read_curve(&ctx, &curve))
			return -EINVAL;
	}
	if (!curve || (key->curve && key->curve != curve) || d.len != km_ec_bytes(curve))
		return -EINVAL;
	key->curve = curve;
	memcpy(key->d, d.p, d.len);
	if (km_der_peek(&seq, KM_DER_CONTEXT(1))) {
		if (km_der_get(&seq, KM_DER_CONTEXT(1), &ctx) || read_point(&ctx, key) || ctx.len)
			return -EINVAL;
		*has_public = true;
	}
	return seq.len ? -EINVAL : 0;
}

/**
 * km_ec_read_sec1() - read an ECPrivateKey (RFC 5915) that names its curve
 * @data: the encoding
 * @len: its length
 * @key: [out] the key; holds part of it even on failure: wipe it
 * @has_public: [out] the public point was there
 *
 * Return: 0 or -EINVAL.
 */
int km_ec_read_sec1(const u8 *data, size_t len, struct km_ec_pair *key, bool *has_public)
{
	struct km_der in = { data, len };

	key->curve = NULL;
	return read_ec_private(&in, key, has_public);
}

/**
 * km_ec_read_pkcs8() - read a PrivateKeyInfo (RFC 5208) with an EC key
 * @data: the encoding
 * @len: its length
 * @key: [out] the key; holds part of it even on failure: wipe it
 * @has_public: [out] the public point was there
 *
 * Attributes behind the key are passed over, as they say nothing of it.
 *
 * Return: 0 or -EINVAL, -EOPNOTSUPP for another kind of key, -ERANGE for
 * another curve.
 */
int km_ec_read_pkcs8(const u8 *data, size_t len, struct km_ec_pair *key, bool *has_public)
{
	struct km_der in = { data, len }, seq, octets, attributes;
	static const u8 zero;
	int ret;

	if (km_der_get(&in, KM_DER_SEQUENCE, &seq) || in.len ||
	    km_der_get_const(&seq, KM_DER_INTEGER, &zero, 1))
		return -EINVAL;
	key->curve = NULL;
	ret = read_algorithm(&seq, &key->curve);
	if (ret == -EINVAL || km_der_get(&seq, KM_DER_OCTET_STRING, &octets))
		return -EINVAL;
	if (ret == -EOPNOTSUPP)
		return ret;
	/* Attributes: one element, whatever is in it. */
	if (seq.len && (km_der_get(&seq, KM_DER_CONTEXT(0), &attributes) || seq.len))
		return -EINVAL;
	return ret ?: read_ec_private(&octets, key, has_public);
}

/**
 * km_ec_read_spki() - read a SubjectPublicKeyInfo (RFC 5480) with an EC key
 * @data: the encoding
 * @len: its length
 * @key: [out] curve and public point, of which it is not known whether it is on the curve
 *
 * Return: 0 or -EINVAL, a compressed point too; -EOPNOTSUPP for another kind of key,
 * -ERANGE for another curve.
 */
int km_ec_read_spki(const u8 *data, size_t len, struct km_ec_pair *key)
{
	struct km_der in = { data, len }, seq;
	int ret;

	if (km_der_get(&in, KM_DER_SEQUENCE, &seq) || in.len)
		return -EINVAL;
	key->curve = NULL;
	ret = read_algorithm(&seq, &key->curve);
	if (ret)
		return ret;
	return read_point(&seq, key) || seq.len ? -EINVAL : 0;
}

static void put_point(struct km_der_out *out, const struct km_ec_pair *key)
{
	static const u8 head[2] = { 0, 0x04 };
	size_t bytes = km_ec_bytes(key->curve);
	const u8 *end = out->p;

	km_der_put_bytes(out, key->y, bytes);
	km_der_put_bytes(out, key->x, bytes);
	km_der_put_bytes(out, head, sizeof(head));
	km_der_put_header(out, KM_DER_BIT_STRING, end);
}

static void put_curve(struct km_der_out *out, const struct km_curve *curve)
{
	unsigned int i = 0;

	while (named_curves[i].curve != curve)
		i++;
	km_der_put(out, KM_DER_OID, named_curves[i].oid, named_curves[i].len);
}

/* What was written to the end of a buffer, moved to its start. */
static size_t settle(const struct km_der_out *o, u8 *out, const u8 *end)
{
	size_t len = end - o->p;

	if (o->overflow)
		return 0;
	memmove(out, o->p, len);
	return len;
}

/**
 * km_ec_write_sec1() - write an ECPrivateKey (RFC 5915) with curve and public point
 * @key: the key
 * @out: [out] buffer
 * @size: room there; KM_EC_SEC1_MAX is always enough
 *
 * Return: bytes written, 0 if there is no room.
 */
size_t km_ec_write_sec1(const struct km_ec_pair *key, u8 *out, size_t size)
{
	static const u8 one = 1;
	struct km_der_out o = { .start = out, .p = out + size };
	const u8 *end = o.p, *field = o.p;

	put_point(&o, key);
	km_der_put_header(&o, KM_DER_CONTEXT(1), field);
	field = o.p;
	put_curve(&o, key->curve);
	km_der_put_header(&o, KM_DER_CONTEXT(0), field);
	km_der_put(&o, KM_DER_OCTET_STRING, key->d, km_ec_bytes(key->curve));
	km_der_put(&o, KM_DER_INTEGER, &one, 1);
	km_der_put_header(&o, KM_DER_SEQUENCE, end);
	return settle(&o, out, end);
}

/**
 * km_ec_write_spki() - write a SubjectPublicKeyInfo (RFC 5480)
 * @key: the key; its public half is used
 * @out: [out] buffer
 * @size: room there; KM_EC_SPKI_MAX is always enough
 *
 * Return: bytes written, 0 if there is no room.
 */
size_t km_ec_write_spki(const struct km_ec_pair *key, u8 *out, size_t size)
{
	struct km_der_out o = { .start = out, .p = out + size };
	const u8 *end = o.p, *alg;

	put_point(&o, key);
	alg = o.p;
	put_curve(&o, key->curve);
	km_der_put(&o, KM_DER_OID, oid_ec_public_key, sizeof(oid_ec_public_key));
	km_der_put_header(&o, KM_DER_SEQUENCE, alg);
	km_der_put_header(&o, KM_DER_SEQUENCE, end);
	return settle(&o, out, end);
}

/**
 * km_ec_write_sig() - write an ECDSA signature, SEQUENCE of two INTEGERs
 * @sig: r and s
 * @bytes: their length
 * @out: [out] buffer
 * @size: room there; KM_EC_SIG_MAX is always enough
 *
 * Return: bytes written, 0 if there is no room.
 */
size_t km_ec_write_sig(const struct km_ecdsa *sig, size_t bytes, u8 *out, size_t size)
{
	struct km_der_out o = { .start = out, .p = out + size };
	const u8 *end = o.p;

	km_der_put_uint(&o, sig->s, bytes);
	km_der_put_uint(&o, sig->r, bytes);
	km_der_put_header(&o, KM_DER_SEQUENCE, end);
	return settle(&o, out, end);
}

/**
 * km_ec_read_sig() - read an ECDSA signature
 * @data: the encoding
 * @len: its length
 * @bytes: length of r and s
 * @sig: [out] r and s
 *
 * Return: 0 or -EINVAL.
 */
int km_ec_read_sig(const u8 *data, size_t len, size_t bytes, struct km_ecdsa *sig)
{
	struct km_der in = { data, len }, seq;

	if (km_der_get(&in, KM_DER_SEQUENCE, &seq) || in.len ||
	    km_der_get_uint(&seq, sig->r, bytes) || km_der_get_uint(&seq, sig->s, bytes) || seq.len)
		return -EINVAL;
	return 0;
}
