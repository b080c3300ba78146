// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The readable part of a key blob: its format and its two authorization sets.
 * For lists and messages only: nothing here is authenticated, the kernel decides.
 */
#include <errno.h>

#include "lib_private.h"

#define FORMAT_OCB		0
#define FORMAT_GCM_VERSIONED	3
#define NONCE_SIZE		12
#define TAG_SIZE		16

struct cursor {
	const unsigned char *p;
	size_t left;
};

static int skip(struct cursor *c, size_t n)
{
	if (n > c->left)
		return -EBADMSG;
	c->p += n;
	c->left -= n;
	return 0;
}

/* u32 length and that many bytes; @want 0 is any number of them. */
static int skip_bytes(struct cursor *c, size_t want)
{
	uint32_t len;

	if (c->left < 4)
		return -EBADMSG;
	len = km_get_le32(c->p);
	if (want && len != want)
		return -EBADMSG;
	return skip(c, 4) || skip(c, len) ? -EBADMSG : 0;
}

LIBEXPORT int km_blob_parse(const void *blob, size_t len, struct km_params **enforced,
			    struct km_params **unenforced)
{
	struct cursor c = { .p = blob, .left = len };
	size_t used;
	int format, ret;

	*enforced = *unenforced = NULL;
	if (!len || len > KM_BLOB_MAX)
		return -EBADMSG;
	format = c.p[0];
	if (format != FORMAT_OCB && format != FORMAT_GCM_VERSIONED)
		return -EBADMSG;
	if (skip(&c, 1) || skip_bytes(&c, NONCE_SIZE) || skip_bytes(&c, 0) ||
	    skip_bytes(&c, TAG_SIZE))
		return -EBADMSG;
	/* kdf_version and addl_info */
	if (format == FORMAT_GCM_VERSIONED && skip(&c, 8))
		return -EBADMSG;
	if (!c.left)
		return -EBADMSG;
	ret = km_params_parse(enforced, c.p, c.left, &used);
	if (ret)
		return ret;
	skip(&c, used);
	ret = c.left ? km_params_parse(unenforced, c.p, c.left, NULL) : -EBADMSG;
	if (ret) {
		km_params_free(*enforced);
		*enforced = NULL;
		return ret;
	}
	return format;
}
