# SPDX-License-Identifier: GPL-2.0-only
# Asking the host to search all memory of this guest for secrets: for secrets_guest.py and
# secrets_programs.py, whose first argument is the folder that is shared with secrets_host.py.
#
# From the first load of a root key on its children have to be there, each once, in every search.

import contextlib
import json
import mmap
import os
import pathlib
import signal
import sys
import time

import hiding
import km

MEMORY, SWAP, DISK = range(3)
FAULTS_SHOWN = 5
FOLDER = pathlib.Path(sys.argv.pop(1))
ROOT_KEYS = ("blob format 0", "blob format 3", "password key", "state", "shared hmac",
             "root record", "unique id")
PUBLIC = json.loads((FOLDER / "public").read_text())
SECRETS = json.loads((FOLDER / "secrets").read_text())

always = {}     # what is in memory all the time
alive = []      # processes that sleep


def search(held=(), learn=(), image=MEMORY):
    """All memory: what is held is there, so many times or any number of times; nothing else."""
    held = held if isinstance(held, dict) else dict.fromkeys(held)
    if image == MEMORY:
        held = {**always, **held}
    ask, answer = FOLDER / "ask", FOLDER / "answer"
    ask.with_suffix(".part").write_text(json.dumps({"held": held, "learn": learn, "image": image}))
    ask.with_suffix(".part").rename(ask)
    while not answer.exists():
        time.sleep(0.1)
    faults = json.loads(answer.read_text())
    answer.unlink()
    if faults:
        end(*alive)
        raise AssertionError("\n".join(faults[:FAULTS_SHOWN]))


def hidden(name):
    return hiding.Hidden(SECRETS[name])


def children(root):
    return {f"{root}: keymaster {label}": 1 for label in ROOT_KEYS}


def start(name="root 1"):
    """The module is loaded: from here on its root key's children are in memory. The device."""
    device = km.Device()
    caller = in_child(lambda: used_up(name, lambda key: device.load_root(km.ROOT_BYTES, key)))
    always.update(children(name))
    search()
    end(caller)
    return device


# --- processes that stay where they are --------------------------------------------------------
# What a call left on its kernel stack is there until the next calls have written over it. So the
# process does nothing any more, not even give memory back, while the host searches.

def in_child(*work):
    """A process that has done it, and sleeps."""
    done = mmap.mmap(-1, mmap.PAGESIZE)
    child = os.fork()
    if not child:
        with contextlib.suppress(BaseException):
            kept = [step() for step in work]
            done[0] = len(kept)
            signal.pause()
        os._exit(1)
    while not done[0]:
        if os.waitpid(child, os.WNOHANG)[0]:
            raise AssertionError("a child failed")
        time.sleep(0.02)
    alive.append(child)
    return child


def end(*sleepers):
    for child in sleepers:
        alive.remove(child)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def used_up(name, call):
    """A call with a secret, as the last one: what is to be kept until the process ends."""
    secret = hidden(name).__enter__()
    call(secret)
    secret.wipe()
    return secret


def wait_for_collector(use):
    """Until the kernel has thrown away all keys of that name."""
    for _ in range(200):
        if f" {use}" not in pathlib.Path("/proc/keys").read_text():
            break
        time.sleep(0.05)
    # It is still running when the last name is gone.
    time.sleep(0.3)
