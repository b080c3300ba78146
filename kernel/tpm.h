/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A conversation with the TPM 2.0 of the machine, if it has one.
 * Below tpm_nv.c, which makes the commands by tpm_wire.c.
 */
#ifndef KM_TPM_H
#define KM_TPM_H

#include "tpm_wire.h"

struct tpm_chip;
struct tpm_buf;

/**
 * struct km_tpm - a conversation
 * @chip: the TPM, which is held
 * @buf: where commands and responses lie
 * @io: the same bytes, as tpm_wire.c sees them
 */
struct km_tpm {
	struct tpm_chip *chip;
	struct tpm_buf *buf;
	struct km_tpm_bytes io;
};

int km_tpm_open(struct km_tpm *t);
int km_tpm_send(struct km_tpm *t, u32 *rc);
int km_tpm_failed(u32 rc);
void km_tpm_close(struct km_tpm *t);

#endif /* KM_TPM_H */
