// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz target: what a payload of add_key(2) says (kernel/request.c, tag_text.c, tag_names.c,
 * tag_defaults.c). The file is included, with what it calls played here: keys that are made and
 * opened, the gatekeeper.
 *
 * No blob is taken for text, nor the reverse; what is handed on to be made or opened is a set
 * that the one parser of sets takes, of no more entries than there may be, or bytes of the
 * payload that are behind its first line; the payload stays as it was.
 */
#include <linux/keymaster.h>
#include "fuzz.h"
#include "harness.h"

/* Headers of what is played. */
#define KM_KEY_H
#define KM_KEY_WRAP_H
#define KM_GATEKEEPER_H

typedef struct { u32 val; } kuid_t;

#include "alg.h"
#include "params.h"

struct km_key {
	int references;
};

struct km_key_open {
	const u8 *blob;
	size_t len;
	const struct km_params *params;
	kuid_t owner;
};

struct km_key_make {
	const struct km_params *params;
	u8 format;
	kuid_t owner;
	bool kept;
	u8 *blob;
	size_t blob_len;
};

#define __kuid_val(uid)		((uid).val)
#define kvfree(p)		free(p)
#define max_t(type, a, b)	max((type)(a), (type)(b))
#define ktime_get_real_seconds()	1700000000LL

#define OWNER	1000
#define SID	0x0123456789abcdefULL
/* One more than a description may have, and what is meant by what was not said. */
#define MOST	(KM_DESCRIPTION_ENTRIES + 1 + 8)

static const u8 *payload;
static size_t payload_len;
static unsigned int made, opened;
static struct km_key the_key;

static char *kmemdup_nul(const char *s, size_t len, int flags)
{
	/* One byte too many would be seen. */
	char *copy = malloc(len + 1);

	(void)flags;
	memcpy(copy, s, len);
	copy[len] = 0;
	return copy;
}

static int km_view_of(struct km_params *view, const struct km_params_buf *buf, u8 **wire)
{
	if (buf->full)
		return -EINVAL;
	*wire = malloc(km_params_wire_len(buf));
	km_params_write(buf, *wire);
	return km_params_parse(view, *wire, km_params_wire_len(buf), NULL);
}

static bool km_gatekeeper_sid(u32 uid, u64 *sid)
{
	MUST(uid == OWNER);
	*sid = SID;
	return payload_len & 1;
}

static u32 entries(const struct km_params *set)
{
	struct km_params again;
	struct km_param p;
	u32 pos = 0, n = 0;

	MUST(!set->wire_len || !km_params_parse(&again, set->wire, set->wire_len, NULL));
	while (km_params_next(set, &pos, &p))
		n++;
	return n;
}

static enum km_error km_key_open(const struct km_key_open *open, struct km_key **key)
{
	MUST(open->owner.val == OWNER && open->len && open->len <= KM_BLOB_MAX);
	/* Of a key that was just made it is the blob that it was made as. */
	if (!made) {
		MUST(is_inside(open->blob, open->len, payload, payload_len));
		MUST(open->blob + open->len == payload + payload_len);
	}
	entries(open->params);
	opened++;
	the_key.references++;
	*key = &the_key;
	return open->len % 3 ? KM_ERROR_OK : KM_ERROR_INVALID_KEY_BLOB;
}

static enum km_error km_key_make(struct km_key_make *make)
{
	MUST(make->owner.val == OWNER && (make->format == 0 || make->format == 3));
	MUST(entries(make->params) <= MOST);
	made++;
	make->blob_len = payload_len % 5;
	make->blob = calloc(1, 8);
	make->kept = payload_len % 2;
	return payload_len % 7 ? KM_ERROR_OK : KM_ERROR_UNSUPPORTED_ALGORITHM;
}

static void km_key_unmake(struct km_key_make *make)
{
	MUST(made == 1);
	make->kept = false;
}

#include "request.c"

int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	struct km_request r = { .data = data, .len = len, .owner = { OWNER } };
	struct km_key *key = NULL;
	bool text = len >= 3 && (!memcmp(data, "new", 3) || (len >= 4 && !memcmp(data, "load", 4)));
	u8 *before = exact(data, len);
	enum km_error err;

	payload = data;
	payload_len = len;
	made = 0;
	opened = 0;
	err = km_request_open(&r, &key);
	MUST(!len || !memcmp(before, data, len));
	MUST(err || (key == &the_key && opened == 1));
	MUST(made <= 1 && opened <= 1);
	/* Blobs begin with their format. */
	if (len && data[0] < 16)
		MUST(!made && opened);
	if (!text)
		MUST(!made && opened == (len && len <= KM_BLOB_MAX));
	if (made)
		MUST(!memcmp(data, "new", 3) && !memchr(data, 0, len) && len - 3 <= KM_REQUEST_MAX);
	MUST(made || !r.kept);
	free(before);
	return 0;
}
