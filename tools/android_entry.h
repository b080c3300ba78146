/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One of Android's files, opened as far as the options allow: what the commands work on.
 * Filled in by android_open.c; android_show.c, android_decrypt.c, android_migrate.c read it.
 */
#ifndef KMCTL_ANDROID_ENTRY_H
#define KMCTL_ANDROID_ENTRY_H

#include <openssl/types.h>

#include "android.h"
#include "kmctl.h"

enum android_content {
	ANDROID_IS_MASTER,	/* a .masterkey */
	ANDROID_IS_KEY,		/* a key blob, bare or in a file */
	ANDROID_IS_CERTIFICATE,
	ANDROID_IS_DATA,	/* anything else */
	ANDROID_IS_CLOSED,	/* a key blob in a file, which does not open */
};

/**
 * struct android_entry - one file
 * @name: what messages call it
 * @base: the last part of its path
 * @raw: its bytes
 * @wrapped: it is a keystore file, and @file is set
 * @file: that
 * @master: the user's master key, where it was needed
 * @content: what it is
 * @blob: of a key
 */
struct android_entry {
	char *name;
	const char *base;
	struct km_buf raw;
	bool wrapped;
	struct android_file file;
	struct km_buf master;
	enum android_content content;
	struct android_blob blob;
};

#define OPT_ANDROID_OPEN \
	OPT_APPLICATION, \
	OPT_TEXT_OF("root-of-trust", root_of_trust, "BYTES", \
		    "the root of trust of the blob [SW, of Android's software]"), \
	OPT_TEXT_OF("master-key", master_key, "HEX", \
		    "of an encrypted file the user's master key, otherwise the blob's"), \
	OPT_TEXT_OF("blob-master-key", blob_master_key, "HEX", \
		    "the blob's master key [16 zero bytes, Android's software]"), \
	OPT_TEXT_OF("masterkey-file", masterkey_file, "FILE", \
		    "where the user's master key is [.masterkey beside FILE]"), \
	OPT_TEXT_OF("factory-reset-secret", reset_secret, "HEX", "of blobs of format 2 and 4"), \
	OPT_TEXT_OF("secure-deletion-secret", slot_secret, "HEX", "likewise, of their slot")

/* What the help of each command that opens a file ends with. */
#define ANDROID_OPEN_HELP \
"FILE is a bare key blob, a file of Android's keystore (user_0/10092_USRPKEY_name), or a\n" \
".masterkey. The PIN of an encrypted file is asked for; it is a line of standard input\n" \
"where that is no terminal. BYTES: as below. HEX: hex digits, or file:PATH, which other\n" \
"users do not see in the list of processes.\n"

int android_open(const struct opts *o, struct android_entry *entry);
void android_close(struct android_entry *entry);
uint32_t android_algorithm(const struct android_entry *entry);
int android_find(const struct android_blob *blob, uint32_t tag, struct km_param *p);
EVP_PKEY *android_private_key(const struct android_entry *entry);
X509 *android_certificate(const struct android_entry *entry);

/* android_show.c */
void android_show(const struct opts *o, const struct android_entry *entry);

/* android_list.c */
int android_list(const struct opts *o);

#endif /* KMCTL_ANDROID_ENTRY_H */
