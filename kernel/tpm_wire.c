// SPDX-License-Identifier: GPL-2.0-only
/*
 * TPM 2.0 commands as bytes (TCG TPM 2.0 Library, parts 2 and 3).
 * Called by what talks to the TPM, which sends them by tpm.c; tpm_parse.c reads the responses.
 *
 * All numbers are in network order.
 */
#include "tpm_wire.h"

#define RH_OWNER	0x40000001
#define RH_NULL		0x40000007
#define RS_PW		0x40000009

#define ALG_AES		0x0006
#define ALG_KEYEDHASH	0x0008
#define ALG_NULL	0x0010
#define ALG_ECC		0x0023
#define ALG_CFB		0x0043
#define ECC_NIST_P256	0x0003

/* Attributes of objects. */
#define FIXED_TPM	0x00000002
#define FIXED_PARENT	0x00000010
#define SENSITIVE_ORIGIN 0x00000020
#define USER_WITH_AUTH	0x00000040
#define NO_DA		0x00000400
#define RESTRICTED	0x00010000
#define DECRYPT		0x00020000

/* One that opens what is below it, and nothing else; it never leaves the TPM. */
#define STORAGE_KEY	(FIXED_TPM | FIXED_PARENT | SENSITIVE_ORIGIN | USER_WITH_AUTH | NO_DA | \
			 RESTRICTED | DECRYPT)

#define CC_CREATE_PRIMARY	0x00000131
#define CC_CREATE		0x00000153
#define CC_LOAD			0x00000157
#define CC_UNSEAL		0x0000015e
#define CC_FLUSH_CONTEXT	0x00000165
#define CC_START_AUTH_SESSION	0x00000176
#define CC_PCR_READ		0x0000017e
#define CC_POLICY_PCR		0x0000017f
#define CC_POLICY_GET_DIGEST	0x00000189
#define CC_NV_DEFINE_SPACE	0x0000012a
#define CC_NV_EXTEND		0x00000136
#define CC_NV_READ		0x0000014e
#define CC_NV_READ_PUBLIC	0x00000169

static void put(struct km_tpm_bytes *c, const void *data, size_t len)
{
	if (c->bad || len > KM_TPM_ROOM - c->len) {
		c->bad = true;
		return;
	}
	/* Nothing may come from nowhere. */
	if (len)
		memcpy(c->data + c->len, data, len);
	c->len += len;
}

static void put16(struct km_tpm_bytes *c, u16 v)
{
	const u8 b[] = { v >> 8, v };

	put(c, b, sizeof(b));
}

static void put32(struct km_tpm_bytes *c, u32 v)
{
	u8 b[4];

	put_unaligned_be32(v, b);
	put(c, b, sizeof(b));
}

/* A TPM2B: the length, then so many bytes. */
static void put_sized(struct km_tpm_bytes *c, const void *data, u16 len)
{
	put16(c, len);
	put(c, data, len);
}

static void begin(struct km_tpm_bytes *c, u16 tag, u32 code)
{
	c->len = 0;
	c->bad = false;
	put16(c, tag);
	put32(c, 0);
	put32(c, code);
}

/* By a session that ends with the command, without nonce and password. */
static void put_auth(struct km_tpm_bytes *c, u32 session)
{
	put32(c, 4 + 2 + 1 + 2);
	put32(c, session);
	put16(c, 0);
	put(c, "", 1);
	put16(c, 0);
}

/* The authorisation by an empty password. */
static void put_empty_auth(struct km_tpm_bytes *c)
{
	put_auth(c, RS_PW);
}

/* Of the SHA-256 bank. */
static void put_pcrs(struct km_tpm_bytes *c, u32 pcrs)
{
	const u8 select[] = { KM_TPM_PCRS / 8, pcrs, pcrs >> 8, pcrs >> 16 };

	put32(c, 1);
	put16(c, KM_TPM_ALG_SHA256);
	put(c, select, sizeof(select));
}

static void end(struct km_tpm_bytes *c)
{
	if (!c->bad)
		put_unaligned_be32(c->len, c->data + KM_TPM_SIZE_AT);
}

/**
 * km_tpm_create_primary() - the command that makes the storage key: the same each time
 * @c: [out] the command
 *
 * The TPM derives it from the owner's seed and from this template, of which no byte may
 * ever change.
 */
void km_tpm_create_primary(struct km_tpm_bytes *c)
{
	begin(c, KM_TPM_ST_SESSIONS, CC_CREATE_PRIMARY);
	put32(c, RH_OWNER);
	put_empty_auth(c);
	/* No password and no data of ours. */
	put16(c, 4);
	put32(c, 0);
	put16(c, 2 + 2 + 4 + 2 + 6 + 2 + 2 + 2 + 4);
	put16(c, ALG_ECC);
	put16(c, KM_TPM_ALG_SHA256);
	put32(c, STORAGE_KEY);
	put16(c, 0);
	put16(c, ALG_AES);
	put16(c, 128);
	put16(c, ALG_CFB);
	put16(c, ALG_NULL);
	put16(c, ECC_NIST_P256);
	put16(c, ALG_NULL);
	put32(c, 0);
	/* Nothing from outside, no PCRs at its birth. */
	put16(c, 0);
	put32(c, 0);
	end(c);
}

/**
 * km_tpm_create() - the command that seals a secret
 * @c: [out] the command
 * @parent: handle of the storage key
 * @secret: what to seal
 * @policy: digest of the policy that opens it; of length 0: an empty password does
 */
void km_tpm_create(struct km_tpm_bytes *c, u32 parent, const struct km_tpm_sized *secret,
		   const struct km_tpm_sized *policy)
{
	begin(c, KM_TPM_ST_SESSIONS, CC_CREATE);
	put32(c, parent);
	put_empty_auth(c);
	put16(c, 2 + 2 + secret->len);
	put16(c, 0);
	put_sized(c, secret->data, secret->len);
	put16(c, 2 + 2 + 4 + 2 + policy->len + 2 + 2);
	put16(c, ALG_KEYEDHASH);
	put16(c, KM_TPM_ALG_SHA256);
	put32(c, FIXED_TPM | FIXED_PARENT | NO_DA | (policy->len ? 0 : USER_WITH_AUTH));
	put_sized(c, policy->data, policy->len);
	put16(c, ALG_NULL);
	put16(c, 0);
	put16(c, 0);
	put32(c, 0);
	end(c);
}

/**
 * km_tpm_load() - the command that brings an object back into the TPM
 * @c: [out] the command
 * @parent: handle of the storage key
 * @o: the object
 */
void km_tpm_load(struct km_tpm_bytes *c, u32 parent, const struct km_tpm_object *o)
{
	begin(c, KM_TPM_ST_SESSIONS, CC_LOAD);
	put32(c, parent);
	put_empty_auth(c);
	put_sized(c, o->private.data, o->private.len);
	put_sized(c, o->public.data, o->public.len);
	end(c);
}

/**
 * km_tpm_unseal() - the command that gives a sealed secret
 * @c: [out] the command
 * @object: its handle
 * @session: the session of its policy, which ends if it succeeds; 0: by an empty password
 */
void km_tpm_unseal(struct km_tpm_bytes *c, u32 object, u32 session)
{
	begin(c, KM_TPM_ST_SESSIONS, CC_UNSEAL);
	put32(c, object);
	put_auth(c, session ? session : RS_PW);
	end(c);
}

/**
 * km_tpm_flush() - the command that removes an object or a session
 * @c: [out] the command
 * @handle: its handle
 */
void km_tpm_flush(struct km_tpm_bytes *c, u32 handle)
{
	begin(c, KM_TPM_ST_NO_SESSIONS, CC_FLUSH_CONTEXT);
	put32(c, handle);
	end(c);
}

/**
 * km_tpm_start_session() - the command that begins a session
 * @c: [out] the command
 * @kind: KM_TPM_POLICY or KM_TPM_TRIAL
 * @nonce: KM_TPM_NONCE bytes
 */
void km_tpm_start_session(struct km_tpm_bytes *c, u8 kind, const u8 *nonce)
{
	begin(c, KM_TPM_ST_NO_SESSIONS, CC_START_AUTH_SESSION);
	put32(c, RH_NULL);
	put32(c, RH_NULL);
	put_sized(c, nonce, KM_TPM_NONCE);
	put16(c, 0);
	put(c, &kind, 1);
	put16(c, ALG_NULL);
	put16(c, KM_TPM_ALG_SHA256);
	end(c);
}

/**
 * km_tpm_policy_pcr() - the command that takes the PCRs as they are into a policy
 * @c: [out] the command
 * @session: handle of its session
 * @pcrs: bit mask
 */
void km_tpm_policy_pcr(struct km_tpm_bytes *c, u32 session, u32 pcrs)
{
	begin(c, KM_TPM_ST_NO_SESSIONS, CC_POLICY_PCR);
	put32(c, session);
	put16(c, 0);
	put_pcrs(c, pcrs);
	end(c);
}

/**
 * km_tpm_policy_get_digest() - the command that asks what a policy has come to
 * @c: [out] the command
 * @session: handle of its session
 */
void km_tpm_policy_get_digest(struct km_tpm_bytes *c, u32 session)
{
	begin(c, KM_TPM_ST_NO_SESSIONS, CC_POLICY_GET_DIGEST);
	put32(c, session);
	end(c);
}

/**
 * km_tpm_pcr_read() - the command that reads PCRs
 * @c: [out] the command
 * @pcrs: bit mask; the TPM may give fewer
 */
void km_tpm_pcr_read(struct km_tpm_bytes *c, u32 pcrs)
{
	begin(c, KM_TPM_ST_NO_SESSIONS, CC_PCR_READ);
	put_pcrs(c, pcrs);
	end(c);
}

/**
 * km_tpm_nv_read_public() - the command that asks what an index is
 * @c: [out] the command
 * @index: its number
 */
void km_tpm_nv_read_public(struct km_tpm_bytes *c, u32 index)
{
	begin(c, KM_TPM_ST_NO_SESSIONS, CC_NV_READ_PUBLIC);
	put32(c, index);
	end(c);
}

/**
 * km_tpm_nv_define() - the command that makes an index, with an empty password
 * @c: [out] the command
 * @nv: what it is to be; without a policy, whatever is said there
 */
void km_tpm_nv_define(struct km_tpm_bytes *c, const struct km_tpm_nv *nv)
{
	begin(c, KM_TPM_ST_SESSIONS, CC_NV_DEFINE_SPACE);
	put32(c, RH_OWNER);
	put_empty_auth(c);
	put16(c, 0);
	put16(c, 4 + 2 + 4 + 2 + 2);
	put32(c, nv->index);
	put16(c, nv->name_alg);
	put32(c, nv->attributes);
	put16(c, 0);
	put16(c, nv->size);
	end(c);
}

/**
 * km_tpm_nv_read() - the command that reads an index
 * @c: [out] the command
 * @index: its number
 * @size: bytes of its data
 */
void km_tpm_nv_read(struct km_tpm_bytes *c, u32 index, u16 size)
{
	begin(c, KM_TPM_ST_SESSIONS, CC_NV_READ);
	put32(c, index);
	put32(c, index);
	put_empty_auth(c);
	put16(c, size);
	put16(c, 0);
	end(c);
}

/**
 * km_tpm_nv_extend() - the command that extends an index
 * @c: [out] the command
 * @index: its number
 * @data: by what
 * @len: bytes of it
 */
void km_tpm_nv_extend(struct km_tpm_bytes *c, u32 index, const u8 *data, u16 len)
{
	begin(c, KM_TPM_ST_SESSIONS, CC_NV_EXTEND);
	put32(c, index);
	put32(c, index);
	put_empty_auth(c);
	put_sized(c, data, len);
	end(c);
}
