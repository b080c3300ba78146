// SPDX-License-Identifier: GPL-2.0-only
/*
 * libkeymaster's calls on certificates: by an attest key, for keys that are made, brought in
 * and there. Needs the module and root: it loads it anew, for versions are told once a load.
 * watched: every call of the interface
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <kselftest_harness.h>

#include <keymaster.h>

static const unsigned char root_key[KM_ROOT_KEY_SIZE] = "lib_attest_test's own root key";

/* CN=me, in DER. */
#define ME	"300d310b300906035504030c026d65"
static const unsigned char me[] = "\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x03\x0c\x02\x6d\x65";

#define ASKED \
	"certificate-not-before", "1970-01-01", "certificate-not-after", "2040-01-01", \
	"attestation-challenge", "0102", "attestation-application-id", "300431003100"

static const char *const attest_key[] = {
	"algorithm", "ec", "curve", "p256", "purpose", "attest", "no-auth", NULL,
	"application-id", "me", "certificate-not-before", "1970-01-01",
	"certificate-not-after", "2040-01-01", "certificate-subject", ME, NULL
};

static const char *const leaf_key[] = {
	"algorithm", "ec", "curve", "p256", "purpose", "sign", "digest", "sha256",
	"no-auth", NULL, ASKED, NULL
};

static const char *const asked[] = { ASKED, NULL };
static const char *const app[] = { "application-id", "me", NULL };

FIXTURE(attest) {
	struct km_ctx *ctx;
	struct km_store *store;
	struct km_key *signer;
	struct km_params *key, *leaf, *asked, *app;
	struct km_buf own, blob, chain;
	struct km_certify_request certify;
	char dir[32];
};

static struct km_params *set_of(const char *const *text)
{
	struct km_params *p;

	if (km_params_new(&p))
		abort();
	for (; text[0]; text += 2)
		if (km_params_add_text(p, text[0], text[1]))
			abort();
	return p;
}

/* rmmod: modprobe -r would take the cipher drivers along, which are slow to load. */
#define RELOAD	"rmmod keymaster 2>/dev/null; modprobe keymaster"
/* For a slow machine: each test loads the module. */
#define TEST_ATTEST(name)	TEST_F_TIMEOUT(attest, name, 240)

FIXTURE_SETUP(attest)
{
	struct km_root_request root = {
		.source = KM_ROOT_BYTES, .key = root_key, .len = sizeof(root_key),
	};

	if (geteuid())
		SKIP(return, "loading the module needs root");
	ASSERT_EQ(0, system(RELOAD));
	ASSERT_EQ(0, km_open(&self->ctx, NULL, 0));
	ASSERT_EQ(0, km_load_root_key(self->ctx, &root));
	strcpy(self->dir, "/tmp/lib_attest-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	ASSERT_EQ(0, km_store_open(&self->store, self->dir, 0));
	self->key = set_of(attest_key);
	self->leaf = set_of(leaf_key);
	self->asked = set_of(asked);
	self->app = set_of(app);
	ASSERT_EQ(0, km_generate_certified(self->ctx, self->key, KM_BLOB_DEFAULT, &self->blob,
					   &self->own));
	ASSERT_EQ(0, km_store_put(self->store, "signer", self->blob.data, self->blob.len, 0));
	km_buf_free(&self->blob);
	ASSERT_EQ(0, km_key_open(&self->signer, self->ctx, self->store, "signer"));
	self->certify = (struct km_certify_request){
		.chain = &self->chain, .attest_key = km_key_as_ref(self->signer),
		.attest_params = self->app, .issuer = { me, sizeof(me) - 1 },
	};
}

FIXTURE_TEARDOWN(attest)
{
	char command[64];

	km_key_close(self->signer);
	km_store_close(self->store);
	km_params_free(self->key);
	km_params_free(self->leaf);
	km_params_free(self->asked);
	km_params_free(self->app);
	km_buf_free(&self->own);
	km_buf_free(&self->blob);
	km_buf_free(&self->chain);
	km_close(self->ctx);
	snprintf(command, sizeof(command), "rm -rf %s", self->dir);
	EXPECT_EQ(0, system(command));
	EXPECT_EQ(0, system(RELOAD));
}

/* One certificate, and the attest key has signed it. */
static int is_signed(const struct km_buf *chain, const struct km_buf *own)
{
	const unsigned char *p = chain->data, *q = own->data;
	X509 *leaf = d2i_X509(NULL, &p, (long)chain->len);
	X509 *above = d2i_X509(NULL, &q, (long)own->len);
	int ok = leaf && above && p == (unsigned char *)chain->data + chain->len &&
		 X509_check_issued(above, leaf) == X509_V_OK &&
		 X509_verify(leaf, X509_get0_pubkey(above)) == 1;

	X509_free(leaf);
	X509_free(above);
	return ok;
}

static int update(struct km_ctx *ctx)
{
	const struct km_config config = {
		.given = KM_CONFIGURE_OS_VERSION | KM_CONFIGURE_OS_PATCHLEVEL,
		.os_version = 140000, .os_patchlevel = 202609,
	};

	return km_configure(ctx, &config);
}

TEST_ATTEST(of_keys_that_are_made_brought_in_and_there)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	unsigned char *der = NULL;
	PKCS8_PRIV_KEY_INFO *p8 = EVP_PKEY2PKCS8(key);
	int len = i2d_PKCS8_PRIV_KEY_INFO(p8, &der);
	struct km_import_request request = {
		.description = self->leaf, .key_format = KM_KEY_FORMAT_PKCS8,
		.data = der, .len = (size_t)len,
	};
	struct km_key_ref ref;

	ASSERT_EQ(0, km_certify_generate(self->ctx, self->leaf, KM_BLOB_DEFAULT, &self->certify,
					 &self->blob));
	EXPECT_EQ(1, is_signed(&self->chain, &self->own));
	km_buf_free(&self->blob);
	km_buf_free(&self->chain);
	ASSERT_EQ(0, km_certify_import(self->ctx, &request, &self->certify, &self->blob));
	EXPECT_EQ(1, is_signed(&self->chain, &self->own));
	km_buf_free(&self->chain);
	ref = (struct km_key_ref){ .blob = self->blob.data, .len = self->blob.len };
	ASSERT_EQ(0, km_certify_key(self->ctx, &ref, self->asked, &self->certify));
	EXPECT_EQ(1, is_signed(&self->chain, &self->own));
	OPENSSL_free(der);
	PKCS8_PRIV_KEY_INFO_free(p8);
	EVP_PKEY_free(key);
}

TEST_ATTEST(what_is_refused)
{
	self->certify.issuer.len = 0;
	EXPECT_EQ(-EINVAL, km_certify_generate(self->ctx, self->leaf, KM_BLOB_DEFAULT,
					       &self->certify, &self->blob));
	EXPECT_EQ(KM_ERROR_MISSING_ISSUER_SUBJECT, km_last_error(self->ctx));
	self->certify.issuer.len = sizeof(me) - 2;
	EXPECT_EQ(-EINVAL, km_certify_generate(self->ctx, self->leaf, KM_BLOB_DEFAULT,
					       &self->certify, &self->blob));
	EXPECT_EQ(KM_ERROR_INVALID_ISSUER_SUBJECT, km_last_error(self->ctx));
	self->certify.issuer.len = sizeof(me) - 1;
	self->certify.attest_params = NULL;
	EXPECT_NE(0, km_certify_generate(self->ctx, self->leaf, KM_BLOB_DEFAULT, &self->certify,
					 &self->blob));
	EXPECT_EQ(KM_ERROR_INVALID_KEY_BLOB, km_last_error(self->ctx));
	EXPECT_EQ(NULL, self->blob.data);
	EXPECT_EQ(NULL, self->chain.data);
}

/* The kernel says that a key is of an older system, and not which of the two. */
TEST_ATTEST(an_attest_key_is_upgraded_on_the_way)
{
	struct km_buf now = { 0 };

	ASSERT_EQ(0, update(self->ctx));
	ASSERT_EQ(0, km_certify_generate(self->ctx, self->leaf, KM_BLOB_DEFAULT, &self->certify,
					 &self->blob));
	EXPECT_EQ(1, is_signed(&self->chain, &self->own));
	ASSERT_EQ(0, km_store_get(self->store, "signer", &now));
	EXPECT_TRUE(now.len != km_key_as_ref(self->signer)->len ||
		    memcmp(now.data, km_key_as_ref(self->signer)->blob, now.len));
	km_buf_free(&now);
}

TEST_ATTEST(so_are_both_keys)
{
	struct km_key *leaf;

	ASSERT_EQ(0, km_certify_generate(self->ctx, self->leaf, KM_BLOB_DEFAULT, &self->certify,
					 &self->blob));
	km_buf_free(&self->chain);
	ASSERT_EQ(0, km_store_put(self->store, "leaf", self->blob.data, self->blob.len, 0));
	ASSERT_EQ(0, km_key_open(&leaf, self->ctx, self->store, "leaf"));
	ASSERT_EQ(0, update(self->ctx));
	/* What cannot be mended is told, by its first code, and nothing has changed. */
	self->certify.attest_params = NULL;
	EXPECT_NE(0, km_certify_key(self->ctx, km_key_as_ref(leaf), self->asked, &self->certify));
	EXPECT_EQ(KM_ERROR_INVALID_KEY_BLOB, km_last_error(self->ctx));
	self->certify.attest_params = self->app;
	EXPECT_EQ(0, km_certify_key(self->ctx, km_key_as_ref(leaf), self->asked, &self->certify));
	EXPECT_EQ(1, is_signed(&self->chain, &self->own));
	km_key_close(leaf);
}

TEST_HARNESS_MAIN
