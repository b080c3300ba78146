// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is in one of Android's files, as lines or as JSON: keystore's layer, master key,
 * certificate, the three sets of a key; of its material only the length.
 * Under cmd_android_show.c.
 */
#include <stdlib.h>

#include <json-c/json.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "android_entry.h"

static const struct {
	unsigned int flag;
	const char *name;
} flags[] = {
	{ ANDROID_FLAG_FALLBACK, "fallback" },
	{ ANDROID_FLAG_SUPER_ENCRYPTED, "super-encrypted" },
	{ ANDROID_FLAG_CRITICAL, "critical" },
};

static const char *const type_names[16] = {
	[KM_TYPE_ENUM >> 28] = "ENUM",
	[KM_TYPE_ENUM_REP >> 28] = "ENUM_REP",
	[KM_TYPE_UINT >> 28] = "UINT",
	[KM_TYPE_UINT_REP >> 28] = "UINT_REP",
	[KM_TYPE_ULONG >> 28] = "ULONG",
	[KM_TYPE_ULONG_REP >> 28] = "ULONG_REP",
	[KM_TYPE_DATE >> 28] = "DATE",
	[KM_TYPE_BOOL >> 28] = "BOOL",
	[KM_TYPE_BYTES >> 28] = "BYTES",
	[KM_TYPE_BIGNUM >> 28] = "BIGNUM",
};

static char *hex_of(const void *bytes, size_t len)
{
	char *text = malloc(2 * len + 1);

	if (!text)
		abort();
	hex(bytes, len, text);
	return text;
}

static void print_hex(const char *label, const void *bytes, size_t len)
{
	char *text = hex_of(bytes, len);

	printf("%s: %s\n", label, text);
	free(text);
}

/* A certificate in PEM, to be freed. */
static char *certificate_pem(const struct android_entry *entry)
{
	X509 *certificate = android_certificate(entry);
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL, *data;
	long len;

	if (bio && certificate && PEM_write_bio_X509(bio, certificate)) {
		len = BIO_get_mem_data(bio, &data);
		if (asprintf(&text, "%.*s", (int)len, data) < 0)
			text = NULL;
	}
	BIO_free(bio);
	X509_free(certificate);
	return text;
}

static const char *algorithm_name(const struct android_entry *entry)
{
	const char *name = km_value_name(KM_TAG_ALGORITHM, android_algorithm(entry));

	if (entry->blob.format == ANDROID_PK8 && entry->blob.pk8_type == ANDROID_PK8_DSA)
		return "dsa";
	return entry->blob.format == ANDROID_QUALCOMM ? "rsa" : name ? name : "unknown";
}

static bool is_asymmetric(const struct android_entry *entry)
{
	uint32_t algorithm = android_algorithm(entry);

	return algorithm == KM_ALGORITHM_RSA || algorithm == KM_ALGORITHM_EC;
}

/* In bits, as the sets say it; of DSA, which has none, as the key says it. 0: unknown. */
static unsigned int key_bits(const struct android_entry *entry)
{
	struct km_param p;
	EVP_PKEY *pkey;
	int bits;

	if (entry->blob.format == ANDROID_QUALCOMM)
		return (unsigned int)entry->blob.qualcomm.modulus.len * 8;
	if (!android_find(&entry->blob, KM_TAG_KEY_SIZE, &p))
		return (unsigned int)p.value;
	pkey = android_private_key(entry);
	bits = pkey ? EVP_PKEY_get_bits(pkey) : 0;
	EVP_PKEY_free(pkey);
	return bits > 0 ? (unsigned int)bits : 0;
}

/* It opened, and is no key of its algorithm: that is a finding, not an error. */
static bool material_fits(const struct android_entry *entry)
{
	EVP_PKEY *pkey;

	if (!is_asymmetric(entry))
		return true;
	pkey = android_private_key(entry);
	EVP_PKEY_free(pkey);
	return pkey;
}

/* ---- as lines ---- */

static void print_name(const struct km_param *p)
{
	const char *name = km_tag_name(p->tag), *value = km_value_name(p->tag, p->value);
	uint32_t type = KM_TAG_TYPE(p->tag);
	char text[64];

	if (!name)
		return;
	if (type == KM_TYPE_DATE && km_param_format(p, text, sizeof(text)) > 0)
		value = text;
	if (value && type != KM_TYPE_BOOL)
		printf(" (%s %s)", name, value);
	else
		printf(" (%s)", name);
}

static void print_tag(const struct km_param *p)
{
	uint32_t type = KM_TAG_TYPE(p->tag);
	char *text;

	printf("  tag=%08X %s ", p->tag, type_names[p->tag >> 28]);
	if (type == KM_TYPE_BYTES || type == KM_TYPE_BIGNUM) {
		text = hex_of(p->data, p->len);
		fputs(text, stdout);
		free(text);
	} else if (type == KM_TYPE_BOOL) {
		fputs(p->value ? "true" : "false", stdout);
	} else {
		printf("0x%llx", (unsigned long long)p->value);
	}
	print_name(p);
	putchar('\n');
}

static void print_tags(const char *title, const struct km_params *set)
{
	struct km_param p;
	size_t i;

	puts(title);
	for (i = 0; !km_params_get(set, i, &p); i++)
		print_tag(&p);
}

static void print_file(const struct android_entry *entry)
{
	const struct android_file *file = &entry->file;
	const char *encoded;
	char *alias, *shown;
	uint32_t uid;
	size_t i;

	printf("file: version %u, %s, %s", file->version, android_type_name(file->type),
	       android_file_encrypted(file) ? "encrypted" : "not encrypted");
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (file->flags & flags[i].flag)
			printf(", %s", flags[i].name);
	putchar('\n');
	if (!android_name_split(entry->base, &uid, &encoded))
		return;
	alias = android_alias_decode(encoded);
	shown = printable(alias ? alias : encoded);
	printf("uid: %u\nalias: %s\n", uid, shown);
	free(shown);
	free(alias);
}

static void print_qualcomm(const struct android_qualcomm *q)
{
	printf("version: %u\n", q->version);
	print_hex("modulus", q->modulus.data, q->modulus.len);
	print_hex("exponent", q->exponent.data, q->exponent.len);
	printf("private exponent: %zu bytes, encrypted under a key of the device\n",
	       q->private_exponent.len);
}

static void print_blob(const struct android_entry *entry)
{
	const struct android_blob *blob = &entry->blob;
	unsigned int bits = key_bits(entry);

	printf("blob: %s\n", android_format_name(blob->format));
	if (blob->format == ANDROID_GCM_VERSIONED || blob->format == ANDROID_GCM_SLOT_VERSIONED)
		printf("kdf version: 0x%x, additional information 0x%x\n", blob->kdf_version,
		       blob->addl_info);
	if (android_has_slot(blob->format))
		printf("slot: 0x%x\n", blob->slot);
	printf("algorithm: %s\n", algorithm_name(entry));
	if (bits)
		printf("size: %u\n", bits);
	if (blob->format == ANDROID_QUALCOMM) {
		print_qualcomm(&blob->qualcomm);
		return;
	}
	printf("material: %zu bytes%s\n", blob->material.len,
	       material_fits(entry) ? "" : ", no private key of this algorithm");
	print_tags("hidden", blob->hidden);
	print_tags("enforced", blob->enforced);
	print_tags("unenforced", blob->unenforced);
}

static void print_lines(const struct android_entry *entry)
{
	char *pem;

	if (entry->wrapped)
		print_file(entry);
	if (entry->master.len)
		print_hex("master key", entry->master.data, entry->master.len);
	switch (entry->content) {
	case ANDROID_IS_MASTER:
	case ANDROID_IS_CLOSED:
		break;
	case ANDROID_IS_KEY:
		print_blob(entry);
		break;
	case ANDROID_IS_CERTIFICATE:
		pem = certificate_pem(entry);
		printf("certificate\n%s", pem ? pem : "");
		free(pem);
		break;
	case ANDROID_IS_DATA:
		printf("value: %zu bytes\n", entry->file.value.len);
		break;
	}
}

/* ---- as JSON ---- */

static void add_hex(struct json_object *object, const char *name, const void *bytes, size_t len)
{
	char *text = hex_of(bytes, len);

	json_object_object_add(object, name, json_object_new_string(text));
	free(text);
}

static void add_file(struct json_object *top, const struct android_entry *entry)
{
	const struct android_file *file = &entry->file;
	struct json_object *object = json_object_new_object();
	const char *encoded;
	uint32_t uid;
	char *alias;
	size_t i;

	json_object_object_add(object, "version", json_object_new_int(file->version));
	json_object_object_add(object, "type",
			       json_object_new_string(android_type_name(file->type)));
	json_object_object_add(object, "encrypted",
			       json_object_new_boolean(android_file_encrypted(file)));
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		json_object_object_add(object, flags[i].name,
				       json_object_new_boolean(file->flags & flags[i].flag));
	json_object_object_add(top, "file", object);
	if (!android_name_split(entry->base, &uid, &encoded))
		return;
	alias = android_alias_decode(encoded);
	json_object_object_add(top, "uid", json_object_new_int64(uid));
	json_object_object_add(top, "alias", string_to_json(alias ? alias : encoded));
	free(alias);
}

static void add_blob(struct json_object *top, const struct android_entry *entry)
{
	const struct android_blob *blob = &entry->blob;
	unsigned int bits = key_bits(entry);
	bool private;

	json_object_object_add(top, "format",
			       json_object_new_string(android_format_name(blob->format)));
	json_object_object_add(top, "algorithm", json_object_new_string(algorithm_name(entry)));
	if (bits)
		json_object_object_add(top, "size", json_object_new_int64(bits));
	if (android_has_slot(blob->format))
		json_object_object_add(top, "slot", json_object_new_int64(blob->slot));
	if (blob->format == ANDROID_QUALCOMM) {
		add_hex(top, "modulus", blob->qualcomm.modulus.data, blob->qualcomm.modulus.len);
		add_hex(top, "exponent", blob->qualcomm.exponent.data,
			blob->qualcomm.exponent.len);
		return;
	}
	json_object_object_add(top, "length", json_object_new_uint64(blob->material.len));
	private = is_asymmetric(entry) && material_fits(entry);
	json_object_object_add(top, "private_key", json_object_new_boolean(private));
	json_object_object_add(top, "hidden", set_to_json(blob->hidden));
	json_object_object_add(top, "enforced", set_to_json(blob->enforced));
	json_object_object_add(top, "unenforced", set_to_json(blob->unenforced));
}

static void print_as_json(const struct android_entry *entry)
{
	struct json_object *top = json_object_new_object();
	char *pem;

	if (entry->wrapped)
		add_file(top, entry);
	if (entry->master.len)
		add_hex(top, "master_key", entry->master.data, entry->master.len);
	if (entry->content == ANDROID_IS_KEY)
		add_blob(top, entry);
	if (entry->content == ANDROID_IS_DATA)
		json_object_object_add(top, "length",
				       json_object_new_uint64(entry->file.value.len));
	if (entry->content == ANDROID_IS_CERTIFICATE) {
		pem = certificate_pem(entry);
		json_object_object_add(top, "certificate", json_object_new_string(pem ? pem : ""));
		free(pem);
	}
	print_json(top);
}

/**
 * android_show() - print what is in a file, but no private material of a key
 * @o: the options
 * @entry: the file, opened
 */
void android_show(const struct opts *o, const struct android_entry *entry)
{
	if (o->json)
		print_as_json(entry);
	else
		print_lines(entry);
}
