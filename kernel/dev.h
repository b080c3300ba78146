/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/keymaster: the character device and its commands.
 * The outermost layer, started by main.c.
 */
#ifndef KM_DEV_H
#define KM_DEV_H

int km_dev_init(void);
void km_dev_exit(void);

#endif /* KM_DEV_H */
