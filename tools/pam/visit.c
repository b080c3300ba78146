// SPDX-License-Identifier: GPL-2.0-only
/*
 * The beginning and the end of each call: arguments, the user, the device. Under
 * pam_keymaster.c.
 */
#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <syslog.h>

#include <security/pam_modutil.h>

#include "pam_keymaster.h"

static void read_arguments(struct visit *v, int argc, const char **argv)
{
	int i;

	for (i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "use_first_pass"))
			v->use_first_pass = true;
		else if (!strcmp(argv[i], "try_first_pass"))
			v->try_first_pass = true;
		else if (!strcmp(argv[i], "enroll"))
			v->enroll = true;
		else if (!strcmp(argv[i], "lock"))
			v->lock = true;
		else if (strcmp(argv[i], "use_authtok"))
			pam_syslog(v->pamh, LOG_ERR, "unknown option: %s", argv[i]);
	}
}

static int find_user(struct visit *v)
{
	struct passwd *entry;
	int ret;

	ret = pam_get_user(v->pamh, &v->name, NULL);
	if (ret != PAM_SUCCESS)
		return ret;
	/* What was typed for a name may be a password: it is not to be repeated. */
	entry = pam_modutil_getpwnam(v->pamh, v->name);
	if (!entry)
		return PAM_USER_UNKNOWN;
	v->uid = entry->pw_uid;
	return PAM_SUCCESS;
}

/* Without a device, a gatekeeper or a root key there is nothing to guard. */
static int look_up(struct visit *v)
{
	int ret;

	if (km_open(&v->ctx, NULL, 0)) {
		v->ctx = NULL;
		return PAM_IGNORE;
	}
	ret = km_gatekeeper_get_user(v->ctx, v->uid, &v->user);
	if (!ret || (ret == -ENOENT && !km_last_error(v->ctx)))
		return PAM_SUCCESS;
	if (ret == -EPERM) {
		pam_syslog(v->pamh, LOG_ERR, "only root and uid %u itself may ask", v->uid);
		return PAM_AUTHINFO_UNAVAIL;
	}
	return PAM_IGNORE;
}

/**
 * visit_begin() - read the arguments, find the user, ask what is known of him
 * @v: pamh and flags are set; end with visit_end() in any case
 * @argc: arguments of the module
 * @argv: likewise
 *
 * Return: PAM_SUCCESS; PAM_IGNORE where there is nothing to do for this module.
 */
int visit_begin(struct visit *v, int argc, const char **argv)
{
	int ret;

	read_arguments(v, argc, argv);
	ret = find_user(v);
	return ret == PAM_SUCCESS ? look_up(v) : ret;
}

void visit_end(struct visit *v)
{
	km_close(v->ctx);
	v->ctx = NULL;
}
