/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys that may be used so often in all (USAGE_COUNT_LIMIT): their count, and that it is kept.
 * Called by key_make.c and operation.c; the counts themselves are in the state.
 */
#ifndef KM_COUNT_H
#define KM_COUNT_H

#include <linux/keymaster.h>
#include <linux/uidgid.h>
#include "shim.h"

enum km_error km_count_make(const u8 *id, kuid_t owner, u32 uses);
void km_count_unmake(const u8 *id, kuid_t owner);
enum km_error km_count_check(const u8 *id);
enum km_error km_count_spend(const u8 *id);
enum km_error km_count_delete(const u8 *id, kuid_t owner);

#endif /* KM_COUNT_H */
