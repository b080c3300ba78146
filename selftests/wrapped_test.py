#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# IMPORT_WRAPPED_KEY with the published wrapped keys, and with some that are wrapped here by hand:
# what is refused, in which order, and that the key which comes out is the one that went in.
# holds the module: uses are counted until the next boot
# watched: much is refused, at every stage

import errno
import os
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

import doors
import km
from tap import equal, main, refused, test
from wrapping import (AES_LIST, NO_AUTH, NULL, UNWRAP, V, element, integer, numbers, own_key, pkcs8,
                      seal, wrapped_by_hand)

SECURELY_IMPORTED = 4
PKCS7 = [(km.BLOCK_MODE, km.ECB), (km.PADDING, km.PKCS7)]
device = None


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
    """Malformed first; a description, key or tag that was changed is not what was sealed."""
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


# --- wrapped here, by hand ---------------------------------------------------------------------

def own_wrapping(more=(), **named):
    params = doors.rsa((km.OAEP,), (km.SHA256,), (km.WRAP_KEY,), 1024, more=more, **named)
    return device.import_key(params, pkcs8(own_key()), km.PKCS8)


def stored(blob):
    enforced, unenforced = device.characteristics(blob)
    return enforced + unenforced


@test
def by_hand():
    """The encoder encodes well: otherwise the tests below would show nothing."""
    entries = (*AES_LIST, NO_AUTH)
    is_the_key(device.import_wrapped(wrapped_by_hand(V["material"], entries), own_wrapping(),
                                     b"", UNWRAP))
    mask = os.urandom(32)
    transport = os.urandom(32)
    masked = bytes(a ^ b for a, b in zip(mask, transport))
    parts = seal(V["material"], entries, transport=transport)
    parts[1] = seal(b"", (), transport=masked)[1]
    is_the_key(device.import_wrapped(element(0x30, *parts), own_wrapping(), mask, UNWRAP))
    # The published key by its own description: the same bytes.
    description = seal(b"", entries)[3]
    equal(True, description in V["wrapped"], "description")


@test
def users_take_the_place_of_a_mask():
    """Who may use the key: the caller's users, as the mask in the list tells, and nobody else."""
    key, password, finger = own_wrapping(), 0x1122334455667788, 2**64 - 1

    def import_for(*more, sids=(password, finger)):
        return device.import_wrapped(wrapped_by_hand(V["material"], (*AES_LIST, *more)), key, b"",
                                     UNWRAP, *sids)

    for mask, want in ((1, [password]), (2, [finger]), (3, [password, finger]), (5, [password]),
                       (0xfffffffe, [finger]), (0xffffffff, [password, finger]),
                       (2**64 - 2, [finger])):
        blob = import_for((502, integer(mask)), (504, integer(mask & 3)))
        equal(want, km.values(stored(blob), km.USER_SECURE_ID), f"mask {mask:#x}")
        equal([mask & 3], km.values(stored(blob), km.USER_AUTH_TYPE), "authenticators")
        # Bound to users, really: nobody has authenticated.
        refused("KEY_USER_NOT_AUTHENTICATED", device.operate, km.ENCRYPT, blob, PKCS7, b"x")
    equal([7], km.values(stored(import_for((502, integer(1)), sids=(7, 0))), km.USER_SECURE_ID), "")
    for sids in ((0, 0), (password, finger)):
        equal([], km.values(stored(import_for(NO_AUTH, sids=sids)), km.USER_SECURE_ID), "ignored")
    # Nobody's, or everybody's and somebody's: no such key is made. User 0 is nobody.
    for mask, sids in ((1, (0, finger)), (2, (password, 0)), (3, (0, finger)), (3, (password, 0)),
                       (3, (0, 0))):
        refused("INVALID_ARGUMENT", import_for, (502, integer(mask)), (504, integer(3)), sids=sids)
    for mask in (0, 4, 0xfffffffc, 2**63):
        refused("INVALID_ARGUMENT", import_for, (502, integer(mask)))
    refused("INVALID_ARGUMENT", import_for)
    refused("INVALID_ARGUMENT", import_for, (502, integer(1)), NO_AUTH)
    refused("INVALID_ARGUMENT", import_for, (502, integer(1)), (502, integer(2)))
    refused("INVALID_ARGUMENT", import_for, (502, integer(2**64)))


@test
def uses_are_counted():
    """USAGE_COUNT_LIMIT of the wrapping key, and of the key that was wrapped."""
    limited = wrapped_by_hand(V["material"], (*AES_LIST, (405, integer(2)), NO_AUTH))
    blob = device.import_wrapped(limited, own_wrapping(), b"", UNWRAP)
    for _ in range(2):
        device.operate(km.ENCRYPT, blob, PKCS7, b"x")
    refused("INVALID_KEY_BLOB", device.operate, km.ENCRYPT, blob, PKCS7, b"x")
    plain = wrapped_by_hand(V["material"], (*AES_LIST, NO_AUTH))
    once = own_wrapping(more=[(km.USAGE_COUNT_LIMIT, 1)])
    refused("VERIFICATION_FAILED", device.import_wrapped, plain[:-1] + bytes([plain[-1] ^ 1]), once,
            b"", UNWRAP)
    is_the_key(device.import_wrapped(plain, once, b"", UNWRAP))
    refused("INVALID_KEY_BLOB", device.import_wrapped, plain, once, b"", UNWRAP)
    refused("INVALID_ARGUMENT", device.import_wrapped, wrapped_by_hand(
        V["material"], (*AES_LIST, (405, integer(0)), NO_AUTH)), own_wrapping(), b"", UNWRAP)


def spki(key):
    return key.public_key().public_bytes(serialization.Encoding.DER,
                                         serialization.PublicFormat.SubjectPublicKeyInfo)


@test
def ec_keys():
    sha = [(km.DIGEST, km.SHA256)]
    for curve, number, size in ((ec.SECP256R1, km.P_256, 256), (ec.SECP384R1, km.P_384, 384)):
        inner = ec.generate_private_key(curve())
        entries = [(1, numbers(km.SIGN)), (2, integer(km.EC)), (5, numbers(km.SHA256)), NO_AUTH]
        for more in ([], [(3, integer(size))], [(10, integer(number))]):
            blob = device.import_wrapped(wrapped_by_hand(pkcs8(inner), sorted(entries + more),
                                                         km.PKCS8), own_wrapping(), b"", UNWRAP)
            tags = stored(blob)
            equal([SECURELY_IMPORTED], km.values(tags, km.ORIGIN), "origin")
            equal([size], km.values(tags, km.KEY_SIZE), "size")
            equal([number], km.values(tags, km.EC_CURVE), "curve")
            equal(spki(inner), device.export(blob), "public key")
        signature, _ = device.operate(km.SIGN, blob, sha, b"message")
        inner.public_key().verify(signature, b"message", ec.ECDSA(hashes.SHA256()))


@test
def rsa_keys():
    inner = rsa.generate_private_key(65537, 1024)
    entries = [(1, numbers(km.SIGN)), (2, integer(km.RSA)), (5, numbers(km.SHA256)),
               (6, numbers(km.PKCS1_SIGN)), NO_AUTH]
    for more in ([], [(3, integer(1024))], [(200, integer(65537))]):
        blob = device.import_wrapped(wrapped_by_hand(pkcs8(inner), sorted(entries + more),
                                                     km.PKCS8), own_wrapping(), b"", UNWRAP)
        tags = stored(blob)
        equal([SECURELY_IMPORTED], km.values(tags, km.ORIGIN), "origin")
        equal([1024], km.values(tags, km.KEY_SIZE), "size")
        equal([65537], km.values(tags, km.RSA_PUBLIC_EXPONENT), "exponent")
        equal(spki(inner), device.export(blob), "public key")
    signature, _ = device.operate(km.SIGN, blob, [(km.DIGEST, km.SHA256), (km.PADDING,
                                                                        km.PKCS1_SIGN)], b"message")
    inner.public_key().verify(signature, b"message", padding.PKCS1v15(), hashes.SHA256())


@test
def what_import_refuses():
    """Once the seal is open the rules of import hold, and so do those of any description."""
    key = own_wrapping()

    def wrong(code, material, entries, key_format=km.RAW):
        refused(code, device.import_wrapped, wrapped_by_hand(material, entries, key_format), key,
                b"", UNWRAP)

    der = pkcs8(ec.generate_private_key(ec.SECP256R1()))
    ec_list = [(1, numbers(km.SIGN)), (2, integer(km.EC)), (5, numbers(km.SHA256)), NO_AUTH]
    aes = [*AES_LIST, NO_AUTH]
    for key_format in (km.X509, km.PKCS8, 2, 4, 2**32 - 1):
        wrong("UNSUPPORTED_KEY_FORMAT", V["material"], aes, key_format)
    for key_format in (km.X509, km.RAW):
        wrong("UNSUPPORTED_KEY_FORMAT", der, ec_list, key_format)
    for material in (b"", der[:-1], der + b"\0", V["material"]):
        wrong("INVALID_ARGUMENT", material, ec_list, km.PKCS8)
    for more in ((3, integer(384)), (10, integer(km.P_384))):
        wrong("IMPORT_PARAMETER_MISMATCH", der, sorted([*ec_list, more]), km.PKCS8)
    wrong("IMPORT_PARAMETER_MISMATCH", pkcs8(own_key()), ec_list, km.PKCS8)
    wrong("IMPORT_PARAMETER_MISMATCH", V["material"][:16], aes)
    wrong("UNSUPPORTED_ALGORITHM", V["material"], [aes[0], NO_AUTH])
    wrong("INVALID_TAG", V["material"], [*aes, (702, integer(km.GENERATED))])
    wrong("UNSUPPORTED_TAG", V["material"], sorted([*aes, (507, NULL)]))
    wrong("EARLY_BOOT_ENDED", V["material"], sorted([*aes, (305, NULL)]))


@test
def length_of_the_mask():
    key = wrapping()
    for size in (1, 16, 31, 33, 64, 4096):
        try:
            device.import_wrapped(V["wrapped"], key, bytes(size), UNWRAP)
            raise AssertionError(f"a mask of {size} bytes was taken")
        except km.Refused as e:
            equal((errno.EINVAL, "OK"), (e.errno, e.code), f"{size} bytes")
    for size in (0, 1, 16, 31, 33, 62):
        wrapped = wrapped_by_hand(V["material"], (*AES_LIST, NO_AUTH), transport=bytes(size))
        for mask in (b"", bytes(32), V["mask"]):
            refused("INVALID_ARGUMENT", device.import_wrapped, wrapped, own_wrapping(), mask,
                    UNWRAP)


@test
def wrapping_key_of_an_application():
    secret = [(km.APPLICATION_ID, b"id"), (km.APPLICATION_DATA, b"data")]
    key = wrapping(more=secret)
    is_the_key(device.import_wrapped(V["wrapped"], key, b"", UNWRAP + secret))
    for given in ([], secret[:1], secret[1:], [(km.APPLICATION_ID, b"ID"), secret[1]],
                  [(km.APPLICATION_ID, b"data"), (km.APPLICATION_DATA, b"id")]):
        refused("INVALID_KEY_BLOB", device.import_wrapped, V["wrapped"], key, b"", UNWRAP + given)
    # They name the wrapping key, and do not pass to the key inside.
    is_the_key(device.import_wrapped(V["wrapped"], wrapping(more=secret[:1]), b"",
                                     UNWRAP + secret[:1]))
    refused("INVALID_KEY_BLOB", device.import_wrapped, V["wrapped"], wrapping(), b"",
            UNWRAP + secret)


@test
def wrapping_key_by_serial():
    wrapped = V["wrapped"]
    serial = km.add_key("keymaster", "wrapping", wrapping())
    is_the_key(device.import_wrapped(wrapped, serial, b"", UNWRAP))
    km.unlink_key(serial)
    serial = km.add_key("keymaster", "wrapping", wrapping(purposes=(km.DECRYPT,)))
    refused("INCOMPATIBLE_PURPOSE", device.import_wrapped, wrapped, serial, b"", UNWRAP)
    km.unlink_key(serial)
    serial = km.add_key("keymaster", "wrapping", wrapping())
    km.revoke_key(serial)
    other = km.add_key("user", "wrapping", b"no key")
    for number, want in ((serial, errno.EKEYREVOKED), (other, errno.EINVAL), (2**31 - 1,
                                                                         errno.ENOKEY)):
        try:
            device.import_wrapped(wrapped, number, b"", UNWRAP)
            raise AssertionError(f"{number} was taken")
        except km.Refused as e:
            equal((want, "OK"), (e.errno, e.code), str(number))
    km.unlink_key(other)


@test
def wrapping_key_by_date():
    """No expiry date speaks of wrapping (authorization.md 2): only a date to come refuses."""
    past, future = int(time.time() * 1000) - 10**6, int(time.time() * 1000) + 10**9
    for tag, date, want in ((km.ACTIVE_DATETIME, future, "KEY_NOT_YET_VALID"),
                            (km.ACTIVE_DATETIME, 2**64 - 1, "KEY_NOT_YET_VALID"),
                            (km.ACTIVE_DATETIME, past, None),
                            (km.ORIGINATION_EXPIRE_DATETIME, past, None),
                            (km.USAGE_EXPIRE_DATETIME, past, None),
                            (km.USAGE_EXPIRE_DATETIME, future, None)):
        key = wrapping(more=[(tag, date)])
        if want:
            refused(want, device.import_wrapped, V["wrapped"], key, b"", UNWRAP)
        else:
            is_the_key(device.import_wrapped(V["wrapped"], key, b"", UNWRAP))


@test
def wrapping_key_that_is_limited():
    """Wrong parameters do not use it up; what was opened does."""
    key = wrapping(more=[(km.MAX_USES_PER_BOOT, 1)])
    refused("INVALID_ARGUMENT", device.import_wrapped, V["wrapped"][:-1], key, b"", UNWRAP)
    refused("UNSUPPORTED_PADDING_MODE", device.import_wrapped, V["wrapped"], key, b"", UNWRAP[1:])
    is_the_key(device.import_wrapped(V["wrapped"], key, b"", UNWRAP))
    refused("KEY_MAX_OPS_EXCEEDED", device.import_wrapped, V["wrapped"], key, b"", UNWRAP)
    params = [e for e in doors.rsa((km.OAEP,), (km.SHA256,), (km.WRAP_KEY,)) if
              e != km.NO_AUTH_REQUIRED] + [(km.USER_SECURE_ID, 9), (km.USER_AUTH_TYPE, 3)]
    for more in ([], [(km.AUTH_TIMEOUT, 100)]):
        key = device.import_key(params + more, V["pkcs8"], km.PKCS8)
        refused("KEY_USER_NOT_AUTHENTICATED", device.import_wrapped, V["wrapped"], key, b"", UNWRAP)


@test
def cut_anywhere():
    key, wrapped = own_wrapping(), wrapped_by_hand(V["material"], (*AES_LIST, NO_AUTH))
    for n in range(len(wrapped)):
        refused("INVALID_ARGUMENT", device.import_wrapped, wrapped[:n], key, b"", UNWRAP)
    refused("INVALID_ARGUMENT", device.import_wrapped, wrapped + b"\0", key, b"", UNWRAP)


@test
def parts_cut_and_grown():
    """Well encoded, but each part in turn is shorter or longer, or is not there."""
    key, good = own_wrapping(), seal(V["material"], (*AES_LIST, NO_AUTH))
    transport, iv, material, tag = (good[i][-n:] for i, n in ((1, 128), (2, 12), (4, 32), (5, 16)))
    for at, value, sizes, code in (
            (1, transport, (0, 1, 127, 129, 256), "INVALID_INPUT_LENGTH"),
            (2, iv, (0, 1, 11, 13, 16), "INVALID_ARGUMENT"),
            (4, material, (0, 1, 31, 33, 64), "VERIFICATION_FAILED"),
            (5, tag, (0, 1, 12, 15, 17), "INVALID_ARGUMENT")):
        for size in sizes:
            parts = good[:]
            parts[at] = element(4, (value + bytes(256))[:size])
            refused(code, device.import_wrapped, element(0x30, *parts), key, b"", UNWRAP)
    for at in range(len(good)):
        refused("INVALID_ARGUMENT", device.import_wrapped,
                element(0x30, *good[:at], *good[at + 1:]), key, b"", UNWRAP)
        refused("INVALID_ARGUMENT", device.import_wrapped,
                element(0x30, *good[:at], good[at], *good[at:]), key, b"", UNWRAP)


@test
def every_bit():
    """Each bit counts, and no changed bit is worse than a refusal."""
    key, good = own_wrapping(), seal(V["material"], (*AES_LIST, NO_AUTH))
    wrapped = element(0x30, *good)
    transport, sealed = wrapped.index(good[1][-128:]), wrapped.index(good[4])
    for bit in range(8 * len(wrapped)):
        bad = bytearray(wrapped)
        bad[bit // 8] ^= 1 << bit % 8
        codes = {"INVALID_ARGUMENT", "VERIFICATION_FAILED"}
        if transport <= bit // 8 < transport + 128:
            codes = {"INVALID_ARGUMENT"}
        elif bit // 8 in (*range(transport + 130, transport + 142),
                          *range(sealed + 2, sealed + 34), *range(sealed + 36, sealed + 52)):
            codes = {"VERIFICATION_FAILED"}
        try:
            device.import_wrapped(bytes(bad), key, b"", UNWRAP)
            raise AssertionError(f"bit {bit} does not matter")
        except km.Refused as e:
            equal(True, e.code in codes, f"bit {bit}: {e}")
            equal(km.CODES[e.code][1], e.errno, "errno")
    is_the_key(device.import_wrapped(wrapped, key, b"", UNWRAP))


if __name__ == "__main__":
    doors.device = device = km.ready()
    main()
