// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys that may be used so often in all (USAGE_COUNT_LIMIT): their count, and that it is kept.
 * Called by key_make.c and operation.c; the counts themselves are in the state.
 *
 * A use is taken, and in the file, before its output is handed out: of many operations
 * that end at the same time, as many have output as the key allows, whatever happens to
 * the machine then. A use that could not be kept is lost, and its output too.
 */
#include "count.h"
#include "state.h"

/* What cannot be kept: the storage does not answer. */
#define NOT_KEPT	KM_ERROR_SECURE_HW_COMMUNICATION_FAILED

static enum km_error keep(u64 change)
{
	return km_state_keep(change) ? KM_ERROR_OK : NOT_KEPT;
}

/**
 * km_count_make() - a new key that may be used so often
 * @id: KM_SLOT_ID bytes: the key
 * @owner: whose it is
 * @uses: how often, not 0
 *
 * Return: KM_ERROR_OK when it is kept, so that the blob may be handed out;
 * TOO_MANY_OPERATIONS for too many such keys. Context: may sleep.
 */
enum km_error km_count_make(const u8 *id, kuid_t owner, u32 uses)
{
	struct km_state *s = km_state_lock_killable();
	enum km_error err;
	u64 change;

	if (!s)
		return NOT_KEPT;
	err = km_slots_add(&s->slots, id, __kuid_val(owner), uses);
	change = err ? s->change : ++s->change;
	km_state_unlock();
	if (err)
		return err;
	err = keep(change);
	if (err)
		km_count_unmake(id, owner);
	return err;
}

static bool drop(const u8 *id, kuid_t owner, u64 *change)
{
	struct km_state *s = km_state_lock();
	bool dropped = km_slots_drop(&s->slots, id, __kuid_val(owner));

	*change = dropped ? ++s->change : s->change;
	km_state_unlock();
	return dropped;
}

/**
 * km_count_unmake() - nobody has got the blob of a new key
 * @id: the key
 * @owner: whose it would have been
 */
void km_count_unmake(const u8 *id, kuid_t owner)
{
	u64 change;

	if (drop(id, owner, &change))
		km_state_keep_later();
}

/**
 * km_count_check() - may a key still be used?
 * @id: the key
 *
 * Return: KM_ERROR_OK or INVALID_KEY_BLOB. Context: may sleep.
 */
enum km_error km_count_check(const u8 *id)
{
	struct km_state *s = km_state_lock();
	bool has = km_slots_has(&s->slots, id);

	km_state_unlock();
	return has ? KM_ERROR_OK : KM_ERROR_INVALID_KEY_BLOB;
}

/**
 * km_count_spend() - a key has been used: may the output be handed out?
 * @id: the key
 *
 * Return: KM_ERROR_OK; INVALID_KEY_BLOB if others were faster;
 * SECURE_HW_COMMUNICATION_FAILED if it could not be kept. Context: may sleep.
 */
enum km_error km_count_spend(const u8 *id)
{
	struct km_state *s = km_state_lock();
	bool spent = km_slots_spend(&s->slots, id);
	u64 change = spent ? ++s->change : s->change;

	km_state_unlock();
	return spent ? keep(change) : KM_ERROR_INVALID_KEY_BLOB;
}

/**
 * km_count_delete() - a key is not going to be used again
 * @id: the key
 * @owner: who says so: whose it is, or nothing happens
 *
 * Return: KM_ERROR_OK, or SECURE_HW_COMMUNICATION_FAILED if that could not be kept.
 * Context: may sleep.
 */
enum km_error km_count_delete(const u8 *id, kuid_t owner)
{
	u64 change;

	return drop(id, owner, &change) ? keep(change) : KM_ERROR_OK;
}
