// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl init: give the module its root key, from the TPM, from a root-only file, from a
 * kernel key, or made for this boot. A file is made whole, or not at all.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kmctl.h"

/* What a file is read by at once, past the page cache, on any disk. */
#define PAGE	4096

static const struct opt options[] = {
	OPT_TEXT_OF("file", file, "FILE", "32 bytes that only root may read; made when absent"),
	OPT_FLAG_OF("tpm", tpm, "one that only this machine's TPM 2.0 opens; made when absent"),
	OPT_TEXT_OF("tpm-file", tpm_file, "FILE", "where it lies [" ROOT_TPM_FILE "]"),
	OPT_TEXT_OF("pcrs", pcrs, "LIST", "and only while these PCRs are as now, as 0,2,7"),
	OPT_FLAG_OF("ephemeral", ephemeral, "a random one, for tests: gone with the module"),
	OPT_TEXT_OF("serial", serial, "N", "the kernel key with this serial number"),
	OPT_TEXT_OF("state", state, "FILE",
		    "passwords and counts, kept over boots [/var/lib/keymaster/state]"),
	OPT_FLAG_OF("no-state", no_state, "keep them until the next boot only"),
	OPT_FLAG_OF("counter", counter, "a counter in the TPM refuses an old state; so with --tpm"),
	OPT_FLAG_OF("new-state", new_state, "with --counter: go on from this state, or none"),
	OPT_DEVICE,
	OPT_END
};

/* Random bytes straight into the file; km_file_put() syncs it and its directory. */
static int create_file(const char *path)
{
	unsigned char key[KM_ROOT_KEY_SIZE];
	int ret;

	if (geteuid())
		return fail(ST_FAILED, "%s: only root may make the root key's file", path);
	if (getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key))
		return fail_errno(ST_FAILED, errno, "getrandom");
	ret = km_file_put(path, key, sizeof(key), 0);
	explicit_bzero(key, sizeof(key));
	if (ret && ret != -EEXIST)
		return fail_errno(ST_FAILED, ret, path);
	if (!ret)
		fprintf(stderr, "kmctl: made a new root key in %s; no blob opens without it\n",
			path);
	return ST_OK;
}

/* A root key that others could have read or chosen is none. */
static int check_file(int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st))
		return fail_errno(ST_FAILED, errno, path);
	if (!S_ISREG(st.st_mode))
		return fail(ST_FAILED, "%s: not a regular file", path);
	if (st.st_uid)
		return fail(ST_FAILED, "%s: does not belong to root", path);
	if (st.st_mode & 0077)
		return fail(ST_FAILED, "%s: mode %04o lets others at it; it must be 0600", path,
			    st.st_mode & 07777);
	if (st.st_size != KM_ROOT_KEY_SIZE)
		return fail(ST_FAILED, "%s: has %lld bytes, a root key has %d", path,
			    (long long)st.st_size, KM_ROOT_KEY_SIZE);
	return ST_OK;
}

static int open_file(const char *path)
{
	/* O_NONBLOCK: not to wait for a pipe that somebody put there. */
	int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	int fd = open(path, flags), ret;

	if (fd < 0 && errno == ENOENT) {
		ret = create_file(path);
		if (ret)
			return -ret;
		fd = open(path, flags);
	}
	if (fd >= 0)
		return fd;
	if (errno == ELOOP)
		return -fail(ST_FAILED, "%s: is a symbolic link", path);
	return -fail_errno(ST_FAILED, errno, path);
}

/*
 * Past the page cache, where the key would stay for as long as there is memory. Not every
 * filesystem can; what it keeps then is dropped, but not wiped.
 */
static ssize_t read_key(int fd, unsigned char key[KM_ROOT_KEY_SIZE])
{
	static _Alignas(PAGE) unsigned char page[PAGE];
	int flags = fcntl(fd, F_GETFL);
	ssize_t n = -1;

	mlock(page, sizeof(page));
	if (flags >= 0 && !fcntl(fd, F_SETFL, flags | O_DIRECT)) {
		n = read(fd, page, sizeof(page));
		fcntl(fd, F_SETFL, flags);
	}
	if (n < 0)
		n = pread(fd, page, sizeof(page), 0);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	memcpy(key, page, KM_ROOT_KEY_SIZE);
	explicit_bzero(page, sizeof(page));
	munlock(page, sizeof(page));
	return n;
}

static int read_file(const char *path, unsigned char key[KM_ROOT_KEY_SIZE])
{
	int fd = open_file(path), ret;

	if (fd < 0)
		return -fd;
	ret = check_file(fd, path);
	if (!ret && read_key(fd, key) != KM_ROOT_KEY_SIZE)
		ret = fail(ST_FAILED, "%s: cannot be read whole", path);
	close(fd);
	return ret;
}

/**
 * parse_serial() - the number of a kernel key
 * @option: the option, without dashes, whose value it is
 * @text: what was typed
 * @serial: [out] it
 *
 * Return: exit status, after a message.
 */
int parse_serial(const char *option, const char *text, int32_t *serial)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 0);
	if (errno || end == text || *end || n <= 0 || n > INT32_MAX)
		return fail(ST_USAGE, "--%s: '%s' is not a serial number", option, text);
	*serial = (int32_t)n;
	return ST_OK;
}

static int explain_load(const struct opts *o, struct km_ctx *ctx,
			const struct km_root_request *request, int ret)
{
	struct key none = { .ctx = ctx };
	struct attempt attempt = { .key = &none, .verb = "init", .purpose = -1 };

	if (ret == -EEXIST)
		return fail(ST_EXISTS, "a root key is loaded already; there is one a boot");
	if (request->source == KM_ROOT_TPM || (o->file && ret == -EKEYREJECTED) ||
	    (ret == -EINVAL && km_last_error(ctx)))
		return root_explain(o, ctx, ret);
	if (request->source == KM_ROOT_KEYRING && !km_last_error(ctx))
		return fail(ST_FAILED, "the kernel key %d: %s", request->serial,
			    ret == -EINVAL ? "not 32 bytes, or of a type that is not taken"
					   : strerror(-ret));
	return explain(&attempt, ret);
}

/* A file remembers beside it which root key it had when it was loaded first. */
static int load(const struct opts *o, struct km_ctx *ctx, struct km_root_request *request)
{
	char check[2 * KM_ROOT_CHECK_SIZE + 1];
	bool known = false;
	int ret = o->file ? root_check_read(o->file, request->check, &known) : ST_OK;

	if (ret)
		return ret;
	ret = known ? km_load_checked_root_key(ctx, request) : km_load_root_key(ctx, request);
	if (ret)
		return explain_load(o, ctx, request, ret);
	if (o->file && !known)
		root_check_write(o->file, request->check);
	hex(request->check, sizeof(request->check), check);
	printf("root key loaded, check value %s\n", check);
	return ST_OK;
}

/* Before a file is made that would then not be used. */
static int check_none(struct km_ctx *ctx)
{
	struct km_info info;

	if (!km_get_info(ctx, &info) && info.root_source != KM_ROOT_NONE)
		return fail(ST_EXISTS, "a root key is loaded already; there is one a boot");
	return ST_OK;
}

static int check_options(const struct opts *o)
{
	int sources = !!o->file + o->ephemeral + !!o->serial + o->tpm;

	/* With --state alone the root key is there, and its state comes late. */
	if (sources != 1 && !(o->state && !sources))
		return fail(ST_USAGE, "init: give one of --tpm, --file, --ephemeral, --serial");
	if ((o->pcrs || o->tpm_file) && !o->tpm)
		return fail(ST_USAGE, "init: --pcrs and --tpm-file want --tpm");
	if (o->state && (o->no_state || o->ephemeral))
		return fail(ST_USAGE, "init: --state does not go with %s",
			    o->ephemeral ? "--ephemeral" : "--no-state");
	if (o->counter && (o->no_state || o->ephemeral))
		return fail(ST_USAGE, "init: --counter does not go with %s",
			    o->ephemeral ? "--ephemeral" : "--no-state");
	if (o->new_state && !o->counter && !o->tpm)
		return fail(ST_USAGE, "init: --new-state wants --counter");
	return ST_OK;
}

/* A module without a gatekeeper has no state. */
static int load_state(const struct opts *o, struct km_ctx *ctx)
{
	struct km_info info;

	if (o->ephemeral || o->no_state)
		return ST_OK;
	if (!o->state && !o->counter && !km_get_info(ctx, &info) &&
	    !(info.features & KM_FEATURE_GATEKEEPER))
		return ST_OK;
	return state_load(o, ctx);
}

/**
 * struct root_source - where the root key comes from
 * @request: for the kernel
 * @key: the bytes of a file
 * @sealed: the sealed key
 * @record: of the root key before
 */
struct root_source {
	struct km_root_request request;
	unsigned char key[KM_ROOT_KEY_SIZE];
	struct km_buf sealed;
	struct km_buf record;
};

static int get_source(const struct opts *o, struct km_ctx *ctx, struct root_source *s)
{
	int ret = ST_OK;

	s->request.source = KM_ROOT_EPHEMERAL;
	if (o->serial) {
		s->request.source = KM_ROOT_KEYRING;
		ret = parse_serial("serial", o->serial, &s->request.serial);
	} else if (o->file) {
		s->request.source = KM_ROOT_BYTES;
		s->request.key = s->key;
		s->request.len = sizeof(s->key);
		ret = read_file(o->file, s->key);
	} else if (o->tpm) {
		s->request.source = KM_ROOT_TPM;
		ret = root_tpm(o, ctx, &s->sealed);
		s->request.key = s->sealed.data;
		s->request.len = s->sealed.len;
	}
	return ret;
}

static int load_root(const struct opts *o, struct km_ctx *ctx)
{
	struct root_source s = { 0 };
	int ret = check_none(ctx);

	if (!ret)
		ret = get_source(o, ctx, &s);
	if (!ret && !o->ephemeral)
		ret = root_record_read(o, &s.record);
	s.request.record = s.record.data;
	s.request.record_len = s.record.len;
	if (!ret)
		ret = load(o, ctx, &s.request);
	explicit_bzero(s.key, sizeof(s.key));
	km_buf_free(&s.sealed);
	km_buf_free(&s.record);
	return ret;
}

static int run(struct opts *o)
{
	struct km_ctx *ctx = NULL;
	int32_t serial;
	int ret;

	ret = check_options(o);
	if (!ret && o->serial)
		ret = parse_serial("serial", o->serial, &serial);
	if (ret)
		return ret;
	o->counter |= o->tpm && !o->no_state;
	ret = open_device(o, &ctx);
	if (ret)
		return ret;
	if (o->file || o->ephemeral || o->serial || o->tpm)
		ret = load_root(o, ctx);
	if (!ret)
		ret = load_state(o, ctx);
	km_close(ctx);
	return ret;
}

const struct command cmd_init = {
	.name = "init",
	.summary = "Load the root key, once a boot (root only)",
	.options = options,
	.details =
"Every key blob is encrypted under the root key: with another root key none of\n"
"them opens. Give exactly one of --tpm, --file, --ephemeral and --serial.\n"
"Passwords, failed attempts and uses of keys with --usage-count are kept in a file,\n"
"sealed under the root key, and loaded again right after it; not with --ephemeral.\n"
"--state alone loads them where the root key is there already.\n",
	.run = run,
};
