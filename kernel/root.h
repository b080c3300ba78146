/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The root key: loaded once, never handed out; its successor, when it is rotated.
 * Below key.c and dev_root.c; sources behind struct km_root_ops.
 */
#ifndef KM_ROOT_H
#define KM_ROOT_H

#include "root_keys.h"

/**
 * struct km_root_request - a root key to load
 * @source: KM_ROOT_*
 * @key: KM_ROOT_BYTES: the bytes; KM_ROOT_TPM: the sealed key; else NULL
 * @key_len: how many
 * @serial: KM_ROOT_KEYRING: serial number of the kernel key
 * @check: no other root key than that of this check value is loaded; NULL: any is
 * @record: record of the root key before, or NULL
 * @record_len: its length
 */
struct km_root_request {
	u32 source;
	const u8 *key;
	size_t key_len;
	s32 serial;
	const u8 *check;
	const u8 *record;
	size_t record_len;
};

/* The root key, and the one that it has taken over from, as long as that is needed. */
enum km_root_turn { KM_ROOT_NOW, KM_ROOT_BEFORE, KM_ROOT_TURNS };

/**
 * struct km_root_next - a successor that is prepared
 * @check: its check value
 * @record: with it, the keys of the root key as it is now
 */
struct km_root_next {
	u8 check[KM_ROOT_CHECK_SIZE];
	u8 record[KM_ROOT_RECORD_SIZE];
};

int km_root_load(const struct km_root_request *req, enum km_error *kerr);
int km_root_prepare(const struct km_root_request *req, struct km_root_next *next,
		    enum km_error *kerr);
enum km_error km_root_commit(const u8 *check);
enum km_error km_root_forget(void);

struct km_root *km_root_get(enum km_root_turn turn);
bool km_root_copy(enum km_root_turn turn, enum km_root_key which, u8 *key);
enum km_error km_root_check_number(u32 number);
u32 km_root_source(void);
void km_root_check(enum km_root_turn turn, u8 *check);
void km_root_exit(void);

#endif /* KM_ROOT_H */
