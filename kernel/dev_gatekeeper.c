// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands on users and their passwords, and on the state that outlives the boot.
 * Inside the outermost layer: dispatched by dev.c, carried out by gatekeeper.c and state.c.
 *
 * Passwords are copied into buffers that are wiped, and go nowhere else.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/user_namespace.h>
#include "dev_call.h"
#include "gatekeeper.h"
#include "quota.h"
#include "root.h"
#include "state.h"

/**
 * km_call_may_act_on() - may a call act on a user?
 * @call: the call
 * @uid: the user
 *
 * Users are those of the initial user namespace: elsewhere somebody may be any uid, and
 * nobody's password is his business.
 *
 * Return: true if so.
 */
bool km_call_may_act_on(const struct km_call *call, u32 uid)
{
	if (call->file->f_cred->user_ns != &init_user_ns || current_user_ns() != &init_user_ns)
		return false;
	return uid_eq(km_user_uid(km_call_user(call)), KUIDT_INIT(uid)) || km_call_is_admin(call);
}

/* A handle of another length is no handle: the same answer as for a wrong one. */
static int handle_get(struct km_bytes *b, u64 from, u32 len, struct km_piece *handle)
{
	int ret = km_bytes_get(b, from, min_t(u32, len, KM_PASSWORD_HANDLE_SIZE),
			       KM_PASSWORD_HANDLE_SIZE);

	*handle = (struct km_piece){ b->data, len };
	return ret;
}

static int password_get(struct km_bytes *b, u64 from, u32 len, struct km_piece *password)
{
	int ret = km_bytes_get(b, from, len, KM_PASSWORD_MAX);

	*password = (struct km_piece){ b->data, b->len };
	return ret;
}

/* Room for an output that need not be wanted: found out before anything is counted. */
static int room_for(u32 *len, u32 need)
{
	u32 room = *len;

	*len = room && room < need ? need : 0;
	return *len ? -EMSGSIZE : 0;
}

static int optional_out(u64 to, u32 *len, u32 room, const void *data, size_t n)
{
	return room ? km_bytes_out(to, len, room, data, n) : 0;
}

static int verify(struct km_call *call, struct km_gk_attempt *attempt, u32 room)
{
	struct km_gatekeeper_verify *a = &call->arg.gatekeeper_verify;
	u8 token[KM_AUTH_TOKEN_SIZE];
	int ret;

	ret = km_report(call, km_gatekeeper_verify(attempt, a->challenge, token));
	a->timeout_ms = attempt->timeout_ms;
	a->reenroll = attempt->reenroll;
	if (!ret)
		ret = optional_out(a->token, &a->token_len, room, token, sizeof(token));
	memzero_explicit(token, sizeof(token));
	return ret;
}

/**
 * km_do_gatekeeper_verify() - KM_IOC_GATEKEEPER_VERIFY
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_gatekeeper_verify(struct km_call *call)
{
	struct km_gatekeeper_verify *a = &call->arg.gatekeeper_verify;
	struct km_gk_attempt attempt = { .uid = a->uid };
	u32 room = a->token_len;
	struct km_bytes handle, password;
	int ret;

	a->timeout_ms = 0;
	a->reenroll = 0;
	ret = room_for(&a->token_len, KM_AUTH_TOKEN_SIZE);
	if (ret)
		return ret;
	if (a->reserved || a->uid == (uid_t)-1)
		return -EINVAL;
	if (!km_call_may_act_on(call, a->uid))
		return -EPERM;
	ret = handle_get(&handle, a->handle, a->handle_len, &attempt.handle);
	if (ret)
		goto put_handle;
	ret = password_get(&password, a->password, a->password_len, &attempt.password);
	if (!ret)
		ret = verify(call, &attempt, room);
	km_bytes_put(&password);
put_handle:
	km_bytes_put(&handle);
	return ret;
}

static int enroll(struct km_call *call, struct km_gk_enroll *e, u32 room)
{
	struct km_gatekeeper_enroll *a = &call->arg.gatekeeper_enroll;
	enum km_error err = km_gatekeeper_enroll(e);

	a->timeout_ms = e->known.timeout_ms;
	a->sid = e->sid;
	/* To replace a password without knowing it is a matter of privilege. */
	if (err == KM_ERROR_SECURE_HW_ACCESS_DENIED)
		return -EPERM;
	if (err)
		return km_report(call, err);
	return optional_out(a->new_handle, &a->new_handle_len, room, e->handle, sizeof(e->handle));
}

/**
 * struct enroll_in - what an enrolment copies from the caller
 * @handle: the current password handle
 * @old: the current password
 * @password: the new one
 * @setting: bytes to keep with it
 */
struct enroll_in {
	struct km_bytes handle;
	struct km_bytes old;
	struct km_bytes password;
	struct km_bytes setting;
};

static int enroll_get(const struct km_gatekeeper_enroll *a, struct enroll_in *in,
		      struct km_gk_enroll *e)
{
	int ret = handle_get(&in->handle, a->handle, a->handle_len, &e->known.handle);

	if (!ret)
		ret = password_get(&in->old, a->old_password, a->old_password_len,
				   &e->known.password);
	if (!ret)
		ret = password_get(&in->password, a->password, a->password_len, &e->password);
	if (!ret)
		ret = km_bytes_get(&in->setting, a->setting, a->setting_len, KM_SETTING_MAX);
	if (!ret)
		e->setting = (struct km_piece){ in->setting.data, in->setting.len };
	return ret;
}

/**
 * km_do_gatekeeper_enroll() - KM_IOC_GATEKEEPER_ENROLL
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_gatekeeper_enroll(struct km_call *call)
{
	struct km_gatekeeper_enroll *a = &call->arg.gatekeeper_enroll;
	struct km_gk_enroll e = { .known.uid = a->uid, .admin = km_call_is_admin(call) };
	u32 room = a->new_handle_len;
	/* Lengths of 0, so that what was not copied can be put. */
	struct enroll_in in = {};
	int ret;

	a->timeout_ms = 0;
	a->sid = 0;
	ret = room_for(&a->new_handle_len, KM_PASSWORD_HANDLE_SIZE);
	if (ret)
		return ret;
	if (a->uid == (uid_t)-1)
		return -EINVAL;
	if (!km_call_may_act_on(call, a->uid))
		return -EPERM;
	ret = enroll_get(a, &in, &e);
	if (!ret)
		ret = enroll(call, &e, room);
	km_bytes_put(&in.setting);
	km_bytes_put(&in.password);
	km_bytes_put(&in.old);
	km_bytes_put(&in.handle);
	return ret;
}

/**
 * km_do_gatekeeper_delete_user() - KM_IOC_GATEKEEPER_DELETE_USER
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_gatekeeper_delete_user(struct km_call *call)
{
	const struct km_gatekeeper_delete_user *a = &call->arg.gatekeeper_delete_user;
	bool all = a->flags & KM_DELETE_ALL_USERS;

	if ((all && a->uid) || a->uid == (uid_t)-1)
		return -EINVAL;
	if (!km_call_is_admin(call))
		return -EPERM;
	return km_report(call, all ? km_gatekeeper_delete_all() : km_gatekeeper_delete(a->uid));
}

/* Both outputs or neither: who sizes his buffers asks once. */
static int user_out(struct km_gatekeeper_get_user *a, const struct km_gk_user *user,
		    u32 handle_room, u32 setting_room)
{
	int ret;

	if (handle_room)
		a->handle_len = sizeof(user->handle);
	if (setting_room)
		a->setting_len = user->setting_len;
	if (a->handle_len > handle_room || a->setting_len > setting_room)
		return -EMSGSIZE;
	ret = optional_out(a->handle, &a->handle_len, handle_room, user->handle,
			   sizeof(user->handle));
	if (!ret)
		ret = optional_out(a->setting, &a->setting_len, setting_room, user->setting,
				   user->setting_len);
	return ret;
}

/**
 * km_do_gatekeeper_get_user() - KM_IOC_GATEKEEPER_GET_USER
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_gatekeeper_get_user(struct km_call *call)
{
	struct km_gatekeeper_get_user *a = &call->arg.gatekeeper_get_user;
	u32 handle_room = a->handle_len, setting_room = a->setting_len;
	struct km_gk_user user;

	a->sid = 0;
	a->handle_len = 0;
	a->setting_len = 0;
	a->failures = 0;
	a->timeout_ms = 0;
	if (a->uid == (uid_t)-1)
		return -EINVAL;
	if (!km_call_may_act_on(call, a->uid))
		return -EPERM;
	if (!km_root_source())
		return km_report(call, KM_ERROR_KEYMASTER_NOT_CONFIGURED);
	if (!km_gatekeeper_get(a->uid, &user))
		return -ENOENT;
	a->sid = user.sid;
	a->failures = user.failures;
	a->timeout_ms = user.timeout_ms;
	return user_out(a, &user, handle_room, setting_room);
}

/* A path is text: what is behind a NUL would be lost without a word. */
static int text_get(struct km_bytes *b, u64 from, u32 len, struct km_piece *path)
{
	int ret = km_bytes_get(b, from, len, KM_HELPER_MAX);

	*path = (struct km_piece){ b->data, b->len };
	if (!ret && (!b->len || memchr(b->data, 0, b->len)))
		ret = -EINVAL;
	return ret;
}

/**
 * km_do_load_state() - KM_IOC_LOAD_STATE
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_load_state(struct km_call *call)
{
	const struct km_load_state *a = &call->arg.load_state;
	struct km_bytes sealed = {}, helper = {}, path = {};
	struct km_state_load load = { .flags = a->flags };
	int ret;

	if (!km_call_is_admin(call))
		return -EPERM;
	if (a->flags == KM_STATE_NEW)
		return -EINVAL;
	ret = text_get(&helper, a->helper, a->helper_len, &load.helper);
	if (!ret && helper.data[0] != '/')
		ret = -EINVAL;
	if (!ret)
		ret = text_get(&path, a->path, a->path_len, &load.path);
	if (!ret)
		ret = km_bytes_get(&sealed, a->state, a->state_len, KM_STATE_MAX);
	if (!ret && !km_root_source())
		ret = km_report(call, KM_ERROR_KEYMASTER_NOT_CONFIGURED);
	load.sealed = (struct km_piece){ sealed.data, sealed.len };
	if (!ret)
		ret = km_state_load(&load, &call->error);
	km_bytes_put(&sealed);
	km_bytes_put(&path);
	km_bytes_put(&helper);
	return ret;
}

/**
 * km_do_get_state() - KM_IOC_GET_STATE
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_get_state(struct km_call *call)
{
	struct km_get_state *a = &call->arg.get_state;
	u32 room = a->state_len;
	struct km_sealed sealed;
	int ret;

	a->state_len = 0;
	if (!km_call_is_admin(call))
		return -EPERM;
	if (!km_root_source())
		return km_report(call, KM_ERROR_KEYMASTER_NOT_CONFIGURED);
	ret = km_state_get(&sealed);
	if (ret)
		return ret;
	ret = km_bytes_out(a->state, &a->state_len, room, sealed.data, sealed.len);
	if (!ret)
		km_state_handed(&sealed);
	kvfree(sealed.data);
	return ret;
}
