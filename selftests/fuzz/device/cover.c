// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which code of the module a program has run: KCOV, of which only the module is instrumented.
 * Called by main.c around each program.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kmfuzz.h"

#define KCOV_INIT_TRACE	_IOR('c', 1, unsigned long)
#define KCOV_ENABLE	_IO('c', 100)
#define KCOV_TRACE_PC	0
#define ENTRIES		(1 << 17)
#define BITS		(1 << 20)

static uint64_t *trace;
static uint8_t edges[BITS / 8], blocks[BITS / 8];
unsigned long cover_edges, cover_blocks;

bool cover_open(void)
{
	int fd = open("/sys/kernel/debug/kcov", O_RDWR);

	if (fd < 0 || ioctl(fd, KCOV_INIT_TRACE, ENTRIES))
		return false;
	trace = mmap(NULL, ENTRIES * sizeof(*trace), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return trace != MAP_FAILED && !ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC);
}

void cover_start(void)
{
	__atomic_store_n(trace, 0, __ATOMIC_RELAXED);
}

static bool mark(uint8_t *set, uint64_t what)
{
	uint32_t bit = (uint32_t)((what * 0x9e3779b97f4a7c15ULL) >> 44);
	uint8_t mask = (uint8_t)(1 << bit % 8);
	bool is_new = !(set[bit / 8] & mask);

	set[bit / 8] |= mask;
	return is_new;
}

/* How many pairs of blocks were not run one after the other before. */
unsigned int cover_stop(void)
{
	uint64_t n = __atomic_load_n(trace, __ATOMIC_RELAXED), i, before = 0;
	unsigned int found = 0;

	for (i = 0; i < n && i < ENTRIES - 1; i++) {
		if (mark(edges, before ^ trace[i + 1]))
			found++;
		if (mark(blocks, trace[i + 1]))
			cover_blocks++;
		before = trace[i + 1] << 20;
	}
	cover_edges += found;
	return found;
}
