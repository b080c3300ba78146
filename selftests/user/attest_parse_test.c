// SPDX-License-Identifier: GPL-2.0-only
/*
 * The record of an attestation as kmctl verify-attestation reads it: two real devices, every
 * value and every rule of DER, and whatever else comes in.
 * Userspace test of tools/attestation_der.c, attestation_parse.c, attestation_app.c and
 * attestation_verify.c.
 */
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "attestation.h"
#include "harness.h"

/* Both real chains are of this moment. */
#define WHEN		1564617600
#define RECORD_MAX	4096

/** struct put - an encoding that is being written */
struct put {
	size_t len;
	u8 bytes[RECORD_MAX];
};

static void put_raw(struct put *p, const void *data, size_t len)
{
	if (p->len + len > sizeof(p->bytes))
		abort();
	memcpy(p->bytes + p->len, data, len);
	p->len += len;
}

static void put_byte(struct put *p, u8 byte)
{
	put_raw(p, &byte, 1);
}

static void put_length(struct put *p, size_t len)
{
	if (len >= 0x100) {
		put_byte(p, 0x82);
		put_byte(p, len >> 8);
	} else if (len >= 0x80) {
		put_byte(p, 0x81);
	}
	put_byte(p, len);
}

static void put(struct put *p, u8 tag, const void *data, size_t len)
{
	put_byte(p, tag);
	put_length(p, len);
	put_raw(p, data, len);
}

static void put_field(struct put *p, unsigned int number, const void *data, size_t len)
{
	if (number < 31) {
		put_byte(p, 0xa0 | number);
	} else {
		put_byte(p, 0xbf);
		if (number >= 0x4000)
			put_byte(p, 0x80 | number >> 14);
		if (number >= 0x80)
			put_byte(p, 0x80 | (number >> 7 & 0x7f));
		put_byte(p, number & 0x7f);
	}
	put_length(p, len);
	put_raw(p, data, len);
}

/**
 * struct parts - what a record is made of
 * @head: versions and levels, encoded
 * @challenge: bytes of it
 * @software: list, without its header
 * @tee: likewise
 * @behind: bytes behind the lists
 */
struct parts {
	const char *head;
	size_t head_len;
	size_t challenge;
	struct put software, tee;
	size_t behind;
};

#define HEAD(text)	.head = text, .head_len = sizeof(text) - 1
#define HEAD_300	HEAD("\x02\x02\x01\x2c\x0a\x01\x01\x02\x02\x01\x2c\x0a\x01\x01")

static void assemble(const struct parts *parts, struct put *out)
{
	static const u8 filler[512] = { 5 };
	struct put body = { 0 };

	put_raw(&body, parts->head, parts->head_len);
	put(&body, 4, filler, parts->challenge);
	put(&body, 4, filler, 0);
	put(&body, 0x30, parts->software.bytes, parts->software.len);
	put(&body, 0x30, parts->tee.bytes, parts->tee.len);
	put_raw(&body, filler, parts->behind);
	out->len = 0;
	put(out, 0x30, body.bytes, body.len);
}

/* Parses a copy without a byte to spare. @fault may be NULL. */
static bool parses(const struct put *der, struct attest_fault *fault)
{
	u8 *copy = exact(der->bytes, der->len);
	struct attest_record record;
	struct attest_fault none;
	bool ok = attest_parse(&record, &(struct km_bytes){ copy, der->len }, fault ?: &none);

	attest_record_free(&record);
	free(copy);
	return ok;
}

/* Whether @parts are refused, with @why in the reason; "" : they are taken. */
static bool answer(const struct parts *parts, const char *why)
{
	struct attest_fault fault = { "" };
	struct put der;
	bool ok;

	assemble(parts, &der);
	ok = parses(&der, &fault);
	if (ok != !*why || (!ok && !strstr(fault.text, why))) {
		printf("# wanted '%s', got '%s'\n", why, fault.text);
		return false;
	}
	return true;
}

/* A record with one field in its enforced list; its contents are @data. */
static bool field(unsigned int number, const char *data, size_t len, const char *why)
{
	struct parts parts = { HEAD_300, .challenge = 3 };

	put_field(&parts.tee, number, data, len);
	return answer(&parts, why);
}

#define FIELD(number, data, why)	field(number, data, sizeof(data) - 1, why)

/* ---- real devices ---- */

static struct stack_st_X509 *read_chain(const char *name)
{
	struct stack_st_X509 *chain = sk_X509_new_null();
	char path[256];
	X509 *cert;
	FILE *f;

	snprintf(path, sizeof(path), "%s/attestation/%s", getenv("KM_VECTORS") ?: "../vectors",
		 name);
	f = fopen(path, "r");
	while (f && (cert = PEM_read_X509(f, NULL, NULL, NULL)))
		sk_X509_push(chain, cert);
	if (!f || sk_X509_num(chain) != 4) {
		printf("Bail out! %s\n", path);
		exit(1);
	}
	fclose(f);
	return chain;
}

static bool has_digest(X509 *cert, const char *want)
{
	u8 digest[32];
	char text[65];
	unsigned int n, i;

	if (!X509_digest(cert, EVP_sha256(), digest, &n))
		return false;
	for (i = 0; i < n; i++)
		sprintf(text + 2 * i, "%02x", digest[i]);
	return !strcmp(text, want);
}

static bool verify(struct stack_st_X509 *chain, time_t when, struct attest_result *result,
		   struct attest_fault *fault)
{
	struct stack_st_X509 *roots = sk_X509_new_null();
	struct attest_trust trust = { .roots = roots, .now = when, .challenge = { "abc", 3 } };
	bool ok;

	sk_X509_push(roots, sk_X509_value(chain, sk_X509_num(chain) - 1));
	ok = attest_verify(chain, &trust, result, fault);
	sk_X509_free(roots);
	return ok;
}

static bool number_is(const struct attest_list *list, u32 tag, u64 value)
{
	struct km_param p;

	return !km_params_find(list->params, tag, 0, &p) && p.value == value &&
	       km_params_find(list->params, tag, 1, &p);
}

static bool two_are(const struct attest_list *list, u32 tag, u64 a, u64 b)
{
	struct km_param p, q, r;

	return !km_params_find(list->params, tag, 0, &p) && p.value == a &&
	       !km_params_find(list->params, tag, 1, &q) && q.value == b &&
	       km_params_find(list->params, tag, 2, &r);
}

static bool all_zero(const struct km_bytes *bytes)
{
	static const u8 zero[32];

	return bytes->len == 32 && !memcmp(bytes->data, zero, 32);
}

/* What both devices say. */
static bool common_values(const struct attest_record *r, u64 creation)
{
	static const u8 hash[] = {
		0x72, 0x8d, 0xb1, 0x27, 0x4f, 0x1f, 0x1c, 0xf1, 0x57, 0x1d, 0xe4, 0x38,
		0x0b, 0x04, 0x8a, 0x55, 0x4a, 0xc4, 0xa3, 0x80, 0xe7, 0x6f, 0x53, 0x55,
		0x08, 0x35, 0x29, 0x08, 0x4a, 0x93, 0x78, 0x01,
	};
	struct km_param p;

	CHECK(r->attestation_version == 3 && r->attestation_level == ATTEST_TEE);
	CHECK(r->keymaster_version == 4 && r->keymaster_level == ATTEST_TEE);
	CHECK(r->challenge.len == 3 && !memcmp(r->challenge.data, "abc", 3) && !r->unique_id.len);
	CHECK(km_params_count(r->software.params) == 2 && !r->software.root.present);
	CHECK(number_is(&r->software, KM_TAG_CREATION_DATETIME, creation));
	CHECK(!km_params_find(r->software.params, KM_TAG_ATTESTATION_APPLICATION_ID, 0, &p));
	CHECK(p.len == 439);
	CHECK(two_are(&r->tee, KM_TAG_PURPOSE, KM_PURPOSE_SIGN, KM_PURPOSE_VERIFY));
	CHECK(number_is(&r->tee, KM_TAG_DIGEST, KM_DIGEST_SHA_2_256));
	CHECK(number_is(&r->tee, KM_TAG_NO_AUTH_REQUIRED, 1));
	CHECK(number_is(&r->tee, KM_TAG_ORIGIN, KM_ORIGIN_GENERATED));
	CHECK(number_is(&r->tee, KM_TAG_OS_VERSION, 0));
	CHECK(number_is(&r->tee, KM_TAG_OS_PATCHLEVEL, 201907));
	CHECK(number_is(&r->tee, KM_TAG_VENDOR_PATCHLEVEL, 201907));
	CHECK(number_is(&r->tee, KM_TAG_BOOT_PATCHLEVEL, 201907));
	CHECK(r->tee.root.present && !r->tee.root.locked && all_zero(&r->tee.root.key));
	CHECK(r->tee.root.boot == ATTEST_BOOT_UNVERIFIED && r->tee.root.hash.len == sizeof(hash));
	CHECK(!memcmp(r->tee.root.hash.data, hash, sizeof(hash)));
	return true;
}

static bool real_app(const struct attest_record *r)
{
	struct km_bytes name, signer;
	struct attest_app app;
	unsigned int n = 0;
	u64 version;

	CHECK(attest_app_parse(&app, r));
	while (app.packages.left) {
		CHECK(attest_app_package(&app.packages, &name, &version));
		if (!n++)
			CHECK(name.len == 7 && !memcmp(name.data, "android", 7) && version == 29);
	}
	CHECK(n == 13 && attest_der_bytes(&app.signers, &signer) && signer.len == 32);
	CHECK(!app.signers.left);
	return true;
}

static bool test_ec(void)
{
	static const char *const digests[] = {
		"bf0d7c4e16403bab1e04d76e5880315369786dcdae4e452ee32f986df0e95b32",
		"e537905ef02c970052ff5b7a333294d25df41154457a89cd880bc603768e3579",
		"230f39bfd49ea76a8aab2ee9e2cb7176bd4125eca640828930a27fa5c27033e1",
		"c1984a3ef45c1e2a918551de10603c86f7051b2249c4891cae3230eabd0c97d5",
	};
	struct stack_st_X509 *chain = read_chain("ec_tee.pem");
	struct attest_result result;
	struct attest_fault fault;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(digests); i++)
		CHECK(has_digest(sk_X509_value(chain, i), digests[i]));
	CHECK(verify(chain, WHEN, &result, &fault) && !result.at && !result.others);
	CHECK(common_values(&result.record, 0x01648D722545) && real_app(&result.record));
	CHECK(km_params_count(result.record.tee.params) == 12);
	CHECK(number_is(&result.record.tee, KM_TAG_ALGORITHM, KM_ALGORITHM_EC));
	CHECK(number_is(&result.record.tee, KM_TAG_KEY_SIZE, 256));
	CHECK(number_is(&result.record.tee, KM_TAG_EC_CURVE, KM_EC_CURVE_P_256));
	attest_record_free(&result.record);
	sk_X509_pop_free(chain, X509_free);
	return true;
}

static bool test_rsa(void)
{
	struct stack_st_X509 *chain = read_chain("rsa_tee.pem");
	struct attest_result result;
	struct attest_fault fault;

	CHECK(has_digest(sk_X509_value(chain, 0),
			 "b792aa1e7b486818cfc4a0127007a6e1ba9e1883895d4d1d7847daf10cc3cdae"));
	CHECK(verify(chain, WHEN, &result, &fault) && !result.at && !result.others);
	CHECK(common_values(&result.record, 0x01648D6F6B0F) && real_app(&result.record));
	CHECK(number_is(&result.record.tee, KM_TAG_ALGORITHM, KM_ALGORITHM_RSA));
	CHECK(number_is(&result.record.tee, KM_TAG_KEY_SIZE, 2048));
	CHECK(two_are(&result.record.tee, KM_TAG_PADDING, KM_PAD_RSA_PSS,
		      KM_PAD_RSA_PKCS1_1_5_SIGN));
	CHECK(number_is(&result.record.tee, KM_TAG_RSA_PUBLIC_EXPONENT, 65537));
	attest_record_free(&result.record);
	sk_X509_pop_free(chain, X509_free);
	return true;
}

/* ---- every form ---- */

static bool test_versions(void)
{
	CHECK(answer(&(struct parts){ HEAD("\2\1\1\12\1\0\2\1\2\12\1\0") }, ""));
	CHECK(answer(&(struct parts){ HEAD("\2\1\2\12\1\1\2\1\3\12\1\1") }, ""));
	CHECK(answer(&(struct parts){ HEAD("\2\1\4\12\1\2\2\1\51\12\1\2") }, ""));
	CHECK(answer(&(struct parts){ HEAD("\2\1\144\12\1\1\2\1\144\12\1\1") }, ""));
	CHECK(answer(&(struct parts){ HEAD("\2\2\0\310\12\1\1\2\2\0\310\12\1\1") }, ""));
	CHECK(answer(&(struct parts){ HEAD("\2\2\1\220\12\1\1\2\2\1\220\12\1\1") }, ""));
	/* No such one, or of another key manager. */
	CHECK(answer(&(struct parts){ HEAD("\2\1\0\12\1\1\2\1\0\12\1\1") }, "not known"));
	CHECK(answer(&(struct parts){ HEAD("\2\1\3\12\1\1\2\1\3\12\1\1") }, "not known"));
	CHECK(answer(&(struct parts){ HEAD("\2\2\1\364\12\1\1\2\2\1\364\12\1\1") }, "not known"));
	/* No such level; a number instead of an enumeration; zeros in front; negative. */
	CHECK(answer(&(struct parts){ HEAD("\2\1\3\12\1\3\2\1\4\12\1\1") }, "malformed"));
	CHECK(answer(&(struct parts){ HEAD("\2\1\3\2\1\1\2\1\4\12\1\1") }, "malformed"));
	CHECK(answer(&(struct parts){ HEAD("\2\2\0\3\12\1\1\2\1\4\12\1\1") }, "malformed"));
	CHECK(answer(&(struct parts){ HEAD("\2\1\203\12\1\1\2\1\4\12\1\1") }, "malformed"));
	CHECK(answer(&(struct parts){ HEAD_300, .behind = 2 }, "behind its lists"));
	return true;
}

static bool test_challenge(void)
{
	static const size_t good[] = { 0, 1, 126, 127, 128 }, bad[] = { 129, 255, 256 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(good); i++)
		CHECK(answer(&(struct parts){ HEAD_300, .challenge = good[i] }, ""));
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK(answer(&(struct parts){ HEAD_300, .challenge = bad[i] }, "challenge has"));
	return true;
}

/* Every size of an application id, over all bounds of a length. */
static bool test_app_sizes(void)
{
	static const u8 zeros[1200];
	struct parts parts;
	struct put octets;
	size_t n;

	for (n = 0; n <= 1100; n++) {
		parts = (struct parts){ HEAD_300, .challenge = 3 };
		octets.len = 0;
		put(&octets, 4, zeros, n);
		put_field(&parts.software, 709, octets.bytes, octets.len);
		CHECK(answer(&parts, n <= 1024 ? "" : "field [709]"));
	}
	return true;
}

static bool test_numbers(void)
{
	CHECK(FIELD(2, "\2\1\3", ""));
	CHECK(FIELD(3, "\2\2\10\0", ""));
	/* ANY, in which the highest bit is set; one more does not fit. */
	CHECK(FIELD(504, "\2\5\0\377\377\377\377", ""));
	CHECK(FIELD(504, "\2\5\1\0\0\0\0", "field [504]"));
	CHECK(FIELD(200, "\2\11\0\377\377\377\377\377\377\377\377", ""));
	CHECK(FIELD(200, "\2\11\1\0\0\0\0\0\0\0\0", "field [200]"));
	CHECK(FIELD(400, "\2\6\1\144\215\162\45\105", ""));
	CHECK(FIELD(3, "\2\1\377", "field [3]"));
	CHECK(FIELD(3, "\2\0", "field [3]"));
	CHECK(FIELD(3, "\2\2\0\10", "field [3]"));
	CHECK(FIELD(3, "\2\201\1\10", "field [3]"));
	CHECK(FIELD(3, "\12\1\10", "field [3]"));
	CHECK(FIELD(3, "\2\1\10\2\1\10", "field [3]"));
	CHECK(FIELD(3, "", "field [3]"));
	CHECK(FIELD(3, "\2\2\10", "field [3]"));
	/* Once is enough, though a key has several. */
	CHECK(FIELD(502, "\2\1\10", ""));
	return true;
}

static bool test_others(void)
{
	CHECK(FIELD(1, "\61\6\2\1\2\2\1\3", ""));
	CHECK(FIELD(1, "\61\6\2\1\2\2\1\2", ""));
	CHECK(FIELD(1, "\61\6\2\1\3\2\1\2", "field [1]"));
	CHECK(FIELD(1, "\61\0", "field [1]"));
	CHECK(FIELD(1, "\60\3\2\1\2", "field [1]"));
	CHECK(FIELD(1, "\2\1\2", "field [1]"));
	CHECK(FIELD(503, "\5\0", ""));
	CHECK(FIELD(503, "\5\1\0", "field [503]"));
	CHECK(FIELD(503, "\1\1\377", "field [503]"));
	CHECK(FIELD(503, "", "field [503]"));
	CHECK(FIELD(713, "\4\3abc", ""));
	CHECK(FIELD(713, "\14\3abc", "field [713]"));
	CHECK(FIELD(713, "\4\200abc\0\0", "field [713]"));
	return true;
}

static bool test_root_of_trust(void)
{
	struct parts old = { HEAD("\2\1\2\12\1\1\2\1\3\12\1\1") };

	CHECK(FIELD(704, "\60\13\4\1k\1\1\377\12\1\0\4\0", ""));
	CHECK(FIELD(704, "\60\13\4\1k\1\1\0\12\1\3\4\0", ""));
	/* No such state; a truth of BER; no hash; something behind it. */
	CHECK(FIELD(704, "\60\13\4\1k\1\1\377\12\1\4\4\0", "field [704]"));
	CHECK(FIELD(704, "\60\13\4\1k\1\1\1\12\1\0\4\0", "field [704]"));
	CHECK(FIELD(704, "\60\11\4\1k\1\1\377\12\1\0", "field [704]"));
	CHECK(FIELD(704, "\60\15\4\1k\1\1\377\12\1\0\4\0\4\0", "field [704]"));
	/* The hash came with version 3. */
	put_field(&old.tee, 704, "\60\11\4\1k\1\1\377\12\1\0", 11);
	CHECK(answer(&old, ""));
	old.tee.len = 0;
	put_field(&old.tee, 704, "\60\13\4\1k\1\1\377\12\1\0\4\0", 13);
	CHECK(answer(&old, "field [704]"));
	return true;
}

static bool order(unsigned int first, unsigned int second, const char *why)
{
	struct parts parts = { HEAD_300, .challenge = 3 };

	put_field(&parts.tee, first, "\5", 2);
	put_field(&parts.tee, second, "\5", 2);
	return answer(&parts, why);
}

static bool test_tags(void)
{
	struct parts parts = { HEAD_300 };

	CHECK(order(7, 303, "") && order(303, 503, "") && order(503, 507, ""));
	CHECK(order(303, 7, "out of order") && order(507, 503, "out of order"));
	CHECK(order(503, 503, "out of order"));
	/* Not of the schema: unknown, or a tag that stays in the key. */
	CHECK(order(503, 725, "[725] is not known") && order(500, 503, "[500] is not known"));
	CHECK(order(503, 10001, "[10001] is not known"));
	/* Long form where the short one does; a zero in front; not constructed; too large. */
	put_raw(&parts.tee, "\277\7\2\5\0", 5);
	CHECK(answer(&parts, "malformed"));
	parts.tee.len = 0;
	put_raw(&parts.tee, "\277\200\203\167\2\5\0", 7);
	CHECK(answer(&parts, "malformed"));
	parts.tee.len = 0;
	put_raw(&parts.tee, "\237\203\167\0", 4);
	CHECK(answer(&parts, "malformed"));
	parts.tee.len = 0;
	put_raw(&parts.tee, "\277\277\377\377\377\377\167\2\5\0", 10);
	CHECK(answer(&parts, "malformed"));
	return true;
}

/* Lengths of BER: longer than needed, or indefinite, in every place. */
static bool test_lengths(void)
{
	struct put der, longer;
	size_t i;

	assemble(&(struct parts){ HEAD_300 }, &der);
	CHECK(parses(&der, NULL) && der.len == 24 && der.bytes[1] == 22);
	longer.len = 0;
	put_raw(&longer, "\60\201\26", 3);
	put_raw(&longer, der.bytes + 2, der.len - 2);
	CHECK(!parses(&longer, NULL));
	longer.len = 0;
	put_raw(&longer, "\60\200", 2);
	put_raw(&longer, der.bytes + 2, der.len - 2);
	put_raw(&longer, "\0", 2);
	CHECK(!parses(&longer, NULL));
	put_byte(&der, 0);
	CHECK(!parses(&der, NULL));
	for (i = --der.len; i--;) {
		der.len = i;
		CHECK(!parses(&der, NULL));
	}
	return true;
}

/* ---- whatever comes in ---- */

static void leaf_record(const char *name, struct put *der)
{
	struct stack_st_X509 *chain = read_chain(name);
	ASN1_OBJECT *oid = OBJ_txt2obj(ATTEST_OID, 1);
	X509 *leaf = sk_X509_value(chain, 0);
	const ASN1_OCTET_STRING *value;

	value = X509_EXTENSION_get_data(X509_get_ext(leaf, X509_get_ext_by_OBJ(leaf, oid, -1)));
	der->len = 0;
	put_raw(der, ASN1_STRING_get0_data(value), ASN1_STRING_length(value));
	ASN1_OBJECT_free(oid);
	sk_X509_pop_free(chain, X509_free);
}

/* What is taken of it is read, too, as what shows it does. */
static void read_all(const struct put *der)
{
	u8 *copy = exact(der->bytes, der->len);
	struct attest_record record;
	struct attest_fault fault;
	struct attest_app app;
	struct km_bytes name;
	u64 version;

	if (attest_parse(&record, &(struct km_bytes){ copy, der->len }, &fault) &&
	    attest_app_parse(&app, &record)) {
		while (app.packages.left && attest_app_package(&app.packages, &name, &version))
			;
		while (app.signers.left && attest_der_bytes(&app.signers, &name))
			;
	}
	attest_record_free(&record);
	free(copy);
}

static bool test_fuzz(void)
{
	unsigned long n = cases(200000);
	struct put seeds[2], der;
	unsigned int times;

	leaf_record("ec_tee.pem", &seeds[0]);
	leaf_record("rsa_tee.pem", &seeds[1]);
	CHECK(seeds[0].len == 651 && parses(&seeds[0], NULL) && parses(&seeds[1], NULL));
	while (n--) {
		der = seeds[n & 1];
		for (times = rnd() % 4 + 1; times; times--)
			der.bytes[rnd() % der.len] ^= rnd() % 2 ? 1U << rnd() % 8 : (u8)rnd();
		if (!(rnd() % 4))
			der.len = rnd() % (der.len + 1);
		read_all(&der);
		if (n % 8)
			continue;
		der.len = rnd() % 200;
		rnd_bytes(der.bytes, der.len);
		der.bytes[0] = 0x30;
		read_all(&der);
	}
	return true;
}

/* Where one bit of a certificate is changed, the chain is none, or it says the same. */
static bool test_every_byte(void)
{
	struct stack_st_X509 *chain = read_chain("ec_tee.pem");
	X509 *leaf = sk_X509_value(chain, 0), *changed;
	struct attest_result result;
	struct attest_fault fault;
	const unsigned char *p;
	unsigned char *der = NULL;
	int len = i2d_X509(leaf, &der), i;
	bool ok;

	CHECK(len > 0);
	for (i = 0; i < len; i++) {
		der[i] ^= 1 << i % 8;
		p = der;
		changed = d2i_X509(NULL, &p, len);
		if (changed) {
			sk_X509_set(chain, 0, changed);
			ok = verify(chain, WHEN, &result, &fault);
			attest_record_free(&result.record);
			X509_free(changed);
			if (ok)
				printf("# byte %d\n", i);
			CHECK(!ok);
		}
		der[i] ^= 1 << i % 8;
	}
	sk_X509_set(chain, 0, leaf);
	CHECK(verify(chain, WHEN, &result, &fault));
	attest_record_free(&result.record);
	/* The root's own end. */
	CHECK(!verify(chain, 1779640132 + 1, &result, &fault) && strstr(fault.text, "expired"));
	attest_record_free(&result.record);
	OPENSSL_free(der);
	sk_X509_pop_free(chain, X509_free);
	return true;
}

static const struct test tests[] = {
	{ "a real device: EC", test_ec },
	{ "a real device: RSA", test_rsa },
	{ "versions and levels", test_versions },
	{ "sizes of the challenge", test_challenge },
	{ "sizes of the application id", test_app_sizes },
	{ "numbers have one encoding", test_numbers },
	{ "so have sets, flags and bytes", test_others },
	{ "the root of trust, with its hash and without", test_root_of_trust },
	{ "fields are known, and in order", test_tags },
	{ "lengths have one encoding, and nothing may be missing", test_lengths },
	{ "no bit of a leaf can be changed", test_every_byte },
	{ "whatever comes in, it is an answer", test_fuzz },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
