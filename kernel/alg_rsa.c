// SPDX-License-Identifier: GPL-2.0-only
/*
 * RSA: key pairs, and the family behind struct km_alg (operations.md 2, 4.2).
 * Operations are in rsa_check.c and rsa_op.c, numbers in rsa.c, encodings in rsa_der.c.
 */
#include <linux/bitops.h>
#include <linux/random.h>
#include "alg.h"
#include "rsa_der.h"
#include "rsa_op.h"

static bool size_ok(u32 bits, u32 min)
{
	return bits % 8 == 0 && bits >= min && bits <= KM_RSA_MAX_BITS;
}

static enum km_error rsa_check_spec(const struct km_key_spec *spec, bool import)
{
	/* Tags of imported material are compared with it when it has been read. */
	if (import)
		return KM_ERROR_OK;
	if (!spec->has_exponent || !km_rsa_e_valid(spec->exponent))
		return KM_ERROR_INVALID_ARGUMENT;
	if (!spec->has_size || !size_ok(spec->key_size, KM_RSA_MIN_GEN_BITS))
		return KM_ERROR_UNSUPPORTED_KEY_SIZE;
	return KM_ERROR_OK;
}

/* RSAPrivateKey from the numbers of a key. */
static enum km_error write_material(const struct km_rsa_key *key, struct km_secret **material)
{
	struct km_rsa_num parts[KM_RSA_PARTS];
	struct km_secret *numbers, *der;
	enum km_rsa_part i;
	size_t len;
	u8 *p;

	numbers = km_secret_alloc(KM_RSA_PARTS * KM_RSA_MAX_BYTES);
	der = km_secret_alloc(KM_RSA_PRIVATE_MAX);
	*material = NULL;
	if (!numbers || !der)
		goto out;
	p = numbers->data;
	for (i = 0; i < KM_RSA_PARTS; i++) {
		parts[i].data = p;
		parts[i].len = km_rsa_part_len(key, i);
		km_rsa_part_get(key, i, p, parts[i].len);
		p += parts[i].len;
	}
	len = km_rsa_write_private(parts, der->data, der->len);
	if (len)
		*material = km_secret_copy(der->data, len);
out:
	km_secret_free(der);
	km_secret_free(numbers);
	return *material ? KM_ERROR_OK : KM_ERROR_MEMORY_ALLOCATION_FAILED;
}

static enum km_error rsa_generate(struct km_key_spec *spec, struct km_secret **material)
{
	struct km_rsa_key *key = kzalloc(sizeof(*key), GFP_KERNEL_ACCOUNT);
	enum km_error err;

	if (!key)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	err = km_rsa_error_of(km_rsa_generate(key, spec->key_size, spec->exponent, &km_rsa_op_env));
	if (!err)
		err = write_material(key, material);
	kfree_sensitive(key);
	return err;
}

static u32 bits_of(const struct km_rsa_num *num)
{
	/* The first byte of a number that is not 0 is not 0 either. */
	return num->len > 2 * KM_RSA_MAX_BYTES ? UINT_MAX : 8 * (num->len - 1) + fls(num->data[0]);
}

static u64 value_of(const struct km_rsa_num *num)
{
	u64 value = 0;
	size_t i;

	for (i = 0; i < num->len; i++)
		value = value << 8 | num->data[i];
	return value;
}

/* What the tags say against what the material says; then whether we take it. */
static enum km_error compare_tags(struct km_key_spec *spec, const struct km_rsa_num *parts)
{
	const struct km_rsa_num *e = &parts[KM_RSA_E];
	bool long_e = e->len > sizeof(spec->exponent);
	u32 bits = bits_of(&parts[KM_RSA_N]);

	if (spec->has_size && spec->key_size != bits)
		return KM_ERROR_IMPORT_PARAMETER_MISMATCH;
	if (spec->has_exponent && (long_e || spec->exponent != value_of(e)))
		return KM_ERROR_IMPORT_PARAMETER_MISMATCH;
	if (!size_ok(bits, KM_RSA_MIN_BITS))
		return KM_ERROR_UNSUPPORTED_KEY_SIZE;
	/* An exponent that the tag cannot say. */
	if (long_e)
		return KM_ERROR_INVALID_ARGUMENT;
	spec->key_size = bits;
	spec->exponent = value_of(e);
	spec->has_exponent = true;
	return KM_ERROR_OK;
}

/*
 * The private operation on a number nobody chose: a factor that is no prime shows in its
 * result, and better here than when the key is needed.
 */
static int try_out(const struct km_rsa_key *key)
{
	struct km_secret *number = km_secret_alloc(key->len);
	int ret;

	if (!number)
		return -ENOMEM;
	get_random_bytes(number->data, key->len);
	number->data[0] = 0;	/* below the modulus */
	ret = km_rsa_private(key, &km_rsa_op_env, number->data, number->data);
	km_secret_free(number);
	return ret == -EIO ? -EINVAL : ret;
}

/* Are the numbers those of one key? They are what they were when it is loaded again. */
static enum km_error setup(const struct km_rsa_num *parts)
{
	struct km_rsa_key *key = kzalloc(sizeof(*key), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!key)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	ret = km_rsa_setup(key, parts);
	if (!ret)
		ret = try_out(key);
	kfree_sensitive(key);
	return km_rsa_error_of(ret);
}

static enum km_error rsa_import(struct km_key_spec *spec, const struct km_import *in,
				struct km_secret **material)
{
	struct km_rsa_num inner, parts[KM_RSA_PARTS];
	enum km_error err;
	int ret;

	if (!(km_bit(in->key_format) & km_alg_rsa.import_formats))
		return KM_ERROR_UNSUPPORTED_KEY_FORMAT;
	ret = km_rsa_read_pkcs8(in->data, in->len, &inner);
	if (ret == -EOPNOTSUPP)
		return KM_ERROR_IMPORT_PARAMETER_MISMATCH;
	if (ret || km_rsa_read_private(inner.data, inner.len, parts))
		return KM_ERROR_INVALID_ARGUMENT;
	err = compare_tags(spec, parts);
	if (!err)
		err = setup(parts);
	if (err)
		return err;
	*material = km_secret_copy(inner.data, inner.len);
	return *material ? KM_ERROR_OK : KM_ERROR_MEMORY_ALLOCATION_FAILED;
}

/* RSAPrivateKey, or the PrivateKeyInfo that others store as it was imported. */
static int read_material(const struct km_secret *material, struct km_rsa_num *parts)
{
	struct km_rsa_num inner;

	if (!km_rsa_read_private(material->data, material->len, parts))
		return 0;
	if (km_rsa_read_pkcs8(material->data, material->len, &inner))
		return -EINVAL;
	return km_rsa_read_private(inner.data, inner.len, parts);
}

static enum km_error rsa_load(struct km_alg_key *key)
{
	struct km_rsa_key *rsa = kzalloc(sizeof(*rsa), GFP_KERNEL_ACCOUNT);
	struct km_rsa_num parts[KM_RSA_PARTS];
	int ret;

	if (!rsa)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	key->priv = rsa;
	ret = read_material(key->material, parts);
	if (!ret)
		ret = km_rsa_setup(rsa, parts);
	if (ret == -ENOMEM)
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	return ret ? KM_ERROR_INVALID_KEY_BLOB : KM_ERROR_OK;
}

static void rsa_unload(struct km_alg_key *key)
{
	kfree_sensitive(key->priv);
	key->priv = NULL;
}

static enum km_error rsa_export(const struct km_alg_key *key, u8 *out, size_t *len)
{
	const struct km_rsa_key *rsa = key->priv;
	u8 n_bytes[KM_RSA_MAX_BYTES], e_bytes[sizeof(rsa->e)];
	const struct km_rsa_num n = { n_bytes, km_rsa_part_len(rsa, KM_RSA_N) };
	const struct km_rsa_num e = { e_bytes, km_rsa_part_len(rsa, KM_RSA_E) };

	km_rsa_part_get(rsa, KM_RSA_N, n_bytes, n.len);
	km_rsa_part_get(rsa, KM_RSA_E, e_bytes, e.len);
	*len = km_rsa_write_spki(&n, &e, out, *len);
	return *len ? KM_ERROR_OK : KM_ERROR_UNKNOWN_ERROR;
}

const struct km_alg km_alg_rsa = {
	.algorithm = KM_ALGORITHM_RSA,
	.purposes = 1 << KM_PURPOSE_SIGN | 1 << KM_PURPOSE_VERIFY |
		    1 << KM_PURPOSE_ENCRYPT | 1 << KM_PURPOSE_DECRYPT,
	.sign_paddings = KM_BIT(KM_PAD_NONE) | KM_BIT(KM_PAD_RSA_PKCS1_1_5_SIGN) |
			 KM_BIT(KM_PAD_RSA_PSS),
	.crypt_paddings = KM_BIT(KM_PAD_NONE) | KM_BIT(KM_PAD_RSA_PKCS1_1_5_ENCRYPT) |
			  KM_BIT(KM_PAD_RSA_OAEP),
	.digests = KM_BIT(KM_DIGEST_NONE) | KM_BIT(KM_DIGEST_MD5) | KM_BIT(KM_DIGEST_SHA1) |
		   KM_BIT(KM_DIGEST_SHA_2_224) | KM_BIT(KM_DIGEST_SHA_2_256) |
		   KM_BIT(KM_DIGEST_SHA_2_384) | KM_BIT(KM_DIGEST_SHA_2_512),
	.import_formats = KM_BIT(KM_KEY_FORMAT_PKCS8),
	.check_spec = rsa_check_spec,
	.generate = rsa_generate,
	.import = rsa_import,
	.load = rsa_load,
	.unload = rsa_unload,
	.export = rsa_export,
	.check = km_rsa_op_check,
	.begin = km_rsa_op_begin,
	.out_len = km_rsa_op_out_len,
	.update = km_rsa_op_update,
	.finish = km_rsa_op_finish,
	.end = km_rsa_op_end,
};
