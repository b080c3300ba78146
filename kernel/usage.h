/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is remembered of the use of keys in this boot: when it was last, and how often.
 * Below limit.c, which asks, decides and records under one lock.
 */
#ifndef KM_USAGE_H
#define KM_USAGE_H

#include <linux/keymaster.h>
#include "params.h"

/* Bytes that name a key here. */
#define KM_USAGE_ID		16
/* Keys of each kind of limit that are remembered for one user. */
#define KM_USAGE_MAX		64
/* Chains of each table. */
#define KM_USAGE_CHAINS		256

struct km_usage_entry;
struct km_usage_owner;

/**
 * struct km_usage - both tables
 * @max: most entries of each kind that a user may have, up to KM_USAGE_MAX
 * @entries: chains by key
 * @owners: chains by user
 *
 * The caller of the functions below serialises them.
 */
struct km_usage {
	u32 max;
	struct km_usage_entry *entries[KM_USAGE_CHAINS];
	struct km_usage_owner *owners[KM_USAGE_CHAINS];
};

/**
 * struct km_usage_view - what is remembered of a key
 * @timed: @last_ms is known
 * @last_ms: boot clock at the last use
 * @count: uses that were counted
 */
struct km_usage_view {
	bool timed;
	u64 last_ms;
	u64 count;
};

/**
 * struct km_usage_due - what to remember of a use
 * @timed: when it was
 * @interval_ms: for how long that matters
 * @counted: that it was
 */
struct km_usage_due {
	bool timed;
	u64 interval_ms;
	bool counted;
};

/**
 * struct km_usage_use - one use of a key
 * @id: KM_USAGE_ID bytes: the key
 * @uid: who uses it; new entries are charged to him
 * @now_ms: boot clock
 * @due: what to remember
 */
struct km_usage_use {
	const u8 *id;
	u32 uid;
	u64 now_ms;
	struct km_usage_due due;
};

void km_usage_name(u8 *id, const struct km_params *enforced, const u8 *blob, size_t len);
void km_usage_look(const struct km_usage *u, const u8 *id, struct km_usage_view *view);
enum km_error km_usage_record(struct km_usage *u, const struct km_usage_use *use);
void km_usage_free(struct km_usage *u);

#endif /* KM_USAGE_H */
