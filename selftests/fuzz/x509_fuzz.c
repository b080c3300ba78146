// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz target: certificates (kernel/x509.c).
 *
 * Of one of anybody, what is wanted of it lies inside of it. One that is written from what was
 * read is read the same, and libcrypto reads it too.
 */
#include <openssl/x509.h>
#include "der_mutator.h"
#include "fuzz.h"
#include "harness.h"
#include "x509.h"

#define ROOM	16384

static bool is_element(const struct km_piece *piece)
{
	struct km_der in = { piece->data, piece->len }, v;

	return !km_der_get(&in, KM_DER_SEQUENCE, &v) && !in.len;
}

/* Three elements, and nothing behind them that nobody has looked at. */
static bool is_whole(struct km_der in)
{
	struct km_der cert, v;
	unsigned int n;

	if (km_der_get(&in, KM_DER_SEQUENCE, &cert) || in.len)
		return false;
	for (n = 0; cert.len; n++)
		if (km_der_get(&cert, cert.p[0], &v))
			return false;
	return n == 3;
}

static void rewrite(const struct km_x509_view *view, const u8 *data, size_t len)
{
	static u8 out[ROOM], cert[ROOM];
	struct km_x509 c = {
		.alg = len % KM_X509_ALGS, .serial = { data, 1 + len % KM_X509_SERIAL_MAX },
		.issuer = view->subject, .subject = view->subject,
		.not_before = data[0] * 86400ULL, .not_after = KM_X509_TIME_MAX - data[1],
		.spki = view->spki, .usage = KM_X509_DIGITAL_SIGNATURE, .ca = data[2] & 1,
		.record = { data, data[3] },
	};
	struct km_piece tbs = { out, 0 }, sig = { data, len < 300 ? len : 300 };
	struct km_x509_view again;
	const unsigned char *p = cert;
	struct km_der in;
	X509 *x;

	tbs.len = km_x509_write_tbs(&c, out, sizeof(out));
	in = (struct km_der){ cert, tbs.len ? km_x509_write(&tbs, c.alg, &sig, cert, ROOM) : 0 };
	if (!in.len)
		return;
	tbs.len = in.len;
	MUST(!km_x509_read(&in, &again) && !in.len);
	MUST(again.subject.len == view->subject.len && again.spki.len == view->spki.len);
	MUST(!memcmp(again.subject.data, view->subject.data, view->subject.len));
	MUST(!memcmp(again.spki.data, view->spki.data, view->spki.len));
	/* It looks into the name and the key, which are not ours: it may refuse, not crash. */
	x = d2i_X509(NULL, &p, tbs.len);
	if (x)
		MUST(p == cert + tbs.len);
	X509_free(x);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	struct km_der in = { data, len };
	const struct km_piece all = { data, len };
	struct km_x509_view view;
	const u8 *name = data, *cert;
	X509_NAME *x;

	/* A chain: one after the other. */
	for (cert = in.p; in.len && !km_x509_read(&in, &view); cert = in.p) {
		MUST(is_whole((struct km_der){ cert, in.p - cert }));
		MUST(is_inside(view.subject.data, view.subject.len, data, len));
		MUST(is_inside(view.spki.data, view.spki.len, data, len));
		MUST(is_element(&view.subject) && is_element(&view.spki));
		MUST(in.p + in.len == data + len);
		/* libcrypto takes much longer than all the rest. */
		if (len > 300 && data[len / 2] % 8 == 0)
			rewrite(&view, data, len);
	}
	if (km_x509_is_name(&all)) {
		MUST(is_element(&all));
		x = d2i_X509_NAME(NULL, &name, len);
		X509_NAME_free(x);
	}
	return 0;
}
