#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# CONFIGURE and UPGRADE_KEY: what keys are bound to besides the root key, and how they follow an
# update of the system. Each test has the module anew, as what is configured stays.

import contextlib
import ctypes
import errno
import fcntl
import struct

import doors
import km
from blobs import forge, take_apart
from doors import verdict
from tap import equal, main, refused, test

ROOT = bytes(range(100, 132))
SECRET = b"\7" * 32
CTR = [(km.BLOCK_MODE, km.CTR), (km.PADDING, km.PAD_NONE)]
LEVELS = {"os_patchlevel": (km.OS_PATCHLEVEL, 202401, 202402, 202312),
          "vendor_patchlevel": (km.VENDOR_PATCHLEVEL, 20240105, 20240106, 20231231),
          "boot_patchlevel": (km.BOOT_PATCHLEVEL, 20240105, 20240205, 20230105)}
SYSTEM = [(km.ORIGIN, km.GENERATED), (km.KEY_ID, bytes(range(16)))]
DATE = [(km.CREATION_DATETIME, 1)]
AES_SET = doors.describe(km.AES, 256, [km.ENCRYPT, km.DECRYPT], [km.CTR], [km.PAD_NONE])
device = None


@contextlib.contextmanager
def boot(**configured):
    """The module as after a boot into such a system."""
    global device
    if device:
        device.close()
    km.reload(ROOT)
    doors.device = device = km.Device()
    if configured:
        device.configure(**configured)
    yield device


def made(form=km.GCM_BLOB):
    return device.generate(doors.aes(km.CTR), form)


def versions(blob):
    """Read from the blob itself: works for keys that must not be used."""
    tags = (km.OS_VERSION, km.OS_PATCHLEVEL, km.VENDOR_PATCHLEVEL, km.BOOT_PATCHLEVEL)
    parts = km.Blob(blob)
    found = [(tag, value) for tag, value in parts.enforced + parts.unenforced if tag in tags]
    return [dict(found).get(tag) for tag in tags]


def judged(want, blob):
    """The same by every door, and by the description of the key."""
    equal(want, verdict(km.ENCRYPT, blob, CTR), "by blob")
    serial = km.add_key("keymaster", "version", blob)   # loading is no use
    try:
        equal(want, verdict(km.ENCRYPT, serial, CTR), "by serial")
        for name in (blob, serial):
            if want == "OK":
                device.characteristics(name)
            else:
                refused(want, device.characteristics, name)
    finally:
        km.unlink_key(serial)


@test
def not_configured():
    with boot():
        for form in km.FORMATS.values():
            blob = made(form)
            equal([0, 0, None, None], versions(blob), "versions of a system that has none")
            judged("OK", blob)
            equal(b"", device.upgrade(blob), "nothing to upgrade")


@test
def new_keys_carry_the_versions():
    with boot(os_version=130001, os_patchlevel=202401):
        equal([130001, 202401, None, None], versions(made()), "versions")
        device.configure(vendor_patchlevel=20240105)
        device.configure(boot_patchlevel=20240100)
        for blob in (made(), made(km.OCB_BLOB), device.import_key(doors.aes(km.CTR, 128),
                                                                  bytes(16))):
            equal([130001, 202401, 20240105, 20240100], versions(blob), "versions")
            enforced, _ = device.characteristics(blob)
            equal([202401], km.values(enforced, km.OS_PATCHLEVEL), "in the enforced set")
            judged("OK", blob)


@test
def each_level_is_compared():
    for name, (tag, now, later, before) in LEVELS.items():
        with boot(**{name: now}):
            blobs = [made(form) for form in km.FORMATS.values()]
        with boot(**{name: later}):
            for blob in blobs:
                judged("KEY_REQUIRES_UPGRADE", blob)
                fresh = device.upgrade(blob)
                equal([later], km.values(km.Blob(fresh).enforced, tag), "raised")
                judged("OK", fresh)
                judged("KEY_REQUIRES_UPGRADE", blob)
                equal(b"", device.upgrade(fresh), "upgraded once")
        with boot(**{name: before}):
            for blob in blobs:
                judged("INVALID_KEY_BLOB", blob)
                refused("INVALID_ARGUMENT", device.upgrade, blob)
        with boot():
            for blob in blobs:      # nobody has said what the system is
                judged("INVALID_KEY_BLOB", blob)
                refused("INVALID_ARGUMENT", device.upgrade, blob)
        with boot(**{name: now}):
            for blob in blobs:
                judged("OK", blob)
                equal(b"", device.upgrade(blob), "current")


@test
def a_loaded_key_follows():
    """Loaded, and remembered by an open file, before the system says what it is."""
    with boot():
        serial = km.add_key("keymaster", "early", made())
        for _ in range(3):
            device.operate(km.ENCRYPT, serial, CTR, b"x")
        with device.begin(km.ENCRYPT, serial, CTR) as running:
            device.configure(os_patchlevel=202401)
            refused("KEY_REQUIRES_UPGRADE", device.operate, km.ENCRYPT, serial, CTR, b"x")
            refused("KEY_REQUIRES_UPGRADE", device.begin, km.ENCRYPT, serial, CTR)
            refused("KEY_REQUIRES_UPGRADE", device.characteristics, serial)
            equal(16, len(running.finish(bytes(16))), "what runs goes on")
        km.unlink_key(serial)


@test
def export_asks_for_no_version():
    with boot(os_patchlevel=202401):
        blob = device.generate(doors.ec())
        public = device.export(blob)
    with boot(os_patchlevel=202501):
        equal(public, device.export(blob), "older")
        refused("KEY_REQUIRES_UPGRADE", device.begin, km.VERIFY, blob, [(km.DIGEST, km.SHA256)])
    with boot(os_patchlevel=202301):
        equal(public, device.export(blob), "newer")
        refused("INVALID_KEY_BLOB", device.begin, km.VERIFY, blob, [(km.DIGEST, km.SHA256)])


@test
def os_version():
    """Recorded and upgraded, not compared at use; it may go to 0, and not back otherwise."""
    with boot(os_version=130000, os_patchlevel=202401):
        blob = made()
    with boot(os_version=140000, os_patchlevel=202401):
        judged("OK", blob)
        equal([140000, 202401, None, None], versions(device.upgrade(blob)), "raised")
    with boot(os_version=120000, os_patchlevel=202401):
        judged("OK", blob)
        refused("INVALID_ARGUMENT", device.upgrade, blob)
    with boot(os_version=0, os_patchlevel=202401):
        fresh = device.upgrade(blob)
        equal([0, 202401, None, None], versions(fresh), "gone")
        judged("OK", fresh)


@test
def upgrade_changes_nothing_else():
    params = doors.aes(km.CTR, more=[(km.USER_ID, 7), (km.APPLICATION_ID, b"app"),
                                     (km.APPLICATION_DATA, b"data")])
    app = [(km.APPLICATION_ID, b"app"), (km.APPLICATION_DATA, b"data")]
    levels = {km.OS_VERSION, km.OS_PATCHLEVEL, km.VENDOR_PATCHLEVEL}
    for form in km.FORMATS.values():
        for more in ([], [km.SHAREABLE]):
            with boot(os_version=130000, os_patchlevel=202401):
                blob = device.generate(params + more, form)
                cipher, _ = device.operate(km.ENCRYPT, blob, doors.cipher(
                    km.CTR, nonce=bytes(16), more=app), b"message")
            with boot(os_version=130100, os_patchlevel=202402, vendor_patchlevel=20240207):
                for wrong in ([], app[:1], [(km.APPLICATION_ID, b"app")] * 2):
                    refused("INVALID_KEY_BLOB", device.upgrade, blob, wrong)
                fresh = device.upgrade(blob, app)
                old, new = km.Blob(blob), km.Blob(fresh)
                equal(old.format, new.format, "format")
                equal(old.unenforced, new.unenforced, "unenforced set")
                equal([e for e in old.enforced if e[0] not in levels],
                      [e for e in new.enforced if e[0] not in levels], "the rest, with KEY_ID")
                equal([130100, 202402, 20240207, None], versions(fresh), "versions")
                equal(take_apart(blob, ROOT, 0, app), take_apart(fresh, ROOT, 0, app), "material")
                equal(False, old.nonce == new.nonce, "sealed with a nonce of its own")
                equal(cipher, device.operate(km.ENCRYPT, fresh, doors.cipher(
                    km.CTR, nonce=bytes(16), more=app), b"message")[0], "the same key")
                equal(b"", device.upgrade(fresh, app), "current")
                refused("INVALID_KEY_BLOB", device.upgrade, fresh)


@test
def keys_of_before():
    """Blobs without the tags, as older modules made them: usable, and given them by an upgrade."""
    with boot(os_version=130000, os_patchlevel=202401, boot_patchlevel=20240101):
        for form in (0, 3):
            blob = forge(SECRET, AES_SET + SYSTEM, DATE, ROOT, form)
            judged("OK", blob)
            fresh = device.upgrade(blob)
            equal([130000, 202401, None, 20240101], versions(fresh), "added")
            want = AES_SET + SYSTEM + [(km.OS_VERSION, 130000), (km.OS_PATCHLEVEL, 202401),
                                       (km.BOOT_PATCHLEVEL, 20240101)]
            equal(km.unpack(km.pack(want)), km.Blob(fresh).enforced, "behind the rest")
            # In the unenforced set, as Keymaster 1 software had everything.
            soft = forge(SECRET, AES_SET + SYSTEM, DATE + [(km.OS_PATCHLEVEL, 202301)], ROOT, form)
            judged("KEY_REQUIRES_UPGRADE", soft)
            equal([202401], km.values(km.Blob(device.upgrade(soft)).unenforced, km.OS_PATCHLEVEL),
                  "raised where it stands")


@test
def upgrade_of_no_key():
    with boot(os_patchlevel=202401):
        blob = made()
        for bad in (b"no key at all", b"\0", blob[:-1], blob + b"\0", bytes(100)):
            refused("INVALID_KEY_BLOB", device.upgrade, bad)
        for at in range(0, len(blob), 7):
            bad = bytearray(blob)
            bad[at] ^= 1
            refused("INVALID_KEY_BLOB", device.upgrade, bytes(bad))
        other = km.device_of(4242)
        refused("INVALID_KEY_BLOB", other.upgrade, blob)
        other.close()


@test
def upgrade_into_too_little_room():
    with boot():
        blob = made()
        device.configure(os_patchlevel=202401)
        whole = len(device.upgrade(blob))
        out = device.out
        out_size, out.size = out.size, whole - 1
        try:
            device.upgrade(blob)
            raise AssertionError("there was no room")
        except km.Refused as e:
            equal((errno.EMSGSIZE, "OK", whole), (e.errno, e.code, e.need[-1]), "short")
        finally:
            out.size = out_size


@test
def set_once():
    given = {"os_version": (60102, 60103), "os_patchlevel": (201603, 201604),
             "vendor_patchlevel": (20160323, 20160324), "boot_patchlevel": (20160323, 20160300)}
    with boot():
        for name, (value, other) in given.items():
            device.configure(**{name: value})
            device.configure(**{name: value})
            refused("INVALID_ARGUMENT", device.configure, **{name: other})
            refused("INVALID_ARGUMENT", device.configure, **{name: 0})
        equal([60102, 201603, 20160323, 20160323], versions(made()), "the first stays")
        device.configure(**{name: value for name, (value, _) in given.items()})
    with boot():        # all of it, or nothing
        device.configure(os_version=60102)
        refused("INVALID_ARGUMENT", device.configure, os_version=60103, os_patchlevel=201603)
        refused("INVALID_ARGUMENT", device.configure, os_patchlevel=201603, boot_patchlevel=1)
        equal([60102, 0, None, None], versions(made()), "nothing else taken")
        device.configure(os_patchlevel=0)
        refused("INVALID_ARGUMENT", device.configure, os_patchlevel=201603)


@test
def values_that_are_none():
    with boot():
        for name, bad in (("os_version", [1000000, 2**32 - 1]),
                          ("os_patchlevel", [1, 12, 2024, 202400, 202413, 196912, 20240101,
                                             2**32 - 1]),
                          ("vendor_patchlevel", [1, 31, 101, 202401, 20240001, 20241301, 20240132,
                                                 19691231, 2**32 - 1]),
                          ("boot_patchlevel", [1, 202401, 20241332, 2**31])):
            for value in bad:
                refused("INVALID_ARGUMENT", device.configure, **{name: value})
        device.configure(os_version=999999, os_patchlevel=999912, vendor_patchlevel=99991231,
                         boot_patchlevel=19700100)


def raw_configure(flags, pointer, length):
    arg = bytearray(struct.pack("<IIiIIIIIQ", 40, flags, 0, 0, 0, 0, 0, length, pointer))
    try:
        fcntl.ioctl(device.fd, km.CONFIGURE, arg, True)
        return 0
    except OSError as e:
        equal(0, struct.unpack_from("<i", arg, 8)[0], "no code")
        return e.errno


@test
def malformed_requests():
    with boot():
        buffer = ctypes.create_string_buffer(200)
        at = ctypes.addressof(buffer)
        for length in (0, 129, 65536, 2**32 - 1):
            equal(errno.EINVAL, raw_configure(16, at, length), f"length {length}")
        equal(errno.EINVAL, raw_configure(0, at, 1), "bytes of no root of trust")
        for pointer in (0, 0x10, 2**63, 2**64 - 1, 0xffffffff81000000):
            equal(errno.EFAULT, raw_configure(16, pointer, 32), hex(pointer))
        for bit in range(5, 32):
            equal(errno.EINVAL, raw_configure(1 << bit, 0, 0), f"flag {bit}")
        equal(0, raw_configure(0, 0, 0), "nothing at all")
        equal(0, raw_configure(16, at, 128), "the longest")
        user = km.device_of(4242)
        for call in (lambda: user.configure(os_version=1), user.early_boot_ended):
            try:
                call()
                raise AssertionError("an ordinary user may")
            except km.Refused as e:
                equal((errno.EPERM, "OK"), (e.errno, e.code), "an ordinary user")
        user.close()


@test
def root_of_trust():
    with boot():
        software = [made(form) for form in km.FORMATS.values()]
        curve = device.generate(doors.ec())
        for blob in software:
            judged("OK", blob)
        serial, pair = (km.add_key("keymaster", name, b)
                        for name, b in (("early", software[0]), ("pair", curve)))
        device.operate(km.ENCRYPT, serial, CTR, b"x")
        device.configure(root_of_trust=b"green, locked")
        device.configure(root_of_trust=b"green, locked")
        for other in (b"green, unlocked", b"green", b"green, locked\0", b"SW"):
            refused("ROOT_OF_TRUST_ALREADY_SET", device.configure, root_of_trust=other)
        for blob in software + [curve]:
            refused("INVALID_KEY_BLOB", device.begin, km.ENCRYPT, blob, CTR)
            refused("INVALID_KEY_BLOB", device.characteristics, blob)
            refused("INVALID_KEY_BLOB", device.upgrade, blob)
            refused("INVALID_KEY_BLOB", device.export, blob)
        for name in (serial, pair):     # loaded before
            refused("INVALID_KEY_BLOB", device.operate, km.ENCRYPT, name, CTR, b"x")
            refused("INVALID_KEY_BLOB", device.characteristics, name)
            refused("INVALID_KEY_BLOB", device.export, name)
            km.unlink_key(name)
        locked = [made(form) for form in km.FORMATS.values()]
        for blob in locked:
            judged("OK", blob)
            equal(b"", device.upgrade(blob), "current")
    with boot(root_of_trust=b"green, locked"):
        for blob in locked:
            judged("OK", blob)
    for other in ({}, {"root_of_trust": b"orange, unlocked"}, {"root_of_trust": b"S"}):
        with boot(**other):
            for blob in locked:
                refused("INVALID_KEY_BLOB", device.begin, km.ENCRYPT, blob, CTR)
    with boot(root_of_trust=b"SW"):     # what an unconfigured system is
        for blob in software:
            judged("OK", blob)


@test
def ends_as_it_began():
    with boot():
        judged("OK", made())


if __name__ == "__main__":
    main()
