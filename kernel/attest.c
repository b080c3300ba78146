// SPDX-License-Identifier: GPL-2.0-only
/*
 * Certificates over keys: which one a key gets, what is in it, who signs it (attestation.md 2, 3).
 * Called by key_make.c and dev_attest.c; x509.c and attest_der.c write, alg_*.c sign.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include "attest.h"
#include "attest_der.h"
#include "attest_keys.h"
#include "operation.h"
#include "root.h"
#include "x509.h"

#define NEWEST		300
#define RECORD_MAX	(16 * 1024)
#define TBS_MAX		(KM_ATTEST_LEAF_MAX - KM_X509_SIGNED_MAX)
/* Below it a signature of SHA-256 does not belong, nor on some keys does it fit. */
#define RSA_MIN_BITS	1024

/* CN=Android Keystore Key */
static const u8 default_subject[] = {
	0x30, 0x1f, 0x31, 0x1d, 0x30, 0x1b, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x14,
	'A', 'n', 'd', 'r', 'o', 'i', 'd', ' ', 'K', 'e', 'y', 's', 't', 'o', 'r', 'e', ' ',
	'K', 'e', 'y',
};

static const u8 one = 1;

/**
 * struct making - a certificate on its way
 * @a: what was asked for
 * @challenge: ATTESTATION_CHALLENGE, valid with @attested
 * @attested: it is there
 * @cert: the certificate
 * @provisioned: the key that signs, where it is the machine's own
 * @unique_id: part of the record
 * @boot_hash: likewise
 * @spki: the public key
 * @record: the extension
 * @tbs: what is signed
 * @io: room for it to be signed in, and for the signature
 */
struct making {
	struct km_attest *a;
	struct km_param challenge;
	bool attested;
	struct km_x509 cert;
	struct km_provision_key provisioned;
	u8 unique_id[KM_UNIQUE_ID_SIZE];
	u8 boot_hash[KM_SHA256_SIZE];
	u8 spki[KM_EXPORT_MAX];
	u8 record[RECORD_MAX];
	u8 tbs[TBS_MAX];
	u8 io[KM_IO_STATE + KM_IO_HEAD + TBS_MAX + KM_IO_TAIL] __aligned(16);
};

/* --- what is in it --- */

/* Milliseconds, of which a certificate has no use for the last three digits. */
static enum km_error read_time(const struct km_params *set, u32 tag, u64 *seconds)
{
	struct km_param p;

	if (km_params_find(set, tag, &p))
		*seconds = p.value / 1000;
	return *seconds > KM_X509_TIME_MAX ? KM_ERROR_INVALID_ARGUMENT : KM_ERROR_OK;
}

static enum km_error set_times(struct making *m)
{
	const struct km_attest *a = m->a;
	struct km_x509 *c = &m->cert;
	enum km_error err = KM_ERROR_OK;

	c->not_after = KM_X509_TIME_MAX;
	if (a->later) {
		err = read_time(a->enforced, KM_TAG_ACTIVE_DATETIME, &c->not_before);
		if (!err)
			err = read_time(a->enforced, KM_TAG_ORIGINATION_EXPIRE_DATETIME,
					&c->not_after);
	}
	if (!err)
		err = read_time(a->request, KM_TAG_CERTIFICATE_NOT_BEFORE, &c->not_before);
	return err ? err : read_time(a->request, KM_TAG_CERTIFICATE_NOT_AFTER, &c->not_after);
}

static enum km_error set_names(struct making *m)
{
	struct km_x509 *c = &m->cert;
	struct km_param p;

	c->serial = (struct km_piece){ &one, 1 };
	c->subject = (struct km_piece){ default_subject, sizeof(default_subject) };
	if (km_params_find(m->a->request, KM_TAG_CERTIFICATE_SERIAL, &p)) {
		if (!p.len || p.len > KM_X509_SERIAL_MAX)
			return KM_ERROR_INVALID_ARGUMENT;
		c->serial = (struct km_piece){ p.data, p.len };
	}
	if (km_params_find(m->a->request, KM_TAG_CERTIFICATE_SUBJECT, &p)) {
		c->subject = (struct km_piece){ p.data, p.len };
		if (!km_x509_is_name(&c->subject))
			return KM_ERROR_INVALID_ARGUMENT;
	}
	return KM_ERROR_OK;
}

/*
 * DERIVE_KEY, ENCRYPT and VERIFY have no bits. DECRYPT has both of encipherment, as RSA
 * wraps keys as well as data; see attestation.md 3 for where others differ.
 */
static void set_usage(struct making *m)
{
	u64 purposes = m->a->key->spec.purposes;
	struct km_x509 *c = &m->cert;

	if (purposes & km_bit(KM_PURPOSE_SIGN))
		c->usage |= KM_X509_DIGITAL_SIGNATURE;
	if (purposes & km_bit(KM_PURPOSE_DECRYPT))
		c->usage |= KM_X509_KEY_ENCIPHERMENT | KM_X509_DATA_ENCIPHERMENT;
	if (purposes & km_bit(KM_PURPOSE_WRAP_KEY))
		c->usage |= KM_X509_KEY_ENCIPHERMENT;
	if (purposes & km_bit(KM_PURPOSE_AGREE_KEY))
		c->usage |= KM_X509_KEY_AGREEMENT;
	c->ca = purposes & km_bit(KM_PURPOSE_ATTEST_KEY);
	if (c->ca)
		c->usage |= KM_X509_KEY_CERT_SIGN;
}

static enum km_error set_key(struct making *m)
{
	size_t len = sizeof(m->spki);
	enum km_error err = m->a->key->alg->export(m->a->key, m->spki, &len);

	m->cert.spki = (struct km_piece){ m->spki, len };
	return err;
}

/* --- the extension --- */

static enum km_error make_unique_id(struct making *m, const struct km_piece *app_id)
{
	u8 key[KM_DERIVED_SIZE];
	struct km_unique_id u = { .key = { key, sizeof(key) }, .app_id = *app_id };
	struct km_param p;

	if (!km_params_find(m->a->unenforced, KM_TAG_CREATION_DATETIME, &p))
		return KM_ERROR_INVALID_KEY_BLOB;
	u.created_ms = p.value;
	u.reset = km_params_find(m->a->request, KM_TAG_RESET_SINCE_ID_ROTATION, &p);
	if (!km_root_copy(KM_ROOT_NOW, KM_ROOT_KEY_UNIQUE_ID, key))
		return KM_ERROR_KEYMASTER_NOT_CONFIGURED;
	km_attest_unique_id(&u, m->unique_id);
	memzero_explicit(key, sizeof(key));
	return KM_ERROR_OK;
}

static enum km_error read_app_id(const struct making *m, struct km_piece *app_id)
{
	struct km_param p;

	if (m->challenge.len > KM_ATTEST_CHALLENGE_MAX)
		return KM_ERROR_INVALID_INPUT_LENGTH;
	if (!km_params_find(m->a->request, KM_TAG_ATTESTATION_APPLICATION_ID, &p))
		return KM_ERROR_ATTESTATION_APPLICATION_ID_MISSING;
	*app_id = (struct km_piece){ p.data, p.len };
	return p.len > KM_ATTEST_APP_ID_MAX ? KM_ERROR_INVALID_INPUT_LENGTH : KM_ERROR_OK;
}

/* What the system says it has booted, or zeros as long as it says nothing. */
static void hash_boot(struct making *m)
{
	struct km_piece trust;

	if (km_root_of_trust(&trust))
		km_sha256(&trust, 1, m->boot_hash);
}

static enum km_error make_record(struct making *m)
{
	const struct km_attest *a = m->a;
	struct km_attest_record r = {
		.version = a->version ? a->version : NEWEST,
		.challenge = { m->challenge.data, m->challenge.len },
		.enforced = a->enforced, .unenforced = a->unenforced, .request = a->request,
		.boot_hash = m->boot_hash,
	};
	struct km_piece app_id;
	struct km_param p;
	enum km_error err = read_app_id(m, &app_id);
	size_t len;

	if (!err)
		err = km_attest_check_ids(a->request);
	if (!err && km_params_find(a->request, KM_TAG_INCLUDE_UNIQUE_ID, &p)) {
		err = make_unique_id(m, &app_id);
		r.unique_id = (struct km_piece){ m->unique_id, sizeof(m->unique_id) };
	}
	if (err)
		return err;
	hash_boot(m);
	len = km_attest_write(&r, m->record, sizeof(m->record));
	m->cert.record = (struct km_piece){ m->record, len };
	return len ? KM_ERROR_OK : KM_ERROR_INVALID_INPUT_LENGTH;
}

/* --- who signs it --- */

static enum km_x509_alg alg_of(const struct km_alg_key *key)
{
	if (key->alg == &km_alg_rsa)
		return KM_X509_RSA_SHA256;
	return key->alg == &km_alg_25519 ? KM_X509_ED25519 : KM_X509_ECDSA_SHA256;
}

/* Whatever digests and paddings the key lists: this is not an operation of its owner. */
static enum km_error sign(struct making *m, struct km_alg_key *key, size_t tbs_len,
			  struct km_piece *sig)
{
	struct km_alg_op op = {
		.key = key, .purpose = KM_PURPOSE_SIGN,
		.args = {
			.digest = { 1, KM_DIGEST_SHA_2_256 },
			.padding = { 1, KM_PAD_RSA_PKCS1_1_5_SIGN },
		},
	};
	struct km_io io = {
		.state = m->io, .data = m->io + KM_IO_STATE + KM_IO_HEAD, .len = tbs_len,
	};
	enum km_error err;

	if (key->alg == &km_alg_25519)
		op.args.digest.value = KM_DIGEST_NONE;
	memcpy(io.data, m->tbs, tbs_len);
	err = key->alg->begin(&op);
	if (!err)
		err = key->alg->finish(&op, &io);
	key->alg->end(&op);
	*sig = (struct km_piece){ io.out, io.out_len };
	return err;
}

static enum km_error write_chain(struct making *m, size_t tbs_len, const struct km_piece *sig)
{
	const struct km_secret *rest = m->provisioned.chain;
	const struct km_piece tbs = { m->tbs, tbs_len };
	size_t rest_len = rest ? rest->len : 0;
	struct km_attest *a = m->a;

	a->chain = kvmalloc(KM_ATTEST_LEAF_MAX + rest_len, GFP_KERNEL_ACCOUNT);
	if (!a->chain)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	a->chain_len = km_x509_write(&tbs, m->cert.alg, sig, a->chain, KM_ATTEST_LEAF_MAX);
	if (!a->chain_len)
		return KM_ERROR_UNKNOWN_ERROR;
	if (rest)
		memcpy(a->chain + a->chain_len, rest->data, rest_len);
	a->chain_len += rest_len;
	return KM_ERROR_OK;
}

/* @key: NULL: nobody signs */
static enum km_error issue(struct making *m, struct km_alg_key *key)
{
	struct km_piece sig = { "", 1 };
	enum km_error err = KM_ERROR_OK;
	size_t len;

	m->cert.alg = key ? alg_of(key) : KM_X509_RSA_SHA256;
	len = km_x509_write_tbs(&m->cert, m->tbs, sizeof(m->tbs));
	if (!len)
		return KM_ERROR_INVALID_INPUT_LENGTH;
	if (key)
		err = sign(m, key, len, &sig);
	return err ? err : write_chain(m, len, &sig);
}

static enum km_error issue_by_signer(struct making *m)
{
	struct km_attest *a = m->a;
	const struct km_op_begin use = {
		.key = a->signer, .purpose = KM_PURPOSE_ATTEST_KEY, .args = a->args, .who = a->who,
	};
	struct km_alg_key *key = &a->signer->alg;
	enum km_error err = km_key_check(a->signer);

	if (err)
		return err;
	if (key->spec.algorithm != KM_ALGORITHM_RSA && key->spec.algorithm != KM_ALGORITHM_EC)
		return KM_ERROR_INCOMPATIBLE_ALGORITHM;
	if (!(key->spec.purposes & km_bit(KM_PURPOSE_ATTEST_KEY)))
		return KM_ERROR_INCOMPATIBLE_PURPOSE;
	if (!a->issuer.len)
		return KM_ERROR_MISSING_ISSUER_SUBJECT;
	if (!km_x509_is_name(&a->issuer))
		return KM_ERROR_INVALID_ISSUER_SUBJECT;
	m->cert.issuer = a->issuer;
	err = km_op_authorize(&use);
	if (!err)
		err = issue(m, key);
	return err ? err : km_op_spend(a->signer, KM_PURPOSE_ATTEST_KEY);
}

static enum km_error issue_by_machine(struct making *m)
{
	u32 algorithm = m->a->key->spec.algorithm;
	enum km_error err = km_attest_key_get(algorithm, &m->provisioned);
	struct km_alg_key key = {
		.alg = algorithm == KM_ALGORITHM_RSA ? &km_alg_rsa : &km_alg_ec,
		.spec.algorithm = algorithm, .material = m->provisioned.material,
	};
	struct km_x509_view first;
	struct km_der in;

	if (err)
		return err;
	in = (struct km_der){ m->provisioned.chain->data, m->provisioned.chain->len };
	if (km_x509_read(&in, &first))
		return KM_ERROR_UNKNOWN_ERROR;
	m->cert.issuer = first.subject;
	err = key.alg->load(&key);
	if (!err)
		err = issue(m, &key);
	key.alg->unload(&key);
	return err;
}

/* A key that may not sign, not even for itself, has a certificate that nobody signs. */
static enum km_error issue_by_itself(struct making *m)
{
	struct km_alg_key key = *m->a->key;
	u64 signs = km_bit(KM_PURPOSE_SIGN) | km_bit(KM_PURPOSE_ATTEST_KEY);
	bool can = key.spec.purposes & signs &&
		   !(key.spec.algorithm == KM_ALGORITHM_RSA && key.spec.key_size < RSA_MIN_BITS);

	m->cert.issuer = m->cert.subject;
	return issue(m, can ? &key : NULL);
}

static enum km_error make(struct making *m)
{
	enum km_error err = set_times(m);

	if (!err)
		err = set_names(m);
	if (!err)
		err = set_key(m);
	set_usage(m);
	if (err)
		return err;
	if (!m->attested)
		return issue_by_itself(m);
	err = make_record(m);
	if (err)
		return err;
	return m->a->signer ? issue_by_signer(m) : issue_by_machine(m);
}

/**
 * km_attest() - make the certificate of a key
 * @a: the key, and what is asked for
 *
 * Return: Keymaster code, see attestation.md 2. Context: may sleep.
 */
enum km_error km_attest(struct km_attest *a)
{
	struct making *m;
	enum km_error err;

	a->chain = NULL;
	a->chain_len = 0;
	if (!a->key->alg->export)
		return KM_ERROR_INCOMPATIBLE_ALGORITHM;
	if (a->version && !km_attest_version(a->version))
		return KM_ERROR_VERSION_MISMATCH;
	m = kvzalloc(sizeof(*m), GFP_KERNEL_ACCOUNT);
	if (!m)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	m->a = a;
	m->attested = km_params_find(a->request, KM_TAG_ATTESTATION_CHALLENGE, &m->challenge);
	if (!m->attested && (a->signer || a->later))
		err = KM_ERROR_ATTESTATION_CHALLENGE_MISSING;
	else
		err = make(m);
	kvfree_sensitive(m, sizeof(*m));
	return err;
}
