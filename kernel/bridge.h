/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bridge: a key goes to another part of the kernel, and past every program.
 * Called by dev_bridge.c; asks operation.c, ends in the kernel's keyrings.
 */
#ifndef KM_BRIDGE_H
#define KM_BRIDGE_H

#include "key.h"

struct km_user;

/**
 * struct km_bridge - a key to hand over
 * @key: the key
 * @args: parameters of the call: its token
 * @who: who asks: the user that opened the file
 * @kind: KM_BRIDGE_*
 * @description: of the new key
 * @keyring: serial number of the keyring for it, as the caller knows it
 * @timeout: seconds after which it expires, 0: never
 * @replace: a key of that type and description makes way
 * @error: [out] why the key manager refuses
 * @serial: [out] of the new key
 */
struct km_bridge {
	const struct km_key *key;
	const struct km_op_args *args;
	const struct km_user *who;
	u32 kind;
	const char *description;
	s32 keyring;
	u32 timeout;
	bool replace;
	enum km_error error;
	s32 serial;
};

bool km_bridge_known(u32 kind);
int km_bridge(struct km_bridge *bridge);

#endif /* KM_BRIDGE_H */
