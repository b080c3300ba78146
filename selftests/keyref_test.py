#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# Keys named by serial number through an open file that has just used them: what is
# remembered of the last lookup must not outlive the right to use the key, and what is
# remembered of the last parameters must not change what other parameters mean.
# vm: -c 2

import ctypes
import errno
import mmap
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
# A lookup is good for one second, and a tick of the clock more.
LATEST = 1.1
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


def used_for(longest, serial):
    """No use that begins later than that succeeds, and soon none does. How long each takes, and
    what comes between two, is the machine's matter."""
    start = began = time.monotonic()
    took = 0
    while not refusal(serial):
        took = began - start
        if took > longest:
            raise AssertionError(f"a use that began after {took:.2f} s succeeded")
        began = time.monotonic()
    note(f"usable for {took:.2f} s")


@test
def expired():
    serial = remembered()
    km._keyctl(SET_TIMEOUT, serial, 1)
    used_for(2.2, serial)
    gone(errno.EKEYEXPIRED, serial)


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
    used_for(LATEST, serial)


@test
def goes_when_idle():
    """A key that was used and then left is not kept by the open file."""
    serial = remembered()
    km.unlink_key(serial)
    end = time.monotonic() + 60
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


def answer(through, serial, wire, purpose=km.ENCRYPT, data=b"some data"):
    """What a call gives, or how it fails; of a nonce that was drawn, that it was."""
    try:
        out, made = through.operate(purpose, serial, wire, data)
        return (out, made) if made[0][1] in wire else ("drawn", len(out))
    except km.Refused as e:
        return e.errno, e.code


def alone(*args):
    """The answer through a file that remembers nothing."""
    through = km.Device()
    try:
        return answer(through, *args)
    finally:
        through.close()


@test
def parameters_that_differ_in_a_bit():
    """Every bit of a set turned over, after the set itself: entries, lengths and values."""
    serial = load()
    wire = km.pack(USE + [(km.ASSOCIATED_DATA, b"header")])
    want = alone(serial, wire)
    seen = set()
    for bit in range(len(wire) * 8):
        other = bytearray(wire)
        other[bit // 8] ^= 1 << bit % 8
        equal(want, answer(device, serial, wire))
        equal(want, answer(device, serial, wire))
        there = alone(serial, bytes(other))
        equal(there, answer(device, serial, bytes(other)), f"bit {bit} turned over")
        equal(there, answer(device, serial, bytes(other)), f"bit {bit} again")
        seen.add(there[1] if isinstance(there[0], int) else "made")
    # Else nothing was compared.
    equal(True, {"made", "INVALID_ARGUMENT", "UNSUPPORTED_BLOCK_MODE"} <= seen)


@test
def parameters_of_equal_length():
    """The same bytes with another key; other nonces; other entries in as many bytes."""
    serials = [load(0), load(1, "other")]
    for turn in range(20):
        for which in (0, 1, 1, 0):
            use(serials[which], which)
        nonce = bytes(11) + bytes([turn])
        out, made = device.operate(km.ENCRYPT, serials[0], doors.cipher(km.GCM, nonce=nonce),
                                   b"text")
        equal(AESGCM(KEYS[0]).encrypt(nonce, b"text", None), out)
        equal([nonce], [value for _, value in made])
        back, _ = device.operate(km.DECRYPT, serials[0], doors.cipher(km.GCM, nonce=nonce), out)
        equal(b"text", back)


class Fence:
    """A page of memory with nothing behind it."""

    def __init__(self):
        self.map = mmap.mmap(-1, 2 * mmap.PAGESIZE)
        start = ctypes.addressof(ctypes.c_char.from_buffer(self.map))
        libc = ctypes.CDLL(None, use_errno=True)
        behind = ctypes.c_void_p(start + mmap.PAGESIZE)
        equal(0, libc.mprotect(behind, ctypes.c_size_t(mmap.PAGESIZE), 0))
        self.end = start + mmap.PAGESIZE

    def put(self, data, over=0):
        """Puts data there so that its last @over bytes are not: its address."""
        at = self.end - len(data) + over
        ctypes.memmove(at, data, len(data) - over)
        return at


def raw_operate(serial, params, data, out, made):
    """An OPERATE of (address, length) each: errno, and the two lengths that came back."""
    try:
        back = km._call(device.fd, km.OPERATE, "<IIiIQQQQQQIiIIIIII", km.ENCRYPT, 0, params[0],
                        made[0], data[0], 0, out[0], 0, serial, params[1], made[1], data[1], 0,
                        out[1], 0)
    except km.Refused as e:
        return e.errno, None, None
    return 0, back[-2], back[-5]


@test
def copies_of_every_length():
    """Up to the last byte before a hole, and one or nine bytes into it, in and out."""
    serial, wire = load(), km.pack(USE)
    fence_in, fence_out, fence_made = Fence(), Fence(), Fence()
    params = ctypes.create_string_buffer(wire, len(wire))
    params = ctypes.addressof(params), len(wire), params
    room = 24 + len(NONCE)
    for n in list(range(0, 290)) + [1000, 4000]:
        data = bytes(i * 7 + n & 255 for i in range(n))
        want = AESGCM(KEYS[0]).encrypt(NONCE, data, None)
        for over_in, over_out, over_made in ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1),
                                             (9, 0, 0), (0, 9, 0), (0, 0, 9)):
            if over_in > n:
                continue
            source = fence_in.put(data, over_in), n
            target = fence_out.put(bytes(n + 16), over_out), n + 16
            made = fence_made.put(bytes(room), over_made), room
            got = raw_operate(serial, params[:2], source, target, made)
            if over_in or over_out or over_made:
                equal((errno.EFAULT, None, None), got, f"{n}: {over_in, over_out, over_made}")
            else:
                equal((0, n + 16, room), got)
                equal(want, ctypes.string_at(target[0], n + 16))


@test
def parameters_up_to_a_hole():
    serial, fence = load(), Fence()
    source, target = ctypes.create_string_buffer(8), ctypes.create_string_buffer(64)
    made = ctypes.create_string_buffer(64)
    rest = ((ctypes.addressof(source), 8), (ctypes.addressof(target), 64),
            (ctypes.addressof(made), 64))
    for n in range(0, 260, 3):
        wire = km.pack(USE + [(km.ASSOCIATED_DATA, bytes(n))] if n else USE)
        for over in (0, 1, 7, 8, 33):
            got = raw_operate(serial, (fence.put(wire, over), len(wire)), *rest)
            equal(errno.EFAULT if over else 0, got[0], f"{len(wire)} bytes, {over} missing")
            if not over:
                equal(AESGCM(KEYS[0]).encrypt(NONCE, bytes(8), bytes(n) or None),
                      target.raw[:24])


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
