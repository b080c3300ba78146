/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RSA: key setup, the public and the private operation, key generation; no padding, no DER.
 * Leaf of the layers, below alg_rsa.c; builds in userspace too (see shim.h).
 */
#ifndef KM_RSA_H
#define KM_RSA_H

#include "shim.h"

/* Length of the modulus in bits: a multiple of 8. */
#define KM_RSA_MIN_BITS		512
#define KM_RSA_MAX_BITS		4096
#define KM_RSA_MIN_GEN_BITS	1024
#define KM_RSA_MAX_BYTES	(KM_RSA_MAX_BITS / 8)
#define KM_RSA_MAX_LIMBS	(KM_RSA_MAX_BITS / 64)

/* A prime may have up to 5/8 of the bits of the modulus, and so not under 3/8. */
#define KM_RSA_PRIME_LIMBS	(KM_RSA_MAX_LIMBS * 5 / 8)

/**
 * struct km_rsa_key - a key pair, fit for use: a secret, of one page at most
 * @bits: length of the modulus in bits; not secret
 * @len: the same in bytes, the "k" of RFC 8017; not secret
 * @p_bits: length of p in bits; treated as not secret
 * @q_bits: length of q in bits; treated as not secret
 * @n_limbs: length of n and d in limbs, rounded up (KM_BN_LIMBS()); not secret
 * @p_limbs: length of p, dp and qinv in limbs, rounded up
 * @q_limbs: length of q and dq in limbs, rounded up
 * @e: public exponent, odd, 3 or more
 * @n0: -1/n mod 2^64
 * @p0: -1/p mod 2^64
 * @q0: -1/q mod 2^64
 * @n: modulus
 * @n_r2: R^2 mod n, R = 2^(64 * n_limbs)
 * @d: private exponent, kept for export only
 * @p: first prime
 * @q: second prime, shorter, longer, larger or smaller than @p, never equal
 * @dp: d mod (p - 1)
 * @dq: d mod (q - 1)
 * @qinv: 1/q mod p
 * @p_r2: R^2 mod p, R = 2^(64 * p_limbs)
 * @q_r2: R^2 mod q, R = 2^(64 * q_limbs)
 *
 * Limbs are 64 bits, least significant first. Filled by km_rsa_setup() or
 * km_rsa_generate(), only read afterwards: many may use one key at a time, without a
 * lock. The owner wipes it (kfree_sensitive()).
 */
struct km_rsa_key {
	u32 bits;
	u32 len;
	u16 p_bits;
	u16 q_bits;
	u16 n_limbs;
	u16 p_limbs;
	u16 q_limbs;
	u64 e;
	u64 n0;
	u64 p0;
	u64 q0;
	u64 n[KM_RSA_MAX_LIMBS];
	u64 n_r2[KM_RSA_MAX_LIMBS];
	u64 d[KM_RSA_MAX_LIMBS];
	u64 p[KM_RSA_PRIME_LIMBS];
	u64 q[KM_RSA_PRIME_LIMBS];
	u64 dp[KM_RSA_PRIME_LIMBS];
	u64 dq[KM_RSA_PRIME_LIMBS];
	u64 qinv[KM_RSA_PRIME_LIMBS];
	u64 p_r2[KM_RSA_PRIME_LIMBS];
	u64 q_r2[KM_RSA_PRIME_LIMBS];
};

/**
 * enum km_rsa_part - the numbers of RFC 8017's RSAPrivateKey, in its order
 * @KM_RSA_N: modulus
 * @KM_RSA_E: publicExponent
 * @KM_RSA_D: privateExponent
 * @KM_RSA_P: prime1
 * @KM_RSA_Q: prime2
 * @KM_RSA_DP: exponent1, d mod (p - 1)
 * @KM_RSA_DQ: exponent2, d mod (q - 1)
 * @KM_RSA_QINV: coefficient, 1/q mod p
 * @KM_RSA_PARTS: their number
 */
enum km_rsa_part {
	KM_RSA_N,
	KM_RSA_E,
	KM_RSA_D,
	KM_RSA_P,
	KM_RSA_Q,
	KM_RSA_DP,
	KM_RSA_DQ,
	KM_RSA_QINV,
	KM_RSA_PARTS,
};

/**
 * struct km_rsa_num - a number as a string of bytes, big-endian
 * @data: its bytes; zeros in front are allowed
 * @len: how many
 */
struct km_rsa_num {
	const u8 *data;
	size_t len;
};

/**
 * struct km_rsa_env - what the caller lends to RSA
 * @random: fill @len bytes at @out from the CSPRNG
 * @stop: true when the work is no longer wanted (a fatal signal); called every few
 *	milliseconds of key generation, may sleep or reschedule. NULL: never stop
 * @ctx: handed to both
 */
struct km_rsa_env {
	void (*random)(void *ctx, u8 *out, size_t len);
	bool (*stop)(void *ctx);
	void *ctx;
};

int km_rsa_setup(struct km_rsa_key *key, const struct km_rsa_num parts[KM_RSA_PARTS]);
int km_rsa_generate(struct km_rsa_key *key, u32 bits, u64 e, const struct km_rsa_env *env);
int km_rsa_prepare(struct km_rsa_key *key);
bool km_rsa_bits_valid(u32 bits);
bool km_rsa_e_valid(u64 e);

size_t km_rsa_part_len(const struct km_rsa_key *key, enum km_rsa_part part);
void km_rsa_part_get(const struct km_rsa_key *key, enum km_rsa_part part, u8 *out, size_t len);

int km_rsa_public(const struct km_rsa_key *key, u8 *out, const u8 *in);
int km_rsa_private(const struct km_rsa_key *key, const struct km_rsa_env *env,
		   u8 *out, const u8 *in);

#endif /* KM_RSA_H */
