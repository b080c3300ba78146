// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz target: what a TPM responds (kernel/tpm_parse.c), and commands that are made of that
 * (tpm_wire.c).
 *
 * Each reader is given each response. What it hands out lies inside of the response; read once
 * more with a byte less at its end, either it is none or nothing of it was there.
 */
#include "fuzz.h"
#include "harness.h"
#include "tpm_wire.h"

static u8 room[KM_TPM_ROOM];

static void header(const u8 *data, size_t len)
{
	static u8 whole[KM_TPM_ROOM];
	struct km_tpm_bytes r = { .data = whole };
	u32 rc, handle;

	memcpy(whole, data, len);
	memset(whole + len, 0xa5, 16 < KM_TPM_ROOM - len ? 16 : KM_TPM_ROOM - len);
	if (km_tpm_response(&r, &rc)) {
		MUST(!r.bad && r.len >= 10 && r.len <= KM_TPM_ROOM);
		km_tpm_parse_handle(&r, &handle);
	} else {
		MUST(r.bad);
	}
	MUST(km_tpm_rc(km_tpm_rc(rc)) == km_tpm_rc(rc));
}

static void load(const struct km_tpm_object *o)
{
	struct km_tpm_bytes c = { .data = room };

	km_tpm_load(&c, 0x80000000, o);
	MUST(c.bad ? o->private.len + o->public.len > KM_TPM_ROOM - 64 : c.len <= KM_TPM_ROOM);
	if (!c.bad)
		MUST(get_unaligned_be32(room + KM_TPM_SIZE_AT) == c.len);
}

static void sized(const struct km_tpm_bytes *r)
{
	struct km_tpm_bytes c = { .data = room };
	struct km_tpm_sized s;
	struct km_tpm_object o;

	if (km_tpm_parse_sized(r, &s)) {
		MUST(is_inside(s.data, s.len, r->data, r->len));
		km_tpm_create(&c, 0x80000000, &s, &s);
		MUST(c.bad || c.len <= KM_TPM_ROOM);
	}
	if (km_tpm_parse_object(r, &o)) {
		MUST(is_inside(o.private.data, o.private.len, r->data, r->len));
		MUST(is_inside(o.public.data, o.public.len, r->data, r->len));
		load(&o);
	}
}

static void nv_index(const struct km_tpm_bytes *r)
{
	struct km_tpm_bytes c = { .data = room };
	struct km_tpm_nv nv;
	u8 data[64];
	u16 size;

	if (km_tpm_parse_nv_public(r, &nv)) {
		MUST(nv.policy_len <= r->len);
		km_tpm_nv_read(&c, nv.index, nv.size);
		MUST(!c.bad);
	}
	for (size = 0; size <= sizeof(data); size += 8) {
		memset(data, 0xa5, sizeof(data));
		if (km_tpm_parse_nv_read(r, data, size))
			MUST(size == sizeof(data) || data[size] == 0xa5);
		else
			MUST(data[0] == 0xa5);
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	struct km_tpm_bytes r = { .len = len };
	u32 handle, pcrs;

	if (len > KM_TPM_ROOM)
		return 0;
	header(data, len);
	r.data = exact(data, len);
	if (len < 10)
		MUST(!km_tpm_parse_handle(&r, &handle));
	else
		km_tpm_parse_handle(&r, &handle);
	if (km_tpm_parse_pcrs(&r, &pcrs))
		MUST(!(pcrs >> KM_TPM_PCRS));
	sized(&r);
	nv_index(&r);
	free(r.data);
	return 0;
}
