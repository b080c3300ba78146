// SPDX-License-Identifier: GPL-2.0-only
/*
 * PKCS#7 padding of kernel/pad.c against the plainest check there is.
 * Userspace test; that it takes the same time whatever it sees is secret_ct_test's matter.
 */
#include "harness.h"
#include "pad.h"

#define BLOCK	16

/* As RFC 5652 6.3 reads; leaves as soon as it knows, which the module's must not. */
static bool plain_check(const u8 *block, size_t size, size_t *pad)
{
	size_t i;

	*pad = block[size - 1];
	if (!*pad || *pad > size)
		return false;
	for (i = size - *pad; i < size; i++)
		if (block[i] != *pad)
			return false;
	return true;
}

static bool agree(const u8 *block, size_t size)
{
	size_t want, got = 0;
	bool good = plain_check(block, size, &want);
	int ret = km_pkcs7_check(block, size, &got);

	CHECK(ret == (good ? 0 : -EBADMSG));
	CHECK(!good || got == want);
	return true;
}

/* Every last pair of bytes, behind bytes that would pass and bytes that would not. */
static bool all_tails(void)
{
	unsigned int i, j, fill;
	u8 block[BLOCK];

	for (i = 0; i < 65536; i++) {
		for (j = 0; j < 3; j++) {
			fill = j == 0 ? i & 0xff : j == 1 ? i >> 8 : rnd();
			memset(block, fill, sizeof(block));
			block[BLOCK - 2] = i >> 8;
			block[BLOCK - 1] = i;
			CHECK(agree(block, sizeof(block)));
		}
	}
	return true;
}

/* Every good padding, then each bit of the block changed. */
static bool every_bit(void)
{
	unsigned int used, bit;
	u8 block[2 * BLOCK];
	size_t pad;

	for (used = 0; used < BLOCK; used++) {
		rnd_bytes(block, sizeof(block));
		CHECK(km_pkcs7_add(block + used, used, BLOCK) == BLOCK - used);
		CHECK(!km_pkcs7_check(block, BLOCK, &pad) && pad == BLOCK - used);
		for (bit = 0; bit < 8 * BLOCK; bit++) {
			block[bit / 8] ^= 1 << bit % 8;
			CHECK(agree(block, BLOCK));
			block[bit / 8] ^= 1 << bit % 8;
		}
	}
	return true;
}

static bool added(void)
{
	u8 block[2 * BLOCK + 1], want[2 * BLOCK + 1];
	unsigned int used, i;

	for (used = 0; used < BLOCK; used++) {
		rnd_bytes(block, sizeof(block));
		memcpy(want, block, sizeof(want));
		for (i = used; i < BLOCK; i++)
			want[i] = BLOCK - used;
		CHECK(km_pkcs7_add(block + used, used, BLOCK) == BLOCK - used);
		CHECK(!memcmp(block, want, sizeof(block)));
	}
	return true;
}

static bool random_blocks(void)
{
	unsigned long i, n = cases(500000);
	u8 block[255], *copy;
	size_t size, pad;
	bool ok;

	for (i = 0; i < n; i++) {
		size = rnd() % 4 ? BLOCK : 1 + rnd() % sizeof(block);
		rnd_bytes(block, size);
		pad = rnd() % (size + 2);
		if (rnd() & 1)
			memset(block + size - min(pad, size), pad, min(pad, size));
		if (rnd() & 1)
			block[size - 1] = pad;
		if (!(rnd() & 3))
			block[rnd() % size] = rnd();
		copy = exact(block, size);
		ok = agree(copy, size);
		free(copy);
		CHECK(ok);
	}
	return true;
}

static const struct test tests[] = {
	{ "pad: what is added is the padding and nothing else", added },
	{ "pad: all ends of two bytes are judged as the plain check does", all_tails },
	{ "pad: each bit of a good padding counts", every_bit },
	{ "pad: random blocks of all sizes", random_blocks },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
