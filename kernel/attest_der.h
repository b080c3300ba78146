/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The extension that says what an attested key is: KeyDescription (attestation.md 4 and 5).
 * Between der.c and attest.c; a leaf, builds in userspace too.
 */
#ifndef KM_ATTEST_DER_H
#define KM_ATTEST_DER_H

#include "der.h"
#include "params.h"
#include "prim.h"

#define KM_ATTEST_CHALLENGE_MAX	128
#define KM_ATTEST_APP_ID_MAX	1024
#define KM_UNIQUE_ID_SIZE	16
/* Tags ATTESTATION_ID_*: BRAND to MODEL, and SECOND_IMEI. */
#define KM_ATTEST_IDS		9

/* Values of SecurityLevel and of VerifiedBootState that can be true here. */
#define KM_LEVEL_SOFTWARE	0
#define KM_BOOT_UNVERIFIED	2

/**
 * struct km_attest_record - what the extension is made of
 * @version: keymasterVersion: one for which km_attest_version() has an answer
 * @challenge: what the verifier has chosen
 * @unique_id: KM_UNIQUE_ID_SIZE bytes, or none
 * @enforced: the key's first set
 * @unenforced: its second set
 * @request: ATTESTATION_APPLICATION_ID, and the device ids that are wanted and true
 * @boot_hash: KM_SHA256_SIZE bytes: of what the system says it has booted
 */
struct km_attest_record {
	u32 version;
	struct km_piece challenge;
	struct km_piece unique_id;
	const struct km_params *enforced;
	const struct km_params *unenforced;
	const struct km_params *request;
	const u8 *boot_hash;
};

/**
 * struct km_unique_id - what a unique id depends on
 * @key: KM_SHA256_SIZE bytes or fewer, a secret of the device
 * @created_ms: CREATION_DATETIME
 * @app_id: ATTESTATION_APPLICATION_ID
 * @reset: RESET_SINCE_ID_ROTATION
 */
struct km_unique_id {
	struct km_piece key;
	u64 created_ms;
	struct km_piece app_id;
	bool reset;
};

u32 km_attest_version(u32 keymaster_version);
u32 km_attest_id_tag(unsigned int i);
size_t km_attest_write(const struct km_attest_record *r, u8 *out, size_t size);
void km_attest_unique_id(const struct km_unique_id *u, u8 *out);

#endif /* KM_ATTEST_DER_H */
