/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/*
 * What the type in a tag's number says of it. A leaf, below params.h and tag_text.c; the
 * library reads tags by it, too.
 */
#ifndef KM_TAG_KIND_H
#define KM_TAG_KIND_H

#include <linux/keymaster.h>
#include "shim.h"

/* Its value is bytes, not a number. */
static inline bool km_tag_is_bytes(u32 tag)
{
	return KM_TAG_TYPE(tag) == KM_TYPE_BYTES || KM_TAG_TYPE(tag) == KM_TYPE_BIGNUM;
}

/* It may occur several times in one set. */
static inline bool km_tag_repeats(u32 tag)
{
	u32 type = KM_TAG_TYPE(tag);

	return type == KM_TYPE_ENUM_REP || type == KM_TYPE_UINT_REP || type == KM_TYPE_ULONG_REP;
}

#endif /* KM_TAG_KIND_H */
