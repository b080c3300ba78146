// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz target: wrapped keys (kernel/wrapped_der.c).
 *
 * What is taken out lies inside of the input; the list has become a set that the one parser of
 * sets takes, with no tag out of order; nothing shorter or longer is one too.
 */
#include "der_mutator.h"
#include "fuzz.h"
#include "harness.h"
#include "wrapped_der.h"

static void set_is_one(const struct km_params_buf *b)
{
	size_t len = km_params_wire_len(b);
	u8 *wire = malloc(len);
	struct km_params set;
	struct km_param p;
	u32 pos = 0, last = 0, n = 0;

	MUST(!b->full);
	km_params_write(b, wire);
	MUST(!km_params_parse(&set, wire, len, NULL));
	for (; km_params_next(&set, &pos, &p); n++) {
		MUST(KM_TAG_ID(p.tag) > last || (KM_TAG_ID(p.tag) == last &&
						 KM_TAG_TYPE(p.tag) == KM_TYPE_ENUM_REP));
		last = KM_TAG_ID(p.tag);
	}
	MUST(n == b->count);
	free(wire);
}

static bool parses(const u8 *data, size_t len)
{
	u8 *copy = exact(data, len);
	struct km_wrapped w;
	int ret = km_wrapped_parse(&w, copy, len);

	MUST(!ret || ret == -EINVAL);
	if (!ret)
		km_params_buf_free(&w.params);
	free(copy);
	return !ret;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	struct km_wrapped w;
	u8 *longer;
	int ret = km_wrapped_parse(&w, data, len);

	MUST(!ret || ret == -EINVAL);
	if (ret)
		return 0;
	MUST(is_inside(w.transport.data, w.transport.len, data, len));
	MUST(is_inside(w.iv, KM_WRAPPED_IV, data, len));
	MUST(is_inside(w.description.data, w.description.len, data, len));
	MUST(is_inside(w.key.data, w.key.len, data, len));
	MUST(is_inside(w.tag, KM_WRAPPED_TAG, data, len));
	MUST(w.tag + KM_WRAPPED_TAG == data + len);
	MUST(w.description.len && w.description.len <= KM_DESCRIPTION_MAX);
	set_is_one(&w.params);
	km_params_buf_free(&w.params);
	MUST(!parses(data, len - 1));
	longer = malloc(len + 1);
	memcpy(longer, data, len);
	longer[len] = 0;
	MUST(!parses(longer, len + 1));
	free(longer);
	return 0;
}
