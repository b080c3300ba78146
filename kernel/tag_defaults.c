// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
/*
 * What a description means by what it does not say. A leaf beside tag_text.c; part of the
 * library, too, so that kmctl's options and a keyring request make the same key.
 *
 * Only what has one sensible value, or what other programs take unless told otherwise. No
 * default ever says who may use a key.
 */
#include "tag_text.h"

#define RSA_EXPONENT	65537
#define DES_BITS	168

static bool has(u64 set, u32 value)
{
	return set >> value & 1;
}

static int add(const struct km_tag_sink *sink, u32 tag, u64 value)
{
	const struct km_tag_value v = { .tag = tag, .value = value };

	return sink->add(sink->set, &v);
}

static u32 digest_bits(u32 digest)
{
	static const u16 bits[] = {
		[KM_DIGEST_MD5] = 128, [KM_DIGEST_SHA1] = 160, [KM_DIGEST_SHA_2_224] = 224,
		[KM_DIGEST_SHA_2_256] = 256, [KM_DIGEST_SHA_2_384] = 384,
		[KM_DIGEST_SHA_2_512] = 512,
	};

	return digest < ARRAY_SIZE(bits) ? bits[digest] : 0;
}

static int default_paddings(const struct km_described *d, const struct km_tag_sink *sink)
{
	int ret = 0;

	if (d->padding)
		return 0;
	if (has(d->modes, KM_MODE_GCM) || has(d->modes, KM_MODE_CTR))
		ret = add(sink, KM_TAG_PADDING, KM_PAD_NONE);
	if (!ret && (has(d->modes, KM_MODE_CBC) || has(d->modes, KM_MODE_ECB)))
		ret = add(sink, KM_TAG_PADDING, KM_PAD_PKCS7);
	return ret;
}

/*
 * The mask of oaep is made with the digest, as OpenSSL does unless told otherwise. Not
 * of a wrapping key: who wraps keys for Android masks with SHA-1.
 */
static int default_mgf(const struct km_described *d, const struct km_tag_sink *sink)
{
	u32 digest;
	int ret = 0;

	if (!d->oaep || has(d->purposes, KM_PURPOSE_WRAP_KEY) || d->mgf)
		return 0;
	for (digest = KM_DIGEST_NONE + 1; !ret && digest < 64; digest++)
		if (has(d->digests, digest))
			ret = add(sink, KM_TAG_RSA_OAEP_MGF_DIGEST, digest);
	return ret;
}

static int default_rsa(const struct km_described *d, bool making, const struct km_tag_sink *sink)
{
	int ret = 0;

	if (making && !d->exponent)
		ret = add(sink, KM_TAG_RSA_PUBLIC_EXPONENT, RSA_EXPONENT);
	return ret ? ret : default_mgf(d, sink);
}

/* Ed25519 takes no digest but none; OpenSSL's users know nothing of it. */
static int default_ec(const struct km_described *d, const struct km_tag_sink *sink)
{
	if (!d->curve_25519 || !has(d->purposes, KM_PURPOSE_SIGN) || d->digests)
		return 0;
	return add(sink, KM_TAG_DIGEST, KM_DIGEST_NONE);
}

/**
 * km_described_note() - take notice of an authorization
 * @d: zeroed before the first
 * @tag: KM_TAG_*
 * @value: its value, if it is a number
 */
void km_described_note(struct km_described *d, u32 tag, u64 value)
{
	const u64 bit = value < 64 ? 1ULL << value : 0;

	switch (tag) {
	case KM_TAG_ALGORITHM:
		d->algorithm = value;
		break;
	case KM_TAG_PURPOSE:
		d->purposes |= bit;
		break;
	case KM_TAG_BLOCK_MODE:
		d->modes |= bit;
		break;
	case KM_TAG_PADDING:
		d->padding = true;
		d->oaep |= value == KM_PAD_RSA_OAEP;
		break;
	case KM_TAG_DIGEST:
		if (!d->digests)
			d->first_digest = value;
		d->digests |= bit;
		break;
	case KM_TAG_KEY_SIZE:
		d->size = true;
		break;
	case KM_TAG_RSA_PUBLIC_EXPONENT:
		d->exponent = true;
		break;
	case KM_TAG_RSA_OAEP_MGF_DIGEST:
		d->mgf = true;
		break;
	case KM_TAG_MIN_MAC_LENGTH:
		d->mac = true;
		break;
	case KM_TAG_EC_CURVE:
		d->curve_25519 = value == KM_EC_CURVE_CURVE_25519;
		break;
	}
}

/**
 * km_described_mac() - the shortest MAC of a description that needs one and has none
 * @d: the description
 * @sink: where it goes
 *
 * Return: 0 or what @sink's add returned.
 */
int km_described_mac(const struct km_described *d, const struct km_tag_sink *sink)
{
	u32 bits = 0;

	if (d->mac)
		return 0;
	if (d->algorithm == KM_ALGORITHM_AES && has(d->modes, KM_MODE_GCM))
		bits = 128;
	else if (d->algorithm == KM_ALGORITHM_HMAC && d->digests)
		bits = digest_bits(d->first_digest);
	return bits ? add(sink, KM_TAG_MIN_MAC_LENGTH, bits) : 0;
}

/**
 * km_described_defaults() - what else a description means
 * @d: what it says
 * @making: the key is made, not brought in: its material says nothing yet
 * @sink: where it goes
 *
 * Return: 0 or what @sink's add returned.
 */
int km_described_defaults(const struct km_described *d, bool making,
			  const struct km_tag_sink *sink)
{
	int ret = 0;

	switch (d->algorithm) {
	case KM_ALGORITHM_TRIPLE_DES:
		if (making && !d->size)
			ret = add(sink, KM_TAG_KEY_SIZE, DES_BITS);
		return ret ? ret : default_paddings(d, sink);
	case KM_ALGORITHM_AES:
		ret = default_paddings(d, sink);
		return ret ? ret : km_described_mac(d, sink);
	case KM_ALGORITHM_HMAC:
		return km_described_mac(d, sink);
	case KM_ALGORITHM_RSA:
		return default_rsa(d, making, sink);
	case KM_ALGORITHM_EC:
		return default_ec(d, sink);
	}
	return 0;
}
