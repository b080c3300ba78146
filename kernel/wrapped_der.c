// SPDX-License-Identifier: GPL-2.0-only
/*
 * The encoding of a wrapped key (operations.md section 6), taken apart.
 * Called by key_wrapped.c; field list: attestation.md section 4.
 *
 * Nothing of it is authenticated when it is parsed. So: no recursion, memory in
 * proportion to the input, and every length is compared with what is there.
 */
#include "der.h"
#include "wrapped_der.h"

#define DER_SET		0x31
#define DER_NULL	0x05
/* Low bits of an identifier octet that say: the number follows in further octets. */
#define HIGH_NUMBER	0x1f

/* A field's number is the id of its tag; ascending, as in the list. */
static const u32 fields[] = {
	KM_TAG_PURPOSE, KM_TAG_ALGORITHM, KM_TAG_KEY_SIZE, KM_TAG_BLOCK_MODE, KM_TAG_DIGEST,
	KM_TAG_PADDING, KM_TAG_CALLER_NONCE, KM_TAG_MIN_MAC_LENGTH, KM_TAG_KDF, KM_TAG_EC_CURVE,
	KM_TAG_RSA_PUBLIC_EXPONENT, KM_TAG_RSA_OAEP_MGF_DIGEST, KM_TAG_ROLLBACK_RESISTANCE,
	KM_TAG_EARLY_BOOT_ONLY, KM_TAG_ACTIVE_DATETIME, KM_TAG_ORIGINATION_EXPIRE_DATETIME,
	KM_TAG_USAGE_EXPIRE_DATETIME, KM_TAG_USAGE_COUNT_LIMIT, KM_TAG_USER_SECURE_ID,
	KM_TAG_NO_AUTH_REQUIRED, KM_TAG_USER_AUTH_TYPE, KM_TAG_AUTH_TIMEOUT,
	KM_TAG_ALLOW_WHILE_ON_BODY, KM_TAG_TRUSTED_USER_PRESENCE_REQUIRED,
	KM_TAG_TRUSTED_CONFIRMATION_REQUIRED, KM_TAG_UNLOCKED_DEVICE_REQUIRED,
	KM_TAG_ALL_APPLICATIONS, KM_TAG_APPLICATION_ID, KM_TAG_CREATION_DATETIME, KM_TAG_ORIGIN,
	KM_TAG_ROLLBACK_RESISTANT, KM_TAG_OS_VERSION, KM_TAG_OS_PATCHLEVEL,
	KM_TAG_ATTESTATION_APPLICATION_ID, KM_TAG_ATTESTATION_ID_BRAND,
	KM_TAG_ATTESTATION_ID_DEVICE, KM_TAG_ATTESTATION_ID_PRODUCT, KM_TAG_ATTESTATION_ID_SERIAL,
	KM_TAG_ATTESTATION_ID_IMEI, KM_TAG_ATTESTATION_ID_MEID, KM_TAG_ATTESTATION_ID_MANUFACTURER,
	KM_TAG_ATTESTATION_ID_MODEL, KM_TAG_VENDOR_PATCHLEVEL, KM_TAG_BOOT_PATCHLEVEL,
	KM_TAG_DEVICE_UNIQUE_ATTESTATION, KM_TAG_ATTESTATION_ID_SECOND_IMEI,
};

static int find_field(u32 id, u32 *tag)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fields); i++)
		if (KM_TAG_ID(fields[i]) == id) {
			*tag = fields[i];
			return 0;
		}
	return -EINVAL;
}

/* An element [id] EXPLICIT. The identifier takes one octet, or two or three. */
static int get_context(struct km_der *in, u32 *id, struct km_der *value)
{
	size_t more = 0;
	u8 first;

	if (!in->len || (in->p[0] & ~HIGH_NUMBER) != KM_DER_CONTEXT(0))
		return -EINVAL;
	*id = in->p[0] & HIGH_NUMBER;
	if (*id == HIGH_NUMBER) {
		*id = 0;
		do {
			if (++more > 2 || more >= in->len)
				return -EINVAL;
			*id = *id << 7 | (in->p[more] & 0x7f);
		} while (in->p[more] & 0x80);
		/* In as few octets as it takes. */
		if (*id < (more == 1 ? HIGH_NUMBER : 0x80))
			return -EINVAL;
	}
	/* What follows reads like an element whose identifier is the last octet. */
	in->p += more;
	in->len -= more;
	first = in->p[0];
	return km_der_get(in, first, value);
}

static int get_number(struct km_der *in, u64 *value)
{
	u8 bytes[8];

	if (km_der_get_uint(in, bytes, sizeof(bytes)))
		return -EINVAL;
	*value = get_unaligned_be64(bytes);
	return 0;
}

static int add_number(struct km_params_buf *b, u32 tag, struct km_der *in)
{
	u64 value;

	if (get_number(in, &value) || (km_value_size[tag >> 28] == 4 && value > 0xffffffff))
		return -EINVAL;
	km_params_add_int(b, tag, value);
	return 0;
}

static int add_set(struct km_params_buf *b, u32 tag, struct km_der *in)
{
	struct km_der set;

	if (km_der_get(in, DER_SET, &set))
		return -EINVAL;
	while (set.len)
		if (add_number(b, tag, &set))
			return -EINVAL;
	return 0;
}

static int add_field(struct km_params_buf *b, u32 tag, struct km_der *in)
{
	struct km_der v;
	int ret;

	switch (KM_TAG_TYPE(tag)) {
	case KM_TYPE_ENUM_REP:
		ret = add_set(b, tag, in);
		break;
	case KM_TYPE_BOOL:
		ret = km_der_get(in, DER_NULL, &v) || v.len ? -EINVAL : 0;
		if (!ret)
			km_params_add_int(b, tag, 1);
		break;
	case KM_TYPE_BYTES:
		ret = km_der_get(in, KM_DER_OCTET_STRING, &v);
		if (!ret)
			km_params_add_bytes(b, tag, v.p, v.len);
		break;
	default:
		ret = add_number(b, tag, in);
	}
	return ret || in->len ? -EINVAL : 0;
}

static int parse_list(struct km_params_buf *b, struct km_der *list)
{
	u32 id, tag, last = 0;
	struct km_der value;

	while (list->len) {
		/* Ascending, so none twice. */
		if (get_context(list, &id, &value) || id <= last || find_field(id, &tag) ||
		    add_field(b, tag, &value))
			return -EINVAL;
		last = id;
	}
	return b->full ? -EINVAL : 0;
}

static int parse_description(struct km_wrapped *w, struct km_der *in)
{
	struct km_der description, list;
	const u8 *start = in->p;
	u64 format;
	int ret;

	if (km_der_get(in, KM_DER_SEQUENCE, &description))
		return -EINVAL;
	w->description = (struct km_piece){ start, in->p - start };
	if (w->description.len > KM_DESCRIPTION_MAX || get_number(&description, &format) ||
	    format > 0xffffffff || km_der_get(&description, KM_DER_SEQUENCE, &list) ||
	    description.len)
		return -EINVAL;
	w->key_format = format;
	/* The densest are numbers in a set: three bytes become eight. */
	if (km_params_buf_init(&w->params, 3 * list.len, list.len))
		return -ENOMEM;
	ret = parse_list(&w->params, &list);
	if (ret)
		km_params_buf_free(&w->params);
	return ret;
}

static int get_octets(struct km_der *in, struct km_piece *octets)
{
	struct km_der v;

	if (km_der_get(in, KM_DER_OCTET_STRING, &v))
		return -EINVAL;
	*octets = (struct km_piece){ v.p, v.len };
	return 0;
}

/**
 * km_wrapped_parse() - take a wrapped key apart
 * @w: [out] what is in it; @w->params is to be freed after success
 * @der: the encoding of a SecureKeyWrapper
 * @len: its length; it must end exactly there
 *
 * Return: 0, -EINVAL, -ENOMEM. What it says is not authenticated.
 */
int km_wrapped_parse(struct km_wrapped *w, const u8 *der, size_t len)
{
	struct km_der in = { der, len }, wrapper;
	struct km_piece iv, tag;
	int ret;

	memset(w, 0, sizeof(*w));
	if (km_der_get(&in, KM_DER_SEQUENCE, &wrapper) || in.len ||
	    km_der_get_const(&wrapper, KM_DER_INTEGER, "", 1) ||
	    get_octets(&wrapper, &w->transport) || get_octets(&wrapper, &iv) ||
	    iv.len != KM_WRAPPED_IV)
		return -EINVAL;
	w->iv = iv.data;
	ret = parse_description(w, &wrapper);
	if (ret)
		return ret;
	if (get_octets(&wrapper, &w->key) || get_octets(&wrapper, &tag) || wrapper.len ||
	    tag.len != KM_WRAPPED_TAG) {
		km_params_buf_free(&w->params);
		return -EINVAL;
	}
	w->tag = tag.data;
	return 0;
}
