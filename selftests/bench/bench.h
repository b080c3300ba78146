/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bench: what is measured (work), by whom (peer), and how a figure is taken.
 * main.c holds the table of work; each peer has a file; measure.c times; report.c prints.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum bench_kind {
	GCM_ENC,	/* AES-256-GCM, one message, key kept */
	GCM_DEC,
	GCM_ENC_BLOB,	/* the same, key given with every message */
	GCM_ENC_DRAWN,	/* the nonce drawn by who encrypts; elsewhere given by the caller */
	GCM_STREAM,	/* begin, update, finish */
	HMAC_SIGN,	/* HMAC-SHA256 */
	ECDSA_SIGN,	/* P-256 and SHA-256 */
	ECDSA_VERIFY,
	ECDSA_SIGN_BLOB,
	P384_SIGN,	/* and SHA-384 */
	P521_SIGN,	/* and SHA-512 */
	ED25519_SIGN,
	RSA_SIGN,	/* 2048 bits, PKCS#1 v1.5 and SHA-256 */
	EC_KEYGEN,
	OPEN_AES,	/* stored key to usable key */
	OPEN_EC,
	EMPTY_CALL,	/* into the kernel and back */
};

enum bench_peer { PEER_RAW, PEER_OPENSSL, PEER_AFALG, PEER_OURS, PEERS };

/**
 * struct bench_work - a row of the table
 * @name: what is done
 * @id: the same in one word, for --only and JSON
 * @size: bytes of message
 * @goal: instructions that ours may take; 0: none set
 * @later: the goal of a later milestone; 0: none
 */
struct bench_work {
	enum bench_kind kind;
	const char *name;
	const char *id;
	size_t size;
	double goal;
	double later;
};

/**
 * struct bench_op - a piece of work that a peer is ready to do
 * @once: do it once; 0 or negative errno
 * @batch: instead of @once: do it @loops times, say how long it took
 * @close: give back what @arg holds; may be NULL
 */
struct bench_op {
	int (*once)(void *arg);
	int (*batch)(void *arg, unsigned int loops, uint64_t *ns);
	void (*close)(void *arg);
	void *arg;
};

/**
 * struct bench_result - what one operation costs
 * @cost: median, in nanoseconds of the guest (instructions under -icount shift=0)
 * @spread: how far the medians of the repetitions lie apart, as a share of @cost
 * @measured: false: the peer has no such work
 */
struct bench_result {
	double cost;
	double spread;
	bool measured;
};

struct bench_row {
	const struct bench_work *work;
	struct bench_result by[PEERS];
};

/*
 * Each peer makes @op ready for @work and proves once that the result is right.
 * Returns 0; -ENOENT: this peer has no such work; else a negative errno.
 */
int raw_setup(const struct bench_work *work, struct bench_op *op);
int openssl_setup(const struct bench_work *work, struct bench_op *op);
int afalg_setup(const struct bench_work *work, struct bench_op *op);
int ours_setup(const struct bench_work *work, struct bench_op *op);

/* Where the instructions of one small encryption go, on standard output. */
int ours_stages(void);

int measure_init(bool *counted);
int measure(const struct bench_op *op, struct bench_result *res);

void report_table(const struct bench_row *rows, size_t n, bool counted);
int report_json(const char *path, const struct bench_row *rows, size_t n, bool counted);
extern const char *const peer_names[PEERS];	/* for people */
extern const char *const peer_ids[PEERS];	/* for programs */

/* The keys of all peers, so that one can check another's result. */
#define BENCH_KEY_SIZE	32
#define BENCH_TAG_SIZE	16
#define BENCH_IV_SIZE	12
#define BENCH_MAX	16384
#define BENCH_SIG_MAX	256
extern const uint8_t bench_key[BENCH_KEY_SIZE];

/* OpenSSL as the judge of the others; 0 or -EBADMSG. */
struct bench_sealed {
	const uint8_t *iv;
	const uint8_t *data;	/* ciphertext and tag */
	size_t size;		/* of the plaintext, all zero */
};

int judge_gcm(const struct bench_sealed *sealed);
int judge_hmac(const uint8_t mac[32], size_t size);

struct bench_signed {
	enum bench_kind kind;	/* says the digest and the padding */
	const uint8_t *spki, *sig;
	size_t spki_len, sig_len;
};

int judge_signature(const struct bench_signed *made);

#endif /* BENCH_H */
