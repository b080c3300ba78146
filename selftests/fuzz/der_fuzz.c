// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz target: the reader of DER (kernel/der.c).
 *
 * Strict means that a value has one encoding: so whatever was read is written again as the same
 * bytes. The reader of kmctl (tools/attestation_der.c), which was written apart, agrees.
 */
#include "der.h"
#include "fuzz.h"
#include "lib_side.h"
#include "shim.h"

#define DEPTH	8

static u8 room[1 << 17];

static bool same(const struct km_der_out *out, const u8 *data, size_t len)
{
	return !out->overflow && (size_t)(room + sizeof(room) - out->p) == len &&
	       !memcmp(out->p, data, len);
}

static struct km_der_out begin(void)
{
	return (struct km_der_out){ .start = room, .p = room + sizeof(room) };
}

/* How much kmctl's reader says the element takes: longer ones than the kernel's are no fault. */
static void agree(const struct km_der *in, bool read, const struct km_der *value)
{
	size_t head = 0, body = 0;
	bool lib = lib_reads_element(in->p, in->len, &head, &body);

	if (read)
		MUST(lib && value->p == in->p + head && value->len == body);
	else
		MUST(!lib || body > 0xffff);
}

static void number(struct km_der in)
{
	const struct km_der whole = in;
	struct km_der_out out = begin();
	struct km_der num, again = in;
	u8 fixed[64];

	if (km_der_get_num(&in, &num))
		return;
	MUST(num.len && is_inside(num.p, num.len, whole.p, whole.len));
	MUST(num.len == 1 || num.p[0]);
	km_der_put_uint(&out, num.p, num.len);
	MUST(same(&out, whole.p, whole.len - in.len));
	MUST(!km_der_get_uint(&again, fixed, sizeof(fixed)) == (num.len <= sizeof(fixed)));
	if (num.len > sizeof(fixed))
		return;
	MUST(!memcmp(fixed + sizeof(fixed) - num.len, num.p, num.len));
	if (num.len <= 8) {
		out = begin();
		km_der_put_u64(&out, KM_DER_INTEGER, get_unaligned_be64(fixed + 56));
		MUST(same(&out, whole.p, whole.len - in.len));
	}
}

static void element(struct km_der *in, struct km_der *value)
{
	const struct km_der whole = *in;
	struct km_der again = *in;
	struct km_der_out out = begin();
	u8 tag = in->len ? in->p[0] : 0;
	int ret = km_der_get(in, tag, value);

	agree(&whole, !ret, value);
	if (ret) {
		in->len = 0;
		value->len = 0;
		return;
	}
	MUST(is_inside(value->p, value->len, whole.p, whole.len));
	MUST(in->p == value->p + value->len && in->p + in->len == whole.p + whole.len);
	km_der_put(&out, tag, value->p, value->len);
	MUST(same(&out, whole.p, whole.len - in->len));
	/* By any other tag it is not read, and what it has to be is what it is. */
	MUST(km_der_get(&again, tag ^ 1, value) == -EINVAL);
	again = whole;
	MUST(!km_der_get(&again, tag, value));
	again = whole;
	MUST(!km_der_get_const(&again, tag, value->p, value->len));
	number(whole);
}

static void walk(struct km_der in, unsigned int depth)
{
	struct km_der value;

	while (in.len) {
		element(&in, &value);
		if (depth < DEPTH && value.len)
			walk(value, depth + 1);
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	walk((struct km_der){ data, len }, 0);
	return 0;
}
