/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys that end before their time: used so often, or deleted for good; kept in the state.
 * Called by key.c, key_make.c, key_upgrade.c and operation.c; slots.c has the tables.
 */
#ifndef KM_COUNT_H
#define KM_COUNT_H

#include <linux/uidgid.h>
#include "slots.h"

/**
 * struct km_slot_secrets - what a blob with a slot depends on; wipe it
 * @number: its slot, not 0; 0: it has none
 * @slot: the slot's secret
 * @reset: the factory reset secret
 */
struct km_slot_secrets {
	u32 number;
	u8 slot[KM_SLOT_SECRET];
	u8 reset[KM_RESET_SECRET];
};

/**
 * struct km_count_new - the slot of a new key
 * @id: [in] KM_SLOT_ID bytes: the key
 * @owner: [in] whose it is
 * @uses: [in] how often it may be used, 0: no limit
 * @bound: [in] the blob is bound to secrets
 * @secrets: [out] them
 */
struct km_count_new {
	const u8 *id;
	kuid_t owner;
	u32 uses;
	bool bound;
	struct km_slot_secrets *secrets;
};

enum km_error km_count_make(const struct km_count_new *new);
enum km_error km_count_make_version(const u8 *id, u32 number, struct km_slot_secrets *secrets);
void km_count_unmake(const u8 *id, u32 number, kuid_t owner);
bool km_count_secrets(const u8 *id, u32 number, struct km_slot_secrets *secrets);
enum km_error km_count_check(const u8 *id);
enum km_error km_count_check_slot(const u8 *id, u32 number);
enum km_error km_count_spend(const u8 *id);
enum km_error km_count_delete(const u8 *id, u32 number, kuid_t owner);
enum km_error km_count_delete_key(const u8 *id, kuid_t owner);
enum km_error km_count_delete_user(kuid_t owner);
enum km_error km_count_delete_all(void);

#endif /* KM_COUNT_H */
