/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mutation of DER: an element anywhere inside is changed, doubled, cut or left out, and the
 * lengths around it are made to fit, which blind mutation hardly ever does. Included by the
 * targets that read nested encodings; libFuzzer calls LLVMFuzzerCustomMutator().
 */
#ifndef DER_MUTATOR_H
#define DER_MUTATOR_H

#include "fuzz.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed);

#define DER_DEPTH	12
#define DER_ROOM	8192

/**
 * struct der_element - where an element is
 * @at: its first byte
 * @head: bytes of identifier and length
 * @len: bytes of contents
 * @id: bytes of its identifier
 */
struct der_element {
	size_t at, head, len, id;
};

static inline unsigned int der_random(unsigned int *state)
{
	*state = *state * 1103515245u + 12345u;
	return *state >> 16 & 0x7fff;
}

/* The element at @at of what ends at @end; false: there is none that is whole. */
static inline bool der_read(const uint8_t *p, size_t at, size_t end, struct der_element *e)
{
	size_t i = at, n;

	if (i >= end)
		return false;
	if ((p[i++] & 0x1f) == 0x1f)
		while (i < end && p[i++] & 0x80)
			;
	e->at = at;
	e->id = i - at;
	if (i >= end)
		return false;
	e->len = p[i++];
	if (e->len & 0x80) {
		n = e->len & 0x7f;
		if (!n || n > 3 || n > end - i)
			return false;
		for (e->len = 0; n; n--)
			e->len = e->len << 8 | p[i++];
	}
	e->head = i - at;
	return e->len <= end - i;
}

/* Identifier of @e and a length: how many bytes. */
static inline size_t der_head(const uint8_t *data, const struct der_element *e, size_t len,
			      uint8_t *out)
{
	size_t n = e->id;

	memcpy(out, data + e->at, n);
	if (len >= 0x100)
		out[n++] = 0x82;
	else if (len >= 0x80)
		out[n++] = 0x81;
	if (len >= 0x100)
		out[n++] = (uint8_t)(len >> 8);
	out[n++] = (uint8_t)len;
	return n;
}

/* From the outside in: some element, and all around it. How many. */
static inline unsigned int der_choose(const uint8_t *data, size_t size, unsigned int *state,
				      struct der_element *path)
{
	size_t at = 0, end = size, next;
	unsigned int depth = 0, n;
	struct der_element e;

	while (depth < DER_DEPTH && der_read(data, at, end, &e)) {
		for (n = 0, next = at; der_read(data, next, end, &e); next = e.at + e.head + e.len)
			if (!(der_random(state) % ++n))
				path[depth] = e;
		e = path[depth++];
		at = e.at + e.head;
		end = at + e.len;
		if (!(der_random(state) % 4))
			break;
	}
	return depth;
}

/* New bytes in place of the innermost element. */
static inline size_t der_change(const uint8_t *data, const struct der_element *e,
				unsigned int *state, uint8_t *out, size_t room)
{
	static uint8_t body[DER_ROOM];
	size_t all = e->head + e->len, len = e->len, head;

	memcpy(out, data + e->at, all);
	switch (der_random(state) % 8) {
	case 0:
		return 0;
	case 1:
		if (2 * all <= room)
			memcpy(out + all, out, all);
		return 2 * all <= room ? 2 * all : all;
	case 2:
		out[0] ^= (uint8_t)(1 << der_random(state) % 8);
		return all;
	case 3:
		/* Without its end, and nobody is told. */
		return all - der_random(state) % (all < 4 ? all + 1 : 4);
	case 4:
		/* Something begins behind it. */
		if (all + 2 > room)
			return all;
		out[all] = (uint8_t)(0xa0 | der_random(state) % 32);
		out[all + 1] = (uint8_t)der_random(state);
		return all + 1 + der_random(state) % 2;
	default:
		memcpy(body, data + e->at + e->head, len);
		len = LLVMFuzzerMutate(body, len, room / 2 < DER_ROOM ? room / 2 : DER_ROOM);
		head = der_head(data, e, len, out);
		memcpy(out + head, body, len);
		return head + len;
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed)
{
	static uint8_t inner[2 * DER_ROOM], outer[2 * DER_ROOM];
	struct der_element path[DER_DEPTH], *e;
	unsigned int depth, state = seed;
	size_t len, before, after, head, start, end;

	depth = der_choose(data, size, &state, path);
	if (!depth || size > DER_ROOM / 2 || !(der_random(&state) % 4))
		return LLVMFuzzerMutate(data, size, max);
	e = &path[depth - 1];
	len = der_change(data, e, &state, inner, DER_ROOM);
	while (--depth) {
		start = path[depth - 1].at + path[depth - 1].head;
		end = start + path[depth - 1].len;
		before = path[depth].at - start;
		after = end - (path[depth].at + path[depth].head + path[depth].len);
		head = der_head(data, &path[depth - 1], before + len + after, outer);
		memcpy(outer + head, data + start, before);
		memcpy(outer + head + before, inner, len);
		memcpy(outer + head + before + len, data + end - after, after);
		len += head + before + after;
		memcpy(inner, outer, len);
	}
	before = path[0].at;
	after = size - (path[0].at + path[0].head + path[0].len);
	if (before + len + after > max)
		return LLVMFuzzerMutate(data, size, max);
	memmove(data + before + len, data + size - after, after);
	memcpy(data + before, inner, len);
	return before + len + after;
}

#endif /* DER_MUTATOR_H */
