/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The peer "keymaster" between its two users: ours.c (the table) and stages.c.
 * One struct ours is one key, loaded, with the calls that use it made ready.
 */
#ifndef BENCH_OURS_H
#define BENCH_OURS_H

#include <linux/keymaster.h>

#include "../abi.h"
#include "bench.h"

struct ours {
	int fd;
	int32_t serial;
	uint32_t blob_len;
	size_t size;		/* of the message */
	bool by_blob;		/* name the key by its blob in every call */
	struct abi_set describe, use;
	struct km_operate call;
	uint8_t sig[BENCH_SIG_MAX];
	uint8_t blob[2048], spki[512], out_params[64];
	uint8_t in[BENCH_MAX + BENCH_TAG_SIZE], out[BENCH_MAX + BENCH_TAG_SIZE];
};

/* Where the one out parameter of a GCM encryption has its bytes. */
#define OURS_NONCE_AT	4

int ours_open(struct ours **ours, const struct bench_work *work);
void ours_close(void *arg);
int ours_operate(void *arg);

#endif /* BENCH_OURS_H */
