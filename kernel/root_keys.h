/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is derived from a root key, and the record by which its successor takes it over.
 * Below root.c, which decides which of them counts; everybody else gets them there.
 */
#ifndef KM_ROOT_KEYS_H
#define KM_ROOT_KEYS_H

#include <linux/keymaster.h>
#include <linux/refcount.h>
#include <linux/types.h>

#define KM_DERIVED_SIZE		32

/* Keys derived from a root key; each label is a separate world. */
enum km_root_key {
	KM_ROOT_KEY_BLOB_OCB,	/* first 16 bytes: master key of format 0 */
	KM_ROOT_KEY_BLOB_GCM,	/* HKDF-Extract of the master key of formats 3 and 4 */
	KM_ROOT_KEY_PASSWORD,	/* the users' password keys come from it */
	KM_ROOT_KEY_STATE,	/* seals what outlives the boot */
	KM_ROOT_KEY_SHARED_HMAC,	/* what those have in common who share tokens */
	KM_ROOT_KEY_RECORD,	/* seals the record of the root key before */
	KM_ROOT_KEYS_RECORDED,	/* those above go over to the successor, those below do not */
	KM_ROOT_KEY_UNIQUE_ID = KM_ROOT_KEYS_RECORDED,	/* names the device in attestations */
	KM_ROOT_KEYS
};

/**
 * struct km_root - what is derived from a root key
 * @refs: references; all else is immutable once it is visible to others
 * @number: of its turn: 1, 2... within the boot
 * @check: public check value
 * @keys: the keys
 */
struct km_root {
	refcount_t refs;
	u32 number;
	u8 check[KM_ROOT_CHECK_SIZE];
	u8 keys[KM_ROOT_KEYS][KM_DERIVED_SIZE];
};

struct km_root *km_root_derive(const u8 *root_key);
void km_root_put(struct km_root *root);
void km_root_check_of(const u8 *root_key, u8 *check);
int km_root_record_seal(const struct km_root *root, const struct km_root *before, u8 *record);
int km_root_record_open(const struct km_root *root, const u8 *record, size_t len,
			struct km_root **before);

#endif /* KM_ROOT_KEYS_H */
