#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# What the device says it offers, against the table of the specification and against what begin
# and import really take; and entropy for the kernel's generator.

import ctypes
import errno
import os

import doors
import km
from tap import equal, main, refused, test

RSA_FEATURE, NIST_FEATURE, X25519_FEATURE, DES3_FEATURE = 1 << 4, 1 << 5, 1 << 6, 1 << 7
ALL_DIGESTS = [km.NO_DIGEST, km.MD5, km.SHA1, km.SHA224, km.SHA256, km.SHA384, km.SHA512]
NONE_OR_PKCS7 = [km.PAD_NONE, km.PKCS7]
SIGNING, CRYPTING = (km.SIGN, km.VERIFY), (km.ENCRYPT, km.DECRYPT)
BY_PURPOSE = ("block_modes", "padding_modes", "digests")
# of each algorithm: purposes, block modes, paddings, digests; then import and export formats
TABLE = {
    km.RSA: [(SIGNING, [], [km.PAD_NONE, km.PSS, km.PKCS1_SIGN], ALL_DIGESTS),
             (CRYPTING, [], [km.PAD_NONE, km.OAEP, km.PKCS1_ENCRYPT], ALL_DIGESTS)],
    km.EC: [(SIGNING, [], [], [d for d in ALL_DIGESTS if d != km.MD5]),
            ((km.AGREE_KEY,), [], [], [d for d in ALL_DIGESTS if d != km.MD5])],
    km.AES: [(CRYPTING, [km.ECB, km.CBC, km.CTR, km.GCM], NONE_OR_PKCS7, [])],
    km.TRIPLE_DES: [(CRYPTING, [km.ECB, km.CBC], NONE_OR_PKCS7, [])],
    km.HMAC: [(SIGNING, [], [], ALL_DIGESTS[2:])],
}
IMPORT = {km.RSA: [km.PKCS8], km.EC: [km.PKCS8, km.RAW], km.AES: [km.RAW],
          km.TRIPLE_DES: [km.RAW], km.HMAC: [km.RAW]}
EXPORT = {km.RSA: [km.X509], km.EC: [km.X509]}
device = None


def has(feature):
    return bool(device.info()["features"] & feature)


def expected():
    """The table, without what this kernel says it has not."""
    table, formats = dict(TABLE), dict(IMPORT)
    if not has(RSA_FEATURE):
        del table[km.RSA]
    if not has(DES3_FEATURE):
        del table[km.TRIPLE_DES]
    if not has(NIST_FEATURE) and not has(X25519_FEATURE):
        table[km.EC] = table[km.EC][:1]
    if not has(X25519_FEATURE):
        formats[km.EC] = [km.PKCS8]
    return table, formats


@test
def algorithms():
    table, _ = expected()
    for anything in ((0, 0), (km.AES, 0), (77, 77), (2**32 - 1, 2**32 - 1)):
        equal(sorted(table), device.supported("algorithms", *anything), "algorithms")


@test
def lists():
    table, formats = expected()
    for algorithm, rows in table.items():
        for purposes, *wanted in rows:
            for purpose in purposes:
                for what, want in zip(BY_PURPOSE, wanted):
                    equal(want, device.supported(what, algorithm, purpose),
                          f"{what} of {algorithm} for {purpose}")
        for purpose in (0, 7, 2**32 - 1):   # not looked at
            equal(formats[algorithm], device.supported("import_formats", algorithm, purpose),
                  f"import formats of {algorithm}")
            equal(EXPORT.get(algorithm, []),
                  device.supported("export_formats", algorithm, purpose),
                  f"export formats of {algorithm}")


@test
def unknown_algorithms_and_purposes():
    table, _ = expected()
    for algorithm in [*range(0, 300), 2**31, 2**32 - 1]:
        if algorithm not in table:
            for what in (*BY_PURPOSE, "import_formats", "export_formats"):
                for purpose in (km.ENCRYPT, km.SIGN, 2**32 - 1):
                    refused("UNSUPPORTED_ALGORITHM", device.supported, what, algorithm, purpose)
    for algorithm, rows in table.items():
        known = {p for purposes, *_ in rows for p in purposes}
        for purpose in [*range(0, 130), 2**31, 2**32 - 1]:
            if purpose not in known:
                for what in BY_PURPOSE:
                    refused("UNSUPPORTED_PURPOSE", device.supported, what, algorithm, purpose)


def with_room(what, algorithm, purpose, n):
    out = (ctypes.c_uint32 * 64)(*[0xAAAAAAAA] * 64)
    back = km._call(device.fd, km.SUPPORTED[what], "<IIiIIIQ", algorithm, purpose, n,
                    ctypes.addressof(out))
    equal([0xAAAAAAAA] * (64 - back[5]), out[back[5]:], "beyond the values")
    return out[:back[5]]


@test
def room():
    table, _ = expected()
    for what, algorithm, purpose, want in (
            ("algorithms", 0, 0, sorted(table)),
            ("block_modes", km.AES, km.ENCRYPT, [km.ECB, km.CBC, km.CTR, km.GCM]),
            ("digests", km.HMAC, km.SIGN, ALL_DIGESTS[2:]),
            ("export_formats", km.EC, 0, [km.X509]),
            ("digests", km.AES, km.ENCRYPT, [])):
        for n in (*range(len(want)), len(want) + 1, 2**32 - 1):
            if n >= len(want):
                equal(want, with_room(what, algorithm, purpose, n), "enough room")
                continue
            try:
                with_room(what, algorithm, purpose, n)
            except km.Refused as e:
                equal((errno.EMSGSIZE, "OK"), (e.errno, e.code), f"{what}, {n}")
                equal(len(want), e.need[-2], "values that there are")
            else:
                raise AssertionError(f"{what}: {len(want)} values in room for {n}")


# --- and is it true? ----------------------------------------------------------------------------

def outcome(call, *args):
    try:
        call(*args)
    except km.Refused as e:
        return e.code
    return "OK"


VALUES = (*range(0, 70), 127, 128, 2**31, 2**32 - 1)


@test
def modes_and_paddings_as_begin_takes_them():
    for algorithm, size in ((km.AES, 128), (km.TRIPLE_DES, 168)):
        if algorithm not in expected()[0]:
            continue
        key = device.generate(doors.describe(algorithm, size, CRYPTING, [km.CBC], [km.PAD_NONE]))
        for purpose in CRYPTING:
            modes = device.supported("block_modes", algorithm, purpose)
            paddings = device.supported("padding_modes", algorithm, purpose)
            for value in VALUES:
                got = outcome(device.begin, purpose, key, [(km.BLOCK_MODE, value)])
                equal(value not in modes, got == "UNSUPPORTED_BLOCK_MODE", f"mode {value}")
                got = outcome(device.operate, purpose, key,
                              [(km.BLOCK_MODE, km.CBC), (km.PADDING, value)], b"")
                equal(value not in paddings, got == "UNSUPPORTED_PADDING_MODE", f"{value}")


@test
def digests_as_begin_takes_them():
    offered = device.supported("digests", km.HMAC, km.SIGN)
    for value in VALUES:
        got = outcome(device.generate, doors.hmac(value))
        equal("OK" if value in offered else "UNSUPPORTED_DIGEST", got, f"HMAC, digest {value}")
    key = device.generate(doors.ec())
    for purpose in SIGNING:
        offered = device.supported("digests", km.EC, purpose)
        for value in VALUES:
            got = outcome(device.operate, purpose, key, [(km.DIGEST, value)], b"")
            equal(value not in offered, got == "UNSUPPORTED_DIGEST", f"EC, digest {value}")


@test
def formats_as_import_and_export_take_them():
    descriptions = {km.AES: doors.aes(size=None), km.HMAC: doors.hmac(size=None),
                    km.EC: doors.ec()}
    if has(DES3_FEATURE):
        descriptions[km.TRIPLE_DES] = doors.describe(km.TRIPLE_DES, None, CRYPTING, [km.CBC],
                                                     [km.PAD_NONE])
    for algorithm, description in descriptions.items():
        offered = device.supported("import_formats", algorithm)
        for value in VALUES:
            if algorithm == km.EC and value == km.RAW:
                continue    # of one curve only
            got = outcome(device.import_key, description, bytes(range(16)), value)
            equal(value not in offered, got == "UNSUPPORTED_KEY_FORMAT", f"{algorithm}, {value}")
    for algorithm, description in ((km.EC, doors.ec()), (km.HMAC, doors.hmac())):
        key, offered = device.generate(description), device.supported("export_formats", algorithm)
        for value in VALUES:
            equal("OK" if value in offered else "UNSUPPORTED_KEY_FORMAT",
                  outcome(device.export, key, (), value), f"{algorithm}, {value}")


# --- entropy ------------------------------------------------------------------------------------

@test
def entropy_lengths():
    for user in (device, km.device_of(12345)):
        for n in (0, 1, 3, 127, 128, 129, 2047, 2048):
            user.add_entropy(os.urandom(n))
        for n in (2049, 4096, 65536):
            refused("INVALID_INPUT_LENGTH", user.add_entropy, bytes(n))
    user.close()


@test
def entropy_too_long_is_not_read():
    """The code is that of the length, also where there is nothing to read."""
    refused("INVALID_INPUT_LENGTH", km._call, device.fd, km.ADD_RNG_ENTROPY, "<IIiIQ", 2049, 16)
    refused("INVALID_INPUT_LENGTH", km._call, device.fd, km.ADD_RNG_ENTROPY, "<IIiIQ", 2**32 - 1, 0)


@test
def the_generator_goes_on():
    seen = set()
    for _ in range(20):
        device.add_entropy(bytes(32))   # the same each time: nothing is replaced
        with device.begin(km.ENCRYPT, device.generate(doors.aes()), doors.cipher(km.GCM)) as op:
            seen.add(op.made[0][1])
            seen.add(op.handle)
    equal(40, len(seen), "nonces and handles, all different")


if __name__ == "__main__":
    doors.device = device = km.ready()
    main()
