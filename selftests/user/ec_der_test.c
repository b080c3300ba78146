// SPDX-License-Identifier: GPL-2.0-only
/*
 * Encodings of EC keys and signatures of kernel/ec_der.c against libcrypto's.
 * Userspace test, for the sanitizers: encodings lie in buffers without a byte to spare.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/x509.h>
#include "der.h"
#include "ec_der.h"
#include "harness.h"

#define ENC_MAX	512

static const struct named {
	int nid;
	const struct km_curve *curve;
	unsigned int bytes, sec1_len;
} ours[] = {
	{ NID_secp224r1, &km_p224, 28, 106 },
	{ NID_X9_62_prime256v1, &km_p256, 32, 121 },
	{ NID_secp384r1, &km_p384, 48, 167 },
	{ NID_secp521r1, &km_p521, 66, KM_EC_SEC1_MAX },
};

/* A key pair of libcrypto's and its encodings. */
struct sample {
	struct km_ec_pair pair;
	u8 sec1[ENC_MAX], pkcs8[ENC_MAX], spki[ENC_MAX];
	size_t sec1_len, pkcs8_len, spki_len;
};

static size_t sec1_of(EC_KEY *key, unsigned int without, u8 *out)
{
	u8 *p = out;
	int len;

	EC_KEY_set_enc_flags(key, without);
	len = i2d_ECPrivateKey(key, &p);
	EC_KEY_set_enc_flags(key, 0);
	return len > 0 ? len : 0;
}

static size_t pkcs8_of(EC_KEY *key, u8 *out)
{
	EVP_PKEY *pkey = EVP_PKEY_new();
	PKCS8_PRIV_KEY_INFO *info;
	u8 *p = out;
	int len;

	EVP_PKEY_set1_EC_KEY(pkey, key);
	info = EVP_PKEY2PKCS8(pkey);
	len = i2d_PKCS8_PRIV_KEY_INFO(info, &p);
	PKCS8_PRIV_KEY_INFO_free(info);
	EVP_PKEY_free(pkey);
	return len > 0 ? len : 0;
}

static EC_KEY *make(int nid, struct sample *s)
{
	EC_KEY *key = EC_KEY_new_by_curve_name(nid);
	BIGNUM *x = BN_new(), *y = BN_new();
	unsigned int i;
	u8 *p = s->spki;

	if (!EC_KEY_generate_key(key))
		abort();
	s->sec1_len = sec1_of(key, 0, s->sec1);
	s->pkcs8_len = pkcs8_of(key, s->pkcs8);
	s->spki_len = i2d_EC_PUBKEY(key, &p);
	memset(&s->pair, 0, sizeof(s->pair));
	for (i = 0; i < ARRAY_SIZE(ours); i++) {
		if (ours[i].nid != nid)
			continue;
		EC_POINT_get_affine_coordinates(EC_KEY_get0_group(key),
						EC_KEY_get0_public_key(key), x, y, NULL);
		s->pair.curve = ours[i].curve;
		BN_bn2binpad(EC_KEY_get0_private_key(key), s->pair.d, ours[i].bytes);
		BN_bn2binpad(x, s->pair.x, ours[i].bytes);
		BN_bn2binpad(y, s->pair.y, ours[i].bytes);
	}
	BN_free(x);
	BN_free(y);
	return key;
}

static int read_sec1(const u8 *data, size_t len, struct km_ec_pair *key, bool *has_public)
{
	u8 *copy = exact(data, len);
	int ret = km_ec_read_sec1(copy, len, key, has_public);

	free(copy);
	return ret;
}

static int read_pkcs8(const u8 *data, size_t len, struct km_ec_pair *key, bool *has_public)
{
	u8 *copy = exact(data, len);
	int ret = km_ec_read_pkcs8(copy, len, key, has_public);

	free(copy);
	return ret;
}

static int read_spki(const u8 *data, size_t len, struct km_ec_pair *key)
{
	u8 *copy = exact(data, len);
	int ret = km_ec_read_spki(copy, len, key);

	free(copy);
	return ret;
}

static bool as_libcrypto(const struct named *c, const struct sample *s)
{
	u8 out[ENC_MAX];
	struct km_ec_pair got = { .curve = NULL };
	bool has_public = false;

	CHECK(s->sec1_len == c->sec1_len && s->spki_len <= KM_EC_SPKI_MAX);
	memset(out, 0xaa, sizeof(out));
	CHECK(km_ec_write_sec1(&s->pair, out, s->sec1_len) == s->sec1_len);
	CHECK(!memcmp(out, s->sec1, s->sec1_len) && out[s->sec1_len] == 0xaa);
	CHECK(km_ec_write_spki(&s->pair, out, sizeof(out)) == s->spki_len);
	CHECK(!memcmp(out, s->spki, s->spki_len));
	CHECK(!read_sec1(s->sec1, s->sec1_len, &got, &has_public) && has_public);
	CHECK(!memcmp(&got, &s->pair, sizeof(got)));
	memset(&got, 0, sizeof(got));
	CHECK(!read_pkcs8(s->pkcs8, s->pkcs8_len, &got, &has_public) && has_public);
	CHECK(!memcmp(&got, &s->pair, sizeof(got)));
	memset(&got, 0, sizeof(got));
	CHECK(!read_spki(s->spki, s->spki_len, &got) && got.curve == s->pair.curve);
	CHECK(!memcmp(got.x, s->pair.x, c->bytes) && !memcmp(got.y, s->pair.y, c->bytes));
	return true;
}

static bool keys(void)
{
	unsigned long i, n = cases(400);
	struct sample s;
	EC_KEY *key;
	bool ok;

	for (i = 0; i < n; i++) {
		key = make(ours[i % 4].nid, &s);
		ok = as_libcrypto(&ours[i % 4], &s);
		EC_KEY_free(key);
		CHECK(ok);
	}
	return true;
}

/* Without public point; SEC1 must name the curve, inside of PKCS#8 it need not. */
static bool parts_missing(void)
{
	struct km_ec_pair got;
	bool has_public = true;
	u8 out[ENC_MAX];
	struct sample s;
	EC_KEY *key = make(NID_X9_62_prime256v1, &s);
	size_t len;

	len = sec1_of(key, EC_PKEY_NO_PUBKEY, out);
	CHECK(!read_sec1(out, len, &got, &has_public) && !has_public);
	CHECK(!memcmp(got.d, s.pair.d, 32));
	len = sec1_of(key, EC_PKEY_NO_PARAMETERS, out);
	CHECK(read_sec1(out, len, &got, &has_public) == -EINVAL);
	EC_KEY_set_enc_flags(key, EC_PKEY_NO_PUBKEY);
	len = pkcs8_of(key, out);
	has_public = true;
	CHECK(!read_pkcs8(out, len, &got, &has_public) && !has_public);
	CHECK(!memcmp(got.d, s.pair.d, 32));
	EC_KEY_free(key);
	return true;
}

/* A key of libcrypto's that is not on a curve: both encodings say so. */
static bool other_kind(int id)
{
	EVP_PKEY *pkey = NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(id, NULL);
	PKCS8_PRIV_KEY_INFO *info;
	struct km_ec_pair got;
	bool has_public;
	u8 *p = NULL;
	int len;

	CHECK(EVP_PKEY_keygen_init(ctx) > 0 && EVP_PKEY_keygen(ctx, &pkey) > 0);
	info = EVP_PKEY2PKCS8(pkey);
	len = i2d_PKCS8_PRIV_KEY_INFO(info, &p);
	CHECK(read_pkcs8(p, len, &got, &has_public) == -EOPNOTSUPP);
	OPENSSL_free(p);
	p = NULL;
	len = i2d_PUBKEY(pkey, &p);
	CHECK(read_spki(p, len, &got) == -EOPNOTSUPP);
	OPENSSL_free(p);
	PKCS8_PRIV_KEY_INFO_free(info);
	EVP_PKEY_free(pkey);
	EVP_PKEY_CTX_free(ctx);
	return true;
}

static bool other_keys(void)
{
	static const int curves[] = { NID_X9_62_prime192v1, NID_secp256k1, NID_brainpoolP384r1 };
	struct km_ec_pair got;
	struct sample s;
	bool has_public;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(curves); i++) {
		EC_KEY_free(make(curves[i], &s));
		CHECK(read_sec1(s.sec1, s.sec1_len, &got, &has_public) == -EINVAL);
		CHECK(read_pkcs8(s.pkcs8, s.pkcs8_len, &got, &has_public) == -ERANGE);
		CHECK(read_spki(s.spki, s.spki_len, &got) == -ERANGE);
	}
	return other_kind(EVP_PKEY_ED25519) && other_kind(EVP_PKEY_RSA);
}

/* Other ways to write the same key: points compressed and hybrid, a curve by its numbers. */
static bool other_forms(void)
{
	struct km_ec_pair got;
	struct sample s;
	unsigned int i;
	u8 *p, out[ENC_MAX];
	EC_KEY *key;
	int len;

	for (i = 0; i < ARRAY_SIZE(ours); i++) {
		key = make(ours[i].nid, &s);
		EC_KEY_set_conv_form(key, POINT_CONVERSION_COMPRESSED);
		p = out;
		len = i2d_EC_PUBKEY(key, &p);
		CHECK(len > 0 && read_spki(out, len, &got) == -EINVAL);
		EC_KEY_set_conv_form(key, POINT_CONVERSION_HYBRID);
		p = out;
		len = i2d_EC_PUBKEY(key, &p);
		CHECK(len > 0 && read_spki(out, len, &got) == -EINVAL);
		EC_KEY_set_conv_form(key, POINT_CONVERSION_UNCOMPRESSED);
		EC_KEY_set_asn1_flag(key, OPENSSL_EC_EXPLICIT_CURVE);
		p = NULL;
		len = i2d_EC_PUBKEY(key, &p);
		CHECK(len > 0 && read_spki(p, len, &got) == -EINVAL);
		OPENSSL_free(p);
		EC_KEY_free(key);
	}
	return true;
}

static bool cut_and_long(void)
{
	struct km_ec_pair got;
	bool has_public;
	struct sample s;
	unsigned int i;
	size_t len;

	for (i = 0; i < ARRAY_SIZE(ours); i++) {
		EC_KEY_free(make(ours[i].nid, &s));
		for (len = 0; len < s.sec1_len; len++)
			CHECK(read_sec1(s.sec1, len, &got, &has_public) == -EINVAL);
		for (len = 0; len < s.pkcs8_len; len++)
			CHECK(read_pkcs8(s.pkcs8, len, &got, &has_public) == -EINVAL);
		for (len = 0; len < s.spki_len; len++)
			CHECK(read_spki(s.spki, len, &got) == -EINVAL);
		s.sec1[s.sec1_len] = 0;
		s.pkcs8[s.pkcs8_len] = 0;
		s.spki[s.spki_len] = 0;
		CHECK(read_sec1(s.sec1, s.sec1_len + 1, &got, &has_public) == -EINVAL);
		CHECK(read_pkcs8(s.pkcs8, s.pkcs8_len + 1, &got, &has_public) == -EINVAL);
		CHECK(read_spki(s.spki, s.spki_len + 1, &got) == -EINVAL);
		/* and a NULL inside, behind the point */
		s.spki[s.spki[1] & 0x80 ? 2 : 1] += 2;
		s.spki[s.spki_len] = 5;
		s.spki[s.spki_len + 1] = 0;
		CHECK(read_spki(s.spki, s.spki_len + 2, &got) == -EINVAL);
		for (len = 0; len < s.spki_len; len++)
			CHECK(!km_ec_write_spki(&s.pair, s.spki, len));
		for (len = 0; len < s.sec1_len; len++)
			CHECK(!km_ec_write_sec1(&s.pair, s.sec1, len));
	}
	return true;
}

enum place { NOWHERE, BEHIND_POINT, BEHIND_BITS, BEHIND_CURVE, BEHIND_OID, IN_ALGORITHM,
	     BEHIND_KEY, BEHIND_ATTRIBUTES, TWO_CURVES, ATTRIBUTES };

/**
 * struct shape - well-formed DER that is a key only if all is as in the first of them
 * @d: bytes of the scalar
 * @point: bytes of the point with its head
 * @junk: where a NULL more stands
 */
struct shape {
	unsigned int d, point;
	enum place junk;
};

static const struct shape shapes[] = {
	{ 32, 66, NOWHERE },
	{ 31, 66, NOWHERE }, { 33, 66, NOWHERE }, { 0, 66, NOWHERE },
	{ 32, 65, NOWHERE }, { 32, 67, NOWHERE }, { 32, 34, NOWHERE }, { 32, 0, NOWHERE },
	{ 32, 66, BEHIND_POINT }, { 32, 66, BEHIND_BITS }, { 32, 66, BEHIND_CURVE },
	{ 32, 66, BEHIND_OID },
	/* Only in PKCS#8. */
	{ 32, 66, IN_ALGORITHM }, { 32, 66, BEHIND_KEY }, { 32, 66, BEHIND_ATTRIBUTES },
	{ 32, 66, TWO_CURVES },		/* another outside than inside */
	{ 32, 66, ATTRIBUTES },
};

static void put_junk(struct km_der_out *o, const struct shape *s, enum place place)
{
	static const u8 null[] = { 5, 0 };

	if (s->junk == place)
		km_der_put_bytes(o, null, sizeof(null));
}

static void put_sec1(struct km_der_out *o, const struct shape *s)
{
	static const u8 oid[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 };
	static const u8 one = 1;
	const u8 *end = o->p, *field;
	u8 point[80] = { 0, 4 }, d[40] = { 7 };

	put_junk(o, s, BEHIND_POINT);
	field = o->p;
	put_junk(o, s, BEHIND_BITS);
	km_der_put(o, KM_DER_BIT_STRING, point, s->point);
	km_der_put_header(o, KM_DER_CONTEXT(1), field);
	put_junk(o, s, BEHIND_CURVE);
	field = o->p;
	put_junk(o, s, BEHIND_OID);
	km_der_put(o, KM_DER_OID, oid, sizeof(oid));
	km_der_put_header(o, KM_DER_CONTEXT(0), field);
	km_der_put(o, KM_DER_OCTET_STRING, d, s->d);
	km_der_put(o, KM_DER_INTEGER, &one, 1);
	km_der_put_header(o, KM_DER_SEQUENCE, end);
}

static void put_pkcs8(struct km_der_out *o, const struct shape *s)
{
	static const u8 ec[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01 };
	static const u8 p384[] = { 0x2b, 0x81, 0x04, 0x00, 0x22 };
	static const u8 curve[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 };
	static const u8 zero;
	const u8 *end = o->p, *field = o->p;

	put_junk(o, s, BEHIND_KEY);
	put_junk(o, s, BEHIND_ATTRIBUTES);
	if (s->junk == ATTRIBUTES || s->junk == BEHIND_ATTRIBUTES)
		km_der_put(o, KM_DER_CONTEXT(0), "any", 3);
	field = o->p;
	put_sec1(o, s);
	km_der_put_header(o, KM_DER_OCTET_STRING, field);
	field = o->p;
	put_junk(o, s, IN_ALGORITHM);
	if (s->junk == TWO_CURVES)
		km_der_put(o, KM_DER_OID, p384, sizeof(p384));
	else
		km_der_put(o, KM_DER_OID, curve, sizeof(curve));
	km_der_put(o, KM_DER_OID, ec, sizeof(ec));
	km_der_put_header(o, KM_DER_SEQUENCE, field);
	km_der_put(o, KM_DER_INTEGER, &zero, 1);
	km_der_put_header(o, KM_DER_SEQUENCE, end);
}

static bool other_shapes(void)
{
	struct km_ec_pair got;
	struct km_der_out o;
	bool has_public;
	unsigned int i;
	u8 buf[ENC_MAX];
	int want;

	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		o = (struct km_der_out){ .start = buf, .p = buf + sizeof(buf) };
		put_sec1(&o, &shapes[i]);
		want = i && shapes[i].junk < IN_ALGORITHM ? -EINVAL : 0;
		CHECK(read_sec1(o.p, buf + sizeof(buf) - o.p, &got, &has_public) == want);
		o = (struct km_der_out){ .start = buf, .p = buf + sizeof(buf) };
		put_pkcs8(&o, &shapes[i]);
		want = i && shapes[i].junk != ATTRIBUTES ? -EINVAL : 0;
		CHECK(read_pkcs8(o.p, buf + sizeof(buf) - o.p, &got, &has_public) == want);
	}
	return true;
}

/* A SEC1 key of fixed lengths is canonical: what parses is written again bit by bit. */
static bool sec1_changed(void)
{
	unsigned long i, n = cases(200000), good = 0;
	u8 bad[121], again[121];
	struct km_ec_pair got;
	bool has_public;
	struct sample s;
	size_t at;

	EC_KEY_free(make(NID_X9_62_prime256v1, &s));
	for (i = 0; i < n; i++) {
		memcpy(bad, s.sec1, sizeof(bad));
		/* The structure is in a few bytes, so most of the changes go there. */
		at = rnd() % sizeof(bad);
		if (rnd() & 1)
			at = rnd() & 1 ? rnd() % 7 : 39 + rnd() % 18;
		bad[at] = rnd();
		if (rnd() & 1)
			bad[rnd() % sizeof(bad)] += 1;
		if (read_sec1(bad, sizeof(bad), &got, &has_public))
			continue;
		good++;
		CHECK(km_ec_write_sec1(&got, again, sizeof(again)) == (has_public ? 121 : 0));
		CHECK(!memcmp(again, bad, sizeof(bad)));
	}
	CHECK(n < 1000 || (good && good < n));
	return true;
}

/* So is a SubjectPublicKeyInfo, of any curve. */
static bool spki_changed(void)
{
	unsigned long i, n = cases(200000), good = 0;
	u8 bad[KM_EC_SPKI_MAX], again[KM_EC_SPKI_MAX];
	struct km_ec_pair got;
	struct sample s;
	int ret, j;

	for (i = 0; i < n; i++) {
		if (i % 1000 == 0)
			EC_KEY_free(make(ours[i / 1000 % 4].nid, &s));
		memcpy(bad, s.spki, s.spki_len);
		for (j = rnd() % 2; j >= 0; j--)
			bad[rnd() % (rnd() & 1 ? s.spki_len : 30)] = rnd() & 1 ? rnd() : rnd() % 64;
		ret = read_spki(bad, s.spki_len, &got);
		CHECK(ret == 0 || ret == -EINVAL || ret == -ERANGE || ret == -EOPNOTSUPP);
		if (ret)
			continue;
		good++;
		CHECK(km_ec_write_spki(&got, again, sizeof(again)) == s.spki_len);
		CHECK(!memcmp(again, bad, s.spki_len));
	}
	CHECK(n < 1000 || (good && good < n));
	return true;
}

static bool pkcs8_changed(void)
{
	unsigned long i, n = cases(200000), good = 0;
	struct km_ec_pair got;
	u8 bad[ENC_MAX];
	bool has_public;
	struct sample s;
	int ret, j;

	EC_KEY_free(make(NID_X9_62_prime256v1, &s));
	for (i = 0; i < n; i++) {
		memcpy(bad, s.pkcs8, s.pkcs8_len);
		for (j = rnd() % 3; j >= 0; j--)
			bad[rnd() % s.pkcs8_len] = rnd() & 1 ? rnd() : rnd() % 64;
		ret = read_pkcs8(bad, s.pkcs8_len, &got, &has_public);
		CHECK(ret == 0 || ret == -EINVAL || ret == -ERANGE || ret == -EOPNOTSUPP);
		good += !ret;
		/* The scalar stands at one place, whatever else was changed and taken. */
		CHECK(ret || !memcmp(got.d, bad + 36, 32));
	}
	CHECK(n < 1000 || (good && good < n));
	return true;
}

static size_t libcrypto_sig(const u8 *r, const u8 *s, size_t bytes, u8 *out)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	int len;

	ECDSA_SIG_set0(sig, BN_bin2bn(r, bytes, NULL), BN_bin2bn(s, bytes, NULL));
	len = i2d_ECDSA_SIG(sig, &out);
	ECDSA_SIG_free(sig);
	return len;
}

static int read_sig(const u8 *data, size_t len, size_t bytes, struct km_ecdsa *sig)
{
	u8 *copy = exact(data, len);
	int ret = km_ec_read_sig(copy, len, bytes, sig);

	free(copy);
	return ret;
}

/* Often with zeros in front or the highest bit set, where encodings differ. */
static void rnd_number(u8 *n, size_t bytes)
{
	size_t zeros = rnd() & 1 ? 0 : rnd() % (bytes + 1);

	rnd_bytes(n, bytes);
	memset(n, 0, zeros);
	if (zeros < bytes && rnd() & 1)
		n[zeros] ^= 0x80;
}

static bool signatures(void)
{
	static const size_t sizes[] = { 28, 32, 48, 66 };
	unsigned long i, n = cases(20000);
	u8 want[KM_EC_SIG_MAX], out[KM_EC_SIG_MAX];
	struct km_ecdsa sig, got;
	size_t bytes, len, room;

	for (i = 0; i < n; i++) {
		bytes = sizes[rnd() % ARRAY_SIZE(sizes)];
		rnd_number(sig.r, bytes);
		rnd_number(sig.s, bytes);
		len = libcrypto_sig(sig.r, sig.s, bytes, want);
		CHECK(km_ec_write_sig(&sig, bytes, out, sizeof(out)) == len);
		CHECK(!memcmp(out, want, len));
		CHECK(!read_sig(want, len, bytes, &got));
		CHECK(!memcmp(got.r, sig.r, bytes) && !memcmp(got.s, sig.s, bytes));
		room = rnd() % len;
		CHECK(!km_ec_write_sig(&sig, bytes, out, room));
	}
	return true;
}

/* One encoding of each signature: what parses is written again bit by bit. */
static bool signatures_changed(void)
{
	unsigned long i, n = cases(200000), good = 0;
	u8 bad[KM_EC_SIG_MAX + 8], again[KM_EC_SIG_MAX];
	struct km_ecdsa sig;
	size_t len, again_len;
	int j;

	for (i = 0; i < n; i++) {
		rnd_number(sig.r, 32);
		rnd_number(sig.s, 32);
		len = km_ec_write_sig(&sig, 32, bad, sizeof(bad));
		for (j = rnd() % 3; j >= 0; j--)
			bad[rnd() & 1 ? rnd() % len : rnd() % 6] = rnd() & 1 ? rnd() : rnd() % 40;
		if (!(rnd() & 7))
			len += rnd() % 3 - 1;
		if (read_sig(bad, len, 32, &sig))
			continue;
		good++;
		again_len = km_ec_write_sig(&sig, 32, again, sizeof(again));
		CHECK(again_len == len && !memcmp(again, bad, len));
	}
	CHECK(n < 1000 || (good && good < n));
	return true;
}

static bool signatures_strict(void)
{
	static const struct {
		const char *what;
		u8 len, data[16];
		int want;
	} list[] = {
		{ "r 1, s 2", 8, { 0x30, 6, 2, 1, 1, 2, 1, 2 }, 0 },
		{ "zeros", 8, { 0x30, 6, 2, 1, 0, 2, 1, 0 }, 0 },
		{ "r 128", 9, { 0x30, 7, 2, 2, 0, 0x80, 2, 1, 2 }, 0 },
		{ "no bytes", 0, { 0 }, -EINVAL },
		{ "tag alone", 1, { 0x30 }, -EINVAL },
		{ "set", 8, { 0x31, 6, 2, 1, 1, 2, 1, 2 }, -EINVAL },
		{ "negative", 8, { 0x30, 6, 2, 1, 0x80, 2, 1, 2 }, -EINVAL },
		{ "zero in front", 9, { 0x30, 7, 2, 2, 0, 1, 2, 1, 2 }, -EINVAL },
		{ "two zeros", 9, { 0x30, 7, 2, 2, 0, 0, 2, 1, 2 }, -EINVAL },
		{ "zero in front of s", 9, { 0x30, 7, 2, 1, 1, 2, 2, 0, 2 }, -EINVAL },
		{ "integer of no bytes", 7, { 0x30, 5, 2, 0, 2, 1, 2 }, -EINVAL },
		{ "one integer", 5, { 0x30, 3, 2, 1, 1 }, -EINVAL },
		{ "three", 11, { 0x30, 9, 2, 1, 1, 2, 1, 2, 2, 1, 3 }, -EINVAL },
		{ "byte behind", 9, { 0x30, 6, 2, 1, 1, 2, 1, 2, 0 }, -EINVAL },
		{ "byte behind, inside", 9, { 0x30, 7, 2, 1, 1, 2, 1, 2, 0 }, -EINVAL },
		{ "long length", 9, { 0x30, 0x81, 6, 2, 1, 1, 2, 1, 2 }, -EINVAL },
		{ "longer length", 10, { 0x30, 0x82, 0, 6, 2, 1, 1, 2, 1, 2 }, -EINVAL },
		{ "three octets", 11, { 0x30, 0x83, 0, 0, 6, 2, 1, 1, 2, 1, 2 }, -EINVAL },
		{ "long length of r", 9, { 0x30, 7, 2, 0x81, 1, 1, 2, 1, 2 }, -EINVAL },
		{ "indefinite, cut", 2, { 0x30, 0x80 }, -EINVAL },
		{ "one octet of length, cut", 2, { 0x30, 0x81 }, -EINVAL },
		{ "two octets of length, cut", 3, { 0x30, 0x82, 1 }, -EINVAL },
		{ "indefinite", 10, { 0x30, 0x80, 2, 1, 1, 2, 1, 2, 0, 0 }, -EINVAL },
		{ "reserved length", 8, { 0x30, 0xff, 2, 1, 1, 2, 1, 2 }, -EINVAL },
		{ "too long inside", 8, { 0x30, 6, 2, 1, 1, 2, 2, 2 }, -EINVAL },
	};
	struct km_ecdsa sig;
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(list); i++) {
		ret = read_sig(list[i].data, list[i].len, 32, &sig);
		if (ret != list[i].want)
			printf("# %s: %d\n", list[i].what, ret);
		CHECK(ret == list[i].want);
	}
	return true;
}

static const struct test tests[] = {
	{ "ec_der: keys as libcrypto writes them", keys },
	{ "ec_der: keys without public point or curve", parts_missing },
	{ "ec_der: keys of other curves and kinds are told apart", other_keys },
	{ "ec_der: other forms of a point and of a curve are refused", other_forms },
	{ "ec_der: cut and extended keys are refused, short buffers too", cut_and_long },
	{ "ec_der: well-formed keys of another shape are refused", other_shapes },
	{ "ec_der: a changed SEC1 key has one encoding", sec1_changed },
	{ "ec_der: a changed public key has one encoding", spki_changed },
	{ "ec_der: a changed PKCS#8 key does no harm", pkcs8_changed },
	{ "ec_der: signatures as libcrypto writes them", signatures },
	{ "ec_der: a changed signature has one encoding", signatures_changed },
	{ "ec_der: what is not DER is no signature", signatures_strict },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
