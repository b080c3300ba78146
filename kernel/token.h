/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Authentication tokens: the key that signs them, the tokens of all users, device locks.
 * Whoever recognises users mints here; operation.c asks for what a key wants.
 */
#ifndef KM_TOKEN_H
#define KM_TOKEN_H

#include "prim.h"
#include "token_table.h"

int km_token_init(void);
void km_token_exit(void);

void km_token_mint(const struct km_token *t, u8 *wire);
bool km_token_read(const u8 *wire, size_t len, struct km_token *t);
void km_token_mac(const struct km_piece *pieces, unsigned int n, u8 *mac);
u64 km_token_now(void);

enum km_error km_token_keep(u32 uid, const struct km_token *t);
enum km_token_found km_token_find(u32 uid, const struct km_token_want *want, struct km_token *t);
void km_token_complete(u32 uid, u64 handle);
void km_token_forget(u32 uid);
void km_token_forget_all(void);
void km_token_party(struct km_hmac_party *own);
void km_token_share(const u8 *shared);

enum km_error km_token_lock(u32 uid, bool password_only);
void km_token_lock_all(bool password_only);
void km_token_lock_look(u32 uid, u64 sid, struct km_lock_view *view);

#endif /* KM_TOKEN_H */
