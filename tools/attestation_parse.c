// SPDX-License-Identifier: GPL-2.0-only
/*
 * The record of an attestation: the extension that says what a key is. Read strictly, as who
 * is to be deceived by it reads it; all versions. Under attestation_verify.c, over
 * attestation_der.c.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "attestation.h"

#define TAG_NUMBER(tag)	((tag) & 0x0fffffff)

/*
 * Every field that a record may hold, of whatever version: real devices write fields of
 * later versions, and what they mean never changed. What is not here could be a restriction
 * that nobody would see.
 */
static const uint32_t schema[] = {
	KM_TAG_PURPOSE, KM_TAG_ALGORITHM, KM_TAG_KEY_SIZE, KM_TAG_BLOCK_MODE, KM_TAG_DIGEST,
	KM_TAG_PADDING, KM_TAG_CALLER_NONCE, KM_TAG_MIN_MAC_LENGTH, KM_TAG_KDF, KM_TAG_EC_CURVE,
	KM_TAG_RSA_PUBLIC_EXPONENT, KM_TAG_RSA_OAEP_MGF_DIGEST, KM_TAG_ROLLBACK_RESISTANCE,
	KM_TAG_EARLY_BOOT_ONLY, KM_TAG_ACTIVE_DATETIME, KM_TAG_ORIGINATION_EXPIRE_DATETIME,
	KM_TAG_USAGE_EXPIRE_DATETIME, KM_TAG_USAGE_COUNT_LIMIT, KM_TAG_USER_SECURE_ID,
	KM_TAG_NO_AUTH_REQUIRED, KM_TAG_USER_AUTH_TYPE, KM_TAG_AUTH_TIMEOUT,
	KM_TAG_ALLOW_WHILE_ON_BODY, KM_TAG_TRUSTED_USER_PRESENCE_REQUIRED,
	KM_TAG_TRUSTED_CONFIRMATION_REQUIRED, KM_TAG_UNLOCKED_DEVICE_REQUIRED,
	KM_TAG_ALL_APPLICATIONS, KM_TAG_APPLICATION_ID, KM_TAG_CREATION_DATETIME, KM_TAG_ORIGIN,
	KM_TAG_ROLLBACK_RESISTANT, KM_TAG_ROOT_OF_TRUST, KM_TAG_OS_VERSION,
	KM_TAG_OS_PATCHLEVEL, KM_TAG_ATTESTATION_APPLICATION_ID, KM_TAG_ATTESTATION_ID_BRAND,
	KM_TAG_ATTESTATION_ID_DEVICE, KM_TAG_ATTESTATION_ID_PRODUCT,
	KM_TAG_ATTESTATION_ID_SERIAL, KM_TAG_ATTESTATION_ID_IMEI, KM_TAG_ATTESTATION_ID_MEID,
	KM_TAG_ATTESTATION_ID_MANUFACTURER, KM_TAG_ATTESTATION_ID_MODEL,
	KM_TAG_VENDOR_PATCHLEVEL, KM_TAG_BOOT_PATCHLEVEL, KM_TAG_DEVICE_UNIQUE_ATTESTATION,
	KM_TAG_ATTESTATION_ID_SECOND_IMEI, KM_TAG_MODULE_HASH,
};

/* Which version of the record comes from which of the key manager. */
static const struct { uint32_t attestation, keymaster; } versions[] = {
	{ 1, 2 }, { 2, 3 }, { 3, 4 }, { 4, 41 },
	{ 100, 100 }, { 200, 200 }, { 300, 300 }, { 400, 400 },
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* Always false: what a parser returns that has just said why. */
bool attest_bad(struct attest_fault *fault, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
	return false;
}

static uint32_t tag_of(uint32_t number)
{
	size_t i;

	for (i = 0; i < COUNT(schema); i++)
		if (TAG_NUMBER(schema[i]) == number)
			return schema[i];
	return KM_TAG_INVALID;
}

/* Whether a field of @tag is a SET; its secure id is one number, though a key has several. */
static bool is_set(uint32_t tag)
{
	return KM_TAG_TYPE(tag) == KM_TYPE_ENUM_REP || KM_TAG_TYPE(tag) == KM_TYPE_UINT_REP;
}

static bool is_wide(uint32_t tag)
{
	switch (KM_TAG_TYPE(tag)) {
	case KM_TYPE_ULONG:
	case KM_TYPE_ULONG_REP:
	case KM_TYPE_DATE:
		return true;
	}
	return false;
}

static bool add_number(struct km_params *params, uint32_t tag, struct attest_der *in)
{
	uint64_t value;
	int ret;

	if (!attest_der_uint(in, ATTEST_DER_INTEGER, &value))
		return false;
	if (is_wide(tag))
		return !km_params_add_u64(params, tag, value);
	if (value > UINT32_MAX)
		return false;
	ret = km_params_add_u32(params, tag, (uint32_t)value);
	/* DER lets a set have a member twice, and a key may have an authorization twice. */
	return !ret || (ret == -EEXIST && is_set(tag));
}

static bool add_members(struct km_params *params, uint32_t tag, struct attest_der *in)
{
	struct attest_der set, before = { NULL, 0 }, member;

	if (!attest_der_get(in, ATTEST_DER_SET, &set) || !set.left)
		return false;
	while (set.left) {
		member.p = set.p;
		if (!add_number(params, tag, &set))
			return false;
		member.left = (size_t)(set.p - member.p);
		if (before.p && attest_der_order(&before, &member) > 0)
			return false;
		before = member;
	}
	return true;
}

static bool add_bytes(struct km_params *params, uint32_t tag, struct attest_der *in)
{
	struct km_bytes bytes;

	return attest_der_bytes(in, &bytes) &&
	       (tag != KM_TAG_ATTESTATION_APPLICATION_ID || bytes.len <= ATTEST_APP_MAX) &&
	       !km_params_add_bytes(params, tag, bytes.data, bytes.len);
}

static bool parse_root_of_trust(struct attest_list *list, struct attest_der *in,
				uint32_t version)
{
	struct attest_root_of_trust *root = &list->root;
	struct attest_der body;
	uint64_t boot;

	if (!attest_der_get(in, ATTEST_DER_SEQUENCE, &body) ||
	    !attest_der_bytes(&body, &root->key) || !attest_der_bool(&body, &root->locked) ||
	    !attest_der_uint(&body, ATTEST_DER_ENUMERATED, &boot) || boot >= ATTEST_BOOT_STATES)
		return false;
	root->boot = (uint32_t)boot;
	root->present = true;
	if (version >= 3 && !attest_der_bytes(&body, &root->hash))
		return false;
	return !body.left;
}

static bool parse_value(struct attest_list *list, uint32_t tag, struct attest_der *in,
			uint32_t version)
{
	struct attest_der none;

	if (tag == KM_TAG_ROOT_OF_TRUST)
		return parse_root_of_trust(list, in, version);
	if (is_set(tag))
		return add_members(list->params, tag, in);
	switch (KM_TAG_TYPE(tag)) {
	case KM_TYPE_BOOL:
		return attest_der_get(in, ATTEST_DER_NULL, &none) && !none.left &&
		       !km_params_add_bool(list->params, tag);
	case KM_TYPE_BYTES:
		return add_bytes(list->params, tag, in);
	}
	return add_number(list->params, tag, in);
}

static bool parse_list(struct attest_list *list, struct attest_der *in, uint32_t version,
		       struct attest_fault *fault)
{
	uint32_t number, before = 0, tag;
	struct attest_der body, field;

	if (km_params_new(&list->params))
		return attest_bad(fault, "out of memory");
	if (!attest_der_get(in, ATTEST_DER_SEQUENCE, &body))
		return attest_bad(fault, "a list of authorizations is malformed");
	while (body.left) {
		if (!attest_der_field(&body, &number, &field))
			return attest_bad(fault, "what follows field [%u] is malformed", before);
		if (number <= before)
			return attest_bad(fault, "field [%u] comes after [%u]: out of order",
					  number, before);
		tag = tag_of(number);
		if (tag == KM_TAG_INVALID)
			return attest_bad(fault, "field [%u] is not known", number);
		if (!parse_value(list, tag, &field, version) || field.left)
			return attest_bad(fault, "field [%u] (%s) is malformed", number,
					  km_tag_name(tag));
		before = number;
	}
	return true;
}

static bool parse_level(struct attest_der *in, uint32_t *level)
{
	uint64_t value;

	if (!attest_der_uint(in, ATTEST_DER_ENUMERATED, &value) || value >= ATTEST_LEVELS)
		return false;
	*level = (uint32_t)value;
	return true;
}

static bool known_versions(uint64_t attestation, uint64_t keymaster)
{
	size_t i;

	for (i = 0; i < COUNT(versions); i++)
		if (versions[i].attestation == attestation)
			return versions[i].keymaster == keymaster;
	return false;
}

static bool parse_head(struct attest_record *record, struct attest_der *in,
		       struct attest_fault *fault)
{
	uint64_t attestation, keymaster;

	if (!attest_der_uint(in, ATTEST_DER_INTEGER, &attestation) ||
	    !parse_level(in, &record->attestation_level) ||
	    !attest_der_uint(in, ATTEST_DER_INTEGER, &keymaster) ||
	    !parse_level(in, &record->keymaster_level) ||
	    !attest_der_bytes(in, &record->challenge) ||
	    !attest_der_bytes(in, &record->unique_id))
		return attest_bad(fault, "its versions, levels, challenge or unique id: malformed");
	if (!known_versions(attestation, keymaster))
		return attest_bad(fault, "version %llu of a key manager %llu is not known",
				  (unsigned long long)attestation,
				  (unsigned long long)keymaster);
	record->attestation_version = (uint32_t)attestation;
	record->keymaster_version = (uint32_t)keymaster;
	if (record->challenge.len > ATTEST_CHALLENGE_MAX)
		return attest_bad(fault, "its challenge has %zu bytes, more than %d",
				  record->challenge.len, ATTEST_CHALLENGE_MAX);
	return true;
}

/**
 * attest_parse() - read a KeyDescription
 * @record: [out] what it says; end with attest_record_free(), also after a failure
 * @der: the value of the extension; has to stay as long as @record
 * @fault: [out] why it is refused
 */
bool attest_parse(struct attest_record *record, const struct km_bytes *der,
		  struct attest_fault *fault)
{
	struct attest_der in = { der->data, der->len }, body;

	memset(record, 0, sizeof(*record));
	if (!attest_der_get(&in, ATTEST_DER_SEQUENCE, &body) || in.left)
		return attest_bad(fault, "it is no sequence, or something is behind it");
	if (!parse_head(record, &body, fault) ||
	    !parse_list(&record->software, &body, record->attestation_version, fault) ||
	    !parse_list(&record->tee, &body, record->attestation_version, fault))
		return false;
	return !body.left || attest_bad(fault, "something is behind its lists");
}

void attest_record_free(struct attest_record *record)
{
	km_params_free(record->software.params);
	km_params_free(record->tee.params);
	memset(record, 0, sizeof(*record));
}

/*
 * Where an authorization counts: among what is enforced. A key manager that is software, and
 * says so, enforces the other list, too, as well as it enforces anything.
 */
const struct attest_list *attest_list_of(const struct attest_record *record, uint32_t tag)
{
	struct km_param p;

	if (!km_params_find(record->tee.params, tag, 0, &p))
		return &record->tee;
	if (record->attestation_level == ATTEST_SOFTWARE &&
	    !km_params_find(record->software.params, tag, 0, &p))
		return &record->software;
	return NULL;
}

bool attest_has(const struct attest_record *record, uint32_t tag, uint64_t value)
{
	const struct attest_list *list = attest_list_of(record, tag);

	return list && km_params_contains(list->params, tag, value);
}

/* Likewise of the root of trust; NULL: there is none that counts. */
const struct attest_root_of_trust *attest_root_of(const struct attest_record *record)
{
	if (record->tee.root.present)
		return &record->tee.root;
	if (record->attestation_level == ATTEST_SOFTWARE && record->software.root.present)
		return &record->software.root;
	return NULL;
}
