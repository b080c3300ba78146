// SPDX-License-Identifier: GPL-2.0-only
/*
 * The attestation keys and device ids that this machine was given, once (attestation.md 1, 6).
 * Between dev_attest.c, which takes them in, and attest.c, which uses them; kept by state.c.
 *
 * Each is taken once and never replaced: a key that could be exchanged later would attest
 * whatever its new owner likes. There is no way out for a private key, only signatures.
 */
#include <linux/slab.h>
#include "attest_keys.h"
#include "spec.h"
#include "state.h"
#include "x509.h"

/**
 * struct incoming - a request that was checked
 * @slot: which key
 * @key: the key and its chain; its owner until it is taken
 */
struct incoming {
	enum km_provision_slot slot;
	struct km_provision_key key;
};

/* A chain is read through; who signed what in it is the verifier's business. */
static enum km_error read_chain(const struct km_piece *chain, struct km_x509_view *first)
{
	struct km_der in = { chain->data, chain->len };
	struct km_x509_view next;

	if (km_x509_read(&in, first))
		return KM_ERROR_INVALID_ARGUMENT;
	while (in.len)
		if (km_x509_read(&in, &next))
			return KM_ERROR_INVALID_ARGUMENT;
	return KM_ERROR_OK;
}

static enum km_error import(struct incoming *in, const struct km_piece *pkcs8,
			    struct km_key_spec *spec)
{
	const struct km_import material = {
		.key_format = KM_KEY_FORMAT_PKCS8, .data = pkcs8->data, .len = pkcs8->len,
	};
	enum km_error err;

	in->slot = KM_PROVISION_RSA;
	*spec = (struct km_key_spec){ .algorithm = KM_ALGORITHM_RSA };
	err = km_alg_rsa.import(spec, &material, &in->key.material);
	if (err != KM_ERROR_IMPORT_PARAMETER_MISMATCH)
		return err;
	in->slot = KM_PROVISION_EC;
	*spec = (struct km_key_spec){ .algorithm = KM_ALGORITHM_EC };
	err = km_alg_ec.import(spec, &material, &in->key.material);
	/* Verifiers expect ECDSA of what attests EC keys. */
	return err || km_alg_of(spec) == &km_alg_ec ? err : KM_ERROR_UNSUPPORTED_EC_CURVE;
}

/* A chain of another key would be handed out with signatures that nobody can verify. */
static enum km_error check_pair(const struct incoming *in, const struct km_key_spec *spec,
				const struct km_x509_view *first)
{
	struct km_alg_key key = {
		.alg = km_alg_of(spec), .spec = *spec, .material = in->key.material,
	};
	size_t len = KM_EXPORT_MAX;
	enum km_error err = KM_ERROR_MEMORY_ALLOCATION_FAILED;
	u8 *spki = kmalloc(KM_EXPORT_MAX, GFP_KERNEL);

	if (!spki)
		return err;
	err = key.alg->load(&key);
	if (!err)
		err = key.alg->export(&key, spki, &len);
	if (!err && (len != first->spki.len || memcmp(spki, first->spki.data, len)))
		err = KM_ERROR_INVALID_ARGUMENT;
	key.alg->unload(&key);
	kfree(spki);
	return err;
}

static enum km_error take_in(struct incoming *in, const struct km_provision_request *req)
{
	struct km_x509_view first;
	struct km_key_spec spec;
	enum km_error err;

	err = read_chain(&req->chain, &first);
	if (!err)
		err = import(in, &req->key, &spec);
	if (!err)
		err = check_pair(in, &spec, &first);
	if (err)
		return err;
	in->key.chain = km_secret_copy(req->chain.data, req->chain.len);
	return in->key.chain ? KM_ERROR_OK : KM_ERROR_MEMORY_ALLOCATION_FAILED;
}

static int id_of(u32 tag)
{
	unsigned int i;

	for (i = 0; i < KM_ATTEST_IDS; i++)
		if (km_attest_id_tag(i) == tag)
			return i;
	return -1;
}

/* Each once at most, and nothing else. */
static enum km_error check_new_ids(const struct km_params *ids)
{
	struct km_param p;
	u32 pos = 0, seen = 0;

	while (km_params_next(ids, &pos, &p)) {
		int i = id_of(p.tag);

		if (i < 0 || seen & BIT(i))
			return KM_ERROR_INVALID_TAG;
		if (!p.len || p.len > KM_DEVICE_ID_MAX)
			return KM_ERROR_INVALID_INPUT_LENGTH;
		seen |= BIT(i);
	}
	return KM_ERROR_OK;
}

static void set_ids(struct km_provision *p, const struct km_params *ids)
{
	struct km_param id;
	u32 pos = 0;

	while (km_params_next(ids, &pos, &id)) {
		int i = id_of(id.tag);

		p->ids_given = true;
		p->id_len[i] = id.len;
		memcpy(p->ids[i], id.data, id.len);
	}
}

/* All of a request, or nothing of it. */
static enum km_error set(struct km_provision *p, struct incoming *in,
			 const struct km_provision_request *req)
{
	u32 pos = 0;
	struct km_param first;
	bool ids = km_params_next(req->ids, &pos, &first);

	if (p->closed || (in->key.material && p->keys[in->slot].material) ||
	    (ids && (p->ids_given || p->ids_destroyed)))
		return KM_ERROR_ROOT_OF_TRUST_ALREADY_SET;
	if (in->key.material) {
		p->keys[in->slot] = in->key;
		in->key = (struct km_provision_key){};
	}
	set_ids(p, req->ids);
	p->closed = req->close;
	return KM_ERROR_OK;
}

static enum km_error keep(u64 change)
{
	return km_state_keep(change) ? KM_ERROR_OK : KM_ERROR_SECURE_HW_COMMUNICATION_FAILED;
}

/**
 * km_attest_provision() - take what the maker gives
 * @req: it; all of it is taken, or nothing
 *
 * Return: KM_ERROR_OK when it is kept; ROOT_OF_TRUST_ALREADY_SET for what is there, or
 * after @close; INVALID_ARGUMENT for a key, a chain or a pair of them that is none, and other
 * codes of an import; INVALID_TAG, INVALID_INPUT_LENGTH for ids;
 * SECURE_HW_COMMUNICATION_FAILED: it is taken, and kept only with the next change that is.
 * Context: may sleep.
 */
enum km_error km_attest_provision(const struct km_provision_request *req)
{
	struct km_state *s;
	struct incoming in = {};
	enum km_error err = check_new_ids(req->ids);
	u64 change = 0;

	if (!err && req->key.len)
		err = take_in(&in, req);
	if (err)
		goto out;
	s = km_state_lock_killable();
	if (!s) {
		err = KM_ERROR_SECURE_HW_COMMUNICATION_FAILED;
		goto out;
	}
	err = set(&s->provision, &in, req);
	if (!err)
		change = ++s->change;
	km_state_unlock();
	if (!err)
		err = keep(change);
out:
	km_secret_free(in.key.material);
	km_secret_free(in.key.chain);
	return err;
}

/**
 * km_attest_destroy_ids() - no certificate says which device this is any more, for ever
 *
 * Return: KM_ERROR_OK when that is kept, SECURE_HW_COMMUNICATION_FAILED.
 * Context: may sleep.
 */
enum km_error km_attest_destroy_ids(void)
{
	struct km_state *s = km_state_lock_killable();
	u64 change;

	if (!s)
		return KM_ERROR_SECURE_HW_COMMUNICATION_FAILED;
	s->provision.ids_destroyed = true;
	s->provision.ids_given = false;
	memset(s->provision.id_len, 0, sizeof(s->provision.id_len));
	memzero_explicit(s->provision.ids, sizeof(s->provision.ids));
	change = ++s->change;
	km_state_unlock();
	return keep(change);
}

/**
 * km_attest_key_get() - the key that attests keys of an algorithm
 * @algorithm: KM_ALGORITHM_RSA or KM_ALGORITHM_EC
 * @key: [out] it; constant until the module goes
 *
 * Return: KM_ERROR_OK, ATTESTATION_KEYS_NOT_PROVISIONED. Context: may sleep.
 */
enum km_error km_attest_key_get(u32 algorithm, struct km_provision_key *key)
{
	enum km_provision_slot slot = algorithm == KM_ALGORITHM_RSA ? KM_PROVISION_RSA :
								      KM_PROVISION_EC;
	struct km_state *s = km_state_lock();

	*key = s->provision.keys[slot];
	km_state_unlock();
	return key->material ? KM_ERROR_OK : KM_ERROR_ATTESTATION_KEYS_NOT_PROVISIONED;
}

static bool id_is(const struct km_provision *p, unsigned int i, const struct km_param *want)
{
	return p->id_len[i] && p->id_len[i] == want->len &&
	       !crypto_memneq(p->ids[i], want->data, want->len);
}

/* A device of two telephone numbers is known by either. */
static bool is_ours(const struct km_provision *p, unsigned int i, const struct km_param *want)
{
	const unsigned int imei = KM_TAG_ATTESTATION_ID_IMEI - KM_TAG_ATTESTATION_ID_BRAND;
	const unsigned int second = KM_ATTEST_IDS - 1;

	return id_is(p, i, want) || (i == imei && id_is(p, second, want)) ||
	       (i == second && id_is(p, imei, want));
}

/**
 * km_attest_check_ids() - are the device ids of a request true?
 * @request: parameters of an attestation
 *
 * Return: KM_ERROR_OK, of none too; CANNOT_ATTEST_IDS. Context: may sleep.
 */
enum km_error km_attest_check_ids(const struct km_params *request)
{
	struct km_state *s = km_state_lock();
	enum km_error err = KM_ERROR_OK;
	struct km_param p;
	u32 pos = 0;

	while (km_params_next(request, &pos, &p)) {
		int i = id_of(p.tag);

		if (i >= 0 && !is_ours(&s->provision, i, &p))
			err = KM_ERROR_CANNOT_ATTEST_IDS;
	}
	km_state_unlock();
	return err;
}
