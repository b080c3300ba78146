// SPDX-License-Identifier: GPL-2.0-only
/*
 * memscan FILE < PIECES - where pieces of 8 bytes are in a file, at any offset.
 * For secrets_host.py, which looks for secrets in a guest's memory and on its disk.
 *
 * PIECES are lines of 16 hex digits. Prints "PIECE OFFSET" for each find, PLACES_MAX at most.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE		sizeof(uint64_t)
#define PAGE		4096
#define SLOTS		(1 << 16)
#define PLACES_MAX	100000

/* Open addressing; 0 is an empty place, and no piece. */
static uint64_t table[SLOTS];
/* By a hash of the first half: most of the memory is dismissed here. */
static uint8_t filter[SLOTS / 8];

static unsigned int half_hash(const uint8_t *p)
{
	uint32_t half;

	memcpy(&half, p, sizeof(half));
	return half * 0x9e3779b1u >> 16;
}

static uint64_t *find(uint64_t piece)
{
	unsigned int i = piece * 0x9e3779b97f4a7c15u >> 48;

	while (table[i] && table[i] != piece)
		i = (i + 1) % SLOTS;
	return &table[i];
}

static bool read_pieces(void)
{
	unsigned int n, i, hash;
	uint8_t bytes[PIECE];
	char line[64];
	uint64_t piece;

	for (n = 0; fgets(line, sizeof(line), stdin); n++) {
		for (i = 0; i < PIECE; i++)
			if (sscanf(line + 2 * i, "%2hhx", &bytes[i]) != 1)
				return false;
		memcpy(&piece, bytes, PIECE);
		if (!piece || n > SLOTS / 2)
			return false;
		*find(piece) = piece;
		hash = half_hash(bytes);
		filter[hash / 8] |= 1 << hash % 8;
	}
	return n;
}

static bool report(const uint8_t *p, uint64_t offset)
{
	static unsigned int n;
	unsigned int i;

	for (i = 0; i < PIECE; i++)
		printf("%02x", p[i]);
	printf(" %" PRIu64 "\n", offset);
	return ++n < PLACES_MAX;
}

/* Pieces that begin in these bytes, behind which there are PIECE - 1 more. */
static bool search(const uint8_t *base, size_t at, size_t end)
{
	unsigned int hash;
	uint64_t piece;

	for (; at < end; at++) {
		hash = half_hash(base + at);
		if (!(filter[hash / 8] & 1 << hash % 8))
			continue;
		memcpy(&piece, base + at, PIECE);
		if (piece && *find(piece) && !report(base + at, at))
			return false;
	}
	return true;
}

static bool is_empty(const uint8_t *p, size_t len)
{
	return !*p && !memcmp(p, p + 1, len - 1);
}

static void search_file(int fd, const uint8_t *base, size_t size)
{
	size_t last = size - PIECE + 1, at, end;
	off_t data, hole = 0;

	while ((data = lseek(fd, hole, SEEK_DATA)) >= 0) {
		hole = lseek(fd, data, SEEK_HOLE);
		/* A piece may begin before. */
		at = (size_t)data < PAGE ? 0 : data - PAGE;
		for (; at < (size_t)hole && at < last; at = end) {
			end = at + PAGE < last ? at + PAGE : last;
			if (!is_empty(base + at, end - at) && !search(base, at, end))
				return;
		}
	}
}

int main(int argc, char **argv)
{
	struct stat st;
	void *base;
	int fd;

	if (argc != 2 || !read_pieces()) {
		fprintf(stderr, "usage: memscan FILE < PIECES\n");
		return 2;
	}
	fd = open(argv[1], O_RDONLY);
	if (fd < 0 || fstat(fd, &st) || st.st_size < (off_t)PIECE) {
		perror(argv[1]);
		return 1;
	}
	base = mmap(NULL, st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (base == MAP_FAILED) {
		perror(argv[1]);
		return 1;
	}
	search_file(fd, base, st.st_size);
	return 0;
}
