// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages that a person has to confirm before they are signed (operations.md 4.7).
 * Called by operation.c, which shows it all input; dev_auth.c says what was confirmed.
 *
 * The token is an HMAC of the message by the key of tokens: who shows messages to people
 * gets it from the kernel, and nobody else has the key.
 */
#include <linux/slab.h>
#include "alg.h"
#include "authorize.h"
#include "confirm.h"
#include "token.h"

static const u8 prefix[18] = { "confirmation token" };

/**
 * km_confirm_token() - what says that a message was confirmed
 * @message: the message
 * @len: its length
 * @token: [out] KM_CONFIRMATION_TOKEN_SIZE bytes
 */
void km_confirm_token(const u8 *message, size_t len, u8 *token)
{
	const struct km_piece pieces[] = { { prefix, sizeof(prefix) }, { message, len } };

	km_token_mac(pieces, ARRAY_SIZE(pieces), token);
}

/**
 * km_confirm_start() - begin to note what is signed
 *
 * Return: for the functions below, NULL when memory is short; km_confirm_end() it.
 */
struct km_confirming *km_confirm_start(void)
{
	struct km_confirming *c = kmalloc(sizeof(*c), GFP_KERNEL_ACCOUNT);

	if (c)
		c->len = 0;
	return c;
}

/**
 * km_confirm_add() - note what is signed next
 * @c: what was signed so far
 * @data: the bytes
 * @len: how many
 *
 * Return: KM_ERROR_OK; INVALID_ARGUMENT beyond KM_CONFIRMATION_MAX.
 */
enum km_error km_confirm_add(struct km_confirming *c, const u8 *data, size_t len)
{
	if (len > sizeof(c->data) - c->len)
		return KM_ERROR_INVALID_ARGUMENT;
	memcpy(c->data + c->len, data, len);
	c->len += len;
	return KM_ERROR_OK;
}

/**
 * km_confirm_judge() - was all of it confirmed?
 * @c: what was signed
 * @args: the parameters of finish
 *
 * Return: KM_ERROR_OK or why not.
 */
enum km_error km_confirm_judge(const struct km_confirming *c, const struct km_op_args *args)
{
	u8 want[KM_CONFIRMATION_TOKEN_SIZE];
	const struct km_confirmation confirmation = {
		.want = want, .given = args->confirmation, .given_len = args->confirmation_len,
	};
	enum km_error err;

	km_confirm_token(c->data, c->len, want);
	err = km_authorize_confirmed(&confirmation);
	/* Left behind, it would confirm what nobody has. */
	memzero_explicit(want, sizeof(want));
	return err;
}

/**
 * km_confirm_end() - wipe and free what was noted
 * @c: what was signed, may be NULL
 */
void km_confirm_end(struct km_confirming *c)
{
	kfree_sensitive(c);
}
