// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file of a sealed root key: what is written is read, and nothing else is.
 * Userspace test.
 */
#include "harness.h"
#include "prim.h"
#include "seal_file.h"

static void fill(struct km_seal_file *f, u16 private_len, u16 public_len)
{
	memset(f, 0, sizeof(*f));
	f->sealed.pcrs = rnd() & KM_ROOT_PCRS;
	rnd_bytes(f->check, sizeof(f->check));
	f->sealed.private.len = private_len;
	f->sealed.public.len = public_len;
	rnd_bytes(f->sealed.private.data, private_len);
	rnd_bytes(f->sealed.public.data, public_len);
}

/* Whoever makes the digest fit. */
static void fit_digest(u8 *data, size_t len)
{
	const struct km_piece piece = { data, len - KM_TPM_DIGEST };

	km_sha256(&piece, 1, data + len - KM_TPM_DIGEST);
}

static bool round_trip(void)
{
	struct km_seal_file f, back;
	u8 data[KM_SEALED_ROOT_MAX];
	unsigned long i;
	size_t len;

	for (i = cases(1000); i; i--) {
		fill(&f, rnd() % (KM_TPM_AREA_MAX + 1), rnd() % (KM_TPM_AREA_MAX + 1));
		len = km_seal_file_write(&f, data);
		memset(&back, 0, sizeof(back));
		CHECK(len == 8 + 4 + 16 + 8 + 32u + f.sealed.private.len + f.sealed.public.len);
		CHECK(km_seal_file_read(&back, data, len) && !memcmp(&f, &back, sizeof(f)));
	}
	return true;
}

static bool pcrs_place(void)
{
	struct km_seal_file f;
	u8 data[KM_SEALED_ROOT_MAX];

	fill(&f, 1, 1);
	f.sealed.pcrs = 0x030201;
	km_seal_file_write(&f, data);
	/* kmctl looks there. */
	CHECK(!memcmp(data, "KMTPM\0\0\1\1\2\3\0", 12));
	return true;
}

static bool damage(void)
{
	struct km_seal_file f, back;
	u8 data[KM_SEALED_ROOT_MAX], *copy;
	size_t len, n;

	fill(&f, 100, 80);
	len = km_seal_file_write(&f, data);
	for (n = 0; n < 8 * len; n++) {
		data[n / 8] ^= 1 << n % 8;
		CHECK(!km_seal_file_read(&back, data, len));
		data[n / 8] ^= 1 << n % 8;
	}
	for (n = 0; n < len; n++) {
		copy = exact(data, n);
		CHECK(!km_seal_file_read(&back, copy, n));
		free(copy);
	}
	CHECK(km_seal_file_read(&back, data, len));
	return true;
}

/* Lengths that lie, under a digest that fits. */
static bool forged(void)
{
	struct km_seal_file f, back;
	u8 data[KM_SEALED_ROOT_MAX], *copy;
	unsigned long i;
	size_t len;

	for (i = cases(20000); i; i--) {
		fill(&f, rnd() % 40, rnd() % 40);
		len = km_seal_file_write(&f, data);
		data[8 + rnd() % (len - 8 - KM_TPM_DIGEST)] = rnd();
		len -= rnd() % 3;
		copy = exact(data, len);
		fit_digest(copy, len);
		km_seal_file_read(&back, copy, len);
		free(copy);
	}
	fill(&f, 40, 40);
	len = km_seal_file_write(&f, data);
	data[28] = 41;
	fit_digest(data, len);
	CHECK(!km_seal_file_read(&back, data, len));
	data[28] = 40;
	data[11] = 1;
	fit_digest(data, len);
	CHECK(!km_seal_file_read(&back, data, len));
	data[11] = 0;
	fit_digest(data, len);
	CHECK(km_seal_file_read(&back, data, len));
	return true;
}

static const struct test tests[] = {
	{ "sealed root key: what is written is read", round_trip },
	{ "sealed root key: where the PCRs stand", pcrs_place },
	{ "sealed root key: every changed bit and every shorter file is refused", damage },
	{ "sealed root key: lengths that lie under a digest that fits", forged },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
