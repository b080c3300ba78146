// SPDX-License-Identifier: GPL-2.0-only
/*
 * libkeymaster's calls of the full operation set: versions as text, what is supported,
 * agreement, upgrade of stored keys, room for operations. The last ones need the module
 * and root: they load it anew, for versions are told once a load.
 * vm: -c 2
 * watched: every call of the interface
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <kselftest_harness.h>

#include <keymaster.h>

/* ---- without the device ---- */

TEST(os_versions_as_the_reference_reads_them)
{
	static const struct { char text[20]; uint32_t version; } samples[] = {
		{ "6.1.2-extrajunk", 60102 }, { "6.junk", 60000 }, { "681.23.24", 680000 },
		{ "68.231.24", 682300 }, { "extra6.1.2", 0 }, { "6", 60000 },
		{ "6.1", 60100 }, { "6.1.2", 60102 }, { "6.1.2.3", 60102 }, { "", 0 },
		{ "99.99.99", 999999 }, { "14", 140000 }, { ".1", 0 }, { " 6", 0 },
		{ "6.1.", 60100 }, { "6..2", 60000 }, { "0.0.7", 7 }, { "-6", 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		EXPECT_EQ(samples[i].version, km_parse_os_version(samples[i].text)) {
			TH_LOG("\"%s\"", samples[i].text);
		}
}

TEST(patch_levels_match_completely_or_not_at_all)
{
	static const struct { char text[20]; uint32_t month, day; } samples[] = {
		{ "2016-03-23", 201603, 20160323 }, { "2016-13-23", 0, 0 }, { "2016-03", 0, 0 },
		{ "2016-3-23", 0, 0 }, { "2016-03-23r", 0, 0 }, { "r2016-03-23", 0, 0 },
		{ "2016-00-23", 0, 0 }, { "2016-12-31", 201612, 20161231 }, { "", 0, 0 },
		{ "2016-01-01", 201601, 20160101 }, { "2016-01-00", 0, 0 },
		{ "2016-01-32", 0, 0 }, { "2016/01/01", 0, 0 }, { "2016-01-1", 0, 0 },
		{ "20160-1-01", 0, 0 }, { "9999-12-31", 999912, 99991231 },
	};
	size_t i;

	for (i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		EXPECT_EQ(samples[i].month, km_parse_patchlevel(samples[i].text)) {
			TH_LOG("\"%s\"", samples[i].text);
		}
		EXPECT_EQ(samples[i].day, km_parse_patchlevel_day(samples[i].text)) {
			TH_LOG("\"%s\"", samples[i].text);
		}
	}
}

/* What is printed is understood; so are the names that OpenSSL and Android use. */
TEST(names_of_algorithms_curves_and_purposes)
{
	static const struct { uint32_t tag; const char *name; uint32_t value; } samples[] = {
		{ KM_TAG_ALGORITHM, "rsa", 1 }, { KM_TAG_ALGORITHM, "3des", 33 },
		{ KM_TAG_ALGORITHM, "des-ede3", 33 }, { KM_TAG_EC_CURVE, "p224", 0 },
		{ KM_TAG_EC_CURVE, "p384", 2 }, { KM_TAG_EC_CURVE, "p521", 3 },
		{ KM_TAG_EC_CURVE, "25519", 4 }, { KM_TAG_EC_CURVE, "curve25519", 4 },
		{ KM_TAG_EC_CURVE, "prime256v1", 1 }, { KM_TAG_EC_CURVE, "secp384r1", 2 },
		{ KM_TAG_EC_CURVE, "P-521", 3 }, { KM_TAG_PADDING, "oaep", 2 },
		{ KM_TAG_PADDING, "pss", 3 }, { KM_TAG_PADDING, "pkcs1-encrypt", 4 },
		{ KM_TAG_PADDING, "pkcs1-sign", 5 }, { KM_TAG_RSA_OAEP_MGF_DIGEST, "sha1", 2 },
		{ KM_TAG_DIGEST, "md5", 1 }, { KM_TAG_DIGEST, "sha512", 6 },
		{ KM_TAG_PURPOSE, "wrap", 5 }, { KM_TAG_PURPOSE, "wrap-key", 5 },
		{ KM_TAG_PURPOSE, "agree", 6 }, { KM_TAG_PURPOSE, "agree-key", 6 },
	};
	uint32_t value;
	size_t i;

	for (i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		value = 99;
		EXPECT_EQ(0, km_value_from_name(samples[i].tag, samples[i].name, &value)) {
			TH_LOG("%s", samples[i].name);
		}
		EXPECT_EQ(samples[i].value, value);
	}
	EXPECT_STREQ("25519", km_value_name(KM_TAG_EC_CURVE, KM_EC_CURVE_CURVE_25519));
	EXPECT_STREQ("agree", km_value_name(KM_TAG_PURPOSE, KM_PURPOSE_AGREE_KEY));
	EXPECT_EQ(-ENOENT, km_value_from_name(KM_TAG_EC_CURVE, "des-ede3", &value));
	EXPECT_EQ(KM_TAG_RSA_PUBLIC_EXPONENT, km_tag_from_name("exponent"));
	EXPECT_EQ(KM_TAG_RSA_PUBLIC_EXPONENT, km_tag_from_name("rsa-public-exponent"));
	EXPECT_STREQ("exponent", km_tag_name(KM_TAG_RSA_PUBLIC_EXPONENT));
	EXPECT_EQ(KM_TAG_INVALID, km_tag_from_name("rsa-private-exponent"));
}

/* ---- with the device ---- */

static const unsigned char root_key[KM_ROOT_KEY_SIZE] = "lib_calls_test's own root key";

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

static const char *const gcm_key[] = {
	"algorithm", "aes", "size", "256", "purpose", "encrypt,decrypt", "mode", "gcm",
	"padding", "none", "min-mac-length", "128", "no-auth", NULL,
	"application-id", "me", NULL, NULL
};

static const char *const gcm_use[] = {
	"mode", "gcm", "padding", "none", "mac-length", "128", "application-id", "me", NULL
};

static const char *const agree_key[] = {
	"algorithm", "ec", "curve", "p256", "purpose", "agree", "no-auth", NULL, NULL
};

FIXTURE(calls) {
	struct km_ctx *ctx;
	struct km_params *key, *use;
	struct km_buf blob;
	struct km_key_ref ref;
	char dir[32];
};

/* rmmod: modprobe -r would take the cipher drivers along, which are slow to load. */
#define RELOAD	"rmmod keymaster 2>/dev/null; modprobe keymaster"
/* For a slow machine: each test loads the module. */
#define SECONDS	240
#define TEST_CALLS(name)	TEST_F_TIMEOUT(calls, name, SECONDS)

/* A module without versions and with our root key. */
static int load(struct km_ctx **ctx)
{
	struct km_root_request root = {
		.source = KM_ROOT_BYTES, .key = root_key, .len = sizeof(root_key),
	};

	return system(RELOAD) ? -ENODEV : km_open(ctx, NULL, 0) ?: km_load_root_key(*ctx, &root);
}

typedef FIXTURE_DATA(calls) data_of_calls;

FIXTURE_SETUP(calls)
{
	if (geteuid())
		SKIP(return, "loading the module needs root");
	ASSERT_EQ(0, load(&self->ctx));
	self->key = set_of(gcm_key);
	self->use = set_of(gcm_use);
	strcpy(self->dir, "/tmp/lib_calls-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	ASSERT_EQ(0, km_generate(self->ctx, self->key, KM_BLOB_DEFAULT, &self->blob));
	self->ref = (struct km_key_ref){ .blob = self->blob.data, .len = self->blob.len };
}

FIXTURE_TEARDOWN(calls)
{
	char command[64];

	km_params_free(self->key);
	km_params_free(self->use);
	km_buf_free(&self->blob);
	km_close(self->ctx);
	snprintf(command, sizeof(command), "rm -rf %s", self->dir);
	EXPECT_EQ(0, system(command));
	/* The versions must not bother whoever comes next. */
	EXPECT_EQ(0, system(RELOAD));
}

/* ---- room for operations ---- */

#define MANY	40

TEST_CALLS(the_operation_used_longest_ago_makes_room)
{
	struct km_op *ops[MANY];
	struct km_info info;
	int i;

	ASSERT_EQ(0, km_get_info(self->ctx, &info));
	ASSERT_GT(MANY, info.operations_max);
	for (i = 0; i < MANY; i++) {
		ASSERT_EQ(0, km_op_begin(self->ctx, KM_PURPOSE_ENCRYPT, &self->ref, self->use,
					 &ops[i]));
		/* The second one is used all the time, and lives. */
		if (i)
			ASSERT_EQ(0, km_op_update(ops[1], NULL, NULL, NULL));
	}
	EXPECT_EQ(-EBADFD, km_op_update(ops[0], NULL, NULL, NULL));
	EXPECT_EQ(KM_ERROR_INVALID_OPERATION_HANDLE, km_last_error(self->ctx));
	EXPECT_EQ(0, km_op_update(ops[1], NULL, NULL, NULL));
	EXPECT_EQ(-EBADFD, km_op_update(ops[2], NULL, NULL, NULL));
	for (i = 0; i < (int)info.operations_max - 1; i++)
		EXPECT_EQ(0, km_op_update(ops[MANY - 1 - i], NULL, NULL, NULL)) {
			TH_LOG("%d of %d", MANY - 1 - i, MANY);
		}
	for (i = 0; i < MANY; i++)
		km_op_free(ops[i]);
	ASSERT_EQ(0, km_get_info(self->ctx, &info));
	EXPECT_EQ(0, info.operations);
}

TEST_CALLS(operations_that_are_kept_do_not_make_room)
{
	struct km_operate_request request = {
		.purpose = KM_PURPOSE_ENCRYPT, .key = self->ref, .params = self->use,
	};
	struct km_op *ops[MANY], *more;
	struct km_buf out = { 0 };
	struct km_info info;
	unsigned int i;

	ASSERT_EQ(0, km_get_info(self->ctx, &info));
	ASSERT_GT(MANY, info.operations_max);
	for (i = 0; i < info.operations_max; i++) {
		ASSERT_EQ(0, km_op_begin(self->ctx, KM_PURPOSE_ENCRYPT, &self->ref, self->use,
					 &ops[i]));
		ASSERT_EQ(0, km_op_keep(ops[i], 1));
	}
	EXPECT_EQ(-EDQUOT, km_op_begin(self->ctx, KM_PURPOSE_ENCRYPT, &self->ref, self->use,
				       &more));
	EXPECT_EQ(KM_ERROR_TOO_MANY_OPERATIONS, km_last_error(self->ctx));
	ASSERT_EQ(0, km_op_keep(ops[3], 0));
	/* For a call of one piece as well, if that takes a place. */
	EXPECT_EQ(0, km_operate(self->ctx, &request, &out));
	km_buf_free(&out);
	ASSERT_EQ(0, km_op_begin(self->ctx, KM_PURPOSE_ENCRYPT, &self->ref, self->use, &more));
	EXPECT_EQ(-EBADFD, km_op_abort(ops[3]));
	EXPECT_EQ(0, km_op_abort(ops[2]));
	km_op_free(more);
	for (i = 0; i < info.operations_max; i++)
		km_op_free(ops[i]);
}

/* Each thread has a few operations open, together far more than there is room for. */
static void *churn(void *arg)
{
	data_of_calls *self = arg;
	struct km_op *ops[12];
	long bad = 0;
	int i, round, ret;

	for (round = 0; round < 20; round++) {
		for (i = 0; i < 12; i++)
			bad += !!km_op_begin(self->ctx, KM_PURPOSE_ENCRYPT, &self->ref,
					     self->use, &ops[i]);
		for (i = 0; i < 12; i++) {
			ret = km_op_update(ops[i], NULL, NULL, NULL);
			bad += ret && ret != -EBADFD;
			km_op_free(ops[i]);
		}
	}
	return (void *)bad;
}

TEST_CALLS(threads_make_room_for_each_other)
{
	pthread_t threads[5];
	void *bad;
	int i;

	for (i = 0; i < 5; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, churn, self));
	for (i = 0; i < 5; i++) {
		pthread_join(threads[i], &bad);
		EXPECT_EQ(NULL, bad);
	}
}

/* A child's begin does not end its parent's operations, whatever the list says. */
TEST_CALLS(a_child_leaves_its_parents_operations_alone)
{
	struct km_op *ops[MANY], *mine;
	struct km_info info;
	unsigned int i;
	int status;
	pid_t pid;

	ASSERT_EQ(0, km_get_info(self->ctx, &info));
	for (i = 0; i < info.operations_max; i++)
		ASSERT_EQ(0, km_op_begin(self->ctx, KM_PURPOSE_ENCRYPT, &self->ref, self->use,
					 &ops[i]));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		if (km_op_begin(self->ctx, KM_PURPOSE_ENCRYPT, &self->ref, self->use, &mine) !=
		    -EDQUOT)
			_exit(10);
		km_op_free(ops[0]);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	EXPECT_EQ(0, status);
	for (i = 0; i < info.operations_max; i++) {
		EXPECT_EQ(0, km_op_update(ops[i], NULL, NULL, NULL));
		km_op_free(ops[i]);
	}
}

/* ---- what is supported ---- */

static int has(const struct km_values *list, uint32_t value)
{
	size_t i;

	for (i = 0; i < list->count && list->values[i] != value; i++)
		;
	return i < list->count;
}

TEST_CALLS(what_is_supported)
{
	struct km_values v;

	ASSERT_EQ(0, km_get_supported_algorithms(self->ctx, &v));
	EXPECT_TRUE(has(&v, KM_ALGORITHM_AES));
	EXPECT_TRUE(has(&v, KM_ALGORITHM_EC));
	EXPECT_FALSE(has(&v, 2));
	km_values_free(&v);
	EXPECT_EQ(NULL, v.values);
	ASSERT_EQ(0, km_get_supported_block_modes(self->ctx, KM_ALGORITHM_AES,
						  KM_PURPOSE_DECRYPT, &v));
	EXPECT_EQ(4, v.count);
	EXPECT_TRUE(has(&v, KM_MODE_GCM));
	km_values_free(&v);
	ASSERT_EQ(0, km_get_supported_paddings(self->ctx, KM_ALGORITHM_AES, KM_PURPOSE_ENCRYPT,
					       &v));
	EXPECT_EQ(2, v.count);
	EXPECT_TRUE(has(&v, KM_PAD_PKCS7));
	km_values_free(&v);
	ASSERT_EQ(0, km_get_supported_digests(self->ctx, KM_ALGORITHM_HMAC, KM_PURPOSE_SIGN,
					      &v));
	EXPECT_EQ(5, v.count);
	EXPECT_FALSE(has(&v, KM_DIGEST_MD5));
	km_values_free(&v);
	ASSERT_EQ(0, km_get_supported_digests(self->ctx, KM_ALGORITHM_AES, KM_PURPOSE_ENCRYPT,
					      &v));
	EXPECT_EQ(0, v.count);
	km_values_free(&v);
	ASSERT_EQ(0, km_get_supported_import_formats(self->ctx, KM_ALGORITHM_HMAC, &v));
	ASSERT_EQ(1, v.count);
	EXPECT_EQ(KM_KEY_FORMAT_RAW, v.values[0]);
	km_values_free(&v);
	ASSERT_EQ(0, km_get_supported_export_formats(self->ctx, KM_ALGORITHM_EC, &v));
	ASSERT_EQ(1, v.count);
	EXPECT_EQ(KM_KEY_FORMAT_X509, v.values[0]);
	km_values_free(&v);
	EXPECT_EQ(-EOPNOTSUPP, km_get_supported_import_formats(self->ctx, 2, &v));
	EXPECT_EQ(KM_ERROR_UNSUPPORTED_ALGORITHM, km_last_error(self->ctx));
	EXPECT_EQ(NULL, v.values);
	EXPECT_EQ(-EOPNOTSUPP, km_get_supported_digests(self->ctx, KM_ALGORITHM_HMAC,
							KM_PURPOSE_ENCRYPT, &v));
	EXPECT_EQ(KM_ERROR_UNSUPPORTED_PURPOSE, km_last_error(self->ctx));
}

TEST_CALLS(entropy_up_to_its_limit)
{
	static const unsigned char bytes[KM_ENTROPY_MAX + 1];

	EXPECT_EQ(0, km_add_rng_entropy(self->ctx, NULL, 0));
	EXPECT_EQ(0, km_add_rng_entropy(self->ctx, bytes, 3));
	EXPECT_EQ(0, km_add_rng_entropy(self->ctx, bytes, KM_ENTROPY_MAX));
	EXPECT_EQ(-EINVAL, km_add_rng_entropy(self->ctx, bytes, KM_ENTROPY_MAX + 1));
	EXPECT_EQ(KM_ERROR_INVALID_INPUT_LENGTH, km_last_error(self->ctx));
}

/* ---- agreement ---- */

/* OpenSSL's side: a key pair on the curve, its public key, and the common secret. */
static size_t peer_secret(EVP_PKEY *peer, const struct km_buf *ours, unsigned char *secret)
{
	const unsigned char *p = ours->data;
	EVP_PKEY *theirs = d2i_PUBKEY(NULL, &p, ours->len);
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(peer, NULL);
	size_t len = 66;

	if (!theirs || EVP_PKEY_derive_init(c) != 1 ||
	    EVP_PKEY_derive_set_peer(c, theirs) != 1 ||
	    EVP_PKEY_derive(c, secret, &len) != 1)
		len = 0;
	EVP_PKEY_CTX_free(c);
	EVP_PKEY_free(theirs);
	return len;
}

TEST_CALLS(agreement_with_openssl)
{
	struct km_params *description = set_of(agree_key);
	EVP_PKEY *peer = EVP_EC_gen("P-256"), *other = EVP_EC_gen("P-384");
	struct km_buf ours = { 0 }, secret = { 0 }, again = { 0 };
	unsigned char want[66], *der = NULL, *wrong = NULL;
	struct km_bytes in;
	struct km_op *op;

	km_buf_free(&self->blob);
	ASSERT_EQ(0, km_generate(self->ctx, description, KM_BLOB_DEFAULT, &self->blob));
	self->ref = (struct km_key_ref){ .blob = self->blob.data, .len = self->blob.len };
	ASSERT_EQ(0, km_export(self->ctx, &self->ref, NULL, KM_KEY_FORMAT_X509, &ours));
	in = (struct km_bytes){ NULL, (size_t)i2d_PUBKEY(peer, &der) };
	in.data = der;
	ASSERT_EQ(32, peer_secret(peer, &ours, want));
	ASSERT_EQ(0, km_agree(self->ctx, &self->ref, NULL, &in, &secret));
	ASSERT_EQ(32, secret.len);
	EXPECT_EQ(0, memcmp(want, secret.data, 32));
	/* And piece by piece. */
	ASSERT_EQ(0, km_op_begin(self->ctx, KM_PURPOSE_AGREE_KEY, &self->ref, NULL, &op));
	ASSERT_EQ(0, km_op_update(op, NULL, &(struct km_bytes){ der, 20 }, NULL));
	ASSERT_EQ(0, km_op_finish(op, NULL, &(struct km_bytes){ der + 20, in.len - 20 }, NULL,
				  &again));
	km_op_free(op);
	ASSERT_EQ(32, again.len);
	EXPECT_EQ(0, memcmp(want, again.data, 32));
	km_buf_free(&again);
	km_buf_free(&secret);
	in.len = (size_t)i2d_PUBKEY(other, &wrong);
	in.data = wrong;
	EXPECT_EQ(-EINVAL, km_agree(self->ctx, &self->ref, NULL, &in, &secret));
	EXPECT_EQ(KM_ERROR_INVALID_ARGUMENT, km_last_error(self->ctx));
	EXPECT_EQ(NULL, secret.data);
	OPENSSL_free(der);
	OPENSSL_free(wrong);
	EVP_PKEY_free(peer);
	EVP_PKEY_free(other);
	km_buf_free(&ours);
	km_params_free(description);
}

/* ---- versions ---- */

static int set_patchlevel(struct km_ctx *ctx, const char *text)
{
	struct km_config config = {
		.given = KM_CONFIGURE_OS_VERSION | KM_CONFIGURE_OS_PATCHLEVEL,
		.os_version = km_parse_os_version("6.1.2"),
		.os_patchlevel = km_parse_patchlevel(text),
	};

	return km_configure(ctx, &config);
}

/* A key of an older system, in the store, and the system as it is now. */
static int older_key(data_of_calls *self)
{
	struct km_store *store;
	int ret;

	km_buf_free(&self->blob);
	ret = set_patchlevel(self->ctx, "2016-03-23") ?:
	      km_generate(self->ctx, self->key, KM_BLOB_DEFAULT, &self->blob) ?:
	      km_store_open(&store, self->dir, 0);
	if (ret)
		return ret;
	ret = km_store_put(store, "k", self->blob.data, self->blob.len, 0);
	km_store_close(store);
	self->ref = (struct km_key_ref){ .blob = self->blob.data, .len = self->blob.len };
	km_close(self->ctx);
	return ret ?: load(&self->ctx) ?: set_patchlevel(self->ctx, "2016-04-01");
}

TEST_CALLS(configuring_and_upgrading)
{
	struct km_params *e, *u;
	struct km_buf new = { 0 }, none = { 0 };
	struct km_key_ref upgraded;
	struct km_param p;

	ASSERT_EQ(0, older_key(self));
	EXPECT_EQ(0, set_patchlevel(self->ctx, "2016-04-30"));
	EXPECT_EQ(-EINVAL, set_patchlevel(self->ctx, "2016-05-01"));
	EXPECT_EQ(KM_ERROR_INVALID_ARGUMENT, km_last_error(self->ctx));
	EXPECT_EQ(-EKEYREJECTED, km_characteristics(self->ctx, &self->ref, self->use, &e, &u));
	EXPECT_EQ(KM_ERROR_KEY_REQUIRES_UPGRADE, km_last_error(self->ctx));
	EXPECT_EQ(-EKEYREJECTED, km_upgrade_key(self->ctx, &self->ref, NULL, &new));
	EXPECT_EQ(KM_ERROR_INVALID_KEY_BLOB, km_last_error(self->ctx));
	km_params_free(self->use);
	self->use = set_of((const char *const[]){ "application-id", "me", NULL });
	ASSERT_EQ(0, km_upgrade_key(self->ctx, &self->ref, self->use, &new));
	ASSERT_LT(0, new.len);
	upgraded = (struct km_key_ref){ .blob = new.data, .len = new.len };
	ASSERT_EQ(0, km_characteristics(self->ctx, &upgraded, self->use, &e, &u));
	ASSERT_EQ(0, km_params_find(e, KM_TAG_OS_PATCHLEVEL, 0, &p));
	EXPECT_EQ(201604, p.value);
	ASSERT_EQ(0, km_params_find(e, KM_TAG_OS_VERSION, 0, &p));
	EXPECT_EQ(60102, p.value);
	km_params_free(e);
	km_params_free(u);
	EXPECT_EQ(0, km_upgrade_key(self->ctx, &upgraded, self->use, &none));
	EXPECT_EQ(0, none.len);
	EXPECT_EQ(-EINVAL, km_upgrade_key(self->ctx, &(struct km_key_ref){ .serial = 1 },
					  self->use, &none));
	km_buf_free(&new);
	km_buf_free(&none);
}

static int file_is(data_of_calls *self, const void *blob, size_t len)
{
	struct km_buf now = { 0 };
	struct km_store *store;
	int same;

	if (km_store_open(&store, self->dir, 0) || km_store_get(store, "k", &now))
		return -1;
	same = now.len == len && !memcmp(now.data, blob, len);
	km_buf_free(&now);
	km_store_close(store);
	return same;
}

TEST_CALLS(a_stored_key_is_upgraded_on_the_way)
{
	struct km_operate_request request = {
		.purpose = KM_PURPOSE_ENCRYPT, .params = self->use, .input = { "text", 4 },
	};
	struct km_buf out = { 0 };
	struct km_store *store;
	struct km_key *key;
	struct km_op *op;

	ASSERT_EQ(0, older_key(self));
	ASSERT_EQ(0, km_store_open(&store, self->dir, 0));
	ASSERT_EQ(0, km_key_open(&key, self->ctx, store, "k"));
	km_store_close(store);
	/* Not by its blob alone: nobody knows where that lies. */
	EXPECT_EQ(-EKEYREJECTED, km_op_begin(self->ctx, KM_PURPOSE_ENCRYPT, &self->ref,
					     self->use, &op));
	EXPECT_EQ(KM_ERROR_KEY_REQUIRES_UPGRADE, km_last_error(self->ctx));
	/* Nor when it cannot be opened: the first code is told, and the file stays. */
	EXPECT_EQ(-EKEYREJECTED, km_op_begin(self->ctx, KM_PURPOSE_ENCRYPT, km_key_as_ref(key),
					     NULL, &op));
	EXPECT_EQ(KM_ERROR_INVALID_KEY_BLOB, km_last_error(self->ctx));
	EXPECT_EQ(1, file_is(self, self->blob.data, self->blob.len));
	ASSERT_EQ(0, km_op_begin(self->ctx, KM_PURPOSE_ENCRYPT, km_key_as_ref(key), self->use,
				 &op));
	km_op_free(op);
	EXPECT_EQ(0, file_is(self, self->blob.data, self->blob.len));
	request.key = *km_key_as_ref(key);
	EXPECT_EQ(0, km_operate(self->ctx, &request, &out));
	km_buf_free(&out);
	km_key_close(key);
	/* The file is the upgraded key: it works by its blob. */
	ASSERT_EQ(0, km_store_open(&store, self->dir, 0));
	ASSERT_EQ(0, km_store_get(store, "k", &out));
	km_store_close(store);
	request.key = (struct km_key_ref){ .blob = out.data, .len = out.len };
	ASSERT_EQ(0, km_op_begin(self->ctx, KM_PURPOSE_ENCRYPT, &request.key, self->use, &op));
	km_op_free(op);
	km_buf_free(&out);
}

/* Meanwhile the name was given to another key: that one must not be lost. */
TEST_CALLS(an_upgrade_replaces_no_other_key)
{
	struct km_store *store;
	struct km_key *key;
	struct km_op *op;

	ASSERT_EQ(0, older_key(self));
	ASSERT_EQ(0, km_store_open(&store, self->dir, 0));
	ASSERT_EQ(0, km_key_open(&key, self->ctx, store, "k"));
	ASSERT_EQ(0, km_store_put(store, "k", "another", 7, KM_STORE_REPLACE));
	ASSERT_EQ(0, km_op_begin(self->ctx, KM_PURPOSE_ENCRYPT, km_key_as_ref(key), self->use,
				 &op));
	km_op_free(op);
	EXPECT_EQ(1, file_is(self, "another", 7));
	km_key_close(key);
	km_store_close(store);
}

static void *use_it(void *arg)
{
	data_of_calls *self = arg;
	long bad = 0;
	struct km_op *op;
	int i;

	for (i = 0; i < 10; i++) {
		if (km_op_begin(self->ctx, KM_PURPOSE_ENCRYPT, &self->ref, self->use, &op))
			bad++;
		else
			km_op_free(op);
	}
	return (void *)bad;
}

TEST_CALLS(threads_upgrade_a_key_together)
{
	struct km_store *store;
	pthread_t threads[4];
	struct km_key *key;
	void *bad;
	int i;

	ASSERT_EQ(0, older_key(self));
	ASSERT_EQ(0, km_store_open(&store, self->dir, 0));
	ASSERT_EQ(0, km_key_open(&key, self->ctx, store, "k"));
	self->ref = *km_key_as_ref(key);
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, use_it, self));
	for (i = 0; i < 4; i++) {
		pthread_join(threads[i], &bad);
		EXPECT_EQ(NULL, bad);
	}
	EXPECT_EQ(0, file_is(self, self->blob.data, self->blob.len));
	km_key_close(key);
	km_store_close(store);
}

TEST_HARNESS_MAIN
