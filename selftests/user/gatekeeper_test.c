// SPDX-License-Identifier: GPL-2.0-only
/*
 * The gatekeeper's pure parts: handles, throttling, records of users, counts of keys.
 * Userspace test of kernel/password.c, throttle.c, users.c and slots.c.
 */
#include "harness.h"
#include "password.h"
#include "slots.h"
#include "throttle.h"
#include "users.h"

static const u64 SID = 0x1122334455667788;
/* Signature and hardware_backed of the vector. */
#define REST	"3f8f4d628b6a75dc4565e8ed0c5faa931d889aa221d9cdde7b2ced9ab71c251e01"

/* --- handles ------------------------------------------------------------------------- */

static void key_of_vector(u8 *key)
{
	unsigned int i;

	for (i = 0; i < KM_SHA256_SIZE; i++)
		key[i] = i;
}

/* vectors.md section 5. */
static bool handle_vector(void)
{
	static const char want[] =
		"02887766554433221101000000000000000102030405060708" REST;
	const struct km_piece password = { "1234", 4 };
	struct km_handle h = {
		.version = 2, .sid = SID, .flags = 1, .salt = 0x0807060504030201, .hardware = 1,
	};
	u8 key[KM_SHA256_SIZE], wire[KM_PASSWORD_HANDLE_SIZE];
	char text[2 * KM_PASSWORD_HANDLE_SIZE + 1];
	unsigned int i;

	key_of_vector(key);
	km_handle_sign(&h, key, &password);
	km_handle_pack(&h, wire);
	for (i = 0; i < sizeof(wire); i++)
		snprintf(text + 2 * i, 3, "%02x", wire[i]);
	CHECK(!strcmp(text, want));
	CHECK(km_handle_verify(&h, key, &password));
	return true;
}

static void a_handle(struct km_handle *h, u8 *wire, const struct km_piece *password)
{
	u8 key[KM_SHA256_SIZE];

	key_of_vector(key);
	*h = (struct km_handle){ .version = 2, .sid = rnd(), .salt = rnd() };
	km_handle_sign(h, key, password);
	km_handle_pack(h, wire);
}

/* What is parsed is what was packed, to the byte. */
static bool handle_round_trip(void)
{
	u8 wire[KM_PASSWORD_HANDLE_SIZE], again[KM_PASSWORD_HANDLE_SIZE];
	struct km_handle h;
	unsigned long n;
	size_t len;

	for (n = cases(1000); n; n--) {
		rnd_bytes(wire, sizeof(wire));
		wire[0] %= 3;
		CHECK(km_handle_parse(&h, &(struct km_piece){ wire, sizeof(wire) }));
		CHECK(h.version == wire[0] && km_handle_is_old(&h) == (wire[0] < 2));
		km_handle_pack(&h, again);
		CHECK(!memcmp(wire, again, sizeof(wire)));
		wire[0] = 3 + rnd() % 253;
		CHECK(!km_handle_parse(&h, &(struct km_piece){ wire, sizeof(wire) }));
	}
	wire[0] = 2;
	for (len = 0; len <= 2 * sizeof(wire); len++) {
		u8 *p = calloc(1, len + 1);

		CHECK(km_handle_parse(&h, &(struct km_piece){ p, len }) == (len == sizeof(wire)));
		free(p);
	}
	return true;
}

/* Each bit of what is signed, and of the signature; hardware_backed is not covered. */
static bool handle_bits(void)
{
	const struct km_piece password = { "correct", 7 };
	u8 key[KM_SHA256_SIZE], wire[KM_PASSWORD_HANDLE_SIZE];
	struct km_handle h;
	unsigned int bit;

	key_of_vector(key);
	a_handle(&h, wire, &password);
	for (bit = 0; bit < 8 * sizeof(wire); bit++) {
		bool parsed, good;

		wire[bit / 8] ^= 1 << bit % 8;
		parsed = km_handle_parse(&h, &(struct km_piece){ wire, sizeof(wire) });
		good = parsed && km_handle_verify(&h, key, &password);
		CHECK(good == (bit / 8 == 57));
		wire[bit / 8] ^= 1 << bit % 8;
	}
	return true;
}

/* Any bytes are a password: NUL among them, and up to the longest. */
static bool passwords_are_binary(void)
{
	static const size_t sizes[] = { 1, 2, 31, 64, 65, 1024, KM_PASSWORD_MAX };
	u8 key[KM_SHA256_SIZE], wire[KM_PASSWORD_HANDLE_SIZE];
	struct km_handle h;
	unsigned int i;

	key_of_vector(key);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t len = sizes[i], at;
		u8 *p = calloc(1, len);
		struct km_piece password = { p, len };

		a_handle(&h, wire, &password);
		CHECK(km_handle_verify(&h, key, &password));
		for (at = 0; at < len; at += 1 + len / 100) {
			p[at]++;
			CHECK(!km_handle_verify(&h, key, &password));
			p[at]--;
		}
		p[len - 1]++;
		CHECK(!km_handle_verify(&h, key, &password));
		p[len - 1]--;
		password.len--;
		CHECK(!km_handle_verify(&h, key, &password));
		free(p);
	}
	return true;
}

/* A handle is one user's; the derivation is that of HMAC-SHA256 over the uid. */
static bool keys_of_users(void)
{
	u8 master[KM_SHA256_SIZE] = { 0 }, a[KM_SHA256_SIZE], b[KM_SHA256_SIZE];
	static const char want[] =
		"958811abc10b72265a7e40cc29d6719964619caeb8a05ffba0572c1344caa25c";
	char text[65];
	unsigned int i;

	/* HMAC-SHA256 with a key of zeros, of e8 03 00 00. */
	km_password_key(master, 0, a);
	km_password_key(master, 1000, b);
	CHECK(memcmp(a, b, sizeof(a)));
	for (i = 0; i < 32; i++)
		snprintf(text + 2 * i, 3, "%02x", b[i]);
	CHECK(!strcmp(text, want));
	return true;
}

/* --- throttling ------------------------------------------------------------------------ */

static bool throttle_table(void)
{
	static const struct {
		u32 from, to, timeout;
	} rows[] = {
		{ 0, 4, 0 }, { 5, 5, 30000 }, { 6, 9, 0 }, { 10, 29, 30000 }, { 30, 39, 30000 },
		{ 40, 49, 60000 }, { 50, 59, 120000 }, { 60, 69, 240000 }, { 70, 79, 480000 },
		{ 80, 89, 960000 }, { 90, 99, 1920000 }, { 100, 109, 3840000 },
		{ 110, 119, 7680000 }, { 120, 129, 15360000 }, { 130, 139, 30720000 },
		{ 140, 1000, 86400000 }, { 0xfffffff0, 0xfffffffe, 86400000 },
	};
	unsigned int i;
	u32 n;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		for (n = rows[i].from; n <= rows[i].to; n++)
			CHECK(km_throttle_timeout(n) == rows[i].timeout);
	CHECK(km_throttle_timeout(0xffffffff) == 86400000);
	return true;
}

/* So many wrong attempts in a row, without any waiting: those that were let through. */
static u32 burst(struct km_throttle *t, u64 now_ms, u32 tries)
{
	u32 made = 0;

	while (tries--) {
		if (km_throttle_check(t, now_ms))
			continue;
		km_throttle_count(t, now_ms);
		made++;
	}
	return made;
}

static bool throttle_waits(void)
{
	struct km_throttle t = {};
	u64 now = 1000;

	CHECK(burst(&t, now, 100) == 5 && t.failures == 5);
	CHECK(km_throttle_check(&t, now + 1) == 29999);
	CHECK(km_throttle_check(&t, now + 29999) == 1);
	CHECK(t.failures == 5);
	now += 30000;
	CHECK(!km_throttle_check(&t, now));
	/* The sixth to the tenth at once, then one at a time. */
	CHECK(burst(&t, now, 100) == 5 && t.failures == 10);
	for (now += 30000; t.failures < 30; now += 30000)
		CHECK(burst(&t, now, 10) == 1);
	while (t.failures < 40) {
		CHECK(burst(&t, now, 10) == 1);
		now += 30000;
	}
	CHECK(burst(&t, now, 10) == 0);
	now += 30000;
	CHECK(burst(&t, now, 10) == 1 && t.failures == 41);
	t.failures = 139;
	t.checked_ms = now;
	CHECK(burst(&t, now + 30720000, 10) == 1);
	now += 30720000;
	CHECK(km_throttle_check(&t, now + 86399999) == 1);
	CHECK(!km_throttle_check(&t, now + 86400000));
	km_throttle_clear(&t);
	CHECK(!t.failures && burst(&t, now, 100) == 5);
	t.failures = 0xffffffff;
	km_throttle_count(&t, now);
	CHECK(t.failures == 0xffffffff);
	return true;
}

/* A clock that stands still or went back restarts the wait, and counts nothing. */
static bool throttle_clock_set_back(void)
{
	struct km_throttle t = {};

	burst(&t, 100000, 5);
	CHECK(km_throttle_check(&t, 100000) == 30000);
	CHECK(km_throttle_check(&t, 50) == 30000 && t.checked_ms == 50 && t.failures == 5);
	CHECK(km_throttle_left(&t, 20) == 30000 && t.checked_ms == 50);
	CHECK(km_throttle_check(&t, 30049) == 1);
	CHECK(!km_throttle_check(&t, 30050));
	/* No wait, nothing to restart. */
	t = (struct km_throttle){ .failures = 3, .checked_ms = 100000 };
	CHECK(!km_throttle_check(&t, 50) && t.checked_ms == 100000);
	return true;
}

/* After a boot: one attempt in 30 s, until a good one. */
static bool throttle_suspect(void)
{
	struct km_throttle t = { .checked_ms = 7, .suspect = true };
	u64 now = 7;

	CHECK(km_throttle_check(&t, now) == 30000);
	for (now += 30000; t.failures < 20; now += 30000) {
		CHECK(km_throttle_left(&t, now - 1) == 1);
		CHECK(burst(&t, now, 10) == 1);
	}
	km_throttle_clear(&t);
	CHECK(burst(&t, now, 10) == 5);
	t = (struct km_throttle){ .failures = 45, .checked_ms = 7, .suspect = true };
	CHECK(km_throttle_check(&t, 8) == 59999);
	return true;
}

/* --- users ------------------------------------------------------------------------------- */

static struct km_users *new_users(u32 max)
{
	struct km_users *u = calloc(1, sizeof(*u));

	if (!u)
		abort();
	u->max = max;
	return u;
}

static void drop_users(struct km_users *u)
{
	km_users_free(u);
	free(u);
}

static struct km_record *enrolled(struct km_users *u, u32 uid)
{
	struct km_record *r = km_users_make(u, uid);

	if (!r)
		abort();
	r->now.status = KM_USER_ENROLLED;
	r->now.sid = 1 + uid;
	rnd_bytes(r->now.handle, sizeof(r->now.handle));
	r->now.setting_len = rnd() % (KM_SETTING_MAX + 1);
	rnd_bytes(r->now.setting, r->now.setting_len);
	r->throttle.failures = uid % 200;
	return r;
}

/* The bytes, with none to spare: a write past the end does not pass. */
static u8 *written(struct km_users *u, size_t *len)
{
	u8 *p;

	*len = km_users_size(u);
	p = malloc(*len);
	if (!p || km_users_write(u, p) != p + *len)
		abort();
	return p;
}

static int read_back(struct km_users *u, const u8 *p, size_t len)
{
	u8 *copy = exact(p, len);
	struct km_piece from = { copy, len };
	int ret = km_users_read(u, &from, 12345);

	if (!ret && from.len)
		ret = -E2BIG;
	free(copy);
	return ret;
}

static bool same_user(const struct km_record *a, const struct km_record *b)
{
	return b && a->now.status == b->now.status && a->now.sid == b->now.sid &&
	       !memcmp(a->now.handle, b->now.handle, sizeof(a->now.handle)) &&
	       a->now.setting_len == b->now.setting_len &&
	       !memcmp(a->now.setting, b->now.setting, a->now.setting_len) &&
	       a->throttle.failures == b->throttle.failures;
}

static bool users_round_trip(void)
{
	struct km_users *u = new_users(KM_USERS_MAX), *v = new_users(KM_USERS_MAX);
	const struct km_record *r;
	unsigned int n = 0;
	size_t len;
	u32 i;
	u8 *p;

	for (i = 0; i < 3000; i++)
		enrolled(u, i * 1433);
	km_users_find(u, 1433)->now = (struct km_identity){ .status = KM_USER_DELETED };
	km_users_find(u, 2866)->now = (struct km_identity){ .status = KM_USER_TRIED };
	km_users_make(u, 0xffffffff);	/* nothing has happened: not in the state */
	p = written(u, &len);
	CHECK(!read_back(v, p, len));
	CHECK(v->n == 3000 && !km_users_find(v, 0xffffffff));
	for (r = km_users_next(u, NULL); r; r = km_users_next(u, r)) {
		const struct km_record *s = km_users_find(v, r->uid);

		n++;
		if (r->uid == 0xffffffff)
			continue;
		CHECK(same_user(r, s));
		CHECK(s->throttle.suspect && s->throttle.checked_ms == 12345);
		CHECK(s->filed == r->throttle.failures);
	}
	CHECK(n == 3001);
	free(p);
	drop_users(v);
	drop_users(u);
	return true;
}

/* What is cut short, or says what cannot be. */
static bool users_malformed(void)
{
	struct km_users *u = new_users(8), *v;
	size_t len, cut, second;
	u8 *p;

	enrolled(u, 1)->now.setting_len = 3;
	enrolled(u, 2)->now.setting_len = 0;
	p = written(u, &len);
	second = 4 + 76 + 3;
	CHECK(len == second + 76);
	for (cut = 0; cut < len; cut++) {
		v = new_users(8);
		CHECK(read_back(v, p, cut) == -EINVAL);
		drop_users(v);
	}
	v = new_users(1);
	CHECK(read_back(v, p, len) == -EINVAL);	/* more than fit */
	drop_users(v);
	v = new_users(8);
	p[second] = 1;				/* twice the same */
	CHECK(read_back(v, p, len) == -EINVAL);
	drop_users(v);
	p[second] = 2;
	for (cut = 0; cut < 256; cut++) {	/* status */
		v = new_users(8);
		p[8] = cut;
		CHECK(read_back(v, p, len) == (cut >= 1 && cut <= 3 ? 0 : -EINVAL));
		drop_users(v);
	}
	p[8] = KM_USER_ENROLLED;
	free(p);
	p = calloc(1, 4 + 76 + KM_SETTING_MAX + 1);
	p[0] = 1;
	p[8] = KM_USER_ENROLLED;
	for (cut = KM_SETTING_MAX; cut <= KM_SETTING_MAX + 1; cut++) {
		v = new_users(8);		/* length of the setting */
		p[9] = cut;
		CHECK(read_back(v, p, 4 + 76 + cut) == (cut > KM_SETTING_MAX ? -EINVAL : 0));
		drop_users(v);
	}
	free(p);
	drop_users(u);
	return true;
}

/* Nobody pushes anybody out: the table is full, and who is in it stays. */
static bool users_bounded(void)
{
	struct km_users *u = new_users(KM_USERS_MAX);
	struct km_record *victim = enrolled(u, 7777777);
	size_t size;
	u32 uid;

	victim->throttle.failures = 77;
	for (uid = 0; uid < 2 * KM_USERS_MAX; uid++)
		if (!km_users_make(u, uid))
			break;
	CHECK(uid == KM_USERS_MAX - 1 && u->n == KM_USERS_MAX);
	CHECK(km_users_make(u, 7777777) == victim && victim->throttle.failures == 77);
	CHECK(km_users_make(u, 0) == km_users_find(u, 0));
	/* All at their longest, and all slots, fit into a state. */
	size = 4 + (size_t)KM_USERS_MAX * (76 + KM_SETTING_MAX);
	size += 36 + (size_t)KM_SLOTS_MAX * KM_SLOTS_KEY * 44 + 64;
	CHECK(size <= KM_STATE_MAX);
	drop_users(u);
	return true;
}

/* What is coming is in the state, and counts when it is committed, not before. */
static bool users_coming(void)
{
	struct km_users *u = new_users(8), *v = new_users(8);
	struct km_record *r = enrolled(u, 3);
	struct km_identity *id = calloc(1, sizeof(*id));
	size_t len;
	u8 *p;

	id->status = KM_USER_ENROLLED;
	id->sid = 999;
	id->setting_len = 5;
	r->coming = id;
	r->throttle.failures = 4;
	p = written(u, &len);
	CHECK(!read_back(v, p, len));
	CHECK(km_users_find(v, 3)->now.sid == 999 && km_users_find(v, 3)->filed == 4);
	CHECK(r->now.sid == 4);
	km_record_commit(r);
	CHECK(r->now.sid == 999 && !r->coming && !r->throttle.failures);
	r->coming = calloc(1, sizeof(*id));
	km_record_forget(r);
	CHECK(r->now.sid == 999 && !r->coming);
	free(p);
	drop_users(v);
	drop_users(u);
	return true;
}

/* What is counted on to be in the file: never more than is. */
static bool users_filed(void)
{
	struct km_users *u = new_users(8);
	struct km_record *r = enrolled(u, 3);
	size_t len;

	r->throttle.failures = 2;
	r->changed = 10;
	free(written(u, &len));
	CHECK(r->filed == 0);
	km_users_filed(u, 9);		/* a file that was written before */
	CHECK(r->filed == 0);
	km_users_filed(u, 10);
	CHECK(r->filed == 2);
	/* Forgiven, and written again for another reason: what is in the file is not known. */
	r->throttle.failures = 0;
	free(written(u, &len));
	CHECK(r->filed == 0);
	km_users_filed(u, 11);
	CHECK(r->filed == 0);
	/* Counted after the state was taken. */
	free(written(u, &len));
	r->throttle.failures = 1;
	r->changed = 12;
	km_users_filed(u, 11);
	CHECK(r->filed == 0);
	drop_users(u);
	return true;
}

/*
 * Against a model: a file, a state that is on its way into it, and random events. What is
 * counted on to be in the file is never more than what is there.
 */
static bool users_filed_model(void)
{
	unsigned long n;

	for (n = cases(2000); n; n--) {
		struct km_users *u = new_users(2);
		struct km_record *r = enrolled(u, 0);
		u32 file = 0, taken = 0, i;
		u64 change = 0, taken_change = 0;
		bool on_its_way = false;

		r->throttle.failures = 0;
		for (i = 0; i < 40; i++) {
			size_t len;

			switch (rnd() % 5) {
			case 0:		/* an attempt */
				r->throttle.failures++;
				if (r->throttle.failures > r->filed)
					r->changed = ++change;
				break;
			case 1:		/* a good one */
				r->throttle.failures = 0;
				break;
			case 2:		/* something else changes */
				change++;
				break;
			case 3:		/* the program comes for the state */
				if (on_its_way)
					break;
				free(written(u, &len));
				taken = r->throttle.failures;
				taken_change = change;
				on_its_way = true;
				break;
			case 4:		/* and ends: well, badly before or after it wrote */
				if (!on_its_way)
					break;
				on_its_way = false;
				if (rnd() % 3) {
					file = taken;
					if (rnd() % 3)
						km_users_filed(u, taken_change);
				}
				break;
			}
			CHECK(r->filed <= file || (on_its_way && r->filed <= taken));
			CHECK(!on_its_way || r->filed <= min(file, taken));
		}
		drop_users(u);
	}
	return true;
}

/* --- counts of keys ------------------------------------------------------------------------- */

static void id_of(u8 *id, u32 n)
{
	memset(id, 0, KM_SLOT_ID);
	put_unaligned_le32(n, id + 4);
	put_unaligned_le32(n * 2654435761u, id);
}

static struct km_slots *new_slots(void)
{
	struct km_slots *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	return s;
}

/* A slot of key @n that no blob is bound to, or with its number as secret. */
static struct km_slot slot_of(u32 n, u32 number, u32 left)
{
	struct km_slot slot = { .number = number, .left = left };

	id_of(slot.id, n);
	put_unaligned_le32(number, slot.secret);
	return slot;
}

static enum km_error add_slot(struct km_slots *s, u32 uid, struct km_slot slot)
{
	return km_slots_add(s, &slot, uid);
}

static enum km_error add_version(struct km_slots *s, struct km_slot slot)
{
	return km_slots_add_version(s, &slot);
}

static bool slots_count(void)
{
	struct km_slots *s = new_slots();
	u8 id[KM_SLOT_ID];
	u32 i;

	id_of(id, 1);
	CHECK(!km_slots_has(s, id) && !km_slots_spend(s, id));
	CHECK(add_slot(s, 1000, slot_of(1, 0, 0)) == KM_ERROR_INVALID_ARGUMENT);
	CHECK(!add_slot(s, 1000, slot_of(1, 0, 3)));
	CHECK(add_slot(s, 1000, slot_of(1, 0, 3)) == KM_ERROR_INVALID_ARGUMENT);
	CHECK(add_slot(s, 1000, slot_of(1, 7, 3)) == KM_ERROR_INVALID_ARGUMENT);
	for (i = 0; i < 3; i++)
		CHECK(km_slots_has(s, id) && km_slots_spend(s, id));
	CHECK(!km_slots_has(s, id) && !km_slots_spend(s, id));
	CHECK(!add_slot(s, 1000, slot_of(1, 0, 0xffffffff)));
	CHECK(!km_slots_drop(s, id, 0, 1001) && !km_slots_drop(s, id, 1, 1000));
	CHECK(km_slots_has(s, id));
	CHECK(km_slots_drop(s, id, 0, 1000) && !km_slots_has(s, id) && !s->n);
	/* No limit: it may be used as often as one likes. */
	CHECK(!add_slot(s, 1000, slot_of(1, 9, 0)));
	for (i = 0; i < 100; i++)
		CHECK(km_slots_spend(s, id));
	CHECK(km_slots_has(s, id));
	km_slots_free(s);
	free(s);
	return true;
}

/* The blob of an upgrade has its own slot, and the count is the key's. */
static bool slots_of_versions(void)
{
	struct km_slots *s = new_slots();
	const struct km_slot *old, *new;
	u8 id[KM_SLOT_ID];

	id_of(id, 1);
	CHECK(add_version(s, slot_of(1, 8, 0)) == KM_ERROR_INVALID_ARGUMENT);
	CHECK(!add_slot(s, 1000, slot_of(1, 7, 5)) && !km_slots_other(s, km_slots_find(s, id, 7)));
	CHECK(add_version(s, slot_of(1, 7, 0)) == KM_ERROR_INVALID_ARGUMENT);
	CHECK(add_version(s, slot_of(1, 0, 0)) == KM_ERROR_INVALID_ARGUMENT);
	CHECK(km_slots_spend(s, id));
	CHECK(!add_version(s, slot_of(1, 8, 0)));
	old = km_slots_find(s, id, 7);
	new = km_slots_find(s, id, 8);
	CHECK(old && new && !km_slots_find(s, id, 9) && old->left == 4 && new->left == 4);
	CHECK(old->secret[0] == 7 && new->secret[0] == 8);
	CHECK(km_slots_other(s, old) == new && km_slots_other(s, new) == old);
	CHECK(add_version(s, slot_of(1, 9, 0)) == KM_ERROR_TOO_MANY_OPERATIONS);
	CHECK(km_slots_spend(s, id) && old->left == 3 && new->left == 3);
	CHECK(km_slots_drop(s, id, 7, 1000) && !km_slots_find(s, id, 7));
	CHECK(km_slots_find(s, id, 8) && km_slots_has(s, id));
	CHECK(!add_version(s, slot_of(1, 9, 0)) && km_slots_find(s, id, 9)->left == 3);
	CHECK(km_slots_spend(s, id) && km_slots_spend(s, id) && km_slots_has(s, id));
	CHECK(km_slots_spend(s, id) && !km_slots_has(s, id) && !s->n);
	/* The whole key; and one that is bound to nothing has no versions. */
	CHECK(!add_slot(s, 1000, slot_of(1, 7, 0)) && !add_version(s, slot_of(1, 8, 0)));
	CHECK(!km_slots_drop_key(s, id, 1001) && s->n == 2);
	CHECK(km_slots_drop_key(s, id, 1000) && !km_slots_drop_key(s, id, 1000) && !s->n);
	CHECK(!add_slot(s, 1000, slot_of(1, 0, 2)));
	CHECK(add_version(s, slot_of(1, 8, 0)) == KM_ERROR_INVALID_ARGUMENT);
	km_slots_free(s);
	free(s);
	return true;
}

/* One user's keys leave room for another's, and using or deleting one makes room. */
static bool slots_of_users(void)
{
	struct km_slots *s = new_slots();
	u8 id[KM_SLOT_ID];
	u32 i;

	for (i = 0; i < KM_SLOTS_USER; i++)
		CHECK(!add_slot(s, 1000, slot_of(i, 1, 1)));
	CHECK(add_slot(s, 1000, slot_of(i, 1, 1)) == KM_ERROR_TOO_MANY_OPERATIONS);
	CHECK(!add_slot(s, 1000 + KM_SLOTS_CHAINS, slot_of(i, 1, 1)));
	/* Who has used up his may still upgrade, every key. */
	for (i = 0; i < KM_SLOTS_USER; i++) {
		CHECK(!add_version(s, slot_of(i, 2, 0)));
		id_of(id, i);
		CHECK(km_slots_drop(s, id, 1, 1000));
	}
	id_of(id, 5);
	CHECK(km_slots_spend(s, id));
	CHECK(!add_slot(s, 1000, slot_of(i + 1, 1, 1)));
	CHECK(add_slot(s, 1000, slot_of(i + 2, 1, 1)) == KM_ERROR_TOO_MANY_OPERATIONS);
	id_of(id, 6);
	CHECK(km_slots_drop(s, id, 2, 1000));
	CHECK(!add_slot(s, 1000, slot_of(i + 2, 1, 1)));
	/* All of his, and no one else's. */
	CHECK(!km_slots_drop_user(s, 999) && s->n == KM_SLOTS_USER + 1);
	CHECK(km_slots_drop_user(s, 1000) && s->n == 1 && !km_slots_drop_user(s, 1000));
	id_of(id, KM_SLOTS_USER);
	CHECK(km_slots_has(s, id));
	memset(s->reset, 1, sizeof(s->reset));
	km_slots_drop_all(s);
	CHECK(!km_slots_has(s, id) && !s->n && !s->reset[0] && !s->reset[KM_RESET_SECRET - 1]);
	free(s);
	return true;
}

static bool slots_bounded(void)
{
	struct km_slots *s = new_slots();
	u8 id[KM_SLOT_ID];
	u32 i;

	for (i = 0; i < KM_SLOTS_MAX; i++)
		CHECK(!add_slot(s, i / KM_SLOTS_USER, slot_of(i, 1, 1)));
	CHECK(add_slot(s, 0xfffffff0, slot_of(i, 1, 1)) == KM_ERROR_TOO_MANY_OPERATIONS);
	id_of(id, 0);
	CHECK(km_slots_has(s, id));
	km_slots_free(s);
	free(s);
	return true;
}

/* Offsets in the bytes of the tables: secret and number of entries, then each entry. */
#define SLOTS_HEAD	(KM_RESET_SECRET + 4)
#define SLOT_ENTRY	(KM_SLOT_ID + 12 + KM_SLOT_SECRET)
#define SLOT_NUMBER	(SLOTS_HEAD + KM_SLOT_ID + 4)
#define SLOT_LEFT	(SLOTS_HEAD + KM_SLOT_ID + 8)

static int reread(struct km_slots *t, const u8 *p, size_t len)
{
	struct km_piece from = { p, len };
	int ret = km_slots_read(t, &from);

	return !ret && from.len ? 1 : ret;
}

/* What was never written. */
static bool slots_malformed(u8 *p, size_t len)
{
	struct km_slots *t = new_slots();
	u8 *copy, *good = exact(p, len);
	size_t cut;

	for (cut = 0; cut < len; cut++) {
		copy = exact(p, cut);
		CHECK(reread(t, copy, cut) == -EINVAL);
		km_slots_free(t);
		free(copy);
	}
	/* A slot that does nothing. */
	put_unaligned_le32(0, p + SLOT_LEFT);
	put_unaligned_le32(0, p + SLOT_NUMBER);
	CHECK(reread(t, p, len) == -EINVAL);
	km_slots_free(t);
	memcpy(p, good, len);
	/* Twice the same; two of one key that disagree. */
	memcpy(p + SLOTS_HEAD + SLOT_ENTRY, p + SLOTS_HEAD, SLOT_ENTRY);
	CHECK(reread(t, p, len) == -EINVAL);
	km_slots_free(t);
	put_unaligned_le32(77, p + SLOT_NUMBER + SLOT_ENTRY);
	put_unaligned_le32(99, p + SLOT_LEFT + SLOT_ENTRY);
	CHECK(reread(t, p, len) == -EINVAL);
	km_slots_free(t);
	put_unaligned_le32(get_unaligned_le32(p + SLOT_LEFT), p + SLOT_LEFT + SLOT_ENTRY);
	put_unaligned_le32(12345, p + SLOTS_HEAD + SLOT_ENTRY + KM_SLOT_ID);
	CHECK(reread(t, p, len) == -EINVAL);
	km_slots_free(t);
	memcpy(p, good, len);
	free(good);
	free(t);
	return true;
}

static bool slots_round_trip(void)
{
	struct km_slots *s = new_slots(), *t = new_slots();
	const struct km_slot *slot;
	u8 id[KM_SLOT_ID], *p;
	size_t len;
	u32 i, n;

	for (i = 1; i <= 20; i++)
		CHECK(!add_slot(s, i % 3, slot_of(i, i + 100, i)));
	for (i = 1; i <= 5; i++)
		CHECK(!add_version(s, slot_of(i, i + 200, 0)));
	CHECK(!add_slot(s, 1, slot_of(50, 0, 1)) && !add_slot(s, 1, slot_of(51, 1, 0)));
	memset(s->reset, 0x5a, sizeof(s->reset));
	len = km_slots_size(s);
	p = malloc(len);
	CHECK(km_slots_write(s, p) == p + len);
	CHECK(slots_malformed(p, len));
	CHECK(!reread(t, p, len) && t->n == 27);
	CHECK(!memcmp(s->reset, t->reset, sizeof(s->reset)));
	for (i = 1; i <= 20; i++) {
		id_of(id, i);
		slot = km_slots_find(t, id, i + 100);
		CHECK(slot && slot->secret[0] == i + 100 && slot->left == i);
		slot = km_slots_find(t, id, i + 200);
		CHECK(!!slot == (i <= 5) && (!slot || slot->secret[0] == i + 200));
		for (n = 0; n < i; n++)
			CHECK(km_slots_spend(t, id));
		CHECK(!km_slots_has(t, id));
	}
	id_of(id, 50);
	CHECK(km_slots_find(t, id, 0));
	id_of(id, 51);
	CHECK(t->n == 2 && km_slots_find(t, id, 1)->secret[0] == 1);
	km_slots_free(t);
	km_slots_free(s);
	free(p);
	free(t);
	free(s);
	return true;
}

int main(void)
{
	static const struct test tests[] = {
		{ "a password handle is that of the vector", handle_vector },
		{ "what is parsed is what was packed", handle_round_trip },
		{ "any bit of a handle that changes spoils it", handle_bits },
		{ "passwords are any bytes, of any length", passwords_are_binary },
		{ "each user has a password key of his own", keys_of_users },
		{ "the waits are those of the table", throttle_table },
		{ "attempts are let through as the table says", throttle_waits },
		{ "a clock that is set back restarts the wait", throttle_clock_set_back },
		{ "where nothing is known, each attempt has its wait", throttle_suspect },
		{ "users come back from their bytes", users_round_trip },
		{ "malformed bytes of users are refused", users_malformed },
		{ "no user pushes out another", users_bounded },
		{ "what is coming counts when it is committed", users_coming },
		{ "no more failures are counted on than are in the file", users_filed },
		{ "the same, whatever happens in whichever order", users_filed_model },
		{ "a key is used as often as its count says", slots_count },
		{ "an upgraded blob has its own slot and the same count", slots_of_versions },
		{ "each user has room for his own keys", slots_of_users },
		{ "the counts are bounded", slots_bounded },
		{ "counts come back from their bytes", slots_round_trip },
	};

	return run_tests(tests, ARRAY_SIZE(tests));
}
