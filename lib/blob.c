// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The readable part of a key blob: its format and its two authorization sets.
 * For lists and messages only: nothing here is authenticated, the kernel decides.
 */
#include <errno.h>

#include "lib_private.h"

/* The kernel's own formats, and which of their parts not all of them have. */
#define FORMAT_OCB			0
#define FORMAT_GCM_SLOT			2
#define FORMAT_GCM_VERSIONED		3
#define FORMAT_GCM_SLOT_VERSIONED	4
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

/* What lies before the sets; they end @end bytes before the blob does. */
static int skip_head(struct cursor *c, int *format, size_t *end)
{
	*format = c->p[0];
	if (*format != FORMAT_OCB && *format != FORMAT_GCM_VERSIONED &&
	    *format != FORMAT_GCM_SLOT_VERSIONED)
		return -EBADMSG;
	if (skip(c, 1) || skip_bytes(c, NONCE_SIZE) || skip_bytes(c, 0) ||
	    skip_bytes(c, TAG_SIZE))
		return -EBADMSG;
	/* kdf_version and addl_info */
	if (*format != FORMAT_OCB && skip(c, 8))
		return -EBADMSG;
	*end = *format == FORMAT_GCM_SLOT_VERSIONED ? 4 : 0;
	return c->left > *end ? 0 : -EBADMSG;
}

LIBEXPORT int km_blob_parse(const void *blob, size_t len, struct km_params **enforced,
			    struct km_params **unenforced)
{
	struct cursor c = { .p = blob, .left = len };
	size_t used, end;
	int format, ret;

	*enforced = *unenforced = NULL;
	if (!len || len > KM_BLOB_MAX)
		return -EBADMSG;
	ret = skip_head(&c, &format, &end);
	if (ret)
		return ret;
	c.left -= end;
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

/*
 * Is the blob bound to a slot of the kernel's own? Then an upgrade has made a new slot, and
 * the old blob has to be deleted, or its slot would never be free again. All other blobs of
 * a key have what the kernel keeps of it in common, by the key's id: to delete the old one
 * would take the uses of a key with USAGE_COUNT_LIMIT from the new one.
 */
bool km_blob_has_slot(const struct km_bytes *blob)
{
	int format = blob->len ? *(const unsigned char *)blob->data : -1;

	return format == FORMAT_GCM_SLOT || format == FORMAT_GCM_SLOT_VERSIONED;
}

/* The random id of the key that the blob says it is; it stays over upgrades. */
static int id_of(const struct km_bytes *blob, struct km_params **enforced, struct km_param *id)
{
	struct km_params *unenforced;
	int ret = km_blob_parse(blob->data, blob->len, enforced, &unenforced);

	if (ret < 0)
		return ret;
	km_params_free(unenforced);
	return km_params_find(*enforced, KM_TAG_LINUX_KEY_ID, 0, id);
}

/*
 * Are they blobs of one key, of which one was upgraded to the other? What they say is not
 * authenticated here; whoever could write another id could as well put any blob there.
 */
bool km_blob_same_key(const struct km_bytes *a, const struct km_bytes *b)
{
	struct km_params *of_a = NULL, *of_b = NULL;
	struct km_param id_a, id_b;
	bool same;

	same = !id_of(a, &of_a, &id_a) && !id_of(b, &of_b, &id_b) && id_a.len &&
	       id_a.len == id_b.len && !memcmp(id_a.data, id_b.data, id_a.len);
	km_params_free(of_a);
	km_params_free(of_b);
	return same;
}
