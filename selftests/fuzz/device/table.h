/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every command of the device, and what each member of its argument is: what to fill it with.
 * Read by calls.c; a new command is fuzzed by adding it here.
 */
#ifndef FUZZ_DEVICE_TABLE_H
#define FUZZ_DEVICE_TABLE_H

#include <linux/keymaster.h>
#include <stddef.h>

/* What a member is. Those with a pointer have its length elsewhere in the argument. */
enum kind {
	END,
	NUMBER,		/* 32 bits of anything small */
	WIDE,		/* 64 bits: a challenge, a SID, the handle of an operation */
	FLAGS,
	PURPOSE,
	FORMAT,		/* of a blob */
	KEY_FORMAT,
	USER_ID,
	SERIAL,
	RING,		/* a keyring */
	SOURCE,
	BLOB,		/* a key */
	SET,		/* an authorization set */
	DATA,		/* to be worked on */
	THING,		/* something that is made elsewhere: a token, a handle, a certificate... */
	OUT,
	HELPER,		/* the path of a program that does no harm; a name */
	COUNTED,	/* an output whose length is in words */
};

struct member {
	enum kind kind;
	unsigned int at;
	unsigned int len_at;
};

enum on { ON_DEVICE, ON_OPERATION, ON_AUTHENTICATOR };

struct command {
	unsigned long number;
	unsigned int size;
	enum on on;
	struct member members[20];
};

#define M(type, kind, member) { kind, offsetof(struct type, member), 0 }
#define P(type, kind, member) \
	{ kind, offsetof(struct type, member), offsetof(struct type, member##_len) }
#define CERTIFY(type) \
	P(type, OUT, certify.chain), P(type, BLOB, certify.attest_blob), \
	P(type, SET, certify.attest_params), P(type, THING, certify.issuer), \
	M(type, SERIAL, certify.attest_serial), M(type, NUMBER, certify.version)
#define C(ioc, type, on, ...) \
	{ KM_IOC_##ioc, sizeof(struct type), on, { M(type, FLAGS, flags), __VA_ARGS__ } }
#define SUPPORTED(ioc) \
	C(GET_SUPPORTED_##ioc, km_get_supported, ON_DEVICE, \
	  M(km_get_supported, NUMBER, algorithm), \
	  M(km_get_supported, PURPOSE, purpose), \
	  { COUNTED, offsetof(struct km_get_supported, values), \
	    offsetof(struct km_get_supported, count) })

#define BEGINS \
	C(BEGIN, km_begin, ON_DEVICE, M(km_begin, PURPOSE, purpose), P(km_begin, BLOB, blob), \
	  P(km_begin, SET, params), M(km_begin, SERIAL, serial), P(km_begin, OUT, out_params))
#define UPDATES \
	C(UPDATE, km_update, ON_OPERATION, P(km_update, SET, params), P(km_update, DATA, input), \
	  P(km_update, OUT, output))
#define FINISHES \
	C(FINISH, km_finish, ON_OPERATION, P(km_finish, SET, params), P(km_finish, DATA, input), \
	  P(km_finish, THING, signature), P(km_finish, OUT, output))

static const struct command commands[] = {
	C(GET_INFO, km_info, ON_DEVICE),
	C(ADD_RNG_ENTROPY, km_add_rng_entropy, ON_DEVICE, P(km_add_rng_entropy, DATA, data)),
	SUPPORTED(ALGORITHMS), SUPPORTED(BLOCK_MODES), SUPPORTED(PADDING_MODES),
	SUPPORTED(DIGESTS), SUPPORTED(IMPORT_FORMATS), SUPPORTED(EXPORT_FORMATS),
	C(GENERATE_KEY, km_generate_key, ON_DEVICE, M(km_generate_key, FORMAT, format),
	  P(km_generate_key, SET, params), P(km_generate_key, OUT, blob),
	  CERTIFY(km_generate_key)),
	C(IMPORT_KEY, km_import_key, ON_DEVICE, M(km_import_key, FORMAT, format),
	  P(km_import_key, SET, params), P(km_import_key, THING, data),
	  P(km_import_key, OUT, blob), M(km_import_key, KEY_FORMAT, key_format),
	  CERTIFY(km_import_key)),
	C(IMPORT_WRAPPED_KEY, km_import_wrapped_key, ON_DEVICE,
	  M(km_import_wrapped_key, FORMAT, format), P(km_import_wrapped_key, THING, wrapped),
	  P(km_import_wrapped_key, BLOB, wrapping_blob),
	  P(km_import_wrapped_key, DATA, masking_key), P(km_import_wrapped_key, SET, params),
	  M(km_import_wrapped_key, WIDE, password_sid),
	  M(km_import_wrapped_key, WIDE, biometric_sid),
	  M(km_import_wrapped_key, SERIAL, serial), P(km_import_wrapped_key, OUT, blob)),
	C(EXPORT_KEY, km_export_key, ON_DEVICE, M(km_export_key, KEY_FORMAT, key_format),
	  P(km_export_key, BLOB, blob), P(km_export_key, SET, params),
	  M(km_export_key, SERIAL, serial), P(km_export_key, OUT, data)),
	C(GET_KEY_CHARACTERISTICS, km_get_characteristics, ON_DEVICE,
	  P(km_get_characteristics, BLOB, blob), P(km_get_characteristics, SET, params),
	  M(km_get_characteristics, SERIAL, serial), P(km_get_characteristics, OUT, enforced),
	  P(km_get_characteristics, OUT, unenforced)),
	C(ATTEST_KEY, km_attest_key, ON_DEVICE, M(km_attest_key, SERIAL, serial),
	  P(km_attest_key, BLOB, blob), P(km_attest_key, SET, params), CERTIFY(km_attest_key)),
	C(UPGRADE_KEY, km_upgrade_key, ON_DEVICE, P(km_upgrade_key, BLOB, blob),
	  P(km_upgrade_key, SET, params), M(km_upgrade_key, SERIAL, serial),
	  P(km_upgrade_key, OUT, new_blob)),
	C(DELETE_KEY, km_delete_key, ON_DEVICE, P(km_delete_key, BLOB, blob),
	  M(km_delete_key, SERIAL, serial)),
	C(BRIDGE_KEY, km_bridge_key, ON_DEVICE, P(km_bridge_key, BLOB, blob),
	  P(km_bridge_key, SET, params), P(km_bridge_key, HELPER, description),
	  M(km_bridge_key, SERIAL, serial), M(km_bridge_key, NUMBER, kind),
	  M(km_bridge_key, RING, keyring), M(km_bridge_key, NUMBER, timeout)),
	C(DELETE_ALL_KEYS, km_delete_all_keys, ON_DEVICE),
	/* Several times, as most of what there is lies behind them. */
	BEGINS, BEGINS, UPDATES, UPDATES, UPDATES, FINISHES, FINISHES,
	C(ABORT, km_abort, ON_OPERATION),
	C(OPERATE, km_operate, ON_DEVICE, M(km_operate, PURPOSE, purpose),
	  P(km_operate, BLOB, blob), P(km_operate, SET, params), M(km_operate, SERIAL, serial),
	  P(km_operate, OUT, out_params), P(km_operate, DATA, input),
	  P(km_operate, THING, signature), P(km_operate, OUT, output)),
	C(GATEKEEPER_ENROLL, km_gatekeeper_enroll, ON_DEVICE, M(km_gatekeeper_enroll, USER_ID, uid),
	  P(km_gatekeeper_enroll, THING, handle), P(km_gatekeeper_enroll, DATA, old_password),
	  P(km_gatekeeper_enroll, DATA, password), P(km_gatekeeper_enroll, DATA, setting),
	  P(km_gatekeeper_enroll, OUT, new_handle)),
	C(GATEKEEPER_VERIFY, km_gatekeeper_verify, ON_DEVICE, M(km_gatekeeper_verify, USER_ID, uid),
	  M(km_gatekeeper_verify, WIDE, challenge), P(km_gatekeeper_verify, THING, handle),
	  P(km_gatekeeper_verify, DATA, password), P(km_gatekeeper_verify, OUT, token)),
	C(GATEKEEPER_DELETE_USER, km_gatekeeper_delete_user, ON_DEVICE,
	  M(km_gatekeeper_delete_user, USER_ID, uid)),
	C(GATEKEEPER_GET_USER, km_gatekeeper_get_user, ON_DEVICE,
	  M(km_gatekeeper_get_user, USER_ID, uid), P(km_gatekeeper_get_user, OUT, handle),
	  P(km_gatekeeper_get_user, OUT, setting)),
	C(LOAD_STATE, km_load_state, ON_DEVICE, P(km_load_state, THING, state),
	  P(km_load_state, HELPER, helper), P(km_load_state, HELPER, path)),
	C(GET_STATE, km_get_state, ON_DEVICE, P(km_get_state, OUT, state)),
	C(ADD_AUTH_TOKEN, km_add_auth_token, ON_DEVICE, M(km_add_auth_token, USER_ID, uid),
	  P(km_add_auth_token, THING, token)),
	C(DEVICE_LOCKED, km_device_locked, ON_DEVICE, M(km_device_locked, USER_ID, uid),
	  M(km_device_locked, NUMBER, password_only)),
	C(CONFIRM, km_confirm, ON_DEVICE, P(km_confirm, DATA, message)),
	C(VERIFY_AUTHORIZATION, km_verify_authorization, ON_DEVICE,
	  M(km_verify_authorization, WIDE, challenge), P(km_verify_authorization, THING, token)),
	C(GET_HMAC_SHARING_PARAMETERS, km_get_hmac_sharing, ON_DEVICE),
	C(COMPUTE_SHARED_HMAC, km_compute_shared_hmac, ON_DEVICE,
	  M(km_compute_shared_hmac, NUMBER, count),
	  { DATA, offsetof(struct km_compute_shared_hmac, parties),
	    offsetof(struct km_compute_shared_hmac, error) }),
	C(OPEN_AUTHENTICATOR, km_open_authenticator, ON_DEVICE,
	  M(km_open_authenticator, NUMBER, type), M(km_open_authenticator, WIDE, id)),
	C(MINT_AUTH_TOKEN, km_mint_auth_token, ON_AUTHENTICATOR,
	  M(km_mint_auth_token, USER_ID, uid), M(km_mint_auth_token, WIDE, challenge),
	  P(km_mint_auth_token, OUT, token)),
	C(PROVISION_ATTESTATION, km_provision_attestation, ON_DEVICE,
	  P(km_provision_attestation, THING, key), P(km_provision_attestation, THING, chain),
	  P(km_provision_attestation, SET, ids)),
	C(DESTROY_ATTESTATION_IDS, km_destroy_attestation_ids, ON_DEVICE),
	C(CONFIGURE, km_configure, ON_DEVICE, M(km_configure, NUMBER, os_version),
	  M(km_configure, NUMBER, os_patchlevel), M(km_configure, NUMBER, vendor_patchlevel),
	  M(km_configure, NUMBER, boot_patchlevel), P(km_configure, DATA, root_of_trust)),
	C(EARLY_BOOT_ENDED, km_early_boot_ended, ON_DEVICE),
	C(SET_BOOT_LEVEL, km_set_boot_level, ON_DEVICE, M(km_set_boot_level, NUMBER, level)),
	C(LOAD_ROOT_KEY, km_load_root_key, ON_DEVICE, M(km_load_root_key, SOURCE, source),
	  P(km_load_root_key, DATA, key), M(km_load_root_key, SERIAL, serial),
	  P(km_load_root_key, THING, record)),
	C(CREATE_ROOT_KEY, km_create_root_key, ON_DEVICE, M(km_create_root_key, SOURCE, source),
	  M(km_create_root_key, NUMBER, pcrs), P(km_create_root_key, OUT, sealed)),
	C(ROTATE_ROOT_KEY, km_rotate_root_key, ON_DEVICE, M(km_rotate_root_key, SOURCE, source),
	  P(km_rotate_root_key, DATA, key), M(km_rotate_root_key, SERIAL, serial),
	  P(km_rotate_root_key, OUT, record)),
	C(FORGET_ROOT_KEY, km_forget_root_key, ON_DEVICE),
};

#endif /* FUZZ_DEVICE_TABLE_H */
