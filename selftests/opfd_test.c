// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations as file descriptors: life, death, sharing, races, quotas.
 * abi_test.c has what can be wrong with each single call.
 * vm: -c 2
 * watched: every call of the interface
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "opfd.h"
#include <kselftest_harness.h>

#define ROUNDS	400

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

/* Nobody learns how much was put out: where the argument can be read and not written. */
TEST_F(op, fault_at_the_answer_ends_it)
{
	const size_t page = 4096;
	struct km_update *arg = mmap(NULL, page, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, (void *)arg);
	*arg = (struct km_update){
		.size = sizeof(*arg),
		.input = ABI_PTR(self->text),
		.input_len = 64,
		.output = ABI_PTR(self->out),
		.output_len = sizeof(self->out),
	};
	ASSERT_EQ(0, mprotect(arg, page, PROT_READ));
	EXPECT_EQ(EFAULT, abi_ioctl(self->fd, KM_IOC_UPDATE, arg));
	EXPECT_DEAD(self->fd);
	EXPECT_EQ(0, operations(self->dev));
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
		ASSERT_EQ(0, begin(self->dev, &self->gcm, KM_PURPOSE_ENCRYPT, &self->use_gcm,
				   &arg));
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
