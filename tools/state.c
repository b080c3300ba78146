// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state that outlives the boot: read from its file, given to the kernel, together with
 * who is to keep the next one: this program. Called by init, right after the root key.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kmctl.h"

#define STATE_DIR	"/var/lib/keymaster"
#define STATE_FILE	STATE_DIR "/state"

/* The kernel's helper runs in / and needs a whole path. The file may not be there yet. */
static int whole_path(const char *path, char whole[PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char *dir = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path))
			  : strdup(".");
	char real[PATH_MAX];
	int ret = ST_OK;

	if (!dir)
		return fail(ST_FAILED, "out of memory");
	if (!realpath(dir, real))
		ret = fail_errno(ST_FAILED, errno, dir);
	else if (!*name || snprintf(whole, PATH_MAX, "%s/%s", strcmp(real, "/") ? real : "",
				    name) > KM_HELPER_MAX)
		ret = fail(ST_USAGE, "--state: '%s' is no path for a file, or too long", path);
	free(dir);
	return ret;
}

static int read_state(const char *path, struct km_buf *state)
{
	struct stat st;
	int fd, ret = root_file_open(path, &fd, &st);

	if (ret || fd < 0)
		return ret;
	if (st.st_size > KM_STATE_MAX)
		ret = fail(ST_FAILED, "%s: too long for a state", path);
	else
		ret = read_whole_fd(fd, KM_STATE_MAX, state);
	close(fd);
	return ret < 0 ? fail_errno(ST_FAILED, ret, path) : ret;
}

/* It is not the last state; @given: there was a file. */
static int explain_place(const struct opts *o, const char *path, bool given)
{
	if (!o->counter)
		return fail(ST_REFUSED, "%s: the TPM counts it: give --counter", path);
	if (!given)
		return fail(ST_REFUSED, "%s: missing, and the TPM knows of one (see --new-state)",
			    path);
	return fail(ST_REFUSED, "%s: not the last one that this TPM knows (see --new-state)", path);
}

/* Why the state was not taken. */
static int explain_state(const struct opts *o, struct km_ctx *ctx, const char *path, bool given,
			 int ret)
{
	struct key none = { .ctx = ctx };
	struct attempt attempt = { .key = &none, .verb = "init", .purpose = -1 };

	switch (ret) {
	case -EEXIST:
		return fail(ST_EXISTS, "passwords or counts are in use already: too late");
	case -EBADMSG:
		return fail(ST_BAD, "%s: damaged, or of another root key (see --no-state)", path);
	case -ESTALE:
		return explain_place(o, path, given);
	case -ENODEV:
		return fail(ST_NOT_READY, "--counter: this machine has no TPM 2.0");
	case -EBUSY:
		return fail(ST_FAILED, "--counter: the TPM has something else at 0x01804b4d");
	case -EACCES:
		return fail(ST_REFUSED, "--counter: the TPM's owner must have no password");
	case -EIO:
		return fail(ST_FAILED, "--counter: the TPM, or %s, cannot be written", path);
	default:
		return explain(&attempt, ret);
	}
}

static int load(const struct opts *o, struct km_ctx *ctx, const char *path,
		const struct km_buf *state)
{
	struct km_bytes bytes = { state->data, state->len };
	char helper[PATH_MAX];
	int ret;

	if (!realpath("/proc/self/exe", helper))
		return fail_errno(ST_FAILED, errno, "/proc/self/exe");
	if (strlen(helper) > KM_HELPER_MAX)
		return fail(ST_FAILED, "%s: this path is too long for the kernel", helper);
	if (o->counter)
		ret = km_load_counted_state(ctx, &bytes, helper, path, o->new_state);
	else
		ret = km_load_state(ctx, &bytes, helper, path);
	if (ret)
		return explain_state(o, ctx, path, state->len, ret);
	printf("state kept in %s%s%s\n", path, state->len ? "" : ", which is new",
	       o->counter ? ", counted by the TPM" : "");
	return ST_OK;
}

/**
 * state_load() - give the kernel the state, and a place for the next one
 * @o: --state, or the usual place, whose directory is made
 * @ctx: the context
 *
 * Return: exit status, after a message.
 */
int state_load(const struct opts *o, struct km_ctx *ctx)
{
	struct km_buf state = { 0 };
	char path[PATH_MAX];
	int ret;

	if (!o->state && mkdir(STATE_DIR, 0700) && errno != EEXIST)
		return fail_errno(ST_FAILED, errno, STATE_DIR);
	ret = whole_path(o->state ? o->state : STATE_FILE, path);
	if (!ret)
		ret = read_state(path, &state);
	if (!ret)
		ret = load(o, ctx, path, &state);
	km_buf_free(&state);
	return ret;
}
