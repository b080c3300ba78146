// SPDX-License-Identifier: GPL-2.0-only
/*
 * Input, output and the progress bar. A named output is written beside its place
 * and moved there when it is complete: nobody ever reads half of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "kmctl.h"

#define BAR_DELAY_MS	500
#define BAR_PERIOD_MS	100
#define BAR_WIDTH	30

static bool is_dash(const char *path)
{
	return !path || !strcmp(path, "-");
}

int source_open(struct source *s, const char *path)
{
	struct stat st;

	*s = (struct source){ .fd = STDIN_FILENO, .name = "standard input" };
	if (!is_dash(path)) {
		s->name = path;
		s->fd = open(path, O_RDONLY | O_CLOEXEC);
		if (s->fd < 0)
			return fail_errno(ST_FAILED, errno, path);
	}
	if (fstat(s->fd, &st))
		return fail_errno(ST_FAILED, errno, s->name);
	if (S_ISDIR(st.st_mode)) {
		source_close(s);
		return fail_errno(ST_FAILED, EISDIR, path);
	}
	if (S_ISREG(st.st_mode)) {
		s->start = lseek(s->fd, 0, SEEK_CUR);
		s->seekable = s->start >= 0;
		if (s->seekable && st.st_size > s->start)
			s->size = (uint64_t)(st.st_size - s->start);
	}
	return ST_OK;
}

ssize_t source_read(struct source *s, void *buf, size_t len)
{
	ssize_t n;

	do {
		n = read(s->fd, buf, len);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

void source_close(struct source *s)
{
	if (s->fd > STDIN_FILENO)
		close(s->fd);
	s->fd = -1;
}

/**
 * root_file_open() - open a file that nobody but root can have written, if it is there
 * @path: its name
 * @fd: [out] a descriptor; -1 if there is no such file, or after a failure
 * @st: [out] what it is
 *
 * What root trusts is sealed in part, but whoever may write to it can put an older one back.
 *
 * Return: exit status, after a message.
 */
int root_file_open(const char *path, int *fd, struct stat *st)
{
	int ret = ST_OK;

	/* O_NONBLOCK: not to wait for a pipe that somebody put there. */
	*fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (*fd < 0)
		return errno == ENOENT ? ST_OK : fail_errno(ST_FAILED, errno, path);
	if (fstat(*fd, st))
		ret = fail_errno(ST_FAILED, errno, path);
	else if (!S_ISREG(st->st_mode) || st->st_uid || st->st_mode & 0022)
		ret = fail(ST_FAILED, "%s: must be a regular file that only root may change", path);
	if (ret) {
		close(*fd);
		*fd = -1;
	}
	return ret;
}

/* All that is left of a file; -EFBIG when it is longer than @max. */
int read_whole_fd(int fd, size_t max, struct km_buf *buf)
{
	struct source s = { .fd = fd };
	size_t room = max + 1;
	ssize_t n;
	int ret = 0;

	*buf = (struct km_buf){ .data = malloc(room), .room = room };
	if (!buf->data)
		ret = -ENOMEM;
	while (!ret && buf->len < room) {
		n = source_read(&s, (char *)buf->data + buf->len, room - buf->len);
		if (n < 0)
			ret = (int)n;
		if (n <= 0)
			break;
		buf->len += (size_t)n;
	}
	if (!ret && buf->len > max)
		ret = -EFBIG;
	if (ret)
		km_buf_free(buf);
	return ret;
}

/* A whole small file, "-" for stdin; as read_whole_fd(). */
int read_whole(const char *path, size_t max, struct km_buf *buf)
{
	struct source s = { .fd = STDIN_FILENO };
	int ret;

	if (!is_dash(path)) {
		s.fd = open(path, O_RDONLY | O_CLOEXEC);
		if (s.fd < 0)
			return -errno;
	}
	ret = read_whole_fd(s.fd, max, buf);
	source_close(&s);
	return ret;
}

/* ---- output ---- */

/* One output is being written at a time; a signal must be able to find it. */
static char pending_tmp[PATH_MAX];

static void on_signal(int sig)
{
	terminal_restore();
	if (pending_tmp[0])
		unlink(pending_tmp);
	signal(sig, SIG_DFL);
	raise(sig);
}

/*
 * Not before there is something to clean up, a file or a terminal that shows nothing: a
 * signal that is caught does not end a call into the kernel.
 */
void clean_up_on_signal(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction action = { .sa_handler = on_signal }, old;
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		/* What nohup has ignored stays ignored. */
		if (!sigaction(signals[i], NULL, &old) && old.sa_handler == SIG_DFL)
			sigaction(signals[i], &action, NULL);
}

static int open_tmp(struct sink *s, int flags)
{
	const char *slash = strrchr(s->path, '/');
	int dir = slash ? (int)(slash - s->path + 1) : 0;
	mode_t mask;

	if (asprintf(&s->tmp, "%.*s.%s.tmp-XXXXXX", dir, s->path, s->path + dir) < 0) {
		s->tmp = NULL;
		return fail(ST_FAILED, "out of memory");
	}
	s->fd = mkostemp(s->tmp, O_CLOEXEC);
	if (s->fd < 0) {
		free(s->tmp);
		s->tmp = NULL;
		return fail_errno(ST_FAILED, errno, s->path);
	}
	if (strlen(s->tmp) < sizeof(pending_tmp))
		strcpy(pending_tmp, s->tmp);
	clean_up_on_signal();
	if (!(flags & SINK_PRIVATE)) {
		mask = umask(0);
		umask(mask);
		fchmod(s->fd, 0666 & ~mask);
	}
	return ST_OK;
}

int sink_open(struct sink *s, const char *path, int flags)
{
	struct stat st;

	*s = (struct sink){ .fd = STDOUT_FILENO, .path = path };
	if (!is_dash(path)) {
		/* A pipe or device is there to be written to, not replaced. */
		if (stat(path, &st) || S_ISREG(st.st_mode))
			return open_tmp(s, flags);
		s->fd = open(path, O_WRONLY | O_CLOEXEC);
		return s->fd < 0 ? fail_errno(ST_FAILED, errno, path) : ST_OK;
	}
	if (!path && flags & SINK_BINARY && isatty(STDOUT_FILENO))
		return fail(ST_USAGE, "not for a terminal: give --out FILE, or --out -");
	s->path = "standard output";
	s->truncatable = !fstat(s->fd, &st) && S_ISREG(st.st_mode);
	/* For ">>" the offset says nothing before the first write. */
	s->start = fcntl(s->fd, F_GETFL) & O_APPEND ? st.st_size : lseek(s->fd, 0, SEEK_CUR);
	return ST_OK;
}

int sink_write(struct sink *s, const void *data, size_t len)
{
	const char *p = data;
	ssize_t n;

	while (len) {
		n = write(s->fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int sink_commit(struct sink *s)
{
	int ret = ST_OK;

	if (!s->tmp) {
		if (s->fd > STDOUT_FILENO && close(s->fd))
			ret = fail_errno(ST_FAILED, errno, s->path);
		s->fd = -1;
		return ret;
	}
	if (fsync(s->fd) || rename(s->tmp, s->path)) {
		ret = fail_errno(ST_FAILED, errno, s->path);
		sink_abandon(s);
		return ret;
	}
	close(s->fd);
	s->fd = -1;
	pending_tmp[0] = '\0';
	free(s->tmp);
	s->tmp = NULL;
	return ST_OK;
}

/* Nothing of what was written is to be found. */
void sink_abandon(struct sink *s)
{
	/* Only what this program wrote, never what was there before it. */
	if (s->truncatable && s->fd >= 0 && lseek(s->fd, 0, SEEK_CUR) > s->start &&
	    !ftruncate(s->fd, s->start))
		lseek(s->fd, s->start, SEEK_SET);
	if (s->tmp) {
		unlink(s->tmp);
		pending_tmp[0] = '\0';
		free(s->tmp);
		s->tmp = NULL;
	}
	if (s->fd > STDOUT_FILENO)
		close(s->fd);
	s->fd = -1;
}

/* ---- the bar ---- */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void progress_init(struct progress *p, const char *what, uint64_t total)
{
	*p = (struct progress){ .what = what, .total = total, .started = now_ms() };
	p->on = isatty(STDERR_FILENO);
}

void progress_update(struct progress *p, uint64_t done)
{
	int64_t now;
	int filled, i;

	if (!p->on)
		return;
	now = now_ms();
	if (now - p->started < BAR_DELAY_MS || now - p->shown < BAR_PERIOD_MS)
		return;
	p->shown = now;
	fprintf(stderr, "\r%s %llu MiB", p->what, (unsigned long long)(done >> 20));
	if (!p->total)
		return;
	if (done > p->total)
		done = p->total;
	filled = (int)(done * BAR_WIDTH / p->total);
	fputs(" [", stderr);
	for (i = 0; i < BAR_WIDTH; i++)
		fputc(i < filled ? '#' : '.', stderr);
	fprintf(stderr, "] %3llu%%", (unsigned long long)(done * 100 / p->total));
}

void progress_end(struct progress *p)
{
	if (p->on && p->shown)
		fputs("\r\033[K", stderr);
}

/* ---- one long call ---- */

static void *tell_time(void *arg)
{
	struct wait *w = arg;
	int64_t started = now_ms();

	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	for (;;) {
		usleep(BAR_DELAY_MS * 1000);
		fprintf(stderr, "\r%s %lld s", w->what,
			(long long)((now_ms() - started) / 1000));
	}
	return NULL;
}

void wait_begin(struct wait *w, const char *what)
{
	*w = (struct wait){ .what = what };
	w->on = isatty(STDERR_FILENO) && !pthread_create(&w->thread, NULL, tell_time, w);
}

void wait_end(struct wait *w)
{
	if (!w->on)
		return;
	pthread_cancel(w->thread);
	pthread_join(w->thread, NULL);
	fputs("\r\033[K", stderr);
}
