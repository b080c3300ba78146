// SPDX-License-Identifier: GPL-2.0-only
/*
 * A backup of a store and its way back: whole, damaged, of another root key, cut short.
 * lib/store_backup.c and lib/store_restore.c over a disk that is made up in store_world.h.
 */
#include "store_world.h"

#define KEYS	5

static bool fill(struct place *p)
{
	static const char *const aliases[KEYS] = { "a", "b", "c c", "../d", "\xff" };
	int i;

	for (i = 0; i < KEYS; i++)
		if (!put_fake(p, aliases[i], i & 1 ? 4 : 3, (u8)(i + 1)))
			return false;
	return true;
}

static int count_error(void *arg, const char *alias, int error)
{
	int *n = arg;

	(void)alias;
	n[error == 0 ? 0 : error == -EALREADY ? 1 : error == -EEXIST ? 2 : 3]++;
	return 0;
}

static const u8 root_a[KM_ROOT_CHECK_SIZE] = { 1 }, root_b[KM_ROOT_CHECK_SIZE] = { 2 };

/* Into "bak" of the place, or from there into "new"; @n: copied, same, other, bad. */
static int backup(struct place *p, int n[4])
{
	struct km_backup b = {
		.dir = path_of(p, "bak"), .root_check = root_a, .each = count_error, .arg = n,
	};

	memset(n, 0, 4 * sizeof(*n));
	return km_store_backup(p->store, &b);
}

static int restore(struct place *p, const u8 *root, unsigned int flags, int n[4])
{
	struct km_backup b = {
		.root_check = root, .flags = flags, .each = count_error, .arg = n,
	};
	struct km_store *store;
	char bak[96];
	int ret;

	memset(n, 0, 4 * sizeof(*n));
	snprintf(bak, sizeof(bak), "%s/bak", p->top);
	b.dir = bak;
	ret = km_store_open(&store, path_of(p, "new"), KM_STORE_CREATE);
	if (ret)
		return ret;
	ret = km_store_restore(store, &b);
	km_store_close(store);
	return ret;
}

static bool same_stores(struct place *p)
{
	char command[256];

	snprintf(command, sizeof(command),
		 "cd %s && mkdir old && cp *.blob old && diff -r old new && rm -r old", p->top);
	return !system(command);
}

static bool there_and_back(void)
{
	struct place p;
	int n[4];

	CHECK(place_init(&p) && fill(&p));
	CHECK(write_file(&p, "broken.blob", "x", 1));
	CHECK(!backup(&p, n) && n[0] == KEYS && n[3] == 1);
	CHECK(!unlink(path_of(&p, "broken.blob")));
	CHECK(backup(&p, n) == -EEXIST);
	CHECK(restore(&p, root_b, 0, n) == -EXDEV && restore(&p, NULL, 0, n) == -EXDEV);
	CHECK(!restore(&p, root_a, 0, n) && n[0] == KEYS && same_stores(&p));
	CHECK(!restore(&p, root_b, KM_BACKUP_ANY_ROOT, n) && n[1] == KEYS && !n[0]);
	place_end(&p);
	return true;
}

static bool other_keys_are_kept(void)
{
	struct place p;
	int n[4];

	CHECK(place_init(&p) && fill(&p) && !backup(&p, n));
	CHECK(!mkdir(path_of(&p, "new"), 0700) && write_file(&p, "new/b.blob", "mine", 4));
	CHECK(restore(&p, root_a, 0, n) == -EEXIST && n[2] == 1 && !n[0]);
	CHECK(restore(&p, root_b, KM_BACKUP_ANY_ROOT, n) == -EEXIST && n[2] == 1 && !n[0]);
	CHECK(restore(&p, root_b, KM_STORE_REPLACE, n) == -EXDEV && !n[0]);
	CHECK(access(path_of(&p, "new/a.blob"), F_OK));
	CHECK(!restore(&p, root_a, KM_STORE_REPLACE, n) && n[0] == KEYS && same_stores(&p));
	place_end(&p);
	return true;
}

/* One byte of the manifest or of a blob, or the last byte less: nothing is taken from it. */
static bool damaged(void)
{
	char *text = NULL;
	struct stat st;
	struct place p;
	int n[4], fd;
	off_t i;

	CHECK(place_init(&p) && fill(&p) && !backup(&p, n));
	fd = open(path_of(&p, "bak/MANIFEST"), O_RDWR);
	CHECK(fd >= 0 && !fstat(fd, &st));
	text = malloc((size_t)st.st_size);
	CHECK(text && pread(fd, text, (size_t)st.st_size, 0) == st.st_size);
	for (i = 0; i < st.st_size; i++) {
		CHECK(pwrite(fd, &(char){ text[i] ^ 1 }, 1, i) == 1);
		CHECK(restore(&p, root_a, KM_BACKUP_ANY_ROOT, n) == -EBADMSG && !n[0]);
		CHECK(pwrite(fd, text + i, 1, i) == 1);
	}
	for (i = st.st_size - 1; i >= 0; i--) {
		CHECK(!ftruncate(fd, i));
		CHECK(restore(&p, root_a, KM_BACKUP_ANY_ROOT, n) == -EBADMSG && !n[0]);
	}
	CHECK(pwrite(fd, text, (size_t)st.st_size, 0) == st.st_size);
	close(fd);
	free(text);
	CHECK(write_file(&p, "bak/b.blob", "x", 1) && !unlink(path_of(&p, "bak/a.blob")));
	CHECK(restore(&p, root_a, 0, n) == -EBADMSG && !n[0] && n[3] == 2);
	CHECK(access(path_of(&p, "new/c%20c.blob"), F_OK));
	CHECK(!unlink(path_of(&p, "bak/MANIFEST")) && restore(&p, root_a, 0, n) == -ENODATA);
	CHECK(!chmod(path_of(&p, "bak"), 0777) && restore(&p, root_a, 0, n) == -EPERM);
	place_end(&p);
	return true;
}

static bool backup_cut_short(void)
{
	struct place p;
	int n, status = 1, told[4];

	for (n = 1; status; n++) {
		CHECK(place_init(&p) && fill(&p));
		if (!fork()) {
			steps_left = n;
			_exit(backup(&p, told) ? 1 : 0);
		}
		CHECK(wait(&status) > 0 && (!status || WEXITSTATUS(status) == CUT_SHORT));
		/* The manifest is there from its link() on: the last four steps. */
		if (restore(&p, root_a, 0, told))
			CHECK(status && !told[0]);
		else
			CHECK(told[0] == KEYS && same_stores(&p));
		place_end(&p);
	}
	CHECK(n == 1 + 2 + 4 * (KEYS + 1) + 1);
	return true;
}

static bool restore_cut_short(void)
{
	struct place p;
	int n, status = 1, told[4];

	for (n = 1; status; n++) {
		CHECK(place_init(&p) && fill(&p) && !backup(&p, told));
		if (!fork()) {
			steps_left = n;
			_exit(restore(&p, root_a, 0, told) ? 1 : 0);
		}
		CHECK(wait(&status) > 0 && (!status || WEXITSTATUS(status) == CUT_SHORT));
		CHECK(!restore(&p, root_a, 0, told) && told[0] + told[1] == KEYS);
		km_store_close(p.store);
		CHECK(!km_store_open(&p.store, path_of(&p, "new"), 0));
		CHECK(!look(&p, NULL, true, KM_STORE_REPAIR).still && !look(&p, NULL, true, 0).all);
		CHECK(same_stores(&p));
		place_end(&p);
	}
	CHECK(n == 1 + 2 + 3 * KEYS + 1);
	return true;
}

static const struct test tests[] = {
	{ "a backup comes back as it was", there_and_back },
	{ "it does not take the place of other keys unasked", other_keys_are_kept },
	{ "nothing is taken from a damaged one", damaged },
	{ "one that is cut short is not taken for a whole one", backup_cut_short },
	{ "coming back can be cut short and done again", restore_cut_short },
};

int main(void)
{
	if (!world_init())
		return 1;
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]));
}
