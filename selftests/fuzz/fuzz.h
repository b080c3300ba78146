/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the fuzz targets share: properties that have to hold, and bytes taken off the input.
 * Included by each *_fuzz.c; libFuzzer calls LLVMFuzzerTestOneInput() with what it has made.
 *
 * libFuzzer hands out each input in a piece of memory of just its size, so that the address
 * sanitizer sees whoever reads beyond it.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A property: the run ends where it does not hold, and the input is kept. */
#define MUST(cond) do {								\
	if (!(cond)) {								\
		fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #cond); \
		abort();							\
	}									\
} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/**
 * struct input - what is left of the input
 * @p: next byte
 * @left: how many there are
 */
struct input {
	const uint8_t *p;
	size_t left;
};

/* At most @len bytes: the length that was got. */
static inline size_t input_bytes(struct input *in, size_t len, const uint8_t **bytes)
{
	if (len > in->left)
		len = in->left;
	*bytes = in->p;
	in->p += len;
	in->left -= len;
	return len;
}

/* A number of @size bytes, the last ones zero if they are not there. */
static inline uint64_t input_number(struct input *in, size_t size)
{
	const uint8_t *p;
	uint64_t v = 0;
	size_t n = input_bytes(in, size, &p), i;

	for (i = 0; i < n; i++)
		v |= (uint64_t)p[i] << 8 * i;
	return v;
}

/* Whether @len bytes at @p are some of the @all at @data. Of none it does not matter where. */
static inline bool is_inside(const void *p, size_t len, const void *data, size_t all)
{
	uintptr_t at = (uintptr_t)p, start = (uintptr_t)data;

	return !len || (at >= start && at - start <= all && len <= all - (at - start));
}

#endif /* FUZZ_H */
