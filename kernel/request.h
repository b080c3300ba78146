/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keyring requests: what a payload that is no blob says.
 * Called by keytype.c; over key.h and tag_text.h.
 */
#ifndef KM_REQUEST_H
#define KM_REQUEST_H

#include "key.h"

/* Longest request, without the blob behind a "load": a page. */
#define KM_REQUEST_MAX		4096

/**
 * struct km_request - the payload of a key of ours
 * @data: [in] the payload: a blob, "new ...", or "load ...", a line, and a blob
 * @len: [in] its length
 * @owner: [in] whose key it is or will be
 * @kept: [out] the key is a new one, and there is something of it in the state
 */
struct km_request {
	const u8 *data;
	size_t len;
	kuid_t owner;
	bool kept;
};

enum km_error km_request_open(struct km_request *r, struct km_key **key);

#endif /* KM_REQUEST_H */
