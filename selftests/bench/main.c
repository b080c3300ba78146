// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench - what an operation costs: raw kernel crypto, OpenSSL, AF_ALG and keymaster.
 * Run in the VM by "make bench". Fails on errors only: a slow figure is marked, not fatal.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

static const struct bench_work works[] = {
	{ EMPTY_CALL, "empty call", "empty", 0, 0, 0 },
	{ GCM_ENC, "AES-256-GCM encrypt, 64 B", "gcm-encrypt-64", 64, 3500, 0 },
	{ GCM_ENC, "AES-256-GCM encrypt, 1 KiB", "gcm-encrypt-1k", 1024, 0, 0 },
	{ GCM_ENC, "AES-256-GCM encrypt, 16 KiB", "gcm-encrypt-16k", 16384, 45000, 43500 },
	{ GCM_DEC, "AES-256-GCM decrypt, 64 B", "gcm-decrypt-64", 64, 0, 0 },
	{ GCM_DEC, "AES-256-GCM decrypt, 1 KiB", "gcm-decrypt-1k", 1024, 0, 0 },
	{ GCM_DEC, "AES-256-GCM decrypt, 16 KiB", "gcm-decrypt-16k", 16384, 0, 0 },
	{ GCM_ENC_BLOB, "  encrypt, key in every call, 64 B", "gcm-encrypt-blob-64", 64, 0, 0 },
	{ GCM_ENC_DRAWN, "  encrypt, nonce drawn, 64 B", "gcm-encrypt-drawn-64", 64, 0, 0 },
	{ GCM_STREAM, "  begin+update+finish, 64 B", "gcm-stream-64", 64, 0, 0 },
	{ GCM_STREAM, "  begin+update+finish, 16 KiB", "gcm-stream-16k", 16384, 0, 0 },
	{ HMAC_SIGN, "HMAC-SHA256, 64 B", "hmac-64", 64, 9000, 0 },
	{ HMAC_SIGN, "HMAC-SHA256, 16 KiB", "hmac-16k", 16384, 0, 0 },
	{ ECDSA_SIGN, "ECDSA P-256 sign, 32 B", "ecdsa-sign", 32, 900000, 300000 },
	{ ECDSA_VERIFY, "ECDSA P-256 verify, 32 B", "ecdsa-verify", 32, 0, 0 },
	{ ECDSA_SIGN_BLOB, "  sign, key in every call", "ecdsa-sign-blob", 32, 0, 0 },
	{ P384_SIGN, "ECDSA P-384 sign, 32 B", "ecdsa-p384-sign", 32, 0, 0 },
	{ P521_SIGN, "ECDSA P-521 sign, 32 B", "ecdsa-p521-sign", 32, 0, 0 },
	{ ED25519_SIGN, "Ed25519 sign, 32 B", "ed25519-sign", 32, 0, 0 },
	{ RSA_SIGN, "RSA-2048 sign PKCS#1 SHA-256, 32 B", "rsa-sign", 32, 20000000, 9000000 },
	{ EC_KEYGEN, "EC P-256 key generation", "ec-keygen", 0, 0, 350000 },
	{ OPEN_AES, "open a stored key: AES", "open-aes", 0, 0, 0 },
	{ OPEN_EC, "open a stored key: EC", "open-ec", 0, 0, 0 },
};

#define WORKS (sizeof(works) / sizeof(works[0]))

static int (*const setups[PEERS])(const struct bench_work *work, struct bench_op *op) = {
	[PEER_RAW] = raw_setup,
	[PEER_OPENSSL] = openssl_setup,
	[PEER_AFALG] = afalg_setup,
	[PEER_OURS] = ours_setup,
};

struct options {
	const char *json;
	const char *only;
	const char *loop;
	const char *peer;
	bool no_keymaster;
	bool stages;
};

static void usage(FILE *to)
{
	fputs("usage: bench [--json FILE] [--only TEXT] [--no-keymaster]\n"
	      "       bench --stages\n"
	      "       bench --loop ROW [--peer PEER]\n"
	      "  --json FILE      write the figures to FILE as well\n"
	      "  --only TEXT      only the rows whose JSON name contains TEXT\n"
	      "  --no-keymaster   leave out our column: the module need not be loaded\n"
	      "  --stages         where a 64 B encryption spends\n"
	      "  --loop ROW       repeat a row by its JSON name for ever, getppid() between\n"
	      "  --peer PEER      who does it: raw, openssl, af_alg or keymaster\n",
	      to);
}

static int parse(int argc, char **argv, struct options *opt)
{
	static const struct option longs[] = {
		{ "json", required_argument, NULL, 'j' },
		{ "only", required_argument, NULL, 'o' },
		{ "no-keymaster", no_argument, NULL, 'n' },
		{ "stages", no_argument, NULL, 's' },
		{ "loop", required_argument, NULL, 'l' },
		{ "peer", required_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 'j':
			opt->json = optarg;
			break;
		case 'o':
			opt->only = optarg;
			break;
		case 'n':
			opt->no_keymaster = true;
			break;
		case 's':
			opt->stages = true;
			break;
		case 'l':
			opt->loop = optarg;
			break;
		case 'p':
			opt->peer = optarg;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			return -EINVAL;
		}
	}
	return optind == argc ? 0 : -EINVAL;
}

/* One cell of the table. Not having such work is no error. */
static int measure_cell(const struct bench_work *work, int peer, struct bench_result *res)
{
	struct bench_op op = { 0 };
	int ret = setups[peer](work, &op);

	if (ret == -ENOENT)
		return 0;
	if (!ret) {
		ret = measure(&op, res);
		if (op.close)
			op.close(op.arg);
	}
	if (ret)
		fprintf(stderr, "bench: %s: %s: %s\n", work->id, peer_names[peer], strerror(-ret));
	return ret;
}

static int measure_all(const struct options *opt, struct bench_row *rows, size_t *n)
{
	int failed = 0;

	for (size_t i = 0; i < WORKS; i++) {
		if (opt->only && !strstr(works[i].id, opt->only))
			continue;
		rows[*n].work = &works[i];
		for (int p = 0; p < PEERS; p++) {
			if (p == PEER_OURS && opt->no_keymaster)
				continue;
			if (measure_cell(&works[i], p, &rows[*n].by[p]))
				failed = 1;
		}
		++*n;
	}
	return failed;
}

static int loop_op(const struct bench_op *op)
{
	uint64_t ns;
	int ret = 0;

	for (unsigned long i = 0; !ret; i++) {
		/* Allocators and caches have settled by then. */
		if (i == 1000) {
			puts("looping");
			fflush(stdout);
		}
		getppid();
		ret = op->batch ? op->batch(op->arg, 1, &ns) : op->once(op->arg);
	}
	return ret;
}

/* For the profiler: see there. Returns on failure only. */
static int loop(const struct options *opt)
{
	const char *peer = opt->peer ? opt->peer : peer_ids[PEER_OURS];
	const struct bench_work *work = NULL;
	struct bench_op op = { 0 };
	int p = 0, ret;

	for (size_t i = 0; i < WORKS; i++) {
		if (!strcmp(works[i].id, opt->loop))
			work = &works[i];
	}
	while (p < PEERS && strcmp(peer_ids[p], peer))
		p++;
	if (!work || p == PEERS) {
		fprintf(stderr, "bench: no row \"%s\" or no peer \"%s\"\n", opt->loop, peer);
		return -EINVAL;
	}
	ret = setups[p](work, &op);
	if (!ret)
		ret = loop_op(&op);
	fprintf(stderr, "bench: %s: %s: %s\n", work->id, peer, strerror(-ret));
	return ret;
}

int main(int argc, char **argv)
{
	struct options opt = { 0 };
	struct bench_row rows[WORKS] = { 0 };
	bool counted;
	size_t n = 0;
	int failed;

	if (parse(argc, argv, &opt)) {
		usage(stderr);
		return 2;
	}
	if (opt.loop)
		return loop(&opt) ? 1 : 0;
	/* Under emulation a fresh boot is busy with itself for some seconds. */
	sleep(4);
	if (measure_init(&counted)) {
		fprintf(stderr, "bench: the clock cannot be measured\n");
		return 1;
	}
	if (opt.stages)
		return ours_stages() ? 1 : 0;

	failed = measure_all(&opt, rows, &n);
	report_table(rows, n, counted);
	if (opt.json) {
		int ret = report_json(opt.json, rows, n, counted);

		if (ret) {
			fprintf(stderr, "bench: %s: %s\n", opt.json, strerror(-ret));
			failed = 1;
		}
	}
	return failed;
}
