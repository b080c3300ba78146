// SPDX-License-Identifier: GPL-2.0-only
/*
 * Encodings of RSA keys: PKCS#1 (RFC 8017 A.1), PKCS#8, SubjectPublicKeyInfo.
 * Between der.c and alg_rsa.c; a leaf, builds in userspace too.
 *
 * Only the shape is judged here; whether the numbers are a key, km_rsa_setup() says.
 * DER drops the zeros in front of a number, of a secret one too: whoever sees how long
 * an encoding is, as everybody does who has the blob, learns how small it is. That is the
 * format's, and reading and writing it takes no pains to hide it.
 */
#include "rsa_der.h"

static const u8 oid_rsa[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01 };
static const u8 zero;

/**
 * km_rsa_read_private() - read an RSAPrivateKey of two primes
 * @data: the encoding
 * @len: its length
 * @parts: [out] the numbers, where they stand in @data
 *
 * Return: 0 or -EINVAL.
 */
int km_rsa_read_private(const u8 *data, size_t len, struct km_rsa_num parts[KM_RSA_PARTS])
{
	struct km_der in = { data, len }, seq, num;
	unsigned int i;

	if (km_der_get(&in, KM_DER_SEQUENCE, &seq) || in.len ||
	    km_der_get_const(&seq, KM_DER_INTEGER, &zero, 1))
		return -EINVAL;
	for (i = 0; i < KM_RSA_PARTS; i++) {
		if (km_der_get_num(&seq, &num))
			return -EINVAL;
		parts[i].data = num.p;
		parts[i].len = num.len;
	}
	return seq.len ? -EINVAL : 0;
}

/**
 * km_rsa_read_pkcs8() - read a PrivateKeyInfo (RFC 5208) with an RSA key
 * @data: the encoding
 * @len: its length
 * @inner: [out] the RSAPrivateKey in it, not looked at yet
 *
 * Attributes behind the key are passed over, as they say nothing of it.
 *
 * Return: 0 or -EINVAL, -EOPNOTSUPP for another kind of key.
 */
int km_rsa_read_pkcs8(const u8 *data, size_t len, struct km_rsa_num *inner)
{
	struct km_der in = { data, len }, seq, alg, octets, oid, attributes;

	if (km_der_get(&in, KM_DER_SEQUENCE, &seq) || in.len ||
	    km_der_get_const(&seq, KM_DER_INTEGER, &zero, 1) ||
	    km_der_get(&seq, KM_DER_SEQUENCE, &alg) ||
	    km_der_get(&seq, KM_DER_OCTET_STRING, &octets) ||
	    km_der_get(&alg, KM_DER_OID, &oid))
		return -EINVAL;
	/* Attributes: one element, whatever is in it. */
	if (seq.len && (km_der_get(&seq, KM_DER_CONTEXT(0), &attributes) || seq.len))
		return -EINVAL;
	if (oid.len != sizeof(oid_rsa) || memcmp(oid.p, oid_rsa, oid.len))
		return -EOPNOTSUPP;
	if (km_der_get_const(&alg, KM_DER_NULL, &zero, 0) || alg.len)
		return -EINVAL;
	inner->data = octets.p;
	inner->len = octets.len;
	return 0;
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
 * km_rsa_write_private() - write an RSAPrivateKey of two primes
 * @parts: the numbers, of one byte at least; zeros in front are dropped
 * @out: [out] buffer; holds parts of the key even behind its end: wipe all of it
 * @size: room there, KM_RSA_PRIVATE_MAX is enough
 *
 * Return: bytes written, 0 if there is no room.
 */
size_t km_rsa_write_private(const struct km_rsa_num parts[KM_RSA_PARTS], u8 *out, size_t size)
{
	struct km_der_out o = { .start = out, .p = out + size };
	const u8 *end = o.p;
	unsigned int i;

	for (i = KM_RSA_PARTS; i--;)
		km_der_put_uint(&o, parts[i].data, parts[i].len);
	km_der_put(&o, KM_DER_INTEGER, &zero, 1);
	km_der_put_header(&o, KM_DER_SEQUENCE, end);
	return settle(&o, out, end);
}

/**
 * km_rsa_write_spki() - write a SubjectPublicKeyInfo (RFC 3279 2.3.1)
 * @n: modulus
 * @e: public exponent
 * @out: [out] buffer
 * @size: room there
 *
 * Return: bytes written, 0 if there is no room.
 */
size_t km_rsa_write_spki(const struct km_rsa_num *n, const struct km_rsa_num *e, u8 *out,
			 size_t size)
{
	struct km_der_out o = { .start = out, .p = out + size };
	const u8 *end = o.p, *alg;

	km_der_put_uint(&o, e->data, e->len);
	km_der_put_uint(&o, n->data, n->len);
	km_der_put_header(&o, KM_DER_SEQUENCE, end);
	/* No bits of the last byte unused. */
	km_der_put_bytes(&o, &zero, 1);
	km_der_put_header(&o, KM_DER_BIT_STRING, end);
	alg = o.p;
	km_der_put(&o, KM_DER_NULL, &zero, 0);
	km_der_put(&o, KM_DER_OID, oid_rsa, sizeof(oid_rsa));
	km_der_put_header(&o, KM_DER_SEQUENCE, alg);
	km_der_put_header(&o, KM_DER_SEQUENCE, end);
	return settle(&o, out, end);
}
