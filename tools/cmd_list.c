// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl list: the keys of the store, with what their blobs say about themselves.
 * Does not ask the kernel: it works without the module, and proves nothing.
 */
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "kmctl.h"

static const struct opt options[] = { OPT_JSON, OPT_STORE, OPT_END };

struct listing {
	struct km_store *store;
	struct json_object *array;
};

/* All entries of both sets; an empty set for what is no blob. */
static int read_sets(struct km_store *store, const char *alias, struct km_params **all)
{
	struct km_params *enforced = NULL, *unenforced = NULL;
	struct km_buf blob = { 0 };
	int ret;

	ret = km_params_new(all);
	if (!ret)
		ret = km_store_get(store, alias, &blob);
	if (!ret)
		ret = km_blob_parse(blob.data, blob.len, &enforced, &unenforced);
	if (ret >= 0)
		ret = km_params_append(*all, enforced);
	if (!ret)
		ret = km_params_append(*all, unenforced);
	km_params_free(enforced);
	km_params_free(unenforced);
	km_buf_free(&blob);
	return ret;
}

static void row_text(const char *alias, const struct km_params *all, bool valid)
{
	char algorithm[64], size[64], purpose[256], *shown = printable(alias);

	format_values(all, KM_TAG_ALGORITHM, algorithm, sizeof(algorithm));
	format_values(all, KM_TAG_KEY_SIZE, size, sizeof(size));
	if (!size[0])
		format_values(all, KM_TAG_EC_CURVE, size, sizeof(size));
	format_values(all, KM_TAG_PURPOSE, purpose, sizeof(purpose));
	if (valid)
		printf("%-24s %-9s %-6s %s\n", shown, algorithm, size, purpose);
	else
		printf("%-24s not a key blob\n", shown);
	free(shown);
}

static void row_json(struct json_object *array, const char *alias,
		     const struct km_params *all, bool valid)
{
	struct json_object *row = json_object_new_object();

	json_object_object_add(row, "alias", string_to_json(alias));
	json_object_object_add(row, "valid", json_object_new_boolean(valid));
	if (valid) {
		json_object_object_add(row, "algorithm", values_to_json(all, KM_TAG_ALGORITHM));
		json_object_object_add(row, "size", values_to_json(all, KM_TAG_KEY_SIZE));
		json_object_object_add(row, "purpose", values_to_json(all, KM_TAG_PURPOSE));
	}
	json_object_array_add(array, row);
}

static int each(void *arg, const char *alias)
{
	struct listing *l = arg;
	struct km_params *all = NULL;
	bool valid = !read_sets(l->store, alias, &all);

	if (l->array)
		row_json(l->array, alias, all, valid);
	else
		row_text(alias, all, valid);
	km_params_free(all);
	return 0;
}

static int run(struct opts *o)
{
	struct listing l = { 0 };
	int ret;

	ret = open_store(o, 0, &l.store);
	if (ret)
		return ret;
	if (o->json)
		l.array = json_object_new_array();
	if (l.store)
		ret = km_store_list(l.store, each, &l);
	if (l.array)
		print_json(l.array);
	km_store_close(l.store);
	return ret ? fail_errno(ST_FAILED, ret, "the store") : ST_OK;
}

const struct command cmd_list = {
	.name = "list",
	.summary = "List the keys of the store",
	.options = options,
	.details =
"Alias, algorithm, size, purposes: as the blobs say. Whether a blob is genuine,\n"
"kmctl show asks the kernel.\n",
	.run = run,
};
