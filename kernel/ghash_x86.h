/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * GHASH by the carry-less multiplier of x86-64 processors; elsewhere it is never there.
 * Part of ghash.c, which decides for each run of blocks and has the portable way, and of
 * gcm.c, which has the powers of a key at hand. Runs between km_x86_begin() and _end().
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

#include "fpu_x86.h"
#include "ghash.h"

#ifdef KM_X86

/* x^-1 + x^127 + x^6 + x + 1 = 0, the upper half: what a bit turns into 64 bits up. */
static const u64 clmul_poly[2] __aligned(16) = { 0xc200000000000000ULL, 0 };

/*
 * The parts of the assembly below. xmm3 is an operand, xmm0, xmm1 and xmm2 add up the
 * products of low halves, of high halves, and of the sums of the halves (Karatsuba).
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

struct clmul_y {
	u64 half[2];
};

/* y := (y + block) * power, the power being divided by x */
static inline void clmul_one(struct clmul_y *y, const struct km_ghash_power *power,
			     const struct km_x86_block *block)
{
	asm volatile(CLMUL_CLEAR
		     CLMUL_LOAD("%[block]")
		     CLMUL_ADD_Y
		     CLMUL_TIMES("%[half]", "%[sum]")
		     CLMUL_REDUCE
		     : [y] "+m" (*y)
		     : [half] "m" (power->half), [sum] "m" (power->sum), [block] "m" (*block),
		       [swap] "m" (km_x86_swap), [poly] "m" (clmul_poly)
		     : KM_X86_CLOBBERS);
}

/* Four blocks by four powers: one reduction, and no product waits for the one before. */
static inline void clmul_four(struct clmul_y *y, const struct km_ghash_power *power,
			      const struct km_x86_block *block)
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
		       [swap] "m" (km_x86_swap), [poly] "m" (clmul_poly)
		     : KM_X86_CLOBBERS);
}

/* Powers of the hash key by x^-1: the key itself, then always times the key. */
static inline void clmul_powers(struct km_ghash_power *power, const u64 *h)
{
	static const struct km_x86_block zero;
	u64 odd = -(h[1] >> 63);
	struct clmul_y y = { {
		h[0] << 1 ^ (odd & 1),
		(h[1] << 1 | h[0] >> 63) ^ (odd & clmul_poly[0]),
	} };
	unsigned int i;

	for (i = 0; i < KM_GHASH_POWERS_MAX; i++) {
		if (i)
			clmul_one(&y, &power[0], &zero);
		power[i].half[0] = y.half[0];
		power[i].half[1] = y.half[1];
		power[i].sum = y.half[0] ^ y.half[1];
	}
	memzero_explicit(&y, sizeof(y));
}

static inline void clmul_run(struct clmul_y *y, const struct km_ghash_power *power,
			     const u8 *data, size_t blocks)
{
	const struct km_x86_block *block = (const struct km_x86_block *)data;

	for (; blocks >= 4; blocks -= 4, block += 4)
		clmul_four(y, power, block);
	for (; blocks; blocks--, block++)
		clmul_one(y, &power[0], block);
}

/* May and can the functions above be called here? */
static inline bool clmul_usable(void)
{
	return boot_cpu_has(X86_FEATURE_PCLMULQDQ) && boot_cpu_has(X86_FEATURE_SSSE3) &&
	       irq_fpu_usable();
}

#endif
#endif /* KM_GHASH_X86_H */
