// SPDX-License-Identifier: GPL-2.0-only
/*
 * Android's key blobs as kmctl android reads them: every vector opens with what it was sealed
 * with and with nothing else, and no input whatever is read beyond its end.
 * Userspace test of tools/android_blob.c and what is under it.
 */
#include <openssl/evp.h>

#include "android.h"
#include "harness.h"
#include "vectors.h"

#define FILE_OCB	"rfc7253_ocb.txt"
#define FILE_FORMATS	"blob_formats.txt"
#define FILE_KM1	"aosp_km1_blobs.txt"
#define FILE_KM0	"aosp_km0_blob.txt"
#define QUALCOMM	1604

static const unsigned char zero_master[16];

static struct km_bytes text(const char *s)
{
	return (struct km_bytes){ s, strlen(s) };
}

static struct km_bytes bytes_of(const struct vector *v)
{
	return (struct km_bytes){ v->data, v->len };
}

static struct android_secrets km1_secrets(void)
{
	return (struct android_secrets){
		.master = { zero_master, sizeof(zero_master) },
		.application_id = text("app_id"),
		.root_of_trust = text("SW"),
	};
}

static struct android_secrets format_secrets(struct vector *reset, struct vector *slot)
{
	*reset = vector(FILE_FORMATS, "inputs", "reset");
	*slot = vector(FILE_FORMATS, "inputs", "slot_secret");
	return (struct android_secrets){
		.master = { zero_master, sizeof(zero_master) },
		.reset = bytes_of(reset),
		.slot = bytes_of(slot),
		.application_id = text("my_app"),
		.root_of_trust = text("foo"),
	};
}

/* Reads a copy that ends where the sanitizer looks; the format stays in @blob. */
static int try(const struct vector *v, const struct android_secrets *secrets,
	       struct android_blob *blob)
{
	u8 *copy = exact(v->data, v->len);
	int ret = android_blob_read(blob, &(struct km_bytes){ copy, v->len }, secrets);
	enum android_format format = blob->format;

	if (ret == -EKEYREJECTED) {
		android_blob_free(blob);
		blob->format = format;
	}
	/* Nothing but the material and the sets outlives the bytes. */
	free(copy);
	return ret;
}

static bool opens(const struct vector *v, const struct android_secrets *secrets,
		  enum android_format format, const struct vector *plain)
{
	struct android_blob blob;
	int ret = try(v, secrets, &blob);
	bool ok = !ret && blob.format == format && blob.material.len == plain->len &&
		  !memcmp(blob.material.data, plain->data, plain->len);

	if (!ret)
		android_blob_free(&blob);
	return ok;
}

static bool rejected(const struct vector *v, const struct android_secrets *secrets)
{
	struct android_blob blob;
	int ret = try(v, secrets, &blob);

	if (!ret)
		android_blob_free(&blob);
	return ret == -EKEYREJECTED;
}

static bool ocb_sample(unsigned int n)
{
	struct vector key, nonce, aad, plain, sealed;
	struct android_sealed s = { .aead = ANDROID_AEAD_OCB };
	u8 out[64], tag[16];
	char section[16];

	snprintf(section, sizeof(section), "sample-%u", n);
	key = vector(FILE_OCB, section, "key");
	nonce = vector(FILE_OCB, section, "nonce");
	aad = vector(FILE_OCB, section, "aad");
	plain = vector(FILE_OCB, section, "plain");
	sealed = vector(FILE_OCB, section, "sealed");
	s.key = bytes_of(&key);
	s.nonce = nonce.data;
	s.aad = bytes_of(&aad);
	s.text = (struct km_bytes){ sealed.data, sealed.len - 16 };
	CHECK(!android_aead_open(&s, sealed.data + plain.len, out));
	CHECK(!memcmp(out, plain.data, plain.len));
	s.text = bytes_of(&plain);
	CHECK(!android_aead_seal(&s, tag, out));
	CHECK(!memcmp(out, sealed.data, plain.len) && !memcmp(tag, sealed.data + plain.len, 16));
	s.text = (struct km_bytes){ sealed.data, sealed.len - 16 };
	tag[n] ^= 0x40;
	CHECK(android_aead_open(&s, tag, out) == -EBADMSG);
	return true;
}

static bool test_ocb(void)
{
	unsigned int n;

	for (n = 1; n <= 6; n++)
		CHECK(ocb_sample(n));
	return true;
}

static struct vector without_version(const struct vector *v)
{
	struct vector out = { .len = v->len - 9 };

	/* Byte 0, the length of the nonce, and that of the tag. */
	memcpy(out.data, v->data + 5, 333);
	memcpy(out.data + 333, v->data + 342, v->len - 342);
	return out;
}

static bool test_real(void)
{
	struct vector ec = vector(FILE_KM1, "km1_sw_ecdsa_256", "blob");
	struct vector ec_plain = vector(FILE_KM1, "km1_sw_ecdsa_256", "plain");
	struct vector rsa = vector(FILE_KM1, "km1_sw_rsa_512", "blob");
	struct vector rsa_plain = vector(FILE_KM1, "km1_sw_rsa_512", "plain");
	struct vector old = without_version(&rsa);
	struct android_secrets secrets = km1_secrets(), none = km1_secrets();

	CHECK(opens(&ec, &secrets, ANDROID_OCB, &ec_plain));
	CHECK(opens(&rsa, &secrets, ANDROID_OCB, &rsa_plain));
	CHECK(opens(&old, &secrets, ANDROID_OCB_UNVERSIONED, &rsa_plain));
	none.application_id = (struct km_bytes){ 0 };
	CHECK(rejected(&ec, &none) && rejected(&rsa, &none) && rejected(&old, &none));
	return true;
}

static bool test_ten_tags(void)
{
	static const struct { u32 tag; u64 value; } want[] = {
		{ KM_TAG_ALGORITHM, 3 }, { KM_TAG_KEY_SIZE, 256 }, { KM_TAG_PURPOSE, 2 },
		{ KM_TAG_PURPOSE, 3 }, { KM_TAG_DIGEST, 0 }, { KM_TAG_USER_ID, 7 },
		{ KM_TAG_USER_AUTH_TYPE, 1 }, { KM_TAG_AUTH_TIMEOUT, 300 },
		{ KM_TAG_CREATION_DATETIME, 0x14d799f17b8 }, { KM_TAG_ORIGIN, 0 },
	};
	struct vector ec = vector(FILE_KM1, "km1_sw_ecdsa_256", "blob");
	struct android_secrets secrets = km1_secrets();
	struct android_blob blob;
	struct km_param p;
	size_t i;

	CHECK(!try(&ec, &secrets, &blob));
	CHECK(km_params_count(blob.unenforced) == ARRAY_SIZE(want));
	CHECK(!km_params_count(blob.enforced) && km_params_count(blob.hidden) == 2);
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		CHECK(!km_params_get(blob.unenforced, i, &p));
		CHECK(p.tag == want[i].tag && p.value == want[i].value);
	}
	android_blob_free(&blob);
	return true;
}

static struct vector format_blob(enum android_format format)
{
	char section[24];

	if (format == ANDROID_INTEGRITY)
		return vector(FILE_FORMATS, "integrity-assured", "blob");
	snprintf(section, sizeof(section), "format-%u", format);
	return vector(FILE_FORMATS, section, "blob");
}

static const enum android_format formats[] = {
	ANDROID_OCB, ANDROID_GCM, ANDROID_GCM_SLOT, ANDROID_GCM_VERSIONED,
	ANDROID_GCM_SLOT_VERSIONED, ANDROID_INTEGRITY,
};

static bool test_formats(void)
{
	struct vector plain = vector(FILE_FORMATS, "inputs", "material");
	struct vector reset, slot, v;
	struct android_secrets secrets = format_secrets(&reset, &slot);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		v = format_blob(formats[i]);
		CHECK(opens(&v, &secrets, formats[i], &plain));
	}
	return true;
}

/* Each secret is part of the key of the formats that it belongs to, and of no other. */
static bool test_other_secrets(void)
{
	struct vector plain = vector(FILE_FORMATS, "inputs", "material");
	static const u8 other_master[16] = { 1 };
	struct vector reset, slot, v;
	const struct android_secrets good = format_secrets(&reset, &slot);
	struct android_secrets bad;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		bool clear = formats[i] == ANDROID_INTEGRITY;

		v = format_blob(formats[i]);
		bad = good;
		bad.master.data = other_master;
		CHECK(clear ? opens(&v, &bad, formats[i], &plain) : rejected(&v, &bad));
		bad = good;
		bad.application_id = text("my_ap");
		CHECK(rejected(&v, &bad));
		bad = good;
		bad.application_data = text("");
		CHECK(rejected(&v, &bad));
		bad = good;
		bad.root_of_trust = text("SW");
		CHECK(rejected(&v, &bad));
		bad = good;
		bad.reset.len--;
		CHECK(android_has_slot(formats[i]) ? rejected(&v, &bad)
						   : opens(&v, &bad, formats[i], &plain));
		bad = good;
		bad.slot.len--;
		CHECK(android_has_slot(formats[i]) ? rejected(&v, &bad)
						   : opens(&v, &bad, formats[i], &plain));
	}
	return true;
}

/* kdf_version and addl_info of formats 3 and 4 are carried, and enter nothing. */
static bool enters_nothing(enum android_format format, size_t at)
{
	return (format == ANDROID_GCM_VERSIONED || format == ANDROID_GCM_SLOT_VERSIONED) &&
	       at >= 46 && at < 54;
}

static bool test_every_bit(void)
{
	struct vector reset, slot, v;
	struct android_secrets secrets = format_secrets(&reset, &slot);
	struct android_blob blob;
	size_t i, at;
	int ret;

	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		v = format_blob(formats[i]);
		for (at = 0; at < v.len; at++) {
			v.data[at] ^= 1 << at % 8;
			ret = try(&v, &secrets, &blob);
			v.data[at] ^= 1 << at % 8;
			if (!ret)
				android_blob_free(&blob);
			CHECK(enters_nothing(formats[i], at) ? !ret : ret < 0);
		}
		v.data[v.len++] = 0;
		CHECK(try(&v, &secrets, &blob) < 0);
		for (v.len -= 2; v.len; v.len--)
			CHECK(try(&v, &secrets, &blob) < 0);
	}
	return true;
}

static bool test_pk8(void)
{
	struct vector v = vector(FILE_KM0, "km0_sw_rsa_512", "blob"), old = v, plain;
	struct android_secrets secrets = km1_secrets();
	struct android_blob blob;
	struct km_param p;

	plain.len = v.len - 16;
	memcpy(plain.data, v.data + 16, plain.len);
	CHECK(opens(&v, &secrets, ANDROID_PK8, &plain));
	/* Without a type, as Android 4.3 wrote it. */
	memmove(old.data + 4, old.data + 8, old.len - 8);
	old.len -= 4;
	CHECK(opens(&old, &secrets, ANDROID_PK8, &plain));
	CHECK(!try(&v, &secrets, &blob));
	CHECK(!km_params_count(blob.enforced) && km_params_count(blob.unenforced) == 21);
	CHECK(km_params_contains(blob.unenforced, KM_TAG_ALGORITHM, KM_ALGORITHM_RSA));
	CHECK(km_params_contains(blob.unenforced, KM_TAG_KEY_SIZE, 512));
	CHECK(!km_params_find(blob.unenforced, KM_TAG_RSA_PUBLIC_EXPONENT, 0, &p) && p.value == 3);
	CHECK(km_params_contains(blob.unenforced, KM_TAG_NO_AUTH_REQUIRED, 1));
	android_blob_free(&blob);
	/* It is said to be of another type than its key. */
	v.data[6] = 1;
	v.data[7] = 0x98;
	CHECK(rejected(&v, &secrets));
	return true;
}

/* A blob of softkeymaster around the key inside a later one. */
static bool test_pk8_ec(void)
{
	struct vector key = vector(FILE_KM1, "km1_sw_ecdsa_256", "plain"), v;
	struct android_secrets secrets = km1_secrets();
	struct android_blob blob;

	memcpy(v.data, "PK#8\0\0\1\x98\0\0\0\0\0\0\0", 15);
	v.data[15] = key.len;
	memcpy(v.data + 16, key.data, key.len);
	v.len = 16 + key.len;
	CHECK(opens(&v, &secrets, ANDROID_PK8, &key));
	CHECK(!try(&v, &secrets, &blob));
	CHECK(km_params_contains(blob.unenforced, KM_TAG_ALGORITHM, KM_ALGORITHM_EC));
	CHECK(!km_params_contains(blob.unenforced, KM_TAG_PURPOSE, KM_PURPOSE_ENCRYPT));
	CHECK(km_params_count(blob.unenforced) == 13);
	android_blob_free(&blob);
	return true;
}

static void make_qualcomm(u8 *p)
{
	memset(p, 0, QUALCOMM);
	memcpy(p, "BKMK\1\0\0\0", 8);
	memset(p + 8, 0xa5, 256);
	put_unaligned_le32(256, p + 520);
	memcpy(p + 524, "\1\0\1", 3);
	put_unaligned_le32(3, p + 1036);
	memset(p + 1040, 0x11, 16);
	memset(p + 1056, 0x22, 256);
	put_unaligned_le32(256, p + 1568);
	memset(p + 1572, 0x33, 32);
}

static bool test_qualcomm(void)
{
	struct android_secrets secrets = km1_secrets();
	struct android_blob blob;
	u8 *p = malloc(QUALCOMM);
	struct km_bytes data = { p, QUALCOMM };

	make_qualcomm(p);
	CHECK(!android_blob_read(&blob, &data, &secrets) && blob.format == ANDROID_QUALCOMM);
	CHECK(blob.qualcomm.version == 1 && !blob.material.len);
	CHECK(blob.qualcomm.modulus.len == 256 && blob.qualcomm.exponent.len == 3);
	CHECK(!memcmp(blob.qualcomm.exponent.data, "\1\0\1", 3));
	android_blob_free(&blob);
	put_unaligned_le32(513, p + 520);
	CHECK(android_blob_read(&blob, &data, &secrets) == -EBADMSG);
	put_unaligned_le32(256, p + 520);
	data.len--;
	CHECK(android_blob_read(&blob, &data, &secrets) == -EBADMSG);
	free(p);
	return true;
}

/* Lengths and counts are where a parser goes wrong: mostly they are hit. */
static void mutate(u8 *p, size_t len)
{
	static const u32 edges[] = { 0, 1, 3, 4, 11, 12, 0x7fffffff, 0x80000000, 0xfffffffc,
				     0xffffffff };
	unsigned int n = 1 + rnd() % 4;

	while (n--) {
		size_t at = rnd() % len;

		if (rnd() % 2)
			p[at] = rnd();
		else if (at + 4 <= len)
			put_unaligned_le32(edges[rnd() % ARRAY_SIZE(edges)], p + at);
	}
}

static bool check_any(const u8 *p, size_t len, const struct android_secrets *secrets)
{
	u8 *copy = exact(p, len);
	struct android_blob blob;
	int ret = android_blob_read(&blob, &(struct km_bytes){ copy, len }, secrets);

	android_blob_free(&blob);
	free(copy);
	CHECK(!ret || ret == -EKEYREJECTED || ret == -EBADMSG || ret == -ENOMSG);
	return true;
}

static bool test_fuzz(void)
{
	struct vector seeds[10], reset, slot, v;
	struct android_secrets secrets = format_secrets(&reset, &slot);
	unsigned long n = cases(60000);
	size_t i, len;

	for (i = 0; i < 6; i++)
		seeds[i] = format_blob(formats[i]);
	seeds[6] = vector(FILE_KM1, "km1_sw_ecdsa_256", "blob");
	seeds[7] = vector(FILE_KM1, "km1_sw_rsa_512", "blob");
	seeds[8] = without_version(&seeds[7]);
	seeds[9] = vector(FILE_KM0, "km0_sw_rsa_512", "blob");
	while (n--) {
		v = seeds[rnd() % 10];
		mutate(v.data, v.len);
		len = rnd() % 4 ? v.len : rnd() % (v.len + 1);
		CHECK(check_any(v.data, len, &secrets));
		rnd_bytes(v.data, v.len);
		v.data[0] = rnd() % 6;
		put_unaligned_le32(12, v.data + 1);
		CHECK(check_any(v.data, len, &secrets));
	}
	return true;
}

static const struct test tests[] = {
	{ "the samples of RFC 7253, both ways", test_ocb },
	{ "the real blobs open with their application id, and without it do not", test_real },
	{ "the ten tags of the real EC key, in order", test_ten_tags },
	{ "the formats 0 to 4 and integrity-assured", test_formats },
	{ "other secrets do not open them", test_other_secrets },
	{ "no bit can be changed, no byte be missing or too much", test_every_bit },
	{ "PK#8, with a type and without, and its authorizations", test_pk8 },
	{ "PK#8 with an EC key", test_pk8_ec },
	{ "a blob of Qualcomm is taken apart", test_qualcomm },
	{ "whatever comes in, it is an answer", test_fuzz },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
