/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TPM 2.0 commands and responses as bytes (TCG TPM 2.0 Library, parts 2 and 3).
 * Leaf of the layers: tpm_wire.c writes, tpm_parse.c reads; both build in userspace too.
 */
#ifndef KM_TPM_WIRE_H
#define KM_TPM_WIRE_H

#include "shim.h"

/** KM_TPM_ROOM - longest command or response. */
#define KM_TPM_ROOM	4096
/** KM_TPM_DIGEST - bytes of a SHA-256 digest. */
#define KM_TPM_DIGEST	32

/* The first two bytes: are there sessions? And where the length stands. */
#define KM_TPM_ST_NO_SESSIONS	0x8001
#define KM_TPM_ST_SESSIONS	0x8002
#define KM_TPM_SIZE_AT		2

/* Response codes without the number of the handle, session or parameter that they blame. */
#define KM_TPM_RC_HANDLE	0x8b
#define KM_TPM_RC_AUTH_FAIL	0x8e
#define KM_TPM_RC_POLICY_FAIL	0x9d
#define KM_TPM_RC_INTEGRITY	0x9f
#define KM_TPM_RC_BAD_AUTH	0xa2

#define KM_TPM_ALG_SHA256	0x000b

/* Kinds of session: of a policy, and one in which a policy is tried out. */
#define KM_TPM_POLICY	0x01
#define KM_TPM_TRIAL	0x03
/** KM_TPM_NONCE - bytes of a nonce to begin a session with. */
#define KM_TPM_NONCE	16
/** KM_TPM_PCRS - how many platform configuration registers there are. */
#define KM_TPM_PCRS	24

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

/**
 * struct km_tpm_sized - bytes inside of a response, or to become part of a command
 * @data: the bytes
 * @len: how many
 */
struct km_tpm_sized {
	const u8 *data;
	u16 len;
};

/**
 * struct km_tpm_object - an object as it leaves the TPM
 * @private: encrypted by its parent
 * @public: its public area
 */
struct km_tpm_object {
	struct km_tpm_sized private;
	struct km_tpm_sized public;
};

void km_tpm_create_primary(struct km_tpm_bytes *c);
void km_tpm_create(struct km_tpm_bytes *c, u32 parent, const struct km_tpm_sized *secret,
		   const struct km_tpm_sized *policy);
void km_tpm_load(struct km_tpm_bytes *c, u32 parent, const struct km_tpm_object *o);
void km_tpm_unseal(struct km_tpm_bytes *c, u32 object, u32 session);
void km_tpm_flush(struct km_tpm_bytes *c, u32 handle);
void km_tpm_start_session(struct km_tpm_bytes *c, u8 kind, const u8 *nonce);
void km_tpm_policy_pcr(struct km_tpm_bytes *c, u32 session, u32 pcrs);
void km_tpm_policy_get_digest(struct km_tpm_bytes *c, u32 session);
void km_tpm_pcr_read(struct km_tpm_bytes *c, u32 pcrs);
void km_tpm_nv_read_public(struct km_tpm_bytes *c, u32 index);
void km_tpm_nv_define(struct km_tpm_bytes *c, const struct km_tpm_nv *nv);
void km_tpm_nv_read(struct km_tpm_bytes *c, u32 index, u16 size);
void km_tpm_nv_extend(struct km_tpm_bytes *c, u32 index, const u8 *data, u16 len);

bool km_tpm_response(struct km_tpm_bytes *r, u32 *rc);
bool km_tpm_parse_handle(const struct km_tpm_bytes *r, u32 *handle);
bool km_tpm_parse_sized(const struct km_tpm_bytes *r, struct km_tpm_sized *s);
bool km_tpm_parse_object(const struct km_tpm_bytes *r, struct km_tpm_object *o);
bool km_tpm_parse_pcrs(const struct km_tpm_bytes *r, u32 *pcrs);
bool km_tpm_parse_nv_public(const struct km_tpm_bytes *r, struct km_tpm_nv *nv);
bool km_tpm_parse_nv_read(const struct km_tpm_bytes *r, u8 *data, u16 size);

u32 km_tpm_rc(u32 rc);

#endif /* KM_TPM_WIRE_H */
