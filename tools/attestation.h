/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attestation seen by who verifies it: what the attestation_*.c share. No kernel is needed.
 * cmd_verify_attestation.c -> attestation_verify.c (chain), attestation_revoked.c,
 * attestation_require.c, attestation_show.c -> attestation_parse.c (record),
 * attestation_app.c -> attestation_der.c; libcrypto.
 */
#ifndef KMCTL_ATTEST_H
#define KMCTL_ATTEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <openssl/x509.h>

#include <keymaster.h>

#define ATTEST_OID		"1.3.6.1.4.1.11129.2.1.17"
/* What the key manager takes, and so what a record can hold. */
#define ATTEST_CHALLENGE_MAX	128
#define ATTEST_APP_MAX		1024
#define ATTEST_CHAIN_MAX	32

/** struct attest_fault - why something was refused, in words */
struct attest_fault {
	char text[1024];
};

bool attest_bad(struct attest_fault *fault, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* ---- attestation_der.c: DER and nothing else ---- */

#define ATTEST_DER_BOOLEAN	0x01
#define ATTEST_DER_INTEGER	0x02
#define ATTEST_DER_OCTETS	0x04
#define ATTEST_DER_NULL		0x05
#define ATTEST_DER_ENUMERATED	0x0a
#define ATTEST_DER_SEQUENCE	0x30
#define ATTEST_DER_SET		0x31

/** struct attest_der - an encoding that is still to be read */
struct attest_der {
	const unsigned char *p;
	size_t left;
};

bool attest_der_get(struct attest_der *in, unsigned char tag, struct attest_der *body);
bool attest_der_field(struct attest_der *in, uint32_t *number, struct attest_der *body);
bool attest_der_uint(struct attest_der *in, unsigned char tag, uint64_t *value);
bool attest_der_bool(struct attest_der *in, bool *value);
bool attest_der_bytes(struct attest_der *in, struct km_bytes *bytes);
int attest_der_order(const struct attest_der *a, const struct attest_der *b);

/* ---- attestation_parse.c ---- */

enum attest_level { ATTEST_SOFTWARE, ATTEST_TEE, ATTEST_STRONGBOX, ATTEST_LEVELS };
enum attest_boot {
	ATTEST_BOOT_VERIFIED, ATTEST_BOOT_SELF_SIGNED, ATTEST_BOOT_UNVERIFIED,
	ATTEST_BOOT_FAILED, ATTEST_BOOT_STATES
};

/**
 * struct attest_root_of_trust - the state of the boot chain
 * @present: whether the list has it
 * @locked: of the boot loader
 * @boot: enum attest_boot
 * @key: what verified the system
 * @hash: of the system; records before version 3 have none
 */
struct attest_root_of_trust {
	bool present;
	bool locked;
	uint32_t boot;
	struct km_bytes key;
	struct km_bytes hash;
};

/** struct attest_list - an AuthorizationList: a set, and what is in no set */
struct attest_list {
	struct km_params *params;
	struct attest_root_of_trust root;
};

/**
 * struct attest_record - a KeyDescription; bytes point into its encoding
 * @attestation_version: of the record
 * @attestation_level: enum attest_level: who vouches for it
 * @keymaster_version: of the key manager
 * @keymaster_level: enum attest_level: who keeps the key
 * @challenge: what the verifier had sent
 * @unique_id: or empty
 * @software: what that key manager does not enforce
 * @tee: what it does
 */
struct attest_record {
	uint32_t attestation_version, attestation_level;
	uint32_t keymaster_version, keymaster_level;
	struct km_bytes challenge;
	struct km_bytes unique_id;
	struct attest_list software;
	struct attest_list tee;
};

bool attest_parse(struct attest_record *record, const struct km_bytes *der,
		  struct attest_fault *fault);
void attest_record_free(struct attest_record *record);
bool attest_has(const struct attest_record *record, uint32_t tag, uint64_t value);
const struct attest_list *attest_list_of(const struct attest_record *record, uint32_t tag);
const struct attest_root_of_trust *attest_root_of(const struct attest_record *record);

/* ---- attestation_app.c ---- */

/** struct attest_app - an application id: the two sets of it, still encoded */
struct attest_app {
	struct attest_der packages;
	struct attest_der signers;
};

bool attest_app_parse(struct attest_app *app, const struct attest_record *record);
bool attest_app_package(struct attest_der *packages, struct km_bytes *name, uint64_t *version);

/* ---- attestation_revoked.c ---- */

struct attest_revoked;
struct attest_revoked *attest_revoked_read(const struct km_bytes *file,
					   struct attest_fault *fault);
void attest_revoked_free(struct attest_revoked *list);
const char *attest_revoked_find(const struct attest_revoked *list, const char *serial);

/* ---- attestation_verify.c ---- */

/**
 * struct attest_trust - what a chain is verified against
 * @roots: certificates of which one has to be its end
 * @revoked: or NULL
 * @now: when certificates have to be valid
 * @challenge: what the record has to hold
 */
struct attest_trust {
	struct stack_st_X509 *roots;
	const struct attest_revoked *revoked;
	time_t now;
	struct km_bytes challenge;
};

/**
 * struct attest_result - what a chain has proved
 * @at: the certificate of the record, from 0: the leaf, or an attest key
 * @others: how many nearer to the leaf have a record, too
 * @record: owned; bytes belong to the chain
 */
struct attest_result {
	int at;
	int others;
	struct attest_record record;
};

bool attest_verify(struct stack_st_X509 *chain, const struct attest_trust *trust,
		   struct attest_result *result, struct attest_fault *fault);
char *attest_serial(const X509 *cert);
char *attest_subject(const X509 *cert);

/* ---- attestation_require.c ---- */
int attest_require(const char *demands, const struct attest_record *record);
const char *attest_level_name(uint32_t level);
const char *attest_boot_name(uint32_t state);

/* ---- attestation_show.c ---- */
void attest_show_text(struct stack_st_X509 *chain, const struct attest_result *result);
void attest_show_json(struct stack_st_X509 *chain, const struct attest_result *result);

#endif /* KMCTL_ATTEST_H */
