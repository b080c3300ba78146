/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the commands on certificates share: certify.c -> certs.c, chains and the challenge.
 */
#ifndef KMCTL_CERTS_H
#define KMCTL_CERTS_H

#include "kmctl.h"

#define OPT_CHALLENGE \
	OPT_TEXT_OF("challenge", challenge, "BYTES", \
		    "what the verifier has chosen: a text, or hex:DIGITS"), \
	OPT_TEXT_OF("application-id-der", application_id_der, "HEX", \
		    "AttestationApplicationId of the caller [of nobody]"), \
	OPT_TEXT_OF("attest-key", attest_key, "ALIAS", \
		    "a key of purpose attest signs, instead of this machine"), \
	OPT_TEXT_OF("attest-key-application-id", attest_key_id, "BYTES", \
		    "application-id of the attest key"), \
	OPT_TEXT_OF("attest-key-application-data", attest_key_data, "BYTES", \
		    "application-data of the attest key"), \
	OPT_TAG_OF("certificate-subject"), OPT_DEVICE_IDS

#define OPT_CERTIFICATE \
	OPT_FLAG_OF("certificate", certificate, "with a certificate, self-signed")

/* In a certificate they have to be those of this machine. */
#define OPT_DEVICE_IDS \
	OPT_TAG_OF("attestation-id-brand"), OPT_TAG_OF("attestation-id-device"), \
	OPT_TAG_OF("attestation-id-product"), OPT_TAG_OF("attestation-id-serial"), \
	OPT_TAG_OF("attestation-id-imei"), OPT_TAG_OF("attestation-id-meid"), \
	OPT_TAG_OF("attestation-id-manufacturer"), OPT_TAG_OF("attestation-id-model"), \
	OPT_TAG_OF("attestation-id-second-imei")

/**
 * struct certify - certificates of a key, while it is made or attested
 * @wanted: some are asked for; otherwise the rest is empty
 * @request: what the library is asked for
 * @signer: the attest key, of --attest-key; its context is that of the key
 * @above: the certificates that vouch for it, its own first
 * @issuer: its subject
 * @chain: [out] the certificates, DER, the key's first
 */
struct certify {
	bool wanted;
	struct km_certify_request request;
	struct key signer;
	struct km_buf above;
	struct km_buf issuer;
	struct km_buf chain;
};

int certify_new(struct opts *o, struct km_ctx *ctx, struct certify *c);
int certify_stored(struct opts *o, struct key *key, struct certify *c);
int certify_done(struct certify *c, const struct attempt *attempt, int error);
void certify_end(struct certify *c);

int challenge_add(const struct opts *o, struct km_params *params);
int chain_append(struct km_buf *chain, const struct km_buf *more);
int chain_read(const char *path, struct km_buf *chain);
int chain_write(const struct opts *o, const struct km_buf *chain);

#endif /* KMCTL_CERTS_H */
