// SPDX-License-Identifier: GPL-2.0-only
/*
 * Slots: what dies with a key, and how often it may still be used; their bytes in the state.
 * Below state.c, which guards and keeps them, and count.c, which changes them.
 *
 * A blob that is bound to a slot cannot be decrypted without the slot's secret, so whoever
 * has kept a copy of the blob has nothing once the slot is gone. A slot is made with the
 * blob and never again: losing one (with the state, say) closes the key, and does not open it.
 */
#include "slots.h"

/* id, user, number, uses left, secret. */
#define ENTRY	(KM_SLOT_ID + 4 + 4 + 4 + KM_SLOT_SECRET)
/* Factory reset secret, how many entries. */
#define HEAD	(KM_RESET_SECRET + 4)

/**
 * struct km_slot_owner - what is charged to a user
 * @next: in its chain
 * @uid: the user
 * @n: slots, not 0
 */
struct km_slot_owner {
	struct km_slot_owner *next;
	u32 uid;
	u32 n;
};

/* Ids are random. */
static unsigned int chain_of(const u8 *id)
{
	return (id[0] | id[1] << 8) % KM_SLOTS_CHAINS;
}

/* The first link of its chain that points to a slot of a key, or the end of the chain. */
static struct km_slot **seek(struct km_slot **p, const u8 *id)
{
	while (*p && memcmp((*p)->id, id, KM_SLOT_ID))
		p = &(*p)->next;
	return p;
}

static struct km_slot **first(const struct km_slots *s, const u8 *id)
{
	return seek((struct km_slot **)&s->slots[chain_of(id)], id);
}

static struct km_slot **find(const struct km_slots *s, const u8 *id, u32 number)
{
	struct km_slot **p = first(s, id);

	while (*p && (*p)->number != number)
		p = seek(&(*p)->next, id);
	return p;
}

static struct km_slot_owner **find_owner(struct km_slots *s, u32 uid)
{
	struct km_slot_owner **p = &s->owners[uid % KM_SLOTS_CHAINS];

	while (*p && (*p)->uid != uid)
		p = &(*p)->next;
	return p;
}

/**
 * km_slots_find() - a slot of a key
 * @s: the tables
 * @id: the key
 * @number: which
 *
 * Return: it, until something changes; NULL if there is none such.
 */
const struct km_slot *km_slots_find(const struct km_slots *s, const u8 *id, u32 number)
{
	return *find(s, id, number);
}

/**
 * km_slots_other() - another slot of the same key
 * @s: the tables
 * @than: one of its slots
 *
 * Return: it, until something changes; NULL if there is none.
 */
const struct km_slot *km_slots_other(const struct km_slots *s, const struct km_slot *than)
{
	struct km_slot **p = first(s, than->id);

	while (*p == than)
		p = seek(&(*p)->next, than->id);
	return *p;
}

/**
 * km_slots_has() - is there any slot of a key?
 * @s: the tables
 * @id: the key
 *
 * Return: true if so.
 */
bool km_slots_has(const struct km_slots *s, const u8 *id)
{
	return *first(s, id);
}

static void drop(struct km_slots *s, struct km_slot **p)
{
	struct km_slot *slot = *p;
	struct km_slot_owner **o;

	*p = slot->next;
	s->n--;
	if (!--slot->owner->n) {
		o = find_owner(s, slot->owner->uid);
		*o = slot->owner->next;
		kfree(slot->owner);
	}
	kfree_sensitive(slot);
}

/* The new slot and its owner, both or neither. */
static enum km_error insert(struct km_slots *s, const struct km_slot *of, u32 uid)
{
	struct km_slot **p = &s->slots[chain_of(of->id)];
	struct km_slot_owner **o = find_owner(s, uid);
	struct km_slot *slot = kzalloc(sizeof(*slot), GFP_KERNEL_ACCOUNT);

	if (!slot)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	if (!*o) {
		*o = kzalloc(sizeof(**o), GFP_KERNEL_ACCOUNT);
		if (!*o) {
			kfree(slot);
			return KM_ERROR_MEMORY_ALLOCATION_FAILED;
		}
		(*o)->uid = uid;
	}
	*slot = *of;
	slot->owner = *o;
	slot->owner->n++;
	slot->next = *p;
	*p = slot;
	s->n++;
	return KM_ERROR_OK;
}

/**
 * km_slots_add() - the slot of a new key
 * @s: the tables
 * @of: key, number, uses and secret; the rest does not count
 * @uid: whom it is charged to
 *
 * Return: KM_ERROR_OK; TOO_MANY_OPERATIONS for a user who has as many as he may, or
 * when there are as many as the state has room for; INVALID_ARGUMENT for a key that is
 * known, or a slot that does nothing; MEMORY_ALLOCATION_FAILED. Context: may sleep.
 */
enum km_error km_slots_add(struct km_slots *s, const struct km_slot *of, u32 uid)
{
	struct km_slot_owner *o = *find_owner(s, uid);

	if (km_slots_has(s, of->id) || (!of->number && !of->left))
		return KM_ERROR_INVALID_ARGUMENT;
	if (s->n >= KM_SLOTS_MAX || (o && o->n >= KM_SLOTS_USER))
		return KM_ERROR_TOO_MANY_OPERATIONS;
	return insert(s, of, uid);
}

/**
 * km_slots_add_version() - one more slot of a key, which an upgrade has made a blob of
 * @s: the tables
 * @of: key, a number that no slot of it has, secret; the rest does not count
 *
 * Charged to the same user, and beyond what he may have: each key may have two slots for
 * the time until its old blob is deleted, or nobody who has used up his could upgrade.
 *
 * Return: KM_ERROR_OK; TOO_MANY_OPERATIONS for a key that has two; INVALID_ARGUMENT for a
 * key that has none, or that is bound to no secret; MEMORY_ALLOCATION_FAILED. Context: may sleep.
 */
enum km_error km_slots_add_version(struct km_slots *s, const struct km_slot *of)
{
	const struct km_slot *old = *first(s, of->id);
	struct km_slot slot = *of;

	if (!old || !old->number || !of->number || old->number == of->number)
		return KM_ERROR_INVALID_ARGUMENT;
	if (km_slots_other(s, old))
		return KM_ERROR_TOO_MANY_OPERATIONS;
	slot.left = old->left;
	return insert(s, &slot, old->owner->uid);
}

/* All slots of a key. */
static void drop_key(struct km_slots *s, const u8 *id)
{
	u8 copy[KM_SLOT_ID];

	/* It may be that of a slot. */
	memcpy(copy, id, sizeof(copy));
	while (km_slots_has(s, copy))
		drop(s, first(s, copy));
}

/**
 * km_slots_spend() - a key was used once more
 * @s: the tables
 * @id: the key
 *
 * Return: false if it may not be used any more.
 */
bool km_slots_spend(struct km_slots *s, const u8 *id)
{
	struct km_slot **p = first(s, id);

	if (!*p)
		return false;
	if ((*p)->left == 1) {
		drop_key(s, id);
		return true;
	}
	for (; *p; p = seek(&(*p)->next, id))
		if ((*p)->left)
			(*p)->left--;
	return true;
}

/**
 * km_slots_drop() - a blob of a key will never be used again
 * @s: the tables
 * @id: the key
 * @number: which of its slots
 * @uid: whom it has to be charged to
 *
 * Return: false if there is none such.
 */
bool km_slots_drop(struct km_slots *s, const u8 *id, u32 number, u32 uid)
{
	struct km_slot **p = find(s, id, number);

	if (!*p || (*p)->owner->uid != uid)
		return false;
	drop(s, p);
	return true;
}

/**
 * km_slots_drop_key() - a key will never be used again, by whichever of its blobs
 * @s: the tables
 * @id: the key
 * @uid: whom it has to be charged to
 *
 * Return: false if there is none such.
 */
bool km_slots_drop_key(struct km_slots *s, const u8 *id, u32 uid)
{
	const struct km_slot *slot = *first(s, id);

	if (!slot || slot->owner->uid != uid)
		return false;
	drop_key(s, id);
	return true;
}

/**
 * km_slots_drop_user() - none of a user's keys with a slot will be used again
 * @s: the tables
 * @uid: the user
 *
 * Return: false if there is none such.
 */
bool km_slots_drop_user(struct km_slots *s, u32 uid)
{
	struct km_slot **p;
	bool dropped = false;
	unsigned int i;

	for (i = 0; i < KM_SLOTS_CHAINS; i++) {
		p = &s->slots[i];
		while (*p) {
			if ((*p)->owner->uid == uid) {
				drop(s, p);
				dropped = true;
			} else {
				p = &(*p)->next;
			}
		}
	}
	return dropped;
}

/**
 * km_slots_drop_all() - no key with a slot will be used again
 * @s: the tables
 *
 * The factory reset secret goes too: with it dies whatever a copy of the tables was kept for.
 */
void km_slots_drop_all(struct km_slots *s)
{
	km_slots_free(s);
	memzero_explicit(s->reset, sizeof(s->reset));
}

/**
 * km_slots_size() - length of the tables in the state
 * @s: the tables
 *
 * Return: bytes.
 */
size_t km_slots_size(const struct km_slots *s)
{
	return HEAD + (size_t)s->n * ENTRY;
}

/**
 * km_slots_write() - write the tables into a state
 * @s: the tables
 * @to: km_slots_size() bytes
 *
 * Return: behind what was written.
 */
u8 *km_slots_write(const struct km_slots *s, u8 *to)
{
	const struct km_slot *slot;
	unsigned int i;

	memcpy(to, s->reset, KM_RESET_SECRET);
	put_unaligned_le32(s->n, to + KM_RESET_SECRET);
	to += HEAD;
	for (i = 0; i < KM_SLOTS_CHAINS; i++) {
		for (slot = s->slots[i]; slot; slot = slot->next) {
			memcpy(to, slot->id, KM_SLOT_ID);
			put_unaligned_le32(slot->owner->uid, to + KM_SLOT_ID);
			put_unaligned_le32(slot->number, to + KM_SLOT_ID + 4);
			put_unaligned_le32(slot->left, to + KM_SLOT_ID + 8);
			memcpy(to + KM_SLOT_ID + 12, slot->secret, KM_SLOT_SECRET);
			to += ENTRY;
		}
	}
	return to;
}

/* Two slots of a key agree in everything but number and secret. */
static enum km_error read_entry(struct km_slots *s, const u8 *p)
{
	const struct km_slot *have;
	struct km_slot slot = {
		.number = get_unaligned_le32(p + KM_SLOT_ID + 4),
		.left = get_unaligned_le32(p + KM_SLOT_ID + 8),
	};
	u32 uid = get_unaligned_le32(p + KM_SLOT_ID);
	enum km_error err;

	memcpy(slot.id, p, KM_SLOT_ID);
	memcpy(slot.secret, p + KM_SLOT_ID + 12, KM_SLOT_SECRET);
	have = *first(s, slot.id);
	if (!have && (slot.number || slot.left))
		err = s->n < KM_SLOTS_KEY * KM_SLOTS_MAX ? insert(s, &slot, uid) :
							   KM_ERROR_INVALID_ARGUMENT;
	else if (have && have->owner->uid == uid && have->left == slot.left)
		err = km_slots_add_version(s, &slot);
	else
		err = KM_ERROR_INVALID_ARGUMENT;
	memzero_explicit(slot.secret, sizeof(slot.secret));
	return err;
}

/**
 * km_slots_read() - read the tables out of a state
 * @s: the tables, empty; km_slots_free() them after a failure
 * @from: [in] the state from there on, [out] what is left of it
 *
 * Return: 0, -EINVAL, -ENOMEM. Context: may sleep.
 */
int km_slots_read(struct km_slots *s, struct km_piece *from)
{
	const u8 *p = from->data;
	enum km_error err;
	u32 n;

	if (from->len < HEAD)
		return -EINVAL;
	memcpy(s->reset, p, KM_RESET_SECRET);
	n = get_unaligned_le32(p + KM_RESET_SECRET);
	if ((from->len - HEAD) / ENTRY < n)
		return -EINVAL;
	for (p += HEAD; n--; p += ENTRY) {
		err = read_entry(s, p);
		if (err)
			return err == KM_ERROR_MEMORY_ALLOCATION_FAILED ? -ENOMEM : -EINVAL;
	}
	from->len -= p - (const u8 *)from->data;
	from->data = p;
	return 0;
}

/**
 * km_slots_free() - forget all slots
 * @s: the tables
 */
void km_slots_free(struct km_slots *s)
{
	unsigned int i;

	for (i = 0; i < KM_SLOTS_CHAINS; i++)
		while (s->slots[i])
			drop(s, &s->slots[i]);
}
