// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decision: may this key be used so, now? A pure function (authorization.md).
 * Called by operation.c at begin and at every update and finish.
 *
 * No clock is read here, no memory allocated and nothing counted: the caller
 * says what time it is, and acts on the answer. So the same code runs in
 * userspace against scenarios with a hand-driven clock.
 */
#include "alg.h"
#include "authorize.h"

/* What a tag in a key means to the walk over its authorizations. */
enum check {
	CHECK_NONE,		/* informational, or looked at elsewhere */
	CHECK_ACTIVE,
	CHECK_ORIGINATION,
	CHECK_USAGE,
	CHECK_RATE,
	CHECK_COUNT,
	CHECK_EARLY,
	CHECK_SID,
	CHECK_UNLOCKED,
	CHECK_LEVEL,
	CHECK_CONFIRM,
	CHECK_NEVER,		/* makes the key unusable through this interface */
	CHECK_LATER,		/* a restriction that this module cannot enforce */
};

static enum check check_of(u32 tag)
{
	switch (tag) {
	case KM_TAG_ACTIVE_DATETIME:
		return CHECK_ACTIVE;
	case KM_TAG_ORIGINATION_EXPIRE_DATETIME:
		return CHECK_ORIGINATION;
	case KM_TAG_USAGE_EXPIRE_DATETIME:
		return CHECK_USAGE;
	case KM_TAG_MIN_SECONDS_BETWEEN_OPS:
		return CHECK_RATE;
	case KM_TAG_MAX_USES_PER_BOOT:
		return CHECK_COUNT;
	case KM_TAG_EARLY_BOOT_ONLY:
		return CHECK_EARLY;
	case KM_TAG_USER_SECURE_ID:
		return CHECK_SID;
	case KM_TAG_UNLOCKED_DEVICE_REQUIRED:
		return CHECK_UNLOCKED;
	case KM_TAG_MAX_BOOT_LEVEL:
		return CHECK_LEVEL;
	case KM_TAG_TRUSTED_CONFIRMATION_REQUIRED:
		return CHECK_CONFIRM;
	case KM_TAG_BOOTLOADER_ONLY:
	case KM_TAG_IDENTITY_CREDENTIAL_KEY:
	case KM_TAG_INVALID:
	case KM_TAG_AUTH_TOKEN:
	case KM_TAG_ROOT_OF_TRUST:
	case KM_TAG_APPLICATION_DATA:
	case KM_TAG_ATTESTATION_CHALLENGE:
	case KM_TAG_ATTESTATION_APPLICATION_ID:
	case KM_TAG_ATTESTATION_ID_BRAND:
	case KM_TAG_ATTESTATION_ID_DEVICE:
	case KM_TAG_ATTESTATION_ID_PRODUCT:
	case KM_TAG_ATTESTATION_ID_SERIAL:
	case KM_TAG_ATTESTATION_ID_IMEI:
	case KM_TAG_ATTESTATION_ID_MEID:
	case KM_TAG_ATTESTATION_ID_MANUFACTURER:
	case KM_TAG_ATTESTATION_ID_MODEL:
	case KM_TAG_ATTESTATION_ID_SECOND_IMEI:
	case KM_TAG_DEVICE_UNIQUE_ATTESTATION:
	case KM_TAG_CERTIFICATE_SERIAL:
	case KM_TAG_CERTIFICATE_SUBJECT:
	case KM_TAG_CERTIFICATE_NOT_BEFORE:
	case KM_TAG_CERTIFICATE_NOT_AFTER:
		return CHECK_NEVER;
	/*
	 * No key with these is made here. One that has them comes from a later
	 * module: using it without them would be weaker than its owner asked.
	 */
	case KM_TAG_TRUSTED_USER_PRESENCE_REQUIRED:
	case KM_TAG_STORAGE_KEY:
		return CHECK_LATER;
	default:
		return CHECK_NONE;
	}
}

static void read_set(struct km_policy *policy, const struct km_params *set)
{
	struct km_param p;
	u32 pos = 0;

	while (km_params_next(set, &pos, &p)) {
		switch (p.tag) {
		case KM_TAG_ALGORITHM:
			policy->algorithm = p.value;
			break;
		case KM_TAG_PURPOSE:
			policy->purposes |= km_bit(p.value);
			break;
		case KM_TAG_LINUX_BRIDGE:
			policy->bridges |= km_bit(p.value);
			break;
		case KM_TAG_CALLER_NONCE:
			policy->caller_nonce = true;
			break;
		case KM_TAG_NO_AUTH_REQUIRED:
			policy->no_auth = true;
			break;
		case KM_TAG_USER_SECURE_ID:
			policy->has_sid = true;
			policy->sid_zero |= !p.value;
			break;
		case KM_TAG_USER_AUTH_TYPE:
			/* These may stand once: the first one counts (tags.md section 1). */
			if (!policy->has_auth_type)
				policy->auth_types = p.value;
			policy->has_auth_type = true;
			break;
		case KM_TAG_AUTH_TIMEOUT:
			if (!policy->has_timeout)
				policy->timeout_s = p.value;
			policy->has_timeout = true;
			break;
		case KM_TAG_USAGE_COUNT_LIMIT:
			policy->counted = true;
			break;
		case KM_TAG_UNLOCKED_DEVICE_REQUIRED:
			policy->unlocked = true;
			break;
		case KM_TAG_TRUSTED_CONFIRMATION_REQUIRED:
			policy->confirm = true;
			break;
		case KM_TAG_MIN_SECONDS_BETWEEN_OPS:
		case KM_TAG_MAX_USES_PER_BOOT:
			policy->limited = true;
			break;
		default:
			break;
		}
		if (check_of(p.tag) != CHECK_NONE)
			policy->walk = true;
	}
}

/**
 * km_policy_read() - read the authorizations of a key
 * @policy: [in] the two sets, [out] the rest
 */
void km_policy_read(struct km_policy *policy)
{
	const struct km_params enforced = policy->enforced, unenforced = policy->unenforced;

	memset(policy, 0, sizeof(*policy));
	policy->enforced = enforced;
	policy->unenforced = unenforced;
	read_set(policy, &policy->enforced);
	read_set(policy, &policy->unenforced);
	policy->asks = !policy->no_auth && (policy->has_sid || policy->has_auth_type);
	policy->each_call = policy->asks && !policy->has_timeout;
}

/* Anybody can do this with the public key: authorization.md section 1. */
static bool is_public(const struct km_auth *a)
{
	u32 alg = a->policy->algorithm;

	return (alg == KM_ALGORITHM_RSA || alg == KM_ALGORITHM_EC) &&
	       (a->purpose == KM_PURPOSE_ENCRYPT || a->purpose == KM_PURPOSE_VERIFY);
}

/**
 * km_policy_counts() - is this a use that USAGE_COUNT_LIMIT counts?
 * @policy: the key's authorizations
 * @purpose: KM_PURPOSE_*
 *
 * Return: true if so.
 */
bool km_policy_counts(const struct km_policy *policy, u32 purpose)
{
	const struct km_auth auth = { .policy = policy, .purpose = purpose };

	return policy->counted && !is_public(&auth);
}

static enum km_error check_purpose(const struct km_auth *a)
{
	switch (a->purpose) {
	case KM_PURPOSE_ENCRYPT:
	case KM_PURPOSE_DECRYPT:
	case KM_PURPOSE_SIGN:
	case KM_PURPOSE_VERIFY:
	case KM_PURPOSE_WRAP_KEY:
	case KM_PURPOSE_AGREE_KEY:
	case KM_PURPOSE_ATTEST_KEY:
		return a->policy->purposes & km_bit(a->purpose) ? KM_ERROR_OK :
								   KM_ERROR_INCOMPATIBLE_PURPOSE;
	default:
		return KM_ERROR_UNSUPPORTED_PURPOSE;
	}
}

/* A key is handed over to those parts of the kernel that it names, and no purpose stands for it. */
static enum km_error check_bridge(const struct km_auth *a)
{
	return a->policy->bridges & km_bit(a->bridge) ? KM_ERROR_OK :
							KM_ERROR_INCOMPATIBLE_PURPOSE;
}

static bool expired(const struct km_auth *a, u64 date)
{
	return a->wall_ms >= 0 && (u64)a->wall_ms > date;
}

/* Counted from the begin of the last operation: authorization.md section 2. */
static enum km_error check_rate(const struct km_auth *a, u32 seconds, struct km_usage_due *due)
{
	u64 interval = 1000ULL * seconds;

	if (a->usage->timed && a->boot_ms - a->usage->last_ms < interval)
		return KM_ERROR_KEY_RATE_LIMIT_EXCEEDED;
	due->timed = true;
	due->interval_ms = max(due->interval_ms, interval);
	return KM_ERROR_OK;
}

static enum km_error check_count(const struct km_auth *a, u32 limit, struct km_usage_due *due)
{
	if (a->usage->count >= limit)
		return KM_ERROR_KEY_MAX_OPS_EXCEEDED;
	due->counted = true;
	return KM_ERROR_OK;
}

/* In no boot does a token come from the future: it was signed by a party whose clock is wrong. */
static bool from_the_past(const struct km_auth *a, const struct km_token *t)
{
	return t->timestamp_ms <= a->boot_ms;
}

/* Section 5: any newer token of the user, of which the key itself need not know. */
static enum km_error check_unlocked(const struct km_auth *a)
{
	const struct km_lock_view *lock = a->lock;
	const struct km_token *t;

	if (!lock)
		return KM_ERROR_DEVICE_LOCKED;
	if (!lock->at_ms)
		return KM_ERROR_OK;
	t = &lock->token;
	if (!lock->has_token || t->timestamp_ms <= lock->at_ms || !from_the_past(a, t))
		return KM_ERROR_DEVICE_LOCKED;
	if (lock->password_only && !(t->type & KM_AUTH_TYPE_PASSWORD))
		return KM_ERROR_DEVICE_LOCKED;
	return KM_ERROR_OK;
}

static enum km_error check_tag(const struct km_auth *a, const struct km_param *p,
			       struct km_usage_due *due)
{
	switch (check_of(p->tag)) {
	case CHECK_RATE:
		return check_rate(a, p->value, due);
	case CHECK_COUNT:
		return check_count(a, p->value, due);
	case CHECK_EARLY:
		if (a->early_boot_over)
			return KM_ERROR_EARLY_BOOT_ENDED;
		break;
	case CHECK_ACTIVE:
		if (a->wall_ms < 0 || (u64)a->wall_ms < p->value)
			return KM_ERROR_KEY_NOT_YET_VALID;
		break;
	case CHECK_ORIGINATION:
		if ((a->purpose == KM_PURPOSE_ENCRYPT || a->purpose == KM_PURPOSE_SIGN) &&
		    expired(a, p->value))
			return KM_ERROR_KEY_EXPIRED;
		break;
	case CHECK_USAGE:
		if ((a->purpose == KM_PURPOSE_DECRYPT || a->purpose == KM_PURPOSE_VERIFY) &&
		    expired(a, p->value))
			return KM_ERROR_KEY_EXPIRED;
		break;
	case CHECK_SID:
		if (a->policy->no_auth)
			return KM_ERROR_INVALID_KEY_BLOB;
		break;
	case CHECK_UNLOCKED:
		return check_unlocked(a);
	case CHECK_LEVEL:
		if (a->boot_level > p->value)
			return KM_ERROR_BOOT_LEVEL_EXCEEDED;
		break;
	case CHECK_CONFIRM:
		/* What is confirmed is a message that is signed; verifying it takes no person. */
		if (a->purpose != KM_PURPOSE_SIGN && a->purpose != KM_PURPOSE_VERIFY)
			return KM_ERROR_UNSUPPORTED_TAG;
		break;
	case CHECK_NEVER:
		return KM_ERROR_INVALID_KEY_BLOB;
	case CHECK_LATER:
		return KM_ERROR_UNSUPPORTED_TAG;
	case CHECK_NONE:
		break;
	}
	return KM_ERROR_OK;
}

/* The first failing tag decides: enforced, then unenforced, in stored order. */
static enum km_error walk(const struct km_auth *a, struct km_usage_due *due)
{
	const struct km_params *sets[] = { &a->policy->enforced, &a->policy->unenforced };
	enum km_error err = KM_ERROR_OK;
	struct km_param p;
	unsigned int i;
	u32 pos;

	for (i = 0; i < ARRAY_SIZE(sets); i++)
		for (pos = 0; !err && km_params_next(sets[i], &pos, &p);)
			err = check_tag(a, &p, due);
	return err;
}

/**
 * km_authorize_want() - what kind of token does a request need?
 * @auth: the request; only policy, purpose and handle count
 * @want: [out] the answer; views into the policy
 */
void km_authorize_want(const struct km_auth *auth, struct km_token_want *want)
{
	const struct km_policy *policy = auth->policy;

	*want = (struct km_token_want){
		.sets = { &policy->enforced, &policy->unenforced },
		.types = policy->auth_types,
		.free = policy->no_auth || is_public(auth),
		.timed = policy->has_timeout,
		.timeout_s = policy->timeout_s,
		.handle = auth->handle,
	};
}

/* Section 4, but for the first step: the token was signed by this kernel. */
static bool token_matches(const struct km_auth *a)
{
	const struct km_token *t = a->token;
	struct km_token_want want;

	if (!t || !from_the_past(a, t))
		return false;
	km_authorize_want(a, &want);
	if (!km_token_fits(t, &want))
		return false;
	/* At exactly the limit it is still good. The past cannot underflow. */
	if (want.timed)
		return a->boot_ms - t->timestamp_ms <= 1000ULL * want.timeout_s;
	/* A call that has no handle is nobody's to authenticate for. */
	return want.handle && t->challenge == want.handle;
}

/**
 * km_authorize_begin() - may an operation begin?
 * @auth: the request
 * @due: [out] for a limited key: what has to be remembered if the answer is OK
 *
 * In the order of authorization.md section 2.
 *
 * Return: KM_ERROR_OK or why not.
 */
enum km_error km_authorize_begin(const struct km_auth *auth, struct km_usage_due *due)
{
	const struct km_policy *policy = auth->policy;
	enum km_error err;

	if (policy->limited)
		*due = (struct km_usage_due){};
	if (is_public(auth))
		return KM_ERROR_OK;
	err = auth->bridge ? check_bridge(auth) : check_purpose(auth);
	if (!err && policy->walk)
		err = walk(auth, due);
	if (err)
		return err;
	if (policy->has_sid && policy->has_timeout && !token_matches(auth))
		return KM_ERROR_KEY_USER_NOT_AUTHENTICATED;
	if (auth->nonce_given && !policy->caller_nonce &&
	    (auth->purpose == KM_PURPOSE_ENCRYPT || auth->purpose == KM_PURPOSE_SIGN))
		return KM_ERROR_CALLER_NONCE_PROHIBITED;
	return KM_ERROR_OK;
}

/**
 * km_authorize_data() - may an operation take data or finish?
 * @auth: the request; policy, purpose, handle, token and boot clock count
 *
 * Only user authentication is looked at again (authorization.md section 4): it is said of
 * each key whether for a time, which counts at begin, or for this operation, which counts
 * in every call.
 *
 * Return: KM_ERROR_OK or why not.
 */
enum km_error km_authorize_data(const struct km_auth *auth)
{
	const struct km_policy *policy = auth->policy;

	if (is_public(auth) || policy->no_auth || policy->has_timeout)
		return KM_ERROR_OK;
	if ((policy->has_sid || policy->has_auth_type) && !token_matches(auth))
		return KM_ERROR_KEY_USER_NOT_AUTHENTICATED;
	return KM_ERROR_OK;
}

/**
 * km_authorize_confirmed() - may a signature be handed out that a person had to confirm?
 * @c: what was given, and what it has to be
 *
 * operations.md section 4.7.
 *
 * Return: KM_ERROR_OK or why not.
 */
enum km_error km_authorize_confirmed(const struct km_confirmation *c)
{
	if (!c->given)
		return KM_ERROR_NO_USER_CONFIRMATION;
	if (c->given_len != KM_CONFIRMATION_TOKEN_SIZE)
		return KM_ERROR_INVALID_ARGUMENT;
	return crypto_memneq(c->given, c->want, KM_CONFIRMATION_TOKEN_SIZE) ?
	       KM_ERROR_NO_USER_CONFIRMATION : KM_ERROR_OK;
}

/*
 * What dm-crypt or fscrypt encrypts with must not be had as an oracle here as well. And it is
 * handed over in one call: nobody could authenticate for that, nor confirm what is in it.
 */
static enum km_error check_new_bridge(const struct km_policy *policy)
{
	if (policy->purposes || policy->confirm)
		return KM_ERROR_INCOMPATIBLE_PURPOSE;
	return policy->each_call ? KM_ERROR_INVALID_AUTHORIZATION_TIMEOUT : KM_ERROR_OK;
}

/**
 * km_authorize_new() - may a key with these authorizations be made?
 * @policy: what it would have
 *
 * Default deny: who may use a key is said when it is made, or it is not made.
 * Saying both "nobody need authenticate" and "this user must" is a mistake that
 * would only show at the first use. SID 0 is what a token without an authenticator says of
 * it: no user has it, and whoever asks for a key of that user has forgotten to name one.
 *
 * Return: KM_ERROR_OK or why not.
 */
enum km_error km_authorize_new(const struct km_policy *policy)
{
	u64 signing = km_bit(KM_PURPOSE_SIGN) | km_bit(KM_PURPOSE_VERIFY);

	if (policy->no_auth == policy->has_sid || policy->sid_zero)
		return KM_ERROR_INVALID_ARGUMENT;
	if (policy->confirm && policy->purposes & ~signing)
		return KM_ERROR_INCOMPATIBLE_PURPOSE;
	if (policy->purposes & km_bit(KM_PURPOSE_ATTEST_KEY) &&
	    policy->purposes != km_bit(KM_PURPOSE_ATTEST_KEY))
		return KM_ERROR_INCOMPATIBLE_PURPOSE;
	return policy->bridges ? check_new_bridge(policy) : KM_ERROR_OK;
}
