#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# Triple DES: sizes of two and three keys, modes, paddings, IVs and every length that matters,
# through every door (doors.py) and against OpenSSL.

import os
import random

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

import doors
import km
from doors import at_begin, everywhere, result
from tap import equal, main, refused, test

KEY = bytes.fromhex("0123456789abcdef23456789abcdef01456789abcdef0123")
TWO = bytes.fromhex("a49d7564199e97cb529d2c9d97bf2f98")
IV = bytes(range(100, 108))
MODES = {km.ECB: "ECB", km.CBC: "CBC"}
FEATURE_TRIPLE_DES = 1 << 7
device = None


def describe(mode=km.CBC, size=168, padding=km.PAD_NONE, purposes=(km.ENCRYPT, km.DECRYPT),
             more=()):
    return doors.describe(km.TRIPLE_DES, size, purposes, [mode], [padding],
                          more=[km.NO_AUTH_REQUIRED, km.CALLER_NONCE, *more])


def des3(mode, material=KEY, **named):
    return device.import_key(describe(mode, 7 * len(material), **named), material)


def iv_for(mode):
    return IV if mode == km.CBC else None


def sealed_by_openssl(mode, data, key=KEY, iv=IV):
    cipher = Cipher(algorithms.TripleDES(key), modes.CBC(iv) if mode == km.CBC else modes.ECB())
    encryptor = cipher.encryptor()
    return encryptor.update(data) + encryptor.finalize()


def outcome(call, *args):
    try:
        call(*args)
    except km.Refused as e:
        equal(km.CODES[e.code][1], e.errno, "errno")
        return e.code
    return "OK"


# --- keys -------------------------------------------------------------------------------------

@test
def feature_is_told():
    equal(FEATURE_TRIPLE_DES, device.info()["features"] & FEATURE_TRIPLE_DES)


@test
def generated_sizes():
    for form in km.FORMATS.values():
        for size in [None, *range(0, 260), 2**31, 2**32 - 1, 2**32 - 7]:
            if size in (112, 168):
                blob = device.generate(describe(size=size), form)
                enforced, _ = device.characteristics(blob)
                equal([size], km.values(enforced, km.KEY_SIZE), "size of the new key")
                equal([km.TRIPLE_DES], km.values(enforced, km.ALGORITHM))
                equal([km.GENERATED], km.values(enforced, km.ORIGIN))
            else:
                refused("UNSUPPORTED_KEY_SIZE", device.generate, describe(size=size), form)


@test
def length_of_the_material():
    # as the ciphertext of the blob shows it
    for size, bytes_ in ((112, 16), (168, 24)):
        blob = km.Blob(device.generate(describe(size=size)))
        equal(bytes_, len(blob.ciphertext), f"{size} bits")


@test
def min_mac_length():
    for value in (0, 64, 96, 128):
        more = [(km.MIN_MAC_LENGTH, value)]
        for size in (168, 56):      # looked at before the size
            refused("INVALID_TAG", device.generate, describe(size=size, more=more))
        refused("UNSUPPORTED_KEY_SIZE", device.generate, describe(size=None, more=more))
        refused("INVALID_TAG", device.import_key, describe(more=more), KEY)


@test
def imported_sizes():
    for n in range(0, 66):
        data = os.urandom(n)
        want = "OK" if n in (16, 24) else "UNSUPPORTED_KEY_SIZE"
        for size in (None, 7 * n):
            equal(want, outcome(device.import_key, describe(size=size), data), f"{n} bytes")
        if want == "OK":
            blob = device.import_key(describe(size=None), data)
            enforced, _ = device.characteristics(blob)
            equal([7 * n], km.values(enforced, km.KEY_SIZE), "size without a tag")
            equal([km.IMPORTED], km.values(enforced, km.ORIGIN))
        for size in (7 * n - 8, 7 * n - 1, 7 * n + 1, 7 * n + 8, 8 * n, 56, 112, 168, 192, 0):
            if 0 <= size != 7 * n:
                refused("IMPORT_PARAMETER_MISMATCH", device.import_key, describe(size=size), data)


@test
def imported_formats_and_export():
    for key_format in (km.X509, km.PKCS8, 2, 4, 64, 2**32 - 1):
        refused("UNSUPPORTED_KEY_FORMAT", device.import_key, describe(), KEY, key_format)
    key = des3(km.CBC)
    for key_format in (km.X509, km.PKCS8, km.RAW):
        refused("UNSUPPORTED_KEY_FORMAT", device.export, key, (), key_format)


@test
def generated_keys_work_and_differ():
    seen = set()
    for size in (112, 168):
        for _ in range(20):
            key = device.generate(describe(km.ECB, size))
            sealed, made = device.operate(km.ENCRYPT, key, doors.cipher(km.ECB), bytes(8))
            equal([], made, "ECB has no nonce")
            equal(bytes(8), device.operate(km.DECRYPT, key, doors.cipher(km.ECB), sealed)[0])
            seen.add(sealed)
    equal(40, len(seen), "different keys")


@test
def two_keys_are_three():
    for mode in MODES:
        params = doors.cipher(mode, nonce=iv_for(mode))
        data = os.urandom(40)
        want = sealed_by_openssl(mode, data, TWO + TWO[:8])
        for key in (des3(mode, TWO), des3(mode, TWO + TWO[:8])):
            result(want, km.ENCRYPT, key, params, data)
            result(data, km.DECRYPT, key, params, want)


@test
def parity_is_ignored():
    params = doors.cipher(km.ECB)
    want = sealed_by_openssl(km.ECB, bytes(range(32)))
    for i in range(len(KEY)):
        key = des3(km.ECB, KEY[:i] + bytes([KEY[i] ^ 1]) + KEY[i + 1:])
        equal(want, device.operate(km.ENCRYPT, key, params, bytes(range(32)))[0], f"byte {i}")
        key = des3(km.ECB, KEY[:i] + bytes([KEY[i] ^ 2]) + KEY[i + 1:])
        equal(False, want == device.operate(km.ENCRYPT, key, params, bytes(range(32)))[0])


@test
def keys_alike():
    """Single DES in disguise, and the weak keys of DES: somebody's data may be under them."""
    one = KEY[:8]
    for material in (one * 3, one * 2, one + one + KEY[16:], KEY[8:16] + one + one, bytes(24),
                     b"\x01" * 24, b"\xfe" * 24, bytes.fromhex("1f1f1f1f0e0e0e0e") * 2):
        whole = material if len(material) == 24 else material + material[:8]
        result(sealed_by_openssl(km.CBC, bytes(16), whole), km.ENCRYPT, des3(km.CBC, material),
               doors.cipher(km.CBC, nonce=IV), bytes(16))


# --- parameters ---------------------------------------------------------------------------------

@test
def purposes():
    for purpose in (km.SIGN, km.VERIFY, km.DERIVE_KEY, km.WRAP_KEY, km.AGREE_KEY, 8, 2**32 - 1):
        at_begin("UNSUPPORTED_PURPOSE", purpose, des3(km.CBC), doors.cipher(km.CBC, nonce=IV))
    for has, lacks in ((km.ENCRYPT, km.DECRYPT), (km.DECRYPT, km.ENCRYPT)):
        key = des3(km.CBC, purposes=[has])
        at_begin("INCOMPATIBLE_PURPOSE", lacks, key, doors.cipher(km.CBC, nonce=IV))
        at_begin("INCOMPATIBLE_PURPOSE", lacks, key, doors.cipher(km.CBC))


@test
def block_modes():
    for mode in (km.CTR, km.GCM, 0, 4, 64, 2**32 - 1):
        key = des3(mode)    # a mode that no key can use is not looked at before
        for purpose in (km.ENCRYPT, km.DECRYPT):
            at_begin("UNSUPPORTED_BLOCK_MODE", purpose, key,
                     doors.cipher(mode, nonce=IV, more=[(km.MAC_LENGTH, 128)]))
    for mode, other in ((km.ECB, km.CBC), (km.CBC, km.ECB)):
        key = des3(mode)
        at_begin("INCOMPATIBLE_BLOCK_MODE", km.ENCRYPT, key, doors.cipher(other))
        for params in ([], [(km.BLOCK_MODE, mode)] * 2,
                       [(km.BLOCK_MODE, mode), (km.BLOCK_MODE, other)]):
            at_begin("UNSUPPORTED_BLOCK_MODE", km.ENCRYPT, key,
                     params + [(km.PADDING, km.PAD_NONE)])


@test
def paddings():
    for mode in MODES:
        for has, lacks in ((km.PAD_NONE, km.PKCS7), (km.PKCS7, km.PAD_NONE)):
            key, rest = des3(mode, padding=has), [(km.BLOCK_MODE, mode)]
            at_begin("INCOMPATIBLE_PADDING_MODE", km.ENCRYPT, key, rest + [(km.PADDING, lacks)])
            for params in ([], [(km.PADDING, has)] * 2, [(km.PADDING, has), (km.PADDING, lacks)],
                           *[[(km.PADDING, p)] for p in (0, km.OAEP, km.PSS, km.PKCS1_ENCRYPT,
                                                         km.PKCS1_SIGN, 6, 63, 65, 2**32 - 1)]):
                at_begin("UNSUPPORTED_PADDING_MODE", km.ENCRYPT, key, rest + params)


@test
def ivs():
    key = des3(km.CBC)
    for n in (0, 1, 7, 9, 12, 16, 24):
        for purpose in (km.ENCRYPT, km.DECRYPT):
            at_begin("INVALID_NONCE", purpose, key, doors.cipher(km.CBC, nonce=bytes(n)))
    at_begin("INVALID_ARGUMENT", km.DECRYPT, key, doors.cipher(km.CBC))
    seen = set()
    for i in range(60):
        if i % 2:
            _, made = device.operate(km.ENCRYPT, key, doors.cipher(km.CBC), bytes(8))
        else:
            with device.begin(km.ENCRYPT, key, doors.cipher(km.CBC)) as operation:
                made = operation.made
        equal([(km.NONCE, 8)], [(tag, len(value)) for tag, value in made], "one IV")
        seen.add(made[0][1])
    equal(60, len(seen), "different IVs")
    for at in (0, 4):
        equal(True, len({iv[at:at + 4] for iv in seen}) > 58, f"bytes from {at} on drawn")
    sealed, made = device.operate(km.ENCRYPT, key, doors.cipher(km.CBC), bytes(8))
    equal(sealed_by_openssl(km.CBC, bytes(8), iv=made[0][1]), sealed, "with the IV that was made")
    _, made = device.operate(km.ENCRYPT, key, doors.cipher(km.CBC, nonce=IV), b"")
    equal([(km.NONCE, IV)], made, "the caller's IV comes back")
    for mode in MODES:
        key = device.import_key(doors.describe(km.TRIPLE_DES, 168, [km.ENCRYPT], [mode],
                                               [km.PAD_NONE]), KEY)
        at_begin("CALLER_NONCE_PROHIBITED", km.ENCRYPT, key, doors.cipher(mode, nonce=IV))


# --- data ---------------------------------------------------------------------------------------

@test
def lengths_without_padding():
    for mode in MODES:
        key, params = des3(mode), doors.cipher(mode, nonce=iv_for(mode))
        for n in range(0, 41):
            data = bytes(range(n))
            if n % 8:
                for purpose in (km.ENCRYPT, km.DECRYPT):
                    everywhere("INVALID_INPUT_LENGTH", purpose, key, params, data)
                continue
            want = sealed_by_openssl(mode, data)
            result(want, km.ENCRYPT, key, params, data)
            result(data, km.DECRYPT, key, params, want)


@test
def pkcs7_lengths():
    for mode in MODES:
        key = des3(mode, padding=km.PKCS7)
        params = doors.cipher(mode, km.PKCS7, iv_for(mode))
        for n in range(0, 33):
            data, fill = os.urandom(n), 8 - n % 8
            want = sealed_by_openssl(mode, data + bytes([fill] * fill))
            result(want, km.ENCRYPT, key, params, data)
            result(data, km.DECRYPT, key, params, want)
        for n in (0, 1, 7, 9, 15, 17):
            everywhere("INVALID_INPUT_LENGTH", km.DECRYPT, key, params, bytes(n))


@test
def pkcs7_bad_padding():
    for mode in MODES:
        key = des3(mode, padding=km.PKCS7)
        params = doors.cipher(mode, km.PKCS7, iv_for(mode))
        for n in range(0, 256):
            last = bytes([n] * 8) if n <= 8 else bytes([8] * 7 + [n])
            sealed = sealed_by_openssl(mode, bytes(8) + last)
            if 1 <= n <= 8:
                got, _ = device.operate(km.DECRYPT, key, params, sealed)
                equal(bytes(8) + last[n:], got, f"{n} bytes of padding")
                for wrong in range(8 - n, 7):
                    bad = last[:wrong] + bytes([last[wrong] ^ 1]) + last[wrong + 1:]
                    refused("INVALID_ARGUMENT", device.operate, km.DECRYPT, key, params,
                            sealed_by_openssl(mode, bad))
            else:
                refused("INVALID_ARGUMENT", device.operate, km.DECRYPT, key, params, sealed)
        everywhere("INVALID_ARGUMENT", km.DECRYPT, key, params, sealed_by_openssl(mode, bytes(16)))


@test
def large_inputs_in_pieces():
    rng = random.Random(1)
    for mode in MODES:
        key, params = des3(mode), doors.cipher(mode, nonce=iv_for(mode))
        for n in (4096, 8192 - 8, 65536, 65536 + 8, 300000):
            data = os.urandom(n)
            want = sealed_by_openssl(mode, data)
            equal(True, want == device.operate(km.ENCRYPT, key, params, data)[0], f"{n} bytes")
            equal(True, data == device.operate(km.DECRYPT, key, params, want)[0], f"{n} back")
            for purpose, source, expected in ((km.ENCRYPT, data, want), (km.DECRYPT, want, data)):
                with device.begin(purpose, key, params) as operation:
                    got, at = b"", 0
                    while at < len(source):
                        step = rng.choice((1, 7, 8, 9, 1000, 4096, 70000))
                        got += operation.update(source[at:at + step])
                        at += step
                    got += operation.finish()
                equal(True, expected == got, f"{MODES[mode]}, {n} bytes, in pieces")


if __name__ == "__main__":
    doors.device = device = km.ready()
    main()
