# SPDX-License-Identifier: GPL-2.0-only
# android_files.py - writes the files that kmctl_android_test.sh works on into the current
# folder: the vectors as they are, and others made for what those do not have.
import datetime
import hashlib
import os
import re
import struct
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESOCB3
from cryptography.x509.oid import NameOID

import readykeys

HERE = os.path.dirname(os.path.abspath(__file__))
ENUM, ENUM_REP, UINT, ULONG, DATE, BOOL, BYTES, ULONG_REP = 1, 2, 3, 5, 6, 7, 9, 10
KEY = bytes.fromhex("d6c70396df7bfdd8b47913485dc0a885")


def vectors(name):
    """{(section, name): bytes} of a file of selftests/vectors."""
    section, key, text = None, None, {}
    with open(os.path.join(HERE, "vectors", name), encoding="ascii") as lines:
        for line in lines:
            line = line.rstrip()
            if line.startswith("["):
                section, key = line[1:line.index("]")], None
            elif line.startswith(" ") and key:
                text[key] += line.strip()
            elif "=" in line and not line.startswith("#"):
                key = section, line.split(" =")[0]
                text[key] = line.split("=")[1].strip()
    return {k: bytes.fromhex(v) for k, v in text.items() if re.fullmatch("[0-9a-f]*", v)}


def put(name, data):
    with open(name, "wb") as file:
        file.write(data)


def authorizations(*entries):
    """The wire form of a set, of (tag, value)."""
    indirect, elements = b"", b""
    for tag, value in entries:
        kind = tag >> 28
        elements += struct.pack("<I", tag)
        if kind == BYTES:
            elements += struct.pack("<II", len(value), len(indirect))
            indirect += value
        elif kind == BOOL:
            elements += bytes([value])
        else:
            elements += struct.pack("<Q" if kind in (ULONG, DATE, ULONG_REP) else "<I", value)
    return (struct.pack("<I", len(indirect)) + indirect +
            struct.pack("<II", len(entries), len(elements)) + elements)


def sealed(material, unenforced, nonce=None, enforced=(), master=bytes(16), app=None):
    """An OCB blob."""
    nonce = nonce or os.urandom(12)
    hidden = authorizations(*([(0x90000259, app)] if app else []), (0x900002c0, b"SW"))
    sets = authorizations(*enforced) + authorizations(*unenforced)
    digest = hashlib.sha256(hidden + sets).digest()
    ecb = Cipher(algorithms.AES(master), modes.ECB()).encryptor()
    out = AESOCB3(ecb.update(digest[:16])).encrypt(nonce, material, None)
    return (b"\0" + struct.pack("<I", 12) + nonce + struct.pack("<I", len(material)) +
            out[:-16] + struct.pack("<I", 16) + out[-16:] + sets)


def keystore_file(kind, value, flags=0, info=b""):
    """Version 2, encrypted where the flags say so."""
    area = struct.pack(">I", len(value)) + value
    area += bytes(-len(area) % 16)
    iv, middle = bytes(16), bytes(16) + area
    if flags & 1:
        iv = os.urandom(16)
        cbc = Cipher(algorithms.AES(KEY), modes.CBC(iv)).encryptor()
        middle = cbc.update(hashlib.md5(area).digest() + area)
    return bytes([2, kind, flags, len(info)]) + iv + middle + info


def qualcomm(key):
    numbers = key.public_key().public_numbers()
    blob = struct.pack("<II", 0x4b4d4b42, 1)
    for number in numbers.n.to_bytes(256, "big"), numbers.e.to_bytes(3, "big"):
        blob += number.ljust(512, b"\0") + struct.pack("<I", len(number))
    blob += os.urandom(16) + os.urandom(256).ljust(512, b"\0") + struct.pack("<I", 256)
    return blob + os.urandom(32)


def certificate():
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "of a user")])
    day = datetime.datetime(2020, 1, 1)
    return (x509.CertificateBuilder().subject_name(name).issuer_name(name)
            .public_key(key.public_key()).serial_number(1).not_valid_before(day)
            .not_valid_after(day + datetime.timedelta(days=9999)).sign(key, hashes.SHA256()))


def private(key, form=serialization.PrivateFormat.TraditionalOpenSSL):
    return key.private_bytes(serialization.Encoding.DER, form, serialization.NoEncryption())


def vector_files():
    km1, km0 = vectors("aosp_km1_blobs.txt"), vectors("aosp_km0_blob.txt")
    blob = km1["km1_sw_rsa_512", "blob"]
    put("ec.blob", km1["km1_sw_ecdsa_256", "blob"])
    put("ec.plain", km1["km1_sw_ecdsa_256", "plain"])
    put("rsa.blob", blob)
    put("rsa.plain", km1["km1_sw_rsa_512", "plain"])
    put("old.blob", blob[5:338] + blob[342:])
    put("km0.blob", km0["km0_sw_rsa_512", "blob"])
    put("km0.plain", km0["km0_sw_rsa_512", "blob"][16:])
    formats = vectors("blob_formats.txt")
    put("material", formats["inputs", "material"])
    for form in range(5):
        put(f"format{form}.blob", formats[f"format-{form}", "blob"])
    put("integrity.blob", formats["integrity-assured", "blob"])
    files = vectors("keystore_files.txt")
    os.mkdir("user_0", 0o700)
    put("user_0/.masterkey", files["masterkey", "file"])
    put("user_0/10092_USRPKEY_ec1", files["ec1", "file"])
    put("user_0/10001_note", files["generic", "file"])
    put("user_0/10001_USRPKEY_my+Pkey+_1", files["generic_plain", "file"])
    os.mkdir("old_0")
    put("old_0/.masterkey", files["masterkey_old", "file"])
    os.mkdir("nine_0")
    put("nine_0/.masterkey", files["version3", "masterkey"])
    put("nine_0/10001_note", files["version3", "generic"])


# An EC key that signs; as Android's previews and later releases describe it.
EC = [(0x10000002, 3), (0x30000003, 256), (0x20000001, 2), (0x20000005, 4)]
NO_AUTH = (0x700001f7, 1)


def other_keys():
    key = private(ec.generate_private_key(ec.SECP256R1()))
    hmac, rsa_key = bytes(range(32)), readykeys.rsa_2048()
    put("key.der", key)
    put("zero_nonce.blob", sealed(key, EC + [NO_AUTH], bytes(12)))
    put("master.blob", sealed(key, EC + [NO_AUTH], master=bytes(range(16))))
    put("sid.blob", sealed(key, EC + [(0xa00001f6, 77), (0x100001f8, 1), (0x300001f9, 60)]))
    put("nobody.blob", sealed(key, EC))
    put("rollback.blob", sealed(key, EC + [NO_AUTH, (0x7000012f, 1)]))
    put("vendor.blob", sealed(key, EC + [NO_AUTH, (0x30002711, 5)]))
    put("broken.blob", sealed(key, EC + [NO_AUTH, (0x900002bc, b"x")]))
    put("other_key.blob", sealed(key, [(0x10000002, 1), *EC[1:], NO_AUTH]))
    put("system.blob", sealed(private(ec.generate_private_key(ec.SECP256R1()),
                                      serialization.PrivateFormat.PKCS8), EC + [
        NO_AUTH, (0x300002c1, 80000), (0x300002c2, 201708), (0x600002bd, 0xffffffffbd84baf0),
        (0x100002be, 2), (0x70000258, 1), (0x7000025a, 1)]))
    old = [(0x10000002, 1), (0x30000003, 2048), (0x500000c8, 65537), (0x20000001, 2),
           (0x10000005, 4), (0x10000007, 5), NO_AUTH]
    put("legacy.blob", sealed(private(rsa_key), old))
    put("legacy.pem", rsa_key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    put("hmac.blob", sealed(hmac, [(0x10000002, 128), (0x30000003, 256), (0x20000001, 2),
                                   (0x20000005, 4), (0x300001f5, 0)], app=b"\0\1",
                            enforced=[NO_AUTH]))
    put("hmac.key", hmac)
    put("aes.blob", sealed(hmac[:16], [(0x10000002, 32), (0x30000003, 128), (0x20000001, 0),
                                       (0x20000001, 1), (0x20000004, 2), (0x20000006, 64),
                                       (0x70000007, 1), NO_AUTH]))
    put("ed25519.blob", sealed(private(ed25519.Ed25519PrivateKey.generate(),
                                       serialization.PrivateFormat.PKCS8),
                               [EC[0], (0x1000000a, 4), EC[2], (0x20000005, 0), NO_AUTH]))
    put("qualcomm.blob", qualcomm(rsa_key))
    put("qualcomm.modulus", rsa_key.public_key().public_numbers().n.to_bytes(256, "big"))
    dsa_key = private(dsa.generate_private_key(1024))
    put("dsa.blob", b"PK#8" + struct.pack(">III", 116, 0, len(dsa_key)) + dsa_key)


def other_files():
    cert = certificate()
    put("cert.pem", cert.public_bytes(serialization.Encoding.PEM))
    der = cert.public_bytes(serialization.Encoding.DER)
    put("user_0/10001_USRCERT_a", keystore_file(1, der, 1))
    put("user_0/10001_CACERT_a", keystore_file(1, cert.public_bytes(serialization.Encoding.PEM)))
    with open("km0.blob", "rb") as blob:
        put("user_0/10001_USRPKEY_fallback", keystore_file(3, blob.read(), 3))
    put("user_0/10001_USRPKEY_hardware", keystore_file(4, os.urandom(400), 1))


def main():
    os.chdir(sys.argv[1])
    vector_files()
    other_keys()
    other_files()


if __name__ == "__main__":
    main()
