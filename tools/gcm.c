// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decryption that releases nothing before the tag was verified.
 * A file is read twice, anything else is kept in memory. Called by cmd_decrypt.c.
 *
 * Between two readings a file can change. So the first one, which ends with the
 * verified tag, notes a SHA-256 of every block of ciphertext, and the second hands a
 * block to the kernel only when it is still that block: each byte that goes out was
 * covered by the tag.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/sha.h>

#include "kmctl.h"

#define BLOCK		(1024 * 1024)
#define MEMORY_MAX	(256UL * 1024 * 1024)

/**
 * struct twice - the source of both readings
 * @io: the streams
 * @block: the block at hand, whole before any of it is used
 * @have: bytes in it
 * @at: bytes of it handed out
 * @index: number of the next block
 * @digests: of the blocks of the first reading
 * @count: how many
 * @room: allocated
 * @second: compare, do not note
 */
struct twice {
	struct pipe_io *io;
	unsigned char *block;
	size_t have, at, index;
	unsigned char (*digests)[SHA256_DIGEST_LENGTH];
	size_t count, room;
	bool second;
};

static int note(struct twice *t, const unsigned char *digest)
{
	size_t room = t->room ? 2 * t->room : 64;
	void *digests;

	if (t->second)
		return t->index < t->count &&
		       !memcmp(t->digests[t->index], digest, SHA256_DIGEST_LENGTH) ? 0 : -ESTALE;
	if (t->count == t->room) {
		digests = reallocarray(t->digests, room, sizeof(*t->digests));
		if (!digests)
			return -ENOMEM;
		t->digests = digests;
		t->room = room;
	}
	memcpy(t->digests[t->count++], digest, SHA256_DIGEST_LENGTH);
	return 0;
}

static int next_block(struct twice *t)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	ssize_t n;
	int ret;

	t->have = 0;
	t->at = 0;
	while (t->have < BLOCK) {
		n = source_read(t->io->source, t->block + t->have, BLOCK - t->have);
		if (n < 0)
			return (int)n;
		if (!n)
			break;
		t->have += (size_t)n;
	}
	if (!t->have)
		/* As many blocks as the first time, not fewer. */
		return t->second && t->index != t->count ? -ESTALE : 0;
	SHA256(t->block, t->have, digest);
	ret = note(t, digest);
	t->index++;
	return ret;
}

static ssize_t twice_read(void *arg, void *buf, size_t len)
{
	struct twice *t = arg;
	int ret;

	if (t->at == t->have) {
		ret = next_block(t);
		if (ret) {
			t->io->error = ret;
			t->io->error_name = t->io->source->name;
			return ret;
		}
	}
	if (len > t->have - t->at)
		len = t->have - t->at;
	memcpy(buf, t->block + t->at, len);
	t->at += len;
	return (ssize_t)len;
}

static int twice_write(void *arg, const void *buf, size_t len)
{
	struct twice *t = arg;

	/* The first reading only learns whether the tag is right. */
	return t->second ? pipe_write(t->io, buf, len) : 0;
}

static int twice_progress(void *arg, uint64_t done)
{
	struct twice *t = arg;

	return pipe_progress(t->io, done);
}

static int one_reading(struct twice *t, struct km_op *op, const struct attempt *a)
{
	struct km_stream stream = {
		.read = twice_read,
		.write = twice_write,
		.progress = twice_progress,
		.arg = t,
	};
	int ret;

	t->have = 0;
	t->at = 0;
	t->index = 0;
	progress_init(&t->io->progress, t->second ? a->verb : "verify", t->io->source->size);
	ret = km_op_stream(op, &stream, NULL);
	progress_end(&t->io->progress);
	if (ret == -ESTALE && t->io->error == -ESTALE)
		return fail(ST_BAD, "%s: the file changed while it was being decrypted",
			    t->io->source->name);
	return ret ? pipe_failed(t->io, a, ret) : ST_OK;
}

static int decrypt_twice(struct km_op *op, struct pipe_io *io, const struct opts *o,
			 const struct attempt *a)
{
	off_t start = lseek(io->source->fd, 0, SEEK_CUR);
	struct twice t = { .io = io, .block = malloc(BLOCK) };
	struct km_op *again = NULL;
	int ret;

	if (!t.block)
		return fail(ST_FAILED, "out of memory");
	ret = one_reading(&t, op, a);
	if (!ret && lseek(io->source->fd, start, SEEK_SET) != start)
		ret = fail_errno(ST_FAILED, errno, io->source->name);
	if (!ret)
		ret = begin(o, a, &again);
	t.second = true;
	if (!ret)
		ret = one_reading(&t, again, a);
	km_op_free(again);
	free(t.digests);
	free(t.block);
	return ret;
}

/* ---- in memory ---- */

/**
 * struct memory - input and output of a pipe, in one place
 * @io: the streams
 * @data: plaintext from the start; it never overtakes the ciphertext, since the
 *	operation holds the tag's bytes back
 * @out: bytes of plaintext
 * @in: bytes of ciphertext read so far
 */
struct memory {
	struct pipe_io *io;
	unsigned char *data;
	size_t out, in;
};

static ssize_t memory_read(void *arg, void *buf, size_t len)
{
	struct memory *m = arg;
	ssize_t n;

	n = pipe_read(m->io, buf, len);
	if (n > 0)
		m->in += (size_t)n;
	if (m->in > MEMORY_MAX) {
		m->io->error = -EFBIG;
		m->io->error_name = m->io->source->name;
		return -EFBIG;
	}
	return n;
}

static int memory_write(void *arg, const void *buf, size_t len)
{
	struct memory *m = arg;

	if (len > MEMORY_MAX - m->out)
		return -EFBIG;
	/* Best effort: an ordinary user may lock 8 MiB. */
	mlock(m->data + m->out, len);
	memcpy(m->data + m->out, buf, len);
	m->out += len;
	return 0;
}

static int memory_progress(void *arg, uint64_t done)
{
	struct memory *m = arg;

	return pipe_progress(m->io, done);
}

static int decrypt_in_memory(struct km_op *op, struct pipe_io *io, const struct attempt *a)
{
	struct memory m = { .io = io };
	struct km_stream stream = {
		.read = memory_read,
		.write = memory_write,
		.progress = memory_progress,
		.arg = &m,
	};
	int ret;

	m.data = mmap(NULL, MEMORY_MAX, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (m.data == MAP_FAILED)
		return fail_errno(ST_FAILED, errno, "memory for the plaintext");
	madvise(m.data, MEMORY_MAX, MADV_DONTDUMP);
	progress_init(&io->progress, a->verb, 0);
	ret = km_op_stream(op, &stream, NULL);
	progress_end(&io->progress);
	if (io->error == -EFBIG)
		ret = fail(ST_FAILED, "%s: over %lu MiB and no file to read twice: use --in",
			   io->source->name, MEMORY_MAX >> 20);
	else if (ret)
		ret = pipe_failed(io, a, ret);
	else if (pipe_write(io, m.data, m.out))
		ret = pipe_failed(io, a, 0);
	explicit_bzero(m.data, m.out);
	munmap(m.data, MEMORY_MAX);
	return ret;
}

/* The operation has begun; the source stands behind the nonce. */
int decrypt_authenticated(struct km_op *op, struct pipe_io *io, const struct opts *o,
			  const struct attempt *a)
{
	/* To be asked for the password twice is more than memory is worth. */
	if (io->source->seekable && !asks_each_time(a))
		return decrypt_twice(op, io, o, a);
	return decrypt_in_memory(op, io, a);
}
