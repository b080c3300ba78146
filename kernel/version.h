/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of this boot that keys are bound to: versions, root of trust, early boot.
 * Beside root.c: dev_admin.c sets it, keys are made and judged by it.
 */
#ifndef KM_VERSION_H
#define KM_VERSION_H

#include <linux/bits.h>
#include <linux/keymaster.h>
#include "params.h"
#include "prim.h"

/* In the order of KM_CONFIGURE_*: level i is given if BIT(i) is set. */
enum km_level {
	KM_LEVEL_OS_VERSION,
	KM_LEVEL_OS_PATCHLEVEL,
	KM_LEVEL_VENDOR_PATCHLEVEL,
	KM_LEVEL_BOOT_PATCHLEVEL,
	KM_LEVELS
};

/* All of KM_CONFIGURE_*. */
#define KM_CONFIGURE_FLAGS	(2 * KM_CONFIGURE_ROOT_OF_TRUST - 1)

/**
 * struct km_version - the versions of the system, or those that a key carries
 * @given: BIT(KM_LEVEL_*) of those that are there
 * @level: their values, 0 where there is none
 */
struct km_version {
	u32 given;
	u32 level[KM_LEVELS];
};

/**
 * struct km_version_request - what KM_IOC_CONFIGURE asks for
 * @flags: KM_CONFIGURE_*
 * @level: values of those that are given
 * @root_of_trust: KM_CONFIGURE_ROOT_OF_TRUST: the bytes
 * @root_of_trust_len: 1 to KM_ROOT_OF_TRUST_MAX
 */
struct km_version_request {
	u32 flags;
	u32 level[KM_LEVELS];
	const u8 *root_of_trust;
	size_t root_of_trust_len;
};

enum km_error km_version_configure(const struct km_version_request *req);
void km_version_now(struct km_version *now);
u32 km_level_tag(enum km_level level);
void km_version_read(struct km_version *version, const struct km_params *set);
enum km_error km_version_check(const struct km_version *key);
u32 km_root_of_trust(struct km_piece *bytes);
bool km_root_of_trust_is(u32 trust);
void km_early_boot_end(void);
bool km_early_boot_ended(void);
enum km_error km_boot_level_raise(u32 level);
u32 km_boot_level(void);

#endif /* KM_VERSION_H */
