/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * X25519, key agreement on Curve25519 (RFC 7748).
 * Between fe25519.h and alg_25519.c; a leaf, builds in userspace too.
 */
#ifndef KM_X25519_H
#define KM_X25519_H

#include "shim.h"

#define KM_X25519_BYTES	32

int km_x25519(u8 *out, const u8 *scalar, const u8 *point);
void km_x25519_public(u8 *out, const u8 *scalar);

#endif /* KM_X25519_H */
