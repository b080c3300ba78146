// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decision of kernel/authorize.c, scenario by scenario, with a hand-driven clock.
 * Userspace test; the numbers are those of the enforcement scenarios in the specification.
 *
 * Each scenario runs with the key's authorizations divided between the enforced and the
 * unenforced set in every way that keeps their order: they count as one list.
 */
#include "authorize_test.h"

/**
 * struct step - one request and its answers
 * @what: number of the scenario, or its kind
 * @key: authorizations
 * @purpose: asked for
 * @now: wall clock
 * @nonce: a nonce is given
 * @begin: what begin says
 * @data: what update and finish say, of an operation that is running
 */
struct step {
	const char *what;
	const struct entry *key;
	u32 purpose;
	s64 now;
	bool nonce;
	enum km_error begin;
	enum km_error data;
};

static bool take(const struct step *s)
{
	enum km_error begin, data;
	struct km_auth auth;
	unsigned int split;
	struct key key;

	for (split = 0; split <= count(s->key); split++) {
		CHECK(make_key(&key, s->key, split));
		auth = (struct km_auth){
			.policy = &key.policy, .purpose = s->purpose, .nonce_given = s->nonce,
			.wall_ms = s->now,
		};
		CHECK(!key.policy.limited);
		begin = km_authorize_begin(&auth, NULL);
		data = km_authorize_data(&auth);
		drop_key(&key);
		if (begin != s->begin || data != s->data)
			printf("# %s: purpose %u, %u enforced: begin %d, data %d\n", s->what,
			       s->purpose, split, begin, data);
		CHECK(begin == s->begin && data == s->data);
	}
	return true;
}

static bool take_all(const struct step *steps, unsigned int n)
{
	bool ok = true;

	for (; n--; steps++)
		ok &= take(steps);
	return ok;
}

#define TAKE_ALL(steps)	take_all(steps, ARRAY_SIZE(steps))

static bool dates(void)
{
	const struct step steps[] = {
		{ "1", KEY(RSA SIGN), P(SIGN), NOW, 0, E(OK), 0 },
		{ "2", KEY(RSA SIGN ACTIVE(FUTURE)), P(SIGN), NOW, 0, E(KEY_NOT_YET_VALID), 0 },
		{ "2", KEY(RSA SIGN ACTIVE(FUTURE)), P(VERIFY), NOW, 0, E(OK), 0 },
		{ "3", KEY(RSA SIGN ACTIVE(PAST)), P(SIGN), NOW, 0, E(OK), 0 },
		{ "4", KEY(RSA SIGN ORIGINATION(PAST)), P(SIGN), NOW, 0, E(KEY_EXPIRED), 0 },
		{ "4", KEY(RSA SIGN ORIGINATION(PAST)), P(VERIFY), NOW, 0, E(OK), 0 },
		{ "5", KEY(VERIFY ORIGINATION(PAST)), P(VERIFY), NOW, 0, E(OK), 0 },
		{ "6", KEY(SIGN ORIGINATION(FUTURE)), P(SIGN), NOW, 0, E(OK), 0 },
		{ "7", KEY(AES VERIFY USAGE(PAST)), P(VERIFY), NOW, 0, E(KEY_EXPIRED), 0 },
		{ "8", KEY(RSA VERIFY USAGE(PAST)), P(VERIFY), NOW, 0, E(OK), 0 },
		{ "9", KEY(SIGN USAGE(PAST)), P(SIGN), NOW, 0, E(OK), 0 },
		{ "9", KEY(SIGN), P(SIGN), NOW, 0, E(OK), 0 },
		{ "10", KEY(VERIFY USAGE(FUTURE)), P(VERIFY), NOW, 0, E(OK), 0 },
		/* The same of the purposes of ciphers. */
		{ "4", KEY(AES ENCRYPT ORIGINATION(PAST)), P(ENCRYPT), NOW, 0, E(KEY_EXPIRED), 0 },
		{ "5", KEY(AES DECRYPT ORIGINATION(PAST)), P(DECRYPT), NOW, 0, E(OK), 0 },
		{ "7", KEY(AES DECRYPT USAGE(PAST)), P(DECRYPT), NOW, 0, E(KEY_EXPIRED), 0 },
		{ "9", KEY(AES ENCRYPT USAGE(PAST)), P(ENCRYPT), NOW, 0, E(OK), 0 },
		{ "7", KEY(HMAC VERIFY USAGE(PAST)), P(VERIFY), NOW, 0, E(KEY_EXPIRED), 0 },
		{ "7", KEY(RSA DECRYPT USAGE(PAST)), P(DECRYPT), NOW, 0, E(KEY_EXPIRED), 0 },
	};

	return TAKE_ALL(steps);
}

/* What the clock says of a date, in numbers that cannot wrap. */
static enum km_error want_of(u32 tag, u32 purpose, u64 date, s64 now)
{
	bool out = purpose == P(SIGN) || purpose == P(ENCRYPT);

	if (tag == KM_TAG_ACTIVE_DATETIME)
		return now < 0 || (__int128)now < (__int128)date ? E(KEY_NOT_YET_VALID) : E(OK);
	if ((out && tag != KM_TAG_ORIGINATION_EXPIRE_DATETIME) ||
	    (!out && tag != KM_TAG_USAGE_EXPIRE_DATETIME))
		return E(OK);
	return now >= 0 && (__int128)now > (__int128)date ? E(KEY_EXPIRED) : E(OK);
}

static bool date_edges(void)
{
	static const u64 list[] = {
		0, 1, 1000, 1000000000000, 0x7ffffffffffffffe, 0x7fffffffffffffff,
		0x8000000000000000, 0xfffffffffffffffe, 0xffffffffffffffff,
	};
	static const u32 tags[] = {
		KM_TAG_ACTIVE_DATETIME, KM_TAG_ORIGINATION_EXPIRE_DATETIME,
		KM_TAG_USAGE_EXPIRE_DATETIME,
	};
	s64 clocks[] = { 0, 0, 0, 0, 1, -1, -1000, INT64_MIN, INT64_MAX, 1000000000001 };
	struct entry key[] = { ENCRYPT DECRYPT SIGN VERIFY { 0, 0 }, { END, 0 } };
	struct step step = { "edge", key, 0, 0, 0, 0, 0 };
	unsigned int i, j, k;

	for (i = 0; i < ARRAY_SIZE(list); i++) {
		for (j = 0; j < 3; j++)
			clocks[j] = (s64)(list[i] + j - 1);
		for (j = 0; j < ARRAY_SIZE(clocks); j++) {
			for (k = 0; k < 4 * ARRAY_SIZE(tags); k++) {
				key[4] = (struct entry){ tags[k / 4], list[i] };
				step.purpose = k % 4;
				step.now = clocks[j];
				step.begin = want_of(tags[k / 4], k % 4, list[i], clocks[j]);
				CHECK(take(&step));
			}
		}
	}
	return true;
}

static bool purposes(void)
{
	const struct step steps[] = {
		{ "16", KEY(AES SIGN VERIFY), (u32)-1, NOW, 0, E(UNSUPPORTED_PURPOSE), 0 },
		{ "16", KEY(RSA SIGN VERIFY), 4, NOW, 0, E(UNSUPPORTED_PURPOSE), 0 },
		{ "17", KEY(AES SIGN VERIFY), P(SIGN), NOW, 0, E(OK), 0 },
		{ "17", KEY(AES SIGN VERIFY), P(VERIFY), NOW, 0, E(OK), 0 },
		{ "17", KEY(AES SIGN VERIFY), P(ENCRYPT), NOW, 0, E(INCOMPATIBLE_PURPOSE), 0 },
		{ "17", KEY(AES SIGN VERIFY), P(DECRYPT), NOW, 0, E(INCOMPATIBLE_PURPOSE), 0 },
		{ "18", KEY(RSA SIGN VERIFY), P(SIGN), NOW, 0, E(OK), 0 },
		{ "18", KEY(RSA SIGN VERIFY), P(VERIFY), NOW, 0, E(OK), 0 },
		{ "18", KEY(RSA SIGN VERIFY), P(ENCRYPT), NOW, 0, E(OK), 0 },
		{ "18", KEY(RSA SIGN VERIFY), P(DECRYPT), NOW, 0, E(INCOMPATIBLE_PURPOSE), 0 },
		{ "19", KEY(AES SIGN), P(VERIFY), NOW, 0, E(INCOMPATIBLE_PURPOSE), 0 },
		{ "19", KEY(AES VERIFY), P(SIGN), NOW, 0, E(INCOMPATIBLE_PURPOSE), 0 },
		{ "19", KEY(AES ENCRYPT), P(DECRYPT), NOW, 0, E(INCOMPATIBLE_PURPOSE), 0 },
		{ "19", KEY(AES DECRYPT), P(ENCRYPT), NOW, 0, E(INCOMPATIBLE_PURPOSE), 0 },
		/* No operation has it, and it is a use all the same. */
		{ "attest", KEY(EC ATTEST), 7, NOW, 0, E(OK), 0 },
		{ "attest, not listed", KEY(EC SIGN), 7, NOW, 0, E(INCOMPATIBLE_PURPOSE), 0 },
		{ "odd", KEY(AES ODD), 100, NOW, 0, E(UNSUPPORTED_PURPOSE), 0 },
		{ "none", KEY(AES), P(SIGN), NOW, 0, E(INCOMPATIBLE_PURPOSE), 0 },
		{ "nothing", KEY(), P(VERIFY), NOW, 0, E(INCOMPATIBLE_PURPOSE), 0 },
	};

	return TAKE_ALL(steps);
}

/* Every purpose, asked of a key with every other one, of every algorithm. */
static bool purpose_matrix(void)
{
	static const u32 algorithms[] = { 0, 1, 3, 32, 33, 128, 2, 0xffffffff };
	static const u32 asked[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 31, 32, 62, 63, 64, 65, 66, 67,
				     0x80000000, 0xffffffff };
	struct entry key[] = { { KM_TAG_ALGORITHM, 0 }, { KM_TAG_PURPOSE, 0 }, { END, 0 } };
	struct step step = { "matrix", key, 0, NOW, 0, 0, 0 };
	unsigned int i, j, k;
	bool public;

	for (i = 0; i < ARRAY_SIZE(algorithms); i++) {
		for (j = 0; j < ARRAY_SIZE(asked); j++) {
			for (k = 0; k < 8; k++) {
				key[0].value = algorithms[i];
				key[1].value = k;
				step.purpose = asked[j];
				public = (algorithms[i] == 1 || algorithms[i] == 3) &&
					 (asked[j] == 0 || asked[j] == 3);
				step.begin = public || (asked[j] == k && k != 4) ? E(OK) :
					     asked[j] > 7 || asked[j] == 4 ?
					     E(UNSUPPORTED_PURPOSE) : E(INCOMPATIBLE_PURPOSE);
				CHECK(take(&step));
			}
		}
	}
	return true;
}

static bool nonces(void)
{
	const struct step steps[] = {
		{ "20", KEY(AES ENCRYPT DECRYPT), P(ENCRYPT),
		  NOW, 1, E(CALLER_NONCE_PROHIBITED), 0 },
		{ "20", KEY(AES ENCRYPT DECRYPT), P(DECRYPT), NOW, 1, E(OK), 0 },
		{ "20", KEY(AES ENCRYPT DECRYPT), P(ENCRYPT), NOW, 0, E(OK), 0 },
		{ "20", KEY(AES ENCRYPT DECRYPT), P(DECRYPT), NOW, 0, E(OK), 0 },
		{ "20", KEY(AES SIGN VERIFY), P(SIGN), NOW, 1, E(CALLER_NONCE_PROHIBITED), 0 },
		{ "20", KEY(AES SIGN VERIFY), P(VERIFY), NOW, 1, E(OK), 0 },
		{ "20", KEY(RSA ENCRYPT), P(ENCRYPT), NOW, 1, E(OK), 0 },
		{ "21", KEY(AES ENCRYPT DECRYPT CALLER_NONCE), P(ENCRYPT), NOW, 1, E(OK), 0 },
		{ "21", KEY(AES ENCRYPT DECRYPT CALLER_NONCE), P(ENCRYPT), NOW, 0, E(OK), 0 },
		{ "21", KEY(AES ENCRYPT DECRYPT CALLER_NONCE), P(DECRYPT), NOW, 1, E(OK), 0 },
		{ "21", KEY(AES ENCRYPT DECRYPT CALLER_NONCE), P(DECRYPT), NOW, 0, E(OK), 0 },
	};

	return TAKE_ALL(steps);
}

/* Scenario 22, and everything else that no key may have. */
static bool never(void)
{
	static const u32 tags[] = {
		KM_TAG_BOOTLOADER_ONLY, KM_TAG_IDENTITY_CREDENTIAL_KEY, KM_TAG_AUTH_TOKEN,
		KM_TAG_ROOT_OF_TRUST, KM_TAG_APPLICATION_DATA, KM_TAG_ATTESTATION_CHALLENGE,
		KM_TAG_ATTESTATION_APPLICATION_ID, KM_TAG_ATTESTATION_ID_BRAND,
		KM_TAG_ATTESTATION_ID_DEVICE, KM_TAG_ATTESTATION_ID_PRODUCT,
		KM_TAG_ATTESTATION_ID_SERIAL, KM_TAG_ATTESTATION_ID_IMEI,
		KM_TAG_ATTESTATION_ID_MEID, KM_TAG_ATTESTATION_ID_MANUFACTURER,
		KM_TAG_ATTESTATION_ID_MODEL, KM_TAG_ATTESTATION_ID_SECOND_IMEI,
		KM_TAG_DEVICE_UNIQUE_ATTESTATION, KM_TAG_CERTIFICATE_SERIAL,
		KM_TAG_CERTIFICATE_SUBJECT, KM_TAG_CERTIFICATE_NOT_BEFORE,
		KM_TAG_CERTIFICATE_NOT_AFTER,
	};
	struct entry key[] = { RSA SIGN { 0, 1 }, NO_AUTH { END, 0 } };
	struct step step = { "22", key, 0, NOW, 0, 0, 0 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tags); i++) {
		key[2].tag = tags[i];
		step.purpose = P(SIGN);
		step.begin = E(INVALID_KEY_BLOB);
		CHECK(take(&step));
		step.purpose = P(VERIFY);
		step.begin = E(OK);
		CHECK(take(&step));
	}
	return true;
}

/* Scenario 23: a set with it does not even parse. */
static bool tag_zero(void)
{
	static const u8 wire[] = { 0, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1 };
	struct km_params set;

	CHECK(km_params_parse(&set, wire, sizeof(wire), NULL) == -EINVAL);
	CHECK(km_params_parse(&set, wire, sizeof(wire) - 1, NULL) == -EINVAL);
	return true;
}

/* Restrictions that nothing enforces yet: such a key stays closed. */
static bool fail_closed(void)
{
	static const u32 tags[] = {
		KM_TAG_TRUSTED_USER_PRESENCE_REQUIRED, KM_TAG_STORAGE_KEY,
	};
	static const u64 values[] = { 0, 1, 1000, 0xffffffff };
	struct entry key[] = { EC SIGN { 0, 0 }, NO_AUTH { END, 0 } };
	struct step step = { "closed", key, 0, NOW, 0, 0, 0 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tags) * ARRAY_SIZE(values); i++) {
		key[2] = (struct entry){ tags[i / 4], values[i % 4] };
		step.purpose = P(SIGN);
		step.begin = E(UNSUPPORTED_TAG);
		CHECK(take(&step));
		step.purpose = P(VERIFY);
		step.begin = E(OK);
		CHECK(take(&step));
	}
	return true;
}

/* Tags that only inform, known and unknown. */
static bool informing(void)
{
	static const u32 tags[] = {
		KM_TAG_KEY_SIZE, KM_TAG_DIGEST, KM_TAG_DIGEST_OLD, KM_TAG_PADDING_OLD,
		KM_TAG_USER_ID, KM_TAG_ALL_USERS, KM_TAG_CREATION_DATETIME, KM_TAG_ORIGIN,
		KM_TAG_APPLICATION_ID,
		KM_TAG_LINUX_KEY_ID, KM_TAG_LINUX_SHAREABLE, KM_TAG_LINUX_BRIDGE,
		0x70002fff, 0x60002fff, 0x90002fff,
	};
	struct entry key[] = { AES SIGN { 0, 1 }, { END, 0 } };
	struct step step = { "informing", key, P(SIGN), NOW, 0, E(OK), 0 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tags); i++) {
		key[2].tag = tags[i];
		CHECK(take(&step));
	}
	return true;
}

#define NOT_AUTH	E(KEY_USER_NOT_AUTHENTICATED)

static bool users(void)
{
	const struct step steps[] = {
		{ "27", KEY(RSA SIGN SID(9) AUTH_ANY), P(SIGN), NOW, 0, E(OK), NOT_AUTH },
		{ "27", KEY(RSA SIGN SID(9) AUTH_ANY), P(VERIFY), NOW, 0, E(OK), E(OK) },
		{ "27", KEY(AES VERIFY SID(9) AUTH_ANY), P(VERIFY), NOW, 0, E(OK), NOT_AUTH },
		{ "27", KEY(RSA SIGN SID(9)), P(SIGN), NOW, 0, E(OK), NOT_AUTH },
		{ "27", KEY(RSA SIGN AUTH_ANY), P(SIGN), NOW, 0, E(OK), NOT_AUTH },
		{ "27", KEY(RSA SIGN SID(9) SID(10)), P(SIGN), NOW, 0, E(OK), NOT_AUTH },
		{ "28", KEY(RSA SIGN SID(9) NO_AUTH), P(SIGN), NOW, 0, E(INVALID_KEY_BLOB), 0 },
		{ "28", KEY(RSA SIGN NO_AUTH SID(9)), P(SIGN), NOW, 0, E(INVALID_KEY_BLOB), 0 },
		{ "28", KEY(RSA SIGN SID(0) NO_AUTH), P(SIGN), NOW, 0, E(INVALID_KEY_BLOB), 0 },
		{ "28", KEY(RSA SIGN SID(9) NO_AUTH), P(VERIFY), NOW, 0, E(OK), 0 },
		{ "31", KEY(RSA SIGN SID(9) AUTH_ANY TIMEOUT(1)), P(SIGN), NOW, 0, NOT_AUTH, 0 },
		{ "31", KEY(RSA SIGN TIMEOUT(1) SID(9)), P(SIGN), NOW, 0, NOT_AUTH, 0 },
		{ "31", KEY(RSA SIGN SID(9) AUTH_ANY TIMEOUT(1)), P(VERIFY), NOW, 0, E(OK), 0 },
		{ "31", KEY(AES VERIFY SID(9) AUTH_ANY TIMEOUT(1)), P(VERIFY),
		  NOW, 0, NOT_AUTH, 0 },
		/* Android's software blobs: a type and a timeout, but nobody's. */
		{ "type", KEY(EC SIGN AUTH_ANY TIMEOUT(300)), P(SIGN), NOW, 0, E(OK), 0 },
		{ "free", KEY(EC SIGN NO_AUTH), P(SIGN), NOW, 0, E(OK), 0 },
		{ "free", KEY(EC SIGN NO_AUTH AUTH_ANY), P(SIGN), NOW, 0, E(OK), 0 },
	};

	return TAKE_ALL(steps);
}

/* The purpose, then the first failing tag, then the user, then the nonce. */
static bool order(void)
{
	const struct step steps[] = {
		{ "purpose", KEY(AES SIGN BOOTLOADER), P(DECRYPT),
		  NOW, 0, E(INCOMPATIBLE_PURPOSE), 0 },
		{ "purpose", KEY(AES SIGN BOOTLOADER), 4, NOW, 0, E(UNSUPPORTED_PURPOSE), 0 },
		{ "first", KEY(SIGN ACTIVE(FUTURE) BOOTLOADER), P(SIGN), NOW, 0,
		  E(KEY_NOT_YET_VALID), 0 },
		{ "first", KEY(SIGN BOOTLOADER ACTIVE(FUTURE)), P(SIGN), NOW, 0,
		  E(INVALID_KEY_BLOB), 0 },
		{ "first", KEY(SIGN ORIGINATION(PAST) ACTIVE(FUTURE)), P(SIGN), NOW, 0,
		  E(KEY_EXPIRED), 0 },
		{ "first", KEY(SIGN PRESENCE ORIGINATION(PAST)), P(SIGN), NOW,
		  0, E(UNSUPPORTED_TAG), 0 },
		{ "user", KEY(SIGN SID(9) TIMEOUT(1) ORIGINATION(PAST)), P(SIGN), NOW, 0,
		  E(KEY_EXPIRED), 0 },
		{ "nonce", KEY(SIGN SID(9) TIMEOUT(1)), P(SIGN), NOW, 1, NOT_AUTH, 0 },
		{ "nonce", KEY(SIGN ORIGINATION(PAST)), P(SIGN), NOW, 1, E(KEY_EXPIRED), 0 },
	};

	return TAKE_ALL(steps);
}

/**
 * struct tables - the tables of one run, and a clock driven by hand
 * @usage: the tables
 * @seconds: boot clock
 */
struct tables {
	struct km_usage usage;
	u64 seconds;
};

/* What limit.c does under its lock: look, decide, record. */
static enum km_error use_as(struct tables *t, const struct km_policy *policy, u32 id, u32 uid,
			    u32 purpose)
{
	u8 name[KM_USAGE_ID] = { id, id >> 8 };
	struct km_usage_use use = { .id = name, .uid = uid, .now_ms = 1000 * t->seconds };
	struct km_usage_view view;
	struct km_auth auth = {
		.policy = policy, .purpose = purpose, .wall_ms = NOW, .boot_ms = use.now_ms,
		.usage = &view,
	};
	enum km_error err;

	km_usage_look(&t->usage, name, &view);
	memset(&use.due, 0xff, sizeof(use.due));
	err = km_authorize_begin(&auth, &use.due);
	if (!err && (use.due.timed || use.due.counted))
		err = km_usage_record(&t->usage, &use);
	return err;
}

/**
 * struct use - one use of a key, and its answer
 * @seconds: boot clock
 * @id: the key; all of one table have the same authorizations
 * @purpose: asked for
 * @want: what begin says
 */
struct use {
	u64 seconds;
	u32 id;
	u32 purpose;
	enum km_error want;
};

/* All in order, by one user; the key's authorizations divided in every way. */
static bool use_all(const char *what, const struct entry *list, const struct use *uses,
		    unsigned int n)
{
	enum km_error got = 0;
	unsigned int split, i;
	struct tables t;
	struct key key;
	bool ok = true;

	for (split = 0; ok && split <= count(list); split++) {
		CHECK(make_key(&key, list, split));
		CHECK(key.policy.limited);
		memset(&t, 0, sizeof(t));
		t.usage.max = 3;
		for (i = 0; ok && i < n; i++) {
			t.seconds = uses[i].seconds;
			got = use_as(&t, &key.policy, uses[i].id, 1000, uses[i].purpose);
			ok = got == uses[i].want;
		}
		if (!ok)
			printf("# %s: use %u is answered %d\n", what, i - 1, got);
		km_usage_free(&t.usage);
		drop_key(&key);
	}
	return ok;
}

#define USE_ALL(what, list, uses)	use_all(what, list, uses, ARRAY_SIZE(uses))
#define MAX_OPS		E(KEY_MAX_OPS_EXCEEDED)
#define RATE		E(KEY_RATE_LIMIT_EXCEEDED)
#define FULL		E(TOO_MANY_OPERATIONS)
#define S		P(SIGN)
#define V		P(VERIFY)

static bool counts(void)
{
	static const struct use eleven[] = {
		{ 0, 1, S, 0 }, { 0, 1, S, 0 }, { 0, 1, S, 0 }, { 0, 1, S, 0 },
		{ 0, 1, S, MAX_OPS }, { 9, 1, S, MAX_OPS }, { 0, 1, V, 0 },
	};
	static const struct use twelve[] = {
		{ 0, 1, S, 0 }, { 0, 2, S, 0 }, { 0, 3, S, 0 }, { 0, 4, S, FULL },
		{ 0, 1, S, 0 }, { 0, 1, S, MAX_OPS }, { 0, 4, S, FULL },
		{ 0, 1, V, 0 }, { 0, 4, V, 0 }, { 1000000, 4, S, FULL }, { 0, 2, S, 0 },
		{ 0, 2, S, MAX_OPS },
	};
	static const struct use never_ever[] = { { 0, 1, S, MAX_OPS }, { 0, 1, V, 0 } };
	/* What is refused for another reason is no use. */
	static const struct use refused[] = {
		{ 0, 1, P(DECRYPT), E(INCOMPATIBLE_PURPOSE) }, { 0, 1, 4, E(UNSUPPORTED_PURPOSE) },
		{ 0, 1, V, 0 }, { 0, 1, P(ENCRYPT), 0 }, { 0, 1, S, 0 }, { 0, 1, S, MAX_OPS },
	};
	static const struct use expired[] = { { 0, 1, S, E(KEY_EXPIRED) } };

	CHECK(USE_ALL("11", KEY(RSA SIGN MAX_USES(4)), eleven));
	CHECK(USE_ALL("12", KEY(RSA SIGN MAX_USES(2)), twelve));
	CHECK(USE_ALL("never", KEY(RSA SIGN MAX_USES(0)), never_ever));
	CHECK(USE_ALL("refused", KEY(RSA SIGN MAX_USES(1)), refused));
	CHECK(USE_ALL("order", KEY(SIGN ORIGINATION(PAST) MAX_USES(0)), expired));
	return true;
}

static bool rates(void)
{
	static const struct use thirteen[] = {
		{ 0, 1, S, 0 }, { 0, 1, S, RATE }, { 0, 1, V, 0 }, { 1, 1, S, RATE },
		{ 9, 1, S, RATE }, { 10, 1, S, 0 }, { 19, 1, S, RATE }, { 20, 1, S, 0 },
	};
	static const struct use four[] = {
		{ 7, 1, S, 0 }, { 7, 1, S, RATE }, { 8, 1, S, RATE }, { 8, 1, V, 0 },
	};
	static const struct use fourteen[] = {
		{ 50, 1, V, 0 }, { 51, 1, S, RATE }, { 52, 1, S, 0 },
	};
	static const struct use fifteen[] = {
		{ 0, 1, V, 0 }, { 1, 1, V, RATE }, { 1, 2, V, 0 }, { 2, 1, V, RATE },
		{ 2, 2, V, RATE }, { 2, 3, V, 0 }, { 3, 1, V, RATE }, { 3, 2, V, RATE },
		{ 3, 3, V, RATE }, { 3, 4, V, FULL }, { 4, 4, V, 0 }, { 4, 1, V, FULL },
		{ 4, 2, V, RATE }, { 4, 3, V, RATE }, { 5, 1, V, 0 }, { 5, 2, V, FULL },
		{ 5, 3, V, RATE }, { 5, 4, V, RATE }, { 9, 1, V, 0 }, { 9, 2, V, 0 },
		{ 9, 3, V, 0 },
	};
	/* No sum and no product wraps: 0xffffffff s are more than 49 days of ms. */
	static const struct use longest[] = {
		{ 0, 1, S, 0 }, { 4294968, 1, S, RATE }, { 0xfffffffe, 1, S, RATE },
		{ 0xffffffff, 1, S, 0 }, { 0x1ffffffffULL, 1, S, 0 },
	};

	CHECK(USE_ALL("13", KEY(RSA SIGN MIN_SECONDS(10)), thirteen));
	CHECK(USE_ALL("13", KEY(RSA SIGN MIN_SECONDS(4)), four));
	CHECK(USE_ALL("14", KEY(SIGN VERIFY MIN_SECONDS(2)), fourteen));
	CHECK(USE_ALL("15", KEY(AES VERIFY MIN_SECONDS(4)), fifteen));
	CHECK(USE_ALL("longest", KEY(SIGN MIN_SECONDS(0xffffffff)), longest));
	return true;
}

/* Both limits in one key: both tables remember a use, or neither. */
static bool both_limits(void)
{
	static const struct use uses[] = {
		{ 0, 1, S, 0 }, { 1, 1, S, RATE }, { 2, 1, S, 0 }, { 3, 1, S, RATE },
		{ 4, 1, S, MAX_OPS }, { 4, 2, S, 0 }, { 4, 3, S, 0 },
		/* Room among the times, none among the counts: not counted, not timed. */
		{ 9, 4, S, FULL }, { 9, 4, S, FULL }, { 9, 2, S, 0 }, { 9, 3, S, 0 },
	};

	return USE_ALL("both", KEY(RSA SIGN MIN_SECONDS(2) MAX_USES(2)), uses);
}

/* Nobody's keys take another's room; a shared key has one count for all. */
static bool users_apart(void)
{
	struct tables t = { .usage = { .max = 3 } };
	struct key key, rate;
	u32 uid, id;

	CHECK(make_key(&key, KEY(AES SIGN MAX_USES(2)), 3));
	CHECK(make_key(&rate, KEY(AES SIGN MIN_SECONDS(5)), 3));
	for (uid = 0; uid < 600; uid++) {
		for (id = 0; id < 5; id++) {
			enum km_error want = id < 3 ? E(OK) : FULL;

			CHECK(use_as(&t, &key.policy, 8 * uid + id + 1, uid, S) == want);
			CHECK(use_as(&t, &rate.policy, 8 * uid + id + 1, uid, S) == want);
		}
	}
	/* The first three of each are remembered all the same. */
	for (uid = 0; uid < 600; uid++) {
		CHECK(use_as(&t, &rate.policy, 8 * uid + 1, uid, S) == RATE);
		CHECK(use_as(&t, &rate.policy, 8 * uid + 1, uid + 1, S) == RATE);
		CHECK(use_as(&t, &key.policy, 8 * uid + 1, uid + 1, S) == E(OK));
		CHECK(use_as(&t, &key.policy, 8 * uid + 1, uid, S) == MAX_OPS);
	}
	km_usage_free(&t.usage);
	drop_key(&rate);
	drop_key(&key);
	return true;
}

static bool early_boot(void)
{
	struct km_auth auth = { .purpose = S };
	unsigned int split;
	struct key key;

	for (split = 0; split <= 3; split++) {
		CHECK(make_key(&key, KEY(RSA SIGN EARLY_BOOT), split));
		auth.policy = &key.policy;
		auth.purpose = S;
		auth.early_boot_over = false;
		CHECK(km_authorize_begin(&auth, NULL) == E(OK));
		auth.early_boot_over = true;
		CHECK(km_authorize_begin(&auth, NULL) == E(EARLY_BOOT_ENDED));
		CHECK(km_authorize_data(&auth) == E(OK));
		auth.purpose = V;
		CHECK(km_authorize_begin(&auth, NULL) == E(OK));
		drop_key(&key);
	}
	return true;
}

static bool new_key(const char *what, const struct entry *list, enum km_error want)
{
	enum km_error got;
	unsigned int split;
	struct key key;

	for (split = 0; split <= count(list); split++) {
		CHECK(make_key(&key, list, split));
		got = km_authorize_new(&key.policy);
		drop_key(&key);
		if (got != want)
			printf("# %s: %d\n", what, got);
		CHECK(got == want);
	}
	return true;
}

static bool default_deny(void)
{
	static const u8 no_auth_false[] = {
		0, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 0xf7, 1, 0, 0x70, 0,
	};
	struct km_policy policy = {};

	CHECK(new_key("free", KEY(AES ENCRYPT NO_AUTH), E(OK)));
	CHECK(new_key("a user", KEY(AES ENCRYPT SID(9) AUTH_ANY), E(OK)));
	CHECK(new_key("two users", KEY(AES ENCRYPT SID(9) SID(10) AUTH_ANY), E(OK)));
	CHECK(new_key("nothing", KEY(), E(INVALID_ARGUMENT)));
	CHECK(new_key("nobody named", KEY(AES ENCRYPT), E(INVALID_ARGUMENT)));
	CHECK(new_key("a type alone", KEY(AES ENCRYPT AUTH_ANY), E(INVALID_ARGUMENT)));
	CHECK(new_key("a time alone", KEY(AES ENCRYPT TIMEOUT(9)), E(INVALID_ARGUMENT)));
	CHECK(new_key("both", KEY(AES ENCRYPT SID(9) NO_AUTH), E(INVALID_ARGUMENT)));
	CHECK(new_key("user 0", KEY(AES ENCRYPT SID(0) AUTH_ANY), E(INVALID_ARGUMENT)));
	CHECK(new_key("user 0 too", KEY(AES SID(9) SID(0) AUTH_ANY), E(INVALID_ARGUMENT)));
	CHECK(new_key("confirm", KEY(EC SIGN VERIFY CONFIRM NO_AUTH), E(OK)));
	CHECK(new_key("confirm", KEY(EC SIGN AGREE CONFIRM NO_AUTH), E(INCOMPATIBLE_PURPOSE)));
	CHECK(new_key("confirm", KEY(AES ENCRYPT CONFIRM NO_AUTH), E(INCOMPATIBLE_PURPOSE)));
	CHECK(new_key("user 0 and nobody", KEY(AES SID(0) NO_AUTH), E(INVALID_ARGUMENT)));
	CHECK(new_key("attest", KEY(EC ATTEST NO_AUTH), E(OK)));
	CHECK(new_key("attest, sign", KEY(EC ATTEST SIGN NO_AUTH), E(INCOMPATIBLE_PURPOSE)));
	CHECK(new_key("sign, attest", KEY(EC SIGN ATTEST NO_AUTH), E(INCOMPATIBLE_PURPOSE)));
	CHECK(new_key("sign, verify", KEY(EC SIGN VERIFY NO_AUTH), E(OK)));
	/* NO_AUTH_REQUIRED with value 0 is not NO_AUTH_REQUIRED. */
	CHECK(!km_params_parse(&policy.enforced, no_auth_false, sizeof(no_auth_false), NULL));
	km_policy_read(&policy);
	CHECK(!policy.no_auth && km_authorize_new(&policy) == E(INVALID_ARGUMENT));
	return true;
}

static enum km_error hand_over(const struct entry *list, u32 kind)
{
	struct km_auth auth = { .purpose = P(DECRYPT), .bridge = kind, .wall_ms = NOW };
	enum km_error err;
	struct key key;

	if (!make_key(&key, list, count(list)))
		return E(UNKNOWN_ERROR);
	auth.policy = &key.policy;
	err = km_authorize_begin(&auth, NULL);
	drop_key(&key);
	return err;
}

static bool bridges(void)
{
	const struct entry *both = KEY(BRIDGE(LOGON) BRIDGE(FSCRYPT) NO_AUTH);
	const struct entry *logon = KEY(BRIDGE(LOGON) NO_AUTH);
	u32 kind;

	CHECK(new_key("bridge", both, E(OK)));
	CHECK(new_key("bridge", KEY(BRIDGE(LOGON) SID(9) AUTH_ANY TIMEOUT(1)), E(OK)));
	CHECK(new_key("bridge", KEY(AES SIGN BRIDGE(LOGON) NO_AUTH), E(INCOMPATIBLE_PURPOSE)));
	CHECK(new_key("bridge", KEY(BRIDGE(LOGON) CONFIRM NO_AUTH), E(INCOMPATIBLE_PURPOSE)));
	CHECK(new_key("bridge", KEY(BRIDGE(LOGON) SID(9) AUTH_ANY),
		      E(INVALID_AUTHORIZATION_TIMEOUT)));
	for (kind = 1; kind < 70; kind++) {
		CHECK(hand_over(both, kind) == (kind < 3 ? E(OK) : E(INCOMPATIBLE_PURPOSE)));
		CHECK(hand_over(logon, kind) == (kind < 2 ? E(OK) : E(INCOMPATIBLE_PURPOSE)));
		CHECK(hand_over(KEY(AES ENCRYPT DECRYPT SIGN VERIFY NO_AUTH), kind) ==
		      E(INCOMPATIBLE_PURPOSE));
		CHECK(hand_over(KEY(RSA ENCRYPT DECRYPT NO_AUTH), kind) ==
		      E(INCOMPATIBLE_PURPOSE));
	}
	CHECK(hand_over(KEY(BRIDGE(LOGON) USAGE(PAST) NO_AUTH), 1) == E(KEY_EXPIRED));
	CHECK(hand_over(KEY(BRIDGE(LOGON) ORIGINATION(PAST) NO_AUTH), 1) == E(OK));
	CHECK(hand_over(KEY(BRIDGE(LOGON) ACTIVE(FUTURE) NO_AUTH), 1) == E(KEY_NOT_YET_VALID));
	CHECK(hand_over(KEY(BRIDGE(LOGON) SID(9) AUTH_ANY TIMEOUT(1)), 1) == NOT_AUTH);
	CHECK(hand_over(KEY(BRIDGE(LOGON) UNLOCKED NO_AUTH), 1) == E(DEVICE_LOCKED));
	CHECK(hand_over(KEY(BRIDGE(LOGON) PRESENCE NO_AUTH), 1) == E(UNSUPPORTED_TAG));
	CHECK(hand_over(KEY(BRIDGE(LOGON) BOOTLOADER NO_AUTH), 1) == E(INVALID_KEY_BLOB));
	return true;
}

static const struct test tests[] = {
	{ "authorize: dates, scenarios 1 to 10", dates },
	{ "authorize: dates at their edges and on clocks of all kinds", date_edges },
	{ "authorize: uses per boot, scenarios 11 and 12", counts },
	{ "authorize: seconds between uses, scenarios 13 to 15", rates },
	{ "authorize: both limits count together", both_limits },
	{ "authorize: limits of one user are no other's", users_apart },
	{ "authorize: early boot", early_boot },
	{ "authorize: purposes, scenarios 16 to 19", purposes },
	{ "authorize: every purpose, asked of every key", purpose_matrix },
	{ "authorize: nonces, scenarios 20 and 21", nonces },
	{ "authorize: what no key may have, scenario 22", never },
	{ "authorize: tag 0, scenario 23", tag_zero },
	{ "authorize: restrictions that nothing enforces close the key", fail_closed },
	{ "authorize: other tags change nothing", informing },
	{ "authorize: users, scenarios 27, 28 and 31", users },
	{ "authorize: which error comes first", order },
	{ "authorize: a new key says who may use it", default_deny },
	{ "authorize: keys that are handed over", bridges },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
