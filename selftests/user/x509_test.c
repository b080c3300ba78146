// SPDX-License-Identifier: GPL-2.0-only
/*
 * Certificates of kernel/x509.c as libcrypto reads them: dates, key usage, lengths, signatures.
 * Userspace test, for the sanitizers: buffers have no byte to spare.
 */
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include "harness.h"
#include "x509.h"

#define ROOM	70000

/* CN=a */
static const u8 name_a[] = {
	0x30, 0x0c, 0x31, 0x0a, 0x30, 0x08, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x01, 'a',
};

/* CN=b */
static const u8 name_b[] = {
	0x30, 0x0c, 0x31, 0x0a, 0x30, 0x08, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x01, 'b',
};

static const u8 one = 1;

static u8 spki[2048];
static size_t spki_len;

static struct km_x509 plain(void)
{
	return (struct km_x509){
		.alg = KM_X509_ECDSA_SHA256,
		.serial = { &one, 1 },
		.issuer = { name_a, sizeof(name_a) },
		.subject = { name_b, sizeof(name_b) },
		.not_after = KM_X509_TIME_MAX,
		.spki = { spki, spki_len },
	};
}

static EVP_PKEY *make_key(enum km_x509_alg alg)
{
	EVP_PKEY *key;
	u8 *p = spki;

	if (alg == KM_X509_RSA_SHA256)
		key = EVP_RSA_gen(2048);
	else if (alg == KM_X509_ECDSA_SHA256)
		key = EVP_EC_gen("P-256");
	else
		key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	spki_len = i2d_PUBKEY(key, &p);
	return key;
}

static size_t sign(EVP_PKEY *key, enum km_x509_alg alg, const u8 *tbs, size_t len, u8 *sig)
{
	const EVP_MD *md = alg == KM_X509_ED25519 ? NULL : EVP_sha256();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t sig_len = 512;

	if (EVP_DigestSignInit(ctx, NULL, md, NULL, key) != 1 ||
	    EVP_DigestSign(ctx, sig, &sig_len, tbs, len) != 1)
		abort();
	EVP_MD_CTX_free(ctx);
	return sig_len;
}

/* In buffers that fit; one byte less must be refused. NULL: something is wrong. */
static X509 *issue(const struct km_x509 *c, EVP_PKEY *key)
{
	u8 *tbs = malloc(ROOM), *out, *fit, sig[512] = {};
	struct km_piece signature = { sig, key ? 0 : 1 }, signed_part;
	size_t len = km_x509_write_tbs(c, tbs, ROOM), n;
	const u8 *p;
	X509 *x = NULL;

	if (!len)
		goto out;
	fit = malloc(len);
	if (km_x509_write_tbs(c, fit, len) != len || memcmp(fit, tbs, len) ||
	    km_x509_write_tbs(c, fit, len - 1))
		goto out;
	free(fit);
	if (key)
		signature.len = sign(key, c->alg, tbs, len, sig);
	signed_part = (struct km_piece){ tbs, len };
	n = len + KM_X509_SIGNED_MAX;
	out = malloc(n);
	n = km_x509_write(&signed_part, c->alg, &signature, out, n);
	p = out;
	if (n)
		x = d2i_X509(NULL, &p, n);
	if (x && p != out + n) {
		X509_free(x);
		x = NULL;
	}
	free(out);
out:
	free(tbs);
	return x;
}

static bool signatures(void)
{
	enum km_x509_alg alg;

	for (alg = 0; alg < KM_X509_ALGS; alg++) {
		EVP_PKEY *key = make_key(alg);
		struct km_x509 c = plain();
		X509 *x;

		c.alg = alg;
		x = issue(&c, key);
		CHECK(x && X509_verify(x, key) == 1 && X509_get_version(x) == 2);
		CHECK(X509_NAME_cmp(X509_get_issuer_name(x), X509_get_subject_name(x)));
		CHECK(EVP_PKEY_eq(X509_get0_pubkey(x), key) == 1);
		CHECK(X509_get_extension_flags(x) & EXFLAG_SET);
		X509_free(x);
		EVP_PKEY_free(key);
	}
	return true;
}

static bool empty_signature(void)
{
	EVP_PKEY *key = make_key(KM_X509_ECDSA_SHA256);
	const ASN1_BIT_STRING *sig;
	struct km_x509 c = plain();
	const X509_ALGOR *alg;
	X509 *x;

	c.alg = KM_X509_RSA_SHA256;
	x = issue(&c, NULL);
	CHECK(x);
	X509_get0_signature(&sig, &alg, x);
	CHECK(sig->length == 1 && sig->data[0] == 0);
	CHECK(OBJ_obj2nid(alg->algorithm) == NID_sha256WithRSAEncryption);
	X509_free(x);
	EVP_PKEY_free(key);
	return true;
}

static bool date_is(u64 time, const ASN1_TIME *got)
{
	ASN1_TIME *want = ASN1_TIME_adj(NULL, 0, time / 86400, time % 86400);
	bool same = got->type == want->type && got->length == want->length &&
		    !memcmp(got->data, want->data, want->length);

	ASN1_TIME_free(want);
	return same;
}

static bool dates(void)
{
	static const u64 edges[] = {
		0, 1, 59, 86399, 86400, 68169599, 68169600, 68255999, 68256000, 951782399,
		951782400, 951868800, 2524607999, 2524608000, 4107542399, 4107542400,
		4107628800, 13569465599, 13569465600, KM_X509_TIME_MAX,
	};
	unsigned long i, n = ARRAY_SIZE(edges) + cases(3000);
	EVP_PKEY *key = make_key(KM_X509_ECDSA_SHA256);

	for (i = 0; i < n; i++) {
		struct km_x509 c = plain();
		X509 *x;

		c.not_before = i < ARRAY_SIZE(edges) ? edges[i] : rnd() % (KM_X509_TIME_MAX + 1);
		c.not_after = KM_X509_TIME_MAX - c.not_before;
		x = issue(&c, NULL);
		CHECK(x && date_is(c.not_before, X509_get0_notBefore(x)) &&
		      date_is(c.not_after, X509_get0_notAfter(x)));
		X509_free(x);
	}
	EVP_PKEY_free(key);
	return true;
}

/* Critical, and without zeros at the end, which libcrypto would pass over. */
static bool usage_is_der(X509 *x, u8 bits)
{
	X509_EXTENSION *e = X509_get_ext(x, X509_get_ext_by_NID(x, NID_key_usage, -1));
	const ASN1_OCTET_STRING *data = X509_EXTENSION_get_data(e);

	return X509_EXTENSION_get_critical(e) && data->length == 4 && data->data[3] == bits &&
	       data->data[2] == __builtin_ctz(bits);
}

static bool usages(void)
{
	EVP_PKEY *key = make_key(KM_X509_ECDSA_SHA256);
	unsigned int usage;

	for (usage = 0; usage < 256; usage++) {
		struct km_x509 c = plain();
		u32 want = 0;
		unsigned int i;
		X509 *x;

		c.usage = usage;
		c.ca = usage & KM_X509_KEY_CERT_SIGN;
		x = issue(&c, key);
		CHECK(x);
		/* libcrypto's bits are those of the octet. */
		for (i = 0; i < 8; i++)
			want |= usage & 1 << i ? 0x80 >> i : 0;
		CHECK(X509_get_key_usage(x) == (usage ? want : UINT32_MAX));
		CHECK(!(X509_get_extension_flags(x) & EXFLAG_INVALID));
		CHECK(!(X509_get_extension_flags(x) & EXFLAG_CA) == !c.ca);
		CHECK(!usage || usage_is_der(x, want));
		X509_free(x);
	}
	EVP_PKEY_free(key);
	return true;
}

/* Lengths at which the header grows. The record is the last extension, and not critical. */
static bool records(void)
{
	static const size_t sizes[] = { 1, 125, 126, 127, 128, 129, 255, 256, 257, 4000, 65000 };
	ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.4.1.11129.2.1.17", 1);
	EVP_PKEY *key = make_key(KM_X509_ECDSA_SHA256);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		u8 *record = malloc(sizes[i]);
		struct km_x509 c = plain();
		ASN1_OCTET_STRING *data;
		X509_EXTENSION *e;
		X509 *x;
		int at;

		rnd_bytes(record, sizes[i]);
		c.record = (struct km_piece){ record, sizes[i] };
		c.usage = KM_X509_DIGITAL_SIGNATURE;
		x = issue(&c, key);
		CHECK(x);
		at = X509_get_ext_by_OBJ(x, oid, -1);
		CHECK(at == X509_get_ext_count(x) - 1);
		e = X509_get_ext(x, at);
		data = X509_EXTENSION_get_data(e);
		CHECK(!X509_EXTENSION_get_critical(e) && (size_t)data->length == sizes[i] &&
		      !memcmp(data->data, record, sizes[i]));
		X509_free(x);
		free(record);
	}
	ASN1_OBJECT_free(oid);
	EVP_PKEY_free(key);
	return true;
}

static bool serials(void)
{
	static const u8 numbers[][4] = {
		{ 0 }, { 0x7f }, { 0x80 }, { 0, 0x80, 1 }, { 0xff, 0, 0, 0 },
	};
	EVP_PKEY *key = make_key(KM_X509_ECDSA_SHA256);
	unsigned int i, len;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		for (len = 1; len <= 4; len++) {
			BIGNUM *want = BN_bin2bn(numbers[i], len, NULL), *got;
			struct km_x509 c = plain();
			X509 *x;

			c.serial = (struct km_piece){ numbers[i], len };
			x = issue(&c, key);
			CHECK(x);
			got = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), NULL);
			CHECK(!BN_cmp(want, got));
			BN_free(want);
			BN_free(got);
			X509_free(x);
		}
	}
	EVP_PKEY_free(key);
	return true;
}

static int read_cert(const u8 *data, size_t len, struct km_x509_view *view, const u8 **copy)
{
	struct km_der in = { *copy = exact(data, len), len };
	int ret = km_x509_read(&in, view);

	return ret ? ret : (int)in.len;
}

/* What is written is read; what is cut or changed never reads beyond its end. */
static bool reading(void)
{
	EVP_PKEY *key = make_key(KM_X509_ECDSA_SHA256);
	struct km_x509 c = plain();
	struct km_x509_view view;
	unsigned long i, n = cases(20000);
	u8 *der = NULL, *p;
	const u8 *copy;
	int len;
	X509 *x;

	c.usage = KM_X509_KEY_CERT_SIGN;
	x = issue(&c, key);
	CHECK(x);
	len = i2d_X509(x, &der);
	CHECK(!read_cert(der, len, &view, &copy));
	CHECK(view.subject.len == sizeof(name_b) && !memcmp(view.subject.data, name_b, 14));
	CHECK(view.spki.len == spki_len && !memcmp(view.spki.data, spki, spki_len));
	free((void *)copy);
	for (i = 0; i < (unsigned long)len; i++) {
		CHECK(read_cert(der, i, &view, &copy) == -EINVAL);
		free((void *)copy);
	}
	for (i = 0; i < n; i++) {
		p = exact(der, len);
		p[rnd() % len] = rnd();
		read_cert(p, len, &view, &copy);
		free((void *)copy);
		free(p);
	}
	OPENSSL_free(der);
	X509_free(x);
	EVP_PKEY_free(key);
	return true;
}

static bool names(void)
{
	static const u8 empty[] = { 0x30, 0 }, no_value[] = { 0x30, 4, 0x31, 2, 0x30, 0 };
	static const u8 hollow[] = { 0x30, 2, 0x31, 0 };
	u8 longer[sizeof(name_a) + 1] = {};
	unsigned int i;

	memcpy(longer, name_a, sizeof(name_a));
	CHECK(km_x509_is_name(&(struct km_piece){ name_a, sizeof(name_a) }));
	CHECK(km_x509_is_name(&(struct km_piece){ empty, sizeof(empty) }));
	CHECK(!km_x509_is_name(&(struct km_piece){ longer, sizeof(longer) }));
	CHECK(!km_x509_is_name(&(struct km_piece){ no_value, sizeof(no_value) }));
	CHECK(!km_x509_is_name(&(struct km_piece){ hollow, sizeof(hollow) }));
	for (i = 0; i < sizeof(name_a); i++) {
		u8 *cut = exact(name_a, i);

		CHECK(!km_x509_is_name(&(struct km_piece){ cut, i }));
		free(cut);
	}
	return true;
}

static const struct test tests[] = {
	{ "each signature algorithm verifies", signatures },
	{ "an empty signature is one zero byte", empty_signature },
	{ "dates are libcrypto's, on both sides of 2050", dates },
	{ "key usage and basic constraints", usages },
	{ "records of all lengths, as the last extension", records },
	{ "serial numbers", serials },
	{ "certificates are read, and no byte behind them", reading },
	{ "names", names },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
