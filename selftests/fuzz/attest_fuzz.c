// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz target: the verifier's reader of attestation records (tools/attestation_parse.c,
 * attestation_app.c) and its list of what was revoked (attestation_revoked.c).
 *
 * Of a record of anybody, all it says lies inside of it, and nothing shorter or longer is one.
 */
#include "../../tools/attestation.h"
#include "der_mutator.h"
#include "fuzz.h"

static void inside(const struct km_bytes *bytes, const uint8_t *data, size_t len)
{
	MUST(is_inside(bytes->data, bytes->len, data, len));
}

static void list(const struct attest_list *l, const uint8_t *data, size_t len)
{
	struct km_param p;
	size_t i, n = km_params_count(l->params);
	char text[64];

	inside(&l->root.key, data, len);
	inside(&l->root.hash, data, len);
	MUST(!l->root.present || l->root.boot < ATTEST_BOOT_STATES);
	for (i = 0; i < n; i++) {
		MUST(!km_params_get(l->params, i, &p));
		MUST(km_tag_name(p.tag) && km_param_format(&p, text, sizeof(text)) >= 0);
		MUST(strlen(text) < sizeof(text));
	}
}

static bool parses(const uint8_t *data, size_t len)
{
	struct km_bytes all = { data, len };
	struct attest_record record;
	struct attest_fault fault = { "" };
	bool good = attest_parse(&record, &all, &fault);

	MUST(good || *fault.text);
	attest_record_free(&record);
	return good;
}

static void record(const uint8_t *data, size_t len)
{
	struct km_bytes all = { data, len }, name;
	struct attest_record r;
	struct attest_fault fault = { "" };
	struct attest_app app;
	uint64_t version;
	uint8_t *longer;

	if (!attest_parse(&r, &all, &fault)) {
		MUST(*fault.text);
		attest_record_free(&r);
		return;
	}
	inside(&r.challenge, data, len);
	inside(&r.unique_id, data, len);
	MUST(r.challenge.len <= ATTEST_CHALLENGE_MAX && r.attestation_level < ATTEST_LEVELS);
	list(&r.software, data, len);
	list(&r.tee, data, len);
	if (attest_app_parse(&app, &r))
		while (app.packages.left)
			MUST(attest_app_package(&app.packages, &name, &version));
	attest_record_free(&r);
	MUST(!parses(data, len - 1));
	longer = malloc(len + 1);
	memcpy(longer, data, len);
	longer[len] = 0;
	MUST(!parses(longer, len + 1));
	free(longer);
}

static void revoked(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1);
	struct km_bytes file = { text, len };
	struct attest_fault fault = { "" };
	struct attest_revoked *r;

	memcpy(text, data, len);
	text[len] = 0;
	r = attest_revoked_read(&file, &fault);
	if (r)
		attest_revoked_find(r, "1");
	else
		MUST(*fault.text);
	attest_revoked_free(r);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len && data[0] == ATTEST_DER_SEQUENCE)
		record(data, len);
	else
		revoked(data, len);
	return 0;
}
