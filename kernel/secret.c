// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffers for secrets: allocated zeroed, wiped before they go back.
 * Leaf of the layers, used by every file that holds key material.
 */
#include "secret.h"

/**
 * km_secret_alloc() - a zeroed buffer for a secret
 * @len: bytes wanted
 *
 * Charged to the caller's memory cgroup: what a user keeps loaded, he pays for.
 *
 * Return: the buffer, or NULL when memory is short. Context: may sleep.
 */
struct km_secret *km_secret_alloc(size_t len)
{
	struct km_secret *s = kzalloc(sizeof(*s) + len, GFP_KERNEL_ACCOUNT);

	if (s)
		s->len = len;
	return s;
}

/**
 * km_secret_copy() - a secret buffer with a copy of bytes
 * @data: the bytes
 * @len: how many
 *
 * Return: the buffer, or NULL when memory is short. Context: may sleep.
 */
struct km_secret *km_secret_copy(const void *data, size_t len)
{
	struct km_secret *s = km_secret_alloc(len);

	if (s)
		memcpy(s->data, data, len);
	return s;
}

/**
 * km_secret_free() - wipe and free a secret
 * @s: the buffer, may be NULL
 *
 * Wipes @s->len bytes: nobody may shorten @len of a secret in place.
 */
void km_secret_free(struct km_secret *s)
{
	if (!s)
		return;
	memzero_explicit(s, sizeof(*s) + s->len);
	kfree(s);
}
