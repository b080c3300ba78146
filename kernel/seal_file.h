/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file in which a root key lies that the TPM has sealed.
 * Below root_tpm.c; builds in userspace too.
 */
#ifndef KM_SEAL_FILE_H
#define KM_SEAL_FILE_H

#include <linux/keymaster.h>
#include "tpm_seal.h"

/**
 * struct km_seal_file - what is in it
 * @sealed: the root key, sealed
 * @check: its check value
 */
struct km_seal_file {
	struct km_tpm_sealed sealed;
	u8 check[KM_ROOT_CHECK_SIZE];
};

size_t km_seal_file_write(const struct km_seal_file *f, u8 *to);
bool km_seal_file_read(struct km_seal_file *f, const u8 *data, size_t len);

#endif /* KM_SEAL_FILE_H */
