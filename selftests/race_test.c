// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffers that another thread changes while the kernel reads them: each is taken once, and what
 * was taken is what is checked, used and stored.
 * vm: -c 2
 * watched: every call of the interface
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>

#include "abi.h"
#include <kselftest_harness.h>

#define ROOM	2048
#define ROUNDS	3000
/* In a blob the length of the material, behind format and nonce: spec/blobs.md. */
#define MATERIAL_LEN	17

/**
 * struct changer - a thread that writes one of two contents, in turn, a word at a time
 * @to: where
 * @what: the contents
 * @len: how much of them
 * @stop: no more
 */
struct changer {
	uint8_t *to;
	const uint8_t *what[2];
	uint32_t len;
	atomic_bool stop;
};

static void *change(void *p)
{
	struct changer *c = p;
	unsigned int i = 0, k;
	uint32_t word;

	while (!c->stop) {
		for (i ^= 1, k = 0; k + sizeof(word) <= c->len; k += sizeof(word)) {
			memcpy(&word, c->what[i] + k, sizeof(word));
			*(volatile uint32_t *)(c->to + k) = word;
		}
	}
	return NULL;
}

static void describe(struct abi_set *s, uint32_t bits)
{
	abi_set_start(s);
	abi_set_u32(s, KM_TAG_ALGORITHM, KM_ALGORITHM_AES);
	abi_set_u32(s, KM_TAG_PURPOSE, KM_PURPOSE_ENCRYPT);
	abi_set_u32(s, KM_TAG_BLOCK_MODE, KM_MODE_ECB);
	abi_set_u32(s, KM_TAG_PADDING, KM_PAD_NONE);
	abi_set_bool(s, KM_TAG_NO_AUTH_REQUIRED);
	abi_set_u32(s, KM_TAG_KEY_SIZE, bits);
	abi_set_end(s);
}

static int key_of(int dev, uint32_t bits, uint8_t *blob, uint32_t *len)
{
	struct abi_set set;

	describe(&set, bits);
	*len = ROOM;
	return abi_generate(dev, &set, blob, len, NULL);
}

static int encrypt(int dev, const uint8_t *blob, uint32_t len, uint8_t *out)
{
	static const uint8_t in[16];
	struct abi_set use;
	struct km_operate arg = {
		.size = sizeof(arg), .purpose = KM_PURPOSE_ENCRYPT, .blob = ABI_PTR(blob),
		.blob_len = len, .input = ABI_PTR(in), .input_len = sizeof(in),
		.output = ABI_PTR(out), .output_len = 16,
	};

	abi_set_start(&use);
	abi_set_u32(&use, KM_TAG_BLOCK_MODE, KM_MODE_ECB);
	abi_set_u32(&use, KM_TAG_PADDING, KM_PAD_NONE);
	abi_set_end(&use);
	arg.params = ABI_PTR(use.wire);
	arg.params_len = use.len;
	return abi_ioctl(dev, KM_IOC_OPERATE, &arg);
}

FIXTURE(race)
{
	int dev;
	struct changer changer;
	pthread_t thread;
};

FIXTURE_SETUP(race)
{
	ASSERT_EQ(0, abi_ready());
	self->dev = abi_open();
	ASSERT_LE(0, self->dev);
}

FIXTURE_TEARDOWN(race)
{
	close(self->dev);
}

/* KEY_SIZE says 128 and 256 in turn: the key is as long as its blob says. */
TEST_F(race, a_set_that_changes)
{
	struct abi_set sets[2], moving;
	unsigned int seen[2] = { 0, 0 };
	uint8_t blob[ROOM], out[16];
	uint32_t len, size;
	int i;

	describe(&sets[0], 128);
	describe(&sets[1], 256);
	moving = sets[0];
	self->changer = (struct changer){
		/* The last entry's value. */
		.to = moving.wire + moving.len - 4, .len = 4,
		.what = { sets[0].wire + moving.len - 4, sets[1].wire + moving.len - 4 },
	};
	ASSERT_EQ(0, pthread_create(&self->thread, NULL, change, &self->changer));
	for (i = 0; i < ROUNDS; i++) {
		len = ROOM;
		ASSERT_EQ(0, abi_generate(self->dev, &moving, blob, &len, NULL));
		size = blob[MATERIAL_LEN];
		ASSERT_TRUE(size == 16 || size == 32);
		seen[size / 32]++;
		ASSERT_NE(NULL, memmem(blob, len, sets[size / 32].wire + moving.len - 8, 8));
		ASSERT_EQ(NULL, memmem(blob, len, sets[!(size / 32)].wire + moving.len - 8, 8));
		ASSERT_EQ(0, encrypt(self->dev, blob, len, out));
	}
	self->changer.stop = true;
	pthread_join(self->thread, NULL);
	TH_LOG("%u keys of 128 bits, %u of 256", seen[0], seen[1]);
	EXPECT_LT(0, seen[0]);
	EXPECT_LT(0, seen[1]);
}

/* Two keys in turn: what is encrypted is by the one or by the other, or not at all. */
TEST_F(race, a_blob_that_changes)
{
	uint8_t blobs[2][ROOM], moving[ROOM], want[2][16], out[16];
	unsigned int refused = 0, seen[2] = { 0, 0 };
	uint32_t len[2];
	int i, err, which;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, key_of(self->dev, 256, blobs[i], &len[i]));
		ASSERT_EQ(0, encrypt(self->dev, blobs[i], len[i], want[i]));
	}
	ASSERT_EQ(len[0], len[1]);
	memcpy(moving, blobs[0], len[0]);
	self->changer = (struct changer){
		.to = moving, .len = len[0] & ~3u, .what = { blobs[0], blobs[1] },
	};
	ASSERT_EQ(0, pthread_create(&self->thread, NULL, change, &self->changer));
	for (i = 0; i < ROUNDS; i++) {
		err = encrypt(self->dev, moving, len[0], out);
		if (err) {
			ASSERT_EQ(EKEYREJECTED, err);
			refused++;
			continue;
		}
		which = memcmp(out, want[0], sizeof(out)) ? 1 : 0;
		seen[which]++;
		ASSERT_EQ(0, memcmp(out, want[which], sizeof(out)));
	}
	self->changer.stop = true;
	pthread_join(self->thread, NULL);
	TH_LOG("%u and %u encrypted, %u refused", seen[0], seen[1], refused);
	EXPECT_LT(0, seen[0] + seen[1]);
	EXPECT_LT(0, refused);
}

TEST_HARNESS_MAIN
