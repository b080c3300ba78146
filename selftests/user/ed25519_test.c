// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ed25519 of kernel/ed25519.c against libcrypto and the vectors of RFC 8032 section 7.1, and
 * with faults: no wrong signature leaves. Userspace test.
 */
#include <openssl/bn.h>
#include <openssl/evp.h>
#include "harness.h"
#include "prim.h"

/*
 * The hash with a fault: in one of the calls of a signature a bit of the message is not what it
 * was before. Hashes the last piece, as signing does.
 */
static struct {
	int call;	/* in which, counted from 0; -1: in none */
	bool stays;	/* and in all that come after it */
	bool fails;	/* says so, instead */
} fault = { .call = -1 };

static int faulty_sha512(const struct km_piece *pieces, unsigned int n, u8 *out)
{
	struct km_piece bad[4];
	int call = fault.call;
	u8 data[64];

	if (call >= 0)
		fault.call--;
	if (call > 0 || (call < 0 && !fault.stays))
		return km_sha512(pieces, n, out);
	if (fault.fails)
		return -EIO;
	memcpy(bad, pieces, n * sizeof(*bad));
	memcpy(data, pieces[n - 1].data, pieces[n - 1].len);
	data[0] ^= 1;
	bad[n - 1].data = data;
	return km_sha512(bad, n, out);
}

#include "ge25519.c"
#define km_sha512 faulty_sha512
#include "ed25519.c"
#undef km_sha512

static int sign(const struct km_ed25519 *key, const u8 *message, size_t len, u8 *sig)
{
	size_t cut = rnd() % (len + 1);
	const struct km_piece pieces[KM_ED25519_PIECES] = {
		{ message, cut }, { message + cut, len - cut },
	};

	return km_ed25519_sign(key, pieces, sig);
}

static int verify(const u8 *pub, const u8 *message, size_t len, const u8 *sig)
{
	size_t cut = rnd() % (len + 1);
	const struct km_piece pieces[KM_ED25519_PIECES] = {
		{ message, cut }, { message + cut, len - cut },
	};

	return km_ed25519_verify(pub, pieces, sig);
}

static void hex(u8 *out, const char *text)
{
	unsigned int i, v;

	for (i = 0; sscanf(text + 2 * i, "%2x", &v) == 1; i++)
		out[i] = v;
}

static bool rfc8032(void)
{
	static const struct {
		const char *seed, *pub, *message, *r, *s;
	} list[] = {
		{ "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
		  "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
		  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155",
		  "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
		{ "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
		  "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
		  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da",
		  "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
		{ "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
		  "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
		  "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac",
		  "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a" },
		{ "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
		  "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
		  "SHA(abc)",
		  "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589",
		  "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704" },
	};
	u8 seed[32], pub[32], message[64], want[64], sig[64];
	const struct km_piece abc = { "abc", 3 };
	struct km_ed25519 key;
	unsigned int i;
	size_t len;

	for (i = 0; i < ARRAY_SIZE(list); i++) {
		hex(seed, list[i].seed);
		hex(pub, list[i].pub);
		hex(message, list[i].message);
		len = strlen(list[i].message) / 2;
		if (!strcmp(list[i].message, "SHA(abc)")) {
			km_sha512(&abc, 1, message);
			len = 64;
		}
		hex(want, list[i].r);
		hex(want + 32, list[i].s);
		CHECK(!km_ed25519_expand(&key, seed) && !memcmp(key.pub, pub, 32));
		CHECK(!sign(&key, message, len, sig) && !memcmp(sig, want, 64));
		CHECK(!verify(pub, message, len, want));
	}
	return true;
}

/* Key and signature are functions of seed and message: ours are libcrypto's. */
static bool as_libcrypto(void)
{
	unsigned long i, n = cases(100000);
	u8 seed[32], pub[32], message[300], want[64], sig[64];
	struct km_ed25519 key;
	EVP_PKEY *theirs;
	EVP_MD_CTX *md;
	size_t len, out;

	for (i = 0; i < n; i++) {
		rnd_bytes(seed, sizeof(seed));
		len = rnd() % sizeof(message);
		rnd_bytes(message, len);
		theirs = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, 32);
		out = 32;
		EVP_PKEY_get_raw_public_key(theirs, pub, &out);
		md = EVP_MD_CTX_new();
		EVP_DigestSignInit(md, NULL, NULL, NULL, theirs);
		out = 64;
		CHECK(EVP_DigestSign(md, want, &out, message, len) == 1);
		EVP_MD_CTX_free(md);
		CHECK(!km_ed25519_expand(&key, seed) && !memcmp(key.pub, pub, 32));
		CHECK(!sign(&key, message, len, sig) && !memcmp(sig, want, 64));
		CHECK(!verify(pub, message, len, want));
		EVP_PKEY_free(theirs);
	}
	return true;
}

static bool libcrypto_verifies(const u8 *pub, const u8 *message, size_t len, const u8 *sig)
{
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, pub, 32);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	bool ok;

	EVP_DigestVerifyInit(md, NULL, NULL, NULL, key);
	ok = EVP_DigestVerify(md, sig, 64, message, len) == 1;
	EVP_MD_CTX_free(md);
	EVP_PKEY_free(key);
	return ok;
}

/* Verdicts on what was changed somewhere, or on a public key of random bytes. */
static bool changed(void)
{
	unsigned long i, n = cases(100000);
	u8 seed[32], pub[32], message[64], sig[64];
	struct km_ed25519 key;
	bool good;

	rnd_bytes(seed, sizeof(seed));
	CHECK(!km_ed25519_expand(&key, seed));
	rnd_bytes(message, sizeof(message));
	CHECK(!sign(&key, message, sizeof(message), sig));
	for (i = 0; i < n; i++) {
		u8 s[64], m[64], at = rnd() % 64, bit = 1 << rnd() % 8;
		int what = rnd() % 5;

		memcpy(pub, key.pub, 32);
		memcpy(s, sig, 64);
		memcpy(m, message, 64);
		if (what == 0)
			s[at] ^= bit;
		else if (what == 1)
			m[at] ^= bit;
		else if (what == 2)
			pub[at % 32] ^= bit;
		else if (what == 3)
			rnd_bytes(pub, 32);
		good = !verify(pub, m, 64, s);
		CHECK(good == (what == 4));
		CHECK(good == libcrypto_verifies(pub, m, 64, s));
	}
	return true;
}

/* a + b * order, little-endian; false if that does not fit */
static bool add_order(u8 *a, unsigned int b)
{
	BIGNUM *x = BN_lebin2bn(a, 32, NULL), *l = BN_lebin2bn((const u8 *)order, 32, NULL);
	int ret;

	BN_mul_word(l, b);
	BN_add(x, x, l);
	ret = BN_bn2lebinpad(x, a, 32);
	BN_free(x);
	BN_free(l);
	return ret == 32;
}

static bool big_s(void)
{
	u8 seed[32], message[3] = { 1, 2, 3 }, sig[64], bad[64];
	struct km_ed25519 key;
	unsigned int i, b;

	for (i = 0; i < 100; i++) {
		rnd_bytes(seed, sizeof(seed));
		CHECK(!km_ed25519_expand(&key, seed) && !sign(&key, message, 3, sig));
		for (b = 1; b < 15; b++) {
			memcpy(bad, sig, sizeof(bad));
			CHECK(add_order(bad + 32, b));
			CHECK(verify(key.pub, message, 3, bad) == -EBADMSG);
		}
	}
	return true;
}

/*
 * With the neutral point as public key and as R, and 0 as S, the equation holds for every
 * message: what is refused is refused for its encoding alone.
 */
static bool encodings(void)
{
	static const char *const pubs[] = {
		/* y = 1 with the sign of x = 0; p + 1; the same with a sign; y = -1 with one */
		"0100000000000000000000000000000000000000000000000000000000000080",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		/* no point has y = 2 */
		"0200000000000000000000000000000000000000000000000000000000000000",
	};
	u8 one_point[32] = { 1 }, sig[64] = { 1 }, pub[32];
	struct km_ge point;
	unsigned int i;

	CHECK(!verify(one_point, one_point, 20, sig));
	for (i = 0; i < ARRAY_SIZE(pubs); i++) {
		hex(pub, pubs[i]);
		CHECK(km_ge_from_bytes(&point, pub) == -EINVAL);
		CHECK(verify(pub, one_point, 20, sig) == -EBADMSG);
		hex(sig, pubs[i]);
		CHECK(verify(one_point, one_point, 20, sig) == -EBADMSG);
		memcpy(sig, one_point, 32);
	}
	/* p to 2^255 - 1, which stand for 0 to 18 */
	memset(pub, 0xff, 32);
	pub[31] = 0x7f;
	for (i = 0xed; i <= 0xff; i++) {
		pub[0] = i;
		CHECK(km_ge_from_bytes(&point, pub) == -EINVAL);
	}
	return true;
}

/* Each point comes out as it went in; half of all bytes are points, as half are squares. */
static bool points(void)
{
	unsigned long i, n = cases(20000), good = 0;
	struct km_ge point, neg;
	u8 in[32], out[32];

	for (i = 0; i < n; i++) {
		rnd_bytes(in, 32);
		if (km_ge_from_bytes(&point, in))
			continue;
		good++;
		km_ge_to_bytes(out, &point);
		CHECK(!memcmp(in, out, 32));
		neg = point;
		km_ge_neg(&neg);
		km_ge_to_bytes(out, &neg);
		out[31] ^= 0x80;
		CHECK(!memcmp(in, out, 32));
	}
	CHECK(n < 1000 || (good > n * 4 / 10 && good < n * 6 / 10));
	return true;
}

/* Edges of digits and of windows, or anything. */
static void rnd_scalar(u8 *k)
{
	static const u8 bytes[] = { 0x00, 0x77, 0x88, 0x78, 0x87, 0xff, 0x01, 0x10, 0x99 };

	if (rnd() & 1)
		rnd_bytes(k, 32);
	else
		memset(k, bytes[rnd() % sizeof(bytes)], 32);
	if (rnd() & 1)
		k[rnd() % 32] = rnd();
}

/* a B by the table, b B + c B by bits, a = b + c: two ways that have little in common. */
static bool multiples(void)
{
	unsigned long i, n = cases(20000);
	u64 b[LIMBS], c[LIMBS], sum[LIMBS];
	u8 bytes[64] = {}, a[32], want[32], got[32];
	struct km_ge base, r;

	memset(bytes, 0x66, 32);
	bytes[0] = 0x58;
	CHECK(!km_ge_from_bytes(&base, bytes));
	memset(bytes + 32, 0, 32);
	for (i = 0; i < n; i++) {
		rnd_scalar(bytes);
		sc_reduce(b, bytes);
		rnd_scalar(bytes);
		sc_reduce(c, bytes);
		mont_add_n(sum, b, c, order, LIMBS);
		sc_to_bytes(a, sum);
		km_ge_mul_base(&r, a);
		km_ge_to_bytes(want, &r);
		km_ge_mul_sum(&r, b, &base, c);
		km_ge_to_bytes(got, &r);
		CHECK(!memcmp(got, want, 32));
		/* any scalar below 2^255, and the same one below the order */
		bytes[31] &= 0x7f;
		km_ge_mul_base(&r, bytes);
		km_ge_to_bytes(want, &r);
		sc_reduce(c, bytes);
		sc_to_bytes(a, c);
		km_ge_mul_base(&r, a);
		km_ge_to_bytes(got, &r);
		CHECK(!memcmp(got, want, 32));
	}
	return true;
}

static bool scalars(void)
{
	unsigned long i, n = cases(200000);
	BIGNUM *l = BN_lebin2bn((const u8 *)order, 32, NULL), *x, *y, *z;
	u64 r[LIMBS], a[LIMBS], b[LIMBS], c[LIMBS];
	BN_CTX *ctx = BN_CTX_new();
	u8 in[64], want[32], got[32];

	for (i = 0; i < n; i++) {
		rnd_bytes(in, sizeof(in));
		if (!(rnd() & 3))
			memset(in + (rnd() & 32), rnd() & 1 ? 0xff : 0, 32);
		x = BN_lebin2bn(in, 64, NULL);
		BN_nnmod(x, x, l, ctx);
		BN_bn2lebinpad(x, want, 32);
		sc_reduce(r, in);
		sc_to_bytes(got, r);
		CHECK(!memcmp(got, want, 32));
		memcpy(b, r, sizeof(b));
		rnd_bytes(in, sizeof(in));
		sc_reduce(c, in);
		sc_to_bytes(got, c);
		z = BN_lebin2bn(got, 32, NULL);
		rnd_bytes(in, 32);
		sc_from_bytes(a, in);
		y = BN_lebin2bn(in, 32, NULL);
		BN_mod_mul(y, y, x, l, ctx);
		BN_mod_add(y, y, z, l, ctx);
		BN_bn2lebinpad(y, want, 32);
		sc_mul_add(r, a, b, c);
		sc_to_bytes(got, r);
		CHECK(!memcmp(got, want, 32));
		BN_free(x);
		BN_free(y);
		BN_free(z);
	}
	BN_free(l);
	BN_CTX_free(ctx);
	return true;
}

static bool is_zero(const u8 *p, size_t len)
{
	while (len--)
		if (*p++)
			return false;
	return true;
}

/* A signature hashes four times: nonce, k, k to verify, nonce again. */
static bool faults_in_hash(void)
{
	u8 seed[32], message[32] = { 5 }, want[64], sig[64];
	const struct km_piece pieces[KM_ED25519_PIECES] = { { NULL, 0 }, { message, 32 } };
	struct km_ed25519 key;
	int call, how;

	rnd_bytes(seed, sizeof(seed));
	CHECK(!km_ed25519_expand(&key, seed) && !km_ed25519_sign(&key, pieces, want));
	for (call = 0; call < 5; call++) {
		for (how = 0; how < 3; how++) {
			int ret;

			fault.call = call;
			fault.stays = how == 1;
			fault.fails = how == 2;
			ret = km_ed25519_sign(&key, pieces, sig);
			fault.call = -1;
			fault.stays = false;
			if (call == 4)
				CHECK(!ret && !memcmp(sig, want, 64));
			/* from the first call on: that is a signature of another message */
			else if (call == 0 && how == 1)
				CHECK(!ret);
			else
				CHECK(ret == -EIO && is_zero(sig, 64));
		}
	}
	return true;
}

static bool faults_in_key(void)
{
	u8 seed[32], message[32] = { 5 }, sig[64];
	struct km_ed25519 key, bad;
	int i;

	rnd_bytes(seed, sizeof(seed));
	CHECK(!km_ed25519_expand(&key, seed));
	for (i = 0; i < 256; i++) {
		bad = key;
		bad.pub[i / 8] ^= 1 << i % 8;
		CHECK(sign(&bad, message, 32, sig) == -EIO && is_zero(sig, 64));
		bad = key;
		bad.scalar[i / 8] ^= 1 << i % 8;
		CHECK(sign(&bad, message, 32, sig) == -EIO && is_zero(sig, 64));
	}
	return true;
}

/* A bit of the table flips: no signature but the right one leaves. */
static bool faults_in_table(void)
{
	unsigned long i, n = cases(20000), failed = 0;
	u8 seed[32], message[32] = { 5 }, want[64], sig[64];
	struct km_ed25519 key;

	rnd_bytes(seed, sizeof(seed));
	CHECK(!km_ed25519_expand(&key, seed) && !sign(&key, message, 32, want));
	for (i = 0; i < n; i++) {
		u64 *word = (u64 *)table[rnd() % TAB_ROWS] + rnd() % (sizeof(**table) / 8);
		u64 bit = 1ULL << rnd() % 51;
		int ret;

		*word ^= bit;
		ret = sign(&key, message, 32, sig);
		*word ^= bit;
		failed += !!ret;
		CHECK(ret ? ret == -EIO && is_zero(sig, 64) : !memcmp(sig, want, 64));
	}
	CHECK(n < 100 || (failed && failed < n));
	return true;
}

static const struct test tests[] = {
	{ "ed25519: the vectors of RFC 8032", rfc8032 },
	{ "ed25519: scalars modulo the order", scalars },
	{ "ed25519: points and their encoding", points },
	{ "ed25519: multiples by the table and by bits", multiples },
	{ "ed25519: keys and signatures as libcrypto's", as_libcrypto },
	{ "ed25519: changed signatures, messages and keys", changed },
	{ "ed25519: S of the order and more is refused", big_s },
	{ "ed25519: a point has one encoding", encodings },
	{ "ed25519: no signature leaves when the message changes meanwhile", faults_in_hash },
	{ "ed25519: no signature leaves of a changed key", faults_in_key },
	{ "ed25519: no wrong signature leaves of a changed table", faults_in_table },
};

int main(void)
{
	int ret;

	if (km_ed25519_init()) {
		printf("Bail out! km_ed25519_init\n");
		return 1;
	}
	ret = run_tests(tests, ARRAY_SIZE(tests));
	km_ed25519_exit();
	return ret;
}
