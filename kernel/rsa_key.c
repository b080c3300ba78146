// SPDX-License-Identifier: GPL-2.0-only
/*
 * RSA keys: numbers from outside checked and made fit for use, numbers given out again.
 * Leaf of the layers, called by alg_rsa.c and rsa_der.c; rsa_gen.c ends here too.
 *
 * The checks are in constant time as well: a key that is imported is a secret. That it is
 * refused is none, nor are the lengths of its parts, which DER shows anyway.
 */
#include "bn.h"
#include "rsa.h"

/* Scratch of the checks, wiped at the end. */
struct key_work {
	u64 t[2 * KM_RSA_MAX_LIMBS];
	u64 x[2 * KM_RSA_MAX_LIMBS];
	u64 y[KM_RSA_MAX_LIMBS];
	u64 less1[KM_RSA_PRIME_LIMBS];	/* prime - 1 */
};

/* One prime and what belongs to it. */
struct key_half {
	struct km_bn_mod f;
	u64 *r2;
	const u64 *exp;
	unsigned int bits;
};

/**
 * km_rsa_bits_valid - is this a length that a key may have?
 * @bits: length of the modulus in bits
 *
 * Return: true if keys of this length can be used; those of fewer than KM_RSA_MIN_GEN_BITS
 * are not made.
 */
bool km_rsa_bits_valid(u32 bits)
{
	return bits >= KM_RSA_MIN_BITS && bits <= KM_RSA_MAX_BITS && bits % 8 == 0;
}

/**
 * km_rsa_e_valid - is this a public exponent?
 * @e: exponent
 *
 * Return: true if it is odd and 3 or more.
 */
bool km_rsa_e_valid(u64 e)
{
	return e >= 3 && e & 1;
}

/* All ones if the number 1 */
static u64 is_one(const u64 *a, unsigned int limbs)
{
	u64 rest = a[0] ^ 1;
	unsigned int i;

	for (i = 1; i < limbs; i++)
		rest |= a[i];
	return ~mont_nonzero(rest);
}

/*
 * All ones if e * exp = 1 and d = exp modulo prime - 1: then x^(e * d) = x modulo the
 * prime, and the short exponent does what d does.
 */
static u64 exponents_match(const struct km_rsa_key *key, const struct key_half *h,
			   struct key_work *w)
{
	unsigned int limbs = (h->bits + 63) / 64;
	u64 ok;

	memcpy(w->less1, h->f.m, sizeof(w->less1));
	w->less1[0] ^= 1;

	ok = km_bn_less(h->exp, w->less1, KM_RSA_PRIME_LIMBS);
	km_bn_mul(w->x, h->exp, limbs, &key->e, 1);
	km_bn_rem(w->y, w->x, limbs + 1, w->less1, limbs);
	ok &= is_one(w->y, limbs);
	km_bn_rem(w->y, key->d, (key->bits + 63) / 64, w->less1, limbs);
	return ok & km_bn_equal(w->y, h->exp, limbs);
}

/* All ones if qinv * q = 1 modulo p */
static u64 coefficient_matches(const struct km_rsa_key *key, const struct km_bn_mod *p,
			       struct key_work *w)
{
	km_bn_mont_wide(p, w->y, key->q, key->q_limbs);
	km_bn_mont_mul(p, w->y, w->y, key->qinv);
	return km_bn_less(key->qinv, key->p, KM_RSA_PRIME_LIMBS) & is_one(w->y, key->p_limbs);
}

static u64 product_matches(const struct km_rsa_key *key, struct key_work *w)
{
	unsigned int limbs = key->p_limbs + key->q_limbs;

	km_bn_mul(w->x, key->p, key->p_limbs, key->q, key->q_limbs);
	if (limbs < key->n_limbs)
		return 0;
	return km_bn_equal(w->x, key->n, key->n_limbs) &
	       km_bn_is_zero(w->x + key->n_limbs, limbs - key->n_limbs);
}

static bool prime_length_ok(const struct km_rsa_key *key, unsigned int bits)
{
	return bits >= key->bits * 3 / 8 && bits <= key->bits * 5 / 8;
}

/* Lengths, which everything else is led by. */
static int measure(struct km_rsa_key *key)
{
	key->bits = KM_CT_PUBLIC(km_bn_bits(key->n, KM_RSA_MAX_LIMBS));
	key->len = key->bits / 8;
	key->p_bits = KM_CT_PUBLIC(km_bn_bits(key->p, KM_RSA_PRIME_LIMBS));
	key->q_bits = KM_CT_PUBLIC(km_bn_bits(key->q, KM_RSA_PRIME_LIMBS));
	key->n_limbs = KM_BN_LIMBS(key->bits);
	key->p_limbs = KM_BN_LIMBS(key->p_bits);
	key->q_limbs = KM_BN_LIMBS(key->q_bits);
	if (!km_rsa_bits_valid(key->bits) || !km_rsa_e_valid(key->e) ||
	    !prime_length_ok(key, key->p_bits) || !prime_length_ok(key, key->q_bits))
		return -EINVAL;
	return KM_CT_PUBLIC(key->n[0] & key->p[0] & key->q[0] & 1) ? 0 : -EINVAL;
}

static int check(struct km_rsa_key *key, struct key_work *w)
{
	const struct key_half p = { { key->p_limbs, key->p0, key->p, key->p_r2, w->t },
				    key->p_r2, key->dp, key->p_bits };
	const struct key_half q = { { key->q_limbs, key->q0, key->q, key->q_r2, w->t },
				    key->q_r2, key->dq, key->q_bits };
	const struct km_bn_mod n = { key->n_limbs, key->n0, key->n, key->n_r2, w->t };
	u64 ok;

	km_bn_mod_r2(&p.f, p.r2, p.bits);
	km_bn_mod_r2(&q.f, q.r2, q.bits);
	km_bn_mod_r2(&n, key->n_r2, key->bits);

	ok = product_matches(key, w);
	ok &= km_bn_less(key->d, key->n, KM_RSA_MAX_LIMBS);
	ok &= exponents_match(key, &p, w);
	ok &= exponents_match(key, &q, w);
	ok &= coefficient_matches(key, &p.f, w);
	return KM_CT_PUBLIC(ok) ? 0 : -EINVAL;
}

/**
 * km_rsa_prepare - check a key whose numbers are in place, and compute the rest
 * @key: key with n, e, d, p, q, dp, dq and qinv set and all else 0
 *
 * Sees that n = p * q, that both exponents undo e, that d agrees with them, and qinv. That
 * p and q are prime is not looked at: where they are not, km_rsa_private() gives -EIO.
 *
 * Return: 0, -EINVAL if anything is out of range or disagrees, -ENOMEM.
 */
int km_rsa_prepare(struct km_rsa_key *key)
{
	struct key_work *w;
	int ret;

	ret = measure(key);
	if (ret)
		return ret;
	w = kmalloc(sizeof(*w), GFP_KERNEL);
	if (!w)
		return -ENOMEM;
	key->n0 = (u64)0 - km_bn_word_inv(key->n[0]);
	key->p0 = (u64)0 - km_bn_word_inv(key->p[0]);
	key->q0 = (u64)0 - km_bn_word_inv(key->q[0]);
	ret = check(key, w);
	kfree_sensitive(w);
	return ret;
}

/* Where a part lies, and how many limbs it has room for. */
static u64 *part_of(struct km_rsa_key *key, enum km_rsa_part part, unsigned int *limbs)
{
	*limbs = part == KM_RSA_N || part == KM_RSA_D ? KM_RSA_MAX_LIMBS : KM_RSA_PRIME_LIMBS;
	switch (part) {
	case KM_RSA_N:
		return key->n;
	case KM_RSA_D:
		return key->d;
	case KM_RSA_P:
		return key->p;
	case KM_RSA_Q:
		return key->q;
	case KM_RSA_DP:
		return key->dp;
	case KM_RSA_DQ:
		return key->dq;
	case KM_RSA_QINV:
		return key->qinv;
	default:
		*limbs = 1;
		return &key->e;
	}
}

/* Zeros in front may be any number; all are looked at. */
static int read_part(u64 *r, unsigned int limbs, const struct km_rsa_num *num)
{
	size_t room = 8 * (size_t)limbs, extra = num->len > room ? num->len - room : 0, i;
	u64 any = 0;

	for (i = 0; i < extra; i++)
		any |= num->data[i];
	km_bn_from_be(r, limbs, num->data + extra, num->len - extra);
	return KM_CT_PUBLIC(mont_nonzero(any)) ? -EINVAL : 0;
}

/**
 * km_rsa_setup - make a key of numbers from outside
 * @key: [out] the key; wiped on failure
 * @parts: its numbers, by enum km_rsa_part
 *
 * Return: 0, -EINVAL as km_rsa_prepare(), -ENOMEM.
 */
int km_rsa_setup(struct km_rsa_key *key, const struct km_rsa_num parts[KM_RSA_PARTS])
{
	unsigned int i, limbs;
	int ret = 0;
	u64 *part;

	memset(key, 0, sizeof(*key));
	for (i = 0; i < KM_RSA_PARTS && !ret; i++) {
		part = part_of(key, i, &limbs);
		ret = read_part(part, limbs, &parts[i]);
	}
	if (!ret)
		ret = km_rsa_prepare(key);
	if (ret)
		memzero_explicit(key, sizeof(*key));
	return ret;
}

/**
 * km_rsa_part_len - length of a number of a key
 * @key: key
 * @part: which
 *
 * Return: bytes without leading zeros; the length alone is no secret, DER shows it.
 */
size_t km_rsa_part_len(const struct km_rsa_key *key, enum km_rsa_part part)
{
	unsigned int limbs;
	/* The cast away from const: nothing is written here. */
	const u64 *a = part_of((struct km_rsa_key *)key, part, &limbs);

	return KM_CT_PUBLIC((km_bn_bits(a, limbs) + 7) / 8);
}

/**
 * km_rsa_part_get - give out a number of a key
 * @key: key
 * @part: which
 * @out: [out] the number, big-endian
 * @len: bytes to write: km_rsa_part_len(), or more for zeros in front
 */
void km_rsa_part_get(const struct km_rsa_key *key, enum km_rsa_part part, u8 *out, size_t len)
{
	unsigned int limbs;
	const u64 *a = part_of((struct km_rsa_key *)key, part, &limbs);
	size_t room = 8 * (size_t)limbs, extra = len > room ? len - room : 0;

	memset(out, 0, extra);
	km_bn_to_be(out + extra, len - extra, a);
}
