// SPDX-License-Identifier: GPL-2.0-only
/*
 * TPM 2.0 commands byte by byte, and responses that are cut, lengthened or made up.
 * Userspace test; the commands were written by hand from the specification's tables.
 */
#include "harness.h"
#include "tpm_wire.h"

#define INDEX	0x01804b4d

static u8 room[KM_TPM_ROOM];
static struct km_tpm_bytes io = { .data = room };

static bool is(const u8 *want, size_t len)
{
	return !io.bad && io.len == len && !memcmp(io.data, want, len);
}

#define IS(...) is((const u8 []){ __VA_ARGS__ }, sizeof((const u8 []){ __VA_ARGS__ }))

static bool nv_commands(void)
{
	static const u8 data[2] = { 0xaa, 0xbb };
	const struct km_tpm_nv nv = {
		.index = INDEX, .name_alg = KM_TPM_ALG_SHA256, .attributes = 0x02060046,
		.size = 32,
	};

	km_tpm_nv_read_public(&io, INDEX);
	CHECK(IS(0x80, 1, 0, 0, 0, 14, 0, 0, 1, 0x69, 1, 0x80, 0x4b, 0x4d));
	km_tpm_nv_read(&io, INDEX, 32);
	CHECK(IS(0x80, 2, 0, 0, 0, 35, 0, 0, 1, 0x4e, 1, 0x80, 0x4b, 0x4d, 1, 0x80, 0x4b, 0x4d,
		 0, 0, 0, 9, 0x40, 0, 0, 9, 0, 0, 0, 0, 0, 0, 32, 0, 0));
	km_tpm_nv_extend(&io, INDEX, data, sizeof(data));
	CHECK(IS(0x80, 2, 0, 0, 0, 35, 0, 0, 1, 0x36, 1, 0x80, 0x4b, 0x4d, 1, 0x80, 0x4b, 0x4d,
		 0, 0, 0, 9, 0x40, 0, 0, 9, 0, 0, 0, 0, 0, 0, 2, 0xaa, 0xbb));
	km_tpm_nv_define(&io, &nv);
	CHECK(IS(0x80, 2, 0, 0, 0, 45, 0, 0, 1, 0x2a, 0x40, 0, 0, 1,
		 0, 0, 0, 9, 0x40, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0,
		 0, 14, 1, 0x80, 0x4b, 0x4d, 0, 0x0b, 2, 6, 0, 0x46, 0, 0, 0, 32));
	return true;
}

#define PW_AUTH	0, 0, 0, 9, 0x40, 0, 0, 9, 0, 0, 0, 0, 0

static bool storage_key(void)
{
	km_tpm_create_primary(&io);
	CHECK(IS(0x80, 2, 0, 0, 0, 67, 0, 0, 1, 0x31, 0x40, 0, 0, 1, PW_AUTH,
		 0, 4, 0, 0, 0, 0,
		 0, 26, 0, 0x23, 0, 0x0b, 0, 3, 4, 0x72, 0, 0, 0, 6, 0, 128, 0, 0x43,
		 0, 0x10, 0, 3, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
	return true;
}

static bool object_commands(void)
{
	static const u8 bytes[3] = { 1, 2, 3 };
	const struct km_tpm_sized secret = { bytes, 2 }, policy = { bytes, 3 }, none = {};
	const struct km_tpm_object o = { .private = secret, .public = policy };

	km_tpm_create(&io, 0x80000000, &secret, &none);
	CHECK(IS(0x80, 2, 0, 0, 0, 57, 0, 0, 1, 0x53, 0x80, 0, 0, 0, PW_AUTH,
		 0, 6, 0, 0, 0, 2, 1, 2,
		 0, 14, 0, 8, 0, 0x0b, 0, 0, 4, 0x52, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0));
	/* With a policy no password opens it. */
	km_tpm_create(&io, 0x80000000, &secret, &policy);
	CHECK(IS(0x80, 2, 0, 0, 0, 60, 0, 0, 1, 0x53, 0x80, 0, 0, 0, PW_AUTH,
		 0, 6, 0, 0, 0, 2, 1, 2,
		 0, 17, 0, 8, 0, 0x0b, 0, 0, 4, 0x12, 0, 3, 1, 2, 3, 0, 0x10, 0, 0,
		 0, 0, 0, 0, 0, 0));
	km_tpm_load(&io, 0x80000000, &o);
	CHECK(IS(0x80, 2, 0, 0, 0, 36, 0, 0, 1, 0x57, 0x80, 0, 0, 0, PW_AUTH,
		 0, 2, 1, 2, 0, 3, 1, 2, 3));
	km_tpm_unseal(&io, 0x80000001, 0);
	CHECK(IS(0x80, 2, 0, 0, 0, 27, 0, 0, 1, 0x5e, 0x80, 0, 0, 1, PW_AUTH));
	km_tpm_unseal(&io, 0x80000001, 0x03000000);
	CHECK(IS(0x80, 2, 0, 0, 0, 27, 0, 0, 1, 0x5e, 0x80, 0, 0, 1,
		 0, 0, 0, 9, 3, 0, 0, 0, 0, 0, 0, 0, 0));
	km_tpm_flush(&io, 0x80000001);
	CHECK(IS(0x80, 1, 0, 0, 0, 14, 0, 0, 1, 0x65, 0x80, 0, 0, 1));
	return true;
}

static bool policy_commands(void)
{
	static const u8 nonce[KM_TPM_NONCE] = { 1, 2, 3 };

	km_tpm_start_session(&io, KM_TPM_TRIAL, nonce);
	CHECK(IS(0x80, 1, 0, 0, 0, 43, 0, 0, 1, 0x76, 0x40, 0, 0, 7, 0x40, 0, 0, 7,
		 0, 16, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3,
		 0, 0x10, 0, 0x0b));
	km_tpm_policy_pcr(&io, 0x03000000, 0x800085);
	CHECK(IS(0x80, 1, 0, 0, 0, 26, 0, 0, 1, 0x7f, 3, 0, 0, 0, 0, 0,
		 0, 0, 0, 1, 0, 0x0b, 3, 0x85, 0, 0x80));
	km_tpm_policy_get_digest(&io, 0x03000000);
	CHECK(IS(0x80, 1, 0, 0, 0, 14, 0, 0, 1, 0x89, 3, 0, 0, 0));
	km_tpm_pcr_read(&io, 1);
	CHECK(IS(0x80, 1, 0, 0, 0, 20, 0, 0, 1, 0x7e, 0, 0, 0, 1, 0, 0x0b, 3, 1, 0, 0));
	return true;
}

static bool too_long(void)
{
	static u8 data[KM_TPM_ROOM];

	km_tpm_nv_extend(&io, INDEX, data, KM_TPM_ROOM - 33);
	CHECK(!io.bad && io.len == KM_TPM_ROOM);
	km_tpm_nv_extend(&io, INDEX, data, KM_TPM_ROOM - 32);
	CHECK(io.bad);
	km_tpm_nv_read_public(&io, INDEX);
	CHECK(!io.bad);
	return true;
}

static const u8 public_response[] = {
	0x80, 1, 0, 0, 0, 62, 0, 0, 0, 0,
	0, 14, 1, 0x80, 0x4b, 0x4d, 0, 0x0b, 0x22, 6, 0, 0x46, 0, 0, 0, 32,
	0, 34, 0, 0x0b, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
	17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32,
};

static const u8 read_response[] = {
	0x80, 2, 0, 0, 0, 25, 0, 0, 0, 0, 0, 0, 0, 6, 0, 4, 0xa, 0xb, 0xc, 0xd, 0, 0, 1, 0, 0,
};

/* As it came from a TPM, without a byte to spare behind it. */
static struct km_tpm_bytes came(const u8 *data, size_t len)
{
	return (struct km_tpm_bytes){ .data = exact(data, len), .len = len };
}

static bool header(void)
{
	u32 rc;

	memcpy(room, public_response, sizeof(public_response));
	CHECK(km_tpm_response(&io, &rc) && !rc && io.len == sizeof(public_response));
	room[6] = 1;
	room[9] = 0x8b;
	CHECK(km_tpm_response(&io, &rc) && rc == 0x0100008b);
	put_unaligned_be32(9, room + 2);
	CHECK(!km_tpm_response(&io, &rc));
	put_unaligned_be32(KM_TPM_ROOM + 1, room + 2);
	CHECK(!km_tpm_response(&io, &rc));
	put_unaligned_be32(KM_TPM_ROOM, room + 2);
	CHECK(km_tpm_response(&io, &rc) && io.len == KM_TPM_ROOM);
	return true;
}

static bool codes(void)
{
	CHECK(km_tpm_rc(0x18b) == KM_TPM_RC_HANDLE && km_tpm_rc(0x28b) == KM_TPM_RC_HANDLE);
	CHECK(km_tpm_rc(0x9a2) == KM_TPM_RC_BAD_AUTH);
	CHECK(km_tpm_rc(0x14a) == 0x14a && km_tpm_rc(0x922) == 0x922 && !km_tpm_rc(0));
	return true;
}

static bool nv_responses(void)
{
	struct km_tpm_bytes r = came(public_response, sizeof(public_response));
	struct km_tpm_nv nv;
	u8 data[4];

	CHECK(km_tpm_parse_nv_public(&r, &nv));
	CHECK(nv.index == INDEX && nv.name_alg == KM_TPM_ALG_SHA256 && !nv.policy_len);
	CHECK(nv.attributes == (0x02060046 | KM_TPM_NV_WRITTEN) && nv.size == 32);
	free(r.data);
	r = came(read_response, sizeof(read_response));
	CHECK(km_tpm_parse_nv_read(&r, data, 4) && data[0] == 0xa && data[3] == 0xd);
	CHECK(!km_tpm_parse_nv_read(&r, data, 3));
	free(r.data);
	return true;
}

static const u8 create_response[] = {
	0x80, 2, 0, 0, 0, 29, 0, 0, 0, 0, 0, 0, 0, 10, 0, 3, 1, 2, 3, 0, 1, 9, 0, 0, 0, 0, 1, 0, 0,
};

static const u8 pcr_response[] = {
	0x80, 1, 0, 0, 0, 28, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0x0b, 3, 0x80, 0, 1,
	0, 0, 0, 0,
};

static bool other_responses(void)
{
	struct km_tpm_bytes r = came(create_response, sizeof(create_response));
	struct km_tpm_sized s;
	struct km_tpm_object o;
	u32 pcrs, handle;
	size_t n;

	CHECK(km_tpm_parse_object(&r, &o) && o.private.len == 3 && o.public.len == 1);
	CHECK(o.private.data[2] == 3 && o.public.data[0] == 9);
	free(r.data);
	for (n = 0; n < 22; n++) {
		r = came(create_response, n);
		CHECK(!km_tpm_parse_object(&r, &o));
		free(r.data);
	}
	r = came(read_response, sizeof(read_response));
	CHECK(km_tpm_parse_sized(&r, &s) && s.len == 4 && s.data[3] == 0xd);
	r.data[15] = 3;
	CHECK(!km_tpm_parse_sized(&r, &s));
	r.data[15] = 5;
	CHECK(!km_tpm_parse_sized(&r, &s));
	free(r.data);
	r = came(pcr_response, sizeof(pcr_response));
	CHECK(km_tpm_parse_pcrs(&r, &pcrs) && pcrs == 0x010080);
	CHECK(km_tpm_parse_handle(&r, &handle) && handle == 5);
	r.data[19] = 4;
	CHECK(!km_tpm_parse_pcrs(&r, &pcrs));
	r.data[17] = 0;
	CHECK(km_tpm_parse_pcrs(&r, &pcrs) && !pcrs);
	free(r.data);
	return true;
}

/* Shorter than it says, and with other lengths inside. */
static bool nv_responses_cut(void)
{
	struct km_tpm_bytes r;
	struct km_tpm_nv nv;
	u8 data[4];
	size_t n;

	for (n = 0; n < sizeof(public_response) - 36; n++) {
		r = came(public_response, n);
		CHECK(!km_tpm_parse_nv_public(&r, &nv));
		free(r.data);
	}
	for (n = 0; n < sizeof(read_response) - 5; n++) {
		r = came(read_response, n);
		CHECK(!km_tpm_parse_nv_read(&r, data, 4));
		free(r.data);
	}
	r = came(public_response, sizeof(public_response));
	r.data[11] = 13;
	CHECK(!km_tpm_parse_nv_public(&r, &nv));
	r.data[11] = 15;
	CHECK(!km_tpm_parse_nv_public(&r, &nv));
	r.data[11] = 14;
	r.data[22] = 0xff;
	CHECK(!km_tpm_parse_nv_public(&r, &nv));
	free(r.data);
	return true;
}

static bool responses_random(void)
{
	struct km_tpm_object o;
	struct km_tpm_sized s;
	u32 pcrs;
	struct km_tpm_bytes r;
	struct km_tpm_nv nv;
	u8 data[4];
	unsigned long i;

	for (i = cases(100000); i; i--) {
		const u8 *from = rnd() % 2 ? public_response : read_response;

		r = came(from, from == read_response ? sizeof(read_response)
						     : sizeof(public_response));
		r.data[rnd() % r.len] = rnd();
		r.data[rnd() % r.len] = rnd();
		r.len -= rnd() % 8;
		km_tpm_parse_nv_public(&r, &nv);
		km_tpm_parse_nv_read(&r, data, rnd() % 5);
		km_tpm_parse_object(&r, &o);
		km_tpm_parse_sized(&r, &s);
		km_tpm_parse_pcrs(&r, &pcrs);
		free(r.data);
	}
	return true;
}

static const struct test tests[] = {
	{ "tpm: commands on an index", nv_commands },
	{ "tpm: the storage key, of which no byte may change", storage_key },
	{ "tpm: commands on sealed objects", object_commands },
	{ "tpm: commands of policies", policy_commands },
	{ "tpm: a command that is too long", too_long },
	{ "tpm: the header of a response", header },
	{ "tpm: response codes", codes },
	{ "tpm: what an index is, and what is in it", nv_responses },
	{ "tpm: objects, digests and PCRs", other_responses },
	{ "tpm: responses that are cut or do not fit together", nv_responses_cut },
	{ "tpm: responses with random faults", responses_random },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
