/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Other names for the kernel's functions that the library has functions of the same name of:
 * so that a fuzz target can hold one against the other. Included before all else, by the
 * compiler's command line, into the kernel's files and the targets.
 */
#ifndef KERNEL_NAMES_H
#define KERNEL_NAMES_H

#define km_params_parse		kernel_params_parse
#define km_params_find		kernel_params_find
#define km_params_add_bytes	kernel_params_add_bytes
#define km_blob_parse		kernel_blob_parse

#endif /* KERNEL_NAMES_H */
