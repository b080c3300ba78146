/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the files of selftests/vectors: "[section]" and "name = hex", where indented
 * lines go on with the value. Included by the tests that have published vectors.
 *
 * A vector that is not there ends the test program: it must not pass for want of it.
 */
#ifndef VECTORS_H
#define VECTORS_H

#include <ctype.h>
#include <stdio.h>
#include "prim.h"

#define VECTOR_MAX	1024

/**
 * struct vector - the value of one name
 * @len: bytes
 * @data: the bytes
 */
struct vector {
	size_t len;
	u8 data[VECTOR_MAX];
};

static inline __attribute__((noreturn)) void vector_missing(const char *file, const char *section,
							    const char *name)
{
	printf("Bail out! %s: [%s] %s\n", file, section, name);
	exit(1);
}

static inline bool vector_hex(struct vector *v, const char *hex)
{
	unsigned int byte;

	while (isspace((unsigned char)*hex))
		hex++;
	for (; isxdigit((unsigned char)*hex); hex += 2) {
		if (!isxdigit((unsigned char)hex[1]) || v->len == VECTOR_MAX)
			return false;
		if (sscanf(hex, "%2x", &byte) != 1)
			return false;
		v->data[v->len++] = byte;
	}
	return !*hex || isspace((unsigned char)*hex);
}

static inline bool vector_scan(FILE *f, const char *section, const char *name, struct vector *v)
{
	bool inside = false, found = false, here = false;
	size_t n = strlen(name), m = strlen(section);
	char line[256];

	while (fgets(line, sizeof(line), f)) {
		if (*line == '#')
			continue;
		if (*line == '[')
			inside = !strncmp(line + 1, section, m) && line[1 + m] == ']';
		if (*line == ' ') {
			if (here && !vector_hex(v, line))
				return false;
			continue;
		}
		here = inside && !strncmp(line, name, n) && !strncmp(line + n, " =", 2);
		if (here && (found || !vector_hex(v, line + n + 2)))
			return false;
		found |= here;
	}
	return found;
}

/* The file is one of selftests/vectors, which lies beside the folder the tests run in. */
static inline struct vector vector(const char *file, const char *section, const char *name)
{
	struct vector v = { .len = 0 };
	char path[256];
	FILE *f;
	bool ok;

	snprintf(path, sizeof(path), "%s/%s", getenv("KM_VECTORS") ?: "../vectors", file);
	f = fopen(path, "r");
	ok = f && vector_scan(f, section, name, &v);
	if (f)
		fclose(f);
	if (!ok)
		vector_missing(path, section, name);
	return v;
}

static inline struct km_piece vector_piece(const struct vector *v)
{
	return (struct km_piece){ v->data, v->len };
}

#endif /* VECTORS_H */
