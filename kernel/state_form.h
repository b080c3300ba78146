/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sealed form of the state. Below state.c, which keeps the state.
 */
#ifndef KM_STATE_FORM_H
#define KM_STATE_FORM_H

#include "chain.h"
#include "state.h"

/**
 * struct km_opened - what a sealed state says
 * @state: the state
 * @counted: it was sealed as a counted one
 * @place: and has this place in the chain
 */
struct km_opened {
	struct km_state state;
	bool counted;
	struct km_link place;
};

int km_state_write(struct km_state *state, const struct km_link *place,
		   struct km_sealed *s);
int km_state_seal(struct km_sealed *s);
int km_state_unseal(const struct km_piece *sealed, struct km_opened *o);

#endif /* KM_STATE_FORM_H */
