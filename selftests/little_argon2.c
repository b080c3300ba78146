// SPDX-License-Identifier: GPL-2.0-only
/*
 * libargon2.so.1 for tests in which passwords are not the matter: the real one stretches them,
 * with as little memory and as few passes as it has. See stretch_little in tap.sh.
 */
#include <dlfcn.h>

#include <argon2.h>

#define REAL "/usr/lib/x86_64-linux-gnu/libargon2.so.1"

int argon2id_hash_raw(const uint32_t passes, const uint32_t kib, const uint32_t lanes,
		      const void *password, const size_t len, const void *salt,
		      const size_t salt_len, void *hash, const size_t hash_len)
{
	static typeof(argon2id_hash_raw) *real;
	void *library;

	(void)passes;
	(void)kib;
	if (!real) {
		library = dlopen(REAL, RTLD_NOW);
		real = library ? dlsym(library, __func__) : NULL;
	}
	if (!real)
		return ARGON2_MEMORY_ALLOCATION_ERROR;
	return real(1, 8 * lanes, lanes, password, len, salt, salt_len, hash, hash_len);
}
