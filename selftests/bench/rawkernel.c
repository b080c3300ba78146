// SPDX-License-Identifier: GPL-2.0-only
/*
 * The peer "raw": kernel crypto with nothing around it, timed inside the kernel.
 * Called by main.c; the work itself is done by kmbench.c behind /dev/kmbench.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bench.h"
#include "kmbench.h"

struct raw {
	int fd;
	uint32_t work;
	uint32_t size;
};

static int raw_batch(void *arg, unsigned int loops, uint64_t *ns)
{
	const struct raw *raw = arg;
	struct kmbench_run run = {
		.work = raw->work, .size = raw->size, .loops = loops,
	};

	if (ioctl(raw->fd, KMBENCH_IOC_RUN, &run))
		return -errno;
	*ns = run.ns;
	return 0;
}

static void raw_close(void *arg)
{
	struct raw *raw = arg;

	close(raw->fd);
	free(raw);
}

/* getppid does nothing, but cannot be answered without entering the kernel. */
static int getppid_once(void *arg)
{
	(void)arg;
	return getppid() >= 0 ? 0 : -EIO;
}

static int raw_work(enum bench_kind kind)
{
	switch (kind) {
	case GCM_ENC:
		return KMBENCH_GCM_ENC;
	case GCM_DEC:
		return KMBENCH_GCM_DEC;
	case GCM_ENC_BLOB:
		return KMBENCH_GCM_REKEY;
	case HMAC_SIGN:
		return KMBENCH_HMAC;
	case ECDSA_SIGN:
		return KMBENCH_EC_MULT;
	case ECDSA_VERIFY:
		return KMBENCH_EC_MULT2;
	case EC_KEYGEN:
		return KMBENCH_EC_PUBKEY;
	default:
		return -ENOENT;
	}
}

int raw_setup(const struct bench_work *work, struct bench_op *op)
{
	int kind = raw_work(work->kind);
	struct raw *raw;

	if (work->kind == EMPTY_CALL) {
		*op = (struct bench_op){ .once = getppid_once };
		return 0;
	}
	if (kind < 0)
		return kind;
	raw = calloc(1, sizeof(*raw));
	if (!raw)
		return -ENOMEM;
	raw->work = (uint32_t)kind;
	raw->size = (uint32_t)work->size;
	raw->fd = open("/dev/kmbench", O_RDWR | O_CLOEXEC);
	if (raw->fd < 0) {
		int err = errno;

		free(raw);
		/* Not "no such work": the module is missing. */
		return err == ENOENT ? -ENODEV : -err;
	}
	*op = (struct bench_op){ .batch = raw_batch, .close = raw_close, .arg = raw };
	return 0;
}
