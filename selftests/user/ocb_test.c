// SPDX-License-Identifier: GPL-2.0-only
/*
 * AES-OCB of kernel/ocb.c against RFC 7253 and libcrypto, and every way to fail.
 * Userspace test; the AES block comes from prim_user.c.
 */
#include <openssl/evp.h>
#include "harness.h"
#include "ocb.h"
#include "vectors.h"

#define FILE_OCB	"rfc7253_ocb.txt"
#define LEN_MAX		500

static bool one_sample(unsigned int number)
{
	char section[16];
	struct vector key, nonce, aad, plain, sealed;
	u8 out[LEN_MAX], tag[KM_OCB_TAG];
	struct km_ocb ocb;
	struct km_piece in;

	snprintf(section, sizeof(section), "sample-%u", number);
	key = vector(FILE_OCB, section, "key");
	nonce = vector(FILE_OCB, section, "nonce");
	aad = vector(FILE_OCB, section, "aad");
	plain = vector(FILE_OCB, section, "plain");
	sealed = vector(FILE_OCB, section, "sealed");
	ocb = (struct km_ocb){ vector_piece(&key), nonce.data, vector_piece(&aad) };
	in = vector_piece(&plain);
	CHECK(nonce.len == KM_OCB_NONCE && sealed.len == plain.len + KM_OCB_TAG);
	CHECK(!km_ocb_seal(&ocb, &in, out, tag));
	CHECK(!memcmp(out, sealed.data, plain.len));
	CHECK(!memcmp(tag, sealed.data + plain.len, KM_OCB_TAG));
	in = (struct km_piece){ sealed.data, plain.len };
	memset(out, 0xaa, sizeof(out));
	CHECK(!km_ocb_open(&ocb, &in, sealed.data + plain.len, out));
	CHECK(!memcmp(out, plain.data, plain.len));
	return true;
}

static bool samples(void)
{
	unsigned int i;

	for (i = 1; i <= 6; i++)
		CHECK(one_sample(i));
	return true;
}

/* Appendix A: 384 messages of 0 to 127 zero bytes; C holds all that was made of them. */
static bool lengths_of(unsigned int bits)
{
	static const u8 zero[128];
	static u8 c[3 * 128 * (128 + KM_OCB_TAG)];
	u8 key[32] = {}, nonce[KM_OCB_NONCE] = {}, tag[KM_OCB_TAG];
	struct km_ocb ocb = { .key = { key, bits / 8 }, .nonce = nonce };
	struct km_piece aad[3], in[3], none = { zero, 0 };
	size_t at = 0;
	char section[16];
	struct vector want;
	unsigned int i, j;

	key[bits / 8 - 1] = KM_OCB_TAG * 8;
	for (i = 0; i < 128; i++) {
		for (j = 0; j < 3; j++) {
			aad[j] = (struct km_piece){ zero, j == 1 ? 0 : i };
			in[j] = (struct km_piece){ zero, j == 2 ? 0 : i };
		}
		for (j = 0; j < 3; j++) {
			put_unaligned_be32(3 * i + 1 + j, nonce + 8);
			ocb.aad = aad[j];
			CHECK(!km_ocb_seal(&ocb, &in[j], c + at, c + at + in[j].len));
			at += in[j].len + KM_OCB_TAG;
		}
	}
	CHECK(at == 22400);
	put_unaligned_be32(385, nonce + 8);
	ocb.aad = (struct km_piece){ c, at };
	CHECK(!km_ocb_seal(&ocb, &none, NULL, tag));
	snprintf(section, sizeof(section), "lengths-%u", bits);
	want = vector(FILE_OCB, section, "result");
	CHECK(want.len == sizeof(tag) && !memcmp(tag, want.data, sizeof(tag)));
	return true;
}

static bool lengths(void)
{
	CHECK(lengths_of(128));
	CHECK(lengths_of(192));
	CHECK(lengths_of(256));
	return true;
}

static bool libcrypto_seal(const struct km_ocb *ocb, const struct km_piece *in, u8 *out, u8 *tag)
{
	const EVP_CIPHER *cipher = ocb->key.len == 16 ? EVP_aes_128_ocb() :
				   ocb->key.len == 24 ? EVP_aes_192_ocb() : EVP_aes_256_ocb();
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0, m = 0;
	bool ok;

	ok = EVP_EncryptInit_ex(ctx, cipher, NULL, NULL, NULL) &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, KM_OCB_NONCE, NULL) &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, KM_OCB_TAG, NULL) &&
	     EVP_EncryptInit_ex(ctx, NULL, NULL, ocb->key.data, ocb->nonce) &&
	     (!ocb->aad.len || EVP_EncryptUpdate(ctx, NULL, &n, ocb->aad.data, ocb->aad.len)) &&
	     (!in->len || EVP_EncryptUpdate(ctx, out, &m, in->data, in->len)) &&
	     EVP_EncryptFinal_ex(ctx, out + m, &n) && (size_t)(m + n) == in->len &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, KM_OCB_TAG, tag);
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

static bool one_random(void)
{
	u8 key[32], nonce[KM_OCB_NONCE], tag[KM_OCB_TAG], want_tag[KM_OCB_TAG];
	u8 plain[LEN_MAX + 1], want[LEN_MAX + 16], aad[64], *cipher, *back;
	size_t len = rnd() % (LEN_MAX + 1);
	struct km_ocb ocb = { { key, 16 + 8 * (rnd() % 3) }, nonce, { aad, rnd() % 65 } };
	struct km_piece in = { plain, len };
	bool ok;

	rnd_bytes(key, sizeof(key));
	rnd_bytes(nonce, sizeof(nonce));
	rnd_bytes(plain, sizeof(plain));
	rnd_bytes(aad, sizeof(aad));
	CHECK(libcrypto_seal(&ocb, &in, want, want_tag));
	cipher = exact(plain, len);
	back = exact(plain, len);
	ok = !km_ocb_seal(&ocb, &in, cipher, tag) && !memcmp(cipher, want, len) &&
	     !memcmp(tag, want_tag, sizeof(tag));
	in.data = cipher;
	memset(back, 0xaa, len);
	ok = ok && !km_ocb_open(&ocb, &in, tag, back) && !memcmp(back, plain, len);
	/* In place, as a caller with one buffer does it. */
	ok = ok && !km_ocb_open(&ocb, &in, tag, cipher) && !memcmp(cipher, plain, len);
	in.data = cipher;
	ok = ok && !km_ocb_seal(&ocb, &in, cipher, tag) && !memcmp(cipher, want, len);
	free(cipher);
	free(back);
	CHECK(ok);
	return true;
}

static bool against_libcrypto(void)
{
	unsigned long i, n = cases(5000);

	for (i = 0; i < n; i++)
		CHECK(one_random());
	return true;
}

/* Refused, and nothing of the plaintext is left behind. */
static bool refused(const struct km_ocb *ocb, const struct km_piece *cipher, const u8 *tag)
{
	static const u8 zero[LEN_MAX];
	u8 out[LEN_MAX];

	memset(out, 0xaa, sizeof(out));
	CHECK(km_ocb_open(ocb, cipher, tag, out) == -EBADMSG);
	CHECK(!memcmp(out, zero, cipher->len));
	CHECK(out[cipher->len] == 0xaa);
	return true;
}

static bool every_bit_of(u8 *data, size_t len, const struct km_ocb *ocb,
			 const struct km_piece *cipher, const u8 *tag)
{
	size_t bit;

	for (bit = 0; bit < 8 * len; bit++) {
		data[bit / 8] ^= 1 << bit % 8;
		CHECK(refused(ocb, cipher, tag));
		data[bit / 8] ^= 1 << bit % 8;
	}
	return true;
}

static bool damage(void)
{
	u8 key[16], nonce[KM_OCB_NONCE], aad[21], plain[53], cipher[53], tag[KM_OCB_TAG];
	struct km_ocb ocb = { { key, sizeof(key) }, nonce, { aad, sizeof(aad) } };
	struct km_piece in = { plain, sizeof(plain) };

	rnd_bytes(key, sizeof(key));
	rnd_bytes(nonce, sizeof(nonce));
	rnd_bytes(aad, sizeof(aad));
	rnd_bytes(plain, sizeof(plain));
	CHECK(!km_ocb_seal(&ocb, &in, cipher, tag));
	in.data = cipher;
	CHECK(every_bit_of(tag, sizeof(tag), &ocb, &in, tag));
	CHECK(every_bit_of(cipher, sizeof(cipher), &ocb, &in, tag));
	CHECK(every_bit_of(nonce, sizeof(nonce), &ocb, &in, tag));
	CHECK(every_bit_of(aad, sizeof(aad), &ocb, &in, tag));
	CHECK(every_bit_of(key, sizeof(key), &ocb, &in, tag));
	for (in.len = 0; in.len < sizeof(cipher); in.len++)
		CHECK(refused(&ocb, &in, tag));
	return true;
}

static bool key_lengths(void)
{
	u8 key[33] = {}, nonce[KM_OCB_NONCE] = {}, text[4] = {}, tag[KM_OCB_TAG] = {};
	struct km_ocb ocb = { { key, 0 }, nonce, { NULL, 0 } };
	struct km_piece in = { text, sizeof(text) };
	bool good;

	for (; ocb.key.len <= sizeof(key); ocb.key.len++) {
		good = ocb.key.len == 16 || ocb.key.len == 24 || ocb.key.len == 32;
		CHECK(km_ocb_seal(&ocb, &in, text, tag) == (good ? 0 : -EINVAL));
		tag[0] ^= 1;
		CHECK(km_ocb_open(&ocb, &in, tag, text) == (good ? -EBADMSG : -EINVAL));
	}
	return true;
}

static const struct test tests[] = {
	{ "ocb: the samples of RFC 7253", samples },
	{ "ocb: RFC 7253's test over many lengths, all key sizes", lengths },
	{ "ocb: random messages as libcrypto seals them, and back", against_libcrypto },
	{ "ocb: each bit of tag, message, nonce, key and additional data counts", damage },
	{ "ocb: other lengths of keys are refused", key_lengths },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
