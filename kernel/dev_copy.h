/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Short copies from and to user memory, word by word.
 * Inside the outermost layer: for dev_user.c and dev_op.c alone.
 *
 * copy_from_user() and copy_to_user() look up, for every copy whose size is known at
 * run time only, which heap or stack object it lies in (CONFIG_HARDENED_USERCOPY). That
 * takes 166 instructions, more than moving the bytes of a short message. Here the caller
 * says how much room there is at its end and that is compared with the length, right
 * before the copy: a stricter check, as it knows the buffer and not only the object
 * around it. What is longer than KM_SHORT goes the usual way.
 *
 * Both checks stand before user_access_begin(), whose barrier keeps the processor from
 * running ahead of them with an address or a length that they would have refused.
 */
#ifndef KM_DEV_COPY_H
#define KM_DEV_COPY_H

#include <linux/bug.h>
#include <linux/uaccess.h>
#include "shim.h"

/* Most bytes that are copied by words: where the usual copies are as fast. */
#define KM_SHORT	256

/* One piece of a copy, sizeof(type) bytes at @at; for the functions below alone. */
#define KM_PIECE_IN(type, to, from, at, fault)						\
	do {										\
		type piece_;								\
											\
		unsafe_get_user(piece_, (const type __user *)((from) + (at)), fault);	\
		put_unaligned(piece_, (type *)((to) + (at)));				\
		(at) += sizeof(type);							\
	} while (0)

#define KM_PIECE_OUT(type, to, from, at, fault)						\
	do {										\
		unsafe_put_user(get_unaligned((const type *)((from) + (at))),		\
				(type __user *)((to) + (at)), fault);			\
		(at) += sizeof(type);							\
	} while (0)

/**
 * km_copy_in() - copy from user memory
 * @to: where to
 * @room: bytes there
 * @from: user memory
 * @len: bytes to copy; after a failure any part of them may have been copied
 *
 * Return: 0 or -EFAULT.
 */
static __always_inline int km_copy_in(u8 *to, size_t room, const u8 __user *from, size_t len)
{
	size_t at = 0;

	if (len > KM_SHORT)
		return len > room || copy_from_user(to, from, len) ? -EFAULT : 0;
	if (WARN_ON_ONCE(len > room) || !user_access_begin(from, len))
		return -EFAULT;
	while (at + 16 <= len) {
		KM_PIECE_IN(u64, to, from, at, fault);
		KM_PIECE_IN(u64, to, from, at, fault);
	}
	if (at == len)
		goto done;
	if (len & 8)
		KM_PIECE_IN(u64, to, from, at, fault);
	if (len & 4)
		KM_PIECE_IN(u32, to, from, at, fault);
	if (len & 2)
		KM_PIECE_IN(u16, to, from, at, fault);
	if (len & 1)
		KM_PIECE_IN(u8, to, from, at, fault);
done:
	user_access_end();
	return 0;
fault:
	user_access_end();
	return -EFAULT;
}

/**
 * km_copy_out() - copy to user memory
 * @to: user memory
 * @from: where from
 * @room: bytes there
 * @len: bytes to copy; after a failure any part of them may have been copied
 *
 * Return: 0 or -EFAULT.
 */
static __always_inline int km_copy_out(u8 __user *to, const u8 *from, size_t room, size_t len)
{
	size_t at = 0;

	if (len > KM_SHORT)
		return len > room || copy_to_user(to, from, len) ? -EFAULT : 0;
	if (WARN_ON_ONCE(len > room) || !user_access_begin(to, len))
		return -EFAULT;
	while (at + 16 <= len) {
		KM_PIECE_OUT(u64, to, from, at, fault);
		KM_PIECE_OUT(u64, to, from, at, fault);
	}
	if (at == len)
		goto done;
	if (len & 8)
		KM_PIECE_OUT(u64, to, from, at, fault);
	if (len & 4)
		KM_PIECE_OUT(u32, to, from, at, fault);
	if (len & 2)
		KM_PIECE_OUT(u16, to, from, at, fault);
	if (len & 1)
		KM_PIECE_OUT(u8, to, from, at, fault);
done:
	user_access_end();
	return 0;
fault:
	user_access_end();
	return -EFAULT;
}

#endif /* KM_DEV_COPY_H */
