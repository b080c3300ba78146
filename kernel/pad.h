/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Paddings of messages: PKCS#7.
 * Leaf of the layers; builds in userspace too.
 */
#ifndef KM_PAD_H
#define KM_PAD_H

#include "shim.h"

size_t km_pkcs7_add(u8 *end, size_t used, size_t block);
int km_pkcs7_check(const u8 *block, size_t size, size_t *pad);

#endif /* KM_PAD_H */
