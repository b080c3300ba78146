/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Elliptic curves: key pairs, ECDSA, ECDH. Leaf of the layers: knows bytes, not keys.
 * Called by alg_ec.c; builds in userspace too (see shim.h).
 */
#ifndef KM_EC_H
#define KM_EC_H

#include "shim.h"

/* Longest field element and scalar of any curve, in bytes (P-521). */
#define KM_EC_MAX_BYTES		66

struct km_curve;

/* The curves of NIST. All numbers at this interface are big-endian, km_ec_bytes() long. */
extern const struct km_curve km_p224;
extern const struct km_curve km_p256;
extern const struct km_curve km_p384;
extern const struct km_curve km_p521;

int km_ec_init(void);
void km_ec_exit(void);

size_t km_ec_bytes(const struct km_curve *c);
size_t km_ec_bits(const struct km_curve *c);
void km_ec_cut(const struct km_curve *c, u8 *d);
int km_ec_public(const struct km_curve *c, const u8 *d, u8 *x, u8 *y);
bool km_ec_scalar_ok(const struct km_curve *c, const u8 *d);
bool km_ec_point_ok(const struct km_curve *c, const u8 *x, const u8 *y);

/**
 * struct km_ecdsa - one signature, to make or to check
 * @digest: the digest (leftmost order-size bits are used, FIPS 186-5 6.4)
 * @digest_len: its length in bytes
 * @r: [out] sign, [in] verify: first half, curve's bytes
 * @s: [out] sign, [in] verify: second half, curve's bytes
 */
struct km_ecdsa {
	const u8 *digest;
	size_t digest_len;
	u8 r[KM_EC_MAX_BYTES];
	u8 s[KM_EC_MAX_BYTES];
};

/* -EAGAIN: this nonce @k is not usable (0, >= n, r or s zero): draw another. */
int km_ecdsa_sign(const struct km_curve *c, const u8 *d, const u8 *k, struct km_ecdsa *sig);
/* 0, -EBADMSG or -ENOMEM; variable time: everything it sees is public. */
int km_ecdsa_verify(const struct km_curve *c, const u8 *x, const u8 *y,
		    const struct km_ecdsa *sig);

/**
 * struct km_ecdh - one key agreement
 * @x: public key of the peer, first coordinate
 * @y: second coordinate
 * @secret: [out] first coordinate of the common point, curve's bytes; wipe it
 */
struct km_ecdh {
	u8 x[KM_EC_MAX_BYTES];
	u8 y[KM_EC_MAX_BYTES];
	u8 secret[KM_EC_MAX_BYTES];
};

int km_ec_ecdh(const struct km_curve *c, const u8 *d, struct km_ecdh *dh);

#endif /* KM_EC_H */
