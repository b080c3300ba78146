// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys that end before their time: used so often, or deleted for good; kept in the state.
 * Called by key.c, key_make.c, key_upgrade.c and operation.c; slots.c has the tables.
 *
 * A use is taken, and in the file, before its output is handed out: of many operations
 * that end at the same time, as many have output as the key allows, whatever happens to
 * the machine then. A use that could not be kept is lost, and its output too. So it is
 * with slots: whoever is told that a key is deleted can pull the plug.
 */
#include <linux/random.h>
#include <linux/string.h>
#include "count.h"
#include "state.h"

/* What cannot be kept: the storage does not answer. */
#define NOT_KEPT	KM_ERROR_SECURE_HW_COMMUNICATION_FAILED

static enum km_error keep(u64 change)
{
	return km_state_keep(change) ? KM_ERROR_OK : NOT_KEPT;
}

/* Which of a key's slots: any number but 0, and not one that it has. */
static u32 number_for(const struct km_slots *s, const u8 *id)
{
	u32 number;

	do {
		number = get_random_u32();
	} while (!number || km_slots_find(s, id, number));
	return number;
}

/* The first blob with a slot is what the factory reset secret is first there for. */
static void choose_reset(struct km_slots *s)
{
	if (!memchr_inv(s->reset, 0, sizeof(s->reset)))
		get_random_bytes(s->reset, sizeof(s->reset));
}

static void tell(const struct km_slots *s, const struct km_slot *slot,
		 struct km_slot_secrets *secrets)
{
	secrets->number = slot->number;
	memcpy(secrets->slot, slot->secret, sizeof(secrets->slot));
	memcpy(secrets->reset, s->reset, sizeof(secrets->reset));
}

static enum km_error add(struct km_slots *s, const struct km_count_new *new)
{
	struct km_slot slot = { .left = new->uses };
	enum km_error err;

	memcpy(slot.id, new->id, sizeof(slot.id));
	if (new->bound) {
		slot.number = number_for(s, new->id);
		get_random_bytes(slot.secret, sizeof(slot.secret));
		choose_reset(s);
	}
	err = km_slots_add(s, &slot, __kuid_val(new->owner));
	if (!err)
		tell(s, &slot, new->secrets);
	memzero_explicit(&slot, sizeof(slot));
	return err;
}

/**
 * km_count_make() - a slot for a new key
 * @new: the key, and what its blob depends on
 *
 * Return: KM_ERROR_OK when it is kept, so that the blob may be handed out;
 * TOO_MANY_OPERATIONS for too many such keys. Context: may sleep.
 */
enum km_error km_count_make(const struct km_count_new *new)
{
	struct km_state *s = km_state_lock_killable();
	enum km_error err;
	u64 change;

	if (!s)
		return NOT_KEPT;
	err = add(&s->slots, new);
	change = err ? s->change : ++s->change;
	km_state_unlock();
	if (err)
		return err;
	err = keep(change);
	if (err)
		km_count_unmake(new->id, new->secrets->number, new->owner);
	return err;
}

/* The slot of the blob that an upgrade makes of the one in @number. */
static enum km_error add_version(struct km_slots *s, const u8 *id, u32 number,
				 struct km_slot_secrets *secrets, bool *added)
{
	const struct km_slot *old = km_slots_find(s, id, number), *other;
	struct km_slot slot = {};
	enum km_error err;

	if (!old)
		return KM_ERROR_INVALID_KEY_BLOB;
	/*
	 * Upgraded before, and perhaps that blob was stored and perhaps it was lost: the
	 * new one shares its slot. Another slot would be lost with each upgrade that is
	 * interrupted, and to drop the one that is there could be to drop the key.
	 */
	other = km_slots_other(s, old);
	if (other) {
		tell(s, other, secrets);
		return KM_ERROR_OK;
	}
	memcpy(slot.id, id, sizeof(slot.id));
	slot.number = number_for(s, id);
	get_random_bytes(slot.secret, sizeof(slot.secret));
	err = km_slots_add_version(s, &slot);
	*added = !err;
	if (!err)
		tell(s, &slot, secrets);
	memzero_explicit(&slot, sizeof(slot));
	return err;
}

/**
 * km_count_make_version() - a slot for the blob that an upgrade makes
 * @id: the key
 * @number: the slot of the blob that is there
 * @secrets: [out] what the new blob depends on
 *
 * The old slot stays, so that the old blob works if the new one is lost: it goes with
 * km_count_delete(), when the new blob is stored.
 *
 * Return: KM_ERROR_OK when it is kept; INVALID_KEY_BLOB. Context: may sleep.
 */
enum km_error km_count_make_version(const u8 *id, u32 number, struct km_slot_secrets *secrets)
{
	struct km_state *s = km_state_lock_killable();
	bool added = false;
	enum km_error err;
	u64 change;

	if (!s)
		return NOT_KEPT;
	err = add_version(&s->slots, id, number, secrets, &added);
	/* One that was there may have been made a moment ago, and not be kept yet. */
	change = added ? ++s->change : s->change;
	km_state_unlock();
	return err ? err : keep(change);
}

static bool drop(const u8 *id, u32 number, kuid_t owner, u64 *change)
{
	struct km_state *s = km_state_lock();
	bool dropped = km_slots_drop(&s->slots, id, number, __kuid_val(owner));

	*change = dropped ? ++s->change : s->change;
	km_state_unlock();
	return dropped;
}

/**
 * km_count_unmake() - nobody has got the blob of a new key
 * @id: the key
 * @number: its slot
 * @owner: whose it would have been
 */
void km_count_unmake(const u8 *id, u32 number, kuid_t owner)
{
	u64 change;

	if (drop(id, number, owner, &change))
		km_state_keep_later();
}

/**
 * km_count_secrets() - what a blob depends on
 * @id: its key
 * @number: its slot
 * @secrets: [out] it
 *
 * Return: false if it is gone, and the blob with it. Context: may sleep.
 */
bool km_count_secrets(const u8 *id, u32 number, struct km_slot_secrets *secrets)
{
	struct km_state *s = km_state_lock();
	const struct km_slot *slot = km_slots_find(&s->slots, id, number);

	if (slot)
		tell(&s->slots, slot, secrets);
	km_state_unlock();
	return slot;
}

/**
 * km_count_check() - may a key that is counted still be used?
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
 * km_count_check_slot() - is the slot of a blob still there?
 * @id: its key
 * @number: the slot
 *
 * For keys that were opened before.
 *
 * Return: KM_ERROR_OK or INVALID_KEY_BLOB. Context: may sleep.
 */
enum km_error km_count_check_slot(const u8 *id, u32 number)
{
	struct km_state *s = km_state_lock();
	bool has = km_slots_find(&s->slots, id, number);

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
 * km_count_delete() - a blob is not going to be used again
 * @id: its key
 * @number: its slot
 * @owner: who says so: whose it is, or nothing happens
 *
 * Return: KM_ERROR_OK, or SECURE_HW_COMMUNICATION_FAILED if that could not be kept.
 * Context: may sleep.
 */
enum km_error km_count_delete(const u8 *id, u32 number, kuid_t owner)
{
	u64 change;

	/* What is gone may have gone a moment ago, and not be kept yet: wait for that too. */
	drop(id, number, owner, &change);
	return keep(change);
}

/* What the three below have in common: after a drop, it is to be kept. */
static enum km_error changed(struct km_state *s, bool dropped)
{
	u64 change = dropped ? ++s->change : s->change;

	km_state_unlock();
	return keep(change);
}

/**
 * km_count_delete_key() - a key is not going to be used again, by none of its blobs
 * @id: the key
 * @owner: who says so: whose it is, or nothing happens
 *
 * Return: as km_count_delete(). Context: may sleep.
 */
enum km_error km_count_delete_key(const u8 *id, kuid_t owner)
{
	struct km_state *s = km_state_lock();

	return changed(s, km_slots_drop_key(&s->slots, id, __kuid_val(owner)));
}

/**
 * km_count_delete_user() - no key with a slot that a user has made will be used again
 * @owner: the user
 *
 * Return: as km_count_delete(). Context: may sleep.
 */
enum km_error km_count_delete_user(kuid_t owner)
{
	struct km_state *s = km_state_lock();

	return changed(s, km_slots_drop_user(&s->slots, __kuid_val(owner)));
}

/**
 * km_count_delete_all() - no key with a slot will be used again, whoever made it
 *
 * Return: as km_count_delete(). Context: may sleep.
 */
enum km_error km_count_delete_all(void)
{
	struct km_state *s = km_state_lock();

	km_slots_drop_all(&s->slots);
	return changed(s, true);
}
