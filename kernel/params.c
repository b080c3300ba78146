// SPDX-License-Identifier: GPL-2.0-only
/*
 * Authorization sets: parse, walk, build. No policy.
 * Above the algorithms, below everything that decides; wire form: blobs.md section 1.
 *
 * A set is checked once, completely, and then used where it lies: walking it
 * allocates nothing and cannot fail. It is the one parser for what a program
 * passes and for what a blob holds.
 */
#include <linux/keymaster.h>
#include "params.h"

const u8 km_value_size[16] = {
	[KM_TYPE_ENUM >> 28] = 4,
	[KM_TYPE_ENUM_REP >> 28] = 4,
	[KM_TYPE_UINT >> 28] = 4,
	[KM_TYPE_UINT_REP >> 28] = 4,
	[KM_TYPE_ULONG >> 28] = 8,
	[KM_TYPE_ULONG_REP >> 28] = 8,
	[KM_TYPE_DATE >> 28] = 8,
	[KM_TYPE_BIGNUM >> 28] = 8,
	[KM_TYPE_BYTES >> 28] = 8,
	[KM_TYPE_BOOL >> 28] = 1,
};

/**
 * km_params_frame() - find the parts of a set, and check that they fit together
 * @set: [out] the view; its entries are unchecked until km_params_check()
 * @wire: its wire form
 * @len: bytes that are there
 * @used: [out] bytes that the set takes; NULL: it must take all of them
 * @count: [out] how many entries it says it has
 *
 * Return: 0 or -EINVAL.
 */
int km_params_frame(struct km_params *set, const u8 *wire, size_t len, size_t *used, u32 *count)
{
	u32 indirect, elements;
	size_t left = len;

	memset(set, 0, sizeof(*set));
	*count = 0;
	if (!len && !used)
		return 0;
	if (left < 4)
		return -EINVAL;
	indirect = get_unaligned_le32(wire);
	left -= 4;
	if (left < 8 || indirect > left - 8)
		return -EINVAL;
	left -= indirect;
	set->indirect = wire + 4;
	set->indirect_len = indirect;
	*count = get_unaligned_le32(set->indirect + indirect);
	elements = get_unaligned_le32(set->indirect + indirect + 4);
	left -= 8;
	if (elements > left || *count > elements / 4)
		return -EINVAL;
	left -= elements;
	set->elements = set->indirect + indirect + 8;
	set->elements_len = elements;
	set->wire = wire;
	set->wire_len = len - left;
	if (!used && left)
		return -EINVAL;
	if (used)
		*used = len - left;
	return 0;
}

/**
 * km_params_parse() - check a set and make a view of it
 * @set: [out] the view
 * @wire: its wire form
 * @len: bytes that are there
 * @used: [out] bytes that the set takes; NULL: it must take all of them
 *
 * No bytes at all are an empty set.
 *
 * Return: 0 or -EINVAL.
 */
int km_params_parse(struct km_params *set, const u8 *wire, size_t len, size_t *used)
{
	u32 count;
	int ret = km_params_frame(set, wire, len, used, &count);

	return ret ? ret : km_params_check(set, count, NULL, NULL);
}

/**
 * km_params_next() - walk a set
 * @set: a parsed set
 * @pos: where the walk is; start with 0
 * @p: [out] the entry
 *
 * A BOOL of value 0 counts as absent and is passed over.
 *
 * Return: false at the end.
 */
bool km_params_next(const struct km_params *set, u32 *pos, struct km_param *p)
{
	u32 size;

	do {
		size = km_param_read(set, *pos, p);
		*pos += size;
	} while (size == 4 + 1 && !p->value);
	return size;
}

/**
 * km_params_find() - the first entry of a tag
 * @set: a parsed set
 * @tag: KM_TAG_*
 * @p: [out] the entry
 *
 * Return: whether there is one.
 */
bool km_params_find(const struct km_params *set, u32 tag, struct km_param *p)
{
	u32 pos = 0;

	while (km_params_next(set, &pos, p))
		if (p->tag == tag)
			return true;
	return false;
}

/**
 * km_params_buf_init() - an empty set to add to
 * @b: the set
 * @elements_max: room for elements, in bytes
 * @indirect_max: room for values of BYTES entries, in bytes
 *
 * Return: 0 or -ENOMEM. Context: may sleep.
 */
int km_params_buf_init(struct km_params_buf *b, u32 elements_max, u32 indirect_max)
{
	memset(b, 0, sizeof(*b));
	b->elements = kmalloc((size_t)elements_max + indirect_max, GFP_KERNEL_ACCOUNT);
	if (!b->elements)
		return -ENOMEM;
	b->elements_max = elements_max;
	b->indirect = b->elements + elements_max;
	b->indirect_max = indirect_max;
	return 0;
}

/**
 * km_params_buf_free() - wipe and free a set under construction
 * @b: the set
 *
 * Wiped, because a hidden set holds application ids, which are half secrets.
 */
void km_params_buf_free(struct km_params_buf *b)
{
	if (!b->elements)
		return;
	memzero_explicit(b->elements, (size_t)b->elements_max + b->indirect_max);
	kfree(b->elements);
	b->elements = NULL;
}

/**
 * km_params_add() - append an entry
 * @b: the set; @b->full is set when it does not fit
 * @p: the entry
 */
void km_params_add(struct km_params_buf *b, const struct km_param *p)
{
	u32 size = km_value_size[p->tag >> 28];
	u8 *e = b->elements + b->elements_len;

	if (b->elements_max - b->elements_len < 4 + size ||
	    b->indirect_max - b->indirect_len < p->len) {
		b->full = true;
		return;
	}
	put_unaligned_le32(p->tag, e);
	if (km_tag_is_bytes(p->tag)) {
		put_unaligned_le32(p->len, e + 4);
		put_unaligned_le32(b->indirect_len, e + 8);
		if (p->len)
			memcpy(b->indirect + b->indirect_len, p->data, p->len);
		b->indirect_len += p->len;
	} else if (size == 8) {
		put_unaligned_le64(p->value, e + 4);
	} else if (size == 4) {
		put_unaligned_le32(p->value, e + 4);
	} else {
		e[4] = 1;
	}
	b->elements_len += 4 + size;
	b->count++;
}

/**
 * km_params_add_int() - append an ENUM, UINT, ULONG, DATE or BOOL
 * @b: the set
 * @tag: KM_TAG_*
 * @value: its value; ignored for BOOL
 */
void km_params_add_int(struct km_params_buf *b, u32 tag, u64 value)
{
	const struct km_param p = { .tag = tag, .value = value };

	km_params_add(b, &p);
}

/**
 * km_params_add_bytes() - append a BYTES or BIGNUM
 * @b: the set
 * @tag: KM_TAG_*
 * @data: the bytes
 * @len: how many
 */
void km_params_add_bytes(struct km_params_buf *b, u32 tag, const void *data, u32 len)
{
	const struct km_param p = { .tag = tag, .data = data, .len = len };

	km_params_add(b, &p);
}

/**
 * km_params_wire_len() - length of the wire form
 * @b: the set
 *
 * Return: bytes that km_params_write() writes.
 */
size_t km_params_wire_len(const struct km_params_buf *b)
{
	return (size_t)KM_PARAMS_HEADER + b->indirect_len + b->elements_len;
}

/**
 * km_params_write() - the wire form
 * @b: the set
 * @wire: [out] km_params_wire_len() bytes
 */
void km_params_write(const struct km_params_buf *b, u8 *wire)
{
	put_unaligned_le32(b->indirect_len, wire);
	memcpy(wire + 4, b->indirect, b->indirect_len);
	wire += 4 + b->indirect_len;
	put_unaligned_le32(b->count, wire);
	put_unaligned_le32(b->elements_len, wire + 4);
	memcpy(wire + 8, b->elements, b->elements_len);
}

/**
 * km_params_write_one() - the wire form of a set of one BYTES or BIGNUM
 * @wire: [out] KM_PARAMS_ONE + @p->len bytes
 * @p: the entry
 *
 * Return: bytes written.
 */
u32 km_params_write_one(u8 *wire, const struct km_param *p)
{
	u8 *e = wire + 4 + p->len;

	put_unaligned_le32(p->len, wire);
	memcpy(wire + 4, p->data, p->len);
	put_unaligned_le32(1, e);
	put_unaligned_le32(12, e + 4);
	put_unaligned_le32(p->tag, e + 8);
	put_unaligned_le32(p->len, e + 12);
	put_unaligned_le32(0, e + 16);
	return KM_PARAMS_ONE + p->len;
}
