// SPDX-License-Identifier: GPL-2.0-only
/*
 * Authentication: who the user is, the password, and why it was not taken. Under enroll
 * and auth, and under every command whose key asks for its user.
 */
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kmctl.h"

/**
 * person_find() - the user that is meant
 * @text: of --user: a name or a number; NULL: whoever runs this
 * @person: [out] the user
 *
 * Return: exit status, after a message.
 */
int person_find(const char *text, struct person *person)
{
	struct passwd *entry;
	unsigned long n;
	char *end;

	/* The kernel goes by this one, too. */
	person->uid = geteuid();
	if (text) {
		entry = getpwnam(text);
		errno = 0;
		n = strtoul(text, &end, 10);
		if (entry)
			person->uid = entry->pw_uid;
		else if (*text >= '0' && *text <= '9' && !*end && !errno && n < UINT32_MAX)
			person->uid = (uint32_t)n;
		else
			return fail(ST_USAGE, "--user: there is no user '%s'", text);
	}
	entry = getpwuid(person->uid);
	if (entry)
		snprintf(person->name, sizeof(person->name), "%s", entry->pw_name);
	else
		snprintf(person->name, sizeof(person->name), "uid %u", person->uid);
	return ST_OK;
}

static int say_wait(uint32_t timeout_ms, const char *code)
{
	unsigned int seconds = timeout_ms / 1000 + (timeout_ms % 1000 != 0);

	return fail(ST_NOT_AUTHENTICATED, "too many wrong passwords: wait %u second%s%s", seconds,
		    seconds == 1 ? "" : "s", code);
}

/**
 * auth_failed() - why the gatekeeper said no, in words
 * @ctx: where it said so
 * @person: the user
 * @error: negative errno
 * @timeout_ms: what came with it
 *
 * Return: exit status.
 */
int auth_failed(struct km_ctx *ctx, const struct person *person, int error, uint32_t timeout_ms)
{
	struct key none = { .ctx = ctx };
	struct attempt attempt = { .key = &none, .verb = "auth", .purpose = -1 };

	switch (km_last_error(ctx)) {
	case KM_ERROR_GATEKEEPER_INVALID:
		return fail(ST_NOT_AUTHENTICATED,
			    "the password of %s is another one [GATEKEEPER_INVALID]",
			    person->name);
	case KM_ERROR_GATEKEEPER_RETRY:
		return say_wait(timeout_ms, " [GATEKEEPER_RETRY]");
	case KM_ERROR_OK:
		break;
	default:
		return explain(&attempt, error);
	}
	switch (error) {
	case -ENOENT:
		return fail(ST_NOT_AUTHENTICATED, "%s has no password here: run kmctl enroll",
			    person->name);
	case -EPERM:
		return fail(ST_FAILED, "only root may do this to %s", person->name);
	case -EBADMSG:
		return fail(ST_FAILED, "the password of %s was enrolled by another program",
			    person->name);
	case -EINVAL:
		return fail(ST_NOT_AUTHENTICATED, "an empty password is none");
	}
	return explain(&attempt, error);
}

/**
 * auth_look_up() - what the gatekeeper knows of a user
 * @ctx: the context
 * @person: the user
 * @user: [out] SID, failures, wait; zero for one who is not enrolled
 *
 * Return: exit status: success also for one who is not enrolled.
 */
int auth_look_up(struct km_ctx *ctx, const struct person *person, struct km_user *user)
{
	int ret = km_gatekeeper_get_user(ctx, person->uid, user);

	if (!ret || (ret == -ENOENT && !km_last_error(ctx)))
		return ST_OK;
	return auth_failed(ctx, person, ret, 0);
}

static int verify(struct km_ctx *ctx, const struct person *person, uint64_t challenge,
		  const struct password *password)
{
	struct km_password_request request = {
		.uid = person->uid,
		.challenge = challenge,
		.password = { password->bytes, password->len },
	};
	int ret = km_password_verify(ctx, &request);

	return ret ? auth_failed(ctx, person, ret, request.timeout_ms) : ST_OK;
}

/* Nobody is to type a password that is not going to be looked at. */
static int may_try(struct km_ctx *ctx, const struct person *person)
{
	struct km_user user;
	int ret;

	ret = auth_look_up(ctx, person, &user);
	if (ret)
		return ret;
	if (!user.sid)
		return auth_failed(ctx, person, -ENOENT, 0);
	return user.timeout_ms ? say_wait(user.timeout_ms, "") : ST_OK;
}

/**
 * authenticate() - ask for the password and show it to the gatekeeper
 * @ctx: the context
 * @person: the user
 * @challenge: handle of the operation that it is for; 0: none
 *
 * Return: exit status, after a message.
 */
int authenticate(struct km_ctx *ctx, const struct person *person, uint64_t challenge)
{
	struct password password;
	char prompt[128];
	int ret;

	ret = may_try(ctx, person);
	if (ret)
		return ret;
	snprintf(prompt, sizeof(prompt), "Password of %s", person->name);
	ret = password_get(&password, prompt);
	if (!ret)
		ret = verify(ctx, person, challenge, &password);
	password_wipe(&password);
	return ret;
}

/* At the terminal: standard input is what the key is to work on. */
static int authenticate_for(const struct attempt *a, uint64_t challenge)
{
	struct password password;
	struct person person;
	char prompt[512];
	int ret;

	ret = person_find(NULL, &person);
	if (!ret)
		ret = may_try(a->key->ctx, &person);
	if (ret)
		return ret;
	snprintf(prompt, sizeof(prompt), "Password of %s, to %s with %s", person.name, a->verb,
		 a->key->name);
	ret = password_ask(&password, prompt);
	if (!ret)
		ret = verify(a->key->ctx, &person, challenge, &password);
	password_wipe(&password);
	return ret;
}

/* A key that only other authenticators open is theirs to ask for. */
static bool takes_password(const struct key *key)
{
	struct km_param p;

	return !set_find(key, KM_TAG_USER_AUTH_TYPE, 0, &p) && p.value & KM_AUTH_TYPE_PASSWORD;
}

/* What anybody can do with the public half asks for nobody. */
static bool is_public(const struct attempt *a)
{
	return (a->purpose == KM_PURPOSE_ENCRYPT || a->purpose == KM_PURPOSE_VERIFY) &&
	       (set_has(a->key, KM_TAG_ALGORITHM, KM_ALGORITHM_RSA) ||
		set_has(a->key, KM_TAG_ALGORITHM, KM_ALGORITHM_EC));
}

/* Does the key ask for its user in each operation anew? */
bool asks_each_time(const struct attempt *a)
{
	struct km_param p;

	return !set_find(a->key, KM_TAG_USER_SECURE_ID, 0, &p) &&
	       set_find(a->key, KM_TAG_AUTH_TIMEOUT, 0, &p) && !is_public(a);
}

/**
 * auth_again() - begin was refused for want of a fresh password: ask for it, once
 * @a: what was tried
 * @error: what came of it
 *
 * Return: ST_OK when begin is to be tried again; else exit status, after a message.
 */
int auth_again(const struct attempt *a, int error)
{
	int code = km_last_error(a->key->ctx);

	if ((code != KM_ERROR_KEY_USER_NOT_AUTHENTICATED && code != KM_ERROR_DEVICE_LOCKED) ||
	    (code != KM_ERROR_DEVICE_LOCKED && !takes_password(a->key)) || !terminal_is_there())
		return explain(a, error);
	return authenticate_for(a, 0);
}

/**
 * auth_operation() - the operation has begun; ask for the password that is for it alone
 * @a: what is tried
 * @op: the operation
 *
 * Return: exit status, after a message.
 */
int auth_operation(const struct attempt *a, const struct km_op *op)
{
	if (!asks_each_time(a) || !takes_password(a->key))
		return ST_OK;
	if (!terminal_is_there())
		return fail(ST_REFUSED,
			    "%s: each operation asks for the password of the key's user;\n"
			    "there is no terminal to ask at, see kmctl auth --operation",
			    a->key->name);
	return authenticate_for(a, km_op_handle(op));
}
