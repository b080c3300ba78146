// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of Android's keystore as kmctl android reads and writes them: byte-exact both ways,
 * the names, the .masterkey, and what happens after wrong passwords.
 * Userspace test of tools/android_file.c, android_alias.c and android_dir.c.
 */
#include <dirent.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "android.h"
#include "harness.h"
#include "vectors.h"

#define FILE_FILES	"keystore_files.txt"
#define FILE_KM1	"aosp_km1_blobs.txt"

/* io.c prints through these; the rest of kmctl is not needed. */
int fail(int status, const char *format, ...);
int fail_errno(int status, int error, const char *what);
void terminal_restore(void);

int fail(int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("# ");
	vprintf(format, args);
	va_end(args);
	return status;
}

int fail_errno(int status, int error, const char *what)
{
	return fail(status, "%s: %d\n", what, error);
}

void terminal_restore(void)
{
}

static struct vector get(const char *section, const char *name)
{
	return vector(FILE_FILES, section, name);
}

static struct km_bytes bytes_of(const struct vector *v)
{
	return (struct km_bytes){ v->data, v->len };
}

static bool same(const struct km_buf *buf, const struct vector *v)
{
	return buf->len == v->len && !memcmp(buf->data, v->data, v->len);
}

/* Parses and opens a copy that ends where the sanitizer looks. */
static int open_file(const struct vector *v, const struct vector *key, struct km_buf *value)
{
	u8 *copy = exact(v->data, v->len);
	struct km_bytes k = key ? bytes_of(key) : (struct km_bytes){ 0 };
	struct android_file file;
	int ret = android_file_parse(&file, &(struct km_bytes){ copy, v->len });

	if (!ret)
		ret = android_file_open(&file, key ? &k : NULL);
	*value = file.value;
	free(copy);
	return ret;
}

static bool holds(const struct vector *v, const struct vector *key, const struct vector *want)
{
	struct km_buf value = { 0 };
	int ret = open_file(v, key, &value);
	bool ok = !ret && same(&value, want);

	km_buf_free(&value);
	return ok;
}

static bool test_read(void)
{
	struct vector master = get("inputs", "master"), value = get("inputs", "value");
	struct vector generic = get("generic", "file"), plain = get("generic_plain", "file");
	struct vector ec1 = get("ec1", "file");
	struct vector blob = vector(FILE_KM1, "km1_sw_ecdsa_256", "blob");
	struct android_file file;
	struct km_buf none;

	CHECK(holds(&generic, &master, &value));
	CHECK(holds(&plain, NULL, &value));
	CHECK(holds(&ec1, &master, &blob));
	CHECK(open_file(&generic, NULL, &none) == -ENOKEY);
	CHECK(!android_file_parse(&file, &(struct km_bytes){ plain.data, plain.len }));
	CHECK(file.version == 2 && file.type == 1 && file.flags == 0 && file.info.len == 4);
	CHECK(!memcmp(file.info.data, "info", 4));
	CHECK(!android_file_parse(&file, &(struct km_bytes){ ec1.data, ec1.len }));
	CHECK(file.type == ANDROID_TYPE_KEYMASTER && android_file_encrypted(&file));
	master.data[0] ^= 1;
	CHECK(open_file(&generic, &master, &none) == -EBADMSG);
	CHECK(open_file(&ec1, &master, &none) == -EBADMSG);
	return true;
}

/* Before version 2 the flag says nothing, and version 0 has no type either. */
static bool test_old_versions(void)
{
	struct vector master = get("inputs", "master"), value = get("inputs", "value");
	struct vector v = get("generic", "file");

	v.data[0] = 1;
	v.data[2] = 0;
	CHECK(holds(&v, &master, &value));
	v.data[0] = 0;
	v.data[1] = 0;
	CHECK(holds(&v, &master, &value));
	return true;
}

static bool test_version3(void)
{
	struct vector password = get("inputs", "password"), value = get("inputs", "value");
	struct vector want = get("version3", "master"), v = get("version3", "masterkey");
	struct vector generic = get("version3", "generic");
	struct km_bytes pin = bytes_of(&password);
	struct android_file file;
	struct km_buf master, none;

	CHECK(!android_file_parse(&file, &(struct km_bytes){ v.data, v.len }));
	CHECK(android_file_is_master(&file) && !android_master_open(&file, &pin, &master));
	CHECK(same(&master, &want));
	km_buf_free(&master);
	CHECK(holds(&generic, &want, &value));
	/* Encrypted for another reason, in the same way. */
	generic.data[2] = ANDROID_FLAG_SUPER_ENCRYPTED;
	CHECK(holds(&generic, &want, &value));
	want.data[31] ^= 1;
	CHECK(open_file(&generic, &want, &none) == -EBADMSG);
	want.len = 5;
	CHECK(open_file(&generic, &want, &none) == -EINVAL);
	/* Not encrypted, the value stands there with nothing behind it. */
	generic.data[2] = 0;
	memcpy(generic.data + 40, value.data, value.len);
	CHECK(holds(&generic, NULL, &value));
	return true;
}

static bool master_is(const char *section)
{
	struct vector password = get("inputs", "password"), want = get("inputs", "master");
	struct vector v = get(section, "file"), key = get(section, "key");
	struct vector salt = get("inputs", "salt");
	struct km_bytes pin = bytes_of(&password), s = bytes_of(&salt);
	struct android_file file;
	struct km_buf master;
	u8 derived[16];

	if (v.len == 68)
		s = (struct km_bytes){ "keystore", 9 };
	CHECK(!android_pbkdf2(&pin, &s, sizeof(derived), derived));
	CHECK(!memcmp(derived, key.data, sizeof(derived)));
	CHECK(!android_file_parse(&file, &(struct km_bytes){ v.data, v.len }));
	CHECK(!android_master_open(&file, &pin, &master) && same(&master, &want));
	km_buf_free(&master);
	pin.len--;
	CHECK(android_master_open(&file, &pin, &master) == -EBADMSG && !master.data);
	return true;
}

static bool test_master(void)
{
	return master_is("masterkey") && master_is("masterkey_old");
}

static bool writes(const struct android_new_file *new, const char *section)
{
	struct vector want = get(section, "file");
	struct km_buf out;
	bool ok = !android_file_write(new, &out) && same(&out, &want);

	km_buf_free(&out);
	return ok;
}

static bool test_write(void)
{
	struct vector master = get("inputs", "master"), value = get("inputs", "value");
	struct vector iv = get("inputs", "iv"), info = get("inputs", "info");
	struct vector blob = vector(FILE_KM1, "km1_sw_ecdsa_256", "blob");
	struct android_new_file new = {
		.type = ANDROID_TYPE_GENERIC, .flags = ANDROID_FLAG_ENCRYPTED,
		.value = bytes_of(&value), .key = bytes_of(&master), .iv = iv.data,
	};
	struct km_buf out;

	CHECK(writes(&new, "generic"));
	new.type = ANDROID_TYPE_KEYMASTER;
	new.value = bytes_of(&blob);
	CHECK(writes(&new, "ec1"));
	new.type = ANDROID_TYPE_GENERIC;
	new.flags = 0;
	new.value = bytes_of(&value);
	new.info = bytes_of(&info);
	CHECK(writes(&new, "generic_plain"));
	new.value.len = 32765;
	CHECK(android_file_write(&new, &out) == -EMSGSIZE);
	return true;
}

static bool test_write_master(void)
{
	struct vector password = get("inputs", "password"), master = get("inputs", "master");
	struct vector salt = get("inputs", "salt"), iv = get("inputs", "master_iv");
	struct vector want = get("masterkey", "file");
	struct android_new_master new = {
		.password = bytes_of(&password), .master = bytes_of(&master),
		.salt = salt.data, .iv = iv.data,
	};
	struct km_buf out;

	CHECK(!android_master_write(&new, &out) && same(&out, &want));
	km_buf_free(&out);
	return true;
}

static bool alias_is(const char *alias, const char *want)
{
	char *encoded = android_alias_encode(alias), *decoded = android_alias_decode(want);
	bool ok = encoded && decoded && !strcmp(encoded, want) && !strcmp(decoded, alias);

	free(encoded);
	free(decoded);
	return ok;
}

static bool test_alias(void)
{
	const char *encoded;
	char *decoded;
	u32 uid;

	CHECK(alias_is("USRPKEY_ec_key4", "USRPKEY_ec_key4"));
	CHECK(alias_is("USRPKEY_my key/1", "USRPKEY_my+Pkey+_1"));
	CHECK(alias_is("USRPKEY_\xc3\xa9", "USRPKEY_.3-Y"));
	CHECK(alias_is("", "") && alias_is("\x01\xff", "+1.o"));
	decoded = android_alias_decode("ab+");
	CHECK(decoded && !strcmp(decoded, "ab"));
	free(decoded);
	CHECK(!android_alias_decode("/0") && !android_alias_decode("+\x7f"));
	CHECK(!android_alias_decode("+0") && !android_alias_decode("\xc3"));
	CHECK(android_name_split("10092_USRPKEY_ec1", &uid, &encoded) && uid == 10092);
	CHECK(!strcmp(encoded, "USRPKEY_ec1"));
	CHECK(!android_name_split(".masterkey", &uid, &encoded));
	CHECK(!android_name_split("4294967296_a", &uid, &encoded));
	CHECK(!android_name_split("1_", &uid, &encoded));
	CHECK(!android_name_split("_a", &uid, &encoded));
	return true;
}

/* ---- the directory ---- */

static char place[32];

static struct km_bytes pin(const char *text)
{
	return (struct km_bytes){ text, strlen(text) };
}

static unsigned int files_in(const char *path)
{
	DIR *stream = opendir(path);
	unsigned int n = 0;
	struct dirent *e;

	while (stream && (e = readdir(stream)))
		n += e->d_type == DT_REG;
	if (stream)
		closedir(stream);
	return n;
}

static int put_generic(struct android_dir *dir, const char *name, unsigned int flags)
{
	struct android_new_file new = {
		.type = ANDROID_TYPE_GENERIC, .flags = flags, .value = pin("hello keystore"),
	};

	return android_dir_put(dir, name, &new, false);
}

static bool test_dir_make(void)
{
	char path[64];
	struct android_dir dir;
	struct km_bytes right = pin("1234"), other = pin("98765");
	struct km_buf first;
	struct stat st;

	snprintf(path, sizeof(path), "%s/user_0", place);
	CHECK(!android_dir_open(&dir, path) && dir.state == ANDROID_UNINITIALIZED);
	CHECK(android_dir_password(&dir, &right) == ANDROID_NO_ERROR);
	CHECK(dir.state == ANDROID_NO_ERROR && dir.master.len == 16);
	CHECK(!stat(path, &st) && (st.st_mode & 0777) == 0700);
	CHECK(!put_generic(&dir, "10001_a", ANDROID_FLAG_ENCRYPTED));
	CHECK(put_generic(&dir, "10001_a", 0) == -EEXIST);
	CHECK(!android_room(&first, 16));
	memcpy(first.data, dir.master.data, 16);
	/* Another password, the same master key. */
	CHECK(android_dir_password(&dir, &other) == ANDROID_NO_ERROR);
	android_dir_close(&dir);
	CHECK(!dir.master.data);
	CHECK(!android_dir_open(&dir, path) && dir.state == ANDROID_LOCKED);
	CHECK(put_generic(&dir, "10001_b", ANDROID_FLAG_ENCRYPTED) == -ENOKEY);
	CHECK(android_dir_password(&dir, &right) == ANDROID_WRONG_PASSWORD_3);
	CHECK(android_dir_password(&dir, &other) == ANDROID_NO_ERROR);
	CHECK(!memcmp(first.data, dir.master.data, 16));
	android_dir_close(&dir);
	free(first.data);
	return true;
}

static bool write_file(const char *name, const struct vector *v)
{
	FILE *f = fopen(name, "w");
	bool ok = f && fwrite(v->data, 1, v->len, f) == v->len;

	return f && !fclose(f) && ok;
}

/* Four wrong ones have a code each; the next one empties the directory, if it may. */
static bool test_dir_wipe(void)
{
	struct vector master = get("masterkey", "file"), generic = get("generic", "file");
	struct km_bytes wrong = pin("4321"), right = pin("1234");
	struct android_dir dir;
	char path[64], name[80];
	unsigned int code;

	snprintf(path, sizeof(path), "%s/user_1", place);
	CHECK(!mkdir(path, 0700));
	snprintf(name, sizeof(name), "%s/.masterkey", path);
	CHECK(write_file(name, &master));
	snprintf(name, sizeof(name), "%s/10001_a", path);
	CHECK(write_file(name, &generic));
	CHECK(!android_dir_open(&dir, path));
	for (code = 13; code >= 12; code--)
		CHECK(android_dir_password(&dir, &wrong) == code);
	CHECK(android_dir_password(&dir, &right) == ANDROID_NO_ERROR);
	android_dir_lock(&dir);
	/* The right one has set the count back. */
	for (code = 13; code >= 10; code--)
		CHECK(android_dir_password(&dir, &wrong) == code);
	CHECK(android_dir_password(&dir, &wrong) == 10 && files_in(path) == 2);
	dir.may_wipe = true;
	CHECK(android_dir_password(&dir, &wrong) == ANDROID_UNINITIALIZED);
	CHECK(dir.state == ANDROID_UNINITIALIZED && !files_in(path));
	android_dir_close(&dir);
	return true;
}

/* A file without a salt is given one with the first right password. */
static bool test_dir_old(void)
{
	struct vector old = get("masterkey_old", "file"), want = get("inputs", "master");
	struct km_bytes right = pin("1234");
	struct android_dir dir;
	char path[64], name[80];
	struct stat st;

	snprintf(path, sizeof(path), "%s/user_2", place);
	CHECK(!mkdir(path, 0700));
	snprintf(name, sizeof(name), "%s/.masterkey", path);
	CHECK(write_file(name, &old) && !android_dir_open(&dir, path));
	CHECK(android_dir_password(&dir, &right) == ANDROID_NO_ERROR && same(&dir.master, &want));
	CHECK(!stat(name, &st) && st.st_size == 84);
	android_dir_lock(&dir);
	CHECK(android_dir_password(&dir, &right) == ANDROID_NO_ERROR && same(&dir.master, &want));
	android_dir_lock(&dir);
	/* What is no file of a keystore is not a wrong password. */
	old.len = 50;
	CHECK(write_file(name, &old));
	CHECK(android_dir_password(&dir, &right) == ANDROID_VALUE_CORRUPTED && dir.tries == 4);
	android_dir_close(&dir);
	return true;
}

static bool test_directory(void)
{
	char command[64];
	bool ok;

	strcpy(place, "/tmp/android-dir-XXXXXX");
	CHECK(mkdtemp(place));
	ok = test_dir_make() && test_dir_wipe() && test_dir_old();
	snprintf(command, sizeof(command), "rm -rf %s", place);
	return !system(command) && ok;
}

static bool test_every_bit(void)
{
	static const char *const sections[] = { "generic", "ec1" };
	struct vector master = get("inputs", "master"), v;
	struct km_buf value = { 0 };
	size_t i, at;

	for (i = 0; i < ARRAY_SIZE(sections); i++) {
		v = get(sections[i], "file");
		/* What is before the encryption is not protected: that is the format. */
		for (at = 20; at < v.len; at++) {
			v.data[at] ^= 1 << at % 8;
			CHECK(open_file(&v, &master, &value) == -EBADMSG && !value.data);
			v.data[at] ^= 1 << at % 8;
		}
		while (v.len--)
			CHECK(open_file(&v, &master, &value) < 0 && !value.data);
	}
	return true;
}

static bool test_fuzz(void)
{
	struct vector seeds[] = {
		get("generic", "file"), get("generic_plain", "file"), get("ec1", "file"),
		get("version3", "generic"), get("masterkey", "file"),
	};
	struct vector master = get("inputs", "master"), long_master = get("version3", "master"), v;
	unsigned long n = cases(200000);
	struct km_buf value;
	unsigned int times;
	int ret;

	while (n--) {
		v = seeds[rnd() % ARRAY_SIZE(seeds)];
		for (times = rnd() % 4; times; times--)
			v.data[rnd() % (rnd() % 2 ? 44 : v.len)] = rnd() % 4 ? rnd() : rnd() % 4;
		if (rnd() % 2)
			v.len = rnd() % (v.len + 1);
		ret = open_file(&v, v.data[0] == 3 ? &long_master : &master, &value);
		CHECK(!ret || ret == -EBADMSG || ret == -ENOMSG);
		km_buf_free(&value);
	}
	return true;
}

static const struct test tests[] = {
	{ "files of version 2 are read", test_read },
	{ "files of the versions 0 and 1", test_old_versions },
	{ "files of version 3", test_version3 },
	{ ".masterkey, with a salt and without", test_master },
	{ "files are written byte by byte as they are read", test_write },
	{ "so is .masterkey", test_write_master },
	{ "names and aliases", test_alias },
	{ "a directory, its passwords and the wipe", test_directory },
	{ "no encrypted bit can be changed, and no byte be missing", test_every_bit },
	{ "whatever comes in, it is an answer", test_fuzz },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
