// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which session is a user's last one? Every session holds a shared lock on a file of his
 * from its start to its end; who can turn it into an exclusive one at the end is the last.
 * Nothing is counted, so that no crash leaves a number behind. Under pam_keymaster.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "pam_keymaster.h"

#define SESSIONS_DIR	"/run/keymaster-sessions"
#define DATA_SESSION	"pam_keymaster_session"

/* Kept with PAM's handle, which lives as long as the session. */
struct session {
	int fd;
};

static void drop_session(pam_handle_t *pamh, void *data, int status)
{
	struct session *s = data;

	(void)pamh;
	(void)status;
	if (s->fd >= 0)
		close(s->fd);
	free(s);
}

/* /run is root's, and so is what is made there: others have no sessions to keep. */
static int open_file(uint32_t uid)
{
	char path[sizeof(SESSIONS_DIR) + 16];
	int fd;

	if (mkdir(SESSIONS_DIR, 0700) && errno != EEXIST)
		return -errno;
	snprintf(path, sizeof(path), "%s/%u", SESSIONS_DIR, uid);
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

int session_open(const struct visit *v)
{
	struct session *s = malloc(sizeof(*s));
	int fd;

	if (!s)
		return PAM_BUF_ERR;
	fd = open_file(v->uid);
	s->fd = fd;
	/* Waits for nobody but a session that is just ending. */
	if (fd < 0 || flock(fd, LOCK_SH) ||
	    pam_set_data(v->pamh, DATA_SESSION, s, drop_session) != PAM_SUCCESS) {
		pam_syslog(v->pamh, LOG_ERR, "%s: %s", SESSIONS_DIR,
			   strerror(fd < 0 ? -fd : errno));
		drop_session(v->pamh, s, 0);
		return PAM_SESSION_ERR;
	}
	return PAM_SUCCESS;
}

int session_close(const struct visit *v)
{
	const void *data;
	int ret = PAM_SUCCESS;

	if (pam_get_data(v->pamh, DATA_SESSION, &data) || !data)
		return PAM_IGNORE;
	if (!flock(((const struct session *)data)->fd, LOCK_EX | LOCK_NB) &&
	    km_device_locked(v->ctx, v->uid, 0)) {
		pam_syslog(v->pamh, LOG_ERR, "uid %u cannot be locked", v->uid);
		ret = PAM_SESSION_ERR;
	}
	/* Frees the file, and lets the next session begin. */
	pam_set_data(v->pamh, DATA_SESSION, NULL, NULL);
	return ret;
}
