/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Authorization sets: parse, walk, build. No policy.
 * Above the algorithms, below everything that decides; wire form: blobs.md section 1.
 */
#ifndef KM_PARAMS_H
#define KM_PARAMS_H

#include <linux/keymaster.h>
#include "shim.h"
#include "tag_kind.h"

/* indirect_size, count, elements_size */
#define KM_PARAMS_HEADER	12
/* and a tag, a length and an offset */
#define KM_PARAMS_ONE		(KM_PARAMS_HEADER + 12)

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

/* Bytes of a value by the type of its tag, 0 for a type that is not allowed. */
extern const u8 km_value_size[16];

/**
 * km_param_read() - read one entry, trusting nothing
 * @set: a set; its entries need not have been checked
 * @pos: where the entry begins
 * @p: [out] the entry
 *
 * The one reader of entries, inline for the walks that are made in every call.
 *
 * Return: bytes that the entry takes, 0 if it is malformed or @pos at the end.
 */
static __always_inline u32 km_param_read(const struct km_params *set, u32 pos,
					 struct km_param *p)
{
	u32 left = set->elements_len - pos, size, offset;
	const u8 *e;

	if (left < 4)
		return 0;
	e = set->elements + pos;
	p->tag = get_unaligned_le32(e);
	p->data = NULL;
	p->len = 0;
	p->value = 0;
	size = km_value_size[p->tag >> 28];
	if (!size || left - 4 < size)
		return 0;
	if (size == 4) {
		p->value = get_unaligned_le32(e + 4);
	} else if (km_tag_is_bytes(p->tag)) {
		p->len = get_unaligned_le32(e + 4);
		offset = get_unaligned_le32(e + 8);
		if (offset > set->indirect_len || p->len > set->indirect_len - offset)
			return 0;
		p->data = set->indirect + offset;
	} else if (size == 8) {
		p->value = get_unaligned_le64(e + 4);
	} else {
		if (e[4] > 1)
			return 0;
		p->value = e[4];
	}
	return 4 + size;
}

/**
 * km_params_check() - check all entries of a set, and look at each on the way
 * @set: a set out of km_params_frame()
 * @count: how many entries it says it has
 * @look: called with each well-formed entry; a constant, so that it is inlined
 * @ctx: for @look
 *
 * What @look made of a set that turns out to be malformed is worthless.
 *
 * Return: 0 or -EINVAL.
 */
static __always_inline int km_params_check(const struct km_params *set, u32 count,
					   void (*look)(void *ctx, const struct km_param *p),
					   void *ctx)
{
	struct km_param p;
	u32 pos = 0, size;
	u64 total = 0;

	for (; count; count--, pos += size) {
		size = km_param_read(set, pos, &p);
		if (!size)
			return -EINVAL;
		total += p.len;
		if (look)
			look(ctx, &p);
	}
	return pos == set->elements_len && total == set->indirect_len ? 0 : -EINVAL;
}

int km_params_frame(struct km_params *set, const u8 *wire, size_t len, size_t *used, u32 *count);
int km_params_parse(struct km_params *set, const u8 *wire, size_t len, size_t *used);
bool km_params_next(const struct km_params *set, u32 *pos, struct km_param *p);
bool km_params_find(const struct km_params *set, u32 tag, struct km_param *p);

int km_params_buf_init(struct km_params_buf *b, u32 elements_max, u32 indirect_max);
void km_params_buf_free(struct km_params_buf *b);
void km_params_add(struct km_params_buf *b, const struct km_param *p);
void km_params_add_int(struct km_params_buf *b, u32 tag, u64 value);
void km_params_add_bytes(struct km_params_buf *b, u32 tag, const void *data, u32 len);
size_t km_params_wire_len(const struct km_params_buf *b);
u32 km_params_write_one(u8 *wire, const struct km_param *p);
void km_params_write(const struct km_params_buf *b, u8 *wire);

#endif /* KM_PARAMS_H */
