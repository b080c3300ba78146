// SPDX-License-Identifier: GPL-2.0-only
/*
 * Paddings of RSA (RFC 8017): PKCS#1 v1.5 for both uses, PSS, OAEP.
 * Leaf of the layers, between rsa.c and alg_rsa.c; builds in userspace too.
 *
 * What is decrypted is judged without a branch or an address that depends on it:
 * whoever could tell one fault from another, by a code or by the time, could decrypt
 * without the key (Bleichenbacher's attack of 1998, and that on OAEP of 2001). So all faults
 * are summed up in one mask, the search for the separator runs to the end, and the message
 * moves to its place by a shift that does the same work for every length.
 */
#include <linux/keymaster.h>
#include "mont.h"
#include "rsa_pad.h"

/* AlgorithmIdentifier and header of the digest, what RFC 8017 9.2 note 1 calls T. */
static const u8 info_md5[] = {
	0x30, 0x20, 0x30, 0x0c, 0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
	0x02, 0x05, 0x05, 0x00, 0x04, 0x10,
};

static const u8 info_sha1[] = {
	0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05,
	0x00, 0x04, 0x14,
};

static const u8 info_sha224[] = {
	0x30, 0x2d, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
	0x04, 0x02, 0x04, 0x05, 0x00, 0x04, 0x1c,
};

static const u8 info_sha256[] = {
	0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
	0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20,
};

static const u8 info_sha384[] = {
	0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
	0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30,
};

static const u8 info_sha512[] = {
	0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
	0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40,
};

static bool digest_info(u32 digest, struct km_piece *info)
{
	switch (digest) {
	case KM_DIGEST_NONE:
		*info = (struct km_piece){ NULL, 0 };
		return true;
	case KM_DIGEST_MD5:
		*info = (struct km_piece){ info_md5, sizeof(info_md5) };
		return true;
	case KM_DIGEST_SHA1:
		*info = (struct km_piece){ info_sha1, sizeof(info_sha1) };
		return true;
	case KM_DIGEST_SHA_2_224:
		*info = (struct km_piece){ info_sha224, sizeof(info_sha224) };
		return true;
	case KM_DIGEST_SHA_2_256:
		*info = (struct km_piece){ info_sha256, sizeof(info_sha256) };
		return true;
	case KM_DIGEST_SHA_2_384:
		*info = (struct km_piece){ info_sha384, sizeof(info_sha384) };
		return true;
	case KM_DIGEST_SHA_2_512:
		*info = (struct km_piece){ info_sha512, sizeof(info_sha512) };
		return true;
	default:
		return false;
	}
}

/**
 * km_rsa_pkcs1_fits() - is a modulus long enough for a signature of PKCS#1 v1.5?
 * @hash: the digest; of no bytes for KM_DIGEST_NONE
 * @k: bytes of the modulus
 *
 * Return: true if so; with KM_DIGEST_NONE, for an empty message at least.
 */
bool km_rsa_pkcs1_fits(const struct km_rsa_hash *hash, size_t k)
{
	struct km_piece info;

	return digest_info(hash->digest, &info) && k >= KM_RSA_PKCS1_MIN + info.len + hash->size;
}

/**
 * km_rsa_pkcs1_sign() - EMSA-PKCS1-v1_5 (RFC 8017 9.2)
 * @em: [out] the encoded message
 * @digest: KM_DIGEST_*; NONE: the message stands for itself, without a DigestInfo
 * @message: the digest, of the right length, or the message
 *
 * Return: 0, -EMSGSIZE if it does not fit, -EINVAL for an unknown digest.
 */
int km_rsa_pkcs1_sign(const struct km_rsa_em *em, u32 digest, const struct km_piece *message)
{
	u8 *end = em->data + em->len;
	struct km_piece info;
	size_t ones;

	if (!digest_info(digest, &info))
		return -EINVAL;
	if (em->len < KM_RSA_PKCS1_MIN + info.len ||
	    message->len > em->len - KM_RSA_PKCS1_MIN - info.len)
		return -EMSGSIZE;
	ones = em->len - 3 - info.len - message->len;
	if (message->len)
		memcpy(end - message->len, message->data, message->len);
	if (info.len)
		memcpy(end - message->len - info.len, info.data, info.len);
	em->data[0] = 0;
	em->data[1] = 1;
	memset(em->data + 2, 0xff, ones);
	em->data[2 + ones] = 0;
	return 0;
}

/**
 * km_rsa_pkcs1_encrypt() - EME-PKCS1-v1_5, encoding (RFC 8017 7.2.1)
 * @em: [out] the encoded message, a secret
 * @message: the message
 * @random: fill bytes from the CSPRNG
 *
 * Return: 0, -EMSGSIZE if it does not fit.
 */
int km_rsa_pkcs1_encrypt(const struct km_rsa_em *em, const struct km_piece *message,
			 void (*random)(u8 *out, size_t len))
{
	u8 *ps = em->data + 2;
	size_t i, n;

	if (em->len < KM_RSA_PKCS1_MIN || message->len > em->len - KM_RSA_PKCS1_MIN)
		return -EMSGSIZE;
	n = em->len - 3 - message->len;
	em->data[0] = 0;
	em->data[1] = 2;
	random(ps, n);
	/* A zero would end the padding: it is drawn again, which tells of no other byte. */
	for (i = 0; i < n; i++)
		while (!ps[i])
			random(&ps[i], 1);
	ps[n] = 0;
	if (message->len)
		memcpy(ps + n + 1, message->data, message->len);
	return 0;
}

/* All ones if @x is 0. */
static u64 is_zero(u64 x)
{
	return ~mont_nonzero(x);
}

/* All ones if @a < @b; both below 2^63. */
static u64 is_less(u64 a, u64 b)
{
	return mont_hide((u64)0 - ((a - b) >> 63));
}

/*
 * p[i] = p[i + by], by a secret of at most @len: a shift by 1, 2, 4... bytes for each bit
 * of it, done or only pretended. What comes from behind the end is left as it was.
 */
static void shift_down(u8 *p, size_t len, u64 by)
{
	size_t step, i;
	u8 mask;

	for (step = 1; step < len; step <<= 1, by >>= 1) {
		mask = mont_hide((u64)0 - (by & 1));
		for (i = 0; i + step < len; i++)
			p[i] ^= (p[i] ^ p[i + step]) & mask;
	}
}

/*
 * Of the @len bytes at @p the message begins at @at, unless @bad is all ones. All of this
 * is secret but where it is moved to: the start.
 */
static int move_out(u8 *p, size_t len, u64 at, u64 bad, struct km_piece *message)
{
	shift_down(p, len, at & ~bad);
	message->data = p;
	message->len = (len - at) & ~bad;
	return -(int)(mont_hide(bad) & EBADMSG);
}

/**
 * km_rsa_pkcs1_decrypt() - EME-PKCS1-v1_5, decoding (RFC 8017 7.2.2)
 * @em: what was decrypted; changed
 * @message: [out] the message, within @em
 *
 * In constant time, see above; the length of the message is public once it is returned.
 *
 * Return: 0, -EBADMSG whatever was wrong, -EMSGSIZE if no message fits.
 */
int km_rsa_pkcs1_decrypt(const struct km_rsa_em *em, struct km_piece *message)
{
	u64 looking = ~0ULL, found, at = 0, bad;
	size_t i;

	if (em->len < KM_RSA_PKCS1_MIN)
		return -EMSGSIZE;
	bad = mont_nonzero(em->data[0]) | mont_nonzero(em->data[1] ^ 2);
	for (i = 2; i < em->len; i++) {
		found = looking & is_zero(em->data[i]);
		at |= found & i;
		looking &= ~found;
	}
	/* No separator, or one in the first eight bytes of the padding. */
	bad |= looking | is_less(at, KM_RSA_PKCS1_MIN - 1);
	/* The longest message stands behind the shortest padding. */
	return move_out(em->data + KM_RSA_PKCS1_MIN, em->len - KM_RSA_PKCS1_MIN,
			at - (KM_RSA_PKCS1_MIN - 1), bad, message);
}

/* data ^= MGF1(seed) (RFC 8017 B.2.1) */
static int mgf1_xor(const struct km_rsa_hash *hash, const struct km_piece *seed, u8 *data,
		    size_t len)
{
	u8 count[4], mask[KM_RSA_HASH_MAX];
	const struct km_piece in[] = { *seed, { count, sizeof(count) } };
	size_t i, n;
	u32 block;
	int ret = 0;

	for (block = 0; len; block++, data += n, len -= n) {
		put_unaligned_be32(block, count);
		ret = hash->run(hash->digest, in, ARRAY_SIZE(in), mask);
		if (ret)
			break;
		n = len < hash->size ? len : hash->size;
		for (i = 0; i < n; i++)
			data[i] ^= mask[i];
	}
	memzero_explicit(mask, sizeof(mask));
	return ret;
}

/**
 * km_rsa_pss_fits() - is a modulus long enough for PSS with a salt as long as the digest?
 * @hash: the digest
 * @k: bytes of the modulus
 *
 * Return: true if so.
 */
bool km_rsa_pss_fits(const struct km_rsa_hash *hash, size_t k)
{
	return k >= 2 * (size_t)hash->size + 2;
}

static int pss_hash(const struct km_rsa_hash *hash, const u8 *digest, const struct km_piece *salt,
		    u8 *out)
{
	static const u8 zero[8];
	const struct km_piece in[] = { { zero, sizeof(zero) }, { digest, hash->size }, *salt };

	return hash->run(hash->digest, in, ARRAY_SIZE(in), out);
}

/**
 * km_rsa_pss_sign() - EMSA-PSS, encoding (RFC 8017 9.1.1)
 * @em: [out] the encoded message
 * @hash: of the message, and of MGF1
 * @digest: digest of the message
 * @salt: as long as a digest, random
 *
 * Return: 0, -EMSGSIZE if it does not fit, or what @hash returned.
 */
int km_rsa_pss_sign(const struct km_rsa_em *em, const struct km_rsa_hash *hash,
		    const u8 *digest, const u8 *salt)
{
	const struct km_piece s = { salt, hash->size };
	struct km_piece h = { NULL, hash->size };
	u8 *db = em->data;
	size_t db_len;
	int ret;

	if (!km_rsa_pss_fits(hash, em->len))
		return -EMSGSIZE;
	db_len = em->len - hash->size - 1;
	ret = pss_hash(hash, digest, &s, db + db_len);
	if (ret)
		return ret;
	memset(db, 0, db_len - s.len - 1);
	db[db_len - s.len - 1] = 1;
	memcpy(db + db_len - s.len, salt, s.len);
	h.data = db + db_len;
	ret = mgf1_xor(hash, &h, db, db_len);
	/* Below the modulus, which is a multiple of 8 bits long. */
	db[0] &= 0x7f;
	em->data[em->len - 1] = 0xbc;
	return ret;
}

/* Behind the zeros and the one: the salt, of any length. Nothing here is secret. */
static bool find_salt(const u8 *db, size_t len, struct km_piece *salt)
{
	size_t i = 0;

	while (i < len && !db[i])
		i++;
	if (i == len || db[i] != 1)
		return false;
	salt->data = db + i + 1;
	salt->len = len - i - 1;
	return true;
}

/**
 * km_rsa_pss_verify() - EMSA-PSS, verification (RFC 8017 9.1.2)
 * @em: what the signature says; changed
 * @hash: of the message, and of MGF1
 * @digest: digest of the message
 *
 * Salts of all lengths are good: signers differ, and the length adds nothing to what a
 * forger would have to find.
 *
 * Return: 0, -EBADMSG, or what @hash returned.
 */
int km_rsa_pss_verify(const struct km_rsa_em *em, const struct km_rsa_hash *hash,
		      const u8 *digest)
{
	struct km_piece h = { NULL, hash->size }, salt;
	u8 *db = em->data, again[KM_RSA_HASH_MAX];
	size_t db_len;
	int ret;

	if (!km_rsa_pss_fits(hash, em->len) || db[em->len - 1] != 0xbc || db[0] & 0x80)
		return -EBADMSG;
	db_len = em->len - hash->size - 1;
	h.data = db + db_len;
	ret = mgf1_xor(hash, &h, db, db_len);
	if (ret)
		return ret;
	db[0] &= 0x7f;
	if (!find_salt(db, db_len, &salt))
		return -EBADMSG;
	ret = pss_hash(hash, digest, &salt, again);
	if (ret)
		return ret;
	return memcmp(again, h.data, hash->size) ? -EBADMSG : 0;
}

/**
 * km_rsa_oaep_fits() - is a modulus long enough for OAEP, of an empty message at least?
 * @oaep: the digests
 * @k: bytes of the modulus
 *
 * Return: true if so.
 */
bool km_rsa_oaep_fits(const struct km_rsa_oaep *oaep, size_t k)
{
	return k >= 2 * (size_t)oaep->label->size + 2;
}

/* The seed masks the data block, and this masks the seed; and the reverse. */
static int oaep_mask(const struct km_rsa_em *em, const struct km_rsa_oaep *oaep, bool on)
{
	u8 *seed = em->data + 1, *db = seed + oaep->label->size;
	const struct km_piece s = { seed, oaep->label->size };
	const struct km_piece d = { db, em->len - 1 - s.len };
	int ret;

	ret = on ? mgf1_xor(oaep->mgf, &s, db, d.len) : mgf1_xor(oaep->mgf, &d, seed, s.len);
	if (ret)
		return ret;
	return on ? mgf1_xor(oaep->mgf, &d, seed, s.len) : mgf1_xor(oaep->mgf, &s, db, d.len);
}

/**
 * km_rsa_oaep_encrypt() - EME-OAEP, encoding (RFC 8017 7.1.1), with an empty label
 * @em: [out] the encoded message, a secret
 * @oaep: the digests
 * @message: the message
 * @seed: as long as the label's digest, random
 *
 * Return: 0, -EMSGSIZE if it does not fit, or what a digest returned.
 */
int km_rsa_oaep_encrypt(const struct km_rsa_em *em, const struct km_rsa_oaep *oaep,
			const struct km_piece *message, const u8 *seed)
{
	size_t h = oaep->label->size;
	u8 *db, *end = em->data + em->len;
	int ret;

	if (!km_rsa_oaep_fits(oaep, em->len) || message->len > em->len - 2 * h - 2)
		return -EMSGSIZE;
	db = em->data + 1 + h;
	em->data[0] = 0;
	memcpy(em->data + 1, seed, h);
	ret = oaep->label->run(oaep->label->digest, NULL, 0, db);
	if (ret)
		return ret;
	memset(db + h, 0, end - (db + h));
	*(end - message->len - 1) = 1;
	if (message->len)
		memcpy(end - message->len, message->data, message->len);
	return oaep_mask(em, oaep, true);
}

/*
 * What may stand behind the label's digest: zeros, a one, the message. All ones if it does
 * not. @at: [out] where the one is.
 */
static u64 oaep_search(const u8 *p, size_t len, u64 *at)
{
	u64 looking = ~0ULL, one, zero, bad = 0;
	size_t i;

	*at = 0;
	for (i = 0; i < len; i++) {
		zero = is_zero(p[i]);
		one = is_zero(p[i] ^ 1);
		*at |= looking & one & i;
		bad |= looking & ~one & ~zero;
		looking &= zero;
	}
	return bad | looking;
}

/**
 * km_rsa_oaep_decrypt() - EME-OAEP, decoding (RFC 8017 7.1.2), with an empty label
 * @em: what was decrypted; changed
 * @oaep: the digests
 * @message: [out] the message, within @em
 *
 * In constant time, see above; the length of the message is public once it is returned.
 *
 * Return: 0, -EBADMSG whatever was wrong, -EMSGSIZE if no message fits, or what a digest
 * returned.
 */
int km_rsa_oaep_decrypt(const struct km_rsa_em *em, const struct km_rsa_oaep *oaep,
			struct km_piece *message)
{
	u8 *db, label[KM_RSA_HASH_MAX];
	size_t h = oaep->label->size, i, len;
	u64 at, bad;
	int ret;

	if (!km_rsa_oaep_fits(oaep, em->len))
		return -EMSGSIZE;
	db = em->data + 1 + h;
	len = em->len - 2 * h - 1;
	ret = oaep_mask(em, oaep, false);
	if (!ret)
		ret = oaep->label->run(oaep->label->digest, NULL, 0, label);
	if (ret)
		return ret;
	bad = mont_nonzero(em->data[0]);
	for (i = 0; i < h; i++)
		bad |= mont_nonzero(db[i] ^ label[i]);
	bad |= oaep_search(db + h, len, &at);
	return move_out(db + h + 1, len - 1, at, bad, message);
}
