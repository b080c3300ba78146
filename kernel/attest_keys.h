/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The attestation keys and device ids that this machine was given, once.
 * Between dev_attest.c, which takes them in, and attest.c, which uses them.
 */
#ifndef KM_ATTEST_KEYS_H
#define KM_ATTEST_KEYS_H

#include "alg.h"
#include "provision.h"

/**
 * struct km_provision_request - what KM_IOC_PROVISION_ATTESTATION asks for
 * @key: PKCS#8, or nothing
 * @chain: certificates of the key
 * @ids: ATTESTATION_ID_*, or an empty set
 * @close: take nothing more after this
 */
struct km_provision_request {
	struct km_piece key;
	struct km_piece chain;
	const struct km_params *ids;
	bool close;
};

enum km_error km_attest_provision(const struct km_provision_request *req);
enum km_error km_attest_destroy_ids(void);
enum km_error km_attest_key_get(u32 algorithm, struct km_provision_key *key);
enum km_error km_attest_check_ids(const struct km_params *request);

#endif /* KM_ATTEST_KEYS_H */
