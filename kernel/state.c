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
 */
#include <linux/kmod.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/umh.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include "gcm.h"
#include "root.h"
#include "state.h"

/* The sealed form: this byte, the nonce, the ciphertext, the tag. */
#define STATE_VERSION	1
#define HEAD		(1 + KM_GCM_NONCE)
#define SEALED(n)	(HEAD + (n) + KM_GCM_TAG)

/* Guards state. */
static DEFINE_MUTEX(lock);
static struct km_state state = { .users.max = KM_USERS_MAX, .change = 1 };

/* What to start, set once under the lock; kind is written last, with release. */
static u32 kind = KM_STATE_VOLATILE;
static char *helper_argv[3];

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

	if (run_helper()) {
		mutex_lock(&lock);
		spin_lock(&runs_lock);
		got = handed;
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
 * km_state_is_counted() - can nobody put an old state in the place of this one?
 *
 * Return: true if so: then what is deleted stays deleted.
 */
bool km_state_is_counted(void)
{
	return km_state_kind() == KM_STATE_COUNTED;
}

static int seal(struct km_sealed *s, size_t len)
{
	u8 root[KM_DERIVED_SIZE];
	const struct km_piece key = { root, sizeof(root) }, plain = { s->data + HEAD, len };
	int ret;

	if (!km_root_copy(KM_ROOT_NOW, KM_ROOT_KEY_STATE, root))
		return -ENOKEY;
	s->data[0] = STATE_VERSION;
	get_random_bytes(s->data + 1, KM_GCM_NONCE);
	ret = km_gcm_seal(&key, s->data + 1, &plain, s->data + HEAD, s->data + HEAD + len);
	memzero_explicit(root, sizeof(root));
	return ret;
}

/* A rotation may have been cut short before the state was written again. */
static int open_sealed(const u8 *p, const struct km_piece *cipher, u8 *plain)
{
	u8 root[KM_DERIVED_SIZE];
	const struct km_piece key = { root, sizeof(root) };
	enum km_root_turn turn;
	int ret = -EBADMSG;

	for (turn = KM_ROOT_NOW; ret && turn < KM_ROOT_TURNS; turn++)
		if (km_root_copy(turn, KM_ROOT_KEY_STATE, root))
			ret = km_gcm_open(&key, p + 1, cipher,
					  (const u8 *)cipher->data + cipher->len, plain);
	memzero_explicit(root, sizeof(root));
	return ret;
}

/**
 * km_state_get() - the state as it is now, sealed
 * @s: [out] the bytes; kvfree() them after success
 *
 * Return: 0 or a negative errno. Context: may sleep.
 */
int km_state_get(struct km_sealed *s)
{
	size_t len;
	int ret = mutex_lock_killable(&lock);

	if (ret)
		return ret;
	len = km_users_size(&state.users) + km_slots_size(&state.slots);
	s->len = SEALED(len);
	s->data = kvmalloc(s->len, GFP_KERNEL_ACCOUNT);
	if (s->data)
		km_slots_write(&state.slots, km_users_write(&state.users, s->data + HEAD));
	s->change = state.change;
	mutex_unlock(&lock);
	if (!s->data)
		return -ENOMEM;
	ret = seal(s, len);
	if (ret)
		kvfree_sensitive(s->data, s->len);
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
 * @state: it
 * @argv: what to start
 */
struct loading {
	struct km_state state;
	char *argv[2];
};

static int read_state(struct km_state *to, const u8 *plain, size_t len)
{
	struct km_piece left = { plain, len };
	int ret = km_users_read(&to->users, &left, ktime_to_ms(ktime_get_boottime()));

	if (!ret)
		ret = km_slots_read(&to->slots, &left);
	return ret || !left.len ? ret : -EINVAL;
}

static int unseal(struct km_state *to, const struct km_piece *sealed)
{
	const u8 *p = sealed->data;
	struct km_piece cipher;
	u8 *plain;
	int ret;

	if (sealed->len < SEALED(0) || p[0] != STATE_VERSION)
		return -EBADMSG;
	cipher = (struct km_piece){ p + HEAD, sealed->len - SEALED(0) };
	plain = kvmalloc(cipher.len + 1, GFP_KERNEL_ACCOUNT);
	if (!plain)
		return -ENOMEM;
	ret = open_sealed(p, &cipher, plain);
	if (!ret)
		ret = read_state(to, plain, cipher.len);
	kvfree_sensitive(plain, cipher.len + 1);
	/* Sealed here and senseless: as good as not sealed here. */
	return ret == -EINVAL ? -EBADMSG : ret;
}

/* Once, and before there is anything that it would replace. */
static int adopt(struct loading *l)
{
	const struct km_record *r;

	lockdep_assert_held(&lock);
	if (kind != KM_STATE_VOLATILE || state.slots.n)
		return -EEXIST;
	for (r = km_users_next(&state.users, NULL); r; r = km_users_next(&state.users, r))
		if (r->now.status != KM_USER_UNKNOWN || r->coming)
			return -EEXIST;
	km_users_free(&state.users);
	state.users = l->state.users;
	state.slots = l->state.slots;
	memset(&l->state, 0, sizeof(l->state));
	helper_argv[0] = l->argv[0];
	helper_argv[1] = l->argv[1];
	l->argv[0] = NULL;
	l->argv[1] = NULL;
	/* Pairs with the acquire in km_state_kind(). */
	smp_store_release(&kind, KM_STATE_KEPT);
	return 0;
}

static int fill(struct loading *l, const struct km_state_load *load)
{
	l->state.users.max = KM_USERS_MAX;
	l->argv[0] = kmemdup_nul(load->helper.data, load->helper.len, GFP_KERNEL);
	l->argv[1] = kmemdup_nul(load->path.data, load->path.len, GFP_KERNEL);
	if (!l->argv[0] || !l->argv[1])
		return -ENOMEM;
	return load->sealed.len ? unseal(&l->state, &load->sealed) : 0;
}

/**
 * km_state_load() - go on from a state, and keep it from now on; once
 * @load: the state, and who is to keep it
 * @kerr: [out] Keymaster code that goes with the errno
 *
 * Return: 0 or a negative errno; then nothing has changed. Context: may sleep.
 */
int km_state_load(const struct km_state_load *load, enum km_error *kerr)
{
	struct loading *l;
	int ret;

	l = kvzalloc(sizeof(*l), GFP_KERNEL_ACCOUNT);
	if (!l)
		return -ENOMEM;
	ret = fill(l, load);
	if (ret == -EBADMSG)
		*kerr = KM_ERROR_VERIFICATION_FAILED;
	if (!ret)
		ret = mutex_lock_killable(&lock);
	if (!ret) {
		ret = adopt(l);
		mutex_unlock(&lock);
	}
	kfree(l->argv[0]);
	kfree(l->argv[1]);
	km_users_free(&l->state.users);
	km_slots_free(&l->state.slots);
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
	kfree(helper_argv[0]);
	kfree(helper_argv[1]);
}
