// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/keymaster: the node, the command table, and the one way in and out.
 * Outermost layer, started by main.c; dev_key.c and dev_op.c do the commands.
 */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "compat.h"
#include "dev.h"
#include "dev_call.h"
#include "operation.h"
#include "quota.h"
#include "version.h"

/*
 * The argument in and out. Copies of constant size are checked at compile time,
 * others at run time, which is a third of the way into the kernel and back: so the
 * command that programs make for every message has its size as a constant.
 */
static int arg_in(union km_arg *arg, size_t known, const void __user *uarg, size_t size)
{
	if (known == sizeof(arg->operate) && size == sizeof(arg->operate))
		return copy_from_user(arg, uarg, sizeof(arg->operate)) ? -EFAULT : 0;
	return copy_struct_from_user(arg, known, uarg, size);
}

static int arg_out(void __user *uarg, const union km_arg *arg, size_t size)
{
	size_t left;

	if (size == sizeof(arg->operate))
		left = copy_to_user(uarg, arg, sizeof(arg->operate));
	else
		left = copy_to_user(uarg, arg, size);
	return left ? -EFAULT : 0;
}

/* Answers go back whatever happened; a file that nobody learnt of is closed. */
static int answer(struct km_call *call, void __user *uarg, size_t size, int ret)
{
	call->arg.header.error = call->error;
	/* ERESTARTSYS: the call will be made again, with its arguments as they were. */
	if (ret != -ERESTARTSYS && arg_out(uarg, &call->arg, size))
		ret = -EFAULT;
	/* Who does not learn how much was put out would go on at the wrong place. */
	if (ret && call->fed)
		km_op_abort(call->fed);
	if (!call->new_file)
		return ret;
	if (ret) {
		put_unused_fd(call->new_fd);
		fput(call->new_file);
	} else {
		fd_install(call->new_fd, call->new_file);
	}
	return ret;
}

/* Not zeroed: arg_in() fills in all of the argument, and the rest is done here. */
static int run_command(const struct km_command *c, struct file *file, void __user *uarg)
{
	struct km_call call __uninitialized;
	u32 size;
	int ret;

	if (get_user(size, (u32 __user *)uarg))
		return -EFAULT;
	if (size < c->min_size)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	ret = arg_in(&call.arg, c->size, uarg, size);
	if (ret)
		return ret;
	call.file = file;
	call.error = KM_ERROR_OK;
	call.new_file = NULL;
	call.fed = NULL;
	/* As it was when it was looked at, whatever it is by now. */
	call.arg.header.size = size;
	ret = call.arg.header.flags & ~c->flags ? -EINVAL : c->run(&call);
	return answer(&call, uarg, min(size, c->size), ret);
}

/**
 * km_dispatch() - find a command and run it
 * @table: the commands of this kind of file
 * @n: how many
 * @file: the file
 * @cmd: KM_IOC_*
 * @arg: user pointer to the argument structure
 *
 * Return: 0 or a negative errno.
 */
long km_dispatch(const struct km_command *table, size_t n, struct file *file, unsigned int cmd,
		 unsigned long arg)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (table[i].cmd == cmd)
			return run_command(&table[i], file, (void __user *)arg);
	return -ENOTTY;
}

static const struct km_command dev_commands[] = {
	KM_COMMAND(KM_IOC_OPERATE, km_operate, reserved, km_do_operate),
	KM_COMMAND(KM_IOC_BEGIN, km_begin, reserved, km_do_begin),
	KM_COMMAND(KM_IOC_GENERATE_KEY, km_generate_key, blob_len, km_do_generate_key),
	KM_COMMAND(KM_IOC_IMPORT_KEY, km_import_key, key_format, km_do_import_key),
	KM_COMMAND(KM_IOC_EXPORT_KEY, km_export_key, data_len, km_do_export_key),
	KM_COMMAND(KM_IOC_GET_INFO, km_info, root_check, km_do_get_info),
	KM_COMMAND(KM_IOC_ADD_RNG_ENTROPY, km_add_rng_entropy, data, km_do_add_rng_entropy),
	KM_COMMAND(KM_IOC_GET_SUPPORTED_ALGORITHMS, km_get_supported, values,
		   km_do_supported_algorithms),
	KM_COMMAND(KM_IOC_GET_SUPPORTED_BLOCK_MODES, km_get_supported, values,
		   km_do_supported_block_modes),
	KM_COMMAND(KM_IOC_GET_SUPPORTED_PADDING_MODES, km_get_supported, values,
		   km_do_supported_padding_modes),
	KM_COMMAND(KM_IOC_GET_SUPPORTED_DIGESTS, km_get_supported, values,
		   km_do_supported_digests),
	KM_COMMAND(KM_IOC_GET_SUPPORTED_IMPORT_FORMATS, km_get_supported, values,
		   km_do_supported_import_formats),
	KM_COMMAND(KM_IOC_GET_SUPPORTED_EXPORT_FORMATS, km_get_supported, values,
		   km_do_supported_export_formats),
	KM_COMMAND(KM_IOC_GET_KEY_CHARACTERISTICS, km_get_characteristics, unenforced_len,
		   km_do_get_characteristics),
	KM_COMMAND_FLAGS(KM_IOC_DELETE_KEY, km_delete_key, blob, km_do_delete_key,
			 KM_DELETE_WHOLE_KEY),
	KM_COMMAND_FLAGS(KM_IOC_DELETE_ALL_KEYS, km_delete_all_keys, reserved,
			 km_do_delete_all_keys, KM_DELETE_OF_ALL_USERS),
	KM_COMMAND(KM_IOC_IMPORT_WRAPPED_KEY, km_import_wrapped_key, blob_len,
		   km_do_import_wrapped_key),
	KM_COMMAND(KM_IOC_UPGRADE_KEY, km_upgrade_key, new_blob_len, km_do_upgrade_key),
	KM_COMMAND_FLAGS(KM_IOC_CONFIGURE, km_configure, root_of_trust, km_do_configure,
			 KM_CONFIGURE_FLAGS),
	KM_COMMAND(KM_IOC_EARLY_BOOT_ENDED, km_early_boot_ended, reserved, km_do_early_boot_ended),
	KM_COMMAND_FLAGS(KM_IOC_LOAD_ROOT_KEY, km_load_root_key, root_check, km_do_load_root_key,
			 KM_ROOT_CHECK_GIVEN),
	KM_COMMAND(KM_IOC_CREATE_ROOT_KEY, km_create_root_key, root_check, km_do_create_root_key),
	KM_COMMAND_FLAGS(KM_IOC_ROTATE_ROOT_KEY, km_rotate_root_key, root_check,
			 km_do_rotate_root_key, KM_ROTATE_COMMIT),
	KM_COMMAND(KM_IOC_FORGET_ROOT_KEY, km_forget_root_key, reserved, km_do_forget_root_key),
	KM_COMMAND(KM_IOC_GATEKEEPER_ENROLL, km_gatekeeper_enroll, timeout_ms,
		   km_do_gatekeeper_enroll),
	KM_COMMAND(KM_IOC_GATEKEEPER_VERIFY, km_gatekeeper_verify, reserved,
		   km_do_gatekeeper_verify),
	KM_COMMAND_FLAGS(KM_IOC_GATEKEEPER_DELETE_USER, km_gatekeeper_delete_user, uid,
			 km_do_gatekeeper_delete_user, KM_DELETE_ALL_USERS),
	KM_COMMAND(KM_IOC_GATEKEEPER_GET_USER, km_gatekeeper_get_user, timeout_ms,
		   km_do_gatekeeper_get_user),
	KM_COMMAND_FLAGS(KM_IOC_LOAD_STATE, km_load_state, path_len, km_do_load_state,
			 KM_STATE_COUNTER | KM_STATE_NEW),
	KM_COMMAND(KM_IOC_GET_STATE, km_get_state, state, km_do_get_state),
	KM_COMMAND(KM_IOC_ADD_AUTH_TOKEN, km_add_auth_token, reserved, km_do_add_auth_token),
	KM_COMMAND_FLAGS(KM_IOC_DEVICE_LOCKED, km_device_locked, reserved, km_do_device_locked,
			 KM_LOCK_ALL_USERS),
	KM_COMMAND(KM_IOC_SET_BOOT_LEVEL, km_set_boot_level, level, km_do_set_boot_level),
	KM_COMMAND(KM_IOC_CONFIRM, km_confirm, token, km_do_confirm),
	KM_COMMAND(KM_IOC_VERIFY_AUTHORIZATION, km_verify_authorization, mac,
		   km_do_verify_authorization),
	KM_COMMAND(KM_IOC_GET_HMAC_SHARING_PARAMETERS, km_get_hmac_sharing, party,
		   km_do_get_hmac_sharing),
	KM_COMMAND(KM_IOC_COMPUTE_SHARED_HMAC, km_compute_shared_hmac, check,
		   km_do_compute_shared_hmac),
	KM_COMMAND(KM_IOC_ATTEST_KEY, km_attest_key, certify, km_do_attest_key),
	KM_COMMAND_FLAGS(KM_IOC_PROVISION_ATTESTATION, km_provision_attestation, ids_len,
			 km_do_provision_attestation, KM_PROVISION_CLOSE),
	KM_COMMAND(KM_IOC_DESTROY_ATTESTATION_IDS, km_destroy_attestation_ids, reserved,
		   km_do_destroy_attestation_ids),
	KM_COMMAND_FLAGS(KM_IOC_BRIDGE_KEY, km_bridge_key, reserved, km_do_bridge_key,
			 KM_BRIDGE_REPLACE),
	KM_COMMAND(KM_IOC_OPEN_AUTHENTICATOR, km_open_authenticator, reserved,
		   km_do_open_authenticator),
};

static long dev_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return km_dispatch(dev_commands, ARRAY_SIZE(dev_commands), file, cmd, arg);
}

/* A key that is not used any more must not be kept from going by a memo of it. */
static void forget(struct work_struct *work)
{
	struct km_dev_file *df = container_of(to_delayed_work(work), struct km_dev_file, forget);
	struct km_io_buffer *held = km_io_buffer_hold(&df->buffer);

	if (held)
		km_key_memo_forget(&df->memo);
	else
		schedule_delayed_work(&df->forget, KM_KEY_MEMO_TIME);
	km_io_buffer_release(held);
}

static int dev_open(struct inode *inode, struct file *file)
{
	struct km_dev_file *df = kzalloc(sizeof(*df), GFP_KERNEL_ACCOUNT);

	if (!df)
		return -ENOMEM;
	df->user = km_user_get(file->f_cred->euid);
	if (!df->user) {
		kfree(df);
		return -ENOMEM;
	}
	mutex_init(&df->buffer.lock);
	INIT_DELAYED_WORK(&df->forget, forget);
	file->private_data = df;
	return 0;
}

static int dev_release(struct inode *inode, struct file *file)
{
	struct km_dev_file *df = file->private_data;

	cancel_delayed_work_sync(&df->forget);
	km_key_memo_forget(&df->memo);
	km_io_buffer_free(&df->buffer);
	km_user_put(df->user);
	kfree(df);
	return 0;
}

static const struct file_operations dev_fops = {
	.owner = THIS_MODULE,
	.open = dev_open,
	.release = dev_release,
	.unlocked_ioctl = dev_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "keymaster",
	.fops = &dev_fops,
	.mode = 0666,
};

/**
 * km_dev_init() - make the node appear
 *
 * Return: 0 or a negative errno.
 */
int km_dev_init(void)
{
	return misc_register(&dev);
}

/**
 * km_dev_exit() - make the node go
 */
void km_dev_exit(void)
{
	misc_deregister(&dev);
}
