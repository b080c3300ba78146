#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# HMAC: the test cases of RFC 4231, and every rule about its lengths and digests, through
# every door (doors.py) and against Python's own.

import hmac as python_hmac
import os

import doors
import km
from doors import at_begin, everywhere, result
from tap import equal, main, refused, test

HASHES = {km.SHA1: "sha1", km.SHA224: "sha224", km.SHA256: "sha256", km.SHA384: "sha384",
          km.SHA512: "sha512"}
# RFC 4231 section 4.2 to 4.5: key, data, and the MACs
CASES = [
    (b"\x0b" * 20, b"Hi There", {
        km.SHA224: "896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22",
        km.SHA256: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        km.SHA384: "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
                   "faea9ea9076ede7f4af152e8b2fa9cb6",
        km.SHA512: "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
                   "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
    }),
    (b"Jefe", b"what do ya want for nothing?", {
        km.SHA224: "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44",
        km.SHA256: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        km.SHA384: "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
                   "8e2240ca5e69e2c78b3239ecfab21649",
        km.SHA512: "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
                   "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
    }),
    (b"\xaa" * 20, b"\xdd" * 50, {
        km.SHA224: "7fb3cb3588c6c1f6ffa9694d7d6ad2649365b0c1f65d69d1ec8333ea",
        km.SHA256: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
        km.SHA384: "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b"
                   "2a5ab39dc13814b94e3ab6e101a34f27",
        km.SHA512: "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"
                   "bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb",
    }),
    (bytes(range(1, 26)), b"\xcd" * 50, {
        km.SHA224: "6c11506874013cac6a2abc1bb382627cec6a90d86efc012de7afec5a",
        km.SHA256: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
        km.SHA384: "3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e"
                   "6801dd23c4a7d679ccf8a386c674cffb",
        km.SHA512: "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3db"
                   "a91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd",
    }),
    (b"\x0c" * 20, b"Test With Truncation", {   # 4.6, to 128 bits
        km.SHA224: "0e2aea68a90c8d37c988bcdb9fca6fa8",
        km.SHA256: "a3b6167473100ee06e0c796c2955552b",
        km.SHA384: "3abf34c3503b2a23a46efc619baef897",
        km.SHA512: "415fad6271580a531d4179bc891d87a6",
    }),
]
device = None


def mac_of(digest, key, data):
    return python_hmac.new(key, data, HASHES[digest]).digest()


def bits(n, *more):
    return [(km.MAC_LENGTH, n), *more]


def imported(digest, key, min_mac=64, purposes=(km.SIGN, km.VERIFY)):
    return device.import_key(doors.hmac(digest, None, min_mac, purposes), key)


@test
def rfc4231():
    for key, data, macs in CASES:
        for digest, mac in macs.items():
            mac = bytes.fromhex(mac)
            if len(key) < 8:    # case 2: a key of 32 bits is refused, by the size
                refused("UNSUPPORTED_KEY_SIZE", imported, digest, key)
                key = key + bytes(4)    # HMAC pads keys with zeros itself
            blob = imported(digest, key)
            result(mac, km.SIGN, blob, bits(8 * len(mac)), data)
            result(b"", km.VERIFY, blob, [], data, mac)
            everywhere("VERIFICATION_FAILED", km.VERIFY, blob, [], data + b"x", mac)
    for data in (b"Test Using Larger Than Block-Size Key - Hash Key First", b""):
        for digest in HASHES:   # 4.7 and 4.8
            refused("UNSUPPORTED_KEY_SIZE", imported, digest, b"\xaa" * 131)


@test
def key_lengths():
    """Short of a block, a block of the small hashes, and everything between."""
    for digest in HASHES:
        for n in range(0, 130):
            key = os.urandom(n)
            if not 8 <= n <= 64:
                refused("UNSUPPORTED_KEY_SIZE", imported, digest, key)
                continue
            got, _ = device.operate(km.SIGN, imported(digest, key), bits(160), b"data")
            equal(mac_of(digest, key, b"data")[:20], got, f"{HASHES[digest]}, {n} bytes")


@test
def mac_lengths():
    key = bytes(range(32))
    for digest, longest in km.DIGEST_BITS.items():
        mac = mac_of(digest, key, b"message")
        for least in (64, 128, longest):
            blob = imported(digest, key, least)
            for n in (*range(0, 540), 1024, 2**31, 2**32 - 8, 2**32 - 1):
                if n % 8 or n < 64 or n > longest:
                    refused("UNSUPPORTED_MAC_LENGTH", device.operate, km.SIGN, blob, bits(n))
                elif n < least:
                    refused("INVALID_MAC_LENGTH", device.operate, km.SIGN, blob, bits(n))
                else:
                    got, _ = device.operate(km.SIGN, blob, bits(n), b"message")
                    equal(mac[:n // 8], got, f"{n} bits")
            for n in range(0, 80):
                signature = (mac + bytes(80))[:n]
                if n < 8 or n > longest // 8:
                    code = "UNSUPPORTED_MAC_LENGTH"
                elif n < least // 8:
                    code = "INVALID_MAC_LENGTH"
                else:
                    device.operate(km.VERIFY, blob, [], b"message", signature)
                    continue
                refused(code, device.operate, km.VERIFY, blob, [], b"message", signature)


@test
def mac_length_where_it_does_not_belong():
    for digest in HASHES:
        blob = imported(digest, bytes(32))
        at_begin("MISSING_MAC_LENGTH", km.SIGN, blob, [])
        for n in (0, 64, 160, 2**32 - 1):
            at_begin("INVALID_ARGUMENT", km.VERIFY, blob, bits(n))
        at_begin("UNSUPPORTED_MAC_LENGTH", km.SIGN, blob, bits(60))
    blob = imported(km.SHA256, bytes(32), 128)
    # of two the first counts
    device.operate(km.SIGN, blob, bits(128, (km.MAC_LENGTH, 64)))
    at_begin("INVALID_MAC_LENGTH", km.SIGN, blob, bits(64, (km.MAC_LENGTH, 128)))


@test
def digest_at_begin():
    for digest in HASHES:
        blob = imported(digest, bytes(32))
        for purpose in (km.SIGN, km.VERIFY):
            rest = bits(128) if purpose == km.SIGN else []
            device.begin(purpose, blob, rest).close()
            device.begin(purpose, blob, rest + [(km.DIGEST, digest)]).close()
            for other in (*range(0, 9), 64, 2**32 - 1):
                if other != digest:
                    at_begin("INCOMPATIBLE_DIGEST", purpose, blob, rest + [(km.DIGEST, other)])
            for two in ([digest, digest], [digest, km.NO_DIGEST], [km.NO_DIGEST, digest]):
                at_begin("UNSUPPORTED_DIGEST", purpose, blob,
                         rest + [(km.DIGEST, d) for d in two])


@test
def descriptions():
    """What is looked at first: key size there, digest, least MAC, key size fit."""
    def made(digests, size, min_mac):
        return doors.describe(km.HMAC, size, [km.SIGN], digests=digests, min_mac=min_mac)

    two = [km.SHA256, km.SHA1]
    for code, *what in (("UNSUPPORTED_KEY_SIZE", two, None, None),
                        ("UNSUPPORTED_DIGEST", two, 63, None),
                        ("UNSUPPORTED_DIGEST", [], 63, 63),
                        ("UNSUPPORTED_DIGEST", [km.NO_DIGEST], 256, 128),
                        ("UNSUPPORTED_DIGEST", [km.MD5], 256, 128),
                        ("MISSING_MIN_MAC_LENGTH", [km.SHA256], 63, None),
                        ("UNSUPPORTED_MIN_MAC_LENGTH", [km.SHA256], 63, 63),
                        ("UNSUPPORTED_KEY_SIZE", [km.SHA256], 63, 64)):
        refused(code, device.generate, made(*what))
        if what[1] != 63 and what[1] is not None:
            refused(code, device.import_key, made(*what), bytes(32))
    refused("UNSUPPORTED_DIGEST", device.import_key, made(two, None, 128), bytes(7))
    refused("MISSING_MIN_MAC_LENGTH", device.import_key, made([km.SHA1], None, None), bytes(7))


@test
def verify_is_a_use_of_the_secret():
    """Nothing is public here: all that a key says holds for VERIFY too."""
    mac = mac_of(km.SHA256, bytes(32), b"x")
    everywhere("INCOMPATIBLE_PURPOSE", km.VERIFY, imported(km.SHA256, bytes(32),
                                                           purposes=[km.SIGN]), [], b"x", mac)
    result(b"", km.VERIFY, imported(km.SHA256, bytes(32), purposes=[km.VERIFY]), [], b"x", mac)
    everywhere("INCOMPATIBLE_PURPOSE", km.SIGN, imported(km.SHA256, bytes(32),
                                                         purposes=[km.VERIFY]), bits(256), b"x")
    expired = device.import_key(
        doors.hmac(more=[(km.USAGE_EXPIRE_DATETIME, 1)]), bytes(32))
    everywhere("KEY_EXPIRED", km.VERIFY, expired, [], b"x", mac)


if __name__ == "__main__":
    doors.device = device = km.ready()
    main()
