/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys for the tests of kernel/authorize.c: authorizations as a list, read as a key has them.
 * Included by authorize_test.c and scenarios_test.c.
 */
#ifndef AUTHORIZE_TEST_H
#define AUTHORIZE_TEST_H

#include "authorize.h"
#include "harness.h"

#define END		0xffffffffU
#define FUTURE		10000
#define PAST		1000
#define NOW		5000

struct entry {
	u32 tag;
	u64 value;
};

#define KEY(...)	((const struct entry[]){ __VA_ARGS__ { END, 0 } })

#define RSA		{ KM_TAG_ALGORITHM, KM_ALGORITHM_RSA },
#define EC		{ KM_TAG_ALGORITHM, KM_ALGORITHM_EC },
#define AES		{ KM_TAG_ALGORITHM, KM_ALGORITHM_AES },
#define HMAC		{ KM_TAG_ALGORITHM, KM_ALGORITHM_HMAC },
#define SIGN		{ KM_TAG_PURPOSE, KM_PURPOSE_SIGN },
#define VERIFY		{ KM_TAG_PURPOSE, KM_PURPOSE_VERIFY },
#define ENCRYPT		{ KM_TAG_PURPOSE, KM_PURPOSE_ENCRYPT },
#define DECRYPT		{ KM_TAG_PURPOSE, KM_PURPOSE_DECRYPT },
#define ATTEST		{ KM_TAG_PURPOSE, KM_PURPOSE_ATTEST_KEY },
#define AGREE		{ KM_TAG_PURPOSE, KM_PURPOSE_AGREE_KEY },
#define CONFIRM		{ KM_TAG_TRUSTED_CONFIRMATION_REQUIRED, 1 },
#define ODD		{ KM_TAG_PURPOSE, 100 },
#define ACTIVE(t)	{ KM_TAG_ACTIVE_DATETIME, t },
#define ORIGINATION(t)	{ KM_TAG_ORIGINATION_EXPIRE_DATETIME, t },
#define USAGE(t)	{ KM_TAG_USAGE_EXPIRE_DATETIME, t },
#define CALLER_NONCE	{ KM_TAG_CALLER_NONCE, 1 },
#define NO_AUTH		{ KM_TAG_NO_AUTH_REQUIRED, 1 },
#define SID(n)		{ KM_TAG_USER_SECURE_ID, n },
#define AUTH_ANY	{ KM_TAG_USER_AUTH_TYPE, KM_AUTH_TYPE_ANY },
#define AUTH_TYPE(t)	{ KM_TAG_USER_AUTH_TYPE, t },
#define TIMEOUT(s)	{ KM_TAG_AUTH_TIMEOUT, s },
#define MAX_USES(n)	{ KM_TAG_MAX_USES_PER_BOOT, n },
#define MIN_SECONDS(s)	{ KM_TAG_MIN_SECONDS_BETWEEN_OPS, s },
#define UNLOCKED	{ KM_TAG_UNLOCKED_DEVICE_REQUIRED, 1 },
#define LEVEL(n)	{ KM_TAG_MAX_BOOT_LEVEL, n },
#define EARLY_BOOT	{ KM_TAG_EARLY_BOOT_ONLY, 1 },
#define PRESENCE	{ KM_TAG_TRUSTED_USER_PRESENCE_REQUIRED, 1 },
#define BRIDGE(kind)	{ KM_TAG_LINUX_BRIDGE, KM_BRIDGE_ ## kind },
#define BOOTLOADER	{ KM_TAG_BOOTLOADER_ONLY, 1 },

/* A key in memory: wire forms of two sets, and what is read of them. */
struct key {
	struct km_policy policy;
	u8 *wire[2];
};

static inline unsigned int count(const struct entry *list)
{
	unsigned int n = 0;

	while (list[n].tag != END)
		n++;
	return n;
}

static inline bool make_set(struct km_params *set, u8 **wire, const struct entry *list,
			    unsigned int n)
{
	struct km_params_buf buf;
	size_t len;

	if (km_params_buf_init(&buf, 12 * n, n))
		return false;
	for (; n--; list++)
		if (KM_TAG_TYPE(list->tag) == KM_TYPE_BYTES ||
		    KM_TAG_TYPE(list->tag) == KM_TYPE_BIGNUM)
			km_params_add_bytes(&buf, list->tag, "x", 1);
		else
			km_params_add_int(&buf, list->tag, list->value);
	len = km_params_wire_len(&buf);
	*wire = malloc(len);
	km_params_write(&buf, *wire);
	km_params_buf_free(&buf);
	return !km_params_parse(set, *wire, len, NULL);
}

/* The first @split authorizations are enforced. */
static inline bool make_key(struct key *key, const struct entry *list, unsigned int split)
{
	/* What is left in it from before must not count. */
	memset(key, 0xff, sizeof(*key));
	if (!make_set(&key->policy.enforced, &key->wire[0], list, split) ||
	    !make_set(&key->policy.unenforced, &key->wire[1], list + split, count(list) - split))
		return false;
	km_policy_read(&key->policy);
	return true;
}

static inline void drop_key(struct key *key)
{
	free(key->wire[0]);
	free(key->wire[1]);
}

/* Shorthand of the tables. */
#define P(name)		KM_PURPOSE_ ## name
#define E(name)		KM_ERROR_ ## name

#endif /* AUTHORIZE_TEST_H */
