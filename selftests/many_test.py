#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# What only shows in numbers: keys and signatures that must never repeat or be weak.
# KM_RSA_KEYS, KM_SIGNATURES: how many; "make slow" asks for more than every check does.

import hashlib
import math
import os
import subprocess

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec as openssl_ec
from cryptography.hazmat.primitives.asymmetric import utils

import blobs
import doors
import km
from tap import equal, main, note, test

ROOT = bytes(range(32))
WHOLE = os.environ.get("KM_WHOLE")
RSA_KEYS = int(os.environ.get("KM_RSA_KEYS", "200" if WHOLE else "5"))
SIGNATURES = int(os.environ.get("KM_SIGNATURES", "10000" if WHOLE else "2000"))
device = None


def openssl_check(der):
    """openssl's own opinion of a private key, and the modulus."""
    said = subprocess.run(["openssl", "rsa", "-inform", "DER", "-check", "-noout", "-modulus"],
                          input=der, capture_output=True, check=False)
    equal(0, said.returncode, said.stderr.decode())
    equal(True, b"RSA key ok" in said.stdout + said.stderr, said.stdout.decode())
    modulus = [line for line in said.stdout.decode().splitlines() if line.startswith("Modulus=")]
    return int(modulus[0].split("=")[1], 16)


@test
def rsa_keys():
    """The root key being known here, their blobs can be opened and the keys looked at."""
    moduli = []
    for i in range(RSA_KEYS):
        params = doors.rsa([km.PSS], [km.SHA256], exponent=3 if i % 5 == 4 else 65537)
        modulus = openssl_check(blobs.take_apart(device.generate(params), ROOT))
        equal(2048, modulus.bit_length(), "size")
        moduli.append(modulus)
    product = 1
    for modulus in moduli:
        equal(1, math.gcd(modulus, product), "common divisor")
        product *= modulus
    note(f"{RSA_KEYS} keys")


@test
def ecdsa_signatures():
    """The same few digests again and again: no r twice, and OpenSSL verifies each."""
    blob = device.generate(doors.ec([km.NO_DIGEST]))
    public = serialization.load_der_public_key(device.export(blob))
    serial, seen = km.add_key("keymaster", "many", blob), set()
    algorithm = openssl_ec.ECDSA(utils.Prehashed(hashes.SHA256()))
    for i in range(SIGNATURES):
        digest = hashlib.sha256(bytes([i % 7])).digest()
        made, _ = device.operate(km.SIGN, serial, [(km.DIGEST, km.NO_DIGEST)], digest)
        public.verify(made, digest, algorithm)
        seen.add(utils.decode_dss_signature(made)[0])
    equal(SIGNATURES, len(seen), "different r")
    km.unlink_key(serial)
    note(f"{SIGNATURES} signatures")


if __name__ == "__main__":
    km.reload(ROOT)
    device = km.Device()
    main()
