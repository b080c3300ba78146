#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# The key type "keymaster" by the real keyctl(1): payloads, the textual request, what the
# keyrings do with keys, quota, user namespaces. What the keys then do: keyref_test.py by
# ioctl, pkey_test.py by keyctl.
# vm: -c 2
# watched: much is refused, at every stage

import errno
import os
import re
import subprocess
import sys
import time
import traceback

import doors
import km
from tap import equal, main, note, refused, test

ROOT = bytes(range(100, 132))
USER, OTHER = 4242, 4243
CTR = doors.cipher(km.CTR)
SIGN = [(km.DIGEST, km.SHA256)]
EC = "new alg=ec curve=p256 purpose=sign,verify digest=sha256 noauth"
device = None


class Failed(Exception):
    def __init__(self, done):
        self.text = done.stderr.decode().strip()
        super().__init__(self.text)


def keyctl(*args, data=None, uid=None):
    """What it prints. uid: as this user, with a session of his own."""
    who = [] if uid is None else ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]
    done = subprocess.run([*who, "keyctl", *map(str, args)], input=data or b"", capture_output=True)
    if done.returncode:
        raise Failed(done)
    return done.stdout


def fails(number, *args, **named):
    try:
        out = keyctl(*args, **named)
    except Failed as e:
        if os.strerror(number) not in e.text:
            raise AssertionError(f"{args} {named}: wanted {os.strerror(number)}, got {e.text}") \
                from None
        return
    raise AssertionError(f"{args} {named} printed {out!r}")


def padd(payload, name="key", ring="@s", **named):
    return int(keyctl("padd", "keymaster", name, ring, data=payload, **named))


def add(request, name="key", ring="@s", **named):
    return int(keyctl("add", "keymaster", name, request, ring, **named))


def works(serial):
    signature, _ = device.operate(km.SIGN, serial, SIGN, b"message")
    device.operate(km.VERIFY, serial, SIGN, b"message", signature)


def gone(serial):
    """The kernel throws keys away in its own time."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            keyctl("describe", serial)
        except Failed:
            return
        time.sleep(0.05)
    raise AssertionError("the key stays")


def shown(serial):
    """Its line in /proc/keys, from the name on."""
    with open("/proc/keys", encoding="ascii") as keys:
        line = next(l for l in keys if l.startswith(f"{serial:08x} "))
    return line.split("keymaster ", 1)[1].strip()


# --- payloads ---------------------------------------------------------------------------

@test
def a_blob():
    blob = device.generate(doors.ec())
    serial = padd(blob)
    works(serial)
    equal(blob, keyctl("pipe", serial), "what is read")
    equal(f"key: ec p256 sign,verify {len(blob)}", shown(serial))
    equal(True, keyctl("rdescribe", serial).decode().startswith("keymaster;0;"), "rdescribe")
    equal(serial, int(keyctl("search", "@s", "keymaster", "key")), "found by its name")
    keyctl("unlink", serial, "@s")


@test
def a_request():
    serial = add(EC)
    works(serial)
    blob = keyctl("pipe", serial)
    signature, _ = device.operate(km.SIGN, serial, SIGN, b"message")
    device.operate(km.VERIFY, blob, SIGN, b"message", signature)
    keyctl("unlink", serial, "@s")
    works(padd(blob))


def of_kmctl(options, name="made"):
    """The sets of the key that kmctl makes, without what differs between any two keys."""
    subprocess.run(["kmctl", "generate", "--blob", name, "--force", *options], check=True)
    with open(name, "rb") as f:
        return sets(f.read())


def sets(blob):
    # the id, and when it was made
    unlike = {km.KEY_ID, km.CREATION_DATETIME}
    return [[e for e in part if e[0] not in unlike] for part in device.characteristics(blob)]


@test
def a_request_is_what_kmctl_takes():
    """The same words, with and without the two dashes, make the same key: defaults, too. Only
    "noauth" is no option, and "alg" one for getopt_long(3), as the beginning of its name."""
    os.chdir("/tmp")
    for words in ("algorithm=aes size=256 mode=gcm,ctr purpose=encrypt,decrypt no-auth",
                  "alg=aes size=128 mode=cbc,ecb purpose=encrypt noauth caller-nonce",
                  "alg=aes size=128 mode=cbc padding=pkcs7 purpose=encrypt noauth",
                  "alg=hmac size=256 digest=sha512 purpose=sign noauth",
                  "alg=3des mode=cbc padding=none purpose=encrypt,decrypt noauth",
                  "alg=ec curve=25519 purpose=sign noauth",
                  "alg=ec curve=P-384 purpose=agree noauth active=2001-02-03T04:05:06Z",
                  "alg=rsa size=1024 digest=sha1,sha256 padding=oaep,pss purpose=decrypt noauth",
                  "format=ocb alg=ec curve=prime256v1 purpose=sign digest=none noauth",
                  "alg=hmac size=64 digest=sha256 min-mac-length=64 purpose=verify noauth "
                  "application-id=hex:00ff application-data=text:hex: usage-expire=@4000000000",
                  "alg=aes size=192 mode=ctr purpose=encrypt user-secure-id=77,0x80 "
                  "user-auth-type=password,fingerprint auth-timeout=600 max-uses-per-boot=3"):
        if "application-id" in words:
            # they are asked for again: there is no list without them
            add("new " + words)
            continue
        options = [f"--{w}" for w in words.replace("noauth", "no-auth").split()]
        if "usage-expire" not in words:
            equal(of_kmctl(options), sets(keyctl("pipe", add("new " + words))), words)
    equal(0, keyctl("pipe", add("new format=ocb" + EC[3:]))[0], "the other format")


@test
def blanks():
    works(padd(b"new \talg=ec  curve=p256\n purpose=sign,verify digest=sha256\r\n noauth\n"))


@test
def bad_requests():
    for words, number in (
            ("", errno.EOPNOTSUPP), ("alg=ec", errno.EINVAL),
            (EC[4:] + " noauth", errno.EINVAL),
            (EC[4:] + " curve=p256", errno.EINVAL), (EC[4:] + " colour=red", errno.EINVAL),
            (EC[4:] + " =1", errno.EINVAL), (EC[4:] + " =", errno.EINVAL),
            (EC[4:] + " active", errno.EINVAL), (EC[4:] + " active=", errno.EINVAL),
            (EC[4:] + " active=2030-02-30", errno.EINVAL), (EC[4:] + " format=", errno.EINVAL),
            (EC[4:] + " active=2030-12-31T24:00:00", errno.EINVAL),
            (EC[4:] + " format=gcm", errno.EINVAL), (EC[4:] + " format", errno.EINVAL),
            (EC[4:] + " caller-nonce=no", errno.EINVAL), (EC[4:] + " size=0x", errno.EINVAL),
            (EC[4:] + " user-id=4294967296", errno.EINVAL), (EC[4:] + " size=-1", errno.EINVAL),
            (EC[4:] + " user-id=18446744073709551616", errno.EINVAL),
            (EC[4:] + " application-id=hex:0", errno.EINVAL),
            (EC[4:] + " application-id=hex:0g", errno.EINVAL),
            (EC[4:] + " origin=imported", errno.EINVAL),
            (EC.replace("p256", "p999")[4:], errno.EINVAL),
            (EC.replace("sha256", "sha256,")[4:], errno.EINVAL),
            (EC.replace(" noauth", "")[4:], errno.EINVAL),
            (EC[4:] + " user-secure-id=1", errno.EINVAL),
            (EC[4:] + " exportable", errno.EOPNOTSUPP),
            ("alg=aes size=100 mode=ctr purpose=encrypt noauth", errno.EOPNOTSUPP),
            ("alg=aes size=99999999 mode=ctr purpose=encrypt noauth", errno.EOPNOTSUPP),
            (EC[4:] + " auth=password", errno.EINVAL),
            (EC[4:] + " rollback-resistance", errno.EOPNOTSUPP),
            (EC[4:] + " user-secure-id=" + ",".join(map(str, range(1, 300))), errno.EINVAL)):
        fails(number, "padd", "keymaster", "bad", "@s", data=b"new " + words.encode())
    for payload in (b"new " + EC[4:].encode() + b"\0", EC.encode() + b" " * 4096, b"load", b"load \n", b"load application-id=x", b"load =\nblob",
                    b"load noauth\n" + device.generate(doors.ec())):
        fails(errno.EINVAL, "padd", "keymaster", "bad", "@s", data=payload)
    for payload in (b"newalg=ec", b"New alg=ec", b"loads\n", b"\0new"):    # blobs, then
        fails(errno.EKEYREJECTED, "padd", "keymaster", "bad", "@s", data=payload)
    equal(False, "bad" in open("/proc/keys", encoding="ascii").read(), "something was left")


@test
def with_an_application_id():
    words = EC + " application-id=hex:0102 application-data=some"
    blob = keyctl("pipe", add(words, "asks"))
    fails(errno.EKEYREJECTED, "padd", "keymaster", "asks", "@s", data=blob)
    for line in (b"load", b"load application-id=hex:0102",
                 b"load application-id=hex:0103 application-data=some"):
        fails(errno.EKEYREJECTED, "padd", "keymaster", "asks", "@s", data=line + b"\n" + blob)
    serial = padd(b"load application-id=hex:0102 application-data=some\n" + blob, "asks")
    works(serial)
    equal(blob, keyctl("pipe", serial), "what is read is the blob alone")
    fails(errno.EKEYREJECTED, "padd", "keymaster", "asks", "@s", data=b"load\n" + blob[:-1])


@test
def of_the_user():
    """auth= binds the key to who asks, as with kmctl."""
    words = "new alg=hmac size=256 digest=sha256 purpose=sign auth=password auth-timeout=60"
    fails(errno.EACCES, "add", "keymaster", "mine", words, "@s")
    _, sid = device.enroll(0, b"password")
    serial = add(words, "mine")
    enforced = device.characteristics(keyctl("pipe", serial))[0]
    equal([sid], km.values(enforced, km.USER_SECURE_ID), "the caller's id")
    mac = SIGN + [(km.MAC_LENGTH, 256)]
    refused("KEY_USER_NOT_AUTHENTICATED", device.operate, km.SIGN, serial, mac, b"message")
    device.verify(0, b"password")
    device.operate(km.SIGN, serial, mac, b"message")
    enforced = device.characteristics(keyctl("pipe", add(words + " user-secure-id=5", "his")))[0]
    equal([5], km.values(enforced, km.USER_SECURE_ID), "who is named")
    device.delete_user(0)


@test
def payloads_that_are_none():
    fails(errno.EINVAL, "add", "keymaster", "none", "", "@s")
    fails(errno.EINVAL, "padd", "keymaster", "none", "@s", data=b"")
    for size, number in ((1, errno.EKEYREJECTED), (65536, errno.EKEYREJECTED),
                         (65537, errno.EINVAL), ((1 << 20) - 1, errno.EINVAL),
                         (1 << 20, errno.EINVAL)):
        fails(number, "padd", "keymaster", "none", "@s", data=bytes([3]) * size)
    for address, length in ((None, 0), (None, 100), (1, 100)):
        try:
            km.add_key("keymaster", "none", address, length)
        except OSError as e:
            equal(errno.EFAULT if length else errno.EINVAL, e.errno, f"{address} {length}")
            continue
        raise AssertionError("loaded")
    fails(errno.EINVAL, "padd", "keymaster", "", "@s", data=device.generate(doors.ec()))


# --- what keyrings do with keys -----------------------------------------------------------

@test
def updates_are_refused():
    serial = add(EC, "fixed")
    # Nobody has the permission for what cannot be done, nor would it help to have it.
    fails(errno.EACCES, "update", serial, EC)
    keyctl("setperm", serial, "0x3f3f0000")
    fails(errno.EOPNOTSUPP, "update", serial, EC)
    fails(errno.EOPNOTSUPP, "update", serial, "")
    works(serial)
    # The same name again is another key, in the first one's place.
    other = add(EC, "fixed")
    equal(True, other != serial, "another key")
    equal(other, int(keyctl("search", "@s", "keymaster", "fixed")), "in its place")


@test
def ends():
    serial = add(EC)
    keyctl("revoke", serial)
    fails(errno.EKEYREVOKED, "pipe", serial)
    equal(errno.EKEYREVOKED, reason(serial))
    serial = add(EC)
    keyctl("invalidate", serial)
    equal(errno.ENOKEY, reason(serial))
    serial = add(EC)
    keyctl("timeout", serial, 300)
    works(serial)
    keyctl("timeout", serial, 1)
    time.sleep(2.2)
    equal(errno.EKEYEXPIRED, reason(serial))
    fails(errno.EKEYEXPIRED, "pipe", serial)


def reason(serial):
    try:
        device.operate(km.SIGN, serial, SIGN, b"message")
    except km.Refused as e:
        equal("OK", e.code, "the keyring refuses")
        return e.errno
    return 0


@test
def negative():
    """What request-key leaves of a key that it could not find."""
    fails(errno.ENOKEY, "request2", "keymaster", "nobody has it", "", "@s")
    with open("/proc/keys", encoding="ascii") as keys:
        serial = next(int(l.split()[0], 16) for l in keys if "keymaster nobody has it" in l)
    equal(errno.ENOKEY, reason(serial))
    for operation in (["read", serial], ["pkey_query", serial, 0], ["update", serial, EC]):
        try:
            keyctl(*operation)
        except Failed:
            continue
        raise AssertionError(operation)
    equal(True, shown(serial).startswith("nobody has it"), "shown")
    fails(errno.ENOKEY, "revoke", serial)
    keyctl("unlink", serial, "@s")
    gone(serial)


@test
def permissions():
    serial = add(EC)
    keyctl("setperm", serial, "0x3f000000")
    works(serial)
    keyctl("setperm", serial, "0x37370000")     # all but search
    equal(errno.EACCES, reason(serial))
    fails(errno.EACCES, "search", "@s", "keymaster", "key")
    keyctl("setperm", serial, "0x3f3f0000")
    keyctl("chown", serial, USER)
    keyctl("chgrp", serial, USER)
    equal(True, keyctl("rdescribe", serial).startswith(b"keymaster;%d;%d;" % (USER, USER)), "owner")
    works(serial)


@test
def only_keys_of_this_type():
    ring = int(keyctl("newring", "ours", "@s"))
    fails(errno.EINVAL, "restrict_keyring", ring, "keymaster", "others")
    fails(errno.EINVAL, "restrict_keyring", ring, "keymaster", "")
    keyctl("restrict_keyring", ring, "keymaster", "only")
    works(add(EC, ring=ring))
    fails(errno.EPERM, "add", "user", "secret", "x", ring)
    fails(errno.EPERM, "newring", "another", ring)
    mine = add(EC, "elsewhere")
    keyctl("link", mine, ring)
    equal(2, len(keyctl("rlist", ring).split()), "in it")


@test
def the_module_stays():
    """A key in a keyring can be in use at any moment."""
    serial = add(EC)
    device.close()
    unload = os.environ.get("KM_UNLOAD", "rmmod keymaster")
    equal(False, subprocess.run(unload, shell=True, stderr=subprocess.DEVNULL).returncode == 0,
          "unloaded")
    again()
    works(serial)


# --- quota ---------------------------------------------------------------------------------

def used(uid=USER):
    """Keys and bytes that are counted against a user."""
    with open("/proc/key-users", encoding="ascii") as users:
        for line in users:
            if line.split(":")[0].strip() == str(uid):
                numbers = re.findall(r"(\d+)/\d+", line)
                return int(numbers[1]), int(numbers[2])
    return 0, 0


def settled(want, uid=USER):
    """Keys that nobody has are thrown away in the kernel's own time."""
    end = time.monotonic() + 60
    while used(uid) != want and time.monotonic() < end:
        time.sleep(0.1)
    equal(want, used(uid), "keys and bytes")


@test
def quota_is_exact():
    """A key takes its blob, and its name with the zero; and being in a keyring, four bytes."""
    blob, name = device.generate(doors.ec(more=[km.SHAREABLE])), "of some length"
    script = f"""
        before=$(grep '^ *{USER}:' /proc/key-users)
        k=$(keyctl padd keymaster '{name}' @s < /tmp/blob)
        grep '^ *{USER}:' /proc/key-users; echo "$before"
        keyctl revoke $k; grep '^ *{USER}:' /proc/key-users"""
    with open("/tmp/blob", "wb") as f:
        f.write(blob)
    done = subprocess.run(["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups",
                           "keyctl", "session", "-", "sh", "-c", script],
                          check=True, capture_output=True, text=True)
    with_key, without, revoked = ([int(n) for n in re.findall(r"(\d+)/\d+", line)[1:3]]
                                  for line in done.stdout.splitlines())
    equal([without[0] + 1, without[1] + len(blob) + len(name) + 1 + 4], with_key, "with the key")
    equal([with_key[0], with_key[1] - len(blob)], revoked, "a revoked key keeps its name only")


@test
def ten_thousand_keys():
    """They come and go by all ways, and nothing of them stays counted."""
    blob = device.generate(doors.hmac(more=[km.SHAREABLE]))
    before = used(0)
    for i in range(10000):
        serial = km.add_key("keymaster", f"key {i % 7}", blob)
        if i % 3 == 0:
            km.revoke_key(serial)
        if i % 3 == 1:
            km._keyctl(21, serial)      # invalidate
        elif i % 5:
            km.unlink_key(serial)
    km.clear_keys()
    settled(before, 0)


@test
def no_more_than_the_quota():
    """The key that is too much is refused whole, with its slot, and all others work on."""
    child = os.fork()
    if child:
        equal(0, os.waitpid(child, 0)[1], "the user")
        return
    status = 1
    try:
        beyond_quota()
        status = 0
    except Exception:
        traceback.print_exc(file=sys.stdout)
    finally:
        sys.stdout.flush()
        os._exit(status)


def beyond_quota():
    os.setgid(OTHER)
    os.setuid(OTHER)
    mine = km.Device()
    mine.delete_all()
    words = b"new alg=aes size=256 mode=ctr purpose=encrypt noauth usage-count-limit=5"
    serials = []
    for i in range(1000):
        try:
            serials.append(km.add_key("keymaster", f"key {i}" + 200 * "x", words))
        except OSError as e:
            equal(errno.EDQUOT, e.errno, "past the quota")
            break
    made = len(serials)
    note(f"{made} keys")
    equal(True, 10 < made < 64, "keys")
    # What was refused has given its slot back: there are 64 of them.
    for _ in range(100):
        try:
            # as long a name: a shorter one might have room
            km.add_key("keymaster", f"key {made}" + 200 * "y", words)
        except OSError as e:
            equal(errno.EDQUOT, e.errno, "past the quota")
            continue
        raise AssertionError("made beyond the quota")
    for _ in range(64 - made):
        mine.generate(doors.aes(km.CTR, more=[(km.USAGE_COUNT_LIMIT, 5)]))
    refused("TOO_MANY_OPERATIONS", mine.generate,
            doors.aes(km.CTR, more=[(km.USAGE_COUNT_LIMIT, 5)]))
    mine.operate(km.ENCRYPT, serials[-1], CTR, b"message")


# --- whose keys they are -------------------------------------------------------------------

@test
def another_users():
    blob = device.generate(doors.ec())
    fails(errno.EKEYREJECTED, "padd", "keymaster", "not mine", "@s", data=blob, uid=USER)
    shared = device.generate(doors.ec(more=[km.SHAREABLE]))
    padd(shared, "everybody's", uid=USER)


def in_namespace(script, uid=USER, mapped="-r"):
    """As root of a namespace of his own, in a keyring session of its own."""
    return subprocess.run(["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups",
                           "keyctl", "session", "-", "unshare", "-U", mapped, "sh", "-ec", script],
                          capture_output=True, text=True)


@test
def user_namespaces():
    """Root of a container is the user who made it, and nobody else."""
    os.makedirs("/tmp/ns", exist_ok=True)
    os.chmod("/tmp/ns", 0o777)
    blob = device.generate(doors.ec())
    with open("/tmp/ns/roots", "wb") as f:
        f.write(blob)
    os.chmod("/tmp/ns/roots", 0o644)
    roots = add(EC, "root's own")
    done = in_namespace(f"""
        test "$(id -u)" = 0
        keyctl padd keymaster inner @u < /tmp/ns/roots 2>&1 | grep -q 'rejected'
        keyctl describe {roots} 2>&1 | grep -q 'Permission denied'
        ! kmctl init --ephemeral 2>/tmp/ns/init
        ! echo secret | kmctl enroll 2>/tmp/ns/enroll
        keyctl link @u @s
        k=$(keyctl add keymaster inner '{EC}' @u)
        keyctl search @u keymaster inner > /dev/null
        keyctl pipe $k > /tmp/ns/blob
        echo $k""")
    equal(0, done.returncode, f"in the namespace: {done.stdout}{done.stderr}")
    inner = int(done.stdout.split()[-1])
    # There the user has another keyring for himself than here, and root has no part in it.
    fails(errno.ENOKEY, "search", "@u", "keymaster", "inner", uid=USER)
    fails(errno.ENOKEY, "search", "@u", "keymaster", "inner")
    equal(True, reason(inner) in (errno.EACCES, errno.ENOKEY), "the key itself")
    # The blob is that user's, in whatever namespace.
    padd(open("/tmp/ns/blob", "rb").read(), uid=USER)
    fails(errno.EKEYREJECTED, "padd", "keymaster", "not mine", "@s", uid=OTHER,
          data=open("/tmp/ns/blob", "rb").read())
    fails(errno.EKEYREJECTED, "padd", "keymaster", "not mine", "@s",
          data=open("/tmp/ns/blob", "rb").read())


def again():
    global device
    device = doors.device = km.Device()


if __name__ == "__main__":
    # Everything in a session keyring of its own: "@s" of each keyctl is the same one.
    if os.environ.get("KEYRING_SESSION") is None:
        os.environ["KEYRING_SESSION"] = "1"
        os.execvp("keyctl", ["keyctl", "session", "-", sys.executable, *sys.argv])
    km.reload(ROOT)
    again()
    main()
