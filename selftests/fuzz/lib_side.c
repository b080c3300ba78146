// SPDX-License-Identifier: GPL-2.0-only
/*
 * The programs' parsers, for targets that are written against the kernel's headers: the
 * library's reader of sets, kmctl's of Android's blobs and of attestation records.
 */
#include "../../tools/android.h"
#include "../../tools/attestation.h"
#include "fuzz.h"
#include "lib_side.h"

/* @used: NULL: it has to take all of it */
bool lib_reads_set(const uint8_t *wire, size_t len, size_t *used)
{
	struct km_params *set;

	if (km_params_parse(&set, wire, len, used))
		return false;
	km_params_free(set);
	return true;
}

/* Bytes that the library writes for a set, 0: it does not read it, or there is no room. */
size_t lib_rewrites_set(const uint8_t *wire, size_t len, uint8_t *out, size_t room)
{
	struct km_buf buf = { .data = out, .room = room };
	struct km_params *set;
	int ret;

	if (km_params_parse(&set, wire, len, NULL))
		return 0;
	ret = km_params_serialise(set, &buf);
	km_params_free(set);
	return ret ? 0 : buf.len;
}

/* As Android in software: the master key is zero. Length of the material, or an errno. */
int lib_opens_blob(const uint8_t *blob, size_t len, uint8_t *material, size_t room)
{
	static const unsigned char master[16];
	const struct android_secrets secrets = {
		.master = { master, sizeof(master) },
		.root_of_trust = { "SW", 2 },
	};
	const struct km_bytes data = { blob, len };
	struct android_blob b;
	int ret = android_blob_read(&b, &data, &secrets);

	if (ret)
		return ret;
	MUST(b.material.len <= room);
	if (b.material.len)
		memcpy(material, b.material.data, b.material.len);
	ret = (int)b.material.len;
	android_blob_free(&b);
	return ret;
}

/* @head: bytes before the body, @body: bytes of it, of the element that stands at @der. */
bool lib_reads_element(const uint8_t *der, size_t len, size_t *head, size_t *body)
{
	struct attest_der in = { der, len }, inner;

	if (!len || !attest_der_get(&in, der[0], &inner))
		return false;
	MUST(is_inside(inner.p, inner.left, der, len) && in.p == inner.p + inner.left);
	MUST(in.left == len - (size_t)(in.p - der));
	*head = (size_t)(inner.p - der);
	*body = inner.left;
	return true;
}

/* Of each tag which of the values 0 to 7 a record, which has to be one, says: a byte each. */
uint32_t lib_record_has(const uint8_t *der, size_t len, const uint32_t *tags, size_t n)
{
	const struct km_bytes bytes = { der, len };
	struct attest_fault fault;
	struct attest_record record;
	uint32_t has = 0, value;
	size_t i;

	MUST(n <= 4 && attest_parse(&record, &bytes, &fault));
	for (i = 0; i < n; i++)
		for (value = 0; value < 8; value++)
			has |= (uint32_t)attest_has(&record, tags[i], value) << (8 * i + value);
	attest_record_free(&record);
	return has;
}
