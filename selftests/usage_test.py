#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# Limits on how often a key is used in one boot, keys of early boot, and stored tags of old.
# What is counted stays until the boot ends, and the module with it: the tests stand in the
# order in which that happens.
# vm: -c 2
# holds the module: uses are counted until the next boot

import errno
import os
import resource
import subprocess
import time

import doors
import km
from blobs import forge
from doors import verdict
from tap import equal, main, refused, test

ROOT = bytes(range(50, 82))
SECRET = b"\7" * 32
ENTRIES = 64
DIGEST_OLD, PADDING_OLD = 0x10000005, 0x10000007
CTR = [(km.BLOCK_MODE, km.CTR), (km.PADDING, km.PAD_NONE)]
SHA = [(km.DIGEST, km.SHA256)]
DATE = [(km.CREATION_DATETIME, 1)]
device = None


def limited(*more):
    return device.generate(doors.aes(km.CTR, more=more))


def uses(n):
    return (km.MAX_USES_PER_BOOT, n)


def every(seconds):
    return (km.MIN_SECONDS_BETWEEN_OPS, seconds)


def begin(key, purpose=km.ENCRYPT, params=None, through=None):
    (through or device).begin(purpose, key, CTR if params is None else params).close()


def once(key, through=None):
    (through or device).operate(km.ENCRYPT, key, CTR, b"message")


@test
def stored_tags_of_old():
    """DIGEST and PADDING in their first encoding authorise; nobody makes them any more."""
    aes = doors.describe(km.AES, 256, [km.ENCRYPT], [km.CTR])
    mac = doors.describe(km.HMAC, 256, [km.SIGN], min_mac=64)
    for form in (0, 3):
        equal("INCOMPATIBLE_PADDING_MODE",
              verdict(km.ENCRYPT, forge(SECRET, aes, DATE, ROOT, form), CTR), "no padding")
        old = forge(SECRET, aes + [(PADDING_OLD, km.PAD_NONE)], DATE, ROOT, form)
        equal("OK", verdict(km.ENCRYPT, old, CTR), "PADDING")
        other = forge(SECRET, aes + [(PADDING_OLD, km.PKCS7)], DATE, ROOT, form)
        equal("INCOMPATIBLE_PADDING_MODE", verdict(km.ENCRYPT, other, CTR), "another padding")
        old = forge(SECRET, mac + [(DIGEST_OLD, km.SHA256)], DATE, ROOT, form)
        equal("OK", verdict(km.SIGN, old, SHA + [(km.MAC_LENGTH, 256)]), "DIGEST")
    for tag in (PADDING_OLD, DIGEST_OLD):
        refused("UNSUPPORTED_TAG", limited, (tag, 1))


@test
def early_boot_before_its_end():
    key = limited(km.EARLY_BOOT_ONLY)
    equal("OK", verdict(km.ENCRYPT, key, CTR), "still early")
    for describe, data, form in ((doors.aes(km.CTR), bytes(32), km.RAW),
                                 (doors.ec(), b"anything", km.PKCS8)):
        refused("EARLY_BOOT_ENDED", device.import_key, describe + [km.EARLY_BOOT_ONLY], data, form)
    user = km.device_of(4242)
    try:
        user.early_boot_ended()
        raise AssertionError("an ordinary user may")
    except km.Refused as e:
        equal("OK", e.code, "not the key manager's affair")
    user.close()
    equal("OK", verdict(km.ENCRYPT, key, CTR), "still early")


@test
def nothing_counted_yet():
    """Keys with limits may be made and shown: the module can still go."""
    global device
    keys = limited(uses(1)), limited(every(9))
    for key, tag, value in zip(keys, (km.MAX_USES_PER_BOOT, km.MIN_SECONDS_BETWEEN_OPS), (1, 9)):
        equal([value], km.values(device.characteristics(key)[0], tag), "enforced")
    for key in keys:
        refused("INCOMPATIBLE_BLOCK_MODE", device.begin, km.ENCRYPT, key,
                [(km.BLOCK_MODE, km.ECB), (km.PADDING, km.PAD_NONE)])
    device.close()
    km.reload(ROOT)
    doors.device = device = km.Device()


@test
def uses_per_boot():
    for limit in (1, 3, 7):
        for form in km.FORMATS.values():
            key = device.generate(doors.aes(km.CTR, more=[uses(limit)]), form)
            serial = km.add_key("keymaster", "usage", key)
            for n in range(limit):      # by every door: they have one count
                (begin, once)[n % 2]((key, serial)[n // 2 % 2])
            for name in (key, serial):
                refused("KEY_MAX_OPS_EXCEEDED", begin, name)
                refused("KEY_MAX_OPS_EXCEEDED", once, name)
                refused("KEY_MAX_OPS_EXCEEDED", begin, name, km.DECRYPT,
                        CTR + [(km.NONCE, bytes(16))])
            km.unlink_key(serial)
    refused("KEY_MAX_OPS_EXCEEDED", begin, limited(uses(0)))


@test
def what_is_a_use():
    key = limited(uses(2))
    refused("INCOMPATIBLE_PURPOSE", device.begin, km.ENCRYPT,
            device.generate(doors.aes(km.CTR, purposes=[km.DECRYPT], more=[uses(1)])), CTR)
    refused("INCOMPATIBLE_BLOCK_MODE", begin, key, km.ENCRYPT,
            [(km.BLOCK_MODE, km.CBC), (km.PADDING, km.PAD_NONE)])
    refused("UNSUPPORTED_PURPOSE", begin, key, km.SIGN)
    device.characteristics(key)
    equal(b"", device.upgrade(key), "current")
    # Refused by the cipher, after the authorizations: that was one.
    refused("INVALID_NONCE", begin, key, km.DECRYPT, CTR + [(km.NONCE, bytes(15))])
    operation = device.begin(km.ENCRYPT, key, CTR)
    operation.update(b"message")
    operation.abort()
    operation.close()
    refused("KEY_MAX_OPS_EXCEEDED", once, key)
    # The public half is everybody's.
    pair = device.generate(doors.ec(more=[uses(1)]))
    for _ in range(3):
        begin(pair, km.VERIFY, SHA)
    begin(pair, km.SIGN, SHA)
    refused("KEY_MAX_OPS_EXCEEDED", begin, pair, km.SIGN, SHA)
    begin(pair, km.VERIFY, SHA)


@test
def an_operation_that_cannot_begin_is_no_use():
    """There is no file descriptor left for it, or the user has as many operations as he may."""
    for limit in (uses(1), every(1000)):
        key, other = limited(limit), limited()
        files = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, files[1]))
        try:
            device.begin(km.ENCRYPT, key, CTR)
            raise AssertionError("begun without a file descriptor")
        except km.Refused as e:
            equal((errno.EMFILE, "OK"), (e.errno, e.code), "of the call itself")
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, files)
        equal(0, device.info()["operations"], "operations left")
        running = [device.begin(km.ENCRYPT, other, CTR)
                   for _ in range(device.info()["operations_max"])]
        refused("TOO_MANY_OPERATIONS", begin, key)
        for operation in running:
            operation.close()
        begin(key)
        refused("KEY_MAX_OPS_EXCEEDED" if limit == uses(1) else "KEY_RATE_LIMIT_EXCEEDED",
                begin, key)


@test
def used_up_before_it_is_counted():
    """USAGE_COUNT_LIMIT is looked at first: a key that is used up takes nothing else."""
    key = limited(uses(2), (km.USAGE_COUNT_LIMIT, 1))
    once(key)
    for _ in range(3):
        refused("INVALID_KEY_BLOB", once, key)
        refused("INVALID_KEY_BLOB", begin, key)


@test
def many_at_once():
    """64 processes, and a key that may be used so often: exactly so many succeed."""
    for limit in (1, 5):
        key = limited(uses(limit))
        go_read, go_write = os.pipe()
        children = []
        for _ in range(64):
            pid = os.fork()
            if not pid:
                status = 2
                try:
                    mine = km.Device()
                    os.close(go_write)
                    os.read(go_read, 1)
                    once(key, mine)
                    status = 0
                except km.Refused as e:
                    status = 1 if e.code == "KEY_MAX_OPS_EXCEEDED" else 3
                finally:
                    os._exit(status)
            children.append(pid)
        os.close(go_write)
        codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
        os.close(go_read)
        equal([0] * limit + [1] * (64 - limit), sorted(codes), "how they ended")


@test
def seconds_between_uses():
    key, serial = limited(every(2)), None
    serial = km.add_key("keymaster", "rate", key)
    pair = device.generate(doors.ec(more=[every(100)]))
    start = time.clock_gettime(time.CLOCK_BOOTTIME)
    begin(key)
    done = time.clock_gettime(time.CLOCK_BOOTTIME)
    while True:
        before = time.clock_gettime(time.CLOCK_BOOTTIME)
        try:
            once(serial)
            break
        except km.Refused as e:
            equal("KEY_RATE_LIMIT_EXCEEDED", e.code, "refused for")
            equal(True, before - done < 2, "seconds since")
    equal(True, time.clock_gettime(time.CLOCK_BOOTTIME) - start >= 2, "after two seconds")
    refused("KEY_RATE_LIMIT_EXCEEDED", begin, key)
    begin(pair, km.SIGN, SHA)
    refused("KEY_RATE_LIMIT_EXCEEDED", begin, pair, km.SIGN, SHA)
    begin(pair, km.VERIFY, SHA)
    km.unlink_key(serial)
    # The wall clock has nothing to do with it.
    slow = limited(every(1000))
    begin(slow)
    wall, steady = time.time(), time.clock_gettime(time.CLOCK_BOOTTIME)
    try:
        time.clock_settime(time.CLOCK_REALTIME, wall + 10**6)
        refused("KEY_RATE_LIMIT_EXCEEDED", begin, slow)
    finally:
        time.clock_settime(time.CLOCK_REALTIME,
                           wall + time.clock_gettime(time.CLOCK_BOOTTIME) - steady)
    free = limited(every(0))
    begin(free)
    begin(free)


@test
def one_user_fills_no_other_users_table():
    one, two = km.device_of(5001), km.device_of(5002)
    for tag in (km.MAX_USES_PER_BOOT, km.MIN_SECONDS_BETWEEN_OPS):
        describe = doors.aes(km.CTR, more=[(tag, 1000)])
        keys = [one.generate(describe) for _ in range(ENTRIES + 2)]
        for key in keys[:ENTRIES]:
            begin(key, through=one)
        for _ in range(2):
            for key in keys[ENTRIES:]:
                refused("TOO_MANY_OPERATIONS", one.begin, km.ENCRYPT, key, CTR)
                refused("TOO_MANY_OPERATIONS", one.operate, km.ENCRYPT, key, CTR, b"x")
        theirs = two.generate(describe)
        begin(theirs, through=two)
        want = None if tag == km.MAX_USES_PER_BOOT else "KEY_RATE_LIMIT_EXCEEDED"
        for name, door in ((keys[0], one), (keys[ENTRIES - 1], one), (theirs, two)):
            if want:        # known keys are as they were
                refused(want, door.begin, km.ENCRYPT, name, CTR)
            else:
                begin(name, through=door)
        equal(0, one.info()["operations"], "operations left")
    one.close()
    two.close()


@test
def a_shared_key_has_one_count():
    one, two = km.device_of(5003), km.device_of(5004)
    key = one.generate(doors.aes(km.CTR, more=[uses(3), km.SHAREABLE]))
    begin(key, through=one)
    begin(key, through=two)
    once(key, two)
    for door in (one, two, device):
        refused("KEY_MAX_OPS_EXCEEDED", door.begin, km.ENCRYPT, key, CTR)
    one.close()
    two.close()


@test
def keys_without_an_id():
    """Forged, or of a module to come: the blob itself names them."""
    aes = doors.describe(km.AES, 256, [km.ENCRYPT], [km.CTR], [km.PAD_NONE], more=[uses(1)])
    for more in ([], [(km.KEY_ID, b"short")]):
        keys = [forge(SECRET, aes + more, DATE, ROOT) for _ in range(2)]
        for key in keys:
            begin(key)
            refused("KEY_MAX_OPS_EXCEEDED", begin, key)
    for tag in (km.MAX_USES_PER_BOOT, km.MIN_SECONDS_BETWEEN_OPS):   # in the second set
        key = forge(SECRET, [e for e in aes if e != uses(1)], DATE + [(tag, 1)], ROOT)
        begin(key)
        refused({km.MAX_USES_PER_BOOT: "KEY_MAX_OPS_EXCEEDED"}.get(tag, "KEY_RATE_LIMIT_EXCEEDED"),
                begin, key)


@test
def bootloader_only():
    for more in ([km.BOOTLOADER_ONLY], [uses(1), km.BOOTLOADER_ONLY]):
        key = limited(*more)
        for _ in range(3):
            equal("INVALID_KEY_BLOB", verdict(km.ENCRYPT, key, CTR), "for the bootloader")
    refused("INVALID_KEY_BLOB", begin, limited(km.BOOTLOADER_ONLY, uses(0)))
    refused("KEY_MAX_OPS_EXCEEDED", begin, limited(uses(0), km.BOOTLOADER_ONLY))


@test
def an_upgrade_wins_no_uses():
    key = limited(uses(2))
    begin(key)
    device.configure(os_patchlevel=202401)
    for _ in range(3):
        refused("KEY_REQUIRES_UPGRADE", begin, key)
    fresh = device.upgrade(key)
    begin(fresh)
    refused("KEY_MAX_OPS_EXCEEDED", begin, fresh)
    refused("KEY_MAX_OPS_EXCEEDED", begin, device.upgrade(key))


@test
def early_boot_after_its_end():
    key, pair = limited(km.EARLY_BOOT_ONLY), device.generate(doors.ec(more=[km.EARLY_BOOT_ONLY]))
    serial = km.add_key("keymaster", "early", key)
    with device.begin(km.ENCRYPT, serial, CTR) as running:
        device.early_boot_ended()
        device.early_boot_ended()
        for name in (key, serial, limited(km.EARLY_BOOT_ONLY)):
            refused("EARLY_BOOT_ENDED", begin, name)
            refused("EARLY_BOOT_ENDED", once, name)
        equal(7, len(running.finish(b"message")), "what runs goes on")
    refused("EARLY_BOOT_ENDED", begin, pair, km.SIGN, SHA)
    begin(pair, km.VERIFY, SHA)
    device.characteristics(key)
    device.export(pair)
    refused("EARLY_BOOT_ENDED", device.import_key, doors.aes(km.CTR, more=[km.EARLY_BOOT_ONLY]),
            bytes(32))
    equal("OK", verdict(km.ENCRYPT, limited(), CTR), "other keys")
    km.unlink_key(serial)


@test
def the_module_stays():
    """Loading it again would give every key its uses back."""
    global device
    key = limited(uses(1))
    begin(key)
    device.close()
    unload = os.environ.get("KM_UNLOAD", "rmmod keymaster")
    for _ in range(2):
        equal(False, subprocess.run(unload, shell=True, stderr=subprocess.DEVNULL).returncode == 0,
              "unloaded")
    doors.device = device = km.Device()
    refused("KEY_MAX_OPS_EXCEEDED", begin, key)


if __name__ == "__main__":
    km.reload(ROOT)
    doors.device = device = km.Device()
    main()
