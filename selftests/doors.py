# SPDX-License-Identifier: GPL-2.0-only
# Key descriptions, and every door through which a key can be used.
# The same case goes through each door and has to end the same way: the checks at the end.

import km
from tap import equal, refused

device = None   # the one that the checks below use


def describe(algorithm, size=None, purposes=(), modes=(), paddings=(), digests=(), min_mac=None,
             more=(km.NO_AUTH_REQUIRED,)):
    entries = [(km.ALGORITHM, algorithm)]
    if size is not None:
        entries.append((km.KEY_SIZE, size))
    entries += [(km.PURPOSE, p) for p in purposes]
    entries += [(km.BLOCK_MODE, m) for m in modes]
    entries += [(km.PADDING, p) for p in paddings]
    entries += [(km.DIGEST, d) for d in digests]
    if min_mac is not None:
        entries.append((km.MIN_MAC_LENGTH, min_mac))
    return entries + list(more)


def aes(mode=km.GCM, size=256, padding=km.PAD_NONE, purposes=(km.ENCRYPT, km.DECRYPT), min_mac=96,
        more=()):
    """An AES key for one mode; IVs may be given, so that results can be told beforehand."""
    return describe(km.AES, size, purposes, [mode], [padding],
                    min_mac=min_mac if mode == km.GCM else None,
                    more=[km.NO_AUTH_REQUIRED, km.CALLER_NONCE, *more])


def hmac(digest=km.SHA256, size=256, min_mac=64, purposes=(km.SIGN, km.VERIFY), more=()):
    return describe(km.HMAC, size, purposes, digests=[digest], min_mac=min_mac,
                    more=[km.NO_AUTH_REQUIRED, *more])


def ec(digests=(km.SHA256,), purposes=(km.SIGN, km.VERIFY), more=(), curve=km.P_256):
    return describe(km.EC, None, purposes, digests=digests,
                    more=[(km.EC_CURVE, curve), km.NO_AUTH_REQUIRED, *more])


def rsa(paddings, digests=(), purposes=(km.SIGN, km.VERIFY), size=2048, exponent=65537, more=()):
    return describe(km.RSA, size, purposes, (), paddings, digests,
                    more=[(km.RSA_PUBLIC_EXPONENT, exponent), km.NO_AUTH_REQUIRED, *more])


def des3(mode=km.CBC, size=168, padding=km.PAD_NONE, purposes=(km.ENCRYPT, km.DECRYPT), more=()):
    return describe(km.TRIPLE_DES, size, purposes, [mode], [padding],
                    more=[km.NO_AUTH_REQUIRED, km.CALLER_NONCE, *more])


def cipher(mode, padding=km.PAD_NONE, nonce=None, mac=None, more=()):
    """Parameters of an AES operation."""
    entries = [(km.BLOCK_MODE, mode), (km.PADDING, padding)]
    if mode == km.GCM:
        entries.append((km.MAC_LENGTH, 128 if mac is None else mac))
    if nonce is not None:
        entries.append((km.NONCE, nonce))
    return entries + list(more)


# --- doors: (device, key, purpose, parameters, data, signature) -> output, made ---------------

def _whole(device, key, purpose, params, data, signature):
    return device.operate(purpose, key, params, data, signature)


def _apart(params):
    """Parameters of begin, and those that belong to update and finish."""
    later = [e for e in params if isinstance(e, tuple) and e[0] == km.ASSOCIATED_DATA]
    return [e for e in params if e not in later], later


def _steps(device, key, purpose, params, data, signature, pieces):
    first, later = _apart(params)
    with device.begin(purpose, key, first) as operation:
        output = b""
        for piece in pieces(data):
            output += operation.update(piece, later)
            later = []
        return output + operation.finish(b"", later, signature), operation.made


def _one_update(device, key, purpose, params, data, signature):
    return _steps(device, key, purpose, params, data, signature, lambda d: [d])


def _byte_by_byte(device, key, purpose, params, data, signature):
    return _steps(device, key, purpose, params, data, signature,
                  lambda d: [d[i:i + 1] for i in range(len(d))])


def _only_finish(device, key, purpose, params, data, signature):
    first, later = _apart(params)
    with device.begin(purpose, key, first) as operation:
        return operation.finish(data, later, signature), operation.made


def _loaded(door):
    """The same through a keymaster key in the keyring."""
    def through(device, key, purpose, params, data, signature):
        serial = km.add_key("keymaster", "test", key)
        try:
            return door(device, serial, purpose, params, data, signature)
        finally:
            km.unlink_key(serial)
    return through


DOORS = {
    "one-shot": _whole,
    "begin, update, finish": _one_update,
    "byte by byte": _byte_by_byte,
    "begin, finish": _only_finish,
    "one-shot, by serial": _loaded(_whole),
    "begin, finish, by serial": _loaded(_only_finish),
}


def through(name, device, key, purpose, params, data=b"", signature=b""):
    return DOORS[name](device, key, purpose, params, data, signature)


# --- checks ------------------------------------------------------------------------------------

def at_begin(code, purpose, key, params):
    """Refused already by begin, and the same by the one-shot call."""
    refused(code, device.begin, purpose, key, params)
    refused(code, device.operate, purpose, key, params, b"")
    equal(0, device.info()["operations"], "operations left")


def everywhere(code, purpose, key, params, data=b"", signature=b""):
    """Refused through each door, wherever the interface notices."""
    for door in DOORS:
        try:
            refused(code, through, door, device, key, purpose, params, data, signature)
        except AssertionError as e:
            raise AssertionError(f"{door}: {e}") from None
    equal(0, device.info()["operations"], "operations left")


def result(want, purpose, key, params, data=b"", signature=b""):
    """The same output through each door."""
    for door in DOORS:
        got, _ = through(door, device, key, purpose, params, data, signature)
        equal(want, got, f"{door}, {len(data)} bytes")


def verdict(purpose, key, params):
    """What begin says; the one-shot call has to say the same."""
    try:
        device.begin(purpose, key, params).close()
        code = "OK"
    except km.Refused as e:
        code = e.code
        equal(km.CODES[code][1], e.errno, "errno")
    try:
        device.operate(purpose, key, params, b"", bytes(32))
        once = "OK"
    except km.Refused as e:
        once = e.code
    equal(True, once == code or (code, once) == ("OK", "VERIFICATION_FAILED"), f"{code}, {once}")
    return code


def last_step(code, purpose, key, params, data, signature=b""):
    """Begin succeeds, the rest is refused without output, through every door."""
    device.begin(purpose, key, params).close()
    everywhere(code, purpose, key, params, data, signature)


def flipped(data, bit):
    return data[:bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1:]
