// SPDX-License-Identifier: GPL-2.0-only
/*
 * DER (X.690), read strictly: one encoding of a value is right, all others are refused. With
 * the long form of tags, which the kernel's reader does not need. Leaf of attestation_*.c.
 */
#include <string.h>

#include "attestation.h"

#define CONTEXT_CONSTRUCTED	0xa0
#define LONG_FORM		0x1f
/* Four bits of a tag are its type: a number has the rest. */
#define NUMBER_MAX		0x0fffffff

static bool take_byte(struct attest_der *in, unsigned char *byte)
{
	if (!in->left)
		return false;
	*byte = *in->p++;
	in->left--;
	return true;
}

/* A length, in the shortest form, and what it is the length of. */
static bool take_body(struct attest_der *in, struct attest_der *body)
{
	unsigned char first, byte;
	size_t len = 0;
	unsigned int n;

	if (!take_byte(in, &first))
		return false;
	if (first < 0x80)
		len = first;
	/* 0x80 is the indefinite form, of BER alone. */
	if (first == 0x80 || first > 0x84)
		return false;
	for (n = first & 0x80 ? first & 0x7f : 0; n; n--) {
		if (!take_byte(in, &byte) || (!len && !byte))
			return false;
		len = len << 8 | byte;
	}
	if ((first & 0x80 && len < 0x80) || len > in->left)
		return false;
	*body = (struct attest_der){ in->p, len };
	in->p += len;
	in->left -= len;
	return true;
}

/**
 * attest_der_get() - read an element with a tag of one byte
 * @in: the encoding; moved behind the element
 * @tag: what it has to be
 * @body: [out] what is in it
 *
 * Return: false when it is something else, or malformed. As with the other functions, @in
 * is worth nothing then.
 */
bool attest_der_get(struct attest_der *in, unsigned char tag, struct attest_der *body)
{
	unsigned char is;

	return take_byte(in, &is) && is == tag && take_body(in, body);
}

/**
 * attest_der_field() - read [number] EXPLICIT, whatever its number
 * @in: the encoding; moved behind the element
 * @number: [out]
 * @body: [out] the element that is in it, and what should not be behind that
 */
bool attest_der_field(struct attest_der *in, uint32_t *number, struct attest_der *body)
{
	unsigned char byte;

	if (!take_byte(in, &byte) || (byte & ~LONG_FORM) != CONTEXT_CONSTRUCTED)
		return false;
	*number = byte & LONG_FORM;
	if (*number != LONG_FORM)
		return take_body(in, body);
	*number = 0;
	do {
		if (!take_byte(in, &byte) || (!*number && byte == 0x80) ||
		    *number > NUMBER_MAX >> 7)
			return false;
		*number = *number << 7 | (byte & 0x7f);
	} while (byte & 0x80);
	/* Lower ones have the short form. */
	return *number >= LONG_FORM && take_body(in, body);
}

/**
 * attest_der_uint() - read a number of up to 64 bits that is not negative
 * @in: the encoding; moved behind it
 * @tag: INTEGER or ENUMERATED
 * @value: [out]
 */
bool attest_der_uint(struct attest_der *in, unsigned char tag, uint64_t *value)
{
	struct attest_der body;

	if (!attest_der_get(in, tag, &body) || !body.left || body.p[0] & 0x80)
		return false;
	if (body.left > 1 && !body.p[0]) {
		if (!(body.p[1] & 0x80))
			return false;
		body.p++;
		body.left--;
	}
	if (body.left > 8)
		return false;
	for (*value = 0; body.left; body.left--)
		*value = *value << 8 | *body.p++;
	return true;
}

bool attest_der_bool(struct attest_der *in, bool *value)
{
	struct attest_der body;

	if (!attest_der_get(in, ATTEST_DER_BOOLEAN, &body) || body.left != 1 ||
	    (body.p[0] && body.p[0] != 0xff))
		return false;
	*value = body.p[0];
	return true;
}

bool attest_der_bytes(struct attest_der *in, struct km_bytes *bytes)
{
	struct attest_der body;

	if (!attest_der_get(in, ATTEST_DER_OCTETS, &body))
		return false;
	*bytes = (struct km_bytes){ body.p, body.left };
	return true;
}

/* How DER sorts the members of a SET OF: by their encodings, the shorter one first. */
int attest_der_order(const struct attest_der *a, const struct attest_der *b)
{
	size_t both = a->left < b->left ? a->left : b->left;
	int order = memcmp(a->p, b->p, both);

	return order ? order : (a->left > b->left) - (a->left < b->left);
}
