// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Passwords of people: enrolled and verified after stretching, with the setting that the
 * kernel keeps. Over stretch.c and gatekeeper.c; kmctl and pam_keymaster call it.
 */
#include <errno.h>

#include "lib_private.h"

/**
 * struct proof - what goes to the kernel instead of a password
 * @bytes: the stretched password, or, of a user without a setting, the password itself
 * @stretched: where it lies; wiped by drop()
 */
struct proof {
	struct km_bytes bytes;
	unsigned char stretched[KM_STRETCHED_SIZE];
};

static void drop(struct proof *proof)
{
	explicit_bzero(proof, sizeof(*proof));
}

static int stretch(struct proof *proof, const struct km_setting *setting,
		   const struct km_bytes *password)
{
	int ret = km_stretch(setting, password, proof->stretched);

	proof->bytes = (struct km_bytes){ proof->stretched, sizeof(proof->stretched) };
	return ret;
}

/* By the setting of the user: -EBADMSG for one that this library did not write. */
static int prove(struct proof *proof, const struct km_user *user,
		 const struct km_bytes *password)
{
	struct km_setting setting;
	int ret;

	/* Whoever enrolled without one has not stretched. */
	if (!user->setting_len) {
		proof->bytes = *password;
		return password->len > KM_PASSWORD_MAX ? -EINVAL : 0;
	}
	if (strlen(user->setting) != user->setting_len)
		return -EBADMSG;
	ret = km_setting_read(user->setting, &setting);
	return ret ? ret : stretch(proof, &setting, password);
}

/* The empty password is none, however long it gets by stretching. */
static int check(const struct km_password_request *request)
{
	if (!request->password.len || request->password.len > KM_PASSWORD_MAX)
		return -EINVAL;
	return request->old_password.len > KM_PASSWORD_MAX ? -EINVAL : 0;
}

/* The current password, where there is one to prove: else nothing. */
static int prove_old(struct km_ctx *ctx, const struct km_password_request *request,
		     struct proof *proof)
{
	struct km_user user;
	int ret;

	if (!request->old_password.len)
		return 0;
	ret = km_gatekeeper_get_user(ctx, request->uid, &user);
	return ret ? ret : prove(proof, &user, &request->old_password);
}

LIBEXPORT int km_password_enroll(struct km_ctx *ctx, struct km_password_request *request)
{
	struct km_enroll_request enroll = { .uid = request->uid };
	struct proof old = { .bytes.len = 0 }, new = { .bytes.len = 0 };
	char text[KM_SETTING_MAX + 1];
	struct km_setting setting;
	int ret;

	request->sid = 0;
	request->timeout_ms = 0;
	km_ctx_set_error(ctx, KM_ERROR_OK);
	ret = check(request);
	if (!ret)
		ret = prove_old(ctx, request, &old);
	if (!ret)
		ret = km_setting_new(&setting);
	if (!ret)
		ret = stretch(&new, &setting, &request->password);
	if (!ret) {
		enroll.old_password = old.bytes;
		enroll.password = new.bytes;
		enroll.setting = (struct km_bytes){
			text, (size_t)km_setting_write(&setting, text),
		};
		ret = km_gatekeeper_enroll(ctx, &enroll);
		request->sid = enroll.sid;
		request->timeout_ms = enroll.timeout_ms;
	}
	drop(&old);
	drop(&new);
	return ret;
}

LIBEXPORT int km_password_verify(struct km_ctx *ctx, struct km_password_request *request)
{
	struct km_verify_request verify = {
		.uid = request->uid, .challenge = request->challenge, .token = request->token,
	};
	struct proof proof = { .bytes.len = 0 };
	struct km_user user;
	int ret;

	request->sid = 0;
	request->timeout_ms = 0;
	km_ctx_set_error(ctx, KM_ERROR_OK);
	ret = check(request);
	if (!ret)
		ret = km_gatekeeper_get_user(ctx, request->uid, &user);
	if (!ret)
		ret = prove(&proof, &user, &request->password);
	if (!ret) {
		verify.password = proof.bytes;
		ret = km_gatekeeper_verify(ctx, &verify);
		request->timeout_ms = verify.timeout_ms;
	}
	if (!ret)
		request->sid = user.sid;
	drop(&proof);
	return ret;
}
