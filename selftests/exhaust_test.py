#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# One user takes all that he can get, of each kind of thing, and is refused in the end. Another one
# works all the time. What the first one has in the kernel is bounded, and his memory cgroup pays.
# vm: --oom

import contextlib
import errno
import json
import mmap
import os
import pathlib
import resource
import signal
import time

import doors
import km
from tap import equal, main, note, refused, test

ROOT = bytes(range(11, 43))
GREEDY, OTHER = 4401, 4402
GROUPS = pathlib.Path("/run/cgroup")
GROUP = GROUPS / "greedy"
CTR = doors.cipher(km.CTR)
KEYS = pathlib.Path("/proc/sys/kernel/keys")
MIB = 1 << 20
PATIENCE = 120
# More than by default, so that what each of them takes is seen: it is no more than this.
OPERATIONS, KEYS_MOST = 600, 1500
OPERATION_TAKES, KEY_TAKES, RECORDS_TAKE = 8 << 10, 4 << 10, 256 << 10
# Slabs are made of whole pages, and the rest of the system does not stand still.
SLACK = 256 << 10
device = None


# --- users -----------------------------------------------------------------------------------

def become(uid):
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


class Process:
    """A user's process: what "work" returns, and then it waits to be ended."""

    started = []

    def __init__(self, uid, work, group=None, files=1024):
        self.page = mmap.mmap(-1, 1 << 16)
        self.pid = os.fork()
        if self.pid:
            self.started.append(self)
            return
        with contextlib.suppress(BaseException):
            if group:
                (group / "cgroup.procs").write_text("0")
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
            become(uid)
            try:
                result = work(self)
            except Exception as e:
                result = f"{type(e).__name__}: {e}"
            self.say(result[0] if isinstance(result, tuple) else result)
            signal.pause()
        os._exit(1)

    def say(self, result):
        text = json.dumps(result).encode()
        self.page[1:1 + len(text) + 1] = text + b"\0"
        self.page[0] = 1

    def result(self):
        while not self.page[0]:
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                self.pid = 0
                return "killed"
            time.sleep(0.02)
        return json.loads(self.page[1:].split(b"\0", 1)[0])

    def end(self):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        self.pid = 0


def job(own, uid):
    """All that a user does: keys, operations, passwords."""
    key = own.generate(doors.aes())
    sealed, made = own.operate(km.ENCRYPT, key, doors.cipher(km.GCM), b"message")
    equal(b"message", own.operate(km.DECRYPT, key, doors.cipher(km.GCM) + made, sealed)[0], "text")
    serial = km.add_key("keymaster", "job", key)
    with own.begin(km.ENCRYPT, serial, doors.cipher(km.GCM)) as operation:
        operation.finish(b"message")
    km.unlink_key(serial)
    own.operate(km.SIGN, own.generate(doors.ec()), [(km.DIGEST, km.SHA256)], b"message")
    own.verify(uid, b"password")


def work_on(process):
    """One job after the other, for ever: how many, and what went wrong with the first that did."""
    own, done = km.Device(), 0
    while True:
        try:
            job(own, OTHER)
        except Exception as e:
            process.page[8:1024] = repr(e).encode().ljust(1016, b"\0")[:1016]
            os._exit(1)
        done += 1
        process.page[1:5] = done.to_bytes(4, "little")
        time.sleep(0.02)


def jobs_of(worker):
    if os.waitpid(worker.pid, os.WNOHANG)[0]:
        worker.pid = 0
        raise AssertionError("the other user: " +
                             worker.page[8:1024].rstrip(b"\0").decode(errors="replace"))
    return int.from_bytes(worker.page[1:5], "little")


@contextlib.contextmanager
def other_user_works():
    """As long as that lasts, and at least once after it."""
    worker = Process(OTHER, work_on)
    try:
        yield
        before, patience = jobs_of(worker), time.monotonic() + PATIENCE
        while jobs_of(worker) < before + 2:
            equal(True, time.monotonic() < patience, "the other user gets something done")
            time.sleep(0.05)
    finally:
        worker.end()


# --- memory ----------------------------------------------------------------------------------

def kernel_memory():
    """Bytes that the kernel has for itself."""
    lines = pathlib.Path("/proc/meminfo").read_text().splitlines()
    found = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines}
    return sum(found[name] for name in ("Slab", "KernelStack", "PageTables", "VmallocUsed"))


def charged():
    """Bytes of it that the greedy user's group is charged with."""
    lines = (line.split() for line in (GROUP / "memory.stat").read_text().splitlines())
    return {name: int(value) for name, value in lines}["kernel"]


def settle():
    """What is freed in the background is freed."""
    pathlib.Path("/proc/sys/vm/drop_caches").write_text("2")
    time.sleep(0.5)


class Greed:
    """A process of the greedy user: how much more the kernel has for him, and what he pays."""

    def __init__(self, work, files=1024):
        settle()
        self.before, self.charged_before = kernel_memory(), charged()
        self.process = Process(GREEDY, work, GROUP, files)
        self.result = self.process.result()
        self.grown = kernel_memory() - self.before
        self.charged = charged() - self.charged_before
        note(f"grown by {self.grown >> 10} KiB, charged {self.charged >> 10} KiB")

    def paid(self):
        # All but the transforms of the kernel's ciphers, which has no way to charge them.
        equal(True, self.charged >= 0.7 * self.grown - SLACK,
              f"{self.grown} bytes more, {self.charged} of them charged")

    def end(self):
        """And all of it is given back."""
        self.process.end()
        for _ in range(20):
            settle()
            left = kernel_memory() - self.before
            if left < SLACK:
                return
        raise AssertionError(f"{left} bytes are left")


def until_refused(code, call, most=10000):
    """What the calls gave before the one that was refused, which has to be by this code."""
    got = []
    for _ in range(most):
        try:
            got.append(call())
        except km.Refused as e:
            if (e.code, e.errno) != (code, km.CODES[code][1]):
                raise
            return got
    raise AssertionError(f"{most} times, and no {code}")


# --- tests -----------------------------------------------------------------------------------

def take_operations(_):
    own = km.Device()
    key = own.generate(doors.aes(km.CTR))
    # Each with what it takes to stream.
    got = until_refused("TOO_MANY_OPERATIONS", lambda: own.begin(km.ENCRYPT, key, CTR))
    # Another file is no other user.
    again = km.Device()
    refused("TOO_MANY_OPERATIONS", again.begin, km.ENCRYPT, key, CTR)
    return len(got), got, again


@test
def operations():
    with other_user_works():
        greed = Greed(take_operations)
        equal(OPERATIONS, greed.result, "operations")
        equal(True, greed.grown < OPERATIONS * OPERATION_TAKES, f"bounded: {greed.grown}")
        greed.paid()
    greed.end()


def take_keys(_):
    own, got = km.Device(), []
    blob = own.generate(doors.aes())
    try:
        for n in range(100000):
            got.append(km.add_key("keymaster", f"greedy {n}", blob))
    except OSError as e:
        equal(errno.EDQUOT, e.errno, "add_key")
    refused_generate = km.Device().generate(doors.aes())
    return len(got), refused_generate


@test
def keys():
    (KEYS / "maxkeys").write_text(str(KEYS_MOST))
    # So that it is their number, and not the bytes of the blobs, that ends it.
    (KEYS / "maxbytes").write_text(str(10 * MIB))
    with other_user_works():
        greed = Greed(take_keys)
        equal(True, KEYS_MOST - 10 <= greed.result <= KEYS_MOST, f"{greed.result} keys")
        equal(True, greed.grown < KEYS_MOST * KEY_TAKES, f"bounded: {greed.grown}")
        greed.paid()
    greed.end()


def take_records(_):
    """Of keys with limits, of keys that are counted, of passwords, of tokens."""
    own = km.Device()

    def used_once():
        key = own.generate(doors.aes(km.CTR, more=[(km.MAX_USES_PER_BOOT, 1)]))
        own.operate(km.ENCRYPT, key, CTR, b"message")
    used = len(until_refused("TOO_MANY_OPERATIONS", used_once))
    counted = doors.aes(km.CTR, more=[(km.USAGE_COUNT_LIMIT, 3)])
    slots = len(until_refused("TOO_MANY_OPERATIONS", lambda: own.generate(counted)))
    for _ in range(100):
        own.verify(GREEDY, b"password")
    tried = 0
    with contextlib.suppress(km.Refused):
        while True:
            try:
                own.verify(GREEDY, b"wrong")
            except km.Refused as e:
                tried += 1
                if e.code == "GATEKEEPER_RETRY" or tried > 100:
                    equal(errno.EAGAIN, e.errno, "wait")
                    raise
    return [used, slots, tried < 100]


@test
def records():
    """They outlive him, or else he could begin anew: so they are few."""
    with other_user_works():
        greed = Greed(take_records)
        equal([64, 64, True], greed.result, "uses, slots, guesses")
        equal(True, greed.grown < RECORDS_TAKE + SLACK, f"bounded: {greed.grown}")
    greed.process.end()
    again = Greed(take_records)
    equal(True, again.grown < SLACK, f"no more of them: {again.grown}")
    again.process.end()


def take_giants(_):
    own = km.Device()
    key = own.generate(doors.aes(km.CTR))
    codes = set()
    calls = [lambda: own.generate(bytes(65537)), lambda: own.import_key(doors.aes(), bytes(65537)),
             lambda: own.operate(km.ENCRYPT, key, CTR, bytes(MIB + 1)),
             lambda: own.characteristics(bytes(65537)),
             lambda: own.verify(GREEDY, bytes(70000))]
    for call in calls * 100:
        try:
            call()
            codes.add("accepted")
        except km.Refused as e:
            codes.add(errno.errorcode[e.errno])
    # The largest that is allowed, and then nothing is left of it.
    for _ in range(50):
        own.operate(km.ENCRYPT, key, CTR, bytes(MIB))
    return sorted(codes)


@test
def giants():
    with other_user_works():
        greed = Greed(take_giants)
        equal(["EINVAL"], greed.result, "what is too long")
        equal(True, greed.grown < SLACK, f"kept: {greed.grown}")
    greed.end()


def take_files(count):
    def take(process):
        own = km.Device()
        key = own.generate(doors.hmac())
        got = [own]
        for n in range(count):
            try:
                got.append(km.Device())
                # Its buffer stays with the file.
                got[-1].operate(km.SIGN, key, [(km.DIGEST, km.SHA256), (km.MAC_LENGTH, 256)],
                                bytes(60000))
            except (OSError, km.Refused) as e:
                return errno.errorcode[e.errno], got
            process.page[4096:4100] = n.to_bytes(4, "little")
        return "all", got
    return take


@test
def files():
    """Not bounded by number here: so all of their memory is charged."""
    with other_user_works():
        greed = Greed(take_files(200), files=100000)
        equal("all", greed.result, "files")
        equal(True, greed.grown > 12 * MIB, f"the test takes something: {greed.grown}")
        greed.paid()
    greed.end()


@test
def files_at_the_limit():
    """He is refused, or killed, by his own group; nobody else notices."""
    limit = charged() + 48 * MIB
    (GROUP / "memory.max").write_text(str(limit))
    with other_user_works():
        greed = Greed(take_files(100000), files=200000)
        equal(True, greed.result in ("killed", "ENOMEM"), greed.result)
        peak = int((GROUP / "memory.peak").read_text())
        equal(True, peak <= limit, f"{peak} bytes of {limit}")
        equal(True, int.from_bytes(greed.process.page[4096:4100], "little") > 100, "files")
        events = dict(line.split() for line in (GROUP / "memory.events").read_text().splitlines())
        note(f"{greed.result}; oom_kill {events['oom_kill']}, max {events['max']}")
        equal(True, int(events["max"]) > 0, "the group was at its limit")
    greed.end()
    (GROUP / "memory.max").write_text("max")


if __name__ == "__main__":
    GROUPS.mkdir(exist_ok=True)
    os.system(f"mount -t cgroup2 cgroup {GROUPS}")
    (GROUPS / "cgroup.subtree_control").write_text("+memory")
    GROUP.mkdir()
    pathlib.Path("/proc/sys/vm/oom_dump_tasks").write_text("0")
    os.environ["KM_LOAD"] = f"modprobe keymaster max_operations={OPERATIONS}"
    km.reload(ROOT)
    os.chmod(km.DEVICE, 0o666)
    device = km.Device()
    for uid in (GREEDY, OTHER):
        device.enroll(uid, b"password")
    try:
        main()
    finally:
        for started in Process.started:
            started.end()
