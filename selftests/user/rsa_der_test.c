// SPDX-License-Identifier: GPL-2.0-only
/*
 * Encodings of RSA keys (kernel/rsa_der.c) against OpenSSL, and against everything that is
 * nearly one. Userspace test; whether the numbers are a key is not its matter.
 */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include "harness.h"
#include "rsa_der.h"

#define ENC_MAX		4096

/**
 * struct sample - a key as OpenSSL writes it
 * @pkcs1: RSAPrivateKey
 * @pkcs8: PrivateKeyInfo
 * @spki: SubjectPublicKeyInfo
 * @parts: its numbers, within @bytes
 */
struct sample {
	u8 pkcs1[ENC_MAX], pkcs8[ENC_MAX], spki[ENC_MAX];
	size_t pkcs1_len, pkcs8_len, spki_len;
	struct km_rsa_num parts[KM_RSA_PARTS];
	u8 bytes[KM_RSA_PARTS][KM_RSA_MAX_BYTES + 3];
};

static void take_parts(EVP_PKEY *key, struct sample *s)
{
	static const char *const names[] = {
		OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_D,
		OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,
		OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2,
		OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
	};
	unsigned int i, zeros;
	BIGNUM *n;

	for (i = 0; i < KM_RSA_PARTS; i++) {
		n = NULL;
		if (!EVP_PKEY_get_bn_param(key, names[i], &n))
			abort();
		/* Zeros in front, as numbers of fixed length have them: writing drops them. */
		zeros = rnd() % 4;
		s->parts[i].len = BN_num_bytes(n) + zeros;
		BN_bn2binpad(n, s->bytes[i], s->parts[i].len);
		s->parts[i].data = s->bytes[i];
		BN_free(n);
	}
}

static void make(unsigned int bits, unsigned int e, struct sample *s)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);
	PKCS8_PRIV_KEY_INFO *info;
	EVP_PKEY *key = NULL;
	BIGNUM *exponent = BN_new();
	u8 *p = s->pkcs1;

	BN_set_word(exponent, e);
	if (EVP_PKEY_keygen_init(ctx) <= 0 || EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, bits) <= 0 ||
	    EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, exponent) <= 0 ||
	    EVP_PKEY_keygen(ctx, &key) <= 0)
		abort();
	s->pkcs1_len = i2d_PrivateKey(key, &p);
	info = EVP_PKEY2PKCS8(key);
	p = s->pkcs8;
	s->pkcs8_len = i2d_PKCS8_PRIV_KEY_INFO(info, &p);
	p = s->spki;
	s->spki_len = i2d_PUBKEY(key, &p);
	take_parts(key, s);
	PKCS8_PRIV_KEY_INFO_free(info);
	EVP_PKEY_free(key);
	EVP_PKEY_CTX_free(ctx);
	BN_free(exponent);
}

/* One key that all the tests of shapes start from. */
static const struct sample *sample(void)
{
	static struct sample s;

	if (!s.pkcs1_len)
		make(1024, 65537, &s);
	return &s;
}

/* What was read must lie within what was given, so parts are checked before it is freed. */
static int read_private(const u8 *data, size_t len, u8 *again, size_t *again_len)
{
	struct km_rsa_num parts[KM_RSA_PARTS];
	u8 *copy = exact(data, len);
	int ret = km_rsa_read_private(copy, len, parts);

	if (!ret && again)
		*again_len = km_rsa_write_private(parts, again, ENC_MAX);
	free(copy);
	return ret;
}

static int read_pkcs8(const u8 *data, size_t len, u8 *inner, size_t *inner_len)
{
	u8 *copy = exact(data, len);
	struct km_rsa_num num;
	int ret = km_rsa_read_pkcs8(copy, len, &num);

	if (!ret && inner) {
		*inner_len = num.len;
		memcpy(inner, num.data, num.len);
	}
	free(copy);
	return ret;
}

static bool same_number(const struct km_rsa_num *a, const struct km_rsa_num *b)
{
	size_t zeros = b->len - a->len, i;

	CHECK(a->len <= b->len && a->len && a->data[0]);
	for (i = 0; i < zeros; i++)
		CHECK(!b->data[i]);
	CHECK(!memcmp(a->data, b->data + zeros, a->len));
	return true;
}

static bool as_openssl(const struct sample *s)
{
	struct km_rsa_num parts[KM_RSA_PARTS];
	size_t len;
	unsigned int i;
	u8 out[ENC_MAX];

	CHECK(!km_rsa_read_private(s->pkcs1, s->pkcs1_len, parts));
	for (i = 0; i < KM_RSA_PARTS; i++)
		CHECK(same_number(&parts[i], &s->parts[i]));
	CHECK(!read_private(s->pkcs1, s->pkcs1_len, out, &len));
	CHECK(len == s->pkcs1_len && !memcmp(out, s->pkcs1, len));
	CHECK(!read_pkcs8(s->pkcs8, s->pkcs8_len, out, &len));
	CHECK(len == s->pkcs1_len && !memcmp(out, s->pkcs1, len));
	len = km_rsa_write_private(s->parts, out, sizeof(out));
	CHECK(len == s->pkcs1_len && !memcmp(out, s->pkcs1, len));
	CHECK(len <= KM_RSA_PRIVATE_MAX);
	len = km_rsa_write_spki(&s->parts[KM_RSA_N], &s->parts[KM_RSA_E], out, sizeof(out));
	CHECK(len == s->spki_len && !memcmp(out, s->spki, len));
	return true;
}

static bool keys(void)
{
	static const unsigned int sizes[] = { 512, 520, 1024, 1032, 1536, 2048, 4096 };
	static struct sample s;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		make(sizes[i], i & 1 ? 3 : 65537, &s);
		CHECK(as_openssl(&s));
	}
	return true;
}

/* Numbers as long as any that a key may have, their highest bits set. */
static bool longest(void)
{
	struct km_rsa_num parts[KM_RSA_PARTS];
	u8 ones[KM_RSA_MAX_BYTES], out[KM_RSA_PRIVATE_MAX];
	unsigned int i;

	memset(ones, 0xff, sizeof(ones));
	for (i = 0; i < KM_RSA_PARTS; i++) {
		parts[i].data = ones;
		parts[i].len = i < KM_RSA_P ? KM_RSA_MAX_BYTES : 8 * KM_RSA_PRIME_LIMBS;
	}
	parts[KM_RSA_E].len = 8;
	CHECK(km_rsa_write_private(parts, out, sizeof(out)) == sizeof(out));
	CHECK(!km_rsa_write_private(parts, out, sizeof(out) - 1));
	return true;
}

static bool cut_and_long(void)
{
	const struct sample *s = sample();
	u8 data[ENC_MAX], *room;
	size_t len;

	for (len = 0; len < s->pkcs1_len; len++)
		CHECK(read_private(s->pkcs1, len, NULL, NULL) == -EINVAL);
	for (len = 0; len < s->pkcs8_len; len++)
		CHECK(read_pkcs8(s->pkcs8, len, NULL, NULL) == -EINVAL);
	memset(data, 0, sizeof(data));
	memcpy(data, s->pkcs1, s->pkcs1_len);
	CHECK(read_private(data, s->pkcs1_len + 1, NULL, NULL) == -EINVAL);
	memcpy(data, s->pkcs8, s->pkcs8_len);
	CHECK(read_pkcs8(data, s->pkcs8_len + 1, NULL, NULL) == -EINVAL);
	for (len = 0; len < s->pkcs1_len; len++) {
		room = exact(data, len);
		CHECK(!km_rsa_write_private(s->parts, room, len));
		if (len < s->spki_len)
			CHECK(!km_rsa_write_spki(&s->parts[KM_RSA_N], &s->parts[KM_RSA_E], room,
						 len));
		free(room);
	}
	return true;
}

/**
 * struct shape - well-formed DER that is a key only if all is as in the first of them
 * @version: of RSAPrivateKey
 * @parts: numbers in it
 * @odd: which of them is odd: KM_RSA_PARTS: none
 * @how: 0 negative, 1 a zero in front, 2 no bytes, 3 another tag
 */
struct shape {
	unsigned int version, parts, odd, how;
};

static void put_number(struct km_der_out *o, const struct shape *s, unsigned int i)
{
	static const u8 odd[][2] = { { 0x80 }, { 0, 0x7f }, { 0 }, { 5 } };
	static const u8 lengths[] = { 1, 2, 0, 1 };

	if (i == s->odd)
		km_der_put(o, s->how == 3 ? KM_DER_OCTET_STRING : KM_DER_INTEGER, odd[s->how],
			   lengths[s->how]);
	else
		km_der_put_uint(o, (const u8[]){ 0x80 | i }, 1);
}

static int read_shape(const struct shape *s)
{
	const u8 version = s->version;
	u8 buf[128];
	struct km_der_out o = { .start = buf, .p = buf + sizeof(buf) };
	unsigned int i;

	for (i = s->parts; i--;)
		put_number(&o, s, i);
	km_der_put(&o, KM_DER_INTEGER, &version, 1);
	km_der_put_header(&o, KM_DER_SEQUENCE, buf + sizeof(buf));
	return read_private(o.p, buf + sizeof(buf) - o.p, NULL, NULL);
}

static bool other_shapes(void)
{
	struct shape s = { 0, 8, 8, 0 };

	CHECK(!read_shape(&s));
	/* Of more than two primes, with the list of the others or without. */
	for (s.version = 1; s.version < 128; s.version++)
		CHECK(read_shape(&s) == -EINVAL);
	s.version = 0;
	for (s.parts = 0; s.parts < 11; s.parts++)
		CHECK(read_shape(&s) == (s.parts == 8 ? 0 : -EINVAL));
	s.parts = 8;
	for (s.odd = 0; s.odd < 8; s.odd++)
		for (s.how = 0; s.how < 4; s.how++)
			CHECK(read_shape(&s) == -EINVAL);
	return true;
}

enum place { NOWHERE, ATTRIBUTES, PARAMETERS, BEHIND_ALGORITHM, BEHIND_NULL, BEHIND_KEY,
	     BEHIND_ATTRIBUTES, VERSION_1, OID_LONGER, OID_OTHER, NULL_FULL, PLACES };

static int read_info(enum place place)
{
	static const u8 oid[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x01 };
	static const u8 null[] = { 5, 0 }, full[] = { 5, 1, 0 };
	const u8 version = place == VERSION_1;
	u8 buf[128], got[128], other[sizeof(oid)];
	struct km_der_out o = { .start = buf, .p = buf + sizeof(buf) };
	const u8 *end = o.p, *field;
	size_t len = 0;
	int ret;

	memcpy(other, oid, sizeof(oid));
	other[8] += place == OID_OTHER;
	if (place == BEHIND_KEY || place == BEHIND_ATTRIBUTES)
		km_der_put_bytes(&o, null, sizeof(null));
	if (place == ATTRIBUTES || place == BEHIND_ATTRIBUTES)
		km_der_put(&o, KM_DER_CONTEXT(0), "any", 3);
	km_der_put(&o, KM_DER_OCTET_STRING, "key", 3);
	if (place == BEHIND_ALGORITHM)
		km_der_put_bytes(&o, null, sizeof(null));
	field = o.p;
	if (place == BEHIND_NULL)
		km_der_put_bytes(&o, null, sizeof(null));
	if (place == NULL_FULL)
		km_der_put_bytes(&o, full, sizeof(full));
	else if (place != PARAMETERS)
		km_der_put_bytes(&o, null, sizeof(null));
	km_der_put(&o, KM_DER_OID, other, 9 + (place == OID_LONGER));
	km_der_put_header(&o, KM_DER_SEQUENCE, field);
	km_der_put(&o, KM_DER_INTEGER, &version, 1);
	km_der_put_header(&o, KM_DER_SEQUENCE, end);
	ret = read_pkcs8(o.p, end - o.p, got, &len);
	return ret || (len == 3 && !memcmp(got, "key", 3)) ? ret : 1;
}

static bool other_infos(void)
{
	enum place place;
	int want;

	for (place = NOWHERE; place < PLACES; place++) {
		want = place <= ATTRIBUTES ? 0 :
		       place == OID_LONGER || place == OID_OTHER ? -EOPNOTSUPP : -EINVAL;
		if (read_info(place) != want)
			printf("# place %u: %d\n", place, read_info(place));
		CHECK(read_info(place) == want);
	}
	return true;
}

/* Keys of other kinds, as OpenSSL writes them. */
static bool other_keys(void)
{
	static const int kinds[] = { EVP_PKEY_ED25519, EVP_PKEY_X25519, EVP_PKEY_RSA_PSS };
	PKCS8_PRIV_KEY_INFO *info;
	EVP_PKEY_CTX *ctx;
	EVP_PKEY *key;
	u8 data[ENC_MAX], *p;
	unsigned int i;
	int len;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		ctx = EVP_PKEY_CTX_new_id(kinds[i], NULL);
		key = NULL;
		if (EVP_PKEY_keygen_init(ctx) <= 0 || EVP_PKEY_keygen(ctx, &key) <= 0)
			abort();
		info = EVP_PKEY2PKCS8(key);
		p = data;
		len = i2d_PKCS8_PRIV_KEY_INFO(info, &p);
		CHECK(read_pkcs8(data, len, NULL, NULL) == -EOPNOTSUPP);
		PKCS8_PRIV_KEY_INFO_free(info);
		EVP_PKEY_free(key);
		EVP_PKEY_CTX_free(ctx);
	}
	return true;
}

/* One encoding of each key: what parses is written again bit by bit. */
static bool pkcs1_changed(void)
{
	unsigned long n = cases(100000), good = 0, i;
	const struct sample *s = sample();
	u8 bad[ENC_MAX], again[ENC_MAX];
	size_t len;
	int j;

	for (i = 0; i < n; i++) {
		memcpy(bad, s->pkcs1, s->pkcs1_len);
		for (j = rnd() % 3; j >= 0; j--)
			bad[rnd() & 1 ? rnd() % 12 : rnd() % s->pkcs1_len] = rnd();
		if (read_private(bad, s->pkcs1_len, again, &len))
			continue;
		good++;
		CHECK(len == s->pkcs1_len && !memcmp(again, bad, len));
	}
	CHECK(n < 1000 || (good && good < n));
	return true;
}

static bool bits_flipped(void)
{
	const struct sample *s = sample();
	u8 bad[ENC_MAX], again[ENC_MAX];
	size_t bit, len, good = 0;
	int ret;

	for (bit = 0; bit < 8 * s->pkcs8_len; bit++) {
		memcpy(bad, s->pkcs8, s->pkcs8_len);
		bad[bit / 8] ^= 1 << bit % 8;
		ret = read_pkcs8(bad, s->pkcs8_len, again, &len);
		CHECK(ret == 0 || ret == -EINVAL || ret == -EOPNOTSUPP);
		/* The key stands at one place, and up to there no bit may be another. */
		CHECK(ret || (len == s->pkcs1_len && bit / 8 >= 26));
		good += !ret;
	}
	CHECK(good == 8 * s->pkcs1_len);
	return true;
}

static const struct test tests[] = {
	{ "rsa_der: keys as OpenSSL writes them", keys },
	{ "rsa_der: the longest key takes the room that is named", longest },
	{ "rsa_der: cut and extended keys are refused, short buffers too", cut_and_long },
	{ "rsa_der: well-formed RSAPrivateKeys of another shape are refused", other_shapes },
	{ "rsa_der: well-formed PrivateKeyInfos of another shape are refused", other_infos },
	{ "rsa_der: keys of other kinds are told apart", other_keys },
	{ "rsa_der: a changed RSAPrivateKey has one encoding", pkcs1_changed },
	{ "rsa_der: each bit of a PrivateKeyInfo counts", bits_flipped },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
