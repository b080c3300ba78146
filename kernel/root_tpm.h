/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Root keys that the TPM seals: made and unsealed in here, for nobody else to see.
 * Below dev_key.c and root.c; on tpm_seal.c.
 */
#ifndef KM_ROOT_TPM_H
#define KM_ROOT_TPM_H

#include <linux/keymaster.h>
#include <linux/types.h>
#include "root.h"

/**
 * struct km_root_new - a new root key
 * @pcrs: bit mask of the PCRs that have to be as they are now, 0: none
 * @data: [out] KM_SEALED_ROOT_MAX bytes: the sealed key
 * @len: [out] how many are in use
 * @check: [out] its check value
 */
struct km_root_new {
	u32 pcrs;
	u8 *data;
	size_t len;
	u8 check[KM_ROOT_CHECK_SIZE];
};

int km_root_tpm_create(struct km_root_new *n, enum km_error *kerr);
int km_root_tpm_load(const struct km_root_request *req, u8 *root, enum km_error *kerr);

#endif /* KM_ROOT_TPM_H */
