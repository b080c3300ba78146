// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every way in which the arguments of every command can be wrong.
 * One table of commands and their pointers; each test walks all of it, as root and as a user.
 * watched: every call of the interface
 */
#define _GNU_SOURCE
#include <sys/mman.h>

#include "abi_commands.h"
#include <kselftest_harness.h>

FIXTURE(every)
{
	struct world w;
};

FIXTURE_VARIANT(every)
{
	uid_t uid;
};

FIXTURE_VARIANT_ADD(every, root) { .uid = 0 };
FIXTURE_VARIANT_ADD(every, user) { .uid = ABI_USER };

static void *map(size_t bytes, int protection)
{
	void *p = mmap(NULL, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

FIXTURE_SETUP(every)
{
	static const uint8_t nonce[12] = "twelve bytes";
	struct world *w = &self->w;
	struct abi_set set;
	union arg arg = {};

	ASSERT_EQ(0, abi_ready());
	ASSERT_EQ(0, abi_become(variant->uid));
	w->dev = abi_open();
	ASSERT_LE(0, w->dev);

	w->two = map(2 * PAGE, PROT_READ | PROT_WRITE);
	w->read_only = map(PAGE, PROT_READ | PROT_WRITE);
	w->large = map(KM_INPUT_MAX + PAGE, PROT_READ | PROT_WRITE);
	ASSERT_TRUE(w->two && w->read_only && w->large);
	ASSERT_EQ(0, munmap(w->two + PAGE, PAGE));

	memset(w->raw, 7, sizeof(w->raw));
	memset(w->input, 3, sizeof(w->input));
	w->gcm_len = ROOM;
	w->hmac_len = ROOM;
	w->volume_len = ROOM;
	w->ec_len = ROOM;
	abi_describe_hmac(&set);
	ASSERT_EQ(0, abi_generate(w->dev, &set, w->hmac, &w->hmac_len, NULL));
	abi_describe_volume(&set);
	ASSERT_EQ(0, abi_generate(w->dev, &set, w->volume, &w->volume_len, NULL));
	abi_describe_ec(&set);
	ASSERT_EQ(0, abi_generate(w->dev, &set, w->ec, &w->ec_len, NULL));
	abi_describe_gcm(&w->describe);
	ASSERT_EQ(0, abi_generate(w->dev, &w->describe, w->gcm, &w->gcm_len, NULL));
	abi_use_gcm(&w->use_gcm, nonce);
	abi_use_hmac(&w->use_sign, KM_PURPOSE_SIGN);
	abi_use_hmac(&w->use_verify, KM_PURPOSE_VERIFY);

	prepare_operate(w, &arg);
	arg.operate.purpose = KM_PURPOSE_SIGN;
	arg.operate.blob = ABI_PTR(w->hmac);
	arg.operate.blob_len = w->hmac_len;
	arg.operate.params = ABI_PTR(w->use_sign.wire);
	arg.operate.params_len = w->use_sign.len;
	ASSERT_EQ(0, abi_ioctl(w->dev, KM_IOC_OPERATE, &arg));
	ASSERT_EQ(sizeof(w->mac), arg.operate.output_len);
	memcpy(w->mac, w->out[0], sizeof(w->mac));
}

FIXTURE_TEARDOWN(every)
{
	close(self->w.dev);
}

#define FINE(c)		(variant->uid ? (c)->as_user : (c)->as_root)
#define FLAGGED(c)	(variant->uid && (c)->as_user_with_flag ? (c)->as_user_with_flag : FINE(c))
#define EXPECT_CALL(want, got) \
	EXPECT_EQ(want, got) { TH_LOG("%s %s", c->name, p ? p->name : ""); }

/* The sizes are those of the first version for ever. */
TEST_F(every, first_size)
{
	const struct pointer *p = NULL;
	const struct command *c;
	union arg arg;
	int fd;

	for_each_command(c) {
		fd = prepare(&self->w, c, &arg);
		EXPECT_CALL(c->first, arg.head.size);
		arg.head.error = 77;
		EXPECT_CALL(FINE(c), abi_ioctl(fd, c->cmd, &arg));
		EXPECT_CALL(c->as_root == EEXIST && !variant->uid ?
			    KM_ERROR_ROOT_OF_TRUST_ALREADY_SET : KM_ERROR_OK, arg.head.error);
		finish(&self->w, c, fd, &arg);
	}
}

TEST_F(every, size_too_small)
{
	const struct pointer *p = NULL;
	const struct command *c;
	union arg arg;
	int fd;

	for_each_command(c) {
		const uint32_t sizes[] = { 0, 1, 4, 8, 11, 12, c->first - 8, c->first - 1 };
		unsigned int i;

		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			fd = prepare(&self->w, c, &arg);
			arg.head.size = sizes[i];
			EXPECT_CALL(EINVAL, abi_ioctl(fd, c->cmd, &arg));
			finish(&self->w, c, fd, &arg);
		}
	}
}

TEST_F(every, size_larger_with_zero_tail)
{
	const struct pointer *p = NULL;
	const struct command *c;
	union arg arg;
	int fd;

	for_each_command(c) {
		const uint32_t sizes[] = { c->first + 1, c->first + 8, 512, PAGE };
		unsigned int i, j;

		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			fd = prepare(&self->w, c, &arg);
			arg.head.size = sizes[i];
			EXPECT_CALL(FINE(c), abi_ioctl(fd, c->cmd, &arg));
			EXPECT_CALL(sizes[i], arg.head.size);
			for (j = known_size(c); j < sizeof(arg) && !arg.bytes[j]; j++)
				;
			EXPECT_CALL(sizeof(arg), j);
			finish(&self->w, c, fd, &arg);
		}
	}
}

TEST_F(every, size_larger_with_nonzero_tail)
{
	const struct pointer *p = NULL;
	const struct command *c;
	union arg arg;
	int fd;

	for_each_command(c) {
		const uint32_t sizes[] = { known_size(c) + 1, known_size(c) + 8, PAGE };
		unsigned int i;

		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			fd = prepare(&self->w, c, &arg);
			arg.head.size = sizes[i];
			arg.bytes[sizes[i] - 1] = 1;
			EXPECT_CALL(E2BIG, abi_ioctl(fd, c->cmd, &arg));
			finish(&self->w, c, fd, &arg);
		}
	}
}

TEST_F(every, size_longer_than_a_page)
{
	static const uint32_t sizes[] = { PAGE + 1, PAGE + 8, 0x7fffffff, 0x80000000, 0xffffffff };
	const struct pointer *p = NULL;
	const struct command *c;
	unsigned int i;
	union arg arg;
	int fd;

	for_each_command(c) {
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			fd = prepare(&self->w, c, &arg);
			arg.head.size = sizes[i];
			EXPECT_CALL(E2BIG, abi_ioctl(fd, c->cmd, &arg));
			finish(&self->w, c, fd, &arg);
		}
	}
}

TEST_F(every, unknown_flag)
{
	const struct pointer *p = NULL;
	const struct command *c;
	union arg arg;
	int fd, bit;

	for_each_command(c) {
		for (bit = 0; bit < 32; bit++) {
			fd = prepare(&self->w, c, &arg);
			arg.head.flags = 1u << bit;
			EXPECT_CALL(c->flags & 1u << bit ? FLAGGED(c) : EINVAL,
				    abi_ioctl(fd, c->cmd, &arg));
			/* What a known one leads to is another matter. */
			if (!(c->flags & 1u << bit))
				EXPECT_CALL(KM_ERROR_OK, arg.head.error);
			finish(&self->w, c, fd, &arg);
		}
	}
}

TEST_F(every, reserved_not_zero)
{
	const struct pointer *p = NULL;
	const struct command *c;
	union arg arg;
	int fd, bit;

	for_each_command(c) {
		for (bit = 0; c->reserved && bit < 32; bit++) {
			fd = prepare(&self->w, c, &arg);
			if (c->reserved >= c->first)
				arg.head.size = known_size(c);
			arg.bytes[c->reserved + bit / 8] = 1 << bit % 8;
			EXPECT_CALL(EINVAL, abi_ioctl(fd, c->cmd, &arg));
			EXPECT_CALL(KM_ERROR_OK, arg.head.error);
			finish(&self->w, c, fd, &arg);
		}
	}
}

/* The structure itself: nowhere, or only its beginning there. */
TEST_F(every, structure_unmapped)
{
	const struct pointer *p = NULL;
	struct world *w = &self->w;
	const struct command *c;
	unsigned int i;
	union arg arg;
	int fd;

	for_each_command(c) {
		const uint32_t there[] = { 1, 4, 12, c->first - 1 };

		fd = prepare(w, c, &arg);
		for (i = 0; i < ARRAY_SIZE(nowhere); i++)
			EXPECT_CALL(EFAULT, abi_ioctl(fd, c->cmd, (void *)(uintptr_t)nowhere[i]));
		for (i = 0; i < ARRAY_SIZE(there); i++) {
			memcpy(w->two + PAGE - there[i], &arg, there[i]);
			EXPECT_CALL(EFAULT, abi_ioctl(fd, c->cmd, w->two + PAGE - there[i]));
		}
		finish(w, c, fd, &arg);
	}
}

/* Results cannot be written: no descriptor and no operation may stay behind. */
TEST_F(every, structure_read_only)
{
	const struct pointer *p = NULL;
	struct km_info before, after;
	struct world *w = &self->w;
	const struct command *c;
	int fd, next, same;
	union arg arg;

	for_each_command(c) {
		fd = prepare(w, c, &arg);
		ASSERT_EQ(0, abi_info(w->dev, &before));
		next = dup(w->dev);
		close(next);
		memcpy(w->read_only, &arg, c->first);
		ASSERT_EQ(0, mprotect(w->read_only, PAGE, PROT_READ));
		if (!FINE(c)) {
			EXPECT_CALL(EFAULT, abi_ioctl(fd, c->cmd, w->read_only));
		}
		ASSERT_EQ(0, mprotect(w->read_only, PAGE, PROT_READ | PROT_WRITE));
		same = dup(w->dev);
		close(same);
		EXPECT_CALL(next, same);
		ASSERT_EQ(0, abi_info(w->dev, &after));
		EXPECT_CALL(true, before.operations >= after.operations);
		finish(w, c, fd, &arg);
	}
}

TEST_F(every, pointer_unmapped)
{
	struct world *w = &self->w;
	const struct command *c;
	const struct pointer *p;
	unsigned int i;
	union arg arg;
	int fd;

	for_each_command(c) {
		for_each_pointer(p, c) {
			for (i = 0; i < ARRAY_SIZE(nowhere); i++) {
				fd = prepare(w, c, &arg);
				arg.head.error = 77;
				point(&arg, p, nowhere[i]);
				EXPECT_CALL(EFAULT, abi_ioctl(fd, c->cmd, &arg));
				EXPECT_CALL(KM_ERROR_OK, arg.head.error);
				finish(w, c, fd, &arg);
			}
		}
	}
}

/* One byte too far is a fault; up to the last byte of a page is none. */
TEST_F(every, pointer_at_end_of_page)
{
	struct world *w = &self->w;
	const struct command *c;
	const struct pointer *p;
	uint32_t n, cut;
	union arg arg;
	int fd;

	for_each_command(c) {
		for_each_pointer(p, c) {
			fd = prepare(w, c, &arg);
			n = bytes_of(&arg, p);
			if (!p->max) {
				ASSERT_EQ(0, abi_ioctl(fd, c->cmd, &arg));
				n = bytes_of(&arg, p);
			}
			finish(w, c, fd, &arg);
			ASSERT_NE(0, n) { TH_LOG("%s %s", c->name, p->name); }
			for (cut = 0; cut < 2; cut++) {
				fd = prepare(w, c, &arg);
				if (p->max)
					memcpy(w->two + PAGE - n + cut, target(&arg, p), n - cut);
				point(&arg, p, ABI_PTR(w->two + PAGE - n + cut));
				EXPECT_CALL(cut ? EFAULT : 0, abi_ioctl(fd, c->cmd, &arg));
				finish(w, c, fd, &arg);
			}
		}
	}
}

TEST_F(every, output_read_only)
{
	struct world *w = &self->w;
	const struct command *c;
	const struct pointer *p;
	union arg arg;
	int fd;

	ASSERT_EQ(0, mprotect(w->read_only, PAGE, PROT_READ));
	for_each_command(c) {
		for_each_pointer(p, c) {
			if (p->max)
				continue;
			fd = prepare(w, c, &arg);
			point(&arg, p, ABI_PTR(w->read_only));
			EXPECT_CALL(EFAULT, abi_ioctl(fd, c->cmd, &arg));
			finish(w, c, fd, &arg);
		}
	}
}

TEST_F(every, input_longer_than_limit)
{
	struct world *w = &self->w;
	const struct command *c;
	const struct pointer *p;
	union arg arg;
	int fd;

	for_each_command(c) {
		for_each_pointer(p, c) {
			const uint32_t sizes[] = { p->max + 1, 0x7fffffff, 0x80000000, 0xffffffff };
			unsigned int i;

			for (i = 0; p->max && i < ARRAY_SIZE(sizes); i++) {
				fd = prepare(w, c, &arg);
				memcpy(w->large, target(&arg, p), *len_of(&arg, p));
				point(&arg, p, ABI_PTR(w->large));
				*len_of(&arg, p) = sizes[i];
				EXPECT_CALL(EINVAL, abi_ioctl(fd, c->cmd, &arg));
				EXPECT_CALL(c->too_long, arg.head.error);
				finish(w, c, fd, &arg);
			}
		}
	}
}

/* The longest input goes through, and the most room that can be said. */
TEST_F(every, input_at_limit)
{
	struct world *w = &self->w;
	const struct command *c;
	const struct pointer *p;
	uint8_t *out;
	union arg arg;
	int fd;

	out = map(KM_INPUT_MAX + PAGE, PROT_READ | PROT_WRITE);
	ASSERT_NE(NULL, out);
	for_each_command(c) {
		fd = prepare(w, c, &arg);
		for_each_pointer(p, c) {
			if (p->max == KM_INPUT_MAX) {
				point(&arg, p, ABI_PTR(w->large));
				*len_of(&arg, p) = p->max;
			} else if (!p->max) {
				point(&arg, p, ABI_PTR(out));
				*len_of(&arg, p) = KM_INPUT_MAX + PAGE;
			}
		}
		p = NULL;
		EXPECT_CALL(strstr(c->name, "verify") ? EBADMSG : FINE(c),
			    abi_ioctl(fd, c->cmd, &arg));
		finish(w, c, fd, &arg);
	}
}

TEST_F(every, output_room_largest)
{
	struct world *w = &self->w;
	const struct command *c;
	const struct pointer *p;
	union arg arg;
	int fd;

	for_each_command(c) {
		for_each_pointer(p, c) {
			if (p->max)
				continue;
			fd = prepare(w, c, &arg);
			*len_of(&arg, p) = 0xffffffff;
			EXPECT_CALL(0, abi_ioctl(fd, c->cmd, &arg));
			EXPECT_CALL(true, *len_of(&arg, p) < ROOM);
			finish(w, c, fd, &arg);
		}
	}
}

/* Beyond the length that is told nothing is written, and no input member changes. */
TEST_F(every, writes_only_its_outputs)
{
	struct world *w = &self->w;
	const struct command *c;
	const struct pointer *p;
	union arg arg, was;
	unsigned int i;
	int fd;

	for_each_command(c) {
		fd = prepare(w, c, &arg);
		if (c->out)
			memset(arg.bytes + c->out, ABI_FILL, c->out_len);
		if (c->reserved)
			memset(arg.bytes + c->reserved, 0, sizeof(__u32));
		was = arg;
		EXPECT_EQ(FINE(c), abi_ioctl(fd, c->cmd, &arg)) { TH_LOG("%s", c->name); }
		for_each_pointer(p, c) {
			uint8_t *to = target(&arg, p);

			if (p->max)
				continue;
			EXPECT_CALL(true, *len_of(&arg, p) > 0 && *len_of(&arg, p) < ROOM);
			for (i = bytes_of(&arg, p); i < ROOM && to[i] == ABI_FILL; i++)
				;
			EXPECT_CALL(ROOM, i);
			for (i = 0; i < bytes_of(&arg, p) && to[i] == ABI_FILL; i++)
				;
			EXPECT_CALL(true, i < bytes_of(&arg, p));
			*len_of(&was, p) = *len_of(&arg, p);
		}
		p = NULL;
		was.head.error = arg.head.error;
		if (c->out)
			memcpy(was.bytes + c->out, arg.bytes + c->out, c->out_len);
		/* The lengths of the outputs that were not asked for. */
		if (c->cmd == KM_IOC_FINISH)
			was.finish.output_len = arg.finish.output_len;
		if (c->cmd == KM_IOC_OPERATE) {
			was.operate.output_len = arg.operate.output_len;
			was.operate.out_params_len = arg.operate.out_params_len;
		}
		EXPECT_CALL(0, memcmp(&was, &arg, sizeof(arg)));
		finish(w, c, fd, &arg);
	}
}

/* The room of the outputs other than @p, which a call that failed may have answered. */
static void restore_rooms(const struct command *c, const struct pointer *p, union arg *arg)
{
	const struct pointer *other;

	for_each_pointer(other, c) {
		if (!other->max && other != p)
			*len_of(arg, other) = ROOM;
	}
}

/* One byte, or value, short: told how much, nothing touched, and the same call then works. */
TEST_F(every, output_one_byte_short)
{
	static uint8_t good[ROOM], untouched[2][ROOM];
	struct km_info before, after;
	struct world *w = &self->w;
	const struct command *c;
	const struct pointer *p;
	uint32_t need, bytes, room;
	union arg arg;
	int fd, empty;

	memset(untouched, ABI_FILL, sizeof(untouched));
	for_each_command(c) {
		for_each_pointer(p, c) {
			if (p->max)
				continue;
			fd = prepare(w, c, &arg);
			ASSERT_EQ(0, abi_ioctl(fd, c->cmd, &arg));
			need = *len_of(&arg, p);
			bytes = bytes_of(&arg, p);
			memcpy(good, target(&arg, p), bytes);
			finish(w, c, fd, &arg);

			for (empty = 0; empty < 2; empty++) {
				room = empty ? 0 : need - 1;
				fd = prepare(w, c, &arg);
				ASSERT_EQ(0, abi_info(w->dev, &before));
				arg.head.error = 77;
				*len_of(&arg, p) = room;
				EXPECT_CALL(EMSGSIZE, abi_ioctl(fd, c->cmd, &arg));
				EXPECT_CALL(KM_ERROR_OK, arg.head.error);
				EXPECT_CALL(need, *len_of(&arg, p));
				EXPECT_CALL(0, memcmp(untouched, w->out, sizeof(untouched)));
				ASSERT_EQ(0, abi_info(w->dev, &after));
				EXPECT_CALL(before.operations, after.operations);

				restore_rooms(c, p, &arg);
				EXPECT_CALL(0, abi_ioctl(fd, c->cmd, &arg));
				EXPECT_CALL(need, *len_of(&arg, p));
				if (!p->random) {
					EXPECT_CALL(0, memcmp(good, target(&arg, p), bytes));
				}
				finish(w, c, fd, &arg);
			}
		}
	}
}

static bool known(unsigned long cmd, bool operation)
{
	const struct command *c;

	for_each_command(c) {
		bool of_operation = c->cmd == KM_IOC_UPDATE || c->cmd == KM_IOC_FINISH ||
				    c->cmd == KM_IOC_ABORT;

		if (c->cmd == cmd && of_operation == operation)
			return true;
	}
	return false;
}

/* All 256 numbers on both kinds of file, and the known ones in other clothes. */
TEST_F(every, unknown_command)
{
	struct world *w = &self->w;
	const struct command *c;
	union arg arg;
	unsigned long cmd;
	int op, nr;

	op = start(w, prepare_begin);
	ASSERT_LE(0, op);
	for (nr = 0; nr < 256; nr++) {
		cmd = _IO(KM_IOC_TYPE, nr);
		memset(&arg, 0, sizeof(arg));
		arg.head.size = 128;
		if (!known(cmd, false)) {
			EXPECT_EQ(ENOTTY, abi_ioctl(w->dev, cmd, &arg)) { TH_LOG("device %d", nr); }
		}
		if (!known(cmd, true)) {
			EXPECT_EQ(ENOTTY, abi_ioctl(op, cmd, &arg)) { TH_LOG("operation %d", nr); }
		}
	}
	for_each_command(c) {
		const unsigned long others[] = {
			c->cmd ^ 1 << 8, /* another type */
			_IOR(KM_IOC_TYPE, _IOC_NR(c->cmd), struct km_abort),
			_IOW(KM_IOC_TYPE, _IOC_NR(c->cmd), struct km_abort),
			_IOWR(KM_IOC_TYPE, _IOC_NR(c->cmd), __u64),
		};
		unsigned int i;

		for (i = 0; i < ARRAY_SIZE(others); i++) {
			prepare(w, c, &arg);
			EXPECT_EQ(ENOTTY, abi_ioctl(w->dev, others[i], &arg)) {
				TH_LOG("%s %lx", c->name, others[i]);
			}
			EXPECT_EQ(ENOTTY, abi_ioctl(op, others[i], &arg)) {
				TH_LOG("%s %lx", c->name, others[i]);
			}
		}
	}
	close(op);
}

TEST_F(every, serial_of_no_key)
{
	static const int32_t serials[] = { 0x7fffffff, -3, -100, INT32_MIN };
	struct world *w = &self->w;
	unsigned int i;
	union arg arg;

	for (i = 0; i < ARRAY_SIZE(serials); i++) {
		prepare_operate(w, &arg);
		arg.operate.blob_len = 0;
		arg.operate.serial = serials[i];
		EXPECT_NE(0, abi_ioctl(w->dev, KM_IOC_OPERATE, &arg));
		prepare_begin(w, &arg);
		arg.begin.blob_len = 0;
		arg.begin.serial = serials[i];
		EXPECT_NE(0, abi_ioctl(w->dev, KM_IOC_BEGIN, &arg));
		prepare_show(w, &arg);
		arg.show.blob_len = 0;
		arg.show.serial = serials[i];
		EXPECT_NE(0, abi_ioctl(w->dev, KM_IOC_GET_KEY_CHARACTERISTICS, &arg));
	}
	prepare_begin(w, &arg);
	arg.begin.blob_len = 0;
	arg.begin.serial = 0x7fffffff;
	EXPECT_EQ(ENOKEY, abi_ioctl(w->dev, KM_IOC_BEGIN, &arg));
}

TEST_F(every, info)
{
	struct km_info info;

	ASSERT_EQ(0, abi_info(self->w.dev, &info));
	EXPECT_EQ(KM_ABI_LEVEL, info.abi_level);
	EXPECT_EQ(KM_FEATURE_AES | KM_FEATURE_HMAC | KM_FEATURE_EC_P256,
		  info.features & (KM_FEATURE_AES | KM_FEATURE_HMAC | KM_FEATURE_EC_P256));
	EXPECT_EQ(0, info.errata);
	EXPECT_EQ(KM_INPUT_MAX, info.input_max);
	EXPECT_EQ(KM_PARAMS_MAX, info.params_max);
	EXPECT_EQ(KM_BLOB_MAX, info.blob_max);
	EXPECT_LE(16, info.operations_max);
	EXPECT_EQ(0, info.operations);
	EXPECT_NE(KM_ROOT_NONE, info.root_source);
}

#ifdef __x86_64__
/*
 * The entry for 32-bit programs, from a 64-bit one: int 0x80 has the same
 * numbers on every kernel that has it at all.
 */
static int compat_ioctl(int fd, unsigned long cmd, void *low)
{
	long ret = 54;

	asm volatile("int $0x80" : "+a"(ret)
		     : "b"((long)fd), "c"(cmd), "d"(low) : "memory", "r8", "r9", "r10", "r11");
	return (int)ret < 0 ? -(int)ret : 0;
}

TEST_F(every, compat)
{
	struct world *w = &self->w;
	const struct command *c;
	union arg arg, *low;
	int fd;

	low = mmap(NULL, sizeof(*low), PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	ASSERT_NE(MAP_FAILED, low);
	low->head.size = sizeof(low->info);
	if (compat_ioctl(w->dev, KM_IOC_GET_INFO, low) == ENOSYS)
		SKIP(return, "this kernel runs no 32-bit programs");
	EXPECT_EQ(KM_ABI_LEVEL, low->info.abi_level);
	for_each_command(c) {
		fd = prepare(w, c, &arg);
		*low = arg;
		EXPECT_EQ(FINE(c), compat_ioctl(fd, c->cmd, low)) { TH_LOG("%s", c->name); }
		finish(w, c, fd, low);
	}
	EXPECT_EQ(ENOTTY, compat_ioctl(w->dev, _IO(KM_IOC_TYPE, 0x3f), low));
}
#endif

TEST_HARNESS_MAIN
