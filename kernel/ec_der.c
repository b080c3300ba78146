// SPDX-License-Identifier: GPL-2.0-only
/*
 * Encodings of EC keys and signatures: SEC1, PKCS#8, SubjectPublicKeyInfo, ECDSA.
 * Between der.c and alg_ec.c; a leaf, builds in userspace too.
 */
#include "der.h"
#include "ec_der.h"

static const u8 oid_ec_public_key[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01 };
static const u8 oid_p256[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 };

#define P256_BYTES	32
#define POINT_LEN	(1 + 2 * P256_BYTES)

/* BIT STRING of an uncompressed point. */
static int read_point(struct km_der *in, struct km_ec_pair *key)
{
	struct km_der bits;

	if (km_der_get(in, KM_DER_BIT_STRING, &bits) || bits.len != 1 + POINT_LEN)
		return -EINVAL;
	if (bits.p[0] || bits.p[1] != 0x04)
		return -EINVAL;
	memcpy(key->x, bits.p + 2, P256_BYTES);
	memcpy(key->y, bits.p + 2 + P256_BYTES, P256_BYTES);
	return 0;
}

static int read_ec_private(struct km_der *in, struct km_ec_pair *key, bool curve, bool *has_public)
{
	static const u8 one = 1;
	struct km_der seq, d, ctx;

	*has_public = false;
	if (km_der_get(in, KM_DER_SEQUENCE, &seq) || in->len)
		return -EINVAL;
	if (km_der_get_const(&seq, KM_DER_INTEGER, &one, 1) ||
	    km_der_get(&seq, KM_DER_OCTET_STRING, &d) || d.len != P256_BYTES)
		return -EINVAL;
	memcpy(key->d, d.p, P256_BYTES);
	if (km_der_peek(&seq, KM_DER_CONTEXT(0))) {
		if (km_der_get(&seq, KM_DER_CONTEXT(0), &ctx) ||
		    km_der_get_const(&ctx, KM_DER_OID, oid_p256, sizeof(oid_p256)) || ctx.len)
			return -EINVAL;
	} else if (!curve) {
		return -EINVAL;
	}
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

	return read_ec_private(&in, key, false, has_public);
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
	struct km_der in = { data, len }, seq, alg, octets, oid, attributes;
	static const u8 zero;

	if (km_der_get(&in, KM_DER_SEQUENCE, &seq) || in.len ||
	    km_der_get_const(&seq, KM_DER_INTEGER, &zero, 1) ||
	    km_der_get(&seq, KM_DER_SEQUENCE, &alg) ||
	    km_der_get(&seq, KM_DER_OCTET_STRING, &octets) ||
	    km_der_get(&alg, KM_DER_OID, &oid))
		return -EINVAL;
	if (oid.len != sizeof(oid_ec_public_key) || memcmp(oid.p, oid_ec_public_key, oid.len))
		return -EOPNOTSUPP;
	if (km_der_get(&alg, KM_DER_OID, &oid) || alg.len)
		return -EINVAL;
	/* Attributes: one element, whatever is in it. */
	if (seq.len && (km_der_get(&seq, KM_DER_CONTEXT(0), &attributes) || seq.len))
		return -EINVAL;
	if (oid.len != sizeof(oid_p256) || memcmp(oid.p, oid_p256, oid.len))
		return -ERANGE;
	return read_ec_private(&octets, key, true, has_public);
}

static void put_point(struct km_der_out *out, const struct km_ec_pair *key)
{
	static const u8 head[2] = { 0, 0x04 };
	const u8 *end = out->p;

	km_der_put_bytes(out, key->y, P256_BYTES);
	km_der_put_bytes(out, key->x, P256_BYTES);
	km_der_put_bytes(out, head, sizeof(head));
	km_der_put_header(out, KM_DER_BIT_STRING, end);
}

/**
 * km_ec_write_sec1() - write an ECPrivateKey with curve and public point
 * @key: the key
 * @out: [out] KM_SEC1_P256_LEN bytes
 *
 * Return: 0; -EINVAL cannot happen.
 */
int km_ec_write_sec1(const struct km_ec_pair *key, u8 *out)
{
	static const u8 one = 1;
	struct km_der_out o = { .start = out, .p = out + KM_SEC1_P256_LEN };
	const u8 *end = o.p, *field = o.p;

	put_point(&o, key);
	km_der_put_header(&o, KM_DER_CONTEXT(1), field);
	field = o.p;
	km_der_put(&o, KM_DER_OID, oid_p256, sizeof(oid_p256));
	km_der_put_header(&o, KM_DER_CONTEXT(0), field);
	km_der_put(&o, KM_DER_OCTET_STRING, key->d, P256_BYTES);
	km_der_put(&o, KM_DER_INTEGER, &one, 1);
	km_der_put_header(&o, KM_DER_SEQUENCE, end);
	return o.overflow || o.p != out ? -EINVAL : 0;
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
 * km_ec_write_spki() - write a SubjectPublicKeyInfo (RFC 5480)
 * @key: the key; its public half is used
 * @out: [out] buffer
 * @size: room there
 *
 * Return: bytes written, 0 if there is no room.
 */
size_t km_ec_write_spki(const struct km_ec_pair *key, u8 *out, size_t size)
{
	struct km_der_out o = { .start = out, .p = out + size };
	const u8 *end = o.p, *alg;

	put_point(&o, key);
	alg = o.p;
	km_der_put(&o, KM_DER_OID, oid_p256, sizeof(oid_p256));
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
