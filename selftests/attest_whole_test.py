#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# Attestation from end to end: an authority by "kmctl ca", keys of this kernel that it vouches
# for, "kmctl verify-attestation" on what comes out, and the same record read by a parser that
# is not ours (attest_read.py, with asn1crypto).

import os
import subprocess
import sys
import tempfile

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec as openssl_ec
from cryptography.hazmat.primitives.serialization import Encoding

import doors
import km
from attesting import DATES, attest, make, name
from tap import equal, main, test

HERE = os.path.dirname(os.path.abspath(__file__))
# An AttestationApplicationId of no packages and no signatures.
ASKED = [(km.ATTESTATION_CHALLENGE, b"foo"),
         (km.ATTESTATION_APPLICATION_ID, bytes.fromhex("300431003100"))]
device = folder = None


def kmctl(*args, status=0, says=""):
    ran = subprocess.run(["kmctl", *map(str, args)], capture_output=True, stdin=subprocess.DEVNULL)
    said = (ran.stdout + ran.stderr).decode(errors="replace")
    if ran.returncode != status or says not in said:
        raise AssertionError(f"kmctl {args}: {ran.returncode}, not {status} {says!r}: {said}")
    return ran.stdout


def verified(chain, number, challenge="foo"):
    """By kmctl and by the openssl command; the record of that certificate by another parser."""
    path = f"{folder}/chain.pem"
    with open(path, "wb") as file:
        for certificate in chain:
            file.write(certificate.public_bytes(Encoding.PEM))
    subprocess.run(["openssl", "verify", "-CAfile", f"{folder}/ca/root.pem", "-untrusted", path,
                    path], check=True, capture_output=True)
    with open(f"{folder}/json", "wb") as file:
        file.write(kmctl("verify-attestation", path, "--root", f"{folder}/ca/root.pem",
                         "--challenge", challenge, "--json"))
    subprocess.run([sys.executable, f"{HERE}/attest_read.py", path, str(number), f"{folder}/json"],
                   check=True)
    kmctl("verify-attestation", path, "--root", f"{folder}/ca/root.pem", "--challenge", "bar",
          status=4, says="challenge")
    kmctl("verify-attestation", path, "--root", f"{folder}/other/root.pem", "--challenge",
          challenge, status=4)


def ec(more=(), purposes=(km.SIGN, km.VERIFY)):
    return doors.ec(purposes=purposes, more=[*more, *DATES])


@test
def row_5_ec():
    verified(make(device, ec(ASKED))[1], 1)


@test
def row_6_rsa_and_each_curve():
    verified(make(device, doors.rsa([km.PKCS1_SIGN], [km.SHA256], more=[*ASKED, *DATES]))[1], 1)
    for curve in (km.P_224, km.P_384, km.P_521):
        verified(make(device, doors.ec(curve=curve, more=[*ASKED, *DATES]))[1], 1)


@test
def imported():
    key = openssl_ec.generate_private_key(openssl_ec.SECP256R1()).private_bytes(
        Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    verified(make(device, ec(ASKED), key)[1], 1)


@test
def later():
    blob = device.generate(doors.ec())
    verified(attest(device, blob, ASKED), 1)


@test
def below_an_attest_key():
    """The extension nearest to the root counts: what the leaf says is the attest key's word."""
    signer, above = make(device, ec(ASKED, (km.ATTEST_KEY,)))
    issuer = name("Android Keystore Key").public_bytes()
    of_leaf = [(km.ATTESTATION_CHALLENGE, b"leaf"), ASKED[1],
               (km.CERTIFICATE_SUBJECT, name("leaf").public_bytes())]
    _, leaf = make(device, ec(of_leaf), signer=signer, issuer=issuer)
    equal(1, len(leaf), "leaf only")
    verified([*leaf, *above], 2)


if __name__ == "__main__":
    km.reload()
    with tempfile.TemporaryDirectory() as folder:
        kmctl("init", "--ephemeral")
        for authority in ("ca", "other"):
            kmctl("ca", "create", f"{folder}/{authority}")
        for kind in ("ec", "rsa"):
            kmctl("provision", "--key", f"{folder}/ca/device-{kind}.key", "--chain",
                  f"{folder}/ca/device-{kind}.chain")
        doors.device = device = km.Device()
        main()
