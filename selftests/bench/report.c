// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shows what was measured: a table for people, JSON for programs.
 * Called by main.c at the end.
 */
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "bench.h"

const char *const peer_names[PEERS] = {
	[PEER_RAW] = "raw kernel",
	[PEER_OPENSSL] = "OpenSSL",
	[PEER_AFALG] = "AF_ALG",
	[PEER_OURS] = "keymaster",
};

const char *const peer_ids[PEERS] = { "raw", "openssl", "af_alg", "keymaster" };

static void put_number(double v)
{
	if (v < 1e6)
		printf(" %11.0f", v);
	else
		printf(" %9.3f M", v / 1e6);
}

static void put_result(const struct bench_result *res)
{
	if (res->measured)
		put_number(res->cost);
	else
		printf(" %11s", "-");
}

/* What the row says about the goal: the number of times that ours takes of it. */
static void put_verdict(const struct bench_row *row)
{
	const struct bench_result *ours = &row->by[PEER_OURS];
	double goal = row->work->goal, later = row->work->later;

	if (goal)
		put_number(goal);
	else
		printf(" %11s", "-");
	if (!ours->measured || (!goal && !later)) {
		printf("\n");
		return;
	}
	if (goal)
		printf("  %5.2f %s", ours->cost / goal, ours->cost <= goal ? "met" : "ABOVE GOAL");
	else
		printf("  %5s", "-");
	if (later)
		printf("  (later %.0f: %.2f)", later, ours->cost / later);
	printf("\n");
}

static double worst_spread(const struct bench_row *rows, size_t n)
{
	double worst = 0;

	for (size_t i = 0; i < n; i++) {
		for (int p = 0; p < PEERS; p++) {
			if (rows[i].by[p].measured && rows[i].by[p].spread > worst)
				worst = rows[i].by[p].spread;
		}
	}
	return worst;
}

void report_table(const struct bench_row *rows, size_t n, bool counted)
{
	printf("%s per operation, median\n\n", counted ? "Guest instructions" :
	       "NANOSECONDS (this clock does not count instructions: compare nothing)");
	printf("%-38s", "");
	for (int p = 0; p < PEERS; p++)
		printf(" %11s", peer_names[p]);
	printf(" %11s  ours/goal\n", "goal");
	for (size_t i = 0; i < n; i++) {
		printf("%-38s", rows[i].work->name);
		for (int p = 0; p < PEERS; p++)
			put_result(&rows[i].by[p]);
		put_verdict(&rows[i]);
	}
	printf("\nWithin this run the medians of a cell lie at most %.2f %% apart.\n",
	       100 * worst_spread(rows, n));
	printf("\n"
	       "raw kernel  no system call. ECDSA sign: one scalar multiplication alone; verify: the\n"
	       "            double one; key in every call: setkey; empty call: getppid.\n"
	       "OpenSSL     in the process, contexts kept. Key in every call, opening: PKCS#8 for EC.\n"
	       "AF_ALG      sendmsg and read. Key in every call: ALG_SET_KEY, accept, close.\n"
	       "keymaster   one OPERATE ioctl, key by serial. Whole messages get their nonce from\n"
	       "            the caller, as the others do; nonce drawn, streams: from the kernel.\n");
}

static void json_result(FILE *f, const char *id, const struct bench_result *res)
{
	if (res->measured)
		fprintf(f, ", \"%s\": {\"cost\": %.1f, \"spread\": %.5f}", id, res->cost,
			res->spread);
}

/**
 * report_json() - write all figures to a file
 *
 * Return: 0 or a negative errno.
 */
int report_json(const char *path, const struct bench_row *rows, size_t n, bool counted)
{
	struct utsname uts;
	FILE *f = fopen(path, "we");

	if (!f)
		return -errno;
	uname(&uts);
	fprintf(f, "{\"unit\": \"%s\", \"kernel\": \"%s\", \"rows\": [",
		counted ? "instructions" : "nanoseconds", uts.release);
	for (size_t i = 0; i < n; i++) {
		const struct bench_work *work = rows[i].work;

		fprintf(f, "%s\n  {\"work\": \"%s\", \"size\": %zu", i ? "," : "", work->id,
			work->size);
		if (work->goal)
			fprintf(f, ", \"goal\": %.0f", work->goal);
		if (work->later)
			fprintf(f, ", \"later\": %.0f", work->later);
		for (int p = 0; p < PEERS; p++)
			json_result(f, peer_ids[p], &rows[i].by[p]);
		fprintf(f, "}");
	}
	fprintf(f, "\n]}\n");
	if (fclose(f))
		return -errno;
	return 0;
}
