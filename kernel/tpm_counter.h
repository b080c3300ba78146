/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A counter in the TPM that goes on with each state that is kept, and never back.
 * Below chain.c; on tpm.c.
 */
#ifndef KM_TPM_COUNTER_H
#define KM_TPM_COUNTER_H

#include "tpm_wire.h"

int km_tpm_counter_read(u8 *value);
int km_tpm_counter_make(void);
int km_tpm_counter_step(const u8 *by, u8 *value);
void km_tpm_counter_after(const u8 *value, const u8 *by, u8 *after);

#endif /* KM_TPM_COUNTER_H */
