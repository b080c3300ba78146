/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What the bench asks of its own kernel module: time one piece of raw kernel crypto.
 * Shared by kmbench.c (kernel) and rawkernel.c (the program); no part of the ABI.
 */
#ifndef KMBENCH_H
#define KMBENCH_H

#include <linux/ioctl.h>
#include <linux/types.h>

/** KMBENCH_MAX - longest message, in bytes. */
#define KMBENCH_MAX	16384

enum kmbench_work {
	KMBENCH_GCM_ENC,	/* gcm(aes), key and request kept */
	KMBENCH_GCM_DEC,
	KMBENCH_GCM_REKEY,	/* setkey before each message */
	KMBENCH_HMAC,		/* hmac(sha256), key kept */
	KMBENCH_EC_MULT,	/* one P-256 scalar multiplication */
	KMBENCH_EC_MULT2,	/* u*G + v*Q, the bulk of a verification */
	KMBENCH_EC_PUBKEY,	/* public key of a given private one, validated */
	KMBENCH_WORKS
};

/**
 * struct kmbench_run - one batch
 * @work: [in] enum kmbench_work
 * @size: [in] bytes of message; 0 for EC
 * @loops: [in] how often to do it
 * @reserved: [in] 0
 * @ns: [out] time taken, nothing subtracted
 */
struct kmbench_run {
	__u32 work;
	__u32 size;
	__u32 loops;
	__u32 reserved;
	__u64 ns;
};

#define KMBENCH_IOC_RUN	_IOWR(0xB9, 0xff, struct kmbench_run)

#endif /* KMBENCH_H */
