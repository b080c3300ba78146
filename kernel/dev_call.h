/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the commands of /dev/keymaster share: a call, and copies of user memory.
 * Inside the outermost layer: dev.c dispatches to dev_key.c and dev_op.c.
 */
#ifndef KM_DEV_CALL_H
#define KM_DEV_CALL_H

#include <linux/keymaster.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>
#include "alg.h"
#include "attest.h"
#include "keytype.h"
#include "params.h"
#include "spec.h"

struct file;
struct km_key;
struct km_op;
struct km_user;

/**
 * struct km_io_buffer - where data of a file's commands lies
 * @lock: held while @data is in use; a second thread makes its own
 * @data: the buffer, NULL before the first use
 * @size: its size
 */
struct km_io_buffer {
	struct mutex lock;	/* held while @data is in use */
	u8 *data;
	size_t size;
};

/**
 * struct km_dev_file - an open /dev/keymaster
 * @user: who opened it: owner of keys and quotas
 * @buffer: for OPERATE
 * @memo: for OPERATE: the key that was used last; guarded by @buffer's lock
 * @args: for OPERATE: what the last parameters were; likewise
 * @forget: lets go of what @memo holds when it is of no use any more
 */
struct km_dev_file {
	struct km_user *user;
	struct km_io_buffer buffer;
	struct km_key_memo memo;
	struct km_args_memo args;
	struct delayed_work forget;
};

/* The first members of every argument structure. */
struct km_header {
	__u32 size;
	__u32 flags;
	__s32 error;
};

union km_arg {
	struct km_header header;
	struct km_info info;
	struct km_get_supported supported;
	struct km_add_rng_entropy entropy;
	struct km_load_root_key root;
	struct km_create_root_key create_root;
	struct km_generate_key generate;
	struct km_import_key import;
	struct km_export_key export;
	struct km_get_characteristics characteristics;
	struct km_delete_key delete;
	struct km_delete_all_keys delete_all;
	struct km_rotate_root_key rotate;
	struct km_forget_root_key forget_root;
	struct km_begin begin;
	struct km_operate operate;
	struct km_update update;
	struct km_finish finish;
	struct km_abort abort;
	struct km_upgrade_key upgrade;
	struct km_configure configure;
	struct km_import_wrapped_key import_wrapped;
	struct km_early_boot_ended early_boot_ended;
	struct km_gatekeeper_enroll gatekeeper_enroll;
	struct km_gatekeeper_verify gatekeeper_verify;
	struct km_gatekeeper_delete_user gatekeeper_delete_user;
	struct km_gatekeeper_get_user gatekeeper_get_user;
	struct km_load_state load_state;
	struct km_get_state get_state;
	struct km_add_auth_token add_auth_token;
	struct km_device_locked device_locked;
	struct km_set_boot_level set_boot_level;
	struct km_confirm confirm;
	struct km_verify_authorization verify_authorization;
	struct km_get_hmac_sharing get_hmac_sharing;
	struct km_compute_shared_hmac compute_shared_hmac;
	struct km_open_authenticator open_authenticator;
	struct km_mint_auth_token mint_auth_token;
	struct km_attest_key attest_key;
	struct km_provision_attestation provision;
	struct km_destroy_attestation_ids destroy_ids;
	struct km_bridge_key bridge;
};

/**
 * struct km_call - one command on its way
 * @file: the file it came through
 * @arg: its argument
 * @error: Keymaster code to report
 * @new_file: a file to install when everything has been written
 * @new_fd: its number
 * @fed: an operation that has taken data: ended if that cannot be told
 */
struct km_call {
	struct file *file;
	union km_arg arg;
	enum km_error error;
	struct file *new_file;
	int new_fd;
	struct km_op *fed;
};

/**
 * struct km_bytes - bytes copied from the caller
 * @data: the copy
 * @len: its length
 * @few: where a short one lies
 */
struct km_bytes {
	u8 *data;
	size_t len;
	u8 few[128];
};

/**
 * struct km_call_blob - the blob that a command names
 * @data: its bytes
 * @len: how many
 * @bytes: a copy of the caller's, unless there is a @key
 * @key: the loaded key that it belongs to, or NULL
 */
struct km_call_blob {
	const u8 *data;
	size_t len;
	struct km_bytes bytes;
	struct km_key *key;
};

/**
 * struct km_params_in - an authorization set copied from the caller
 * @bytes: its wire form
 * @set: the view
 * @args: what it says of an operation; points into @bytes
 */
struct km_params_in {
	struct km_bytes bytes;
	struct km_params set;
	struct km_op_args args;
};

/**
 * struct km_key_name - how a command names its key
 * @blob: user pointer
 * @len: bytes there, 0: by serial
 * @serial: serial number
 * @params: APPLICATION_ID and APPLICATION_DATA
 * @memo: for @serial, or NULL
 */
struct km_key_name {
	u64 blob;
	u32 len;
	s32 serial;
	const struct km_params *params;
	struct km_key_memo *memo;
};

/**
 * struct km_certifying - what a command needs for certificates
 * @io: where they go, and who signs: in the argument of the call
 * @room: bytes there
 * @attest: for attest.c; valid if there is room at all
 * @issuer: copied in
 * @params: of the attest key
 */
struct km_certifying {
	struct km_certify *io;
	u32 room;
	struct km_attest attest;
	struct km_bytes issuer;
	struct km_params_in params;
};

/**
 * struct km_data - input and output of a command on data
 * @base: the whole buffer
 * @size: bytes of it that the command may use
 * @own: it is this command's alone, and not the file's
 * @wipe: bytes of it from KM_IO_STATE on that may hold something
 */
struct km_data {
	u8 *base;
	size_t size;
	bool own;
	size_t wipe;
};

/**
 * km_io_buffer_hold() - take a file's buffer for a command
 * @b: the buffer
 *
 * Return: it, or NULL if another command has it: none waits for another.
 */
static inline struct km_io_buffer *km_io_buffer_hold(struct km_io_buffer *b)
{
	return mutex_trylock(&b->lock) ? b : NULL;
}

/**
 * km_io_buffer_release() - give a file's buffer back
 * @held: what km_io_buffer_hold() returned
 */
static inline void km_io_buffer_release(struct km_io_buffer *held)
{
	if (held)
		mutex_unlock(&held->lock);
}

bool km_call_is_admin(const struct km_call *call);
bool km_call_may_act_on(const struct km_call *call, u32 uid);
int km_report(struct km_call *call, enum km_error err);
struct km_user *km_call_user(const struct km_call *call);
int km_bytes_get(struct km_bytes *b, u64 from, u32 len, u32 max);
void km_bytes_put(struct km_bytes *b);
int km_bytes_out(u64 to, u32 *len, u32 room, const void *data, size_t n);
int km_params_get(struct km_call *call, struct km_params_in *p, u64 from, u32 len);
int km_args_get(struct km_call *call, struct km_params_in *p, struct km_args_memo *memo,
		u64 from, u32 len);
void km_params_put(struct km_params_in *p);
int km_call_key(struct km_call *call, const struct km_key_name *name, struct km_key **key);
int km_call_blob(struct km_call *call, const struct km_key_name *name, struct km_call_blob *b);
void km_call_blob_put(struct km_call_blob *b);
int km_data_room(struct km_data *d, struct km_io_buffer *held, struct km_io *io, u32 len);
int km_data_get(struct km_data *d, struct km_io_buffer *held, struct km_io *io, u64 from, u32 len);
int km_data_out(struct km_data *d, const struct km_io *io, u64 to, u32 *len, u32 room);
void km_data_put(struct km_data *d);
void km_io_buffer_free(struct km_io_buffer *b);

/**
 * struct km_command - one row of a command table
 * @cmd: KM_IOC_*
 * @min_size: size of the structure's first version
 * @size: size of the version that this kernel knows
 * @run: does it: 0 or a negative errno, call->error for a Keymaster code
 * @flags: flags that it knows
 */
struct km_command {
	unsigned int cmd;
	u32 min_size;
	u32 size;
	int (*run)(struct km_call *call);
	u32 flags;
};

/* @last is the last member of the first version of the structure. */
#define KM_COMMAND(nr, type, last, fn) \
	{ nr, offsetofend(struct type, last), sizeof(struct type), fn, 0 }

/* For commands that have flags. */
#define KM_COMMAND_FLAGS(nr, type, last, fn, known) \
	{ nr, offsetofend(struct type, last), sizeof(struct type), fn, known }

long km_dispatch(const struct km_command *table, size_t n, struct file *file, unsigned int cmd,
		 unsigned long arg);

int km_do_get_info(struct km_call *call);
int km_do_supported_algorithms(struct km_call *call);
int km_do_supported_block_modes(struct km_call *call);
int km_do_supported_padding_modes(struct km_call *call);
int km_do_supported_digests(struct km_call *call);
int km_do_supported_import_formats(struct km_call *call);
int km_do_supported_export_formats(struct km_call *call);
int km_do_add_rng_entropy(struct km_call *call);
int km_do_load_root_key(struct km_call *call);
int km_do_create_root_key(struct km_call *call);
int km_do_generate_key(struct km_call *call);
int km_do_import_key(struct km_call *call);
int km_do_export_key(struct km_call *call);
int km_do_get_characteristics(struct km_call *call);
int km_do_delete_key(struct km_call *call);
int km_do_delete_all_keys(struct km_call *call);
int km_do_rotate_root_key(struct km_call *call);
int km_do_forget_root_key(struct km_call *call);
int km_do_upgrade_key(struct km_call *call);
int km_blob_format_of(u32 abi_format, u8 *format);
int km_do_import_wrapped_key(struct km_call *call);
int km_do_configure(struct km_call *call);
int km_do_early_boot_ended(struct km_call *call);
int km_do_gatekeeper_enroll(struct km_call *call);
int km_do_gatekeeper_verify(struct km_call *call);
int km_do_gatekeeper_delete_user(struct km_call *call);
int km_do_gatekeeper_get_user(struct km_call *call);
int km_do_load_state(struct km_call *call);
int km_do_get_state(struct km_call *call);
int km_do_add_auth_token(struct km_call *call);
int km_do_device_locked(struct km_call *call);
int km_do_set_boot_level(struct km_call *call);
int km_do_confirm(struct km_call *call);
int km_do_verify_authorization(struct km_call *call);
int km_do_get_hmac_sharing(struct km_call *call);
int km_do_compute_shared_hmac(struct km_call *call);
int km_do_open_authenticator(struct km_call *call);
int km_certify_get(struct km_call *call, struct km_certifying *c, struct km_certify *io);
int km_certify_out(struct km_certifying *c);
void km_certify_put(struct km_certifying *c);
int km_do_attest_key(struct km_call *call);
int km_do_provision_attestation(struct km_call *call);
int km_do_destroy_attestation_ids(struct km_call *call);
int km_do_bridge_key(struct km_call *call);
int km_do_begin(struct km_call *call);
int km_do_operate(struct km_call *call);

#endif /* KM_DEV_CALL_H */
