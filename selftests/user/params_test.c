// SPDX-License-Identifier: GPL-2.0-only
/*
 * Authorization sets of kernel/params.c: build, write, parse, walk; what must be refused.
 * Userspace test, for the sanitizers: sets lie in buffers without a byte to spare.
 */
#include <linux/keymaster.h>
#include "harness.h"
#include "params.h"

#define SET_MAX	1024

/* Parses a copy and throws it away. */
static int parse(const u8 *wire, size_t len, size_t *used)
{
	u8 *copy = exact(wire, len);
	struct km_params set;
	int ret = km_params_parse(&set, copy, len, used);

	free(copy);
	return ret;
}

/* Appends to a wire form by hand. */
static size_t put32(u8 *wire, size_t at, u32 v)
{
	put_unaligned_le32(v, wire + at);
	return at + 4;
}

/* One BYTES and one BOOL by hand: indirect data "abc", offset and length as given. */
static size_t by_hand(u8 *wire, u32 len, u32 offset, u8 flag)
{
	size_t at = put32(wire, 0, 3);

	memcpy(wire + at, "abc", 3);
	at = put32(wire, at + 3, 2);
	at = put32(wire, at, 12 + 5);
	at = put32(wire, at, KM_TAG_APPLICATION_ID);
	at = put32(wire, at, len);
	at = put32(wire, at, offset);
	at = put32(wire, at, KM_TAG_NO_AUTH_REQUIRED);
	wire[at] = flag;
	return at + 1;
}

static bool good_by_hand(void)
{
	struct km_params set;
	struct km_param p;
	u8 wire[64];
	size_t len = by_hand(wire, 3, 0, 1), used;
	u32 pos = 0;

	CHECK(!km_params_parse(&set, wire, len, NULL));
	CHECK(set.wire == wire && set.wire_len == len);
	CHECK(km_params_next(&set, &pos, &p));
	CHECK(p.tag == KM_TAG_APPLICATION_ID && p.len == 3 && !memcmp(p.data, "abc", 3));
	CHECK(km_params_next(&set, &pos, &p));
	CHECK(p.tag == KM_TAG_NO_AUTH_REQUIRED && p.value == 1);
	CHECK(!km_params_next(&set, &pos, &p));
	/* BOOL of value 0 counts as absent. */
	by_hand(wire, 3, 0, 0);
	CHECK(!km_params_parse(&set, wire, len, NULL));
	CHECK(!km_params_find(&set, KM_TAG_NO_AUTH_REQUIRED, &p));
	CHECK(km_params_find(&set, KM_TAG_APPLICATION_ID, &p));
	/* With more behind it: only a caller who asks where it ends takes that. */
	by_hand(wire, 3, 0, 1);
	CHECK(!km_params_parse(&set, wire, len + 1, &used) && used == len && set.wire_len == len);
	CHECK(parse(wire, len + 1, NULL) == -EINVAL);
	return true;
}

static bool empty(void)
{
	static const u8 zero[KM_PARAMS_HEADER];
	struct km_params set;
	struct km_param p;
	size_t used, len;
	u32 pos = 0;

	CHECK(!km_params_parse(&set, NULL, 0, NULL) && !set.wire_len);
	CHECK(!km_params_next(&set, &pos, &p));
	CHECK(!km_params_parse(&set, zero, sizeof(zero), NULL) && set.wire_len == sizeof(zero));
	CHECK(!km_params_next(&set, &pos, &p));
	/* In the middle of a blob there is no set of no bytes. */
	CHECK(parse(zero, 0, &used) == -EINVAL);
	for (len = 1; len < sizeof(zero); len++)
		CHECK(parse(zero, len, NULL) == -EINVAL && parse(zero, len, &used) == -EINVAL);
	return true;
}

static bool bools(void)
{
	u8 wire[64];
	unsigned int value;
	size_t len;

	for (value = 0; value < 256; value++) {
		len = by_hand(wire, 3, 0, value);
		CHECK(parse(wire, len, NULL) == (value > 1 ? -EINVAL : 0));
	}
	return true;
}

static bool types(void)
{
	static const u8 sizes[16] = { 0, 4, 4, 4, 4, 8, 8, 1, 8, 8, 8 };
	u8 wire[32] = {};
	unsigned int type, size;
	size_t at;
	int want;

	for (type = 0; type < 16; type++) {
		for (size = 0; size <= 12; size++) {
			at = put32(wire, 4, 1);
			at = put32(wire, at, 4 + size);
			put32(wire, at, type << 28 | 1);
			want = size && size == sizes[type] ? 0 : -EINVAL;
			CHECK(parse(wire, 16 + size, NULL) == want);
		}
	}
	return true;
}

/* A view beyond the indirect data, near it and by wrapping around. */
static bool views(void)
{
	static const struct {
		u32 len, offset;
		int want;
	} cases[] = {
		{ 3, 0, 0 }, { 3, 1, -EINVAL }, { 3, 3, -EINVAL }, { 3, 4, -EINVAL },
		{ 4, 0, -EINVAL }, { 3, 0xfffffffd, -EINVAL }, { 3, 0xffffffff, -EINVAL },
		{ 0xffffffff, 4, -EINVAL }, { 0xfffffffe, 5, -EINVAL }, { 0xffffffff, 0, -EINVAL },
		{ 3, 0x80000000, -EINVAL }, { 0x80000003, 0x80000000, -EINVAL },
		/* Inside, but not all of the data belongs to an entry. */
		{ 2, 0, -EINVAL }, { 2, 1, -EINVAL }, { 0, 0, -EINVAL }, { 0, 3, -EINVAL },
	};
	unsigned int i;
	u8 wire[64];
	size_t len;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		len = by_hand(wire, cases[i].len, cases[i].offset, 1);
		CHECK(parse(wire, len, NULL) == cases[i].want);
	}
	return true;
}

/* Entries whose lengths add up modulo 2^32 only, or to too much. */
static bool sums(void)
{
	static const u32 lens[][3] = { { 3, 1, 0 }, { 2, 2, 0 }, { 3, 3, 3 }, { 1, 1, 0 } };
	u8 wire[64];
	unsigned int i, j;
	size_t at;

	for (i = 0; i <= ARRAY_SIZE(lens); i++) {
		at = put32(wire, 0, 3);
		at = put32(wire, at + 3, 3);
		at = put32(wire, at, 36);
		for (j = 0; j < 3; j++) {
			at = put32(wire, at, KM_TAG_ATTESTATION_ID_BRAND + j);
			at = put32(wire, at, i < ARRAY_SIZE(lens) ? lens[i][j] : 1);
			at = put32(wire, at, i < ARRAY_SIZE(lens) ? 0 : j);
		}
		CHECK(parse(wire, at, NULL) == (i < ARRAY_SIZE(lens) ? -EINVAL : 0));
	}
	return true;
}

/* The sum of the lengths is right modulo 2^32: 4097 entries that all show all of 1 MiB. */
static bool sum_wraps(void)
{
	const u32 size = 1 << 20, n = (1 << 12) + 1;
	u8 *wire = calloc(1, size + 12 * (n + 1));
	size_t at;
	u32 i;
	int ret;

	at = put32(wire, 0, size);
	at = put32(wire, at + size, n);
	at = put32(wire, at, 12 * n);
	for (i = 0; i < n; i++) {
		at = put32(wire, at, KM_TAG_APPLICATION_ID);
		at = put32(wire, at, size);
		at = put32(wire, at, 0);
	}
	ret = parse(wire, at, NULL);
	free(wire);
	CHECK((u32)(n * size) == size && ret == -EINVAL);
	return true;
}

/* Header fields of a good set of @len bytes at @at; only the good value passes. */
static bool field_counts(u8 *wire, size_t len, size_t at)
{
	u32 good = get_unaligned_le32(wire + at);
	const u32 bad[] = {
		0, 1, good - 1, good + 1, good + 4, good + 8, good - 4, good * 2, 0x40000000,
		good | 0x80000000, good | 0x40000000, 0xfffffff0, 0xfffffff4, 0xfffffff8,
		0xfffffffc, 0xffffffff, len, len - 12, -(u32)len,
	};
	unsigned int i;
	size_t used;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		if (bad[i] == good)
			continue;
		put_unaligned_le32(bad[i], wire + at);
		CHECK(parse(wire, len, NULL) == -EINVAL);
		CHECK(parse(wire, len, &used) == -EINVAL);
	}
	put_unaligned_le32(good, wire + at);
	CHECK(!parse(wire, len, NULL));
	return true;
}

static bool headers(void)
{
	u8 wire[64];
	size_t len = by_hand(wire, 3, 0, 1), n;

	CHECK(field_counts(wire, len, 0));
	CHECK(field_counts(wire, len, 7));
	CHECK(field_counts(wire, len, 11));
	for (n = 1; n < len; n++)
		CHECK(parse(wire, n, NULL) == -EINVAL);
	return true;
}

/* count times 4 beyond 2^32 must not look small. */
static bool huge_count(void)
{
	u8 wire[16];
	static const u32 counts[] = { 1, 2, 0x40000000, 0x40000001, 0x80000000, 0xffffffff };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		put32(wire, 0, 0);
		put32(wire, 4, counts[i]);
		put32(wire, 8, 0);
		CHECK(parse(wire, 12, NULL) == -EINVAL);
		put32(wire, 8, 4);
		put32(wire, 12, KM_TAG_PURPOSE);
		CHECK(parse(wire, 16, NULL) == -EINVAL);
	}
	return true;
}

static const u32 all_types[] = {
	KM_TAG_ALGORITHM, KM_TAG_PURPOSE, KM_TAG_KEY_SIZE, 0x40000123, KM_TAG_RSA_PUBLIC_EXPONENT,
	KM_TAG_ACTIVE_DATETIME, KM_TAG_NO_AUTH_REQUIRED, KM_TAG_CERTIFICATE_SERIAL,
	KM_TAG_APPLICATION_ID, KM_TAG_USER_SECURE_ID,
};

static void rnd_param(struct km_param *p, const u8 *pool)
{
	memset(p, 0, sizeof(*p));
	p->tag = all_types[rnd() % ARRAY_SIZE(all_types)];
	switch (KM_TAG_TYPE(p->tag)) {
	case KM_TYPE_BYTES:
	case KM_TYPE_BIGNUM:
		p->data = pool + rnd() % 64;
		p->len = rnd() % 3 ? rnd() % 64 : 0;
		break;
	case KM_TYPE_ULONG:
	case KM_TYPE_ULONG_REP:
	case KM_TYPE_DATE:
		p->value = rnd();
		break;
	case KM_TYPE_BOOL:
		p->value = 1;
		break;
	default:
		p->value = (u32)rnd();
	}
}

static bool same_param(const struct km_param *a, const struct km_param *b)
{
	return a->tag == b->tag && a->value == b->value && a->len == b->len &&
	       (!a->len || !memcmp(a->data, b->data, a->len));
}

static u8 *written(const struct km_params_buf *buf, size_t *len)
{
	u8 *wire;

	*len = km_params_wire_len(buf);
	wire = malloc(*len);
	km_params_write(buf, wire);
	return wire;
}

static bool one_round_trip(void)
{
	struct km_param want[40], got;
	struct km_params_buf buf;
	struct km_params set;
	unsigned int n = rnd() % ARRAY_SIZE(want), i;
	u8 pool[128], *wire;
	size_t len;
	u32 pos = 0;

	rnd_bytes(pool, sizeof(pool));
	CHECK(!km_params_buf_init(&buf, 12 * n, 64 * n));
	for (i = 0; i < n; i++) {
		rnd_param(&want[i], pool);
		km_params_add(&buf, &want[i]);
	}
	CHECK(!buf.full && buf.count == n);
	wire = written(&buf, &len);
	CHECK(!km_params_parse(&set, wire, len, NULL) && set.wire_len == len);
	for (i = 0; i < n; i++)
		CHECK(km_params_next(&set, &pos, &got) && same_param(&got, &want[i]));
	CHECK(!km_params_next(&set, &pos, &got));
	for (i = 0; i < n; i++)
		CHECK(km_params_find(&set, want[i].tag, &got) && got.tag == want[i].tag);
	km_params_buf_free(&buf);
	free(wire);
	return true;
}

static bool round_trips(void)
{
	unsigned long i, n = cases(20000);

	for (i = 0; i < n; i++)
		CHECK(one_round_trip());
	return true;
}

/* The first of a repeated tag is found, and the bytes are those of the format. */
static bool known_bytes(void)
{
	static const u8 want[] = {
		2, 0, 0, 0, 'S', 'W', 5, 0, 0, 0, 45, 0, 0, 0,
		1, 0, 0, 0x20, 2, 0, 0, 0,			/* PURPOSE */
		1, 0, 0, 0x20, 3, 0, 0, 0,
		0xf6, 1, 0, 0xa0, 8, 7, 6, 5, 4, 3, 2, 1,	/* USER_SECURE_ID */
		0xf7, 1, 0, 0x70, 1,				/* NO_AUTH_REQUIRED */
		0xc0, 2, 0, 0x90, 2, 0, 0, 0, 0, 0, 0, 0,	/* ROOT_OF_TRUST */
	};
	struct km_params_buf buf;
	struct km_params set;
	struct km_param p;
	size_t len;
	u8 *wire;

	CHECK(!km_params_buf_init(&buf, 64, 16));
	km_params_add_int(&buf, KM_TAG_PURPOSE, 2);
	km_params_add_int(&buf, KM_TAG_PURPOSE, 3);
	km_params_add_int(&buf, KM_TAG_USER_SECURE_ID, 0x0102030405060708);
	km_params_add_int(&buf, KM_TAG_NO_AUTH_REQUIRED, 1);
	km_params_add_bytes(&buf, KM_TAG_ROOT_OF_TRUST, "SW", 2);
	wire = written(&buf, &len);
	CHECK(len == sizeof(want) && !memcmp(wire, want, len));
	CHECK(!km_params_parse(&set, wire, len, NULL));
	CHECK(km_params_find(&set, KM_TAG_PURPOSE, &p) && p.value == 2);
	CHECK(!km_params_find(&set, KM_TAG_ALGORITHM, &p));
	km_params_buf_free(&buf);
	km_params_buf_free(&buf);
	free(wire);
	return true;
}

/* What does not fit is said, and never written beyond the room. */
static bool no_room(void)
{
	struct km_params_buf buf;
	struct km_param p;
	u8 pool[128];
	unsigned long i, n = cases(20000);
	u32 elements, indirect;
	unsigned int j;

	rnd_bytes(pool, sizeof(pool));
	for (i = 0; i < n; i++) {
		elements = rnd() % 40;
		indirect = rnd() % 80;
		CHECK(!km_params_buf_init(&buf, elements, indirect));
		for (j = 0; j < 40 && !buf.full; j++) {
			rnd_param(&p, pool);
			km_params_add(&buf, &p);
			CHECK(buf.elements_len <= elements && buf.indirect_len <= indirect);
		}
		CHECK(buf.full);
		km_params_buf_free(&buf);
	}
	return true;
}

static bool repeats(void)
{
	unsigned int type;

	for (type = 0; type < 16; type++)
		CHECK(km_tag_repeats(type << 28 | 7) == (type == 2 || type == 4 || type == 10));
	return true;
}

/* Changed at random, but often where it hurts. */
static size_t mutate(u8 *wire, size_t len)
{
	unsigned int n = 1 + rnd() % 3;
	size_t at;

	while (n--) {
		at = rnd() % len;
		switch (rnd() % 6) {
		case 0:
			wire[at] = rnd();
			break;
		case 1:
			wire[at] ^= 1 << rnd() % 8;
			break;
		case 2:
			wire[at] += rnd() & 1 ? 1 : -1;
			break;
		case 3:
			if (at + 4 <= len)
				put_unaligned_le32(rnd() & 1 ? -(u32)(rnd() % 64) : rnd() % 128,
						   wire + at);
			break;
		case 4:
			len = max((size_t)1, at);
			break;
		default:
			if (len + 8 <= SET_MAX) {
				memmove(wire + at + 4, wire + at, len - at);
				len += 4;
			}
		}
	}
	return len;
}

/* Every entry of @set goes into a new one, which must walk alike. */
static bool rebuilds(const struct km_params *set)
{
	struct km_params_buf buf;
	struct km_params copy;
	struct km_param a, b;
	u32 pos = 0, pos_copy = 0;
	size_t len;
	u8 *wire;

	CHECK(!km_params_buf_init(&buf, set->elements_len, set->indirect_len));
	while (km_params_next(set, &pos, &a))
		km_params_add(&buf, &a);
	CHECK(pos == set->elements_len && !buf.full);
	wire = written(&buf, &len);
	CHECK(!km_params_parse(&copy, wire, len, NULL));
	pos = 0;
	while (km_params_next(set, &pos, &a))
		CHECK(km_params_next(&copy, &pos_copy, &b) && same_param(&a, &b));
	CHECK(!km_params_next(&copy, &pos_copy, &b));
	km_params_buf_free(&buf);
	free(wire);
	return true;
}

static bool fuzz(void)
{
	unsigned long i, n = cases(300000), parsed = 0;
	struct km_params_buf buf;
	struct km_params set;
	struct km_param p;
	u8 pool[128], wire[SET_MAX], *copy;
	size_t len, used;
	int j;

	rnd_bytes(pool, sizeof(pool));
	for (i = 0; i < n; i++) {
		CHECK(!km_params_buf_init(&buf, 120, 400));
		for (j = rnd() % 6; j >= 0; j--) {
			rnd_param(&p, pool);
			km_params_add(&buf, &p);
		}
		len = km_params_wire_len(&buf);
		km_params_write(&buf, wire);
		km_params_buf_free(&buf);
		len = mutate(wire, len);
		copy = exact(wire, len);
		if (!km_params_parse(&set, copy, len, rnd() & 1 ? &used : NULL)) {
			parsed++;
			CHECK(set.wire_len <= len && rebuilds(&set));
		}
		free(copy);
	}
	printf("# %lu of %lu changed sets are sets\n", parsed, n);
	CHECK(n < 1000 || (parsed > n / 100 && parsed < n));
	return true;
}

/* A set of one entry is written as the builder writes it, and nothing behind it. */
static bool write_one(void)
{
	const struct km_param p = { .tag = KM_TAG_NONCE, .data = (const u8 *)"sixteen  bytes ." };
	u8 wire[KM_PARAMS_ONE + 16 + 1], one[sizeof(wire)];
	struct km_params_buf buf;
	struct km_param cut = p;
	u32 len;

	for (cut.len = 0; cut.len <= 16; cut.len++) {
		CHECK(!km_params_buf_init(&buf, 12, 16));
		km_params_add(&buf, &cut);
		memset(wire, 0xaa, sizeof(wire));
		memset(one, 0xaa, sizeof(one));
		len = km_params_wire_len(&buf);
		km_params_write(&buf, wire);
		km_params_buf_free(&buf);
		CHECK(km_params_write_one(one, &cut) == len && !memcmp(one, wire, sizeof(one)));
	}
	return true;
}

static const struct test tests[] = {
	{ "params: a set written by hand", good_by_hand },
	{ "params: empty sets and too few bytes", empty },
	{ "params: a BOOL is 0 or 1", bools },
	{ "params: each type has its size, others there are not", types },
	{ "params: bytes outside the indirect data are refused", views },
	{ "params: lengths of bytes add up to the indirect data", sums },
	{ "params: and not only modulo 2^32", sum_wraps },
	{ "params: wrong sizes in the header are refused", headers },
	{ "params: a huge count is refused", huge_count },
	{ "params: sets of all types come back", round_trips },
	{ "params: the bytes are those of the format", known_bytes },
	{ "params: what does not fit is said", no_room },
	{ "params: which tags may be repeated", repeats },
	{ "params: a changed set that parses walks, and rebuilds alike", fuzz },
	{ "params: a set of one entry", write_one },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
