// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands on certificates: attest a key, take in what attests; and what commands that make
 * keys need for theirs. Inside the outermost layer: dispatched by dev.c, done by attest.c.
 */
#include <linux/mm.h>
#include "attest_keys.h"
#include "dev_call.h"
#include "key.h"
#include "quota.h"
#include "root.h"

static int get_signer(struct km_call *call, struct km_certifying *c)
{
	const struct km_certify *io = c->io;
	struct km_key_name name = {
		.blob = io->attest_blob, .len = io->attest_blob_len, .serial = io->attest_serial,
	};
	int ret;

	if (!name.len && !name.serial)
		return 0;
	ret = km_params_get(call, &c->params, io->attest_params, io->attest_params_len);
	if (ret)
		return ret;
	name.params = &c->params.set;
	ret = km_call_key(call, &name, &c->attest.signer);
	if (ret)
		km_params_put(&c->params);
	c->attest.args = &c->params.args;
	return ret;
}

/**
 * km_certify_get() - what a command says of certificates
 * @call: the call
 * @c: [out] it; km_certify_put() it after success
 * @io: part of the call's argument
 *
 * Return: 0 or a negative errno.
 */
int km_certify_get(struct km_call *call, struct km_certifying *c, struct km_certify *io)
{
	int ret;

	c->io = io;
	c->room = io->chain_len;
	c->attest = (struct km_attest){ .version = io->version, .who = km_call_user(call) };
	io->chain_len = 0;
	c->issuer.len = 0;
	if (!c->room)
		return 0;
	ret = km_bytes_get(&c->issuer, io->issuer, io->issuer_len, KM_ISSUER_MAX);
	if (!ret) {
		c->attest.issuer = (struct km_piece){ c->issuer.data, c->issuer.len };
		ret = get_signer(call, c);
	}
	if (ret)
		km_bytes_put(&c->issuer);
	return ret;
}

/**
 * km_certify_out() - hand out certificates, if some were made
 * @c: from km_certify_get()
 *
 * Return: 0, -EMSGSIZE if there is too little room, -EFAULT.
 */
int km_certify_out(struct km_certifying *c)
{
	if (!c->attest.chain_len)
		return 0;
	return km_bytes_out(c->io->chain, &c->io->chain_len, c->room, c->attest.chain,
			    c->attest.chain_len);
}

/**
 * km_certify_put() - free what km_certify_get() took, and the certificates
 * @c: it
 */
void km_certify_put(struct km_certifying *c)
{
	if (c->attest.signer) {
		km_key_put(c->attest.signer);
		km_params_put(&c->params);
	}
	km_bytes_put(&c->issuer);
	kvfree(c->attest.chain);
}

static int attest(struct km_call *call, struct km_certifying *c, const struct km_params *params)
{
	struct km_attest_key *a = &call->arg.attest_key;
	struct km_key_name name = {
		.blob = a->blob, .len = a->blob_len, .serial = a->serial, .params = params,
	};
	struct km_key *key;
	int ret = km_call_key(call, &name, &key);

	if (ret)
		return ret;
	c->attest.key = &key->alg;
	c->attest.enforced = &key->policy.enforced;
	c->attest.unenforced = &key->policy.unenforced;
	c->attest.request = params;
	c->attest.later = true;
	ret = km_report(call, km_key_check(key));
	if (!ret)
		ret = km_report(call, km_attest(&c->attest));
	if (!ret)
		ret = km_certify_out(c);
	km_key_put(key);
	return ret;
}

/**
 * km_do_attest_key() - KM_IOC_ATTEST_KEY
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_attest_key(struct km_call *call)
{
	struct km_attest_key *a = &call->arg.attest_key;
	struct km_certifying c;
	struct km_params_in params;
	int ret;

	if (!a->certify.chain_len)
		return -EINVAL;
	ret = km_certify_get(call, &c, &a->certify);
	if (ret)
		return ret;
	ret = km_params_get(call, &params, a->params, a->params_len);
	if (!ret) {
		ret = attest(call, &c, &params.set);
		km_params_put(&params);
	}
	km_certify_put(&c);
	return ret;
}

static int provision(struct km_call *call, struct km_provision_request *req)
{
	const struct km_provision_attestation *a = &call->arg.provision;
	struct km_params_in ids;
	int ret;

	if (a->ids_len) {
		ret = km_params_get(call, &ids, a->ids, a->ids_len);
		if (ret)
			return ret;
		req->ids = &ids.set;
	}
	ret = km_report(call, km_attest_provision(req));
	if (a->ids_len)
		km_params_put(&ids);
	return ret;
}

/**
 * km_do_provision_attestation() - KM_IOC_PROVISION_ATTESTATION
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_provision_attestation(struct km_call *call)
{
	const struct km_provision_attestation *a = &call->arg.provision;
	static const struct km_params none;
	struct km_provision_request req = { .ids = &none, .close = a->flags & KM_PROVISION_CLOSE };
	struct km_bytes key, chain;
	int ret;

	if (!km_call_is_admin(call))
		return -EPERM;
	if (!a->key_len != !a->chain_len)
		return -EINVAL;
	if (!km_root_source())
		return km_report(call, KM_ERROR_KEYMASTER_NOT_CONFIGURED);
	ret = km_bytes_get(&key, a->key, a->key_len, KM_ATTEST_KEY_MAX);
	if (ret)
		goto put_key;
	req.key = (struct km_piece){ key.data, key.len };
	ret = km_bytes_get(&chain, a->chain, a->chain_len, KM_ATTEST_CHAIN_MAX);
	if (!ret) {
		req.chain = (struct km_piece){ chain.data, chain.len };
		ret = provision(call, &req);
	}
	km_bytes_put(&chain);
put_key:
	km_bytes_put(&key);
	return ret;
}

/**
 * km_do_destroy_attestation_ids() - KM_IOC_DESTROY_ATTESTATION_IDS
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_destroy_attestation_ids(struct km_call *call)
{
	if (call->arg.destroy_ids.reserved)
		return -EINVAL;
	if (!km_call_is_admin(call))
		return -EPERM;
	if (!km_root_source())
		return km_report(call, KM_ERROR_KEYMASTER_NOT_CONFIGURED);
	return km_report(call, km_attest_destroy_ids());
}
