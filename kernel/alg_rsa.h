/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RSA beyond struct km_alg: taking a transport key out of a wrapped key.
 * Exported by alg_rsa.c to the import of wrapped keys, the one caller besides the table.
 */
#ifndef KM_ALG_RSA_H
#define KM_ALG_RSA_H

#include "alg.h"

/* Room for what km_rsa_unwrap() puts out: the longest modulus. */
#define KM_RSA_UNWRAP_MAX	512

enum km_error km_rsa_unwrap(const struct km_alg_key *key, const struct km_op_args *args,
			    const u8 *in, size_t len, u8 *out, size_t *out_len);

#endif /* KM_ALG_RSA_H */
