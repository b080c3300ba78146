/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Encodings of keys on Curve25519 (RFC 8410): PKCS#8 and SubjectPublicKeyInfo.
 * Between der.c and alg_25519.c; a leaf, builds in userspace too.
 */
#ifndef KM_OKP_DER_H
#define KM_OKP_DER_H

#include "shim.h"

#define KM_OKP_BYTES		32
/* PrivateKeyInfo without public key, as in blobs. */
#define KM_OKP_PKCS8_LEN	48
#define KM_OKP_SPKI_LEN		44

/* What a key is for. */
enum km_okp_kind {
	KM_OKP_ED25519,
	KM_OKP_X25519,
};

/**
 * struct km_okp_private - what a PrivateKeyInfo says
 * @kind: which algorithm
 * @has_public: @pub was there
 * @secret: seed of Ed25519, scalar of X25519
 * @pub: the public key
 */
struct km_okp_private {
	enum km_okp_kind kind;
	bool has_public;
	u8 secret[KM_OKP_BYTES];
	u8 pub[KM_OKP_BYTES];
};

int km_okp_read_pkcs8(const u8 *data, size_t len, struct km_okp_private *key);
int km_okp_write_pkcs8(enum km_okp_kind kind, const u8 *secret, u8 *out);
int km_okp_read_spki(const u8 *data, size_t len, enum km_okp_kind kind, u8 *pub);
size_t km_okp_write_spki(enum km_okp_kind kind, const u8 *pub, u8 *out, size_t size);

#endif /* KM_OKP_DER_H */
