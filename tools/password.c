// SPDX-License-Identifier: GPL-2.0-only
/*
 * Passwords from people: typed at the terminal without being shown, or a line of standard
 * input. Read by bare system calls, so that no copy is left in a buffer of stdio.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <termios.h>
#include <unistd.h>

#include "kmctl.h"

/* While nothing is shown: what on_signal() is to put back. */
static volatile int shown_fd = -1;
static struct termios shown;

/* Called by the signal handler, too: tcsetattr() may be. */
void terminal_restore(void)
{
	int fd = shown_fd;

	shown_fd = -1;
	if (fd >= 0)
		tcsetattr(fd, TCSAFLUSH, &shown);
}

/* From here on there is something to hide: from core files, debuggers and the swap. */
static void hide_memory(struct password *p)
{
	prctl(PR_SET_DUMPABLE, 0);
	mlock(p, sizeof(*p));
	p->len = 0;
}

void password_wipe(struct password *p)
{
	explicit_bzero(p, sizeof(*p));
	munlock(p, sizeof(*p));
}

static int add_byte(struct password *p, char c)
{
	if (p->len == KM_PASSWORD_MAX)
		return -EMSGSIZE;
	p->bytes[p->len++] = c;
	return 0;
}

/* Byte by byte: what follows the line belongs to somebody else. */
static int read_line(int fd, struct password *p)
{
	bool any = false;
	int ret = 0;
	ssize_t n;
	char c;

	for (;;) {
		n = read(fd, &c, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			ret = -errno;
		if (n <= 0 || c == '\n')
			break;
		any = true;
		/* A longer line is read to its end, and refused. */
		if (!ret)
			ret = add_byte(p, c);
	}
	if (!ret && !n && !any)
		ret = -ENODATA;
	explicit_bzero(&c, sizeof(c));
	return ret;
}

static int hide_typing(int fd)
{
	struct termios hidden;

	if (tcgetattr(fd, &shown))
		return -errno;
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK);
	hidden.c_lflag |= ECHONL | ICANON;
	/* To be stopped here would leave the terminal mute. */
	hidden.c_cc[VSUSP] = _POSIX_VDISABLE;
	shown_fd = fd;
	clean_up_on_signal();
	if (tcsetattr(fd, TCSAFLUSH, &hidden)) {
		shown_fd = -1;
		return -errno;
	}
	return 0;
}

static int open_terminal(void)
{
	return open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
}

bool terminal_is_there(void)
{
	int fd = open_terminal();

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

static int complain(const char *what, int error)
{
	if (error == -EMSGSIZE)
		return fail(ST_FAILED, "a password has %d bytes at most", KM_PASSWORD_MAX);
	if (error == -ENODATA)
		return fail(ST_NOT_AUTHENTICATED, "no password on %s", what);
	return fail_errno(ST_FAILED, error, what);
}

/**
 * password_ask() - have somebody type a password
 * @p: [out] the password; end with password_wipe(), also after a failure
 * @prompt: what is asked for
 *
 * Return: exit status, after a message.
 */
int password_ask(struct password *p, const char *prompt)
{
	int fd = open_terminal(), ret;

	hide_memory(p);
	if (fd < 0)
		return fail_errno(ST_FAILED, errno, "/dev/tty");
	ret = hide_typing(fd);
	if (!ret) {
		dprintf(fd, "%s: ", prompt);
		ret = read_line(fd, p);
		terminal_restore();
	}
	close(fd);
	return ret ? complain("the terminal", ret) : ST_OK;
}

/**
 * password_get() - from the terminal, or, where standard input is none, a line of that
 *
 * Return: as password_ask().
 */
int password_get(struct password *p, const char *prompt)
{
	int ret;

	if (isatty(STDIN_FILENO) && terminal_is_there())
		return password_ask(p, prompt);
	hide_memory(p);
	ret = read_line(STDIN_FILENO, p);
	return ret ? complain("standard input", ret) : ST_OK;
}
