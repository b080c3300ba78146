#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# The steps of vm/state_test.sh, each of which is what one test does in one boot.
# state_guest.py DIR TEST:STEP... DIR/TEST outlives the boot: the state, the helper that keeps it,
# and what the steps remember. It gets a file STEP.ok of each step that succeeds.

import errno
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import traceback

import doors
import km
from gatekeeping import ROOT, waits
from tap import equal, refused
from tokens import asking, opens

HELPER = """#!/bin/sh
# What the kernel starts. kmctl keeps the state; the rest is for the test.
export LD_LIBRARY_PATH={library}
echo run >> "$1.runs"
{before}
{kmctl} "$1" || exit
{after}
echo end >> "$1.ends"
"""
# Holds the helper until the test says go; not for ever, so that who waits for it is found out.
GO = pathlib.Path("/run/state-go")
UNTIL_GO = f"n=0; while [ ! -e {GO} ] && [ $n -lt 400 ]; do sleep 0.3; n=$((n + 1)); done"
CTR = doors.cipher(km.CTR)
folder = device = None
steps = {}


def step(function):
    steps[function.__name__] = function
    return function


def path(name):
    return folder / name


def helper(before="", after=""):
    # A new file: the old one may be running, and cannot be written then.
    new = path("helper.new")
    new.write_text(HELPER.format(before=before, after=after, kmctl=shutil.which("kmctl"),
                                 library=os.environ.get("LD_LIBRARY_PATH", "")))
    new.chmod(0o755)
    os.rename(new, path("helper"))


def lines(name):
    log = path(name)
    return len(log.read_text().splitlines()) if log.exists() else 0


def runs():
    return lines("state.runs")


def ends():
    return lines("state.ends")


def load(root=ROOT, state=None):
    """The module with its root key, going on from the file."""
    global device
    if device:
        device.close()
    km.reload(root)
    device = km.Device()
    if state is None:
        state = path("state").read_bytes() if path("state").exists() else b""
    device.load_state(str(path("helper")), str(path("state")), state)
    equal(1, device.info()["state"], "kept")


def remember(**what):
    path("notes").write_text(json.dumps(what))


def remembered():
    return json.loads(path("notes").read_text())


def until(condition, what):
    for _ in range(600):
        if condition():
            return
        time.sleep(0.2)
    raise AssertionError(f"in two minutes not: {what}")


def settle():
    """Until each helper that was started has ended: nobody waits for some of them."""
    until(lambda: runs() == ends(), "all helpers ended")


def wrong(uid):
    refused("GATEKEEPER_INVALID", device.verify, uid, b"wrong")


# --- throttling ------------------------------------------------------------------------


@step
def five_wrong():
    load()
    device.enroll(1000, b"x")
    for _ in range(4):
        wrong(1000)
    equal(30000, waits(device.verify, 1000, b"wrong"), "the fifth")
    equal(6, runs(), "the enrolment and each attempt were kept before they counted")
    time.sleep(10)


@step
def still_waiting():
    """Nearly all of the wait is left, although some of it, and a boot, have gone by."""
    load()
    left = waits(device.verify, 1000, b"x")
    equal(True, 20000 < left <= 30000, f"{left} ms: the whole wait again")
    equal(5, device.get_user(1000)["failures"], "failures")
    time.sleep(left / 1000 + 0.1)
    device.verify(1000, b"x")
    equal(0, device.get_user(1000)["failures"], "failures")


@step
def enrol_and_guess():
    load()
    device.enroll(1000, b"x")
    settle()
    path("state.old").write_bytes(path("state").read_bytes())
    for _ in range(4):
        wrong(1000)
    remember(handle=device.get_user(1000)["handle"].hex())


@step
def one_guess_in_30_s():
    """What is known of the user is old, or nothing: then the handle has to be given."""
    load()
    handle = bytes.fromhex(remembered()["handle"])
    for _ in range(2):
        left = waits(device.verify, 1000, b"wrong", handle=handle)
        equal(True, 20000 < left <= 30000, f"{left} ms")
        equal(True, 20000 < waits(device.verify, 1000, b"x", handle=handle), "nor the right one")
        time.sleep(left / 1000 + 0.1)
        equal(30000, waits(device.verify, 1000, b"wrong", handle=handle), "one, and a wait again")
    time.sleep(30.1)
    device.verify(1000, b"x", handle=handle)
    for _ in range(4):
        wrong(1000)


# --- enrolment -------------------------------------------------------------------------


@step
def enrol():
    load()
    _, sid = device.enroll(1000, b"first", setting=b"argon")
    device.enroll(1000, b"second", old=b"first", setting=b"argon2")
    gone, _ = device.enroll(1001, b"x")
    device.delete_user(1001)
    device.enroll(1002, b"x")
    wrong(1002)
    wrong(1002)
    user = device.get_user(1000)
    # A row of right passwords writes once, for the first of them.
    token, _ = device.verify(1000, b"second")
    remember(sid=sid, handle=user["handle"].hex(), gone=gone.hex(), token=token.hex())
    equal("OK", opens(device, device.generate(asking(sid, timeout=1000)), token), "a token")
    before = runs()
    for _ in range(20):
        device.verify(1000, b"second")
    equal(before, runs(), "helpers run for right passwords")


@step
def enrolled():
    load()
    want, user = remembered(), device.get_user(1000)
    equal((want["sid"], want["handle"], b"argon2"),
          (user["sid"], user["handle"].hex(), user["setting"]), "the user")
    refused("GATEKEEPER_INVALID", device.verify, 1001, b"x", handle=bytes.fromhex(want["gone"]))
    timed = device.generate(asking(want["sid"], timeout=1000))
    equal("KEY_USER_NOT_AUTHENTICATED", opens(device, timed, bytes.fromhex(want["token"])),
          "a token of the boot before")
    equal(2, device.get_user(1002)["failures"], "failures")
    time.sleep(user["timeout"] / 1000 + 0.1)
    refused_first(1000, b"first")
    time.sleep(30.1)
    wire, _ = device.verify(1000, b"second")
    equal(want["sid"], int.from_bytes(wire[9:17], "little"), "SID of the token")
    device.verify(1000, b"second")


def refused_first(uid, password):
    """The first attempt after a boot, which is followed by a wait whatever its number."""
    equal(30000, waits(device.verify, uid, password), "wrong")


@step
def other_root_key():
    state = path("state").read_bytes()
    refused("VERIFICATION_FAILED", load, bytes(32), state)
    equal(0, device.info()["state"], "still volatile")
    load()
    equal(remembered()["sid"], device.get_user(1000)["sid"], "with the right one")


# --- keys -------------------------------------------------------------------------------


def counted(uses):
    return device.generate(doors.aes(km.CTR, more=[(km.USAGE_COUNT_LIMIT, uses)]))


def use(key):
    device.operate(km.ENCRYPT, key, CTR, b"message")


@step
def use_once():
    load()
    key, single, gone = counted(2), counted(1), counted(5)
    use(key)
    use(single)
    device.delete(gone)
    equal(6, runs(), "each was kept")
    remember(key=key.hex(), single=single.hex(), gone=gone.hex())


@step
def use_again():
    load()
    keys = {name: bytes.fromhex(key) for name, key in remembered().items()}
    use(keys["key"])
    for key in keys.values():
        refused("INVALID_KEY_BLOB", use, key)


@step
def used_up():
    load()
    for key in remembered().values():
        refused("INVALID_KEY_BLOB", use, bytes.fromhex(key))
    # A lost state closes keys, it does not open them.
    key = counted(3)
    os.remove(path("state"))
    load()
    refused("INVALID_KEY_BLOB", use, key)


# --- the helper ------------------------------------------------------------------------------


def unkept(expected_failures):
    """Nothing is looked at that could not be kept; what was counted stays."""
    refused("GATEKEEPER_UNKNOWN", device.verify, 1000, b"x")
    equal(expected_failures, device.get_user(1000)["failures"], "failures")


@step
def helpers():
    load()
    sid = device.enroll(1000, b"x")[1]
    two = counted(2)
    failing = [lambda: helper(before="exit 1"), lambda: helper(before="kill -9 $$"),
               lambda: helper(before="exit 0"),          # it never came for the state
               lambda: helper(after="exit 3"), lambda: os.remove(path("helper"))]
    failures = 0
    for fail in failing:
        fail()
        if failures < 4:
            failures += 1
            unkept(failures)
        refused("GATEKEEPER_UNKNOWN", device.enroll, 1000, b"y")
        refused("GATEKEEPER_UNKNOWN", device.enroll, 1005, b"y")
        refused("GATEKEEPER_UNKNOWN", device.delete_user, 1000)
        refused("GATEKEEPER_UNKNOWN", device.delete_user)
        refused("SECURE_HW_COMMUNICATION_FAILED", counted, 1)
        equal(sid, device.get_user(1000)["sid"], "still the same")
        try:
            device.get_user(1005)
            raise AssertionError("enrolled")
        except km.Refused as e:
            equal(errno.ENOENT, e.errno, "not enrolled")
    refused("SECURE_HW_COMMUNICATION_FAILED", use, two)
    helper()
    # The use that was not kept is lost; the other one is there.
    use(two)
    refused("INVALID_KEY_BLOB", use, two)
    device.verify(1000, b"x")
    device.delete_user(1000)
    refused("GATEKEEPER_INVALID", device.verify, 1000, b"x")
    busy_helper()


def held_attempt(password):
    """A process that waits, in an attempt, for a helper that waits for the test."""
    before = runs()
    child = os.fork()
    if not child:
        km.Device().verify(1000, password)
        os._exit(0)
    until(lambda: runs() > before, "the helper started")
    return child


def kill(child):
    os.kill(child, signal.SIGKILL)
    equal(signal.SIGKILL, os.waitpid(child, 0)[1], "killed in the middle")


def let_go():
    """Lets the helper that is held go, and waits for its end."""
    before = ends()
    GO.touch()
    until(lambda: ends() > before, "the helper ended")
    GO.unlink()


def busy_helper():
    """The state is to be had while a helper runs: it comes for it itself, and others may."""
    device.enroll(1000, b"x")
    before = ends()
    helper(before=UNTIL_GO)
    child = held_attempt(b"wrong")
    device.get_state()
    device.get_user(1000)
    # Whoever waits can be killed, and a stopped helper hangs nobody but those who wait.
    kill(child)
    equal(before, ends(), "helpers that ended meanwhile")
    equal(1, device.get_user(1000)["failures"], "counted")
    let_go()
    helper()


@step
def kill_between():
    """kill -9 while the helper runs: the count is there, the password was not looked at."""
    load()
    device.enroll(1000, b"x")
    helper(before=UNTIL_GO)
    for n in (1, 2, 3):
        child = held_attempt(b"x")
        kill(child)
        equal(n, device.get_user(1000)["failures"], "failures")
        let_go()
    helper()


@step
def counted_what_was_killed():
    load()
    equal(3, device.get_user(1000)["failures"], "failures in the file")


# --- what LOAD_STATE refuses -----------------------------------------------------------------


def call_fails(number, call, *args):
    try:
        call(*args)
        raise AssertionError("it succeeded")
    except km.Refused as e:
        equal((number, "OK"), (e.errno, e.code), "errno")


@step
def refused_states():
    global device
    load()
    device.enroll(1000, b"x")
    counted(3)
    call_fails(errno.EEXIST, device.load_state, "/bin/true", "x")
    state = path("state").read_bytes()
    equal(False, device.get_state() == device.get_state(), "a nonce of its own each time")
    device.close()
    device = None
    km.reload(ROOT)
    fresh = km.Device()

    def bad(data):
        refused("VERIFICATION_FAILED", fresh.load_state, "/bin/true", "x", data)

    for bit in range(8 * len(state)):
        bad(doors.flipped(state, bit))
    for size in range(1, len(state)):
        bad(state[:size])
    for more in (b"\0", state):
        bad(state + more)
    for args in (("bin/true", "x"), ("", "x"), ("/bin/true", ""), ("/bin/\0true", "x"),
                 ("/bin/true", "x\0"), ("/" * 256, "x"), ("/bin/true", "x" * 256)):
        call_fails(errno.EINVAL, fresh.load_state, *args, state)
    equal(0, fresh.info()["state"], "nothing has changed")
    # Something is there already: a user, or a key with a count.
    fresh.enroll(1, b"x")
    call_fails(errno.EEXIST, fresh.load_state, "/bin/true", "x", state)
    fresh.close()
    km.reload(ROOT)
    fresh = km.Device()
    fresh.generate(doors.aes(km.CTR, more=[(km.USAGE_COUNT_LIMIT, 1)]))
    call_fails(errno.EEXIST, fresh.load_state, "/bin/true", "x", state)
    fresh.close()
    load()
    equal(0, device.get_user(1000)["failures"], "and the state is good")


steps["refused"] = refused_states


def run(test, name):
    global folder
    folder = top / test
    helper()
    steps[name]()
    path(name + ".ok").touch()


def main():
    subprocess.run(["mountpoint", "-q", top], check=True)
    for argument in sys.argv[2:]:
        print(f"{argument}:", flush=True)
        try:
            run(*argument.split(":"))
        except Exception:
            traceback.print_exc(file=sys.stdout)


if __name__ == "__main__":
    top = pathlib.Path(sys.argv[1])
    main()
