/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the userspace tests of the kernel-independent files share: TAP and random cases.
 * Included by each *_test.c that is a table of functions.
 *
 * KM_TEST_PERCENT scales the number of random cases, KM_TEST_SEED repeats a run.
 */
#ifndef HARNESS_H
#define HARNESS_H

#include <stdio.h>
#include <time.h>
#include "shim.h"

/**
 * struct test - one line of TAP
 * @name: what is true if it passes
 * @run: false: it is not
 */
struct test {
	const char *name;
	bool (*run)(void);
};

#define CHECK(cond) do {							\
	if (!(cond)) {								\
		printf("# %s:%d: %s\n", __func__, __LINE__, #cond);		\
		return false;							\
	}									\
} while (0)

static u64 rng_state;

static inline u64 rnd(void)
{
	u64 z = (rng_state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static inline void rnd_bytes(void *p, size_t len)
{
	u8 *b = p;

	while (len--)
		*b++ = rnd();
}

/* @n random cases, or the part of them that is asked for, but never none. */
static inline unsigned long cases(unsigned long n)
{
	const char *percent = getenv("KM_TEST_PERCENT");
	unsigned long part = n * (percent ? strtoul(percent, NULL, 10) : 100) / 100;

	return part ? part : 1;
}

/* A copy without a byte to spare, so that the sanitizer sees what reads beyond it. */
static inline u8 *exact(const void *data, size_t len)
{
	u8 *p = malloc(len ? len : 1);

	if (!p)
		abort();
	if (len)
		memcpy(p, data, len);
	return p;
}

static inline int run_tests(const struct test *tests, unsigned int n)
{
	const char *seed = getenv("KM_TEST_SEED");
	unsigned int i, failed = 0;
	bool ok;

	rng_state = seed ? strtoull(seed, NULL, 0) : (u64)time(NULL);
	printf("TAP version 13\n# KM_TEST_SEED=%#llx\n", (unsigned long long)rng_state);
	for (i = 0; i < n; i++) {
		ok = tests[i].run();
		failed += !ok;
		printf("%sok %u - %s\n", ok ? "" : "not ", i + 1, tests[i].name);
		fflush(stdout);
	}
	printf("1..%u\n", n);
	return failed ? 1 : 0;
}

#endif /* HARNESS_H */
