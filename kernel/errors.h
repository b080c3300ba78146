/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keymaster codes as errnos, the table that the ABI header documents.
 * Beside dev.c, the only place where the two kinds of number meet.
 */
#ifndef KM_ERRORS_H
#define KM_ERRORS_H

#include <linux/keymaster.h>

int km_errno(enum km_error err);

#endif /* KM_ERRORS_H */
