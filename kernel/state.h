/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is to outlive the boot: records of users and counts of keys, sealed, in a file.
 * Below gatekeeper.c and count.c, which change it; dev_gatekeeper.c loads and hands it out.
 */
#ifndef KM_STATE_H
#define KM_STATE_H

#include <linux/keymaster.h>
#include "provision.h"
#include "slots.h"
#include "users.h"

/**
 * struct km_state - what is in it, under its lock
 * @users: the gatekeeper's records
 * @slots: uses that keys have left
 * @provision: attestation keys and device ids
 * @change: number of the last change that has to be in the file some time
 */
struct km_state {
	struct km_users users;
	struct km_slots slots;
	struct km_provision provision;
	u64 change;
};

/**
 * struct km_state_load - a state to go on from
 * @flags: KM_STATE_COUNTER and KM_STATE_NEW
 * @sealed: what km_state_get() gave last, of length 0: nothing yet
 * @helper: path of the program that keeps the state
 * @path: its argument
 */
struct km_state_load {
	u32 flags;
	struct km_piece sealed;
	struct km_piece helper;
	struct km_piece path;
};

/**
 * struct km_sealed - a state to hand out
 * @data: the bytes; kvfree() them
 * @len: how many
 * @change: number of the last change that is in it
 */
struct km_sealed {
	u8 *data;
	size_t len;
	u64 change;
};

struct km_state *km_state_lock(void);
struct km_state *km_state_lock_killable(void);
void km_state_unlock(void);
bool km_state_keep(u64 change);
void km_state_keep_later(void);

u32 km_state_kind(void);
bool km_state_is_counted(void);
int km_state_load(const struct km_state_load *load, enum km_error *kerr);
int km_state_get(struct km_sealed *s);
void km_state_handed(const struct km_sealed *s);

int km_state_init(void);
void km_state_exit(void);

#endif /* KM_STATE_H */
