#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""seeds.py OUT-DIR - write the first inputs of each fuzz target into OUT-DIR/TARGET/.

They come from the published vectors in selftests/vectors, from keys whose private numbers are
written out here, and from the layouts, packed by hand: nothing is random, so that a run can be
repeated. Inputs that once found a fault are in seeds/TARGET/, as they were found, and are copied
beside them. Called by run.sh.
"""
import glob
import os
import shutil
import struct
import sys

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

HERE = os.path.dirname(os.path.abspath(__file__))
VECTORS = os.path.join(HERE, "..", "vectors")
sys.path.insert(0, os.path.join(HERE, ".."))

import km  # noqa: E402

BEGIN = b"-----BEGIN CERTIFICATE-----"
ATTESTATION = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.1.17")


def vectors(name):
    """{section: {name: bytes}} of a file: what user/vectors.h reads."""
    sections, values, last = {}, None, None
    with open(os.path.join(VECTORS, name)) as f:
        for line in f:
            line = line.rstrip("\n")
            if line.startswith("["):
                values = sections.setdefault(line[1:line.index("]")], {})
            elif line.startswith(" "):
                values[last] += bytes.fromhex(line.split("#")[0].strip())
            elif " =" in line and not line.startswith("#"):
                last, hexa = line.split(" =", 1)
                values[last] = bytes.fromhex(hexa.strip())
    return sections


def chains():
    """The certificates of the published chains."""
    for path in sorted(glob.glob(os.path.join(VECTORS, "attestation", "*.pem"))):
        with open(path, "rb") as f:
            pem = f.read()
        yield [x509.load_pem_x509_certificate(BEGIN + part)
               for part in pem.split(BEGIN)[1:]]


# --- authorization sets --------------------------------------------------------
SETS = [
    [],
    [(km.ALGORITHM, km.AES), (km.KEY_SIZE, 128), (km.PURPOSE, km.ENCRYPT),
     (km.PURPOSE, km.DECRYPT), (km.BLOCK_MODE, km.GCM), (km.PADDING, km.PAD_NONE),
     (km.MIN_MAC_LENGTH, 96), (km.NO_AUTH_REQUIRED, True)],
    [(km.ALGORITHM, km.EC), (km.KEY_SIZE, 256), (km.DIGEST, km.SHA256), (km.PURPOSE, km.SIGN),
     (km.USER_SECURE_ID, 1 << 60), (km.USER_AUTH_TYPE, 3), (km.AUTH_TIMEOUT, 60),
     (km.ORIGINATION_EXPIRE_DATETIME, 999999), (km.ACTIVE_DATETIME, 1000001)],
    [(km.NONCE, bytes(range(12))), (km.ASSOCIATED_DATA, b"seen by all"), (km.MAC_LENGTH, 128),
     (km.BLOCK_MODE, km.GCM)],
    [(km.AUTH_TOKEN, bytes(69)), (km.DIGEST, km.SHA256), (km.PADDING, km.PAD_NONE)],
    [(km.MAX_USES_PER_BOOT, 0), (km.MIN_SECONDS_BETWEEN_OPS, 3), (km.USAGE_COUNT_LIMIT, 1),
     (km.EARLY_BOOT_ONLY, True), (km.MAX_BOOT_LEVEL, 3), (km.UNLOCKED_DEVICE_REQUIRED, True)],
    [(km.BOOTLOADER_ONLY, True), (km.NO_AUTH_REQUIRED, True)],
]


def sets():
    return [km.pack(entries) for entries in SETS]


def params():
    yield b""
    wires = sets()
    yield from wires
    for wire in wires:
        yield wire + wires[1]
    inputs = vectors("blob_formats.txt")["inputs"]
    yield inputs["hidden"]
    yield inputs["enforced"] + inputs["unenforced"]


def blob():
    for name, values in vectors("blob_formats.txt").items():
        if "blob" in values:
            yield b"\1" + values["blob"]
    for name, values in vectors("aosp_km1_blobs.txt").items():
        if "blob" in values:
            yield b"\1" + values["blob"]
    # Format, what is changed and where, material, numbers, nonce, both sets: see blob_fuzz.c.
    wires = [km.pack([])] + sets()[1:4]
    for i, enforced in enumerate(wires):
        for form in range(5):
            numbers = struct.pack("<II", 0, 0) if form > 2 else b""
            slot = struct.pack("<I", 1) if form in (2, 4) else b""
            yield (b"\0" + bytes([form, 1 << i, 17 * i, 0, 16]) + bytes(range(16)) + numbers +
                   slot + bytes(12) + enforced + wires[-1])


# --- DER -----------------------------------------------------------------------
def tlv(tag, body):
    size = len(body)
    if size < 128:
        return tag + bytes([size]) + body
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return tag + bytes([0x80 | len(digits)]) + digits + body


def integer(n):
    return tlv(b"\x02", n.to_bytes(n.bit_length() // 8 + 1, "big"))


def octets(b):
    return tlv(b"\x04", b)


def sequence(*parts):
    return tlv(b"\x30", b"".join(parts))


def field(number, value):
    """[number] EXPLICIT, below 2^14."""
    if number < 31:
        return tlv(bytes([0xa0 | number]), value)
    high = [0x80 | number >> 7] if number >> 7 else []
    return tlv(bytes([0xbf, *high, number & 0x7f]), value)


NULL = b"\x05\x00"


def private_keys():
    for curve in (ec.SECP224R1(), ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()):
        yield ec.derive_private_key(0x1234567, curve)
    yield ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    yield x25519.X25519PrivateKey.from_private_bytes(bytes(range(32)))


def rsa_keys():
    """Two private keys of 512 bits: PKCS#1, as in blobs."""
    yield vectors("aosp_km0_blob.txt")["km0_sw_rsa_512"]["blob"][12:][:317]
    yield vectors("aosp_km1_blobs.txt")["km1_sw_rsa_512"]["plain"]


def pkcs8_of_rsa(der):
    algorithm = sequence(bytes.fromhex("06092a864886f70d010101"), NULL)
    return sequence(integer(0), algorithm, octets(der))


def keys():
    der = serialization.Encoding.DER
    for key in private_keys():
        yield key.private_bytes(der, serialization.PrivateFormat.PKCS8,
                                serialization.NoEncryption())
        yield key.public_key().public_bytes(der,
                                            serialization.PublicFormat.SubjectPublicKeyInfo)
        if isinstance(key, ec.EllipticCurvePrivateKey):
            yield key.private_bytes(der, serialization.PrivateFormat.TraditionalOpenSSL,
                                    serialization.NoEncryption())
    for n in (1, 1 << 200, (1 << 224) - 1, (1 << 383) + 7, (1 << 520) + 1):
        yield encode_dss_signature(n, n + 5)
    yield from rsa()


def rsa():
    for der in rsa_keys():
        yield der
        yield pkcs8_of_rsa(der)
    # Small numbers: zero, one, even ones.
    for numbers in ((0,) * 9, (0, 1, 1, 1, 1, 1, 1, 1, 1), (0, 33, 3, 7, 3, 11, 1, 7, 2),
                    (0, 64, 2, 2, 8, 8, 0, 0, 0)):
        yield sequence(*map(integer, numbers))


def wrapped():
    values = vectors("wrapped_key.txt")["vts"]
    yield values["wrapped"]
    yield values["wrapped_masked"]
    # Without what is long: the list is what matters.
    fields = [field(n, v) for n, v in (
        (1, tlv(b"\x31", integer(2) + integer(3))), (2, integer(3)),
        (10, integer(1)), (200, integer(65537)),
        (400, integer(1 << 40)), (502, integer(77)),
        (503, NULL), (601, octets(b"app")),
        (709, octets(b"an id")))]
    description = sequence(integer(1), sequence(*fields))
    yield sequence(integer(0), octets(b"\x55"),
                               octets(bytes(12)), description,
                               octets(b""), octets(bytes(16)))


def certificates():
    for chain in chains():
        for cert in chain:
            yield cert.public_bytes(serialization.Encoding.DER)


def x509_inputs():
    yield from certificates()
    for chain in chains():
        yield chain[0].subject.public_bytes()
        yield chain[-1].subject.public_bytes()


def der():
    yield from keys()
    yield from wrapped()
    yield from certificates()
    # Each form of a length; and lengths that are longer than they need be.
    yield octets(bytes(200))
    yield octets(bytes(300))
    yield b"\x04\x81\x01\x00" + b"\x04\x82\x00\x80" + bytes(128)


# --- what is fixed in its layout -----------------------------------------------
def token():
    yield struct.pack("<BQQQ", 0, 5, 1000, 0) + struct.pack(">IQ", 1, 77) + bytes(32)
    for version in range(4):
        yield struct.pack("<BQQQ", version, 1 << 60, 1, 12345) + bytes(32) + b"\1"
    yield bytes(i % 5 for i in range(120))
    yield bytes(i * 7 % 4 for i in range(200))


def tpm_response(tag, body, code=0):
    return struct.pack(">HII", tag, 10 + len(body), code) + body


def tpm_sessions(body, handle=b""):
    return tpm_response(0x8002, handle + struct.pack(">I", len(body)) + body + b"\0\0\1\0\0")


def tpm():
    def sized(b):
        return struct.pack(">H", len(b)) + b
    yield tpm_response(0x8001, b"", 0x922)
    yield tpm_response(0x8001, b"\x80\0\0\1")
    yield tpm_response(0x8001, sized(bytes(range(32))))
    yield tpm_sessions(sized(bytes(range(32))))
    yield tpm_sessions(sized(b""), b"\x80\0\0\1")
    yield tpm_sessions(sized(bytes(200)) + sized(bytes(78)) + bytes(60))
    yield tpm_response(0x8001, struct.pack(">IIHB", 7, 1, 11, 3) + b"\1\0\0" +
                       struct.pack(">I", 1) + sized(bytes(32)))
    yield tpm_response(0x8001, struct.pack(">II", 7, 0))
    nv = struct.pack(">IHI", 0x01804b4d, 11, 0x22060046) + sized(b"") + struct.pack(">H", 32)
    yield tpm_response(0x8001, sized(nv) + sized(bytes(34)))
    yield tpm_sessions(sized(bytes(range(32))))
    yield tpm_sessions(sized(bytes(8)))


def seal_file():
    for private, public in ((0, 0), (1, 1), (200, 78), (256, 256)):
        yield (b"KMTPM\0\0\1" + struct.pack("<I", 0x81) + bytes(16) +
               struct.pack("<I", private) + bytes(private) +
               struct.pack("<I", public) + bytes(public) + bytes(32))


def state():
    def user(uid, status, setting=b""):
        return (struct.pack("<IBBIQ", uid, status, len(setting), 3, uid << 32) +
                b"\2" + bytes(57) + setting)

    def slot(key, uid, number, left):
        return bytes([key] * 16) + struct.pack("<III", uid, number, left) + bytes(16)

    def slots(*all_of_them):
        return bytes(32) + struct.pack("<I", len(all_of_them)) + b"".join(all_of_them)

    ids = bytes(9)
    given = (b"\1" + b"\3abc" + bytes(8) + struct.pack("<I", 2) + b"ke" +
             struct.pack("<I", 3) + b"ywh" + struct.pack("<II", 0, 0))
    yield struct.pack("<I", 0) + slots()
    yield struct.pack("<I", 1) + user(1000, 2, b"$argon2id$v=19$m=19456") + slots()
    yield (struct.pack("<I", 3) + user(1000, 1) + user(1001, 2) + user(2024, 3) +
           slots(slot(1, 1000, 1, 0), slot(1, 1000, 2, 0), slot(2, 1001, 0, 5)))
    yield struct.pack("<I", 0) + slots() + b"\4" + ids + struct.pack("<IIII", 0, 0, 0, 0)
    yield struct.pack("<I", 1) + user(0, 2) + slots(slot(9, 0, 1, 1)) + given


# --- attestation ---------------------------------------------------------------
def records():
    for chain in chains():
        for cert in chain:
            try:
                yield cert.extensions.get_extension_for_oid(ATTESTATION).value.value
            except x509.ExtensionNotFound:
                continue


def attest():
    yield from records()
    yield b"# serials\n01ab\n\tFF # the last\n"
    yield b'{ "entries": { "1": { "status": "REVOKED", "reason": "KEY_COMPROMISE" } } }'
    yield b'{ "entries": { "ab": { "status": "SUSPENDED" }, "g": 1 } }'


def record():
    for version in range(7):
        yield bytes([version, 4]) + b"abcd" + bytes(
            [8, 0, 2, 0, 3, 1, 4, 4, 3, 5, 0x81, 0, 1, 0, 0, 6, 1, 9, 5, 32, 3]) + bytes(
            [3, 23, 0xff] + [1] * 8 + [24, 0, 34, 2, 65, 66]) + bytes([2, 33, 3, 1, 2, 3, 34, 0])


# --- Android -------------------------------------------------------------------
def android_blob():
    for name in ("blob_formats.txt", "aosp_km0_blob.txt", "aosp_km1_blobs.txt"):
        for values in vectors(name).values():
            if "blob" in values:
                yield values["blob"]
    yield struct.pack("<II", 0x4b4d4b42, 1) + bytes(1596)


def android_file():
    for values in vectors("keystore_files.txt").values():
        if "file" in values:
            yield values["file"]
    yield b"10092_USRPKEY_key"
    yield b"\1\1\4" + b"info" + bytes(16) + b"hello keystore"


def text():
    yield b"algorithm=aes size=256 purpose=encrypt,decrypt mode=gcm padding=none"
    yield b"algorithm=ec curve=p256 digest=sha256 purpose=sign no-auth"
    yield b"active=2030-12-31 usage-expire=2030-12-31T23:59:59Z origination-expire=@1700000000"
    yield b"application-id=hex:00ff application-data=text:hex:00 auth-type=password,fingerprint"
    yield b"user-secure-id=0x1000,77 auth-timeout=60 min-mac-length=96 no-auth=yes"
    yield b"$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw"
    # Every name there is, as the table has it.
    with open(os.path.join(HERE, "..", "..", "kernel", "tag_names.c")) as f:
        names = [line.split('"')[1] for line in f if line.startswith("\tT(") and '"' in line]
    yield " ".join(name + "=1" for name in names).encode()


def request():
    for words in text():
        yield b"new " + words
    yield b"new"
    yield b"new alg=ec curve=p256 purpose=sign digest=sha256 noauth"
    yield b"new algorithm=hmac size=256 auth=password format=ocb\n"
    yield b"load application-id=hex:00ff\n" + vectors("blob_formats.txt")["format-3"]["blob"]
    yield b"load application-data=x application-id=y\n" + bytes([3, 12, 0, 0, 0])
    for values in vectors("blob_formats.txt").values():
        if "blob" in values:
            yield values["blob"]


TARGETS = {
    "request": request, "params": params, "blob": blob, "der": der, "keys": keys, "rsa": rsa, "wrapped": wrapped,
    "x509": x509_inputs, "token": token, "tpm": tpm, "seal_file": seal_file, "state": state,
    "record": record, "attest": attest, "android_blob": android_blob,
    "android_file": android_file, "text": text,
}


def main():
    out = sys.argv[1]
    for target, make in TARGETS.items():
        folder = os.path.join(out, target)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        for i, data in enumerate(make()):
            with open(os.path.join(folder, f"{i:03}"), "wb") as f:
                f.write(data)
        for path in glob.glob(os.path.join(HERE, "seeds", target, "*")):
            shutil.copy(path, folder)


if __name__ == "__main__":
    main()
