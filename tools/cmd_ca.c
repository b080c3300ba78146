// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl ca create: an authority for attestation of one's own: a root, an intermediate of a
 * batch, and the keys and chains that a device is provisioned with. Needs no module.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "kmctl.h"

#define SERIAL_SIZE	16
#define DAYS_DEFAULT	3650
#define DAYS_MAX	36500
#define DAY		86400
/* Where a clock is late the certificates hold nevertheless. */
#define EARLIER		DAY

static const struct opt options[] = {
	OPT_TEXT_OF("days", days, "N", "how long the certificates are valid [3650]"),
	OPT_END
};

/** struct member - a key of the authority, and its certificate */
struct member {
	EVP_PKEY *key;
	X509 *cert;
};

/** struct authority - all that is made; the first two keys are never written */
struct authority {
	struct member root, batch, ec, rsa;
	long days;
};

/* The names of a file that is written, and what goes into it. */
struct output {
	const char *name;
	EVP_PKEY *key;
	X509 *chain[3];
};

static void member_free(struct member *m)
{
	EVP_PKEY_free(m->key);
	X509_free(m->cert);
}

static bool add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *ext;
	X509V3_CTX ctx;
	bool ok;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = ext && X509_add_ext(cert, ext, -1);
	X509_EXTENSION_free(ext);
	return ok;
}

/* Attest keys sign certificates of attest keys: no path below a device may be too long. */
static bool add_extensions(X509 *cert, X509 *issuer)
{
	return add_extension(cert, issuer, NID_basic_constraints, "critical,CA:TRUE") &&
	       add_extension(cert, issuer, NID_key_usage, "critical,keyCertSign") &&
	       add_extension(cert, issuer, NID_subject_key_identifier, "hash") &&
	       add_extension(cert, issuer, NID_authority_key_identifier, "keyid:always");
}

/* Positive, and of full length; it makes the subject one of its kind, too. */
static bool set_serial(X509 *cert, char *text)
{
	unsigned char bytes[SERIAL_SIZE];
	BIGNUM *n;
	bool ok;

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return false;
	bytes[0] = (bytes[0] & 0x7f) | 0x40;
	hex(bytes, sizeof(bytes), text);
	n = BN_bin2bn(bytes, sizeof(bytes), NULL);
	ok = n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert));
	BN_free(n);
	return ok;
}

static bool add_name(X509 *cert, int nid, const char *text)
{
	return X509_NAME_add_entry_by_NID(X509_get_subject_name(cert), nid, MBSTRING_UTF8,
					  (const unsigned char *)text, -1, -1, 0);
}

/* @m has its key; @issuer may be @m itself. */
static bool certify(struct member *m, const struct member *issuer, const char *name, long days)
{
	char serial[2 * SERIAL_SIZE + 1];
	X509 *cert = X509_new(), *by;

	m->cert = cert;
	by = issuer->cert;
	return m->key && cert && X509_set_version(cert, X509_VERSION_3) &&
	       set_serial(cert, serial) && add_name(cert, NID_commonName, name) &&
	       add_name(cert, NID_serialNumber, serial) &&
	       X509_set_issuer_name(cert, X509_get_subject_name(by)) &&
	       X509_gmtime_adj(X509_getm_notBefore(cert), -EARLIER) &&
	       X509_time_adj_ex(X509_getm_notAfter(cert), (int)days, 0, NULL) &&
	       X509_set_pubkey(cert, m->key) && add_extensions(cert, by) &&
	       X509_sign(cert, issuer->key, EVP_sha256());
}

static bool make(struct authority *ca)
{
	ca->root.key = EVP_EC_gen("P-256");
	ca->batch.key = EVP_EC_gen("P-256");
	ca->ec.key = EVP_EC_gen("P-256");
	ca->rsa.key = EVP_RSA_gen(2048);
	return certify(&ca->root, &ca->root, "keymaster test root", ca->days) &&
	       certify(&ca->batch, &ca->root, "keymaster test batch", ca->days) &&
	       certify(&ca->ec, &ca->batch, "keymaster test device, EC", ca->days) &&
	       certify(&ca->rsa, &ca->batch, "keymaster test device, RSA", ca->days);
}

/* ---- files ---- */

static int write_pem(int fd, const struct output *out)
{
	BIO *bio = BIO_new_fd(fd, BIO_NOCLOSE);
	bool ok = bio;
	size_t i;

	/* No buffer of stdio: what it holds of a key would stay in memory. */
	if (ok && out->key)
		ok = PEM_write_bio_PrivateKey(bio, out->key, NULL, NULL, 0, NULL, NULL);
	for (i = 0; ok && i < 3 && out->chain[i]; i++)
		ok = PEM_write_bio_X509(bio, out->chain[i]);
	BIO_free(bio);
	if (!ok)
		return errno ? -errno : -EIO;
	return fsync(fd) ? -errno : 0;
}

/* @made: counts the files that are ours to remove. */
static int write_files(int dir, const struct output *outs, size_t n, size_t *made)
{
	int fd, ret = 0;

	for (*made = 0; !ret && *made < n;) {
		const struct output *out = &outs[*made];

		fd = openat(dir, out->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			    out->key ? 0600 : 0644);
		if (fd < 0)
			return -errno;
		++*made;
		errno = 0;
		ret = write_pem(fd, out);
		if (close(fd) && !ret)
			ret = -errno;
	}
	if (!ret && fsync(dir))
		ret = -errno;
	return ret;
}

static int write_all(const char *path, const struct authority *ca)
{
	const struct output outs[] = {
		{ "root.pem", NULL, { ca->root.cert } },
		{ "device-ec.key", ca->ec.key, { NULL } },
		{ "device-ec.chain", NULL, { ca->ec.cert, ca->batch.cert, ca->root.cert } },
		{ "device-rsa.key", ca->rsa.key, { NULL } },
		{ "device-rsa.chain", NULL, { ca->rsa.cert, ca->batch.cert, ca->root.cert } },
	};
	size_t made = 0;
	int dir, ret;

	if (mkdir(path, 0700) && errno != EEXIST)
		return fail_errno(ST_FAILED, errno, path);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return fail_errno(ST_FAILED, errno, path);
	ret = write_files(dir, outs, sizeof(outs) / sizeof(outs[0]), &made);
	if (ret == -EEXIST)
		fail(0, "%s has a %s already; nothing was made", path, outs[made].name);
	else if (ret)
		fail_errno(0, ret, path);
	/* Half an authority is good for nothing, and would be in the way of a whole one. */
	while (ret && made)
		unlinkat(dir, outs[--made].name, 0);
	close(dir);
	if (ret)
		return ret == -EEXIST ? ST_EXISTS : ST_FAILED;
	return ST_OK;
}

static int parse_days(const char *text, long *days)
{
	char *end;

	*days = DAYS_DEFAULT;
	if (!text)
		return ST_OK;
	*days = strtol(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || *days < 1 || *days > DAYS_MAX)
		return fail(ST_USAGE, "--days: a number from 1 to %d", DAYS_MAX);
	return ST_OK;
}

static int run(struct opts *o)
{
	struct authority ca = { 0 };
	int ret;

	ret = parse_days(o->days, &ca.days);
	if (!ret && !make(&ca))
		ret = fail(ST_FAILED, "the keys and certificates cannot be made");
	if (!ret)
		ret = write_all(o->word, &ca);
	member_free(&ca.root);
	member_free(&ca.batch);
	member_free(&ca.ec);
	member_free(&ca.rsa);
	return ret;
}

const struct command cmd_ca_create = {
	.name = "ca create",
	.summary = "Make an authority for attestation, for tests",
	.alias = ALIAS_WORD,
	.word = "DIR",
	.options = options,
	.details =
"Leaves root.pem, device-ec.key, device-ec.chain, device-rsa.key and device-rsa.chain in\n"
"DIR: what a device is provisioned with, and the root for kmctl verify-attestation. The\n"
"private keys of the root and of the batch are forgotten: nobody can issue more. Files\n"
"that are there are never overwritten.\n",
	.run = run,
};
