// SPDX-License-Identifier: GPL-2.0-only
/*
 * DER of kernel/der.c: each value has one encoding, and no other is read.
 * Userspace test, for the sanitizers: encodings lie in buffers without a byte to spare.
 */
#include "der.h"
#include "harness.h"

/* Integers of one byte more than fit, and of exactly as many. */
static bool integers_fit(void)
{
	u8 data[40] = { KM_DER_INTEGER, 33 }, out[32];
	struct km_der in = { data, 35 };

	data[3] = 0x80;
	CHECK(!km_der_get_uint(&in, out, 32) && out[0] == 0x80 && !in.len);
	in = (struct km_der){ data, 35 };
	CHECK(km_der_get_uint(&in, out, 31) == -EINVAL);
	data[2] = 1;
	in = (struct km_der){ data, 35 };
	CHECK(km_der_get_uint(&in, out, 32) == -EINVAL);
	return true;
}

/* Each length has one encoding, the shortest; and each prefix of it is too short. */
static bool lengths(void)
{
	static const u32 edges[] = { 0, 1, 127, 128, 255, 256, 257, 4096, 65534, 65535 };
	static u8 buf[70000], data[70000];
	struct km_der_out out;
	struct km_der in, value;
	unsigned int i;
	size_t head, total;

	rnd_bytes(data, sizeof(data));
	for (i = 0; i < ARRAY_SIZE(edges); i++) {
		out = (struct km_der_out){ .start = buf, .p = buf + sizeof(buf) };
		km_der_put(&out, KM_DER_OCTET_STRING, data, edges[i]);
		total = buf + sizeof(buf) - out.p;
		head = edges[i] < 128 ? 2 : edges[i] < 256 ? 3 : 4;
		CHECK(!out.overflow && total == head + edges[i]);
		in = (struct km_der){ out.p, total };
		CHECK(km_der_peek(&in, KM_DER_OCTET_STRING) && !km_der_peek(&in, KM_DER_OID));
		CHECK(!km_der_get(&in, KM_DER_OCTET_STRING, &value) && !in.len);
		CHECK(value.len == edges[i] && !memcmp(value.p, data, value.len));
		in = (struct km_der){ out.p, total - 1 };
		CHECK(km_der_get(&in, KM_DER_OCTET_STRING, &value) == -EINVAL);
		in = (struct km_der){ out.p, total };
		CHECK(km_der_get(&in, KM_DER_BIT_STRING, &value) == -EINVAL);
		CHECK(in.p == out.p && in.len == total);
	}
	out = (struct km_der_out){ .start = buf, .p = buf + sizeof(buf) };
	km_der_put(&out, KM_DER_OCTET_STRING, data, 65536);
	CHECK(out.overflow);
	return true;
}

/* The same lengths with an octet more than they need. */
static bool long_lengths(void)
{
	u8 buf[4 + 255] = { KM_DER_OCTET_STRING };
	struct km_der in, value;
	unsigned int len;

	for (len = 0; len < 256; len++) {
		buf[1] = 0x81;
		buf[2] = len;
		in = (struct km_der){ buf, 3 + len };
		CHECK(km_der_get(&in, KM_DER_OCTET_STRING, &value) == (len < 128 ? -EINVAL : 0));
		buf[1] = 0x82;
		buf[2] = 0;
		buf[3] = len;
		in = (struct km_der){ buf, 4 + len };
		CHECK(km_der_get(&in, KM_DER_OCTET_STRING, &value) == -EINVAL);
	}
	return true;
}

static bool constants(void)
{
	static const u8 want[] = { 1, 2 };
	static const struct {
		u8 len, data[8];
		int want;
	} list[] = {
		{ 4, { KM_DER_OID, 2, 1, 2 }, 0 },
		{ 3, { KM_DER_OID, 1, 1 }, -EINVAL },
		{ 5, { KM_DER_OID, 3, 1, 2, 0 }, -EINVAL },
		{ 2, { KM_DER_OID, 0 }, -EINVAL },
		{ 4, { KM_DER_OID, 2, 1, 3 }, -EINVAL },
		{ 4, { KM_DER_INTEGER, 2, 1, 2 }, -EINVAL },
	};
	struct km_der in;
	unsigned int i;
	int ret;
	u8 *copy;

	for (i = 0; i < ARRAY_SIZE(list); i++) {
		copy = exact(list[i].data, list[i].len);
		in = (struct km_der){ copy, list[i].len };
		ret = km_der_get_const(&in, KM_DER_OID, want, sizeof(want));
		free(copy);
		CHECK(ret == list[i].want);
	}
	return true;
}

static const struct test tests[] = {
	{ "der: an octet of length too many is refused", long_lengths },
	{ "der: a constant is that and nothing else", constants },
	{ "der: each length has its one encoding", lengths },
	{ "der: integers fit or are refused", integers_fit },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
