// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands that touch no key: what this kernel offers, and entropy for its generator.
 * Inside the outermost layer: dispatched by dev.c, answered out of the algorithms.
 */
#include <linux/random.h>
#include <linux/uaccess.h>
#include "dev_call.h"
#include "quota.h"
#include "root.h"
#include "state.h"
#include "version.h"

/* By ascending number; an algorithm may be of several families. */
static const struct km_alg *const families[] = {
	&km_alg_rsa,
	&km_alg_ec,
	&km_alg_25519,
	&km_alg_aes,
	&km_alg_des3,
	&km_alg_hmac,
};

/**
 * km_do_get_info() - KM_IOC_GET_INFO
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_get_info(struct km_call *call)
{
	struct km_info *info = &call->arg.info;
	struct km_user *user = km_call_user(call);

	info->abi_level = KM_ABI_LEVEL;
	info->features = KM_FEATURE_AES | KM_FEATURE_HMAC | KM_FEATURE_EC_P256 |
			 KM_FEATURE_EC_NIST | KM_FEATURE_KEY_TYPE | KM_FEATURE_CURVE_25519 |
			 KM_FEATURE_RSA | KM_FEATURE_GATEKEEPER | KM_FEATURE_ATTESTATION |
			 KM_FEATURE_BRIDGE;
	if (km_des3_offered)
		info->features |= KM_FEATURE_TRIPLE_DES;
	info->errata = 0;
	info->input_max = KM_INPUT_MAX;
	info->params_max = KM_PARAMS_MAX;
	info->blob_max = KM_BLOB_MAX;
	info->operations_max = km_user_ops_max();
	info->operations = km_user_ops(user);
	info->root_source = km_root_source();
	km_root_check(KM_ROOT_NOW, info->root_check);
	km_root_check(KM_ROOT_BEFORE, info->root_check_before);
	info->state = km_state_kind();
	info->boot_level = km_boot_level();
	return 0;
}

/* All that the families of an algorithm offer: false, if there is no such algorithm. */
static bool offer_of(u32 algorithm, struct km_alg *offer)
{
	unsigned int i;

	memset(offer, 0, sizeof(*offer));
	if (!km_alg_find(algorithm))
		return false;
	for (i = 0; i < ARRAY_SIZE(families); i++) {
		const struct km_alg *alg = families[i];

		if (alg->algorithm != algorithm)
			continue;
		offer->purposes |= alg->purposes;
		offer->modes |= alg->modes;
		offer->sign_paddings |= alg->sign_paddings;
		offer->crypt_paddings |= alg->crypt_paddings;
		offer->digests |= alg->digests;
		offer->import_formats |= alg->import_formats;
		if (alg->export)
			offer->export = alg->export;
	}
	return true;
}

static u64 paddings_for(const struct km_alg *offer, u32 purpose)
{
	switch (purpose) {
	case KM_PURPOSE_SIGN:
	case KM_PURPOSE_VERIFY:
		return offer->sign_paddings;
	case KM_PURPOSE_ENCRYPT:
	case KM_PURPOSE_DECRYPT:
		return offer->crypt_paddings;
	default:
		return 0;
	}
}

/**
 * struct answer - the values to hand out
 * @values: in ascending order
 * @n: how many
 */
struct answer {
	u32 values[64];
	u32 n;
};

/* Values out of their km_bit()s: the highest bit stands for 64. */
static void spread(struct answer *a, u64 bits)
{
	u32 i;

	for (i = 0; i < 64; i++)
		if (bits & 1ULL << i)
			a->values[a->n++] = i == 63 ? 64 : i;
}

static int answer_out(struct km_call *call, const struct answer *a, u32 room)
{
	struct km_get_supported *arg = &call->arg.supported;

	arg->count = a->n;
	if (a->n > room)
		return -EMSGSIZE;
	if (copy_to_user(u64_to_user_ptr(arg->values), a->values, a->n * sizeof(*a->values)))
		return -EFAULT;
	return 0;
}

/**
 * km_do_supported_algorithms() - KM_IOC_GET_SUPPORTED_ALGORITHMS
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_supported_algorithms(struct km_call *call)
{
	u32 room = call->arg.supported.count, i;
	struct answer a = {};

	for (i = 0; i < ARRAY_SIZE(families); i++) {
		u32 algorithm = families[i]->algorithm;

		if (km_alg_find(algorithm) && (!a.n || a.values[a.n - 1] != algorithm))
			a.values[a.n++] = algorithm;
	}
	return answer_out(call, &a, room);
}

/* One list of what an algorithm offers, with or without regard to a purpose. */
static int supported(struct km_call *call, bool by_purpose,
		     u64 (*pick)(const struct km_alg *offer, u32 purpose))
{
	struct km_get_supported *arg = &call->arg.supported;
	u32 room = arg->count, purpose = arg->purpose;
	struct answer a = {};
	struct km_alg offer;

	arg->count = 0;
	if (!offer_of(arg->algorithm, &offer))
		return km_report(call, KM_ERROR_UNSUPPORTED_ALGORITHM);
	if (by_purpose && (purpose >= 64 || !(offer.purposes & 1ULL << purpose)))
		return km_report(call, KM_ERROR_UNSUPPORTED_PURPOSE);
	spread(&a, pick(&offer, purpose));
	return answer_out(call, &a, room);
}

static u64 pick_modes(const struct km_alg *offer, u32 purpose)
{
	return offer->modes;
}

static u64 pick_digests(const struct km_alg *offer, u32 purpose)
{
	return offer->digests;
}

static u64 pick_import_formats(const struct km_alg *offer, u32 purpose)
{
	return offer->import_formats;
}

static u64 pick_export_formats(const struct km_alg *offer, u32 purpose)
{
	return offer->export ? KM_BIT(KM_KEY_FORMAT_X509) : 0;
}

/**
 * km_do_supported_block_modes() - KM_IOC_GET_SUPPORTED_BLOCK_MODES
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_supported_block_modes(struct km_call *call)
{
	return supported(call, true, pick_modes);
}

/**
 * km_do_supported_padding_modes() - KM_IOC_GET_SUPPORTED_PADDING_MODES
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_supported_padding_modes(struct km_call *call)
{
	return supported(call, true, paddings_for);
}

/**
 * km_do_supported_digests() - KM_IOC_GET_SUPPORTED_DIGESTS
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_supported_digests(struct km_call *call)
{
	return supported(call, true, pick_digests);
}

/**
 * km_do_supported_import_formats() - KM_IOC_GET_SUPPORTED_IMPORT_FORMATS
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_supported_import_formats(struct km_call *call)
{
	return supported(call, false, pick_import_formats);
}

/**
 * km_do_supported_export_formats() - KM_IOC_GET_SUPPORTED_EXPORT_FORMATS
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_supported_export_formats(struct km_call *call)
{
	return supported(call, false, pick_export_formats);
}

/**
 * km_do_add_rng_entropy() - KM_IOC_ADD_RNG_ENTROPY
 * @call: the call
 *
 * Mixed in and credited nothing: whoever knows what he gave knows no more of the
 * generator than before, so everybody may.
 *
 * Return: 0 or a negative errno.
 */
int km_do_add_rng_entropy(struct km_call *call)
{
	struct km_add_rng_entropy *a = &call->arg.entropy;
	struct km_bytes bytes;
	int ret;

	if (a->data_len > KM_ENTROPY_MAX)
		return km_report(call, KM_ERROR_INVALID_INPUT_LENGTH);
	ret = km_bytes_get(&bytes, a->data, a->data_len, KM_ENTROPY_MAX);
	if (!ret)
		add_device_randomness(bytes.data, bytes.len);
	km_bytes_put(&bytes);
	return ret;
}
