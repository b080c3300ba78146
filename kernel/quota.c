// SPDX-License-Identifier: GPL-2.0-only
/*
 * Per-user limits: how many operations a user may have open.
 * Called by dev.c and operation.c. A limit of one user never touches another;
 * bytes are charged to the memory cgroup instead, by GFP_KERNEL_ACCOUNT.
 */
#include <linux/hashtable.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "quota.h"

static unsigned int max_operations = 32;
module_param(max_operations, uint, 0444);
MODULE_PARM_DESC(max_operations, "Operations that one user may have open (default 32)");

/**
 * struct km_user - what one user has
 * @node: in users, under users_lock
 * @uid: the user
 * @refs: open files, operations; under users_lock
 * @ops: open operations; may be read without a lock
 */
struct km_user {
	struct hlist_node node;
	kuid_t uid;
	unsigned int refs;
	atomic_t ops;
};

/* Guards the table and the references of its members. */
static DEFINE_SPINLOCK(users_lock);
static DEFINE_HASHTABLE(users, 8);

static struct km_user *find(kuid_t uid)
{
	struct km_user *user;

	lockdep_assert_held(&users_lock);
	hash_for_each_possible(users, user, node, __kuid_val(uid))
		if (uid_eq(user->uid, uid))
			return user;
	return NULL;
}

/**
 * km_user_get() - the record of a user
 * @uid: the user
 *
 * Return: it, with a reference; NULL when memory is short. Context: may sleep.
 */
struct km_user *km_user_get(kuid_t uid)
{
	struct km_user *user, *fresh;

	fresh = kzalloc(sizeof(*fresh), GFP_KERNEL_ACCOUNT);
	if (!fresh)
		return NULL;
	fresh->uid = uid;
	spin_lock(&users_lock);
	user = find(uid);
	if (!user) {
		user = fresh;
		fresh = NULL;
		hash_add(users, &user->node, __kuid_val(uid));
	}
	user->refs++;
	spin_unlock(&users_lock);
	kfree(fresh);
	return user;
}

/**
 * km_user_put() - give a reference back
 * @user: the record
 */
void km_user_put(struct km_user *user)
{
	bool last;

	spin_lock(&users_lock);
	last = !--user->refs;
	if (last)
		hash_del(&user->node);
	spin_unlock(&users_lock);
	if (last)
		kfree(user);
}

/**
 * km_user_uid() - whose record is it?
 * @user: the record
 *
 * Return: the uid.
 */
kuid_t km_user_uid(const struct km_user *user)
{
	return user->uid;
}

/**
 * km_user_op_start() - one more operation, if the user may have it
 * @user: the record; a reference is taken for the operation
 *
 * Return: false at the limit.
 */
bool km_user_op_start(struct km_user *user)
{
	if (!atomic_add_unless(&user->ops, 1, max_operations))
		return false;
	spin_lock(&users_lock);
	user->refs++;
	spin_unlock(&users_lock);
	return true;
}

/**
 * km_user_op_end() - one operation less
 * @user: the record
 */
void km_user_op_end(struct km_user *user)
{
	atomic_dec(&user->ops);
	km_user_put(user);
}

/**
 * km_user_ops() - open operations of a user
 * @user: the record
 *
 * Return: how many.
 */
u32 km_user_ops(const struct km_user *user)
{
	return atomic_read(&user->ops);
}

/**
 * km_user_ops_max() - the limit
 *
 * Return: operations that one user may have open.
 */
u32 km_user_ops_max(void)
{
	return max_operations;
}
