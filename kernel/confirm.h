/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages that a person has to confirm before they are signed (operations.md 4.7).
 * Beside operation.c, which shows it all input; dev_auth.c says what was confirmed.
 */
#ifndef KM_CONFIRM_H
#define KM_CONFIRM_H

#include <linux/keymaster.h>
#include <linux/types.h>

struct km_op_args;

/**
 * struct km_confirming - what an operation was given to sign
 * @len: bytes so far
 * @data: the bytes
 */
struct km_confirming {
	size_t len;
	u8 data[KM_CONFIRMATION_MAX];
};

void km_confirm_token(const u8 *message, size_t len, u8 *token);
struct km_confirming *km_confirm_start(void);
enum km_error km_confirm_add(struct km_confirming *c, const u8 *data, size_t len);
enum km_error km_confirm_judge(const struct km_confirming *c, const struct km_op_args *args);
void km_confirm_end(struct km_confirming *c);

#endif /* KM_CONFIRM_H */
