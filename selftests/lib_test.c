// SPDX-License-Identifier: GPL-2.0-only
/*
 * libkeymaster without the device: sets, text, names, errors, blobs, the store.
 * What needs the kernel is in lib_device_test.c.
 * watched: every call of the interface
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

#include <kselftest_harness.h>

#include <keymaster.h>

/* ---- sets ---- */

FIXTURE(set) {
	struct km_params *p;
	struct km_buf wire;
};

FIXTURE_SETUP(set)
{
	ASSERT_EQ(0, km_params_new(&self->p));
}

FIXTURE_TEARDOWN(set)
{
	km_params_free(self->p);
	km_buf_free(&self->wire);
}

/* Against bytes written by hand from the definition, not against the parser. */
TEST_F(set, wire_form_is_as_defined)
{
	static const unsigned char want[] = {
		2, 0, 0, 0, 'S', 'W',
		4, 0, 0, 0, 37, 0, 0, 0,
		0x02, 0x00, 0x00, 0x10, 32, 0, 0, 0,
		0xf7, 0x01, 0x00, 0x70, 1,
		0xc0, 0x02, 0x00, 0x90, 2, 0, 0, 0, 0, 0, 0, 0,
		0x90, 0x01, 0x00, 0x60, 8, 7, 6, 5, 4, 3, 2, 1,
	};

	ASSERT_EQ(0, km_params_add_u32(self->p, KM_TAG_ALGORITHM, KM_ALGORITHM_AES));
	ASSERT_EQ(0, km_params_add_bool(self->p, KM_TAG_NO_AUTH_REQUIRED));
	ASSERT_EQ(0, km_params_add_bytes(self->p, KM_TAG_ROOT_OF_TRUST, "SW", 2));
	ASSERT_EQ(0, km_params_add_u64(self->p, KM_TAG_ACTIVE_DATETIME, 0x0102030405060708ULL));
	ASSERT_EQ(0, km_params_serialise(self->p, &self->wire));
	ASSERT_EQ(sizeof(want), self->wire.len);
	EXPECT_EQ(0, memcmp(want, self->wire.data, sizeof(want)));
}

TEST_F(set, empty_set_is_twelve_zero_bytes)
{
	static const unsigned char zero[12];

	ASSERT_EQ(0, km_params_serialise(NULL, &self->wire));
	ASSERT_EQ(12, self->wire.len);
	EXPECT_EQ(0, memcmp(zero, self->wire.data, 12));
}

TEST_F(set, every_known_tag_survives_the_round_trip)
{
	struct km_params *back;
	struct km_param a, b;
	uint32_t tag;
	size_t i;

	for (i = 0; (tag = km_tag_at(i)); i++) {
		switch (KM_TAG_TYPE(tag)) {
		case KM_TYPE_BOOL:
			ASSERT_EQ(0, km_params_add_bool(self->p, tag));
			break;
		case KM_TYPE_BYTES:
		case KM_TYPE_BIGNUM:
			ASSERT_EQ(0, km_params_add_bytes(self->p, tag, &i, i % 8));
			break;
		case KM_TYPE_ULONG:
		case KM_TYPE_ULONG_REP:
		case KM_TYPE_DATE:
			ASSERT_EQ(0, km_params_add_u64(self->p, tag, ~0ULL - i));
			break;
		default:
			ASSERT_EQ(0, km_params_add_u32(self->p, tag, ~0U - i));
		}
	}
	EXPECT_LT(70, i);
	ASSERT_EQ(0, km_params_serialise(self->p, &self->wire));
	ASSERT_EQ(0, km_params_parse(&back, self->wire.data, self->wire.len, NULL));
	ASSERT_EQ(i, km_params_count(back));
	while (i--) {
		ASSERT_EQ(0, km_params_get(self->p, i, &a));
		ASSERT_EQ(0, km_params_get(back, i, &b));
		EXPECT_EQ(a.tag, b.tag);
		EXPECT_EQ(a.value, b.value);
		ASSERT_EQ(a.len, b.len);
		EXPECT_TRUE(!a.len || !memcmp(a.data, b.data, a.len));
	}
	km_params_free(back);
}

TEST_F(set, builder_checks_types_and_repetition)
{
	EXPECT_EQ(-EINVAL, km_params_add_u32(self->p, KM_TAG_NONCE, 1));
	EXPECT_EQ(-EINVAL, km_params_add_u64(self->p, KM_TAG_ALGORITHM, 1));
	EXPECT_EQ(-EINVAL, km_params_add_bool(self->p, KM_TAG_ALGORITHM));
	EXPECT_EQ(-EINVAL, km_params_add_bytes(self->p, KM_TAG_ALGORITHM, "x", 1));
	EXPECT_EQ(-EINVAL, km_params_add_u32(self->p, 0xb0000001U, 1));
	EXPECT_EQ(-EINVAL, km_params_add_u32(self->p, KM_TAG_INVALID, 1));
	EXPECT_EQ(0, km_params_count(self->p));
	EXPECT_EQ(0, km_params_add_u32(self->p, KM_TAG_KEY_SIZE, 1));
	EXPECT_EQ(-EEXIST, km_params_add_u32(self->p, KM_TAG_KEY_SIZE, 2));
	EXPECT_EQ(0, km_params_add_u32(self->p, KM_TAG_PURPOSE, 0));
	EXPECT_EQ(0, km_params_add_u32(self->p, KM_TAG_PURPOSE, 1));
	EXPECT_EQ(-EEXIST, km_params_add_u32(self->p, KM_TAG_PURPOSE, 1));
	EXPECT_EQ(0, km_params_add_u64(self->p, KM_TAG_USER_SECURE_ID, 1));
	EXPECT_EQ(0, km_params_add_u64(self->p, KM_TAG_USER_SECURE_ID, 2));
	EXPECT_EQ(5, km_params_count(self->p));
}

/* Cut, lengthen or change the size fields of a good set: all are refused. */
TEST_F(set, malformed_sets_are_refused)
{
	struct km_params *back;
	unsigned char copy[128];
	size_t len, i, at;

	ASSERT_EQ(0, km_params_add_bytes(self->p, KM_TAG_NONCE, "abc", 3));
	ASSERT_EQ(0, km_params_add_bool(self->p, KM_TAG_CALLER_NONCE));
	ASSERT_EQ(0, km_params_serialise(self->p, &self->wire));
	len = self->wire.len;
	ASSERT_EQ(4 + 3 + 8 + 12 + 5, len);
	for (i = 1; i < len; i++)
		EXPECT_EQ(-EBADMSG, km_params_parse(&back, self->wire.data, i, NULL));
	memcpy(copy, self->wire.data, len);
	copy[len] = 0;
	EXPECT_EQ(-EBADMSG, km_params_parse(&back, copy, len + 1, NULL));
	EXPECT_EQ(0, km_params_parse(&back, copy, len + 1, &at));
	EXPECT_EQ(len, at);
	km_params_free(back);
	/* indirect size, count, elements size, length, offset, the boolean */
	static const size_t fields[] = { 0, 7, 11, 19, 23, 31 };

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		for (at = 0; at < (i == 5 ? 1 : 4); at++) {
			memcpy(copy, self->wire.data, len);
			copy[fields[i] + at] += 2;
			EXPECT_EQ(-EBADMSG, km_params_parse(&back, copy, len, NULL)) {
				TH_LOG("field at %zu, byte %zu", fields[i], at);
			}
			EXPECT_EQ(NULL, back);
		}
	}
	/* A tag without a type, and one of a type that is not defined. */
	for (i = 0; i < 2; i++) {
		memcpy(copy, self->wire.data, len);
		copy[18] = i ? 0xb0 : 0;
		EXPECT_EQ(-EBADMSG, km_params_parse(&back, copy, len, NULL));
	}
}

TEST_F(set, no_byte_of_a_set_makes_the_parser_misbehave)
{
	struct km_params *back;
	struct km_buf again;
	unsigned char *copy;
	size_t i;
	int v;

	ASSERT_EQ(0, km_params_add_text(self->p, "purpose", "sign,verify"));
	ASSERT_EQ(0, km_params_add_text(self->p, "application-id", "some bytes"));
	ASSERT_EQ(0, km_params_add_text(self->p, "active", "2030-01-01"));
	ASSERT_EQ(0, km_params_serialise(self->p, &self->wire));
	/* In a block of exactly this size, so that a sanitizer sees one byte more. */
	copy = malloc(self->wire.len);
	ASSERT_NE(NULL, copy);
	for (i = 0; i < self->wire.len; i++) {
		for (v = 0; v < 256; v++) {
			memcpy(copy, self->wire.data, self->wire.len);
			copy[i] = v;
			if (km_params_parse(&back, copy, self->wire.len, NULL))
				continue;
			again = (struct km_buf){ 0 };
			ASSERT_EQ(0, km_params_serialise(back, &again));
			EXPECT_EQ(self->wire.len, again.len);
			km_buf_free(&again);
			km_params_free(back);
		}
	}
	free(copy);
}

TEST_F(set, limits_and_short_buffers)
{
	char *big = calloc(1, KM_PARAMS_MAX);
	unsigned char small[11];
	struct km_buf own = { .data = small, .room = sizeof(small) };

	ASSERT_NE(NULL, big);
	memset(small, 0x55, sizeof(small));
	EXPECT_EQ(-EMSGSIZE, km_params_serialise(self->p, &own));
	EXPECT_EQ(12, own.len);
	EXPECT_EQ(0x55, small[0]);
	ASSERT_EQ(0, km_params_add_bytes(self->p, KM_TAG_NONCE, big, KM_PARAMS_MAX - 24));
	EXPECT_EQ(0, km_params_serialise(self->p, &self->wire));
	EXPECT_EQ(KM_PARAMS_MAX, self->wire.len);
	km_buf_free(&self->wire);
	ASSERT_EQ(0, km_params_add_bool(self->p, KM_TAG_CALLER_NONCE));
	EXPECT_EQ(-E2BIG, km_params_serialise(self->p, &self->wire));
	free(big);
}

/* ---- text ---- */

struct text_case {
	const char *name;
	const char *value;
	int ret;
	const char *back;
};

static const struct text_case text_cases[] = {
	{ "algorithm", "aes", 0, "aes" },
	{ "algorithm", "3des", 0, "3des" },
	{ "algorithm", "AES", -EINVAL, NULL },
	{ "algorithm", "aes,ec", -EINVAL, NULL },
	{ "algorithm", NULL, -EINVAL, NULL },
	{ "nonsense", "aes", -ENOENT, NULL },
	{ "size", "256", 0, "256" },
	{ "size", "0x100", 0, "256" },
	{ "size", "4294967295", 0, "4294967295" },
	{ "size", "4294967296", -ERANGE, NULL },
	{ "size", "99999999999999999999999", -ERANGE, NULL },
	{ "size", "-1", -EINVAL, NULL },
	{ "size", "+1", -EINVAL, NULL },
	{ "size", " 1", -EINVAL, NULL },
	{ "size", "1x", -EINVAL, NULL },
	{ "size", "", -EINVAL, NULL },
	{ "size", "a", -EINVAL, NULL },
	{ "user-secure-id", "0xffffffffffffffff", 0, "18446744073709551615" },
	{ "no-auth", NULL, 0, "yes" },
	{ "no-auth", "yes", 0, "yes" },
	{ "no-auth", "no", -EINVAL, NULL },
	{ "active", "2030-12-31", 0, "2030-12-31T00:00:00Z" },
	{ "active", "2030-12-31T23:59:59Z", 0, "2030-12-31T23:59:59Z" },
	{ "active", "2028-02-29", 0, "2028-02-29T00:00:00Z" },
	{ "active", "2030-02-30", -EINVAL, NULL },
	{ "active", "@86400", 0, "1970-01-02T00:00:00Z" },
	{ "active", "@999999999999999999999", -ERANGE, NULL },
	{ "active", "2030-12-31T23:59", -EINVAL, NULL },
	{ "active", "+", -EINVAL, NULL },
	{ "active", "+5", -EINVAL, NULL },
	{ "active", "+5y", -EINVAL, NULL },
	{ "active", "+9223372036854775807w", -ERANGE, NULL },
	{ "active", "tomorrow", -EINVAL, NULL },
	{ "nonce", "00fF", 0, "00ff" },
	{ "nonce", "hex:00ff", 0, "00ff" },
	{ "nonce", "0", -EINVAL, NULL },
	{ "nonce", "0g", -EINVAL, NULL },
	{ "nonce", "", 0, "" },
	{ "application-id", "ab", 0, "hex:6162" },
	{ "application-id", "hex:6162", 0, "hex:6162" },
	{ "application-id", "text:hex:", 0, "hex:6865783a" },
	{ "user-auth-type", "password,fingerprint", 0, "password,fingerprint" },
	{ "user-auth-type", "any", 0, "any" },
	{ "user-auth-type", "face", -EINVAL, NULL },
};

TEST(text_is_parsed_and_formatted)
{
	const struct text_case *c;
	struct km_params *p;
	struct km_param e;
	char text[128];
	size_t i;

	for (i = 0; i < sizeof(text_cases) / sizeof(text_cases[0]); i++) {
		c = &text_cases[i];
		ASSERT_EQ(0, km_params_new(&p));
		EXPECT_EQ(c->ret, km_params_add_text(p, c->name, c->value)) {
			TH_LOG("%s %s", c->name, c->value);
		}
		EXPECT_EQ(c->ret ? 0 : 1, km_params_count(p));
		if (c->back && !km_params_get(p, 0, &e)) {
			EXPECT_EQ(strlen(c->back), km_param_format(&e, text, sizeof(text)));
			EXPECT_STREQ(c->back, text);
			/* Short room: cut, ended, and the whole length told. */
			EXPECT_EQ(strlen(c->back), km_param_format(&e, text, 3));
			EXPECT_GT(3, strlen(text));
		}
		km_params_free(p);
	}
}

TEST(text_lists_are_all_or_nothing)
{
	struct km_params *p;
	struct km_param e;
	uint64_t now;

	ASSERT_EQ(0, km_params_new(&p));
	EXPECT_EQ(0, km_params_add_text(p, "purpose", "encrypt,decrypt"));
	EXPECT_EQ(2, km_params_count(p));
	EXPECT_TRUE(km_params_contains(p, KM_TAG_PURPOSE, KM_PURPOSE_DECRYPT));
	EXPECT_EQ(-EINVAL, km_params_add_text(p, "digest", "sha256,sha3"));
	EXPECT_EQ(-EINVAL, km_params_add_text(p, "digest", "sha256,"));
	EXPECT_EQ(-EEXIST, km_params_add_text(p, "digest", "sha256,sha256"));
	EXPECT_EQ(2, km_params_count(p));
	now = (uint64_t)time(NULL) * 1000;
	ASSERT_EQ(0, km_params_add_text(p, "usage-expire", "+2d"));
	ASSERT_EQ(0, km_params_find(p, KM_TAG_USAGE_EXPIRE_DATETIME, 0, &e));
	EXPECT_LE(now + 172800000, e.value);
	EXPECT_GE(now + 172800000 + 5000, e.value);
	km_params_free(p);
}

TEST(names_are_unique_and_lead_back)
{
	uint32_t tag, value, again;
	const char *name;
	size_t i, j;

	for (i = 0; (tag = km_tag_at(i)); i++) {
		ASSERT_NE(NULL, km_tag_name(tag));
		ASSERT_NE(NULL, km_tag_help(tag));
		EXPECT_EQ(tag, km_tag_from_name(km_tag_name(tag)));
		for (j = 0; (name = km_value_at(tag, j, &value)); j++) {
			EXPECT_STREQ(name, km_value_name(tag, value));
			EXPECT_EQ(0, km_value_from_name(tag, name, &again));
			EXPECT_EQ(value, again);
		}
	}
	EXPECT_EQ(KM_TAG_INVALID, km_tag_from_name("ALGORITHM"));
	EXPECT_EQ(NULL, km_tag_name(0x12345678));
	EXPECT_EQ(NULL, km_value_name(KM_TAG_ALGORITHM, 2));
}

TEST(errors_have_names_and_sentences)
{
	int code, n = 0;

	for (code = 0; code >= -1000; code--) {
		ASSERT_NE(NULL, km_strerror(code));
		if (!km_error_name(code))
			continue;
		EXPECT_EQ('.', km_strerror(code)[strlen(km_strerror(code)) - 1]);
		n++;
	}
	EXPECT_EQ(88, n);
	EXPECT_STREQ("KEY_EXPIRED", km_error_name(KM_ERROR_KEY_EXPIRED));
	EXPECT_STREQ("UNKNOWN_ERROR", km_error_name(-1000));
	EXPECT_EQ(NULL, km_error_name(-42));
}

TEST(open_tells_what_is_missing)
{
	struct km_ctx *ctx = (void *)1;

	EXPECT_EQ(-ENOENT, km_open(&ctx, "/nonexistent/keymaster", 0));
	EXPECT_EQ(NULL, ctx);
	EXPECT_EQ(-EINVAL, km_open(&ctx, NULL, 1));
}

/* Laid out by hand as format 3: nonce, ciphertext, tag, two words, two sets. */
TEST(blob_sets_are_read_without_a_kernel)
{
	struct km_params *enforced, *unenforced;
	struct km_buf set = { 0 };
	struct km_params *p;
	unsigned char blob[256] = { 3, 12 };
	size_t at = 1 + 4 + 12, len, i;

	ASSERT_EQ(0, km_params_new(&p));
	ASSERT_EQ(0, km_params_add_text(p, "algorithm", "aes"));
	ASSERT_EQ(0, km_params_serialise(p, &set));
	blob[at] = 32;
	at += 4 + 32;
	blob[at] = 16;
	at += 4 + 16 + 8;
	memcpy(blob + at, set.data, set.len);
	at += set.len;
	memset(blob + at, 0, 12);
	len = at + 12;
	ASSERT_EQ(3, km_blob_parse(blob, len, &enforced, &unenforced));
	EXPECT_TRUE(km_params_contains(enforced, KM_TAG_ALGORITHM, KM_ALGORITHM_AES));
	EXPECT_EQ(0, km_params_count(unenforced));
	km_params_free(enforced);
	km_params_free(unenforced);
	for (i = 0; i < len; i++)
		EXPECT_EQ(-EBADMSG, km_blob_parse(blob, i, &enforced, &unenforced));
	EXPECT_EQ(-EBADMSG, km_blob_parse(blob, len + 1, &enforced, &unenforced));
	blob[0] = 7;
	EXPECT_EQ(-EBADMSG, km_blob_parse(blob, len, &enforced, &unenforced));
	km_buf_free(&set);
	km_params_free(p);
}

/* ---- store ---- */

FIXTURE(store) {
	char dir[64];
	char sub[96];
	struct km_store *s;
};

FIXTURE_SETUP(store)
{
	strcpy(self->dir, "/tmp/km-store-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	snprintf(self->sub, sizeof(self->sub), "%s/a/b", self->dir);
	ASSERT_EQ(0, km_store_open(&self->s, self->sub, KM_STORE_CREATE));
}

FIXTURE_TEARDOWN(store)
{
	char command[128];

	km_store_close(self->s);
	snprintf(command, sizeof(command), "rm -rf %s", self->dir);
	ASSERT_EQ(0, system(command));
}

static int count_alias(void *arg, const char *alias)
{
	(void)alias;
	return ++*(int *)arg < 0;
}

TEST_F(store, modes_are_private)
{
	char path[128];
	struct stat st;

	umask(0);
	ASSERT_EQ(0, km_store_put(self->s, "k", "blob", 4, 0));
	ASSERT_EQ(0, stat(self->sub, &st));
	EXPECT_EQ(0700, st.st_mode & 07777);
	snprintf(path, sizeof(path), "%s/k.blob", self->sub);
	ASSERT_EQ(0, stat(path, &st));
	EXPECT_EQ(0600, st.st_mode & 07777);
	EXPECT_EQ(1, st.st_nlink);
}

TEST_F(store, existing_alias_is_kept_unless_replaced)
{
	struct km_buf blob = { 0 };

	ASSERT_EQ(0, km_store_put(self->s, "k", "one", 3, 0));
	EXPECT_EQ(-EEXIST, km_store_put(self->s, "k", "two", 3, 0));
	ASSERT_EQ(0, km_store_get(self->s, "k", &blob));
	EXPECT_EQ(0, memcmp(blob.data, "one", 3));
	km_buf_free(&blob);
	EXPECT_EQ(0, km_store_put(self->s, "k", "three", 5, KM_STORE_REPLACE));
	ASSERT_EQ(0, km_store_get(self->s, "k", &blob));
	EXPECT_EQ(5, blob.len);
	km_buf_free(&blob);
	EXPECT_EQ(0, km_store_exists(self->s, "k"));
	EXPECT_EQ(0, km_store_delete(self->s, "k"));
	EXPECT_EQ(-ENOENT, km_store_delete(self->s, "k"));
	EXPECT_EQ(-ENOENT, km_store_get(self->s, "k", &blob));
	EXPECT_EQ(-ENOENT, km_store_exists(self->s, "k"));
}

static int same_alias(void *arg, const char *alias)
{
	return strcmp(arg, alias) ? 0 : 1;
}

TEST_F(store, any_alias_is_safe)
{
	static const char *const aliases[] = {
		"../../etc/passwd", "/", ".", "..", ".tmp-1", "a b", "a%b", "%2F", "a\nb", "-x",
		"\xff\x80", "\x1b[31m", "Ünï", "a.blob", "*",
	};
	struct km_buf blob = { 0 };
	char long_alias[300], path[160];
	size_t i;
	int n = 0;

	for (i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
		EXPECT_EQ(0, km_store_put(self->s, aliases[i], aliases[i], strlen(aliases[i]), 0));
		EXPECT_EQ(1, km_store_list(self->s, same_alias, (void *)aliases[i])) {
			TH_LOG("%s", aliases[i]);
		}
	}
	for (i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
		ASSERT_EQ(0, km_store_get(self->s, aliases[i], &blob));
		EXPECT_EQ(strlen(aliases[i]), blob.len);
		EXPECT_EQ(0, memcmp(blob.data, aliases[i], blob.len));
		km_buf_free(&blob);
	}
	/* An alias must not look like a temporary, which gets removed when it is old. */
	snprintf(path, sizeof(path), "%s/%%2Etmp-1.blob", self->sub);
	EXPECT_EQ(0, access(path, F_OK));
	EXPECT_EQ(0, km_store_list(self->s, count_alias, &n));
	EXPECT_EQ(sizeof(aliases) / sizeof(aliases[0]), n);
	EXPECT_EQ(-EINVAL, km_store_put(self->s, "", "x", 1, 0));
	memset(long_alias, 'a', sizeof(long_alias));
	long_alias[251] = '\0';
	EXPECT_EQ(-ENAMETOOLONG, km_store_put(self->s, long_alias, "x", 1, 0));
	long_alias[248] = '\0';
	EXPECT_EQ(0, km_store_put(self->s, long_alias, "x", 1, 0));
	memset(long_alias, '/', 84);
	long_alias[84] = '\0';
	EXPECT_EQ(-ENAMETOOLONG, km_store_put(self->s, long_alias, "x", 1, 0));
}

TEST_F(store, temporaries_are_ignored_and_old_ones_removed)
{
	char young[160], old[160];
	struct utimbuf two_hours_ago = { time(NULL) - 7200, time(NULL) - 7200 };
	int n = 0;

	snprintf(young, sizeof(young), "%s/.tmp-young", self->sub);
	snprintf(old, sizeof(old), "%s/.tmp-old", self->sub);
	close(open(young, O_CREAT | O_WRONLY, 0600));
	close(open(old, O_CREAT | O_WRONLY, 0600));
	ASSERT_EQ(0, utime(old, &two_hours_ago));
	EXPECT_EQ(0, km_store_list(self->s, count_alias, &n));
	EXPECT_EQ(0, n);
	ASSERT_EQ(0, km_store_put(self->s, "k", "x", 1, 0));
	EXPECT_EQ(0, access(young, F_OK));
	EXPECT_EQ(-1, access(old, F_OK));
	EXPECT_EQ(0, km_store_list(self->s, count_alias, &n));
	EXPECT_EQ(1, n);
}

TEST_F(store, foreign_files_are_no_keys)
{
	struct km_buf blob = { 0 };
	char path[160];
	int n = 0;

	snprintf(path, sizeof(path), "%s/README", self->sub);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	snprintf(path, sizeof(path), "%s/%%61.blob", self->sub);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	snprintf(path, sizeof(path), "%s/link.blob", self->sub);
	ASSERT_EQ(0, symlink("/etc/passwd", path));
	EXPECT_EQ(0, km_store_list(self->s, count_alias, &n));
	EXPECT_EQ(1, n);
	EXPECT_EQ(-ELOOP, km_store_get(self->s, "link", &blob));
	snprintf(path, sizeof(path), "%s/fifo.blob", self->sub);
	ASSERT_EQ(0, mkfifo(path, 0600));
	EXPECT_EQ(-EBADMSG, km_store_get(self->s, "fifo", &blob));
}

TEST_F(store, directory_of_others_is_refused)
{
	struct km_store *s;

	ASSERT_EQ(0, chmod(self->sub, 0720));
	EXPECT_EQ(-EPERM, km_store_open(&s, self->sub, 0));
	ASSERT_EQ(0, chmod(self->sub, 0702));
	EXPECT_EQ(-EPERM, km_store_open(&s, self->sub, 0));
	ASSERT_EQ(0, chmod(self->sub, 0755));
	EXPECT_EQ(0, km_store_open(&s, self->sub, 0));
	km_store_close(s);
	EXPECT_EQ(-ENOENT, km_store_open(&s, "/nonexistent/store", 0));
	if (geteuid())
		SKIP(return, "giving a directory away needs root");
	ASSERT_EQ(0, chown(self->sub, 12345, 12345));
	EXPECT_EQ(-EPERM, km_store_open(&s, self->sub, 0));
}

/* Killed at any moment, a writer leaves the old blob or the new one, whole. */
TEST_F(store, killed_writer_leaves_a_whole_blob)
{
	static char one[KM_BLOB_MAX], two[KM_BLOB_MAX];
	struct km_buf blob = { 0 };
	int i, status, n;
	pid_t pid;

	memset(one, '1', sizeof(one));
	memset(two, '2', sizeof(two));
	ASSERT_EQ(0, km_store_put(self->s, "k", one, sizeof(one), 0));
	for (i = 0; i < 40; i++) {
		pid = fork();
		ASSERT_LE(0, pid);
		if (!pid)
			for (;;) {
				km_store_put(self->s, "k", two, sizeof(two), KM_STORE_REPLACE);
				km_store_put(self->s, "k", one, sizeof(one), KM_STORE_REPLACE);
			}
		usleep(500 * (i + 1));
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		ASSERT_EQ(0, km_store_get(self->s, "k", &blob));
		ASSERT_EQ(sizeof(one), blob.len);
		EXPECT_TRUE(!memcmp(blob.data, one, blob.len) || !memcmp(blob.data, two, blob.len));
		km_buf_free(&blob);
		n = 0;
		EXPECT_EQ(0, km_store_list(self->s, count_alias, &n));
		EXPECT_EQ(1, n);
	}
}

TEST(default_directory_follows_the_user)
{
	char *dir;

	if (!geteuid()) {
		ASSERT_EQ(0, km_store_default_dir(&dir));
		EXPECT_STREQ("/var/lib/keymaster", dir);
		free(dir);
		ASSERT_EQ(0, seteuid(12345));
	}
	setenv("HOME", "/home/u", 1);
	setenv("XDG_DATA_HOME", "/data", 1);
	ASSERT_EQ(0, km_store_default_dir(&dir));
	EXPECT_STREQ("/data/keymaster", dir);
	free(dir);
	setenv("XDG_DATA_HOME", "relative", 1);
	ASSERT_EQ(0, km_store_default_dir(&dir));
	EXPECT_STREQ("/home/u/.local/share/keymaster", dir);
	free(dir);
}

TEST_HARNESS_MAIN
