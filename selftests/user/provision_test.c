// SPDX-License-Identifier: GPL-2.0-only
/*
 * The section of the state with what a maker gave: written, read, and cut or changed anywhere.
 * Userspace test, for the sanitizers: buffers have no byte to spare.
 */
#include "harness.h"
#include "provision.h"

static void fill(struct km_provision *p)
{
	unsigned int i;

	for (i = 0; i < KM_PROVISION_KEYS; i++) {
		u8 bytes[300];

		rnd_bytes(bytes, sizeof(bytes));
		p->keys[i].material = km_secret_copy(bytes, 100 + i);
		p->keys[i].chain = km_secret_copy(bytes, 200 + i);
	}
	p->ids_given = true;
	for (i = 0; i < KM_ATTEST_IDS; i++) {
		p->id_len[i] = i * 8;
		rnd_bytes(p->ids[i], p->id_len[i]);
	}
	p->closed = true;
}

static bool same_secret(const struct km_secret *a, const struct km_secret *b)
{
	return a && b && a->len == b->len && !memcmp(a->data, b->data, a->len);
}

static bool same(const struct km_provision *a, const struct km_provision *b)
{
	unsigned int i;

	for (i = 0; i < KM_PROVISION_KEYS; i++)
		if (!same_secret(a->keys[i].material, b->keys[i].material) ||
		    !same_secret(a->keys[i].chain, b->keys[i].chain))
			return false;
	return a->ids_given == b->ids_given && a->ids_destroyed == b->ids_destroyed &&
	       a->closed == b->closed && !memcmp(a->id_len, b->id_len, sizeof(a->id_len)) &&
	       !memcmp(a->ids, b->ids, sizeof(a->ids));
}

static int read_copy(struct km_provision *p, const u8 *data, size_t len, size_t *left)
{
	u8 *copy = exact(data, len);
	struct km_piece from = { copy, len };
	int ret = km_provision_read(p, &from);

	*left = from.len;
	free(copy);
	return ret;
}

static bool round_trip(void)
{
	struct km_provision p = {}, got = {};
	size_t len, left;
	u8 *wire;

	fill(&p);
	len = km_provision_size(&p);
	wire = malloc(len);
	CHECK(km_provision_write(&p, wire) == wire + len);
	CHECK(!read_copy(&got, wire, len, &left) && !left && same(&p, &got));
	km_provision_free(&got);
	CHECK(km_provision_is_empty(&got) && !got.id_len[1]);
	free(wire);
	km_provision_free(&p);
	return true;
}

/* Nothing is written of a machine that nothing was given to, as of old. */
static bool nothing(void)
{
	struct km_provision p = {}, got = {};
	size_t left;
	u8 wire[200];

	CHECK(!km_provision_size(&p) && km_provision_write(&p, wire) == wire);
	CHECK(!read_copy(&got, wire, 0, &left) && km_provision_is_empty(&got));
	p.ids_destroyed = true;
	CHECK(!km_provision_is_empty(&p) && km_provision_size(&p) <= sizeof(wire));
	km_provision_write(&p, wire);
	CHECK(!read_copy(&got, wire, km_provision_size(&p), &left) && got.ids_destroyed);
	CHECK(!got.ids_given && !got.closed && !got.keys[0].material);
	return true;
}

static bool damaged(void)
{
	unsigned long i, n = cases(20000);
	struct km_provision p = {};
	size_t len, left;
	u8 *wire, *bad;

	fill(&p);
	len = km_provision_size(&p);
	wire = malloc(len);
	km_provision_write(&p, wire);
	for (i = 1; i < len; i++) {
		struct km_provision got = {};

		CHECK(read_copy(&got, wire, i, &left) == -EINVAL);
		km_provision_free(&got);
	}
	for (i = 0; i < n; i++) {
		struct km_provision got = {};

		bad = exact(wire, len);
		bad[rnd() % len] = rnd();
		bad[rnd() % 100] = rnd();
		read_copy(&got, bad, len, &left);
		km_provision_free(&got);
		free(bad);
	}
	free(wire);
	km_provision_free(&p);
	return true;
}

/* A key without a chain was never written, nor the reverse. */
static bool halves(void)
{
	struct km_provision p = {}, got = {};
	size_t len, left;
	u8 *wire;

	fill(&p);
	km_secret_free(p.keys[KM_PROVISION_EC].chain);
	p.keys[KM_PROVISION_EC].chain = NULL;
	len = km_provision_size(&p);
	wire = malloc(len);
	km_provision_write(&p, wire);
	CHECK(read_copy(&got, wire, len, &left) == -EINVAL);
	km_provision_free(&got);
	km_provision_free(&p);
	free(wire);
	return true;
}

static const struct test tests[] = {
	{ "what is written is read", round_trip },
	{ "nothing takes no room, and is read of an older state", nothing },
	{ "cut or changed anywhere", damaged },
	{ "half a key", halves },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
