// SPDX-License-Identifier: GPL-2.0-only
/*
 * The records of users: SID, password handle, failed attempts; and their bytes in the state.
 * Below state.c, which guards and keeps them, and gatekeeper.c, which changes them.
 *
 * There is one record of a uid and none is ever dropped, not even of a deleted user: so
 * nobody can push out the failures of another, and no handle comes back to life. When
 * the table is full, those who are in it go on; others cannot enrol.
 */
#include "users.h"

/* uid, status, length of the setting, failures, SID, handle; then the setting. */
#define FIXED	(4 + 1 + 1 + 4 + 8 + KM_PASSWORD_HANDLE_SIZE)

static unsigned int chain_of(u32 uid)
{
	return uid % KM_USERS_CHAINS;
}

/**
 * km_users_find() - the record of a user
 * @u: the table
 * @uid: the user
 *
 * Return: it, or NULL.
 */
struct km_record *km_users_find(const struct km_users *u, u32 uid)
{
	struct km_record *r = u->chains[chain_of(uid)];

	while (r && r->uid != uid)
		r = r->next;
	return r;
}

/**
 * km_users_make() - the record of a user, made if there is none
 * @u: the table
 * @uid: the user
 *
 * Return: it; NULL if the table is full or memory short. Context: may sleep.
 */
struct km_record *km_users_make(struct km_users *u, u32 uid)
{
	struct km_record *r = km_users_find(u, uid);

	if (r || u->n >= u->max)
		return r;
	r = kzalloc(sizeof(*r), GFP_KERNEL_ACCOUNT);
	if (!r)
		return NULL;
	r->uid = uid;
	r->next = u->chains[chain_of(uid)];
	u->chains[chain_of(uid)] = r;
	u->n++;
	return r;
}

/**
 * km_users_next() - walk over all records
 * @u: the table
 * @r: one of them, NULL to begin
 *
 * Return: the next one, or NULL.
 */
struct km_record *km_users_next(const struct km_users *u, const struct km_record *r)
{
	unsigned int i = r ? chain_of(r->uid) + 1 : 0;

	if (r && r->next)
		return r->next;
	while (i < KM_USERS_CHAINS && !u->chains[i])
		i++;
	return i < KM_USERS_CHAINS ? u->chains[i] : NULL;
}

/**
 * km_record_commit() - what was coming is in the file: from now on it counts
 * @r: the record; its failures are forgiven
 */
void km_record_commit(struct km_record *r)
{
	r->now = *r->coming;
	km_throttle_clear(&r->throttle);
	km_record_forget(r);
}

/**
 * km_record_forget() - what was coming does not come
 * @r: the record
 */
void km_record_forget(struct km_record *r)
{
	kfree_sensitive(r->coming);
	r->coming = NULL;
}

/* What the state says of a user; NULL if nothing. */
static const struct km_identity *stated(const struct km_record *r)
{
	if (r->coming)
		return r->coming;
	return r->now.status != KM_USER_UNKNOWN ? &r->now : NULL;
}

/**
 * km_users_size() - length of the table in the state
 * @u: the table
 *
 * Return: bytes.
 */
size_t km_users_size(const struct km_users *u)
{
	const struct km_record *r;
	size_t size = 4;

	for (r = km_users_next(u, NULL); r; r = km_users_next(u, r))
		if (stated(r))
			size += FIXED + stated(r)->setting_len;
	return size;
}

static u8 *write_record(const struct km_record *r, const struct km_identity *id, u8 *to)
{
	put_unaligned_le32(r->uid, to);
	to[4] = id->status;
	to[5] = id->setting_len;
	put_unaligned_le32(r->throttle.failures, to + 6);
	put_unaligned_le64(id->sid, to + 10);
	memcpy(to + 18, id->handle, KM_PASSWORD_HANDLE_SIZE);
	memcpy(to + FIXED, id->setting, id->setting_len);
	return to + FIXED + id->setting_len;
}

/**
 * km_users_write() - write the table into a state
 * @u: the table; from now on no record counts on more failures in the file than these
 * @to: km_users_size() bytes
 *
 * Return: behind what was written.
 */
u8 *km_users_write(struct km_users *u, u8 *to)
{
	u8 *count = to;
	struct km_record *r;
	u32 n = 0;

	to += 4;
	for (r = km_users_next(u, NULL); r; r = km_users_next(u, r)) {
		r->filed = min(r->filed, r->throttle.failures);
		if (!stated(r))
			continue;
		to = write_record(r, stated(r), to);
		n++;
	}
	put_unaligned_le32(n, count);
	return to;
}

/**
 * km_users_filed() - a state that was written is in the file
 * @u: the table
 * @change: number of the last change that was in it
 */
void km_users_filed(struct km_users *u, u64 change)
{
	struct km_record *r;

	for (r = km_users_next(u, NULL); r; r = km_users_next(u, r))
		if (r->changed <= change)
			r->filed = r->throttle.failures;
}

/* One record; nothing is known of the attempts that were made since it was written. */
static int read_record(struct km_users *u, struct km_piece *from, u64 now_ms)
{
	const u8 *p = from->data;
	struct km_record *r;
	size_t len;
	u32 uid;

	if (from->len < FIXED)
		return -EINVAL;
	uid = get_unaligned_le32(p);
	len = FIXED + p[5];
	if (p[4] < KM_USER_TRIED || p[4] > KM_USER_DELETED || p[5] > KM_SETTING_MAX ||
	    from->len < len || km_users_find(u, uid) || u->n >= u->max)
		return -EINVAL;
	r = km_users_make(u, uid);
	if (!r)
		return -ENOMEM;
	r->now.status = p[4];
	r->now.setting_len = p[5];
	r->now.sid = get_unaligned_le64(p + 10);
	memcpy(r->now.handle, p + 18, KM_PASSWORD_HANDLE_SIZE);
	memcpy(r->now.setting, p + FIXED, p[5]);
	r->filed = get_unaligned_le32(p + 6);
	r->throttle.failures = r->filed;
	r->throttle.checked_ms = now_ms;
	r->throttle.suspect = true;
	from->data = p + len;
	from->len -= len;
	return 0;
}

/**
 * km_users_read() - read a table out of a state
 * @u: the table, empty; km_users_free() it after a failure
 * @from: [in] the state from there on, [out] what is left of it
 * @now_ms: boot clock: from now on everybody waits once
 *
 * Return: 0, -EINVAL, -ENOMEM. Context: may sleep.
 */
int km_users_read(struct km_users *u, struct km_piece *from, u64 now_ms)
{
	const u8 *p = from->data;
	int ret = 0;
	u32 n;

	if (from->len < 4)
		return -EINVAL;
	n = get_unaligned_le32(p);
	from->data = p + 4;
	from->len -= 4;
	while (!ret && n--)
		ret = read_record(u, from, now_ms);
	return ret;
}

/**
 * km_users_free() - forget everybody
 * @u: the table
 */
void km_users_free(struct km_users *u)
{
	struct km_record *r;
	unsigned int i;

	for (i = 0; i < KM_USERS_CHAINS; i++) {
		while ((r = u->chains[i])) {
			u->chains[i] = r->next;
			km_record_forget(r);
			kfree(r);
		}
	}
	u->n = 0;
}
