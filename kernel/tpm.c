// SPDX-License-Identifier: GPL-2.0-only
/*
 * A conversation with the TPM 2.0 of the machine, if it has one.
 * Below tpm_nv.c, which makes the commands by tpm_wire.c.
 *
 * The kernel's own TPM layer sends the bytes, waits and retries. Nobody else talks to the
 * TPM meanwhile. What passed is wiped: among it are secrets.
 */
#include <linux/device.h>
#include <linux/printk.h>
#include "compat.h"
#include "tpm.h"

/**
 * km_tpm_open() - begin to talk to the TPM
 * @t: [out] the conversation; km_tpm_close() it after success
 *
 * Return: 0; -ENODEV without a TPM 2.0; or another negative errno. Context: may sleep.
 */
int km_tpm_open(struct km_tpm *t)
{
	int ret = -ENODEV;

	BUILD_BUG_ON(KM_TPM_ROOM > PAGE_SIZE);
	t->chip = tpm_default_chip();
	if (!t->chip)
		return -ENODEV;
	if (tpm_is_tpm2(t->chip) <= 0)
		goto put;
	ret = -ENOMEM;
	t->buf = km_tpm_buf_alloc();
	if (!t->buf)
		goto put;
	t->io = (struct km_tpm_bytes){ .data = t->buf->data };
	ret = tpm_try_get_ops(t->chip);
	if (!ret)
		return 0;
	kfree(t->buf);
put:
	put_device(&t->chip->dev);
	return ret;
}

/**
 * km_tpm_send() - send a command and receive its response
 * @t: the conversation, the command in @t->io; [out] the response there
 * @rc: [out] what the TPM said, 0 for success
 *
 * Return: 0 when there is an answer, -EIO when there is none.
 */
int km_tpm_send(struct km_tpm *t, u32 *rc)
{
	ssize_t ret;

	if (t->io.bad)
		return -EIO;
	/* Without a description the kernel complains of nothing: we answer for it. */
	ret = tpm_transmit_cmd(t->chip, t->buf, 0, NULL);
	if (ret >= 0 && km_tpm_response(&t->io, rc))
		return 0;
	pr_notice_ratelimited("keymaster: no answer of the TPM: error %zd\n", ret);
	return -EIO;
}

/**
 * km_tpm_failed() - the TPM has said what nobody expects; for whoever looks for the cause
 * @rc: what it said
 *
 * Return: -EIO.
 */
int km_tpm_failed(u32 rc)
{
	pr_notice_ratelimited("keymaster: the TPM refuses: code %#x\n", rc);
	return -EIO;
}

/**
 * km_tpm_close() - end a conversation
 * @t: it
 */
void km_tpm_close(struct km_tpm *t)
{
	tpm_put_ops(t->chip);
	put_device(&t->chip->dev);
	memzero_explicit(t->buf->data, KM_TPM_ROOM);
	kfree(t->buf);
}
