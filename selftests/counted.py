#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# What must cost the same whatever the secret, and what must end in time: counted in instructions.
# Run by tools/check.sh in a VM of its own, whose clock ticks once an instruction (vm/run --icount).

import fcntl
import os
import re
import signal
import struct
import time

from cryptography.hazmat.primitives import hashes

import doors
import km
import rsakeys
from tap import equal, main, note, test

device = None
# Turns of each case: the cheapest one counts, in which the timer ticked least.
TURNS = 12
# Of the whole decryption; the specification of the test.
TOLERANCE = 0.001


def import_key(padding, digests, more=()):
    return km.add_key("keymaster", "counted",
                      rsakeys.import_rsa(device, [padding], digests, [km.DECRYPT], more=more))


def encrypt(encoded):
    public = rsakeys.openssl_key().public_key().public_numbers()
    return pow(int.from_bytes(encoded, "big"), public.e, public.n).to_bytes(256, "big")


class Call:
    """One decryption by the one-shot call, prepared so that nothing but it is counted."""

    LAYOUT = "<IIiIQQQQQQIiIIIIII"

    def __init__(self, serial, params, data):
        self.keep = []
        packed = km.pack(params)
        self.arg = struct.pack(self.LAYOUT, struct.calcsize(self.LAYOUT), 0, 0, km.DECRYPT, 0,
                               km._address(packed, self.keep), device.out2.address,
                               km._address(data, self.keep), 0, device.out.address, 0, serial,
                               len(packed), 4096, len(data), 0, 4096, 0)

    def once(self):
        """What it cost, and the Keymaster code."""
        arg, fd = bytearray(self.arg), device.fd
        began = time.monotonic_ns()
        try:
            fcntl.ioctl(fd, km.OPERATE, arg, True)
        except OSError:
            pass
        cost = time.monotonic_ns() - began
        return cost, km.NAMES[struct.unpack_from("<i", arg, 8)[0]]

    def cost(self):
        costs, codes = zip(*(self.once() for _ in range(TURNS)))
        equal(1, len(set(codes)), "the same code each time")
        return min(costs), codes[0]


def same_cost(serial, params, cases):
    """Every fault: the same code, and the same number of instructions."""
    Call(serial, params, encrypt(next(iter(cases.values())))).cost()
    costs = {}
    for name, encoded in cases.items():
        equal(256, len(encoded), name)
        cost, code = Call(serial, params, encrypt(encoded)).cost()
        equal("INVALID_ARGUMENT", code, name)
        costs[name] = cost
        note(f"{cost:>10} {name}")
    spread = (max(costs.values()) - min(costs.values())) / min(costs.values())
    note(f"spread {100 * spread:.4f} %")
    equal(True, spread <= TOLERANCE, f"costs differ by {100 * spread:.3f} %")


def random_nonzero(n):
    return bytes(b % 255 + 1 for b in os.urandom(n))


@test
def clock_counts_instructions():
    """Without that the other figures would mean nothing: twice the work, twice the time."""
    def work(turns):
        began = time.monotonic_ns()
        sum(range(turns))
        return time.monotonic_ns() - began

    work(1000)
    times = [work(200000) for _ in range(5)]
    note(f"{times}")
    equal(True, max(times) < 1.1 * min(times), "the same work, the same time")


@test
def pkcs1_padding_faults():
    serial = import_key(km.PKCS1_ENCRYPT, [])
    good = b"\0\2" + random_nonzero(100) + b"\0" + os.urandom(153)
    call = Call(serial, [(km.PADDING, km.PKCS1_ENCRYPT)], encrypt(good))
    equal("OK", call.once()[1], "the padding that is right")
    cases = {
        "first byte not 0": b"\1" + good[1:],
        "block type 1": b"\0\1" + good[2:],
        "block type 0": b"\0\0" + good[2:],
        "no separator": b"\0\2" + random_nonzero(254),
        "separator at once": b"\0\2\0" + os.urandom(253),
        "separator after 7 bytes": b"\0\2" + random_nonzero(7) + b"\0" + os.urandom(246),
        "type wrong, no separator": b"\0\7" + random_nonzero(254),
        "type wrong, separator last": b"\0\3" + random_nonzero(253) + b"\0",
        "nothing but ones": b"\0" + b"\1" * 255,
        "zero": bytes(256),
    }
    same_cost(serial, [(km.PADDING, km.PKCS1_ENCRYPT)], cases)


def mgf1(seed, n, digest):
    out, count = b"", 0
    while len(out) < n:
        h = hashes.Hash(digest)
        h.update(seed + struct.pack(">I", count))
        out, count = out + h.finalize(), count + 1
    return out[:n]


def oaep(block, first=0, digest=hashes.SHA256()):
    """An encoded message around a data block, right or wrong."""
    def xor(a, b):
        return bytes(x ^ y for x, y in zip(a, b))

    seed = os.urandom(digest.digest_size)
    masked = xor(block, mgf1(seed, len(block), digest))
    return bytes([first]) + xor(seed, mgf1(masked, len(seed), digest)) + masked


@test
def oaep_faults():
    mgf = (km.RSA_OAEP_MGF_DIGEST, km.SHA256)
    serial = import_key(km.OAEP, [km.SHA256], [mgf])
    params = [(km.PADDING, km.OAEP), (km.DIGEST, km.SHA256), mgf]
    h = hashes.Hash(hashes.SHA256())
    label, size = h.finalize(), 256 - 33
    good = label + bytes(90) + b"\1" + os.urandom(100)
    equal("OK", Call(serial, params, encrypt(oaep(good))).once()[1], "the padding that is right")
    cases = {
        "first byte not 0": oaep(good, 1),
        "label wrong at its start": oaep(bytes([label[0] ^ 1]) + good[1:]),
        "label wrong at its end": oaep(label[:31] + bytes([label[31] ^ 128]) + good[32:]),
        "label and first byte wrong": oaep(os.urandom(32) + good[32:], 1),
        "no separator": oaep(label + bytes(size - 32)),
        "separator 2": oaep(label + bytes(90) + b"\2" + os.urandom(100)),
        "separator 2 at once": oaep(label + b"\2" + os.urandom(size - 33)),
        "separator 2, last": oaep(label + bytes(size - 33) + b"\2"),
        "nothing right": oaep(os.urandom(size), 1),
    }
    same_cost(serial, params, cases)


# --- key generation -----------------------------------------------------------------------------

def generating():
    """A process that generates RSA-4096 keys for ever."""
    child = os.fork()
    if not child:
        try:
            mine = km.Device()
            while True:
                mine.generate(doors.rsa([km.PSS], [km.SHA256], size=4096))
        finally:
            os._exit(1)
    return child


def kill_after(seconds):
    """Milliseconds that it took to end."""
    child = generating()
    time.sleep(seconds)
    began = time.monotonic()
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    equal(signal.SIGKILL, os.WTERMSIG(status), "ended by")
    return 1000 * (time.monotonic() - began)


def allocated():
    """
    Objects that kmalloc() has given out, by size; from 1 KiB on, where a key's numbers are.
    What is beyond its largest cache comes as whole pages, counted with those of the caches.
    """
    counts = {}
    with open("/proc/slabinfo", encoding="ascii") as lines:
        for line in lines:
            match = re.match(r"kmalloc(?:-cg)?-(\d+)(k?) +(\d+)", line)
            if match and (match[2] or int(match[1]) >= 1024):
                size = match[1] + match[2]
                counts[size] = counts.get(size, 0) + int(match[3])
    with open("/proc/vmstat", encoding="ascii") as lines:
        counts["pages"] = int(dict(line.split() for line in lines)["nr_slab_unreclaimable"])
    return counts


@test
def sigkill_ends_key_generation():
    times = [kill_after(s) for s in (0.02, 0.07, 0.15, 0.31, 0.62, 0.99)]
    note(", ".join(f"{t:.1f} ms" for t in times))
    equal(True, max(times) <= 100, f"{max(times):.1f} ms")
    equal(0, device.info()["operations"], "operations")


@test
def sigkill_leaks_nothing():
    kills = 40
    for _ in range(4):
        kill_after(0.02)
    before = allocated()
    for i in range(kills):
        kill_after(0.015 + i % 4 * 0.01)
    after = allocated()
    grown = {size: after[size] - before.get(size, 0) for size in after}
    note(f"after {kills} kills: {grown}")
    equal([], [size for size, n in grown.items() if n >= kills], "sizes that each kill leaves")


if __name__ == "__main__":
    device = km.ready()
    main()
