/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A key that several parties agree on, each with a nonce of its own (gatekeeper.md 8.2).
 * Below dev_auth.c; builds in userspace too.
 */
#ifndef KM_SHARED_HMAC_H
#define KM_SHARED_HMAC_H

#include <linux/keymaster.h>
#include "prim.h"

/* Bytes of the secret that the parties have in common, and of the key. */
#define KM_SHARED_SECRET_SIZE	32
#define KM_SHARED_HMAC_SIZE	32

/**
 * struct km_shared_hmac - an agreement
 * @secret: [in] KM_SHARED_SECRET_SIZE bytes that all parties have
 * @own: [in] the party that this module is
 * @parties: [in,out] all of them; sorted
 * @count: [in] how many
 * @key: [out] what they agree on
 * @check: [out] public, and the same for all who have the same @key
 */
struct km_shared_hmac {
	const u8 *secret;
	const struct km_hmac_party *own;
	struct km_hmac_party *parties;
	u32 count;
	u8 key[KM_SHARED_HMAC_SIZE];
	u8 check[KM_SHA256_SIZE];
};

enum km_error km_shared_hmac(struct km_shared_hmac *s);

#endif /* KM_SHARED_HMAC_H */
