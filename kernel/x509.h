/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * X.509 certificates (RFC 5280): writing one, and reading as much of one as issuing takes.
 * Between der.c and attest.c; a leaf, builds in userspace too.
 */
#ifndef KM_X509_H
#define KM_X509_H

#include "der.h"
#include "prim.h"

/* The last second of 9999, the last that a certificate can name. */
#define KM_X509_TIME_MAX	253402300799ULL
/* Bytes of a serial number: RFC 5280 4.1.2.2. */
#define KM_X509_SERIAL_MAX	20
/* What a signature adds to what it signs, at most: RSA of 4096 bits. */
#define KM_X509_SIGNED_MAX	(512 + 32)

/* Bits of KeyUsage, the first of RFC 5280 the lowest. */
#define KM_X509_DIGITAL_SIGNATURE	0x01
#define KM_X509_KEY_ENCIPHERMENT	0x04
#define KM_X509_DATA_ENCIPHERMENT	0x08
#define KM_X509_KEY_AGREEMENT		0x10
#define KM_X509_KEY_CERT_SIGN		0x20

/* Signature algorithms. */
enum km_x509_alg {
	KM_X509_RSA_SHA256,
	KM_X509_ECDSA_SHA256,
	KM_X509_ED25519,
	KM_X509_ALGS
};

/**
 * struct km_x509 - a certificate to write
 * @alg: how it will be signed
 * @serial: serial number, big-endian, one byte at least
 * @issuer: Name of who signs
 * @subject: Name of who has the key
 * @not_before: seconds since 1970, KM_X509_TIME_MAX at most
 * @not_after: likewise
 * @spki: SubjectPublicKeyInfo
 * @usage: KM_X509_* bits of KeyUsage; 0: no such extension
 * @ca: with BasicConstraints that make it an issuer
 * @record: contents of the attestation extension; of length 0: there is none
 */
struct km_x509 {
	enum km_x509_alg alg;
	struct km_piece serial;
	struct km_piece issuer;
	struct km_piece subject;
	u64 not_before;
	u64 not_after;
	struct km_piece spki;
	u8 usage;
	bool ca;
	struct km_piece record;
};

/**
 * struct km_x509_view - a certificate that was read
 * @subject: its Name
 * @spki: its SubjectPublicKeyInfo
 */
struct km_x509_view {
	struct km_piece subject;
	struct km_piece spki;
};

size_t km_x509_write_tbs(const struct km_x509 *c, u8 *out, size_t size);
size_t km_x509_write(const struct km_piece *tbs, enum km_x509_alg alg,
		     const struct km_piece *sig, u8 *out, size_t size);
int km_x509_read(struct km_der *in, struct km_x509_view *view);
bool km_x509_is_name(const struct km_piece *name);

#endif /* KM_X509_H */
