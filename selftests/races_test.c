// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads and processes that are in each other's way: on one operation, over a key that
 * comes and goes, about the root key, at the end of the module and of a process.
 * Under Debian's kernel a few seconds of each; under lockdep and KCSAN by selftests/debug.
 * vm: -c 2
 * own boot: changes when the kernel collects keys
 */
#define _GNU_SOURCE
#include <linux/keyctl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>

#include "opfd.h"
#include <kselftest_harness.h>

#define FDS		4
#define SERIALS		4
/* Of keys: a new one takes the place of the one with its name. */
#define NAMES		12
#define THREADS		4
#define DATA		64
/* How long each race goes on; KM_RACE_SECONDS says otherwise. */
#define SECONDS		3
/* But not before more calls than that have succeeded; a slow machine has ever so much longer. */
#define ENOUGH		100
#define LONGER		100

static atomic_bool over, wrong;
static atomic_int fds[FDS], serials[SERIALS];
static atomic_uint done, refused;
static struct key gcm;
static struct abi_set use_gcm;
static uint8_t text[DATA], want[DATA + 16];
static const uint8_t nonce[12] = "twelve bytes";

static unsigned int draw(unsigned int *seed, unsigned int n)
{
	return rand_r(seed) % n;
}

static unsigned int race_seconds(void)
{
	const char *s = getenv("KM_RACE_SECONDS");

	return s ? atoi(s) : SECONDS;
}

/* Until the threads have had their time, and have done something in it. */
static void let_race(unsigned int seconds, const atomic_uint *did, unsigned int more_than)
{
	unsigned int waited;

	sleep(seconds);
	for (waited = 0; *did <= more_than && waited < LONGER * seconds; waited++)
		sleep(1);
	over = true;
}

/* Runs the threads for their time; each gets a seed of its own. */
static void race(void *(*const run[])(void *), int n)
{
	pthread_t threads[THREADS];
	int i;

	over = false;
	wrong = false;
	done = 0;
	refused = 0;
	for (i = 0; i < n; i++)
		pthread_create(&threads[i], NULL, run[i], (void *)(intptr_t)(i + 1));
	let_race(race_seconds(), &done, ENOUGH);
	for (i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
}

/* An outcome that is none of those that the race may have is wrong. */
static void judge(int err, const int *may)
{
	if (!err) {
		done++;
		return;
	}
	for (; *may; may++)
		if (*may == err) {
			refused++;
			return;
		}
	if (!atomic_exchange(&wrong, true))
		printf("# unexpected: %s\n", strerror(err));
}

static int encrypt(int dev, const struct key *key, int serial)
{
	uint8_t out[DATA + 16], made[64];
	struct km_operate arg = {
		.size = sizeof(arg),
		.purpose = KM_PURPOSE_ENCRYPT,
		.blob = ABI_PTR(key ? key->blob : NULL),
		.blob_len = key ? key->len : 0,
		.serial = serial,
		.params = ABI_PTR(use_gcm.wire),
		.params_len = use_gcm.len,
		.out_params = ABI_PTR(made),
		.out_params_len = sizeof(made),
		.input = ABI_PTR(text),
		.input_len = sizeof(text),
		.output = ABI_PTR(out),
		.output_len = sizeof(out),
	};
	int err = abi_ioctl(dev, KM_IOC_OPERATE, &arg);

	if (!err && (arg.output_len != sizeof(want) || memcmp(out, want, sizeof(want)))) {
		printf("# wrong output\n");
		wrong = true;
	}
	return err;
}

FIXTURE(racing)
{
	int dev;
};

FIXTURE_SETUP(racing)
{
	struct abi_set set;
	uint32_t n = sizeof(want);

	setbuf(stdout, NULL);
	ASSERT_EQ(0, abi_ready());
	self->dev = abi_open();
	ASSERT_LE(0, self->dev);
	abi_describe_gcm(&set);
	abi_use_gcm(&use_gcm, nonce);
	gcm.len = ROOM;
	ASSERT_EQ(0, abi_generate(self->dev, &set, gcm.blob, &gcm.len, NULL));
	ASSERT_EQ(0, operate(self->dev, &gcm, KM_PURPOSE_ENCRYPT, &use_gcm, text, sizeof(text),
			     want, &n));
	ASSERT_EQ(sizeof(want), n);
}

FIXTURE_TEARDOWN(racing)
{
	close(self->dev);
}

/* --- one operation ------------------------------------------------------------ */

static void *feed(void *number)
{
	/* A number that was closed, and may be another operation's or the device's by now. */
	static const int may[] = { EBADF, EBADFD, ENOTTY, EDQUOT, 0 };
	unsigned int seed = (intptr_t)number, i;
	struct km_begin arg;
	int dev = abi_open(), fd, code;
	uint8_t out[DATA + 64];
	uint32_t n;

	while (!over) {
		i = draw(&seed, FDS);
		n = sizeof(out);
		switch (draw(&seed, 8)) {
		case 0:
		case 1:
			judge(begin(dev, &gcm, KM_PURPOSE_ENCRYPT, &use_gcm, &arg), may);
			fd = atomic_exchange(&fds[i], arg.fd);
			if (fd >= 0)
				close(fd);
			break;
		case 2:
			judge(finish(fds[i], text, DATA, out, &n, NULL), may);
			break;
		case 3:
			judge(end_by_abort(fds[i], &code), may);
			break;
		case 4:
			fd = atomic_exchange(&fds[i], -1);
			if (fd >= 0)
				close(fd);
			break;
		default:
			judge(update(fds[i], text, draw(&seed, DATA), out, &n, NULL), may);
		}
	}
	close(dev);
	return NULL;
}

TEST_F(racing, one_operation)
{
	static void *(*const run[])(void *) = { feed, feed, feed, feed };
	int i, fd;

	for (i = 0; i < FDS; i++)
		fds[i] = -1;
	race(run, ARRAY_SIZE(run));
	for (i = 0; i < FDS; i++) {
		fd = atomic_exchange(&fds[i], -1);
		if (fd >= 0)
			close(fd);
	}
	TH_LOG("%u calls, %u refused", done, refused);
	EXPECT_FALSE(wrong);
	EXPECT_LT(ENOUGH, (int)done);
	EXPECT_EQ(0, operations(self->dev));
}

/* --- a key that comes and goes -------------------------------------------------- */

static long keyctl(int operation, long a, long b)
{
	return syscall(SYS_keyctl, operation, a, b, 0, 0) < 0 ? errno : 0;
}

static void *load_keys(void *number)
{
	static const int may[] = { EDQUOT, EKEYREVOKED, 0 };
	unsigned int seed = (intptr_t)number;
	char name[16];
	int serial;

	while (!over) {
		snprintf(name, sizeof(name), "race:%u", draw(&seed, NAMES));
		serial = syscall(SYS_add_key, "keymaster", name, gcm.blob, (size_t)gcm.len,
				 KEY_SPEC_PROCESS_KEYRING);
		judge(serial < 0 ? errno : 0, may);
		if (serial > 0)
			serials[draw(&seed, SERIALS)] = serial;
		else
			usleep(500);
	}
	return NULL;
}

static void *use_keys(void *number)
{
	static const int may[] = { ENOKEY, EKEYREVOKED, EKEYEXPIRED, EACCES, EINVAL, 0 };
	unsigned int seed = (intptr_t)number;
	int dev = abi_open(), i, serial;

	while (!over) {
		serial = serials[draw(&seed, SERIALS)];
		/* Several in a row: from the second on, the open file remembers the key. */
		for (i = draw(&seed, 6); i && serial; i--)
			judge(encrypt(dev, NULL, serial), may);
	}
	close(dev);
	return NULL;
}

static void *end_keys(void *number)
{
	unsigned int seed = (intptr_t)number;
	int serial;

	while (!over) {
		usleep(draw(&seed, 3000));
		serial = serials[draw(&seed, SERIALS)];
		switch (draw(&seed, 4)) {
		case 0:
			keyctl(KEYCTL_REVOKE, serial, 0);
			break;
		case 1:
			keyctl(KEYCTL_INVALIDATE, serial, 0);
			break;
		case 2:
			keyctl(KEYCTL_UNLINK, serial, KEY_SPEC_PROCESS_KEYRING);
			break;
		default:
			keyctl(KEYCTL_SETPERM, serial, 0x3f3f0000 & ~(draw(&seed, 2) << 27));
		}
	}
	return NULL;
}

static int write_to(const char *file, const char *value)
{
	FILE *f = fopen(file, "w");

	if (!f || fputs(value, f) < 0)
		return -1;
	return fclose(f);
}

#define KEYS	"/proc/sys/kernel/keys/"

/*
 * As a user with room for hardly more than those, so that he waits for the collector, which
 * waits for nothing.
 */
TEST_F(racing, keys_that_come_and_go)
{
	static void *(*const run[])(void *) = { load_keys, use_keys, use_keys, end_keys };

	ASSERT_EQ(0, write_to(KEYS "maxkeys", "16"));
	ASSERT_EQ(0, write_to(KEYS "gc_delay", "0"));
	ASSERT_EQ(0, abi_become(ABI_USER));
	/* Made before the threads are, or each of them would make its own. */
	ASSERT_LT(0, syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 1));
	close(self->dev);
	self->dev = abi_open();
	/* Its own key, as a blob opens for its owner alone. */
	gcm.len = ROOM;
	{
		struct abi_set set;
		uint32_t n = sizeof(want);

		abi_describe_gcm(&set);
		ASSERT_EQ(0, abi_generate(self->dev, &set, gcm.blob, &gcm.len, NULL));
		ASSERT_EQ(0, operate(self->dev, &gcm, KM_PURPOSE_ENCRYPT, &use_gcm, text,
				     sizeof(text), want, &n));
	}
	race(run, ARRAY_SIZE(run));
	TH_LOG("%u calls, %u refused", done, refused);
	EXPECT_FALSE(wrong);
	EXPECT_LT(ENOUGH, (int)done);
	EXPECT_LT(0, (int)refused);
}

/* --- the root key ------------------------------------------------------------------ */

static atomic_int loaded;

static void *load_root(void *unused __attribute__((unused)))
{
	static const int may[] = { EEXIST, 0 };
	int dev = abi_open(), err;

	while (!over) {
		err = abi_root_key(dev, KM_ROOT_EPHEMERAL, NULL, 0, NULL);
		judge(err, may);
		loaded += !err;
	}
	close(dev);
	return NULL;
}

static void *make_and_use(void *unused __attribute__((unused)))
{
	static const int may[] = { ENOKEY, 0 };
	struct key key = { .len = ROOM };
	uint8_t out[DATA + 16];
	struct abi_set set;
	int dev = abi_open();
	uint32_t n;
	int err;

	abi_describe_gcm(&set);
	while (!over) {
		key.len = ROOM;
		err = abi_generate(dev, &set, key.blob, &key.len, NULL);
		judge(err, may);
		if (err)
			continue;
		n = sizeof(out);
		/* Once there is a root key, there is. */
		judge(operate(dev, &key, KM_PURPOSE_ENCRYPT, &use_gcm, text, sizeof(text), out, &n),
		      may + 1);
	}
	close(dev);
	return NULL;
}

TEST_F(racing, root_key_against_use)
{
	static void *(*const run[])(void *) = { load_root, load_root, make_and_use, make_and_use };
	struct timespec moment = { .tv_nsec = 50000000 };
	pthread_t threads[THREADS];
	int round, i;

	for (round = 0; round < 3; round++) {
		close(self->dev);
		ASSERT_EQ(0, abi_unload_module());
		ASSERT_EQ(0, abi_load_module());
		self->dev = abi_open();
		over = false;
		wrong = false;
		loaded = 0;
		/* Those who use it first: they come before the root key. */
		for (i = THREADS - 1; i >= 0; i--)
			pthread_create(&threads[i], NULL, run[i], NULL);
		nanosleep(&moment, NULL);
		over = true;
		for (i = 0; i < THREADS; i++)
			pthread_join(threads[i], NULL);
		EXPECT_FALSE(wrong);
		EXPECT_GE(1, loaded);
	}
}

/* --- the end of the module, and of a process ------------------------------------------ */

static void *come_and_go(void *unused __attribute__((unused)))
{
	/* Between unloading and loading there is no such node, or nobody behind it. */
	static const int may[] = { ENOENT, ENODEV, ENXIO, ENOKEY, 0 };
	struct km_info info;
	int dev;

	while (!over) {
		dev = abi_open();
		judge(dev < 0 ? errno : abi_info(dev, &info), may);
		if (dev >= 0)
			close(dev);
	}
	return NULL;
}

static void *unload(void *number)
{
	atomic_uint *unloaded = number;

	while (!over) {
		if (syscall(SYS_delete_module, "keymaster", O_NONBLOCK))
			continue;
		++*unloaded;
		if (abi_load_module())
			wrong = true;
	}
	return NULL;
}

TEST_F(racing, unloading_against_open_files)
{
	pthread_t threads[THREADS];
	atomic_uint unloaded = 0;
	int i;

	close(self->dev);
	over = false;
	wrong = false;
	done = 0;
	pthread_create(&threads[0], NULL, unload, &unloaded);
	for (i = 1; i < THREADS; i++)
		pthread_create(&threads[i], NULL, come_and_go, NULL);
	let_race(2 * race_seconds(), &unloaded, 0);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	TH_LOG("unloaded %u times, %u calls", unloaded, done);
	EXPECT_FALSE(wrong);
	EXPECT_LT(0, (int)unloaded);
	ASSERT_EQ(0, abi_ready());
	self->dev = abi_open();
	EXPECT_LE(0, self->dev);
}

/* What a process does that is killed: long calls, and operations left as they are. */
static void work(void)
{
	struct abi_set set, rsa;
	struct key key = { .len = ROOM };
	struct km_begin arg;
	uint8_t out[DATA + 64];
	int dev = abi_open();
	uint32_t n;

	abi_describe_gcm(&set);
	abi_set_start(&rsa);
	abi_set_u32(&rsa, KM_TAG_ALGORITHM, KM_ALGORITHM_RSA);
	abi_set_u32(&rsa, KM_TAG_KEY_SIZE, 1024);
	abi_set_add(&rsa, KM_TAG_RSA_PUBLIC_EXPONENT, 65537, 8);
	abi_set_u32(&rsa, KM_TAG_PURPOSE, KM_PURPOSE_SIGN);
	abi_set_u32(&rsa, KM_TAG_PADDING, KM_PAD_RSA_PSS);
	abi_set_u32(&rsa, KM_TAG_DIGEST, KM_DIGEST_SHA_2_256);
	abi_set_bool(&rsa, KM_TAG_NO_AUTH_REQUIRED);
	abi_set_end(&rsa);
	for (;;) {
		key.len = ROOM;
		abi_generate(dev, &set, key.blob, &key.len, NULL);
		syscall(SYS_add_key, "keymaster", "killed", key.blob, (size_t)key.len,
			KEY_SPEC_PROCESS_KEYRING);
		begin(dev, &key, KM_PURPOSE_ENCRYPT, &use_gcm, &arg);
		n = sizeof(out);
		update(arg.fd, text, DATA, out, &n, NULL);
		key.len = ROOM;
		abi_generate(dev, &rsa, key.blob, &key.len, NULL);
		if (arg.fd > 20)
			close(arg.fd);
	}
}

TEST_F(racing, killed_at_any_moment)
{
	struct timespec pause = {};
	unsigned int seed = 1, killed;
	time_t end = time(NULL) + race_seconds();
	int status;
	pid_t child;

	for (killed = 0; killed < 5 || time(NULL) < end; killed++) {
		child = fork();
		if (!child)
			work();
		pause.tv_nsec = draw(&seed, 100) * 1000000L;
		nanosleep(&pause, NULL);
		kill(child, SIGKILL);
		ASSERT_EQ(child, waitpid(child, &status, 0));
		ASSERT_EQ(SIGKILL, WTERMSIG(status));
		ASSERT_EQ(0, operations(self->dev));
	}
	TH_LOG("killed %u processes", killed);
	EXPECT_EQ(0, encrypt(self->dev, &gcm, 0));
}

TEST_HARNESS_MAIN
