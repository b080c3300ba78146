# SPDX-License-Identifier: GPL-2.0-only
"""attest_make.py CA-DIR OUT-DIR - chains of certificates with attestation records, good ones and
bad ones, below an authority of kmctl ca create. Encodes the records itself, byte by byte.
Called by kmctl_verify_attestation_test.sh; attest_read.py reads them with another's parser.
"""
import datetime
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

import readykeys

OID = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.1.17")
NOW = datetime.datetime.utcnow().replace(microsecond=0)
DAY = datetime.timedelta(days=1)
CREATED = 1700000000123
SIGN, VERIFY, ATTEST = 2, 3, 7


# --- DER -----------------------------------------------------------------------
def tlv(tag, body):
    size = len(body)
    length = bytes([size]) if size < 128 else None
    if length is None:
        digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
        length = bytes([0x80 | len(digits)]) + digits
    return tag + length + body


def integer(n, tag=b"\x02"):
    return tlv(tag, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def enumerated(n):
    return integer(n, b"\x0a")


def octets(b):
    return tlv(b"\x04", b)


def sequence(*parts):
    return tlv(b"\x30", b"".join(parts))


def set_of(numbers):
    return tlv(b"\x31", b"".join(sorted(integer(n) for n in numbers)))


def app_id(packages, signers):
    return sequence(
        tlv(b"\x31", b"".join(sequence(octets(name), integer(v)) for name, v in packages)),
        tlv(b"\x31", b"".join(octets(s) for s in signers)))


NULL = b"\x05\x00"


def field(number, value):
    if number < 31:
        tag = bytes([0xa0 | number])
    else:
        digits = [number & 0x7f]
        while number >> 7:
            number >>= 7
            digits.insert(0, 0x80 | number & 0x7f)
        tag = bytes([0xbf]) + bytes(digits)
    return tlv(tag, value)


def root_of_trust(locked, boot):
    return sequence(octets(b"\x11" * 32), tlv(b"\x01", b"\xff" if locked else b"\x00"),
                    enumerated(boot), octets(b"\x22" * 32))


# --- records -------------------------------------------------------------------
def tags_of(key, purposes, origin):
    common = {1: set_of(purposes), 503: NULL, 702: enumerated(origin).replace(b"\x0a", b"\x02", 1),
              704: root_of_trust(True, 0), 705: integer(140000), 706: integer(202611),
              718: integer(20261105), 719: integer(20261101)}
    if isinstance(key, rsa.RSAPrivateKey):
        common.update({2: integer(1), 3: integer(key.key_size), 5: set_of([6, 4]),
                       6: set_of([5, 3]), 200: integer(65537)})
    else:
        common.update({2: integer(3), 3: integer(key.key_size), 5: set_of([4]), 10: integer(1)})
    return common


def record(key, challenge=b"foo", purposes=(SIGN, VERIFY), origin=0, app=None, tee=None, level=1,
           software=None, unique=b"", version=300, order=sorted, behind=b""):
    fields = tags_of(key, purposes, origin)
    fields.update(tee or {})
    soft = {701: integer(CREATED), 709: octets(APP if app is None else app)}
    soft.update(software or {})
    lists = [b"".join(field(n, f[n]) for n in order(f)) for f in (soft, fields)]
    return sequence(integer(version), enumerated(level), integer(version), enumerated(level),
                    octets(challenge), octets(unique), sequence(lists[0]), sequence(lists[1]),
                    behind)


APP = app_id([(b"org.example.bank", 7), (b"org.example.more", 1)], [b"\xab" * 32])


# --- certificates --------------------------------------------------------------
def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Signer:
    """A key that signs, and the chain above what it signs."""

    def __init__(self, key, chain):
        self.key, self.chain = key, chain
        self.name = chain[0].subject

    def issue(self, key, subject="Android Keystore Key", der=None, ca=False, path=None, sign=None,
              first=-DAY, last=365 * DAY, serial=None, by=None, digest=None, issuer=None,
              critical=False):
        builder = (x509.CertificateBuilder().subject_name(name(subject))
                   .issuer_name(issuer or self.name).public_key(key.public_key())
                   .serial_number(serial or x509.random_serial_number())
                   .not_valid_before(NOW + first).not_valid_after(NOW + last))
        if ca:
            builder = builder.add_extension(x509.BasicConstraints(True, path), True)
        sign = ca if sign is None else sign
        builder = builder.add_extension(
            x509.KeyUsage(not sign, False, False, False, False, sign, False, False, False), True)
        if critical:
            builder = builder.add_extension(x509.UnrecognizedExtension(
                x509.ObjectIdentifier("1.2.3.4"), NULL), True)
        if der:
            builder = builder.add_extension(x509.UnrecognizedExtension(OID, der), False)
        return builder.sign(by or self.key, digest or hashes.SHA256())

    def below(self, key, **how):
        """The signer whose certificate this one has issued."""
        return Signer(key, [self.issue(key, **how)] + self.chain)


def load(directory, kind):
    with open(f"{directory}/device-{kind}.key", "rb") as f:
        key = serialization.load_pem_private_key(f.read(), None)
    with open(f"{directory}/device-{kind}.chain", "rb") as f:
        texts = f.read().split(b"-----END CERTIFICATE-----\n")[:-1]
    return Signer(key, [x509.load_pem_x509_certificate(t + b"-----END CERTIFICATE-----\n")
                        for t in texts])


def write(out, label, chain):
    with open(f"{out}/{label}.pem", "wb") as f:
        for c in chain:
            f.write(c.public_bytes(serialization.Encoding.PEM))


def attested(purposes, key, **how):
    """What an attested key's own certificate is issued with."""
    return dict(der=record(key, purposes=purposes, **how))


def good(out, device_ec, device_rsa, key, rsa_key):
    def leaf(label, signer, k, **how):
        write(out, label, [signer.issue(k, der=record(k, **how))] + signer.chain)

    leaf("ec", device_ec, key)
    leaf("rsa", device_rsa, rsa_key)
    leaf("imported", device_ec, key, origin=2)
    leaf("tags", device_ec, key, unique=b"\x77" * 16,
         software={400: integer(CREATED), 402: integer(2 * CREATED), 502: integer(2 ** 63)},
         tee={7: NULL, 8: integer(128), 4: set_of([1, 32]), 203: set_of([2, 4]), 303: NULL,
              305: NULL, 405: integer(3), 503: NULL, 504: integer(2 ** 32 - 1),
              505: integer(300), 506: NULL, 507: NULL, 508: NULL, 509: NULL, 600: NULL,
              710: octets(b"brand"), 713: octets(b"serial\x00\xff"), 723: octets(b"imei"),
              724: octets(b"\x33" * 32)})
    leaf("software", device_ec, key, level=0, software={706: integer(202610)})
    leaf("months", device_ec, key, tee={718: integer(202611)})
    for size in (127, 128, 129, 255, 256):
        leaf(f"challenge{size}", device_ec, key, challenge=b"c" * size)
        leaf(f"app{size}", device_ec, key, app=b"a" * size)
    leaf("nul", device_ec, key, app=app_id([(b"org.example.bank\0more", 1)], []))
    write(out, "nul-subject", [device_ec.issue(key, subject="a\x1b[31m\u009bb",
                                               der=record(key))] + device_ec.chain)
    write(out, "dates", [device_ec.issue(key, der=record(key), first=-9 * DAY, last=-8 * DAY)] +
          device_ec.chain)
    # Attest keys below attest keys; six certificates below the batch's.
    signer, chain = device_rsa, None
    for k in (rsa_key, key, rsa_key):
        signer = signer.below(k, subject="attest", ca=True, **attested([ATTEST], k))
    chain = [signer.issue(key, der=record(key))] + signer.chain
    write(out, "attestkey", chain)
    write(out, "noroot", chain[:-1])


def bad_records(out, device, key):
    def leaf(label, **how):
        write(out, label, [device.issue(key, der=record(key, **how))] + device.chain)

    leaf("order", order=lambda f: sorted(f, reverse=True))
    leaf("swapped", order=lambda f: sorted(f, key=lambda n: {503: 702, 702: 503}.get(n, n)))
    leaf("unknown", tee={725: NULL})
    leaf("behind", behind=NULL)
    leaf("version", version=500)
    write(out, "norecord", [device.issue(key)] + device.chain)
    # Somebody's own key, attested, and a record that he made for another key of his.
    other = ec.generate_private_key(ec.SECP256R1())
    for label, how, mine in (
            ("forged-plain", attested([SIGN], key), b"foo"),
            ("forged-ca", dict(ca=True, **attested([SIGN], key)), b"foo"),
            ("forged-challenge", dict(ca=True, **attested([ATTEST], key, challenge=b"old")),
             b"foo")):
        signer = device.below(key, subject="mine", **how)
        write(out, label, [signer.issue(other, der=record(other, challenge=mine))] + signer.chain)


def bad_chains(out, device, key):
    other = ec.generate_private_key(ec.SECP256R1())
    middle = ec.generate_private_key(ec.SECP256R1())

    def below(label, **how):
        how = dict(dict(subject="middle", ca=True), **how)
        signer = device.below(middle, **how)
        write(out, label, [signer.issue(key, der=record(key))] + signer.chain)

    def leaf(label, **how):
        write(out, label, [device.issue(key, der=record(key), **how)] + device.chain)

    below("middle")
    below("expired", first=-9 * DAY, last=-8 * DAY)
    below("notyet", first=8 * DAY, last=9 * DAY)
    below("noca", ca=False, sign=True)
    below("nosign", sign=False)
    below("critical", critical=True)
    leaf("signature", by=other)
    leaf("issuer", issuer=name("somebody"))
    leaf("sha1", digest=hashes.SHA1())
    leaf("revoked", serial=0x0fedcba987)
    first = device.below(middle, subject="one", ca=True, path=0)
    second = first.below(other, subject="two", ca=True)
    write(out, "path", [second.issue(key, der=record(key))] + second.chain)
    write(out, "gap", [device.issue(key, der=record(key))] + device.chain[1:])
    write(out, "root", device.chain[-1:])


def main():
    directory, out = sys.argv[1:]
    key = ec.generate_private_key(ec.SECP256R1())
    rsa_key = readykeys.rsa_2048(3)
    device_ec, device_rsa = load(directory, "ec"), load(directory, "rsa")
    good(out, device_ec, device_rsa, key, rsa_key)
    bad_records(out, device_ec, key)
    bad_chains(out, device_ec, key)


main()
