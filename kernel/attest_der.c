// SPDX-License-Identifier: GPL-2.0-only
/*
 * The extension that says what an attested key is: KeyDescription (attestation.md 4 and 5).
 * Between der.c and attest.c; a leaf, builds in userspace too.
 *
 * A verifier reads the two lists by the schema of the version that the record names, so a
 * field is there only if that version knows it. What is in no schema, as the tags of our own,
 * is left out: see the end of attestation.md 4.
 */
#include <linux/keymaster.h>
#include "attest_der.h"
#include "kdf.h"

/* 30 days: attestation.md 5. */
#define PERIOD_MS	2592000000ULL

/* How a field is encoded. */
enum kind {
	SET_OF,
	NUMBER,
	NOTHING,
	OCTETS,
	BOOT,
};

/* From which attestation version to which. */
static const struct field {
	u16 id;
	u8 kind;
	u16 from;
	u16 to;
} fields[] = {
	{ 1, SET_OF, 1, 400 },
	{ 2, NUMBER, 1, 400 },
	{ 3, NUMBER, 1, 400 },
	{ 4, SET_OF, 1, 400 },
	{ 5, SET_OF, 1, 400 },
	{ 6, SET_OF, 1, 400 },
	{ 7, NOTHING, 100, 400 },
	{ 8, NUMBER, 100, 400 },
	{ 10, NUMBER, 1, 400 },
	{ 200, NUMBER, 1, 400 },
	{ 203, SET_OF, 100, 400 },
	{ 303, NOTHING, 3, 400 },
	{ 305, NOTHING, 4, 400 },
	{ 400, NUMBER, 1, 400 },
	{ 401, NUMBER, 1, 400 },
	{ 402, NUMBER, 1, 400 },
	{ 405, NUMBER, 100, 400 },
	{ 503, NOTHING, 1, 400 },
	{ 504, NUMBER, 1, 400 },
	{ 505, NUMBER, 1, 400 },
	{ 506, NOTHING, 1, 400 },
	{ 507, NOTHING, 3, 400 },
	{ 508, NOTHING, 3, 400 },
	{ 509, NOTHING, 3, 400 },
	{ 600, NOTHING, 1, 4 },
	{ 701, NUMBER, 1, 400 },
	{ 702, NUMBER, 1, 400 },
	{ 704, BOOT, 1, 400 },
	{ 705, NUMBER, 1, 400 },
	{ 706, NUMBER, 1, 400 },
	{ 709, OCTETS, 2, 400 },
	{ 710, OCTETS, 2, 400 },
	{ 711, OCTETS, 2, 400 },
	{ 712, OCTETS, 2, 400 },
	{ 713, OCTETS, 2, 400 },
	{ 714, OCTETS, 2, 400 },
	{ 715, OCTETS, 2, 400 },
	{ 716, OCTETS, 2, 400 },
	{ 717, OCTETS, 2, 400 },
	{ 718, NUMBER, 3, 400 },
	{ 719, NUMBER, 3, 400 },
	{ 723, OCTETS, 300, 400 },
};

static const struct {
	u16 keymaster;
	u16 attestation;
} versions[] = {
	{ 2, 1 }, { 3, 2 }, { 4, 3 }, { 41, 4 }, { 100, 100 }, { 200, 200 }, { 300, 300 },
};

/**
 * km_attest_version() - attestationVersion that belongs to a keymasterVersion
 * @keymaster_version: 2, 3, 4, 41, 100, 200 or 300
 *
 * Return: it, 0 if there is no such version.
 */
u32 km_attest_version(u32 keymaster_version)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(versions); i++)
		if (versions[i].keymaster == keymaster_version)
			return versions[i].attestation;
	return 0;
}

/**
 * km_attest_id_tag() - the tag of a device id
 * @i: below KM_ATTEST_IDS
 *
 * Return: KM_TAG_ATTESTATION_ID_*.
 */
u32 km_attest_id_tag(unsigned int i)
{
	return i < KM_ATTEST_IDS - 1 ? KM_TAG_ATTESTATION_ID_BRAND + i :
				       KM_TAG_ATTESTATION_ID_SECOND_IMEI;
}

/**
 * struct list - an AuthorizationList on its way
 * @out: encoding
 * @set: where most fields come from
 * @extra: where the others do, or NULL
 * @record: the whole record
 * @boot: with RootOfTrust
 */
struct list {
	struct km_der_out *out;
	const struct km_params *set;
	const struct km_params *extra;
	const struct km_attest_record *record;
	bool boot;
};

static bool find_in(const struct km_params *set, u32 id, struct km_param *p)
{
	u32 pos = 0;

	while (set && km_params_next(set, &pos, p))
		if (KM_TAG_ID(p->tag) == id)
			return true;
	return false;
}

/*
 * What is asked for comes from the request and nowhere else; everything else from the key
 * itself: so that nobody can ask for a property that the key does not have.
 */
static bool find(const struct list *l, const struct field *f, struct km_param *p)
{
	return find_in(f->kind == OCTETS ? l->extra : l->set, f->id, p);
}

/* The largest value below a bound: DER sorts a SET OF, which is written from its end. */
static bool next_below(const struct list *l, u32 id, u64 bound, u64 *value)
{
	bool found = false;
	struct km_param p;
	u32 pos = 0;

	while (km_params_next(l->set, &pos, &p)) {
		if (KM_TAG_ID(p.tag) != id || p.value >= bound || (found && p.value <= *value))
			continue;
		*value = p.value;
		found = true;
	}
	return found;
}

static void put_set(const struct list *l, u32 id)
{
	const u8 *end = l->out->p;
	u64 value, bound = ~0ULL;

	while (next_below(l, id, bound, &value)) {
		km_der_put_u64(l->out, KM_DER_INTEGER, value);
		bound = value;
	}
	km_der_put_header(l->out, KM_DER_SET, end);
}

/*
 * RootOfTrust. Nobody has checked for this kernel what it was booted from: so there is no
 * key, nothing is locked, and the state is "unverified". What the system says of its boot
 * chain, to which keys are bound, is its hash.
 */
static void put_boot(const struct list *l)
{
	static const u8 no_key[KM_SHA256_SIZE], no;
	const u8 *end = l->out->p;

	if (km_attest_version(l->record->version) >= 3)
		km_der_put(l->out, KM_DER_OCTET_STRING, l->record->boot_hash, KM_SHA256_SIZE);
	km_der_put_u64(l->out, KM_DER_ENUMERATED, KM_BOOT_UNVERIFIED);
	km_der_put(l->out, KM_DER_BOOLEAN, &no, 1);
	km_der_put(l->out, KM_DER_OCTET_STRING, no_key, sizeof(no_key));
	km_der_put_header(l->out, KM_DER_SEQUENCE, end);
}

/* A key that was made without EC_CURVE has the one that its size names. */
static bool deduce_curve(const struct list *l, struct km_param *p)
{
	if (!find_in(l->set, KM_TAG_ID(KM_TAG_ALGORITHM), p) || p->value != KM_ALGORITHM_EC ||
	    !find_in(l->set, KM_TAG_ID(KM_TAG_KEY_SIZE), p))
		return false;
	switch (p->value) {
	case 224:
		p->value = KM_EC_CURVE_P_224;
		return true;
	case 256:
		p->value = KM_EC_CURVE_P_256;
		return true;
	case 384:
		p->value = KM_EC_CURVE_P_384;
		return true;
	case 521:
		p->value = KM_EC_CURVE_P_521;
		return true;
	default:
		return false;
	}
}

static bool has(const struct list *l, const struct field *f, struct km_param *p)
{
	if (f->kind == BOOT)
		return l->boot;
	return find(l, f, p) || (f->id == KM_TAG_ID(KM_TAG_EC_CURVE) && deduce_curve(l, p));
}

static void put_field(const struct list *l, const struct field *f)
{
	const u8 *end = l->out->p;
	struct km_param p;

	if (!has(l, f, &p))
		return;
	switch (f->kind) {
	case SET_OF:
		put_set(l, f->id);
		break;
	case NUMBER:
		km_der_put_u64(l->out, KM_DER_INTEGER, p.value);
		break;
	case NOTHING:
		km_der_put(l->out, KM_DER_NULL, "", 0);
		break;
	case OCTETS:
		km_der_put(l->out, KM_DER_OCTET_STRING, p.data, p.len);
		break;
	default:
		put_boot(l);
	}
	km_der_put_explicit(l->out, f->id, end);
}

static void put_list(const struct list *l)
{
	u32 version = km_attest_version(l->record->version);
	const u8 *end = l->out->p;
	unsigned int i;

	for (i = ARRAY_SIZE(fields); i--;)
		if (version >= fields[i].from && version <= fields[i].to)
			put_field(l, &fields[i]);
	km_der_put_header(l->out, KM_DER_SEQUENCE, end);
}

/**
 * km_attest_write() - write a KeyDescription
 * @r: what it says
 * @out: [out] buffer
 * @size: room there
 *
 * Both security levels are SOFTWARE, whatever the root key comes from: the private keys
 * are used by the kernel on the processor that everybody shares, and TrustedEnvironment
 * says that they are not. A TPM behind the root key keeps blobs from being used on
 * another machine, and that is no level of this scale. RootOfTrust and device ids are in the
 * first list, as that level wants it.
 *
 * Return: bytes written, 0 if there is no room.
 */
size_t km_attest_write(const struct km_attest_record *r, u8 *out, size_t size)
{
	struct km_der_out o = { .start = out, .p = out + size };
	const struct list enforced = { .out = &o, .set = r->enforced, .record = r };
	const struct list unenforced = {
		.out = &o, .set = r->unenforced, .extra = r->request, .record = r, .boot = true,
	};
	const u8 *end = o.p;

	put_list(&enforced);
	put_list(&unenforced);
	km_der_put(&o, KM_DER_OCTET_STRING, r->unique_id.data, r->unique_id.len);
	km_der_put(&o, KM_DER_OCTET_STRING, r->challenge.data, r->challenge.len);
	km_der_put_u64(&o, KM_DER_ENUMERATED, KM_LEVEL_SOFTWARE);
	km_der_put_u64(&o, KM_DER_INTEGER, r->version);
	km_der_put_u64(&o, KM_DER_ENUMERATED, KM_LEVEL_SOFTWARE);
	km_der_put_u64(&o, KM_DER_INTEGER, km_attest_version(r->version));
	km_der_put_header(&o, KM_DER_SEQUENCE, end);
	if (o.overflow)
		return 0;
	memmove(out, o.p, end - o.p);
	return end - o.p;
}

/**
 * km_attest_unique_id() - name this device for one application, for 30 days
 * @u: what it depends on
 * @out: [out] KM_UNIQUE_ID_SIZE bytes
 */
void km_attest_unique_id(const struct km_unique_id *u, u8 *out)
{
	u8 period[8], reset = u->reset, mac[KM_SHA256_SIZE];
	const struct km_piece pieces[] = {
		{ period, sizeof(period) }, u->app_id, { &reset, 1 },
	};

	put_unaligned_le64(u->created_ms / PERIOD_MS, period);
	km_hmac_sha256(u->key.data, u->key.len, pieces, ARRAY_SIZE(pieces), mac);
	memcpy(out, mac, KM_UNIQUE_ID_SIZE);
	memzero_explicit(mac, sizeof(mac));
}
