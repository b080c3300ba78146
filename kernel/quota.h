/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Per-user limits: how many operations a user may have open.
 * Below everything that holds resources for a user.
 */
#ifndef KM_QUOTA_H
#define KM_QUOTA_H

#include <linux/uidgid.h>

struct km_user;

struct km_user *km_user_get(kuid_t uid);
void km_user_put(struct km_user *user);
kuid_t km_user_uid(const struct km_user *user);
bool km_user_op_start(struct km_user *user);
void km_user_op_end(struct km_user *user);
u32 km_user_ops(const struct km_user *user);
u32 km_user_ops_max(void);

#endif /* KM_QUOTA_H */
