/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What kmctl's files share: the command table, options, keys, input and output.
 * kmctl.c -> opts.c -> cmd_*.c -> crypt.c, choose.c, key.c, new_key.c, pem.c, state.c,
 * auth.c, password.c, auths.c, explain.c, io.c -> libkeymaster.
 * cmd_android_*.c: android.h; cmd_verify_attestation.c: attestation.h.
 */
#ifndef KMCTL_H
#define KMCTL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <keymaster.h>

#define KMCTL_VERSION	"0.3.0"

/* Exit statuses; documented in kmctl(1). */
enum {
	ST_OK = 0,
	ST_FAILED = 1,		/* the system failed: files, memory, quota */
	ST_USAGE = 2,		/* the command line is wrong */
	ST_REFUSED = 3,		/* the key's authorizations, or the rules for new keys */
	ST_BAD = 4,		/* a signature or authentication tag is wrong */
	ST_NO_KEY = 5,		/* no such key, or a blob that does not open */
	ST_NOT_READY = 6,	/* no module, no access to it, or no root key */
	ST_EXISTS = 7,		/* the alias, the file or the root key is there already */
	ST_NOT_AUTHENTICATED = 8, /* a wrong password, a wait, or a user who has none */
};

/**
 * struct opts - a parsed command line; a command declares what it takes
 * @params: the options that are names of authorizations
 * @aad: associated data, any length
 */
struct opts {
	const char *alias, *blob, *store, *device;
	const char *in, *out, *signature, *format, *file, *serial, *peer, *pem_file;
	const char *wrapped, *wrapping_key, *wrapping_blob, *masking_key;
	const char *password_sid, *biometric_sid;
	const char *os_version, *os_patchlevel, *vendor_patchlevel, *boot_patchlevel;
	const char *user, *operation, *auth, *state, *word;
	const char *pcrs, *tpm_file;
	const char *master_key, *blob_master_key, *masterkey_file, *root_of_trust;
	const char *reset_secret, *slot_secret;
	const char *root, *challenge, *revoked, *require, *time, *days;
	const char *key_file, *chain_file, *application_id_der;
	const char *attest_key, *attest_key_id, *attest_key_data;
	const char *logon, *fscrypt, *keyring, *timeout, *mount;
	bool json, force, pem, der, ephemeral, reset, all, all_users, mine, password_only, no_state;
	bool repair, replace, counter, new_state;
	bool no_auth, drop_unsupported;
	bool wipe, plain, change;
	bool close, certificate, yes;
	bool tpm;
	struct km_params *params;
	struct km_buf aad;
};

enum opt_kind { OPT_TEXT, OPT_FLAG, OPT_TAG };

/**
 * struct opt - one option of a command
 * @name: without the dashes
 * @kind: how it is stored
 * @at: offset in struct opts (TEXT, FLAG)
 * @arg: what the help calls its value (TEXT)
 * @help: one line
 */
struct opt {
	const char *name;
	enum opt_kind kind;
	size_t at;
	const char *arg;
	const char *help;
};

#define OPT_END			{ NULL, OPT_TEXT, 0, NULL, NULL }
#define OPT_TEXT_OF(name, member, arg, help) \
	{ name, OPT_TEXT, offsetof(struct opts, member), arg, help }
#define OPT_FLAG_OF(name, member, help) \
	{ name, OPT_FLAG, offsetof(struct opts, member), NULL, help }
#define OPT_TAG_OF(name)	{ name, OPT_TAG, 0, NULL, NULL }

#define OPT_BLOB \
	OPT_TEXT_OF("blob", blob, "FILE", "the key blob in FILE, instead of ALIAS")
#define OPT_BLOB_OUT \
	OPT_TEXT_OF("blob", blob, "FILE", "write the key blob to FILE, instead of ALIAS")
#define OPT_STORE \
	OPT_TEXT_OF("store", store, "DIR", "the directory that keeps the blobs")
#define OPT_DEVICE \
	OPT_TEXT_OF("device", device, "PATH", "the device [/dev/keymaster]")
#define OPT_IN		OPT_TEXT_OF("in", in, "FILE", "read FILE [-, standard input]")
#define OPT_OUT		OPT_TEXT_OF("out", out, "FILE", "write FILE [-, standard output]")
#define OPT_JSON	OPT_FLAG_OF("json", json, "print JSON")
/* Shorter names, besides those of the library's table. */
#define OPT_AUTH \
	OPT_TEXT_OF("auth", auth, "LIST", \
		    "ask for your authentication: password, fingerprint"), \
	OPT_TAG_OF("usage-count"), OPT_TAG_OF("unlocked"), OPT_TAG_OF("confirm")
#define OPT_APPLICATION	OPT_TAG_OF("application-id"), OPT_TAG_OF("application-data")

/*
 * What may stand behind the command: nothing, the key, a file to read, a word it needs, a word
 * and a directory.
 */
enum alias_use { ALIAS_NONE, ALIAS_OR_BLOB, ALIAS_FILE, ALIAS_WORD, ALIAS_ACTION };

/**
 * struct command - a row of the command table
 * @name: one word, or two of a family
 * @word: WORD: what the help calls it
 * @describes: takes every authorization of a key description as an option
 * @hidden: not in the list of commands
 * @details: the rest of the help
 */
struct command {
	const char *name;
	const char *summary;
	enum alias_use alias;
	const char *word;
	bool describes;
	bool hidden;
	const struct opt *options;
	const char *details;
	int (*run)(struct opts *o);
};

extern const struct command cmd_provision, cmd_destroy_ids, cmd_attest, cmd_certificate;
extern const struct command cmd_init, cmd_status, cmd_generate, cmd_import, cmd_export,
	cmd_list, cmd_show, cmd_delete, cmd_encrypt, cmd_decrypt, cmd_sign, cmd_verify,
	cmd_agree, cmd_upgrade, cmd_configure, cmd_supported, cmd_entropy, cmd_early_boot_ended,
	cmd_delete_all, cmd_enroll, cmd_auth, cmd_lock, cmd_unenroll, cmd_boot_level,
	cmd_save_state, cmd_store, cmd_root, cmd_bridge,
	cmd_android_show, cmd_android_decrypt, cmd_android_migrate,
	cmd_android_unlock, cmd_android_write, cmd_verify_attestation, cmd_ca_create;

/* opts.c */
int opts_parse(const struct command *cmd, int argc, char **argv, struct opts *o);
void opts_free(struct opts *o);
void usage(const struct command *cmd, FILE *f);
#define OPTS_HELPED	(-1)	/* --help was printed: end with success */

/* kmctl.c */
int fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
int fail_errno(int status, int error, const char *what);

/**
 * struct key - a key to work with
 * @blob: its blob, where it comes from a file or has just been made
 * @stored: the key of the store, which is upgraded when it must be
 * @ref: names it in calls
 * @name: what messages call it
 * @app: APPLICATION_ID and APPLICATION_DATA, as options gave them
 * @enforced: its authorizations, once key_load_sets() has read them
 */
struct key {
	struct km_ctx *ctx;
	struct km_buf blob;
	struct km_key *stored;
	struct km_key_ref ref;
	char *name;
	struct km_params *app;
	struct km_params *enforced;
	struct km_params *unenforced;
};

/* key.c */
int open_device(const struct opts *o, struct km_ctx **ctx);
int open_store(const struct opts *o, unsigned int flags, struct km_store **store);
int key_open(const struct opts *o, struct key *key);
int key_open_with(const struct opts *o, struct km_ctx *ctx, const char *alias, struct key *key);
int key_load_sets(struct key *key);
void key_close(struct key *key);
int read_blob_file(const char *path, struct km_buf *blob);
int alias_failed(const char *name, int error);
char *printable(const char *text);
bool set_has(const struct key *key, uint32_t tag, uint64_t value);
int set_find(const struct key *key, uint32_t tag, size_t nth, struct km_param *param);

/* new_key.c */
int new_key_prepare(const struct opts *o, struct key *key, uint32_t *format);
int new_key_defaults(struct km_params *params, bool making);
int new_key_auth(const struct opts *o, struct km_ctx *ctx);
int new_key_store(const struct opts *o, struct key *key, const struct km_buf *chain);
int write_blob(const struct opts *o, const struct key *key, unsigned int flags);

/* pem.c */

/** struct key_kind - what a private key says about itself */
struct key_kind {
	uint32_t algorithm;
	bool is_25519;
};

void pem_wipe(void);
int pem_private(struct km_buf *material, struct key_kind *kind);
int pem_public(struct km_buf *key, const char *name);
bool is_pem(const struct km_buf *text);

/* import_wrapped.c */
int import_wrapped(struct opts *o, struct key *key, uint32_t format);

/* explain.c */

/**
 * struct attempt - what was tried, for the explanation of why it failed
 * @key: the key; its sets may be missing
 * @verb: "encrypt", "generate"...
 * @purpose: KM_PURPOSE_*, or -1
 * @params: parameters of the operation or the description
 */
struct attempt {
	const struct key *key;
	const char *verb;
	int purpose;
	struct km_params *params;
};

int explain(const struct attempt *attempt, int error);

/* password.c */

/** struct password - what somebody typed; wiped by password_wipe() */
struct password {
	size_t len;
	char bytes[KM_PASSWORD_MAX];
};

int password_ask(struct password *password, const char *prompt);
int password_get(struct password *password, const char *prompt);
void password_wipe(struct password *password);
bool terminal_is_there(void);
void terminal_restore(void);

/* auth.c */

/** struct person - a user, and what messages call him */
struct person {
	uint32_t uid;
	char name[64];
};

int person_find(const char *text, struct person *person);
int auth_look_up(struct km_ctx *ctx, const struct person *person, struct km_user *user);
int auth_failed(struct km_ctx *ctx, const struct person *person, int error,
		uint32_t timeout_ms);
int authenticate(struct km_ctx *ctx, const struct person *person, uint64_t challenge);
int auth_again(const struct attempt *attempt, int error);
int auth_operation(const struct attempt *attempt, const struct km_op *op);
bool asks_each_time(const struct attempt *attempt);

/* cmd_init.c */
int parse_serial(const char *option, const char *text, int32_t *serial);

#define ROOT_DIR	"/var/lib/keymaster"
#define ROOT_TPM_FILE	ROOT_DIR "/root.tpm"

/* root_record.c */
const char *root_path(const struct opts *o);
char *root_record_path(const struct opts *o);
int root_record_read(const struct opts *o, struct km_buf *record);

/* root_rotate.c */
int root_rotate(const struct opts *o, struct km_ctx *ctx);
int root_forget(const struct opts *o, struct km_ctx *ctx);

/* rewrap.c */

/**
 * struct rewrapped - what became of keys that are to be under a new root key
 * @done: wrapped anew
 * @closed: did not open, as they want their application id
 * @failed: otherwise
 */
struct rewrapped {
	size_t done, closed, failed;
};

void rewrap_all(const struct opts *o, struct rewrapped *sum);

/* state.c */
int state_load(const struct opts *o, struct km_ctx *ctx);

/* auths.c */
struct json_object;
struct json_object *set_to_json(const struct km_params *params);
struct json_object *values_to_json(const struct km_params *params, uint32_t tag);
struct json_object *string_to_json(const char *text);
void print_json(struct json_object *object);
void print_set(const struct km_params *params, FILE *f);
void format_values(const struct km_params *params, uint32_t tag, char *text, size_t len);
/* root.c */
int root_check_read(const char *file, uint8_t check[KM_ROOT_CHECK_SIZE], bool *known);
void root_check_write(const char *file, const uint8_t check[KM_ROOT_CHECK_SIZE]);
void root_check_remove(const char *file);
int root_tpm(const struct opts *o, struct km_ctx *ctx, struct km_buf *sealed);
int root_tpm_create(const struct opts *o, struct km_ctx *ctx, const char *path,
		    struct km_buf *sealed);
int root_explain(const struct opts *o, struct km_ctx *ctx, int ret);

void hex(const void *bytes, size_t len, char *text);

/* io.c */

/** struct source - an input: a file, a pipe; knows whether it can be read twice */
struct source {
	int fd;
	const char *name;
	bool seekable;
	off_t start;
	uint64_t size;
};

/** struct sink - an output; a named file appears when it is complete, or not at all */
struct sink {
	int fd;
	const char *path;
	char *tmp;
	off_t start;
	bool truncatable;
};

#define SINK_PRIVATE	1	/* mode 0600: it will hold plaintext */
#define SINK_BINARY	2	/* not for a terminal */

int source_open(struct source *s, const char *path);
ssize_t source_read(struct source *s, void *buf, size_t len);
void source_close(struct source *s);
int read_whole(const char *path, size_t max, struct km_buf *buf);
struct stat;
int root_file_open(const char *path, int *fd, struct stat *st);
int read_whole_fd(int fd, size_t max, struct km_buf *buf);
int sink_open(struct sink *s, const char *path, int flags);
int sink_write(struct sink *s, const void *data, size_t len);
int sink_commit(struct sink *s);
void sink_abandon(struct sink *s);
void clean_up_on_signal(void);

/** struct progress - a bar on a terminal, for what takes longer than a moment */
struct progress {
	const char *what;
	uint64_t total;
	int64_t started;
	int64_t shown;
	bool on;
};

void progress_init(struct progress *p, const char *what, uint64_t total);
void progress_update(struct progress *p, uint64_t done);
void progress_end(struct progress *p);

/** struct wait - tells on a terminal that one long call is still running */
struct wait {
	const char *what;
	bool on;
	pthread_t thread;
};

void wait_begin(struct wait *w, const char *what);
void wait_end(struct wait *w);

/* crypt.c */

/**
 * struct pipe_io - what km_op_stream() is given: a source, a sink, a bar
 * @error: errno of the input or output, so that it is not taken for the key's
 */
struct pipe_io {
	struct source *source;
	struct sink *sink;
	struct progress progress;
	int error;
	const char *error_name;
};

/* What a command does once its key is open and its parameters are chosen. */
typedef int work_fn(const struct opts *o, const struct attempt *attempt);

int with_key(struct opts *o, struct attempt *attempt, work_fn *work);
int begin(const struct opts *o, const struct attempt *attempt, struct km_op **op);
int pipe_through(struct km_op *op, struct pipe_io *io, const struct attempt *attempt,
		 const struct km_bytes *signature);
ssize_t pipe_read(void *arg, void *buf, size_t len);
int pipe_write(void *arg, const void *buf, size_t len);
int pipe_progress(void *arg, uint64_t done);
int pipe_failed(const struct pipe_io *io, const struct attempt *attempt, int error);

#define NONCE_GCM	12
#define NONCE_BLOCK	16
#define NONCE_DES	8
size_t nonce_size(const struct attempt *attempt);

/* choose.c */
int choose_params(const struct opts *o, const struct key *key, int purpose,
		  struct km_params **params);

/* gcm.c */
int decrypt_authenticated(struct km_op *op, struct pipe_io *io, const struct opts *o,
			  const struct attempt *attempt);

#endif /* KMCTL_H */
