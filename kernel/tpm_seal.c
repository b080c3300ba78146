// SPDX-License-Identifier: GPL-2.0-only
/*
 * A secret sealed by the TPM, perhaps for one state of the machine only.
 * Called by root_tpm.c; on tpm.c.
 *
 * The storage key that seals it is made anew each time, out of the owner's seed, and is the
 * same each time: so the TPM keeps nothing, and clearing the TPM closes all that it sealed.
 * What is made in the TPM goes again whatever happens.
 */
#include <linux/random.h>
#include "tpm.h"
#include "tpm_seal.h"

/**
 * struct sealing - work in the TPM
 * @tpm: the conversation
 * @parent: handle of the storage key, 0: there is none
 * @object: handle of the sealed secret, likewise
 * @session: handle of a session, likewise
 */
struct sealing {
	struct km_tpm tpm;
	u32 parent;
	u32 object;
	u32 session;
};

/* What the TPM said, as an errno. */
static int errno_of(u32 rc)
{
	switch (km_tpm_rc(rc)) {
	case 0:
		return 0;
	case KM_TPM_RC_INTEGRITY:
		return -EKEYREJECTED;
	case KM_TPM_RC_POLICY_FAIL:
		return -ESTALE;
	case KM_TPM_RC_AUTH_FAIL:
	case KM_TPM_RC_BAD_AUTH:
		return -EACCES;
	default:
		return km_tpm_failed(rc);
	}
}

static int say(struct sealing *s)
{
	u32 rc;
	int ret = km_tpm_send(&s->tpm, &rc);

	return ret ? ret : errno_of(rc);
}

static int say_for_handle(struct sealing *s, u32 *handle)
{
	int ret = say(s);

	if (!ret && !km_tpm_parse_handle(&s->tpm.io, handle))
		ret = -EIO;
	return ret;
}

static int begin(struct sealing *s)
{
	int ret;

	*s = (struct sealing){};
	ret = km_tpm_open(&s->tpm);
	if (ret)
		return ret;
	km_tpm_create_primary(&s->tpm.io);
	ret = say_for_handle(s, &s->parent);
	if (ret)
		km_tpm_close(&s->tpm);
	return ret;
}

static void flush(struct sealing *s, u32 handle)
{
	u32 rc;

	if (!handle)
		return;
	km_tpm_flush(&s->tpm.io, handle);
	/* A TPM that does not answer now has nothing that could be done about it. */
	km_tpm_send(&s->tpm, &rc);
}

static void end(struct sealing *s)
{
	flush(s, s->session);
	flush(s, s->object);
	flush(s, s->parent);
	km_tpm_close(&s->tpm);
}

static int begin_policy(struct sealing *s, u8 kind, u32 pcrs)
{
	u8 nonce[KM_TPM_NONCE];
	int ret;

	get_random_bytes(nonce, sizeof(nonce));
	km_tpm_start_session(&s->tpm.io, kind, nonce);
	ret = say_for_handle(s, &s->session);
	if (ret)
		return ret;
	km_tpm_policy_pcr(&s->tpm.io, s->session, pcrs);
	return say(s);
}

/* One that the TPM does not have would bind to nothing, without a word. */
static int check_pcrs(struct sealing *s, u32 pcrs)
{
	u32 pcr, got;
	int ret;

	for (pcr = 1; pcr < 1U << KM_TPM_PCRS; pcr <<= 1) {
		if (!(pcrs & pcr))
			continue;
		km_tpm_pcr_read(&s->tpm.io, pcr);
		ret = say(s);
		if (!ret && !km_tpm_parse_pcrs(&s->tpm.io, &got))
			ret = -EIO;
		if (!ret && got != pcr)
			ret = -EOPNOTSUPP;
		if (ret)
			return ret;
	}
	return 0;
}

/* The policy that asks for the PCRs as they are now. */
static int policy_of(struct sealing *s, u32 pcrs, u8 *digest)
{
	struct km_tpm_sized got;
	int ret = check_pcrs(s, pcrs);

	if (!ret)
		ret = begin_policy(s, KM_TPM_TRIAL, pcrs);
	if (ret)
		return ret;
	km_tpm_policy_get_digest(&s->tpm.io, s->session);
	ret = say(s);
	if (ret)
		return ret;
	if (!km_tpm_parse_sized(&s->tpm.io, &got) || got.len != KM_TPM_DIGEST)
		return -EIO;
	memcpy(digest, got.data, KM_TPM_DIGEST);
	return 0;
}

static bool keep_area(struct km_tpm_area *a, const struct km_tpm_sized *from)
{
	if (from->len > sizeof(a->data))
		return false;
	a->len = from->len;
	memcpy(a->data, from->data, from->len);
	return true;
}

static int seal(struct sealing *s, const struct km_tpm_sized *secret, struct km_tpm_sealed *to)
{
	u8 digest[KM_TPM_DIGEST];
	const struct km_tpm_sized policy = { digest, to->pcrs ? sizeof(digest) : 0 };
	struct km_tpm_object o;
	int ret = to->pcrs ? policy_of(s, to->pcrs, digest) : 0;

	if (ret)
		return ret;
	km_tpm_create(&s->tpm.io, s->parent, secret, &policy);
	ret = say(s);
	if (ret)
		return ret;
	if (!km_tpm_parse_object(&s->tpm.io, &o) || !keep_area(&to->private, &o.private) ||
	    !keep_area(&to->public, &o.public))
		return -EIO;
	return 0;
}

/**
 * km_tpm_seal_secret() - seal a secret
 * @secret: it
 * @len: bytes of it, at most 128
 * @s: @s->pcrs: for which PCRs, as they are now; [out] the rest
 *
 * Return: 0; -ENODEV without a TPM 2.0; -EACCES when its owner has a password; -EOPNOTSUPP for
 * PCRs that it does not have; -EIO. Context: may sleep, for seconds.
 */
int km_tpm_seal_secret(const u8 *secret, u16 len, struct km_tpm_sealed *s)
{
	const struct km_tpm_sized sized = { secret, len };
	struct sealing work;
	int ret = begin(&work);

	if (ret)
		return ret;
	ret = seal(&work, &sized, s);
	end(&work);
	return ret;
}

static int unseal(struct sealing *w, const struct km_tpm_sealed *s, struct km_tpm_sized *got)
{
	const struct km_tpm_object o = {
		.private = { s->private.data, s->private.len },
		.public = { s->public.data, s->public.len },
	};
	int ret;

	km_tpm_load(&w->tpm.io, w->parent, &o);
	ret = say_for_handle(w, &w->object);
	if (!ret && s->pcrs)
		ret = begin_policy(w, KM_TPM_POLICY, s->pcrs);
	if (ret)
		return ret;
	km_tpm_unseal(&w->tpm.io, w->object, w->session);
	ret = say(w);
	/* The session has ended with success. */
	if (!ret)
		w->session = 0;
	return ret || km_tpm_parse_sized(&w->tpm.io, got) ? ret : -EIO;
}

/**
 * km_tpm_unseal_secret() - get a secret back
 * @s: as km_tpm_seal_secret() gave it
 * @secret: [out] the secret
 * @len: bytes of it
 *
 * Return: 0; -ENODEV without a TPM 2.0; -EKEYREJECTED when this TPM did not seal it; -ESTALE
 * when PCRs are not as they were; -EACCES when the TPM's owner has a password; -EIO.
 * Context: may sleep, for seconds.
 */
int km_tpm_unseal_secret(const struct km_tpm_sealed *s, u8 *secret, u16 len)
{
	struct km_tpm_sized got;
	struct sealing work;
	int ret = begin(&work);

	if (ret)
		return ret;
	ret = unseal(&work, s, &got);
	if (!ret && got.len == len)
		memcpy(secret, got.data, len);
	else if (!ret)
		ret = -EIO;
	end(&work);
	return ret;
}
