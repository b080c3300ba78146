/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the commands on certificates share: chains in and out, and the challenge.
 */
#ifndef KMCTL_CERTS_H
#define KMCTL_CERTS_H

#include "kmctl.h"

#define OPT_CHALLENGE \
	OPT_TEXT_OF("challenge", challenge, "BYTES", \
		    "what the verifier has chosen: a text, or hex:DIGITS"), \
	OPT_TEXT_OF("application-id-der", application_id_der, "HEX", \
		    "AttestationApplicationId of the caller [of nobody]")

int challenge_add(const struct opts *o, struct km_params *params);
int chain_read(const char *path, struct km_buf *chain);
int chain_write(const struct opts *o, const struct km_buf *chain);

#endif /* KMCTL_CERTS_H */
