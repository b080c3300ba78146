// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmfuzz DIR SECONDS - fuzz the device and the key type of this kernel, guided by what of the
 * module each program runs. kmfuzz DIR replay FILE... - run what was kept, and nothing else.
 *
 * DIR/things has files to be given to the kernel: keys, certificates; DIR/corpus the programs
 * that ran something new. DIR/batch has the programs that are being run, written before
 * they are: when the kernel dies they are what it died of.
 * Runs as root in a VM; started by run.sh.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kmfuzz.h"

#define CORPUS		20000
#define BATCH		256
/* Seconds until the keys are made anew, and between reports. */
#define RENEW		15
#define REPORT		60

static struct program *corpus[CORPUS];
static unsigned int n_corpus;
static struct program batch[BATCH];
static uint64_t rng_state;

static uint64_t rnd(void)
{
	uint64_t z = (rng_state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* --- files --- */

static bool write_file(const char *dir, const char *name, const void *data, size_t len)
{
	char path[4096];
	bool good;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0)
		return false;
	good = write(fd, data, len) == (ssize_t)len;
	return !close(fd) && good;
}

static bool read_programs(const char *path)
{
	struct program p = { 0 };
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		return false;
	while (n_corpus < CORPUS && read(fd, &p.len, sizeof(p.len)) == sizeof(p.len) &&
	       p.len <= PROGRAM && read(fd, p.bytes, p.len) == (ssize_t)p.len) {
		corpus[n_corpus] = malloc(sizeof(p));
		*corpus[n_corpus++] = p;
	}
	close(fd);
	return true;
}

static void read_corpus(const char *dir)
{
	char path[4096];
	struct dirent *d;
	DIR *folder;

	snprintf(path, sizeof(path), "%s/corpus", dir);
	folder = opendir(path);
	while (folder && (d = readdir(folder))) {
		snprintf(path, sizeof(path), "%s/corpus/%s", dir, d->d_name);
		if (d->d_name[0] != '.')
			read_programs(path);
	}
	if (folder)
		closedir(folder);
}

static void keep(const char *dir, const struct program *p)
{
	char name[64];
	uint64_t hash = p->len;
	uint32_t i;

	if (n_corpus >= CORPUS)
		return;
	corpus[n_corpus] = malloc(sizeof(*p));
	*corpus[n_corpus++] = *p;
	for (i = 0; i < p->len; i++)
		hash = (hash ^ p->bytes[i]) * 0x100000001b3ULL;
	snprintf(name, sizeof(name), "corpus/%016llx", (unsigned long long)hash);
	write_file(dir, name, p, sizeof(p->len) + p->len);
}

static bool write_batch(const char *dir)
{
	static uint8_t all[sizeof(batch)];
	size_t len = 0;
	unsigned int i;

	for (i = 0; i < BATCH; i++) {
		memcpy(all + len, &batch[i], sizeof(batch[i].len) + batch[i].len);
		len += sizeof(batch[i].len) + batch[i].len;
	}
	return write_file(dir, "batch", all, len);
}

/* --- mutation --- */

static void random_record(uint8_t *record)
{
	unsigned int i;

	/* Mostly zeros, which make sense. */
	for (i = 0; i < RECORD; i++)
		record[i] = rnd() % 4 && i > 2 ? 0 : (uint8_t)rnd();
	if (rnd() % 2)
		record[1] &= 0x40;
}

static void insert(struct program *p)
{
	uint32_t at = (uint32_t)(rnd() % (p->len / RECORD + 1)) * RECORD;
	const struct program *from = n_corpus ? corpus[rnd() % n_corpus] : NULL;

	if (p->len >= PROGRAM)
		return;
	memmove(p->bytes + at + RECORD, p->bytes + at, p->len - at);
	p->len += RECORD;
	if (from && from->len && rnd() % 2)
		memcpy(p->bytes + at, from->bytes + rnd() % (from->len / RECORD) * RECORD, RECORD);
	else
		random_record(p->bytes + at);
}

static void leave_out(struct program *p)
{
	uint32_t at;

	if (p->len <= RECORD)
		return;
	at = (uint32_t)(rnd() % (p->len / RECORD)) * RECORD;
	p->len -= RECORD;
	memmove(p->bytes + at, p->bytes + at + RECORD, p->len - at);
}

static void change(struct program *p)
{
	uint8_t *b = p->bytes + rnd() % p->len;

	switch (rnd() % 4) {
	case 0:
		*b ^= (uint8_t)(1 << rnd() % 8);
		break;
	case 1:
		*b = (uint8_t)rnd();
		break;
	case 2:
		*b = 0;
		break;
	default:
		*b += (uint8_t)(rnd() % 5) - 2;
	}
}

static unsigned int newest(void)
{
	return n_corpus - 1 - (unsigned int)(rnd() % (n_corpus / 8 + 1));
}

static void mutate(struct program *p)
{
	unsigned int n = 1 + (unsigned int)(rnd() % 6);

	if (n_corpus && rnd() % 8)
		*p = *corpus[rnd() % 3 ? rnd() % n_corpus : newest()];
	else
		p->len = 0;
	while (n-- || !p->len) {
		if (!p->len || !(rnd() % 4))
			insert(p);
		else if (!(rnd() % 6))
			leave_out(p);
		else
			change(p);
	}
}

/* --- the run --- */

static unsigned long executions;

static void run(const char *dir, const struct program *p, bool keeps)
{
	cover_start();
	run_program(p);
	executions++;
	if (cover_stop() && keeps)
		keep(dir, p);
}

/* Written before it is run. */
static bool run_batch(const char *dir, bool keeps)
{
	unsigned int i;

	if (!write_batch(dir))
		return false;
	for (i = 0; i < BATCH; i++)
		run(dir, &batch[i], keeps);
	return true;
}

static void report(time_t seconds)
{
	printf("# %5ld s: %lu programs, %lu a second, %lu edges and %lu blocks of kernel/, ",
	       (long)seconds, executions, executions / (unsigned long)(seconds ? seconds : 1),
	       cover_edges, cover_blocks);
	printf("corpus %u\n", n_corpus);
	fflush(stdout);
}

static bool fuzz(const char *dir, time_t seconds)
{
	time_t began = now(), reported = began, renewed = began;
	unsigned int i, old, at;

	read_corpus(dir);
	old = n_corpus;
	for (at = 0; at < old; at += BATCH) {
		for (i = 0; i < BATCH; i++)
			batch[i] = *corpus[(at + i) % old];
		if (!run_batch(dir, false))
			return false;
	}
	while (now() - began < seconds) {
		for (i = 0; i < BATCH; i++)
			mutate(&batch[i]);
		if (!run_batch(dir, true))
			return false;
		if (now() - reported >= REPORT) {
			reported = now();
			report(reported - began);
		}
		if (now() - renewed >= RENEW) {
			world_renew();
			renewed = now();
		}
	}
	report(now() - began);
	return true;
}

static bool replay(const char *dir, char **files)
{
	unsigned int i;

	for (; *files; files++)
		if (!read_programs(*files))
			return false;
	for (i = 0; i < n_corpus; i++)
		run(dir, corpus[i], false);
	report(1);
	return true;
}

int main(int argc, char **argv)
{
	char things[4096];
	bool good;

	if (argc < 3) {
		fprintf(stderr, "usage: kmfuzz DIR SECONDS | kmfuzz DIR replay FILE...\n");
		return 2;
	}
	rng_state = (uint64_t)time(NULL);
	printf("# seed %llu\n", (unsigned long long)rng_state);
	snprintf(things, sizeof(things), "%s/things", argv[1]);
	world_things(things);
	if (!world_begin() || !cover_open()) {
		fprintf(stderr, "kmfuzz: no module, no keys, or no KCOV\n");
		return 1;
	}
	good = strcmp(argv[2], "replay") ? fuzz(argv[1], strtol(argv[2], NULL, 10)) :
					   replay(argv[1], argv + 3);
	printf("%s 1 - programs of calls find nothing\n1..1\n", good ? "ok" : "not ok");
	return !good;
}
