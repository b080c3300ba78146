#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# The gatekeeper: enrolment, verification, tokens, throttling, and who may do what.
# Every step of gatekeeper.md section 10 but those that wait (throttle_test.py) and those
# that reboot (vm/state_test.sh).
# vm: -c 2

import ctypes
import errno
import hmac
import os
import struct
import threading
import time

import km
from blobs import hkdf
from gatekeeping import ROOT, eperm, handle_of, token_of, waits
from tap import Skip, equal, main, note, refused, test

ANY, OTHER, NOBODY = 1001, 1002, 4000000
PASSWORD = b"correct horse"
_CLONE_NEWUSER = 0x10000000
device = None


def fresh():
    """The module without any user."""
    global device
    if device:
        device.close()
    km.reload(ROOT)
    device = km.Device()


def boot_ms():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000000


# --- gatekeeper.md section 10, in its order ----------------------------------------------


@test
def not_before_a_root_key():
    km.reload()
    bare = km.Device()
    for call in ((bare.enroll, ANY, b"x"), (bare.verify, ANY, b"x"), (bare.delete_user, ANY),
                 (bare.delete_user,), (bare.get_user, ANY), (bare.get_state,),
                 (bare.load_state, "/bin/true", "x")):
        refused("KEYMASTER_NOT_CONFIGURED", *call)
    bare.close()


@test
def enrol_gives_handle_and_sid():
    fresh()
    handle, sid = device.enroll(ANY, PASSWORD)
    equal(58, len(handle), "length")
    equal((2, sid, 0), struct.unpack_from("<BQQ", handle), "version, SID, flags")
    equal(False, sid == 0, "SID 0")
    # The layout is the published one: the handle can be computed.
    equal(handle_of(ANY, PASSWORD, sid, salt=handle[17:25]), handle, "signature")
    user = device.get_user(ANY)
    equal((sid, handle, b"", 0, 0), (user["sid"], user["handle"], user["setting"],
                                     user["failures"], user["timeout"]), "the user")


@test
def enrol_empty_password():
    refused("GATEKEEPER_INVALID", device.enroll, OTHER, b"")
    try:
        device.get_user(OTHER)
        raise AssertionError("enrolled")
    except km.Refused as e:
        equal(errno.ENOENT, e.errno, "not enrolled")


@test
def verify_right():
    sid, before = device.get_user(ANY)["sid"], boot_ms()
    for named in ({}, {"handle": device.get_user(ANY)["handle"]}):
        wire, again = device.verify(ANY, PASSWORD, challenge=1, **named)
        token = token_of(wire)
        equal((1, sid, 0, 1), (token["challenge"], token["sid"], token["authenticator"],
                               token["type"]), "token")
        equal(True, before <= token["timestamp"] <= boot_ms(), "timestamp")
        equal(0, again, "enrol again")
    equal((b"", 0), device.verify(ANY, PASSWORD, room=0), "no token wanted")


@test
def verify_wrong():
    refused("GATEKEEPER_INVALID", device.verify, ANY, b"wrong")
    equal(1, device.get_user(ANY)["failures"], "failures")
    device.verify(ANY, PASSWORD)
    equal(0, device.get_user(ANY)["failures"], "failures after a good one")


@test
def passwords_with_nul_and_long_ones():
    for uid, right, wrong in ((1100, b"a\0b", b"a\0c"), (1101, b"\0", b"\0\0"),
                              (1102, b"x" * 1023 + b"y", b"x" * 1024),
                              (1103, bytes(4096), bytes(4095) + b"\1"),
                              (1104, b"a", b"a\0")):
        device.enroll(uid, right)
        refused("GATEKEEPER_INVALID", device.verify, uid, wrong)
        device.verify(uid, right)
    for call in ((device.enroll, 1105, bytes(4097)), (device.verify, ANY, bytes(4097))):
        try:
            call[0](*call[1:])
            raise AssertionError("too long")
        except km.Refused as e:
            equal((errno.EINVAL, "OK"), (e.errno, e.code), "too long")


@test
def trusted_enrolment_keeps_the_sid():
    handle, sid = device.enroll(1200, b"old")
    refused("GATEKEEPER_INVALID", device.enroll, 1200, b"new", old=b"wrong", handle=handle)
    equal(1, device.get_user(1200)["failures"], "a wrong one counts here too")
    refused("GATEKEEPER_INVALID", device.enroll, 1200, b"new", handle=handle)
    new, same = device.enroll(1200, b"new", old=b"old", handle=handle, setting=b"argon")
    equal(sid, same, "SID")
    equal(sid, token_of(device.verify(1200, b"new")[0])["sid"], "SID of the token")
    equal((b"argon", 0), (device.get_user(1200)["setting"], device.get_user(1200)["failures"]),
          "setting, failures")
    refused("GATEKEEPER_INVALID", device.verify, 1200, b"old")
    equal(1, device.get_user(1200)["failures"], "counted")
    # The kernel's own handle is used when none is given.
    equal(sid, device.enroll(1200, b"newer", old=b"new")[1], "SID")
    # An older handle of the same SID is nobody's any more, though its signature is right.
    for old, password in ((handle, b"old"), (new, b"new")):
        refused("GATEKEEPER_INVALID", device.verify, 1200, password, handle=old)
    equal(0, device.get_user(1200)["failures"], "what is no attempt is not counted")
    device.verify(1200, b"newer")


@test
def untrusted_enrolment_has_another_sid():
    handle, sid = device.enroll(1201, b"old")
    _, other = device.enroll(1201, b"new")      # by root, who may
    equal(False, sid == other, "same SID")
    refused("GATEKEEPER_INVALID", device.verify, 1201, b"old", handle=handle)
    equal(0, device.get_user(1201)["failures"], "another SID's handle is not counted")
    equal(other, token_of(device.verify(1201, b"new")[0])["sid"], "SID of the token")


@test
def sids_are_random():
    sids = {device.enroll(1300, b"x")[1] for _ in range(64)}
    equal(64, len(sids), "all different")
    equal(True, any(s >> 63 for s in sids) and any(not s >> 63 for s in sids), "all of 64 bits")


@test
def verify_with_empty_handle_or_password():
    refused("GATEKEEPER_INVALID", device.verify, ANY, b"")
    refused("GATEKEEPER_INVALID", device.verify, NOBODY, PASSWORD)
    for size in (1, 57, 59, 1000):
        refused("GATEKEEPER_INVALID", device.verify, ANY, PASSWORD, handle=bytes(size))
        refused("GATEKEEPER_INVALID", device.enroll, ANY, b"x", old=PASSWORD, handle=bytes(size))
    equal(0, device.get_user(ANY)["failures"], "nothing counted")


@test
def delete_user():
    """And row 102."""
    handle, _ = device.enroll(1400, b"x")
    device.enroll(1401, b"x")
    device.delete_user(1400)
    refused("GATEKEEPER_INVALID", device.verify, 1400, b"x")
    refused("GATEKEEPER_INVALID", device.verify, 1400, b"x", handle=handle)
    refused("GATEKEEPER_INVALID", device.delete_user, 1400)
    refused("GATEKEEPER_INVALID", device.delete_user, NOBODY)
    device.verify(1401, b"x")
    # He may come back, as somebody else.
    device.enroll(1400, b"x")
    refused("GATEKEEPER_INVALID", device.verify, 1400, b"x", handle=handle)
    device.verify(1400, b"x")


@test
def delete_all_users():
    handles = {uid: device.enroll(uid, b"x")[0] for uid in (1500, 1501, 1502)}
    device.delete_user()
    for uid, handle in handles.items():
        refused("GATEKEEPER_INVALID", device.verify, uid, b"x")
        refused("GATEKEEPER_INVALID", device.verify, uid, b"x", handle=handle)
    refused("GATEKEEPER_INVALID", device.verify, ANY, PASSWORD)
    device.delete_user()


@test
def four_wrong_the_fifth_waits():
    device.enroll(1600, b"x")
    for _ in range(4):
        refused("GATEKEEPER_INVALID", device.verify, 1600, b"wrong")
    equal(30000, waits(device.verify, 1600, b"wrong"), "the fifth")
    for password in (b"wrong", b"x"):
        left = waits(device.verify, 1600, password)
        equal(True, 0 < left <= 30000, f"{left} ms left")
    left = waits(device.enroll, 1600, b"y", old=b"x")
    equal(True, 0 < left <= 30000, f"{left} ms left for an enrolment")
    user = device.get_user(1600)
    equal(5, user["failures"], "a wait is not counted")
    equal(True, 0 < user["timeout"] <= 30000, "and told")
    # Who may replace the password without knowing it does not wait.
    device.enroll(1600, b"z")
    device.verify(1600, b"z")


# --- rows of features.md -------------------------------------------------------------------


@test
def row_48_enrol_verify_issue():
    _, sid = device.enroll(1700, b"x")
    token = token_of(device.verify(1700, b"x", challenge=2**64 - 1)[0])
    equal((2**64 - 1, sid), (token["challenge"], token["sid"]), "token")


@test
def row_101_versions_of_handles():
    """Version 0 and 1: no throttling, and enrol again; above 2: no handle."""
    _, sid = device.enroll(1701, b"x")
    for version in (0, 1):
        old = handle_of(1701, b"x", sid, version)
        for _ in range(12):
            refused("GATEKEEPER_INVALID", device.verify, 1701, b"wrong", handle=old)
        wire, again = device.verify(1701, b"x", handle=old)
        equal((sid, 1), (token_of(wire)["sid"], again), "SID, enrol again")
        equal(0, device.get_user(1701)["failures"], "failures")
        # It can be tried without end, so it must not forgive what is counted.
        refused("GATEKEEPER_INVALID", device.verify, 1701, b"wrong")
        device.verify(1701, b"x", handle=old)
        equal(1, device.get_user(1701)["failures"], "failures")
        device.verify(1701, b"x")
        refused("GATEKEEPER_INVALID", device.verify, 1701, b"x",
                handle=handle_of(1701, b"x", sid + 1, version))
        refused("GATEKEEPER_INVALID", device.verify, NOBODY, b"x",
                handle=handle_of(NOBODY, b"x", sid, version))
    for version in (3, 4, 255):
        refused("GATEKEEPER_INVALID", device.verify, 1701, b"x",
                handle=handle_of(1701, b"x", sid, version))
    equal(0, device.get_user(1701)["failures"], "failures")
    # Enrolled again with it, it is one of the new kind and keeps its SID.
    new, same = device.enroll(1701, b"x", old=b"x", handle=handle_of(1701, b"x", sid, 0))
    equal((2, sid), (new[0], same), "version, SID")


@test
def row_104_the_key_of_tokens():
    """What a token is signed with is nothing that a program can get or derive."""
    device.enroll(1702, b"x")
    wire, _ = device.verify(1702, b"x")
    for key in (ROOT, bytes(32), hkdf(ROOT, b"keymaster password key", 32),
                hkdf(ROOT, b"keymaster state", 32)):
        equal(False, hmac.digest(key, wire[:37], "sha256") == wire[37:], "a key that we know")
    fresh()
    device.enroll(1702, b"x")
    other, _ = device.verify(1702, b"x")
    equal(False, wire[37:] == other[37:], "MAC of another load")


# --- attacks --------------------------------------------------------------------------------


@test
def handle_with_any_bit_changed():
    handle, _ = device.enroll(1800, b"x")
    for bit in range(8 * len(handle)):
        bad = bytearray(handle)
        bad[bit // 8] ^= 1 << bit % 8
        refused("GATEKEEPER_INVALID", device.verify, 1800, b"x", handle=bytes(bad))
    equal(0, device.get_user(1800)["failures"], "none of these is an attempt")
    device.verify(1800, b"x", handle=handle)


@test
def handle_of_another_user():
    victim, _ = device.enroll(1801, b"x")
    device.enroll(1802, b"x")
    refused("GATEKEEPER_INVALID", device.verify, 1802, b"x", handle=victim)
    # Nor does it help to be a user of whom nothing is known: the key is another.
    waits(device.verify, 1803, b"x", handle=victim)
    equal(0, device.get_user(1801)["failures"], "failures of the victim")


@test
def unknown_handle_waits_first():
    """The state was lost: a handle that is right counts as after a tenth failure."""
    handle = handle_of(1804, b"x", 77)
    for _ in range(3):
        left = waits(device.verify, 1804, b"x", handle=handle)
        equal(True, 0 < left <= 30000, f"{left} ms")
    refused("GATEKEEPER_INVALID", device.verify, 1804, b"x")
    try:
        device.get_user(1804)
        raise AssertionError("enrolled by a trial")
    except km.Refused as e:
        equal(errno.ENOENT, e.errno, "not enrolled")
    # SID 0 is nobody's, and a user with a record gets no trial.
    refused("GATEKEEPER_INVALID", device.verify, 1805, b"x", handle=handle_of(1805, b"x", 0))
    device.enroll(1804, b"y")
    refused("GATEKEEPER_INVALID", device.verify, 1804, b"x", handle=handle)
    device.verify(1804, b"y")


@test
def threads_get_no_more_guesses():
    """16 threads at once: five wrong passwords are looked at, not one more."""
    device.enroll(1806, b"x")
    for _ in range(3):
        answers, go = [], threading.Barrier(16)

        def guess():
            mine = km.Device()
            go.wait()
            for _ in range(8):
                try:
                    mine.verify(1806, b"wrong")
                    answers.append("OK")
                except km.Refused as e:
                    answers.append((e.code, e.need[-3]))
            mine.close()

        threads = [threading.Thread(target=guess) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        equal(128, len(answers), "answers")
        equal(4, answers.count(("GATEKEEPER_INVALID", 0)), "wrong without a wait")
        equal(5, device.get_user(1806)["failures"], "failures")
        equal(True, all(a[0] in ("GATEKEEPER_INVALID", "GATEKEEPER_RETRY") for a in answers),
              "nothing else")
        device.enroll(1806, b"x")


@test
def other_users_do_not_push_out_a_record():
    device.enroll(1807, b"x")
    for _ in range(4):
        refused("GATEKEEPER_INVALID", device.verify, 1807, b"wrong")
    began = time.monotonic()
    for uid in range(100000, 110000):
        device.enroll(uid, b"x", room=0)
    note(f"10000 enrolments: {time.monotonic() - began:.1f} s")
    equal(4, device.get_user(1807)["failures"], "failures of the victim")
    equal(30000, waits(device.verify, 1807, b"wrong"), "the fifth")
    device.verify(105000, b"x")
    equal(True, len(device.get_state()) > 10000 * 76, "all are in the state")
    fresh()


@test
def wall_clock_changes_nothing():
    device.enroll(1808, b"x")
    for _ in range(4):
        refused("GATEKEEPER_INVALID", device.verify, 1808, b"wrong")
    waits(device.verify, 1808, b"wrong")
    now = time.time()
    try:
        for moved in (86400 * 3650, -86400 * 300, 30, 0):
            time.clock_settime(time.CLOCK_REALTIME, now + moved)
            left = waits(device.verify, 1808, b"x")
            equal(True, 20000 < left <= 30000, f"{left} ms left, clock moved by {moved} s")
    finally:
        time.clock_settime(time.CLOCK_REALTIME, now)


@test
def others_are_refused():
    device.enroll(1809, b"x")
    theirs, own = km.device_of(1810), km.device_of(1809)
    for call in ((theirs.enroll, 1809, b"y"), (theirs.enroll, 1809, b"y", b"x"),
                 (theirs.verify, 1809, b"x"), (theirs.get_user, 1809), (theirs.enroll, 1811, b"y"),
                 (theirs.delete_user, 1809), (theirs.delete_user,), (own.delete_user, 1809),
                 (own.get_state,), (own.load_state, "/bin/true", "x")):
        eperm(*call)
    # The file says who it is, whoever holds it.
    equal(device.get_user(1809)["sid"], own.get_user(1809)["sid"], "of oneself")
    own.verify(1809, b"x")
    own.enroll(1809, b"y", old=b"x")
    eperm(own.enroll, 1809, b"z")                   # a second time without the password
    own.verify(1809, b"y")
    theirs.enroll(1810, b"first")                   # the first time needs no privilege
    eperm(theirs.enroll, 1810, b"second")
    equal(0, device.get_user(1809)["failures"], "failures")
    theirs.close()
    own.close()


def in_user_namespace(uid, act):
    """What a child in a user namespace of its own says, whose uid there is 0."""
    child = os.fork()
    if not child:
        status = 1
        try:
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.unshare(_CLONE_NEWUSER):
                os._exit(77)
            act()
            status = 0
        except BaseException as e:
            note(f"{uid}: {e!r}")
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@test
def other_user_namespaces_are_refused():
    device.enroll(1812, b"x")
    outside = km.device_of(1812)

    def act():
        inside = km.Device()        # opened in there
        for mine in (inside, outside):
            eperm(mine.verify, 1812, b"x")
            eperm(mine.enroll, 1812, b"y", old=b"x")
            eperm(mine.get_user, 1812)
            eperm(mine.get_state)

    status = in_user_namespace(1812, act)
    if status == 77:
        raise Skip("no user namespaces")
    equal(0, status, "status")
    outside.verify(1812, b"x")
    outside.close()


@test
def room_is_found_out_before_anything_is_counted():
    device.enroll(1813, b"x")
    for call, room in ((device.verify, 68), (device.verify, 1), (device.enroll, 57)):
        try:
            call(1813, b"wrong", room=room)
            raise AssertionError("it fits")
        except km.Refused as e:
            equal((errno.EMSGSIZE, "OK"), (e.errno, e.code), "too little room")
    equal(0, device.get_user(1813)["failures"], "failures")
    device.verify(1813, b"x")
    try:
        device.verify(2**32 - 1, b"x")
        raise AssertionError("uid -1")
    except km.Refused as e:
        equal(errno.EINVAL, e.errno, "uid -1 is nobody")


@test
def bad_pointers():
    """Nothing is counted by what cannot be read; what cannot be written has happened."""
    handle, _ = device.enroll(1814, b"x")
    keep = []
    good = km._address(handle, keep), km._address(b"x", keep), device.out.address

    def call(*pointers):
        km._call(device.fd, km.GATEKEEPER_VERIFY, "<IIiIQQQQIIIIII", 1814, 0, *pointers, 58, 1, 69,
                 0, 0, 0)

    call(*good)
    for bad in (0, 0x10, 0xffffffff81000000, 0xffff888000001000, 2**64 - 1):
        for n in range(3):
            try:
                call(*(bad if i == n else p for i, p in enumerate(good)))
                raise AssertionError(f"pointer {n} is {bad:#x}")
            except km.Refused as e:
                equal((errno.EFAULT, "OK"), (e.errno, e.code), f"pointer {n}, {bad:#x}")
        equal(0, device.get_user(1814)["failures"], "failures")
    good = (*good[:2], good[1], good[1], device.out.address)

    def enroll(*pointers):
        km._call(device.fd, km.GATEKEEPER_ENROLL, "<IIiIQQQQQQIIIIII", 1814, *pointers, 0, 58, 1, 1,
                 1, 58, 0)

    for bad in (0, 0x10, 0xffffffff81000000, 2**64 - 1):
        for n in range(4):
            try:
                enroll(*(bad if i == n else p for i, p in enumerate(good)))
                raise AssertionError(f"pointer {n} is {bad:#x}")
            except km.Refused as e:
                equal((errno.EFAULT, "OK"), (e.errno, e.code), f"pointer {n}, {bad:#x}")
    equal(handle, device.get_user(1814)["handle"], "nothing has changed")


@test
def told_by_get_info():
    info = device.info()
    equal(True, bool(info["features"] & 1 << 8), "KM_FEATURE_GATEKEEPER")
    equal(0, info["state"], "volatile")


if __name__ == "__main__":
    main()
