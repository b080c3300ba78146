// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands on the root key: make, load, rotate, forget the one before. For root only.
 * Inside the outermost layer: dispatched by dev.c, carried out by root.c.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include "dev_call.h"
#include "root.h"
#include "root_tpm.h"
#include "state.h"

/**
 * struct source - what the caller says of a root key, copied in
 * @req: for root.c
 * @key: its bytes
 * @record: of the one before
 */
struct source {
	struct km_root_request req;
	struct km_bytes key;
	struct km_bytes record;
};

static int get_key(struct source *s, u64 key, u32 len)
{
	int ret;

	if (!len && key)
		return -EINVAL;
	ret = km_bytes_get(&s->key, key, len, KM_SEALED_ROOT_MAX);
	s->req.key = s->key.data;
	s->req.key_len = s->key.len;
	return ret;
}

static void put_source(struct source *s)
{
	km_bytes_put(&s->key);
	km_bytes_put(&s->record);
}

/**
 * km_do_load_root_key() - KM_IOC_LOAD_ROOT_KEY
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_load_root_key(struct km_call *call)
{
	struct km_load_root_key *a = &call->arg.root;
	struct source s = { .req = { .source = a->source, .serial = a->serial } };
	u8 wanted[KM_ROOT_CHECK_SIZE];
	int ret;

	memcpy(wanted, a->root_check, sizeof(wanted));
	memset(a->root_check, 0, sizeof(a->root_check));
	if (a->flags & KM_ROOT_CHECK_GIVEN)
		s.req.check = wanted;
	if (a->reserved || (!a->record_len && a->record))
		return -EINVAL;
	if (!km_call_is_admin(call))
		return -EPERM;
	ret = get_key(&s, a->key, a->key_len);
	if (!ret)
		ret = km_bytes_get(&s.record, a->record, a->record_len, KM_ROOT_RECORD_SIZE);
	if (!ret) {
		s.req.record = s.record.data;
		s.req.record_len = s.record.len;
		ret = km_root_load(&s.req, &call->error);
	}
	put_source(&s);
	if (!ret)
		km_root_check(KM_ROOT_NOW, a->root_check);
	return ret;
}

/**
 * km_do_create_root_key() - KM_IOC_CREATE_ROOT_KEY
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_create_root_key(struct km_call *call)
{
	struct km_create_root_key *a = &call->arg.create_root;
	struct km_root_new new = { .pcrs = a->pcrs };
	u32 room = a->sealed_len;
	int ret;

	a->sealed_len = 0;
	memset(a->root_check, 0, sizeof(a->root_check));
	if (!km_call_is_admin(call))
		return -EPERM;
	if (a->source != KM_ROOT_TPM || a->pcrs & ~KM_ROOT_PCRS)
		return -EINVAL;
	/* Before the TPM works for seconds. */
	if (room < KM_SEALED_ROOT_MAX) {
		a->sealed_len = KM_SEALED_ROOT_MAX;
		return -EMSGSIZE;
	}
	new.data = kmalloc(KM_SEALED_ROOT_MAX, GFP_KERNEL_ACCOUNT);
	if (!new.data)
		return -ENOMEM;
	ret = km_root_tpm_create(&new, &call->error);
	if (!ret)
		ret = km_bytes_out(a->sealed, &a->sealed_len, room, new.data, new.len);
	if (!ret)
		memcpy(a->root_check, new.check, sizeof(a->root_check));
	kfree(new.data);
	return ret;
}

static int prepare(struct km_call *call, const struct source *s)
{
	struct km_rotate_root_key *a = &call->arg.rotate;
	struct km_root_next next;
	u32 room = a->record_len;
	int ret;

	a->record_len = 0;
	ret = km_root_prepare(&s->req, &next, &call->error);
	if (ret)
		return ret;
	memcpy(a->root_check, next.check, sizeof(next.check));
	return km_bytes_out(a->record, &a->record_len, room, next.record, sizeof(next.record));
}

/**
 * km_do_rotate_root_key() - KM_IOC_ROTATE_ROOT_KEY
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_rotate_root_key(struct km_call *call)
{
	struct km_rotate_root_key *a = &call->arg.rotate;
	struct source s = { .req = { .source = a->source, .serial = a->serial } };
	int ret;

	if (a->reserved)
		return -EINVAL;
	if (!km_call_is_admin(call))
		return -EPERM;
	if (a->flags & KM_ROTATE_COMMIT) {
		if (a->source || a->serial || a->key || a->key_len || a->record || a->record_len)
			return -EINVAL;
		ret = km_report(call, km_root_commit(a->root_check));
		/* What is kept under the root key before can be opened, but need not be. */
		if (!ret)
			km_state_keep_later();
		return ret;
	}
	memset(a->root_check, 0, sizeof(a->root_check));
	ret = get_key(&s, a->key, a->key_len);
	if (!ret)
		ret = prepare(call, &s);
	else
		a->record_len = 0;
	put_source(&s);
	return ret;
}

/**
 * km_do_forget_root_key() - KM_IOC_FORGET_ROOT_KEY
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int km_do_forget_root_key(struct km_call *call)
{
	if (call->arg.forget_root.reserved)
		return -EINVAL;
	if (!km_call_is_admin(call))
		return -EPERM;
	return km_report(call, km_root_forget());
}
