// SPDX-License-Identifier: GPL-2.0-only
/*
 * The keys of all users under a new root key: each user's store, by a process that is that
 * user. Called by kmctl root; what is left over the library upgrades when it is used.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kmctl.h"

#define USER_STORE	"/.local/share/keymaster"

/* A store on its way through. */
struct work {
	const struct opts *o;
	struct km_ctx *ctx;
	struct km_store *store;
	struct rewrapped count;
};

static int upgrade_one(struct work *w, const char *alias)
{
	struct km_params *none = NULL;
	struct km_key *key = NULL;
	int changed = 0;
	int ret = km_params_new(&none);

	if (!ret)
		ret = km_key_open(&key, w->ctx, w->store, alias);
	if (!ret)
		ret = km_key_upgrade(key, none, &changed);
	km_key_close(key);
	km_params_free(none);
	w->count.done += changed;
	return ret;
}

static int each(void *arg, const char *alias)
{
	struct work *w = arg;
	int ret = upgrade_one(w, alias);

	if (!ret || ret == -ENOENT)
		return 0;
	/* Bound to what only its programs know, or not ours at all: nobody can tell which. */
	if (km_last_error(w->ctx) == KM_ERROR_INVALID_KEY_BLOB)
		w->count.closed++;
	else
		w->count.failed++;
	return 0;
}

/* As the user that the process is: who opens the device is who owns the keys. */
static void rewrap_store(const struct opts *o, const char *dir, struct rewrapped *count)
{
	struct work w = { .o = o };

	if (km_store_open(&w.store, dir, 0)) {
		count->failed++;
		return;
	}
	if (open_device(o, &w.ctx) || km_store_list(w.store, each, &w))
		w.count.failed++;
	km_close(w.ctx);
	km_store_close(w.store);
	*count = w.count;
}

static int become(const struct passwd *user)
{
	if (initgroups(user->pw_name, user->pw_gid) || setgid(user->pw_gid) ||
	    setuid(user->pw_uid))
		return -errno;
	return 0;
}

static void add(struct rewrapped *sum, const struct rewrapped *more)
{
	sum->done += more->done;
	sum->closed += more->closed;
	sum->failed += more->failed;
}

/* What the process of a user has to say goes through a pipe; if it says nothing, it failed. */
static void rewrap_as(const struct opts *o, const struct passwd *user, const char *dir,
		      struct rewrapped *sum)
{
	struct rewrapped count = { .failed = 1 };
	int ends[2], status;
	pid_t child;

	if (pipe(ends)) {
		add(sum, &count);
		return;
	}
	fflush(NULL);
	child = fork();
	if (!child) {
		close(ends[0]);
		count.failed = 0;
		if (become(user))
			count.failed = 1;
		else
			rewrap_store(o, dir, &count);
		_exit(write(ends[1], &count, sizeof(count)) != (ssize_t)sizeof(count));
	}
	close(ends[1]);
	if (child < 0 || read(ends[0], &count, sizeof(count)) != (ssize_t)sizeof(count))
		count = (struct rewrapped){ .failed = 1 };
	close(ends[0]);
	if (child > 0)
		waitpid(child, &status, 0);
	add(sum, &count);
}

/* Where the user keeps his keys, if he has any; not where somebody else has put a link. */
static bool store_of(const struct passwd *user, char *dir, size_t len)
{
	struct stat st;
	int n = snprintf(dir, len, "%s" USER_STORE, user->pw_dir);

	return n > 0 && (size_t)n < len && !stat(dir, &st) && S_ISDIR(st.st_mode) &&
	       st.st_uid == user->pw_uid;
}

/**
 * rewrap_all() - upgrade the keys of root's store and of every user's
 * @o: --device
 * @sum: [out] what came of it
 */
void rewrap_all(const struct opts *o, struct rewrapped *sum)
{
	struct rewrapped count = { 0 };
	struct passwd *user;
	char dir[4096];

	*sum = (struct rewrapped){ 0 };
	if (!access(ROOT_DIR, F_OK)) {
		rewrap_store(o, ROOT_DIR, &count);
		add(sum, &count);
	}
	setpwent();
	while ((user = getpwent()))
		if (user->pw_uid && store_of(user, dir, sizeof(dir)))
			rewrap_as(o, user, dir, sum);
	endpwent();
}
