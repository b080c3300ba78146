/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Operations of RSA, for the table in alg_rsa.c.
 * Inside the layer of the algorithms: rsa_check.c and rsa_op.c.
 */
#ifndef KM_RSA_OP_H
#define KM_RSA_OP_H

#include "alg.h"
#include "rsa.h"

extern const struct km_rsa_env km_rsa_op_env;

/* The others need the public key only, which anyone may have. */
static inline bool km_rsa_is_private(const struct km_alg_op *op)
{
	return op->purpose == KM_PURPOSE_SIGN || op->purpose == KM_PURPOSE_DECRYPT;
}

static inline bool km_rsa_is_signature(const struct km_alg_op *op)
{
	return op->purpose == KM_PURPOSE_SIGN || op->purpose == KM_PURPOSE_VERIFY;
}

static inline enum km_error km_rsa_error_of(int ret)
{
	return ret == -EINTR ? KM_ERROR_OPERATION_CANCELLED : km_error_of(ret);
}

enum km_error km_rsa_op_check(struct km_alg_op *op);
enum km_error km_rsa_op_begin(struct km_alg_op *op);
size_t km_rsa_op_out_len(const struct km_alg_op *op, const struct km_io *io, bool finish);
enum km_error km_rsa_op_update(struct km_alg_op *op, struct km_io *io);
enum km_error km_rsa_op_finish(struct km_alg_op *op, struct km_io *io);
void km_rsa_op_end(struct km_alg_op *op);
enum km_error km_rsa_unwrap_check(struct km_alg_op *op);

#endif /* KM_RSA_OP_H */
