/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The gatekeeper: passwords of users, throttling, tokens (gatekeeper.md sections 3 to 6).
 * Called by dev_gatekeeper.c; records live in state.c, tokens in token.c.
 */
#ifndef KM_GATEKEEPER_H
#define KM_GATEKEEPER_H

#include <linux/keymaster.h>
#include "prim.h"

/**
 * struct km_gk_attempt - a password that is said to be a user's
 * @uid: [in] the user
 * @handle: [in] the password handle; of length 0: the one that the kernel has
 * @password: [in] the password
 * @timeout_ms: [out] with GATEKEEPER_RETRY: for how long
 * @reenroll: [out] the handle is of an old kind
 */
struct km_gk_attempt {
	u32 uid;
	struct km_piece handle;
	struct km_piece password;
	u32 timeout_ms;
	bool reenroll;
};

/**
 * struct km_gk_enroll - a password to set
 * @known: [in] what the user has now; password and handle of length 0: untrusted
 * @admin: [in] who asks may replace what is there without knowing it
 * @password: [in] the new password
 * @setting: [in] bytes to keep with it
 * @handle: [out] the new password handle
 * @sid: [out] the secure user id
 */
struct km_gk_enroll {
	struct km_gk_attempt known;
	bool admin;
	struct km_piece password;
	struct km_piece setting;
	u8 handle[KM_PASSWORD_HANDLE_SIZE];
	u64 sid;
};

/**
 * struct km_gk_user - what anybody who may ask is told of a user
 * @sid: the secure user id
 * @handle: the password handle
 * @setting: what is kept with it
 * @setting_len: its length
 * @failures: failed attempts since the last good one
 * @timeout_ms: for how long no attempt is accepted
 */
struct km_gk_user {
	u64 sid;
	u8 handle[KM_PASSWORD_HANDLE_SIZE];
	u8 setting[KM_SETTING_MAX];
	u32 setting_len;
	u32 failures;
	u32 timeout_ms;
};

enum km_error km_gatekeeper_verify(struct km_gk_attempt *a, u64 challenge, u8 *token);
enum km_error km_gatekeeper_enroll(struct km_gk_enroll *e);
enum km_error km_gatekeeper_delete(u32 uid);
enum km_error km_gatekeeper_delete_all(void);
bool km_gatekeeper_get(u32 uid, struct km_gk_user *user);
bool km_gatekeeper_sid(u32 uid, u64 *sid);

#endif /* KM_GATEKEEPER_H */
