// SPDX-License-Identifier: GPL-2.0-only
/*
 * Password handles: pack, parse, sign, check (gatekeeper.md section 3).
 * Below gatekeeper.c, which decides whether a password is looked at.
 *
 * A handle is no secret: without the password key, which is derived from the root key,
 * nobody can try a password against it. The key is each user's own, so that a handle is
 * of no use for another user, whatever it says.
 */
#include "kdf.h"
#include "password.h"

#define SALT_AT		17
#define SIGNATURE_AT	25
#define HARDWARE_AT	57
/* Version, SID and flags: what is signed beside the password. */
#define SIGNED		17

/**
 * km_password_key() - the password key of a user
 * @master: 32 bytes, derived from the root key
 * @uid: the user
 * @key: [out] KM_SHA256_SIZE bytes; wipe them
 */
void km_password_key(const u8 *master, u32 uid, u8 *key)
{
	u8 number[4];
	const struct km_piece piece = { number, sizeof(number) };

	put_unaligned_le32(uid, number);
	km_hmac_sha256(master, KM_SHA256_SIZE, &piece, 1, key);
}

/**
 * km_handle_parse() - take a handle apart
 * @h: [out] its parts
 * @wire: the bytes
 *
 * Return: false for a wrong length, or a version that is not known.
 */
bool km_handle_parse(struct km_handle *h, const struct km_piece *wire)
{
	const u8 *p = wire->data;

	if (wire->len != KM_PASSWORD_HANDLE_SIZE || p[0] > KM_HANDLE_VERSION)
		return false;
	h->version = p[0];
	h->sid = get_unaligned_le64(p + 1);
	h->flags = get_unaligned_le64(p + 9);
	h->salt = get_unaligned_le64(p + SALT_AT);
	memcpy(h->signature, p + SIGNATURE_AT, KM_SHA256_SIZE);
	h->hardware = p[HARDWARE_AT];
	return true;
}

/**
 * km_handle_pack() - put a handle together
 * @h: its parts
 * @wire: [out] KM_PASSWORD_HANDLE_SIZE bytes
 */
void km_handle_pack(const struct km_handle *h, u8 *wire)
{
	wire[0] = h->version;
	put_unaligned_le64(h->sid, wire + 1);
	put_unaligned_le64(h->flags, wire + 9);
	put_unaligned_le64(h->salt, wire + SALT_AT);
	memcpy(wire + SIGNATURE_AT, h->signature, KM_SHA256_SIZE);
	wire[HARDWARE_AT] = h->hardware;
}

static void sign(const struct km_handle *h, const u8 *key, const struct km_piece *password,
		 u8 *signature)
{
	u8 wire[KM_PASSWORD_HANDLE_SIZE];
	const struct km_piece pieces[] = {
		{ wire + SALT_AT, sizeof(h->salt) }, { wire, SIGNED }, *password,
	};

	km_handle_pack(h, wire);
	km_hmac_sha256(key, KM_SHA256_SIZE, pieces, ARRAY_SIZE(pieces), signature);
}

/**
 * km_handle_sign() - make the signature of a handle
 * @h: [in] the rest of it, [out] the signature
 * @key: the password key of the user
 * @password: any bytes
 */
void km_handle_sign(struct km_handle *h, const u8 *key, const struct km_piece *password)
{
	sign(h, key, password, h->signature);
}

/**
 * km_handle_verify() - is this the password of a handle?
 * @h: the handle
 * @key: the password key of the user
 * @password: any bytes
 *
 * Return: true if so.
 */
bool km_handle_verify(const struct km_handle *h, const u8 *key, const struct km_piece *password)
{
	u8 signature[KM_SHA256_SIZE];
	bool same;

	sign(h, key, password, signature);
	same = !crypto_memneq(signature, h->signature, sizeof(signature));
	memzero_explicit(signature, sizeof(signature));
	return same;
}
