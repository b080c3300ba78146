# SPDX-License-Identifier: GPL-2.0-only
# The published wrapped keys, how they are opened, and some that are wrapped here by hand. Shared
# by the tests of IMPORT_WRAPPED_KEY.

import functools
import os
import pathlib

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import km

UNWRAP = [(km.PADDING, km.OAEP), (km.DIGEST, km.SHA256)]


def _vectors():
    values, name = {}, None
    for line in (pathlib.Path(__file__).parent / "vectors/wrapped_key.txt").read_text().split("\n"):
        if line.endswith(" ="):
            name = line[:-2]
            values[name] = ""
        elif line.startswith("  ") and name:
            values[name] += line.strip()
    return {name: bytes.fromhex(value) for name, value in values.items()}


V = _vectors()


# --- wrapped by hand ---------------------------------------------------------------------------

def element(identifier, *parts):
    body = b"".join(parts)
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    head = identifier if isinstance(identifier, bytes) else bytes([identifier])
    return head + (size or b"\0" if len(body) < 128 else bytes([128 | len(size)]) + size) + body


def integer(n):
    return element(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def numbers(*values):
    return element(0x31, *sorted(integer(n) for n in values))


def field(number, value):
    """[number] EXPLICIT."""
    if number < 31:
        return element(0xa0 | number, value)
    return element(bytes([0xbf, 128 | number >> 7, number & 127] if number > 127 else
                         [0xbf, number]), value)


NULL = element(5)
AES_LIST = ((1, numbers(km.ENCRYPT, km.DECRYPT)), (2, integer(km.AES)), (3, integer(256)),
            (4, numbers(km.ECB)), (6, numbers(km.PKCS7)))
NO_AUTH = (503, NULL)


@functools.cache
def own_key():
    return rsa.generate_private_key(65537, 1024)


def pkcs8(key):
    return key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


def seal(material, entries, key_format=km.RAW, transport=None):
    """The parts of a SecureKeyWrapper, in their order."""
    transport = os.urandom(32) if transport is None else transport
    description = element(0x30, integer(key_format),
                          element(0x30, *(field(*entry) for entry in entries)))
    iv = os.urandom(12)
    sealed = AESGCM((transport + bytes(32))[:32]).encrypt(iv, material, description)
    oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA256(), None)
    return [integer(0), element(4, own_key().public_key().encrypt(transport, oaep)),
            element(4, iv), description, element(4, sealed[:-16]), element(4, sealed[-16:])]


def wrapped_by_hand(*args, **named):
    return element(0x30, *seal(*args, **named))
