#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# Authentication tokens and every attack on them, other authenticators, confirmation.
# The key of tokens is agreed on with the module, so that the test can make any token.
# watched: much is refused, at every stage

import errno
import fcntl
import hmac
import os
import struct
import time

import doors
import km
import tokens
from blobs import hkdf
from tap import equal, main, note, refused, test
from tokens import SHA, asking, code_of, make, now, opens

SID, OTHER = 0x1122334455667788, 0x99
USER, SECOND = 4242, 4243
NOT_AUTH = "KEY_USER_NOT_AUTHENTICATED"
device = None
key = None      # of tokens


def fresh():
    """The module anew: a key of tokens that nobody knows, and no users."""
    global device
    if device:
        device.close()
    km.reload(tokens.ROOT)
    device = km.Device()


def refuse_everywhere(token, sid=SID, what=""):
    """By the table, for a timed key, for an operation, for a timestamp."""
    equal(NOT_AUTH, code_of(device.add_token, 0, token), f"kept: {what}")
    timed = device.generate(asking(sid, timeout=1000))
    equal(NOT_AUTH, opens(device, timed, token), f"timed key: {what}")
    with device.begin(km.SIGN, device.generate(asking(sid)), SHA) as operation:
        refused(NOT_AUTH, operation.finish, b"x", [(km.AUTH_TOKEN, token)])
    refused(NOT_AUTH, device.verify_authorization, 1, token)


# --- before the key is known ---------------------------------------------------------------------

@test
def row_50_forged_without_the_key():
    fresh()
    guesses = [bytes(32), tokens.ROOT, hkdf(tokens.ROOT, b"keymaster shared hmac", 32)]
    party = device.hmac_party()
    guesses += [party[1], tokens.agreed_key([party], bytes(32)),
                tokens.agreed_key([party], guesses[2])]
    for guess in guesses:
        refuse_everywhere(make(guess, SID), what=guess.hex())


@test
def row_104_minted_by_one_accepted_by_the_other():
    """Also: two loads of the module have nothing in common."""
    _, sid = device.enroll(0, b"secret")
    timed = device.generate(asking(sid, timeout=1000))
    equal(NOT_AUTH, opens(device, timed), "before")
    wire, _ = device.verify(0, b"secret", 7)
    equal("OK", opens(device, timed), "kept without a further call")
    equal("OK", opens(device, timed, wire), "given")
    equal("OK", code_of(device.add_token, 0, wire), "kept again")
    stamp = device.verify_authorization(3)[2]
    confirmed = device.confirm(b"message")
    fresh()
    refuse_everywhere(wire, sid, "from before a reload")
    timed = device.generate(asking(sid, timeout=1000))
    equal(NOT_AUTH, opens(device, timed), "nothing is kept over a reload")
    equal(False, stamp == device.verify_authorization(3)[2], "another key")
    equal(False, confirmed == device.confirm(b"message"), "another key")


@test
def row_91_agreement():
    fresh()
    seed, nonce = party = device.hmac_party()
    equal((b"", 32), (seed, len(nonce)), "own parameters")
    equal(party, device.hmac_party(), "the same all the time")
    before = device.confirm(b"x")
    other = (b"\xaa" * 32, b"\2" * 32)
    secret = hkdf(tokens.ROOT, b"keymaster shared hmac", 32)
    for parties in ([party], [party, other], [other, party], [other, (b"", bytes(32)), party],
                    [(bytes([i]) * 32, b"\1" * 32) for i in range(9)] + [party]):
        want = tokens.agreed_key(parties, secret)
        equal(tokens.check_of(want), device.share_hmac(parties), "check")
        equal(hmac.digest(want, b"confirmation tokenx", "sha256"), device.confirm(b"x"), "key")
        equal(False, before == device.confirm(b"x"), "a new key")
    was = device.confirm(b"x")
    bad = [[other], [(b"", bytes(31) + b"\1")], [(bytes(32), nonce)], [],
           [party] * 11, [party, struct.pack("<64xII", 31, 32)],
           [party, struct.pack("<64xII", 32, 31)], [party, struct.pack("<64xII", 0, 0xffffffff)]]
    bad += [[other, (b"", bytes(b ^ (1 << bit % 8) * (i == bit // 8) for i, b in enumerate(nonce)))]
            for bit in range(256)]
    for parties in bad:
        refused("INVALID_ARGUMENT", device.share_hmac, parties)
    equal(was, device.confirm(b"x"), "what is refused changes nothing")
    first = tokens.share(device)
    fresh()
    equal(False, nonce == device.hmac_party()[1], "a nonce for each load")
    equal(False, first == tokens.share(device), "a key for each load")
    refuse_everywhere(make(first, SID), what="of the agreement before the reload")


@test
def needs_privilege_and_a_root_key():
    global device
    user = km.device_of(USER)
    for call, args in ((user.hmac_party, ()), (user.share_hmac, ([(b"", bytes(32))],)),
                       (user.add_token, (USER, bytes(69))), (user.confirm, (b"x",)),
                       (user.set_boot_level, (1,)), (user.open_authenticator, (km.FINGERPRINT,))):
        try:
            call(*args)
            raise AssertionError(f"{call} is open to everybody")
        except km.Refused as e:
            equal((errno.EPERM, "OK"), (e.errno, e.code), str(call))
    user.close()
    device.close()
    km.reload()
    device = km.Device()
    refused("KEYMASTER_NOT_CONFIGURED", device.share_hmac, [device.hmac_party()])
    fresh()


# --- tokens that the test makes --------------------------------------------------------------------

@test
def row_46_every_bit():
    global key
    key = tokens.share(device)
    good = make(key, SID)
    equal("OK", code_of(device.add_token, SECOND, good), "as it is")
    timed = device.generate(asking(SID, OTHER, timeout=100000))
    equal("OK", opens(device, timed, good), "as it is")
    for bit in range(8 * 69):
        bad = bytearray(good)
        bad[bit // 8] ^= 1 << bit % 8
        refused(NOT_AUTH, device.add_token, 0, bytes(bad))
        equal(NOT_AUTH, opens(device, timed, bytes(bad)), f"bit {bit}")
        refused(NOT_AUTH, device.verify_authorization, 1, bytes(bad))
    refuse_everywhere(good[:37] + bytes(32), what="no MAC")
    refuse_everywhere(bytes(69), what="all zero")
    content = b"\1" + good[1:37]
    refuse_everywhere(content + hmac.digest(key, content, "sha256"), what="version 1")


@test
def wrong_lengths():
    good = make(key, SID)
    timed = device.generate(asking(SID, timeout=1000))
    for bad in (b"", good[:1], good[:68], good + b"\0", good * 2, bytes(65000)):
        equal(NOT_AUTH, opens(device, timed, bad), f"{len(bad)} bytes")
        if bad:
            refused("INVALID_ARGUMENT", device.add_token, 0, bad)
            equal("INVALID_ARGUMENT" if len(bad) == 69 else "OK",
                  code_of(device.verify_authorization, 1, bad), "EINVAL of the call")
    refused("INVALID_ARGUMENT", device.add_token, 0, b"")
    refused("INVALID_ARGUMENT", device.add_token, 0, good.ljust(65536, b"\0"))


@test
def row_13_timed_limits():
    """The stamp is what counts, to the millisecond; a second is left for a slow machine."""
    for timeout in (2, 300, 0xffffffff):
        timed = device.generate(asking(SID, timeout=timeout))
        for age, want in ((0, "OK"), (1000 * timeout - 1000, "OK"), (1000 * timeout + 1, NOT_AUTH)):
            if age <= now():
                equal(want, opens(device, timed, make(key, SID, stamp=now() - age)), f"{age} ms old")
    quick = device.generate(asking(SID, timeout=1))
    stamp = now()
    token, codes = make(key, SID, stamp=stamp), {}
    while "late" not in codes and now() < stamp + 20000:
        before, code, after = now(), opens(device, quick, token), now()
        if after <= stamp + 1000:
            codes.setdefault("in time", set()).add(code)
        elif before > stamp + 1000:
            codes.setdefault("late", set()).add(code)
    equal({NOT_AUTH}, codes["late"], "as time passes")
    equal({"OK"}, codes.get("in time", {"OK"}), "as time passes")


@test
def row_13_and_28_kept_tokens_expire():
    """By what is kept, for begin and for the one call; what runs goes on."""
    timed = device.generate(asking(SID, timeout=6))
    device.add_token(0, make(key, SID))
    equal("OK", opens(device, timed), "begin")
    operation = device.begin(km.SIGN, timed, SHA)
    device.operate(km.SIGN, timed, SHA, b"x")
    time.sleep(6.1)
    equal(NOT_AUTH, opens(device, timed), "later")
    refused(NOT_AUTH, device.operate, km.SIGN, timed, SHA, b"x")
    equal(32, len(operation.finish(b"x")), "an operation that runs")
    operation.close()
    device.add_token(0, make(key, SID))
    device.operate(km.SIGN, timed, SHA, b"x")


@test
def from_the_future():
    token = make(key, SID, stamp=now() + 5000)
    equal(NOT_AUTH, code_of(device.add_token, 0, token), "kept")
    equal(NOT_AUTH, opens(device, device.generate(asking(SID, timeout=1000)), token), "timed")
    with device.begin(km.SIGN, device.generate(asking(SID)), SHA) as operation:
        token = make(key, SID, operation.handle, stamp=now() + 5000)
        refused(NOT_AUTH, operation.update, b"x", [(km.AUTH_TOKEN, token)])
    for stamp in (2**63, 2**64 - 1):
        equal(NOT_AUTH, opens(device, device.generate(asking(SID, timeout=0xffffffff)),
                              make(key, SID, stamp=stamp)), "no sum wraps")


@test
def row_47_other_user_or_type():
    fields = dict(sids=[SID, OTHER], kinds=[km.PASSWORD, km.FINGERPRINT, 4, 1 << 31, 3])
    for kinds in (km.PASSWORD, km.FINGERPRINT, 3, 4, km.ANY, 0):
        timed = device.generate(asking(SID, kinds=kinds, timeout=1000))
        each = device.generate(asking(SID, kinds=kinds))
        for sid in fields["sids"]:
            for kind in fields["kinds"]:
                want = "OK" if sid == SID and kinds & kind else NOT_AUTH
                equal(want, opens(device, timed, make(key, sid, kind=kind)), f"{kinds}, {kind}")
                with device.begin(km.SIGN, each, SHA) as operation:
                    token = make(key, sid, operation.handle, kind)
                    equal(want, code_of(operation.finish, b"x", [(km.AUTH_TOKEN, token)]),
                          f"{kinds}, {kind}")
    plain = doors.hmac()[:-1] + [(km.USER_SECURE_ID, SID), (km.AUTH_TIMEOUT, 1000)]
    equal(NOT_AUTH, opens(device, device.generate([e for e in plain if e != km.NO_AUTH_REQUIRED]),
                          make(key, SID)), "a key that names no type")


@test
def several_users_of_one_key():
    for sids in ((SID, OTHER), (OTHER, SID)):
        for who, want in ((SID, "OK"), (OTHER, "OK"), (7, NOT_AUTH), (0, NOT_AUTH)):
            timed = device.generate(asking(*sids, timeout=1000))
            equal(want, opens(device, timed, make(key, who)), "user")
            equal(want, opens(device, timed, make(key, 5, authenticator=who)), "authenticator")
            with device.begin(km.SIGN, device.generate(asking(*sids)), SHA) as operation:
                equal(want, code_of(operation.finish, b"x", [
                    (km.AUTH_TOKEN, make(key, who, operation.handle))]), "each operation")
    for sids in ((0,), (SID, 0), (0, SID)):
        refused("INVALID_ARGUMENT", device.generate, asking(*sids, timeout=1))


@test
def row_26_each_operation():
    each = device.generate(asking(SID))
    for data in (b"", b"x"):
        for first in ("update", "finish"):
            with device.begin(km.SIGN, each, SHA) as operation:
                refused(NOT_AUTH, getattr(operation, first), data)
                refused("INVALID_OPERATION_HANDLE", operation.finish)
    with device.begin(km.SIGN, each, SHA) as operation:
        mine = [(km.AUTH_TOKEN, make(key, SID, operation.handle))]
        operation.update(b"x", mine)
        operation.update(b"y", mine)
        mac = operation.finish(b"z", mine)
        refused("INVALID_OPERATION_HANDLE", operation.finish, b"", mine)
    with device.begin(km.VERIFY, each, SHA[:1]) as operation:
        operation.finish(b"xyz", [(km.AUTH_TOKEN, make(key, SID, operation.handle))], mac)
    with device.begin(km.SIGN, each, SHA) as operation:
        refused(NOT_AUTH, operation.finish, b"x", mine)         # replay: of one that has ended
    with device.begin(km.SIGN, each, SHA) as a, device.begin(km.SIGN, each, SHA) as b:
        refused(NOT_AUTH, a.update, b"x", [(km.AUTH_TOKEN, make(key, SID, b.handle))])
        refused(NOT_AUTH, b.update, b"x", [(km.AUTH_TOKEN, make(key, SID, 0))])
    with device.begin(km.SIGN, each, SHA) as operation:
        operation.update(b"x", [(km.AUTH_TOKEN, make(key, SID, operation.handle))])
        refused(NOT_AUTH, operation.finish, b"")                # in every call, or kept
    for challenge in (0, 1):
        refused(NOT_AUTH, device.operate, km.SIGN, each,
                [*SHA, (km.AUTH_TOKEN, make(key, SID, challenge))], b"x")


@test
def row_26_each_operation_by_what_is_kept():
    each = device.generate(asking(SID))
    with device.begin(km.SIGN, each, SHA) as a, device.begin(km.SIGN, each, SHA) as b:
        device.add_token(0, make(key, OTHER, a.handle))
        device.add_token(0, make(key, SID, a.handle))
        a.update(b"x")
        refused(NOT_AUTH, b.update, b"x")
        equal(32, len(a.finish(b"y")), "with one token")
    with device.begin(km.SIGN, each, SHA) as operation:
        device.add_token(0, make(key, SID, operation.handle))
        refused(NOT_AUTH, operation.update, b"x", [(km.AUTH_TOKEN, bytes(69))])   # the given counts
    with device.begin(km.SIGN, each, SHA) as operation:
        device.add_token(SECOND, make(key, SID, operation.handle))
        refused(NOT_AUTH, operation.finish, b"x")               # another user's table


def still_kept_after(end, n=40):
    """Are the tokens of operations that ended so out of the way?"""
    first = device.generate(asking(7, timeout=10000))
    each = device.generate(asking(SID))
    device.add_token(0, make(key, 7))
    for i in range(n):
        with device.begin(km.SIGN, each, SHA) as operation:
            device.add_token(0, make(key, SID, operation.handle, stamp=now() - n + i))
            end(operation)
    return opens(device, first)


@test
def row_45_ended_operations_leave_the_table():
    """Their tokens make room for each other, not for anybody else's."""
    for end in (lambda o: o.finish(b"x"), lambda o: o.abort(), lambda o: o.close(),
                lambda o: code_of(o.finish, b"x", [(km.AUTH_TOKEN, bytes(69))])):
        equal("OK", still_kept_after(end), "what was kept before")
    running = []
    equal(NOT_AUTH, still_kept_after(lambda o: running.append(os.dup(o.fd)), 32), "all in use")
    for fd in running:
        os.close(fd)


@test
def row_45_tables_of_users_are_apart():
    user, second = km.device_of(USER), km.device_of(SECOND)
    timed = user.generate(asking(OTHER, timeout=10000))
    theirs = second.generate(asking(OTHER, timeout=10000))
    device.add_token(USER, make(key, OTHER))
    equal("OK", opens(user, timed), "kept for this user")
    equal(NOT_AUTH, opens(second, theirs), "and for no other")
    equal(NOT_AUTH, opens(device, device.generate(asking(OTHER, timeout=10000))), "nor for root")
    for i in range(100):
        device.add_token(SECOND, make(key, 1000 + i))
    equal("OK", opens(user, timed), "another's hundred tokens")
    for i in range(100):
        device.add_token(USER, make(key, 1000 + i))
    equal(NOT_AUTH, opens(user, timed), "his own hundred")
    user.close()
    second.close()


@test
def row_91_an_agreement_ends_tokens():
    timed = device.generate(asking(SID, timeout=10000))
    device.add_token(0, make(key, SID))
    equal("OK", opens(device, timed), "before")
    equal(key, tokens.share(device), "the same key again")
    equal(NOT_AUTH, opens(device, timed), "kept under the key before")


@test
def row_92_timestamps():
    user = km.device_of(USER)
    last = 0
    for challenge in (0, 1, 2**63, 2**64 - 1):
        before = now()
        stamp, level, mac = user.verify_authorization(challenge, make(key, SID))
        equal(True, max(before, last) <= stamp <= now(), "the clock of tokens")
        equal(1, level, "level")
        signed = b"Auth Verification" + struct.pack(">QQI", challenge, stamp, 1)
        equal(hmac.digest(key, signed, "sha256"), mac, "MAC")
        last = stamp
    equal(3, len(user.verify_authorization(5)), "no token to look at")
    user.close()


# --- other authenticators ---------------------------------------------------------------------------

@test
def row_51_other_authenticators():
    _, sid = device.enroll(0, b"secret")
    finger = device.open_authenticator(km.FINGERPRINT)
    equal(True, finger.id != 0 and device.open_authenticator(km.FINGERPRINT).id != finger.id, "id")
    only = device.generate(asking(sid, kinds=km.FINGERPRINT, timeout=1000))
    device.verify(0, b"secret")
    equal(NOT_AUTH, opens(device, only), "a password")
    before = now()
    wire = finger.mint(0, 77)
    equal("OK", opens(device, only), "a finger")
    stamp = struct.unpack(">Q", wire[29:37])[0]
    equal(True, before <= stamp <= now(), "time")
    equal(make(key, sid, 77, km.FINGERPRINT, stamp, finger.id), wire, "what it says")
    equal(NOT_AUTH, opens(device, device.generate(asking(sid, kinds=km.PASSWORD, timeout=1000)),
                          wire), "a finger is no password")
    named = device.generate(asking(finger.id, kinds=km.FINGERPRINT, timeout=1000))
    equal("OK", opens(device, named), "a key that names the authenticator")
    with device.begin(km.SIGN, device.generate(asking(sid, kinds=km.FINGERPRINT)), SHA) as o:
        finger.mint(0, o.handle, room=0)
        equal(32, len(o.finish(b"x")), "for one operation, kept only")
    finger.close()


@test
def authenticators_that_are_none():
    for kind in (0, km.PASSWORD, 3, 6, km.ANY):
        refused("INVALID_ARGUMENT", device.open_authenticator, kind)
    other = device.open_authenticator(1 << 31, 5)
    equal(5, other.id, "an id that was given")
    refused("GATEKEEPER_INVALID", other.mint, SECOND)
    refused("GATEKEEPER_INVALID", other.mint, 0xffffffff)
    for room in (1, 68):
        try:
            other.mint(0, room=room)
            raise AssertionError("too little room")
        except km.Refused as e:
            equal((errno.EMSGSIZE, "OK", 69), (e.errno, e.code, e.need[-2]), "room")
    for number in range(256):
        if number != km.MINT_AUTH_TOKEN & 0xff:
            equal(errno.ENOTTY, ends(other.fd, 0xB900 + number, struct.pack("<I124x", 72)), number)
    child = os.fork()
    if not child:
        try:
            os.setresuid(USER, USER, USER)
            os._exit(len(other.mint(0)) != 69)
        finally:
            os._exit(2)
    equal(0, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), "without privilege")
    other.close()


def ends(fd, command, arg):
    """The errno of a bare ioctl."""
    try:
        fcntl.ioctl(fd, command, bytearray(arg), True)
    except OSError as e:
        return e.errno
    return 0


NOWHERE = (0, 0x10, 0xffffffff81000000, 0xffff888000001000, 2**64 - 1, 1 << 63)


@test
def arguments_of_minting():
    """As abi_test has it for the commands that need no privilege."""
    finger = device.open_authenticator(km.FINGERPRINT)

    def mint(size=40, flags=0, to=0, room=0, reserved=0, tail=b""):
        head = struct.pack("<IIiIQQII", size, flags, 0, 0, 0, to, room, reserved)
        return ends(finger.fd, km.MINT_AUTH_TOKEN, (head + tail).ljust(8192, b"\0"))

    equal(0, mint(), "as it should be")
    for size in (0, 1, 4, 12, 32, 39):
        equal(errno.EINVAL, mint(size), f"size {size}")
    for size in (41, 48, 4096):
        equal(0, mint(size), "a longer structure")
        equal(errno.E2BIG, mint(size, tail=bytes(size - 41) + b"\1"), "with something in it")
    for size in (4097, 2**32 - 1):
        equal(errno.E2BIG, mint(size), "too long")
    for bit in range(32):
        equal(errno.EINVAL, mint(flags=1 << bit), "flag")
        equal(errno.EINVAL, mint(reserved=1 << bit), "reserved")
    for to in NOWHERE:
        equal(errno.EFAULT, mint(to=to, room=69), hex(to))
    finger.close()


@test
def pointers_that_lead_nowhere():
    for at in NOWHERE:
        for command, layout, fields in (
                (km.ADD_AUTH_TOKEN, "<IIiIQII", (0, at, 69, 0)),
                (km.VERIFY_AUTHORIZATION, "<IIiIQQQII32x", (69, 0, at, 0, 0, 0)),
                (km.CONFIRM, "<IIiIQ32x", (5, at)),
                (km.COMPUTE_SHARED_HMAC, "<IIiIQ32x", (1, at))):
            arg = struct.pack(layout, struct.calcsize(layout), 0, 0, *fields)
            equal(errno.EFAULT, ends(device.fd, command, arg), f"{command:#x} {at:#x}")
    equal(hmac.digest(key, b"confirmation token", "sha256"), device.confirm(b""), "of nothing")


# --- confirmation -------------------------------------------------------------------------------------

def confirming(describe=doors.ec, **named):
    return device.generate(describe(more=[km.TRUSTED_CONFIRMATION_REQUIRED], **named))


def kinds_of_signers():
    return {"EC": (confirming(), SHA[:1]), "HMAC": (confirming(doors.hmac), SHA),
            "RSA": (device.generate(doors.rsa([km.PKCS1_SIGN], [km.SHA256], size=2048, more=[
                km.TRUSTED_CONFIRMATION_REQUIRED])), [*SHA[:1], (km.PADDING, km.PKCS1_SIGN)])}


@test
def row_89_confirmed():
    for name, (signer, params) in kinds_of_signers().items():
        for size in (0, 1, 100, 6144):
            message = os.urandom(size)
            token = [(km.CONFIRMATION_TOKEN, device.confirm(message))]
            signature, _ = device.operate(km.SIGN, signer, [*params, *token], message)
            check = [p for p in params if p[0] != km.MAC_LENGTH]
            device.operate(km.VERIFY, signer, check, message, signature)
            with device.begin(km.SIGN, signer, params) as operation:
                operation.update(message[:size // 3])
                operation.update(message[size // 3:size // 2])
                signature = operation.finish(message[size // 2:], token)
            device.operate(km.VERIFY, signer, check, message, signature)
        note(name)
    equal(hmac.digest(key, b"confirmation token" + b"abc", "sha256"), device.confirm(b"abc"), "MAC")


@test
def row_89_not_confirmed():
    message = b"pay 100"
    good = device.confirm(message)
    flipped = good[:31] + bytes([good[31] ^ 1])
    cases = [(None, "NO_USER_CONFIRMATION"), (b"", "INVALID_ARGUMENT"),
             (good[:31], "INVALID_ARGUMENT"), (good + b"\0", "INVALID_ARGUMENT"),
             (flipped, "NO_USER_CONFIRMATION"), (bytes(32), "NO_USER_CONFIRMATION"),
             (device.confirm(b"pay 101"), "NO_USER_CONFIRMATION"),
             (device.confirm(message + b"0"), "NO_USER_CONFIRMATION"),
             (hmac.digest(bytes(32), b"confirmation token" + message, "sha256"),
              "NO_USER_CONFIRMATION")]
    for signer, params in kinds_of_signers().values():
        for token, want in cases:
            given = [] if token is None else [(km.CONFIRMATION_TOKEN, token)]
            with device.begin(km.SIGN, signer, params) as operation:
                operation.out.buffer[:] = b"\xa5" * operation.out.size
                operation.update(message)
                refused(want, operation.finish, b"", given)
                equal(b"\xa5" * 600, operation.out.take(600), "no output")
                refused("INVALID_OPERATION_HANDLE", operation.finish)
            refused(want, device.operate, km.SIGN, signer, [*params, *given], message)


@test
def row_89_limits():
    signer, params = confirming(), SHA[:1]
    with device.begin(km.SIGN, signer, params) as operation:
        operation.update(bytes(6144))
        refused("INVALID_ARGUMENT", operation.update, b"x")
        refused("INVALID_OPERATION_HANDLE", operation.finish)
    for size in (6145, 100000):
        refused("INVALID_ARGUMENT", device.operate, km.SIGN, signer, params, bytes(size))
        try:
            device.confirm(bytes(size))
            raise AssertionError("confirmed too much")
        except km.Refused as e:
            equal((errno.EINVAL, "OK"), (e.errno, e.code), "of the call")
    for purposes in ([km.SIGN, km.AGREE_KEY], [km.AGREE_KEY]):
        refused("INCOMPATIBLE_PURPOSE", confirming, purposes=purposes)
    refused("INCOMPATIBLE_PURPOSE", confirming, doors.aes)
    equal(True, km.TRUSTED_CONFIRMATION_REQUIRED in
          [tag for tag, _ in device.characteristics(signer)[0]], "enforced")


# --- tags that have no more to do with it than that they are refused --------------------------------

@test
def row_72_73_90_tags():
    boot = device.generate(doors.hmac(more=[km.BOOTLOADER_ONLY]))
    equal("INVALID_KEY_BLOB", opens(device, boot), "BOOTLOADER_ONLY")
    free = [e for e in doors.aes(km.CTR) if e != km.CALLER_NONCE]
    for describe, want in ((free, "CALLER_NONCE_PROHIBITED"), (free + [km.CALLER_NONCE], "OK")):
        equal(want, code_of(device.operate, km.ENCRYPT, device.generate(describe),
                            doors.cipher(km.CTR, nonce=bytes(16)), b"x"), "a nonce")
    refused("UNSUPPORTED_TAG", device.generate,
            doors.hmac(more=[km.TRUSTED_USER_PRESENCE_REQUIRED]))
    worn = device.generate(doors.hmac(more=[km.ALLOW_WHILE_ON_BODY]))
    equal([], [t for t, _ in sum(device.characteristics(worn), []) if t == km.ALLOW_WHILE_ON_BODY],
          "dropped")


if __name__ == "__main__":
    main()
