#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# IMPORT_WRAPPED_KEY with the published wrapped keys: what is refused, in which order, and that
# the key which comes out is the one that went in.

import pathlib
import time

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

import doors
import km
from tap import equal, main, refused, test

SECURELY_IMPORTED = 4
UNWRAP = [(km.PADDING, km.OAEP), (km.DIGEST, km.SHA256)]
PKCS7 = [(km.BLOCK_MODE, km.ECB), (km.PADDING, km.PKCS7)]
device = None


def vectors():
    values, name = {}, None
    for line in (pathlib.Path(__file__).parent / "vectors/wrapped_key.txt").read_text().split("\n"):
        if line.endswith(" ="):
            name = line[:-2]
            values[name] = ""
        elif line.startswith("  ") and name:
            values[name] += line.strip()
    return {name: bytes.fromhex(value) for name, value in values.items()}


V = vectors()


def wrapping(paddings=(km.OAEP,), digests=(km.SHA256,), purposes=(km.WRAP_KEY,), more=()):
    return device.import_key(doors.rsa(paddings, digests, purposes, more=more), V["pkcs8"],
                             km.PKCS8)


def is_the_key(blob):
    enforced, _ = device.characteristics(blob)
    equal([SECURELY_IMPORTED], km.values(enforced, km.ORIGIN), "origin")
    equal([256], km.values(enforced, km.KEY_SIZE), "size")
    ecb = Cipher(algorithms.AES(V["material"]), modes.ECB()).encryptor()
    equal(ecb.update(b"sixteen bytes..."), device.operate(
        km.ENCRYPT, blob, PKCS7, b"sixteen bytes...")[0][:16], "ciphertext")


@test
def good_and_masked():
    key = wrapping()
    serial = km.add_key("keymaster", "wrapping", key)
    for form in km.FORMATS.values():
        for name in (key, serial):
            is_the_key(device.import_wrapped(V["wrapped"], name, b"", UNWRAP, form=form))
            is_the_key(device.import_wrapped(V["wrapped"], name, bytes(32), UNWRAP, form=form))
            is_the_key(device.import_wrapped(V["wrapped_masked"], name, V["mask"], UNWRAP,
                                             form=form))
    km.unlink_key(serial)


@test
def wrong_mask():
    key = wrapping()
    for wrapped, mask in ((V["wrapped"], V["mask"]), (V["wrapped_masked"], b""),
                          (V["wrapped_masked"], bytes(32)),
                          (V["wrapped_masked"], V["mask"][:-1] + b"\0")):
        refused("VERIFICATION_FAILED", device.import_wrapped, wrapped, key, mask, UNWRAP)


@test
def what_the_wrapping_key_lacks():
    wrapped = V["wrapped"]
    for purposes in ((km.DECRYPT,), (km.ENCRYPT, km.DECRYPT), (km.SIGN,)):
        refused("INCOMPATIBLE_PURPOSE", device.import_wrapped, wrapped,
                wrapping(purposes=purposes), b"", UNWRAP)
    refused("INCOMPATIBLE_PADDING_MODE", device.import_wrapped, wrapped,
            wrapping((km.PSS,)), b"", UNWRAP)
    refused("INCOMPATIBLE_DIGEST", device.import_wrapped, wrapped, wrapping(), b"",
            [(km.PADDING, km.OAEP), (km.DIGEST, km.SHA512)])
    refused("UNSUPPORTED_PADDING_MODE", device.import_wrapped, wrapped, wrapping(), b"",
            [(km.DIGEST, km.SHA256)])
    late = [(km.ACTIVE_DATETIME, int(time.time() + 10**6) * 1000)]
    refused("KEY_NOT_YET_VALID", device.import_wrapped, wrapped, wrapping(more=late), b"", UNWRAP)


@test
def changed_anywhere():
    """Malformed first; a description, key or tag that was changed is not the one that was sealed."""
    key, wrapped = wrapping(), V["wrapped"]
    refused("INVALID_ARGUMENT", device.import_wrapped, wrapped[:-1], b"no key", b"", UNWRAP)
    refused("INVALID_KEY_BLOB", device.import_wrapped, wrapped, b"no key", b"", UNWRAP)
    for at in [*range(0, 10), *range(266, len(wrapped))]:
        bad = bytearray(wrapped)
        bad[at] ^= 1
        try:
            device.import_wrapped(bytes(bad), key, b"", UNWRAP)
            raise AssertionError(f"byte {at} does not matter")
        except km.Refused as e:
            equal(True, e.code in ("INVALID_ARGUMENT", "VERIFICATION_FAILED"), f"{at}: {e}")


if __name__ == "__main__":
    doors.device = device = km.ready()
    main()
