# SPDX-License-Identifier: GPL-2.0-only
# Reads the published vectors of Debian's python3-cryptography-vectors, and counts them.
# Shared by the vectors_*_test.py: what is left out is counted too, and said why.

import collections
import glob
import os
import random

from tap import Skip, note

try:
    import cryptography_vectors
    HOME = os.path.dirname(cryptography_vectors.__file__)
except ImportError:
    HOME = None


def files(pattern):
    """The vector files of that pattern, in order."""
    return [os.path.relpath(p, HOME) for p in sorted(glob.glob(os.path.join(HOME or "", pattern)))]


def vectors(path):
    """(section, fields) of each vector: sections in brackets stay, a blank line ends a vector."""
    section, fields = {}, {}
    with open(os.path.join(HOME, path), encoding="ascii") as lines:
        for line in lines:
            line = line.strip()
            if line.startswith("["):
                name, _, value = line[1:-1].partition("=")
                section = {**section, name.strip(): value.strip()}
                if not value:
                    section["last"] = name.strip()
            elif "=" in line and not line.startswith("#"):
                name, _, value = line.partition("=")
                fields[name.strip().lower()] = value.strip()
            elif line == "FAIL":
                fields["fail"] = ""
            elif not line and fields:
                yield section, fields
                fields = {}
    if fields:
        yield section, fields


# Of each kind of vector that many are tried once, unless all are wanted.
ONE_OF = 1 if os.environ.get("KM_WHOLE") else 8
START = random.randrange(ONE_OF)


class Count:
    """How many were used, how many not, and why."""

    def __init__(self):
        if not HOME:
            raise Skip("python3-cryptography-vectors is not installed")
        self.used, self.out, self.met = 0, collections.Counter(), 0

    def left_out(self):
        """Whether the next one is for "make slow"; which, differs with each start."""
        self.met += 1
        if (self.met + START) % ONE_OF == 0:
            return False
        self.out["that only \"make slow\" tries"] += 1
        return True

    def end(self, least):
        for reason, number in self.out.items():
            note(f"left out: {number} {reason}")
        note(f"used: {self.used}")
        # Of those that are tried, some are left out for another reason, as chance has it.
        if ONE_OF > 1:
            least = least * 3 // (4 * ONE_OF)
        if self.used < least:
            raise AssertionError(f"only {self.used} vectors, there should be {least}")
