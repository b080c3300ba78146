/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The programs' parsers, for targets that are written against the kernel's headers: the two
 * have types of the same name.
 */
#ifndef LIB_SIDE_H
#define LIB_SIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool lib_reads_set(const uint8_t *wire, size_t len, size_t *used);
size_t lib_rewrites_set(const uint8_t *wire, size_t len, uint8_t *out, size_t room);
int lib_opens_blob(const uint8_t *blob, size_t len, uint8_t *material, size_t room);
bool lib_reads_element(const uint8_t *der, size_t len, size_t *head, size_t *body);
uint32_t lib_record_has(const uint8_t *der, size_t len, const uint32_t *tags, size_t n);

#endif /* LIB_SIDE_H */
