/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of all commands: sizes, pointers, limits, and a valid request for each.
 * abi_test.c walks it; a new command is tested by adding it here.
 */
#ifndef SELFTESTS_ABI_COMMANDS_H
#define SELFTESTS_ABI_COMMANDS_H

#include <stddef.h>
#include <stdio.h>

#include "abi.h"

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#endif

#define PAGE		4096u
#define ROOM		2048u
/* Nothing is ever mapped there: the first page, and the kernel's half. */
#define BAD_LOW		0x10ULL
#define BAD_KERNEL	0xffffffff81000000ULL
#define BAD_DIRECT_MAP	0xffff888000001000ULL

/* Where no pointer of a program can point. */
static const uint64_t nowhere[] = { 0, BAD_LOW, BAD_KERNEL, BAD_DIRECT_MAP, ~0ULL, 1ULL << 63 };

union arg {
	struct {
		__u32 size;
		__u32 flags;
		__s32 error;
	} head;
	struct km_info info;
	struct km_get_supported supported;
	struct km_add_rng_entropy entropy;
	struct km_load_root_key root;
	struct km_create_root_key create_root;
	struct km_generate_key generate;
	struct km_import_key import;
	struct km_export_key export;
	struct km_get_characteristics show;
	struct km_delete_key delete;
	struct km_delete_all_keys delete_all;
	struct km_rotate_root_key rotate;
	struct km_forget_root_key forget_root;
	struct km_begin begin;
	struct km_update update;
	struct km_finish finish;
	struct km_abort abort;
	struct km_upgrade_key upgrade;
	struct km_configure configure;
	struct km_import_wrapped_key wrapped;
	struct km_early_boot_ended early;
	struct km_operate operate;
	struct km_gatekeeper_enroll enroll;
	struct km_gatekeeper_verify verify;
	struct km_gatekeeper_delete_user delete_user;
	struct km_gatekeeper_get_user get_user;
	struct km_load_state load_state;
	struct km_get_state get_state;
	struct km_add_auth_token add_token;
	struct km_device_locked locked;
	struct km_set_boot_level level;
	struct km_confirm confirm;
	struct km_verify_authorization authorization;
	struct km_get_hmac_sharing sharing;
	struct km_compute_shared_hmac shared;
	struct km_open_authenticator authenticator;
	struct km_attest_key attest;
	struct km_provision_attestation provision;
	struct km_destroy_attestation_ids destroy_ids;
	struct km_bridge_key bridge;
	uint8_t bytes[PAGE + 64];
};

struct world {
	int dev;
	uint8_t *two;		/* one page, then one that is not there */
	uint8_t *read_only;	/* one page */
	uint8_t *large;		/* KM_INPUT_MAX and a page */
	struct abi_set describe, use_gcm, use_sign, use_verify;
	uint8_t gcm[ROOM], hmac[ROOM], ec[ROOM], volume[ROOM];
	uint32_t gcm_len, hmac_len, ec_len, volume_len;
	uint8_t raw[32], input[100], mac[32];
	uint8_t out[2][ROOM];
};

struct pointer {
	const char *name;
	unsigned int ptr, len;
	uint32_t max;		/* longest that is accepted; 0 for an output */
	bool random;		/* an output that is never twice the same */
	unsigned int unit;	/* bytes that the length counts by; 0: single bytes */
};

struct command {
	const char *name;
	unsigned long cmd;
	uint32_t first;		/* size of the first version: never changes */
	uint32_t known;		/* size of the one in the header, if it has grown */
	int (*prepare)(struct world *w, union arg *arg);
	uint32_t flags;		/* those that it knows */
	unsigned int reserved;	/* offset of a reserved member, or 0 */
	unsigned int out, out_len; /* outputs besides error and lengths */
	int as_root, as_user;	/* how a call without a fault ends */
	int as_user_with_flag;	/* if that is otherwise */
	int too_long;		/* Keymaster code for an input beyond its limit */
	struct pointer pointers[7];
};

static int prepare_info(struct world *w, union arg *arg)
{
	arg->info.size = offsetof(struct km_info, state);
	return w->dev;
}

static int prepare_entropy(struct world *w, union arg *arg)
{
	arg->entropy = (struct km_add_rng_entropy){
		.size = sizeof(arg->entropy),
		.data = ABI_PTR(w->input),
		.data_len = sizeof(w->input),
	};
	return w->dev;
}

static int prepare_aes_offer(struct world *w, union arg *arg)
{
	arg->supported = (struct km_get_supported){
		.size = sizeof(arg->supported),
		.algorithm = KM_ALGORITHM_AES,
		.purpose = KM_PURPOSE_ENCRYPT,
		.count = ROOM / sizeof(__u32),
		.values = ABI_PTR(w->out[0]),
	};
	return w->dev;
}

static int prepare_ec_offer(struct world *w, union arg *arg)
{
	prepare_aes_offer(w, arg);
	arg->supported.algorithm = KM_ALGORITHM_EC;
	arg->supported.purpose = KM_PURPOSE_SIGN;
	return w->dev;
}

static int prepare_root(struct world *w, union arg *arg)
{
	arg->root.size = offsetof(struct km_load_root_key, record);
	arg->root.source = KM_ROOT_EPHEMERAL;
	return w->dev;
}

/* A file that gives root no rights: what it asks for would stay until the next boot. */
static int powerless(const struct world *w)
{
	uid_t uid = geteuid();
	int fd;

	if (w->dev < 0 || seteuid(ABI_USER))
		return -1;
	fd = abi_open();
	return seteuid(uid) ? -1 : fd;
}

static int prepare_configure(struct world *w, union arg *arg)
{
	arg->configure.size = sizeof(arg->configure);
	arg->configure.os_patchlevel = 202401;
	return powerless(w);
}

/* What they do with pointers is for rotate_test.py. */
static int prepare_rotate(struct world *w, union arg *arg)
{
	arg->rotate.size = sizeof(arg->rotate);
	return powerless(w);
}

static int prepare_forget(struct world *w, union arg *arg)
{
	arg->forget_root.size = sizeof(arg->forget_root);
	return powerless(w);
}

static int prepare_early(struct world *w, union arg *arg)
{
	arg->early.size = sizeof(arg->early);
	return powerless(w);
}

/* With a mask of a length that is none; the rest is for wrapped_test.py. */
static int prepare_wrapped(struct world *w, union arg *arg)
{
	arg->wrapped.size = sizeof(arg->wrapped);
	arg->wrapped.masking_key_len = 1;
	return w->dev;
}

/* Of nobody: what passwords and their pointers do is for gatekeeper_test.py. */
static int prepare_enroll(struct world *w, union arg *arg)
{
	arg->enroll.size = sizeof(arg->enroll);
	arg->enroll.uid = -1;
	return w->dev;
}

static int prepare_verify(struct world *w, union arg *arg)
{
	arg->verify.size = sizeof(arg->verify);
	arg->verify.uid = -1;
	return w->dev;
}

static int prepare_delete_user(struct world *w, union arg *arg)
{
	arg->delete_user.size = sizeof(arg->delete_user);
	arg->delete_user.uid = -1;
	return w->dev;
}

static int prepare_get_user(struct world *w, union arg *arg)
{
	arg->get_user.size = sizeof(arg->get_user);
	arg->get_user.uid = -1;
	return w->dev;
}

static int prepare_create_root(struct world *w, union arg *arg)
{
	arg->create_root.size = sizeof(arg->create_root);
	arg->create_root.source = KM_ROOT_TPM;
	return powerless(w);
}

static int prepare_load_state(struct world *w, union arg *arg)
{
	arg->load_state.size = sizeof(arg->load_state);
	return powerless(w);
}

static int prepare_get_state(struct world *w, union arg *arg)
{
	arg->get_state.size = sizeof(arg->get_state);
	return powerless(w);
}

/* Privileged, all but one; what they do with pointers is for token_test.py. */
static int prepare_add_token(struct world *w, union arg *arg)
{
	arg->add_token.size = sizeof(arg->add_token);
	return powerless(w);
}

/* Of another user. */
static int prepare_locked(struct world *w, union arg *arg)
{
	arg->locked.size = sizeof(arg->locked);
	return powerless(w);
}

static int prepare_level(struct world *w, union arg *arg)
{
	arg->level.size = sizeof(arg->level);
	arg->level.level = 1;
	return powerless(w);
}

static int prepare_confirm(struct world *w, union arg *arg)
{
	arg->confirm.size = sizeof(arg->confirm);
	return powerless(w);
}

static int prepare_authorization(struct world *w, union arg *arg)
{
	arg->authorization.size = sizeof(arg->authorization);
	arg->authorization.challenge = 7;
	return w->dev;
}

static int prepare_sharing(struct world *w, union arg *arg)
{
	arg->sharing.size = sizeof(arg->sharing);
	return powerless(w);
}

static int prepare_shared(struct world *w, union arg *arg)
{
	arg->shared.size = sizeof(arg->shared);
	arg->shared.count = 1;
	return powerless(w);
}

static int prepare_authenticator(struct world *w, union arg *arg)
{
	arg->authenticator.size = sizeof(arg->authenticator);
	arg->authenticator.type = KM_AUTH_TYPE_FINGERPRINT;
	return powerless(w);
}

/* Without room for a certificate; the rest is for attest_test.py. */
static int prepare_attest(struct world *w, union arg *arg)
{
	arg->attest.size = sizeof(arg->attest);
	return w->dev;
}

static int prepare_provision(struct world *w, union arg *arg)
{
	arg->provision.size = sizeof(arg->provision);
	return powerless(w);
}

static int prepare_destroy_ids(struct world *w, union arg *arg)
{
	arg->destroy_ids.size = sizeof(arg->destroy_ids);
	return powerless(w);
}

/* Where the process's keyring is the only one that sees it. */
static int prepare_bridge(struct world *w, union arg *arg)
{
	static const char description[] = "km:abi";

	arg->bridge = (struct km_bridge_key){
		.size = sizeof(arg->bridge),
		.flags = KM_BRIDGE_REPLACE,
		.blob = ABI_PTR(w->volume),
		.blob_len = w->volume_len,
		.params = ABI_PTR(w->use_gcm.wire), /* what is not needed is ignored */
		.params_len = w->use_gcm.len,
		.description = ABI_PTR(description),
		.description_len = sizeof(description) - 1,
		.kind = KM_BRIDGE_LOGON,
		.keyring = -2,
	};
	return w->dev;
}

/* Of a key that is current: there is nothing to put out. */
static int prepare_upgrade(struct world *w, union arg *arg)
{
	arg->upgrade = (struct km_upgrade_key){
		.size = offsetof(struct km_upgrade_key, serial),
		.blob = ABI_PTR(w->gcm),
		.blob_len = w->gcm_len,
		.params = ABI_PTR(w->use_gcm.wire),
		.params_len = w->use_gcm.len,
	};
	return w->dev;
}

static int prepare_generate(struct world *w, union arg *arg)
{
	arg->generate = (struct km_generate_key){
		.size = offsetof(struct km_generate_key, certify),
		.params = ABI_PTR(w->describe.wire),
		.params_len = w->describe.len,
		.blob = ABI_PTR(w->out[0]),
		.blob_len = ROOM,
	};
	return w->dev;
}

static int prepare_import(struct world *w, union arg *arg)
{
	arg->import = (struct km_import_key){
		.size = offsetof(struct km_import_key, certify),
		.params = ABI_PTR(w->describe.wire),
		.params_len = w->describe.len,
		.data = ABI_PTR(w->raw),
		.data_len = sizeof(w->raw),
		.blob = ABI_PTR(w->out[0]),
		.blob_len = ROOM,
		.key_format = KM_KEY_FORMAT_RAW,
	};
	return w->dev;
}

static int prepare_export(struct world *w, union arg *arg)
{
	arg->export = (struct km_export_key){
		.size = sizeof(arg->export),
		.key_format = KM_KEY_FORMAT_X509,
		.blob = ABI_PTR(w->ec),
		.blob_len = w->ec_len,
		.params = ABI_PTR(w->use_gcm.wire), /* what is not needed is ignored */
		.params_len = w->use_gcm.len,
		.data = ABI_PTR(w->out[0]),
		.data_len = ROOM,
	};
	return w->dev;
}

static int prepare_show(struct world *w, union arg *arg)
{
	arg->show = (struct km_get_characteristics){
		.size = sizeof(arg->show),
		.blob = ABI_PTR(w->gcm),
		.blob_len = w->gcm_len,
		.params = ABI_PTR(w->use_gcm.wire),
		.params_len = w->use_gcm.len,
		.enforced = ABI_PTR(w->out[0]),
		.enforced_len = ROOM,
		.unenforced = ABI_PTR(w->out[1]),
		.unenforced_len = ROOM,
	};
	return w->dev;
}

static int prepare_delete(struct world *w, union arg *arg)
{
	arg->delete = (struct km_delete_key){
		.size = offsetof(struct km_delete_key, serial),
		.blob = ABI_PTR(w->gcm),
		.blob_len = w->gcm_len,
	};
	return w->dev;
}

static int prepare_delete_all(struct world *w, union arg *arg)
{
	arg->delete_all = (struct km_delete_all_keys){ .size = sizeof(arg->delete_all) };
	return w->dev;
}

static int prepare_begin(struct world *w, union arg *arg)
{
	arg->begin = (struct km_begin){
		.size = sizeof(arg->begin),
		.purpose = KM_PURPOSE_ENCRYPT,
		.blob = ABI_PTR(w->gcm),
		.blob_len = w->gcm_len,
		.params = ABI_PTR(w->use_gcm.wire),
		.params_len = w->use_gcm.len,
		.out_params = ABI_PTR(w->out[0]),
		.out_params_len = ROOM,
		.fd = -1,
	};
	return w->dev;
}

static int prepare_verify_begin(struct world *w, union arg *arg)
{
	prepare_begin(w, arg);
	arg->begin.purpose = KM_PURPOSE_VERIFY;
	arg->begin.blob = ABI_PTR(w->hmac);
	arg->begin.blob_len = w->hmac_len;
	arg->begin.params = ABI_PTR(w->use_verify.wire);
	arg->begin.params_len = w->use_verify.len;
	return w->dev;
}

static int start(struct world *w, int (*prepare)(struct world *w, union arg *arg))
{
	union arg arg = {};

	return abi_ioctl(prepare(w, &arg), KM_IOC_BEGIN, &arg) ? -1 : arg.begin.fd;
}

static int prepare_update(struct world *w, union arg *arg)
{
	arg->update = (struct km_update){
		.size = sizeof(arg->update),
		.params = ABI_PTR(w->use_gcm.wire),
		.params_len = w->use_gcm.len,
		.input = ABI_PTR(w->input),
		.input_len = sizeof(w->input),
		.output = ABI_PTR(w->out[0]),
		.output_len = ROOM,
	};
	return start(w, prepare_begin);
}

static int prepare_finish(struct world *w, union arg *arg)
{
	arg->finish = (struct km_finish){
		.size = sizeof(arg->finish),
		.params = ABI_PTR(w->use_gcm.wire),
		.params_len = w->use_gcm.len,
		.input = ABI_PTR(w->input),
		.input_len = sizeof(w->input),
		.output = ABI_PTR(w->out[0]),
		.output_len = ROOM,
	};
	return start(w, prepare_begin);
}

static int prepare_finish_verify(struct world *w, union arg *arg)
{
	int fd = prepare_finish(w, arg);

	if (fd >= 0)
		close(fd);
	arg->finish.signature = ABI_PTR(w->mac);
	arg->finish.signature_len = sizeof(w->mac);
	return start(w, prepare_verify_begin);
}

static int prepare_abort(struct world *w, union arg *arg)
{
	arg->abort.size = sizeof(arg->abort);
	return start(w, prepare_begin);
}

static int prepare_operate(struct world *w, union arg *arg)
{
	arg->operate = (struct km_operate){
		.size = sizeof(arg->operate),
		.purpose = KM_PURPOSE_ENCRYPT,
		.blob = ABI_PTR(w->gcm),
		.blob_len = w->gcm_len,
		.params = ABI_PTR(w->use_gcm.wire),
		.params_len = w->use_gcm.len,
		.out_params = ABI_PTR(w->out[1]),
		.out_params_len = ROOM,
		.input = ABI_PTR(w->input),
		.input_len = sizeof(w->input),
		.output = ABI_PTR(w->out[0]),
		.output_len = ROOM,
	};
	return w->dev;
}

static int prepare_operate_verify(struct world *w, union arg *arg)
{
	prepare_operate(w, arg);
	arg->operate.purpose = KM_PURPOSE_VERIFY;
	arg->operate.blob = ABI_PTR(w->hmac);
	arg->operate.blob_len = w->hmac_len;
	arg->operate.params = ABI_PTR(w->use_verify.wire);
	arg->operate.params_len = w->use_verify.len;
	arg->operate.signature = ABI_PTR(w->mac);
	arg->operate.signature_len = sizeof(w->mac);
	return w->dev;
}

#define IN(type, member, limit) \
	{ #member, offsetof(struct type, member), offsetof(struct type, member##_len), limit, 0 }
#define OUT(type, member, differs) \
	{ #member, offsetof(struct type, member), offsetof(struct type, member##_len), 0, differs }
#define VALUES \
	{ "values", offsetof(struct km_get_supported, values), \
	  offsetof(struct km_get_supported, count), 0, 0, sizeof(__u32) }
#define BLOB(type)	IN(type, blob, KM_BLOB_MAX)
#define PARAMS(type)	IN(type, params, KM_PARAMS_MAX)
#define INPUT(type)	IN(type, input, KM_INPUT_MAX)
#define SIGNATURE(type)	IN(type, signature, KM_SIGNATURE_MAX)

static const struct command commands[] = {
	{
		.name = "GET_INFO", .cmd = KM_IOC_GET_INFO, .first = 72,
		.known = sizeof(struct km_info), .prepare = prepare_info,
		.out = offsetof(struct km_info, abi_level), .out_len = 60,
	}, {
		.name = "ADD_RNG_ENTROPY", .cmd = KM_IOC_ADD_RNG_ENTROPY, .first = 24,
		.prepare = prepare_entropy, .too_long = KM_ERROR_INVALID_INPUT_LENGTH,
		.pointers = { IN(km_add_rng_entropy, data, KM_ENTROPY_MAX) },
	}, {
		.name = "GET_SUPPORTED_ALGORITHMS", .cmd = KM_IOC_GET_SUPPORTED_ALGORITHMS,
		.first = 32, .prepare = prepare_aes_offer, .pointers = { VALUES },
	}, {
		.name = "GET_SUPPORTED_BLOCK_MODES", .cmd = KM_IOC_GET_SUPPORTED_BLOCK_MODES,
		.first = 32, .prepare = prepare_aes_offer, .pointers = { VALUES },
	}, {
		.name = "GET_SUPPORTED_PADDING_MODES", .cmd = KM_IOC_GET_SUPPORTED_PADDING_MODES,
		.first = 32, .prepare = prepare_aes_offer, .pointers = { VALUES },
	}, {
		.name = "GET_SUPPORTED_DIGESTS", .cmd = KM_IOC_GET_SUPPORTED_DIGESTS,
		.first = 32, .prepare = prepare_ec_offer, .pointers = { VALUES },
	}, {
		.name = "GET_SUPPORTED_IMPORT_FORMATS",
		.cmd = KM_IOC_GET_SUPPORTED_IMPORT_FORMATS,
		.first = 32, .prepare = prepare_aes_offer, .pointers = { VALUES },
	}, {
		.name = "GET_SUPPORTED_EXPORT_FORMATS",
		.cmd = KM_IOC_GET_SUPPORTED_EXPORT_FORMATS,
		.first = 32, .prepare = prepare_ec_offer, .pointers = { VALUES },
	}, {
		.name = "LOAD_ROOT_KEY", .cmd = KM_IOC_LOAD_ROOT_KEY, .first = 48,
		.known = sizeof(struct km_load_root_key), .flags = KM_ROOT_CHECK_GIVEN,
		.prepare = prepare_root,
		.out = offsetof(struct km_load_root_key, root_check), .out_len = 16,
		.as_root = EEXIST, .as_user = EPERM,
	}, {
		.name = "ROTATE_ROOT_KEY", .cmd = KM_IOC_ROTATE_ROOT_KEY, .first = 64,
		.flags = KM_ROTATE_COMMIT, .prepare = prepare_rotate,
		.reserved = offsetof(struct km_rotate_root_key, reserved),
		.as_root = EPERM, .as_user = EPERM,
	}, {
		.name = "FORGET_ROOT_KEY", .cmd = KM_IOC_FORGET_ROOT_KEY, .first = 16,
		.prepare = prepare_forget,
		.reserved = offsetof(struct km_forget_root_key, reserved),
		.as_root = EPERM, .as_user = EPERM,
	}, {
		.name = "CREATE_ROOT_KEY", .cmd = KM_IOC_CREATE_ROOT_KEY, .first = 48,
		.prepare = prepare_create_root,
		.out = offsetof(struct km_create_root_key, root_check), .out_len = 16,
		.as_root = EPERM, .as_user = EPERM,
	}, {
		.name = "CONFIGURE", .cmd = KM_IOC_CONFIGURE, .first = 40, .flags = 0x1f,
		.prepare = prepare_configure,
		.as_root = EPERM, .as_user = EPERM,
	}, {
		.name = "EARLY_BOOT_ENDED", .cmd = KM_IOC_EARLY_BOOT_ENDED, .first = 16,
		.prepare = prepare_early,
		.reserved = offsetof(struct km_early_boot_ended, reserved),
		.as_root = EPERM, .as_user = EPERM,
	}, {
		.name = "IMPORT_WRAPPED_KEY", .cmd = KM_IOC_IMPORT_WRAPPED_KEY, .first = 96,
		.prepare = prepare_wrapped,
		.as_root = EINVAL, .as_user = EINVAL,
	}, {
		.name = "GATEKEEPER_ENROLL", .cmd = KM_IOC_GATEKEEPER_ENROLL, .first = 88,
		.prepare = prepare_enroll,
		.as_root = EINVAL, .as_user = EINVAL,
	}, {
		.name = "GATEKEEPER_VERIFY", .cmd = KM_IOC_GATEKEEPER_VERIFY, .first = 72,
		.prepare = prepare_verify,
		.reserved = offsetof(struct km_gatekeeper_verify, reserved),
		.as_root = EINVAL, .as_user = EINVAL,
	}, {
		.name = "GATEKEEPER_DELETE_USER", .cmd = KM_IOC_GATEKEEPER_DELETE_USER,
		.first = 16, .flags = KM_DELETE_ALL_USERS,
		.prepare = prepare_delete_user,
		.as_root = EINVAL, .as_user = EINVAL,
	}, {
		.name = "GATEKEEPER_GET_USER", .cmd = KM_IOC_GATEKEEPER_GET_USER, .first = 56,
		.prepare = prepare_get_user,
		.as_root = EINVAL, .as_user = EINVAL,
	}, {
		.name = "LOAD_STATE", .cmd = KM_IOC_LOAD_STATE, .first = 48,
		.flags = KM_STATE_COUNTER | KM_STATE_NEW, .prepare = prepare_load_state,
		.as_root = EPERM, .as_user = EPERM,
	}, {
		.name = "GET_STATE", .cmd = KM_IOC_GET_STATE, .first = 24,
		.prepare = prepare_get_state,
		.as_root = EPERM, .as_user = EPERM,
	}, {
		.name = "ADD_AUTH_TOKEN", .cmd = KM_IOC_ADD_AUTH_TOKEN, .first = 32,
		.prepare = prepare_add_token,
		.reserved = offsetof(struct km_add_auth_token, reserved),
		.as_root = EPERM, .as_user = EPERM,
	}, {
		.name = "DEVICE_LOCKED", .cmd = KM_IOC_DEVICE_LOCKED, .first = 24,
		.flags = KM_LOCK_ALL_USERS, .prepare = prepare_locked,
		.reserved = offsetof(struct km_device_locked, reserved),
		.as_root = EPERM, .as_user = EPERM,
	}, {
		.name = "SET_BOOT_LEVEL", .cmd = KM_IOC_SET_BOOT_LEVEL, .first = 16,
		.prepare = prepare_level,
		.as_root = EPERM, .as_user = EPERM,
	}, {
		.name = "CONFIRM", .cmd = KM_IOC_CONFIRM, .first = 56,
		.prepare = prepare_confirm,
		.out = offsetof(struct km_confirm, token), .out_len = 32,
		.as_root = EPERM, .as_user = EPERM,
	}, {
		.name = "VERIFY_AUTHORIZATION", .cmd = KM_IOC_VERIFY_AUTHORIZATION, .first = 80,
		.prepare = prepare_authorization,
		.reserved = offsetof(struct km_verify_authorization, reserved),
		.out = offsetof(struct km_verify_authorization, timestamp), .out_len = 48,
	}, {
		.name = "GET_HMAC_SHARING_PARAMETERS",
		.cmd = KM_IOC_GET_HMAC_SHARING_PARAMETERS, .first = 88,
		.prepare = prepare_sharing,
		.reserved = offsetof(struct km_get_hmac_sharing, reserved),
		.out = offsetof(struct km_get_hmac_sharing, party), .out_len = 72,
		.as_root = EPERM, .as_user = EPERM,
	}, {
		.name = "COMPUTE_SHARED_HMAC", .cmd = KM_IOC_COMPUTE_SHARED_HMAC, .first = 56,
		.prepare = prepare_shared,
		.out = offsetof(struct km_compute_shared_hmac, check), .out_len = 32,
		.as_root = EPERM, .as_user = EPERM,
	}, {
		.name = "OPEN_AUTHENTICATOR", .cmd = KM_IOC_OPEN_AUTHENTICATOR, .first = 32,
		.prepare = prepare_authenticator,
		.reserved = offsetof(struct km_open_authenticator, reserved),
		.out = offsetof(struct km_open_authenticator, fd), .out_len = 4,
		.as_root = EPERM, .as_user = EPERM,
	}, {
		.name = "ATTEST_KEY", .cmd = KM_IOC_ATTEST_KEY, .first = 96,
		.prepare = prepare_attest, .as_root = EINVAL, .as_user = EINVAL,
	}, {
		.name = "PROVISION_ATTESTATION", .cmd = KM_IOC_PROVISION_ATTESTATION, .first = 48,
		.flags = KM_PROVISION_CLOSE, .prepare = prepare_provision,
		.as_root = EPERM, .as_user = EPERM, .as_user_with_flag = EPERM,
	}, {
		.name = "DESTROY_ATTESTATION_IDS", .cmd = KM_IOC_DESTROY_ATTESTATION_IDS,
		.first = 16, .prepare = prepare_destroy_ids,
		.reserved = offsetof(struct km_destroy_attestation_ids, reserved),
		.as_root = EPERM, .as_user = EPERM,
	}, {
		.name = "BRIDGE_KEY", .cmd = KM_IOC_BRIDGE_KEY, .first = 72,
		.flags = KM_BRIDGE_REPLACE, .prepare = prepare_bridge,
		.reserved = offsetof(struct km_bridge_key, reserved),
		.out = offsetof(struct km_bridge_key, bridged), .out_len = 4,
		.pointers = { BLOB(km_bridge_key), PARAMS(km_bridge_key),
			      IN(km_bridge_key, description, KM_BRIDGE_DESCRIPTION_MAX) },
	}, {
		.name = "UPGRADE_KEY", .cmd = KM_IOC_UPGRADE_KEY, .first = 48,
		.known = sizeof(struct km_upgrade_key), .prepare = prepare_upgrade,
		.reserved = offsetof(struct km_upgrade_key, reserved),
		.pointers = { BLOB(km_upgrade_key), PARAMS(km_upgrade_key) },
	}, {
		.name = "GENERATE_KEY", .cmd = KM_IOC_GENERATE_KEY, .first = 40,
		.known = sizeof(struct km_generate_key), .prepare = prepare_generate,
		.pointers = { PARAMS(km_generate_key), OUT(km_generate_key, blob, true) },
	}, {
		.name = "IMPORT_KEY", .cmd = KM_IOC_IMPORT_KEY, .first = 56,
		.known = sizeof(struct km_import_key), .prepare = prepare_import,
		.pointers = { PARAMS(km_import_key), IN(km_import_key, data, KM_IMPORT_MAX),
			      OUT(km_import_key, blob, true) },
	}, {
		.name = "EXPORT_KEY", .cmd = KM_IOC_EXPORT_KEY, .first = 56,
		.prepare = prepare_export,
		.pointers = { BLOB(km_export_key), PARAMS(km_export_key),
			      OUT(km_export_key, data, false) },
	}, {
		.name = "GET_KEY_CHARACTERISTICS", .cmd = KM_IOC_GET_KEY_CHARACTERISTICS,
		.first = 64, .prepare = prepare_show,
		.pointers = { BLOB(km_get_characteristics), PARAMS(km_get_characteristics),
			      OUT(km_get_characteristics, enforced, false),
			      OUT(km_get_characteristics, unenforced, false) },
	}, {
		.name = "DELETE_KEY", .cmd = KM_IOC_DELETE_KEY, .first = 24,
		.known = sizeof(struct km_delete_key), .flags = KM_DELETE_WHOLE_KEY,
		.prepare = prepare_delete,
		.reserved = offsetof(struct km_delete_key, reserved),
		.pointers = { BLOB(km_delete_key) },
	}, {
		.name = "DELETE_ALL_KEYS", .cmd = KM_IOC_DELETE_ALL_KEYS, .first = 16,
		.flags = KM_DELETE_OF_ALL_USERS, .prepare = prepare_delete_all,
		.reserved = offsetof(struct km_delete_all_keys, reserved),
		.as_user_with_flag = EPERM,
	}, {
		.name = "BEGIN", .cmd = KM_IOC_BEGIN, .first = 72,
		.prepare = prepare_begin,
		.reserved = offsetof(struct km_begin, reserved),
		.out = offsetof(struct km_begin, handle), .out_len = 12,
		.pointers = { BLOB(km_begin), PARAMS(km_begin), OUT(km_begin, out_params, false) },
	}, {
		.name = "UPDATE", .cmd = KM_IOC_UPDATE, .first = 48,
		.prepare = prepare_update,
		.pointers = { PARAMS(km_update), INPUT(km_update), OUT(km_update, output, false) },
	}, {
		.name = "FINISH", .cmd = KM_IOC_FINISH, .first = 64,
		.prepare = prepare_finish,
		.reserved = offsetof(struct km_finish, reserved),
		.pointers = { PARAMS(km_finish), INPUT(km_finish), OUT(km_finish, output, false) },
	}, {
		.name = "FINISH (verify)", .cmd = KM_IOC_FINISH, .first = 64,
		.prepare = prepare_finish_verify,
		.pointers = { PARAMS(km_finish), INPUT(km_finish), SIGNATURE(km_finish) },
	}, {
		.name = "ABORT", .cmd = KM_IOC_ABORT, .first = 16,
		.prepare = prepare_abort,
		.reserved = offsetof(struct km_abort, reserved),
	}, {
		.name = "OPERATE", .cmd = KM_IOC_OPERATE, .first = 96,
		.prepare = prepare_operate,
		.reserved = offsetof(struct km_operate, reserved),
		.pointers = { BLOB(km_operate), PARAMS(km_operate), INPUT(km_operate),
			      OUT(km_operate, out_params, false),
			      OUT(km_operate, output, false) },
	}, {
		.name = "OPERATE (verify)", .cmd = KM_IOC_OPERATE, .first = 96,
		.prepare = prepare_operate_verify,
		.pointers = { BLOB(km_operate), PARAMS(km_operate), INPUT(km_operate),
			      SIGNATURE(km_operate) },
	},
};

#define for_each_command(c) \
	for ((c) = commands; (c) < commands + ARRAY_SIZE(commands); (c)++)
#define for_each_pointer(p, c) \
	for ((p) = (c)->pointers; (p)->name; (p)++)

/* The longest size whose every byte this header has a meaning for. */
static uint32_t known_size(const struct command *c)
{
	return c->known ? c->known : c->first;
}

static uint32_t *len_of(union arg *arg, const struct pointer *p)
{
	return (uint32_t *)(arg->bytes + p->len);
}

/* Bytes that the length of @p says. */
static uint32_t bytes_of(union arg *arg, const struct pointer *p)
{
	return *len_of(arg, p) * (p->unit ? p->unit : 1);
}

static void point(union arg *arg, const struct pointer *p, uint64_t to)
{
	memcpy(arg->bytes + p->ptr, &to, sizeof(to));
}

static void *target(union arg *arg, const struct pointer *p)
{
	uint64_t at;

	memcpy(&at, arg->bytes + p->ptr, sizeof(at));
	return (void *)(uintptr_t)at;
}

/* A valid request, freshly made; the file to give it to. */
static int prepare(struct world *w, const struct command *c, union arg *arg)
{
	int fd;

	memset(arg, 0, sizeof(*arg));
	fd = c->prepare(w, arg);
	memset(w->out, ABI_FILL, sizeof(w->out));
	return fd;
}

/* Give back what the request took. */
static void finish(struct world *w, const struct command *c, int fd, union arg *arg)
{
	if (fd != w->dev && fd >= 0)
		close(fd);
	if (c->cmd == KM_IOC_BEGIN && arg->begin.fd >= 0)
		close(arg->begin.fd);
}

#endif /* SELFTESTS_ABI_COMMANDS_H */
