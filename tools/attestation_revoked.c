// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of revoked certificates: Google's JSON, or serial numbers in hex, one a line.
 * Under attestation_verify.c. What cannot be read is an error: half a list revokes nobody.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "attestation.h"

/**
 * struct attest_revoked - serial numbers, in lower case and without zeros in front
 * @serials: with the status, as it is told, behind each
 * @count: how many
 */
struct attest_revoked {
	struct entry { char *serial; char *status; } *serials;
	size_t count;
};

/* The form in which serials are compared; false if @text is no number in hex. */
static bool normal(const char *text, size_t len, char **serial)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!isxdigit((unsigned char)text[i]))
			return false;
	if (!len)
		return false;
	for (; len > 1 && *text == '0'; len--)
		text++;
	*serial = strndup(text, len);
	for (i = 0; *serial && i < len; i++)
		(*serial)[i] = (char)tolower((unsigned char)text[i]);
	return *serial;
}

static bool add(struct attest_revoked *list, const char *text, size_t len, const char *status)
{
	struct entry *grown = reallocarray(list->serials, list->count + 1, sizeof(*grown));
	struct entry *e;

	if (!grown)
		return false;
	list->serials = grown;
	e = &grown[list->count];
	if (!normal(text, len, &e->serial))
		return false;
	e->status = strdup(status);
	list->count++;
	return e->status;
}

/* Blank lines, and what is behind a '#', say nothing. */
static bool read_lines(struct attest_revoked *list, const char *text, struct attest_fault *fault)
{
	size_t line = 1, len;

	for (; *text; text += len, line++) {
		text += strspn(text, " \t\r");
		len = strcspn(text, " \t\r\n#");
		if (len && !add(list, text, len, "REVOKED"))
			return attest_bad(fault, "line %zu is no serial number in hex", line);
		text += len;
		text += strspn(text, " \t\r");
		if (*text && *text != '\n' && *text != '#')
			return attest_bad(fault, "line %zu is no serial number in hex", line);
		len = strcspn(text, "\n");
		len += text[len] == '\n';
	}
	return true;
}

static bool add_entry(struct attest_revoked *list, const char *serial, struct json_object *entry,
		      struct attest_fault *fault)
{
	struct json_object *status, *reason;
	const char *what, *why = "";
	char text[128];

	if (!json_object_is_type(entry, json_type_object) ||
	    !json_object_object_get_ex(entry, "status", &status))
		return attest_bad(fault, "an entry has no status");
	what = json_object_get_string(status);
	/* An entry that only looks like a revocation must not pass for none. */
	if (!what || (strcmp(what, "REVOKED") && strcmp(what, "SUSPENDED")))
		return attest_bad(fault, "an entry has another status than REVOKED and SUSPENDED");
	if (json_object_object_get_ex(entry, "reason", &reason) && json_object_get_string(reason))
		why = json_object_get_string(reason);
	snprintf(text, sizeof(text), "%s%s%s", what, *why ? ", " : "", why);
	return add(list, serial, strlen(serial), text) ||
	       attest_bad(fault, "an entry has a serial number that is not in hex");
}

static bool read_json(struct attest_revoked *list, const struct km_bytes *file,
		      struct attest_fault *fault)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *top = NULL, *entries;
	bool ok = false;

	if (!tokener)
		return attest_bad(fault, "out of memory");
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	top = json_tokener_parse_ex(tokener, file->data, (int)file->len);
	if (!top || !json_object_object_get_ex(top, "entries", &entries) ||
	    !json_object_is_type(entries, json_type_object)) {
		attest_bad(fault, "it is no JSON with an object \"entries\"");
		goto out;
	}
	json_object_object_foreach(entries, serial, entry)
		if (!add_entry(list, serial, entry, fault))
			goto out;
	ok = true;
out:
	json_object_put(top);
	json_tokener_free(tokener);
	return ok;
}

/**
 * attest_revoked_read() - read a list
 * @file: its bytes, with a NUL behind them
 * @fault: [out] why it cannot be used
 *
 * Return: the list, to be freed; or NULL.
 */
struct attest_revoked *attest_revoked_read(const struct km_bytes *file,
					   struct attest_fault *fault)
{
	struct attest_revoked *list = calloc(1, sizeof(*list));
	const char *text = file->data;
	bool ok;

	if (!list || strlen(text) != file->len) {
		attest_bad(fault, list ? "it is no text" : "out of memory");
		free(list);
		return NULL;
	}
	if (text[strspn(text, " \t\r\n")] == '{')
		ok = read_json(list, file, fault);
	else
		ok = read_lines(list, text, fault);
	if (ok)
		return list;
	attest_revoked_free(list);
	return NULL;
}

void attest_revoked_free(struct attest_revoked *list)
{
	size_t i;

	for (i = 0; list && i < list->count; i++) {
		free(list->serials[i].serial);
		free(list->serials[i].status);
	}
	if (list)
		free(list->serials);
	free(list);
}

/* "REVOKED, KEY_COMPROMISE"; NULL if @serial is not in the list. */
const char *attest_revoked_find(const struct attest_revoked *list, const char *serial)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (!strcmp(list->serials[i].serial, serial))
			return list->serials[i].status;
	return NULL;
}
