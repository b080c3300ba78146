// SPDX-License-Identifier: GPL-2.0-only
/*
 * Encodings of keys on Curve25519 (RFC 8410): PKCS#8 and SubjectPublicKeyInfo.
 * Between der.c and alg_25519.c; a leaf, builds in userspace too.
 */
#include "der.h"
#include "okp_der.h"

#define OID_LEN		3
/* OneAsymmetricKey (RFC 5958): publicKey is a BIT STRING with this tag in its place. */
#define TAG_PUBLIC	0x81

/* 1.3.101.112 and 1.3.101.110 */
static const u8 oids[][OID_LEN] = {
	[KM_OKP_ED25519] = { 0x2b, 0x65, 0x70 },
	[KM_OKP_X25519] = { 0x2b, 0x65, 0x6e },
};

/* AlgorithmIdentifier: an OID and, other than elsewhere, not even a NULL behind it. */
static int read_algorithm(struct km_der *in, enum km_okp_kind *kind)
{
	struct km_der alg, oid;

	if (km_der_get(in, KM_DER_SEQUENCE, &alg) || km_der_get(&alg, KM_DER_OID, &oid))
		return -EINVAL;
	for (*kind = 0; *kind < ARRAY_SIZE(oids); (*kind)++)
		if (oid.len == OID_LEN && !memcmp(oid.p, oids[*kind], OID_LEN))
			return alg.len ? -EINVAL : 0;
	return -EOPNOTSUPP;
}

/* Contents of a BIT STRING. */
static int take_public(const struct km_der *bits, u8 *pub)
{
	if (bits->len != 1 + KM_OKP_BYTES || bits->p[0])
		return -EINVAL;
	memcpy(pub, bits->p + 1, KM_OKP_BYTES);
	return 0;
}

/**
 * km_okp_read_pkcs8() - read a private key on Curve25519
 * @data: PrivateKeyInfo (RFC 5208) or OneAsymmetricKey (RFC 5958) of RFC 8410
 * @len: its length
 * @key: [out] the key; holds part of it even on failure: wipe it
 *
 * Attributes behind the key are passed over, as they say nothing of it. A public key
 * makes it version 2; version 2 without one is what some programs write.
 *
 * Return: 0 or -EINVAL, -EOPNOTSUPP for another kind of key.
 */
int km_okp_read_pkcs8(const u8 *data, size_t len, struct km_okp_private *key)
{
	struct km_der in = { data, len }, seq, octets, secret, rest;
	u8 version;
	int ret;

	memset(key, 0, sizeof(*key));
	if (km_der_get(&in, KM_DER_SEQUENCE, &seq) || in.len ||
	    km_der_get_uint(&seq, &version, 1) || version > 1)
		return -EINVAL;
	ret = read_algorithm(&seq, &key->kind);
	if (ret)
		return ret;
	/* CurvePrivateKey is an OCTET STRING, inside the one of PKCS#8. */
	if (km_der_get(&seq, KM_DER_OCTET_STRING, &octets) ||
	    km_der_get(&octets, KM_DER_OCTET_STRING, &secret) || octets.len ||
	    secret.len != KM_OKP_BYTES)
		return -EINVAL;
	memcpy(key->secret, secret.p, KM_OKP_BYTES);
	if (km_der_peek(&seq, KM_DER_CONTEXT(0)) && km_der_get(&seq, KM_DER_CONTEXT(0), &rest))
		return -EINVAL;
	if (version && km_der_peek(&seq, TAG_PUBLIC)) {
		if (km_der_get(&seq, TAG_PUBLIC, &rest) || take_public(&rest, key->pub))
			return -EINVAL;
		key->has_public = true;
	}
	return seq.len ? -EINVAL : 0;
}

static void put_algorithm(struct km_der_out *o, enum km_okp_kind kind)
{
	const u8 *end = o->p;

	km_der_put(o, KM_DER_OID, oids[kind], OID_LEN);
	km_der_put_header(o, KM_DER_SEQUENCE, end);
}

/**
 * km_okp_write_pkcs8() - write a PrivateKeyInfo without public key
 * @kind: which algorithm
 * @secret: KM_OKP_BYTES bytes
 * @out: [out] KM_OKP_PKCS8_LEN bytes
 *
 * Return: 0; -EINVAL cannot happen.
 */
int km_okp_write_pkcs8(enum km_okp_kind kind, const u8 *secret, u8 *out)
{
	struct km_der_out o = { .start = out, .p = out + KM_OKP_PKCS8_LEN };
	static const u8 version;
	const u8 *end = o.p;

	km_der_put(&o, KM_DER_OCTET_STRING, secret, KM_OKP_BYTES);
	km_der_put_header(&o, KM_DER_OCTET_STRING, end);
	put_algorithm(&o, kind);
	km_der_put(&o, KM_DER_INTEGER, &version, 1);
	km_der_put_header(&o, KM_DER_SEQUENCE, end);
	return o.overflow || o.p != out ? -EINVAL : 0;
}

/**
 * km_okp_read_spki() - read a SubjectPublicKeyInfo
 * @data: the encoding
 * @len: its length
 * @kind: the algorithm that it must be for
 * @pub: [out] KM_OKP_BYTES bytes
 *
 * Return: 0 or -EINVAL, also for another kind of key.
 */
int km_okp_read_spki(const u8 *data, size_t len, enum km_okp_kind kind, u8 *pub)
{
	struct km_der in = { data, len }, seq, bits;
	enum km_okp_kind got;

	if (km_der_get(&in, KM_DER_SEQUENCE, &seq) || in.len ||
	    read_algorithm(&seq, &got) || got != kind ||
	    km_der_get(&seq, KM_DER_BIT_STRING, &bits) || seq.len)
		return -EINVAL;
	return take_public(&bits, pub);
}

/**
 * km_okp_write_spki() - write a SubjectPublicKeyInfo
 * @kind: which algorithm
 * @pub: KM_OKP_BYTES bytes
 * @out: [out] buffer
 * @size: room there
 *
 * Return: bytes written, 0 if there is no room.
 */
size_t km_okp_write_spki(enum km_okp_kind kind, const u8 *pub, u8 *out, size_t size)
{
	struct km_der_out o = { .start = out, .p = out + KM_OKP_SPKI_LEN };
	static const u8 unused_bits;
	const u8 *end = o.p;

	if (size < KM_OKP_SPKI_LEN)
		return 0;
	km_der_put_bytes(&o, pub, KM_OKP_BYTES);
	km_der_put_bytes(&o, &unused_bits, 1);
	km_der_put_header(&o, KM_DER_BIT_STRING, end);
	put_algorithm(&o, kind);
	km_der_put_header(&o, KM_DER_SEQUENCE, end);
	return o.overflow || o.p != out ? 0 : KM_OKP_SPKI_LEN;
}
