// SPDX-License-Identifier: GPL-2.0-only
/*
 * Authentication tokens as bytes: 37 of content and their HMAC (gatekeeper.md section 2).
 * Called by token.c, which has the key; builds in userspace too.
 *
 * The same key signs timestamp and confirmation tokens. Those begin with a letter and this
 * with the version, so that no message of one kind is one of another.
 */
#include "kdf.h"
#include "token_wire.h"

#define VERSION		0

/* Where the members stand. */
#define CHALLENGE	1
#define USER_ID		9
#define AUTHENTICATOR	17
#define TYPE		25
#define TIMESTAMP	29
#define MAC		(KM_AUTH_TOKEN_SIZE - KM_SHA256_SIZE)

static void sign(const u8 *key, const u8 *wire, u8 *mac)
{
	const struct km_piece content = { wire, MAC };

	km_hmac_sha256(key, KM_TOKEN_KEY_SIZE, &content, 1, mac);
}

/**
 * km_token_write() - the bytes of a token, signed
 * @key: KM_TOKEN_KEY_SIZE bytes
 * @t: what it says
 * @wire: [out] KM_AUTH_TOKEN_SIZE bytes
 */
void km_token_write(const u8 *key, const struct km_token *t, u8 *wire)
{
	wire[0] = VERSION;
	put_unaligned_le64(t->challenge, wire + CHALLENGE);
	put_unaligned_le64(t->user_id, wire + USER_ID);
	put_unaligned_le64(t->authenticator_id, wire + AUTHENTICATOR);
	/* These two in network order. */
	put_unaligned_be32(t->type, wire + TYPE);
	put_unaligned_be64(t->timestamp_ms, wire + TIMESTAMP);
	sign(key, wire, wire + MAC);
}

/**
 * km_token_parse() - read a token, trusting nothing
 * @key: KM_TOKEN_KEY_SIZE bytes
 * @wire: bytes of anybody
 * @len: how many
 * @t: [out] what it says, if it is one
 *
 * Return: whether it is a token that this key signed.
 */
bool km_token_parse(const u8 *key, const u8 *wire, size_t len, struct km_token *t)
{
	u8 mac[KM_SHA256_SIZE];
	bool good;

	if (len != KM_AUTH_TOKEN_SIZE || wire[0] != VERSION)
		return false;
	sign(key, wire, mac);
	/* What a forger nearly guessed must not show in time. */
	good = !crypto_memneq(mac, wire + MAC, sizeof(mac));
	memzero_explicit(mac, sizeof(mac));
	if (!good)
		return false;
	t->challenge = get_unaligned_le64(wire + CHALLENGE);
	t->user_id = get_unaligned_le64(wire + USER_ID);
	t->authenticator_id = get_unaligned_le64(wire + AUTHENTICATOR);
	t->type = get_unaligned_be32(wire + TYPE);
	t->timestamp_ms = get_unaligned_be64(wire + TIMESTAMP);
	return true;
}
