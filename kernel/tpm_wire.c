// SPDX-License-Identifier: GPL-2.0-only
/*
 * TPM 2.0 commands and responses as bytes (TCG TPM 2.0 Library, parts 2 and 3).
 * Called by what talks to the TPM, which sends and receives by tpm.c.
 *
 * All numbers are in network order. A response is bytes of a device: nothing in it is
 * believed, no length above all.
 */
#include "tpm_wire.h"

#define ST_NO_SESSIONS	0x8001
#define ST_SESSIONS	0x8002

#define RH_OWNER	0x40000001
#define RS_PW		0x40000009

#define CC_NV_DEFINE_SPACE	0x0000012a
#define CC_NV_EXTEND		0x00000136
#define CC_NV_READ		0x0000014e
#define CC_NV_READ_PUBLIC	0x00000169

/* Tag, size, and command or response code. */
#define HEADER		10
#define SIZE_AT		2
#define CODE_AT		6

/* Codes of format one have this bit, and who is to blame in bits 6 and 8 to 11. */
#define RC_FORMAT_ONE	0x80
#define RC_FORMAT_ONE_MASK 0xbf

/* --- writing ------------------------------------------------------------------------- */

static void put(struct km_tpm_bytes *c, const void *data, size_t len)
{
	if (c->bad || len > KM_TPM_ROOM - c->len) {
		c->bad = true;
		return;
	}
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

/* The authorisation by an empty password. */
static void put_empty_auth(struct km_tpm_bytes *c)
{
	put32(c, 4 + 2 + 1 + 2);
	put32(c, RS_PW);
	put16(c, 0);
	put(c, "", 1);
	put16(c, 0);
}

static void end(struct km_tpm_bytes *c)
{
	if (!c->bad)
		put_unaligned_be32(c->len, c->data + SIZE_AT);
}

/**
 * km_tpm_nv_read_public() - the command that asks what an index is
 * @c: [out] the command
 * @index: its number
 */
void km_tpm_nv_read_public(struct km_tpm_bytes *c, u32 index)
{
	begin(c, ST_NO_SESSIONS, CC_NV_READ_PUBLIC);
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
	begin(c, ST_SESSIONS, CC_NV_DEFINE_SPACE);
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
	begin(c, ST_SESSIONS, CC_NV_READ);
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
	begin(c, ST_SESSIONS, CC_NV_EXTEND);
	put32(c, index);
	put32(c, index);
	put_empty_auth(c);
	put_sized(c, data, len);
	end(c);
}

/* --- reading ------------------------------------------------------------------------- */

/**
 * struct reader - a place in a response
 * @p: next byte
 * @left: how many there are
 * @bad: more was wanted than there was
 */
struct reader {
	const u8 *p;
	size_t left;
	bool bad;
};

/* @len bytes, NULL if there are not so many. */
static const u8 *get(struct reader *r, size_t len)
{
	const u8 *p = r->p;

	if (r->bad || len > r->left) {
		r->bad = true;
		return NULL;
	}
	r->p += len;
	r->left -= len;
	return p;
}

static u16 get16(struct reader *r)
{
	const u8 *p = get(r, 2);

	return p ? p[0] << 8 | p[1] : 0;
}

static u32 get32(struct reader *r)
{
	const u8 *p = get(r, 4);

	return p ? get_unaligned_be32(p) : 0;
}

/* What is behind the header, and behind the length of the parameters where there is one. */
static struct reader parameters(const struct km_tpm_bytes *r)
{
	struct reader in = { r->data, r->len, r->len < HEADER };
	u16 tag = get16(&in);
	u32 len;

	get(&in, HEADER - 2);
	if (tag == ST_SESSIONS) {
		len = get32(&in);
		if (len > in.left)
			in.bad = true;
		else
			in.left = len;
	}
	return in;
}

/**
 * km_tpm_response() - read the header of a response
 * @r: KM_TPM_ROOM bytes that came; [out] its length
 * @rc: [out] its code, 0 for success
 *
 * Return: false if it is none.
 */
bool km_tpm_response(struct km_tpm_bytes *r, u32 *rc)
{
	u32 len = get_unaligned_be32(r->data + SIZE_AT);

	*rc = get_unaligned_be32(r->data + CODE_AT);
	r->len = min_t(u32, len, KM_TPM_ROOM);
	r->bad = len < HEADER || len > KM_TPM_ROOM;
	return !r->bad;
}

/**
 * km_tpm_parse_nv_public() - what an index is
 * @r: the response to km_tpm_nv_read_public()
 * @nv: [out] it
 *
 * Return: false if the response is none.
 */
bool km_tpm_parse_nv_public(const struct km_tpm_bytes *r, struct km_tpm_nv *nv)
{
	struct reader in = parameters(r);
	u16 len = get16(&in);
	size_t after = in.left - min_t(size_t, len, in.left);

	nv->index = get32(&in);
	nv->name_alg = get16(&in);
	nv->attributes = get32(&in);
	nv->policy_len = get16(&in);
	get(&in, nv->policy_len);
	nv->size = get16(&in);
	/* The name follows. */
	return !in.bad && in.left == after;
}

/**
 * km_tpm_parse_nv_read() - what is in an index
 * @r: the response to km_tpm_nv_read()
 * @data: [out] its data
 * @size: as many bytes as were asked for
 *
 * Return: false if the response is none.
 */
bool km_tpm_parse_nv_read(const struct km_tpm_bytes *r, u8 *data, u16 size)
{
	struct reader in = parameters(r);
	u16 len = get16(&in);
	const u8 *p = get(&in, size);

	if (in.bad || in.left || len != size)
		return false;
	memcpy(data, p, size);
	return true;
}

/**
 * km_tpm_rc() - a response code without who is to blame
 * @rc: the code
 *
 * Return: it, to be compared with KM_TPM_RC_*.
 */
u32 km_tpm_rc(u32 rc)
{
	return rc & RC_FORMAT_ONE ? rc & RC_FORMAT_ONE_MASK : rc;
}
