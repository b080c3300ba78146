// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel/ecies.c against the key pairs of RFC 5903 and against libcrypto.
 * Userspace test; the digests that the key derivation borrows are libcrypto's.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <linux/keymaster.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdh.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/obj_mac.h>
#include "ecies.h"
#include "harness.h"
#include "vectors.h"

#define FILE_ECIES	"ecies.txt"
#define BYTES		32
#define C0_LEN		(1 + 2 * BYTES)
#define OUT_MAX		200

static bool hash_fails;

static int run_hash(u32 digest, const struct km_piece *pieces, unsigned int n, u8 *out)
{
	const EVP_MD *md = digest == KM_DIGEST_SHA1 ? EVP_sha1() : EVP_sha256();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && !hash_fails && EVP_DigestInit_ex(ctx, md, NULL);
	unsigned int i;

	for (i = 0; ok && i < n; i++)
		ok = EVP_DigestUpdate(ctx, pieces[i].data, pieces[i].len);
	ok = ok && EVP_DigestFinal_ex(ctx, out, NULL);
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : -EIO;
}

static const struct km_kdf_hash sha1 = { KM_DIGEST_SHA1, 20, run_hash };
static const struct km_kdf_hash sha256 = { KM_DIGEST_SHA_2_256, 32, run_hash };

/* --- known answers --- */

static bool known_answer(const struct km_ecies *e, const char *name)
{
	struct vector r = vector(FILE_ECIES, "p256", "sender");
	struct vector c0_x = vector(FILE_ECIES, "p256", "sender-x");
	struct vector c0_y = vector(FILE_ECIES, "p256", "sender-y");
	struct vector d = vector(FILE_ECIES, "p256", "receiver");
	struct vector x = vector(FILE_ECIES, "p256", "receiver-x");
	struct vector y = vector(FILE_ECIES, "p256", "receiver-y");
	struct vector want = vector(FILE_ECIES, "p256", name);
	const struct km_ecies_to to = { x.data, y.data, r.data };
	u8 c0[C0_LEN + 1] = { [C0_LEN] = 0xaa }, out[OUT_MAX];
	const struct km_piece sent = { c0, C0_LEN };
	struct km_ecies_key key = { out, 0 };

	CHECK(km_ecies_c0_len(e) == C0_LEN);
	for (key.len = 0; key.len <= want.len; key.len++) {
		memset(out, 0xaa, sizeof(out));
		CHECK(!km_ecies_encrypt(e, &to, c0, &key) && c0[C0_LEN] == 0xaa);
		CHECK(c0[0] == 4 && !memcmp(c0 + 1, c0_x.data, BYTES));
		CHECK(!memcmp(c0 + 1 + BYTES, c0_y.data, BYTES));
		CHECK(!memcmp(out, want.data, key.len) && out[key.len] == 0xaa);
		memset(out, 0xaa, sizeof(out));
		CHECK(!km_ecies_decrypt(e, d.data, &sent, &key));
		CHECK(!memcmp(out, want.data, key.len) && out[key.len] == 0xaa);
	}
	return true;
}

static bool known_answers(void)
{
	const struct km_ecies kdf2 = { &km_p256, &sha256, 1, false };
	const struct km_ecies single = { &km_p256, &sha256, 1, true };
	const struct km_ecies kdf1 = { &km_p256, &sha1, 0, false };

	return known_answer(&kdf2, "kdf2-sha256") &&
	       known_answer(&single, "kdf2-sha256-single") && known_answer(&kdf1, "kdf1-sha1");
}

/* --- libcrypto --- */

/* A key pair of libcrypto's as our strings. */
static bool read_pair(EC_KEY *pair, u8 *d, u8 *x, u8 *y)
{
	BIGNUM *bx = BN_new(), *by = BN_new();
	bool ok;

	ok = BN_bn2binpad(EC_KEY_get0_private_key(pair), d, BYTES) == BYTES &&
	     EC_POINT_get_affine_coordinates(EC_KEY_get0_group(pair),
					     EC_KEY_get0_public_key(pair), bx, by, NULL) &&
	     BN_bn2binpad(bx, x, BYTES) == BYTES && BN_bn2binpad(by, y, BYTES) == BYTES;
	BN_free(bx);
	BN_free(by);
	return ok;
}

/* KDF2-SHA256 of C0 and what @pair and C0 agree on. */
static bool libcrypto_key(EC_KEY *pair, const u8 *c0, u8 *out, size_t len)
{
	const EC_GROUP *group = EC_KEY_get0_group(pair);
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "X963KDF", NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
	EC_POINT *point = EC_POINT_new(group);
	u8 z[C0_LEN + BYTES];
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, "SHA256", 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, z, sizeof(z)),
		OSSL_PARAM_construct_end(),
	};
	bool ok;

	memcpy(z, c0, C0_LEN);
	ok = EC_POINT_oct2point(group, point, c0, C0_LEN, NULL) &&
	     ECDH_compute_key(z + C0_LEN, BYTES, point, pair, NULL) == BYTES &&
	     EVP_KDF_derive(ctx, out, len, params) > 0;
	EC_POINT_free(point);
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return ok;
}

static bool random_keys(void)
{
	const struct km_ecies e = { &km_p256, &sha256, 1, false };
	u8 d[BYTES], x[BYTES], y[BYTES], r[BYTES], c0[C0_LEN], a[OUT_MAX], b[OUT_MAX], c[OUT_MAX];
	unsigned long i, rounds = cases(200);

	for (i = 0; i < rounds; i++) {
		const struct km_ecies_to to = { x, y, r };
		const struct km_piece sent = { c0, sizeof(c0) };
		struct km_ecies_key key = { a, 1 + rnd() % sizeof(a) };
		EC_KEY *pair = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);

		CHECK(EC_KEY_generate_key(pair) && read_pair(pair, d, x, y));
		rnd_bytes(r, sizeof(r));
		r[0] &= 0x7f;
		CHECK(!km_ecies_encrypt(&e, &to, c0, &key));
		CHECK(libcrypto_key(pair, c0, b, key.len) && !memcmp(a, b, key.len));
		key.data = c;
		CHECK(!km_ecies_decrypt(&e, d, &sent, &key) && !memcmp(c, b, key.len));
		EC_KEY_free(pair);
	}
	return true;
}

/* --- what is refused --- */

static bool refusals(void)
{
	struct vector d = vector(FILE_ECIES, "p256", "receiver");
	struct vector x = vector(FILE_ECIES, "p256", "receiver-x");
	struct vector y = vector(FILE_ECIES, "p256", "receiver-y");
	const struct km_ecies e = { &km_p256, &sha256, 1, false };
	u8 c0[C0_LEN + 1], out[32], scalar[BYTES] = {};
	struct km_ecies_to to = { x.data, y.data, d.data };
	struct km_ecies_key key = { out, sizeof(out) };
	struct km_piece sent = { c0, C0_LEN };
	unsigned int i;

	CHECK(!km_ecies_encrypt(&e, &to, c0, &key) && !km_ecies_decrypt(&e, d.data, &sent, &key));
	for (sent.len = 0; sent.len < C0_LEN + 2; sent.len++) {
		if (sent.len == C0_LEN)
			continue;
		CHECK(km_ecies_decrypt(&e, d.data, &sent, &key) == -EINVAL);
	}
	sent.len = C0_LEN;
	for (i = 0; i < 256; i++) {
		c0[0] = i;
		CHECK(km_ecies_decrypt(&e, d.data, &sent, &key) == (i == 4 ? 0 : -EINVAL));
	}
	c0[0] = 4;
	for (i = 8; i < 8 * C0_LEN; i++) {
		c0[i / 8] ^= 1 << i % 8;
		CHECK(km_ecies_decrypt(&e, d.data, &sent, &key) == -EBADMSG);
		c0[i / 8] ^= 1 << i % 8;
	}
	CHECK(!km_ecies_decrypt(&e, d.data, &sent, &key));
	x.data[5] ^= 1;
	CHECK(km_ecies_encrypt(&e, &to, c0, &key) == -EBADMSG);
	x.data[5] ^= 1;
	to.r = scalar;
	CHECK(km_ecies_encrypt(&e, &to, c0, &key) == -EINVAL);
	memset(scalar, 0xff, sizeof(scalar));
	CHECK(km_ecies_encrypt(&e, &to, c0, &key) == -EINVAL);
	to.r = d.data;
	hash_fails = true;
	CHECK(km_ecies_encrypt(&e, &to, c0, &key) == -EIO);
	CHECK(km_ecies_decrypt(&e, d.data, &sent, &key) == -EIO);
	hash_fails = false;
	return true;
}

static const struct test tests[] = {
	{ "ecies: the key pairs of RFC 5903, each length", known_answers },
	{ "ecies: as libcrypto's ECDH and X963KDF", random_keys },
	{ "ecies: what is refused", refusals },
};

int main(void)
{
	if (km_ec_init())
		return 1;
	return run_tests(tests, ARRAY_SIZE(tests));
}
