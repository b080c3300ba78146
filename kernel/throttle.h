/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long a user has to wait after failed attempts (gatekeeper.md section 6).
 * Below users.c, which keeps one of these for each user.
 */
#ifndef KM_THROTTLE_H
#define KM_THROTTLE_H

#include "shim.h"

/**
 * struct km_throttle - failed attempts of a user
 * @failures: attempts since the last good one
 * @checked_ms: boot clock at the last of them
 * @suspect: nothing is known of the attempts before: at least ten are taken for granted
 *	until a good one
 */
struct km_throttle {
	u32 failures;
	u64 checked_ms;
	bool suspect;
};

u32 km_throttle_timeout(u32 failures);
u32 km_throttle_after(const struct km_throttle *t);
u32 km_throttle_left(const struct km_throttle *t, u64 now_ms);
u32 km_throttle_check(struct km_throttle *t, u64 now_ms);
void km_throttle_count(struct km_throttle *t, u64 now_ms);
void km_throttle_clear(struct km_throttle *t);

#endif /* KM_THROTTLE_H */
