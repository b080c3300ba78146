#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# What closes keys for the rest of a boot, or until a user is recognised again: locks, boot level.
# None of it can be taken back, so the module stays: this is one of the last tests.
# holds the module: that is what this is about

import errno
import os
import time

import doors
import km
import tokens
from tap import equal, main, refused, test
from tokens import SHA, asking, make, now, opens

USER, SECOND = 4242, 4243
SID = 0x5555
device = None
key = None      # of tokens


def unlocked(through, describe=doors.hmac, **named):
    return through.generate(describe(more=[km.UNLOCKED_DEVICE_REQUIRED], **named))


def not_permitted(call, *args, **named):
    try:
        call(*args, **named)
        raise AssertionError("it is permitted")
    except km.Refused as e:
        equal((errno.EPERM, "OK"), (e.errno, e.code), str(call))


def lock(through, *args, **named):
    """Locks, and lets the clock of tokens go on: one of the same millisecond is not newer."""
    through.lock(*args, **named)
    time.sleep(0.002)


def references():
    with open("/sys/module/keymaster/refcnt", encoding="ascii") as f:
        return int(f.read())


@test
def row_88_lock_of_one_user():
    user, second = km.device_of(USER), km.device_of(SECOND)
    mine, theirs = unlocked(user), unlocked(second)
    equal(("OK", "OK"), (opens(user, mine), opens(second, theirs)), "never locked")
    old = make(key, SID)
    running = user.begin(km.SIGN, mine, SHA)
    pinned = references()
    lock(user, USER)
    equal(pinned + 1, references(), "the module stays")
    equal(("DEVICE_LOCKED", "OK"), (opens(user, mine), opens(second, theirs)), "one is locked")
    refused("DEVICE_LOCKED", user.operate, km.SIGN, mine, SHA, b"x")
    equal(32, len(running.finish(b"x")), "what runs goes on")
    equal("DEVICE_LOCKED", opens(user, mine, old), "a token from before")
    device.add_token(USER, old)
    equal("DEVICE_LOCKED", opens(user, mine), "kept")
    equal("DEVICE_LOCKED", opens(user, mine, bytes(69)), "no token")
    equal("DEVICE_LOCKED", opens(user, mine, make(key, SID, stamp=now() + 5000)), "the future")
    device.add_token(SECOND, make(key, SID))
    equal("DEVICE_LOCKED", opens(user, mine), "another user's table")
    equal("OK", opens(user, mine, make(key, SID, kind=km.FINGERPRINT)), "given, newer")
    equal("DEVICE_LOCKED", opens(user, mine), "which is no call to unlock")
    device.add_token(USER, make(key, SID, kind=km.FINGERPRINT))
    equal("OK", opens(user, mine), "kept, newer")
    user.operate(km.SIGN, mine, SHA, b"x")
    lock(user, USER)
    equal("DEVICE_LOCKED", opens(user, mine), "locked again")
    not_permitted(user.lock, SECOND)
    not_permitted(user.lock)
    running.close()
    user.close()
    second.close()


@test
def row_88_public_keys_are_not_locked():
    user = km.device_of(USER)
    pair = unlocked(user, doors.ec)
    lock(user, USER)
    equal("DEVICE_LOCKED", opens(user, pair), "signing")
    refused("VERIFICATION_FAILED", user.operate, km.VERIFY, pair, SHA[:1], b"x", bytes(70))
    user.close()


@test
def row_88_only_a_password():
    user = km.device_of(USER)
    mine = unlocked(user)
    lock(user, USER, password_only=True)
    finger = make(key, SID, kind=km.FINGERPRINT)
    equal("DEVICE_LOCKED", opens(user, mine, finger), "a finger")
    device.add_token(USER, finger)
    equal("DEVICE_LOCKED", opens(user, mine), "a finger, kept")
    lock(user, USER)
    equal("DEVICE_LOCKED", opens(user, mine, make(key, SID, kind=km.FINGERPRINT)),
          "locking once more asks for no less")
    equal("OK", opens(user, mine, make(key, SID)), "a password")
    device.add_token(USER, make(key, SID))
    equal("OK", opens(user, mine), "a password, kept")
    equal("OK", opens(user, mine, make(key, SID, kind=km.FINGERPRINT)), "then a finger will do")
    user.close()


@test
def row_88_enrolled_users_unlock_themselves():
    """Whoever has a password is not unlocked by somebody else's."""
    user = km.device_of(USER)
    mine = unlocked(user)
    _, sid = user.enroll(USER, b"secret")
    lock(user, USER)
    for who, want in ((SID, "DEVICE_LOCKED"), (sid, "OK")):
        equal(want, opens(user, mine, make(key, who)), "given")
    device.add_token(USER, make(key, SID))
    equal("DEVICE_LOCKED", opens(user, mine), "kept")
    user.verify(USER, b"secret")
    equal("OK", opens(user, mine), "by the password")
    device.delete_user(USER)
    user.close()


@test
def row_88_lock_of_all():
    user, second = km.device_of(USER), km.device_of(SECOND)
    mine, theirs = unlocked(user), unlocked(second)
    device.add_token(USER, make(key, SID))
    equal(("OK", "OK"), (opens(user, mine), opens(second, theirs)), "before")
    lock(device, password_only=True)
    equal(("DEVICE_LOCKED",) * 2, (opens(user, mine), opens(second, theirs)), "both")
    lock(user, USER)
    for kind, want in ((km.FINGERPRINT, "DEVICE_LOCKED"), (km.PASSWORD, "OK")):
        device.add_token(USER, make(key, SID, kind=kind))
        equal((want, "DEVICE_LOCKED"), (opens(user, mine), opens(second, theirs)), "the stricter")
    user.close()
    second.close()


@test
def lock_with_other_conditions():
    """A key can ask for its user as well; and what is refused is not counted."""
    user = km.device_of(USER)
    both = user.generate(asking(SID, timeout=1000, more=[km.UNLOCKED_DEVICE_REQUIRED]))
    once = user.generate(doors.hmac(more=[km.UNLOCKED_DEVICE_REQUIRED, (km.MAX_USES_PER_BOOT, 1)]))
    lock(user, USER)
    equal("DEVICE_LOCKED", opens(user, both), "locked")
    equal("KEY_USER_NOT_AUTHENTICATED", opens(user, both, make(key, 7)), "another user's token")
    equal("OK", opens(user, both, make(key, SID)), "his own")
    equal("DEVICE_LOCKED", opens(user, once), "locked")
    equal("OK", opens(user, once, make(key, SID)), "its use is left")
    equal("KEY_MAX_OPS_EXCEEDED", opens(user, once, make(key, SID)), "and was one")
    user.close()


@test
def row_87_boot_level():
    thirty = device.generate(doors.hmac(more=[(km.MAX_BOOT_LEVEL, 30)]))
    zero = device.generate(doors.hmac(more=[(km.MAX_BOOT_LEVEL, 0)]))
    equal([30], km.values(device.characteristics(thirty)[0], km.MAX_BOOT_LEVEL), "enforced")
    user = km.device_of(USER)
    not_permitted(user.set_boot_level, 1)
    user.close()
    device.set_boot_level(0)
    equal(("OK", "OK"), (opens(device, thirty), opens(device, zero)), "level 0")
    pinned = references()
    for level, want in ((1, "OK"), (30, "OK"), (30, "OK"), (31, "BOOT_LEVEL_EXCEEDED"),
                        (2**32 - 1, "BOOT_LEVEL_EXCEEDED")):
        running = device.begin(km.SIGN, device.generate(doors.hmac(more=[
            (km.MAX_BOOT_LEVEL, level)])), SHA)
        device.set_boot_level(level)
        equal(level, device.info()["boot_level"], "info")
        equal((want, "BOOT_LEVEL_EXCEEDED"), (opens(device, thirty), opens(device, zero)), level)
        running.close()
    for level in (0, 31, 2**32 - 2):
        refused("INVALID_ARGUMENT", device.set_boot_level, level)
    equal(2**32 - 1, device.info()["boot_level"], "as it was")
    equal(pinned + 1, references(), "the module stays")


@test
def row_86_early_boot():
    early = device.generate(doors.hmac(more=[km.EARLY_BOOT_ONLY]))
    ended = os.environ.get("KM_EARLY_BOOT_ENDED") or opens(device, early) == "EARLY_BOOT_ENDED"
    equal("EARLY_BOOT_ENDED" if ended else "OK", opens(device, early), "before")
    device.early_boot_ended()
    equal("EARLY_BOOT_ENDED", opens(device, early), "after")


if __name__ == "__main__":
    km.reload(tokens.ROOT)
    device = km.Device()
    key = tokens.share(device)
    main()
