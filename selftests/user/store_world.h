/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A kernel and a disk for the store's tests: ioctls are answered here, what writes is counted
 * and told, and can be made to fail, or to be the last that a process does.
 * The library is linked in, so that its calls come here. Included by store_*_test.c.
 */
#ifndef STORE_WORLD_H
#define STORE_WORLD_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "../../lib/lib_private.h"

#define SLOTS		4096
#define CUT_SHORT	99	/* exit status of a process that was cut short */

/**
 * struct world - what all processes of a test share
 * @version: of the system; keys of an older one want an upgrade
 * @next_slot: the slot of the next blob of format 4
 * @dead: slots that DELETE_KEY has ended; 0 stands for all blobs of format 3
 * @id: whose they are
 * @next: the slot of whatever is made of the blob in this one; a deleted one counts no more
 * @log: what was done, in order
 */
struct world {
	unsigned char version;
	u32 next_slot;
	unsigned char dead[SLOTS];
	unsigned char id[SLOTS];
	u32 next[SLOTS];
	char log[4096];
};

static struct world *world;
static int steps_left;		/* 0: no end */
static int fail_rename, fail_sync;	/* errno; of a directory's fsync */

static void step(const char *what, int n)
{
	size_t at = strlen(world->log);

	if (steps_left && !--steps_left)
		_exit(CUT_SHORT);
	if (n < 0)
		snprintf(world->log + at, sizeof(world->log) - at, "%s ", what);
	else
		snprintf(world->log + at, sizeof(world->log) - at, "%s%d ", what, n);
}

/* ---- the disk ---- */

int fsync(int fd)
{
	struct stat st;
	bool dir = !fstat(fd, &st) && S_ISDIR(st.st_mode);

	step(dir ? "sync-dir" : "sync", -1);
	if (dir && fail_sync) {
		errno = fail_sync;
		return -1;
	}
	return 0;
}

int mkdir(const char *path, mode_t mode)
{
	int ret = (int)syscall(SYS_mkdir, path, mode);

	if (!ret)
		step("mkdir", -1);
	return ret;
}

int renameat(int from, const char *old, int to, const char *new)
{
	step("rename", -1);
	if (fail_rename) {
		errno = fail_rename;
		return -1;
	}
	return (int)syscall(SYS_renameat2, from, old, to, new, 0);
}

int linkat(int from, const char *old, int to, const char *new, int flags)
{
	step("link", -1);
	return (int)syscall(SYS_linkat, from, old, to, new, flags);
}

int unlinkat(int dir, const char *name, int flags)
{
	step(km_store_is_tmp(name) ? "unlink-tmp" : "unlink", -1);
	return (int)syscall(SYS_unlinkat, dir, name, flags);
}

/* ---- blobs ---- */

#define FAKE_HEAD	(1 + 4 + 12 + 4 + 8 + 4 + 16 + 8)
#define FAKE_SETS	(4 + 16 + 8 + 12 + 12)
#define FAKE_MAX	(FAKE_HEAD + FAKE_SETS + 4)

/* Of format 3 or 4, of key @id; the version is where the nonce should be. */
static size_t fake_blob(u8 *b, u8 format, u8 id, u8 version)
{
	u8 *set = b + FAKE_HEAD;
	u32 slot;

	memset(b, 0, FAKE_MAX);
	b[0] = format;
	b[1] = 12;
	b[5] = version;
	b[17] = 8;
	b[29] = 16;
	set[0] = 16;
	memset(set + 4, id, 16);
	set[20] = 1;
	set[24] = 12;
	km_put_le32(set + 28, KM_TAG_LINUX_KEY_ID);
	set[32] = 16;
	if (format != 4)
		return FAKE_HEAD + FAKE_SETS;
	slot = __atomic_fetch_add(&world->next_slot, 1, __ATOMIC_SEQ_CST);
	if (slot >= SLOTS)
		abort();
	world->id[slot] = id;
	km_put_le32(b + FAKE_HEAD + FAKE_SETS, slot);
	return FAKE_MAX;
}

static inline u32 slot_of(const u8 *b)
{
	return b[0] == 4 ? km_get_le32(b + FAKE_HEAD + FAKE_SETS) : 0;
}

static inline int live_slots(void)
{
	int n = 0;
	u32 i;

	for (i = 1; i < world->next_slot; i++)
		n += !world->dead[i];
	return n;
}

/* ---- the kernel ---- */

static int refuse(__s32 *error, int code, int err)
{
	*error = code;
	errno = err;
	return -1;
}

static bool opens(const u8 *b, size_t len)
{
	return len >= FAKE_HEAD + FAKE_SETS && len == FAKE_HEAD + FAKE_SETS + (b[0] == 4 ? 4 : 0) &&
	       !world->dead[slot_of(b)];
}

static int fake_characteristics(struct km_get_characteristics *a)
{
	const u8 *b = (const u8 *)(uintptr_t)a->blob;

	if (!opens(b, a->blob_len) || b[5] > world->version)
		return refuse(&a->error, KM_ERROR_INVALID_KEY_BLOB, EKEYREJECTED);
	if (b[5] < world->version)
		return refuse(&a->error, KM_ERROR_KEY_REQUIRES_UPGRADE, EKEYEXPIRED);
	memcpy((void *)(uintptr_t)a->enforced, b + FAKE_HEAD, FAKE_SETS - 12);
	memset((void *)(uintptr_t)a->unenforced, 0, 12);
	a->enforced_len = FAKE_SETS - 12;
	a->unenforced_len = 12;
	return 0;
}

/* All that is made of one blob has the same slot, whoever makes it. */
static void share_slot(const u8 *old, u8 *new)
{
	u32 *next = &world->next[slot_of(old)], first = 0, ours = slot_of(new);

	if (__atomic_compare_exchange_n(next, &first, ours, false, __ATOMIC_SEQ_CST,
					__ATOMIC_SEQ_CST))
		return;
	world->dead[ours] = 1;
	km_put_le32(new + FAKE_HEAD + FAKE_SETS, first);
}

static int fake_upgrade(struct km_upgrade_key *a)
{
	const u8 *b = (const u8 *)(uintptr_t)a->blob;
	u8 *new = (u8 *)(uintptr_t)a->new_blob;

	step("upgrade", -1);
	if (!opens(b, a->blob_len))
		return refuse(&a->error, KM_ERROR_INVALID_KEY_BLOB, EKEYREJECTED);
	if (b[5] > world->version)
		return refuse(&a->error, KM_ERROR_INVALID_ARGUMENT, EINVAL);
	a->new_blob_len = 0;
	if (b[5] == world->version)
		return 0;
	a->new_blob_len = (__u32)fake_blob(new, b[0], b[FAKE_HEAD + 4], world->version);
	if (b[0] == 4)
		share_slot(b, new);
	return 0;
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *arg;

	(void)fd;
	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	switch (request) {
	case KM_IOC_GET_KEY_CHARACTERISTICS:
		return fake_characteristics(arg);
	case KM_IOC_UPGRADE_KEY:
		return fake_upgrade(arg);
	case KM_IOC_DELETE_KEY: {
		struct km_delete_key *a = arg;
		u32 slot = slot_of((const u8 *)(uintptr_t)a->blob), i;

		step("delete", (int)slot);
		world->dead[slot] = 1;
		for (i = 1; slot && a->flags & KM_DELETE_WHOLE_KEY && i < world->next_slot; i++)
			world->dead[i] |= world->id[i] == world->id[slot];
		return 0;
	}
	}
	errno = ENOTTY;
	return -1;
}

/* ---- a test's own ---- */

/**
 * struct place - a store in a directory of its own, and a context
 * @top: the directory
 */
struct place {
	char top[64];
	struct km_store *store;
	struct km_ctx *ctx;
};

static bool place_init(struct place *p)
{
	memset(world, 0, sizeof(*world));
	world->version = 1;
	world->next_slot = 1;
	steps_left = 0;
	fail_rename = 0;
	fail_sync = 0;
	strcpy(p->top, "/tmp/km-store-XXXXXX");
	return mkdtemp(p->top) && !km_store_open(&p->store, p->top, 0) &&
	       !km_open(&p->ctx, "/dev/null", 0);
}

static void place_end(struct place *p)
{
	char command[96];

	km_close(p->ctx);
	km_store_close(p->store);
	snprintf(command, sizeof(command), "rm -rf %s", p->top);
	if (system(command))
		abort();
}

static inline bool put_fake(struct place *p, const char *alias, u8 format, u8 id)
{
	u8 blob[FAKE_MAX];
	size_t len = fake_blob(blob, format, id, world->version);
	int ret = km_store_put(p->store, alias, blob, len, KM_STORE_REPLACE);

	world->log[0] = '\0';
	return !ret;
}

/* A call with the key, as every command is: 0 or the Keymaster code. */
static inline int use(struct place *p, const struct km_key *key)
{
	struct km_params *enforced, *unenforced;

	if (!km_characteristics(p->ctx, km_key_as_ref(key), NULL, &enforced, &unenforced)) {
		km_params_free(enforced);
		km_params_free(unenforced);
		return 0;
	}
	return km_last_error(p->ctx);
}

/* Opens and uses it, as a program does. */
static inline int use_once(struct place *p, const char *alias)
{
	struct km_key *key;
	int ret;

	if (km_key_open(&key, p->ctx, p->store, alias))
		return -ENOENT;
	ret = use(p, key);
	km_key_close(key);
	return ret;
}

static inline char *path_of(const struct place *p, const char *name)
{
	static char path[400];

	snprintf(path, sizeof(path), "%s/%s", p->top, name);
	return path;
}

static inline bool write_file(const struct place *p, const char *name, const void *data, size_t len)
{
	int fd = open(path_of(p, name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	bool ok = fd >= 0 && write(fd, data, len) == (ssize_t)len;

	close(fd);
	return ok;
}

/** struct found - the answer of a check: of one file, of all, and how many */
struct found {
	const char *name;
	u32 found, mended, all, still;
	int files;
	char moved[300];
};

static inline int note(void *arg, const struct km_store_entry *entry)
{
	struct found *f = arg;

	f->files++;
	f->all |= entry->found;
	f->still |= entry->found & ~entry->mended;
	if (f->name && !strcmp(entry->name, f->name)) {
		f->found = entry->found;
		f->mended = entry->mended;
		strcpy(f->moved, entry->moved ? entry->moved : "");
	}
	return 0;
}

static inline struct found look(struct place *p, const char *name, bool ask, unsigned int flags)
{
	struct found f = { .name = name };
	struct km_check check = {
		.ctx = ask ? p->ctx : NULL, .flags = flags, .each = note, .arg = &f,
	};

	if (km_store_check(p->store, &check))
		f.all = ~0U;
	return f;
}

static bool world_init(void)
{
	world = mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		     -1, 0);
	return world != MAP_FAILED;
}

#endif /* STORE_WORLD_H */
