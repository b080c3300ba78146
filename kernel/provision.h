/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a maker gives a machine: attestation keys, their chains, device ids; in the state.
 * Below state.c, which guards and keeps it, and attest_keys.c, which fills it.
 */
#ifndef KM_PROVISION_H
#define KM_PROVISION_H

#include <linux/keymaster.h>
#include "attest_der.h"
#include "secret.h"

/* Bytes of one device id. */
#define KM_DEVICE_ID_MAX	64

/* One attestation key for RSA, one for EC. */
enum km_provision_slot { KM_PROVISION_RSA, KM_PROVISION_EC, KM_PROVISION_KEYS };

/**
 * struct km_provision_key - an attestation key; set once, and constant from then on
 * @material: the private key, as its family keeps it; NULL: there is none
 * @chain: certificates, that of the key first
 */
struct km_provision_key {
	struct km_secret *material;
	struct km_secret *chain;
};

/**
 * struct km_provision - all of it
 * @keys: attestation keys
 * @ids_given: there are device ids; all of them were given together
 * @ids_destroyed: there were, or could have been: there never will be
 * @closed: nothing more is taken
 * @id_len: length of each device id, 0: the machine has none of this kind
 * @ids: in the order of km_attest_id_tag()
 *
 * The caller of the functions below serialises them.
 */
struct km_provision {
	struct km_provision_key keys[KM_PROVISION_KEYS];
	bool ids_given;
	bool ids_destroyed;
	bool closed;
	u8 id_len[KM_ATTEST_IDS];
	u8 ids[KM_ATTEST_IDS][KM_DEVICE_ID_MAX];
};

bool km_provision_is_empty(const struct km_provision *p);
size_t km_provision_size(const struct km_provision *p);
u8 *km_provision_write(const struct km_provision *p, u8 *to);
int km_provision_read(struct km_provision *p, struct km_piece *from);
void km_provision_free(struct km_provision *p);

#endif /* KM_PROVISION_H */
