/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Authorization sets digested into the structures that algorithms work on.
 * Between params.c and the algorithms: called by key.c and operation.c.
 */
#ifndef KM_SPEC_H
#define KM_SPEC_H

#include "alg.h"
#include "params.h"

void km_spec_read(struct km_key_spec *spec, const struct km_params *set);
int km_args_parse(struct km_op_args *args, struct km_params *set, const u8 *wire, size_t len);

#endif /* KM_SPEC_H */
