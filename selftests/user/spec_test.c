// SPDX-License-Identifier: GPL-2.0-only
/*
 * What kernel/spec.c reads out of authorization sets: of a key and of an operation.
 * Userspace test.
 */
#include "harness.h"
#include "spec.h"

struct set {
	struct km_params params;
	struct km_params_buf buf;
	u8 *wire;
};

static void start(struct set *s)
{
	if (km_params_buf_init(&s->buf, 1024, 256))
		abort();
}

static void add(struct set *s, u32 tag, u64 value)
{
	km_params_add_int(&s->buf, tag, value);
}

static const struct km_params *end(struct set *s)
{
	size_t len = km_params_wire_len(&s->buf);

	s->wire = malloc(len);
	km_params_write(&s->buf, s->wire);
	km_params_buf_free(&s->buf);
	if (km_params_parse(&s->params, s->wire, len, NULL))
		abort();
	return &s->params;
}

/* The values that are in use have bits of their own; all others have none. */
static bool bits(void)
{
	u64 value, seen = 0;

	for (value = 0; value <= 64; value++) {
		if (value == 63)
			continue;
		CHECK(km_bit(value) && !(km_bit(value) & (km_bit(value) - 1)));
		CHECK(!(seen & km_bit(value)));
		seen |= km_bit(value);
	}
	for (value = 65; value < 1000; value++)
		CHECK(!km_bit(value));
	CHECK(!km_bit(63) && !km_bit(0xffffffff) && !km_bit(1ULL << 32) && !km_bit(~0ULL));
	return true;
}

static bool key_spec(void)
{
	struct km_key_spec spec = {}, none = {};
	struct set s;

	start(&s);
	add(&s, KM_TAG_ALGORITHM, KM_ALGORITHM_AES);
	add(&s, KM_TAG_KEY_SIZE, 192);
	add(&s, KM_TAG_PURPOSE, KM_PURPOSE_ENCRYPT);
	add(&s, KM_TAG_PURPOSE, KM_PURPOSE_DECRYPT);
	add(&s, KM_TAG_BLOCK_MODE, KM_MODE_ECB);
	add(&s, KM_TAG_BLOCK_MODE, KM_MODE_GCM);
	add(&s, KM_TAG_PADDING, KM_PAD_PKCS7);
	add(&s, KM_TAG_PADDING_OLD, KM_PAD_NONE);
	add(&s, KM_TAG_DIGEST, KM_DIGEST_SHA_2_256);
	add(&s, KM_TAG_DIGEST_OLD, KM_DIGEST_NONE);
	add(&s, KM_TAG_USER_ID, 7);
	km_spec_read(&spec, end(&s));
	free(s.wire);
	CHECK(spec.algorithm == KM_ALGORITHM_AES && spec.key_size == 192);
	CHECK(spec.purposes == 3 && spec.modes == (2 | 1ULL << 32));
	CHECK(spec.paddings == (2 | km_bit(KM_PAD_PKCS7)));
	CHECK(spec.digests == (1 | 1 << 4) && spec.n_digests == 2);
	CHECK(spec.digest == KM_DIGEST_SHA_2_256);
	CHECK(!spec.has_curve && !spec.has_min_mac && !spec.caller_nonce);
	/* A second set adds to the first. */
	start(&s);
	add(&s, KM_TAG_CALLER_NONCE, 1);
	add(&s, KM_TAG_MIN_MAC_LENGTH, 96);
	add(&s, KM_TAG_EC_CURVE, KM_EC_CURVE_P_224);
	add(&s, KM_TAG_PURPOSE, KM_PURPOSE_SIGN);
	km_spec_read(&spec, end(&s));
	free(s.wire);
	CHECK(spec.algorithm == KM_ALGORITHM_AES && spec.purposes == 7 && spec.caller_nonce);
	CHECK(spec.has_min_mac && spec.min_mac == 96);
	CHECK(spec.has_curve && spec.curve == KM_EC_CURVE_P_224);
	start(&s);
	km_spec_read(&none, end(&s));
	free(s.wire);
	CHECK(!memcmp(&none, &(struct km_key_spec){}, sizeof(none)));
	return true;
}

/* What may not be repeated counts where it stands first: in a set, and in the first set. */
static bool first_counts(void)
{
	struct km_key_spec spec = {};
	unsigned int i, round;
	struct set s;

	for (round = 0; round < 2; round++) {
		start(&s);
		for (i = 0; i < 2; i++) {
			u32 n = 2 * round + i;

			add(&s, KM_TAG_ALGORITHM, n ? KM_ALGORITHM_AES : 0);
			add(&s, KM_TAG_KEY_SIZE, n);
			add(&s, KM_TAG_EC_CURVE, n);
			add(&s, KM_TAG_MIN_MAC_LENGTH, n);
			add(&s, KM_TAG_RSA_PUBLIC_EXPONENT, n);
		}
		km_spec_read(&spec, end(&s));
		free(s.wire);
		CHECK(spec.has_algorithm && !spec.algorithm && spec.has_size && !spec.key_size);
		CHECK(spec.has_curve && !spec.curve && spec.has_min_mac && !spec.min_mac);
		CHECK(spec.has_exponent && !spec.exponent);
	}
	return true;
}

static int parse_args(struct km_op_args *args, struct set *s)
{
	end(s);
	return km_args_parse(args, &s->params, s->wire, s->params.wire_len);
}

/* Of what may be repeated all are counted, so that two are seen not to be one. */
static bool op_args(void)
{
	struct km_op_args args;
	struct set s;

	memset(&args, 0xff, sizeof(args));
	start(&s);
	CHECK(!parse_args(&args, &s));
	free(s.wire);
	CHECK(!args.mode.n && !args.padding.n && !args.digest.n && !args.mac_length.n);
	CHECK(!args.nonce && !args.nonce_len && !args.aad && !args.aad_len);
	start(&s);
	add(&s, KM_TAG_BLOCK_MODE, KM_MODE_CBC);
	add(&s, KM_TAG_PADDING, KM_PAD_NONE);
	add(&s, KM_TAG_PADDING, KM_PAD_PKCS7);
	add(&s, KM_TAG_DIGEST, KM_DIGEST_NONE);
	add(&s, KM_TAG_MAC_LENGTH, 128);
	add(&s, KM_TAG_MAC_LENGTH, 96);
	/* The old encodings are for stored sets only. */
	add(&s, KM_TAG_DIGEST_OLD, KM_DIGEST_SHA1);
	add(&s, KM_TAG_PADDING_OLD, KM_PAD_NONE);
	km_params_add_bytes(&s.buf, KM_TAG_NONCE, "first nonce.", 12);
	km_params_add_bytes(&s.buf, KM_TAG_NONCE, "second", 6);
	km_params_add_bytes(&s.buf, KM_TAG_ASSOCIATED_DATA, "", 0);
	km_params_add_bytes(&s.buf, KM_TAG_ASSOCIATED_DATA, "second", 6);
	CHECK(!parse_args(&args, &s));
	CHECK(args.mode.n == 1 && args.mode.value == KM_MODE_CBC);
	CHECK(args.padding.n == 2 && args.digest.n == 1 && args.digest.value == KM_DIGEST_NONE);
	/* Of what may not be repeated the first counts. */
	CHECK(args.mac_length.n == 1 && args.mac_length.value == 128);
	CHECK(args.nonce_len == 12 && !memcmp(args.nonce, "first nonce.", 12));
	CHECK(args.aad && !args.aad_len);
	free(s.wire);
	return true;
}

/* An empty nonce is a nonce, of the wrong length, and not the wish for a random one. */
static bool empty_nonce(void)
{
	struct km_op_args args;
	struct set s;

	start(&s);
	km_params_add_bytes(&s.buf, KM_TAG_NONCE, "", 0);
	CHECK(!parse_args(&args, &s));
	CHECK(args.nonce && !args.nonce_len);
	free(s.wire);
	return true;
}

/* Reading arguments checks as much as parsing does: whatever bit of a set is wrong. */
static bool args_malformed(void)
{
	struct km_params a, b;
	struct km_op_args args;
	struct set s;
	u32 len, i;

	start(&s);
	add(&s, KM_TAG_BLOCK_MODE, KM_MODE_GCM);
	add(&s, KM_TAG_MAC_LENGTH, 128);
	add(&s, KM_TAG_CALLER_NONCE, 1);
	km_params_add_bytes(&s.buf, KM_TAG_NONCE, "twelve bytes", 12);
	add(&s, KM_TAG_ACTIVE_DATETIME, 1);
	end(&s);
	len = s.params.wire_len;
	for (i = 0; i < len; i++) {
		u8 *less = malloc(i ? i : 1);

		memcpy(less, s.wire, i);
		CHECK(!i == !km_args_parse(&args, &a, less, i));
		free(less);
	}
	for (i = 0; i < 8 * len; i++) {
		s.wire[i / 8] ^= 1 << i % 8;
		CHECK(km_args_parse(&args, &a, s.wire, len) ==
		      km_params_parse(&b, s.wire, len, NULL));
		s.wire[i / 8] ^= 1 << i % 8;
	}
	free(s.wire);
	return true;
}

static const struct test tests[] = {
	{ "spec: values have bits of their own", bits },
	{ "spec: what sets say of a key", key_spec },
	{ "spec: of what may not be repeated the first counts", first_counts },
	{ "spec: what a set says of an operation", op_args },
	{ "spec: an empty nonce is one", empty_nonce },
	{ "spec: arguments of a malformed set", args_malformed },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
