/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Authorization sets digested into the structures that algorithms work on.
 * Between params.c and the algorithms: called by key.c and operation.c.
 */
#ifndef KM_SPEC_H
#define KM_SPEC_H

#include "alg.h"
#include "params.h"

/* Longest set whose digest is remembered. */
#define KM_ARGS_MEMO_MAX	128

/**
 * struct km_args_memo - the digest of a set of parameters, and what set it was
 * @len: bytes of the set; 0: nothing is remembered
 * @values: bytes of it that are values of BYTES entries
 * @rest: what is behind those: the entries, as they were
 * @args: the digest, but for its pointers
 * @nonce_at: where the value of NONCE was, 0: there was none
 * @aad_at: likewise of ASSOCIATED_DATA
 */
struct km_args_memo {
	u32 len;
	u32 values;
	u8 rest[KM_ARGS_MEMO_MAX];
	struct km_op_args args;
	u32 nonce_at;
	u32 aad_at;
};

void km_spec_read(struct km_key_spec *spec, const struct km_params *set);
int km_args_parse(struct km_op_args *args, struct km_params *set, const u8 *wire, size_t len);
bool km_args_recall(const struct km_args_memo *memo, struct km_op_args *args, const u8 *wire,
		    size_t len);
void km_args_learn(struct km_args_memo *memo, const struct km_op_args *args, const u8 *wire,
		   size_t len);

#endif /* KM_SPEC_H */
