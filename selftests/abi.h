/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the C tests share: opening the device, authorization sets, keys, calls.
 * Straight to the ioctls, past libkeymaster, so that no library hides a fault.
 */
#ifndef SELFTESTS_ABI_H
#define SELFTESTS_ABI_H

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/keymaster.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define ABI_DEVICE	"/dev/keymaster"
/* What output buffers hold before a call, to see what the kernel wrote. */
#define ABI_FILL	0xaa
/* Two users that own nothing. */
#define ABI_USER	4242
#define ABI_OTHER_USER	4343

#define ABI_PTR(p)	((uint64_t)(uintptr_t)(p))

/* An authorization set in its wire form: start, add, end, then wire and len. */
struct abi_set {
	uint8_t indirect[512];
	uint8_t elements[512];
	uint8_t wire[1040];
	uint32_t n_indirect;
	uint32_t n_elements;
	uint32_t count;
	uint32_t len;
};

static inline void abi_put(uint8_t *to, uint64_t v, int bytes)
{
	while (bytes--) {
		*to++ = v;
		v >>= 8;
	}
}

static inline void abi_set_start(struct abi_set *s)
{
	memset(s, 0, sizeof(*s));
}

static inline void abi_set_add(struct abi_set *s, uint32_t tag, uint64_t v, int bytes)
{
	abi_put(s->elements + s->n_elements, tag, 4);
	abi_put(s->elements + s->n_elements + 4, v, bytes);
	s->n_elements += 4 + bytes;
	s->count++;
}

/* ENUM and UINT tags */
static inline void abi_set_u32(struct abi_set *s, uint32_t tag, uint32_t v)
{
	abi_set_add(s, tag, v, 4);
}

static inline void abi_set_bool(struct abi_set *s, uint32_t tag)
{
	abi_set_add(s, tag, 1, 1);
}

static inline void abi_set_bytes(struct abi_set *s, uint32_t tag, const void *v, uint32_t n)
{
	abi_set_add(s, tag, n | (uint64_t)s->n_indirect << 32, 8);
	memcpy(s->indirect + s->n_indirect, v, n);
	s->n_indirect += n;
}

static inline void abi_set_end(struct abi_set *s)
{
	uint8_t *p = s->wire;

	abi_put(p, s->n_indirect, 4);
	memcpy(p + 4, s->indirect, s->n_indirect);
	p += 4 + s->n_indirect;
	abi_put(p, s->count, 4);
	abi_put(p + 4, s->n_elements, 4);
	memcpy(p + 8, s->elements, s->n_elements);
	s->len = p + 8 + s->n_elements - s->wire;
}

/* 0 or the errno; the Keymaster code is in the structure. */
static inline int abi_ioctl(int fd, unsigned long cmd, void *arg)
{
	return ioctl(fd, cmd, arg) ? errno : 0;
}

static inline int abi_open(void)
{
	return open(ABI_DEVICE, O_RDWR | O_CLOEXEC);
}

/* For good, with no way back: each test is a process of its own. */
static inline int abi_become(uid_t uid)
{
	if (!uid)
		return 0;
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		return errno;
	return 0;
}

/* The commands that load and unload the module; the runner may name others. */
static inline int abi_module(const char *variable, const char *otherwise)
{
	const char *command = getenv(variable);

	return system(command ? command : otherwise);
}

static inline int abi_load_module(void)
{
	return abi_module("KM_LOAD", "modprobe keymaster");
}

static inline int abi_unload_module(void)
{
	return abi_module("KM_UNLOAD", "rmmod keymaster");
}

static inline int abi_root_key(int fd, uint32_t source, const void *key, uint32_t len,
			       int32_t *code)
{
	struct km_load_root_key arg = {
		.size = sizeof(arg),
		.source = source,
		.key = ABI_PTR(key),
		.key_len = len,
	};
	int err = abi_ioctl(fd, KM_IOC_LOAD_ROOT_KEY, &arg);

	if (code)
		*code = arg.error;
	return err;
}

/* Sees to a module with a root key, whichever; 0 or an errno. */
static inline int abi_ready(void)
{
	int fd, err;

	if (access(ABI_DEVICE, F_OK) && abi_load_module())
		return ENODEV;
	fd = abi_open();
	if (fd < 0)
		return errno;
	err = abi_root_key(fd, KM_ROOT_EPHEMERAL, NULL, 0, NULL);
	close(fd);
	return err == EEXIST ? 0 : err;
}

static inline int abi_info(int fd, struct km_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	return abi_ioctl(fd, KM_IOC_GET_INFO, info);
}

static inline int abi_generate(int fd, const struct abi_set *s, void *blob, uint32_t *blob_len,
			       int32_t *code)
{
	struct km_generate_key arg = {
		.size = sizeof(arg),
		.params = ABI_PTR(s->wire),
		.params_len = s->len,
		.blob = ABI_PTR(blob),
		.blob_len = *blob_len,
	};
	int err = abi_ioctl(fd, KM_IOC_GENERATE_KEY, &arg);

	*blob_len = arg.blob_len;
	if (code)
		*code = arg.error;
	return err;
}

/* The three keys that the tests use, each free of authentication. */
static inline void abi_describe_gcm(struct abi_set *s)
{
	abi_set_start(s);
	abi_set_u32(s, KM_TAG_ALGORITHM, KM_ALGORITHM_AES);
	abi_set_u32(s, KM_TAG_KEY_SIZE, 256);
	abi_set_u32(s, KM_TAG_PURPOSE, KM_PURPOSE_ENCRYPT);
	abi_set_u32(s, KM_TAG_PURPOSE, KM_PURPOSE_DECRYPT);
	abi_set_u32(s, KM_TAG_BLOCK_MODE, KM_MODE_GCM);
	abi_set_u32(s, KM_TAG_PADDING, KM_PAD_NONE);
	abi_set_u32(s, KM_TAG_MIN_MAC_LENGTH, 128);
	abi_set_bool(s, KM_TAG_CALLER_NONCE);
	abi_set_bool(s, KM_TAG_NO_AUTH_REQUIRED);
	abi_set_end(s);
}

static inline void abi_describe_hmac(struct abi_set *s)
{
	abi_set_start(s);
	abi_set_u32(s, KM_TAG_ALGORITHM, KM_ALGORITHM_HMAC);
	abi_set_u32(s, KM_TAG_KEY_SIZE, 256);
	abi_set_u32(s, KM_TAG_PURPOSE, KM_PURPOSE_SIGN);
	abi_set_u32(s, KM_TAG_PURPOSE, KM_PURPOSE_VERIFY);
	abi_set_u32(s, KM_TAG_DIGEST, KM_DIGEST_SHA_2_256);
	abi_set_u32(s, KM_TAG_MIN_MAC_LENGTH, 256);
	abi_set_bool(s, KM_TAG_NO_AUTH_REQUIRED);
	abi_set_end(s);
}

static inline void abi_describe_ec(struct abi_set *s)
{
	abi_set_start(s);
	abi_set_u32(s, KM_TAG_ALGORITHM, KM_ALGORITHM_EC);
	abi_set_u32(s, KM_TAG_EC_CURVE, KM_EC_CURVE_P_256);
	abi_set_u32(s, KM_TAG_PURPOSE, KM_PURPOSE_SIGN);
	abi_set_u32(s, KM_TAG_PURPOSE, KM_PURPOSE_VERIFY);
	abi_set_u32(s, KM_TAG_DIGEST, KM_DIGEST_SHA_2_256);
	abi_set_bool(s, KM_TAG_NO_AUTH_REQUIRED);
	abi_set_end(s);
}

/* One that other parts of the kernel are given. */
static inline void abi_describe_volume(struct abi_set *s)
{
	abi_set_start(s);
	abi_set_u32(s, KM_TAG_ALGORITHM, KM_ALGORITHM_HMAC);
	abi_set_u32(s, KM_TAG_KEY_SIZE, 512);
	abi_set_u32(s, KM_TAG_LINUX_BRIDGE, KM_BRIDGE_LOGON);
	abi_set_bool(s, KM_TAG_NO_AUTH_REQUIRED);
	abi_set_end(s);
}

/* Parameters of begin; the nonce is fixed so that results can be compared. */
static inline void abi_use_gcm(struct abi_set *s, const uint8_t *nonce)
{
	abi_set_start(s);
	abi_set_u32(s, KM_TAG_BLOCK_MODE, KM_MODE_GCM);
	abi_set_u32(s, KM_TAG_PADDING, KM_PAD_NONE);
	abi_set_u32(s, KM_TAG_MAC_LENGTH, 128);
	if (nonce)
		abi_set_bytes(s, KM_TAG_NONCE, nonce, 12);
	abi_set_end(s);
}

static inline void abi_use_hmac(struct abi_set *s, uint32_t purpose)
{
	abi_set_start(s);
	abi_set_u32(s, KM_TAG_DIGEST, KM_DIGEST_SHA_2_256);
	if (purpose == KM_PURPOSE_SIGN)
		abi_set_u32(s, KM_TAG_MAC_LENGTH, 256);
	abi_set_end(s);
}

static inline void abi_use_ec(struct abi_set *s)
{
	abi_set_start(s);
	abi_set_u32(s, KM_TAG_DIGEST, KM_DIGEST_SHA_2_256);
	abi_set_end(s);
}

#endif /* SELFTESTS_ABI_H */
