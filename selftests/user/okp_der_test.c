// SPDX-License-Identifier: GPL-2.0-only
/*
 * Encodings of kernel/okp_der.c against libcrypto: each key has the encodings of RFC 8410 and
 * no other is read. Userspace test, for the sanitizers: buffers have no byte to spare.
 */
#include <openssl/evp.h>
#include <openssl/x509.h>
#include "der.h"
#include "harness.h"
#include "okp_der.h"

#define ENC_MAX		256

static const int types[] = {
	[KM_OKP_ED25519] = EVP_PKEY_ED25519, [KM_OKP_X25519] = EVP_PKEY_X25519,
};

static int read_pkcs8(const u8 *data, size_t len, struct km_okp_private *key)
{
	u8 *copy = exact(data, len);
	int ret = km_okp_read_pkcs8(copy, len, key);

	free(copy);
	return ret;
}

static int read_spki(const u8 *data, size_t len, enum km_okp_kind kind, u8 *pub)
{
	u8 *copy = exact(data, len);
	int ret = km_okp_read_spki(copy, len, kind, pub);

	free(copy);
	return ret;
}

static size_t libcrypto_pkcs8(EVP_PKEY *key, u8 *out)
{
	PKCS8_PRIV_KEY_INFO *p8 = EVP_PKEY2PKCS8(key);
	int len = i2d_PKCS8_PRIV_KEY_INFO(p8, &out);

	PKCS8_PRIV_KEY_INFO_free(p8);
	return len;
}

static bool as_libcrypto(void)
{
	unsigned long i, n = cases(20000);
	u8 secret[32], pub[32], want[ENC_MAX], out[ENC_MAX];
	enum km_okp_kind kind;
	struct km_okp_private got;
	EVP_PKEY *key;
	size_t len;

	for (i = 0; i < n; i++) {
		u8 *p = want;

		kind = i & 1;
		rnd_bytes(secret, 32);
		key = EVP_PKEY_new_raw_private_key(types[kind], NULL, secret, 32);
		len = 32;
		EVP_PKEY_get_raw_public_key(key, pub, &len);

		CHECK(libcrypto_pkcs8(key, want) == KM_OKP_PKCS8_LEN);
		CHECK(!km_okp_write_pkcs8(kind, secret, out));
		CHECK(!memcmp(out, want, KM_OKP_PKCS8_LEN));
		CHECK(!read_pkcs8(want, KM_OKP_PKCS8_LEN, &got));
		CHECK(got.kind == kind && !got.has_public && !memcmp(got.secret, secret, 32));

		p = want;
		CHECK(i2d_PUBKEY(key, &p) == KM_OKP_SPKI_LEN);
		CHECK(km_okp_write_spki(kind, pub, out, ENC_MAX) == KM_OKP_SPKI_LEN);
		CHECK(!memcmp(out, want, KM_OKP_SPKI_LEN));
		CHECK(!km_okp_write_spki(kind, pub, out, KM_OKP_SPKI_LEN - 1));
		memset(out, 0, 32);
		CHECK(!read_spki(want, KM_OKP_SPKI_LEN, kind, out) && !memcmp(out, pub, 32));
		CHECK(read_spki(want, KM_OKP_SPKI_LEN, !kind, out) == -EINVAL);
		EVP_PKEY_free(key);
	}
	return true;
}

/* RFC 8410 section 10.3: the example of version 2, with attributes and public key. */
static bool rfc8410(void)
{
	static const u8 example[] = {
		0x30, 0x72, 0x02, 0x01, 0x01, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70,
		0x04, 0x22, 0x04, 0x20, 0xd4, 0xee, 0x72, 0xdb, 0xf9, 0x13, 0x58, 0x4a,
		0xd5, 0xb6, 0xd8, 0xf1, 0xf7, 0x69, 0xf8, 0xad, 0x3a, 0xfe, 0x7c, 0x28,
		0xcb, 0xf1, 0xd4, 0xfb, 0xe0, 0x97, 0xa8, 0x8f, 0x44, 0x75, 0x58, 0x42,
		0xa0, 0x1f, 0x30, 0x1d, 0x06, 0x0a, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
		0x01, 0x09, 0x09, 0x14, 0x31, 0x0f, 0x0c, 0x0d, 0x43, 0x75, 0x72, 0x64,
		0x6c, 0x65, 0x20, 0x43, 0x68, 0x61, 0x69, 0x72, 0x73, 0x81, 0x21, 0x00,
		0x19, 0xbf, 0x44, 0x09, 0x69, 0x84, 0xcd, 0xfe, 0x85, 0x41, 0xba, 0xc1,
		0x67, 0xdc, 0x3b, 0x96, 0xc8, 0x50, 0x86, 0xaa, 0x30, 0xb6, 0xb6, 0xcb,
		0x0c, 0x5c, 0x38, 0xad, 0x70, 0x31, 0x66, 0xe1,
	};
	struct km_okp_private key;
	EVP_PKEY *pair;
	size_t len = 32;
	u8 pub[32];

	CHECK(!read_pkcs8(example, sizeof(example), &key));
	CHECK(key.kind == KM_OKP_ED25519 && key.has_public);
	CHECK(key.secret[0] == 0xd4 && key.secret[31] == 0x42);
	pair = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, key.secret, 32);
	EVP_PKEY_get_raw_public_key(pair, pub, &len);
	EVP_PKEY_free(pair);
	CHECK(!memcmp(pub, key.pub, 32));
	return true;
}

/* Other kinds are told apart from what is malformed. */
static bool other_kinds(void)
{
	static const int others[] = { EVP_PKEY_ED448, EVP_PKEY_X448 };
	u8 secret[57], enc[ENC_MAX], pub[32];
	struct km_okp_private got;
	unsigned int i, kind;
	EVP_PKEY *key;
	size_t len;

	rnd_bytes(secret, sizeof(secret));
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		u8 *p = enc;

		key = EVP_PKEY_new_raw_private_key(others[i], NULL, secret, i ? 56 : 57);
		len = libcrypto_pkcs8(key, enc);
		CHECK(read_pkcs8(enc, len, &got) == -EOPNOTSUPP);
		len = i2d_PUBKEY(key, &p);
		for (kind = 0; kind < 2; kind++)
			CHECK(read_spki(enc, len, kind, pub) == -EINVAL);
		EVP_PKEY_free(key);
	}
	return true;
}

static bool cut_and_long(void)
{
	u8 secret[32] = { 1 }, enc[KM_OKP_PKCS8_LEN + 1] = {}, pub[32];
	struct km_okp_private got;
	unsigned int kind;
	size_t len;

	for (kind = 0; kind < 2; kind++) {
		CHECK(!km_okp_write_pkcs8(kind, secret, enc));
		for (len = 0; len <= sizeof(enc); len++)
			CHECK(read_pkcs8(enc, len, &got) ==
			      (len == KM_OKP_PKCS8_LEN ? 0 : -EINVAL));
		CHECK(km_okp_write_spki(kind, secret, enc, sizeof(enc)));
		for (len = 0; len <= sizeof(enc); len++)
			CHECK(read_spki(enc, len, kind, pub) ==
			      (len == KM_OKP_SPKI_LEN ? 0 : -EINVAL));
	}
	return true;
}

/*
 * All its bytes but the key's are fixed, so any other value of any of them is refused; in
 * PKCS#8 but for the version, which may be 1 as well.
 */
static bool changed(void)
{
	u8 secret[32] = { 1 }, enc[KM_OKP_PKCS8_LEN], pub[32];
	struct km_okp_private got;
	unsigned int kind, at, v;
	int ret;

	for (kind = 0; kind < 2; kind++) {
		for (at = 0; at < 16; at++) {
			for (v = 1; v < 256; v++) {
				CHECK(!km_okp_write_pkcs8(kind, secret, enc));
				enc[at] ^= v;
				ret = read_pkcs8(enc, KM_OKP_PKCS8_LEN, &got);
				if ((at == 4 && enc[at] == 1) ||
				    (at == 11 && (enc[at] == 0x6e || enc[at] == 0x70)))
					CHECK(!ret);
				else if (at == 8) /* length of the OID: a shorter one is another */
					CHECK(ret == (enc[at] < 3 ? -EOPNOTSUPP : -EINVAL));
				else
					CHECK(ret == (at >= 9 && at < 12 ? -EOPNOTSUPP : -EINVAL));
				CHECK(km_okp_write_spki(kind, secret, enc, sizeof(enc)));
				if (at >= 12)
					continue;
				enc[at] ^= v;
				CHECK(read_spki(enc, KM_OKP_SPKI_LEN, kind, pub) == -EINVAL);
			}
		}
	}
	return true;
}

/* Well-formed, but with an element more behind one of its parts. */
static bool superfluous(void)
{
	static const struct {
		u8 at;		/* behind which byte */
		u8 longer[3];	/* where the lengths are that count it */
	} places[] = {
		{ 12, { 1, 6 } }, { 48, { 1, 13 } }, { 48, { 1, 13, 15 } }, { 5, { 1 } },
	};
	u8 secret[32] = { 1 }, enc[KM_OKP_PKCS8_LEN + 2];
	struct km_okp_private got;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		CHECK(!km_okp_write_pkcs8(i & 1, secret, enc));
		memmove(enc + places[i].at + 2, enc + places[i].at,
			KM_OKP_PKCS8_LEN - places[i].at);
		enc[places[i].at] = 5;	/* NULL */
		enc[places[i].at + 1] = 0;
		for (j = 0; j < 3; j++)
			if (places[i].longer[j])
				enc[places[i].longer[j]] += 2;
		CHECK(read_pkcs8(enc, sizeof(enc), &got) == -EINVAL);
	}
	CHECK(km_okp_write_spki(KM_OKP_X25519, secret, enc, sizeof(enc)));
	memmove(enc + 11, enc + 9, KM_OKP_SPKI_LEN - 9);
	enc[9] = 5;
	enc[10] = 0;
	enc[1] += 2;
	enc[3] += 2;
	CHECK(read_spki(enc, KM_OKP_SPKI_LEN + 2, KM_OKP_X25519, secret) == -EINVAL);
	return true;
}

/* Whatever is in it: nothing is read beyond the end, and what is read has the right kind. */
static bool garbage(void)
{
	unsigned long i, n = cases(200000), good = 0;
	u8 enc[128], secret[32], pub[32];
	struct km_okp_private got;
	int ret, j;

	rnd_bytes(secret, 32);
	for (i = 0; i < n; i++) {
		/* version 2 with public key, of which a few bytes are changed */
		struct km_der_out o = { .start = enc, .p = enc + sizeof(enc) };
		const u8 *end = o.p;
		size_t len;

		km_der_put_bytes(&o, secret, 32);
		km_der_put_bytes(&o, "", 1);
		km_der_put_header(&o, 0x81, end);
		o.p -= KM_OKP_PKCS8_LEN;
		km_okp_write_pkcs8(rnd() & 1, secret, o.p);
		o.p[1] += 35;
		o.p[4] = 1;
		len = end - o.p;
		for (j = rnd() % 3; j > 0; j--)
			o.p[rnd() & 1 ? rnd() % len : rnd() % 16] = rnd() & 1 ? rnd() : rnd() % 64;
		ret = read_pkcs8(o.p, len, &got);
		CHECK(ret == 0 || ret == -EINVAL || ret == -EOPNOTSUPP);
		good += !ret;
		CHECK(ret || !memcmp(got.secret, o.p + 16, 32));
		CHECK(ret || !got.has_public || !memcmp(got.pub, end - 32, 32));
		CHECK(read_spki(o.p, len, KM_OKP_X25519, pub) == -EINVAL);
	}
	CHECK(n < 1000 || (good && good < n));
	return true;
}

static const struct test tests[] = {
	{ "okp_der: keys as libcrypto writes them", as_libcrypto },
	{ "okp_der: the example of RFC 8410", rfc8410 },
	{ "okp_der: other kinds of keys are told apart", other_kinds },
	{ "okp_der: cut and extended keys are refused", cut_and_long },
	{ "okp_der: each byte of the structure counts", changed },
	{ "okp_der: a superfluous element is refused", superfluous },
	{ "okp_der: a changed key does no harm", garbage },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
