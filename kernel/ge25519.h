/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Points of edwards25519, the curve -x^2 + y^2 = 1 + d x^2 y^2 (RFC 8032 section 5.1).
 * Private to ed25519.c, between it and fe25519.h; builds in userspace too.
 */
#ifndef KM_GE25519_H
#define KM_GE25519_H

#include "fe25519.h"

/**
 * struct km_ge - a point in extended coordinates: x / z, y / z, and t = x y / z
 * @x: tight
 * @y: tight
 * @z: tight
 * @t: tight
 */
struct km_ge {
	struct km_fe x;
	struct km_fe y;
	struct km_fe z;
	struct km_fe t;
};

int km_ge_init(void);
void km_ge_exit(void);

int km_ge_from_bytes(struct km_ge *r, const u8 *in);
void km_ge_to_bytes(u8 *out, const struct km_ge *a);
void km_ge_neg(struct km_ge *a);
void km_ge_mul_base(struct km_ge *r, const u8 *scalar);
void km_ge_mul_sum(struct km_ge *r, const u64 *s, const struct km_ge *a, const u64 *k);

#endif /* KM_GE25519_H */
