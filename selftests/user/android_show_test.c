// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys of Android behind the door: blobs that open, with whatever sets and material. What
 * shows and migrates them must have an answer for all, and keep what it has to.
 * Userspace test of tools/android_show.c and android_migrate.c.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

#include "android_migrate.h"
#include "harness.h"
#include "vectors.h"

#define FILE_KM1	"aosp_km1_blobs.txt"
#define BLOB_MAX	4096

/* What of kmctl is not built in here; how many messages there were is what counts. */
static unsigned int messages;

int fail(int status, const char *format, ...)
{
	char text[8192];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	messages++;
	return status;
}

int fail_errno(int status, int error, const char *what)
{
	return fail(status, "%s: %d", what, error);
}

char *printable(const char *text)
{
	return strdup(text);
}

void terminal_restore(void)
{
}

int password_get(struct password *password, const char *prompt)
{
	(void)password;
	return fail(ST_FAILED, "%s", prompt);
}

void password_wipe(struct password *password)
{
	(void)password;
}

int new_key_min_mac(struct km_params *params)
{
	if (!km_params_contains(params, KM_TAG_ALGORITHM, KM_ALGORITHM_HMAC))
		return 0;
	return km_params_add_u32(params, KM_TAG_MIN_MAC_LENGTH, 256);
}

static const struct android_secrets secrets = {
	.master = { "0123456789abcdef", 16 }, .root_of_trust = { "SW", 2 },
};

/* Anybody can write such a blob: its key is public. */
static size_t make_blob(u8 *out, const struct km_bytes *material, const struct km_bytes *enforced,
			const struct km_bytes *unenforced)
{
	static const char key[] = "IntegrityAssuredBlob0";
	static const u8 hidden[] = {
		2, 0, 0, 0, 'S', 'W', 1, 0, 0, 0, 12, 0, 0, 0, 0xc0, 2, 0, 0x90, 2,
	};
	u8 mac[32], tail[26] = { 0 };
	struct km_bytes pieces[2];
	u8 *p = out;

	memcpy(tail, hidden, sizeof(hidden));
	*p++ = 0;
	put_unaligned_le32(material->len, p);
	memcpy(p + 4, material->data, material->len);
	p += 4 + material->len;
	memcpy(p, enforced->data, enforced->len);
	p += enforced->len;
	memcpy(p, unenforced->data, unenforced->len);
	p += unenforced->len;
	pieces[0] = (struct km_bytes){ out, p - out };
	pieces[1] = (struct km_bytes){ tail, sizeof(tail) };
	if (android_hmac_sha256(&(struct km_bytes){ key, sizeof(key) }, pieces, 2, mac))
		abort();
	memcpy(p, mac, 8);
	return p + 8 - out;
}

static int migrate(const struct android_entry *entry, struct migration *m)
{
	*m = (struct migration){
		.name = "key", .blob = &entry->blob, .auth = m->auth, .no_auth = m->no_auth,
		.drop_unsupported = m->drop_unsupported,
	};
	if (km_params_new(&m->params))
		abort();
	messages = 0;
	return android_migrate(m);
}

/* ---- one key, one authorization more ---- */

static int migrated(const struct km_param *more, size_t n, struct migration *m)
{
	struct android_entry entry = { .content = ANDROID_IS_KEY };
	struct km_params *set;
	size_t i;
	int ret;

	if (km_params_new(&set) || km_params_new(&entry.blob.enforced))
		abort();
	for (i = 0; i < n; i++) {
		ret = KM_TAG_TYPE(more[i].tag) == KM_TYPE_BOOL ?
			km_params_add_bool(set, more[i].tag) :
		      KM_TAG_TYPE(more[i].tag) == KM_TYPE_BYTES ?
			km_params_add_bytes(set, more[i].tag, "x", 1) :
		      KM_TAG_TYPE(more[i].tag) >= KM_TYPE_ULONG ?
			km_params_add_u64(set, more[i].tag, more[i].value) :
			km_params_add_u32(set, more[i].tag, (u32)more[i].value);
		if (ret)
			abort();
	}
	entry.blob.unenforced = set;
	ret = migrate(&entry, m);
	android_blob_free(&entry.blob);
	return ret;
}

/* What forbids something is never left out but with a message, and by order. */
static bool test_forbids(void)
{
	static const u32 forbidding[] = {
		KM_TAG_ROLLBACK_RESISTANCE, KM_TAG_EARLY_BOOT_ONLY, KM_TAG_STORAGE_KEY,
		KM_TAG_TRUSTED_USER_PRESENCE_REQUIRED, KM_TAG_IDENTITY_CREDENTIAL_KEY,
		KM_TAG_LINUX_SHAREABLE, 0x70002711, 0x30000fff,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(forbidding); i++) {
		struct km_param set[] = { { .tag = forbidding[i], .value = 1 },
					  { .tag = KM_TAG_NO_AUTH_REQUIRED } };
		struct migration m = { 0 };

		CHECK(migrated(set, 2, &m) == ST_REFUSED && messages == 1);
		km_params_free(m.params);
		m.drop_unsupported = true;
		CHECK(migrated(set, 2, &m) == ST_OK && messages == 1);
		CHECK(km_params_find(m.params, forbidding[i], 0, NULL));
		km_params_free(m.params);
	}
	return true;
}

static bool test_kept(void)
{
	static const u32 kept[] = {
		KM_TAG_PURPOSE, KM_TAG_KEY_SIZE, KM_TAG_BLOCK_MODE, KM_TAG_DIGEST, KM_TAG_PADDING,
		KM_TAG_CALLER_NONCE, KM_TAG_EC_CURVE, KM_TAG_RSA_PUBLIC_EXPONENT,
		KM_TAG_RSA_OAEP_MGF_DIGEST, KM_TAG_BOOTLOADER_ONLY, KM_TAG_ACTIVE_DATETIME,
		KM_TAG_ORIGINATION_EXPIRE_DATETIME, KM_TAG_USAGE_EXPIRE_DATETIME,
		KM_TAG_MIN_SECONDS_BETWEEN_OPS, KM_TAG_MAX_USES_PER_BOOT,
		KM_TAG_UNLOCKED_DEVICE_REQUIRED, KM_TAG_TRUSTED_CONFIRMATION_REQUIRED,
		KM_TAG_MAX_BOOT_LEVEL, KM_TAG_ALL_USERS, KM_TAG_USER_ID, KM_TAG_CREATION_DATETIME,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kept); i++) {
		struct km_param set[] = { { .tag = kept[i], .value = 1 },
					  { .tag = KM_TAG_NO_AUTH_REQUIRED } };
		struct migration m = { 0 };

		CHECK(migrated(set, 2, &m) == ST_OK && !messages);
		CHECK(km_params_contains(m.params, kept[i], 1));
		CHECK(km_params_contains(m.params, KM_TAG_NO_AUTH_REQUIRED, 1));
		km_params_free(m.params);
	}
	return true;
}

/* Whose authentication a key asked for: by what it has, and what the caller wants. */
static bool test_auth(void)
{
	static const struct {
		bool sid, timeout, nobody, auth, no_auth;
		int status;
		bool gets_no_auth, keeps_timeout;
	} rows[] = {
		{ .sid = true, .timeout = true, .status = ST_REFUSED },
		{ .sid = true, .nobody = true, .status = ST_REFUSED },
		{ .sid = true, .timeout = true, .no_auth = true },
		{ .sid = true, .timeout = true, .auth = true, .keeps_timeout = true },
		{ .timeout = true, .gets_no_auth = true },
		{ .timeout = true, .auth = true, .keeps_timeout = true },
		{ .status = ST_REFUSED },
		{ .no_auth = true },
		{ .nobody = true, .timeout = true, .gets_no_auth = true },
		{ .nobody = true, .auth = true },
	};
	size_t i, n;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct migration m = { .auth = rows[i].auth, .no_auth = rows[i].no_auth };
		struct km_param set[3];

		n = 0;
		if (rows[i].sid)
			set[n++] = (struct km_param){ .tag = KM_TAG_USER_SECURE_ID, .value = 7 };
		if (rows[i].timeout)
			set[n++] = (struct km_param){ .tag = KM_TAG_AUTH_TIMEOUT, .value = 60 };
		if (rows[i].nobody)
			set[n++] = (struct km_param){ .tag = KM_TAG_NO_AUTH_REQUIRED };
		CHECK(migrated(set, n, &m) == rows[i].status);
		CHECK(rows[i].status || km_params_find(m.params, KM_TAG_USER_SECURE_ID, 0, NULL));
		CHECK(km_params_contains(m.params, KM_TAG_NO_AUTH_REQUIRED, 1) ==
		      rows[i].gets_no_auth);
		CHECK(km_params_contains(m.params, KM_TAG_AUTH_TIMEOUT, 60) ==
		      rows[i].keeps_timeout);
		km_params_free(m.params);
	}
	return true;
}

/* ---- whatever is in a blob ---- */

static size_t random_set(u8 *out)
{
	static const u8 types[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
	static const u16 ids[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 200, 302, 303, 305, 400, 405,
				   500, 502, 503, 504, 505, 600, 601, 701, 702, 705, 1010, 10001 };
	u8 *p, elements[512];
	u32 n = rnd() % 12, len = 0, indirect = 0, i, type;

	for (i = 0; i < n; i++) {
		type = types[rnd() % ARRAY_SIZE(types)];
		put_unaligned_le32(type << 28 | ids[rnd() % ARRAY_SIZE(ids)], elements + len);
		len += 4;
		if (type == 8 || type == 9) {
			u32 bytes = rnd() % 20;

			put_unaligned_le32(bytes, elements + len);
			put_unaligned_le32(indirect, elements + len + 4);
			indirect += bytes;
			len += 8;
		} else if (type == 7) {
			elements[len++] = rnd() % 2;
		} else {
			put_unaligned_le64(rnd() % 3 ? rnd() % 256 : rnd(), elements + len);
			len += type == 5 || type == 6 || type == 10 ? 8 : 4;
		}
	}
	put_unaligned_le32(indirect, out);
	rnd_bytes(out + 4, indirect);
	p = out + 4 + indirect;
	put_unaligned_le32(n, p);
	put_unaligned_le32(len, p + 4);
	memcpy(p + 8, elements, len);
	return 4 + indirect + 8 + len;
}

static bool show_one(const struct km_bytes *material)
{
	struct android_entry entry = { .base = "10001_a", .content = ANDROID_IS_KEY };
	struct migration m = { .auth = rnd() % 4 == 0, .no_auth = rnd() % 2,
			       .drop_unsupported = rnd() % 2 };
	u8 enforced[1024], unenforced[1024], blob[BLOB_MAX], *copy;
	struct km_bytes sets[] = { { enforced, random_set(enforced) },
				   { unenforced, random_set(unenforced) } };
	struct opts o = { .json = rnd() % 2 };
	size_t len = make_blob(blob, material, &sets[0], &sets[1]);
	int ret;

	copy = exact(blob, len);
	CHECK(!android_blob_read(&entry.blob, &(struct km_bytes){ copy, len }, &secrets));
	CHECK(entry.blob.format == ANDROID_INTEGRITY);
	android_show(&o, &entry);
	ret = migrate(&entry, &m);
	CHECK(ret == ST_OK || (ret == ST_REFUSED && messages));
	km_params_free(m.params);
	android_blob_free(&entry.blob);
	free(copy);
	return true;
}

static bool test_any(void)
{
	struct vector key = vector(FILE_KM1, "km1_sw_ecdsa_256", "plain"), other;
	int out = dup(STDOUT_FILENO), null = open("/dev/null", O_WRONLY);
	unsigned long n = cases(20000);
	bool ok = true;

	fflush(stdout);
	dup2(null, STDOUT_FILENO);
	while (ok && n--) {
		other = key;
		other.data[rnd() % other.len] = rnd();
		if (rnd() % 2)
			other.len = rnd() % other.len;
		ok = show_one(&(struct km_bytes){ other.data, other.len });
	}
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	close(out);
	close(null);
	return ok;
}

static const struct test tests[] = {
	{ "what forbids something is kept, or refused, or left out by order", test_forbids },
	{ "what can be kept is, and nothing is said", test_kept },
	{ "who has to show himself", test_auth },
	{ "whatever is in a blob, it is shown, and migrated or refused", test_any },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
