/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys: make, bring in, open, describe, export.
 * Called by dev.c and keytype.c; knows no user memory.
 */
#ifndef KM_KEY_H
#define KM_KEY_H

#include <linux/refcount.h>
#include <linux/uidgid.h>
#include "alg.h"
#include "authorize.h"
#include "slots.h"
#include "version.h"

struct km_attest;

/**
 * struct km_key - a key ready for use
 * @refs: references; immutable otherwise
 * @alg: the key as its algorithm sees it
 * @policy: its authorizations, views into @blob
 * @version: the versions it carries
 * @trust: the root of trust under which it was opened, for km_root_of_trust_is()
 * @format: KM_FORMAT_* of its blob
 * @root: number of the root key under which it was opened, for km_root_check_number()
 * @slot: the slot that its blob is bound to, 0: none
 * @usage_id: what names it where uses are limited or counted, and in the slots
 * @blob: the blob it came from
 * @blob_len: its length
 */
struct km_key {
	refcount_t refs;
	struct km_alg_key alg;
	struct km_policy policy;
	struct km_version version;
	u32 trust;
	u8 format;
	u32 root;
	u32 slot;
	u8 usage_id[KM_USAGE_ID];
	u8 *blob;
	size_t blob_len;
};

/**
 * struct km_key_make - a key to make or to bring in
 * @params: [in] its description
 * @format: [in] KM_FORMAT_*
 * @owner: [in] whose it will be
 * @import: [in] material, or NULL to generate
 * @secured: [in] the material came wrapped
 * @attest: [in] the certificate to make of an asymmetric key: who signs and how; [out] the
 *	chain, see there; NULL: none is wanted
 * @kept: [out] there is something of it in the state
 * @slot: [out] its slot, 0: none, or the one of a blob that is bound to no secret
 * @id: [out] the key's random id
 * @blob: [out] the blob; kvfree() it
 * @blob_len: [out] its length
 */
struct km_key_make {
	const struct km_params *params;
	u8 format;
	kuid_t owner;
	const struct km_import *import;
	bool secured;
	struct km_attest *attest;
	bool kept;
	u32 slot;
	u8 id[KM_SLOT_ID];
	u8 *blob;
	size_t blob_len;
};

/**
 * struct km_key_open - a blob to open
 * @blob: the bytes
 * @len: how many
 * @params: APPLICATION_ID and APPLICATION_DATA
 * @owner: who opens it
 */
struct km_key_open {
	const u8 *blob;
	size_t len;
	const struct km_params *params;
	kuid_t owner;
};

/**
 * struct km_key_delete - a blob that is not going to be used again
 * @blob: the bytes, of whatever
 * @len: how many
 * @owner: who says so
 * @whole: the key with it, by whichever of its blobs
 */
struct km_key_delete {
	const u8 *blob;
	size_t len;
	kuid_t owner;
	bool whole;
};

/**
 * struct km_key_upgrade - a blob to bring to the versions of the system
 * @open: [in] the blob
 * @blob: [out] the new blob, NULL if nothing changes; kvfree() it
 * @blob_len: [out] its length, 0 if nothing changes
 */
struct km_key_upgrade {
	const struct km_key_open *open;
	u8 *blob;
	size_t blob_len;
};

enum km_error km_key_make(struct km_key_make *make);
void km_key_unmake(struct km_key_make *make);
enum km_error km_key_upgrade(struct km_key_upgrade *up);
enum km_error km_key_open(const struct km_key_open *open, struct km_key **key);
enum km_error km_key_delete(const struct km_key_delete *del);
struct km_key *km_key_get(struct km_key *key);
void km_key_put(struct km_key *key);
enum km_error km_key_check(const struct km_key *key);
enum km_error km_key_export(const struct km_key *key, u32 key_format, u8 *out, size_t *len);

#endif /* KM_KEY_H */
