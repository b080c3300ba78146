// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz target: what is in a state, behind its seal (kernel/users.c, slots.c, provision.c), in
 * the order in which state.c reads it.
 *
 * What was read is as long as it says, and is written as a state that is read as the same.
 */
#include "fuzz.h"
#include "harness.h"
#include "provision.h"
#include "slots.h"
#include "users.h"

/**
 * struct all - one state
 * @users: the gatekeeper's records
 * @slots: uses that keys have left
 * @provision: what the maker gave
 */
struct all {
	struct km_users users;
	struct km_slots slots;
	struct km_provision provision;
};

/* The tables are large; they are empty again after each use. */
static struct all first, second;

static void forget(struct all *s)
{
	km_users_free(&s->users);
	km_slots_free(&s->slots);
	km_provision_free(&s->provision);
	memset(s->slots.reset, 0, sizeof(s->slots.reset));
	MUST(!s->users.n && !s->slots.n);
}

/* False: it is none. */
static bool read_all(struct all *s, const u8 *data, size_t len)
{
	struct km_piece left = { data, len };
	int ret;

	s->users.max = KM_USERS_MAX;
	ret = km_users_read(&s->users, &left, 1000);
	MUST(is_inside(left.data, left.len, data, len));
	if (!ret)
		ret = km_slots_read(&s->slots, &left);
	MUST(is_inside(left.data, left.len, data, len));
	if (!ret)
		ret = km_provision_read(&s->provision, &left);
	MUST(is_inside(left.data, left.len, data, len));
	MUST(!ret || ret == -EINVAL);
	if (!ret && !left.len)
		return true;
	forget(s);
	return false;
}

static size_t size_of(const struct all *s)
{
	return km_users_size(&s->users) + km_slots_size(&s->slots) +
	       km_provision_size(&s->provision);
}

static u8 *write_all(struct all *s)
{
	u8 *out = malloc(size_of(s)), *end;

	end = km_users_write(&s->users, out);
	MUST(end == out + km_users_size(&s->users));
	end = km_slots_write(&s->slots, end);
	end = km_provision_write(&s->provision, end);
	MUST(end == out + size_of(s));
	return out;
}

/* Nobody has an unlimited number of tries because of what the file says. */
static void everybody_waits(const struct km_users *u)
{
	const struct km_record *r;

	for (r = km_users_next(u, NULL); r; r = km_users_next(u, r)) {
		MUST(r->throttle.suspect && r->now.setting_len <= KM_SETTING_MAX);
		MUST(r->now.status >= KM_USER_TRIED && r->now.status <= KM_USER_DELETED);
		MUST(km_users_find(u, r->uid) == r);
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	struct all *s = &first, *again = &second;
	u8 *out, *out2;
	size_t size;

	if (!read_all(s, data, len))
		return 0;
	everybody_waits(&s->users);
	size = size_of(s);
	/* A section of nothing is left out when it is written. */
	MUST(size <= len);
	out = write_all(s);
	MUST(read_all(again, out, size));
	MUST(size_of(again) == size && again->users.n == s->users.n);
	MUST(again->slots.n == s->slots.n);
	/* Chains turn round each time: after two times they are as they were. */
	out2 = write_all(again);
	forget(again);
	MUST(read_all(again, out2, size));
	free(out2);
	out2 = write_all(again);
	MUST(!memcmp(out, out2, size));
	free(out2);
	free(out);
	forget(again);
	forget(s);
	return 0;
}
