/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which sealed state is the last: each is a link of a chain, and the TPM has its end.
 * Below state.c.
 */
#ifndef KM_CHAIN_H
#define KM_CHAIN_H

#include <linux/types.h>

/* Both as long as a SHA-256 digest. */
#define KM_LINK_SIZE	32

/**
 * struct km_link - what a state says of its place in the chain
 * @before: where the TPM's counter stood when it was sealed
 * @step: random bytes: the step of the counter that makes this state the last
 */
struct km_link {
	u8 before[KM_LINK_SIZE];
	u8 step[KM_LINK_SIZE];
};

int km_chain_begin(void);
int km_chain_resume(const struct km_link *l);
int km_chain_check_none(void);
int km_chain_next(struct km_link *l);
bool km_chain_take(const struct km_link *l);

#endif /* KM_CHAIN_H */
