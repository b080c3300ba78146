// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz target: the kernel's writer of attestation records (kernel/attest_der.c) against the
 * verifier's reader, which was written apart.
 *
 * Whatever a key's sets are: what is written of them can be read, and of what the key may do
 * nothing is lost and nothing invented.
 */
#include <linux/keymaster.h>
#include "attest_der.h"
#include "fuzz.h"
#include "harness.h"
#include "lib_side.h"

#define ENTRIES	64

static const u32 keymaster_versions[] = { 2, 3, 4, 41, 100, 200, 300 };

/* What the sets of keys are made of; the first ones are in the records of every version. */
static const u32 tags[] = {
	KM_TAG_PURPOSE, KM_TAG_DIGEST, KM_TAG_PADDING, KM_TAG_BLOCK_MODE,
	KM_TAG_ALGORITHM, KM_TAG_KEY_SIZE, KM_TAG_EC_CURVE, KM_TAG_RSA_PUBLIC_EXPONENT,
	KM_TAG_NO_AUTH_REQUIRED, KM_TAG_USER_SECURE_ID, KM_TAG_USER_AUTH_TYPE,
	KM_TAG_AUTH_TIMEOUT, KM_TAG_CALLER_NONCE, KM_TAG_MIN_MAC_LENGTH,
	KM_TAG_RSA_OAEP_MGF_DIGEST, KM_TAG_ROLLBACK_RESISTANCE, KM_TAG_EARLY_BOOT_ONLY,
	KM_TAG_ACTIVE_DATETIME, KM_TAG_ORIGINATION_EXPIRE_DATETIME,
	KM_TAG_USAGE_EXPIRE_DATETIME, KM_TAG_USAGE_COUNT_LIMIT, KM_TAG_UNLOCKED_DEVICE_REQUIRED,
	KM_TAG_TRUSTED_CONFIRMATION_REQUIRED, KM_TAG_CREATION_DATETIME, KM_TAG_ORIGIN,
	KM_TAG_OS_VERSION, KM_TAG_OS_PATCHLEVEL, KM_TAG_VENDOR_PATCHLEVEL,
	KM_TAG_BOOT_PATCHLEVEL, KM_TAG_ALL_APPLICATIONS, KM_TAG_LINUX_KEY_ID,
	KM_TAG_MAX_USES_PER_BOOT, KM_TAG_APPLICATION_ID, KM_TAG_ATTESTATION_APPLICATION_ID,
	KM_TAG_ATTESTATION_ID_BRAND, KM_TAG_ATTESTATION_ID_IMEI, KM_TAG_MODULE_HASH,
};

#define LISTED	4

static const u8 boot_hash[KM_SHA256_SIZE];

/**
 * struct set - an authorization set
 * @view: of its bytes
 * @wire: its bytes
 */
struct set {
	struct km_params view;
	u8 *wire;
};

static void add(struct km_params_buf *b, struct input *in)
{
	u32 tag = tags[input_number(in, 1) % ARRAY_SIZE(tags)], size = km_value_size[tag >> 28];
	struct km_param p = { .tag = tag };
	const u8 *bytes;

	if (km_tag_is_bytes(tag)) {
		p.len = input_bytes(in, input_number(in, 1), &bytes);
		p.data = bytes;
	} else {
		/* Small ones are worth more: they are in the tables. */
		p.value = input_number(in, 1);
		if (p.value & 0x80)
			p.value = input_number(in, size);
	}
	km_params_add(b, &p);
}

static void make(struct set *s, struct input *in)
{
	unsigned int n = input_number(in, 1) % ENTRIES;
	struct km_params_buf b;

	if (km_params_buf_init(&b, 12 * ENTRIES, in->left + 1))
		abort();
	while (n--)
		add(&b, in);
	MUST(!b.full);
	s->wire = malloc(km_params_wire_len(&b));
	km_params_write(&b, s->wire);
	MUST(!km_params_parse(&s->view, s->wire, km_params_wire_len(&b), NULL));
	km_params_buf_free(&b);
}

/* Which of the values 0 to 7 there are; 0x100: some at all. */
static u32 values(const struct km_params *set, u32 tag)
{
	struct km_param p;
	u32 pos = 0, has = 0;

	while (km_params_next(set, &pos, &p))
		if (p.tag == tag)
			has |= 0x100 | (p.value < 8 ? 1 << p.value : 0);
	return has;
}

/* The reader looks where it is enforced first. */
static void same(const u8 *record, size_t len, const struct set *enforced,
		 const struct set *unenforced)
{
	u32 i, has, want = 0;

	for (i = 0; i < LISTED; i++) {
		has = values(&enforced->view, tags[i]);
		if (!has)
			has = values(&unenforced->view, tags[i]);
		want |= (has & 0xff) << 8 * i;
	}
	MUST(lib_record_has(record, len, tags, LISTED) == want);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	static u8 out[1 << 16];
	struct input in = { data, len };
	u32 version = keymaster_versions[input_number(&in, 1) % ARRAY_SIZE(keymaster_versions)];
	struct set enforced, unenforced, request;
	struct km_attest_record r = {
		.version = version, .boot_hash = boot_hash, .enforced = &enforced.view,
		.unenforced = &unenforced.view, .request = &request.view,
	};
	const u8 *p;
	size_t n;

	r.challenge.len = input_bytes(&in, input_number(&in, 1) % 129, &p);
	r.challenge.data = p;
	make(&enforced, &in);
	make(&unenforced, &in);
	make(&request, &in);
	n = km_attest_write(&r, out, sizeof(out));
	MUST(n && n <= sizeof(out));
	same(out, n, &enforced, &unenforced);
	/* Into less room it is not written at all. */
	MUST(!km_attest_write(&r, out, n - 1));
	free(enforced.wire);
	free(unenforced.wire);
	free(request.wire);
	return 0;
}
