/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libkeymaster: keys that the kernel holds and whose authorizations it enforces.
 * The one public header; programs see /dev/keymaster only through it.
 */
#ifndef KEYMASTER_H
#define KEYMASTER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/keymaster.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * DOC: Conventions
 *
 * Functions return 0 or a negative errno. When the key manager itself refused,
 * km_last_error() has the exact Keymaster code. The library prints nothing,
 * keeps no global state and installs no handlers.
 *
 * A context may be used by several threads at once. After fork() the child's
 * first call opens the device anew, so that keys and quotas are those of the
 * user that the child is then. An operation stays with the process that began
 * it. An alias is any string of bytes but the empty one.
 */

struct km_ctx;
struct km_key;
struct km_op;
struct km_params;
struct km_store;

/**
 * struct km_buf - an output
 * @data: the caller's buffer, or NULL to have one allocated
 * @room: bytes at @data
 * @len: [out] bytes of output; after -EMSGSIZE the bytes that are needed
 *
 * With {NULL, 0, 0} the library allocates and the caller ends with
 * km_buf_free(), which wipes. In the caller's own buffer a short room gives
 * -EMSGSIZE and nothing has happened.
 */
struct km_buf {
	void *data;
	size_t room;
	size_t len;
};

/** struct km_bytes - an input: @len bytes at @data */
struct km_bytes {
	const void *data;
	size_t len;
};

/**
 * struct km_key_ref - names a key
 * @blob: its key blob, or NULL
 * @len: bytes at @blob; 0: the key is named by @serial
 * @serial: serial number of a "keymaster" key in a keyring
 */
struct km_key_ref {
	const void *blob;
	size_t len;
	int32_t serial;
};

/** km_buf_free() - wipe and free what the library put into @buf */
void km_buf_free(struct km_buf *buf);

/* ---- context ---- */

/**
 * km_open() - open the key manager
 * @ctx: [out] the context
 * @path: device to open, NULL for /dev/keymaster
 * @flags: must be 0
 *
 * Return: 0; -ENOENT or -ENXIO when the module is not loaded, -EACCES,
 * -EAGAIN when the process has no thread-specific slot left (1024).
 */
int km_open(struct km_ctx **ctx, const char *path, unsigned int flags);

/** km_close() - close it; operations that were begun must be freed before */
void km_close(struct km_ctx *ctx);

/** km_last_error() - Keymaster code of this thread's latest call, 0 if none */
int km_last_error(const struct km_ctx *ctx);

/** km_strerror() - one sentence for a Keymaster code; never NULL */
const char *km_strerror(int code);

/** km_error_name() - "KEY_EXPIRED" for KM_ERROR_KEY_EXPIRED; NULL if unknown */
const char *km_error_name(int code);

/* ---- authorization sets ---- */

/**
 * struct km_param - one entry of a set
 * @tag: KM_TAG_*
 * @value: value of the number types, 1 for BOOL
 * @data: bytes of BYTES and BIGNUM; belongs to the set
 * @len: bytes at @data
 */
struct km_param {
	uint32_t tag;
	uint64_t value;
	const void *data;
	size_t len;
};

int km_params_new(struct km_params **params);
/** km_params_free() - wipe and free; NULL is allowed */
void km_params_free(struct km_params *params);

/**
 * km_params_add_u32() - append an ENUM or UINT entry (or a _REP one)
 *
 * Return: 0; -EINVAL when @tag is of another type; -EEXIST when @tag may occur
 * only once and is there, or the repeated value is there; -ENOMEM. The same
 * for the three that follow.
 */
int km_params_add_u32(struct km_params *params, uint32_t tag, uint32_t value);
/** km_params_add_u64() - append a ULONG or DATE entry */
int km_params_add_u64(struct km_params *params, uint32_t tag, uint64_t value);
/** km_params_add_bool() - append a BOOL entry: presence means true */
int km_params_add_bool(struct km_params *params, uint32_t tag);
/** km_params_add_bytes() - append a copy of @len bytes */
int km_params_add_bytes(struct km_params *params, uint32_t tag, const void *data, size_t len);

/**
 * km_params_add_text() - append from text, as in kmctl's options
 * @params: the set
 * @name: name of the tag: "algorithm", "purpose", "no-auth"...
 * @value: enumerations by name ("aes"), comma lists for repeatable tags, numbers
 *	decimal or 0x, dates "2030-12-31", "2030-12-31T23:59:59Z" (UTC),
 *	"@SECONDS" or from now "+30d" (s, m, h, d, w), bytes as text or "hex:..."
 *	("text:" before a text that starts like that); BOOL: NULL or "yes"
 *
 * Return: 0; -ENOENT for an unknown name, -EINVAL for a bad value, -ERANGE for
 * a number that does not fit, -EEXIST, -ENOMEM. On failure @params is as before.
 */
int km_params_add_text(struct km_params *params, const char *name, const char *value);

#define KM_DEFAULTS_NEW		(1U << 0)	/* the key is made, not brought in */
#define KM_DEFAULTS_MAC		(1U << 1)	/* MIN_MAC_LENGTH alone */

/**
 * km_params_add_defaults() - append what a key description means and does not say
 * @params: the description
 * @flags: KM_DEFAULTS_*
 *
 * As kmctl generate and import do: PADDING of AES and 3DES by the mode, MIN_MAC_LENGTH,
 * RSA_PUBLIC_EXPONENT 65537 and the KEY_SIZE of 3DES of a new key, RSA_OAEP_MGF_DIGEST as
 * DIGEST, DIGEST none of an Ed25519 key. Never who may use the key.
 *
 * Return: 0; -ENOMEM. On failure @params is as before.
 */
int km_params_add_defaults(struct km_params *params, unsigned int flags);

/** km_params_append() - append copies of all entries of @from */
int km_params_append(struct km_params *params, const struct km_params *from);
/** km_params_count() - entries in the set; 0 for NULL */
size_t km_params_count(const struct km_params *params);
/** km_params_get() - entry @index, in order of insertion; -ENOENT past the end */
int km_params_get(const struct km_params *params, size_t index, struct km_param *param);
/** km_params_find() - occurrence @nth (from 0) of @tag; -ENOENT when there is none */
int km_params_find(const struct km_params *params, uint32_t tag, size_t nth,
		   struct km_param *param);
/** km_params_contains() - 1 when @tag occurs with this number, else 0 */
int km_params_contains(const struct km_params *params, uint32_t tag, uint64_t value);

/**
 * km_params_parse() - read a set in wire form
 * @params: [out] the set
 * @wire: the bytes
 * @len: bytes at @wire; 0 is the empty set
 * @used: [out] bytes that the set takes; NULL: it must take all of them
 *
 * Return: 0; -EBADMSG when it is malformed; -ENOMEM.
 */
int km_params_parse(struct km_params **params, const void *wire, size_t len, size_t *used);

/** km_params_serialise() - write the wire form; -E2BIG beyond KM_PARAMS_MAX */
int km_params_serialise(const struct km_params *params, struct km_buf *out);

/* ---- names ---- */

#define KM_TAG_MAY_DESCRIBE	(1U << 0)	/* in a key description */
#define KM_TAG_MAY_OPERATE	(1U << 1)	/* in the parameters of an operation */
#define KM_TAG_TEXT_IS_HEX	(1U << 2)	/* the text form is hex digits */

/** km_tag_at() - the known tags, @index from 0; KM_TAG_INVALID past the end */
uint32_t km_tag_at(size_t index);
/** km_tag_name() - "purpose" for KM_TAG_PURPOSE; NULL if unknown */
const char *km_tag_name(uint32_t tag);
/** km_tag_from_name() - the reverse; KM_TAG_INVALID if unknown */
uint32_t km_tag_from_name(const char *name);
/** km_tag_flags() - KM_TAG_MAY_* and KM_TAG_TEXT_IS_HEX; 0 if unknown */
unsigned int km_tag_flags(uint32_t tag);
/** km_tag_help() - what the tag says, in a line; NULL if unknown */
const char *km_tag_help(uint32_t tag);
/** km_tag_is_repeatable() - 1 when a set may hold the tag several times */
int km_tag_is_repeatable(uint32_t tag);
/** km_value_at() - names of an enumeration's values; NULL past the end */
const char *km_value_at(uint32_t tag, size_t index, uint32_t *value);
/** km_value_name() - "aes" for KM_ALGORITHM_AES of KM_TAG_ALGORITHM; or NULL */
const char *km_value_name(uint32_t tag, uint64_t value);
/** km_value_from_name() - the reverse; -ENOENT if unknown */
int km_value_from_name(uint32_t tag, const char *name, uint32_t *value);

/**
 * km_param_format() - the value as text that km_params_add_text() understands
 *
 * Writes at most @len bytes with the terminating zero, as snprintf() does.
 * Return: length of the whole text, or a negative errno.
 */
int km_param_format(const struct km_param *param, char *text, size_t len);

/* ---- the key manager ---- */

/** km_get_info() - what this kernel offers; see struct km_info */
int km_get_info(struct km_ctx *ctx, struct km_info *info);

/**
 * struct km_root_request - what km_load_root_key() loads
 * @source: KM_ROOT_BYTES, KM_ROOT_KEYRING, KM_ROOT_EPHEMERAL or KM_ROOT_TPM
 * @serial: KEYRING: serial of the kernel key
 * @key: BYTES: the key; TPM: the sealed key
 * @len: BYTES: KM_ROOT_KEY_SIZE; TPM: bytes of it
 * @check: [out] public check value of the root key
 * @record: km_load_root_key(): what km_rotate_root_key() gave for this one, or NULL
 * @record_len: its length
 */
struct km_root_request {
	uint32_t source;
	int32_t serial;
	const void *key;
	size_t len;
	uint8_t check[KM_ROOT_CHECK_SIZE];
	const void *record;
	size_t record_len;
};

/** km_load_root_key() - give the module its root key; -EEXIST when it has one */
int km_load_root_key(struct km_ctx *ctx, struct km_root_request *request);
/** km_load_checked_root_key() - the same, but only the root key that @request->check tells of */
int km_load_checked_root_key(struct km_ctx *ctx, struct km_root_request *request);
/**
 * km_create_tpm_root_key() - have a root key made that the TPM seals; for root
 * @ctx: the context
 * @pcrs: bit mask of PCRs that have to be as they are now whenever it is loaded, 0: none
 * @sealed: [out] the sealed key, for km_load_root_key()
 *
 * Return: 0; -ENODEV without a TPM 2.0; -EOPNOTSUPP for PCRs that it does not have; -EACCES
 * when its owner has a password; -EIO; -EPERM.
 */
int km_create_tpm_root_key(struct km_ctx *ctx, uint32_t pcrs, struct km_buf *sealed);

/**
 * km_rotate_root_key() - prepare another root key, for root
 * @ctx: the context
 * @request: where from; [out] its check value
 * @record: [out] what has to be given with it to km_load_root_key()
 *
 * Nothing changes yet. Keep the record, then put the new root key where the old one was,
 * then km_commit_root_key(): wherever that is cut short, no key is lost.
 * Return: 0; -EEXIST as long as there is one before the present one; as km_load_root_key().
 */
int km_rotate_root_key(struct km_ctx *ctx, struct km_root_request *request,
		       struct km_buf *record);
/**
 * km_commit_root_key() - bring the prepared root key into force
 * @ctx: the context
 * @check: its check value
 *
 * Keys of before are upgraded from then on (km_upgrade_key(), km_key_open()).
 * Return: 0; -EINVAL if it was not prepared.
 */
int km_commit_root_key(struct km_ctx *ctx, const uint8_t check[KM_ROOT_CHECK_SIZE]);
/** km_forget_root_key() - of keys of the root key before, those not upgraded are lost */
int km_forget_root_key(struct km_ctx *ctx);

/**
 * struct km_values - a list of values
 * @values: KM_ALGORITHM_*, KM_MODE_*, ... in ascending order
 * @count: how many
 */
struct km_values {
	uint32_t *values;
	size_t count;
};

/** km_values_free() - free what the library put into @values */
void km_values_free(struct km_values *values);

/**
 * km_get_supported_algorithms() - the algorithms that keys can have
 * @ctx: the context
 * @values: [out] KM_ALGORITHM_*; end with km_values_free()
 *
 * Return: 0; -ENOMEM. For those that follow also -EOPNOTSUPP, with
 * UNSUPPORTED_ALGORITHM, or UNSUPPORTED_PURPOSE when the algorithm has no such
 * operation. An empty list says that the question does not apply.
 */
int km_get_supported_algorithms(struct km_ctx *ctx, struct km_values *values);
/** km_get_supported_block_modes() - KM_MODE_* of an algorithm and KM_PURPOSE_* */
int km_get_supported_block_modes(struct km_ctx *ctx, uint32_t algorithm, uint32_t purpose,
				 struct km_values *values);
/** km_get_supported_paddings() - KM_PAD_* of an algorithm and KM_PURPOSE_* */
int km_get_supported_paddings(struct km_ctx *ctx, uint32_t algorithm, uint32_t purpose,
			      struct km_values *values);
/** km_get_supported_digests() - KM_DIGEST_* of an algorithm and KM_PURPOSE_* */
int km_get_supported_digests(struct km_ctx *ctx, uint32_t algorithm, uint32_t purpose,
			     struct km_values *values);
/** km_get_supported_import_formats() - KM_KEY_FORMAT_* that km_import() takes */
int km_get_supported_import_formats(struct km_ctx *ctx, uint32_t algorithm,
				    struct km_values *values);
/** km_get_supported_export_formats() - KM_KEY_FORMAT_* that km_export() makes */
int km_get_supported_export_formats(struct km_ctx *ctx, uint32_t algorithm,
				    struct km_values *values);

/**
 * km_add_rng_entropy() - mix bytes into the kernel's generator
 * @ctx: the context
 * @data: the bytes; they are credited nothing, and replace nothing
 * @len: bytes at @data, at most KM_ENTROPY_MAX
 *
 * Return: 0; -EINVAL with INVALID_INPUT_LENGTH.
 */
int km_add_rng_entropy(struct km_ctx *ctx, const void *data, size_t len);

/**
 * struct km_config - the versions that keys are bound to
 * @given: KM_CONFIGURE_*: which of the others are given
 * @os_version: (major * 100 + minor) * 100 + sub, as km_parse_os_version() makes it
 * @os_patchlevel: YYYYMM, as km_parse_patchlevel() makes it
 * @vendor_patchlevel: YYYYMMDD, as km_parse_patchlevel_day() makes it
 * @boot_patchlevel: likewise
 * @root_of_trust: state of the boot chain, 1 to KM_ROOT_OF_TRUST_MAX bytes
 */
struct km_config {
	uint32_t given;
	uint32_t os_version;
	uint32_t os_patchlevel;
	uint32_t vendor_patchlevel;
	uint32_t boot_patchlevel;
	struct km_bytes root_of_trust;
};

/**
 * km_configure() - tell the versions, each once a boot
 *
 * Return: 0, also for the value that is set already; -EINVAL with
 * INVALID_ARGUMENT for another one; -EEXIST with ROOT_OF_TRUST_ALREADY_SET;
 * -EPERM without CAP_SYS_ADMIN.
 */
int km_configure(struct km_ctx *ctx, const struct km_config *config);

/** km_early_boot_ended() - close EARLY_BOOT_ONLY keys until the next boot; for root */
int km_early_boot_ended(struct km_ctx *ctx);

/**
 * km_parse_os_version() - "M[.m[.s]]", one or two digits each
 * @text: the text; whatever follows the match is ignored
 *
 * Return: (major * 100 + minor) * 100 + sub, 60102 for "6.1.2-rc3"; 0 when @text
 * does not begin with a digit.
 */
uint32_t km_parse_os_version(const char *text);

/**
 * km_parse_patchlevel() - the month of "YYYY-MM-DD", nothing before or after it
 *
 * Return: YYYYMM, 201603 for "2016-03-23"; 0 when @text is something else.
 */
uint32_t km_parse_patchlevel(const char *text);
/** km_parse_patchlevel_day() - likewise YYYYMMDD: vendor and boot patch level */
uint32_t km_parse_patchlevel_day(const char *text);

/* ---- keys ---- */

/** km_generate() - make a key; @format is KM_BLOB_DEFAULT or KM_BLOB_OCB */
int km_generate(struct km_ctx *ctx, const struct km_params *description, uint32_t format,
		struct km_buf *blob);

/**
 * struct km_import_request - what km_import() brings in
 * @description: authorizations of the key
 * @format: of the blob, KM_BLOB_*
 * @key_format: KM_KEY_FORMAT_RAW (AES, 3DES, HMAC, curve 25519) or
 *	KM_KEY_FORMAT_PKCS8 (RSA, EC)
 * @data: the material; the caller wipes it
 * @len: bytes at @data
 */
struct km_import_request {
	const struct km_params *description;
	uint32_t format;
	uint32_t key_format;
	const void *data;
	size_t len;
};

int km_import(struct km_ctx *ctx, const struct km_import_request *request,
	      struct km_buf *blob);

/**
 * struct km_wrapped_request - what km_import_wrapped_key() brings in
 * @format: of the blob, KM_BLOB_*
 * @wrapped: DER SecureKeyWrapper
 * @wrapping_key: RSA key with the purpose WRAP_KEY
 * @params: how to unwrap: PADDING, DIGEST, RSA_OAEP_MGF_DIGEST, and the wrapping
 *	key's APPLICATION_ID and APPLICATION_DATA
 * @masking_key: KM_MASKING_KEY_SIZE bytes, or none
 * @password_sid: for USER_SECURE_ID where the wrapper says PASSWORD
 * @biometric_sid: likewise FINGERPRINT
 */
struct km_wrapped_request {
	uint32_t format;
	struct km_bytes wrapped;
	struct km_key_ref wrapping_key;
	const struct km_params *params;
	struct km_bytes masking_key;
	uint64_t password_sid;
	uint64_t biometric_sid;
};

/**
 * km_import_wrapped_key() - bring in a key that only the kernel can unwrap
 *
 * Return: 0; -EBADMSG with VERIFICATION_FAILED when wrapper, wrapping key and
 * mask do not belong together; -EACCES with what the wrapping key does not allow.
 */
int km_import_wrapped_key(struct km_ctx *ctx, const struct km_wrapped_request *request,
			  struct km_buf *blob);

/**
 * km_generate_certified() - make a key, and its certificates
 * @chain: [out] DER, one behind the other, the key's first; empty for a symmetric key
 *
 * With ATTESTATION_CHALLENGE in the description they are signed by this machine, without
 * by the key itself. The description needs CERTIFICATE_NOT_BEFORE and _NOT_AFTER.
 *
 * Return: 0; -ENOKEY with ATTESTATION_KEYS_NOT_PROVISIONED; and as km_generate().
 */
int km_generate_certified(struct km_ctx *ctx, const struct km_params *description,
			  uint32_t format, struct km_buf *blob, struct km_buf *chain);
/** km_attest() - certificates of a key, for the ATTESTATION_CHALLENGE in @params */
int km_attest(struct km_ctx *ctx, const struct km_key_ref *key, const struct km_params *params,
	      struct km_buf *chain);

/**
 * struct km_certify_request - which certificates of a key are wanted
 * @chain: [out] DER, one behind the other, the key's first; empty for a symmetric key
 * @attest_key: a key with the purpose ATTEST_KEY, which signs instead of this machine; NULL:
 *	none. It may be of a store, and is then upgraded when it must be
 * @attest_params: its APPLICATION_ID and APPLICATION_DATA, and an AUTH_TOKEN; or NULL
 * @issuer: its subject, a DER Name, as its own certificate says it
 * @version: keymasterVersion to be stated: 2, 3, 4, 41, 100, 200, 300; 0: 300
 *
 * Without an attest key @chain goes up to the root. By an attest key it is the one
 * certificate: what vouches for the attest key has to be put behind it.
 */
struct km_certify_request {
	struct km_buf *chain;
	const struct km_key_ref *attest_key;
	const struct km_params *attest_params;
	struct km_bytes issuer;
	uint32_t version;
};

/**
 * km_certify_generate() - make a key, and its certificates
 *
 * As km_generate_certified(), which this is without an attest key.
 * Return: 0; for the attest key -EACCES with INCOMPATIBLE_PURPOSE or INCOMPATIBLE_ALGORITHM, and
 * what else its authorizations refuse; -EINVAL with MISSING_ISSUER_SUBJECT,
 * INVALID_ISSUER_SUBJECT or ATTESTATION_CHALLENGE_MISSING; -EACCES with CANNOT_ATTEST_IDS for
 * an ATTESTATION_ID_* that this machine does not have; and as km_generate().
 */
int km_certify_generate(struct km_ctx *ctx, const struct km_params *description,
			uint32_t format, const struct km_certify_request *certify,
			struct km_buf *blob);
/** km_certify_import() - bring in a key, and have certificates of it; as km_certify_generate() */
int km_certify_import(struct km_ctx *ctx, const struct km_import_request *request,
		      const struct km_certify_request *certify, struct km_buf *blob);
/** km_certify_key() - of a key that is there: km_attest(), also by an attest key */
int km_certify_key(struct km_ctx *ctx, const struct km_key_ref *key,
		   const struct km_params *params, const struct km_certify_request *certify);

/**
 * struct km_provision_request - what a maker gives a machine
 * @key: private key, PKCS#8; or nothing
 * @chain: its certificates, DER, one behind the other, that of the key first
 * @ids: device ids, ATTESTATION_ID_*; or NULL
 * @close: take nothing more after this
 */
struct km_provision_request {
	struct km_bytes key;
	struct km_bytes chain;
	const struct km_params *ids;
	int close;
};

/** km_provision_attestation() - give it; for root; -EEXIST when it was done */
int km_provision_attestation(struct km_ctx *ctx, const struct km_provision_request *req);
/**
 * km_destroy_attestation_ids() - let this machine forget its device ids, for ever; for root
 * @ctx: the context
 *
 * Whoever asks for one in a certificate gets CANNOT_ATTEST_IDS from then on, and none can be
 * given again. To destroy them again succeeds.
 * Return: 0; -EPERM; -ENOKEY without a root key; -EIO with SECURE_HW_COMMUNICATION_FAILED: they
 * are gone, but it is not certain to outlive the boot: do it again.
 */
int km_destroy_attestation_ids(struct km_ctx *ctx);

/** km_export() - the public key as DER SubjectPublicKeyInfo (KM_KEY_FORMAT_X509) */
int km_export(struct km_ctx *ctx, const struct km_key_ref *key, const struct km_params *params,
	      uint32_t key_format, struct km_buf *out);

/** km_characteristics() - the authorizations, checked by the kernel */
int km_characteristics(struct km_ctx *ctx, const struct km_key_ref *key,
		       const struct km_params *params, struct km_params **enforced,
		       struct km_params **unenforced);

/**
 * struct km_bridge_request - where a key is handed over to
 * @kind: KM_BRIDGE_LOGON or KM_BRIDGE_FSCRYPT: the key has to list it
 * @description: of the new key, "prefix:name" for LOGON
 * @keyring: where it goes: serial number, or a special one such as KEY_SPEC_USER_KEYRING
 * @timeout: seconds after which the new key expires, 0: never
 * @replace: a key of this type and description in the keyring makes way
 * @serial: [out] of the new key
 */
struct km_bridge_request {
	uint32_t kind;
	const char *description;
	int32_t keyring;
	uint32_t timeout;
	int replace;
	int32_t serial;
};

/**
 * km_bridge_key() - hand a key to dm-crypt or fscrypt, past every program
 * @ctx: the context
 * @key: the key
 * @params: APPLICATION_ID and APPLICATION_DATA, if it has them; AUTH_TOKEN
 * @request: where to; [out] the new key's serial number
 *
 * See struct km_bridge_key for what becomes of the new key.
 * Return: 0; -EACCES with INCOMPATIBLE_PURPOSE when the key is not for it; -EEXIST;
 * -EDQUOT; -EINVAL for a description that is not taken; -ENODEV; what concerns the keyring.
 */
int km_bridge_key(struct km_ctx *ctx, const struct km_key_ref *key,
		  const struct km_params *params, struct km_bridge_request *request);

/**
 * km_upgrade_key() - bind a key to the versions of the system as it is now
 * @ctx: the context
 * @key: the key, by its blob; its old blob stays as it is
 * @params: APPLICATION_ID and APPLICATION_DATA, if the key has them
 * @blob: [out] the new blob; its length is 0 when the old one is current
 *
 * For keys of a store see km_key_open(), which does it unasked.
 * Return: 0; -EINVAL, with INVALID_ARGUMENT for a key of a newer system.
 */
int km_upgrade_key(struct km_ctx *ctx, const struct km_key_ref *key,
		   const struct km_params *params, struct km_buf *blob);

/**
 * km_delete() - make a key unusable where the kernel can; delete the file, too
 * @ctx: the context
 * @key: the key, by its blob
 *
 * A key with ROLLBACK_RESISTANCE or USAGE_COUNT_LIMIT dies for good, with every copy of
 * every blob that upgrades have made of it. For other keys there is nothing to do.
 * Return: 0; -EIO with SECURE_HW_COMMUNICATION_FAILED: it is not certain, try again.
 */
int km_delete(struct km_ctx *ctx, const struct km_key_ref *key);

/**
 * km_delete_blob() - make one blob of a key unusable
 * @ctx: the context
 * @key: the key, by exactly this blob
 *
 * After km_upgrade_key(), when the new blob is stored for certain.
 * Return: as km_delete().
 */
int km_delete_blob(struct km_ctx *ctx, const struct km_key_ref *key);

/**
 * km_delete_all() - make all keys unusable that km_delete() can make so
 * @ctx: the context
 * @of_all_users: all of them, for root; otherwise those that the caller's user has made
 *
 * Return: as km_delete(); -EPERM.
 */
int km_delete_all(struct km_ctx *ctx, int of_all_users);

/**
 * km_blob_parse() - what a blob says about itself, without asking the kernel
 *
 * Nothing is authenticated: only for lists and messages, never for a decision.
 * Return: the blob's format (0, 3 or 4); -EBADMSG; -ENOMEM.
 */
int km_blob_parse(const void *blob, size_t len, struct km_params **enforced,
		  struct km_params **unenforced);

/* ---- operations ---- */

/**
 * km_op_begin() - start an operation; end it with km_op_free()
 *
 * The kernel limits the operations of a user. When the limit is reached the context
 * aborts its own operation that was not used for the longest time, and goes on: a
 * call on that one then fails with -EBADFD, INVALID_OPERATION_HANDLE. km_operate()
 * does the same. See km_op_keep().
 */
int km_op_begin(struct km_ctx *ctx, uint32_t purpose, const struct km_key_ref *key,
		const struct km_params *params, struct km_op **op);
/** km_op_params() - what begin made (NONCE); belongs to @op */
const struct km_params *km_op_params(const struct km_op *op);
/** km_op_handle() - random number of the operation: its challenge for tokens */
uint64_t km_op_handle(const struct km_op *op);
/** km_op_fd() - its file descriptor; stays @op's */
int km_op_fd(const struct km_op *op);

/** km_op_keep() - with 1: never abort @op to make room for another; 0: as others */
int km_op_keep(struct km_op *op, int keep);

/** km_op_update() - feed @input, at most KM_INPUT_MAX bytes; NULLs are empty */
int km_op_update(struct km_op *op, const struct km_params *params,
		 const struct km_bytes *input, struct km_buf *output);
/** km_op_finish() - last input, or none, and the result; @signature for VERIFY */
int km_op_finish(struct km_op *op, const struct km_params *params,
		 const struct km_bytes *input, const struct km_bytes *signature,
		 struct km_buf *output);
/** km_op_abort() - end it and have the kernel wipe its state */
int km_op_abort(struct km_op *op);
/** km_op_free() - abort if still alive, close, free; NULL is allowed */
void km_op_free(struct km_op *op);

/** km_op_add_aad() - feed associated data of any length, before all other data */
int km_op_add_aad(struct km_op *op, const void *data, size_t len);

#define KM_STREAM_CHUNK_MIN	(64 * 1024)
#define KM_STREAM_CHUNK_MAX	KM_INPUT_MAX

/**
 * struct km_stream - where km_op_stream() reads and writes
 * @read: fills up to @len bytes; returns how many, 0 at the end, -errno
 * @write: takes all of it; returns 0 or -errno; NULL where no output is wanted
 * @progress: told the bytes read so far; may return -errno to stop; may be NULL
 * @arg: passed to all three
 * @chunk: bytes of one update: 0 for the default, or KM_STREAM_CHUNK_MIN..MAX
 */
struct km_stream {
	ssize_t (*read)(void *arg, void *buf, size_t len);
	int (*write)(void *arg, const void *buf, size_t len);
	int (*progress)(void *arg, uint64_t done);
	void *arg;
	size_t chunk;
};

/**
 * km_op_stream() - run a whole stream through an operation and finish it
 *
 * Needs one chunk in and one out, however long the stream. Output is written as
 * it comes: plaintext of GCM before its tag was checked. A caller who must not
 * release that reads twice. After a failure the operation has been aborted.
 */
int km_op_stream(struct km_op *op, const struct km_stream *stream,
		 const struct km_bytes *signature);

/**
 * struct km_operate_request - begin, update and finish in one call
 * @purpose: KM_PURPOSE_*
 * @key: the key
 * @params: of begin, update and finish together; may be NULL
 * @input: at most KM_INPUT_MAX bytes
 * @signature: VERIFY
 * @out_params: [out] what begin made (NONCE); NULL if it is not wanted
 */
struct km_operate_request {
	uint32_t purpose;
	struct km_key_ref key;
	const struct km_params *params;
	struct km_bytes input;
	struct km_bytes signature;
	struct km_params **out_params;
};

int km_operate(struct km_ctx *ctx, const struct km_operate_request *request,
	       struct km_buf *output);

/**
 * km_agree() - the secret that the key and a peer's public key have in common
 * @ctx: the context
 * @key: an EC key with the purpose AGREE_KEY
 * @params: APPLICATION_ID and APPLICATION_DATA, if the key has them; or NULL
 * @peer: DER SubjectPublicKeyInfo of the peer's key, of the same curve
 * @secret: [out] the X coordinate, 28, 32, 48 or 66 bytes; 32 of X25519
 *
 * As an operation: km_op_begin() with KM_PURPOSE_AGREE_KEY, the peer's key by
 * km_op_update() and km_op_finish(). The secret is to be put into a key derivation
 * function, not used as it is.
 * Return: 0; -EINVAL with INVALID_ARGUMENT for another curve or a bad point.
 */
int km_agree(struct km_ctx *ctx, const struct km_key_ref *key, const struct km_params *params,
	     const struct km_bytes *peer, struct km_buf *secret);

/* ---- users ---- */

/**
 * DOC: Users, passwords and tokens
 *
 * Each user (a uid of the initial user namespace) can enrol one password. Keys name the
 * secure user id (SID) that comes of it in USER_SECURE_ID, and ask for a token of that
 * user. Verifying the password makes one, and the kernel keeps it: for most programs
 * km_password_verify() is all, and what it was asked for then simply works.
 *
 * With a password that is wrong, or a user who has to wait, these calls fail with
 * -EACCES, GATEKEEPER_INVALID, or -EAGAIN, GATEKEEPER_RETRY: @timeout_ms says for how
 * long. Users act on themselves, CAP_SYS_ADMIN on all: -EPERM. Passwords are any bytes,
 * up to KM_PASSWORD_MAX of them. The library wipes every copy that it makes.
 */

/**
 * struct km_password_request - km_password_enroll() and km_password_verify()
 * @uid: the user
 * @challenge: verify: handle of the operation that it is for, see km_op_handle(); 0: none
 * @old_password: enroll: the current one; empty for the first time, or to start anew
 * @password: what somebody typed
 * @token: verify: buffer for the token; NULL: the kernel's own copy is enough
 * @sid: [out] the secure user id
 * @timeout_ms: [out] with GATEKEEPER_RETRY: for how long, in ms
 */
struct km_password_request {
	uint32_t uid;
	uint64_t challenge;
	struct km_bytes old_password;
	struct km_bytes password;
	struct km_buf *token;
	uint64_t sid;
	uint32_t timeout_ms;
};

/**
 * km_password_enroll() - set the password of a user
 * @ctx: the context
 * @request: user and passwords
 *
 * The password is stretched first (argon2id); parameters and salt are kept by the kernel.
 * With the current password the SID stays, and with it all keys that are bound to it. Without
 * it there is a new one, and those keys never open again: that takes CAP_SYS_ADMIN when
 * the user is enrolled.
 * Return: 0; -EINVAL for an empty or overlong password; -EBADMSG when the current one was
 * enrolled in a way that this library does not know; see DOC: Users, passwords and tokens.
 */
int km_password_enroll(struct km_ctx *ctx, struct km_password_request *request);

/**
 * km_password_verify() - authenticate a user
 * @ctx: the context
 * @request: user, password, challenge
 *
 * Return: 0; -ENOENT for a user who is not enrolled; as km_password_enroll().
 */
int km_password_verify(struct km_ctx *ctx, struct km_password_request *request);

/**
 * struct km_enroll_request - km_gatekeeper_enroll(): see struct km_gatekeeper_enroll
 * @uid: the user
 * @handle: the current password handle; empty: the one that the kernel has
 * @old_password: the current password, as it was given then
 * @password: the new one
 * @setting: what km_gatekeeper_get_user() is to give back
 * @new_handle: buffer for the new handle; NULL: it is not wanted
 * @sid: [out] the secure user id
 * @timeout_ms: [out] with GATEKEEPER_RETRY: for how long, in ms
 */
struct km_enroll_request {
	uint32_t uid;
	struct km_bytes handle;
	struct km_bytes old_password;
	struct km_bytes password;
	struct km_bytes setting;
	struct km_buf *new_handle;
	uint64_t sid;
	uint32_t timeout_ms;
};

/** km_gatekeeper_enroll() - set a password that was stretched elsewhere, or is none */
int km_gatekeeper_enroll(struct km_ctx *ctx, struct km_enroll_request *request);

/**
 * struct km_verify_request - km_gatekeeper_verify(): see struct km_gatekeeper_verify
 * @uid: the user
 * @challenge: handle of the operation that it is for; 0: none
 * @handle: the password handle; empty: the one that the kernel has
 * @password: as it was enrolled
 * @token: buffer for the token; NULL: the kernel's own copy is enough
 * @timeout_ms: [out] with GATEKEEPER_RETRY: for how long, in ms
 * @reenroll: [out] 1: enrol again with this password, the handle is of an old kind
 */
struct km_verify_request {
	uint32_t uid;
	uint64_t challenge;
	struct km_bytes handle;
	struct km_bytes password;
	struct km_buf *token;
	uint32_t timeout_ms;
	int reenroll;
};

/** km_gatekeeper_verify() - authenticate by what km_gatekeeper_enroll() was given */
int km_gatekeeper_verify(struct km_ctx *ctx, struct km_verify_request *request);

/**
 * struct km_user - what the gatekeeper knows of a user
 * @sid: the secure user id
 * @failures: failed attempts since the last good one
 * @timeout_ms: for how long no attempt is accepted, in ms
 * @setting_len: bytes at @setting, which has a zero behind them
 * @setting: what was enrolled with the password
 * @handle: the password handle
 */
struct km_user {
	uint64_t sid;
	uint32_t failures;
	uint32_t timeout_ms;
	size_t setting_len;
	char setting[KM_SETTING_MAX + 1];
	uint8_t handle[KM_PASSWORD_HANDLE_SIZE];
};

/** km_gatekeeper_get_user() - look a user up; -ENOENT for one who is not enrolled */
int km_gatekeeper_get_user(struct km_ctx *ctx, uint32_t uid, struct km_user *user);
/** km_gatekeeper_delete_user() - forget password, tokens and SID; for root */
int km_gatekeeper_delete_user(struct km_ctx *ctx, uint32_t uid);
/** km_gatekeeper_delete_all_users() - of all users; for root */
int km_gatekeeper_delete_all_users(struct km_ctx *ctx);

/**
 * km_load_state() - give the module what it had to keep over the boot; for root
 * @ctx: the context
 * @state: what km_get_state() gave last; empty: there is nothing yet
 * @helper: absolute path of the program that the kernel starts to keep a new state
 * @path: its argument
 *
 * Once, right after the root key: see struct km_load_state.
 * Return: 0; -EBADMSG with VERIFICATION_FAILED; -EEXIST; -EPERM.
 */
int km_load_state(struct km_ctx *ctx, const struct km_bytes *state, const char *helper,
		  const char *path);
/**
 * km_load_counted_state() - the same, and the TPM knows which state is the last
 * @ctx: the context
 * @state: as above
 * @helper: as above
 * @path: as above
 * @anew: take what is given, or that there is nothing, whatever the TPM says
 *
 * Return: 0; -ESTALE for a state that is not the last, or for none where the TPM knows one;
 * -ENODEV without a TPM 2.0; -EBUSY when something else has the counter's place in it; and
 * as above.
 */
int km_load_counted_state(struct km_ctx *ctx, const struct km_bytes *state, const char *helper,
			  const char *path, int anew);
/** km_get_state() - the state, sealed; for the helper */
int km_get_state(struct km_ctx *ctx, struct km_buf *state);

/** km_device_locked() - from now on @uid's session is locked; see struct km_device_locked */
int km_device_locked(struct km_ctx *ctx, uint32_t uid, int password_only);
/** km_device_locked_for_all() - likewise of all users; for root */
int km_device_locked_for_all(struct km_ctx *ctx, int password_only);

/** km_set_boot_level() - close keys of a lower MAX_BOOT_LEVEL until the next boot; for root */
int km_set_boot_level(struct km_ctx *ctx, uint32_t level);

/**
 * km_add_auth_token() - keep a token of this module for a user; for root
 *
 * Return: 0; -EINVAL with INVALID_ARGUMENT, -EACCES with KEY_USER_NOT_AUTHENTICATED.
 */
int km_add_auth_token(struct km_ctx *ctx, uint32_t uid, const void *token, size_t len);

/**
 * km_open_authenticator() - become an authenticator besides the password; for root
 * @ctx: the context
 * @type: KM_AUTH_TYPE_FINGERPRINT, or another bit that is not PASSWORD
 * @id: its secure id; 0: a new random one, which is written there
 *
 * Return: a file descriptor for km_mint_auth_token(), which the caller closes; or a
 * negative errno. Whoever holds it can do without any other privilege.
 */
int km_open_authenticator(struct km_ctx *ctx, uint32_t type, uint64_t *id);
/** km_mint_auth_token() - @uid was recognised: a token, kept by the kernel; @token may be NULL */
int km_mint_auth_token(struct km_ctx *ctx, int fd, uint32_t uid, uint64_t challenge,
		       struct km_buf *token);

/** km_confirm() - a person has confirmed @message: the CONFIRMATION_TOKEN for it; for root */
int km_confirm(struct km_ctx *ctx, const struct km_bytes *message,
	       uint8_t token[KM_CONFIRMATION_TOKEN_SIZE]);

/**
 * struct km_timestamp - km_verify_authorization()
 * @challenge: what the answer is for
 * @token: a token to be looked at, or none
 * @timestamp_ms: [out] boot clock, ms
 * @security_level: [out] as in the MAC
 * @mac: [out] over challenge, timestamp and level, by the token key
 */
struct km_timestamp {
	uint64_t challenge;
	struct km_bytes token;
	uint64_t timestamp_ms;
	uint32_t security_level;
	uint8_t mac[32];
};

/** km_verify_authorization() - a timestamp token; KEY_USER_NOT_AUTHENTICATED: not our token */
int km_verify_authorization(struct km_ctx *ctx, struct km_timestamp *timestamp);

/** km_get_hmac_sharing() - this module's part of an agreement on the token key; for root */
int km_get_hmac_sharing(struct km_ctx *ctx, struct km_hmac_party *party);
/** km_compute_shared_hmac() - agree with @parties, of which one is this module; for root */
int km_compute_shared_hmac(struct km_ctx *ctx, const struct km_hmac_party *parties,
			   size_t count, uint8_t check[32]);

/**
 * struct km_soft_handle - km_soft_handle_make()
 * @sid: the secure user id
 * @flags: bit 0: failed attempts are recorded in secure storage
 * @salt: 8 bytes; NULL: random ones
 */
struct km_soft_handle {
	uint64_t sid;
	uint64_t flags;
	const void *salt;
};

/**
 * km_soft_handle_make() - a password handle of the software gatekeeper, by scrypt
 *
 * Such handles hold no secret of a machine: guessing takes no more than the handle, and
 * nothing throttles it. The kernel takes none of them. Needs 16 MiB.
 * Return: 0; -EINVAL for an empty or overlong password; -ENOMEM.
 */
int km_soft_handle_make(const struct km_soft_handle *request, const struct km_bytes *password,
			uint8_t handle[KM_PASSWORD_HANDLE_SIZE]);
/**
 * km_soft_handle_verify() - is it the password of this handle?
 *
 * Return: 0, or 1 for a handle of an old version, which is to be made anew; -EACCES for a
 * wrong password; -EINVAL for what is no handle; -ENOMEM. @sid is 0 but for 0 and 1.
 */
int km_soft_handle_verify(const void *handle, size_t len, const struct km_bytes *password,
			  uint64_t *sid);

/* ---- store: alias -> blob file ---- */

#define KM_STORE_CREATE		(1U << 0)	/* km_store_open: make the directory */
#define KM_STORE_REPLACE	(1U << 1)	/* km_store_put: over an existing alias */

/**
 * km_store_open() - open the directory that keeps blobs by name
 * @store: [out] the store
 * @dir: the directory; NULL: /var/lib/keymaster for root, for others
 *	$XDG_DATA_HOME/keymaster or ~/.local/share/keymaster
 * @flags: KM_STORE_CREATE
 *
 * Return: 0; -ENOENT; -EPERM when the directory is another user's or others may
 * write to it, since whoever can swap a blob can swap a key.
 */
int km_store_open(struct km_store **store, const char *dir, unsigned int flags);
void km_store_close(struct km_store *store);
/** km_store_default_dir() - the path that NULL stands for; free() it */
int km_store_default_dir(char **dir);

/**
 * km_store_put() - keep a blob under a name, whole or not at all
 *
 * Return: 0; -EEXIST without KM_STORE_REPLACE; -ENAMETOOLONG; -EINVAL.
 */
int km_store_put(struct km_store *store, const char *alias, const void *blob, size_t len,
		 unsigned int flags);
/**
 * km_store_replace() - as km_store_put() with KM_STORE_REPLACE, and the old key is gone
 *
 * Where the old blob is bound to a slot of the kernel's, it is deleted there once the new
 * one is on the disk; if that fails a slot is lost, and the return is 0 all the same.
 */
int km_store_replace(struct km_ctx *ctx, struct km_store *store, const char *alias,
		     const struct km_bytes *blob);
/** km_store_get() - -ENOENT when there is none */
int km_store_get(struct km_store *store, const char *alias, struct km_buf *blob);
/** km_store_exists() - 0 or -ENOENT */
int km_store_exists(struct km_store *store, const char *alias);
/**
 * km_store_put_chain() - keep the certificates of a key beside its blob; they go with it
 * @len: 0: there are none any more
 */
int km_store_put_chain(struct km_store *store, const char *alias, const void *chain, size_t len);
/** km_store_get_chain() - them; -ENOENT when there are none */
int km_store_get_chain(struct km_store *store, const char *alias, struct km_buf *chain);
/** km_store_delete() - remove the file alone; of a key that works see km_key_delete() */
int km_store_delete(struct km_store *store, const char *alias);
/** km_store_list() - @each alias in order; a non-zero return stops and is returned */
int km_store_list(struct km_store *store, int (*each)(void *arg, const char *alias), void *arg);

#define KM_FOUND_STALE		(1U << 0)	/* left by a program that ended while it wrote */
#define KM_FOUND_BUSY		(1U << 1)	/* of a program that is writing; no fault */
#define KM_FOUND_NAME		(1U << 2)	/* no alias has a file of this name */
#define KM_FOUND_TYPE		(1U << 3)	/* no regular file */
#define KM_FOUND_OWNER		(1U << 4)	/* it belongs to another user */
#define KM_FOUND_MODE		(1U << 5)	/* its mode is not 0600 */
#define KM_FOUND_LINKS		(1U << 6)	/* it has another name somewhere */
#define KM_FOUND_UNREADABLE	(1U << 7)
#define KM_FOUND_EMPTY		(1U << 8)
#define KM_FOUND_LAYOUT		(1U << 9)	/* cut off, too long, or never a blob */
#define KM_FOUND_CLOSED		(1U << 10)	/* the kernel does not open it */
#define KM_FOUND_NEWER		(1U << 11)	/* of a newer system */
#define KM_FOUND_UPGRADE	(1U << 12)	/* of an older system; no fault */

/**
 * struct km_store_entry - what km_store_check() has found out about a file
 * @name: of the file
 * @alias: its alias; NULL: it has none
 * @found: KM_FOUND_*; 0 for a blob that nothing is wrong with
 * @mended: those of them that are no more
 * @moved: where in the directory the file is now; NULL: where it was
 */
struct km_store_entry {
	const char *name;
	const char *alias;
	uint32_t found;
	uint32_t mended;
	const char *moved;
};

#define KM_STORE_REPAIR		(1U << 0)	/* struct km_check: mend what can be */

/**
 * struct km_check - what km_store_check() is to do
 * @ctx: to ask the kernel about each blob; NULL: the files are looked at, no more
 * @params: APPLICATION_ID and APPLICATION_DATA, tried where a blob does not open without;
 *	may be NULL
 * @flags: KM_STORE_REPAIR
 * @each: told of every file; a non-zero return stops and is returned
 * @arg: passed to @each
 */
struct km_check {
	struct km_ctx *ctx;
	const struct km_params *params;
	unsigned int flags;
	int (*each)(void *arg, const struct km_store_entry *entry);
	void *arg;
};

/**
 * km_store_check() - look for what is wrong in a store
 *
 * KM_FOUND_CLOSED: under another root key, of another user, deleted, changed, or in want of
 * its application id: nobody can tell which. With KM_STORE_REPAIR left-over files are
 * removed, modes are set right, and what is no blob is moved to the directory ".broken".
 * No blob is ever deleted. Other programs may use the store meanwhile.
 * Return: 0, whatever was found; a negative errno.
 */
int km_store_check(struct km_store *store, const struct km_check *check);

#define KM_BACKUP_ANY_ROOT	(1U << 2)	/* km_store_restore: whatever its root key */

/**
 * struct km_backup - km_store_backup() and km_store_restore()
 * @dir: directory of the backup
 * @root_check: check value of the root key, see struct km_info; NULL: it is not known
 * @flags: restore: KM_STORE_REPLACE, KM_BACKUP_ANY_ROOT; backup: must be 0
 * @each: told of every key and, by a negative errno, of what became of it; a non-zero
 *	return stops and is returned; may be NULL. Backup: 0 it was copied, another value:
 *	it is no blob and was left out. Restore: 0 it was written, -EALREADY it was there, the
 *	same, -EEXIST another one is, -ENOENT or -EBADMSG: the backup is damaged there; after
 *	these three nothing is written
 * @arg: passed to @each
 */
struct km_backup {
	const char *dir;
	const uint8_t *root_check;
	unsigned int flags;
	int (*each)(void *arg, const char *alias, int error);
	void *arg;
};

/**
 * km_store_backup() - copy all blobs of a store into a new directory
 *
 * With a manifest, which is written last: without it the backup was cut short. Blobs are
 * encrypted, and the manifest has nothing of them but hashes: a backup tells no secret.
 * Other programs may use the store meanwhile.
 * Return: 0; -EEXIST when the directory is there and not empty.
 */
int km_store_backup(struct km_store *store, const struct km_backup *backup);

/**
 * km_store_restore() - bring the keys of a backup into a store
 *
 * All is verified first. If it is then cut short, doing it again completes it. What the
 * kernel keeps of keys is not in a backup: a key that was deleted there stays dead if it
 * has a slot, and uses that were spent stay spent.
 * Return: 0; -ENODATA without a manifest; -EBADMSG when manifest or blobs are damaged; -EXDEV
 * when it is of another root key, or of one that is not known; -EEXIST without
 * KM_STORE_REPLACE; -EPERM as km_store_open(), of the backup.
 */
int km_store_restore(struct km_store *store, const struct km_backup *backup);

/**
 * km_key_open() - open a key of a store
 * @key: [out] the key; end with km_key_close()
 * @ctx: the context in which it will be used
 * @store: the store; may be closed afterwards
 * @alias: its name
 *
 * A call of @ctx on this key that fails with KEY_REQUIRES_UPGRADE is repeated after
 * the key was upgraded, and its file in the store is replaced by the new blob, whole
 * or not at all; not when the alias has been given to another key meanwhile. Where the
 * store cannot be written to, the new blob is used from memory. A blob that is bound to a
 * slot of the kernel's is deleted there once the new one is on the disk, and programs
 * that still have it read the new one.
 * Return: 0; as km_store_get(); -ENOMEM.
 */
int km_key_open(struct km_key **key, struct km_ctx *ctx, struct km_store *store,
		const char *alias);
/** km_key_as_ref() - its name for the calls; belongs to @key */
const struct km_key_ref *km_key_as_ref(const struct km_key *key);
/**
 * km_key_upgrade() - upgrade a key of a store now
 * @key: the key
 * @params: APPLICATION_ID and APPLICATION_DATA, if it has them
 * @changed: [out] 1 when its file was replaced, 0 when it was current
 *
 * Return: 0; as km_upgrade_key(); -ESTALE when the alias names another key by now.
 */
int km_key_upgrade(struct km_key *key, const struct km_params *params, int *changed);
/**
 * km_key_delete() - delete a key of a store: in the kernel, then its file
 * @key: the key; still to be closed
 *
 * When this has returned 0 the key is gone, also after a power cut. Cut short it is there
 * or dead, but listed in any case, and can be deleted again.
 * Return: 0; -ESTALE when the alias names another key by now; -ENOENT; what km_delete()
 * and km_store_delete() return.
 */
int km_key_delete(struct km_key *key);
/** km_key_close() - close it, before the context; NULL is allowed */
void km_key_close(struct km_key *key);

#define KM_FILE_REPLACE		KM_STORE_REPLACE

/** km_file_put() - write @path as km_store_put() does: whole or not at all, mode 0600 */
int km_file_put(const char *path, const void *data, size_t len, unsigned int flags);

#ifdef __cplusplus
}
#endif

#endif /* KEYMASTER_H */
