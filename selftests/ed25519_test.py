#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# EC on Curve25519: keys made and brought in, Ed25519 signatures, X25519 agreement; what is refused
# and how; through every door (doors.py) and against OpenSSL. Vectors: RFC 8032 7.1, RFC 7748 5.2, 6.1.

import hashlib
import os

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec as openssl_ec
from cryptography.hazmat.primitives.asymmetric import ed448, rsa, x448
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

import doors
import km
from doors import at_begin, everywhere, result
from tap import equal, main, refused, test

FEATURE_CURVE_25519 = 1 << 6
MOST = 16384
NONE = [(km.DIGEST, km.NO_DIGEST)]
ED_OID, X_OID = b"\x06\x03\x2b\x65\x70", b"\x06\x03\x2b\x65\x6e"
ORDER = 2**252 + 27742317777372353535851937790883648493
device = None


def ed(purposes=(km.SIGN, km.VERIFY), digests=(km.NO_DIGEST,), more=(), curve=(km.CURVE_25519,)):
    return doors.describe(km.EC, None, purposes, digests=digests,
                          more=[(km.EC_CURVE, c) for c in curve] + [km.NO_AUTH_REQUIRED, *more])


def x(purposes=(km.AGREE_KEY,), **named):
    return ed(purposes, (), **named)


def tlv(tag, *parts):
    body = b"".join(parts)
    return bytes([tag, len(body)]) + body


def pkcs8(oid, secret, version=0, behind=b"", params=b""):
    return tlv(0x30, tlv(2, bytes([version])), tlv(0x30, oid, params), tlv(4, tlv(4, secret)), behind)


def spki(oid, public, params=b"", unused=0):
    return tlv(0x30, tlv(0x30, oid, params), tlv(3, bytes([unused]), public))


def raw(key):
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def der(key):
    return key.public_bytes(serialization.Encoding.DER,
                            serialization.PublicFormat.SubjectPublicKeyInfo)


def private_der(key):
    return key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


def hexed(*texts):
    return [bytes.fromhex(text) for text in texts]


SIGNATURES = [hexed(*row) for row in (
    ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
     "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
     "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
    ("833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     hashlib.sha512(b"abc").hexdigest(),
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
     "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"))]

SECRETS = [hexed(*row) for row in (
    ("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
     "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
     "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"),
    ("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
     "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
     "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"),
    ("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
     "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
     "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"))]


@test
def feature():
    equal(FEATURE_CURVE_25519, device.info()["features"] & FEATURE_CURVE_25519, "feature bit")


# --- vectors ----------------------------------------------------------------------------------

@test
def vectors_of_ed25519():
    for seed, public, message, signature in SIGNATURES:
        for key in (device.import_key(ed(), seed, km.RAW),
                    device.import_key(ed(), pkcs8(ED_OID, seed), km.PKCS8),
                    device.import_key(ed(curve=()), pkcs8(ED_OID, seed), km.PKCS8)):
            equal(spki(ED_OID, public), device.export(key), "public key")
            result(signature, km.SIGN, key, NONE, message)
            result(b"", km.VERIFY, key, NONE, message, signature)
            for at in (0, 31, 32, 63):
                bad = bytearray(signature)
                bad[at] ^= 1
                everywhere("VERIFICATION_FAILED", km.VERIFY, key, NONE, message, bytes(bad))


@test
def vectors_of_x25519():
    for scalar, public, secret in SECRETS:
        for key in (device.import_key(x(), scalar, km.RAW),
                    device.import_key(x(), pkcs8(X_OID, scalar), km.PKCS8),
                    device.import_key(x(curve=()), pkcs8(X_OID, scalar), km.PKCS8)):
            result(secret, km.AGREE_KEY, key, [], spki(X_OID, public))
            ours = X25519PrivateKey.from_private_bytes(scalar).public_key()
            equal(der(ours), device.export(key), "public key")


# --- generation -------------------------------------------------------------------------------

@test
def generated_keys():
    for purposes in ([km.SIGN], [km.SIGN, km.VERIFY], [km.ATTEST_KEY], [km.AGREE_KEY]):
        for size in ((), ((km.KEY_SIZE, 256),)):
            key = device.generate(ed(purposes, more=size))
            oid = X_OID if km.AGREE_KEY in purposes else ED_OID
            equal(True, oid in device.export(key), "kind of key")
            enforced, _ = device.characteristics(key)
            for tag, value in ((km.KEY_SIZE, 256), (km.EC_CURVE, km.CURVE_25519),
                               (km.ORIGIN, km.GENERATED)):
                equal([value], km.values(enforced, tag), hex(tag))
    keys = {device.export(device.generate(ed())) for _ in range(20)}
    equal(20, len(keys), "different keys")


@test
def generation_refused():
    for purposes in ([km.SIGN, km.AGREE_KEY], [km.AGREE_KEY, km.VERIFY, km.SIGN],
                     [km.ATTEST_KEY, km.AGREE_KEY], [km.ATTEST_KEY, km.SIGN]):
        refused("INCOMPATIBLE_PURPOSE", device.generate, ed(purposes))
    for purposes in ([], [km.VERIFY], [km.ENCRYPT, km.DECRYPT], [km.WRAP_KEY]):
        refused("UNSUPPORTED_PURPOSE", device.generate, ed(purposes))
    for size in (0, 224, 255, 257, 512, 2**32 - 1):
        refused("INVALID_ARGUMENT", device.generate, ed(more=[(km.KEY_SIZE, size)]))


# --- import -----------------------------------------------------------------------------------

@test
def imported_keys():
    """As OpenSSL writes them; the tags that the material makes known are added."""
    for make, params in ((Ed25519PrivateKey, ed), (X25519PrivateKey, x)):
        for more in ((), ((km.KEY_SIZE, 256),)):
            for curve in ((), (km.CURVE_25519,)):
                theirs = make.generate()
                key = device.import_key(params(curve=curve, more=more), private_der(theirs),
                                        km.PKCS8)
                equal(der(theirs.public_key()), device.export(key), "public key")
                enforced, _ = device.characteristics(key)
                for tag, value in ((km.KEY_SIZE, 256), (km.EC_CURVE, km.CURVE_25519),
                                   (km.ORIGIN, km.IMPORTED)):
                    equal([value], km.values(enforced, tag), hex(tag))
    # the material says what it is: no purpose is needed for its public half
    theirs = Ed25519PrivateKey.generate()
    for purposes in ((), (km.VERIFY,)):
        key = device.import_key(ed(purposes), private_der(theirs), km.PKCS8)
        result(b"", km.VERIFY, key, NONE, b"x", theirs.sign(b"x"))
        at_begin("INCOMPATIBLE_PURPOSE", km.SIGN, key, NONE)


@test
def import_with_public_key():
    """RFC 5958, version 2; a public key of another is refused."""
    for make, params, oid in ((Ed25519PrivateKey, ed, ED_OID), (X25519PrivateKey, x, X_OID)):
        theirs = make.generate()
        secret = theirs.private_bytes(serialization.Encoding.Raw, serialization.PrivateFormat.Raw,
                                      serialization.NoEncryption())
        public = raw(theirs.public_key())
        attributes = tlv(0xa0, b"whatever")
        for behind in (tlv(0x81, b"\0", public), attributes + tlv(0x81, b"\0", public), attributes):
            key = device.import_key(params(), pkcs8(oid, secret, 1, behind), km.PKCS8)
            equal(der(theirs.public_key()), device.export(key), "public key")
        device.import_key(params(), pkcs8(oid, secret, 0, attributes), km.PKCS8)
        wrong = bytearray(public)
        wrong[7] ^= 4
        for version, behind in ((1, tlv(0x81, b"\0", bytes(wrong))),
                                (0, tlv(0x81, b"\0", public)),
                                (1, tlv(0x81, b"\1", public)),
                                (1, tlv(0x81, b"\0", public[:31])),
                                (1, tlv(0x81, b"\0", public) + attributes),
                                (1, tlv(0x82, b"\0", public)), (1, b"\0"), (2, b"")):
            refused("INVALID_ARGUMENT", device.import_key, params(),
                    pkcs8(oid, secret, version, behind), km.PKCS8)


@test
def import_of_the_other_kind():
    for make, wrong in ((Ed25519PrivateKey, ([km.AGREE_KEY], [km.SIGN, km.AGREE_KEY])),
                        (X25519PrivateKey, ([km.SIGN], [km.ATTEST_KEY], [km.SIGN, km.VERIFY],
                                            [km.SIGN, km.AGREE_KEY]))):
        for purposes in wrong:
            for curve in ((), (km.CURVE_25519,)):
                refused("INCOMPATIBLE_PURPOSE", device.import_key, ed(purposes, curve=curve),
                        private_der(make.generate()), km.PKCS8)


@test
def import_refused():
    theirs = private_der(Ed25519PrivateKey.generate())
    for size in (0, 255, 257, 521):
        for data, form in ((theirs, km.PKCS8), (bytes(32), km.RAW)):
            refused("IMPORT_PARAMETER_MISMATCH", device.import_key, ed(more=[(km.KEY_SIZE, size)]),
                    data, form)
        refused("IMPORT_PARAMETER_MISMATCH", device.import_key,
                ed(curve=(), more=[(km.KEY_SIZE, size)]), theirs, km.PKCS8)
    for curve in (km.P_256,):
        for key in (Ed25519PrivateKey, X25519PrivateKey):
            refused("IMPORT_PARAMETER_MISMATCH", device.import_key, ed((), curve=[curve]),
                    private_der(key.generate()), km.PKCS8)
    for key in (openssl_ec.generate_private_key(openssl_ec.SECP256R1()),
                rsa.generate_private_key(65537, 1024), ed448.Ed448PrivateKey.generate(),
                x448.X448PrivateKey.generate()):
        refused("IMPORT_PARAMETER_MISMATCH", device.import_key, ed(), private_der(key), km.PKCS8)
    for form in (km.X509, 2, 4, 0xffffffff):
        refused("UNSUPPORTED_KEY_FORMAT", device.import_key, ed(), theirs, form)
    for bad in (theirs[:-1], theirs + b"\0", theirs[1:], bytes(32), bytes(48),
                pkcs8(ED_OID, bytes(31)), pkcs8(ED_OID, bytes(33)),
                pkcs8(ED_OID, bytes(32), params=b"\5\0")):
        refused("INVALID_ARGUMENT", device.import_key, ed(), bad, km.PKCS8)


@test
def import_raw_refused():
    """Bare bytes: the curve and the purposes have to say what they are."""
    for size in (1, 31, 33, 48, 64):
        refused("INVALID_ARGUMENT", device.import_key, ed(), bytes(size), km.RAW)
    for purposes in ([], [km.VERIFY]):
        refused("UNSUPPORTED_PURPOSE", device.import_key, ed(purposes), bytes(32), km.RAW)
    refused("INCOMPATIBLE_PURPOSE", device.import_key, ed([km.SIGN, km.AGREE_KEY]), bytes(32),
            km.RAW)
    for curve in ((), (km.P_256,)):
        refused("UNSUPPORTED_KEY_FORMAT", device.import_key, ed(curve=curve), bytes(32), km.RAW)


# --- Ed25519 ----------------------------------------------------------------------------------

@test
def signatures_as_openssl_makes_them():
    theirs = Ed25519PrivateKey.generate()
    key = device.import_key(ed(), private_der(theirs), km.PKCS8)
    for size in (*range(0, 140), 511, 512, 513, 1023, 1024, 4095, 4097, MOST - 1):
        message = os.urandom(size)
        signature = theirs.sign(message)
        equal(signature, device.operate(km.SIGN, key, NONE, message)[0], size)
        device.operate(km.VERIFY, key, NONE, message, signature)
    message = os.urandom(1500)
    result(theirs.sign(message), km.SIGN, key, NONE, message)
    result(b"", km.VERIFY, key, NONE, message, theirs.sign(message))


@test
def openssl_verifies():
    for _ in range(20):
        key, message = device.generate(ed([km.SIGN])), os.urandom(77)
        public = serialization.load_der_public_key(device.export(key))
        equal(True, isinstance(public, Ed25519PublicKey), "kind")
        signature, _ = device.operate(km.SIGN, key, NONE, message)
        public.verify(signature, message)
        try:
            public.verify(signature, message + b"x")
        except InvalidSignature:
            continue
        raise AssertionError("OpenSSL verifies anything")


@test
def signatures_refused():
    theirs = Ed25519PrivateKey.generate()
    key, message = device.import_key(ed(), private_der(theirs), km.PKCS8), os.urandom(50)
    good = theirs.sign(message)
    for bad in (b"", good[:63], good + b"\0", bytes(64), b"\xff" * 64, good[32:] + good[:32]):
        everywhere("VERIFICATION_FAILED", km.VERIFY, key, NONE, message, bad)
    # s + L is the same number modulo L, but not the same signature
    s = int.from_bytes(good[32:], "little")
    for other in (s + ORDER, s + 2 * ORDER, ORDER, 2**256 - 1):
        bad = good[:32] + (other % 2**256).to_bytes(32, "little")
        everywhere("VERIFICATION_FAILED", km.VERIFY, key, NONE, message, bad)
    for bit in range(512):
        bad = bytearray(good)
        bad[bit // 8] ^= 1 << bit % 8
        refused("VERIFICATION_FAILED", device.operate, km.VERIFY, key, NONE, message, bytes(bad))
    for other in (message[:-1], message + b"\0", b"", message[::-1]):
        everywhere("VERIFICATION_FAILED", km.VERIFY, key, NONE, other, good)
    other = device.generate(ed())
    everywhere("VERIFICATION_FAILED", km.VERIFY, other, NONE, message, good)


@test
def digests():
    key = device.generate(ed())
    for purpose in (km.SIGN, km.VERIFY):
        for digest in (km.MD5, km.SHA1, km.SHA224, km.SHA256, km.SHA384, km.SHA512, 7, 2**32 - 1):
            at_begin("UNSUPPORTED_DIGEST", purpose, key, [(km.DIGEST, digest)])
        at_begin("UNSUPPORTED_DIGEST", purpose, key, [])
        at_begin("UNSUPPORTED_DIGEST", purpose, key, NONE * 2)
        at_begin("UNSUPPORTED_DIGEST", purpose, key, NONE + [(km.DIGEST, km.SHA256)])
    # a digest that the key has is none that Ed25519 has
    key = device.generate(ed(digests=[km.SHA512]))
    at_begin("UNSUPPORTED_DIGEST", km.SIGN, key, [(km.DIGEST, km.SHA512)])
    for listed in ([], [km.SHA512]):
        key = device.generate(ed(digests=listed))
        at_begin("INCOMPATIBLE_DIGEST", km.SIGN, key, NONE)
        device.begin(km.VERIFY, key, NONE).close()


@test
def purposes():
    signer, attester, agreer = (device.generate(ed(p)) for p in
                                ([km.SIGN], [km.ATTEST_KEY], [km.AGREE_KEY, km.VERIFY]))
    for key in (signer, attester, agreer):
        for purpose in (km.ENCRYPT, km.DECRYPT, km.DERIVE_KEY, km.WRAP_KEY, km.ATTEST_KEY, 8, 64,
                        0xffffffff):
            at_begin("UNSUPPORTED_PURPOSE", purpose, key, NONE)
    for key in (signer, attester):
        at_begin("INCOMPATIBLE_PURPOSE", km.AGREE_KEY, key, [])
        device.begin(km.VERIFY, key, NONE).close()      # whoever has the key may: it is public
    at_begin("INCOMPATIBLE_PURPOSE", km.SIGN, attester, NONE)
    for purpose in (km.SIGN, km.VERIFY):
        at_begin("INCOMPATIBLE_PURPOSE", purpose, agreer, NONE)
    device.begin(km.AGREE_KEY, agreer, []).close()


@test
def longest_message():
    theirs = Ed25519PrivateKey.generate()
    key, message = device.import_key(ed(), private_der(theirs), km.PKCS8), os.urandom(MOST)
    signature = theirs.sign(message)
    result(signature, km.SIGN, key, NONE, message)
    result(b"", km.VERIFY, key, NONE, message, signature)


@test
def message_too_long():
    key, message = device.generate(ed()), bytes(MOST + 1)
    for purpose in (km.SIGN, km.VERIFY):
        everywhere("INVALID_INPUT_LENGTH", purpose, key, NONE, message, bytes(64))
        refused("INVALID_INPUT_LENGTH", device.operate, purpose, key, NONE, bytes(1 << 20))
        for split in ((MOST, 1), (1, MOST), (MOST + 1, 0), (0, MOST + 1), (9000, 9000)):
            # all of it by update: the one that goes beyond is refused, and the operation ends
            with device.begin(purpose, key, NONE) as operation:
                if split[0] > MOST:
                    refused("INVALID_INPUT_LENGTH", operation.update, bytes(split[0]))
                else:
                    operation.update(bytes(split[0]))
                    refused("INVALID_INPUT_LENGTH", operation.update, bytes(split[1]))
                refused("INVALID_OPERATION_HANDLE", operation.update, b"")
            # the last of it by finish
            if split[0] <= MOST:
                with device.begin(purpose, key, NONE) as operation:
                    operation.update(bytes(split[0]))
                    refused("INVALID_INPUT_LENGTH", operation.finish, bytes(split[1]),
                            signature=bytes(64))
                    refused("INVALID_OPERATION_HANDLE", operation.finish)
    equal(0, device.info()["operations"], "operations left")


@test
def message_in_random_pieces():
    theirs = Ed25519PrivateKey.generate()
    key = device.import_key(ed(), private_der(theirs), km.PKCS8)
    for _ in range(60):
        message, at = os.urandom(int.from_bytes(os.urandom(2), "big") % (MOST + 1)), 0
        with device.begin(km.SIGN, key, NONE) as operation:
            while at < len(message) and os.urandom(1)[0] > 20:
                step = int.from_bytes(os.urandom(2), "big") >> os.urandom(1)[0] % 16
                operation.update(message[at:at + step])
                at += step
            equal(theirs.sign(message), operation.finish(message[at:]), f"{len(message)} bytes")


# --- X25519 -----------------------------------------------------------------------------------

@test
def secrets_as_openssl_makes_them():
    for _ in range(20):
        key, theirs = device.generate(x()), X25519PrivateKey.generate()
        public = serialization.load_der_public_key(device.export(key))
        equal(True, isinstance(public, X25519PublicKey), "kind")
        want = theirs.exchange(public)
        equal(32, len(want), "length")
        equal(want, device.operate(km.AGREE_KEY, key, [], der(theirs.public_key()))[0], "secret")
    result(want, km.AGREE_KEY, key, [], der(theirs.public_key()))
    peer = der(theirs.public_key())
    with device.begin(km.AGREE_KEY, key) as operation:
        operation.update(peer[:20])
        equal(want, operation.finish(peer[20:]), "by update and finish")


@test
def two_of_ours_agree():
    a, b = device.generate(x()), device.generate(x())
    equal(device.operate(km.AGREE_KEY, a, [], device.export(b))[0],
          device.operate(km.AGREE_KEY, b, [], device.export(a))[0], "secret")


@test
def peers_refused():
    key = device.generate(x())
    good = der(X25519PrivateKey.generate().public_key())
    public = good[12:]
    for bad in (b"", b"\0", good[:-1], good + b"\0", good[1:], public, bytes(44), good * 2,
                spki(X_OID, public, params=b"\5\0"), spki(X_OID, public, unused=1),
                spki(X_OID, public[:31]), spki(X_OID, public + b"\0"), spki(ED_OID, public),
                der(Ed25519PrivateKey.generate().public_key()),
                der(x448.X448PrivateKey.generate().public_key()),
                der(openssl_ec.generate_private_key(openssl_ec.SECP256R1()).public_key()),
                der(rsa.generate_private_key(65537, 1024).public_key()), bytes(5000)):
        everywhere("INVALID_ARGUMENT", km.AGREE_KEY, key, [], bad)


@test
def points_of_small_order_refused():
    p = 2**255 - 19
    eight = 325606250916557431795983626356110631294008115727848805560023387167927233504
    other = 39382357235489614581723060781553021112529911719440698176882885853963445705823
    key = device.generate(x())
    for u in (0, 1, eight, other, p - 1, p, p + 1, p + 2**255):
        everywhere("INVALID_ARGUMENT", km.AGREE_KEY, key, [], spki(X_OID, u.to_bytes(32, "little")))


@test
def points_that_are_not_reduced():
    """RFC 7748: the highest bit is passed over, p and more is taken modulo p."""
    p = 2**255 - 19
    key = device.generate(x())
    for small, big in ((2, p + 2), (9, p + 9), (18, p + 18), (9, 9 + 2**255)):
        equal(*(device.operate(km.AGREE_KEY, key, [], spki(X_OID, u.to_bytes(32, "little")))[0]
                for u in (small, big)), f"{small}")


if __name__ == "__main__":
    device = doors.device = km.ready()
    main()
