// SPDX-License-Identifier: GPL-2.0-only
/*
 * keymaster-request-key: a stored key for a keyring that asks for it by its alias. The kernel
 * starts /sbin/request-key, that starts this by its configuration; visit.c does the work.
 *
 * The user may have put anything where his store should be: a file system of his own that never
 * answers, say. So the work is a child's, which has a limited time.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "request_key.h"
#include "std_files.h"

/* Seconds for all that has to do with files, and for what is left after that. */
#define PATIENCE	10
#define LAST_WORDS	5

/* The kernel writes ids as it writes numbers with a sign. */
static int parse(const char *text, long long least, long long most, long long *value)
{
	char *end;

	errno = 0;
	*value = strtoll(text, &end, 10);
	return errno || end == text || *end || *value < least || *value > most ? -EINVAL : 0;
}

static int read_arguments(char **argv, struct request *r)
{
	long long key, uid;

	if (parse(argv[1], 1, INT32_MAX, &key) || parse(argv[4], INT32_MIN, UINT32_MAX, &uid))
		return -EINVAL;
	*r = (struct request){
		.key = (key_serial_t)key, .alias = argv[2], .info = argv[3], .uid = (uid_t)uid,
	};
	return 0;
}

/* 0 when the child has ended by itself, with whatever answer; -ETIMEDOUT. */
static int wait_for(pid_t child, const sigset_t *signals)
{
	const struct timespec patience = { .tv_sec = PATIENCE };
	int status;

	while (sigtimedwait(signals, NULL, &patience) < 0) {
		if (errno == EINTR)
			continue;
		kill(child, SIGKILL);
		return -ETIMEDOUT;
	}
	return waitpid(child, &status, 0) == child && WIFEXITED(status) ? 0 : -EIO;
}

/* As the user already: he can do to the child what he likes, and gets a refusal. */
static int attend(const struct request *r)
{
	sigset_t signals;
	pid_t child;

	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	child = fork();
	if (child < 0)
		return -errno;
	if (!child)
		_exit(answer(r) ? EXIT_FAILURE : EXIT_SUCCESS);
	return wait_for(child, &signals);
}

int main(int argc, char **argv)
{
	static const struct rlimit no_core;
	struct request r;
	int ret;

	open_standard_files();
	openlog("keymaster-request-key", LOG_PID, LOG_AUTH);
	if (argc != 5 || read_arguments(argv, &r)) {
		syslog(LOG_ERR, "wants KEY DESCRIPTION CALLOUT UID; see /etc/request-key.d");
		return EXIT_FAILURE;
	}
	setrlimit(RLIMIT_CORE, &no_core);
	/* Nothing of what was around whoever started this says where a store is. */
	clearenv();
	if (chdir("/"))
		return EXIT_FAILURE;
	ret = become_user(r.uid);
	if (!ret)
		ret = attend(&r);
	if (!ret)
		return EXIT_SUCCESS;
	refuse(&r, -ret);
	/* Who takes the messages may hang as well; nobody waits for them any more then. */
	alarm(LAST_WORDS);
	note_refusal(&r, -ret);
	return EXIT_FAILURE;
}
