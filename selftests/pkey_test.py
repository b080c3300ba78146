#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# Public-key operations of the keyring, by the keyctl program and by libkeyutils: what comes out
# against OpenSSL, the sizes that a query tells, and keys that are gone or were never there.
# vm: -c 2
# holds the module: uses are counted until the next boot
# watched: much is refused, at every stage

import contextlib
import ctypes
import errno
import fcntl
import hashlib
import math
import mmap
import os
import random
import signal
import struct
import subprocess
import threading
import time

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

import doors
import km
import pkeys
import rsakeys
from pkeys import WAYS, library, program
from tap import equal, main, note, test

RACE_SECONDS = float(os.environ.get("KM_RACE_SECONDS", "4"))
SHA = {"sha1": (km.SHA1, hashes.SHA1()), "sha224": (km.SHA224, hashes.SHA224()),
       "sha256": (km.SHA256, hashes.SHA256()), "sha384": (km.SHA384, hashes.SHA384()),
       "sha512": (km.SHA512, hashes.SHA512())}
DIGESTS = [km.NO_DIGEST, km.MD5, *(tag for tag, _ in SHA.values())]
CURVES = {km.P_224: ec.SECP224R1, km.P_256: ec.SECP256R1, km.P_384: ec.SECP384R1,
          km.P_521: ec.SECP521R1}
MESSAGE = b"what is signed is the message, and the kernel makes its digest"
device = None


def fails(number, call, *args):
    try:
        got = call(*args)
    except (km.Refused, OSError) as e:
        equal(errno.errorcode[number], errno.errorcode.get(e.errno), "errno")
        return
    raise AssertionError(f"wanted {errno.errorcode[number]}, but it succeeded: {got!r}")


def fails_both_ways(number, what, *args):
    for way in WAYS.values():
        fails(number, getattr(way, what), *args)


def public_of(blob):
    return serialization.load_der_public_key(device.export(blob))


# --- keys ---------------------------------------------------------------------------------

def ec_pair(curve=km.P_256, digests=tuple(DIGESTS), **named):
    """The serial number of a new key, and its public half as OpenSSL has it."""
    blob = device.generate(doors.ec(digests, curve=curve, **named))
    return pkeys.load(blob), public_of(blob)


def ed_pair():
    blob = device.generate(doors.ec((km.NO_DIGEST,), curve=km.CURVE_25519))
    return pkeys.load(blob), public_of(blob)


def primes_2048():
    """The primes of two published groups (RFC 3526 group 14, RFC 7919 ffdhe2048), by their
    formulas: nobody has to look for primes of that length."""
    frame = 2**2048 - 2**1984 - 1
    bits = 2000

    def arctan_inverse(x):
        total = term = (1 << bits) // x
        n, sign = 3, -1
        while term:
            term //= x * x
            total += sign * (term // n)
            n, sign = n + 2, -sign
        return total

    pi = 4 * (4 * arctan_inverse(5) - arctan_inverse(239)) >> bits - 1918
    e = sum((1 << bits) // math.factorial(n) for n in range(300)) >> bits - 1918
    return frame + 2**64 * (pi + 124476), frame + 2**64 * (e + 560316)


ALL_PADDINGS = (km.PAD_NONE, km.OAEP, km.PSS, km.PKCS1_ENCRYPT, km.PKCS1_SIGN)
ALL_PURPOSES = (km.SIGN, km.VERIFY, km.ENCRYPT, km.DECRYPT)
RSA_SIZES = (1024, 2048, 4096)


def rsa_pair(size, paddings=ALL_PADDINGS, digests=tuple(DIGESTS), purposes=ALL_PURPOSES, more=()):
    if size == 4096:
        p, q = primes_2048()
        der, public = rsakeys.pkcs8_of(p * q, 65537, p, q), rsa.RSAPublicNumbers(65537, p * q)
        public = public.public_key()
    else:
        key = rsakeys.openssl_key(size)
        der, public = rsakeys.pkcs8(key), key.public_key()
    blob = device.import_key(doors.describe(km.RSA, size, purposes, (), paddings, digests,
                                            more=[km.NO_AUTH_REQUIRED, *more]), der, km.PKCS8)
    return pkeys.load(blob), public


def rsa_raw(public, data):
    numbers = public.public_numbers()
    return pow(int.from_bytes(data, "big"), numbers.e, numbers.n).to_bytes(
        public.key_size // 8, "big")


# --- what comes out -------------------------------------------------------------------------

@test
def ecdsa_on_every_curve():
    for curve in CURVES:
        serial, public = ec_pair(curve)
        # Each digest on some curve, and on each curve a longer and a shorter one than it.
        for name in ("sha1", "sha512") if curve != km.P_256 else SHA:
            info, digest = f"enc=x962 hash={name}", SHA[name][1]
            made = library.sign(serial, info, MESSAGE)
            public.verify(made, MESSAGE, ec.ECDSA(digest))
            library.verify(serial, info, MESSAGE, made)
        made = program.sign(serial, info, MESSAGE)
        public.verify(made, MESSAGE, ec.ECDSA(digest))
        program.verify(serial, info, MESSAGE, made)
        public.verify(library.sign(serial, info, b""), b"", ec.ECDSA(digest))


@test
def ecdsa_signatures_of_every_length():
    """They differ in length, and a shorter one is followed by what lies behind it."""
    serial, public = ec_pair(km.P_224)
    lengths = set()
    while len(lengths) < 3:
        made = library.sign(serial, "enc=x962 hash=sha256", MESSAGE)
        lengths.add(len(made))
        public.verify(made, MESSAGE, ec.ECDSA(hashes.SHA256()))
        library.verify(serial, "enc=x962 hash=sha256", MESSAGE, made)


@test
def ecdsa_by_openssl():
    private = ec.generate_private_key(ec.SECP256R1())
    der = private.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8,
                                serialization.NoEncryption())
    serial = pkeys.load(device.import_key(doors.ec(), der, km.PKCS8))
    theirs = private.sign(MESSAGE, ec.ECDSA(hashes.SHA256()))
    for way in WAYS.values():
        way.verify(serial, "enc=x962 hash=sha256", MESSAGE, theirs)
        fails(errno.EBADMSG, way.verify, serial, "enc=x962 hash=sha384", MESSAGE, theirs)


@test
def ecdsa_of_bytes_as_they_are():
    """Without hash= nothing is hashed: what the caller brings is taken for a digest."""
    serial, public = ec_pair()
    digest = hashlib.sha256(MESSAGE).digest()
    for info in ("enc=x962", "enc=x962 hash=none"):
        made = library.sign(serial, info, digest)
        public.verify(made, MESSAGE, ec.ECDSA(hashes.SHA256()))
        library.verify(serial, info, digest, made)
        # what is beyond the order's length does not count
        library.verify(serial, info, digest + b"more", made)
        fails_both_ways(errno.EBADMSG, "verify", serial, info, digest[:31] + b"x", made)


@test
def nobody_brings_a_digest_along():
    """A key for SHA-256 alone signs SHA-256 of what it is given, 32 bytes or not."""
    serial, public = ec_pair(digests=(km.SHA256,))
    digest = hashlib.sha256(MESSAGE).digest()
    made = program.sign(serial, "enc=x962 hash=sha256", digest)
    public.verify(made, digest, ec.ECDSA(hashes.SHA256()))
    try:
        public.verify(made, digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
        raise AssertionError("what was given was signed as a digest")
    except InvalidSignature:
        pass
    fails_both_ways(errno.EACCES, "sign", serial, "enc=x962", digest)
    fails_both_ways(errno.EACCES, "sign", serial, "enc=x962 hash=none", digest)


@test
def ed25519():
    serial, public = ed_pair()
    for data in (b"", MESSAGE, bytes(range(256)) * 64):
        for way in WAYS.values():
            made = way.sign(serial, "", data)
            equal(64, len(made))
            public.verify(made, data)
            way.verify(serial, "enc=raw", data, made)
            fails(errno.EBADMSG, way.verify, serial, "enc=raw", data + b"x" if len(data) < 16384
                  else data[1:], made)
    fails_both_ways(errno.EINVAL, "sign", serial, "", bytes(16385))
    fails_both_ways(errno.EOPNOTSUPP, "sign", serial, "enc=raw hash=sha512", MESSAGE)


def openssl_padding(enc, digest):
    if enc == "pkcs1":
        return padding.PKCS1v15()
    return padding.PSS(padding.MGF1(digest), digest.digest_size)


@test
def rsa_signatures():
    for size in RSA_SIZES:
        serial, public = rsa_pair(size)
        # Each private operation of 4096 bits takes the VM a second.
        for name in SHA if size < 4096 else ("sha256",):
            for enc in ("pkcs1", "pss"):
                info, digest = f"enc={enc} hash={name}", SHA[name][1]
                if (size, enc, name) == (1024, "pss", "sha512"):
                    fails_both_ways(errno.EACCES, "sign", serial, info, MESSAGE)
                    continue
                way = program if name == "sha256" else library
                made = way.sign(serial, info, MESSAGE)
                public.verify(made, MESSAGE, openssl_padding(enc, digest), digest)
                way.verify(serial, info, MESSAGE, made)


@test
def rsa_signatures_by_openssl():
    serial, _ = rsa_pair(2048)
    private = rsakeys.openssl_key(2048)
    for enc in ("pkcs1", "pss"):
        made = private.sign(MESSAGE, openssl_padding(enc, hashes.SHA384()), hashes.SHA384())
        for way in WAYS.values():
            way.verify(serial, f"enc={enc} hash=sha384", MESSAGE, made)
            fails(errno.EBADMSG, way.verify, serial, f"enc={enc} hash=sha384", MESSAGE + b"x",
                  made)


@test
def rsa_signatures_of_bytes_as_they_are():
    for size in (1024, 2048):
        serial, public = rsa_pair(size)
        k = size // 8
        for data in (b"", b"x", MESSAGE, b"\0" + b"\xee" * (k - 1)):
            made = library.sign(serial, "", data)
            equal(data.rjust(k, b"\0"), rsa_raw(public, made))
            library.verify(serial, "enc=raw", data, made)
        for data in (b"", MESSAGE[:k - 11], bytes(k - 11)):
            made = program.sign(serial, "enc=pkcs1", data)
            equal(b"\0\1" + b"\xff" * (k - 3 - len(data)) + b"\0" + data, rsa_raw(public, made))
            program.verify(serial, "enc=pkcs1", data, made)
        # at the modulus or above it; longer than it; longer than fits
        fails_both_ways(errno.EINVAL, "sign", serial, "", b"\xff" * k)
        fails_both_ways(errno.EINVAL, "sign", serial, "", bytes(k + 1))
        fails_both_ways(errno.EINVAL, "sign", serial, "enc=pkcs1", bytes(k - 10))


@test
def rsa_encryption():
    for size in RSA_SIZES:
        serial, public = rsa_pair(size)
        k = size // 8
        for n in (0, 1, k - 11) if size < 4096 else (k - 11,):
            plain = os.urandom(n)
            equal(plain, library.decrypt(serial, "enc=pkcs1", public.encrypt(
                plain, padding.PKCS1v15())))
        made = program.encrypt(serial, "enc=pkcs1", b"some text")
        equal(b"some text", program.decrypt(serial, "enc=pkcs1", made))
        for name in SHA if size < 4096 else ("sha512",):
            info, digest = f"enc=oaep hash={name}", SHA[name][1]
            longest = k - 2 * digest.digest_size - 2
            if longest < 0:
                fails_both_ways(errno.EACCES, "encrypt", serial, info, b"")
                fails_both_ways(errno.EACCES, "decrypt", serial, info, bytes(k))
                continue
            fails(errno.EINVAL, library.encrypt, serial, info, bytes(longest + 1))
            plain = os.urandom(longest)
            theirs = public.encrypt(plain, padding.OAEP(padding.MGF1(hashes.SHA1()), digest, None))
            equal(plain, library.decrypt(serial, info, theirs))
        raw = bytes(1) + os.urandom(k - 1)
        equal(raw, library.decrypt(serial, "enc=raw", rsa_raw(public, raw)))
        equal(rsa_raw(public, raw), library.encrypt(serial, "enc=raw", raw))
        for info, n in (("enc=raw", k + 1), ("enc=pkcs1", k - 10), ("enc=pkcs1", k + 1)):
            fails_both_ways(errno.EINVAL, "encrypt", serial, info, bytes(n))
        for n in (k - 1, k + 1):
            fails(errno.EINVAL, library.decrypt, serial, "enc=pkcs1", bytes(n))


@test
def rsa_encryption_for_openssl():
    serial, _ = rsa_pair(2048, more=[(km.RSA_OAEP_MGF_DIGEST, km.SHA256)])
    private = rsakeys.openssl_key(2048)
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA384(), None)
    for way in WAYS.values():
        equal(MESSAGE, private.decrypt(way.encrypt(serial, "enc=pkcs1", MESSAGE),
                                       padding.PKCS1v15()))
        made = way.encrypt(serial, "enc=oaep,mgf1=sha256 hash=sha384", MESSAGE)
        equal(MESSAGE, private.decrypt(made, oaep))
        equal(MESSAGE, way.decrypt(serial, "enc=oaep,mgf1=sha256 hash=sha384",
                                   private.public_key().encrypt(MESSAGE, oaep)))
        # another one is not the key's, none is none, and of one that is not known, that
        fails(errno.EACCES, way.decrypt, serial, "enc=oaep,mgf1=sha384 hash=sha384", made)
        fails(errno.EOPNOTSUPP, way.decrypt, serial, "enc=oaep,mgf1=none hash=sha384", made)
        fails(errno.ENOPKG, way.decrypt, serial, "enc=oaep,mgf1=sha3 hash=sha384", made)
        # what was encrypted for another digest, or to another key
        fails(errno.EINVAL, way.decrypt, serial, "enc=oaep,mgf1=sha256 hash=sha512", made)
        fails(errno.EINVAL, way.decrypt, serial, "enc=pkcs1", bytes(256))


@test
def the_openssl_program_agrees():
    """As a user would do it, without a library of ours or Python's in between."""
    def shell(line):
        done = subprocess.run(["bash", "-ec", line], cwd=program.path, capture_output=True,
                              text=True)
        equal((0, ""), (done.returncode, done.stderr), line)
        return done.stdout

    for name, pair, info, options in (
            ("ec", ec_pair(), "enc=x962 hash=sha256", ""),
            ("rsa", rsa_pair(2048), "enc=pkcs1 hash=sha256", ""),
            ("pss", rsa_pair(2048), "enc=pss hash=sha256",
             "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest")):
        serial, public = pair
        with open(os.path.join(program.path, f"{name}.pem"), "wb") as f:
            f.write(public.public_bytes(serialization.Encoding.PEM,
                                        serialization.PublicFormat.SubjectPublicKeyInfo))
        equal("Verified OK\n", shell(
            f"head -c 60000 /usr/bin/bash >file\n"
            f"keyctl pkey_sign {serial} 0 file {info} >{name}.sig\n"
            f"openssl dgst -sha256 -verify {name}.pem {options} -signature {name}.sig file\n"
            f"keyctl pkey_verify {serial} 0 file {name}.sig {info}"))


# --- wrong signatures -------------------------------------------------------------------------

@test
def wrong_signatures():
    serial, _ = ec_pair()
    info = "enc=x962 hash=sha256"
    # One that is shorter than the longest: what is longer than that keyctl refuses by itself.
    good = next(s for s in iter(lambda: library.sign(serial, info, MESSAGE), None) if len(s) < 72)
    for bit in range(0, 8 * len(good), 7):
        fails(errno.EBADMSG, library.verify, serial, info, MESSAGE, doors.flipped(good, bit))
    for bad in (b"", b"\x30", good[:-1] + b"x", b"\x30\x81" + good[1:], b"\x30\x80" + good[2:],
                b"\x31" + good[1:], bytes(len(good)), b"\x30\x00", b"\x30\x84\xff\xff\xff\xff"):
        fails(errno.EBADMSG, library.verify, serial, info, MESSAGE, bad)
    fails(errno.EBADMSG, program.verify, serial, info, MESSAGE, doors.flipped(good, 100))
    fails(errno.EBADMSG, program.verify, serial, info, MESSAGE + b"x", good)
    # what is longer than any signature of the key is not even looked at
    fails_both_ways(errno.EINVAL, "verify", serial, info, MESSAGE, good + bytes(10))
    other, _ = ec_pair()
    fails_both_ways(errno.EBADMSG, "verify", other, info, MESSAGE, good)
    library.verify(serial, info, MESSAGE, good)
    # the two numbers are what the signature says, not what follows
    longer = b"\x30" + bytes([good[1] + 2]) + good[2:] + b"\5\0"
    fails_both_ways(errno.EBADMSG if len(longer) <= 72 else errno.EINVAL, "verify", serial, info,
                    MESSAGE, longer)


@test
def wrong_signatures_of_rsa():
    serial, _ = rsa_pair(1024)
    for info in ("enc=pkcs1 hash=sha256", "enc=pss hash=sha256"):
        good = library.sign(serial, info, MESSAGE)
        for bit in range(0, 1024, 61):
            fails(errno.EBADMSG, library.verify, serial, info, MESSAGE, doors.flipped(good, bit))
        for bad in (b"", good[1:], bytes(128), b"\xff" * 128):
            fails(errno.EBADMSG, library.verify, serial, info, MESSAGE, bad)
        fails(errno.EBADMSG, program.verify, serial, info, MESSAGE, bytes(128))
        fails_both_ways(errno.EINVAL, "verify", serial, info, MESSAGE, good + b"\0")


# --- sizes and words ----------------------------------------------------------------------------

LIMITLESS = 65535


def answers(want, serial, info=""):
    for name, way in WAYS.items():
        equal(want, way.query(serial, info), f"{name}, {info!r}")


def answer(ops, *sizes):
    return dict(zip(pkeys.QUERY, (set(ops.split()), *sizes)))


@test
def queries_of_ec():
    for curve, bits, longest in ((km.P_224, 224, 64), (km.P_256, 256, 72), (km.P_384, 384, 104),
                                 (km.P_521, 521, 139)):
        serial, _ = ec_pair(curve)
        answers(answer("sign verify", bits, LIMITLESS, longest, LIMITLESS, LIMITLESS), serial,
                "enc=x962 hash=sha512")
    serial, _ = ec_pair(digests=(km.SHA256,), purposes=(km.VERIFY,))
    answers(answer("verify", 256, LIMITLESS, 72, LIMITLESS, LIMITLESS), serial,
            "enc=x962 hash=sha256")
    # what the key does not list it does not sign with; anybody verifies with anything
    serial, _ = ec_pair(digests=(km.SHA256,))
    for info, ops in (("hash=sha256", "sign verify"), ("", "verify"), ("hash=sha1", "verify"),
                      ("hash=md5", "")):
        equal(set(ops.split()), library.query(serial, "enc=x962 " + info)["ops"], info)
    serial, _ = ed_pair()
    for info in ("", "enc=raw", "enc=raw hash=none"):
        answers(answer("sign verify", 256, 16384, 64, LIMITLESS, LIMITLESS), serial, info)
    agrees = pkeys.load(device.generate(doors.ec((), (km.AGREE_KEY,), curve=km.CURVE_25519)))
    equal(set(), library.query(agrees)["ops"])


@test
def queries_of_rsa():
    everything = "encrypt decrypt sign verify"
    for size in RSA_SIZES:
        serial, _ = rsa_pair(size)
        k = size // 8
        for info, ops, data in (
                ("", everything, k), ("enc=raw", everything, k),
                ("enc=raw hash=sha256", "encrypt decrypt", LIMITLESS),
                ("enc=pkcs1", everything, k - 11), ("enc=pkcs1 hash=sha256", everything, LIMITLESS),
                ("enc=pss hash=sha256", "sign verify", LIMITLESS), ("enc=pss", "", LIMITLESS),
                ("enc=oaep", "", LIMITLESS),
                ("enc=oaep hash=sha256", "encrypt decrypt", LIMITLESS),
                ("enc=oaep,mgf1=sha1 hash=sha1", "encrypt decrypt", LIMITLESS),
                ("enc=oaep,mgf1=sha256 hash=sha1", "", LIMITLESS)):
            equal(answer(ops, size, data, k, k, k), library.query(serial, info), info)
    serial, _ = rsa_pair(1024, paddings=(km.PKCS1_SIGN,), digests=(km.SHA256,), purposes=(km.SIGN,))
    answers(answer("encrypt sign verify", 1024, LIMITLESS, 128, 128, 128), serial,
            "enc=pkcs1 hash=sha256")
    answers(answer("verify", 1024, LIMITLESS, 128, 128, 128), serial, "enc=pss hash=sha256")


@test
def words():
    ecdsa, ed, pair = ec_pair()[0], ed_pair()[0], rsa_pair(1024)[0]
    for serial, info, number in (
            # EC has one encoding; Ed25519 has none
            (ecdsa, "", errno.EINVAL), (ecdsa, "enc=raw", errno.EINVAL),
            (ecdsa, "enc=pkcs1", errno.EINVAL), (ecdsa, "enc=X962", errno.EINVAL),
            (ecdsa, "enc=x962x", errno.EINVAL), (ed, "enc=x962", errno.EINVAL),
            (pair, "enc=x962", errno.EINVAL), (pair, "enc=oae", errno.EINVAL),
            (pair, "enc=oaep,", errno.EINVAL), (pair, "enc=oaep,mgf1", errno.EINVAL),
            (pair, "enc=pss,mgf1=sha1", errno.EINVAL), (pair, "enc=oaep,hash=sha1", errno.EINVAL),
            (pair, "enc=oaep,mgf1=", errno.ENOPKG), (pair, "enc=" + "x" * 3000, errno.EINVAL),
            # digests that there are not
            (pair, "enc=pkcs1 hash=sha3-256", errno.ENOPKG), (pair, "hash=SHA256", errno.ENOPKG),
            (pair, "enc=pkcs1 hash=sha256x", errno.ENOPKG), (pair, "hash=4", errno.ENOPKG),
            (ecdsa, "enc=x962 hash=sha-256", errno.ENOPKG), (ed, "hash=sm3", errno.ENOPKG),
            # what is no word of keyctl's at all
            (pair, "enc=", errno.EINVAL), (pair, "hash=", errno.EINVAL), (pair, "x", errno.EINVAL),
            (pair, "enc=raw enc=raw", errno.EINVAL), (pair, "digest=sha256", errno.EINVAL),
            (pair, "enc=pkcs1,hash=sha256", errno.EINVAL), (pair, "\1\xff", errno.EINVAL),
            (pair, "x" * 5000, errno.EINVAL)):
        fails(number, library.query, serial, info)
        fails(number, library.call, "sign", serial, info, MESSAGE, ctypes.c_size_t(1),
              ctypes.create_string_buffer(8), ctypes.c_size_t(8))
        # The program itself refuses what has no = in it.
        if info.isprintable() and all("=" in word for word in info.split()):
            fails(number, program.query, serial, info)
    library.query(pair, " \t enc=raw \t ")


@test
def room_for_the_output():
    """keyctl does not say how much there is: what there must be is what the query tells."""
    serial, public = ec_pair()
    info, longest = "enc=x962 hash=sha256", 72

    def sign(at, room):
        return library.call("sign", serial, info, MESSAGE, ctypes.c_size_t(len(MESSAGE)),
                            ctypes.c_void_p(at), ctypes.c_size_t(room))

    area = mmap.mmap(-1, 2 * mmap.PAGESIZE)
    start = ctypes.addressof(ctypes.c_char.from_buffer(area))
    end = start + mmap.PAGESIZE
    equal(0, ctypes.CDLL(None, use_errno=True).mprotect(
        ctypes.c_void_p(end), ctypes.c_size_t(mmap.PAGESIZE), 0))
    for room in (0, 1, longest):
        n = sign(end - longest, room)
        made = ctypes.string_at(end - longest, n)
        public.verify(made, MESSAGE, ec.ECDSA(hashes.SHA256()))
    for room in (longest + 1, 1 << 20, (1 << 32) - 1):
        fails(errno.EINVAL, sign, end - longest, room)
    fails(errno.EFAULT, sign, end - 10, longest)
    fails(errno.EFAULT, sign, 0, longest)
    # and of a signature as many bytes are read, whatever is said to be there
    ctypes.memmove(end - len(made), made, len(made))

    def verify(at):
        return library.call("verify", serial, info, MESSAGE, ctypes.c_size_t(len(MESSAGE)),
                            ctypes.c_void_p(at), ctypes.c_size_t(1))

    ctypes.memmove(end - longest, made, len(made))
    equal(0, verify(end - longest))
    fails(errno.EFAULT, verify, end - longest + 1)
    fails(errno.EFAULT, library.call, "sign", serial, info, ctypes.c_void_p(end - 10),
          ctypes.c_size_t(11), ctypes.create_string_buffer(longest), ctypes.c_size_t(longest))


# --- keys that are gone, or were never there -----------------------------------------------------

def every_use(number, serial):
    info = "enc=x962 hash=sha256"
    fails_both_ways(number, "query", serial, info)
    for what, args in (("sign", (ctypes.create_string_buffer(72), 72)), ("verify", (bytes(72), 72)),
                       ("encrypt", (ctypes.create_string_buffer(72), 72)),
                       ("decrypt", (ctypes.create_string_buffer(72), 72))):
        fails(number, library.call, what, serial, info, MESSAGE, ctypes.c_size_t(len(MESSAGE)),
              args[0], ctypes.c_size_t(args[1]))
    fails(number, program.sign, serial, info, MESSAGE)
    fails(number, program.verify, serial, info, MESSAGE, bytes(72))


@test
def revoked():
    serial, _ = ec_pair()
    program.run("revoke", serial)
    every_use(errno.EKEYREVOKED, serial)


@test
def expired():
    serial, _ = ec_pair()
    library.sign(serial, "enc=x962 hash=sha256", MESSAGE)
    program.run("timeout", serial, 1)
    time.sleep(2.1)
    every_use(errno.EKEYEXPIRED, serial)


@test
def invalidated_and_unlinked():
    serial, _ = ec_pair()
    program.run("invalidate", serial)
    every_use(errno.ENOKEY, serial)
    serial, _ = ec_pair()
    program.run("unlink", serial, "@s")
    deadline = time.monotonic() + 60
    while os.path.exists("/proc/keys") and f"{serial:08x}" in open("/proc/keys").read():
        equal(True, time.monotonic() < deadline, "collected")
        time.sleep(0.01)
    every_use(errno.ENOKEY, serial)


@test
def not_permitted():
    serial, _ = ec_pair()
    program.run("setperm", serial, "0x37373737")
    every_use(errno.EACCES, serial)
    # SEARCH is all it takes
    program.run("setperm", serial, "0x08080808")
    library.sign(serial, "enc=x962 hash=sha256", MESSAGE)


@contextlib.contextmanager
def upcall(line):
    """What /sbin/request-key does for keymaster keys."""
    os.makedirs("/etc/request-key.d", exist_ok=True)
    with open("/etc/request-key.d/keymaster-test.conf", "w") as f:
        f.write(line + "\n")
    try:
        yield
    finally:
        os.unlink("/etc/request-key.d/keymaster-test.conf")


def keys_of_session():
    """Serial numbers in it, of negative keys as well."""
    out = ctypes.create_string_buffer(4096)
    n = library.lib.keyctl_read(pkeys.SESSION_KEYRING, out, ctypes.c_size_t(len(out)))
    return set(struct.unpack(f"={n // 4}i", out.raw[:n]))


@test
def negative():
    for action, number in (("negate %k 60 %S", errno.ENOKEY),
                           ("reject %k 60 rejected %S", errno.EKEYREJECTED)):
        before, name = keys_of_session(), "negative" + str(number)
        with upcall(f"create keymaster {name} * /bin/keyctl {action}"):
            fails(number, program.run, "request2", "keymaster", name, "x", "@s")
        serial, = keys_of_session() - before
        every_use(number, serial)


@test
def payloads_that_are_none():
    add = library.lib.add_key

    def load(payload, size):
        ret = add(b"keymaster", b"none", payload, ctypes.c_size_t(size), pkeys.SESSION_KEYRING)
        if ret < 0:
            raise pkeys.refusal(ctypes.get_errno())
        return ret

    blob = device.generate(doors.ec())
    fails(errno.EINVAL, program.run, "add", "keymaster", "none", "", "@s")
    fails(errno.EINVAL, program.run, "padd", "keymaster", "none", "@s")
    for payload, size, number in ((None, 0, errno.EINVAL), (blob, 0, errno.EINVAL),
                                  (None, len(blob), errno.EFAULT),
                                  (bytes((1 << 20) - 1), (1 << 20) - 1, errno.EINVAL),
                                  (bytes(1 << 20), 1 << 20, errno.EINVAL),
                                  (bytes(1 << 21), 1 << 21, errno.EINVAL),
                                  (blob[:-1], len(blob) - 1, errno.EKEYREJECTED)):
        fails(number, load, payload, size)
    library.query(load(blob, len(blob)), "enc=x962")


@test
def keys_of_other_kinds():
    for description in (doors.aes(), doors.hmac(), doors.des3()):
        every_use(errno.EOPNOTSUPP, pkeys.load(device.generate(description)))
    user = int(program.run("add", "user", "other", "x", "@s"))
    every_use(errno.EOPNOTSUPP, user)
    every_use(errno.EINVAL, 0)
    every_use(errno.ENOKEY, 0x7ffffff0)


@test
def other_users():
    """Whoever may search for it may use it, as far as its authorizations go."""
    serial, _ = ec_pair(more=[(km.MAX_USES_PER_BOOT, 2)])
    program.run("setperm", serial, "0x3f3f0808")

    def uses():
        for n in range(9):
            try:
                library.sign(serial, "enc=x962 hash=sha256", MESSAGE)
            except km.Refused as e:
                equal(errno.EACCES, e.errno)
                return n

    equal(2, pkeys.as_user(4242, uses))
    program.run("setperm", serial, "0x3f3f0000")
    equal(0, pkeys.as_user(4243, uses))


# --- races ----------------------------------------------------------------------------------------

ENDS = {errno.EKEYREVOKED, errno.ENOKEY, errno.EKEYEXPIRED, errno.EACCES}


class Shared:
    """Numbers that processes have in common: the key in use, whether to stop, and their counts."""

    def __init__(self, workers):
        self.map = mmap.mmap(-1, mmap.PAGESIZE)
        self.words = (ctypes.c_int * (2 + 2 * workers)).from_buffer(self.map)


def race_worker(shared, number, uses):
    """Uses the key of the moment in one way until it is told to stop."""
    made, ended = 2 + 2 * number, 3 + 2 * number
    while not shared.words[1]:
        serial = shared.words[0]
        try:
            uses(serial)
            shared.words[made] += 1
        except km.Refused as e:
            if e.errno not in ENDS:
                note(f"worker {number}: {e}")
                return 1
            shared.words[ended] += 1
    return 0


def race_uses(public):
    """Ways to use a key, each for a process of its own."""
    info, params = "enc=x962 hash=sha256", [(km.DIGEST, km.SHA256)]
    ours = ctypes.create_string_buffer(72)

    def sign(serial):
        n = library.call("sign", serial, info, MESSAGE, ctypes.c_size_t(len(MESSAGE)), ours,
                         ctypes.c_size_t(72))
        if random.random() < 0.05:
            public.verify(ours.raw[:n], MESSAGE, ec.ECDSA(hashes.SHA256()))

    def verify(serial):
        try:
            library.call("verify", serial, info, MESSAGE, ctypes.c_size_t(len(MESSAGE)),
                         bytes(72), ctypes.c_size_t(72))
        except km.Refused as e:
            if e.errno != errno.EBADMSG:
                raise

    def by_ioctl(serial):
        try:
            device.operate(km.SIGN, serial, params, MESSAGE)
        except km.Refused as e:
            equal("OK", e.code, "it is the keyring that refuses")
            raise

    return [sign, sign, verify, lambda serial: library.query(serial, info), by_ioctl]


def race_ends(serial):
    """One of the ways for a key to go, most often while it is in use."""
    time.sleep(random.random() * 0.03)
    way = random.choice(("revoke", "invalidate", "unlink", "permit", "expire"))
    lib = library.lib
    if way == "revoke":
        lib.keyctl_revoke(serial)
    elif way == "invalidate":
        lib.keyctl_invalidate(serial)
    elif way == "permit":
        lib.keyctl_setperm(serial, 0x37373737)
    elif way == "expire":
        lib.keyctl_set_timeout(serial, 1)
    if way not in ("revoke", "invalidate"):
        lib.keyctl_unlink(serial, pkeys.SESSION_KEYRING)
    return way


class Stalled:
    """A page of memory that whoever reads it first waits for (userfaultfd)."""

    API, REGISTER, COPY = 0xc018aa3f, 0xc020aa00, 0xc028aa03

    def __init__(self):
        self.fd = ctypes.CDLL(None, use_errno=True).syscall(323, os.O_CLOEXEC)
        equal(True, self.fd >= 0, "userfaultfd")
        self.map = mmap.mmap(-1, mmap.PAGESIZE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self.map))
        fcntl.ioctl(self.fd, self.API, struct.pack("<QQQ", 0xaa, 0, 0))
        fcntl.ioctl(self.fd, self.REGISTER, struct.pack("<QQQQ", self.address, mmap.PAGESIZE, 1, 0))

    def wait(self):
        equal(32, len(os.read(self.fd, 32)), "somebody waits")

    def fill(self):
        page = ctypes.create_string_buffer(mmap.PAGESIZE)
        fcntl.ioctl(self.fd, self.COPY, struct.pack(
            "<QQQQq", self.address, ctypes.addressof(page), mmap.PAGESIZE, 0, 0))
        os.close(self.fd)


@test
def revoked_in_the_middle_of_a_call():
    """keyctl has found the key and queried it, and copies the message: then it is revoked."""
    for what in ("sign", "verify"):
        serial, _ = ec_pair()
        page, found, buffer = Stalled(), [], ctypes.create_string_buffer(72)

        def use():
            try:
                found.append(library.call(what, serial, "enc=x962 hash=sha256",
                                          ctypes.c_void_p(page.address), ctypes.c_size_t(10),
                                          buffer, ctypes.c_size_t(72)))
            except km.Refused as e:
                found.append(errno.errorcode[e.errno])

        thread = threading.Thread(target=use)
        thread.start()
        page.wait()
        library.lib.keyctl_revoke(serial)
        page.fill()
        thread.join()
        equal(["EKEYREVOKED"], found, what)


@test
def races():
    """Keys that go in every way while several processes use them in every way."""
    private = ec.generate_private_key(ec.SECP256R1())
    der = private.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8,
                                serialization.NoEncryption())
    blob = device.import_key(doors.ec(), der, km.PKCS8)
    uses = race_uses(private.public_key())
    shared = Shared(len(uses))

    def load():
        shared.words[0] = library.lib.add_key(b"keymaster", b"race", blob,
                                              ctypes.c_size_t(len(blob)), pkeys.SESSION_KEYRING)
        equal(True, shared.words[0] > 0, f"loaded: {os.strerror(ctypes.get_errno())}")

    load()
    children = []
    for number, use in enumerate(uses):
        child = os.fork()
        if not child:
            signal.alarm(int(RACE_SECONDS) + 120)
            os._exit(race_worker(shared, number, use))
        children.append(child)
    end, went = time.monotonic() + RACE_SECONDS, {}
    while time.monotonic() < end:
        way = race_ends(shared.words[0])
        went[way] = went.get(way, 0) + 1
        load()
    shared.words[1] = 1
    for child in children:
        equal(0, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), "status")
    counts = list(zip(shared.words[2::2], shared.words[3::2]))
    note(f"{RACE_SECONDS:.0f} s: {went}; used, refused: {counts}")
    equal(5, len(went), "ways to go")
    equal(True, all(used > 20 and refused for used, refused in counts), "each of them")
    library.sign(shared.words[0], "enc=x962 hash=sha256", MESSAGE)


if __name__ == "__main__":
    device = km.ready()
    pkeys.session()
    main()
