#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# Published vectors through the device: NIST's for ECDSA and ECDH, the authors' for Ed25519, the
# RFC's for X25519. From Debian's python3-cryptography-vectors; what is left out is counted.

import os

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec as openssl_ec
from cryptography.hazmat.primitives.asymmetric import x25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

import doors
import km
import nist
from nist import Count, vectors
from tap import equal, main, note, refused, test

device = None
CURVES = {"P-224": (km.P_224, openssl_ec.SECP224R1()), "P-256": (km.P_256, openssl_ec.SECP256R1()),
          "P-384": (km.P_384, openssl_ec.SECP384R1()), "P-521": (km.P_521, openssl_ec.SECP521R1())}
DIGESTS = {"SHA-1": (km.SHA1, hashes.SHA1()), "SHA-224": (km.SHA224, hashes.SHA224()),
           "SHA-256": (km.SHA256, hashes.SHA256()), "SHA-384": (km.SHA384, hashes.SHA384()),
           "SHA-512": (km.SHA512, hashes.SHA512())}
ORDERS = {
    "P-224": 0xffffffffffffffffffffffffffff16a2e0b8f03e13dd29455c5c2a3d,
    "P-256": 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551,
    "P-384": 2**384 - 0x389cb27e0bc8d220a7e5f24db74f58851313e695333ad68d,
    "P-521": int("01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa"
                 "51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409", 16),
}


def private_key(curve, d):
    key = openssl_ec.derive_private_key(d, CURVES[curve][1])
    return key, key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8,
                                  serialization.NoEncryption())


def check_public(blob, v):
    public = serialization.load_der_public_key(device.export(blob)).public_numbers()
    equal((int(v["qx"], 16), int(v["qy"], 16)), (public.x, public.y), "public key")


@test
def ecdsa_key_pairs():
    count = Count()
    for path in ("FIPS_186-2", "FIPS_186-3"):
        for section, v in vectors(f"asymmetric/ECDSA/{path}/KeyPair.rsp"):
            if "d" not in v:
                continue
            curve = [s for s in section if s.startswith(("P-", "K-", "B-"))][-1]
            if curve not in CURVES:
                count.out[f"key pairs of {curve}, which is not offered"] += 1
                continue
            if count.left_out():
                continue
            blob = device.import_key(doors.ec(curve=CURVES[curve][0]),
                                     private_key(curve, int(v["d"], 16))[1], km.PKCS8)
            check_public(blob, v)
            count.used += 1
    count.end(80)


def signature(curve, digest, v):
    """A known signature verifies, altered ones do not, and OpenSSL accepts what the device makes."""
    number, algorithm = DIGESTS[digest]
    key, der = private_key(curve, int(v["d"], 16))
    blob = device.import_key(doors.ec([number], curve=CURVES[curve][0]), der, km.PKCS8)
    check_public(blob, v)
    message, params = bytes.fromhex(v["msg"]), [(km.DIGEST, number)]
    r, s = int(v["r"], 16), int(v["s"], 16)
    device.operate(km.VERIFY, blob, params, message, encode_dss_signature(r, s))
    for bad in ((r ^ 1, s), (r, s ^ 1), (s, r)):
        refused("VERIFICATION_FAILED", device.operate, km.VERIFY, blob, params, message,
                encode_dss_signature(*bad))
    refused("VERIFICATION_FAILED", device.operate, km.VERIFY, blob, params, message + b"x",
            encode_dss_signature(r, s))
    made, _ = device.operate(km.SIGN, blob, params, message)
    try:
        key.public_key().verify(made, message, openssl_ec.ECDSA(algorithm))
    except InvalidSignature:
        raise AssertionError(f"OpenSSL refuses the signature of {v}") from None


@test
def ecdsa_signatures():
    count = Count()
    for section, v in vectors("asymmetric/ECDSA/FIPS_186-3/SigGen.txt"):
        curve, _, digest = section["last"].partition(",")
        if "d" not in v:
            continue
        if curve not in CURVES:
            count.out[f"signatures on {curve}, which is not offered"] += 1
            continue
        if count.left_out():
            continue
        signature(curve, digest, v)
        count.used += 1
    for path in ("FIPS_186-2/SigVer", "FIPS_186-2/PKV", "FIPS_186-2/SigGen", "FIPS_186-3/SigVer",
                 "FIPS_186-3/PKV"):
        count.out[f"of {path}: public keys alone, which the device does not import"] = sum(
            "qx" in v for _, v in vectors(f"asymmetric/ECDSA/{path}.rsp"))
    count.end(300)


@test
def ecdsa_odd_signatures():
    """Encodings and numbers that a verifier must not take; n is the order of the group."""
    for curve, (number, _) in CURVES.items():
        n = ORDERS[curve]
        blob = device.generate(doors.ec(curve=number))
        params = [(km.DIGEST, km.SHA256)]
        good, _ = device.operate(km.SIGN, blob, params, b"message")
        device.operate(km.VERIFY, blob, params, b"message", good)
        numbers = (0, 1, n - 1, n, n + 1, (1 << n.bit_length()) - 1)
        odd = [encode_dss_signature(r, s) for r in numbers for s in numbers]
        odd += [good[:i] for i in range(1, len(good))] + [good + b"\0", b"\0" + good, b"\x30\0"]
        odd += [bytes([b ^ 1 << i % 8 if i // 8 == at else b for at, b in enumerate(good)])
                for i in range(0, 8 * len(good), 1 if number == km.P_256 else 7)]
        odd += [b"\x30\x80" + good[2:] + b"\0\0", bytes(64), bytes(1024), b""]
        for bad in odd:
            refused("VERIFICATION_FAILED", device.operate, km.VERIFY, blob, params, b"message",
                    bad)
        note(f"{curve}: {len(odd)} signatures refused")


@test
def ecdh():
    """NIST's validity test: agreements that hold, and peers that must be refused."""
    count = Count()
    names = {"EB": "P-224", "EC": "P-256", "ED": "P-384", "EE": "P-521"}
    for role in ("init", "resp"):
        path = f"asymmetric/ECDH/KASValidityTest_ECCStaticUnified_NOKC_ZZOnly_{role}.fax"
        for section, v in vectors(path):
            if "dsiut" not in v:
                continue
            curve = names.get(section["last"].partition(" ")[0])
            if not curve:
                count.out["agreements on P-192, which is not offered"] += 1
                continue
            if count.left_out():
                continue
            agreement(curve, v)
            count.used += 1
    count.end(200)


def agreement(curve, v):
    number, openssl_curve = CURVES[curve]
    own, peer = int(v["dsiut"], 16), (int(v["qscavsx"], 16), int(v["qscavsy"], 16))
    if not 0 < own < ORDERS[curve]:
        return
    blob = device.import_key(doors.ec([], [km.AGREE_KEY], curve=number),
                             private_key(curve, own)[1], km.PKCS8)
    size = (openssl_curve.key_size + 7) // 8
    # What is before the point in an encoded key, from one that OpenSSL made.
    other = private_key(curve, 1)[0].public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    point = b"".join((n % (1 << 8 * size)).to_bytes(size, "big") for n in peer)
    try:
        secret, _ = device.operate(km.AGREE_KEY, blob, [], other[:-2 * size] + point)
    except km.Refused as e:
        equal("INVALID_ARGUMENT", e.code, str(v))
        equal("F", v["result"][0], f"refused {v}")
        return
    if v["result"][0] == "P":
        equal(bytes.fromhex(v["z"]).rjust(size, b"\0"), secret, str(v))
        return
    # The other failures are of values that only the test's own side holds.
    equal(True, "Z value" in v["result"] or "key pair" in v["result"].lower() or
          secret != bytes.fromhex(v["z"]), f"accepted {v}")


# --- Curve25519 ---------------------------------------------------------------------------------

@test
def ed25519():
    count = Count()
    with open(os.path.join(nist.HOME, "asymmetric/Ed25519/sign.input"), encoding="ascii") as lines:
        for line in lines:
            if count.left_out():
                continue
            secret, public, message, signed = (bytes.fromhex(f) for f in line.split(":")[:4])
            blob = device.import_key(doors.ec([km.NO_DIGEST], curve=km.CURVE_25519), secret[:32],
                                     km.RAW)
            equal(public, device.export(blob)[-32:], "public key")
            params = [(km.DIGEST, km.NO_DIGEST)]
            made, _ = device.operate(km.SIGN, blob, params, message)
            equal(signed[:64], made, "signature")
            device.operate(km.VERIFY, blob, params, message, made)
            refused("VERIFICATION_FAILED", device.operate, km.VERIFY, blob, params,
                    message + b"x", made)
            count.used += 1
    count.end(1024)


@test
def x25519_agreements():
    count = Count()
    for _, v in vectors("asymmetric/X25519/rfc7748.txt"):
        if "input_scalar" not in v:
            count.out["X25519: iterations, which no key agreement does"] += 1
            continue
        scalar, point, want = (bytes.fromhex(v[n]) for n in ("input_scalar", "input_u", "output_u"))
        blob = device.import_key(doors.ec([], [km.AGREE_KEY], curve=km.CURVE_25519), scalar,
                                 km.RAW)
        peer = x25519.X25519PublicKey.from_public_bytes(point).public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        equal(want, device.operate(km.AGREE_KEY, blob, [], peer)[0], "secret")
        count.used += 1
    count.end(2)


if __name__ == "__main__":
    device = km.ready()
    main()
