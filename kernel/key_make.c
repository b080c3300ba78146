// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the description of a key to its blob (operations.md section 2, tags.md section 6).
 * Called by dev_key.c; material comes from alg_*.c, blob.c wraps it.
 */
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include "attest.h"
#include "count.h"
#include "key.h"
#include "key_wrap.h"
#include "root.h"
#include "spec.h"
#include "state.h"

/* Tags that are appended: 10 entries of at most 12 bytes; or the key id. */
#define APPENDED	120

/* What becomes of a tag of a key description: tags.md section 6. */
enum fate {
	FATE_ENFORCED,
	FATE_UNENFORCED,
	FATE_DROPPED,		/* hidden, or a parameter of something else */
	FATE_ATTESTATION,	/* means something for asymmetric keys only */
	FATE_INVALID,
	FATE_ROLLBACK,		/* enforced, where there is what it takes */
	FATE_UNSUPPORTED,
};

static enum fate fate_of(u32 tag)
{
	switch (tag) {
	case KM_TAG_PURPOSE:
	case KM_TAG_ALGORITHM:
	case KM_TAG_KEY_SIZE:
	case KM_TAG_BLOCK_MODE:
	case KM_TAG_DIGEST:
	case KM_TAG_PADDING:
	case KM_TAG_CALLER_NONCE:
	case KM_TAG_MIN_MAC_LENGTH:
	case KM_TAG_EC_CURVE:
	case KM_TAG_RSA_PUBLIC_EXPONENT:
	case KM_TAG_RSA_OAEP_MGF_DIGEST:
	case KM_TAG_BOOTLOADER_ONLY:
	case KM_TAG_EARLY_BOOT_ONLY:
	case KM_TAG_MIN_SECONDS_BETWEEN_OPS:
	case KM_TAG_MAX_USES_PER_BOOT:
	case KM_TAG_USAGE_COUNT_LIMIT:
	case KM_TAG_ACTIVE_DATETIME:
	case KM_TAG_ORIGINATION_EXPIRE_DATETIME:
	case KM_TAG_USAGE_EXPIRE_DATETIME:
	case KM_TAG_USER_SECURE_ID:
	case KM_TAG_NO_AUTH_REQUIRED:
	case KM_TAG_USER_AUTH_TYPE:
	case KM_TAG_AUTH_TIMEOUT:
	case KM_TAG_UNLOCKED_DEVICE_REQUIRED:
	case KM_TAG_TRUSTED_CONFIRMATION_REQUIRED:
	case KM_TAG_MAX_BOOT_LEVEL:
	case KM_TAG_LINUX_SHAREABLE:
	case KM_TAG_LINUX_BRIDGE:
		return FATE_ENFORCED;
	case KM_TAG_BLOB_USAGE_REQUIREMENTS:
	case KM_TAG_ALL_USERS:
	case KM_TAG_USER_ID:
	case KM_TAG_ALL_APPLICATIONS:
	case KM_TAG_CREATION_DATETIME:
		return FATE_UNENFORCED;
	case KM_TAG_APPLICATION_ID:
	case KM_TAG_APPLICATION_DATA:
	case KM_TAG_ALLOW_WHILE_ON_BODY:
	case KM_TAG_ASSOCIATED_DATA:
	case KM_TAG_AUTH_TOKEN:
	case KM_TAG_CONFIRMATION_TOKEN:
	case KM_TAG_MAC_LENGTH:
	case KM_TAG_NONCE:
	case KM_TAG_CERTIFICATE_SERIAL:
	case KM_TAG_CERTIFICATE_SUBJECT:
	case KM_TAG_CERTIFICATE_NOT_BEFORE:
	case KM_TAG_CERTIFICATE_NOT_AFTER:
	case KM_TAG_RESET_SINCE_ID_ROTATION:
		return FATE_DROPPED;
	case KM_TAG_INCLUDE_UNIQUE_ID:
	case KM_TAG_ATTESTATION_CHALLENGE:
	case KM_TAG_ATTESTATION_APPLICATION_ID:
	case KM_TAG_ATTESTATION_ID_BRAND:
	case KM_TAG_ATTESTATION_ID_DEVICE:
	case KM_TAG_ATTESTATION_ID_PRODUCT:
	case KM_TAG_ATTESTATION_ID_SERIAL:
	case KM_TAG_ATTESTATION_ID_IMEI:
	case KM_TAG_ATTESTATION_ID_MEID:
	case KM_TAG_ATTESTATION_ID_MANUFACTURER:
	case KM_TAG_ATTESTATION_ID_MODEL:
	case KM_TAG_ATTESTATION_ID_SECOND_IMEI:
		return FATE_ATTESTATION;
	case KM_TAG_ORIGIN:
	case KM_TAG_ROOT_OF_TRUST:
	case KM_TAG_OS_VERSION:
	case KM_TAG_OS_PATCHLEVEL:
	case KM_TAG_VENDOR_PATCHLEVEL:
	case KM_TAG_BOOT_PATCHLEVEL:
	case KM_TAG_LINUX_KEY_ID:
	case KM_TAG_LINUX_OWNER_UID:
		return FATE_INVALID;
	case KM_TAG_ROLLBACK_RESISTANCE:
		return FATE_ROLLBACK;
	default:
		/* Unknown, or a restriction that we could not keep: refuse, never drop. */
		return FATE_UNSUPPORTED;
	}
}

/**
 * struct recipe - a key between its description and its blob
 * @spec: the description, digested
 * @format: KM_FORMAT_* of the blob
 * @enforced: first set
 * @unenforced: second set
 * @has_creation: the caller gave CREATION_DATETIME
 * @shareable: any user may use it
 * @attested: there is a place for its certificate
 */
struct recipe {
	struct km_key_spec spec;
	u8 format;
	struct km_params_buf enforced;
	struct km_params_buf unenforced;
	bool has_creation;
	bool shareable;
	bool attested;
};

static bool is_asymmetric(const struct km_key_spec *spec)
{
	return spec->algorithm == KM_ALGORITHM_EC || spec->algorithm == KM_ALGORITHM_RSA;
}

static enum km_error sort_tag(struct recipe *r, const struct km_param *p)
{
	switch (fate_of(p->tag)) {
	case FATE_ENFORCED:
		km_params_add(&r->enforced, p);
		break;
	case FATE_UNENFORCED:
		km_params_add(&r->unenforced, p);
		break;
	case FATE_DROPPED:
		break;
	case FATE_ATTESTATION:
		/* Whoever asks for what nobody will give him is told. */
		if (!r->attested && is_asymmetric(&r->spec))
			return KM_ERROR_UNSUPPORTED_TAG;
		break;
	case FATE_INVALID:
		return KM_ERROR_INVALID_TAG;
	case FATE_ROLLBACK:
		if (!km_state_is_counted() || r->format == KM_FORMAT_OCB)
			return KM_ERROR_ROLLBACK_RESISTANCE_UNAVAILABLE;
		km_params_add(&r->enforced, p);
		break;
	case FATE_UNSUPPORTED:
		return KM_ERROR_UNSUPPORTED_TAG;
	}
	r->has_creation |= p->tag == KM_TAG_CREATION_DATETIME;
	r->shareable |= p->tag == KM_TAG_LINUX_SHAREABLE;
	return KM_ERROR_OK;
}

/* A tag that may stand once stands twice: which would count? Refuse. */
static bool is_repeated(const struct km_params *set, u32 end, u32 tag)
{
	struct km_param p;
	u32 pos = 0;

	if (km_tag_repeats(tag))
		return false;
	while (km_params_next(set, &pos, &p) && pos < end)
		if (p.tag == tag)
			return true;
	return false;
}

static enum km_error sort_tags(struct recipe *r, const struct km_params *params)
{
	enum km_error err;
	struct km_param p;
	u32 pos = 0, n = 0;

	while (km_params_next(params, &pos, &p)) {
		if (++n > KM_DESCRIPTION_ENTRIES)
			return KM_ERROR_INVALID_ARGUMENT;
		err = sort_tag(r, &p);
		if (err)
			return err;
		if (is_repeated(params, pos, p.tag))
			return KM_ERROR_INVALID_TAG;
	}
	return KM_ERROR_OK;
}

/*
 * A key that is handed to other parts of the kernel is bytes to them, so it is of an algorithm
 * whose keys are. What would say how operations use it says nothing.
 */
static enum km_error check_bridge(const struct km_params *params, const struct km_key_spec *spec)
{
	struct km_param p;
	u32 pos = 0;

	if (spec->algorithm != KM_ALGORITHM_AES && spec->algorithm != KM_ALGORITHM_HMAC)
		return KM_ERROR_UNSUPPORTED_TAG;
	while (km_params_next(params, &pos, &p))
		if (p.tag == KM_TAG_LINUX_BRIDGE && p.value != KM_BRIDGE_LOGON &&
		    p.value != KM_BRIDGE_FSCRYPT)
			return KM_ERROR_INVALID_ARGUMENT;
	if (spec->modes || spec->paddings || spec->n_digests || spec->has_min_mac ||
	    spec->caller_nonce)
		return KM_ERROR_INVALID_TAG;
	return KM_ERROR_OK;
}

/*
 * A key of early boot must not come from outside, ever: tags.md. Validity of a certificate
 * is a pair; keys that are given none, nor a certificate, are those of Keymaster 1.
 */
static enum km_error check_description(const struct km_key_make *make,
				       const struct km_key_spec *spec)
{
	const struct km_params *params = make->params;
	bool before, after;
	struct km_param p;

	if (make->import && km_params_find(params, KM_TAG_EARLY_BOOT_ONLY, &p))
		return KM_ERROR_EARLY_BOOT_ENDED;
	if (km_params_find(params, KM_TAG_USAGE_COUNT_LIMIT, &p) && !p.value)
		return KM_ERROR_INVALID_ARGUMENT;
	if (km_params_find(params, KM_TAG_LINUX_BRIDGE, &p))
		return check_bridge(params, spec);
	if (!is_asymmetric(spec))
		return KM_ERROR_OK;
	before = km_params_find(params, KM_TAG_CERTIFICATE_NOT_BEFORE, &p);
	after = km_params_find(params, KM_TAG_CERTIFICATE_NOT_AFTER, &p);
	if (before == after && (before || !make->attest))
		return KM_ERROR_OK;
	return before ? KM_ERROR_MISSING_NOT_AFTER : KM_ERROR_MISSING_NOT_BEFORE;
}

/* The sets as the policy engine will see them, before anything is appended. */
static enum km_error check_policy(const struct km_params *params)
{
	struct km_policy policy = { .enforced = *params };

	km_policy_read(&policy);
	return km_authorize_new(&policy);
}

/* The system's own two even before it is configured, as 0: an upgrade then knows them. */
static void append_versions(struct recipe *r)
{
	struct km_version now;
	unsigned int i;

	km_version_now(&now);
	for (i = 0; i < KM_LEVELS; i++)
		if (i <= KM_LEVEL_OS_PATCHLEVEL || now.given & BIT(i))
			km_params_add_int(&r->enforced, km_level_tag(i), now.level[i]);
}

static u32 origin_of(const struct km_key_make *make)
{
	if (!make->import)
		return KM_ORIGIN_GENERATED;
	return make->secured ? KM_ORIGIN_SECURELY_IMPORTED : KM_ORIGIN_IMPORTED;
}

/* What the key manager itself adds: tags.md section 6. */
static void append_tags(struct recipe *r, struct km_key_make *make)
{
	const struct km_params *params = make->params;
	struct km_param p;

	if (!km_params_find(params, KM_TAG_KEY_SIZE, &p))
		km_params_add_int(&r->enforced, KM_TAG_KEY_SIZE, r->spec.key_size);
	if (r->spec.has_curve && !km_params_find(params, KM_TAG_EC_CURVE, &p))
		km_params_add_int(&r->enforced, KM_TAG_EC_CURVE, r->spec.curve);
	if (r->spec.has_exponent && !km_params_find(params, KM_TAG_RSA_PUBLIC_EXPONENT, &p))
		km_params_add_int(&r->enforced, KM_TAG_RSA_PUBLIC_EXPONENT, r->spec.exponent);
	km_params_add_int(&r->enforced, KM_TAG_ORIGIN, origin_of(make));
	append_versions(r);
	/* Makes the KEK of every blob unique, and names the key for its counters. */
	get_random_bytes(make->id, sizeof(make->id));
	km_params_add_bytes(&r->enforced, KM_TAG_LINUX_KEY_ID, make->id, sizeof(make->id));
	if (!r->has_creation)
		km_params_add_int(&r->unenforced, KM_TAG_CREATION_DATETIME,
				  max_t(s64, ktime_to_ms(ktime_get_real()), 0));
}

static enum km_error seal(struct km_key_make *make, const struct recipe *r,
			  const struct km_secret *material, const struct km_slot_secrets *slot)
{
	struct km_seal seal = {
		.format = r->format,
		.enforced = &r->enforced,
		.unenforced = &r->unenforced,
		.params = make->params,
		.shareable = r->shareable,
		.owner = make->owner,
		.material = material,
		.slot = slot->number ? slot : NULL,
	};
	enum km_error err = km_seal(&seal);

	make->blob = seal.blob;
	make->blob_len = seal.blob_len;
	return err;
}

static enum km_error make_material(struct recipe *r, const struct km_import *import,
				   struct km_secret **material)
{
	const struct km_alg *alg = km_alg_of(&r->spec);
	enum km_error err;

	err = alg->check_spec(&r->spec, import);
	if (err)
		return err;
	err = import ? alg->import(&r->spec, import, material) :
		       alg->generate(&r->spec, material);
	/*
	 * Programs cannot read a logon key, but the kernel lets them use one with ciphers of
	 * their choice (AF_ALG, from 6.2 on), and some for short keys give those away: ghash.
	 */
	if (!err && r->spec.bridges && r->spec.key_size < KM_BRIDGE_BITS_MIN)
		err = KM_ERROR_UNSUPPORTED_KEY_SIZE;
	return err;
}

/*
 * The layout of the reference's Keymaster 1 has no room for a slot: its keys are counted
 * by their id alone.
 */
static bool choose_slot(struct recipe *r, const struct km_key_make *make,
			struct km_count_new *new)
{
	struct km_param p;
	bool rollback = km_params_find(make->params, KM_TAG_ROLLBACK_RESISTANCE, &p);

	if (km_params_find(make->params, KM_TAG_USAGE_COUNT_LIMIT, &p))
		new->uses = p.value;
	else if (!rollback)
		return false;
	new->bound = r->format == KM_FORMAT_GCM_VERSIONED;
	if (new->bound)
		r->format = KM_FORMAT_GCM_SLOT_VERSIONED;
	return true;
}

/* The slot is kept before anybody has the blob: so there is no key without one. */
static enum km_error make_slot(struct recipe *r, struct km_key_make *make,
			       struct km_slot_secrets *secrets)
{
	struct km_count_new new = {
		.id = make->id, .owner = make->owner, .secrets = secrets,
	};
	enum km_error err;
	struct km_param p;

	if (!choose_slot(r, make, &new))
		return KM_ERROR_OK;
	err = km_count_make(&new);
	make->kept = !err;
	make->slot = secrets->number;
	if (err == KM_ERROR_TOO_MANY_OPERATIONS &&
	    km_params_find(make->params, KM_TAG_ROLLBACK_RESISTANCE, &p))
		err = KM_ERROR_ROLLBACK_RESISTANCE_UNAVAILABLE;
	return err;
}

/**
 * km_key_unmake() - a key that was made does not reach its owner
 * @make: what km_key_make() filled in, whatever it returned
 */
void km_key_unmake(struct km_key_make *make)
{
	if (make->kept)
		km_count_unmake(make->id, make->slot, make->owner);
	make->kept = false;
}

/* The key as it will be when its blob is opened, and what its sets will be then. */
static enum km_error certify(struct recipe *r, struct km_key_make *make,
			     const struct km_secret *material)
{
	struct km_params enforced, unenforced;
	struct km_attest *a = make->attest;
	u8 *wire[2] = {};
	struct km_alg_key key = {
		.alg = km_alg_of(&r->spec), .spec = r->spec,
		.material = (struct km_secret *)material,
	};
	enum km_error err;
	int ret;

	if (!a || !is_asymmetric(&r->spec))
		return KM_ERROR_OK;
	ret = km_view_of(&enforced, &r->enforced, &wire[0]);
	if (!ret)
		ret = km_view_of(&unenforced, &r->unenforced, &wire[1]);
	err = km_error_of(ret);
	if (err)
		goto out;
	a->key = &key;
	a->enforced = &enforced;
	a->unenforced = &unenforced;
	a->request = make->params;
	err = key.alg->load(&key);
	if (!err)
		err = km_attest(a);
	key.alg->unload(&key);
out:
	kfree(wire[1]);
	kfree(wire[0]);
	return err;
}

/* Everything but the material is there. */
static enum km_error make_blob(struct recipe *r, struct km_key_make *make,
			       const struct km_secret *material)
{
	struct km_slot_secrets secrets = {};
	enum km_error err;

	append_tags(r, make);
	err = certify(r, make, material);
	if (!err)
		err = make_slot(r, make, &secrets);
	if (!err)
		err = seal(make, r, material, &secrets);
	memzero_explicit(&secrets, sizeof(secrets));
	if (err)
		km_key_unmake(make);
	return err;
}

/**
 * km_key_make() - make a key, or bring one in
 * @make: description and result
 *
 * Return: Keymaster code. Context: may sleep.
 */
enum km_error km_key_make(struct km_key_make *make)
{
	u32 room = make->params->wire_len + APPENDED;
	struct km_secret *material = NULL;
	struct recipe r = { .format = make->format, .attested = make->attest };
	enum km_error err;

	make->blob = NULL;
	make->kept = false;
	if (!km_root_source())
		return KM_ERROR_KEYMASTER_NOT_CONFIGURED;
	if (make->params->wire_len > KM_DESCRIPTION_MAX)
		return KM_ERROR_INVALID_ARGUMENT;
	km_spec_read(&r.spec, make->params);
	if (!km_alg_of(&r.spec))
		return KM_ERROR_UNSUPPORTED_ALGORITHM;
	err = KM_ERROR_MEMORY_ALLOCATION_FAILED;
	if (km_params_buf_init(&r.enforced, room, room) ||
	    km_params_buf_init(&r.unenforced, room, room))
		goto out;
	err = sort_tags(&r, make->params);
	if (!err)
		err = check_description(make, &r.spec);
	if (!err)
		err = check_policy(make->params);
	if (!err)
		err = make_material(&r, make->import, &material);
	if (!err)
		err = make_blob(&r, make, material);
out:
	km_secret_free(material);
	km_params_buf_free(&r.unenforced);
	km_params_buf_free(&r.enforced);
	return err;
}
