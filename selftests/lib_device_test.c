// SPDX-License-Identifier: GPL-2.0-only
/*
 * libkeymaster against the device: every command, both kinds of output buffer,
 * streams, fork, threads. Needs the module, and root to load a root key.
 * vm: -c 2
 * watched: every call of the interface
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <kselftest_harness.h>

#include <keymaster.h>

#define OTHER_USER	4242
#define THREADS		6
#define ROUNDS		60

static int add_all(struct km_params *p, const char *const *text)
{
	int ret = 0;

	for (; text[0] && !ret; text += 2)
		ret = km_params_add_text(p, text[0], text[1]);
	return ret;
}

static struct km_params *set_of(const char *const *text)
{
	struct km_params *p;

	if (km_params_new(&p) || add_all(p, text))
		abort();
	return p;
}

static const char *const gcm_key[] = {
	"algorithm", "aes", "size", "256", "purpose", "encrypt,decrypt", "mode", "gcm",
	"padding", "none", "min-mac-length", "128", "no-auth", NULL, NULL
};

static const char *const gcm_use[] = {
	"mode", "gcm", "padding", "none", "mac-length", "128", NULL
};

static const char *const ec_key[] = {
	"algorithm", "ec", "curve", "p256", "purpose", "sign,verify", "digest", "sha256",
	"no-auth", NULL, NULL
};

static const char *const ec_use[] = { "digest", "sha256", NULL };

FIXTURE(device) {
	struct km_ctx *ctx;
	struct km_params *aes, *gcm, *ec, *sha256;
	struct km_buf blob;
	struct km_key_ref key;
};

FIXTURE_SETUP(device)
{
	struct km_root_request root = { .source = KM_ROOT_EPHEMERAL };
	struct km_info info;

	if (access("/dev/keymaster", F_OK)) {
		ASSERT_EQ(0, system("modprobe keymaster"));
	}
	ASSERT_EQ(0, km_open(&self->ctx, NULL, 0));
	ASSERT_EQ(0, km_get_info(self->ctx, &info));
	if (info.root_source == KM_ROOT_NONE) {
		ASSERT_EQ(0, km_load_root_key(self->ctx, &root));
	}
	self->aes = set_of(gcm_key);
	self->gcm = set_of(gcm_use);
	self->ec = set_of(ec_key);
	self->sha256 = set_of(ec_use);
}

FIXTURE_TEARDOWN(device)
{
	km_params_free(self->aes);
	km_params_free(self->gcm);
	km_params_free(self->ec);
	km_params_free(self->sha256);
	km_buf_free(&self->blob);
	km_close(self->ctx);
}

static int make(struct km_ctx *ctx, const struct km_params *description, struct km_buf *blob,
		struct km_key_ref *key)
{
	int ret = km_generate(ctx, description, KM_BLOB_DEFAULT, blob);

	*key = (struct km_key_ref){ .blob = blob->data, .len = blob->len };
	return ret;
}

TEST_F(device, info_and_second_root_key)
{
	struct km_root_request root = { .source = KM_ROOT_EPHEMERAL };
	static const unsigned char zero[KM_ROOT_CHECK_SIZE];
	struct km_info info;

	ASSERT_EQ(0, km_get_info(self->ctx, &info));
	EXPECT_LE(1, info.abi_level);
	EXPECT_EQ(KM_INPUT_MAX, info.input_max);
	EXPECT_NE(KM_ROOT_NONE, info.root_source);
	EXPECT_NE(0, memcmp(zero, info.root_check, sizeof(zero)));
	if (geteuid())
		SKIP(return, "loading a root key needs root");
	EXPECT_EQ(-EEXIST, km_load_root_key(self->ctx, &root));
	EXPECT_EQ(KM_ERROR_ROOT_OF_TRUST_ALREADY_SET, km_last_error(self->ctx));
}

TEST_F(device, characteristics_are_what_was_asked_for)
{
	struct km_params *enforced, *unenforced, *e, *u;
	struct km_param p;
	size_t i;

	ASSERT_EQ(0, make(self->ctx, self->aes, &self->blob, &self->key));
	ASSERT_EQ(0, km_characteristics(self->ctx, &self->key, NULL, &enforced, &unenforced));
	for (i = 0; !km_params_get(self->aes, i, &p); i++)
		EXPECT_TRUE(km_params_contains(enforced, p.tag, p.value)) {
			TH_LOG("%s", km_tag_name(p.tag));
		}
	EXPECT_TRUE(km_params_contains(enforced, KM_TAG_ORIGIN, KM_ORIGIN_GENERATED));
	EXPECT_EQ(0, km_params_find(unenforced, KM_TAG_CREATION_DATETIME, 0, &p));
	/* The same sets stand in the blob, for those who need no proof. */
	ASSERT_EQ(3, km_blob_parse(self->blob.data, self->blob.len, &e, &u));
	EXPECT_EQ(km_params_count(enforced), km_params_count(e));
	EXPECT_EQ(km_params_count(unenforced), km_params_count(u));
	km_params_free(e);
	km_params_free(u);
	km_params_free(enforced);
	km_params_free(unenforced);
	/* One changed byte: nothing is returned. */
	((unsigned char *)self->blob.data)[self->blob.len - 1] ^= 1;
	EXPECT_EQ(-EKEYREJECTED, km_characteristics(self->ctx, &self->key, NULL, &enforced,
						    &unenforced));
	EXPECT_EQ(KM_ERROR_INVALID_KEY_BLOB, km_last_error(self->ctx));
	EXPECT_EQ(NULL, enforced);
	EXPECT_EQ(NULL, unenforced);
}

TEST_F(device, ocb_blobs_on_demand)
{
	struct km_params *e, *u;

	ASSERT_EQ(0, km_generate(self->ctx, self->aes, KM_BLOB_OCB, &self->blob));
	EXPECT_EQ(0, km_blob_parse(self->blob.data, self->blob.len, &e, &u));
	km_params_free(e);
	km_params_free(u);
}

TEST_F(device, own_buffers_and_short_ones)
{
	unsigned char room[4096], small[20];
	struct km_buf own = { .data = small, .room = sizeof(small) };
	size_t needed;

	memset(small, 0x55, sizeof(small));
	ASSERT_EQ(-EMSGSIZE, km_generate(self->ctx, self->aes, KM_BLOB_DEFAULT, &own));
	EXPECT_EQ(KM_ERROR_OK, km_last_error(self->ctx));
	EXPECT_EQ(0x55, small[0]);
	needed = own.len;
	ASSERT_LT(sizeof(small), needed);
	own = (struct km_buf){ .data = room, .room = needed - 1 };
	EXPECT_EQ(-EMSGSIZE, km_generate(self->ctx, self->aes, KM_BLOB_DEFAULT, &own));
	own = (struct km_buf){ .data = room, .room = needed };
	ASSERT_EQ(0, km_generate(self->ctx, self->aes, KM_BLOB_DEFAULT, &own));
	EXPECT_EQ(needed, own.len);
	EXPECT_EQ((void *)room, own.data);
}

/* A blob longer than the first guess: the call is repeated with more room. */
TEST_F(device, outputs_grow_as_needed)
{
	static const char *const key[] = {
		"algorithm", "aes", "size", "128", "purpose", "encrypt", "mode", "ecb",
		"padding", "none", "user-auth-type", "password", NULL
	};
	struct km_params *enforced, *unenforced, *p = set_of(key);
	int i;

	for (i = 1; i <= 200; i++)
		ASSERT_EQ(0, km_params_add_u64(p, KM_TAG_USER_SECURE_ID, i));
	ASSERT_EQ(0, make(self->ctx, p, &self->blob, &self->key));
	EXPECT_LT(2048, self->blob.len);
	ASSERT_EQ(0, km_characteristics(self->ctx, &self->key, NULL, &enforced, &unenforced));
	EXPECT_LE(200, km_params_count(enforced) + km_params_count(unenforced));
	km_params_free(enforced);
	km_params_free(unenforced);
	km_params_free(p);
}

TEST_F(device, import_and_export)
{
	static const char *const hmac[] = {
		"algorithm", "hmac", "digest", "sha256", "purpose", "sign", "min-mac-length",
		"256", "no-auth", NULL, NULL
	};
	/* RFC 4231, test case 1 */
	static const unsigned char want[] = {
		0xb0, 0x34, 0x4c, 0x61, 0xd8, 0xdb, 0x38, 0x53, 0x5c, 0xa8, 0xaf, 0xce,
		0xaf, 0x0b, 0xf1, 0x2b, 0x88, 0x1d, 0xc2, 0x00, 0xc9, 0x83, 0x3d, 0xa7,
		0x26, 0xe9, 0x37, 0x6c, 0x2e, 0x32, 0xcf, 0xf7,
	};
	struct km_params *p = set_of(hmac), *use;
	unsigned char material[20];
	struct km_import_request import = {
		.description = p, .key_format = KM_KEY_FORMAT_RAW,
		.data = material, .len = sizeof(material),
	};
	struct km_operate_request op = {
		.purpose = KM_PURPOSE_SIGN, .input = { "Hi There", 8 },
	};
	struct km_buf out = { 0 };

	memset(material, 0x0b, sizeof(material));
	ASSERT_EQ(0, km_import(self->ctx, &import, &self->blob));
	op.key = (struct km_key_ref){ .blob = self->blob.data, .len = self->blob.len };
	ASSERT_EQ(0, km_params_new(&use));
	ASSERT_EQ(0, km_params_add_text(use, "mac-length", "256"));
	op.params = use;
	ASSERT_EQ(0, km_operate(self->ctx, &op, &out));
	ASSERT_EQ(sizeof(want), out.len);
	EXPECT_EQ(0, memcmp(want, out.data, sizeof(want)));
	km_buf_free(&out);
	EXPECT_EQ(-EOPNOTSUPP, km_export(self->ctx, &op.key, NULL, KM_KEY_FORMAT_X509, &out));
	EXPECT_EQ(KM_ERROR_UNSUPPORTED_KEY_FORMAT, km_last_error(self->ctx));
	km_buf_free(&self->blob);
	ASSERT_EQ(0, make(self->ctx, self->ec, &self->blob, &self->key));
	ASSERT_EQ(0, km_export(self->ctx, &self->key, NULL, KM_KEY_FORMAT_X509, &out));
	EXPECT_EQ(91, out.len);
	EXPECT_EQ(0x30, *(unsigned char *)out.data);
	km_buf_free(&out);
	EXPECT_EQ(0, km_delete(self->ctx, &self->key));
	km_params_free(use);
	km_params_free(p);
}

TEST_F(device, operation_step_by_step)
{
	struct km_bytes a = { "hello ", 6 }, b = { "world", 5 };
	struct km_params *use = set_of(gcm_use);
	struct km_buf c1 = { 0 }, c2 = { 0 }, plain = { 0 };
	struct km_param nonce;
	unsigned char sealed[64];
	struct km_bytes in;
	struct km_op *op;

	ASSERT_EQ(0, make(self->ctx, self->aes, &self->blob, &self->key));
	ASSERT_EQ(0, km_op_begin(self->ctx, KM_PURPOSE_ENCRYPT, &self->key, self->gcm, &op));
	EXPECT_NE(0, km_op_handle(op));
	EXPECT_TRUE(fcntl(km_op_fd(op), F_GETFD) & FD_CLOEXEC);
	ASSERT_EQ(0, km_params_find(km_op_params(op), KM_TAG_NONCE, 0, &nonce));
	ASSERT_EQ(12, nonce.len);
	ASSERT_EQ(0, km_params_add_bytes(use, KM_TAG_NONCE, nonce.data, nonce.len));
	ASSERT_EQ(0, km_op_add_aad(op, "aad", 3));
	ASSERT_EQ(0, km_op_update(op, NULL, &a, &c1));
	ASSERT_EQ(0, km_op_finish(op, NULL, &b, NULL, &c2));
	EXPECT_EQ(-EBADFD, km_op_update(op, NULL, &a, NULL));
	EXPECT_EQ(KM_ERROR_INVALID_OPERATION_HANDLE, km_last_error(self->ctx));
	km_op_free(op);
	ASSERT_EQ(11 + 16, c1.len + c2.len);
	memcpy(sealed, c1.data, c1.len);
	memcpy(sealed + c1.len, c2.data, c2.len);
	in = (struct km_bytes){ sealed, 27 };
	ASSERT_EQ(0, km_op_begin(self->ctx, KM_PURPOSE_DECRYPT, &self->key, use, &op));
	ASSERT_EQ(0, km_op_add_aad(op, "aad", 3));
	ASSERT_EQ(0, km_op_finish(op, NULL, &in, NULL, &plain));
	ASSERT_EQ(11, plain.len);
	EXPECT_EQ(0, memcmp("hello world", plain.data, 11));
	km_op_free(op);
	km_buf_free(&plain);
	/* Other associated data: refused, and no output. */
	ASSERT_EQ(0, km_op_begin(self->ctx, KM_PURPOSE_DECRYPT, &self->key, use, &op));
	ASSERT_EQ(0, km_op_add_aad(op, "aae", 3));
	EXPECT_EQ(-EBADMSG, km_op_finish(op, NULL, &in, NULL, &plain));
	EXPECT_EQ(KM_ERROR_VERIFICATION_FAILED, km_last_error(self->ctx));
	EXPECT_EQ(NULL, plain.data);
	km_op_free(op);
	ASSERT_EQ(0, km_op_begin(self->ctx, KM_PURPOSE_DECRYPT, &self->key, use, &op));
	EXPECT_EQ(0, km_op_abort(op));
	EXPECT_EQ(-EBADFD, km_op_abort(op));
	km_op_free(op);
	km_buf_free(&c1);
	km_buf_free(&c2);
	km_params_free(use);
}

TEST_F(device, one_shot_sign_and_verify)
{
	struct km_operate_request request = {
		.purpose = KM_PURPOSE_SIGN, .params = self->sha256, .input = { "msg", 3 },
	};
	struct km_buf signature = { 0 };

	ASSERT_EQ(0, make(self->ctx, self->ec, &self->blob, &self->key));
	request.key = self->key;
	ASSERT_EQ(0, km_operate(self->ctx, &request, &signature));
	request.purpose = KM_PURPOSE_VERIFY;
	request.signature = (struct km_bytes){ signature.data, signature.len };
	EXPECT_EQ(0, km_operate(self->ctx, &request, NULL));
	request.input.data = "msh";
	EXPECT_EQ(-EBADMSG, km_operate(self->ctx, &request, NULL));
	EXPECT_EQ(KM_ERROR_VERIFICATION_FAILED, km_last_error(self->ctx));
	request.purpose = KM_PURPOSE_ENCRYPT;
	EXPECT_EQ(-EOPNOTSUPP, km_operate(self->ctx, &request, NULL));
	EXPECT_EQ(KM_ERROR_UNSUPPORTED_PURPOSE, km_last_error(self->ctx));
	km_buf_free(&signature);
}

/* ---- streams ---- */

struct memory {
	const unsigned char *in;
	size_t left;
	unsigned char *out;
	size_t n;
	uint64_t told;
	int fail_at;
};

static ssize_t memory_read(void *arg, void *buf, size_t len)
{
	struct memory *m = arg;

	/* Odd and short, as from a pipe. */
	if (len > 70001)
		len = 70001;
	if (len > m->left)
		len = m->left;
	memcpy(buf, m->in, len);
	m->in += len;
	m->left -= len;
	return len;
}

static int memory_write(void *arg, const void *buf, size_t len)
{
	struct memory *m = arg;

	if (m->fail_at && m->n >= (size_t)m->fail_at)
		return -ENOSPC;
	memcpy(m->out + m->n, buf, len);
	m->n += len;
	return 0;
}

static int memory_progress(void *arg, uint64_t done)
{
	((struct memory *)arg)->told = done;
	return 0;
}

TEST_F(device, stream_round_trip)
{
	static unsigned char in[3000001], mid[3000100], out[3000100];
	struct km_stream s = {
		.read = memory_read, .write = memory_write, .progress = memory_progress,
	};
	struct memory m = { .in = in, .left = sizeof(in), .out = mid };
	struct km_params *use = set_of(gcm_use);
	struct km_param nonce;
	struct km_op *op;
	size_t i;

	for (i = 0; i < sizeof(in); i++)
		in[i] = i * 2654435761u >> 13;
	s.arg = &m;
	ASSERT_EQ(0, make(self->ctx, self->aes, &self->blob, &self->key));
	ASSERT_EQ(0, km_op_begin(self->ctx, KM_PURPOSE_ENCRYPT, &self->key, self->gcm, &op));
	ASSERT_EQ(0, km_params_find(km_op_params(op), KM_TAG_NONCE, 0, &nonce));
	ASSERT_EQ(0, km_params_add_bytes(use, KM_TAG_NONCE, nonce.data, nonce.len));
	ASSERT_EQ(0, km_op_stream(op, &s, NULL));
	km_op_free(op);
	ASSERT_EQ(sizeof(in) + 16, m.n);
	EXPECT_EQ(sizeof(in), m.told);
	EXPECT_NE(0, memcmp(in, mid, 1000));
	m = (struct memory){ .in = mid, .left = sizeof(in) + 16, .out = out };
	s.chunk = KM_STREAM_CHUNK_MAX;
	ASSERT_EQ(0, km_op_begin(self->ctx, KM_PURPOSE_DECRYPT, &self->key, use, &op));
	ASSERT_EQ(0, km_op_stream(op, &s, NULL));
	km_op_free(op);
	ASSERT_EQ(sizeof(in), m.n);
	EXPECT_EQ(0, memcmp(in, out, sizeof(in)));
	/* The sink is full: that error, and the operation is gone. */
	m = (struct memory){ .in = in, .left = sizeof(in), .out = mid, .fail_at = 100000 };
	s.chunk = KM_STREAM_CHUNK_MIN;
	ASSERT_EQ(0, km_op_begin(self->ctx, KM_PURPOSE_ENCRYPT, &self->key, self->gcm, &op));
	EXPECT_EQ(-ENOSPC, km_op_stream(op, &s, NULL));
	EXPECT_EQ(-EBADFD, km_op_abort(op));
	km_op_free(op);
	s.chunk = KM_STREAM_CHUNK_MIN - 1;
	ASSERT_EQ(0, km_op_begin(self->ctx, KM_PURPOSE_ENCRYPT, &self->key, self->gcm, &op));
	EXPECT_EQ(-EINVAL, km_op_stream(op, &s, NULL));
	km_op_free(op);
	/* A damaged ciphertext: the code is still there after the clean-up. */
	mid[0] ^= 1;
	m = (struct memory){ .in = mid, .left = 64, .out = out };
	s.chunk = 0;
	ASSERT_EQ(0, km_op_begin(self->ctx, KM_PURPOSE_DECRYPT, &self->key, use, &op));
	EXPECT_EQ(-EBADMSG, km_op_stream(op, &s, NULL));
	EXPECT_EQ(KM_ERROR_VERIFICATION_FAILED, km_last_error(self->ctx));
	km_op_free(op);
	km_params_free(use);
}

/* ---- fork and threads ---- */

static int drop_to(uid_t uid)
{
	return setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid);
}

/* The child's keys are the child's: made under its uid, not its parent's. */
TEST_F(device, child_opens_the_device_as_itself)
{
	struct km_params *e, *u;
	struct km_op *op;
	int pipe_fd[2], status;
	char blob[4096];
	ssize_t n;
	pid_t pid;

	if (geteuid())
		SKIP(return, "becoming another user needs root");
	ASSERT_EQ(0, make(self->ctx, self->aes, &self->blob, &self->key));
	ASSERT_EQ(0, km_op_begin(self->ctx, KM_PURPOSE_ENCRYPT, &self->key, self->gcm, &op));
	ASSERT_EQ(0, pipe(pipe_fd));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		struct km_buf mine = { .data = blob, .room = sizeof(blob) };

		if (drop_to(OTHER_USER))
			_exit(10);
		/* The parent's operation is not the child's. */
		if (km_op_update(op, NULL, NULL, NULL) != -EBADFD)
			_exit(11);
		km_op_free(op);
		/* The parent's key is not, either. */
		if (km_characteristics(self->ctx, &self->key, NULL, &e, &u) != -EKEYREJECTED)
			_exit(12);
		if (km_generate(self->ctx, self->aes, KM_BLOB_DEFAULT, &mine))
			_exit(13);
		_exit(write(pipe_fd[1], blob, mine.len) == (ssize_t)mine.len ? 0 : 14);
	}
	waitpid(pid, &status, 0);
	ASSERT_TRUE(WIFEXITED(status));
	ASSERT_EQ(0, WEXITSTATUS(status));
	n = read(pipe_fd[0], blob, sizeof(blob));
	ASSERT_LT(0, n);
	self->key = (struct km_key_ref){ .blob = blob, .len = n };
	EXPECT_EQ(-EKEYREJECTED, km_characteristics(self->ctx, &self->key, NULL, &e, &u));
	EXPECT_EQ(KM_ERROR_INVALID_KEY_BLOB, km_last_error(self->ctx));
	/* And the parent's operation lives on, whatever the child closed. */
	EXPECT_EQ(0, km_op_abort(op));
	km_op_free(op);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
}

struct worker {
	struct km_ctx *ctx;
	const struct km_key_ref *key;
	const struct km_params *params;
	int number;
	int bad;
};

/* Odd workers make errors, even ones none: each sees its own code only. */
static void *work(void *arg)
{
	struct worker *w = arg;
	struct km_operate_request request = {
		.purpose = w->number % 2 ? KM_PURPOSE_SIGN : KM_PURPOSE_ENCRYPT,
		.key = *w->key,
		.params = w->params,
		.input = { "thread", 6 },
	};
	int code = w->number % 2 ? KM_ERROR_UNSUPPORTED_PURPOSE : KM_ERROR_OK;
	struct km_buf out;
	int i, ret;

	for (i = 0; i < ROUNDS; i++) {
		out = (struct km_buf){ 0 };
		ret = km_operate(w->ctx, &request, &out);
		sched_yield();
		w->bad += km_last_error(w->ctx) != code || (code ? ret >= 0 : out.len != 22);
		km_buf_free(&out);
	}
	return NULL;
}

TEST_F(device, threads_share_a_context)
{
	struct worker workers[THREADS];
	pthread_t threads[THREADS];
	int i;

	ASSERT_EQ(0, make(self->ctx, self->aes, &self->blob, &self->key));
	for (i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){
			.ctx = self->ctx, .key = &self->key, .params = self->gcm, .number = i,
		};
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, work, &workers[i]));
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		EXPECT_EQ(0, workers[i].bad);
	}
}

TEST_HARNESS_MAIN
