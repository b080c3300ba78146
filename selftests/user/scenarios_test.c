// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scenarios of the AOSP enforcement test, one test each, and what tokens and locks add.
 * Userspace test of kernel/authorize.c; the numbers are those of the specification.
 *
 * Tables of three, a clock driven by hand, and tokens that are really signed. Each scenario
 * runs with the key's authorizations divided between the two sets in every way.
 */
#include "authorize_test.h"

#define NOT_AUTH	E(KEY_USER_NOT_AUTHENTICATED)
#define MAX_OPS		E(KEY_MAX_OPS_EXCEEDED)
#define RATE		E(KEY_RATE_LIMIT_EXCEEDED)
#define FULL		E(TOO_MANY_OPERATIONS)
#define BAD_BLOB	E(INVALID_KEY_BLOB)
#define WRONG_PURPOSE	E(INCOMPATIBLE_PURPOSE)
#define S		P(SIGN)
#define V		P(VERIFY)
#define PASSWORD	KM_AUTH_TYPE_PASSWORD
#define FINGER		KM_AUTH_TYPE_FINGERPRINT

/* What there is besides the key: a token as it came, and the operation. */
struct given {
	const struct km_token *token;
	bool forged;
	u64 handle;
	bool nonce;
};

/**
 * struct step - one request, and its answer
 * @seconds: boot clock
 * @id: the key; all of one scenario have the same authorizations
 * @call: of begin, or of update and finish
 * @purpose: asked for
 * @want: the answer
 */
struct step {
	u64 seconds;
	u32 id;
	enum { BEGIN, DATA } call;
	u32 purpose;
	enum km_error want;
};

static const u8 token_key[KM_TOKEN_KEY_SIZE] = "a key that both sides have";

/* What operation.c does with the bytes of a token. */
static const struct km_token *receive(const struct given *g, struct km_token *t)
{
	u8 wire[KM_AUTH_TOKEN_SIZE];

	if (!g->token)
		return NULL;
	km_token_write(token_key, g->token, wire);
	wire[sizeof(wire) - 1] ^= g->forged;
	return km_token_parse(token_key, wire, sizeof(wire), t) ? t : NULL;
}

static enum km_error ask(struct km_usage *usage, const struct km_policy *policy,
			 const struct given *g, const struct step *s)
{
	u8 name[KM_USAGE_ID] = { s->id };
	struct km_usage_use use = { .id = name, .uid = 1000, .now_ms = 1000 * s->seconds };
	struct km_usage_view view;
	struct km_token token;
	struct km_auth auth = {
		.policy = policy, .purpose = s->purpose, .nonce_given = g->nonce,
		.wall_ms = NOW, .boot_ms = use.now_ms, .usage = &view,
		.handle = s->call == DATA ? g->handle : 0, .token = receive(g, &token),
	};
	enum km_error err;

	if (s->call == DATA)
		return km_authorize_data(&auth);
	km_usage_look(usage, name, &view);
	memset(&use.due, 0, sizeof(use.due));
	err = km_authorize_begin(&auth, &use.due);
	if (!err && (use.due.timed || use.due.counted))
		err = km_usage_record(usage, &use);
	return err;
}

static bool run_steps(const struct entry *list, const struct given *g, const struct step *steps,
		      unsigned int n)
{
	enum km_error got = 0;
	unsigned int split, i;
	struct km_usage usage;
	struct key key;
	bool ok = true;

	for (split = 0; ok && split <= count(list); split++) {
		CHECK(make_key(&key, list, split));
		memset(&usage, 0, sizeof(usage));
		usage.max = 3;
		for (i = 0; ok && i < n; i++) {
			got = ask(&usage, &key.policy, g, &steps[i]);
			ok = got == steps[i].want;
		}
		if (!ok)
			printf("# step %u, %u enforced: answered %d\n", i - 1, split, got);
		km_usage_free(&usage);
		drop_key(&key);
	}
	return ok;
}

#define STEPS(...)	((const struct step[]){ __VA_ARGS__ })
#define RUN_WITH(g, list, ...) \
	CHECK(run_steps(list, g, STEPS(__VA_ARGS__), ARRAY_SIZE(STEPS(__VA_ARGS__))))
#define RUN(list, ...)	RUN_WITH(&(const struct given){}, list, __VA_ARGS__)

#define SCENARIO(n, body)	static bool scenario_##n(void) { body; return true; }

/* One request of a key, at once. */
#define ONE(purpose, want)	{ 0, 1, BEGIN, purpose, want }
#define LATER(want)		{ 0, 1, DATA, S, want }

SCENARIO(1, RUN(KEY(RSA SIGN), ONE(S, 0)))
SCENARIO(2, RUN(KEY(RSA SIGN ACTIVE(FUTURE)), ONE(S, E(KEY_NOT_YET_VALID)), ONE(V, 0)))
SCENARIO(3, RUN(KEY(RSA SIGN ACTIVE(PAST)), ONE(S, 0)))
SCENARIO(4, RUN(KEY(RSA SIGN ORIGINATION(PAST)), ONE(S, E(KEY_EXPIRED)), ONE(V, 0)))
SCENARIO(5, RUN(KEY(VERIFY ORIGINATION(PAST)), ONE(V, 0)))
SCENARIO(6, RUN(KEY(SIGN ORIGINATION(FUTURE)), ONE(S, 0)))
SCENARIO(7, RUN(KEY(AES VERIFY USAGE(PAST)), ONE(V, E(KEY_EXPIRED))))
SCENARIO(8, RUN(KEY(RSA VERIFY USAGE(PAST)), ONE(V, 0)))
SCENARIO(9, RUN(KEY(SIGN USAGE(PAST)), ONE(S, 0)); RUN(KEY(SIGN), ONE(S, 0), ONE(S, 0)))
SCENARIO(10, RUN(KEY(VERIFY USAGE(FUTURE)), ONE(V, 0)))
SCENARIO(11, RUN(KEY(RSA SIGN MAX_USES(4)), ONE(S, 0), ONE(S, 0), ONE(S, 0), ONE(S, 0),
		 ONE(S, MAX_OPS), ONE(V, 0)))

#define AT(t, id, purpose, want)	{ t, id, BEGIN, purpose, want }

SCENARIO(12, RUN(KEY(RSA SIGN MAX_USES(2)), AT(0, 1, S, 0), AT(0, 2, S, 0), AT(0, 3, S, 0),
		 AT(0, 4, S, FULL), AT(0, 1, S, 0), AT(0, 1, S, MAX_OPS), AT(0, 4, S, FULL),
		 AT(0, 1, V, 0), AT(0, 4, V, 0)))
SCENARIO(13,
	 RUN(KEY(RSA SIGN MIN_SECONDS(10)), AT(0, 1, S, 0), AT(0, 1, S, RATE), AT(0, 1, V, 0));
	 RUN(KEY(RSA SIGN MIN_SECONDS(4)), AT(0, 1, S, 0), AT(1, 1, S, RATE), AT(1, 1, V, 0)))
SCENARIO(14, RUN(KEY(SIGN VERIFY MIN_SECONDS(2)), AT(5, 1, V, 0), AT(6, 1, S, RATE),
		 AT(7, 1, S, 0)))
SCENARIO(15, RUN(KEY(AES VERIFY MIN_SECONDS(4)), AT(0, 1, V, 0), AT(1, 1, V, RATE),
		 AT(1, 2, V, 0), AT(2, 1, V, RATE), AT(2, 2, V, RATE), AT(2, 3, V, 0),
		 AT(3, 1, V, RATE), AT(3, 2, V, RATE), AT(3, 3, V, RATE), AT(3, 4, V, FULL),
		 AT(4, 4, V, 0), AT(4, 1, V, FULL), AT(4, 2, V, RATE), AT(4, 3, V, RATE),
		 AT(5, 1, V, 0), AT(5, 2, V, FULL), AT(5, 3, V, RATE), AT(5, 4, V, RATE),
		 AT(9, 1, V, 0), AT(9, 2, V, 0), AT(9, 3, V, 0)))
SCENARIO(16, RUN(KEY(AES SIGN VERIFY), ONE((u32)-1, E(UNSUPPORTED_PURPOSE)),
		 ONE(4, E(UNSUPPORTED_PURPOSE))))
SCENARIO(17, RUN(KEY(AES SIGN VERIFY), ONE(S, 0), ONE(V, 0), ONE(P(ENCRYPT), WRONG_PURPOSE),
		 ONE(P(DECRYPT), WRONG_PURPOSE)))
SCENARIO(18, RUN(KEY(RSA SIGN VERIFY), ONE(S, 0), ONE(V, 0), ONE(P(ENCRYPT), 0),
		 ONE(P(DECRYPT), WRONG_PURPOSE)))
SCENARIO(19,
	 RUN(KEY(AES SIGN), ONE(V, WRONG_PURPOSE)); RUN(KEY(AES VERIFY), ONE(S, WRONG_PURPOSE));
	 RUN(KEY(AES ENCRYPT), ONE(P(DECRYPT), WRONG_PURPOSE));
	 RUN(KEY(AES DECRYPT), ONE(P(ENCRYPT), WRONG_PURPOSE)))

static const struct given with_nonce = { .nonce = true };

SCENARIO(20,
	 RUN_WITH(&with_nonce, KEY(AES ENCRYPT DECRYPT),
		  ONE(P(ENCRYPT), E(CALLER_NONCE_PROHIBITED)), ONE(P(DECRYPT), 0));
	 RUN(KEY(AES ENCRYPT DECRYPT), ONE(P(ENCRYPT), 0), ONE(P(DECRYPT), 0)))
SCENARIO(21,
	 RUN_WITH(&with_nonce, KEY(AES ENCRYPT DECRYPT CALLER_NONCE), ONE(P(ENCRYPT), 0),
		  ONE(P(DECRYPT), 0));
	 RUN(KEY(AES ENCRYPT DECRYPT CALLER_NONCE), ONE(P(ENCRYPT), 0), ONE(P(DECRYPT), 0)))
SCENARIO(22, RUN(KEY(RSA SIGN BOOTLOADER), ONE(S, BAD_BLOB), ONE(V, 0)))

/* A set with it does not even parse: such a blob cannot be opened. */
static bool scenario_23(void)
{
	static const u8 wire[] = { 0, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1 };
	struct km_params set;

	CHECK(km_params_parse(&set, wire, sizeof(wire), NULL) == -EINVAL);
	return true;
}

static const struct km_token token = { .challenge = 99, .user_id = 9, .type = PASSWORD };
static const struct given with_token = { .token = &token, .handle = 99 };
static const struct given forged = { .token = &token, .handle = 99, .forged = true };
static const struct given other_handle = { .token = &token, .handle = 100 };

SCENARIO(24, RUN_WITH(&with_token, KEY(RSA SIGN SID(9) AUTH_ANY), ONE(S, 0), LATER(0)))
SCENARIO(25,
	 RUN_WITH(&forged, KEY(RSA SIGN SID(9) AUTH_ANY), ONE(S, 0), LATER(NOT_AUTH), ONE(V, 0));
	 RUN_WITH(&forged, KEY(EC SIGN SID(9) AUTH_ANY), { 0, 1, DATA, V, 0 });
	 RUN_WITH(&other_handle, KEY(RSA SIGN SID(9) AUTH_ANY), LATER(NOT_AUTH), ONE(V, 0));
	 RUN_WITH(&with_token, KEY(RSA SIGN SID(9)), LATER(NOT_AUTH), ONE(V, 0));
	 RUN_WITH(&with_token, KEY(RSA SIGN SID(9) AUTH_TYPE(FINGER)), LATER(NOT_AUTH), ONE(V, 0));
	 RUN_WITH(&with_token, KEY(RSA SIGN SID(10) AUTH_ANY), LATER(NOT_AUTH), ONE(V, 0)))

static bool scenario_26(void)
{
	const struct km_token t = {
		.challenge = 99, .user_id = 9, .authenticator_id = 10, .type = PASSWORD,
	};
	const struct given by_device = { .token = &t, .handle = 99 };

	RUN_WITH(&by_device, KEY(RSA SIGN SID(10) AUTH_ANY), ONE(S, 0), LATER(0));
	return true;
}

SCENARIO(27,
	 RUN(KEY(RSA SIGN SID(9) AUTH_ANY), ONE(S, 0), LATER(NOT_AUTH), { 0, 1, DATA, V, 0 });
	 RUN(KEY(AES VERIFY SID(9) AUTH_ANY), ONE(V, 0), { 0, 1, DATA, V, NOT_AUTH }))
SCENARIO(28, RUN(KEY(RSA SIGN SID(9) NO_AUTH), ONE(S, BAD_BLOB), ONE(V, 0)))

/* Minted at second 20, for no operation. */
static const struct km_token timely = { .user_id = 9, .type = PASSWORD, .timestamp_ms = 20000 };
static const struct given with_timely = { .token = &timely, .handle = 99 };
#define TIMED	KEY(RSA SIGN SID(9) AUTH_ANY TIMEOUT(1))

SCENARIO(29, RUN_WITH(&with_timely, TIMED, AT(20, 1, S, 0), { 20, 1, DATA, S, 0 }))
SCENARIO(30, RUN_WITH(&with_timely, TIMED, AT(21, 1, S, 0), AT(22, 1, S, NOT_AUTH),
		      { 22, 1, DATA, S, 0 }, AT(22, 1, V, 0)))
SCENARIO(31, RUN(TIMED, ONE(S, NOT_AUTH), LATER(0), ONE(V, 0)))

static bool scenario_32(void)
{
	static const u8 zero[KM_USAGE_ID];
	const struct km_params none = {};
	u8 id[KM_USAGE_ID], again[KM_USAGE_ID];

	km_usage_name(id, &none, (const u8 *)"foobar", 6);
	km_usage_name(again, &none, (const u8 *)"foobar", 6);
	CHECK(memcmp(id, zero, sizeof(id)) && !memcmp(id, again, sizeof(id)));
	km_usage_name(again, &none, (const u8 *)"foobaz", 6);
	CHECK(memcmp(id, again, sizeof(id)));
	return true;
}

/* --- beyond the scenarios --- */

#define TOKEN(member)	((const struct km_token){ .user_id = 9, .type = PASSWORD, member })

/* Two users in any order: one of them is enough. */
static bool several_users(void)
{
	static const u64 who[] = { 8, 9, 10, 0 };
	struct km_token t = token;
	const struct given g = { .token = &t, .handle = 99 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(who); i++) {
		t.user_id = who[i];
		RUN_WITH(&g, KEY(EC SIGN SID(8) AUTH_ANY SID(9)), LATER(i < 2 ? 0 : NOT_AUTH));
		t.challenge = 0;
		RUN_WITH(&g, KEY(EC SIGN SID(9) SID(8) TIMEOUT(1) AUTH_ANY),
			 ONE(S, i < 2 ? 0 : NOT_AUTH));
		t.challenge = 99;
	}
	return true;
}

/* Neither sums nor products wrap, and nothing from the future is good. */
static bool token_times(void)
{
	static const u64 stamps[] = { 0, 1, 999, 1000, ~0ULL, ~0ULL - 999, 1ULL << 63 };
	static const u32 timeouts[] = { 0, 1, 4294967, 4294968, 0xffffffff };
	struct km_token t = token;
	const struct given g = { .token = &t, .handle = 99 };
	u64 clocks[] = { 0, 1, 2, 4294968, 0xffffffff, 0x100000000, 1ULL << 53 };
	struct step step = { .id = 1, .purpose = S };
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(stamps) * ARRAY_SIZE(timeouts); i++) {
		const u32 timeout = timeouts[i % ARRAY_SIZE(timeouts)];
		const struct entry list[] = {
			EC SIGN SID(9) AUTH_ANY TIMEOUT(timeout) { END, 0 }
		};

		t.timestamp_ms = stamps[i / ARRAY_SIZE(timeouts)];
		for (j = 0; j < ARRAY_SIZE(clocks); j++) {
			__int128 now = (__int128)clocks[j] * 1000, stamp = t.timestamp_ms;
			bool past = stamp <= now;

			step.seconds = clocks[j];
			step.call = BEGIN;
			step.want = past && now <= stamp + (__int128)1000 * timeout ? 0 : NOT_AUTH;
			CHECK(run_steps(list, &g, &step, 1));
			step.call = DATA;
			step.want = past ? 0 : NOT_AUTH;
			CHECK(run_steps(KEY(EC SIGN SID(9) AUTH_ANY), &g, &step, 1));
		}
	}
	return true;
}

/* Calls that have no handle cannot be authenticated for, and challenge 0 is of none. */
static bool handle_zero(void)
{
	const struct km_token none = TOKEN(.challenge = 0);
	const struct given given[] = {
		{ .token = &none }, { .token = &token }, { .token = &none, .handle = 5 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(given); i++)
		RUN_WITH(&given[i], KEY(EC SIGN SID(9) AUTH_ANY), LATER(NOT_AUTH));
	return true;
}

/* A hint for operation.c: where it says nothing is asked, nothing may be refused. */
static bool hints(void)
{
	const struct entry tags[] = { NO_AUTH SID(9) AUTH_ANY TIMEOUT(1) };
	struct entry list[8] = { EC SIGN };
	struct km_auth auth = { .purpose = S };
	unsigned int set, i, n;
	struct key key;

	for (set = 0; set < 16; set++) {
		for (i = 0, n = 2; i < ARRAY_SIZE(tags); i++)
			if (set & 1 << i)
				list[n++] = tags[i];
		list[n] = (struct entry){ END, 0 };
		CHECK(make_key(&key, list, 2));
		auth.policy = &key.policy;
		CHECK(key.policy.each_call == (km_authorize_data(&auth) != E(OK)));
		CHECK(key.policy.asks || km_authorize_begin(&auth, NULL) != NOT_AUTH);
		drop_key(&key);
	}
	return true;
}

struct locked {
	struct km_lock_view view;
	enum km_error want;
};

#define LOCK(at, only, has, kind, when, error) \
	{ { .at_ms = at, .password_only = only, .has_token = has, \
	    .token = { .type = kind, .timestamp_ms = when } }, error }

static bool locks(void)
{
	static const struct locked states[] = {
		LOCK(0, 0, 0, 0, 0, E(OK)), LOCK(50, 0, 0, 0, 0, E(DEVICE_LOCKED)),
		LOCK(50, 0, 0, FINGER, 60, E(DEVICE_LOCKED)), LOCK(50, 0, 1, FINGER, 51, E(OK)),
		LOCK(50, 0, 1, FINGER, 50, E(DEVICE_LOCKED)),
		LOCK(50, 0, 1, FINGER, 49, E(DEVICE_LOCKED)), LOCK(50, 0, 1, FINGER, 1000, E(OK)),
		LOCK(50, 0, 1, FINGER, 1001, E(DEVICE_LOCKED)),
		LOCK(50, 1, 1, FINGER, 60, E(DEVICE_LOCKED)), LOCK(50, 1, 1, PASSWORD, 60, E(OK)),
		LOCK(50, 1, 1, PASSWORD | FINGER, 60, E(OK)),
		LOCK(50, 1, 1, PASSWORD, 50, E(DEVICE_LOCKED)),
	};
	struct km_auth auth = { .boot_ms = 1000 };
	struct key key;
	unsigned int i;

	CHECK(make_key(&key, KEY(EC SIGN NO_AUTH UNLOCKED), 2));
	CHECK(key.policy.unlocked);
	auth.policy = &key.policy;
	for (i = 0; i < ARRAY_SIZE(states); i++) {
		auth.lock = &states[i].view;
		auth.purpose = S;
		CHECK(km_authorize_begin(&auth, NULL) == states[i].want);
		/* Begin only, and nothing of what anybody can do. */
		CHECK(km_authorize_data(&auth) == E(OK));
		auth.purpose = V;
		CHECK(km_authorize_begin(&auth, NULL) == E(OK));
	}
	auth.lock = NULL;
	auth.purpose = S;
	CHECK(km_authorize_begin(&auth, NULL) == E(DEVICE_LOCKED));
	drop_key(&key);
	return true;
}

static bool boot_levels(void)
{
	static const u32 levels[] = { 0, 1, 29, 30, 31, 0x7fffffff, 0xffffffff };
	struct km_auth auth = { .purpose = S };
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(levels); i++) {
		const struct entry list[] = { EC SIGN NO_AUTH LEVEL(levels[i]) { END, 0 } };
		struct key key;

		CHECK(make_key(&key, list, 0));
		auth.policy = &key.policy;
		for (j = 0; j < ARRAY_SIZE(levels); j++) {
			auth.boot_level = levels[j];
			CHECK(km_authorize_begin(&auth, NULL) ==
			      (levels[j] > levels[i] ? E(BOOT_LEVEL_EXCEEDED) : E(OK)));
		}
		drop_key(&key);
	}
	return true;
}

static bool confirmations(void)
{
	u8 want[KM_CONFIRMATION_TOKEN_SIZE + 1] = { 7, 7 }, given[sizeof(want)] = { 7, 7 };
	struct km_confirmation c = { want, NULL, 0 };
	unsigned int i;

	RUN(KEY(EC SIGN NO_AUTH CONFIRM), ONE(S, 0), LATER(0), ONE(V, 0));
	RUN(KEY(HMAC SIGN VERIFY NO_AUTH CONFIRM), ONE(S, 0), ONE(V, 0));
	RUN(KEY(EC AGREE NO_AUTH CONFIRM), ONE(P(AGREE_KEY), E(UNSUPPORTED_TAG)));
	CHECK(km_authorize_confirmed(&c) == E(NO_USER_CONFIRMATION));
	c.given = given;
	for (i = 0; i < sizeof(given) + 1; i++) {
		c.given_len = i;
		CHECK(km_authorize_confirmed(&c) == (i == 32 ? E(OK) : E(INVALID_ARGUMENT)));
	}
	c.given_len = KM_CONFIRMATION_TOKEN_SIZE;
	for (i = 0; i < 8 * KM_CONFIRMATION_TOKEN_SIZE; i++) {
		given[i / 8] ^= 1 << i % 8;
		CHECK(km_authorize_confirmed(&c) == E(NO_USER_CONFIRMATION));
		given[i / 8] ^= 1 << i % 8;
	}
	return true;
}

#define NUMBERED(n, text)	{ "scenario " #n ": " text, scenario_##n }

static const struct test tests[] = {
	NUMBERED(1, "a key without limits"),
	NUMBERED(2, "not yet valid; its public half is"),
	NUMBERED(3, "valid for some time"),
	NUMBERED(4, "expired for signing"),
	NUMBERED(5, "expiry of origination does not touch verifying"),
	NUMBERED(6, "expires later"),
	NUMBERED(7, "expired for verifying"),
	NUMBERED(8, "verifying by a public key does not expire"),
	NUMBERED(9, "expiry of usage does not touch signing"),
	NUMBERED(10, "usage expires later"),
	NUMBERED(11, "four uses a boot"),
	NUMBERED(12, "the table of counts is full"),
	NUMBERED(13, "seconds between uses"),
	NUMBERED(14, "two seconds between uses"),
	NUMBERED(15, "the table of times is full"),
	NUMBERED(16, "purposes that are none"),
	NUMBERED(17, "purposes of AES"),
	NUMBERED(18, "purposes of RSA"),
	NUMBERED(19, "each purpose alone"),
	NUMBERED(20, "a nonce of the caller"),
	NUMBERED(21, "a nonce of the caller, allowed"),
	NUMBERED(22, "for the boot loader only"),
	NUMBERED(23, "tag 0"),
	NUMBERED(24, "a token for the operation"),
	NUMBERED(25, "a token that does not match"),
	NUMBERED(26, "a token of the authenticator that the key names"),
	NUMBERED(27, "no token"),
	NUMBERED(28, "a user and nobody"),
	NUMBERED(29, "a token in time"),
	NUMBERED(30, "a token at its limit and beyond"),
	NUMBERED(31, "no token for a timed key"),
	NUMBERED(32, "what names a key"),
	{ "tokens: of several users one will do", several_users },
	{ "tokens: old, new and from the future, on clocks of all kinds", token_times },
	{ "tokens: none is for a call without a handle", handle_zero },
	{ "tokens: what the policy says of them is what the engine does", hints },
	{ "lock: row 88, every state of it", locks },
	{ "boot level: row 87, every level by every key", boot_levels },
	{ "confirmation: row 89, every length and every bit", confirmations },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
