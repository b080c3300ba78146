// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How a command is run: its parameters in wire form, room for its outputs, and what is
 * mended on the way. Between ctx.c and the functions of key.c, calls.c and operation.c.
 */
#include <errno.h>
#include <stdlib.h>

#include "lib_private.h"

LIBEXPORT void km_buf_free(struct km_buf *buf)
{
	if (buf->data) {
		explicit_bzero(buf->data, buf->room);
		free(buf->data);
	}
	*buf = (struct km_buf){ 0 };
}

int km_room_init(struct km_room *room, struct km_buf *buf, size_t guess)
{
	*room = (struct km_room){ .buf = buf };
	if (!buf)
		return 0;
	buf->len = 0;
	if (buf->data) {
		room->data = buf->data;
		room->room = buf->room;
		return 0;
	}
	room->data = malloc(guess);
	if (!room->data)
		return -ENOMEM;
	room->room = guess;
	room->own = true;
	return 0;
}

/* After -EMSGSIZE: 0 when the command is to be called again with more room. */
static int grow_room(struct km_room *room, size_t needed)
{
	void *data;

	if (!room->own || needed <= room->room)
		return -EMSGSIZE;
	data = malloc(needed);
	if (!data)
		return -ENOMEM;
	/* Nothing was written to the old one: no secret to wipe. */
	free(room->data);
	room->data = data;
	room->room = needed;
	return 0;
}

/* Hands the output over, or takes it back after a failure; returns @ret. */
int km_room_done(struct km_room *room, int ret, size_t len)
{
	if (room->buf && (!ret || ret == -EMSGSIZE))
		room->buf->len = len;
	if (!room->own)
		return ret;
	if (ret) {
		explicit_bzero(room->data, room->room);
		free(room->data);
		return ret;
	}
	room->buf->data = room->data;
	room->buf->room = room->room;
	return 0;
}

/* The outputs that did not fit get what the kernel asks for; -EMSGSIZE if none can. */
static int grow(const struct km_command *c, struct km_room rooms[KM_OUTPUTS])
{
	int ret = -EMSGSIZE;
	size_t i;

	for (i = 0; i < KM_OUTPUTS; i++) {
		if (!c->out[i].len || *c->out[i].len <= rooms[i].room)
			continue;
		ret = grow_room(&rooms[i], *c->out[i].len);
		if (ret)
			return ret;
	}
	return ret;
}

static int run_with(struct km_ctx *ctx, int fd, const struct km_command *c,
		    struct km_room rooms[KM_OUTPUTS])
{
	size_t i;
	int ret;

	do {
		for (i = 0; i < KM_OUTPUTS; i++) {
			if (!c->out[i].len)
				continue;
			*c->out[i].data = km_ptr(rooms[i].data);
			*c->out[i].len = (__u32)rooms[i].room;
		}
		ret = km_ctx_ioctl(ctx, fd, c->number, c->arg);
	} while (ret == -EMSGSIZE && !(ret = grow(c, rooms)));
	return ret;
}

static int run(struct km_ctx *ctx, int fd, const struct km_command *c)
{
	struct km_room rooms[KM_OUTPUTS] = { 0 };
	int ret = 0;
	size_t i;

	for (i = 0; i < KM_OUTPUTS && !ret; i++)
		if (c->out[i].len)
			ret = km_room_init(&rooms[i], c->out[i].buf, c->out[i].guess);
	if (!ret)
		ret = run_with(ctx, fd, c, rooms);
	for (i = 0; i < KM_OUTPUTS; i++)
		if (c->out[i].len)
			km_room_done(&rooms[i], ret, *c->out[i].len);
	return ret;
}

/**
 * struct named - a key of a command, and what was mended of it
 * @ref: how the caller names it; NULL: there is none
 * @params: what opens it
 * @blob: the members that name it in the argument
 * @used: what stood for it in the last call
 */
struct named {
	const struct km_key_ref *ref;
	const struct km_params *params;
	__u64 *blob;
	__u32 *blob_len;
	__s32 *serial;
	struct km_key_ref used;
	bool upgraded, reloaded;
};

#define KEYS	2

static void name_key(struct km_ctx *ctx, struct named *key)
{
	key->used = km_key_newest(ctx, key->ref);
	*key->blob = km_ptr(key->used.blob);
	*key->blob_len = (__u32)key->used.len;
	*key->serial = key->used.len ? 0 : key->used.serial;
}

/*
 * The kernel does not say which of two keys it means. To try is harmless: a key that is
 * current, or whose file has not changed, stays as it is.
 */
static bool mend_key(struct km_ctx *ctx, struct named *key, int code)
{
	bool *done = code == KM_ERROR_KEY_REQUIRES_UPGRADE ? &key->upgraded : &key->reloaded;

	if (!key->ref || *done)
		return false;
	km_ctx_set_error(ctx, code);
	*done = code == KM_ERROR_KEY_REQUIRES_UPGRADE ?
		km_key_renew(ctx, key->ref, &key->used, key->params) :
		km_key_reload(ctx, key->ref, &key->used);
	return *done;
}

/* Is the call worth repeating? If not, the code that the caller is to see is the first. */
static bool mend(struct km_ctx *ctx, struct named keys[KEYS], bool begins)
{
	int code = km_last_error(ctx);
	bool mended = false;
	size_t i;

	if (code == KM_ERROR_TOO_MANY_OPERATIONS)
		return begins && km_use_prune(ctx);
	if (code != KM_ERROR_KEY_REQUIRES_UPGRADE && code != KM_ERROR_INVALID_KEY_BLOB)
		return false;
	for (i = 0; i < KEYS && !mended; i++)
		mended = mend_key(ctx, &keys[i], code);
	km_ctx_set_error(ctx, code);
	return mended;
}

/*
 * Three refusals are not the last word. A stored key that is older than the system is
 * upgraded, and the call made once more; one that another program has upgraded is read
 * again. With too many operations open, the ones of this context that were not used for
 * the longest time make room.
 */
static int run_and_mend(struct km_ctx *ctx, int fd, const struct km_command *c)
{
	const struct km_signer *by = &c->signer;
	struct named keys[KEYS] = {
		{ .ref = c->key, .params = c->params, .blob = c->blob,
		  .blob_len = c->blob_len, .serial = c->serial },
		{ .ref = by->key, .params = by->params, .blob = by->blob,
		  .blob_len = by->blob_len, .serial = by->serial },
	};
	size_t i;
	int ret;

	do {
		for (i = 0; i < KEYS; i++)
			if (keys[i].ref)
				name_key(ctx, &keys[i]);
		ret = run(ctx, fd, c);
	} while (ret && mend(ctx, keys, c->begins));
	return ret;
}

static int put_wire(struct km_wire *wire, const struct km_params *params, __u64 *data,
		    __u32 *len)
{
	int ret = km_wire_init(wire, params);

	if (!ret && data) {
		*data = km_ptr(wire->data);
		*len = (__u32)wire->len;
	}
	return ret;
}

int km_run(struct km_ctx *ctx, int fd, const struct km_command *c)
{
	const struct km_signer *by = &c->signer;
	struct km_wire wire, of_signer;
	int ret;

	/* What fails before the kernel is asked must not leave an older code behind. */
	km_ctx_set_error(ctx, KM_ERROR_OK);
	if ((c->key && c->key->len > UINT32_MAX) || (by->key && by->key->len > UINT32_MAX))
		return -EINVAL;
	ret = put_wire(&wire, c->params, c->wire, c->wire_len);
	if (ret)
		goto out;
	ret = put_wire(&of_signer, by->params, by->wire, by->wire_len);
	if (!ret)
		ret = run_and_mend(ctx, fd, c);
	km_wire_release(&of_signer);
out:
	km_wire_release(&wire);
	return ret;
}
