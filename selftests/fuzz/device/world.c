// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the programs work on: the module, a key of each kind, buffers of all kinds.
 * Called by main.c; calls.c uses it.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keymaster.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kmfuzz.h"

#define PTR(p)	((uint64_t)(uintptr_t)(p))
#define FREE	KM_TAG_NO_AUTH_REQUIRED, 1
#define SIGNS	KM_TAG_PURPOSE, KM_PURPOSE_SIGN, KM_TAG_PURPOSE, KM_PURPOSE_VERIFY
#define CRYPTS	KM_TAG_PURPOSE, KM_PURPOSE_ENCRYPT, KM_TAG_PURPOSE, KM_PURPOSE_DECRYPT
#define AES(m, p) KM_TAG_ALGORITHM, KM_ALGORITHM_AES, KM_TAG_KEY_SIZE, 128, CRYPTS, \
	KM_TAG_BLOCK_MODE, m, KM_TAG_PADDING, p
#define EC(c)	KM_TAG_ALGORITHM, KM_ALGORITHM_EC, KM_TAG_EC_CURVE, c
#define RSA	KM_TAG_ALGORITHM, KM_ALGORITHM_RSA
#define SHA256	KM_TAG_DIGEST, KM_DIGEST_SHA_2_256
#define HMAC	KM_TAG_ALGORITHM, KM_ALGORITHM_HMAC, KM_TAG_KEY_SIZE, 256, SIGNS, SHA256, \
	KM_TAG_MIN_MAC_LENGTH, 128
#define USE(m, p) KM_TAG_BLOCK_MODE, m, KM_TAG_PADDING, p

struct world world;

const struct recipe recipes[] = {
	{ false, { AES(KM_MODE_GCM, KM_PAD_NONE), KM_TAG_MIN_MAC_LENGTH, 96,
		   KM_TAG_CALLER_NONCE, 1, FREE },
	  { USE(KM_MODE_GCM, KM_PAD_NONE), KM_TAG_MAC_LENGTH, 128 } },
	{ false, { AES(KM_MODE_CBC, KM_PAD_PKCS7), KM_TAG_CALLER_NONCE, 1, FREE },
	  { USE(KM_MODE_CBC, KM_PAD_PKCS7) } },
	{ false, { AES(KM_MODE_CTR, KM_PAD_NONE), FREE }, { USE(KM_MODE_CTR, KM_PAD_NONE) } },
	{ false, { AES(KM_MODE_ECB, KM_PAD_NONE), FREE }, { USE(KM_MODE_ECB, KM_PAD_NONE) } },
	{ false, { KM_TAG_ALGORITHM, KM_ALGORITHM_TRIPLE_DES, KM_TAG_KEY_SIZE, 168, CRYPTS,
		   USE(KM_MODE_CBC, KM_PAD_PKCS7), FREE }, { USE(KM_MODE_CBC, KM_PAD_PKCS7) } },
	{ false, { HMAC, FREE }, { SHA256, KM_TAG_MAC_LENGTH, 256 } },
	{ false, { EC(KM_EC_CURVE_P_256), SIGNS, SHA256, KM_TAG_DIGEST, KM_DIGEST_NONE, FREE },
	  { SHA256 } },
	{ false, { EC(KM_EC_CURVE_P_521), SIGNS, SHA256, FREE }, { SHA256 } },
	{ false, { EC(KM_EC_CURVE_P_256), KM_TAG_PURPOSE, KM_PURPOSE_AGREE_KEY, FREE }, { 0 } },
	{ false, { EC(KM_EC_CURVE_CURVE_25519), SIGNS, KM_TAG_DIGEST, KM_DIGEST_NONE, FREE },
	  { KM_TAG_DIGEST, KM_DIGEST_NONE } },
	{ false, { EC(KM_EC_CURVE_CURVE_25519), KM_TAG_PURPOSE, KM_PURPOSE_AGREE_KEY, FREE },
	  { 0 } },
	{ false, { EC(KM_EC_CURVE_P_256), KM_TAG_PURPOSE, KM_PURPOSE_ATTEST_KEY, SHA256, FREE,
		   KM_TAG_CERTIFICATE_NOT_BEFORE, 0, KM_TAG_CERTIFICATE_NOT_AFTER, 1ULL << 40 },
	  { SHA256 } },
	{ true, { RSA, SIGNS, SHA256, KM_TAG_PADDING, KM_PAD_RSA_PKCS1_1_5_SIGN, FREE },
	  { SHA256, KM_TAG_PADDING, KM_PAD_RSA_PKCS1_1_5_SIGN } },
	{ true, { RSA, SIGNS, KM_TAG_DIGEST, KM_DIGEST_SHA1, KM_TAG_PADDING, KM_PAD_RSA_PSS,
		  FREE }, { KM_TAG_DIGEST, KM_DIGEST_SHA1, KM_TAG_PADDING, KM_PAD_RSA_PSS } },
	{ true, { RSA, CRYPTS, KM_TAG_DIGEST, KM_DIGEST_SHA1, KM_TAG_PADDING, KM_PAD_RSA_OAEP,
		  KM_TAG_PADDING, KM_PAD_RSA_PKCS1_1_5_ENCRYPT, KM_TAG_PADDING, KM_PAD_NONE,
		  FREE }, { KM_TAG_DIGEST, KM_DIGEST_SHA1, KM_TAG_PADDING, KM_PAD_RSA_OAEP } },
	{ true, { RSA, KM_TAG_PURPOSE, KM_PURPOSE_WRAP_KEY, KM_TAG_DIGEST, KM_DIGEST_SHA1,
		  KM_TAG_PADDING, KM_PAD_RSA_OAEP, FREE },
	  { KM_TAG_DIGEST, KM_DIGEST_SHA1, KM_TAG_PADDING, KM_PAD_RSA_OAEP } },
	{ false, { HMAC, KM_TAG_USER_SECURE_ID, 77, KM_TAG_USER_AUTH_TYPE, 1,
		   KM_TAG_AUTH_TIMEOUT, 100 }, { SHA256, KM_TAG_MAC_LENGTH, 256 } },
	{ false, { HMAC, KM_TAG_USER_SECURE_ID, 77, KM_TAG_USER_AUTH_TYPE, 2 },
	  { SHA256, KM_TAG_MAC_LENGTH, 256 } },
	{ false, { KM_TAG_ALGORITHM, KM_ALGORITHM_AES, KM_TAG_KEY_SIZE, 256, KM_TAG_LINUX_BRIDGE, 1,
		   KM_TAG_LINUX_BRIDGE, 2, FREE }, { 0 } },
	{ false, { HMAC, FREE, KM_TAG_USAGE_COUNT_LIMIT, 3, KM_TAG_MAX_USES_PER_BOOT, 100,
		   KM_TAG_MIN_SECONDS_BETWEEN_OPS, 0 }, { SHA256, KM_TAG_MAC_LENGTH, 256 } },
	{ false, { HMAC, FREE,
		   KM_TAG_TRUSTED_CONFIRMATION_REQUIRED, 1 }, { SHA256, KM_TAG_MAC_LENGTH, 256 } },
	{ false, { HMAC, FREE, KM_TAG_UNLOCKED_DEVICE_REQUIRED, 1, KM_TAG_EARLY_BOOT_ONLY, 1,
		   KM_TAG_LINUX_SHAREABLE, 1 }, { SHA256, KM_TAG_MAC_LENGTH, 256 } },
};

const unsigned int n_recipes = sizeof(recipes) / sizeof(recipes[0]);

static unsigned int value_size(uint32_t tag)
{
	switch (KM_TAG_TYPE(tag)) {
	case KM_TYPE_BOOL:
		return 1;
	case KM_TYPE_ULONG:
	case KM_TYPE_ULONG_REP:
	case KM_TYPE_DATE:
	case KM_TYPE_BYTES:
	case KM_TYPE_BIGNUM:
		return 8;
	}
	return 4;
}

uint32_t pairs_of(const uint64_t *pairs)
{
	uint32_t n = 0;

	while (pairs[2 * n])
		n++;
	return n;
}

static uint8_t *put(uint8_t *p, uint64_t v, unsigned int size)
{
	while (size--) {
		*p++ = (uint8_t)v;
		v >>= 8;
	}
	return p;
}

/* A set of @n pairs; of bytes there are as many as the value says, up to 64, at the begin. */
uint32_t set_pack(const uint64_t *pairs, unsigned int n, uint8_t *out)
{
	uint32_t indirect = 0, elements = 0, at = 0, i, size;
	uint8_t *p;

	for (i = 0; i < n; i++) {
		size = value_size((uint32_t)pairs[2 * i]);
		elements += 4 + size;
		if (KM_TAG_TYPE(pairs[2 * i]) == KM_TYPE_BYTES ||
		    KM_TAG_TYPE(pairs[2 * i]) == KM_TYPE_BIGNUM)
			indirect += pairs[2 * i + 1] % 65;
	}
	p = put(out, indirect, 4);
	for (i = 0; i < indirect; i++)
		*p++ = (uint8_t)(i * 7);
	p = put(p, n, 4);
	p = put(p, elements, 4);
	for (i = 0; i < n; i++) {
		p = put(p, pairs[2 * i], 4);
		size = value_size((uint32_t)pairs[2 * i]);
		if (KM_TAG_TYPE(pairs[2 * i]) == KM_TYPE_BYTES ||
		    KM_TAG_TYPE(pairs[2 * i]) == KM_TYPE_BIGNUM) {
			p = put(p, pairs[2 * i + 1] % 65, 4);
			p = put(p, at, 4);
			at += pairs[2 * i + 1] % 65;
		} else {
			p = put(p, size == 1 ? pairs[2 * i + 1] & 1 : pairs[2 * i + 1], size);
		}
	}
	return (uint32_t)(p - out);
}

static void thing(const char *path)
{
	struct bytes *b = &world.things[world.n_things];
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, b->data, sizeof(b->data));

	if (n > 0 && world.n_things < THINGS - 1) {
		b->len = (uint32_t)n;
		world.n_things++;
	}
	if (fd >= 0)
		close(fd);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* In order: a program means the same in each run. */
void world_things(const char *dir)
{
	struct dirent **names;
	int n = scandir(dir, &names, NULL, by_name), i;
	char path[4096];

	for (i = 0; i < n; i++) {
		if (names[i]->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]->d_name);
		thing(path);
	}
	world.two = mmap(NULL, 2 * ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			 0);
	world.fixed = mmap(NULL, ROOM, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (world.two == MAP_FAILED || world.fixed == MAP_FAILED || munmap(world.two + ROOM, ROOM))
		abort();
}

static bool make(const struct recipe *r, struct bytes *key)
{
	uint8_t set[1024];
	struct km_generate_key arg = {
		.size = sizeof(arg), .params = PTR(set), .blob = PTR(key->data), .blob_len = ROOM,
		.params_len = set_pack(r->describe, pairs_of(r->describe), set),
	};
	bool good = !ioctl(world.dev, KM_IOC_GENERATE_KEY, &arg);

	key->len = arg.blob_len;
	return good;
}

/* Of the things the first that is taken for one. */
static bool import(const struct recipe *r, struct bytes *key)
{
	uint8_t set[1024];
	struct km_import_key arg;
	unsigned int i;

	for (i = 0; i < world.n_things; i++) {
		arg = (struct km_import_key){
			.size = sizeof(arg), .params = PTR(set), .blob = PTR(key->data),
			.params_len = set_pack(r->describe, pairs_of(r->describe), set),
			.blob_len = ROOM, .data = PTR(world.things[i].data),
			.data_len = world.things[i].len, .key_format = KM_KEY_FORMAT_PKCS8,
		};
		key->len = 0;
		if (!ioctl(world.dev, KM_IOC_IMPORT_KEY, &arg)) {
			key->len = arg.blob_len;
			return true;
		}
	}
	return false;
}

static bool one_key(unsigned int i)
{
	struct bytes key;

	if (!(recipes[i].import ? import(&recipes[i], &key) : make(&recipes[i], &key)))
		return false;
	world.keys[i] = key;
	return true;
}

static int open_as(uid_t uid)
{
	int fd;

	if (seteuid(uid))
		abort();
	fd = open("/dev/keymaster", O_RDWR | O_CLOEXEC);
	if (seteuid(0))
		abort();
	return fd;
}

/* A module with a root key, and the keys. False: something is missing. */
bool world_begin(void)
{
	struct km_load_root_key root = { .size = sizeof(root), .source = KM_ROOT_EPHEMERAL };
	unsigned int i;
	bool good = true;

	if (access("/dev/keymaster", F_OK) && system("modprobe keymaster"))
		return false;
	world.dev = open_as(0);
	world.user_dev = open_as(USER);
	if (world.dev < 0 || world.user_dev < 0 ||
	    (ioctl(world.dev, KM_IOC_LOAD_ROOT_KEY, &root) && errno != EEXIST))
		return false;
	for (i = 0; i < n_recipes; i++) {
		if (!one_key(i)) {
			fprintf(stderr, "kmfuzz: key %u is not made\n", i);
			good = false;
		}
	}
	return good;
}

/* After a while keys are deleted, used up, of an older system; some cannot be made any more. */
void world_renew(void)
{
	unsigned int i;

	for (i = 0; i < n_recipes; i++)
		one_key(i);
}
