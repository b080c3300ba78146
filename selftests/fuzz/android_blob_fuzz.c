// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz target: Android's key blobs (tools/android_parse.c, android_blob.c, android_pk8.c).
 *
 * As each of the formats: what is taken out lies inside of the blob. Then as kmctl reads it:
 * formats without encryption open, those with one do not, as nobody here has sealed them.
 */
#include <errno.h>

#include "../../tools/android.h"
#include "fuzz.h"

static const unsigned char master[16];
static const struct android_secrets secrets = {
	.master = { master, sizeof(master) }, .root_of_trust = { "SW", 2 },
};

static void inside(const struct km_bytes *bytes, const uint8_t *data, size_t len)
{
	MUST(is_inside(bytes->data, bytes->len, data, len));
}

static void parts(const struct android_blob *b, const uint8_t *data, size_t len)
{
	inside(&b->nonce, data, len);
	inside(&b->cipher, data, len);
	inside(&b->tag, data, len);
	inside(&b->covered, data, len);
	inside(&b->enforced_wire, data, len);
	inside(&b->unenforced_wire, data, len);
	inside(&b->qualcomm.modulus, data, len);
	inside(&b->qualcomm.exponent, data, len);
	inside(&b->qualcomm.private_exponent, data, len);
	inside(&b->qualcomm.hmac, data, len);
}

static unsigned int parse(const struct km_bytes *all)
{
	unsigned int format, good = 0;
	struct android_blob b;
	int ret;

	for (format = 0; format < ANDROID_FORMATS; format++) {
		ret = android_blob_parse(&b, all, format);
		MUST(!ret || ret == -EBADMSG);
		if (!ret) {
			parts(&b, all->data, all->len);
			good |= 1u << format;
		}
		android_blob_free(&b);
	}
	return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct km_bytes all = { data, len };
	unsigned int good = parse(&all);
	struct android_blob b;
	int ret;

	ret = android_blob_read(&b, &all, &secrets);
	MUST(!ret || ret == -EBADMSG || ret == -ENOMSG || ret == -EKEYREJECTED);
	MUST((ret == -EKEYREJECTED || !ret) == !!good);
	MUST(android_format_name(b.format));
	if (!ret) {
		MUST(good & 1u << b.format);
		MUST(b.format == ANDROID_PK8 || b.format == ANDROID_QUALCOMM ||
		     b.format == ANDROID_INTEGRITY);
		MUST(b.material.len <= len);
	}
	android_blob_free(&b);
	return 0;
}
