/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Authorization sets: parse, walk, build. No policy.
 * Above the algorithms, below everything that decides; wire form: blobs.md section 1.
 */
#ifndef KM_PARAMS_H
#define KM_PARAMS_H

#include "shim.h"

/* indirect_size, count, elements_size */
#define KM_PARAMS_HEADER	12

/**
 * struct km_params - a parsed authorization set: a view of its wire form
 * @wire: the bytes it stands in; the view lives as long as they do
 * @wire_len: how many
 * @indirect: values of BYTES and BIGNUM entries
 * @indirect_len: bytes there
 * @elements: the entries
 * @elements_len: bytes there
 */
struct km_params {
	const u8 *wire;
	u32 wire_len;
	const u8 *indirect;
	u32 indirect_len;
	const u8 *elements;
	u32 elements_len;
};

/**
 * struct km_param - one entry
 * @tag: KM_TAG_*
 * @value: ENUM, UINT, ULONG, DATE, BOOL
 * @data: BYTES, BIGNUM: the bytes
 * @len: how many
 */
struct km_param {
	u32 tag;
	u32 len;
	u64 value;
	const u8 *data;
};

/**
 * struct km_params_buf - a set under construction
 * @elements: entries
 * @elements_len: bytes there
 * @elements_max: room there
 * @indirect: values of BYTES entries
 * @indirect_len: bytes there
 * @indirect_max: room there
 * @count: entries
 * @full: an entry did not fit; the set is worthless
 */
struct km_params_buf {
	u8 *elements;
	u32 elements_len;
	u32 elements_max;
	u8 *indirect;
	u32 indirect_len;
	u32 indirect_max;
	u32 count;
	bool full;
};

int km_params_parse(struct km_params *set, const u8 *wire, size_t len, size_t *used);
bool km_params_next(const struct km_params *set, u32 *pos, struct km_param *p);
bool km_params_find(const struct km_params *set, u32 tag, struct km_param *p);
bool km_tag_repeats(u32 tag);

int km_params_buf_init(struct km_params_buf *b, u32 elements_max, u32 indirect_max);
void km_params_buf_free(struct km_params_buf *b);
void km_params_add(struct km_params_buf *b, const struct km_param *p);
void km_params_add_int(struct km_params_buf *b, u32 tag, u64 value);
void km_params_add_bytes(struct km_params_buf *b, u32 tag, const void *data, u32 len);
size_t km_params_wire_len(const struct km_params_buf *b);
void km_params_write(const struct km_params_buf *b, u8 *wire);

#endif /* KM_PARAMS_H */
