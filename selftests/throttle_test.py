#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# The waits after wrong passwords, to their ends: in a guest whose clock leaps over them.
# The schedule is that of gatekeeper.md section 6. Files take hours there, so nothing but the last
# test waits for any.
# vm: --leap

import ctypes
import os
import pathlib
import shutil
import struct
import tempfile
import time

import km
from gatekeeping import ROOT, handle_of, state_of, token_of, waits
from tap import equal, main, note, refused, test
from tokens import asking, now, opens

DAY = 86400000
device = None


def sleep_ms(ms):
    """A little more than that, by the clock that counts."""
    until = time.clock_gettime_ns(time.CLOCK_BOOTTIME) + ms * 1000000
    while time.clock_gettime_ns(time.CLOCK_BOOTTIME) <= until:
        time.sleep((until - time.clock_gettime_ns(time.CLOCK_BOOTTIME)) / 1e9 + 0.002)


def timeout_of(failures):
    if failures >= 140:
        return DAY
    if failures >= 30:
        return 30000 * 2 ** ((failures - 30) // 10)
    return 30000 if failures == 5 or failures >= 10 else 0


def wrong(uid):
    """One more wrong password: for how long it closes the gate."""
    try:
        device.verify(uid, b"wrong")
    except km.Refused as e:
        timeout = e.need[-3]
        equal("GATEKEEPER_RETRY" if timeout else "GATEKEEPER_INVALID", e.code, "code")
        return timeout
    raise AssertionError("it is right")


@test
def after_the_wait_the_right_one_counts():
    device.enroll(2000, b"x")
    for _ in range(4):
        equal(0, wrong(2000), "wait")
    equal(30000, wrong(2000), "wait")
    left = waits(device.verify, 2000, b"x")
    equal(True, 0 < left <= 30000, f"{left} ms left")
    equal(5, device.get_user(2000)["failures"], "a wait is not counted")
    sleep_ms(left)
    device.verify(2000, b"x")
    user = device.get_user(2000)
    equal((0, 0), (user["failures"], user["timeout"]), "failures, wait")
    for _ in range(4):
        equal(0, wrong(2000), "wait, from the start again")
    equal(30000, wrong(2000), "wait")


@test
def row_27_for_a_period():
    """A key that asks for its user every 300 seconds, by the clock of the token itself."""
    _, sid = device.enroll(2010, b"x")
    key = device.generate(asking(sid, timeout=300))
    # The first time the kernel looks for modules, in files, and that takes minutes.
    opens(device, key, device.verify(2010, b"x")[0])
    wire, _ = device.verify(2010, b"x")
    since = token_of(wire)["timestamp"]
    sleep_ms(since + 299000 - now())
    equal("OK", opens(device, key, wire), "after 299 s")
    sleep_ms(since + 300900 - now())
    equal("KEY_USER_NOT_AUTHENTICATED", opens(device, key, wire), "after 301 s")


@test
def not_a_moment_before():
    device.enroll(2001, b"x")
    for _ in range(4):
        wrong(2001)
    wrong(2001)
    left = waits(device.verify, 2001, b"x")
    sleep_ms(left - 1000)
    left = waits(device.verify, 2001, b"x")
    equal(True, 0 < left <= 1000, f"{left} ms left")


@test
def schedule():
    """Each count, and each wait to its end: counters 10, 30, 40 and 50 among them."""
    device.enroll(2002, b"x")
    seen = {}
    for failures in range(1, 53):
        timeout = wrong(2002)
        equal(timeout_of(failures), timeout, f"wait after {failures}")
        equal(failures, device.get_user(2002)["failures"], "failures")
        seen[failures] = timeout
        if timeout:
            waits(device.verify, 2002, b"x")
            sleep_ms(timeout)
    equal((30000, 30000, 60000, 120000), tuple(seen[n] for n in (10, 30, 40, 50)), "waits")
    device.verify(2002, b"x")
    equal(0, device.get_user(2002)["failures"], "failures")


@test
def lost_state():
    """A handle that is right, and nothing known: a wait first, one attempt in 30 s, then adopted."""
    handle = handle_of(2003, b"x", 77)
    left = waits(device.verify, 2003, b"x", handle=handle)
    equal(30000, left, "from when it is first tried")
    sleep_ms(left)
    for _ in range(3):
        equal(30000, waits(device.verify, 2003, b"wrong", handle=handle), "a wait after each")
        sleep_ms(30000)
    # Another handle is none of a user of whom nothing is known either: it cannot verify.
    waits(device.verify, 2003, b"x", handle=handle_of(2003, b"x", 78, root=bytes(32)))
    sleep_ms(30000)
    wire, again = device.verify(2003, b"x", handle=handle)
    equal((77, 0), (struct.unpack_from("<Q", wire, 9)[0], again), "SID, enrol again")
    user = device.get_user(2003)
    equal((77, handle, 0), (user["sid"], user["handle"], user["failures"]), "adopted")
    device.verify(2003, b"x")
    for _ in range(4):
        equal(0, wrong(2003), "no wait any more")
    refused("GATEKEEPER_INVALID", device.verify, 2003, b"x", handle=handle_of(2003, b"x", 78))


HELPER = """#!/bin/sh
LD_LIBRARY_PATH={} exec {} "$1"
"""


@test
def days():
    """From a state in which so many have failed already: 139, 140, and more than can be counted."""
    global device
    device.close()
    km.reload(ROOT)
    device = km.Device()
    with tempfile.TemporaryDirectory() as directory:
        helper = pathlib.Path(directory) / "helper"
        helper.write_text(HELPER.format(os.environ.get("LD_LIBRARY_PATH", ""),
                                        shutil.which("kmctl")))
        helper.chmod(0o755)
        counts = {3000: 139, 3001: 140, 3002: 2**32 - 1, 3003: 29}
        device.load_state(helper, pathlib.Path(directory) / "state", state_of(
            [(uid, uid, handle_of(uid, b"x", uid), n) for uid, n in counts.items()]))
        for uid, failures in counts.items():
            left = waits(device.verify, uid, b"x")
            equal(True, 0 < left <= timeout_of(failures), f"{left} ms after {failures} and a boot")
        # The longest of them: nothing but the whole day will do.
        sleep_ms(waits(device.verify, 3001, b"x") - 3600000)
        left = waits(device.verify, 3001, b"x")
        equal(True, 0 < left <= 3600000, f"{left} ms left")
        for uid in (3000, 3003):
            equal(timeout_of(counts[uid] + 1), wrong(uid), f"the next of {uid}")
        sleep_ms(left)
        for uid in (3001, 3002):
            equal(DAY, wrong(uid), f"the next of {uid}")
            equal(min(counts[uid] + 1, 2**32 - 1), device.get_user(uid)["failures"], "failures")
    note(f"the guest is {time.clock_gettime(time.CLOCK_BOOTTIME) / 86400:.1f} days old")


if __name__ == "__main__":
    # All of the program into memory now (MCL_CURRENT, MCL_FUTURE): a page of a file that is
    # wanted later would be waited for, and the clock would leap over what is to be measured.
    if ctypes.CDLL(None).mlockall(3):
        raise OSError("mlockall")
    km.reload(ROOT)
    device = km.Device()
    main()
