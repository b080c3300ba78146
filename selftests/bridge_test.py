#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# Keys that the kernel hands to dm-crypt and fscrypt: which, when, to whom, and what arrives.
# Against the real module, through the bare command.
# holds the module: uses are counted until the next boot

import errno
import json
import os
import pathlib
import subprocess
import sys
import time

import km
from bridging import (Filesystem, Volume, add_to, attach, describe, detach, encrypt, holders,
                      identifier_of, load_drivers, make_file, material, remove_from, sectors_of)
from doors import aes, cipher, des3, ec, hmac, rsa
from tap import equal, main, refused, test

TYPES = {km.LOGON: "logon", km.FSCRYPT: "fscrypt-provisioning"}
# Possessors may view, search, link and set attributes, the user's other processes view.
PERMISSIONS = 0x39010000
USER = 4242
device = None


def fails(number, call, *args, **named):
    """A failure of the call itself, of which the key manager says nothing."""
    try:
        call(*args, **named)
    except km.Refused as e:
        equal((errno.errorcode[number], "OK"), (errno.errorcode[e.errno], e.code), "failure")
        return
    raise AssertionError("it succeeded")


def our_keys():
    """All keys of the types that the bridge makes, by their serial numbers."""
    found = set()
    for line in pathlib.Path("/proc/keys").read_text().splitlines():
        fields = line.split()
        if fields[7] == "logon" or fields[7].startswith("fscrypt"):
            found.add(int(fields[0], 16))
    return found


def unchanged(before):
    """Nothing new is left; keys that nobody refers to go a moment later."""
    for _ in range(100):
        left = our_keys() - before
        if not left:
            return
        time.sleep(0.1)
    raise AssertionError(f"left: {left}")


def bridged(key, kind=km.LOGON, name=b"km:test", **more):
    """Handed over; then taken from the keyring again."""
    serial = device.bridge(key, kind, name, **more)
    equal((TYPES[kind], PERMISSIONS, name.decode()), km.describe_key(serial), "the new key")
    km.unlink_key(serial, more.get("keyring", km.SESSION_KEYRING))
    return serial


def not_bridged(code, key, kind=km.LOGON, name=b"km:test", **more):
    before = our_keys()
    refused(code, device.bridge, key, kind, name, **more)
    unchanged(before)


def volume_key(*kinds, seed="volume", size=64, more=(km.NO_AUTH_REQUIRED,)):
    return device.import_key(describe(*(kinds or [km.LOGON]), more=more), material(seed, size))


# --- which keys ----------------------------------------------------------------------------

@test
def kinds():
    for algorithm, size in ((km.AES, 256), (km.HMAC, 256), (km.HMAC, 512)):
        for given in ([km.LOGON], [km.FSCRYPT], [km.LOGON, km.FSCRYPT]):
            made = device.generate(describe(*given, algorithm=algorithm, size=size))
            brought = device.import_key(describe(*given, algorithm=algorithm), bytes(size // 8))
            for key in (made, brought):
                listed = km.values(device.characteristics(key)[0], km.BRIDGE)
                equal(given, listed, "BRIDGE, enforced")
                for kind in TYPES:
                    (bridged if kind in given else lambda k, n: not_bridged(
                        "INCOMPATIBLE_PURPOSE", k, n))(key, kind)


@test
def keys_for_operations_are_not_handed_over():
    for description in (aes(), hmac(), ec(), des3(), rsa([km.PKCS1_SIGN], [km.SHA256])):
        key = device.generate(description)
        for kind in TYPES:
            not_bridged("INCOMPATIBLE_PURPOSE", key, kind)


@test
def keys_for_the_bridge_have_no_operations():
    for algorithm in (km.AES, km.HMAC):
        key = device.generate(describe(km.LOGON, algorithm=algorithm, size=256))
        for purpose in range(8):
            for params in ((), cipher(km.CTR), [(km.DIGEST, km.SHA256), (km.MAC_LENGTH, 256)]):
                try:
                    device.operate(purpose, key, params, b"", bytes(32))
                    raise AssertionError(f"{algorithm}, purpose {purpose}: it succeeded")
                except km.Refused:
                    pass
    key = device.generate(describe(km.LOGON, algorithm=km.AES, size=256))
    for purpose in (km.ENCRYPT, km.DECRYPT):
        refused("INCOMPATIBLE_BLOCK_MODE", device.operate, purpose, key, cipher(km.CTR))
    key = device.generate(describe(km.LOGON, size=256))
    refused("INCOMPATIBLE_PURPOSE", device.operate, km.VERIFY, key, (), b"", bytes(32))


@test
def descriptions_that_are_refused():
    def never(code, description):
        refused(code, device.generate, description)
    for description in (ec(purposes=()), rsa([km.PKCS1_SIGN], purposes=()), des3(purposes=())):
        never("UNSUPPORTED_TAG", [*description, (km.BRIDGE, km.LOGON)])
    good = describe(km.LOGON, size=512)
    for kind in (0, 3, 64, 1 << 31):
        never("INVALID_ARGUMENT", [*good, (km.BRIDGE, kind)])
    for purpose in (km.SIGN, km.VERIFY):
        never("INCOMPATIBLE_PURPOSE", [*good, (km.PURPOSE, purpose)])
    never("INCOMPATIBLE_PURPOSE", [*good, km.TRUSTED_CONFIRMATION_REQUIRED])
    for useless in ((km.DIGEST, km.SHA256), (km.MIN_MAC_LENGTH, 256), (km.BLOCK_MODE, km.CTR),
                    (km.PADDING, km.PAD_NONE), (km.CALLER_NONCE, 1)):
        never("INVALID_TAG", [*good, useless])
    # Who authenticates for each use anew cannot do so for this one.
    user = [(km.USER_SECURE_ID, 77), (km.USER_AUTH_TYPE, km.ANY)]
    never("INVALID_AUTHORIZATION_TIMEOUT", describe(km.LOGON, size=512, more=user))
    device.generate(describe(km.LOGON, size=512, more=[*user, (km.AUTH_TIMEOUT, 30)]))
    for more in ((), [*user, km.NO_AUTH_REQUIRED]):
        never("INVALID_ARGUMENT", describe(km.LOGON, size=512, more=more))


@test
def short_keys_are_refused():
    for algorithm, sizes in ((km.AES, (128, 192)), (km.HMAC, (64, 128, 248))):
        for size in sizes:
            description = describe(km.LOGON, algorithm=algorithm)
            refused("UNSUPPORTED_KEY_SIZE", device.generate, [*description, (km.KEY_SIZE, size)])
            refused("UNSUPPORTED_KEY_SIZE", device.import_key, description, bytes(size // 8))
    refused("UNSUPPORTED_KEY_SIZE", device.generate, describe(km.LOGON))


# --- when, and to whom -----------------------------------------------------------------------

@test
def dates():
    def dated(tag, seconds):
        when = int((time.time() + seconds) * 1000)
        return volume_key(more=[km.NO_AUTH_REQUIRED, (tag, when)])
    not_bridged("KEY_NOT_YET_VALID", dated(km.ACTIVE_DATETIME, 3600))
    not_bridged("KEY_EXPIRED", dated(km.USAGE_EXPIRE_DATETIME, -3600))
    bridged(dated(km.ACTIVE_DATETIME, -3600))
    bridged(dated(km.USAGE_EXPIRE_DATETIME, 3600))
    # As for decrypting: what is on the disk has to be read for longer than it is written.
    bridged(dated(km.ORIGINATION_EXPIRE_DATETIME, -3600))


@test
def how_often():
    key = volume_key(more=[km.NO_AUTH_REQUIRED, (km.MAX_USES_PER_BOOT, 2)])
    bridged(key)
    bridged(key)
    not_bridged("KEY_MAX_OPS_EXCEEDED", key)
    key = volume_key(more=[km.NO_AUTH_REQUIRED, (km.MIN_SECONDS_BETWEEN_OPS, 600)])
    bridged(key)
    not_bridged("KEY_RATE_LIMIT_EXCEEDED", key)
    key = volume_key(more=[km.NO_AUTH_REQUIRED, (km.USAGE_COUNT_LIMIT, 2)])
    bridged(key)
    # What does not come about is no use: a name that is taken, a keyring that is none.
    other = device.bridge(volume_key(), km.LOGON, b"km:taken")
    fails(errno.EEXIST, device.bridge, key, km.LOGON, b"km:taken")
    fails(errno.ENOTDIR, device.bridge, key, km.LOGON, b"km:test",
          keyring=km.add_key("user", "none", b"x"))
    bridged(key)
    not_bridged("INVALID_KEY_BLOB", key)
    km.unlink_key(other, km.SESSION_KEYRING)


@test
def authentication():
    sid = device.enroll(USER, b"secret")[1]
    user = [(km.USER_SECURE_ID, sid), (km.USER_AUTH_TYPE, km.PASSWORD), (km.AUTH_TIMEOUT, 2)]
    theirs = km.device_of(USER)
    key = theirs.import_key(describe(km.LOGON, km.FSCRYPT, more=user), material("user"))
    before = our_keys()
    for kind in TYPES:
        refused("KEY_USER_NOT_AUTHENTICATED", theirs.bridge, key, kind, b"km:test")
    token = device.verify(USER, b"secret")[0]
    for kind in TYPES:
        km.unlink_key(theirs.bridge(key, kind, b"km:test"), km.SESSION_KEYRING)
    time.sleep(3)
    refused("KEY_USER_NOT_AUTHENTICATED", theirs.bridge, key, km.LOGON, b"km:test")
    # A token that comes with the call is the one that counts.
    refused("KEY_USER_NOT_AUTHENTICATED", theirs.bridge, key, km.LOGON, b"km:test",
            params=[(km.AUTH_TOKEN, token)])
    token = device.verify(USER, b"secret")[0]
    forged = token[:-1] + bytes([token[-1] ^ 1])
    refused("KEY_USER_NOT_AUTHENTICATED", theirs.bridge, key, km.LOGON, b"km:test",
            params=[(km.AUTH_TOKEN, forged)])
    km.unlink_key(theirs.bridge(key, km.LOGON, b"km:test", params=[(km.AUTH_TOKEN, token)]),
                  km.SESSION_KEYRING)
    unchanged(before)
    theirs.close()


@test
def locked():
    key = volume_key(more=[km.NO_AUTH_REQUIRED, km.UNLOCKED_DEVICE_REQUIRED])
    bridged(key)
    device.lock()
    not_bridged("DEVICE_LOCKED", key)
    device.enroll(0, b"root's")
    device.verify(0, b"root's")
    bridged(key)


@test
def levels_of_the_boot():
    low = volume_key(more=[km.NO_AUTH_REQUIRED, (km.MAX_BOOT_LEVEL, 10)])
    early = device.generate(describe(km.LOGON, size=512, more=[km.NO_AUTH_REQUIRED,
                                                              km.EARLY_BOOT_ONLY]))
    device.set_boot_level(10)
    bridged(low)
    bridged(early)
    device.set_boot_level(11)
    device.early_boot_ended()
    not_bridged("BOOT_LEVEL_EXCEEDED", low)
    not_bridged("EARLY_BOOT_ENDED", early)


@test
def whose_key():
    app = [(km.APPLICATION_ID, b"app")]
    key = device.import_key(describe(km.LOGON) + app, material("app"))
    not_bridged("INVALID_KEY_BLOB", key)
    not_bridged("INVALID_KEY_BLOB", key, params=[(km.APPLICATION_ID, b"other")])
    bridged(key, params=app)
    theirs = km.device_of(USER)
    key = theirs.import_key(describe(km.LOGON), material("theirs"))
    not_bridged("INVALID_KEY_BLOB", key)
    not_bridged("INVALID_KEY_BLOB", key[:-1] + bytes([key[-1] ^ 1]))
    shared = theirs.import_key(describe(km.LOGON, more=[km.NO_AUTH_REQUIRED, km.SHAREABLE]),
                               material("shared"))
    bridged(shared)
    theirs.close()


@test
def by_serial():
    loaded = km.add_key("keymaster", "vol", volume_key())
    bridged(loaded)
    plain = km.add_key("keymaster", "plain", device.generate(aes()))
    not_bridged("INCOMPATIBLE_PURPOSE", plain)
    km.revoke_key(loaded)
    fails(errno.EKEYREVOKED, device.bridge, loaded, km.LOGON, b"km:test")
    fails(errno.EINVAL, device.bridge, km.add_key("user", "u", b"x"), km.LOGON, b"km:test")


# --- where to ----------------------------------------------------------------------------------

@test
def names():
    key, before = volume_key(km.LOGON, km.FSCRYPT), our_keys()
    # A logon key has a prefix that says what it is for; dm-crypt takes any.
    for name in (b"", b"vol", b":vol", b"k\0m:vol", b"km:" + bytes([97]) * 4093):
        fails(errno.EINVAL, device.bridge, key, km.LOGON, name)
    for name in (b"", b"v\0ol"):
        fails(errno.EINVAL, device.bridge, key, km.FSCRYPT, name)
    unchanged(before)
    bridged(key, km.LOGON, b"km:" + bytes([97]) * 4092)
    bridged(key, km.FSCRYPT, b"vol")
    for kind in (0, 3, 64):
        fails(errno.EINVAL, device.bridge, key, kind, b"km:test")


@test
def a_name_that_is_taken():
    key = volume_key(km.LOGON, km.FSCRYPT)
    for kind in TYPES:
        first = device.bridge(key, kind, b"km:test")
        before = our_keys()
        fails(errno.EEXIST, device.bridge, key, kind, b"km:test")
        unchanged(before)
        equal(1, km.key_serials(km.SESSION_KEYRING).count(first), "the first key stays")
        second = device.bridge(key, kind, b"km:test", replace=True)
        equal((False, True), tuple(s in km.key_serials(km.SESSION_KEYRING)
                                   for s in (first, second)), "which are linked")
        unchanged(before - {first} | {second})
        # Also one that nobody can use any more: who wants its place says so.
        km.revoke_key(second)
        fails(errno.EEXIST, device.bridge, key, kind, b"km:test")
        km.unlink_key(device.bridge(key, kind, b"km:test", replace=True), km.SESSION_KEYRING)
    # Without one there, the flag is nothing.
    bridged(key, replace=True)


@test
def keyrings():
    key = volume_key()
    for ring in (km.PROCESS_KEYRING, km.SESSION_KEYRING, km.USER_KEYRING):
        bridged(key, keyring=ring)
    before = our_keys()
    ring = km.add_key("keyring", "ours", b"")
    bridged(key, keyring=ring)
    km.permit_key(ring, 0x1b000000)     # all but write and set attributes
    fails(errno.EACCES, device.bridge, key, km.LOGON, b"km:test", keyring=ring)
    fails(errno.EINVAL, device.bridge, key, km.LOGON, b"km:test", keyring=0)
    fails(errno.ENOKEY, device.bridge, key, km.LOGON, b"km:test", keyring=0x7ffffff0)
    fails(errno.ENOTDIR, device.bridge, key, km.LOGON, b"km:test",
          keyring=km.add_key("user", "none", b"x"))
    ring = km.add_key("keyring", "revoked", b"")
    km.revoke_key(ring)
    fails(errno.EKEYREVOKED, device.bridge, key, km.LOGON, b"km:test", keyring=ring)
    ring = km.add_key("keyring", "closed", b"")
    km.restrict_keyring(ring)
    fails(errno.EPERM, device.bridge, key, km.LOGON, b"km:test", keyring=ring)
    unchanged(before)


@test
def timeout():
    key = volume_key(km.LOGON, km.FSCRYPT)
    for kind in TYPES:
        serial = device.bridge(key, kind, b"km:test", timeout=2)
        line = [line for line in pathlib.Path("/proc/keys").read_text().splitlines()
                if int(line.split()[0], 16) == serial][0]
        equal(True, line.split()[3] in ("1s", "2s"), f"time left: {line}")
        time.sleep(3)
        try:
            km.permit_key(serial, PERMISSIONS)
            raise AssertionError("it has not expired")
        except OSError as e:
            equal(errno.EKEYEXPIRED, e.errno, "after the time")
        bridged(key, kind, replace=True)


@test
def quota():
    limit = pathlib.Path("/proc/sys/kernel/keys/maxkeys")
    before, was = our_keys(), limit.read_text()
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setresuid(USER, USER, USER)
            km.join_session()
            local = km.Device()
            key = local.import_key(describe(km.LOGON), material("quota"))
            made = 0
            try:
                while made < 1000:
                    local.bridge(key, km.LOGON, b"km:%d" % made)
                    made += 1
            except km.Refused as e:
                os.write(theirs, f"{e.errno} {e.code} {made}".encode())
        finally:
            os._exit(0)
    os.close(theirs)
    said = os.read(ours, 100).decode().split()
    os.waitpid(child, 0)
    os.close(ours)
    equal([str(errno.EDQUOT), "OK"], said[:2], "when the quota is used up")
    equal(True, 0 < int(said[2]) < int(was), f"keys until then: {said[2]} of {was}")
    unchanged(before)


@test
def nobody_reads_it():
    key = volume_key(km.LOGON, km.FSCRYPT)
    for kind in TYPES:
        serial = device.bridge(key, kind, b"km:test")
        for attempt in (lambda s: km.read_key(s), lambda s: km.update_key(s, bytes(72))):
            try:
                attempt(serial)
                raise AssertionError("it succeeded")
            except OSError as e:
                equal(True, e.errno in (errno.EACCES, errno.EOPNOTSUPP), f"{e}")
        km.unlink_key(serial, km.SESSION_KEYRING)


# --- what arrives --------------------------------------------------------------------------------

@test
def volumes():
    make_file("/tmp/volume")
    loop, text = attach("/tmp/volume"), b"what nobody else is to read. " * 100
    key = volume_key()
    for size, kind in ((64, "HMAC"), (32, "AES")):
        known = material("volume", size)
        if kind == "AES":
            key = device.import_key(describe(km.LOGON, algorithm=km.AES), known)
        serial = device.bridge(key, km.LOGON, b"km:vol")
        with Volume("vol", loop, f":{size}:logon:km:vol") as volume:
            # What was taken is taken: the volume stays open.
            km.unlink_key(serial, km.SESSION_KEYRING)
            volume.write(text)
            equal(text, volume.read(len(text)), "read again")
        equal(text, sectors_of("/tmp/volume", known)[:len(text)], "by the description of XTS")
        with Volume("vol", loop, known.hex()) as volume:
            equal(text, volume.read(len(text)), "by the same key in plain")
    detach(loop)


@test
def directories():
    known = material("directory")
    key = device.import_key(describe(km.FSCRYPT), known)
    with Filesystem("/tmp/image", "/tmp/mount") as fs:
        serial = device.bridge(key, km.FSCRYPT, b"home")
        identifier = add_to(fs.mount, serial)
        km.unlink_key(serial, km.SESSION_KEYRING)
        equal(identifier_of(known).hex(), identifier.hex(), "what fscrypt derives from the key")
        home = fs.mount / "home"
        home.mkdir()
        encrypt(home, identifier)
        (home / "letter").write_text("dear reader")
        remove_from(fs.mount, identifier)
        equal(False, (home / "letter").exists(), "there without the key")
        serial = device.bridge(key, km.FSCRYPT, b"home")
        add_to(fs.mount, serial)
        km.unlink_key(serial, km.SESSION_KEYRING)
        equal("dear reader", (home / "letter").read_text(), "with it")


# --- memory ----------------------------------------------------------------------------------------

CHILD = """
import json, sys, time
import km
from bridging import describe, fingerprint, material
key = material("memory")
if sys.argv[1] == "hold":
    print("ready", flush=True)
    time.sleep(600)
device = km.Device()
blob = device.import_key(describe(km.LOGON, km.FSCRYPT), key)
print(json.dumps([blob.hex(), fingerprint(key)]))
"""


def child(word):
    return subprocess.Popen([sys.executable, "-c", CHILD, word], stdout=subprocess.PIPE, text=True,
                            env={**os.environ, "PYTHONPATH": os.path.dirname(__file__)})


@test
def memory_of_processes():
    with child("import") as importer:
        blob, prints = json.loads(importer.stdout.read())
    key = bytes.fromhex(blob)
    make_file("/tmp/volume")
    loop = attach("/tmp/volume")
    device.bridge(key, km.LOGON, b"km:vol")
    with Filesystem("/tmp/image", "/tmp/mount") as fs:
        add_to(fs.mount, device.bridge(key, km.FSCRYPT, b"home"))
        with Volume("vol", loop, ":64:logon:km:vol") as volume:
            volume.write(b"data")
            found, searched = holders(prints)
            equal([], found, "who holds the key")
            equal(True, os.getpid() in searched and 1 in searched, f"searched: {searched}")
    # The search finds what there is.
    holder = child("hold")
    holder.stdout.readline()
    try:
        equal(True, holder.pid in holders(prints)[0], "who holds the key is found")
    finally:
        holder.kill()
        holder.wait()
    detach(loop)


# The last, as no way leads back.
@test
def older_systems():
    key = volume_key()
    loaded = km.add_key("keymaster", "old", key)
    device.configure(os_version=60100, os_patchlevel=202611)
    for name in (key, loaded):
        not_bridged("KEY_REQUIRES_UPGRADE", name)
    bridged(device.upgrade(key))


load_drivers()
km.join_session()
device = km.ready()
main()
