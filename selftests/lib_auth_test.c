// SPDX-License-Identifier: GPL-2.0-only
/*
 * libkeymaster's passwords and tokens against the device: enrolment, verification, the
 * throttle, keys that open and stay closed. And what of it needs no device.
 * watched: every call of the interface
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <kselftest_harness.h>

#include <keymaster.h>

/* Users of these tests alone: other tests leave nothing with them. */
#define USER		7400
#define FIRST_WAIT	30000

static struct km_bytes bytes_of(const char *text)
{
	return (struct km_bytes){ text, strlen(text) };
}

/* ---- without the device ---- */

static const uint8_t soft_vector[KM_PASSWORD_HANDLE_SIZE] = {
	0x02, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0xc3, 0xc1, 0x22, 0xfd, 0xc6,
	0x87, 0x04, 0x19, 0xd0, 0xe5, 0x8d, 0x31, 0xdf, 0xdb, 0x3d, 0x5c, 0x86, 0x23, 0x9c, 0x19,
	0x31, 0x98, 0x1c, 0x34, 0x5d, 0xa0, 0xf4, 0xbe, 0x8a, 0x38, 0x07, 0x38, 0x00,
};

TEST(soft_handle_is_that_of_the_vectors)
{
	static const uint8_t salt[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct km_soft_handle request = {
		.sid = 0x1122334455667788ULL, .flags = 1, .salt = salt,
	};
	struct km_bytes password = bytes_of("1234");
	uint8_t handle[KM_PASSWORD_HANDLE_SIZE];
	uint64_t sid;

	ASSERT_EQ(0, km_soft_handle_make(&request, &password, handle));
	EXPECT_EQ(0, memcmp(soft_vector, handle, sizeof(handle)));
	EXPECT_EQ(0, km_soft_handle_verify(soft_vector, sizeof(soft_vector), &password, &sid));
	EXPECT_EQ(0x1122334455667788ULL, sid);
}

TEST(soft_handle_of_something_else_is_refused)
{
	struct km_bytes password = bytes_of("1234"), wrong = bytes_of("1235");
	struct km_bytes none = { "", 0 };
	uint8_t handle[KM_PASSWORD_HANDLE_SIZE];
	size_t at;
	uint64_t sid = 1;

	EXPECT_EQ(-EACCES, km_soft_handle_verify(soft_vector, sizeof(soft_vector), &wrong, &sid));
	EXPECT_EQ(0, sid);
	EXPECT_EQ(-EINVAL, km_soft_handle_verify(soft_vector, sizeof(soft_vector), &none, &sid));
	EXPECT_EQ(-EINVAL, km_soft_handle_verify(soft_vector, 57, &password, &sid));
	/* A byte of each field: SID, flags, salt, signature; hardware_backed is not signed. */
	for (at = 1; at < 57; at += 8) {
		memcpy(handle, soft_vector, sizeof(handle));
		handle[at] ^= 1;
		EXPECT_EQ(-EACCES, km_soft_handle_verify(handle, sizeof(handle), &password, &sid));
	}
	memcpy(handle, soft_vector, sizeof(handle));
	handle[0] = 3;
	EXPECT_EQ(-EINVAL, km_soft_handle_verify(handle, sizeof(handle), &password, &sid));
}

/* Version 1 is signed likewise, with its own number in what is signed. */
TEST(soft_handle_of_an_old_version_is_to_be_made_anew)
{
	static const uint8_t old[KM_PASSWORD_HANDLE_SIZE] = {
		0x01, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 0x01, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x40, 0x45, 0xb0,
		0x3a, 0x46, 0x8f, 0xd6, 0x55, 0x0c, 0x76, 0x21, 0x4f, 0x12, 0x7e, 0x29, 0x87, 0x4d,
		0x22, 0x60, 0xc3, 0x7d, 0xf9, 0x46, 0x8c, 0x56, 0xa4, 0x6e, 0xa5, 0x5a, 0xa7, 0xc7,
		0xe2, 0x00,
	};
	struct km_bytes password = bytes_of("1234");
	uint64_t sid;

	EXPECT_EQ(1, km_soft_handle_verify(old, sizeof(old), &password, &sid));
	EXPECT_EQ(0x1122334455667788ULL, sid);
}

TEST(soft_handle_is_binary_safe_and_salted)
{
	struct km_soft_handle request = { .sid = 7 };
	struct km_bytes a = { "a\0b", 3 }, b = { "a\0c", 3 }, short_one = { "a", 1 };
	uint8_t one[KM_PASSWORD_HANDLE_SIZE], two[KM_PASSWORD_HANDLE_SIZE];
	uint64_t sid;

	ASSERT_EQ(0, km_soft_handle_make(&request, &a, one));
	ASSERT_EQ(0, km_soft_handle_make(&request, &a, two));
	EXPECT_NE(0, memcmp(one, two, sizeof(one)));
	EXPECT_EQ(0, km_soft_handle_verify(one, sizeof(one), &a, &sid));
	EXPECT_EQ(7, sid);
	EXPECT_EQ(-EACCES, km_soft_handle_verify(one, sizeof(one), &b, &sid));
	EXPECT_EQ(-EACCES, km_soft_handle_verify(one, sizeof(one), &short_one, &sid));
}

TEST(the_names_of_the_limits)
{
	static const struct { const char *name, *value; uint32_t tag; uint64_t number; } names[] = {
		{ "active", "2026-01-02T03:04:05Z", KM_TAG_ACTIVE_DATETIME, 1767323045000ULL },
		{ "origination-expire", "2026-01-02", KM_TAG_ORIGINATION_EXPIRE_DATETIME,
		  1767312000000ULL },
		{ "usage-expire", "2026-01-02", KM_TAG_USAGE_EXPIRE_DATETIME, 1767312000000ULL },
		{ "max-uses-per-boot", "3", KM_TAG_MAX_USES_PER_BOOT, 3 },
		{ "min-seconds-between-ops", "4", KM_TAG_MIN_SECONDS_BETWEEN_OPS, 4 },
		{ "usage-count", "5", KM_TAG_USAGE_COUNT_LIMIT, 5 },
		{ "usage-count-limit", "5", KM_TAG_USAGE_COUNT_LIMIT, 5 },
		{ "auth", "password", KM_TAG_USER_AUTH_TYPE, KM_AUTH_TYPE_PASSWORD },
		{ "auth", "password,fingerprint", KM_TAG_USER_AUTH_TYPE,
		  KM_AUTH_TYPE_PASSWORD | KM_AUTH_TYPE_FINGERPRINT },
		{ "auth-timeout", "300", KM_TAG_AUTH_TIMEOUT, 300 },
		{ "max-boot-level", "30", KM_TAG_MAX_BOOT_LEVEL, 30 },
		{ "unlocked", NULL, KM_TAG_UNLOCKED_DEVICE_REQUIRED, 1 },
		{ "confirm", NULL, KM_TAG_TRUSTED_CONFIRMATION_REQUIRED, 1 },
	};
	struct km_params *p;
	struct km_param found;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ASSERT_EQ(0, km_params_new(&p));
		EXPECT_EQ(0, km_params_add_text(p, names[i].name, names[i].value)) {
			TH_LOG("%s %s", names[i].name, names[i].value);
		}
		EXPECT_EQ(0, km_params_find(p, names[i].tag, 0, &found));
		EXPECT_EQ(names[i].number, found.value);
		km_params_free(p);
	}
}

TEST(the_gatekeepers_codes_have_names)
{
	EXPECT_STREQ("GATEKEEPER_INVALID", km_error_name(KM_ERROR_GATEKEEPER_INVALID));
	EXPECT_STREQ("GATEKEEPER_RETRY", km_error_name(KM_ERROR_GATEKEEPER_RETRY));
	EXPECT_STREQ("GATEKEEPER_UNKNOWN", km_error_name(KM_ERROR_GATEKEEPER_UNKNOWN));
	EXPECT_NE(NULL, strstr(km_strerror(KM_ERROR_GATEKEEPER_RETRY), "wait"));
}

/* ---- with it ---- */

FIXTURE(auth) {
	struct km_ctx *ctx;
	struct km_buf blob, token;
	struct km_key_ref key;
	struct km_params *use;
	uint32_t uid;
};

FIXTURE_SETUP(auth)
{
	struct km_root_request root = { .source = KM_ROOT_EPHEMERAL };
	struct km_info info;

	if (geteuid())
		SKIP(return, "needs root");
	if (access("/dev/keymaster", F_OK)) {
		ASSERT_EQ(0, system("modprobe keymaster"));
	}
	ASSERT_EQ(0, km_open(&self->ctx, NULL, 0));
	ASSERT_EQ(0, km_get_info(self->ctx, &info));
	if (info.root_source == KM_ROOT_NONE) {
		ASSERT_EQ(0, km_load_root_key(self->ctx, &root));
	}
	ASSERT_EQ(0, km_params_new(&self->use));
	ASSERT_EQ(0, km_params_add_text(self->use, "digest", "sha256"));
	ASSERT_EQ(0, km_params_add_text(self->use, "mac-length", "256"));
	/* Each test is a process of its own: the pid makes the users different. */
	self->uid = USER + (uint32_t)getpid() % 100000 * 4;
}

FIXTURE_TEARDOWN(auth)
{
	km_gatekeeper_delete_user(self->ctx, self->uid);
	km_params_free(self->use);
	km_buf_free(&self->blob);
	km_buf_free(&self->token);
	km_close(self->ctx);
}

static int enroll(struct km_ctx *ctx, uint32_t uid, const char *old, const char *new,
		  uint64_t *sid)
{
	struct km_password_request r = {
		.uid = uid, .old_password = bytes_of(old), .password = bytes_of(new),
	};
	int ret = km_password_enroll(ctx, &r);

	*sid = r.sid;
	return ret;
}

static int verify(struct km_ctx *ctx, uint32_t uid, const char *password, uint64_t challenge)
{
	struct km_password_request r = {
		.uid = uid, .password = bytes_of(password), .challenge = challenge,
	};

	return km_password_verify(ctx, &r);
}

/* A key that this process, root, may use when the user with this SID was there. */
static int make_key(struct _test_data_auth *self, uint64_t sid, const char *timeout)
{
	static const char *const text[] = {
		"algorithm", "hmac", "size", "256", "purpose", "sign", "digest", "sha256",
		"min-mac-length", "256", "auth", "password", NULL
	};
	const char *const *t;
	struct km_params *p;
	int ret;

	ret = km_params_new(&p);
	for (t = text; !ret && t[0]; t += 2)
		ret = km_params_add_text(p, t[0], t[1]);
	if (!ret)
		ret = km_params_add_u64(p, KM_TAG_USER_SECURE_ID, sid);
	if (!ret && timeout)
		ret = km_params_add_text(p, "auth-timeout", timeout);
	if (!ret)
		ret = km_generate(self->ctx, p, KM_BLOB_DEFAULT, &self->blob);
	self->key = (struct km_key_ref){ self->blob.data, self->blob.len, 0 };
	km_params_free(p);
	return ret;
}

static int sign(struct _test_data_auth *self)
{
	struct km_operate_request request = {
		.purpose = KM_PURPOSE_SIGN,
		.key = self->key,
		.params = self->use,
		.input = { "x", 1 },
	};
	struct km_buf mac = { 0 };
	int ret = km_operate(self->ctx, &request, &mac);

	km_buf_free(&mac);
	return ret;
}

TEST_F(auth, a_new_user_is_not_there_and_then_is)
{
	struct km_user user;
	uint64_t sid;

	ASSERT_EQ(-ENOENT, km_gatekeeper_get_user(self->ctx, self->uid, &user));
	EXPECT_EQ(0, user.sid);
	EXPECT_EQ(-ENOENT, verify(self->ctx, self->uid, "secret", 0));
	ASSERT_EQ(0, enroll(self->ctx, self->uid, "", "secret", &sid));
	EXPECT_NE(0, sid);
	ASSERT_EQ(0, km_gatekeeper_get_user(self->ctx, self->uid, &user));
	EXPECT_EQ(sid, user.sid);
	EXPECT_EQ(0, user.failures);
	EXPECT_EQ(0, user.timeout_ms);
	EXPECT_EQ(2, user.handle[0]);
	EXPECT_EQ(53, user.setting_len);
	EXPECT_EQ(0, strncmp("$argon2id$v=19$m=19456,t=2,p=1$", user.setting, 31));
	EXPECT_EQ(0, km_gatekeeper_delete_user(self->ctx, self->uid));
	EXPECT_EQ(-ENOENT, km_gatekeeper_get_user(self->ctx, self->uid, &user));
	EXPECT_EQ(-EACCES, km_gatekeeper_delete_user(self->ctx, self->uid));
	EXPECT_EQ(KM_ERROR_GATEKEEPER_INVALID, km_last_error(self->ctx));
}

TEST_F(auth, the_token_says_who_and_for_what)
{
	struct km_password_request r = { .uid = self->uid, .challenge = 0x1122334455667788ULL };
	const unsigned char *t;
	uint64_t sid;

	ASSERT_EQ(0, enroll(self->ctx, self->uid, "", "secret", &sid));
	r.password = bytes_of("secret");
	r.token = &self->token;
	ASSERT_EQ(0, km_password_verify(self->ctx, &r));
	EXPECT_EQ(sid, r.sid);
	ASSERT_EQ(KM_AUTH_TOKEN_SIZE, self->token.len);
	t = self->token.data;
	EXPECT_EQ(0, t[0]);
	EXPECT_EQ(0, memcmp(t + 1, &r.challenge, 8));
	EXPECT_EQ(0, memcmp(t + 9, &sid, 8));
	/* The type is big-endian: PASSWORD. */
	EXPECT_EQ(0, memcmp(t + 25, "\0\0\0\1", 4));
}

TEST_F(auth, a_timed_key_opens_by_the_password_and_by_nothing_else)
{
	uint64_t sid;

	ASSERT_EQ(0, enroll(self->ctx, 0, "", "root's", &sid));
	ASSERT_EQ(0, make_key(self, sid, "8"));
	EXPECT_EQ(-EACCES, sign(self));
	EXPECT_EQ(KM_ERROR_KEY_USER_NOT_AUTHENTICATED, km_last_error(self->ctx));
	EXPECT_EQ(-EACCES, verify(self->ctx, 0, "root", 0));
	EXPECT_EQ(KM_ERROR_GATEKEEPER_INVALID, km_last_error(self->ctx));
	EXPECT_EQ(-EACCES, sign(self));
	ASSERT_EQ(0, verify(self->ctx, 0, "root's", 0));
	EXPECT_EQ(0, sign(self));
	sleep(9);
	EXPECT_EQ(-EACCES, sign(self));
	EXPECT_EQ(0, km_gatekeeper_delete_user(self->ctx, 0));
}

TEST_F(auth, a_key_for_each_operation_wants_its_own_handle)
{
	struct km_bytes input = { "x", 1 };
	struct km_op *op;
	struct km_buf mac = { 0 };
	uint64_t sid;

	ASSERT_EQ(0, enroll(self->ctx, 0, "", "root's", &sid));
	ASSERT_EQ(0, make_key(self, sid, NULL));
	ASSERT_EQ(0, verify(self->ctx, 0, "root's", 0));
	ASSERT_EQ(0, km_op_begin(self->ctx, KM_PURPOSE_SIGN, &self->key, self->use, &op));
	EXPECT_EQ(-EACCES, km_op_finish(op, NULL, &input, NULL, &mac));
	EXPECT_EQ(KM_ERROR_KEY_USER_NOT_AUTHENTICATED, km_last_error(self->ctx));
	km_op_free(op);
	ASSERT_EQ(0, km_op_begin(self->ctx, KM_PURPOSE_SIGN, &self->key, self->use, &op));
	ASSERT_EQ(0, verify(self->ctx, 0, "root's", km_op_handle(op)));
	EXPECT_EQ(0, km_op_finish(op, NULL, &input, NULL, &mac));
	EXPECT_EQ(32, mac.len);
	km_buf_free(&mac);
	km_op_free(op);
	EXPECT_EQ(0, km_gatekeeper_delete_user(self->ctx, 0));
}

TEST_F(auth, a_change_keeps_the_sid_and_a_new_start_does_not)
{
	struct km_user before, after;
	uint64_t sid, again;

	ASSERT_EQ(0, enroll(self->ctx, self->uid, "", "one", &sid));
	ASSERT_EQ(0, km_gatekeeper_get_user(self->ctx, self->uid, &before));
	EXPECT_EQ(-EACCES, enroll(self->ctx, self->uid, "wrong", "two", &again));
	EXPECT_EQ(KM_ERROR_GATEKEEPER_INVALID, km_last_error(self->ctx));
	ASSERT_EQ(0, enroll(self->ctx, self->uid, "one", "two", &again));
	EXPECT_EQ(sid, again);
	ASSERT_EQ(0, km_gatekeeper_get_user(self->ctx, self->uid, &after));
	EXPECT_STRNE(before.setting, after.setting);
	EXPECT_EQ(-EACCES, verify(self->ctx, self->uid, "one", 0));
	EXPECT_EQ(0, verify(self->ctx, self->uid, "two", 0));
	ASSERT_EQ(0, enroll(self->ctx, self->uid, "", "three", &again));
	EXPECT_NE(sid, again);
	EXPECT_EQ(0, verify(self->ctx, self->uid, "three", 0));
}

TEST_F(auth, the_fifth_wrong_password_says_for_how_long)
{
	struct km_password_request r = { .uid = self->uid };
	struct km_user user;
	uint64_t sid;
	int i;

	ASSERT_EQ(0, enroll(self->ctx, self->uid, "", "right", &sid));
	r.password = bytes_of("wrong");
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(-EACCES, km_password_verify(self->ctx, &r));
		EXPECT_EQ(0, r.timeout_ms);
	}
	EXPECT_EQ(-EAGAIN, km_password_verify(self->ctx, &r));
	EXPECT_EQ(KM_ERROR_GATEKEEPER_RETRY, km_last_error(self->ctx));
	EXPECT_EQ(FIRST_WAIT, r.timeout_ms);
	r.password = bytes_of("right");
	EXPECT_EQ(-EAGAIN, km_password_verify(self->ctx, &r));
	EXPECT_LT(0, r.timeout_ms);
	EXPECT_GE(FIRST_WAIT, r.timeout_ms);
	ASSERT_EQ(0, km_gatekeeper_get_user(self->ctx, self->uid, &user));
	EXPECT_EQ(5, user.failures);
	EXPECT_LT(0, user.timeout_ms);
	/* To enrol with the current password is an attempt like another. */
	EXPECT_EQ(-EAGAIN, enroll(self->ctx, self->uid, "right", "new", &sid));
}

TEST_F(auth, passwords_are_any_bytes)
{
	struct km_password_request r = { .uid = self->uid };

	r.password = (struct km_bytes){ "a\0b", 3 };
	ASSERT_EQ(0, km_password_enroll(self->ctx, &r));
	EXPECT_EQ(0, km_password_verify(self->ctx, &r));
	r.password.len = 1;
	EXPECT_EQ(-EACCES, km_password_verify(self->ctx, &r));
	r.password = (struct km_bytes){ "a\0c", 3 };
	EXPECT_EQ(-EACCES, km_password_verify(self->ctx, &r));
}

TEST_F(auth, empty_and_overlong_passwords_do_not_count)
{
	static char text[KM_PASSWORD_MAX + 1];
	struct km_password_request r = { .uid = self->uid };
	struct km_user user;
	uint64_t sid;

	EXPECT_EQ(-EINVAL, km_password_enroll(self->ctx, &r));
	r.password = (struct km_bytes){ text, sizeof(text) };
	EXPECT_EQ(-EINVAL, km_password_enroll(self->ctx, &r));
	ASSERT_EQ(-ENOENT, km_gatekeeper_get_user(self->ctx, self->uid, &user));
	ASSERT_EQ(0, enroll(self->ctx, self->uid, "", "right", &sid));
	EXPECT_EQ(-EINVAL, km_password_verify(self->ctx, &r));
	r.password.len = 0;
	EXPECT_EQ(-EINVAL, km_password_verify(self->ctx, &r));
	ASSERT_EQ(0, km_gatekeeper_get_user(self->ctx, self->uid, &user));
	EXPECT_EQ(0, user.failures);
}

/* Who enrolled without this library, and without a setting, is verified as he enrolled. */
TEST_F(auth, without_a_setting_nothing_is_stretched)
{
	struct km_enroll_request raw = { .uid = self->uid };
	struct km_buf handle = { 0 };
	struct km_user user;

	raw.password = bytes_of("plain");
	raw.new_handle = &handle;
	ASSERT_EQ(0, km_gatekeeper_enroll(self->ctx, &raw));
	ASSERT_EQ(KM_PASSWORD_HANDLE_SIZE, handle.len);
	ASSERT_EQ(0, km_gatekeeper_get_user(self->ctx, self->uid, &user));
	EXPECT_EQ(0, memcmp(user.handle, handle.data, handle.len));
	EXPECT_EQ(0, verify(self->ctx, self->uid, "plain", 0));
	raw.setting = bytes_of("$argon2id$v=19$m=99999999,t=2,p=1$c29tZXNhbHQ");
	ASSERT_EQ(0, km_gatekeeper_enroll(self->ctx, &raw));
	EXPECT_EQ(-EBADMSG, verify(self->ctx, self->uid, "plain", 0));
	km_buf_free(&handle);
}

TEST_F(auth, a_fingerprint_daemon_mints_and_nothing_else)
{
	struct km_buf token = { 0 };
	uint64_t sid, id = 0;
	struct km_info info;
	int fd;

	ASSERT_EQ(0, enroll(self->ctx, self->uid, "", "secret", &sid));
	fd = km_open_authenticator(self->ctx, KM_AUTH_TYPE_FINGERPRINT, &id);
	ASSERT_LE(0, fd);
	EXPECT_NE(0, id);
	ASSERT_EQ(0, km_mint_auth_token(self->ctx, fd, self->uid, 5, &token));
	ASSERT_EQ(KM_AUTH_TOKEN_SIZE, token.len);
	EXPECT_EQ(0, memcmp((char *)token.data + 17, &id, 8));
	EXPECT_EQ(0, memcmp((char *)token.data + 25, "\0\0\0\2", 4));
	EXPECT_EQ(0, km_mint_auth_token(self->ctx, fd, self->uid, 5, NULL));
	EXPECT_EQ(-EACCES, km_mint_auth_token(self->ctx, fd, self->uid + 1, 5, NULL));
	EXPECT_EQ(KM_ERROR_GATEKEEPER_INVALID, km_last_error(self->ctx));
	EXPECT_EQ(0, km_add_auth_token(self->ctx, self->uid, token.data, token.len));
	EXPECT_EQ(-EINVAL, km_add_auth_token(self->ctx, self->uid, token.data, 68));
	((char *)token.data)[40] ^= 1;
	EXPECT_EQ(-EACCES, km_add_auth_token(self->ctx, self->uid, token.data, token.len));
	EXPECT_EQ(KM_ERROR_KEY_USER_NOT_AUTHENTICATED, km_last_error(self->ctx));
	EXPECT_EQ(0, km_get_info(self->ctx, &info));
	id = 0;
	EXPECT_EQ(-EINVAL, km_open_authenticator(self->ctx, KM_AUTH_TYPE_PASSWORD, &id));
	km_buf_free(&token);
	close(fd);
}

TEST_F(auth, timestamps_go_forward)
{
	struct km_timestamp a = { .challenge = 1 }, b = { .challenge = 1 };

	ASSERT_EQ(0, km_verify_authorization(self->ctx, &a));
	usleep(5000);
	ASSERT_EQ(0, km_verify_authorization(self->ctx, &b));
	EXPECT_LT(a.timestamp_ms, b.timestamp_ms);
	EXPECT_EQ(1, a.security_level);
	EXPECT_NE(0, memcmp(a.mac, b.mac, sizeof(a.mac)));
	a.token = (struct km_bytes){ "short", 5 };
	EXPECT_NE(0, km_verify_authorization(self->ctx, &a));
}

TEST_F(auth, users_act_on_themselves)
{
	struct km_user user;
	int status;
	pid_t pid;
	uint64_t sid;

	ASSERT_EQ(0, enroll(self->ctx, self->uid + 1, "", "hers", &sid));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		if (setgroups(0, NULL) || setgid(self->uid) || setuid(self->uid))
			_exit(1);
		if (enroll(self->ctx, self->uid, "", "mine", &sid) ||
		    verify(self->ctx, self->uid, "mine", 0))
			_exit(2);
		/* Once enrolled, the current password is needed. */
		if (enroll(self->ctx, self->uid, "", "again", &sid) != -EPERM)
			_exit(3);
		if (verify(self->ctx, self->uid + 1, "hers", 0) != -EPERM ||
		    km_gatekeeper_get_user(self->ctx, self->uid + 1, &user) != -EPERM)
			_exit(4);
		/* That one may lock oneself: kmctl_last_test.sh, for it keeps the module. */
		if (km_device_locked(self->ctx, self->uid + 1, 0) != -EPERM ||
		    km_device_locked_for_all(self->ctx, 0) != -EPERM)
			_exit(5);
		if (km_gatekeeper_delete_user(self->ctx, self->uid) != -EPERM ||
		    km_gatekeeper_delete_all_users(self->ctx) != -EPERM ||
		    km_set_boot_level(self->ctx, 1) != -EPERM)
			_exit(6);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, km_gatekeeper_delete_user(self->ctx, self->uid + 1));
}

TEST_F(auth, confirmations_are_of_one_message)
{
	uint8_t a[KM_CONFIRMATION_TOKEN_SIZE], b[KM_CONFIRMATION_TOKEN_SIZE];
	struct km_bytes one = bytes_of("pay 1"), two = bytes_of("pay 2");

	ASSERT_EQ(0, km_confirm(self->ctx, &one, a));
	ASSERT_EQ(0, km_confirm(self->ctx, &one, b));
	EXPECT_EQ(0, memcmp(a, b, sizeof(a)));
	ASSERT_EQ(0, km_confirm(self->ctx, &two, b));
	EXPECT_NE(0, memcmp(a, b, sizeof(a)));
}

TEST_F(auth, the_state_is_sealed)
{
	struct km_buf a = { 0 }, b = { 0 };
	uint64_t sid;

	ASSERT_EQ(0, enroll(self->ctx, self->uid, "", "secret", &sid));
	ASSERT_EQ(0, km_get_state(self->ctx, &a));
	ASSERT_EQ(0, km_get_state(self->ctx, &b));
	ASSERT_LT(0, a.len);
	/* A fresh nonce each time. */
	EXPECT_FALSE(a.len == b.len && !memcmp(a.data, b.data, a.len));
	EXPECT_EQ(NULL, memmem(a.data, a.len, "argon2id", 8));
	km_buf_free(&a);
	km_buf_free(&b);
}

TEST_HARNESS_MAIN
