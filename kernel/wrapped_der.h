/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The encoding of a wrapped key (operations.md section 6), taken apart.
 * Called by key_wrapped.c; builds in userspace too.
 */
#ifndef KM_WRAPPED_DER_H
#define KM_WRAPPED_DER_H

#include "params.h"
#include "prim.h"

#define KM_WRAPPED_IV		12
#define KM_WRAPPED_TAG		16

/**
 * struct km_wrapped - a SecureKeyWrapper, as a view of its bytes
 * @transport: the encrypted transport key
 * @iv: KM_WRAPPED_IV bytes
 * @description: the complete encoding of the KeyDescription: additional data of GCM
 * @key_format: KM_KEY_FORMAT_*, or whatever it says
 * @key: the encrypted key
 * @tag: KM_WRAPPED_TAG bytes
 * @params: the AuthorizationList as an authorization set; km_params_buf_free() it
 */
struct km_wrapped {
	struct km_piece transport;
	const u8 *iv;
	struct km_piece description;
	u32 key_format;
	struct km_piece key;
	const u8 *tag;
	struct km_params_buf params;
};

int km_wrapped_parse(struct km_wrapped *w, const u8 *der, size_t len);

#endif /* KM_WRAPPED_DER_H */
