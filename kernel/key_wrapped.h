/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Import of a wrapped key: what dev_wrapped.c hands to key_wrapped.c.
 * Between the two, once the encoding was parsed and the wrapping key opened.
 */
#ifndef KM_KEY_WRAPPED_H
#define KM_KEY_WRAPPED_H

#include "key.h"
#include "wrapped_der.h"

struct km_user;

/**
 * struct km_key_unwrap - a wrapped key to import
 * @wrapped: [in] the wrapped key, parsed
 * @wrapping: [in] the key that wraps it
 * @args: [in] how to unwrap
 * @mask: [in] KM_MASKING_KEY_SIZE bytes, or NULL
 * @password_sid: [in] for USER_SECURE_ID with the bit PASSWORD
 * @biometric_sid: [in] likewise, bit FINGERPRINT
 * @format: [in] KM_FORMAT_* of the new blob
 * @owner: [in] whose the new key will be
 * @who: [in] who asks
 * @made: [out] the new key; kvfree() its blob whatever happens
 */
struct km_key_unwrap {
	struct km_wrapped wrapped;
	struct km_key *wrapping;
	const struct km_op_args *args;
	const u8 *mask;
	u64 password_sid;
	u64 biometric_sid;
	u8 format;
	kuid_t owner;
	const struct km_user *who;
	struct km_key_make made;
};

enum km_error km_key_unwrap(struct km_key_unwrap *u);

#endif /* KM_KEY_WRAPPED_H */
