// SPDX-License-Identifier: GPL-2.0-only
/*
 * A counter in the TPM that goes on with each state that is kept, and never back.
 * Below chain.c; on tpm.c.
 *
 * It is an index of the kind that is extended: its value is a digest, and a step makes it
 * the digest of what it was and of 32 bytes that are given. So it says not only how many
 * steps were made but which. Nobody can set it. Who owns the TPM can remove the index and
 * make it anew, but then it leads to an old value only by the bytes of all old steps.
 *
 * Its password is empty. Whoever may talk to the TPM can make a step, and so spoil it, as he
 * can clear the TPM; he wins nothing but that no state is accepted any more.
 */
#include "prim.h"
#include "tpm.h"
#include "tpm_counter.h"

/* In the range that is the owner's, "KM". */
#define INDEX		0x01804b4d

#define ATTRIBUTES	(KM_TPM_NV_OWNERWRITE | KM_TPM_NV_AUTHWRITE | KM_TPM_NV_EXTEND | \
			 KM_TPM_NV_OWNERREAD | KM_TPM_NV_AUTHREAD | KM_TPM_NV_NO_DA)

static const struct km_tpm_nv wanted = {
	.index = INDEX, .name_alg = KM_TPM_ALG_SHA256, .attributes = ATTRIBUTES,
	.size = KM_TPM_DIGEST,
};

static bool is_ours(const struct km_tpm_nv *nv)
{
	return nv->index == wanted.index && nv->name_alg == wanted.name_alg &&
	       (nv->attributes & ~KM_TPM_NV_WRITTEN) == wanted.attributes &&
	       !nv->policy_len && nv->size == wanted.size;
}

/* @written: has there been a step? Then it has a value. */
static int look(struct km_tpm *t, bool *written)
{
	struct km_tpm_nv nv;
	u32 rc;

	km_tpm_nv_read_public(&t->io, INDEX);
	if (km_tpm_send(t, &rc))
		return -EIO;
	if (km_tpm_rc(rc) == KM_TPM_RC_HANDLE)
		return -ENOENT;
	if (rc)
		return km_tpm_failed(rc);
	if (!km_tpm_parse_nv_public(&t->io, &nv))
		return -EIO;
	*written = nv.attributes & KM_TPM_NV_WRITTEN;
	/* Somebody else's, or one that was made in order to be set. */
	return is_ours(&nv) ? 0 : -EBUSY;
}

static int read(struct km_tpm *t, u8 *value)
{
	bool written;
	u32 rc;
	int ret = look(t, &written);

	if (ret)
		return ret;
	if (!written)
		return -ENOENT;
	km_tpm_nv_read(&t->io, INDEX, KM_TPM_DIGEST);
	ret = km_tpm_send(t, &rc);
	if (ret || rc)
		return ret ? ret : km_tpm_failed(rc);
	return km_tpm_parse_nv_read(&t->io, value, KM_TPM_DIGEST) ? 0 : -EIO;
}

/**
 * km_tpm_counter_read() - where the counter stands
 * @value: [out] KM_TPM_DIGEST bytes
 *
 * Return: 0; -ENODEV without a TPM 2.0; -ENOENT without a counter, or before its first step;
 * -EBUSY if its place is taken by something else; -EIO. Context: may sleep.
 */
int km_tpm_counter_read(u8 *value)
{
	struct km_tpm t;
	int ret = km_tpm_open(&t);

	if (ret)
		return ret;
	ret = read(&t, value);
	km_tpm_close(&t);
	return ret;
}

static int define(struct km_tpm *t)
{
	u32 rc;
	int ret;

	km_tpm_nv_define(&t->io, &wanted);
	ret = km_tpm_send(t, &rc);
	if (ret || !rc)
		return ret;
	return km_tpm_rc(rc) == KM_TPM_RC_BAD_AUTH ? -EACCES : km_tpm_failed(rc);
}

/**
 * km_tpm_counter_make() - see to it that there is a counter
 *
 * Return: as above, but not -ENOENT; -EACCES when the TPM's owner has a password.
 * Context: may sleep.
 */
int km_tpm_counter_make(void)
{
	struct km_tpm t;
	bool written;
	int ret = km_tpm_open(&t);

	if (ret)
		return ret;
	ret = look(&t, &written);
	if (ret == -ENOENT)
		ret = define(&t);
	km_tpm_close(&t);
	return ret;
}

/**
 * km_tpm_counter_step() - make a step
 * @by: KM_TPM_DIGEST bytes
 * @value: [out] where the counter stands then
 *
 * After a failure the step may have been made or not.
 *
 * Return: as km_tpm_counter_read(). Context: may sleep.
 */
int km_tpm_counter_step(const u8 *by, u8 *value)
{
	struct km_tpm t;
	u32 rc;
	int ret = km_tpm_open(&t);

	if (ret)
		return ret;
	km_tpm_nv_extend(&t.io, INDEX, by, KM_TPM_DIGEST);
	ret = km_tpm_send(&t, &rc);
	if (!ret && rc)
		ret = km_tpm_failed(rc);
	/* Not what was said but what is there. */
	if (!ret)
		ret = read(&t, value);
	km_tpm_close(&t);
	return ret;
}

/**
 * km_tpm_counter_after() - where a step leads
 * @value: KM_TPM_DIGEST bytes: where the counter stands
 * @by: KM_TPM_DIGEST bytes: the step
 * @after: [out] KM_TPM_DIGEST bytes
 */
void km_tpm_counter_after(const u8 *value, const u8 *by, u8 *after)
{
	const struct km_piece pieces[] = { { value, KM_TPM_DIGEST }, { by, KM_TPM_DIGEST } };

	km_sha256(pieces, ARRAY_SIZE(pieces), after);
}
