// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is to outlive the boot: sealed here, kept in a file by a program that is started here.
 * gatekeeper.c and count.c change it under the lock, and wait until it is kept.
 *
 * The promise: whatever makes a password or a key less usable is in the file before it
 * takes effect. Who makes such a change notes its number and, without the lock, waits in
 * km_state_keep() for it. The program runs from a work item, one at a time, so that no
 * older state can overwrite a newer one; changes that are made meanwhile share the next
 * run. Whoever waits can be killed: the program goes on, and so does the change.
 *
 * The lock is never held while the program runs, which itself comes for the state.
 *
 * A counted state is one whose last version the TPM knows, see chain.c. Then a run seals the
 * state once, before it starts the program, and all who come get the same bytes; when the
 * program has ended, the TPM makes its step, and only then is kept what is in them.
 */
#include <linux/kmod.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/umh.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include "chain.h"
#include "state_form.h"

/* Guards state. */
static DEFINE_MUTEX(lock);
static struct km_state state = { .users.max = KM_USERS_MAX, .change = 1 };

/* What to start, set once under the lock; kind is written last, with release. */
static u32 kind = KM_STATE_VOLATILE;
static char *helper_argv[3];

/*
 * Of a counted state: the last one, and the one that a run would make the last; without
 * bytes where there is none. Under the lock.
 */
static struct km_sealed last;
static struct km_sealed coming;

/* Guards what follows: how far the program has come. */
static DEFINE_SPINLOCK(runs_lock);
static u64 runs_begun;
static u64 runs_ended;
static u64 kept;	/* number of the last change that is in the file for certain */
static u64 handed;	/* the first change that was handed out since the run began, or 0 */

static DECLARE_WAIT_QUEUE_HEAD(run_ended);
static struct workqueue_struct *queue;

/**
 * km_state_lock() - begin to look at the state, or to change it
 *
 * Return: the state. Context: may sleep, for a short time.
 */
struct km_state *km_state_lock(void)
{
	mutex_lock(&lock);
	return &state;
}

/**
 * km_state_lock_killable() - the same, for who has not begun anything yet
 *
 * Return: the state, NULL if the caller was killed. Context: may sleep.
 */
struct km_state *km_state_lock_killable(void)
{
	return mutex_lock_killable(&lock) ? NULL : &state;
}

/**
 * km_state_unlock() - end of it
 */
void km_state_unlock(void)
{
	mutex_unlock(&lock);
}

/* What the program is told of its surroundings: nothing of ours. */
static char *helper_env[] = { "HOME=/", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };

static bool run_helper(void)
{
	/* Killable, which a work item is not: so that nobody complains of a long wait. */
	return !call_usermodehelper(helper_argv[0], helper_argv, helper_env,
				    UMH_WAIT_PROC | UMH_KILLABLE);
}

/* The state as it is now, not sealed yet, with its place in the chain or NULL. */
static int collect(struct km_sealed *s, const struct km_link *place)
{
	lockdep_assert_held(&lock);
	return km_state_write(&state, place, s);
}

static void drop(struct km_sealed *s)
{
	kvfree_sensitive(s->data, s->len);
	*s = (struct km_sealed){};
}

static bool begin_counted(struct km_link *place)
{
	struct km_sealed s;
	int ret;

	if (km_chain_next(place))
		return false;
	mutex_lock(&lock);
	ret = collect(&s, place);
	mutex_unlock(&lock);
	if (ret || km_state_seal(&s))
		return false;
	mutex_lock(&lock);
	coming = s;
	mutex_unlock(&lock);
	return true;
}

static bool end_counted(const struct km_link *place, bool taken)
{
	bool is_last = taken && km_chain_take(place);

	mutex_lock(&lock);
	if (is_last) {
		drop(&last);
		last = coming;
		/* Who takes it from now on takes nothing new. */
		last.change = 0;
		coming = (struct km_sealed){};
	} else {
		drop(&coming);
	}
	mutex_unlock(&lock);
	return is_last;
}

/* The first change that is in the file now, 0: the run has failed. */
static u64 run_once(void)
{
	bool counted = km_state_is_counted(), good;
	struct km_link place;
	u64 got;

	if (counted && !begin_counted(&place))
		return 0;
	good = run_helper();
	spin_lock(&runs_lock);
	got = good ? handed : 0;
	spin_unlock(&runs_lock);
	if (counted && !end_counted(&place, got))
		got = 0;
	return got;
}

/*
 * A program that says that all is well and never came for the state has kept nothing.
 * The first state that was handed out counts: who else takes one takes a newer one.
 */
static void run(struct work_struct *work)
{
	u64 got;

	spin_lock(&runs_lock);
	runs_begun++;
	handed = 0;
	spin_unlock(&runs_lock);

	got = run_once();
	if (got) {
		mutex_lock(&lock);
		spin_lock(&runs_lock);
		kept = max(kept, got);
		spin_unlock(&runs_lock);
		km_users_filed(&state.users, got);
		mutex_unlock(&lock);
	}

	spin_lock(&runs_lock);
	runs_ended = runs_begun;
	spin_unlock(&runs_lock);
	wake_up_all(&run_ended);
}

static DECLARE_WORK(work, run);

/* Is a change kept, or the run over that would have kept it? */
static bool is_decided(u64 change, u64 run_needed, bool *is_kept)
{
	bool decided;

	spin_lock(&runs_lock);
	*is_kept = kept >= change;
	decided = *is_kept || runs_ended >= run_needed;
	spin_unlock(&runs_lock);
	return decided;
}

/**
 * km_state_keep() - wait until a change is in the file
 * @change: its number; the lock is not held
 *
 * Return: false if it could not be kept, or the caller was killed: it may be in the
 * file then or not. Always true while there is no file. Context: may sleep.
 */
bool km_state_keep(u64 change)
{
	bool is_kept;
	u64 needed;

	if (km_state_kind() == KM_STATE_VOLATILE)
		return true;
	/* A run that has begun may have taken the state before the change. */
	spin_lock(&runs_lock);
	needed = runs_begun + 1;
	spin_unlock(&runs_lock);
	if (is_decided(change, needed, &is_kept))
		return true;
	queue_work(queue, &work);
	if (wait_event_killable(run_ended, is_decided(change, needed, &is_kept)))
		return false;
	return is_kept;
}

/**
 * km_state_keep_later() - have the file brought up to date some time
 *
 * For what makes nothing less usable: if it is lost, the file is stricter than it need be.
 */
void km_state_keep_later(void)
{
	if (km_state_kind() != KM_STATE_VOLATILE)
		queue_work(queue, &work);
}

/**
 * km_state_kind() - is there a file?
 *
 * Return: KM_STATE_*.
 */
u32 km_state_kind(void)
{
	/* Pairs with the release in km_state_load(): who sees it sees what to start. */
	return smp_load_acquire(&kind);
}

/**
 * km_state_is_counted() - is an old file told from the last one?
 *
 * Return: true if so, by the TPM.
 */
bool km_state_is_counted(void)
{
	return km_state_kind() == KM_STATE_COUNTED;
}

/* Not a new one: what is not the last state, nor will be, is refused after the boot. */
static int copy_counted(struct km_sealed *s)
{
	const struct km_sealed *from = coming.data ? &coming : &last;

	lockdep_assert_held(&lock);
	if (!from->data)
		return -ENODATA;
	*s = *from;
	s->data = kvmalloc(s->len, GFP_KERNEL_ACCOUNT);
	if (!s->data)
		return -ENOMEM;
	memcpy(s->data, from->data, s->len);
	return 0;
}

/**
 * km_state_get() - the state as it is now, sealed; of a counted one, as it was at the last run
 * @s: [out] the bytes; kvfree() them after success
 *
 * Return: 0 or a negative errno; -ENODATA for a counted one that was never sealed.
 * Context: may sleep.
 */
int km_state_get(struct km_sealed *s)
{
	bool counted = km_state_is_counted();
	int ret = mutex_lock_killable(&lock);

	if (ret)
		return ret;
	ret = counted ? copy_counted(s) : collect(s, NULL);
	mutex_unlock(&lock);
	if (!ret && !counted)
		ret = km_state_seal(s);
	return ret;
}

/**
 * km_state_handed() - somebody has got a state
 * @s: the state
 */
void km_state_handed(const struct km_sealed *s)
{
	spin_lock(&runs_lock);
	if (!handed)
		handed = s->change;
	spin_unlock(&runs_lock);
}

/**
 * struct loading - a state on its way in
 * @opened: it
 * @argv: what to start
 * @flags: KM_STATE_*, as in struct km_load_state
 * @sealed: its bytes, if it is a counted one
 */
struct loading {
	struct km_opened opened;
	char *argv[2];
	u32 flags;
	struct km_sealed sealed;
};

/* Once, and before there is anything that it would replace. */
static int check_fresh(void)
{
	const struct km_record *r;

	lockdep_assert_held(&lock);
	if (kind != KM_STATE_VOLATILE || state.slots.n ||
	    !km_provision_is_empty(&state.provision))
		return -EEXIST;
	for (r = km_users_next(&state.users, NULL); r; r = km_users_next(&state.users, r))
		if (r->now.status != KM_USER_UNKNOWN || r->coming)
			return -EEXIST;
	return 0;
}

/*
 * Whoever may say that a state is the last may be wrong, and whoever can change the disk can
 * say it in root's name at the next boot. So what must not come back does not: slots, but
 * for those of a state that nobody has counted before.
 */
static int begin_anew(struct loading *l)
{
	if (l->opened.counted || km_chain_check_none())
		km_slots_drop_all(&l->opened.state.slots);
	return km_chain_begin();
}

/* Is it the last state, as far as can be known? */
static int check_place(struct loading *l)
{
	if (!(l->flags & KM_STATE_COUNTER))
		return l->opened.counted ? -ESTALE : 0;
	if (l->flags & KM_STATE_NEW)
		return begin_anew(l);
	if (l->opened.counted)
		return km_chain_resume(&l->opened.place);
	/* A state that is not counted may be as old as one likes. */
	return l->sealed.len ? -ESTALE : km_chain_check_none() ?: km_chain_begin();
}

static void adopt(struct loading *l)
{
	lockdep_assert_held(&lock);
	km_users_free(&state.users);
	state.users = l->opened.state.users;
	state.slots = l->opened.state.slots;
	state.provision = l->opened.state.provision;
	memset(&l->opened.state, 0, sizeof(l->opened.state));
	helper_argv[0] = l->argv[0];
	helper_argv[1] = l->argv[1];
	l->argv[0] = NULL;
	l->argv[1] = NULL;
	if (l->flags & KM_STATE_COUNTER) {
		last = l->sealed;
		l->sealed = (struct km_sealed){};
	}
	/* Pairs with the acquire in km_state_kind(). */
	smp_store_release(&kind, l->flags & KM_STATE_COUNTER ? KM_STATE_COUNTED : KM_STATE_KEPT);
}

static int fill(struct loading *l, const struct km_state_load *load)
{
	l->flags = load->flags;
	l->opened.state.users.max = KM_USERS_MAX;
	l->argv[0] = kmemdup_nul(load->helper.data, load->helper.len, GFP_KERNEL);
	l->argv[1] = kmemdup_nul(load->path.data, load->path.len, GFP_KERNEL);
	if (!l->argv[0] || !l->argv[1])
		return -ENOMEM;
	if (!load->sealed.len)
		return 0;
	l->sealed.data = kvmalloc(load->sealed.len, GFP_KERNEL_ACCOUNT);
	if (!l->sealed.data)
		return -ENOMEM;
	l->sealed.len = load->sealed.len;
	memcpy(l->sealed.data, load->sealed.data, load->sealed.len);
	return km_state_unseal(&load->sealed, &l->opened);
}

static int go_on(struct loading *l)
{
	int ret = mutex_lock_killable(&lock);

	if (ret)
		return ret;
	ret = check_fresh();
	if (!ret)
		ret = check_place(l);
	if (!ret)
		adopt(l);
	mutex_unlock(&lock);
	return ret;
}

/*
 * The first of a chain is to be in the file at once: the TPM has begun to count, and without
 * a file that it knows the next boot would be refused.
 */
static bool keep_first(void)
{
	u64 change;

	mutex_lock(&lock);
	change = ++state.change;
	mutex_unlock(&lock);
	return km_state_keep(change);
}

static enum km_error error_of(int ret)
{
	switch (ret) {
	case -EBADMSG:
		return KM_ERROR_VERIFICATION_FAILED;
	case -EIO:
		return KM_ERROR_SECURE_HW_COMMUNICATION_FAILED;
	case -EACCES:
		return KM_ERROR_SECURE_HW_ACCESS_DENIED;
	default:
		return KM_ERROR_OK;
	}
}

/**
 * km_state_load() - go on from a state, and keep it from now on; once
 * @load: the state, and who is to keep it
 * @kerr: [out] Keymaster code that goes with the errno
 *
 * Return: 0 or a negative errno. After one but -EIO of a counted state nothing has changed,
 * though the TPM may have begun to count. Context: may sleep.
 */
int km_state_load(const struct km_state_load *load, enum km_error *kerr)
{
	struct loading *l;
	bool begins;
	int ret;

	l = kvzalloc(sizeof(*l), GFP_KERNEL_ACCOUNT);
	if (!l)
		return -ENOMEM;
	ret = fill(l, load);
	if (!ret)
		ret = go_on(l);
	begins = l->flags & KM_STATE_NEW || !load->sealed.len;
	if (!ret && l->flags & KM_STATE_COUNTER && begins && !keep_first())
		ret = -EIO;
	*kerr = error_of(ret);
	kfree(l->argv[0]);
	kfree(l->argv[1]);
	km_users_free(&l->opened.state.users);
	km_slots_free(&l->opened.state.slots);
	km_provision_free(&l->opened.state.provision);
	drop(&l->sealed);
	kvfree(l);
	return ret;
}

/**
 * km_state_init() - at module init
 *
 * Return: 0 or a negative errno.
 */
int km_state_init(void)
{
	queue = alloc_workqueue("keymaster", WQ_UNBOUND, 1);
	return queue ? 0 : -ENOMEM;
}

/**
 * km_state_exit() - forget everything, at module exit; nobody uses it any more
 */
void km_state_exit(void)
{
	destroy_workqueue(queue);
	km_users_free(&state.users);
	km_slots_free(&state.slots);
	km_provision_free(&state.provision);
	drop(&last);
	drop(&coming);
	kfree(helper_argv[0]);
	kfree(helper_argv[1]);
}
