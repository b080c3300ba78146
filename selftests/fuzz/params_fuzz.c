// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz target: authorization sets (kernel/params.c), what is read out of them (spec.c), and the
 * decision on a key that has them (authorize.c).
 *
 * Held against the library's parser, which was written apart; the digest of a set against that
 * of a set which is remembered; each decision against a search for the tags that it is about.
 */
#include "authorize.h"
#include "fuzz.h"
#include "harness.h"
#include "lib_side.h"
#include "spec.h"

#define WALL_MS	1000000ULL

/* Every entry that is walked over lies inside of the set. */
static void walk(const struct km_params *set, const u8 *data, size_t len)
{
	struct km_param p, found;
	u32 pos = 0;

	while (km_params_next(set, &pos, &p)) {
		MUST(km_value_size[p.tag >> 28]);
		MUST(is_inside(p.data, p.len, data, len));
		MUST(km_tag_is_bytes(p.tag) ? !p.value : !p.data && !p.len);
		MUST(km_params_find(set, p.tag, &found) && found.tag == p.tag);
	}
}

/* What is written from the entries is a set of the same entries, and is written so again. */
static u8 *rewrite(const struct km_params *set, size_t *len)
{
	struct km_params_buf b;
	struct km_param p;
	u32 pos = 0;
	u8 *wire;

	if (km_params_buf_init(&b, set->elements_len, set->indirect_len))
		abort();
	while (km_params_next(set, &pos, &p))
		km_params_add(&b, &p);
	MUST(!b.full);
	*len = km_params_wire_len(&b);
	wire = exact("", 0);
	wire = realloc(wire, *len);
	km_params_write(&b, wire);
	km_params_buf_free(&b);
	return wire;
}

static void same_entries(const struct km_params *a, const struct km_params *b)
{
	struct km_param x, y;
	u32 i = 0, j = 0;

	while (km_params_next(a, &i, &x)) {
		MUST(km_params_next(b, &j, &y));
		MUST(x.tag == y.tag && x.value == y.value && x.len == y.len);
		MUST(!x.len || !memcmp(x.data, y.data, x.len));
	}
	MUST(!km_params_next(b, &j, &y));
}

static void canonical(const struct km_params *set)
{
	struct km_params again;
	size_t len, len2, lib_len;
	u8 *wire = rewrite(set, &len), *wire2, *lib;

	MUST(!km_params_parse(&again, wire, len, NULL));
	same_entries(set, &again);
	wire2 = rewrite(&again, &len2);
	MUST(len == len2 && !memcmp(wire, wire2, len));
	lib = malloc(len);
	lib_len = lib_rewrites_set(wire, len, lib, len);
	MUST(lib_len == len && !memcmp(lib, wire, len));
	free(lib);
	free(wire2);
	free(wire);
}

static bool same_args(const struct km_op_args *a, const struct km_op_args *b)
{
	return a->mode.n == b->mode.n && a->mode.value == b->mode.value &&
	       a->padding.n == b->padding.n && a->padding.value == b->padding.value &&
	       a->digest.n == b->digest.n && a->digest.value == b->digest.value &&
	       a->mgf_digest.n == b->mgf_digest.n &&
	       a->mgf_digest.value == b->mgf_digest.value &&
	       a->mac_length.n == b->mac_length.n &&
	       a->mac_length.value == b->mac_length.value && a->nonce == b->nonce &&
	       a->nonce_len == b->nonce_len && a->aad == b->aad && a->aad_len == b->aad_len &&
	       a->token == b->token && a->confirmation == b->confirmation;
}

/* What is recalled of a set is what parsing it says; whether other values or all else differs. */
static void recalled(const struct km_args_memo *memo, const u8 *wire, size_t len)
{
	struct km_op_args want, got;
	struct km_params set;

	if (!km_args_recall(memo, &got, wire, len))
		return;
	MUST(!km_args_parse(&want, &set, wire, len));
	MUST(same_args(&want, &got));
}

static void args(const u8 *data, size_t len)
{
	struct km_args_memo memo = {};
	struct km_op_args a;
	struct km_params set;
	u8 *other = exact(data, len);
	size_t i, values;

	if (km_args_parse(&a, &set, data, len))
		goto out;
	MUST(is_inside(a.nonce, a.nonce_len, data, len));
	MUST(is_inside(a.aad, a.aad_len, data, len));
	MUST(is_inside(a.token, a.token_len, data, len));
	MUST(is_inside(a.confirmation, a.confirmation_len, data, len));
	km_args_learn(&memo, &a, data, len);
	recalled(&memo, data, len);
	values = len ? 4 + set.indirect_len : 0;
	for (i = 4; i < values; i++)
		other[i] ^= 0x55;
	recalled(&memo, other, len);
	/* One bit of the rest: another set, or none. */
	for (i = values; i < len; i++) {
		other[i] ^= 1 << i % 8;
		recalled(&memo, other, len);
		other[i] ^= 1 << i % 8;
	}
out:
	free(other);
}

static bool has(const struct km_policy *policy, u32 tag, struct km_param *p)
{
	return km_params_find(&policy->enforced, tag, p) ||
	       km_params_find(&policy->unenforced, tag, p);
}

static bool lists_purpose(const struct km_policy *policy, u32 purpose)
{
	const struct km_params *sets[] = { &policy->enforced, &policy->unenforced };
	struct km_param p;
	unsigned int i;
	u32 pos;

	for (i = 0; i < 2; i++)
		for (pos = 0; km_params_next(sets[i], &pos, &p);)
			if (p.tag == KM_TAG_PURPOSE && p.value == purpose)
				return true;
	return false;
}

static void decide(const struct km_policy *policy, u32 purpose, bool public_key)
{
	struct km_usage_view usage = {};
	struct km_usage_due due = {};
	struct km_auth auth = {
		.policy = policy, .purpose = purpose, .wall_ms = WALL_MS, .boot_ms = WALL_MS,
		.early_boot_over = true, .boot_level = 10, .usage = &usage,
	};
	enum km_error err = km_authorize_begin(&auth, &due);
	enum km_error data = km_authorize_data(&auth);
	bool anybody = public_key && (purpose == KM_PURPOSE_ENCRYPT ||
				      purpose == KM_PURPOSE_VERIFY);
	struct km_param p;

	if (anybody) {
		MUST(!err && !data);
		return;
	}
	if (!lists_purpose(policy, purpose))
		MUST(err);
	if (has(policy, KM_TAG_BOOTLOADER_ONLY, &p) || has(policy, KM_TAG_EARLY_BOOT_ONLY, &p) ||
	    has(policy, KM_TAG_UNLOCKED_DEVICE_REQUIRED, &p) ||
	    has(policy, KM_TAG_STORAGE_KEY, &p))
		MUST(err);
	if (has(policy, KM_TAG_ACTIVE_DATETIME, &p) && p.value > WALL_MS)
		MUST(err);
	if (has(policy, KM_TAG_ORIGINATION_EXPIRE_DATETIME, &p) && p.value < WALL_MS &&
	    (purpose == KM_PURPOSE_SIGN || purpose == KM_PURPOSE_ENCRYPT))
		MUST(err);
	if (has(policy, KM_TAG_MAX_USES_PER_BOOT, &p) && !p.value)
		MUST(err);
	/* There is no token here, so nothing that asks for a user gets to its end. */
	if (!has(policy, KM_TAG_NO_AUTH_REQUIRED, &p) && has(policy, KM_TAG_USER_SECURE_ID, &p))
		MUST(err || data);
}

static void policy(const struct km_params *enforced, const struct km_params *unenforced)
{
	struct km_policy pol = { .enforced = *enforced, .unenforced = *unenforced };
	struct km_key_spec spec = {};
	struct km_param p;
	u32 purpose;
	bool public_key;

	km_policy_read(&pol);
	km_spec_read(&spec, enforced);
	km_spec_read(&spec, unenforced);
	MUST(spec.purposes == pol.purposes);
	public_key = pol.algorithm == KM_ALGORITHM_RSA || pol.algorithm == KM_ALGORITHM_EC;
	for (purpose = 0; purpose < 10; purpose++)
		decide(&pol, purpose, public_key);
	decide(&pol, 0x80000000, public_key);
	/* Default deny: one of the two and not both. */
	if (has(&pol, KM_TAG_NO_AUTH_REQUIRED, &p) == has(&pol, KM_TAG_USER_SECURE_ID, &p))
		MUST(km_authorize_new(&pol));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	struct km_params set, next;
	size_t used = 0, lib_used = 0;
	bool good;

	good = !km_params_parse(&set, data, len, NULL);
	MUST(good == lib_reads_set(data, len, NULL));
	if (good) {
		walk(&set, data, len);
		canonical(&set);
	}
	args(data, len);
	good = !km_params_parse(&set, data, len, &used);
	/* No bytes at all are a set for the library, too, when it may leave something. */
	if (len)
		MUST(good == lib_reads_set(data, len, &lib_used) && (!good || used == lib_used));
	if (!good)
		return 0;
	MUST(used == set.wire_len && used <= len);
	walk(&set, data, used);
	if (km_params_parse(&next, data + used, len - used, NULL))
		memset(&next, 0, sizeof(next));
	policy(&set, &next);
	return 0;
}
