// SPDX-License-Identifier: GPL-2.0-only
/*
 * How often keys may still be used (USAGE_COUNT_LIMIT), and the bytes of it in the state.
 * Below state.c, which guards and keeps them, and count.c, which changes them.
 *
 * A key without a slot is used up. So a slot is made with the key and never again, and
 * losing one (with the state, say) closes the key and does not open it.
 */
#include "slots.h"

/* id, user, uses left. */
#define ENTRY	(KM_SLOT_ID + 4 + 4)

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

/* The link that points to the slot of a key, or the end of its chain. */
static struct km_slot **find(const struct km_slots *s, const u8 *id)
{
	struct km_slot **p = (struct km_slot **)&s->slots[chain_of(id)];

	while (*p && memcmp((*p)->id, id, KM_SLOT_ID))
		p = &(*p)->next;
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
 * km_slots_has() - may a key still be used?
 * @s: the tables
 * @id: the key
 *
 * Return: true if so.
 */
bool km_slots_has(const struct km_slots *s, const u8 *id)
{
	return *find(s, id);
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
	kfree(slot);
}

/* The new slot and its owner, both or neither. */
static enum km_error insert(struct km_slots *s, struct km_slot **p, u32 uid,
			    const struct km_slot *of)
{
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
	s->n++;
	*p = slot;
	return KM_ERROR_OK;
}

/**
 * km_slots_add() - a key that may be used so often
 * @s: the tables
 * @id: the key, which has no slot
 * @uid: whom it is charged to
 * @uses: how often, not 0
 *
 * Return: KM_ERROR_OK; TOO_MANY_OPERATIONS for a user who has as many as he may, or
 * when there are as many as the state has room for; INVALID_ARGUMENT for a key that is
 * known; MEMORY_ALLOCATION_FAILED. Context: may sleep.
 */
enum km_error km_slots_add(struct km_slots *s, const u8 *id, u32 uid, u32 uses)
{
	struct km_slot_owner *o = *find_owner(s, uid);
	struct km_slot **p = find(s, id);
	struct km_slot slot = { .left = uses };

	if (*p || !uses)
		return KM_ERROR_INVALID_ARGUMENT;
	if (s->n >= KM_SLOTS_MAX || (o && o->n >= KM_SLOTS_USER))
		return KM_ERROR_TOO_MANY_OPERATIONS;
	memcpy(slot.id, id, KM_SLOT_ID);
	return insert(s, p, uid, &slot);
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
	struct km_slot **p = find(s, id);

	if (!*p)
		return false;
	if (!--(*p)->left)
		drop(s, p);
	return true;
}

/**
 * km_slots_drop() - a key will never be used again
 * @s: the tables
 * @id: the key
 * @uid: whom it has to be charged to
 *
 * Return: false if there is none such.
 */
bool km_slots_drop(struct km_slots *s, const u8 *id, u32 uid)
{
	struct km_slot **p = find(s, id);

	if (!*p || (*p)->owner->uid != uid)
		return false;
	drop(s, p);
	return true;
}

/**
 * km_slots_size() - length of the tables in the state
 * @s: the tables
 *
 * Return: bytes.
 */
size_t km_slots_size(const struct km_slots *s)
{
	return 4 + (size_t)s->n * ENTRY;
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

	put_unaligned_le32(s->n, to);
	to += 4;
	for (i = 0; i < KM_SLOTS_CHAINS; i++) {
		for (slot = s->slots[i]; slot; slot = slot->next) {
			memcpy(to, slot->id, KM_SLOT_ID);
			put_unaligned_le32(slot->owner->uid, to + KM_SLOT_ID);
			put_unaligned_le32(slot->left, to + KM_SLOT_ID + 4);
			to += ENTRY;
		}
	}
	return to;
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

	if (from->len < 4)
		return -EINVAL;
	n = get_unaligned_le32(p);
	if ((from->len - 4) / ENTRY < n)
		return -EINVAL;
	for (p += 4; n--; p += ENTRY) {
		err = km_slots_add(s, p, get_unaligned_le32(p + KM_SLOT_ID),
				   get_unaligned_le32(p + KM_SLOT_ID + 4));
		if (err)
			return err == KM_ERROR_MEMORY_ALLOCATION_FAILED ? -ENOMEM : -EINVAL;
	}
	from->len -= p - (const u8 *)from->data;
	from->data = p;
	return 0;
}

/**
 * km_slots_free() - forget everything
 * @s: the tables
 */
void km_slots_free(struct km_slots *s)
{
	unsigned int i;

	for (i = 0; i < KM_SLOTS_CHAINS; i++)
		while (s->slots[i])
			drop(s, &s->slots[i]);
}
