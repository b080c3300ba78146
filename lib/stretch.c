// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Stretching: what people type becomes 32 bytes, by a function that takes time and memory
 * for every guess. Over libargon2 and setting.c; password.c sends the result to the kernel.
 *
 * The kernel itself makes each guess cost a wait, as long as it is asked. This is for the
 * day when somebody has the root key and the state, and need not ask.
 */
#include <errno.h>
#include <sys/random.h>

#include <argon2.h>

#include "lib_private.h"
#include "wipe.h"

/* OWASP's first choice for a login: about 25 ms, and 19 MiB that a guess has to have. */
static const struct km_setting recommended = {
	.memory_kib = 19456, .passes = 2, .lanes = 1, .salt_len = KM_SALT_NEW,
};

int km_setting_new(struct km_setting *setting)
{
	*setting = recommended;
	if (getrandom(setting->salt, setting->salt_len, 0) != (ssize_t)setting->salt_len)
		return -EIO;
	return 0;
}

/* Returns -ENOMEM where memory is short; there is no other failure that a caller can mend. */
int km_stretch(const struct km_setting *setting, const struct km_bytes *password,
	       unsigned char out[KM_STRETCHED_SIZE])
{
	int ret;

	if (password->len > KM_PASSWORD_MAX)
		return -EINVAL;
	/* libargon2 wipes its memory, but not the last state of its hash: that is the result. */
	ret = argon2id_hash_raw(setting->passes, setting->memory_kib, setting->lanes,
				password->data, password->len, setting->salt, setting->salt_len,
				out, KM_STRETCHED_SIZE);
	km_wipe_traces();
	if (ret == ARGON2_OK)
		return 0;
	explicit_bzero(out, KM_STRETCHED_SIZE);
	return ret == ARGON2_MEMORY_ALLOCATION_ERROR ? -ENOMEM : -EINVAL;
}
