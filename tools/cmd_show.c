// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl show: the authorizations of a key, after the kernel has authenticated them.
 */
#include <json-c/json.h>

#include "kmctl.h"

static const struct opt options[] = {
	OPT_JSON, OPT_BLOB, OPT_APPLICATION, OPT_STORE, OPT_DEVICE, OPT_END
};

/* The kernel took the blob, so its first byte is the format. */
static int blob_format(const struct key *key)
{
	return *(const unsigned char *)key->ref.blob;
}

static void print_text(const struct key *key)
{
	printf("%s: blob of format %d, %zu bytes\nenforced\n", key->name, blob_format(key),
	       key->ref.len);
	print_set(key->enforced, stdout);
	printf("unenforced\n");
	print_set(key->unenforced, stdout);
}

static void print_as_json(const struct opts *o, const struct key *key)
{
	struct json_object *top = json_object_new_object();
	struct json_object *blob = json_object_new_object();

	if (o->alias)
		json_object_object_add(top, "alias", string_to_json(o->alias));
	json_object_object_add(blob, "format", json_object_new_int(blob_format(key)));
	json_object_object_add(blob, "length", json_object_new_uint64(key->ref.len));
	json_object_object_add(top, "blob", blob);
	json_object_object_add(top, "enforced", set_to_json(key->enforced));
	json_object_object_add(top, "unenforced", set_to_json(key->unenforced));
	print_json(top);
}

static int run(struct opts *o)
{
	struct key key;
	int ret;

	ret = key_open(o, &key);
	if (ret)
		return ret;
	ret = key_load_sets(&key);
	if (!ret && o->json)
		print_as_json(o, &key);
	else if (!ret)
		print_text(&key);
	key_close(&key);
	return ret;
}

const struct command cmd_show = {
	.name = "show",
	.summary = "Show a key's authorizations",
	.alias = ALIAS_OR_BLOB,
	.options = options,
	.details =
"Enforced: checked by the kernel at each use. Unenforced: recorded only. In JSON,\n"
"what may occur several times is always an array.\n",
	.run = run,
};
