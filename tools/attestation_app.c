// SPDX-License-Identifier: GPL-2.0-only
/*
 * The application id of an attestation: which packages asked for the key, and who signed
 * them. The key manager copies it as bytes; only who knows what should be there reads it.
 */
#include "attestation.h"

/* Each in turn; the last one leaves nothing behind. */
bool attest_app_package(struct attest_der *packages, struct km_bytes *name, uint64_t *version)
{
	struct attest_der body;

	return attest_der_get(packages, ATTEST_DER_SEQUENCE, &body) &&
	       attest_der_bytes(&body, name) &&
	       attest_der_uint(&body, ATTEST_DER_INTEGER, version) && !body.left;
}

static bool well_formed(struct attest_app app)
{
	struct km_bytes bytes;
	uint64_t version;

	while (app.packages.left)
		if (!attest_app_package(&app.packages, &bytes, &version))
			return false;
	while (app.signers.left)
		if (!attest_der_bytes(&app.signers, &bytes))
			return false;
	return true;
}

/**
 * attest_app_parse() - the application id of a record
 * @app: [out] its two sets; they belong to @record
 * @record: the record
 *
 * It is in the list that is not enforced, always: the system made it, not the key manager.
 * Return: false if there is none, or one of another form.
 */
bool attest_app_parse(struct attest_app *app, const struct attest_record *record)
{
	struct attest_der in, body;
	struct km_param p;

	if (km_params_find(record->software.params, KM_TAG_ATTESTATION_APPLICATION_ID, 0, &p))
		return false;
	in = (struct attest_der){ p.data, p.len };
	return attest_der_get(&in, ATTEST_DER_SEQUENCE, &body) && !in.left &&
	       attest_der_get(&body, ATTEST_DER_SET, &app->packages) &&
	       attest_der_get(&body, ATTEST_DER_SET, &app->signers) && !body.left &&
	       well_formed(*app);
}
