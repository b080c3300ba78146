/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Encodings of RSA keys: PKCS#1, PKCS#8, SubjectPublicKeyInfo.
 * Between der.c and alg_rsa.c; a leaf, builds in userspace too.
 */
#ifndef KM_RSA_DER_H
#define KM_RSA_DER_H

#include "der.h"
#include "rsa.h"

/* Longest RSAPrivateKey: two numbers as long as the modulus, five as long as a prime. */
#define KM_RSA_PRIVATE_MAX	(2 * (KM_RSA_MAX_BYTES + 5) + 5 * (KM_RSA_PRIME_LIMBS * 8 + 5) + \
				 (8 + 3) + 3 + 4)

int km_rsa_read_private(const u8 *data, size_t len, struct km_rsa_num parts[KM_RSA_PARTS]);
int km_rsa_read_pkcs8(const u8 *data, size_t len, struct km_rsa_num *inner);
size_t km_rsa_write_private(const struct km_rsa_num parts[KM_RSA_PARTS], u8 *out, size_t size);
size_t km_rsa_write_spki(const struct km_rsa_num *n, const struct km_rsa_num *e, u8 *out,
			 size_t size);

#endif /* KM_RSA_DER_H */
