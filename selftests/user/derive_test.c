// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel/derive.c and kernel/cmac.c against published vectors and libcrypto.
 * Userspace test; the digests that KDF1 and KDF2 borrow are libcrypto's.
 */
#include <linux/keymaster.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include "cmac.h"
#include "derive.h"
#include "harness.h"
#include "kdf.h"
#include "vectors.h"

#define FILE_KDF	"kdf.txt"
#define FILE_HKDF	"rfc5869_hkdf.txt"
#define OUT_MAX		600

static const EVP_MD *md_of(u32 digest)
{
	switch (digest) {
	case KM_DIGEST_SHA1:
		return EVP_sha1();
	case KM_DIGEST_SHA_2_256:
		return EVP_sha256();
	default:
		return EVP_sha512();
	}
}

/* How many digests to make before one fails; negative: none does. */
static int fail_after = -1;

static int run_hash(u32 digest, const struct km_piece *pieces, unsigned int n, u8 *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && fail_after-- && EVP_DigestInit_ex(ctx, md_of(digest), NULL);
	unsigned int i;

	for (i = 0; ok && i < n; i++)
		ok = EVP_DigestUpdate(ctx, pieces[i].data, pieces[i].len);
	ok = ok && EVP_DigestFinal_ex(ctx, out, NULL);
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : -EIO;
}

static const struct km_kdf_hash hashes[] = {
	{ KM_DIGEST_SHA1, 20, run_hash },
	{ KM_DIGEST_SHA_2_256, 32, run_hash },
	{ KM_DIGEST_SHA_2_512, 64, run_hash },
};

/* One of libcrypto's derivations. */
static bool libcrypto(const char *kdf, OSSL_PARAM *params, u8 *out, size_t len)
{
	EVP_KDF *alg = EVP_KDF_fetch(NULL, kdf, NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(alg);
	bool ok = ctx && EVP_KDF_derive(ctx, out, len, params) > 0;

	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(alg);
	return ok;
}

static OSSL_PARAM octets(const char *name, const struct km_piece *p)
{
	return OSSL_PARAM_construct_octet_string(name, (void *)p->data, p->len);
}

static OSSL_PARAM text(const char *name, const char *value)
{
	return OSSL_PARAM_construct_utf8_string(name, (char *)value, 0);
}

/* --- CMAC --- */

static bool cmac_published(void)
{
	static const char * const sections[] = { "cmac-128", "cmac-192", "cmac-256" };
	static const size_t lengths[] = { 0, 16, 40, 64 };
	struct vector key, message, mac;
	struct km_cmac cmac;
	u8 out[KM_AES_BLOCK];
	unsigned int i, j;
	char name[16];
	size_t cut;

	for (i = 0; i < ARRAY_SIZE(sections); i++) {
		key = vector(FILE_KDF, sections[i], "key");
		message = vector(FILE_KDF, sections[i], "message");
		CHECK(!km_cmac_setkey(&cmac, key.data, key.len));
		for (j = 0; j < ARRAY_SIZE(lengths); j++) {
			snprintf(name, sizeof(name), "mac-%zu", lengths[j]);
			mac = vector(FILE_KDF, sections[i], name);
			CHECK(mac.len == sizeof(out) && message.len >= lengths[j]);
			for (cut = 0; cut <= lengths[j]; cut++) {
				const struct km_piece pieces[] = {
					{ message.data, cut }, { NULL, 0 },
					{ message.data + cut, lengths[j] - cut },
				};

				km_cmac(&cmac, pieces, ARRAY_SIZE(pieces), out);
				CHECK(!memcmp(out, mac.data, sizeof(out)));
			}
		}
	}
	for (i = 0; i < 64; i++)
		CHECK(!km_cmac_setkey(&cmac, message.data, i) == (i == 16 || i == 24 || i == 32));
	return true;
}

/* --- HKDF --- */

static bool hkdf_published(void)
{
	static const char * const sections[] = { "A.1", "A.2", "A.3" };
	struct vector ikm, salt, info, okm;
	u8 out[OUT_MAX];
	unsigned int i;
	size_t len;

	for (i = 0; i < ARRAY_SIZE(sections); i++) {
		struct km_hkdf h;

		ikm = vector(FILE_HKDF, sections[i], "ikm");
		salt = vector(FILE_HKDF, sections[i], "salt");
		info = vector(FILE_HKDF, sections[i], "info");
		okm = vector(FILE_HKDF, sections[i], "okm");
		h = (struct km_hkdf){ vector_piece(&ikm), vector_piece(&salt),
				      vector_piece(&info) };
		CHECK(okm.len > KM_SHA256_SIZE);
		for (len = 0; len <= okm.len; len++) {
			memset(out, 0xaa, sizeof(out));
			CHECK(!km_hkdf(&h, out, len));
			CHECK(!memcmp(out, okm.data, len) && out[len] == 0xaa);
		}
	}
	return true;
}

static bool hkdf_random(void)
{
	static u8 out[255 * KM_SHA256_SIZE + 1], want[sizeof(out)];
	u8 ikm[100], salt[200], info[300];
	unsigned long i, rounds = cases(2000);
	size_t len;

	for (i = 0; i < rounds; i++) {
		struct km_hkdf h = {
			{ ikm, 1 + rnd() % sizeof(ikm) }, { salt, rnd() % sizeof(salt) },
			{ info, rnd() % sizeof(info) },
		};
		OSSL_PARAM params[] = {
			text(OSSL_KDF_PARAM_DIGEST, "SHA256"), octets(OSSL_KDF_PARAM_KEY, &h.ikm),
			octets(OSSL_KDF_PARAM_SALT, &h.salt), octets(OSSL_KDF_PARAM_INFO, &h.info),
			OSSL_PARAM_construct_end(),
		};

		rnd_bytes(ikm, sizeof(ikm));
		rnd_bytes(salt, sizeof(salt));
		rnd_bytes(info, sizeof(info));
		len = i ? 1 + rnd() % OUT_MAX : sizeof(out) - 1;
		out[len] = 0xaa;
		CHECK(!km_hkdf(&h, out, len) && out[len] == 0xaa);
		CHECK(libcrypto("HKDF", params, want, len));
		CHECK(!memcmp(out, want, len));
		CHECK(km_hkdf(&h, out, sizeof(out)) == -EINVAL);
		CHECK(km_hkdf(&h, out, (size_t)-1) == -EINVAL);
	}
	return true;
}

/* --- KDF1, KDF2 --- */

static bool kdf12_vector(const char *section, const struct km_kdf_hash *hash, u32 first, bool info)
{
	struct vector secret = vector(FILE_KDF, section, "secret");
	struct vector shared = { .len = 0 }, key = vector(FILE_KDF, section, "key");
	u8 out[OUT_MAX];
	size_t len;

	if (info)
		shared = vector(FILE_KDF, section, "info");
	for (len = 0; len <= key.len; len++) {
		size_t cut = rnd() % (secret.len + 1);
		const struct km_kdf12 k = {
			hash, first,
			{ { secret.data, cut }, { secret.data + cut, secret.len - cut } },
			vector_piece(&shared),
		};

		memset(out, 0xaa, sizeof(out));
		CHECK(!km_kdf12(&k, out, len));
		CHECK(!memcmp(out, key.data, len) && out[len] == 0xaa);
	}
	return true;
}

static bool kdf12_published(void)
{
	return kdf12_vector("kdf1", &hashes[0], 0, false) &&
	       kdf12_vector("kdf2", &hashes[0], 1, false) &&
	       kdf12_vector("x963-1-1", &hashes[0], 1, true) &&
	       kdf12_vector("x963-1-2", &hashes[0], 1, true) &&
	       kdf12_vector("x963-256-1", &hashes[1], 1, true) &&
	       kdf12_vector("x963-256-2", &hashes[1], 1, true);
}

static bool kdf12_random(void)
{
	static const char * const names[] = { "SHA1", "SHA256", "SHA512" };
	u8 secret[100], info[100], out[OUT_MAX], want[OUT_MAX];
	unsigned long i, rounds = cases(2000);

	for (i = 0; i < rounds; i++) {
		size_t whole = 1 + rnd() % sizeof(secret), len = 1 + rnd() % 400;
		const struct km_piece z = { secret, whole };
		unsigned int n = rnd() % ARRAY_SIZE(hashes);
		struct km_kdf12 k = {
			&hashes[n], 1, { { secret, whole / 2 } }, { info, rnd() % sizeof(info) },
		};
		OSSL_PARAM params[] = {
			text(OSSL_KDF_PARAM_DIGEST, names[n]), octets(OSSL_KDF_PARAM_KEY, &z),
			octets(OSSL_KDF_PARAM_INFO, &k.info), OSSL_PARAM_construct_end(),
		};

		k.secret[1] = (struct km_piece){ secret + whole / 2, whole - whole / 2 };
		rnd_bytes(secret, sizeof(secret));
		rnd_bytes(info, sizeof(info));
		CHECK(!km_kdf12(&k, out, len) && libcrypto("X963KDF", params, want, len));
		CHECK(!memcmp(out, want, len));
		/* KDF1 is KDF2 behind one block more. */
		k.first = 0;
		CHECK(!km_kdf12(&k, out, len + hashes[n].size));
		CHECK(!memcmp(out + hashes[n].size, want, len));
	}
	return true;
}

static bool kdf12_errors(void)
{
	static const u8 zero[OUT_MAX];
	struct km_kdf_hash hash = hashes[0];
	struct km_kdf12 k = { .hash = &hash, .first = 1 };
	u8 out[OUT_MAX];
	int i;

	for (i = 0; i < 4; i++) {
		memset(out, 0xaa, sizeof(out));
		fail_after = i;
		CHECK(km_kdf12(&k, out, 4 * hash.size) == -EIO);
		CHECK(!memcmp(out, zero, 4 * hash.size) && out[4 * hash.size] == 0xaa);
	}
	fail_after = -1;
	/* The counter would come round. */
	CHECK(km_kdf12(&k, out, 20 * 0xfffffffeULL) == -EINVAL);
	k.first = 0xffffffff;
	CHECK(km_kdf12(&k, out, 1) == -EINVAL);
	k.first = 1;
	hash.size = KM_KDF_HASH_MAX + 1;
	CHECK(km_kdf12(&k, out, 1) == -EINVAL);
	hash.size = 0;
	CHECK(km_kdf12(&k, out, 1) == -EINVAL);
	return true;
}

/* --- CKDF --- */

static bool ckdf_published(void)
{
	struct vector key = vector(FILE_KDF, "ckdf", "key");
	struct vector label = vector(FILE_KDF, "ckdf", "label");
	struct vector context = vector(FILE_KDF, "ckdf", "context");
	struct vector first = vector(FILE_KDF, "ckdf", "first");
	struct vector last = vector(FILE_KDF, "ckdf", "last");
	const struct km_ckdf c = {
		vector_piece(&key), vector_piece(&label), vector_piece(&context),
	};
	u8 out[501] = { [500] = 0xaa };

	CHECK(first.len == 32 && last.len == 16);
	CHECK(!km_ckdf(&c, out, 500) && out[500] == 0xaa);
	CHECK(!memcmp(out, first.data, first.len));
	CHECK(!memcmp(out + 500 - last.len, last.data, last.len));
	/* Of another length nothing is the same. */
	CHECK(!km_ckdf(&c, out, 32) && memcmp(out, first.data, 16));
	return true;
}

static bool ckdf_random(void)
{
	static const char * const names[] = { "AES-128-CBC", "AES-192-CBC", "AES-256-CBC" };
	u8 key[32], label[60], context[60], out[OUT_MAX], want[OUT_MAX];
	unsigned long i, rounds = cases(2000);
	size_t len;

	for (i = 0; i < rounds; i++) {
		unsigned int n = rnd() % 3;
		struct km_ckdf c = {
			{ key, 16 + 8 * n }, { label, 1 + rnd() % 59 }, { context, 1 + rnd() % 59 },
		};
		OSSL_PARAM params[] = {
			text(OSSL_KDF_PARAM_MODE, "counter"), text(OSSL_KDF_PARAM_MAC, "CMAC"),
			text(OSSL_KDF_PARAM_CIPHER, names[n]), octets(OSSL_KDF_PARAM_KEY, &c.key),
			octets(OSSL_KDF_PARAM_SALT, &c.label),
			octets(OSSL_KDF_PARAM_INFO, &c.context), OSSL_PARAM_construct_end(),
		};

		rnd_bytes(key, sizeof(key));
		rnd_bytes(label, sizeof(label));
		rnd_bytes(context, sizeof(context));
		len = 1 + rnd() % 400;
		out[len] = 0xaa;
		CHECK(!km_ckdf(&c, out, len) && out[len] == 0xaa);
		CHECK(libcrypto("KBKDF", params, want, len));
		CHECK(!memcmp(out, want, len));
		CHECK(km_ckdf(&c, out, 0x20000000) == -EINVAL);
		c.key.len = rnd() % 16;
		CHECK(km_ckdf(&c, out, 1) == -EINVAL);
	}
	return true;
}

static const struct test tests[] = {
	{ "derive: AES-CMAC of SP 800-38B, cut anywhere", cmac_published },
	{ "derive: HKDF-SHA256 of RFC 5869, each length", hkdf_published },
	{ "derive: HKDF-SHA256 as libcrypto's, long salts and keys", hkdf_random },
	{ "derive: KDF1 and KDF2 of ISO 18033-2, X9.63 of NIST", kdf12_published },
	{ "derive: KDF1 and KDF2 as libcrypto's", kdf12_random },
	{ "derive: KDF1 and KDF2 when they cannot", kdf12_errors },
	{ "derive: CKDF of AOSP", ckdf_published },
	{ "derive: CKDF as libcrypto's KBKDF", ckdf_random },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
