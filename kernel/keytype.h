/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The key type "keymaster": loaded keys in the kernel's keyrings.
 * Beside dev.c, which finds keys by their serial numbers here.
 */
#ifndef KM_KEYTYPE_H
#define KM_KEYTYPE_H

#include "key.h"

int km_keytype_init(void);
void km_keytype_exit(void);
int km_keytype_find(s32 serial, struct km_key **key);

#endif /* KM_KEYTYPE_H */
