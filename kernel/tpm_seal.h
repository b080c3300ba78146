/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A secret sealed by the TPM, perhaps for one state of the machine only.
 * Below root_tpm.c; on tpm.c.
 */
#ifndef KM_TPM_SEAL_H
#define KM_TPM_SEAL_H

#include "tpm_wire.h"

/* Longest private and public area of a sealed secret. */
#define KM_TPM_AREA_MAX	256

/**
 * struct km_tpm_area - one of the two, copied
 * @data: the bytes
 * @len: how many
 */
struct km_tpm_area {
	u8 data[KM_TPM_AREA_MAX];
	u16 len;
};

/**
 * struct km_tpm_sealed - a sealed secret
 * @pcrs: bit mask of the PCRs that have to be as they were, 0: none
 * @private: only the TPM can open it
 * @public: what it is
 */
struct km_tpm_sealed {
	u32 pcrs;
	struct km_tpm_area private;
	struct km_tpm_area public;
};

int km_tpm_seal_secret(const u8 *secret, u16 len, struct km_tpm_sealed *s);
int km_tpm_unseal_secret(const struct km_tpm_sealed *s, u8 *secret, u16 len);

#endif /* KM_TPM_SEAL_H */
