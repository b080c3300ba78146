/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * GHASH by the carry-less multiplier of x86-64 processors; elsewhere it is never there.
 * Part of ghash.c, which decides for each run of blocks and has the portable way.
 *
 * Constant time: the instructions' timing does not depend on their operands, there is
 * no table, and the only branches are on the number of blocks.
 *
 * A block is a 128-bit number whose top bit is the coefficient of x^0. A carry-less
 * product of two such numbers comes out one bit low; that is made up for by dividing
 * the hash key's powers by x beforehand, once.
 */
#ifndef KM_GHASH_X86_H
#define KM_GHASH_X86_H

#include "ghash.h"

/* User-mode Linux is x86-64 too, but has no kernel_fpu_begin(). */
#if defined(__x86_64__) && !defined(CONFIG_UML) && !defined(KM_GHASH_GENERIC)

#ifdef __KERNEL__
#include <asm/cpufeature.h>
#include <asm/fpu/api.h>
#else
#define boot_cpu_has(feature)	__builtin_cpu_supports(feature)
#define X86_FEATURE_PCLMULQDQ	"pclmul"
#define X86_FEATURE_SSSE3	"ssse3"
#define irq_fpu_usable()	true
#define kernel_fpu_begin()	do { } while (0)
#define kernel_fpu_end()	do { } while (0)
#endif

struct clmul_block {
	u8 byte[KM_GHASH_BLOCK];
};

/* Aligned, because instructions other than movdqu demand it of their operands in memory. */
static const struct clmul_block clmul_swap __aligned(16) = {
	{ 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0 }
};

/* x^-1 + x^127 + x^6 + x + 1 = 0, the upper half: what a bit turns into 64 bits up. */
static const u64 clmul_poly[2] __aligned(16) = { 0xc200000000000000ULL, 0 };

/*
 * The parts of the assembly below. xmm3 is an operand, xmm0, xmm1 and xmm2 add up the
 * products of low halves, of high halves, and of the sums of the halves (Karatsuba).
 *
 * The compiler cannot carry an xmm register from one asm to the next in the kernel, so
 * each is complete: from y in memory to y in memory.
 */
#define CLMUL_CLEAR				\
	"pxor %%xmm0, %%xmm0\n\t"		\
	"pxor %%xmm1, %%xmm1\n\t"		\
	"pxor %%xmm2, %%xmm2\n\t"

#define CLMUL_LOAD(block)			\
	"movdqu " block ", %%xmm3\n\t"		\
	"pshufb %[swap], %%xmm3\n\t"

#define CLMUL_ADD_Y				\
	"movdqu %[y], %%xmm4\n\t"		\
	"pxor %%xmm4, %%xmm3\n\t"

#define CLMUL_TIMES(power, sum)			\
	"movdqu " power ", %%xmm6\n\t"		\
	"movq " sum ", %%xmm7\n\t"		\
	"movdqa %%xmm3, %%xmm4\n\t"		\
	"pshufd $0x4e, %%xmm3, %%xmm5\n\t"	\
	"pxor %%xmm3, %%xmm5\n\t"		\
	"pclmulqdq $0x00, %%xmm6, %%xmm3\n\t"	\
	"pclmulqdq $0x11, %%xmm6, %%xmm4\n\t"	\
	"pclmulqdq $0x00, %%xmm7, %%xmm5\n\t"	\
	"pxor %%xmm3, %%xmm0\n\t"		\
	"pxor %%xmm4, %%xmm1\n\t"		\
	"pxor %%xmm5, %%xmm2\n\t"

/* Middle product into its place: the 256 bits are in xmm1, xmm0 (high, low). */
#define CLMUL_JOIN				\
	"pxor %%xmm0, %%xmm2\n\t"		\
	"pxor %%xmm1, %%xmm2\n\t"		\
	"movdqa %%xmm2, %%xmm3\n\t"		\
	"pslldq $8, %%xmm2\n\t"			\
	"psrldq $8, %%xmm3\n\t"			\
	"pxor %%xmm2, %%xmm0\n\t"		\
	"pxor %%xmm3, %%xmm1\n\t"

/* The lowest 64 bits, which are the highest powers of x, are added to what is above. */
#define CLMUL_FOLD				\
	"movdqa %%xmm0, %%xmm3\n\t"		\
	"pclmulqdq $0x00, %[poly], %%xmm3\n\t"	\
	"pshufd $0x4e, %%xmm0, %%xmm0\n\t"	\
	"pxor %%xmm3, %%xmm0\n\t"

#define CLMUL_REDUCE				\
	CLMUL_JOIN				\
	CLMUL_FOLD				\
	CLMUL_FOLD				\
	"pxor %%xmm1, %%xmm0\n\t"		\
	"movdqu %%xmm0, %[y]\n\t"

/*
 * "volatile" and "memory" keep the assembly between kernel_fpu_begin() and
 * kernel_fpu_end(), and in order. The kernel is compiled without xmm registers: there
 * the compiler has nothing in them and refuses to be told that they are overwritten.
 */
#ifdef __KERNEL__
#define CLMUL_CLOBBERS	"memory"
#else
#define CLMUL_CLOBBERS	\
	"memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7"
#endif

struct clmul_y {
	u64 half[2];
};

/* y := (y + block) * power, the power being divided by x */
static inline void clmul_one(struct clmul_y *y, const struct km_ghash_power *power,
			     const struct clmul_block *block)
{
	asm volatile(CLMUL_CLEAR
		     CLMUL_LOAD("%[block]")
		     CLMUL_ADD_Y
		     CLMUL_TIMES("%[half]", "%[sum]")
		     CLMUL_REDUCE
		     : [y] "+m" (*y)
		     : [half] "m" (power->half), [sum] "m" (power->sum), [block] "m" (*block),
		       [swap] "m" (clmul_swap), [poly] "m" (clmul_poly)
		     : CLMUL_CLOBBERS);
}

/* Four blocks by four powers: one reduction, and no product waits for the one before. */
static inline void clmul_four(struct clmul_y *y, const struct km_ghash_power *power,
			      const struct clmul_block *block)
{
	asm volatile(CLMUL_CLEAR
		     CLMUL_LOAD("%[block0]")
		     CLMUL_ADD_Y
		     CLMUL_TIMES("%[half4]", "%[sum4]")
		     CLMUL_LOAD("%[block1]")
		     CLMUL_TIMES("%[half3]", "%[sum3]")
		     CLMUL_LOAD("%[block2]")
		     CLMUL_TIMES("%[half2]", "%[sum2]")
		     CLMUL_LOAD("%[block3]")
		     CLMUL_TIMES("%[half1]", "%[sum1]")
		     CLMUL_REDUCE
		     : [y] "+m" (*y)
		     : [half1] "m" (power[0].half), [sum1] "m" (power[0].sum),
		       [half2] "m" (power[1].half), [sum2] "m" (power[1].sum),
		       [half3] "m" (power[2].half), [sum3] "m" (power[2].sum),
		       [half4] "m" (power[3].half), [sum4] "m" (power[3].sum),
		       [block0] "m" (block[0]), [block1] "m" (block[1]),
		       [block2] "m" (block[2]), [block3] "m" (block[3]),
		       [swap] "m" (clmul_swap), [poly] "m" (clmul_poly)
		     : CLMUL_CLOBBERS);
}

/* Of the key and the state, nothing stays behind in registers. */
static inline void clmul_wipe(void)
{
	asm volatile(CLMUL_CLEAR
		     "pxor %%xmm3, %%xmm3\n\t"
		     "pxor %%xmm4, %%xmm4\n\t"
		     "pxor %%xmm5, %%xmm5\n\t"
		     "pxor %%xmm6, %%xmm6\n\t"
		     "pxor %%xmm7, %%xmm7\n\t"
		     : : : CLMUL_CLOBBERS);
}

/* The key by x^-1, then always times the key. */
static void clmul_powers(struct km_ghash *g)
{
	static const struct clmul_block zero;
	u64 odd = -(g->h[1] >> 63);
	struct clmul_y y = { {
		g->h[0] << 1 ^ (odd & 1),
		(g->h[1] << 1 | g->h[0] >> 63) ^ (odd & clmul_poly[0]),
	} };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(g->power); i++) {
		if (i)
			clmul_one(&y, &g->power[0], &zero);
		g->power[i].half[0] = y.half[0];
		g->power[i].half[1] = y.half[1];
		g->power[i].sum = y.half[0] ^ y.half[1];
	}
	g->form = KM_GHASH_POWERS;
	memzero_explicit(&y, sizeof(y));
}

static void clmul_run(struct km_ghash *g, const u8 *data, size_t blocks)
{
	const struct clmul_block *block = (const struct clmul_block *)data;
	struct clmul_y y = { { g->y[0], g->y[1] } };

	if (g->form != KM_GHASH_POWERS)
		clmul_powers(g);
	for (; blocks >= 4; blocks -= 4, block += 4)
		clmul_four(&y, g->power, block);
	for (; blocks; blocks--, block++)
		clmul_one(&y, &g->power[0], block);
	g->y[0] = y.half[0];
	g->y[1] = y.half[1];
	memzero_explicit(&y, sizeof(y));
}

/* Preemption is off while the kernel uses these registers: some microseconds at most. */
#define CLMUL_RUN_MAX	((size_t)4096 / KM_GHASH_BLOCK)

/**
 * km_ghash_x86() - absorb some blocks, if the processor has the instructions
 * @g: the state
 * @data: the blocks
 * @blocks: how many
 *
 * Return: how many were absorbed, 0 if that cannot be done here.
 */
static size_t km_ghash_x86(struct km_ghash *g, const u8 *data, size_t blocks)
{
	blocks = min(blocks, CLMUL_RUN_MAX);
	if (!boot_cpu_has(X86_FEATURE_PCLMULQDQ) || !boot_cpu_has(X86_FEATURE_SSSE3) ||
	    !irq_fpu_usable())
		return 0;
	kernel_fpu_begin();
	clmul_run(g, data, blocks);
	clmul_wipe();
	kernel_fpu_end();
	return blocks;
}

#else /* not x86-64 */

static inline size_t km_ghash_x86(struct km_ghash *g, const u8 *data, size_t blocks)
{
	(void)g;
	(void)data;
	(void)blocks;
	return 0;
}

#endif
#endif /* KM_GHASH_X86_H */
