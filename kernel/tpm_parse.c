// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a TPM 2.0 responds, as bytes (TCG TPM 2.0 Library, parts 2 and 3).
 * Called by what talks to the TPM, which receives by tpm.c; tpm_wire.c writes the commands.
 *
 * A response is bytes of a device: nothing in it is believed, no length above all.
 */
#include "tpm_wire.h"

/* Tag, size, and response code. */
#define HEADER		10
#define CODE_AT		6

/* Codes of format one have this bit, and who is to blame in bits 6 and 8 to 11. */
#define RC_FORMAT_ONE	0x80
#define RC_FORMAT_ONE_MASK 0xbf

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

static void get_sized(struct reader *r, struct km_tpm_sized *s)
{
	s->len = get16(r);
	s->data = get(r, s->len);
}

static u32 get32(struct reader *r)
{
	const u8 *p = get(r, 4);

	return p ? get_unaligned_be32(p) : 0;
}

/*
 * What is behind the header, behind the handle where there is one, and behind the length of
 * the parameters where there is one.
 */
static struct reader after_handle(const struct km_tpm_bytes *r, u32 *handle)
{
	struct reader in = { r->data, r->len, r->len < HEADER };
	u16 tag = get16(&in);
	u32 len;

	get(&in, HEADER - 2);
	if (handle)
		*handle = get32(&in);
	if (tag == KM_TPM_ST_SESSIONS) {
		len = get32(&in);
		if (len > in.left)
			in.bad = true;
		else
			in.left = len;
	}
	return in;
}

static struct reader parameters(const struct km_tpm_bytes *r)
{
	return after_handle(r, NULL);
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
	u32 len = get_unaligned_be32(r->data + KM_TPM_SIZE_AT);

	*rc = get_unaligned_be32(r->data + CODE_AT);
	r->len = len < KM_TPM_ROOM ? len : KM_TPM_ROOM;
	r->bad = len < HEADER || len > KM_TPM_ROOM;
	return !r->bad;
}

/**
 * km_tpm_parse_handle() - the handle of what was made or loaded
 * @r: the response
 * @handle: [out] it
 *
 * Return: false if the response is none.
 */
bool km_tpm_parse_handle(const struct km_tpm_bytes *r, u32 *handle)
{
	return !after_handle(r, handle).bad;
}

/**
 * km_tpm_parse_sized() - the one thing that a response has
 * @r: the response to km_tpm_unseal() or km_tpm_policy_get_digest()
 * @s: [out] it, inside of the response
 *
 * Return: false if the response is none.
 */
bool km_tpm_parse_sized(const struct km_tpm_bytes *r, struct km_tpm_sized *s)
{
	struct reader in = parameters(r);

	get_sized(&in, s);
	return !in.bad && !in.left;
}

/**
 * km_tpm_parse_object() - an object that was made
 * @r: the response to km_tpm_create()
 * @o: [out] it, inside of the response
 *
 * Return: false if the response is none.
 */
bool km_tpm_parse_object(const struct km_tpm_bytes *r, struct km_tpm_object *o)
{
	struct reader in = parameters(r);

	/* What follows is about its birth. */
	get_sized(&in, &o->private);
	get_sized(&in, &o->public);
	return !in.bad;
}

/**
 * km_tpm_parse_pcrs() - which PCRs were read
 * @r: the response to km_tpm_pcr_read()
 * @pcrs: [out] bit mask, 0 if the TPM has no SHA-256 bank
 *
 * Return: false if the response is none.
 */
bool km_tpm_parse_pcrs(const struct km_tpm_bytes *r, u32 *pcrs)
{
	struct reader in = parameters(r);
	const u8 *select;
	u32 banks;
	u16 bank;

	*pcrs = 0;
	get32(&in);
	banks = get32(&in);
	if (!banks)
		return !in.bad;
	bank = get16(&in);
	select = get(&in, 1);
	if (!select || banks != 1 || bank != KM_TPM_ALG_SHA256 || *select != KM_TPM_PCRS / 8)
		return false;
	select = get(&in, KM_TPM_PCRS / 8);
	if (select)
		*pcrs = select[0] | select[1] << 8 | select[2] << 16;
	return !in.bad;
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
	size_t after = len < in.left ? in.left - len : 0;

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
