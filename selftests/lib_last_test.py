#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# The calls of libkeymaster after which the module stays loaded until the boot ends: so no
# part of lib_auth_test.c. Through the shared library, as a program in any language has it.
# holds the module: uses are counted until the next boot

import ctypes
import errno
import os

from tap import equal, main, test

library = ctypes.CDLL("libkeymaster.so.0")
ctx = ctypes.c_void_p()
SIZE = 72       # of struct km_hmac_party: seed, nonce, and their lengths


def party():
    buffer = ctypes.create_string_buffer(SIZE)
    equal(0, library.km_get_hmac_sharing(ctx, buffer))
    return buffer.raw


def agree(parties, count):
    check = ctypes.create_string_buffer(32)
    return library.km_compute_shared_hmac(ctx, b"".join(parties), count, check), check.raw


@test
def the_token_key_can_be_agreed_on():
    mine, other = party(), b"\0" * 32 + b"\2" * 32 + b"\0\0\0\0" + b"\x20\0\0\0"
    equal(mine, party())
    result, alone = agree([mine], 1)
    equal(0, result)
    result, together = agree([mine, other], 2)
    equal(0, result)
    assert alone != together
    equal((0, together), agree([other, mine], 2))
    changed = bytearray(mine)
    changed[32] ^= 1
    equal(-errno.EINVAL, agree([bytes(changed), other], 2)[0])
    equal(-38, library.km_last_error(ctx))


@test
def users_are_locked_one_by_one_and_all():
    equal(0, library.km_device_locked(ctx, 7400, 0))
    equal(0, library.km_device_locked(ctx, 7400, 1))
    equal(0, library.km_device_locked_for_all(ctx, 0))


if not os.path.exists("/dev/keymaster"):
    os.system("modprobe keymaster")
equal(0, library.km_open(ctypes.byref(ctx), None, 0))
os.system("kmctl init --ephemeral >/dev/null 2>&1")
main()
