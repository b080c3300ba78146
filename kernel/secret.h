/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Buffers for secrets: one way to get them, one way to lose them.
 * Leaf of the layers; key material, root key and derived keys live in these.
 */
#ifndef KM_SECRET_H
#define KM_SECRET_H

#include "shim.h"

/**
 * struct km_secret - bytes that must not outlive their use
 * @len: number of bytes
 * @data: the bytes
 */
struct km_secret {
	size_t len;
	u8 data[];
};

struct km_secret *km_secret_alloc(size_t len);
struct km_secret *km_secret_copy(const void *data, size_t len);
void km_secret_free(struct km_secret *s);

#endif /* KM_SECRET_H */
