// SPDX-License-Identifier: GPL-2.0-only
/*
 * DER (X.690): strict reading, and writing from the end backwards.
 * Leaf of the layers: keys and signatures in their standard encodings.
 *
 * Reading accepts one encoding of a value only: shortest lengths, shortest
 * integers, nothing behind the end. Writing backwards means that a length is
 * known when its header is written, so nothing is encoded twice.
 */
#include "der.h"

/**
 * km_der_peek() - does an element of this tag come next?
 * @in: encoding
 * @tag: identifier octet
 *
 * Return: true if so.
 */
bool km_der_peek(const struct km_der *in, u8 tag)
{
	return in->len && in->p[0] == tag;
}

/**
 * km_der_get() - read an element
 * @in: encoding; moved behind the element
 * @tag: identifier octet it must have
 * @value: [out] its contents
 *
 * Return: 0 or -EINVAL.
 */
int km_der_get(struct km_der *in, u8 tag, struct km_der *value)
{
	size_t len, n, head = 2;

	if (in->len < 2 || in->p[0] != tag)
		return -EINVAL;
	len = in->p[1];
	if (len & 0x80) {
		n = len & 0x7f;
		/* Two octets of length are enough for anything we read. */
		if (n < 1 || n > 2 || in->len < 2 + n)
			return -EINVAL;
		len = in->p[2];
		if (n == 2)
			len = len << 8 | in->p[3];
		if (len < (n == 1 ? 0x80 : 0x100))
			return -EINVAL;
		head += n;
	}
	if (len > in->len - head)
		return -EINVAL;
	value->p = in->p + head;
	value->len = len;
	in->p += head + len;
	in->len -= head + len;
	return 0;
}

/**
 * km_der_get_num() - read a non-negative INTEGER where it stands
 * @in: encoding; moved behind the element
 * @num: [out] the number, big-endian: one byte at least, no zeros in front of more
 *
 * Return: 0, or -EINVAL if it is malformed or negative.
 */
int km_der_get_num(struct km_der *in, struct km_der *num)
{
	if (km_der_get(in, KM_DER_INTEGER, num) || !num->len || num->p[0] & 0x80)
		return -EINVAL;
	if (num->len > 1 && !num->p[0]) {
		if (!(num->p[1] & 0x80))
			return -EINVAL;
		num->p++;
		num->len--;
	}
	return 0;
}

/**
 * km_der_get_uint() - read a non-negative INTEGER
 * @in: encoding; moved behind the element
 * @out: [out] the number, big-endian, zeros in front
 * @size: bytes at @out
 *
 * Return: 0, or -EINVAL if it is malformed, negative, or does not fit.
 */
int km_der_get_uint(struct km_der *in, u8 *out, size_t size)
{
	struct km_der v;

	if (km_der_get_num(in, &v) || v.len > size)
		return -EINVAL;
	memset(out, 0, size - v.len);
	memcpy(out + size - v.len, v.p, v.len);
	return 0;
}

/**
 * km_der_get_const() - read an element that must have this value
 * @in: encoding; moved behind the element
 * @tag: identifier octet
 * @want: contents it must have
 * @len: how many
 *
 * Return: 0 or -EINVAL.
 */
int km_der_get_const(struct km_der *in, u8 tag, const void *want, size_t len)
{
	struct km_der v;

	if (km_der_get(in, tag, &v) || v.len != len || memcmp(v.p, want, len))
		return -EINVAL;
	return 0;
}

/**
 * km_der_put_bytes() - put bytes in front
 * @out: encoding
 * @data: the bytes; NULL will do for none
 * @len: how many
 */
void km_der_put_bytes(struct km_der_out *out, const void *data, size_t len)
{
	if (out->overflow || len > (size_t)(out->p - out->start)) {
		out->overflow = true;
		return;
	}
	out->p -= len;
	if (len)
		memcpy(out->p, data, len);
}

/* The length of what was written since @end. */
static void put_length(struct km_der_out *out, const u8 *end)
{
	size_t len = end - out->p, n = len < 0x80 ? 1 : len < 0x100 ? 2 : 3;
	u8 head[3] = { 0x80 | (n - 1), len, len };

	if (n == 1)
		head[0] = len;
	else if (n == 3)
		head[1] = len >> 8;
	if (len > 0xffff)
		out->overflow = true;
	km_der_put_bytes(out, head, n);
}

/**
 * km_der_put_header() - put tag and length in front of what was written
 * @out: encoding
 * @tag: identifier octet
 * @end: where the contents end: @out->p before they were written
 */
void km_der_put_header(struct km_der_out *out, u8 tag, const u8 *end)
{
	put_length(out, end);
	km_der_put_bytes(out, &tag, 1);
}

/**
 * km_der_put_explicit() - put an EXPLICIT context tag of any number in front
 * @out: encoding
 * @number: the number of the tag, below 2^28
 * @end: where the contents end: @out->p before they were written
 */
void km_der_put_explicit(struct km_der_out *out, u32 number, const u8 *end)
{
	u8 octet = number & 0x7f;

	if (number < 0x1f) {
		km_der_put_header(out, KM_DER_CONTEXT(number), end);
		return;
	}
	put_length(out, end);
	km_der_put_bytes(out, &octet, 1);
	while (number >>= 7) {
		octet = 0x80 | (number & 0x7f);
		km_der_put_bytes(out, &octet, 1);
	}
	/* Constructed, of the context, and the number follows. */
	octet = KM_DER_CONTEXT(0x1f);
	km_der_put_bytes(out, &octet, 1);
}

/**
 * km_der_put() - put a whole element in front
 * @out: encoding
 * @tag: identifier octet
 * @data: contents
 * @len: how many
 */
void km_der_put(struct km_der_out *out, u8 tag, const void *data, size_t len)
{
	const u8 *end = out->p;

	km_der_put_bytes(out, data, len);
	km_der_put_header(out, tag, end);
}

/**
 * km_der_put_uint() - put a non-negative INTEGER in front
 * @out: encoding
 * @num: the number, big-endian
 * @len: bytes of it, at least one
 *
 * For public numbers: how many zeros are dropped shows in the length.
 */
void km_der_put_uint(struct km_der_out *out, const u8 *num, size_t len)
{
	static const u8 zero;
	const u8 *end = out->p;

	while (len > 1 && !*num) {
		num++;
		len--;
	}
	km_der_put_bytes(out, num, len);
	if (*num & 0x80)
		km_der_put_bytes(out, &zero, 1);
	km_der_put_header(out, KM_DER_INTEGER, end);
}

/**
 * km_der_put_u64() - put a non-negative number in front
 * @out: encoding
 * @tag: KM_DER_INTEGER or KM_DER_ENUMERATED
 * @num: the number
 */
void km_der_put_u64(struct km_der_out *out, u8 tag, u64 num)
{
	const u8 *end = out->p;
	u8 octet;

	do {
		octet = num;
		km_der_put_bytes(out, &octet, 1);
		num >>= 8;
	} while (num);
	if (octet & 0x80)
		km_der_put_bytes(out, "", 1);
	km_der_put_header(out, tag, end);
}
