#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# Published vectors through the device: NIST's for AES and ECDSA, the RFCs' for HMAC and CTR.
# From Debian's python3-cryptography-vectors; what is left out is counted, and said why.

import collections
import glob
import os

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec as openssl_ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

import doors
import km
from tap import Skip, equal, main, note, refused, test

try:
    import cryptography_vectors
    HOME = os.path.dirname(cryptography_vectors.__file__)
except ImportError:
    HOME = None
device = None


def vectors(path):
    """(section, fields) of each vector: sections in brackets stay, a blank line ends a vector."""
    section, fields = {}, {}
    with open(os.path.join(HOME, path), encoding="ascii") as lines:
        for line in lines:
            line = line.strip()
            if line.startswith("["):
                name, _, value = line[1:-1].partition("=")
                section = {**section, name.strip(): value.strip()}
                if not value:
                    section["last"] = name.strip()
            elif "=" in line and not line.startswith("#"):
                name, _, value = line.partition("=")
                fields[name.strip().lower()] = value.strip()
            elif line == "FAIL":
                fields["fail"] = ""
            elif not line and fields:
                yield section, fields
                fields = {}
    if fields:
        yield section, fields


class Count:
    """How many were used, how many not, and why."""

    def __init__(self):
        if not HOME:
            raise Skip("python3-cryptography-vectors is not installed")
        self.used, self.out = 0, collections.Counter()

    def end(self, least):
        for reason, number in self.out.items():
            note(f"left out: {number} {reason}")
        note(f"used: {self.used}")
        if self.used < least:
            raise AssertionError(f"only {self.used} vectors, there should be {least}")


def use(blob, mode, nonce, data, purpose):
    return device.operate(purpose, blob, doors.cipher(mode, nonce=nonce), data)[0]


def block_mode(mode, pattern, least):
    count = Count()
    for path in sorted(glob.glob(os.path.join(HOME, "ciphers/AES", pattern))):
        for _, v in vectors(path):
            key, nonce = bytes.fromhex(v["key"]), v.get("iv")
            plain, sealed = bytes.fromhex(v["plaintext"]), bytes.fromhex(v["ciphertext"])
            nonce = bytes.fromhex(nonce) if nonce else None
            blob = device.import_key(doors.aes(mode, 8 * len(key)), key)
            equal(sealed, use(blob, mode, nonce, plain, km.ENCRYPT), f"{path} {v}")
            equal(plain, use(blob, mode, nonce, sealed, km.DECRYPT), f"{path} {v}")
            count.used += 1
    count.end(least)


@test
def aes_ecb():
    block_mode(km.ECB, "ECB/*.rsp", 2138)


@test
def aes_cbc():
    block_mode(km.CBC, "CBC/*.rsp", 2138)


@test
def aes_ctr():
    block_mode(km.CTR, "CTR/*.txt", 9)


def gcm(path, count):
    encrypt = "Encrypt" in path
    for section, v in vectors(path):
        tag_len = int(section["Taglen"])
        if section["IVlen"] != "96":
            count.out["GCM: the interface takes 12-byte nonces only"] += 1
            continue
        if tag_len < 96:
            count.out["GCM: the interface takes tags of 96 to 128 bits only"] += 1
            continue
        key, nonce, aad = (bytes.fromhex(v[n]) for n in ("key", "iv", "aad"))
        sealed, tag = bytes.fromhex(v["ct"]), bytes.fromhex(v["tag"])
        blob = device.import_key(doors.aes(km.GCM, 8 * len(key)), key)
        params = doors.cipher(km.GCM, nonce=nonce, mac=tag_len, more=[(km.ASSOCIATED_DATA, aad)])
        if encrypt:
            got, _ = device.operate(km.ENCRYPT, blob, params, bytes.fromhex(v["pt"]))
            equal(sealed + tag, got, f"{path} {v}")
        elif "fail" in v:
            refused("VERIFICATION_FAILED", device.operate, km.DECRYPT, blob, params, sealed + tag)
        else:
            got, _ = device.operate(km.DECRYPT, blob, params, sealed + tag)
            equal(bytes.fromhex(v["pt"]), got, f"{path} {v}")
        count.used += 1


@test
def aes_gcm():
    count = Count()
    for path in sorted(glob.glob(os.path.join(HOME, "ciphers/AES/GCM/*.rsp"))):
        gcm(path, count)
    count.end(11250)


@test
def hmac():
    count = Count()
    for path, digest in (("rfc-2202-sha1", km.SHA1), ("rfc-4231-sha224", km.SHA224),
                         ("rfc-4231-sha256", km.SHA256), ("rfc-4231-sha384", km.SHA384),
                         ("rfc-4231-sha512", km.SHA512)):
        for _, v in vectors(f"HMAC/{path}.txt"):
            key, message, mac = (bytes.fromhex(v[n]) for n in ("key", "msg", "md"))
            message = message[:int(v["len"]) // 8]
            params = doors.hmac(digest, 8 * len(key))
            if not 8 <= len(key) <= 64:
                refused("UNSUPPORTED_KEY_SIZE", device.import_key, params, key)
                count.out["HMAC: the interface takes keys of 64 to 512 bits only (refused)"] += 1
                continue
            bits = 8 * len(mac)
            if bits < 64:
                count.out["HMAC: the interface takes MACs of at least 64 bits"] += 1
                continue
            blob = device.import_key(params, key)
            got, _ = device.operate(km.SIGN, blob, [(km.DIGEST, digest), (km.MAC_LENGTH, bits)],
                                    message)
            equal(mac, got, f"{path} {v}")
            device.operate(km.VERIFY, blob, [(km.DIGEST, digest)], message, mac)
            bad = bytes([mac[0] ^ 1]) + mac[1:]
            refused("VERIFICATION_FAILED", device.operate, km.VERIFY, blob, [(km.DIGEST, digest)],
                    message, bad)
            count.used += 1
    for path in ("rfc-2202-md5", "rfc-2286-ripemd160"):
        count.out["HMAC: MD5 and RIPEMD-160 are not offered"] += sum(
            1 for _ in vectors(f"HMAC/{path}.txt"))
    count.end(16)


# --- ECDSA ------------------------------------------------------------------------------------

DIGESTS = {"SHA-1": (km.SHA1, hashes.SHA1()), "SHA-224": (km.SHA224, hashes.SHA224()),
           "SHA-256": (km.SHA256, hashes.SHA256()), "SHA-384": (km.SHA384, hashes.SHA384()),
           "SHA-512": (km.SHA512, hashes.SHA512())}


def private_key(v):
    key = openssl_ec.derive_private_key(int(v["d"], 16), openssl_ec.SECP256R1())
    return key, key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8,
                                  serialization.NoEncryption())


def check_public(blob, v):
    public = serialization.load_der_public_key(device.export(blob)).public_numbers()
    equal((int(v["qx"], 16), int(v["qy"], 16)), (public.x, public.y), "public key")


@test
def ecdsa_p256_key_pairs():
    count = Count()
    for path in ("FIPS_186-2", "FIPS_186-3"):
        curve = None
        for section, v in vectors(f"asymmetric/ECDSA/{path}/KeyPair.rsp"):
            if "d" not in v:
                continue
            curve = [s for s in section if s.startswith(("P-", "K-", "B-"))][-1]
            if curve != "P-256":
                count.out["key pairs of other curves"] += 1
                continue
            blob = device.import_key(doors.ec(), private_key(v)[1], km.PKCS8)
            check_public(blob, v)
            count.used += 1
    count.end(20)


@test
def ecdsa_p256_signatures():
    """Known signatures verify, altered ones do not, and what the device signs OpenSSL accepts."""
    count = Count()
    for section, v in vectors("asymmetric/ECDSA/FIPS_186-3/SigGen.txt"):
        curve, _, digest = section["last"].partition(",")
        if "d" not in v:
            continue
        if curve != "P-256":
            count.out["signatures of other curves"] += 1
            continue
        number, algorithm = DIGESTS[digest]
        key, der = private_key(v)
        blob = device.import_key(doors.ec([number]), der, km.PKCS8)
        check_public(blob, v)
        message = bytes.fromhex(v["msg"])
        r, s = int(v["r"], 16), int(v["s"], 16)
        params = [(km.DIGEST, number)]
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
        count.used += 1
    for path in ("FIPS_186-2/SigVer", "FIPS_186-2/PKV", "FIPS_186-2/SigGen", "FIPS_186-3/SigVer",
                 "FIPS_186-3/PKV"):
        count.out[f"of {path}: public keys alone, which the device does not import"] = sum(
            "qx" in v for _, v in vectors(f"asymmetric/ECDSA/{path}.rsp"))
    count.end(75)


@test
def ecdsa_p256_odd_signatures():
    """Encodings and numbers that a verifier must not take; n is the order of the group."""
    n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
    blob = device.generate(doors.ec())
    params = [(km.DIGEST, km.SHA256)]
    good, _ = device.operate(km.SIGN, blob, params, b"message")
    device.operate(km.VERIFY, blob, params, b"message", good)
    odd = [encode_dss_signature(r, s) for r in (0, 1, n - 1, n, n + 1, 2**256 - 1)
           for s in (0, 1, n - 1, n, n + 1, 2**256 - 1)]
    odd += [good[:i] for i in range(1, len(good))] + [good + b"\0", b"\0" + good, b"\x30\0"]
    odd += [bytes([b ^ 1 << i % 8 if i // 8 == at else b for at, b in enumerate(good)])
            for i in range(8 * len(good))]
    odd += [b"\x30\x80" + good[2:] + b"\0\0", b"\x30\x81" + good[1:], bytes(64), bytes(1024)]
    for bad in odd:
        refused("VERIFICATION_FAILED", device.operate, km.VERIFY, blob, params, b"message", bad)
    refused("VERIFICATION_FAILED", device.operate, km.VERIFY, blob, params, b"message", b"")
    note(f"{len(odd) + 1} signatures refused")


if __name__ == "__main__":
    device = km.ready()
    main()
