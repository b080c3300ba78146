// SPDX-License-Identifier: GPL-2.0-only
/*
 * Key blobs of kernel/blob.c: byte-exact with the formats, and what must not open does not.
 * Userspace test; vectors: selftests/vectors/blob_formats.txt and aosp_km1_blobs.txt.
 */
#include <linux/keymaster.h>
#include "blob.h"
#include "gcm.h"
#include "harness.h"
#include "ocb.h"
#include "vectors.h"

#define FILE_FORMATS	"blob_formats.txt"
#define FILE_KM1	"aosp_km1_blobs.txt"
#define FORMATS		5

/* The inputs of all the formats, and masters made of them. */
static struct vector master, material, nonce, hidden, enforced, unenforced, reset, slot_secret;
static struct vector slot, versions;
static u8 prk[KM_SHA256_SIZE];

static void read_inputs(void)
{
	master = vector(FILE_FORMATS, "inputs", "master");
	material = vector(FILE_FORMATS, "inputs", "material");
	nonce = vector(FILE_FORMATS, "inputs", "nonce");
	hidden = vector(FILE_FORMATS, "inputs", "hidden");
	enforced = vector(FILE_FORMATS, "inputs", "enforced");
	unenforced = vector(FILE_FORMATS, "inputs", "unenforced");
	reset = vector(FILE_FORMATS, "inputs", "reset");
	slot_secret = vector(FILE_FORMATS, "inputs", "slot_secret");
	slot = vector(FILE_FORMATS, "inputs", "slot");
	versions = vector(FILE_FORMATS, "inputs", "versions");
	km_hkdf_extract(master.data, master.len, prk);
}

static struct km_blob_master the_master(void)
{
	return (struct km_blob_master){
		.ocb = master.data, .prk = prk,
		.reset = vector_piece(&reset), .slot = vector_piece(&slot_secret),
	};
}

static struct vector of_format(unsigned int format, const char *name)
{
	char section[16];

	snprintf(section, sizeof(section), "format-%u", format);
	return vector(FILE_FORMATS, section, name);
}

static bool has_slot(unsigned int format)
{
	return format == KM_FORMAT_GCM_SLOT || format == KM_FORMAT_GCM_SLOT_VERSIONED;
}

static bool is_versioned(unsigned int format)
{
	return format >= KM_FORMAT_GCM_VERSIONED;
}

/* Opens a copy without a byte to spare. 1: it does not even parse. */
static int open_with(const u8 *data, size_t len, const struct km_blob_master *m,
		     const struct km_piece *hid, struct km_secret **out)
{
	u8 *copy = exact(data, len);
	struct km_blob blob;
	int ret = 1;

	*out = NULL;
	if (!km_blob_parse(&blob, copy, len))
		ret = km_blob_open(&blob, m, hid, out);
	free(copy);
	return ret;
}

static int open_blob(const struct vector *v)
{
	const struct km_blob_master m = the_master();
	const struct km_piece hid = vector_piece(&hidden);
	struct km_secret *got;
	int ret = open_with(v->data, v->len, &m, &hid, &got);

	if (!ret && (got->len != material.len || memcmp(got->data, material.data, got->len)))
		ret = 2;
	km_secret_free(got);
	return ret;
}

static bool fill(struct km_blob *blob, unsigned int format)
{
	memset(blob, 0, sizeof(*blob));
	blob->format = format;
	blob->nonce = nonce.data;
	blob->cipher_len = material.len;
	if (is_versioned(format)) {
		blob->kdf_version = get_unaligned_le32(versions.data);
		blob->addl_info = get_unaligned_le32(versions.data + 4);
	}
	if (has_slot(format))
		blob->slot = get_unaligned_le32(slot.data);
	return !km_params_parse(&blob->enforced, enforced.data, enforced.len, NULL) &&
	       !km_params_parse(&blob->unenforced, unenforced.data, unenforced.len, NULL);
}

/* Sealing with the given nonce gives the very bytes. */
static bool sealed_bytes(void)
{
	const struct km_blob_master m = the_master();
	const struct km_piece hid = vector_piece(&hidden);
	struct km_secret *key = km_secret_copy(material.data, material.len);
	unsigned int format;
	struct vector want;
	struct km_blob blob;
	bool same;
	u8 *out;

	for (format = 0; format < FORMATS; format++) {
		want = of_format(format, "blob");
		CHECK(fill(&blob, format));
		CHECK(km_blob_size(&blob) == want.len);
		out = malloc(want.len);
		memset(out, 0xaa, want.len);
		same = !km_blob_seal(&blob, &m, &hid, key, out) &&
		       !memcmp(out, want.data, want.len);
		free(out);
		CHECK(same);
	}
	/* A length that is not the material's is a caller's mistake, not a short key. */
	blob.cipher_len++;
	out = malloc(km_blob_size(&blob));
	CHECK(km_blob_seal(&blob, &m, &hid, key, out) == -EINVAL);
	free(out);
	km_secret_free(key);
	return true;
}

static bool same_set(const struct km_params *set, const struct vector *want)
{
	return set->wire_len == want->len && !memcmp(set->wire, want->data, want->len);
}

static bool parsed(void)
{
	struct vector v, cipher, tag;
	unsigned int format;
	struct km_blob blob;

	for (format = 0; format < FORMATS; format++) {
		v = of_format(format, "blob");
		cipher = of_format(format, "cipher");
		tag = of_format(format, "tag");
		CHECK(!km_blob_parse(&blob, v.data, v.len));
		CHECK(blob.format == format && blob.cipher_len == cipher.len);
		CHECK(!memcmp(blob.nonce, nonce.data, KM_BLOB_NONCE));
		CHECK(!memcmp(blob.cipher, cipher.data, cipher.len));
		CHECK(tag.len == KM_BLOB_TAG && !memcmp(blob.tag, tag.data, KM_BLOB_TAG));
		CHECK(same_set(&blob.enforced, &enforced));
		CHECK(same_set(&blob.unenforced, &unenforced));
		CHECK(blob.slot == (has_slot(format) ? 0x01020304 : 0));
		CHECK(blob.kdf_version == (is_versioned(format) ? 0x11 : 0));
		CHECK(blob.addl_info == (is_versioned(format) ? 0x22 : 0));
		CHECK(open_blob(&v) == 0);
	}
	return true;
}

/* The KEKs stand in no blob: with the one given, the ciphers give ciphertext and tag. */
static bool keks(void)
{
	struct vector kek, cipher, tag;
	u8 out[16], out_tag[16];
	struct km_piece key, in = vector_piece(&material);
	struct km_ocb ocb;
	unsigned int f;
	int ret;

	for (f = 0; f < FORMATS; f++) {
		kek = of_format(f, "kek");
		cipher = of_format(f, "cipher");
		tag = of_format(f, "tag");
		key = vector_piece(&kek);
		ocb = (struct km_ocb){ .key = key, .nonce = nonce.data };
		ret = f ? km_gcm_seal(&key, nonce.data, &in, out, out_tag) :
			  km_ocb_seal(&ocb, &in, out, out_tag);
		CHECK(!ret && kek.len == (f ? 32 : 16));
		CHECK(!memcmp(out, cipher.data, cipher.len) && !memcmp(out_tag, tag.data, 16));
	}
	return true;
}

/* The u32 of a length at @at takes no other value. */
static bool length_counts(struct vector *v, size_t at)
{
	u32 good = get_unaligned_le32(v->data + at);
	const u32 bad[] = { 0, good - 1, good + 1, good + 4, good ^ 0x80000000, 0xffffffff };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		if (bad[i] == good)
			continue;
		put_unaligned_le32(bad[i], v->data + at);
		CHECK(open_blob(v) == 1);
	}
	put_unaligned_le32(good, v->data + at);
	return true;
}

static bool damaged_lengths(void)
{
	unsigned int format;
	struct vector v;
	size_t sets;

	for (format = 0; format < FORMATS; format++) {
		v = of_format(format, "blob");
		sets = 1 + 4 + 12 + 4 + 5 + 4 + 16 + (is_versioned(format) ? 8 : 0);
		CHECK(length_counts(&v, 1));
		CHECK(length_counts(&v, 17));
		CHECK(length_counts(&v, 26));
		CHECK(length_counts(&v, sets));
		CHECK(length_counts(&v, sets + 4));
		CHECK(length_counts(&v, sets + 8));
		CHECK(length_counts(&v, sets + enforced.len));
		CHECK(length_counts(&v, sets + enforced.len + 8));
	}
	return true;
}

static bool wrong_ends(void)
{
	unsigned int format;
	struct vector v;
	size_t len;

	for (format = 0; format < FORMATS; format++) {
		v = of_format(format, "blob");
		len = v.len;
		for (v.len = 0; v.len < len; v.len++)
			CHECK(open_blob(&v) == 1);
		memset(v.data + len, 0, 64);
		for (v.len = len + 1; v.len <= len + 64; v.len++)
			CHECK(open_blob(&v) == 1);
		v.len = len;
		for (v.data[0] = FORMATS; v.data[0]; v.data[0]++)
			CHECK(open_blob(&v) == 1);
	}
	return true;
}

/* Nonce, ciphertext, tag and slot: no damage of theirs shows in the layout. */
static bool no_length(unsigned int format, size_t at, size_t len)
{
	return (at >= 5 && at < 17) || (at >= 21 && at < 26) || (at >= 30 && at < 46) ||
	       (has_slot(format) && at >= len - 4);
}

/*
 * Every bit: refused, and what is no length by the cipher alone. Formats 3 and 4: the
 * version words are bound to nothing, in the reference neither.
 */
static bool every_bit(void)
{
	unsigned int format;
	struct vector v;
	size_t bit;
	int ret;

	for (format = 0; format < FORMATS; format++) {
		v = of_format(format, "blob");
		for (bit = 0; bit < 8 * v.len; bit++) {
			v.data[bit / 8] ^= 1 << bit % 8;
			ret = open_blob(&v);
			v.data[bit / 8] ^= 1 << bit % 8;
			if (is_versioned(format) && bit / 8 >= 46 && bit / 8 < 54)
				CHECK(ret == 0);
			else if (no_length(format, bit / 8, v.len))
				CHECK(ret == -EBADMSG);
			else
				CHECK(ret == 1 || ret == -EBADMSG);
		}
	}
	return true;
}

/* Each input of the KEK with one bit changed: parses, does not open. */
static bool other_secrets(void)
{
	struct vector *const changed[] = { &hidden, &reset, &slot_secret };
	const struct km_piece hid = vector_piece(&hidden);
	struct km_blob_master m = the_master();
	u8 other[KM_SHA256_SIZE] = { 1 };
	struct km_secret *got;
	unsigned int format, i;
	struct vector v;
	int want;

	for (format = 0; format < FORMATS; format++) {
		v = of_format(format, "blob");
		for (i = 0; i < ARRAY_SIZE(changed); i++) {
			want = !i || has_slot(format) ? -EBADMSG : 0;
			changed[i]->data[changed[i]->len - 1] ^= 1;
			CHECK(open_blob(&v) == want);
			changed[i]->data[changed[i]->len - 1] ^= 1;
			changed[i]->len--;
			CHECK(open_blob(&v) == want);
			changed[i]->len++;
			CHECK(open_blob(&v) == 0);
		}
		m.ocb = format ? master.data : other;
		m.prk = format ? other : prk;
		CHECK(open_with(v.data, v.len, &m, &hid, &got) == -EBADMSG && !got);
		m.ocb = format ? other : master.data;
		m.prk = format ? prk : other;
		CHECK(open_with(v.data, v.len, &m, &hid, &got) == 0);
		km_secret_free(got);
	}
	return true;
}

/* Where one secret ends and the next begins is bound too. */
static bool moved_border(void)
{
	const struct km_piece hid = vector_piece(&hidden);
	struct km_blob_master m = the_master();
	struct vector v = of_format(KM_FORMAT_GCM_SLOT, "blob");
	u8 both[64];
	struct km_secret *got;

	memcpy(both, reset.data, reset.len);
	memcpy(both + reset.len, slot_secret.data, slot_secret.len);
	m.reset = (struct km_piece){ both, reset.len + 1 };
	m.slot = (struct km_piece){ both + reset.len + 1, slot_secret.len - 1 };
	CHECK(open_with(v.data, v.len, &m, &hid, &got) == -EBADMSG && !got);
	return true;
}

static bool garbage(void)
{
	const struct km_blob_master m = the_master();
	const struct km_piece hid = vector_piece(&hidden);
	unsigned long i, n = cases(200000);
	struct km_secret *got;
	struct vector v;
	u8 data[256];

	for (i = 0; i < n; i++) {
		rnd_bytes(data, sizeof(data));
		data[0] %= FORMATS;
		CHECK(open_with(data, rnd() % sizeof(data), &m, &hid, &got) == 1);
	}
	/* Half of it real: the layout may be right, the tag never is. */
	for (i = 0; i < n / 4; i++) {
		v = of_format(rnd() % FORMATS, "blob");
		rnd_bytes(v.data + 5, 12);
		v.data[rnd() % v.len] = rnd();
		CHECK(open_blob(&v) != 0 && open_blob(&v) != 2);
	}
	return true;
}

static bool real_blob(const char *name)
{
	static const u8 zero[16];
	struct vector v = vector(FILE_KM1, name, "blob"), plain = vector(FILE_KM1, name, "plain");
	struct vector kek = vector(FILE_KM1, name, "kek");
	struct vector app_id = vector(FILE_KM1, "hidden", "app_id");
	struct vector sw = vector(FILE_KM1, "hidden", "sw");
	struct km_piece right = vector_piece(&app_id), wrong = vector_piece(&sw), cipher;
	const struct km_blob_master m = { .ocb = zero };
	struct km_ocb ocb = { .key = vector_piece(&kek), .nonce = v.data + 5 };
	u8 out[VECTOR_MAX];
	struct km_secret *got;
	struct km_blob blob;

	CHECK(open_with(v.data, v.len, &m, &right, &got) == 0);
	CHECK(got->len == plain.len && !memcmp(got->data, plain.data, plain.len));
	km_secret_free(got);
	CHECK(open_with(v.data, v.len, &m, &wrong, &got) == -EBADMSG && !got);
	CHECK(!km_blob_parse(&blob, v.data, v.len));
	cipher = (struct km_piece){ blob.cipher, blob.cipher_len };
	CHECK(!km_ocb_open(&ocb, &cipher, blob.tag, out));
	CHECK(!memcmp(out, plain.data, plain.len));
	return true;
}

struct number {
	u32 tag;
	u64 value;
};

static bool says(const struct km_params *set, const struct number *want, unsigned int n)
{
	struct km_param p;
	u32 pos = 0;

	for (; n--; want++)
		CHECK(km_params_next(set, &pos, &p) && p.tag == want->tag &&
		      p.value == want->value);
	CHECK(!km_params_next(set, &pos, &p));
	return true;
}

/* What the EC blob is known to hold. */
static bool real_ecdsa(void)
{
	static const struct number want[] = {
		{ KM_TAG_ALGORITHM, 3 }, { KM_TAG_KEY_SIZE, 256 }, { KM_TAG_PURPOSE, 2 },
		{ KM_TAG_PURPOSE, 3 }, { KM_TAG_DIGEST, 0 }, { KM_TAG_USER_ID, 7 },
		{ KM_TAG_USER_AUTH_TYPE, 1 }, { KM_TAG_AUTH_TIMEOUT, 300 },
		{ KM_TAG_CREATION_DATETIME, 0x14d799f17b8 }, { KM_TAG_ORIGIN, 0 },
	};
	struct vector v = vector(FILE_KM1, "km1_sw_ecdsa_256", "blob");
	struct km_blob blob;

	CHECK(!km_blob_parse(&blob, v.data, v.len));
	CHECK(says(&blob.enforced, NULL, 0));
	CHECK(says(&blob.unenforced, want, ARRAY_SIZE(want)));
	return real_blob("km1_sw_ecdsa_256");
}

static bool real_rsa(void)
{
	return real_blob("km1_sw_rsa_512");
}

/* No format of ours: its parts go through the same parser and HMAC. */
static bool integrity_assured(void)
{
	static const u8 key[] = "IntegrityAssuredBlob0";
	struct vector v = vector(FILE_FORMATS, "integrity-assured", "blob");
	struct vector mac = vector(FILE_FORMATS, "integrity-assured", "mac");
	const struct km_piece pieces[] = { { v.data, v.len - 8 }, vector_piece(&hidden) };
	size_t at = 1 + 4 + material.len, used;
	struct km_params set;
	struct km_blob blob;
	u8 out[KM_SHA256_SIZE];

	CHECK(v.len == 128 && mac.len == 8 && get_unaligned_le32(v.data + 1) == material.len);
	CHECK(!memcmp(v.data + 5, material.data, material.len));
	CHECK(!km_params_parse(&set, v.data + at, v.len - 8 - at, &used));
	CHECK(same_set(&set, &enforced) && used == enforced.len);
	CHECK(!km_params_parse(&set, v.data + at + used, v.len - 8 - at - used, NULL));
	CHECK(same_set(&set, &unenforced));
	km_hmac_sha256(key, sizeof(key), pieces, ARRAY_SIZE(pieces), out);
	CHECK(!memcmp(out, mac.data, 8) && !memcmp(v.data + v.len - 8, mac.data, 8));
	/* Its first byte is that of OCB: the layout alone tells them apart. */
	CHECK(km_blob_parse(&blob, v.data, v.len) == -EINVAL);
	return true;
}

static bool random_round_trips(void)
{
	const struct km_blob_master m = the_master();
	const struct km_piece hid = vector_piece(&hidden);
	unsigned long i, n = cases(5000);
	struct km_secret *key, *got;
	struct km_blob blob;
	size_t len, at;
	u8 *out;

	for (i = 0; i < n; i++) {
		CHECK(fill(&blob, i % FORMATS));
		key = km_secret_alloc(16 + rnd() % 200);
		rnd_bytes(key->data, key->len);
		blob.cipher_len = key->len;
		len = km_blob_size(&blob);
		out = malloc(len);
		CHECK(!km_blob_seal(&blob, &m, &hid, key, out));
		for (at = 0; at + 16 <= len; at++)
			CHECK(memcmp(out + at, key->data, 16));
		CHECK(open_with(out, len, &m, &hid, &got) == 0);
		CHECK(got->len == key->len && !memcmp(got->data, key->data, key->len));
		km_secret_free(got);
		km_secret_free(key);
		free(out);
	}
	return true;
}

static const struct test tests[] = {
	{ "blob: sealing gives the bytes of each format", sealed_bytes },
	{ "blob: the calculated blobs parse and open", parsed },
	{ "blob: the key-encryption keys are the calculated ones", keks },
	{ "blob: damaged lengths do not parse", damaged_lengths },
	{ "blob: truncated, extended, unknown and empty ones do not parse", wrong_ends },
	{ "blob: with any bit changed it does not open", every_bit },
	{ "blob: with any other secret it does not open", other_secrets },
	{ "blob: the border between the secrets counts", moved_border },
	{ "blob: garbage never opens", garbage },
	{ "blob: random keys come back and do not show", random_round_trips },
	{ "blob: Android's EC key opens, with its application id only", real_ecdsa },
	{ "blob: Android's RSA key opens, with its application id only", real_rsa },
	{ "blob: the integrity-assured blob's sets and MAC", integrity_assured },
};

int main(void)
{
	read_inputs();
	return run_tests(tests, ARRAY_SIZE(tests));
}
