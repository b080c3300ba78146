// SPDX-License-Identifier: GPL-2.0-only
/*
 * pam_keymaster: who logs in authenticates for his keys by the way. The entry points of
 * PAM; visit.c finds the user, sessions.c his last session; over libkeymaster.
 *
 * The module is an addition: where there is no device, no root key or no enrolment it is
 * as if it were not there (PAM_IGNORE), and nobody is locked out. Passwords are PAM's:
 * none is copied but for the one that "enroll" keeps until the whole stack has said yes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "pam_keymaster.h"

#define DATA_PASSWORD	"pam_keymaster_password"

static struct km_bytes bytes_of(const char *text)
{
	return (struct km_bytes){ text, text ? strlen(text) : 0 };
}

static void say_wait(const struct visit *v, uint32_t timeout_ms)
{
	unsigned int seconds = timeout_ms / 1000 + (timeout_ms % 1000 != 0);

	if (!(v->flags & PAM_SILENT))
		pam_error(v->pamh, "Too many wrong passwords: wait %u second%s.", seconds,
			  seconds == 1 ? "" : "s");
}

/* What the gatekeeper's answer is in PAM's words. */
static int result_of(const struct visit *v, int error, uint32_t timeout_ms)
{
	int code = km_last_error(v->ctx);

	if (!error)
		return PAM_SUCCESS;
	switch (code) {
	case KM_ERROR_GATEKEEPER_INVALID:
		return PAM_AUTH_ERR;
	case KM_ERROR_GATEKEEPER_RETRY:
		say_wait(v, timeout_ms);
		return PAM_MAXTRIES;
	case KM_ERROR_KEYMASTER_NOT_CONFIGURED:
		return PAM_IGNORE;
	}
	switch (error) {
	case -ENOENT:
	case -ENOTTY:
		return PAM_IGNORE;
	case -EINVAL:
		/* An empty password, or an overlong one. */
		return PAM_AUTH_ERR;
	}
	pam_syslog(v->pamh, LOG_ERR, "the gatekeeper cannot be asked: %s",
		   code ? km_error_name(code) : strerror(-error));
	return PAM_AUTHINFO_UNAVAIL;
}

static int verify(const struct visit *v, const char *password)
{
	struct km_password_request request = {
		.uid = v->uid, .password = bytes_of(password),
	};
	int ret = km_password_verify(v->ctx, &request);

	return result_of(v, ret, request.timeout_ms);
}

/* With @old the secure user id stays; without, it is a new one. */
static int enroll(const struct visit *v, const char *old, const char *new)
{
	struct km_password_request request = {
		.uid = v->uid, .old_password = bytes_of(old), .password = bytes_of(new),
	};
	int ret = km_password_enroll(v->ctx, &request);

	return result_of(v, ret, request.timeout_ms);
}

/* ---- authentication ---- */

static void wipe_password(pam_handle_t *pamh, void *data, int status)
{
	char *password = data;

	(void)pamh;
	(void)status;
	explicit_bzero(password, strlen(password));
	free(password);
}

/* Of a user who is not enrolled yet, for setcred: by then others have accepted it. */
static int keep_password(const struct visit *v)
{
	const void *item = NULL;
	char *copy;

	if (!v->enroll || pam_get_item(v->pamh, PAM_AUTHTOK, &item) || !item ||
	    !*(const char *)item)
		return PAM_IGNORE;
	copy = strdup(item);
	if (!copy)
		return PAM_BUF_ERR;
	if (pam_set_data(v->pamh, DATA_PASSWORD, copy, wipe_password)) {
		wipe_password(v->pamh, copy, 0);
		return PAM_SYSTEM_ERR;
	}
	return PAM_IGNORE;
}

/* The password that another module has asked for; NULL: none has. */
static const char *first_password(const struct visit *v)
{
	const void *item = NULL;

	if (pam_get_item(v->pamh, PAM_AUTHTOK, &item))
		return NULL;
	return item;
}

/* A new question, whatever was answered before. */
static const char *ask_again(const struct visit *v)
{
	const char *password = NULL;

	if (pam_set_item(v->pamh, PAM_AUTHTOK, NULL) ||
	    pam_get_authtok(v->pamh, PAM_AUTHTOK, &password, NULL))
		return NULL;
	return password;
}

static int authenticate(const struct visit *v)
{
	const char *first = first_password(v), *password = NULL;
	int ret;

	if (first) {
		ret = verify(v, first);
		if (ret != PAM_AUTH_ERR || !v->try_first_pass)
			return ret;
		password = ask_again(v);
	} else if (!v->use_first_pass) {
		if (pam_get_authtok(v->pamh, PAM_AUTHTOK, &password, NULL))
			return PAM_AUTH_ERR;
	}
	return password ? verify(v, password) : PAM_AUTH_ERR;
}

int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct visit v = { .pamh = pamh, .flags = flags };
	int ret;

	ret = visit_begin(&v, argc, argv);
	if (ret == PAM_SUCCESS)
		ret = v.user.sid ? authenticate(&v) : keep_password(&v);
	visit_end(&v);
	return ret;
}

/* The whole stack has said yes: the password is the user's own. */
static int enroll_kept(const struct visit *v)
{
	const void *password;
	int ret;

	if (v->user.sid || pam_get_data(v->pamh, DATA_PASSWORD, &password) || !password)
		return PAM_SUCCESS;
	ret = enroll(v, NULL, password);
	if (ret == PAM_SUCCESS) {
		pam_syslog(v->pamh, LOG_NOTICE, "enrolled uid %u", v->uid);
		/* And as good as authenticated: keys made from now on open at once. */
		ret = verify(v, password);
	}
	pam_set_data(v->pamh, DATA_PASSWORD, NULL, NULL);
	return ret;
}

int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct visit v = { .pamh = pamh, .flags = flags };
	const void *password;
	int ret;

	/* Mostly there is nothing to do, and nobody to be asked. */
	if (flags & PAM_DELETE_CRED || pam_get_data(pamh, DATA_PASSWORD, &password) || !password)
		return PAM_SUCCESS;
	ret = visit_begin(&v, argc, argv);
	if (ret == PAM_SUCCESS)
		ret = enroll_kept(&v);
	visit_end(&v);
	return ret == PAM_IGNORE ? PAM_SUCCESS : ret;
}

/* ---- change of password ---- */

/* Root sets others' passwords without knowing them; of one's own one has to show it. */
static bool is_reset(const struct visit *v)
{
	const void *old = NULL;

	return !getuid() && v->uid && (pam_get_item(v->pamh, PAM_OLDAUTHTOK, &old) || !old);
}

static int prelim(const struct visit *v)
{
	const char *old = NULL;
	int ret;

	if (!v->user.sid || is_reset(v))
		return PAM_SUCCESS;
	ret = pam_get_authtok(v->pamh, PAM_OLDAUTHTOK, &old, NULL);
	if (ret != PAM_SUCCESS)
		return ret;
	ret = verify(v, old);
	if (ret == PAM_AUTH_ERR && !(v->flags & PAM_SILENT))
		pam_error(v->pamh, "Your keys have another password: change it by kmctl enroll.");
	return ret;
}

static int reset(const struct visit *v, const char *new)
{
	int ret = enroll(v, NULL, new);

	if (ret == PAM_SUCCESS && !(v->flags & PAM_SILENT))
		pam_info(v->pamh,
			 "%s has a new secure user id: keys bound to the old one stay closed.",
			 v->name);
	if (ret == PAM_SUCCESS)
		pam_syslog(v->pamh, LOG_NOTICE, "uid %u has a new secure user id", v->uid);
	return ret;
}

static int update(const struct visit *v)
{
	const void *old = NULL;
	const char *new = NULL;
	int ret;

	if (!v->user.sid && !v->enroll)
		return PAM_IGNORE;
	/* "use_authtok" among the arguments is heeded there: no question of our own. */
	ret = pam_get_authtok(v->pamh, PAM_AUTHTOK, &new, NULL);
	if (ret != PAM_SUCCESS)
		return ret;
	if (!v->user.sid)
		return enroll(v, NULL, new);
	if (is_reset(v))
		return reset(v, new);
	ret = pam_get_item(v->pamh, PAM_OLDAUTHTOK, &old);
	if (ret != PAM_SUCCESS || !old)
		return PAM_AUTHTOK_RECOVERY_ERR;
	return enroll(v, old, new);
}

int pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct visit v = { .pamh = pamh, .flags = flags };
	int ret;

	ret = visit_begin(&v, argc, argv);
	if (ret == PAM_SUCCESS)
		ret = flags & PAM_PRELIM_CHECK ? prelim(&v) : update(&v);
	visit_end(&v);
	return ret;
}

/* ---- sessions ---- */

int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct visit v = { .pamh = pamh, .flags = flags };
	int ret;

	ret = visit_begin(&v, argc, argv);
	if (ret == PAM_SUCCESS)
		ret = v.lock ? session_open(&v) : PAM_IGNORE;
	visit_end(&v);
	return ret;
}

int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct visit v = { .pamh = pamh, .flags = flags };
	int ret;

	ret = visit_begin(&v, argc, argv);
	if (ret == PAM_SUCCESS)
		ret = v.lock ? session_close(&v) : PAM_IGNORE;
	visit_end(&v);
	return ret;
}
