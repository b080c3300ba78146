# SPDX-License-Identifier: GPL-2.0-only
# RSA keys of OpenSSL's, for tests that need a key with certain authorizations, not a new one.
# Generating one in the VM takes seconds; the tests of generation do that.

import functools
import math

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

import doors
import km
import readykeys


def pkcs8(key):
    return key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


def _der(tag, *parts):
    body = b"".join(parts)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = (len(body).bit_length() + 7) // 8
    return bytes([tag, 128 | size]) + len(body).to_bytes(size, "big") + body


def _integer(n):
    return _der(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def pkcs8_of(n, e, p, q):
    """The encoding of a key by its primes; OpenSSL would test them first, which takes long."""
    d = pow(e, -1, math.lcm(p - 1, q - 1))
    numbers = (0, n, e, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))
    algorithm = _der(0x30, bytes.fromhex("06092a864886f70d0101010500"))
    return _der(0x30, _integer(0), algorithm, _der(4, _der(0x30, *map(_integer, numbers))))


@functools.cache
def _key(size):
    return readykeys.rsa_2048() if size == 2048 else rsa.generate_private_key(65537, size)


def openssl_key(size=2048):
    """The same one for each size, as long as the test runs."""
    return _key(size)


def import_rsa(device, paddings, digests=(), purposes=(km.SIGN, km.VERIFY), size=2048, more=()):
    """The blob of OpenSSL's key of that size, with these authorizations."""
    params = doors.rsa(paddings, digests, purposes, size, more=more)
    return device.import_key(params, pkcs8(openssl_key(size)), km.PKCS8)


def rsa_params(padding=None, digest=None, more=()):
    """Parameters of an RSA operation; each may be a list."""
    entries = list(more)
    for tag, value in ((km.PADDING, padding), (km.DIGEST, digest)):
        listed = value if isinstance(value, list) else [] if value is None else [value]
        entries += [(tag, v) for v in listed]
    return entries
