// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Authorization sets: the builder, the parser and the writer of the wire form.
 * Below everything else; text.c adds entries from text, key.c sends the bytes.
 */
#include <errno.h>
#include <stdlib.h>

#include "lib_private.h"
#include "tag_kind.h"

/* indirect_size, count, elements_size */
#define WIRE_OVERHEAD	12

/**
 * struct km_params - an authorization set
 * @entries: in order of insertion; a bytes entry owns its copy at data
 * @count: used entries
 * @room: allocated entries
 */
struct km_params {
	struct km_param *entries;
	size_t count;
	size_t room;
};

static bool is_u32(uint32_t tag)
{
	switch (KM_TAG_TYPE(tag)) {
	case KM_TYPE_ENUM:
	case KM_TYPE_ENUM_REP:
	case KM_TYPE_UINT:
	case KM_TYPE_UINT_REP:
		return true;
	}
	return false;
}

static bool is_u64(uint32_t tag)
{
	switch (KM_TAG_TYPE(tag)) {
	case KM_TYPE_ULONG:
	case KM_TYPE_ULONG_REP:
	case KM_TYPE_DATE:
		return true;
	}
	return false;
}

static bool is_bool(uint32_t tag)
{
	return KM_TAG_TYPE(tag) == KM_TYPE_BOOL;
}

LIBEXPORT int km_tag_is_repeatable(uint32_t tag)
{
	return km_tag_repeats(tag);
}

LIBEXPORT int km_params_new(struct km_params **params)
{
	*params = calloc(1, sizeof(**params));
	return *params ? 0 : -ENOMEM;
}

static void drop_entry(struct km_param *entry)
{
	if (!km_tag_is_bytes(entry->tag) || !entry->data)
		return;
	/* Application data and tokens are secrets of a kind. */
	explicit_bzero((void *)entry->data, entry->len);
	free((void *)entry->data);
}

LIBEXPORT void km_params_free(struct km_params *params)
{
	size_t i;

	if (!params)
		return;
	for (i = 0; i < params->count; i++)
		drop_entry(&params->entries[i]);
	free(params->entries);
	free(params);
}

static int grow(struct km_params *params)
{
	size_t room = params->room ? 2 * params->room : 16;
	struct km_param *entries;

	if (params->count < params->room)
		return 0;
	entries = reallocarray(params->entries, room, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	params->entries = entries;
	params->room = room;
	return 0;
}

/* Appends a copy without looking at it: what a parsed set holds, it holds. */
int km_params_add_entry(struct km_params *params, const struct km_param *entry)
{
	struct km_param *new;
	void *copy;
	int ret;

	ret = grow(params);
	if (ret)
		return ret;
	new = &params->entries[params->count];
	*new = *entry;
	new->data = NULL;
	if (km_tag_is_bytes(entry->tag)) {
		copy = malloc(entry->len ? entry->len : 1);
		if (!copy)
			return -ENOMEM;
		if (entry->len)
			memcpy(copy, entry->data, entry->len);
		new->data = copy;
	}
	params->count++;
	return 0;
}

/* For the builder: no tag twice that may occur once, no value twice. */
static int add_checked(struct km_params *params, const struct km_param *entry)
{
	const struct km_param *e;
	size_t i;

	for (i = 0; i < params->count; i++) {
		e = &params->entries[i];
		if (e->tag != entry->tag)
			continue;
		if (!km_tag_is_repeatable(e->tag) || e->value == entry->value)
			return -EEXIST;
	}
	return km_params_add_entry(params, entry);
}

LIBEXPORT int km_params_add_u32(struct km_params *params, uint32_t tag, uint32_t value)
{
	struct km_param entry = { .tag = tag, .value = value };

	return is_u32(tag) ? add_checked(params, &entry) : -EINVAL;
}

LIBEXPORT int km_params_add_u64(struct km_params *params, uint32_t tag, uint64_t value)
{
	struct km_param entry = { .tag = tag, .value = value };

	return is_u64(tag) ? add_checked(params, &entry) : -EINVAL;
}

LIBEXPORT int km_params_add_bool(struct km_params *params, uint32_t tag)
{
	struct km_param entry = { .tag = tag, .value = 1 };

	return is_bool(tag) ? add_checked(params, &entry) : -EINVAL;
}

LIBEXPORT int km_params_add_bytes(struct km_params *params, uint32_t tag, const void *data,
				  size_t len)
{
	struct km_param entry = { .tag = tag, .data = data, .len = len };

	return km_tag_is_bytes(tag) ? add_checked(params, &entry) : -EINVAL;
}

/* Takes back what was added since there were @count entries. */
void km_params_truncate(struct km_params *params, size_t count)
{
	while (params->count > count)
		drop_entry(&params->entries[--params->count]);
}

LIBEXPORT int km_params_append(struct km_params *params, const struct km_params *from)
{
	size_t i, before = params->count, n = km_params_count(from);
	int ret;

	for (i = 0; i < n; i++) {
		ret = add_checked(params, &from->entries[i]);
		if (ret) {
			km_params_truncate(params, before);
			return ret;
		}
	}
	return 0;
}

LIBEXPORT size_t km_params_count(const struct km_params *params)
{
	return params ? params->count : 0;
}

LIBEXPORT int km_params_get(const struct km_params *params, size_t index,
			    struct km_param *param)
{
	if (index >= km_params_count(params))
		return -ENOENT;
	*param = params->entries[index];
	return 0;
}

LIBEXPORT int km_params_find(const struct km_params *params, uint32_t tag, size_t nth,
			     struct km_param *param)
{
	size_t i, n = km_params_count(params);

	for (i = 0; i < n; i++) {
		if (params->entries[i].tag != tag || nth--)
			continue;
		if (param)
			*param = params->entries[i];
		return 0;
	}
	return -ENOENT;
}

LIBEXPORT int km_params_contains(const struct km_params *params, uint32_t tag, uint64_t value)
{
	size_t i, n = km_params_count(params);

	for (i = 0; i < n; i++)
		if (params->entries[i].tag == tag && params->entries[i].value == value)
			return 1;
	return 0;
}

/* ---- wire form ---- */

static size_t element_size(uint32_t tag)
{
	if (is_u32(tag))
		return 4 + 4;
	if (is_bool(tag))
		return 4 + 1;
	if (is_u64(tag) || km_tag_is_bytes(tag))
		return 4 + 8;
	return 0;
}

/**
 * struct reader - a wire form taken apart into its two areas
 * @indirect: values of the bytes entries
 * @indirect_size: bytes there
 * @claimed: how many of them the entries so far refer to
 * @p: next element
 * @left: bytes of elements from @p on
 */
struct reader {
	const unsigned char *indirect;
	size_t indirect_size;
	uint64_t claimed;
	const unsigned char *p;
	size_t left;
};

static int read_element(struct reader *r, struct km_param *e)
{
	size_t size;
	uint32_t offset;

	if (r->left < 4)
		return -EBADMSG;
	*e = (struct km_param){ .tag = km_get_le32(r->p) };
	size = element_size(e->tag);
	if (!size || size > r->left)
		return -EBADMSG;
	if (is_u32(e->tag)) {
		e->value = km_get_le32(r->p + 4);
	} else if (is_u64(e->tag)) {
		e->value = km_get_le64(r->p + 4);
	} else if (is_bool(e->tag)) {
		e->value = r->p[4];
		if (e->value > 1)
			return -EBADMSG;
	} else {
		e->len = km_get_le32(r->p + 4);
		offset = km_get_le32(r->p + 8);
		if (offset > r->indirect_size || e->len > r->indirect_size - offset)
			return -EBADMSG;
		e->data = r->indirect + offset;
		r->claimed += e->len;
	}
	r->p += size;
	r->left -= size;
	return 0;
}

/* Splits the buffer; returns the number of elements or a negative errno. */
static int64_t split(struct reader *r, const unsigned char *wire, size_t len, size_t *used)
{
	uint32_t count;

	if (len < WIRE_OVERHEAD)
		return -EBADMSG;
	*r = (struct reader){ .indirect = wire + 4, .indirect_size = km_get_le32(wire) };
	if (r->indirect_size > len - WIRE_OVERHEAD)
		return -EBADMSG;
	r->p = r->indirect + r->indirect_size;
	count = km_get_le32(r->p);
	r->left = km_get_le32(r->p + 4);
	r->p += 8;
	if (r->left > len - WIRE_OVERHEAD - r->indirect_size)
		return -EBADMSG;
	*used = WIRE_OVERHEAD + r->indirect_size + r->left;
	if ((uint64_t)count * 4 > r->left)
		return -EBADMSG;
	return count;
}

static int read_all(struct km_params *params, const void *wire, size_t len, size_t *used)
{
	struct reader r;
	struct km_param e;
	int64_t count = split(&r, wire, len, used);
	int ret;

	if (count < 0)
		return (int)count;
	while (count--) {
		ret = read_element(&r, &e);
		if (!ret)
			ret = km_params_add_entry(params, &e);
		if (ret)
			return ret;
	}
	return r.left || r.claimed != r.indirect_size ? -EBADMSG : 0;
}

LIBEXPORT int km_params_parse(struct km_params **params, const void *wire, size_t len,
			      size_t *used)
{
	size_t taken = 0;
	int ret;

	ret = km_params_new(params);
	if (ret)
		return ret;
	if (len)
		ret = read_all(*params, wire, len, &taken);
	if (!ret && !used && taken != len)
		ret = -EBADMSG;
	if (ret) {
		km_params_free(*params);
		*params = NULL;
		return ret;
	}
	if (used)
		*used = taken;
	return 0;
}

static void sizes(const struct km_params *params, size_t *indirect, size_t *elements)
{
	size_t i, n = km_params_count(params);

	*indirect = *elements = 0;
	for (i = 0; i < n; i++) {
		*indirect += params->entries[i].len;
		*elements += element_size(params->entries[i].tag);
	}
}

static unsigned char *put_element(unsigned char *p, const struct km_param *e, size_t offset)
{
	km_put_le32(p, e->tag);
	if (is_u32(e->tag)) {
		km_put_le32(p + 4, (uint32_t)e->value);
	} else if (is_u64(e->tag)) {
		km_put_le64(p + 4, e->value);
	} else if (is_bool(e->tag)) {
		p[4] = (unsigned char)e->value;
	} else {
		km_put_le32(p + 4, (uint32_t)e->len);
		km_put_le32(p + 8, (uint32_t)offset);
	}
	return p + element_size(e->tag);
}

/* @out has the room that sizes() asks for. */
static void put_all(const struct km_params *params, unsigned char *out, size_t indirect,
		    size_t elements)
{
	unsigned char *p = out + 4 + indirect;
	size_t i, n = km_params_count(params), offset = 0;
	const struct km_param *e;

	km_put_le32(out, (uint32_t)indirect);
	km_put_le32(p, (uint32_t)n);
	km_put_le32(p + 4, (uint32_t)elements);
	p += 8;
	for (i = 0; i < n; i++) {
		e = &params->entries[i];
		p = put_element(p, e, offset);
		if (e->len)
			memcpy(out + 4 + offset, e->data, e->len);
		offset += e->len;
	}
}

LIBEXPORT int km_params_serialise(const struct km_params *params, struct km_buf *out)
{
	size_t indirect, elements, len;
	struct km_room room;
	int ret;

	sizes(params, &indirect, &elements);
	len = WIRE_OVERHEAD + indirect + elements;
	if (len > KM_PARAMS_MAX)
		return -E2BIG;
	ret = km_room_init(&room, out, len);
	if (ret)
		return ret;
	if (room.room < len)
		return km_room_done(&room, -EMSGSIZE, len);
	put_all(params, room.data, indirect, elements);
	return km_room_done(&room, 0, len);
}

/* For one command: short sets stay on the stack of the caller. */
int km_wire_init(struct km_wire *wire, const struct km_params *params)
{
	size_t indirect, elements;

	wire->data = wire->small;
	wire->len = 0;
	if (!km_params_count(params))
		return 0;
	sizes(params, &indirect, &elements);
	wire->len = WIRE_OVERHEAD + indirect + elements;
	if (wire->len > KM_PARAMS_MAX)
		return -E2BIG;
	if (wire->len > sizeof(wire->small)) {
		wire->data = malloc(wire->len);
		if (!wire->data)
			return -ENOMEM;
	}
	put_all(params, wire->data, indirect, elements);
	return 0;
}

void km_wire_release(struct km_wire *wire)
{
	if (!wire->data || !wire->len || wire->len > KM_PARAMS_MAX)
		return;
	explicit_bzero(wire->data, wire->len);
	if (wire->data != wire->small)
		free(wire->data);
}
