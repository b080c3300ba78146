/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of libkeymaster share and nobody else sees.
 * Below: params.c, names.c; in the middle: ctx.c; above: key.c, operation.c, store.c.
 */
#ifndef KM_LIB_PRIVATE_H
#define KM_LIB_PRIVATE_H

#include <stdbool.h>
#include <string.h>

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
int km_room_grow(struct km_room *room, size_t needed);
int km_room_done(struct km_room *room, int ret, size_t len);

int km_ctx_fd(struct km_ctx *ctx);
int km_ctx_ioctl(struct km_ctx *ctx, int fd, unsigned long command, void *arg);
void km_ctx_set_error(struct km_ctx *ctx, int code);

int km_params_add_entry(struct km_params *params, const struct km_param *entry);
void km_params_truncate(struct km_params *params, size_t count);

void km_op_stop(struct km_op *op);

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
