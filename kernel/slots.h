/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How often keys may still be used (USAGE_COUNT_LIMIT), and the bytes of it in the state.
 * Below state.c, which guards and keeps them, and count.c, which changes them.
 */
#ifndef KM_SLOTS_H
#define KM_SLOTS_H

#include <linux/keymaster.h>
#include "prim.h"

/* Bytes that name a key here. */
#define KM_SLOT_ID	16
/* Keys that one user may have; keys of all users together, so that they fit into a state. */
#define KM_SLOTS_USER	64
#define KM_SLOTS_MAX	262144
/* Chains of each table. */
#define KM_SLOTS_CHAINS	1024

struct km_slot_owner;

/**
 * struct km_slot - a key with a limit
 * @next: in its chain
 * @owner: whom it is charged to
 * @id: the key
 * @left: uses that are left, not 0
 */
struct km_slot {
	struct km_slot *next;
	struct km_slot_owner *owner;
	u8 id[KM_SLOT_ID];
	u32 left;
};

/**
 * struct km_slots - the tables
 * @n: slots
 * @slots: chains by key
 * @owners: chains by user
 *
 * The caller of the functions below serialises them.
 */
struct km_slots {
	u32 n;
	struct km_slot *slots[KM_SLOTS_CHAINS];
	struct km_slot_owner *owners[KM_SLOTS_CHAINS];
};

bool km_slots_has(const struct km_slots *s, const u8 *id);
enum km_error km_slots_add(struct km_slots *s, const u8 *id, u32 uid, u32 uses);
bool km_slots_spend(struct km_slots *s, const u8 *id);
bool km_slots_drop(struct km_slots *s, const u8 *id, u32 uid);

size_t km_slots_size(const struct km_slots *s);
u8 *km_slots_write(const struct km_slots *s, u8 *to);
int km_slots_read(struct km_slots *s, struct km_piece *from);
void km_slots_free(struct km_slots *s);

#endif /* KM_SLOTS_H */
