// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an attestation has proved, for people and as JSON.
 * Under cmd_verify_attestation.c; sets are shown by auths.c, as those of keys are.
 */
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>
#include <openssl/pem.h>

#include "attestation.h"
#include "kmctl.h"

static char *hex_of(const struct km_bytes *bytes)
{
	char *text = malloc(2 * bytes->len + 1);

	if (text)
		hex(bytes->data, bytes->len, text);
	return text;
}

/* A name that somebody else chose. Cut off at a NUL, it could be taken for another. */
static char *text_of(const struct km_bytes *bytes)
{
	char *text, *shown;

	if (memchr(bytes->data, '\0', bytes->len))
		return hex_of(bytes);
	text = strndup(bytes->data, bytes->len);
	shown = text ? printable(text) : NULL;
	free(text);
	return shown;
}

static void print_bytes(const char *label, const struct km_bytes *bytes)
{
	char *text = hex_of(bytes);

	printf("%-26s %s\n", label, text ? text : "?");
	free(text);
}

static void print_root(const struct attest_root_of_trust *root)
{
	if (!root->present)
		return;
	printf("  %-24s %s\n", "verified-boot", attest_boot_name(root->boot));
	printf("  %-24s %s\n", "device-locked", root->locked ? "yes" : "no");
	print_bytes("  boot-key", &root->key);
	print_bytes("  boot-hash", &root->hash);
}

static void print_app(const struct attest_record *record)
{
	unsigned long long shown;
	struct attest_app app;
	struct km_bytes bytes;
	uint64_t version;
	char *name;

	if (!attest_app_parse(&app, record))
		return;
	printf("application\n");
	while (app.packages.left && attest_app_package(&app.packages, &bytes, &version)) {
		name = text_of(&bytes);
		shown = version;
		printf("  %-24s %s, version %llu\n", "package", name ? name : "?", shown);
		free(name);
	}
	while (app.signers.left && attest_der_bytes(&app.signers, &bytes))
		print_bytes("  signer", &bytes);
}

static void print_chain(struct stack_st_X509 *chain, const struct attest_result *result)
{
	char *subject, *serial;
	X509 *cert;
	int i;

	for (i = 0; i < sk_X509_num(chain); i++) {
		cert = sk_X509_value(chain, i);
		subject = attest_subject(cert);
		serial = attest_serial(cert);
		printf("certificate %-2d             %s, serial %s%s\n", i + 1,
		       subject ? subject : "?", serial ? serial : "?",
		       i == result->at ? " (of this record)" : "");
		free(subject);
		free(serial);
	}
}

void attest_show_text(struct stack_st_X509 *chain, const struct attest_result *result)
{
	const struct attest_record *r = &result->record;

	print_chain(chain, result);
	if (result->others)
		printf("%-26s %d, nearer to the leaf, which prove nothing\n", "other records",
		       result->others);
	printf("%-26s %u, %s\n", "attestation", r->attestation_version,
	       attest_level_name(r->attestation_level));
	printf("%-26s %u, %s\n", "key manager", r->keymaster_version,
	       attest_level_name(r->keymaster_level));
	print_bytes("challenge", &r->challenge);
	print_bytes("unique id", &r->unique_id);
	printf("software enforced\n");
	print_set(r->software.params, stdout);
	print_root(&r->software.root);
	printf("tee enforced\n");
	print_set(r->tee.params, stdout);
	print_root(&r->tee.root);
	print_app(r);
}

/* ---- JSON ---- */

static void add_owned(struct json_object *object, const char *name, char *text)
{
	json_object_object_add(object, name, string_to_json(text ? text : ""));
	free(text);
}

static void add_number(struct json_object *object, const char *name, uint64_t number)
{
	json_object_object_add(object, name, json_object_new_uint64(number));
}

static void add_text(struct json_object *object, const char *name, const char *text)
{
	json_object_object_add(object, name, json_object_new_string(text));
}

static struct json_object *list_to_json(const struct attest_list *list)
{
	struct json_object *object = set_to_json(list->params), *root;

	if (!list->root.present)
		return object;
	root = json_object_new_object();
	add_owned(root, "boot-key", hex_of(&list->root.key));
	json_object_object_add(root, "device-locked", json_object_new_boolean(list->root.locked));
	add_text(root, "verified-boot", attest_boot_name(list->root.boot));
	add_owned(root, "boot-hash", hex_of(&list->root.hash));
	json_object_object_add(object, "root-of-trust", root);
	return object;
}

static struct json_object *app_to_json(const struct attest_record *record)
{
	struct json_object *object, *packages, *signers, *package;
	struct attest_app app;
	struct km_bytes bytes;
	uint64_t version;

	if (!attest_app_parse(&app, record))
		return NULL;
	object = json_object_new_object();
	packages = json_object_new_array();
	signers = json_object_new_array();
	while (app.packages.left && attest_app_package(&app.packages, &bytes, &version)) {
		package = json_object_new_object();
		add_owned(package, "name", text_of(&bytes));
		add_number(package, "version", version);
		json_object_array_add(packages, package);
	}
	while (app.signers.left && attest_der_bytes(&app.signers, &bytes)) {
		char *text = hex_of(&bytes);

		json_object_array_add(signers, json_object_new_string(text ? text : ""));
		free(text);
	}
	json_object_object_add(object, "packages", packages);
	json_object_object_add(object, "signers", signers);
	return object;
}

static struct json_object *record_to_json(const struct attest_record *r)
{
	struct json_object *object = json_object_new_object(), *app = app_to_json(r);

	add_number(object, "attestation-version", r->attestation_version);
	add_text(object, "attestation-security-level", attest_level_name(r->attestation_level));
	add_number(object, "keymaster-version", r->keymaster_version);
	add_text(object, "keymaster-security-level", attest_level_name(r->keymaster_level));
	add_owned(object, "challenge", hex_of(&r->challenge));
	add_owned(object, "unique-id", hex_of(&r->unique_id));
	json_object_object_add(object, "software-enforced", list_to_json(&r->software));
	json_object_object_add(object, "tee-enforced", list_to_json(&r->tee));
	if (app)
		json_object_object_add(object, "application", app);
	return object;
}

/* What the messages of the key are verified with. */
static char *public_key(X509 *leaf)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL, *data;
	long len;

	if (bio && PEM_write_bio_PUBKEY(bio, X509_get0_pubkey(leaf))) {
		len = BIO_get_mem_data(bio, &data);
		text = strndup(data, len > 0 ? (size_t)len : 0);
	}
	BIO_free(bio);
	return text;
}

void attest_show_json(struct stack_st_X509 *chain, const struct attest_result *result)
{
	struct json_object *top = json_object_new_object();
	struct json_object *certs = json_object_new_array(), *cert;
	int i;

	for (i = 0; i < sk_X509_num(chain); i++) {
		cert = json_object_new_object();
		add_owned(cert, "subject", attest_subject(sk_X509_value(chain, i)));
		add_owned(cert, "serial", attest_serial(sk_X509_value(chain, i)));
		json_object_array_add(certs, cert);
	}
	json_object_object_add(top, "certificates", certs);
	add_owned(top, "public-key", public_key(sk_X509_value(chain, 0)));
	add_number(top, "record-of-certificate", (uint64_t)result->at + 1);
	add_number(top, "other-records", (uint64_t)result->others);
	json_object_object_add(top, "record", record_to_json(&result->record));
	print_json(top);
}
