// SPDX-License-Identifier: GPL-2.0-only
/*
 * Key blobs: their layouts, the key-encryption key of each, sealing and opening.
 * Called by key.c with the master keys of root.c; byte-exact with blobs.md.
 *
 * The key-encryption key of a blob comes from the master key of its format and
 * from *all* of hidden, enforced and unenforced set. So an edited policy, a
 * foreign owner or application, another root key all end the same way: another
 * KEK, and a tag that does not fit. Nobody can tell which it was.
 */
#include <linux/keymaster.h>
#include "blob.h"
#include "gcm.h"
#include "ocb.h"

/* Including the terminating zero byte, blobs.md section 5. */
static const char descriptor_v1[] = "AES-256-GCM-HKDF-SHA-256, version 1";
static const char descriptor_v2[] = "AES-256-GCM-HKDF-SHA-256, version 2";

/* What tells the layouts apart; indexed by the format byte. */
static const struct format {
	const char *descriptor;
	bool versioned;
	bool slot;
} formats[] = {
	[KM_FORMAT_OCB] = {},
	[KM_FORMAT_GCM] = { .descriptor = descriptor_v1 },
	[KM_FORMAT_GCM_SLOT] = { .descriptor = descriptor_v2, .slot = true },
	[KM_FORMAT_GCM_VERSIONED] = { .descriptor = descriptor_v1, .versioned = true },
	[KM_FORMAT_GCM_SLOT_VERSIONED] = {
		.descriptor = descriptor_v2, .versioned = true, .slot = true,
	},
};

/* Bytes still to parse. */
struct cursor {
	const u8 *p;
	size_t left;
};

static const u8 *take(struct cursor *c, size_t n)
{
	const u8 *p = c->p;

	if (n > c->left)
		return NULL;
	c->p += n;
	c->left -= n;
	return p;
}

static bool take_u32(struct cursor *c, u32 *v)
{
	const u8 *p = take(c, 4);

	if (p)
		*v = get_unaligned_le32(p);
	return p;
}

/* A byte string of a length that is fixed. */
static const u8 *take_fixed(struct cursor *c, u32 len)
{
	u32 n;

	if (!take_u32(c, &n) || n != len)
		return NULL;
	return take(c, len);
}

static int take_set(struct cursor *c, struct km_params *set)
{
	size_t used;

	if (km_params_parse(set, c->p, c->left, &used))
		return -EINVAL;
	take(c, used);
	return 0;
}

/**
 * km_blob_parse() - check the layout of a blob and make a view of it
 * @blob: [out] the view
 * @data: the blob
 * @len: its length; it must end exactly there
 *
 * Return: 0 or -EINVAL. What it says is not authenticated before it is opened.
 */
int km_blob_parse(struct km_blob *blob, const u8 *data, size_t len)
{
	struct cursor c = { data, len };
	const struct format *f;
	const u8 *format;

	memset(blob, 0, sizeof(*blob));
	format = take(&c, 1);
	if (!format || *format >= ARRAY_SIZE(formats))
		return -EINVAL;
	blob->format = *format;
	f = &formats[*format];
	blob->nonce = take_fixed(&c, KM_BLOB_NONCE);
	if (!blob->nonce || !take_u32(&c, &blob->cipher_len))
		return -EINVAL;
	blob->cipher = take(&c, blob->cipher_len);
	if (!blob->cipher)
		return -EINVAL;
	blob->tag = take_fixed(&c, KM_BLOB_TAG);
	if (!blob->tag)
		return -EINVAL;
	if (f->versioned && (!take_u32(&c, &blob->kdf_version) || !take_u32(&c, &blob->addl_info)))
		return -EINVAL;
	if (take_set(&c, &blob->enforced) || take_set(&c, &blob->unenforced))
		return -EINVAL;
	if (f->slot && !take_u32(&c, &blob->slot))
		return -EINVAL;
	return c.left ? -EINVAL : 0;
}

/**
 * km_blob_size() - length of a blob
 * @blob: @format, @cipher_len and the two sets count
 *
 * Return: bytes.
 */
size_t km_blob_size(const struct km_blob *blob)
{
	const struct format *f = &formats[blob->format];

	return 1 + 4 + KM_BLOB_NONCE + 4 + (size_t)blob->cipher_len + 4 + KM_BLOB_TAG +
	       (f->versioned ? 8 : 0) + blob->enforced.wire_len + blob->unenforced.wire_len +
	       (f->slot ? 4 : 0);
}

/* blobs.md 3.2: only the first half of the digest becomes the KEK. */
static int kek_ocb(const struct km_blob *blob, const struct km_blob_master *master,
		   const struct km_piece *hidden, u8 *kek)
{
	const struct km_piece sets[] = {
		*hidden,
		{ blob->enforced.wire, blob->enforced.wire_len },
		{ blob->unenforced.wire, blob->unenforced.wire_len },
	};
	u8 digest[KM_SHA256_SIZE];
	struct km_aes aes;
	int ret;

	ret = km_aes_setkey(&aes, master->ocb, 16);
	if (!ret) {
		km_sha256(sets, ARRAY_SIZE(sets), digest);
		km_aes_encrypt(&aes, kek, digest);
	}
	memzero_explicit(&aes, sizeof(aes));
	memzero_explicit(digest, sizeof(digest));
	return ret;
}

/* blobs.md section 5. */
static void kek_gcm(const struct km_blob *blob, const struct km_blob_master *master,
		    const struct km_piece *hidden, u8 *kek)
{
	const struct format *f = &formats[blob->format];
	struct km_piece info[KM_KDF_PIECES];
	u8 numbers[12];
	unsigned int n = 0;

	info[n++] = (struct km_piece){ f->descriptor, sizeof(descriptor_v1) };
	info[n++] = *hidden;
	info[n++] = (struct km_piece){ blob->enforced.wire, blob->enforced.wire_len };
	info[n++] = (struct km_piece){ blob->unenforced.wire, blob->unenforced.wire_len };
	if (f->slot) {
		put_unaligned_le32(master->reset.len, numbers);
		put_unaligned_le32(master->slot.len, numbers + 4);
		put_unaligned_le32(blob->slot, numbers + 8);
		info[n++] = (struct km_piece){ numbers, 4 };
		info[n++] = master->reset;
		info[n++] = (struct km_piece){ numbers + 4, 4 };
		info[n++] = master->slot;
		info[n++] = (struct km_piece){ numbers + 8, 4 };
	}
	km_hkdf_expand(master->prk, info, n, kek, KM_SHA256_SIZE);
}

static int seal_material(const struct km_blob *blob, const struct km_blob_master *master,
			 const struct km_piece *hidden, const struct km_piece *plain, u8 *cipher)
{
	u8 kek[KM_SHA256_SIZE], *tag = cipher + plain->len + 4;
	int ret;

	if (blob->format == KM_FORMAT_OCB) {
		struct km_ocb ocb = { .key = { kek, 16 }, .nonce = blob->nonce };

		ret = kek_ocb(blob, master, hidden, kek);
		if (!ret)
			ret = km_ocb_seal(&ocb, plain, cipher, tag);
	} else {
		const struct km_piece key = { kek, sizeof(kek) };

		kek_gcm(blob, master, hidden, kek);
		ret = km_gcm_seal(&key, blob->nonce, plain, cipher, tag);
	}
	memzero_explicit(kek, sizeof(kek));
	return ret;
}

/**
 * km_blob_seal() - encrypt key material into a blob
 * @blob: everything but @cipher and @tag, which are made here
 * @master: master key of the format
 * @hidden: wire form of the hidden set
 * @material: the key; @blob->cipher_len must be its length
 * @out: [out] km_blob_size() bytes
 *
 * Return: 0 or -EINVAL.
 */
int km_blob_seal(const struct km_blob *blob, const struct km_blob_master *master,
		 const struct km_piece *hidden, const struct km_secret *material, u8 *out)
{
	const struct format *f = &formats[blob->format];
	const struct km_piece plain = { material->data, material->len };
	u8 *cipher;

	*out++ = blob->format;
	put_unaligned_le32(KM_BLOB_NONCE, out);
	memcpy(out + 4, blob->nonce, KM_BLOB_NONCE);
	out += 4 + KM_BLOB_NONCE;
	put_unaligned_le32(blob->cipher_len, out);
	cipher = out + 4;
	out = cipher + blob->cipher_len;
	put_unaligned_le32(KM_BLOB_TAG, out);
	out += 4 + KM_BLOB_TAG;
	if (f->versioned) {
		put_unaligned_le32(blob->kdf_version, out);
		put_unaligned_le32(blob->addl_info, out + 4);
		out += 8;
	}
	memcpy(out, blob->enforced.wire, blob->enforced.wire_len);
	out += blob->enforced.wire_len;
	memcpy(out, blob->unenforced.wire, blob->unenforced.wire_len);
	out += blob->unenforced.wire_len;
	if (f->slot)
		put_unaligned_le32(blob->slot, out);
	if (material->len != blob->cipher_len)
		return -EINVAL;
	return seal_material(blob, master, hidden, &plain, cipher);
}

/**
 * km_blob_open() - decrypt the key material of a blob
 * @blob: the parsed blob
 * @master: master key of its format
 * @hidden: wire form of the hidden set
 * @material: [out] the key; the caller frees it
 *
 * Return: 0, -EBADMSG when any of root key, hidden set, authorizations, or a
 * byte of the blob is not what it was, -ENOMEM. Context: may sleep.
 */
int km_blob_open(const struct km_blob *blob, const struct km_blob_master *master,
		 const struct km_piece *hidden, struct km_secret **material)
{
	const struct km_piece cipher = { blob->cipher, blob->cipher_len };
	struct km_secret *plain;
	u8 kek[KM_SHA256_SIZE];
	int ret;

	plain = km_secret_alloc(blob->cipher_len);
	if (!plain)
		return -ENOMEM;
	if (blob->format == KM_FORMAT_OCB) {
		struct km_ocb ocb = { .key = { kek, 16 }, .nonce = blob->nonce };

		ret = kek_ocb(blob, master, hidden, kek);
		if (!ret)
			ret = km_ocb_open(&ocb, &cipher, blob->tag, plain->data);
	} else {
		const struct km_piece key = { kek, sizeof(kek) };

		kek_gcm(blob, master, hidden, kek);
		ret = km_gcm_open(&key, blob->nonce, &cipher, blob->tag, plain->data);
	}
	memzero_explicit(kek, sizeof(kek));
	if (ret) {
		km_secret_free(plain);
		return ret;
	}
	*material = plain;
	return 0;
}
