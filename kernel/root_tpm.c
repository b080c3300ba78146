// SPDX-License-Identifier: GPL-2.0-only
/*
 * Root keys that the TPM seals: made and unsealed in here, for nobody else to see.
 * Called by dev_key.c, to make one, and by root.c; on tpm_seal.c and seal_file.c.
 */
#include <linux/errno.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "root_tpm.h"
#include "seal_file.h"

static enum km_error error_of(int ret)
{
	switch (ret) {
	case -EBADMSG:
		return KM_ERROR_VERIFICATION_FAILED;
	case -EKEYREJECTED:
		return KM_ERROR_INVALID_KEY_BLOB;
	case -EACCES:
		return KM_ERROR_SECURE_HW_ACCESS_DENIED;
	case -EOPNOTSUPP:
		return KM_ERROR_HARDWARE_TYPE_UNAVAILABLE;
	case -EIO:
		return KM_ERROR_SECURE_HW_COMMUNICATION_FAILED;
	default:
		return KM_ERROR_OK;
	}
}

/**
 * km_root_tpm_create() - make a root key and have it sealed; it is not loaded
 * @n: what is asked for, and what comes out
 * @kerr: [out] Keymaster code that goes with the errno
 *
 * Return: 0 or a negative errno, see struct km_create_root_key. Context: may sleep, for seconds.
 */
int km_root_tpm_create(struct km_root_new *n, enum km_error *kerr)
{
	struct km_seal_file *f;
	u8 root[KM_ROOT_KEY_SIZE];
	int ret;

	f = kzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);
	if (!f)
		return -ENOMEM;
	ret = wait_for_random_bytes();
	if (ret)
		goto free;
	get_random_bytes(root, sizeof(root));
	f->sealed.pcrs = n->pcrs;
	km_root_check_of(root, f->check);
	ret = km_tpm_seal_secret(root, sizeof(root), &f->sealed);
	memzero_explicit(root, sizeof(root));
	if (ret)
		goto free;
	n->len = km_seal_file_write(f, n->data);
	memcpy(n->check, f->check, sizeof(n->check));
free:
	kfree(f);
	*kerr = error_of(ret);
	return ret;
}

/* As it was sealed, and as it was made. */
static int unseal(const struct km_seal_file *f, u8 *root, enum km_error *kerr)
{
	u8 check[KM_ROOT_CHECK_SIZE];
	int ret = km_tpm_unseal_secret(&f->sealed, root, KM_ROOT_KEY_SIZE);

	*kerr = error_of(ret);
	if (ret)
		return ret;
	km_root_check_of(root, check);
	if (!memcmp(check, f->check, sizeof(check)))
		return 0;
	*kerr = KM_ERROR_IMPORT_PARAMETER_MISMATCH;
	return -EKEYREJECTED;
}

/**
 * km_root_tpm_load() - the TPM's source of root keys, see struct km_root_ops
 * @req: the sealed key
 * @root: [out] KM_ROOT_KEY_SIZE bytes
 * @kerr: [out] Keymaster code that goes with the errno
 *
 * Return: 0 or a negative errno, see struct km_load_root_key. Context: may sleep, for seconds.
 */
int km_root_tpm_load(const struct km_root_request *req, u8 *root, enum km_error *kerr)
{
	struct km_seal_file *f;
	int ret = -EBADMSG;

	if (req->serial || !req->key_len)
		return -EINVAL;
	f = kzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);
	if (!f)
		return -ENOMEM;
	*kerr = error_of(ret);
	if (km_seal_file_read(f, req->key, req->key_len))
		ret = unseal(f, root, kerr);
	kfree(f);
	return ret;
}
