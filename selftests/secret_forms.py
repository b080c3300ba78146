# SPDX-License-Identifier: GPL-2.0-only
# Every form in which a kernel, or a program, may keep a key: what a search of memory looks for.
# For secrets_host.py. Each form is cut into pieces, so that part of a key is found as well.

import hashlib
import hmac
import struct

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

import blobs
import km

PIECE = 8
P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
ROOT_CHILDREN = ("keymaster password key", "keymaster state", "keymaster shared hmac",
                 "keymaster root record", "keymaster unique id")


def _ecb(key, block):
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)


def _sbox():
    box, p, q = [0x63] * 256, 1, 1
    for _ in range(255):
        p ^= (p << 1 ^ (0x11b if p & 0x80 else 0)) & 0x1ff
        for shift in (1, 2, 4):
            q ^= q << shift
        q &= 0xff
        q ^= 0x09 if q & 0x80 else 0
        x = q | q << 8
        box[p] = 0x63 ^ (x ^ x >> 7 ^ x >> 6 ^ x >> 5 ^ x >> 4) & 0xff
    return box


SBOX = _sbox()


def schedule(key):
    """The round keys of AES behind the first ones, which are the key."""
    n, rcon = len(key) // 4, 1
    words = [key[i:i + 4] for i in range(0, len(key), 4)]
    for i in range(n, 4 * (n + 7)):
        t = words[-1]
        if i % n == 0:
            t = bytes(SBOX[b] for b in t[1:] + t[:1])
            t, rcon = bytes([t[0] ^ rcon]) + t[1:], rcon << 1 ^ (0x11b if rcon & 0x80 else 0)
        elif n > 6 and i % n == 4:
            t = bytes(SBOX[b] for b in t)
        words.append(bytes(a ^ b for a, b in zip(words[i - n], t)))
    return b"".join(words[n:])


def _fraction(x, root):
    """The first 32 bits behind the point of a square or cubic root."""
    low, high = 0, 1 << 48
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle ** root <= x << 32 * root else (low, middle)
    return low & 0xffffffff


PRIMES = [p for p in range(2, 312) if all(p % d for d in range(2, p))]
SHA_START = [_fraction(p, 2) for p in PRIMES[:8]]
SHA_ROUND = [_fraction(p, 3) for p in PRIMES]


def _turn(x, n):
    return (x >> n | x << 32 - n) & 0xffffffff


def sha256_state(block):
    """The state of SHA-256 after one block, as the kernel has it in memory."""
    w = list(struct.unpack(">16I", block))
    for i in range(16, 64):
        a, b = w[i - 15], w[i - 2]
        w.append((w[i - 16] + (_turn(a, 7) ^ _turn(a, 18) ^ a >> 3) + w[i - 7] +
                  (_turn(b, 17) ^ _turn(b, 19) ^ b >> 10)) & 0xffffffff)
    s = list(SHA_START)
    for k, word in zip(SHA_ROUND, w):
        a, _, _, _, e, f, g, h = s
        t = h + (_turn(e, 6) ^ _turn(e, 11) ^ _turn(e, 25)) + (e & f ^ ~e & g) + k + word
        u = (_turn(a, 2) ^ _turn(a, 13) ^ _turn(a, 22)) + (a & s[1] ^ a & s[2] ^ s[1] & s[2])
        s = [(t + u) & 0xffffffff, *s[:3], (s[3] + t) & 0xffffffff, *s[4:7]]
    return struct.pack("<8I", *((x + y) & 0xffffffff for x, y in zip(s, SHA_START)))


def _aes(key):
    h = _ecb(key, bytes(16))
    return {"key": key, "round keys": schedule(key), "hash key": h, "hash key reversed": h[::-1]}


def _hmac(key):
    inner, outer = (bytes(b ^ pad for b in key.ljust(64, b"\0")) for pad in (0x36, 0x5c))
    return {"key": key, "inner pad": inner[:len(key)], "outer pad": outer[:len(key)],
            "inner state": sha256_state(inner), "outer state": sha256_state(outer)}


def _both_ends(name, number, size):
    return {name: number.to_bytes(size, "big"), name + " in limbs": number.to_bytes(size, "little")}


def _ec(der):
    d = serialization.load_der_private_key(der, None).private_numbers().private_value
    return {**_both_ends("d", d, 32), **_both_ends("d, Montgomery", (d << 256) % P256_ORDER, 32)}


def _rsa(der):
    n = serialization.load_der_private_key(der, None).private_numbers()
    size = (n.p.bit_length() + 63) // 64 * 8
    forms = _both_ends("d", n.d, 2 * size)
    for name, number in (("p", n.p), ("q", n.q), ("dp", n.dmp1), ("dq", n.dmq1),
                         ("qinv", n.iqmp), ("p_r2", (1 << 16 * size) % n.p),
                         ("q_r2", (1 << 16 * size) % n.q),
                         ("qinv, Montgomery", (n.iqmp << 8 * size) % n.p)):
        forms.update(_both_ends(name, number, size))
    return forms


def _clamped(scalar):
    return bytes([scalar[0] & 248]) + scalar[1:31] + bytes([scalar[31] & 127 | 64])


def _ed25519(seed):
    digest = hashlib.sha512(seed).digest()
    return {"seed": seed, "scalar": _clamped(digest[:32]), "prefix": digest[32:]}


def _root(key):
    prk = hmac.digest(bytes(32), key, "sha256")
    master = blobs.hkdf(key, b"keymaster blob format 3", 32)
    return {"key": key, "prk": prk, "master of format 3": master}


FORMS = {
    "aes": _aes, "hmac": _hmac, "ec": _ec, "rsa": _rsa, "ed25519": _ed25519, "root": _root,
    "x25519": lambda key: {"key": key, "clamped": _clamped(key)},
    "bytes": lambda data: {"bytes": data},
}


def forms(kind, value):
    """Name and bytes of each form of a secret."""
    return FORMS[kind](value)


def children(root):
    """What the kernel keeps of a root key, each once."""
    kept = {label: blobs.hkdf(root, label.encode(), 32) for label in ROOT_CHILDREN}
    kept["keymaster blob format 0"] = blobs.hkdf(root, b"keymaster blob format 0", 16)
    kept["keymaster blob format 3"] = hmac.digest(
        bytes(32), blobs.hkdf(root, b"keymaster blob format 3", 32), "sha256")
    return kept


def kek_of(data, root, uid):
    """The key-encryption key of a blob of format 3."""
    blob = km.Blob(data)
    sets = blobs.hidden(uid) + blob.enforced_bytes + blob.unenforced_bytes
    master = blobs.hkdf(root, b"keymaster blob format 3", 32)
    return blobs.hkdf(master, blobs.LABEL + sets, 32)


def pieces(data):
    """Pieces and their offsets; what might be anything is none."""
    for at in range(0, len(data) - PIECE + 1, PIECE):
        piece = data[at:at + PIECE]
        if len(set(piece)) > 4:
            yield at, piece.hex()
