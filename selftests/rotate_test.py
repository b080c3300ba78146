#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# A root key gets a successor: nothing is lost on the way, and nothing is left of the one
# before when it is forgotten. What kmctl makes of it is for kmctl_root_test.sh.
# vm: -c 2

import ctypes
import errno
import hmac
import os
import threading

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

import doors
import km
from gatekeeping import eperm
from tap import equal, main, refused, test

OLD, NEW, THIRD = (bytes(range(n, n + 32)) for n in (0, 100, 200))
CTR = doors.cipher(km.CTR)
SHA = [(km.DIGEST, km.SHA256)]
APP = [(km.APPLICATION_ID, b"app")]
device = None


def begin(root=OLD, record=b""):
    """The module anew, with this root key."""
    global device
    if device:
        device.close()
    km.reload()
    doors.device = device = km.Device()
    device.load_root(km.ROOT_BYTES, root, record=record)


def unloaded():
    """A device without a root key."""
    global device
    if device:
        device.close()
    device = None
    km.reload()
    return km.Device()


def rotate(root=NEW):
    check, record = device.rotate(km.ROOT_BYTES, root)
    device.commit(check)
    return record


def aes(more=(), form=km.GCM_BLOB):
    return device.generate(doors.aes(km.CTR, more=more), form)


def use(key, more=()):
    device.operate(km.ENCRYPT, key, CTR + list(more), b"message")


def numbered(number, call, *args):
    try:
        call(*args)
    except km.Refused as e:
        equal((number, "OK"), (e.errno, e.code), "of the call itself")
        return
    raise AssertionError("it succeeded")


@test
def prepared_only():
    """Nothing changes before the commit, and a second preparation replaces the first."""
    begin()
    key, before = aes(), device.info()
    first, _ = device.rotate(km.ROOT_BYTES, NEW)
    second, record = device.rotate(km.ROOT_BYTES, THIRD)
    equal(True, first != second and len(record) == 253, "two of them")
    equal(before, device.info(), "what the module says")
    use(key)
    for check in (first, bytes(16), before["root_check"]):
        refused("INVALID_ARGUMENT", device.commit, check)
    use(key)
    device.commit(second)
    refused("INVALID_ARGUMENT", device.commit, second)
    info = device.info()
    equal((second, before["root_check"]), (info["root_check"], info["root_check_before"]), "now")


@test
def every_kind_of_key():
    begin()
    pair = device.generate(doors.ec())
    keys = {"plain": (aes(), []), "format 0": (aes(form=km.OCB_BLOB), []),
            "of an application": (aes(APP), APP), "shared": (aes([km.SHAREABLE]), []),
            "counted": (aes([(km.USAGE_COUNT_LIMIT, 9)]), [])}
    signature, _ = device.operate(km.SIGN, pair, SHA, b"message")
    loaded, public = km.add_key("keymaster", "before", pair), device.export(pair)
    rotate()
    for name, (key, app) in keys.items():
        refused("KEY_REQUIRES_UPGRADE", use, key, app)
        refused("KEY_REQUIRES_UPGRADE", device.characteristics, key, app)
        new = device.upgrade(key, app)
        use(new, app)
        equal(b"", device.upgrade(new, app), name + ": once is enough")
        keys[name] = new, app
    for ours in (pair, loaded):
        refused("KEY_REQUIRES_UPGRADE", device.operate, km.VERIFY, ours, SHA, b"message", signature)
        equal(public, device.export(ours), "the public half")
    device.operate(km.VERIFY, device.upgrade(pair), SHA, b"message", signature)
    device.forget_root()
    for key, app in keys.values():
        use(key, app)
    for ours in (pair, loaded):
        refused("INVALID_KEY_BLOB", device.operate, km.VERIFY, ours, SHA, b"message", signature)
        refused("INVALID_KEY_BLOB", device.export, ours)
    refused("INVALID_KEY_BLOB", device.upgrade, pair)
    refused("INVALID_ARGUMENT", device.forget_root)
    equal(bytes(16), device.info()["root_check_before"], "none before")


@test
def the_next_boot():
    begin()
    key, late = aes(), aes()
    _, record = device.rotate(km.ROOT_BYTES, NEW)
    # The record is kept, but the root key is the old one still: cut short.
    begin(OLD, record)
    use(key)
    equal(bytes(16), device.info()["root_check_before"], "none before")
    # The root key is the new one: as after the commit.
    begin(NEW, record)
    refused("KEY_REQUIRES_UPGRADE", use, key)
    new = device.upgrade(key)
    use(new)
    begin(NEW, record)
    use(new)
    device.upgrade(late)
    numbered_twice()
    begin(NEW)
    use(new)
    refused("INVALID_KEY_BLOB", use, late)
    # And on to the next one, whose record says nothing of the first.
    record = rotate(THIRD)
    begin(THIRD, record)
    use(device.upgrade(new))
    refused("INVALID_KEY_BLOB", device.upgrade, key)


def numbered_twice():
    """As long as there is one before, there is no other rotation."""
    refused("ROOT_OF_TRUST_ALREADY_SET", device.rotate, km.ROOT_BYTES, THIRD)


@test
def record_tells_nothing():
    """Neither the root key nor what is derived from it stands in it."""
    begin()
    record = device.rotate(km.ROOT_BYTES, NEW)[1]
    prk = hmac.digest(bytes(32), OLD, "sha256")
    for label in ("blob format 0", "blob format 3", "password key", "state", "shared hmac"):
        key = HKDFExpand(hashes.SHA256(), 32, b"keymaster " + label.encode()).derive(prk)
        equal(False, any(key[i:i + 8] in record for i in range(24)), label)
    equal(False, any(root[i:i + 8] in record for root in (OLD, NEW) for i in range(24)), "root")
    equal(True, record != device.rotate(km.ROOT_BYTES, NEW)[1], "sealed anew")


@test
def damaged_record():
    begin()
    key = aes()
    record = device.rotate(km.ROOT_BYTES, NEW)[1]
    fresh = unloaded()
    for at in (0, 17, 28, 29, 100, 236, 237, 252):
        bent = bytearray(record)
        bent[at] ^= 1
        refused("INVALID_ARGUMENT", fresh.load_root, km.ROOT_BYTES, NEW, 0, bytes(bent))
    for cut in (record[:-1], record[:1]):
        refused("INVALID_ARGUMENT", fresh.load_root, km.ROOT_BYTES, NEW, 0, cut)
    numbered(errno.EINVAL, fresh.load_root, km.ROOT_BYTES, NEW, 0, record + b"x")
    equal(0, fresh.info()["root_source"], "nothing was loaded")
    # One that is for another root key is passed over.
    bent = bytearray(record)
    bent[1] ^= 1
    fresh.load_root(km.ROOT_BYTES, NEW, record=bytes(bent))
    refused("INVALID_KEY_BLOB", fresh.operate, km.ENCRYPT, key, CTR, b"message")
    fresh.close()


@test
def passwords():
    """The handle is made anew when the password comes; SID and throttling stay."""
    begin()
    device.enroll(1000, b"secret")
    device.enroll(1001, b"never comes")
    before = device.get_user(1000)
    rotate()
    refused("GATEKEEPER_INVALID", device.verify, 1000, b"wrong")
    equal(before["handle"], device.get_user(1000)["handle"], "the same still")
    device.verify(1000, b"secret", handle=before["handle"])
    after = device.get_user(1000)
    equal(True, after["handle"] != before["handle"] and after["sid"] == before["sid"], "anew")
    equal(0, after["failures"], "failures")
    refused("GATEKEEPER_INVALID", device.verify, 1000, b"secret", handle=before["handle"])
    device.forget_root()
    device.verify(1000, b"secret")
    refused("GATEKEEPER_INVALID", device.verify, 1000, b"wrong")
    refused("GATEKEEPER_INVALID", device.verify, 1001, b"never comes")
    equal(1, device.get_user(1001)["failures"], "counted")


@test
def what_is_refused():
    fresh = unloaded()
    refused("KEYMASTER_NOT_CONFIGURED", fresh.rotate, km.ROOT_BYTES, NEW)
    refused("INVALID_ARGUMENT", fresh.forget_root)
    fresh.close()
    begin()
    key = aes()
    serial = km.add_key("user", "root", NEW)
    numbered(errno.EINVAL, device.rotate, km.ROOT_EPHEMERAL)
    for root in (b"", NEW[:31]):
        numbered(errno.EINVAL, device.rotate, km.ROOT_BYTES, root)
    numbered(errno.EINVAL, device.rotate, km.ROOT_BYTES, NEW + b"x")
    numbered(errno.EINVAL, device.rotate, km.ROOT_BYTES, NEW, serial)
    numbered(errno.EINVAL, device.rotate, 77, NEW)
    numbered(errno.ENOKEY, device.rotate, km.ROOT_KEYRING, b"", 0x7ffffff0)
    numbered(errno.EMSGSIZE, device.rotate, km.ROOT_BYTES, NEW, 0, 252)
    one = km.device_of(4321)
    for call in ((one.rotate, km.ROOT_BYTES, NEW), (one.commit, bytes(16)), (one.forget_root,)):
        eperm(*call)
    one.close()
    nowhere = ctypes.c_uint64(0xffff888000001000).value
    for at in ("key", "record"):
        args = [km.ROOT_BYTES, km._address(NEW, []), device.out.address, 32, 0, 253, 0, bytes(16)]
        args[1 if at == "key" else 2] = nowhere
        numbered(errno.EFAULT, km._call, device.fd, km.ROTATE_ROOT_KEY, "<IIiIQQIiII16s", *args)
    use(key)
    check, _ = device.rotate(km.ROOT_KEYRING, serial=serial)
    device.commit(check)
    equal(km.ROOT_KEYRING, device.info()["root_source"], "source")
    refused("KEY_REQUIRES_UPGRADE", use, key)


@test
def while_keys_are_used():
    """Four users at work through ten rotations: an upgrade is all that a key ever needs."""
    begin()
    stop, troubles, rounds = threading.Event(), [], [0] * 4

    def work(n):
        mine = km.Device()
        key = mine.generate(doors.aes(km.CTR))
        while not stop.is_set():
            try:
                mine.operate(km.ENCRYPT, key, CTR, b"message")
                rounds[n] += 1
            except km.Refused as e:
                if e.code != "KEY_REQUIRES_UPGRADE":
                    troubles.append(str(e))
                    break
                key = mine.upgrade(key) or key
        mine.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for n in range(10):
        rotate(bytes([n]) * 32)
        before = list(rounds)
        while not troubles and any(a < b + 3 for a, b in zip(rounds, before)):
            os.sched_yield()
        device.forget_root()
    stop.set()
    for thread in threads:
        thread.join()
    equal([], troubles, "refusals")


if __name__ == "__main__":
    main()
