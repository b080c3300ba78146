/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fuzzer of the device and the key type: what its files share.
 * main.c (corpus, mutation) -> calls.c (a program of calls) -> world.c (keys, buffers),
 * cover.c (which code of the module was run).
 */
#ifndef FUZZ_DEVICE_KMFUZZ_H
#define FUZZ_DEVICE_KMFUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A program: records of one size, so that whatever is put in, left out or moved leaves the
 * others what they are. Its first byte says which call, a zero always the most sensible choice.
 */
#define RECORD		24
#define RECORDS		16
#define PROGRAM		(RECORD * RECORDS)

/** struct program - as it is kept in the corpus */
struct program {
	uint32_t len;
	uint8_t bytes[PROGRAM];
};

/* --- world.c --- */
#define KEYS		24
#define MADE		4
#define OUTS		4
#define ROOM		4096u
#define THINGS		128
#define USER		4242

/** struct bytes - a buffer */
struct bytes {
	uint32_t len;
	uint8_t data[ROOM];
};

/** struct recipe - how a key is made, and what it is used with: pairs of tag and value */
struct recipe {
	bool import;
	uint64_t describe[28];
	uint64_t use[10];
};

extern const struct recipe recipes[];
extern const unsigned int n_recipes;

/**
 * struct world - what programs work on
 * @dev: the device, opened by root
 * @user_dev: by a user
 * @keys: one of each recipe
 * @made: keys, tokens, certificates that came out last
 * @out: where outputs go
 * @things: files of the share: keys in all encodings, certificates
 * @two: a page with none behind it
 * @fixed: a page that cannot be written
 */
struct world {
	int dev, user_dev;
	struct bytes keys[KEYS];
	struct bytes made[MADE];
	struct bytes out[OUTS];
	struct bytes things[THINGS];
	unsigned int n_made, n_things;
	uint8_t *two, *fixed;
	uint8_t large[128 * 1024];
};

extern struct world world;

void world_things(const char *dir);
bool world_begin(void);
void world_renew(void);
uint32_t set_pack(const uint64_t *pairs, unsigned int n, uint8_t *out);
uint32_t pairs_of(const uint64_t *pairs);

/* --- calls.c --- */
void run_program(const struct program *p);

/* --- cover.c --- */
bool cover_open(void);
void cover_start(void);
unsigned int cover_stop(void);
extern unsigned long cover_edges, cover_blocks;

#endif /* FUZZ_DEVICE_KMFUZZ_H */
