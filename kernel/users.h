/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The records of users: SID, password handle, failed attempts; and their bytes in the state.
 * Below state.c, which guards and keeps them, and gatekeeper.c, which changes them.
 */
#ifndef KM_USERS_H
#define KM_USERS_H

#include <linux/keymaster.h>
#include "prim.h"
#include "throttle.h"

/* Records at most; all of them, at their longest, fit into a state beside the slots. */
#define KM_USERS_MAX	32768
/* Chains of the table. */
#define KM_USERS_CHAINS	1024

/* How a user stands with the gatekeeper. */
enum km_user_status {
	KM_USER_UNKNOWN,	/* nothing has happened yet; not in the state */
	KM_USER_TRIED,		/* somebody tried a handle of which nothing is known here */
	KM_USER_ENROLLED,
	KM_USER_DELETED,	/* remembered, so that none of his handles counts any more */
};

/**
 * struct km_identity - what an enrolment makes
 * @status: how the user stands
 * @sid: the secure user id, 0 unless enrolled
 * @handle: the password handle
 * @setting: what is kept with it
 * @setting_len: its length
 */
struct km_identity {
	enum km_user_status status;
	u64 sid;
	u8 handle[KM_PASSWORD_HANDLE_SIZE];
	u8 setting[KM_SETTING_MAX];
	u8 setting_len;
};

/**
 * struct km_record - all that is known of a user; lives as long as the table
 * @next: in its chain
 * @uid: the user
 * @now: what counts
 * @coming: what is going to count when it is in the file, or NULL: in the state instead
 *	of @now
 * @throttle: failed attempts
 * @filed: as many failures are in the file for certain
 * @changed: number of the last change of the state that was one of this record
 */
struct km_record {
	struct km_record *next;
	u32 uid;
	struct km_identity now;
	struct km_identity *coming;
	struct km_throttle throttle;
	u32 filed;
	u64 changed;
};

/**
 * struct km_users - the table
 * @max: most records, up to KM_USERS_MAX
 * @n: records
 * @chains: by uid
 *
 * The caller of the functions below serialises them.
 */
struct km_users {
	u32 max;
	u32 n;
	struct km_record *chains[KM_USERS_CHAINS];
};

struct km_record *km_users_find(const struct km_users *u, u32 uid);
struct km_record *km_users_make(struct km_users *u, u32 uid);
struct km_record *km_users_next(const struct km_users *u, const struct km_record *r);
void km_record_commit(struct km_record *r);
void km_record_forget(struct km_record *r);

size_t km_users_size(const struct km_users *u);
u8 *km_users_write(struct km_users *u, u8 *to);
void km_users_filed(struct km_users *u, u64 change);
int km_users_read(struct km_users *u, struct km_piece *from, u64 now_ms);
void km_users_free(struct km_users *u);

#endif /* KM_USERS_H */
