// SPDX-License-Identifier: GPL-2.0-only
/*
 * The peer "AF_ALG": the kernel's own crypto sockets, sendmsg and read.
 * Called by main.c. The splice way is slower at every size (measured), so not shown.
 */
#include <errno.h>
#include <linux/if_alg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

#define CONTROL_SIZE (CMSG_SPACE(sizeof(uint32_t)) * 2 + \
		      CMSG_SPACE(sizeof(struct af_alg_iv) + BENCH_IV_SIZE))

struct alg {
	int tfm;	/* the bound socket, which has the key */
	int op;		/* accepted from it; -1: one per message */
	size_t in_len, out_len;
	struct msghdr msg;
	struct iovec iov;
	char control[CONTROL_SIZE];
	uint8_t in[BENCH_MAX + BENCH_TAG_SIZE], out[BENCH_MAX + BENCH_TAG_SIZE];
};

static int alg_send(const struct alg *alg, int fd, uint8_t *out)
{
	ssize_t n = sendmsg(fd, &alg->msg, 0);

	if (n < 0)
		return -errno;
	if ((size_t)n != alg->in_len)
		return -EIO;
	n = read(fd, out, alg->out_len);
	if (n < 0)
		return -errno;
	return (size_t)n == alg->out_len ? 0 : -EIO;
}

static int alg_once(void *arg)
{
	struct alg *alg = arg;

	return alg_send(alg, alg->op, alg->out);
}

static int alg_set_key(const struct alg *alg)
{
	return setsockopt(alg->tfm, SOL_ALG, ALG_SET_KEY, bench_key, BENCH_KEY_SIZE) ? -errno : 0;
}

static int alg_rekey_once(void *arg)
{
	struct alg *alg = arg;
	int ret = alg_set_key(alg), op;

	if (ret)
		return ret;
	op = accept(alg->tfm, NULL, NULL);
	if (op < 0)
		return -errno;
	ret = alg_send(alg, op, alg->out);
	close(op);
	return ret;
}

static void alg_close(void *arg)
{
	struct alg *alg = arg;

	if (alg->op >= 0)
		close(alg->op);
	if (alg->tfm >= 0)
		close(alg->tfm);
	free(alg);
}

static struct cmsghdr *put_cmsg(struct msghdr *msg, struct cmsghdr *c, int type, size_t len)
{
	c = c ? CMSG_NXTHDR(msg, c) : CMSG_FIRSTHDR(msg);
	c->cmsg_level = SOL_ALG;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	return c;
}

/* The same control message does for every call: it can be made beforehand. */
static void alg_control(struct alg *alg, uint32_t direction)
{
	struct af_alg_iv iv = { .ivlen = BENCH_IV_SIZE };
	uint32_t assoc_len = 0;
	struct cmsghdr *c;

	alg->msg.msg_control = alg->control;
	alg->msg.msg_controllen = sizeof(alg->control);
	c = put_cmsg(&alg->msg, NULL, ALG_SET_OP, sizeof(direction));
	memcpy(CMSG_DATA(c), &direction, sizeof(direction));
	c = put_cmsg(&alg->msg, c, ALG_SET_AEAD_ASSOCLEN, sizeof(assoc_len));
	memcpy(CMSG_DATA(c), &assoc_len, sizeof(assoc_len));
	c = put_cmsg(&alg->msg, c, ALG_SET_IV, sizeof(iv) + BENCH_IV_SIZE);
	memcpy(CMSG_DATA(c), &iv, sizeof(iv));
}

static int alg_bind(struct alg *alg, const char *type, const char *name)
{
	struct sockaddr_alg sa = { .salg_family = AF_ALG };

	strncpy((char *)sa.salg_type, type, sizeof(sa.salg_type) - 1);
	strncpy((char *)sa.salg_name, name, sizeof(sa.salg_name) - 1);
	alg->tfm = socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (alg->tfm < 0 || bind(alg->tfm, (struct sockaddr *)&sa, sizeof(sa)))
		return -errno;
	return alg_set_key(alg);
}

static int alg_accept(struct alg *alg)
{
	alg->op = accept(alg->tfm, NULL, NULL);
	return alg->op < 0 ? -errno : 0;
}

static int gcm_open(struct alg *alg, const struct bench_work *work)
{
	struct bench_sealed sealed = { .iv = alg->in, .data = alg->out, .size = work->size };
	int ret = alg_bind(alg, "aead", "gcm(aes)");

	if (ret)
		return ret;
	/* A size without a buffer: that is how this option is given. */
	if (setsockopt(alg->tfm, SOL_ALG, ALG_SET_AEAD_AUTHSIZE, NULL, BENCH_TAG_SIZE))
		return -errno;
	ret = alg_accept(alg);
	if (ret)
		return ret;

	alg->in_len = work->size;
	alg->out_len = work->size + BENCH_TAG_SIZE;
	alg->iov.iov_len = alg->in_len;
	alg_control(alg, ALG_OP_ENCRYPT);
	ret = alg_once(alg);
	if (!ret)
		ret = judge_gcm(&sealed);
	if (ret || work->kind != GCM_DEC)
		return ret;

	memcpy(alg->in, alg->out, alg->out_len);
	alg->in_len = work->size + BENCH_TAG_SIZE;
	alg->out_len = work->size;
	alg->iov.iov_len = alg->in_len;
	alg_control(alg, ALG_OP_DECRYPT);
	return 0;
}

static int hmac_open(struct alg *alg, const struct bench_work *work)
{
	int ret = alg_bind(alg, "hash", "hmac(sha256)");

	if (!ret)
		ret = alg_accept(alg);
	if (ret)
		return ret;
	alg->in_len = work->size;
	alg->out_len = 32;
	alg->iov.iov_len = alg->in_len;
	ret = alg_once(alg);
	return ret ? ret : judge_hmac(alg->out, work->size);
}

static int alg_open(struct alg *alg, const struct bench_work *work)
{
	int ret;

	if (work->kind == HMAC_SIGN)
		return hmac_open(alg, work);
	ret = gcm_open(alg, work);
	if (!ret && work->kind == GCM_ENC_BLOB) {
		/* A key can be changed only while no accepted socket is open. */
		close(alg->op);
		alg->op = -1;
	}
	return ret;
}

int afalg_setup(const struct bench_work *work, struct bench_op *op)
{
	struct alg *alg;
	int ret;

	if (work->kind > GCM_ENC_BLOB && work->kind != HMAC_SIGN)
		return -ENOENT;
	alg = calloc(1, sizeof(*alg));
	if (!alg)
		return -ENOMEM;
	alg->tfm = -1;
	alg->op = -1;
	alg->iov.iov_base = alg->in;
	alg->msg.msg_iov = &alg->iov;
	alg->msg.msg_iovlen = 1;
	ret = alg_open(alg, work);
	if (ret) {
		alg_close(alg);
		/* Keep "no such algorithm" apart from "no such work". */
		return ret == -ENOENT ? -ENODEV : ret;
	}
	*op = (struct bench_op){
		.once = work->kind == GCM_ENC_BLOB ? alg_rekey_once : alg_once,
		.close = alg_close,
		.arg = alg,
	};
	return 0;
}
