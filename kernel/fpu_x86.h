/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vector registers of x86-64 processors: when the module may use them, and how.
 * Under ghash_x86.h and aes_x86.h; elsewhere KM_X86 is not defined, and neither has code.
 *
 * The kernel is compiled without these registers: the compiler cannot carry one from one
 * asm to the next, so each is complete, from memory to memory. For the same reason there
 * are no intrinsics.
 */
#ifndef KM_FPU_X86_H
#define KM_FPU_X86_H

#include "shim.h"

/* User-mode Linux is x86-64 too, but has no kernel_fpu_begin(). */
#if defined(__x86_64__) && !defined(CONFIG_UML) && !defined(KM_X86_HIDDEN)
#define KM_X86

#ifdef __KERNEL__
#include <asm/cpufeature.h>
#include <asm/fpu/api.h>
#else
#define boot_cpu_has(feature)	__builtin_cpu_supports(feature)
#define X86_FEATURE_AES		"aes"
#define X86_FEATURE_PCLMULQDQ	"pclmul"
#define X86_FEATURE_SSSE3	"ssse3"
#define irq_fpu_usable()	true
#define kernel_fpu_begin()	do { } while (0)
#define kernel_fpu_end()	do { } while (0)
#endif

/*
 * "volatile" and "memory" keep the assembly between kernel_fpu_begin() and
 * kernel_fpu_end(), and in order. In the kernel the compiler has nothing in these
 * registers and refuses to be told that they are overwritten.
 */
#ifdef __KERNEL__
#define KM_X86_CLOBBERS	"memory"
#else
#define KM_X86_CLOBBERS	\
	"memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7"
#endif

/* Preemption is off while the kernel uses these registers: some microseconds at most. */
#define KM_X86_RUN	4096

/* Sixteen bytes where the assembly wants an operand of that size. */
struct km_x86_block {
	u8 byte[16];
};

/* Aligned, because instructions other than movdqu demand it of their operands in memory. */
static const struct km_x86_block km_x86_swap __aligned(16) = {
	{ 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0 }
};

/* Of keys and states, nothing stays behind in registers. */
static inline void km_x86_wipe(void)
{
	asm volatile("pxor %%xmm0, %%xmm0\n\t"
		     "pxor %%xmm1, %%xmm1\n\t"
		     "pxor %%xmm2, %%xmm2\n\t"
		     "pxor %%xmm3, %%xmm3\n\t"
		     "pxor %%xmm4, %%xmm4\n\t"
		     "pxor %%xmm5, %%xmm5\n\t"
		     "pxor %%xmm6, %%xmm6\n\t"
		     "pxor %%xmm7, %%xmm7\n\t"
		     : : : KM_X86_CLOBBERS);
}

/* After this, until km_x86_end(), nothing may sleep. */
static inline void km_x86_begin(void)
{
	kernel_fpu_begin();
}

static inline void km_x86_end(void)
{
	km_x86_wipe();
	kernel_fpu_end();
}

#endif
#endif /* KM_FPU_X86_H */
