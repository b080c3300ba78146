// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands on tokens and what they are for: locks, boot level, confirmation, authenticators.
 * Inside the outermost layer: dispatched by dev.c, carried out by token.c and confirm.c.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/slab.h>
#include "confirm.h"
#include "dev_call.h"
#include "gatekeeper.h"
#include "root.h"
#include "shared_hmac.h"
#include "token.h"
#include "version.h"

/* What no user can have: user ids end one below. */
#define NO_UID	((u32)-1)

/* Reads a token that the caller gives; its length has been checked. */
static int token_get(struct km_call *call, u64 from, struct km_token *t)
{
	struct km_bytes bytes;
	int ret = km_bytes_get(&bytes, from, KM_AUTH_TOKEN_SIZE, KM_AUTH_TOKEN_SIZE);

	if (!ret && !km_token_read(bytes.data, bytes.len, t))
		ret = km_report(call, KM_ERROR_KEY_USER_NOT_AUTHENTICATED);
	km_bytes_put(&bytes);
	return ret;
}

/**
 * km_do_add_auth_token() - KM_IOC_ADD_AUTH_TOKEN
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_add_auth_token(struct km_call *call)
{
	const struct km_add_auth_token *a = &call->arg.add_auth_token;
	struct km_token t;
	int ret;

	if (a->reserved || a->uid == NO_UID)
		return -EINVAL;
	if (!km_call_is_admin(call))
		return -EPERM;
	if (a->token_len != KM_AUTH_TOKEN_SIZE)
		return km_report(call, KM_ERROR_INVALID_ARGUMENT);
	ret = token_get(call, a->token, &t);
	return ret ? ret : km_report(call, km_token_keep(a->uid, &t));
}

/**
 * km_do_device_locked() - KM_IOC_DEVICE_LOCKED
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_device_locked(struct km_call *call)
{
	const struct km_device_locked *a = &call->arg.device_locked;
	bool all = a->flags & KM_LOCK_ALL_USERS;

	if (a->reserved || a->password_only > 1 || a->uid == NO_UID || (all && a->uid))
		return -EINVAL;
	if (all ? !km_call_is_admin(call) : !km_call_may_act_on(call, a->uid))
		return -EPERM;
	if (!all)
		return km_report(call, km_token_lock(a->uid, a->password_only));
	km_token_lock_all(a->password_only);
	return 0;
}

/**
 * km_do_set_boot_level() - KM_IOC_SET_BOOT_LEVEL
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_set_boot_level(struct km_call *call)
{
	if (!km_call_is_admin(call))
		return -EPERM;
	return km_report(call, km_boot_level_raise(call->arg.set_boot_level.level));
}

/**
 * km_do_confirm() - KM_IOC_CONFIRM
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_confirm(struct km_call *call)
{
	struct km_confirm *a = &call->arg.confirm;
	struct km_bytes message;
	int ret;

	memset(a->token, 0, sizeof(a->token));
	if (!km_call_is_admin(call))
		return -EPERM;
	ret = km_bytes_get(&message, a->message, a->message_len, KM_CONFIRMATION_MAX);
	if (!ret)
		km_confirm_token(message.data, message.len, a->token);
	km_bytes_put(&message);
	return ret;
}

/* authorization.md section 7: a label, then what the structure has, in network order. */
static void sign_timestamp(struct km_verify_authorization *a)
{
	static const u8 label[17] = { "Auth Verification" };
	u8 challenge[8], timestamp[8], level[4];
	const struct km_piece pieces[] = {
		{ label, sizeof(label) }, { challenge, sizeof(challenge) },
		{ timestamp, sizeof(timestamp) }, { level, sizeof(level) },
	};

	put_unaligned_be64(a->challenge, challenge);
	put_unaligned_be64(a->timestamp, timestamp);
	put_unaligned_be32(a->security_level, level);
	km_token_mac(pieces, ARRAY_SIZE(pieces), a->mac);
}

/**
 * km_do_verify_authorization() - KM_IOC_VERIFY_AUTHORIZATION
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_verify_authorization(struct km_call *call)
{
	struct km_verify_authorization *a = &call->arg.verify_authorization;
	struct km_token t;
	int ret = 0;

	a->timestamp = 0;
	a->security_level = 0;
	memset(a->mac, 0, sizeof(a->mac));
	if (a->reserved || (a->token_len && a->token_len != KM_AUTH_TOKEN_SIZE))
		return -EINVAL;
	if (a->token_len)
		ret = token_get(call, a->token, &t);
	if (ret)
		return ret;
	a->timestamp = km_token_now();
	a->security_level = KM_SECURITY_LEVEL_TRUSTED_ENVIRONMENT;
	sign_timestamp(a);
	return 0;
}

/**
 * km_do_get_hmac_sharing() - KM_IOC_GET_HMAC_SHARING_PARAMETERS
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_get_hmac_sharing(struct km_call *call)
{
	struct km_get_hmac_sharing *a = &call->arg.get_hmac_sharing;

	memset(&a->party, 0, sizeof(a->party));
	if (a->reserved)
		return -EINVAL;
	if (!km_call_is_admin(call))
		return -EPERM;
	km_token_party(&a->party);
	return 0;
}

static int share_with(struct km_call *call, struct km_hmac_party *parties)
{
	struct km_compute_shared_hmac *a = &call->arg.compute_shared_hmac;
	u8 secret[KM_DERIVED_SIZE];
	struct km_hmac_party own;
	struct km_shared_hmac s = {
		.secret = secret, .own = &own, .parties = parties, .count = a->count,
	};
	enum km_error err;

	if (!km_root_copy(KM_ROOT_NOW, KM_ROOT_KEY_SHARED_HMAC, secret))
		return km_report(call, KM_ERROR_KEYMASTER_NOT_CONFIGURED);
	km_token_party(&own);
	err = km_shared_hmac(&s);
	if (!err) {
		km_token_share(s.key);
		memcpy(a->check, s.check, sizeof(a->check));
	}
	memzero_explicit(&s, sizeof(s));
	memzero_explicit(secret, sizeof(secret));
	return km_report(call, err);
}

/**
 * km_do_compute_shared_hmac() - KM_IOC_COMPUTE_SHARED_HMAC
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_compute_shared_hmac(struct km_call *call)
{
	struct km_compute_shared_hmac *a = &call->arg.compute_shared_hmac;
	const u32 size = sizeof(struct km_hmac_party);
	struct km_bytes parties;
	int ret;

	memset(a->check, 0, sizeof(a->check));
	if (!km_call_is_admin(call))
		return -EPERM;
	if (!km_root_source())
		return km_report(call, KM_ERROR_KEYMASTER_NOT_CONFIGURED);
	if (!a->count || a->count > KM_HMAC_PARTIES_MAX)
		return km_report(call, KM_ERROR_INVALID_ARGUMENT);
	ret = km_bytes_get(&parties, a->parties, a->count * size, KM_HMAC_PARTIES_MAX * size);
	if (!ret)
		ret = share_with(call, (struct km_hmac_party *)parties.data);
	km_bytes_put(&parties);
	return ret;
}

/**
 * struct authenticator - the file descriptor of one that recognises users
 * @type: KM_AUTH_TYPE_*, one bit that is not PASSWORD
 * @id: its secure id
 */
struct authenticator {
	u32 type;
	u64 id;
};

/*
 * Whoever holds the descriptor may: it is the privilege, and was given by somebody who had
 * it. What is minted is of this type and id for ever, so that it never passes for a password.
 */
static int do_mint(struct km_call *call)
{
	const struct authenticator *auth = call->file->private_data;
	struct km_mint_auth_token *a = &call->arg.mint_auth_token;
	struct km_token t = {
		.challenge = a->challenge, .authenticator_id = auth->id, .type = auth->type,
		.timestamp_ms = km_token_now(),
	};
	u32 room = a->token_len;
	u8 wire[KM_AUTH_TOKEN_SIZE];
	int ret;

	a->token_len = room ? sizeof(wire) : 0;
	/* Before anything is minted: so the same call can be made again. */
	if (a->token_len > room)
		return -EMSGSIZE;
	if (a->reserved)
		return -EINVAL;
	if (!km_gatekeeper_sid(a->uid, &t.user_id))
		return km_report(call, KM_ERROR_GATEKEEPER_INVALID);
	ret = km_report(call, km_token_keep(a->uid, &t));
	if (ret || !room)
		return ret;
	km_token_mint(&t, wire);
	ret = km_bytes_out(a->token, &a->token_len, room, wire, sizeof(wire));
	memzero_explicit(wire, sizeof(wire));
	return ret;
}

static const struct km_command auth_commands[] = {
	KM_COMMAND(KM_IOC_MINT_AUTH_TOKEN, km_mint_auth_token, reserved, do_mint),
};

static long auth_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return km_dispatch(auth_commands, ARRAY_SIZE(auth_commands), file, cmd, arg);
}

static int auth_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

static const struct file_operations auth_fops = {
	.owner = THIS_MODULE,
	.release = auth_release,
	.unlocked_ioctl = auth_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

/* As an operation gets its file: installed when nothing can fail any more. */
static int auth_file_make(struct km_call *call, struct authenticator *auth)
{
	int fd = get_unused_fd_flags(O_CLOEXEC), ret;

	if (fd < 0)
		return fd;
	call->new_file = anon_inode_getfile("[keymaster-auth]", &auth_fops, auth, O_RDWR);
	if (IS_ERR(call->new_file)) {
		ret = PTR_ERR(call->new_file);
		call->new_file = NULL;
		put_unused_fd(fd);
		return ret;
	}
	call->new_fd = fd;
	return 0;
}

/**
 * km_do_open_authenticator() - KM_IOC_OPEN_AUTHENTICATOR
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_open_authenticator(struct km_call *call)
{
	struct km_open_authenticator *a = &call->arg.open_authenticator;
	struct authenticator *auth;
	int ret;

	a->fd = -1;
	if (a->reserved)
		return -EINVAL;
	if (!km_call_is_admin(call))
		return -EPERM;
	if (!is_power_of_2(a->type) || a->type == KM_AUTH_TYPE_PASSWORD)
		return km_report(call, KM_ERROR_INVALID_ARGUMENT);
	auth = kmalloc(sizeof(*auth), GFP_KERNEL_ACCOUNT);
	if (!auth)
		return -ENOMEM;
	auth->type = a->type;
	auth->id = a->id;
	while (!auth->id)
		auth->id = get_random_u64();
	ret = auth_file_make(call, auth);
	if (ret) {
		kfree(auth);
		return ret;
	}
	a->id = auth->id;
	a->fd = call->new_fd;
	return 0;
}
