/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls on operations, and the device as another user opened it, for the C tests.
 * On top of abi.h; each returns 0 or the errno of the ioctl.
 */
#ifndef SELFTESTS_OPFD_H
#define SELFTESTS_OPFD_H

#include <sys/socket.h>
#include <sys/wait.h>

#include "abi.h"

#define ROOM	2048u

struct key {
	uint8_t blob[ROOM];
	uint32_t len;
};

static inline int begin(int dev, const struct key *key, uint32_t purpose, const struct abi_set *use,
			struct km_begin *arg)
{
	static uint8_t out[ROOM];

	*arg = (struct km_begin){
		.size = sizeof(*arg),
		.purpose = purpose,
		.blob = ABI_PTR(key->blob),
		.blob_len = key->len,
		.params = ABI_PTR(use->wire),
		.params_len = use->len,
		.out_params = ABI_PTR(out),
		.out_params_len = sizeof(out),
		.fd = -1,
	};
	return abi_ioctl(dev, KM_IOC_BEGIN, arg);
}

/* One piece of input; the room in and the bytes out are *n. */
static inline int update(int fd, const void *in, uint32_t len, void *out, uint32_t *n,
			 int32_t *code)
{
	struct km_update arg = {
		.size = sizeof(arg),
		.input = ABI_PTR(in),
		.input_len = len,
		.output = ABI_PTR(out),
		.output_len = n ? *n : 0,
	};
	int err = abi_ioctl(fd, KM_IOC_UPDATE, &arg);

	if (n)
		*n = arg.output_len;
	if (code)
		*code = arg.error;
	return err;
}

static inline int finish(int fd, const void *in, uint32_t len, void *out, uint32_t *n,
			 int32_t *code)
{
	struct km_finish arg = {
		.size = sizeof(arg),
		.input = ABI_PTR(in),
		.input_len = len,
		.output = ABI_PTR(out),
		.output_len = n ? *n : 0,
	};
	int err = abi_ioctl(fd, KM_IOC_FINISH, &arg);

	if (n)
		*n = arg.output_len;
	if (code)
		*code = arg.error;
	return err;
}

static inline int end_by_abort(int fd, int32_t *code)
{
	struct km_abort arg = { .size = sizeof(arg) };
	int err = abi_ioctl(fd, KM_IOC_ABORT, &arg);

	*code = arg.error;
	return err;
}

/* The whole in one call, to compare with. */
static inline int operate(int dev, const struct key *key, uint32_t purpose,
			  const struct abi_set *use, const void *in, uint32_t len, void *out,
			  uint32_t *n)
{
	uint8_t params[ROOM];
	struct km_operate arg = {
		.size = sizeof(arg),
		.purpose = purpose,
		.blob = ABI_PTR(key->blob),
		.blob_len = key->len,
		.params = ABI_PTR(use->wire),
		.params_len = use->len,
		.out_params = ABI_PTR(params),
		.out_params_len = sizeof(params),
		.input = ABI_PTR(in),
		.input_len = len,
		.output = ABI_PTR(out),
		.output_len = *n,
	};
	int err = abi_ioctl(dev, KM_IOC_OPERATE, &arg);

	*n = arg.output_len;
	return err;
}

static inline uint32_t operations(int dev)
{
	struct km_info info;

	return abi_info(dev, &info) ? ~0u : info.operations;
}

/* The device as that user opened it: who opens the file is who owns its keys. */
static inline int other_fd_as(uid_t uid)
{
	int pair[2], fd = -1, status;
	struct msghdr msg = {};
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {};
	struct iovec one = { .iov_base = &status, .iov_len = 1 };
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair))
		return -1;
	msg.msg_iov = &one;
	msg.msg_iovlen = 1;
	msg.msg_control = &control;
	msg.msg_controllen = sizeof(control);
	child = fork();
	if (!child) {
		if (abi_become(uid))
			_exit(1);
		fd = abi_open();
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
		_exit(fd < 0 || sendmsg(pair[1], &msg, 0) != 1);
	}
	close(pair[1]);
	if (recvmsg(pair[0], &msg, 0) == 1 && msg.msg_controllen)
		memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
	close(pair[0]);
	waitpid(child, &status, 0);
	return fd;
}

#endif /* SELFTESTS_OPFD_H */
