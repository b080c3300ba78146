#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# Published vectors through the device: NIST's and RSA Laboratories' for RSA signatures and
# encryption. From Debian's python3-cryptography-vectors; what is left out is counted.

import functools
import math
import os

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding as openssl_padding
from cryptography.hazmat.primitives.asymmetric import rsa as openssl_rsa

import doors
import km
import nist
from nist import Count, files, vectors
from rsakeys import pkcs8_of
from tap import equal, main, refused, test

device = None
HOME = "asymmetric/RSA"
DIGESTS = {"SHA1": (km.SHA1, hashes.SHA1()), "SHA224": (km.SHA224, hashes.SHA224()),
           "SHA256": (km.SHA256, hashes.SHA256()), "SHA384": (km.SHA384, hashes.SHA384()),
           "SHA512": (km.SHA512, hashes.SHA512())}


class LeftOut(Exception):
    """The interface does not take this key; the message says why."""


def check_numbers(n, e, p, q):
    if e >= 1 << 64:
        raise LeftOut("exponents of more than 64 bits, which the tag cannot say")
    if math.gcd(e, (p - 1) * (q - 1)) != 1:
        raise LeftOut("exponents that have no inverse: no key")
    equal(n, p * q, "modulus")


@functools.lru_cache(maxsize=64)
def import_key(numbers, paddings, digests, purposes, more=()):
    check_numbers(*numbers)
    size, der = numbers[0].bit_length(), pkcs8_of(*numbers)
    params = doors.rsa(paddings, digests, purposes, size, numbers[1], more)
    if size % 8:
        refused("UNSUPPORTED_KEY_SIZE", device.import_key, params, der, km.PKCS8)
        raise LeftOut("keys whose size is no multiple of 8 (refused)")
    return device.import_key(params, der, km.PKCS8)


def signing_key(numbers, padding, digest):
    return import_key(numbers, (padding,), (digest,), (km.SIGN, km.VERIFY))


def params_of(padding, digest, more=()):
    return [(km.PADDING, padding), (km.DIGEST, digest), *more]


# --- NIST ---------------------------------------------------------------------------------------

def nist_keys(path):
    """The vectors of a file, each with the fields of its key, which stand before it."""
    key = {}
    for section, v in vectors(path):
        if "n" in v:
            key = {}
        key.update({name: v[name] for name in ("n", "e", "d", "p", "q") if name in v})
        if "s" in v:
            yield {**key, **v}


def numbers_of(v):
    n, e, p, q, d = (int(v.get(name, "0"), 16) for name in "nepqd")
    if not p:
        p, q = recovered(n, e, d)
    return n, e, p, q


@functools.cache
def recovered(n, e, d):
    """The primes out of e d - 1, a multiple of lcm(p - 1, q - 1): times a small number it is one of
    (p - 1)(q - 1), which is nearly n. OpenSSL's way, by powers, takes a minute in the VM."""
    for small in range(1, 1000):
        multiple = small * (e * d - 1)
        phi, rest = divmod(multiple, multiple // n + 1)
        both = n + 1 - phi                                  # p + q
        if rest == 0 and both**2 >= 4 * n:
            apart = math.isqrt(both**2 - 4 * n)             # p - q
            p, q = (both + apart) // 2, (both - apart) // 2
            if p * q == n:
                return p, q
    raise AssertionError("no primes")


def each_nist(path, check, least):
    count = Count()
    for v in nist_keys(f"{HOME}/FIPS_186-2/{path}"):
        if count.left_out():
            continue
        try:
            check(v)
            count.used += 1
        except LeftOut as e:
            count.out[str(e)] += 1
    return count, least


def check_room(v, padding, digest, blob):
    """PSS with a salt as long as the digest needs room for both (operations.md 4.3)."""
    bits = km.DIGEST_BITS[digest]
    if padding == km.PSS and int(v["n"], 16).bit_length() // 8 < 2 * bits // 8 + 2:
        refused("INCOMPATIBLE_DIGEST", device.begin, km.VERIFY, blob, params_of(padding, digest))
        raise LeftOut("PSS with a digest too long for the key (refused)")


def verify_nist(padding):
    def check(v):
        digest = DIGESTS[v["shaalg"]][0]
        blob = signing_key(numbers_of(v), padding, digest)
        check_room(v, padding, digest, blob)
        call = (km.VERIFY, blob, params_of(padding, digest), bytes.fromhex(v["msg"]),
                bytes.fromhex(v["s"]))
        if v["result"][0] == "P":
            device.operate(*call)
        else:
            refused("VERIFICATION_FAILED", device.operate, *call)
    return check


@test
def nist_pkcs1_verify():
    count, least = each_nist("SigVer15_186-3.rsp", verify_nist(km.PKCS1_SIGN), 427)
    for path, why in (("SigVerRSA.rsp", "X9.31 padding, which is not offered"),
                      ("SigGenRSA.rsp", "X9.31 padding, which is not offered"),
                      ("SigGenRSA_186-2.rsp", "X9.31 padding, which is not offered"),
                      ("SigGen15_186-2.rsp", "the same as in SigGen15_186-2.txt"),
                      ("SigGenPSS_186-2.rsp", "the same as in SigGenPSS_186-2.txt"),
                      ("SigGen15_186-3.rsp", "public keys alone, which are not imported"),
                      ("SigGenPSS_186-3.rsp", "public keys alone, which are not imported")):
        count.out[f"{path}: {why}"] = sum(1 for _ in nist_keys(f"{HOME}/FIPS_186-2/{path}"))
    count.end(least)


@test
def nist_pkcs1_verify_of_bad_encodings():
    count = Count()
    for v in nist_keys(f"{HOME}/SigVer15EMTest.txt"):
        if count.left_out():
            continue
        try:
            verify_nist(km.PKCS1_SIGN)(v)
            count.used += 1
        except LeftOut as e:
            count.out[str(e)] += 1
    count.end(149)


@test
def nist_pss_verify():
    count, least = each_nist("SigVerPSS_186-3.rsp", verify_nist(km.PSS), 409)
    count.end(least)


@test
def nist_pkcs1_sign():
    def check(v):
        digest = DIGESTS[v["shaalg"]][0]
        blob = signing_key(numbers_of(v), km.PKCS1_SIGN, digest)
        made, _ = device.operate(km.SIGN, blob, params_of(km.PKCS1_SIGN, digest),
                                 bytes.fromhex(v["msg"]))
        equal(bytes.fromhex(v["s"]), made, "signature")

    count, least = each_nist("SigGen15_186-2.txt", check, 250)
    count.end(least)


@test
def nist_pss_sign():
    """The known signature verifies; the device's own has another salt, and OpenSSL takes it."""
    def check(v):
        digest, openssl_digest = DIGESTS[v["shaalg"]]
        numbers, message = numbers_of(v), bytes.fromhex(v["msg"])
        blob = signing_key(numbers, km.PSS, digest)
        check_room(v, km.PSS, digest, blob)
        params = params_of(km.PSS, digest)
        device.operate(km.VERIFY, blob, params, message, bytes.fromhex(v["s"]))
        made, _ = device.operate(km.SIGN, blob, params, message)
        openssl_rsa.RSAPublicNumbers(numbers[1], numbers[0]).public_key().verify(
            made, message, openssl_padding.PSS(openssl_padding.MGF1(openssl_digest),
                                               openssl_digest.digest_size), openssl_digest)

    count, least = each_nist("SigGenPSS_186-2.txt", check, 240)
    count.end(least)


# --- RSA Laboratories ---------------------------------------------------------------------------

def pkcs1_text(path):
    """(field, bytes) in the order of the file: a comment names what the lines after it hold."""
    name, data = None, ""
    with open(os.path.join(nist.HOME, path), encoding="utf-8", errors="replace") as lines:
        for line in [*lines, "#"]:
            line = line.strip()
            if line.startswith("#"):
                if name and data:
                    yield name, bytes.fromhex(data if len(data) % 2 == 0 else "0" + data)
                name, data = line[1:].strip().rstrip(":").lower(), ""
            elif set(line) <= set("0123456789abcdefABCDEF "):
                data += line.replace(" ", "")


def pkcs1_vectors(path, result):
    """(key numbers, message, result) of each example."""
    fields, private = {}, {}
    for name, value in pkcs1_text(path):
        number = int.from_bytes(value, "big")
        if name == "modulus":
            private = {"modulus": number}
        elif name in ("prime 1", "prime 2", "public exponent"):
            private[name] = number
        elif name.startswith("message") or name == "salt" or name == "seed":
            fields[name.split(" ")[0]] = value
        elif name == result:
            yield ((private["modulus"], private["public exponent"], private["prime 1"],
                    private["prime 2"]), fields["message"], value)


def each_example(path, result, check, count):
    for numbers, message, value in pkcs1_vectors(f"{HOME}/{path}", result):
        if count.left_out():
            continue
        try:
            check(numbers, message, value)
            count.used += 1
        except LeftOut as e:
            count.out[str(e)] += 1


@test
def pkcs1_signatures():
    def check(numbers, message, want):
        blob = signing_key(numbers, km.PKCS1_SIGN, km.SHA1)
        made, _ = device.operate(km.SIGN, blob, params_of(km.PKCS1_SIGN, km.SHA1), message)
        equal(want, made, "signature")

    count = Count()
    each_example("pkcs1v15sign-vectors.txt", "signature", check, count)
    count.end(160)


@test
def pss_signatures():
    def check(numbers, message, want):
        blob = signing_key(numbers, km.PSS, km.SHA1)
        device.operate(km.VERIFY, blob, params_of(km.PSS, km.SHA1), message, want)
        refused("VERIFICATION_FAILED", device.operate, km.VERIFY, blob,
                params_of(km.PSS, km.SHA1), message + b"x", want)

    count = Count()
    each_example("pkcs-1v2-1d2-vec/pss-vect.txt", "signature", check, count)
    count.end(18)


@test
def pkcs1_encryption():
    def check(numbers, message, sealed):
        blob = import_key(numbers, (km.PKCS1_ENCRYPT,), (), (km.ENCRYPT, km.DECRYPT))
        size = (numbers[0].bit_length() + 7) // 8
        got, _ = device.operate(km.DECRYPT, blob, [(km.PADDING, km.PKCS1_ENCRYPT)],
                                sealed.rjust(size, b"\0"))
        equal(message, got, "plaintext")

    count = Count()
    each_example("pkcs1v15crypt-vectors.txt", "encryption", check, count)
    count.end(160)


def oaep(path, digest, mgf, count):
    def check(numbers, message, sealed):
        blob = import_key(numbers, (km.OAEP,), (digest,), (km.ENCRYPT, km.DECRYPT),
                          ((km.RSA_OAEP_MGF_DIGEST, mgf),))
        params = params_of(km.OAEP, digest, [(km.RSA_OAEP_MGF_DIGEST, mgf)])
        equal(message, device.operate(km.DECRYPT, blob, params, sealed)[0], "plaintext")

    each_example(path, "encryption", check, count)


@test
def oaep_decryption():
    count = Count()
    oaep("pkcs-1v2-1d2-vec/oaep-vect.txt", km.SHA1, km.SHA1, count)
    for path in files(f"{HOME}/oaep-custom/*.txt"):
        _, mgf, digest = os.path.basename(path)[:-4].upper().split("-")
        oaep(os.path.relpath(path, HOME), DIGESTS[digest][0], DIGESTS[mgf][0], count)
    count.out["oaep-label.txt: labels, which the interface does not have"] = 1
    count.end(1458)


if __name__ == "__main__":
    device = km.ready()
    main()
