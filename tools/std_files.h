/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Standard input, output and error of programs that the kernel starts.
 * For kmctl, which is the helper that keeps the state, and keymaster-request-key.
 */
#ifndef STD_FILES_H
#define STD_FILES_H

void open_standard_files(void);

#endif /* STD_FILES_H */
