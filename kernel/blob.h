/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Key blobs: their layouts, the key-encryption key of each, sealing and opening.
 * Called by key.c with the master keys of root.c; byte-exact with blobs.md.
 */
#ifndef KM_BLOB_H
#define KM_BLOB_H

#include "kdf.h"
#include "params.h"
#include "secret.h"

#define KM_BLOB_NONCE		12
#define KM_BLOB_TAG		16

/* Values of the format byte. */
#define KM_FORMAT_OCB			0
#define KM_FORMAT_GCM			1
#define KM_FORMAT_GCM_SLOT		2
#define KM_FORMAT_GCM_VERSIONED		3
#define KM_FORMAT_GCM_SLOT_VERSIONED	4

/**
 * struct km_blob - a key blob, as a view of its bytes
 * @format: KM_FORMAT_*
 * @nonce: KM_BLOB_NONCE bytes
 * @cipher: encrypted key material
 * @cipher_len: its length
 * @tag: KM_BLOB_TAG bytes
 * @kdf_version: formats 3, 4
 * @addl_info: formats 3, 4
 * @slot: formats 2, 4: secure-deletion slot
 * @enforced: authorizations that the kernel enforces
 * @unenforced: authorizations that are recorded only
 */
struct km_blob {
	u8 format;
	const u8 *nonce;
	const u8 *cipher;
	u32 cipher_len;
	const u8 *tag;
	u32 kdf_version;
	u32 addl_info;
	u32 slot;
	struct km_params enforced;
	struct km_params unenforced;
};

/**
 * struct km_blob_master - what the key-encryption keys of a format come from
 * @ocb: format 0: the master key, 16 bytes
 * @prk: formats 1 to 4: HKDF-Extract of the master key, 32 bytes
 * @reset: formats 2, 4: factory reset secret
 * @slot: formats 2, 4: secret of the blob's slot
 */
struct km_blob_master {
	const u8 *ocb;
	const u8 *prk;
	struct km_piece reset;
	struct km_piece slot;
};

int km_blob_parse(struct km_blob *blob, const u8 *data, size_t len);
size_t km_blob_size(const struct km_blob *blob);
int km_blob_seal(const struct km_blob *blob, const struct km_blob_master *master,
		 const struct km_piece *hidden, const struct km_secret *material, u8 *out);
int km_blob_open(const struct km_blob *blob, const struct km_blob_master *master,
		 const struct km_piece *hidden, struct km_secret **material);

#endif /* KM_BLOB_H */
