// SPDX-License-Identifier: GPL-2.0-only
/*
 * RSA's public and private operation on numbers, RFC 8017 section 5; no padding.
 * Leaf of the layers, called by alg_rsa.c with keys that rsa_key.c or rsa_gen.c made.
 *
 * The private operation is guarded twice over. Nothing in it branches on, or indexes by,
 * a secret. And its input is multiplied by r^e for a fresh random r, its output divided
 * by r: the numbers that meet the secret exponents are ones that no caller knows or
 * chooses, so that no statistic over many calls, by whatever channel, has an input to
 * begin with. r is drawn anew for every call, rather than kept and squared: one key may be
 * used by many at a time without a lock, and an inverse in constant time costs a
 * thirtieth of the whole.
 *
 * No result leaves before result^e gave the input back. A fault in one of the two halves
 * (a bit that flips in memory or in the processor) would otherwise give away the key: the
 * greatest common divisor of n and result^e - input is then a prime (Boneh, DeMillo and
 * Lipton).
 */
#include "bn.h"
#include "rsa.h"

#ifdef KM_RSA_FAULT
/* The test flips a bit of the half modulo p (1) or q (2), or of what they are joined to (3). */
static unsigned int rsa_fault;
#define FAULT(which, x)	((x)[0] ^= rsa_fault == (which) ? 0x100 : 0)
#else
#define FAULT(which, x)	do { } while (0)
#endif

/* All that a private operation needs beside the key: one allocation, wiped at the end. */
struct rsa_work {
	u64 t[2 * KM_RSA_MAX_LIMBS];	/* Montgomery's scratch */
	u64 in[KM_RSA_MAX_LIMBS];	/* the input */
	u64 x[KM_RSA_MAX_LIMBS];	/* the input, blinded */
	u64 r[KM_RSA_MAX_LIMBS];	/* 1/r */
	u64 out[2 * KM_RSA_PRIME_LIMBS];
	u64 mp[KM_RSA_PRIME_LIMBS];	/* the halves of the output */
	u64 mq[KM_RSA_PRIME_LIMBS];
	u64 y[KM_RSA_MAX_LIMBS];
	struct km_bn_inv_work inv;
	u64 table[];
};

/* One prime and what belongs to it. */
struct rsa_half {
	struct km_bn_mod f;
	const u64 *exp;
	unsigned int bits;
};

static struct km_bn_mod mod_n(const struct km_rsa_key *key, u64 *t)
{
	return (struct km_bn_mod){ key->n_limbs, key->n0, key->n, key->n_r2, t };
}

/* r = in, or -EINVAL if it is not below n. The verdict is public: the caller returns it. */
static int read_input(const struct km_rsa_key *key, u64 *r, const u8 *in)
{
	km_bn_from_be(r, key->n_limbs, in, key->len);
	return KM_CT_PUBLIC(km_bn_less(r, key->n, key->n_limbs)) ? 0 : -EINVAL;
}

/* r = a^e mod n for a < n; @y is scratch */
static void raise_e(const struct km_rsa_key *key, const struct km_bn_mod *f, u64 *r, u64 *y,
		    const u64 *a)
{
	km_bn_mont_mul(f, y, a, f->r2);
	km_bn_mont_exp_public(f, r, y, key->e);
	km_bn_mont_from(f, r, r);
}

/**
 * km_rsa_public - the public operation, RSAEP and RSAVP1
 * @key: key
 * @out: [out] in^e mod n, @key->len bytes, big-endian; may be @in
 * @in: number less than n, @key->len bytes, big-endian
 *
 * Return: 0, -EINVAL if @in is n or more, -ENOMEM.
 */
int km_rsa_public(const struct km_rsa_key *key, u8 *out, const u8 *in)
{
	struct rsa_work *w = kmalloc(sizeof(*w), GFP_KERNEL);
	struct km_bn_mod f;
	int ret;

	if (!w)
		return -ENOMEM;
	f = mod_n(key, w->t);
	ret = read_input(key, w->in, in);
	if (!ret) {
		raise_e(key, &f, w->x, w->y, w->in);
		km_bn_to_be(out, key->len, w->x);
	}
	/* What is encrypted is a secret. */
	kfree_sensitive(w);
	return ret;
}

/*
 * x = in * r^e mod n and r = 1/r mod n for a fresh r. What is drawn is taken for the
 * Montgomery form of r: uniform as well, but for the remainder by n, which makes some
 * values at most twice as likely as others.
 */
static int blind(const struct km_rsa_key *key, const struct km_bn_mod *f, struct rsa_work *w,
		 const struct km_rsa_env *env)
{
	unsigned int n = key->n_limbs;
	u64 ok;

	env->random(env->ctx, (u8 *)w->y, n * sizeof(*w->y));
	km_bn_mont_mul(f, w->y, w->y, f->r2);
	km_bn_mont_exp_public(f, w->x, w->y, key->e);
	km_bn_mont_mul(f, w->x, w->in, w->x);

	ok = km_bn_inv(&w->inv, w->r, w->y, key->n, n);
	km_bn_mont_mul(f, w->r, w->r, f->r2);
	/* r shares a prime with n once in 2^190 draws for the shortest key: or never. */
	return KM_CT_PUBLIC(ok) ? 0 : -EIO;
}

/* m = x^exp in Montgomery form, modulo one prime */
static int half(const struct rsa_half *h, u64 *m, struct rsa_work *w, unsigned int n,
		const struct km_rsa_env *env)
{
	const struct km_bn_power power = {
		.e = h->exp, .bits = h->bits, .table = w->table,
		.stop = env->stop, .ctx = env->ctx,
	};

	km_bn_mont_wide(&h->f, w->y, w->x, n);
	return km_bn_mont_exp(&h->f, m, w->y, &power);
}

/* out = x^d mod n by the two halves and Garner: mq + q * ((mp - mq) / q mod p) */
static int crt(const struct km_rsa_key *key, struct rsa_work *w, const struct km_rsa_env *env)
{
	unsigned int pl = key->p_limbs, ql = key->q_limbs;
	const struct rsa_half p = { { pl, key->p0, key->p, key->p_r2, w->t },
				    key->dp, key->p_bits };
	const struct rsa_half q = { { ql, key->q0, key->q, key->q_r2, w->t },
				    key->dq, key->q_bits };
	int ret;

	ret = half(&p, w->mp, w, key->n_limbs, env);
	if (!ret)
		ret = half(&q, w->mq, w, key->n_limbs, env);
	if (ret)
		return ret;
	FAULT(1, w->mp);
	FAULT(2, w->mq);

	km_bn_mont_from(&q.f, w->mq, w->mq);
	/* q may be longer than p. The difference leaves Montgomery form with the product. */
	km_bn_mont_wide(&p.f, w->y, w->mq, ql);
	km_bn_mod_sub(&p.f, w->mp, w->mp, w->y);
	km_bn_mont_mul(&p.f, w->mp, w->mp, key->qinv);
	FAULT(3, w->mp);

	km_bn_mul(w->out, w->mp, pl, key->q, ql);
	memset(w->y, 0, key->n_limbs * sizeof(*w->y));
	memcpy(w->y, w->mq, ql * sizeof(*w->y));
	km_bn_add(w->out, w->out, w->y, key->n_limbs);
	return 0;
}

static int private_op(const struct km_rsa_key *key, const struct km_rsa_env *env,
		      struct rsa_work *w)
{
	const struct km_bn_mod f = mod_n(key, w->t);
	int ret;

	ret = blind(key, &f, w, env);
	if (ret)
		return ret;
	ret = crt(key, w, env);
	if (ret)
		return ret;

	/* In range even after a fault: a product is where one factor is below n. */
	km_bn_mont_mul(&f, w->out, w->out, w->r);
	km_bn_mont_mul(&f, w->out, w->out, f.r2);

	raise_e(key, &f, w->x, w->y, w->out);
	if (!KM_CT_PUBLIC(km_bn_equal(w->x, w->in, key->n_limbs)))
		return -EIO;
	return 0;
}

/**
 * km_rsa_private - the private operation, RSADP and RSASP1, blinded and verified
 * @key: key
 * @env: randomness, and who says when to stop
 * @out: [out] in^d mod n, @key->len bytes, big-endian; untouched on failure; may be @in
 * @in: number less than n, @key->len bytes, big-endian; treated as secret too
 *
 * Return: 0, -EINVAL if @in is n or more, -EINTR if @env->stop said so, -ENOMEM, -EIO if
 * the result was wrong: a fault of the machine, or an imported key whose primes are none.
 */
int km_rsa_private(const struct km_rsa_key *key, const struct km_rsa_env *env, u8 *out,
		   const u8 *in)
{
	unsigned int limbs = max(key->p_limbs, key->q_limbs);
	struct rsa_work *w;
	int ret;

	w = kmalloc(sizeof(*w) + KM_BN_TABLE(limbs) * sizeof(w->table[0]), GFP_KERNEL);
	if (!w)
		return -ENOMEM;
	ret = read_input(key, w->in, in);
	if (!ret)
		ret = private_op(key, env, w);
	if (!ret)
		km_bn_to_be(out, key->len, w->out);
	kfree_sensitive(w);
	return ret;
}
