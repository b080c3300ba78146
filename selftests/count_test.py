#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# USAGE_COUNT_LIMIT: uses in all, in one boot. What is left of them in the next one is for
# vm/state_test.sh. Row 85 of features.md.
# vm: -c 2

import errno
import threading

import doors
import km
from gatekeeping import eperm
from tap import equal, main, refused, test

ROOT = bytes(range(60, 92))
CTR = doors.cipher(km.CTR)
SHA = [(km.DIGEST, km.SHA256)]
SLOTS = 64
device = None


def limit(uses):
    return (km.USAGE_COUNT_LIMIT, uses)


def counted(uses, through=None, form=km.GCM_BLOB, more=()):
    return (through or device).generate(doors.aes(km.CTR, more=[limit(uses), *more]), form)


def use(key, through=None):
    (through or device).operate(km.ENCRYPT, key, CTR, b"message")


def used_up(key, through=None):
    refused("INVALID_KEY_BLOB", (through or device).begin, km.ENCRYPT, key, CTR)
    refused("INVALID_KEY_BLOB", use, key, through)


@test
def row_85_single_use():
    for form in km.FORMATS.values():
        key = counted(1, form=form)
        equal([1], km.values(device.characteristics(key)[0], km.USAGE_COUNT_LIMIT), "enforced")
        device.begin(km.ENCRYPT, key, CTR).close()
        use(key)
        used_up(key)
        # Without its slot a blob cannot be decrypted: this is not a matter of policy.
        if form == km.GCM_BLOB:
            equal(4, key[0], "format")
            refused("INVALID_KEY_BLOB", device.characteristics, key)
        else:
            device.characteristics(key)


@test
def by_every_door():
    """Blob or serial, in one step or in several: one count."""
    key = counted(2 * len(doors.DOORS))
    serial = km.add_key("keymaster", "loaded before", key)
    for _ in range(2):
        for name in doors.DOORS:
            doors.through(name, device, key, km.ENCRYPT, CTR, b"message")
    used_up(key)
    used_up(serial)
    try:
        km.add_key("keymaster", "loaded later", key)
        raise AssertionError("loaded")
    except OSError as e:
        equal(errno.EKEYREJECTED, e.errno, "add_key")
    km.unlink_key(serial)


@test
def what_is_no_use():
    key = device.generate(doors.hmac(more=[limit(1)]))
    params = SHA + [(km.MAC_LENGTH, 256)]
    mac = device.generate(doors.hmac())
    refused("VERIFICATION_FAILED", device.operate, km.VERIFY, key, SHA, b"message", bytes(32))
    for _ in range(3):
        with device.begin(km.SIGN, key, params) as operation:
            operation.update(b"message")
            operation.abort()
        device.begin(km.SIGN, key, params).close()
    try:
        device.operate(km.SIGN, key, params, b"message", room=1)
        raise AssertionError("it fits")
    except km.Refused as e:
        equal(errno.EMSGSIZE, e.errno, "too little room")
    with device.begin(km.SIGN, key, params) as operation:
        operation.out = km._Out(1)
        try:
            km._call(operation.fd, km.FINISH, "<IIiIQQQQIIII", 0, 0, 0, 0, operation.out.address, 0,
                     0, 1, 0)
            raise AssertionError("it fits")
        except km.Refused as e:
            equal(errno.EMSGSIZE, e.errno, "too little room")
        operation.out = km._Out(64)
        equal(32, len(operation.finish()), "and is still there")
    refused("INVALID_KEY_BLOB", device.begin, km.SIGN, key, params)
    device.operate(km.SIGN, mac, params, b"message")


@test
def the_public_half_is_not_counted():
    pair = device.generate(doors.ec(more=[limit(2)]))
    signature, _ = device.operate(km.SIGN, pair, SHA, b"message")
    for _ in range(3):
        device.operate(km.VERIFY, pair, SHA, b"message", signature)
    device.export(pair)
    device.operate(km.SIGN, pair, SHA, b"message")
    # All of the key is gone with the last use, whichever way it is named.
    refused("INVALID_KEY_BLOB", device.operate, km.SIGN, pair, SHA, b"message")
    refused("INVALID_KEY_BLOB", device.operate, km.VERIFY, pair, SHA, b"message", signature)
    refused("INVALID_KEY_BLOB", device.export, pair)


@test
def many_at_once():
    """32 operations of a single-use key that are open already: one has output."""
    for uses in (1, 3):
        key = counted(uses)
        operations = [device.begin(km.ENCRYPT, key, CTR) for _ in range(32)]
        results, go = [], threading.Barrier(len(operations))

        def finish(operation):
            go.wait()
            try:
                results.append(operation.finish(b"message"))
            except km.Refused as e:
                results.append(e.code)

        threads = [threading.Thread(target=finish, args=(o,)) for o in operations]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        equal(32 - uses, results.count("INVALID_KEY_BLOB"), "refused")
        equal(uses, sum(isinstance(r, bytes) and len(r) == 7 for r in results), "outputs")
        for operation in operations:
            operation.close()
        used_up(key)


@test
def zero_and_twice():
    refused("INVALID_ARGUMENT", counted, 0)
    refused("INVALID_ARGUMENT", device.import_key, doors.aes(km.CTR, more=[limit(0)]), bytes(32))
    refused("INVALID_TAG", counted, 1, more=[limit(2)])
    use(counted(2**32 - 1))


@test
def imported():
    key = device.import_key(doors.aes(km.CTR, more=[limit(1)]), bytes(32))
    use(key)
    used_up(key)


@test
def an_upgrade_keeps_the_count():
    global device
    key, two, gone = counted(4), counted(9), counted(9)
    old = counted(2, form=km.OCB_BLOB)
    use(key)
    device.configure(os_patchlevel=202401)
    refused("KEY_REQUIRES_UPGRADE", use, key)
    new = device.upgrade(key)
    equal(True, new[0] == 4 and new[-4:] != key[-4:], "a slot of its own")
    use(new)
    refused("KEY_REQUIRES_UPGRADE", use, key)
    # The slot belongs to the blob: it cannot be put on another.
    refused("INVALID_KEY_BLOB", use, new[:-4] + key[-4:])
    refused("INVALID_KEY_BLOB", use, new[:-4] + bytes(4))
    device.delete(key)
    refused("INVALID_KEY_BLOB", use, key)
    refused("INVALID_KEY_BLOB", device.upgrade, key)
    use(new)
    use(new)
    used_up(new)
    # An upgrade that is lost and repeated takes the same slot, so each of them works.
    blobs = [device.upgrade(two) for _ in range(5)]
    equal(1, len({blob[-4:] for blob in blobs}), "slots")
    for blob in blobs:
        use(blob)
    device.delete(two)
    use(blobs[0])
    device.delete(blobs[1])
    for blob in [two, *blobs]:
        used_up(blob)
    # The key as a whole.
    new = device.upgrade(gone)
    device.delete(gone, whole=True)
    for blob in (gone, new):
        used_up(blob)
    new = device.upgrade(old)
    use(new)
    use(new)
    used_up(new)
    device.close()
    km.reload(ROOT)
    doors.device = device = km.Device()
    used_up(key)


@test
def deleted():
    key = counted(5)
    other = km.device_of(4321)
    other.delete(key)                       # not whose it is
    use(key)
    device.delete(key)
    used_up(key)
    device.delete(key)
    # With APPLICATION_ID, which DELETE_KEY does not take.
    key = counted(1, more=[(km.APPLICATION_ID, b"app")])
    device.delete(key)
    refused("INVALID_KEY_BLOB", device.operate, km.ENCRYPT, key,
            CTR + [(km.APPLICATION_ID, b"app")], b"x")
    other.close()


@test
def deleted_while_loaded():
    """A key that was loaded before does not outlive its slot."""
    pair = device.generate(doors.ec(more=[limit(9)]))
    signature, _ = device.operate(km.SIGN, pair, SHA, b"message")
    serial = km.add_key("keymaster", "gone", pair)
    device.operate(km.VERIFY, serial, SHA, b"message", signature)
    device.delete(pair)
    for call in ((device.operate, km.VERIFY, serial, SHA, b"message", signature),
                 (device.operate, km.SIGN, serial, SHA, b"message"),
                 (device.export, serial), (device.characteristics, serial)):
        refused("INVALID_KEY_BLOB", *call)
    km.unlink_key(serial)


@test
def all_deleted():
    one, other = km.device_of(4331), km.device_of(4332)
    free = one.generate(doors.aes(km.CTR))
    keys = [counted(9, door) for door in (one, other, device)]
    for door in (one, other):
        eperm(door.delete_all, of_all_users=True)
    one.delete_all()
    used_up(keys[0], one)
    use(keys[1], other)
    use(keys[2])
    device.delete_all(of_all_users=True)
    used_up(keys[1], other)
    used_up(keys[2])
    use(free, one)
    # And from then on as before.
    use(counted(1, one), one)
    device.delete_all(of_all_users=True)
    device.delete_all()
    one.close()
    other.close()


@test
def shared():
    """Whoever may use it uses it up, and only its maker deletes it."""
    key = counted(2, more=[km.SHAREABLE])
    other = km.device_of(4321)
    use(key, other)
    other.delete(key)
    use(key)
    used_up(key, other)
    other.close()


@test
def room_of_each_user():
    one, other = km.device_of(4322), km.device_of(4323)
    keys = [counted(1, one) for _ in range(SLOTS)]
    refused("TOO_MANY_OPERATIONS", counted, 1, one)
    use(counted(1, other), other)
    one.generate(doors.aes(km.CTR))
    use(keys[0], one)
    one.delete(keys[1])
    for _ in range(2):
        counted(1, one)
    refused("TOO_MANY_OPERATIONS", counted, 1, one)
    # A blob that nobody got takes no room.
    use(keys[2], one)
    whole = one.out
    for _ in range(3):
        one.out = km._Out(16)
        try:
            counted(1, one)
            raise AssertionError("it fits")
        except km.Refused as e:
            equal(errno.EMSGSIZE, e.errno, "too little room")
    one.out = whole
    counted(1, one)
    one.close()
    other.close()


@test
def another_load():
    """Without its count a key is used up."""
    global device
    key = counted(9)
    device.close()
    km.reload(ROOT)
    doors.device = device = km.Device()
    used_up(key)


if __name__ == "__main__":
    km.reload(ROOT)
    doors.device = device = km.Device()
    main()
