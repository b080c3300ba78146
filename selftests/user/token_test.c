// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tokens as bytes, the table of a user's tokens, and his lock, on a clock driven by hand.
 * Userspace test; the numbers are those of the table's scenarios in the specification.
 */
#include "harness.h"
#include "kdf.h"
#include "token_table.h"

#define PASSWORD	KM_AUTH_TYPE_PASSWORD
#define FINGER		KM_AUTH_TYPE_FINGERPRINT

/* The vector of the specification: token and the key 00 01 02 ... 1f. */
static const u8 vector[KM_AUTH_TOKEN_SIZE] = {
	0x00, 0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01, 0x18, 0x17, 0x16, 0x15, 0x14,
	0x13, 0x12, 0x11, 0x28, 0x27, 0x26, 0x25, 0x24, 0x23, 0x22, 0x21, 0x00, 0x00, 0x00,
	0x01, 0x00, 0x00, 0x00, 0x00, 0x12, 0x34, 0x56, 0x78, 0xda, 0x28, 0x78, 0xca, 0xab,
	0x79, 0x92, 0x68, 0x90, 0xb0, 0x1d, 0xab, 0x30, 0xd9, 0x5d, 0xb8, 0xfe, 0x05, 0x1b,
	0x22, 0x80, 0x3f, 0x68, 0x7c, 0x7f, 0x3a, 0x54, 0x96, 0xd1, 0x30, 0x7b, 0xb6,
};

static const struct km_token content = {
	.challenge = 0x0102030405060708, .user_id = 0x1112131415161718,
	.authenticator_id = 0x2122232425262728, .type = PASSWORD, .timestamp_ms = 0x12345678,
};

static const u8 *key(void)
{
	static u8 bytes[KM_TOKEN_KEY_SIZE];
	unsigned int i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = i;
	return bytes;
}

static bool same(const struct km_token *a, const struct km_token *b)
{
	return a->challenge == b->challenge && a->user_id == b->user_id && a->type == b->type &&
	       a->authenticator_id == b->authenticator_id && a->timestamp_ms == b->timestamp_ms;
}

static bool wire_vector(void)
{
	u8 wire[KM_AUTH_TOKEN_SIZE];
	struct km_token t;

	km_token_write(key(), &content, wire);
	CHECK(!memcmp(wire, vector, sizeof(wire)));
	CHECK(km_token_parse(key(), vector, sizeof(vector), &t));
	CHECK(same(&t, &content));
	return true;
}

static bool wire_round_trip(void)
{
	u8 wire[KM_AUTH_TOKEN_SIZE], k[KM_TOKEN_KEY_SIZE];
	struct km_token t, back;
	unsigned long i;

	for (i = 0; i < cases(1000); i++) {
		rnd_bytes(&t, sizeof(t));
		rnd_bytes(k, sizeof(k));
		km_token_write(k, &t, wire);
		CHECK(km_token_parse(k, wire, sizeof(wire), &back) && same(&t, &back));
		k[rnd() % sizeof(k)] ^= 1 << rnd() % 8;
		CHECK(!km_token_parse(k, wire, sizeof(wire), &back));
	}
	return true;
}

/* Any bit, any length, another version that is signed, no MAC at all. */
static bool wire_forged(void)
{
	u8 bad[KM_AUTH_TOKEN_SIZE], longer[2 * KM_AUTH_TOKEN_SIZE] = {}, *cut;
	struct km_token t;
	unsigned int i;
	bool taken;

	for (i = 0; i < 8 * sizeof(bad); i++) {
		memcpy(bad, vector, sizeof(bad));
		bad[i / 8] ^= 1 << i % 8;
		CHECK(!km_token_parse(key(), bad, sizeof(bad), &t));
	}
	memcpy(longer, vector, sizeof(vector));
	for (i = 0; i < sizeof(longer); i++) {
		cut = exact(longer, i);
		taken = km_token_parse(key(), cut, i, &t);
		free(cut);
		CHECK(taken == (i == KM_AUTH_TOKEN_SIZE));
	}
	for (i = 1; i < 256; i++) {
		const struct km_piece signed_part = { bad, 37 };

		bad[0] = i;
		km_hmac_sha256(key(), KM_TOKEN_KEY_SIZE, &signed_part, 1, bad + 37);
		CHECK(!km_token_parse(key(), bad, sizeof(bad), &t));
	}
	memcpy(bad, vector, sizeof(bad));
	memset(bad + 37, 0, 32);
	CHECK(!km_token_parse(key(), bad, sizeof(bad), &t));
	return true;
}

/* --- the table: a clock that ticks one second a call, a table of three --- */

struct bench {
	struct km_token_table table;
	u64 seconds;
};

static void add(struct bench *b, u64 user, u64 authenticator, u64 challenge, u64 timestamp)
{
	const struct km_token t = {
		.challenge = challenge, .user_id = user, .authenticator_id = authenticator,
		.type = PASSWORD, .timestamp_ms = timestamp,
	};

	km_token_table_add(&b->table, &t, 1000 * ++b->seconds);
}

/**
 * struct ask - a key of one user, and what is asked of the table for it
 * @sid: USER_SECURE_ID
 * @timeout: AUTH_TIMEOUT; 0: for each operation
 * @handle: the operation
 * @free: NO_AUTH_REQUIRED
 */
struct ask {
	u64 sid;
	u32 timeout;
	u64 handle;
	bool free;
};

/* A set of these USER_SECURE_IDs. */
static bool users(struct km_params *set, u8 *wire, const u64 *sids, unsigned int n)
{
	struct km_params_buf buf;
	size_t len;

	if (km_params_buf_init(&buf, 12 * n, 1))
		return false;
	while (n--)
		km_params_add_int(&buf, KM_TAG_USER_SECURE_ID, *sids++);
	len = km_params_wire_len(&buf);
	km_params_write(&buf, wire);
	km_params_buf_free(&buf);
	return !km_params_parse(set, wire, len, NULL);
}

static int find(struct bench *b, const struct ask *a, struct km_token *t)
{
	struct km_params sets[2] = {};
	u8 wire[KM_PARAMS_ONE];
	const struct km_token_want want = {
		.sets = { &sets[0], &sets[1] }, .types = PASSWORD, .free = a->free,
		.timed = a->timeout, .timeout_s = a->timeout, .handle = a->handle,
	};

	/* The id in the second set: both are looked at. */
	if (!users(&sets[1], wire, &a->sid, 1))
		return 1;
	memset(t, 0, sizeof(*t));
	return km_token_table_find(&b->table, &want, 1000 * ++b->seconds, t);
}

/* Found for a timed key? */
static int timed(struct bench *b, u64 sid)
{
	const struct ask a = { .sid = sid, .timeout = 10000 };
	struct km_token t;

	return find(b, &a, &t);
}

/* The timestamp of what is found, or the code. */
static s64 newest(struct bench *b, u64 sid)
{
	const struct ask a = { .sid = sid, .timeout = 10000 };
	struct km_token t;
	int found = find(b, &a, &t);

	return found ? found : (s64)t.timestamp_ms;
}

static int for_op(struct bench *b, u64 sid, u64 handle)
{
	const struct ask a = { .sid = sid, .handle = handle };
	struct km_token t;

	return find(b, &a, &t);
}

static void complete(struct bench *b, u64 handle)
{
	b->seconds++;
	km_token_table_complete(&b->table, handle);
}

static bool table_simple(void)
{
	struct bench b = { .table.max = 3 };
	u64 sid;

	add(&b, 1, 2, 0, 0);
	add(&b, 3, 4, 0, 0);
	CHECK(b.table.n == 2);
	for (sid = 1; sid <= 4; sid++)
		CHECK(timed(&b, sid) == KM_TOKEN_FOUND);
	CHECK(timed(&b, 5) == KM_TOKEN_NOT_FOUND);
	CHECK(timed(&b, 0) == KM_TOKEN_NOT_FOUND);
	return true;
}

static bool table_full(void)
{
	struct bench b = { .table.max = 3 };

	add(&b, 1, 0, 0, 0);
	add(&b, 2, 0, 0, 0);
	add(&b, 3, 0, 0, 0);
	CHECK(!timed(&b, 1) && !timed(&b, 2) && !timed(&b, 3));
	add(&b, 4, 0, 0, 0);
	CHECK(timed(&b, 1) == KM_TOKEN_NOT_FOUND);
	CHECK(!timed(&b, 4) && !timed(&b, 2) && !timed(&b, 3));
	add(&b, 5, 0, 0, 0);
	CHECK(timed(&b, 4) == KM_TOKEN_NOT_FOUND);
	CHECK(!timed(&b, 2) && !timed(&b, 5) && !timed(&b, 3));
	add(&b, 6, 0, 0, 0);
	add(&b, 7, 0, 0, 0);
	CHECK(timed(&b, 2) == KM_TOKEN_NOT_FOUND && timed(&b, 5) == KM_TOKEN_NOT_FOUND);
	CHECK(!timed(&b, 6) && !timed(&b, 7) && !timed(&b, 3));
	add(&b, 8, 0, 0, 0);
	add(&b, 9, 0, 0, 0);
	add(&b, 10, 0, 0, 0);
	CHECK(timed(&b, 3) == KM_TOKEN_NOT_FOUND && timed(&b, 7) == KM_TOKEN_NOT_FOUND);
	CHECK(!timed(&b, 8) && !timed(&b, 9) && !timed(&b, 10));
	return true;
}

static bool table_not_needed(void)
{
	const struct ask nobody = { .sid = 1, .free = true, .timeout = 1 };
	struct bench b = { .table.max = 3 };
	struct km_token t;

	CHECK(find(&b, &nobody, &t) == KM_TOKEN_NOT_NEEDED);
	add(&b, 1, 0, 0, 0);
	CHECK(for_op(&b, 1, 0) == KM_TOKEN_NEEDS_HANDLE);
	return true;
}

static bool table_challenge(void)
{
	struct bench b = { .table.max = 3 };

	add(&b, 1, 0, 1, 0);
	CHECK(for_op(&b, 1, 2) == KM_TOKEN_NOT_FOUND);
	CHECK(for_op(&b, 1, 1) == KM_TOKEN_FOUND);
	complete(&b, 1);
	CHECK(for_op(&b, 1, 1) == KM_TOKEN_NOT_FOUND);
	/* Another that says the same again does not bring the first one back. */
	CHECK(timed(&b, 1) == KM_TOKEN_FOUND);
	return true;
}

static bool table_wrong_sid(void)
{
	struct bench b = { .table.max = 3 };

	add(&b, 1, 3, 1, 0);
	CHECK(for_op(&b, 2, 1) == KM_TOKEN_WRONG_SID);
	/* A second token for the same operation that does fit. */
	add(&b, 2, 0, 1, 0);
	CHECK(for_op(&b, 2, 1) == KM_TOKEN_FOUND);
	return true;
}

static bool table_expires(void)
{
	const struct ask a = { .sid = 1, .timeout = 5 };
	struct bench b = { .table.max = 3 };
	struct km_token t;
	int i;

	add(&b, 1, 0, 0, 0);
	for (i = 0; i < 5; i++)
		CHECK(find(&b, &a, &t) == KM_TOKEN_FOUND);
	CHECK(find(&b, &a, &t) == KM_TOKEN_EXPIRED);
	return true;
}

static bool table_complete_unknown(void)
{
	struct bench b = { .table.max = 3 };

	complete(&b, 1);
	CHECK(!b.table.n);
	add(&b, 1, 0, 1, 0);
	complete(&b, 2);
	CHECK(b.table.n == 1 && for_op(&b, 1, 1) == KM_TOKEN_FOUND);
	return true;
}

static bool table_superseding(void)
{
	struct bench b = { .table.max = KM_TOKEN_MAX };

	add(&b, 1, 0, 0, 0);
	add(&b, 1, 0, 0, 1);
	CHECK(b.table.n == 1 && newest(&b, 1) == 1);
	add(&b, 2, 0, 0, 2);
	CHECK(b.table.n == 2 && newest(&b, 1) == 1 && newest(&b, 2) == 2);
	add(&b, 1, 0, 0, 3);
	add(&b, 2, 0, 0, 4);
	CHECK(b.table.n == 2 && newest(&b, 1) == 3 && newest(&b, 2) == 4);
	add(&b, 1, 0, 1, 5);
	CHECK(b.table.n == 2 && newest(&b, 1) == 5);
	add(&b, 1, 0, 2, 6);
	CHECK(b.table.n == 3 && newest(&b, 1) == 6);
	CHECK(!for_op(&b, 1, 1) && !for_op(&b, 1, 2));
	add(&b, 1, 0, 0, 6);
	CHECK(b.table.n == 4);
	add(&b, 1, 0, 0, 7);
	CHECK(b.table.n == 4 && newest(&b, 1) == 7);
	complete(&b, 2);
	CHECK(b.table.n == 3 && newest(&b, 1) == 7);
	CHECK(for_op(&b, 1, 2) == KM_TOKEN_NOT_FOUND);
	add(&b, 1, 0, 3, 8);
	CHECK(b.table.n == 3);
	CHECK(!for_op(&b, 1, 1) && !for_op(&b, 1, 3));
	complete(&b, 3);
	CHECK(b.table.n == 3);
	complete(&b, 1);
	CHECK(b.table.n == 2 && for_op(&b, 1, 1) == KM_TOKEN_NOT_FOUND && newest(&b, 1) == 8);
	return true;
}

/* Another authenticator's tokens, and older ones, are not superseded. */
static bool table_superseding_not(void)
{
	struct bench b = { .table.max = KM_TOKEN_MAX };
	struct km_token finger = { .user_id = 1, .type = FINGER, .timestamp_ms = 9 };

	add(&b, 1, 5, 0, 3);
	add(&b, 1, 6, 0, 4);
	CHECK(b.table.n == 2);
	km_token_table_add(&b.table, &finger, 9000);
	CHECK(b.table.n == 3);
	add(&b, 1, 5, 0, 2);
	CHECK(b.table.n == 4 && newest(&b, 5) == 3);
	return true;
}

/* A key of several users and types: the newest that fits. */
static bool table_fits(void)
{
	struct km_token t = { .user_id = 7, .authenticator_id = 8, .type = FINGER };
	struct km_params set, none = {};
	struct km_token_want want = { .sets = { &none, &set } };
	static const u32 types[] = { 0, 1, 2, 3, 4, 0xffffffff };
	static const u64 sids[] = { 0, 9, 8 };
	u8 wire[64];
	unsigned int i;

	CHECK(users(&set, wire, sids, ARRAY_SIZE(sids)));
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		want.types = types[i];
		CHECK(km_token_fits(&t, &want) == !!(types[i] & FINGER));
	}
	t.authenticator_id = 0;
	CHECK(!km_token_fits(&t, &want));	/* SID 0 in the key opens nothing */
	t.user_id = 9;
	CHECK(km_token_fits(&t, &want));
	want.sets[1] = &none;
	CHECK(!km_token_fits(&t, &want));
	return true;
}

/* --- locks --- */

static void lock_add(struct km_token_table *table, u64 user, u32 type, u64 ms)
{
	const struct km_token t = { .user_id = user, .type = type, .timestamp_ms = ms };

	km_token_table_add(table, &t, ms);
}

static bool lock_stricter(void)
{
	struct km_token_table table = { .max = KM_TOKEN_MAX };
	struct km_lock user = {}, all = {};
	struct km_lock_view v;

	km_lock_look(&user, &all, &table, 0, &v);
	CHECK(!v.at_ms && !v.password_only && !v.has_token);
	km_lock_look(NULL, &all, NULL, 0, &v);
	CHECK(!v.at_ms && !v.has_token);
	km_lock_set(&user, 0, false);
	km_lock_look(&user, &all, &table, 0, &v);
	CHECK(v.at_ms);
	km_lock_set(&user, 50, false);
	km_lock_set(&all, 70, true);
	km_lock_look(&user, &all, &table, 0, &v);
	CHECK(v.at_ms == 70 && v.password_only && !v.has_token);
	km_lock_look(NULL, &all, NULL, 0, &v);
	CHECK(v.at_ms == 70 && v.password_only);
	/* A finger does not do; a password does, and from then on a finger. */
	lock_add(&table, 9, FINGER, 80);
	km_lock_look(&user, &all, &table, 0, &v);
	CHECK(v.password_only && !v.has_token);
	lock_add(&table, 9, PASSWORD, 70);
	km_lock_look(&user, &all, &table, 0, &v);
	CHECK(v.password_only && v.has_token && v.token.timestamp_ms == 70);
	lock_add(&table, 9, PASSWORD, 90);
	km_lock_look(&user, &all, &table, 0, &v);
	CHECK(!v.password_only && v.has_token && v.token.timestamp_ms == 90);
	km_lock_set(&user, 100, false);
	lock_add(&table, 9, FINGER, 110);
	km_lock_look(&user, &all, &table, 0, &v);
	CHECK(v.at_ms == 100 && !v.password_only && v.token.timestamp_ms == 110);
	return true;
}

/* Locking again, less strictly, takes nothing back. */
static bool lock_goes_one_way(void)
{
	struct km_token_table table = { .max = KM_TOKEN_MAX };
	struct km_lock user = {}, all = {};
	struct km_lock_view v;

	km_lock_set(&user, 10, true);
	km_lock_set(&user, 20, false);
	lock_add(&table, 9, FINGER, 30);
	km_lock_look(&user, &all, &table, 0, &v);
	CHECK(v.at_ms == 20 && v.password_only && !v.has_token);
	return true;
}

static bool lock_own_tokens(void)
{
	struct km_token_table table = { .max = KM_TOKEN_MAX };
	struct km_lock user = {}, all = {};
	struct km_lock_view v;

	km_lock_set(&user, 10, true);
	lock_add(&table, 8, PASSWORD, 20);
	km_lock_look(&user, &all, &table, 9, &v);
	CHECK(v.password_only && !v.has_token);
	km_lock_look(&user, &all, &table, 8, &v);
	CHECK(!v.password_only && v.has_token);
	return true;
}

static const struct test tests[] = {
	{ "token: row 46, the vector of the layout", wire_vector },
	{ "token: what is written is read", wire_round_trip },
	{ "token: row 46, every changed bit and every other length is refused", wire_forged },
	{ "table: row 45, scenario 1, by user and by authenticator", table_simple },
	{ "table: row 45, scenario 2, the least used makes room", table_full },
	{ "table: row 45, scenario 3, none needed, or an operation", table_not_needed },
	{ "table: row 45, scenario 4, a challenge serves one operation", table_challenge },
	{ "table: row 45, scenario 5, of another user", table_wrong_sid },
	{ "table: row 45, scenario 6, expiry", table_expires },
	{ "table: row 45, scenario 7, the end of what nobody knows", table_complete_unknown },
	{ "table: row 45, scenario 8, superseding", table_superseding },
	{ "table: what does not supersede", table_superseding_not },
	{ "table: users and types that fit", table_fits },
	{ "lock: the stricter of both counts", lock_stricter },
	{ "lock: a lock takes no other back", lock_goes_one_way },
	{ "lock: another user's token does not unlock", lock_own_tokens },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
