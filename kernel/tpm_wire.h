/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TPM 2.0 commands and responses as bytes (TCG TPM 2.0 Library, parts 2 and 3).
 * Leaf of the layers: used by tpm.c and what is on it; builds in userspace too.
 */
#ifndef KM_TPM_WIRE_H
#define KM_TPM_WIRE_H

#include "shim.h"

/** KM_TPM_ROOM - longest command or response. */
#define KM_TPM_ROOM	4096
/** KM_TPM_DIGEST - bytes of a SHA-256 digest. */
#define KM_TPM_DIGEST	32

/* Response codes without the number of the handle, session or parameter that they blame. */
#define KM_TPM_RC_HANDLE	0x8b
#define KM_TPM_RC_BAD_AUTH	0xa2

#define KM_TPM_ALG_SHA256	0x000b

/* Attributes of an index of non-volatile memory. */
#define KM_TPM_NV_OWNERWRITE	0x00000002
#define KM_TPM_NV_AUTHWRITE	0x00000004
#define KM_TPM_NV_EXTEND	0x00000040	/* its type, in bits 4 to 7 */
#define KM_TPM_NV_OWNERREAD	0x00020000
#define KM_TPM_NV_AUTHREAD	0x00040000
#define KM_TPM_NV_NO_DA		0x02000000
#define KM_TPM_NV_WRITTEN	0x20000000

/**
 * struct km_tpm_bytes - a command being written, or a response being read
 * @data: KM_TPM_ROOM bytes
 * @len: how many are in use
 * @bad: more was wanted than there is: the rest is not written, or reads as zero
 */
struct km_tpm_bytes {
	u8 *data;
	size_t len;
	bool bad;
};

/**
 * struct km_tpm_nv - the public part of an index
 * @index: its number
 * @attributes: KM_TPM_NV_*
 * @name_alg: algorithm of its name; for one that is extended, of its digest too
 * @policy_len: bytes of its policy
 * @size: bytes of its data
 */
struct km_tpm_nv {
	u32 index;
	u32 attributes;
	u16 name_alg;
	u16 policy_len;
	u16 size;
};

void km_tpm_nv_read_public(struct km_tpm_bytes *c, u32 index);
void km_tpm_nv_define(struct km_tpm_bytes *c, const struct km_tpm_nv *nv);
void km_tpm_nv_read(struct km_tpm_bytes *c, u32 index, u16 size);
void km_tpm_nv_extend(struct km_tpm_bytes *c, u32 index, const u8 *data, u16 len);

bool km_tpm_response(struct km_tpm_bytes *r, u32 *rc);
bool km_tpm_parse_nv_public(const struct km_tpm_bytes *r, struct km_tpm_nv *nv);
bool km_tpm_parse_nv_read(const struct km_tpm_bytes *r, u8 *data, u16 size);

u32 km_tpm_rc(u32 rc);

#endif /* KM_TPM_WIRE_H */
