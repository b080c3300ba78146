#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# Blobs that the module would not make, sealed with its root key: what the parser, the algorithms
# and the policy engine do with them. Shows also that the seal is as specified (blobs.py).
# watched: much is refused, at every stage

import struct

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec as openssl_ec

import doors
import km
from blobs import forge, take_apart
from doors import verdict
from tap import equal, main, refused, test

ROOT = bytes(range(32))
device = None

SYSTEM = [(km.ORIGIN, km.GENERATED), (km.KEY_ID, bytes(range(16)))]
DATE = [(km.CREATION_DATETIME, 1)]
AES_SET = doors.describe(km.AES, 256, [km.ENCRYPT, km.DECRYPT], [km.CTR], [km.PAD_NONE])
SECRET = b"\7" * 32


def sec1():
    key = openssl_ec.derive_private_key(5, openssl_ec.SECP256R1())
    return key.private_bytes(serialization.Encoding.DER,
                             serialization.PrivateFormat.TraditionalOpenSSL,
                             serialization.NoEncryption())


def encrypting(blob, params=None):
    return verdict(km.ENCRYPT, blob, params or doors.cipher(km.CTR))


@test
def forged_good():
    """The forger forges well: otherwise the tests below would show nothing."""
    for form in (0, 3):
        blob = forge(SECRET, AES_SET + SYSTEM, DATE, ROOT, form)
        equal(SECRET, take_apart(blob, ROOT), "taken apart again")
        equal("OK", encrypting(blob), f"format {form}")
        equal("INVALID_KEY_BLOB", encrypting(forge(SECRET, AES_SET + SYSTEM, DATE, ROOT, form, 1)),
              "another owner")
        foreign = forge(SECRET, AES_SET + SYSTEM, DATE, bytes(32), form)
        equal("INVALID_KEY_BLOB", encrypting(foreign), "another root key")
        shared = forge(SECRET, AES_SET + [(km.SHAREABLE, 1)] + SYSTEM, DATE, ROOT, form, 1)
        equal("OK", encrypting(shared), "another owner's, shareable")


@test
def forged_fixed_values():
    """Neither enters the key derivation; so they must be what they are."""
    for fixed in ((0, 0), (2, 0), (1, 1), (1, -1), (0xffffffff, 0), (1 << 24, 0)):
        equal("INVALID_KEY_BLOB",
              encrypting(forge(SECRET, AES_SET + SYSTEM, DATE, ROOT, 3, 0, fixed)), str(fixed))


@test
def forged_material():
    ec_set = doors.describe(km.EC, 256, [km.SIGN], digests=[km.SHA256],
                            more=[(km.EC_CURVE, km.P_256), km.NO_AUTH_REQUIRED]) + SYSTEM
    for form in (0, 3):
        for size in (1, 8, 15, 17, 31, 33, 64, 5000):
            equal("INVALID_KEY_BLOB", encrypting(forge(bytes(size), AES_SET + SYSTEM, DATE, ROOT,
                                                       form)), f"{size} bytes")
        equal("OK", verdict(km.SIGN, forge(sec1(), ec_set, DATE, ROOT, form),
                            [(km.DIGEST, km.SHA256)]), "EC")
        for material in (SECRET, bytes(121), b"\x30\x77" + bytes(119), sec1()[:-1],
                         sec1() + b"\0"):
            equal("INVALID_KEY_BLOB", verdict(km.SIGN, forge(material, ec_set, DATE, ROOT, form),
                                              [(km.DIGEST, km.SHA256)]), "EC")


@test
def forged_sets():
    """The parser behind a good seal: what it refuses is refused before anything is used."""
    def u32(data, at, value):
        return data[:at] + struct.pack("<I", value) + data[at + 4:]

    good, date = km.pack(AES_SET + SYSTEM), km.pack(DATE)
    bad = [good[:-1], good + b"\0"]
    bad += [u32(good, 0, n) for n in (0, 15, 17, 2**32 - 1)]
    bad += [u32(good, 20, n) for n in (0, 1, 2**30, 2**32 - 1)]
    bad += [u32(good, 24, n) for n in (0, 1, 2**31, 2**32 - 1)]
    bad += [u32(good, 28, n) for n in (0, 5, 0xb0000001, 0xffffffff)]
    bad += [u32(good, len(good) - 4, n) for n in (1, 16, 2**32 - 1)]
    bad += [u32(good, len(good) - 8, n) for n in (0, 15, 17, 2**32 - 1)]
    bad += [km.pack(AES_SET + SYSTEM + [(km.BOOTLOADER_ONLY, n)]) for n in (2, 255)]
    for form in (0, 3):
        for data in bad:
            blob = forge(SECRET, data, date, ROOT, form)
            equal("INVALID_KEY_BLOB", encrypting(blob), data.hex())
            refused("INVALID_KEY_BLOB", device.characteristics, blob)


@test
def forged_tags():
    forbidden = [(km.AUTH_TOKEN, bytes(69)), (km.ROOT_OF_TRUST, b"SW"), (km.APPLICATION_DATA, b"x"),
                 (0x900002c4, b"challenge"), (0x900002c5, b"application"), (0x900002c6, b"brand"),
                 (0x700002d0, 1), (0x800003ee, b"\1"), (0x900003ef, b"subject"), (0x600003f0, 1),
                 (km.IDENTITY_CREDENTIAL_KEY, 1), (km.BOOTLOADER_ONLY, 1), (km.USER_SECURE_ID, 9),
                 (km.ROLLBACK_RESISTANCE, 1)]    # without a slot
    for form in (0, 3):
        for entry in forbidden:
            for sets in ((AES_SET + [entry] + SYSTEM, DATE), (AES_SET + SYSTEM, [entry] + DATE)):
                equal("INVALID_KEY_BLOB", encrypting(forge(SECRET, *sets, ROOT, form)),
                      hex(entry[0]))


@test
def forged_restrictions():
    """No key with these is made here; one of a later module's is not used without them."""
    for form in (0, 3):
        for entry in ((km.STORAGE_KEY, 1), (km.TRUSTED_CONFIRMATION_REQUIRED, 1),
                      (km.TRUSTED_USER_PRESENCE_REQUIRED, 1)):
            for sets in ((AES_SET + [entry] + SYSTEM, DATE), (AES_SET + SYSTEM, [entry] + DATE)):
                blob = forge(SECRET, *sets, ROOT, form)
                for purpose, params in ((km.ENCRYPT, doors.cipher(km.CTR)),
                                        (km.DECRYPT, doors.cipher(km.CTR, nonce=bytes(16)))):
                    equal("UNSUPPORTED_TAG", verdict(purpose, blob, params), hex(entry[0]))


@test
def forged_count():
    """A key that was made elsewhere has no count here: it is used up."""
    for form in (0, 3):
        entry = (km.USAGE_COUNT_LIMIT, 9)
        for sets in ((AES_SET + [entry] + SYSTEM, DATE), (AES_SET + SYSTEM, [entry] + DATE)):
            equal("INVALID_KEY_BLOB", encrypting(forge(SECRET, *sets, ROOT, form)), "no count")


@test
def forged_unfit():
    gcm = doors.describe(km.AES, 256, [km.ENCRYPT], [km.GCM], [km.PAD_NONE])
    equal("INVALID_KEY_BLOB", encrypting(forge(SECRET, gcm + SYSTEM, DATE, ROOT),
                                         doors.cipher(km.GCM)), "GCM without MIN_MAC_LENGTH")
    for digests in ([], [km.SHA256, km.SHA1]):
        mac = doors.describe(km.HMAC, 256, [km.SIGN], digests=digests, min_mac=64)
        equal("INVALID_KEY_BLOB", verdict(km.SIGN, forge(SECRET, mac + SYSTEM, DATE, ROOT),
                                          [(km.MAC_LENGTH, 128)]), f"HMAC, digests {digests}")


@test
def forged_old_tags():
    """Two encodings of the first release count as what they were."""
    ec_set = doors.describe(km.EC, 256, [km.SIGN],
                            more=[(0x10000005, km.SHA256), km.NO_AUTH_REQUIRED])
    blob = forge(sec1(), ec_set + SYSTEM, DATE, ROOT)
    equal("OK", verdict(km.SIGN, blob, [(km.DIGEST, km.SHA256)]), "DIGEST_OLD")
    equal("INCOMPATIBLE_DIGEST", verdict(km.SIGN, blob, [(km.DIGEST, km.SHA1)]), "DIGEST_OLD")
    old = [e for e in AES_SET if e != (km.PADDING, km.PAD_NONE)] + [(0x10000007, km.PAD_NONE)]
    equal("OK", encrypting(forge(SECRET, old + SYSTEM, DATE, ROOT)), "PADDING_OLD")


@test
def forged_authorizations_in_either_set():
    """Enforced, then unenforced, as one list: an older writer put everything in the second."""
    blob = forge(SECRET, SYSTEM, AES_SET + DATE, ROOT)
    equal("OK", encrypting(blob), "all in the second set")
    equal("INCOMPATIBLE_BLOCK_MODE", encrypting(blob, doors.cipher(km.ECB)), "and they count")
    blob = forge(SECRET, AES_SET + SYSTEM, [(km.ACTIVE_DATETIME, 2**62)] + DATE, ROOT)
    equal("KEY_NOT_YET_VALID", encrypting(blob), "a date in the second set")


if __name__ == "__main__":
    km.reload(ROOT)
    doors.device = device = km.Device()
    main()
