// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why the kernel refused, in words: the code is looked up in the key's own
 * authorizations, so that the message names the one that stood in the way.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kmctl.h"

/* What each code means for the exit status; what is not here is a failure. */
static int status_of(int code, int purpose)
{
	bool reading = purpose == KM_PURPOSE_DECRYPT || purpose == KM_PURPOSE_VERIFY ||
		       purpose == KM_PURPOSE_WRAP_KEY;

	switch (code) {
	case KM_ERROR_VERIFICATION_FAILED:
		return ST_BAD;
	case KM_ERROR_INVALID_INPUT_LENGTH:
	case KM_ERROR_INVALID_ARGUMENT:
		/* Damaged ciphertext; otherwise input or description as it is not taken. */
		return reading ? ST_BAD : purpose >= 0 ? ST_FAILED : ST_REFUSED;
	case KM_ERROR_INVALID_KEY_BLOB:
	case KM_ERROR_KEY_REQUIRES_UPGRADE:
		return ST_NO_KEY;
	case KM_ERROR_KEYMASTER_NOT_CONFIGURED:
		return ST_NOT_READY;
	case KM_ERROR_ROOT_OF_TRUST_ALREADY_SET:
		return ST_EXISTS;
	case KM_ERROR_TOO_MANY_OPERATIONS:
	case KM_ERROR_MEMORY_ALLOCATION_FAILED:
	case KM_ERROR_OPERATION_CANCELLED:
	case KM_ERROR_CONCURRENT_ACCESS_CONFLICT:
	case KM_ERROR_SECURE_HW_BUSY:
	case KM_ERROR_SECURE_HW_COMMUNICATION_FAILED:
	case KM_ERROR_INVALID_OPERATION_HANDLE:
	case KM_ERROR_INVALID_OPERATION:
	case KM_ERROR_UNIMPLEMENTED:
	case KM_ERROR_UNKNOWN_ERROR:
	case KM_ERROR_GATEKEEPER_UNKNOWN:
		return ST_FAILED;
	case KM_ERROR_GATEKEEPER_INVALID:
	case KM_ERROR_GATEKEEPER_RETRY:
		return ST_NOT_AUTHENTICATED;
	}
	return ST_REFUSED;
}

/* Values of @tag that the key lists; "none" in words when there is none. */
static void allowed_values(const struct attempt *a, uint32_t tag, char *text, size_t len)
{
	if (a->key)
		format_values(a->key->enforced, tag, text, len);
	if (a->key && !text[0])
		format_values(a->key->unenforced, tag, text, len);
	if (!text[0])
		snprintf(text, len, "none");
}

/* "the key does not allow mode ecb (it allows: gcm)" */
static void say_list(const struct attempt *a, uint32_t tag, char *text, size_t len)
{
	char asked[256], allowed[256] = "";
	struct km_param p;

	format_values(a->params, tag, asked, sizeof(asked));
	if (tag == KM_TAG_PURPOSE && a->purpose >= 0)
		snprintf(asked, sizeof(asked), "%s",
			 km_value_name(tag, (uint64_t)a->purpose));
	allowed_values(a, tag, allowed, sizeof(allowed));
	snprintf(text, len, "the key does not allow %s %s (it allows: %s)", km_tag_name(tag),
		 asked[0] ? asked : "none given", allowed);
	if (tag == KM_TAG_PURPOSE && a->key && !set_find(a->key, KM_TAG_ALGORITHM, 0, &p) &&
	    km_value_name(p.tag, p.value))
		snprintf(text + strlen(text), len - strlen(text), "; its algorithm is %s",
			 km_value_name(p.tag, p.value));
}

static void say_date(const struct attempt *a, uint32_t tag, const char *what, char *text,
		     size_t len)
{
	struct km_param p;
	char date[64];

	if (!a->key || set_find(a->key, tag, 0, &p))
		return;
	km_param_format(&p, date, sizeof(date));
	snprintf(text, len, "%s %s (%s)", what, date, km_tag_name(tag));
}

static void say_mac_length(const struct attempt *a, char *text, size_t len)
{
	struct km_param asked = { 0 }, least;

	if (!a->key || set_find(a->key, KM_TAG_MIN_MAC_LENGTH, 0, &least))
		return;
	if (!km_params_find(a->params, KM_TAG_MAC_LENGTH, 0, &asked))
		snprintf(text, len, "mac-length %llu is below the key's min-mac-length %llu",
			 (unsigned long long)asked.value, (unsigned long long)least.value);
	else
		snprintf(text, len, "the MAC is shorter than the key's min-mac-length, %llu",
			 (unsigned long long)least.value);
}

/* The mask of oaep is made with SHA-1 where nothing else is said. */
static void say_mgf(const struct attempt *a, char *text, size_t len)
{
	char allowed[256] = "";

	if (!km_params_find(a->params, KM_TAG_RSA_OAEP_MGF_DIGEST, 0, NULL)) {
		say_list(a, KM_TAG_RSA_OAEP_MGF_DIGEST, text, len);
		return;
	}
	allowed_values(a, KM_TAG_RSA_OAEP_MGF_DIGEST, allowed, sizeof(allowed));
	snprintf(text, len, "the key does not allow mgf-digest sha1, the default (it allows: %s)",
		 allowed);
}

/* Which padding and digest do not go together, or with the size of the key. */
static void say_digest(const struct attempt *a, char *text, size_t len)
{
	char padding[64], digest[64], size[64] = "";
	struct km_param p;

	if (!a->key || km_params_find(a->params, KM_TAG_DIGEST, 0, &p) ||
	    !set_has(a->key, p.tag, p.value) ||
	    !set_has(a->key, KM_TAG_ALGORITHM, KM_ALGORITHM_RSA)) {
		say_list(a, KM_TAG_DIGEST, text, len);
		return;
	}
	format_values(a->params, KM_TAG_PADDING, padding, sizeof(padding));
	format_values(a->params, KM_TAG_DIGEST, digest, sizeof(digest));
	allowed_values(a, KM_TAG_KEY_SIZE, size, sizeof(size));
	snprintf(text, len, "padding %s does not go with digest %s and an rsa key of %s bits",
		 padding, digest, size);
}

/* "max-uses-per-boot 3": an authorization with a number. */
static void say_number(const struct attempt *a, uint32_t tag, const char *what, char *text,
		       size_t len)
{
	struct km_param p;

	if (!a->key || set_find(a->key, tag, 0, &p))
		return;
	snprintf(text, len, "%s (%s %llu)", what, km_tag_name(tag),
		 (unsigned long long)p.value);
}

/* Who has to show himself, and how long ago at most. */
static void say_not_authenticated(const struct attempt *a, char *text, size_t len)
{
	char types[64] = "";
	struct km_param p;

	allowed_values(a, KM_TAG_USER_AUTH_TYPE, types, sizeof(types));
	if (a->key && !set_find(a->key, KM_TAG_AUTH_TIMEOUT, 0, &p))
		snprintf(text, len,
			 "no %s of its user in the last %llu seconds (auth-timeout): run kmctl auth",
			 types, (unsigned long long)p.value);
	else
		snprintf(text, len, "no %s of its user for this operation (user-secure-id)", types);
}

static void say_input_length(const struct attempt *a, char *text, size_t len)
{
	char size[64] = "";

	if (!a->key || !set_has(a->key, KM_TAG_ALGORITHM, KM_ALGORITHM_RSA))
		return;
	allowed_values(a, KM_TAG_KEY_SIZE, size, sizeof(size));
	snprintf(text, len, "the input is too long for this padding and an rsa key of %s bits",
		 size);
}

static void say_expired(const struct attempt *a, char *text, size_t len)
{
	bool making = a->purpose == KM_PURPOSE_ENCRYPT || a->purpose == KM_PURPOSE_SIGN;

	say_date(a, making ? KM_TAG_ORIGINATION_EXPIRE_DATETIME
			   : KM_TAG_USAGE_EXPIRE_DATETIME, "the key expired on", text, len);
}

/*
 * A blob with a slot that does not open may be one whose slot is gone. What it says of itself
 * is not authenticated then, and is told for what it is.
 */
static void say_slot(const struct attempt *a, char *text, size_t len)
{
	struct km_params *enforced = NULL, *unenforced = NULL;
	struct km_param p;

	if (!a->key || !a->key->ref.len ||
	    km_blob_parse(a->key->ref.blob, a->key->ref.len, &enforced, &unenforced) != 4)
		goto out;
	if (!km_params_find(enforced, KM_TAG_USAGE_COUNT_LIMIT, 0, &p))
		snprintf(text, len,
			 "the key is used up (usage-count-limit %llu) or deleted, or not of this root key, owner and application",
			 (unsigned long long)p.value);
	else
		snprintf(text, len,
			 "the key is deleted, or not of this root key, owner and application");
out:
	km_params_free(enforced);
	km_params_free(unenforced);
}

/* What of generate and import is against the rules for new keys. */
static void say_description(const struct attempt *a, int code, char *text, size_t len)
{
	if (code == KM_ERROR_INVALID_KEY_BLOB || a->purpose >= 0)
		return;
	/* Of a new key only this makes it: who hands a key over cannot authenticate for that. */
	if (code == KM_ERROR_INVALID_AUTHORIZATION_TIMEOUT)
		snprintf(text, len, "%s A key with bridge that asks for a user needs auth-timeout.",
			 km_strerror(code));
	/* Default deny: a key that nobody may use is refused when it is made. */
	if (a->params && km_params_find(a->params, KM_TAG_NO_AUTH_REQUIRED, 0, NULL) &&
	    km_params_find(a->params, KM_TAG_USER_SECURE_ID, 0, NULL))
		snprintf(text, len, "%s The key needs no-auth or a user-secure-id; --auth sets it.",
			 km_strerror(code));
}

/* What does not depend on what was tried. */
static bool say_always(const struct attempt *a, int code, char *text, size_t len)
{
	switch (code) {
	case KM_ERROR_KEYMASTER_NOT_CONFIGURED:
		snprintf(text, len, "no root key is loaded: run kmctl init, as root");
		return true;
	case KM_ERROR_KEY_REQUIRES_UPGRADE:
		snprintf(text, len, "the key is of an older system: run kmctl upgrade");
		return true;
	case KM_ERROR_EARLY_BOOT_ENDED:
		snprintf(text, len, "early boot has ended, and the key is early-boot-only");
		return true;
	case KM_ERROR_OPERATION_CANCELLED:
		snprintf(text, len, "interrupted");
		return true;
	case KM_ERROR_INVALID_ARGUMENT:
		if (strcmp(a->verb, "upgrade"))
			return false;
		snprintf(text, len, "the key is of a newer system than this one");
		return true;
	}
	return false;
}

/* How often, when and by whom: what the key says beside its algorithm. */
static void say_use(const struct attempt *a, int code, char *text, size_t len)
{
	switch (code) {
	case KM_ERROR_KEY_EXPIRED:
		say_expired(a, text, len);
		return;
	case KM_ERROR_KEY_NOT_YET_VALID:
		say_date(a, KM_TAG_ACTIVE_DATETIME, "the key is not valid before", text, len);
		return;
	case KM_ERROR_KEY_RATE_LIMIT_EXCEEDED:
		say_number(a, KM_TAG_MIN_SECONDS_BETWEEN_OPS,
			   "the key was used too short a time ago", text, len);
		return;
	case KM_ERROR_KEY_MAX_OPS_EXCEEDED:
		say_number(a, KM_TAG_MAX_USES_PER_BOOT,
			   "the key was used as often as it may be until the next boot", text,
			   len);
		return;
	case KM_ERROR_BOOT_LEVEL_EXCEEDED:
		say_number(a, KM_TAG_MAX_BOOT_LEVEL, "the system has booted too far", text, len);
		return;
	case KM_ERROR_KEY_USER_NOT_AUTHENTICATED:
		say_not_authenticated(a, text, len);
		return;
	case KM_ERROR_INVALID_KEY_BLOB:
		/* Perhaps the blob was good when its authorizations were read. */
		say_number(a, KM_TAG_USAGE_COUNT_LIMIT,
			   "the key was used as often as it may be, or its count is lost", text,
			   len);
		say_slot(a, text, len);
		return;
	case KM_ERROR_DEVICE_LOCKED:
		snprintf(text, len,
			 "the device is locked (unlocked-device-required): run kmctl auth");
		return;
	case KM_ERROR_NO_USER_CONFIRMATION:
		snprintf(text, len, "not confirmed by the user (trusted-confirmation-required)");
		return;
	case KM_ERROR_PROOF_OF_PRESENCE_REQUIRED:
		snprintf(text, len, "no proof of presence (trusted-user-presence-required)");
		return;
	}
}

static void say(const struct attempt *a, int code, char *text, size_t len)
{
	snprintf(text, len, "%s", km_strerror(code));
	if (say_always(a, code, text, len))
		return;
	if (a->purpose < 0) {
		say_description(a, code, text, len);
		if (code == KM_ERROR_INVALID_KEY_BLOB)
			say_slot(a, text, len);
		return;
	}
	switch (code) {
	case KM_ERROR_INCOMPATIBLE_PURPOSE:
	case KM_ERROR_UNSUPPORTED_PURPOSE:
		say_list(a, KM_TAG_PURPOSE, text, len);
		return;
	case KM_ERROR_INCOMPATIBLE_BLOCK_MODE:
	case KM_ERROR_UNSUPPORTED_BLOCK_MODE:
		say_list(a, KM_TAG_BLOCK_MODE, text, len);
		return;
	case KM_ERROR_INCOMPATIBLE_PADDING_MODE:
	case KM_ERROR_UNSUPPORTED_PADDING_MODE:
		say_list(a, KM_TAG_PADDING, text, len);
		return;
	case KM_ERROR_INCOMPATIBLE_DIGEST:
	case KM_ERROR_UNSUPPORTED_DIGEST:
		say_digest(a, text, len);
		return;
	case KM_ERROR_INCOMPATIBLE_MGF_DIGEST:
	case KM_ERROR_UNSUPPORTED_MGF_DIGEST:
		say_mgf(a, text, len);
		return;
	case KM_ERROR_INVALID_INPUT_LENGTH:
		say_input_length(a, text, len);
		return;
	case KM_ERROR_INVALID_ARGUMENT:
		if (a->purpose == KM_PURPOSE_AGREE_KEY)
			snprintf(text, len, "the peer's key is none, or not of the key's curve");
		return;
	case KM_ERROR_CALLER_NONCE_PROHIBITED:
		snprintf(text, len, "the key does not allow nonce (it lacks caller-nonce)");
		return;
	case KM_ERROR_INVALID_MAC_LENGTH:
		say_mac_length(a, text, len);
		return;
	default:
		say_use(a, code, text, len);
	}
}

/* Prints why @error came, and returns the exit status for it. */
int explain(const struct attempt *a, int error)
{
	int code = a->key->ctx ? km_last_error(a->key->ctx) : KM_ERROR_OK;
	const char *name = km_error_name(code);
	char text[1024];

	if (code == KM_ERROR_OK) {
		if (error == -EPERM)
			return fail(ST_FAILED, "%s: this needs root (CAP_SYS_ADMIN)", a->verb);
		if (error == -ENOTTY)
			return fail(ST_NOT_READY, "%s: the module does not know this command",
				    a->verb);
		return fail(ST_FAILED, "%s: %s: %s", a->key->name ? a->key->name : "kmctl",
			    a->verb, strerror(-error));
	}
	say(a, code, text, sizeof(text));
	if (name)
		fail(0, "%s: %s [%s]", a->key->name ? a->key->name : a->verb, text, name);
	else
		fail(0, "%s: %s [%d]", a->key->name ? a->key->name : a->verb, text, code);
	return status_of(code, a->purpose);
}
