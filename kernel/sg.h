/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scatter lists over our own buffers, whether kmalloc'ed or vmalloc'ed.
 * Leaf of the layers, used by the ciphers.
 */
#ifndef KM_SG_H
#define KM_SG_H

#include <linux/mm.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

/* Enough for two buffers of one piece each: no allocation for short messages. */
#define KM_SG_FEW	2

/**
 * struct km_sg - a scatter list under construction
 * @sg: the list
 * @few: where a short list lies
 */
struct km_sg {
	struct scatterlist *sg;
	struct scatterlist few[KM_SG_FEW];
};

int km_sg_init_two(struct km_sg *s, const void *a, size_t a_len, const void *b, size_t b_len);

/**
 * km_sg_init() - a list over two buffers, one behind the other
 * @s: [out] the list; km_sg_free() it
 * @a: first buffer, may be NULL
 * @a_len: its length
 * @b: second buffer
 * @b_len: its length; the two must not both be empty
 *
 * Inline for the short message without additional data.
 *
 * Return: 0 or -ENOMEM. Context: may sleep.
 */
static inline int km_sg_init(struct km_sg *s, const void *a, size_t a_len, const void *b,
			     size_t b_len)
{
	if (a_len || !b_len || is_vmalloc_addr(b))
		return km_sg_init_two(s, a, a_len, b, b_len);
	s->sg = s->few;
	memset(s->few, 0, sizeof(s->few[0]));
	sg_init_marker(s->few, 1);
	sg_set_buf(s->few, b, b_len);
	return 0;
}

/**
 * km_sg_init_tagged() - a list over a message and the tag behind it
 * @s: [out] the list; km_sg_free() it
 * @p: the message
 * @len: its length, without the tag
 * @tag: length of the tag, not 0
 *
 * The tag has an entry of its own: AEADs look for it behind the message, and make
 * a list of what is left of an entry unless it begins one.
 *
 * Return: 0 or -ENOMEM. Context: may sleep.
 */
static inline int km_sg_init_tagged(struct km_sg *s, const u8 *p, size_t len, size_t tag)
{
	if (!len || is_vmalloc_addr(p))
		return km_sg_init(s, NULL, 0, p, len + tag);
	s->sg = s->few;
	memset(s->few, 0, sizeof(s->few));
	sg_init_marker(s->few, 2);
	sg_set_buf(&s->few[0], p, len);
	sg_set_buf(&s->few[1], p + len, tag);
	return 0;
}

/**
 * km_sg_free() - free a list
 * @s: the list
 */
static inline void km_sg_free(struct km_sg *s)
{
	if (s->sg != s->few)
		kfree(s->sg);
}

#endif /* KM_SG_H */
