/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DER: strict reading, and writing from the end backwards.
 * Leaf of the layers: keys and signatures in their standard encodings.
 */
#ifndef KM_DER_H
#define KM_DER_H

#include "shim.h"

#define KM_DER_BOOLEAN		0x01
#define KM_DER_INTEGER		0x02
#define KM_DER_BIT_STRING	0x03
#define KM_DER_OCTET_STRING	0x04
#define KM_DER_NULL		0x05
#define KM_DER_OID		0x06
#define KM_DER_ENUMERATED	0x0a
#define KM_DER_SEQUENCE		0x30
#define KM_DER_SET		0x31
#define KM_DER_CONTEXT(n)	(0xa0 | (n))

/**
 * struct km_der - encoding still to read
 * @p: where
 * @len: bytes left
 */
struct km_der {
	const u8 *p;
	size_t len;
};

/**
 * struct km_der_out - encoding that grows towards the start of its buffer
 * @start: the buffer
 * @p: first byte written so far; starts at the buffer's end
 * @overflow: something did not fit; the result is worthless
 */
struct km_der_out {
	u8 *start;
	u8 *p;
	bool overflow;
};

bool km_der_peek(const struct km_der *in, u8 tag);
int km_der_get(struct km_der *in, u8 tag, struct km_der *value);
int km_der_get_num(struct km_der *in, struct km_der *num);
int km_der_get_uint(struct km_der *in, u8 *out, size_t size);
int km_der_get_const(struct km_der *in, u8 tag, const void *want, size_t len);

void km_der_put_bytes(struct km_der_out *out, const void *data, size_t len);
void km_der_put_header(struct km_der_out *out, u8 tag, const u8 *end);
void km_der_put(struct km_der_out *out, u8 tag, const void *data, size_t len);
void km_der_put_uint(struct km_der_out *out, const u8 *num, size_t len);
void km_der_put_u64(struct km_der_out *out, u8 tag, u64 num);
void km_der_put_explicit(struct km_der_out *out, u32 number, const u8 *end);

#endif /* KM_DER_H */
