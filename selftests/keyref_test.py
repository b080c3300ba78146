#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# Keys named by serial number through an open file that has just used them: what is
# remembered of the last lookup must not outlive the right to use the key.

import errno
import os
import threading
import time

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import doors
import km
from tap import equal, main, note, test

KEYS = [bytes(range(32)), bytes(range(32, 64))]
NONCE = bytes(12)
USE = doors.cipher(km.GCM, nonce=NONCE)
SETPERM, CHOWN, SET_TIMEOUT, INVALIDATE = 5, 4, 15, 21
ALL = 0x3f3f3f3f
NO_SEARCH = 0x37373737
USER = 4242
# A lookup is good for one second; the machine may be slow.
LATEST = 1.5
device = None


def load(which=0, name="keyref"):
    key = device.import_key(doors.aes(), KEYS[which])
    return km.add_key("keymaster", name, key)


def use(serial, which=0, data=b"some data"):
    out, _ = device.operate(km.ENCRYPT, serial, USE, data)
    equal(AESGCM(KEYS[which]).encrypt(NONCE, data, None), out)


def remembered(which=0):
    """A key that the file has in mind: asked for several times in a row."""
    serial = load(which)
    for _ in range(4):
        use(serial, which)
    return serial


def refusal(serial):
    try:
        use(serial)
    except km.Refused as e:
        equal("OK", e.code, "it is the keyring that refuses")
        return e.errno
    return 0


def gone(want, serial):
    """Refused at once, again, and not because the lookup went wrong for ever."""
    equal(errno.errorcode[want], errno.errorcode.get(refusal(serial)))
    equal(errno.errorcode[want], errno.errorcode.get(refusal(serial)))
    use(remembered(1), 1)


@test
def revoked():
    serial = remembered()
    km.revoke_key(serial)
    gone(errno.EKEYREVOKED, serial)


@test
def invalidated():
    serial = remembered()
    km._keyctl(INVALIDATE, serial)
    gone(errno.ENOKEY, serial)


@test
def expired():
    serial = remembered()
    km._keyctl(SET_TIMEOUT, serial, 1)
    end = time.monotonic() + 2.2
    while time.monotonic() < end and not refusal(serial):
        pass
    gone(errno.EKEYEXPIRED, serial)
    if time.monotonic() > end:
        raise AssertionError("used for longer than its time")


@test
def permissions():
    serial = remembered()
    km.permit_key(serial, NO_SEARCH)
    equal(errno.EACCES, refusal(serial))
    # and back: what was refused is not remembered either
    km.permit_key(serial, ALL)
    use(serial)
    for _ in range(4):
        use(serial)


@test
def another_owner():
    serial = remembered()
    # the possessor may still do all, but not search: the user's bits are what allows it
    km.permit_key(serial, 0x373f0000)
    for _ in range(4):
        use(serial)
    km._keyctl(CHOWN, serial, USER, 0xffffffff)
    equal(errno.EACCES, refusal(serial))


@test
def unlinked():
    serial = load()
    # only who possesses it may search for it
    km.permit_key(serial, 0x3f000000)
    for _ in range(4):
        use(serial)
    km.unlink_key(serial)
    began = time.monotonic()
    while not refusal(serial):
        if time.monotonic() - began > 5:
            raise AssertionError("an unlinked key is usable for ever")
    took = time.monotonic() - began
    note(f"usable for {took:.2f} s after the unlink")
    if took > LATEST:
        raise AssertionError(f"usable for {took:.2f} s")


@test
def goes_when_idle():
    """A key that was used and then left is not kept by the open file."""
    serial = remembered()
    km.unlink_key(serial)
    end = time.monotonic() + 10
    while True:
        try:
            km._keyctl(6, serial, 0, 0)       # KEYCTL_DESCRIBE
        except OSError as e:
            equal(errno.ENOKEY, e.errno)
            break
        if time.monotonic() > end:
            raise AssertionError("the key is still there")
        time.sleep(0.05)


def in_child(function):
    child = os.fork()
    if not child:
        try:
            os._exit(function() or 0)
        except BaseException:
            os._exit(255)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@test
def other_credentials():
    """The same open file in a process of another user, right after we used the key."""
    serial = remembered()
    km.permit_key(serial, 0x3f3f0000)
    for _ in range(4):
        use(serial)

    def other():
        os.setgroups([])
        os.setresgid(USER, USER, USER)
        os.setresuid(USER, USER, USER)
        return refusal(serial)

    equal(errno.EACCES, in_child(other))
    use(serial)


@test
def other_keyrings():
    """The same user without our process keyring: does not possess the key."""
    serial = remembered()
    km.permit_key(serial, 0x3f000000)
    for _ in range(4):
        use(serial)
    equal(errno.EACCES, in_child(lambda: refusal(serial)))
    use(serial)


@test
def several_keys():
    serials = [load(0), load(1, "other")]
    for turns in (1, 2, 3, 7):
        for _ in range(5):
            for which, serial in enumerate(serials):
                for _ in range(turns):
                    use(serial, which)
    km.revoke_key(serials[0])
    equal(errno.EKEYREVOKED, refusal(serials[0]))
    use(serials[1], 1)


@test
def other_types():
    serial = km.add_key("user", "keyref-user", b"x")
    for _ in range(4):
        equal(errno.EINVAL, refusal(serial))
    use(remembered())
    equal(errno.EINVAL, refusal(serial))


@test
def many_threads():
    """Sixteen threads on one open file with two keys; messages long and short."""
    serials = [load(0), load(1, "other")]
    sizes = [0, 1, 64, 4000, 70000]
    wanted = {(w, n): AESGCM(KEYS[w]).encrypt(NONCE, bytes([w]) * n, None)
              for w in (0, 1) for n in sizes}
    wrong = []

    def work(number):
        through = km.Device(device.fd)      # buffers of its own, the same open file
        try:
            for turn in range(60):
                which, n = (number + turn // 5) % 2, sizes[turn % len(sizes)]
                out, _ = through.operate(km.ENCRYPT, serials[which], USE, bytes([which]) * n)
                equal(True, out == wanted[which, n])
        except Exception as e:
            wrong.append((number, turn, repr(e)))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(16)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    equal([], wrong)


if __name__ == "__main__":
    device = km.ready()
    main()
