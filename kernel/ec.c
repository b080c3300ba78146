// SPDX-License-Identifier: GPL-2.0-only
/*
 * Elliptic curves: public keys, checks of scalars and points, ECDSA, ECDH, for any curve.
 * Leaf of the layers, called for the EC keys; below it ec_table.c, the curves, mont.c.
 *
 * Secrets are d and k and all that comes from them until it is r, s or a public key.
 * What decides about them (is k usable?) is computed as a mask and leaves only as
 * the return value.
 */
#include "ec_curve.h"

/* Width of the windows of ec_mul(), and the multiples of the point that they need. */
#define MUL_BITS	4
#define MUL_TAB		(1 << (MUL_BITS - 1))

static const struct km_curve *const curves[] = { &km_p224, &km_p256, &km_p384, &km_p521 };

/**
 * km_ec_init - make ready what the curves compute once
 *
 * Return: 0 or -ENOMEM.
 */
int km_ec_init(void)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < ARRAY_SIZE(curves); i++)
		ret = km_ec_table_init(curves[i]);
	if (ret)
		km_ec_exit();
	return ret;
}

/**
 * km_ec_exit - undo km_ec_init(); harmless without it
 */
void km_ec_exit(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(curves); i++)
		km_ec_table_exit(curves[i]);
}

/**
 * km_ec_bytes - length of a coordinate and of a scalar
 * @c: curve
 *
 * Return: bytes.
 */
size_t km_ec_bytes(const struct km_curve *c)
{
	return c->bytes;
}

/**
 * km_ec_bits - length of the order, by which a curve is named as a key size
 * @c: curve
 *
 * Return: bits.
 */
size_t km_ec_bits(const struct km_curve *c)
{
	return c->bits;
}

/**
 * km_ec_cut - cut random bytes to the length of the order
 * @c: curve
 * @d: [in] km_ec_bytes() random bytes, [out] a random number below 2^bits
 *
 * Of such numbers nearly all are below the order, so that drawing again until one is
 * remains cheap; without it, on P-521, one of 128 would be.
 */
void km_ec_cut(const struct km_curve *c, u8 *d)
{
	d[0] &= 0xff >> (8 * c->bytes - c->bits);
}

/* r = the scalar in @in; returns all ones if it is in 1..n-1. */
static u64 get_scalar(const struct km_curve *c, u64 *r, const u8 *in)
{
	km_bn_from_be(r, c->n->limbs, in, c->bytes);
	return km_bn_less(r, c->n->m, c->n->limbs) & ~km_bn_is_zero(r, c->n->limbs);
}

/* x and y, affine and out of Montgomery form, of a point; y may be NULL. */
static void get_affine(const struct km_curve *c, u64 *x, u64 *y, const u64 *pt)
{
	const struct km_mont *p = c->p;
	u64 zinv[KM_MONT_MAX_LIMBS];

	km_mont_inv(p, zinv, pt + 2 * p->limbs);
	p->mul(x, pt, zinv);
	km_mont_from(p, x, x);
	if (y) {
		p->mul(y, pt + p->limbs, zinv);
		km_mont_from(p, y, y);
	}
	memzero_explicit(zinv, sizeof(zinv));
}

/* pt = the point (x, y); false if it is not on the curve or a coordinate not below p. */
static bool get_point(const struct km_curve *c, u64 *pt, const u8 *x, const u8 *y)
{
	const struct km_mont *p = c->p;
	const unsigned int n = p->limbs;
	u64 l[KM_MONT_MAX_LIMBS], r[KM_MONT_MAX_LIMBS], t[KM_MONT_MAX_LIMBS];
	u64 diff = 0;
	unsigned int i;

	km_bn_from_be(pt, n, x, c->bytes);
	km_bn_from_be(pt + n, n, y, c->bytes);
	if (!(km_bn_less(pt, p->m, n) & km_bn_less(pt + n, p->m, n)))
		return false;
	km_mont_to(p, pt, pt);
	km_mont_to(p, pt + n, pt + n);
	memcpy(pt + 2 * n, p->r1, n * sizeof(*pt));

	/* y^2 + 3x = x^3 + b */
	p->sqr(l, pt + n);
	km_mont_add(p, t, pt, pt);
	km_mont_add(p, t, t, pt);
	km_mont_add(p, l, l, t);
	p->sqr(r, pt);
	p->mul(r, r, pt);
	km_mont_add(p, r, r, c->b);
	for (i = 0; i < n; i++)
		diff |= l[i] ^ r[i];
	return !diff;
}

/**
 * km_ec_scalar_ok - is it a private key?
 * @c: curve
 * @d: number, secret
 *
 * Return: true if it is between 1 and the order - 1.
 */
bool km_ec_scalar_ok(const struct km_curve *c, const u8 *d)
{
	u64 s[KM_MONT_MAX_LIMBS];
	u64 ok = get_scalar(c, s, d);

	memzero_explicit(s, sizeof(s));
	return ok & 1;
}

/**
 * km_ec_point_ok - is it a public key?
 * @c: curve
 * @x: first coordinate
 * @y: second coordinate
 *
 * The order of the curve being prime, each of its points but infinity, which has no
 * coordinates, is one.
 *
 * Return: true if both are below the field's prime and the point is on the curve.
 */
bool km_ec_point_ok(const struct km_curve *c, const u8 *x, const u8 *y)
{
	u64 pt[KM_EC_POINT];

	return get_point(c, pt, x, y);
}

/**
 * km_ec_public - public key of a private key, in constant time
 * @c: curve
 * @d: private key
 * @x: [out] first coordinate
 * @y: [out] second coordinate
 *
 * Return: 0, or -EINVAL for a @d that km_ec_scalar_ok() refuses (@x, @y are useless then).
 */
int km_ec_public(const struct km_curve *c, const u8 *d, u8 *x, u8 *y)
{
	struct {
		u64 d[KM_MONT_MAX_LIMBS];
		u64 pt[KM_EC_POINT];
		u64 x[KM_MONT_MAX_LIMBS];
		u64 y[KM_MONT_MAX_LIMBS];
	} w;
	u64 ok = get_scalar(c, w.d, d);

	c->mul_base(c, w.pt, w.d);
	get_affine(c, w.x, w.y, w.pt);
	km_bn_to_be(x, c->bytes, w.x);
	km_bn_to_be(y, c->bytes, w.y);
	memzero_explicit(&w, sizeof(w));
	return -EINVAL & (int)~ok;
}

/* e mod n of a digest: its leftmost bits, as many as the order has (FIPS 186-5, 6.4.1). */
static void get_digest(const struct km_curve *c, u64 *e, const struct km_ecdsa *sig)
{
	const unsigned int n = c->n->limbs, drop = 8 * c->bytes - c->bits;
	size_t len = sig->digest_len < c->bytes ? sig->digest_len : c->bytes;
	unsigned int i;

	km_bn_from_be(e, n, sig->digest, len);
	/* bits that the last byte has too many, where the order is not whole bytes long */
	if (drop && len == c->bytes) {
		for (i = 0; i < n - 1; i++)
			e[i] = e[i] >> drop | e[i + 1] << (64 - drop);
		e[n - 1] >>= drop;
	}
	km_mont_reduce(c->n, e, e);
}

/**
 * km_ecdsa_sign - sign a digest, in constant time
 * @c: curve
 * @d: private key
 * @k: nonce: fresh, secret, uniform, used once
 * @sig: the digest in, r and s out
 *
 * The caller draws @k, so that this file needs no randomness and known-answer tests can
 * fix it. After an error r and s are 0.
 *
 * Return: 0; -EAGAIN if @k is 0 or not below the order or gives r or s 0: draw
 * another; -EINVAL if @d is not a private key.
 */
int km_ecdsa_sign(const struct km_curve *c, const u8 *d, const u8 *k, struct km_ecdsa *sig)
{
	const struct km_mont *f = c->n;
	const unsigned int n = f->limbs;
	struct {
		u64 d[KM_MONT_MAX_LIMBS];
		u64 k[KM_MONT_MAX_LIMBS];
		u64 r[KM_MONT_MAX_LIMBS];
		u64 s[KM_MONT_MAX_LIMBS];
		u64 pt[KM_EC_POINT];
	} w;
	u64 d_ok, k_ok, ok;
	unsigned int i;

	d_ok = get_scalar(c, w.d, d);
	k_ok = get_scalar(c, w.k, k);

	/* r = x of k * G, mod n */
	c->mul_base(c, w.pt, w.k);
	get_affine(c, w.r, NULL, w.pt);
	km_mont_reduce(f, w.r, w.r);

	/* s = (e + r d) / k; a factor R comes with d and goes again with 1 / k */
	get_digest(c, w.s, sig);
	km_mont_to(f, w.d, w.d);
	f->mul(w.d, w.d, w.r);
	km_mont_add(f, w.s, w.s, w.d);
	km_mont_to(f, w.k, w.k);
	km_mont_inv(f, w.k, w.k);
	f->mul(w.s, w.s, w.k);

	k_ok &= ~km_bn_is_zero(w.r, n) & ~km_bn_is_zero(w.s, n);
	ok = d_ok & k_ok;
	for (i = 0; i < n; i++) {
		w.r[i] &= ok;
		w.s[i] &= ok;
	}
	km_bn_to_be(sig->r, c->bytes, w.r);
	km_bn_to_be(sig->s, c->bytes, w.s);
	memzero_explicit(&w, sizeof(w));
	return (-EINVAL & (int)~d_ok) | (-EAGAIN & (int)(d_ok & ~k_ok));
}

/* Space of ec_mul(), too much for the stack. */
struct mul_work {
	u64 tab[MUL_TAB][KM_EC_POINT];
	u64 sel[KM_EC_POINT];
	u64 neg[KM_MONT_MAX_LIMBS];
};

/* sel = digit * point, from the table; reads all of it for every digit. */
static void mul_select(const struct km_curve *c, struct mul_work *w, struct ec_digit d)
{
	const unsigned int n = c->p->limbs;
	unsigned int i, j;
	u8 borrow = 0;

	memset(w->sel, 0, sizeof(w->sel));
	memcpy(w->sel + n, c->p->r1, n * sizeof(u64));
	for (j = 0; j < MUL_TAB; j++)
		mont_cmov(w->sel, w->tab[j], ~mont_nonzero(d.abs ^ (j + 1)), 3 * n);

	/* -y = p - y; y is never 0, as a curve of odd order has no point of order 2 */
	for (i = 0; i < n; i++)
		w->neg[i] = mont_sbb(c->p->m[i], w->sel[n + i], &borrow);
	mont_cmov(w->sel + n, w->neg, d.neg, n);
}

/* r = k * pt for any k below 2^bits; r is not pt. In constant time. */
static void ec_mul(const struct km_curve *c, u64 *r, const u64 *k, const u64 *pt,
		   struct mul_work *w)
{
	const unsigned int n = c->p->limbs;
	int i, j;

	memcpy(w->tab[0], pt, 3 * n * sizeof(*pt));
	for (j = 1; j < MUL_TAB; j++)
		c->add(w->tab[j], w->tab[j - 1], w->tab[0]);

	memset(r, 0, 3 * n * sizeof(*r));
	memcpy(r + n, c->p->r1, n * sizeof(*r));
	for (i = c->bits / MUL_BITS; i >= 0; i--) {
		for (j = 0; j < MUL_BITS; j++)
			c->dbl(r, r);
		mul_select(c, w, ec_digit(k, n, i, MUL_BITS));
		c->add(r, r, w->sel);
	}
	memzero_explicit(w, sizeof(*w));
}

/* The numbers of one key agreement. */
struct agree_work {
	u64 d[KM_MONT_MAX_LIMBS];
	u64 x[KM_MONT_MAX_LIMBS];
	u64 q[KM_EC_POINT];
	u64 dq[KM_EC_POINT];
	struct mul_work mul;
};

static int agree(const struct km_curve *c, const u8 *d, struct km_ecdh *dh, struct agree_work *w)
{
	u64 ok = get_scalar(c, w->d, d);

	/*
	 * Whoever chooses a point of another, weaker curve learns d from what comes out.
	 * On this one, of prime order, every point has the full order.
	 */
	if (!get_point(c, w->q, dh->x, dh->y))
		return -EBADMSG;
	ec_mul(c, w->dq, w->d, w->q, &w->mul);
	get_affine(c, w->x, NULL, w->dq);
	km_bn_to_be(dh->secret, c->bytes, w->x);
	return -EINVAL & (int)~ok;
}

/**
 * km_ec_ecdh - agree on a secret (SP 800-56A 5.7.1.2), in constant time
 * @c: curve
 * @d: our private key
 * @dh: the peer's public key in, the secret out
 *
 * After an error the secret is useless: 0, or the one of no key.
 *
 * Return: 0; -EBADMSG if the peer's key is no point of the curve; -EINVAL if @d is not a
 * private key; -ENOMEM.
 */
int km_ec_ecdh(const struct km_curve *c, const u8 *d, struct km_ecdh *dh)
{
	struct agree_work *w = kmalloc(sizeof(*w), GFP_KERNEL);
	int ret;

	memset(dh->secret, 0, sizeof(dh->secret));
	if (!w)
		return -ENOMEM;
	ret = agree(c, d, dh, w);
	memzero_explicit(w, sizeof(*w));
	kfree(w);
	return ret;
}

/* The numbers of one verification; all of them public. */
struct verify_work {
	u64 r[KM_MONT_MAX_LIMBS];
	u64 s[KM_MONT_MAX_LIMBS];
	u64 e[KM_MONT_MAX_LIMBS];
	u64 u[KM_MONT_MAX_LIMBS];
	u64 q[KM_EC_POINT];
	u64 uq[KM_EC_POINT];
	u64 sum[KM_EC_POINT];
	struct mul_work mul;
};

static int verify(const struct km_curve *c, const u8 *x, const u8 *y,
		  const struct km_ecdsa *sig, struct verify_work *w)
{
	const struct km_mont *f = c->n;

	if (!get_point(c, w->q, x, y))
		return -EBADMSG;
	if (!(get_scalar(c, w->r, sig->r) & get_scalar(c, w->s, sig->s)))
		return -EBADMSG;
	get_digest(c, w->e, sig);

	/* sum = (e / s) G + (r / s) Q; a factor R comes with 1 / s and goes with e, r */
	km_mont_to(f, w->s, w->s);
	km_mont_inv(f, w->s, w->s);
	f->mul(w->u, w->r, w->s);
	ec_mul(c, w->uq, w->u, w->q, &w->mul);
	f->mul(w->u, w->e, w->s);
	c->mul_base(c, w->sum, w->u);
	c->add(w->sum, w->sum, w->uq);

	/* infinity has z = 0, whose inverse comes out as 0, and so x = 0: never r */
	get_affine(c, w->u, NULL, w->sum);
	km_mont_reduce(f, w->u, w->u);
	return memcmp(w->u, w->r, f->limbs * sizeof(*w->r)) ? -EBADMSG : 0;
}

/**
 * km_ecdsa_verify - check the signature of a digest
 * @c: curve
 * @x: public key, first coordinate
 * @y: public key, second coordinate
 * @sig: digest, r, s
 *
 * Return: 0; -EBADMSG if it is not a signature of the digest by this key, or the key no
 * point of the curve; -ENOMEM.
 */
int km_ecdsa_verify(const struct km_curve *c, const u8 *x, const u8 *y,
		    const struct km_ecdsa *sig)
{
	struct verify_work *w = kmalloc(sizeof(*w), GFP_KERNEL);
	int ret;

	if (!w)
		return -ENOMEM;
	ret = verify(c, x, y, sig, w);
	kfree(w);
	return ret;
}
