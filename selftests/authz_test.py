#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# Authorizations: which keys can be made and brought in, what is stored with them, and when their
# dates let them be used.
# watched: much is refused, at every stage

import contextlib
import time

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec as openssl_ec
from cryptography.hazmat.primitives.asymmetric import ed25519 as openssl_ed25519
from cryptography.hazmat.primitives.asymmetric import rsa as openssl_rsa

import doors
import km
from doors import verdict
from tap import equal, main, note, refused, test

device = None


def stored(blob):
    enforced, unenforced = device.characteristics(blob)
    return enforced + unenforced


def made(params, form=km.GCM_BLOB):
    """The tags of a key that can be made; it must at least open again."""
    return stored(device.generate(params, form))


def without(entries, *tags):
    return [e for e in entries if (e[0] if isinstance(e, tuple) else e) not in tags]


def described(*more):
    return doors.describe(km.AES, 128, [km.ENCRYPT], [km.CTR], [km.PAD_NONE],
                          more=[km.NO_AUTH_REQUIRED, *more])


def refused_as(codes, call, *args):
    """One of several codes, where the specification leaves the choice."""
    try:
        call(*args)
    except km.Refused as e:
        equal(True, e.code in codes, str(e))
        return
    raise AssertionError(f"wanted one of {codes}, but it succeeded")


# --- what can be made -------------------------------------------------------------------------

@test
def algorithms():
    for number in (0, 2, 4, 31, 34, 127, 129, 0xffffffff):
        refused("UNSUPPORTED_ALGORITHM", device.generate, doors.describe(number, 256, [km.SIGN]))
        refused("UNSUPPORTED_ALGORITHM", device.import_key, doors.describe(number, 256, [km.SIGN]),
                bytes(32))
    refused("UNSUPPORTED_ALGORITHM", device.generate, without(described(), km.ALGORITHM))
    refused("UNSUPPORTED_ALGORITHM", device.import_key, without(described(), km.ALGORITHM),
            bytes(16))


@test
def aes_sizes():
    for size in range(0, 521):
        params = doors.describe(km.AES, size, [km.ENCRYPT], [km.CBC], [km.PAD_NONE])
        if size in (128, 192, 256):
            equal([size], km.values(made(params), km.KEY_SIZE), "size")
        else:
            refused("UNSUPPORTED_KEY_SIZE", device.generate, params)
    for size in (None, 0x80000100, 0xffffffff, 65536 + 256):
        refused("UNSUPPORTED_KEY_SIZE", device.generate,
                doors.describe(km.AES, size, [km.ENCRYPT], [km.CBC], [km.PAD_NONE]))


@test
def aes_min_mac_length():
    def gcm(bits, size=256, mode=km.GCM):
        return doors.describe(km.AES, size, [km.ENCRYPT], [mode], [km.PAD_NONE], min_mac=bits)

    refused("MISSING_MIN_MAC_LENGTH", device.generate, gcm(None))
    refused("MISSING_MIN_MAC_LENGTH", device.import_key, gcm(None), bytes(32))
    for bits in [*range(0, 140), 256, 2**31, 2**32 - 8]:
        if bits in range(96, 129, 8):
            made(gcm(bits))
        else:
            refused("UNSUPPORTED_MIN_MAC_LENGTH", device.generate, gcm(bits))
    for mode in (km.ECB, km.CBC, km.CTR):
        refused("INVALID_TAG", device.generate, gcm(128, mode=mode))
    refused("UNSUPPORTED_KEY_SIZE", device.generate, gcm(None, None))   # looked for first
    refused("MISSING_MIN_MAC_LENGTH", device.generate, gcm(None, 100))  # judged last


@test
def hmac_sizes():
    for size in range(0, 1041):
        params = doors.hmac(size=size)
        if 64 <= size <= 512 and size % 8 == 0:
            equal([size], km.values(made(params), km.KEY_SIZE), "size")
        else:
            refused("UNSUPPORTED_KEY_SIZE", device.generate, params)
    refused("UNSUPPORTED_KEY_SIZE", device.generate, without(doors.hmac(), km.KEY_SIZE))


@test
def hmac_min_mac_length():
    for digest, longest in km.DIGEST_BITS.items():
        for bits in [*range(0, 265), 384, 512, 520, 2**32 - 8]:
            params = doors.hmac(digest, min_mac=bits)
            if 64 <= bits <= longest and bits % 8 == 0:
                device.generate(params)
            else:
                refused("UNSUPPORTED_MIN_MAC_LENGTH", device.generate, params)
    refused("MISSING_MIN_MAC_LENGTH", device.generate, doors.hmac(min_mac=None))


@test
def hmac_digests():
    for digests in ([], [km.NO_DIGEST], [km.MD5], [7], [km.SHA1, km.SHA256], [km.SHA256] * 2,
                    [km.SHA256, km.NO_DIGEST]):
        refused("UNSUPPORTED_DIGEST", device.generate,
                doors.describe(km.HMAC, 256, [km.SIGN], digests=digests, min_mac=128))


@test
def ec_sizes_and_curves():
    def key(size=None, curve=None):
        return doors.describe(km.EC, size, [km.SIGN], digests=[km.SHA256], more=[
            km.NO_AUTH_REQUIRED] + ([(km.EC_CURVE, curve)] if curve is not None else []))

    bits = {km.P_224: 224, km.P_256: 256, km.P_384: 384, km.P_521: 521, km.CURVE_25519: 256}
    refused("UNSUPPORTED_KEY_SIZE", device.generate, key())
    for size in (0, 160, 190, 192, 223, 225, 255, 257, 512, 520, 528, 2**32 - 1):
        refused("UNSUPPORTED_KEY_SIZE", device.generate, key(size))
    for curve in (5, 0xffffffff):
        for size in (None, 256):
            refused("UNSUPPORTED_EC_CURVE", device.generate, key(size, curve))
    for curve, right in bits.items():
        for size in (0, 190, 224, 255, 256, 384, 521):
            if size != right:
                refused("INVALID_ARGUMENT", device.generate, key(size, curve))
        for params in (key(None, curve), key(right, curve)):
            pair_on(curve, right, device.generate(params))
        if curve != km.CURVE_25519:         # a size alone means a curve of NIST
            pair_on(curve, right, device.generate(key(right)))


CURVES = {km.P_224: openssl_ec.SECP224R1, km.P_256: openssl_ec.SECP256R1,
          km.P_384: openssl_ec.SECP384R1, km.P_521: openssl_ec.SECP521R1}


def pair_on(curve, bits, blob):
    """Both tags are in the key, whichever was given, and the pair is one of that curve."""
    equal([bits], km.values(stored(blob), km.KEY_SIZE), "size")
    equal([curve], km.values(stored(blob), km.EC_CURVE), "curve")
    public = serialization.load_der_public_key(device.export(blob))
    if curve == km.CURVE_25519:
        equal(True, isinstance(public, openssl_ed25519.Ed25519PublicKey), "Ed25519")
    else:
        equal(CURVES[curve], type(public.curve), "curve of the pair")


@test
def attestation_keys_do_nothing_else():
    for purposes in ([km.ATTEST_KEY, km.SIGN], [km.SIGN, km.ATTEST_KEY]):
        refused("INCOMPATIBLE_PURPOSE", device.generate, doors.ec(purposes=purposes))


@test
def default_deny():
    sid = (km.USER_SECURE_ID, 9)
    for call in (lambda p: device.generate(p), lambda p: device.import_key(p, bytes(16))):
        refused("INVALID_ARGUMENT", call, without(described(), km.NO_AUTH_REQUIRED))
        refused("INVALID_ARGUMENT", call, described(sid))
        refused("INVALID_ARGUMENT", call,
                without(described((km.USER_AUTH_TYPE, 1), (km.AUTH_TIMEOUT, 5)),
                        km.NO_AUTH_REQUIRED))
        call(described())
        call(without(described(sid), km.NO_AUTH_REQUIRED))


@test
def tags_that_only_the_kernel_sets():
    for entry in ((km.ORIGIN, km.GENERATED), (km.ORIGIN, km.IMPORTED), (km.ROOT_OF_TRUST, b"SW"),
                  (km.OS_VERSION, 0), (km.OS_PATCHLEVEL, 202401), (km.VENDOR_PATCHLEVEL, 20240101),
                  (km.BOOT_PATCHLEVEL, 20240101), (km.KEY_ID, bytes(16)), (km.OWNER_UID, 0)):
        refused("INVALID_TAG", device.generate, described(entry))
        refused("INVALID_TAG", device.import_key, described(entry), bytes(16))


@test
def tags_that_are_not_offered():
    for entry in (km.ROLLBACK_RESISTANT, km.DEVICE_UNIQUE_ATTESTATION, km.ECIES_SINGLE_HASH_MODE,
                  km.EXPORTABLE, km.IDENTITY_CREDENTIAL_KEY, (km.KDF, 1), km.STORAGE_KEY,
                  km.TRUSTED_USER_PRESENCE_REQUIRED):
        refused("UNSUPPORTED_TAG", device.generate, described(entry))
        refused("UNSUPPORTED_TAG", device.import_key, described(entry), bytes(16))
    refused("ROLLBACK_RESISTANCE_UNAVAILABLE", device.generate, described(km.ROLLBACK_RESISTANCE))


@test
def dates_of_a_certificate_are_a_pair():
    first, last = (km.CERTIFICATE_NOT_BEFORE, 0), (km.CERTIFICATE_NOT_AFTER, 2**40)
    for more, want in (([first], "MISSING_NOT_AFTER"), ([last], "MISSING_NOT_BEFORE")):
        refused(want, device.generate, doors.ec(more=more))
        refused(want, device.import_key, doors.ec(more=more), b"no key", km.PKCS8)
        device.generate(described(*more))               # symmetric keys have no certificate
    for more in ([], [first, last], [last, first]):
        blob = device.generate(doors.ec(more=more))
        equal([], [e for e in stored(blob) if e in (first, last)], "not stored")


@test
def unknown_tags():
    """A policy that the kernel does not know cannot be kept: refused, not dropped."""
    known = {value for name, value in vars(km).items() if name.isupper() and isinstance(value, int)}
    kinds = {km.BYTES: b"x", km.BIGNUM: b"x"}
    for kind in range(1, 11):
        for number in (10, 11, 13, 99, 199, 204, 300, 306, 407, 603, 725, 999, 1011, 9999, 10003,
                       20000, 0x0fffffff):
            tag = kind << 28 | number
            if tag not in known and tag != 0x1000000a:
                refused("UNSUPPORTED_TAG", device.generate, described((tag, kinds.get(kind, 1))))
        for number in (1, 3, 7, 400, 503, 10001):       # a known number in another type
            tag = kind << 28 | number
            if tag not in known and tag != 0x10000007:
                refused("UNSUPPORTED_TAG", device.generate, described((tag, kinds.get(kind, 1))))


@test
def single_tags_given_twice():
    entries = [(km.ALGORITHM, km.AES), (km.KEY_SIZE, 128), km.NO_AUTH_REQUIRED, km.CALLER_NONCE,
               (km.ACTIVE_DATETIME, 1), (km.ORIGINATION_EXPIRE_DATETIME, 2**60),
               (km.USAGE_EXPIRE_DATETIME, 2**60), (km.USER_ID, 1), km.ALL_USERS,
               km.ALL_APPLICATIONS, (km.APPLICATION_ID, b"a"), (km.APPLICATION_DATA, b"a"),
               (km.CREATION_DATETIME, 1), (km.BLOB_USAGE_REQUIREMENTS, 0), km.BOOTLOADER_ONLY,
               (km.MIN_SECONDS_BETWEEN_OPS, 1), (km.MAX_USES_PER_BOOT, 1), km.EARLY_BOOT_ONLY,
               (km.USER_AUTH_TYPE, 1), (km.AUTH_TIMEOUT, 1), km.SHAREABLE,
               km.UNLOCKED_DEVICE_REQUIRED, (km.MAX_BOOT_LEVEL, 1)]
    base = [e for e in described() if e not in entries]
    need = [e for e in described() if e in entries]
    for entry in entries:
        rest = [e for e in need if e != entry]
        device.generate(base + rest + [entry])
        refused("INVALID_TAG", device.generate, base + rest + [entry, entry])
    refused("INVALID_TAG", device.generate, base + need + [(km.KEY_SIZE, 256)])
    refused("INVALID_TAG", device.generate, doors.ec(more=[(km.EC_CURVE, km.P_256)]))
    refused("INVALID_TAG", device.generate, doors.hmac(more=[(km.MIN_MAC_LENGTH, 64)]))
    twice = without(described((km.USER_SECURE_ID, 1), (km.USER_SECURE_ID, 2)), km.NO_AUTH_REQUIRED)
    equal([1, 2], km.values(made(twice), km.USER_SECURE_ID), "repeatable")
    twice = described((km.PURPOSE, km.ENCRYPT))
    equal([km.ENCRYPT] * 2, km.values(made(twice), km.PURPOSE), "kept")


@test
def tags_that_are_not_stored():
    for entry in (km.ALLOW_WHILE_ON_BODY, (km.ASSOCIATED_DATA, b"x"), (km.AUTH_TOKEN, bytes(69)),
                  (km.CONFIRMATION_TOKEN, bytes(32)), (km.MAC_LENGTH, 128), (km.NONCE, bytes(16)),
                  (km.APPLICATION_ID, b"x")):
        tag = entry[0] if isinstance(entry, tuple) else entry
        data = device.generate(described(entry))
        blob = km.Blob(data)
        equal([], km.values(blob.enforced + blob.unenforced, tag), hex(tag))


@test
def recorded_tags():
    for entry in ((km.BLOB_USAGE_REQUIREMENTS, 1), (km.ALL_USERS, 1), (km.USER_ID, 7),
                  (km.ALL_APPLICATIONS, 1), (km.CREATION_DATETIME, 99)):
        equal([entry[1]], km.values(made(described(entry)), entry[0]), hex(entry[0]))
    before = time.time() * 1000
    (date,) = km.values(made(described()), km.CREATION_DATETIME)
    equal(True, before - 1 <= date <= time.time() * 1000 + 1, "creation date")


@test
def unknown_blob_format():
    for form in (2, 3, 4, 0x80000000, 0xffffffff):
        for call, args in ((device.generate, (described(),)),
                           (device.import_key, (described(), bytes(16), km.RAW))):
            refused_as(("OK", "INVALID_ARGUMENT"), call, *args, form)   # both are EINVAL


# --- what can be brought in -------------------------------------------------------------------

@test
def import_symmetric():
    def aes(size=None):
        return doors.describe(km.AES, size, [km.ENCRYPT], [km.CTR], [km.PAD_NONE])

    for n in range(0, 70):
        if n in (16, 24, 32):
            for params in (aes(), aes(8 * n)):
                blob = device.import_key(params, bytes(n))
                equal([8 * n], km.values(stored(blob), km.KEY_SIZE), "size")
                equal([km.IMPORTED], km.values(stored(blob), km.ORIGIN), "origin")
        else:
            for params in (aes(), aes(8 * n)):
                refused("UNSUPPORTED_KEY_SIZE", device.import_key, params, bytes(n))
    for size in (120, 127, 129, 136, 192, 256):
        codes = ("IMPORT_PARAMETER_MISMATCH", "UNSUPPORTED_KEY_SIZE")
        refused_as(codes[:1] if size > 136 else codes, device.import_key, aes(size), bytes(16))
    for n in range(0, 70):
        params = without(doors.hmac(), km.KEY_SIZE)
        if 8 <= n <= 64:
            equal([8 * n], km.values(stored(device.import_key(params, bytes(n))), km.KEY_SIZE), "")
        else:
            refused("UNSUPPORTED_KEY_SIZE", device.import_key, params, bytes(n))
    refused("IMPORT_PARAMETER_MISMATCH", device.import_key, doors.hmac(size=128), bytes(32))
    for key_format in (km.X509, km.PKCS8, 2, 4, 0xffffffff):
        refused("UNSUPPORTED_KEY_FORMAT", device.import_key, aes(), bytes(16), key_format)
        refused("UNSUPPORTED_KEY_FORMAT", device.import_key, doors.hmac(), bytes(32), key_format)


def der_of(key, encoding=serialization.PrivateFormat.PKCS8):
    return key.private_bytes(serialization.Encoding.DER, encoding, serialization.NoEncryption())


def spki_of(key):
    return key.public_key().public_bytes(serialization.Encoding.DER,
                                         serialization.PublicFormat.SubjectPublicKeyInfo)


def ec_params(*more):
    return doors.describe(km.EC, None, [km.SIGN, km.VERIFY], digests=[km.SHA256],
                          more=[km.NO_AUTH_REQUIRED, *more])


@test
def import_ec():
    key = openssl_ec.generate_private_key(openssl_ec.SECP256R1())
    for more in ([], [(km.KEY_SIZE, 256)], [(km.EC_CURVE, km.P_256)],
                 [(km.KEY_SIZE, 256), (km.EC_CURVE, km.P_256)]):
        blob = device.import_key(ec_params(*more), der_of(key), km.PKCS8)
        equal([256], km.values(stored(blob), km.KEY_SIZE), "size")
        equal([km.P_256], km.values(stored(blob), km.EC_CURVE), "curve")
        equal([km.IMPORTED], km.values(stored(blob), km.ORIGIN), "origin")
        equal(spki_of(key), device.export(blob), "public key")
    for more in ([(km.KEY_SIZE, 384)], [(km.KEY_SIZE, 190)], [(km.EC_CURVE, km.P_384)],
                 [(km.KEY_SIZE, 256), (km.EC_CURVE, km.P_384)],
                 [(km.KEY_SIZE, 521), (km.EC_CURVE, km.P_521)], [(km.KEY_SIZE, 0)]):
        refused("IMPORT_PARAMETER_MISMATCH", device.import_key, ec_params(*more), der_of(key),
                km.PKCS8)
    for key_format in (km.X509, km.RAW, 2, 4):
        refused("UNSUPPORTED_KEY_FORMAT", device.import_key, ec_params(), der_of(key), key_format)
    other = openssl_ec.generate_private_key(openssl_ec.SECP384R1())
    for more in ([(km.EC_CURVE, km.P_256)], [(km.KEY_SIZE, 256)], [(km.EC_CURVE, km.CURVE_25519)],
                 [(km.EC_CURVE, km.P_384), (km.KEY_SIZE, 256)]):
        refused("IMPORT_PARAMETER_MISMATCH", device.import_key, ec_params(*more), der_of(other),
                km.PKCS8)
    for more in ([], [(km.EC_CURVE, km.P_384)], [(km.KEY_SIZE, 384)]):
        blob = device.import_key(ec_params(*more), der_of(other), km.PKCS8)
        pair_on(km.P_384, 384, blob)
        equal(spki_of(other), device.export(blob), "public key")
    foreign = openssl_ec.generate_private_key(openssl_ec.SECP256K1())
    refused("UNSUPPORTED_EC_CURVE", device.import_key, ec_params(), der_of(foreign), km.PKCS8)
    for more in ([(km.EC_CURVE, km.P_256)], [(km.KEY_SIZE, 256)]):
        refused("IMPORT_PARAMETER_MISMATCH", device.import_key, ec_params(*more), der_of(foreign),
                km.PKCS8)
    rsa = openssl_rsa.generate_private_key(65537, 1024)
    refused("IMPORT_PARAMETER_MISMATCH", device.import_key, ec_params((km.EC_CURVE, km.P_256)),
            der_of(rsa), km.PKCS8)


def pkcs8(d, public=None):
    """PrivateKeyInfo of P-256 with this number, and with this point or without one."""
    def tlv(tag, body):
        size = bytes([len(body)]) if len(body) < 128 else bytes([0x81, len(body)])
        return bytes([tag]) + size + body

    inner = tlv(2, b"\1") + tlv(4, d.to_bytes(32, "big"))
    if public is not None:
        inner += tlv(0xa1, tlv(3, b"\0" + public))
    algorithm = tlv(0x30, bytes.fromhex("06072a8648ce3d0201" "06082a8648ce3d030107"))
    return tlv(0x30, tlv(2, b"\0") + algorithm + tlv(4, tlv(0x30, inner)))


@test
def import_ec_odd_numbers():
    n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
    for d in (1, 2, n // 2, n - 2, n - 1):
        key = openssl_ec.derive_private_key(d, openssl_ec.SECP256R1())
        point = spki_of(key)[-65:]
        for public in (None, point):
            blob = device.import_key(ec_params(), pkcs8(d, public), km.PKCS8)
            equal(spki_of(key), device.export(blob), f"d = {d:#x}")
            signature, _ = device.operate(km.SIGN, blob, [(km.DIGEST, km.SHA256)], b"x")
            device.operate(km.VERIFY, blob, [(km.DIGEST, km.SHA256)], b"x", signature)
        wrong = openssl_ec.derive_private_key(7, openssl_ec.SECP256R1())
        for public in (spki_of(wrong)[-65:], point[:-1] + bytes([point[-1] ^ 1]), bytes(65),
                       b"\4" + bytes(64), point[:1] + b"\xff" * 64):
            refused("INVALID_ARGUMENT", device.import_key, ec_params(), pkcs8(d, public), km.PKCS8)
    for d in (0, n, n + 1, 2**256 - 1):
        refused("INVALID_ARGUMENT", device.import_key, ec_params(), pkcs8(d), km.PKCS8)


@test
def import_ec_damaged():
    """A changed key is refused, or it is another good key that OpenSSL reads the same way."""
    good = der_of(openssl_ec.generate_private_key(openssl_ec.SECP256R1()))
    for n in range(0, len(good)):
        refused("INVALID_ARGUMENT", device.import_key, ec_params(), good[:n], km.PKCS8)
    refused("INVALID_ARGUMENT", device.import_key, ec_params(), good + b"\0", km.PKCS8)
    taken = 0
    for bit in range(8 * len(good)):
        bad = bytearray(good)
        bad[bit // 8] ^= 1 << bit % 8
        try:
            blob = device.import_key(ec_params(), bytes(bad), km.PKCS8)
        except km.Refused as e:
            equal(True, e.code in ("INVALID_ARGUMENT", "IMPORT_PARAMETER_MISMATCH",
                                   "UNSUPPORTED_EC_CURVE", "UNSUPPORTED_KEY_SIZE"),
                  f"bit {bit}: {e}")
            continue
        taken += 1
        equal(spki_of(serialization.load_der_private_key(good, None)), device.export(blob), bit)
    note(f"{taken} of {8 * len(good)} changed bits do not matter to the key")


@test
def export_formats():
    key = device.generate(doors.ec(purposes=[]))
    for key_format in (km.PKCS8, km.RAW, 2, 4, 0xffffffff):
        refused("UNSUPPORTED_KEY_FORMAT", device.export, key, (), key_format)
    device.export(key)
    expired = device.generate(doors.ec(more=[(km.USAGE_EXPIRE_DATETIME, 1), (km.ACTIVE_DATETIME,
                                                                           2**62)]))
    device.export(expired)
    for key in (device.generate(doors.aes()), device.generate(doors.hmac())):
        for key_format in (km.X509, km.PKCS8, km.RAW, 2):
            refused("UNSUPPORTED_KEY_FORMAT", device.export, key, (), key_format)


# --- when a key can be used -------------------------------------------------------------------

def uses():
    """A key of each kind by purpose: (purpose, description, parameters, data, signature)."""
    def key(algorithm, **named):
        return lambda more: doors.describe(algorithm, 256, more=[km.NO_AUTH_REQUIRED, *more],
                                           **named)

    aes = key(km.AES, purposes=[km.ENCRYPT, km.DECRYPT], modes=[km.ECB], paddings=[km.PAD_NONE])
    mac = key(km.HMAC, purposes=[km.SIGN, km.VERIFY], digests=[km.SHA256], min_mac=64)
    curve = key(km.EC, purposes=[km.SIGN, km.VERIFY], digests=[km.SHA256])
    sha = [(km.DIGEST, km.SHA256)]
    return {"AES encrypt": (km.ENCRYPT, aes, doors.cipher(km.ECB)),
            "AES decrypt": (km.DECRYPT, aes, doors.cipher(km.ECB)),
            "HMAC sign": (km.SIGN, mac, [(km.MAC_LENGTH, 256)]),
            "HMAC verify": (km.VERIFY, mac, []),
            "EC sign": (km.SIGN, curve, sha),
            "EC verify": (km.VERIFY, curve, sha)}


def now():
    return int(time.time() * 1000)


ORIGINATES = {"AES encrypt", "HMAC sign", "EC sign"}
USES = {"AES decrypt", "HMAC verify"}
FREE = {"EC verify"}


@test
def dates_by_purpose():
    past, future = now() - 1000, now() + 3600_000
    for name, (purpose, describe, params) in uses().items():
        for form in km.FORMATS.values():
            for more, want in (
                    ([(km.ACTIVE_DATETIME, future)], "OK" if name in FREE else "KEY_NOT_YET_VALID"),
                    ([(km.ACTIVE_DATETIME, past)], "OK"),
                    ([(km.ACTIVE_DATETIME, 0)], "OK"),
                    ([(km.ACTIVE_DATETIME, 2**64 - 1)],
                     "OK" if name in FREE else "KEY_NOT_YET_VALID"),
                    ([(km.ORIGINATION_EXPIRE_DATETIME, past)],
                     "KEY_EXPIRED" if name in ORIGINATES else "OK"),
                    ([(km.ORIGINATION_EXPIRE_DATETIME, future)], "OK"),
                    ([(km.ORIGINATION_EXPIRE_DATETIME, 2**64 - 1)], "OK"),
                    ([(km.USAGE_EXPIRE_DATETIME, past)], "KEY_EXPIRED" if name in USES else "OK"),
                    ([(km.USAGE_EXPIRE_DATETIME, 0)], "KEY_EXPIRED" if name in USES else "OK"),
                    ([(km.USAGE_EXPIRE_DATETIME, future)], "OK")):
                key = device.generate(describe(more), form)
                equal(want, verdict(purpose, key, params), f"{name}, {more}")
                serial = km.add_key("keymaster", "test", key)
                equal(want, verdict(purpose, serial, params), f"{name}, by serial, {more}")
                km.unlink_key(serial)


@test
def first_refusal_decides():
    early, late = (km.ACTIVE_DATETIME, now() + 10**9), (km.ORIGINATION_EXPIRE_DATETIME, 1)
    purpose, describe, params = uses()["AES encrypt"]
    for more, want in (([early, late], "KEY_NOT_YET_VALID"), ([late, early], "KEY_EXPIRED")):
        equal(want, verdict(purpose, device.generate(describe(more)), params), str(more))
    key = device.generate(described(early))
    equal("INCOMPATIBLE_PURPOSE", verdict(km.DECRYPT, key, doors.cipher(km.CTR)), "purpose first")
    equal("INCOMPATIBLE_BLOCK_MODE", verdict(km.DECRYPT, key, doors.cipher(km.ECB)), "mode before")
    equal("KEY_NOT_YET_VALID", verdict(km.ENCRYPT, key, doors.cipher(km.CTR, nonce=bytes(16))),
          "date before the caller's nonce")


@test
def dates_as_time_passes():
    """The millisecond counts: good up to the date and at it, refused after it."""
    purpose, describe, params = uses()["AES encrypt"]
    for tag, before, after in ((km.ACTIVE_DATETIME, "KEY_NOT_YET_VALID", "OK"),
                               (km.ORIGINATION_EXPIRE_DATETIME, "OK", "KEY_EXPIRED")):
        date = now() + 700
        key = device.generate(describe([(tag, date)]))
        seen, doors_used = [], [lambda: device.begin(purpose, key, params).close(),
                                lambda: device.operate(purpose, key, params)]
        while now() <= date + 20:
            start = now()
            try:
                doors_used[len(seen) % 2]()
                code = "OK"
            except km.Refused as e:
                code = e.code
            end = now()
            if end < date:
                equal(before, code, f"{date - end} ms before")
            elif start > date:
                equal(after, code, f"{start - date} ms after")
            seen.append(code)
        equal({before, after}, set(seen), "both were seen")


@contextlib.contextmanager
def clock():
    """The wall clock may be set, and goes right again afterwards."""
    wall, steady = time.clock_gettime(time.CLOCK_REALTIME), time.clock_gettime(time.CLOCK_BOOTTIME)
    try:
        yield lambda seconds: time.clock_settime(time.CLOCK_REALTIME, seconds)
    finally:
        passed = time.clock_gettime(time.CLOCK_BOOTTIME) - steady
        time.clock_settime(time.CLOCK_REALTIME, wall + passed)


@test
def dates_follow_the_wall_clock():
    purpose, describe, params = uses()["AES encrypt"]
    year = 365 * 86400
    start, end = 1_900_000_000, 1_900_000_000 + year
    key = device.generate(describe([(km.ACTIVE_DATETIME, start * 1000),
                                    (km.ORIGINATION_EXPIRE_DATETIME, end * 1000)]))
    serial = km.add_key("keymaster", "test", key)
    with clock() as set_to, device.begin(purpose, device.generate(describe(
            [(km.ORIGINATION_EXPIRE_DATETIME, end * 1000)])), params) as running:
        for when, want in ((start - 2, "KEY_NOT_YET_VALID"), (start, "OK"), (end - 10, "OK"),
                           (end + 1, "KEY_EXPIRED"), (end + 50 * year, "KEY_EXPIRED"),
                           (start + 5, "OK"), (10**6, "KEY_NOT_YET_VALID")):
            set_to(when)
            equal(want, verdict(purpose, key, params), f"{when - start} s after activation")
            equal(want, verdict(purpose, serial, params), "by serial")
        set_to(end + 1)
        equal(16, len(running.finish(bytes(16))), "dates count at begin only")
    km.unlink_key(serial)


@test
def bootloader_only():
    for name, (purpose, describe, params) in uses().items():
        key = device.generate(describe([km.BOOTLOADER_ONLY]))
        equal("OK" if name in FREE else "INVALID_KEY_BLOB", verdict(purpose, key, params), name)


if __name__ == "__main__":
    doors.device = device = km.ready()
    main()
