// SPDX-License-Identifier: GPL-2.0-only
/*
 * The key type "keymaster": loaded keys in the kernel's keyrings.
 * Beside dev.c. "keyctl padd keymaster NAME RING < blob" opens a blob once;
 * its serial number then names the key in every command, at no further cost.
 *
 * Reading gives the blob back, never material: possessors may read whatever
 * the permissions say, so nothing else may ever come out of .read.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/key-type.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include "errors.h"
#include "keytype.h"

static struct km_key *payload_of(const struct key *key)
{
	return key->payload.data[0];
}

static int preparse(struct key_preparsed_payload *prep)
{
	static const struct km_params none;
	const struct km_key_open open = {
		.blob = prep->data, .len = prep->datalen, .params = &none,
		.owner = current_euid(),
	};
	struct km_key *key;
	int ret;

	if (!prep->data || !prep->datalen || prep->datalen > KM_BLOB_MAX)
		return -EINVAL;
	ret = km_errno(km_key_open(&open, &key));
	if (ret)
		return ret;
	prep->payload.data[0] = key;
	prep->quotalen = prep->datalen;
	return 0;
}

static void free_preparse(struct key_preparsed_payload *prep)
{
	km_key_put(prep->payload.data[0]);
	prep->payload.data[0] = NULL;
}

static int instantiate(struct key *key, struct key_preparsed_payload *prep)
{
	int ret = key_payload_reserve(key, prep->quotalen);

	if (ret)
		return ret;
	key->payload.data[0] = prep->payload.data[0];
	prep->payload.data[0] = NULL;
	return 0;
}

/* With key->sem held for writing: no reader is between its check and its get. */
static void revoke(struct key *key)
{
	struct km_key *k = payload_of(key);

	key_payload_reserve(key, 0);
	key->payload.data[0] = NULL;
	km_key_put(k);
}

static void destroy(struct key *key)
{
	km_key_put(payload_of(key));
	key->payload.data[0] = NULL;
}

static void describe(const struct key *key, struct seq_file *m)
{
	seq_puts(m, key->description);
	if (key_is_positive(key))
		seq_printf(m, ": %u", key->datalen);
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

static struct key_type key_type_keymaster = {
	.name = "keymaster",
	.preparse = preparse,
	.free_preparse = free_preparse,
	.instantiate = instantiate,
	.revoke = revoke,
	.destroy = destroy,
	.describe = describe,
	.read = read,
};

/**
 * km_keytype_find() - a loaded key by its serial number
 * @serial: serial number, or a special one such as a keyring's
 * @key: [out] the key, with a reference
 *
 * The caller must be able to search for it: permissions, expiry, revocation are
 * those of the keyring, looked at in every call.
 *
 * Return: 0 or a negative errno; EINVAL for a key of another type.
 */
int km_keytype_find(s32 serial, struct km_key **key)
{
	key_ref_t ref = lookup_user_key(serial, 0, KEY_NEED_SEARCH);
	struct key *k;
	int ret = -EINVAL;

	if (IS_ERR(ref))
		return PTR_ERR(ref);
	k = key_ref_to_ptr(ref);
	if (k->type != &key_type_keymaster)
		goto put;
	down_read(&k->sem);
	ret = key_validate(k);
	if (!ret && !payload_of(k))
		ret = -EKEYREVOKED;
	if (!ret)
		*key = km_key_get(payload_of(k));
	up_read(&k->sem);
put:
	key_ref_put(ref);
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
