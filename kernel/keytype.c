// SPDX-License-Identifier: GPL-2.0-only
/*
 * The key type "keymaster": loaded keys in the kernel's keyrings.
 * Beside dev.c. "keyctl padd keymaster NAME RING < blob" opens a blob once, other payloads
 * make keys (request.c); its serial number then names the key in every command, at no
 * further cost.
 *
 * Reading gives the blob back, never material: possessors may read whatever
 * the permissions say, so nothing else may ever come out of .read.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/key-type.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include "errors.h"
#include "keytype.h"
#include "pkey.h"
#include "request.h"
#include "tag_text.h"

/* What payload.data[] holds. Only the first is a pointer. */
enum {
	PAYLOAD_KEY,		/* struct km_key, NULL once revoked */
	PAYLOAD_KIND,		/* its algorithm and size, for describe() */
	PAYLOAD_USE,		/* its curve and purposes, for describe() */
	PAYLOAD_KEPT,		/* until it is instantiated: see free_preparse() */
};

static struct km_key *payload_of(const struct key *key)
{
	return key->payload.data[PAYLOAD_KEY];
}

/* /proc/keys is read without the key's lock: what it shows must not be behind a pointer. */
static void summarize(struct key_preparsed_payload *prep, const struct km_key *key)
{
	const struct km_key_spec *spec = &key->alg.spec;
	unsigned long kind = spec->algorithm | (unsigned long)spec->key_size << 16;
	unsigned long use = spec->has_curve ? spec->curve + 1 : 0;

	use |= (unsigned long)key->policy.purposes << 8;
	prep->payload.data[PAYLOAD_KIND] = (void *)kind;
	prep->payload.data[PAYLOAD_USE] = (void *)use;
}

/*
 * Payloads are judged before anything is known of the key that they are for. So making a key
 * costs what GENERATE_KEY costs even if there is no room for it afterwards.
 */
static int preparse(struct key_preparsed_payload *prep)
{
	struct km_request request = {
		.data = prep->data, .len = prep->datalen, .owner = current_euid(),
	};
	struct km_key *key;
	int ret;

	if (!prep->data || !prep->datalen || prep->datalen > KM_REQUEST_MAX + KM_BLOB_MAX)
		return -EINVAL;
	ret = km_errno(km_request_open(&request, &key));
	if (ret)
		return ret;
	prep->payload.data[PAYLOAD_KEY] = key;
	prep->payload.data[PAYLOAD_KEPT] = (void *)(unsigned long)request.kept;
	summarize(prep, key);
	prep->quotalen = key->blob_len;
	return 0;
}

/*
 * Also of a key that was not to be. If it is a new one that is counted, nobody has seen its
 * blob, and nobody else could give its slot back.
 */
static void free_preparse(struct key_preparsed_payload *prep)
{
	struct km_key *key = prep->payload.data[PAYLOAD_KEY];

	if (key && prep->payload.data[PAYLOAD_KEPT]) {
		const struct km_key_delete del = {
			.blob = key->blob, .len = key->blob_len, .owner = current_euid(),
			.whole = true,
		};

		km_key_delete(&del);
	}
	km_key_put(key);
	prep->payload.data[PAYLOAD_KEY] = NULL;
}

/*
 * Each key holds a reference to the module: one that is in use, in pkey_sign say, runs code
 * of ours, and nothing else would keep that in its place.
 */
static int instantiate(struct key *key, struct key_preparsed_payload *prep)
{
	int ret = key_payload_reserve(key, prep->quotalen);

	if (ret)
		return ret;
	if (!try_module_get(THIS_MODULE)) {
		key_payload_reserve(key, 0);
		return -ENODEV;
	}
	key->payload.data[PAYLOAD_KEY] = prep->payload.data[PAYLOAD_KEY];
	key->payload.data[PAYLOAD_KIND] = prep->payload.data[PAYLOAD_KIND];
	key->payload.data[PAYLOAD_USE] = prep->payload.data[PAYLOAD_USE];
	prep->payload.data[PAYLOAD_KEY] = NULL;
	return 0;
}

/* With key->sem held for writing: no reader is between its check and its get. */
static void revoke(struct key *key)
{
	struct km_key *k = payload_of(key);

	key_payload_reserve(key, 0);
	key->payload.data[PAYLOAD_KEY] = NULL;
	km_key_put(k);
}

/*
 * By the keyrings' garbage collector. It is one work item, which unregistering the type waits
 * for: so this returns before the module can go, though its reference is gone already.
 */
static void destroy(struct key *key)
{
	km_key_put(payload_of(key));
	key->payload.data[PAYLOAD_KEY] = NULL;
	module_put(THIS_MODULE);
}

static void describe_purposes(struct seq_file *m, unsigned long purposes)
{
	const char *name;
	char sep = ' ';
	u32 purpose;

	for (purpose = 0; purposes >> purpose; purpose++) {
		name = km_value_name(KM_TAG_PURPOSE, purpose);
		if (!name || !(purposes >> purpose & 1))
			continue;
		seq_printf(m, "%c%s", sep, name);
		sep = ',';
	}
}

/* "NAME: ec p256 sign,verify 357": the last is what it takes of the quota. */
static void describe(const struct key *key, struct seq_file *m)
{
	unsigned long kind = (unsigned long)key->payload.data[PAYLOAD_KIND];
	unsigned long use = (unsigned long)key->payload.data[PAYLOAD_USE];
	const char *algorithm, *curve;

	seq_puts(m, key->description);
	if (!key_is_positive(key))
		return;
	algorithm = km_value_name(KM_TAG_ALGORITHM, kind & 0xffff);
	curve = use & 0xff ? km_value_name(KM_TAG_EC_CURVE, (use & 0xff) - 1) : NULL;
	seq_printf(m, ": %s ", algorithm ?: "?");
	if (curve)
		seq_puts(m, curve);
	else
		seq_printf(m, "%lu", kind >> 16);
	describe_purposes(m, use >> 8);
	seq_printf(m, " %u", key->datalen);
}

static long read(const struct key *key, char *buffer, size_t len)
{
	const struct km_key *k = payload_of(key);

	if (!k)
		return -EKEYREVOKED;
	if (buffer && len)
		memcpy(buffer, k->blob, min(len, k->blob_len));
	return k->blob_len;
}

static struct key_type key_type_keymaster;

static int only_ours(struct key *keyring, const struct key_type *type,
		     const union key_payload *payload, struct key *data)
{
	return type == &key_type_keymaster ? 0 : -EPERM;
}

/* "keyctl restrict_keyring RING keymaster only": no other type gets into it any more. */
static struct key_restriction *lookup_restriction(const char *restriction)
{
	struct key_restriction *r;

	if (strcmp(restriction, "only"))
		return ERR_PTR(-EINVAL);
	r = kzalloc(sizeof(*r), GFP_KERNEL_ACCOUNT);
	if (!r)
		return ERR_PTR(-ENOMEM);
	r->check = only_ours;
	r->keytype = &key_type_keymaster;
	return r;
}

/* With key->sem held: what revoke() and instantiate() change cannot change now. */
static int take_payload(const struct key *key, struct km_key **result)
{
	int ret = key_validate(key);

	lockdep_assert_held(&key->sem);
	if (ret)
		return ret;
	if (!payload_of(key))
		return -EKEYREVOKED;
	*result = km_key_get(payload_of(key));
	return 0;
}

/* The key as it is now, with a reference: it may be revoked the next moment. */
static int hold_payload(struct key *key, struct km_key **result)
{
	int ret;

	down_read(&key->sem);
	ret = take_payload(key, result);
	up_read(&key->sem);
	return ret;
}

static int asym_query(const struct kernel_pkey_params *params, struct kernel_pkey_query *info)
{
	struct km_key *key;
	int ret = hold_payload(params->key, &key);

	if (ret)
		return ret;
	ret = km_pkey_query(key, params, info);
	km_key_put(key);
	return ret;
}

static int asym_eds_op(struct kernel_pkey_params *params, const void *in, void *out)
{
	struct km_key *key;
	int ret = hold_payload(params->key, &key);

	if (ret)
		return ret;
	ret = km_pkey_eds_op(key, params, in, out);
	km_key_put(key);
	return ret;
}

static int asym_verify_signature(struct kernel_pkey_params *params, const void *in,
				 const void *sig)
{
	struct km_key *key;
	int ret = hold_payload(params->key, &key);

	if (ret)
		return ret;
	ret = km_pkey_verify(key, params, in, sig);
	km_key_put(key);
	return ret;
}

/*
 * There is no .update: another key under the same name is another key, and what was given the
 * serial number of the first is not to use the second unknowingly.
 */
static struct key_type key_type_keymaster = {
	.name = "keymaster",
	.preparse = preparse,
	.free_preparse = free_preparse,
	.instantiate = instantiate,
	.revoke = revoke,
	.destroy = destroy,
	.describe = describe,
	.read = read,
	.lookup_restriction = lookup_restriction,
	.asym_query = asym_query,
	.asym_eds_op = asym_eds_op,
	.asym_verify_signature = asym_verify_signature,
};

static int full_lookup(s32 serial, struct key **result)
{
	key_ref_t ref = lookup_user_key(serial, 0, KEY_NEED_SEARCH);

	if (IS_ERR(ref))
		return PTR_ERR(ref);
	*result = key_ref_to_ptr(ref);
	if ((*result)->type == &key_type_keymaster)
		return 0;
	key_put(*result);
	return -EINVAL;
}

/**
 * km_key_memo_forget() - let go of the key and of the credentials
 * @memo: the memo
 */
void km_key_memo_forget(struct km_key_memo *memo)
{
	if (!memo->key)
		return;
	key_put(memo->key);
	put_cred(memo->cred);
	memo->key = NULL;
	memo->cred = NULL;
}

/*
 * The memo's key, if looking it up again would find it again. A lookup costs as
 * much as encrypting a short message, most of it the search of all keyrings for
 * whether the caller possesses the key. That search is what the memo saves, for
 * one second; what else a lookup asks is asked again here, every time:
 *
 *  - the same credentials (the very structure: it is never changed once in use,
 *    and our reference keeps its address from being used again), so no other
 *    user, process keyring or session keyring profits from the memo;
 *  - the same permissions, owner and group of the key;
 *  - neither revoked nor invalidated nor expired, and its payload is there.
 *
 * So revocation, invalidation, expiry and changed permissions work at once.
 * Only an unlink, of the key or of a keyring on the way to it, takes up to one
 * second for a caller whose permission came from possessing the key.
 */
static bool recall(const struct km_key_memo *memo, s32 serial, struct km_key **result)
{
	struct key *key = memo->key;
	bool good;

	if (!key || memo->serial != serial || memo->cred != current_cred() ||
	    time_after_eq64(get_jiffies_64(), memo->until))
		return false;
	down_read(&key->sem);
	good = key->perm == memo->perm && uid_eq(key->uid, memo->uid) &&
	       gid_eq(key->gid, memo->gid) && !take_payload(key, result);
	up_read(&key->sem);
	return good;
}

/*
 * The permissions that are noted must be those that the lookup decided by, so it
 * is made once more while they cannot change: key->sem is held.
 */
static void learn(struct km_key_memo *memo, struct key *key)
{
	struct key *found;

	down_read(&key->sem);
	memo->until = get_jiffies_64() + KM_KEY_MEMO_TIME;
	memo->perm = key->perm;
	memo->uid = key->uid;
	memo->gid = key->gid;
	if (!full_lookup(memo->serial, &found)) {
		memo->key = found;
		memo->cred = get_current_cred();
	}
	up_read(&key->sem);
}

/**
 * km_keytype_find() - a loaded key by its serial number
 * @serial: serial number, or a special one such as a keyring's
 * @memo: what the caller remembers of its last lookup, or NULL
 * @key: [out] the key, with a reference
 *
 * The caller must be able to search for it: permissions, expiry, revocation are
 * those of the keyring, looked at in every call. A key that is asked for twice
 * in a row is remembered, so that using keys in turn costs nothing extra.
 *
 * Return: 0 or a negative errno; EINVAL for a key of another type.
 */
int km_keytype_find(s32 serial, struct km_key_memo *memo, struct km_key **key)
{
	bool again = memo && memo->serial == serial;
	struct key *k;
	int ret;

	if (memo) {
		if (recall(memo, serial, key))
			return 0;
		km_key_memo_forget(memo);
		memo->serial = serial;
	}
	ret = full_lookup(serial, &k);
	if (ret)
		return ret;
	ret = hold_payload(k, key);
	if (!ret && again)
		learn(memo, k);
	key_put(k);
	return ret;
}

/**
 * km_keytype_init() - register the type
 *
 * Return: 0 or a negative errno.
 */
int km_keytype_init(void)
{
	return register_key_type(&key_type_keymaster);
}

/**
 * km_keytype_exit() - unregister the type; live keys of it become dead
 */
void km_keytype_exit(void)
{
	unregister_key_type(&key_type_keymaster);
}
