// SPDX-License-Identifier: GPL-2.0-only
/*
 * Import of a wrapped key (operations.md section 6): unwrapped here, made by key_make.c.
 * Called by dev_wrapped.c; wrapped_der.c takes the encoding apart, RSA opens the transport key.
 *
 * The caller never sees the key, and who wrapped it has said what it may do: the whole
 * description is additional data of the seal that holds the key.
 */
#include <linux/slab.h>
#include "alg_rsa.h"
#include "gcm.h"
#include "key.h"
#include "key_wrapped.h"
#include "operation.h"
#include "rsa_op.h"

#define TRANSPORT_SIZE	KM_MASKING_KEY_SIZE

/* Step 1; what the parameters lack is found before the key counts as used. */
static enum km_error may_unwrap(const struct km_key_unwrap *u)
{
	struct km_alg_op op = {
		.key = &u->wrapping->alg, .purpose = KM_PURPOSE_DECRYPT, .args = *u->args,
	};
	const struct km_op_begin use = {
		.key = u->wrapping, .purpose = KM_PURPOSE_WRAP_KEY, .args = u->args, .who = u->who,
	};
	enum km_error err = km_key_check(u->wrapping);

	if (err)
		return err;
	if (!(op.key->spec.purposes & km_bit(KM_PURPOSE_WRAP_KEY)))
		return KM_ERROR_INCOMPATIBLE_PURPOSE;
	if (op.key->spec.algorithm != KM_ALGORITHM_RSA)
		return KM_ERROR_INCOMPATIBLE_ALGORITHM;
	err = km_rsa_unwrap_check(&op);
	return err ? err : km_op_authorize(&use);
}

/* Step 2. */
static enum km_error open_transport(const struct km_key_unwrap *u, u8 *key)
{
	size_t len = KM_RSA_UNWRAP_MAX, i;
	u8 *out = kmalloc(KM_RSA_UNWRAP_MAX, GFP_KERNEL_ACCOUNT);
	enum km_error err;

	if (!out)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	err = km_rsa_unwrap(&u->wrapping->alg, u->args, u->wrapped.transport.data,
			    u->wrapped.transport.len, out, &len);
	if (!err && len != TRANSPORT_SIZE)
		err = KM_ERROR_INVALID_ARGUMENT;
	for (i = 0; !err && i < TRANSPORT_SIZE; i++)
		key[i] = out[i] ^ (u->mask ? u->mask[i] : 0);
	kfree_sensitive(out);
	return err;
}

/* Step 3. */
static enum km_error open_key(const struct km_key_unwrap *u, u8 *out)
{
	const struct km_wrapped *w = &u->wrapped;
	const struct km_gcm_text text = {
		.nonce = w->iv, .aad = w->description.data, .aad_len = w->description.len,
		.in = w->key.data, .out = out, .len = w->key.len,
	};
	u8 transport[TRANSPORT_SIZE];
	const struct km_piece key = { transport, sizeof(transport) };
	enum km_error err = open_transport(u, transport);

	if (!err)
		err = km_error_of(km_gcm_portable_open(&key, &text, w->tag));
	memzero_explicit(transport, sizeof(transport));
	return err;
}

/* Step 4: the number in the list is a mask of what the caller's users stand for. */
static int take_params(const struct km_key_unwrap *u, struct km_params_buf *to,
		       const struct km_params *from)
{
	struct km_param p;
	u32 pos = 0;

	if (km_params_buf_init(to, from->elements_len + 12, from->indirect_len))
		return -ENOMEM;
	while (km_params_next(from, &pos, &p)) {
		u64 mask = p.value;

		if (p.tag != KM_TAG_USER_SECURE_ID) {
			km_params_add(to, &p);
			continue;
		}
		if (mask & KM_AUTH_TYPE_PASSWORD)
			km_params_add_int(to, p.tag, u->password_sid);
		if (mask & KM_AUTH_TYPE_FINGERPRINT)
			km_params_add_int(to, p.tag, u->biometric_sid);
	}
	return 0;
}

static int params_of(const struct km_key_unwrap *u, struct km_params *set, u8 **wire)
{
	size_t len = km_params_wire_len(&u->wrapped.params);
	struct km_params_buf replaced = {};
	struct km_params listed;
	u8 *first = kmalloc(len, GFP_KERNEL_ACCOUNT);
	int ret = -ENOMEM;

	if (!first)
		return ret;
	km_params_write(&u->wrapped.params, first);
	ret = km_params_parse(&listed, first, len, NULL);
	if (!ret)
		ret = take_params(u, &replaced, &listed);
	kfree(first);
	if (ret)
		return ret;
	len = km_params_wire_len(&replaced);
	*wire = kmalloc(len, GFP_KERNEL_ACCOUNT);
	ret = *wire ? 0 : -ENOMEM;
	if (!ret) {
		km_params_write(&replaced, *wire);
		ret = km_params_parse(set, *wire, len, NULL);
	}
	km_params_buf_free(&replaced);
	return ret;
}

/* Step 5. */
static enum km_error make(struct km_key_unwrap *u, const u8 *material)
{
	const struct km_import import = {
		.key_format = u->wrapped.key_format, .data = material, .len = u->wrapped.key.len,
	};
	struct km_params params;
	struct km_key_make make = {
		.params = &params, .format = u->format, .owner = u->owner, .import = &import,
		.secured = true,
	};
	u8 *wire = NULL;
	enum km_error err = km_error_of(params_of(u, &params, &wire));

	if (!err)
		err = km_key_make(&make);
	kfree_sensitive(wire);
	if (err)
		return err;
	u->made = make;
	/* What the caller gave it points to is gone. */
	u->made.params = NULL;
	u->made.import = NULL;
	return KM_ERROR_OK;
}

/**
 * km_key_unwrap() - import a wrapped key
 * @u: what was parsed, the key that opens it, and the result
 *
 * Return: Keymaster code. Context: may sleep.
 */
enum km_error km_key_unwrap(struct km_key_unwrap *u)
{
	enum km_error err = may_unwrap(u);
	u8 *material;

	if (err)
		return err;
	material = kmalloc(u->wrapped.key.len + 1, GFP_KERNEL_ACCOUNT);
	if (!material)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	err = open_key(u, material);
	if (!err)
		err = make(u, material);
	kfree_sensitive(material);
	/* The wrapping key was used as well: its use is kept before the blob is out. */
	if (!err) {
		err = km_op_spend(u->wrapping, KM_PURPOSE_WRAP_KEY);
		if (err)
			km_key_unmake(&u->made);
	}
	return err;
}
