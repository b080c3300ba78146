// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The Keymaster codes: their names and a sentence for each.
 * For messages; a leaf that nothing in the library depends on.
 */
#include "lib_private.h"

struct code {
	int code;
	const char *name;
	const char *text;
};

#define E(name, text) { KM_ERROR_##name, #name, text }

static const struct code codes[] = {
	E(OK, "Success."),
	E(ROOT_OF_TRUST_ALREADY_SET, "A root key is loaded already."),
	E(UNSUPPORTED_PURPOSE, "Keys of this algorithm have no such purpose."),
	E(INCOMPATIBLE_PURPOSE, "The key's authorizations do not allow this purpose."),
	E(UNSUPPORTED_ALGORITHM, "The algorithm is missing or not supported."),
	E(INCOMPATIBLE_ALGORITHM, "The algorithm does not fit the key."),
	E(UNSUPPORTED_KEY_SIZE, "The key size is missing or not supported for this algorithm."),
	E(UNSUPPORTED_BLOCK_MODE, "Exactly one supported block mode is needed."),
	E(INCOMPATIBLE_BLOCK_MODE, "The key's authorizations do not allow this block mode."),
	E(UNSUPPORTED_MAC_LENGTH, "The MAC length is not supported."),
	E(UNSUPPORTED_PADDING_MODE, "Exactly one supported padding is needed."),
	E(INCOMPATIBLE_PADDING_MODE, "The key or the block mode does not allow this padding."),
	E(UNSUPPORTED_DIGEST, "Exactly one supported digest is needed."),
	E(INCOMPATIBLE_DIGEST, "The key's authorizations do not allow this digest."),
	E(INVALID_EXPIRATION_TIME, "The expiration date is not valid."),
	E(INVALID_USER_ID, "The user id is not valid."),
	E(INVALID_AUTHORIZATION_TIMEOUT, "The authentication timeout is not valid."),
	E(UNSUPPORTED_KEY_FORMAT, "Keys of this algorithm do not have this format."),
	E(INCOMPATIBLE_KEY_FORMAT, "The format does not fit the key."),
	E(UNSUPPORTED_KEY_ENCRYPTION_ALGORITHM, "The key's encryption is not supported."),
	E(UNSUPPORTED_KEY_VERIFICATION_ALGORITHM, "The key's verification is not supported."),
	E(INVALID_INPUT_LENGTH, "The length of the input does not fit the operation."),
	E(KEY_EXPORT_OPTIONS_INVALID, "The options for exporting are not valid."),
	E(DELEGATION_NOT_ALLOWED, "The key may not be delegated."),
	E(KEY_NOT_YET_VALID, "The key is not valid yet."),
	E(KEY_EXPIRED, "The key has expired for this purpose."),
	E(KEY_USER_NOT_AUTHENTICATED, "The key demands that its user authenticates first."),
	E(OUTPUT_PARAMETER_NULL, "An output is missing."),
	E(INVALID_OPERATION_HANDLE, "The operation has ended already."),
	E(INSUFFICIENT_BUFFER_SPACE, "The buffer is too small."),
	E(VERIFICATION_FAILED, "The signature or authentication tag is wrong."),
	E(TOO_MANY_OPERATIONS, "The user has too many operations open."),
	E(UNEXPECTED_NULL_POINTER, "A pointer is missing."),
	E(INVALID_KEY_BLOB,
	  "The key blob is damaged or deleted, or not of this root key, owner and application."),
	E(IMPORTED_KEY_NOT_ENCRYPTED, "The imported key is not encrypted."),
	E(IMPORTED_KEY_DECRYPTION_FAILED, "The imported key cannot be decrypted."),
	E(IMPORTED_KEY_NOT_SIGNED, "The imported key is not signed."),
	E(IMPORTED_KEY_VERIFICATION_FAILED, "The signature of the imported key is wrong."),
	E(INVALID_ARGUMENT, "An argument or the input is not valid."),
	E(UNSUPPORTED_TAG, "A tag of the description is not supported."),
	E(INVALID_TAG, "A tag is not allowed here."),
	E(MEMORY_ALLOCATION_FAILED, "The kernel is out of memory."),
	E(IMPORT_PARAMETER_MISMATCH, "The description does not fit the imported key."),
	E(SECURE_HW_ACCESS_DENIED, "The key manager denied access."),
	E(OPERATION_CANCELLED, "The operation was cancelled."),
	E(CONCURRENT_ACCESS_CONFLICT, "Another call is using the same thing."),
	E(SECURE_HW_BUSY, "The key manager is busy."),
	E(SECURE_HW_COMMUNICATION_FAILED, "The key manager cannot be reached."),
	E(UNSUPPORTED_EC_FIELD, "The field of the curve is not supported."),
	E(MISSING_NONCE, "The nonce is missing."),
	E(INVALID_NONCE, "The nonce has the wrong length."),
	E(MISSING_MAC_LENGTH, "The MAC length is missing."),
	E(KEY_RATE_LIMIT_EXCEEDED, "The key was used too short a time ago."),
	E(CALLER_NONCE_PROHIBITED, "The key does not allow the caller to choose the nonce."),
	E(KEY_MAX_OPS_EXCEEDED, "The key was used as often as it may be until the next boot."),
	E(INVALID_MAC_LENGTH, "The MAC is shorter than the key's authorizations allow."),
	E(MISSING_MIN_MAC_LENGTH, "The description needs a minimum MAC length."),
	E(UNSUPPORTED_MIN_MAC_LENGTH, "The minimum MAC length is not supported."),
	E(UNSUPPORTED_KDF, "The key derivation function is not supported."),
	E(UNSUPPORTED_EC_CURVE, "The curve is missing or not supported."),
	E(KEY_REQUIRES_UPGRADE, "The key is of an older system version and must be upgraded."),
	E(ATTESTATION_CHALLENGE_MISSING, "The attestation challenge is missing."),
	E(KEYMASTER_NOT_CONFIGURED, "No root key is loaded."),
	E(ATTESTATION_APPLICATION_ID_MISSING, "The attestation application id is missing."),
	E(CANNOT_ATTEST_IDS, "The device ids cannot be attested."),
	E(ROLLBACK_RESISTANCE_UNAVAILABLE, "There is no storage for irrevocable deletion."),
	E(HARDWARE_TYPE_UNAVAILABLE, "The hardware type is not available."),
	E(PROOF_OF_PRESENCE_REQUIRED, "The key demands a proof of the user's presence."),
	E(CONCURRENT_PROOF_OF_PRESENCE_REQUESTED, "A proof of presence is being asked for."),
	E(NO_USER_CONFIRMATION, "The user has not confirmed this message."),
	E(DEVICE_LOCKED, "The key may not be used while the device is locked."),
	E(EARLY_BOOT_ENDED, "The key may be used during early boot only."),
	E(ATTESTATION_KEYS_NOT_PROVISIONED, "No attestation key was provisioned."),
	E(ATTESTATION_IDS_NOT_PROVISIONED, "No device ids were provisioned."),
	E(INVALID_OPERATION, "The operation is not possible now."),
	E(STORAGE_KEY_UNSUPPORTED, "Storage keys are not supported."),
	E(INCOMPATIBLE_MGF_DIGEST, "The key's authorizations do not allow this MGF digest."),
	E(UNSUPPORTED_MGF_DIGEST, "The MGF digest is not supported."),
	E(MISSING_NOT_BEFORE, "The first date of the certificate is missing."),
	E(MISSING_NOT_AFTER, "The last date of the certificate is missing."),
	E(MISSING_ISSUER_SUBJECT, "The issuer's name is missing."),
	E(INVALID_ISSUER_SUBJECT, "The issuer's name is not valid."),
	E(BOOT_LEVEL_EXCEEDED, "The system has booted past the level that the key allows."),
	E(HARDWARE_NOT_YET_AVAILABLE, "The hardware is not available yet."),
	E(MODULE_HASH_ALREADY_SET, "The module hash was set already."),
	E(UNIMPLEMENTED, "The call is not implemented."),
	E(VERSION_MISMATCH, "The versions do not fit."),
	E(UNKNOWN_ERROR, "The key manager failed for an unknown reason."),
	E(GATEKEEPER_INVALID, "The password is wrong, or the user is not enrolled."),
	E(GATEKEEPER_RETRY, "Too many wrong passwords: the next attempt has to wait."),
	E(GATEKEEPER_UNKNOWN, "The attempt could not be recorded, and so was not made."),
};

static const struct code *find(int code)
{
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].code == code)
			return &codes[i];
	return NULL;
}

LIBEXPORT const char *km_error_name(int code)
{
	const struct code *c = find(code);

	return c ? c->name : NULL;
}

LIBEXPORT const char *km_strerror(int code)
{
	const struct code *c = find(code);

	return c ? c->text : "The key manager returned a code that this library does not know.";
}
