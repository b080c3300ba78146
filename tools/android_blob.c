// SPDX-License-Identifier: GPL-2.0-only
/*
 * Android's key blobs: which format it is, the key that it is sealed with, and the key inside.
 * Under android_open.c; the layouts are android_parse.c's, the ciphers android_crypto.c's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "android.h"

/* With their terminating zero bytes. */
static const char descriptor_v1[] = "AES-256-GCM-HKDF-SHA-256, version 1";
static const char descriptor_v2[] = "AES-256-GCM-HKDF-SHA-256, version 2";
/* As public as the format: it protects nothing. */
static const char integrity_key[] = "IntegrityAssuredBlob0";

static const char *const names[ANDROID_FORMATS] = {
	[ANDROID_OCB] = "AES-OCB, format 0",
	[ANDROID_GCM] = "AES-GCM, format 1",
	[ANDROID_GCM_SLOT] = "AES-GCM with secure deletion, format 2",
	[ANDROID_GCM_VERSIONED] = "AES-GCM with a version, format 3",
	[ANDROID_GCM_SLOT_VERSIONED] = "AES-GCM with secure deletion and a version, format 4",
	[ANDROID_OCB_UNVERSIONED] = "AES-OCB without a version",
	[ANDROID_INTEGRITY] = "integrity-assured, not encrypted",
	[ANDROID_PK8] = "PK#8 of Keymaster 0, not encrypted",
	[ANDROID_QUALCOMM] = "Qualcomm, of Keymaster 0",
};

/*
 * Before the others what begins like them: integrity-assured and OCB both with a zero,
 * and only the MAC says which it is. Without a version there is no mark at all.
 */
static const enum android_format order[] = {
	ANDROID_INTEGRITY, ANDROID_OCB, ANDROID_GCM, ANDROID_GCM_SLOT, ANDROID_GCM_VERSIONED,
	ANDROID_GCM_SLOT_VERSIONED, ANDROID_OCB_UNVERSIONED, ANDROID_PK8, ANDROID_QUALCOMM,
};

const char *android_format_name(enum android_format format)
{
	return names[format];
}

void android_blob_free(struct android_blob *blob)
{
	km_params_free(blob->hidden);
	km_params_free(blob->enforced);
	km_params_free(blob->unenforced);
	km_buf_free(&blob->material);
	*blob = (struct android_blob){ 0 };
}

/* ---- the hidden set ---- */

static int add_hidden(struct km_params *hidden, uint32_t tag, const struct km_bytes *value)
{
	return value->data ? km_params_add_bytes(hidden, tag, value->data, value->len) : 0;
}

/*
 * It is never stored, and its order counts. Android puts the root of trust last; its own
 * test of the formats puts it first, so that is tried, too.
 */
static int make_hidden(const struct android_secrets *s, bool root_first,
		       struct km_params **hidden)
{
	int ret = km_params_new(hidden);

	if (!ret && root_first)
		ret = add_hidden(*hidden, KM_TAG_ROOT_OF_TRUST, &s->root_of_trust);
	if (!ret)
		ret = add_hidden(*hidden, KM_TAG_APPLICATION_ID, &s->application_id);
	if (!ret)
		ret = add_hidden(*hidden, KM_TAG_APPLICATION_DATA, &s->application_data);
	if (!ret && !root_first)
		ret = add_hidden(*hidden, KM_TAG_ROOT_OF_TRUST, &s->root_of_trust);
	return ret;
}

/* ---- one attempt ---- */

/** struct attempt_keys - what one attempt to open a blob is made with */
struct attempt_keys {
	const struct android_secrets *secrets;
	struct km_bytes hidden;
};

/* Only the first half of the digest becomes the key. */
static int kek_ocb(const struct android_blob *blob, const struct attempt_keys *keys,
		   unsigned char *kek)
{
	const struct km_bytes sets[] = {
		keys->hidden, blob->enforced_wire, blob->unenforced_wire,
	};
	unsigned char digest[ANDROID_SHA256];
	int ret = android_digest("SHA256", sets, 3, digest);

	if (!ret)
		ret = android_ecb_block(&keys->secrets->master, digest, kek);
	explicit_bzero(digest, sizeof(digest));
	return ret;
}

static void put_le32(unsigned char *p, size_t v)
{
	p[0] = (unsigned char)v;
	p[1] = (unsigned char)(v >> 8);
	p[2] = (unsigned char)(v >> 16);
	p[3] = (unsigned char)(v >> 24);
}

static int kek_gcm(const struct android_blob *blob, const struct attempt_keys *keys,
		   unsigned char *kek)
{
	const struct android_secrets *s = keys->secrets;
	bool slot = android_has_slot(blob->format);
	unsigned char numbers[12];
	const struct km_bytes info[] = {
		{ slot ? descriptor_v2 : descriptor_v1, sizeof(descriptor_v1) },
		keys->hidden, blob->enforced_wire, blob->unenforced_wire,
		{ numbers, 4 }, s->reset, { numbers + 4, 4 }, s->slot, { numbers + 8, 4 },
	};

	put_le32(numbers, s->reset.len);
	put_le32(numbers + 4, s->slot.len);
	put_le32(numbers + 8, blob->slot);
	return android_hkdf(&s->master, info, slot ? 9 : 4, kek);
}

static int open_sealed(struct android_blob *blob, const struct attempt_keys *keys)
{
	bool ocb = blob->format == ANDROID_OCB || blob->format == ANDROID_OCB_UNVERSIONED;
	unsigned char kek[ANDROID_SHA256];
	struct android_sealed s = {
		.aead = ocb ? ANDROID_AEAD_OCB : ANDROID_AEAD_GCM,
		.key = { kek, ocb ? ANDROID_BLOCK : sizeof(kek) },
		.nonce = blob->nonce.data,
		.text = blob->cipher,
	};
	int ret;

	ret = ocb ? kek_ocb(blob, keys, kek) : kek_gcm(blob, keys, kek);
	if (!ret)
		ret = android_room(&blob->material, blob->cipher.len);
	if (!ret)
		ret = android_aead_open(&s, blob->tag.data, blob->material.data);
	if (!ret)
		blob->material.len = blob->cipher.len;
	explicit_bzero(kek, sizeof(kek));
	return ret;
}

static int copy_material(struct android_blob *blob)
{
	int ret = android_room(&blob->material, blob->cipher.len);

	if (ret)
		return ret;
	if (blob->cipher.len)
		memcpy(blob->material.data, blob->cipher.data, blob->cipher.len);
	blob->material.len = blob->cipher.len;
	return 0;
}

static int open_integrity(struct android_blob *blob, const struct attempt_keys *keys)
{
	const struct km_bytes key = { integrity_key, sizeof(integrity_key) };
	const struct km_bytes pieces[] = { blob->covered, keys->hidden };
	unsigned char mac[ANDROID_SHA256];
	int ret = android_hmac_sha256(&key, pieces, 2, mac);

	if (ret)
		return ret;
	return CRYPTO_memcmp(mac, blob->tag.data, blob->tag.len) ? -EBADMSG
								 : copy_material(blob);
}

static int open_hidden(struct android_blob *blob, const struct android_secrets *secrets,
		       bool root_first)
{
	struct attempt_keys keys = { .secrets = secrets };
	struct km_buf wire = { 0 };
	int ret;

	ret = make_hidden(secrets, root_first, &blob->hidden);
	if (!ret)
		ret = km_params_serialise(blob->hidden, &wire);
	if (ret)
		goto out;
	keys.hidden = (struct km_bytes){ wire.data, wire.len };
	ret = blob->format == ANDROID_INTEGRITY ? open_integrity(blob, &keys)
						: open_sealed(blob, &keys);
out:
	km_buf_free(&wire);
	if (!ret)
		return 0;
	km_buf_free(&blob->material);
	km_params_free(blob->hidden);
	blob->hidden = NULL;
	return ret;
}

/* 0; -EBADMSG when it does not open. */
static int open_blob(struct android_blob *blob, const struct android_secrets *secrets)
{
	int ret;

	switch (blob->format) {
	case ANDROID_PK8:
		ret = copy_material(blob);
		return ret ? ret : android_pk8_authorize(blob);
	case ANDROID_QUALCOMM:
		return 0;
	default:
		ret = open_hidden(blob, secrets, false);
		return ret == -EBADMSG ? open_hidden(blob, secrets, true) : ret;
	}
}

/* It says that it is of a format, so what does not parse is damaged. */
static bool has_mark(const struct km_bytes *data)
{
	static const unsigned char nonce_len[] = { ANDROID_NONCE, 0, 0, 0 };
	const unsigned char *p = data->data;

	if (data->len < 5)
		return false;
	return !memcmp(p, "PK#8", 4) || !memcmp(p, "BKMK", 4) ||
	       (p[0] <= ANDROID_GCM_SLOT_VERSIONED && !memcmp(p + 1, nonce_len, 4));
}

/**
 * android_blob_read() - find out what a blob is, and open it
 * @blob: [out] the blob; end with android_blob_free(), also after a failure
 * @data: its bytes, which have to stay
 * @secrets: what to open it with
 *
 * Return: 0, also for a blob of Qualcomm, whose material stays closed. -EKEYREJECTED when
 * its format is known and it does not open: other secrets, or damaged; @blob has the format.
 * -EBADMSG when it is damaged for certain; -ENOMSG when it is no such blob; -ENOMEM.
 */
int android_blob_read(struct android_blob *blob, const struct km_bytes *data,
		      const struct android_secrets *secrets)
{
	int ret, result = has_mark(data) ? -EBADMSG : -ENOMSG;
	enum android_format format = ANDROID_OCB;
	size_t i;

	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		ret = android_blob_parse(blob, data, order[i]);
		if (!ret) {
			ret = open_blob(blob, secrets);
			if (!ret)
				return 0;
			if (ret != -EBADMSG) {
				android_blob_free(blob);
				return ret;
			}
			format = order[i];
			result = -EKEYREJECTED;
		}
		android_blob_free(blob);
	}
	blob->format = format;
	return result;
}
