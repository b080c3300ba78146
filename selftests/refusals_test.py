#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# The same key and the same misuse through every door: the bare ioctls by blob and by serial
# number, libkeymaster, the keyctl program and libkeyutils. One code wherever there are codes,
# one errno everywhere. Where a condition can be met, everything is permitted before it is not.
# vm: -c 2
# holds the module: uses are counted until the next boot
# watched: much is refused, at every stage

import contextlib
import ctypes
import functools
import time

from cryptography.hazmat.primitives.asymmetric import padding as openssl_padding

import doors
import km
import pkeys
import rsakeys
import tokens
from pkeys import library, program
from tap import equal, main, test

device = None
token_key = None
SID, STALE, OTHER = 0x1111, 0x2222, 0x3333
USER = 4242
MESSAGE = b"message"
SHA256 = [(km.DIGEST, km.SHA256)]
ECDSA = "enc=x962 hash=sha256"
PURPOSE_OF = {km.SIGN: "sign", km.VERIFY: "verify", km.ENCRYPT: "encrypt", km.DECRYPT: "decrypt"}


# --- libkeymaster ---------------------------------------------------------------------------------

class _Ref(ctypes.Structure):
    _fields_ = [("blob", ctypes.c_char_p), ("len", ctypes.c_size_t), ("serial", ctypes.c_int32)]


class _Bytes(ctypes.Structure):
    _fields_ = [("data", ctypes.c_char_p), ("len", ctypes.c_size_t)]


class _Operate(ctypes.Structure):
    _fields_ = [("purpose", ctypes.c_uint32), ("key", _Ref), ("params", ctypes.c_void_p),
                ("input", _Bytes), ("signature", _Bytes), ("out_params", ctypes.c_void_p)]


class _Buf(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("room", ctypes.c_size_t), ("len", ctypes.c_size_t)]


@functools.cache
def libkeymaster():
    lib, ctx = ctypes.CDLL("libkeymaster.so.0"), ctypes.c_void_p()
    lib.km_params_free.argtypes = [ctypes.c_void_p]
    equal(0, lib.km_open(ctypes.byref(ctx), None, 0), "km_open")
    return lib, ctx


def by_libkeymaster(key, use):
    lib, ctx = libkeymaster()
    wire, params, out = km.pack(use.params), ctypes.c_void_p(), _Buf()
    equal(0, lib.km_params_parse(ctypes.byref(params), wire, ctypes.c_size_t(len(wire)), None))
    ref = _Ref(serial=key) if isinstance(key, int) else _Ref(key, len(key))
    request = _Operate(use.purpose, ref, params, _Bytes(use.data, len(use.data)),
                       _Bytes(use.signature, len(use.signature)))
    ret = lib.km_operate(ctx, ctypes.byref(request), ctypes.byref(out))
    code = lib.km_last_error(ctx)
    lib.km_buf_free(ctypes.byref(out))
    lib.km_params_free(params)
    if ret:
        raise km.Refused(-ret, code)


# --- doors ----------------------------------------------------------------------------------------

class Use:
    """One use of a key, said for the ioctls and for keyctl."""

    def __init__(self, purpose, params, words, data=MESSAGE, signature=b""):
        self.purpose, self.params, self.words = purpose, params, words
        self.data, self.signature = data, signature


SIGN = Use(km.SIGN, SHA256, ECDSA)


def by_operate(key, use):
    device.operate(use.purpose, key, use.params, use.data, use.signature)


def by_steps(key, use):
    with device.begin(use.purpose, key, use.params) as operation:
        operation.update(use.data)
        operation.finish(signature=use.signature)


def by_keyring(way):
    def through(serial, use):
        more = (use.signature,) if use.purpose == km.VERIFY else ()
        getattr(way, PURPOSE_OF[use.purpose])(serial, use.words, use.data, *more)
    return through


# name: by serial?, does it tell codes?, how
DOORS = {
    "one-shot by blob": (False, True, by_operate),
    "one-shot by serial": (True, True, by_operate),
    "begin, update, finish by blob": (False, True, by_steps),
    "begin, update, finish by serial": (True, True, by_steps),
    "libkeymaster by blob": (False, True, by_libkeymaster),
    "libkeymaster by serial": (True, True, by_libkeymaster),
    "keyctl": (True, False, by_keyring(program)),
    "libkeyutils": (True, False, by_keyring(library)),
}


def outcome(door, key, use):
    """Code and errno; no code where none is told."""
    _, tells, how = DOORS[door]
    try:
        how(key, use)
        return ("OK", 0) if tells else (None, 0)
    except km.Refused as e:
        return (e.code, e.errno) if tells else (None, e.errno)


def everywhere(want, blob, serial, use, what):
    number = km.CODES[want][1]
    wrong = []
    for door, (by_serial, tells, _) in DOORS.items():
        got = outcome(door, serial if by_serial else blob, use)
        if got != (want if tells else None, number):
            wrong.append((door, got))
    equal([], wrong, f"{what}: {want}, errno {number}")


@contextlib.contextmanager
def loaded(blob):
    serial = pkeys.load(blob)
    yield serial
    program.run("unlink", serial, "@s")


def row(want, blob, use, what="", spoil=None):
    """Refused everywhere; before it was spoilt, permitted everywhere."""
    with loaded(blob) as serial:
        if spoil:
            everywhere("OK", blob, serial, use, f"{what}, before")
            spoil()
        everywhere(want, blob, serial, use, what)


# --- keys ----------------------------------------------------------------------------------------

def ecdsa(*more, **named):
    return device.generate(doors.ec(more=more, **named))


def asking(*entries, **named):
    """An EC key without NO_AUTH_REQUIRED."""
    return device.generate(doors.describe(km.EC, None, (km.SIGN, km.VERIFY), digests=[km.SHA256],
                                          more=[(km.EC_CURVE, km.P_256), *entries], **named))


def rsa(paddings, digests=(km.NO_DIGEST, km.SHA256), purposes=(km.SIGN, km.VERIFY, km.ENCRYPT,
                                                              km.DECRYPT), more=()):
    return rsakeys.import_rsa(device, paddings, digests, purposes, 1024, more)


def rsa_use(purpose, padding, words, digest=km.SHA256, mgf=None, **named):
    params = rsakeys.rsa_params(padding, digest)
    if mgf is not None:
        params.append((km.RSA_OAEP_MGF_DIGEST, mgf))
    return Use(purpose, params, words, **named)


def wall_ms(seconds=0):
    return int((time.time() + seconds) * 1000)


# --- purposes and parameters ------------------------------------------------------------------------

@test
def permitted():
    """That what is refused below is not refused for another reason."""
    blob = ecdsa()
    made, _ = device.operate(km.SIGN, blob, SHA256, MESSAGE)
    row("OK", blob, SIGN)
    row("OK", blob, Use(km.VERIFY, SHA256, ECDSA, signature=made))
    both = rsa([km.PAD_NONE, km.PKCS1_SIGN, km.PSS, km.OAEP, km.PKCS1_ENCRYPT],
               (km.NO_DIGEST, km.SHA1, km.SHA256))
    row("OK", both, rsa_use(km.SIGN, km.PKCS1_SIGN, "enc=pkcs1 hash=sha256"))
    row("OK", both, rsa_use(km.SIGN, km.PSS, "enc=pss hash=sha256"))
    row("OK", both, rsa_use(km.ENCRYPT, km.OAEP, "enc=oaep hash=sha1", km.SHA1))
    public = rsakeys.openssl_key(1024).public_key()
    row("OK", both, rsa_use(km.DECRYPT, km.PKCS1_ENCRYPT, "enc=pkcs1", km.NO_DIGEST,
                            data=public.encrypt(MESSAGE, openssl_padding.PKCS1v15())))
    row("OK", both, rsa_use(km.SIGN, km.PAD_NONE, "", km.NO_DIGEST))


@test
def purposes():
    row("INCOMPATIBLE_PURPOSE", ecdsa(purposes=[km.VERIFY]), SIGN)
    row("UNSUPPORTED_PURPOSE", ecdsa(), Use(km.ENCRYPT, SHA256, ECDSA))
    row("UNSUPPORTED_PURPOSE", ecdsa(), Use(km.DECRYPT, SHA256, ECDSA))
    # a purpose that the family does not have, whatever the key says
    row("UNSUPPORTED_PURPOSE", ecdsa(purposes=[km.SIGN, km.DECRYPT]),
        Use(km.DECRYPT, SHA256, ECDSA))
    row("INCOMPATIBLE_PURPOSE", rsa([km.PKCS1_SIGN, km.PKCS1_ENCRYPT], purposes=[km.SIGN]),
        rsa_use(km.DECRYPT, km.PKCS1_ENCRYPT, "enc=pkcs1", km.NO_DIGEST, data=bytes(128)))
    row("INCOMPATIBLE_PURPOSE", rsa([km.PKCS1_SIGN], purposes=[km.DECRYPT]),
        rsa_use(km.SIGN, km.PKCS1_SIGN, "enc=pkcs1 hash=sha256"))
    row("INCOMPATIBLE_PURPOSE", ecdsa(digests=[], purposes=[km.AGREE_KEY], curve=km.CURVE_25519),
        Use(km.SIGN, [(km.DIGEST, km.NO_DIGEST)], "enc=raw"))


@test
def digests():
    row("INCOMPATIBLE_DIGEST", ecdsa(), Use(km.SIGN, [(km.DIGEST, km.SHA384)],
                                            "enc=x962 hash=sha384"))
    row("INCOMPATIBLE_DIGEST", ecdsa(), Use(km.SIGN, [(km.DIGEST, km.NO_DIGEST)], "enc=x962"))
    row("UNSUPPORTED_DIGEST", ecdsa(digests=[km.MD5]), Use(km.SIGN, [(km.DIGEST, km.MD5)],
                                                           "enc=x962 hash=md5"))
    row("UNSUPPORTED_DIGEST", ecdsa(digests=[km.NO_DIGEST], curve=km.CURVE_25519),
        Use(km.SIGN, SHA256, "enc=raw hash=sha256"))
    signer = rsa([km.PKCS1_SIGN, km.PSS, km.PAD_NONE], [km.NO_DIGEST, km.SHA256, km.SHA512])
    row("INCOMPATIBLE_DIGEST", signer, rsa_use(km.SIGN, km.PKCS1_SIGN, "enc=pkcs1 hash=sha1",
                                               km.SHA1))
    for purpose in (km.SIGN, km.VERIFY):
        row("INCOMPATIBLE_DIGEST", signer,
            rsa_use(purpose, km.PSS, "enc=pss", km.NO_DIGEST, signature=bytes(128)))
        row("INCOMPATIBLE_DIGEST", signer,
            rsa_use(purpose, km.PAD_NONE, "enc=raw hash=sha256", signature=bytes(128)))
    # too long for the key
    row("INCOMPATIBLE_DIGEST", signer, rsa_use(km.SIGN, km.PSS, "enc=pss hash=sha512", km.SHA512))


@test
def paddings():
    signer = rsa([km.PKCS1_SIGN])
    row("INCOMPATIBLE_PADDING_MODE", signer, rsa_use(km.SIGN, km.PSS, "enc=pss hash=sha256"))
    row("INCOMPATIBLE_PADDING_MODE", signer, rsa_use(km.SIGN, km.PAD_NONE, "", km.NO_DIGEST))
    row("INCOMPATIBLE_PADDING_MODE", signer,
        rsa_use(km.DECRYPT, km.OAEP, "enc=oaep hash=sha256", data=bytes(128)))
    row("UNSUPPORTED_PADDING_MODE", signer, rsa_use(km.SIGN, km.OAEP, "enc=oaep hash=sha256"))
    row("UNSUPPORTED_PADDING_MODE", signer, rsa_use(km.ENCRYPT, km.PSS, "enc=pss hash=sha256"))
    row("UNSUPPORTED_PADDING_MODE", signer,
        rsa_use(km.DECRYPT, km.PSS, "enc=pss hash=sha256", data=bytes(128)))


@test
def oaep():
    blob = rsa([km.OAEP], [km.SHA256])
    for purpose, data in ((km.DECRYPT, bytes(128)), (km.ENCRYPT, b"x")):
        row("INCOMPATIBLE_MGF_DIGEST", blob, rsa_use(
            purpose, km.OAEP, "enc=oaep,mgf1=sha256 hash=sha256", mgf=km.SHA256, data=data))
        row("UNSUPPORTED_MGF_DIGEST", blob, rsa_use(
            purpose, km.OAEP, "enc=oaep,mgf1=none hash=sha256", mgf=km.NO_DIGEST, data=data))
    row("INCOMPATIBLE_DIGEST", blob, rsa_use(km.ENCRYPT, km.OAEP, "enc=oaep", km.NO_DIGEST))
    row("INCOMPATIBLE_DIGEST", blob, rsa_use(km.DECRYPT, km.OAEP, "enc=oaep hash=sha1", km.SHA1,
                                             data=bytes(128)))


# --- data ------------------------------------------------------------------------------------------

@test
def lengths():
    blob = rsa([km.PAD_NONE, km.PKCS1_SIGN, km.PKCS1_ENCRYPT, km.OAEP])
    for purpose, padding, words, n in (
            (km.SIGN, km.PAD_NONE, "", 129), (km.SIGN, km.PKCS1_SIGN, "enc=pkcs1", 118),
            (km.ENCRYPT, km.PAD_NONE, "", 129), (km.ENCRYPT, km.PKCS1_ENCRYPT, "enc=pkcs1", 118),
            (km.DECRYPT, km.PKCS1_ENCRYPT, "enc=pkcs1", 127),
            (km.DECRYPT, km.PKCS1_ENCRYPT, "enc=pkcs1", 129)):
        row("INVALID_INPUT_LENGTH", blob, rsa_use(purpose, padding, words, km.NO_DIGEST,
                                                  data=bytes(n)), f"{words} {n} bytes")
    row("INVALID_INPUT_LENGTH", blob, rsa_use(km.ENCRYPT, km.OAEP, "enc=oaep hash=sha256",
                                              data=bytes(63)))
    row("INVALID_INPUT_LENGTH", ecdsa(digests=[km.NO_DIGEST], curve=km.CURVE_25519),
        Use(km.SIGN, [(km.DIGEST, km.NO_DIGEST)], "enc=raw", bytes(16385)))


@test
def contents():
    blob = rsa([km.PAD_NONE, km.PKCS1_ENCRYPT, km.OAEP])
    for purpose in (km.SIGN, km.ENCRYPT, km.DECRYPT):
        row("INVALID_ARGUMENT", blob, rsa_use(purpose, km.PAD_NONE, "enc=raw", km.NO_DIGEST,
                                              data=b"\xff" * 128))
    row("INVALID_ARGUMENT", blob, rsa_use(km.DECRYPT, km.PKCS1_ENCRYPT, "enc=pkcs1", km.NO_DIGEST,
                                          data=bytes(127) + b"\1"))
    row("INVALID_ARGUMENT", blob, rsa_use(km.DECRYPT, km.OAEP, "enc=oaep hash=sha256",
                                          data=bytes(127) + b"\1"))


@test
def signatures():
    blob = ecdsa()
    made, _ = device.operate(km.SIGN, blob, SHA256, MESSAGE)
    for signature in (doors.flipped(made, 200), b"", made[:-1] + bytes([made[-1] ^ 1]), bytes(72)):
        row("VERIFICATION_FAILED", blob, Use(km.VERIFY, SHA256, ECDSA, signature=signature))
    row("VERIFICATION_FAILED", blob, Use(km.VERIFY, SHA256, ECDSA, b"another", made))
    for padding, enc in ((km.PKCS1_SIGN, "pkcs1"), (km.PSS, "pss")):
        row("VERIFICATION_FAILED", rsa([padding]), rsa_use(
            km.VERIFY, padding, f"enc={enc} hash=sha256", signature=bytes(127) + b"\1"))
    row("VERIFICATION_FAILED", ecdsa(digests=[km.NO_DIGEST], curve=km.CURVE_25519),
        Use(km.VERIFY, [(km.DIGEST, km.NO_DIGEST)], "enc=raw", signature=bytes(64)))


# --- dates and counts ---------------------------------------------------------------------------------

@test
def dates():
    row("OK", ecdsa((km.ACTIVE_DATETIME, wall_ms(-60)),
                    (km.ORIGINATION_EXPIRE_DATETIME, wall_ms(3600))), SIGN)
    row("KEY_NOT_YET_VALID", ecdsa((km.ACTIVE_DATETIME, wall_ms(3600))), SIGN)
    row("KEY_EXPIRED", ecdsa((km.ORIGINATION_EXPIRE_DATETIME, wall_ms(-60))), SIGN)
    row("KEY_EXPIRED", rsa([km.PKCS1_ENCRYPT], more=[(km.USAGE_EXPIRE_DATETIME, wall_ms(-60))]),
        rsa_use(km.DECRYPT, km.PKCS1_ENCRYPT, "enc=pkcs1", km.NO_DIGEST, data=bytes(128)))


@test
def counts():
    """Each door's use is one use: the last one that is left is keyctl's."""
    for tag, code in ((km.MAX_USES_PER_BOOT, "KEY_MAX_OPS_EXCEEDED"),
                      (km.USAGE_COUNT_LIMIT, "INVALID_KEY_BLOB")):
        row(code, ecdsa((tag, len(DOORS))), SIGN, f"{tag:#x}", lambda: None)


@test
def rate():
    blob = ecdsa((km.MIN_SECONDS_BETWEEN_OPS, 3600))
    device.operate(km.SIGN, blob, SHA256, MESSAGE)
    row("KEY_RATE_LIMIT_EXCEEDED", blob, SIGN)
    # and the use by keyctl is one that counts
    other = ecdsa((km.MIN_SECONDS_BETWEEN_OPS, 3600))
    with loaded(other) as serial:
        program.sign(serial, ECDSA, MESSAGE)
        everywhere("KEY_RATE_LIMIT_EXCEEDED", other, serial, SIGN, "after keyctl")


# --- users ----------------------------------------------------------------------------------------------

@test
def authentication():
    timed = (km.USER_AUTH_TYPE, km.PASSWORD), (km.AUTH_TIMEOUT, 100000)
    device.add_token(0, tokens.make(token_key, SID))
    row("OK", asking((km.USER_SECURE_ID, SID), *timed), SIGN)
    refused = "KEY_USER_NOT_AUTHENTICATED"
    row(refused, asking((km.USER_SECURE_ID, OTHER), *timed), SIGN, "nobody")
    row(refused, asking((km.USER_SECURE_ID, SID), (km.USER_AUTH_TYPE, km.FINGERPRINT),
                        (km.AUTH_TIMEOUT, 100000)), SIGN, "not by a password")
    device.add_token(0, tokens.make(token_key, STALE, stamp=max(tokens.now() - 5000, 1)))
    row("OK", asking((km.USER_SECURE_ID, STALE), *timed), SIGN)
    row(refused, asking((km.USER_SECURE_ID, STALE), (km.USER_AUTH_TYPE, km.PASSWORD),
                        (km.AUTH_TIMEOUT, 2)), SIGN, "too long ago")
    row(refused, asking((km.USER_SECURE_ID, SID), (km.USER_AUTH_TYPE, km.PASSWORD)), SIGN,
        "for each operation")


@test
def who_asks():
    """The user whose process calls keyctl, or who opened the device: not who loaded the key."""
    blob = asking((km.USER_SECURE_ID, SID), (km.USER_AUTH_TYPE, km.PASSWORD),
                  (km.AUTH_TIMEOUT, 100000))
    device.add_token(0, tokens.make(token_key, SID))
    everybody = [door for door, (by_serial, _, _) in DOORS.items() if by_serial]
    with loaded(blob) as serial:
        program.run("setperm", serial, hex(pkeys.ALL))

        def wants(code):
            global device
            # This process has nothing open but what it opens itself.
            libkeymaster.cache_clear()
            device = km.Device()
            for door in everybody:
                tells = DOORS[door][1]
                equal((code if tells else None, km.CODES[code][1]), outcome(door, serial, SIGN),
                      door)

        equal(0, pkeys.as_user(0, lambda: wants("OK")))
        equal(0, pkeys.as_user(USER, lambda: wants("KEY_USER_NOT_AUTHENTICATED")))
        device.add_token(USER, tokens.make(token_key, SID))
        equal(0, pkeys.as_user(USER, lambda: wants("OK")))


@test
def confirmation():
    row("NO_USER_CONFIRMATION", ecdsa(km.TRUSTED_CONFIRMATION_REQUIRED), SIGN)


# --- the machine: none of this can be undone ------------------------------------------------------------

@test
def early_boot():
    row("EARLY_BOOT_ENDED", ecdsa(km.EARLY_BOOT_ONLY), SIGN, spoil=device.early_boot_ended)


@test
def boot_level():
    device.set_boot_level(7)
    row("BOOT_LEVEL_EXCEEDED", ecdsa((km.MAX_BOOT_LEVEL, 7)), SIGN,
        spoil=lambda: device.set_boot_level(8))


@test
def locked():
    row("DEVICE_LOCKED", ecdsa(km.UNLOCKED_DEVICE_REQUIRED), SIGN, spoil=device.lock)


@test
def versions():
    row("KEY_REQUIRES_UPGRADE", ecdsa(), SIGN, spoil=lambda: device.configure(
        os_patchlevel=203001))


if __name__ == "__main__":
    km.reload(tokens.ROOT)
    device = km.Device()
    token_key = tokens.share(device)
    pkeys.session()
    main()
