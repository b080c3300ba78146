// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz target: the encodings of keys and signatures (kernel/ec_der.c, okp_der.c, rsa_der.c).
 *
 * Every reader is given every input. What is written of what was read is the input again, where
 * the encoding leaves no choice; where it does, it is read as the same key.
 */
#include "ec_der.h"
#include "der_mutator.h"
#include "fuzz.h"
#include "harness.h"
#include "okp_der.h"
#include "rsa_der.h"

static void sec1(const u8 *data, size_t len)
{
	struct km_ec_pair key = {}, again = {};
	u8 out[KM_EC_SEC1_MAX];
	bool has_public;
	size_t n;

	if (km_ec_read_sec1(data, len, &key, &has_public))
		return;
	n = km_ec_write_sec1(&key, out, sizeof(out));
	MUST(n);
	if (has_public) {
		MUST(n == len && !memcmp(out, data, n));
		return;
	}
	MUST(!km_ec_read_sec1(out, n, &again, &has_public) && has_public);
	MUST(!memcmp(&key, &again, sizeof(key)));
}

static void ec_pkcs8(const u8 *data, size_t len)
{
	struct km_ec_pair key = {}, again = {};
	u8 out[KM_EC_SEC1_MAX];
	bool has_public;
	size_t n;

	if (km_ec_read_pkcs8(data, len, &key, &has_public))
		return;
	n = km_ec_write_sec1(&key, out, sizeof(out));
	MUST(n && !km_ec_read_sec1(out, n, &again, &has_public));
	MUST(!memcmp(&key, &again, sizeof(key)));
}

static void ec_spki(const u8 *data, size_t len)
{
	struct km_ec_pair key = {};
	u8 out[KM_EC_SPKI_MAX];
	int ret = km_ec_read_spki(data, len, &key);

	MUST(!ret || ret == -EINVAL || ret == -EOPNOTSUPP || ret == -ERANGE);
	if (!ret)
		MUST(km_ec_write_spki(&key, out, sizeof(out)) == len && !memcmp(out, data, len));
}

static void signature(const u8 *data, size_t len)
{
	static const u8 bytes[] = { 28, 32, 48, 66 };
	struct km_ecdsa sig;
	u8 out[KM_EC_SIG_MAX];
	size_t i, j, n;

	for (i = 0; i < sizeof(bytes); i++) {
		memset(&sig, 0xa5, sizeof(sig));
		if (km_ec_read_sig(data, len, bytes[i], &sig))
			continue;
		n = km_ec_write_sig(&sig, bytes[i], out, sizeof(out));
		MUST(n == len && !memcmp(out, data, n));
		for (j = bytes[i]; j < KM_EC_MAX_BYTES; j++)
			MUST(sig.r[j] == 0xa5 && sig.s[j] == 0xa5);
	}
}

static void okp(const u8 *data, size_t len)
{
	struct km_okp_private key, again;
	u8 out[KM_OKP_PKCS8_LEN], pub[KM_OKP_BYTES];
	unsigned int kind;

	if (!km_okp_read_pkcs8(data, len, &key)) {
		MUST(!km_okp_write_pkcs8(key.kind, key.secret, out));
		MUST(!km_okp_read_pkcs8(out, sizeof(out), &again));
		MUST(again.kind == key.kind && !again.has_public);
		MUST(!memcmp(again.secret, key.secret, KM_OKP_BYTES));
		if (len == sizeof(out) && !data[4])
			MUST(!memcmp(out, data, len));
	}
	for (kind = KM_OKP_ED25519; kind <= KM_OKP_X25519; kind++) {
		if (km_okp_read_spki(data, len, kind, pub))
			continue;
		MUST(km_okp_write_spki(kind, pub, out, sizeof(out)) == len);
		MUST(!memcmp(out, data, len));
	}
}

static void rsa(const u8 *data, size_t len)
{
	struct km_rsa_num parts[KM_RSA_PARTS], inner;
	unsigned int i;
	size_t n;
	u8 *out;

	if (!km_rsa_read_pkcs8(data, len, &inner))
		MUST(inner.len < len && is_inside(inner.data, inner.len, data, len));
	if (km_rsa_read_private(data, len, parts))
		return;
	for (i = 0; i < KM_RSA_PARTS; i++)
		MUST(parts[i].len && is_inside(parts[i].data, parts[i].len, data, len));
	out = exact(data, len);
	memset(out, 0, len);
	n = km_rsa_write_private(parts, out, len);
	MUST(n == len && !memcmp(out, data, n));
	MUST(!km_rsa_write_private(parts, out, len - 1));
	free(out);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	sec1(data, len);
	ec_pkcs8(data, len);
	ec_spki(data, len);
	signature(data, len);
	okp(data, len);
	rsa(data, len);
	return 0;
}
