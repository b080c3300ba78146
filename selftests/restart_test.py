#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# A call that is stopped while it waits for a key goes on as if nothing had happened.
# The key is one that /sbin/request-key is still making; needs root, for its configuration.

import ctypes
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import doors
import km
from tap import equal, main, test

SECONDS = 3
_REQUEST_KEY = {"x86_64": 249, "aarch64": 218}[os.uname().machine]
_USER_KEYRING = -4
device = None
blob = b""


def answer(directory):
    """Have /sbin/request-key make keys called restart:* out of the blob, slowly."""
    script = directory / "answer"
    (directory / "blob").write_bytes(blob)
    script.write_text(f"#!/bin/sh\nsleep {SECONDS}\n"
                      f"exec keyctl pinstantiate $1 $2 < {directory}/blob\n")
    script.chmod(0o755)
    pathlib.Path("/etc/request-key.d/restart.conf").write_text(
        f"create keymaster restart:* * {script} %k %S\n")


def requester(name):
    """A process that asks for the key, and thereby keeps it under construction."""
    pid = os.fork()
    if not pid:
        libc = ctypes.CDLL(None, use_errno=True)
        libc.syscall(_REQUEST_KEY, b"keymaster", name.encode(), b"x",
                     ctypes.c_int(_USER_KEYRING))
        os._exit(0)
    return pid


def serial_of(name):
    for _ in range(1200):
        for line in open("/proc/keys"):
            if " keymaster " in line and name in line:
                return int(line.split()[0], 16)
        time.sleep(0.05)
    raise AssertionError(f"no key {name} in /proc/keys")


def use(serial):
    """A process that describes the key; 0 if it is told what the key is."""
    pid = os.fork()
    if not pid:
        try:
            enforced, _ = km.Device().characteristics(serial)
            os._exit(0 if km.values(enforced, km.ALGORITHM) == [km.AES] else 1)
        except km.Refused as e:
            print(f"# {e}", flush=True)
            os._exit(2)
    return pid


def waits(name, disturb):
    with tempfile.TemporaryDirectory() as directory:
        answer(pathlib.Path(directory))
        asks = requester(name)
        uses = use(serial_of(name))
        time.sleep(0.5)
        if disturb:
            os.kill(uses, signal.SIGSTOP)
            time.sleep(0.2)
            os.kill(uses, signal.SIGCONT)
        _, status = os.waitpid(uses, 0)
        os.waitpid(asks, 0)
        equal(0, os.waitstatus_to_exitcode(status), "exit status of the user of the key")


@test
def waits_for_a_key_under_construction():
    waits("restart:quiet", False)


@test
def survives_being_stopped_while_it_waits():
    waits("restart:stopped", True)


if __name__ == "__main__":
    subprocess.run(["keyctl", "link", "@u", "@s"], check=True)
    km.reload(os.urandom(32))
    device = km.Device()
    blob = device.generate(doors.aes(km.GCM))
    main()
