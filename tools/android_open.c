// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opens one of Android's files with what the options say: the keystore's layer, if there is
 * one, with the user's master key, then the key blob. Says why it does not open.
 * Under the commands kmctl android; over android_file.c and android_blob.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "android_entry.h"

#define MASTER_FILE	".masterkey"
#define SECRET_MAX	4096

/* Android's reference in software has this one; it is public. */
static const unsigned char software_master[16];

/** struct given - the options of bytes, and the secrets made of them */
struct given {
	struct km_buf master, blob_master, reset, slot, root;
	struct android_secrets secrets;
};

/* The value of an option; @hex: hex digits and no text. */
static int take_bytes(const char *option, const char *value, bool hex, struct km_buf *out)
{
	struct km_params *params = NULL;
	struct km_param p;
	int ret;

	if (!value)
		return ST_OK;
	if (!strncmp(value, "file:", 5)) {
		ret = read_whole(value + 5, SECRET_MAX, out);
		return ret ? fail_errno(ST_FAILED, ret, value + 5) : ST_OK;
	}
	ret = km_params_new(&params);
	/* Of two tags whose text is the one and the other, for the library's parser. */
	if (!ret)
		ret = km_params_add_text(params, hex ? "nonce" : "application-data", value);
	if (!ret)
		ret = km_params_get(params, 0, &p);
	if (!ret)
		ret = android_room(out, p.len);
	if (!ret) {
		if (p.len)
			memcpy(out->data, p.data, p.len);
		out->len = p.len;
	}
	km_params_free(params);
	/* It is a secret, also with a slip of the finger in it. */
	return ret ? fail(ST_USAGE, "--%s: not a valid value", option) : ST_OK;
}

static int check_master(const char *option, const struct km_buf *key)
{
	if (!key->data || key->len == 16 || key->len == 32)
		return ST_OK;
	return fail(ST_USAGE, "--%s: a master key has 16 or 32 bytes, not %zu", option, key->len);
}

static struct km_bytes bytes_of(const struct km_buf *buf)
{
	return (struct km_bytes){ buf->data, buf->len };
}

static int take_options(const struct opts *o, struct given *g)
{
	struct km_param p;
	int ret;

	*g = (struct given){ .secrets.root_of_trust = { "SW", 2 } };
	ret = take_bytes("master-key", o->master_key, true, &g->master);
	if (!ret)
		ret = take_bytes("blob-master-key", o->blob_master_key, true, &g->blob_master);
	if (!ret)
		ret = take_bytes("factory-reset-secret", o->reset_secret, true, &g->reset);
	if (!ret)
		ret = take_bytes("secure-deletion-secret", o->slot_secret, true, &g->slot);
	if (!ret)
		ret = take_bytes("root-of-trust", o->root_of_trust, false, &g->root);
	if (!ret)
		ret = check_master("master-key", &g->master);
	if (!ret)
		ret = check_master("blob-master-key", &g->blob_master);
	g->secrets.reset = bytes_of(&g->reset);
	g->secrets.slot = bytes_of(&g->slot);
	if (g->root.data)
		g->secrets.root_of_trust = bytes_of(&g->root);
	if (!km_params_find(o->params, KM_TAG_APPLICATION_ID, 0, &p))
		g->secrets.application_id = (struct km_bytes){ p.data, p.len };
	if (!km_params_find(o->params, KM_TAG_APPLICATION_DATA, 0, &p))
		g->secrets.application_data = (struct km_bytes){ p.data, p.len };
	return ret;
}

static void drop_options(struct given *g)
{
	km_buf_free(&g->master);
	km_buf_free(&g->blob_master);
	km_buf_free(&g->reset);
	km_buf_free(&g->slot);
	km_buf_free(&g->root);
}

/* --master-key is that of the outermost encryption: the file's, or else the blob's. */
static void choose_blob_master(struct given *g, bool file_is_encrypted)
{
	g->secrets.master = (struct km_bytes){ software_master, sizeof(software_master) };
	if (g->blob_master.data)
		g->secrets.master = bytes_of(&g->blob_master);
	else if (g->master.data && !file_is_encrypted)
		g->secrets.master = bytes_of(&g->master);
}

static int read_file(const char *path, const char *name, struct km_buf *raw)
{
	int ret = read_whole(path, ANDROID_FILE_MAX, raw);

	if (ret == -EFBIG)
		return fail(ST_NO_KEY, "%s: too long for a key file", name);
	if (ret)
		return fail_errno(ret == -ENOENT ? ST_NO_KEY : ST_FAILED, ret, path);
	if (!raw->len)
		return fail(ST_NO_KEY, "%s: is empty [VALUE_CORRUPTED]", name);
	return ST_OK;
}

/* ---- the user's master key ---- */

static int open_master(const struct android_file *file, const char *name, struct km_buf *master)
{
	struct password pin;
	struct km_bytes bytes;
	char prompt[128];
	int ret;

	snprintf(prompt, sizeof(prompt), "PIN of %s", name);
	ret = password_get(&pin, prompt);
	bytes = (struct km_bytes){ pin.bytes, pin.len };
	if (!ret) {
		ret = android_master_open(file, &bytes, master);
		if (ret == -EBADMSG)
			ret = fail(ST_NOT_AUTHENTICATED,
				   "%s: the PIN is another one, or the file is damaged [WRONG_PASSWORD]",
				   name);
		else if (ret)
			ret = fail_errno(ST_FAILED, ret, name);
	}
	password_wipe(&pin);
	return ret;
}

static char *beside(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *beside;

	return asprintf(&beside, "%.*s" MASTER_FILE, slash ? (int)(slash - path + 1) : 0,
			path) < 0 ? NULL : beside;
}

static int read_master(const char *path, const struct android_entry *entry,
		       struct km_buf *master)
{
	struct android_file file = { 0 };
	struct km_buf raw = { 0 };
	char *name = printable(path);
	int ret;

	ret = read_whole(path, ANDROID_FILE_MAX, &raw);
	if (ret == -ENOENT) {
		ret = fail(ST_NO_KEY,
			   "%s is encrypted, and there is no %s: give --masterkey-file or --master-key [LOCKED]",
			   entry->name, name);
		goto out;
	}
	if (ret) {
		ret = fail_errno(ST_FAILED, ret, path);
		goto out;
	}
	if (android_file_parse(&file, &(struct km_bytes){ raw.data, raw.len }))
		ret = fail(ST_NO_KEY, "%s: damaged, or no .masterkey [VALUE_CORRUPTED]", name);
	else
		ret = open_master(&file, name, master);
	android_file_free(&file);
out:
	km_buf_free(&raw);
	free(name);
	return ret;
}

static int find_master(const struct opts *o, struct given *g, struct android_entry *entry)
{
	char *path;
	int ret;

	if (g->master.data) {
		ret = android_room(&entry->master, g->master.len);
		if (ret)
			return fail_errno(ST_FAILED, ret, entry->name);
		memcpy(entry->master.data, g->master.data, g->master.len);
		entry->master.len = g->master.len;
		return ST_OK;
	}
	path = o->masterkey_file ? strdup(o->masterkey_file) : beside(o->word);
	if (!path)
		return fail(ST_FAILED, "out of memory");
	ret = read_master(path, entry, &entry->master);
	free(path);
	return ret;
}

/* ---- the blob ---- */

static int blob_failed(const struct android_entry *entry, int error)
{
	const char *name = entry->name;

	switch (error) {
	case -EKEYREJECTED:
		return fail(ST_NO_KEY,
			    "%s: a key blob (%s) that does not open: it has another application-id, application-data, root of trust or master key, or it is damaged [INVALID_KEY_BLOB]",
			    name, android_format_name(entry->blob.format));
	case -EBADMSG:
		return fail(ST_NO_KEY, "%s: a damaged key blob [INVALID_KEY_BLOB]", name);
	case -ENOMSG:
		if (entry->wrapped)
			return fail(ST_NO_KEY,
				    "%s: its key blob is of the device's hardware, or of no format that is known here [INVALID_KEY_BLOB]",
				    name);
		return fail(ST_NO_KEY, "%s: no key blob, keystore file or .masterkey of Android",
			    name);
	}
	return fail_errno(ST_FAILED, error, name);
}

static int open_value(const struct opts *o, struct given *g, struct android_entry *entry)
{
	bool encrypted = android_file_encrypted(&entry->file);
	struct km_bytes key;
	int ret;

	if (encrypted) {
		ret = find_master(o, g, entry);
		if (ret)
			return ret;
	}
	key = bytes_of(&entry->master);
	ret = android_file_open(&entry->file, encrypted ? &key : NULL);
	if (!ret)
		return ST_OK;
	if (ret != -EBADMSG)
		return fail_errno(ST_FAILED, ret, entry->name);
	return encrypted ? fail(ST_NO_KEY,
				"%s: the master key is another one, or the file is damaged [VALUE_CORRUPTED]",
				entry->name)
			 : fail(ST_NO_KEY, "%s: a damaged keystore file [VALUE_CORRUPTED]",
				entry->name);
}

/* A keystore file: what is in it depends on its type, and for the oldest on the value. */
static int open_wrapped(const struct opts *o, struct given *g, struct android_entry *entry)
{
	struct km_bytes value;
	X509 *certificate;
	int ret;

	if (android_file_is_master(&entry->file) || !strcmp(entry->base, MASTER_FILE)) {
		entry->content = ANDROID_IS_MASTER;
		return open_master(&entry->file, entry->name, &entry->master);
	}
	ret = open_value(o, g, entry);
	if (ret)
		return ret;
	entry->content = ANDROID_IS_DATA;
	certificate = android_certificate(entry);
	X509_free(certificate);
	if (certificate)
		entry->content = ANDROID_IS_CERTIFICATE;
	if (entry->file.type != ANDROID_TYPE_KEY_PAIR &&
	    entry->file.type != ANDROID_TYPE_KEYMASTER)
		return ST_OK;
	entry->content = ANDROID_IS_KEY;
	choose_blob_master(g, android_file_encrypted(&entry->file));
	value = bytes_of(&entry->file.value);
	ret = android_blob_read(&entry->blob, &value, &g->secrets);
	if (ret)
		entry->content = ANDROID_IS_CLOSED;
	return ret ? blob_failed(entry, ret) : ST_OK;
}

static int open_raw(const struct opts *o, struct given *g, struct android_entry *entry)
{
	struct km_bytes raw = bytes_of(&entry->raw);
	int ret, parsed;

	choose_blob_master(g, false);
	entry->content = ANDROID_IS_KEY;
	ret = android_blob_read(&entry->blob, &raw, &g->secrets);
	if (ret != -ENOMSG)
		return ret ? blob_failed(entry, ret) : ST_OK;
	parsed = android_file_parse(&entry->file, &raw);
	if (parsed == -ENOMSG)
		return blob_failed(entry, ret);
	if (parsed)
		return fail(ST_NO_KEY, "%s: a damaged keystore file [VALUE_CORRUPTED]",
			    entry->name);
	entry->wrapped = true;
	return open_wrapped(o, g, entry);
}

/**
 * android_open() - open the file that the command line names
 * @o: the options; o->word is the file
 * @entry: [out] what is in it; end with android_close(), also after a failure
 *
 * Return: exit status, after a message; with ANDROID_IS_CLOSED the layer around the key is
 * open for all that.
 */
int android_open(const struct opts *o, struct android_entry *entry)
{
	const char *slash = strrchr(o->word, '/');
	struct given g;
	int ret;

	*entry = (struct android_entry){ .name = printable(o->word) };
	entry->base = slash ? slash + 1 : o->word;
	ret = take_options(o, &g);
	if (!ret)
		ret = read_file(o->word, entry->name, &entry->raw);
	if (!ret)
		ret = open_raw(o, &g, entry);
	drop_options(&g);
	return ret;
}

void android_close(struct android_entry *entry)
{
	android_blob_free(&entry->blob);
	android_file_free(&entry->file);
	km_buf_free(&entry->master);
	km_buf_free(&entry->raw);
	free(entry->name);
	*entry = (struct android_entry){ 0 };
}

/* ---- what is in it ---- */

/** android_find() - the first of a tag, in the enforced set if it is there: 0; -ENOENT */
int android_find(const struct android_blob *blob, uint32_t tag, struct km_param *p)
{
	return km_params_find(blob->enforced, tag, 0, p) ?
		km_params_find(blob->unenforced, tag, 0, p) : 0;
}

/** android_algorithm() - KM_ALGORITHM_* of a key, 0 when its sets do not say it */
uint32_t android_algorithm(const struct android_entry *entry)
{
	struct km_param p;

	return android_find(&entry->blob, KM_TAG_ALGORITHM, &p) ? 0 : (uint32_t)p.value;
}

/**
 * android_private_key() - the material of an RSA, EC or DSA key
 * @entry: a key
 *
 * Return: the key; NULL for others, and when the material is not what its sets say.
 */
EVP_PKEY *android_private_key(const struct android_entry *entry)
{
	const struct android_blob *blob = &entry->blob;
	const unsigned char *p = blob->material.data;
	uint32_t algorithm = android_algorithm(entry);
	EVP_PKEY *pkey;
	bool fits;
	int type;

	if (algorithm != KM_ALGORITHM_RSA && algorithm != KM_ALGORITHM_EC &&
	    !(blob->format == ANDROID_PK8 && blob->pk8_type == ANDROID_PK8_DSA))
		return NULL;
	pkey = p ? d2i_AutoPrivateKey(NULL, &p, (long)blob->material.len) : NULL;
	if (!pkey)
		return NULL;
	type = EVP_PKEY_get_base_id(pkey);
	if (algorithm == KM_ALGORITHM_RSA)
		fits = type == EVP_PKEY_RSA;
	else if (algorithm == KM_ALGORITHM_EC)
		fits = type == EVP_PKEY_EC || type == EVP_PKEY_ED25519 ||
		       type == EVP_PKEY_X25519;
	else
		fits = type == EVP_PKEY_DSA;
	if (fits)
		return pkey;
	EVP_PKEY_free(pkey);
	return NULL;
}

/** android_certificate() - the value of a keystore file, if it is one, DER or PEM */
X509 *android_certificate(const struct android_entry *entry)
{
	const struct km_buf *value = &entry->file.value;
	const unsigned char *p = value->data;
	X509 *certificate = NULL;
	BIO *bio;

	if (!p || !value->len)
		return NULL;
	if (!is_pem(value))
		return d2i_X509(NULL, &p, (long)value->len);
	bio = BIO_new_mem_buf(value->data, (int)value->len);
	if (bio)
		certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	BIO_free(bio);
	return certificate;
}
