#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# AES operations: modes, paddings, nonces, MAC lengths, associated data, and every length that
# matters, through every door (doors.py) and against OpenSSL.

import os
import random

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import doors
import km
from doors import at_begin, everywhere, result
from tap import equal, main, refused, test

KEY = bytes(range(32))
IV = bytes(range(100, 116))
MODES = {km.ECB: "ECB", km.CBC: "CBC", km.CTR: "CTR", km.GCM: "GCM"}
NONCE_SIZE = {km.ECB: 0, km.CBC: 16, km.CTR: 16, km.GCM: 12}
device = None


def aes(mode, **named):
    return device.import_key(doors.aes(mode, **named), KEY)


def openssl(mode, iv=IV):
    return Cipher(algorithms.AES(KEY), {km.ECB: modes.ECB, km.CBC: modes.CBC,
                                        km.CTR: modes.CTR}[mode](*([iv] if mode != km.ECB else [])))


def sealed_by_openssl(mode, data, iv=IV):
    encryptor = openssl(mode, iv).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def iv_for(mode):
    return IV[:NONCE_SIZE[mode]] or None


# --- modes and paddings -----------------------------------------------------------------------

@test
def block_modes():
    for mode in MODES:
        key = aes(mode)
        for params in ([], [(km.BLOCK_MODE, mode)] * 2,
                       [(km.BLOCK_MODE, mode), (km.BLOCK_MODE, km.CBC)], [(km.BLOCK_MODE, 0)],
                       [(km.BLOCK_MODE, 4)], [(km.BLOCK_MODE, 0xffffffff)]):
            for purpose in (km.ENCRYPT, km.DECRYPT):
                at_begin("UNSUPPORTED_BLOCK_MODE", purpose, key,
                         params + [(km.PADDING, km.PAD_NONE), (km.MAC_LENGTH, 128)])
        for other in MODES:
            if other != mode:
                for purpose in (km.ENCRYPT, km.DECRYPT):
                    at_begin("INCOMPATIBLE_BLOCK_MODE", purpose, key,
                             doors.cipher(other, nonce=iv_for(other)))
    none = device.import_key(doors.describe(km.AES, 256, [km.ENCRYPT], [], [km.PAD_NONE]), KEY)
    at_begin("INCOMPATIBLE_BLOCK_MODE", km.ENCRYPT, none, doors.cipher(km.CBC))


@test
def paddings():
    for mode in MODES:
        key = aes(mode)
        rest = [(km.BLOCK_MODE, mode), (km.MAC_LENGTH, 128)]
        for params in ([], [(km.PADDING, km.PAD_NONE)] * 2,
                       [(km.PADDING, km.PAD_NONE), (km.PADDING, km.PKCS7)],
                       *[[(km.PADDING, p)] for p in (0, km.OAEP, km.PSS, km.PKCS1_ENCRYPT,
                                                     km.PKCS1_SIGN, 6, 63, 65, 0xffffffff)]):
            at_begin("UNSUPPORTED_PADDING_MODE", km.ENCRYPT, key, rest + params)
        at_begin("INCOMPATIBLE_PADDING_MODE", km.ENCRYPT, key, rest + [(km.PADDING, km.PKCS7)])
    both = doors.describe(km.AES, 256, [km.ENCRYPT], [km.CTR, km.GCM], [km.PAD_NONE, km.PKCS7], (),
                          128)
    key = device.import_key(both, KEY)
    for mode in (km.CTR, km.GCM):
        at_begin("INCOMPATIBLE_PADDING_MODE", km.ENCRYPT, key, doors.cipher(mode, km.PKCS7))
        device.begin(km.ENCRYPT, key, doors.cipher(mode)).close()
    try:
        key = aes(km.CTR, padding=km.PKCS7)
    except km.Refused as e:
        equal("INCOMPATIBLE_PADDING_MODE", e.code, "a CTR key that could never be used")
    else:
        at_begin("INCOMPATIBLE_PADDING_MODE", km.ENCRYPT, key, doors.cipher(km.CTR))
        at_begin("INCOMPATIBLE_PADDING_MODE", km.ENCRYPT, key, doors.cipher(km.CTR, km.PKCS7))
    key = aes(km.CBC, padding=km.PKCS7)
    at_begin("INCOMPATIBLE_PADDING_MODE", km.ENCRYPT, key, doors.cipher(km.CBC))


@test
def block_lengths_without_padding():
    for mode in (km.ECB, km.CBC):
        key = aes(mode)
        params = doors.cipher(mode, nonce=iv_for(mode))
        for n in range(0, 81):
            data = bytes(range(n))
            if n % 16:
                for purpose in (km.ENCRYPT, km.DECRYPT):
                    if n in (1, 15, 17, 31):
                        everywhere("INVALID_INPUT_LENGTH", purpose, key, params, data)
                    else:
                        refused("INVALID_INPUT_LENGTH", device.operate, purpose, key, params, data)
                continue
            want = sealed_by_openssl(mode, data)
            result(want, km.ENCRYPT, key, params, data)
            result(data, km.DECRYPT, key, params, want)


@test
def pkcs7_lengths():
    for mode in (km.ECB, km.CBC):
        key = aes(mode, padding=km.PKCS7)
        params = doors.cipher(mode, km.PKCS7, iv_for(mode))
        for n in range(0, 49):
            data = os.urandom(n)
            fill = 16 - n % 16
            want = sealed_by_openssl(mode, data + bytes([fill] * fill))
            equal(n + 16 - n % 16, len(want), "padded")
            if n % 16 in (0, 1, 15):
                result(want, km.ENCRYPT, key, params, data)
                result(data, km.DECRYPT, key, params, want)
            else:
                equal(want, device.operate(km.ENCRYPT, key, params, data)[0], n)
                equal(data, device.operate(km.DECRYPT, key, params, want)[0], n)
        for n in (0, 1, 15, 17, 31, 33):
            everywhere("INVALID_INPUT_LENGTH", km.DECRYPT, key, params, bytes(n))


@test
def pkcs7_bad_padding():
    for mode in (km.ECB, km.CBC):
        key = aes(mode, padding=km.PKCS7)
        params = doors.cipher(mode, km.PKCS7, iv_for(mode))
        for head in (b"", bytes(16)):
            for n in range(0, 256):
                last = bytes([n] * 16) if n <= 16 else bytes([16] * 15 + [n])
                if 1 <= n <= 16:
                    for wrong in range(16 - n, 15):
                        bad = last[:wrong] + bytes([last[wrong] ^ 1]) + last[wrong + 1:]
                        refused("INVALID_ARGUMENT", device.operate, km.DECRYPT, key, params,
                                sealed_by_openssl(mode, head + bad))
                    got, _ = device.operate(km.DECRYPT, key, params,
                                            sealed_by_openssl(mode, head + last))
                    equal(head + last[n:], got, f"{n} bytes of padding")
                else:
                    refused("INVALID_ARGUMENT", device.operate, km.DECRYPT, key, params,
                            sealed_by_openssl(mode, head + last))
        everywhere("INVALID_ARGUMENT", km.DECRYPT, key, params,
                   sealed_by_openssl(mode, bytes(32)))


# --- nonces -----------------------------------------------------------------------------------

@test
def nonce_not_authorized():
    for mode in MODES:
        more = {"min_mac": 128} if mode == km.GCM else {}
        key = device.import_key(doors.describe(km.AES, 256, [km.ENCRYPT, km.DECRYPT], [mode],
                                               [km.PAD_NONE], **more), KEY)
        size = NONCE_SIZE[mode] or 16
        at_begin("CALLER_NONCE_PROHIBITED", km.ENCRYPT, key, doors.cipher(mode, nonce=bytes(size)))
        at_begin("CALLER_NONCE_PROHIBITED", km.ENCRYPT, key, doors.cipher(mode, nonce=bytes(3)))
        everywhere("CALLER_NONCE_PROHIBITED", km.ENCRYPT, key,
                   doors.cipher(mode, nonce=bytes(size)), bytes(16))
        if mode == km.ECB:
            continue
        sealed, made = device.operate(km.ENCRYPT, key, doors.cipher(mode), bytes(16))
        plain, _ = device.operate(km.DECRYPT, key, doors.cipher(mode, nonce=made[0][1]), sealed)
        equal(bytes(16), plain, "decrypted with the nonce that was made")


@test
def nonce_sizes():
    for mode in (km.CBC, km.CTR, km.GCM):
        key = aes(mode)
        for n in (0, 1, 8, 11, 12, 13, 15, 16, 17, 32, 256):
            for purpose in (km.ENCRYPT, km.DECRYPT):
                params = doors.cipher(mode, nonce=bytes(n))
                if n == NONCE_SIZE[mode]:
                    device.begin(purpose, key, params).close()
                else:
                    at_begin("INVALID_NONCE", purpose, key, params)
        at_begin("INVALID_ARGUMENT", km.DECRYPT, key, doors.cipher(mode))


@test
def nonce_made():
    for mode in MODES:
        key, seen = aes(mode), set()
        for i in range(150):
            if i % 2:
                with device.begin(km.ENCRYPT, key, doors.cipher(mode)) as operation:
                    made = operation.made
            else:
                _, made = device.operate(km.ENCRYPT, key, doors.cipher(mode), bytes(16))
            if mode == km.ECB:
                equal([], made, "ECB has no nonce")
                continue
            equal([km.NONCE], [tag for tag, _ in made], "exactly one")
            equal(NONCE_SIZE[mode], len(made[0][1]), "size")
            seen.add(made[0][1])
        equal(150 if mode != km.ECB else 0, len(seen), "different nonces")
        for at in range(0, NONCE_SIZE[mode] if seen else 0, 4):
            # one pair alike may happen, once in 380 000 times
            different = len({nonce[at:at + 4] for nonce in seen})
            equal(True, different > 148, f"bytes {at} to {at + 3} of {mode} drawn: {different}")
        if mode != km.ECB:
            nonce = iv_for(mode)
            _, made = device.operate(km.ENCRYPT, key, doors.cipher(mode, nonce=nonce), b"")
            equal([(km.NONCE, nonce)], made, "the caller's nonce comes back")


# --- CTR and GCM ------------------------------------------------------------------------------

@test
def ctr_counter_and_lengths():
    key = aes(km.CTR)
    for iv in (IV, b"\xff" * 16, b"\xff" * 15 + b"\xfe", bytes(8) + b"\xff" * 8,
               bytes(11) + b"\xff" * 5, bytes(16)):
        data = os.urandom(100)
        want = sealed_by_openssl(km.CTR, data, iv)
        result(want, km.ENCRYPT, key, doors.cipher(km.CTR, nonce=iv), data)
        result(data, km.DECRYPT, key, doors.cipher(km.CTR, nonce=iv), want)
    for n in range(0, 70):
        want = sealed_by_openssl(km.CTR, KEY * 3)[:n]
        got, _ = device.operate(km.ENCRYPT, key, doors.cipher(km.CTR, nonce=IV), (KEY * 3)[:n])
        equal(want, got, n)


def gcm_params(nonce=bytes(12), mac=128, aad=None):
    return doors.cipher(km.GCM, nonce=nonce, mac=mac,
                        more=[] if aad is None else [(km.ASSOCIATED_DATA, aad)])


@test
def gcm_results():
    key, other = aes(km.GCM), AESGCM(KEY)
    for n in (0, 1, 15, 16, 17, 33, 64):
        for aad in (None, b"", b"a", bytes(16), bytes(33)):
            data = os.urandom(n)
            want = other.encrypt(bytes(12), data, aad)
            result(want, km.ENCRYPT, key, gcm_params(aad=aad), data)
            result(data, km.DECRYPT, key, gcm_params(aad=aad), want)
    for mac in (96, 104, 112, 120, 128):
        want = other.encrypt(bytes(12), b"some text", b"aad")
        want = want[:len(want) - 16 + mac // 8]
        result(want, km.ENCRYPT, key, gcm_params(mac=mac, aad=b"aad"), b"some text")
        result(b"some text", km.DECRYPT, key, gcm_params(mac=mac, aad=b"aad"), want)


@test
def large_inputs():
    """Around the sizes where buffers end; in one call, and cut at random places."""
    rng = random.Random(1)
    for n in (4095, 4096, 4097, 8192, 65536 - 16, 65536, 65537, 1 << 20):
        data = os.urandom(n)
        for mode in MODES:
            if mode in (km.ECB, km.CBC) and n % 16:
                continue
            key, nonce = aes(mode), iv_for(mode)
            want = (AESGCM(KEY).encrypt(nonce, data, None) if mode == km.GCM else
                    sealed_by_openssl(mode, data))
            params = doors.cipher(mode, nonce=nonce)
            got, _ = device.operate(km.ENCRYPT, key, params, data)
            equal(True, want == got, f"{MODES[mode]}, {n} bytes, one call")
            if len(want) <= 1 << 20:
                got, _ = device.operate(km.DECRYPT, key, params, want)
                equal(True, data == got, f"{MODES[mode]}, {n} bytes, decrypted")
            for purpose, source, expected in ((km.ENCRYPT, data, want), (km.DECRYPT, want, data)):
                with device.begin(purpose, key, params) as operation:
                    got, at = b"", 0
                    while at < len(source):
                        step = rng.choice((1, 7, 16, 1000, 4096, 70000))
                        got += operation.update(source[at:at + step])
                        at += step
                    got += operation.finish()
                equal(True, expected == got, f"{MODES[mode]}, {n} bytes, in pieces")


@test
def gcm_mac_lengths():
    strict, loose = aes(km.GCM, min_mac=128), aes(km.GCM, min_mac=96)
    for purpose in (km.ENCRYPT, km.DECRYPT):
        for key in (strict, loose):
            at_begin("MISSING_MAC_LENGTH", purpose, key,
                     [(km.BLOCK_MODE, km.GCM), (km.PADDING, km.PAD_NONE), (km.NONCE, bytes(12))])
            for bits in (0, 1, 8, 32, 64, 88, 95, 97, 100, 127, 129, 136, 256, 0x80000080,
                         2**32 - 8):
                at_begin("UNSUPPORTED_MAC_LENGTH", purpose, key, gcm_params(mac=bits))
        for bits in (96, 104, 112, 120):
            at_begin("INVALID_MAC_LENGTH", purpose, strict, gcm_params(mac=bits))
            device.begin(purpose, loose, gcm_params(mac=bits)).close()
        everywhere("INVALID_MAC_LENGTH", purpose, strict, gcm_params(mac=120), bytes(32))


@test
def gcm_forgeries():
    key, other_key = aes(km.GCM), device.generate(doors.aes())
    good, _ = device.operate(km.ENCRYPT, key, gcm_params(aad=b"aad"), b"some text")
    for bit in range(8 * len(good)):
        bad = bytearray(good)
        bad[bit // 8] ^= 1 << bit % 8
        refused("VERIFICATION_FAILED", device.operate, km.DECRYPT, key, gcm_params(aad=b"aad"),
                bytes(bad))
    for what in ((key, gcm_params(aad=b"aae")), (key, gcm_params()), (key, gcm_params(aad=b"aa")),
                 (other_key, gcm_params(aad=b"aad")),
                 (key, gcm_params(b"\1" + bytes(11), aad=b"aad")),
                 (key, gcm_params(mac=96, aad=b"aad"))):
        everywhere("VERIFICATION_FAILED", km.DECRYPT, *what, good)
    for n in range(0, 16):
        refused("INVALID_INPUT_LENGTH", device.operate, km.DECRYPT, key, gcm_params(), good[:n])
    everywhere("INVALID_INPUT_LENGTH", km.DECRYPT, key, gcm_params(), good[:15])
    refused("INVALID_INPUT_LENGTH", device.operate, km.DECRYPT, key, gcm_params(mac=96), good[:11])
    refused("VERIFICATION_FAILED", device.operate, km.DECRYPT, key, gcm_params(mac=96), good[:12])


@test
def gcm_plaintext_before_finish_never_holds_the_tag():
    key = aes(km.GCM)
    sealed = AESGCM(KEY).encrypt(bytes(12), bytes(100), None)
    with device.begin(km.DECRYPT, key, gcm_params()) as operation:
        out = b""
        for at in range(len(sealed)):
            out += operation.update(sealed[at:at + 1])
            equal(True, len(out) <= max(0, at + 1 - 16), f"output after {at + 1} bytes")
        equal(bytes(100), out + operation.finish(), "plaintext")


def aad(data):
    return [(km.ASSOCIATED_DATA, data)]


@test
def gcm_associated_data_in_pieces():
    key, want = aes(km.GCM), AESGCM(KEY).encrypt(bytes(12), b"data", b"associated data")
    cuts = ([b"associated data"], [b"associated", b" data"], [b"", b"associated data", b""],
            [bytes([c]) for c in b"associated data"])
    for cut in cuts:
        with device.begin(km.ENCRYPT, key, gcm_params()) as operation:
            for piece in cut:
                equal(b"", operation.update(b"", aad(piece)), "output")
            equal(want, operation.update(b"data") + operation.finish(), "data later")
        with device.begin(km.ENCRYPT, key, gcm_params()) as operation:
            for piece in cut[:-1]:
                operation.update(b"", aad(piece))
            equal(want, operation.update(b"data", aad(cut[-1])) + operation.finish(), "same call")
        with device.begin(km.ENCRYPT, key, gcm_params()) as operation:
            for piece in cut[:-1]:
                operation.update(b"", aad(piece))
            equal(want, operation.finish(b"data", aad(cut[-1])), "in finish")
    with device.begin(km.ENCRYPT, key, gcm_params()) as operation:
        operation.update()      # nothing: the data has not begun
        operation.update(b"", aad(b"associated data"))
        equal(want, operation.finish(b"data"), "after an empty update")
    for first, second in ((b"associated data", b"more"), (b"", b"associated data")):
        want = AESGCM(KEY).encrypt(bytes(12), b"data", first)
        result(want, km.ENCRYPT, key, gcm_params(aad=first) + aad(second), b"data")
    large = os.urandom(40000)
    want = AESGCM(KEY).encrypt(bytes(12), b"data", large)
    result(want, km.ENCRYPT, key, gcm_params(aad=large), b"data")


@test
def gcm_associated_data_after_data():
    key = aes(km.GCM)
    for purpose in (km.ENCRYPT, km.DECRYPT):
        for late in ("update", "finish"):
            with device.begin(purpose, key, gcm_params()) as operation:
                operation.update(b"x", aad(b"first"))
                refused("INVALID_TAG", getattr(operation, late), b"", aad(b"late"))
                for call in (operation.update, operation.finish, operation.abort):
                    refused("INVALID_OPERATION_HANDLE", call)


@test
def associated_data_elsewhere_is_ignored():
    for mode in (km.ECB, km.CBC, km.CTR):
        params = doors.cipher(mode, nonce=iv_for(mode))
        result(sealed_by_openssl(mode, bytes(32)), km.ENCRYPT, aes(mode), params + aad(b"x"),
               bytes(32))


if __name__ == "__main__":
    doors.device = device = km.ready()
    main()
