// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The context: the open device, fork and threads, and the exact error code.
 * Every command passes through km_ctx_ioctl(); command.c is right above.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib_private.h"

#define KM_DEVICE	"/dev/keymaster"

/**
 * struct km_ctx - an open key manager
 * @owner: process that opened the device (high half) and its fd (low half). One
 *	word, so that a fork is noticed and the fd replaced without a lock, which
 *	the child could inherit locked.
 * @error: slot that holds the latest Keymaster code of each thread
 * @shared: its operations and stored keys
 * @path: the device, for opening it again
 */
struct km_ctx {
	_Atomic uint64_t owner;
	pthread_key_t error;
	struct km_shared shared;
	char path[];
};

static uint64_t owner_word(int fd)
{
	return (uint64_t)(uint32_t)getpid() << 32 | (uint32_t)fd;
}

static int open_device(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

LIBEXPORT int km_open(struct km_ctx **ctx, const char *path, unsigned int flags)
{
	struct km_ctx *c;
	int fd, ret;

	*ctx = NULL;
	if (flags)
		return -EINVAL;
	if (!path)
		path = KM_DEVICE;
	c = malloc(sizeof(*c) + strlen(path) + 1);
	if (!c)
		return -ENOMEM;
	memset(c, 0, sizeof(*c));
	strcpy(c->path, path);
	ret = -pthread_key_create(&c->error, NULL);
	if (ret)
		goto err_free;
	fd = open_device(path);
	if (fd < 0) {
		ret = fd;
		goto err_key;
	}
	atomic_init(&c->owner, owner_word(fd));
	*ctx = c;
	return 0;

err_key:
	pthread_key_delete(c->error);
err_free:
	free(c);
	return ret;
}

LIBEXPORT void km_close(struct km_ctx *ctx)
{
	if (!ctx)
		return;
	close((int)(uint32_t)atomic_load(&ctx->owner));
	pthread_key_delete(ctx->error);
	free(ctx);
}

/*
 * The descriptor to use in this process. The kernel takes keys and quotas from
 * whoever opened the file: a child that dropped its privileges must not go on
 * as its parent.
 */
int km_ctx_fd(struct km_ctx *ctx)
{
	uint64_t was = atomic_load(&ctx->owner);
	int fd;

	if (was >> 32 == (uint32_t)getpid())
		return (int)(uint32_t)was;
	fd = open_device(ctx->path);
	if (fd < 0)
		return fd;
	if (atomic_compare_exchange_strong(&ctx->owner, &was, owner_word(fd))) {
		close((int)(uint32_t)was);
		return fd;
	}
	/* Another thread of the child was first: @was is its word now. */
	close(fd);
	return (int)(uint32_t)was;
}

struct km_shared *km_ctx_shared(struct km_ctx *ctx)
{
	return &ctx->shared;
}

void km_ctx_set_error(struct km_ctx *ctx, int code)
{
	/* The value itself is kept in the slot: nothing to allocate or to free. */
	pthread_setspecific(ctx->error, (const void *)(intptr_t)code);
}

/* Every argument structure begins with size, flags and error. */
struct head {
	__u32 size;
	__u32 flags;
	__s32 error;
};

int km_ctx_ioctl(struct km_ctx *ctx, int fd, unsigned long command, void *arg)
{
	struct head *head = arg;
	int ret = 0;

	if (fd < 0) {
		km_ctx_set_error(ctx, KM_ERROR_OK);
		return fd;
	}
	head->error = KM_ERROR_OK;
	if (ioctl(fd, command, arg) < 0)
		ret = -errno;
	km_ctx_set_error(ctx, head->error);
	return ret;
}

LIBEXPORT int km_last_error(const struct km_ctx *ctx)
{
	return (int)(intptr_t)pthread_getspecific(ctx->error);
}
