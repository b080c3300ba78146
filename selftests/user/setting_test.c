// SPDX-License-Identifier: GPL-2.0-only
/*
 * The setting of a password and its stretching: the reference's own result, the one form
 * that is read, and that no setting gets beyond the bounds. lib/setting.c, lib/stretch.c.
 */
#include "harness.h"
#include "../../lib/lib_private.h"

/* argon2's test.c: version 19, "password" under "somesalt". */
static const char reference[] = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ";
static const u8 reference_hash[KM_STRETCHED_SIZE] = {
	0x09, 0x31, 0x61, 0x15, 0xd5, 0xcf, 0x24, 0xed, 0x5a, 0x15, 0xa3, 0x1a, 0x3b, 0xa3, 0x26,
	0xe5, 0xcf, 0x32, 0xed, 0xc2, 0x47, 0x02, 0x98, 0x7c, 0x02, 0xb6, 0x56, 0x6f, 0x61, 0x91,
	0x3c, 0xf7,
};

static int stretch(const char *setting, const void *password, size_t len, u8 *out)
{
	struct km_bytes bytes = { password, len };
	struct km_setting s;
	int ret = km_setting_read(setting, &s);

	return ret ? ret : km_stretch(&s, &bytes, out);
}

static bool reference_result(void)
{
	u8 out[KM_STRETCHED_SIZE];

	CHECK(!stretch(reference, "password", 8, out));
	CHECK(!memcmp(out, reference_hash, sizeof(out)));
	return true;
}

/* Small, so that the tests take no time; inside the bounds. */
static const char small[] = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ";

static bool binary_safe(void)
{
	u8 a[KM_STRETCHED_SIZE], b[KM_STRETCHED_SIZE];
	char text[1024];

	CHECK(!stretch(small, "a\0b", 3, a) && !stretch(small, "a\0c", 3, b));
	CHECK(memcmp(a, b, sizeof(a)));
	CHECK(!stretch(small, "a", 1, b));
	CHECK(memcmp(a, b, sizeof(a)));
	memset(text, 'x', sizeof(text));
	CHECK(!stretch(small, text, sizeof(text), a));
	text[sizeof(text) - 1] = 'y';
	CHECK(!stretch(small, text, sizeof(text), b));
	CHECK(memcmp(a, b, sizeof(a)));
	return true;
}

static bool long_password(void)
{
	static char text[KM_PASSWORD_MAX + 1];
	u8 out[KM_STRETCHED_SIZE];

	CHECK(!stretch(small, text, KM_PASSWORD_MAX, out));
	CHECK(stretch(small, text, KM_PASSWORD_MAX + 1, out) == -EINVAL);
	return true;
}

static bool new_setting(void)
{
	char text[KM_SETTING_MAX + 1], other[KM_SETTING_MAX + 1];
	struct km_setting a, b;

	CHECK(!km_setting_new(&a) && !km_setting_new(&b));
	CHECK(a.memory_kib == 19456 && a.passes == 2 && a.lanes == 1 && a.salt_len == 16);
	CHECK(memcmp(a.salt, b.salt, 16));
	CHECK(km_setting_write(&a, text) == (int)strlen(text) && strlen(text) <= KM_SETTING_MAX);
	CHECK(!strncmp(text, "$argon2id$v=19$m=19456,t=2,p=1$", 31) && strlen(text) == 31 + 22);
	CHECK(!km_setting_read(text, &b));
	CHECK(b.memory_kib == 19456 && b.passes == 2 && b.lanes == 1 && b.salt_len == 16);
	CHECK(!memcmp(a.salt, b.salt, 16));
	km_setting_write(&b, other);
	CHECK(!strcmp(text, other));
	return true;
}

static bool every_salt(void)
{
	char text[KM_SETTING_MAX + 1];
	struct km_setting s = { .memory_kib = 64, .passes = 3, .lanes = 4 }, back;
	size_t len;

	for (len = KM_SALT_MIN; len <= KM_SALT_MAX; len++) {
		s.salt_len = len;
		rnd_bytes(s.salt, len);
		CHECK(km_setting_write(&s, text) <= KM_SETTING_MAX);
		CHECK(!km_setting_read(text, &back));
		CHECK(back.salt_len == len && !memcmp(back.salt, s.salt, len));
		CHECK(back.memory_kib == 64 && back.passes == 3 && back.lanes == 4);
	}
	return true;
}

static bool bounds(void)
{
	static const char *const good[] = {
		"$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ",
		"$argon2id$v=19$m=262144,t=16,p=4$c29tZXNhbHQ",
		"$argon2id$v=19$m=32,t=1,p=4$c29tZXNhbHQ",
	};
	static const char *const bad[] = {
		/* gigabytes, minutes, threads */
		"$argon2id$v=19$m=262145,t=1,p=1$c29tZXNhbHQ",
		"$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ",
		"$argon2id$v=19$m=4294967304,t=1,p=1$c29tZXNhbHQ",
		"$argon2id$v=19$m=18446744073709551624,t=1,p=1$c29tZXNhbHQ",
		"$argon2id$v=19$m=8,t=17,p=1$c29tZXNhbHQ",
		"$argon2id$v=19$m=8,t=4294967297,p=1$c29tZXNhbHQ",
		"$argon2id$v=19$m=64,t=1,p=5$c29tZXNhbHQ",
		/* less than argon2 takes */
		"$argon2id$v=19$m=7,t=1,p=1$c29tZXNhbHQ",
		"$argon2id$v=19$m=31,t=1,p=4$c29tZXNhbHQ",
		"$argon2id$v=19$m=0,t=1,p=1$c29tZXNhbHQ",
		"$argon2id$v=19$m=8,t=0,p=1$c29tZXNhbHQ",
		"$argon2id$v=19$m=8,t=1,p=0$c29tZXNhbHQ",
		"$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbA",
		"$argon2id$v=19$m=8,t=1,p=1$",
	};
	struct km_setting s;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CHECK(!km_setting_read(good[i], &s));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (km_setting_read(bad[i], &s) == -EBADMSG)
			continue;
		printf("# taken: %s\n", bad[i]);
		return false;
	}
	return true;
}

static bool one_form(void)
{
	static const char *const bad[] = {
		"", "$", "x",
		"$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ",
		"$argon2id$v=16$m=8,t=1,p=1$c29tZXNhbHQ",
		"$argon2id$m=8,t=1,p=1$c29tZXNhbHQ",
		"argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ",
		" $argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ",
		"$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ ",
		"$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ\n",
		"$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ=",
		"$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHR",	/* bits left over */
		"$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQA",	/* is another salt: taken */
		"$argon2id$v=19$m=8,t=1,p=1$c29tZXNhb-Q",
		"$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$",
		"$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApl8ArZW",
		"$argon2id$v=19$m=08,t=1,p=1$c29tZXNhbHQ",
		"$argon2id$v=19$m=+8,t=1,p=1$c29tZXNhbHQ",
		"$argon2id$v=19$m=-8,t=1,p=1$c29tZXNhbHQ",
		"$argon2id$v=19$m= 8,t=1,p=1$c29tZXNhbHQ",
		"$argon2id$v=19$m=0x8,t=1,p=1$c29tZXNhbHQ",
		"$argon2id$v=19$m=8;t=1,p=1$c29tZXNhbHQ",
		"$argon2id$v=19$t=1,m=8,p=1$c29tZXNhbHQ",
		"$argon2id$v=19$m=8,t=1$c29tZXNhbHQ",
		"$argon2id$v=19$m=8,t=1,p=1,x=1$c29tZXNhbHQ",
		"$argon2id$v=19$m=8,t=1,p=1c29tZXNhbHQ",
	};
	struct km_setting s;
	size_t i;
	int want;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		want = strstr(bad[i], "HQA") ? 0 : -EBADMSG;
		if (km_setting_read(bad[i], &s) == want)
			continue;
		printf("# not as expected: %s\n", bad[i]);
		return false;
	}
	return true;
}

/* Any bytes: read without touching what is not theirs, and what is read is written so. */
static bool any_bytes(void)
{
	static const char alphabet[] = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ0123456789+/=-";
	unsigned long n = cases(200000), taken = 0;
	char text[KM_SETTING_MAX + 1], again[KM_SETTING_MAX + 1];
	struct km_setting s;
	size_t changes;

	while (n--) {
		strcpy(text, small);
		for (changes = 1 + rnd() % 3; changes; changes--)
			text[rnd() % strlen(small)] = alphabet[rnd() % (sizeof(alphabet) - 1)];
		if (km_setting_read(text, &s))
			continue;
		taken++;
		km_setting_write(&s, again);
		CHECK(!strcmp(text, again));
		CHECK(s.memory_kib <= KM_STRETCH_MEMORY_MAX && s.passes <= KM_STRETCH_PASSES_MAX);
		CHECK(s.salt_len >= KM_SALT_MIN && s.salt_len <= KM_SALT_MAX);
	}
	CHECK(taken);
	return true;
}

/* The longest text that can be there, and one digit more. */
static bool long_salt(void)
{
	char text[256] = "$argon2id$v=19$m=8,t=1,p=1$";
	size_t at = strlen(text);
	struct km_setting s;

	memset(text + at, 'A', 64);
	CHECK(!km_setting_read(text, &s) && s.salt_len == KM_SALT_MAX);
	memset(text + at, 'A', 100);
	CHECK(km_setting_read(text, &s) == -EBADMSG);
	return true;
}

static const struct test tests[] = {
	{ "argon2id gives what its reference gives", reference_result },
	{ "a new setting has the recommended cost and a salt of its own", new_setting },
	{ "a salt of any length is read as it was written", every_salt },
	{ "no setting gets beyond the bounds", bounds },
	{ "a setting is read in one form only", one_form },
	{ "what is read is written the same", any_bytes },
	{ "a salt that is too long is refused", long_salt },
	{ "passwords are any bytes", binary_safe },
	{ "a password that is too long is refused", long_password },
};

int main(void)
{
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]));
}
