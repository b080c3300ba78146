// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz target: key blobs (kernel/blob.c).
 *
 * The first byte of the input says how the rest is read. As a blob, of anybody: it may parse,
 * and does not open. As what to make a blob of: it is sealed here, so that the MAC is no
 * wall before what lies behind it, and opens to what went in; with a change anywhere it does not.
 * Format by format kmctl's reader of Android's blobs, which was written apart, opens it too.
 */
#include <linux/keymaster.h>
#include "blob.h"
#include "fuzz.h"
#include "harness.h"
#include "lib_side.h"

#define FORMATS	5

/* The hidden set that lib_side.c knows: ROOT_OF_TRUST "SW". */
static const u8 hidden_wire[] = {
	2, 0, 0, 0, 'S', 'W', 1, 0, 0, 0, 12, 0, 0, 0, 0xc0, 2, 0, 0x90, 2, 0, 0, 0, 0, 0, 0, 0,
};

static const struct km_piece hidden = { hidden_wire, sizeof(hidden_wire) };
static const u8 master_key[32];
static u8 prk[KM_SHA256_SIZE];
static const struct km_blob_master master = { .ocb = master_key, .prk = prk };

static bool has_slot(u8 format)
{
	return format == KM_FORMAT_GCM_SLOT || format == KM_FORMAT_GCM_SLOT_VERSIONED;
}

static bool is_versioned(u8 format)
{
	return format == KM_FORMAT_GCM_VERSIONED || format == KM_FORMAT_GCM_SLOT_VERSIONED;
}

static void views(const struct km_blob *b, const u8 *data, size_t len)
{
	MUST(b->format == data[0] && b->format < FORMATS);
	MUST(is_inside(b->nonce, KM_BLOB_NONCE, data, len));
	MUST(is_inside(b->cipher, b->cipher_len, data, len));
	MUST(is_inside(b->tag, KM_BLOB_TAG, data, len));
	MUST(is_inside(b->enforced.wire, b->enforced.wire_len, data, len));
	MUST(is_inside(b->unenforced.wire, b->unenforced.wire_len, data, len));
	MUST(km_blob_size(b) == len);
}

/* What says how the KEK is made is under no MAC: key.c takes one value only. */
static u32 kdf_version, addl_info;

static int open_it(const u8 *data, size_t len, struct km_secret **material)
{
	struct km_blob b;

	*material = NULL;
	if (km_blob_parse(&b, data, len))
		return -EINVAL;
	views(&b, data, len);
	if (b.kdf_version != kdf_version || b.addl_info != addl_info)
		return -EINVAL;
	return km_blob_open(&b, &master, &hidden, material);
}

static void anybodys(const u8 *data, size_t len)
{
	struct km_secret *material;
	int ret = open_it(data, len, &material);

	/* Who finds one that opens has forged a MAC. */
	MUST(ret == -EINVAL || ret == -EBADMSG);
	MUST(!material);
}

/* @at: which byte; @change: what of it, 0: it is cut off there */
static void changed(const u8 *sealed, size_t len, size_t at, u8 change)
{
	struct km_secret *material;
	u8 *copy = exact(sealed, change ? len : at);

	if (change)
		copy[at] ^= change;
	MUST(open_it(copy, change ? len : at, &material) != 0);
	MUST(!material);
	free(copy);
}

static void same_for_android(const u8 *sealed, size_t len, const struct km_secret *material)
{
	u8 *out = malloc(material->len + 1);

	MUST(lib_opens_blob(sealed, len, out, material->len) == (int)material->len);
	MUST(!material->len || !memcmp(out, material->data, material->len));
	free(out);
}

static void sealed_here(const u8 *data, size_t len)
{
	struct input in = { data, len };
	struct km_blob b = { .format = input_number(&in, 1) % FORMATS };
	u8 change = input_number(&in, 1), *out, *again;
	size_t at = input_number(&in, 2), size, used;
	struct km_secret *material, *back;
	const u8 *p;

	b.cipher_len = input_bytes(&in, input_number(&in, 1), &p);
	material = km_secret_copy(p, b.cipher_len);
	if (is_versioned(b.format)) {
		b.kdf_version = input_number(&in, 4);
		b.addl_info = input_number(&in, 4);
	}
	kdf_version = b.kdf_version;
	addl_info = b.addl_info;
	b.slot = has_slot(b.format) ? input_number(&in, 4) : 0;
	if (input_bytes(&in, KM_BLOB_NONCE, &b.nonce) != KM_BLOB_NONCE)
		goto out;
	if (km_params_parse(&b.enforced, in.p, in.left, &used) ||
	    km_params_parse(&b.unenforced, in.p + used, in.left - used, NULL) ||
	    !b.unenforced.wire_len)
		goto out;
	size = km_blob_size(&b);
	out = malloc(size);
	MUST(!km_blob_seal(&b, &master, &hidden, material, out));
	MUST(!open_it(out, size, &back));
	MUST(back->len == material->len && !memcmp(back->data, material->data, back->len));
	km_secret_free(back);
	/* Sealing has no other inputs. */
	again = malloc(size);
	MUST(!km_blob_seal(&b, &master, &hidden, material, again) && !memcmp(out, again, size));
	free(again);
	same_for_android(out, size, material);
	changed(out, size, at % size, change);
	free(out);
out:
	km_secret_free(material);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	if (!len)
		return 0;
	km_hkdf_extract(master_key, 16, prk);
	if (*data & 1)
		anybodys(data + 1, len - 1);
	else
		sealed_here(data + 1, len - 1);
	return 0;
}
