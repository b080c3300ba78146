/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What functions leave behind that are not ours: on the stack, and in registers. For those that
 * are given secrets: the hash of passwords in stretch.c, the reader of private keys in kmctl.
 */
#ifndef KM_WIPE_H
#define KM_WIPE_H

#include <string.h>

/* More of the stack than any of them has. */
#define KM_STACK_USED	(32 * 1024)

/* Registers go to the stack again when a library looks up a function that it calls first. */
#ifdef __has_attribute
#if __has_attribute(zero_call_used_regs)
#define KM_ZERO_REGISTERS	__attribute__((zero_call_used_regs("all")))
#endif
#endif
#ifndef KM_ZERO_REGISTERS
#define KM_ZERO_REGISTERS
#endif

/* Called right behind them: from the same place of the stack. */
KM_ZERO_REGISTERS __attribute__((noinline))
static void km_wipe_traces(void)
{
	unsigned char used[KM_STACK_USED];

	explicit_bzero(used, sizeof(used));
}

#endif /* KM_WIPE_H */
