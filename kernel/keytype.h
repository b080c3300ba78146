/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The key type "keymaster": loaded keys in the kernel's keyrings.
 * Beside dev.c, which finds keys by their serial numbers here.
 */
#ifndef KM_KEYTYPE_H
#define KM_KEYTYPE_H

#include <linux/key.h>
#include "key.h"

/**
 * struct km_key_memo - the loaded key that an open file used last
 * @serial: serial number that was looked up last
 * @key: its key, if it was looked up twice in a row: a reference; else NULL
 * @cred: whose lookup found it: a reference
 * @until: in jiffies: good until then
 * @perm: permissions of the key under which it was found
 * @uid: its owner then
 * @gid: its group then
 *
 * The caller of the functions below serialises them.
 */
struct km_key_memo {
	s32 serial;
	struct key *key;
	const struct cred *cred;
	u64 until;
	key_perm_t perm;
	kuid_t uid;
	kgid_t gid;
};

/* How long a lookup is good for. */
#define KM_KEY_MEMO_TIME	HZ

int km_keytype_init(void);
void km_keytype_exit(void);
int km_keytype_find(s32 serial, struct km_key_memo *memo, struct km_key **key);
void km_key_memo_forget(struct km_key_memo *memo);

#endif /* KM_KEYTYPE_H */
