/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of libkeymaster share and nobody else sees.
 * From below: params.c, text.c, setting.c, stretch.c; ctx.c, lru.c; command.c,
 * stored.c over store.c, store_dir.c; at the top key.c, calls.c, operation.c, stream.c,
 * gatekeeper.c, token.c, state.c; password.c over gatekeeper.c.
 */
#ifndef KM_LIB_PRIVATE_H
#define KM_LIB_PRIVATE_H

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "keymaster.h"

#define LIBEXPORT __attribute__((visibility("default")))

/* The wire form of most sets is short: it is kept on the stack, not allocated. */
#define KM_WIRE_SMALL	512

/**
 * struct km_wire - an authorization set in wire form, for the length of a call
 * @data: the bytes: @small, or allocated
 * @len: bytes at @data; 0 for the empty set
 */
struct km_wire {
	void *data;
	size_t len;
	unsigned char small[KM_WIRE_SMALL];
};

int km_wire_init(struct km_wire *wire, const struct km_params *params);
void km_wire_release(struct km_wire *wire);

/**
 * struct km_room - an output of a command: the caller's buffer or a fresh one
 * @buf: where the result goes; may be NULL for no output
 * @data: what the kernel writes to
 * @room: bytes at @data
 * @own: allocated here, and may be made larger
 */
struct km_room {
	struct km_buf *buf;
	void *data;
	size_t room;
	bool own;
};

int km_room_init(struct km_room *room, struct km_buf *buf, size_t guess);
int km_room_done(struct km_room *room, int ret, size_t len);

/**
 * struct km_output - an output of a command
 * @buf: where the result goes; may be NULL
 * @data: member of the argument that points to the room
 * @len: its length there, in bytes; NULL: the command has no such output
 * @guess: bytes of room to begin with
 */
struct km_output {
	struct km_buf *buf;
	__u64 *data;
	__u32 *len;
	size_t guess;
};

#define KM_OUTPUTS	2

/**
 * struct km_signer - the second key of a command, which signs what is made
 * @key: the key; NULL: there is none
 * @params: its own set to pass; may be NULL
 * @wire: member that points to it, and its length there
 * @blob: the three members that name the key
 */
struct km_signer {
	const struct km_key_ref *key;
	const struct km_params *params;
	__u64 *wire;
	__u32 *wire_len;
	__u64 *blob;
	__u32 *blob_len;
	__s32 *serial;
};

/**
 * struct km_command - an ioctl, and which members of its argument km_run() fills in
 * @number: KM_IOC_*
 * @arg: its argument
 * @params: set to pass; may be NULL
 * @wire: member that points to it; NULL if the command has none
 * @wire_len: its length there
 * @key: the key, if it may be upgraded on the way; the three members that name it
 * @signer: another one, likewise
 * @begins: takes a place among the user's operations
 * @out: the outputs
 */
struct km_command {
	unsigned long number;
	void *arg;
	const struct km_params *params;
	__u64 *wire;
	__u32 *wire_len;
	const struct km_key_ref *key;
	__u64 *blob;
	__u32 *blob_len;
	__s32 *serial;
	struct km_signer signer;
	bool begins;
	struct km_output out[KM_OUTPUTS];
};

int km_run(struct km_ctx *ctx, int fd, const struct km_command *command);

/**
 * struct km_use - an operation's place in the order of use
 * @fd: the operation in the kernel
 * @busy: threads that are in a call with it
 * @kept: its owner wants it never to make room
 * @listed: it is in the list
 */
struct km_use {
	struct km_use *older, *newer;
	int fd;
	unsigned int busy;
	bool kept, listed;
};

/**
 * struct km_shared - what the threads of a context share
 * @holder: process that holds the lock; 0: nobody
 * @pid: process whose operations are in the list
 * @oldest: the operations, from the one whose last use is the longest ago
 * @keys: open keys of the store
 */
struct km_shared {
	_Atomic uint32_t holder;
	uint32_t pid;
	struct km_use *oldest, *newest;
	struct km_key *keys;
};

void km_lock(struct km_shared *shared);
void km_unlock(struct km_shared *shared);
void km_use_add(struct km_ctx *ctx, struct km_use *use);
void km_use_enter(struct km_ctx *ctx, struct km_use *use);
void km_use_leave(struct km_ctx *ctx, struct km_use *use);
void km_use_keep(struct km_ctx *ctx, struct km_use *use, bool keep);
void km_use_remove(struct km_ctx *ctx, struct km_use *use);
bool km_use_prune(struct km_ctx *ctx);

struct km_key_ref km_key_newest(struct km_ctx *ctx, const struct km_key_ref *ref);
bool km_key_renew(struct km_ctx *ctx, const struct km_key_ref *ref,
		  const struct km_key_ref *used, const struct km_params *params);
bool km_key_reload(struct km_ctx *ctx, const struct km_key_ref *ref,
		   const struct km_key_ref *used);

bool km_blob_has_slot(const struct km_bytes *blob);
bool km_blob_same_key(const struct km_bytes *a, const struct km_bytes *b);

int km_ctx_fd(struct km_ctx *ctx);
int km_ctx_ioctl(struct km_ctx *ctx, int fd, unsigned long command, void *arg);
void km_ctx_set_error(struct km_ctx *ctx, int code);
struct km_shared *km_ctx_shared(struct km_ctx *ctx);

int km_dir_open(const char *dir, unsigned int flags);
int km_store_remove(int dir, const char *alias);
int km_store_fd(const struct km_store *store);
int km_store_lock(int dir);
int km_store_get_at(int dir, const char *alias, struct km_buf *blob);
int km_store_encode(const char *alias, char name[NAME_MAX + 1]);
bool km_store_is_chain(const char *name);
int km_store_decode(const char *name, char alias[NAME_MAX + 1]);
bool km_store_is_tmp(const char *name);
bool km_store_tmp_is_stale(const char *name, const struct stat *st);
int km_put_file(int dir, const char *name, const struct km_bytes *data, unsigned int flags);
int km_store_swap(int dir, const char *alias, const struct km_bytes *old,
		  const struct km_bytes *blob);

/* A backup: its manifest, and how the lines of that begin. */
#define KM_BACKUP_MANIFEST	"MANIFEST"
#define KM_BACKUP_HEAD		"keymaster backup 1\n"
#define KM_BACKUP_ROOT		"root "
#define KM_BACKUP_BLOB		"blob "
#define KM_BACKUP_END		"end "
/* Hexadecimal digits of a SHA-256. */
#define KM_BACKUP_HASH		64

int km_backup_hash(const void *data, size_t len, char text[KM_BACKUP_HASH + 1]);
void km_backup_hex(const unsigned char *bytes, size_t len, char *text);

int km_params_add_entry(struct km_params *params, const struct km_param *entry);
void km_params_truncate(struct km_params *params, size_t count);

void km_op_stop(struct km_op *op);

/* Bytes that stand for a stretched password. */
#define KM_STRETCHED_SIZE	32
/* Bytes of salt: what argon2 takes at least, what we make, what is accepted. */
#define KM_SALT_MIN		8
#define KM_SALT_NEW		16
#define KM_SALT_MAX		48
/* No setting costs more than this: 256 MiB, some seconds. */
#define KM_STRETCH_MEMORY_MAX	(256 * 1024)
#define KM_STRETCH_PASSES_MAX	16
#define KM_STRETCH_LANES_MAX	4

/**
 * struct km_setting - how a password is stretched, by argon2id
 * @memory_kib: memory in KiB
 * @passes: over the memory
 * @lanes: that are independent of each other
 * @salt_len: bytes at @salt
 * @salt: random
 */
struct km_setting {
	uint32_t memory_kib;
	uint32_t passes;
	uint32_t lanes;
	size_t salt_len;
	unsigned char salt[KM_SALT_MAX];
};

int km_setting_new(struct km_setting *setting);
int km_setting_write(const struct km_setting *setting, char text[KM_SETTING_MAX + 1]);
int km_setting_read(const char *text, struct km_setting *setting);
int km_stretch(const struct km_setting *setting, const struct km_bytes *password,
	       unsigned char out[KM_STRETCHED_SIZE]);

static inline __u64 km_ptr(const void *pointer)
{
	return (__u64)(uintptr_t)pointer;
}

static inline uint32_t km_get_le32(const unsigned char *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t km_get_le64(const unsigned char *p)
{
	return km_get_le32(p) | (uint64_t)km_get_le32(p + 4) << 32;
}

static inline void km_put_le32(unsigned char *p, uint32_t v)
{
	p[0] = (unsigned char)v;
	p[1] = (unsigned char)(v >> 8);
	p[2] = (unsigned char)(v >> 16);
	p[3] = (unsigned char)(v >> 24);
}

static inline void km_put_le64(unsigned char *p, uint64_t v)
{
	km_put_le32(p, (uint32_t)v);
	km_put_le32(p + 4, (uint32_t)(v >> 32));
}

#endif /* KM_LIB_PRIVATE_H */
