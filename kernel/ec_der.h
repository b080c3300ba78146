/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Encodings of EC keys and signatures: SEC1, PKCS#8, SubjectPublicKeyInfo, ECDSA.
 * Between der.c and alg_ec.c; a leaf, builds in userspace too.
 */
#ifndef KM_EC_DER_H
#define KM_EC_DER_H

#include "ec.h"

/* Longest SEC1 ECPrivateKey with curve and public key, and SubjectPublicKeyInfo: P-521's. */
#define KM_EC_SEC1_MAX		223
#define KM_EC_SPKI_MAX		158
#define KM_EC_SIG_MAX		(2 * (KM_EC_MAX_BYTES + 3) + 4)

/**
 * struct km_ec_pair - a key pair, or a public key alone; numbers big-endian, of the curve's
 *	length
 * @curve: the curve
 * @d: private scalar
 * @x: public point
 * @y: public point
 */
struct km_ec_pair {
	const struct km_curve *curve;
	u8 d[KM_EC_MAX_BYTES];
	u8 x[KM_EC_MAX_BYTES];
	u8 y[KM_EC_MAX_BYTES];
};

int km_ec_read_sec1(const u8 *data, size_t len, struct km_ec_pair *key, bool *has_public);
int km_ec_read_pkcs8(const u8 *data, size_t len, struct km_ec_pair *key, bool *has_public);
int km_ec_read_spki(const u8 *data, size_t len, struct km_ec_pair *key);
size_t km_ec_write_sec1(const struct km_ec_pair *key, u8 *out, size_t size);
size_t km_ec_write_spki(const struct km_ec_pair *key, u8 *out, size_t size);
size_t km_ec_write_sig(const struct km_ecdsa *sig, size_t bytes, u8 *out, size_t size);
int km_ec_read_sig(const u8 *data, size_t len, size_t bytes, struct km_ecdsa *sig);

#endif /* KM_EC_DER_H */
