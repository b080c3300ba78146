/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Password handles: what a password is checked against (gatekeeper.md section 3).
 * Below gatekeeper.c, which decides whether a password is looked at.
 */
#ifndef KM_PASSWORD_H
#define KM_PASSWORD_H

#include <linux/keymaster.h>
#include "prim.h"

/* What we make; older ones are only checked, see km_handle_is_old(). */
#define KM_HANDLE_VERSION	2

/**
 * struct km_handle - a password handle, taken apart
 * @version: of its layout
 * @sid: the secure user id
 * @flags: bit 0: the failure record is where nobody can roll it back
 * @salt: random
 * @signature: of the password
 * @hardware: hardware_backed, not signed
 */
struct km_handle {
	u8 version;
	u64 sid;
	u64 flags;
	u64 salt;
	u8 signature[KM_SHA256_SIZE];
	u8 hardware;
};

/**
 * km_handle_is_old() - of a kind that knows no throttling?
 * @h: the handle
 *
 * Return: true if so.
 */
static inline bool km_handle_is_old(const struct km_handle *h)
{
	return h->version < KM_HANDLE_VERSION;
}

void km_password_key(const u8 *master, u32 uid, u8 *key);
bool km_handle_parse(struct km_handle *h, const struct km_piece *wire);
void km_handle_pack(const struct km_handle *h, u8 *wire);
void km_handle_sign(struct km_handle *h, const u8 *key, const struct km_piece *password);
bool km_handle_verify(const struct km_handle *h, const u8 *key, const struct km_piece *password);

#endif /* KM_PASSWORD_H */
