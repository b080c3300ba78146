// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes one figure: warm up, batches, medians, the cost of measuring subtracted.
 * Called by main.c for each cell of the table.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"

#define REPETITIONS	3
#define BATCHES		15
/* A batch this long mostly falls between two timer ticks (4 ms at 250 Hz). */
#define BATCH_NS	300000.0
#define LOOPS_MAX	256
#define WARM_UP		12
/* Work beyond this is measured in fewer batches: ticks are lost in it anyway. */
#define LONG_NS		3000000.0
#define LONG_BATCHES	3

static double clock_cost;	/* of one pair of readings */
static double loop_cost;	/* of one turn that calls an empty once() */

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_value);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static int nothing(void *arg)
{
	(void)arg;
	return 0;
}

static int batch(const struct bench_op *op, unsigned int loops, double *each)
{
	uint64_t start, ns;
	int ret = 0;

	if (op->batch) {
		ret = op->batch(op->arg, loops, &ns);
		*each = (double)ns / loops;
		return ret;
	}
	start = now();
	for (unsigned int i = 0; i < loops && !ret; i++)
		ret = op->once(op->arg);
	ns = now() - start;
	*each = ((double)ns - clock_cost) / loops - loop_cost;
	return ret;
}

/* Is a nanosecond of this clock one instruction? A loop of a known number says. */
static bool clock_counts(void)
{
#ifdef __x86_64__
	unsigned long turns = 1000000;
	uint64_t start = now();
	double ns;

	__asm__ __volatile__("1: dec %0\n\tjnz 1b" : "+r"(turns));
	ns = (double)(now() - start);
	return fabs(ns / 2e6 - 1) < 0.01;
#else
	return false;
#endif
}

/**
 * measure_init() - learn what measuring itself costs
 * @counted: [out] whether the clock counts instructions
 */
int measure_init(bool *counted)
{
	static const struct bench_op empty = { .once = nothing };
	double v[101], each;
	size_t i;

	for (i = 0; i < 101; i++) {
		uint64_t start = now();

		v[i] = (double)(now() - start);
	}
	clock_cost = median(v, 101);
	for (i = 0; i < 101; i++) {
		loop_cost = 0;
		if (batch(&empty, 1024, &each))
			return -EIO;
		v[i] = each;
	}
	loop_cost = median(v, 101);
	*counted = clock_counts();
	return 0;
}

/**
 * measure() - what one operation costs
 *
 * Return: 0, or what the operation failed with.
 */
int measure(const struct bench_op *op, struct bench_result *res)
{
	double all[REPETITIONS * BATCHES], reps[REPETITIONS], each = 0;
	unsigned int loops, batches = BATCHES;
	size_t n = 0;
	int ret;

	for (int i = 0; i < WARM_UP; i++) {
		ret = batch(op, 1, &each);
		if (ret)
			return ret;
		if (each > LONG_NS)
			break;
	}
	if (each > LONG_NS)
		batches = LONG_BATCHES;
	loops = each < BATCH_NS / LOOPS_MAX ? LOOPS_MAX : (unsigned int)(BATCH_NS / each);
	if (!loops)
		loops = 1;

	for (int r = 0; r < REPETITIONS; r++) {
		double *v = all + n;

		for (unsigned int i = 0; i < batches; i++) {
			ret = batch(op, loops, v + i);
			if (ret)
				return ret;
		}
		n += batches;
		reps[r] = median(v, batches);
	}
	res->cost = median(all, n);
	median(reps, REPETITIONS);	/* sorts */
	res->spread = (reps[REPETITIONS - 1] - reps[0]) / res->cost;
	res->measured = true;
	return 0;
}
