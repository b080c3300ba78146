/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Authentication tokens: who has authenticated, when, how, and for what (gatekeeper.md 2).
 * Below token.c, which has the key; builds in userspace too.
 */
#ifndef KM_TOKEN_WIRE_H
#define KM_TOKEN_WIRE_H

#include <linux/keymaster.h>
#include "shim.h"

/* Bytes of the key that tokens are signed with. */
#define KM_TOKEN_KEY_SIZE	32

/**
 * struct km_token - what a token says
 * @challenge: handle of the operation that it is for, 0: of none
 * @user_id: secure id of the user
 * @authenticator_id: secure id of the authenticator; 0: the gatekeeper
 * @type: KM_AUTH_TYPE_* of the authenticator, one bit
 * @timestamp_ms: boot clock when the user was recognised
 */
struct km_token {
	u64 challenge;
	u64 user_id;
	u64 authenticator_id;
	u32 type;
	u64 timestamp_ms;
};

void km_token_write(const u8 *key, const struct km_token *t, u8 *wire);
bool km_token_parse(const u8 *key, const u8 *wire, size_t len, struct km_token *t);

#endif /* KM_TOKEN_WIRE_H */
