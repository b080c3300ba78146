/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Slots: what dies with a key, and how often it may still be used; their bytes in the state.
 * Below state.c, which guards and keeps them, and count.c, which changes them.
 */
#ifndef KM_SLOTS_H
#define KM_SLOTS_H

#include <linux/keymaster.h>
#include "prim.h"

/* Bytes that name a key here. */
#define KM_SLOT_ID	16
/* Bytes of secrets: blobs.md section 5. */
#define KM_SLOT_SECRET	16
#define KM_RESET_SECRET	32
/* Keys that one user may have; keys of all users together, so that they fit into a state. */
#define KM_SLOTS_USER	64
#define KM_SLOTS_MAX	65536
/* Slots of one key: its blob's, and that of the blob that an upgrade has made of it. */
#define KM_SLOTS_KEY	2
/* Chains of each table. */
#define KM_SLOTS_CHAINS	1024

struct km_slot_owner;

/**
 * struct km_slot - what one blob of a key depends on
 * @next: in its chain
 * @owner: whom it is charged to
 * @id: the key
 * @number: which of its slots; 0: the only one, of a blob that is bound to no secret
 * @left: uses that are left, the same in all slots of the key; 0: no limit
 * @secret: without it the blob cannot be decrypted; zero where @number is 0
 */
struct km_slot {
	struct km_slot *next;
	struct km_slot_owner *owner;
	u8 id[KM_SLOT_ID];
	u32 number;
	u32 left;
	u8 secret[KM_SLOT_SECRET];
};

/**
 * struct km_slots - the tables
 * @n: slots
 * @reset: the factory reset secret, on which every blob with a slot depends; chosen with
 *	the first of them
 * @slots: chains by key
 * @owners: chains by user
 *
 * The caller of the functions below serialises them.
 */
struct km_slots {
	u32 n;
	u8 reset[KM_RESET_SECRET];
	struct km_slot *slots[KM_SLOTS_CHAINS];
	struct km_slot_owner *owners[KM_SLOTS_CHAINS];
};

const struct km_slot *km_slots_find(const struct km_slots *s, const u8 *id, u32 number);
const struct km_slot *km_slots_other(const struct km_slots *s, const struct km_slot *than);
bool km_slots_has(const struct km_slots *s, const u8 *id);
enum km_error km_slots_add(struct km_slots *s, const struct km_slot *of, u32 uid);
enum km_error km_slots_add_version(struct km_slots *s, const struct km_slot *of);
bool km_slots_spend(struct km_slots *s, const u8 *id);
bool km_slots_drop(struct km_slots *s, const u8 *id, u32 number, u32 uid);
bool km_slots_drop_key(struct km_slots *s, const u8 *id, u32 uid);
bool km_slots_drop_user(struct km_slots *s, u32 uid);
void km_slots_drop_all(struct km_slots *s);

size_t km_slots_size(const struct km_slots *s);
u8 *km_slots_write(const struct km_slots *s, u8 *to);
int km_slots_read(struct km_slots *s, struct km_piece *from);
void km_slots_free(struct km_slots *s);

#endif /* KM_SLOTS_H */
