/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of ec_test.c on points: sums, doubles and multiples against libcrypto.
 * Included there, after its helpers; no program of its own.
 */

/* Affine coordinates in Montgomery form, and z = 1; or infinity. */
struct affine {
	u64 x[MAX_LIMBS];
	u64 y[MAX_LIMBS];
	bool infinite;
};

static void to_affine(struct affine *a, const EC_POINT *pt)
{
	BIGNUM *x = BN_new(), *y = BN_new();

	a->infinite = EC_POINT_is_at_infinity(group, pt);
	if (!a->infinite) {
		EC_POINT_get_affine_coordinates(group, pt, x, y, ctx);
		BN_bn2lebinpad(x, (u8 *)a->x, width);
		BN_bn2lebinpad(y, (u8 *)a->y, width);
		km_mont_to(curve->p, a->x, a->x);
		km_mont_to(curve->p, a->y, a->y);
	}
	BN_free(x);
	BN_free(y);
}

/* Is X = x Z and Y = y Z, all of them reduced? */
static bool is_affine(const u64 *pt, const struct affine *a)
{
	const u64 *z = pt + 2 * limbs;
	u64 t[MAX_LIMBS];
	int i;

	for (i = 0; i < 3; i++)
		if (!km_bn_less(pt + i * limbs, curve->p->m, limbs))
			return false;
	if (a->infinite)
		return km_bn_is_zero(z, limbs) && km_bn_is_zero(pt, limbs) &&
		       !km_bn_is_zero(pt + limbs, limbs);
	curve->p->mul(t, a->x, z);
	if (memcmp(t, pt, width) || km_bn_is_zero(z, limbs))
		return false;
	curve->p->mul(t, a->y, z);
	return !memcmp(t, pt + limbs, width);
}

static bool is_point(const u64 *pt, const EC_POINT *b)
{
	struct affine a;

	to_affine(&a, b);
	return is_affine(pt, &a);
}

static EC_POINT *to_point(const u64 *pt)
{
	EC_POINT *r = EC_POINT_new(group);
	u64 xy[2 * MAX_LIMBS];
	BIGNUM *x, *y;

	if (km_bn_is_zero(pt + 2 * limbs, limbs)) {
		EC_POINT_set_to_infinity(group, r);
		return r;
	}
	get_affine(curve, xy, xy + limbs, pt);
	x = to_bn(xy);
	y = to_bn(xy + limbs);
	if (!EC_POINT_set_affine_coordinates(group, r, x, y, ctx))
		abort();	/* not on the curve */
	BN_free(x);
	BN_free(y);
	return r;
}

/* b = a with other coordinates, maybe negated */
static void same_point(u64 *b, const u64 *a, bool negate)
{
	static const u64 zero[MAX_LIMBS];
	u64 z[MAX_LIMBS];
	int i;

	do
		rnd_mod(z, curve->p->m);
	while (km_bn_is_zero(z, limbs));
	for (i = 0; i < 3; i++)
		curve->p->mul(b + i * limbs, a + i * limbs, z);
	if (negate)
		sub_n(b + limbs, zero, b + limbs, curve->p->m);
}

static void infinity(u64 *a)
{
	memset(a, 0, 3 * width);
	do
		rnd_mod(a + limbs, curve->p->m);
	while (km_bn_is_zero(a + limbs, limbs));
}

/* One pair of points; kind 0: equal, 1: opposite, 2, 3, 4: infinity, others: any. */
static bool point_case(unsigned int kind)
{
	u64 a[KM_EC_POINT], b[KM_EC_POINT], r[KM_EC_POINT], k[MAX_LIMBS];
	u64 t[(EC_SCRATCH + 1) * MAX_LIMBS];
	EC_POINT *x, *y, *z = EC_POINT_new(group);
	struct affine want;
	bool ok;

	rnd_scalar(k);
	curve->mul_base(curve, a, k);
	rnd_scalar(k);
	curve->mul_base(curve, b, k);
	if (kind < 2)
		same_point(b, a, kind);
	if (kind == 2 || kind == 3)
		infinity(a);
	if (kind == 3 || kind == 4)
		infinity(b);

	x = to_point(a);
	y = to_point(b);
	EC_POINT_add(group, z, x, y, ctx);
	to_affine(&want, z);
	curve->add(r, a, b);
	ok = is_affine(r, &want);
	if (kind < 3 || kind > 4) {
		km_mont_inv(curve->p, k, b + 2 * limbs);
		curve->p->mul(b, b, k);
		curve->p->mul(b + limbs, b + limbs, k);
		curve->add_affine(r, a, b, t);
		ok = ok && is_affine(r, &want);
	}
	EC_POINT_dbl(group, z, x, ctx);
	to_affine(&want, z);
	curve->dbl(r, a);
	ok = ok && is_affine(r, &want);
	curve->add(a, a, a);
	ok = ok && is_affine(a, &want);
	EC_POINT_free(x);
	EC_POINT_free(y);
	EC_POINT_free(z);
	if (FAILS(ok))
		return false;
	return true;
}

static bool test_points(void)
{
	unsigned long i, n = share_of(100);

	for (i = 0; i < n; i++)
		if (FAILS(point_case(i % 16)))
			return false;
	return true;
}

/*
 * k * G by table against libcrypto, and k * (q * G) by windows against (k q) * G by
 * table: the second way shares nothing with the first but the sum of two points.
 */
static bool scalar_case(const u64 *k)
{
	u64 r[KM_EC_POINT], base[KM_EC_POINT], q[MAX_LIMBS], qk[MAX_LIMBS];
	struct mul_work w;
	BIGNUM *x = to_bn(k);
	EC_POINT *z = EC_POINT_new(group);
	struct affine want = { .infinite = false };
	bool ok;

	EC_POINT_mul(group, z, x, NULL, NULL, ctx);
	curve->mul_base(curve, r, k);
	ok = is_point(r, z);

	rnd_scalar(q);
	curve->mul_base(curve, base, q);
	km_mont_to(curve->n, qk, q);
	curve->n->mul(qk, k, qk);
	curve->mul_base(curve, r, qk);
	want.infinite = km_bn_is_zero(qk, limbs);
	km_mont_inv(curve->p, q, r + 2 * limbs);
	curve->p->mul(want.x, r, q);
	curve->p->mul(want.y, r + limbs, q);
	ec_mul(curve, r, k, base, &w);
	ok = ok && is_affine(r, &want);
	BN_free(x);
	EC_POINT_free(z);
	if (FAILS(ok))
		return false;
	return true;
}

/* Around 0, n and each power of 2; beyond n too: nothing is assumed of k. */
static bool edge_scalars(void)
{
	static const int small[] = { 0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65 };
	u64 k[MAX_LIMBS];
	unsigned int i;
	BIGNUM *x;

	for (i = 0; i < ARRAY_SIZE(small); i++) {
		memset(k, 0, sizeof(k));
		k[0] = small[i];
		if (FAILS(scalar_case(k)))
			return false;
		x = BN_dup(bn_n);
		BN_add_word(x, small[i]);
		BN_bn2lebinpad(x, (u8 *)k, width);
		if (FAILS(scalar_case(k)))
			return false;
		BN_sub_word(x, 2 * small[i]);
		BN_bn2lebinpad(x, (u8 *)k, width);
		if (FAILS(scalar_case(k)))
			return false;
		BN_free(x);
	}
	for (i = 0; i < curve->bits; i += now->share < 10 ? 3 : 1) {
		memset(k, 0, sizeof(k));
		k[i / 64] = 1ULL << (i % 64);
		if (FAILS(scalar_case(k)))
			return false;
	}
	memset(k, 0xff, sizeof(k));
	if (curve->bits % 64)
		k[limbs - 1] >>= 64 - curve->bits % 64;
	if (FAILS(scalar_case(k)))
		return false;
	return true;
}

static bool test_scalars(void)
{
	u64 k[MAX_LIMBS];
	unsigned long i, n = share_of(100);

	if (!edge_scalars())
		return false;
	for (i = 0; i < n; i++) {
		rnd_bits(k);
		if (FAILS(scalar_case(k)))
			return false;
	}
	return true;
}
