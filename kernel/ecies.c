// SPDX-License-Identifier: GPL-2.0-only
/*
 * ECIES-KEM (ISO 18033-2, 10.2): a fresh key for the owner of an EC key pair.
 * Leaf of the layers, on ec.c and derive.c; builds in userspace too.
 *
 * The sender draws a scalar r and sends C0 = rG; both sides derive the key from C0 and
 * the first coordinate of rdG. That r is fresh is all that makes the key so.
 */
#include "ecies.h"

/**
 * km_ecies_c0_len() - length of C0
 * @e: the choices
 *
 * Return: bytes, KM_ECIES_C0_MAX at most.
 */
size_t km_ecies_c0_len(const struct km_ecies *e)
{
	return 1 + 2 * km_ec_bytes(e->curve);
}

/* What both sides do when they have the other's point in @dh. */
static int agree(const struct km_ecies *e, const u8 *scalar, struct km_ecdh *dh,
		 const struct km_piece *c0, const struct km_ecies_key *key)
{
	const struct km_kdf12 kdf = {
		.hash = e->hash, .first = e->first,
		.secret = {
			{ c0->data, e->single_hash ? 0 : c0->len },
			{ dh->secret, km_ec_bytes(e->curve) },
		},
	};
	int ret = km_ec_ecdh(e->curve, scalar, dh);

	if (!ret)
		ret = km_kdf12(&kdf, key->data, key->len);
	memzero_explicit(dh, sizeof(*dh));
	return ret;
}

/**
 * km_ecies_encrypt() - make a key and what is sent of it
 * @e: the choices
 * @to: whom it is for
 * @c0: [out] what is sent, km_ecies_c0_len() bytes
 * @key: [out] the key; nothing of use after an error
 *
 * Return: 0, -EBADMSG for a public key that is no point of the curve, -EINVAL for a scalar
 * out of range, or another negative errno.
 */
int km_ecies_encrypt(const struct km_ecies *e, const struct km_ecies_to *to, u8 *c0,
		     const struct km_ecies_key *key)
{
	const struct km_piece sent = { c0, km_ecies_c0_len(e) };
	size_t n = km_ec_bytes(e->curve);
	struct km_ecdh dh;
	int ret;

	if (!km_ec_scalar_ok(e->curve, to->r))
		return -EINVAL;
	ret = km_ec_public(e->curve, to->r, c0 + 1, c0 + 1 + n);
	if (ret)
		return ret;
	c0[0] = 0x04;
	memcpy(dh.x, to->x, n);
	memcpy(dh.y, to->y, n);
	return agree(e, to->r, &dh, &sent, key);
}

/**
 * km_ecies_decrypt() - the key out of what was sent
 * @e: the choices
 * @d: private key
 * @c0: what was sent
 * @key: [out] the key; nothing of use after an error
 *
 * Return: 0, -EINVAL for a @c0 of another form, -EBADMSG for one that is no point of the
 * curve, or another negative errno.
 */
int km_ecies_decrypt(const struct km_ecies *e, const u8 *d, const struct km_piece *c0,
		     const struct km_ecies_key *key)
{
	size_t n = km_ec_bytes(e->curve);
	const u8 *point = c0->data;
	struct km_ecdh dh;

	if (c0->len != km_ecies_c0_len(e) || point[0] != 0x04)
		return -EINVAL;
	memcpy(dh.x, point + 1, n);
	memcpy(dh.y, point + 1 + n, n);
	return agree(e, d, &dh, c0, key);
}
