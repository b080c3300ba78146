// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Password handles of the software gatekeeper: by scrypt, without a secret, so that any
 * machine can check them. For programs that bring such handles along; the kernel's own
 * handles are another kind, and it takes none of these. Over libcrypto.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "lib_private.h"

/* Offsets of the 58 packed bytes; integers are little-endian. */
#define AT_VERSION	0
#define AT_SID		1
#define AT_FLAGS	9
#define AT_SALT		17
#define AT_SIGNATURE	25
#define AT_HARDWARE	57
#define SALT_SIZE	8
#define SIGNATURE_SIZE	32
#define VERSION		2

#define SCRYPT_N	16384
#define SCRYPT_R	8
#define SCRYPT_P	1
#define SCRYPT_MEMORY	(64UL * 1024 * 1024)

/* scrypt of the handle's first 17 bytes and the password, under the handle's salt. */
static int sign(const unsigned char *handle, const struct km_bytes *password,
		unsigned char signature[SIGNATURE_SIZE])
{
	size_t len = AT_SALT + password->len;
	unsigned char *signed_bytes;
	int ok;

	if (!password->len || password->len > KM_PASSWORD_MAX)
		return -EINVAL;
	signed_bytes = malloc(len);
	if (!signed_bytes)
		return -ENOMEM;
	memcpy(signed_bytes, handle, AT_SALT);
	memcpy(signed_bytes + AT_SALT, password->data, password->len);
	ok = EVP_PBE_scrypt((const char *)signed_bytes, len, handle + AT_SALT, SALT_SIZE, SCRYPT_N,
			    SCRYPT_R, SCRYPT_P, SCRYPT_MEMORY, signature, SIGNATURE_SIZE);
	explicit_bzero(signed_bytes, len);
	free(signed_bytes);
	return ok == 1 ? 0 : -ENOMEM;
}

LIBEXPORT int km_soft_handle_make(const struct km_soft_handle *request,
				  const struct km_bytes *password,
				  uint8_t handle[KM_PASSWORD_HANDLE_SIZE])
{
	int ret;

	memset(handle, 0, KM_PASSWORD_HANDLE_SIZE);
	handle[AT_VERSION] = VERSION;
	km_put_le64(handle + AT_SID, request->sid);
	km_put_le64(handle + AT_FLAGS, request->flags);
	if (request->salt)
		memcpy(handle + AT_SALT, request->salt, SALT_SIZE);
	else if (getrandom(handle + AT_SALT, SALT_SIZE, 0) != SALT_SIZE)
		return -EIO;
	ret = sign(handle, password, handle + AT_SIGNATURE);
	handle[AT_HARDWARE] = 0;
	if (ret)
		memset(handle, 0, KM_PASSWORD_HANDLE_SIZE);
	return ret;
}

LIBEXPORT int km_soft_handle_verify(const void *handle, size_t len,
				    const struct km_bytes *password, uint64_t *sid)
{
	unsigned char signature[SIGNATURE_SIZE];
	const unsigned char *h = handle;
	int ret;

	*sid = 0;
	/* Older versions are signed the same way; no newer one is known. */
	if (len != KM_PASSWORD_HANDLE_SIZE || h[AT_VERSION] > VERSION)
		return -EINVAL;
	ret = sign(h, password, signature);
	if (!ret && CRYPTO_memcmp(signature, h + AT_SIGNATURE, sizeof(signature)))
		ret = -EACCES;
	if (!ret)
		*sid = km_get_le64(h + AT_SID);
	explicit_bzero(signature, sizeof(signature));
	return ret ? ret : h[AT_VERSION] < VERSION;
}
