/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The ABI of /dev/keymaster: commands, argument structures, tags and codes.
 * The one header that the module and every program share; see keymaster(4).
 */
#ifndef _UAPI_LINUX_KEYMASTER_H
#define _UAPI_LINUX_KEYMASTER_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * DOC: General ioctl format
 *
 * Every command takes a pointer to a structure that begins with @size (set by
 * the caller to sizeof the structure it was compiled with), @flags and @error.
 * Structures grow only at the end, so old and new programs and kernels mix:
 *
 *  - ENOTTY: no such command (or not on this kind of file);
 *  - EINVAL: @size is below the command's first version, an unknown flag or a
 *    reserved member is not zero, or a length is out of bounds;
 *  - E2BIG: @size is longer than this kernel knows and the rest is not zero,
 *    or longer than a page;
 *  - EFAULT: a pointer cannot be read or written.
 *
 * A command that the key manager itself refuses fails with the errno of the
 * class (see DOC: Codes) and writes the exact Keymaster code to @error. A
 * failure with @error == KM_ERROR_OK is one of the call (the list above, or
 * EPERM, ENOKEY, EKEYREVOKED, EMSGSIZE...), and has changed nothing; EFAULT
 * while output is written is the one exception. @error is not written when
 * @size itself is refused.
 *
 * Buffers are passed as a user pointer and a length. For outputs the length is
 * [in] the room and [out] the bytes written. Too little room gives EMSGSIZE,
 * with a length that is enough (for a signature, or a padding to be taken off,
 * it may be a few bytes more than will be written); nothing is written or
 * consumed, and an operation stays as it was.
 *
 * Authorization sets travel in their wire form, the same bytes as in a blob:
 * u32 indirect_size, indirect data, u32 count, u32 elements_size, elements,
 * all little-endian. An empty set may be passed as length 0.
 *
 * A key is named by its blob, or, with @blob_len 0, by the serial number of a
 * key of type "keymaster" that the caller may search for. Revoking, invalidating
 * or expiry of a key, and a change of its permissions or owner, work at once, on
 * operations that begin later. An unlink that takes the permission to search away
 * (of the key, or of a keyring through which it is possessed) works at once on
 * whoever has not just used the key, and one second later at most on an open file
 * that has: OPERATE remembers the key it found last, for the same credentials.
 *
 * The identity that owns keys and quotas is the one that opened the file.
 */

/** KM_ABI_LEVEL - level of this ABI, raised whenever something is added. */
#define KM_ABI_LEVEL		2

/** KM_PARAMS_MAX - longest authorization set that is accepted, in bytes. */
#define KM_PARAMS_MAX		65536
/** KM_DESCRIPTION_MAX - longest description of a new key, in bytes. */
#define KM_DESCRIPTION_MAX	8192
/** KM_DESCRIPTION_ENTRIES - most entries in the description of a new key. */
#define KM_DESCRIPTION_ENTRIES	256
/** KM_BLOB_MAX - longest key blob that is accepted or made, in bytes. */
#define KM_BLOB_MAX		65536
/** KM_INPUT_MAX - longest input of one UPDATE, FINISH or OPERATE, in bytes. */
#define KM_INPUT_MAX		(1024 * 1024)
/** KM_IMPORT_MAX - longest key material that IMPORT_KEY takes, in bytes. */
#define KM_IMPORT_MAX		16384
/** KM_SIGNATURE_MAX - longest signature given to FINISH or OPERATE. */
#define KM_SIGNATURE_MAX	1024
/** KM_ROOT_KEY_SIZE - bytes of a root key. */
#define KM_ROOT_KEY_SIZE	32
/** KM_SEALED_ROOT_MAX - longest sealed root key, in bytes. */
#define KM_SEALED_ROOT_MAX	1024
/** KM_ROOT_CHECK_SIZE - bytes of the public check value of a root key. */
#define KM_ROOT_CHECK_SIZE	16
/** KM_ROOT_RECORD_SIZE - bytes of the record by which a root key takes over another. */
#define KM_ROOT_RECORD_SIZE	253

#define KM_IOC_TYPE		0xB9

/*
 * On /dev/keymaster. Numbers below 0x40 are those of the reference's message
 * protocol (spec: operations.md section 1).
 */
#define KM_IOC_GENERATE_KEY	_IO(KM_IOC_TYPE, 0x00)
#define KM_IOC_BEGIN		_IO(KM_IOC_TYPE, 0x01)
#define KM_IOC_IMPORT_KEY	_IO(KM_IOC_TYPE, 0x05)
#define KM_IOC_EXPORT_KEY	_IO(KM_IOC_TYPE, 0x06)
#define KM_IOC_GET_INFO		_IO(KM_IOC_TYPE, 0x07)
#define KM_IOC_ADD_RNG_ENTROPY	_IO(KM_IOC_TYPE, 0x08)
#define KM_IOC_GET_SUPPORTED_ALGORITHMS	_IO(KM_IOC_TYPE, 0x09)
#define KM_IOC_GET_SUPPORTED_BLOCK_MODES _IO(KM_IOC_TYPE, 0x0a)
#define KM_IOC_GET_SUPPORTED_PADDING_MODES _IO(KM_IOC_TYPE, 0x0b)
#define KM_IOC_GET_SUPPORTED_DIGESTS	_IO(KM_IOC_TYPE, 0x0c)
#define KM_IOC_GET_SUPPORTED_IMPORT_FORMATS _IO(KM_IOC_TYPE, 0x0d)
#define KM_IOC_GET_SUPPORTED_EXPORT_FORMATS _IO(KM_IOC_TYPE, 0x0e)
#define KM_IOC_GET_KEY_CHARACTERISTICS _IO(KM_IOC_TYPE, 0x0f)
#define KM_IOC_ATTEST_KEY	_IO(KM_IOC_TYPE, 0x10)
#define KM_IOC_UPGRADE_KEY	_IO(KM_IOC_TYPE, 0x11)
#define KM_IOC_CONFIGURE	_IO(KM_IOC_TYPE, 0x12)
#define KM_IOC_GET_HMAC_SHARING_PARAMETERS _IO(KM_IOC_TYPE, 0x13)
#define KM_IOC_COMPUTE_SHARED_HMAC _IO(KM_IOC_TYPE, 0x14)
#define KM_IOC_VERIFY_AUTHORIZATION _IO(KM_IOC_TYPE, 0x15)
#define KM_IOC_DELETE_KEY	_IO(KM_IOC_TYPE, 0x16)
#define KM_IOC_DELETE_ALL_KEYS	_IO(KM_IOC_TYPE, 0x17)
#define KM_IOC_DESTROY_ATTESTATION_IDS _IO(KM_IOC_TYPE, 0x18)
#define KM_IOC_IMPORT_WRAPPED_KEY _IO(KM_IOC_TYPE, 0x19)
#define KM_IOC_EARLY_BOOT_ENDED	_IO(KM_IOC_TYPE, 0x1a)
#define KM_IOC_DEVICE_LOCKED	_IO(KM_IOC_TYPE, 0x1b)
#define KM_IOC_OPERATE		_IO(KM_IOC_TYPE, 0x40)
#define KM_IOC_LOAD_ROOT_KEY	_IO(KM_IOC_TYPE, 0x41)
#define KM_IOC_GATEKEEPER_ENROLL _IO(KM_IOC_TYPE, 0x42)
#define KM_IOC_GATEKEEPER_VERIFY _IO(KM_IOC_TYPE, 0x43)
#define KM_IOC_GATEKEEPER_DELETE_USER _IO(KM_IOC_TYPE, 0x44)
#define KM_IOC_GATEKEEPER_GET_USER _IO(KM_IOC_TYPE, 0x45)
#define KM_IOC_LOAD_STATE	_IO(KM_IOC_TYPE, 0x46)
#define KM_IOC_GET_STATE	_IO(KM_IOC_TYPE, 0x47)
#define KM_IOC_ADD_AUTH_TOKEN	_IO(KM_IOC_TYPE, 0x48)
#define KM_IOC_SET_BOOT_LEVEL	_IO(KM_IOC_TYPE, 0x49)
#define KM_IOC_CONFIRM		_IO(KM_IOC_TYPE, 0x4a)
#define KM_IOC_OPEN_AUTHENTICATOR _IO(KM_IOC_TYPE, 0x4b)
#define KM_IOC_CREATE_ROOT_KEY	_IO(KM_IOC_TYPE, 0x4d)
#define KM_IOC_ROTATE_ROOT_KEY	_IO(KM_IOC_TYPE, 0x4e)
#define KM_IOC_FORGET_ROOT_KEY	_IO(KM_IOC_TYPE, 0x4f)
#define KM_IOC_PROVISION_ATTESTATION _IO(KM_IOC_TYPE, 0x50)
#define KM_IOC_BRIDGE_KEY	_IO(KM_IOC_TYPE, 0x51)
/* On the file descriptor of an operation. */
#define KM_IOC_UPDATE		_IO(KM_IOC_TYPE, 0x02)
#define KM_IOC_FINISH		_IO(KM_IOC_TYPE, 0x03)
#define KM_IOC_ABORT		_IO(KM_IOC_TYPE, 0x04)
/* On the file descriptor of an authenticator. */
#define KM_IOC_MINT_AUTH_TOKEN	_IO(KM_IOC_TYPE, 0x4c)

/* Where the root key came from: km_info.root_source, km_load_root_key.source */
#define KM_ROOT_NONE		0	/* not loaded yet */
#define KM_ROOT_BYTES		1	/* given by a privileged program: a root-only file */
#define KM_ROOT_KEYRING		2	/* a kernel key named by its serial number */
#define KM_ROOT_EPHEMERAL	3	/* random, gone at the next boot or module load */
#define KM_ROOT_TPM		4	/* sealed by the TPM 2.0, see struct km_create_root_key */

/* Where counts outlive the boot: km_info.state */
#define KM_STATE_VOLATILE	0	/* nowhere: KM_IOC_LOAD_STATE was not called */
#define KM_STATE_KEPT		1	/* in a file, by a helper */
#define KM_STATE_COUNTED	2	/* and the TPM knows which file is the last */

/* Formats of a new blob: km_generate_key.format, km_import_key.format */
#define KM_BLOB_DEFAULT		0	/* format 3, AES-256-GCM and HKDF */
#define KM_BLOB_OCB		1	/* format 0, AES-128-OCB, the Keymaster 1.0 layout */

/* km_info.features */
#define KM_FEATURE_AES		(1ULL << 0)
#define KM_FEATURE_HMAC		(1ULL << 1)
#define KM_FEATURE_EC_P256	(1ULL << 2)
#define KM_FEATURE_KEY_TYPE	(1ULL << 3)	/* keys can be named by serial */
#define KM_FEATURE_RSA		(1ULL << 4)
#define KM_FEATURE_EC_NIST	(1ULL << 5)	/* P-224, P-384 and P-521 too, and AGREE_KEY */
#define KM_FEATURE_CURVE_25519	(1ULL << 6)	/* Ed25519 and X25519 */
#define KM_FEATURE_TRIPLE_DES	(1ULL << 7)
#define KM_FEATURE_GATEKEEPER	(1ULL << 8)	/* passwords, tokens, keys that ask for them */
#define KM_FEATURE_ATTESTATION	(1ULL << 9)	/* certificates of keys */
#define KM_FEATURE_BRIDGE	(1ULL << 10)	/* keys for other parts of the kernel */

/**
 * struct km_info - KM_IOC_GET_INFO: what this kernel offers
 * @size: [in] sizeof(struct km_info)
 * @flags: [in] must be 0
 * @error: [out] always KM_ERROR_OK
 * @abi_level: [out] KM_ABI_LEVEL of the kernel
 * @features: [out] KM_FEATURE_* bits
 * @errata: [out] bits of faults that were mended without a new level; none yet
 * @input_max: [out] longest input of one call, in bytes
 * @params_max: [out] longest authorization set, in bytes
 * @blob_max: [out] longest blob, in bytes
 * @operations_max: [out] live operations that one user may have
 * @operations: [out] live operations that the caller's user has now
 * @root_source: [out] KM_ROOT_*: kind of root key that is loaded, or NONE
 * @root_check: [out] public check value of the root key, zero while none is
 *	loaded; the same for the same root key, says nothing about it
 * @state: [out] KM_STATE_*: what becomes of throttling and counts after the boot
 * @boot_level: [out] what KM_IOC_SET_BOOT_LEVEL said last, 0 at first
 * @root_check_before: [out] check value of the root key before, as long as keys that
 *	were made under it can be upgraded; zero if there is none
 *
 * Needs no root key and no privilege.
 */
struct km_info {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 abi_level;
	__u64 features;
	__u64 errata;
	__u32 input_max;
	__u32 params_max;
	__u32 blob_max;
	__u32 operations_max;
	__u32 operations;
	__u32 root_source;
	__u8  root_check[KM_ROOT_CHECK_SIZE];
	__u32 state;
	__u32 boot_level;
	__u8  root_check_before[KM_ROOT_CHECK_SIZE];
};

/** KM_ROOT_PCRS - the PCRs that a root key may be sealed for. */
#define KM_ROOT_PCRS		0xffffff

/**
 * struct km_create_root_key - KM_IOC_CREATE_ROOT_KEY: make a root key that is sealed
 * @size: [in] sizeof(struct km_create_root_key)
 * @flags: [in] must be 0
 * @error: [out] Keymaster code
 * @source: [in] KM_ROOT_TPM: what seals it
 * @pcrs: [in] bit mask of PCRs (SHA-256 bank) that have to be as they are now whenever it
 *	is loaded; 0: none, then this TPM alone is enough
 * @sealed_len: [in,out] room at @sealed, at least KM_SEALED_ROOT_MAX; bytes written
 * @sealed: [out] buffer for the sealed key, for KM_IOC_LOAD_ROOT_KEY
 * @root_check: [out] the check value, see struct km_info
 *
 * The root key is made in the kernel, and no program sees it. It is not loaded. The TPM
 * keeps nothing; no other TPM opens what it seals, nor does this one after it was
 * cleared. Errors: EPERM without CAP_SYS_ADMIN; ENODEV without a TPM 2.0;
 * SECURE_HW_ACCESS_DENIED (EACCES): its owner has a password;
 * HARDWARE_TYPE_UNAVAILABLE (EOPNOTSUPP): it does not have these PCRs;
 * SECURE_HW_COMMUNICATION_FAILED (EIO).
 */
struct km_create_root_key {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 source;
	__u32 pcrs;
	__u32 sealed_len;
	__u64 sealed;
	__u8  root_check[KM_ROOT_CHECK_SIZE];
};

/* km_load_root_key.flags */
#define KM_ROOT_CHECK_GIVEN	(1U << 0)	/* root_check is [in] too: load no other */

/**
 * struct km_load_root_key - KM_IOC_LOAD_ROOT_KEY: give the module its root key
 * @size: [in] sizeof(struct km_load_root_key)
 * @flags: [in] KM_ROOT_CHECK_GIVEN or 0
 * @error: [out] Keymaster code
 * @source: [in] KM_ROOT_BYTES, KM_ROOT_KEYRING, KM_ROOT_EPHEMERAL or KM_ROOT_TPM
 * @key: [in] BYTES, TPM: pointer to the key or the sealed key, else 0
 * @key_len: [in] BYTES: KM_ROOT_KEY_SIZE; TPM: bytes there; else 0
 * @serial: [in] KEYRING: serial of a user, logon, encrypted or trusted key
 *	whose payload is KM_ROOT_KEY_SIZE bytes, else 0
 * @root_check: [out] the check value, see struct km_info; with KM_ROOT_CHECK_GIVEN
 *	[in] that of the root key that is meant
 * @record: [in] pointer to the record that ROTATE_ROOT_KEY gave, or 0
 * @record_len: [in] bytes at @record, or 0
 * @reserved: [in] must be 0
 *
 * With the record of a root key that this one has taken over, keys that were made under
 * that one can be upgraded (KEY_REQUIRES_UPGRADE). A record that is for another root key
 * is passed over: a rotation was cut short before it came into force.
 *
 * Once per boot of the module. Errors: EPERM without CAP_SYS_ADMIN in the
 * initial user namespace (of the caller and of who opened the file); EINVAL
 * for a wrong source or length; EEXIST with ROOT_OF_TRUST_ALREADY_SET when one
 * is loaded already; EINVAL with INVALID_ARGUMENT for a damaged record; ENOKEY,
 * EACCES, EKEYREVOKED, EKEYEXPIRED for the serial.
 *
 * A root key that is not the one of the check value gives EKEYREJECTED with
 * IMPORT_PARAMETER_MISMATCH. From the TPM also: EBADMSG with VERIFICATION_FAILED for a
 * damaged sealed key; EKEYREJECTED with INVALID_KEY_BLOB when another TPM has sealed it;
 * ESTALE when PCRs are not as they were; ENODEV, EACCES and EIO as in struct
 * km_create_root_key.
 */
struct km_load_root_key {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 source;
	__u64 key;
	__u32 key_len;
	__s32 serial;
	__u8  root_check[KM_ROOT_CHECK_SIZE];
	__u64 record;
	__u32 record_len;
	__u32 reserved;
};

/* km_rotate_root_key.flags */
#define KM_ROTATE_COMMIT	(1U << 0)	/* what was prepared comes into force */

/**
 * struct km_rotate_root_key - KM_IOC_ROTATE_ROOT_KEY: give the root key a successor
 * @size: [in] sizeof(struct km_rotate_root_key)
 * @flags: [in] 0: prepare; KM_ROTATE_COMMIT
 * @error: [out] Keymaster code
 * @source: [in] as in struct km_load_root_key, but not EPHEMERAL; 0 to commit
 * @key: [in] as in struct km_load_root_key; 0 to commit
 * @record: [out] buffer for the record; 0 to commit
 * @key_len: [in] as in struct km_load_root_key; 0 to commit
 * @serial: [in] as in struct km_load_root_key; 0 to commit
 * @record_len: [in,out] room at @record, KM_ROOT_RECORD_SIZE is enough, bytes written;
 *	0 to commit
 * @root_check: prepare: [out] check value of the successor; commit: [in] the same
 * @reserved: [in] must be 0
 *
 * To prepare changes nothing. The record holds what is derived from the root key of now,
 * sealed under the successor. Keep it, then put the successor where the root key is loaded
 * from, then commit: whenever the machine stops, the next boot has all keys.
 *
 * After it, keys of before answer KEY_REQUIRES_UPGRADE, and UPGRADE_KEY makes blobs of
 * them that are sealed under the successor. A user's password handle is made anew when
 * the password comes next. There can be no other rotation until FORGET_ROOT_KEY.
 *
 * Errors: EPERM, and those of LOAD_ROOT_KEY for the source; ENOKEY with
 * KEYMASTER_NOT_CONFIGURED without a root key; EEXIST with ROOT_OF_TRUST_ALREADY_SET as
 * long as there is one before; EINVAL with INVALID_ARGUMENT to commit what is not prepared.
 */
struct km_rotate_root_key {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 source;
	__u64 key;
	__u64 record;
	__u32 key_len;
	__s32 serial;
	__u32 record_len;
	__u32 reserved;
	__u8  root_check[KM_ROOT_CHECK_SIZE];
};

/**
 * struct km_forget_root_key - KM_IOC_FORGET_ROOT_KEY: end a rotation
 * @size: [in] sizeof(struct km_forget_root_key)
 * @flags: [in] must be 0
 * @error: [out] Keymaster code: INVALID_ARGUMENT if there is no root key before
 * @reserved: [in] must be 0
 *
 * Keys that were not upgraded, and passwords that did not come since the rotation, are
 * lost; remove the record too, or the next boot has them again. Needs CAP_SYS_ADMIN.
 */
struct km_forget_root_key {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 reserved;
};

/** KM_ATTEST_KEY_MAX, KM_ATTEST_CHAIN_MAX - longest attestation key and chain, in bytes. */
#define KM_ATTEST_KEY_MAX	2560
#define KM_ATTEST_CHAIN_MAX	8192
/** KM_ISSUER_MAX - longest Name of an issuer, in bytes. */
#define KM_ISSUER_MAX		1024

/**
 * struct km_certify - part of other structures: the certificates of an asymmetric key
 * @chain: [out] buffer for certificates, DER, one behind the other, the key's first
 * @attest_blob: [in] blob of an attest key, which signs instead of this machine
 * @attest_params: [in] its APPLICATION_ID and APPLICATION_DATA, and an AUTH_TOKEN
 * @issuer: [in] the attest key's subject, a DER Name
 * @chain_len: [in,out] room at @chain, bytes written, or needed with EMSGSIZE; 0: no
 *	certificates are wanted
 * @attest_blob_len: [in] bytes at @attest_blob; 0: by @attest_serial
 * @attest_serial: [in] serial number of the attest key; 0: there is none
 * @attest_params_len: [in] bytes at @attest_params
 * @issuer_len: [in] bytes at @issuer, at most KM_ISSUER_MAX
 * @version: [in] keymasterVersion to be stated: 2, 3, 4, 41, 100, 200, 300; 0: 300
 *
 * With ATTESTATION_CHALLENGE among the parameters of the key: its certificate with the
 * attestation extension, and the chain of this machine behind it, or, by an attest
 * key, the certificate alone. Without: one certificate, self-signed where the key
 * may sign, and of an empty signature otherwise. Symmetric keys have none.
 *
 * The extension says "software" of its security levels, and "unverified" of the boot, as
 * that is what this module knows. Its enforced list is what the module enforces.
 */
struct km_certify {
	__u64 chain;
	__u64 attest_blob;
	__u64 attest_params;
	__u64 issuer;
	__u32 chain_len;
	__u32 attest_blob_len;
	__s32 attest_serial;
	__u32 attest_params_len;
	__u32 issuer_len;
	__u32 version;
};

/**
 * struct km_generate_key - KM_IOC_GENERATE_KEY: make a key
 * @size: [in] sizeof(struct km_generate_key)
 * @flags: [in] must be 0
 * @error: [out] Keymaster code
 * @format: [in] KM_BLOB_*: format of the blob
 * @params: [in] the key description, an authorization set (tags.md section 6)
 * @blob: [out] buffer for the key blob
 * @params_len: [in] bytes at @params
 * @blob_len: [in,out] room at @blob, bytes written
 * @certify: [in,out] certificates, where they are wanted: the key then needs
 *	CERTIFICATE_NOT_BEFORE and CERTIFICATE_NOT_AFTER
 *
 * Errors: ENOKEY with KEYMASTER_NOT_CONFIGURED without a root key, and the
 * codes of operations.md section 2.1.
 */
struct km_generate_key {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 format;
	__u64 params;
	__u64 blob;
	__u32 params_len;
	__u32 blob_len;
	struct km_certify certify;
};

/**
 * struct km_import_key - KM_IOC_IMPORT_KEY: bring in key material
 * @size: [in] sizeof(struct km_import_key)
 * @flags: [in] must be 0
 * @error: [out] Keymaster code
 * @format: [in] KM_BLOB_*: format of the blob
 * @params: [in] the key description, an authorization set
 * @data: [in] the material
 * @blob: [out] buffer for the key blob
 * @params_len: [in] bytes at @params
 * @data_len: [in] bytes at @data, at most KM_IMPORT_MAX
 * @blob_len: [in,out] room at @blob, bytes written
 * @key_format: [in] KM_KEY_FORMAT_RAW (AES, HMAC) or KM_KEY_FORMAT_PKCS8 (EC)
 * @certify: [in,out] certificates, as for GENERATE_KEY
 *
 * Errors: as for GENERATE_KEY, and those of operations.md section 2.2.
 */
struct km_import_key {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 format;
	__u64 params;
	__u64 data;
	__u64 blob;
	__u32 params_len;
	__u32 data_len;
	__u32 blob_len;
	__u32 key_format;
	struct km_certify certify;
};

/**
 * struct km_export_key - KM_IOC_EXPORT_KEY: the public half of a key
 * @size: [in] sizeof(struct km_export_key)
 * @flags: [in] must be 0
 * @error: [out] Keymaster code
 * @key_format: [in] KM_KEY_FORMAT_X509: DER SubjectPublicKeyInfo
 * @blob: [in] the key blob
 * @params: [in] APPLICATION_ID and APPLICATION_DATA where the key has them
 * @data: [out] buffer for the exported bytes
 * @blob_len: [in] bytes at @blob; 0: the key is named by @serial
 * @serial: [in] serial number of a keymaster key
 * @params_len: [in] bytes at @params
 * @data_len: [in,out] room at @data, bytes written
 *
 * Errors: EKEYREJECTED with INVALID_KEY_BLOB; EOPNOTSUPP with
 * UNSUPPORTED_KEY_FORMAT for symmetric keys and all other formats.
 */
struct km_export_key {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 key_format;
	__u64 blob;
	__u64 params;
	__u64 data;
	__u32 blob_len;
	__s32 serial;
	__u32 params_len;
	__u32 data_len;
};

/**
 * struct km_get_characteristics - KM_IOC_GET_KEY_CHARACTERISTICS
 * @size: [in] sizeof(struct km_get_characteristics)
 * @flags: [in] must be 0
 * @error: [out] Keymaster code
 * @params_len: [in] bytes at @params
 * @blob: [in] the key blob
 * @params: [in] APPLICATION_ID and APPLICATION_DATA where the key has them
 * @enforced: [out] buffer for the authorizations that the kernel enforces
 * @unenforced: [out] buffer for those that are recorded only
 * @blob_len: [in] bytes at @blob; 0: the key is named by @serial
 * @serial: [in] serial number of a keymaster key
 * @enforced_len: [in,out] room at @enforced, bytes written
 * @unenforced_len: [in,out] room at @unenforced, bytes written
 *
 * Errors: EKEYREJECTED with INVALID_KEY_BLOB.
 */
struct km_get_characteristics {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 params_len;
	__u64 blob;
	__u64 params;
	__u64 enforced;
	__u64 unenforced;
	__u32 blob_len;
	__s32 serial;
	__u32 enforced_len;
	__u32 unenforced_len;
};

/* km_delete_key.flags */
#define KM_DELETE_WHOLE_KEY	(1U << 0)	/* not this blob only, but the key */

/**
 * struct km_delete_key - KM_IOC_DELETE_KEY
 * @size: [in] sizeof(struct km_delete_key)
 * @flags: [in] KM_DELETE_WHOLE_KEY or 0
 * @error: [out] Keymaster code
 * @blob_len: [in] bytes at @blob
 * @blob: [in] the key blob
 * @serial: [in] serial number of a "keymaster" key, if @blob_len is 0: the blob that it was
 *	loaded from
 * @reserved: [in] must be 0
 *
 * A blob with a slot (format 4: keys with ROLLBACK_RESISTANCE or USAGE_COUNT_LIMIT) can
 * never be decrypted again, if the caller's user made the key: its slot is gone. An
 * upgraded blob has a slot of its own, so that the blob before it can be deleted, which
 * is what @flags 0 is for; with KM_DELETE_WHOLE_KEY the slots of all its blobs go.
 * SECURE_HW_COMMUNICATION_FAILED when that could not be kept: it has taken effect, and
 * is certain when a repeated call succeeds. For all other keys there is nothing to delete:
 * the call succeeds for any bytes and the caller deletes its file (operations.md section 2.6).
 */
struct km_delete_key {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 blob_len;
	__u64 blob;
	__s32 serial;
	__u32 reserved;
};

/* km_delete_all_keys.flags */
#define KM_DELETE_OF_ALL_USERS	(1U << 0)	/* not those of the caller's user only */

/**
 * struct km_delete_all_keys - KM_IOC_DELETE_ALL_KEYS
 * @size: [in] sizeof(struct km_delete_all_keys)
 * @flags: [in] KM_DELETE_OF_ALL_USERS or 0
 * @error: [out] Keymaster code: as for DELETE_KEY
 * @reserved: [in] must be 0
 *
 * No blob with a slot that the caller's user has made can be decrypted any more. With
 * KM_DELETE_OF_ALL_USERS none of anybody: all slots and the factory reset secret are
 * destroyed (operations.md section 2.6); this needs CAP_SYS_ADMIN. Blobs without a slot
 * stay.
 */
struct km_delete_all_keys {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 reserved;
};

/**
 * struct km_begin - KM_IOC_BEGIN: start an operation
 * @size: [in] sizeof(struct km_begin)
 * @flags: [in] must be 0
 * @error: [out] Keymaster code
 * @purpose: [in] KM_PURPOSE_*
 * @blob: [in] the key blob
 * @params: [in] parameters: modes, digest, nonce, application id
 * @out_params: [out] buffer for parameters that begin makes (NONCE)
 * @blob_len: [in] bytes at @blob; 0: the key is named by @serial
 * @serial: [in] serial number of a keymaster key
 * @params_len: [in] bytes at @params
 * @out_params_len: [in,out] room at @out_params, bytes written
 * @handle: [out] random number of the operation: its challenge for tokens
 * @fd: [out] file descriptor of the operation (close-on-exec); closing it
 *	aborts the operation
 * @reserved: [in] must be 0
 *
 * Errors: operations.md section 3.1, in that order; EDQUOT with
 * TOO_MANY_OPERATIONS; EMFILE, ENFILE.
 */
struct km_begin {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 purpose;
	__u64 blob;
	__u64 params;
	__u64 out_params;
	__u32 blob_len;
	__s32 serial;
	__u32 params_len;
	__u32 out_params_len;
	__u64 handle;
	__s32 fd;
	__u32 reserved;
};

/**
 * struct km_update - KM_IOC_UPDATE: feed an operation
 * @size: [in] sizeof(struct km_update)
 * @flags: [in] must be 0
 * @error: [out] Keymaster code
 * @params_len: [in] bytes at @params
 * @params: [in] ASSOCIATED_DATA, AUTH_TOKEN; of several ASSOCIATED_DATA in one
 *	call only the first counts, the others are NOT authenticated: more data
 *	goes into further calls (tags.md section 1)
 * @input: [in] data; all of it is consumed
 * @output: [out] buffer for the data that is ready
 * @input_len: [in] bytes at @input, at most KM_INPUT_MAX
 * @output_len: [in,out] room at @output, bytes written
 *
 * Any Keymaster error ends the operation: the next call gives EBADFD with
 * INVALID_OPERATION_HANDLE. So does EFAULT while output or the answer is written.
 * Errors of the call itself (EINVAL, E2BIG, EMSGSIZE, EFAULT on input) do not.
 */
struct km_update {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 params_len;
	__u64 params;
	__u64 input;
	__u64 output;
	__u32 input_len;
	__u32 output_len;
};

/**
 * struct km_finish - KM_IOC_FINISH: last input, final result
 * @size: [in] sizeof(struct km_finish)
 * @flags: [in] must be 0
 * @error: [out] Keymaster code
 * @params_len: [in] bytes at @params
 * @params: [in] ASSOCIATED_DATA (the first one, as in KM_IOC_UPDATE), AUTH_TOKEN,
 *	CONFIRMATION_TOKEN
 * @input: [in] last data
 * @signature: [in] VERIFY: the signature or MAC to check
 * @output: [out] buffer for the rest of the output
 * @input_len: [in] bytes at @input, at most KM_INPUT_MAX
 * @signature_len: [in] bytes at @signature, at most KM_SIGNATURE_MAX
 * @output_len: [in,out] room at @output, bytes written
 * @reserved: [in] must be 0
 *
 * Ends the operation, whatever the Keymaster code. EMSGSIZE keeps it alive.
 * A failing finish writes no output.
 */
struct km_finish {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 params_len;
	__u64 params;
	__u64 input;
	__u64 signature;
	__u64 output;
	__u32 input_len;
	__u32 signature_len;
	__u32 output_len;
	__u32 reserved;
};

/**
 * struct km_abort - KM_IOC_ABORT: end an operation, wipe its state
 * @size: [in] sizeof(struct km_abort)
 * @flags: [in] must be 0
 * @error: [out] Keymaster code
 * @reserved: [in] must be 0
 *
 * Errors: EBADFD with INVALID_OPERATION_HANDLE when it has ended already.
 */
struct km_abort {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 reserved;
};

/**
 * struct km_operate - KM_IOC_OPERATE: begin, update and finish in one call
 * @size: [in] sizeof(struct km_operate)
 * @flags: [in] must be 0
 * @error: [out] Keymaster code
 * @purpose: [in] KM_PURPOSE_*
 * @blob: [in] the key blob
 * @params: [in] parameters of begin, update and finish together; of several
 *	ASSOCIATED_DATA only the first counts, the others are NOT authenticated
 * @out_params: [out] buffer for parameters that begin makes (NONCE)
 * @input: [in] data
 * @signature: [in] VERIFY: the signature or MAC to check
 * @output: [out] buffer for the result
 * @blob_len: [in] bytes at @blob; 0: the key is named by @serial
 * @serial: [in] serial number of a keymaster key
 * @params_len: [in] bytes at @params
 * @out_params_len: [in,out] room at @out_params, bytes written
 * @input_len: [in] bytes at @input, at most KM_INPUT_MAX
 * @signature_len: [in] bytes at @signature, at most KM_SIGNATURE_MAX
 * @output_len: [in,out] room at @output, bytes written
 * @reserved: [in] must be 0
 *
 * The same checks in the same order as the three calls, and the same codes.
 * The room at @output and @out_params is compared with what the call needs
 * after the authorizations allowed it and before any data is processed.
 */
struct km_operate {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 purpose;
	__u64 blob;
	__u64 params;
	__u64 out_params;
	__u64 input;
	__u64 signature;
	__u64 output;
	__u32 blob_len;
	__s32 serial;
	__u32 params_len;
	__u32 out_params_len;
	__u32 input_len;
	__u32 signature_len;
	__u32 output_len;
	__u32 reserved;
};

/**
 * struct km_add_rng_entropy - KM_IOC_ADD_RNG_ENTROPY
 * @size: [in] sizeof(struct km_add_rng_entropy)
 * @flags: [in] must be 0
 * @error: [out] Keymaster code: INVALID_INPUT_LENGTH beyond KM_ENTROPY_MAX
 * @data_len: [in] bytes at @data
 * @data: [in] bytes to mix into the kernel's generator; they are credited nothing
 *
 * operations.md section 1.2.
 */
struct km_add_rng_entropy {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 data_len;
	__u64 data;
};

/** KM_ENTROPY_MAX - most bytes that KM_IOC_ADD_RNG_ENTROPY takes at once. */
#define KM_ENTROPY_MAX		2048

/**
 * struct km_get_supported - KM_IOC_GET_SUPPORTED_*
 * @size: [in] sizeof(struct km_get_supported)
 * @flags: [in] must be 0
 * @error: [out] Keymaster code: UNSUPPORTED_ALGORITHM, UNSUPPORTED_PURPOSE
 * @algorithm: [in] KM_ALGORITHM_*; not looked at by GET_SUPPORTED_ALGORITHMS
 * @purpose: [in] KM_PURPOSE_*; looked at by block modes, paddings and digests only
 * @count: [in,out] room at @values, values written; in values of 4 bytes
 * @values: [out] array of __u32: the values, in ascending order
 *
 * An empty list says that the question does not apply (operations.md 1.1).
 */
struct km_get_supported {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 algorithm;
	__u32 purpose;
	__u32 count;
	__u64 values;
};

/**
 * struct km_upgrade_key - KM_IOC_UPGRADE_KEY
 * @size: [in] sizeof(struct km_upgrade_key)
 * @flags: [in] must be 0
 * @error: [out] Keymaster code: INVALID_KEY_BLOB, or INVALID_ARGUMENT for a
 *	key that is newer than the system
 * @blob_len: [in] bytes at @blob
 * @blob: [in] the key blob
 * @params: [in] APPLICATION_ID and APPLICATION_DATA, if the key has them
 * @new_blob: [out] buffer for the new blob
 * @params_len: [in] bytes at @params
 * @new_blob_len: [in,out] room at @new_blob, bytes written; 0: @blob is current
 * @serial: [in] serial number of a "keymaster" key, if @blob_len is 0; the loaded key stays
 *	as it is: a new one is made of the new blob
 * @reserved: [in] must be 0
 *
 * operations.md section 5.3. Both blobs work until the old one is deleted.
 */
struct km_upgrade_key {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 blob_len;
	__u64 blob;
	__u64 params;
	__u64 new_blob;
	__u32 params_len;
	__u32 new_blob_len;
	__s32 serial;
	__u32 reserved;
};

/**
 * struct km_configure - KM_IOC_CONFIGURE: versions that keys are bound to
 * @size: [in] sizeof(struct km_configure)
 * @flags: [in] KM_CONFIGURE_*: which of the members are given
 * @error: [out] Keymaster code: INVALID_ARGUMENT for a value that differs from
 *	the one given before, ROOT_OF_TRUST_ALREADY_SET likewise
 * @os_version: [in] (major * 100 + minor) * 100 + sub
 * @os_patchlevel: [in] YYYYMM
 * @vendor_patchlevel: [in] YYYYMMDD
 * @boot_patchlevel: [in] YYYYMMDD
 * @root_of_trust_len: [in] bytes at @root_of_trust, 1 to KM_ROOT_OF_TRUST_MAX
 * @root_of_trust: [in] what keys are bound to besides the root key: state of
 *	the boot chain; "SW" if it is never given
 *
 * Needs CAP_SYS_ADMIN. Each value can be set once per boot; the same
 * value again is OK (operations.md section 5.1).
 */
struct km_configure {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 os_version;
	__u32 os_patchlevel;
	__u32 vendor_patchlevel;
	__u32 boot_patchlevel;
	__u32 root_of_trust_len;
	__u64 root_of_trust;
};

#define KM_CONFIGURE_OS_VERSION		(1U << 0)
#define KM_CONFIGURE_OS_PATCHLEVEL	(1U << 1)
#define KM_CONFIGURE_VENDOR_PATCHLEVEL	(1U << 2)
#define KM_CONFIGURE_BOOT_PATCHLEVEL	(1U << 3)
#define KM_CONFIGURE_ROOT_OF_TRUST	(1U << 4)

/** KM_ROOT_OF_TRUST_MAX - most bytes of a root of trust. */
#define KM_ROOT_OF_TRUST_MAX	128

/**
 * struct km_import_wrapped_key - KM_IOC_IMPORT_WRAPPED_KEY
 * @size: [in] sizeof(struct km_import_wrapped_key)
 * @flags: [in] must be 0
 * @error: [out] Keymaster code
 * @format: [in] KM_BLOB_*: layout of the new blob
 * @wrapped: [in] DER SecureKeyWrapper
 * @wrapping_blob: [in] blob of the wrapping key, an RSA key with WRAP_KEY
 * @masking_key: [in] KM_MASKING_KEY_SIZE bytes that the transport key is masked
 *	with, or 0 for none
 * @params: [in] how to unwrap: PADDING, DIGEST, RSA_OAEP_MGF_DIGEST, and the
 *	wrapping key's APPLICATION_ID and APPLICATION_DATA
 * @password_sid: [in] replaces USER_SECURE_ID where that has the bit PASSWORD
 * @biometric_sid: [in] likewise, bit FINGERPRINT
 * @blob: [out] buffer for the blob of the new key
 * @wrapped_len: [in] bytes at @wrapped, at most KM_IMPORT_MAX
 * @wrapping_blob_len: [in] bytes at @wrapping_blob; 0: it is named by @serial
 * @serial: [in] serial number of a keymaster key
 * @masking_key_len: [in] bytes at @masking_key: 0 or KM_MASKING_KEY_SIZE
 * @params_len: [in] bytes at @params
 * @blob_len: [in,out] room at @blob, bytes written
 *
 * operations.md section 6.
 */
struct km_import_wrapped_key {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 format;
	__u64 wrapped;
	__u64 wrapping_blob;
	__u64 masking_key;
	__u64 params;
	__u64 password_sid;
	__u64 biometric_sid;
	__u64 blob;
	__u32 wrapped_len;
	__u32 wrapping_blob_len;
	__s32 serial;
	__u32 masking_key_len;
	__u32 params_len;
	__u32 blob_len;
};

/** KM_MASKING_KEY_SIZE - length of the mask of a transport key, in bytes. */
#define KM_MASKING_KEY_SIZE	32

/**
 * struct km_early_boot_ended - KM_IOC_EARLY_BOOT_ENDED
 * @size: [in] sizeof(struct km_early_boot_ended)
 * @flags: [in] must be 0
 * @error: [out] Keymaster code
 * @reserved: [in] must be 0
 *
 * Closes keys that are EARLY_BOOT_ONLY until the next boot. Needs CAP_SYS_ADMIN.
 */
struct km_early_boot_ended {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 reserved;
};

/**
 * DOC: Users and tokens
 *
 * The gatekeeper knows one password of each user (a uid of the initial user
 * namespace). Who enrols gets a random secure user id (SID), which keys name in
 * USER_SECURE_ID. Verifying the password mints an authentication token, which the
 * kernel keeps for that user: keys that ask for it open without further calls. A
 * token that is handed out may be given as AUTH_TOKEN too (gatekeeper.md).
 *
 * The kernel takes any bytes for a password. Programs stretch what people type by a
 * slow function first (libkeymaster does), and may keep its parameters in @setting.
 *
 * Failed attempts are counted before the password is looked at. After the fifth, the
 * tenth and every later one comes a wait (gatekeeper.md section 6). Counts live in the
 * sealed state: see struct km_load_state for what survives a reboot.
 *
 * All of it answers by the codes GATEKEEPER_INVALID (a wrong password, a handle that
 * is none of this user's), GATEKEEPER_RETRY (not now: @timeout_ms) and
 * GATEKEEPER_UNKNOWN (an attempt that could not be recorded, and so was not made).
 * They need a root key: ENOKEY with KEYMASTER_NOT_CONFIGURED.
 *
 * A user acts on itself; CAP_SYS_ADMIN in the initial user namespace (of the caller
 * and of who opened the file) acts on any. EPERM for all others, and for whoever
 * opened the file in another user namespace.
 */

/** KM_AUTH_TOKEN_SIZE - bytes of an authentication token (gatekeeper.md section 2). */
#define KM_AUTH_TOKEN_SIZE	69
/** KM_PASSWORD_HANDLE_SIZE - bytes of a password handle (gatekeeper.md section 3). */
#define KM_PASSWORD_HANDLE_SIZE	58
/** KM_PASSWORD_MAX - longest password that is accepted, in bytes. */
#define KM_PASSWORD_MAX		4096
/** KM_SETTING_MAX - longest setting that is kept with a password, in bytes. */
#define KM_SETTING_MAX		128
/** KM_CONFIRMATION_TOKEN_SIZE - bytes of a confirmation token. */
#define KM_CONFIRMATION_TOKEN_SIZE 32
/** KM_CONFIRMATION_MAX - longest message that can be confirmed, in bytes. */
#define KM_CONFIRMATION_MAX	6144
/** KM_HMAC_PARTIES_MAX - most parties that can share a key. */
#define KM_HMAC_PARTIES_MAX	10
/** KM_STATE_MAX - longest sealed state, in bytes. */
#define KM_STATE_MAX		(16 * 1024 * 1024)

/**
 * struct km_gatekeeper_enroll - KM_IOC_GATEKEEPER_ENROLL: set a user's password
 * @size: [in] sizeof(struct km_gatekeeper_enroll)
 * @flags: [in] must be 0
 * @error: [out] Keymaster code
 * @uid: [in] the user
 * @handle: [in] the current password handle; with @handle_len 0 and a current
 *	password, the one that the kernel has
 * @old_password: [in] the current password
 * @password: [in] the new password
 * @setting: [in] bytes to keep with it, for GATEKEEPER_GET_USER
 * @new_handle: [out] buffer for the new password handle, or 0
 * @sid: [out] the secure user id
 * @handle_len: [in] bytes at @handle: 0 or KM_PASSWORD_HANDLE_SIZE
 * @old_password_len: [in] bytes at @old_password, at most KM_PASSWORD_MAX
 * @password_len: [in] bytes at @password, 1 to KM_PASSWORD_MAX
 * @setting_len: [in] bytes at @setting, at most KM_SETTING_MAX
 * @new_handle_len: [in,out] room at @new_handle, bytes written; 0: not wanted
 * @timeout_ms: [out] with GATEKEEPER_RETRY: for how long, in ms
 *
 * With the current password the SID stays. Without one (untrusted enrolment) it is
 * new, and keys that are bound to the old one never open again: a user can do so
 * only once, later it takes CAP_SYS_ADMIN (EPERM). gatekeeper.md section 4.
 */
struct km_gatekeeper_enroll {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 uid;
	__u64 handle;
	__u64 old_password;
	__u64 password;
	__u64 setting;
	__u64 new_handle;
	__u64 sid;
	__u32 handle_len;
	__u32 old_password_len;
	__u32 password_len;
	__u32 setting_len;
	__u32 new_handle_len;
	__u32 timeout_ms;
};

/**
 * struct km_gatekeeper_verify - KM_IOC_GATEKEEPER_VERIFY: authenticate a user
 * @size: [in] sizeof(struct km_gatekeeper_verify)
 * @flags: [in] must be 0
 * @error: [out] Keymaster code
 * @uid: [in] the user
 * @challenge: [in] handle of the operation that the token is for; 0: of none
 * @handle: [in] the password handle; with @handle_len 0 the one that the kernel has
 * @password: [in] the password
 * @token: [out] buffer for the token, or 0
 * @handle_len: [in] bytes at @handle: 0 or KM_PASSWORD_HANDLE_SIZE
 * @password_len: [in] bytes at @password, 1 to KM_PASSWORD_MAX
 * @token_len: [in,out] room at @token, bytes written; 0: not wanted
 * @timeout_ms: [out] with GATEKEEPER_RETRY: for how long, in ms
 * @reenroll: [out] 1: the handle is of an old kind, enrol again with this password
 * @reserved: [in] must be 0
 *
 * The token is kept for the user in any case. gatekeeper.md section 5.
 */
struct km_gatekeeper_verify {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 uid;
	__u64 challenge;
	__u64 handle;
	__u64 password;
	__u64 token;
	__u32 handle_len;
	__u32 password_len;
	__u32 token_len;
	__u32 timeout_ms;
	__u32 reenroll;
	__u32 reserved;
};

/**
 * struct km_gatekeeper_delete_user - KM_IOC_GATEKEEPER_DELETE_USER
 * @size: [in] sizeof(struct km_gatekeeper_delete_user)
 * @flags: [in] KM_DELETE_ALL_USERS or 0
 * @error: [out] Keymaster code: GATEKEEPER_INVALID for a user that is not enrolled
 * @uid: [in] the user; 0 with KM_DELETE_ALL_USERS
 *
 * Password and tokens of the user are forgotten: no handle verifies any more, and
 * keys that are bound to the SID never open again. Needs CAP_SYS_ADMIN.
 */
struct km_gatekeeper_delete_user {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 uid;
};

#define KM_DELETE_ALL_USERS	(1U << 0)

/**
 * struct km_gatekeeper_get_user - KM_IOC_GATEKEEPER_GET_USER: who is enrolled?
 * @size: [in] sizeof(struct km_gatekeeper_get_user)
 * @flags: [in] must be 0
 * @error: [out] always KM_ERROR_OK, or KEYMASTER_NOT_CONFIGURED
 * @uid: [in] the user
 * @sid: [out] the secure user id
 * @handle: [out] buffer for the password handle, or 0
 * @setting: [out] buffer for the setting, or 0
 * @handle_len: [in,out] room at @handle, bytes written; 0: not wanted
 * @setting_len: [in,out] room at @setting, bytes written; 0: not wanted
 * @failures: [out] failed attempts since the last good one
 * @timeout_ms: [out] for how long no attempt is accepted, in ms
 *
 * Errors: ENOENT for a user that is not enrolled; EPERM, EMSGSIZE.
 */
struct km_gatekeeper_get_user {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 uid;
	__u64 sid;
	__u64 handle;
	__u64 setting;
	__u32 handle_len;
	__u32 setting_len;
	__u32 failures;
	__u32 timeout_ms;
};

/* km_load_state.flags */
#define KM_STATE_COUNTER	(1U << 0)	/* a counter in the TPM tells old files */
#define KM_STATE_NEW		(1U << 1)	/* with it: take what is given, whatever it is */

/**
 * struct km_load_state - KM_IOC_LOAD_STATE: what is to outlive the boot
 * @size: [in] sizeof(struct km_load_state)
 * @flags: [in] KM_STATE_COUNTER, perhaps with KM_STATE_NEW; or 0
 * @error: [out] Keymaster code: VERIFICATION_FAILED (EBADMSG) for bytes that this
 *	root key did not seal; see below for what the TPM may be the cause of
 * @state_len: [in] bytes at @state, at most KM_STATE_MAX; 0: there is none yet
 * @state: [in] what KM_IOC_GET_STATE gave last
 * @helper: [in] absolute path of the program that the kernel starts as root when
 *	there is a new state to keep; it runs as: HELPER PATH
 * @path: [in] its argument: where the state is kept
 * @helper_len: [in] bytes at @helper, at most KM_HELPER_MAX; no NUL among them
 * @path_len: [in] bytes at @path, likewise
 *
 * Passwords, failed attempts and USAGE_COUNT_LIMIT counts are sealed under the root
 * key. Whatever makes a key or a password less usable is in the file before it takes
 * effect: the helper has ended with status 0, after it called KM_IOC_GET_STATE and
 * wrote the bytes to the disk, before a password is looked at or an output handed out.
 *
 * After this call every user has to wait once as after a tenth failure, however few
 * there were: whoever reboots the machine gets no more than one attempt in 30 seconds.
 *
 * Without KM_STATE_COUNTER the kernel cannot know an old file from the newest one. Who
 * puts an older one back regains the attempts beyond the fortieth, for which the wait is
 * longer, and uses of keys with USAGE_COUNT_LIMIT.
 *
 * With it the TPM knows the last state: after the helper has written one, and before it
 * takes effect, a counter in the TPM (index 0x01804b4d, of the kind that is extended) makes
 * a step that only this state names. ESTALE for any other state, for none when the
 * counter is there already, and for a state that was not counted; and without the flag
 * for one that was. KM_STATE_NEW begins anew: with what is given, which becomes the last
 * state, or with nothing; but keys with USAGE_COUNT_LIMIT or ROLLBACK_RESISTANCE are gone,
 * unless the state was not counted and the counter is new: they could be some that were
 * used up or deleted. ENODEV: no TPM 2.0; EBUSY: something else has the counter's
 * place; SECURE_HW_ACCESS_DENIED (EACCES): its owner has a password;
 * SECURE_HW_COMMUNICATION_FAILED (EIO): it does not do what it should, or the first state
 * could not be kept. While the TPM fails, nothing is kept.
 *
 * Once per load of the module, with a root key, by CAP_SYS_ADMIN. Errors: EPERM;
 * EEXIST when it was called before, or when a user has enrolled or a key with
 * USAGE_COUNT_LIMIT was made already.
 */
struct km_load_state {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 state_len;
	__u64 state;
	__u64 helper;
	__u64 path;
	__u32 helper_len;
	__u32 path_len;
};

/** KM_HELPER_MAX - longest path of struct km_load_state, in bytes. */
#define KM_HELPER_MAX		255

/**
 * struct km_get_state - KM_IOC_GET_STATE: the state, sealed, to be kept
 * @size: [in] sizeof(struct km_get_state)
 * @flags: [in] must be 0
 * @error: [out] Keymaster code
 * @state_len: [in,out] room at @state, bytes written
 * @state: [out] buffer
 *
 * Needs CAP_SYS_ADMIN and a root key. Called by the helper of KM_IOC_LOAD_STATE. Of a
 * counted state (KM_STATE_COUNTER) it gives the one that is about to be kept, else the one
 * that was kept last; ENODATA if none was.
 */
struct km_get_state {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 state_len;
	__u64 state;
};

/**
 * struct km_add_auth_token - KM_IOC_ADD_AUTH_TOKEN: keep a token for a user
 * @size: [in] sizeof(struct km_add_auth_token)
 * @flags: [in] must be 0
 * @error: [out] Keymaster code: INVALID_ARGUMENT for another length;
 *	KEY_USER_NOT_AUTHENTICATED for a token that this kernel did not mint
 * @uid: [in] the user whose operations it is for
 * @token: [in] the token
 * @token_len: [in] bytes at @token: KM_AUTH_TOKEN_SIZE
 * @reserved: [in] must be 0
 *
 * Needs CAP_SYS_ADMIN (gatekeeper.md section 9). What this module mints is kept
 * without this call.
 */
struct km_add_auth_token {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 uid;
	__u64 token;
	__u32 token_len;
	__u32 reserved;
};

/**
 * struct km_device_locked - KM_IOC_DEVICE_LOCKED: from now on it is locked
 * @size: [in] sizeof(struct km_device_locked)
 * @flags: [in] KM_LOCK_ALL_USERS or 0
 * @error: [out] Keymaster code
 * @uid: [in] the user whose session is locked; 0 with KM_LOCK_ALL_USERS
 * @password_only: [in] 1: only a password unlocks it
 * @reserved: [in] must be 0
 *
 * Keys with UNLOCKED_DEVICE_REQUIRED ask for a token that is newer
 * (authorization.md section 5); there is no call to unlock. A user may lock itself,
 * CAP_SYS_ADMIN any user or all.
 */
struct km_device_locked {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 uid;
	__u32 password_only;
	__u32 reserved;
};

#define KM_LOCK_ALL_USERS	(1U << 0)

/**
 * struct km_set_boot_level - KM_IOC_SET_BOOT_LEVEL
 * @size: [in] sizeof(struct km_set_boot_level)
 * @flags: [in] must be 0
 * @error: [out] Keymaster code: INVALID_ARGUMENT for a level below the present one
 * @level: [in] how far the boot has come: keys with a lower MAX_BOOT_LEVEL close
 *
 * Needs CAP_SYS_ADMIN. Raising it keeps the module loaded until the boot ends.
 */
struct km_set_boot_level {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 level;
};

/**
 * struct km_confirm - KM_IOC_CONFIRM: a person has confirmed a message
 * @size: [in] sizeof(struct km_confirm)
 * @flags: [in] must be 0
 * @error: [out] Keymaster code
 * @message_len: [in] bytes at @message, at most KM_CONFIRMATION_MAX
 * @message: [in] what was shown and confirmed, as it is going to be signed
 * @token: [out] CONFIRMATION_TOKEN for FINISH
 *
 * For the program that asks people, by a screen that others cannot draw on. Needs
 * CAP_SYS_ADMIN. operations.md section 4.7.
 */
struct km_confirm {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 message_len;
	__u64 message;
	__u8  token[KM_CONFIRMATION_TOKEN_SIZE];
};

/**
 * struct km_verify_authorization - KM_IOC_VERIFY_AUTHORIZATION: a timestamp token
 * @size: [in] sizeof(struct km_verify_authorization)
 * @flags: [in] must be 0
 * @error: [out] Keymaster code: KEY_USER_NOT_AUTHENTICATED for a token that this
 *	kernel did not mint
 * @token_len: [in] bytes at @token: 0 or KM_AUTH_TOKEN_SIZE
 * @challenge: [in] what the answer is for
 * @token: [in] a token to look at, or 0
 * @timestamp: [out] boot clock, ms
 * @security_level: [out] 1, as the interface text has it in the MAC
 * @reserved: [in] must be 0
 * @mac: [out] HMAC-SHA256 of "Auth Verification", challenge, timestamp and level
 *
 * authorization.md section 7. Open to everybody.
 */
struct km_verify_authorization {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 token_len;
	__u64 challenge;
	__u64 token;
	__u64 timestamp;
	__u32 security_level;
	__u32 reserved;
	__u8  mac[32];
};

/**
 * struct km_hmac_party - one who shares the token key
 * @seed: constant, or nothing
 * @nonce: random, new in each boot
 * @seed_len: 0 or 32
 * @nonce_len: 32
 */
struct km_hmac_party {
	__u8  seed[32];
	__u8  nonce[32];
	__u32 seed_len;
	__u32 nonce_len;
};

/**
 * struct km_get_hmac_sharing - KM_IOC_GET_HMAC_SHARING_PARAMETERS
 * @size: [in] sizeof(struct km_get_hmac_sharing)
 * @flags: [in] must be 0
 * @error: [out] Keymaster code
 * @reserved: [in] must be 0
 * @party: [out] this module's own parameters, the same for the whole boot
 *
 * gatekeeper.md section 8.2. Needs CAP_SYS_ADMIN.
 */
struct km_get_hmac_sharing {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 reserved;
	struct km_hmac_party party;
};

/**
 * struct km_compute_shared_hmac - KM_IOC_COMPUTE_SHARED_HMAC
 * @size: [in] sizeof(struct km_compute_shared_hmac)
 * @flags: [in] must be 0
 * @error: [out] Keymaster code: INVALID_ARGUMENT if the own parameters are missing or
 *	changed, or a length is wrong
 * @count: [in] parties at @parties, 1 to KM_HMAC_PARTIES_MAX
 * @parties: [in] array of struct km_hmac_party, in any order
 * @check: [out] what must be the same at all parties
 *
 * From now on tokens are signed by the key that was agreed on: those from before are
 * worthless. The parties need a common secret, which is derived from the root key
 * here. gatekeeper.md section 8.2. Needs CAP_SYS_ADMIN and a root key.
 */
struct km_compute_shared_hmac {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 count;
	__u64 parties;
	__u8  check[32];
};

/**
 * struct km_attest_key - KM_IOC_ATTEST_KEY: certificates of a key that is there
 * @size: [in] sizeof(struct km_attest_key)
 * @flags: [in] must be 0
 * @error: [out] Keymaster code
 * @serial: [in] serial number of a keymaster key
 * @blob: [in] the key blob
 * @params: [in] APPLICATION_ID and APPLICATION_DATA where the key has them;
 *	ATTESTATION_CHALLENGE, ATTESTATION_APPLICATION_ID, and what else goes into a certificate
 * @blob_len: [in] bytes at @blob; 0: the key is named by @serial
 * @params_len: [in] bytes at @params
 * @certify: [in,out] certificates; there must be room for some
 *
 * A certificate begins at ACTIVE_DATETIME or 1970 and ends at ORIGINATION_EXPIRE_DATETIME or
 * 9999, unless the parameters say otherwise.
 *
 * Errors: EACCES with INCOMPATIBLE_ALGORITHM for a symmetric key; EINVAL with
 * ATTESTATION_CHALLENGE_MISSING, ATTESTATION_APPLICATION_ID_MISSING, INVALID_INPUT_LENGTH;
 * ENOKEY with ATTESTATION_KEYS_NOT_PROVISIONED; EACCES with CANNOT_ATTEST_IDS.
 */
struct km_attest_key {
	__u32 size;
	__u32 flags;
	__s32 error;
	__s32 serial;
	__u64 blob;
	__u64 params;
	__u32 blob_len;
	__u32 params_len;
	struct km_certify certify;
};

/**
 * struct km_provision_attestation - KM_IOC_PROVISION_ATTESTATION: what a maker gives
 * @size: [in] sizeof(struct km_provision_attestation)
 * @flags: [in] KM_PROVISION_CLOSE
 * @error: [out] Keymaster code
 * @key_len: [in] bytes at @key, at most KM_ATTEST_KEY_MAX; 0: no key
 * @key: [in] private key, PKCS#8: of RSA, or of EC on a curve of NIST
 * @chain: [in] its certificates, DER, one behind the other, that of @key first
 * @ids: [in] device ids: a set of ATTESTATION_ID_*
 * @chain_len: [in] bytes at @chain, at most KM_ATTEST_CHAIN_MAX
 * @ids_len: [in] bytes at @ids; 0: no ids
 *
 * Needs CAP_SYS_ADMIN and a root key. Each algorithm has one key, and all ids come in one
 * call; what is there stays. They are part of the state (KM_IOC_LOAD_STATE), sealed
 * under the root key; without a file of it they last as long as the module. No
 * command gives a private key back.
 *
 * Errors: EEXIST with ROOT_OF_TRUST_ALREADY_SET for what is there, and after
 * KM_PROVISION_CLOSE; EINVAL with INVALID_ARGUMENT for a key or chain that is none, and
 * for a chain whose first certificate is of another key.
 */
struct km_provision_attestation {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 key_len;
	__u64 key;
	__u64 chain;
	__u64 ids;
	__u32 chain_len;
	__u32 ids_len;
};

/** KM_PROVISION_CLOSE - nothing is provisioned after this any more. */
#define KM_PROVISION_CLOSE	(1U << 0)

/**
 * struct km_destroy_attestation_ids - KM_IOC_DESTROY_ATTESTATION_IDS
 * @size: [in] sizeof(struct km_destroy_attestation_ids)
 * @flags: [in] must be 0
 * @error: [out] Keymaster code
 * @reserved: [in] must be 0
 *
 * Needs CAP_SYS_ADMIN and a root key. From now on CANNOT_ATTEST_IDS, for ever.
 */
struct km_destroy_attestation_ids {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 reserved;
};

/** KM_BRIDGE_DESCRIPTION_MAX - longest description of a key that is handed over, in bytes. */
#define KM_BRIDGE_DESCRIPTION_MAX	4095
/** KM_BRIDGE_BITS_MIN - fewest bits of a key with BRIDGE. */
#define KM_BRIDGE_BITS_MIN		256

/* km_bridge_key.flags */
#define KM_BRIDGE_REPLACE	(1U << 0)	/* a key of that name makes way */

/**
 * struct km_bridge_key - KM_IOC_BRIDGE_KEY: hand a key to another part of the kernel
 * @size: [in] sizeof(struct km_bridge_key)
 * @flags: [in] KM_BRIDGE_REPLACE
 * @error: [out] Keymaster code
 * @serial: [in] serial number of a keymaster key
 * @blob: [in] the key blob
 * @params: [in] APPLICATION_ID and APPLICATION_DATA where the key has them; AUTH_TOKEN
 * @description: [in] description of the new key, without a zero byte; of a logon key
 *	"prefix:name"
 * @blob_len: [in] bytes at @blob; 0: the key is named by @serial
 * @params_len: [in] bytes at @params
 * @description_len: [in] bytes at @description, 1 to KM_BRIDGE_DESCRIPTION_MAX
 * @kind: [in] KM_BRIDGE_*: what takes the key; its authorizations have to list it
 * @keyring: [in] where the new key goes: serial number of a keyring that the caller may
 *	write to, or a special one such as KEY_SPEC_USER_KEYRING
 * @timeout: [in] seconds after which the new key expires; 0: never
 * @bridged: [out] serial number of the new key
 * @reserved: [in] must be 0
 *
 * The kernel opens the key straight into one of type "logon" or "fscrypt-provisioning", which
 * no program can read; dm-crypt and fscrypt take those. A key for it has BRIDGE and no
 * PURPOSE. Its other authorizations are looked at as at the begin of a DECRYPT, and one of
 * USAGE_COUNT_LIMIT is spent. They are not looked at again: for how long the new key can be
 * used is up to @timeout and to whoever may unlink or revoke it, and what has taken it, a
 * mapping or a mounted filesystem, keeps what it took until it goes.
 *
 * The new key is the caller's and counts against his quota. Possessors may view, search, link
 * and revoke it, his other processes view it. With KM_BRIDGE_REPLACE the keyring's key of
 * this type and description is unlinked in the same moment; without it that is an error,
 * also if the key there is revoked or expired. The new key is in no keyring before it is
 * complete, nor after a failure.
 *
 * Errors: EACCES with INCOMPATIBLE_PURPOSE for a key that does not list @kind, and those of
 * an operation; EEXIST; EDQUOT; EINVAL with KM_ERROR_OK for an unknown @kind or a
 * @description that is not taken; ENODEV: this kernel has no such type; ENOKEY, EACCES,
 * EKEYREVOKED, EKEYEXPIRED, ENOTDIR for @keyring; EPERM: the keyring does not take such keys.
 */
struct km_bridge_key {
	__u32 size;
	__u32 flags;
	__s32 error;
	__s32 serial;
	__u64 blob;
	__u64 params;
	__u64 description;
	__u32 blob_len;
	__u32 params_len;
	__u32 description_len;
	__u32 kind;
	__s32 keyring;
	__u32 timeout;
	__s32 bridged;
	__u32 reserved;
};

/**
 * struct km_open_authenticator - KM_IOC_OPEN_AUTHENTICATOR: another authenticator
 * @size: [in] sizeof(struct km_open_authenticator)
 * @flags: [in] must be 0
 * @error: [out] Keymaster code: INVALID_ARGUMENT for a wrong @type
 * @type: [in] KM_AUTH_TYPE_FINGERPRINT, or any other one bit that is not PASSWORD
 * @id: [in,out] its secure id, which keys can name in USER_SECURE_ID too; 0: a new
 *	random one
 * @fd: [out] file descriptor (close-on-exec) that mints tokens of this type, and
 *	does nothing else
 * @reserved: [in] must be 0
 *
 * Needs CAP_SYS_ADMIN. A fingerprint daemon gets the descriptor from its privileged
 * start, and may then drop all privilege: who holds it says who has touched the
 * sensor, but never sees the key.
 */
struct km_open_authenticator {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 type;
	__u64 id;
	__s32 fd;
	__u32 reserved;
};

/**
 * struct km_mint_auth_token - KM_IOC_MINT_AUTH_TOKEN, on an authenticator
 * @size: [in] sizeof(struct km_mint_auth_token)
 * @flags: [in] must be 0
 * @error: [out] Keymaster code: GATEKEEPER_INVALID for a user that is not enrolled
 * @uid: [in] the user that was recognised
 * @challenge: [in] handle of the operation that the token is for; 0: of none
 * @token: [out] buffer for the token, or 0; it is kept for the user in any case
 * @token_len: [in,out] room at @token, bytes written; 0: not wanted
 * @reserved: [in] must be 0
 */
struct km_mint_auth_token {
	__u32 size;
	__u32 flags;
	__s32 error;
	__u32 uid;
	__u64 challenge;
	__u64 token;
	__u32 token_len;
	__u32 reserved;
};

/**
 * DOC: Tags
 *
 * A tag is the type of its value (top four bits) and an id. Names and numbers
 * are Android's (tags.md); those from id 10000 on are ours. In the wire form an
 * element is the tag and: ENUM, UINT: u32; ULONG, DATE: u64; BOOL: one byte, 1;
 * BYTES, BIGNUM: u32 length and u32 offset into the indirect data.
 */
#define KM_TAG_TYPE(tag)	((tag) & 0xf0000000U)
#define KM_TAG_ID(tag)		((tag) & 0x0fffffffU)

#define KM_TYPE_INVALID			0x00000000U
#define KM_TYPE_ENUM			0x10000000U
#define KM_TYPE_ENUM_REP		0x20000000U
#define KM_TYPE_UINT			0x30000000U
#define KM_TYPE_UINT_REP		0x40000000U
#define KM_TYPE_ULONG			0x50000000U
#define KM_TYPE_DATE			0x60000000U	/* ms since 1970-01-01 UTC */
#define KM_TYPE_BOOL			0x70000000U
#define KM_TYPE_BIGNUM			0x80000000U	/* big-endian */
#define KM_TYPE_BYTES			0x90000000U
#define KM_TYPE_ULONG_REP		0xa0000000U

#define KM_TAG_INVALID			0x00000000U
#define KM_TAG_PURPOSE			0x20000001U
#define KM_TAG_ALGORITHM		0x10000002U
#define KM_TAG_KEY_SIZE			0x30000003U
#define KM_TAG_BLOCK_MODE		0x20000004U
#define KM_TAG_DIGEST			0x20000005U
#define KM_TAG_PADDING			0x20000006U
#define KM_TAG_CALLER_NONCE		0x70000007U
#define KM_TAG_MIN_MAC_LENGTH		0x30000008U
#define KM_TAG_KDF			0x20000009U
#define KM_TAG_EC_CURVE			0x1000000aU
#define KM_TAG_RSA_PUBLIC_EXPONENT	0x500000c8U
#define KM_TAG_ECIES_SINGLE_HASH_MODE	0x700000c9U
#define KM_TAG_INCLUDE_UNIQUE_ID	0x700000caU
#define KM_TAG_RSA_OAEP_MGF_DIGEST	0x200000cbU
#define KM_TAG_BLOB_USAGE_REQUIREMENTS	0x1000012dU
#define KM_TAG_BOOTLOADER_ONLY		0x7000012eU
#define KM_TAG_ROLLBACK_RESISTANCE	0x7000012fU
#define KM_TAG_HARDWARE_TYPE		0x10000130U
#define KM_TAG_EARLY_BOOT_ONLY		0x70000131U
#define KM_TAG_ACTIVE_DATETIME		0x60000190U
#define KM_TAG_ORIGINATION_EXPIRE_DATETIME 0x60000191U
#define KM_TAG_USAGE_EXPIRE_DATETIME	0x60000192U
#define KM_TAG_MIN_SECONDS_BETWEEN_OPS	0x30000193U
#define KM_TAG_MAX_USES_PER_BOOT	0x30000194U
#define KM_TAG_USAGE_COUNT_LIMIT	0x30000195U
#define KM_TAG_ALL_USERS		0x700001f4U
#define KM_TAG_USER_ID			0x300001f5U
#define KM_TAG_USER_SECURE_ID		0xa00001f6U
#define KM_TAG_NO_AUTH_REQUIRED		0x700001f7U
#define KM_TAG_USER_AUTH_TYPE		0x100001f8U
#define KM_TAG_AUTH_TIMEOUT		0x300001f9U
#define KM_TAG_ALLOW_WHILE_ON_BODY	0x700001faU
#define KM_TAG_TRUSTED_USER_PRESENCE_REQUIRED 0x700001fbU
#define KM_TAG_TRUSTED_CONFIRMATION_REQUIRED 0x700001fcU
#define KM_TAG_UNLOCKED_DEVICE_REQUIRED	0x700001fdU
#define KM_TAG_ALL_APPLICATIONS		0x70000258U
#define KM_TAG_APPLICATION_ID		0x90000259U
#define KM_TAG_EXPORTABLE		0x7000025aU
#define KM_TAG_APPLICATION_DATA		0x900002bcU
#define KM_TAG_CREATION_DATETIME	0x600002bdU
#define KM_TAG_ORIGIN			0x100002beU
#define KM_TAG_ROLLBACK_RESISTANT	0x700002bfU
#define KM_TAG_ROOT_OF_TRUST		0x900002c0U
#define KM_TAG_OS_VERSION		0x300002c1U
#define KM_TAG_OS_PATCHLEVEL		0x300002c2U
#define KM_TAG_UNIQUE_ID		0x900002c3U
#define KM_TAG_ATTESTATION_CHALLENGE	0x900002c4U
#define KM_TAG_ATTESTATION_APPLICATION_ID 0x900002c5U
#define KM_TAG_ATTESTATION_ID_BRAND	0x900002c6U
#define KM_TAG_ATTESTATION_ID_DEVICE	0x900002c7U
#define KM_TAG_ATTESTATION_ID_PRODUCT	0x900002c8U
#define KM_TAG_ATTESTATION_ID_SERIAL	0x900002c9U
#define KM_TAG_ATTESTATION_ID_IMEI	0x900002caU
#define KM_TAG_ATTESTATION_ID_MEID	0x900002cbU
#define KM_TAG_ATTESTATION_ID_MANUFACTURER 0x900002ccU
#define KM_TAG_ATTESTATION_ID_MODEL	0x900002cdU
#define KM_TAG_VENDOR_PATCHLEVEL	0x300002ceU
#define KM_TAG_BOOT_PATCHLEVEL		0x300002cfU
#define KM_TAG_DEVICE_UNIQUE_ATTESTATION 0x700002d0U
#define KM_TAG_IDENTITY_CREDENTIAL_KEY	0x700002d1U
#define KM_TAG_STORAGE_KEY		0x700002d2U
#define KM_TAG_ATTESTATION_ID_SECOND_IMEI 0x900002d3U
#define KM_TAG_MODULE_HASH		0x900002d4U
#define KM_TAG_ASSOCIATED_DATA		0x900003e8U
#define KM_TAG_NONCE			0x900003e9U
#define KM_TAG_AUTH_TOKEN		0x900003eaU
#define KM_TAG_MAC_LENGTH		0x300003ebU
#define KM_TAG_RESET_SINCE_ID_ROTATION	0x700003ecU
#define KM_TAG_CONFIRMATION_TOKEN	0x900003edU
#define KM_TAG_CERTIFICATE_SERIAL	0x800003eeU
#define KM_TAG_CERTIFICATE_SUBJECT	0x900003efU
#define KM_TAG_CERTIFICATE_NOT_BEFORE	0x600003f0U
#define KM_TAG_CERTIFICATE_NOT_AFTER	0x600003f1U
#define KM_TAG_MAX_BOOT_LEVEL		0x300003f2U
/* Two old encodings: accepted in stored sets, never made. */
#define KM_TAG_DIGEST_OLD		0x10000005U
#define KM_TAG_PADDING_OLD		0x10000007U
/*
 * Ours. KEY_ID: 16 random bytes that the kernel puts into the enforced
 * set of every key. SHAREABLE: any user may use the blob. OWNER_UID:
 * hidden, the uid that made a key which is not shareable. BRIDGE: what
 * other parts of the kernel may be given the key.
 */
#define KM_TAG_LINUX_KEY_ID		0x90002710U
#define KM_TAG_LINUX_SHAREABLE		0x70002711U
#define KM_TAG_LINUX_OWNER_UID		0x30002712U
#define KM_TAG_LINUX_BRIDGE		0x20002713U

enum km_algorithm {
	KM_ALGORITHM_RSA = 1,
	KM_ALGORITHM_EC = 3,
	KM_ALGORITHM_AES = 32,
	KM_ALGORITHM_TRIPLE_DES = 33,
	KM_ALGORITHM_HMAC = 128,
};

enum km_block_mode {
	KM_MODE_ECB = 1,
	KM_MODE_CBC = 2,
	KM_MODE_CTR = 3,
	KM_MODE_GCM = 32,
};

enum km_padding {
	KM_PAD_NONE = 1,
	KM_PAD_RSA_OAEP = 2,
	KM_PAD_RSA_PSS = 3,
	KM_PAD_RSA_PKCS1_1_5_ENCRYPT = 4,
	KM_PAD_RSA_PKCS1_1_5_SIGN = 5,
	KM_PAD_PKCS7 = 64,
};

enum km_digest {
	KM_DIGEST_NONE = 0,
	KM_DIGEST_MD5 = 1,
	KM_DIGEST_SHA1 = 2,
	KM_DIGEST_SHA_2_224 = 3,
	KM_DIGEST_SHA_2_256 = 4,
	KM_DIGEST_SHA_2_384 = 5,
	KM_DIGEST_SHA_2_512 = 6,
};

enum km_purpose {
	KM_PURPOSE_ENCRYPT = 0,
	KM_PURPOSE_DECRYPT = 1,
	KM_PURPOSE_SIGN = 2,
	KM_PURPOSE_VERIFY = 3,
	KM_PURPOSE_DERIVE_KEY = 4,
	KM_PURPOSE_WRAP_KEY = 5,
	KM_PURPOSE_AGREE_KEY = 6,
	KM_PURPOSE_ATTEST_KEY = 7,
};

enum km_origin {
	KM_ORIGIN_GENERATED = 0,
	KM_ORIGIN_DERIVED = 1,
	KM_ORIGIN_IMPORTED = 2,
	KM_ORIGIN_UNKNOWN = 3,
	KM_ORIGIN_SECURELY_IMPORTED = 4,
};

enum km_ec_curve {
	KM_EC_CURVE_P_224 = 0,
	KM_EC_CURVE_P_256 = 1,
	KM_EC_CURVE_P_384 = 2,
	KM_EC_CURVE_P_521 = 3,
	KM_EC_CURVE_CURVE_25519 = 4,
};

enum km_key_format {
	KM_KEY_FORMAT_X509 = 0,
	KM_KEY_FORMAT_PKCS8 = 1,
	KM_KEY_FORMAT_RAW = 3,
};

enum km_bridge_kind {
	KM_BRIDGE_LOGON = 1,	/* a key of type "logon": dm-crypt */
	KM_BRIDGE_FSCRYPT = 2,	/* "fscrypt-provisioning", for policies of version 2 */
};

enum km_blob_usage {
	KM_BLOB_STANDALONE = 0,
	KM_BLOB_REQUIRES_FILE_SYSTEM = 1,
};

/* Bit mask; every bit set means any. */
#define KM_AUTH_TYPE_NONE		0U
#define KM_AUTH_TYPE_PASSWORD		1U
#define KM_AUTH_TYPE_FINGERPRINT	2U
#define KM_AUTH_TYPE_ANY		0xffffffffU

enum km_security_level {
	KM_SECURITY_LEVEL_SOFTWARE = 0,
	KM_SECURITY_LEVEL_TRUSTED_ENVIRONMENT = 1,
	KM_SECURITY_LEVEL_STRONGBOX = 2,
	KM_SECURITY_LEVEL_KEYSTORE = 100,
};

/**
 * DOC: Codes
 *
 * Android's numbers (tags.md section 5), in the @error member of every command.
 * Behind each stands the errno with which the ioctl fails.
 */
enum km_error {
	KM_ERROR_OK = 0,
	KM_ERROR_ROOT_OF_TRUST_ALREADY_SET = -1,	/* EEXIST */
	KM_ERROR_UNSUPPORTED_PURPOSE = -2,	/* EOPNOTSUPP */
	KM_ERROR_INCOMPATIBLE_PURPOSE = -3,	/* EACCES */
	KM_ERROR_UNSUPPORTED_ALGORITHM = -4,	/* EOPNOTSUPP */
	KM_ERROR_INCOMPATIBLE_ALGORITHM = -5,	/* EACCES */
	KM_ERROR_UNSUPPORTED_KEY_SIZE = -6,	/* EOPNOTSUPP */
	KM_ERROR_UNSUPPORTED_BLOCK_MODE = -7,	/* EOPNOTSUPP */
	KM_ERROR_INCOMPATIBLE_BLOCK_MODE = -8,	/* EACCES */
	KM_ERROR_UNSUPPORTED_MAC_LENGTH = -9,	/* EOPNOTSUPP */
	KM_ERROR_UNSUPPORTED_PADDING_MODE = -10,	/* EOPNOTSUPP */
	KM_ERROR_INCOMPATIBLE_PADDING_MODE = -11,	/* EACCES */
	KM_ERROR_UNSUPPORTED_DIGEST = -12,	/* EOPNOTSUPP */
	KM_ERROR_INCOMPATIBLE_DIGEST = -13,	/* EACCES */
	KM_ERROR_INVALID_EXPIRATION_TIME = -14,	/* EINVAL */
	KM_ERROR_INVALID_USER_ID = -15,	/* EINVAL */
	KM_ERROR_INVALID_AUTHORIZATION_TIMEOUT = -16,	/* EINVAL */
	KM_ERROR_UNSUPPORTED_KEY_FORMAT = -17,	/* EOPNOTSUPP */
	KM_ERROR_INCOMPATIBLE_KEY_FORMAT = -18,	/* EACCES */
	KM_ERROR_UNSUPPORTED_KEY_ENCRYPTION_ALGORITHM = -19,	/* EOPNOTSUPP */
	KM_ERROR_UNSUPPORTED_KEY_VERIFICATION_ALGORITHM = -20,	/* EOPNOTSUPP */
	KM_ERROR_INVALID_INPUT_LENGTH = -21,	/* EINVAL */
	KM_ERROR_KEY_EXPORT_OPTIONS_INVALID = -22,	/* EINVAL */
	KM_ERROR_DELEGATION_NOT_ALLOWED = -23,	/* EACCES */
	KM_ERROR_KEY_NOT_YET_VALID = -24,	/* EKEYEXPIRED */
	KM_ERROR_KEY_EXPIRED = -25,	/* EKEYEXPIRED */
	KM_ERROR_KEY_USER_NOT_AUTHENTICATED = -26,	/* EACCES */
	KM_ERROR_OUTPUT_PARAMETER_NULL = -27,	/* EFAULT */
	KM_ERROR_INVALID_OPERATION_HANDLE = -28,	/* EBADFD */
	KM_ERROR_INSUFFICIENT_BUFFER_SPACE = -29,	/* EMSGSIZE */
	KM_ERROR_VERIFICATION_FAILED = -30,	/* EBADMSG */
	KM_ERROR_TOO_MANY_OPERATIONS = -31,	/* EDQUOT */
	KM_ERROR_UNEXPECTED_NULL_POINTER = -32,	/* EFAULT */
	KM_ERROR_INVALID_KEY_BLOB = -33,	/* EKEYREJECTED */
	KM_ERROR_IMPORTED_KEY_NOT_ENCRYPTED = -34,	/* EKEYREJECTED */
	KM_ERROR_IMPORTED_KEY_DECRYPTION_FAILED = -35,	/* EKEYREJECTED */
	KM_ERROR_IMPORTED_KEY_NOT_SIGNED = -36,	/* EKEYREJECTED */
	KM_ERROR_IMPORTED_KEY_VERIFICATION_FAILED = -37,	/* EKEYREJECTED */
	KM_ERROR_INVALID_ARGUMENT = -38,	/* EINVAL */
	KM_ERROR_UNSUPPORTED_TAG = -39,	/* EOPNOTSUPP */
	KM_ERROR_INVALID_TAG = -40,	/* EINVAL */
	KM_ERROR_MEMORY_ALLOCATION_FAILED = -41,	/* ENOMEM */
	KM_ERROR_IMPORT_PARAMETER_MISMATCH = -44,	/* EKEYREJECTED */
	KM_ERROR_SECURE_HW_ACCESS_DENIED = -45,	/* EACCES */
	KM_ERROR_OPERATION_CANCELLED = -46,	/* ECANCELED */
	KM_ERROR_CONCURRENT_ACCESS_CONFLICT = -47,	/* EAGAIN */
	KM_ERROR_SECURE_HW_BUSY = -48,	/* EAGAIN */
	KM_ERROR_SECURE_HW_COMMUNICATION_FAILED = -49,	/* EIO */
	KM_ERROR_UNSUPPORTED_EC_FIELD = -50,	/* EOPNOTSUPP */
	KM_ERROR_MISSING_NONCE = -51,	/* EINVAL */
	KM_ERROR_INVALID_NONCE = -52,	/* EINVAL */
	KM_ERROR_MISSING_MAC_LENGTH = -53,	/* EINVAL */
	KM_ERROR_KEY_RATE_LIMIT_EXCEEDED = -54,	/* EAGAIN */
	KM_ERROR_CALLER_NONCE_PROHIBITED = -55,	/* EACCES */
	KM_ERROR_KEY_MAX_OPS_EXCEEDED = -56,	/* EACCES */
	KM_ERROR_INVALID_MAC_LENGTH = -57,	/* EACCES */
	KM_ERROR_MISSING_MIN_MAC_LENGTH = -58,	/* EINVAL */
	KM_ERROR_UNSUPPORTED_MIN_MAC_LENGTH = -59,	/* EOPNOTSUPP */
	KM_ERROR_UNSUPPORTED_KDF = -60,	/* EOPNOTSUPP */
	KM_ERROR_UNSUPPORTED_EC_CURVE = -61,	/* EOPNOTSUPP */
	KM_ERROR_KEY_REQUIRES_UPGRADE = -62,	/* EKEYREJECTED */
	KM_ERROR_ATTESTATION_CHALLENGE_MISSING = -63,	/* EINVAL */
	KM_ERROR_KEYMASTER_NOT_CONFIGURED = -64,	/* ENOKEY */
	KM_ERROR_ATTESTATION_APPLICATION_ID_MISSING = -65,	/* EINVAL */
	KM_ERROR_CANNOT_ATTEST_IDS = -66,	/* EACCES */
	KM_ERROR_ROLLBACK_RESISTANCE_UNAVAILABLE = -67,	/* EOPNOTSUPP */
	KM_ERROR_HARDWARE_TYPE_UNAVAILABLE = -68,	/* EOPNOTSUPP */
	KM_ERROR_PROOF_OF_PRESENCE_REQUIRED = -69,	/* EACCES */
	KM_ERROR_CONCURRENT_PROOF_OF_PRESENCE_REQUESTED = -70,	/* EAGAIN */
	KM_ERROR_NO_USER_CONFIRMATION = -71,	/* EACCES */
	KM_ERROR_DEVICE_LOCKED = -72,	/* EACCES */
	KM_ERROR_EARLY_BOOT_ENDED = -73,	/* EACCES */
	KM_ERROR_ATTESTATION_KEYS_NOT_PROVISIONED = -74,	/* ENOKEY */
	KM_ERROR_ATTESTATION_IDS_NOT_PROVISIONED = -75,	/* ENOKEY */
	KM_ERROR_INVALID_OPERATION = -76,	/* EBADFD */
	KM_ERROR_STORAGE_KEY_UNSUPPORTED = -77,	/* EOPNOTSUPP */
	KM_ERROR_INCOMPATIBLE_MGF_DIGEST = -78,	/* EACCES */
	KM_ERROR_UNSUPPORTED_MGF_DIGEST = -79,	/* EOPNOTSUPP */
	KM_ERROR_MISSING_NOT_BEFORE = -80,	/* EINVAL */
	KM_ERROR_MISSING_NOT_AFTER = -81,	/* EINVAL */
	KM_ERROR_MISSING_ISSUER_SUBJECT = -82,	/* EINVAL */
	KM_ERROR_INVALID_ISSUER_SUBJECT = -83,	/* EINVAL */
	KM_ERROR_BOOT_LEVEL_EXCEEDED = -84,	/* EACCES */
	KM_ERROR_HARDWARE_NOT_YET_AVAILABLE = -85,	/* EAGAIN */
	KM_ERROR_MODULE_HASH_ALREADY_SET = -86,	/* EEXIST */
	KM_ERROR_UNIMPLEMENTED = -100,	/* EOPNOTSUPP */
	KM_ERROR_VERSION_MISMATCH = -101,	/* EOPNOTSUPP */
	KM_ERROR_UNKNOWN_ERROR = -1000,	/* EIO */
	/* Ours: what a gatekeeper says (gatekeeper.md section 6). */
	KM_ERROR_GATEKEEPER_INVALID = -10001,	/* EACCES */
	KM_ERROR_GATEKEEPER_RETRY = -10002,	/* EAGAIN */
	KM_ERROR_GATEKEEPER_UNKNOWN = -10003,	/* EIO */
};

#endif /* _UAPI_LINUX_KEYMASTER_H */
