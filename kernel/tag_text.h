/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/*
 * Authorizations as text: names, values, what is meant by what is not said.
 * Leaves. In the module below request.c, for keyring requests; the library is built with
 * the same three files, so that kmctl's options and a request are one language.
 */
#ifndef KM_TAG_TEXT_H
#define KM_TAG_TEXT_H

#include <linux/keymaster.h>
#include "shim.h"

/* As in the library's own header. */
#define KM_TAG_MAY_DESCRIBE	(1U << 0)	/* in a key description */
#define KM_TAG_MAY_OPERATE	(1U << 1)	/* in the parameters of an operation */
#define KM_TAG_TEXT_IS_HEX	(1U << 2)	/* the text form is hex digits */

/* tag_names.c; kernel-doc is in the library's header */
u32 km_tag_at(size_t index);
const char *km_tag_name(u32 tag);
u32 km_tag_from_name(const char *name);
unsigned int km_tag_flags(u32 tag);
const char *km_tag_help(u32 tag);
const char *km_value_at(u32 tag, size_t index, u32 *value);
const char *km_value_name(u32 tag, u64 value);
int km_value_from_name(u32 tag, const char *name, u32 *value);

/**
 * struct km_tag_value - an authorization that text has been read to
 * @tag: KM_TAG_*
 * @len: bytes at @data
 * @value: of a tag that is not of the kind BYTES or BIGNUM
 * @data: of one that is
 */
struct km_tag_value {
	u32 tag;
	u32 len;
	u64 value;
	const u8 *data;
};

/**
 * struct km_tag_sink - where authorizations go
 * @add: takes one; 0 or a negative errno, which ends the reading
 * @set: for @add
 * @now_s: the time, from which "+30d" counts; seconds since 1970
 */
struct km_tag_sink {
	int (*add)(void *set, const struct km_tag_value *value);
	void *set;
	u64 now_s;
};

int km_tag_text_add(const struct km_tag_sink *sink, const char *name, char *value);

/**
 * struct km_described - what a description says so far
 * @algorithm: KM_ALGORITHM_*, 0: none
 * @purposes: bit N for value N of PURPOSE; likewise the other two
 * @modes: BLOCK_MODE
 * @digests: DIGEST
 * @first_digest: the first DIGEST
 * @padding: there is a PADDING; likewise the others
 * @oaep: one of them is that one
 * @size: KEY_SIZE
 * @exponent: RSA_PUBLIC_EXPONENT
 * @mgf: RSA_OAEP_MGF_DIGEST
 * @mac: MIN_MAC_LENGTH
 * @curve_25519: the EC_CURVE is that one
 */
struct km_described {
	u32 algorithm;
	u64 purposes;
	u64 modes;
	u64 digests;
	u32 first_digest;
	bool padding;
	bool oaep;
	bool size;
	bool exponent;
	bool mgf;
	bool mac;
	bool curve_25519;
};

void km_described_note(struct km_described *d, u32 tag, u64 value);
int km_described_defaults(const struct km_described *d, bool making,
			  const struct km_tag_sink *sink);
int km_described_mac(const struct km_described *d, const struct km_tag_sink *sink);

#endif /* KM_TAG_TEXT_H */
