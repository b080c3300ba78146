// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the threads of a context share, and its lock; the order in which its operations
 * were used, so that the oldest can make room. Below command.c and operation.c.
 */
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib_private.h"

/*
 * Held for a few instructions, or for one abort. Its word is the process that holds it:
 * a child of fork() finds the lock that another thread of its parent held, and takes it.
 */
void km_lock(struct km_shared *shared)
{
	uint32_t self = (uint32_t)getpid(), holder = 0;

	while (!atomic_compare_exchange_weak(&shared->holder, &holder, self)) {
		if (holder == self) {
			sched_yield();
			holder = 0;
		}
	}
	if (shared->pid == self)
		return;
	/* The operations are the parent's, and the list may be half changed. */
	shared->oldest = NULL;
	shared->newest = NULL;
	shared->pid = self;
}

void km_unlock(struct km_shared *shared)
{
	atomic_store(&shared->holder, 0);
}

static void unlink_use(struct km_shared *shared, struct km_use *use)
{
	if (!use->listed)
		return;
	*(use->older ? &use->older->newer : &shared->oldest) = use->newer;
	*(use->newer ? &use->newer->older : &shared->newest) = use->older;
	use->listed = false;
}

static void link_newest(struct km_shared *shared, struct km_use *use)
{
	use->older = shared->newest;
	use->newer = NULL;
	*(use->older ? &use->older->newer : &shared->oldest) = use;
	shared->newest = use;
	use->listed = true;
}

void km_use_add(struct km_ctx *ctx, struct km_use *use)
{
	struct km_shared *shared = km_ctx_shared(ctx);

	km_lock(shared);
	link_newest(shared, use);
	km_unlock(shared);
}

/* From here to km_use_leave() nobody takes it away. */
void km_use_enter(struct km_ctx *ctx, struct km_use *use)
{
	struct km_shared *shared = km_ctx_shared(ctx);

	km_lock(shared);
	use->busy++;
	if (use->listed) {
		unlink_use(shared, use);
		link_newest(shared, use);
	}
	km_unlock(shared);
}

void km_use_leave(struct km_ctx *ctx, struct km_use *use)
{
	struct km_shared *shared = km_ctx_shared(ctx);

	km_lock(shared);
	use->busy--;
	km_unlock(shared);
}

void km_use_keep(struct km_ctx *ctx, struct km_use *use, bool keep)
{
	struct km_shared *shared = km_ctx_shared(ctx);

	km_lock(shared);
	use->kept = keep;
	km_unlock(shared);
}

void km_use_remove(struct km_ctx *ctx, struct km_use *use)
{
	struct km_shared *shared = km_ctx_shared(ctx);

	km_lock(shared);
	unlink_use(shared, use);
	km_unlock(shared);
}

/* Aborts the operation that was not used for the longest time; false: there is none. */
bool km_use_prune(struct km_ctx *ctx)
{
	struct km_shared *shared = km_ctx_shared(ctx);
	struct km_abort arg = { .size = sizeof(arg) };
	struct km_use *use;

	km_lock(shared);
	for (use = shared->oldest; use && (use->busy || use->kept); use = use->newer)
		;
	if (use) {
		unlink_use(shared, use);
		/* Under the lock, so that its descriptor is not closed meanwhile. */
		ioctl(use->fd, KM_IOC_ABORT, &arg);
	}
	km_unlock(shared);
	return use;
}
