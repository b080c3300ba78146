// SPDX-License-Identifier: GPL-2.0-only
/*
 * Paddings of RSA (kernel/rsa_pad.c) against OpenSSL and against a plain reading of RFC 8017.
 * Userspace test. OpenSSL pads and takes off with the key; here the key is applied without
 * padding, so that both look at the same encoded messages.
 */
#include <linux/keymaster.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include "harness.h"
#include "rsa_pad.h"

static const struct {
	u32 digest;
	const char *name;
} digests[] = {
	{ KM_DIGEST_MD5, "MD5" },
	{ KM_DIGEST_SHA1, "SHA1" },
	{ KM_DIGEST_SHA_2_224, "SHA224" },
	{ KM_DIGEST_SHA_2_256, "SHA256" },
	{ KM_DIGEST_SHA_2_384, "SHA384" },
	{ KM_DIGEST_SHA_2_512, "SHA512" },
};

static const EVP_MD *md_of(u32 digest)
{
	return EVP_get_digestbyname(digests[digest - KM_DIGEST_MD5].name);
}

static int run(u32 digest, const struct km_piece *pieces, unsigned int n, u8 *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned int i;

	EVP_DigestInit_ex(ctx, md_of(digest), NULL);
	for (i = 0; i < n; i++)
		EVP_DigestUpdate(ctx, pieces[i].data, pieces[i].len);
	EVP_DigestFinal_ex(ctx, out, NULL);
	EVP_MD_CTX_free(ctx);
	return 0;
}

static struct km_rsa_hash hash_of(u32 digest)
{
	return (struct km_rsa_hash){ digest, EVP_MD_get_size(md_of(digest)), run };
}

/* --- OpenSSL's side ------------------------------------------------------------------- */

static const unsigned int sizes[] = { 1024, 1032, 1536, 2048 };
static EVP_PKEY *keys[ARRAY_SIZE(sizes)];

/* Made once: the tests are about what surrounds the numbers. */
static EVP_PKEY *key_of(unsigned int i)
{
	if (!keys[i])
		keys[i] = EVP_RSA_gen(sizes[i]);
	return keys[i];
}

/**
 * struct job - one call of OpenSSL
 * @key: the key
 * @padding: RSA_*_PADDING
 * @digest: KM_DIGEST_*, NONE: none is named
 * @mgf: of MGF1
 * @salt: length of the salt
 */
struct job {
	EVP_PKEY *key;
	int padding;
	u32 digest;
	u32 mgf;
	int salt;
};

static EVP_PKEY_CTX *begin(const struct job *j, int (*init)(EVP_PKEY_CTX *ctx))
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(j->key, NULL);

	if (init(ctx) <= 0 || EVP_PKEY_CTX_set_rsa_padding(ctx, j->padding) <= 0)
		abort();
	if (j->padding == RSA_PKCS1_OAEP_PADDING &&
	    (EVP_PKEY_CTX_set_rsa_oaep_md(ctx, md_of(j->digest)) <= 0 ||
	     EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md_of(j->mgf)) <= 0))
		abort();
	if (j->padding != RSA_PKCS1_OAEP_PADDING && j->digest &&
	    EVP_PKEY_CTX_set_signature_md(ctx, md_of(j->digest)) <= 0)
		abort();
	if (j->padding == RSA_PKCS1_PSS_PADDING &&
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, j->salt) <= 0)
		abort();
	return ctx;
}

/* @way: EVP_PKEY_sign, _encrypt or _decrypt */
static bool apply(const struct job *j, int (*init)(EVP_PKEY_CTX *ctx),
		  int (*way)(EVP_PKEY_CTX *, u8 *, size_t *, const u8 *, size_t),
		  const struct km_piece *in, u8 *out, size_t *len)
{
	EVP_PKEY_CTX *ctx = begin(j, init);
	bool ok;

	*len = KM_RSA_EM_MAX;
	ok = way(ctx, out, len, in->data, in->len) > 0;
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

static bool encrypt(const struct job *j, const struct km_piece *in, u8 *out, size_t *len)
{
	return apply(j, EVP_PKEY_encrypt_init, EVP_PKEY_encrypt, in, out, len);
}

static bool decrypt(const struct job *j, const struct km_piece *in, u8 *out, size_t *len)
{
	return apply(j, EVP_PKEY_decrypt_init, EVP_PKEY_decrypt, in, out, len);
}

static bool verify(const struct job *j, const struct km_piece *digest, const u8 *sig, size_t len)
{
	EVP_PKEY_CTX *ctx = begin(j, EVP_PKEY_verify_init);
	bool ok = EVP_PKEY_verify(ctx, sig, len, digest->data, digest->len) == 1;

	EVP_PKEY_CTX_free(ctx);
	return ok;
}

/* The numbers alone: what is in a signature or a ciphertext, and the reverse. */
static void raw(EVP_PKEY *key, bool private, u8 *data, size_t k)
{
	const struct job j = { .key = key, .padding = RSA_NO_PADDING };
	const struct km_piece in = { data, k };
	size_t len;
	u8 out[KM_RSA_EM_MAX];

	if (!(private ? decrypt : encrypt)(&j, &in, out, &len) || len != k)
		abort();
	memcpy(data, out, k);
}

/* Signed by OpenSSL, as an encoded message. */
static bool signed_em(const struct job *j, const struct km_piece *digest, u8 *em)
{
	size_t len;

	if (!apply(j, EVP_PKEY_sign_init, EVP_PKEY_sign, digest, em, &len))
		return false;
	raw(j->key, false, em, len);
	return true;
}

/* --- PKCS#1 v1.5, signatures ------------------------------------------------------------ */

static bool pkcs1_sign_one(unsigned int i, u32 digest, size_t len)
{
	const struct job j = { key_of(i), RSA_PKCS1_PADDING, digest, 0, 0 };
	size_t k = sizes[i] / 8;
	u8 data[KM_RSA_EM_MAX], want[KM_RSA_EM_MAX], *em = exact(want, k);
	const struct km_piece message = { data, len };
	const struct km_rsa_em out = { em, k };
	bool same;

	rnd_bytes(data, len);
	memset(em, 0xa5, k);
	CHECK(signed_em(&j, &message, want));
	CHECK(!km_rsa_pkcs1_sign(&out, digest, &message));
	same = !memcmp(em, want, k);
	free(em);
	CHECK(same);
	return true;
}

static bool pkcs1_sign(void)
{
	unsigned int i, d;
	size_t len;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (d = 0; d < ARRAY_SIZE(digests); d++)
			CHECK(pkcs1_sign_one(i, digests[d].digest,
					     hash_of(digests[d].digest).size));
		for (len = 0; len <= sizes[i] / 8 - 11; len += 1 + rnd() % 9)
			CHECK(pkcs1_sign_one(i, KM_DIGEST_NONE, len));
		CHECK(pkcs1_sign_one(i, KM_DIGEST_NONE, sizes[i] / 8 - 11));
	}
	return true;
}

static bool pkcs1_sign_room(void)
{
	static const u32 infos[] = { 18, 15, 19, 19, 19, 19 };
	u8 data[KM_RSA_EM_MAX] = {}, *em;
	struct km_piece message = { data, 0 };
	struct km_rsa_hash hash;
	unsigned int d;
	size_t k, need;

	for (k = 0; k < 128; k++) {
		em = exact(data, k);
		for (d = 0; d < ARRAY_SIZE(digests); d++) {
			hash = hash_of(digests[d].digest);
			need = 11 + infos[d] + hash.size;
			message.len = hash.size;
			CHECK(km_rsa_pkcs1_fits(&hash, k) == (k >= need));
			CHECK(km_rsa_pkcs1_sign(&(struct km_rsa_em){ em, k }, hash.digest, &message)
			      == (k >= need ? 0 : -EMSGSIZE));
		}
		hash = (struct km_rsa_hash){ .digest = KM_DIGEST_NONE };
		CHECK(km_rsa_pkcs1_fits(&hash, k) == (k >= 11));
		for (message.len = 0; message.len <= k; message.len++)
			CHECK(km_rsa_pkcs1_sign(&(struct km_rsa_em){ em, k }, 0, &message) ==
			      (k >= message.len + 11 ? 0 : -EMSGSIZE));
		free(em);
	}
	CHECK(km_rsa_pkcs1_sign(&(struct km_rsa_em){ data, 256 }, 7, &message) == -EINVAL);
	return true;
}

/* --- PKCS#1 v1.5, encryption ------------------------------------------------------------- */

/* Zeros come often: each must be drawn again. */
static void many_zeros(u8 *out, size_t len)
{
	while (len--)
		*out++ = rnd() % 3 ? 0 : rnd();
}

static bool pkcs1_encrypt_one(unsigned int i, size_t len)
{
	const struct job j = { key_of(i), RSA_PKCS1_PADDING, 0, 0, 0 };
	size_t k = sizes[i] / 8, n, at;
	u8 data[KM_RSA_EM_MAX], back[KM_RSA_EM_MAX], *em = exact(data, k);
	const struct km_piece message = { data, len }, cipher = { em, k };
	struct km_piece got;

	rnd_bytes(data, len);
	CHECK(!km_rsa_pkcs1_encrypt(&(struct km_rsa_em){ em, k }, &message, many_zeros));
	CHECK(!em[0] && em[1] == 2 && !em[k - len - 1] && !memcmp(em + k - len, data, len));
	for (at = 2; at < k - len - 1; at++)
		CHECK(em[at]);
	raw(j.key, false, em, k);
	CHECK(decrypt(&j, &cipher, back, &n) && n == len && !memcmp(back, data, len));
	CHECK(encrypt(&j, &message, em, &n) && n == k);
	raw(j.key, true, em, k);
	CHECK(!km_rsa_pkcs1_decrypt(&(struct km_rsa_em){ em, k }, &got));
	CHECK(got.len == len && !memcmp(got.data, data, len));
	free(em);
	return true;
}

static bool pkcs1_encrypt(void)
{
	u8 data[KM_RSA_EM_MAX] = {};
	struct km_piece message = { data, 0 };
	unsigned int i;
	size_t len, k;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		k = sizes[i] / 8;
		for (len = 0; len < k - 11; len += 1 + rnd() % 20)
			CHECK(pkcs1_encrypt_one(i, len));
		CHECK(pkcs1_encrypt_one(i, k - 11));
		for (message.len = k - 10; message.len <= k; message.len++)
			CHECK(km_rsa_pkcs1_encrypt(&(struct km_rsa_em){ data, k }, &message,
						   many_zeros) == -EMSGSIZE);
	}
	for (k = 0; k < 11; k++)
		CHECK(km_rsa_pkcs1_decrypt(&(struct km_rsa_em){ data, k }, &message) == -EMSGSIZE);
	return true;
}

/* RFC 8017 7.2.2 step 3, as it stands there. -1: a fault. */
static int plain_pkcs1(const u8 *em, size_t k)
{
	size_t at = 2;

	if (em[0] != 0 || em[1] != 2)
		return -1;
	while (at < k && em[at])
		at++;
	if (at == k || at < 2 + 8)
		return -1;
	return k - at - 1;
}

static bool pkcs1_judged(const u8 *data, size_t k)
{
	int want = plain_pkcs1(data, k);
	u8 *em = exact(data, k);
	struct km_piece got;
	int ret = km_rsa_pkcs1_decrypt(&(struct km_rsa_em){ em, k }, &got);

	CHECK(ret == (want < 0 ? -EBADMSG : 0));
	CHECK(want < 0 ? !got.len : (size_t)want == got.len);
	CHECK(want < 0 || !memcmp(got.data, data + k - want, want));
	free(em);
	return true;
}

static bool pkcs1_faults(void)
{
	static const size_t lengths[] = { 11, 12, 13, 64, 65, 127, 128, 256, 511, 512 };
	unsigned long n = cases(20000), i;
	u8 data[KM_RSA_EM_MAX];
	size_t k, at, l;
	unsigned int v;

	for (l = 0; l < ARRAY_SIZE(lengths); l++) {
		k = lengths[l];
		for (at = 0; at < k; at++)
			data[at] = 1 + rnd() % 255;
		data[0] = 0;
		data[1] = 2;
		CHECK(pkcs1_judged(data, k));
		for (at = 2; at < k; at++) {
			v = data[at];
			data[at] = 0;
			CHECK(pkcs1_judged(data, k));
			data[at] = v;
		}
		data[k - 1] = 0;
		for (v = 0; v < 256; v++) {
			data[0] = v;
			CHECK(pkcs1_judged(data, k));
			data[0] = 0;
			data[1] = v;
			CHECK(pkcs1_judged(data, k));
			data[1] = 2;
		}
	}
	for (i = 0; i < n; i++) {
		k = lengths[rnd() % ARRAY_SIZE(lengths)];
		rnd_bytes(data, k);
		data[0] = !(rnd() % 8);
		data[1] = rnd() % 8 ? 2 : rnd();
		CHECK(pkcs1_judged(data, k));
	}
	return true;
}

/* --- PSS ---------------------------------------------------------------------------------- */

static bool pss_ours(unsigned int i, const struct km_rsa_hash *hash)
{
	const struct job j = { key_of(i), RSA_PKCS1_PSS_PADDING, hash->digest, 0, hash->size };
	size_t k = sizes[i] / 8;
	u8 digest[KM_RSA_HASH_MAX], salt[KM_RSA_HASH_MAX], data[KM_RSA_EM_MAX], *em;
	const struct km_piece d = { digest, hash->size };

	rnd_bytes(digest, sizeof(digest));
	rnd_bytes(salt, sizeof(salt));
	memset(data, 0x5a, k);
	em = exact(data, k);
	CHECK(!km_rsa_pss_sign(&(struct km_rsa_em){ em, k }, hash, digest, salt));
	memcpy(data, em, k);
	raw(j.key, true, data, k);
	CHECK(verify(&j, &d, data, k));
	CHECK(!km_rsa_pss_verify(&(struct km_rsa_em){ em, k }, hash, digest));
	free(em);
	return true;
}

/* As OpenSSL signs, with salts of each length; and with one bit of anything changed. */
static bool pss_theirs(unsigned int i, const struct km_rsa_hash *hash, int salt)
{
	const struct job j = { key_of(i), RSA_PKCS1_PSS_PADDING, hash->digest, 0, salt };
	size_t k = sizes[i] / 8, bit;
	u8 digest[KM_RSA_HASH_MAX], data[KM_RSA_EM_MAX], *em = exact(data, k);
	const struct km_piece d = { digest, hash->size };
	struct km_rsa_em view = { em, k };

	rnd_bytes(digest, sizeof(digest));
	CHECK(signed_em(&j, &d, data));
	memcpy(em, data, k);
	CHECK(!km_rsa_pss_verify(&view, hash, digest));
	for (bit = rnd() % 8; bit < 8 * k; bit += 8) {
		memcpy(em, data, k);
		em[bit / 8] ^= 1 << bit % 8;
		CHECK(km_rsa_pss_verify(&view, hash, digest) == -EBADMSG);
	}
	digest[rnd() % hash->size] ^= 1 << rnd() % 8;
	memcpy(em, data, k);
	CHECK(km_rsa_pss_verify(&view, hash, digest) == -EBADMSG);
	free(em);
	return true;
}

static bool pss(void)
{
	struct km_rsa_hash hash;
	unsigned int i, d;
	int most;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (d = 0; d < ARRAY_SIZE(digests); d++) {
			hash = hash_of(digests[d].digest);
			most = sizes[i] / 8 - hash.size - 2;
			CHECK(km_rsa_pss_fits(&hash, sizes[i] / 8) == (most >= (int)hash.size));
			if (most < (int)hash.size)
				continue;
			CHECK(pss_ours(i, &hash));
			CHECK(pss_theirs(i, &hash, 0));
			CHECK(pss_theirs(i, &hash, hash.size));
			CHECK(pss_theirs(i, &hash, most));
			CHECK(pss_theirs(i, &hash, rnd() % (most + 1)));
		}
	}
	return true;
}

/* Undo the mask, change the data block, mask again: what only the last checks can see. */
static bool pss_block(const u8 *good, const struct km_rsa_hash *hash, const u8 *digest, int how)
{
	size_t k = 128, n = k - hash->size - 1, i;
	u8 em[128], mask[192], count[4] = {};
	const struct km_piece seed[] = { { em + n, hash->size }, { count, 4 } };

	memcpy(em, good, k);
	for (i = 0; i * hash->size < n; i++) {
		count[3] = i;
		run(hash->digest, seed, 2, mask + i * hash->size);
	}
	for (i = 0; i < n; i++)
		em[i] ^= mask[i];
	em[0] &= 0x7f;
	i = n - hash->size - 1;
	CHECK(em[i] == 1);
	em[i] = how == 0 ? 2 : 1;
	if (how == 1)
		em[i - 1] = 3;
	if (how == 2)
		memset(em, 0, n);
	for (i = 0; i < n; i++)
		em[i] ^= mask[i];
	em[0] &= 0x7f;
	if (how == 3)
		em[0] |= 0x80;
	if (how == 4)
		return !km_rsa_pss_verify(&(struct km_rsa_em){ em, k }, hash, digest);
	return km_rsa_pss_verify(&(struct km_rsa_em){ em, k }, hash, digest) == -EBADMSG;
}

static bool pss_faults(void)
{
	const struct km_rsa_hash hash = hash_of(KM_DIGEST_SHA_2_256);
	u8 digest[32], salt[32], em[128];
	int how;
	size_t k;
	u8 *small;

	rnd_bytes(digest, 32);
	rnd_bytes(salt, 32);
	CHECK(!km_rsa_pss_sign(&(struct km_rsa_em){ em, 128 }, &hash, digest, salt));
	for (how = 0; how <= 4; how++)
		CHECK(pss_block(em, &hash, digest, how));
	for (k = 0; k < 70; k++) {
		small = exact(em, k);
		CHECK(km_rsa_pss_sign(&(struct km_rsa_em){ small, k }, &hash, digest, salt) ==
		      (k < 66 ? -EMSGSIZE : 0));
		CHECK(km_rsa_pss_verify(&(struct km_rsa_em){ small, k }, &hash, digest) ==
		      (k < 66 ? -EBADMSG : 0));
		free(small);
	}
	return true;
}

/* --- OAEP --------------------------------------------------------------------------------- */

static bool oaep_one(unsigned int i, const struct km_rsa_oaep *oaep, size_t len)
{
	const struct job j = { key_of(i), RSA_PKCS1_OAEP_PADDING, oaep->label->digest,
			       oaep->mgf->digest, 0 };
	size_t k = sizes[i] / 8, n;
	u8 data[KM_RSA_EM_MAX], seed[KM_RSA_HASH_MAX], back[KM_RSA_EM_MAX], *em = exact(data, k);
	const struct km_piece message = { data, len }, cipher = { em, k };
	struct km_rsa_em view = { em, k };
	struct km_piece got;

	rnd_bytes(data, len);
	rnd_bytes(seed, sizeof(seed));
	CHECK(!km_rsa_oaep_encrypt(&view, oaep, &message, seed));
	raw(j.key, false, em, k);
	CHECK(decrypt(&j, &cipher, back, &n) && n == len && !memcmp(back, data, len));
	CHECK(encrypt(&j, &message, em, &n) && n == k);
	raw(j.key, true, em, k);
	CHECK(!km_rsa_oaep_decrypt(&view, oaep, &got));
	CHECK(got.len == len && !memcmp(got.data, data, len));
	free(em);
	return true;
}

static bool oaep(void)
{
	struct km_rsa_hash label, mgf;
	const struct km_rsa_oaep both = { &label, &mgf };
	unsigned int i, a, b;
	u8 data[KM_RSA_EM_MAX] = {};
	struct km_piece message = { data, 0 };
	size_t most;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		for (a = 0; a < ARRAY_SIZE(digests); a++) {
			label = hash_of(digests[a].digest);
			CHECK(km_rsa_oaep_fits(&both, sizes[i] / 8) ==
			      (sizes[i] / 8 >= 2 * label.size + 2));
			if (!km_rsa_oaep_fits(&both, sizes[i] / 8))
				continue;
			most = sizes[i] / 8 - 2 * label.size - 2;
			for (b = 0; b < ARRAY_SIZE(digests); b++) {
				mgf = hash_of(digests[b].digest);
				CHECK(oaep_one(i, &both, 0));
				CHECK(oaep_one(i, &both, most));
				CHECK(oaep_one(i, &both, rnd() % (most + 1)));
				message.len = most + 1;
				CHECK(km_rsa_oaep_encrypt(&(struct km_rsa_em){ data,
							  sizes[i] / 8 }, &both, &message, data)
				      == -EMSGSIZE);
			}
		}
	return true;
}

/* MGF1, byte by byte. */
static void plain_mgf(const struct km_rsa_hash *hash, const u8 *seed, size_t n, u8 *data,
		      size_t len)
{
	u8 count[4] = {}, mask[KM_RSA_HASH_MAX];
	const struct km_piece in[] = { { seed, n }, { count, 4 } };
	size_t i;

	for (i = 0; i < len; i++) {
		count[3] = i / hash->size;
		if (i % hash->size == 0)
			run(hash->digest, in, 2, mask);
		data[i] ^= mask[i % hash->size];
	}
}

/* A data block as it is given, masked; so every fault can be made. */
static void mask_block(const struct km_rsa_oaep *o, u8 *em, size_t k)
{
	size_t h = o->label->size;

	plain_mgf(o->mgf, em + 1, h, em + 1 + h, k - 1 - h);
	plain_mgf(o->mgf, em + 1 + h, k - 1 - h, em + 1, h);
}

/* @want: length of the message, or -1 for a fault */
static bool oaep_judged(const struct km_rsa_oaep *o, const u8 *data, size_t k, int want)
{
	u8 *em = exact(data, k);
	struct km_piece got;
	int ret;

	mask_block(o, em, k);
	ret = km_rsa_oaep_decrypt(&(struct km_rsa_em){ em, k }, o, &got);
	CHECK(ret == (want < 0 ? -EBADMSG : 0));
	CHECK(want < 0 ? !got.len : (size_t)want == got.len);
	CHECK(want < 0 || !memcmp(got.data, data + k - want, want));
	free(em);
	return true;
}

/* Everything a data block can have wrong, for one pair of digests. */
static bool oaep_faults_of(const struct km_rsa_oaep *o, size_t k)
{
	size_t h = o->label->size, at, len = k - 2 * h - 2, one;
	u8 data[KM_RSA_EM_MAX];
	unsigned int v;

	for (one = 2 * h + 1; one < k; one++) {
		rnd_bytes(data, k);
		data[0] = 0;
		o->label->run(o->label->digest, NULL, 0, data + 1 + h);
		memset(data + 1 + 2 * h, 0, one - 2 * h - 1);
		data[one] = 1;
		CHECK(oaep_judged(o, data, k, k - one - 1));
		/* The separator is another, or comes behind something else than zeros. */
		data[one] = 2 + rnd() % 254;
		CHECK(oaep_judged(o, data, k, -1));
		data[one] = 1;
		if (one > 2 * h + 1) {
			data[2 * h + 1 + rnd() % (one - 2 * h - 1)] = 2 + rnd() % 254;
			CHECK(oaep_judged(o, data, k, -1));
		}
	}
	/* No separator at all. */
	memset(data + 1 + 2 * h, 0, len + 1);
	CHECK(oaep_judged(o, data, k, -1));
	data[k - 1] = 1;
	CHECK(oaep_judged(o, data, k, 0));
	for (v = 1; v < 256; v++) {
		data[0] = v;
		CHECK(oaep_judged(o, data, k, -1));
	}
	data[0] = 0;
	for (at = 0; at < h; at++) {
		data[1 + h + at] ^= 1 << rnd() % 8;
		CHECK(oaep_judged(o, data, k, -1));
		o->label->run(o->label->digest, NULL, 0, data + 1 + h);
	}
	CHECK(oaep_judged(o, data, k, 0));
	return true;
}

static bool oaep_faults(void)
{
	static const size_t lengths[] = { 42, 43, 64, 66, 67, 128, 130, 131, 256, 512 };
	struct km_rsa_hash label, mgf = hash_of(KM_DIGEST_SHA1);
	const struct km_rsa_oaep both = { &label, &mgf };
	unsigned int l, d;
	u8 data[KM_RSA_EM_MAX] = {}, *em;
	struct km_piece got;

	for (l = 0; l < ARRAY_SIZE(lengths); l++)
		for (d = 0; d < ARRAY_SIZE(digests); d++) {
			label = hash_of(digests[d].digest);
			if (2 * label.size + 2 <= lengths[l]) {
				CHECK(oaep_faults_of(&both, lengths[l]));
				continue;
			}
			em = exact(data, lengths[l]);
			CHECK(km_rsa_oaep_decrypt(&(struct km_rsa_em){ em, lengths[l] }, &both,
						  &got) == -EMSGSIZE);
			free(em);
		}
	return true;
}

/* --- a digest that fails ------------------------------------------------------------------ */

static int calls_left;

static int failing(u32 digest, const struct km_piece *pieces, unsigned int n, u8 *out)
{
	return calls_left-- ? run(digest, pieces, n, out) : -ENOENT;
}

static bool digest_fails(void)
{
	const struct km_rsa_hash good = hash_of(KM_DIGEST_SHA_2_256);
	struct km_rsa_hash bad = good;
	const struct km_rsa_oaep o = { &bad, &bad };
	u8 em[128], salt[32] = {}, digest[32] = {};
	const struct km_rsa_em view = { em, sizeof(em) };
	struct km_piece message = { "x", 1 };
	int i;

	bad.run = failing;
	/* H and 3 blocks of the mask; the label's digest, 3 blocks and 1. */
	for (i = 0; i <= 4; i++) {
		calls_left = i;
		CHECK(km_rsa_pss_sign(&view, &bad, digest, salt) == (i < 4 ? -ENOENT : 0));
	}
	for (i = 0; i <= 4; i++) {
		CHECK(!km_rsa_pss_sign(&view, &good, digest, salt));
		calls_left = i;
		CHECK(km_rsa_pss_verify(&view, &bad, digest) == (i < 4 ? -ENOENT : 0));
	}
	for (i = 0; i <= 5; i++) {
		calls_left = i;
		CHECK(km_rsa_oaep_encrypt(&view, &o, &message, salt) == (i < 5 ? -ENOENT : 0));
	}
	for (i = 0; i <= 5; i++) {
		calls_left = 5;
		CHECK(!km_rsa_oaep_encrypt(&view, &o, &message, salt));
		calls_left = i;
		CHECK(km_rsa_oaep_decrypt(&view, &o, &message) == (i < 5 ? -ENOENT : 0));
		message = (struct km_piece){ "x", 1 };
	}
	return true;
}

static const struct test tests[] = {
	{ "rsa_pad: PKCS#1 signatures as OpenSSL makes them, each digest and none", pkcs1_sign },
	{ "rsa_pad: PKCS#1 signatures that do not fit are refused", pkcs1_sign_room },
	{ "rsa_pad: PKCS#1 encryption, from and to OpenSSL", pkcs1_encrypt },
	{ "rsa_pad: PKCS#1 encryption, every fault", pkcs1_faults },
	{ "rsa_pad: PSS, from and to OpenSSL, salts of all lengths", pss },
	{ "rsa_pad: PSS, faults of the data block", pss_faults },
	{ "rsa_pad: OAEP, from and to OpenSSL, each pair of digests", oaep },
	{ "rsa_pad: OAEP, every fault", oaep_faults },
	{ "rsa_pad: the error of a digest comes back", digest_fails },
};

int main(void)
{
	int ret = run_tests(tests, ARRAY_SIZE(tests));
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		EVP_PKEY_free(keys[i]);
	return ret;
}
