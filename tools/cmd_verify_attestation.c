// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl verify-attestation: whether a chain of certificates attests a key, and what it says
 * of it. For whoever asked for the attestation: needs no module and no key.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "attestation.h"
#include "kmctl.h"

#define CHAIN_FILE_MAX		(256 * 1024)
#define REVOKED_FILE_MAX	(16 * 1024 * 1024)

static const struct opt options[] = {
	OPT_TEXT_OF("root", root, "FILE", "the certificate to trust, PEM; several: any of them"),
	OPT_TEXT_OF("challenge", challenge, "BYTES", "what was sent to be attested"),
	OPT_TEXT_OF("revoked", revoked, "FILE", "revoked serials: Google's JSON, or hex lines"),
	OPT_TEXT_OF("require", require, "LIST", "conditions that the record has to fulfil"),
	OPT_TEXT_OF("time", time, "DATE", "verify as of then [now]"),
	OPT_JSON,
	OPT_END
};

/* All certificates of a PEM file. */
static int read_certificates(const char *path, struct stack_st_X509 **certs)
{
	struct km_buf file;
	X509 *cert = NULL;
	BIO *bio;
	int ret = read_whole(path, CHAIN_FILE_MAX, &file);

	*certs = NULL;
	if (ret)
		return fail_errno(ST_FAILED, ret, path);
	*certs = sk_X509_new_null();
	bio = BIO_new_mem_buf(file.data, (int)file.len);
	while (bio && *certs && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)))
		if (sk_X509_num(*certs) == ATTEST_CHAIN_MAX || !sk_X509_push(*certs, cert))
			break;
	ret = ST_OK;
	if (cert)
		ret = fail(ST_BAD, "%s: more than %d certificates", path, ATTEST_CHAIN_MAX);
	else if (!bio || !*certs)
		ret = fail(ST_FAILED, "out of memory");
	else if (!sk_X509_num(*certs))
		ret = fail(ST_BAD, "%s: no certificate in PEM", path);
	else if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		ret = fail(ST_BAD, "%s: certificate %d is malformed", path,
			   sk_X509_num(*certs) + 1);
	if (cert)
		X509_free(cert);
	ERR_clear_error();
	BIO_free(bio);
	km_buf_free(&file);
	return ret;
}

static int read_revoked(const char *path, struct attest_revoked **list)
{
	struct attest_fault fault;
	struct km_buf file;
	int ret = read_whole(path, REVOKED_FILE_MAX, &file);

	if (ret)
		return fail_errno(ST_FAILED, ret, path);
	/* Its room is one more than it may be long. */
	((char *)file.data)[file.len] = '\0';
	*list = attest_revoked_read(&(struct km_bytes){ file.data, file.len }, &fault);
	km_buf_free(&file);
	return *list ? ST_OK : fail(ST_FAILED, "%s: %s", path, fault.text);
}

/*
 * Bytes and dates are read as those of authorizations are: @set gets them as such.
 */
static int read_values(const struct opts *o, struct km_params *set, struct attest_trust *trust)
{
	struct km_param p;

	/* A text that is one; the table's form is hex. */
	if (!strncmp(o->challenge, "hex:", 4)) {
		if (km_params_add_text(set, "attestation-challenge", o->challenge))
			return fail(ST_USAGE, "--challenge: '%s' is not hex", o->challenge);
	} else {
		const char *text = o->challenge + (strncmp(o->challenge, "text:", 5) ? 0 : 5);

		if (km_params_add_bytes(set, KM_TAG_ATTESTATION_CHALLENGE, text, strlen(text)))
			return fail(ST_FAILED, "out of memory");
	}
	km_params_find(set, KM_TAG_ATTESTATION_CHALLENGE, 0, &p);
	trust->challenge = (struct km_bytes){ p.data, p.len };
	if (p.len > ATTEST_CHALLENGE_MAX || !p.len)
		return fail(ST_USAGE, "--challenge: 1 to %d bytes", ATTEST_CHALLENGE_MAX);
	trust->now = time(NULL);
	if (!o->time)
		return ST_OK;
	if (km_params_add_text(set, "active", o->time))
		return fail(ST_USAGE, "--time: '%s' is not a date", o->time);
	km_params_find(set, KM_TAG_ACTIVE_DATETIME, 0, &p);
	trust->now = (time_t)(p.value / 1000);
	return ST_OK;
}

static int verify(const struct opts *o, const struct attest_trust *trust)
{
	struct attest_result result = { 0 };
	struct stack_st_X509 *chain = NULL;
	struct attest_fault fault;
	int ret = read_certificates(o->word, &chain);

	if (!ret && !attest_verify(chain, trust, &result, &fault))
		ret = fail(ST_BAD, "%s", fault.text);
	if (!ret)
		ret = attest_require(o->require, &result.record);
	if (!ret && o->json)
		attest_show_json(chain, &result);
	else if (!ret)
		attest_show_text(chain, &result);
	attest_record_free(&result.record);
	sk_X509_pop_free(chain, X509_free);
	return ret;
}

static int run(struct opts *o)
{
	struct attest_revoked *revoked = NULL;
	struct attest_trust trust = { 0 };
	struct stack_st_X509 *roots = NULL;
	int ret;

	if (!o->root || !o->challenge)
		return fail(ST_USAGE, "verify-attestation: give --root FILE and --challenge BYTES");
	ret = attest_require(o->require, NULL);
	if (!ret)
		ret = read_values(o, o->params, &trust);
	if (!ret)
		ret = read_certificates(o->root, &roots);
	if (!ret && o->revoked)
		ret = read_revoked(o->revoked, &revoked);
	trust.roots = roots;
	trust.revoked = revoked;
	if (!ret)
		ret = verify(o, &trust);
	attest_revoked_free(revoked);
	sk_X509_pop_free(roots, X509_free);
	return ret;
}

const struct command cmd_verify_attestation = {
	.name = "verify-attestation",
	.summary = "Verify the certificates of an attested key",
	.alias = ALIAS_WORD,
	.word = "CHAIN",
	.options = options,
	.details =
"CHAIN is PEM, the key's certificate first (- is standard input). Nothing is printed but\n"
"what is proved. --challenge is a text, or hex:DIGITS.\n"
"Conditions of --require stand with commas between, for example\n"
"  'security-level>=tee,origin=generated,purpose=sign+verify,os-patchlevel>=202609'\n"
"NAME (is there), no-NAME (is not), =, >=, <=. NAME is that of an authorization, which has\n"
"to be enforced (software.NAME: in the other list), or security-level (software, tee,\n"
"strongbox), attestation-version, keymaster-version, verified-boot (verified, self-signed,\n"
"unverified, failed), device-locked (yes, no), boot-key, boot-hash, signer (hex), package.\n",
	.run = run,
};
