// SPDX-License-Identifier: GPL-2.0-only
/*
 * The work of keymaster-request-key: become the user who asks, take the blob out of his store,
 * and hand it to the kernel, or a refusal. Between request_key.c and libkeymaster.
 *
 * Everything is done as that user. No link that he makes leads to a file that he could not read
 * himself, and the kernel opens the blob as his: another's is refused.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <syslog.h>
#include <unistd.h>

#include <keymaster.h>

#include "request_key.h"

/* How long a refusal lasts: a key that is made a moment later is to be found. */
#define REFUSAL_SECONDS	2
#define SHOWN_MAX	64

/**
 * become_user() - be that user, for good
 * @uid: his number, of the initial user namespace
 *
 * Return: 0; -ENOKEY when there is no such user, who can have no store; a negative errno.
 */
int become_user(uid_t uid)
{
	struct passwd *pw = getpwuid(uid);
	uid_t real, effective, saved;

	if (!pw || pw->pw_uid != uid)
		return -ENOKEY;
	if (initgroups(pw->pw_name, pw->pw_gid) || setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) ||
	    setresuid(uid, uid, uid) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	if (getresuid(&real, &effective, &saved) || real != uid || effective != uid ||
	    saved != uid || (uid && !setresuid(-1, 0, -1)))
		return -EPERM;
	return 0;
}

/* An alias that cannot be one, a link, and what is no blob: there is no such key. */
static int as_key_error(int error)
{
	switch (error) {
	case -ENOENT:
	case -EINVAL:
	case -ENAMETOOLONG:
	case -ELOOP:
	case -ENOTDIR:
	case -EBADMSG:
		return -ENOKEY;
	}
	return error;
}

/*
 * A loaded key cannot be upgraded any more: a key of before an update of the system, or of the
 * root key, is when it is asked for, as whenever a program of this user opens it. If that
 * fails the blob is what it was, and the kernel says what is wrong with it.
 */
static void bring_up_to_date(struct km_store *store, const char *alias)
{
	struct km_ctx *ctx;
	struct km_key *key;
	int changed;

	if (km_open(&ctx, NULL, 0))
		return;
	if (!km_key_open(&key, ctx, store, alias)) {
		km_key_upgrade(key, NULL, &changed);
		km_key_close(key);
	}
	km_close(ctx);
}

static int find_blob(const char *alias, struct km_buf *blob)
{
	struct km_store *store;
	int ret = km_store_open(&store, NULL, 0);

	if (ret)
		return as_key_error(ret);
	bring_up_to_date(store, alias);
	ret = km_store_get(store, alias, blob);
	km_store_close(store);
	return as_key_error(ret);
}

static int find_and_load(const struct request *r)
{
	struct km_buf blob = { 0 };
	int ret;

	/* There is nothing that it could say; a later version may know something. */
	if (r->info[0])
		return -EINVAL;
	ret = find_blob(r->alias, &blob);
	if (!ret && keyctl_assume_authority(r->key) < 0)
		ret = -errno;
	if (!ret && keyctl_instantiate(r->key, blob.data, blob.len, 0) < 0)
		ret = -errno;
	km_buf_free(&blob);
	return ret;
}

/**
 * refuse() - tell who waits that there is no key
 * @r: what was asked for
 * @error: errno for the caller
 *
 * Return: 0 or a negative errno.
 */
int refuse(const struct request *r, int error)
{
	if (keyctl_assume_authority(r->key) < 0 ||
	    keyctl_reject(r->key, REFUSAL_SECONDS, (unsigned int)error, 0) < 0)
		return -errno;
	return 0;
}

/* Nobody writes lines of his own into the log. */
static void show(const char *alias, char shown[SHOWN_MAX + 1])
{
	size_t i;

	for (i = 0; alias[i] && i < SHOWN_MAX; i++)
		shown[i] = alias[i] > ' ' && alias[i] < 0x7f && alias[i] != '\'' ? alias[i] : '?';
	shown[i] = '\0';
}

/**
 * note_refusal() - tell the log
 * @r: what was asked for
 * @error: errno that the caller got
 */
void note_refusal(const struct request *r, int error)
{
	char shown[SHOWN_MAX + 1];

	show(r->alias, shown);
	/* That there is no such key is an answer like another. */
	syslog(error == ENOKEY ? LOG_INFO : LOG_WARNING, "user %u: key '%s': %s",
	       (unsigned int)r->uid, shown, strerror(error));
}

/**
 * answer() - load the key that was asked for, or refuse it
 * @r: what was asked for
 *
 * As the user. Return: 0, or the negative errno that the caller gets.
 */
int answer(const struct request *r)
{
	int ret = find_and_load(r);

	if (!ret)
		return 0;
	refuse(r, -ret);
	note_refusal(r, -ret);
	return ret;
}
