// SPDX-License-Identifier: GPL-2.0-only
/*
 * The attestation extension of kernel/attest_der.c, byte by byte against encodings that are
 * made here by libcrypto or by hand; and the unique id with its published vector.
 * Userspace test, for the sanitizers: buffers have no byte to spare.
 */
#include <openssl/asn1t.h>
#include <linux/keymaster.h>
#include "attest_der.h"
#include "harness.h"

#define ROOM	20000

/**
 * struct set - an authorization set to be attested
 * @buf: the set
 * @view: a view of it
 * @wire: its bytes
 */
struct set {
	struct km_params_buf buf;
	struct km_params view;
	u8 *wire;
};

static void begin(struct set *s)
{
	if (km_params_buf_init(&s->buf, 2000, 6000))
		abort();
}

static const struct km_params *end(struct set *s)
{
	s->wire = malloc(km_params_wire_len(&s->buf));
	km_params_write(&s->buf, s->wire);
	if (km_params_parse(&s->view, s->wire, km_params_wire_len(&s->buf), NULL))
		abort();
	return &s->view;
}

static void drop(struct set *s)
{
	km_params_buf_free(&s->buf);
	free(s->wire);
}

/* The value of a field of a list: walks tags of both forms with libcrypto; NULL: not there. */
static const u8 *field(const u8 *list, long len, int id, long *n)
{
	const u8 *p = list, *stop = list + len, *last = list;
	int tag, class, before = -1;
	long size;

	for (; p < stop; p = last) {
		if (ASN1_get_object(&p, &size, &tag, &class, stop - p) & 0x80 ||
		    class != V_ASN1_CONTEXT_SPECIFIC || tag <= before)
			abort();
		before = tag;
		last = p + size;
		if (tag == id) {
			*n = size;
			return p;
		}
	}
	return NULL;
}

/* One element out of a record, as libcrypto frames it. */
static const u8 *take(const u8 **p, const u8 *stop, int want, long *n)
{
	int tag, class;
	const u8 *value;

	if (ASN1_get_object(p, n, &tag, &class, stop - *p) & 0x80 || tag != want || class)
		abort();
	value = *p;
	*p += *n;
	return value;
}

/**
 * struct parsed - a KeyDescription, taken apart
 * @numbers: its first four members
 * @challenge: attestationChallenge
 * @unique: uniqueId
 * @soft: softwareEnforced
 * @tee: teeEnforced
 */
struct parsed {
	long numbers[4];
	struct km_piece challenge, unique, soft, tee;
};

static long number(const u8 *p, long n)
{
	long v = 0;

	while (n--)
		v = v << 8 | *p++;
	return v;
}

static void parse(struct parsed *r, const u8 *der, size_t len)
{
	static const int kinds[4] = { V_ASN1_INTEGER, V_ASN1_ENUMERATED, V_ASN1_INTEGER,
				      V_ASN1_ENUMERATED };
	struct km_piece *strings[] = { &r->challenge, &r->unique };
	struct km_piece *lists[] = { &r->soft, &r->tee };
	const u8 *p = der, *stop = der + len, *value;
	unsigned int i;
	long n;

	p = take(&p, stop, V_ASN1_SEQUENCE, &n);
	if (p + n != stop)
		abort();
	for (i = 0; i < 4; i++) {
		value = take(&p, stop, kinds[i], &n);
		r->numbers[i] = number(value, n);
	}
	for (i = 0; i < 2; i++) {
		value = take(&p, stop, V_ASN1_OCTET_STRING, &n);
		*strings[i] = (struct km_piece){ value, n };
	}
	for (i = 0; i < 2; i++) {
		value = take(&p, stop, V_ASN1_SEQUENCE, &n);
		*lists[i] = (struct km_piece){ value, n };
	}
	if (p != stop)
		abort();
}

static u8 boot_hash[KM_SHA256_SIZE];

static struct km_attest_record plain(void)
{
	static const struct km_params none;

	return (struct km_attest_record){
		.version = 300, .challenge = { "foo", 3 }, .enforced = &none, .unenforced = &none,
		.request = &none, .boot_hash = boot_hash,
	};
}

/* In a buffer that fits; one byte less must be refused. */
static u8 *write_record(const struct km_attest_record *r, size_t *len)
{
	u8 *room = malloc(ROOM), *fit;

	*len = km_attest_write(r, room, ROOM);
	fit = malloc(*len);
	if (km_attest_write(r, fit, *len - 1) || km_attest_write(r, fit, *len) != *len ||
	    memcmp(fit, room, *len))
		abort();
	free(room);
	return fit;
}

/* The whole of a small one, by hand. */
static bool bytes(void)
{
	static const u8 head[] = {
		0x30, 0x81, 0x98,
		0x02, 2, 0x01, 0x2c, 0x0a, 1, 0, 0x02, 2, 0x01, 0x2c, 0x0a, 1, 0,
		0x04, 3, 'f', 'o', 'o', 0x04, 0,
		/* softwareEnforced: [701] 1000, [704] */
		0x30, 88, 0xbf, 0x85, 0x3d, 4, 0x02, 2, 0x03, 0xe8, 0xbf, 0x85, 0x40, 76, 0x30, 74,
		0x04, 32,
	};
	static const u8 middle[] = { 0x01, 1, 0, 0x0a, 1, 2, 0x04, 32 };
	static const u8 tail[] = {
		/* teeEnforced: [1] {2, 3}, [2] 3, [10] 1, [503] */
		0x30, 0x27, 0xa1, 8, 0x31, 6, 2, 1, 2, 2, 1, 3, 0xa2, 3, 2, 1, 3,
		0xa3, 4, 2, 2, 1, 0, 0xa5, 5, 0x31, 3, 2, 1, 4, 0xaa, 3, 2, 1, 1,
		0xbf, 0x83, 0x77, 2, 5, 0,
	};
	u8 want[3 + 0x98], *got, *p = want;
	struct set enforced, unenforced;
	struct km_attest_record r = plain();
	size_t len;

	begin(&enforced);
	km_params_add_int(&enforced.buf, KM_TAG_NO_AUTH_REQUIRED, 1);
	km_params_add_int(&enforced.buf, KM_TAG_PURPOSE, KM_PURPOSE_VERIFY);
	km_params_add_int(&enforced.buf, KM_TAG_PURPOSE, KM_PURPOSE_SIGN);
	km_params_add_int(&enforced.buf, KM_TAG_PURPOSE, KM_PURPOSE_VERIFY);
	km_params_add_int(&enforced.buf, KM_TAG_KEY_SIZE, 256);
	km_params_add_int(&enforced.buf, KM_TAG_DIGEST, KM_DIGEST_SHA_2_256);
	km_params_add_int(&enforced.buf, KM_TAG_ALGORITHM, KM_ALGORITHM_EC);
	km_params_add_int(&enforced.buf, KM_TAG_LINUX_SHAREABLE, 1);
	r.enforced = end(&enforced);
	begin(&unenforced);
	km_params_add_int(&unenforced.buf, KM_TAG_CREATION_DATETIME, 1000);
	r.unenforced = end(&unenforced);
	rnd_bytes(boot_hash, sizeof(boot_hash));
	got = write_record(&r, &len);
	memcpy(p, head, sizeof(head));
	p += sizeof(head);
	memset(p, 0, 32);
	p += 32;
	memcpy(p, middle, sizeof(middle));
	p += sizeof(middle);
	memcpy(p, boot_hash, 32);
	p += 32;
	memcpy(p, tail, sizeof(tail));
	p += sizeof(tail);
	CHECK(len == (size_t)(p - want) && !memcmp(got, want, len));
	free(got);
	drop(&enforced);
	drop(&unenforced);
	return true;
}

static bool versions(void)
{
	static const u32 known[][2] = { { 2, 1 }, { 3, 2 }, { 4, 3 }, { 41, 4 }, { 100, 100 },
					{ 200, 200 }, { 300, 300 } };
	/* Field, and the first and last keymasterVersion that has it. */
	static const u32 spans[][4] = {
		{ KM_TAG_PURPOSE, KM_PURPOSE_SIGN, 2, 300 },
		{ KM_TAG_RSA_OAEP_MGF_DIGEST, KM_DIGEST_SHA1, 100, 300 },
		{ KM_TAG_ROLLBACK_RESISTANCE, 1, 4, 300 },
		{ KM_TAG_EARLY_BOOT_ONLY, 1, 41, 300 },
		{ KM_TAG_USAGE_COUNT_LIMIT, 9, 100, 300 },
		{ KM_TAG_UNLOCKED_DEVICE_REQUIRED, 1, 4, 300 },
		{ KM_TAG_ALL_APPLICATIONS, 1, 2, 41 },
		{ KM_TAG_VENDOR_PATCHLEVEL, 20260101, 4, 300 },
		{ KM_TAG_USER_ID, 7, 1, 0 },
		{ KM_TAG_MAX_BOOT_LEVEL, 7, 1, 0 },
		{ KM_TAG_MAX_USES_PER_BOOT, 7, 1, 0 },
		{ KM_TAG_USER_SECURE_ID, 7, 1, 0 },
	};
	struct km_attest_record r = plain();
	struct set enforced;
	struct parsed got;
	unsigned int i, j;
	size_t len;
	u8 *der;
	long n;

	begin(&enforced);
	for (i = 0; i < ARRAY_SIZE(spans); i++)
		km_params_add_int(&enforced.buf, spans[i][0], spans[i][1]);
	r.enforced = end(&enforced);
	for (i = 0; i < ARRAY_SIZE(known); i++) {
		r.version = known[i][0];
		CHECK(km_attest_version(r.version) == known[i][1]);
		der = write_record(&r, &len);
		parse(&got, der, len);
		CHECK(got.numbers[0] == known[i][1] && got.numbers[2] == known[i][0]);
		CHECK(got.numbers[1] == 0 && got.numbers[3] == 0);
		for (j = 0; j < ARRAY_SIZE(spans); j++)
			CHECK(!field(got.tee.data, got.tee.len, KM_TAG_ID(spans[j][0]), &n) ==
			      (r.version < spans[j][2] || r.version > spans[j][3]));
		/* With the hash from version 3 on. */
		CHECK(field(got.soft.data, got.soft.len, 704, &n) && n == (i < 2 ? 42 : 76));
		free(der);
	}
	CHECK(!km_attest_version(0) && !km_attest_version(1) && !km_attest_version(301));
	drop(&enforced);
	return true;
}

/* Lengths around those where a header grows; the request does not reach the other list. */
static bool lengths(void)
{
	static const u32 sizes[] = { 0, 1, 126, 127, 128, 129, 255, 256, 300, 1024 };
	u8 app_id[1024];
	unsigned int i;

	rnd_bytes(app_id, sizeof(app_id));
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct km_attest_record r = plain();
		struct parsed got;
		struct set request;
		const u8 *p;
		size_t len;
		long n, m;
		u8 *der;

		begin(&request);
		km_params_add_bytes(&request.buf, KM_TAG_ATTESTATION_APPLICATION_ID, app_id,
				    sizes[i]);
		km_params_add_bytes(&request.buf, KM_TAG_ATTESTATION_ID_SECOND_IMEI, "2", 1);
		/* Not the key's. */
		km_params_add_int(&request.buf, KM_TAG_ORIGIN, KM_ORIGIN_GENERATED);
		r.request = end(&request);
		r.challenge = (struct km_piece){ app_id, sizes[i] };
		der = write_record(&r, &len);
		parse(&got, der, len);
		CHECK(got.challenge.len == sizes[i] &&
		      !memcmp(got.challenge.data, app_id, sizes[i]));
		p = field(got.soft.data, got.soft.len, 709, &n);
		CHECK(p);
		p = take(&p, p + n, V_ASN1_OCTET_STRING, &m);
		CHECK(m == (long)sizes[i] && !memcmp(p, app_id, m));
		CHECK(field(got.soft.data, got.soft.len, 723, &n));
		CHECK(!field(got.soft.data, got.soft.len, 702, &n) && !got.tee.len);
		free(der);
		drop(&request);
	}
	return true;
}

static bool curves(void)
{
	static const u32 sizes[][2] = { { 224, 0 }, { 256, 1 }, { 384, 2 }, { 521, 3 } };
	struct km_attest_record r = plain();
	struct parsed got;
	unsigned int i;
	const u8 *p;
	size_t len;
	u8 *der;
	long n;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct set enforced;

		begin(&enforced);
		km_params_add_int(&enforced.buf, KM_TAG_ALGORITHM, KM_ALGORITHM_EC);
		km_params_add_int(&enforced.buf, KM_TAG_KEY_SIZE, sizes[i][0]);
		r.enforced = end(&enforced);
		der = write_record(&r, &len);
		parse(&got, der, len);
		p = field(got.tee.data, got.tee.len, 10, &n);
		CHECK(p && n == 3 && p[2] == sizes[i][1]);
		free(der);
		drop(&enforced);
	}
	return true;
}

static bool ids(void)
{
	unsigned int i;

	for (i = 0; i < KM_ATTEST_IDS - 1; i++)
		CHECK(KM_TAG_ID(km_attest_id_tag(i)) == 710 + i);
	CHECK(km_attest_id_tag(i) == KM_TAG_ATTESTATION_ID_SECOND_IMEI);
	return true;
}

static bool unique_ids(void)
{
	static const u8 want[] = { 0x06, 0x63, 0x2e, 0x55, 0x72, 0x33, 0xc7, 0xe2,
				   0xf9, 0xfe, 0xd8, 0xca, 0x3e, 0x63, 0x35, 0xf8 };
	struct km_unique_id u = {
		.key = { "MustBeRandomBits", 16 }, .created_ms = 0x14d799f17b8,
		.app_id = { "app", 3 },
	};
	u8 id[KM_UNIQUE_ID_SIZE];

	km_attest_unique_id(&u, id);
	CHECK(!memcmp(id, want, sizeof(id)));
	/* The first and the last moment of the same 30 days, and those beside them. */
	u.created_ms = 552 * 2592000000ULL;
	km_attest_unique_id(&u, id);
	CHECK(!memcmp(id, want, sizeof(id)));
	u.created_ms = 553 * 2592000000ULL - 1;
	km_attest_unique_id(&u, id);
	CHECK(!memcmp(id, want, sizeof(id)));
	u.created_ms++;
	km_attest_unique_id(&u, id);
	CHECK(memcmp(id, want, sizeof(id)));
	u.created_ms = 552 * 2592000000ULL - 1;
	km_attest_unique_id(&u, id);
	CHECK(memcmp(id, want, sizeof(id)));
	u.created_ms++;
	u.reset = true;
	km_attest_unique_id(&u, id);
	CHECK(memcmp(id, want, sizeof(id)));
	u.reset = false;
	u.app_id.len = 2;
	km_attest_unique_id(&u, id);
	CHECK(memcmp(id, want, sizeof(id)));
	return true;
}

static const struct test tests[] = {
	{ "a record, byte by byte", bytes },
	{ "each version has the fields that it knows", versions },
	{ "challenge and application id of all lengths", lengths },
	{ "a curve that only the size names", curves },
	{ "tags of the device ids", ids },
	{ "unique id: the vector of the reference, period, reset, application", unique_ids },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
