/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scatter lists over our own buffers, whether kmalloc'ed or vmalloc'ed.
 * Leaf of the layers, used by the ciphers.
 */
#ifndef KM_SG_H
#define KM_SG_H

#include <linux/scatterlist.h>

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

int km_sg_init(struct km_sg *s, const void *a, size_t a_len, const void *b, size_t b_len);
void km_sg_free(struct km_sg *s);

#endif /* KM_SG_H */
