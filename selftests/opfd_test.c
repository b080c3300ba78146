// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations as file descriptors: life, death, sharing, races, quotas.
 * And what stands before any operation: who may load the root key, and how often.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "abi.h"
#include <kselftest_harness.h>

#define ROOM	2048u
#define ROUNDS	400

struct key {
	uint8_t blob[ROOM];
	uint32_t len;
};

static int begin(int dev, const struct key *key, uint32_t purpose, const struct abi_set *use,
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
static int update(int fd, const void *in, uint32_t len, void *out, uint32_t *n, int32_t *code)
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

static int finish(int fd, const void *in, uint32_t len, void *out, uint32_t *n, int32_t *code)
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

static int end_by_abort(int fd, int32_t *code)
{
	struct km_abort arg = { .size = sizeof(arg) };
	int err = abi_ioctl(fd, KM_IOC_ABORT, &arg);

	*code = arg.error;
	return err;
}

/* The whole in one call, to compare with. */
static int operate(int dev, const struct key *key, uint32_t purpose, const struct abi_set *use,
		   const void *in, uint32_t len, void *out, uint32_t *n)
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

static uint32_t operations(int dev)
{
	struct km_info info;

	return abi_info(dev, &info) ? ~0u : info.operations;
}

/* --- before and while the root key is loaded ------------------------------------ */

FIXTURE(fresh)
{
	int dev;
};

FIXTURE_SETUP(fresh)
{
	if (!access(ABI_DEVICE, F_OK)) {
		ASSERT_EQ(0, abi_unload_module());
	}
	ASSERT_EQ(0, abi_load_module());
	self->dev = abi_open();
	ASSERT_LE(0, self->dev);
}

FIXTURE_TEARDOWN(fresh)
{
	close(self->dev);
}

static uint32_t root_source(int dev)
{
	struct km_info info;

	return abi_info(dev, &info) ? ~0u : info.root_source;
}

TEST_F(fresh, nothing_works_without_root_key)
{
	static const uint8_t zero[KM_ROOT_CHECK_SIZE];
	struct km_get_characteristics show = { .size = sizeof(show) };
	struct km_import_key import = { .size = sizeof(import) };
	struct km_export_key export = { .size = sizeof(export) };
	struct key key = { .len = ROOM };
	struct abi_set set, use;
	struct km_begin arg;
	struct km_info info;
	uint8_t out[64];
	int32_t code = 0;
	uint32_t n;

	ASSERT_EQ(0, abi_info(self->dev, &info));
	EXPECT_EQ(KM_ROOT_NONE, info.root_source);
	EXPECT_EQ(0, memcmp(zero, info.root_check, sizeof(zero)));

	abi_describe_gcm(&set);
	abi_use_gcm(&use, NULL);
	EXPECT_EQ(ENOKEY, abi_generate(self->dev, &set, key.blob, &key.len, &code));
	EXPECT_EQ(KM_ERROR_KEYMASTER_NOT_CONFIGURED, code);

	import.params = ABI_PTR(set.wire);
	import.params_len = set.len;
	import.data = ABI_PTR(out);
	import.data_len = 32;
	import.key_format = KM_KEY_FORMAT_RAW;
	import.blob = ABI_PTR(key.blob);
	import.blob_len = ROOM;
	EXPECT_EQ(ENOKEY, abi_ioctl(self->dev, KM_IOC_IMPORT_KEY, &import));
	EXPECT_EQ(KM_ERROR_KEYMASTER_NOT_CONFIGURED, import.error);

	key.len = 300; /* of nothing in particular */
	EXPECT_EQ(ENOKEY, begin(self->dev, &key, KM_PURPOSE_ENCRYPT, &use, &arg));
	EXPECT_EQ(KM_ERROR_KEYMASTER_NOT_CONFIGURED, arg.error);
	n = sizeof(out);
	EXPECT_EQ(ENOKEY, operate(self->dev, &key, KM_PURPOSE_ENCRYPT, &use, "x", 1, out, &n));
	show.blob = ABI_PTR(key.blob);
	show.blob_len = key.len;
	EXPECT_EQ(ENOKEY, abi_ioctl(self->dev, KM_IOC_GET_KEY_CHARACTERISTICS, &show));
	EXPECT_EQ(KM_ERROR_KEYMASTER_NOT_CONFIGURED, show.error);
	export.blob = ABI_PTR(key.blob);
	export.blob_len = key.len;
	export.key_format = KM_KEY_FORMAT_X509;
	EXPECT_EQ(ENOKEY, abi_ioctl(self->dev, KM_IOC_EXPORT_KEY, &export));
	EXPECT_EQ(KM_ERROR_KEYMASTER_NOT_CONFIGURED, export.error);
}

static int other_fd_as(uid_t uid)
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

/* In a child, because the rights do not come back. */
static int load_in_child(int dev, uid_t uid, int flags)
{
	pid_t child = fork();
	int status, own;

	if (!child) {
		if ((flags && unshare(flags)) || abi_become(uid))
			_exit(255);
		own = dev >= 0 ? dev : abi_open();
		_exit(abi_root_key(own, KM_ROOT_EPHEMERAL, NULL, 0, NULL));
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(fresh, only_the_administrator_loads_the_root_key)
{
	int lent;

	EXPECT_EQ(EPERM, load_in_child(-1, ABI_USER, 0));
	EXPECT_EQ(EPERM, load_in_child(self->dev, ABI_USER, 0)); /* a lent file is no rank */
	EXPECT_EQ(EPERM, load_in_child(-1, 0, CLONE_NEWUSER));
	EXPECT_EQ(EPERM, load_in_child(self->dev, 0, CLONE_NEWUSER));
	lent = other_fd_as(ABI_USER);
	ASSERT_LE(0, lent);
	EXPECT_EQ(EPERM, abi_root_key(lent, KM_ROOT_EPHEMERAL, NULL, 0, NULL));
	EXPECT_EQ(KM_ROOT_NONE, root_source(self->dev));
	close(lent);
	EXPECT_EQ(0, load_in_child(self->dev, 0, 0));
	EXPECT_EQ(KM_ROOT_EPHEMERAL, root_source(self->dev));
}

TEST_F(fresh, root_key_arguments)
{
	static const uint32_t sources[] = { KM_ROOT_NONE, KM_ROOT_EPHEMERAL + 1, 0xffffffff };
	static const uint32_t lengths[] = { 0, 1, 16, 31, 33, 64, 0x80000000, 0xffffffff };
	struct km_load_root_key arg = { .size = sizeof(arg) };
	static const uint8_t key[64] = { 1, 2, 3 };
	struct km_info info;
	unsigned int i;
	uint8_t *page;

	for (i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		EXPECT_EQ(EINVAL, abi_root_key(self->dev, sources[i], NULL, 0, NULL));
		EXPECT_EQ(EINVAL, abi_root_key(self->dev, sources[i], key, 32, NULL));
	}
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		EXPECT_EQ(EINVAL, abi_root_key(self->dev, KM_ROOT_BYTES, key, lengths[i], NULL));
	EXPECT_EQ(EINVAL, abi_root_key(self->dev, KM_ROOT_EPHEMERAL, key, 0, NULL));
	EXPECT_EQ(EINVAL, abi_root_key(self->dev, KM_ROOT_EPHEMERAL, key, 32, NULL));

	arg.source = KM_ROOT_EPHEMERAL;
	arg.serial = 1;
	EXPECT_EQ(EINVAL, abi_ioctl(self->dev, KM_IOC_LOAD_ROOT_KEY, &arg));
	arg.source = KM_ROOT_KEYRING;
	arg.serial = 0x7fffffff;
	EXPECT_EQ(ENOKEY, abi_ioctl(self->dev, KM_IOC_LOAD_ROOT_KEY, &arg));
	arg.key = ABI_PTR(key);
	EXPECT_EQ(EINVAL, abi_ioctl(self->dev, KM_IOC_LOAD_ROOT_KEY, &arg));

	EXPECT_EQ(EFAULT, abi_root_key(self->dev, KM_ROOT_BYTES, NULL, 32, NULL));
	EXPECT_EQ(EFAULT, abi_root_key(self->dev, KM_ROOT_BYTES, (void *)0x10, 32, NULL));
	EXPECT_EQ(EFAULT, abi_root_key(self->dev, KM_ROOT_BYTES, (void *)~0UL, 32, NULL));
	page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, page);
	ASSERT_EQ(0, munmap(page + 4096, 4096));
	EXPECT_EQ(EFAULT, abi_root_key(self->dev, KM_ROOT_BYTES, page + 4096 - 31, 32, NULL));
	EXPECT_EQ(KM_ROOT_NONE, root_source(self->dev));

	arg = (struct km_load_root_key){
		.size = sizeof(arg), .source = KM_ROOT_BYTES, .key = ABI_PTR(key), .key_len = 32,
	};
	memset(arg.root_check, ABI_FILL, sizeof(arg.root_check));
	EXPECT_EQ(0, abi_ioctl(self->dev, KM_IOC_LOAD_ROOT_KEY, &arg));
	ASSERT_EQ(0, abi_info(self->dev, &info));
	EXPECT_EQ(KM_ROOT_BYTES, info.root_source);
	EXPECT_EQ(0, memcmp(info.root_check, arg.root_check, sizeof(arg.root_check)));
	EXPECT_NE(0, memcmp(info.root_check, key, sizeof(arg.root_check)));
}

TEST_F(fresh, second_root_key_is_refused)
{
	static const uint8_t key[32] = { 5 }, other[32] = { 6 };
	struct km_info first, second;
	int32_t code;

	ASSERT_EQ(0, abi_root_key(self->dev, KM_ROOT_BYTES, key, 32, &code));
	ASSERT_EQ(0, abi_info(self->dev, &first));
	EXPECT_EQ(EEXIST, abi_root_key(self->dev, KM_ROOT_BYTES, other, 32, &code));
	EXPECT_EQ(KM_ERROR_ROOT_OF_TRUST_ALREADY_SET, code);
	EXPECT_EQ(EEXIST, abi_root_key(self->dev, KM_ROOT_BYTES, key, 32, &code));
	EXPECT_EQ(KM_ERROR_ROOT_OF_TRUST_ALREADY_SET, code);
	EXPECT_EQ(EEXIST, abi_root_key(self->dev, KM_ROOT_EPHEMERAL, NULL, 0, &code));
	EXPECT_EQ(KM_ERROR_ROOT_OF_TRUST_ALREADY_SET, code);
	ASSERT_EQ(0, abi_info(self->dev, &second));
	EXPECT_EQ(0, memcmp(&first, &second, sizeof(first)));
}

/* --- operations -------------------------------------------------------------------- */

static const uint8_t nonce[12] = "twelve bytes";

FIXTURE(op)
{
	int dev, fd;
	struct key gcm, hmac;
	struct abi_set use_gcm, use_hmac;
	uint8_t text[150], want[166], out[4096];
};

FIXTURE_SETUP(op)
{
	struct rlimit files = { 65536, 65536 };
	struct abi_set set;
	struct km_begin arg;
	uint32_t n;

	ASSERT_EQ(0, abi_ready());
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
	self->dev = abi_open();
	ASSERT_LE(0, self->dev);
	self->gcm.len = ROOM;
	self->hmac.len = ROOM;
	abi_describe_gcm(&set);
	ASSERT_EQ(0, abi_generate(self->dev, &set, self->gcm.blob, &self->gcm.len, NULL));
	abi_describe_hmac(&set);
	ASSERT_EQ(0, abi_generate(self->dev, &set, self->hmac.blob, &self->hmac.len, NULL));
	abi_use_gcm(&self->use_gcm, nonce);
	abi_use_hmac(&self->use_hmac, KM_PURPOSE_SIGN);
	memset(self->text, 'k', sizeof(self->text));
	n = sizeof(self->want);
	ASSERT_EQ(0, operate(self->dev, &self->gcm, KM_PURPOSE_ENCRYPT, &self->use_gcm,
			     self->text, sizeof(self->text), self->want, &n));
	ASSERT_EQ(sizeof(self->want), n);
	ASSERT_EQ(0, begin(self->dev, &self->gcm, KM_PURPOSE_ENCRYPT, &self->use_gcm, &arg));
	self->fd = arg.fd;
}

FIXTURE_TEARDOWN(op)
{
	close(self->fd);
	close(self->dev);
}

/* The operation of the fixture ends with the right result, @done bytes being in. */
#define EXPECT_WHOLE(fd, done) do { \
	uint32_t n_ = sizeof(self->out); \
	EXPECT_EQ(0, finish(fd, self->text + (done), sizeof(self->text) - (done), \
			    self->out, &n_, NULL)); \
	EXPECT_EQ(0, memcmp(self->want + sizeof(self->want) - n_, self->out, n_)); \
	EXPECT_LE(16, (int)n_); \
} while (0)

#define EXPECT_DEAD(fd) do { \
	int32_t code_; \
	uint32_t n_ = sizeof(self->out); \
	EXPECT_EQ(EBADFD, update(fd, self->text, 1, self->out, &n_, &code_)); \
	EXPECT_EQ(KM_ERROR_INVALID_OPERATION_HANDLE, code_); \
	n_ = sizeof(self->out); \
	EXPECT_EQ(EBADFD, finish(fd, NULL, 0, self->out, &n_, &code_)); \
	EXPECT_EQ(KM_ERROR_INVALID_OPERATION_HANDLE, code_); \
	EXPECT_EQ(EBADFD, end_by_abort(fd, &code_)); \
	EXPECT_EQ(KM_ERROR_INVALID_OPERATION_HANDLE, code_); \
} while (0)

TEST_F(op, finish_ends_it)
{
	EXPECT_EQ(1, operations(self->dev));
	EXPECT_WHOLE(self->fd, 0);
	EXPECT_DEAD(self->fd);
	EXPECT_EQ(0, operations(self->dev));
}

TEST_F(op, abort_ends_it)
{
	int32_t code = 77;

	EXPECT_EQ(0, end_by_abort(self->fd, &code));
	EXPECT_EQ(KM_ERROR_OK, code);
	EXPECT_DEAD(self->fd);
	EXPECT_EQ(0, operations(self->dev));
}

TEST_F(op, close_aborts_it)
{
	EXPECT_EQ(1, operations(self->dev));
	close(self->fd);
	EXPECT_EQ(0, operations(self->dev));
	self->fd = -1;
}

TEST_F(op, keymaster_error_ends_it)
{
	struct km_update arg = { .size = sizeof(arg), .output = ABI_PTR(self->out) };
	uint32_t n = sizeof(self->out);

	/* Associated data after data: INVALID_TAG. */
	struct abi_set late;

	ASSERT_EQ(0, update(self->fd, self->text, 1, self->out, &n, NULL));
	abi_set_start(&late);
	abi_set_bytes(&late, KM_TAG_ASSOCIATED_DATA, "late", 4);
	abi_set_end(&late);
	arg.params = ABI_PTR(late.wire);
	arg.params_len = late.len;
	arg.output_len = sizeof(self->out);
	EXPECT_EQ(EINVAL, abi_ioctl(self->fd, KM_IOC_UPDATE, &arg));
	EXPECT_EQ(KM_ERROR_INVALID_TAG, arg.error);
	EXPECT_DEAD(self->fd);
	EXPECT_EQ(0, operations(self->dev));
}

TEST_F(op, faults_of_the_call_leave_it)
{
	struct km_update bad = { .size = sizeof(bad), .flags = 1 };
	uint32_t n, done, got = 0;

	EXPECT_EQ(EINVAL, abi_ioctl(self->fd, KM_IOC_UPDATE, &bad));
	bad.flags = 0;
	bad.size = 65536;
	EXPECT_EQ(E2BIG, abi_ioctl(self->fd, KM_IOC_UPDATE, &bad));
	EXPECT_EQ(EFAULT, abi_ioctl(self->fd, KM_IOC_UPDATE, NULL));
	n = sizeof(self->out);
	EXPECT_EQ(EFAULT, update(self->fd, (void *)0x10, 8, self->out, &n, NULL));
	n = sizeof(self->out);
	EXPECT_EQ(EFAULT, finish(self->fd, (void *)0x10, 8, self->out, &n, NULL));
	n = sizeof(self->out);
	EXPECT_EQ(EINVAL, finish(self->fd, self->text, KM_INPUT_MAX + 1, self->out, &n, NULL));
	EXPECT_EQ(ENOTTY, abi_ioctl(self->fd, KM_IOC_BEGIN, &bad));
	/* Too little room at each step; then on as if nothing had been. */
	for (done = 0; done < 120; done += 40) {
		n = 0;
		EXPECT_EQ(EMSGSIZE, update(self->fd, self->text, 40, self->out, &n, NULL));
		EXPECT_NE(0, (int)n);
		EXPECT_EQ(0, update(self->fd, self->text, 40, self->out, &n, NULL));
		EXPECT_EQ(0, memcmp(self->want + got, self->out, n));
		got += n;
	}
	n = 0;
	EXPECT_EQ(EMSGSIZE, finish(self->fd, self->text, 30, self->out, &n, NULL));
	n--;
	EXPECT_EQ(EMSGSIZE, finish(self->fd, self->text, 30, self->out, &n, NULL));
	EXPECT_WHOLE(self->fd, 120);
}

TEST_F(op, fault_at_the_output_ends_it)
{
	uint32_t n = 64;

	EXPECT_EQ(EFAULT, update(self->fd, self->text, 64, (void *)0x10, &n, NULL));
	EXPECT_DEAD(self->fd);
}

TEST_F(op, is_close_on_exec_and_nothing_but_an_operation)
{
	char byte = 0;

	EXPECT_EQ(FD_CLOEXEC, fcntl(self->fd, F_GETFD));
	EXPECT_EQ(-1, read(self->fd, &byte, 1));
	EXPECT_EQ(-1, write(self->fd, &byte, 1));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, self->fd, 0));
	EXPECT_EQ(-1, read(self->dev, &byte, 1));
	EXPECT_EQ(-1, write(self->dev, &byte, 1));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, self->dev, 0));
	EXPECT_WHOLE(self->fd, 0);
}

TEST_F(op, dup_is_the_same_operation)
{
	int copy = dup(self->fd);

	ASSERT_LE(0, copy);
	close(self->fd);
	self->fd = copy;
	EXPECT_EQ(1, operations(self->dev));
	EXPECT_WHOLE(copy, 0);
}

TEST_F(op, outlives_the_device_file)
{
	close(self->dev);
	EXPECT_WHOLE(self->fd, 0);
	self->dev = abi_open();
}

TEST_F(op, holds_the_module)
{
	close(self->dev);
	EXPECT_NE(0, abi_unload_module());
	EXPECT_WHOLE(self->fd, 0);
	self->dev = abi_open();
	ASSERT_LE(0, self->dev);
}

/* A child's close is not the last; its work is on the same operation. */
TEST_F(op, fork_shares_it)
{
	uint32_t n = sizeof(self->out);
	int status;
	pid_t child;

	child = fork();
	if (!child) {
		close(self->dev);
		_exit(update(self->fd, self->text, 48, self->out, &n, NULL));
	}
	waitpid(child, &status, 0);
	EXPECT_EQ(0, status);
	EXPECT_EQ(1, operations(self->dev));
	EXPECT_WHOLE(self->fd, 48);
}

/* Handed to another user it still works, and still counts for the first. */
TEST_F(op, works_for_whom_it_is_given_to)
{
	int status;
	pid_t child;

	child = fork();
	if (!child) {
		uint32_t n = sizeof(self->out);
		int own;

		if (abi_become(ABI_OTHER_USER))
			_exit(1);
		own = abi_open();
		if (own < 0 || operations(own))
			_exit(2);
		if (finish(self->fd, self->text, sizeof(self->text), self->out, &n, NULL))
			_exit(3);
		_exit(n != sizeof(self->want) || memcmp(self->want, self->out, n) ? 4 : 0);
	}
	waitpid(child, &status, 0);
	EXPECT_EQ(0, status);
	EXPECT_DEAD(self->fd);
}

TEST_F(op, handles_never_repeat)
{
	static uint64_t seen[500];
	struct km_begin arg;
	int i, j, near = 0;

	for (i = 0; i < 500; i++) {
		ASSERT_EQ(0, begin(self->dev, &self->gcm, KM_PURPOSE_ENCRYPT, &self->use_gcm, &arg));
		close(arg.fd);
		seen[i] = arg.handle;
		ASSERT_NE(0, (int64_t)arg.handle);
		for (j = 0; j < i; j++) {
			ASSERT_NE((int64_t)seen[j], (int64_t)arg.handle);
			near += seen[j] >> 32 == arg.handle >> 32;
		}
	}
	/* Not a count either: even two that are so close are a rare sight. */
	EXPECT_GE(3, near);
}

/* --- many at once ------------------------------------------------------------------- */

struct feeder {
	int fd, failed;
	pthread_barrier_t *together;
};

/* Pieces long enough for two to meet. */
static void *feed(void *data)
{
	static const uint8_t piece[4096];
	struct feeder *feeder = data;
	int i;

	if (feeder->together)
		pthread_barrier_wait(feeder->together);
	for (i = 0; i < ROUNDS; i++)
		feeder->failed |= update(feeder->fd, piece, sizeof(piece), NULL, NULL, NULL);
	return NULL;
}

/* The order of equal bytes does not matter: none is lost, none counted twice. */
TEST_F(op, two_threads_feed_one)
{
	struct feeder feeder = {};
	pthread_barrier_t together;
	uint8_t mac[2][32] = {};
	pthread_t threads[2];
	struct km_begin arg;
	uint32_t n;
	int i, j;

	ASSERT_EQ(0, pthread_barrier_init(&together, NULL, 2));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, begin(self->dev, &self->hmac, KM_PURPOSE_SIGN, &self->use_hmac, &arg));
		feeder.fd = arg.fd;
		feeder.together = i ? &together : NULL;
		for (j = 0; j < 2; j++) {
			if (i) {
				ASSERT_EQ(0, pthread_create(&threads[j], NULL, feed, &feeder));
			} else {
				feed(&feeder);
			}
		}
		for (j = 0; i && j < 2; j++)
			pthread_join(threads[j], NULL);
		EXPECT_EQ(0, feeder.failed);
		n = sizeof(mac[i]);
		EXPECT_EQ(0, finish(arg.fd, NULL, 0, mac[i], &n, NULL));
		close(arg.fd);
	}
	EXPECT_EQ(0, memcmp(mac[0], mac[1], sizeof(mac[0])));
}

static void *feed_until_dead(void *data)
{
	struct feeder *feeder = data;
	int err;

	do {
		err = update(feeder->fd, "x", 1, NULL, NULL, NULL);
	} while (!err);
	feeder->failed = err;
	return NULL;
}

/* Abort, finish and close against running updates: the end is EBADFD or EBADF. */
TEST_F(op, ends_while_another_thread_feeds)
{
	struct feeder feeder;
	pthread_t thread;
	struct km_begin arg;
	uint8_t mac[32];
	int32_t code;
	uint32_t n;
	int i;

	for (i = 0; i < 60; i++) {
		ASSERT_EQ(0, begin(self->dev, &self->hmac, KM_PURPOSE_SIGN, &self->use_hmac, &arg));
		feeder = (struct feeder){ .fd = arg.fd };
		ASSERT_EQ(0, pthread_create(&thread, NULL, feed_until_dead, &feeder));
		if (i % 4 == 3)
			usleep(500);
		n = sizeof(mac);
		if (i % 3 == 0) {
			EXPECT_EQ(0, end_by_abort(arg.fd, &code));
		} else if (i % 3 == 1) {
			EXPECT_EQ(0, finish(arg.fd, NULL, 0, mac, &n, NULL));
		} else {
			close(arg.fd);
		}
		pthread_join(thread, NULL);
		EXPECT_EQ(i % 3 == 2 ? EBADF : EBADFD, feeder.failed);
		if (i % 3 != 2)
			close(arg.fd);
	}
	EXPECT_EQ(1, operations(self->dev));
}

struct oneshot {
	int dev, bad;
	const struct key *key;
	const struct abi_set *use;
	uint8_t fill;
};

/* Each thread its own bytes: whose buffer is whose must never be mixed up. */
static void *encrypt_often(void *data)
{
	uint8_t text[3000], first[3016], out[3016];
	struct oneshot *o = data;
	uint32_t n;
	int i;

	memset(text, o->fill, sizeof(text));
	for (i = 0; i < ROUNDS && !o->bad; i++) {
		n = sizeof(out);
		o->bad |= operate(o->dev, o->key, KM_PURPOSE_ENCRYPT, o->use, text, sizeof(text),
				  i ? out : first, &n);
		o->bad |= n != sizeof(out) || (i && memcmp(first, out, sizeof(out)));
	}
	/* The same nonce and key: the difference of the ciphertexts is that of the texts. */
	memcpy(out, first, sizeof(out));
	n = sizeof(out);
	memset(text, 0, sizeof(text));
	o->bad |= operate(o->dev, o->key, KM_PURPOSE_ENCRYPT, o->use, text, sizeof(text), out, &n);
	for (i = 0; i < (int)sizeof(text); i++)
		o->bad |= (out[i] ^ first[i]) != o->fill;
	return NULL;
}

TEST_F(op, four_threads_share_one_device_file)
{
	struct oneshot o[4];
	pthread_t threads[4];
	int i;

	for (i = 0; i < 4; i++) {
		o[i] = (struct oneshot){
			.dev = self->dev, .key = &self->gcm, .use = &self->use_gcm, .fill = i + 1,
		};
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, encrypt_often, &o[i]));
	}
	for (i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		EXPECT_EQ(0, o[i].bad);
	}
}

/* One user's limit is that user's alone. */
TEST_F(op, quota)
{
	int i, err, fds, other, mine = other_fd_as(ABI_USER);
	struct km_info info;
	struct key key = { .len = ROOM };
	struct key others = { .len = ROOM };
	struct abi_set set;
	struct km_begin arg;
	static int fd[65536];
	uint32_t n;

	ASSERT_LE(0, mine);
	other = other_fd_as(ABI_OTHER_USER);
	ASSERT_LE(0, other);
	abi_describe_gcm(&set);
	ASSERT_EQ(0, abi_generate(mine, &set, key.blob, &key.len, NULL));
	ASSERT_EQ(0, abi_generate(other, &set, others.blob, &others.len, NULL));
	ASSERT_EQ(0, abi_info(mine, &info));
	ASSERT_EQ(0, info.operations);
	for (fds = 0; fds < 60000; fds++) {
		err = begin(mine, &key, KM_PURPOSE_ENCRYPT, &self->use_gcm, &arg);
		if (err)
			break;
		fd[fds] = arg.fd;
		if (fds % 64 == 0) {
			EXPECT_EQ((uint32_t)fds + 1, operations(mine));
		}
	}
	EXPECT_EQ(info.operations_max, (uint32_t)fds);
	EXPECT_EQ(EDQUOT, err);
	EXPECT_EQ(KM_ERROR_TOO_MANY_OPERATIONS, arg.error);
	EXPECT_EQ(-1, arg.fd);
	EXPECT_EQ(info.operations_max, operations(mine));
	/* a second file of the same user has the same limit */
	i = other_fd_as(ABI_USER);
	EXPECT_EQ(EDQUOT, begin(i, &key, KM_PURPOSE_ENCRYPT, &self->use_gcm, &arg));
	close(i);

	EXPECT_EQ(0, operations(other));
	EXPECT_EQ(0, begin(other, &others, KM_PURPOSE_ENCRYPT, &self->use_gcm, &arg));
	EXPECT_EQ(1, operations(other));
	close(arg.fd);

	n = sizeof(self->out);
	EXPECT_EQ(0, finish(fd[0], self->text, 10, self->out, &n, NULL));
	EXPECT_EQ(0, begin(mine, &key, KM_PURPOSE_ENCRYPT, &self->use_gcm, &arg));
	EXPECT_EQ(EDQUOT, begin(mine, &key, KM_PURPOSE_ENCRYPT, &self->use_gcm, &arg));
	for (i = 0; i < fds; i++)
		close(fd[i]);
	EXPECT_EQ(1, operations(mine));
	EXPECT_EQ(1, operations(self->dev)); /* the fixture's, of root */
}

TEST_HARNESS_MAIN
