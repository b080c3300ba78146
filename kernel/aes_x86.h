/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AES (FIPS 197) by the instructions of x86-64 processors; elsewhere it is never there.
 * Part of gcm.c and prim.c, which have another way.
 *
 * Constant time: the instructions' timing does not depend on their operands, the S-box of
 * the key schedule is an instruction too, and the only branches are on the key's length.
 *
 * All functions but the first run between km_x86_begin() and km_x86_end().
 */
#ifndef KM_AES_X86_H
#define KM_AES_X86_H

#include "fpu_x86.h"

#define KM_AES_X86_WORDS	60

/**
 * struct km_aes_x86 - an expanded key, as the instructions want it
 * @word: round keys, the first being the key itself
 * @rounds: 10, 12 or 14; 0: not expanded
 */
struct km_aes_x86 {
	u32 word[KM_AES_X86_WORDS] __aligned(16);
	u32 rounds;
};

#ifdef KM_X86

/* May and can the functions below be called here? */
static inline bool aes_x86_usable(void)
{
	return boot_cpu_has(X86_FEATURE_AES) && boot_cpu_has(X86_FEATURE_SSSE3) &&
	       irq_fpu_usable();
}

/* The S-box on each byte. */
static inline u32 aes_x86_sub(u32 word)
{
	u32 out;

	asm volatile("movd %[word], %%xmm0\n\t"
		     "pshufd $0, %%xmm0, %%xmm0\n\t"
		     "aeskeygenassist $0, %%xmm0, %%xmm0\n\t"
		     "movd %%xmm0, %[out]\n\t"
		     : [out] "=r" (out)
		     : [word] "r" (word)
		     : KM_X86_CLOBBERS);
	return out;
}

/* FIPS 197 5.2, with words in the order of bytes in memory. @len: 16, 24 or 32 */
static inline void aes_x86_expand(struct km_aes_x86 *aes, const u8 *key, size_t len)
{
	u32 n = len / 4, rcon = 1, word, i;

	aes->rounds = n + 6;
	memcpy(aes->word, key, len);
	for (i = n; i < 4 * (aes->rounds + 1); i++) {
		word = aes->word[i - 1];
		if (i % n == 0) {
			word = aes_x86_sub(word);
			word = (word >> 8 | word << 24) ^ rcon;
			rcon = rcon << 1 ^ (rcon >> 7) * 0x11b;
		} else if (n == 8 && i % n == 4) {
			word = aes_x86_sub(word);
		}
		aes->word[i] = aes->word[i - n] ^ word;
	}
}

/*
 * The rounds after the first key was added. [last] is the last round's key, [rounds] how
 * many there are. Keys of 16 bytes jump over four rounds, keys of 24 bytes over two.
 */
#define AES_X86_ROUNDS(round)			\
	"cmp $12, %[rounds]\n\t"		\
	"jb 10f\n\t"				\
	"je 12f\n\t"				\
	round("aesenc", "-208")			\
	round("aesenc", "-192")			\
	"12:\n\t"				\
	round("aesenc", "-176")			\
	round("aesenc", "-160")			\
	"10:\n\t"				\
	round("aesenc", "-144")			\
	round("aesenc", "-128")			\
	round("aesenc", "-112")			\
	round("aesenc", "-96")			\
	round("aesenc", "-80")			\
	round("aesenc", "-64")			\
	round("aesenc", "-48")			\
	round("aesenc", "-32")			\
	round("aesenc", "-16")			\
	round("aesenclast", "0")

#define AES_X86_ROUND_ONE(how, key)		\
	"movdqu " key "(%[last]), %%xmm4\n\t"	\
	how " %%xmm4, %%xmm0\n\t"

#define AES_X86_ROUND_FOUR(how, key)		\
	"movdqu " key "(%[last]), %%xmm4\n\t"	\
	how " %%xmm4, %%xmm0\n\t"		\
	how " %%xmm4, %%xmm1\n\t"		\
	how " %%xmm4, %%xmm2\n\t"		\
	how " %%xmm4, %%xmm3\n\t"

#define AES_X86_COVER(block, reg)		\
	"movdqu %[in" block "], %%xmm4\n\t"	\
	"pxor %%xmm4, " reg "\n\t"		\
	"movdqu " reg ", %[out" block "]\n\t"

/* One block; @in may be @out. */
static inline void aes_x86_encrypt(const struct km_aes_x86 *aes, struct km_x86_block *out,
				   const struct km_x86_block *in)
{
	asm volatile("movdqu %[in], %%xmm0\n\t"
		     "movdqu (%[first]), %%xmm4\n\t"
		     "pxor %%xmm4, %%xmm0\n\t"
		     AES_X86_ROUNDS(AES_X86_ROUND_ONE)
		     "movdqu %%xmm0, %[out]\n\t"
		     : [out] "=m" (*out)
		     : [in] "m" (*in), [first] "r" (aes->word),
		       [last] "r" (aes->word + 4 * aes->rounds), [rounds] "r" (aes->rounds)
		     : KM_X86_CLOBBERS);
}

/**
 * struct aes_x86_counter - the counter block of CTR and GCM
 * @half: its lower and its upper half as numbers; the lowest 32 bits count
 */
struct aes_x86_counter {
	u64 half[2];
};

static const u32 aes_x86_step[3][4] __aligned(16) = { { 1 }, { 2 }, { 3 } };

/* Four blocks; @in may be @out. The counter's lowest 32 bits must not come round. */
static inline void aes_x86_ctr_four(const struct km_aes_x86 *aes,
				    struct aes_x86_counter *counter, u8 *out, const u8 *in)
{
	const struct km_x86_block *from = (const struct km_x86_block *)in;
	struct km_x86_block *to = (struct km_x86_block *)out;

	asm volatile("movdqu %[counter], %%xmm0\n\t"
		     "movdqa %[swap], %%xmm5\n\t"
		     "movdqu (%[first]), %%xmm4\n\t"
		     "movdqa %%xmm0, %%xmm1\n\t"
		     "movdqa %%xmm0, %%xmm2\n\t"
		     "movdqa %%xmm0, %%xmm3\n\t"
		     "paddd %[step1], %%xmm1\n\t"
		     "paddd %[step2], %%xmm2\n\t"
		     "paddd %[step3], %%xmm3\n\t"
		     "pshufb %%xmm5, %%xmm0\n\t"
		     "pshufb %%xmm5, %%xmm1\n\t"
		     "pshufb %%xmm5, %%xmm2\n\t"
		     "pshufb %%xmm5, %%xmm3\n\t"
		     "pxor %%xmm4, %%xmm0\n\t"
		     "pxor %%xmm4, %%xmm1\n\t"
		     "pxor %%xmm4, %%xmm2\n\t"
		     "pxor %%xmm4, %%xmm3\n\t"
		     AES_X86_ROUNDS(AES_X86_ROUND_FOUR)
		     AES_X86_COVER("0", "%%xmm0")
		     AES_X86_COVER("1", "%%xmm1")
		     AES_X86_COVER("2", "%%xmm2")
		     AES_X86_COVER("3", "%%xmm3")
		     : [out0] "=m" (to[0]), [out1] "=m" (to[1]),
		       [out2] "=m" (to[2]), [out3] "=m" (to[3])
		     : [counter] "m" (*counter), [swap] "m" (km_x86_swap),
		       [step1] "m" (aes_x86_step[0]), [step2] "m" (aes_x86_step[1]),
		       [step3] "m" (aes_x86_step[2]),
		       [in0] "m" (from[0]), [in1] "m" (from[1]),
		       [in2] "m" (from[2]), [in3] "m" (from[3]),
		       [first] "r" (aes->word), [last] "r" (aes->word + 4 * aes->rounds),
		       [rounds] "r" (aes->rounds)
		     : KM_X86_CLOBBERS);
	counter->half[0] += 4;
}

#endif
#endif /* KM_AES_X86_H */
