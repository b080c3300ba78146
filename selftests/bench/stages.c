// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the instructions of a small encryption go: calls that are made to fail one
 * step later each time. "bench --stages"; selftests/bench/profile goes deeper.
 */
#include <linux/keyctl.h>
#include <stdio.h>
#include <sys/syscall.h>

#include "ours.h"

/**
 * struct stage - a call that gets this far
 * @name: what it has done by then
 * @err: the errno that proves it
 * @prepare: what to change in a call that would succeed
 * @once: how to make the call
 */
struct stage {
	const char *name;
	int err;
	void (*prepare)(struct ours *o);
	int (*once)(struct ours *o);
};

/* The kernel overwrites the lengths: @room is what the stage gives in every call. */
struct stage_run {
	struct ours *o;
	const struct stage *stage;
	uint32_t room;
};

static int raw_operate(struct ours *o)
{
	return ioctl(o->fd, KM_IOC_OPERATE, &o->call) ? errno : 0;
}

static int unknown_command(struct ours *o)
{
	return ioctl(o->fd, _IO(KM_IOC_TYPE, 0xfe), &o->call) ? errno : 0;
}

/* The keyring's own search for the serial, from outside. */
static int describe_key(struct ours *o)
{
	return syscall(SYS_keyctl, KEYCTL_DESCRIBE, o->serial, NULL, 0) < 0 ? errno : 0;
}

static int get_ppid(struct ours *o)
{
	(void)o;
	return getppid() < 0 ? EIO : 0;
}

static void size_zero(struct ours *o)
{
	o->call.size = 0;
}

static void unknown_flag(struct ours *o)
{
	o->call.flags = 1U << 31;
}

static void wrong_purpose(struct ours *o)
{
	o->call.purpose = KM_PURPOSE_SIGN;
}

static void no_mac_length(struct ours *o)
{
	abi_set_start(&o->use);
	abi_set_u32(&o->use, KM_TAG_BLOCK_MODE, KM_MODE_GCM);
	abi_set_u32(&o->use, KM_TAG_PADDING, KM_PAD_NONE);
	abi_set_end(&o->use);
	o->call.params_len = o->use.len;
}

static void no_room(struct ours *o)
{
	o->call.output_len = 0;
}

static void caller_nonce(struct ours *o)
{
	static const uint8_t nonce[BENCH_IV_SIZE];

	abi_use_gcm(&o->use, nonce);
	o->call.params_len = o->use.len;
}

static void unchanged(struct ours *o)
{
	(void)o;
}

static const struct stage stages[] = {
	{ "getppid: into the kernel and back", 0, unchanged, get_ppid },
	{ "keyctl describe: finds the key by serial", 0, unchanged, describe_key },
	{ "ioctl, unknown command", ENOTTY, unchanged, unknown_command },
	{ "OPERATE, size 0: the size was read", EINVAL, size_zero, raw_operate },
	{ "OPERATE, unknown flag: all arguments read", EINVAL, unknown_flag, raw_operate },
	{ "OPERATE, SIGN: key found, parameters read", EOPNOTSUPP, wrong_purpose, raw_operate },
	{ "OPERATE, no MAC_LENGTH: mode looked at", EINVAL, no_mac_length, raw_operate },
	{ "OPERATE, no room: authorized, not begun", EMSGSIZE, no_room, raw_operate },
	{ "OPERATE, caller's nonce: all but a nonce", 0, caller_nonce, raw_operate },
	{ "OPERATE, 64 B: all", 0, unchanged, raw_operate },
};

static int stage_once(void *arg)
{
	struct stage_run *run = arg;
	struct ours *o = run->o;

	o->call.out_params_len = sizeof(o->out_params);
	o->call.output_len = run->room;
	return run->stage->once(o) == run->stage->err ? 0 : -EPROTO;
}

static int measure_stage(const struct stage *stage, struct bench_result *res)
{
	static const struct bench_work work = { .kind = GCM_ENC_DRAWN, .size = 64 };
	struct stage_run run = { .stage = stage };
	struct bench_op op = { .once = stage_once, .arg = &run };
	int ret = ours_open(&run.o, &work);

	if (ret)
		return ret;
	run.o->call.output_len = sizeof(run.o->out);
	stage->prepare(run.o);
	run.room = run.o->call.output_len;
	ret = measure(&op, res);
	if (ret)
		fprintf(stderr, "bench: stage \"%s\": not %s\n", stage->name,
			strerror(stage->err));
	ours_close(run.o);
	return ret;
}

/**
 * ours_stages() - print what an encryption has cost by each step
 *
 * Return: 0, or 1 if a stage ended elsewhere than it should.
 */
int ours_stages(void)
{
	struct bench_result res;
	int failed = 0;

	printf("AES-256-GCM encrypt, 64 B: instructions until\n");
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
		if (measure_stage(&stages[i], &res))
			failed = 1;
		else
			printf("%8.0f  %s\n", res.cost, stages[i].name);
	}
	return failed;
}
