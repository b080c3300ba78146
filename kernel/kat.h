/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Known-answer tests, run before anything is registered.
 * Called by main.c only.
 */
#ifndef KM_KAT_H
#define KM_KAT_H

int km_kat_run(void);

/* The tests that kat.c runs and that stand in files of their own. */
int km_kat_des3(void);
int km_kat_derive(void);
int km_kat_ec(void);
int km_kat_ed25519(void);
int km_kat_rsa(void);
int km_kat_x25519(void);

#endif /* KM_KAT_H */
