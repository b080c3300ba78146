// SPDX-License-Identifier: GPL-2.0-only
/*
 * X.509 certificates (RFC 5280): writing one, and reading as much of one as issuing takes.
 * Between der.c and attest.c; a leaf, builds in userspace too.
 */
#include "x509.h"

#define UTC_TIME		0x17
#define GENERALIZED_TIME	0x18
/* 2050-01-01: from here on dates have years of four digits. */
#define UTC_TIME_END		2524608000ULL

static const struct {
	u8 len;
	u8 oid[9];
	bool null;
} algs[KM_X509_ALGS] = {
	/* The parameters of RSA are NULL, those of the others are not there (RFC 5758, 8410). */
	[KM_X509_RSA_SHA256] = {
		9, { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b }, true,
	},
	[KM_X509_ECDSA_SHA256] = {
		8, { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02 }, false,
	},
	[KM_X509_ED25519] = { 3, { 0x2b, 0x65, 0x70 }, false },
};

static const u8 oid_key_usage[] = { 0x55, 0x1d, 0x0f };
static const u8 oid_basic_constraints[] = { 0x55, 0x1d, 0x13 };
/* 1.3.6.1.4.1.11129.2.1.17 */
static const u8 oid_attestation[] = {
	0x2b, 0x06, 0x01, 0x04, 0x01, 0xd6, 0x79, 0x02, 0x01, 0x11,
};

static const u8 yes = 0xff;

static void put_alg(struct km_der_out *out, enum km_x509_alg alg)
{
	const u8 *end = out->p;

	if (algs[alg].null)
		km_der_put(out, KM_DER_NULL, "", 0);
	km_der_put(out, KM_DER_OID, algs[alg].oid, algs[alg].len);
	km_der_put_header(out, KM_DER_SEQUENCE, end);
}

/* Two digits, and what is left of the number. */
static u32 put_digits(struct km_der_out *out, u32 number)
{
	const u8 digits[2] = { '0' + number / 10 % 10, '0' + number % 10 };

	km_der_put_bytes(out, digits, sizeof(digits));
	return number / 100;
}

/*
 * The day of the Gregorian calendar. Years begin in March here, so that the day that
 * is not always there is the last of its year; day 0 is 0000-03-01.
 */
static void civil(u32 days, u32 *year, u32 *month, u32 *day)
{
	u32 era, of_era, of_year, m;

	days += 719468;
	era = days / 146097;
	of_era = days % 146097;
	*year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	of_year = of_era - (365 * *year + *year / 4 - *year / 100);
	*year += 400 * era;
	m = (5 * of_year + 2) / 153;
	*day = of_year - (153 * m + 2) / 5 + 1;
	*month = m < 10 ? m + 3 : m - 9;
	*year += *month <= 2;
}

static void put_time(struct km_der_out *out, u64 time)
{
	u32 day_of_month, month, year, in_day = time % 86400;
	const u8 *end = out->p;

	civil(time / 86400, &year, &month, &day_of_month);
	km_der_put_bytes(out, "Z", 1);
	put_digits(out, in_day % 60);
	put_digits(out, in_day / 60 % 60);
	put_digits(out, in_day / 3600);
	put_digits(out, day_of_month);
	put_digits(out, month);
	year = put_digits(out, year);
	if (time >= UTC_TIME_END)
		put_digits(out, year);
	km_der_put_header(out, time < UTC_TIME_END ? UTC_TIME : GENERALIZED_TIME, end);
}

/**
 * struct extension - one extension; its contents were written just before
 * @oid: its name
 * @oid_len: length of that
 * @critical: who does not know it must refuse the certificate
 * @end: where the contents end
 */
struct extension {
	const u8 *oid;
	size_t oid_len;
	bool critical;
	const u8 *end;
};

static void put_extension(struct km_der_out *out, const struct extension *e)
{
	km_der_put_header(out, KM_DER_OCTET_STRING, e->end);
	if (e->critical)
		km_der_put(out, KM_DER_BOOLEAN, &yes, 1);
	km_der_put(out, KM_DER_OID, e->oid, e->oid_len);
	km_der_put_header(out, KM_DER_SEQUENCE, e->end);
}

/* A BIT STRING of named bits ends with the last one that is set. */
static void put_usage(struct km_der_out *out, u8 usage)
{
	const struct extension e = { oid_key_usage, sizeof(oid_key_usage), true, out->p };
	u8 bits[2] = { 8 };
	unsigned int i;

	for (i = 0; i < 8; i++) {
		if (!(usage & 1 << i))
			continue;
		bits[0] = 7 - i;
		bits[1] |= 0x80 >> i;
	}
	km_der_put(out, KM_DER_BIT_STRING, bits, sizeof(bits));
	put_extension(out, &e);
}

static void put_ca(struct km_der_out *out)
{
	const struct extension e = {
		oid_basic_constraints, sizeof(oid_basic_constraints), true, out->p,
	};

	km_der_put(out, KM_DER_BOOLEAN, &yes, 1);
	km_der_put_header(out, KM_DER_SEQUENCE, e.end);
	put_extension(out, &e);
}

static void put_extensions(struct km_der_out *out, const struct km_x509 *c)
{
	struct extension e = { oid_attestation, sizeof(oid_attestation), false, out->p };
	const u8 *end = out->p;

	if (c->record.len) {
		km_der_put_bytes(out, c->record.data, c->record.len);
		put_extension(out, &e);
	}
	if (c->usage)
		put_usage(out, c->usage);
	if (c->ca)
		put_ca(out);
	if (out->p == end)
		return;
	km_der_put_header(out, KM_DER_SEQUENCE, end);
	km_der_put_explicit(out, 3, end);
}

/* What was written to the end of a buffer, moved to its start. */
static size_t settle(const struct km_der_out *o, u8 *out, const u8 *end)
{
	if (o->overflow)
		return 0;
	memmove(out, o->p, end - o->p);
	return end - o->p;
}

/**
 * km_x509_write_tbs() - write the TBSCertificate, which is what is signed
 * @c: what it says
 * @out: [out] buffer
 * @size: room there
 *
 * Return: bytes written, 0 if there is no room.
 */
size_t km_x509_write_tbs(const struct km_x509 *c, u8 *out, size_t size)
{
	struct km_der_out o = { .start = out, .p = out + size };
	const u8 *end = o.p, *field;

	put_extensions(&o, c);
	km_der_put_bytes(&o, c->spki.data, c->spki.len);
	km_der_put_bytes(&o, c->subject.data, c->subject.len);
	field = o.p;
	put_time(&o, c->not_after);
	put_time(&o, c->not_before);
	km_der_put_header(&o, KM_DER_SEQUENCE, field);
	km_der_put_bytes(&o, c->issuer.data, c->issuer.len);
	put_alg(&o, c->alg);
	km_der_put_uint(&o, c->serial.data, c->serial.len);
	field = o.p;
	/* Version 3. */
	km_der_put_u64(&o, KM_DER_INTEGER, 2);
	km_der_put_explicit(&o, 0, field);
	km_der_put_header(&o, KM_DER_SEQUENCE, end);
	return settle(&o, out, end);
}

/**
 * km_x509_write() - write a certificate
 * @tbs: what was signed
 * @alg: how
 * @sig: the signature
 * @out: [out] buffer
 * @size: room there; the parts and KM_X509_SIGNED_MAX are enough
 *
 * Return: bytes written, 0 if there is no room.
 */
size_t km_x509_write(const struct km_piece *tbs, enum km_x509_alg alg,
		     const struct km_piece *sig, u8 *out, size_t size)
{
	struct km_der_out o = { .start = out, .p = out + size };
	const u8 *end = o.p;

	km_der_put_bytes(&o, sig->data, sig->len);
	/* No bits of the last byte unused. */
	km_der_put_bytes(&o, "", 1);
	km_der_put_header(&o, KM_DER_BIT_STRING, end);
	put_alg(&o, alg);
	km_der_put_bytes(&o, tbs->data, tbs->len);
	km_der_put_header(&o, KM_DER_SEQUENCE, end);
	return settle(&o, out, end);
}

/* An element with its header. */
static int get_whole(struct km_der *in, u8 tag, struct km_piece *whole)
{
	const u8 *start = in->p;
	struct km_der v;

	if (km_der_get(in, tag, &v))
		return -EINVAL;
	*whole = (struct km_piece){ start, in->p - start };
	return 0;
}

/**
 * km_x509_read() - read a certificate
 * @in: encoding; moved behind the certificate
 * @view: [out] what is wanted of it, where it stands
 *
 * The signature is not checked: whoever loads a certificate answers for it.
 *
 * Return: 0 or -EINVAL.
 */
int km_x509_read(struct km_der *in, struct km_x509_view *view)
{
	struct km_der cert, tbs, skip;

	if (km_der_get(in, KM_DER_SEQUENCE, &cert) || km_der_get(&cert, KM_DER_SEQUENCE, &tbs) ||
	    km_der_get(&cert, KM_DER_SEQUENCE, &skip) ||
	    km_der_get(&cert, KM_DER_BIT_STRING, &skip) || cert.len)
		return -EINVAL;
	if (km_der_peek(&tbs, KM_DER_CONTEXT(0)) && km_der_get(&tbs, KM_DER_CONTEXT(0), &skip))
		return -EINVAL;
	if (km_der_get(&tbs, KM_DER_INTEGER, &skip) || km_der_get(&tbs, KM_DER_SEQUENCE, &skip) ||
	    km_der_get(&tbs, KM_DER_SEQUENCE, &skip) || km_der_get(&tbs, KM_DER_SEQUENCE, &skip))
		return -EINVAL;
	return get_whole(&tbs, KM_DER_SEQUENCE, &view->subject) ||
	       get_whole(&tbs, KM_DER_SEQUENCE, &view->spki) ? -EINVAL : 0;
}

/* One attribute at least, and of each as much as makes it one. */
static bool is_rdn(struct km_der *in)
{
	struct km_der rdn, attribute, v;

	if (km_der_get(in, KM_DER_SET, &rdn) || !rdn.len)
		return false;
	while (rdn.len) {
		if (km_der_get(&rdn, KM_DER_SEQUENCE, &attribute) ||
		    km_der_get(&attribute, KM_DER_OID, &v) || !v.len || !attribute.len ||
		    km_der_get(&attribute, attribute.p[0], &v) || attribute.len)
			return false;
	}
	return true;
}

/**
 * km_x509_is_name() - are these bytes a Name?
 * @name: the bytes
 *
 * Return: true if so, an empty Name too.
 */
bool km_x509_is_name(const struct km_piece *name)
{
	struct km_der in = { name->data, name->len }, rdns;

	if (km_der_get(&in, KM_DER_SEQUENCE, &rdns) || in.len)
		return false;
	while (rdns.len)
		if (!is_rdn(&rdns))
			return false;
	return true;
}
