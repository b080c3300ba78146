// SPDX-License-Identifier: GPL-2.0-only
/*
 * The agreement of kernel/shared_hmac.c on a key: vectors, order, and what is refused.
 * Userspace test; the vectors are those of the specification, whose secret is all zero.
 */
#include "harness.h"
#include "shared_hmac.h"

static const u8 zero[KM_SHARED_SECRET_SIZE];

static struct km_hmac_party party(int seed, u8 nonce)
{
	struct km_hmac_party p = { .seed_len = seed < 0 ? 0 : 32, .nonce_len = 32 };

	memset(p.seed, seed, p.seed_len);
	memset(p.nonce, nonce, sizeof(p.nonce));
	return p;
}

static enum km_error agree(struct km_shared_hmac *s, const struct km_hmac_party *own,
			   const struct km_hmac_party *list, u32 n)
{
	static struct km_hmac_party copy[KM_HMAC_PARTIES_MAX + 1];

	memcpy(copy, list, n * sizeof(*list));
	*s = (struct km_shared_hmac){ .secret = zero, .own = own, .parties = copy, .count = n };
	return km_shared_hmac(s);
}

static bool is(const u8 *bytes, const char *hex)
{
	char text[65];
	int i;

	for (i = 0; i < 32; i++)
		sprintf(text + 2 * i, "%02x", bytes[i]);
	return !strcmp(text, hex);
}

static bool vector_one(void)
{
	const struct km_hmac_party a = party(-1, 1);
	struct km_shared_hmac s;

	CHECK(agree(&s, &a, &a, 1) == KM_ERROR_OK);
	CHECK(is(s.key, "735276246cbbaf4e74a55b4519d782fa7698f1362cfa21acf1a61f59fb743292"));
	CHECK(is(s.check, "d40033385c13b28e4fa55b4161a8e5991c758f554956c8ddc7288f05cb0d6537"));
	return true;
}

/* In both orders, and from both sides. */
static bool vector_two(void)
{
	const struct km_hmac_party list[] = { party(-1, 1), party(0xaa, 2) };
	const struct km_hmac_party reversed[] = { list[1], list[0] };
	struct km_shared_hmac s;
	int i;

	for (i = 0; i < 4; i++) {
		CHECK(agree(&s, &list[i / 2], i % 2 ? list : reversed, 2) == KM_ERROR_OK);
		CHECK(is(s.key,
			 "0f875018ea9b77641fd47241a329d0c2d48e31fb82474640cffa4b28f71db57a"));
		CHECK(is(s.check,
			 "30aef0aba507acae5035e2e7fb0fddd907df06e2ee94f222917b72e0cc6f8dd0"));
	}
	return true;
}

/* Seeds first, then nonces; every order gives the same. */
static bool order(void)
{
	struct km_hmac_party list[KM_HMAC_PARTIES_MAX], moved;
	struct km_shared_hmac first, s;
	unsigned int i, j, turn;

	for (i = 0; i < ARRAY_SIZE(list); i++)
		list[i] = party((int)(i / 3) - 1, 200 - 17 * (i % 3));
	CHECK(agree(&first, &list[4], list, ARRAY_SIZE(list)) == KM_ERROR_OK);
	for (turn = 0; turn < 100; turn++) {
		i = rnd() % ARRAY_SIZE(list);
		j = rnd() % ARRAY_SIZE(list);
		moved = list[i];
		list[i] = list[j];
		list[j] = moved;
		CHECK(agree(&s, &list[rnd() % 10], list, ARRAY_SIZE(list)) == KM_ERROR_OK);
		CHECK(!memcmp(s.key, first.key, sizeof(s.key)));
	}
	for (i = 1; i < ARRAY_SIZE(list); i++)
		CHECK(memcmp(&s.parties[i - 1].seed_len, &s.parties[i].seed_len, 4) ||
		      memcmp(&s.parties[i - 1], &s.parties[i], 64) < 0);
	list[3].nonce[31] ^= 1;
	CHECK(agree(&s, &list[0], list, ARRAY_SIZE(list)) == KM_ERROR_OK);
	CHECK(memcmp(s.key, first.key, sizeof(s.key)));
	return true;
}

static bool own_altered(void)
{
	const struct km_hmac_party own = party(-1, 1), other = party(5, 2);
	struct km_hmac_party list[] = { own, other };
	struct km_shared_hmac s;
	unsigned int i;

	for (i = 0; i < 8 * sizeof(own.nonce); i++) {
		list[0].nonce[i / 8] ^= 1 << i % 8;
		CHECK(agree(&s, &own, list, 2) == KM_ERROR_INVALID_ARGUMENT);
		CHECK(agree(&s, &other, list, 2) == KM_ERROR_OK);
		list[0].nonce[i / 8] ^= 1 << i % 8;
	}
	list[0].seed_len = 32;
	CHECK(agree(&s, &own, list, 2) == KM_ERROR_INVALID_ARGUMENT);
	CHECK(agree(&s, &own, list + 1, 1) == KM_ERROR_INVALID_ARGUMENT);
	CHECK(agree(&s, &own, list, 0) == KM_ERROR_INVALID_ARGUMENT);
	return true;
}

static bool lengths(void)
{
	static const u32 bad[] = { 1, 16, 31, 33, 64, 0xffffffff };
	const struct km_hmac_party own = party(-1, 1);
	struct km_hmac_party list[KM_HMAC_PARTIES_MAX + 1];
	struct km_shared_hmac s;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(list); i++)
		list[i] = own;
	CHECK(agree(&s, &own, list, KM_HMAC_PARTIES_MAX) == KM_ERROR_OK);
	CHECK(agree(&s, &own, list, KM_HMAC_PARTIES_MAX + 1) == KM_ERROR_INVALID_ARGUMENT);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		list[1] = party(3, 3);
		list[1].seed_len = bad[i];
		CHECK(agree(&s, &own, list, 2) == KM_ERROR_INVALID_ARGUMENT);
		list[1] = party(3, 3);
		list[1].nonce_len = bad[i];
		CHECK(agree(&s, &own, list, 2) == KM_ERROR_INVALID_ARGUMENT);
		list[1].nonce_len = 0;
		CHECK(agree(&s, &own, list, 2) == KM_ERROR_INVALID_ARGUMENT);
	}
	return true;
}

static const struct test tests[] = {
	{ "shared hmac: row 91, the vector of one party", vector_one },
	{ "shared hmac: row 91, the vector of two, in any order, from both sides", vector_two },
	{ "shared hmac: ten parties in every order", order },
	{ "shared hmac: row 91, own parameters altered or missing", own_altered },
	{ "shared hmac: lengths that are none, and too many parties", lengths },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
