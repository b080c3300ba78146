# SPDX-License-Identifier: GPL-2.0-only
# Secrets that a test gives to the kernel and keeps no copy of, not even in memory that it freed.
# km.py takes one wherever it takes bytes; secrets_guest.py has them from secrets_host.py.

import ctypes
import mmap
import os

_libc = ctypes.CDLL(None, use_errno=True)


def mask(secret):
    """Two halves that tell nothing, each for itself."""
    noise = os.urandom(len(secret))
    return [noise.hex(), bytes(a ^ b for a, b in zip(secret, noise)).hex()]


class Hidden:
    """In memory of its own while the "with" lasts: never on Python's heap, and wiped then."""

    def __init__(self, halves):
        self.halves = [bytes.fromhex(half) for half in halves]
        self.map = None
        self.address = 0

    def __len__(self):
        return len(self.halves[0])

    def fill(self, memory):
        # Byte by byte: the interpreter has all numbers below 256 beforehand, and makes none.
        for i, (a, b) in enumerate(zip(*self.halves)):
            memory[i] = a ^ b

    def __enter__(self):
        self.map = mmap.mmap(-1, len(self))
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self.map))
        if _libc.mlock(ctypes.c_void_p(self.address), len(self)):
            raise OSError(ctypes.get_errno(), "mlock")
        self.fill(self.map)
        return self

    def wipe(self):
        self.map[:] = bytes(len(self))

    def __exit__(self, *_):
        self.wipe()
        self.map, self.address = None, 0
