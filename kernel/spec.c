// SPDX-License-Identifier: GPL-2.0-only
/*
 * Authorization sets digested into the structures that algorithms work on.
 * Between params.c and the algorithms: called by key.c and operation.c.
 *
 * One walk over a set instead of a search for every question: an operation on
 * a loaded key asks a dozen of them.
 */
#include "spec.h"

/* Of a tag that may stand once the first counts (tags.md section 1). */
static void first(bool *has, u32 *member, u64 value)
{
	if (*has)
		return;
	*has = true;
	*member = value;
}

/**
 * km_spec_read() - add what a set says of a key
 * @spec: zeroed before the first set; may be called for several sets
 * @set: a parsed set
 *
 * A tag that may not be repeated counts where it stands first, and the sets in the
 * order of the calls: what is enforced is not to be outdone by what is recorded.
 */
void km_spec_read(struct km_key_spec *spec, const struct km_params *set)
{
	struct km_param p;
	u32 pos = 0;

	while (km_params_next(set, &pos, &p)) {
		switch (p.tag) {
		case KM_TAG_PURPOSE:
			spec->purposes |= km_bit(p.value);
			break;
		case KM_TAG_ALGORITHM:
			first(&spec->has_algorithm, &spec->algorithm, p.value);
			break;
		case KM_TAG_KEY_SIZE:
			first(&spec->has_size, &spec->key_size, p.value);
			break;
		case KM_TAG_BLOCK_MODE:
			spec->modes |= km_bit(p.value);
			break;
		case KM_TAG_DIGEST:
		case KM_TAG_DIGEST_OLD:
			if (!spec->n_digests++)
				spec->digest = p.value;
			spec->digests |= km_bit(p.value);
			break;
		case KM_TAG_PADDING:
		case KM_TAG_PADDING_OLD:
			spec->paddings |= km_bit(p.value);
			break;
		case KM_TAG_CALLER_NONCE:
			spec->caller_nonce = true;
			break;
		case KM_TAG_MIN_MAC_LENGTH:
			first(&spec->has_min_mac, &spec->min_mac, p.value);
			break;
		case KM_TAG_RSA_PUBLIC_EXPONENT:
			if (!spec->has_exponent)
				spec->exponent = p.value;
			spec->has_exponent = true;
			break;
		case KM_TAG_RSA_OAEP_MGF_DIGEST:
			spec->mgf_digests |= km_bit(p.value);
			break;
		case KM_TAG_LINUX_BRIDGE:
			spec->bridges |= km_bit(p.value);
			break;
		case KM_TAG_EC_CURVE:
			first(&spec->has_curve, &spec->curve, p.value);
			break;
		default:
			break;
		}
	}
}

static void choose(struct km_choice *c, u64 value)
{
	c->n++;
	c->value = value;
}

/* Called for each entry, inline. */
static __always_inline void take_arg(void *ctx, const struct km_param *p)
{
	struct km_op_args *args = ctx;

	switch (p->tag) {
	case KM_TAG_BLOCK_MODE:
		choose(&args->mode, p->value);
		break;
	case KM_TAG_PADDING:
		choose(&args->padding, p->value);
		break;
	case KM_TAG_DIGEST:
		choose(&args->digest, p->value);
		break;
	case KM_TAG_RSA_OAEP_MGF_DIGEST:
		choose(&args->mgf_digest, p->value);
		break;
	case KM_TAG_MAC_LENGTH:
		/* Not repeatable: the first one counts (tags.md section 1). */
		if (!args->mac_length.n)
			choose(&args->mac_length, p->value);
		break;
	case KM_TAG_NONCE:
		if (args->nonce)
			break;
		args->nonce = p->data;
		args->nonce_len = p->len;
		break;
	case KM_TAG_ASSOCIATED_DATA:
		if (args->aad)
			break;
		args->aad = p->data;
		args->aad_len = p->len;
		break;
	case KM_TAG_AUTH_TOKEN:
		if (args->token)
			break;
		args->token = p->data;
		args->token_len = p->len;
		break;
	case KM_TAG_CONFIRMATION_TOKEN:
		if (args->confirmation)
			break;
		args->confirmation = p->data;
		args->confirmation_len = p->len;
		break;
	default:
		break;
	}
}

/**
 * km_args_parse() - check a set, and read the parameters of an operation out of it
 * @args: [out] what was given; points into @wire
 * @set: [out] the view
 * @wire: its wire form
 * @len: bytes there; the set must take all of them
 *
 * km_params_parse() in the same walk: both happen in every call.
 *
 * Return: 0 or -EINVAL.
 */
int km_args_parse(struct km_op_args *args, struct km_params *set, const u8 *wire, size_t len)
{
	u32 count;
	int ret = km_params_frame(set, wire, len, NULL, &count);

	memset(args, 0, sizeof(*args));
	return ret ? ret : km_params_check(set, count, take_arg, args);
}

/* Of at least eight bytes: the last word may overlap the one before. */
static inline bool same(const u8 *a, const u8 *b, size_t n)
{
	size_t last = n - sizeof(u64), at;
	u64 diff = get_unaligned_le64(a + last) ^ get_unaligned_le64(b + last);

	for (at = 0; at < last; at += sizeof(u64))
		diff |= get_unaligned_le64(a + at) ^ get_unaligned_le64(b + at);
	return !diff;
}

/**
 * km_args_recall() - the parameters of an operation out of a set like the last one
 * @memo: what km_args_learn() noted
 * @args: [out] what km_args_parse() would say, if there is an answer
 * @wire: the wire form of the set
 * @len: bytes there
 *
 * A program gives the same entries for every message, and only its nonces and its
 * additional data differ. Whether a set is well-formed and what it says depends on
 * all but the values of BYTES entries, of which it says where they are. If that part
 * is the same, so is the digest, with pointers to the same places. No value is kept,
 * and no decision: those are made anew from @args.
 *
 * Return: whether there is an answer.
 */
bool km_args_recall(const struct km_args_memo *memo, struct km_op_args *args, const u8 *wire,
		    size_t len)
{
	u32 values = memo->values;

	/*
	 * What was learnt was well-formed, so @values and a header of eight bytes behind
	 * them fit in @len.
	 */
	if (!len || len != memo->len || get_unaligned_le32(wire) != values)
		return false;
	if (!same(memo->rest, wire + 4 + values, len - 4 - values))
		return false;
	*args = memo->args;
	if (memo->nonce_at)
		args->nonce = wire + memo->nonce_at;
	if (memo->aad_at)
		args->aad = wire + memo->aad_at;
	return true;
}

/**
 * km_args_learn() - note a digest for km_args_recall()
 * @memo: [out] where to
 * @args: what km_args_parse() said of the set; only after it returned 0
 * @wire: the set
 * @len: bytes there
 */
void km_args_learn(struct km_args_memo *memo, const struct km_op_args *args, const u8 *wire,
		   size_t len)
{
	memo->len = 0;
	/* Tokens are for few calls, so it does not pay to remember where they were. */
	if (!len || len > sizeof(memo->rest) || args->token || args->confirmation)
		return;
	memo->values = get_unaligned_le32(wire);
	memcpy(memo->rest, wire + 4 + memo->values, len - 4 - memo->values);
	memo->args = *args;
	memo->nonce_at = args->nonce ? args->nonce - wire : 0;
	memo->aad_at = args->aad ? args->aad - wire : 0;
	memo->args.nonce = NULL;
	memo->args.aad = NULL;
	memo->len = len;
}
