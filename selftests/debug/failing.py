# SPDX-License-Identifier: GPL-2.0-only
# Makes the n-th allocation or user copy of a call fail, n = 1, 2, ... until the call succeeds,
# and judges each failure. Shared by the failnth tests.
#
# The kernel counts for one thread, from the write to /proc/thread-self/fail-nth on, so the
# count is set right before the system call that is meant, below the helpers of km.py: in
# place of fcntl.ioctl and of libc's syscall.

import contextlib
import errno
import fcntl
import os
import pathlib
import re
import time

import km
from tap import equal, note

_DEBUGFS = pathlib.Path("/sys/kernel/debug")
_SETTINGS = {"ignore-gfp-wait": "N", "min-order": "0", "verbose": "0"}
NO_MEMORY = "-41"
_MOST = 3000    # more points than any call has
device = None   # whose state is looked at

walked = {}     # command: points


class _Nth:
    """Counts down in this thread; the hooks call fire()."""

    def __init__(self):
        for what in ("failslab", "fail_page_alloc", "fail_usercopy"):
            for name, value in _SETTINGS.items():
                file = _DEBUGFS / what / name
                if file.exists():
                    file.write_text(value)
        self.file = os.open("/proc/thread-self/fail-nth", os.O_RDWR)
        self.command = self.n = None
        self.fired = self.called = False

    def fire(self, command, call, *args):
        if command != self.command or self.n is None:
            return call(*args)
        text = b"%d" % self.n
        self.n, self.called = None, True
        os.write(self.file, text)
        try:
            return call(*args)
        finally:
            # Reading is a user copy, and may be what fails: then the call was spared.
            self.fired = False
            with contextlib.suppress(OSError):
                self.fired = os.pread(self.file, 16, 0).strip() == b"0"
            with contextlib.suppress(OSError):
                os.write(self.file, b"0")

    def arm(self, command, n):
        self.command, self.n, self.called, self.fired = command, n, False, False


class _Fcntl:
    @staticmethod
    def ioctl(fd, command, arg, mutate):
        return _nth.fire(command, fcntl.ioctl, fd, command, arg, mutate)


class _Libc:
    """add_key is named by its name, keyctl by the number of its operation."""

    def __init__(self, libc):
        self.libc = libc

    def syscall(self, number, *args):
        command = "add_key" if number == km._ADD_KEY else f"keyctl {args[0]}"
        return _nth.fire(command, self.libc.syscall, number, *args)


_nth = _Nth()
km.fcntl = _Fcntl
km._libc = _Libc(km._libc)


def arm(command, n):
    """Its next call has its n-th point fail."""
    _nth.arm(command, n)


def fired():
    return _nth.fired


def fire(command, call, *args):
    """For system calls that km.py does not make."""
    return _nth.fire(command, call, *args)


# --- the state ----------------------------------------------------------------------------

def state():
    """What no failure may change: counts of the module, open files, the quota of keys."""
    found = device.info() if device else {}
    found["files"] = len(os.listdir("/proc/self/fd"))
    for line in pathlib.Path("/proc/key-users").read_text().splitlines():
        if line.split(":")[0].strip() == "0":
            # keys and bytes, each with its limit
            found["keys"] = [int(field.split("/")[0]) for field in line.split()[3:]]
    return found


def same_state(was, what):
    """Keys are freed by a worker, a moment later: those of before as well."""
    end = time.monotonic() + 20
    while True:
        now = state()
        more = any(a > b for a, b in zip(now["keys"], was["keys"]))
        if not more or time.monotonic() > end:
            break
        time.sleep(0.05)
    equal(False, more, f"{what}: more keys than before")
    equal({**was, "keys": None}, {**now, "keys": None}, f"{what}: state")


def close_all():
    """Whatever a test has left open that keeps the module."""
    for fd in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            if "keymaster" in os.readlink(f"/proc/self/fd/{fd}"):
                os.close(int(fd))


# --- the walk -----------------------------------------------------------------------------

def names(error):
    """The errno and the code."""
    return errno.errorcode[error.errno], getattr(error, "code", "OK")


def clean(error, what, also):
    """No memory, or memory that cannot be reached; and of the codes, the one for it or none."""
    number, code = names(error)
    good = number in ("ENOMEM", "EFAULT") and code in ("OK", NO_MEMORY)
    if not good and code not in also and number not in also:
        raise AssertionError(f"{what}: {error}")


def walk(name, command, call, before=None, done=None, undo=None, failed=None, also=(), again=None,
         reset=None):
    """Fails each point of the call once.

    before() makes what a call uses up. done() tells whether the call has had its effect: never
    after ENOMEM, always after success; after EFAULT it may, while the answer was written.
    undo(result) takes a success back, or None: an effect without an answer. failed(error)
    judges further. Codes and errnos in also are clean as well. again is how the call ends when
    it was made before: then what its last fault was about is the answer to one that was done.
    reset() is for what can be done once: after a call that got over its fault.
    """
    n = spared = told = 0
    while True:
        n += 1
        if before:
            before()
        was, error, result = state(), None, None
        _nth.arm(command, n)
        try:
            result = call()
        except (km.Refused, OSError) as e:
            error = e
        what = f"{name}, point {n}"
        equal(True, _nth.called, f"{what}: the system call was made")
        if not _nth.fired and error and told == errno.EFAULT and again in names(error):
            break
        if not _nth.fired and error:
            raise AssertionError(f"{what}: failed without a fault: {error}")
        if error:
            told = error.errno
            clean(error, what, also)
            effect = done() if done else False
            if effect and error.errno != errno.EFAULT:
                raise AssertionError(f"{what}: {error}, but it was done")
            if failed:
                failed(error)
            if effect:
                if undo:
                    undo(None)
            else:
                same_state(was, f"{what}: {error}")
            continue
        if done:
            equal(True, done(), f"{what}: done")
        if undo:
            undo(result)
        if not _nth.fired:
            break
        spared += 1
        if reset:
            reset()
        equal(True, n < _MOST, f"{name}: an end")
    points = n - 1
    walked.setdefault(command, []).append(points)
    note(f"{name}: {points} points" + (f", {spared} of them got over" if spared else ""))


def header_commands():
    """Every command that the header has, by number."""
    text = (pathlib.Path(__file__).parent / "keymaster.h").read_text()
    return {0xB900 + int(number, 16): name for name, number in
            re.findall(r"#define (KM_IOC_\w+)\s+_IO\(KM_IOC_TYPE, (0x\w+)\)", text)}
