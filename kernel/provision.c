// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a maker gives a machine: attestation keys, their chains, device ids; in the state.
 * Below state.c, which guards and keeps it, and attest_keys.c, which fills it.
 *
 * The section is the last of the state and is there only if something is in it: a state of
 * before there was such a thing is that of a machine that nothing was given to.
 */
#include "provision.h"

#define IDS_GIVEN	0x01
#define IDS_DESTROYED	0x02
#define CLOSED		0x04

/**
 * km_provision_is_empty() - has nothing been given?
 * @p: what there is
 *
 * Return: true if so.
 */
bool km_provision_is_empty(const struct km_provision *p)
{
	return !p->keys[KM_PROVISION_RSA].material && !p->keys[KM_PROVISION_EC].material &&
	       !p->ids_given && !p->ids_destroyed && !p->closed;
}

static size_t length(const struct km_secret *s)
{
	return s ? s->len : 0;
}

/**
 * km_provision_size() - length of the section in the state
 * @p: what there is
 *
 * Return: bytes.
 */
size_t km_provision_size(const struct km_provision *p)
{
	size_t n = 1;
	unsigned int i;

	if (km_provision_is_empty(p))
		return 0;
	for (i = 0; i < KM_ATTEST_IDS; i++)
		n += 1 + p->id_len[i];
	for (i = 0; i < KM_PROVISION_KEYS; i++)
		n += 4 + length(p->keys[i].material) + 4 + length(p->keys[i].chain);
	return n;
}

static u8 *put(u8 *to, const struct km_secret *s)
{
	put_unaligned_le32(length(s), to);
	if (s)
		memcpy(to + 4, s->data, s->len);
	return to + 4 + length(s);
}

/**
 * km_provision_write() - write the section
 * @p: what there is
 * @to: km_provision_size() bytes
 *
 * Return: behind what was written.
 */
u8 *km_provision_write(const struct km_provision *p, u8 *to)
{
	unsigned int i;

	if (km_provision_is_empty(p))
		return to;
	*to++ = (p->ids_given ? IDS_GIVEN : 0) | (p->ids_destroyed ? IDS_DESTROYED : 0) |
		(p->closed ? CLOSED : 0);
	for (i = 0; i < KM_ATTEST_IDS; i++) {
		*to++ = p->id_len[i];
		memcpy(to, p->ids[i], p->id_len[i]);
		to += p->id_len[i];
	}
	for (i = 0; i < KM_PROVISION_KEYS; i++) {
		to = put(to, p->keys[i].material);
		to = put(to, p->keys[i].chain);
	}
	return to;
}

static int take(struct km_piece *from, void *to, size_t len)
{
	if (from->len < len)
		return -EINVAL;
	memcpy(to, from->data, len);
	from->data = (const u8 *)from->data + len;
	from->len -= len;
	return 0;
}

static int get(struct km_piece *from, struct km_secret **s)
{
	u8 n[4];
	u32 len;

	if (take(from, n, sizeof(n)))
		return -EINVAL;
	len = get_unaligned_le32(n);
	if (len > from->len)
		return -EINVAL;
	if (!len)
		return 0;
	*s = km_secret_alloc(len);
	return *s ? take(from, (*s)->data, len) : -ENOMEM;
}

static int get_ids(struct km_provision *p, struct km_piece *from)
{
	unsigned int i;
	u8 flags;

	if (take(from, &flags, 1))
		return -EINVAL;
	p->ids_given = flags & IDS_GIVEN;
	p->ids_destroyed = flags & IDS_DESTROYED;
	p->closed = flags & CLOSED;
	for (i = 0; i < KM_ATTEST_IDS; i++)
		if (take(from, &p->id_len[i], 1) || p->id_len[i] > KM_DEVICE_ID_MAX ||
		    take(from, p->ids[i], p->id_len[i]))
			return -EINVAL;
	return 0;
}

/**
 * km_provision_read() - read the section, the last of a state
 * @p: [out] what there is, empty before; km_provision_free() it after a failure
 * @from: [in] the state from there on, [out] what is left of it
 *
 * Return: 0, -EINVAL, -ENOMEM. Context: may sleep.
 */
int km_provision_read(struct km_provision *p, struct km_piece *from)
{
	unsigned int i;
	int ret;

	if (!from->len)
		return 0;
	ret = get_ids(p, from);
	for (i = 0; i < KM_PROVISION_KEYS && !ret; i++) {
		ret = get(from, &p->keys[i].material);
		if (!ret)
			ret = get(from, &p->keys[i].chain);
		if (!ret && !p->keys[i].material != !p->keys[i].chain)
			ret = -EINVAL;
	}
	return ret;
}

/**
 * km_provision_free() - wipe and forget all of it
 * @p: what there is
 */
void km_provision_free(struct km_provision *p)
{
	unsigned int i;

	for (i = 0; i < KM_PROVISION_KEYS; i++) {
		km_secret_free(p->keys[i].material);
		km_secret_free(p->keys[i].chain);
	}
	memzero_explicit(p, sizeof(*p));
}
