// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parameters of an operation: what the options say, and else the only thing that
 * the key allows. Called by crypt.c; the kernel judges whatever comes out.
 */
#include <string.h>

#include "kmctl.h"

#define GCM_TAG_BITS	128
#define CHOICES		16

/**
 * struct choice - what is being chosen for
 * @o: the options
 * @key: the key, with its authorizations
 * @purpose: KM_PURPOSE_*
 * @params: what has been chosen
 */
struct choice {
	const struct opts *o;
	const struct key *key;
	int purpose;
	struct km_params *params;
};

static bool is(const struct choice *c, uint32_t algorithm)
{
	return set_has(c->key, KM_TAG_ALGORITHM, algorithm);
}

static bool ciphers(const struct choice *c)
{
	/* To unwrap a key is to decrypt it. */
	return c->purpose == KM_PURPOSE_ENCRYPT || c->purpose == KM_PURPOSE_DECRYPT ||
	       c->purpose == KM_PURPOSE_WRAP_KEY;
}

static bool chosen(const struct choice *c, uint32_t tag, uint32_t value)
{
	return km_params_contains(c->params, tag, value);
}

static int add(const struct choice *c, uint32_t tag, uint32_t value)
{
	return km_params_add_u32(c->params, tag, value) ? fail(ST_FAILED, "out of memory")
							: ST_OK;
}

static bool fits_rsa_padding(const struct choice *c, uint64_t padding)
{
	switch (padding) {
	case KM_PAD_NONE:
		return true;
	case KM_PAD_RSA_OAEP:
	case KM_PAD_RSA_PKCS1_1_5_ENCRYPT:
		return ciphers(c);
	case KM_PAD_RSA_PSS:
	case KM_PAD_RSA_PKCS1_1_5_SIGN:
		return !ciphers(c);
	}
	return false;
}

/* Can @value be meant at all? A key may allow things for several purposes. */
static bool fits(const struct choice *c, uint32_t tag, uint64_t value)
{
	if (tag == KM_TAG_PADDING && is(c, KM_ALGORITHM_RSA))
		return fits_rsa_padding(c, value);
	if (tag != KM_TAG_DIGEST || !is(c, KM_ALGORITHM_RSA))
		return true;
	if (chosen(c, KM_TAG_PADDING, KM_PAD_NONE))
		return value == KM_DIGEST_NONE;
	if (chosen(c, KM_TAG_PADDING, KM_PAD_RSA_PSS) ||
	    chosen(c, KM_TAG_PADDING, KM_PAD_RSA_OAEP))
		return value != KM_DIGEST_NONE;
	return true;
}

/* Too many to choose from: the user must say. */
static int ask(const struct choice *c, uint32_t tag, const uint32_t *values, size_t n)
{
	char text[256] = "";
	size_t at = 0, i;

	for (i = 0; i < n && at < sizeof(text); i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", i ? ", " : "",
				       km_value_name(tag, values[i]) ?: "?");
	return fail(ST_USAGE, "%s: the key allows several (%s): choose with --%s", c->key->name,
		    text, km_tag_name(tag));
}

/* Takes @tag from the options, or the only fitting value that the key allows. */
static int choose(const struct choice *c, uint32_t tag)
{
	uint32_t values[CHOICES];
	struct km_param p;
	size_t n = 0, i;
	int ret = ST_OK;

	for (i = 0; !ret && !km_params_find(c->o->params, tag, i, &p); i++)
		ret = add(c, tag, (uint32_t)p.value);
	if (i)
		return ret;
	for (i = 0; n < CHOICES && !set_find(c->key, tag, i, &p); i++)
		if (fits(c, tag, p.value))
			values[n++] = (uint32_t)p.value;
	if (!n)
		return ST_OK;
	return n > 1 ? ask(c, tag, values, n) : add(c, tag, values[0]);
}

/* GCM and CTR know no padding but none, whatever else the key allows. */
static int choose_padding(const struct choice *c)
{
	bool stream = chosen(c, KM_TAG_BLOCK_MODE, KM_MODE_GCM) ||
		      chosen(c, KM_TAG_BLOCK_MODE, KM_MODE_CTR);

	if (stream && km_params_find(c->o->params, KM_TAG_PADDING, 0, NULL))
		return add(c, KM_TAG_PADDING, KM_PAD_NONE);
	return choose(c, KM_TAG_PADDING);
}

/* Ed25519 hashes by itself: none is all that a digest can be. */
static int choose_digest(const struct choice *c)
{
	if (set_has(c->key, KM_TAG_EC_CURVE, KM_EC_CURVE_CURVE_25519) &&
	    km_params_find(c->o->params, KM_TAG_DIGEST, 0, NULL))
		return add(c, KM_TAG_DIGEST, KM_DIGEST_NONE);
	return choose(c, KM_TAG_DIGEST);
}

static uint32_t full_mac_bits(const struct key *key)
{
	static const uint32_t bits[] = { 0, 128, 160, 224, 256, 384, 512 };
	struct km_param p;

	if (set_find(key, KM_TAG_DIGEST, 0, &p) || p.value > KM_DIGEST_SHA_2_512)
		return 0;
	return bits[p.value];
}

static int choose_mac_length(const struct choice *c)
{
	uint32_t bits = 0;
	struct km_param p;

	if (chosen(c, KM_TAG_BLOCK_MODE, KM_MODE_GCM))
		bits = GCM_TAG_BITS;
	else if (c->purpose == KM_PURPOSE_SIGN && is(c, KM_ALGORITHM_HMAC))
		bits = full_mac_bits(c->key);
	if (!km_params_find(c->o->params, KM_TAG_MAC_LENGTH, 0, &p))
		bits = (uint32_t)p.value;
	return bits ? add(c, KM_TAG_MAC_LENGTH, bits) : ST_OK;
}

static int choose_for_cipher(const struct choice *c)
{
	int ret = choose(c, KM_TAG_BLOCK_MODE);

	return ret ? ret : choose_padding(c);
}

static int choose_for_rsa(const struct choice *c)
{
	int ret = choose_padding(c);

	/* Of the paddings to encrypt with only oaep hashes. */
	if (ret || (ciphers(c) && !chosen(c, KM_TAG_PADDING, KM_PAD_RSA_OAEP)))
		return ret;
	ret = choose_digest(c);
	if (!ret && chosen(c, KM_TAG_PADDING, KM_PAD_RSA_OAEP))
		ret = choose(c, KM_TAG_RSA_OAEP_MGF_DIGEST);
	return ret;
}

/* The options that are passed on as they are, and what opens the blob. */
static int add_rest(const struct choice *c)
{
	struct km_param p;
	int ret = 0;

	if (!km_params_find(c->o->params, KM_TAG_NONCE, 0, &p))
		ret = km_params_add_bytes(c->params, KM_TAG_NONCE, p.data, p.len);
	if (!ret)
		ret = km_params_append(c->params, c->key->app);
	return ret ? fail(ST_FAILED, "out of memory") : ST_OK;
}

/**
 * choose_params() - the parameters of an operation
 * @o: the options
 * @key: the key, with its authorizations
 * @purpose: KM_PURPOSE_*
 * @params: [out] the set, also after a failure
 *
 * Return: exit status; ST_USAGE when there are several to choose from.
 */
int choose_params(const struct opts *o, const struct key *key, int purpose,
		  struct km_params **params)
{
	struct choice c = { .o = o, .key = key, .purpose = purpose };
	int ret = ST_OK;

	if (km_params_new(params))
		return fail(ST_FAILED, "out of memory");
	c.params = *params;
	if (purpose == KM_PURPOSE_AGREE_KEY)
		return add_rest(&c);
	if (is(&c, KM_ALGORITHM_RSA))
		ret = choose_for_rsa(&c);
	else if (ciphers(&c))
		ret = choose_for_cipher(&c);
	else
		ret = choose_digest(&c);
	if (!ret)
		ret = choose_mac_length(&c);
	return ret ? ret : add_rest(&c);
}
