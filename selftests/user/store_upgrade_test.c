// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys of the store that are upgraded and deleted: in which order, what is left when it is cut
 * short anywhere, and what several programs at once make of it. lib/stored.c over a kernel
 * that is made up in store_world.h.
 */
#include "store_world.h"

/* A key of the version before, opened; with what it takes to end. */
static bool old_key(struct place *p, u8 format, struct km_key **key)
{
	if (!place_init(p) || !put_fake(p, "k", format, 7))
		return false;
	world->version = 2;
	return !km_key_open(key, p->ctx, p->store, "k");
}

static void end(struct place *p, struct km_key *key)
{
	km_key_close(key);
	place_end(p);
}

#define STORED	"sync rename sync-dir "
/* How many are at it, where several are. */
#define PROGRAMS	4

static bool order_in_use(void)
{
	struct place p;
	struct km_key *key;

	CHECK(old_key(&p, 4, &key));
	CHECK(!use(&p, key));
	CHECK(!strcmp(world->log, "upgrade " STORED "delete1 "));
	CHECK(!use(&p, key));
	CHECK(!strcmp(world->log, "upgrade " STORED "delete1 "));
	CHECK(live_slots() == 1 && !world->dead[2]);
	end(&p, key);
	return true;
}

static bool order_of_command(void)
{
	struct place p;
	struct km_key *key;
	int changed;

	CHECK(old_key(&p, 4, &key));
	CHECK(!km_key_upgrade(key, NULL, &changed) && changed);
	CHECK(!strcmp(world->log, "upgrade " STORED "delete1 "));
	CHECK(!km_key_upgrade(key, NULL, &changed) && !changed);
	CHECK(!use(&p, key) && live_slots() == 1);
	end(&p, key);
	return true;
}

static bool others_are_not_deleted(void)
{
	struct place p;
	struct km_key *key;
	int changed;

	CHECK(old_key(&p, 3, &key));
	CHECK(!use(&p, key));
	CHECK(!strcmp(world->log, "upgrade " STORED));
	world->version = 3;
	CHECK(!km_key_upgrade(key, NULL, &changed) && changed);
	CHECK(!strstr(world->log, "delete"));
	end(&p, key);
	return true;
}

/* Runs @run in a process that ends before its step @n; true when it came to its end. */
static bool cut(struct place *p, int n, int (*run)(struct place *p, const char *alias), bool *done)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		steps_left = n;
		_exit(run(p, "k") ? 1 : 0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return false;
	*done = !WEXITSTATUS(status);
	return *done || WEXITSTATUS(status) == CUT_SHORT;
}

static bool upgrade_cut_short(void)
{
	struct place p;
	bool done = false;
	int n;

	for (n = 1; !done; n++) {
		CHECK(place_init(&p) && put_fake(&p, "k", 4, 7));
		world->version = 2;
		CHECK(cut(&p, n, use_once, &done));
		CHECK(live_slots() == 1 || (!done && live_slots() == 2));
		CHECK(!use_once(&p, "k"));
		place_end(&p);
	}
	/* upgrade, sync, rename, sync, delete */
	CHECK(n == 1 + 5 + 1);
	return true;
}

static int delete_once(struct place *p, const char *alias)
{
	struct km_key *key;
	int ret = km_key_open(&key, p->ctx, p->store, alias);

	if (!ret)
		ret = km_key_delete(key);
	if (!ret || ret != -ENOENT)
		km_key_close(key);
	return ret;
}

#define TWICE(s)	s s

static bool delete_order(void)
{
	struct place p;

	CHECK(place_init(&p) && put_fake(&p, "k", 4, 7));
	CHECK(!delete_once(&p, "k"));
	/* The blob, then its certificates. */
	CHECK(!strcmp(world->log, "delete1 " TWICE("unlink ") "sync-dir "));
	CHECK(delete_once(&p, "k") == -ENOENT);
	place_end(&p);
	return true;
}

/* What is not listed is dead; what is listed can be deleted again. */
static bool delete_cut_short(void)
{
	struct place p;
	bool done = false;
	int n;

	for (n = 1; !done; n++) {
		CHECK(place_init(&p) && put_fake(&p, "k", 4, 7));
		CHECK(cut(&p, n, delete_once, &done));
		if (km_store_exists(p.store, "k"))
			CHECK(world->dead[1]);
		else
			CHECK(!done && !delete_once(&p, "k"));
		CHECK(world->dead[1] && km_store_exists(p.store, "k") == -ENOENT);
		place_end(&p);
	}
	CHECK(n == 1 + 4 + 1);
	return true;
}

static bool delete_spares_others(void)
{
	struct place p;
	struct km_key *key;

	CHECK(place_init(&p) && put_fake(&p, "k", 4, 7));
	CHECK(!km_key_open(&key, p.ctx, p.store, "k"));
	CHECK(put_fake(&p, "k", 4, 8));
	CHECK(km_key_delete(key) == -ESTALE);
	CHECK(live_slots() == 2 && !km_store_exists(p.store, "k"));
	/* Its own blob, upgraded by another program, is the same key. */
	CHECK(put_fake(&p, "k", 4, 7));
	CHECK(!km_key_delete(key));
	CHECK(world->dead[3] && km_store_exists(p.store, "k") == -ENOENT);
	end(&p, key);
	return true;
}

static int replace_once(struct place *p, const char *alias)
{
	u8 blob[FAKE_MAX];
	size_t len = fake_blob(blob, 4, 9, world->version);

	return km_store_replace(p->ctx, p->store, alias, &(struct km_bytes){ blob, len });
}

static bool replaced(void)
{
	struct place p;

	CHECK(place_init(&p) && put_fake(&p, "k", 4, 7));
	CHECK(!replace_once(&p, "k"));
	CHECK(!strcmp(world->log, STORED "delete1 "));
	fail_rename = ENOSPC;
	CHECK(replace_once(&p, "k") == -ENOSPC);
	CHECK(!world->dead[2] && !use_once(&p, "k"));
	fail_rename = 0;
	CHECK(put_fake(&p, "k", 3, 7) && !replace_once(&p, "k"));
	CHECK(!world->dead[0]);
	place_end(&p);
	return true;
}

static bool replaced_at_once(void)
{
	unsigned long rounds = cases(50);
	struct place p;
	int i, status;

	CHECK(place_init(&p));
	while (rounds--) {
		for (i = 0; i < PROGRAMS; i++)
			if (!fork())
				_exit(replace_once(&p, "k") ? 1 : 0);
		for (i = 0; i < PROGRAMS; i++)
			CHECK(wait(&status) > 0 && !status);
		CHECK(live_slots() == 1 && !use_once(&p, "k"));
		world->log[0] = '\0';
	}
	place_end(&p);
	return true;
}

static bool store_cannot_be_written(void)
{
	struct place p;
	struct km_key *key;

	CHECK(old_key(&p, 4, &key));
	fail_rename = EROFS;
	CHECK(!use(&p, key));
	CHECK(!world->dead[1] && !world->dead[2]);
	fail_rename = 0;
	CHECK(!use_once(&p, "k") && live_slots() == 1 && world->dead[1]);
	CHECK(!use(&p, key));
	end(&p, key);
	CHECK(old_key(&p, 3, &key));
	fail_rename = EROFS;
	CHECK(!use(&p, key));
	CHECK(!strstr(world->log, "delete"));
	end(&p, key);
	return true;
}

static bool not_known_to_be_on_the_disk(void)
{
	struct place p;
	struct km_key *key;

	CHECK(old_key(&p, 4, &key));
	fail_sync = EIO;
	CHECK(!use(&p, key));
	CHECK(live_slots() == 2);
	end(&p, key);
	return true;
}

static bool another_was_faster(void)
{
	struct place p;
	struct km_key *key;
	int changed;

	CHECK(old_key(&p, 4, &key));
	CHECK(!use_once(&p, "k"));
	CHECK(world->dead[1]);
	CHECK(!use(&p, key) && live_slots() == 1);
	end(&p, key);
	CHECK(old_key(&p, 4, &key));
	CHECK(!use_once(&p, "k"));
	CHECK(!km_key_upgrade(key, NULL, &changed) && !changed);
	/* Of another key nothing is taken, whatever its alias. */
	CHECK(put_fake(&p, "k", 4, 8));
	world->dead[2] = 1;
	CHECK(use(&p, key) == KM_ERROR_INVALID_KEY_BLOB);
	end(&p, key);
	return true;
}

/* A program that has the key open, and uses it when @gate is opened. */
static int program(struct place *p, const int gate[2])
{
	struct km_key *key;
	char c;

	close(gate[1]);
	if (km_key_open(&key, p->ctx, p->store, "k") || read(gate[0], &c, 1))
		return 2;
	return use(p, key) || use(p, key) ? 1 : 0;
}

/* Whoever loses takes what the winner has left, and does not end the slot of it. */
static bool all_at_once(void)
{
	unsigned long rounds = cases(300);
	int i, status, gate[2];
	struct place p;

	while (rounds--) {
		CHECK(place_init(&p) && put_fake(&p, "k", 4, 7));
		world->version = 2;
		CHECK(!pipe(gate));
		for (i = 0; i < PROGRAMS; i++)
			if (!fork())
				_exit(program(&p, gate));
		close(gate[0]);
		close(gate[1]);
		for (i = 0; i < PROGRAMS; i++)
			CHECK(wait(&status) > 0 && !status);
		CHECK(live_slots() == 1 && !use_once(&p, "k"));
		place_end(&p);
	}
	return true;
}

static const struct test tests[] = {
	{ "an upgraded blob is on the disk before the old one dies", order_in_use },
	{ "so it is with km_key_upgrade()", order_of_command },
	{ "a blob without a slot is not deleted", others_are_not_deleted },
	{ "an upgrade that is cut short anywhere leaves a key that works", upgrade_cut_short },
	{ "a key is deleted in the kernel, then its file", delete_order },
	{ "a deletion that is cut short can be repeated", delete_cut_short },
	{ "what has got its alias is not deleted for it", delete_spares_others },
	{ "a key that is replaced dies when the new one is on the disk", replaced },
	{ "several programs replace a key at once, and no slot is lost", replaced_at_once },
	{ "where the store cannot be written to, the old blob lives", store_cannot_be_written },
	{ "also when the disk did not say that it has the new one", not_known_to_be_on_the_disk },
	{ "a blob that another program has upgraded is read again", another_was_faster },
	{ "several programs upgrade at once, and no slot is lost", all_at_once },
};

int main(void)
{
	if (!world_init())
		return 1;
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]));
}
