// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files of a store: what a check finds and mends, what is synced and in which order, and
 * what many writers at once make of it. lib/store.c and lib/store_check.c over a kernel and
 * a disk that are made up in store_world.h.
 */
#include <utime.h>

#include "store_world.h"

#define PUT	"sync link unlink-tmp sync-dir "

/* ---- checks ---- */

static bool whole_blobs(void)
{
	struct place p;

	CHECK(place_init(&p) && put_fake(&p, "a", 3, 1) && put_fake(&p, "b", 4, 2));
	CHECK(write_file(&p, "state", "x", 1));
	CHECK(!look(&p, NULL, false, 0).all && !look(&p, NULL, true, 0).all);
	CHECK(look(&p, NULL, true, 0).files == 2);
	place_end(&p);
	return true;
}

/* Every prefix of a blob, and a byte too many, is none. */
static bool cut_off_blobs(void)
{
	struct place p;
	u8 blob[FAKE_MAX + 1] = { 0 };
	size_t len, i;
	int format;

	for (format = 3; format <= 4; format++) {
		CHECK(place_init(&p));
		len = fake_blob(blob, format, 1, 1);
		blob[len] = 0;
		for (i = 0; i <= len + 1; i++) {
			CHECK(write_file(&p, "k.blob", blob, i));
			CHECK(look(&p, "k.blob", false, 0).found ==
			      (i == len ? 0 : i ? KM_FOUND_LAYOUT : KM_FOUND_EMPTY));
		}
		place_end(&p);
	}
	return true;
}

static bool what_files_are(void)
{
	struct place p;

	CHECK(place_init(&p) && put_fake(&p, "k", 3, 1));
	CHECK(write_file(&p, "README", "x", 1) && write_file(&p, "%61.blob", "x", 1));
	CHECK(look(&p, "README", false, 0).found == KM_FOUND_NAME);
	CHECK(look(&p, "%61.blob", false, 0).found == KM_FOUND_NAME);
	CHECK(!symlink("k.blob", path_of(&p, "l.blob")));
	CHECK(look(&p, "l.blob", false, 0).found == KM_FOUND_TYPE);
	CHECK(!mkfifo(path_of(&p, "f.blob"), 0600));
	CHECK(look(&p, "f.blob", false, 0).found == KM_FOUND_TYPE);
	CHECK(!chmod(path_of(&p, "k.blob"), 0644));
	CHECK(look(&p, "k.blob", false, 0).found == KM_FOUND_MODE);
	if (!geteuid()) {
		CHECK(!chown(path_of(&p, "k.blob"), 12345, 0));
		CHECK(look(&p, "k.blob", false, 0).found == (KM_FOUND_MODE | KM_FOUND_OWNER));
		CHECK(!chown(path_of(&p, "k.blob"), 0, 0));
	}
	CHECK(!chmod(path_of(&p, "k.blob"), 0600));
	CHECK(!syscall(SYS_linkat, AT_FDCWD, path_of(&p, "k.blob"), km_store_fd(p.store), "b", 0));
	CHECK(look(&p, "k.blob", false, 0).found == KM_FOUND_LINKS);
	place_end(&p);
	return true;
}

static bool what_the_kernel_says(void)
{
	struct place p;

	CHECK(place_init(&p) && put_fake(&p, "k", 4, 1));
	world->version = 2;
	CHECK(look(&p, "k.blob", true, 0).found == KM_FOUND_UPGRADE);
	CHECK(live_slots() == 1 && !strstr(world->log, "upgrade"));
	world->version = 0;
	CHECK(look(&p, "k.blob", true, 0).found == KM_FOUND_NEWER);
	world->version = 1;
	world->dead[1] = 1;
	CHECK(look(&p, "k.blob", true, 0).found == KM_FOUND_CLOSED);
	CHECK(!look(&p, "k.blob", false, 0).found);
	place_end(&p);
	return true;
}

/* A number that was a process's a moment ago. */
static unsigned int dead_pid(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
	return (unsigned int)pid;
}

static bool temporaries(void)
{
	struct utimbuf long_ago = { time(NULL) - 7200, time(NULL) - 7200 };
	char mine[32], dead[32];
	struct place p;

	CHECK(place_init(&p));
	snprintf(mine, sizeof(mine), ".tmp-%x-1", (unsigned int)getpid());
	snprintf(dead, sizeof(dead), ".tmp-%x-1", dead_pid());
	CHECK(write_file(&p, mine, "x", 1) && write_file(&p, dead, "x", 1));
	CHECK(look(&p, mine, false, 0).found == KM_FOUND_BUSY);
	CHECK(look(&p, dead, false, 0).found == KM_FOUND_STALE);
	/* Of a live process, but nobody takes an hour to write a blob. */
	CHECK(!utime(path_of(&p, mine), &long_ago));
	CHECK(look(&p, mine, false, 0).found == KM_FOUND_STALE);
	CHECK(look(&p, mine, false, KM_STORE_REPAIR).mended == KM_FOUND_STALE);
	CHECK(access(path_of(&p, mine), F_OK) && access(path_of(&p, dead), F_OK));
	/* The next writer does it as well. */
	CHECK(write_file(&p, dead, "x", 1) && put_fake(&p, "k", 3, 1));
	CHECK(access(path_of(&p, dead), F_OK));
	place_end(&p);
	return true;
}

static bool repair(void)
{
	struct place p;
	struct found f;
	struct stat st;
	int i;

	CHECK(place_init(&p) && put_fake(&p, "k", 3, 1));
	CHECK(!chmod(path_of(&p, "k.blob"), 0666));
	for (i = 0; i < 3; i++) {
		CHECK(write_file(&p, "bad.blob", "xy", 2));
		f = look(&p, "bad.blob", true, KM_STORE_REPAIR);
		CHECK(f.found & f.mended & KM_FOUND_LAYOUT);
		CHECK(!stat(path_of(&p, f.moved), &st) && st.st_size == 2);
	}
	CHECK(!strcmp(f.moved, ".broken/bad.blob.2"));
	CHECK(!stat(path_of(&p, "k.blob"), &st) && (st.st_mode & 07777) == 0600);
	f = look(&p, NULL, true, 0);
	CHECK(!f.all && f.files == 1);
	place_end(&p);
	return true;
}

/* ---- put ---- */

static bool directories_are_synced(void)
{
	struct km_store *store;
	struct place p;

	CHECK(place_init(&p));
	CHECK(!km_store_open(&store, path_of(&p, "a/b/"), KM_STORE_CREATE));
	CHECK(!strcmp(world->log, "mkdir sync-dir mkdir sync-dir "));
	world->log[0] = '\0';
	CHECK(!km_store_put(store, "k", "x", 1, 0));
	CHECK(!strcmp(world->log, PUT));
	km_store_close(store);
	place_end(&p);
	return true;
}

static bool put_cut_short(void)
{
	struct found f;
	struct place p;
	int n, status = 1;
	u8 blob[FAKE_MAX];
	size_t len;

	for (n = 1; status; n++) {
		CHECK(place_init(&p));
		len = fake_blob(blob, 3, 1, 1);
		if (!fork()) {
			steps_left = n;
			_exit(km_store_put(p.store, "k", blob, len, 0) ? 1 : 0);
		}
		CHECK(wait(&status) > 0 && (!status || WEXITSTATUS(status) == CUT_SHORT));
		f = look(&p, "k.blob", true, 0);
		/* sync, link: from then on it is there, whole */
		CHECK(!f.found && !(f.all & ~KM_FOUND_STALE));
		CHECK(!km_store_exists(p.store, "k") == (n > 2));
		CHECK(!look(&p, NULL, true, KM_STORE_REPAIR).still);
		CHECK(!look(&p, NULL, true, 0).all);
		place_end(&p);
	}
	CHECK(n == 1 + 4 + 1);
	return true;
}

/* ---- many at once ---- */

#define WRITERS	6

/* Puts, replaces and deletes keys of its own; the blob says whose, and of which round. */
static int writer(struct place *p, int who, unsigned long rounds)
{
	static u8 blob[30000];
	struct km_buf back = { 0 };
	char alias[16];
	unsigned long i;
	int ret;

	snprintf(alias, sizeof(alias), "own%d", who);
	for (i = 0; i < rounds; i++) {
		memset(blob, (int)(who * 16 + i % 16), sizeof(blob));
		ret = km_store_put(p->store, alias, blob, sizeof(blob) - i % 9,
				   i % 4 ? KM_STORE_REPLACE : 0);
		if (ret || km_store_get(p->store, alias, &back) ||
		    back.len != sizeof(blob) - i % 9 || memcmp(back.data, blob, back.len))
			return 1;
		km_buf_free(&back);
		if (i % 4 == 3 && km_store_delete(p->store, alias))
			return 2;
		/* One for all: somebody wins, and whoever reads sees one blob. */
		km_store_put(p->store, "all", blob, sizeof(blob), KM_STORE_REPLACE);
		if (km_store_get(p->store, "all", &back) || back.len != sizeof(blob) ||
		    memcmp(back.data, (u8 *)back.data + 1, back.len - 1))
			return 3;
		km_buf_free(&back);
	}
	return 0;
}

static bool nothing_is_lost(void)
{
	unsigned long rounds = 4 * cases(50) + 2;	/* the last one ends with a key there */
	char alias[16];
	struct place p;
	int i, status;

	CHECK(place_init(&p));
	for (i = 0; i < WRITERS; i++)
		if (!fork())
			_exit(writer(&p, i, rounds));
	for (i = 0; i < WRITERS; i++)
		CHECK(wait(&status) > 0 && !status);
	for (i = 0; i < WRITERS; i++) {
		snprintf(alias, sizeof(alias), "own%d", i);
		CHECK(!km_store_exists(p.store, alias));
	}
	CHECK(look(&p, NULL, false, 0).files == WRITERS + 1);
	place_end(&p);
	return true;
}

static bool one_wins(void)
{
	unsigned long rounds = cases(100);
	int i, status, won;
	struct place p;
	char c;

	CHECK(place_init(&p));
	while (rounds--) {
		won = 0;
		for (i = 0; i < WRITERS; i++) {
			c = (char)('a' + i);
			if (!fork())
				_exit(km_store_put(p.store, "one", &c, 1, 0) == -EEXIST ? 1 : 0);
		}
		for (i = 0; i < WRITERS; i++)
			won += wait(&status) > 0 && !status;
		CHECK(won == 1 && !km_store_delete(p.store, "one"));
	}
	place_end(&p);
	return true;
}

static void write_for_ever(struct place *p, int who)
{
	u8 blob[FAKE_MAX];
	char alias[16];
	size_t len = fake_blob(blob, 3, (u8)who, 1);

	snprintf(alias, sizeof(alias), "k%d", who % 3);
	for (;;) {
		km_store_put(p->store, alias, blob, len, who & 1 ? KM_STORE_REPLACE : 0);
		if (who == 5)
			km_store_delete(p->store, alias);
	}
}

static bool killed_writers(void)
{
	unsigned long rounds = cases(60);
	int i, status;
	pid_t pids[WRITERS];
	struct found f;
	struct place p;

	CHECK(place_init(&p));
	while (rounds--) {
		for (i = 0; i < WRITERS; i++) {
			pids[i] = fork();
			if (!pids[i])
				write_for_ever(&p, i);
		}
		usleep((useconds_t)(rnd() % 20000));
		for (i = 0; i < WRITERS; i++)
			kill(pids[i], SIGKILL);
		for (i = 0; i < WRITERS; i++)
			CHECK(wait(&status) > 0 && WIFSIGNALED(status));
		f = look(&p, NULL, true, 0);
		CHECK(!(f.all & ~KM_FOUND_STALE));
	}
	CHECK(!look(&p, NULL, true, KM_STORE_REPAIR).still && !look(&p, NULL, true, 0).all);
	place_end(&p);
	return true;
}

static const struct test tests[] = {
	{ "nothing is wrong with whole blobs", whole_blobs },
	{ "a blob that is cut off anywhere is found", cut_off_blobs },
	{ "files that are no keys, or not as they should be, are found", what_files_are },
	{ "the kernel's answers are told", what_the_kernel_says },
	{ "left-over files are told from those in the making", temporaries },
	{ "repair puts aside what is no blob, under a new name", repair },
	{ "a new directory is on the disk before its first key", directories_are_synced },
	{ "a key that is being put is there whole or not at all", put_cut_short },
	{ "many writers lose nothing", nothing_is_lost },
	{ "of many who put a new key one wins", one_wins },
	{ "killed writers leave nothing but temporaries", killed_writers },
};

int main(void)
{
	if (!world_init())
		return 1;
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]));
}
