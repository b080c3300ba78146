/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Encodings of EC keys and signatures: SEC1, PKCS#8, SubjectPublicKeyInfo, ECDSA.
 * Between der.c and alg_ec.c; a leaf, builds in userspace too.
 */
#ifndef KM_EC_DER_H
#define KM_EC_DER_H

#include "ec.h"

/* SEC1 ECPrivateKey of P-256 with curve and public key, as in blobs. */
#define KM_SEC1_P256_LEN	121
#define KM_EC_SIG_MAX		(2 * (KM_EC_MAX_BYTES + 3) + 4)

/**
 * struct km_ec_pair - a key pair on P-256, big-endian
 * @d: private scalar
 * @x: public point
 * @y: public point
 */
struct km_ec_pair {
	u8 d[32];
	u8 x[32];
	u8 y[32];
};

int km_ec_read_sec1(const u8 *data, size_t len, struct km_ec_pair *key, bool *has_public);
int km_ec_read_pkcs8(const u8 *data, size_t len, struct km_ec_pair *key, bool *has_public);
int km_ec_write_sec1(const struct km_ec_pair *key, u8 *out);
size_t km_ec_write_spki(const struct km_ec_pair *key, u8 *out, size_t size);
size_t km_ec_write_sig(const struct km_ecdsa *sig, size_t bytes, u8 *out, size_t size);
int km_ec_read_sig(const u8 *data, size_t len, size_t bytes, struct km_ecdsa *sig);

#endif /* KM_EC_DER_H */
