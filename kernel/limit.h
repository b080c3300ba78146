/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys that may not be used always: the decision and the record of it, in one step.
 * Beside authorize.c: operation.c asks here for keys with such a limit.
 */
#ifndef KM_LIMIT_H
#define KM_LIMIT_H

#include "authorize.h"

enum km_error km_limit_look(struct km_auth *auth, const u8 *id);
enum km_error km_limit_begin(struct km_auth *auth, const u8 *id, u32 uid);
void km_limit_exit(void);

#endif /* KM_LIMIT_H */
