/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The root key: loaded once, never handed out, derived from by label.
 * Below key.c and dev_key.c; sources behind struct km_root_ops.
 */
#ifndef KM_ROOT_H
#define KM_ROOT_H

#include <linux/keymaster.h>
#include <linux/types.h>

struct km_secret;

/**
 * struct km_root_request - a root key to load
 * @source: KM_ROOT_*
 * @key: KM_ROOT_BYTES: the bytes, else NULL
 * @key_len: how many
 * @serial: KM_ROOT_KEYRING: serial number of the kernel key
 */
struct km_root_request {
	u32 source;
	const u8 *key;
	size_t key_len;
	s32 serial;
};

/* Keys derived from the root key; each label is a separate world. */
enum km_root_key {
	KM_ROOT_KEY_BLOB_OCB,	/* 16 bytes: master key of format 0 */
	KM_ROOT_KEY_BLOB_GCM,	/* 32 bytes: HKDF-Extract of format 3's master key */
	KM_ROOT_KEY_PASSWORD,	/* 32 bytes: the users' password keys come from it */
	KM_ROOT_KEY_STATE,	/* 32 bytes: seals what outlives the boot */
	KM_ROOT_KEY_SHARED_HMAC,	/* 32 bytes: what those have in common who share tokens */
	KM_ROOT_KEYS
};

int km_root_load(const struct km_root_request *req, enum km_error *kerr);
const u8 *km_root_key(enum km_root_key which);
u32 km_root_source(void);
void km_root_check(u8 *check);
void km_root_exit(void);

#endif /* KM_ROOT_H */
