#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# RSA by each rule of operations.md 2 and 4.2 to 4.4: keys, parameters, signatures, encryption;
# against OpenSSL and against plain numbers.
# vm: -c 2

import errno
import functools
import hashlib
import math
import os
import signal
import threading
import time

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec as openssl_ec
from cryptography.hazmat.primitives.asymmetric import padding as openssl_padding
from cryptography.hazmat.primitives.asymmetric import rsa as openssl_rsa

import doors
import km
import rsakeys
from doors import at_begin, everywhere, result
from tap import equal, main, note, refused, test

device = None

SHA = {km.SHA1: hashes.SHA1(), km.SHA224: hashes.SHA224(), km.SHA256: hashes.SHA256(),
       km.SHA384: hashes.SHA384(), km.SHA512: hashes.SHA512()}
NAMES = {km.MD5: "md5", km.SHA1: "sha1", km.SHA224: "sha224", km.SHA256: "sha256",
         km.SHA384: "sha384", km.SHA512: "sha512"}
DIGESTS = (km.NO_DIGEST, km.MD5, *SHA)
SIGN_PADDINGS = (km.PAD_NONE, km.PKCS1_SIGN, km.PSS)
CRYPT_PADDINGS = (km.PAD_NONE, km.PKCS1_ENCRYPT, km.OAEP)
PADDINGS = (km.PAD_NONE, km.OAEP, km.PSS, km.PKCS1_ENCRYPT, km.PKCS1_SIGN)
PURPOSES = (km.ENCRYPT, km.DECRYPT, km.SIGN, km.VERIFY)
MGF = km.RSA_OAEP_MGF_DIGEST


# --- keys --------------------------------------------------------------------------------

@functools.cache
def _made(size):
    return openssl_rsa.generate_private_key(65537, size)


def theirs(size=1024):
    return _made(size)


def pkcs8(key):
    return key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


def describe(paddings=PADDINGS, digests=DIGESTS, purposes=PURPOSES, more=(), size=None,
             exponent=None):
    entries = [(km.RSA_PUBLIC_EXPONENT, exponent)] if exponent is not None else []
    return doors.describe(km.RSA, size, purposes, (), paddings, digests,
                          more=[*entries, km.NO_AUTH_REQUIRED, *more])


def ours(paddings=PADDINGS, digests=DIGESTS, purposes=PURPOSES, more=(), size=1024):
    """OpenSSL's key of that size, with these authorizations."""
    return device.import_key(describe(paddings, digests, purposes, more), pkcs8(theirs(size)),
                             km.PKCS8)


def params(padding=None, digest=None, mgf=None):
    """Each may be a list, or None for none at all."""
    entries = []
    for tag, value in ((km.PADDING, padding), (km.DIGEST, digest), (MGF, mgf)):
        listed = value if isinstance(value, list) else [] if value is None else [value]
        entries += [(tag, v) for v in listed]
    return entries


def numbers(size=1024):
    """Modulus, public and private exponent, bytes of the modulus."""
    private = theirs(size).private_numbers()
    return private.public_numbers.n, private.public_numbers.e, private.d, size // 8


def raw_public(data, size=1024):
    n, e, _, k = numbers(size)
    return pow(int.from_bytes(data, "big"), e, n).to_bytes(k, "big")


def raw_private(data, size=1024):
    n, _, d, k = numbers(size)
    return pow(int.from_bytes(data, "big"), d, n).to_bytes(k, "big")


def once(purpose, key, what, data=b"", signature=b""):
    return device.operate(purpose, key, what, data, signature)[0]


# --- generation (2.1) -----------------------------------------------------------------------

@test
def generate_the_exponent_is_looked_at_first():
    for exponent in (None, 0, 1, 2, 4, 65536, 1 << 63):
        for size in (2048, None, 100):
            refused("INVALID_ARGUMENT", device.generate, describe(size=size, exponent=exponent))


@test
def generate_sizes_that_are_not_made():
    for size in (None, 0, 8, 504, 512, 1016, 1020, 1023, 1025, 2047, 4095, 4097, 4104, 8192,
                 0xfffffff8, 0xffffffff):
        refused("UNSUPPORTED_KEY_SIZE", device.generate, describe(size=size, exponent=65537))


@test
def generate_sizes_and_exponents():
    for size, exponent in ((1024, 3), (1024, 65537), (1032, 17), (1032, (1 << 32) + 15),
                           (2048, 65537), (2048, 3)):
        key = device.generate(describe(size=size, exponent=exponent))
        public = serialization.load_der_public_key(device.export(key))
        equal((size, exponent), (public.key_size, public.public_numbers().e), "size, exponent")
        what = params(km.PKCS1_SIGN, km.SHA256)
        public.verify(once(km.SIGN, key, what, b"message"), b"message",
                      openssl_padding.PKCS1v15(), hashes.SHA256())
        enforced, _ = device.characteristics(key)
        for tag, value in ((km.KEY_SIZE, size), (km.RSA_PUBLIC_EXPONENT, exponent),
                           (km.ORIGIN, km.GENERATED)):
            equal([value], km.values(enforced, tag), hex(tag))


@test
def generate_takes_any_padding_and_digest():
    """A useless one shows when the key is used."""
    key = device.generate(describe([km.PKCS7], [7], [km.SIGN], size=1024, exponent=3))
    at_begin("UNSUPPORTED_PADDING_MODE", km.SIGN, key, params(km.PKCS7, km.SHA256))
    at_begin("INCOMPATIBLE_PADDING_MODE", km.SIGN, key, params(km.PSS, km.SHA256))


@test
def generate_two_different_keys():
    keys = [device.export(device.generate(describe(size=1024, exponent=65537)))
            for _ in range(2)]
    equal(2, len(set(keys)), "keys")


@test
def generate_can_be_killed():
    """Making a key takes long; who no longer waits for it need not."""
    child = os.fork()
    if not child:
        other = km.Device()
        while True:
            other.generate(describe(size=4096, exponent=65537))
    time.sleep(1.5)
    began = time.monotonic()
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    took = time.monotonic() - began
    note(f"dead after {took:.2f} s")
    # How soon exactly is measured in instructions (counted.py), which no busy machine lengthens.
    equal(True, took < 30, "dead soon")


@test
def attestation_tags_are_refused():
    challenge = km._tag(km.BYTES, 708)
    refused("UNSUPPORTED_TAG", device.generate,
            describe(size=1024, exponent=65537, more=[(challenge, b"x")]))


# --- import and export (2.2, 2.4) -------------------------------------------------------------

@test
def import_adds_what_is_absent():
    for size in (1024, 2048):
        key = ours(size=size)
        enforced, _ = device.characteristics(key)
        for tag, value in ((km.KEY_SIZE, size), (km.RSA_PUBLIC_EXPONENT, 65537),
                           (km.ORIGIN, km.IMPORTED)):
            equal([value], km.values(enforced, tag), hex(tag))
        equal(theirs(size).public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo),
            device.export(key), "public key")


@test
def import_tags_that_agree():
    key = device.import_key(describe(size=1024, exponent=65537), pkcs8(theirs()), km.PKCS8)
    enforced, _ = device.characteristics(key)
    for tag in (km.KEY_SIZE, km.RSA_PUBLIC_EXPONENT):
        equal(1, len(km.values(enforced, tag)), hex(tag))


@test
def import_tags_that_differ():
    for size, exponent in ((2048, None), (1016, None), (1025, None), (0, None), (None, 3),
                           (None, 65539), (None, (1 << 32) + 65537), (2048, 3), (1024, 3)):
        refused("IMPORT_PARAMETER_MISMATCH", device.import_key,
                describe(size=size, exponent=exponent), pkcs8(theirs()), km.PKCS8)


@test
def import_material_of_another_algorithm():
    curve = pkcs8(openssl_ec.generate_private_key(openssl_ec.SECP256R1()))
    refused("IMPORT_PARAMETER_MISMATCH", device.import_key, describe(), curve, km.PKCS8)
    refused("IMPORT_PARAMETER_MISMATCH", device.import_key, doors.ec(), pkcs8(theirs()), km.PKCS8)


@test
def import_formats():
    for form in (km.RAW, km.X509, 2, 4, 0xffffffff):
        refused("UNSUPPORTED_KEY_FORMAT", device.import_key, describe(), pkcs8(theirs()), form)


@test
def import_what_is_no_key():
    good = pkcs8(theirs())
    inner = theirs().private_bytes(serialization.Encoding.DER,
                                   serialization.PrivateFormat.TraditionalOpenSSL,
                                   serialization.NoEncryption())
    for bad in (b"", b"0", good[:-1], good + b"\0", good[1:], inner, bytes(len(good)),
                os.urandom(600), b"\x30\x82\xff\xff" + good[4:]):
        refused("INVALID_ARGUMENT", device.import_key, describe(), bad, km.PKCS8)


# DER by hand, for numbers that OpenSSL would not write.

def der(tag, value):
    n = len(value)
    head = bytes([n]) if n < 128 else bytes([0x81, n]) if n < 256 else b"\x82" + n.to_bytes(2, "big")
    return bytes([tag]) + head + value


def der_int(number):
    return der(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def info(parts):
    inner = der(0x30, der_int(0) + b"".join(der_int(part) for part in parts))
    algorithm = der(0x30, bytes.fromhex("06092a864886f70d0101010500"))
    return der(0x30, der_int(0) + algorithm + der(4, inner))


def parts_of(p, q, e):
    d = pow(e, -1, (p - 1) * (q - 1))
    return [p * q, e, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p)]


def is_prime(n):
    if any(n % small == 0 for small in (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)):
        return False
    return all(pow(a, n - 1, n) == 1 for a in (2, 3, 5))


def prime(bits, e=65537):
    """Of this length, its two highest bits set."""
    while True:
        n = int.from_bytes(os.urandom(bits // 8 + 1), "big") % (1 << bits)
        n |= 3 << bits - 2 | 1
        if is_prime(n) and (n - 1) % e:
            return n


@test
def import_sizes():
    for p_bits, q_bits in ((256, 256), (260, 260), (320, 320), (288, 352)):
        parts = parts_of(prime(p_bits), prime(q_bits), 65537)
        size = p_bits + q_bits
        equal(size, parts[0].bit_length(), "the key of this test")
        key = device.import_key(describe(), info(parts), km.PKCS8)
        equal([size], km.values(device.characteristics(key)[0], km.KEY_SIZE), "size")
        signature = once(km.SIGN, key, params(km.PKCS1_SIGN, km.SHA1), b"message")
        openssl_rsa.RSAPublicNumbers(65537, parts[0]).public_key().verify(
            signature, b"message", openssl_padding.PKCS1v15(), hashes.SHA1())
    for p_bits, q_bits in ((252, 252), (250, 250), (261, 260), (256, 257), (262, 262)):
        parts = parts_of(prime(p_bits), prime(q_bits), 65537)
        refused("UNSUPPORTED_KEY_SIZE", device.import_key, describe(), info(parts), km.PKCS8)


@test
def import_numbers_that_disagree():
    parts = parts_of(prime(256), prime(256), 65537)
    device.import_key(describe(), info(parts), km.PKCS8)
    for i in range(8):
        for change in (2, -2, 1 << 100):
            bad = list(parts)
            bad[i] += change
            refused("INVALID_ARGUMENT", device.import_key, describe(), info(bad), km.PKCS8)
    for i in range(2, 8):
        refused("INVALID_ARGUMENT", device.import_key, describe(),
                info(parts[:i] + [0] + parts[i + 1:]), km.PKCS8)
    refused("INVALID_ARGUMENT", device.import_key, describe(), info(parts[:7]), km.PKCS8)
    refused("INVALID_ARGUMENT", device.import_key, describe(), info(parts + [3]), km.PKCS8)


@test
def import_factors_that_are_no_primes():
    """Their numbers agree with each other: only a use of the key shows it."""
    p, q = prime(512), prime(512)
    while True:
        a, b = prime(256), prime(256)
        if (a * b).bit_length() == 512 and math.gcd(65537, a * b - 1) == 1:
            break
    device.import_key(describe(), rsakeys.pkcs8_of(p * q, 65537, p, q), km.PKCS8)
    for bad, good in ((a * b, q), (q, a * b)):
        refused("INVALID_ARGUMENT", device.import_key, describe(),
                rsakeys.pkcs8_of(bad * good, 65537, bad, good), km.PKCS8)


@test
def import_exponents():
    for e in (3, 17, (1 << 32) + 15, (1 << 64) - 59):
        parts = parts_of(prime(256, e), prime(256, e), e)
        key = device.import_key(describe(), info(parts), km.PKCS8)
        equal([e], km.values(device.characteristics(key)[0], km.RSA_PUBLIC_EXPONENT), "exponent")
    # longer than the tag can say
    e = (1 << 64) + 13
    refused("INVALID_ARGUMENT", device.import_key, describe(),
            info(parts_of(prime(256, e), prime(256, e), e)), km.PKCS8)
    refused("IMPORT_PARAMETER_MISMATCH", device.import_key, describe(exponent=13),
            info(parts_of(prime(256, e), prime(256, e), e)), km.PKCS8)


@test
def export_formats():
    key = ours()
    for form in (km.PKCS8, km.RAW, 2, 0xffffffff):
        refused("UNSUPPORTED_KEY_FORMAT", device.export, key, key_format=form)


# --- purposes (3.1) ---------------------------------------------------------------------------

def fitting(purpose):
    sign = purpose in (km.SIGN, km.VERIFY)
    return params(km.PKCS1_SIGN, km.SHA256) if sign else params(km.PKCS1_ENCRYPT)


@test
def purposes_and_public_operations():
    """Whoever has the key may verify and encrypt: it is the public half."""
    for mask in range(1 << len(PURPOSES)):
        listed = [p for i, p in enumerate(PURPOSES) if mask >> i & 1]
        key = ours(purposes=listed)
        for purpose in PURPOSES:
            if purpose in listed or purpose in (km.ENCRYPT, km.VERIFY):
                device.begin(purpose, key, fitting(purpose)).close()
            else:
                at_begin("INCOMPATIBLE_PURPOSE", purpose, key, fitting(purpose))


@test
def purposes_without_an_operation():
    for listed in ([km.WRAP_KEY], [km.ATTEST_KEY], [km.AGREE_KEY, km.DERIVE_KEY]):
        key = ours(purposes=listed)
        for purpose in (km.DERIVE_KEY, km.WRAP_KEY, km.AGREE_KEY, km.ATTEST_KEY, 8, 0xffffffff):
            at_begin("UNSUPPORTED_PURPOSE", purpose, key, params(km.OAEP, km.SHA256))


@test
def purpose_is_looked_at_behind_the_parameters():
    key = ours(purposes=[km.VERIFY], paddings=[km.PSS], digests=[km.SHA256])
    at_begin("UNSUPPORTED_PADDING_MODE", km.SIGN, key, params(None, km.SHA256))
    at_begin("INCOMPATIBLE_PADDING_MODE", km.SIGN, key, params(km.PKCS1_SIGN, km.SHA256))
    at_begin("INCOMPATIBLE_DIGEST", km.SIGN, key, params(km.PSS, km.SHA512))
    at_begin("INCOMPATIBLE_PURPOSE", km.SIGN, key, params(km.PSS, km.SHA256))


# --- parameters (4.2) --------------------------------------------------------------------------

@test
def padding_exactly_one():
    key = ours()
    for purpose in PURPOSES:
        for padding in (None, [km.PAD_NONE] * 2, [km.PSS, km.OAEP], [km.PKCS1_SIGN, km.PSS],
                        [km.PKCS1_ENCRYPT, km.OAEP], [km.PAD_NONE, km.PAD_NONE, km.PAD_NONE]):
            at_begin("UNSUPPORTED_PADDING_MODE", purpose, key, params(padding, km.NO_DIGEST))


@test
def padding_of_the_right_class():
    key = ours(paddings=(*PADDINGS, km.PKCS7, 0, 6, 63))
    for purpose in PURPOSES:
        fit = SIGN_PADDINGS if purpose in (km.SIGN, km.VERIFY) else CRYPT_PADDINGS
        for padding in (*PADDINGS, km.PKCS7, 0, 6, 32, 62, 63, 65, 128, 0x80000001, 0xffffffff):
            if padding not in fit:
                at_begin("UNSUPPORTED_PADDING_MODE", purpose, key, params(padding, km.SHA256))


@test
def padding_that_the_key_lacks():
    for listed in SIGN_PADDINGS:
        key = ours(paddings=[listed])
        for padding in SIGN_PADDINGS:
            digest = km.NO_DIGEST if padding == km.PAD_NONE else km.SHA256
            device.begin(km.VERIFY, key, params(padding, digest)).close()
            if padding != listed:
                at_begin("INCOMPATIBLE_PADDING_MODE", km.SIGN, key, params(padding, digest))
    for listed in CRYPT_PADDINGS:
        key = ours(paddings=[listed])
        for padding in CRYPT_PADDINGS:
            device.begin(km.ENCRYPT, key, params(padding, km.SHA256)).close()
            if padding != listed:
                at_begin("INCOMPATIBLE_PADDING_MODE", km.DECRYPT, key, params(padding, km.SHA256))


@test
def padding_comes_before_digest():
    key = ours(paddings=[km.PSS, km.OAEP], digests=[km.SHA256])
    for purpose, padding in ((km.SIGN, km.PKCS1_SIGN), (km.DECRYPT, km.PKCS1_ENCRYPT)):
        for digest in (None, [km.SHA1, km.SHA1], 77, km.SHA1):
            at_begin("INCOMPATIBLE_PADDING_MODE", purpose, key, params(padding, digest))
            at_begin("UNSUPPORTED_PADDING_MODE", purpose, key, params(None, digest))


USES = ((km.SIGN, km.PAD_NONE), (km.SIGN, km.PKCS1_SIGN), (km.SIGN, km.PSS),
        (km.VERIFY, km.PAD_NONE), (km.VERIFY, km.PKCS1_SIGN), (km.VERIFY, km.PSS),
        (km.DECRYPT, km.OAEP), (km.ENCRYPT, km.OAEP))


@test
def digest_exactly_one():
    """No default: who says nothing does not mean NONE."""
    key = ours()
    for purpose, padding in USES:
        for digest in (None, [km.SHA256] * 2, [km.NO_DIGEST] * 2, [km.SHA1, km.SHA256],
                       7, 8, 63, 64, 0x80000004, 0xffffffff):
            at_begin("UNSUPPORTED_DIGEST", purpose, key, params(padding, digest))


@test
def digest_that_the_key_lacks():
    for listed in DIGESTS:
        key = ours(digests=[listed])
        for purpose, padding in USES:
            for digest in DIGESTS:
                if digest != listed and purpose in (km.SIGN, km.DECRYPT):
                    at_begin("INCOMPATIBLE_DIGEST", purpose, key, params(padding, digest))
    key = ours(digests=[km.MD5])
    for purpose, padding in USES:
        if purpose in (km.VERIFY, km.ENCRYPT) and padding != km.PAD_NONE:
            device.begin(purpose, key, params(padding, km.SHA256)).close()


@test
def digest_of_an_encryption_that_has_none():
    key = ours(digests=[])
    for padding in (km.PAD_NONE, km.PKCS1_ENCRYPT):
        for digest in (None, km.SHA256, [km.SHA1, km.SHA256], 77):
            what = params(padding, digest, [km.NO_DIGEST, 99])
            sent = once(km.ENCRYPT, key, what, b"\x01message")
            equal(b"\x01message", once(km.DECRYPT, key, what, sent)[-8:], "message")


@test
def digest_and_no_padding():
    key = ours()
    for digest in DIGESTS[1:]:
        for purpose in (km.SIGN, km.VERIFY):
            at_begin("INCOMPATIBLE_DIGEST", purpose, key, params(km.PAD_NONE, digest))


@test
def pss_without_digest():
    for purpose in (km.SIGN, km.VERIFY):
        at_begin("INCOMPATIBLE_DIGEST", purpose, ours(), params(km.PSS, km.NO_DIGEST))


@test
def pss_that_does_not_fit():
    """The modulus needs room for digest, salt and two bytes; looked at behind the purpose."""
    key = ours()
    for purpose in (km.SIGN, km.VERIFY):
        at_begin("INCOMPATIBLE_DIGEST", purpose, key, params(km.PSS, km.SHA512))
        device.begin(purpose, key, params(km.PSS, km.SHA384)).close()
        device.begin(purpose, ours(size=2048), params(km.PSS, km.SHA512)).close()
    at_begin("INCOMPATIBLE_PURPOSE", km.SIGN, ours(purposes=[km.VERIFY]),
             params(km.PSS, km.SHA512))


@test
def oaep_without_digest():
    for purpose in (km.ENCRYPT, km.DECRYPT):
        at_begin("INCOMPATIBLE_DIGEST", purpose, ours(), params(km.OAEP, km.NO_DIGEST))


@test
def oaep_that_does_not_fit():
    for purpose in (km.ENCRYPT, km.DECRYPT):
        at_begin("INCOMPATIBLE_DIGEST", purpose, ours(), params(km.OAEP, km.SHA512))
        device.begin(purpose, ours(), params(km.OAEP, km.SHA384)).close()


@test
def mgf_digest_that_is_none():
    key = ours(more=[(MGF, d) for d in DIGESTS])
    for purpose in (km.ENCRYPT, km.DECRYPT):
        for mgf in (km.NO_DIGEST, 7, 63, 64, 0xffffffff, [km.SHA1, km.SHA256], [km.SHA256] * 2):
            at_begin("UNSUPPORTED_MGF_DIGEST", purpose, key, params(km.OAEP, km.SHA256, mgf))


@test
def mgf_digest_by_default():
    """SHA-1, if the key takes that."""
    for listed in ([], [km.SHA1], [km.SHA256, km.SHA1]):
        key = ours(more=[(MGF, d) for d in listed])
        for mgf in (None, km.SHA1):
            what = params(km.OAEP, km.SHA256, mgf)
            sent = once(km.ENCRYPT, key, what, b"message")
            equal(b"message", theirs().decrypt(sent, oaep(km.SHA256, km.SHA1)), "message")
            equal(b"message", once(km.DECRYPT, key, what, sent), "message")
    key = ours(more=[(MGF, km.SHA256), (MGF, km.SHA512)])
    at_begin("UNSUPPORTED_MGF_DIGEST", km.DECRYPT, key, params(km.OAEP, km.SHA256))
    device.begin(km.ENCRYPT, key, params(km.OAEP, km.SHA256)).close()


@test
def mgf_digest_that_the_key_lacks():
    """For ENCRYPT too: the key could not decrypt what comes of it."""
    for purpose in (km.ENCRYPT, km.DECRYPT):
        key = ours(more=[(MGF, km.SHA256)])
        for mgf in (km.MD5, km.SHA1, km.SHA224, km.SHA512):
            at_begin("INCOMPATIBLE_MGF_DIGEST", purpose, key, params(km.OAEP, km.SHA1, mgf))
        for mgf in (km.MD5, km.SHA224, km.SHA256):
            at_begin("INCOMPATIBLE_MGF_DIGEST", purpose, ours(), params(km.OAEP, km.SHA1, mgf))


@test
def mgf_digest_means_something_to_oaep_alone():
    key = ours(more=[(MGF, km.SHA256)])
    for mgf in (km.NO_DIGEST, 99, km.SHA512, [km.SHA1] * 2):
        device.begin(km.SIGN, key, params(km.PSS, km.SHA256, mgf)).close()
        device.begin(km.DECRYPT, key, params(km.PKCS1_ENCRYPT, None, mgf)).close()


@test
def md5_is_for_rsa_alone():
    refused("UNSUPPORTED_DIGEST", device.generate, doors.hmac(km.MD5, min_mac=64))
    key = device.generate(doors.ec([km.MD5, km.SHA256]))
    for purpose in (km.SIGN, km.VERIFY):
        at_begin("UNSUPPORTED_DIGEST", purpose, key, [(km.DIGEST, km.MD5)])


# --- signatures (4.3) --------------------------------------------------------------------------

MESSAGES = (b"", b"message", bytes(range(256)) * 5)


def digest_info(digest, message):
    """By the algorithm's number, which is not where the module has it from."""
    oids = {km.MD5: "2a864886f70d0205", km.SHA1: "2b0e03021a", km.SHA224: "608648016503040204",
            km.SHA256: "608648016503040201", km.SHA384: "608648016503040202",
            km.SHA512: "608648016503040203"}
    algorithm = der(0x30, der(6, bytes.fromhex(oids[digest])) + b"\5\0")
    return der(0x30, algorithm + der(4, hashlib.new(NAMES[digest], message).digest()))


def block1(content, k):
    return b"\0\1" + b"\xff" * (k - 3 - len(content)) + b"\0" + content


@test
def sign_pkcs1_with_each_digest():
    key = ours()
    for digest in DIGESTS[1:]:
        for message in MESSAGES[:2]:
            want = raw_private(block1(digest_info(digest, message), 128))
            result(want, km.SIGN, key, params(km.PKCS1_SIGN, digest), message)
            result(b"", km.VERIFY, key, params(km.PKCS1_SIGN, digest), message, want)
        if digest in SHA:
            theirs().public_key().verify(want, message, openssl_padding.PKCS1v15(), SHA[digest])
    key = ours(size=2048)
    for digest in SHA:
        signature = once(km.SIGN, key, params(km.PKCS1_SIGN, digest), MESSAGES[2])
        theirs(2048).public_key().verify(signature, MESSAGES[2], openssl_padding.PKCS1v15(),
                                         SHA[digest])


@test
def sign_pkcs1_without_digest():
    """No DigestInfo; eleven bytes less than the modulus is the most."""
    key, what = ours(), params(km.PKCS1_SIGN, km.NO_DIGEST)
    for n in (0, 1, 53, 117):
        want = raw_private(block1(bytes(n), 128))
        result(want, km.SIGN, key, what, bytes(n))
        result(b"", km.VERIFY, key, what, bytes(n), want)
    for n in (118, 128, 129, 257, 5000):
        everywhere("INVALID_INPUT_LENGTH", km.SIGN, key, what, bytes(n))
        everywhere("INVALID_INPUT_LENGTH", km.VERIFY, key, what, bytes(n), bytes(128))


@test
def sign_pss_with_each_digest():
    for size, key in ((1024, ours()), (2048, ours(size=2048))):
        for digest in SHA:
            if size == 1024 and digest == km.SHA512:
                continue
            pss = openssl_padding.PSS(openssl_padding.MGF1(SHA[digest]), SHA[digest].digest_size)
            what = params(km.PSS, digest)
            for message in MESSAGES:
                signature = once(km.SIGN, key, what, message)
                theirs(size).public_key().verify(signature, message, pss, SHA[digest])
                equal(b"", once(km.VERIFY, key, what, message, signature), "output")
    what = params(km.PSS, km.MD5)
    equal(b"", once(km.VERIFY, key, what, b"x", once(km.SIGN, key, what, b"x")), "MD5")


@test
def sign_pss_through_every_door():
    key, what = ours(), params(km.PSS, km.SHA256)
    signatures = set()
    for door in doors.DOORS:
        signature, _ = doors.through(door, device, key, km.SIGN, what, b"message")
        signatures.add(signature)
        result(b"", km.VERIFY, key, what, b"message", signature)
    equal(len(doors.DOORS), len(signatures), "signatures, each with a salt of its own")


@test
def verify_pss_with_salts_of_other_lengths():
    key = ours()
    for digest in (km.SHA1, km.SHA256, km.SHA384):
        most = 128 - 2 - SHA[digest].digest_size
        for salt in (0, 1, 20, most):
            pss = openssl_padding.PSS(openssl_padding.MGF1(SHA[digest]), salt)
            signature = theirs().sign(b"message", pss, SHA[digest])
            result(b"", km.VERIFY, key, params(km.PSS, digest), b"message", signature)


@test
def sign_raw():
    """Zeros are put in front; the signature is that of the number."""
    key, what = ours(), params(km.PAD_NONE, km.NO_DIGEST)
    n, _, _, _ = numbers()
    for message in (b"", b"\1", bytes(128), b"a" * 64, b"a" * 127, b"\0" * 100 + b"x",
                    (n - 1).to_bytes(128, "big")):
        want = raw_private(message)
        result(want, km.SIGN, key, what, message)
        result(b"", km.VERIFY, key, what, message, want)
    # the value counts, but with the zeros that were put in front
    result(b"", km.VERIFY, key, what, b"\0\0x", raw_private(b"x"))


@test
def sign_raw_a_number_beyond_the_modulus():
    key, what = ours(), params(km.PAD_NONE, km.NO_DIGEST)
    n, _, _, _ = numbers()
    for number in (n, n + 1, (1 << 1024) - 1):
        everywhere("INVALID_ARGUMENT", km.SIGN, key, what, number.to_bytes(128, "big"))
    operation = device.begin(km.SIGN, key, what)
    operation.update(b"\xff" * 128)
    refused("INVALID_ARGUMENT", operation.finish)
    operation.close()


@test
def sign_raw_too_much():
    key, what = ours(), params(km.PAD_NONE, km.NO_DIGEST)
    for data in (bytes(129), bytes(130), bytes(1 << 20)):
        if len(data) < 1000:
            everywhere("INVALID_INPUT_LENGTH", km.SIGN, key, what, data)
            everywhere("INVALID_INPUT_LENGTH", km.VERIFY, key, what, data, bytes(128))
        else:
            refused("INVALID_INPUT_LENGTH", once, km.SIGN, key, what, data)


@test
def data_is_kept_up_to_the_length_of_the_modulus():
    """Already update refuses more; then the operation is gone."""
    key = ours()
    for purpose, what in ((km.SIGN, params(km.PAD_NONE, km.NO_DIGEST)),
                          (km.SIGN, params(km.PKCS1_SIGN, km.NO_DIGEST)),
                          (km.VERIFY, params(km.PAD_NONE, km.NO_DIGEST)),
                          (km.ENCRYPT, params(km.PAD_NONE)), (km.DECRYPT, params(km.PAD_NONE)),
                          (km.ENCRYPT, params(km.PKCS1_ENCRYPT)),
                          (km.DECRYPT, params(km.OAEP, km.SHA256))):
        with device.begin(purpose, key, what) as operation:
            operation.update(bytes(100))
            operation.update(b"")
            operation.update(bytes(28))
            refused("INVALID_INPUT_LENGTH", operation.update, b"x")
            refused("INVALID_OPERATION_HANDLE", operation.finish)
        with device.begin(purpose, key, what) as operation:
            operation.update(bytes(128))
            refused("INVALID_INPUT_LENGTH", operation.finish, b"x")


def changed(data, bit):
    return (int.from_bytes(data, "big") ^ 1 << bit).to_bytes(len(data), "big")


@test
def verify_what_is_not_the_signature():
    key = ours()
    n, _, _, k = numbers()
    for what, message in ((params(km.PKCS1_SIGN, km.SHA256), b"message"),
                          (params(km.PKCS1_SIGN, km.NO_DIGEST), b"message"),
                          (params(km.PSS, km.SHA256), b"message"),
                          (params(km.PAD_NONE, km.NO_DIGEST), b"message")):
        good = once(km.SIGN, key, what, message)
        once(km.VERIFY, key, what, message, good)
        bad = [changed(good, bit) for bit in (0, 7, 500, 1023)]
        bad += [b"", good[:-1], good + b"\0", b"\0" + good, bytes(128), b"\xff" * 128, good[::-1],
                bytes(127), (n - 1).to_bytes(k, "big"), n.to_bytes(k, "big"), bytes(512)]
        bad.append((int.from_bytes(good, "big") + n).to_bytes(129, "big")[-128:])
        for signature in bad:
            refused("VERIFICATION_FAILED", once, km.VERIFY, key, what, message, signature)
        everywhere("VERIFICATION_FAILED", km.VERIFY, key, what, message, bad[0])
        everywhere("VERIFICATION_FAILED", km.VERIFY, key, what, changed(message, 9), good)


@test
def verify_with_something_else_in_the_block():
    """Made with the private key, so only the check of the padding stands between."""
    key = ours()
    what, good = params(km.PKCS1_SIGN, km.SHA256), digest_info(km.SHA256, b"message")
    short = hashlib.sha256(b"message").digest()
    for block in (block1(good, 127) + b"\0", b"\0\1\xff\0" + good + bytes(128 - 4 - len(good)),
                  b"\0\2" + block1(good, 128)[2:], b"\1\1" + block1(good, 128)[2:],
                  block1(short, 128), block1(good[:-1], 128), block1(good + b"\0", 128),
                  block1(changed(good, 0), 128),
                  b"\0\1" + b"\xff" * 20 + b"\xfe" + b"\xff" * (128 - 24 - len(good)) + b"\0" + good):
        equal(128, len(block), "block")
        refused("VERIFICATION_FAILED", once, km.VERIFY, key, what, b"message", raw_private(block))


@test
def a_digest_too_long_for_the_modulus():
    parts = parts_of(prime(256), prime(256), 65537)
    key = device.import_key(describe(), info(parts), km.PKCS8)
    for digest in (km.SHA384, km.SHA512):
        at_begin("INCOMPATIBLE_DIGEST", km.SIGN, key, params(km.PKCS1_SIGN, digest))
        at_begin("INCOMPATIBLE_DIGEST", km.VERIFY, key, params(km.PKCS1_SIGN, digest))
    equal(64, len(once(km.SIGN, key, params(km.PKCS1_SIGN, km.SHA256), b"message")), "length")


# --- encryption (4.4) --------------------------------------------------------------------------

def oaep(digest, mgf):
    return openssl_padding.OAEP(openssl_padding.MGF1(SHA[mgf]), SHA[digest], None)


@test
def encrypt_raw():
    key, what = ours(), params(km.PAD_NONE)
    n, _, _, _ = numbers()
    for message in (b"", b"\1", b"a" * 127, bytes(128), (n - 1).to_bytes(128, "big")):
        want = raw_public(message)
        result(want, km.ENCRYPT, key, what, message)
        result(message.rjust(128, b"\0"), km.DECRYPT, key, what, want)
        equal(message.rjust(128, b"\0"),
              once(km.DECRYPT, key, what, want.lstrip(b"\0")), "without the zeros in front")
    for purpose in (km.ENCRYPT, km.DECRYPT):
        for number in (n, n + 1, (1 << 1024) - 1):
            everywhere("INVALID_ARGUMENT", purpose, key, what, number.to_bytes(128, "big"))
        for size in (129, 1000):
            everywhere("INVALID_INPUT_LENGTH", purpose, key, what, bytes(size))


@test
def encrypt_pkcs1():
    key, what = ours(), params(km.PKCS1_ENCRYPT)
    for size in (0, 1, 64, 116, 117):
        message = os.urandom(size)
        for door in doors.DOORS:
            sent, _ = doors.through(door, device, key, km.ENCRYPT, what, message)
            equal(message, theirs().decrypt(sent, openssl_padding.PKCS1v15()), door)
        sent = theirs().public_key().encrypt(message, openssl_padding.PKCS1v15())
        result(message, km.DECRYPT, key, what, sent)
    for size in (118, 127, 128, 129, 1000):
        everywhere("INVALID_INPUT_LENGTH", km.ENCRYPT, key, what, bytes(size))


@test
def encrypt_pkcs1_pads_with_what_is_not_zero():
    key, what = ours(), params(km.PKCS1_ENCRYPT)
    blocks = [raw_private(once(km.ENCRYPT, key, what, b"")) for _ in range(8)]
    for block in blocks:
        equal((b"\0\2", 0, True), (block[:2], block[-1], 0 not in block[2:-1]), "block")
    equal(8, len(set(blocks)), "paddings")


@test
def encrypt_oaep_with_each_pair_of_digests():
    key = ours(size=2048, more=[(MGF, d) for d in (km.MD5, *SHA)])
    for digest in SHA:
        for mgf in SHA:
            what, message = params(km.OAEP, digest, mgf), os.urandom(32)
            sent = once(km.ENCRYPT, key, what, message)
            equal(message, theirs(2048).decrypt(sent, oaep(digest, mgf)), "OpenSSL decrypts")
            sent = theirs(2048).public_key().encrypt(message, oaep(digest, mgf))
            equal(message, once(km.DECRYPT, key, what, sent), "OpenSSL encrypted")
    for pair in ((km.MD5, km.SHA1), (km.SHA1, km.MD5), (km.MD5, km.MD5)):
        what = params(km.OAEP, *pair)
        equal(b"x", once(km.DECRYPT, key, what, once(km.ENCRYPT, key, what, b"x")), "MD5")


@test
def encrypt_oaep_lengths():
    key = ours()
    for digest, most in ((km.SHA1, 86), (km.SHA256, 62), (km.SHA384, 30)):
        what = params(km.OAEP, digest)
        for size in (0, 1, most):
            message = os.urandom(size)
            sent = theirs().public_key().encrypt(message, oaep(digest, km.SHA1))
            result(message, km.DECRYPT, key, what, sent)
            for door in doors.DOORS:
                sent, _ = doors.through(door, device, key, km.ENCRYPT, what, message)
                equal(message, theirs().decrypt(sent, oaep(digest, km.SHA1)), door)
        for size in (most + 1, 128, 129):
            everywhere("INVALID_INPUT_LENGTH", km.ENCRYPT, key, what, bytes(size))


@test
def decrypt_what_is_as_long_as_the_modulus():
    """A ciphertext with padding has one length; a number without may be written shorter."""
    key = ours()
    n, _, _, _ = numbers()
    for what in (params(km.PKCS1_ENCRYPT), params(km.OAEP, km.SHA1)):
        for size in (0, 1, 127, 129, 256):
            everywhere("INVALID_INPUT_LENGTH", km.DECRYPT, key, what, bytes(size))
        for number in (n, (1 << 1024) - 1):
            everywhere("INVALID_ARGUMENT", km.DECRYPT, key, what, number.to_bytes(128, "big"))


@test
def decrypt_pkcs1_faults_have_one_code():
    key, what = ours(), params(km.PKCS1_ENCRYPT)
    ps = b"\x55" * 8
    good = b"\0\2" + ps + b"\0" + b"m" * 117
    equal(b"m" * 117, once(km.DECRYPT, key, what, raw_public(good)), "the block of this test")
    bad = {"first byte": b"\1" + good[1:], "type 1": b"\0\1" + good[2:],
           "type 0": b"\0\0" + good[2:], "no separator": b"\0\2" + b"\x55" * 126,
           "all zero": bytes(128)}
    for at in range(2, 10):
        bad[f"separator at {at}"] = good[:at] + b"\0" + good[at + 1:]
    for name, block in bad.items():
        everywhere("INVALID_ARGUMENT", km.DECRYPT, key, what, raw_public(block))
        note(name)


def mgf1(seed, n, name):
    out, count = b"", 0
    while len(out) < n:
        out += hashlib.new(name, seed + count.to_bytes(4, "big")).digest()
        count += 1
    return out[:n]


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def oaep_block(db, first=0, name="sha1"):
    """As RFC 8017 masks it, whatever is in the data block."""
    seed = b"\x77" * hashlib.new(name).digest_size
    masked = xor(db, mgf1(seed, len(db), name))
    return bytes([first]) + xor(seed, mgf1(masked, len(seed), name)) + masked


@test
def decrypt_oaep_faults_have_one_code():
    key, what = ours(), params(km.OAEP, km.SHA1)
    label = hashlib.sha1(b"").digest()
    db = label + bytes(60) + b"\1" + b"m" * 26
    equal(b"m" * 26, once(km.DECRYPT, key, what, raw_public(oaep_block(db))),
          "the block of this test")
    bad = {"first byte 1": oaep_block(db, 1), "label, first": oaep_block(b"\0" + db[1:]),
           "label, last": oaep_block(changed(db[:20], 0) + db[20:]),
           "separator 2": oaep_block(db[:80] + b"\2" + db[81:]),
           "something before": oaep_block(db[:50] + b"\3" + db[51:]),
           "no separator": oaep_block(label + bytes(87)), "all zero": oaep_block(bytes(107)),
           "label of another": oaep_block(hashlib.sha1(b"label").digest() + db[20:])}
    for name, block in bad.items():
        everywhere("INVALID_ARGUMENT", km.DECRYPT, key, what, raw_public(block))
        note(name)
    sent = theirs().public_key().encrypt(b"message", oaep(km.SHA1, km.SHA1))
    for bit in (0, 100, 1000):
        everywhere("INVALID_ARGUMENT", km.DECRYPT, key, what,
                   (int.from_bytes(changed(sent, bit), "big") % numbers()[0]).to_bytes(128, "big"))
    for digest, mgf in ((km.SHA256, None), (km.SHA1, km.SHA256)):
        refused("INVALID_ARGUMENT", once, km.DECRYPT, ours(more=[(MGF, km.SHA256), (MGF, km.SHA1)]),
                params(km.OAEP, digest, mgf), sent)


@test
def a_failing_finish_gives_no_output():
    key, what = ours(), params(km.OAEP, km.SHA1)
    with device.begin(km.DECRYPT, key, what) as operation:
        operation.out.buffer[:] = b"\xee" * operation.out.size
        refused("INVALID_ARGUMENT", operation.finish, b"\1" * 128)
        equal({0xee}, set(operation.out.buffer.raw), "the caller's buffer")


@test
def too_little_room_keeps_the_operation():
    key = ours()
    for purpose, what in ((km.SIGN, params(km.PSS, km.SHA256)), (km.ENCRYPT, params(km.PKCS1_ENCRYPT))):
        try:
            device.operate(purpose, key, what, b"message", room=127)
            raise AssertionError("127 bytes were enough")
        except km.Refused as e:
            equal((errno.EMSGSIZE, "OK", 128), (e.errno, e.code, e.need[-2]), "room")
        equal(128, len(device.operate(purpose, key, what, b"message", room=128)[0]), "output")


# --- many at once -----------------------------------------------------------------------------

@test
def many_threads_use_one_key():
    blob = ours()
    serial = km.add_key("keymaster", "test", blob)
    sent = theirs().public_key().encrypt(b"message", oaep(km.SHA256, km.SHA1))
    wrong = []

    def work():
        mine = km.Device()
        for i in range(12):
            signature, _ = mine.operate(km.SIGN, serial, params(km.PSS, km.SHA256), b"%d" % i)
            try:
                theirs().public_key().verify(
                    signature, b"%d" % i, openssl_padding.PSS(
                        openssl_padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
                got, _ = mine.operate(km.DECRYPT, serial, params(km.OAEP, km.SHA256), sent)
                equal(b"message", got, "message")
            except (InvalidSignature, AssertionError, km.Refused) as e:
                wrong.append(e)
        mine.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    km.unlink_key(serial)
    equal([], wrong, "failures")


if __name__ == "__main__":
    doors.device = device = km.ready()
    main()
