// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keyring requests: "new alg=ec curve=p256 purpose=sign digest=sha256 noauth" makes a key,
 * "load application-id=..." opens one that demands it, a blob alone opens. Called by
 * keytype.c with the payload of add_key(2); the words are read by tag_text.c.
 *
 * A blob begins with its format, a number below 16, so that no text is ever taken for one,
 * nor the reverse. Requests have the same rules as GENERATE_KEY: they only fill in the same
 * description, which km_key_make() judges.
 */
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include "blob.h"
#include "gatekeeper.h"
#include "key_wrap.h"
#include "request.h"
#include "tag_text.h"

/* One more than a description may have, for km_key_make() to refuse. */
#define ENTRIES_MAX	(KM_DESCRIPTION_ENTRIES + 1)
/* Bytes of the longest entry: a tag and a number of 64 bits, or a length and an offset. */
#define ELEMENT_MAX	12
/* What else a request may come to mean: defaults, and the user. */
#define MEANT_MAX	8

/**
 * struct words - a request, taken apart
 * @text: a copy, to be cut up
 * @buf: what it says
 * @said: for what it does not say
 * @set: a view of @buf, when it is complete
 * @wire: what @set is a view of
 * @format: KM_FORMAT_*
 * @auth: "auth=": the owner's own secure user id is wanted
 * @named: there is a USER_SECURE_ID
 * @free: there is NO_AUTH_REQUIRED
 */
struct words {
	char *text;
	struct km_params_buf buf;
	struct km_described said;
	struct km_params set;
	u8 *wire;
	u8 format;
	bool auth;
	bool named;
	bool free;
};

static int add_value(void *set, const struct km_tag_value *value)
{
	struct words *w = set;

	if (w->buf.count >= ENTRIES_MAX)
		return -E2BIG;
	if (km_tag_is_bytes(value->tag))
		km_params_add_bytes(&w->buf, value->tag, value->data, value->len);
	else
		km_params_add_int(&w->buf, value->tag, value->value);
	km_described_note(&w->said, value->tag, value->value);
	w->named |= value->tag == KM_TAG_USER_SECURE_ID;
	w->free |= value->tag == KM_TAG_NO_AUTH_REQUIRED;
	return 0;
}

static int words_init(struct words *w, const u8 *text, size_t len)
{
	int ret;

	*w = (struct words){ .format = KM_FORMAT_GCM_VERSIONED };
	if (len > KM_REQUEST_MAX || memchr(text, 0, len))
		return -EINVAL;
	w->text = kmemdup_nul((const char *)text, len, GFP_KERNEL_ACCOUNT);
	if (!w->text)
		return -ENOMEM;
	ret = km_params_buf_init(&w->buf, (ENTRIES_MAX + MEANT_MAX) * ELEMENT_MAX, len);
	if (ret) {
		kfree_sensitive(w->text);
		w->text = NULL;
	}
	return ret;
}

/* An application id is a secret of a kind. */
static void words_free(struct words *w)
{
	if (!w->text)
		return;
	kfree_sensitive(w->wire);
	km_params_buf_free(&w->buf);
	kfree_sensitive(w->text);
}

/* The two options of kmctl that are no authorizations by themselves. */
static int option(struct words *w, const char *name, const char *value, bool *known)
{
	*known = !strcmp(name, "format");
	if (!*known) {
		w->auth |= !strcmp(name, "auth");
		return 0;
	}
	if (value && !strcmp(value, "ocb"))
		w->format = KM_FORMAT_OCB;
	else if (!value || strcmp(value, "default"))
		return -EINVAL;
	return 0;
}

/* What a blob asks for to be opened, and nothing else. */
static bool opens(const char *name)
{
	u32 tag = km_tag_from_name(name);

	return tag == KM_TAG_APPLICATION_ID || tag == KM_TAG_APPLICATION_DATA;
}

/* NAME=VALUE, or NAME, each once and between blanks. */
static int read_words(struct words *w, bool make)
{
	const struct km_tag_sink sink = {
		.add = add_value, .set = w, .now_s = max_t(s64, ktime_get_real_seconds(), 0),
	};
	char *rest = w->text, *word, *name;
	bool known = false;
	int ret = 0;

	while (!ret && (word = strsep(&rest, " \t\r\n"))) {
		if (!*word)
			continue;
		name = strsep(&word, "=");
		if (make)
			ret = option(w, name, word, &known);
		else if (!opens(name))
			ret = -ENOENT;
		if (!ret && !known)
			ret = km_tag_text_add(&sink, name, word);
	}
	if (!ret && make)
		ret = km_described_defaults(&w->said, true, &sink);
	return ret;
}

/* As kmctl does: who says by what he authenticates means himself, unless he names others. */
static enum km_error add_user(struct words *w, kuid_t owner)
{
	u64 sid;

	if (!w->auth)
		return KM_ERROR_OK;
	if (w->free)
		return KM_ERROR_INVALID_ARGUMENT;
	if (w->named)
		return KM_ERROR_OK;
	if (!km_gatekeeper_sid(__kuid_val(owner), &sid))
		return KM_ERROR_KEY_USER_NOT_AUTHENTICATED;
	km_params_add_int(&w->buf, KM_TAG_USER_SECURE_ID, sid);
	return KM_ERROR_OK;
}

static enum km_error read_text(struct words *w, const u8 *text, size_t len, bool make)
{
	int ret = words_init(w, text, len);

	if (!ret)
		ret = read_words(w, make);
	if (ret == -ENOMEM)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	if (ret == -ENOENT)
		return KM_ERROR_INVALID_TAG;
	return ret ? KM_ERROR_INVALID_ARGUMENT : KM_ERROR_OK;
}

static enum km_error open_blob(const struct km_request *r, const struct km_params *params,
			       const u8 *blob, size_t len, struct km_key **key)
{
	const struct km_key_open open = {
		.blob = blob, .len = len, .params = params, .owner = r->owner,
	};

	return len && len <= KM_BLOB_MAX ? km_key_open(&open, key) : KM_ERROR_INVALID_ARGUMENT;
}

static enum km_error make_key(struct km_request *r, struct words *w, struct km_key **key)
{
	struct km_key_make make = {
		.params = &w->set, .format = w->format, .owner = r->owner,
	};
	enum km_error err = km_key_make(&make);

	if (!err) {
		err = open_blob(r, &w->set, make.blob, make.blob_len, key);
		if (err)
			km_key_unmake(&make);
	}
	r->kept = make.kept;
	kvfree(make.blob);
	return err;
}

/* @len bytes of options at @text; for a new key there is no @blob. */
static enum km_error by_text(struct km_request *r, const u8 *text, size_t len, const u8 *blob,
			     struct km_key **key)
{
	struct words w;
	enum km_error err = read_text(&w, text, len, !blob);

	if (!err && !blob)
		err = add_user(&w, r->owner);
	if (!err)
		err = km_error_of(km_view_of(&w.set, &w.buf, &w.wire));
	if (!err && blob)
		err = open_blob(r, &w.set, blob, r->data + r->len - blob, key);
	else if (!err)
		err = make_key(r, &w, key);
	words_free(&w);
	return err;
}

static bool begins(const struct km_request *r, const char *word)
{
	size_t len = strlen(word);

	return r->len >= len && !memcmp(r->data, word, len) &&
	       (r->len == len || r->data[len] == ' ' || r->data[len] == '\n');
}

/**
 * km_request_open() - the key of a payload
 * @r: the payload
 * @key: [out] the key; km_key_put() it
 *
 * Return: Keymaster code; INVALID_TAG for an option that is none, INVALID_ARGUMENT for a
 * value that is none. Context: may sleep; a new RSA key takes seconds, which a signal ends.
 */
enum km_error km_request_open(struct km_request *r, struct km_key **key)
{
	static const struct km_params none;
	const u8 *end;

	r->kept = false;
	if (begins(r, "new"))
		return by_text(r, r->data + 3, r->len - 3, NULL, key);
	if (!begins(r, "load"))
		return open_blob(r, &none, r->data, r->len, key);
	/* The first line is the request, what follows the blob, whose bytes are of any kind. */
	end = memchr(r->data, '\n', min_t(size_t, r->len, KM_REQUEST_MAX));
	if (!end)
		return KM_ERROR_INVALID_ARGUMENT;
	return by_text(r, r->data + 4, end - r->data - 4, end + 1, key);
}
