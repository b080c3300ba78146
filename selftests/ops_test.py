#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# What operations do and refuse: purposes, HMAC and EC, malformed and superfluous parameters, keys
# that need a user, keys in the keyring; through every door (doors.py) and against OpenSSL.

import errno
import hmac as python_hmac
import os

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec as openssl_ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import doors
import km
from doors import at_begin, everywhere, result
from tap import equal, main, note, refused, test

KEY = bytes(range(32))
IV = bytes(range(100, 116))
device = None


def aes(mode):
    return device.import_key(doors.aes(mode), KEY)


# --- purposes ---------------------------------------------------------------------------------

PURPOSES = [*range(9), 0x7fffffff, 0xffffffff]


def purpose_matrix(make, possible, params, public=()):
    for mask in range(1 << len(possible)):
        listed = [p for i, p in enumerate(possible) if mask >> i & 1]
        key = make(listed)
        for purpose in PURPOSES:
            what = params(purpose)
            if purpose not in possible:
                at_begin("UNSUPPORTED_PURPOSE", purpose, key, what)
            elif purpose not in listed and purpose not in public:
                at_begin("INCOMPATIBLE_PURPOSE", purpose, key, what)
            else:
                device.begin(purpose, key, what).close()


@test
def purposes_aes():
    purpose_matrix(lambda listed: device.generate(doors.aes(purposes=listed)),
                   [km.ENCRYPT, km.DECRYPT], lambda p: doors.cipher(km.GCM, nonce=bytes(12)))
    # not authorized comes before the missing nonce
    key = device.generate(doors.aes(purposes=[km.ENCRYPT]))
    at_begin("INCOMPATIBLE_PURPOSE", km.DECRYPT, key, doors.cipher(km.GCM))


@test
def purposes_hmac():
    purpose_matrix(lambda listed: device.generate(doors.hmac(purposes=listed)),
                   [km.SIGN, km.VERIFY],
                   lambda p: [(km.DIGEST, km.SHA256)] + [(km.MAC_LENGTH, 256)] * (p == km.SIGN))


@test
def purposes_ec():
    """Whoever has the key may verify: it is the public half."""
    purpose_matrix(lambda listed: device.generate(doors.ec(purposes=listed)),
                   [km.SIGN, km.VERIFY, km.AGREE_KEY], lambda p: [(km.DIGEST, km.SHA256)],
                   public=[km.VERIFY])


@test
def purposes_that_the_algorithm_lacks():
    key = device.generate(doors.aes(purposes=[km.SIGN, km.VERIFY, km.WRAP_KEY]))
    for purpose in (km.SIGN, km.VERIFY, km.WRAP_KEY, km.AGREE_KEY, km.DERIVE_KEY):
        at_begin("UNSUPPORTED_PURPOSE", purpose, key, doors.cipher(km.GCM))
    key = device.generate(doors.hmac(purposes=[km.ENCRYPT, km.DECRYPT]))
    for purpose in (km.ENCRYPT, km.DECRYPT):
        at_begin("UNSUPPORTED_PURPOSE", purpose, key, [(km.DIGEST, km.SHA256)])


# --- HMAC -------------------------------------------------------------------------------------

HASHES = {km.SHA1: "sha1", km.SHA224: "sha224", km.SHA256: "sha256", km.SHA384: "sha384",
          km.SHA512: "sha512"}


def mac_of(digest, data):
    return python_hmac.new(KEY, data, HASHES[digest]).digest()


def sign_params(digest, bits):
    return [(km.DIGEST, digest), (km.MAC_LENGTH, bits)]


@test
def hmac_results():
    for digest in HASHES:
        key = device.import_key(doors.hmac(digest), KEY)
        for data in (b"", b"x", bytes(63), bytes(64), bytes(129)):
            want = mac_of(digest, data)
            result(want, km.SIGN, key, sign_params(digest, 8 * len(want)), data)
            result(b"", km.VERIFY, key, [(km.DIGEST, digest)], data, want)
        data = os.urandom(1 << 20)
        got, _ = device.operate(km.SIGN, key, sign_params(digest, 160), data)
        equal(mac_of(digest, data)[:20], got, "1 MiB")
        for bits in range(64, km.DIGEST_BITS[digest] + 1, 8):
            got, _ = device.operate(km.SIGN, key, sign_params(digest, bits), b"x")
            equal(mac_of(digest, b"x")[:bits // 8], got, bits)
            device.operate(km.VERIFY, key, [(km.DIGEST, digest)], b"x", got)


@test
def hmac_mac_lengths():
    key, strict = (device.import_key(doors.hmac(min_mac=n), KEY) for n in (64, 128))
    at_begin("MISSING_MAC_LENGTH", km.SIGN, key, [(km.DIGEST, km.SHA256)])
    for bits in (0, 1, 8, 56, 63, 65, 161, 255, 257, 264, 512, 2**32 - 8, 0x80000100):
        at_begin("UNSUPPORTED_MAC_LENGTH", km.SIGN, key, sign_params(km.SHA256, bits))
        if bits != 56:
            at_begin("UNSUPPORTED_MAC_LENGTH", km.SIGN, strict, sign_params(km.SHA256, bits))
    for bits in (64, 72, 120):
        at_begin("INVALID_MAC_LENGTH", km.SIGN, strict, sign_params(km.SHA256, bits))
        everywhere("INVALID_MAC_LENGTH", km.SIGN, strict, sign_params(km.SHA256, bits), b"x")
    at_begin("INVALID_ARGUMENT", km.VERIFY, key, sign_params(km.SHA256, 256))


@test
def hmac_verify():
    key, strict = (device.import_key(doors.hmac(min_mac=n), KEY) for n in (64, 128))
    params, good = [(km.DIGEST, km.SHA256)], mac_of(km.SHA256, b"message")
    for n in range(0, 40):
        signature = (good + bytes(16))[:n]
        for k, least in ((key, 8), (strict, 16)):
            if n < 8 or n > 32:
                refused("UNSUPPORTED_MAC_LENGTH", device.operate, km.VERIFY, k, params, b"message",
                        signature)
            elif n < least:
                refused("INVALID_MAC_LENGTH", device.operate, km.VERIFY, k, params, b"message",
                        signature)
            else:
                device.operate(km.VERIFY, k, params, b"message", signature)
    everywhere("UNSUPPORTED_MAC_LENGTH", km.VERIFY, key, params, b"message", good + b"\0")
    everywhere("INVALID_MAC_LENGTH", km.VERIFY, strict, params, b"message", good[:15])
    for size in (8, 32):
        for bit in range(8 * size):
            bad = bytearray(good[:size])
            bad[bit // 8] ^= 1 << bit % 8
            refused("VERIFICATION_FAILED", device.operate, km.VERIFY, key, params, b"message",
                    bytes(bad))
    everywhere("VERIFICATION_FAILED", km.VERIFY, key, params, b"messagf", good)


@test
def hmac_digest():
    key = device.import_key(doors.hmac(km.SHA256), KEY)
    for digest in (km.NO_DIGEST, km.MD5, km.SHA1, km.SHA384):
        for purpose in (km.SIGN, km.VERIFY):
            params = [(km.DIGEST, digest)] + [(km.MAC_LENGTH, 128)] * (purpose == km.SIGN)
            at_begin("INCOMPATIBLE_DIGEST", purpose, key, params)
    result(mac_of(km.SHA256, b"x"), km.SIGN, key, [(km.MAC_LENGTH, 256)], b"x")


# --- EC ---------------------------------------------------------------------------------------

OPENSSL_HASH = {km.SHA1: hashes.SHA1(), km.SHA224: hashes.SHA224(), km.SHA256: hashes.SHA256(),
                km.SHA384: hashes.SHA384(), km.SHA512: hashes.SHA512()}


def public(key):
    return serialization.load_der_public_key(device.export(key))


@test
def ec_digests():
    key = device.generate(doors.ec([km.NO_DIGEST, km.SHA1]))
    for purpose in (km.SIGN, km.VERIFY):
        for params in ([], [(km.DIGEST, km.SHA1)] * 2, [(km.DIGEST, km.SHA1), (km.DIGEST, 0)],
                       [(km.DIGEST, km.MD5)], [(km.DIGEST, 7)], [(km.DIGEST, 0xffffffff)]):
            at_begin("UNSUPPORTED_DIGEST", purpose, key, params)
    for digest in (km.SHA224, km.SHA256, km.SHA384, km.SHA512):
        at_begin("INCOMPATIBLE_DIGEST", km.SIGN, key, [(km.DIGEST, digest)])
        device.begin(km.VERIFY, key, [(km.DIGEST, digest)]).close()
    everywhere("INCOMPATIBLE_DIGEST", km.SIGN, key, [(km.DIGEST, km.SHA256)], b"x")


def both_ways(key, digest, data, message, algorithm):
    """The device signs, OpenSSL verifies, the device verifies its own: through each door."""
    seen = set()
    for door in doors.DOORS:
        if len(data) > 4096 and "byte by byte" in door:
            continue
        signature, made = doors.through(door, device, key, km.SIGN, [(km.DIGEST, digest)], data)
        equal([], made, "parameters made")
        try:
            public(key).verify(signature, message, openssl_ec.ECDSA(algorithm))
        except InvalidSignature:
            raise AssertionError(f"{door}: OpenSSL refuses it") from None
        got, _ = doors.through(door, device, key, km.VERIFY, [(km.DIGEST, digest)], data, signature)
        equal(b"", got, "output of verify")
        refused("VERIFICATION_FAILED", doors.through, door, device, key, km.VERIFY,
                [(km.DIGEST, digest)], data, signature[:-1] + bytes([signature[-1] ^ 1]))
        seen.add(signature)
    if len(seen) < 4:
        raise AssertionError("a nonce came twice")


@test
def ec_results():
    key = device.generate(doors.ec(OPENSSL_HASH))
    for digest, algorithm in OPENSSL_HASH.items():
        for data in (b"", b"message", bytes(200)):
            both_ways(key, digest, data, data, algorithm)
    data = os.urandom(1 << 20)
    both_ways(key, km.SHA256, data, data, hashes.SHA256())


@test
def ec_without_digest():
    """Longer input is cut, shorter is a smaller number; 32 bytes are a SHA-256 value."""
    key = device.generate(doors.ec([km.NO_DIGEST]))
    raw = openssl_ec.ECDSA(Prehashed(hashes.SHA256())).algorithm
    for n in (0, 1, 20, 31, 32, 33, 48, 64, 65, 1000, 1 << 20):
        data = os.urandom(n)
        both_ways(key, km.NO_DIGEST, data, data[:32].rjust(32, b"\0"), raw)


@test
def ec_verifies_what_openssl_signs():
    theirs = openssl_ec.generate_private_key(openssl_ec.SECP256R1())
    der = theirs.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8,
                               serialization.NoEncryption())
    key = device.import_key(doors.ec(OPENSSL_HASH), der, km.PKCS8)
    for digest, algorithm in OPENSSL_HASH.items():
        for _ in range(5):
            data = os.urandom(50)
            signature = theirs.sign(data, openssl_ec.ECDSA(algorithm))
            device.operate(km.VERIFY, key, [(km.DIGEST, digest)], data, signature)
            refused("VERIFICATION_FAILED", device.operate, km.VERIFY, key, [(km.DIGEST, digest)],
                    data + b"x", signature)


# --- all kinds --------------------------------------------------------------------------------

@test
def malformed_parameters():
    good = km.pack([(km.APPLICATION_DATA, b"four"), (km.DIGEST, km.SHA256)])

    def u32(at, value):
        return good[:at] + value.to_bytes(4, "little") + good[at + 4:]

    bad = [good[:n] for n in range(1, len(good))]
    bad += [good + bytes(n) for n in range(1, 5)]
    bad += [u32(0, n) for n in (0, 3, 5, 100, 2**31, 2**32 - 1)]
    bad += [u32(8, n) for n in (0, 1, 3, 4, 2**30, 2**31, 2**32 - 1)]
    bad += [u32(12, n) for n in (0, 19, 21, 2**31, 2**32 - 1)]
    bad += [u32(20, n) for n in (0, 3, 5, 2**31, 2**32 - 1)]          # a length
    bad += [u32(24, n) for n in (1, 5, 2**31, 2**32 - 4, 2**32 - 1)]  # an offset
    bad += [u32(16, n) for n in (0, 5, 0xb0000001, 0xf0000001)]       # no such type
    bad += [km.pack([(km.CALLER_NONCE, n)]) for n in (2, 255)]
    keys = {km.SIGN: device.generate(doors.ec()), km.ENCRYPT: device.generate(doors.aes())}
    for data in bad:
        for purpose, key in keys.items():
            refused("INVALID_ARGUMENT", device.begin, purpose, key, data)
            refused("INVALID_ARGUMENT", device.operate, purpose, key, data, b"")
        refused("INVALID_ARGUMENT", device.characteristics, keys[km.SIGN], data)
        refused("INVALID_ARGUMENT", device.export, keys[km.SIGN], data)
        refused("INVALID_ARGUMENT", device.generate, data)
        refused("INVALID_ARGUMENT", device.import_key, data, KEY)
        for call in ("update", "finish"):
            with device.begin(km.SIGN, keys[km.SIGN], [(km.DIGEST, km.SHA256)]) as operation:
                refused("INVALID_ARGUMENT", getattr(operation, call), b"x", data)
    note(f"{len(bad)} malformed sets")


@test
def superfluous_parameters():
    """What does not belong to the call is ignored, known or not."""
    more = [(0x3000ffff, 7), (0x9000fffe, b"bytes"), (km.KEY_SIZE, 1), km.EARLY_BOOT_ONLY,
            (km.CONFIRMATION_TOKEN, b"x"), (km.USER_SECURE_ID, 1), (km.ORIGIN, 3)]
    encryptor = Cipher(algorithms.AES(KEY), modes.CBC(IV)).encryptor()
    result(encryptor.update(bytes(16)), km.ENCRYPT, aes(km.CBC),
           doors.cipher(km.CBC, nonce=IV, more=more), bytes(16))
    device.characteristics(aes(km.CBC), more)


def authenticated(more):
    return [(km.USER_SECURE_ID, 9), (km.USER_AUTH_TYPE, 0xffffffff), *more]


@test
def keys_that_need_a_user():
    """Without a token: timed keys are refused by begin, the others by what follows."""
    for more in ([], [(km.AUTH_TIMEOUT, 300)], [(km.USER_SECURE_ID, 10)]):
        timed = (km.AUTH_TIMEOUT, 300) in more
        kinds = ((km.ENCRYPT, device.generate(doors.describe(
                    km.AES, 256, [km.ENCRYPT, km.DECRYPT], [km.CTR], [km.PAD_NONE],
                    more=authenticated(more))), doors.cipher(km.CTR)),
                 (km.VERIFY, device.generate(doors.describe(
                     km.HMAC, 256, [km.SIGN, km.VERIFY], digests=[km.SHA256], min_mac=64,
                     more=authenticated(more))), []),
                 (km.SIGN, device.generate(doors.describe(
                     km.EC, 256, [km.SIGN], digests=[km.SHA256], more=authenticated(more))),
                  [(km.DIGEST, km.SHA256)]))
        for purpose, key, params in kinds:
            for token in ([], *[[(km.AUTH_TOKEN, bytes(n))] for n in (0, 68, 69, 70, 4096)]):
                if timed:
                    at_begin("KEY_USER_NOT_AUTHENTICATED", purpose, key, params + token)
                    continue
                refused("KEY_USER_NOT_AUTHENTICATED", device.operate, purpose, key, params + token,
                        b"x", bytes(32))
                for call in ("update", "finish"):
                    with device.begin(purpose, key, params) as operation:
                        refused("KEY_USER_NOT_AUTHENTICATED", getattr(operation, call), b"x", token)
                        refused("INVALID_OPERATION_HANDLE", operation.finish)
        purpose, key, params = kinds[0]
        if not timed:       # what is not allowed is not even measured
            refused("KEY_USER_NOT_AUTHENTICATED", device.operate, purpose, key, params, b"x",
                    room=0)
        ec_key = kinds[2][1]
        everywhere("VERIFICATION_FAILED", km.VERIFY, ec_key, [(km.DIGEST, km.SHA256)], b"x",
                   bytes(70))   # the public half is free


@test
def keys_in_the_keyring():
    """What the keyring's rules say comes before what the key's do."""
    serial = km.add_key("keymaster", "test", aes(km.GCM))
    params = doors.cipher(km.GCM, nonce=bytes(12))
    want, _ = device.operate(km.ENCRYPT, serial, params, b"text")
    equal(AESGCM(KEY).encrypt(bytes(12), b"text", None), want, "by serial")
    blob = aes(km.GCM)
    equal(blob, km.read_key(km.add_key("keymaster", "test-read", blob)), "read back: the blob")
    equal(device.characteristics(blob)[0][:-1], device.characteristics(serial)[0][:-1], "the same")
    with device.begin(km.ENCRYPT, serial, params) as operation:
        km.revoke_key(serial)
        equal(want, operation.finish(b"text"), "begun before it was revoked")
    for call, args in ((device.begin, (km.ENCRYPT, serial, params)),
                       (device.operate, (km.ENCRYPT, serial, params, b"text")),
                       (device.characteristics, (serial,))):
        try:
            call(*args)
        except km.Refused as e:
            equal((errno.EKEYREVOKED, "OK"), (e.errno, e.code), call.__name__)
        else:
            raise AssertionError(f"{call.__name__} used a revoked key")
    other = km.add_key("user", "test-user-key", aes(km.GCM))
    try:
        device.operate(km.ENCRYPT, other, params, b"text")
    except km.Refused as e:
        equal("OK", e.code, "a key of another type")
    else:
        raise AssertionError("a key of another type was used")
    for payload in (b"", b"x", bytes(300), blob[:-1], blob + b"x"):
        try:
            km.add_key("keymaster", "test-bad", payload)
        except OSError:
            continue
        raise AssertionError(f"{len(payload)} bytes became a key")


if __name__ == "__main__":
    doors.device = device = km.ready()
    main()
