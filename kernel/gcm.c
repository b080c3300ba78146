// SPDX-License-Identifier: GPL-2.0-only
/*
 * AES-GCM (NIST SP 800-38D) of whole messages in one go.
 * Leaf of the layers: blob.c seals key material with it, aes_op.c short messages.
 *
 * Why our own. For blobs: a key is used for one message of some hundred bytes, and a
 * transform of the crypto API for it costs more to allocate and key than this costs to
 * run, and can fail for want of memory. For short messages: of what the API's gcm(aes)
 * takes for 64 bytes, nine instructions of ten are requests, scatter lists and three
 * sections with the vector registers. Here it is one section, and no list.
 *
 * "fast" is AES and GHASH by the processor's instructions, "portable" is all the rest.
 * Both compute the tag over the ciphertext, and opening looks at it before it decrypts.
 */
#include "gcm.h"

#ifdef KM_X86
#include "ghash_x86.h"

static bool fast_usable(void)
{
	return boot_cpu_has(X86_FEATURE_AES) && clmul_usable();
}

/* Other work gets the processor between two runs of a long message. */
static void fast_pause(void)
{
	km_x86_end();
	km_x86_begin();
}

/* Filled up with zeros to whole blocks. */
static void fast_hash(const struct km_gcm_key *k, struct clmul_y *y, const u8 *data, size_t len)
{
	size_t rest = len % KM_AES_BLOCK;

	for (; len >= KM_X86_RUN; len -= KM_X86_RUN, data += KM_X86_RUN) {
		clmul_run(y, k->power, data, KM_X86_RUN / KM_GHASH_BLOCK);
		fast_pause();
	}
	clmul_run(y, k->power, data, len / KM_GHASH_BLOCK);
	if (rest) {
		struct km_x86_block last = {};

		memcpy(last.byte, data + len - rest, rest);
		clmul_one(y, &k->power[0], &last);
		memzero_explicit(&last, sizeof(last));
	}
}

#define FOUR	((size_t)4 * KM_AES_BLOCK)

static void fast_ctr(const struct km_gcm_key *k, const struct km_gcm_text *t)
{
	struct aes_x86_counter counter = { {
		(u64)get_unaligned_be32(t->nonce + 8) << 32 | 2,
		get_unaligned_be64(t->nonce),
	} };
	size_t at;

	for (at = 0; t->len - at >= FOUR; at += FOUR) {
		if (at && at % KM_X86_RUN == 0)
			fast_pause();
		aes_x86_ctr_four(&k->aes, &counter, t->out + at, t->in + at);
	}
	if (at < t->len) {
		u8 last[FOUR] = {};

		memcpy(last, t->in + at, t->len - at);
		aes_x86_ctr_four(&k->aes, &counter, last, last);
		memcpy(t->out + at, last, t->len - at);
		memzero_explicit(last, sizeof(last));
	}
}

static void fast_tag(const struct km_gcm_key *k, const struct km_gcm_text *t, const u8 *cipher,
		     u8 *tag)
{
	static const struct km_x86_block zero;
	struct clmul_y y = {};
	struct km_x86_block mask;

	if (t->aad_len)
		fast_hash(k, &y, t->aad, t->aad_len);
	fast_hash(k, &y, cipher, t->len);
	/* The last block is the lengths in bits. */
	y.half[1] ^= (u64)t->aad_len * 8;
	y.half[0] ^= (u64)t->len * 8;
	clmul_one(&y, &k->power[0], &zero);
	memcpy(mask.byte, t->nonce, KM_GCM_NONCE);
	put_unaligned_be32(1, mask.byte + KM_GCM_NONCE);
	aes_x86_encrypt(&k->aes, &mask, &mask);
	put_unaligned_be64(y.half[1] ^ get_unaligned_be64(mask.byte), tag);
	put_unaligned_be64(y.half[0] ^ get_unaligned_be64(mask.byte + 8), tag + 8);
	memzero_explicit(&mask, sizeof(mask));
	memzero_explicit(&y, sizeof(y));
}

/**
 * km_gcm_prepare() - expand a key for km_gcm_fast_seal() and km_gcm_fast_open()
 * @k: [out] the key; the caller wipes it; @k->aes.rounds is 0 after a failure
 * @key: AES key of 16, 24 or 32 bytes
 *
 * Return: 0, -EINVAL for the key's length, -EOPNOTSUPP without the instructions.
 */
int km_gcm_prepare(struct km_gcm_key *k, const struct km_piece *key)
{
	struct km_x86_block block = {};
	u64 h[2];

	k->aes.rounds = 0;
	if (key->len != 16 && key->len != 24 && key->len != 32)
		return -EINVAL;
	if (!fast_usable())
		return -EOPNOTSUPP;
	km_x86_begin();
	aes_x86_expand(&k->aes, key->data, key->len);
	aes_x86_encrypt(&k->aes, &block, &block);
	h[1] = get_unaligned_be64(block.byte);
	h[0] = get_unaligned_be64(block.byte + 8);
	clmul_powers(k->power, h);
	km_x86_end();
	memzero_explicit(h, sizeof(h));
	memzero_explicit(&block, sizeof(block));
	return 0;
}

/**
 * km_gcm_fast_seal() - encrypt and authenticate by the processor's instructions
 * @k: the key, from km_gcm_prepare()
 * @t: the message
 * @tag: [out] 16 bytes, not within @t->in; a shorter tag is the first bytes of it
 *
 * Return: 0; -EOPNOTSUPP, having done nothing, if the instructions cannot be used here.
 */
int km_gcm_fast_seal(const struct km_gcm_key *k, const struct km_gcm_text *t, u8 *tag)
{
	if (!k->aes.rounds || !fast_usable())
		return -EOPNOTSUPP;
	km_x86_begin();
	fast_ctr(k, t);
	fast_tag(k, t, t->out, tag);
	km_x86_end();
	return 0;
}

/**
 * km_gcm_fast_open() - check and decrypt by the processor's instructions
 * @k: the key, from km_gcm_prepare()
 * @t: the message; @t->out is not touched unless the tag is right
 * @tag: the tag
 * @tag_len: its length, 12 to 16
 *
 * Return: 0; -EBADMSG for a wrong tag; -EOPNOTSUPP, having done nothing, if the
 * instructions cannot be used here.
 */
int km_gcm_fast_open(const struct km_gcm_key *k, const struct km_gcm_text *t, const u8 *tag,
		     size_t tag_len)
{
	u8 want[KM_GCM_TAG];
	int ret = 0;

	if (!k->aes.rounds || !fast_usable())
		return -EOPNOTSUPP;
	km_x86_begin();
	fast_tag(k, t, t->in, want);
	if (crypto_memneq(want, tag, tag_len))
		ret = -EBADMSG;
	else
		fast_ctr(k, t);
	km_x86_end();
	memzero_explicit(want, sizeof(want));
	return ret;
}

#else /* neither AES nor a carry-less multiplier that we know of */

int km_gcm_prepare(struct km_gcm_key *k, const struct km_piece *key)
{
	k->aes.rounds = 0;
	return key->len == 16 || key->len == 24 || key->len == 32 ? -EOPNOTSUPP : -EINVAL;
}

int km_gcm_fast_seal(const struct km_gcm_key *k, const struct km_gcm_text *t, u8 *tag)
{
	(void)k;
	(void)t;
	(void)tag;
	return -EOPNOTSUPP;
}

int km_gcm_fast_open(const struct km_gcm_key *k, const struct km_gcm_text *t, const u8 *tag,
		     size_t tag_len)
{
	(void)k;
	(void)t;
	(void)tag;
	(void)tag_len;
	return -EOPNOTSUPP;
}

#endif

struct gcm {
	struct km_aes aes;
	struct km_ghash ghash;
	u8 counter[KM_AES_BLOCK];
	u8 mask[KM_AES_BLOCK];	/* E(K, Y0), covers the tag */
};

static int portable_start(struct gcm *g, const struct km_piece *key, const u8 *nonce)
{
	u8 h[KM_AES_BLOCK] = {};
	int ret;

	ret = km_aes_setkey(&g->aes, key->data, key->len);
	if (ret)
		return ret;
	km_aes_encrypt(&g->aes, h, h);
	km_ghash_init(&g->ghash, h);
	memzero_explicit(h, sizeof(h));
	memcpy(g->counter, nonce, KM_GCM_NONCE);
	put_unaligned_be32(1, g->counter + KM_GCM_NONCE);
	km_aes_encrypt(&g->aes, g->mask, g->counter);
	return 0;
}

static void portable_ctr(struct gcm *g, const struct km_gcm_text *t)
{
	u8 stream[KM_AES_BLOCK];
	u32 block = 1;
	size_t i;

	for (i = 0; i < t->len; i++) {
		if (i % KM_AES_BLOCK == 0) {
			put_unaligned_be32(++block, g->counter + KM_GCM_NONCE);
			km_aes_encrypt(&g->aes, stream, g->counter);
		}
		t->out[i] = t->in[i] ^ stream[i % KM_AES_BLOCK];
	}
	memzero_explicit(stream, sizeof(stream));
}

static void portable_tag(struct gcm *g, const struct km_gcm_text *t, const u8 *cipher, u8 *tag)
{
	int i;

	if (t->aad_len)
		km_ghash_update(&g->ghash, t->aad, t->aad_len);
	km_ghash_pad(&g->ghash);
	km_ghash_update(&g->ghash, cipher, t->len);
	km_ghash_final(&g->ghash, t->aad_len, t->len, tag);
	for (i = 0; i < KM_GCM_TAG; i++)
		tag[i] ^= g->mask[i];
}

/**
 * km_gcm_portable_seal() - encrypt and authenticate on any processor
 * @key: AES key of 16, 24 or 32 bytes
 * @t: the message
 * @tag: [out] 16 bytes
 *
 * Return: 0 or -EINVAL for the key's length.
 */
int km_gcm_portable_seal(const struct km_piece *key, const struct km_gcm_text *t, u8 *tag)
{
	struct gcm g;
	int ret = portable_start(&g, key, t->nonce);

	if (!ret) {
		portable_ctr(&g, t);
		portable_tag(&g, t, t->out, tag);
	}
	memzero_explicit(&g, sizeof(g));
	return ret;
}

/**
 * km_gcm_portable_open() - check and decrypt on any processor
 * @key: AES key of 16, 24 or 32 bytes
 * @t: the message; @t->out is not touched unless the tag is right
 * @tag: 16 bytes
 *
 * Return: 0, -EBADMSG for a wrong tag, -EINVAL for the key's length.
 */
int km_gcm_portable_open(const struct km_piece *key, const struct km_gcm_text *t, const u8 *tag)
{
	u8 want[KM_GCM_TAG];
	struct gcm g;
	int ret = portable_start(&g, key, t->nonce);

	if (!ret) {
		portable_tag(&g, t, t->in, want);
		if (crypto_memneq(want, tag, sizeof(want)))
			ret = -EBADMSG;
		else
			portable_ctr(&g, t);
	}
	memzero_explicit(want, sizeof(want));
	memzero_explicit(&g, sizeof(g));
	return ret;
}

/**
 * km_gcm_seal() - encrypt and authenticate one message with a key of its own
 * @key: AES key of 16, 24 or 32 bytes
 * @nonce: 12 bytes, never used twice under one key
 * @plain: the message
 * @cipher: [out] as long as the message
 * @tag: [out] 16 bytes
 *
 * Return: 0 or -EINVAL for the key's length.
 */
int km_gcm_seal(const struct km_piece *key, const u8 *nonce, const struct km_piece *plain,
		u8 *cipher, u8 *tag)
{
	const struct km_gcm_text t = {
		.nonce = nonce, .in = plain->data, .out = cipher, .len = plain->len,
	};
	struct km_gcm_key k;
	int ret = km_gcm_prepare(&k, key);

	if (!ret)
		ret = km_gcm_fast_seal(&k, &t, tag);
	if (ret == -EOPNOTSUPP)
		ret = km_gcm_portable_seal(key, &t, tag);
	memzero_explicit(&k, sizeof(k));
	return ret;
}

/**
 * km_gcm_open() - check and decrypt one message with a key of its own
 * @key: AES key of 16, 24 or 32 bytes
 * @nonce: 12 bytes
 * @cipher: the ciphertext
 * @tag: 16 bytes
 * @plain: [out] as long as the ciphertext; not touched unless the tag is right
 *
 * Return: 0, -EBADMSG for a wrong tag, -EINVAL for the key's length.
 */
int km_gcm_open(const struct km_piece *key, const u8 *nonce, const struct km_piece *cipher,
		const u8 *tag, u8 *plain)
{
	const struct km_gcm_text t = {
		.nonce = nonce, .in = cipher->data, .out = plain, .len = cipher->len,
	};
	struct km_gcm_key k;
	int ret = km_gcm_prepare(&k, key);

	if (!ret)
		ret = km_gcm_fast_open(&k, &t, tag, KM_GCM_TAG);
	if (ret == -EOPNOTSUPP)
		ret = km_gcm_portable_open(key, &t, tag);
	memzero_explicit(&k, sizeof(k));
	return ret;
}
