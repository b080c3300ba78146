// SPDX-License-Identifier: GPL-2.0-only
/*
 * Before any key there is a root key: who may load it, in which ways, and how often.
 * Every test starts with a freshly loaded module that has none.
 * watched: every call of the interface
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>

#include "opfd.h"
#include <kselftest_harness.h>

FIXTURE(fresh)
{
	int dev;
};

FIXTURE_SETUP(fresh)
{
	if (!access(ABI_DEVICE, F_OK)) {
		ASSERT_EQ(0, abi_unload_module());
	}
	ASSERT_EQ(0, abi_load_module());
	self->dev = abi_open();
	ASSERT_LE(0, self->dev);
}

FIXTURE_TEARDOWN(fresh)
{
	close(self->dev);
}

static uint32_t root_source(int dev)
{
	struct km_info info;

	return abi_info(dev, &info) ? ~0u : info.root_source;
}

TEST_F(fresh, nothing_works_without_root_key)
{
	static const uint8_t zero[KM_ROOT_CHECK_SIZE];
	struct km_get_characteristics show = { .size = sizeof(show) };
	struct km_import_key import = { .size = sizeof(import) };
	struct km_export_key export = { .size = sizeof(export) };
	struct key key = { .len = ROOM };
	struct abi_set set, use;
	struct km_begin arg;
	struct km_info info;
	uint8_t out[64];
	int32_t code = 0;
	uint32_t n;

	ASSERT_EQ(0, abi_info(self->dev, &info));
	EXPECT_EQ(KM_ROOT_NONE, info.root_source);
	EXPECT_EQ(0, memcmp(zero, info.root_check, sizeof(zero)));

	abi_describe_gcm(&set);
	abi_use_gcm(&use, NULL);
	EXPECT_EQ(ENOKEY, abi_generate(self->dev, &set, key.blob, &key.len, &code));
	EXPECT_EQ(KM_ERROR_KEYMASTER_NOT_CONFIGURED, code);

	import.params = ABI_PTR(set.wire);
	import.params_len = set.len;
	import.data = ABI_PTR(out);
	import.data_len = 32;
	import.key_format = KM_KEY_FORMAT_RAW;
	import.blob = ABI_PTR(key.blob);
	import.blob_len = ROOM;
	EXPECT_EQ(ENOKEY, abi_ioctl(self->dev, KM_IOC_IMPORT_KEY, &import));
	EXPECT_EQ(KM_ERROR_KEYMASTER_NOT_CONFIGURED, import.error);

	key.len = 300; /* of nothing in particular */
	EXPECT_EQ(ENOKEY, begin(self->dev, &key, KM_PURPOSE_ENCRYPT, &use, &arg));
	EXPECT_EQ(KM_ERROR_KEYMASTER_NOT_CONFIGURED, arg.error);
	n = sizeof(out);
	EXPECT_EQ(ENOKEY, operate(self->dev, &key, KM_PURPOSE_ENCRYPT, &use, "x", 1, out, &n));
	show.blob = ABI_PTR(key.blob);
	show.blob_len = key.len;
	EXPECT_EQ(ENOKEY, abi_ioctl(self->dev, KM_IOC_GET_KEY_CHARACTERISTICS, &show));
	EXPECT_EQ(KM_ERROR_KEYMASTER_NOT_CONFIGURED, show.error);
	export.blob = ABI_PTR(key.blob);
	export.blob_len = key.len;
	export.key_format = KM_KEY_FORMAT_X509;
	EXPECT_EQ(ENOKEY, abi_ioctl(self->dev, KM_IOC_EXPORT_KEY, &export));
	EXPECT_EQ(KM_ERROR_KEYMASTER_NOT_CONFIGURED, export.error);
}

/* In a child, because the rights do not come back. */
static int load_in_child(int dev, uid_t uid, int flags)
{
	pid_t child = fork();
	int status, own;

	if (!child) {
		if ((flags && unshare(flags)) || abi_become(uid))
			_exit(255);
		own = dev >= 0 ? dev : abi_open();
		_exit(abi_root_key(own, KM_ROOT_EPHEMERAL, NULL, 0, NULL));
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(fresh, only_the_administrator_loads_the_root_key)
{
	int lent;

	EXPECT_EQ(EPERM, load_in_child(-1, ABI_USER, 0));
	EXPECT_EQ(EPERM, load_in_child(self->dev, ABI_USER, 0)); /* a lent file is no rank */
	EXPECT_EQ(EPERM, load_in_child(-1, 0, CLONE_NEWUSER));
	EXPECT_EQ(EPERM, load_in_child(self->dev, 0, CLONE_NEWUSER));
	lent = other_fd_as(ABI_USER);
	ASSERT_LE(0, lent);
	EXPECT_EQ(EPERM, abi_root_key(lent, KM_ROOT_EPHEMERAL, NULL, 0, NULL));
	EXPECT_EQ(KM_ROOT_NONE, root_source(self->dev));
	close(lent);
	EXPECT_EQ(0, load_in_child(self->dev, 0, 0));
	EXPECT_EQ(KM_ROOT_EPHEMERAL, root_source(self->dev));
}

TEST_F(fresh, root_key_arguments)
{
	static const uint32_t sources[] = { KM_ROOT_NONE, KM_ROOT_TPM + 1, 0xffffffff };
	static const uint32_t lengths[] = { 0, 1, 16, 31, 33, 64, 0x80000000, 0xffffffff };
	struct km_load_root_key arg = { .size = sizeof(arg) };
	static const uint8_t key[64] = { 1, 2, 3 };
	struct km_info info;
	unsigned int i;
	uint8_t *page;

	for (i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		EXPECT_EQ(EINVAL, abi_root_key(self->dev, sources[i], NULL, 0, NULL));
		EXPECT_EQ(EINVAL, abi_root_key(self->dev, sources[i], key, 32, NULL));
	}
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		EXPECT_EQ(EINVAL, abi_root_key(self->dev, KM_ROOT_BYTES, key, lengths[i], NULL));
	EXPECT_EQ(EINVAL, abi_root_key(self->dev, KM_ROOT_EPHEMERAL, key, 0, NULL));
	EXPECT_EQ(EINVAL, abi_root_key(self->dev, KM_ROOT_EPHEMERAL, key, 32, NULL));

	arg.source = KM_ROOT_EPHEMERAL;
	arg.serial = 1;
	EXPECT_EQ(EINVAL, abi_ioctl(self->dev, KM_IOC_LOAD_ROOT_KEY, &arg));
	arg.source = KM_ROOT_KEYRING;
	arg.serial = 0x7fffffff;
	EXPECT_EQ(ENOKEY, abi_ioctl(self->dev, KM_IOC_LOAD_ROOT_KEY, &arg));
	arg.key = ABI_PTR(key);
	EXPECT_EQ(EINVAL, abi_ioctl(self->dev, KM_IOC_LOAD_ROOT_KEY, &arg));

	EXPECT_EQ(EFAULT, abi_root_key(self->dev, KM_ROOT_BYTES, NULL, 32, NULL));
	EXPECT_EQ(EFAULT, abi_root_key(self->dev, KM_ROOT_BYTES, (void *)0x10, 32, NULL));
	EXPECT_EQ(EFAULT, abi_root_key(self->dev, KM_ROOT_BYTES, (void *)~0UL, 32, NULL));
	page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, page);
	ASSERT_EQ(0, munmap(page + 4096, 4096));
	EXPECT_EQ(EFAULT, abi_root_key(self->dev, KM_ROOT_BYTES, page + 4096 - 31, 32, NULL));
	EXPECT_EQ(KM_ROOT_NONE, root_source(self->dev));

	arg = (struct km_load_root_key){
		.size = sizeof(arg), .source = KM_ROOT_BYTES, .key = ABI_PTR(key), .key_len = 32,
	};
	memset(arg.root_check, ABI_FILL, sizeof(arg.root_check));
	EXPECT_EQ(0, abi_ioctl(self->dev, KM_IOC_LOAD_ROOT_KEY, &arg));
	ASSERT_EQ(0, abi_info(self->dev, &info));
	EXPECT_EQ(KM_ROOT_BYTES, info.root_source);
	EXPECT_EQ(0, memcmp(info.root_check, arg.root_check, sizeof(arg.root_check)));
	EXPECT_NE(0, memcmp(info.root_check, key, sizeof(arg.root_check)));
}

TEST_F(fresh, second_root_key_is_refused)
{
	static const uint8_t key[32] = { 5 }, other[32] = { 6 };
	struct km_info first, second;
	int32_t code;

	ASSERT_EQ(0, abi_root_key(self->dev, KM_ROOT_BYTES, key, 32, &code));
	ASSERT_EQ(0, abi_info(self->dev, &first));
	EXPECT_EQ(EEXIST, abi_root_key(self->dev, KM_ROOT_BYTES, other, 32, &code));
	EXPECT_EQ(KM_ERROR_ROOT_OF_TRUST_ALREADY_SET, code);
	EXPECT_EQ(EEXIST, abi_root_key(self->dev, KM_ROOT_BYTES, key, 32, &code));
	EXPECT_EQ(KM_ERROR_ROOT_OF_TRUST_ALREADY_SET, code);
	EXPECT_EQ(EEXIST, abi_root_key(self->dev, KM_ROOT_EPHEMERAL, NULL, 0, &code));
	EXPECT_EQ(KM_ERROR_ROOT_OF_TRUST_ALREADY_SET, code);
	ASSERT_EQ(0, abi_info(self->dev, &second));
	EXPECT_EQ(0, memcmp(&first, &second, sizeof(first)));
}

TEST_HARNESS_MAIN
