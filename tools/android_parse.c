// SPDX-License-Identifier: GPL-2.0-only
/*
 * The layouts of Android's key blobs, read without any key and trusting nothing.
 * Under android_blob.c, which tries them in turn.
 */
#include <errno.h>
#include <string.h>

#include "android.h"

#define INTEGRITY_MAC		8
#define QUALCOMM_SIZE		1604
#define QUALCOMM_MAGIC		0x4b4d4b42
#define QUALCOMM_NUMBER		512

/** struct cursor - bytes still to parse; @bad once something was not there */
struct cursor {
	const unsigned char *p;
	size_t left;
	bool bad;
};

static struct km_bytes take(struct cursor *c, size_t n)
{
	struct km_bytes bytes = { c->p, n };

	if (c->bad || n > c->left) {
		c->bad = true;
		return (struct km_bytes){ 0 };
	}
	c->p += n;
	c->left -= n;
	return bytes;
}

static uint32_t take_le32(struct cursor *c)
{
	const unsigned char *p = take(c, 4).data;

	return p ? p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24 : 0;
}

static uint32_t take_be32(struct cursor *c)
{
	const unsigned char *p = take(c, 4).data;

	return p ? (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3] : 0;
}

/* A byte string, of any length or of one that is fixed. */
static struct km_bytes take_bytes(struct cursor *c)
{
	return take(c, take_le32(c));
}

static struct km_bytes take_fixed(struct cursor *c, size_t len)
{
	if (take_le32(c) != len)
		c->bad = true;
	return take(c, len);
}

static struct km_bytes take_set(struct cursor *c, struct km_params **set)
{
	size_t used = 0;

	/* Nothing at all is no set: the shortest has 12 bytes. */
	if (c->bad || !c->left || km_params_parse(set, c->p, c->left, &used))
		c->bad = true;
	return take(c, used);
}

static void take_sets(struct cursor *c, struct android_blob *blob)
{
	blob->enforced_wire = take_set(c, &blob->enforced);
	blob->unenforced_wire = take_set(c, &blob->unenforced);
}

static bool is_versioned(enum android_format format)
{
	return format == ANDROID_GCM_VERSIONED || format == ANDROID_GCM_SLOT_VERSIONED;
}

bool android_has_slot(enum android_format format)
{
	return format == ANDROID_GCM_SLOT || format == ANDROID_GCM_SLOT_VERSIONED;
}

static void parse_sealed(struct cursor *c, struct android_blob *blob)
{
	const unsigned char *format = take(c, 1).data;

	/* The first five of the formats are the values of the byte, too. */
	if (!format || *format != blob->format)
		c->bad = true;
	blob->nonce = take_fixed(c, ANDROID_NONCE);
	blob->cipher = take_bytes(c);
	blob->tag = take_fixed(c, ANDROID_TAG);
	if (is_versioned(blob->format)) {
		blob->kdf_version = take_le32(c);
		blob->addl_info = take_le32(c);
	}
	take_sets(c, blob);
	if (android_has_slot(blob->format))
		blob->slot = take_le32(c);
}

static void parse_unversioned(struct cursor *c, struct android_blob *blob)
{
	blob->nonce = take(c, ANDROID_NONCE);
	blob->cipher = take_bytes(c);
	/* Zeros are everywhere, and an empty key is none. */
	if (!blob->cipher.len)
		c->bad = true;
	blob->tag = take(c, ANDROID_TAG);
	take_sets(c, blob);
}

static void parse_integrity(struct cursor *c, struct android_blob *blob)
{
	const unsigned char *start = c->p, *format = take(c, 1).data;

	if (!format || *format)
		c->bad = true;
	blob->cipher = take_bytes(c);
	take_sets(c, blob);
	blob->covered = (struct km_bytes){ start, (size_t)(c->p - start) };
	blob->tag = take(c, INTEGRITY_MAC);
}

static bool is_pk8_type(uint32_t type)
{
	return type == ANDROID_PK8_RSA || type == ANDROID_PK8_DSA || type == ANDROID_PK8_EC;
}

static void parse_pk8(struct cursor *c, struct android_blob *blob)
{
	struct km_bytes magic = take(c, 4);
	uint32_t word = take_be32(c);

	if (!magic.data || memcmp(magic.data, "PK#8", 4))
		c->bad = true;
	blob->pk8_type = ANDROID_PK8_RSA;
	if (is_pk8_type(word)) {
		blob->pk8_type = word;
		word = take_be32(c);
	}
	/* Android 4.3 wrote no type: then it was the length of the public part. */
	take(c, word);
	blob->cipher = take(c, take_be32(c));
}

/* A number stands at the begin of its field, whose end says how long it is. */
static struct km_bytes take_number(struct cursor *c)
{
	struct km_bytes number = take(c, QUALCOMM_NUMBER);
	uint32_t len = take_le32(c);

	if (len > QUALCOMM_NUMBER)
		c->bad = true;
	return (struct km_bytes){ number.data, c->bad ? 0 : len };
}

static void parse_qualcomm(struct cursor *c, struct android_blob *blob)
{
	struct android_qualcomm *q = &blob->qualcomm;

	if (c->left != QUALCOMM_SIZE || take_le32(c) != QUALCOMM_MAGIC)
		c->bad = true;
	q->version = take_le32(c);
	q->modulus = take_number(c);
	q->exponent = take_number(c);
	q->iv = take(c, ANDROID_BLOCK);
	q->private_exponent = take_number(c);
	q->hmac = take(c, ANDROID_SHA256);
}

/**
 * android_blob_parse() - read a blob as one of the formats
 * @blob: [out] the parts; end with android_blob_free(), also after a failure
 * @data: the blob, which must end exactly where the format does; it has to stay
 * @format: which
 *
 * Return: 0; -EBADMSG when it is not of that format. What it says is not authenticated.
 */
int android_blob_parse(struct android_blob *blob, const struct km_bytes *data,
		       enum android_format format)
{
	struct cursor c = { data->data, data->len, false };

	*blob = (struct android_blob){ .format = format };
	switch (format) {
	case ANDROID_INTEGRITY:
		parse_integrity(&c, blob);
		break;
	case ANDROID_OCB_UNVERSIONED:
		parse_unversioned(&c, blob);
		break;
	case ANDROID_PK8:
		parse_pk8(&c, blob);
		break;
	case ANDROID_QUALCOMM:
		parse_qualcomm(&c, blob);
		break;
	default:
		parse_sealed(&c, blob);
		break;
	}
	return c.bad || c.left ? -EBADMSG : 0;
}
