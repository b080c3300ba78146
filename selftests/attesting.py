# SPDX-License-Identifier: GPL-2.0-only
# Attestation for the script tests: the calls, a maker with a root of its own, and a strict
# reader of the extension, written from the schema and not from the kernel's code.

import datetime
import os
import subprocess
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

import km
import readykeys

OID = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.1.17")
CERTIFY = "QQQQIIiIII"
DAY = 86400000
DATES = [(km.CERTIFICATE_NOT_BEFORE, 0), (km.CERTIFICATE_NOT_AFTER, 40000 * DAY)]


def _certify(keep, out, room, signer, issuer, signer_params, version):
    blob, length, serial = km._name(signer, keep) if signer else (0, 0, 0)
    params = km._params(signer_params)
    return (out.address, blob, km._address(params, keep), km._address(issuer, keep), room, length,
            serial, len(params), len(issuer), version)


def split(data):
    """Certificates, one behind the other, as cryptography reads them."""
    certs = []
    while data:
        header = 2 + (data[1] & 0x7f if data[1] & 0x80 else 0)
        size = int.from_bytes(data[2:header], "big") if data[1] & 0x80 else data[1]
        certs.append(x509.load_der_x509_certificate(data[:header + size]))
        data = data[header + size:]
    return certs


def make(device, params, material=None, key_format=km.PKCS8, room=1 << 16, signer=None, issuer=b"",
         signer_params=(), version=0):
    """Generates or imports: the blob and the chain."""
    keep, wire, out, chain = [], km.pack(params), km._Out(1 << 16), km._Out(1 << 16)
    certify = _certify(keep, chain, room, signer, issuer, signer_params, version)
    if material is None:
        back = km._call(device.fd, km.GENERATE_KEY, "<IIiIQQII" + CERTIFY, 0,
                        km._address(wire, keep), out.address, len(wire), out.size, *certify)
        length = back[7]
    else:
        back = km._call(device.fd, km.IMPORT_KEY, "<IIiIQQQIIII" + CERTIFY, 0,
                        km._address(wire, keep), km._address(material, keep), out.address,
                        len(wire), len(material), out.size, key_format, *certify)
        length = back[9]
    return out.take(length), split(chain.take(back[-6]))


def attest(device, key, params, room=1 << 16, signer=None, issuer=b"", version=0):
    keep, wire, chain = [], km.pack(params), km._Out(1 << 16)
    blob, length, serial = km._name(key, keep)
    back = km._call(device.fd, km.ATTEST_KEY_NOW, "<IIiiQQII" + CERTIFY, serial, blob,
                    km._address(wire, keep), length, len(wire),
                    *_certify(keep, chain, room, signer, issuer, (), version))
    return split(chain.take(back[-6]))


def provision(device, key=b"", chain=b"", ids=(), close=False):
    keep, ids = [], km.pack(ids) if ids else b""
    km._call(device.fd, km.PROVISION_ATTESTATION, "<IIiIQQQII", len(key), km._address(key, keep),
             km._address(chain, keep), km._address(ids, keep), len(chain), len(ids),
             flags=int(close))


def destroy_ids(device):
    km._call(device.fd, km.DESTROY_ATTESTATION_IDS, "<IIiI", 0)


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Maker:
    """A root, an intermediate, and a key and chain for each algorithm of one machine."""

    def __init__(self):
        self.root_key = ec.generate_private_key(ec.SECP384R1())
        self.root = self.issue("Root", self.root_key.public_key(), "Root", self.root_key)
        self.keys, self.chains = {}, {}
        for algorithm in (km.RSA, km.EC):
            middle, own = (readykeys.rsa_2048(number) if algorithm == km.RSA
                           else ec.generate_private_key(ec.SECP256R1()) for number in (1, 2))
            batch = self.issue(f"Batch {algorithm}", middle.public_key(), "Root", self.root_key)
            device = self.issue(f"Device {algorithm}", own.public_key(), f"Batch {algorithm}",
                                middle)
            self.keys[algorithm] = own.private_bytes(
                Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            self.chains[algorithm] = b"".join(c.public_bytes(Encoding.DER)
                                              for c in (device, batch, self.root))

    def issue(self, subject, public, issuer, key):
        begin = datetime.datetime(2020, 1, 1)
        usage = x509.KeyUsage(False, False, False, False, False, True, False, False, False)
        return (x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer))
                .public_key(public).serial_number(x509.random_serial_number())
                .not_valid_before(begin).not_valid_after(begin + datetime.timedelta(20000))
                .add_extension(x509.BasicConstraints(True, None), True)
                .add_extension(usage, True).sign(key, hashes.SHA256()))


def openssl_verifies(root, chain):
    """The openssl command accepts the chain, with this root as the only one it trusts."""
    with tempfile.TemporaryDirectory() as where:
        def pem(file, certs):
            path = os.path.join(where, file)
            with open(path, "wb") as f:
                f.write(b"".join(c.public_bytes(Encoding.PEM) for c in certs))
            return path
        run = subprocess.run(["openssl", "verify", "-CAfile", pem("root", [root]), "-untrusted",
                              pem("chain", chain[1:] or [root]), pem("leaf", chain[:1])],
                             capture_output=True, text=True)
    if run.returncode:
        print("# " + (run.stdout + run.stderr).replace("\n", "; "))
    return run.returncode == 0


# --- the extension -----------------------------------------------------------------------

def element(data):
    """One element of DER, strictly: class and number of its tag, contents, what is behind."""
    first, at = data[0], 1
    number = first & 0x1f
    if number == 0x1f:
        number = 0
        while True:
            number, at = number << 7 | data[at] & 0x7f, at + 1
            if not data[at - 1] & 0x80:
                break
        assert number >= 31, "a short tag in the long form"
    length, at = data[at], at + 1
    if length & 0x80:
        n = length & 0x7f
        length, at = int.from_bytes(data[at:at + n], "big"), at + n
        assert length >= (128 if n == 1 else 1 << 8 * (n - 1)), "a length that could be shorter"
    assert at + length <= len(data), "contents are cut off"
    return (first & 0xe0, number), data[at:at + length], data[at + length:]


def elements(data):
    while data:
        tag, contents, data = element(data)
        yield tag, contents


def integer(data):
    return int.from_bytes(data, "big", signed=True)


def authorizations(data):
    """{id: value}; a set of integers is a list, NULL is True."""
    found, last = {}, -1
    for (kind, number), contents in elements(data):
        assert kind == 0xa0 and number > last, "fields are not in order"
        last = number
        (tag, value, rest) = element(contents)
        assert not rest
        if tag == (0x20, 17):
            members = list(elements(value))
            assert [v for _, v in members] == sorted(v for _, v in members), "set not sorted"
            value = [integer(v) for _, v in members]
        elif tag == (0, 2):
            value = integer(value)
        elif tag == (0, 5):
            value = True
        elif tag == (0x20, 16):
            value = [v for _, v in elements(value)]
        found[number] = value
    return found


class Record:
    """A KeyDescription."""

    def __init__(self, certificate):
        extension = certificate.extensions.get_extension_for_oid(OID)
        assert not extension.critical
        tag, contents, rest = element(extension.value.value)
        assert tag == (0x20, 16) and not rest
        parts = list(elements(contents))
        assert [tag for tag, _ in parts] == [(0, 2), (0, 10), (0, 2), (0, 10), (0, 4), (0, 4),
                                             (0x20, 16), (0x20, 16)]
        (self.version, self.level, self.km_version, self.km_level) = (
            integer(v) for _, v in parts[:4])
        self.challenge, self.unique_id = parts[4][1], parts[5][1]
        self.software, self.tee = (authorizations(v) for _, v in parts[6:])
