/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Paddings of RSA (RFC 8017): PKCS#1 v1.5 for both uses, PSS, OAEP.
 * Leaf of the layers, between rsa.c and alg_rsa.c; builds in userspace too.
 *
 * The "encoded message" of all functions is as long as the modulus, whose length in
 * bits is a multiple of 8.
 */
#ifndef KM_RSA_PAD_H
#define KM_RSA_PAD_H

#include "prim.h"

/* Longest digest, and longest modulus. */
#define KM_RSA_HASH_MAX		64
#define KM_RSA_EM_MAX		512

/* Bytes that PKCS#1 v1.5 adds at least. */
#define KM_RSA_PKCS1_MIN	11

/**
 * struct km_rsa_hash - a digest, lent by the caller
 * @digest: KM_DIGEST_*
 * @size: bytes of it, KM_RSA_HASH_MAX at most
 * @run: digest of @n pieces in a row to @out: 0 or a negative errno; its time
 *	may depend on the lengths only
 */
struct km_rsa_hash {
	u32 digest;
	u32 size;
	int (*run)(u32 digest, const struct km_piece *pieces, unsigned int n, u8 *out);
};

/**
 * struct km_rsa_oaep - the two digests of OAEP
 * @label: of the label, which is empty
 * @mgf: of the mask generation function MGF1
 */
struct km_rsa_oaep {
	const struct km_rsa_hash *label;
	const struct km_rsa_hash *mgf;
};

/**
 * struct km_rsa_em - an encoded message
 * @data: as long as the modulus
 * @len: how long that is, the "k" of RFC 8017; KM_RSA_EM_MAX at most
 */
struct km_rsa_em {
	u8 *data;
	size_t len;
};

bool km_rsa_pkcs1_fits(const struct km_rsa_hash *hash, size_t k);
int km_rsa_pkcs1_sign(const struct km_rsa_em *em, u32 digest, const struct km_piece *message);
int km_rsa_pkcs1_encrypt(const struct km_rsa_em *em, const struct km_piece *message,
			 void (*random)(u8 *out, size_t len));
int km_rsa_pkcs1_decrypt(const struct km_rsa_em *em, struct km_piece *message);

bool km_rsa_pss_fits(const struct km_rsa_hash *hash, size_t k);
int km_rsa_pss_sign(const struct km_rsa_em *em, const struct km_rsa_hash *hash,
		    const u8 *digest, const u8 *salt);
int km_rsa_pss_verify(const struct km_rsa_em *em, const struct km_rsa_hash *hash,
		      const u8 *digest);

bool km_rsa_oaep_fits(const struct km_rsa_oaep *oaep, size_t k);
int km_rsa_oaep_encrypt(const struct km_rsa_em *em, const struct km_rsa_oaep *oaep,
			const struct km_piece *message, const u8 *seed);
int km_rsa_oaep_decrypt(const struct km_rsa_em *em, const struct km_rsa_oaep *oaep,
			struct km_piece *message);

#endif /* KM_RSA_PAD_H */
