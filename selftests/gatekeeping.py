# SPDX-License-Identifier: GPL-2.0-only
# Password handles and tokens once more, from their description; and how a gatekeeper refuses.
# Shared by the tests of users and passwords.

import errno
import hmac
import os
import struct

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import km
from blobs import hkdf
from tap import equal

ROOT = bytes(range(7, 39))


def token_of(wire):
    """The fields of a token: both ends of its byte order."""
    equal(69, len(wire), "length")
    version, challenge, sid, authenticator = struct.unpack_from("<BQQQ", wire)
    kind, stamp = struct.unpack_from(">IQ", wire, 25)
    equal(0, version, "version")
    return {"challenge": challenge, "sid": sid, "authenticator": authenticator, "type": kind,
            "timestamp": stamp}


def handle_of(uid, password, sid, version=2, salt=b"saltsalt", flags=0, root=ROOT):
    """A password handle as whoever knows the root key could make it."""
    key = hmac.digest(hkdf(root, b"keymaster password key", 32), struct.pack("<I", uid), "sha256")
    head = struct.pack("<BQQ", version, sid, flags)
    return head + salt + hmac.digest(key, salt + head + password, "sha256") + b"\0"


def state_of(users, keys=(), root=ROOT):
    """A sealed state as whoever knows the root key could make it: [(uid, SID, handle, failures)...],
    [(id, uid, uses)...] of keys that are bound to no secret."""
    # No place in a chain: it is not a counted one.
    plain = bytes(65) + struct.pack("<I", len(users))
    for uid, sid, handle, failures in users:
        plain += struct.pack("<IBBIQ", uid, 2, 0, failures, sid) + handle
    plain += bytes(32) + struct.pack("<I", len(keys))
    for name, uid, uses in keys:
        plain += name + struct.pack("<III", uid, 0, uses) + bytes(16)
    nonce = os.urandom(12)
    return b"\2" + nonce + AESGCM(hkdf(root, b"keymaster state", 32)).encrypt(nonce, plain, None)


def eperm(call, *args, **named):
    try:
        call(*args, **named)
    except km.Refused as e:
        equal((errno.EPERM, "OK"), (e.errno, e.code), "of the call itself")
        return
    raise AssertionError("it succeeded")


def waits(call, *args, **named):
    """Refused with a wait: for how long, in ms."""
    try:
        call(*args, **named)
    except km.Refused as e:
        equal("GATEKEEPER_RETRY", e.code, "code")
        equal(errno.EAGAIN, e.errno, "errno")
        return e.need[-1] if len(e.need) == 16 else e.need[-3]
    raise AssertionError("it succeeded")
