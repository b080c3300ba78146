// SPDX-License-Identifier: GPL-2.0-only
/*
 * A key that several parties agree on, each with a nonce of its own (gatekeeper.md 8.2).
 * Called by dev_auth.c; builds in userspace too.
 *
 * Who has not the common secret learns nothing of the key, though he chooses all nonces
 * but ours: and as ours is new at each load, no key of before comes again.
 */
#include "derive.h"
#include "kdf.h"
#include "shared_hmac.h"

static bool sound(const struct km_hmac_party *p)
{
	return (!p->seed_len || p->seed_len == sizeof(p->seed)) && p->nonce_len == sizeof(p->nonce);
}

/* As bytes in a row: an empty seed stands before any other. */
static int compare(const struct km_hmac_party *a, const struct km_hmac_party *b)
{
	int diff = 0;

	if (a->seed_len != b->seed_len)
		return a->seed_len < b->seed_len ? -1 : 1;
	if (a->seed_len)
		diff = memcmp(a->seed, b->seed, sizeof(a->seed));
	return diff ? diff : memcmp(a->nonce, b->nonce, sizeof(a->nonce));
}

/* Of ten at most. */
static void sort_parties(struct km_hmac_party *p, u32 n)
{
	struct km_hmac_party moved;
	u32 i, j;

	for (i = 1; i < n; i++) {
		moved = p[i];
		for (j = i; j && compare(&p[j - 1], &moved) > 0; j--)
			p[j] = p[j - 1];
		p[j] = moved;
	}
}

static size_t write_context(u8 *out, const struct km_hmac_party *p, u32 n)
{
	u8 *at = out;

	for (; n--; p++) {
		memcpy(at, p->seed, p->seed_len);
		at += p->seed_len;
		memcpy(at, p->nonce, sizeof(p->nonce));
		at += sizeof(p->nonce);
	}
	return at - out;
}

/**
 * km_shared_hmac() - agree on a key
 * @s: the parties; the caller wipes it
 *
 * Return: KM_ERROR_OK; INVALID_ARGUMENT if @s->own is none of the parties, or one of them
 * has a seed or a nonce of a length that is none.
 */
enum km_error km_shared_hmac(struct km_shared_hmac *s)
{
	static const char label[] = "KeymasterSharedMac", check[] = "Keymaster HMAC Verification";
	const struct km_piece verification = { check, sizeof(check) - 1 };
	u8 context[KM_HMAC_PARTIES_MAX * 2 * 32];
	struct km_ckdf ckdf = {
		.key = { s->secret, KM_SHARED_SECRET_SIZE },
		.label = { label, sizeof(label) - 1 },
		.context = { context, 0 },
	};
	bool found = false;
	u32 i;

	if (s->count > KM_HMAC_PARTIES_MAX)
		return KM_ERROR_INVALID_ARGUMENT;
	for (i = 0; i < s->count; i++) {
		if (!sound(&s->parties[i]))
			return KM_ERROR_INVALID_ARGUMENT;
		found |= !compare(&s->parties[i], s->own);
	}
	if (!found)
		return KM_ERROR_INVALID_ARGUMENT;
	sort_parties(s->parties, s->count);
	ckdf.context.len = write_context(context, s->parties, s->count);
	if (km_ckdf(&ckdf, s->key, sizeof(s->key)))
		return KM_ERROR_INVALID_ARGUMENT;
	km_hmac_sha256(s->key, sizeof(s->key), &verification, 1, s->check);
	return KM_ERROR_OK;
}
