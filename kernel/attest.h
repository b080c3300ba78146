/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Certificates over keys: which one a key gets, what is in it, who signs it.
 * Called by key_make.c and dev_attest.c; x509.c and attest_der.c write.
 */
#ifndef KM_ATTEST_H
#define KM_ATTEST_H

#include "key.h"
#include "prim.h"

struct km_user;

/* Most that a chain takes: ours, and a certificate with all that a request can ask for. */
#define KM_ATTEST_LEAF_MAX	(24 * 1024)

/**
 * struct km_attest - a certificate to make
 * @key: [in] the key it is about
 * @enforced: [in] the key's first set
 * @unenforced: [in] its second set
 * @request: [in] challenge, application id, dates and names
 * @version: [in] keymasterVersion that the extension states, 0: the newest
 * @later: [in] not when the key was made: dates are the key's, and a challenge must be there
 * @signer: [in] an attest key, or NULL
 * @args: [in] parameters for its use
 * @who: [in] who asks
 * @issuer: [in] its Name
 * @chain: [out] certificates, the key's first; kvfree() them whatever happens
 * @chain_len: [out] bytes of them
 */
struct km_attest {
	const struct km_alg_key *key;
	const struct km_params *enforced;
	const struct km_params *unenforced;
	const struct km_params *request;
	u32 version;
	bool later;
	struct km_key *signer;
	const struct km_op_args *args;
	const struct km_user *who;
	struct km_piece issuer;
	u8 *chain;
	size_t chain_len;
};

enum km_error km_attest(struct km_attest *a);

#endif /* KM_ATTEST_H */
