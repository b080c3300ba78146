# SPDX-License-Identifier: GPL-2.0-only
# Tokens once more, from their description: made under a key that the test has agreed on.
# Shared by the tests of tokens and locks.

import hmac
import struct
import time

from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

import doors
import km
from blobs import hkdf

ROOT = bytes(range(90, 122))
SHA = [(km.DIGEST, km.SHA256), (km.MAC_LENGTH, 256)]


def now():
    """The clock of tokens, in ms."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 10**6


def agreed_key(parties, secret):
    """The key of all these parties, by the text of the interface."""
    context = b"".join(seed + nonce for seed, nonce in sorted(parties))
    key = b""
    for i in (1, 2):
        mac = CMAC(AES(secret))
        mac.update(struct.pack(">I", i) + b"KeymasterSharedMac" + b"\0" + context +
                   struct.pack(">I", 256))
        key += mac.finalize()
    return key


def check_of(key):
    return hmac.digest(key, b"Keymaster HMAC Verification", "sha256")


def share(device, others=(), root=ROOT):
    """Makes the module sign by a key that is known here, and returns it."""
    parties = [device.hmac_party(), *others]
    device.share_hmac(parties)
    return agreed_key(parties, hkdf(root, b"keymaster shared hmac", 32))


def make(key, sid, challenge=0, kind=km.PASSWORD, stamp=None, authenticator=0):
    """The bytes of a token."""
    content = struct.pack("<BQQQ", 0, challenge, sid, authenticator)
    content += struct.pack(">IQ", kind, now() if stamp is None else stamp)
    return content + hmac.digest(key, content, "sha256")


def asking(*sids, kinds=km.ANY, timeout=None, more=()):
    """The description of a key for these users: for a time, or for each operation."""
    entries = [(km.USER_SECURE_ID, sid) for sid in sids] + [(km.USER_AUTH_TYPE, kinds), *more]
    if timeout is not None:
        entries.append((km.AUTH_TIMEOUT, timeout))
    return doors.describe(km.HMAC, 256, [km.SIGN, km.VERIFY], digests=[km.SHA256], min_mac=64,
                          more=entries)


def code_of(call, *args, **named):
    """How a call ends."""
    try:
        call(*args, **named)
    except km.Refused as e:
        return e.code
    return "OK"


def opens(device, key, token=None):
    """How begin ends, with a token in the parameters or with what is kept."""
    params = SHA if token is None else [*SHA, (km.AUTH_TOKEN, token)]

    def begin():
        device.begin(km.SIGN, key, params).close()
    return code_of(begin)
