// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parser of wrapped keys (kernel/wrapped_der.c): published ones, and everything near them.
 * Userspace test; what the parser takes out of the published ones is decrypted, to see that the
 * right bytes are called additional data, nonce and tag.
 */
#include "gcm.h"
#include "harness.h"
#include "vectors.h"
#include "wrapped_der.h"

#define FILE_NAME	"wrapped_key.txt"

static int parse(const void *der, size_t len, struct km_wrapped *w)
{
	u8 *copy = exact(der, len);
	int ret = km_wrapped_parse(w, copy, len);

	if (!ret)
		km_params_buf_free(&w->params);
	free(copy);
	return ret;
}

static bool published(void)
{
	static const u32 want[][2] = {
		{ KM_TAG_PURPOSE, KM_PURPOSE_ENCRYPT }, { KM_TAG_PURPOSE, KM_PURPOSE_DECRYPT },
		{ KM_TAG_ALGORITHM, KM_ALGORITHM_AES }, { KM_TAG_KEY_SIZE, 256 },
		{ KM_TAG_BLOCK_MODE, KM_MODE_ECB }, { KM_TAG_PADDING, KM_PAD_PKCS7 },
		{ KM_TAG_NO_AUTH_REQUIRED, 1 },
	};
	struct vector der = vector(FILE_NAME, "vts", "wrapped");
	struct vector key = vector(FILE_NAME, "vts", "transport");
	struct vector material = vector(FILE_NAME, "vts", "material");
	const struct km_piece transport = vector_piece(&key);
	struct km_gcm_text text;
	struct km_params set;
	struct km_wrapped w;
	struct km_param p;
	u8 wire[200], out[32];
	u32 pos = 0, i;

	CHECK(!km_wrapped_parse(&w, der.data, der.len));
	CHECK(w.transport.len == 256 && w.key_format == KM_KEY_FORMAT_RAW && w.key.len == 32);
	CHECK(km_params_wire_len(&w.params) <= sizeof(wire));
	km_params_write(&w.params, wire);
	CHECK(!km_params_parse(&set, wire, km_params_wire_len(&w.params), NULL));
	for (i = 0; i < ARRAY_SIZE(want); i++)
		CHECK(km_params_next(&set, &pos, &p) && p.tag == want[i][0] &&
		      p.value == want[i][1]);
	CHECK(!km_params_next(&set, &pos, &p));
	text = (struct km_gcm_text){
		.nonce = w.iv, .aad = w.description.data, .aad_len = w.description.len,
		.in = w.key.data, .out = out, .len = w.key.len,
	};
	CHECK(!km_gcm_portable_open(&transport, &text, w.tag));
	CHECK(!memcmp(out, material.data, 32));
	km_params_buf_free(&w.params);
	der = vector(FILE_NAME, "vts", "wrapped_masked");
	CHECK(!parse(der.data, der.len, &w));
	return true;
}

static bool cut_and_grown(void)
{
	struct vector der = vector(FILE_NAME, "vts", "wrapped");
	struct km_wrapped w;
	size_t n;

	for (n = 0; n < der.len; n++)
		CHECK(parse(der.data, n, &w) == -EINVAL);
	der.data[der.len] = 0;
	CHECK(parse(der.data, der.len + 1, &w) == -EINVAL);
	return true;
}

/* Whatever comes: no access outside, and an answer that is one of two. */
static bool changed(void)
{
	struct vector good = vector(FILE_NAME, "vts", "wrapped"), der;
	struct km_wrapped w;
	unsigned long i, n = cases(200000);
	unsigned int k;
	int ret;

	for (i = 0; i < 8 * good.len; i++) {
		der = good;
		der.data[i / 8] ^= 1 << i % 8;
		ret = parse(der.data, der.len, &w);
		CHECK(!ret || ret == -EINVAL);
	}
	for (i = 0; i < n; i++) {
		der = good;
		for (k = rnd() % 4; k < 4; k++)
			/* In the headers and the description, more often than not. */
			der.data[rnd() % 3 ? 260 + rnd() % 80 : rnd() % der.len] = rnd();
		der.len -= rnd() % 3 ? 0 : rnd() % 100;
		ret = parse(der.data, der.len, &w);
		CHECK(!ret || ret == -EINVAL);
	}
	return true;
}

/* A wrapper around this list; the lengths are right, of one or of three octets. */
static size_t wrap(u8 *out, const void *list, size_t len)
{
	u8 body[12000], *p = body;
	size_t n;

	memcpy(p, "\x02\x01\x00\x04\x01\x55\x04\x0cnonce, twelv", 20);
	p += 20;
	*p++ = 0x30;
	n = 3 + len + (len < 0x80 ? 2 : len < 0x100 ? 3 : 4);
	if (n < 0x80) {
		*p++ = n;
	} else if (n < 0x100) {
		*p++ = 0x81;
		*p++ = n;
	} else {
		*p++ = 0x82;
		*p++ = n >> 8;
		*p++ = n;
	}
	memcpy(p, "\x02\x01\x03\x30", 4);
	p += 4;
	if (len < 0x80) {
		*p++ = len;
	} else if (len < 0x100) {
		*p++ = 0x81;
		*p++ = len;
	} else {
		*p++ = 0x82;
		*p++ = len >> 8;
		*p++ = len;
	}
	memcpy(p, list, len);
	p += len;
	memcpy(p, "\x04\x00\x04\x10sixteen of a tag", 20);
	p += 20;
	n = p - body;
	out[0] = 0x30;
	if (n < 0x80) {
		out[1] = n;
		memcpy(out + 2, body, n);
		return 2 + n;
	}
	if (n < 0x100) {
		out[1] = 0x81;
		out[2] = n;
		memcpy(out + 3, body, n);
		return 3 + n;
	}
	out[1] = 0x82;
	out[2] = n >> 8;
	out[3] = n;
	memcpy(out + 4, body, n);
	return 4 + n;
}

/* What is made of a list: -EINVAL, or the value of its last entry. */
static s64 list_of(const void *list, size_t len)
{
	u8 der[12100], wire[400];
	size_t n = wrap(der, list, len);
	struct km_param p = { .value = 0 };
	struct km_params set;
	struct km_wrapped w;
	u32 pos = 0;

	if (km_wrapped_parse(&w, der, n))
		return -EINVAL;
	if (km_params_wire_len(&w.params) <= sizeof(wire)) {
		km_params_write(&w.params, wire);
		if (km_params_parse(&set, wire, km_params_wire_len(&w.params), NULL))
			return -1000;
		while (km_params_next(&set, &pos, &p))
			;
	}
	km_params_buf_free(&w.params);
	return p.value;
}

#define LIST(s)		list_of(s, sizeof(s) - 1)

static bool lists(void)
{
	CHECK(LIST("") == 0);
	CHECK(LIST("\xa1\x05\x31\x03\x02\x01\x05") == 5);
	CHECK(LIST("\xa1\x02\x31\x00") == 0);
	CHECK(LIST("\xa3\x04\x02\x02\x01\x00") == 256);
	CHECK(LIST("\xa7\x02\x05\x00") == 1);
	CHECK(LIST("\xbf\x83\x76\x0a\x02\x08\x01\x02\x03\x04\x05\x06\x07\x08") ==
	      0x0102030405060708);
	CHECK(LIST("\xbf\x83\x78\x07\x02\x05\x00\xff\xff\xff\xff") == 0xffffffff);
	CHECK(LIST("\xa2\x03\x02\x01\x20\xa3\x03\x02\x01\x40") == 0x40);
	return true;
}

static bool bad_lists(void)
{
	/* Order, and twice. */
	CHECK(LIST("\xa3\x03\x02\x01\x40\xa2\x03\x02\x01\x20") == -EINVAL);
	CHECK(LIST("\xa3\x03\x02\x01\x40\xa3\x03\x02\x01\x40") == -EINVAL);
	/* Fields that are none: 0, 11, 301, 704, 724, one of three octets. */
	CHECK(LIST("\xa0\x03\x02\x01\x01") == -EINVAL);
	CHECK(LIST("\xab\x03\x02\x01\x01") == -EINVAL);
	CHECK(LIST("\xbf\x82\x2d\x03\x02\x01\x00") == -EINVAL);
	CHECK(LIST("\xbf\x85\x40\x03\x04\x01\x00") == -EINVAL);
	CHECK(LIST("\xbf\x85\x54\x03\x04\x01\x00") == -EINVAL);
	CHECK(LIST("\xbf\x81\x83\x77\x02\x05\x00") == -EINVAL);
	/* Numbers of fields in more octets than they take, or without an end. */
	CHECK(LIST("\xbf\x07\x02\x05\x00") == -EINVAL);
	CHECK(LIST("\xbf\x80\x07\x02\x05\x00") == -EINVAL);
	CHECK(LIST("\xbf\x83") == -EINVAL);
	CHECK(LIST("\xbf") == -EINVAL);
	/* Not explicit, another class, a value behind the value, none. */
	CHECK(LIST("\x83\x01\x40") == -EINVAL);
	CHECK(LIST("\x63\x03\x02\x01\x40") == -EINVAL);
	CHECK(LIST("\xa3\x06\x02\x01\x40\x02\x01\x40") == -EINVAL);
	CHECK(LIST("\xa3\x00") == -EINVAL);
	/* Of another type. */
	CHECK(LIST("\xa7\x03\x02\x01\x01") == -EINVAL);
	CHECK(LIST("\xa7\x03\x05\x01\x00") == -EINVAL);
	CHECK(LIST("\xa7\x03\x01\x01\xff") == -EINVAL);
	CHECK(LIST("\xa1\x03\x02\x01\x01") == -EINVAL);
	CHECK(LIST("\xa1\x04\x31\x02\x05\x00") == -EINVAL);
	CHECK(LIST("\xa3\x02\x05\x00") == -EINVAL);
	/* Numbers: negative, too long, not shortest, beyond 32 and 64 bits. */
	CHECK(LIST("\xa3\x03\x02\x01\x80") == -EINVAL);
	CHECK(LIST("\xa3\x04\x02\x02\x00\x40") == -EINVAL);
	CHECK(LIST("\xa3\x02\x02\x00") == -EINVAL);
	CHECK(LIST("\xa3\x07\x02\x05\x01\x00\x00\x00\x00") == -EINVAL);
	CHECK(LIST("\xbf\x83\x76\x0b\x02\x09\x01\x00\x00\x00\x00\x00\x00\x00\x00") == -EINVAL);
	/* Lengths: beyond the end, indefinite, of four octets, longer than needed. */
	CHECK(LIST("\xa3\x04\x02\x01\x40") == -EINVAL);
	CHECK(LIST("\xa3\x80\x02\x01\x40\x00\x00") == -EINVAL);
	CHECK(LIST("\xa3\x84\x00\x00\x00\x03\x02\x01\x40") == -EINVAL);
	CHECK(LIST("\xa3\x81\x03\x02\x01\x40") == -EINVAL);
	return true;
}

/* The densest list of the longest description fits in the memory that is taken for it. */
static bool longest(void)
{
	static u8 list[10000];
	size_t max = KM_DESCRIPTION_MAX - 11, n, i;

	for (n = max - 1; n <= max + 2; n++) {
		list[0] = 0xa1;
		list[1] = 0x82;
		list[2] = (n - 4) >> 8;
		list[3] = n - 4;
		list[4] = 0x31;
		list[5] = 0x82;
		list[6] = (n - 8) >> 8;
		list[7] = n - 8;
		for (i = 8; i + 3 <= n; i += 3)
			memcpy(list + i, "\x02\x01\x07", 3);
		/* A number of one byte more or less fills it up. */
		if (n - i == 1)
			memcpy(list + i - 3, "\x02\x02\x01\x00", 4);
		else if (n - i == 2)
			memcpy(list + i - 3, "\x02\x03\x01\x00\x00", 5);
		CHECK(list_of(list, n) == (n <= max ? 0 : -EINVAL));
	}
	return true;
}

static const struct test tests[] = {
	{ "wrapped: the published ones", published },
	{ "wrapped: cut off anywhere, and something behind", cut_and_grown },
	{ "wrapped: changed in every bit, and at random", changed },
	{ "wrapped: lists of every type of value", lists },
	{ "wrapped: lists that are none", bad_lists },
	{ "wrapped: the longest description", longest },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
