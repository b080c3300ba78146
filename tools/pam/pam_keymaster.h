/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of pam_keymaster share: a visit is one call of one of its entry points.
 */
#ifndef PAM_KEYMASTER_H
#define PAM_KEYMASTER_H

#include <stdbool.h>

#include <security/pam_ext.h>
#include <security/pam_modules.h>

#include <keymaster.h>

/**
 * struct visit - one call by PAM
 * @pamh: PAM's handle
 * @flags: PAM_SILENT and others
 * @use_first_pass: never ask for a password
 * @try_first_pass: ask when the one that is there is wrong
 * @enroll: enrol users who are not, by the password that others have accepted
 * @lock: lock the user when his last session ends
 * @name: the user; belongs to PAM
 * @uid: his number
 * @ctx: the key manager
 * @user: what the gatekeeper knows of him; SID 0: he is not enrolled
 */
struct visit {
	pam_handle_t *pamh;
	int flags;
	bool use_first_pass, try_first_pass, enroll, lock;
	const char *name;
	uint32_t uid;
	struct km_ctx *ctx;
	struct km_user user;
};

int visit_begin(struct visit *v, int argc, const char **argv);
void visit_end(struct visit *v);

int session_open(const struct visit *v);
int session_close(const struct visit *v);

#endif /* PAM_KEYMASTER_H */
