/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Public-key operations of the keyring: what keyctl calls pkey_query, pkey_sign and so on.
 * Called by keytype.c; carried out by operation.c, as the commands of /dev/keymaster are.
 */
#ifndef KM_PKEY_H
#define KM_PKEY_H

#include <linux/keyctl.h>
#include "key.h"

int km_pkey_query(const struct km_key *key, const struct kernel_pkey_params *params,
		  struct kernel_pkey_query *info);
int km_pkey_eds_op(struct km_key *key, const struct kernel_pkey_params *params,
		   const void *in, void *out);
int km_pkey_verify(struct km_key *key, const struct kernel_pkey_params *params,
		   const void *in, const void *sig);

#endif /* KM_PKEY_H */
