// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long a user has to wait after failed attempts (gatekeeper.md section 6).
 * Below users.c; gatekeeper.c asks before it looks at a password.
 *
 * All by the boot clock, which nobody can set.
 */
#include "throttle.h"

#define WAIT_MS		30000U
#define DAY_MS		86400000U
/* What is taken for granted where nothing is known: enough for a wait after each. */
#define SUSPECTED	10

/**
 * km_throttle_timeout() - how long to wait after so many failures
 * @failures: in a row
 *
 * Return: milliseconds, 0: not at all.
 */
u32 km_throttle_timeout(u32 failures)
{
	if (failures >= 140)
		return DAY_MS;
	if (failures >= 30)
		return WAIT_MS << (failures - 30) / 10;
	return failures == 5 || failures >= 10 ? WAIT_MS : 0;
}

/**
 * km_throttle_after() - how long to wait after the last failure
 * @t: the record
 *
 * Return: milliseconds, 0: not at all.
 */
u32 km_throttle_after(const struct km_throttle *t)
{
	u32 failures = t->failures;

	if (t->suspect && failures < SUSPECTED)
		failures = SUSPECTED;
	return km_throttle_timeout(failures);
}

/**
 * km_throttle_left() - how much of the wait is left
 * @t: the record
 * @now_ms: boot clock
 *
 * Return: milliseconds, 0: none.
 */
u32 km_throttle_left(const struct km_throttle *t, u64 now_ms)
{
	u32 timeout = km_throttle_after(t);

	if (now_ms <= t->checked_ms)
		return timeout;
	if (now_ms - t->checked_ms < timeout)
		return timeout - (now_ms - t->checked_ms);
	return 0;
}

/**
 * km_throttle_check() - may an attempt be made now?
 * @t: the record; a clock that was set back restarts the wait
 * @now_ms: boot clock
 *
 * Return: 0: yes; otherwise for how long not, in milliseconds.
 */
u32 km_throttle_check(struct km_throttle *t, u64 now_ms)
{
	u32 left = km_throttle_left(t, now_ms);

	if (left && now_ms <= t->checked_ms)
		t->checked_ms = now_ms;
	return left;
}

/**
 * km_throttle_count() - an attempt is going to be made
 * @t: the record
 * @now_ms: boot clock
 */
void km_throttle_count(struct km_throttle *t, u64 now_ms)
{
	if (t->failures != U32_MAX)
		t->failures++;
	t->checked_ms = now_ms;
}

/**
 * km_throttle_clear() - the attempt was good
 * @t: the record
 */
void km_throttle_clear(struct km_throttle *t)
{
	*t = (struct km_throttle){};
}
