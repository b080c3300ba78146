// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scatter lists over our own buffers, whether kmalloc'ed or vmalloc'ed.
 * Leaf of the layers, used by the ciphers.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include "sg.h"

static unsigned int pieces(const void *p, size_t len)
{
	if (!len)
		return 0;
	return is_vmalloc_addr(p) ? DIV_ROUND_UP(offset_in_page(p) + len, PAGE_SIZE) : 1;
}

static struct scatterlist *add_vmalloced(struct scatterlist *sg, const void *p, size_t len)
{
	size_t n;

	for (; len; p += n, len -= n) {
		n = min_t(size_t, len, PAGE_SIZE - offset_in_page(p));
		sg_set_page(sg++, vmalloc_to_page(p), n, offset_in_page(p));
	}
	return sg;
}

static struct scatterlist *add(struct scatterlist *sg, const void *p, size_t len)
{
	if (!len)
		return sg;
	if (is_vmalloc_addr(p))
		return add_vmalloced(sg, p, len);
	sg_set_buf(sg, p, len);
	return sg + 1;
}

/**
 * km_sg_init_two() - a list over two buffers, one behind the other
 * @s: [out] the list; km_sg_free() it
 * @a: first buffer, may be NULL
 * @a_len: its length
 * @b: second buffer
 * @b_len: its length; the two must not both be empty
 *
 * Return: 0 or -ENOMEM. Context: may sleep.
 */
int km_sg_init_two(struct km_sg *s, const void *a, size_t a_len, const void *b, size_t b_len)
{
	unsigned int n;

	s->sg = s->few;
	n = pieces(a, a_len) + pieces(b, b_len);
	if (n > KM_SG_FEW)
		s->sg = kmalloc_array(n, sizeof(*s->sg), GFP_KERNEL_ACCOUNT);
	if (!s->sg)
		return -ENOMEM;
	sg_init_table(s->sg, n);
	add(add(s->sg, a, a_len), b, b_len);
	return 0;
}
