// SPDX-License-Identifier: GPL-2.0-only
/*
 * The verifier of an attestation: the chain up to a trusted root, nobody in it revoked, and
 * the record nearest to the root. Each refusal names the certificate and the step.
 * Under cmd_verify_attestation.c, over attestation_parse.c.
 *
 * The chain is not given to X509_verify_cert(): the dates of a leaf are its owner's choice,
 * and which of two records counts is no matter of X.509.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "attestation.h"

/* SHA-1 and older: somebody may find another certificate for the same signature. */
#define SECURITY_BITS_MIN	100

/**
 * struct walk - the chain while it is verified
 * @chain: as it was given, leaf first
 * @below: how many of it are below the root
 * @root: the certificate that is trusted; it may be in the chain, too
 */
struct walk {
	struct stack_st_X509 *chain;
	int below;
	X509 *root;
	const struct attest_trust *trust;
	struct attest_fault *fault;
};

/* For messages and for lists: lower-case hex without zeros in front. Owned by the caller. */
char *attest_serial(const X509 *cert)
{
	BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
	char *hex = n ? BN_bn2hex(n) : NULL, *p = hex, *serial;

	/* Revoked is revoked, whatever sign the list's author left out. */
	while (p && (*p == '-' || (*p == '0' && p[1])))
		p++;
	serial = p ? strdup(p) : NULL;
	for (p = serial; p && *p; p++)
		*p = (char)tolower((unsigned char)*p);
	OPENSSL_free(hex);
	BN_free(n);
	return serial;
}

/* As openssl shows it; what is not ASCII, or not printable, is escaped. Owned by the caller. */
char *attest_subject(const X509 *cert)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL, *data;
	long len;

	if (bio && X509_NAME_print_ex(bio, X509_get_subject_name(cert), 0, XN_FLAG_ONELINE) >= 0) {
		len = BIO_get_mem_data(bio, &data);
		text = strndup(data, len > 0 ? (size_t)len : 0);
	}
	BIO_free(bio);
	return text;
}

/* Always false. @at: which certificate; beyond the chain it is the root. */
static __attribute__((format(printf, 3, 4))) bool refuse(const struct walk *w, int at,
							 const char *format, ...)
{
	char *subject = attest_subject(at < w->below ? sk_X509_value(w->chain, at) : w->root);
	char why[512], which[32] = "the root";
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	if (at < w->below)
		snprintf(which, sizeof(which), "certificate %d", at + 1);
	attest_bad(w->fault, "%s (%.200s): %s", which, subject ? subject : "?", why);
	free(subject);
	return false;
}

static bool same_key(X509 *a, X509 *b)
{
	EVP_PKEY *key = X509_get0_pubkey(a), *other = X509_get0_pubkey(b);

	return key && other && EVP_PKEY_eq(key, other) == 1;
}

static bool is_issuer(const X509 *issuer, const X509 *cert)
{
	return !X509_NAME_cmp(X509_get_issuer_name(cert), X509_get_subject_name(issuer));
}

/*
 * What is trusted is the key: a root in the chain may be an older certificate of it than the
 * one that was given, which is the one whose dates count.
 */
static bool find_root(struct walk *w)
{
	int n = sk_X509_num(w->chain), i;
	X509 *last = sk_X509_value(w->chain, n - 1), *root;

	w->below = n;
	for (i = 0; i < sk_X509_num(w->trust->roots); i++) {
		root = sk_X509_value(w->trust->roots, i);
		if (same_key(root, last)) {
			w->root = root;
			w->below = n - 1;
			return w->below ||
			       attest_bad(w->fault, "the chain is a root and nothing else");
		}
		if (is_issuer(root, last))
			w->root = root;
	}
	return w->root ||
	       attest_bad(w->fault, "certificate %d, the last: not the trusted root, nor by it",
			  n);
}

static X509 *issuer_of(const struct walk *w, int at)
{
	return at + 1 < w->below ? sk_X509_value(w->chain, at + 1) : w->root;
}

static bool check_signature(const struct walk *w, int at)
{
	X509 *cert = sk_X509_value(w->chain, at), *issuer = issuer_of(w, at);
	EVP_PKEY *key = X509_get0_pubkey(issuer);
	int bits;

	if (!is_issuer(issuer, cert))
		return refuse(w, at, "its issuer is not the subject of the next one");
	if (!X509_get_signature_info(cert, NULL, NULL, &bits, NULL) || bits < SECURITY_BITS_MIN)
		return refuse(w, at, "its signature is of an unknown or weak kind");
	if (!key || X509_verify(cert, key) != 1)
		return refuse(w, at, "its signature is not by the key of the next one");
	return true;
}

/* A critical extension that we do not look at could forbid everything. */
static bool check_extensions(const struct walk *w, int at, X509 *cert)
{
	uint32_t flags = X509_get_extension_flags(cert);
	X509_EXTENSION *ext;
	int i, nid;

	if (flags & EXFLAG_INVALID)
		return refuse(w, at, "an extension is malformed, or there twice");
	for (i = 0; i < X509_get_ext_count(cert); i++) {
		ext = X509_get_ext(cert, i);
		nid = OBJ_obj2nid(X509_EXTENSION_get_object(ext));
		if (X509_EXTENSION_get_critical(ext) && nid != NID_key_usage &&
		    nid != NID_basic_constraints)
			return refuse(w, at, "has a critical extension that is not known here");
	}
	return true;
}

static bool check_dates(const struct walk *w, int at, X509 *cert)
{
	time_t now = w->trust->now;
	int from = X509_cmp_time(X509_get0_notBefore(cert), &now);
	int to = X509_cmp_time(X509_get0_notAfter(cert), &now);

	if (!from || !to)
		return refuse(w, at, "its dates are malformed");
	if (from > 0)
		return refuse(w, at, "is not valid yet");
	return to > 0 || refuse(w, at, "has expired");
}

/* How many authorities are between @at and the leaf; those that renew themselves are none. */
static int path_below(const struct walk *w, int at)
{
	int n = 0, i;

	for (i = 1; i < at && i < w->below; i++)
		n += !(X509_get_extension_flags(sk_X509_value(w->chain, i)) & EXFLAG_SI);
	return n;
}

/* What a certificate needs that has signed another one. */
static bool check_authority(const struct walk *w, int at, X509 *cert)
{
	uint32_t flags = X509_get_extension_flags(cert);
	long limit = X509_get_pathlen(cert);

	if (!(flags & EXFLAG_BCONS) || !(flags & EXFLAG_CA))
		return refuse(w, at, "is no authority (basicConstraints), and has signed another");
	if (!(X509_get_key_usage(cert) & X509v3_KU_KEY_CERT_SIGN))
		return refuse(w, at, "may not sign others (keyUsage), and has signed another");
	if (limit >= 0 && path_below(w, at) > limit)
		return refuse(w, at, "allows a path of %ld below it, and there are %d", limit,
			      path_below(w, at));
	return check_dates(w, at, cert);
}

static bool check_revoked(const struct walk *w, int at, X509 *cert)
{
	const char *status;
	char *serial;
	bool ok;

	if (!w->trust->revoked)
		return true;
	serial = attest_serial(cert);
	status = serial ? attest_revoked_find(w->trust->revoked, serial) : "out of memory";
	ok = !status || refuse(w, at, "is on the revocation list: serial %s, %s",
			       serial ? serial : "?", status);
	free(serial);
	return ok;
}

static bool check_chain(struct walk *w)
{
	X509 *cert, *copy;
	int i;

	if (!find_root(w))
		return false;
	/* From the root down: what is wrong further up makes all else worthless. */
	if (!check_extensions(w, w->below, w->root) || !check_authority(w, w->below, w->root) ||
	    !check_revoked(w, w->below, w->root))
		return false;
	copy = w->below < sk_X509_num(w->chain) ? sk_X509_value(w->chain, w->below) : NULL;
	if (copy && !check_revoked(w, w->below, copy))
		return false;
	for (i = w->below - 1; i >= 0; i--) {
		cert = sk_X509_value(w->chain, i);
		if (!check_signature(w, i) || !check_extensions(w, i, cert) ||
		    (i && !check_authority(w, i, cert)) || !check_revoked(w, i, cert))
			return false;
	}
	return true;
}

/* Where the extension is in @cert; -1: nowhere, -2: there are two. */
static int find_extension(X509 *cert, const ASN1_OBJECT *oid)
{
	int at = X509_get_ext_by_OBJ(cert, oid, -1);

	return at >= 0 && X509_get_ext_by_OBJ(cert, oid, at) >= 0 ? -2 : at;
}

/*
 * Whoever has an attested key that signs can make a certificate with a record of his own. So
 * only the record nearest to the root is one of the trusted key manager.
 */
static bool find_record(const struct walk *w, struct attest_result *result, struct km_bytes *der)
{
	ASN1_OBJECT *oid = OBJ_txt2obj(ATTEST_OID, 1);
	ASN1_OCTET_STRING *value;
	int i, at;

	result->at = -1;
	for (i = w->below - 1; oid && i >= 0; i--) {
		at = find_extension(sk_X509_value(w->chain, i), oid);
		if (at == -2) {
			ASN1_OBJECT_free(oid);
			return refuse(w, i, "has two records");
		}
		if (at < 0)
			continue;
		if (result->at >= 0) {
			result->others++;
			continue;
		}
		result->at = i;
		value = X509_EXTENSION_get_data(X509_get_ext(sk_X509_value(w->chain, i), at));
		*der = (struct km_bytes){
			ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value)
		};
	}
	ASN1_OBJECT_free(oid);
	return result->at >= 0 ||
	       attest_bad(w->fault, "no certificate of the chain has a record (%s)", ATTEST_OID);
}

static bool check_record(const struct walk *w, struct attest_result *result,
			 const struct km_bytes *der)
{
	const struct attest_record *r = &result->record;
	const struct km_bytes *want = &w->trust->challenge;
	struct attest_fault why;

	if (!attest_parse(&result->record, der, &why))
		return refuse(w, result->at, "its record: %.300s", why.text);
	if (r->challenge.len != want->len || memcmp(r->challenge.data, want->data, want->len))
		return refuse(w, result->at, "the challenge in its record is another one");
	/* Whatever else such a key signs, it was not made to vouch for keys. */
	if (result->at && !attest_has(r, KM_TAG_PURPOSE, KM_PURPOSE_ATTEST_KEY))
		return refuse(w, result->at, "has signed another without the purpose attest");
	return true;
}

/**
 * attest_verify() - the verifier's steps, up to and with the challenge
 * @chain: certificates, leaf first; with the root, or without
 * @trust: what they are verified against
 * @result: [out] what is proved; attest_record_free() of its record, also after a failure
 * @fault: [out] which certificate is refused, and why
 */
bool attest_verify(struct stack_st_X509 *chain, const struct attest_trust *trust,
		   struct attest_result *result, struct attest_fault *fault)
{
	struct walk w = { .chain = chain, .trust = trust, .fault = fault };
	struct km_bytes der;

	memset(result, 0, sizeof(*result));
	if (!sk_X509_num(chain))
		return attest_bad(fault, "there is no certificate");
	return check_chain(&w) && find_record(&w, result, &der) && check_record(&w, result, &der);
}
