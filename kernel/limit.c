// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys that may not be used always: the decision and the record of it, in one step.
 * Beside authorize.c: operation.c asks here for keys with such a limit.
 *
 * One lock around looking, deciding and recording: of many threads that use a key at the
 * same time, as many succeed as it allows, and no more.
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/timekeeping.h>
#include "limit.h"

/* Guards what follows. */
static DEFINE_MUTEX(lock);
static struct km_usage usage = { .max = KM_USAGE_MAX };
static bool pinned;

/*
 * What is remembered ends with the boot, not with the module: otherwise loading it again
 * would give every key its uses back. So once there is something, the module stays.
 */
static void pin(void)
{
	lockdep_assert_held(&lock);
	if (!pinned)
		__module_get(THIS_MODULE);
	pinned = true;
}

static enum km_error decide(struct km_auth *auth, struct km_usage_use *use)
{
	struct km_usage_view view;
	enum km_error err;

	lockdep_assert_held(&lock);
	km_usage_look(&usage, use->id, &view);
	/* Under the lock: so the clock of no use is before that of the one before. */
	use->now_ms = ktime_to_ms(ktime_get_boottime());
	auth->boot_ms = use->now_ms;
	auth->usage = &view;
	err = km_authorize_begin(auth, &use->due);
	auth->usage = NULL;
	return err;
}

/**
 * km_limit_look() - may an operation begin, as things are?
 * @auth: the request; its boot clock is filled in
 * @id: KM_USAGE_ID bytes: the key
 *
 * Nothing is remembered: what else begins with an operation can fail still.
 *
 * Return: as km_authorize_begin(). Context: may sleep.
 */
enum km_error km_limit_look(struct km_auth *auth, const u8 *id)
{
	struct km_usage_use use = { .id = id };
	enum km_error err;

	mutex_lock(&lock);
	err = decide(auth, &use);
	mutex_unlock(&lock);
	return err;
}

/**
 * km_limit_begin() - may an operation begin? If so, that is a use
 * @auth: the request; its boot clock is filled in
 * @id: KM_USAGE_ID bytes: the key
 * @uid: who asks
 *
 * Return: as km_authorize_begin(); TOO_MANY_OPERATIONS when the use cannot be
 * remembered, MEMORY_ALLOCATION_FAILED. Context: may sleep.
 */
enum km_error km_limit_begin(struct km_auth *auth, const u8 *id, u32 uid)
{
	struct km_usage_use use = { .id = id, .uid = uid };
	enum km_error err;

	mutex_lock(&lock);
	err = decide(auth, &use);
	if (!err && (use.due.timed || use.due.counted)) {
		err = km_usage_record(&usage, &use);
		if (!err)
			pin();
	}
	mutex_unlock(&lock);
	return err;
}

/**
 * km_limit_exit() - free the tables, at module exit
 */
void km_limit_exit(void)
{
	km_usage_free(&usage);
}
