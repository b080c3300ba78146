// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
/*
 * The names of tags and of their values: the one vocabulary of the library's builder, of
 * kmctl's options, of keyring requests and of the manual. A leaf, tables only; part of the
 * library, too.
 */
#include "tag_text.h"

struct value_name {
	const char *name;
	u32 value;
};

static const struct value_name algorithms[] = {
	{ "aes", KM_ALGORITHM_AES },
	{ "ec", KM_ALGORITHM_EC },
	{ "hmac", KM_ALGORITHM_HMAC },
	{ "rsa", KM_ALGORITHM_RSA },
	{ "3des", KM_ALGORITHM_TRIPLE_DES },
	{ }
};

static const struct value_name modes[] = {
	{ "gcm", KM_MODE_GCM },
	{ "cbc", KM_MODE_CBC },
	{ "ctr", KM_MODE_CTR },
	{ "ecb", KM_MODE_ECB },
	{ }
};

static const struct value_name paddings[] = {
	{ "none", KM_PAD_NONE },
	{ "pkcs7", KM_PAD_PKCS7 },
	{ "oaep", KM_PAD_RSA_OAEP },
	{ "pss", KM_PAD_RSA_PSS },
	{ "pkcs1-encrypt", KM_PAD_RSA_PKCS1_1_5_ENCRYPT },
	{ "pkcs1-sign", KM_PAD_RSA_PKCS1_1_5_SIGN },
	{ }
};

static const struct value_name digests[] = {
	{ "none", KM_DIGEST_NONE },
	{ "md5", KM_DIGEST_MD5 },
	{ "sha1", KM_DIGEST_SHA1 },
	{ "sha224", KM_DIGEST_SHA_2_224 },
	{ "sha256", KM_DIGEST_SHA_2_256 },
	{ "sha384", KM_DIGEST_SHA_2_384 },
	{ "sha512", KM_DIGEST_SHA_2_512 },
	{ }
};

static const struct value_name purposes[] = {
	{ "encrypt", KM_PURPOSE_ENCRYPT },
	{ "decrypt", KM_PURPOSE_DECRYPT },
	{ "sign", KM_PURPOSE_SIGN },
	{ "verify", KM_PURPOSE_VERIFY },
	{ "derive", KM_PURPOSE_DERIVE_KEY },
	{ "wrap", KM_PURPOSE_WRAP_KEY },
	{ "agree", KM_PURPOSE_AGREE_KEY },
	{ "attest", KM_PURPOSE_ATTEST_KEY },
	{ }
};

static const struct value_name curves[] = {
	{ "p224", KM_EC_CURVE_P_224 },
	{ "p256", KM_EC_CURVE_P_256 },
	{ "p384", KM_EC_CURVE_P_384 },
	{ "p521", KM_EC_CURVE_P_521 },
	{ "25519", KM_EC_CURVE_CURVE_25519 },
	{ }
};

static const struct value_name origins[] = {
	{ "generated", KM_ORIGIN_GENERATED },
	{ "derived", KM_ORIGIN_DERIVED },
	{ "imported", KM_ORIGIN_IMPORTED },
	{ "unknown", KM_ORIGIN_UNKNOWN },
	{ "securely-imported", KM_ORIGIN_SECURELY_IMPORTED },
	{ }
};

static const struct value_name kdfs[] = {
	{ "none", 0 },
	{ "rfc5869-sha256", 1 },
	{ "kdf1-sha1", 2 },
	{ "kdf1-sha256", 3 },
	{ "kdf2-sha1", 4 },
	{ "kdf2-sha256", 5 },
	{ }
};

static const struct value_name blob_usages[] = {
	{ "standalone", KM_BLOB_STANDALONE },
	{ "requires-file-system", KM_BLOB_REQUIRES_FILE_SYSTEM },
	{ }
};

static const struct value_name auth_types[] = {
	{ "none", KM_AUTH_TYPE_NONE },
	{ "password", KM_AUTH_TYPE_PASSWORD },
	{ "fingerprint", KM_AUTH_TYPE_FINGERPRINT },
	{ "any", KM_AUTH_TYPE_ANY },
	{ }
};

static const struct value_name bridges[] = {
	{ "logon", KM_BRIDGE_LOGON },
	{ "fscrypt", KM_BRIDGE_FSCRYPT },
	{ }
};

/* Other names that are understood, and never printed. */
static const struct {
	u32 tag;
	const char *name;
	const char *known;
} other_names[] = {
	{ KM_TAG_ALGORITHM, "des-ede3", "3des" },
	{ KM_TAG_EC_CURVE, "curve25519", "25519" },
	{ KM_TAG_EC_CURVE, "prime256v1", "p256" },
	{ KM_TAG_EC_CURVE, "secp224r1", "p224" },
	{ KM_TAG_EC_CURVE, "secp256r1", "p256" },
	{ KM_TAG_EC_CURVE, "secp384r1", "p384" },
	{ KM_TAG_EC_CURVE, "secp521r1", "p521" },
	{ KM_TAG_EC_CURVE, "P-224", "p224" },
	{ KM_TAG_EC_CURVE, "P-256", "p256" },
	{ KM_TAG_EC_CURVE, "P-384", "p384" },
	{ KM_TAG_EC_CURVE, "P-521", "p521" },
	{ KM_TAG_PURPOSE, "agree-key", "agree" },
	{ KM_TAG_PURPOSE, "attest-key", "attest" },
	{ KM_TAG_PURPOSE, "derive-key", "derive" },
	{ KM_TAG_PURPOSE, "wrap-key", "wrap" },
};

/* Likewise of tags: shorter ones, and two from the interface's own text. */
static const struct {
	const char *name;
	u32 tag;
} other_tags[] = {
	{ "alg", KM_TAG_ALGORITHM },
	{ "auth", KM_TAG_USER_AUTH_TYPE },
	{ "confirm", KM_TAG_TRUSTED_CONFIRMATION_REQUIRED },
	{ "noauth", KM_TAG_NO_AUTH_REQUIRED },
	{ "rsa-public-exponent", KM_TAG_RSA_PUBLIC_EXPONENT },
	{ "unlocked", KM_TAG_UNLOCKED_DEVICE_REQUIRED },
	{ "usage-count", KM_TAG_USAGE_COUNT_LIMIT },
};

struct tag_name {
	u32 tag;
	unsigned int flags;
	const char *name;
	const char *help;
	const struct value_name *values;
};

#define D	KM_TAG_MAY_DESCRIBE
#define O	KM_TAG_MAY_OPERATE
#define X	KM_TAG_TEXT_IS_HEX
/* The module has nobody to show a help to. */
#ifdef __KERNEL__
#define T(tag, flags, name, help, values) { KM_TAG_##tag, flags, name, NULL, values }
#else
#define T(tag, flags, name, help, values) { KM_TAG_##tag, flags, name, help, values }
#endif

static const struct tag_name tags[] = {
	T(ALGORITHM, D, "algorithm", "kind of key", algorithms),
	T(KEY_SIZE, D, "size", "size of the key in bits", NULL),
	T(EC_CURVE, D, "curve", "elliptic curve", curves),
	T(PURPOSE, D, "purpose", "what the key may do", purposes),
	T(BLOCK_MODE, D | O, "mode", "block modes", modes),
	T(PADDING, D | O, "padding", "paddings", paddings),
	T(DIGEST, D | O, "digest", "digests", digests),
	T(MIN_MAC_LENGTH, D, "min-mac-length", "shortest MAC or GCM tag in bits", NULL),
	T(CALLER_NONCE, D, "caller-nonce", "the user may choose the nonce", NULL),
	T(NO_AUTH_REQUIRED, D, "no-auth", "usable without the user's password", NULL),
	T(ACTIVE_DATETIME, D, "active", "first moment of use", NULL),
	T(ORIGINATION_EXPIRE_DATETIME, D, "origination-expire",
	  "last moment to encrypt or sign", NULL),
	T(USAGE_EXPIRE_DATETIME, D, "usage-expire", "last moment to decrypt or verify", NULL),
	T(APPLICATION_ID, D | O, "application-id", "bytes demanded again at each use", NULL),
	T(APPLICATION_DATA, D | O, "application-data", "more bytes demanded at each use", NULL),
	T(LINUX_SHAREABLE, D, "shareable", "any user of this machine may use the blob", NULL),
	T(LINUX_BRIDGE, D, "bridge", "what else of the kernel may be given the key", bridges),
	T(RSA_PUBLIC_EXPONENT, D, "exponent", "public exponent of an rsa key", NULL),
	T(RSA_OAEP_MGF_DIGEST, D | O, "mgf-digest", "digests for the MGF1 of OAEP", digests),
	T(KDF, 0, "kdf", "key derivation function", kdfs),
	T(ECIES_SINGLE_HASH_MODE, 0, "ecies-single-hash-mode", "reserved", NULL),
	T(INCLUDE_UNIQUE_ID, D, "include-unique-id", "attest the unique id", NULL),
	T(BLOB_USAGE_REQUIREMENTS, D, "blob-usage", "what the blob needs to be used",
	  blob_usages),
	T(BOOTLOADER_ONLY, D, "bootloader-only", "not usable through this interface", NULL),
	T(ROLLBACK_RESISTANCE, D, "rollback-resistance", "deletion is irrevocable", NULL),
	T(HARDWARE_TYPE, 0, "hardware-type", "reserved", NULL),
	T(EARLY_BOOT_ONLY, D, "early-boot-only", "usable during early boot only", NULL),
	T(MIN_SECONDS_BETWEEN_OPS, D, "min-seconds-between-ops", "pause between two uses",
	  NULL),
	T(MAX_USES_PER_BOOT, D, "max-uses-per-boot", "uses until the next boot", NULL),
	T(USAGE_COUNT_LIMIT, D, "usage-count-limit", "uses in all", NULL),
	T(ALL_USERS, D, "all-users", "obsolete, ignored", NULL),
	T(USER_ID, D, "user-id", "recorded, ignored", NULL),
	T(USER_SECURE_ID, D, "user-secure-id", "ids of which one must be authenticated", NULL),
	T(USER_AUTH_TYPE, D, "user-auth-type", "accepted authenticators", auth_types),
	T(AUTH_TIMEOUT, D, "auth-timeout", "seconds an authentication lasts", NULL),
	T(ALLOW_WHILE_ON_BODY, D, "allow-while-on-body", "longer while worn", NULL),
	T(TRUSTED_USER_PRESENCE_REQUIRED, D, "trusted-user-presence-required",
	  "needs a proof of presence", NULL),
	T(TRUSTED_CONFIRMATION_REQUIRED, D, "trusted-confirmation-required",
	  "needs the user's confirmation of the message", NULL),
	T(UNLOCKED_DEVICE_REQUIRED, D, "unlocked-device-required",
	  "not usable while the device is locked", NULL),
	T(ALL_APPLICATIONS, D, "all-applications", "obsolete, ignored", NULL),
	T(EXPORTABLE, 0, "exportable", "refused: private keys never leave", NULL),
	T(CREATION_DATETIME, D, "creation", "when the key was made", NULL),
	T(ORIGIN, 0, "origin", "how the key came to be", origins),
	T(ROLLBACK_RESISTANT, 0, "rollback-resistant", "old output", NULL),
	T(ROOT_OF_TRUST, X, "root-of-trust", "hidden", NULL),
	T(OS_VERSION, 0, "os-version", "system version of the key", NULL),
	T(OS_PATCHLEVEL, 0, "os-patchlevel", "system patch level of the key", NULL),
	T(VENDOR_PATCHLEVEL, 0, "vendor-patchlevel", "vendor patch level", NULL),
	T(BOOT_PATCHLEVEL, 0, "boot-patchlevel", "boot patch level", NULL),
	T(UNIQUE_ID, X, "unique-id", "output of attestation", NULL),
	T(ATTESTATION_CHALLENGE, X, "attestation-challenge", "of attestation", NULL),
	T(ATTESTATION_APPLICATION_ID, X, "attestation-application-id", "of attestation", NULL),
	T(ATTESTATION_ID_BRAND, 0, "attestation-id-brand", "brand of the device", NULL),
	T(ATTESTATION_ID_DEVICE, 0, "attestation-id-device",
	  "name of the device in its industry", NULL),
	T(ATTESTATION_ID_PRODUCT, 0, "attestation-id-product", "name of the product", NULL),
	T(ATTESTATION_ID_SERIAL, 0, "attestation-id-serial", "serial number of the device", NULL),
	T(ATTESTATION_ID_IMEI, 0, "attestation-id-imei", "IMEI of the device", NULL),
	T(ATTESTATION_ID_MEID, 0, "attestation-id-meid", "MEID of the device", NULL),
	T(ATTESTATION_ID_MANUFACTURER, 0, "attestation-id-manufacturer",
	  "maker of the device", NULL),
	T(ATTESTATION_ID_MODEL, 0, "attestation-id-model", "model of the device", NULL),
	T(ATTESTATION_ID_SECOND_IMEI, 0, "attestation-id-second-imei",
	  "IMEI of its second slot", NULL),
	T(MODULE_HASH, X, "module-hash", "of attestation", NULL),
	T(DEVICE_UNIQUE_ATTESTATION, 0, "device-unique-attestation", "refused", NULL),
	T(IDENTITY_CREDENTIAL_KEY, 0, "identity-credential-key", "refused", NULL),
	T(STORAGE_KEY, 0, "storage-key", "refused", NULL),
	T(ASSOCIATED_DATA, O, "aad", "bytes authenticated beside the data", NULL),
	T(NONCE, O | X, "nonce", "nonce or initialization vector", NULL),
	T(AUTH_TOKEN, O | X, "auth-token", "proof of authentication", NULL),
	T(MAC_LENGTH, O, "mac-length", "length of the MAC or GCM tag in bits", NULL),
	T(RESET_SINCE_ID_ROTATION, 0, "reset-since-id-rotation", "of attestation", NULL),
	T(CONFIRMATION_TOKEN, O | X, "confirmation-token", "proof of confirmation", NULL),
	T(CERTIFICATE_SERIAL, X, "certificate-serial", "of the certificate", NULL),
	T(CERTIFICATE_SUBJECT, X, "certificate-subject", "subject of the certificate, DER",
	  NULL),
	T(CERTIFICATE_NOT_BEFORE, 0, "certificate-not-before", "of the certificate", NULL),
	T(CERTIFICATE_NOT_AFTER, 0, "certificate-not-after", "of the certificate", NULL),
	T(MAX_BOOT_LEVEL, D, "max-boot-level", "last boot level of use", NULL),
	T(DIGEST_OLD, 0, "digest-old", "old encoding", digests),
	T(PADDING_OLD, 0, "padding-old", "old encoding", paddings),
	T(LINUX_KEY_ID, X, "key-id", "random id of the key", NULL),
	T(LINUX_OWNER_UID, 0, "owner-uid", "hidden", NULL),
};

static const struct tag_name *find(u32 tag)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tags); i++)
		if (tags[i].tag == tag)
			return &tags[i];
	return NULL;
}

u32 km_tag_at(size_t index)
{
	return index < ARRAY_SIZE(tags) ? tags[index].tag : KM_TAG_INVALID;
}

const char *km_tag_name(u32 tag)
{
	const struct tag_name *t = find(tag);

	return t ? t->name : NULL;
}

u32 km_tag_from_name(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tags); i++)
		if (!strcmp(tags[i].name, name))
			return tags[i].tag;
	for (i = 0; i < ARRAY_SIZE(other_tags); i++)
		if (!strcmp(other_tags[i].name, name))
			return other_tags[i].tag;
	return KM_TAG_INVALID;
}

unsigned int km_tag_flags(u32 tag)
{
	const struct tag_name *t = find(tag);

	return t ? t->flags : 0;
}

const char *km_tag_help(u32 tag)
{
	const struct tag_name *t = find(tag);

	return t ? t->help : NULL;
}

const char *km_value_at(u32 tag, size_t index, u32 *value)
{
	const struct tag_name *t = find(tag);
	const struct value_name *v = t ? t->values : NULL;

	for (; v && v->name; v++) {
		if (index--)
			continue;
		if (value)
			*value = v->value;
		return v->name;
	}
	return NULL;
}

const char *km_value_name(u32 tag, u64 value)
{
	const char *name;
	u32 v;
	size_t i;

	for (i = 0; (name = km_value_at(tag, i, &v)); i++)
		if (v == value)
			return name;
	return NULL;
}

int km_value_from_name(u32 tag, const char *name, u32 *value)
{
	const char *known;
	u32 v;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(other_names); i++)
		if (other_names[i].tag == tag && !strcmp(other_names[i].name, name))
			name = other_names[i].known;
	for (i = 0; (known = km_value_at(tag, i, &v)); i++) {
		if (strcmp(known, name))
			continue;
		*value = v;
		return 0;
	}
	return -ENOENT;
}
