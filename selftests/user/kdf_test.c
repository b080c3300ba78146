// SPDX-License-Identifier: GPL-2.0-only
/*
 * HMAC-SHA256 and HKDF-SHA256 of kernel/kdf.c against RFC 4231, RFC 5869 and libcrypto.
 * Userspace test; covers what the interface offers: keys up to a block, no salt, one block.
 */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include "harness.h"
#include "kdf.h"
#include "vectors.h"

#define FILE_HMAC	"rfc4231_hmac.txt"
#define FILE_HKDF	"rfc5869_hkdf.txt"

static bool rfc4231(void)
{
	struct vector key, message, mac;
	u8 out[KM_SHA256_SIZE];
	struct km_piece piece;
	char section[16];
	unsigned int i;

	for (i = 1; i <= 4; i++) {
		snprintf(section, sizeof(section), "case-%u", i);
		key = vector(FILE_HMAC, section, "key");
		message = vector(FILE_HMAC, section, "message");
		mac = vector(FILE_HMAC, section, "mac");
		piece = vector_piece(&message);
		km_hmac_sha256(key.data, key.len, &piece, 1, out);
		CHECK(mac.len == sizeof(out) && !memcmp(out, mac.data, sizeof(out)));
	}
	return true;
}

/* A message in as many parts as may be, borders anywhere, empty parts as well. */
static unsigned int split(struct km_piece *pieces, unsigned int most, const u8 *data, size_t len)
{
	unsigned int n = 1 + rnd() % most, i;
	size_t part;

	for (i = 0; i < n; i++) {
		part = i == n - 1 ? len : rnd() % (len + 1);
		pieces[i] = (struct km_piece){ data, part };
		data += part;
		len -= part;
	}
	return n;
}

static bool hmac_random(void)
{
	u8 key[KM_SHA256_BLOCK], message[600], out[KM_SHA256_SIZE], want[KM_SHA256_SIZE];
	struct km_piece pieces[KM_KDF_PIECES];
	unsigned long i, rounds = cases(20000);
	size_t key_len, len;
	unsigned int n;

	for (i = 0; i < rounds; i++) {
		key_len = rnd() % (sizeof(key) + 1);
		len = rnd() % (sizeof(message) + 1);
		rnd_bytes(key, sizeof(key));
		rnd_bytes(message, sizeof(message));
		n = split(pieces, KM_KDF_PIECES, message, len);
		km_hmac_sha256(key, key_len, pieces, n, out);
		CHECK(HMAC(EVP_sha256(), key, key_len, message, len, want, NULL));
		CHECK(!memcmp(out, want, sizeof(out)));
	}
	return true;
}

static bool rfc5869_extract(void)
{
	struct vector ikm = vector(FILE_HKDF, "A.1", "ikm");
	struct vector salt = vector(FILE_HKDF, "A.1", "salt");
	struct vector prk = vector(FILE_HKDF, "A.1", "prk");
	struct km_piece piece = vector_piece(&ikm);
	u8 out[KM_SHA256_SIZE];

	/* Extract is HMAC with the salt as its key; the interface has none but the absent. */
	km_hmac_sha256(salt.data, salt.len, &piece, 1, out);
	CHECK(prk.len == sizeof(out) && !memcmp(out, prk.data, sizeof(out)));
	ikm = vector(FILE_HKDF, "A.3", "ikm");
	prk = vector(FILE_HKDF, "A.3", "prk");
	km_hkdf_extract(ikm.data, ikm.len, out);
	CHECK(prk.len == sizeof(out) && !memcmp(out, prk.data, sizeof(out)));
	return true;
}

static bool rfc5869_expand(void)
{
	static const char * const sections[] = { "A.1", "A.2", "A.3" };
	struct vector prk, info, okm;
	u8 out[KM_SHA256_SIZE + 1];
	struct km_piece pieces[KM_KDF_PIECES - 1];
	unsigned int i, n;
	size_t len;

	for (i = 0; i < ARRAY_SIZE(sections); i++) {
		prk = vector(FILE_HKDF, sections[i], "prk");
		info = vector(FILE_HKDF, sections[i], "info");
		okm = vector(FILE_HKDF, sections[i], "okm");
		CHECK(prk.len == KM_SHA256_SIZE && okm.len > KM_SHA256_SIZE);
		for (len = 0; len <= KM_SHA256_SIZE; len++) {
			n = split(pieces, ARRAY_SIZE(pieces), info.data, info.len);
			memset(out, 0xaa, sizeof(out));
			km_hkdf_expand(prk.data, pieces, n, out, len);
			CHECK(!memcmp(out, okm.data, len) && out[len] == 0xaa);
		}
	}
	return true;
}

static bool libcrypto_hkdf(const u8 *ikm, size_t ikm_len, const struct km_piece *info, u8 *out,
			   size_t len)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
	bool ok;

	ok = ctx && EVP_PKEY_derive_init(ctx) > 0 &&
	     EVP_PKEY_CTX_set_hkdf_md(ctx, EVP_sha256()) > 0 &&
	     EVP_PKEY_CTX_set1_hkdf_key(ctx, ikm, ikm_len) > 0 &&
	     (!info->len || EVP_PKEY_CTX_add1_hkdf_info(ctx, info->data, info->len) > 0) &&
	     EVP_PKEY_derive(ctx, out, &len) > 0;
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

static bool hkdf_random(void)
{
	u8 ikm[100], info[600], prk[KM_SHA256_SIZE], out[KM_SHA256_SIZE], want[KM_SHA256_SIZE];
	struct km_piece pieces[KM_KDF_PIECES - 1], whole = { info, 0 };
	unsigned long i, rounds = cases(2000);
	size_t ikm_len, len;
	unsigned int n;

	for (i = 0; i < rounds; i++) {
		ikm_len = 1 + rnd() % sizeof(ikm);
		whole.len = rnd() % (sizeof(info) + 1);
		len = 1 + rnd() % sizeof(out);
		rnd_bytes(ikm, sizeof(ikm));
		rnd_bytes(info, sizeof(info));
		n = split(pieces, ARRAY_SIZE(pieces), info, whole.len);
		km_hkdf_extract(ikm, ikm_len, prk);
		km_hkdf_expand(prk, pieces, n, out, len);
		CHECK(libcrypto_hkdf(ikm, ikm_len, &whole, want, len));
		CHECK(!memcmp(out, want, len));
	}
	return true;
}

static const struct test tests[] = {
	{ "kdf: HMAC-SHA256 of RFC 4231", rfc4231 },
	{ "kdf: HMAC-SHA256 in random parts as libcrypto's", hmac_random },
	{ "kdf: HKDF-Extract of RFC 5869", rfc5869_extract },
	{ "kdf: HKDF-Expand of RFC 5869, each length up to a block", rfc5869_expand },
	{ "kdf: HKDF in random parts as libcrypto's", hkdf_random },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
