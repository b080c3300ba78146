// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl supported: what this kernel's keys can be and do, as it says itself.
 */
#include <errno.h>

#include <json-c/json.h>

#include "kmctl.h"

static const struct opt options[] = { OPT_JSON, OPT_DEVICE, OPT_END };

/* A list of the kernel's, in both forms. */
struct list {
	const char *name;
	uint32_t tag;
	int (*get)(struct km_ctx *ctx, uint32_t algorithm, uint32_t purpose,
		   struct km_values *values);
};

static const struct list of_purpose[] = {
	{ "mode", KM_TAG_BLOCK_MODE, km_get_supported_block_modes },
	{ "padding", KM_TAG_PADDING, km_get_supported_paddings },
	{ "digest", KM_TAG_DIGEST, km_get_supported_digests },
};

static const struct {
	const char *name;
	int (*get)(struct km_ctx *ctx, uint32_t algorithm, struct km_values *values);
} formats[] = {
	{ "import", km_get_supported_import_formats },
	{ "export", km_get_supported_export_formats },
};

static const char *format_name(uint32_t format)
{
	switch (format) {
	case KM_KEY_FORMAT_X509:
		return "x509";
	case KM_KEY_FORMAT_PKCS8:
		return "pkcs8";
	case KM_KEY_FORMAT_RAW:
		return "raw";
	}
	return "unknown";
}

/* Names of @values; of formats when @tag is 0. */
static struct json_object *names(const struct km_values *values, uint32_t tag)
{
	struct json_object *array = json_object_new_array();
	const char *name;
	size_t i;

	for (i = 0; i < values->count; i++) {
		name = tag ? km_value_name(tag, values->values[i])
			   : format_name(values->values[i]);
		json_object_array_add(array, json_object_new_string(name ? name : "unknown"));
	}
	return array;
}

/* NULL with @ret 0: the algorithm has no such operation. */
static struct json_object *one_purpose(struct km_ctx *ctx, uint32_t algorithm,
				       uint32_t purpose, int *ret)
{
	struct json_object *o = json_object_new_object();
	struct km_values values;
	size_t i;

	*ret = 0;
	for (i = 0; i < sizeof(of_purpose) / sizeof(of_purpose[0]) && !*ret; i++) {
		*ret = of_purpose[i].get(ctx, algorithm, purpose, &values);
		if (*ret)
			break;
		json_object_object_add(o, of_purpose[i].name, names(&values, of_purpose[i].tag));
		km_values_free(&values);
	}
	if (!*ret)
		return o;
	json_object_put(o);
	if (km_last_error(ctx) == KM_ERROR_UNSUPPORTED_PURPOSE)
		*ret = 0;
	return NULL;
}

static int one_algorithm(struct km_ctx *ctx, uint32_t algorithm, struct json_object *top)
{
	struct json_object *o = json_object_new_object(), *all = json_object_new_object();
	const char *name = km_value_name(KM_TAG_ALGORITHM, algorithm);
	struct json_object *one;
	struct km_values values;
	uint32_t purpose;
	size_t i;
	int ret = 0;

	json_object_object_add(top, name ? name : "unknown", o);
	json_object_object_add(o, "purpose", all);
	for (i = 0; (name = km_value_at(KM_TAG_PURPOSE, i, &purpose)) && !ret; i++) {
		one = one_purpose(ctx, algorithm, purpose, &ret);
		if (one)
			json_object_object_add(all, name, one);
	}
	for (i = 0; i < sizeof(formats) / sizeof(formats[0]) && !ret; i++) {
		ret = formats[i].get(ctx, algorithm, &values);
		if (ret)
			break;
		json_object_object_add(o, formats[i].name, names(&values, 0));
		km_values_free(&values);
	}
	return ret;
}

/* "mode ecb cbc"; an empty list is left out. */
static void print_names(const char *label, struct json_object *array)
{
	size_t i, n = json_object_array_length(array);

	if (n)
		printf("; %s", label);
	for (i = 0; i < n; i++)
		printf("%s%s", i ? ", " : " ",
		       json_object_get_string(json_object_array_get_idx(array, i)));
}

static void print_text(struct json_object *top)
{
	json_object_object_foreach(top, algorithm, o) {
		struct json_object *purposes = json_object_object_get(o, "purpose");

		printf("%s", algorithm);
		print_names("import", json_object_object_get(o, "import"));
		print_names("export", json_object_object_get(o, "export"));
		putchar('\n');
		json_object_object_foreach(purposes, purpose, lists) {
			printf("  %s", purpose);
			json_object_object_foreach(lists, label, array)
				print_names(label, array);
			putchar('\n');
		}
	}
}

static int collect(struct km_ctx *ctx, struct json_object *top)
{
	struct km_values algorithms;
	size_t i;
	int ret;

	ret = km_get_supported_algorithms(ctx, &algorithms);
	for (i = 0; !ret && i < algorithms.count; i++)
		ret = one_algorithm(ctx, algorithms.values[i], top);
	km_values_free(&algorithms);
	return ret;
}

static int run(struct opts *o)
{
	struct key none = { 0 };
	struct attempt attempt = { .key = &none, .verb = "supported", .purpose = -1 };
	struct json_object *top;
	int ret;

	ret = open_device(o, &none.ctx);
	if (ret)
		return ret;
	top = json_object_new_object();
	ret = collect(none.ctx, top);
	if (ret) {
		ret = explain(&attempt, ret);
		json_object_put(top);
	} else if (o->json) {
		print_json(top);
	} else {
		print_text(top);
		json_object_put(top);
	}
	km_close(none.ctx);
	return ret;
}

const struct command cmd_supported = {
	.name = "supported",
	.summary = "List the algorithms and what they can do",
	.options = options,
	.details =
"A purpose that is not in the list has no operation with this algorithm. What is empty\n"
"does not apply. Needs no root key.\n",
	.run = run,
};
